"""Sets of photos that somebody brings in a folder: checked, split where they are not yet, copied as they are into the
data folder and named by what is in them. Reading them at a network's size is `core.sources.pictures`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from core.errors import SourceUnavailable, UnreadablePhoto
from core.sources.own_sets import OwnSets
from core.sources.photo_folders import PARTS, Listed, list_photos, photo_bytes, refused
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

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""
READING = "reading photos"

CHECKED_AT = 128
BRING = "Bring the folder with the photos: python -m core bring FOLDER."
SETS = OwnSets("pictures", "photos", BRING)


@dataclass(frozen=True)
class Brought:
    """A set as it was brought: ``data`` as RunSpec has it; ``counts`` the cats and dogs of each part; ``unreadable``
    what was left out, and why; ``duplicates`` what was left out as it is the same, byte by byte, as another."""

    data: str
    counts: Mapping[str, tuple[int, int]]
    unreadable: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str], ...]


class Counts(NamedTuple):
    """Photos in each part; ``test`` may be 0."""

    train: int
    validation: int
    test: int


def tell_nobody(what: str, done: int, of: int) -> None:
    """Where nobody watches."""


def bring(folder: Path, tell: Tell = tell_nobody) -> Brought:
    """Copy the photos of a folder into the data folder, whole or not at all.

    They lie in ``cats`` and ``dogs``, or in such folders under ``train``, ``validation`` and perhaps ``test``. Of those
    not split yet a fifth of each kind is held out for validation, always the same. Links out of the folder and links to
    folders are not followed. The same photos give the same set, wherever they lie and whatever they are called.

    Raises:
        SourceUnavailable: when the folder cannot be read, holds too few or too many photos, or there is no room.
    """
    files, left_out = list_photos(folder)
    listed = [Photo(file.name, file.part, file.label, file.name) for file in files]
    _check_counts(index_of(split(listed)), folder, left_out)  # before all is read in vain
    with SETS.part() as part:
        photos = _copy_all(files, part, left_out, tell)
        photos, contrary = unequivocal(photos)
        photos, duplicates = without_duplicates(photos)
        index, left_out = index_of(split(photos)), left_out + contrary
        _check_counts(index, folder, left_out)
        _write_index(part, index)
        SETS.place(part, identity(index))
    of = {name: of_each(rows) for name, rows in index.items()}
    return Brought(f"sha256:{identity(index)}", of, tuple(left_out), tuple(duplicates))


def counts(data: str) -> Counts:
    """How many photos a set has, from its index (at once, and never from the photos).

    Raises:
        SourceUnavailable: when this computer does not have that set.
    """
    return Counts(*(len(rows) for rows in _load_index(data).values()))


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
    for digest, label in _load_index(data)[part]:
        try:
            content = (folder / digest).read_bytes()
        except OSError as error:
            raise _damaged(digest) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise _damaged(digest)
        yield content, label


def _copy_all(files: list[Listed], part: Path, left_out: list[tuple[str, str]], tell: Tell) -> list[Photo]:
    """All that can be read; the others are added to what is left out."""
    photos = []
    for done, file in enumerate(files):
        tell(READING, done, len(files))
        try:
            photos.append(Photo(file.name, file.part, file.label, _copied(file.path, part)))
        except UnreadablePhoto as error:
            left_out.append((file.name, str(error)))
    tell(READING, len(files), len(files))
    return photos


def _copied(path: Path, part: Path) -> str:
    """The SHA-256 of a photo, which now lies under that name beside the others.

    Raises:
        UnreadablePhoto: when it is no photo, or its file cannot be read.
    """
    content = photo_bytes(path)
    read_photo(content, CHECKED_AT)
    digest = hashlib.sha256(content).hexdigest()
    target = part / digest
    if not target.exists():
        target.write_bytes(content)
    return digest


def _check_counts(index: Index, folder: Path, left_out: list[tuple[str, str]]) -> None:
    if all(min(of_each(index[part])) >= least for part, least in LEAST.items()):
        return
    cats, dogs = (sum(kind) for kind in zip(*map(of_each, index.values()), strict=True))
    if not (cats and dogs):
        what = f"There are no {'dogs' if cats else 'cats' if dogs else 'cats and no dogs'} in this folder."
    else:
        found = "; ".join("{}: {} cats, {} dogs".format(part, *of_each(index[part])) for part in LEAST)
        what = f"A set needs {LEAST['train']} cats and {LEAST['train']} dogs to train on and {LEAST['validation']} " \
               f"of each to validate on, and here are fewer ({found})."  # fmt: skip
    lost = f" Left out: {len(left_out)} files, as {left_out[0][0]}: {left_out[0][1]}" if left_out else ""
    do = "Put photos into the folders cats and dogs, or train and validation with such folders in each."
    raise refused(what, folder, do + lost)


def _write_index(part: Path, index: Index) -> None:
    """And take away what is in no part."""
    used = {digest for rows in index.values() for digest, _ in rows}
    for path in part.iterdir():
        if path.name not in used:
            path.unlink()
    (part / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _load_index(data: str) -> Index:
    path = SETS.folder(data) / "index.json"
    try:
        return _read_index(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceUnavailable("These photos are not on this computer.", data, BRING) from error


@lru_cache(maxsize=8)
def _read_index(path: Path, changed: int) -> Index:
    """An index as it was written ``changed`` nanoseconds after 1970, if it is that of its folder's name."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    index = {part: [(str(digest), int(label)) for digest, label in raw[part]] for part in PARTS}
    if identity(index) != path.parent.name:
        raise ValueError("another set's index")
    return index


def _damaged(digest: str) -> SourceUnavailable:
    return SourceUnavailable("A photo of this set is missing or changed.", f"{digest[:12]}…", BRING)
