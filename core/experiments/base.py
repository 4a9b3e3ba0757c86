"""An experiment as one frozen value, the runs it plans, and what is kept of each when it has ended."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidSetting
from core.history import Epoch, Snapshot, best_epoch
from core.scenarios import Scenario
from core.spec import RunSpec
from core.words import mark

MOST_COUNTS = 100
MOST_TRIALS = 120
"""Runs in one experiment: twelve sizes or depths, five seeds, two settings."""
Size = Annotated[int, Field(ge=1, le=1_000_000)]
Depth = Annotated[int, Field(ge=0, le=1_000)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Experiment(BaseModel):
    """One question to be answered by several runs. ``setting`` is what it begins from; each kind uses some of the other
    fields (see the classes of `core.experiments`) and leaves the rest empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Annotated[int, Field(ge=1, le=1, title=mark("The version"))] = 1
    kind: str
    setting: RunSpec
    against: RunSpec | None = None
    rival: Annotated[str, Field(max_length=60, title=mark("Rival"))] = ""
    mistake: Annotated[str, Field(max_length=60, title=mark("Mistake"))] = ""
    sizes: Annotated[tuple[Size, ...], Field(max_length=12, title=mark("Training-set sizes"),
        description=mark("Give up to 12 numbers, as in 50,100,200."))] = ()  # fmt: skip
    depths: Annotated[tuple[Depth, ...], Field(max_length=12, title=mark("Depths"),
        description=mark("Give up to 12 numbers, as in 0,5,10."))] = ()  # fmt: skip
    seeds: Annotated[tuple[Seed, ...], Field(max_length=10, title=mark("Seeds"),
        description=mark("Give up to 10 numbers, as in 1,2,3."))] = ()  # fmt: skip

    def flat(self) -> dict[str, Any]:
        """As JSON values, settings on one level each."""
        values = self.model_dump(mode="json", exclude={"setting", "against"})
        return {**values, "setting": self.setting.flat(), "against": self.against.flat() if self.against else None}

    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(json.dumps(self.flat(), sort_keys=True).encode()).hexdigest()


FIELDS = tuple(Experiment.model_fields)


@dataclass(frozen=True)
class Arm:
    """Where a run stands in its experiment: on which line, and at which x (a size, a depth, or nothing). A line's
    ``name`` is English wherever it is kept, and said where it is drawn."""

    name: str
    x: float | None = None


@dataclass(frozen=True)
class Trial:
    """One run that is planned: its settings, and the points that it stands for."""

    spec: RunSpec
    places: tuple[Arm, ...]

    @classmethod
    def at(cls, name: str, spec: RunSpec, x: float | None = None) -> Trial:
        return cls(spec, (Arm(name, x),))

    def with_place(self, *places: Arm) -> Trial:
        return replace(self, places=(*self.places, *places))

    @property
    def arm(self) -> str:
        """The first line it stands on."""
        return self.places[0].name

    @property
    def x(self) -> float | None:
        return self.places[0].x


@dataclass(frozen=True)
class Result:
    """A run that has ended, at the epoch with the lowest validation loss (all None where it has none).

    ``seconds`` is the time spent computing up to its last epoch; ``validated`` counts the validation rows (0 where that
    is not known).
    """

    trial: Trial
    run: str
    state: str
    val_loss: float | None = None
    val_accuracy: float | None = None
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    trainable: int = 0
    total: int = 0
    validated: int = 0
    diverged: bool = False
    moved: Mapping[str, float | None] = field(default_factory=dict)
    last: Epoch | None = None

    @property
    def is_known(self) -> bool:
        return self.val_loss is not None and self.val_accuracy is not None

    @property
    def seed(self) -> int:
        return self.trial.spec.seed

    @classmethod
    def of(cls, trial: Trial, snapshot: Snapshot) -> Result:
        """What a run comes to."""
        best = _best(snapshot.epochs)
        return cls(
            trial, snapshot.id, snapshot.state,
            best.val_loss if best else None, best.val_accuracy if best else None, best.epoch if best else None,
            len(snapshot.epochs), sum(e.seconds for e in snapshot.epochs),
            snapshot.trainable, snapshot.total, snapshot.validated,
            any(e.diverged for e in snapshot.epochs),
            snapshot.epochs[-1].moved if snapshot.epochs else {},
            snapshot.epochs[-1] if snapshot.epochs else None,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """For the command line: where it stands, and its figures."""
        return {
            "arm": self.trial.arm, "x": self.trial.x, "seed": self.seed, "run": self.run, "state": self.state,
            "val_loss": self.val_loss, "val_accuracy": self.val_accuracy, "best_epoch": self.best_epoch,
            "epochs": self.epochs, "seconds": round(self.seconds, 3), "trainable": self.trainable,
            "validated": self.validated, "also": [[p.name, p.x] for p in self.trial.places[1:]],
        }  # fmt: skip


@dataclass(frozen=True)
class Conclusion:
    """What an experiment shows, in sentences (empty while there is nothing to say), and the figures they rest on."""

    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)


class Kind(ABC):
    """One kind of experiment: which runs it needs, and what they show. ``short``, ``title`` and ``question`` are yet to
    be said."""

    name: str
    short: str
    title: str
    question: str
    icon: str

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def lesson(self, scenario: Scenario) -> dict[str, Any]:
        """Settings that make it fit a lesson, where the scenario's usual ones would not."""
        return dict(scenario.lessons.get(self.name, {}))

    def problem(self, setting: RunSpec) -> str:
        """Why it cannot be asked of this setting, without a full stop; empty where it can."""
        return ""

    @abstractmethod
    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        """The fields it uses beside the setting, as they are best for it."""

    @abstractmethod
    def plan(self, experiment: Experiment) -> Sequence[Trial]:
        """Its runs, the ones to train first first. The same run may stand for several points."""

    @abstractmethod
    def conclude(self, experiment: Experiment, results: Sequence[Result]) -> Conclusion:
        """What the runs that have ended show."""

    def is_over(self, experiment: Experiment, results: Sequence[Result]) -> bool:
        """Whether every run has had its turn. Asked at every look at a live page, so the count is kept."""
        key = experiment.digest()
        if key not in self._counts:
            while len(self._counts) >= MOST_COUNTS:
                self._counts.pop(next(iter(self._counts)))
            self._counts[key] = len({trial.spec.digest() for trial in self.plan(experiment)})
        return len(results) >= self._counts[key]

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        """What only this kind can find wrong with an experiment."""
        return []


def on_arm(results: Sequence[Result], name: str) -> list[tuple[Result, float | None]]:
    """The results with figures that stand on one line, each with its x."""
    return [(r, place.x) for r in results if r.is_known for place in r.trial.places if place.name == name]


def _best(epochs: Sequence[Epoch]) -> Epoch | None:
    number = best_epoch(epochs)
    return next((e for e in epochs if e.epoch == number), None)
