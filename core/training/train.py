"""`train`: one RunSpec from first batch to outcome."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core import scenarios
from core.history import Epoch, Outcome, best_epoch
from core.models.freezing import counts, freeze
from core.models.weights import OLD_HEAD, adopt, copies, run_weights, weights_of, write_arrays
from core.scenarios.mistakes import HALF_WAY, mistake_of
from core.spec import RunSpec
from core.training.checkpoint import Checkpoint, drop_checkpoint, read_checkpoint, write_checkpoint
from core.training.control import Control
from core.training.features import kept_features
from core.training.forgetting import check_old_task
from core.training.loops import Loop, Part, make_loop
from core.training.mistakes import spoil
from core.training.order import epoch_order
from core.training.passes import Passes
from core.training.prefix import Cut, cut
from core.training.refit import RefitLoop
from core.training.stopping import Stopping
from core.training.tensorboard import Log
from core.training.trail import GROUP, follow

Event = dict[str, Any]
CHECKPOINT_SECONDS = 2.0
WEIGHTS = "weights.npz"


class StoppedBefore(Exception):
    """A run was stopped before it had anything to train on."""


def train(spec: RunSpec, emit: Callable[[Event], None], control: Control, folder: Path | None = None) -> Outcome | None:
    """Train, emitting ``preparing`` where data take their time, ``started``, one ``epoch`` each, ``paused`` and
    ``resumed``, and ``finished``; or ``cancelled``, when stopped while data were being prepared.

    Args:
        emit: called from this thread with JSON values.
        control: asked between batches whether to go on, wait or stop.
        folder: where checkpoints and the final weights go. A checkpoint of this very spec found there is taken up: its
            epochs are emitted again and training goes on as if it had never been broken.

    Returns:
        How it ended; None where it was cancelled.

    Raises:
        LabError: when data, weights or the run to start from cannot be had.
    """
    try:
        training = Training(spec, emit, control, folder)
    except StoppedBefore:
        emit({"event": "cancelled"})
        return None
    return training.run()


class Training:
    """The state of one run in progress."""

    def __init__(self, spec: RunSpec, emit: Callable[[Event], None], control: Control, folder: Path | None) -> None:
        self.spec, self.emit, self.control, self.folder = spec, emit, control, folder
        scenario = scenarios.get(spec.scenario)
        data = spoil(scenario.load(spec, self._preparing), spec)
        self.model = build_model(spec)
        freeze(self.model, spec.frozen)
        self._optimizer = keras.optimizers.Adam(spec.learning_rate)
        rows = data.x_train.shape[0]
        calm = scenario.calm_layers(spec)
        is_refit = mistake_of(spec) in HALF_WAY
        whole = Cut((), tuple(self.model.layers))
        self._cut = whole if is_refit else cut(self.model, rows + data.x_val.shape[0], calm=calm)
        parts = (data.x_train, data.x_val)
        x, x_val = kept_features(self._cut.computed, parts, self._preparing, data.drawn, spec.data)
        part = Part(self._cut.remaining, self._optimizer, scenario.loss_of(spec), calm)
        self._loop: Loop = (
            RefitLoop(self.model, part, data, spec)
            if is_refit
            else make_loop(part, x, data.y_train, x_val, data.y_val, spec.batch_size)
        )
        self._passes = Passes(spec, data.x_train, self._cut.computed, self._preparing)
        self._rows, self._validated = rows, data.x_val.shape[0]
        self._classes: tuple[str, ...] = data.notes.get("classes", ())
        self._variables = [*part.variables, *part.states]
        self._old_task = check_old_task(scenario.old_task(spec), self.model, spec.frozen, self._cut, self._preparing)
        self._stopping = Stopping(spec, self.model)
        self._log = Log(folder) if folder is not None and scenario.keeps_log(spec) else None
        self._watched = [(la.name, la.weights, copies(la.weights)) for la in self.model.layers if la.weights]
        self._trail = follow(scenario, spec, self.model, self._variables) if folder is not None else None
        self._epoch_end = self._values()
        self._history: list[Epoch] = []
        self._epoch, self._batch, self._seconds = 1, 0, 0.0
        self._saved_at = time.monotonic()

    def run(self) -> Outcome:
        fixed = [layer for layer in scenarios.get(self.spec.scenario).layers(self.spec) if layer.fixed]
        total, trainable = counts(self.model)
        numbers = {"total": total + sum(layer.parameters for layer in fixed), "trainable": trainable}
        cached = ", ".join([*(layer.name for layer in fixed), *self._cut.names])
        self.emit({"event": "started", "spec": self.spec.flat(), "parameters": numbers, "cached": cached,
                   "validated": self._validated, **({"classes": list(self._classes)} if self._classes else {}),
                   "old_task": asdict(self._old_task.before) if self._old_task else None})  # fmt: skip
        stopped_early = self._take_up()
        while not stopped_early and self._may_go_on() and self._train_epoch():
            stopped_early = self._end_epoch()
        return self._finish(stopped_early)

    def _preparing(self, what: str, done: int, of: int) -> None:
        if self.control.is_stopping:
            raise StoppedBefore
        self.emit({"event": "preparing", "what": what, "done": done, "of": of})

    def _may_go_on(self) -> bool:
        return self._epoch <= self.spec.epochs and not (self._history and self._history[-1].diverged)

    def _train_epoch(self) -> bool:
        """Train the epoch in progress to its end; False when told to stop, with the last epoch's weights in place."""
        try:
            x = self._passes.rows(self._epoch)
        except StoppedBefore:
            return False
        self._loop.begin(epoch_order(self._rows, self.spec.seed, self._epoch), x)
        while self._batch < self._loop.batches:
            self.control.hold(self._paused, lambda: self.emit({"event": "resumed"}))
            if self.control.is_stopping:
                self._put(self._epoch_end)
                return False
            began = time.perf_counter()
            self._batch = self._loop.train(self._batch)
            self._seconds += time.perf_counter() - began
        return True

    def _end_epoch(self) -> bool:
        began = time.perf_counter()
        loss, accuracy, val_loss, val_accuracy = (x if math.isfinite(x) else None for x in self._loop.measure())
        seconds = round(self._seconds + time.perf_counter() - began, 6)
        source = self._old_task.accuracy() if self._old_task else None
        epoch = Epoch(self._epoch, loss, accuracy, val_loss, val_accuracy, seconds, self._moved(), source)
        self._history.append(epoch)
        self._epoch_end = self._values()
        if self._trail is not None:
            self._trail.saw(self._epoch_end)
        self._epoch, self._batch, self._seconds = self._epoch + 1, 0, 0.0
        stop = epoch.val_loss is not None and self._stopping.saw(epoch.epoch, epoch.val_loss)
        self._emit_epoch(epoch)
        if self._log is not None:
            self._log.write(epoch)
        if time.monotonic() - self._saved_at > CHECKPOINT_SECONDS:
            self._save()
        if self._epoch <= self.spec.epochs and not stop:
            self.control.epoch_done()
        return stop

    def _finish(self, stopped_early: bool) -> Outcome:
        diverged = bool(self._history) and self._history[-1].diverged
        restored = self._stopping.finish()
        by_hand = self.control.is_stopping and not stopped_early and len(self._history) < self.spec.epochs
        outcome = Outcome(len(self._history), best_epoch(self._history), stopped_early, restored, by_hand, diverged)
        if self._log is not None:
            self._log.close()
        if self.folder is not None:
            write_arrays(self.folder / WEIGHTS, weights_of(self.model))
            if self._old_task is not None:
                write_arrays(self.folder / OLD_HEAD, self._old_task.head)
            if self._trail is not None:
                self._trail.write(self.folder)
            drop_checkpoint(self.folder)
        self.emit({"event": "finished", **vars(outcome)})
        return outcome

    def _moved(self) -> dict[str, float | None]:
        """|w - w0| / |w0| of each layer, None where that is not a number; frozen ones are compared too, and give 0."""
        return {name: _distance(variables, begun) for name, variables, begun in self._watched}

    def _emit_epoch(self, epoch: Epoch) -> None:
        self.emit({"event": "epoch", **epoch.as_dict(), **({"diverged": True} if epoch.diverged else {})})

    def _paused(self) -> None:
        self._save()
        self.emit({"event": "paused"})

    def _values(self) -> list[np.ndarray]:
        return copies(self._variables)

    def _put(self, values: list[np.ndarray]) -> None:
        for variable, value in zip(self._variables, values, strict=True):
            variable.assign(value)

    def _save(self) -> None:
        if self.folder is None or not self._loop.can_be_taken_up:
            return
        groups = {"now": self._values(), "end": self._epoch_end, "best": self._stopping.best_weights(),
                  "optimizer": copies(self._optimizer.variables)}  # fmt: skip
        if self._trail is not None:
            groups[GROUP] = self._trail.arrays()
        history = [e.as_dict() for e in self._history]
        state = Checkpoint(self.spec.digest(), self._epoch, self._batch, self._stopping.counters(), history, groups)
        write_checkpoint(self.folder, state)
        self._saved_at = time.monotonic()

    def _take_up(self) -> bool:
        """Go on from a checkpoint where there is one; True where the run had stopped early already."""
        state = read_checkpoint(self.folder, self.spec.digest()) if self.folder is not None else None
        if state is None:
            return False
        self._put(state.groups["now"])
        self._epoch_end = state.groups["end"]
        for variable, value in zip(self._optimizer.variables, state.groups["optimizer"], strict=True):
            variable.assign(value)
        self._stopping.take_up(state.counters, state.groups["best"])
        self._history = [Epoch(**row) for row in state.history]
        self._epoch, self._batch = state.epoch, state.batch
        if self._trail is not None:
            self._trail.take_up(state.groups.get(GROUP, []), len(self._history))
        for epoch in self._history:
            self._emit_epoch(epoch)
        return self._stopping.is_over


def _distance(variables: Sequence[keras.Variable], begun: Sequence[np.ndarray]) -> float | None:
    """|w - w0| / |w0| of one layer. (Read by the backend: of 260 variables `np.asarray` takes three times as long.)"""
    steps = [v.value.numpy() - w0 for v, w0 in zip(variables, begun, strict=True)]
    size = math.sqrt(sum(float(np.vdot(w0, w0)) for w0 in begun))
    moved = math.sqrt(sum(float(np.vdot(step, step)) for step in steps))
    share = moved / size if size else moved
    return share if math.isfinite(share) else None


def build_model(spec: RunSpec) -> keras.Sequential:
    """The scenario's model with the weights the spec starts from, its parent run's included."""
    model = scenarios.get(spec.scenario).build(spec)
    if spec.parent:
        adopt(model, run_weights(spec.parent))
    return model
