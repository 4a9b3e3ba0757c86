"""TF Hub's MobileNetV2 as an encoder of pictures: 224 x 224 points in, 1,280 numbers out. It never trains, and Keras
takes it into no model, so that what it makes of pictures is kept on disk."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SourceUnavailable
from core.sources.hub_modules import HubModule
from core.sources.prepared import prepared
from core.words import mark, say

SOURCE = "hub-mobilenet-v2-100-224"
HANDLE = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
MODULE = HubModule(SOURCE, HANDLE, 9_000_000, mark("image network"))
NUMBERS, EDGE = 1_280, 224
PARAMETERS, STATISTICS = 2_257_984, 34_112
"""All of its numbers, and those of them that are batch norm's: what Keras' own MobileNetV2 without top has."""
AT_ONCE = 32
MEND = mark("Open the library page and press Check or Download there.")

Told = Callable[[int, int], None]
"""Told how many pictures are done, and of how many."""


def tell_nobody(done: int, of: int) -> None:
    """For those who do not want to know."""


def encode(pictures: np.ndarray, told: Told = tell_nobody) -> np.ndarray:
    """What the network makes of pictures (n, 224, 224, 3) uint8 RGB, in inference mode: (n, 1280) float32.

    Raises:
        SourceUnavailable: when the module is not on this computer, is damaged, or is another one.
    """
    folder = _folder()
    return _encode(load(folder, _identity(folder)), pictures, told)


def encode_kept(name: str, pictures: np.ndarray, told: Told = tell_nobody) -> np.ndarray:
    """The same, read back where pictures of this name went through this module before. The name says which pictures
    they are, in what order: letters, digits, dots and dashes.

    Raises:
        SourceUnavailable: as in `encode`.
        ValueError: when the name is of another form.
    """
    if not re.fullmatch(r"[\w-][\w.-]*", name, re.ASCII):
        raise ValueError(f"The name of pictures is made of letters, digits, dots and dashes. Received: {name!r}.")
    folder = _folder()
    identity = _identity(folder)

    def make(part: Path) -> None:
        np.save(part / "numbers.npy", _encode(load(folder, identity), pictures, told))

    kept = prepared(f"hub-pictures-{identity}-{name}-{len(pictures)}", make)
    return np.load(kept / "numbers.npy")


def prove(folder: Path) -> None:
    """Load the module in a folder and have it read a picture.

    Raises:
        SourceUnavailable: when it is damaged, or another one.
    """
    load(folder, _identity(folder))


@lru_cache(maxsize=1)
def load(folder: Path, identity: str) -> Callable[[np.ndarray], np.ndarray]:
    """The module in a folder as a function from pictures (n, 224, 224, 3) uint8 to (n, 1280) float32. It is loaded
    once (about 3 s) as long as its files stay the same: ``identity`` says which they are.

    Raises:
        SourceUnavailable: when it is damaged, or another one.
    """
    import tensorflow as tf
    import tensorflow_hub as hub

    try:
        module: Any = hub.load(str(folder))
        has_modes = "training" in inspect.signature(module.__call__).parameters
        function = _function(module, {"training": False} if has_modes else {})
        numbers = function(np.arange(2 * EDGE * EDGE * 3, dtype=np.uint8).reshape(2, EDGE, EDGE, 3))
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError, tf.errors.OpError) as error:
        raise _unreadable(error) from error
    if numbers.shape != (2, NUMBERS) or not np.isfinite(numbers).all():
        what = say("This is not TF Hub's image network: it should give {count:,} numbers a picture.", count=NUMBERS)
        raise SourceUnavailable(what, " x ".join(map(str, numbers.shape)), say(MEND))
    return function


def _function(module: Any, mode: dict[str, bool]) -> Callable[[np.ndarray], np.ndarray]:
    """As TF Hub's modules for pictures have it: colours from 0 to 1, and a mode where training differs."""
    import tensorflow as tf

    return lambda pictures: np.asarray(module(tf.constant(pictures.astype(np.float32) / 255), **mode), np.float32)


def _encode(function: Callable[[np.ndarray], np.ndarray], pictures: np.ndarray, told: Told) -> np.ndarray:
    numbers = np.empty((len(pictures), NUMBERS), np.float32)
    for first in range(0, len(pictures), AT_ONCE):
        told(first, len(pictures))
        numbers[first : first + AT_ONCE] = function(np.asarray(pictures[first : first + AT_ONCE]))
    told(len(pictures), len(pictures))
    return numbers


def _folder() -> Path:
    folder = MODULE.location()
    if folder is None:
        raise SourceUnavailable(
            say("TF Hub's image network is not on this computer."), SOURCE,
            say("Download it on the library page, or choose another network."),
        )  # fmt: skip
    return folder


def _identity(folder: Path) -> str:
    """What the module's files hold, in 16 hexadecimal digits (20 ms)."""
    digest = hashlib.sha256()
    try:
        for path in [folder / "saved_model.pb", *sorted((folder / "variables").iterdir())]:
            digest.update(path.read_bytes())
    except OSError as error:
        raise _unreadable(error) from error
    return digest.hexdigest()[:16]


def _unreadable(error: Exception) -> SourceUnavailable:
    return SourceUnavailable(say("TF Hub's image network cannot be read."), f"{SOURCE}, {error}", say(MEND))
