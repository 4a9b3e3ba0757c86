"""Early stopping replayed on a finished curve: the very epochs that Keras' callback and real training stop at."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest

from core.charts.replay import NEVER, replay_figure
from core.history import Epoch
from core.insight.replay import Replay, replay, say_replay

# Lowest at 9; lowest by more than 0.02 at 5; worse afterwards.
LOSSES = [0.9, 0.7, 0.6, 0.55, 0.5, 0.51, 0.49, 0.5, 0.485, 0.6, 0.7, 0.8]


def curve(losses: Sequence[float | None]) -> list[Epoch]:
    return [Epoch(n, 1 / n, 0.5, loss, None if loss is None else 1 - loss / 2, 0.1) for n, loss in enumerate(losses, 1)]


def keras_way(losses: Sequence[float], patience: int, min_delta: float) -> tuple[int | None, int | None]:
    """Where keras.callbacks.EarlyStopping stops, and the epoch whose weight it restores."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    callback = keras.callbacks.EarlyStopping(
        monitor="val_loss", mode="min", min_delta=min_delta, patience=patience, restore_best_weights=True
    )
    callback.set_model(model)
    callback.on_train_begin()
    model.stop_training = False
    stopped = None
    for epoch, loss in enumerate(losses):
        model.set_weights([np.array([[epoch + 1.0]])])
        callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            stopped = epoch + 1
            break
    callback.on_train_end()
    return stopped, int(model.get_weights()[0][0, 0]) if losses else None


def answer(told: Replay) -> tuple[int | None, int | None]:
    return told.stopped_at, told.restored.epoch if told.restored else None


def test_random_curves_stop_where_keras_stops() -> None:
    rng = np.random.default_rng(7)
    stopped = 0
    for _ in range(150):
        length = int(rng.integers(1, 25))
        losses = np.cumsum(rng.normal(-0.002, 0.02, length)) + 0.7
        losses = np.round(losses, int(rng.integers(2, 12))).tolist()  # few decimals make ties and exact min deltas
        patience, min_delta = int(rng.integers(1, 8)), float(rng.choice([0, 0.001, 0.01, 0.02]))
        told = replay(curve(losses), patience, min_delta)
        assert answer(told) == keras_way(losses, patience, min_delta), (losses, patience, min_delta)
        stopped += told.stopped_at is not None
    assert 40 < stopped < 140


@pytest.mark.parametrize("losses", [[0.3, 0.3 - 1e-9, 0.2], [0.5, 0.499, 0.498, 0.497], [1e38, 1e38, 1e38]])
def test_hardly_lower_counts_as_in_keras_which_compares_in_single_precision(losses: list[float]) -> None:
    for min_delta in (0.0, 0.001):
        assert answer(replay(curve(losses), 1, min_delta)) == keras_way(losses, 1, min_delta)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("iris", {"task": "source", "epochs": 25, "learning_rate": 0.03, "batch_size": 16}),
        ("imdb", {"epochs": 14, "examples": 500, "reviews": 3_000, "learning_rate": 0.03}),
    ],
)
def test_training_itself_stops_and_restores_where_the_replay_of_the_whole_run_says(
    name: str, values: dict[str, Any], spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    whole = train(spec(name, **values, early_stopping=False))
    epochs = [Epoch(**{k: v for k, v in e.items() if k != "event"}) for e in whole.events if e["event"] == "epoch"]
    seen = set()
    for patience, min_delta in [(1, 0.0), (2, 0.0), (3, 0.01), (1, 0.1)]:
        told = replay(epochs, patience, min_delta)
        outcome = train(spec(name, **values, early_stopping=True, patience=patience, min_delta=min_delta)).outcome
        assert (outcome.epochs, outcome.restored_epoch) == (told.stopped_at or len(epochs), answer(told)[1])
        assert outcome.stopped_early == (told.stopped_at is not None)
        seen.add(outcome.epochs)
    assert len(seen) > 1 and min(seen) < len(epochs)


def test_a_diverged_epoch_is_not_counted_and_the_best_before_it_is_restored() -> None:
    told = replay(curve([0.6, 0.5, 0.55, None]), 2, 0.0)
    assert answer(told) == (None, 2)
    assert answer(replay(curve([None]), 1, 0.0)) == (None, None)
    assert "no validation loss" in say_replay(replay(curve([None]), 1, 0.0), 40)
    assert answer(replay([], 1, 0.0)) == (None, None)


def test_what_was_saved_and_missed_is_said_in_numbers() -> None:
    assert say_replay(replay(curve(LOSSES), 2, 0.02), 12) == (
        "With patience 2 it would have stopped at epoch 7 of 12, restored epoch 5 (validation loss 0.500, accuracy "
        "75.0%): 5 epochs saved. The lowest (0.485 at epoch 9) would have been missed."
    )


def test_a_lower_epoch_within_min_delta_is_not_called_missed() -> None:
    words = say_replay(replay(curve(LOSSES), 5, 0.02), 12)
    assert "stopped at epoch 10" in words and "too little to count: min delta is 0.02" in words
    assert "missed" not in words


def test_beyond_the_end_of_a_run_that_stopped_nothing_is_claimed() -> None:
    words = say_replay(replay(curve(LOSSES), 9, 0.0), 40)
    assert "This run ended at epoch 12: beyond it nothing is known." in words and "would have stopped at" not in words
    assert "nothing is known" not in say_replay(replay(curve(LOSSES), 9, 0.0), 12)
    assert "nothing is known" not in say_replay(replay(curve(LOSSES), 9, 0.0), 40, is_live=True)


def test_epochs_after_the_stop_are_grey_and_join_the_others() -> None:
    figure = replay_figure(curve(LOSSES), 12, 7, 5, 9)
    by_name = {t["uid"]: t for t in figure["data"]}
    assert by_name["validation"]["x"][-1] == by_name["ghost-0-validation"]["x"][0] == 7
    assert by_name["ghost-0-training"]["x"][-1] == 12 and by_name["ghost-0-training"]["name"] == NEVER
    assert (by_name["marks"]["x"], by_name["marks"]["y"]) == ([5, 7, 9], [0.5, 0.49, 0.485])
    texts = [a["text"] for a in figure["layout"]["annotations"]]
    assert texts == ["would restore: epoch 5", "would stop: epoch 7", "lowest: epoch 9"]
    assert [(s["x0"], s["x1"]) for s in figure["layout"]["shapes"] if s["type"] == "rect"] == [(7, 12)]


def test_traces_stay_in_order_whatever_the_replay() -> None:
    figures = [
        replay_figure(curve(LOSSES), 40, 7, 5, 9),
        replay_figure(curve(LOSSES), 40, None, 9, 9),
        replay_figure(curve([0.5, None]), 2, None, 1, 1),
        replay_figure([], 5, None, None, None),
    ]
    assert len({tuple(t["uid"] for t in f["data"]) for f in figures}) == 1
    for figure in figures:
        json.dumps(figure, allow_nan=False)
