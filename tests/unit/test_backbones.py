"""The networks a learner can choose: built as declared, trained in both phases, alike for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core import scenarios
from core.errors import InvalidSettings, SourceUnavailable
from core.models.building import layer_seed
from core.models.freezing import counts, freeze
from core.models.small_cnn import small_cnn
from core.models.weights import run_folder
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store
from core.scenarios import parse
from core.scenarios.cats_dogs import base_names
from core.sources import pictures
from core.sources.backbones import BACKBONES, DEFAULT, HUB, SMALL_CNN
from core.sources.cats_dogs import CatsDogs, Pictures
from core.sources.image_networks import described_base
from core.spec import RunSpec
from core.training import loops

HELD_OUT = 12
DESCRIBED = [name for name, network in BACKBONES.items() if network.is_described]
NUMBERS = {
    DEFAULT: (410_208, 1_281),
    "mobilenet_v2_1.0": (2_257_984, 1_281),
    "xception": (20_861_480, 2_049),
    "resnet50": (23_587_712, 2_049),
    "efficientnet_b0": (4_049_571, 1_281),
    HUB: (2_257_984, 1_281),
    SMALL_CNN: (0, 448 + 4_640 + 18_496 + 4_097),
}
"""Of the base, and of the head."""


@pytest.fixture(scope="module", autouse=True)
def few_held_out_pictures(module_home: Path) -> Iterator[None]:
    whole = pictures.load_pictures

    def load(*given: Any) -> CatsDogs:
        found = whole(*given)
        few = Pictures(found.validation.images[:HELD_OUT], found.validation.labels[:HELD_OUT])
        return replace(found, validation=few)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "load_pictures", load)
        yield


def cats(**values: Any) -> RunSpec:
    return parse({"scenario": "cats_dogs", "examples": 20, "batch_size": 20, "epochs": 1, **values})


@pytest.mark.parametrize("name", list(BACKBONES))
def test_counts_are_those_of_the_course_and_of_keras(name: str) -> None:
    base, head = NUMBERS[name]
    spec = cats(backbone=name)
    assert scenarios.parameters(spec) == (base + head, head)


@pytest.mark.parametrize("name", [*DESCRIBED[1:], SMALL_CNN])
def test_declared_layers_are_built_and_freeze_as_declared(name: str) -> None:
    spec = cats(backbone=name, start="random", frozen="none" if name == SMALL_CNN else "base")
    declared, model = scenarios.get("cats_dogs").layers(spec), scenarios.get("cats_dogs").build(spec)
    assert [la.name for la in declared] == [la.name for la in model.layers]
    assert [la.parameters for la in declared] == [la.count_params() for la in model.layers]
    assert [la.output for la in declared] == [", ".join(map(str, la.output.shape[1:])) for la in model.layers]
    freeze(model, spec.frozen)
    assert counts(model) == scenarios.parameters(spec)
    opened = spec.changed(frozen="none")
    freeze(model, ())
    assert counts(model) == scenarios.parameters(opened)


@pytest.mark.slow
def test_xception_preset_takes_real_steps_in_both_phases(own_home: Path) -> None:
    (preset,) = scenarios.get("cats_dogs").presets
    first = cats(**{**preset.values, "augment": "none", "start": "random", "frozen": "base", "epochs": 1})
    assert (first.options["backbone"], first.options["size"], preset.values["epochs"]) == ("xception", 150, 20)
    second = parse(scenarios.get("cats_dogs").second_phase(first) or {})
    assert (second.learning_rate, second.patience, second.early_stopping, second.frozen) == (1e-5, 5, True, ())
    runner = Runner(InlineEngine(), Store())
    try:
        runs = runner.submit_phases([first, second.changed(epochs=1)], "anna")
        for run in runs:
            runner.wait(run, 200)
        states = [runner.snapshot(run) for run in runs]
    finally:
        runner.close()
    assert [s.state for s in states] == ["finished", "finished"], [s.reason for s in states]
    moved = [s.epochs[0].moved for s in states]
    base = base_names("xception")
    assert all(moved[0][name] == 0 for name in base) and moved[0]["output"] > 0
    assert all(moved[1][name] > 0 for name in [*base, "output"])
    assert run_folder(runs[1]).joinpath("weights.npz").is_file()


def test_weights_that_are_not_here_are_named_and_random_ones_need_none(own_home: Path) -> None:
    for name in ("mobilenet_v2_1.0", "xception", "resnet50", "efficientnet_b0", HUB):
        with pytest.raises(SourceUnavailable, match="not on this computer.*library page"):
            scenarios.check_present(cats(backbone=name))
        if name != HUB:
            scenarios.check_present(cats(backbone=name, start="random"))
    scenarios.check_present(cats())
    with pytest.raises(SourceUnavailable, match="cats-vs-dogs"):
        scenarios.check_present(cats(data="builtin:cats_vs_dogs"))
    with pytest.raises(SourceUnavailable, match="bring it again"):
        scenarios.check_present(cats(data="sha256:" + 64 * "a"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"backbone": "vgg"}, "backbone.*one of: mobilenet_v2_0.35"),
        ({"size": 64}, "reads pictures of 96, 128, 150, 160, 224 points.*64"),
        ({"backbone": HUB, "size": 128}, "reads pictures of 224 points"),
        ({"backbone": HUB, "augment": "passes"}, "reads each picture once"),
        ({"backbone": HUB, "start": "random"}, "cannot start from random"),
        ({"backbone": HUB, "frozen": "none"}, "feature_vector cannot be trained"),
        ({"backbone": SMALL_CNN, "start": "pretrained"}, "nothing to transfer"),
        ({"backbone": "xception", "source": "resnet50"}, "no such source.*xception"),
        ({"data": "../../etc"}, "no such pictures"),
        ({"data": "sha256:12"}, "no such pictures"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        cats(**values)


def test_each_backbone_brings_its_own_defaults() -> None:
    assert [cats(backbone=name).options["size"] for name in BACKBONES] == [128, 128, 150, 224, 224, 224, 64]
    small = cats(backbone=SMALL_CNN)
    assert (small.start, small.source, small.frozen) == ("random", "", ())
    assert cats(backbone="xception").frozen == tuple(base_names("xception"))
    assert cats(backbone="xception", start="random").options["batch_norm"] == "training"


def test_rivals_see_the_same_pictures_and_are_none_of_themselves() -> None:
    scenario, spec = scenarios.get("cats_dogs"), cats(seed=3, data="sha256:" + 64 * "b")
    small, scratch = (parse(scenario.rival(label, spec) or {}) for label in ("small CNN", "from scratch"))
    for rival in (small, scratch):
        assert (rival.data, rival.examples, rival.seed, rival.epochs) == (spec.data, 20, 3, 1)
        assert (rival.start, rival.frozen) == ("random", ())
    assert small.options["backbone"] == SMALL_CNN and small.options["size"] == 64
    assert scratch.options == {**spec.options, "batch_norm": "training"}
    assert [r.label for r in scenario.rivals if scenario.rival(r.label, small)] == []
    assert [r.label for r in scenario.rivals if scenario.rival(r.label, scratch)] == ["small CNN"]
    assert [r.label for r in scenario.rivals if scenario.rival(r.label, cats(backbone=HUB))] == ["small CNN"]


def test_small_cnn_learns_and_the_same_seed_gives_the_same_curve(train: Callable[..., Any]) -> None:
    spec = cats(backbone=SMALL_CNN, examples=60, epochs=12, batch_size=10)
    first, again, other = train(spec), train(spec), train(spec.changed(seed=2))
    assert first.curve == again.curve != other.curve
    assert first.curve[-1][1] < first.curve[0][1] - 0.1
    starts = [small_cnn((4,), seed)[1] for seed in (1, 1, 2)]
    kernels = [layer(np.zeros((1, 8, 8, 3))) is not None and np.asarray(layer.kernel) for layer in starts]
    assert np.array_equal(kernels[0], kernels[1]) and not np.array_equal(kernels[0], kernels[2])


def test_rows_that_go_by_batch_give_the_same_curve(train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = cats(backbone=SMALL_CNN, examples=50, epochs=2, batch_size=16)
    whole = train(spec)
    monkeypatch.setattr(loops, "STREAMED_BYTES", 0)
    assert train(spec).curve == whole.curve


def test_branches_that_efficientnet_drops_hang_on_the_seed_alone() -> None:
    rows = np.random.default_rng(0).integers(0, 255, (2, 96, 96, 3)).astype(np.float32)

    def through(seed: int) -> np.ndarray:
        base = described_base("efficientnet_b0", 96, seed, transferred=0, learns_averages=True)
        keras.random.SeedGenerator()  # as other runs in this process would
        made = rows
        for layer in base:
            made = layer(made, training=True)
        return np.asarray(made)

    first, again = through(1), through(1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, through(2))
    assert layer_seed(1, "block2b_drop") != layer_seed(2, "block2b_drop")
