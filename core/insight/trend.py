"""The measurements behind a reading: where the validation loss was lowest, where it is going, how much it wobbles."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from core.history import Epoch

LEAST = 0.001
"""A change counts from this share of the loss on: below, the eye sees a flat line."""
SETTLED_RISE = 0.01
"""So does a rise above the lowest from this share on: weights at rest creep as much."""
CERTAIN, SCANT = 5, 140
"""A change counts from this many deviations of the wobble on, and more where few epochs tell how large that is: see
`Trend.doubt`."""
STEADY, LATEST = 3.7, 40
"""A climb of so many standard deviations of `order`, over the latest so many epochs, is no luck: one in 10,000."""


@dataclass(frozen=True)
class Trend:
    """``before`` and ``recent`` are mean validation losses at the beginning and the end of the last ``window`` epochs;
    ``noise`` is the standard deviation of the wobble about the local trend, told from so many ``kinks``; ``climb`` and
    ``wander`` are the `order` and the `scatter` of the epochs since the best."""

    first: float
    best: float
    last: float
    best_epoch: int
    since_best: int
    window: int
    before: float
    recent: float
    around_best: float
    noise: float
    kinks: int
    climb: float
    wander: float
    training_at_best: float
    training_now: float
    training_noise: float

    @property
    def doubt(self) -> float:
        """What a change of level must exceed, in the unit of the loss; infinite below five epochs.

        A page asks anew at each epoch, so that one look may be wrong once in 3,000 times. Of pure noise, that is at
        40, 20, 14, 11, 8, 6 and 5 measured deviations where 2, 3, 4, 5, 7, 11 and 17 kinks measure them: about
        5 + 140 / kinks².
        """
        return (CERTAIN + SCANT / self.kinks**2) * self.noise if self.kinks >= 2 else math.inf

    @property
    def has_risen(self) -> bool:
        """The level now against the level around the best, since the lowest of many noisy values is low by luck: by
        more than wobble and wander explain, or on a steady climb since."""
        rise = self.recent - self.around_best
        is_clear = rise > max(self.doubt, CERTAIN * self.wander)
        return rise > SETTLED_RISE * self.best and (is_clear or self.climb > STEADY)

    @property
    def is_falling(self) -> bool:
        """Not so where a bottom lies three epochs back: what fell before it falls no more."""
        if self.since_best >= 3 and self.recent >= self.around_best:
            return False
        return self.before - self.recent > max(self.doubt, 5 * LEAST * self.recent)

    @property
    def training_fell(self) -> bool:
        fall = self.training_at_best - self.training_now
        return fall > max(2 * self.training_noise, LEAST * abs(self.training_at_best))


def measure_trend(epochs: Sequence[Epoch]) -> Trend:
    """Of at least three epochs, none of them diverged."""
    losses = [e.val_loss for e in epochs if e.val_loss is not None]
    training = [e.loss for e in epochs if e.loss is not None]
    at = losses.index(min(losses))
    window = min(len(losses), 10)
    part = max(1, min(3, window // 2))
    return Trend(
        first=losses[0],
        best=losses[at],
        last=losses[-1],
        best_epoch=epochs[at].epoch,
        since_best=len(losses) - 1 - at,
        window=window,
        before=statistics.mean(losses[-window:][:part]),
        recent=statistics.mean(losses[-part:]),
        around_best=statistics.mean(losses[max(0, at - 1) : at + 2]),
        noise=wobble(losses[-20:]),
        kinks=len(losses[-20:]) - 3,
        climb=order(losses[at + 1 :][-LATEST:]),
        wander=scatter(losses[at + 1 :][-20:]),
        training_at_best=training[at],
        training_now=training[-1],
        training_noise=wobble(training[-20:]),
    )


def wobble(values: Sequence[float]) -> float:
    """Standard deviation of the noise, from third differences, which vanish on a straight line and on an even bend.

    For independent noise of deviation s their mean size is sqrt(2 / pi) * sqrt(1 + 9 + 9 + 1) * s = 3.568 s.
    """
    shifted = zip(values, values[1:], values[2:], values[3:], strict=False)
    kinks = [abs(a - 3 * b + 3 * c - d) for a, b, c, d in shifted]
    return statistics.mean(kinks) / 3.568 if len(kinks) >= 2 else 0.0


def scatter(values: Sequence[float]) -> float:
    """Standard deviation about a straight line, of five values at least: what drifts to and fro over several epochs
    counts here too, where `wobble` sees half of it."""
    n = len(values)
    if n < 5:
        return 0.0
    line = statistics.linear_regression(range(n), values)
    return math.sqrt(sum((v - line.intercept - line.slope * i) ** 2 for i, v in enumerate(values)) / (n - 2))


def order(values: Sequence[float]) -> float:
    """How far values are from no order in time, in standard deviations: above 0 they grow, below they shrink.

    Mann and Kendall's test: how many pairs grow less how many shrink, over its deviation for independent values of
    whatever distribution, sqrt(n (n - 1) (2n + 5) / 18). Nine values at least can pass for `STEADY`.
    """
    n = len(values)
    if n < 2:
        return 0.0
    pairs = sum((b > a) - (b < a) for i, a in enumerate(values) for b in values[i + 1 :])
    return pairs / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)


def patience_used(epochs: Sequence[Epoch], min_delta: float) -> int:
    """Epochs since validation loss last improved by more than ``min_delta``, counted as Keras' EarlyStopping does."""
    best, waited = float("inf"), 0
    for e in epochs:
        if e.val_loss is not None and e.val_loss < best - min_delta:
            best, waited = e.val_loss, 0
        else:
            waited += 1
    return waited
