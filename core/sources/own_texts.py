"""Texts that somebody brings, split and kept in the data folder, named by what is in them. Reading a CSV file is
`core.sources.text_tables`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import SourceUnavailable
from core.sources.own_sets import OwnSets
from core.sources.text_parts import FILE, Counts, LabelledTexts, read_texts, save_texts, split_texts
from core.sources.text_tables import MOST_BYTES, Dropped, TextTable
from core.words import mark, say

BRING = mark("Bring the texts: python -m core bring FILE.csv.")
COUNTS_FILE = "counts.json"
SETS = OwnSets("texts", mark("texts"), BRING)


@dataclass(frozen=True)
class Brought:
    """Texts as they were brought: ``data`` as RunSpec has it; of each part the complaints and the praise; ``dropped``
    what was left out; ``notes`` how the file was understood."""

    data: str
    training: tuple[int, int]
    validation: tuple[int, int]
    dropped: Dropped
    notes: tuple[str, ...]

    @property
    def counts(self) -> Counts:
        return Counts(sum(self.training), sum(self.validation))


def file_bytes(path: Path) -> bytes:
    """What is in a file of texts.

    Raises:
        SourceUnavailable: when it cannot be read or is larger than such a file may be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        what = say("This file cannot be read ({error}).", error=error.strerror or error)
        mend = say("Give a CSV file with the columns text and sentiment.")
        raise SourceUnavailable(what, str(path), mend) from error
    if len(content) > MOST_BYTES:
        most = say("A file of texts may have up to {most} MB.", most=MOST_BYTES // 10**6)
        raise SourceUnavailable(most, path.name, say("Bring a part of it."))
    return content


def bring_texts(table: TextTable) -> Brought:
    """Split a table and keep it in the data folder, whole or not at all. The same texts with the same labels give the
    same set, whatever order, columns or encoding they came in.

    Raises:
        SourceUnavailable: when it cannot be written.
    """
    split = split_texts(table.texts, table.labels)
    with SETS.part() as part:
        _write(part, split)
        SETS.place(part, _identity(split))
    parts = (split.labels[: split.training], split.labels[split.training :])
    training, validation = (((labels == 0).sum().item(), (labels == 1).sum().item()) for labels in parts)
    return Brought(f"sha256:{_identity(split)}", training, validation, table.dropped, table.notes)


def counts(data: str) -> Counts:
    """How many texts a set has in each part, at once and without reading them.

    Raises:
        SourceUnavailable: when this computer does not have that set.
    """
    folder = SETS.folder(data)
    try:
        return _read_counts(folder, (folder / COUNTS_FILE).stat().st_mtime_ns, (folder / FILE).stat().st_size)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceUnavailable(say("These texts are not on this computer."), data, say(BRING)) from error


def is_here(data: str) -> bool:
    """Whether this computer has that set."""
    try:
        return bool(counts(data))
    except SourceUnavailable:
        return False


def load_texts(data: str) -> LabelledTexts:
    """The texts of a set.

    Raises:
        SourceUnavailable: when this computer does not have that set, or something in it has changed.
    """
    expected, folder = counts(data), SETS.folder(data)
    try:
        split = read_texts(folder)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceUnavailable(say("These texts cannot be read."), data, say(BRING)) from error
    if _identity(split) != folder.name or _counts_of(split) != expected:
        raise SourceUnavailable(say("These texts have been changed."), data, say(BRING))
    return split


def load_once(data: str) -> LabelledTexts:
    """The same, kept in memory for as long as the set is on this computer.

    Raises:
        SourceUnavailable: as in `load_texts`.
    """
    try:
        counts(data)
    except SourceUnavailable:
        _in_memory.cache_clear()  # what is deleted goes from here too
        raise
    return _in_memory(data)


@lru_cache(maxsize=2)
def _in_memory(data: str) -> LabelledTexts:
    return load_texts(data)


def _identity(split: LabelledTexts) -> str:
    """Of the texts and labels, whatever their order; the split follows from them."""
    rows = sorted(json.dumps([int(label), text]) for text, label in zip(split.texts, split.labels, strict=True))
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.encode() + b"\n")
    return digest.hexdigest()


def _counts_of(split: LabelledTexts) -> Counts:
    return Counts(split.training, len(split) - split.training)


def _write(part: Path, split: LabelledTexts) -> None:
    save_texts(part, split)
    about = {**_counts_of(split)._asdict(), "bytes": (part / FILE).stat().st_size}
    (part / COUNTS_FILE).write_text(json.dumps(about), encoding="utf-8")


@lru_cache(maxsize=8)
def _read_counts(folder: Path, changed: int, size: int) -> Counts:
    """Counts as written ``changed`` nanoseconds after 1970, if the texts have as many bytes as they should."""
    raw = json.loads((folder / COUNTS_FILE).read_text(encoding="utf-8"))
    if size != raw["bytes"]:
        raise ValueError("texts of another length")
    return Counts(int(raw["training"]), int(raw["validation"]))
