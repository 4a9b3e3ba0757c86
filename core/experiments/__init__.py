"""Experiments: several runs that answer one question. What each kind plans and concludes, and the one way to make an
`Experiment` from anything untrusted. Nothing here trains; `core.runs.experiments` does that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core import scenarios
from core.errors import InvalidSetting, InvalidSettings
from core.experiments.base import FIELDS, MOST_TRIALS, Arm, Conclusion, Experiment, Kind, Result, Trial
from core.experiments.depth import Depth
from core.experiments.examples import Examples
from core.experiments.mistake import Mistake
from core.experiments.race import Race
from core.experiments.seeds import Seeds
from core.spec import RunSpec
from core.words import mark, say

KINDS: dict[str, Kind] = {k.name: k for k in (Race(), Examples(), Depth(), Seeds(), Mistake())}

RULES = {
    "int_parsing": mark("input should be a valid integer, unable to parse string as an integer"),
    "int_parsing_size": mark("unable to parse input string as an integer, exceeded maximum size"),
    "int_from_float": mark("input should be a valid integer, got a number with a fractional part"),
    "int_type": mark("input should be a valid integer"),
    "string_type": mark("input should be a valid string"),
    "tuple_type": mark("input should be a valid tuple"),
    "greater_than_equal": mark("input should be greater than or equal to {ge}"),
    "less_than_equal": mark("input should be less than or equal to {le}"),
    "string_too_long": mark("string should have at most {max_length} characters"),
    "too_long": mark("tuple should have at most {max_length} items after validation, not {actual_length}"),
}
"""What pydantic says of a wrong value, by its own name for it."""

__all__ = ["KINDS", "Arm", "Conclusion", "Experiment", "Kind", "Result", "Trial", "conclude", "get", "parse", "plan",
           "setting_for"]  # fmt: skip


def get(name: object) -> Kind:
    """The kind of experiment of this name.

    Raises:
        InvalidSettings: when there is none.
    """
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        what, mend = say("There is no such experiment (kind)."), say("Choose one of: {known}.", known=", ".join(KINDS))
        raise InvalidSettings([InvalidSetting("kind", what, name, mend)])
    return kind


def setting_for(kind: str, values: Mapping[str, Any]) -> RunSpec:
    """The setting an experiment of this kind begins from: what is given, and for the rest what suits a lesson.

    Raises:
        InvalidSettings: as `core.scenarios.parse` does.
    """
    scenario = scenarios.get(values.get("scenario"))
    return scenarios.parse({**get(kind).lesson(scenario), **values})


def parse(values: Mapping[str, Any]) -> Experiment:
    """A checked Experiment from raw values, lists as text too (``"50, 100"``); what is not given takes the kind's
    default for the setting. ``setting`` and ``against`` are settings as `core.scenarios.parse` takes them.

    Raises:
        InvalidSettings: one problem a field, each with what was received and what is allowed.
    """
    kind = get(values.get("kind"))
    if unknown := [n for n in values if n not in FIELDS]:
        raise InvalidSettings([_unknown(name) for name in unknown])
    setting = scenarios.parse(values.get("setting") or {})
    if problem := kind.problem(setting):
        what = say("{problem} (kind).", problem=problem)
        raise InvalidSettings([InvalidSetting("kind", what, kind.name, say("Choose other settings."))])
    against = scenarios.parse(values["against"]) if values.get("against") else None
    given = {k: _list(v) if k in {"sizes", "depths", "seeds"} else v for k, v in values.items()}
    given = {k: v for k, v in given.items() if v is not None and v != ()}
    try:
        made = Experiment(**{**kind.defaults(setting), **given, "setting": setting, "against": against})
    except ValidationError as error:
        fields = {str(e["loc"][0]): e for e in error.errors()}
        raise InvalidSettings([_problem(name, about) for name, about in fields.items()]) from None
    problems = kind.problems(made)
    if problems:
        raise InvalidSettings(problems)
    trials = plan(made)
    if not 1 < len(trials) <= MOST_TRIALS:
        what = say("An experiment has 2 to {most} different runs (kind).", most=MOST_TRIALS)
        mend = say("Change how many sizes, depths or seeds.")
        raise InvalidSettings([InvalidSetting("kind", what, len(trials), mend)])
    return made


def plan(experiment: Experiment) -> tuple[Trial, ...]:
    """Its runs in the order they are trained. Equal settings are one run that stands for several points."""
    kept: dict[str, Trial] = {}
    for trial in get(experiment.kind).plan(experiment):
        found = kept.setdefault(trial.spec.digest(), trial)
        if found is not trial:
            kept[trial.spec.digest()] = found.with_place(*trial.places)
    return tuple(kept.values())


def conclude(experiment: Experiment, results: list[Result]) -> Conclusion:
    """What the runs that have ended show so far."""
    return get(experiment.kind).conclude(experiment, results)


def _list(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


def _unknown(name: str) -> InvalidSetting:
    mend = say("There are: {known}.", known=", ".join(FIELDS))
    return InvalidSetting(name, say("There is no such setting of an experiment."), name, mend)


def _problem(name: str, about: Mapping[str, Any]) -> InvalidSetting:
    """``about`` is one error as pydantic gives it."""
    info, rule = Experiment.model_fields[name], RULES.get(about["type"])
    wrong = say(rule, **about.get("ctx", {})) if rule else about["msg"].lower()
    what = say("{title} ({name}): {wrong}.", title=say(info.title or name), name=name, wrong=wrong)
    return InvalidSetting(name, what, about.get("input"), say(info.description or ""))
