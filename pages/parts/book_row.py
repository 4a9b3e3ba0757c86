"""One run of the run book: what it is and came to, and what its owner can do with it."""

from __future__ import annotations

import html
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core import scenarios
from core.errors import LabError
from core.insight.reading import number
from core.runs.book import NAME_LENGTH, NOTE_LENGTH, Entry
from core.words import mark, say
from pages.parts.book_lines import BookLine
from pages.parts.called import called
from pages.parts.lab import Lab

STYLE = """<style>
[class*="st-key-lab-run-"] { border-top: 1px solid rgba(128,128,128,0.25); padding-top: 0.45rem; }
.lab-run { line-height: 1.35; overflow-wrap: anywhere; }
.lab-run small { opacity: 0.8; }
.lab-run .lab-changed { font-weight: 600; }
.lab-run .lab-note { font-style: italic; opacity: 0.85; }
.lab-figures { display: flex; gap: 0 1.1rem; flex-wrap: wrap; font-size: 0.9rem; }
.lab-figures span { opacity: 0.75; }
.lab-figures b { font-variant-numeric: tabular-nums; font-weight: 600; }
.lab-pinned { overflow-x: auto; }
.lab-pinned td, .lab-pinned th { font-size: 0.9rem !important; white-space: nowrap; }
.lab-pinned td:first-child, .lab-pinned td:last-child, .lab-pinned th:first-child, .lab-pinned th:last-child {
  text-align: left; }
.lab-pinned td:last-child { white-space: normal; min-width: 14rem; }
</style>"""
STATES = {"finished": "", "queued": mark("queued"), "starting": mark("starting"), "running": mark("training"),
          "paused": mark("paused"), "stopped": mark("stopped by hand"), "failed": mark("failed"),
          "interrupted": mark("broken off"), "cancelled": mark("cancelled")}  # fmt: skip
MONTHS = (mark("Jan"), mark("Feb"), mark("Mar"), mark("Apr"), mark("May"), mark("Jun"), mark("Jul"), mark("Aug"),
          mark("Sep"), mark("Oct"), mark("Nov"), mark("Dec"))  # fmt: skip
NOTE_SHOWN = 160


def draw_row(lab: Lab, line: BookLine) -> None:
    """Pin, words and figures, a link to the bench, and the rest behind a click."""
    entry = line.entry
    pin = f"book.pin.{entry.run}"
    st.session_state[pin] = entry.pinned  # the store is the truth: another tab may have pinned it
    key = f"lab-run-{entry.run}"
    with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="center", key=key):
        st.checkbox(say("Pin run {number}", number=entry.number), key=pin, label_visibility="collapsed",
                    width="content", on_change=_pin, args=(lab, entry.run, pin))  # fmt: skip
        st.html(row_html(line))
        # No tooltips: Streamlit draws what has one twice, and there are many rows.
        st.page_link(f"pages/{entry.spec.scenario}.py", label=say("Open"), icon=":material/open_in_new:",
                     width="content", query_params={"run": entry.run})  # fmt: skip
        more = st.popover(say("Edit"), icon=":material/edit_note:", key=f"book.menu.{entry.run}", on_change="rerun")
        if more.open:
            with more:
                _menu(lab, entry)


def row_html(line: BookLine) -> str:
    """What a run is, what was changed before it, and what it came to; names and notes are escaped."""
    entry = line.entry
    state = say(STATES.get(entry.state, entry.state))
    words = [say(scenarios.get(entry.spec.scenario).title), _when(entry.created), state,
             say("weights no longer kept") if entry.dropped else "",
             say("its data are deleted") if scenarios.lost_data(entry.spec) else ""]  # fmt: skip
    note = " ".join(entry.note.split())
    note = note if len(note) <= NOTE_SHOWN else f"{note[: NOTE_SHOWN - 1]}…"
    return (
        f'<div class="lab-run"><div><b>{called(entry.number, entry.name)}</b> '
        f"<small>{html.escape(' · '.join(w for w in words if w))}</small></div>"
        f'<div class="lab-changed">{html.escape(line.changed)}</div>'
        + (f'<div class="lab-note">{html.escape(note)}</div>' if note else "")
        + f'<div class="lab-figures">{_figures(entry)}</div></div>'
    )


def change(lab: Lab, what: str, run: str, *given: object) -> None:
    """Have the book changed, as a widget's callback; what was wrong is said at the next drawing."""
    try:
        getattr(lab.runner.keeping, what)(run, lab.owner, *given)
    except LabError as error:
        st.session_state["book.problem"] = str(error)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return say("{n:.2f} s", n=value) if value < 10 else say("{n:,.0f} s", n=value)


def _figures(entry: Entry) -> str:
    """At the best epoch, and never at the last one."""
    summary = entry.summary
    cells = {say("epochs"): say("{n:,} of {total:,}", n=summary.epochs, total=entry.spec.epochs)}
    if summary.best is not None and summary.val_loss is not None:
        cells |= {say("best epoch"): f"{summary.best:,}", say("validation loss"): number(summary.val_loss),
                  say("validation accuracy"): percent(summary.val_accuracy)}  # fmt: skip
    if summary.epochs:
        cells[say("in all")] = seconds(summary.seconds)
    return "".join(f"<div><span>{name}</span> <b>{value}</b></div>" for name, value in cells.items())


def _when(created: float) -> str:
    """Day and time where the browser is."""
    zone = st.context.timezone
    try:
        moment = datetime.fromtimestamp(created, ZoneInfo(zone) if zone else None)
    except (ZoneInfoNotFoundError, ValueError):
        moment = datetime.fromtimestamp(created)
    today = datetime.now(moment.tzinfo).date()
    if moment.date() == today:
        return f"{moment:%H:%M}"
    return say("{day} {month} {year}, {time}", day=moment.day, month=say(MONTHS[moment.month - 1]),
               year=f"{moment:%Y}", time=f"{moment:%H:%M}")  # fmt: skip


def _menu(lab: Lab, entry: Entry) -> None:
    name, note = f"book.name.{entry.run}", f"book.note.{entry.run}"
    st.session_state.setdefault(name, entry.name)
    st.session_state.setdefault(note, entry.note)
    st.text_input(say("Name"), key=name, max_chars=NAME_LENGTH, placeholder=say("What to call it"),
                  on_change=_write, args=(lab, "rename", entry.run, name))  # fmt: skip
    st.text_area(say("Note"), key=note, max_chars=NOTE_LENGTH, height=80,
                 placeholder=say("What you saw, what to try next"),
                 on_change=_write, args=(lab, "note", entry.run, note))  # fmt: skip
    about = say("Stop it first.") if entry.is_live else say("It can be brought back for an hour.")
    st.button(say("Delete"), key=f"book.delete.{entry.run}", icon=":material/delete:", disabled=entry.is_live,
              help=about, on_click=change, args=(lab, "delete", entry.run))  # fmt: skip


def _pin(lab: Lab, run: str, key: str) -> None:
    change(lab, "pin", run, bool(st.session_state.get(key)))


def _write(lab: Lab, what: str, run: str, key: str) -> None:
    change(lab, what, run, str(st.session_state.get(key) or ""))
