"""Reads the tensors of a .pth file in torch's form before 1.6, without torch. It admits tensors and nothing else."""

from __future__ import annotations

import io
import math
import pickle
import sys
from collections import OrderedDict
from typing import Any, NoReturn

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


def read_tensors(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a saved state dict by name, in its order.

    The file is four pickles (magic number, version, sizes, tensors without their numbers), a fifth that lists the
    storages, then each storage: its length as an int64, and its numbers.
    """
    file = io.BytesIO(content)
    if (_unpickle(file), _unpickle(file)) != (MAGIC, VERSION):
        _refuse("another beginning")
    _unpickle(file)
    reader = _TensorsOnly(file)
    tensors = reader.load()
    for key in _unpickle(file):
        _fill(file, reader.storages[key])
    return dict(tensors)


class _TensorsOnly(pickle.Unpickler):
    """Knows the five names a state dict needs. Storages are made empty here and filled from the rest of the file."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> Any:
        known = {
            "collections.OrderedDict": OrderedDict,
            "torch._utils._rebuild_tensor_v2": _tensor,
            "torch.FloatStorage": "<f4",
            "torch.LongStorage": "<i8",
        }
        return known.get(f"{module}.{name}") or _refuse(f"{module}.{name}")

    def persistent_load(self, saved: tuple[str, str, str, str, int, None]) -> np.ndarray:
        what, numbers, key, _, length, part = saved
        if what != "storage" or part is not None:
            _refuse(repr(saved))
        return self.storages.setdefault(key, np.empty(length, numbers))


def _tensor(storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> np.ndarray:
    """A view of a storage; only tensors that lie in it row by row are known."""
    if strides != tuple(math.prod(shape[i + 1 :]) for i in range(len(shape))):
        _refuse(f"strides {strides} for the shape {shape}")
    return storage[offset : offset + math.prod(shape)].reshape(shape)


def _fill(file: io.BytesIO, storage: np.ndarray) -> None:
    (length,) = np.frombuffer(file.read(8), "<i8")
    if length != len(storage):
        _refuse(f"{length} numbers where {len(storage)} were announced")
    storage[:] = np.frombuffer(file.read(storage.nbytes), storage.dtype)


def _unpickle(file: io.BytesIO) -> Any:
    return _TensorsOnly(file).load()


def _refuse(received: str) -> NoReturn:
    sys.exit(f"The .pth file should hold a dictionary of tensors in torch's form before 1.6. Received: {received}.")
