"""IMDB, 40 epochs with 10,000 validation reviews: our runner and workers against the course's recipe.

Ours goes the app's way: Runner, worker process (one thread) and store, unpaced, the worker warm and its data prepared;
an epoch counts from one moment it stands in the store to the next. The notebook's way is `hub.KerasLayer` in tf_keras
under `fit`, in this process with as many threads as TensorFlow likes; tensorflow-hub takes tf_keras by itself where
Keras is 3, so both kinds live in one process. Its module holds our table under the real module's rule (see `spaces`).
The two take turns and never run at the same time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.report import Comparison, Report
from benchmarks.warm import WarmLab
from core.home import VARIABLE
from core.scenarios.imdb import TRAINING

EPOCHS, BATCH = 40, 512
NOTEBOOK_EPOCHS = 6
"""A whole run of the notebook takes 15 to 40 s; its epochs are alike, so six tell the rest."""
ASKED = {"trainable": 10, "frozen": 30, "trainable_run": 8, "frozen_run": 15}
NOTE = (
    f"The notebook's whole run is computed: its first epoch plus {EPOCHS - 1} times the median of the others "
    f"({NOTEBOOK_EPOCHS} epochs a repeat). Building its model is left out; ours is in."
)


@dataclass(frozen=True)
class Timing:
    """One run: each epoch after the first, and the whole, in seconds."""

    steady: Sequence[float]
    whole: float


def measure(repeats: int) -> Report:
    """Train both ways in turn, this many times each."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        ours = Ours()
        try:
            notebook = Notebook(Path(folder))
            comparisons = [pair for kind in ("trainable", "frozen") for pair in _compare(kind, repeats, ours, notebook)]
        finally:
            ours.close()
    return Report("imdb", comparisons, notes=(NOTE,))


def _compare(kind: str, repeats: int, ours: Ours, notebook: Notebook) -> list[Comparison]:
    ways: dict[str, Callable[[str], Timing]] = {"ours": ours.run, "notebook": notebook.run}
    timings: dict[str, list[Timing]] = defaultdict(list)
    for _ in range(repeats):
        for name, run in ways.items():
            timings[name].append(run(kind))
    steady = {name: [median(t.steady) for t in found] for name, found in timings.items()}
    whole = {name: [t.whole for t in found] for name, found in timings.items()}
    return [
        Comparison(kind, **steady, asked=ASKED[kind]),
        Comparison(f"{kind}_run", **whole, asked=ASKED[f"{kind}_run"]),
    ]


class Ours(WarmLab):
    """The app's way, with one warm worker."""

    def __init__(self) -> None:
        super().__init__("imdb")

    def run(self, kind: str) -> Timing:
        """From submitting to finished."""
        began = time.perf_counter()
        frozen = "embedding" if kind == "frozen" else "none"
        moments = self.train({"scenario": "imdb", "frozen": frozen, "epochs": EPOCHS, "batch_size": BATCH})
        return Timing(np.diff(moments).tolist(), time.perf_counter() - began)


class Notebook:
    """The course's recipe, on the same reviews in the same split, as strings."""

    def __init__(self, folder: Path) -> None:
        from benchmarks import spaces
        from core.sources.embedding import load_embedding
        from core.sources.reviews import read_csv, split_reviews

        texts, labels = read_csv()
        train, held_out = split_reviews(texts)
        strings = np.array([text.encode() for text in texts], dtype=object)
        self._train, self._held_out = ((strings[rows], labels[rows]) for rows in (train, held_out))
        embedding = load_embedding("news20-stand-in")
        self._module = spaces.export(embedding, folder)
        spaces.prove(self._module, embedding, texts[train[:100]].tolist())
        assert len(train) == TRAINING

    def run(self, kind: str) -> Timing:
        """`fit` on a model just built; what a whole run takes is computed (see `NOTE`)."""
        model = self._build(trainable=kind == "trainable")
        ends: list[float] = []
        began = time.perf_counter()
        model.fit(*self._train, epochs=NOTEBOOK_EPOCHS, batch_size=BATCH, validation_data=self._held_out, verbose=0,
                  callbacks=[_epoch_ends(ends)])  # fmt: skip
        steady = np.diff(ends).tolist()
        return Timing(steady, ends[0] - began + (EPOCHS - 1) * median(steady))

    def _build(self, trainable: bool) -> Any:
        import tensorflow as tf
        import tensorflow_hub as hub
        import tf_keras

        embedding = hub.KerasLayer(self._module, input_shape=[], dtype=tf.string, trainable=trainable)
        dense = tf_keras.layers.Dense
        model = tf_keras.Sequential([embedding, dense(16, activation="relu"), dense(1, activation="sigmoid")])
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        return model


def _epoch_ends(ends: list[float]) -> Any:
    import tf_keras

    return tf_keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
