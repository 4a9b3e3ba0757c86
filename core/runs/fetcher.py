"""A download in a process of its own: ``python -m core.runs.fetcher ASSET [LANGUAGE]``, JSON lines out.

It keeps its real standard output for them and points everyone else's at standard error. It ends when its standard input
closes, so that none outlives the program that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from typing import IO, Any

from core.errors import LabError
from core.runs.child import claim_stdout, make_way
from core.sources.downloads import install, sweep
from core.words import ENGLISH, say, speaking

NICENESS = 4
OFTEN = 0.1
"""Seconds between two words on progress."""


class Report:
    """Says in which phase a download is and how far it has come, not too often."""

    def __init__(self, pipe: IO[str]) -> None:
        self._pipe, self._phase, self._said = pipe, "", 0.0

    def __call__(self, phase: str, done: int, of: int | None) -> None:
        now = time.monotonic()
        if phase != self._phase or now - self._said >= OFTEN or done == of:
            self._phase, self._said = phase, now
            self.say({"event": "progress", "phase": phase, "done": done, "of": of})

    def say(self, message: dict[str, Any]) -> None:
        self._pipe.write(json.dumps(message) + "\n")
        self._pipe.flush()


def main() -> None:
    report = Report(claim_stdout())
    make_way(NICENESS)
    name, code = [*sys.argv[1:], ENGLISH][:2]
    threading.Thread(target=_end_with_parent, args=(name,), daemon=True).start()
    with speaking(code):
        _fetch(name, report)


def _fetch(name: str, report: Report) -> None:
    try:
        install(name, report)
    except LabError as error:
        report.say({"event": "failed", "reason": str(error)})
    except Exception as error:  # noqa: BLE001 - the boundary: the page gets a sentence, the log the rest
        traceback.print_exc()
        reason = say("Something unexpected went wrong ({error}). The server's log has the details.",
                     error=type(error).__name__)  # fmt: skip
        report.say({"event": "failed", "reason": reason})
    else:
        report.say({"event": "done"})


def _end_with_parent(name: str) -> None:
    """Wait until standard input closes; then leave nothing behind."""
    while os.read(0, 1024):  # not `sys.stdin`, whose lock would be held while Python shuts down
        continue
    sweep(name, own=True)
    os._exit(0)


if __name__ == "__main__":
    main()
