"""The frozen-prefix rule: what comes before the first trainable layer gives the same numbers at every epoch, so it is
computed once and training starts from there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy.sparse import csr_matrix

from core.models.freezing import frozen_prefix

FEATURE_BUDGET = 512 * 2**20
"""Most bytes that features may take; where they would take more, the frozen layers run inside the graph."""
ROWS_AT_ONCE, NUMBERS_AT_ONCE = 5_000, 4_000_000
"""Rows that go through frozen layers together, at most, and the numbers in them: eighty pictures of 128 points."""


@dataclass(frozen=True)
class Cut:
    """Where a network is cut: ``computed`` layers run once, ``remaining`` ones in every batch."""

    computed: tuple[keras.Layer, ...]
    remaining: tuple[keras.Layer, ...]

    @property
    def names(self) -> list[str]:
        return [layer.name for layer in self.computed]


def cut(model: keras.Sequential, rows: int, budget: int = FEATURE_BUDGET, calm: Collection[str] = frozenset()) -> Cut:
    """The deepest cut whose features, ``rows`` of float32, fit the budget."""
    prefix = frozen_prefix(model, calm)
    while prefix and 4 * rows * int(np.prod(prefix[-1].output.shape[1:])) > budget:
        prefix.pop()
    return Cut(tuple(prefix), tuple(model.layers[len(prefix) :]))


def features(layers: tuple[keras.Layer, ...], rows: Any) -> Any:
    """What the layers make of all rows, in inference mode; the rows themselves where there are no layers."""
    if not layers:
        return rows
    at_once = ROWS_AT_ONCE
    if not isinstance(rows, csr_matrix):
        at_once = max(1, min(at_once, NUMBERS_AT_ONCE // int(np.prod(rows.shape[1:]))))
    starts = range(0, rows.shape[0], at_once)
    return np.concatenate([_forward(layers, rows[s : s + at_once]) for s in starts])


def _forward(layers: tuple[keras.Layer, ...], rows: Any) -> np.ndarray:
    if isinstance(rows, csr_matrix):
        tensor, layers = _dense(layers[0], rows), layers[1:]
    else:
        tensor = tf.constant(rows)
    for layer in layers:
        tensor = layer(tensor, training=False)
    return np.asarray(tensor)


def _dense(layer: keras.layers.Dense, rows: csr_matrix) -> Any:
    """A Dense layer on sparse rows: 10 ms for 25,000 reviews. Keras looks each word up by itself and takes 100."""
    return finish_dense(layer, tf.constant(rows @ np.asarray(layer.kernel)))


def finish_dense(layer: keras.layers.Dense, product: Any) -> Any:
    """What a Dense layer does after its product."""
    return layer.activation(product if layer.bias is None else product + layer.bias.value)
