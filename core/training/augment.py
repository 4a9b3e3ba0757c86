"""Augmented passes over pictures: flipped, turned, zoomed a little; other in each pass, and alike every time."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from core.models.building import layer_seed

AMOUNT = 0.1
"""Of a full turn, and of the size: the guide's."""
AT_ONCE = 100
"""Pictures that go through together; part of what decides which picture gets which turn."""


def augmented(images: np.ndarray, seed: int, number: int) -> np.ndarray:
    """Pass ``number`` (0 is the first) over pictures (n, h, w, 3) uint8, by Keras' own layers."""
    layers = _layers(seed, number)
    parts = [_through(layers, images[i : i + AT_ONCE]) for i in range(0, len(images), AT_ONCE)]
    return np.concatenate(parts)


def _layers(seed: int, number: int) -> Sequence[keras.Layer]:
    seeds = [layer_seed(seed, f"augment/{number}/{kind}") for kind in ("flip", "turn", "zoom")]
    return (
        keras.layers.RandomFlip("horizontal", seed=seeds[0]),
        keras.layers.RandomRotation(AMOUNT, fill_mode="reflect", seed=seeds[1]),
        keras.layers.RandomZoom(AMOUNT, fill_mode="reflect", seed=seeds[2]),
    )


def _through(layers: Sequence[keras.Layer], images: np.ndarray) -> np.ndarray:
    batch = images.astype(np.float32)
    for layer in layers:
        batch = layer(batch, training=True)
    return np.asarray(batch).round().clip(0, 255).astype(np.uint8)
