"""The runner: a fair queue, one background thread a live run, and snapshots for whoever looks."""

from __future__ import annotations

import itertools
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from core import scenarios
from core.classroom.gate import Gate
from core.errors import InvalidSetting, InvalidSettings, LabError, NotYourRun, UnknownRun
from core.history import LIVE, Epoch, OldScore, Outcome, Snapshot
from core.insight.prediction import Prediction, check_prediction
from core.models.weights import run_folder
from core.runs.brought import COMMAND_LINE
from core.runs.classroom import Classroom
from core.runs.engines.base import Engine, Event, Job, Orders
from core.runs.experiments import Experiments
from core.runs.fetching import Fetches
from core.runs.keeping import AGAIN, WEIGHTS_KEPT, Keeping, forget_weights
from core.runs.line import fair_line
from core.runs.store import Store
from core.runs.sweeping import Sweeping
from core.spec import RunSpec
from core.words import language, mark, say, speaking

LOG = logging.getLogger(__name__)
KEPT = 64
"""Finished runs held in memory; all are in the store."""
MOST_QUEUED = 500
UNEXPECTED = mark("Something unexpected went wrong. The server's log has the details under this run's id.")
PHASE_BEFORE = mark("The phase before did not finish.")
"""Reasons are kept in English where they are always the same: whoever reads them says them."""


class LiveRun:
    """A run under way: its snapshot changes, under the runner's lock only. It waits until the run ``after`` which it
    comes has finished. One that ``yields`` lets its owner's others go first."""

    def __init__(self, snapshot: Snapshot, job: Job, orders: Orders, after: str | None, yields: bool) -> None:
        self.snapshot, self.job, self.orders, self.after, self.yields = snapshot, job, orders, after, yields


class Runner:
    """Takes RunSpecs, trains them on an engine, tells how they stand. Any thread may call any method."""

    def __init__(
        self, engine: Engine, store: Store, weights_kept: int = WEIGHTS_KEPT, gate: Gate | None = None
    ) -> None:
        """
        Args:
            gate: lets the teacher of a class in; None where there is no teacher.
        """
        self.engine, self.store = engine, store
        self.fetches = Fetches()
        self._lock = threading.RLock()
        self._over = threading.Condition(self._lock)
        self._live: dict[str, LiveRun] = {}
        self._queue: list[str] = []
        self._training: set[str] = set()
        self._turn, self._turns = itertools.count(), dict[str, int]()
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()
        self._followers: dict[str, str] = {}
        self._asking = ThreadPoolExecutor(2, thread_name_prefix="ask")
        store.mark_interrupted()
        self.keeping = Keeping(store, self._owned, self._relabel, weights_kept)
        self.keeping.remove_deleted()
        self.brought = store.brought
        self.classroom = Classroom(store.classroom, self.snapshot, gate)
        self.experiments = Experiments(self)
        self._sweeping = Sweeping(self.brought)

    def submit(self, spec: RunSpec, owner: str, pace: float = 0, steps: int | None = None) -> str:
        """Queue a run; returns its id, which cannot be guessed.

        Raises:
            InvalidSettings: when the run it starts from is not there, or has nothing to give.
            NotYourData: when it names data that another browser brought.
            SourceUnavailable: when something has to be downloaded first, or data have to be brought.
            ClassPaused: when the teacher of a class has paused new runs.
            LabError: when the queue is full.
        """
        self.classroom.check_may_start(owner)
        with self._lock:  # between the two, its parent's weights could be dropped
            self._check_parent(spec)
            return self._submit(spec, owner, pace, steps, after=None)

    def submit_phases(self, specs: Sequence[RunSpec], owner: str, pace: float = 0) -> list[str]:
        """Queue a plan: each run starts from the one before when that has finished. One that is stopped or fails ends
        the plan.

        Raises:
            InvalidSettings, NotYourData, SourceUnavailable, ClassPaused, LabError: as `submit` does.
        """
        runs = [self.submit(specs[0], owner, pace)]
        for spec in specs[1:]:
            runs.append(self._submit(spec.changed(start=f"run:{runs[-1]}"), owner, pace, None, after=runs[-1]))
            with self._lock:
                self._followers[runs[-2]] = runs[-1]
        return runs

    def submit_trial(self, spec: RunSpec, owner: str, pace: float, named: Callable[[str], None]) -> str:
        """Queue a run of an experiment, behind its owner's other runs; ``named`` is told its id before it can start.

        Raises:
            InvalidSettings, NotYourData, SourceUnavailable, LabError: as `submit` does.
        """
        with self._lock:
            self._check_parent(spec)
            return self._submit(spec, owner, pace, None, after=None, named=named)

    def follower(self, run: str) -> str | None:
        """The next phase of a plan, where this run is one and its next has not been cancelled."""
        with self._lock:
            found = self._followers.get(run)
        return found if found is not None and self.snapshot(found).state != "cancelled" else None

    def _submit(
        self, spec: RunSpec, owner: str, pace: float, steps: int | None, after: str | None,
        named: Callable[[str], None] | None = None,
    ) -> str:  # fmt: skip
        self.check_data(spec, owner)
        run = secrets.token_hex(8)
        total, trainable = scenarios.parameters(spec)
        snapshot = Snapshot(run, spec, "queued", total=total, trainable=trainable, parent=spec.parent, owner=owner)
        if named is not None:
            named(run)
        self._enqueue(snapshot, pace, steps, new=True, after=after, yields=named is not None)
        return run

    def take_up(self, run: str, owner: str, pace: float = 0) -> None:
        """Queue an interrupted run again; it goes on from its checkpoint to the curve it would have had.

        Raises:
            NotYourRun: when another browser owns it.
            NotYourData, SourceUnavailable: when the data it was trained on are gone.
            ClassPaused: when the teacher of a class has paused new runs.
        """
        self.classroom.check_may_start(owner)
        self.take_up_trial(run, owner, pace)

    def take_up_trial(self, run: str, owner: str, pace: float = 0) -> None:
        """`take_up` for a run of an experiment that has begun: a teacher's pause does not break it off."""
        snapshot = self._owned(run, owner)
        if snapshot.state == "interrupted":
            self.check_data(snapshot.spec, owner)
            self._enqueue(replace(snapshot, state="queued", reason=""), pace, None, new=False)

    def pause(self, run: str, owner: str) -> None:
        self._order(run, owner, "pause")

    def resume(self, run: str, owner: str) -> None:
        self._order(run, owner, "resume")

    def step(self, run: str, owner: str) -> None:
        """Train one epoch, then pause."""
        self._order(run, owner, "step")

    def set_pace(self, run: str, owner: str, pace: float) -> None:
        self._order(run, owner, "set_pace", pace)

    def stop(self, run: str, owner: str) -> None:
        """End a run at once, keeping what it has learned; one that waits in the queue is cancelled."""
        self._owned(run, owner)
        with self._lock:
            waits = run in self._queue
            if waits:
                self._cancel(run)
        if waits:
            self.experiments.ended(self.snapshot(run))
            self._sweeping.let_go(self.snapshot(run).spec)
        else:
            self._order(run, owner, "stop")

    def snapshot(self, run: str) -> Snapshot:
        """How a run stands.

        Raises:
            UnknownRun: when there is none of this id.
        """
        with self._lock:
            if run in self._live:
                ahead = self._line().index(run) if run in self._queue else 0
                return replace(self._live[run].snapshot, ahead=ahead)
            if run in self._kept:
                self._kept.move_to_end(run)
                return self._kept[run]
        snapshot = self.store.get(run)
        if not snapshot.is_live:
            self._retire(snapshot)
        return snapshot

    def wait(self, run: str, seconds: float | None = None) -> None:
        """Wait until a run is over, or for so long."""
        with self._over:
            self._over.wait_for(lambda: run not in self._live, seconds)

    def lineage(self, run: str) -> list[Snapshot]:
        """A run and those it started from, oldest first, within one network."""
        found = [self.snapshot(run)]
        while found[0].parent and len(found) < 20:
            try:
                parent = self.snapshot(found[0].parent)
            except UnknownRun:
                break
            if parent.total != found[0].total:  # layers were transferred to another network: a new story
                break
            found.insert(0, parent)
        return found

    def expect(self, run: str, owner: str, prediction: Prediction) -> None:
        """Keep what the owner of a run expects of it; anybody who sees the run sees that too.

        Raises:
            NotYourRun: when another browser owns it.
            LabError: when it is no prediction, or the run has one already.
        """
        self._owned(run, owner)
        self.store.predictions.add(run, owner, check_prediction(prediction))

    def expected(self, run: str) -> Prediction | None:
        """What was expected of a run, None where nothing was."""
        return self.store.predictions.find(run)

    def latest(self, owner: str, scenario: str, states: Iterable[str], most: int = 1) -> list[Snapshot]:
        return self.store.latest(owner, scenario, states, most)

    def check_data(self, spec: RunSpec, owner: str) -> None:
        """See that somebody may train on a spec's data, and that all it needs is here.

        Raises:
            NotYourData: when they were brought in another browser.
            SourceUnavailable: when something has to be downloaded or brought first.
        """
        self.brought.check(spec.data, owner)
        scenarios.check_present(spec)

    def ask(self, question: dict[str, Any], owner: str = COMMAND_LINE) -> Future[dict[str, Any]]:
        """Have the engine answer a question, without waiting. Raises as `check_asked` does."""
        self.check_asked(question, owner)
        return self._asking.submit(self.engine.ask, question)

    def check_asked(self, question: Mapping[str, Any], owner: str) -> None:
        """See that somebody may have a question answered.

        Raises:
            NotYourData: when the answer would show what another browser brought, or what was made from it.
        """
        self.brought.check(str(question.get("spec", {}).get("data", "builtin")), owner)

    def prepare(self, scenario: str) -> None:
        self.engine.prepare(scenario)

    def close(self) -> None:
        self._sweeping.close()
        self.experiments.close()
        self.fetches.close()
        self.engine.close()
        self._asking.shutdown(wait=False, cancel_futures=True)
        self.store.close()

    def _check_parent(self, spec: RunSpec) -> None:
        if not spec.parent:
            return
        try:
            parent = self.snapshot(spec.parent)
        except UnknownRun:
            parent = None
        if parent is None or not parent.has_weights or parent.spec.scenario != spec.scenario:
            what = say("The run to start from (start) is not here, or left nothing to start from.")
            mend = say("Start from pretrained or random, or another run.")
            if parent is not None and parent.dropped:
                what, mend = say("The weights of the run to start from (start) are no longer kept."), say(AGAIN)
            raise InvalidSettings([InvalidSetting("start", what, spec.start, mend)])

    def _enqueue(
        self, snapshot: Snapshot, pace: float, steps: int | None, new: bool, after: str | None = None,
        yields: bool = False,
    ) -> None:  # fmt: skip
        job = Job(snapshot.id, snapshot.spec, run_folder(snapshot.id), pace, steps, language())
        with self._lock:
            if len(self._queue) >= MOST_QUEUED:
                raise LabError(say("The queue is full."), len(self._queue), say("Wait until some runs have finished."))
            if snapshot.id in self._live:
                return
            if new:
                snapshot = replace(snapshot, number=self.store.add(snapshot))
                self.store.set_facts(snapshot.id, snapshot.total, snapshot.trainable, snapshot.cached)
            else:
                self.store.set_state(snapshot.id, "queued")
            self._kept.pop(snapshot.id, None)
            self._live[snapshot.id] = LiveRun(snapshot, job, self.engine.begin(job), after, yields)
            self._queue.append(snapshot.id)
            self._start_next()

    def _start_next(self) -> None:
        """Start queued runs while slots are free; one that comes after another waits for it, and lets others pass."""
        while len(self._training) < self.engine.slots:
            run = next((r for r in self._line() if self._live[r].after not in self._live), None)
            if run is None:
                return
            self._queue.remove(run)
            self._training.add(run)
            self._turns[self._owner(run)] = next(self._turn)
            self._change(run, state="starting")
            live = self._live[run]
            # In the language of whoever pressed Train: so failures are kept, and so an experiment's next runs begin.
            train = speaking(live.job.language)(self._train)
            threading.Thread(target=train, args=(live,), name=f"run-{run}", daemon=True).start()

    def _line(self) -> list[str]:
        queue = ((run, self._owner(run)) for run in sorted(self._queue, key=lambda run: self._live[run].yields))
        return fair_line(queue, map(self._owner, self._training), self._turns)

    def _owner(self, run: str) -> str:
        return self._live[run].snapshot.owner

    def _train(self, live: LiveRun) -> None:
        run = live.job.run
        try:
            self.store.set_state(run, "starting")
            self.experiments.began(run)
            self.engine.follow(live.job, live.orders, lambda event: self._saw(run, event))
        except LabError as error:
            self._fail(run, str(error))
        except Exception:  # the thread's boundary: the page gets a sentence, the log the rest
            LOG.exception("run %s failed", run)
            self._fail(run, UNEXPECTED)
        finally:
            with self._lock:
                self._training.discard(run)
                ended = self._live.pop(run).snapshot
                self._retire(ended)
                self._end_plan(ended)
                dropped = self._choose_weights(ended.owner)
                self._over.notify_all()
                self._start_next()
            forget_weights(dropped)
            self.experiments.ended(ended)
            self._sweeping.let_go(ended.spec)

    def _choose_weights(self, owner: str) -> list[str]:
        try:
            return self.keeping.choose_weights(owner)
        except LabError:  # the next run's end tries again; this one's must not be lost over it
            LOG.exception("which weights to keep could not be settled")
            return []

    def _end_plan(self, ended: Snapshot) -> None:
        """Cancel what was to come after a run that did not finish, and after that in turn."""
        if ended.state == "finished" and not (ended.outcome and ended.outcome.diverged):
            return
        for run in [r for r in self._queue if self._live[r].after == ended.id]:
            self._cancel(run, PHASE_BEFORE)

    def _cancel(self, run: str, reason: str = "") -> None:
        """Take a run out of the queue, and with it whatever was to come after it."""
        self._queue.remove(run)
        cancelled = replace(self._live.pop(run).snapshot, state="cancelled", reason=reason)
        self._retire(cancelled)
        self.store.set_state(run, "cancelled", reason)
        self._end_plan(cancelled)

    def _saw(self, run: str, event: Event) -> None:
        known = {"started": self._started, "epoch": self._epoch, "finished": self._finished}
        if event["event"] in known:
            known[event["event"]](run, event)
        elif event["event"] == "preparing":
            self._change(run, prepares=(event["what"], event["done"], event["of"]))
        elif event["event"] == "cancelled":
            self.store.set_state(run, "cancelled")
            self._change(run, state="cancelled", prepares=None)
        elif event["event"] in {"paused", "resumed"}:
            state = "paused" if event["event"] == "paused" else "running"
            self.store.set_state(run, state)
            self._change(run, state=state)

    def _started(self, run: str, event: Event) -> None:
        numbers = event["parameters"]
        more = {name: event[name] for name in ("validated", "classes") if name in event}
        old = event.get("old_task")
        self.store.set_facts(run, cached=event["cached"], **numbers, **more, **({"old_task": old} if old else {}))
        self.store.set_state(run, "running")
        more["classes"] = tuple(more.get("classes", ()))
        self._change(run, state="running", prepares=None, cached=event["cached"], **numbers, **more,
                     old_task=OldScore(**old) if old else None)  # fmt: skip

    def _epoch(self, run: str, event: Event) -> None:
        epoch = Epoch(**{k: v for k, v in event.items() if k not in {"event", "run", "diverged"}})
        with self._lock:
            before = self._live[run].snapshot.epochs
        if epoch.epoch > len(before):  # epochs of a run taken up come again; they are the same
            self.store.add_epoch(run, epoch)
            self._change(run, epochs=(*before, epoch), prepares=None)

    def _finished(self, run: str, event: Event) -> None:
        outcome = Outcome(**{k: v for k, v in event.items() if k not in {"event", "run"}})
        state = "stopped" if outcome.stopped_by_hand else "finished"
        self.store.finish(run, state, outcome)
        self._change(run, state=state, outcome=outcome)

    def _fail(self, run: str, reason: str) -> None:
        self._change(run, state="failed", reason=reason)
        try:
            self.store.set_state(run, "failed", reason)
        except LabError:
            LOG.exception("run %s failed, and that could not be written", run)

    def _change(self, run: str, **values: Any) -> None:
        with self._lock:
            live = self._live[run]
            live.snapshot = replace(live.snapshot, **values)

    def _relabel(self, run: str, **values: Any) -> None:
        """Change what is held in memory of a run as the store already has it."""
        with self._lock:
            if run in self._live:
                self._change(run, **values)
            elif run in self._kept:
                self._kept[run] = replace(self._kept[run], **values)

    def _retire(self, snapshot: Snapshot) -> None:
        if snapshot.state in LIVE:
            return
        with self._lock:
            self._kept[snapshot.id] = snapshot
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def _order(self, run: str, owner: str, name: str, *arguments: float) -> None:
        self._owned(run, owner)
        with self._lock:
            live = self._live.get(run)
        if live is not None:
            getattr(live.orders, name)(*arguments)

    def _owned(self, run: str, owner: str) -> Snapshot:
        snapshot = self.snapshot(run)
        if not secrets.compare_digest(snapshot.owner.encode(), owner.encode()):
            mend = say("You can watch it; to change something, train your own.")
            raise NotYourRun(say("This run belongs to another browser."), do=mend)
        return snapshot
