"""The run book in the database: each run's number, name and note, whether it is pinned or deleted, and what its epochs
come to. Who may change what is `core.runs.keeping`'s business."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from core.errors import InvalidSettings
from core.history import LIVE, Epoch, Outcome, best_epoch
from core.scenarios import parse
from core.spec import RunSpec

LOG = logging.getLogger(__name__)
NAME_LENGTH, NOTE_LENGTH = 60, 2_000
OVER = frozenset({"finished", "stopped", "failed", "cancelled"})
"""States after which no epoch can come: what the epochs come to may be kept."""
DROPPED = '"dropped": true'
"""How a run's facts say that its weights are no longer kept."""
OPEN = LIVE | {"interrupted"}
"""States in which a run may yet get weights."""
AT_ONCE = 400
"""Runs asked for in one statement: databases bound what one may hold."""


@dataclass(frozen=True)
class Summary:
    """What a run's epochs come to: how many, their computing seconds in all and until the best one, and that one's
    figures. The best has the lowest validation loss; there is none before one was measured."""

    epochs: int = 0
    seconds: float = 0.0
    best: int | None = None
    seconds_to_best: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None


@dataclass(frozen=True)
class Entry:
    """One line of a run book. ``number`` counts up for each owner from 1; ``created`` is in seconds since 1970."""

    run: str
    number: int
    spec: RunSpec
    state: str
    created: float
    summary: Summary
    name: str = ""
    note: str = ""
    pinned: bool = False
    outcome: Outcome | None = None
    total: int = 0
    trainable: int = 0
    dropped: bool = False
    validated: int = 0

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True)
class Held:
    """A run that has weights, or may yet get them: then it ``is_open``. ``of_trial``: an experiment made it."""

    run: str
    owner: str
    parent: str | None
    is_open: bool
    pinned: bool
    is_deleted: bool
    of_trial: bool


def summarise(epochs: Sequence[Epoch]) -> Summary:
    """What these epochs come to, from the first on."""
    seconds, number = sum(e.seconds for e in epochs), best_epoch(epochs)
    best = next((e for e in epochs if e.epoch == number), None)
    if best is None:
        return Summary(len(epochs), seconds)
    until = sum(e.seconds for e in epochs if e.epoch <= best.epoch)
    return Summary(len(epochs), seconds, best.epoch, until, best.loss, best.accuracy, best.val_loss, best.val_accuracy)


def book_table(tables: sa.MetaData) -> sa.Table:
    """The book's table: one row a run. ``deleted`` is when its owner took it out, null while it is in."""
    return sa.Table(
        "book", tables,
        sa.Column("run", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(NAME_LENGTH), nullable=False, default=""),
        sa.Column("note", sa.Text, nullable=False, default=""),
        sa.Column("pinned", sa.Boolean, nullable=False, default=False),
        sa.Column("deleted", sa.Float, nullable=True),
        sa.Column("summary", sa.Text, nullable=True),
        sa.UniqueConstraint("owner", "number"),
    )  # fmt: skip


class Book:
    """Statements about the book and their answers, over the store's own way to read and to write."""

    def __init__(self, read: Callable[[Any], Sequence[Any]], write: Callable[..., None], tables: sa.MetaData) -> None:
        self._read, self._write, self._tables = read, write, tables.tables
        self._runs, self._epochs, self._rows = (self._tables[name] for name in ("runs", "epochs", "book"))

    def numbered(self, run: str, owner: str) -> Any:
        """The statement that gives a run its owner's next number, in one step so that no two get the same."""
        rows = self._rows
        following = sa.select(
            sa.literal(run), sa.literal(owner), sa.func.coalesce(sa.func.max(rows.c.number), 0) + 1,
            sa.literal(""), sa.literal(""), sa.false(),
        ).where(rows.c.owner == owner)  # fmt: skip
        return rows.insert().from_select(["run", "owner", "number", "name", "note", "pinned"], following)

    def number_older(self) -> None:
        """Give the runs of a database from before there was a book their numbers, in the order in which they came."""
        runs, rows = self._runs, self._rows
        missing = runs.outerjoin(rows, rows.c.run == runs.c.id)
        if not self._read(sa.select(runs.c.id).select_from(missing).where(rows.c.run.is_(None)).limit(1)):
            return
        highest = rows.alias("highest")
        known = sa.select(sa.func.coalesce(sa.func.max(highest.c.number), 0)).where(highest.c.owner == runs.c.owner)
        place = sa.func.row_number().over(partition_by=runs.c.owner, order_by=(runs.c.created, runs.c.id))
        older = sa.select(
            runs.c.id, runs.c.owner, place + known.scalar_subquery(), sa.literal(""), sa.literal(""), sa.false()
        ).select_from(missing).where(rows.c.run.is_(None))  # fmt: skip
        self._write(rows.insert().from_select(["run", "owner", "number", "name", "note", "pinned"], older))

    def label(self, run: str, **values: Any) -> None:
        """Set name, note, pinned or deleted of a run."""
        self._write(self._rows.update().where(self._rows.c.run == run).values(**values))

    def entries(self, owner: str, with_trials: bool = False) -> list[Entry]:
        """An owner's runs, newest first, without the deleted ones; those of experiments only where asked for."""
        wanted = [self._runs.c.owner == owner, self._rows.c.deleted.is_(None)]
        trials = self._tables.get("trials")
        if trials is not None and not with_trials:
            wanted.append(self._runs.c.id.not_in(sa.select(trials.c.run)))
        return self._entries(*wanted)

    def deleted(self, owner: str, since: float) -> list[Entry]:
        """What an owner has taken out since a moment (in seconds since 1970), the last first."""
        return self._entries(
            self._runs.c.owner == owner, self._rows.c.deleted >= since, order=self._rows.c.deleted.desc()
        )

    def held(self) -> list[Held]:
        """All runs that have weights or may yet get them, newest first."""
        runs, rows, trials = self._runs, self._rows, self._tables.get("trials")
        here = runs.c.state.in_(["finished", "stopped", *OPEN]) & runs.c.facts.not_like(f"%{DROPPED}%")
        of_trial = sa.false() if trials is None else runs.c.id.in_(sa.select(trials.c.run))
        query = sa.select(
            runs.c.id, runs.c.owner, runs.c.state, runs.c.spec, rows.c.pinned, rows.c.deleted, of_trial.label("trial")
        ).join(rows, rows.c.run == runs.c.id).where(here)  # fmt: skip
        return [
            Held(row.id, row.owner, parent_of(row.spec), row.state in OPEN, bool(row.pinned), row.deleted is not None,
                 bool(row.trial))
            for row in self._read(query.order_by(runs.c.created.desc(), rows.c.number.desc()))
        ]  # fmt: skip

    def drop_weights(self, run: str) -> None:
        """Note that a run's weights are no longer kept."""
        runs = self._runs
        facts = json.loads(self._read(sa.select(runs.c.facts).where(runs.c.id == run))[0].facts)
        self._write(runs.update().where(runs.c.id == run).values(facts=json.dumps({**facts, "dropped": True})))

    def expired(self, before: float) -> list[str]:
        """Runs deleted before a moment that nothing needs any more: no run that is kept starts from them, however far
        back, and no experiment holds them."""
        runs, rows, trials = self._runs, self._rows, self._tables.get("trials")
        gone = self._read(sa.select(rows.c.run).where(rows.c.deleted < before))
        if not gone:
            return []
        children = sa.select(runs.c.id, runs.c.spec, rows.c.deleted).join(rows, rows.c.run == runs.c.id)
        found = self._read(children.where(runs.c.spec.like('%"start": "run:%')))
        parents = {row.id: parent_of(row.spec) for row in found}
        needed = ancestors((row.id for row in found if row.deleted is None), parents)
        if trials is not None:
            needed |= {row.run for row in self._read(sa.select(trials.c.run))}
        return [row.run for row in gone if row.run not in needed]

    def remove(self, run: str) -> None:
        """Remove a run for good, its epochs with it. A hidden line stays of one whose test score was opened, since
        openings are counted whatever becomes of the run, and of an owner's last, so that its number is not given
        again."""
        opened, rows = self._tables["openings"], self._rows
        owner = sa.select(rows.c.owner).where(rows.c.run == run).scalar_subquery()
        last = sa.select(sa.func.max(rows.c.number)).where(rows.c.owner == owner).scalar_subquery()
        is_opened = self._read(sa.select(opened.c.run).where(opened.c.run == run))
        if is_opened or self._read(sa.select(rows.c.run).where(rows.c.run == run, rows.c.number == last)):
            self._write(self._epochs.delete().where(self._epochs.c.run == run))
        else:
            self._write(self._runs.delete().where(self._runs.c.id == run))

    def _entries(self, *wanted: Any, order: Any = None) -> list[Entry]:
        runs, rows = self._runs, self._rows
        query = sa.select(
            runs.c.id, runs.c.spec, runs.c.state, runs.c.created, runs.c.outcome, runs.c.facts,
            rows.c.number, rows.c.name, rows.c.note, rows.c.pinned, rows.c.summary,
        ).join(rows, rows.c.run == runs.c.id).where(*wanted)  # fmt: skip
        found = self._read(query.order_by(rows.c.number.desc() if order is None else order))
        summaries = self._summaries(found)
        return [e for e in (_entry(row, summaries[row.id]) for row in found) if e is not None]

    def _summaries(self, found: Sequence[Any]) -> dict[str, Summary]:
        """Those kept with the book; the others are worked out from the epochs, and kept where no epoch can come."""
        known = {row.id: Summary(**json.loads(row.summary)) for row in found if row.summary}
        unknown = [row for row in found if row.id not in known]
        epochs = self._epochs_of([row.id for row in unknown])
        new = {row.id: summarise(epochs[row.id]) for row in unknown}
        rows, over = self._rows, [row.id for row in unknown if row.state in OVER]
        if over:
            kept = ((run, json.dumps(asdict(new[run]))) for run in over)
            self._write(*(rows.update().where(rows.c.run == run).values(summary=text) for run, text in kept))
        return {**known, **new}

    def _epochs_of(self, runs: Sequence[str]) -> dict[str, list[Epoch]]:
        epochs: dict[str, list[Epoch]] = defaultdict(list)
        table = self._epochs
        for some in (runs[i : i + AT_ONCE] for i in range(0, len(runs), AT_ONCE)):
            query = sa.select(table.c.run, table.c.figures).where(table.c.run.in_(some))
            for row in self._read(query.order_by(table.c.run, table.c.epoch)):
                epochs[row.run].append(Epoch(**json.loads(row.figures)))
        return epochs


def parent_of(spec: str) -> str | None:
    """The run that one starts from, out of its spec as the store keeps it."""
    start = str(json.loads(spec).get("start", ""))
    return start[4:] if start.startswith("run:") else None


def ancestors(runs: Iterable[str], parents: Mapping[str, str | None]) -> set[str]:
    """All that these runs start from, and what those start from in turn."""
    found: set[str] = set()
    waiting = [parents.get(run) for run in runs]
    while waiting:
        run = waiting.pop()
        if run is not None and run not in found:
            found.add(run)
            waiting.append(parents.get(run))
    return found


@lru_cache(maxsize=4_096)
def read_spec(text: str) -> RunSpec:
    """A spec from the store's text, checked once: 200 of them would take 60 ms at each look.

    Raises:
        InvalidSettings: when this release cannot read it.
    """
    return parse(json.loads(text))


def _entry(row: Any, summary: Summary) -> Entry | None:
    """None for a run of another release: its number stays free, and the log says which it is."""
    try:
        spec = read_spec(row.spec)
    except InvalidSettings as error:
        LOG.warning("run %s cannot be listed: this release cannot read its settings (%s)", row.id, error)
        return None
    facts = json.loads(row.facts)
    kept = {name: facts[name] for name in ("total", "trainable", "dropped", "validated") if name in facts}
    outcome = Outcome(**json.loads(row.outcome)) if row.outcome else None
    return Entry(row.id, row.number, spec, row.state, row.created, summary, row.name, row.note, bool(row.pinned),
                 outcome, **kept)  # fmt: skip


def best_first(entries: Iterable[Entry], by: str = "val_loss") -> list[Entry]:
    """The best first, by validation loss or accuracy at the best epoch and never at the last; runs without one come
    last, newest first."""
    sign = 1 if by == "val_loss" else -1

    def place(entry: Entry) -> tuple[bool, float, int]:
        value = getattr(entry.summary, by)
        return value is None, sign * value if value is not None else 0.0, -entry.number

    return sorted(entries, key=place)
