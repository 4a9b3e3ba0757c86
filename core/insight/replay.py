"""Where early stopping would have stopped a run that is already there. A stopped run is an exact prefix of the same run
unstopped, so its curve answers for any smaller patience without training again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.history import Epoch, best_epoch
from core.insight.reading import pair


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
        return "There is no validation loss to go by yet." if is_live else "This run has no validation loss to go by."
    held = f"With patience {told.patience:,}"
    if told.stopped_at is not None:
        return sentences(
            f"{held} it would have stopped at epoch {told.stopped_at:,} of {told.epochs:,}, restored "
            f"{_written(told, told.restored)}: {_count(told.saved_epochs)} saved.",
            _lowest(told),
        )
    if is_live:
        return f"{held} it has not stopped so far; it would now restore {_written(told, told.restored)}."
    if told.epochs < planned:
        return (
            f"{held} it would not have stopped by epoch {told.epochs:,}. This run ended at epoch {told.epochs:,}: "
            f"beyond it nothing is known. Up to there it would have restored {_written(told, told.restored)}."
        )
    return sentences(
        f"{held} it would not have stopped within its {_count(told.epochs)}; it would have restored "
        f"{_written(told, told.restored)}.",
        _lowest(told),
    )


def _lowest(told: Replay) -> str:
    """What became of the lowest epoch, where another would have been restored."""
    if told.best is None or told.restored is None or told.best.epoch == told.restored.epoch:
        return ""
    where = f"{_losses(told)[1]} at epoch {told.best.epoch:,}"
    if told.missed:
        return f"The lowest ({where}) would have been missed."
    return f"The lowest ({where}) is lower by too little to count: min delta is {told.min_delta:g}."


def _written(told: Replay, at: Moment) -> str:
    accuracy = f", accuracy {at.val_accuracy:.1%}" if at.val_accuracy is not None else ""
    return f"epoch {at.epoch:,} (validation loss {_losses(told)[0]}{accuracy})"


def _losses(told: Replay) -> tuple[str, str]:
    """The restored and the lowest loss, with decimals enough to tell them apart."""
    restored = told.restored.val_loss if told.restored else None
    best = told.best.val_loss if told.best else None
    return pair(restored or 0.0, best or 0.0)


def _count(epochs: int) -> str:
    return f"{epochs:,} epoch{'' if epochs == 1 else 's'}"


def sentences(*parts: str) -> str:
    """Those that say something, one after the other."""
    return " ".join(part for part in parts if part)
