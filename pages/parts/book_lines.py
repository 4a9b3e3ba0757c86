"""The lines of a run book: each run with what was changed before it, sought and put in order. No widgets here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core import scenarios
from core.history import LIVE
from core.insight.differences import differences, sentence
from core.runs.book import Entry, best_first
from core.spec import RunSpec
from core.words import mark, say

ALL = "all"
NEWEST, BEST_LOSS, BEST_ACCURACY = "newest", "val_loss", "val_accuracy"
ORDERS = {NEWEST: mark("Newest first"), BEST_LOSS: mark("Lowest loss first"),
          BEST_ACCURACY: mark("Best accuracy first")}  # fmt: skip
STATES = {ALL: mark("Any state"), "live": mark("Under way"), "finished": mark("Finished"),
          "stopped": mark("Stopped by hand"), "interrupted": mark("Broken off"), "failed": mark("Failed"),
          "cancelled": mark("Cancelled")}  # fmt: skip


@dataclass(frozen=True)
class BookLine:
    """A run, and what differs from the one before it in the same scenario."""

    entry: Entry
    changed: str


@dataclass(frozen=True)
class Wanted:
    """What is sought, and in which order."""

    scenario: str = ALL
    state: str = ALL
    text: str = ""
    order: str = NEWEST


def book_lines(entries: Sequence[Entry]) -> list[BookLine]:
    """Lines of entries that stand newest first."""
    numbers = {e.run: e.number for e in entries}
    last: dict[str, RunSpec] = {}
    lines = []
    for entry in reversed(entries):
        changed = differences(entry.spec, last.get(entry.spec.scenario), numbers)
        last[entry.spec.scenario] = entry.spec
        lines.append(BookLine(entry, sentence(changed)))
    return lines[::-1]


def chosen(lines: Iterable[BookLine], wanted: Wanted) -> list[BookLine]:
    """Those that are sought, in the order asked for."""
    found = [line for line in lines if _fits(line, wanted)]
    if wanted.order == NEWEST:
        return found
    by_run = {line.entry.run: line for line in found}
    return [by_run[e.run] for e in best_first((line.entry for line in found), wanted.order)]


def _fits(line: BookLine, wanted: Wanted) -> bool:
    entry = line.entry
    if wanted.scenario not in {ALL, entry.spec.scenario}:
        return False
    if wanted.state != ALL and entry.state not in (LIVE if wanted.state == "live" else {wanted.state}):
        return False
    return _says(line, wanted.text)


def _says(line: BookLine, text: str) -> bool:
    """Whether all words are somewhere in name, note, differences or scenario; a number alone means the run's."""
    words, entry = text.casefold().split(), line.entry
    if len(words) == 1 and words[0].removeprefix("#").isdecimal():
        return int(words[0].removeprefix("#")) == entry.number or words[0] in entry.name.casefold()
    title = say(scenarios.get(entry.spec.scenario).title)
    told = f"{entry.name} {entry.note} {line.changed} {title}".casefold()
    return all(word in told for word in words)
