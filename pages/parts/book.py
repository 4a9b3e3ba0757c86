"""The run book's page: what is sought, pinned runs over each other, and the runs, newest or best first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import scenarios
from core.errors import LabError
from core.runs.book import Entry
from core.words import say, say_many
from pages.parts.book_lines import ALL, NEWEST, ORDERS, STATES, BookLine, Wanted, book_lines, chosen
from pages.parts.book_overlay import draw_overlay
from pages.parts.book_row import STYLE, change, draw_row
from pages.parts.called import called
from pages.parts.lab import Lab, open_lab

TICK = 1.0
"""Seconds between two looks while a run is under way."""
FIRST, MORE = 10, 25
"""Rows at first, and at each press on Show more. A browser shows none before all have come: ten, two screens, stand
half a second sooner than 25."""
MOST_UNDO = 3


def draw_book() -> None:
    """The whole page below its title."""
    lab = open_lab()
    st.html(STYLE)
    st.caption(say(
        "The runs of this browser. Pin some to lay their curves over each other; give one a name to find it by."
    ))  # fmt: skip
    entries = _entries(lab)
    wanted = _filters(entries)
    live = any(e.is_live for e in entries)
    st.fragment(_draw, run_every=TICK if live else None)(lab, wanted, live)


def _draw(lab: Lab, wanted: Wanted, was_live: bool) -> None:
    """All that changes with a press or while a run is under way."""
    entries = _entries(lab)
    if was_live != any(e.is_live for e in entries):
        st.rerun()
    if problem := st.session_state.pop("book.problem", ""):
        st.warning(problem, icon=":material/edit:")
    _undo(lab)
    if not entries:
        _nothing_yet()
        return
    lines = book_lines(entries)
    draw_overlay(lab, entries, wanted.scenario)
    _rows(lab, chosen(lines, wanted), wanted, of=len(lines))


def _entries(lab: Lab) -> list[Entry]:
    try:
        return lab.runner.keeping.entries(lab.owner, with_trials=bool(st.session_state.get("book.trials")))
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def _filters(entries: Sequence[Entry]) -> Wanted:
    """One row of controls. What nobody has a run of cannot be sought."""
    present = {e.spec.scenario for e in entries}
    names = [ALL, *(name for name in scenarios.SCENARIOS if name in present)]
    titles = {name: say(scenarios.get(name).title) if name != ALL else say("All scenarios") for name in names}
    if st.session_state.get("book.scenario") not in names:
        st.session_state["book.scenario"] = ALL
    look: dict[str, Any] = {"label_visibility": "collapsed", "persist_state": "session"}
    choice = {**look, "placeholder": say("Choose an option")}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        text = st.text_input(say("Search"), key="book.text", placeholder=say("Name, note, change"), max_chars=100,
                             icon=":material/search:", width=170, **look)  # fmt: skip
        scenario = st.selectbox(say("Scenario"), names, format_func=titles.__getitem__, key="book.scenario", width=165,
                                **choice)  # fmt: skip
        state = st.selectbox(say("State"), list(STATES), format_func=lambda s: say(STATES[s]), key="book.state",
                             width=150, **choice)  # fmt: skip
        order = st.selectbox(say("Order"), list(ORDERS), format_func=lambda o: say(ORDERS[o]), key="book.order",
                             width=185, **choice)  # fmt: skip
        st.toggle(say("Experiments' runs"), key="book.trials", persist_state="session",
                  help=say("Runs that an experiment made are left out otherwise."))  # fmt: skip
    return Wanted(scenario, state, text or "", order or NEWEST)


def _undo(lab: Lab) -> None:
    """What was deleted lately, each with a way back."""
    for entry in lab.runner.keeping.deleted(lab.owner)[:MOST_UNDO]:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"lab-undo-{entry.run}"):
            words = say("Run {run} was deleted.", run=called(entry.number, entry.name))
            st.html(f"<div class='lab-run'>{words}</div>", width="content")
            about = say("A day after it was deleted a run is gone for good.")
            st.button(say("Undo"), key=f"book.undo.{entry.run}", icon=":material/undo:", on_click=change, help=about,
                      args=(lab, "restore", entry.run))  # fmt: skip


def _nothing_yet() -> None:
    st.info(say("No runs yet. Open a scenario and press Train: each run is written down here."),
            icon=":material/menu_book:")  # fmt: skip
    for name, scenario in scenarios.SCENARIOS.items():
        st.page_link(f"pages/{name}.py", label=say(scenario.title), icon=scenario.icon)


def _rows(lab: Lab, lines: Sequence[BookLine], wanted: Wanted, of: int) -> None:
    shown = int(st.session_state.get("book.shown", FIRST))
    drawn = lines[:shown]
    words = say_many("{n:,} run", "{n:,} runs", of)
    if len(lines) != of:
        words = say("{n:,} of {runs}", n=len(lines), runs=words)
    if len(drawn) < len(lines):
        words = say("{runs}, the first {n}", runs=words, n=len(drawn))
    if wanted.order != NEWEST:
        words = say("{runs}, by what each came to at its best epoch, never at its last", runs=words)
    st.caption(words)
    for line in drawn:
        draw_row(lab, line)
    if len(drawn) < len(lines):
        st.button(say("Show {n} more", n=min(MORE, len(lines) - len(drawn))), key="book.more",
                  icon=":material/expand_more:", on_click=_show_more, args=(shown,))  # fmt: skip


def _show_more(shown: int) -> None:
    st.session_state["book.shown"] = shown + MORE
