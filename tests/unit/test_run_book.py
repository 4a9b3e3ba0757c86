"""The run book: numbers that never repeat, figures at the best epoch, weights kept and dropped, a deletion undone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import InvalidSettings, LabError, NotYourRun, UnknownRun
from core.history import Epoch, Outcome, Snapshot
from core.models.weights import run_folder, run_weights
from core.runs import keeping as keeping_module
from core.runs import store as store_module
from core.runs.book import Held, best_first, summarise
from core.runs.engines.inline import InlineEngine
from core.runs.keeping import NAME_LENGTH, clean, weights_to_drop
from core.runs.runner import Runner
from core.runs.store import Store

SHORT: dict[str, Any] = {"task": "source", "epochs": 2}
Runs = Callable[..., str]


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.close()


@pytest.fixture
def add(store: Store, spec: Callable[..., Any]) -> Runs:
    """`add("anna", val_losses, state="finished", **settings)`: a run of these validation losses in the store."""
    made: list[str] = []

    def write(owner: str, losses: list[float | None] = [], state: str = "finished", **settings: Any) -> str:  # noqa: B006
        run = f"{len(made):016x}"
        made.append(run)
        store.add(Snapshot(run, spec(settings.pop("scenario", "iris"), **settings), "queued", owner=owner))
        for number, loss in enumerate(losses, 1):
            store.add_epoch(run, Epoch(number, 0.5, 0.5, loss, None if loss is None else 1 - loss, 0.5))
        if state in {"finished", "stopped"}:
            store.finish(run, state, Outcome(len(losses), None, False, None))
        else:
            store.set_state(run, state)
        return run

    return write


@pytest.fixture
def runner(store: Store) -> Iterator[Runner]:
    opened = Runner(InlineEngine(), store, weights_kept=2)
    yield opened
    opened.close()


@pytest.fixture
def train(runner: Runner, spec: Callable[..., Any]) -> Runs:
    """`train("anna", **settings)`: a run trained to its end."""

    def finish(owner: str = "anna", **settings: Any) -> str:
        run = runner.submit(spec("iris", **{**SHORT, **settings}), owner)
        runner.wait(run, 60)
        return run

    return finish


def test_numbers_count_up_for_each_owner(store: Store, add: Runs) -> None:
    for owner in ("anna", "ben", "anna", "anna", "ben"):
        add(owner)
    assert [e.number for e in store.book("anna")] == [3, 2, 1]
    assert [e.number for e in store.book("ben")] == [2, 1]
    assert store.get(f"{3:016x}").number == 3


def test_many_processes_give_no_number_twice(store: Store, spec: Callable[..., Any]) -> None:
    chosen, stores = spec("iris"), [Store() for _ in range(4)]

    def add_nine(number: int) -> None:
        for i in range(9):
            stores[number].add(Snapshot(f"{number:08x}{i:08x}", chosen, "queued", owner="anna"))

    threads = [threading.Thread(target=add_nine, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for opened in stores:
        opened.close()
    assert [e.number for e in store.book("anna")] == list(range(36, 0, -1))


def test_a_number_is_not_given_again_after_a_deletion(store: Store, add: Runs) -> None:
    add("anna")
    store.in_book.label(add("anna"), deleted=time.time())
    add("anna")
    assert [e.number for e in store.book("anna")] == [3, 1]


def test_a_number_is_not_given_again_after_a_removal_for_good(store: Store, add: Runs) -> None:
    runs = [add("anna", [0.5]) for _ in range(4)]
    for run in (runs[1], runs[3]):
        store.in_book.label(run, deleted=time.time())
        store.in_book.remove(run)
    add("anna")
    assert [e.number for e in store.book("anna")] == [5, 3, 1]
    with pytest.raises(UnknownRun):
        store.get(runs[1])
    assert store.get(runs[3]).epochs == ()


def test_runs_from_before_there_was_a_book_are_numbered_as_they_came(
    store: Store, add: Runs, own_home: Path, spec: Callable[..., Any]
) -> None:
    old = [add(owner) for owner in ("anna", "ben", "anna")]
    store.close()
    with closing(sqlite3.connect(own_home / "runs.sqlite3")) as database, database:
        database.execute("drop table book")
    again = Store()
    again.add(Snapshot("f" * 16, spec("iris"), "queued", owner="anna"))
    assert [(e.run, e.number) for e in again.book("anna")] == [("f" * 16, 3), (old[2], 2), (old[0], 1)]
    assert [e.number for e in again.book("ben")] == [1]
    again.close()


def test_figures_are_those_of_the_best_epoch_and_not_of_the_last(store: Store, add: Runs) -> None:
    add("anna", [0.5, 0.2, 0.9])
    summary = store.book("anna")[0].summary
    assert (summary.epochs, summary.best, summary.val_loss, summary.val_accuracy) == (3, 2, 0.2, 0.8)
    assert (summary.seconds, summary.seconds_to_best) == (1.5, 1.0)


def test_a_run_that_diverged_at_once_has_no_best(store: Store, add: Runs) -> None:
    add("anna", [None, None])
    summary = store.book("anna")[0].summary
    assert (summary.epochs, summary.best, summary.val_loss) == (2, None, None)
    assert summarise([]).epochs == 0


def test_best_first_means_at_the_best_epoch(store: Store, add: Runs) -> None:
    names = {add("anna", [0.3, 0.1, 0.9]): "low, then high", add("anna", [0.4, 0.3, 0.2]): "lowest at its end",
             add("anna"): "no epochs"}  # fmt: skip
    for by in ("val_loss", "val_accuracy"):
        assert [names[e.run] for e in best_first(store.book("anna"), by)] == list(names.values())


def test_figures_of_a_run_under_way_grow(store: Store, add: Runs) -> None:
    run = add("anna", [0.5], state="running")
    assert store.book("anna")[0].summary.epochs == 1
    store.add_epoch(run, Epoch(2, 0.5, 0.5, 0.4, 0.6, 0.5))
    assert (store.book("anna")[0].summary.epochs, store.book("anna")[0].summary.best) == (2, 2)


def test_a_listing_reads_epochs_only_once(store: Store, add: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        add("anna", [0.5, 0.4])
    first = store.book("anna")
    asked = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert store.book("anna") == first
    assert len(asked) == 1 and "epochs" not in asked[0]


def test_runs_of_experiments_are_left_out_unless_asked_for(store: Store, add: Runs) -> None:
    mine, trial = add("anna"), add("anna")
    experiments = store_module.TABLES.tables["experiments"]
    row = {"id": "e" * 16, "owner": "anna", "scenario": "iris", "kind": "k", "value": "{}", "state": "s"}
    store._write(experiments.insert().values(created=0.0, process="p", **row))
    store.experiments.set_run("e" * 16, 1, trial)
    assert [e.run for e in store.book("anna")] == [mine]
    assert [e.run for e in store.book("anna", with_trials=True)] == [trial, mine]
    assert [h.of_trial for h in store.in_book.held()] == [True, False]


def held(run: str, parent: str | None = None, owner: str = "anna", **more: bool) -> Held:
    flags = {"is_open": False, "pinned": False, "is_deleted": False, "of_trial": False}
    return Held(run, owner, parent, **{**flags, **more})


def test_weights_of_the_newest_are_kept_and_of_pinned_live_and_deleted_ones() -> None:
    others = [held("e", pinned=True), held("d", is_open=True), held("b", is_deleted=True)]
    runs = [held("f"), *others, held("c"), held("a")]
    assert weights_to_drop(runs, "anna", 2) == ["a"]
    assert weights_to_drop(runs, "anna", 1) == ["c", "a"]
    assert weights_to_drop(runs, "ben", 1) == []


def test_weights_that_a_kept_run_starts_from_stay_however_far_back() -> None:
    runs = [held("d", "c"), held("c", "a"), held("b"), held("a")]
    assert weights_to_drop(runs, "anna", 1) == ["b"]
    others = [held("x", "a", owner="ben"), held("c"), held("b"), held("a")]
    assert weights_to_drop(others, "anna", 1) == ["b"]
    unneeded = [held("d"), held("c", "b"), held("b")]
    assert weights_to_drop(unneeded, "anna", 1) == ["c", "b"]


def test_experiments_take_no_place_of_ones_own_runs() -> None:
    runs = [*(held(f"t{n}", of_trial=True) for n in range(5)), held("b"), held("a")]
    assert weights_to_drop(runs, "anna", 2) == ["t2", "t3", "t4"]


def test_old_weights_go_and_their_curve_stays(
    runner: Runner, train: Runs, spec: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    first = train()
    runner.keeping.pin(first, "anna")
    second = train()
    before = runner.snapshot(second)
    (run_folder(second) / "tensorboard").mkdir()
    (run_folder(second) / "trail.npz").write_bytes(b"arrays")
    newest = [train(), train()]
    wait_until(lambda: not (run_folder(second) / "weights.npz").exists())
    assert (run_folder(second) / "tensorboard").is_dir() and (run_folder(second) / "trail.npz").is_file()
    dropped = runner.snapshot(second)
    assert dropped.epochs == before.epochs and before.has_weights
    assert not dropped.has_weights and not runner.store.get(second).has_weights
    assert {e.run for e in runner.store.book("anna") if e.dropped} == {second}
    for run in (first, *newest):
        assert runner.snapshot(run).has_weights and run_weights(run)
    with pytest.raises(InvalidSettings, match="no longer kept.*Train it again"):
        runner.submit(spec("iris", **SHORT, start=f"run:{second}"), "anna")


def test_the_weights_a_kept_run_started_from_stay(runner: Runner, add: Runs) -> None:
    parent, other = add("anna"), add("anna")
    child = add("anna", start=f"run:{parent}")
    runner.keeping.pin(child, "anna")
    for _ in range(2):
        add("anna")
    assert runner.keeping.choose_weights("anna") == [other]
    assert runner.snapshot(parent).has_weights


def test_name_and_note_are_cleaned_and_bounded(runner: Runner, add: Runs) -> None:
    run = add("anna")
    runner.keeping.rename(run, "anna", "  the\x00 <b>best\u202e</b>\n one ")
    runner.keeping.note(run, "anna", "first line\r\nsecond\x07 line\ud800")
    entry = runner.store.book("anna")[0]
    assert (entry.name, entry.note) == ("the <b>best</b> one", "first line\nsecond line")
    assert runner.snapshot(run).name == runner.store.get(run).name == entry.name
    with pytest.raises(LabError, match=f"at most {NAME_LENGTH}"):
        runner.keeping.rename(run, "anna", "x" * (NAME_LENGTH + 1))
    assert clean("x" * NAME_LENGTH, NAME_LENGTH, "name")


@pytest.mark.parametrize("what", [("rename", "x"), ("note", "x"), ("pin",), ("delete",), ("restore",)])
def test_only_the_owner_changes_a_line(what: tuple[str, ...], runner: Runner, add: Runs) -> None:
    run = add("anna")
    before = runner.store.book("anna")
    with pytest.raises(NotYourRun):
        getattr(runner.keeping, what[0])(run, "ben", *what[1:])
    assert runner.store.book("anna") == before


def test_a_deletion_can_be_undone(runner: Runner, add: Runs) -> None:
    run = add("anna")
    runner.keeping.delete(run, "anna")
    assert runner.store.book("anna") == [] and runner.latest("anna", "iris", ["finished"]) == []
    assert [e.run for e in runner.keeping.deleted("anna")] == [run]
    assert runner.keeping.deleted("ben") == []
    runner.keeping.restore(run, "anna")
    assert [e.run for e in runner.store.book("anna")] == [run]
    assert runner.keeping.deleted("anna") == []
    assert runner.snapshot(run).has_weights


def test_a_run_under_way_is_not_deleted(
    runner: Runner, spec: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    run = runner.submit(spec("iris", task="source", epochs=2_000), "anna", steps=0)
    wait_until(lambda: runner.snapshot(run).state == "paused")
    with pytest.raises(LabError, match="Stop it first"):
        runner.keeping.delete(run, "anna")
    runner.keeping.rename(run, "anna", "named while it trains")
    assert runner.snapshot(run).name == "named while it trains"
    runner.stop(run, "anna")
    runner.wait(run, 30)
    assert runner.snapshot(run).name == "named while it trains"


def test_what_was_deleted_a_day_ago_is_removed_rows_and_files(
    runner: Runner, add: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone, oldest = (add("anna", [0.5]) for _ in range(3))
    parent = add("anna", [0.5], start=f"run:{oldest}")
    add("anna", start=f"run:{parent}")
    for run in (gone, oldest, parent):
        run_folder(run).mkdir()
        runner.keeping.delete(run, "anna")
    assert runner.keeping.remove_deleted() == []
    now = time.time()
    monkeypatch.setattr(keeping_module.time, "time", lambda: now + keeping_module.REMOVED_AFTER + 1)
    again = Runner(InlineEngine(), Store())  # to start is to remove what is due
    assert again.keeping.deleted("anna") == []
    with pytest.raises(UnknownRun):
        again.snapshot(gone)
    assert not run_folder(gone).exists()
    assert again.store._read(sa.select(store_module.EPOCHS.c.run).where(store_module.EPOCHS.c.run == gone)) == []
    assert all(run_folder(run).is_dir() for run in (oldest, parent)), "a run that is kept starts from them"
    assert [e.run for e in again.store.book("anna")][-1] == kept
    again.close()


def test_undo_is_no_longer_on_offer_when_a_run_is_removed() -> None:
    assert keeping_module.UNDO_SECONDS < keeping_module.REMOVED_AFTER / 2


def test_openings_are_counted_whatever_becomes_of_the_run(
    runner: Runner, add: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add("anna")
    runner.store.open_test(run, "anna")
    runner.keeping.delete(run, "anna")
    now = time.time()
    monkeypatch.setattr(keeping_module.time, "time", lambda: now + keeping_module.REMOVED_AFTER + 1)
    assert runner.keeping.remove_deleted() == [run]
    assert runner.store.openings("anna") == 1
    assert runner.store.book("anna") == [] and not run_folder(run).exists()
