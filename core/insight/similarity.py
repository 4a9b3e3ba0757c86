"""How alike two lists of numbers are."""

from __future__ import annotations

import math
from collections.abc import Sequence


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine of the angle between two vectors, -1 to 1; 0 where one of them is all zeros."""
    size = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / size if size else 0.0


def distance(a: Sequence[float], b: Sequence[float]) -> float:
    """Euclidean distance between two vectors."""
    return math.dist(a, b)


def most_moved(before: Sequence[float], after: Sequence[float], n: int = 3) -> list[tuple[int, float, float]]:
    """The ``n`` numbers that differ most: (position from 1, before, after), largest difference first.

    Numbers that are the same, or that are not finite, are left out; of equal differences the earlier comes first.
    """
    pairs = [(i, a, b) for i, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b]
    known = [p for p in pairs if math.isfinite(p[1]) and math.isfinite(p[2])]
    return sorted(known, key=lambda p: -abs(p[2] - p[1]))[:n]


def nearest_and_farthest(
    similarities: Sequence[Sequence[float | None]],
) -> tuple[tuple[int, int, float], tuple[int, int, float]] | None:
    """Of a square table of cosines, the most and the least alike pair: (position from 1, position from 1, cosine).

    None where no pair has a finite cosine; of equal pairs the earlier is taken.
    """
    pairs = [
        (i + 1, j + 1, value)
        for i, row in enumerate(similarities)
        for j, value in enumerate(row)
        if j > i and value is not None and math.isfinite(value)
    ]
    if not pairs:
        return None
    return max(pairs, key=lambda p: p[2]), min(pairs, key=lambda p: p[2])
