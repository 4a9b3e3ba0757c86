"""Files that may have been made to do harm, in bulk: whatever is in them, a person gets a sentence or what can be read,
nothing is written elsewhere, and memory stays bounded. ``TRANSFER_LAB_HOSTILE=500`` takes ten times as many."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.limits import READING_BYTES
from tests.hostile import ROOT, cases, how_many

SEED = 20_261_125
KINDS = {"tables": "TABLES", "pictures": "PICTURES", "archives": "ARCHIVES"}
OWN_SET = re.compile(r"data/texts(/[0-9a-f]{64}(/(texts|counts)\.json)?)?|data")


def listing(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.lstat().st_size for path in folder.rglob("*")}


def read_apart(kind: str, folder: Path) -> list[dict[str, Any]]:
    """Have a process of its own read all cases of a kind, with its data folder and its working folder inside this one;
    what came of each."""
    given, work, home = (folder / name for name in ("given", "work", "home"))
    for path in (given, work, home):
        path.mkdir()
    makers = getattr(importlib.import_module(f"tests.makers.{kind}"), KINDS[kind])
    for case in cases(makers, how_many(kind), SEED):
        (given / case.name).write_bytes(case.content)
    ended = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "hostile.py"), kind, str(given), str(work)],
        env={**os.environ, "TRANSFER_LAB_HOME": str(home), "TMPDIR": str(work)},
        cwd=work, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2_000:]
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_brought_is_read_or_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (canary / "inside").mkdir(parents=True)
    (canary / "out.jpg").write_bytes(b"untouched")
    before = listing(canary)
    found = read_apart(kind, canary / "inside")
    assert len(found) == how_many(kind)
    unknown = [f"{row['name']}: {row['error']}" for row in found if not row["is_known"]]
    assert not unknown, "\n".join(unknown)
    told = [row["error"] for row in found if row["error"]]
    assert told and all(len(error) > 30 for error in told)
    worst = max(found, key=lambda row: row["kilobytes"])
    assert 0 < worst["kilobytes"] < READING_BYTES / 1024, f"{worst['kilobytes']:,} KB at {worst['name']}"
    assert {name: size for name, size in listing(canary).items() if not name.startswith("inside/")} == before
    assert set(listing(canary / "inside" / "work")) == set()
    strange = [name for name in listing(canary / "inside" / "home") if not OWN_SET.fullmatch(name)]
    assert not strange
