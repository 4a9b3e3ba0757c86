"""Mistakes made on purpose: each is what it says, no more, and a run without one is as it always was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core import experiments, scenarios
from core.errors import InvalidSettings
from core.experiments import Result
from core.experiments.mistake import BAD, GOOD
from core.experiments.slips import SLIPS, gallery
from core.history import Epoch
from core.models.scaling import KINDS, scaling, wrong_scaling
from core.scenarios.mistakes import LABELS, half_frozen, last_frozen_epoch, one_row_off, said
from core.spec import RunSpec
from core.training.mistakes import spoil
from core.training.train import build_model

SETTINGS: list[dict[str, Any]] = [
    {"scenario": "iris", "seed": 5},
    {"scenario": "iris", "task": "source"},
    {"scenario": "iris", "task": "third_species"},
    {"scenario": "imdb", "seed": 7},
    {"scenario": "imdb", "source": "universal-sentence-encoder"},
    {"scenario": "cats_dogs", "seed": 9},
    {"scenario": "cats_dogs", "backbone": "small_cnn"},
    {"scenario": "glove", "network": "article"},
]
APPLY = {
    "iris": {"rate", "input", "labels", "recompile", "validation"},
    "imdb": {"rate", "input", "labels", "recompile", "validation"},
    "glove": {"rate", "input", "labels", "recompile", "validation"},
    "cats_dogs": {"rate", "unfrozen", "batch_norm", "input", "labels", "validation"},
}
HALF = {"per_species": 3, "frozen": "none", "epochs": 4, "learning_rate": 0.01}


@pytest.mark.parametrize("values", SETTINGS, ids=str)
def test_each_slip_has_two_settings_that_differ_in_the_mistake_alone(values: dict[str, Any]) -> None:
    setting = scenarios.parse(values)
    shown = gallery(setting)
    assert [slip.id for slip, _, _ in shown] == list(SLIPS)
    expected = APPLY[setting.scenario] - ({"input", "recompile"} if values.get("task") == "source" else set())
    assert {slip.id for slip, applies, _ in shown if applies} == expected
    assert all(bool(reason) != applies for _, applies, reason in shown)
    for slip in (slip for slip, applies, _ in shown if applies):
        sides = slip.settings(setting)
        assert sides is not None
        good, bad = map(scenarios.parse, sides)
        differ = {name for name, value in bad.flat().items() if good.flat()[name] != value}
        assert len(differ) == 1 and differ <= {"learning_rate", "frozen", "batch_norm", "mistake"}, slip.id
        assert good.seed == bad.seed == setting.seed and good.scenario == setting.scenario
        assert good.options["mistake"] in {"none", "recompiled"}


def test_an_experiment_plans_both_sides_and_refuses_what_does_not_apply() -> None:
    setting = scenarios.parse({"scenario": "iris"}).flat()
    made = experiments.parse({"kind": "mistake", "setting": setting, "mistake": "rate", "seeds": "1,2"})
    planned = experiments.plan(made)
    assert [(t.arm, t.spec.seed) for t in planned] == [(GOOD, 1), (BAD, 1), (GOOD, 2), (BAD, 2)]
    assert planned[1].spec.learning_rate == 100 * planned[0].spec.learning_rate
    with pytest.raises(InvalidSettings, match="no batch norm"):
        experiments.parse({"kind": "mistake", "setting": setting, "mistake": "batch_norm"})
    with pytest.raises(InvalidSettings, match="rate, input, labels"):
        experiments.parse({"kind": "mistake", "setting": setting, "mistake": "typo"})


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_every_scenario_declares_its_mistakes_and_makes_none_unasked(scenario: str) -> None:
    declared = scenarios.get(scenario)
    option = next(o for o in declared.options if o.name == "mistake")
    assert option.default == "none"
    assert {"shuffled_labels", "training_as_validation", "wrong_input"} < set(option.choices)
    assert set(option.choices) <= {*LABELS, "wrong_input"}
    plain = scenarios.parse({"scenario": scenario})
    assert said(declared, plain) == ""
    wrong = scenarios.parse({"scenario": scenario, "mistake": "shuffled_labels"})
    assert said(declared, wrong) == "made with a mistake: shuffled labels"
    assert wrong.digest() != plain.digest()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"scenario": "iris", "mistake": "wrong_input", "start": "random"}, "Random weights"),
        ({"scenario": "iris", "mistake": "no_recompile", "frozen": "base"}, "No layer of the base"),
        ({"scenario": "iris", "mistake": "recompiled", "frozen": "none", "epochs": 1}, "two epochs"),
        ({"scenario": "cats_dogs", "mistake": "no_recompile"}, "one of"),
        ({"scenario": "imdb", "mistake": "wrong_input", "source": "universal-sentence-encoder"}, "prepares its input"),
    ],
    ids=str,
)
def test_a_mistake_that_cannot_be_made_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidSettings, match=says) as raised:
        scenarios.parse(values)
    assert [p.field for p in raised.value.problems] == ["mistake"]


def test_shuffled_labels_are_the_same_labels_dealt_out_anew_and_nothing_else(spec: Callable[..., RunSpec]) -> None:
    given = {"task": "third_species", "examples": 60}
    data = scenarios.get("iris").load(spec("iris", **given))
    first, again, other = (
        spoil(data, spec("iris", **given, mistake="shuffled_labels", seed=seed)) for seed in (1, 1, 2)
    )
    assert (first.y_train == again.y_train).all()
    assert not (first.y_train == other.y_train).all() and not (first.y_train == data.y_train).all()
    assert sorted(first.y_train.argmax(1)) == sorted(data.y_train.argmax(1))
    assert first.x_train is data.x_train and first.x_val is data.x_val and first.y_val is data.y_val
    assert spoil(data, spec("iris", **given)) is data


def test_validated_on_training_data_both_figures_are_one_and_the_weights_are_those_of_the_honest_run(
    spec: Callable[..., RunSpec], train: Callable[..., Any]
) -> None:
    given = {"frozen": "none", "epochs": 4, "per_species": 3}
    honest, fooled = (train(spec("iris", **given, mistake=m)) for m in ("none", "training_as_validation"))
    for _, loss, accuracy, val_loss, val_accuracy, _ in fooled.curve:
        assert loss == pytest.approx(val_loss, abs=1e-6) and accuracy == val_accuracy
    assert [row[:3] + row[5:] for row in fooled.curve] == [row[:3] + row[5:] for row in honest.curve]
    assert [row[3] for row in fooled.curve] != [row[3] for row in honest.curve]
    assert all((honest.after[name] == fooled.after[name]).all() for name in honest.after)


def test_wrong_input_in_metres_is_the_good_network_on_a_hundredth(spec: Callable[..., RunSpec]) -> None:
    good, wrong = (build_model(spec("iris", mistake=m)) for m in ("none", "wrong_input"))
    rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]], np.float32)
    assert np.allclose(wrong(rows), good(rows / 100), atol=1e-6)
    assert not np.allclose(wrong(rows), good(rows), atol=1e-2)
    assert [type(la).__module__.split(".")[0] for la in wrong.layers] == ["keras"] * 4


def test_words_one_row_off_have_the_vector_of_the_word_before(spec: Callable[..., RunSpec]) -> None:
    good, wrong = (
        np.asarray(build_model(spec("glove", mistake=m)).layers[0].weights[0]) for m in ("none", "wrong_input")
    )
    assert (wrong[1:] == good[:-1]).all() and not wrong[0].any()
    assert (one_row_off(good) == wrong).all() and not (wrong == good).all()


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_scaling_gives_another_range_under_another_name(kind: str) -> None:
    pictures = np.linspace(0, 255, 2 * 4 * 4 * 3).reshape(2, 4, 4, 3).astype(np.float32)
    right, wrong = scaling(kind, 4), wrong_scaling(kind)
    assert np.abs(np.asarray(right(pictures)) - np.asarray(wrong(pictures))).max() > 100
    assert wrong.name != right.name, "features on disk are found by names"


@pytest.mark.parametrize("mistake", ["none", "wrong_input"])
@pytest.mark.parametrize("scenario", ["iris", "glove", "cats_dogs"])
def test_layers_declared_with_wrong_input_are_those_that_are_built(scenario: str, mistake: str) -> None:
    spec = scenarios.parse(
        {"scenario": scenario, "mistake": mistake, **({"size": 96} if scenario == "cats_dogs" else {})}
    )
    assert [la.name for la in scenarios.get(scenario).layers(spec)] == [la.name for la in build_model(spec).layers]


@pytest.fixture(scope="module")
def halves(train: Callable[..., Any], spec: Callable[..., RunSpec]) -> dict[str, Any]:
    """The same run, unfrozen half-way, by whether it is compiled again; and with the base frozen throughout."""
    ways = {m: train(spec("iris", **HALF, mistake=m)) for m in ("no_recompile", "recompiled")}
    return {**ways, "frozen": train(spec("iris", **{**HALF, "frozen": "base"}))}


def test_not_compiled_again_the_base_says_trainable_and_stays_bit_for_bit(halves: dict[str, Any]) -> None:
    run = halves["no_recompile"]
    assert run.events[0]["parameters"]["trainable"] == run.events[0]["parameters"]["total"]
    for name in ("dense_50", "dense_25"):
        assert [row[5] for row in run.curve] and all(dict(row[5])[name] == 0 for row in run.curve)
        assert all((run.before[f"{name}/{i}"] == run.after[f"{name}/{i}"]).all() for i in (0, 1))
    assert all(dict(row[5])["flowers"] > 0 for row in run.curve)


def test_compiled_again_the_base_moves_from_half_way_on(halves: dict[str, Any]) -> None:
    moved = [dict(row[5])["dense_50"] for row in halves["recompiled"].curve]
    assert moved[: last_frozen_epoch(4)] == [0, 0] and all(m > 0 for m in moved[last_frozen_epoch(4) :])
    assert halves["recompiled"].curve[:2] == halves["no_recompile"].curve[:2]


def test_not_compiled_again_is_the_run_with_the_base_frozen_throughout(halves: dict[str, Any]) -> None:
    ours, theirs = ([row[1:5] for row in halves[m].curve] for m in ("no_recompile", "frozen"))
    assert np.allclose(ours, theirs, atol=1e-5, rtol=0)


def test_a_run_unfrozen_half_way_gives_its_curve_again(
    halves: dict[str, Any], train: Callable[..., Any], spec: Callable[..., RunSpec]
) -> None:
    for mistake in ("no_recompile", "recompiled"):
        assert train(spec("iris", **HALF, mistake=mistake)).curve == halves[mistake].curve


def test_a_batch_of_a_new_shape_makes_keras_see_the_change_and_raise() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 4)).astype(np.float32), rng.normal(size=(64, 1)).astype(np.float32)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    model.fit(x, y, 32, verbose=0)
    model.layers[0].trainable = True
    before = model.layers[0].get_weights()[0]
    model.fit(x, y, 32, verbose=0)
    assert (model.layers[0].get_weights()[0] == before).all()
    with pytest.raises(ValueError, match="Unknown variable"):
        model.fit(x[:40], y[:40], 32, verbose=0)


def test_only_the_trainable_layers_of_the_base_are_unfrozen_half_way() -> None:
    spec = scenarios.parse({"scenario": "iris", "frozen": "dense_50", "mistake": "no_recompile"})
    assert half_frozen(scenarios.get("iris"), spec) == ("dense_25",)


def results(mistake: str, good: dict[str, Any], bad: dict[str, Any], scenario: str = "iris") -> str:
    """The sentence about two made-up results; each gives val accuracy, last epoch's figures and what moved."""
    setting = scenarios.parse({"scenario": scenario}).flat()
    made = experiments.parse({"kind": "mistake", "setting": setting, "mistake": mistake})
    plain = Result(experiments.plan(made)[0], "0" * 16, "finished", 0.5, 0.9, 3, 5, validated=1_000)
    last = Epoch(5, 0.1, 0.99, 0.6, 0.88, 0.1)
    known = []
    for trial, about in zip(experiments.plan(made), (good, bad), strict=True):
        end = replace(last, **about.pop("last", {}))
        known.append(replace(plain, trial=trial, last=end, **about))
    assert experiments.conclude(made, known[:1]).sentence == ""
    return experiments.conclude(made, known).sentence


def test_conclusions_say_what_the_figures_say() -> None:
    assert "costs 40.0 points" in results("rate", {}, {"val_accuracy": 0.5})
    assert "Loss tells it" in results("rate", {}, {"last": {"val_loss": 3.0}})
    assert "no harm" in results("rate", {}, {})
    assert "diverged" in results("rate", {}, {"diverged": True})
    assert "guessing gives 25%" in results("labels", {}, {"last": {"val_accuracy": 0.26}})
    assert "weight for weight" in results("validation", {}, {"last": {"val_accuracy": 1.0}})
    moved = {"dense_50": 0.3, "dense_25": 0.2}
    assert "exactly 0" in results("recompile", {"moved": moved}, {"moved": dict.fromkeys(moved, 0.0)})
    assert "exactly 0" not in results("recompile", {"moved": moved}, {"moved": {"dense_50": 1e-9, "dense_25": 0.0}})


def test_a_run_that_fit_trains_starts_over_where_it_was_broken_off(
    halves: dict[str, Any],
    train: Callable[..., Any],
    spec: Callable[..., RunSpec],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.training.train.CHECKPOINT_SECONDS", 0)

    def break_off(event: dict[str, Any]) -> None:
        if event.get("epoch") == 3:
            raise KeyboardInterrupt

    wrong = spec("iris", **HALF, mistake="no_recompile")
    with pytest.raises(KeyboardInterrupt):
        train(wrong, folder=tmp_path, watch=break_off)
    assert not (tmp_path / "checkpoint.npz").exists()
    again = train(wrong, folder=tmp_path)
    assert again.curve == halves["no_recompile"].curve
