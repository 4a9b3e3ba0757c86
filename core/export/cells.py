"""Cells of a notebook from texts in ``cells``: real Python, with ``# %%`` before each cell as editors have it.

After ``# %%`` (code) or ``# %% [markdown]`` may stand a word: the cell is wanted only where that word is among the
flags. ``«name»`` and ``«name:,»`` stand for values. Markdown is said in the language spoken; code, and what is written
in it, is English.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from core.words import ENGLISH, language, say_all

FOLDER = Path(__file__).parent / "cells"
HEADER = re.compile(r"^# %%(?P<markdown> \[markdown\])?(?: (?P<flag>\w+))?$", re.MULTILINE)
VALUE = re.compile(r"«(\w+)(?::([,g]))?»")
MARKDOWN, CODE = "markdown", "code"


class Cell(NamedTuple):
    """``kind`` is ``markdown`` or ``code``."""

    kind: str
    source: str


def cells(names: Iterable[str], flags: Collection[str], values: Mapping[str, Any]) -> list[Cell]:
    """The cells of these texts in order, those that are wanted.

    Raises:
        KeyError: when a text names a value that is not given.
    """
    return [
        Cell(kind, VALUE.sub(lambda found: format(values[found[1]], found[2] or ""), _said(kind, source)))
        for name in names
        for kind, flag, source in _read(name)
        if not flag or flag in flags
    ]


def _said(kind: str, source: str) -> str:
    return source if kind == CODE or language() == ENGLISH else say_all(source)


def as_script(found: Iterable[Cell]) -> str:
    """The cells as one Python file, with the marks that editors know."""
    return "\n\n".join(f"{_mark(cell.kind)}\n{_commented(cell)}" for cell in found) + "\n"


def _mark(kind: str) -> str:
    return "# %% [markdown]" if kind == MARKDOWN else "# %%"


def _commented(cell: Cell) -> str:
    if cell.kind == CODE:
        return cell.source
    return "\n".join(f"# {line}".rstrip() for line in cell.source.split("\n"))


@lru_cache(maxsize=32)
def _read(name: str) -> tuple[tuple[str, str, str], ...]:
    """Kind, flag and source of each cell of a text."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    found = list(HEADER.finditer(text))
    ends = [header.start() for header in found[1:]] + [len(text)]
    return tuple(
        (MARKDOWN, header["flag"] or "", _plain(text[header.end() : end]))
        if header["markdown"]
        else (CODE, header["flag"] or "", text[header.end() : end].strip("\n"))
        for header, end in zip(found, ends, strict=True)
    )


def _plain(text: str) -> str:
    """A comment's text; Markdown joins its lines by itself."""
    lines = [line.removeprefix("#").removeprefix(" ") for line in text.strip("\n").split("\n")]
    return "\n".join(lines).strip()
