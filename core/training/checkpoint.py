"""A run broken off and taken up: all that is needed to go on as if nothing had happened, in one atomic file."""

from __future__ import annotations

import json
import logging
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.models.weights import read_arrays, write_arrays

LOG = logging.getLogger(__name__)
FILE = "checkpoint.npz"


@dataclass(frozen=True)
class Checkpoint:
    """``epoch`` is the one in progress (1 is the first), ``batch`` the next of its batches. ``history`` holds the
    epochs already done: whoever kept them may have missed the last ones. ``groups`` are lists of arrays by name."""

    digest: str
    epoch: int
    batch: int
    counters: dict[str, Any]
    history: list[dict[str, Any]]
    groups: dict[str, list[np.ndarray]] = field(default_factory=dict)


def write_checkpoint(folder: Path, state: Checkpoint) -> None:
    """Write, whole or not at all."""
    about = {"digest": state.digest, "epoch": state.epoch, "batch": state.batch, "counters": state.counters,
             "history": state.history, "lengths": {k: len(v) for k, v in state.groups.items()}}  # fmt: skip
    arrays = {f"{name}/{i}": array for name, group in state.groups.items() for i, array in enumerate(group)}
    write_arrays(folder / FILE, {**arrays, "about": np.array(json.dumps(about))})


def read_checkpoint(folder: Path, digest: str) -> Checkpoint | None:
    """The checkpoint of a run with this spec, or None where there is none. A damaged file counts as none: the run then
    starts over, to the same curve."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = _unpack(read_arrays(path))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        LOG.warning("the checkpoint %s is damaged (%s); the run starts over", path, error)
        return None
    return found if found.digest == digest else None


def read_group(folder: Path, name: str) -> list[np.ndarray]:
    """One group of a checkpoint alone, whatever its spec; empty where there is none. The rest stays on disk.

    Raises:
        OSError, EOFError, ValueError, zipfile.BadZipFile: when the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        count = sum(key.startswith(f"{name}/") for key in archive.files)
        return [archive[f"{name}/{i}"] for i in range(count)]


def _unpack(arrays: dict[str, np.ndarray]) -> Checkpoint:
    about = json.loads(str(arrays.pop("about")))
    groups = {name: [arrays[f"{name}/{i}"] for i in range(n)] for name, n in about.pop("lengths").items()}
    return Checkpoint(**about, groups=groups)


def drop_checkpoint(folder: Path) -> None:
    """Remove it: the run is over."""
    (folder / FILE).unlink(missing_ok=True)
