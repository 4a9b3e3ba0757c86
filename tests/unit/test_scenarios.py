"""The contract of every scenario: what it declares without TensorFlow is what Keras builds, its data are in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core import scenarios
from core.insight.review_answers import samples
from core.models.freezing import counts, freeze
from core.scenarios import imdb, parse
from core.scenarios.imdb import ENCODER, TRAINING, VALIDATION, chosen_examples
from core.sources.catalogue import catalogue
from core.sources.iris_rows import FLOWERS, made_up_rows, write_table
from core.sources.reviews import load_reviews, read_csv, split_reviews
from core.spec import RunSpec
from core.training.train import build_model

ALL: list[dict[str, Any]] = [
    {"scenario": "iris", "task": "source"},
    {"scenario": "iris", "task": "flowers"},
    {"scenario": "iris", "task": "third_species"},
    {"scenario": "imdb", "hidden": 16},
    {"scenario": "imdb", "hidden": 32},
    {"scenario": "imdb", "reviews": 3_000},
    {"scenario": "imdb", "source": "glove-100d", "examples": 50},
    {"scenario": "imdb", "source": ENCODER, "examples": 50},
    {"scenario": "cats_dogs", "size": 96, "examples": 40},
    {"scenario": "cats_dogs", "size": 128, "examples": 21},
    {"scenario": "cats_dogs", "backbone": "small_cnn", "examples": 20},
    {"scenario": "glove", "examples": 50},
    {"scenario": "glove", "network": "lstm", "length": 100, "examples": 50},
    {"scenario": "glove", "network": "article", "examples": 50},
]


@pytest.fixture(scope="module", autouse=True)
def few_validation_reviews(module_home: Path) -> Iterator[None]:
    """An encoder takes 20 ms a review: what is tested holds for forty as for a thousand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imdb, "FEW_VALIDATION", 40)
        yield


def random_of(values: dict[str, Any]) -> RunSpec:
    """The fair rival from scratch."""
    spec = parse(values)
    return parse(scenarios.get(spec.scenario).rival("from scratch", spec) or spec.flat())


@pytest.mark.parametrize("values", ALL, ids=str)
@pytest.mark.parametrize("start", ["random", "default"])
def test_declared_layers_are_those_of_the_built_model(values: dict[str, Any], start: str) -> None:
    spec = parse(values) if start == "default" else random_of(values)
    scenario = scenarios.get(spec.scenario)
    declared, model = [layer for layer in scenario.layers(spec) if not layer.fixed], scenario.build(spec)
    assert [d.name for d in declared] == [la.name for la in model.layers]
    for layer, built in zip(declared, model.layers, strict=True):
        if not isinstance(built, keras.Model):  # a block's kind is a learner's word
            words = spec.scenario == "imdb" and layer.name == "embedding"  # a learner's word for a Dense on counts
            assert ("Dense" if words else layer.kind) == type(built).__name__
            assert (layer.activation or "linear") == getattr(built, "activation", keras.activations.linear).__name__
        assert layer.statistics == sum(math.prod(w.shape) for w in built.non_trainable_weights)
        assert layer.parameters == built.count_params()
        assert layer.output == ", ".join(str(n) for n in built.output.shape[1:])


@pytest.mark.parametrize(
    ("values", "total", "trainable"),
    [
        ({"scenario": "imdb", "frozen": "none"}, 400_373, 400_373),
        ({"scenario": "imdb", "frozen": "embedding"}, 400_373, 353),
        ({"scenario": "imdb", "frozen": "none", "hidden": 32}, 400_725, 400_725),
        ({"scenario": "imdb", "frozen": "hidden"}, 400_373, 400_037),
        ({"scenario": "imdb", "source": "glove-100d"}, 4_001_733, 1_633),
        ({"scenario": "imdb", "source": ENCODER}, 68_935_493, 8_225),
        ({"scenario": "iris", "task": "source"}, 1_603, 1_603),
        ({"scenario": "iris", "task": "flowers"}, 1_629, 104),
        ({"scenario": "iris", "task": "flowers", "frozen": "none"}, 1_629, 1_629),
        ({"scenario": "iris", "task": "flowers", "frozen": "dense_25"}, 1_629, 354),
        ({"scenario": "iris", "task": "third_species"}, 1_603, 78),
        ({"scenario": "cats_dogs", "size": 96}, 411_489, 1_281),
        ({"scenario": "glove"}, 1_001_733, 1_633),
    ],
    ids=str,
)
def test_numbers_declared_built_and_said_at_the_start_are_one(
    values: dict[str, Any], total: int, trainable: int, train: Callable[..., Any]
) -> None:
    spec = parse({"epochs": 1, **({} if values["scenario"] == "iris" else {"examples": 50}), **values})
    assert scenarios.parameters(spec) == (total, trainable)
    model = scenarios.get(spec.scenario).build(spec)
    freeze(model, spec.frozen)
    fixed = sum(layer.parameters for layer in scenarios.get(spec.scenario).layers(spec) if layer.fixed)
    assert counts(model) == (total - fixed, trainable)
    started = next(e for e in train(spec).events if e["event"] != "preparing")
    assert started["event"] == "started"
    assert started["parameters"] == {"total": total, "trainable": trainable}
    assert parse(started["spec"]) == spec


@pytest.mark.parametrize("values", ALL, ids=str)
def test_data_fit_the_network_and_the_split(values: dict[str, Any]) -> None:
    spec = parse(values)
    scenario = scenarios.get(spec.scenario)
    data = scenario.load(spec)
    assert data.x_train.shape[0] == len(data.y_train) == spec.examples
    assert data.x_val.shape[0] == len(data.y_val)
    (row,) = scenario.build(spec).inputs
    assert data.x_train.shape[1:] == data.x_val.shape[1:] == row.shape[1:]
    assert data.x_train.dtype == data.x_val.dtype == row.dtype
    assert data.y_train.dtype == data.y_val.dtype == np.float32
    width = scenario.layers(spec)[-1].output
    assert data.y_train.shape[1:] == data.y_val.shape[1:] == (int(width),)


@pytest.mark.parametrize("values", ALL, ids=str)
def test_origins_and_sources_are_in_the_catalogue(values: dict[str, Any]) -> None:
    spec = parse(values)
    scenario = scenarios.get(spec.scenario)
    assert set(scenario.origins(spec)) <= set(catalogue())
    assert {s.asset for s in scenario.sources(spec.options)} <= set(catalogue())
    assert not set(scenario.origins(random_of(values))) & {s.id for s in scenario.sources({**spec.options})}


@pytest.mark.parametrize("values", ALL, ids=str)
def test_the_seed_alone_decides_random_weights(values: dict[str, Any]) -> None:
    first, again, other = (build_model(random_of({**values, "seed": s})).get_weights() for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True) if a.ndim > 1)  # biases start alike


def test_transferred_layers_come_from_the_source_and_the_head_does_not() -> None:
    spec = parse({"scenario": "iris", "task": "third_species"})
    transferred, scratch = build_model(spec), build_model(parse({**spec.flat(), "start": "random"}))
    same = [np.array_equal(a.kernel, b.kernel) for a, b in zip(transferred.layers, scratch.layers, strict=True)]
    assert same == [False, False, True]


def test_irises_are_split_120_to_30_evenly() -> None:
    spec = parse({"scenario": "iris", "task": "source"})
    data = scenarios.get("iris").load(spec)
    assert data.y_train.sum(axis=0).tolist() == [40, 40, 40]
    assert data.y_val.sum(axis=0).tolist() == [10, 10, 10]


@pytest.mark.parametrize("examples", [6, 15, 50])
def test_few_irises_are_taken_from_all_species(examples: int) -> None:
    few = scenarios.get("iris").load(parse({"scenario": "iris", "task": "third_species", "examples": examples}))
    counts_ = few.y_train.sum(axis=0)
    assert counts_.sum() == examples
    assert counts_.max() - counts_.min() <= 1


def test_the_learners_own_table_is_what_is_trained_on() -> None:
    rows, species = made_up_rows(3, 0.3, seed=7)
    rows[0] = [9, 9, 9, 9]
    data = scenarios.get("iris").load(parse({"scenario": "iris", "data": write_table(rows, species)}))
    assert np.array_equal(data.x_train, rows)
    assert np.array_equal(data.y_train.argmax(1), species)
    assert data.y_val.sum(axis=0).tolist() == [10] * len(FLOWERS)


def test_reviews_are_split_15000_to_10000_with_no_text_on_both_sides() -> None:
    texts, labels = read_csv()
    train, held_out = split_reviews(texts)
    assert (len(train), len(held_out)) == (TRAINING, VALIDATION)
    assert len(np.union1d(train, held_out)) == len(texts) == 25_000
    assert not set(texts[train]) & set(texts[held_out])
    assert 0.49 < labels[train].mean() < 0.51
    assert 0.49 < labels[held_out].mean() < 0.51


def test_prepared_reviews_are_the_split_ones() -> None:
    texts, labels = read_csv()
    train, held_out = split_reviews(texts)
    reviews = load_reviews("news20-stand-in")
    assert np.array_equal(reviews.labels, labels[np.concatenate([train, held_out])])
    assert reviews.texts.at(range(3)) == texts[train[:3]].tolist()
    assert reviews.texts[24_999] == texts[held_out[-1]]
    assert reviews.rows.shape == (25_000, 20_001)


def test_the_first_three_reviews_come_with_their_twenty_numbers() -> None:
    from core.scenarios.base import Models

    spec = parse({"scenario": "imdb"})
    model = build_model(spec)
    found = samples(spec, Models(model, model))["reviews"]
    reviews = load_reviews("news20-stand-in")
    assert np.allclose(
        [r["vector"] for r in found], reviews.rows[:3] @ model.get_layer("embedding").get_weights()[0], atol=1e-5
    )


def test_a_smaller_training_set_is_part_of_a_larger_one() -> None:
    small, large = chosen_examples(50, seed=4), chosen_examples(400, seed=4)
    assert len(set(small)) == 50
    assert set(small) <= set(large)
    assert set(small) != set(chosen_examples(50, seed=5))
