"""The sealed test: reviews that neither trained nor chose anything, looked at once a run is over."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.insight.surroundings import head, vectors
from core.scenarios.imdb import ENCODER
from core.sources import encoder
from core.sources.test_reviews import load_test_reviews
from core.spec import RunSpec

ENCODED = 1_000
"""Test reviews for an encoder, drawn once and always the same: it would read all 25,000 for eight minutes."""


def test_score(spec: RunSpec, model: Any) -> dict[str, Any]:
    """``accuracy`` and binary cross-entropy ``loss`` of a trained network on ``count`` test reviews.

    Raises:
        SourceUnavailable: when the test reviews are not on this computer.
    """
    reviews = load_test_reviews()
    if spec.source == ENCODER:
        some = np.sort(np.random.default_rng(0).permutation(len(reviews.texts))[:ENCODED])
        numbers, labels = encoder.encode([reviews.texts[i] for i in some]), reviews.labels[some]
    else:
        numbers, labels = vectors(spec, model, reviews.texts), reviews.labels
    p = head(model, numbers)[:, 0].astype(np.float64)
    likely = np.where(labels > 0.5, p, 1 - p).clip(1e-7, 1)
    return {
        "accuracy": float(np.mean((p > 0.5) == (labels > 0.5))),
        "loss": float(-np.log(likely).mean()),
        "count": len(labels),
    }
