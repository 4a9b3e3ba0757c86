"""One worker process seen from outside: orders in, events out."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from core.errors import WorkerDied
from core.home import subfolder
from core.words import say

ROOT = Path(__file__).resolve().parents[3]
LOG_BYTES = 2 * 2**20


class WorkerProcess:
    """A ``python -m core.runs.worker`` with JSON lines on its pipes. One thread reads at a time; any may send."""

    flags = 0

    def __init__(self, *arguments: str) -> None:
        self._sending = threading.Lock()
        self._prepared: set[str] = set()
        self.runs, self.idle_since = 0, time.monotonic()
        with _log().open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.runs.worker", *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, text=True, encoding="utf-8",
                creationflags=self.flags,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def prepare(self, scenario: str) -> None:
        """Have it load a scenario's data, once."""
        if scenario not in self._prepared:
            self._prepared.add(scenario)
            self.send({"do": "prepare", "scenario": scenario})

    def send(self, order: dict[str, Any]) -> None:
        """Send an order. A worker that has ended is noticed by whoever reads."""
        assert self._process.stdin is not None
        with self._sending:
            try:
                self._process.stdin.write(json.dumps(order) + "\n")
                self._process.stdin.flush()
            except OSError:
                return

    def read(self) -> dict[str, Any]:
        """The next event, waiting for it.

        Raises:
            WorkerDied: when the process has ended.
        """
        assert self._process.stdout is not None
        try:
            line = self._process.stdout.readline()
        except ValueError:  # `close` was faster
            line = ""
        if not line.endswith("\n"):  # nothing more, or a line cut short by its end
            what = say("The worker process has ended ({how}).", how=self._ending())
            raise WorkerDied(what, do=say("Press Train to begin again."))
        event: dict[str, Any] = json.loads(line)
        return event

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """End it: it stops by itself when its input closes, and is killed if it does not."""
        with self._sending:
            if self._process.stdin is not None:
                try:
                    self._process.stdin.close()
                except OSError:
                    pass  # it has ended already, with orders unread
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ending(self) -> str:
        code = self._process.wait()
        if code >= 0:
            return say("exit code {code}", code=code)
        try:
            return say("ended by {signal}", signal=signal.Signals(-code).name)
        except ValueError:
            return say("ended by signal {number}", number=-code)


def _log() -> Path:
    path = subfolder("logs") / "workers.log"
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path
