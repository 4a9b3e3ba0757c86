"""A class as anonymous dots: for each browser and scenario one run, as how much of it is frozen and its best validation
accuracy. Nothing in here says whose a dot is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from core import scenarios
from core.charts.classroom import Spot
from core.history import Snapshot
from core.words import say, say_many

LATEST, BEST = "latest", "best"
"""Which of a browser's runs its dot stands for."""
DIGITS = 3
"""Of an accuracy: dots that agree in so many lie on each other, and are drawn as one with a number."""


@dataclass(frozen=True, order=True)
class Dot:
    """One browser's run of a scenario: how many of its ``layers`` with numbers are ``frozen``, which share of all
    numbers stays (0 to 1), and its best validation accuracy so far (0 to 1)."""

    scenario: str
    frozen: int
    layers: int
    kept: float
    accuracy: float
    is_live: bool


@dataclass(frozen=True)
class View:
    """All dots, in an order that is theirs alone, and how many browsers have begun a run, and train one now."""

    dots: tuple[Dot, ...] = ()
    browsers: int = 0
    training: int = 0


def dot_of(snapshot: Snapshot) -> Dot | None:
    """A run as a dot, None before a validation accuracy was measured."""
    measured = [e.val_accuracy for e in snapshot.epochs if e.val_accuracy is not None]
    if not measured:
        return None
    layers = [la for la in scenarios.get(snapshot.spec.scenario).layers(snapshot.spec) if la.parameters]
    frozen = sum(bool(layer.fixed) or layer.name in snapshot.spec.frozen for layer in layers)
    kept = 1 - snapshot.trainable / snapshot.total if snapshot.total else 0.0
    return Dot(snapshot.spec.scenario, frozen, len(layers), round(kept, DIGITS), round(max(measured), DIGITS),
               snapshot.is_live)  # fmt: skip


def choose(dots: Sequence[Dot], which: str) -> Dot:
    """The one that stands for a browser's runs of a scenario, which come oldest first."""
    return max(reversed(dots), key=lambda d: d.accuracy) if which == BEST else dots[-1]


def spots_of(dots: Iterable[Dot]) -> list[Spot]:
    """Where there are dots, and how many."""
    counted, places = Counter(dots), list(scenarios.SCENARIOS)
    return [
        Spot(
            scenario=places.index(dot.scenario),
            title=say(scenarios.get(dot.scenario).title),
            frozen=dot.frozen,
            layers=dot.layers,
            kept=dot.kept,
            accuracy=dot.accuracy,
            is_live=dot.is_live,
            browsers=counted[dot],
        )
        for dot in sorted(counted, key=lambda d: (places.index(d.scenario), d))
    ]


def tell(view: View) -> list[str]:
    """What the dots come to, one sentence for all and one for each scenario."""
    if not view.browsers:
        return [say("Nobody has begun a run since the dots were cleared.")]
    begun = say_many("{n} browser has begun a run", "{n} browsers have begun a run", view.browsers)
    going = say_many("{n} is not done yet", "{n} are not done yet", view.training) if view.training else say("all done")
    found = [say("{begun}, {going}.", begun=begun, going=going)]
    for name in scenarios.SCENARIOS:
        scores = [dot.accuracy for dot in view.dots if dot.scenario == name]
        if scores:
            dots = say_many("{n} dot", "{n} dots", len(scores))
            found.append(say("**{scenario}**: {dots}, best validation accuracy {best:.1%}, median {median:.1%}.",
                             scenario=say(scenarios.get(name).title), dots=dots, best=max(scores),
                             median=median(scores)))  # fmt: skip
    return found
