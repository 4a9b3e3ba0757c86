"""Experiments under way: in the queue, in the store, stopped, broken off and continued."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core import experiments
from core.errors import NotYourRun, UnknownExperiment
from core.experiments import Experiment
from core.runs.engines.inline import InlineEngine
from core.runs.experiments import Progress, estimated
from core.runs.runner import Runner
from core.runs.store import Store

ROOT = Path(__file__).resolve().parents[2]
VALUES: dict[str, Any] = {
    "kind": "examples", "setting": {"scenario": "iris", "epochs": 3}, "sizes": [4, 8, 12], "seeds": [1, 2],
}  # fmt: skip


def made(**values: Any) -> Experiment:
    return experiments.parse({**VALUES, **values})


def scores(progress: Progress) -> list[tuple[Any, ...]]:
    return [(r.trial.arm, r.trial.x, r.seed, r.val_loss, r.val_accuracy) for r in progress.results]


@pytest.fixture
def runner(own_home: Path) -> Iterator[Runner]:
    started = Runner(InlineEngine(), Store())
    yield started
    started.close()


def test_points_come_in_one_by_one_and_are_ordinary_runs(runner: Runner) -> None:
    which = runner.experiments.start(made(), "anna")
    runner.experiments.wait(which, 60)
    progress = runner.experiments.progress(which)
    assert (progress.state, progress.done, len(progress.trials)) == ("finished", 12, 12)
    assert all(r.state == "finished" and r.is_known and r.validated == 40 for r in progress.results)
    for trial, run in zip(progress.trials, progress.runs, strict=True):
        assert run is not None
        found = runner.store.get(run)
        assert (found.spec, found.state, found.owner) == (trial.spec, "finished", "anna")
    assert progress.conclusion.sentence


def test_a_single_run_of_the_same_browser_goes_before_the_rest(runner: Runner, spec: Callable[..., Any]) -> None:
    which = runner.experiments.start(made(), "anna", pace=2)
    run = runner.submit(spec("iris", epochs=2), "anna")
    assert runner.snapshot(run).ahead == 0, "a run of the experiment waits already, and lets it pass"
    runner.wait(run, 30)
    assert runner.snapshot(run).state == "finished"
    assert runner.experiments.progress(which).done <= 2
    runner.experiments.stop(which, "anna")


def test_no_more_than_a_few_wait_in_the_queue(runner: Runner) -> None:
    which = runner.experiments.start(made(), "anna", pace=2)
    progress = runner.experiments.progress(which)
    assert sum(run is not None for run in progress.runs) == runner.engine.slots + 1
    assert progress.left > 0
    runner.experiments.stop(which, "anna")


def test_only_its_owner_stops_or_continues_it_and_anybody_looks(runner: Runner) -> None:
    which = runner.experiments.start(made(), "anna", pace=2)
    for order in (runner.experiments.stop, runner.experiments.take_up):
        with pytest.raises(NotYourRun):
            order(which, "ben")
    assert runner.experiments.progress(which).is_live
    with pytest.raises(UnknownExperiment):
        runner.experiments.progress("0" * 16)
    runner.experiments.stop(which, "anna")


def test_stopped_as_one_it_keeps_its_points_and_continues_to_the_same_ones(
    runner: Runner, wait_until: Callable[..., None]
) -> None:
    whole = runner.experiments.start(made(), "anna")
    runner.experiments.wait(whole, 60)
    expected = scores(runner.experiments.progress(whole))
    which = runner.experiments.start(made(), "anna", pace=20)
    wait_until(lambda: runner.experiments.progress(which).done >= 2)
    runner.experiments.stop(which, "anna")
    wait_until(lambda: not any(runner.snapshot(run).is_live for run in runner.experiments.progress(which).runs if run))
    stopped = runner.experiments.progress(which)
    assert stopped.state == "stopped" and 2 <= stopped.done < 12
    kept = {r.run for r in stopped.results if r.state == "finished"}
    runner.experiments.take_up(which, "anna")
    runner.experiments.wait(which, 60)
    ended = runner.experiments.progress(which)
    assert scores(ended) == expected
    assert kept <= {r.run for r in ended.results}, "what was done is not trained again"


def test_what_is_shared_is_one_run(runner: Runner) -> None:
    which = runner.experiments.start(made(kind="depth", sizes=None, seeds=[1]), "anna")
    runner.experiments.wait(which, 60)
    progress = runner.experiments.progress(which)
    assert len(progress.trials) == 7 == len(set(progress.runs))
    lines = progress.conclusion.figures["lines"]
    assert [len(line) for line in lines.values()] == [3, 3, 3]
    assert len({line[0]["mean"] for line in lines.values()}) == 1


def test_a_run_that_fails_is_named_and_the_rest_goes_on(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = runner.engine.follow

    def failing(job: Any, *rest: Any) -> None:
        if job.spec.options["per_species"] == 2 and job.spec.seed == 2:
            raise RuntimeError("the disk is on fire")
        follow(job, *rest)

    monkeypatch.setattr(runner.engine, "follow", failing)
    which = runner.experiments.start(made(), "anna")
    runner.experiments.wait(which, 60)
    progress = runner.experiments.progress(which)
    assert progress.state == "finished" and progress.done == 12
    assert [(r.trial.x, r.seed) for r in progress.results if r.state == "failed"] == [(8, 2), (8, 2)]
    monkeypatch.setattr(runner.engine, "follow", follow)
    runner.experiments.take_up(which, "anna")
    runner.experiments.wait(which, 60)
    assert all(r.is_known for r in runner.experiments.progress(which).results)


def test_estimates_grow_with_the_work() -> None:
    small, large = (made(setting={"scenario": "cats_dogs", "epochs": n}, sizes=[20, 200]) for n in (2, 40))
    assert 0 < estimated(small, 2) < estimated(large, 2)
    assert estimated(large, 1) == pytest.approx(2 * estimated(large, 2))


SERVER = """
import json, sys, time
from core import experiments
from core.runs.engines.process import ProcessEngine
from core.runs.runner import Runner
from core.runs.store import Store
runner = Runner(ProcessEngine(slots=1), Store())
which = runner.experiments.start(experiments.parse(json.loads(sys.argv[1])), "anna", pace=30)
print(which, flush=True)
while runner.experiments.progress(which).done < 3:
    time.sleep(0.01)
print("three", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_after_a_kill_no_point_is_lost_and_only_what_is_missing_is_trained(own_home: Path) -> None:
    values = {**VALUES, "setting": {"scenario": "iris", "epochs": 20}}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, json.dumps(values)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        which = server.stdout.readline().strip()
        assert server.stdout.readline().strip() == "three"
        server.kill()
    runner = Runner(InlineEngine(), Store())
    broken = runner.experiments.progress(which)
    assert broken.state == "interrupted" and 3 <= broken.done < 12
    kept = {r.run for r in broken.results}
    begun = {run for run in broken.runs if run and run not in kept}
    assert begun and all(runner.snapshot(run).state == "interrupted" for run in begun)
    trained: list[str] = []
    follow = runner.engine.follow
    runner.engine.follow = lambda job, *rest: (trained.append(job.run), follow(job, *rest))[1]  # type: ignore[method-assign]
    runner.experiments.take_up(which, "anna")
    runner.experiments.wait(which, 120)
    ended = runner.experiments.progress(which)
    assert ended.state == "finished" and ended.done == 12
    assert len(trained) == 12 - broken.done and not kept & set(trained)
    assert begun <= set(trained), "a run that was broken off goes on, and is not trained anew"
    again = runner.experiments.start(experiments.parse(values), "anna")
    runner.experiments.wait(again, 120)
    assert scores(runner.experiments.progress(again)) == scores(ended)
    runner.close()


def test_a_runner_that_closes_begins_no_more_runs(runner: Runner) -> None:
    which = runner.experiments.start(made(), "anna", pace=2)
    queued = [run for run in runner.experiments.progress(which).runs if run]
    runner.experiments.close()
    for run in reversed(queued):
        runner.stop(run, "anna")
        runner.wait(run, 30)
    assert [run for run in runner.experiments.progress(which).runs if run] == queued
