"""A run broken off anywhere and taken up is the run that was never broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.models.weights import read_arrays, write_arrays
from core.training import loops
from core.training import train as train_module
from core.training.checkpoint import FILE, Checkpoint, read_checkpoint, write_checkpoint
from core.training.control import Control

IRIS: dict[str, Any] = {"task": "source", "epochs": 6}
STOPS: dict[str, Any] = {
    "task": "flowers", "frozen": "none", "start": "random", "learning_rate": 0.03, "per_species": 20, "spread": 0.9,
    "epochs": 60, "early_stopping": True, "patience": 3, "min_delta": 0.01,
}  # fmt: skip
IMDB: dict[str, Any] = {"examples": 200, "batch_size": 64, "epochs": 4, "early_stopping": True, "patience": 2}


class Broken(Exception):
    """The program ends here."""


class BreaksAt(Control):
    """Breaks at the n-th look between batches; with ``pausing``, just after the pause's checkpoint was written."""

    def __init__(self, look: int, pausing: bool) -> None:
        super().__init__()
        self._left, self._pausing = look, pausing

    def hold(self, on_pause: Callable[[], None], on_resume: Callable[[], None]) -> None:
        self._left -= 1
        if self._left == 0:
            if self._pausing:
                on_pause()
            raise Broken


@pytest.fixture(autouse=True)
def every_batch_and_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "CHUNK_SECONDS", 0.0)  # one batch a look, however fast this computer is today
    monkeypatch.setattr(train_module, "CHECKPOINT_SECONDS", 0.0)


def assert_same(taken_up: Any, unbroken: Any) -> None:
    assert taken_up.curve == unbroken.curve
    assert taken_up.outcome == unbroken.outcome
    assert all(np.array_equal(w, taken_up.after[name]) for name, w in unbroken.after.items())


@pytest.mark.parametrize("pausing", [True, False])
@pytest.mark.parametrize(
    ("scenario", "values", "look"),
    [("iris", IRIS, 1), ("iris", IRIS, 4), ("iris", IRIS, 9), ("iris", STOPS, 8), ("iris", STOPS, 26),
     ("imdb", IMDB, 2), ("imdb", IMDB, 7)],
    ids=str,
)  # fmt: skip
def test_taken_up_after_a_break_between_batches(
    scenario: str, values: dict[str, Any], look: int, pausing: bool,
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any],
) -> None:  # fmt: skip
    chosen = spec(scenario, **values)
    with pytest.raises(Broken):
        train(chosen, BreaksAt(look, pausing), tmp_path)
    assert_same(train(chosen, folder=tmp_path), train(chosen))


@pytest.mark.parametrize("epoch", [1, 4, "last"])
def test_taken_up_after_a_break_while_an_epoch_was_told(
    epoch: int | str, tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("iris", **STOPS)
    unbroken = train(chosen)
    breaking = unbroken.outcome.epochs if epoch == "last" else epoch

    def watch(event: dict[str, Any]) -> None:
        if event.get("epoch") == breaking:
            raise Broken

    with pytest.raises(Broken):
        train(chosen, folder=tmp_path, watch=watch)
    assert_same(train(chosen, folder=tmp_path), unbroken)


def test_taken_up_after_the_last_epoch_it_only_ends(
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("iris", **STOPS)
    unbroken = train(chosen)

    def watch(event: dict[str, Any]) -> None:
        if event["event"] == "finished":
            raise Broken

    kept = tmp_path / FILE
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Broken):
        patch.setattr(train_module, "drop_checkpoint", lambda folder: None)
        train(chosen, folder=tmp_path, watch=watch)
    assert kept.is_file()
    assert_same(train(chosen, folder=tmp_path), unbroken)


def test_a_finished_run_leaves_weights_and_no_checkpoint(
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    train(spec("iris", **IRIS), folder=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["weights.npz"]


def test_a_checkpoint_of_another_spec_is_left_alone(
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    with pytest.raises(Broken):
        train(spec("iris", **IRIS), BreaksAt(9, pausing=True), tmp_path)
    other = spec("iris", **IRIS, seed=2)
    assert_same(train(other, folder=tmp_path), train(other))


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "other arrays"])
def test_after_a_damaged_checkpoint_the_run_starts_over(
    damage: str, tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    chosen, path = spec("iris", **IRIS), tmp_path / FILE
    with pytest.raises(Broken):
        train(chosen, BreaksAt(9, pausing=True), tmp_path)
    if damage == "other arrays":
        write_arrays(path, {"about": np.array("{}")})
    else:
        whole = path.read_bytes()
        path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "noise": b"\x00\xff" * 500}[damage])
    assert_same(train(chosen, folder=tmp_path), train(chosen))
    assert "damaged" in caplog.text


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = Checkpoint("digest", 2, 1, {}, [], {"now": [np.arange(3.0)]})
    write_checkpoint(tmp_path, state)

    def breaks(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError("No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="space"):
        patch.setattr(np, "savez", breaks)
        write_checkpoint(tmp_path, Checkpoint("digest", 3, 0, {}, []))
    assert [p.name for p in tmp_path.iterdir()] == [FILE]
    found = read_checkpoint(tmp_path, "digest")
    assert found is not None
    assert (found.epoch, found.batch) == (2, 1)
    assert np.array_equal(found.groups["now"][0], np.arange(3.0))
    assert read_arrays(tmp_path / FILE).keys() == {"about", "now/0"}
