"""What the lessons that ship claim, held against the runs that their own steps ask for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import scenarios
from core.history import Epoch, best_epoch
from core.insight.near_words import neighbours
from core.insight.reading import read_curve
from core.insight.word_lab import formula
from core.lessons import shelf
from core.lessons.lesson import FINE_TUNE, TRAIN
from core.sources.sentence_ids import vectors_of, vocabulary_of
from core.spec import RunSpec
from core.training.control import Control
from core.training.train import train

pytestmark = pytest.mark.slow
"""A run of a lesson takes up to twenty seconds."""


class Trained:
    """A run and what came of it."""

    def __init__(self, spec: RunSpec, folder: Path) -> None:
        self.spec, self.epochs, self.facts = spec, list[Epoch](), dict[str, Any]()
        self.folder = folder
        train(spec, self._note, Control(), folder)

    def _note(self, event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            self.epochs.append(Epoch(**{k: v for k, v in event.items() if k in Epoch.__dataclass_fields__}))
        elif event["event"] == "started":
            self.facts = event["parameters"]

    @property
    def best(self) -> Epoch:
        """The epoch with the lowest validation loss."""
        return self.epochs[(best_epoch(self.epochs) or 1) - 1]

    @property
    def accuracy(self) -> float:
        return max(epoch.val_accuracy or 0 for epoch in self.epochs)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`run(lesson, step, rival)`: the run that a step (counted from 1) asks for, or the one trained beside it."""

    @lru_cache
    def trained(lesson: str, step: int, rival: str = "") -> Trained:
        found = shelf().lessons[lesson]
        assert found.steps[step - 1].asks_for(TRAIN)
        spec = found.spec(step - 1)
        if rival:
            assert rival in found.steps[step - 1].names(TRAIN)
            values = scenarios.get(spec.scenario).rival(rival, spec)
            assert values is not None
            spec = scenarios.parse(values)
        return Trained(spec, tmp_path_factory.mktemp("run"))

    return trained


def moved(trained: Trained, layer: str) -> Sequence[float]:
    return [epoch.moved[layer] for epoch in trained.epochs]


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_iris_mechanics_can_be_counted_and_frozen_means_exactly_zero(run: Any) -> None:
    source, frozen, free = (run("iris-mechanics", step) for step in (2, 4, 6))
    layers = {layer.name: layer for layer in scenarios.get("iris").layers(source.spec)}
    assert layers["dense_50"].parameters == 4 * 50 + 50 and source.accuracy >= 0.9
    assert (frozen.facts["trainable"], frozen.facts["total"]) == (104, 1_629)
    for layer in ("dense_50", "dense_25"):
        assert set(moved(frozen, layer)) == {0.0} and min(moved(free, layer)) > 0
    assert min(moved(frozen, "flowers")) > 0 and frozen.accuracy >= 0.9
    assert free.facts["trainable"] == 1_629


def test_overfitting_turns_is_stopped_in_time_and_hardly_comes_with_a_frozen_embedding(run: Any) -> None:
    free, stopped, frozen = (run("overfitting", step) for step in (2, 4, 6))
    assert free.facts["trainable"] == 400_373 and frozen.facts["trainable"] == 353
    assert 5 <= free.best.epoch <= 25 and free.epochs[-1].val_loss > 1.05 * free.best.val_loss
    assert free.epochs[-1].loss < 0.8 * free.epochs[free.best.epoch - 1].loss
    assert read_curve(free.epochs, free.spec, None).kind == "overfitting"
    assert len(stopped.epochs) < 30 and stopped.best.epoch == free.best.epoch
    assert [e.val_loss for e in stopped.epochs] == [e.val_loss for e in free.epochs[: len(stopped.epochs)]]
    assert frozen.best.epoch == len(frozen.epochs) == 30 and frozen.best.val_loss > free.best.val_loss


def test_few_examples_are_where_the_sentence_encoder_wins(run: Any) -> None:
    few, few_scratch = run("few-examples", 2), run("few-examples", 2, "from scratch")
    many, many_scratch = run("few-examples", 4), run("few-examples", 4, "from scratch")
    assert few.best.val_loss < few_scratch.best.val_loss
    assert 0.03 < few.best.val_accuracy - few_scratch.best.val_accuracy < 0.125
    assert many.best.val_loss > many_scratch.best.val_loss and many.accuracy < many_scratch.accuracy


def test_a_frozen_base_knows_dogs_from_cats_and_a_high_rate_spoils_it(run: Any) -> None:
    frozen, scratch = run("freeze-and-fine-tune", 2), run("freeze-and-fine-tune", 2, "from scratch")
    assert frozen.facts["trainable"] == 1_281 and 0.7 < frozen.accuracy < 0.85
    assert scratch.accuracy < 0.6
    spoiled = run("freeze-and-fine-tune", 4)
    assert spoiled.accuracy < 0.6, "it forgets what it knew"
    lesson = shelf().lessons["freeze-and-fine-tune"]
    assert lesson.steps[4].names(TRAIN) == (FINE_TUNE,)
    second = scenarios.get("cats_dogs").second_phase(lesson.spec(4))
    assert second is not None and second["learning_rate"] == pytest.approx(lesson.spec(4).learning_rate / 100)


def test_a_weak_source_loses_to_scratch_with_plenty_of_examples(run: Any) -> None:
    frozen, scratch = run("when-transfer-does-not-help", 2), run("when-transfer-does-not-help", 2, "from scratch")
    free, again = run("when-transfer-does-not-help", 3), run("when-transfer-does-not-help", 3, "from scratch")
    assert frozen.facts["trainable"] == 353 and frozen.accuracy < scratch.accuracy - 0.05
    assert free.accuracy < again.accuracy
    assert free.epochs[0].val_accuracy < again.epochs[0].val_accuracy, "it began lower"


def test_words_add_up_and_training_takes_good_and_bad_apart(run: Any, tmp_path: Path) -> None:
    frozen, free = run("word-vectors", 3), run("word-vectors", 5)
    assert (frozen.facts["trainable"], free.facts["trainable"]) == (1_633, 1_001_733)
    assert set(moved(frozen, "embedding")) == {0.0} and moved(free, "embedding")[-1] > 0
    vectors, ids = vectors_of("glove-100d"), vocabulary_of("builtin").id_of
    assert formula(vectors, "king - man + woman")["answers"][0]["word"] == "queen"
    assert "good" in [near["word"] for near in neighbours(vectors, "bad")["neighbours"]]
    with np.load(free.folder / "weights.npz") as kept:
        after = {word: kept["embedding/0"][ids[word]] for word in ("good", "bad")}
    before = {word: vectors.table[vectors.ids[word]] for word in ("good", "bad")}
    assert cosine(after["good"], after["bad"]) < cosine(before["good"], before["bad"]) - 0.05
    assert free.best.epoch <= 4 and free.epochs[-1].val_loss > 2 * free.best.val_loss
