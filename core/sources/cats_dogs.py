"""CIFAR-10's cats and dogs as they ship: pictures of 32 x 32 to train on, to validate on and to test on."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS, asset
from core.words import mark, say

SOURCE = "cifar-cats-dogs"
NAMES = (mark("cat"), mark("dog"))
"""What the labels 0 and 1 mean."""
TRAIN, VALIDATION, TEST = 2_000, 1_000, 500
EDGE = 32
"""Points on a side of a picture."""


@dataclass(frozen=True)
class Pictures:
    """``images`` (n, edge, edge, 3) uint8 RGB and ``labels`` (n,) float32, both read-only. CIFAR's cats and dogs take
    turns, so that any even beginning is balanced; those of photos that somebody brought do as far as both last, those
    of TensorFlow Datasets not at all."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class CatsDogs:
    """Three parts with no picture in common. Of CIFAR-10, ``train`` and ``validation`` come from its training part and
    ``test`` from its test part; ``test`` may be empty where somebody brought the photos."""

    train: Pictures
    validation: Pictures
    test: Pictures


@lru_cache(maxsize=1)
def load_cats_dogs() -> CatsDogs:
    """All 3,500 pictures, read once in a process (0.1 s).

    Raises:
        SourceUnavailable: when the file is missing, changed or unreadable.
    """
    images = _tiles(_sheet())
    labels = np.tile(np.arange(len(NAMES), dtype=np.float32), len(images) // len(NAMES))
    for array in (images, labels):
        array.setflags(write=False)  # everyone in the process gets this same array
    ends = np.cumsum([TRAIN, VALIDATION])
    return CatsDogs(*map(Pictures, np.split(images, ends), np.split(labels, ends)))


def _sheet() -> np.ndarray:
    """All pictures side by side. WebP has no checksum: of a changed byte it would make other pictures, in silence."""
    file = asset(SOURCE).files[0]
    path = ASSETS / file["path"]
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise _unavailable(say("The shipped cats and dogs are not the file that was shipped."), path.name)
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image)
    except OSError as error:  # Pillow's own errors are of this family
        raise _unavailable(say("The shipped cats and dogs cannot be read."), path.name) from error


def _tiles(sheet: np.ndarray) -> np.ndarray:
    """The sheet cut up row by row."""
    height, width, channels = sheet.shape
    rows = sheet.reshape(height // EDGE, EDGE, width // EDGE, EDGE, channels)
    return np.ascontiguousarray(rows.transpose(0, 2, 1, 3, 4).reshape(-1, EDGE, EDGE, channels))


def _unavailable(what: str, received: str) -> SourceUnavailable:
    return SourceUnavailable(what, received, say("Install the project again."))
