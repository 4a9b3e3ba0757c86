"""Experiments in the database: the value, who owns it, and which run each of its trials has."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.errors import UnknownExperiment
from core.experiments import Experiment

Read = Callable[[Any], Sequence[Any]]
Write = Callable[..., None]


def experiment_tables(tables: sa.MetaData) -> tuple[sa.Table, sa.Table]:
    """``experiments`` and ``trials``. A trial's run may be gone: it is then trained again where somebody goes on."""
    experiments = sa.Table(
        "experiments", tables,
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("owner", sa.String(64), index=True, nullable=False),
        sa.Column("scenario", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
    )  # fmt: skip
    trials = sa.Table(
        "trials", tables,
        sa.Column("experiment", sa.String(16), sa.ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("run", sa.String(16), index=True, nullable=False),
    )  # fmt: skip
    return experiments, trials


@dataclass(frozen=True)
class Row:
    """An experiment as it is kept: ``runs`` by the number of the trial."""

    value: dict[str, Any]
    owner: str
    state: str
    runs: dict[int, str]


class ExperimentStore:
    """The part of the store that knows experiments."""

    def __init__(self, read: Read, write: Write, tables: sa.MetaData, process: Callable[[], str],
                 is_alive: Callable[[str], bool]) -> None:  # fmt: skip
        self._read, self._write, self._process, self._is_alive = read, write, process, is_alive
        self._experiments, self._trials = tables.tables["experiments"], tables.tables["trials"]

    def add(self, which: str, owner: str, experiment: Experiment) -> None:
        row = {"id": which, "owner": owner, "scenario": experiment.setting.scenario, "kind": experiment.kind,
               "value": json.dumps(experiment.flat()), "state": "running", "process": self._process(),
               "created": time.time()}  # fmt: skip
        self._write(self._experiments.insert().values(row))

    def set_state(self, which: str, state: str) -> None:
        changed = self._experiments.update().where(self._experiments.c.id == which)
        self._write(changed.values(state=state, process=self._process()))

    def set_run(self, which: str, number: int, run: str) -> None:
        """Note a trial's run, in place of one it may have had."""
        here = (self._trials.c.experiment == which) & (self._trials.c.number == number)
        row = self._trials.insert().values(experiment=which, number=number, run=run)
        self._write(self._trials.delete().where(here), row)

    def get(self, which: str) -> Row:
        """
        Raises:
            UnknownExperiment: when there is none of this id.
        """
        row = next(iter(self._read(sa.select(self._experiments).where(self._experiments.c.id == which))), None)
        if row is None:
            raise UnknownExperiment(which)
        trials = self._read(sa.select(self._trials).where(self._trials.c.experiment == which))
        return Row(json.loads(row.value), row.owner, row.state, {t.number: t.run for t in trials})

    def latest(self, owner: str, scenario: str, most: int) -> list[str]:
        """An owner's newest experiments on a scenario, newest first."""
        table = self._experiments
        mine = sa.select(table.c.id).where(table.c.owner == owner, table.c.scenario == scenario)
        return [row.id for row in self._read(mine.order_by(table.c.created.desc()).limit(most))]

    def mark_interrupted(self) -> list[str]:
        """Mark those under way in processes that are no more; returns their ids."""
        table = self._experiments
        live = self._read(sa.select(table.c.id, table.c.process).where(table.c.state == "running"))
        lost = [row.id for row in live if not self._is_alive(row.process)]
        if lost:
            self._write(table.update().where(table.c.id.in_(lost)).values(state="interrupted"))
        return lost
