"""The clock that deletes what was brought a day ago, and what waited for a run to end."""

from __future__ import annotations

import logging
import threading

from core.errors import LabError
from core.runs.brought import Brought
from core.sources.own_copies import is_brought
from core.spec import RunSpec

LOG = logging.getLogger(__name__)
SWEEP_SECONDS = 3_600.0
"""Between two looks for what is to be deleted."""


class Sweeping:
    """Sweeps once, then every hour in a thread of its own until it is closed. Several servers may sweep one folder."""

    def __init__(self, brought: Brought) -> None:
        self._brought = brought
        self._closing = threading.Event()
        self._sweep()
        self._thread = threading.Thread(target=self._sweep_hourly, name="sweep", daemon=True)
        self._thread.start()

    def let_go(self, spec: RunSpec) -> None:
        """Told of every run that is over: data that were deleted while it trained on them go now."""
        if not is_brought(spec.data):
            return
        try:
            self._brought.remove_if_unused(spec.data)
        except LabError:  # the next sweep tries again
            LOG.exception("the data %s could not be removed", spec.data)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _sweep_hourly(self) -> None:
        while not self._closing.wait(SWEEP_SECONDS):
            self._sweep()

    def _sweep(self) -> None:
        try:
            self._brought.sweep()
        except (LabError, OSError):  # the next one tries again
            LOG.exception("what was brought a day ago could not be removed")
