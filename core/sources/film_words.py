"""Words about films whose vectors are followed while a run trains: praise, complaint, and those that are neither."""

from __future__ import annotations

from collections.abc import Mapping

from core.words import mark

PRAISE, COMPLAINT, NEITHER = mark("praise"), mark("complaint"), mark("neither")
KINDS: Mapping[str, tuple[str, ...]] = {
    PRAISE: ("good", "great", "excellent", "wonderful", "best", "love", "funny", "beautiful", "perfect", "amazing",
             "brilliant", "superb", "moving", "enjoyable"),
    COMPLAINT: ("bad", "terrible", "awful", "boring", "worst", "hate", "dull", "stupid", "poor", "waste", "horrible",
                "mess", "weak", "annoying"),
    NEITHER: ("the", "and", "not", "film", "movie", "actor", "story", "director", "music", "scene", "year", "man",
              "woman", "hollywood"),
}  # fmt: skip
"""Forty-two common words, chosen by hand and the same for every run. What a word says by itself: in a sentence *not* or
a name may turn it round."""
FEWEST = 3
"""Of fewer words than this no map can be made."""

_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words}


def kind_of(word: str) -> str:
    """PRAISE, COMPLAINT or NEITHER."""
    return _KIND_OF.get(word, NEITHER)


def rows_among(vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Those of the words that a vocabulary has, each with its row; none at all where there are too few for a map."""
    found = {word: vocabulary[word] for word in _KIND_OF if word in vocabulary}
    return found if len(found) >= FEWEST else {}
