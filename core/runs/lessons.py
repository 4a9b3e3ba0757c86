"""How far a browser has come in a lesson, in the database: its step, its answers, and the runs that it made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from core.lessons import Lesson
from core.lessons.lesson import ANSWER, RACE, TRAIN
from core.limits import ANSWER_CHARACTERS
from core.runs.keeping import clean
from core.words import say


@dataclass(frozen=True)
class Progress:
    """Where somebody is. ``runs`` and ``races`` are by step; ``before`` is the run or race in hand when it began."""

    step: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[int, str] = field(default_factory=dict)
    races: Mapping[int, str] = field(default_factory=dict)
    before: str = ""

    def lacks(self, lesson: Lesson) -> list[str]:
        """What the step still asks for: names of questions, `TRAIN`, `RACE`."""
        step = lesson.steps[self.step]
        missing = [name for name in step.names(ANSWER) if not self.answers.get(name)]
        missing += [TRAIN] if step.asks_for(TRAIN) and self.step not in self.runs else []
        return missing + ([RACE] if step.asks_for(RACE) and self.step not in self.races else [])


def lesson_table(tables: sa.MetaData) -> sa.Table:
    return sa.Table(
        "lessons", tables,
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("lesson", sa.String(40), primary_key=True),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )  # fmt: skip


class LessonBook:
    """Access to the table. Any thread may call it."""

    def __init__(self, read: Callable[[Any], Sequence[Any]], write: Callable[..., None], tables: sa.MetaData) -> None:
        self._read, self._write, self._table = read, write, tables.tables["lessons"]

    def progress(self, owner: str, lesson: Lesson) -> Progress | None:
        """How far somebody is; None where they have not begun. In a file that has got shorter, its last step."""
        query = sa.select(self._table.c.progress).where(self._one(owner, lesson.id))
        row = next(iter(self._read(query)), None)
        if row is None:
            return None
        kept = json.loads(row.progress)
        by_step = {name: {int(step): run for step, run in kept[name].items()} for name in ("runs", "races")}
        return Progress(min(kept["step"], len(lesson.steps) - 1), kept["answers"], by_step["runs"], by_step["races"],
                        kept["before"])  # fmt: skip

    def begun(self, owner: str) -> dict[str, int]:
        """The step somebody is at in each lesson they have begun, counted from 0."""
        query = sa.select(self._table.c.lesson, self._table.c.progress).where(self._table.c.owner == owner)
        return {row.lesson: int(json.loads(row.progress)["step"]) for row in self._read(query)}

    def keep(self, owner: str, lesson: Lesson, progress: Progress) -> None:
        values = {"owner": owner, "lesson": lesson.id, "progress": json.dumps(_plain(progress)), "at": time.time()}
        self._write(self._table.delete().where(self._one(owner, lesson.id)), self._table.insert().values(values))

    def answer(self, owner: str, lesson: Lesson, question: str, text: str) -> Progress:
        """Keep an answer; an empty one takes it back.

        Raises:
            LabError: when it is longer than `ANSWER_CHARACTERS`.
        """
        progress = self.progress(owner, lesson) or Progress()
        kept = clean(text, ANSWER_CHARACTERS, say("answer"), lines=True)
        progress = replace(progress, answers={**progress.answers, question: kept})
        self.keep(owner, lesson, progress)
        return progress

    def start_over(self, owner: str, lesson: Lesson) -> None:
        """Forget answers and steps; the runs stay in the run book."""
        self._write(self._table.delete().where(self._one(owner, lesson.id)))

    def _one(self, owner: str, lesson: str) -> sa.ColumnElement[bool]:
        return sa.and_(self._table.c.owner == owner, self._table.c.lesson == lesson)


def _plain(progress: Progress) -> dict[str, Any]:
    return {name: getattr(progress, name) for name in ("step", "answers", "runs", "races", "before")}
