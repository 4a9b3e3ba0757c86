"""A run together with those it went on from, as one curve numbered through."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.charts.curves import Divider
from core.history import Epoch, Outcome, Snapshot, best_epoch
from core.insight.reading import Reading, read_curve
from core.words import say
from pages.parts.lab import Lab

CROWDED = 3
"""A run that ended before a third of its plan would stand crowded at the chart's left edge: the axis ends sooner."""

NOTHING = Reading("", "", "quiet")


@dataclass(frozen=True)
class Story:
    """Epochs of a run and its parents, where one ended and the next began, and how many were planned in all."""

    epochs: tuple[Epoch, ...] = ()
    dividers: tuple[Divider, ...] = ()
    planned: int = 1
    outcome: Outcome | None = None
    reading: Reading = NOTHING

    @property
    def best(self) -> Epoch | None:
        number = best_epoch(self.epochs)
        return self.epochs[number - 1] if number else None

    @property
    def axis(self) -> int:
        """The last epoch on the x axis: the planned one, unless the run ended far sooner."""
        is_crowded = self.outcome is not None and CROWDED * len(self.epochs) < self.planned
        return -(-3 * len(self.epochs) // 2) if is_crowded else self.planned


def tell_story(lab: Lab, run: Snapshot | None, planned: int) -> Story:
    """The story of a run; without one, an empty chart of the planned epochs."""
    if run is None:
        return Story(planned=planned)
    epochs: list[Epoch] = []
    dividers: list[Divider] = []
    for one in [*lab.runner.lineage(run.id)[:-1], run]:
        if epochs:
            dividers.append(Divider(len(epochs), say("went on")))
        epochs += [replace(e, epoch=len(epochs) + i) for i, e in enumerate(one.epochs, 1)]
    before = len(epochs) - len(run.epochs)
    outcome = _shifted(run.outcome, before, epochs)
    reading = read_curve(epochs, run.spec, outcome)
    return Story(tuple(epochs), tuple(dividers), before + run.spec.epochs, outcome, reading)


def _shifted(outcome: Outcome | None, before: int, epochs: list[Epoch]) -> Outcome | None:
    """An outcome in the numbers of the whole story."""
    if outcome is None or not before:
        return outcome
    restored = outcome.restored_epoch
    return replace(
        outcome,
        epochs=len(epochs),
        best_epoch=best_epoch(epochs),
        restored_epoch=restored + before if restored is not None else None,
    )
