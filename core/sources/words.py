"""How a text becomes words, and texts become sparse rows that a table of word vectors can be multiplied with.

Two rules: the one inside gnews-swivel-20dim and the one of what ships here. Loading vocabularies and embeddings lives
elsewhere; nothing here needs TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

Rule = Literal["spaces", "plain"]
Combine = Literal["sqrtn", "mean"]
"""What the sum of a text's word vectors is divided by: the square root of how many they are, or how many they are."""

# The plain rule is lower case and then these in order, so that the SavedModel's graph can say the same thing with
# tf.strings (core/assets/build_embedding.py builds it from them).
LINE_BREAK_TAGS = (b"<br />", b"<br/>", b"<br>")
SPACED_ASCII = bytes(range(128)).translate(None, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'")
# A space follows every word by now. One expression for the endings: six plain replacements take 0.55 s over the 25,000
# reviews, this 0.05. They go before "n't", or "couldn't've" would keep its "t". GloVe has "ca", "wo" and "not", but
# neither "n't" nor "'s".
ENDINGS = rb"'(?:s|re|ve|ll|d|m) "
NEGATION = (b"n't ", b" not ")
APOSTROPHE = b"'"

_TO_SPACE = bytes.maketrans(SPACED_ASCII, b" " * len(SPACED_ASCII))
_TEXT_END = b"\xff"  # never part of UTF-8, so no text can hold it
_TEXT_END_ID = -1
# Reviews split at a time: all 25,000 at once are 5.9 million word objects, 0.5 GB more at the peak and no faster.
_CHUNK = 1_000


def split_words(text: str, rule: Rule) -> list[str]:
    """The words of one text, in order.

    `spaces` splits at each ASCII space and keeps case, punctuation, line breaks and the empty words between two spaces,
    as `tf.strings.split(text, sep=" ")` does; alone among texts the empty one has no words instead of one empty word.
    `plain` lowers ASCII letters, turns `<br />` and punctuation into spaces, "n't" into "not", and drops 's, 're, 've,
    'll, 'd and 'm; what is not ASCII stays part of its word.
    """
    return [word.decode() for word in _split([_utf8(text)], rule)[:-1]]


def word_ids(text: str, vocabulary: Mapping[str, int], rule: Rule) -> npt.NDArray[np.int32]:
    """The id of each word of one text, int32; words outside the vocabulary share the id after its last."""
    unknown = len(vocabulary)
    return np.array([vocabulary.get(word, unknown) for word in split_words(text, rule)], dtype=np.int32)


def count_rows(
    texts: Sequence[str], vocabulary: Mapping[str, int], rule: Rule, combine: Combine = "sqrtn"
) -> sparse.csr_matrix:
    """Word counts over the text's length in words or its square root: float32, (texts, words + 1), canonical CSR.

    `rows @ embedding` is then what TensorFlow's sqrtn or mean combiner makes of a text's word vectors. The last column
    counts the words that the vocabulary lacks. A text without words is a row of zeros.
    """
    id_of = {_utf8(word): number for word, number in vocabulary.items()} | {_TEXT_END: _TEXT_END_ID}
    width = len(vocabulary) + 1
    starts = range(0, len(texts), _CHUNK)
    chunks = [_count_chunk(texts[start : start + _CHUNK], id_of, width, rule, combine) for start in starts]
    if not chunks:
        return sparse.csr_matrix((0, width), dtype=np.float32)
    return _stack(chunks)


def _count_chunk(
    texts: Sequence[str], id_of: Mapping[bytes, int], width: int, rule: Rule, combine: Combine
) -> sparse.csr_matrix:
    words = _split(map(_utf8, texts), rule)
    ids = np.fromiter(map(id_of.get, words, repeat(width - 1)), dtype=np.int64, count=len(words))
    lengths = np.diff(np.flatnonzero(ids == _TEXT_END_ID), prepend=-1) - 1
    # One number for text and word together: sorting those takes 0.08 s over all reviews, SciPy's own summing 0.19.
    cells = np.repeat(np.arange(len(texts)), lengths) * width + ids[ids != _TEXT_END_ID]
    cells.sort()
    first = np.flatnonzero(np.diff(cells, prepend=-1))
    row, column = np.divmod(cells[first], width)
    divisors = np.sqrt(lengths[row]) if combine == "sqrtn" else lengths[row]
    values = np.diff(first, append=len(cells)) / divisors
    row_starts = np.searchsorted(row, np.arange(len(texts) + 1))
    return sparse.csr_matrix((values.astype(np.float32), column, row_starts), shape=(len(texts), width))


def _stack(chunks: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    rows = sparse.csr_matrix(sparse.vstack(chunks, format="csr"))
    rows.has_canonical_format = True
    return rows


def _split(texts: Iterable[bytes], rule: Rule) -> list[bytes]:
    """The words of all texts in one list, each text closed by `_TEXT_END`: ten passes over one long string are
    faster than ten over each review."""
    corpus = b" ".join([text + b" " + _TEXT_END if text else _TEXT_END for text in texts])
    if rule == "spaces":
        return corpus.split(b" ")
    return _plain(corpus).split()


def _plain(corpus: bytes) -> bytes:
    corpus = corpus.lower()
    for tag in LINE_BREAK_TAGS:
        corpus = corpus.replace(tag, b" ")
    corpus = corpus.translate(_TO_SPACE)
    return re.sub(ENDINGS, b" ", corpus).replace(*NEGATION).replace(APOSTROPHE, b" ")


def _utf8(text: str) -> bytes:
    # A lone surrogate (half an emoji out of a form or a JSON file) has no UTF-8: it becomes "?".
    return text.encode("utf-8", errors="replace")
