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

KINDS: dict[str, Kind] = {k.name: k for k in (Race(), Examples(), Depth(), Seeds(), Mistake())}

__all__ = ["KINDS", "Arm", "Conclusion", "Experiment", "Kind", "Result", "Trial", "conclude", "get", "parse", "plan",
           "setting_for"]  # fmt: skip


def get(name: object) -> Kind:
    """The kind of experiment of this name.

    Raises:
        InvalidSettings: when there is none.
    """
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        what, mend = "There is no such experiment (kind).", f"Choose one of: {', '.join(KINDS)}."
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
    unknown = [InvalidSetting(n, "There is no such setting of an experiment.", n, f"There are: {', '.join(FIELDS)}.")
               for n in values if n not in FIELDS]  # fmt: skip
    if unknown:
        raise InvalidSettings(unknown)
    setting = scenarios.parse(values.get("setting") or {})
    if problem := kind.problem(setting):
        raise InvalidSettings([InvalidSetting("kind", f"{problem} (kind).", kind.name, "Choose other settings.")])
    against = scenarios.parse(values["against"]) if values.get("against") else None
    given = {k: _list(v) if k in {"sizes", "depths", "seeds"} else v for k, v in values.items()}
    given = {k: v for k, v in given.items() if v is not None and v != ()}
    try:
        made = Experiment(**{**kind.defaults(setting), **given, "setting": setting, "against": against})
    except ValidationError as error:
        fields = {str(e["loc"][0]): (e["msg"], e.get("input")) for e in error.errors()}
        raise InvalidSettings([_problem(name, *about) for name, about in fields.items()]) from None
    problems = kind.problems(made)
    if problems:
        raise InvalidSettings(problems)
    trials = plan(made)
    if not 1 < len(trials) <= MOST_TRIALS:
        what = f"An experiment has 2 to {MOST_TRIALS} different runs (kind)."
        raise InvalidSettings([InvalidSetting("kind", what, len(trials), "Change how many sizes, depths or seeds.")])
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


def _problem(name: str, message: str, received: object) -> InvalidSetting:
    info = Experiment.model_fields[name]
    return InvalidSetting(name, f"{info.title or name} ({name}): {message.lower()}.", received, info.description or "")
