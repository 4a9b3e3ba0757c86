"""What a run leaves behind, epoch by epoch, as frozen values that every reader may share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.spec import RunSpec
from core.words import mark, say

LIVE = frozenset({mark("queued"), mark("starting"), mark("running"), mark("paused")})
"""States in which a run may still change."""

STATES = LIVE | {mark("finished"), mark("stopped"), mark("failed"), mark("interrupted"), mark("cancelled")}


@dataclass(frozen=True)
class Epoch:
    """Figures at the end of one epoch, all measured with the weights of that moment.

    Losses are means over the rows; accuracies are shares from 0 to 1; None stands for not-a-number. ``seconds`` is the
    time spent computing, pauses and pace left out. ``moved`` is, for each layer, the relative L2 distance
    ``|w - w0| / |w0|`` of its weights from where the run began (exactly 0 for a frozen layer). ``source_accuracy`` is
    that of the task the base comes from, read by its old head; None also where there is no such task to check.
    """

    epoch: int
    loss: float | None
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    seconds: float
    moved: Mapping[str, float | None] = field(default_factory=dict)
    source_accuracy: float | None = None

    @property
    def diverged(self) -> bool:
        return self.loss is None or self.val_loss is None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Outcome:
    """How training ended. ``best_epoch`` has the lowest validation loss; ``restored_epoch`` is the epoch whose weights
    the finished model carries (they differ when an improvement was smaller than min delta)."""

    epochs: int
    best_epoch: int | None
    stopped_early: bool
    restored_epoch: int | None
    stopped_by_hand: bool = False
    diverged: bool = False


@dataclass(frozen=True)
class OldScore:
    """A task that a run's base knew before, and its ``accuracy`` with the weights the run began with, a share from 0 to
    1 (None for not-a-number) of ``rows`` held out; ``chance`` is a guesser's share. ``asset`` is the catalogue entry of
    what is checked, where that only stands in for what the base really learned."""

    title: str
    rows: int
    chance: float
    accuracy: float | None
    asset: str = ""


@dataclass(frozen=True)
class Snapshot:
    """A run as it stands at one moment. ``prepares`` is what it waits for before its first epoch, in English, how much
    of it is done and of how much; ``number`` and ``name`` are those of its owner's run book; ``dropped`` weights are no
    longer kept; ``validated`` counts its validation rows, once they are known; ``old_task`` is what its base knew
    before, where that is checked; ``classes`` are the names of the classes it tells apart by label, where somebody
    brought them with their data."""

    id: str
    spec: RunSpec
    state: str
    epochs: tuple[Epoch, ...] = ()
    outcome: Outcome | None = None
    reason: str = ""
    total: int = 0
    trainable: int = 0
    cached: str = ""
    parent: str | None = None
    ahead: int = 0
    prepares: tuple[str, int, int] | None = None
    owner: str = ""
    number: int = 0
    name: str = ""
    dropped: bool = False
    validated: int = 0
    old_task: OldScore | None = None
    classes: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def preparing(self) -> str:
        """What it waits for before its first epoch, in the reader's language; empty where it waits for nothing."""
        if self.prepares is None:
            return ""
        what, done, of = self.prepares
        return say("{what}: {done:,} of {of:,}", what=say(what), done=done, of=of)

    @property
    def has_weights(self) -> bool:
        return self.state in {"finished", "stopped"} and not self.dropped


def best_epoch(epochs: Sequence[Epoch]) -> int | None:
    """The epoch with the lowest validation loss, the first of equals; None before there is one."""
    rows = [(e.val_loss, e.epoch) for e in epochs if e.val_loss is not None and not math.isnan(e.val_loss)]
    return min(rows)[1] if rows else None
