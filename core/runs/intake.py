"""Photos of somebody's own being read while the page goes on: one thread each, watched and cancelled from the page."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from core.errors import LabError
from core.sources.photo_sets import Brought, Tell
from core.words import language, mark, say, speaking

LOG = logging.getLogger(__name__)
AT_ONCE = 2
"""Sets that are read at a time, whoever they are of: each takes a core."""
WAITING = mark("waiting for other photos to be read")
SOON = 1.0
"""Seconds after which is said how long it will take: before that it would be a guess."""
LOOK_SECONDS = 0.2
"""Between two looks, while waiting, at whether somebody wants no more of it."""
_TURNS = threading.BoundedSemaphore(AT_ONCE)

State = Literal["reading", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class IntakeStatus:
    """How far it is: ``what`` is being done, in English, ``done`` ``of`` so many; ``left`` seconds, once that can be
    said. Once done there is what was ``brought``, once failed a ``reason``, in the language of whoever brought it."""

    state: State
    what: str = WAITING
    done: int = 0
    of: int = 0
    left: float | None = None
    brought: Brought | None = None
    reason: str = ""


class _Cancelled(Exception):
    """Somebody wants no more of it."""


class Intake:
    """One set being read. Any thread may look or cancel."""

    def __init__(self, bring: Callable[[Tell], Brought]) -> None:
        """
        Args:
            bring: reads the photos, tells how far it is, and leaves nothing behind where telling raises.
        """
        self.status = IntakeStatus("reading")
        self._bring, self._is_cancelled = bring, threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=speaking(language())(self._run), name="intake", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop before the next photo; nothing of it stays."""
        self._is_cancelled.set()

    def wait(self, seconds: float) -> IntakeStatus:
        """How it stands when it is over, or after so many seconds."""
        self._thread.join(seconds)
        return self.status

    def _run(self) -> None:
        while not _TURNS.acquire(timeout=LOOK_SECONDS):
            if self._is_cancelled.is_set():
                self.status = IntakeStatus("cancelled")
                return
        try:
            self.status = IntakeStatus("done", brought=self._bring(self._tell))
        except _Cancelled:
            self.status = IntakeStatus("cancelled")
        except LabError as error:
            self.status = IntakeStatus("failed", reason=str(error))
        except Exception:  # the thread's boundary: the page gets a sentence, the log the rest
            LOG.exception("photos could not be read")
            reason = say("Something unexpected went wrong. The server's log has the details.")
            self.status = IntakeStatus("failed", reason=reason)
        finally:
            _TURNS.release()

    def _tell(self, what: str, done: int, of: int) -> None:
        if self._is_cancelled.is_set():
            raise _Cancelled
        now = time.monotonic()
        if what != self.status.what:
            self._began = now
        passed = now - self._began
        left = passed / done * (of - done) if done and passed >= SOON else None
        self.status = replace(self.status, what=what, done=done, of=of, left=left)
