"""Where a run's words went, epoch by epoch, on one flat map. NumPy alone: the web process reads it from the run's
folder itself, and need not ask a worker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.models.weights import run_folder
from core.sources.film_words import COMPLAINT, FEWEST, KINDS, PRAISE, kind_of
from core.training.trail import Trail, read_trail

PAIRS = tuple(zip(KINDS[PRAISE], KINDS[COMPLAINT], strict=True))
"""Good and bad first: opposites that stand in the same places, and so begin close together in a general embedding."""
NOTHING = 1e-12
"""Of a spread below this no share can be told."""


@dataclass(frozen=True, eq=False)
class Wandering:
    """``places`` (epochs + 1, words, 2) are those of ``words`` on one plane, the same for all epochs; it keeps
    ``share`` (0 to 1) of the spread of beginning and end together. ``moved`` (epochs + 1, words) is
    ``|v - v0| / |v0|``, not a number for a word that began at 0 and has left it."""

    words: tuple[str, ...]
    vectors: np.ndarray
    places: np.ndarray
    moved: np.ndarray
    share: float
    is_frozen: bool

    @property
    def epochs(self) -> int:
        """Epochs there are places for."""
        return len(self.places) - 1

    @property
    def kinds(self) -> tuple[str, ...]:
        """What each word says by itself: praise, complaint or neither."""
        return tuple(map(kind_of, self.words))

    def cosine(self, first: str, second: str, epoch: int) -> float | None:
        """Between two words after so many epochs; None where either is all zeros.

        Raises:
            ValueError: when one of them is not among the words.
        """
        a, b = (self.vectors[epoch, self.words.index(word)].astype(np.float64) for word in (first, second))
        size = float(np.linalg.norm(a) * np.linalg.norm(b))
        return float(np.clip(a @ b / size, -1, 1)) if size > 0 else None

    def pair(self) -> tuple[str, str] | None:
        """The first two opposites that are both among the words."""
        return next((pair for pair in PAIRS if set(pair) <= set(self.words)), None)

    def farthest(self, epoch: int, count: int) -> list[tuple[str, float]]:
        """The words that have moved most by then, each with how far; those that have not moved are not among them."""
        moved = np.nan_to_num(self.moved[epoch], nan=0.0)
        order = np.argsort(-moved, kind="stable")[:count]
        return [(self.words[n], float(moved[n])) for n in order if moved[n] > 0]

    def unmoved(self, epoch: int) -> list[str]:
        """The words that are bit for bit where they began."""
        return [word for word, moved in zip(self.words, self.moved[epoch], strict=True) if moved == 0]


def wandering(run: str) -> Wandering | None:
    """Where a run's words went: all the way where it is over, else as far as its checkpoint goes. None where it kept no
    trail.

    Raises:
        UnknownRun: when the id is not of a run's form.
    """
    trail = read_trail(run_folder(run))
    return None if trail is None else laid_out(trail)


def laid_out(trail: Trail) -> Wandering | None:
    """A trail on the plane through its beginning and end (principal components) that keeps most of their spread. Epochs
    from the first on that is not all finite are left out; None where that leaves too little for a map."""
    vectors = trail.vectors[: _finite_epochs(trail.vectors)]
    if len(vectors) == 0 or len(trail.words) < FEWEST:
        return None
    centre, axes, share = _plane(np.concatenate([vectors[0], vectors[-1]]).astype(np.float64))
    return Wandering(trail.words, vectors, (vectors - centre) @ axes.T, _moved(vectors), share, trail.is_frozen)


def _finite_epochs(vectors: np.ndarray) -> int:
    good = np.isfinite(vectors).all(axis=(1, 2))
    return len(good) if good.all() else int(np.argmin(good))


def _plane(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The centre of points (n, d), two directions (2, d), and the share of the spread they keep. Each points where its
    largest number is positive, for its sign is arbitrary."""
    centre = points.mean(axis=0)
    _, sizes, directions = np.linalg.svd(points - centre, full_matrices=False)
    axes = np.zeros((2, points.shape[1]))
    axes[: len(directions)] = directions[:2]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    whole = float((sizes**2).sum())
    share = float((sizes[:2] ** 2).sum()) / whole if whole > NOTHING else 0.0
    return centre, axes * np.where(largest < 0, -1, 1), share


def _moved(vectors: np.ndarray) -> np.ndarray:
    steps = np.linalg.norm(vectors.astype(np.float64) - vectors[0], axis=2)
    start = np.broadcast_to(np.linalg.norm(vectors[0].astype(np.float64), axis=1), steps.shape)
    from_nothing = np.where(steps > 0, np.nan, 0.0)
    return np.divide(steps, start, out=from_nothing, where=start > 0)
