"""Words as numbers, in the way of Keras' old `Tokenizer` and `pad_sequences`: lower case, punctuation dropped, ids by
frequency. Nothing here knows of vectors or needs Keras."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""What the Tokenizer turns into spaces. The apostrophe is not among it: "it's" is one word."""
UNKNOWN = "<OOV>"
UNKNOWN_ID = 1
"""Of every word that has no id of its own; 0 is for padding."""
SIZE = 10_000
MOST_MISSING = 20

_TO_SPACE = str.maketrans(dict.fromkeys(FILTERS, " "))


@dataclass(frozen=True)
class Vocabulary:
    """``words[i]`` has the id i + 1; the first is `UNKNOWN`, the others stand in order of their frequency."""

    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def id_of(self) -> Mapping[str, int]:
        return {word: number for number, word in enumerate(self.words, UNKNOWN_ID)}

    def ids(self, text: str) -> list[int]:
        """The id of each word of a text, in order."""
        id_of = self.id_of
        return [id_of.get(word, UNKNOWN_ID) for word in split_tokens(text)]

    def padded(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Ids of texts, int32, (texts, ``length``): filled with 0 or cut off at the end."""
        rows = np.zeros((len(texts), length), np.int32)
        for row, text in zip(rows, texts, strict=True):
            ids = self.ids(text)[:length]
            row[: len(ids)] = ids
        return rows


class Coverage(NamedTuple):
    """How much of a vocabulary has vectors: ``words`` and ``occurrences`` are shares from 0 to 1; ``missing`` are the
    commonest words without one, each with how often it occurs."""

    words: float
    occurrences: float
    missing: tuple[tuple[str, int], ...]


def fit(texts: Iterable[str], size: int = SIZE) -> Vocabulary:
    """The vocabulary of texts: `UNKNOWN` and their commonest words, ``size`` ids in all at most (1 to ``size``). Of
    words that are equally common the one that appears first comes first.

    Keras' ``num_words`` is one more than ``size``: it counts the 0 of the padding too.
    """
    ordered = sorted(count_tokens(texts).items(), key=lambda counted: counted[1], reverse=True)
    return Vocabulary((UNKNOWN, *(word for word, _ in ordered[: size - 1])))


def split_tokens(text: str) -> list[str]:
    """The words of a text, in order. Only spaces part them, once `FILTERS` are spaces."""
    return [word for word in text.lower().translate(_TO_SPACE).split(" ") if word]


def count_tokens(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs, in order of first appearance."""
    return Counter(chain.from_iterable(map(split_tokens, texts)))


def coverage(vocabulary: Vocabulary, counts: Mapping[str, int], vectors_words: Collection[str]) -> Coverage:
    """How much of a vocabulary is among ``vectors_words`` (a set or a mapping is quickest). `UNKNOWN` is no word of the
    texts, and does not count."""
    known = vectors_words if isinstance(vectors_words, Mapping | set | frozenset) else frozenset(vectors_words)
    words = vocabulary.words[1:]
    missing = [(word, counts.get(word, 0)) for word in words if word not in known]
    total = sum(counts.get(word, 0) for word in words)
    missing.sort(key=lambda pair: pair[1], reverse=True)
    return Coverage(
        1 - len(missing) / len(words) if words else 0.0,
        1 - sum(count for _, count in missing) / total if total else 0.0,
        tuple(missing[:MOST_MISSING]),
    )
