"""A lesson's front matter: plain YAML, each value with the line it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from core.errors import LabError
from core.lessons.wrong import wrong
from core.words import say

FENCE = "---"
TEXT_LENGTH = 400
"""Longest title, sentence or question, in characters."""


class Front:
    """Values by path (``questions.turn.ask``), read as what they must be.

    Every reader raises LabError, naming file and line, where the value is missing or something else.
    """

    def __init__(self, values: dict[str, Any], lines: dict[str, int], where: str) -> None:
        self._values, self._lines, self._where = values, lines, where

    def has(self, path: str) -> bool:
        return self._find(path) is not None

    def allow(self, names: Sequence[str], path: str = "") -> None:
        """See that a mapping has these fields only."""
        found = self.mapping(path) if path else self._values
        if unknown := [name for name in found if name not in names]:
            place = f"{path}.{unknown[0]}" if path else unknown[0]
            raise self.wrong(place, say("There is no such field."), unknown[0],
                             say("Take any of: {names}.", names=", ".join(names)))  # fmt: skip

    def text(self, path: str) -> str:
        value = self._find(path)
        if not isinstance(value, str | int | float) or isinstance(value, bool) or not str(value).strip():
            raise self.wrong(path, say("A text is missing: {field}.", field=path), value)
        text = " ".join(str(value).split())
        if len(text) > TEXT_LENGTH:
            raise self.wrong(path, say("A text here has up to {most} characters.", most=TEXT_LENGTH), len(text))
        if "<" in text and ">" in text.split("<", 1)[1]:
            raise self.wrong(path, say("HTML is not shown in a lesson."), text)
        return text

    def number(self, path: str, usual: int, low: int, high: int) -> int:
        value = self._find(path)
        if value is None:
            return usual
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            about = say("{field} is a whole number from {low} to {high}.", field=path, low=low, high=high)
            raise self.wrong(path, about, value)
        return value

    def flag(self, path: str) -> bool:
        value = self._find(path)
        if value not in (None, True, False):
            raise self.wrong(path, say("{field} is true or false.", field=path), value)
        return bool(value)

    def mapping(self, path: str) -> dict[str, Any]:
        value = self._find(path)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(path, say("Below {field} stand lines of name: value.", field=path), value)
        return value

    def names(self, path: str) -> tuple[str, ...]:
        value = self._find(path)
        if not isinstance(value, list) or not all(isinstance(one, str | int | float) for one in value):
            raise self.wrong(path, say("{field} is a list: [one, another].", field=path), value)
        return tuple(" ".join(str(one).split()) for one in value)

    def wrong(self, path: str, what: str, received: object = None, do: str = "") -> LabError:
        """The error to raise about a value; a path that is not there is looked for as far as it goes."""
        while path and path not in self._lines:
            path = path.rpartition(".")[0]
        return wrong(self._where, self._lines.get(path, 1), what, received, do)

    def _find(self, path: str) -> Any:
        value: Any = self._values
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


def read_front(text: str, where: str) -> tuple[Front, str, int]:
    """Front matter, what follows it, and the line that begins on (counted from 1).

    Raises:
        LabError: when there is none, or it is no plain YAML.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != FENCE or FENCE not in (line.strip() for line in lines[1:]):
        raise wrong(where, 1, say("A lesson begins with front matter between two lines of three dashes."), lines[0],
                    say("The README shows one."))  # fmt: skip
    end = next(n for n, line in enumerate(lines[1:], 1) if line.strip() == FENCE)
    values, places = _load("\n".join(lines[1:end]), where)
    return Front(values, places, where), "\n".join(lines[end + 1 :]), end + 2


def _load(text: str, where: str) -> tuple[dict[str, Any], dict[str, int]]:
    lines: dict[str, int] = {}
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise wrong(where, 1, say("Front matter has no anchors and aliases (& and *)."))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = _value(node, "", lines, where) if node is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise wrong(where, mark.line + 2 if mark else 1, say("The front matter is not YAML."), problem,
                    say("Put a text with a colon in it in quotes.")) from None  # fmt: skip
    if not isinstance(values, dict):
        raise wrong(where, 1, say("Front matter is lines of name: value."), values)
    return values, lines


def _value(node: yaml.Node, path: str, lines: dict[str, int], where: str) -> Any:
    lines[path] = node.start_mark.line + 2  # the fence is line 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, f"{path}[]", lines, where) for one in node.value]
    if not isinstance(node, yaml.MappingNode):
        return yaml.safe_load(yaml.serialize(node))
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        inner = f"{path}.{name}" if path else name
        if name in found:
            raise wrong(where, key.start_mark.line + 2, say("This name stands there twice."), name)
        found[name] = _value(value, inner, lines, where)
        lines[inner] = key.start_mark.line + 2
    return found
