"""Sentences as rows of word ids, and the table of vectors that goes with the ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from core.sources.sentences import load_sentences
from core.sources.text_parts import LabelledTexts
from core.sources.tokens import SIZE, UNKNOWN_ID, Coverage, Vocabulary, count_tokens, coverage, fit
from core.sources.word_vectors import WordVectors, shipped_vectors

ROWS, NUMBERS = SIZE + 1, 100
"""Of the table: row 0 is padding, row 1 all words without an id; both start at zero."""


def vectors_of(source: str) -> WordVectors:
    """The word vectors of a source, by its entry in the catalogue.

    Raises:
        SourceUnavailable: when they are not on this computer.
    """
    if source == "glove-100d":
        return shipped_vectors()
    return _downloaded()


@lru_cache(maxsize=1)
def _downloaded() -> WordVectors:
    from core.sources.glove_file import load_downloaded

    table = load_downloaded()
    return WordVectors(table.words, table.vectors)


def vocabulary_of(data: str) -> Vocabulary:
    """The 10,000 commonest words of all training sentences, however few of them a run trains on: their labels play no
    part in it.

    Raises:
        SourceUnavailable: when this computer does not have the sentences, or no longer.
    """
    return _vocabulary(load_sentences(data))


def rows_of(data: str, length: int) -> np.ndarray:
    """All sentences as ids, int32, (sentences, ``length``), read-only. Raises as `vocabulary_of` does."""
    return _rows(load_sentences(data), length)


@lru_cache(maxsize=3)
def _vocabulary(sentences: LabelledTexts) -> Vocabulary:
    return fit(sentences.texts[: sentences.training])


@lru_cache(maxsize=4)
def _rows(sentences: LabelledTexts, length: int) -> np.ndarray:
    rows = ids_of(_vocabulary(sentences), sentences.texts, length)
    rows.setflags(write=False)  # everyone in the process gets this same array
    return rows


def ids_of(vocabulary: Vocabulary, texts: Sequence[str], length: int) -> np.ndarray:
    """Texts as ids, (texts, ``length``) int32, padded and cut at the end. One without any word counts as one unknown
    word: an average over no words is not a number."""
    rows = vocabulary.padded(texts, length)
    rows[rows[:, 0] == 0, 0] = UNKNOWN_ID
    return rows


def table_of(vocabulary: Vocabulary, vectors: WordVectors) -> np.ndarray:
    """The embedding's starting weights, (10,001, 100) float32: zeros for padding and for words without a vector."""
    table = np.zeros((ROWS, NUMBERS), np.float32)
    pairs = [(number, vectors.ids[word]) for word, number in vocabulary.id_of.items() if word in vectors.ids]
    ids, rows = np.array(pairs, int).reshape(-1, 2).T
    table[ids] = vectors.table[rows]
    return table


def coverage_of(data: str, vectors: WordVectors) -> Coverage:
    """How much of the training sentences' vocabulary has a vector."""
    sentences = load_sentences(data)
    counts = count_tokens(sentences.texts[: sentences.training])
    return coverage(vocabulary_of(data), counts, vectors.ids)
