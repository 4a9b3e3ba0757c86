"""What the runner asks of an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.spec import RunSpec
from core.words import ENGLISH

Event = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """One run to train: where its files go, how it begins (see `core.training.control.Control`), and the language in
    which it says why it failed."""

    run: str
    spec: RunSpec
    folder: Path
    pace: float = 0
    steps: int | None = None
    language: str = ENGLISH


class Orders(Protocol):
    """What may be asked of a run while it trains; `core.training.control.Control` says what each means."""

    def pause(self) -> None: ...
    def step(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> None: ...
    def set_pace(self, pace: float) -> None: ...


class Engine(Protocol):
    """Trains jobs and answers questions; every method may be called from any thread."""

    slots: int
    """Runs that may train at the same time."""

    def begin(self, job: Job) -> Orders:
        """Take a job; it trains when `follow` is called."""
        ...

    def follow(self, job: Job, orders: Orders, on_event: Callable[[Event], None]) -> None:
        """Train in this thread's time until the job ends.

        Raises:
            LabError: with a sentence for the page, when it cannot be trained or its worker dies.
        """
        ...

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question (see `core.runs.answers`), waiting for it."""
        ...

    def prepare(self, scenario: str) -> None:
        """Begin, without waiting, what makes the first run of this scenario quick."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...
