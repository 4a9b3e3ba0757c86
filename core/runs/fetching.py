"""Downloads seen from the web process: started, watched, cancelled. Each runs in a process of its own."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal

from core.errors import SourceUnavailable, WorkerDied
from core.home import subfolder
from core.sources.downloads import DOWNLOADS, FETCHING, location, sweep
from core.sources.fetch import AGAIN, LATER
from core.words import language, mark, say, speaking

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "core.runs.fetcher")
STARTING, PROVED = mark("starting"), mark("proved")
PATIENCE = {STARTING: 60.0, FETCHING: 7.0}
"""Seconds to wait for a word, by phase: while fetching a little more than the connection's own time-out, for what has
none, such as looking a name up. The other phases work on this computer and end by themselves."""
LOG_BYTES = 2 * 2**20

State = Literal["absent", "fetching", "there", "failed", "cancelled"]


@dataclass(frozen=True)
class FetchStatus:
    """How a download stands. ``done`` bytes ``of`` about so many while the phase is fetching; one that is there has the
    phase proved once this server has seen it proved. ``reason`` is a sentence for one that failed, in the language of
    whoever began it; phases are English."""

    asset: str
    state: State
    phase: str = ""
    done: int = 0
    of: int | None = None
    reason: str = ""


class Fetches:
    """All downloads of this server, one at a time of each. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[str, Fetch] = {}
        self._ended: dict[str, tuple[FetchStatus, Path | None]] = {}
        self._closed = False
        for name in DOWNLOADS:
            sweep(name)

    def start(self, name: str) -> None:
        """Begin a download, or prove what is here already; does nothing where that is under way.

        Raises:
            SourceUnavailable: when there is no such download.
        """
        location(name)
        with self._lock:
            if self._closed or name in self._live:
                return
            fetch = self._live[name] = Fetch(name)
            self._ended.pop(name, None)
            follow = speaking(fetch.language)(self._follow)
            fetch.thread = threading.Thread(target=follow, args=(fetch,), name=f"fetch-{name}", daemon=True)
            fetch.thread.start()

    def cancel(self, name: str) -> None:
        """End a download and leave nothing of it; without one, nothing happens."""
        with self._lock:
            fetch = self._live.get(name)
        if fetch is not None:
            fetch.cancel()

    def status(self, name: str) -> FetchStatus:
        """How a download stands.

        Raises:
            SourceUnavailable: when there is no such download.
        """
        with self._lock:
            if name in self._live:
                return self._live[name].status
            ended, seen = self._ended.get(name, (None, None))
        there = location(name)
        if ended is not None and seen == there:
            return ended
        return FetchStatus(name, "absent" if there is None else "there")

    def close(self) -> None:
        """End all downloads."""
        with self._lock:
            self._closed = True
            live = list(self._live.values())
        for fetch in live:
            fetch.cancel()
        for fetch in live:
            if fetch.thread is not None:
                fetch.thread.join(5)

    def _follow(self, fetch: Fetch) -> None:
        there = None
        try:
            ended = fetch.run()
            sweep(fetch.name)
            there = location(fetch.name)
        except Exception as error:  # the thread's boundary: the page gets a sentence, the log the rest
            LOG.exception("the download %s failed", fetch.name)
            reason = say("The download could not be run ({error}). {mend}", error=error, mend=say(AGAIN))
            ended = FetchStatus(fetch.name, "failed", reason=reason)
        with self._lock:
            del self._live[fetch.name]
            if ended.state != "cancelled" or there is None:  # a check cancelled leaves what is there as it was
                self._ended[fetch.name] = ended, there


class Fetch:
    """One download: its process, and how far it has come."""

    flags = 0

    def __init__(self, name: str) -> None:
        self.name, self.status = name, FetchStatus(name, "fetching", STARTING)
        self.language = language()
        self.thread: threading.Thread | None = None
        self._lock, self._is_cancelled = threading.Lock(), False
        self._process: subprocess.Popen[str] | None = None

    def run(self) -> FetchStatus:
        """Download, and tell how it ended. The process is gone then."""
        lines: queue.Queue[str] = queue.Queue()
        with self._open() as process:
            reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
            reader.start()
            try:
                return self._watch(lines, process)
            finally:
                process.kill()
                reader.join()

    def cancel(self) -> None:
        with self._lock:
            self._is_cancelled = True
            if self._process is not None:
                self._process.kill()

    def _open(self) -> subprocess.Popen[str]:
        with self._lock, _log().open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, self.name, self.language], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                cwd=ROOT, text=True, encoding="utf-8", creationflags=self.flags,
            )  # fmt: skip
            if self._is_cancelled:
                self._process.kill()
            return self._process

    def _watch(self, lines: queue.Queue[str], process: subprocess.Popen[str]) -> FetchStatus:
        while True:
            patience = PATIENCE.get(self.status.phase)
            try:
                line = lines.get(timeout=patience)
            except queue.Empty:
                what = say("Nothing has come for {seconds:g} s.", seconds=patience)
                return self._failed(SourceUnavailable(what, self.name, say(LATER)))
            if not line.endswith("\n"):  # nothing more, or a line cut short by its end
                return self._ended(process)
            event = json.loads(line)
            if event["event"] == "progress":
                self.status = replace(self.status, phase=event["phase"], done=event["done"], of=event["of"])
            elif event["event"] == "failed":
                return self._failed(event["reason"])
            else:
                return FetchStatus(self.name, "there", PROVED)

    def _ended(self, process: subprocess.Popen[str]) -> FetchStatus:
        code = process.wait()
        if self._is_cancelled:
            return FetchStatus(self.name, "cancelled")
        what = say("The process that downloads has ended (exit code {code}).", code=code)
        return self._failed(WorkerDied(what, do=say(AGAIN)))

    def _failed(self, reason: object) -> FetchStatus:
        return FetchStatus(self.name, "failed", reason=str(reason))


def _read(pipe: IO[str], lines: queue.Queue[str]) -> None:
    for line in pipe:
        lines.put(line)
    lines.put("")


def _log() -> Path:
    path = subfolder("logs") / "downloads.log"
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path


if sys.platform == "win32":  # no console window a download
    Fetch.flags = subprocess.CREATE_NO_WINDOW
