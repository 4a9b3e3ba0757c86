"""Experiments under way: their runs are handed to the runner's queue a few at a time, kept in the store by number, and
taken up where they were broken off."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core import experiments, scenarios
from core.errors import LabError, NotYourRun, UnknownRun
from core.experiments import Conclusion, Experiment, Result, Trial
from core.history import LIVE, Snapshot
from core.words import mark, say

if TYPE_CHECKING:
    from core.runs.runner import Runner

LOG = logging.getLogger(__name__)
RUNNING, FINISHED, STOPPED, INTERRUPTED = mark("running"), mark("finished"), mark("stopped"), mark("interrupted")
AHEAD = 1
"""Runs that wait in the queue beyond those that train: an experiment yields to others between its runs."""
KEPT = 32
"""Experiments held in memory; all are in the store."""
ENDED = frozenset({"finished", "stopped", "failed"})
"""States of a run that has had its turn; all others are missing where an experiment is taken up."""


@dataclass(frozen=True)
class Progress:
    """An experiment as it stands. ``runs`` has the run of each trial, None before its turn; ``results`` those that have
    ended; ``left`` about how many seconds it takes still, on this computer; until it ``has_begun`` none trains."""

    id: str
    experiment: Experiment
    owner: str
    state: str
    trials: tuple[Trial, ...]
    runs: tuple[str | None, ...]
    results: tuple[Result, ...]
    left: float = 0.0
    has_begun: bool = True

    @property
    def is_live(self) -> bool:
        return self.state == RUNNING

    @property
    def done(self) -> int:
        return len(self.results)

    @property
    def conclusion(self) -> Conclusion:
        return experiments.conclude(self.experiment, list(self.results))


@dataclass
class _Held:
    """One experiment in memory: changes under the lock of `Experiments` only."""

    id: str
    experiment: Experiment
    owner: str
    state: str
    pace: float
    trials: tuple[Trial, ...]
    runs: list[str | None]
    results: dict[int, Result] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    took: dict[int, float] = field(default_factory=dict)


class Experiments:
    """All experiments of a runner. Any thread may call any method."""

    def __init__(self, runner: Runner) -> None:
        self._runner, self._store = runner, runner.store.experiments
        self._lock = threading.RLock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._of_run: dict[str, str] = {}
        self._over = threading.Condition(self._lock)
        self._is_closed = False
        self._store.mark_interrupted()

    def start(self, experiment: Experiment, owner: str, pace: float = 0) -> str:
        """Begin an experiment; returns its id, which cannot be guessed.

        Raises:
            NotYourData: when it names data that another browser brought.
            SourceUnavailable: when something has to be downloaded first.
            ClassPaused: when the teacher of a class has paused new runs.
            LabError: when the queue is full.
        """
        self._runner.classroom.check_may_start(owner)
        trials = experiments.plan(experiment)
        for trial in trials:
            self._runner.check_data(trial.spec, owner)
        made = secrets.token_hex(8)
        self._store.add(made, owner, experiment)
        with self._lock:
            self._keep(_Held(made, experiment, owner, RUNNING, pace, trials, [None] * len(trials)))
            self._advance(self._held[made])
        return made

    def stop(self, which: str, owner: str) -> None:
        """End it as one: what trains is stopped and kept, what waits is cancelled.

        Raises:
            NotYourRun: when another browser owns it.
        """
        with self._lock:
            held = self._owned(which, owner)
            if held.state != RUNNING:
                return
            self._end(held, STOPPED)
            runs = [run for run in held.runs if run is not None]
        for run in runs:
            if self._runner.snapshot(run).is_live:
                self._runner.stop(run, owner)

    def take_up(self, which: str, owner: str, pace: float = 0) -> None:
        """Go on with one that was stopped or interrupted: only what is missing is trained.

        Raises:
            NotYourRun: when another browser owns it.
            NotYourData, SourceUnavailable: when its data are gone, or something has to be downloaded first.
            ClassPaused: when the teacher of a class has paused new runs.
        """
        self._runner.classroom.check_may_start(owner)
        with self._lock:
            held = self._owned(which, owner)
            if held.state == RUNNING:
                return
            for spec in {trial.spec.data: trial.spec for trial in held.trials}.values():
                self._runner.check_data(spec, owner)
            held.pace = pace
            for number, run in enumerate(held.runs):
                if number not in held.results or held.results[number].state != "finished":
                    held.results.pop(number, None)
                    held.runs[number] = self._worth_taking_up(run)
            held.state = RUNNING
            self._store.set_state(held.id, RUNNING)
            self._advance(held)

    def progress(self, which: str) -> Progress:
        """How an experiment stands.

        Raises:
            UnknownExperiment: when there is none of this id.
        """
        with self._lock:
            held = self._find(which)
            results = tuple(held.results[n] for n in sorted(held.results))
            return Progress(held.id, held.experiment, held.owner, held.state, held.trials, tuple(held.runs), results,
                            self._seconds_left(held), bool(results) or self._has_begun(held))  # fmt: skip

    def close(self) -> None:
        """Begin no more runs. What is under way counts as broken off at the next start, and can be taken up."""
        with self._lock:
            self._is_closed = True

    def wait(self, which: str, seconds: float | None = None) -> None:
        """Wait until an experiment is over, or for so long."""
        with self._over:
            self._over.wait_for(lambda: self._find(which).state != RUNNING, seconds)

    def latest(self, owner: str, scenario: str, most: int = 5) -> list[Progress]:
        """An owner's newest experiments on a scenario, newest first, without any that cannot be read any more."""
        found = []
        for which in self._store.latest(owner, scenario, most):
            try:
                found.append(self.progress(which))
            except LabError:
                LOG.warning("the experiment %s cannot be read", which)
        return found

    def ended(self, snapshot: Snapshot) -> None:
        """Told by the runner, which holds no lock then, of every run that is over."""
        with self._lock:
            which = self._of_run.pop(snapshot.id, None)
            held = self._held.get(which) if which else None
            if held is None:
                return
            number = held.runs.index(snapshot.id)
            if snapshot.id in held.begun:
                held.took[number] = time.monotonic() - held.begun.pop(snapshot.id)
            running = held.state == RUNNING
            if running or (snapshot.state in ENDED and snapshot.epochs):  # one that waited when all was stopped is none
                held.results[number] = Result.of(held.trials[number], snapshot)
            if running:
                self._advance(held)

    def began(self, run: str) -> None:
        """Told by the runner when a run has got its turn."""
        with self._lock:
            which = self._of_run.get(run, "")
            if which in self._held:
                self._held[which].begun[run] = time.monotonic()

    def _advance(self, held: _Held) -> None:
        """Queue runs until enough wait; end it when all have had their turn."""
        while held.state == RUNNING and not self._is_closed:
            waiting = [run for run in held.runs if run in self._of_run]
            number = next((n for n in range(len(held.trials)) if n not in held.results
                           and (held.runs[n] is None or held.runs[n] not in self._of_run)), None)  # fmt: skip
            if number is None:
                if not waiting:
                    self._end(held, FINISHED)
                return
            if len(waiting) >= self._runner.engine.slots + AHEAD:
                return
            self._submit(held, number)

    def _submit(self, held: _Held, number: int) -> None:
        run = held.runs[number]
        try:
            if run is None:
                run = self._runner.submit_trial(held.trials[number].spec, held.owner, held.pace,
                                                lambda made: self._named(held, number, made))  # fmt: skip
            else:
                self._named(held, number, run)
                self._runner.take_up_trial(run, held.owner, held.pace)
        except LabError as error:  # a full queue or a full disk: what is there stays, and can be taken up
            LOG.warning("the experiment %s cannot go on: %s", held.id, error)
            self._of_run.pop(run or "", None)
            self._end(held, INTERRUPTED)

    def _named(self, held: _Held, number: int, run: str) -> None:
        """Note which run a trial has before that run can end."""
        held.runs[number] = run
        self._of_run[run] = held.id
        self._store.set_run(held.id, number, run)

    def _end(self, held: _Held, state: str) -> None:
        held.state = state
        self._store.set_state(held.id, state)
        self._over.notify_all()

    def _worth_taking_up(self, run: str | None) -> str | None:
        """A run that was broken off goes on; any other that is missing is trained anew."""
        if run is None:
            return None
        try:
            return run if self._runner.snapshot(run).state == "interrupted" else None
        except LabError:
            return None

    def _owned(self, which: str, owner: str) -> _Held:
        held = self._find(which)
        if not secrets.compare_digest(held.owner.encode(), owner.encode()):
            mend = say("You can watch it, or start one of your own.")
            raise NotYourRun(say("This experiment belongs to another browser."), do=mend)
        return held

    def _find(self, which: str) -> _Held:
        if which not in self._held:
            self._keep(self._read(which))
        self._held.move_to_end(which)
        return self._held[which]

    def _read(self, which: str) -> _Held:
        row = self._store.get(which)
        experiment = experiments.parse(row.value)
        trials = experiments.plan(experiment)
        held = _Held(which, experiment, row.owner, row.state, 0, trials, [row.runs.get(n) for n in range(len(trials))])
        for number, run in enumerate(held.runs):
            snapshot = self._ended_run(run)
            if snapshot is not None:
                held.results[number] = Result.of(trials[number], snapshot)
        return held

    def _ended_run(self, run: str | None) -> Snapshot | None:
        if run is None:
            return None
        try:
            snapshot = self._runner.snapshot(run)
        except UnknownRun:
            return None
        return snapshot if snapshot.state in ENDED and snapshot.state not in LIVE else None

    def _keep(self, held: _Held) -> None:
        self._held[held.id] = held
        for old in [i for i, h in self._held.items() if h.state != RUNNING][: max(0, len(self._held) - KEPT)]:
            if old != held.id:
                del self._held[old]

    def _has_begun(self, held: _Held) -> bool:
        """Whether any run trains: the first waits some seconds for a worker to load TensorFlow."""
        return any(self._runner.snapshot(run).state not in {"queued", "starting"} for run in held.begun)

    def _seconds_left(self, held: _Held) -> float:
        """The scenario's own figures, corrected line by line by what the runs that have ended took here."""
        if held.state != RUNNING:
            return 0.0
        now, left = time.monotonic(), 0.0
        for number, trial in enumerate(held.trials):
            if number not in held.results:
                since = held.begun.get(held.runs[number] or "")
                planned = estimate(trial) * self._correction(held, trial.arm)
                left += max(0.2, planned - (now - since)) if since else planned
        return left / self._runner.engine.slots

    def _correction(self, held: _Held, arm: str) -> float:
        def ratio(numbers: list[int]) -> float | None:
            planned = sum(estimate(held.trials[n]) for n in numbers)
            return sum(held.took[n] for n in numbers) / planned if planned else None

        own = ratio([n for n in held.took if held.trials[n].arm == arm])
        return own or ratio(list(held.took)) or 1.0


def estimate(trial: Trial) -> float:
    """About how many seconds a run takes."""
    return scenarios.get(trial.spec.scenario).seconds(trial.spec)


def estimated(experiment: Experiment, slots: int) -> float:
    """About how many seconds an experiment takes before anything of it is known on this computer."""
    return sum(map(estimate, experiments.plan(experiment))) / max(slots, 1)
