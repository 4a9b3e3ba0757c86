"""What somebody expected of a run beside what came of it, in words: fixed rules, real numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.history import Epoch
from core.insight.prediction import SKETCH, TURNING, Point, Prediction
from core.insight.reading import JUMPY, STILL, SUSTAINED, number
from core.insight.replay import sentences
from core.insight.trend import measure_trend
from core.words import mark, say

NEAR = (frozenset({"falls", "levels"}), frozenset({"levels", "turns"}))
"""Shapes that are called close to each other."""
FLAT, RISEN, LEVEL, RESTLESS = 0.05, 0.1, 0.1, 2.6
"""Of a line drawn by hand: as a share of its height, one that is flat; as shares of its span, an end that has risen,
and what is level with the lowest; and how often its span a line that jumps about goes up and down (a turn: at most
twice)."""
WISHES = {
    "falls": mark("fall to the end"),
    "turns": mark("turn at epoch {at:,}"),
    "levels": mark("stay level from about epoch {at:,}"),
    "flat": mark("stay flat"),
    "jumps": mark("jump about"),
}
CAME = {
    "falls": mark("it fell to the end"),
    "turns": mark("it turned at epoch {at:,}"),
    "levels": mark("it fell, then stayed level from about epoch {at:,}"),
    "flat": mark("it hardly changed"),
    "jumps": mark("it jumped about"),
}
YOU = mark("You")


def compare(prediction: Prediction, epochs: Sequence[Epoch], is_over: bool = True, who: str = YOU) -> str:
    """What was expected beside what came, in one to three sentences with numbers; nothing before three epochs.

    While the run goes on only the lowest so far is told: a shape is judged when it is there. ``who``, yet to be
    said, expected it.
    """
    if len(epochs) < SUSTAINED or len(prediction.points) < 2:
        return ""
    expected, at = _sketched(prediction) if prediction.kind == SKETCH else (prediction.kind, _lowest(prediction)[0])
    lost = next((e for e in epochs if e.diverged), None)
    if lost is not None:
        return say(
            "{who} expected it to {wish}; the run diverged at epoch {epoch}, so there is no curve to compare.",
            who=say(who), wish=say(WISHES[expected], at=at), epoch=lost.epoch,
        )  # fmt: skip
    if not is_over:
        return _so_far(prediction, expected, epochs)
    came, came_at = _measured(epochs)
    return sentences(
        _came(say(who), (expected, at), (came, came_at)),
        _verdict(expected, came),
        _lowest_words(prediction, expected, came, epochs),
    )


def _came(who: str, expected: tuple[str, int], came: tuple[str, int]) -> str:
    """The two shapes, each with its epoch."""
    wish = say(WISHES[expected[0]], at=expected[1])
    if expected[0] == came[0] and (expected[0] not in TURNING or expected[1] == came[1]):
        return say("{who} expected it to {wish}, and it did.", who=who, wish=wish)
    return say("{who} expected it to {wish}; {came}.", who=who, wish=wish, came=say(CAME[came[0]], at=came[1]))


def _verdict(expected: str, came: str) -> str:
    if expected == came:
        return say("The shape is right.")
    if frozenset({expected, came}) in NEAR:
        return say("The shape is close.")
    return say("Another shape: it is worth asking why.")


def _lowest_words(prediction: Prediction, expected: str, came: str, epochs: Sequence[Epoch]) -> str:
    """Where the lowest was expected and where it was; of a sketch, whose heights mean something, losses too."""
    best = min((e.val_loss or 0.0, e.epoch) for e in epochs)
    epoch, loss = _lowest(prediction)
    if prediction.kind == SKETCH:
        return _sketch_words((epoch, loss), (best[1], best[0]), _distance(prediction, epochs))
    if expected in {"flat", "jumps"} or expected == came == "turns":
        return say("The lowest validation loss was {loss} at epoch {epoch:,}.", loss=number(best[0]), epoch=best[1])
    return say(
        "The lowest: expected at epoch {expected:,}, measured at epoch {epoch:,} ({loss}).",
        expected=epoch, epoch=best[1], loss=number(best[0]),
    )  # fmt: skip


def _sketch_words(sketched: Point, measured: Point, away: float | None) -> str:
    """The two lowest points, and how far the lines are apart, where that can be told."""
    both = {"loss": number(sketched[1]), "epoch": sketched[0], "its": number(measured[1]), "at": measured[0]}
    if away is None:
        return say("The lowest: sketched {loss} at epoch {epoch:,}, measured {its} at epoch {at:,}.", **both)
    return say(
        "The lowest: sketched {loss} at epoch {epoch:,}, measured {its} at epoch {at:,}; {away} apart on average.",
        away=number(away), **both,
    )  # fmt: skip


def _so_far(prediction: Prediction, expected: str, epochs: Sequence[Epoch]) -> str:
    loss, epoch = min((e.val_loss or 0.0, e.epoch) for e in epochs)
    if expected in {"flat", "jumps"}:
        return say(
            "So far the lowest validation loss is {loss} at epoch {epoch:,}; it was expected to {wish}.",
            loss=number(loss), epoch=epoch, wish=say(WISHES[expected]),
        )  # fmt: skip
    return say(
        "So far the lowest validation loss is {loss} at epoch {epoch:,}; expected was epoch {expected:,}.",
        loss=number(loss), epoch=epoch, expected=_lowest(prediction)[0],
    )  # fmt: skip


def _measured(epochs: Sequence[Epoch]) -> tuple[str, int]:
    """The shape of a run by the same rules as its reading, and the epoch at which it turned or became level."""
    trend = measure_trend(epochs)
    if trend.since_best >= SUSTAINED and trend.has_risen:
        return "turns", trend.best_epoch
    if trend.is_falling:
        return "falls", epochs[-1].epoch
    if trend.noise > JUMPY * trend.last:
        return "jumps", trend.best_epoch
    if abs(trend.first - trend.best) < STILL * trend.first:
        return "flat", trend.best_epoch
    return "levels", _level_from([(e.epoch, e.val_loss or 0.0) for e in epochs])


def _sketched(prediction: Prediction) -> tuple[str, int]:
    """The shape of a line drawn by hand, and the epoch at which it turns or becomes level."""
    points = prediction.points
    losses = [loss for _, loss in points]
    low, high = min(losses), max(losses)
    span, at = high - low, _lowest(prediction)[0]
    if span < FLAT * high or high == 0:
        return "flat", at
    if sum(abs(b - a) for a, b in pairwise(losses)) > RESTLESS * span:
        return "jumps", at
    if losses[-1] - low > RISEN * span:
        return "turns", at
    level = _level_from(points)
    first, last = points[0][0], points[-1][0]
    return ("levels", level) if level - first < 2 / 3 * (last - first) else ("falls", at)


def _level_from(points: Sequence[Point]) -> int:
    """The first epoch that is nearly as low as the lowest."""
    low, first = min(loss for _, loss in points), points[0][1]
    return next(e for e, loss in points if loss <= low + LEVEL * max(0.0, first - low))


def _lowest(prediction: Prediction) -> Point:
    """The lowest point, the first of equals."""
    loss, epoch = min((loss, epoch) for epoch, loss in prediction.points)
    return epoch, loss


def _distance(prediction: Prediction, epochs: Sequence[Epoch]) -> float | None:
    """Mean distance of a run from the line where there is one; None where they share no epoch."""
    at, losses = zip(*prediction.points, strict=True)
    both = [e for e in epochs if at[0] <= e.epoch <= at[-1] and e.val_loss is not None]
    lines = np.interp([e.epoch for e in both], at, losses)
    return (
        float(np.mean([abs(line - (e.val_loss or 0.0)) for line, e in zip(lines, both, strict=True)])) if both else None
    )
