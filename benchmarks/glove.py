"""GloVe, Rotten Tomatoes sentences: our runner and worker against plain Keras with `fit`.

Ours goes the app's way, in a warm worker with one thread an operation and two operations at once. The notebook's way is
a stock Embedding with GloVe's vectors, frozen, in front of the same layers: `fit` on the same padded ids with
validation, in this process with as many threads as TensorFlow likes. The two take turns and never run at the same time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks.report import Comparison, Report
from benchmarks.warm import WarmLab
from core import scenarios
from core.home import VARIABLE

EPOCHS, ARTICLE_EPOCHS = 12, 3
AVERAGED: dict[str, Any] = {"scenario": "glove"}
ARTICLE: dict[str, Any] = {"scenario": "glove", "network": "article", "length": 100, "examples": 1_000}
ASKED = {"averaged": 10, "lstm": 1}
NOTE = (
    "An epoch with the embedding frozen, the median of those after the first, in which graphs are made. averaged: "
    f"6,824 sentences of 50 words. lstm: the article's network on {ARTICLE['examples']:,} sentences of 100 words, "
    f"{ARTICLE_EPOCHS} epochs a repeat; ours measures the training loss at the epoch's end, which takes it a forward "
    "pass more, and so there the notebook's side evaluates it too."
)


def measure(repeats: int) -> Report:
    """Train both ways in turn, this many times each."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        ours = Ours()
        try:
            return Report("glove", _compare(repeats, ours), notes=(NOTE,))
        finally:
            ours.close()


def _compare(repeats: int, ours: Ours) -> list[Comparison]:
    ways: dict[str, Callable[[], float]] = {
        "averaged": lambda: ours.epoch({**AVERAGED, "epochs": EPOCHS}),
        "averaged_fit": lambda: fitted_epoch(AVERAGED, EPOCHS, evaluates=False),
        "lstm": lambda: ours.epoch({**ARTICLE, "epochs": ARTICLE_EPOCHS}),
        "lstm_fit": lambda: fitted_epoch(ARTICLE, ARTICLE_EPOCHS, evaluates=True),
    }
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        for name, run in ways.items():
            seconds[name].append(run())
    return [Comparison(name, seconds[name], seconds[f"{name}_fit"], asked) for name, asked in ASKED.items()]


class Ours(WarmLab):
    """The app's way, with one warm worker."""

    def __init__(self) -> None:
        super().__init__("glove")

    def epoch(self, values: dict[str, Any]) -> float:
        """A steady epoch."""
        return float(median(np.diff(self.train(values))))


def fitted_epoch(values: dict[str, Any], epochs: int, evaluates: bool) -> float:
    """A steady epoch of plain Keras on the same sentences, from the same beginning; with the training loss measured at
    its end where it ``evaluates``."""
    import keras

    spec = scenarios.parse({**values, "epochs": epochs})
    scenario = scenarios.get(spec.scenario)
    data, model = scenario.load(spec), scenario.build(spec)
    model.get_layer("embedding").trainable = False
    model.compile(keras.optimizers.Adam(spec.learning_rate), "binary_crossentropy", metrics=["accuracy"])
    ends: list[float] = []

    def end(epoch: int, logs: Any) -> None:
        if evaluates:
            model.evaluate(data.x_train, data.y_train, spec.batch_size, verbose=0)
        ends.append(time.perf_counter())

    noted = keras.callbacks.LambdaCallback(on_epoch_end=end)
    model.fit(data.x_train, data.y_train, spec.batch_size, epochs, validation_data=(data.x_val, data.y_val),
              verbose=0, callbacks=[noted])  # fmt: skip
    return float(median(np.diff(ends)))
