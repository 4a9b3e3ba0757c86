"""Lessons: those that come with the project, and a teacher's own from a folder. One Markdown file is one lesson."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabError
from core.home import home
from core.lessons.lesson import Lesson, Part, Question, Step
from core.lessons.reading import parse_lesson, read_lesson
from core.lessons.wrong import wrong
from core.limits import LESSONS
from core.words import language, say

__all__ = ["SHIPPED", "Lesson", "Part", "Question", "Shelf", "Step", "find_lesson", "own_folder", "parse_lesson",
           "read_lesson", "shelf", "shipped_files"]  # fmt: skip

SHIPPED = Path(__file__).parent / "shipped"
ORDER = ("iris-mechanics", "overfitting", "few-examples", "freeze-and-fine-tune", "when-transfer-does-not-help",
         "word-vectors")  # fmt: skip
"""As they are taught."""
FOLDER = "TRANSFER_LAB_LESSONS"
"""Environment variable: the folder of a teacher's own lessons."""


@dataclass(frozen=True)
class Shelf:
    """All lessons that can be given, by id, and what is wrong with the files that cannot: a sentence each."""

    lessons: dict[str, Lesson]
    refused: tuple[str, ...] = ()


def own_folder() -> Path:
    """Where a teacher's own lessons are looked for; it need not be there."""
    return Path(os.environ.get(FOLDER) or home() / "lessons")


def shipped_files() -> list[Path]:
    return [SHIPPED / f"{name}.md" for name in ORDER]


def shelf() -> Shelf:
    """Shipped lessons first, then a teacher's own in the order of their names. A file that has changed is read again;
    one that is broken is named, and the others are there all the same."""
    lessons = {path.stem: _kept(path, False) for path in shipped_files()}
    refused: list[str] = []
    folder = own_folder()
    files = sorted(folder.glob("*.md")) if folder.is_dir() else []
    for path in files[:LESSONS]:
        try:
            lesson = _kept(path, True)
            if lesson.id in {name for name, one in lessons.items() if not one.is_own}:
                raise wrong(path.name, 0, say("A lesson of this name comes with the project."), None,
                            say("Give yours another name."))  # fmt: skip
            lessons[lesson.id] = lesson
        except (LabError, OSError) as error:
            refused.append(str(error))
    return Shelf(lessons, tuple(refused))


def find_lesson(name: str | None) -> Lesson | None:
    """The lesson of this id, None where there is none: an address may name any."""
    return shelf().lessons.get(name) if name else None


_READ: dict[tuple[Path, str], tuple[tuple[int, int], Lesson | LabError]] = {}
_LOCK = threading.Lock()


def _kept(path: Path, is_own: bool) -> Lesson:
    """A file as it was read last, as long as it has not changed since. Each language has its own reading: what is wrong
    is said in it, and readers of two languages must not take turns in reading the files anew."""
    stat = path.stat()
    stamp, which = (stat.st_mtime_ns, stat.st_size), (path, language())
    with _LOCK:
        known = _READ.get(which)
    if known is None or known[0] != stamp:
        found: Lesson | LabError
        try:
            found = read_lesson(path, is_own)
        except LabError as error:
            found = error
        known = (stamp, found)
        with _LOCK:
            _READ[which] = known
    if isinstance(known[1], LabError):
        raise known[1]
    return known[1]
