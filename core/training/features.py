"""Features kept on disk: what frozen layers make of the same pictures is computed once on this computer.

A file's name is made of all it depends on: the layers, their weights, the rows and the release of Keras. What does not
match is never found, and what cannot be read is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.home import home
from core.scenarios.base import Drawn, Tell
from core.sources.own_sets import FORM
from core.training.prefix import features
from core.words import mark

LOG = logging.getLogger(__name__)
VERSION = 1
MOST_BYTES = 2 * 2**30
"""All files together; the ones longest unused are thrown out."""
SHARE = 4
"""A draw of every fourth row is worth computing all of them: those of the next run are there then."""
PARTS = 8
"""Parts in which pictures go through, for the progress that is told."""
AT_ONCE = 32
"""Pictures in one call: what comes between two layers stays in the processor's cache."""
LEFT_BEHIND_SECONDS = 3600
"""From this age on a part of a file is the rest of a process that was killed."""


def kept_features(
    layers: Sequence[keras.Layer], parts: Sequence[Any], tell: Tell, drawn: Drawn | None = None, data: str = "builtin"
) -> list[Any]:
    """What the layers make of each part's rows. Of pictures it comes from disk where it was computed before; other rows
    take a moment and are never kept.

    The first part may be ``drawn`` from more rows: then all of these are computed once and serve every draw, as soon as
    a draw takes a good share of them. A row's numbers do not hang on the rows it is computed with (held by a test).
    Where the ``data`` are somebody's own, the files' names begin with their digest: who deletes them deletes these too.
    """
    layers = tuple(layers)
    if not layers or any(rows.ndim != 4 for rows in parts):
        return [features(layers, rows) for rows in parts]
    key = _layers_key(layers)
    whose = f"{data.rpartition(':')[2]}-" if FORM.fullmatch(data) else ""
    paths = [_path(rows, key, whose) for rows in (drawn.whole if drawn is not None else parts[0], *parts[1:])]
    if drawn is not None and (len(drawn.rows) * SHARE >= len(drawn.whole) or paths[0].is_file()):
        parts = [drawn.whole, *parts[1:]]
    elif drawn is not None:
        drawn, paths[0] = None, _path(parts[0], key, whose)
    total = sum(len(rows) for rows in parts)
    found, done = [], 0
    for rows, path in zip(parts, paths, strict=True):
        found.append(_kept(layers, rows, path, partial(_tell_more, tell, total, done)))
        done += len(rows)
    _throw_out_old()
    return [found[0][drawn.rows], *found[1:]] if drawn is not None else found


def _tell_more(tell: Tell, total: int, before: int, done: int) -> None:
    tell(mark("reading pictures"), before + done, total)


@lru_cache(maxsize=1)
def _graph(layers: tuple[keras.Layer, ...]) -> Any:
    """The layers as one graph, in inference mode, made at its first call (0.7 s): it reads 900 pictures a second where
    a call of each layer by itself reads 350."""
    rows = tf.TensorSpec(layers[0].input.shape, layers[0].input.dtype)
    return tf.function(lambda x: _forward(layers, x), input_signature=[rows], autograph=False)


def _forward(layers: tuple[keras.Layer, ...], rows: Any) -> Any:
    for layer in layers:
        rows = layer(rows, training=False)
    return rows


def _path(rows: np.ndarray, key: str, whose: str) -> Path:
    """The file of what certain layers make of certain rows."""
    rows = np.ascontiguousarray(rows)
    return _folder() / f"{whose}{_digest(key.encode(), str(rows.shape).encode(), rows.data)}.npy"


def _kept(layers: tuple[keras.Layer, ...], rows: np.ndarray, path: Path, tell: Callable[[int], None]) -> np.ndarray:
    kept = _read(path, (len(rows), *layers[-1].output.shape[1:]))
    if kept is None:
        kept = np.concatenate(list(_computed(_graph(layers), rows, tell)))
        _write(path, kept)
    return kept


def _computed(graph: Any, rows: np.ndarray, tell: Callable[[int], None]) -> Iterator[np.ndarray]:
    telling = AT_ONCE * -(-len(rows) // (PARTS * AT_ONCE))
    for start in range(0, len(rows), AT_ONCE):
        if start % telling == 0:
            tell(start)
        yield graph(rows[start : start + AT_ONCE]).numpy()


def _layers_key(layers: Sequence[keras.Layer]) -> str:
    # Not the layers' whole configurations: Keras counts the inputs of models up, and no name would be found again.
    about = json.dumps([VERSION, keras.__version__, [(la.name, type(la).__name__, la.output.shape) for la in layers]])
    weights = [np.ascontiguousarray(np.asarray(w)).data for layer in layers for w in layer.weights]
    return _digest(about.encode(), *weights)


def _digest(*parts: Any) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:32]


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        with path.open("rb") as file:
            kept = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, MemoryError) as error:
        LOG.warning("features in %s cannot be read and are computed anew (%s)", path.name, error)
        return None
    if kept.shape != shape or kept.dtype != np.float32:
        LOG.warning("features in %s are of another form and are computed anew", path.name)
        return None
    with contextlib.suppress(OSError):  # another process may have thrown it out, or the folder may be read only
        os.utime(path)  # used just now
    return np.asarray(kept)


def _write(path: Path, array: np.ndarray) -> None:
    """Whole or not at all. Only a convenience: a full disk is no reason to fail."""
    part = None
    try:
        path.parent.mkdir(exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.save(file, array)
        os.replace(part, path)
    except OSError as error:
        LOG.warning("features cannot be kept (%s)", error)
        if part:
            _remove(Path(part))


def _throw_out_old() -> None:
    total = 0
    for _, size, path in sorted(_files("*.npy"), reverse=True):
        total += size
        if total > MOST_BYTES:
            _remove(path)
    for written, _, path in _files("*.part"):
        if time.time() - written > LEFT_BEHIND_SECONDS:
            _remove(path)


def _files(pattern: str) -> list[tuple[float, int, Path]]:
    """When each was last used, its bytes, its path. One that another process has just thrown out is left out."""
    found = []
    for path in _folder().glob(pattern):
        with contextlib.suppress(OSError):
            about = path.stat()
            found.append((about.st_mtime, about.st_size, path))
    return found


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _folder() -> Path:
    return home() / "features"
