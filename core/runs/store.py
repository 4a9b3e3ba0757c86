"""Runs and their epochs in a database (SQLite by default), each epoch written when it happens and never changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from core.errors import InvalidSettings, StoreUnavailable, UnknownRun
from core.history import LIVE, Epoch, OldScore, Outcome, Snapshot
from core.home import home
from core.runs.book import Book, Entry, book_table
from core.runs.brought import Brought, brought_table
from core.runs.classroom import ClassroomStore, classroom_table
from core.runs.experiment_store import ExperimentStore, experiment_tables
from core.runs.lessons import LessonBook, lesson_table
from core.runs.predictions import Predictions, prediction_table
from core.scenarios import parse
from core.words import mark, say

TABLES = sa.MetaData()
RUNS = sa.Table(
    "runs", TABLES,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("scenario", sa.String(40), index=True, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("owner", sa.String(64), index=True, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("process", sa.String(40), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("facts", sa.Text, nullable=False, default="{}"),
    sa.Column("outcome", sa.Text, nullable=True),
)  # fmt: skip
EPOCHS = sa.Table(
    "epochs", TABLES,
    sa.Column("run", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("figures", sa.Text, nullable=False),
)  # fmt: skip
OPENINGS = sa.Table(
    "openings", TABLES,
    sa.Column("run", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("owner", sa.String(64), index=True, nullable=False),
    sa.Column("opened", sa.Float, nullable=False),
    sa.Column("score", sa.Text, nullable=True),
)  # fmt: skip
"""Sealed test scores that were opened: the moment of pressing counts, whatever comes of it."""
BOOK = book_table(TABLES)
prediction_table(TABLES)
experiment_tables(TABLES)
brought_table(TABLES)
lesson_table(TABLES)
classroom_table(TABLES)


class Store:
    """All access to the database. Any thread may call it."""

    def __init__(self, address: str | None = None) -> None:
        """
        Args:
            address: a database address; by default a SQLite file in the data folder.

        Raises:
            StoreUnavailable: when the database cannot be opened or made.
        """
        self._engine = sa.create_engine(address or f"sqlite:///{home() / 'runs.sqlite3'}")
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _tune_sqlite)
        try:
            TABLES.create_all(self._engine)
        except SQLAlchemyError as error:
            raise _unavailable(error) from error
        self.predictions = Predictions(self._read, self._write, TABLES)
        self.in_book = Book(self._read, self._write, TABLES)
        self.experiments = ExperimentStore(self._read, self._write, TABLES, this_process, _is_alive)
        self.brought = Brought(self._read, self._write, TABLES, self.mark_interrupted)
        self.lessons = LessonBook(self._read, self._write, TABLES)
        self.classroom = ClassroomStore(self._read, self._write, TABLES)
        _again(self.in_book.number_older)

    def add(self, snapshot: Snapshot) -> int:
        """Write a new run; returns its number in its owner's book."""
        row = {"id": snapshot.id, "scenario": snapshot.spec.scenario, "spec": json.dumps(snapshot.spec.flat()),
               "owner": snapshot.owner, "state": snapshot.state, "process": this_process(),
               "created": time.time()}  # fmt: skip
        _again(lambda: self._write(RUNS.insert().values(row), self.in_book.numbered(snapshot.id, snapshot.owner)))
        return int(self._read(sa.select(BOOK.c.number).where(BOOK.c.run == snapshot.id))[0].number)

    def book(self, owner: str, with_trials: bool = False) -> list[Entry]:
        """An owner's runs with what their epochs come to, newest first; no deleted ones, and those of experiments only
        where asked for."""
        return self.in_book.entries(owner, with_trials)

    def set_state(self, run: str, state: str, reason: str = "") -> None:
        self._write(RUNS.update().where(RUNS.c.id == run).values(state=state, reason=reason, process=this_process()))

    def set_facts(self, run: str, total: int, trainable: int, cached: str, **more: Any) -> None:
        """What is known of a run beside its settings; ``more`` are other fields of `Snapshot`."""
        facts = json.dumps({"total": total, "trainable": trainable, "cached": cached, **more})
        self._write(RUNS.update().where(RUNS.c.id == run).values(facts=facts))

    def finish(self, run: str, state: str, outcome: Outcome) -> None:
        self._write(RUNS.update().where(RUNS.c.id == run).values(state=state, outcome=json.dumps(vars(outcome))))

    def add_epoch(self, run: str, epoch: Epoch) -> None:
        """Write one epoch; one that is there already stays as it is."""
        insert = EPOCHS.insert().values(run=run, epoch=epoch.epoch, figures=json.dumps(epoch.as_dict()))
        try:
            self._write(insert)
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, sa.exc.IntegrityError):
                raise

    def get(self, run: str) -> Snapshot:
        """A run with all its epochs.

        Raises:
            UnknownRun: when there is none.
        """
        labelled = sa.select(RUNS, BOOK.c.number, BOOK.c.name).outerjoin(BOOK, BOOK.c.run == RUNS.c.id)
        row = next(iter(self._read(labelled.where(RUNS.c.id == run))), None)
        if row is None:
            raise UnknownRun(run)
        figures = self._read(sa.select(EPOCHS.c.figures).where(EPOCHS.c.run == run).order_by(EPOCHS.c.epoch))
        return _snapshot(row, [Epoch(**json.loads(f.figures)) for f in figures])

    def latest(self, owner: str, scenario: str, states: Iterable[str], most: int = 1) -> list[Snapshot]:
        """An owner's newest runs in one of these states, newest first; none of an experiment's."""
        wanted = sa.select(RUNS.c.id).where(
            RUNS.c.owner == owner, RUNS.c.scenario == scenario, RUNS.c.state.in_(list(states)),
            RUNS.c.id.not_in(sa.select(BOOK.c.run).where(BOOK.c.deleted.is_not(None))),
            RUNS.c.id.not_in(sa.select(TABLES.tables["trials"].c.run)),
        )  # fmt: skip
        rows = self._read(wanted.order_by(RUNS.c.created.desc()).limit(most))
        return [self.get(row.id) for row in rows]

    def open_test(self, run: str, owner: str) -> None:
        """Note that somebody opens a run's sealed test score; a second time changes nothing."""
        if not self.is_opened(run):
            self._write(OPENINGS.insert().values(run=run, owner=owner, opened=time.time()))

    def keep_score(self, run: str, score: dict[str, Any]) -> None:
        """Keep an opened score, so that looking again needs no second test."""
        self._write(OPENINGS.update().where(OPENINGS.c.run == run).values(score=json.dumps(score)))

    def is_opened(self, run: str) -> bool:
        return bool(self._read(sa.select(OPENINGS.c.run).where(OPENINGS.c.run == run)))

    def score(self, run: str) -> dict[str, Any] | None:
        """An opened test score, where it is known."""
        row = next(iter(self._read(sa.select(OPENINGS.c.score).where(OPENINGS.c.run == run))), None)
        return dict(json.loads(row.score)) if row is not None and row.score else None

    def openings(self, owner: str) -> int:
        """How many test scores an owner has opened."""
        return int(self._read(sa.select(sa.func.count()).where(OPENINGS.c.owner == owner))[0][0])

    def mark_interrupted(self) -> list[str]:
        """Mark the live runs of processes that are no more as interrupted; returns their ids."""
        live = self._read(sa.select(RUNS.c.id, RUNS.c.process).where(RUNS.c.state.in_(list(LIVE))))
        lost = [row.id for row in live if not _is_alive(row.process)]
        if lost:
            reason = mark("The program ended while this run was under way.")
            self._write(RUNS.update().where(RUNS.c.id.in_(lost)).values(state="interrupted", reason=reason))
        return lost

    def close(self) -> None:
        self._engine.dispose()

    def _write(self, *statements: Any) -> None:
        """All of them or none."""
        try:
            with self._engine.begin() as connection:
                for statement in statements:
                    connection.execute(statement)
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def _read(self, statement: Any) -> Sequence[Any]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(statement).all()
        except SQLAlchemyError as error:
            raise _unavailable(error) from error


def _again(write: Callable[[], None], times: int = 5) -> None:
    """Write, and once more where another process has just taken the same number."""
    for left in reversed(range(times)):
        try:
            return write()
        except StoreUnavailable as error:
            if not left or not isinstance(error.__cause__, sa.exc.IntegrityError):
                raise


def this_process() -> str:
    """A name for this process that no later one with the same id shares."""
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}"


def _is_alive(process: str) -> bool:
    pid, _, created = process.partition(":")
    try:
        found = psutil.Process(int(pid))
        # One that was killed stays listed until its parent asks after it.
        return f"{found.create_time():.2f}" == created and found.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return False


def _tune_sqlite(connection: Any, _record: Any) -> None:
    # Write-ahead logging: readers never wait for the writer, and a commit needs no flush to survive a killed process.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _snapshot(row: Any, epochs: list[Epoch]) -> Snapshot:
    try:
        spec = parse(json.loads(row.spec))
    except InvalidSettings as error:
        what = say("This run was made with settings that this release cannot read.")
        raise StoreUnavailable(what, row.id, str(error)) from error
    outcome = Outcome(**json.loads(row.outcome)) if row.outcome else None
    facts = json.loads(row.facts)
    facts["classes"] = tuple(facts.get("classes", ()))
    facts["old_task"] = OldScore(**facts["old_task"]) if facts.get("old_task") else None
    return Snapshot(row.id, spec, row.state, tuple(epochs), outcome, row.reason, **facts,
                    parent=spec.parent, owner=row.owner, number=row.number or 0, name=row.name or "")  # fmt: skip


def _unavailable(error: SQLAlchemyError) -> StoreUnavailable:
    cause = str(getattr(error, "orig", error))
    mend = say("See that the disk has room and the data folder can be written.")
    return StoreUnavailable(say("Runs cannot be kept just now."), cause, mend)


def database_file() -> Path:
    """Where the default database lies."""
    return home() / "runs.sqlite3"
