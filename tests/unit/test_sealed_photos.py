"""The sealed test score of pictures: the figures Keras gives on the same pictures, of the run's own data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.errors import LabError, SourceUnavailable
from core.insight import photo_answers, sealed_photos
from core.models.weights import adopt, run_folder
from core.runs.answers import answer
from core.scenarios.base import Models
from core.sources.cats_dogs import CatsDogs, Pictures
from core.sources.pictures import load_pictures
from core.training.train import build_model

SIZE, RUN = 96, "d" * 16


def with_test_part(monkeypatch: pytest.MonkeyPatch, test: Pictures) -> list[str]:
    """Let the data have this test part; what data are asked for is noted."""
    whole, asked = load_pictures(SIZE), []

    def load(size: int, data: str) -> CatsDogs:
        asked.append(data)
        return CatsDogs(whole.train, whole.validation, test)

    monkeypatch.setattr(sealed_photos, "load_pictures", load)
    return asked


def test_score_is_what_keras_evaluates_on_the_500_test_pictures(
    module_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("cats_dogs", size=SIZE, examples=40, epochs=8, learning_rate=0.01)
    trained = train(chosen, folder=run_folder(RUN))
    found = answer({"about": "test", "spec": chosen.flat(), "run": RUN})
    model, test = build_model(chosen), load_pictures(SIZE).test
    adopt(model, trained.after)
    model.compile(
        loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]
    )
    loss, accuracy = model.evaluate(np.asarray(test.images), test.labels[:, None], verbose=0)
    assert found["loss"] == pytest.approx(loss, abs=1e-5)
    assert found["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert found["count"] == 500 and 0.5 < found["accuracy"] < 1


def test_loss_of_a_network_that_is_sure_and_wrong_is_its_logit(
    spec: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    test = Pictures(np.zeros((4, SIZE, SIZE, 3), np.uint8), np.array([0, 1, 0, 1], np.float32))
    with_test_part(monkeypatch, test)
    found = sealed_photos.test_score(
        spec("cats_dogs", size=SIZE), lambda _: np.array([1000, -1000, -1000, 0], np.float32)
    )
    assert found == {"accuracy": 0.25, "loss": pytest.approx((2000 + np.log(2)) / 4), "count": 4}


def test_the_test_part_is_of_the_data_that_the_run_was_trained_on(
    spec: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = load_pictures(SIZE).test
    asked = with_test_part(monkeypatch, Pictures(np.asarray(some.images[:6]), some.labels[:6]))
    found = sealed_photos.test_score(spec("cats_dogs", size=SIZE), lambda rows: np.arange(len(rows)) - 2.5)
    assert asked == ["builtin"] and found["accuracy"] == pytest.approx(4 / 6) and found["count"] == 6


def test_data_without_a_test_part_have_no_score(spec: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with_test_part(monkeypatch, Pictures(np.zeros((0, SIZE, SIZE, 3), np.uint8), np.zeros(0, np.float32)))
    with pytest.raises(SourceUnavailable, match="no test part"):
        sealed_photos.test_score(spec("cats_dogs", size=SIZE), lambda _: np.zeros(0))


def test_a_network_that_diverged_has_no_score(spec: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    test = load_pictures(SIZE).test
    with_test_part(monkeypatch, Pictures(np.asarray(test.images[:4]), test.labels[:4]))
    chosen = spec("cats_dogs", size=SIZE)
    model = build_model(chosen)
    model.layers[-1].set_weights([np.full((1280, 1), np.nan), np.zeros(1)])
    with pytest.raises(LabError, match="diverged"):
        photo_answers.answer("test", chosen, Models(model, model))
