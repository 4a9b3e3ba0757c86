"""Words with a vector each, as one value: what ships, a larger file, or the table a run has trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.errors import SourceUnavailable
from core.sources.glove import load_glove
from core.words import say

_ROWS = 8_192
"""Rows squared at a time in float64: large float32 numbers would overflow, and a copy of 400,000 rows is 320 MB."""


@dataclass(frozen=True, eq=False)
class WordVectors:
    """``words`` each once, commonest first where their source has such an order; ``table`` is (n, d), kept as read-only
    float32, a row a word.

    Raises:
        SourceUnavailable: when words and rows do not match, a word occurs twice, or a number is not finite.
    """

    words: tuple[str, ...]
    table: np.ndarray

    def __post_init__(self) -> None:
        table = np.asarray(self.table, np.float32).view()
        if table.ndim != 2 or len(table) != len(self.words) or table.size == 0:
            received = say("{shape} for {words:,} words", shape=str(table.shape), words=len(self.words))
            raise _not_right(say("Word vectors should be a row of numbers for each word."), received)
        if len(self.ids) != len(self.words):
            different, words = len(self.ids), len(self.words)
            received = say("{different:,} different in {words:,} words", different=different, words=words)
            raise _not_right(say("Word vectors should have each word once."), received)
        if not np.isfinite(table).all():
            raise _not_right(say("Word vectors should be finite numbers."), say("not a number, or infinite"))
        table.setflags(write=False)  # everyone who holds this value holds this same array
        object.__setattr__(self, "table", table)

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def lengths(self) -> np.ndarray:
        """The Euclidean length of each row, (n,) float64."""
        starts = range(0, len(self.table), _ROWS)
        return np.concatenate([np.linalg.norm(self.table[s : s + _ROWS].astype(np.float64), axis=1) for s in starts])

    @cached_property
    def units(self) -> np.ndarray:
        """The table with each row at length 1, (n, d) float32, read-only; rows of zeros stay zeros. As large as the
        table itself (16 MB for 40,000 x 100), made when first asked for."""
        lengths = self.lengths.astype(np.float32)[:, None]
        units = np.divide(self.table, lengths, out=np.zeros_like(self.table), where=lengths > 0)
        units.setflags(write=False)
        return units


def of_vocabulary(vocabulary: Mapping[str, int], table: np.ndarray) -> WordVectors:
    """A network's embedding as words and vectors: ``vocabulary`` gives each word's row, and rows that no word has (the
    last one, for unknown words) are left out.

    Raises:
        SourceUnavailable: when a word has no row, or a number is not finite, as after a run that diverged.
    """
    rows = np.fromiter(vocabulary.values(), np.int64, len(vocabulary))
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(table):
        received = say("{rows:,} rows, and a word in row {row:,}", rows=len(table), row=rows.max())
        raise _not_right(say("Word vectors should have a row for each word."), received)
    order = np.argsort(rows, kind="stable")
    words = tuple(vocabulary)
    return WordVectors(tuple(words[place] for place in order), np.asarray(table)[rows[order]])


@lru_cache(maxsize=1)
def shipped_vectors() -> WordVectors:
    """The shipped GloVe, 40,000 words x 100, ready to be asked; made once in a process.

    Raises:
        SourceUnavailable: when a file is missing or not what it should be.
    """
    glove = load_glove()
    vectors = WordVectors(glove.words, glove.vectors)
    _ = vectors.units  # made now, so that the first question is as quick as the next
    return vectors


def _not_right(what: str, received: str) -> SourceUnavailable:
    return SourceUnavailable(what, received, say("Choose another source, or train again."))
