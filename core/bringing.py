"""The commands `bring` and `forget`: photos or texts of one's own are checked, split and copied into the data folder,
for everyone who uses this lab; and removed with everything made from them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from core.errors import InvalidSetting
from core.sources import downloads, glove_file, own_texts, photo_sets
from core.sources.text_tables import read_csv_texts

TABLES = {".csv", ".tsv", ".txt"}
SHOWN = 20


def bring(given: argparse.Namespace) -> int:
    """A CSV file by its ending, GloVe's file where that is said; anything else should be photos, in a folder or a zip.

    Raises:
        LabError: when what was given cannot be read, or is not enough to train on.
    """
    path = Path(given.path)
    row: dict[str, Any]
    lines: Iterable[str]
    if given.glove:
        row, lines = _bring_glove(path)
    elif path.suffix.lower() in TABLES:
        texts = _bring_texts(path, given)
        _note(texts.data, "texts", path)
        row, lines = _texts_row(texts), _texts_lines(texts)
    else:  # a folder, or a zip
        photos = photo_sets.bring(path, _tell)
        _note(photos.data, "pictures", path)
        row, lines = _photos_row(photos), _photos_lines(photos)
    print(json.dumps(row) if given.json else "\n".join(lines))
    return 0


def forget(given: argparse.Namespace) -> int:
    """Remove a set, whoever brought it.

    Raises:
        LabError: when there is none of this name, or a run trains on it.
    """
    from core.runs.store import Store

    with closing(Store()) as store:
        store.brought.forget(given.data)
    said = f"Removed with all that was made from it: {given.data}"
    print(json.dumps({"forgotten": given.data}) if given.json else said)
    return 0


def _note(data: str, kind: str, path: Path) -> None:
    """What comes by the command line is everyone's and stays, also where a browser brought the same."""
    from core.runs.brought import COMMAND_LINE
    from core.runs.store import Store

    with closing(Store()) as store:
        store.brought.add(data, COMMAND_LINE, kind, path.name)


def _bring_glove(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Stanford's whole table from a file that somebody has, in place of the download."""

    def make(part: Path) -> Path:
        folder = part / "table"
        folder.mkdir()
        glove_file.read_glove_file(path, folder)
        return folder

    downloads.put_in_place(glove_file.NAME, make)
    return {"source": glove_file.NAME}, [f"Train with it: --set source={glove_file.NAME}"]


def _bring_texts(path: Path, given: argparse.Namespace) -> own_texts.Brought:
    if (given.positive is None) != (given.negative is None):
        what = "Which label is praise and which is complaint must both be said, or neither."
        raise InvalidSetting("labels", what, given.positive or given.negative, "Give --positive and --negative.")
    labels = None if given.positive is None else {given.positive: 1, given.negative: 0}
    return own_texts.bring_texts(read_csv_texts(own_texts.file_bytes(path), given.text, given.label, labels))


def _tell(what: str, done: int, of: int) -> None:
    """Progress on a terminal, in one line that the end takes away."""
    if sys.stderr.isatty():
        text = f"{what}: {done:,} of {of:,}"
        print(f"\r{text if done < of else ' ' * len(text)}", end="" if done < of else "\r", file=sys.stderr, flush=True)


def _photos_row(brought: photo_sets.Brought) -> dict[str, Any]:
    return {
        "data": brought.data,
        "classes": list(brought.classes),
        "counts": {part: dict(zip(brought.classes, of, strict=True)) for part, of in brought.counts.items()},
        "left_out": [{"file": name, "why": why} for name, why in brought.unreadable],
        "duplicates": [{"file": name, "same_as": kept} for name, kept in brought.duplicates],
    }


def _photos_lines(brought: photo_sets.Brought) -> Iterator[str]:
    for part, of in brought.counts.items():
        yield f"{part:<10} " + "  ".join(f"{n:>5,} {name}" for name, n in zip(brought.classes, of, strict=True))
    yield from (f"left out: {name}: {why}" for name, why in brought.unreadable)
    yield from (f"left out: {name}: the same as {kept}" for name, kept in brought.duplicates)
    yield f"Train on them with: --set data={brought.data}"


def _texts_row(brought: own_texts.Brought) -> dict[str, Any]:
    parts = {"training": brought.training, "validation": brought.validation}
    dropped = brought.dropped
    return {
        "data": brought.data,
        "counts": {part: dict(zip(("complaint", "praise"), of, strict=True)) for part, of in parts.items()},
        "dropped": {
            "empty": dropped.empty,
            "unlabelled": dropped.unlabelled,
            "other_label": dropped.other_label,
            "contradictory": dropped.contradictory_rows,
            "ragged": [ragged._asdict() for ragged in dropped.ragged],
        },
        "notes": list(brought.notes),
    }


def _texts_lines(brought: own_texts.Brought) -> Iterator[str]:
    row = _texts_row(brought)
    for part, of in row["counts"].items():
        yield f"{part:<10} {of['praise']:>7,} praise  {of['complaint']:>7,} complaint"
    yield from brought.notes
    dropped = row["dropped"]
    yield from (
        f"left out: {dropped[why]:,} rows ({why.replace('_', ' ')})" for why in list(dropped)[:-1] if dropped[why]
    )
    yield from (f"left out: line {r['line']:,} has {r['cells']:,} cells" for r in dropped["ragged"][:SHOWN])
    if len(dropped["ragged"]) > SHOWN:
        yield f"left out: {len(dropped['ragged']) - SHOWN:,} more lines of another length"
    yield f"Train on them with: --set data={brought.data}"
