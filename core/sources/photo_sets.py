"""Sets of photos that somebody brings, in a folder, an archive or one by one: checked, split where they are not yet,
copied as they are into the data folder and named by what is in them. Reading them at a network's size is
`core.sources.pictures`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from core.errors import SourceUnavailable, UnreadablePhoto
from core.limits import CLASS_NAME, LEAST_CLASSES, MOST_CLASSES
from core.sources.archives import unpack
from core.sources.own_sets import OwnSets
from core.sources.photo_classes import PARTS, Found, Listed, Read, arrange, refused
from core.sources.photo_folders import walk
from core.sources.photo_parts import (
    LEAST,
    Index,
    Photo,
    identity,
    index_of,
    of_each,
    split,
    unequivocal,
    without_duplicates,
)
from core.sources.photos import read_photo
from core.words import mark, say

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""
READING = mark("reading photos")

CHECKED_AT = 128
BRING = mark("Bring the photos again: on the page of cats and dogs, or with python -m core bring FOLDER.")
SETS = OwnSets("pictures", mark("photos"), BRING)
COUNTS = {"train": mark("train: {counts}"), "validation": mark("validation: {counts}")}
"""How many photos of each class a part has, in a sentence."""


@dataclass(frozen=True)
class Brought:
    """A set as it was brought: ``data`` as RunSpec has it; ``classes`` by label; ``counts`` the photos of each class in
    each part; ``unreadable`` what was left out, and why; ``duplicates`` what was left out as it is the same, byte by
    byte, as another."""

    data: str
    classes: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    unreadable: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str], ...]


class Counts(NamedTuple):
    """Photos in each part; ``test`` may be 0."""

    train: int
    validation: int
    test: int


def tell_nobody(what: str, done: int, of: int) -> None:
    """Where nobody watches."""


def bring(path: Path, tell: Tell = tell_nobody) -> Brought:
    """Copy the photos of a folder, or of a zip, into the data folder, whole or not at all.

    They lie in a folder for each of two to ten classes, or in such folders under ``train``, ``validation`` and perhaps
    ``test``. Of those not split yet a fifth of each class is held out for validation, always the same. Links out of the
    folder and links to folders are not followed. The same photos in classes of the same names give the same set,
    wherever they lie and whatever their files are called.

    Raises:
        SourceUnavailable: when it cannot be read, holds too few or too many photos or classes, or there is no room.
    """
    if not path.is_file():
        return bring_found(walk(path), str(path), tell)
    try:
        with path.open("rb") as file:
            return bring_zip(file, path.name, tell)
    except OSError as error:
        what = say("This file cannot be read ({error}).", error=error.strerror or error)
        raise refused(what, str(path), say(BRING)) from error


def bring_zip(content: BinaryIO, name: str, tell: Tell = tell_nobody) -> Brought:
    """The same with the photos of a zip archive.

    Raises:
        SourceUnavailable: also when it is no zip, or one that is not to be unpacked.
    """
    with SETS.part() as folder:
        unpacked = unpack(content, name, folder, tell)
        return bring_found(unpacked.found, name, tell, unpacked.left_out)


def bring_found(
    found: Iterable[Found], where: str, tell: Tell = tell_nobody, left_out: Sequence[tuple[str, str]] = ()
) -> Brought:
    """The same with files from anywhere; ``left_out`` are those that were not to be read at all.

    Raises:
        SourceUnavailable: as in `bring`.
    """
    arranged = arrange(found, where)
    classes, lost = arranged.classes, [*left_out, *arranged.left_out]
    listed = [Photo(file.name, file.part, file.label, file.name) for file in arranged.files]
    _check_counts(index_of(split(listed), len(classes)), classes, where, lost)  # before all is read in vain
    with SETS.part() as part:
        photos = _copy_all(arranged.files, part, lost, tell)
        photos, contrary = unequivocal(photos, classes)
        photos, duplicates = without_duplicates(photos)
        index, lost = index_of(split(photos), len(classes)), lost + contrary
        _check_counts(index, classes, where, lost)
        _write_index(part, index, classes)
        SETS.place(part, identity(index, classes))
    of = {name: of_each(rows, len(classes)) for name, rows in index.items()}
    return Brought(f"sha256:{identity(index, classes)}", classes, of, tuple(lost), tuple(duplicates))


def counts(data: str) -> Counts:
    """How many photos a set has, from its index (at once, and never from the photos).

    Raises:
        SourceUnavailable: when this computer does not have that set.
    """
    return Counts(*(len(rows) for rows in _load_index(data).parts.values()))


def classes(data: str) -> tuple[str, ...]:
    """The names of a set's classes by label. Empty for one of cats and dogs from before classes had names.

    Raises:
        SourceUnavailable: when this computer does not have that set.
    """
    return _load_index(data).classes


def is_here(data: str) -> bool:
    """Whether this computer has that set."""
    try:
        return bool(counts(data))
    except SourceUnavailable:
        return False


def photos(data: str, part: str) -> Iterator[tuple[bytes, int]]:
    """The files of a part as they were brought, each with its label.

    Raises:
        SourceUnavailable: when the set is not here, or one of its photos is gone or changed.
    """
    folder = SETS.folder(data)
    for digest, label in _load_index(data).parts[part]:
        yield _content(folder, digest), label


def one_photo(data: str, part: str, label: int, turn: int) -> tuple[bytes, int, int]:
    """The file of one photo of a class, the first after the last one, with its number from 1 and how many there are.

    Raises:
        SourceUnavailable: as in `photos`, or when there is none.
    """
    digests = [digest for digest, of in _load_index(data).parts[part] if of == label]
    if not digests:
        raise SourceUnavailable(say("There is no photo of this class."), part, say(BRING))
    number = turn % len(digests)
    return _content(SETS.folder(data), digests[number]), number + 1, len(digests)


def _content(folder: Path, digest: str) -> bytes:
    try:
        content = (folder / digest).read_bytes()
    except OSError as error:
        raise _damaged(digest) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise _damaged(digest)
    return content


class _Kept(NamedTuple):
    """A set's index as it lies on the disk."""

    parts: Index
    classes: tuple[str, ...]


def _copy_all(files: Sequence[Listed], part: Path, left_out: list[tuple[str, str]], tell: Tell) -> list[Photo]:
    """All that can be read; the others are added to what is left out."""
    photos = []
    for done, file in enumerate(files):
        tell(READING, done, len(files))
        try:
            photos.append(Photo(file.name, file.part, file.label, _copied(file.read, part)))
        except UnreadablePhoto as error:
            left_out.append((file.name, str(error)))
    tell(READING, len(files), len(files))
    return photos


def _copied(read: Read, part: Path) -> str:
    """The SHA-256 of a photo, which now lies under that name beside the others.

    Raises:
        UnreadablePhoto: when it is no photo, or its file cannot be read.
    """
    content = read()
    read_photo(content, CHECKED_AT)
    digest = hashlib.sha256(content).hexdigest()
    target = part / digest
    if not target.exists():
        target.write_bytes(content)
    return digest


def _check_counts(index: Index, classes: Sequence[str], where: str, left_out: list[tuple[str, str]]) -> None:
    found = {part: of_each(index[part], len(classes)) for part in LEAST}
    if all(min(found[part]) >= least for part, least in LEAST.items()):
        return
    counts = {part: ", ".join(f"{name} {of}" for name, of in zip(classes, found[part], strict=True)) for part in LEAST}
    what = say(
        "A set needs {train} photos of each class to train on and {validation} to validate on, and here are fewer "
        "({found}).",
        **LEAST, found="; ".join(say(COUNTS[part], counts=of) for part, of in counts.items()),
    )  # fmt: skip
    mend = say("Add photos to the folders that have too few.")
    if left_out:
        name, why = left_out[0]
        mend += " " + say("Left out: {count} files, as {name}: {why}", count=len(left_out), name=name, why=why)
    raise refused(what, where, mend)


def _write_index(part: Path, index: Index, classes: Sequence[str]) -> None:
    """And take away what is in no part."""
    used = {digest for rows in index.values() for digest, _ in rows}
    for path in part.iterdir():
        if path.name not in used:
            path.unlink()
    (part / "index.json").write_text(json.dumps({**index, "classes": list(classes)}), encoding="utf-8")


def _load_index(data: str) -> _Kept:
    path = SETS.folder(data) / "index.json"
    try:
        return _read_index(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceUnavailable(say("These photos are not on this computer."), data, say(BRING)) from error


@lru_cache(maxsize=8)
def _read_index(path: Path, changed: int) -> _Kept:
    """An index as it was written ``changed`` nanoseconds after 1970, if it is that of its folder's name."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    index = {part: [(str(digest), int(label)) for digest, label in raw[part]] for part in PARTS}
    named = tuple(raw.get("classes", ()))
    is_sound = all(isinstance(name, str) and 0 < len(name) <= CLASS_NAME for name in named)
    if identity(index, named) != path.parent.name or not is_sound:
        raise ValueError("another set's index")
    if named and not LEAST_CLASSES <= len(named) <= MOST_CLASSES:
        raise ValueError("too few or too many classes")
    return _Kept(index, named)


def _damaged(digest: str) -> SourceUnavailable:
    return SourceUnavailable(say("A photo of this set is missing or changed."), f"{digest[:12]}…", say(BRING))
