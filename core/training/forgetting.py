"""What a base still knows of its old task, read by the head it had then, while it is trained for another."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.history import OldScore
from core.scenarios.base import OldTask, Tell
from core.training.features import AT_ONCE, kept_features
from core.training.prefix import Cut
from core.words import mark


class OldTaskCheck:
    """Measures the old task's accuracy with the base as it is at any moment. It reads weights and changes nothing: a
    run's curve is bit for bit the one it has without.

    What lies before the cut is computed once, as for training; the rest runs in a graph of its own.
    """

    def __init__(self, old: OldTask, model: keras.Sequential, frozen: Collection[str], cut: Cut, tell: Tell) -> None:
        names = [layer.name for layer in model.layers]
        base = model.layers[: names.index(old.reads) + 1]
        computed = cut.computed[: len(base)]
        self._old = old
        self._rows = np.asarray(kept_features(computed, (old.x,), tell)[0])
        self._rest = tuple(base[len(computed) :])
        self._graph = _graph(self._rest, self._rows) if self._rest else None
        self.is_still = all(layer.name in frozen for layer in base if layer.weights)
        self._first = self.measure()

    @property
    def before(self) -> OldScore:
        """The old task, and its accuracy with the weights the run began with."""
        return OldScore(self._old.title, len(self._old.x), self._old.chance, self._first, self._old.asset)

    @property
    def head(self) -> dict[str, np.ndarray]:
        """The old head, for a file: ``kernel`` and ``bias``."""
        return {"kernel": self._old.kernel, "bias": self._old.bias}

    def accuracy(self) -> float | None:
        """The share of rows that are right now, None where the base gives something that is no number. Of a frozen base
        it is known already: the same weights give the same answers (held by a test that measures)."""
        return self._first if self.is_still else self.measure()

    def measure(self) -> float | None:
        """The share of rows that are right, read anew."""
        if not all(np.isfinite(np.asarray(v)).all() for layer in self._rest for v in layer.weights):
            return None  # asked of the weights: relu makes 0 of what is not a number
        with np.errstate(all="ignore"):  # large numbers may still grow beyond measure
            scores = self._base() @ self._old.kernel + self._old.bias
        if not np.isfinite(scores).all():
            return None
        return float(np.mean(np.argmax(scores, axis=1) == self._old.truth))

    def _base(self) -> np.ndarray:
        if self._graph is None:
            return self._rows
        starts = range(0, len(self._rows), AT_ONCE)
        return np.concatenate([self._graph(tf.constant(self._rows[s : s + AT_ONCE])).numpy() for s in starts])


def check_old_task(
    old: OldTask | None, model: keras.Sequential, frozen: Collection[str], cut: Cut, tell: Tell
) -> OldTaskCheck | None:
    """A check of this old task, None where there is none. The model has the weights the run begins with."""
    if old is None:
        return None
    return OldTaskCheck(old, model, frozen, cut, partial(_tell_older, tell))


def _graph(layers: tuple[keras.Layer, ...], rows: np.ndarray) -> Any:
    """The layers as one graph, in inference mode."""

    def forward(rows: Any) -> Any:
        for layer in layers:
            rows = layer(rows, training=False)
        return rows

    given = tf.TensorSpec((None, *rows.shape[1:]), rows.dtype)
    return tf.function(forward, autograph=False).get_concrete_function(given)


def _tell_older(tell: Tell, what: str, done: int, of: int) -> None:
    """What is read are pictures: nothing else takes so long that it is told."""
    tell(mark("reading pictures of the old task"), done, of)
