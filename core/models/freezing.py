"""Freezing by layer name, and where a network can be cut: before the cut nothing changes while it trains."""

from __future__ import annotations

import math
from collections.abc import Collection

import keras


def freeze(model: keras.Model, names: Collection[str]) -> None:
    """Make exactly the named layers frozen and all others trainable. Compile after this, never before: after the
    first `fit` Keras ignores the change."""
    for layer in model.layers:
        layer.trainable = layer.name not in names


def frozen_prefix(model: keras.Sequential, calm: Collection[str] = ()) -> list[keras.Layer]:
    """The layers before the first trainable or random one: they give the same numbers at every epoch, so once is
    enough. ``calm`` layers run in inference mode, where nothing is random. Nothing where no layer has weights: what
    only rescales is cheaper than what it makes is large."""
    prefix: list[keras.Layer] = []
    for layer in model.layers:
        is_random = len(layer.variables) > len(layer.weights) and layer.name not in calm
        if (layer.trainable and layer.weights) or is_random:
            break
        prefix.append(layer)
    return prefix if any(layer.weights for layer in prefix) else []


def counts(model: keras.Model) -> tuple[int, int]:
    """Numbers in the model, and those that training may change."""
    return model.count_params(), sum(math.prod(v.shape) for v in model.trainable_variables)
