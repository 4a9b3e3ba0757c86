"""The runner: who goes first, whose run it is, and what a run starts from. Trained in this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidSettings, NotYourRun, UnknownRun, WorkerDied
from core.models.weights import run_weights
from core.runs.engines import make_engine
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store

LONG: dict[str, Any] = {"task": "source", "epochs": 2_000}
SHORT: dict[str, Any] = {"task": "source", "epochs": 2}


class Noted(InlineEngine):
    """Trains in this process and notes in which order."""

    def __init__(self, slots: int = 1) -> None:
        super().__init__()
        self.slots, self.order = slots, list[str]()

    def follow(self, job: Any, orders: Any, on_event: Any) -> None:
        self.order.append(job.run)
        super().follow(job, orders, on_event)


@pytest.fixture
def runner(own_home: Path) -> Iterator[Runner]:
    opened = Runner(Noted(), Store())
    yield opened
    for run in list(opened._live):
        opened.stop(run, opened.snapshot(run).owner)
        opened.wait(run, 30)
    opened.close()


@pytest.fixture
def held(runner: Runner, spec: Callable[..., Any], wait_until: Callable[..., None]) -> str:
    """Anna's run, paused, in the only slot."""
    run = runner.submit(spec("iris", **LONG), "anna", steps=0)
    wait_until(lambda: runner.snapshot(run).state == "paused")
    return run


def finish(runner: Runner, spec: Any, owner: str = "anna") -> str:
    run = runner.submit(spec, owner)
    runner.wait(run, 60)
    return run


def test_a_run_goes_to_its_end_and_tells_all(
    runner: Runner, spec: Callable[..., Any], train: Callable[..., Any], curve_of: Callable[..., Any]
) -> None:
    chosen = spec("iris", task="flowers", epochs=3)
    snapshot = runner.snapshot(finish(runner, chosen))
    assert (snapshot.state, snapshot.total, snapshot.trainable) == ("finished", 1_629, 104)
    assert snapshot.cached == "dense_50, dense_25"
    assert curve_of(snapshot) == train(chosen).curve
    assert snapshot.outcome is not None
    assert snapshot.outcome.epochs == 3
    assert runner.store.get(snapshot.id) == snapshot


def test_run_ids_cannot_be_guessed(runner: Runner, held: str, spec: Callable[..., Any]) -> None:
    runs = {runner.submit(spec("iris", **SHORT), "anna") for _ in range(20)} | {held}
    assert len(runs) == 21
    assert all(re.fullmatch("[0-9a-f]{16}", run) for run in runs)
    assert len({run[:4] for run in runs}) > 15


def test_places_in_the_queue_are_told_and_move_up(runner: Runner, held: str, spec: Callable[..., Any]) -> None:
    waiting = [runner.submit(spec("iris", **SHORT), "anna") for _ in range(3)]
    assert [runner.snapshot(r).ahead for r in waiting] == [0, 1, 2]
    assert {runner.snapshot(r).state for r in waiting} == {"queued"}
    runner.stop(waiting[0], "anna")
    assert [runner.snapshot(r).ahead for r in waiting[1:]] == [0, 1]


def test_browsers_take_turns(runner: Runner, held: str, spec: Callable[..., Any]) -> None:
    annas = [runner.submit(spec("iris", **SHORT), "anna") for _ in range(3)]
    bens = [runner.submit(spec("iris", **SHORT), "ben") for _ in range(2)]
    expected = [bens[0], annas[0], bens[1], annas[1], annas[2]]
    assert sorted(expected, key=lambda r: runner.snapshot(r).ahead) == [bens[0], annas[0], bens[1], annas[1], annas[2]]
    runner.stop(held, "anna")
    for run in expected:
        runner.wait(run, 60)
    assert runner.engine.order == [held, *expected]


def test_a_browser_with_a_free_hand_goes_before_one_that_trains(
    own_home: Path, spec: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    runner = Runner(Noted(slots=2), Store())
    first, second = (runner.submit(spec("iris", **LONG), "anna", steps=0) for _ in range(2))
    annas = runner.submit(spec("iris", **SHORT), "anna")
    bens = runner.submit(spec("iris", **SHORT), "ben")
    wait_until(lambda: {runner.snapshot(r).state for r in (first, second)} == {"paused"})
    runner.stop(first, "anna")
    runner.wait(bens, 60)
    runner.wait(annas, 60)
    runner.stop(second, "anna")
    runner.wait(second, 60)
    assert runner.engine.order[2:] == [bens, annas]
    runner.close()


def test_a_run_stopped_in_the_queue_is_cancelled(runner: Runner, held: str, spec: Callable[..., Any]) -> None:
    run = runner.submit(spec("iris", **SHORT), "anna")
    runner.stop(run, "anna")
    assert runner.snapshot(run).state == runner.store.get(run).state == "cancelled"
    assert not runner.snapshot(run).epochs


@pytest.mark.parametrize("order", ["pause", "resume", "step", "stop", "take_up"])
def test_only_the_owner_gives_orders(order: str, runner: Runner, held: str) -> None:
    with pytest.raises(NotYourRun, match="another browser"):
        getattr(runner, order)(held, "ben")
    with pytest.raises(NotYourRun):
        runner.set_pace(held, "ben", 2)
    assert runner.snapshot(held).state == "paused"
    assert not runner.snapshot(held).epochs


def test_a_queued_run_is_its_owners_too(runner: Runner, held: str, spec: Callable[..., Any]) -> None:
    run = runner.submit(spec("iris", **SHORT), "anna")
    with pytest.raises(NotYourRun):
        runner.stop(run, "ben")
    assert runner.snapshot(run).state == "queued"


def test_pause_step_resume_stop(runner: Runner, held: str, wait_until: Callable[..., None]) -> None:
    runner.step(held, "anna")
    wait_until(lambda: len(runner.snapshot(held).epochs) == 1 and runner.snapshot(held).state == "paused")
    runner.resume(held, "anna")
    wait_until(lambda: len(runner.snapshot(held).epochs) > 3)
    runner.pause(held, "anna")
    wait_until(lambda: runner.snapshot(held).state == "paused")
    runner.stop(held, "anna")
    runner.wait(held, 30)
    stopped = runner.snapshot(held)
    assert stopped.state == "stopped"
    assert stopped.has_weights
    assert run_weights(held)


def test_orders_to_a_run_that_is_over_change_nothing(runner: Runner, spec: Callable[..., Any]) -> None:
    run = finish(runner, spec("iris", **SHORT))
    before = runner.snapshot(run)
    for order in (runner.pause, runner.resume, runner.step, runner.stop, runner.take_up):
        order(run, "anna")
    assert runner.snapshot(run) == before


def test_a_child_run_goes_on_from_its_parent(runner: Runner, spec: Callable[..., Any]) -> None:
    parent = finish(runner, spec("iris", **SHORT))
    child = finish(runner, spec("iris", **SHORT, start=f"run:{parent}"))
    grandchild = finish(runner, spec("iris", **SHORT, start=f"run:{child}"))
    assert runner.snapshot(child).parent == parent
    assert [s.id for s in runner.lineage(grandchild)] == [parent, child, grandchild]
    losses = [e.loss for s in runner.lineage(grandchild) for e in s.epochs]
    assert losses == sorted(losses, reverse=True)
    assert runner.lineage(parent) == [runner.snapshot(parent)]


def test_lineage_ends_where_the_network_changed(runner: Runner, spec: Callable[..., Any]) -> None:
    parent = finish(runner, spec("iris", **SHORT))
    child = finish(runner, spec("iris", task="flowers", epochs=1, start=f"run:{parent}"))
    assert runner.snapshot(child).state == "finished"
    assert [s.id for s in runner.lineage(child)] == [child]
    kept, learned = run_weights(child), run_weights(parent)
    assert np.array_equal(kept["dense_50/0"], learned["dense_50/0"])


@pytest.mark.parametrize("which", ["unknown", "unfinished", "another scenario"])
def test_a_parent_with_nothing_to_give_is_refused(
    which: str, runner: Runner, held: str, spec: Callable[..., Any]
) -> None:
    parent = held if which == "unfinished" else "0" * 16
    scenario: tuple[str, dict[str, Any]] = ("iris", SHORT)
    if which == "another scenario":
        runner.stop(held, "anna")
        runner.wait(held, 30)
        parent, scenario = held, ("imdb", {"examples": 50})
    with pytest.raises(InvalidSettings, match="start"):
        runner.submit(spec(scenario[0], **scenario[1], start=f"run:{parent}"), "anna")


@pytest.mark.parametrize("run", ["0" * 16, "", "../../etc", "<script>"])
def test_unknown_runs_are_said_to_be_unknown(run: str, runner: Runner) -> None:
    for ask in (runner.snapshot, lambda r: runner.stop(r, "anna"), runner.lineage):
        with pytest.raises(UnknownRun):
            ask(run)


@pytest.mark.parametrize(
    ("error", "says"),
    [(WorkerDied("The worker is gone."), "The worker is gone."), (RuntimeError("secret"), "unexpected")],
)
def test_a_failing_run_says_why_and_the_next_one_works(
    error: Exception, says: str, runner: Runner, spec: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(runner.engine, "follow", fails)
        run = finish(runner, spec("iris", **SHORT))
    failed = runner.snapshot(run)
    assert failed.state == runner.store.get(run).state == "failed"
    assert says in failed.reason
    assert "secret" not in failed.reason
    assert runner.snapshot(finish(runner, spec("iris", **SHORT))).state == "finished"


def test_a_new_runner_finds_old_runs(runner: Runner, spec: Callable[..., Any]) -> None:
    run = finish(runner, spec("iris", **SHORT))
    again = Runner(InlineEngine(), Store())
    assert again.snapshot(run) == runner.snapshot(run)
    assert [s.id for s in again.latest("anna", "iris", ["finished"])] == [run]
    again.close()


def test_questions_are_answered_beside_runs(runner: Runner, held: str, spec: Callable[..., Any]) -> None:
    question = {"about": "predict", "spec": spec("iris", **SHORT).flat(), "row": [5.1, 3.5, 1.4, 0.2]}
    assert len(runner.ask(question).result(30)["after"]) == 3


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(Exception, match="no such engine"):
        make_engine("quantum")


def test_the_phases_of_a_plan_follow_each_other_on_one_curve(runner: Runner, spec: Callable[..., Any]) -> None:
    phases = [spec("iris", task="flowers", epochs=3), spec("iris", task="flowers", epochs=2, frozen="none")]
    first, second = runner.submit_phases(phases, "anna")
    runner.wait(first, 60)
    runner.wait(second, 60)
    assert [runner.snapshot(r).state for r in (first, second)] == ["finished", "finished"]
    assert runner.snapshot(second).spec.start == f"run:{first}"
    assert [s.id for s in runner.lineage(second)] == [first, second]
    assert runner.follower(first) == second
    assert runner.follower(second) is None
    frozen, trained = run_weights(first), run_weights(second)
    assert not np.array_equal(frozen["dense_50/0"], trained["dense_50/0"])


def test_a_phase_lets_others_pass_while_it_waits(
    runner: Runner, held: str, spec: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    phases = [spec("iris", **LONG), spec("iris", **SHORT)]
    first, second = runner.submit_phases(phases, "anna")
    other = runner.submit(spec("iris", **SHORT), "anna")
    runner.stop(held, "anna")
    wait_until(lambda: runner.snapshot(first).state == "running")
    runner.engine.slots = 2
    extra = runner.submit(spec("iris", **SHORT), "ben")
    for run in (other, extra):
        runner.wait(run, 60)
        assert runner.snapshot(run).state == "finished"
    assert runner.snapshot(second).state == "queued"
    runner.stop(first, "anna")
    runner.wait(first, 30)


@pytest.mark.parametrize("how", ["stopped", "cancelled in the queue", "failed"])
def test_a_plan_ends_with_a_phase_that_does_not_finish(
    how: str, runner: Runner, held: str, spec: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    phases = [spec("iris", **LONG)] + [spec("iris", **SHORT)] * 2
    if how == "failed":
        phases[0] = spec("iris", **LONG).changed(learning_rate=10.0, epochs=40, start="run:0123456789abcdef")
        with pytest.raises(InvalidSettings):
            runner.submit_phases(phases, "anna")
        assert not runner.store.latest("anna", "iris", {"queued"}, 5)
        return
    runs = runner.submit_phases(phases, "anna")
    if how == "stopped":
        runner.stop(held, "anna")
        wait_until(lambda: runner.snapshot(runs[0]).state == "running")
    runner.stop(runs[0], "anna")
    for run in runs:
        runner.wait(run, 30)
    ended = "stopped" if how == "stopped" else "cancelled"
    assert [runner.snapshot(r).state for r in runs] == [ended, "cancelled", "cancelled"]
    assert [runner.store.get(r).state for r in runs] == [ended, "cancelled", "cancelled"]
    assert runner.follower(runs[0]) is None
