"""What lies in a folder of photos of cats and dogs: which files are to be looked at, and as what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from core.errors import SourceUnavailable, UnreadablePhoto, shown
from core.sources.cats_dogs import NAMES
from core.sources.photos import MOST_BYTES

PARTS: dict[str, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("validation", "valid", "val"),
    "test": ("test",),
}
"""Parts and how their folders may be called; a photo that lies in two belongs to the first."""
KINDS = tuple((name, f"{name}s") for name in NAMES)
"""How the folders of label 0 and of label 1 may be called."""
MOST_FILES = 5_000
CLUTTER = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
"""What systems put beside photos; other such files are hidden."""


class Listed(NamedTuple):
    """A file of a folder; ``part`` is empty where the folder is not split."""

    path: Path
    name: str
    part: str
    label: int


def list_photos(folder: Path) -> tuple[list[Listed], list[tuple[str, str]]]:
    """Files to look at in the order of their names, and what is left out already, with the reason.

    Raises:
        SourceUnavailable: when the folder cannot be read, holds too many, or can be understood in two ways.
    """
    files: list[Listed] = []
    left_out: list[tuple[str, str]] = []
    try:
        for part, label, place in _places(folder):
            for path in _inside(place, folder):
                name = shown(path.relative_to(folder).as_posix(), 200)
                if path.is_file():
                    files.append(Listed(path, name, part, label))
                else:
                    left_out.append((name, "This is not a file; folders inside these folders are not looked into."))
                if len(files) + len(left_out) > MOST_FILES:
                    raise refused(f"A set may have up to {MOST_FILES:,} files.", folder, "Bring fewer photos.")
    except OSError as error:
        what = f"This folder cannot be read ({error.strerror or error})."
        raise refused(what, folder, "Give a folder with the folders cats and dogs in it.") from error
    return files, left_out


def _places(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """The folders of photos with the part (empty where nothing is split) and the label each stands for."""
    direct = [("", label, place) for label, names in enumerate(KINDS) for place in _folders(folder, names)]
    split = [
        (part, label, place)
        for part, part_names in PARTS.items()
        for above in _folders(folder, part_names)
        for label, names in enumerate(KINDS)
        for place in _folders(above, names)
    ]
    if direct and split:
        what = "There are folders of cats and dogs both at the top and under train or validation."
        raise refused(what, folder, "Keep one of the two, so that it is clear what is trained on.")
    yield from direct or split


def _folders(folder: Path, names: tuple[str, ...]) -> list[Path]:
    found = (path for path in folder.iterdir() if path.name.lower() in names)
    return sorted(path for path in found if path.is_dir() and not path.is_symlink())


def _inside(place: Path, root: Path) -> list[Path]:
    """What lies in a folder without what is hidden, what systems put there and links that lead elsewhere."""
    whole = os.path.realpath(root)
    kept = (
        path for path in place.iterdir()
        if not path.name.startswith(".") and path.name.lower() not in CLUTTER
        and not (path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(whole))
    )  # fmt: skip
    return sorted(islice(kept, MOST_FILES + 1))


def photo_bytes(path: Path) -> bytes:
    """What is in a file.

    Raises:
        UnreadablePhoto: when it cannot be read or is larger than any photo may be.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES:  # as `read_photo` has it, but before all of it is in memory
                most = f"A photo may have up to {MOST_BYTES // 10**6} MB."
                raise UnreadablePhoto(most, f"{size / 1e6:,.1f} MB", "Save it smaller.")
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadablePhoto(f"This file cannot be read ({error.strerror or error}).") from error


def refused(what: str, folder: Path, do: str) -> SourceUnavailable:
    """What is wrong with a folder."""
    return SourceUnavailable(what, str(folder), do)
