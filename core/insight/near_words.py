"""A word looked up in word vectors: as it was typed, by near spellings where it is unknown, and the words nearest to a
direction. NumPy alone, so that a page may ask without a worker."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import LabError, UnreadableText
from core.sources.word_vectors import WordVectors
from core.words import say

LONGEST = 60
"""Characters of one word; the longest of the 40,000 has 22."""
MOST = 100
"""Neighbours that can be asked for."""
SPELLINGS = 5
DECIMALS = 6
"""Cosines nearer than this are equal, and the commoner word comes first: float32 sums differ by 1e-7 with the order
they are added in, which is another from machine to machine."""


@dataclass(frozen=True)
class Found:
    """What was ``given``, the ``word`` it was read as, and its ``row``, None where the word is unknown."""

    given: str
    word: str
    row: int | None

    def answer(self) -> dict[str, Any]:
        """``changed`` says that the word is not quite what was given: other case, or spaces around it."""
        changed = self.word != self.given
        return {"known": self.row is not None, "word": self.word, "given": self.given, "changed": changed}


def find(vectors: WordVectors, given: str) -> Found:
    """A typed word's row: as it stands but for spaces around it, else in lower case.

    Raises:
        UnreadableText: when there is nothing in it, or more than `LONGEST` characters.
    """
    if not given.strip():
        raise UnreadableText(say("There is no word here."), given, say("Type a word."))
    if len(given.strip()) > LONGEST:
        what, received = say("This is too long for a word."), say("{count:,} characters", count=len(given))
        raise UnreadableText(what, received, say("Type up to {most} characters.", most=LONGEST))
    word = unicodedata.normalize("NFC", given.strip())  # some keyboards send é as two characters
    if word not in vectors.ids:
        word = word.lower()
    return Found(given, word, vectors.ids.get(word))


def unknown(vectors: WordVectors, found: Found) -> dict[str, Any]:
    """The answer about a word that has no vector: what it may have been meant to be."""
    return found.answer() | {"spellings": spellings(vectors, found.word)}


def spellings(vectors: WordVectors, word: str, count: int = SPELLINGS) -> list[str]:
    """Known words that a slip or two make of ``word`` (a letter more, less, wrong, or two neighbours swapped), fewest
    slips first, of equals the commonest. One slip up to three letters, two beyond; none of a single letter."""
    reach = min(2, len(word) // 2)
    lengths = np.fromiter(map(len, vectors.words), np.int32, len(vectors.words))
    rows = np.flatnonzero(np.abs(lengths - len(word)) <= reach)
    if not reach or not len(rows):
        return []
    slips = _slips(word, [vectors.words[row] for row in rows], lengths[rows])
    best = np.argsort(slips, kind="stable")[:count]
    return [vectors.words[rows[place]] for place in best if 0 < slips[place] <= reach]


def nearest(
    vectors: WordVectors, direction: np.ndarray, count: int, without: Collection[int] = ()
) -> list[dict[str, Any]]:
    """The ``count`` words (``word``, ``cosine``, ``rank`` from 1) whose vectors point most nearly along ``direction``
    (d,), best first; rows in ``without``, and words that point nowhere, are left out. None along a direction of zeros.

    Raises:
        LabError: when ``count`` is not 1 to `MOST`.
    """
    if not 1 <= count <= MOST:
        raise LabError(say("It takes 1 to {most} words.", most=MOST), count, say("Ask for a number in that range."))
    size = float(np.linalg.norm(direction))
    if size == 0:
        return []
    cosines = np.round(vectors.units @ np.asarray(direction / size, np.float32), DECIMALS)
    cosines[vectors.lengths == 0] = -np.inf
    cosines[list(without)] = -np.inf
    # Only what can be among the best is sorted, with all that ties with the last of them.
    least = np.partition(cosines, -count)[-count] if count < len(cosines) else -np.inf
    rows = np.flatnonzero((cosines >= least) & (cosines > -np.inf))
    best = rows[np.argsort(-cosines[rows], kind="stable")[:count]]
    return [{"word": vectors.words[row], "cosine": _cosine(cosines[row]), "rank": int(row) + 1} for row in best]


def neighbours(vectors: WordVectors, word: str, count: int = 10) -> dict[str, Any]:
    """The words whose vectors point most nearly the same way as a word's, without itself. None are found for a word
    whose numbers are all 0 (``blank``).

    Raises:
        UnreadableText, LabError: as `find` and `nearest` do.
    """
    found = find(vectors, word)
    if found.row is None:
        return unknown(vectors, found)
    near = nearest(vectors, vectors.table[found.row].astype(np.float64), count, (found.row,))
    return found.answer() | {"neighbours": near, "blank": bool(vectors.lengths[found.row] == 0)}


def _cosine(value: float) -> float:
    return round(min(1.0, max(-1.0, float(value))), DECIMALS)


def _slips(word: str, others: Sequence[str], lengths: np.ndarray) -> np.ndarray:
    """How many slips part ``word`` from each other word, (n,): Levenshtein's distance with swaps of neighbours, in its
    restricted form (optimal string alignment), all words at once: 25 ms where a loop over 40,000 takes seconds."""
    letters = np.array(others).view(np.uint32).reshape(len(others), -1).T  # (longest, n), padded with 0
    codes = [ord(letter) for letter in word]
    width = len(letters)
    rows = [np.broadcast_to(np.arange(width + 1, dtype=np.int8)[:, None], (width + 1, len(others)))]
    for i, code in enumerate(codes, 1):
        differs = (letters != code).astype(np.int8)
        row = np.empty_like(rows[-1])
        row[0] = i
        for j in range(1, width + 1):
            row[j] = np.minimum(np.minimum(rows[-1][j], row[j - 1]) + 1, rows[-1][j - 1] + differs[j - 1])
            if i > 1 and j > 1:
                swapped = (letters[j - 1] == codes[i - 2]) & (letters[j - 2] == code)
                np.minimum(row[j], rows[-2][j - 2] + 1, out=row[j], where=swapped)
        rows = [rows[-1], row]
    return np.asarray(rows[-1][lengths, np.arange(len(others))])
