"""Where training runs: in the runner's own thread, or in warm worker processes."""

from __future__ import annotations

import os

from core.errors import LabError
from core.runs.engines.base import Engine
from core.words import say

VARIABLE = "TRANSFER_LAB_ENGINE"


def make_engine(name: str | None = None) -> Engine:
    """The engine of this name, by default what the environment says, else worker processes.

    Raises:
        LabError: when there is no such engine.
    """
    name = name or os.environ.get(VARIABLE) or "process"
    if name == "process":
        from core.runs.engines.process import ProcessEngine

        return ProcessEngine()
    if name == "inline":
        from core.runs.engines.inline import InlineEngine

        return InlineEngine()
    mend = say("Set {variable} to process or inline.", variable=VARIABLE)
    raise LabError(say("There is no such engine."), name, mend)
