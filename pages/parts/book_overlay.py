"""Pinned runs over each other: one chart, one table, one scenario at a time."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core import scenarios
from core.charts.overlay import MOST_LINES, Line, overlay_figure
from core.insight.differences import differences, sentence, validation_rows
from core.insight.reading import number
from core.runs.book import Entry
from core.words import mark, say
from pages.parts.book_lines import ALL
from pages.parts.book_row import percent, seconds
from pages.parts.called import called
from pages.parts.lab import Lab
from pages.parts.plot import plot

HEIGHT = 340
MEASURES = {"loss": mark("Validation loss"), "accuracy": mark("Validation accuracy")}
AXES = {"epoch": mark("By epoch"), "seconds": mark("By seconds")}
HEADS = (mark("run"), mark("best epoch"), mark("validation loss"), mark("validation accuracy"),
         mark("seconds to best"), mark("numbers trained"))  # fmt: skip


def draw_overlay(lab: Lab, entries: Sequence[Entry], scenario: str) -> None:
    """The pinned runs of one scenario; which one is chosen here where the filter leaves it open."""
    pinned = sorted((e for e in entries if e.pinned), key=lambda e: e.number)
    if not pinned:
        about = say("Tick the box before a run to pin it: pinned runs are drawn here over each other.")
        st.caption(f":material/keep: {about}")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        scenario = _scenario(pinned, scenario)
        by_accuracy = _choose(mark("Measure"), MEASURES) == "accuracy"
        by_seconds = _choose(mark("Axis"), AXES) == "seconds"
    drawn = [e for e in pinned if e.spec.scenario == scenario]
    if not drawn:
        st.caption(say("None of the {n} pinned runs is of this scenario.", n=len(pinned)))
        return
    if len(drawn) > MOST_LINES:
        st.caption(say("{n} runs are pinned; the newest {most} are drawn, so that each can be told apart.",
                       n=len(drawn), most=MOST_LINES))  # fmt: skip
        drawn = drawn[-MOST_LINES:]
    lines = [Line(e.number, e.name, s.epochs) for e in drawn if (s := lab.find(e.run)) is not None]
    plot(overlay_figure(lines, by_accuracy, by_seconds), "book.overlay", HEIGHT, _told(drawn))
    if by_seconds:
        st.caption(say(
            "Seconds spent computing on this machine: pauses and pace are left out, and what else ran is not."
        ))  # fmt: skip
    _say_if_rows_differ(drawn)
    numbers = {e.run: e.number for e in entries}
    st.html(table_html(drawn, numbers))


def table_html(entries: Sequence[Entry], numbers: dict[str, int]) -> str:
    """Pinned runs in figures; what differs is told from the first of them."""
    first = entries[0]
    heads = [say(head) for head in HEADS]
    if len(entries) > 1:
        heads.append(say("differs from {number}", number=first.number))
    differs = [_from_first(entry, first, numbers) for entry in entries]
    rows = "".join(
        _row(entry, words if len(entries) > 1 else None) for entry, words in zip(entries, differs, strict=True)
    )
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f'<div class="lab-pinned"><table class="lab-table"><tr>{head}</tr>{rows}</table></div>'


def _from_first(entry: Entry, first: Entry, numbers: dict[str, int]) -> str:
    return "" if entry is first else sentence(differences(entry.spec, first.spec, numbers))


def _row(entry: Entry, differs: str | None) -> str:
    summary = entry.summary
    cells = [
        called(entry.number, entry.name),
        "–" if summary.best is None else f"{summary.best:,}",
        "–" if summary.val_loss is None else number(summary.val_loss),
        percent(summary.val_accuracy),
        seconds(summary.seconds_to_best),
        say("{n:,} of {total:,}", n=entry.trainable, total=entry.total),
        *([] if differs is None else [html.escape(differs)]),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _scenario(pinned: Sequence[Entry], wanted: str) -> str:
    """Runs of two scenarios have nothing to do with each other: other data, other networks."""
    present = list(dict.fromkeys(e.spec.scenario for e in reversed(pinned)))
    if wanted != ALL or len(present) == 1:
        return wanted if wanted != ALL else present[0]
    if st.session_state.get("book.overlay_of") not in present:
        st.session_state["book.overlay_of"] = present[0]
    titles = {name: say(scenarios.get(name).title) for name in present}
    chosen = st.segmented_control(say("Scenario on the chart"), present, format_func=titles.__getitem__, required=True,
                                  key="book.overlay_of", label_visibility="collapsed")  # fmt: skip
    return str(chosen or present[0])


def _choose(label: str, choices: dict[str, str]) -> str:
    first = next(iter(choices))
    chosen = st.segmented_control(say(label), list(choices), format_func=lambda c: say(choices[c]), default=first,
                                  required=True, key=f"book.{label.lower()}", label_visibility="collapsed",
                                  persist_state="session")  # fmt: skip
    return str(chosen or first)


def _say_if_rows_differ(entries: Sequence[Entry]) -> None:
    """Losses on other rows cannot be compared, only told apart."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for entry in entries:
        groups.setdefault(validation_rows(entry.spec), []).append(entry.number)
    if len(groups) > 1:
        told = "; ".join(", ".join(map(str, numbers)) for numbers in groups.values())
        st.warning(
            say(
                "These runs were not validated on the same rows, so their losses cannot be compared. Only these can be "
                "compared with each other: runs {groups}.",
                groups=told,
            ),
            icon=":material/balance:",
        )


def _told(entries: Sequence[Entry]) -> str:
    """What a screen reader says of the chart."""
    parts = [
        say(
            "run {number} {name} best {loss} at epoch {epoch}",
            number=e.number,
            name=e.name,
            loss=number(e.summary.val_loss),
            epoch=e.summary.best,
        )
        for e in entries
        if e.summary.val_loss is not None
    ]
    return say("Validation curves of pinned runs. {runs}.", runs="; ".join(parts))
