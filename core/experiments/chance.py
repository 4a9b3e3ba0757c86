"""How much two accuracies may differ by chance: from the number of validation rows, or from seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
NORMAL = 1.96
"""Two-sided 95 % of the normal distribution."""


def margin(accuracy: float, rows: int) -> float:
    """By how much two accuracies near this one, measured on the same number of rows, may differ by chance: 95 % of the
    difference of two independent shares (Wald). On the very same rows chance is a little smaller: it errs on the side
    of silence. 0 where the number of rows is not known."""
    spread = max(accuracy * (1 - accuracy), 1 / rows) if rows else 0.0  # at 0 or 1 one row more or less is still chance
    return NORMAL * math.sqrt(2 * spread / rows) if rows else 0.0


@dataclass(frozen=True)
class Paired:
    """Differences of pairs that share a seed: their mean, and the half-width of its 95 % interval (Student's t)."""

    mean: float
    half: float
    pairs: int

    @property
    def is_effect(self) -> bool:
        """Whether the interval leaves 0 out."""
        return abs(self.mean) > self.half


def paired(first: Sequence[float], second: Sequence[float]) -> Paired | None:
    """first - second, pair by pair; None of fewer than three pairs, from which nothing could be said."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    if len(differences) < 3:
        return None
    from scipy.stats import t

    deviation = statistics.stdev(differences)
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(differences) - 1)) * deviation / math.sqrt(len(differences))
    return Paired(statistics.mean(differences), half, len(differences))
