"""A lesson from its Markdown file, checked: whatever is wrong is said with file and line.

A file begins with front matter between two lines of ``---`` (YAML: title, about, scenario, minutes, settings, controls,
questions), then has a heading of the second level for each step. A paragraph in square brackets is something to do:
``[set: epochs=30 frozen=embedding]``, ``[train]``, ``[train: from scratch]``, ``[race]``, ``[open: Patience]``,
``[answer: turn, why]``, ``[hand in]``. All else is Markdown without HTML and without pictures from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core import scenarios
from core.controls import CONTROLS
from core.errors import InvalidSettings, LabError
from core.lessons.front import Front, read_front
from core.lessons.lesson import ANSWER, DEEDS, FINE_TUNE, OPEN, TABS, TRAIN, Lesson, Part, Question, Step
from core.lessons.wrong import wrong
from core.limits import LESSON_BYTES, LESSON_MINUTES, LESSON_QUESTIONS, LESSON_STEPS
from core.words import say

FIELDS = ("title", "about", "scenario", "minutes", "settings", "controls", "questions")
QUESTION_FIELDS = ("ask", "choices", "number")
SET = "set"
DEED = re.compile(r"\[([a-z][a-z ]*)(?::\s*(.*))?\]", re.DOTALL)
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
HEADING = re.compile(r"##\s+(\S.*)")
MARKDOWN = MarkdownIt("commonmark")


def read_lesson(path: Path, is_own: bool = False) -> Lesson:
    """
    Raises:
        LabError: when the file is no lesson; it names file and line, what is wrong there and what to do.
    """
    where = path.name
    if not ID.fullmatch(path.stem):
        raise wrong(where, 0, say("A lesson's file is called by small letters, digits and dashes."), path.name,
                    say("Call it like early-stopping.md."))  # fmt: skip
    if path.stat().st_size > LESSON_BYTES:
        raise wrong(where, 0, say("A lesson has up to {most:,} bytes.", most=LESSON_BYTES), f"{path.stat().st_size:,}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong(where, 0, say("A lesson is a text in UTF-8."), f"byte {error.start}",
                    say("Save it as UTF-8 in your editor.")) from None  # fmt: skip
    return parse_lesson(text, path.stem, where, is_own)


def parse_lesson(text: str, name: str, where: str, is_own: bool = False) -> Lesson:
    """A lesson from its text; ``where`` is named in errors. Raises as `read_lesson` does."""
    front, body, first = read_front(text, where)
    front.allow(FIELDS)
    scenario = front.text("scenario")
    if scenario not in scenarios.SCENARIOS:
        raise front.wrong("scenario", say("There is no such scenario."), scenario,
                          say("Take one of: {names}.", names=", ".join(scenarios.SCENARIOS)))  # fmt: skip
    settings = _settings(front, scenario)
    questions = _questions(front)
    steps = _Body(body, first, where, {"scenario": scenario, **settings}, questions).steps()
    lesson = Lesson(
        name, front.text("title"), front.text("about"), scenario, steps, front.number("minutes", 20, 1, LESSON_MINUTES),
        settings, _controls(front), questions, is_own,
    )  # fmt: skip
    asked = {name for step in steps for name in step.names(ANSWER)}
    if unasked := [name for name in questions if name not in asked]:
        raise front.wrong(f"questions.{unasked[0]}", say("No step asks this question."), unasked[0],
                          say("Write [answer: {name}] where it is to be answered.", name=unasked[0]))  # fmt: skip
    return lesson


def _settings(front: Front, scenario: str) -> dict[str, str]:
    settings = {name: _as_written(value) for name, value in front.mapping("settings").items()}
    for problem in _problems({"scenario": scenario, **settings}):
        raise front.wrong(f"settings.{problem.field}", problem.what, problem.received, problem.do)
    return settings


def _problems(values: Mapping[str, Any]) -> Sequence[Any]:
    try:
        scenarios.parse(values)
    except InvalidSettings as error:
        return error.problems
    return ()


def _as_written(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _controls(front: Front) -> frozenset[str] | None:
    if not front.has("controls"):
        return None
    names = front.names("controls")
    if unknown := [name for name in names if name not in CONTROLS]:
        raise front.wrong("controls", say("There is no such control."), unknown[0],
                          say("Take any of: {names}.", names=", ".join(CONTROLS)))  # fmt: skip
    return frozenset(names)


def _questions(front: Front) -> dict[str, Question]:
    found = {}
    for name in front.mapping("questions"):
        place = f"questions.{name}"
        if not NAME.fullmatch(name):
            raise front.wrong(place, say("A question's name has small letters, digits and underscores."), name)
        front.allow(QUESTION_FIELDS, place)
        choices = front.names(f"{place}.choices") if front.has(f"{place}.choices") else ()
        if len(choices) == 1 or len(set(choices)) < len(choices):
            raise front.wrong(f"{place}.choices", say("Choices are two or more, each another."), ", ".join(choices))
        is_number = front.flag(f"{place}.number")
        if is_number and choices:
            raise front.wrong(place, say("A question has choices or asks for a number, not both."), name)
        found[name] = Question(name, front.text(f"{place}.ask"), choices, is_number)
    if len(found) > LESSON_QUESTIONS:
        raise front.wrong("questions", say("A lesson has up to {most} questions.", most=LESSON_QUESTIONS), len(found))
    return found


class _Body:
    """What stands below the front matter."""

    def __init__(self, text: str, first: int, where: str, values: Mapping[str, Any], questions: Mapping[str, Question]
                 ) -> None:  # fmt: skip
        self._lines, self._first, self._where = text.split("\n"), first, where
        self._values, self._questions = values, questions

    def steps(self) -> tuple[Step, ...]:
        _check_markdown(self._lines, self._first, self._where)
        steps, title, settings = list[Step](), "", None
        parts: list[Part] = []
        for line, block in self._blocks():
            heading = HEADING.fullmatch(block)
            if heading:
                if title:
                    steps.append(self._step(title, parts, settings, line))
                title, parts, settings = heading[1].strip(), [], None
            elif not title:
                raise self._wrong(line, say("Before a step's text stands its heading."), block,
                                  say("Begin the first step with a line like: ## Say what you expect"))  # fmt: skip
            elif (deed := DEED.fullmatch(block)) and deed[1] == SET:
                settings = self._set(line, deed[2] or "")
            else:
                parts.append(self._part(line, block, deed))
        if not title:
            raise self._wrong(0, say("A lesson has one step or more."), "", say("Begin each with a line like: ## Run"))
        steps.append(self._step(title, parts, settings, len(self._lines)))
        if len(steps) > LESSON_STEPS:
            raise self._wrong(0, say("A lesson has up to {most} steps.", most=LESSON_STEPS), len(steps))
        return tuple(steps)

    def _blocks(self) -> list[tuple[int, str]]:
        """Paragraphs with the line each begins on, from 0 in the body. Headings stand alone, code stays whole."""
        blocks: list[tuple[int, str]] = []
        begun, held, is_code = 0, list[str](), False
        for number, line in enumerate([*self._lines, ""]):
            if line.lstrip().startswith("```"):
                is_code = not is_code
            ends = not is_code and (not line.strip() or HEADING.fullmatch(line.strip()))
            if ends and held:
                blocks.append((begun, "\n".join(held).strip()))
                held = []
            if HEADING.fullmatch(line.strip()) and not is_code:
                blocks.append((number, line.strip()))
            elif line.strip() or is_code:
                begun = begun if held else number
                held.append(line.rstrip())
        return blocks

    def _step(self, title: str, parts: list[Part], settings: Mapping[str, str] | None, line: int) -> Step:
        if not parts:
            raise self._wrong(line - 1, say("A step says something or asks for something."), title)
        return Step(title, tuple(parts), settings)

    def _part(self, line: int, block: str, deed: re.Match[str] | None) -> Part:
        if deed is None:
            return Part(block)
        what = deed[1].strip()
        if what not in DEEDS:
            raise self._wrong(line, say("There is nothing of this name to do."), block,
                              say("Take one of: {names}.", names=", ".join((SET, *DEEDS))))  # fmt: skip
        names = tuple(name.strip() for name in (deed[2] or "").split(",") if name.strip())
        known: dict[str, Sequence[str]] = {ANSWER: tuple(self._questions), OPEN: TABS, TRAIN: self._beside()}
        if what in {ANSWER, OPEN} and not names:
            raise self._wrong(line, say("It is not said what for."), block)
        if unknown := [name for name in names if name not in known.get(what, ())]:
            raise self._wrong(line, say("There is no such thing here for [{deed}].", deed=what), unknown[0],
                              say("Take any of: {names}.", names=", ".join(known.get(what, ())) or "–"))  # fmt: skip
        return Part(deed=what, names=names)

    def _beside(self) -> tuple[str, ...]:
        """What may be trained with a run: rivals, and a second phase."""
        return (*(rival.label for rival in scenarios.get(self._values["scenario"]).rivals), FINE_TUNE)

    def _set(self, line: int, text: str) -> dict[str, str]:
        pairs = [pair.partition("=") for pair in text.split()]
        if not pairs or any(not sign or not name for name, sign, _ in pairs):
            raise self._wrong(line, say("Settings are written as name=value, with a space between two."), text,
                              say("Write them like [set: epochs=30 frozen=embedding]."))  # fmt: skip
        settings = {name: value for name, _, value in pairs}
        for problem in _problems({**self._values, **settings}):
            raise self._wrong(line, problem.what, problem.received, problem.do)
        return settings

    def _wrong(self, line: int, what: str, received: object, do: str = "") -> LabError:
        return wrong(self._where, self._first + line, what, received, do)


def _check_markdown(lines: Sequence[str], first: int, where: str) -> None:
    """See that there is no HTML, no picture from elsewhere and no link that is more than a link.

    Raises:
        LabError: naming the line.
    """
    for token in MARKDOWN.parse("\n".join(lines)):
        line = first + (token.map[0] if token.map else 0)
        for one in [token, *(token.children or ())]:
            if one.type in {"html_block", "html_inline"}:
                raise wrong(where, line, say("HTML is not shown in a lesson."), one.content.strip(),
                            say("Write Markdown; put code in backticks."))  # fmt: skip
            if one.type == "image":
                raise wrong(where, line, say("A lesson has no pictures: they would be fetched from elsewhere."),
                            str(one.attrs.get("src", "")), say("Say it in words, or link to it."))  # fmt: skip
            if one.type == "link_open" and not _is_plain_link(one):
                raise wrong(where, line, say("A link begins with https:// or http://."), str(one.attrs.get("href", "")))


def _is_plain_link(token: Token) -> bool:
    parts = urlsplit(str(token.attrs.get("href", "")))
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
