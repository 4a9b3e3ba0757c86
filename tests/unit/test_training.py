"""What training promises: frozen is frozen, the same spec is the same curve, and no shortcut shows in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.assets import build_iris
from core.models.weights import read_arrays, run_folder, run_weights, write_arrays
from core.training import loops, prefix
from core.training import train as train_module
from core.training.control import Control

PARENT = "00000000000000aa"
CASES: list[tuple[str, dict[str, Any]]] = [
    ("iris", {"task": "source", "epochs": 3}),
    ("iris", {"task": "flowers", "epochs": 3, "frozen": "dense_50,dense_25"}),
    ("iris", {"task": "third_species", "epochs": 3, "frozen": "dense_25"}),
    ("iris", {"task": "third_species", "epochs": 3, "frozen": "third"}),
    ("imdb", {"epochs": 2, "examples": 150, "batch_size": 64, "frozen": "none"}),
    ("imdb", {"epochs": 2, "examples": 150, "batch_size": 64, "frozen": "embedding"}),
    ("imdb", {"epochs": 2, "examples": 150, "batch_size": 64, "frozen": "hidden"}),
    ("imdb", {"epochs": 2, "examples": 150, "batch_size": 64, "frozen": "embedding,output", "start": "random"}),
]


def losses(curve: list[tuple[Any, ...]]) -> np.ndarray:
    return np.array([row[1:5] for row in curve], float)


@pytest.mark.parametrize(("scenario", "values"), CASES, ids=str)
def test_frozen_layers_keep_their_weights_to_the_bit_and_others_move(
    scenario: str, values: dict[str, Any], spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec(scenario, **values)
    result = train(chosen)
    for name, before in result.before.items():
        layer = name.split("/")[0]
        assert np.array_equal(before, result.after[name]) == (layer in chosen.frozen), name
    for *_, moved in result.curve:
        assert {layer for layer, distance in moved if distance == 0} == set(chosen.frozen)


def test_moved_is_the_relative_distance_from_the_beginning(spec: Callable[..., Any], train: Callable[..., Any]) -> None:
    result = train(spec("iris", task="source", epochs=2))
    for layer, distance in result.curve[-1][5]:
        before, after = (
            np.concatenate([w[f"{layer}/{i}"].ravel() for i in range(2)]).astype(float)
            for w in (result.before, result.after)
        )
        assert distance == pytest.approx(np.linalg.norm(after - before) / np.linalg.norm(before), rel=1e-5)


@pytest.mark.parametrize(("scenario", "values"), CASES, ids=str)
def test_the_same_spec_gives_the_same_curve_to_the_last_bit(
    scenario: str, values: dict[str, Any], spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    first, again = (train(spec(scenario, **values)) for _ in range(2))
    assert first.curve == again.curve
    assert all(np.array_equal(a, again.after[name]) for name, a in first.after.items())


@pytest.mark.parametrize("scenario", ["iris", "imdb"])
def test_another_seed_gives_another_curve(scenario: str, spec: Callable[..., Any], train: Callable[..., Any]) -> None:
    few = {"examples": 150} if scenario == "imdb" else {"task": "source"}
    assert train(spec(scenario, epochs=1, **few)).curve != train(spec(scenario, epochs=1, seed=2, **few)).curve


@pytest.mark.parametrize(("scenario", "values"), [CASES[0], CASES[4], CASES[5]], ids=str)
def test_how_often_the_control_is_asked_does_not_show(
    scenario: str,
    values: dict[str, Any],
    spec: Callable[..., Any],
    train: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    curves = []
    for seconds in (0.0, 100.0):
        monkeypatch.setattr(loops, "CHUNK_SECONDS", seconds)
        curves.append(train(spec(scenario, **{**values, "batch_size": 16})).curve)
    assert curves[0] == curves[1]


@pytest.mark.parametrize(("scenario", "values"), [CASES[1], CASES[5]], ids=str)
def test_features_computed_once_give_the_curve_of_the_whole_graph(
    scenario: str,
    values: dict[str, Any],
    spec: Callable[..., Any],
    train: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    once = train(spec(scenario, **values))
    assert once.events[0]["cached"]
    monkeypatch.setattr(train_module, "cut", partial(prefix.cut, budget=0))
    whole = train(spec(scenario, **values))
    assert whole.events[0]["cached"] == ""
    assert np.allclose(losses(once.curve), losses(whole.curve), atol=1e-6, rtol=0)


def test_the_cut_is_the_deepest_that_fits_the_budget(spec: Callable[..., Any]) -> None:
    chosen = spec("iris", task="flowers")
    model = train_module.build_model(chosen)
    train_module.freeze(model, chosen.frozen)
    names = [prefix.cut(model, rows=100, budget=b).names for b in (4 * 100 * 50, 4 * 100 * 25, 4 * 100 * 25 - 1)]
    assert names == [["dense_50", "dense_25"], ["dense_50", "dense_25"], []]


@pytest.mark.parametrize(("scenario", "values"), [CASES[0], CASES[4]], ids=str)
def test_a_stopped_run_is_an_exact_prefix(
    scenario: str, values: dict[str, Any], spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec(scenario, **{**values, "epochs": 6})
    control = Control()
    stopped = train(chosen, control, watch=lambda e: control.stop() if e.get("epoch") == 2 else None)
    assert stopped.curve == train(chosen).curve[:2]
    assert stopped.outcome.stopped_by_hand
    assert not stopped.outcome.stopped_early


def test_a_run_stopped_inside_an_epoch_keeps_the_weights_of_the_last_whole_one(
    spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "CHUNK_SECONDS", 0.0)

    class StopsInside(Control):
        looks = 0

        def hold(self, on_pause: Any, on_resume: Any) -> None:
            self.looks += 1
            if self.looks == 7:  # four batches an epoch: inside the second
                self.stop()

    one, stopped = train(spec("iris", task="source", epochs=1)), train(spec("iris", task="source"), StopsInside())
    assert stopped.curve == one.curve
    assert all(np.array_equal(w, stopped.after[name]) for name, w in one.after.items())


def test_figures_are_those_of_keras_at_the_end_of_the_epoch(
    spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    from core import scenarios

    chosen = spec("iris", task="source", epochs=2)
    result = train(chosen)
    model = train_module.build_model(chosen)
    model.set_weights(list(result.after.values()))
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    data = scenarios.get("iris").load(chosen)
    expected = [
        *model.evaluate(data.x_train, data.y_train, verbose=0),
        *model.evaluate(data.x_val, data.y_val, verbose=0),
    ]
    assert losses(result.curve)[-1] == pytest.approx(expected, abs=1e-6)


def test_a_run_that_diverges_says_so_and_ends(
    own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    huge = {name: np.full_like(w, 1e30) for name, w in train(spec("iris", task="source", epochs=1)).after.items()}
    write_arrays(run_folder(PARENT) / "weights.npz", huge)
    result = train(spec("iris", task="source", epochs=5, start=f"run:{PARENT}"))
    [epoch] = [e for e in result.events if e["event"] == "epoch"]
    assert epoch["diverged"]
    assert epoch["loss"] is None
    assert epoch["val_loss"] is None
    assert result.outcome.diverged
    assert result.outcome.best_epoch is None


def test_the_highest_learning_rate_gives_numbers_or_says_that_it_diverged(
    spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    result = train(spec("iris", task="source", epochs=20, learning_rate=10))
    for epoch in (e for e in result.events if e["event"] == "epoch"):
        assert (epoch["loss"] is None) == bool(epoch.get("diverged"))
        assert epoch["loss"] is None or math.isfinite(epoch["loss"])


def test_a_child_starts_from_its_parents_weights(
    own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    parent = train(spec("iris", task="source", epochs=2), folder=run_folder(PARENT))
    same = train(spec("iris", task="source", epochs=1, start=f"run:{PARENT}"))
    assert all(np.array_equal(w, same.before[name]) for name, w in parent.after.items())
    extended = train(spec("iris", task="flowers", epochs=1, start=f"run:{PARENT}"))
    for name in ("dense_50/0", "dense_50/1", "dense_25/0", "dense_25/1"):
        assert np.array_equal(parent.after[name], extended.before[name])


def test_the_weights_left_behind_are_those_trained(
    own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    result = train(spec("iris", task="source", epochs=2), folder=run_folder(PARENT))
    left = run_weights(PARENT)
    assert left.keys() == result.after.keys()
    assert all(np.array_equal(w, left[name]) for name, w in result.after.items())


def test_the_iris_source_reaches_the_reference(spec: Callable[..., Any], train: Callable[..., Any]) -> None:
    curve = losses(train(spec("iris", task="source", epochs=100)).curve)
    assert curve[-1, 0] == pytest.approx(0.09, abs=0.03)
    assert curve[-1, 1] >= 0.95
    assert curve[9, 0] > 0.4


@pytest.mark.slow
@pytest.mark.parametrize(("source", "species"), [("iris-three-species", 3), ("iris-two-species", 2)])
def test_shipped_iris_weights_are_what_their_recipe_makes(source: str, species: int) -> None:
    made = build_iris.source_weights(species)
    shipped = read_arrays(build_iris.ASSETS / f"{source.replace('-', '_')}.npz")
    assert made.keys() == shipped.keys()
    assert all(np.allclose(w, shipped[name], atol=1e-4) for name, w in made.items())


def test_the_recipe_of_the_shipped_weights_gives_the_same_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_iris, "EPOCHS", 3)
    first, again = (build_iris.source_weights(2) for _ in range(2))
    assert all(np.array_equal(w, again[name]) for name, w in first.items())
