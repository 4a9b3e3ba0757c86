"""Which training rows an epoch sees: always the same ones, or augmented passes that are extracted when they are due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from core import scenarios
from core.scenarios.base import Tell
from core.spec import RunSpec
from core.training.augment import augmented
from core.training.features import kept_features
from core.training.prefix import FEATURE_BUDGET, features


class Passes:
    """The training rows of each epoch. Pass j is extracted during epoch j and kept while all of them fit the budget."""

    def __init__(self, spec: RunSpec, x: Any, layers: Sequence[keras.Layer], tell: Tell) -> None:
        self._spec, self._x, self._layers, self._tell = spec, x, layers, tell
        self._count = scenarios.get(spec.scenario).passes(spec)
        self._kept: dict[int, np.ndarray] = {}

    def rows(self, epoch: int) -> np.ndarray | None:
        """The rows of an epoch (1 is the first); None where they are the ones every epoch has."""
        if self._count == 0:
            return None
        number = (epoch - 1) % self._count if self._count else epoch - 1
        if number not in self._kept:
            pictures = augmented(np.asarray(self._x), self._spec.seed, number)
            rows = self._features(pictures)
            if not self._count or self._count * rows.nbytes > FEATURE_BUDGET:
                self._kept.clear()
            self._kept[number] = rows
        return self._kept[number]

    def _features(self, pictures: np.ndarray) -> np.ndarray:
        if self._count is None:  # seen once and never again: not worth a file
            return np.asarray(features(tuple(self._layers), pictures))
        return np.asarray(kept_features(self._layers, (pictures,), self._tell, data=self._spec.data)[0])
