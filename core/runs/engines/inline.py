"""Training in the runner's own thread, in this process: for tests and the command line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from core.runs.engines.base import Event, Job, Orders
from core.training.control import Control


class InlineEngine:
    """Trains where it is called."""

    slots = 1

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._preparing: dict[str, threading.Thread] = {}

    def begin(self, job: Job) -> Orders:
        return Control(job.pace, job.steps)

    def follow(self, job: Job, orders: Orders, on_event: Callable[[Event], None]) -> None:
        from core.training.train import train

        assert isinstance(orders, Control)
        train(job.spec, on_event, orders, job.folder)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        from core.runs.answers import answer

        with self._asking:
            return answer(question)

    def prepare(self, scenario: str) -> None:
        from core import scenarios

        if scenario not in self._preparing:
            self._preparing[scenario] = threading.Thread(target=scenarios.get(scenario).prepare, daemon=True)
            self._preparing[scenario].start()

    def close(self) -> None:
        """Nothing is left running."""
        for thread in self._preparing.values():
            thread.join()
