"""Experiments in place of the curves: a question, how it is to be asked, how long that takes, and the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from core import experiments
from core.errors import InvalidSettings, LabError
from core.experiments.depth import spread
from core.experiments.seeds import FEWEST, MOST, USUAL
from core.runs.experiments import Progress, estimated
from core.spec import RunSpec
from core.words import mark, say
from pages.parts.address import shown_runs
from pages.parts.break_it import draw_break_it
from pages.parts.classroom import why_paused
from pages.parts.experiment import draw_progress, duration, in_hand, put_in_hand, start

if TYPE_CHECKING:
    from pages.parts.bench import Bench

RACE, EXAMPLES, DEPTH, SEEDS, MISTAKE = "race", "examples", "depth", "seeds", "mistake"
QUESTIONS = (RACE, EXAMPLES, DEPTH, SEEDS, MISTAKE)
NOTHING = mark("nothing: how far do seeds alone go?")
SETTINGS = {"reviews": mark("reviews"), "batch_size": mark("batch size"), "size": mark("size"),
            "examples": mark("examples"), "epochs": mark("epochs")}  # fmt: skip
"""What a lesson may change, in words."""


def draw_ask(bench: Bench, pace: float) -> None:
    """The questions, and of the one chosen the experiment in hand, or the controls to start one.

    ``pace`` is for races: most epochs a second, 0 for no limit.
    """
    form = bench.form
    kind = _question(bench)
    progress = in_hand(bench.lab, form)
    if progress is not None and progress.experiment.kind == kind:
        draw_progress(bench.lab, form, progress)
        return
    st.markdown(f"**{say(experiments.get(kind).title)}** {say(experiments.get(kind).question)}")
    if kind == MISTAKE:
        draw_break_it(bench)
    else:
        _draw_controls(bench, kind, pace)
    _draw_earlier(bench, progress)


def _question(bench: Bench) -> str:
    """Which question is chosen; an experiment that has just come into hand chooses its own."""
    key, wanted = bench.form.key("question"), bench.form.get("question.wanted")
    if wanted is not None:
        bench.form.put("question.wanted", None)
        st.session_state[key] = wanted
    st.session_state.setdefault(key, RACE)
    return str(st.segmented_control(
        say("Question"), QUESTIONS, format_func=lambda k: f"{experiments.get(k).icon} {say(experiments.get(k).short)}",
        key=key, required=True, label_visibility="collapsed", persist_state="session",
    ))  # fmt: skip


def _draw_controls(bench: Bench, kind: str, pace: float) -> None:
    if bench.spec is None:
        st.info(say("The settings in the sidebar do not make a run yet: mend them first."), icon=":material/edit:")
        return
    setting = _sized(bench, kind, bench.spec)
    if problem := experiments.get(kind).problem(setting):
        st.info(say("{problem}.", problem=problem), icon=":material/block:")
        return
    chosen = {RACE: _race, EXAMPLES: _examples, DEPTH: _depth, SEEDS: _seeds}[kind](bench, setting)
    values = {"kind": kind, "setting": setting.flat(), **chosen}
    try:
        experiment = experiments.parse(values)
    except LabError as error:
        st.warning(str(error), icon=":material/edit:")
        return
    runs, seconds = len(experiments.plan(experiment)), estimated(experiment, bench.lab.runner.engine.slots)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        paused = why_paused()
        if st.button(say("Start"), key=bench.form.key(f"ask.{kind}"), type="primary", icon=":material/science:",
                     disabled=bool(paused), help=paused or None):  # fmt: skip
            start(bench.lab, bench.form, values, pace if kind == RACE else 0)
        st.caption(say("{runs} runs, about **{duration}** once a worker is warm. They train in the background, let "
                       "single runs pass, and can be stopped and continued.",
                       runs=runs, duration=duration(seconds)))  # fmt: skip


def _sized(bench: Bench, kind: str, spec: RunSpec) -> RunSpec:
    """The settings in hand, or what of them fits a lesson."""
    lesson = dict(experiments.get(kind).lesson(bench.form.scenario))
    if not lesson:
        return spec
    if "examples" in lesson:  # of data of one's own there may be fewer
        most = bench.form.scenario.example_bounds(spec.options, spec.data)[1]
        lesson["examples"] = min(int(lesson["examples"]), most)
    written = say(", ").join(_setting(name, value) for name, value in lesson.items())
    key = bench.form.key(f"ask.{kind}.lesson")
    st.session_state.setdefault(key, True)
    about = say("Off: exactly the settings in the sidebar, which may take long.")
    label = say("Sized to a lesson: {settings}", settings=written)
    if not st.toggle(label, key=key, help=about, persist_state="session"):
        return spec
    values = {name: value for name, value in spec.flat().items() if name not in _hanging(lesson)}
    try:
        return experiments.setting_for(kind, {**values, **lesson})
    except InvalidSettings:
        return experiments.setting_for(kind, {"scenario": spec.scenario, **bench.form.variant})


def _setting(name: str, value: object) -> str:
    return say("{setting} {value}", setting=say(SETTINGS.get(name, name.replace("_", " "))), value=value)


def _hanging(lesson: Mapping[str, Any]) -> set[str]:
    """Fields whose range hangs on those a lesson changes: they take their default."""
    return {"examples"} if "reviews" in lesson else set()


def _race(bench: Bench, setting: RunSpec) -> dict[str, Any]:
    return _rival(bench)


def _examples(bench: Bench, setting: RunSpec) -> dict[str, Any]:
    sizes = bench.form.scenario.sizes(setting)
    key = bench.form.key("ask.examples.sizes")
    if key not in st.session_state or not set(st.session_state[key] or ()) <= set(sizes):
        st.session_state[key] = list(sizes)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        chosen = st.pills(say("Training examples"), sizes, selection_mode="multi", format_func=lambda n: f"{n:,}",
                          key=key)  # fmt: skip
        seeds = _first(bench, setting, EXAMPLES, 1, 5, 3)
    return {"sizes": list(chosen or ()), "seeds": seeds, **_rival(bench)}


def _depth(bench: Bench, setting: RunSpec) -> dict[str, Any]:
    most = len(bench.form.scenario.depth_names(setting))
    key = bench.form.key("ask.depth.count")
    st.session_state.setdefault(key, min(5, most + 1))
    with st.container(horizontal=True, gap="medium"):
        count = st.slider(say("Depths"), 2, min(10, most + 1), key=key, width=160)
        return {"depths": list(spread(most, count)), "seeds": _first(bench, setting, DEPTH, 1, 3, 1)}


def _seeds(bench: Bench, setting: RunSpec) -> dict[str, Any]:
    others, titles = _others(bench, setting)
    key = bench.form.key("ask.seeds.against")
    if st.session_state.get(key) not in others:
        st.session_state[key] = NOTHING
    with st.container(horizontal=True, gap="medium"):
        against = st.selectbox(say("Compare these settings with"), list(others), format_func=titles.__getitem__,
                               key=key, width=300, placeholder=say("Choose an option"),
                               help=say("The settings of a run on the chart, or a start from random weights."),
                               )  # fmt: skip
        return {"seeds": _first(bench, setting, SEEDS, FEWEST, MOST, USUAL), "against": others[str(against)]}


def _others(bench: Bench, setting: RunSpec) -> tuple[dict[str, dict[str, Any] | None], dict[str, str]]:
    """What these settings can be compared with, by name: runs that differ in more than the seed, and rivals; and what
    each name is called on the page."""
    found: dict[str, dict[str, Any] | None] = {NOTHING: None}
    titles = {NOTHING: say(NOTHING)}
    shown = shown_runs(bench.form)
    for run, label in ((shown.run, mark("on the chart")), *shown.beside):
        snapshot = bench.lab.find(run)
        if snapshot is not None and snapshot.spec.changed(seed=0) != setting.changed(seed=0):
            name = f"run {snapshot.number}, {label}"
            found[name] = snapshot.spec.flat()
            titles[name] = say("run {number}, {label}", number=snapshot.number, label=say(label))
    for rival in bench.form.scenario.rivals:
        if values := bench.form.scenario.rival(rival.label, setting):
            found[rival.label], titles[rival.label] = values, say(rival.label)
    return found, titles


def _rival(bench: Bench) -> dict[str, Any]:
    labels = [rival.label for rival in bench.form.scenario.rivals]
    if len(labels) < 2:
        return {}
    key = bench.form.key("ask.rival")
    st.session_state.setdefault(key, bench.form.scenario.quick_rival)
    about = " ".join(say("*{rival}*: {about}", rival=say(rival.label), about=say(rival.about))
                     for rival in bench.form.scenario.rivals)  # fmt: skip
    return {"rival": st.segmented_control(say("What begins from nothing"), labels, format_func=say, key=key,
                                          required=True, help=about, persist_state="session")}  # fmt: skip


def _first(bench: Bench, setting: RunSpec, kind: str, low: int, high: int, usual: int) -> list[int]:
    """So many seeds, from that of the settings on."""
    key = bench.form.key(f"ask.{kind}.seeds")
    st.session_state.setdefault(key, usual)
    count = st.slider(say("Seeds"), low, high, key=key, width=160)
    return list(range(setting.seed, setting.seed + int(count)))


def _draw_earlier(bench: Bench, shown: Progress | None) -> None:
    """Experiments of this browser on this scenario, to show again or to continue."""
    form = bench.form
    found = [p for p in bench.lab.runner.experiments.latest(bench.lab.owner, form.scenario.name)
             if all(p.experiment.setting.options.get(k) == v for k, v in form.variant.items())]  # fmt: skip
    if not found:
        return
    st.caption(say("Earlier, newest first:"))
    with st.container(horizontal=True, gap="xsmall"):
        for progress in found:
            kind = experiments.get(progress.experiment.kind)
            label = say(kind.title)
            if progress.state != "finished":
                label = say("{title} ({done} of {all})", title=label, done=progress.done, all=len(progress.trials))
            st.button(label, key=form.key(f"earlier.{progress.id}"), icon=kind.icon,
                      on_click=put_in_hand, args=(form, progress))  # fmt: skip
