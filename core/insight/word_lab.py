"""What can be asked of word vectors: one word, sums of words, a map of some. Answers are JSON values; an unknown word
is an answer (``known`` is False) and never an error. NumPy alone, so that a page may ask without a worker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import UnreadableText
from core.insight.near_words import Found, find, nearest, unknown
from core.sources.word_vectors import WordVectors
from core.words import mark, say

LONGEST_FORMULA, MOST_TERMS = 400, 8
"""Characters of a typed formula, and words in it."""
FEWEST_ON_MAP, MOST_ON_MAP = 3, 60
SPELLED = 5
"""Unknown words of one question that are given spellings: each takes 25 ms."""
MINUS = "\u2212"
NOTHING = 1e-6
"""A sum shorter than this, against its longest word, is what rounding leaves of 0."""

GROUPS: dict[str, tuple[str, ...]] = {
    mark("Countries and capitals"): (
        *("france", "paris", "italy", "rome", "spain", "madrid", "germany", "berlin", "russia", "moscow"),
        *("china", "beijing", "japan", "tokyo", "greece", "athens", "egypt", "cairo", "poland", "warsaw"),
    ),
    mark("Praise and complaint"): (
        *("good", "great", "excellent", "wonderful", "superb", "brilliant", "fine", "lovely"),
        *("bad", "awful", "terrible", "horrible", "dreadful", "boring", "poor", "worst"),
    ),
    mark("Numbers"): (
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        *("hundred", "thousand"),
    ),
    mark("Animals"): (
        *("dog", "cat", "horse", "cow", "sheep", "pig", "lion", "tiger", "wolf", "bear"),
        *("eagle", "owl", "shark", "whale", "frog", "snake"),
    ),
    mark("Film words"): (
        *("film", "movie", "actor", "actress", "director", "scene", "plot", "script", "comedy", "drama"),
        *("thriller", "horror", "camera", "sequel", "audience", "cinema"),
    ),
}
"""Words to begin with, all of them among the 40,000, under titles that are yet to be said."""

Term = tuple[int, str]
"""+1 or -1, and the word."""


def word(vectors: WordVectors, given: str) -> dict[str, Any]:
    """A word's ``numbers``, the ``length`` of its vector, and its ``rank`` from 1 in the order of words, ``of`` how
    many; of an unknown one the ``spellings`` it may stand for.

    Raises:
        UnreadableText: when nothing is given, or too much.
    """
    found = find(vectors, given)
    if found.row is None:
        return unknown(vectors, found)
    return found.answer() | {
        "rank": found.row + 1,
        "of": len(vectors.words),
        "numbers": vectors.table[found.row].tolist(),
        "length": float(vectors.lengths[found.row]),
    }


def analogy(vectors: WordVectors, plus: Sequence[str], minus: Sequence[str], count: int = 5) -> dict[str, Any]:
    """The words nearest to a sum of words' vectors, as of king - man + woman: the first of ``plus``, less all of
    ``minus``, and the rest of ``plus``. See `add_up`."""
    terms = [*((1, w) for w in plus[:1]), *((-1, w) for w in minus), *((1, w) for w in plus[1:])]
    return add_up(vectors, terms, count)


def formula(vectors: WordVectors, text: str, count: int = 5) -> dict[str, Any]:
    """The same for a formula as it is typed, in its order. See `read_formula` and `add_up`."""
    return add_up(vectors, read_formula(vectors, text), count)


def add_up(vectors: WordVectors, terms: Sequence[Term], count: int = 5) -> dict[str, Any]:
    """Adds the terms' vectors as they are (no scaling), one step after the other.

    ``answers`` are the words nearest to the sum by cosine, without the words of the formula; ``closest`` is the nearest
    with none left out, often one of those. Each of ``steps`` has the ``label`` of the sum so far, its ``numbers`` and
    the ``nearest`` word that is not in the formula; ``numbers`` are the best answer's own. A sum of 0 has no answers
    (``blank``). Where a word is unknown there are only ``terms`` with their spellings.

    Raises:
        UnreadableText: when there are no terms or too many, or one of them is no word.
    """
    if not 1 <= len(terms) <= MOST_TERMS:
        what = say("It takes 1 to {most} words to add up.", most=MOST_TERMS)
        mend = say("Write something like king - man + woman.")
        raise UnreadableText(what, say("{count} words", count=len(terms)), mend)
    found = [find(vectors, given) for _, given in terms]
    label = _label([(sign, f.word) for (sign, _), f in zip(terms, found, strict=True)])
    known = [f.row for f in found if f.row is not None]
    shared = {"known": len(known) == len(found), "formula": label, "terms": _described(vectors, terms, found)}
    if len(known) < len(found):
        return shared
    signed = vectors.table[known].astype(np.float64) * np.array([[sign] for sign, _ in terms])
    sums = np.cumsum(signed, axis=0)
    sums[np.linalg.norm(sums, axis=1) <= NOTHING * vectors.lengths[known].max()] = 0
    answers = nearest(vectors, sums[-1], count, known)
    steps = [
        {
            "label": _label([(sign, f.word) for (sign, _), f in zip(terms[:n], found, strict=False)]),
            "numbers": sums[n - 1].tolist(),
            "nearest": _first(nearest(vectors, sums[n - 1], 1, known)),
        }
        for n in range(1, len(terms) + 1)
    ]
    return shared | {
        "answers": answers,
        "closest": _first(nearest(vectors, sums[-1], 1)),
        "steps": steps,
        "numbers": vectors.table[answers[0]["rank"] - 1].tolist() if answers else [],
        "blank": not sums[-1].any(),
    }


def read_formula(vectors: WordVectors, text: str) -> list[Term]:
    """The signed words of a formula such as "king - man + woman", with any dash for a minus and an "= ?" at its end.

    A hyphen between two letters belongs to the word (well-known), unless only its parts are known (king-man).

    Raises:
        UnreadableText: when it is empty, too long, or not words with a sign between each two.
    """
    if len(text) > LONGEST_FORMULA:
        raise _no_formula(say("This formula is too long."), say("{count:,} characters", count=len(text)))
    plain = re.sub(r"\s*=[\s?]*$", "", text.strip())
    plain = plain.replace("\uff0b", "+").replace("\u2010", "-").replace("\u2011", "-").replace("\uff0d", "-")
    # An operator is a plus, a dash that is no hyphen, or a hyphen with a space (or an end) on one side of it at least.
    pieces = re.split(r"(\+|[\u2212\u2013\u2014\ufe63]|(?<!\S)-|-(?!\S))", plain)
    signs = [1, *(1 if sign == "+" else -1 for sign in pieces[1::2])]
    words = [piece.strip() for piece in pieces[::2]]
    if len(words) > 1 and not words[0]:  # a formula may begin with its sign
        signs, words = signs[1:], words[1:]
    for number, given in enumerate(words):
        if not given:
            is_empty = not number and len(pieces) == 1
            what = say("There is no formula here.") if is_empty else say("A sign has no word after it.")
            raise _no_formula(what, text)
        if "=" in given or len(given.split()) > 1:
            raise _no_formula(say("There must be a + or a - between two words."), given)
    return [term for sign, given in zip(signs, words, strict=True) for term in _parted(vectors, sign, given)]


def word_map(vectors: WordVectors, words: Sequence[str]) -> dict[str, Any]:
    """Where words lie along the two directions that keep most of their spread (principal components of the vectors at
    length 1, so that near means a high cosine), and the ``share`` they keep.

    ``words``, ``x`` and ``y`` are of one length: each known word once, as first given. ``unknown`` words come with
    their spellings, the first `SPELLED` of them; with fewer than `FEWEST_ON_MAP` known ones there is no map.

    Raises:
        UnreadableText: when there are too few or too many words, or one is too long.
    """
    given = list(dict.fromkeys(w.strip() for w in words if w.strip()))
    if not FEWEST_ON_MAP <= len(given) <= MOST_ON_MAP:
        what = say("A map takes {fewest} to {most} different words.", fewest=FEWEST_ON_MAP, most=MOST_ON_MAP)
        raise UnreadableText(what, say("{count} words", count=len(given)), say("Add some, or leave some out."))
    found = [find(vectors, w) for w in given]
    rows = list(dict.fromkeys(f.row for f in found if f.row is not None))
    missing = [f for f in found if f.row is None]
    apart = [unknown(vectors, f) if n < SPELLED else f.answer() | {"spellings": []} for n, f in enumerate(missing)]
    if len(rows) < FEWEST_ON_MAP:
        return {"known": False, "words": [], "x": [], "y": [], "share": 0.0, "unknown": apart}
    places, share = flat(vectors.units[rows])
    return {"known": not missing, "words": [vectors.words[row] for row in rows], "x": places[:, 0].tolist(),
            "y": places[:, 1].tolist(), "share": share, "unknown": apart}  # fmt: skip


def flat(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Points (n, d) on their first two principal components, (n, 2), and the share of the spread these keep. Each
    component points where its largest number is positive, for its sign is arbitrary."""
    centred = points - points.mean(axis=0, dtype=np.float64)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    best = np.zeros((2, centred.shape[1]))
    best[: len(directions)] = directions[:2]
    best *= np.where(np.take_along_axis(best, np.abs(best).argmax(axis=1)[:, None], axis=1) < 0, -1, 1)
    whole = float((sizes**2).sum())
    share = float((sizes[:2] ** 2).sum()) / whole if whole > NOTHING**2 else 0.0
    return (centred @ best.T).round(6) + 0.0, share  # + 0.0: no minus before a 0


def _parted(vectors: WordVectors, sign: int, given: str) -> list[Term]:
    """One term, or where a hyphen must have been a minus, several."""
    parts = given.split("-")
    if len(parts) == 1 or find(vectors, given).row is not None:
        return [(sign, given)]
    if not all(part and find(vectors, part).row is not None for part in parts):
        return [(sign, given)]
    return [(sign, parts[0]), *((-1, part) for part in parts[1:])]


def _label(terms: Sequence[Term]) -> str:
    """The formula with true minus signs; the first word's plus goes without saying."""
    text = " ".join(f"{'+' if sign > 0 else MINUS} {written}" for sign, written in terms)
    return text.removeprefix("+ ")


def _described(vectors: WordVectors, terms: Sequence[Term], found: Sequence[Found]) -> list[dict[str, Any]]:
    described = []
    for (sign, _), each in zip(terms, found, strict=True):
        answer = each.answer() if each.row is not None else unknown(vectors, each)
        described.append(answer | {"sign": sign})
    return described


def _first(near: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    return near[0] if near else None


def _no_formula(what: str, received: str) -> UnreadableText:
    mend = say("Write words with signs between them, such as king - man + woman.")
    return UnreadableText(what, received, mend)
