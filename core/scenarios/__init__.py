"""The scenarios by name, and the one way to make a RunSpec from anything untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidSetting, InvalidSettings, SourceUnavailable
from core.scenarios.base import Data, Layer, Option, Preset, Rival, Scenario, Source, Tell, tell_nobody
from core.scenarios.cats_dogs import CatsDogs
from core.scenarios.glove import Glove
from core.scenarios.imdb import Imdb
from core.scenarios.iris import Iris
from core.scenarios.mistakes import mistake_problems
from core.sources.own_sets import FORM
from core.spec import COMMON_FIELDS, RunSpec, Value, common
from core.words import say

SCENARIOS: dict[str, Scenario] = {s.name: s for s in (Iris(), Imdb(), CatsDogs(), Glove())}

BASE = "base"

__all__ = ["SCENARIOS", "Data", "Layer", "Option", "Preset", "Rival", "Scenario", "Source", "Tell", "check_present",
           "get", "lost_data", "parameters", "parse", "tell_nobody"]  # fmt: skip


def get(name: object) -> Scenario:
    """The scenario of this name.

    Raises:
        InvalidSettings: when there is none.
    """
    found = SCENARIOS.get(name) if isinstance(name, str) else None
    if found is None:
        known = ", ".join(SCENARIOS)
        raise InvalidSettings(
            [
                InvalidSetting(
                    "scenario", say("There is no such scenario."), name, say("Choose one of: {names}.", names=known)
                )
            ]
        )
    return found


def parse(values: Mapping[str, Any]) -> RunSpec:
    """A checked RunSpec from raw values, strings included; what is not given takes the scenario's default.

    Raises:
        InvalidSettings: one problem a field, each with what was received and what is allowed.
    """
    scenario = get(values.get("scenario"))
    problems = _unknown_fields(scenario, values)
    options, wrong = _read_options(scenario, values)
    problems += wrong
    given = {k: v for k, v in values.items() if k in COMMON_FIELDS}
    try:
        spec = common({**scenario.defaults(options, given), **given}, options)
    except InvalidSettings as error:
        raise InvalidSettings([*problems, *error.problems]) from None
    spec = _expand_base(scenario, spec)
    problems += _check(scenario, spec)
    if problems:
        raise InvalidSettings(problems)
    names = [layer.name for layer in scenario.layers(spec)]
    return spec.model_copy(update={"frozen": tuple(n for n in names if n in spec.frozen)})  # one spec, one digest


def parameters(spec: RunSpec) -> tuple[int, int]:
    """How many numbers the network has, and how many of them will change."""
    layers = get(spec.scenario).layers(spec)
    return sum(layer.parameters for layer in layers), sum(la.trainable for la in layers if la.name not in spec.frozen)


def _expand_base(scenario: Scenario, spec: RunSpec) -> RunSpec:
    """``base`` among the frozen stands for all transferred layers that have numbers."""
    if BASE not in spec.frozen:
        return spec
    base = [layer.name for layer in scenario.layers(spec) if layer.part == BASE and layer.parameters]
    return spec.model_copy(update={"frozen": (*base, *(name for name in spec.frozen if name != BASE))})


def check_present(spec: RunSpec) -> None:
    """See that all a spec needs is on this computer.

    Raises:
        SourceUnavailable: naming what has to be downloaded first.
    """
    lacking = get(spec.scenario).lacking(spec)
    if lacking:
        what = say("What these settings need is not on this computer.")
        mend = say("Download it on the library page, or bring it again if it is yours, or choose another.")
        raise SourceUnavailable(what, ", ".join(lacking), mend)


def lost_data(spec: RunSpec) -> bool:
    """Whether a spec names data that somebody brought and that are not on this computer, or no longer."""
    return FORM.fullmatch(spec.data) is not None and spec.data in get(spec.scenario).lacking(spec)


def _unknown_fields(scenario: Scenario, values: Mapping[str, Any]) -> list[InvalidSetting]:
    known = [n for n in COMMON_FIELDS if n not in {"v", "scenario"}] + [o.name for o in scenario.options]
    unknown = [n for n in values if n not in known and n not in {"v", "scenario"}]
    what, mend = say("There is no such setting."), say("Settings are: {names}.", names=", ".join(known))
    return [InvalidSetting(n, what, n, mend) for n in unknown]


def _read_options(scenario: Scenario, values: Mapping[str, Any]) -> tuple[dict[str, Value], list[InvalidSetting]]:
    options: dict[str, Value] = {}
    problems: list[InvalidSetting] = []
    for option in scenario.options:
        try:
            options[option.name] = option.read(values.get(option.name, scenario.option_default(option, values)))
        except InvalidSetting as problem:
            options[option.name] = option.default
            problems.append(problem)
    return options, problems


def _check(scenario: Scenario, spec: RunSpec) -> list[InvalidSetting]:
    return [
        *_check_layers(scenario, spec),
        *_check_source(scenario, spec),
        *_check_examples(scenario, spec),
        *scenario.problems(spec),
        *mistake_problems(scenario, spec),
    ]


def _check_layers(scenario: Scenario, spec: RunSpec) -> list[InvalidSetting]:
    layers = scenario.layers(spec)
    names = [layer.name for layer in layers]
    unknown = ", ".join(n for n in spec.frozen if n not in names)
    fixed = [layer for layer in layers if layer.fixed and layer.name not in spec.frozen]
    if unknown:
        what, received = say("There is no such layer to freeze (frozen)."), unknown
        mend = say("Layers are: {names}.", names=", ".join(names))
    elif not any(layer.trainable for layer in layers if layer.name not in spec.frozen):
        what, received = say("All layers are frozen: nothing would be learned (frozen)."), ", ".join(spec.frozen)
        mend = say("Leave at least one trainable.")
    elif fixed:
        what = say("The layer {layer} cannot be trained (frozen).", layer=fixed[0].name)
        received, mend = ", ".join(spec.frozen) or "none", say("{why} Freeze it.", why=say(fixed[0].fixed))
    else:
        return []
    return [InvalidSetting("frozen", what, received, mend)]


def _check_source(scenario: Scenario, spec: RunSpec) -> list[InvalidSetting]:
    sources = {s.id: s for s in scenario.sources(spec.options)}
    known = list(sources)
    if spec.start == "pretrained" and not known:
        what = say("There is nothing to transfer here (start).")
        return [InvalidSetting("start", what, spec.start, say("Start from random."))]
    if spec.start == "random" and spec.source in sources and not sources[spec.source].from_scratch:
        what = say("{source} cannot start from random weights (start).", source=say(sources[spec.source].title))
        return [InvalidSetting("start", what, spec.start, say("Start from pretrained, or choose another source."))]
    if not known and spec.source:
        what = say("There is nothing to transfer here (source).")
        return [InvalidSetting("source", what, spec.source, say("Leave it out."))]
    if known and spec.source not in known:
        mend = say("Choose one of: {names}.", names=", ".join(known))
        return [InvalidSetting("source", say("There is no such source (source)."), spec.source, mend)]
    return []


def _check_examples(scenario: Scenario, spec: RunSpec) -> list[InvalidSetting]:
    low, high = scenario.example_bounds(spec.options, spec.data)
    if low <= spec.examples <= high:
        return []
    what = say("Training examples (examples) must be {low:,} to {high:,}.", low=low, high=high)
    return [InvalidSetting("examples", what, spec.examples, say("Choose a number in that range."))]
