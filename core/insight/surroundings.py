"""The reviews a run trained on as its network sees them: which are near a text, and a flat map of them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.errors import SourceUnavailable
from core.scenarios.imdb import ENCODER, chosen_reviews, is_own
from core.sources import encoder
from core.sources.embedding import load_embedding
from core.sources.reviews import Texts, load_reviews, load_texts
from core.sources.text_parts import LabelledTexts
from core.spec import RunSpec
from core.training.prefix import features

MAP_POINTS = 1_000
EXCERPT, HINT = 600, 80
"""Characters of a review that are shown beside another, and on the map."""


def vectors(spec: RunSpec, model: Any, texts: Sequence[str]) -> np.ndarray:
    """The numbers a network's base makes of texts, (texts, numbers) float32."""
    if spec.source == ENCODER:
        return encoder.encode_each(texts)
    return features((model.get_layer("embedding"),), load_embedding(spec.source).rows(texts))


def head(model: Any, numbers: np.ndarray) -> np.ndarray:
    """What the layers above the base make of such numbers: the probability of praise, (texts, 1)."""
    layers = tuple(layer for layer in model.layers if layer.name != "embedding")
    return features(layers, np.asarray(numbers, np.float32))


@dataclass(frozen=True)
class Plane:
    """The two directions that keep most of a cloud's spread (its principal components), and the ``share`` they keep."""

    centre: np.ndarray
    directions: np.ndarray
    share: float

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points (n, numbers) on the plane, (n, 2)."""
        return (np.asarray(points, np.float64) - self.centre) @ self.directions


def fit_plane(points: np.ndarray) -> Plane:
    """The plane of a cloud (n, numbers). Each direction points where its largest number is positive: a principal
    component's sign is arbitrary."""
    centre = points.mean(axis=0, dtype=np.float64)
    centred = points - centre
    sizes, directions = np.linalg.eigh(centred.T @ centred)  # ascending
    best = directions[:, :-3:-1]
    best = best * np.sign(np.take_along_axis(best, np.abs(best).argmax(axis=0)[None], axis=0))
    whole = float(sizes.clip(0).sum())
    return Plane(centre, best, float(sizes[-2:].clip(0).sum() / whole) if whole else 0.0)


@dataclass(frozen=True)
class Surroundings:
    """Training reviews by row of ``texts``, their numbers (n, numbers) and the plane through them."""

    texts: Texts | LabelledTexts
    rows: np.ndarray
    numbers: np.ndarray
    plane: Plane

    def nearest(self, numbers: np.ndarray, count: int) -> list[dict[str, Any]]:
        """The reviews whose numbers point most nearly the same way (cosine), best first."""
        size = np.linalg.norm(self.numbers, axis=1) * np.linalg.norm(numbers)
        cosines = np.divide(self.numbers @ numbers, size, out=np.zeros(len(size), np.float32), where=size > 0)
        best = np.argsort(-cosines, kind="stable")[:count]
        places = self.place(self.numbers[best]).tolist()
        return [{**self._review(int(self.rows[i]), EXCERPT), "similarity": float(cosines[i]), "place": place}
                for i, place in zip(best, places, strict=True)]  # fmt: skip

    def place(self, numbers: np.ndarray) -> np.ndarray:
        return self.plane.place(numbers)

    def map(self) -> dict[str, Any]:
        """Every so-many-th review, a thousand at most, with its place."""
        some = np.arange(len(self.rows))[:: max(1, -(-len(self.rows) // MAP_POINTS))]
        places = self.place(self.numbers[some]).round(4)
        reviews = [self._review(int(row), HINT) for row in self.rows[some]]
        return {"x": places[:, 0].tolist(), "y": places[:, 1].tolist(), "labels": [r["label"] for r in reviews],
                "texts": [r["text"] for r in reviews], "share": self.plane.share}  # fmt: skip

    def _review(self, row: int, characters: int) -> dict[str, Any]:
        text = self.texts[row].replace("<br />", " ")
        clipped = text if len(text) <= characters else text[: characters - 1] + "…"
        return {"number": row, "label": int(self.texts.labels[row]), "text": clipped}


def surroundings(spec: RunSpec, model: Any) -> Surroundings | None:
    """What a run trained on, seen by this model; None where an encoder has read too few of these reviews yet, and where
    they are on this computer no longer."""
    try:
        return _surroundings(spec.model_dump_json(), model, load_texts(spec.data))
    except SourceUnavailable:
        if not is_own(spec.data):
            raise
        _surroundings.cache_clear()
        return None


@lru_cache(maxsize=4)
def _surroundings(spec_json: str, model: Any, texts: Texts | LabelledTexts) -> Surroundings | None:
    spec = RunSpec.model_validate_json(spec_json)
    rows, _ = chosen_reviews(spec)
    if spec.source == ENCODER:
        found = encoder.known(texts.at(rows))
        if len(found) < len(rows):
            return None
        numbers = np.stack(list(found.values()))
    else:
        numbers = features((model.get_layer("embedding"),), load_reviews(spec.source, spec.data).rows[rows])
    return Surroundings(texts, rows, numbers, fit_plane(numbers))
