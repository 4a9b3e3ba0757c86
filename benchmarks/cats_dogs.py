"""Cats and dogs, 2,000 + 1,000 pictures of 128 px: our runner and workers against the Keras guide's transfer learning.

Ours goes the app's way, in a warm worker with one thread, its pictures enlarged beforehand. The guide's way keeps the
base in the graph, called in inference mode, and sends every picture through it in every epoch: `fit` on tf.data, in
this process with as many threads as TensorFlow likes, from the same pictures in memory. The two take turns and never
run at the same time.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.app import p95
from benchmarks.imdb import Timing
from benchmarks.report import Comparison, Figure, Report
from benchmarks.warm import WarmLab
from core import scenarios
from core.home import VARIABLE, home
from core.scenarios.cats_dogs import base_names
from core.sources.architectures import architecture
from core.sources.backbones import DEFAULT, DROPOUT, backbone
from core.sources.cats_dogs import load_cats_dogs
from core.sources.pictures import enlarge

EPOCHS, BATCH, SIZE = 20, 32, 128
CATS: dict[str, Any] = {"scenario": "cats_dogs", "size": SIZE, "batch_size": BATCH}
TUNED_EPOCHS, TUNED_RATE = 6, 1e-5
NOTEBOOK_EPOCHS = 3
"""A whole frozen run of the guide's way takes a minute; its epochs are alike, so three tell the rest."""
THIRD = 13
"""Blocks that stay frozen where the last third of the base is trained."""
ASKED = {"first": 10, "cached": 30, "finetune": 1.6}
FIGURES = {"first_press": 6, "later_press": 1, "photo": 1}
"""Seconds at most."""
WORKER_MEGABYTES, PHOTOS, PHOTO_EDGE = 2_000, 20, 224
NOTE = (
    f"first and cached: {EPOCHS} epochs with all of the base frozen, from nothing and with features on disk. The "
    f"guide's whole run is computed: its first epoch plus {EPOCHS - 1} times the median of the others "
    f"({NOTEBOOK_EPOCHS} epochs a repeat); building its model is left out, ours is in. finetune: an epoch with the "
    f"blocks after the first {THIRD} trained; reading the pictures and the first epoch, in which graphs are made, are "
    "left out of both. first_press and later_press: from submitting until the first epoch is in the store. photo: the "
    f"95th percentile of {PHOTOS} answers a repeat, verdict, heat and names; the first, which loads models, is not "
    "counted."
)


def measure(repeats: int) -> Report:
    """Train both ways in turn, this many times each."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        guide, ours = Guide(), Ours()
        try:
            comparisons = _compare(repeats, ours, guide)
            values = {name: median(samples) for name, samples in ours.presses.items()}
            values["photo"] = p95([s for _ in range(repeats) for s in ours.answer_photos()])
            figures = [Figure(name, values[name], "s", asked) for name, asked in FIGURES.items()]
            figures.append(Figure("worker", ours.megabytes, "MB", WORKER_MEGABYTES))
            return Report("cats_dogs", comparisons, figures, notes=(NOTE,))
        finally:
            ours.close()


def _compare(repeats: int, ours: Ours, guide: Guide) -> list[Comparison]:
    ways: dict[str, Callable[[], float]] = {
        "first": ours.first, "cached": ours.cached, "finetune": ours.finetune,
        "guide": guide.frozen, "guide_finetune": guide.finetune,
    }  # fmt: skip
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        for name, run in ways.items():
            seconds[name].append(run())
    guides = {"first": "guide", "cached": "guide", "finetune": "guide_finetune"}
    return [Comparison(name, seconds[name], seconds[guides[name]], asked) for name, asked in ASKED.items()]


class Ours(WarmLab):
    """The app's way, with one warm worker."""

    def __init__(self) -> None:
        super().__init__("cats_dogs")
        self.presses: dict[str, list[float]] = defaultdict(list)

    def first(self) -> float:
        """From submitting to finished, with no features on disk."""
        shutil.rmtree(home() / "features", ignore_errors=True)
        return self._press("first_press")

    def cached(self) -> float:
        """The same with the features that are there."""
        return self._press("later_press")

    def _press(self, name: str) -> float:
        began = time.perf_counter()
        moments = self.train({**CATS, "epochs": EPOCHS})
        seconds = time.perf_counter() - began
        self.presses[name].append(moments[0] - began)
        return seconds

    def answer_photos(self) -> list[float]:
        """Seconds of each answer about a photo that was not asked about before."""
        self.train({**CATS, "epochs": 1})
        question = {"about": "photo", "spec": scenarios.parse({**CATS, "epochs": 1}).flat(), "run": self.last_run}
        held_out, seconds = load_cats_dogs().validation.images, []
        for number in range(PHOTOS + 1):
            photo = _as_png(enlarge(held_out[number], PHOTO_EDGE))
            began = time.perf_counter()
            self.ask({**question, "photo": photo})
            seconds.append(time.perf_counter() - began)
        return seconds[1:]

    def finetune(self) -> float:
        """An epoch, the first one left out."""
        frozen = ",".join(base_names()[:THIRD])
        moments = self.train({**CATS, "frozen": frozen, "epochs": TUNED_EPOCHS, "learning_rate": TUNED_RATE})
        return float(median(np.diff(moments)))


class Guide:
    """The recipe of the Keras guide on transfer learning, with the shipped base, on the same pictures."""

    def __init__(self) -> None:
        spec = scenarios.parse(CATS)
        self._data = scenarios.get("cats_dogs").load(spec)

    def frozen(self) -> float:
        """A whole run, computed from a few epochs (see `NOTE`)."""
        timing = self._fit(frozen=len(base_names()), rate=0.001)
        return timing.whole

    def finetune(self) -> float:
        """An epoch with the last third trained."""
        return median(self._fit(frozen=THIRD, rate=TUNED_RATE).steady)

    def _fit(self, frozen: int, rate: float) -> Timing:
        import keras

        ends: list[float] = []
        noted = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
        model, (train, held_out) = _build(frozen, rate), self._sets()
        began = time.perf_counter()
        model.fit(train, epochs=NOTEBOOK_EPOCHS, validation_data=held_out, shuffle=False, verbose=0, callbacks=[noted])
        steady = np.diff(ends).tolist()
        return Timing(steady, ends[0] - began + (EPOCHS - 1) * median(steady))

    def _sets(self) -> tuple[Any, Any]:
        import tensorflow as tf

        rows = (self._data.x_train, self._data.y_train), (self._data.x_val, self._data.y_val)
        train, held_out = (tf.data.Dataset.from_tensor_slices(part).cache() for part in rows)
        return (train.shuffle(1_000).batch(BATCH).prefetch(tf.data.AUTOTUNE),
                held_out.batch(BATCH).prefetch(tf.data.AUTOTUNE))  # fmt: skip


def _build(frozen: int, rate: float) -> Any:
    """The functional model of the guide; so many blocks of the base are frozen, from the picture on."""
    import keras

    from core.models.weights import adopt
    from core.sources.shipped import shipped_weights

    network, shape = architecture(DEFAULT), (SIZE, SIZE, 3)
    base = keras.applications.MobileNetV2(input_shape=shape, include_top=False, weights=None, **network.arguments)
    adopt(base, shipped_weights(backbone(DEFAULT).asset))
    last = base.get_layer(network.blocks[frozen - 1].ends_at)
    for layer in base.layers[: base.layers.index(last) + 1]:
        layer.trainable = False
    inputs = keras.Input(shape)
    x = base(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs), training=False)
    x = keras.layers.Dropout(DROPOUT)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, keras.layers.Dense(1)(x))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=[keras.metrics.BinaryAccuracy()])
    return model


def _as_png(image: np.ndarray) -> str:
    """In base64, as a page sends it."""
    held = io.BytesIO()
    Image.fromarray(image).save(held, "PNG")
    return base64.b64encode(held.getvalue()).decode()
