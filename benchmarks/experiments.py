"""Experiments from the press to their last point, on warm workers as a page has them: a race on IMDB, and cats and dogs
at six sizes and three seeds with the features of all pictures on disk.

The race is compared with the same three runs one after the other.
"""

from __future__ import annotations

import os
import time
from typing import Any

from benchmarks.report import Comparison, Figure, Report
from core import experiments
from core.experiments.examples import TRANSFERRED
from core.runs.engines.process import ProcessEngine
from core.runs.runner import Runner
from core.runs.store import Store

OWNER = "benchmark"
RACE: dict[str, Any] = {"kind": "race", "setting": {"scenario": "imdb", "examples": 1_000}}
SIZES: dict[str, Any] = {"kind": "examples", "setting": {"scenario": "cats_dogs"}}
RACE_ASKED, HALF_ASKED, FIRST_ASKED, SCRATCH_ASKED = 6, 20, 3, 240
LOOK = 0.05


def measure(repeats: int) -> Report:
    """The race ``repeats`` times; the sizes once, with the small CNN as their scratch half."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    runner = _warm_runner()
    try:
        race = [_moments(runner, RACE)[-1] for _ in range(repeats)]
        one_by_one = [_one_by_one(runner, RACE) for _ in range(repeats)]
        arms, moments = _sizes(runner)
    finally:
        runner.close()
    half = [m for arm, m in zip(arms, moments, strict=True) if arm == TRANSFERRED]
    return Report(
        "experiments",
        [Comparison("race_on_imdb", race, one_by_one, 1)],
        [
            Figure("race_on_imdb", min(race), "s", RACE_ASKED),
            Figure("sizes_first_point", half[0], "s", FIRST_ASKED),
            Figure("sizes_transfer_half", half[-1], "s", HALF_ASKED),
            Figure("sizes_scratch_half", moments[-1] - half[-1], "s", SCRATCH_ASKED),
        ],
        notes=("The notebook's column is the same three runs one after the other.",),
    )


def _warm_runner() -> Runner:
    """A runner whose workers have trained both scenarios once, all pictures' features being kept."""
    runner = Runner(ProcessEngine(), Store())
    _moments(runner, {**RACE, "setting": {**RACE["setting"], "epochs": 1}})
    _moments(runner, {**SIZES, "setting": {**SIZES["setting"], "epochs": 1}, "sizes": [1_000, 2_000], "seeds": [1]})
    return runner


def _sizes(runner: Runner) -> tuple[list[str], list[float]]:
    experiment = experiments.parse(SIZES)
    began = time.perf_counter()
    which = runner.experiments.start(experiment, OWNER)
    arms: list[str] = []
    moments: list[float] = []
    seen: set[str] = set()
    while True:
        progress = runner.experiments.progress(which)
        for result in progress.results:
            if result.run not in seen:
                seen.add(result.run)
                arms.append(result.trial.arm)
                moments.append(time.perf_counter() - began)
        if not progress.is_live:
            return arms, moments
        time.sleep(LOOK)


def _moments(runner: Runner, values: dict[str, Any]) -> list[float]:
    began = time.perf_counter()
    which = runner.experiments.start(experiments.parse(values), OWNER)
    runner.experiments.wait(which)
    _see_that_all_is_well(runner, which)
    return [time.perf_counter() - began]


def _one_by_one(runner: Runner, values: dict[str, Any]) -> float:
    began = time.perf_counter()
    for trial in experiments.plan(experiments.parse(values)):
        runner.wait(runner.submit(trial.spec, OWNER))
    return time.perf_counter() - began


def _see_that_all_is_well(runner: Runner, which: str) -> None:
    lost = [r for r in runner.experiments.progress(which).results if not r.is_known]
    if lost:
        raise RuntimeError(f"All runs should have finished. {lost[0].trial.arm} is {lost[0].state}.")
