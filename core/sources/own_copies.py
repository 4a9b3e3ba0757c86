"""Removing what somebody brought, and everything on this computer that was made from it. Runs that were trained on it
keep their weights and their history. Who may ask for it is not known here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from core.errors import SourceUnavailable
from core.home import home, subfolder
from core.sources import encoder, own_texts, photo_sets
from core.sources.own_sets import FORM, remove_left_behind, remove_whole

LOG = logging.getLogger(__name__)
ALL_SETS = (own_texts.SETS, photo_sets.SETS)
MADE = ("prepared", "features", "exports")
"""Folders of what is made from data. Whatever is made from a set that was brought has the set's digest in its name."""


def is_brought(data: str) -> bool:
    """Whether ``data`` of a RunSpec is a set that somebody brings."""
    return FORM.fullmatch(data) is not None


def is_on_disk(data: str) -> bool:
    """Whether there is anything here of that name, whole or not."""
    return any(sets.folder(data).exists() for sets in ALL_SETS)


def remove_set(data: str) -> bool:
    """Remove a set with all that was made from it; whether nothing is left.

    What a sentence encoder made of its texts is found by the texts, and goes first; such a text of another set is
    encoded anew when it is needed.

    Raises:
        SourceUnavailable: when ``data`` is no name of a set.
    """
    _forget_encoded(data)
    gone = [sets.remove(data) for sets in ALL_SETS]
    return all([*gone, *map(remove_whole, _made_from(data))])


def sweep_parts() -> None:
    """Remove what killed processes left half made of any set."""
    for sets in ALL_SETS:
        sets.sweep()
    remove_left_behind(subfolder("prepared"))
    remove_left_behind(home() / "features", "*.part")


def _made_from(data: str) -> Iterator[Path]:
    digest = data.rpartition(":")[2]
    for folder in MADE:
        yield from list((home() / folder).glob(f"*{digest}*"))


def _forget_encoded(data: str) -> None:
    try:
        encoder.forget(own_texts.load_texts(data).texts)
    except SourceUnavailable as error:  # photos; or texts that are damaged, and then nobody knows which they were
        if (own_texts.SETS.folder(data)).exists():
            LOG.warning("what an encoder made of %s cannot be found: %s", data, error)
