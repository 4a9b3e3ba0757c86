"""What a lesson is: settings, questions and steps, as plain values. `core.lessons.reading` says how one is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core import scenarios
from core.spec import RunSpec

ANSWER, TRAIN, RACE, OPEN, HAND_IN = "answer", "train", "race", "open", "hand in"
DEEDS = (ANSWER, TRAIN, RACE, OPEN, HAND_IN)
"""What a step may ask for: answers, a run, a race, a look at a tab, the pack to hand in."""
FINE_TUNE = "then fine-tune"
"""What ``[train: …]`` takes beside rivals: the second phase."""
TABS = (
    "Try it", "Data", "Alike?", "Word lab", "Mistakes", "What it sees", "Test", "What moved", "Patience", "Take home",
    "Notes",
)  # fmt: skip
"""Tabs that a lesson may open; not every scenario has all of them."""


@dataclass(frozen=True)
class Question:
    """What a learner is asked: one of ``choices``, a number, or a sentence of their own."""

    name: str
    ask: str
    choices: tuple[str, ...] = ()
    is_number: bool = False


@dataclass(frozen=True)
class Part:
    """A piece of a step: Markdown where ``deed`` is empty, else what is to be done, with the names it goes with."""

    text: str = ""
    deed: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step. ``settings`` are laid over the lesson's when it begins; None leaves the page as it is."""

    title: str
    parts: tuple[Part, ...]
    settings: Mapping[str, str] | None = None

    def names(self, deed: str) -> tuple[str, ...]:
        """What a deed goes with in this step: the questions to answer, the tabs to open."""
        return tuple(name for part in self.parts if part.deed == deed for name in part.names)

    def asks_for(self, deed: str) -> bool:
        return any(part.deed == deed for part in self.parts)


@dataclass(frozen=True)
class Lesson:
    """A lesson. ``controls`` are those that show, all where it is None; ``is_own``: a teacher's own, which is shown as
    it was written and in no other language."""

    id: str
    title: str
    about: str
    scenario: str
    steps: tuple[Step, ...]
    minutes: int = 20
    settings: Mapping[str, str] = field(default_factory=dict)
    controls: frozenset[str] | None = None
    questions: Mapping[str, Question] = field(default_factory=dict)
    is_own: bool = False

    def values(self, step: int) -> dict[str, Any]:
        """The settings a step begins with, as an address has them: the lesson's, and over them those that were set
        last."""
        were_set = [one.settings for one in self.steps[: step + 1] if one.settings is not None]
        return {"scenario": self.scenario, **self.settings, **(were_set[-1] if were_set else {})}

    def spec(self, step: int) -> RunSpec:
        """The same as a checked value.

        Raises:
            InvalidSettings: never for a lesson that was read from a file: its settings were checked there.
        """
        return scenarios.parse(self.values(step))

    def shows(self, control: str) -> bool:
        """Whether a control stays on the page."""
        return self.controls is None or control in self.controls
