"""Pictures of CIFAR-10 as the project ships them: none that looks like another, all on one sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from core.assets.image_packages import Pictures

ALIKE = 0.85
COLUMNS = 50


def without_twins(train: Pictures, test: Pictures) -> tuple[Pictures, Pictures]:
    """Both without any picture that looks like another: the same photo cropped, recoloured or saved again.

    CIFAR-10 has many (Barz and Denzler 2020, "Do we train on test data?"), across its parts too: of its 12,000
    cats and dogs, 508 have a twin at a correlation above 0.85 over 16 x 16 points. They would let a network score by
    remembering.
    """
    every = np.concatenate([train.pixels, test.pixels])
    points = every.reshape(len(every), 16, 2, 16, 2, 3).mean((2, 4), dtype=np.float32).reshape(len(every), -1)
    points -= points.mean(axis=1, keepdims=True)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    # Each picture is its own twin once.
    alone = np.concatenate([(block @ points.T > ALIKE).sum(axis=1) == 1 for block in np.array_split(points, 12)])
    here, there = alone[: len(train.pixels)], alone[len(train.pixels) :]
    return Pictures(train.pixels[here], train.classes[here]), Pictures(test.pixels[there], test.classes[there])


def save_sheet(pixels: np.ndarray, path: Path) -> None:
    """All pictures on one sheet, 50 a row, as lossless WebP: 5.9 MB, where PNG takes 7.6 and compressed npz 10.0.

    The catalogue's SHA-256 is of the file; another libwebp may pack the same pixels into other bytes.
    """
    tiles = pixels.reshape(-1, COLUMNS, 32, 32, 3)
    sheet = tiles.transpose(0, 2, 1, 3, 4).reshape(-1, COLUMNS * 32, 3)
    Image.fromarray(sheet).save(path, "WEBP", lossless=True, quality=100, method=6)
