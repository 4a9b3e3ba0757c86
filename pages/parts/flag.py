"""Whether this server was started for a class: the teacher's flag. Light, because every page asks before it begins."""

from __future__ import annotations

import os
import sys

from core.classroom.gate import VARIABLE, Gate, phrase_given

_gate: Gate | None = None


def gate() -> Gate | None:
    """The gate for the pass-phrase that the server was started with, None without one.

    Raises:
        LabError: when that pass-phrase is too short.
    """
    global _gate
    phrase = phrase_given(sys.argv[1:], os.environ)
    if _gate is None and phrase is not None:
        _gate = Gate(phrase)
        os.environ.pop(VARIABLE, None)  # workers inherit the rest
    return _gate


def is_flagged() -> bool:
    """Whether the flag was given, be it with a good pass-phrase or not."""
    return _gate is not None or phrase_given(sys.argv[1:], os.environ) is not None
