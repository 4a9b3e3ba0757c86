"""An image network of `keras.applications` cut into its blocks: a row of small stock models, each a layer of its own.

Cut at block outputs only. A block is called in inference mode where its batch norm is to keep to its statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from core.models.building import layer_seed

QUICK_MOMENTUM = 0.9
"""MobileNetV2's own 0.999 leaves the averages useless for hundreds of steps, and validation at chance with them."""


def blocks_of(network: keras.Model, ends: Sequence[tuple[str, str | int]]) -> list[keras.Model]:
    """One model a block, by name and the layer (name or index) its output comes from; all share layers."""
    before = network.input
    blocks = []
    for name, end in ends:
        after = (network.get_layer(end) if isinstance(end, str) else network.get_layer(index=end)).output
        blocks.append(keras.Model(before, after, name=name))
        before = after
    return blocks


def start_anew(network: keras.Model, seed: int) -> None:
    """Random kernels (Glorot uniform, as Keras has them), each from the run's seed and its layer's name."""
    for layer in network.layers:
        for variable in layer.trainable_variables:
            if variable.name.endswith("kernel"):
                draw: Any = keras.initializers.GlorotUniform(seed=layer_seed(seed, layer.name))
                variable.assign(draw(variable.shape))


def seed_dropout(network: keras.Model, seed: int) -> None:
    """Have what a network drops at random hang on the run's seed alone (EfficientNet drops whole branches)."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            layer.seed_generator.state.assign(keras.random.SeedGenerator(layer_seed(seed, layer.name)).state)


def learn_averages_quickly(network: keras.Model) -> None:
    """Have batch norm, where it learns, learn its averages within a short run."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = QUICK_MOMENTUM
