"""A run's epochs as TensorBoard reads them, under the names that Keras' own callback gives them.

Written as TensorFlow writes records: the package tensorboard, which `tf.summary` asks for, is wanted for looking only.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import Summary
from tensorflow.core.util.event_pb2 import Event

from core.history import Epoch

FOLDER = "tensorboard"
VERSION = "brain.Event:2"
"""What every file of events begins with."""
FIGURES = {
    "train": {"epoch_loss": "loss", "epoch_accuracy": "accuracy"},
    "validation": {"epoch_loss": "val_loss", "epoch_accuracy": "val_accuracy"},
}


class Log:
    """Writes ``train`` and ``validation`` into the folder ``tensorboard`` of a run's: `tensorboard --logdir` shows them
    side by side, while the run goes on. A run that is taken up again adds a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._writers = {part: _begun(folder / FOLDER / part) for part in FIGURES}

    def write(self, epoch: Epoch) -> None:
        """Add an epoch; what is not a number is left out."""
        for part, figures in FIGURES.items():
            found = {name: getattr(epoch, field) for name, field in figures.items()}
            values = [Summary.Value(tag=name, simple_value=x) for name, x in found.items() if x is not None]
            if values:  # Keras counts epochs from 0
                _add(self._writers[part], step=epoch.epoch - 1, summary=Summary(value=values))

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def _begun(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    writer = tf.io.TFRecordWriter(str(folder / f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"))
    _add(writer, file_version=VERSION)
    return writer


def _add(writer: Any, **content: Any) -> None:
    writer.write(Event(wall_time=time.time(), **content).SerializeToString())
    writer.flush()
