"""Finding all that is to be translated, and keeping a language's file up to date with it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel import localedata
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from core import words
from core.words import CODE, ENGLISH, paragraphs

ROOT = words.FOLDER.parents[1]
PLACES = ("app.py", "pages", "core")
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
"""In each file's header, so that it changes only where its words do."""
ASSETS = ROOT / "core" / "assets"
ENTRY = ("title", "short", "kind", "made", "licence", "stands_in_for")
"""What pages show of an entry of the catalogue; who is cited is a name."""
SPOKEN = re.compile(r"(?<!\S)[a-z]{2,}(?![\w-])|: ")
"""What a text has that is more than a name: a word in small letters, or a colon between two names."""
SINGLE, WHOLE, PLURAL = {"say", "mark"}, {"say_all", "mark_all"}, {"say_many"}


@dataclass(frozen=True)
class Sentence:
    """A text to translate; ``plural`` is its form for more than one, where it has one."""

    text: str
    plural: str = ""
    where: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.text, self.plural) if self.plural else self.text


def gather() -> dict[str, Sentence]:
    """Every sentence of the program, its catalogue and the lessons that come with it, by its English, in the order of
    the files."""
    found: dict[str, Sentence] = {}
    for sentence in [*_of_code(), *_of_assets(), *_of_lessons()]:
        found.setdefault(sentence.text, sentence)
    return found


def update(code: str) -> tuple[Path, int]:
    """Bring a language's file up to date: what is new is added empty, what is gone is dropped, the rest stays.

    Returns:
        The file, and how many of its sentences have no translation yet.
    Raises:
        ValueError: when this is no code of a language, or English.
    """
    if not CODE.fullmatch(code) or code == ENGLISH or not localedata.exists(code):
        raise ValueError(f"This is no code of a language: {code!r}.")
    path = words.FOLDER / f"{code}.po"
    known = read(path) if path.is_file() else Catalog(locale=code)
    fresh = Catalog(locale=code, project="Transfer Lab", creation_date=UNDATED, revision_date=UNDATED, fuzzy=False)
    for sentence in gather().values():
        was = known.get(sentence.id)
        fresh.add(sentence.id, was.string if was else None, locations=[(sentence.where, 0)])
    write(fresh, path)
    return path, sum(not is_translated(message.string) for message in fresh if message.id)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def write(catalog: Catalog, path: Path) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=100, include_lineno=False)


def is_translated(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def _of_code() -> Iterator[Sentence]:
    for place in PLACES:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.is_file():
            where = file.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from (Sentence(text, plural, where) for text, plural in _said(node))
    yield from _of_cells()


def _of_cells() -> Iterator[Sentence]:
    """The paragraphs of a notebook's Markdown cells, as `core.export.cells` reads them; none that is a value alone."""
    for file in sorted((ROOT / "core" / "export" / "cells").glob("*.txt")):
        for cell in file.read_text(encoding="utf-8").split("# %%")[1:]:
            header, _, source = cell.partition("\n")
            if header.startswith(" [markdown]"):
                lines = [line.removeprefix("#").removeprefix(" ") for line in source.strip("\n").split("\n")]
                for text in paragraphs("\n".join(lines)):
                    if any(c.isalpha() for part in text.split("«") for c in part.rpartition("»")[2]):
                        yield Sentence(text, where=file.relative_to(ROOT).as_posix())


def _said(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name in SINGLE and texts:
        yield texts[0], ""
    elif name in WHOLE and texts:
        yield from ((part, "") for part in paragraphs(texts[0]))
    elif name in PLURAL and len(texts) >= 2:
        yield texts[0], texts[1]


def _of_assets() -> Iterator[Sentence]:
    """What the catalogue says of data and weights, and what kinds of blocks the described networks have."""
    for path in (ASSETS / "catalog.json", *sorted((ASSETS / "architectures").glob("*.json"))):
        where, about = path.relative_to(ROOT).as_posix(), json.loads(path.read_text(encoding="utf-8"))
        if isinstance(about, list):
            texts = [entry[name] for entry in about for name in ENTRY if entry[name]]
        else:
            texts = [block["kind"] for block in about["blocks"]]
        yield from (Sentence(text, where=where) for text in texts if SPOKEN.search(text))


def _of_lessons() -> Iterator[Sentence]:
    from core.lessons import read_lesson, shipped_files

    for file in shipped_files():
        where = file.relative_to(ROOT).as_posix()
        lesson = read_lesson(file)
        questions = [text for q in lesson.questions.values() for text in (q.ask, *q.choices)]
        steps = [text for step in lesson.steps for text in (step.title, *(part.text for part in step.parts))]
        for text in (lesson.title, lesson.about, *questions, *steps):
            yield from (Sentence(part, where=where) for part in paragraphs(text) if part)
