"""Modules of TF Hub on this computer: where they lie, whether one is whole, and how its archive is unpacked. What a
module says of texts or pictures is not asked here."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import SourceUnavailable
from core.home import home
from core.sources.fetch import GZIP, LATER, Remote, megabytes
from core.words import say

MOST_UNPACKED = 50_000_000
"""The modules known here have 2 and about 14 MB: an archive that unpacks to much more is another one."""


@dataclass(frozen=True)
class HubModule:
    """A module by its handle, the ``size`` of its archive in bytes (about), what it is in words, and the files in it
    that must not be empty."""

    name: str
    handle: str
    size: int
    what: str
    files: Sequence[str] = ("saved_model.pb", "variables/variables.index")

    @property
    def archive(self) -> Remote:
        return Remote(f"{self.handle}?tf-hub-format=compressed", f"{self.name}.tar.gz", self.size, GZIP)

    def places(self) -> list[Path]:
        """A cache of TF Hub's own form, so that TF Hub finds it too (and never looks at a lock that someone left)."""
        name = hashlib.sha1(self.handle.encode(), usedforsecurity=False).hexdigest()
        caches = (os.environ.get("TFHUB_CACHE_DIR"), home() / "tfhub", Path(tempfile.gettempdir(), "tfhub_modules"))
        return [Path(cache, name) for cache in caches if cache]

    def is_whole(self, folder: Path) -> bool:
        """By names and sizes only.

        Raises:
            OSError: when a file is missing or the folder cannot be read.
        """
        data = list((folder / "variables").glob("variables.data-*"))
        return bool(data) and all(path.stat().st_size for path in (*data, *(folder / file for file in self.files)))

    def location(self) -> Path | None:
        """Where it lies whole on this computer."""
        return next((place for place in self.places() if self._is_there(place)), None)

    def unpack(self, fetched: Path) -> Path:
        """The folder with what was in the archive that lies in ``fetched``.

        Raises:
            SourceUnavailable: when it is no whole archive, or holds no such module.
        """
        folder = fetched / "module"
        try:
            with tarfile.open(fetched / self.archive.name, "r:gz") as archive:
                size = sum(member.size for member in archive)
                if size > MOST_UNPACKED:
                    raise SourceUnavailable(say("What arrived unpacks to far too much."), megabytes(size), say(LATER))
                _extract(archive, folder)
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            raise SourceUnavailable(say("What arrived is not a whole archive."), str(error), say(LATER)) from error
        if not self._is_there(folder):
            what = say("What arrived holds no {what} of TF Hub's form.", what=say(self.what))
            raise SourceUnavailable(what, self.handle, say(LATER))
        return folder

    def _is_there(self, folder: Path) -> bool:
        try:
            return self.is_whole(folder)
        except OSError:
            return False


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Plain files only, inside the folder only. (tarfile's own filter is not in every Python 3.11.)"""
    for member in archive:
        path = PurePosixPath(member.name)
        if member.isdir():
            continue
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or path.is_absolute() or ".." in path.parts:
            raise SourceUnavailable(say("What arrived wants to write outside its folder."), member.name, say(LATER))
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)
