"""The store: what is written stays, is found again after a restart, and a fault is said in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreUnavailable, UnknownRun
from core.history import LIVE, STATES, Epoch, Outcome, Snapshot
from core.home import home
from core.runs import store as store_module
from core.runs.store import Store, this_process

RUN, OTHER = "0123456789abcdef", "fedcba9876543210"
OUTCOME = Outcome(epochs=2, best_epoch=1, stopped_early=True, restored_epoch=1)
EPOCHS = (
    Epoch(1, 0.5, 0.75, 0.1 + 0.2, 0.5, 0.01, {"dense_50": 0.0, "species": 1 / 3}),
    Epoch(2, None, 0.25, None, None, 0.02, {"dense_50": 0.0, "species": 2 / 3}),
)


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.close()


@pytest.fixture
def snapshot(spec: Callable[..., Any]) -> Snapshot:
    return Snapshot(RUN, spec("iris", epochs=2), "queued", owner="anna")


def test_a_reopened_store_gives_everything_back(store: Store, snapshot: Snapshot) -> None:
    store.add(snapshot)
    store.set_facts(RUN, 1_629, 104, "dense_50, dense_25")
    for epoch in EPOCHS:
        store.add_epoch(RUN, epoch)
    store.finish(RUN, "finished", OUTCOME)
    store.close()
    again = Store()
    found = again.get(RUN)
    again.close()
    assert found == Snapshot(
        RUN, snapshot.spec, "finished", EPOCHS, OUTCOME, "", 1_629, 104, "dense_50, dense_25", owner="anna", number=1
    )


def test_an_epoch_once_written_never_changes(store: Store, snapshot: Snapshot) -> None:
    store.add(snapshot)
    store.add_epoch(RUN, EPOCHS[0])
    store.add_epoch(RUN, Epoch(1, 9.0, 0.0, 9.0, 0.0, 9.0))
    assert store.get(RUN).epochs == EPOCHS[:1]


def test_an_epoch_of_no_run_is_not_kept(store: Store) -> None:
    store.add_epoch(RUN, EPOCHS[0])
    with pytest.raises(UnknownRun):
        store.get(RUN)


@pytest.mark.parametrize("run", ["0" * 16, "", "' OR 1=1 --", "../runs", "x" * 10_000])
def test_an_unknown_run_is_said_to_be_unknown(run: str, store: Store, snapshot: Snapshot) -> None:
    store.add(snapshot)
    with pytest.raises(UnknownRun, match="no such run"):
        store.get(run)


@pytest.mark.parametrize("state", sorted(STATES))
def test_only_live_runs_of_dead_processes_are_interrupted(
    state: str, store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "this_process", lambda: f"{ended.stdout.decode().strip()}:123.00")
        store.add(snapshot)
        store.set_state(RUN, state)
    assert store.mark_interrupted() == ([RUN] if state in LIVE else [])
    assert store.get(RUN).state == ("interrupted" if state in LIVE else state)


def test_live_runs_of_living_processes_are_left_alone(store: Store, snapshot: Snapshot) -> None:
    store.add(snapshot)
    assert store.mark_interrupted() == []
    assert store.get(RUN).state == "queued"


def test_a_later_process_with_the_same_id_is_another(
    store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert this_process().startswith(f"{os.getpid()}:")
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "this_process", lambda: f"{os.getpid()}:1.00")
        store.add(snapshot)
    assert store.mark_interrupted() == [RUN]


def test_latest_gives_an_owners_newest_runs_of_a_scenario(store: Store, spec: Callable[..., Any]) -> None:
    for number, (owner, scenario, state) in enumerate(
        [("anna", "iris", "finished"), ("ben", "iris", "finished"), ("anna", "imdb", "finished"),
         ("anna", "iris", "failed"), ("anna", "iris", "finished"), ("anna", "iris", "stopped")]
    ):  # fmt: skip
        store.add(Snapshot(f"{number:016x}", spec(scenario), state, owner=owner))
    found = store.latest("anna", "iris", ["finished", "stopped"], most=2)
    assert [int(s.id, 16) for s in found] == [5, 4]
    assert store.latest("carla", "iris", ["finished"]) == []


def test_a_run_of_another_release_is_said_to_be_unreadable(store: Store, snapshot: Snapshot) -> None:
    store.add(snapshot)
    store._write(store_module.RUNS.update().values(spec='{"v": 2, "scenario": "iris"}'))
    with pytest.raises(StoreUnavailable, match="cannot read"):
        store.get(RUN)


@pytest.mark.parametrize("place", ["file", "below a file", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_said_at_start(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    path = {"file": tmp_path / "file", "below a file": tmp_path / "file" / "home"}.get(place, Path(place))
    monkeypatch.setenv("TRANSFER_LAB_HOME", str(path))
    with pytest.raises(StoreUnavailable, match="cannot be written") as caught:
        Store()
    assert str(path)[:30] in str(caught.value)
    assert "TRANSFER_LAB_HOME" in str(caught.value)


@pytest.mark.parametrize("damage", ["folder", "noise"])
def test_a_damaged_database_is_said_at_start(damage: str, own_home: Path) -> None:
    path = own_home / "runs.sqlite3"
    path.mkdir() if damage == "folder" else path.write_bytes(b"not a database, but long enough to be one " * 100)
    with pytest.raises(StoreUnavailable, match="cannot be kept"):
        Store()


def test_the_data_folder_is_made_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSFER_LAB_HOME", str(tmp_path / "a" / "b"))
    assert home() == tmp_path / "a" / "b"
    assert home().is_dir()
