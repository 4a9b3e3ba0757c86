"""Where chosen words' vectors are as a run begins and after each of its epochs: kept in memory and in the checkpoint
while it trains, then written beside its weights."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.models.weights import read_arrays, write_arrays
from core.training.checkpoint import read_group

if TYPE_CHECKING:
    from core.scenarios import Scenario
    from core.spec import RunSpec

LOG = logging.getLogger(__name__)
FILE = "trail.npz"
GROUP = "trail"
"""Of the checkpoint."""


@dataclass(frozen=True)
class Trail:
    """``vectors`` (epochs + 1, words, numbers) float32: where ``words`` were as the run began and after each epoch. Of
    a frozen layer only the beginning is kept: it is there for good."""

    words: tuple[str, ...]
    vectors: np.ndarray
    is_frozen: bool

    def arrays(self) -> list[np.ndarray]:
        """All of it, for a file."""
        return [self.vectors, np.array(self.words), np.array(self.is_frozen)]


class Follower:
    """Follows words through a run; the training loop tells it of each epoch's end."""

    def __init__(self, words: Sequence[str], rows: Sequence[int], table: np.ndarray, place: int | None) -> None:
        """``rows`` are the words' in the ``table`` as the run begins; ``place`` is where the loop's values have the
        table, None where they do not: it is frozen."""
        self._words, self._rows, self._place = tuple(words), np.array(rows), place
        self._vectors: list[np.ndarray] | None = [table[self._rows]]

    def saw(self, values: Sequence[np.ndarray]) -> None:
        """Keep where the words are among an epoch's last values: a copy of some rows, in a few microseconds."""
        if self._vectors is not None and self._place is not None:
            self._vectors.append(values[self._place][self._rows])

    def arrays(self) -> list[np.ndarray]:
        """For a checkpoint; empty where the trail was lost."""
        found = self._trail()
        return found.arrays() if found else []

    def take_up(self, kept: Sequence[np.ndarray], epochs: int) -> None:
        """Go on from a checkpoint's arrays after so many epochs. From one that has none, or other words, the trail is
        lost: half of it would pass for the whole."""
        before, self._vectors = self._trail(), None
        found = _read(kept)
        if before is None or found is None or found.words != self._words:
            return
        moved = epochs if self._place is not None else 0
        if found.vectors.shape == (moved + 1, *before.vectors.shape[1:]):
            self._vectors = list(found.vectors)

    def write(self, folder: Path) -> None:
        """Leave the trail in a run's folder, whole or not at all."""
        if arrays := self.arrays():
            write_arrays(folder / FILE, {f"{GROUP}/{i}": array for i, array in enumerate(arrays)})

    def _trail(self) -> Trail | None:
        if self._vectors is None:
            return None
        return Trail(self._words, np.stack(self._vectors), self._place is None)


def follow(scenario: Scenario, spec: RunSpec, model: Any, variables: Sequence[Any]) -> Follower | None:
    """A follower of the words a scenario names, None where it names none; ``variables`` are those whose values it will
    be told."""
    words = scenario.followed_words(spec)
    if not words:
        return None
    table = model.get_layer(scenario.word_layer(spec)).weights[0]
    place = next((i for i, variable in enumerate(variables) if variable is table), None)
    return Follower(tuple(words), tuple(words.values()), np.asarray(table), place)


def read_trail(folder: Path) -> Trail | None:
    """The trail of a run that is over, or as far as its checkpoint goes where it waits or was broken off. None where
    there is none, or a damaged one."""
    try:
        if (folder / FILE).is_file():
            arrays = read_arrays(folder / FILE)
            return _read([arrays[f"{GROUP}/{i}"] for i in range(len(arrays))])
        return _read(read_group(folder, GROUP))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        LOG.warning("the trail of words in %s cannot be read (%s)", folder, error)
        return None


def _read(arrays: Sequence[np.ndarray]) -> Trail | None:
    if len(arrays) != 3 or arrays[0].ndim != 3 or arrays[0].shape[1] != len(arrays[1]):
        return None
    vectors, words, is_frozen = arrays
    return Trail(tuple(map(str, words)), vectors, bool(is_frozen))
