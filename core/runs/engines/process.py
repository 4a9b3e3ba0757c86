"""Training in warm worker processes, started on demand, kept between runs, recycled before they grow."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil

from core.errors import LabError, WorkerDied
from core.runs.engines.base import Event, Job, Orders
from core.runs.engines.workers import WorkerProcess
from core.words import ENGLISH, say, speaking

MOST_BYTES, MOST_RUNS = 2 * 2**30, 40
"""A worker larger or older than this is replaced: each training leaves 3-6 MB behind in TensorFlow."""
IDLE_SECONDS = 15 * 60
ANSWER_SECONDS = 60
GRACE_SECONDS = 2.0
"""A page that opens is drawn first: on two cores, TensorFlow loading beside it delays the first chart by a second.
Train pressed sooner waits for nothing."""


class RemoteOrders:
    """Orders for a run in a worker; those given before it has one are kept."""

    def __init__(self, run: str) -> None:
        self._run, self._lock = run, threading.Lock()
        self._worker: WorkerProcess | None = None
        self._early: list[dict[str, Any]] = []

    def attach(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._worker = worker
            for order in self._early:
                worker.send(order)

    def pause(self) -> None:
        self._send("pause")

    def step(self) -> None:
        self._send("step")

    def resume(self) -> None:
        self._send("resume")

    def stop(self) -> None:
        self._send("stop")

    def set_pace(self, pace: float) -> None:
        self._send("set_pace", pace=pace)

    def _send(self, do: str, **given: Any) -> None:
        order = {"do": do, "run": self._run, **given}
        with self._lock:
            if self._worker is None:
                self._early.append(order)
            else:
                self._worker.send(order)


class ProcessEngine:
    """As many training workers as cores, and one that only answers."""

    def __init__(self, slots: int | None = None) -> None:
        self.slots = slots or os.cpu_count() or 1
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._answerer: WorkerProcess | None = None
        self._questions = itertools.count()
        self._wanted: set[str] = set()
        self._closed = threading.Event()
        threading.Thread(target=self._let_go, daemon=True).start()

    def begin(self, job: Job) -> Orders:
        return RemoteOrders(job.run)

    def follow(self, job: Job, orders: Orders, on_event: Callable[[Event], None]) -> None:
        assert isinstance(orders, RemoteOrders)
        worker = self._take()
        done = False
        try:
            worker.send({"do": "train", "run": job.run, "spec": job.spec.flat(), "folder": str(job.folder),
                         "pace": job.pace, "steps": job.steps, "language": job.language})  # fmt: skip
            orders.attach(worker)
            while not done:
                event = worker.read()
                if event.get("run") == job.run:
                    done = event["event"] in {"finished", "failed", "cancelled"}
                    _deliver(event, on_event)
        finally:
            self._give_back(worker, healthy=done)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._asking, speaking(str(question.get("language", ENGLISH))):
            if self._answerer is None:
                self._closed.wait(GRACE_SECONDS)
            if self._closed.is_set():
                raise WorkerDied(say("The lab is closing."), do=say("Start it again."))
            if self._answerer is None or not self._answerer.is_alive:
                if self._answerer is not None:
                    self._answerer.close()
                self._answerer = WorkerProcess("--answers")
            return self._answer(self._answerer, question)

    def prepare(self, scenario: str) -> None:
        if scenario not in self._wanted:
            self._wanted.add(scenario)
            timer = threading.Timer(GRACE_SECONDS, self._prepare, [scenario])
            timer.daemon = True
            timer.start()
        else:
            self._prepare(scenario)

    def _prepare(self, scenario: str) -> None:
        with self._lock:
            if self._closed.is_set():
                return
            if not self._idle and not self._busy:  # a second one starts when it is needed, not beside a run
                self._idle.append(WorkerProcess())
            for worker in self._idle:
                worker.prepare(scenario)

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            workers = [*self._idle, *self._busy, *([self._answerer] if self._answerer else [])]
        for worker in workers:
            worker.close()

    @property
    def pids(self) -> dict[str, list[int]]:
        """Process ids by what they do."""
        with self._lock:
            answering = [self._answerer.pid] if self._answerer else []
            return {
                "training": [w.pid for w in self._busy],
                "idle": [w.pid for w in self._idle],
                "answering": answering,
            }

    def _answer(self, worker: WorkerProcess, question: dict[str, Any]) -> dict[str, Any]:
        number = next(self._questions)
        worker.send({"do": "ask", "question": number, "given": question})
        watchdog = threading.Timer(ANSWER_SECONDS, worker.kill)
        watchdog.start()
        try:
            while True:
                event = worker.read()
                if event.get("question") == number:
                    return _deliver(event, lambda e: None).get("answer", {})
        finally:
            watchdog.cancel()

    def _take(self) -> WorkerProcess:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    break
                worker.close()
            else:
                worker = WorkerProcess()
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: WorkerProcess, healthy: bool) -> None:
        worker.runs, worker.idle_since = worker.runs + 1, time.monotonic()
        keep = healthy and worker.is_alive and worker.runs < MOST_RUNS and _size(worker) < MOST_BYTES
        with self._lock:
            self._busy.discard(worker)
            if keep and not self._closed.is_set():
                self._idle.append(worker)
                return
        worker.close()

    def _let_go(self) -> None:
        while not self._closed.wait(30):
            now = time.monotonic()
            with self._lock:
                old = [w for w in self._idle if now - w.idle_since > IDLE_SECONDS]
                self._idle = [w for w in self._idle if w not in old]
            for worker in old:
                worker.close()


def _deliver(event: Event, on_event: Callable[[Event], None]) -> Event:
    if event["event"] != "failed":
        on_event(event)
        return event
    if event["known"]:
        raise LabError(event["reason"])
    raise WorkerDied(
        say("Something unexpected went wrong in the worker ({error}).", error=event["reason"]),
        do=say("Train again; the log says what happened."),
    )


def _size(worker: WorkerProcess) -> int:
    try:
        return int(psutil.Process(worker.pid).memory_info().rss)
    except psutil.Error:
        return 0


if sys.platform == "win32":  # no console window a worker
    WorkerProcess.flags = subprocess.CREATE_NO_WINDOW
