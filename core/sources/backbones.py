"""The image networks a learner can choose: which weights each has from ImageNet, and which sizes of pictures it reads.
What stands here is plain data; `core.models.backbones` builds them."""

from __future__ import annotations

from dataclasses import dataclass

from core.sources.hub_pictures import EDGE as HUB_EDGE
from core.words import mark

ON_PAPER = (96, 128, 150, 160, 224)
"""Sides of pictures for which the descriptions of `keras.applications` networks hold the blocks' sizes."""
SMALL_EDGE = 64
SMALL_FILTERS = (16, 32, 64)
"""Of the small network's three convolutions, each with a pooling after it."""
DROPOUT, SMALL_DROPOUT = 0.2, 0.5
SMALL_CNN = "small_cnn"
HUB = "hub_mobilenet_v2"
DEFAULT = "mobilenet_v2_0.35"


@dataclass(frozen=True)
class Backbone:
    """A network below the head. ``asset`` is the catalogue entry of its ImageNet weights, empty where it has none;
    ``size`` is the usual side of a picture, one of ``sizes``. One that ``is_described`` is a network of
    `keras.applications` with a file of that name in `assets/architectures`."""

    id: str
    title: str
    asset: str
    size: int
    sizes: tuple[int, ...] = ON_PAPER

    @property
    def is_described(self) -> bool:
        return self.id not in {SMALL_CNN, HUB}


BACKBONES = {
    backbone.id: backbone
    for backbone in (
        Backbone(DEFAULT, mark("MobileNetV2, a third as wide"), "mobilenet-v2-035", 128),
        Backbone("mobilenet_v2_1.0", "MobileNetV2", "mobilenet-v2-100", 128),
        Backbone("xception", "Xception", "xception", 150),
        Backbone("resnet50", "ResNet50", "resnet50", 224),
        Backbone("efficientnet_b0", "EfficientNetB0", "efficientnet-b0", 224),
        Backbone(HUB, mark("MobileNetV2 of TF Hub"), "hub-mobilenet-v2-100-224", HUB_EDGE, (HUB_EDGE,)),
        Backbone(SMALL_CNN, mark("Small CNN, from scratch"), "", SMALL_EDGE, (SMALL_EDGE, *ON_PAPER)),
    )
}
"""By id, the shipped one first."""


def backbone(name: object) -> Backbone:
    """The network of this id; the shipped one for runs older than the choice."""
    return BACKBONES.get(str(name), BACKBONES[DEFAULT])
