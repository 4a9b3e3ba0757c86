"""GloVe's words and their 100 numbers, as they ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS

FOLDER = "glove_100d"
SHAPE = (40_000, 100)


@dataclass(frozen=True)
class Glove:
    """``words`` in GloVe's order of frequency; ``vectors`` is (40,000, 100) float32, read-only, a row a word."""

    words: tuple[str, ...]
    vectors: np.ndarray


@lru_cache(maxsize=1)
def load_glove() -> Glove:
    """The shipped 40,000 words and vectors, read once in a process (0.02 s).

    Raises:
        SourceUnavailable: when a file is missing, unreadable or of another shape.
    """
    vectors = _read_vectors(ASSETS / FOLDER / "vectors.npy")
    words = _read_words(ASSETS / FOLDER / "words.txt")
    vectors.setflags(write=False)  # everyone in the process gets this same array
    return Glove(words, vectors)


def _read_vectors(path: Path) -> np.ndarray:
    try:
        vectors = np.load(path, allow_pickle=False)
        found, is_right = f"{vectors.shape} of {vectors.dtype}", vectors.shape == SHAPE and vectors.dtype == np.float16
    except (OSError, EOFError, ValueError) as error:
        raise _unavailable("cannot be read", path.name) from error
    if not is_right:
        raise _unavailable(f"should be {SHAPE} of float16", found)
    return vectors.astype(np.float32)


def _read_words(path: Path) -> tuple[str, ...]:
    try:
        words = tuple(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))
    except (OSError, ValueError) as error:
        raise _unavailable("cannot be read", path.name) from error
    if (len(words), len(set(words))) != (SHAPE[0], SHAPE[0]):
        raise _unavailable(f"should have {SHAPE[0]:,} different words", f"{len(set(words)):,} in {len(words):,} lines")
    return words


def _unavailable(what: str, received: str) -> SourceUnavailable:
    return SourceUnavailable(f"The shipped GloVe vectors {what}.", received, "Install the project again.")
