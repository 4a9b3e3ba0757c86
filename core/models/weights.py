"""Weights as plain arrays by layer: read, written whole or not at all, moved from one model to another."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UnknownRun
from core.home import subfolder
from core.spec import RUN_ID

if TYPE_CHECKING:
    import keras

OLD_HEAD = "old_head.npz"
Weights = Mapping[str, np.ndarray]
"""Arrays by ``<layer>/<position of the variable in the layer>``."""


def weights_of(model: keras.Model) -> dict[str, np.ndarray]:
    """Copies of all of a model's weights."""
    return {f"{layer.name}/{i}": w for layer in model.layers for i, w in enumerate(copies(layer.weights))}


def copies(variables: Iterable[keras.Variable]) -> list[np.ndarray]:
    """The values of variables as they are now. (`np.array` of a variable warns: Keras' knows no ``copy``.)"""
    return [np.asarray(v).copy() for v in variables]


def adopt(model: keras.Model, weights: Weights) -> tuple[str, ...]:
    """Give every layer that the weights hold under the same name and shapes those weights; returns their names."""
    adopted = []
    for layer in model.layers:
        arrays = [weights.get(f"{layer.name}/{i}") for i in range(len(layer.weights))]
        fits = arrays and all(
            a is not None and a.shape == tuple(v.shape) for a, v in zip(arrays, layer.weights, strict=True)
        )
        if fits:
            layer.set_weights(arrays)
            _take_in(layer)
            adopted.append(layer.name)
    return tuple(adopted)


def _take_in(layer: keras.Layer) -> None:
    """Have layers that compute with copies of their weights renew them. (Keras' Normalization, inside EfficientNet.)"""
    for inner in getattr(layer, "layers", [layer]):
        if hasattr(inner, "finalize_state"):
            inner.finalize_state()


def run_folder(run: str) -> Path:
    """The folder of a run's files.

    Raises:
        UnknownRun: when the id is not of a run's form (it may come from an address).
    """
    if not RUN_ID.fullmatch(run):
        raise UnknownRun(run)
    return subfolder("runs") / run


def run_weights(run: str) -> dict[str, np.ndarray]:
    """The weights a finished run left.

    Raises:
        UnknownRun: when it left none.
    """
    path = run_folder(run) / "weights.npz"
    if not path.is_file():
        raise UnknownRun(run)
    return read_arrays(path)


def old_head(run: str) -> dict[str, np.ndarray]:
    """``kernel`` and ``bias`` of the head that read a run's base in its old task, kept aside for runs that go on from
    it; empty where it kept none."""
    path = run_folder(run) / OLD_HEAD
    return read_arrays(path) if path.is_file() else {}


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file; pickled objects are refused."""
    # Opened here: of a damaged file `np.load` would leave its own handle open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_arrays(path: Path, arrays: Weights) -> None:
    """Write an ``.npz`` file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
