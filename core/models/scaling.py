"""The layer before an image network that brings pictures from 0 to 255 into the range the network was trained on."""

from __future__ import annotations

import keras

BGR_MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red over ImageNet's pictures, where white is 255: what Caffe's weights were trained with."""
KINDS = ("-1 to 1", "0 to 255", "BGR, ImageNet's mean taken off")
"""The `input` of an architecture. (EfficientNet scales by itself.)"""


def scaling(kind: str, size: int | None) -> keras.Layer:
    """Takes RGB pictures (n, size, size, 3) from 0 to 255, of any size where it is None, and gives floats of the same
    shape. Stock Keras, named "scale", without weights.

    Raises:
        ValueError: when there is no such kind.
    """
    if kind == KINDS[0]:
        return keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")
    if kind == KINDS[1]:
        return keras.layers.Rescaling(1.0, name="scale")
    if kind == KINDS[2]:
        return _bgr(size)
    raise ValueError(f"Pictures can be scaled to {', '.join(KINDS)}. Received: {kind!r}.")


def wrong_scaling(kind: str) -> keras.Layer:
    """A layer like `scaling` that brings pictures into a range the network was not trained on: left at 0 to 255, or,
    where they should be, brought to -1 to 1. Its name is another one, since features are kept on disk by names."""
    if kind == KINDS[0]:
        return keras.layers.Rescaling(1.0, name="wrong_scale")
    return keras.layers.Rescaling(1 / 127.5, offset=-1, name="wrong_scale")


def _bgr(size: int | None) -> keras.Model:
    rgb = keras.Input((size, size, 3))
    bgr = keras.ops.flip(rgb, axis=-1)
    return keras.Model(rgb, keras.layers.Rescaling(1.0, offset=[-mean for mean in BGR_MEAN])(bgr), name="scale")
