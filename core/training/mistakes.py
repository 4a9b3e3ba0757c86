"""Mistakes made on purpose in the rows a run trains on: wrong labels, or validation that is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.scenarios import Data
from core.scenarios.mistakes import SHUFFLED, TRAINING, mistake_of
from core.spec import RunSpec

SALT = int.from_bytes(b"labels")
"""Keeps the order of the labels apart from the order of the examples: both hang on the run's seed."""


def spoil(data: Data, spec: RunSpec) -> Data:
    """The rows as a run with this mistake sees them; as they are where it makes none, or one elsewhere.

    Shuffled labels: all training labels dealt out anew (Zhang et al. 2017, "Understanding deep learning requires
    rethinking generalization"); validation labels stay. Training as validation: the very same rows measured twice.
    """
    mistake = mistake_of(spec)
    if mistake == SHUFFLED:
        order = np.random.default_rng((spec.seed, SALT)).permutation(len(data.y_train))
        return replace(data, y_train=data.y_train[order])
    if mistake == TRAINING:
        return replace(data, x_val=data.x_train, y_val=data.y_train)
    return data
