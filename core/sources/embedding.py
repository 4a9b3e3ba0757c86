"""Text embeddings as tables of word vectors: TF Hub modules with the proof that we read them right, and GloVe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS, asset
from core.sources.downloads import location
from core.sources.glove import load_glove
from core.sources.words import Combine, Rule, count_rows
from core.words import mark, say

PROBES = (
    "This was an absolutely terrible movie. Don't be lured in by Christopher Walken.",
    "A wonderful, moving film!<br /><br />I've seen it twice.",
    "two  spaces and zzyzx qqqq 12345 movie",
)
"""Texts on which a module's own output is compared with ours. None is empty: the one text nobody can ask about."""
TOLERANCE = 1e-4
INSTALL_AGAIN, DOWNLOAD_AGAIN = mark("Install the project again."), mark("Download it again on the library page.")


@dataclass(frozen=True)
class Embedding:
    """``table`` is (words + 1, numbers) float32, the last row for unknown words; ``rule`` is how a text is split and
    ``combine`` how its words' vectors become one."""

    table: np.ndarray
    vocabulary: Mapping[str, int]
    rule: Rule
    combine: Combine = "sqrtn"

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Texts as rows (texts, words + 1) that a table of this form is multiplied with."""
        return count_rows(texts, self.vocabulary, self.rule, self.combine)


@lru_cache(maxsize=3)
def load_embedding(source: str) -> Embedding:
    """The table of a source, its words, and how texts become rows of it.

    Raises:
        SourceUnavailable: when it is missing, of another form, or does not agree with what was read from it.
    """
    if source == "glove-100d":
        return _glove()
    return read_module(_folder(source), source)


def vocabulary_of(source: str) -> Mapping[str, int]:
    """The row of each word in a source's table, without the table: TensorFlow is not needed for it.

    Raises:
        SourceUnavailable: when it is not on this computer, or cannot be read.
    """
    if source == "glove-100d":
        return {word: number for number, word in enumerate(load_glove().words)}
    try:
        return {word: number for number, word in enumerate(_read_words(_folder(source)))}
    except (OSError, ValueError) as error:
        raise SourceUnavailable(
            say("The text embedding's words cannot be read."), source, say(INSTALL_AGAIN)
        ) from error


def read_module(folder: Path, source: str) -> Embedding:
    """Load a module with `hub.load`, take its table and words, and check them against the module's own output.

    Raises:
        SourceUnavailable: when the folder holds no such module, or one that gives other numbers.
    """
    import tensorflow_hub as hub

    mend = say(INSTALL_AGAIN if asset(source).origin == "shipped" else DOWNLOAD_AGAIN)
    try:
        module = hub.load(str(folder))
        table = next(np.asarray(v) for v in module.variables if len(v.shape) == 2)
        words = _read_words(folder)
    except (OSError, ValueError, StopIteration, AttributeError, TypeError, RuntimeError) as error:
        raise SourceUnavailable(say("The text embedding cannot be read."), source, mend) from error
    rule: Rule = "spaces" if asset(source).handle else "plain"
    embedding = Embedding(table, {word: number for number, word in enumerate(words)}, rule)
    _prove(module, embedding, source, mend)
    return embedding


def _glove() -> Embedding:
    """GloVe's vectors, averaged over a text's words; a row of zeros for words it lacks."""
    glove = load_glove()
    unknown = np.zeros((1, glove.vectors.shape[1]), np.float32)
    vocabulary = {word: number for number, word in enumerate(glove.words)}
    return Embedding(np.vstack([glove.vectors, unknown]), vocabulary, "plain", "mean")


def _read_words(folder: Path) -> list[str]:
    return (folder / "assets" / "tokens.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _folder(source: str) -> Path:
    entry = asset(source)
    if entry.origin == "shipped":
        return ASSETS / Path(entry.files[0]["path"]).parts[0]
    folder = location(source)
    if folder is None:
        raise SourceUnavailable(
            say("This embedding is not on this computer."),
            source,
            say("Download it on the library page, or choose another."),
        )
    return folder


def _prove(module: Any, embedding: Embedding, source: str, mend: str) -> None:
    import tensorflow as tf

    what = say("The text embedding does not give the numbers its own module gives.")
    if len(embedding.table) != len(embedding.vocabulary) + 1:
        rows, words = len(embedding.table), len(embedding.vocabulary)
        received = say("{source}, {rows:,} rows for {words:,} words", source=source, rows=rows, words=words)
        raise SourceUnavailable(what, received, mend)
    ours = embedding.rows(PROBES) @ embedding.table
    try:
        theirs = np.asarray(module(tf.constant(list(PROBES))))
    except (TypeError, ValueError, tf.errors.OpError) as error:
        not_one = say("This is not a text embedding: it takes no texts.")
        raise SourceUnavailable(not_one, source, mend) from error
    if theirs.shape != ours.shape or not np.allclose(ours, theirs, atol=TOLERANCE):
        raise SourceUnavailable(what, source, mend)
