"""Augmented passes: other pictures in each, the same ones every time, and a run that cycles through them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.scenarios import cats_dogs
from core.sources.cats_dogs import CatsDogs, Pictures
from core.sources.pictures import load_pictures
from core.training.augment import augmented
from core.training.control import Control
from core.training.passes import Passes
from core.training.train import Training


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> CatsDogs:
    """Twenty pictures to validate on."""
    whole = load_pictures(96)
    held_out = Pictures(whole.validation.images[:20], whole.validation.labels[:20])
    found = CatsDogs(whole.train, held_out, whole.test)
    monkeypatch.setattr("core.sources.pictures.load_pictures", lambda *_: found)
    return found


def test_a_pass_is_the_same_every_time_and_another_by_number_and_seed(few: CatsDogs) -> None:
    images = np.asarray(few.train.images[:12])
    first = augmented(images, 1, 0)
    assert first.dtype == np.uint8 and first.shape == images.shape
    assert np.array_equal(first, augmented(images, 1, 0))
    assert not np.array_equal(first, images)
    assert not np.array_equal(first, augmented(images, 1, 1))
    assert not np.array_equal(first, augmented(images, 2, 0))
    for before, after in zip(images, first, strict=True):  # the same picture still: its mean colour hardly moves
        assert np.abs(before.mean(axis=(0, 1)) - after.mean(axis=(0, 1))).max() < 25


@pytest.mark.parametrize(("augment", "like_first"), [("none", []), ("passes", [5]), ("live", [])])
def test_passes_come_round_after_four_epochs_and_live_ones_never(
    augment: str, like_first: list[int], few: CatsDogs, spec: Callable[..., Any]
) -> None:
    chosen = spec("cats_dogs", size=96, examples=20, augment=augment, frozen="none")
    passes = Passes(chosen, np.asarray(few.train.images[:20]), (), lambda *_: None)
    rows = {epoch: passes.rows(epoch) for epoch in range(1, 7)}
    if augment == "none":
        assert set(map(type, rows.values())) == {type(None)}
        return
    assert [e for e in range(2, 7) if np.array_equal(rows[1], rows[e])] == like_first
    assert np.array_equal(rows[3], Passes(chosen, few.train.images[:20], (), lambda *_: None).rows(3))


def test_an_augmented_run_sees_other_rows_and_repeats_to_the_bit(
    few: CatsDogs, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    values = {"size": 96, "examples": 20, "epochs": 5, "batch_size": 8}
    plain = train(spec("cats_dogs", **values))
    first, again = (train(spec("cats_dogs", augment="passes", **values)) for _ in range(2))
    assert first.curve == again.curve
    assert first.curve != plain.curve
    assert [e["event"] for e in first.events].count("preparing") > [e["event"] for e in again.events].count("preparing")


def test_stop_while_a_pass_is_extracted_keeps_the_epochs_before(few: CatsDogs, spec: Callable[..., Any]) -> None:
    control, events = Control(), list[dict[str, Any]]()

    def emit(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == "epoch" and event["epoch"] == 2:
            control.stop()

    values = {"size": 96, "examples": 20, "epochs": 4, "seed": 9, "augment": "passes"}
    outcome = Training(spec("cats_dogs", **values), emit, control, None).run()
    assert (outcome.epochs, outcome.stopped_by_hand) == (2, True)
    assert events[-1]["event"] == "finished"
    assert cats_dogs.PASSES == 4
