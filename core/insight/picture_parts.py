"""What networks make of pictures, and pictures as answers carry them: what the answers of one unit and those of a
softmax have in common."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core import scenarios
from core.errors import LabError
from core.models.freezing import freeze
from core.scenarios.base import tell_nobody
from core.sources import hub_pictures
from core.sources.backbones import HUB
from core.sources.cats_dogs import Pictures
from core.sources.pictures import enlarge, load_pictures
from core.spec import RunSpec
from core.training.features import kept_features
from core.training.prefix import cut, features
from core.words import say

if TYPE_CHECKING:
    import keras

HEAD = 3
"""Layers of the head: pooling or flattening, dropout, output. TF Hub's module pools by itself."""
WORST = 12
"""Pictures of one kind of mistake that are shown, at most."""
THUMBNAIL, LARGEST_THUMBNAIL = 64, 96
"""CIFAR's pictures are enlarged to the first, photos reduced to the second."""


def below_head(spec: RunSpec, model: keras.Sequential, pictures: np.ndarray) -> np.ndarray:
    """What the base makes of pictures: maps, or of a module outside Keras its numbers."""
    if spec.options.get("backbone") == HUB:
        return hub_pictures.encode(pictures)
    return through(model.layers[:-HEAD], pictures)


def of_validation(spec: RunSpec, model: keras.Sequential) -> np.ndarray:
    """What the network makes of the validation pictures, (n, units). Cut where training was, so that what it kept of
    them is found again."""
    pictures = np.asarray(load_pictures(int(spec.options["size"]), spec.data).validation.images)
    if spec.options.get("backbone") == HUB:
        return through(model.layers, scenarios.get(spec.scenario).load(spec).x_val)
    freeze(model, spec.frozen)
    parts = cut(model, spec.examples + len(pictures), calm=scenarios.get(spec.scenario).calm_layers(spec))
    (made,) = kept_features(parts.computed, (pictures,), tell_nobody, data=spec.data)
    return through(parts.remaining, made)


def shown_row(pictures: Pictures, row: int) -> dict[str, Any]:
    """A picture as it is shown: its ``row``, its ``label``, and a small ``image``."""
    edge = min(max(pictures.images.shape[1], THUMBNAIL), LARGEST_THUMBNAIL)
    return {
        "row": int(row),
        "label": int(pictures.labels[row]),
        "image": as_png(enlarge(pictures.images[row], edge)),
    }


def through(layers: Sequence[keras.Layer], rows: np.ndarray) -> np.ndarray:
    """What layers make of rows.

    Raises:
        LabError: when that is not a number: the run diverged.
    """
    made = np.asarray(features(tuple(layers), rows))
    if not np.isfinite(made).all():
        what = say("This network's training diverged: it makes no number of a picture.")
        raise LabError(what, None, say("Lower the learning rate and train again."))
    return made


def as_png(image: np.ndarray) -> str:
    """A picture (h, w) or (h, w, 3) uint8 as PNG in base64."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")
