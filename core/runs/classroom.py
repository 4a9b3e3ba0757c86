"""A class that a teacher leads: its state in the database, which browser is the teacher's, who may begin a run, and the
dots. On a server that was started without a pass-phrase all of it is without effect."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core.classroom import FREE, Room, check_hidden, check_lesson, known_hidden
from core.classroom.dots import LATEST, Dot, View, choose, dot_of
from core.classroom.gate import Gate
from core.errors import ClassPaused, LabError, NotTheTeacher, StoreUnavailable, UnknownRun
from core.history import LIVE, Snapshot
from core.runs.brought import COMMAND_LINE
from core.words import say

LOG = logging.getLogger(__name__)
FRESH = 1.0
"""Seconds for which what was read holds: every open page asks, and every look at a live run."""
ONE = 1
"""The only row: a server has one class."""


def classroom_table(tables: sa.MetaData) -> sa.Table:
    return sa.Table(
        "classroom", tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("lesson", sa.String(80), nullable=False, default=""),
        sa.Column("hidden", sa.Text, nullable=False, default="[]"),
        sa.Column("paused", sa.Boolean, nullable=False, default=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, default=0),
    )  # fmt: skip


class ClassroomStore:
    """The part of the store that knows the class."""

    def __init__(self, read: Callable[[Any], Sequence[Any]], write: Callable[..., None], tables: sa.MetaData) -> None:
        self._read, self._write = read, write
        self._rows = tables.tables["classroom"]
        self._runs, self._book, self._trials = (tables.tables[name] for name in ("runs", "book", "trials"))

    def begin(self) -> None:
        """See that there is a class; the dots of a new one count from now."""
        if self._read(sa.select(self._rows.c.id)):
            return
        try:
            self._write(self._rows.insert().values(id=ONE, since=time.time()))
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):  # another process was first
                raise

    def room(self) -> Room:
        row = next(iter(self._read(sa.select(self._rows).where(self._rows.c.id == ONE))), None)
        if row is None:
            return FREE
        return Room(row.lesson, known_hidden(json.loads(row.hidden)), row.paused, row.since, row.version)

    def change(self, **values: Any) -> None:
        """Write what is new, and only that: two teachers do not undo each other's changes."""
        version = self._rows.c.version + 1
        self._write(self._rows.update().where(self._rows.c.id == ONE).values(**values, version=version))

    def runs(self, since: float) -> list[tuple[str, str, str, bool]]:
        """All runs begun since then, oldest first, as run, owner, scenario, and whether it may still change; none that
        its owner deleted, none of an experiment's, none from the command line."""
        wanted = sa.select(self._runs.c.id, self._runs.c.owner, self._runs.c.scenario, self._runs.c.state).where(
            self._runs.c.created >= since, self._runs.c.owner != COMMAND_LINE,
            self._runs.c.id.not_in(sa.select(self._book.c.run).where(self._book.c.deleted.is_not(None))),
            self._runs.c.id.not_in(sa.select(self._trials.c.run)),
        )  # fmt: skip
        rows = self._read(wanted.order_by(self._runs.c.created))
        return [(row.id, row.owner, row.scenario, row.state in LIVE) for row in rows]


class Classroom:
    """The class of this server. Any thread may call any method."""

    def __init__(
        self, store: ClassroomStore, look: Callable[[str], Snapshot], gate: Gate | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """
        Args:
            look: how a run stands, by its id.
            gate: None where the server was started without a pass-phrase.
        """
        self._store, self._look, self._gate, self._clock = store, look, gate, clock
        self._lock = threading.Lock()
        self._room, self._read_at = FREE, float("-inf")
        self._teachers: set[str] = set()
        self._over: dict[str, Dot | None] = {}
        if gate is not None:
            store.begin()

    @property
    def is_on(self) -> bool:
        """Whether this server can have a teacher."""
        return self._gate is not None

    def room(self) -> Room:
        """How the class stands, at most a second old."""
        if self._gate is None:
            return FREE
        with self._lock:
            if self._clock() - self._read_at >= FRESH:
                self._refresh()
            return self._room

    def room_for(self, owner: str) -> Room:
        """What holds for a browser: for the teacher's nothing is hidden and nothing paused."""
        room = self.room()
        return replace(FREE, lesson=room.lesson, version=room.version) if self.is_teacher(owner) else room

    def is_teacher(self, owner: str) -> bool:
        with self._lock:
            return owner in self._teachers

    def enter(self, owner: str, phrase: str) -> None:
        """Make a browser the teacher's, until it leaves or the server ends.

        Raises:
            WrongPassPhrase: when it is not that, or comes too early.
            LabError: when this server has no teacher.
        """
        if self._gate is None:
            raise LabError(say("This server was started without a teacher."))
        self._gate.knock(owner, phrase)
        with self._lock:
            self._teachers.add(owner)

    def wait(self, owner: str) -> float:
        """Seconds until a browser's next pass-phrase is looked at."""
        return self._gate.wait(owner) if self._gate else 0.0

    def leave(self, owner: str) -> None:
        with self._lock:
            self._teachers.discard(owner)

    def choose_lesson(self, owner: str, lesson: str) -> None:
        """
        Raises:
            NotTheTeacher: when another browser asks for it; so do all that follow.
            LabError: when there is no such lesson.
        """
        self._change(owner, lesson=check_lesson(lesson))

    def hide(self, owner: str, controls: Sequence[str]) -> None:
        """Hide these controls and show all others.

        Raises:
            LabError: when one of them is none.
        """
        self._change(owner, hidden=json.dumps(sorted(check_hidden(controls))))

    def pause(self, owner: str, paused: bool) -> None:
        """Have new runs wait, or let them go on. What has begun goes on in any case."""
        self._change(owner, paused=paused)

    def clear(self, owner: str) -> None:
        """Begin the dots anew. Nothing of anybody's is deleted."""
        self._change(owner, since=time.time())
        self._over.clear()

    def check_may_start(self, owner: str) -> None:
        """
        Raises:
            ClassPaused: when the teacher has paused new runs, and this is neither the teacher nor the command line.
        """
        if owner != COMMAND_LINE and self.room_for(owner).paused:
            raise ClassPaused(
                say("The teacher has paused new runs."), do=say("Wait for the teacher; what has begun goes on.")
            )

    def view(self, owner: str, which: str = LATEST) -> View:
        """The class as dots, without the teacher's own.

        Raises:
            NotTheTeacher: when another browser asks for it.
        """
        self._check(owner)
        found: dict[tuple[str, str], list[Dot]] = {}
        begun, training = set(), set()
        for run, whose, scenario, is_live in self._store.runs(self.room().since):
            if self.is_teacher(whose):
                continue
            begun.add(whose)
            training |= {whose} if is_live else set()
            if (dot := self._dot(run, is_live)) is not None:
                found.setdefault((whose, scenario), []).append(dot)
        return View(tuple(sorted(choose(dots, which) for dots in found.values())), len(begun), len(training))

    def _dot(self, run: str, is_live: bool) -> Dot | None:
        """Of a run that is over the dot is kept: its epochs never change."""
        if run in self._over:
            return self._over[run]
        try:
            snapshot = self._look(run)
        except UnknownRun:
            return None
        except LabError:
            LOG.warning("the run %s cannot be read, and has no dot", run)
            self._over[run] = None
            return None
        dot = dot_of(snapshot)
        if not is_live and snapshot.state != "interrupted" and not snapshot.is_live:
            self._over[run] = dot
        return dot

    def _change(self, owner: str, **values: Any) -> None:
        self._check(owner)
        self._store.change(**values)
        with self._lock:
            self._read_at = float("-inf")

    def _check(self, owner: str) -> None:
        if not self.is_teacher(owner):
            raise NotTheTeacher(
                say("Only the teacher leads the class."), do=say("Give the pass-phrase on the page Teach.")
            )

    def _refresh(self) -> None:
        """Read it anew; where that fails, what was known holds for another second."""
        self._read_at = self._clock()
        try:
            self._room = self._store.room()
        except StoreUnavailable:
            LOG.exception("how the class stands could not be read")
