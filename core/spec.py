"""RunSpec: the whole description of an experiment, as one frozen value. What a scenario adds, the scenario checks.

Form, address, command line, store, worker and exported notebook all read and write this one value; use
`core.scenarios.parse` to make one from anything untrusted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, field_validator

from core.errors import InvalidSetting, InvalidSettings
from core.limits import TABLE_CHARACTERS as DATA_LIMIT
from core.words import mark, say

Value = bool | int | float | str
RUN_ID = re.compile(r"[0-9a-f]{16}")
UNTITLED = {"scenario": mark("Scenario"), "frozen": mark("Frozen"), "options": mark("Options")}
"""What fields that no form shows by themselves are called where they are wrong."""


class RunSpec(BaseModel):
    """One experiment. ``options`` holds what the scenario declares beyond the common fields (written flat everywhere).

    ``start`` is ``pretrained``, ``random`` or ``run:<id>``; ``data`` is ``builtin``, ``sha256:<hash>`` or an inline
    table ``rows:…``; ``frozen`` names the layers that must not change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=DATA_LIMIT)

    v: Annotated[
        int, Field(ge=1, le=1, title=mark("The version"), description=mark("This release reads version 1."))
    ] = 1
    scenario: str
    start: Annotated[str, Field(title=mark("Start"))] = "pretrained"
    source: Annotated[str, Field(title=mark("Source"), max_length=100)] = ""
    data: Annotated[str, Field(title=mark("Data"), description=mark("At most {limit:,} characters."))] = "builtin"
    frozen: tuple[str, ...] = ()
    examples: Annotated[int, Field(ge=1, le=1_000_000, title=mark("Training examples"))]
    epochs: Annotated[
        int, Field(ge=1, le=2_000, title=mark("Epochs"), description=mark("Choose a number in that range."))
    ]
    early_stopping: Annotated[bool, Field(title=mark("Early stopping"))] = False
    patience: Annotated[
        int, Field(ge=1, le=1_000, title=mark("Patience"), description=mark("Raise it, or switch early stopping off."))
    ] = 5
    min_delta: Annotated[
        float, Field(ge=0, le=10, title=mark("Min delta"), description=mark("0.001 is a usual choice."))
    ] = 0.001
    restore_best: Annotated[bool, Field(title=mark("Restore best weights"))] = True
    learning_rate: Annotated[
        float, Field(ge=1e-7, le=10, title=mark("Learning rate"), description=mark("0.001 is Adam's usual rate."))
    ] = 0.001
    batch_size: Annotated[
        int, Field(ge=1, le=4_096, title=mark("Batch size"), description=mark("32 or 512 are usual."))
    ] = 32
    seed: Annotated[
        int, Field(ge=0, le=2**31 - 1, title=mark("Seed"), description=mark("Any whole number in that range."))
    ] = 1
    options: dict[str, Value] = {}

    @field_validator("frozen", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return () if value.strip() in {"", "none"} else tuple(n.strip() for n in value.split(",") if n.strip())
        return value

    @field_validator("start")
    @classmethod
    def _known_start(cls, value: str) -> str:
        if value in {"pretrained", "random"} or (value.startswith("run:") and RUN_ID.fullmatch(value[4:])):
            return value
        raise ValueError("start")

    @field_serializer("frozen")
    def _names(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    @property
    def parent(self) -> str | None:
        """The run whose weights this one starts from."""
        return self.start[4:] if self.start.startswith("run:") else None

    def flat(self) -> dict[str, Any]:
        """The spec as one level of JSON values, options beside the common fields."""
        values = self.model_dump(exclude={"options"})
        return {**values, **self.options}

    def changed(self, **values: Any) -> RunSpec:
        """A copy with some fields replaced, checked again by the common rules (not by the scenario's)."""
        return common(
            {**self.flat(), **{k: v for k, v in values.items() if k != "options"}},
            {**self.options, **values.get("options", {})},
        )

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal specs, equal digests."""
        return hashlib.sha256(json.dumps(self.flat(), sort_keys=True).encode()).hexdigest()


COMMON_FIELDS = tuple(name for name in RunSpec.model_fields if name != "options")


def common(values: Mapping[str, Any], options: Mapping[str, Value]) -> RunSpec:
    """A RunSpec from raw values of the common fields and options already checked.

    Raises:
        InvalidSettings: naming every field that is wrong, what was received and the range.
    """
    known = {k: v for k, v in values.items() if k in COMMON_FIELDS}
    try:
        return RunSpec(**known, options=dict(options))
    except ValidationError as error:
        fields = {str(e["loc"][0]): e.get("input") for e in error.errors()}
        raise InvalidSettings([_problem(name, received) for name, received in fields.items()]) from None


def written(value: object) -> str:
    """A setting as an address or a table has it: names with commas, ``none`` for no name, true and false in small
    letters."""
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def bounds(name: str) -> tuple[float, float]:
    """The inclusive range of a numeric field."""
    marks = RunSpec.model_fields[name].metadata
    low = next(m.ge for m in marks if hasattr(m, "ge"))
    return low, next(m.le for m in marks if hasattr(m, "le"))


def _problem(name: str, received: object) -> InvalidSetting:
    info = RunSpec.model_fields[name]
    title = say(info.title or UNTITLED[name])
    mend = say(info.description or "", limit=DATA_LIMIT)
    if name == "start":
        what = say("{title} must be pretrained, random or run:<id>.", title=title)
        return InvalidSetting(name, what, received, say("A run's id has 16 hexadecimal digits."))
    if info.annotation is bool:
        return InvalidSetting(name, say("{title} must be true or false.", title=title), received)
    if info.annotation in (int, float):
        range_of = mark("{title} ({name}) must be {low:,} to {high:,}.")
        if info.annotation is int:
            range_of = mark("{title} ({name}) must be a whole number, {low:,} to {high:,}.")
        low, high = bounds(name)
        what = say(range_of, title=title, name=name, low=low, high=high)
        return InvalidSetting(name, what, received, mend)
    what = say("{title} ({name}) is not a text of the expected form.", title=title, name=name)
    return InvalidSetting(name, what, received, mend)
