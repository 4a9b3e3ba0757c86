"""What was expected of a run, in the database: one prediction a run, written once and never changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from core.errors import LabError, StoreUnavailable
from core.insight.prediction import Prediction
from core.words import say

REMEMBERED = 256
"""Predictions held in memory: a page asks for one at every look at a live run."""


def prediction_table(tables: sa.MetaData) -> sa.Table:
    return sa.Table(
        "predictions", tables,
        sa.Column("run", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("owner", sa.String(64), index=True, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("points", sa.Text, nullable=False),
        sa.Column("made", sa.Float, nullable=False),
    )  # fmt: skip


class Predictions:
    """Access to the table. Any thread may call it."""

    def __init__(self, read: Callable[[Any], Sequence[Any]], write: Callable[[Any], None], tables: sa.MetaData) -> None:
        self._read, self._write, self._table = read, write, tables.tables["predictions"]
        self._found: dict[str, Prediction] = {}

    def add(self, run: str, owner: str, prediction: Prediction) -> None:
        """Keep what was expected of a run.

        Raises:
            LabError: when this run has a prediction already.
        """
        row = {"run": run, "owner": owner, "kind": prediction.kind, "points": json.dumps(prediction.points),
               "made": time.time()}  # fmt: skip
        try:
            self._write(self._table.insert().values(row))
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, sa.exc.IntegrityError):
                raise
            mend = say("Predict the next run before it starts.")
            raise LabError(say("This run has its prediction already."), run, mend) from error

    def find(self, run: str) -> Prediction | None:
        """What was expected of a run, None where nothing was."""
        if (known := self._found.get(run)) is not None:
            return known
        query = sa.select(self._table.c.kind, self._table.c.points).where(self._table.c.run == run)
        row = next(iter(self._read(query)), None)
        if row is None:
            return None
        if len(self._found) >= REMEMBERED:
            self._found.clear()
        self._found[run] = found = Prediction(row.kind, tuple((e, loss) for e, loss in json.loads(row.points)))
        return found
