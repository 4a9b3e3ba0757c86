"""Cats and dogs: a network cut where it is frozen, features kept on disk, dropout and batch norm, all in one curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core import scenarios
from core.errors import InvalidSettings
from core.models.freezing import counts, freeze
from core.models.weights import copies, weights_of
from core.scenarios import cats_dogs, parse
from core.scenarios.cats_dogs import base_names
from core.sources import pictures
from core.sources.cats_dogs import TRAIN, VALIDATION, CatsDogs, Pictures, load_cats_dogs
from core.spec import RunSpec
from core.training import loops, prefix, updates
from core.training import train as train_module
from core.training.control import Control
from core.training.features import kept_features
from core.training.order import epoch_order
from core.training.train import build_model

HELD_OUT = 24
FEW: dict[str, Any] = {"size": 96, "examples": 36, "batch_size": 12, "epochs": 2, "learning_rate": 1e-4}
BASE = base_names()
LAST_BLOCK: dict[str, Any] = {"frozen": ",".join(BASE[:-1]), "batch_norm": "training"}
FREEZES = [
    pytest.param(BASE, id="all"),
    pytest.param(BASE[:-1], id="all but the last"),
    pytest.param(BASE[:13], id="13 blocks"),
    pytest.param(BASE[:5], id="5 blocks", marks=pytest.mark.slow),
    pytest.param(BASE[:1], id="the stem", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", autouse=True)
def few_held_out_pictures(module_home: Path) -> Iterator[None]:
    """What is tested holds for two dozen as for a thousand."""
    whole = pictures.load_pictures

    def load(*given: Any) -> CatsDogs:
        found = whole(*given)
        few = Pictures(found.validation.images[:HELD_OUT], found.validation.labels[:HELD_OUT])
        return replace(found, validation=few)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "load_pictures", load)
        yield


@pytest.fixture
def quick_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adam as one kernel for each variable: a graph with 157 of them is made in half the time."""
    monkeypatch.setattr(updates, "LARGE", 0)


def cats(**values: Any) -> RunSpec:
    """A small run on small pictures."""
    return parse({"scenario": "cats_dogs", **FEW, **values})


def losses(curve: list[tuple[Any, ...]]) -> np.ndarray:
    return np.array([[row[1], row[3]] for row in curve], float)


def prepared(events: list[dict[str, Any]]) -> int:
    return sum(event["event"] == "preparing" for event in events)


def cached(result: Any) -> list[str]:
    started = next(event for event in result.events if event["event"] == "started")
    return [name for name in started["cached"].split(", ") if name]


def fill_cache(chosen: RunSpec) -> list[str]:
    """Have the features of a run on disk without training; returns what was told."""
    model, data, told = build_model(chosen), scenarios.get("cats_dogs").load(chosen), list[str]()
    freeze(model, chosen.frozen)
    calm = scenarios.get("cats_dogs").calm_layers(chosen)
    part = prefix.cut(model, chosen.examples + HELD_OUT, calm=calm)
    old = scenarios.get("cats_dogs").old_task(chosen)
    assert old is not None
    kept_features(part.computed, (data.x_train, data.x_val, old.x), lambda what, done, of: told.append(what))
    return told


@pytest.mark.usefixtures("quick_graphs")
@pytest.mark.parametrize("blocks", FREEZES)
def test_features_kept_once_give_the_curve_of_the_whole_graph(
    blocks: list[str], module_home: Path, train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, folder = cats(frozen=",".join(blocks)), module_home / "features"
    files = set(folder.glob("*.npy"))
    told = fill_cache(chosen)
    assert told and len(set(folder.glob("*.npy")) - files) == 3
    files = set(folder.glob("*.npy"))
    kept = train(chosen)
    assert cached(kept) == ["scale", *blocks, *(["pooling"] if blocks == BASE else [])]
    assert prepared(kept.events) == 0 and set(folder.glob("*.npy")) == files, "the cache was not hit"
    monkeypatch.setattr(train_module, "cut", partial(prefix.cut, budget=0))
    whole = train(chosen)
    assert cached(whole) == []
    assert np.allclose(losses(kept.curve), losses(whole.curve), atol=1e-5, rtol=0)
    assert losses(kept.curve)[0] != pytest.approx(losses(kept.curve)[1], abs=1e-4)
    averages = statistics()
    for result in (kept, whole):
        for name, before in result.before.items():
            stays = name.split("/")[0] in blocks or averages[name]
            assert np.array_equal(before, result.after[name]) == stays, name


@pytest.mark.parametrize("values", [{}, LAST_BLOCK], ids=["head", "last block"])
def test_the_same_spec_gives_the_same_curve_and_reads_no_picture_twice(
    values: dict[str, Any], train: Callable[..., Any]
) -> None:
    first, again = (train(cats(**values, seed=3)) for _ in range(2))
    assert first.curve == again.curve
    assert all(np.array_equal(w, again.after[name]) for name, w in first.after.items())
    assert prepared(again.events) == 0


def statistics() -> dict[str, bool]:
    """Of each weight, by its name in a run, whether it is one of batch norm's averages."""
    model = build_model(cats())
    return {
        f"{layer.name}/{i}": "moving" in weight.name for layer in model.layers for i, weight in enumerate(layer.weights)
    }


@pytest.mark.parametrize("mode", ["inference", "training"])
@pytest.mark.parametrize("blocks", [BASE, BASE[:-2]], ids=["all", "all but two"])
def test_frozen_blocks_keep_every_number_and_averages_move_in_training_mode_only(
    blocks: list[str], mode: str, train: Callable[..., Any]
) -> None:
    result = train(cats(frozen=",".join(blocks), batch_norm=mode, epochs=1, learning_rate=0.001))
    averages = statistics()
    assert averages.keys() == result.before.keys()
    for name, before in result.before.items():
        moves = name.split("/")[0] not in blocks and (not averages[name] or mode == "training")
        assert np.array_equal(before, result.after[name]) != moves, name


class StopsAt(Control):
    """Breaks the program at the n-th look between batches, just after a pause's checkpoint."""

    def __init__(self, look: int) -> None:
        super().__init__()
        self._left = look

    def hold(self, on_pause: Callable[[], None], on_resume: Callable[[], None]) -> None:
        self._left -= 1
        if self._left == 0:
            on_pause()
            raise KeyboardInterrupt


@pytest.mark.parametrize("values", [{}, LAST_BLOCK], ids=["head", "last block"])
def test_taken_up_inside_an_epoch_dropout_and_averages_go_on_as_if_never_broken(
    values: dict[str, Any], tmp_path: Path, train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "CHUNK_SECONDS", 0.0)
    chosen = cats(**values, learning_rate=0.001)
    with pytest.raises(KeyboardInterrupt):
        train(chosen, StopsAt(5), tmp_path)  # three batches an epoch: inside the second
    taken_up, unbroken = train(chosen, folder=tmp_path), train(chosen)
    assert taken_up.curve == unbroken.curve
    assert all(np.array_equal(w, taken_up.after[name]) for name, w in unbroken.after.items())


def test_dropout_is_at_work_while_training_and_not_while_measuring(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_dropout = train(cats(epochs=1))
    monkeypatch.setattr(cats_dogs, "DROPOUT", 0.0)
    without = train(cats(epochs=1))
    assert with_dropout.curve != without.curve
    model = build_model(cats())
    model.set_weights(list(with_dropout.after.values()))
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    data = scenarios.get("cats_dogs").load(cats())
    expected = [model.evaluate(x, y, verbose=0) for x, y in ((data.x_train, data.y_train), (data.x_val, data.y_val))]
    assert losses(with_dropout.curve)[0] == pytest.approx(expected, abs=1e-5)


def test_fit_gives_the_same_curve_dropout_included(train: Callable[..., Any]) -> None:
    chosen = cats(epochs=4, learning_rate=0.001)
    ours, model, data = train(chosen), build_model(chosen), scenarios.get("cats_dogs").load(chosen)
    freeze(model, chosen.frozen)
    part = prefix.cut(model, chosen.examples + HELD_OUT, calm=frozenset(BASE))
    x, x_val = (prefix.features(part.computed, rows) for rows in (data.x_train, data.x_val))
    head = keras.Sequential([keras.Input(x.shape[1:]), *part.remaining])
    head.compile(keras.optimizers.Adam(chosen.learning_rate), keras.losses.BinaryCrossentropy(from_logits=True))
    theirs = []
    for epoch in range(1, chosen.epochs + 1):
        order = epoch_order(chosen.examples, chosen.seed, epoch)
        head.fit(x[order], data.y_train[order], chosen.batch_size, shuffle=False, verbose=0)
        theirs.append(head.evaluate(x_val, data.y_val, verbose=0))
    assert np.allclose(losses(ours.curve)[:, 1], theirs, atol=5e-6, rtol=0)
    for name, weights in weights_of(head).items():
        assert np.allclose(ours.after[name], weights, atol=5e-6, rtol=0), name


def test_all_numbers_are_counted_and_averages_are_never_trainable() -> None:
    for frozen, trainable in (("base", 1_281), ("none", 411_489 - 14_080), (",".join(BASE[:-1]), 145_920 + 1_281)):
        chosen = cats(frozen=frozen)
        model = build_model(chosen)
        freeze(model, chosen.frozen)
        assert scenarios.parameters(chosen) == counts(model) == (411_489, trainable)


def test_base_stands_for_all_blocks() -> None:
    assert cats(frozen="base") == cats(frozen=",".join(BASE)) == cats()
    assert cats(frozen="base").frozen == tuple(BASE)
    assert len(BASE) == 19


@pytest.mark.slow
@pytest.mark.usefixtures("quick_graphs")
def test_from_scratch_batch_norm_learns_its_averages_fast_enough(train: Callable[..., Any]) -> None:
    scratch = parse(scenarios.get("cats_dogs").rival("from scratch", cats(epochs=1, examples=20)) or {})
    assert (scratch.start, scratch.frozen, scratch.options["batch_norm"]) == ("random", (), "training")
    assert cats(start="random").options["batch_norm"] == "training"
    result = train(scratch)
    assert cached(result) == [] and prepared(result.events) == 0
    assert not any(np.array_equal(w, result.after[name]) for name, w in result.before.items())
    norms = [
        la for block in build_model(scratch).layers if block.name in BASE for la in block.layers
        if isinstance(la, keras.layers.BatchNormalization)
    ]  # fmt: skip
    assert {la.momentum for la in norms} == {0.9}


def test_from_scratch_without_averages_to_keep_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="no averages to keep.*inference.*Set it to training"):
        cats(start="random", batch_norm="inference")
    assert cats(start="random", batch_norm="inference", frozen="base").frozen == tuple(BASE)


def test_few_pictures_are_part_of_many_and_as_many_cats_as_dogs() -> None:
    labels = load_cats_dogs().train.labels
    sets = {n: pictures.choose(labels, n, seed=4) for n in (20, 21, 400, TRAIN)}
    for n, rows in sets.items():
        assert len(set(rows)) == n
        assert (np.diff(rows) > 0).all()
        assert (labels[rows] == 0).sum() == -(-n // 2)
    assert set(sets[20]) < set(sets[21]) < set(sets[400]) < set(sets[TRAIN])
    assert set(sets[20]) != set(pictures.choose(labels, 20, seed=5))


def test_pictures_are_enlarged_alike_alone_and_together_and_labels_stay_with_them() -> None:
    data = scenarios.get("cats_dogs").load(cats())
    small = load_cats_dogs()
    rows = pictures.choose(small.train.labels, 36, cats().seed)
    assert data.x_train.shape == (36, 96, 96, 3)
    assert data.x_train.dtype == data.x_val.dtype == np.uint8
    assert np.array_equal(data.y_train[:, 0], small.train.labels[rows])
    for i in (0, 17, 35):
        assert np.array_equal(data.x_train[i], pictures.enlarge(small.train.images[rows[i]], 96))
    assert np.array_equal(data.x_val[5], pictures.enlarge(small.validation.images[5], 96))
    assert len(small.validation.labels) == VALIDATION


def test_a_base_from_the_source_is_the_same_for_every_seed_and_the_head_is_not() -> None:
    first, other = (build_model(cats(seed=seed)) for seed in (1, 2))
    same = {a.name: all(map(np.array_equal, copies(a.weights), copies(b.weights)))
            for a, b in zip(first.layers, other.layers, strict=True) if a.weights}  # fmt: skip
    assert same == {**dict.fromkeys(BASE, True), "output": False}
