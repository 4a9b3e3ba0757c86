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

NEAR = (frozenset({"falls", "levels"}), frozenset({"levels", "turns"}))
"""Shapes that are called close to each other."""
FLAT, RISEN, LEVEL, RESTLESS = 0.05, 0.1, 0.1, 2.6
"""Of a line drawn by hand: as a share of its height, one that is flat; as shares of its span, an end that has risen,
and what is level with the lowest; and how often its span a line that jumps about goes up and down (a turn: at most
twice)."""
WISHES = {
    "falls": "fall to the end",
    "turns": "turn at epoch {at:,}",
    "levels": "stay level from about epoch {at:,}",
    "flat": "stay flat",
    "jumps": "jump about",
}
CAME = {
    "falls": "it fell to the end",
    "turns": "it turned at epoch {at:,}",
    "levels": "it fell, then stayed level from about epoch {at:,}",
    "flat": "it hardly changed",
    "jumps": "it jumped about",
}


def compare(prediction: Prediction, epochs: Sequence[Epoch], is_over: bool = True, who: str = "You") -> str:
    """What was expected beside what came, in one to three sentences with numbers; nothing before three epochs.

    While the run goes on only the lowest so far is told: a shape is judged when it is there. ``who`` expected it.
    """
    if len(epochs) < SUSTAINED or len(prediction.points) < 2:
        return ""
    expected, at = _sketched(prediction) if prediction.kind == SKETCH else (prediction.kind, _lowest(prediction)[0])
    lost = next((e for e in epochs if e.diverged), None)
    if lost is not None:
        wish = WISHES[expected].format(at=at)
        return f"{who} expected it to {wish}; the run diverged at epoch {lost.epoch}, so there is no curve to compare."
    if not is_over:
        return _so_far(prediction, expected, epochs)
    came, came_at = _measured(epochs)
    return sentences(
        f"{who} expected it to {WISHES[expected].format(at=at)}{_came(expected, at, came, came_at)}",
        _verdict(expected, came),
        _lowest_words(prediction, expected, came, epochs),
    )


def _came(expected: str, at: int, came: str, came_at: int) -> str:
    if expected == came and (expected not in TURNING or at == came_at):
        return ", and it did."
    return f"; {CAME[came].format(at=came_at)}."


def _verdict(expected: str, came: str) -> str:
    if expected == came:
        return "The shape is right."
    if frozenset({expected, came}) in NEAR:
        return "The shape is close."
    return "Another shape: it is worth asking why."


def _lowest_words(prediction: Prediction, expected: str, came: str, epochs: Sequence[Epoch]) -> str:
    """Where the lowest was expected and where it was; of a sketch, whose heights mean something, losses too."""
    best = min((e.val_loss or 0.0, e.epoch) for e in epochs)
    epoch, loss = _lowest(prediction)
    if prediction.kind == SKETCH:
        away = _distance(prediction, epochs)
        apart = f"; {number(away)} apart on average" if away is not None else ""
        ours, its = f"{number(loss)} at epoch {epoch:,}", f"{number(best[0])} at epoch {best[1]:,}"
        return f"The lowest: sketched {ours}, measured {its}{apart}."
    if expected in {"flat", "jumps"} or expected == came == "turns":
        return f"The lowest validation loss was {number(best[0])} at epoch {best[1]:,}."
    return f"The lowest: expected at epoch {epoch:,}, measured at epoch {best[1]:,} ({number(best[0])})."


def _so_far(prediction: Prediction, expected: str, epochs: Sequence[Epoch]) -> str:
    loss, epoch = min((e.val_loss or 0.0, e.epoch) for e in epochs)
    now = f"So far the lowest validation loss is {number(loss)} at epoch {epoch:,}"
    if expected in {"flat", "jumps"}:
        return f"{now}; it was expected to {WISHES[expected]}."
    return f"{now}; expected was epoch {_lowest(prediction)[0]:,}."


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
