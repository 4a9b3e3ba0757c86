"""The state of a class that a teacher leads: the lesson, what is hidden, whether new runs wait, since when dots count.
Who the teacher is and where this is kept is `core.runs.classroom`'s business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.controls import CONTROLS
from core.errors import LabError
from core.lessons import shelf
from core.words import say


@dataclass(frozen=True)
class Room:
    """How a class stands. ``lesson`` is empty where none is chosen; ``since`` is in seconds since 1970; ``version``
    grows with every change, so that an open page notices one."""

    lesson: str = ""
    hidden: frozenset[str] = frozenset()
    paused: bool = False
    since: float = 0.0
    version: int = 0


FREE = Room()
"""Nothing hidden, nothing paused: without a teacher, and for the teacher's own browser."""


def lesson_choices() -> dict[str, str]:
    """The lessons a teacher can choose, by id with their titles."""
    return {lesson.id: lesson.title for lesson in shelf().lessons.values()}


def check_hidden(names: Iterable[str]) -> frozenset[str]:
    """
    Raises:
        LabError: when one of these names is no control.
    """
    found = frozenset(names)
    if unknown := sorted(found - set(CONTROLS)):
        raise LabError(say("There is no such control."), ", ".join(unknown), say("Choose from the list."))
    return found


def check_lesson(lesson: str) -> str:
    """
    Raises:
        LabError: when there is no such lesson; an empty one is none.
    """
    if lesson and lesson not in lesson_choices():
        raise LabError(say("There is no such lesson here."), lesson, say("Choose from the list."))
    return lesson


def known_hidden(names: Iterable[object]) -> frozenset[str]:
    """Of what another release may have written, the controls that this one has."""
    return frozenset(name for name in names if isinstance(name, str) and name in CONTROLS)
