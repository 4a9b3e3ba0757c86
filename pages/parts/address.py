"""The page's address: `?run=` and the settings that are not defaults. Read before any widget, written after; everything
in it is untrusted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.errors import LabError
from core.history import Snapshot
from core.limits import ADDRESS_BESIDE, ADDRESS_CHARACTERS, ADDRESS_FIELDS, PROBLEMS_SHOWN
from core.runs.experiments import Progress
from core.spec import RUN_ID, RunSpec, written
from core.words import language, mark, say
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.lesson_choice import LASTING

MOST_ECHOES = 20
ECHO_SECONDS = 3.0
"""A browser that has just been told a new address may still send the one before with a click: not for this long."""
LAST, ANOTHER = mark("last run"), mark("another run")
"""How runs beside the one in hand are called, where a rival's label does not."""


@dataclass(frozen=True)
class Shown:
    """The runs on the chart: the one in hand, and faint ones beside it by label."""

    run: str | None
    beside: tuple[tuple[str, str], ...]

    def labelled(self, label: str) -> list[str]:
        """The runs beside it with this label."""
        return [run for run, its in self.beside if its == label]


@dataclass(frozen=True)
class _Understood:
    """What an address means: the run and the experiment it names, its settings, and what is wrong with the rest."""

    snapshot: Snapshot | None
    progress: Progress | None
    settings: dict[str, str]
    problems: list[str]


def read_address(form: Form, lab: Lab) -> list[str]:
    """Fill form and chart from the address where it says something new; returns what was wrong with it, as long as the
    settings stay as they were then."""
    given = {name: value for name, value in st.query_params.items() if name not in LASTING}
    if not given or _is_ours(form, given):
        form.begin()
        return _still_wrong(form, lab)
    _remember(form, dict(given))
    found = _understood(form, lab, given)
    problems = _some_of([*found.problems, *form.read(found.settings)])
    snapshot, progress = found.snapshot, found.progress
    form.put("run", snapshot.id if snapshot else None)
    form.put("experiment", progress.id if progress else None)
    if progress:
        form.put("asking", True)
        form.put("question.wanted", progress.experiment.kind)
    beside = "" if _too_long(given) else given.get("beside", "")
    labelled = [b.partition(":") for b in beside.split(",")[:ADDRESS_BESIDE] if b]
    form.put("beside", tuple((r, _label(label, form)) for label, _, r in labelled if RUN_ID.fullmatch(r)))
    form.put("problems", (problems, form.values(), given, language()))
    return problems


def write_address(form: Form, settings: dict[str, str], epochs: str) -> None:
    """Make the address say what the page shows, so that F5, a second tab or a friend finds it again.

    Beside a run ``epochs`` always stands in it: an address with nothing but a run means that run's own settings.
    """
    shown = shown_runs(form)
    beside = ",".join(f"{label}:{run}" for run, label in shown.beside)
    which = form.get("experiment")
    if shown.run or which:
        settings = {"epochs": epochs, **settings}
    found = {"run": shown.run, "experiment": which, "beside": beside}
    query = {**{name: value for name, value in found.items() if value}, **settings}
    lasting = {name: value for name, value in st.query_params.items() if name in LASTING}
    if dict(st.query_params) != {**lasting, **query}:
        st.query_params.from_dict({**lasting, **query})
    _remember(form, query)


def shown_runs(form: Form) -> Shown:
    return Shown(form.get("run"), form.get("beside") or ())


def show_run(form: Form, run: str | None, beside: tuple[tuple[str, str], ...] = ()) -> None:
    """Put a run on the chart."""
    form.put("run", run)
    form.put("beside", beside)


def _understood(form: Form, lab: Lab, address: Mapping[str, str]) -> _Understood:
    """Changes nothing, so that it can be asked again. What is wrong with the settings themselves the form knows."""
    too_long = _too_long(address)
    given = {} if too_long else {k: v for k, v in address.items() if k != "beside"}
    run, which = given.pop("run", None), given.pop("experiment", None)
    snapshot, problems = _find(run, form, lab) if run else (None, [])
    progress, more = _find_experiment(which, form, lab) if which else (None, [])
    problems += [*more, *([too_long] if too_long else [])]
    spec = snapshot.spec if snapshot else progress.experiment.setting if progress else None
    return _Understood(snapshot, progress, _settings(given, spec), problems)


def _settings(given: Mapping[str, str], spec: RunSpec | None) -> dict[str, str]:
    """The settings an address means: those of its run where it gives none of its own."""
    task = {"task": str(spec.options["task"])} if spec and "task" in spec.options else {}  # shown where it belongs
    own = given.keys() - {"task"}
    base = {k: written(v) for k, v in spec.flat().items() if k != "v"} if spec and not own else {}
    return {k: v for k, v in {**base, **given, **task}.items() if k != "scenario"}


def _still_wrong(form: Form, lab: Lab) -> list[str]:
    """What was wrong, as long as the settings stay as they were then; said anew once another language is spoken."""
    problems, settings, *told = form.get("problems") or ([], None)
    if settings != form.values():
        return []
    given, spoken = told or ({}, language())
    if spoken != language():
        found = _understood(form, lab, given)
        problems = _some_of([*found.problems, *form.wrong_in(found.settings)])
    form.put("problems", (problems, settings, given, language()))
    return problems


def _find(run: str, form: Form, lab: Lab) -> tuple[Snapshot | None, list[str]]:
    try:
        snapshot = lab.runner.snapshot(run)
    except LabError as error:
        return None, [str(error)]
    if snapshot.spec.scenario != form.scenario.name:
        return None, [say("The run {run} belongs to another scenario: {scenario}. Open that page to see it.",
                          run=run, scenario=snapshot.spec.scenario)]  # fmt: skip
    return snapshot, []


def _find_experiment(which: str, form: Form, lab: Lab) -> tuple[Progress | None, list[str]]:
    try:
        progress = lab.runner.experiments.progress(which)
    except LabError as error:
        return None, [str(error)]
    scenario = progress.experiment.setting.scenario
    if scenario != form.scenario.name:
        return None, [say("The experiment {which} belongs to another scenario: {scenario}. Open that page to see it.",
                          which=which, scenario=scenario)]  # fmt: skip
    return progress, []


def _too_long(given: Mapping[str, str]) -> str:
    """What to say of an address that no page has written; empty for any other."""
    characters = sum(len(name) + len(value) for name, value in given.items())
    if len(given) <= ADDRESS_FIELDS and characters <= ADDRESS_CHARACTERS:
        return ""
    return say(
        "This address is too long: {settings:,} settings and {characters:,} characters, where {most_settings} and "
        "{most_characters:,} are the most. Nothing of it is used; copy it again.",
        settings=len(given), characters=characters, most_settings=ADDRESS_FIELDS, most_characters=ADDRESS_CHARACTERS,
    )  # fmt: skip


def _some_of(problems: list[str]) -> list[str]:
    left = len(problems) - PROBLEMS_SHOWN
    if left <= 0:
        return problems
    return [*problems[:PROBLEMS_SHOWN], say("And {n:,} more settings that are wrong.", n=left)]


def _label(label: str, form: Form) -> str:
    known = {LAST, *(rival.label for rival in form.scenario.rivals)}
    return label if label in known else ANOTHER


def _is_ours(form: Form, given: dict[str, str]) -> bool:
    """Whether the page itself wrote this address, as it stands or until a moment ago."""
    now, before = st.session_state.get(_seen(form), (None, []))
    echoes = (query for query, ended in before if time.monotonic() - ended < ECHO_SECONDS)
    return given == now or given in echoes


def _remember(form: Form, query: dict[str, str]) -> None:
    now, before = st.session_state.get(_seen(form), (None, []))
    if now is not None and now != query:
        before = [*before[-MOST_ECHOES:], (now, time.monotonic())]
    st.session_state[_seen(form)] = (query, before)


def _seen(form: Form) -> str:
    return f"{form.scenario.name}.address"
