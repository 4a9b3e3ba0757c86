"""What lies in a folder on a disk, and what is in its files. Links out of it are not followed, nor links to folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.errors import UnreadablePhoto
from core.limits import PHOTO_FILES as MOST_FILES
from core.sources.photo_classes import Found, is_clutter, refused
from core.sources.photos import MOST_BYTES
from core.words import say

DEEPEST = 5
"""Folders inside one another that are looked into: more than parts, classes and what may stand around them take."""


def walk(folder: Path) -> list[Found]:
    """All files of a folder and of those inside, in the order of their names.

    Raises:
        SourceUnavailable: when it cannot be read, or holds too many files.
    """
    found: list[Found] = []
    files = 0
    try:
        for one in _inside(folder, os.path.realpath(folder), ()):
            found.append(one)
            files += one.read is not None
            if max(files, len(found) // 2) > MOST_FILES:  # folders too, but a set has few
                what = say("A set may have up to {most:,} files.", most=MOST_FILES)
                raise refused(what, str(folder), say("Bring fewer photos."))
    except OSError as error:
        what = say("This folder cannot be read ({error}).", error=error.strerror or error)
        mend = say("Give a folder with a folder of photos for each class in it.")
        raise refused(what, str(folder), mend) from error
    return found


def photo_bytes(path: Path) -> bytes:
    """What is in a file.

    Raises:
        UnreadablePhoto: when it cannot be read or is larger than any photo may be.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES:  # as `read_photo` has it, but before all of it is in memory
                most = say("A photo may have up to {most} MB.", most=MOST_BYTES // 10**6)
                raise UnreadablePhoto(most, f"{size / 1e6:,.1f} MB", say("Save it smaller."))
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        what = say("This file cannot be read ({error}).", error=error.strerror or error)
        raise UnreadablePhoto(what) from error


def _inside(folder: Path, whole: str, above: tuple[str, ...]) -> Iterator[Found]:
    """What lies in a folder, without what is hidden, what systems put there and links that lead elsewhere."""
    for path in sorted(path for path in folder.iterdir() if not is_clutter(path.name)):
        is_link = path.is_symlink()
        if is_link and not Path(os.path.realpath(path)).is_relative_to(whole):
            continue
        name = (*above, path.name)
        if not path.is_dir():
            yield Found(name, partial(photo_bytes, path) if path.is_file() else _no_file)
        elif not is_link:
            yield Found(name, None)
            if len(name) <= DEEPEST:
                yield from _inside(path, whole, name)


def _no_file() -> bytes:
    """Of a pipe or a device: reading it might never end."""
    raise UnreadablePhoto(say("This is not a file."))
