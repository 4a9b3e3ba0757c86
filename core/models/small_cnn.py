"""A small convolutional network to train from nothing."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from core.models.building import layer_seed


def small_cnn(filters: Sequence[int], seed: int) -> list[keras.Layer]:
    """What a practitioner would train from nothing: three convolutions of 3 x 3, each halved by its largest values, and
    all that is left laid flat (after F. Chollet, "Building powerful image classification models using very little
    data", 2016, with half the filters and no hidden layer: at 64 points as good within 16 epochs, and quicker)."""
    layers: list[keras.Layer] = [keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")]
    for number, count in enumerate(filters, 1):
        name = f"convolution_{number}"
        draw = keras.initializers.GlorotUniform(seed=layer_seed(seed, name))
        layers += [
            keras.layers.Conv2D(count, 3, padding="same", activation="relu", kernel_initializer=draw, name=name),
            keras.layers.MaxPooling2D(name=f"halving_{number}"),
        ]
    return [*layers, keras.layers.Flatten(name="flat")]
