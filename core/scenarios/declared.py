"""What a scenario declares as plain data: layers, options, sources, rivals and presets. Their words are English, marked
for translation; whoever draws them says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidSetting
from core.spec import Value
from core.words import mark, say


@dataclass(frozen=True)
class Layer:
    """One layer as a page shows it before anything is built. ``part`` is ``base`` (transferred) or ``head`` (new).

    ``parameters`` counts batch-norm ``statistics`` too, which no optimizer ever changes. ``fixed`` says why a layer can
    never be trained; such a layer runs before the Keras model and is no part of it. ``cost`` says what training it
    takes, where that is much.
    """

    name: str
    kind: str
    output: str
    parameters: int
    part: str
    activation: str = ""
    fixed: str = ""
    statistics: int = 0
    cost: str = ""

    @property
    def trainable(self) -> int:
        """Numbers that training may change."""
        return self.parameters - self.statistics


@dataclass(frozen=True)
class Option:
    """A setting that one scenario adds to RunSpec: a choice, or a number between two bounds. Other settings' defaults
    hang on one that ``leads``. One that ``follows`` is settled by other settings and has no control of its own."""

    name: str
    title: str
    default: Value
    choices: tuple[Value, ...] = ()
    labels: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    help: str = ""
    leads: bool = False
    follows: bool = False

    def read(self, raw: object) -> Value:
        """The value, from a form, an address or a command line.

        Raises:
            InvalidSetting: naming the choices or the range.
        """
        kind: type[Any] = type(self.default)
        try:
            value: Value = kind(raw)
        except (TypeError, ValueError, OverflowError):
            raise self._problem(raw) from None
        if isinstance(raw, float) and value != raw:  # int() would quietly make 16 of 16.7
            raise self._problem(raw)
        allowed = value in self.choices if self.choices else isinstance(value, int | float) and self._holds(value)
        if not allowed:
            raise self._problem(raw)
        return value

    def _holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def _problem(self, raw: object) -> InvalidSetting:
        title = say(self.title)
        if self.choices:
            allowed, mend = ", ".join(map(str, self.choices)), say("Choose one of these.")
            what = say("{title} ({name}) must be one of: {allowed}.", title=title, name=self.name, allowed=allowed)
        else:
            bounds, mend = {"low": self.low, "high": self.high}, say("Choose a number in that range.")
            what = say("{title} ({name}) must be {low:,} to {high:,}.", title=title, name=self.name, **bounds)
        return InvalidSetting(self.name, what, raw, mend)


@dataclass(frozen=True)
class Source:
    """Something knowledge can come from; ``asset`` is its entry in the catalogue.

    ``from_scratch`` is False where the same network cannot begin from random weights.
    """

    id: str
    title: str
    asset: str
    from_scratch: bool = True


@dataclass(frozen=True)
class Rival:
    """A run that can stand beside one; ``label`` names it on the chart, ``about`` says what it is."""

    label: str
    about: str


FROM_SCRATCH = Rival(mark("from scratch"), mark("Also train the same network from random weights, nothing frozen."))


@dataclass(frozen=True)
class Preset:
    """Settings that belong together, as a course has them; the rest take their defaults."""

    title: str
    about: str
    values: Mapping[str, Value]
    two_phases: bool = False
