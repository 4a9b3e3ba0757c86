"""A Keras MobileNetV2 that computes what torchvision's computes, and the names of its guesses. No weights live here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

SIZE = 224
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue over ImageNet's pictures, where white is 1: what torchvision's weights were trained with."""


def torch_mobilenet_v2() -> keras.Model:
    """MobileNetV2 1.0 with its 1,000-class top and random weights, of stock layers under the names Keras gives them.

    Takes float pictures (n, 224, 224, 3), RGB from 0 to 255, and gives probabilities (n, 1000). Keras' own would get
    torchvision's weights wrong in three places: its batch norm adds 1e-3 to the variance and not 1e-5; before a stride
    of 2 it pads at the bottom right only and not all round; and it expects pictures from -1 to 1.
    """
    return keras.models.clone_model(
        keras.applications.MobileNetV2(weights=None), clone_function=_as_in_torch, call_function=_call
    )


def top_names(probabilities: np.ndarray, names: Sequence[str], count: int = 3) -> list[tuple[str, float]]:
    """The likeliest names of one picture, best first, from its probabilities (1000,)."""
    best = np.argsort(-probabilities, kind="stable")[:count]
    return [(names[number], float(probabilities[number])) for number in best]


def _as_in_torch(layer: keras.Layer) -> keras.Layer:
    config = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization):
        config["epsilon"] = 1e-5
    if isinstance(layer, keras.layers.ZeroPadding2D):
        config["padding"] = 1
    if layer.name == "Conv1":
        config["padding"] = "valid"  # padded all round in `_call`
    return type(layer).from_config(config)


def _call(layer: keras.Layer, *inputs: Any, **options: Any) -> Any:
    if layer.name == "Conv1":
        scaled = _scaling()(inputs[0])
        inputs = (keras.layers.ZeroPadding2D(1, name="Conv1_pad")(scaled), *inputs[1:])
    return layer(*inputs, **options)


def _scaling() -> keras.Layer:
    mean, variance = (255 * np.array(MEAN)).tolist(), ((255 * np.array(SPREAD)) ** 2).tolist()
    return keras.layers.Normalization(mean=mean, variance=variance, name="scaling")
