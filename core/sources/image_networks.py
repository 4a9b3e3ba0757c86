"""Networks of `keras.applications` with their weights, as rows of stock layers from rescaling to the last block."""

from __future__ import annotations

import keras

from core.models.blocks import blocks_of, learn_averages_quickly, seed_dropout, start_anew
from core.models.scaling import scaling
from core.models.weights import adopt
from core.sources.architectures import architecture
from core.sources.backbones import DEFAULT, backbone
from core.sources.image_weights import fill
from core.sources.shipped import shipped_weights


def described_base(name: str, size: int, seed: int, transferred: int, learns_averages: bool) -> list[keras.Layer]:
    """A network of `keras.applications` as its rescaling and its blocks: takes pictures (n, size, size, 3) from 0 to
    255.

    Args:
        transferred: how many blocks, from the picture on, have ImageNet's weights; the rest have random ones from the
            seed, the same whatever stands below them.
        learns_averages: batch norm is to learn its averages within a short run.

    Raises:
        SourceUnavailable: when weights are wanted that are not on this computer.
    """
    network = architecture(name)
    build = getattr(keras.applications, network.function)
    base = build(input_shape=(size, size, 3), include_top=False, weights=None, **network.arguments)
    blocks = blocks_of(base, [(block.id, block.ends_at) for block in network.blocks])
    if transferred < len(blocks):
        start_anew(base, seed)
    fresh = [(layer, layer.get_weights()) for block in blocks[transferred:] for layer in block.layers]
    if transferred:
        _fill(base, name)
        for layer, weights in fresh:
            layer.set_weights(weights)
    seed_dropout(base, seed)
    if learns_averages:
        learn_averages_quickly(base)
    return [scaling(network.input, size), *blocks]


def _fill(base: keras.Model, name: str) -> None:
    """ImageNet's weights, from what ships or what was downloaded."""
    if name == DEFAULT:
        adopt(base, shipped_weights(backbone(name).asset))
    else:
        fill(base, backbone(name).asset)
