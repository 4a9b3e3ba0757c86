"""Photos that were uploaded or taken so far, in this browser's session: kept until somebody takes them away, whatever
goes wrong with reading them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import UnreadablePhoto
from core.limits import LEAST_TRAINING, LEAST_VALIDATION, PHOTO_FILES, PHOTOS_BYTES
from core.sources.photos import thumbnail
from core.words import say
from pages.parts.form import Form

LEAST = LEAST_TRAINING + LEAST_VALIDATION
"""Fewest photos of a class."""
SHOWN = 6
"""Photos of a class that are shown, its last ones."""
EDGE = 96
"""Points of the longer side of what is shown."""


@dataclass(frozen=True)
class Item:
    """One photo: its class by number, its file's name and content, and what is shown of it as a JPEG in base64, empty
    where nothing is."""

    label: int
    name: str
    content: bytes
    small: str = ""


def basket(form: Form) -> tuple[Item, ...]:
    """All photos so far, in the order they came."""
    return tuple(form.get("own.basket") or ())


def of_class(form: Form, label: int) -> list[Item]:
    """The photos of one class."""
    return [item for item in basket(form) if item.label == label]


def add(form: Form, label: int, files: Iterable[tuple[str, bytes]]) -> str:
    """Put photos of a class into the basket as far as there is room; returns what is wrong, if something is."""
    held = list(basket(form))
    size, problem = sum(len(item.content) for item in held), ""
    new: list[Item] = []
    for name, content in files:
        size += len(content)
        if size > PHOTOS_BYTES or len(held) + len(new) >= PHOTO_FILES:
            problem = say(
                "There is room for {photos:,} photos of {size:,.0f} MB together, so not all were taken. Those before "
                "stay. Save photos smaller, or use fewer.",
                photos=PHOTO_FILES,
                size=PHOTOS_BYTES / 1e6,
            )
            break
        new.append(Item(label, name, content))
    shown = new[-SHOWN:]
    form.put("own.basket", (*held, *new[: len(new) - len(shown)], *map(_with_thumbnail, shown)))
    return problem


def undo(form: Form) -> None:
    """Take the last photo away."""
    form.put("own.basket", basket(form)[:-1])


def clear(form: Form, label: int | None = None) -> None:
    """Take all photos away, or those of one class."""
    form.put("own.basket", tuple(item for item in basket(form) if label is not None and item.label != label))


def _with_thumbnail(item: Item) -> Item:
    """What cannot be shown is kept all the same: reading it will say why."""
    try:
        small = base64.b64encode(thumbnail(item.content, EDGE)).decode()
    except UnreadablePhoto:
        small = ""
    return Item(item.label, item.name, item.content, small)
