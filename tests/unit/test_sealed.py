"""The sealed test score: the figures Keras gives on the same reviews, and every opening counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.errors import SourceUnavailable
from core.history import Snapshot
from core.insight import sealed
from core.models.weights import run_folder
from core.runs.answers import answer
from core.runs.store import Store
from core.scenarios import imdb
from core.scenarios.imdb import ENCODER
from core.sources import encoder
from core.sources.embedding import load_embedding
from core.sources.test_reviews import TestReviews
from core.sources.words import count_rows
from core.training.train import build_model

RUN = "00000000000000ee"
GOOD, BAD = "A wonderful film number {}, I loved it.", "Terrible. Film {} is a waste of time."
REVIEWS = TestReviews(
    tuple((GOOD, BAD)[n % 2].format(n) for n in range(40)), np.array([1, 0] * 18 + [0, 1] * 2, np.float32)
)


@pytest.fixture
def reviews(monkeypatch: pytest.MonkeyPatch) -> TestReviews:
    monkeypatch.setattr(sealed, "load_test_reviews", lambda: REVIEWS)
    monkeypatch.setattr(imdb, "FEW_VALIDATION", 10)
    return REVIEWS


@pytest.mark.parametrize("source", ["news20-stand-in", "glove-100d", ENCODER])
def test_test_score_is_what_keras_evaluates(
    source: str, reviews: TestReviews, own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("imdb", source=source, reviews=3_000, examples=50, epochs=20)
    trained = train(chosen, folder=run_folder(RUN))
    found = answer({"about": "test", "spec": chosen.flat(), "run": RUN})
    model = build_model(chosen)
    for layer in model.layers:
        layer.set_weights([trained.after[f"{layer.name}/{i}"] for i in range(len(layer.weights))])
    if source == ENCODER:
        rows = np.stack([encoder.encode_one(t) for t in reviews.texts])
    else:
        e = load_embedding(source)
        rows = count_rows(reviews.texts, e.vocabulary, e.rule, e.combine).toarray()
        first = model.layers[0]
        rows, model = rows @ np.asarray(first.kernel), keras.Sequential(model.layers[1:])
    model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(rows, reviews.labels[:, None], verbose=0)
    assert found["loss"] == pytest.approx(loss, abs=1e-5)
    assert found["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert found["count"] == 40


def test_an_encoder_is_tested_on_the_same_few_reviews_every_time(
    reviews: TestReviews, own_home: Path, monkeypatch: pytest.MonkeyPatch, spec: Callable[..., Any]
) -> None:
    monkeypatch.setattr(sealed, "ENCODED", 7)
    chosen = spec("imdb", source=ENCODER, examples=50)
    scores = [answer({"about": "test", "spec": chosen.flat()}) for _ in range(2)]
    assert scores[0] == scores[1]
    assert scores[0]["count"] == 7


def test_without_test_reviews_there_is_no_score(own_home: Path, spec: Callable[..., Any]) -> None:
    with pytest.raises(SourceUnavailable, match="not on this computer"):
        answer({"about": "test", "spec": spec("imdb").flat()})


@pytest.fixture
def store(own_home: Path, spec: Callable[..., Any]) -> Iterator[Store]:
    """With two runs of anna's and one of ben's."""
    opened = Store()
    for name, owner in (("a" * 16, "anna"), ("b" * 16, "anna"), ("c" * 16, "ben")):
        opened.add(Snapshot(name, spec("iris"), "finished", owner=owner))
    yield opened
    opened.close()


def test_every_opening_is_counted_once_a_run_and_for_its_owner(store: Store) -> None:
    for run, owner in (("a" * 16, "anna"), ("a" * 16, "anna"), ("b" * 16, "anna"), ("c" * 16, "ben")):
        store.open_test(run, owner)
    assert (store.openings("anna"), store.openings("ben"), store.openings("nobody")) == (2, 1, 0)


def test_an_opening_counts_before_its_score_is_known_and_the_score_is_kept(store: Store) -> None:
    run, score = "a" * 16, {"accuracy": 0.5, "loss": 0.7, "count": 40}
    assert not store.is_opened(run)
    store.open_test(run, "anna")
    assert store.is_opened(run)
    assert store.score(run) is None
    store.keep_score(run, score)
    store.open_test(run, "anna")
    again = Store()
    assert again.score(run) == score
    assert again.openings("anna") == 1
    again.close()
