"""What a fine-tuning run did to its words: which moved most, who their neighbours were and are, where a pair went.
Answers are JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import LabError
from core.insight.near_words import Found, find, neighbours, unknown
from core.insight.word_lab import FEWEST_ON_MAP, MOST_ON_MAP, flat
from core.sources.word_vectors import WordVectors
from core.words import say

LEAST_TIMES = 20
"""A word seen less often than this moves by a few examples' chance."""


def moved_words(
    before: WordVectors, after: WordVectors, counts: Sequence[int] | np.ndarray, least: int = LEAST_TIMES,
    count: int = 20,
) -> dict[str, Any]:  # fmt: skip
    """The words that moved most, among those the run has read at least ``least`` times; ``counts`` (n,) says how often
    it has read each.

    ``moved`` goes by ``distance`` |after - before| / |before| (None from a start at 0, which comes last), ``turned`` by
    the ``cosine`` of before and after (None where either is all zeros), both with ``word``, ``rank`` and ``times``;
    words that have not changed are in neither. ``compared`` counts the words read often enough, ``changed`` all that
    changed by any bit. Where none did, ``unmoved`` is True and every distance exactly 0: a frozen embedding.

    Raises:
        LabError: when before, after and counts are not of the same words.
    """
    _same_words(before, after)
    times = np.asarray(counts)
    if times.shape != (len(before.words),):
        mend = say("Give {count:,} numbers.", count=len(before.words))
        raise LabError(say("There must be a count for each word."), times.shape, mend)
    changed = (before.table != after.table).any(axis=1)
    rows = np.flatnonzero(changed & (times >= least))
    distances, cosines = _distances(before, after, rows), _cosines(before, after, rows)

    def described(place: int) -> dict[str, Any]:
        row = int(rows[place])
        return {"word": before.words[row], "rank": row + 1, "times": int(times[row]),
                "distance": _known(distances[place]), "cosine": _known(cosines[place])}  # fmt: skip

    return {
        "unmoved": not changed.any(),
        "changed": int(changed.sum()),
        "compared": int((times >= least).sum()),
        "of": len(before.words),
        "least": least,
        "moved": [described(place) for place in _best(-distances, count)],
        "turned": [described(place) for place in _best(cosines, count) if np.isfinite(cosines[place])],
    }


def moved_sentence(answer: dict[str, Any]) -> str:
    """What `moved_words` found, in a sentence."""
    if answer["unmoved"]:
        return say("No word moved: the embedding was frozen, so every distance is exactly 0.")
    counts = {name: answer[name] for name in ("changed", "of", "least")}
    if not answer["moved"]:
        return say("{changed:,} of {of:,} words moved, but none that was seen at least {least:,} times.", **counts)
    first = answer["moved"][0]
    if first["distance"] is None:
        return say(
            "{changed:,} of {of:,} words moved. Farthest, of those seen at least {least:,} times: {word}, from a start "
            "at 0.", word=first["word"], **counts,
        )  # fmt: skip
    return say(
        "{changed:,} of {of:,} words moved. Farthest, of those seen at least {least:,} times: {word}, by "
        "{distance:.1%} of its length.", word=first["word"], distance=first["distance"], **counts,
    )  # fmt: skip


def neighbours_moved(before: WordVectors, after: WordVectors, word: str, count: int = 10) -> dict[str, Any]:
    """A word's neighbours ``before`` and ``after``, which of them are ``new`` and which ``gone``, and its ``distance``
    and ``cosine`` as in `moved_words`.

    Raises:
        UnreadableText, LabError: as `near_words.neighbours` does, or when the two are not of the same words.
    """
    _same_words(before, after)
    found = find(before, word)
    if found.row is None:
        return unknown(before, found)
    was, now = (neighbours(vectors, found.word, count)["neighbours"] for vectors in (before, after))
    old, new = ([near["word"] for near in side] for side in (was, now))
    rows = np.array([found.row])
    return found.answer() | {
        "before": was,
        "after": now,
        "new": [w for w in new if w not in old],
        "gone": [w for w in old if w not in new],
        "distance": _known(_distances(before, after, rows)[0]),
        "cosine": _known(_cosines(before, after, rows)[0]),
    }


def pair_moved(before: WordVectors, after: WordVectors, first: str, second: str) -> dict[str, Any]:
    """The cosine between two words ``before`` and ``after`` (None where one of them is all zeros), such as of good and
    bad, which a general embedding has close together. Unknown words are in ``unknown`` with their spellings.

    Raises:
        UnreadableText, LabError: when a word cannot be read, or the two are not of the same words.
    """
    _same_words(before, after)
    found = [find(before, first), find(before, second)]
    rows = [f.row for f in found if f.row is not None]
    shared = {"known": len(rows) == 2, "words": [f.word for f in found], "unknown": _unknown(before, found)}
    if len(rows) < 2:
        return shared
    was, now = (_known(_angle(v.table[rows[:1]], v.table[rows[1:]])[0]) for v in (before, after))
    return shared | {"before": was, "after": now}


def moves_map(before: WordVectors, after: WordVectors, words: Sequence[str]) -> dict[str, Any]:
    """Known words on one plane through where they were and where they are: ``before`` and ``after`` are [x, y] pairs in
    the order of ``words``, ``share`` is what the plane keeps of the spread of both. Vectors are taken at length 1: a
    word that only grew longer stays.

    Raises:
        LabError: when fewer than 3 or more than 60 of the words are known, or the two are not of the same words.
    """
    _same_words(before, after)
    rows = list(dict.fromkeys(f.row for f in (find(before, w) for w in words) if f.row is not None))
    if not FEWEST_ON_MAP <= len(rows) <= MOST_ON_MAP:
        what = say("A map takes {fewest} to {most} known words.", fewest=FEWEST_ON_MAP, most=MOST_ON_MAP)
        raise LabError(what, say("{count} known words", count=len(rows)), say("Add some, or leave some out."))
    places, share = flat(np.vstack([before.units[rows], after.units[rows]]))
    return {"words": [before.words[row] for row in rows], "before": places[: len(rows)].tolist(),
            "after": places[len(rows) :].tolist(), "share": share}  # fmt: skip


def _same_words(before: WordVectors, after: WordVectors) -> None:
    if before.words is not after.words and before.words != after.words or before.table.shape != after.table.shape:
        received = say("{before} before, {after} after", before=before.table.shape, after=after.table.shape)
        mend = say("Compare a run with its own start.")
        raise LabError(say("Before and after must be the same words."), received, mend)


def _distances(before: WordVectors, after: WordVectors, rows: np.ndarray) -> np.ndarray:
    """Relative to the length before, (rows,) float64; not a number where that is 0 and the word has moved."""
    steps = np.linalg.norm(after.table[rows].astype(np.float64) - before.table[rows], axis=1)
    start = before.lengths[rows]
    from_nothing = np.where(steps > 0, np.nan, 0.0)
    return np.divide(steps, start, out=from_nothing, where=start > 0)


def _cosines(before: WordVectors, after: WordVectors, rows: np.ndarray) -> np.ndarray:
    return _angle(before.table[rows], after.table[rows])


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosines of the rows of two tables, (rows,) float64; not a number where either is all zeros."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.divide((a * b).sum(axis=1), size, out=np.full(len(a), np.nan), where=size > 0).clip(-1, 1)


def _best(values: np.ndarray, count: int) -> list[int]:
    """Places of the least values, least first, of equals the commoner word; what is not a number last."""
    return [int(place) for place in np.argsort(values, kind="stable")[:count]]


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _unknown(vectors: WordVectors, found: Sequence[Found]) -> list[dict[str, Any]]:
    return [unknown(vectors, each) for each in found if each.row is None]
