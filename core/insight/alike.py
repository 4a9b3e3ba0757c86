"""Which of a few sentences are alike, as one source of knowledge sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import LabError, UnreadableText
from core.insight.surroundings import fit_plane
from core.scenarios.imdb import ENCODER, SOURCES
from core.sources import encoder
from core.sources.embedding import load_embedding
from core.words import say

FEWEST, MOST, LONGEST = 3, 8, 1_000
"""Sentences, and characters of one."""


def alike(texts: Sequence[str], of: str) -> dict[str, Any]:
    """Cosine ``similarities`` of all pairs, and ``points`` on the plane that keeps most of the sentences' spread, as
    the pretrained source ``of`` sees them; ``blank`` numbers the sentences it knows no word of.

    Raises:
        UnreadableText: when there are too few or too many, or one is empty or too long.
        LabError: when there is no such source, or it is not on this computer.
    """
    source = next((s for s in SOURCES if s.id == of), None)
    if source is None:
        known = ", ".join(s.id for s in SOURCES)
        raise LabError(say("There is no such source."), of, say("Choose one of: {known}.", known=known))
    numbers = _numbers(_readable(texts), of)
    size = np.linalg.norm(numbers, axis=1, keepdims=True)
    units = np.divide(numbers, size, out=np.zeros_like(numbers), where=size > 0)
    plane = fit_plane(units)
    return {
        "source": of,
        "title": say(source.title),
        "numbers": numbers.shape[1],
        "points": plane.place(units).round(6).tolist(),
        "share": plane.share,
        "similarities": (units @ units.T).clip(-1, 1).tolist(),
        "blank": np.flatnonzero(size[:, 0] == 0).tolist(),
    }


def _readable(texts: Sequence[str]) -> list[str]:
    if not FEWEST <= len(texts) <= MOST:
        what = say("It takes {fewest} to {most} sentences to compare.", fewest=FEWEST, most=MOST)
        raise UnreadableText(what, say("{count} sentences", count=len(texts)), say("Write one a line."))
    for number, text in enumerate(texts, 1):
        if not text.strip():
            what = say("Sentence {number} is empty.", number=number)
            raise UnreadableText(what, text, say("Write something, or leave the line out."))
        if len(text) > LONGEST:
            what = say("Sentence {number} is too long to compare.", number=number)
            received = say("{count:,} characters", count=len(text))
            raise UnreadableText(what, received, say("Write up to {most:,} characters.", most=LONGEST))
    return list(texts)


def _numbers(texts: list[str], of: str) -> np.ndarray:
    if of == ENCODER:
        return encoder.encode_each(texts)
    embedding = load_embedding(of)
    return np.asarray(embedding.rows(texts) @ embedding.table)
