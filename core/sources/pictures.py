"""CIFAR-10's cats and dogs enlarged to the size a network reads, once on this computer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.sources.cats_dogs import CatsDogs, Pictures, load_cats_dogs
from core.sources.prepared import prepared

VERSION = 1
"""Raise this when pictures or enlarging change."""
PARTS = ("train", "validation", "test")


@lru_cache(maxsize=2)
def load_pictures(size: int) -> CatsDogs:
    """All parts at this size, bicubic (2 s the first time at 128, then at once). The pictures stay on disk until they
    are used."""
    folder = prepared(f"pictures-{VERSION}-{size}", lambda part: _prepare(part, size))
    small = load_cats_dogs()
    return CatsDogs(
        *(Pictures(np.load(folder / f"{name}.npy", mmap_mode="r"), getattr(small, name).labels) for name in PARTS)
    )


def enlarge(image: np.ndarray, size: int) -> np.ndarray:
    """One picture (h, w, 3) uint8 as (size, size, 3), bicubic, by Pillow: clipped and rounded, alike on every machine
    and in every batch."""
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


def _prepare(part: Path, size: int) -> None:
    for name in PARTS:
        images = getattr(load_cats_dogs(), name).images
        np.save(part / f"{name}.npy", np.stack([enlarge(image, size) for image in images]))
