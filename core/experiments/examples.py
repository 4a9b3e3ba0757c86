"""How many examples? Accuracy against training-set size, transferred and from scratch, over some seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from core import scenarios
from core.errors import InvalidSetting
from core.experiments.base import Conclusion, Experiment, Kind, Result, Trial, on_arm
from core.experiments.race import NOTHING, rival_problems
from core.spec import RunSpec
from core.words import mark, say

TRANSFERRED, SCRATCH = mark("transferred"), mark("from scratch")
ARMS = (TRANSFERRED, SCRATCH)
SEEDS = (1, 2, 3)


Accuracy = Callable[[Result], float | None]


def at_best(result: Result) -> float | None:
    """Validation accuracy at the epoch with the lowest validation loss."""
    return result.val_accuracy


@dataclass(frozen=True)
class Band:
    """Accuracies of several seeds at one x: their mean, and the lowest and the highest."""

    x: float
    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True)
class Crossing:
    """Between two neighbouring sizes the line that was behind takes the lead; ``at`` is where straight lines between
    the means (on a log axis) meet. ``ahead`` leads after it."""

    low: float
    high: float
    at: float
    ahead: str


class Examples(Kind):
    """The settings in hand at several sizes; larger sets hold the smaller ones. A point is a run's validation accuracy
    at the epoch with its lowest validation loss."""

    name = "examples"
    short = mark("Examples")
    title = mark("How many examples?")
    question = mark(
        "How many examples of its own does a network need to catch up with one that brings knowledge along?"
    )
    icon = ":material/stacked_line_chart:"

    def problem(self, setting: RunSpec) -> str:
        return "" if scenarios.get(setting.scenario).extraction(setting) else say(NOTHING)

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        scenario = scenarios.get(setting.scenario)
        return {"rival": scenario.quick_rival, "sizes": scenario.sizes(setting), "seeds": SEEDS}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        found = rival_problems(experiment)
        low, high = scenarios.get(experiment.setting.scenario).size_bounds(experiment.setting)
        if wrong := [n for n in experiment.sizes if not low <= n <= high]:
            what = say("Training-set sizes (sizes) must be {low:,} to {high:,}.", low=low, high=high)
            mend = say("Choose numbers in that range.")
            found.append(InvalidSetting("sizes", what, ", ".join(map(str, wrong)), mend))
        if len(set(experiment.sizes)) < 2:
            what = say("There must be two different sizes at least (sizes).")
            found.append(InvalidSetting("sizes", what, ", ".join(map(str, experiment.sizes)), say("Add some.")))
        return found

    def plan(self, experiment: Experiment) -> Sequence[Trial]:
        """The transferred half first, all sizes of one seed before the next seed: the line's shape is seen early."""
        setting = experiment.setting
        scenario = scenarios.get(setting.scenario)
        extraction = scenario.extraction(setting)
        transferred = setting if setting.start != "random" else scenarios.parse(extraction or {})
        scratch = scenario.rival(experiment.rival, transferred)
        ways = ((TRANSFERRED, transferred.flat()), (SCRATCH, scratch))
        places = [(seed, size) for seed in experiment.seeds for size in sorted(set(experiment.sizes))]
        return [Trial.at(name, scenarios.parse({**scenario.sized(values, size), "seed": seed}), size)
                for name, values in ways if values for seed, size in places]  # fmt: skip

    def conclude(self, experiment: Experiment, results: Sequence[Result]) -> Conclusion:
        lines = {name: bands(results, name) for name in ARMS}
        crossings = find_crossings(lines[TRANSFERRED], lines[SCRATCH])
        figures = {"lines": {name: [asdict(b) for b in line] for name, line in lines.items()},
                   "crossings": [asdict(c) for c in crossings]}  # fmt: skip
        sentence = _sentence(lines, crossings) if self.is_over(experiment, results) else ""
        return Conclusion(sentence, figures)


def bands(results: Sequence[Result], arm: str, accuracy: Accuracy = at_best) -> list[Band]:
    """One line's points from left to right."""
    by_x: dict[float, list[float]] = {}
    for result, x in on_arm(results, arm):
        if x is not None and (value := accuracy(result)) is not None:
            by_x.setdefault(x, []).append(value)
    return [Band(x, statistics.mean(v), min(v), max(v), len(v)) for x, v in sorted(by_x.items())]


def find_crossings(first: Sequence[Band], second: Sequence[Band]) -> list[Crossing]:
    """Where the leader changes, between sizes that both lines have. Equal means count for the one that led before."""
    there = {b.x: b.mean for b in second}
    gaps = [(b.x, b.mean - there[b.x]) for b in first if b.x in there]
    gaps = [(x, gap) for x, gap in gaps if gap]
    found = []
    for (x0, gap0), (x1, gap1) in pairwise(gaps):
        if gap0 * gap1 < 0:
            share = gap0 / (gap0 - gap1)
            at = math.exp(math.log(x0) + share * (math.log(x1) - math.log(x0)))
            found.append(Crossing(x0, x1, at, TRANSFERRED if gap1 > 0 else SCRATCH))
    return found


def _sentence(lines: Mapping[str, Sequence[Band]], crossings: Sequence[Crossing]) -> str:
    here, there = lines[TRANSFERRED], {b.x: b for b in lines[SCRATCH]}
    both = [(b, there[b.x]) for b in here if b.x in there]
    if len(both) < 2:
        return ""
    ends = say("With {fewest}; with {most}.", fewest=_end(*both[0]), most=_end(*both[-1]))
    return f"{_meeting(both, crossings)} {ends}"


def _end(transferred: Band, scratch: Band) -> str:
    if transferred.mean > scratch.mean:
        who = say("transfer is ahead")
    else:
        who = say("from scratch is ahead")
    figures = {"count": transferred.x, "who": who, "gap": 100 * abs(transferred.mean - scratch.mean),
               "transferred": transferred.mean, "scratch": scratch.mean}  # fmt: skip
    if transferred.low > scratch.high or scratch.low > transferred.high:
        return say("{count:,.0f} {who} by {gap:.1f} points ({transferred:.1%} to {scratch:.1%})", **figures)
    return say(
        "{count:,.0f} {who} by {gap:.1f} points ({transferred:.1%} to {scratch:.1%}, though seeds overlap)", **figures
    )


def _meeting(both: Sequence[tuple[Band, Band]], crossings: Sequence[Crossing]) -> str:
    if len(crossings) == 1:
        (c,) = crossings
        return say(
            "The lines cross between {low:,.0f} and {high:,.0f} examples, at about {at:,}.",
            low=c.low, high=c.high, at=_round(c.at),
        )  # fmt: skip
    if crossings:
        return say(
            "The lines cross {count} times, first at about {at:,}: too close to call.",
            count=len(crossings), at=_round(crossings[0].at),
        )  # fmt: skip
    if all(a.mean >= b.mean for a, b in both):
        return say("The lines do not cross: transfer is ahead at every size tried.")
    return say("The lines do not cross: from scratch is ahead at every size tried.")


def _round(x: float) -> int:
    """To two figures: the place where two noisy lines meet is not known better."""
    scale = 10 ** max(0, int(math.log10(x)) - 1)
    return round(x / scale) * scale
