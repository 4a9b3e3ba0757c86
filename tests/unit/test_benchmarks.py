"""What the benchmarks say of their samples. The samples themselves are not taken here."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import app
from benchmarks.app import TEXT, new_text, p95, time_answers
from benchmarks.report import Comparison, Figure, Report
from core.runs.engines.base import Event, Job, Orders
from core.runs.runner import Runner
from core.runs.store import Store
from core.sources.words import split_words
from core.training.control import Control

PAIR = Comparison("trainable", ours=(0.05, 9.0, 0.04), notebook=(0.5, 0.6, 0.1), asked=10)
APP = Report(
    "app",
    figures=(Figure("healthy", 1.23456, "s", 2), Figure("click", None, "s"), Figure("web", 180.04, "MB", 250)),
    facts={"web_imports_tensorflow": False},
    notes=("No browser figures: none here.",),
)


def test_ratio_is_the_notebooks_median_over_ours() -> None:
    assert PAIR.ratio == pytest.approx(0.5 / 0.05)


def test_json_line_has_ratios_and_seconds_of_both_ways() -> None:
    assert json.loads(Report("imdb", [PAIR]).json_line()) == {
        "benchmark": "imdb",
        "ratios": {"trainable": 10.0},
        "seconds": {"trainable_ours": 0.05, "trainable_notebook": 0.5},
    }


def test_json_line_of_the_app_has_seconds_megabytes_and_facts() -> None:
    assert json.loads(APP.json_line()) == {
        "benchmark": "app",
        "ratios": {},
        "seconds": {"healthy": 1.235, "click": None},
        "megabytes": {"web": 180.04},
        "web_imports_tensorflow": False,
        "notes": ["No browser figures: none here."],
    }


def test_json_is_one_line() -> None:
    assert "\n" not in APP.json_line()


def test_table_says_what_was_not_measured() -> None:
    rows = {line.split()[0]: line for line in APP.table().splitlines()[1:]}
    assert "not measured" in rows["click"] and "250 MB" in rows["web"]
    assert "No browser figures: none here." in APP.table()


def test_table_shows_median_and_spread() -> None:
    assert "0.0500 (0.0400-9.0000)" in Report("imdb", [PAIR]).table()


@pytest.mark.parametrize("repeats", ["0", "-1", "ten"])
def test_repeats_that_make_no_sense_are_refused(repeats: str) -> None:
    command = [sys.executable, "-m", "benchmarks", "iris", "--repeats", repeats]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and repeats in done.stderr and not done.stdout


class Treadmill:
    """An engine whose runs do nothing but count epochs of so many seconds; they end with so many questions."""

    slots = 2

    def __init__(self, questions: int, tempo: float) -> None:
        self.asked: list[dict[str, Any]] = []
        self._questions, self._tempo = questions, tempo
        self._over, self._ended = threading.Event(), threading.Semaphore(0)

    def begin(self, job: Job) -> Orders:
        return Control()

    def follow(self, job: Job, orders: Orders, on_event: Callable[[Event], None]) -> None:
        on_event({"event": "started", "parameters": {"total": 1, "trainable": 1}, "cached": ""})
        epoch = {"event": "epoch", "loss": 1, "accuracy": 0, "val_loss": 1, "val_accuracy": 0, "seconds": 0.01}
        count = 0
        while not self._over.wait(self._tempo):
            count += 1
            on_event({**epoch, "epoch": count})
        on_event({"event": "finished", "epochs": count, "best_epoch": 1, "stopped_early": False, "restored_epoch": 1})
        self._ended.release()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.02)
        self.asked.append(question)
        if len(self.asked) == self._questions:
            self.close()
            for _ in range(self.slots):
                self._ended.acquire()
        return {}

    def prepare(self, scenario: str) -> None:
        """Nothing is needed."""

    def close(self) -> None:
        self._over.set()


@pytest.fixture
def treadmill(own_home: Path, spec: Callable[..., Any]) -> Iterator[Callable[..., tuple[Treadmill, Runner, list[str]]]]:
    """`treadmill(questions, tempo=0.01)`: an engine that stops after so many, its runner and two runs on it."""
    opened: list[Runner] = []

    def start(questions: int, tempo: float = 0.01) -> tuple[Treadmill, Runner, list[str]]:
        engine = Treadmill(questions, tempo)
        opened.append(Runner(engine, Store()))
        return engine, opened[-1], [opened[-1].submit(spec("iris", seed=seed), "me") for seed in (1, 2)]

    yield start
    for runner in opened:
        runner.engine.close()
        for snapshot in runner.latest("me", "iris", {"running"}, most=2):
            runner.wait(snapshot.id, 10)
        runner.close()


def test_p95_is_numpys() -> None:
    samples = list(np.random.default_rng(0).exponential(size=41))
    assert p95(samples) == pytest.approx(np.percentile(samples, 95))


def test_each_text_is_another_and_has_the_words_the_page_will_show() -> None:
    texts = [new_text(number) for number in range(50)]
    assert len(set(texts)) == 50
    assert all(" ".join(split_words(text, "plain")) == text and len(text.split()) == TEXT for text in texts)


def test_answers_are_timed_while_two_runs_train_and_the_first_is_not_counted(treadmill: Callable[..., Any]) -> None:
    engine, runner, runs = treadmill(1_000)
    seconds = time_answers(runner, {"about": "examine"}, runs, 4)
    assert len(seconds) == 4 and min(seconds) >= 0.02
    assert len({question["text"] for question in engine.asked}) == 5
    assert {question["about"] for question in engine.asked} == {"examine"}


@pytest.mark.parametrize("questions", [2, 5])
def test_a_run_that_ends_before_the_last_answer_spoils_the_measurement(
    treadmill: Callable[..., Any], questions: int
) -> None:
    _, runner, runs = treadmill(questions)
    with pytest.raises(RuntimeError, match="should train during all questions.*finished"):
        time_answers(runner, {"about": "examine"}, runs, 4)


def test_nothing_is_asked_beside_runs_that_stand_still(
    treadmill: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "LIMIT", 0.3)
    engine, runner, runs = treadmill(1_000, tempo=60)
    with pytest.raises(TimeoutError):
        time_answers(runner, {"about": "examine"}, runs, 4)
    assert not engine.asked
