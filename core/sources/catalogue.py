"""The catalogue of all data and weights: what each is, where from, under which licence, and whether it is intact."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import SourceUnavailable
from core.words import say

ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True)
class Asset:
    """One entry; ``short`` names it on a badge.

    ``origin`` is ``shipped``, ``installed`` (inside ``package``, a name and the release it was looked at) or
    ``download`` (from ``handle``); ``stands_in_for`` names the original where this is not the real thing. ``files``
    lists path, bytes and SHA-256, relative to the assets folder or to where packages are installed.
    """

    id: str
    title: str
    short: str
    kind: str
    origin: str
    licence: str
    licence_url: str
    citation: str
    made: str
    package: str | None = None
    handle: str | None = None
    stands_in_for: str | None = None
    files: tuple[dict[str, Any], ...] = field(default=())

    @property
    def bytes(self) -> int:
        return sum(int(f["bytes"]) for f in self.files)

    @property
    def is_stand_in(self) -> bool:
        return self.stands_in_for is not None


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Asset]:
    """All entries by id."""
    rows = json.loads((ASSETS / "catalog.json").read_text(encoding="utf-8"))
    return {row["id"]: Asset(**{**row, "files": tuple(row["files"])}) for row in rows}


def asset(name: str) -> Asset:
    """One entry.

    Raises:
        SourceUnavailable: when the catalogue has none of this name.
    """
    try:
        return catalogue()[name]
    except KeyError:
        mend = say("Known are: {names}.", names=", ".join(catalogue()))
        raise SourceUnavailable(say("There is no such source."), name, mend) from None


def faults(entry: Asset) -> list[str]:
    """What is wrong with an entry's files on this computer, by size and SHA-256; empty when all is well."""
    if entry.origin == "download":
        return []
    found = []
    for file in entry.files:
        path = _folder(entry) / file["path"]
        if not path.is_file():
            found.append(say("{path} is missing", path=file["path"]))
        elif path.stat().st_size != file["bytes"] or _sha256(path) != file["sha256"]:
            found.append(say("{path} is not the file that was shipped", path=file["path"]))
    return found


def installed_file(package: str, path: str) -> Path:
    """A file inside an installed package, found without importing the package.

    Raises:
        SourceUnavailable: when the package or the file is missing.
    """
    try:
        located = Path(str(importlib.metadata.distribution(package).locate_file(path)))
    except importlib.metadata.PackageNotFoundError:
        located = Path(path)
    if not located.is_file():
        what = say("The package {package} is not installed whole.", package=package)
        raise SourceUnavailable(what, path, say("Run: {command}", command=f"pip install {package}"))
    return located


def _folder(entry: Asset) -> Path:
    if entry.origin == "shipped" or entry.package is None:
        return ASSETS
    package = entry.package.split()[0]
    try:
        return Path(str(importlib.metadata.distribution(package).locate_file("")))
    except importlib.metadata.PackageNotFoundError:
        return ASSETS / "not-installed"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
