"""Sets of data that somebody brought: each a folder named by a digest of what is in it, put in its place whole or not
at all. What is in a set is not known here."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import SourceUnavailable
from core.home import subfolder
from core.words import say

FORM = re.compile(r"sha256:([0-9a-f]{64})")
"""A set as RunSpec's ``data`` names it."""
LEFT_BEHIND_SECONDS = 3600
"""A part that nothing was added to for so long is the rest of a process that was killed."""


@dataclass(frozen=True)
class OwnSets:
    """All sets of one ``kind`` of ``things``; ``bring`` says how one comes here."""

    kind: str
    things: str
    bring: str

    def folder(self, data: str) -> Path:
        """Where a set lies, if it is here.

        Raises:
            SourceUnavailable: when ``data`` is no name of a set.
        """
        found = FORM.fullmatch(data)
        if found is None:
            what = say("A set of {things} is named sha256: and 64 hexadecimal digits.", things=say(self.things))
            raise SourceUnavailable(what, data, say(self.bring))
        return self._above() / found[1]

    @contextmanager
    def part(self) -> Iterator[Path]:
        """An empty folder for what is not finished. Nothing of it stays, but of a process that is killed, till the next
        one.

        Raises:
            SourceUnavailable: when it cannot be written.
        """
        try:
            above = self._above()
            remove_left_behind(above)
            part = Path(tempfile.mkdtemp(dir=above, prefix="part-"))
            try:
                yield part
            finally:
                shutil.rmtree(part, ignore_errors=True)
        except OSError as error:
            why = error.strerror or error
            what = say("The {things} cannot be kept ({error}).", things=say(self.things), error=why)
            mend = say("Make room in the data folder or mend its permissions.")
            raise SourceUnavailable(what, self.kind, mend) from error

    def place(self, part: Path, digest: str) -> None:
        """Put a finished part in its place, in one step. A set that is here already stays, unless something of it is
        missing."""
        folder = self._above() / digest
        if _is_whole(folder, part):
            return
        replaced = Path(tempfile.mkdtemp(dir=folder.parent, prefix="part-"))
        try:
            with suppress(FileNotFoundError):
                os.replace(folder, replaced / folder.name)
            os.replace(part, folder)
        except OSError:
            if not _is_whole(folder, part):  # another process may have been first: the same set
                raise
        finally:
            shutil.rmtree(replaced, ignore_errors=True)

    def remove(self, data: str) -> bool:
        """Remove a set, first out of its place and then file by file; whether nothing of it is left.

        Raises:
            SourceUnavailable: when ``data`` is no name of a set.
        """
        return remove_whole(self.folder(data))

    def sweep(self) -> None:
        """Remove what processes that were killed left half made."""
        remove_left_behind(self._above())

    def _above(self) -> Path:
        folder = subfolder("data") / self.kind
        folder.mkdir(exist_ok=True)
        return folder


def remove_whole(path: Path) -> bool:
    """Remove a file or a folder; whether it is gone. A folder goes out of its place in one step, so that nobody finds
    half of it; where files in it are open and cannot go yet, the rest is swept later."""
    if not path.is_dir():
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return not path.exists()
    try:
        away = Path(tempfile.mkdtemp(dir=path.parent, prefix="part-"))
        os.replace(path, away / path.name)
    except OSError:  # another process was first, or something in it is open on a system that locks such files
        return not path.exists()
    shutil.rmtree(away, ignore_errors=True)
    return not away.exists()


def remove_left_behind(above: Path, pattern: str = "part-*") -> None:
    """Remove parts, folders or files, that nothing was added to for an hour."""
    for rest in above.glob(pattern):
        with suppress(OSError):  # another process may sweep too
            if time.time() - _last_change(rest) > LEFT_BEHIND_SECONDS:
                shutil.rmtree(rest) if rest.is_dir() else rest.unlink()


def _last_change(part: Path) -> float:
    """When something in a part was last written: a large file grows without its folder being touched."""
    return max(path.stat().st_mtime for path in (part, *part.rglob("*")))


def _is_whole(folder: Path, like: Path) -> bool:
    """Whether all files are there, as long as they should be."""
    try:
        return all((folder / path.name).stat().st_size == path.stat().st_size for path in like.iterdir())
    except OSError:
        return False
