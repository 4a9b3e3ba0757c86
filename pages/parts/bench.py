"""The page of a scenario: badges, transport, layers beside curves, and tabs below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from core import scenarios
from core.errors import InvalidSettings, LabError, NotYourData, SourceUnavailable, UnknownRun, shown
from core.history import LIVE, Snapshot
from core.runs.keeping import WEIGHTS_KEPT
from core.scenarios.mistakes import said
from core.sources.catalogue import asset
from core.sources.own_copies import is_brought
from core.spec import RunSpec
from core.words import mark, say
from pages.parts.address import LAST, read_address, show_run, shown_runs, write_address
from pages.parts.ask import draw_ask
from pages.parts.classroom import draw_class, follow_teacher, is_shown, why_paused
from pages.parts.controls import draw_controls, draw_task
from pages.parts.experiment import in_hand
from pages.parts.form import Form
from pages.parts.lab import Lab, open_lab
from pages.parts.layer_stack import draw_stack
from pages.parts.lesson import begin_lesson, draw_lesson
from pages.parts.lesson_choice import read_lesson_choice
from pages.parts.live_curves import draw_curves, draw_reading
from pages.parts.moved import draw_moved
from pages.parts.own_data import say_lost, say_refused
from pages.parts.predict import draw_verdict, expected_line
from pages.parts.replay import draw_replay
from pages.parts.share import draw_share
from pages.parts.story import tell_story
from pages.parts.take_home import draw_take_home
from pages.parts.transport import draw_transport, go_on, pace_of

TICK = 0.3
"""Seconds between two looks at a live run."""


@dataclass(frozen=True)
class Bench:
    """What a tab is given: the lab, the form, the next run, the run in hand, and the newest with a trained model."""

    lab: Lab
    form: Form
    spec: RunSpec | None
    run: Snapshot | None
    trained: Snapshot | None


Tab = Callable[[Bench], None]
Panel = Callable[[Lab, Form], None]
MOVED, PATIENCE, HOME = mark("What moved"), mark("Patience"), mark("Take home")
YOUR_OWN = {"texts": mark("your own texts"), "pictures": mark("your own pictures")}


def draw_bench(name: str, tabs: Mapping[str, Tab], panel: Panel | None = None) -> None:
    """A scenario's whole page; ``tabs`` by title, What moved, Patience and Take home are added. A ``panel`` stands
    above the bench, as long as it draws something."""
    scenario = scenarios.get(name)
    lab = open_lab()
    form = Form(scenario)
    problems = read_address(form, lab)
    follow_teacher(lab)
    if unknown := read_lesson_choice(name):
        problems.append(say("There is no such lesson on this page. Received: {lesson}.", lesson=shown(unknown)))
    lesson = begin_lesson(lab, form)
    st.caption(say(scenario.sentence))
    draw_class(lab, name)
    for problem in problems:
        st.error(problem, icon=":material/link_off:")
    place = st.container() if lesson is not None else None
    draw_task(form)
    form.begin()
    form.put("own.sets", _own_sets(lab, form))
    draw_controls(form)
    if panel is not None and is_shown("own_data"):
        panel(lab, form)
    spec = _next_run(lab, form, silent=True)
    run = _current(lab, form)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _badges(form, spec)
        if is_shown("share"):
            draw_share(form, spec, run)
    if lesson is not None and place is not None:
        with place:
            draw_lesson(Bench(lab, form, spec, run, None), lesson)
    live = _live_runs(lab, form)
    st.fragment(_live, run_every=TICK if live else None)(lab, form, live)
    bench = Bench(lab, form, spec, run, _trained(lab, form, run))
    _tabs(bench, {**tabs, MOVED: draw_moved, PATIENCE: draw_replay, HOME: draw_take_home})
    lab.runner.prepare(name)  # last: on a small machine a starting worker would slow the page down


def _own_sets(lab: Lab, form: Form) -> tuple[str, ...]:
    """What this browser has brought of the kind this scenario trains on, as RunSpec's ``data`` has it."""
    kind = form.scenario.brings
    return tuple(one.data for one in lab.runner.brought.of(lab.owner) if one.kind == kind) if kind else ()


def _live(lab: Lab, form: Form, were_live: frozenset[str]) -> None:
    """All that changes while a run is under way. Reruns by itself, and the whole page once whenever a run ends or
    comes into hand."""
    run = _current(lab, form)
    if were_live != _live_runs(lab, form):
        st.rerun()
    spec = _next_run(lab, form)
    story = tell_story(lab, run, spec.epochs if spec else int(form.get("epochs")))
    draw_transport(lab, form, spec, run, story)
    if run is not None:
        _notices(lab, form, run)
        say_lost(run.spec)
    else:
        _offer_unfinished(lab, form)
    asking = bool(form.get("asking")) and (is_shown("ask") or in_hand(lab, form) is not None)
    stack, curves = st.columns([3, 7], gap="medium")
    with stack:
        draw_stack(form)
        if not asking:
            draw_reading(run, story)
            draw_verdict(lab, run, story)
        if run is not None:
            _more(lab, form, run)
    with curves:
        if asking:
            draw_ask(Bench(lab, form, spec, run, None), pace_of(form))
        else:
            draw_curves(lab, shown_runs(form), run, story, form.scenario.name, expected_line(lab, form, run))
    write_address(form, form.differences(spec) if spec else form.variant, str(form.get("epochs")))


def _next_run(lab: Lab, form: Form, silent: bool = False) -> RunSpec | None:
    try:
        spec = form.spec()
        lab.runner.check_data(spec, lab.owner)
    except InvalidSettings as error:
        if not silent:
            for problem in error.problems:
                st.warning(str(problem), icon=":material/edit:")
        return None
    except NotYourData as error:
        if not silent:
            say_refused(form, error)
        return None
    except SourceUnavailable as error:
        if not silent:
            st.warning(str(error), icon=":material/cloud_download:")
            st.page_link("pages/library.py", label=say("Open the library"), icon=":material/inventory_2:")
        return None
    return spec


def _current(lab: Lab, form: Form) -> Snapshot | None:
    run = shown_runs(form).run
    if run is None:
        return None
    try:
        snapshot = lab.runner.snapshot(run)
        while not snapshot.is_live and (after := lab.runner.follower(snapshot.id)):  # the plan goes on
            snapshot = lab.runner.snapshot(after)
            show_run(form, after, shown_runs(form).beside)
        return snapshot
    except UnknownRun:
        show_run(form, None)
        return None


def _live_runs(lab: Lab, form: Form) -> frozenset[str]:
    """What may still grow on the chart: the run in hand, those beside it, and an experiment."""
    shown = shown_runs(form)
    found = (lab.find(run) for run in (shown.run, *(run for run, _ in shown.beside)))
    return frozenset(s.id for s in (*found, in_hand(lab, form)) if s is not None and s.is_live)


def _trained(lab: Lab, form: Form, run: Snapshot | None) -> Snapshot | None:
    """The run in hand where it has been trained, else the one it followed."""
    for snapshot in (run, *map(lab.find, shown_runs(form).labelled(LAST))):
        if snapshot is not None and snapshot.has_weights:
            return snapshot
    return None


def _notices(lab: Lab, form: Form, run: Snapshot) -> None:
    mine = lab.owns(run.owner)
    _mistake_badge(form, run.spec)
    if not mine:
        st.info(
            say("You are watching another browser's run. Press Train to make one of your own, or Clear."),
            icon=":material/visibility:",
        )
    if run.state == "failed":
        st.error(say("This run failed. {reason}", reason=say(run.reason)), icon=":material/error:")
    if run.state == "interrupted":
        st.warning(say("{reason} Its {n} finished epochs are kept.", reason=say(run.reason), n=len(run.epochs)),
                   icon=":material/power_off:")  # fmt: skip
        if mine and st.button(say("Continue this run"), key=form.key("take_up"), icon=":material/play_circle:"):
            _take_up(lab, form, run)


def _take_up(lab: Lab, form: Form, run: Snapshot) -> None:
    try:
        lab.runner.take_up(run.id, lab.owner, pace_of(form))
    except LabError as error:  # its data may be gone
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()


def _offer_unfinished(lab: Lab, form: Form) -> None:
    """A run of this browser that is still under way, or was broken off: a tab may have been closed on it."""
    found = lab.runner.latest(lab.owner, form.scenario.name, LIVE | {"interrupted"})
    if not found or any(found[0].spec.options.get(k) != v for k, v in form.variant.items()):
        return
    is_broken = found[0].state == "interrupted"
    label = say("A run of yours was broken off: show it") if is_broken else say("A run of yours is under way: show it")
    if st.button(label, key=form.key("unfinished"), icon=":material/history:"):
        show_run(form, found[0].id)
        st.rerun()


def _more(lab: Lab, form: Form, run: Snapshot) -> None:
    """Going on from a finished run, where that can be done."""
    if run.dropped:
        st.caption(f":material/inventory: {dropped_words()}")
    if not run.has_weights or not lab.owns(run.owner) or (run.outcome and run.outcome.diverged):
        return
    about = say("Go on from this run's weights, as a new run that follows it on the chart.")
    label = say("{n:,} more epochs", n=run.spec.epochs)
    paused = why_paused()
    if st.button(label, key=form.key("more"), icon=":material/forward:", help=paused or about, width="stretch",
                 disabled=bool(paused)):  # fmt: skip
        go_on(lab, form, run)


def dropped_words() -> str:
    """Why a run with a curve has no trained model any more, and how to get it again."""
    return say(
        "The weights of this run are no longer kept: those of your newest {n} runs and of pinned ones are. Its curve "
        "stays. To try it or to go on from it, press Train: the same settings give the same curve and the same "
        "weights.", n=WEIGHTS_KEPT,
    )  # fmt: skip


def _badges(form: Form, spec: RunSpec | None) -> None:
    """Origin of data and weights, next to the thing; a stand-in says that it is one."""
    if spec is None:
        return
    st.badge(say("works offline"), icon=":material/wifi_off:", color="green")
    _mistake_badge(form, spec, is_next=True)
    if spec.parent:
        st.badge(say("starts from run {run}…", run=spec.parent[:4]), icon=":material/history:", color="violet")
    if is_brought(spec.data):
        st.badge(say(YOUR_OWN[form.scenario.brings]), icon=":material/person:", color="violet")
    for name in form.scenario.origins(spec):
        entry = asset(name)
        if entry.is_stand_in:
            label = say(
                "{what}: stand-in for {original}", what=say(entry.short), original=say(entry.stands_in_for or "")
            )
            st.badge(label, icon=":material/swap_horiz:", color="orange")
        else:
            st.badge(say(entry.short), icon=":material/verified:", color="blue")


def _mistake_badge(form: Form, spec: RunSpec, is_next: bool = False) -> None:
    """What is made wrong on purpose must say so wherever it stands."""
    if words := said(form.scenario, spec):
        label = say("the next run: {words}", words=words) if is_next else words
        st.badge(label, icon=":material/heart_broken:", color="red")


def _tabs(bench: Bench, tabs: Mapping[str, Tab]) -> None:
    titles, key = {say(title): title for title in tabs}, f"{bench.form.scenario.name}.tab"
    if bench.run is not None and bench.run.dropped:
        st.info(dropped_words(), icon=":material/inventory:")
    opened = bench.form.get("tab.opened")
    if opened in tabs and key in st.session_state and st.session_state[key] not in titles:
        st.session_state[key] = say(opened)  # it had another language's title
    for title, container in zip(titles.values(), st.tabs(list(titles), on_change="rerun", key=key), strict=True):
        with container:
            if container.open:
                bench.form.put("tab.opened", title)
                tabs[title](bench)
