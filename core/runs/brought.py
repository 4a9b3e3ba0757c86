"""Whose is what was brought in a browser, how long it stays, and its deletion with everything made from it. What is in
a set is `core.sources`' business."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core.errors import LabError, NotYourData, SourceUnavailable, StoreUnavailable, shown
from core.history import LIVE
from core.limits import KEPT_SECONDS, TITLE_LENGTH
from core.sources.own_copies import is_brought, is_on_disk, remove_set, sweep_parts
from core.words import mark, say

LOG = logging.getLogger(__name__)
COMMAND_LINE = "command-line"
"""Whoever runs the computer. What is brought there may be trained on by everyone, and is never swept."""
TEXTS, PICTURES = "texts", "pictures"
BRING_AGAIN = mark("Bring them again: the same data are the same set, and the same settings give the same curve.")


@dataclass(frozen=True)
class Kept:
    """A set as its owner sees it: ``kind`` is texts or pictures, ``at`` when it was brought last, in seconds since
    1970."""

    data: str
    kind: str
    title: str
    at: float

    def left(self, now: float) -> float:
        """Seconds until it is deleted."""
        return max(0.0, self.at + KEPT_SECONDS - now)


def brought_table(tables: sa.MetaData) -> sa.Table:
    """One row a set and owner. One that ``is_going`` is nobody's any more: it waits for a run that still trains on it,
    or for files that are still open. A set without any row is everyone's."""
    return sa.Table(
        "brought", tables,
        sa.Column("data", sa.String(80), primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("title", sa.String(TITLE_LENGTH), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("is_going", sa.Boolean, nullable=False, default=False),
    )  # fmt: skip


class Brought:
    """Who owns what was brought. Any thread, and any process with the same data folder, may call any method."""

    def __init__(self, read: Callable[[Any], Sequence[Any]], write: Callable[..., None], tables: sa.MetaData,
                 mark_interrupted: Callable[[], Collection[str]]) -> None:  # fmt: skip
        """
        Args:
            mark_interrupted: marks runs of processes that are no more, so that none of them keeps a set for ever.
        """
        self._read, self._write, self._mark_interrupted = read, write, mark_interrupted
        self._rows, self._runs = tables.tables["brought"], tables.tables["runs"]

    def add(self, data: str, owner: str, kind: str, title: str) -> None:
        """Note that somebody has brought a set. Bringing it again starts its day anew; where whoever runs the computer
        has brought it, it stays everyone's."""
        values = {"kind": kind, "title": shown(title, TITLE_LENGTH), "at": time.time(), "is_going": False}
        row = self._rows.insert().values(data=data, owner=owner, **values)
        try:
            self._write(self._rows.delete().where(self._one(data, owner)), row)
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):  # another tab of the same browser has just done it
                raise

    def of(self, owner: str) -> list[Kept]:
        """What a browser has brought, newest first."""
        mine = sa.select(self._rows).where(self._rows.c.owner == owner, self._rows.c.is_going.is_(False))
        rows = self._read(mine.order_by(self._rows.c.at.desc(), self._rows.c.data))
        return [Kept(row.data, row.kind, row.title, row.at) for row in rows]

    def may_use(self, data: str, owner: str) -> bool:
        """Whether somebody may train on data and look at them: all that was not brought, what nobody in particular has
        brought, and what is their own. Whoever runs the computer has its files before them anyway."""
        if owner == COMMAND_LINE or not is_brought(data):
            return True
        rows = self._of_set(data)
        return not rows or any(row.owner in {owner, COMMAND_LINE} and not row.is_going for row in rows)

    def check(self, data: str, owner: str) -> None:
        """
        Raises:
            NotYourData: when it is another browser's.
        """
        if not self.may_use(data, owner):
            raise NotYourData(data)

    def delete(self, data: str, owner: str) -> bool:
        """Give up a set; whether it is gone from this computer. It stays while another browser owns it, and while a run
        still trains on it: when that is over it goes by itself.

        Raises:
            NotYourData: when it is not theirs.
        """
        if not any(row.owner == owner for row in self._of_set(data)):
            raise NotYourData(data)
        self._write(self._rows.update().where(self._one(data, owner)).values(is_going=True))
        return self.remove_if_unused(data)

    def forget(self, data: str) -> None:
        """Delete a set whoever has brought it: for whoever runs the computer.

        Raises:
            SourceUnavailable: when there is no such set here.
            LabError: when a run trains on it, or files of it are open.
        """
        if not is_brought(data) or not (is_on_disk(data) or self._of_set(data)):
            raise SourceUnavailable(say("There is no such set here."), data, say("Give sha256: and its 64 digits."))
        self._mark_interrupted()
        if self.in_use(data):
            mend = say("Wait until it has ended, or stop it.")
            raise LabError(say("A run trains on this set just now."), data, mend)
        if not remove_set(data):
            mend = say("Close the lab that uses them, and try again.")
            raise LabError(say("Some files of this set are open."), data, mend)
        self._write(self._rows.delete().where(self._rows.c.data == data))

    def sweep(self, now: float | None = None) -> list[str]:
        """Delete what was brought a day ago, what waited to go, and what killed processes left half made; returns the
        sets that are gone."""
        before = (time.time() if now is None else now) - KEPT_SECONDS
        self._mark_interrupted()
        old = (self._rows.c.at <= before) & (self._rows.c.owner != COMMAND_LINE)
        self._write(self._rows.update().where(old).values(is_going=True))
        gone = [data for data in self._going() if self.remove_if_unused(data)]
        sweep_parts()
        return gone

    def remove_if_unused(self, data: str) -> bool:
        """Remove a set that is nobody's any more, unless a run trains on it; whether it was removed."""
        rows = self._of_set(data)
        going = [row for row in rows if row.is_going]
        if not going:
            return False
        is_last = len(going) == len(rows)
        if is_last and (self.in_use(data) or not remove_set(data)):
            return False
        self._write(self._rows.delete().where(self._rows.c.data == data, self._rows.c.is_going.is_(True)))
        return is_last

    def in_use(self, data: str) -> bool:
        """Whether a run under way, or one that waits for its turn, trains on a set."""
        live = self._read(sa.select(self._runs.c.spec).where(self._runs.c.state.in_(list(LIVE))))
        return any(json.loads(row.spec).get("data") == data for row in live)

    def _going(self) -> list[str]:
        rows = self._read(sa.select(self._rows.c.data).where(self._rows.c.is_going.is_(True)).distinct())
        return [row.data for row in rows]

    def _of_set(self, data: str) -> Sequence[Any]:
        return self._read(sa.select(self._rows).where(self._rows.c.data == data))

    def _one(self, data: str, owner: str) -> Any:
        return (self._rows.c.data == data) & (self._rows.c.owner == owner)
