"""Trains recipes with `core.training.train` and writes down their curves, for tests that have no time to train."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recipes import RECIPES, Recipe, halves
from core import scenarios
from core.scenarios.base import Data, Scenario
from core.spec import RunSpec

DIGITS = 6
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def record_all(path: Path) -> None:
    """Train all recipes, once a seed, and write one curve a line: with TensorFlow as a worker has it, in a data folder
    that is thrown away."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRANSFER_LAB_HOME"] = folder
        from core.runs.worker import use_few_threads

        use_few_threads()
        _record(path)


def _record(path: Path) -> None:
    half = halves()
    lines = []
    for recipe in RECIPES:
        for seed in range(1, recipe.seeds + 1):
            lines.append(json.dumps({**record_one(recipe, seed), "half": half[recipe.name, seed]}))
            print(f"{recipe.name}/{seed}", flush=True)
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def record_one(recipe: Recipe, seed: int) -> dict[str, Any]:
    """One training as JSON: the recipe, its settings, how it ended, and its figures epoch by epoch."""
    from core.training.control import Control
    from core.training.train import Training

    spec = scenarios.parse({**recipe.values, "seed": seed})
    events: list[dict[str, Any]] = []
    with changed_rows(scenarios.get(spec.scenario), recipe, spec) as data:
        training = Training(spec, events.append, Control(), None)
        if recipe.fresh:
            anew = _draws(training.model, data[0], recipe, spec)
            training.emit = lambda event: events.append(anew(event))
        training.run()
    epochs = [e for e in events if e["event"] == "epoch"][recipe.burn_in :]
    curves = {name: [_short(e[name]) for e in epochs] for name in FIGURES}
    outcome = {k: events[-1][k] for k in ("best_epoch", "stopped_early", "restored_epoch", "diverged")}
    return {"recipe": recipe.name, "kind": recipe.kind, "disagree": recipe.disagree, "seed": seed,
            "values": dict(recipe.values), "outcome": None if recipe.burn_in or recipe.fresh else outcome,
            **curves}  # fmt: skip


@contextmanager
def changed_rows(scenario: Scenario, recipe: Recipe, spec: RunSpec) -> Iterator[list[Data]]:
    """The scenario loads the rows as the recipe would have them; they are in the list once they are loaded."""
    loaded: list[Data] = []
    load = scenario.load

    def load_changed(*given: Any) -> Data:
        data = load(*given)
        loaded.append(recipe.change(data, np.random.default_rng((spec.seed, 5))) if recipe.change else data)
        return loaded[0]

    scenario.load = load_changed  # type: ignore[assignment, method-assign]
    try:
        yield loaded
    finally:
        del scenario.load  # type: ignore[method-assign] # the class' own is there again


def _draws(model: Any, data: Data, recipe: Recipe, spec: RunSpec) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Gives an epoch the validation figures of rows drawn for it alone."""
    import keras
    import tensorflow as tf

    from core.training.loops import Part

    part = Part(model.layers, keras.optimizers.Adam(), scenarios.get(spec.scenario).loss_of(spec))
    sums = tf.function(part.sums)

    def anew(event: dict[str, Any]) -> dict[str, Any]:
        if event["event"] != "epoch":
            return event
        drawn = np.random.default_rng((spec.seed, event["epoch"])).permutation(len(data.y_val))[: recipe.fresh]
        rows = data.x_val[drawn]
        loss, right = sums(tf.constant(rows if isinstance(rows, np.ndarray) else rows.toarray()), data.y_val[drawn])
        return {**event, "val_loss": float(loss) / len(drawn), "val_accuracy": float(right) / len(drawn)}

    return anew


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
