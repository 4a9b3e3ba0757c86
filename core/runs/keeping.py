"""What a run's owner calls it, whether it is pinned or deleted, and how long its weights are kept."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from core.errors import LabError
from core.history import Snapshot
from core.models.weights import run_folder
from core.runs.book import NAME_LENGTH, NOTE_LENGTH, Entry, Held, ancestors
from core.words import mark, say

if TYPE_CHECKING:
    from core.runs.store import Store

LOG = logging.getLogger(__name__)
WEIGHTS_KEPT = 50
"""Runs of one owner whose weights are kept, besides the pinned ones. Their history is kept for ever."""
WEIGHT_FILES = ("weights.npz", "checkpoint.npz")
AGAIN = mark("Train it again: the same settings give the same curve and the same weights.")
UNDO_SECONDS = 3_600.0
"""For so long a page offers to take a deletion back."""
REMOVED_AFTER = 24 * UNDO_SECONDS
"""A deleted run is really removed after a day: never while a page may still offer to take it back."""


def weights_to_drop(held: Sequence[Held], owner: str, most: int) -> list[str]:
    """The runs of an owner whose weights are kept no longer.

    Kept are the newest ``most`` of the owner's own runs and as many of those made by experiments, pinned ones, those
    not over yet, what was deleted but may come back, and every run that a kept one, whoever's, starts from, however far
    back.

    Args:
        held: all runs with weights, newest first.
    """
    own = [h for h in held if h.owner == owner]
    counted = [h for h in own if not (h.pinned or h.is_open or h.is_deleted)]
    groups = ([h.run for h in counted if h.of_trial == is_trial] for is_trial in (False, True))
    old = {run for group in groups for run in group[most:]}
    parents = {h.run: h.parent for h in held}
    needed = ancestors((h.run for h in held if h.run not in old), parents)
    return [h.run for h in own if h.run in old - needed]


def clean(text: str, most: int, what: str, lines: bool = False) -> str:
    """A text as it may be kept: nothing unprintable in it, on one line unless ``lines`` are allowed. ``what`` it is, is
    said in English.

    Raises:
        LabError: when it is longer than ``most`` characters.
    """
    kept = "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t")
    kept = kept.strip() if lines else " ".join(kept.split())
    if len(kept) > most:
        wrong = say("A {what} has at most {most:,} characters.", what=say(what), most=most)
        raise LabError(wrong, say("{n:,} characters", n=len(kept)), say("Shorten it."))
    return kept


class Keeping:
    """Changes to a run's line in the book, each by its owner only. Any thread may call any method."""

    def __init__(
        self,
        store: Store,
        owned: Callable[[str, str], Snapshot],
        relabel: Callable[..., None],
        weights_kept: int = WEIGHTS_KEPT,
    ) -> None:
        """
        Args:
            owned: gives a run's snapshot to its owner, and raises NotYourRun to anybody else.
            relabel: changes the snapshot that a runner holds of a run, where it holds one.
        """
        self._store, self._owned, self._relabel, self._weights_kept = store, owned, relabel, weights_kept

    def entries(self, owner: str, with_trials: bool = False) -> list[Entry]:
        return self._store.book(owner, with_trials)

    def deleted(self, owner: str) -> list[Entry]:
        """What can still be taken back, the last deleted first."""
        return self._store.in_book.deleted(owner, time.time() - UNDO_SECONDS)

    def rename(self, run: str, owner: str, name: str) -> None:
        """Give a run a name, or none. A live one may be named too.

        Raises:
            NotYourRun: when another browser owns it.
            LabError: when the name is too long.
        """
        self._owned(run, owner)
        name = clean(name, NAME_LENGTH, mark("name"))
        self._store.in_book.label(run, name=name)
        self._relabel(run, name=name)

    def note(self, run: str, owner: str, text: str) -> None:
        """Write down something about a run. Raises as `rename` does."""
        self._owned(run, owner)
        self._store.in_book.label(run, note=clean(text, NOTE_LENGTH, mark("note"), lines=True))

    def pin(self, run: str, owner: str, pinned: bool = True) -> None:
        """Pin a run: it is drawn over others, and its weights are kept however many follow. A live one may be pinned.

        Raises:
            NotYourRun: when another browser owns it.
        """
        self._owned(run, owner)
        self._store.in_book.label(run, pinned=pinned)

    def delete(self, run: str, owner: str) -> None:
        """Take a run out of all lists; `restore` brings it back for as long as it is offered, a day later it is gone.

        Raises:
            NotYourRun: when another browser owns it.
            LabError: when it is still under way.
        """
        if (snapshot := self._owned(run, owner)).is_live:
            mend = say("Stop it first, then delete it.")
            raise LabError(say("This run is still under way."), say(snapshot.state), mend)
        self._store.in_book.label(run, deleted=time.time())
        self.remove_deleted()

    def restore(self, run: str, owner: str) -> None:
        """Undo a deletion.

        Raises:
            UnknownRun: when it has been removed for good.
            NotYourRun: when another browser owns it.
        """
        self._owned(run, owner)
        self._store.in_book.label(run, deleted=None)

    def remove_deleted(self) -> list[str]:
        """Remove for good what was deleted a day ago, rows and files; returns the runs. Done at each start and each
        deletion."""
        gone = self._store.in_book.expired(time.time() - REMOVED_AFTER)
        for run in gone:
            self._relabel(run, dropped=True)
            shutil.rmtree(run_folder(run), ignore_errors=True)
            self._store.in_book.remove(run)
        return gone

    def choose_weights(self, owner: str) -> list[str]:
        """Note of which of an owner's runs the weights are kept no longer; `forget_weights` then removes the files.
        Under the runner's lock: a new run may be about to start from one of them."""
        dropped = weights_to_drop(self._store.in_book.held(), owner, self._weights_kept)
        for run in dropped:
            self._store.in_book.drop_weights(run)
            self._relabel(run, dropped=True)
        return dropped


def forget_weights(runs: Iterable[str]) -> None:
    """Remove the weights of runs. Where their words went and their logs for TensorBoard are history, and stay."""
    for path in (run_folder(run) / file for run in runs for file in WEIGHT_FILES):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:  # open in a worker on a system that locks such files: it costs room, nothing else
            LOG.warning("%s could not be removed: %s", path, error)
