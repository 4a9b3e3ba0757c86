"""A validation curve that somebody expects before training: picked as a shape or sketched, a few plain points."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.errors import LabError
from core.words import mark, say

SHAPES = {
    "falls": mark("falls to the end"),
    "turns": mark("falls, then turns"),
    "levels": mark("falls, then stays level"),
    "flat": mark("stays flat"),
    "jumps": mark("jumps about"),
}
"""What can be picked, in a learner's words, yet to be said."""
SKETCH = "sketch"
TURNING = frozenset({"turns", "levels"})
"""Shapes in which something happens at an epoch of its own."""

MOST_POINTS, MOST_EPOCHS, MOST_LOSS = 60, 2_000, 1_000.0

Point = tuple[int, float]


@dataclass(frozen=True)
class Prediction:
    """Expected validation losses by epoch. ``kind`` is a shape that was picked, or ``sketch``."""

    kind: str
    points: tuple[Point, ...]

    def shifted(self, epochs: int) -> Prediction:
        """The same, so many epochs later."""
        return Prediction(self.kind, tuple((e + epochs, loss) for e, loss in self.points))

    def until(self, epoch: int) -> Prediction:
        """What of it lies within so many epochs."""
        return Prediction(self.kind, tuple(p for p in self.points if p[0] <= epoch))


def check_prediction(prediction: Prediction) -> Prediction:
    """The prediction, where it may be kept.

    Raises:
        LabError: when it has no or too many points, its epochs do not ascend or a loss is out of range.
    """
    points, kind = prediction.points, prediction.kind
    if kind != SKETCH and kind not in SHAPES:
        what = say("A prediction is a sketch or one of: {shapes}.", shapes=", ".join(SHAPES))
        raise LabError(what, kind, say("Pick or sketch it again."))
    if not 1 <= len(points) <= MOST_POINTS:
        what = say("A prediction has 1 to {most} points.", most=MOST_POINTS)
        raise LabError(what, len(points), say("Pick or sketch it again."))
    _check_points(points)
    return prediction


def _check_points(points: tuple[Point, ...]) -> None:
    before = 0
    for epoch, loss in points:
        if type(epoch) is not int or not before < epoch <= MOST_EPOCHS:
            what = say(
                "The epochs of a prediction are whole numbers, 1 to {most:,}, each above the one before.",
                most=MOST_EPOCHS,
            )
            raise LabError(what, epoch, say("Sketch it again, from left to right."))
        if not isinstance(loss, int | float) or not 0 <= loss <= MOST_LOSS:  # not-a-number is in no range
            what = say("An expected loss is a number, 0 to {most:,.0f}.", most=MOST_LOSS)
            raise LabError(what, loss, say("Sketch it again."))
        before = epoch


def sampled(planned: int, through: int | None = None) -> list[int]:
    """At most 60 of ``planned`` epochs, evenly spread, the first, the last and ``through`` among them."""
    if planned <= MOST_POINTS:
        return list(range(1, planned + 1))
    epochs = [round(1 + i * (planned - 1) / (MOST_POINTS - 1)) for i in range(MOST_POINTS)]
    if through is not None and 1 < through < planned:
        nearest = min(range(1, MOST_POINTS - 1), key=lambda i: abs(epochs[i] - through))
        epochs[nearest] = through
    return epochs


def pick(shape: str, planned: int, turn: int, guess: float) -> Prediction:
    """A shape as a curve over ``planned`` epochs (at least three), beginning near ``guess``, a guesser's loss.

    What happens at an epoch of its own happens at ``turn``.
    """
    turn = max(2, min(planned - 1, turn))
    heights = [(e, _height(shape, i, e, planned, turn)) for i, e in enumerate(sampled(planned, turn))]
    return Prediction(shape, tuple((e, round(guess * height, 4)) for e, height in heights))


def _height(shape: str, place: int, epoch: int, planned: int, turn: int) -> float:
    """How high a shape stands at an epoch, as a share of a guesser's loss."""
    if shape == "falls":
        return 0.35 + 0.63 * math.exp(-2.2 * (epoch - 1) / (planned - 1))
    if shape == "flat":
        return 0.95
    if shape == "jumps":
        return 0.75 + (-1) ** place * (0.16, 0.08, 0.13)[place % 3]
    fallen = 0.45 + 0.53 * (1 - min(1.0, (epoch - 1) / (turn - 1))) ** 2
    risen = 0.4 * max(0.0, (epoch - turn) / (planned - turn)) ** 1.3
    return fallen + (risen if shape == "turns" else 0.0)
