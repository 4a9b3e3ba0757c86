"""The app's way of training, for benchmarks: Runner, store and one warm worker, unpaced."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psutil

from core import scenarios
from core.runs.engines.base import Event, Job, Orders
from core.runs.engines.process import ProcessEngine
from core.runs.runner import Runner
from core.runs.store import Store


class Stopwatch(ProcessEngine):
    """The process engine, noting when each epoch has been taken in."""

    def __init__(self) -> None:
        super().__init__(slots=1)
        self.moments: dict[str, list[float]] = defaultdict(list)

    def prepare(self, scenario: str) -> None:
        """At once: there is no page that would have to be drawn first."""
        self._prepare(scenario)

    def follow(self, job: Job, orders: Orders, on_event: Callable[[Event], None]) -> None:
        def noted(event: Event) -> None:
            on_event(event)
            if event["event"] == "epoch":
                self.moments[job.run].append(time.perf_counter())

        super().follow(job, orders, noted)


class WarmLab:
    """A runner whose one worker has a scenario's data prepared."""

    def __init__(self, scenario: str) -> None:
        self._engine = Stopwatch()
        self._runner = Runner(self._engine, Store())
        self._engine.prepare(scenario)
        # Orders are taken one by one: when a small run is over, the data are prepared.
        self.train({"scenario": "iris", "task": "source", "epochs": 1})

    def train(self, values: dict[str, Any]) -> list[float]:
        """Train to the end; returns the moment at which each epoch stood in the store."""
        run = self.last_run = self._runner.submit(scenarios.parse(values), owner="benchmark")
        self._runner.wait(run)
        snapshot = self._runner.snapshot(run)
        if snapshot.state != "finished":
            raise RuntimeError(f"The run should have finished. It {snapshot.state}: {snapshot.reason}")
        return self._engine.moments[run]

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """An answer, as a page would get it."""
        return self._runner.ask(question).result()

    @property
    def megabytes(self) -> float:
        """What the largest worker takes."""
        sizes = [child.memory_info().rss for child in psutil.Process().children(recursive=True)]
        return max(sizes) / 1e6

    def close(self) -> None:
        self._runner.close()
