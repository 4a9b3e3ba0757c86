"""A network unfrozen half-way and trained by Keras' own `fit` throughout: compiled again, as it must be, or not."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core import scenarios
from core.models.freezing import freeze
from core.scenarios import Data
from core.scenarios.mistakes import RECOMPILED, half_frozen, last_frozen_epoch, mistake_of
from core.spec import RunSpec
from core.training.loops import Part, means
from core.training.prefix import features


class RefitLoop:
    """The whole model under plain `compile` and `fit`, an epoch a call, on rows in the order of the epoch.

    For the first half of the epochs the base is frozen; then `trainable` is set. Keras reads it when it makes its step:
    without compiling again the layers say that they are trainable and stay as they are. Each epoch has the same
    batches, because a batch of a new shape would have Keras make its step anew, and raise "Unknown variable". What
    `fit` knows cannot be written down half-way, so a run that was broken off starts over, to the same curve.
    """

    can_be_taken_up = False

    def __init__(self, model: keras.Sequential, part: Part, data: Data, spec: RunSpec) -> None:
        """``part`` is all of the model, which has the layers frozen that stay so for good."""
        self.batches = 1
        self._model, self._part, self._data, self._spec = model, part, data, spec
        self._half_frozen = half_frozen(scenarios.get(spec.scenario), spec)
        self._order, self._epoch = np.arange(len(data.y_train)), 0

    def begin(self, order: np.ndarray, x: np.ndarray | None = None) -> None:
        """Begin the next epoch; the first one compiles."""
        assert x is None, "rows that are augmented are not trained here"
        self._order, self._epoch = order, self._epoch + 1
        if self._epoch == 1:
            freeze(self._model, {*self._spec.frozen, *self._half_frozen})
            self._compile()
        elif self._epoch == last_frozen_epoch(self._spec.epochs) + 1:
            freeze(self._model, self._spec.frozen)
            if mistake_of(self._spec) == RECOMPILED:
                self._compile()

    def train(self, batch: int) -> int:
        x, y = self._data.x_train[self._order], self._data.y_train[self._order]
        self._model.fit(x, y, self._spec.batch_size, shuffle=False, verbose=0)
        return self.batches

    def measure(self) -> tuple[float, float, float, float]:
        data = self._data
        sums = [*self._sums(data.x_train, data.y_train), *self._sums(data.x_val, data.y_val)]
        return means(np.array([float(s) for s in sums]), len(data.y_train), len(data.y_val))

    def _sums(self, x: Any, y: np.ndarray) -> tuple[Any, Any]:
        """`evaluate`, without what it makes anew at each call: 0.01 s instead of 0.3."""
        return self._part.score(tf.constant(features(tuple(self._part.layers), x)), tf.constant(y))

    def _compile(self) -> None:
        self._model.compile(keras.optimizers.Adam(self._spec.learning_rate), self._part.loss)
