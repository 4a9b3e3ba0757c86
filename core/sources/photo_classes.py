"""Which class and which part files belong to, by the folders they lie in alone. Whether they are photos is not known
here, nor whether those folders are on a disk or only names in an archive."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import SourceUnavailable, shown
from core.limits import CLASS_NAME, LEAST_CLASSES, MOST_CLASSES
from core.words import mark, say

PARTS: dict[str, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("validation", "valid", "val"),
    "test": ("test",),
}
"""Parts and how their folders may be called; a photo that lies in two belongs to the first."""
CLUTTER = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx"})
"""What systems put beside photos; other such things are hidden."""
LONGEST = 200
"""Characters of a file's name that are shown."""
SHOWN = 15
"""Folders that are named where there are too many."""

Read = Callable[[], bytes]
"""Gives what is in a file, or raises `UnreadablePhoto`."""


class Found(NamedTuple):
    """A file: the folders it lies in and its own name, from the outside in, and how to read it. Of a folder that says
    itself where it is, ``read`` is None."""

    path: tuple[str, ...]
    read: Read | None


class Listed(NamedTuple):
    """A file of a class; ``part`` is empty where nothing is split yet."""

    name: str
    part: str
    label: int
    read: Read


@dataclass(frozen=True)
class Arranged:
    """The names of the ``classes`` by label, their ``files`` in the order of their names, and what is left out already,
    with the reason."""

    classes: tuple[str, ...]
    files: tuple[Listed, ...]
    left_out: tuple[tuple[str, str], ...]


def arrange(found: Iterable[Found], where: str) -> Arranged:
    """Classes are the folders of one level, or those under ``train``, ``validation`` and perhaps ``test``. Folders
    around all of them, one in the other, count for nothing.

    Raises:
        SourceUnavailable: when there are too few or too many classes, or it can be understood in two ways.
    """
    kept = [one for one in found if not any(map(is_clutter, one.path))]
    depth = _class_level(kept)
    places = list(_places(kept, depth, where))
    classes = _class_names(places, where)
    files: list[Listed] = []
    left_out: dict[str, str] = {}
    labels = {(part, raw): classes.index(name) for part, raw, name in _named(places, classes)}
    for one in kept:
        within = one.path[depth:] if _is_inside(one, depth) else ()
        part, rest = _part_of(within, {part for part, _ in places})
        name = shown("/".join(one.path), LONGEST)
        if one.read is not None and len(rest) < 2:
            left_out[name] = say("It lies in no class's folder.")
        elif one.read is not None and len(rest) == 2:
            files.append(Listed(name, part, labels[part, rest[0]], one.read))
        elif len(rest) > 1:
            above = shown("/".join(one.path[: len(one.path) - len(rest) + 2]), LONGEST)
            left_out[above] = say("This is not a file; folders inside these folders are not looked into.")
    order = list(PARTS)
    files.sort(key=lambda file: (order.index(file.part) if file.part else 0, file.label, file.name))
    return Arranged(classes, tuple(files), tuple(left_out.items()))


def is_clutter(name: str) -> bool:
    """Whether a file or folder of this name is nobody's photo: hidden, or put there by a system."""
    return (name.startswith(".") and name not in {".", ".."}) or name.lower() in CLUTTER


def clean_class(name: str) -> str:
    """A class's name as it is kept and shown: printable, in one line, of at most `CLASS_NAME` characters. Letters and
    their accents are put together, as one system writes them apart."""
    text = unicodedata.normalize("NFC", "".join(c if c.isprintable() else " " for c in name))
    return " ".join(text.split())[:CLASS_NAME].strip()


def refused(what: str, where: str, do: str) -> SourceUnavailable:
    """What is wrong with what was brought."""
    return SourceUnavailable(what, where, do)


def _is_inside(one: Found, depth: int) -> bool:
    """Whether it lies at the level of the classes or deeper."""
    return len(one.path) > depth


def _class_level(found: Sequence[Found]) -> int:
    """How many folders stand around all classes: as many as hold nothing but one other."""
    depth = 0
    while len(here := _folders(found, depth)) == 1 and not _parts_among(found, depth):
        depth += 1
    return depth if len(here) >= LEAST_CLASSES or _parts_among(found, depth) else 0


def _folders(found: Iterable[Found], depth: int, above: str | None = None) -> list[str]:
    """The names of the folders at a level, of all or of those in one folder, ascending."""
    return sorted({
        one.path[depth] for one in found
        if len(one.path) > depth + (one.read is not None) and (above is None or one.path[depth - 1] == above)
    })  # fmt: skip


def _parts_among(found: Sequence[Found], depth: int) -> list[str]:
    """The folders of a level that are called as parts and have folders in them. (Trains may be a class.)"""
    names = {name for of in PARTS.values() for name in of}
    return [name for name in _folders(found, depth) if name.lower() in names and _folders(found, depth + 1, name)]


def _places(found: Sequence[Found], depth: int, where: str) -> Iterator[tuple[str, str]]:
    """Each folder of a class with the part it lies under, empty where nothing is split."""
    parts = _parts_among(found, depth)
    direct = [name for name in _folders(found, depth) if name not in parts]
    if direct and parts:
        what = say(
            "There are folders of photos both at the top ({direct}) and under {parts}.",
            direct=_listed(direct),
            parts=_listed(parts),
        )
        raise refused(what, where, say("Keep one of the two, so that it is clear what is trained on."))
    if direct:
        yield from (("", name) for name in direct)
    for above in parts:
        yield from ((above, name) for name in _folders(found, depth + 1, above))


def _class_names(places: Sequence[tuple[str, str]], where: str) -> tuple[str, ...]:
    """The names of the classes, in the order of their labels."""
    names: dict[str, str] = {}
    seen: dict[tuple[str, str], str] = {}
    for part, raw in places:
        name = clean_class(raw)
        if not name:
            what = say("A class has no name that can be shown.")
            raise refused(what, where, say("Give its folder a name of letters."))
        twin = seen.setdefault((part, name.casefold()), raw)
        if twin != raw:
            alike = _listed([twin, raw])
            what = say("Two folders are called alike, as far as names are told apart ({names}).", names=alike)
            raise refused(what, where, say("Call one of them otherwise, or put their photos together."))
        names.setdefault(name.casefold(), name)
    if not LEAST_CLASSES <= len(names) <= MOST_CLASSES:
        raise _wrong_count(sorted(names.values()), where)
    return tuple(sorted(names.values(), key=lambda name: (name.casefold(), name)))


def _wrong_count(names: Sequence[str], where: str) -> SourceUnavailable:
    what = mark("A set needs {least} to {most} folders of photos, one for each class. Here are none.")
    if names:
        what = mark("A set needs {least} to {most} folders of photos, one for each class. Here are {count}: {names}.")
    what = say(what, least=LEAST_CLASSES, most=MOST_CLASSES, count=len(names), names=_listed(names))
    return refused(what, where, say("Put the photos of each class into a folder with its name."))


def _named(places: Sequence[tuple[str, str]], classes: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each place as part, folder and class."""
    by_fold = {name.casefold(): name for name in classes}
    return ((_part(above), raw, by_fold[clean_class(raw).casefold()]) for above, raw in places)


def _part(folder: str) -> str:
    return next((part for part, names in PARTS.items() if folder.lower() in names), "")


def _part_of(within: tuple[str, ...], above: set[str]) -> tuple[str, tuple[str, ...]]:
    """The part something lies in, and its path from the class's folder on."""
    if above == {""} or not within:
        return "", within
    return _part(within[0]), within[1:] if within[0] in above else within[:1]


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(shown(name, CLASS_NAME) for name in names[:SHOWN])
    more = len(names) - SHOWN
    return say("{names} and {count} more", names=listed, count=more) if more > 0 else listed
