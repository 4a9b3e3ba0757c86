"""ImageNet's 1,000 class names and a network that knows them, as they ship."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS
from core.sources.shipped import shipped_weights
from core.words import say

if TYPE_CHECKING:
    import keras

SOURCE = "imagenet-mobilenet-v2"
CLASSES = 1_000


@lru_cache(maxsize=1)
def class_names() -> tuple[str, ...]:
    """The names in ImageNet's usual order: 1 is "goldfish", 281 "tabby". No two are alike.

    Raises:
        SourceUnavailable: when the file is missing or does not hold 1,000 different names.
    """
    path = ASSETS / "imagenet_labels.json"
    try:
        names = tuple(map(str, json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError) as error:
        raise _unavailable(say("The shipped ImageNet class names cannot be read."), path.name) from error
    if len(set(names)) != CLASSES:
        what = say("The shipped ImageNet class names should be 1,000 different ones.")
        raise _unavailable(what, f"{len(set(names)):,}")
    return names


def load_classifier() -> keras.Model:
    """torchvision's MobileNetV2 as stock Keras layers (built in about a second, so keep it).

    Takes float pictures (n, 224, 224, 3), RGB from 0 to 255; gives probabilities (n, 1000) in `class_names`' order.

    Raises:
        SourceUnavailable: when the shipped weights are missing or do not fill the network.
    """
    from core.models.imagenet import torch_mobilenet_v2
    from core.models.weights import adopt

    model = torch_mobilenet_v2()
    filled = adopt(model, shipped_weights(SOURCE))
    wanted = tuple(layer.name for layer in model.layers if layer.weights)
    if filled != wanted:
        what = say("The shipped ImageNet weights should fill {count} layers.", count=len(wanted))
        raise _unavailable(what, say("{count} layers filled", count=len(filled)))
    return model


def _unavailable(what: str, received: str) -> SourceUnavailable:
    return SourceUnavailable(what, received, say("Install the project again."))
