"""Plain Keras `fit` on the same model, in the same order, gives the same curve and the same weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

from core import scenarios
from core.models.freezing import freeze
from core.models.weights import weights_of
from core.spec import RunSpec
from core.training import updates
from core.training.order import epoch_order
from core.training.train import build_model

CASES: list[tuple[str, dict[str, Any]]] = [
    ("iris", {"task": "source", "epochs": 5}),
    ("iris", {"task": "flowers", "epochs": 5, "per_species": 20}),
    ("iris", {"task": "third_species", "epochs": 5, "frozen": "dense_25", "examples": 50, "batch_size": 7}),
    ("imdb", {"epochs": 4, "examples": 300, "batch_size": 64, "frozen": "none"}),
    ("imdb", {"epochs": 4, "examples": 300, "batch_size": 64, "frozen": "embedding"}),
]


class Compared:
    """A scenario's model compiled as a notebook would, and its rows in the order of each epoch."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec, scenario = spec, scenarios.get(spec.scenario)
        self.data = scenario.load(spec)
        self.model = build_model(spec)
        freeze(self.model, spec.frozen)
        self.model.compile(keras.optimizers.Adam(spec.learning_rate), scenario.loss_of(spec), metrics=["accuracy"])

    def fit(self) -> Iterator[list[float]]:
        """Validation loss and accuracy of every epoch."""
        for epoch in range(1, self.spec.epochs + 1):
            order = epoch_order(self.spec.examples, self.spec.seed, epoch)
            self.model.fit(
                self.data.x_train[order], self.data.y_train[order], self.spec.batch_size, shuffle=False, verbose=0
            )
            yield self.model.evaluate(self.data.x_val, self.data.y_val, batch_size=5_000, verbose=0)


@pytest.mark.parametrize(("scenario", "values"), CASES, ids=str)
@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices:UserWarning")
def test_fit_gives_the_same_curve_and_weights(
    scenario: str, values: dict[str, Any], spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec(scenario, **values)
    ours, plain = train(chosen), Compared(chosen)
    theirs = np.array(list(plain.fit()))
    assert np.allclose([row[3] for row in ours.curve], theirs[:, 0], atol=1e-6, rtol=0)
    # One review in 10,000 may sit on 0.5 and fall to either side.
    assert np.allclose([row[4] for row in ours.curve], theirs[:, 1], atol=1.1e-4, rtol=0)
    for name, weights in weights_of(plain.model).items():
        assert np.allclose(ours.after[name], weights, atol=1e-6, rtol=0), name


class InOrder(keras.utils.PyDataset):
    """Batches in the order of each epoch, for one call of `fit`."""

    def __init__(self, compared: Compared) -> None:
        super().__init__()
        self._compared, self._epoch = compared, 1

    def __len__(self) -> int:
        return math.ceil(self._compared.spec.examples / self._compared.spec.batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        spec, data = self._compared.spec, self._compared.data
        rows = epoch_order(spec.examples, spec.seed, self._epoch)[
            batch * spec.batch_size : (batch + 1) * spec.batch_size
        ]
        return np.asarray(data.x_train)[rows], data.y_train[rows]

    def on_epoch_end(self) -> None:
        self._epoch += 1


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_is_that_of_fit(restore: bool, spec: Callable[..., Any], train: Callable[..., Any]) -> None:
    values = {
        "task": "flowers",
        "frozen": "none",
        "start": "random",
        "learning_rate": 0.03,
        "per_species": 5,
        "spread": 0.9,
    }
    chosen = spec("iris", **values, epochs=60, early_stopping=True, patience=3, min_delta=0.01, restore_best=restore)
    ours, plain = train(chosen), Compared(chosen)
    callback = keras.callbacks.EarlyStopping("val_loss", 0.01, patience=3, restore_best_weights=restore)
    data = plain.data
    history = plain.model.fit(
        InOrder(plain),
        epochs=60,
        shuffle=False,
        verbose=0,
        callbacks=[callback],
        validation_data=(data.x_val, data.y_val),
    )
    assert ours.outcome.stopped_early
    assert ours.outcome.epochs == len(history.epoch) < 60
    assert ours.outcome.restored_epoch == (callback.best_epoch + 1 if restore else None)
    assert np.allclose([row[3] for row in ours.curve], history.history["val_loss"], atol=1e-4, rtol=0)
    for name, weights in weights_of(plain.model).items():
        assert np.allclose(ours.after[name], weights, atol=1e-4, rtol=0), name


@pytest.mark.slow
def test_the_large_variables_kernel_stays_with_keras_over_many_steps(
    spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    curves = []
    for large in (updates.LARGE, 10**9):
        monkeypatch.setattr(updates, "LARGE", large)
        curves.append([row[3] for row in train(spec("imdb", epochs=12)).curve])
    assert np.allclose(*curves, atol=1e-6, rtol=0)
