"""The older task of cats and dogs: eight other kinds of CIFAR-10 and the head that reads them from the shipped base. It
stands in for ImageNet's thousand kinds, whose head for this base is not to be had."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS, asset
from core.sources.cats_dogs import EDGE, Pictures
from core.sources.pictures import enlarge
from core.sources.prepared import prepared
from core.words import mark, say

SOURCE = "cifar-older-task"
TITLE = mark("eight older kinds")
NAMES = ("airplane", "automobile", "bird", "deer", "frog", "horse", "ship", "truck")
"""What the labels 0 to 7 mean."""
HELD_OUT = 400
NUMBERS = 1_280
"""What the base makes of a picture."""
VERSION = 1
"""Raise this when pictures or enlarging change."""


@lru_cache(maxsize=2)
def load_pictures(size: int) -> Pictures:
    """The 400 pictures that the head was not fitted to, at this size, made once on this computer; the kinds in turn.

    Raises:
        SourceUnavailable: when the file is missing, changed or unreadable.
    """
    folder = prepared(f"older-pictures-{VERSION}-{size}", lambda part: _enlarge(part, size))
    return Pictures(np.load(folder / "pictures.npy", mmap_mode="r"), small_pictures().labels)


@lru_cache(maxsize=1)
def small_pictures() -> Pictures:
    """The pictures as CIFAR-10 has them, (400, 32, 32, 3) uint8, and their kinds 0 to 7, both read-only.

    Raises:
        SourceUnavailable: when the file is missing, changed or unreadable.
    """
    try:
        with Image.open(io.BytesIO(_content("older_task.webp"))) as image:
            sheet = np.asarray(image)
    except OSError as error:  # Pillow's own errors are of this family
        raise _unavailable(say("A file of the older task cannot be read."), "older_task.webp") from error
    rows = sheet.reshape(sheet.shape[0] // EDGE, EDGE, sheet.shape[1] // EDGE, EDGE, 3)
    images = np.ascontiguousarray(rows.transpose(0, 2, 1, 3, 4).reshape(-1, EDGE, EDGE, 3))
    labels = np.tile(np.arange(len(NAMES)), len(images) // len(NAMES))
    for array in (images, labels):
        array.setflags(write=False)  # everyone in the process gets this same array
    return Pictures(images, labels)


@lru_cache(maxsize=1)
def load_head() -> dict[str, np.ndarray]:
    """The head as it was fitted before anybody trained, on the base's 1,280 pooled numbers: ``kernel`` (1280, 8) and
    ``bias`` (8,) in float32.

    Raises:
        SourceUnavailable: when the file is missing or changed.
    """
    with np.load(io.BytesIO(_content("older_task_head.npz")), allow_pickle=False) as archive:
        return {name: archive[name].astype(np.float32) for name in ("kernel", "bias")}


def _enlarge(part: Path, size: int) -> None:
    np.save(part / "pictures.npy", np.stack([enlarge(image, size) for image in small_pictures().images]))


def _content(name: str) -> bytes:
    """A shipped file, whole. WebP has no checksum: of a changed byte it would make other pictures, in silence."""
    expected = next(file["sha256"] for file in asset(SOURCE).files if file["path"] == name)
    try:
        content = (ASSETS / name).read_bytes()
    except OSError as error:
        raise _unavailable(say("A file of the older task cannot be read."), name) from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise _unavailable(say("A file of the older task is not the one that was shipped."), name)
    return content


def _unavailable(what: str, received: str) -> SourceUnavailable:
    return SourceUnavailable(what, received, say("Install the project again."))
