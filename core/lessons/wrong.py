"""What is wrong with a lesson's file, said with its name and the line."""

from __future__ import annotations

from core.errors import LabError
from core.words import say


def wrong(where: str, line: int, what: str, received: object = None, do: str = "") -> LabError:
    """The error to raise; ``line`` counts from 1, 0 where the whole file is meant."""
    place = say("{file}, line {line}:", file=where, line=line) if line > 0 else f"{where}:"
    return LabError(f"{place} {what}", None if received == "" else received, do)
