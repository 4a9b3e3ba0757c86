"""Where early stopping would have stopped a run that is already there. A stopped run is an exact prefix of the same run
unstopped, so its curve answers for any smaller patience without training again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.history import Epoch, best_epoch
from core.insight.reading import pair
from core.words import say, say_many


@dataclass(frozen=True)
class Moment:
    """An epoch and how validation stood there: a mean loss, and a share from 0 to 1."""

    epoch: int
    val_loss: float | None
    val_accuracy: float | None


@dataclass(frozen=True)
class Replay:
    """What ``patience`` and ``min_delta`` would have made of a run of ``epochs`` epochs.

    ``stopped_at`` is None where patience does not run out. ``restored`` is the epoch whose weights the model would
    carry, best weights restored; ``best`` has the lowest validation loss of all. Both are None while there is none.
    """

    patience: int
    min_delta: float
    epochs: int
    stopped_at: int | None
    restored: Moment | None
    best: Moment | None

    @property
    def saved_epochs(self) -> int:
        """Epochs that would not have been trained."""
        return self.epochs - self.stopped_at if self.stopped_at is not None else 0

    @property
    def missed(self) -> bool:
        """Whether the lowest epoch lies beyond the stop."""
        return self.stopped_at is not None and self.best is not None and self.best.epoch > self.stopped_at


def replay(epochs: Sequence[Epoch], patience: int, min_delta: float) -> Replay:
    """Replay early stopping over a run's own epochs, numbered from 1, as Keras' EarlyStopping counts (monitor
    ``val_loss``, mode ``min``, best weights restored). An epoch without a validation loss is not counted: training ends
    there anyway."""
    lowest: float | None = None
    restored, waited, stopped_at = None, 0, None
    for e in epochs:
        if e.val_loss is None:
            continue
        waited += 1
        if lowest is None or _is_less(e.val_loss + min_delta, lowest):
            lowest, restored, waited = e.val_loss, e.epoch, 0
        elif waited >= patience:
            stopped_at = e.epoch
            break
    best = best_epoch(epochs)
    return Replay(patience, min_delta, len(epochs), stopped_at, _moment(epochs, restored), _moment(epochs, best))


def _is_less(value: float, than: float) -> bool:
    """As Keras compares two Python numbers: in float32, where 0.3 is not less than 0.3000000001."""
    with np.errstate(over="ignore"):
        return bool(np.float32(value) < np.float32(than))


def _moment(epochs: Sequence[Epoch], epoch: int | None) -> Moment | None:
    return next((Moment(e.epoch, e.val_loss, e.val_accuracy) for e in epochs if e.epoch == epoch), None)


def say_replay(told: Replay, planned: int, is_live: bool = False) -> str:
    """The replay in words; ``planned`` is how many epochs the run was to have, ``is_live`` says that it goes on.

    Where patience does not run out in a run that ended before its plan, what lies beyond is not known, and said so.
    """
    if told.restored is None:
        if is_live:
            return say("There is no validation loss to go by yet.")
        return say("This run has no validation loss to go by.")
    restored = _written(told, told.restored)
    if told.stopped_at is not None:
        stopped = say(
            "With patience {patience:,} it would have stopped at epoch {epoch:,} of {epochs:,}, restored {restored}: "
            "{saved} saved.",
            patience=told.patience, epoch=told.stopped_at, epochs=told.epochs, restored=restored,
            saved=_count(told.saved_epochs),
        )  # fmt: skip
        return sentences(stopped, _lowest(told))
    if is_live:
        return say(
            "With patience {patience:,} it has not stopped so far; it would now restore {restored}.",
            patience=told.patience, restored=restored,
        )  # fmt: skip
    return _said_of_unstopped(told, restored, told.epochs < planned)


def _said_of_unstopped(told: Replay, restored: str, ended_before_plan: bool) -> str:
    """Of a run that is over and that patience would not have stopped."""
    if ended_before_plan:
        return say(
            "With patience {patience:,} it would not have stopped by epoch {epochs:,}. This run ended at epoch "
            "{epochs:,}: beyond it nothing is known. Up to there it would have restored {restored}.",
            patience=told.patience, epochs=told.epochs, restored=restored,
        )  # fmt: skip
    unstopped = say(
        "With patience {patience:,} it would not have stopped within its {epochs}; it would have restored {restored}.",
        patience=told.patience, epochs=_count(told.epochs), restored=restored,
    )  # fmt: skip
    return sentences(unstopped, _lowest(told))


def _lowest(told: Replay) -> str:
    """What became of the lowest epoch, where another would have been restored."""
    if told.best is None or told.restored is None or told.best.epoch == told.restored.epoch:
        return ""
    loss, epoch = _losses(told)[1], told.best.epoch
    if told.missed:
        return say("The lowest ({loss} at epoch {epoch:,}) would have been missed.", loss=loss, epoch=epoch)
    return say(
        "The lowest ({loss} at epoch {epoch:,}) is lower by too little to count: min delta is {least:g}.",
        loss=loss, epoch=epoch, least=told.min_delta,
    )  # fmt: skip


def _written(told: Replay, at: Moment) -> str:
    loss = _losses(told)[0]
    if at.val_accuracy is None:
        return say("epoch {epoch:,} (validation loss {loss})", epoch=at.epoch, loss=loss)
    return say(
        "epoch {epoch:,} (validation loss {loss}, accuracy {accuracy:.1%})",
        epoch=at.epoch, loss=loss, accuracy=at.val_accuracy,
    )  # fmt: skip


def _losses(told: Replay) -> tuple[str, str]:
    """The restored and the lowest loss, with decimals enough to tell them apart."""
    restored = told.restored.val_loss if told.restored else None
    best = told.best.val_loss if told.best else None
    return pair(restored or 0.0, best or 0.0)


def _count(epochs: int) -> str:
    return say_many("{n:,} epoch", "{n:,} epochs", epochs)


def sentences(*parts: str) -> str:
    """Those that say something, one after the other."""
    return " ".join(part for part in parts if part)
