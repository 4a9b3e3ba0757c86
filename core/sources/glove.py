"""GloVe's words and their 100 numbers, as they ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS
from core.words import say

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
        found = say("{shape} of {kind}", shape=str(vectors.shape), kind=vectors.dtype)
        is_right = vectors.shape == SHAPE and vectors.dtype == np.float16
    except (OSError, EOFError, ValueError) as error:
        raise _unreadable(path) from error
    if not is_right:
        raise _unavailable(say("The shipped GloVe vectors should be {shape} of float16.", shape=str(SHAPE)), found)
    return vectors.astype(np.float32)


def _read_words(path: Path) -> tuple[str, ...]:
    try:
        words = tuple(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if (len(words), len(set(words))) != (SHAPE[0], SHAPE[0]):
        what = say("The shipped GloVe vectors should have {count:,} different words.", count=SHAPE[0])
        raise _unavailable(what, say("{words:,} in {lines:,} lines", words=len(set(words)), lines=len(words)))
    return words


def _unreadable(path: Path) -> SourceUnavailable:
    return _unavailable(say("The shipped GloVe vectors cannot be read."), path.name)


def _unavailable(what: str, received: str) -> SourceUnavailable:
    return SourceUnavailable(what, received, say("Install the project again."))
