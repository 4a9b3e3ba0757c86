"""What this browser has brought: whose it is, where it lies and when it goes, to use again and to delete."""

from __future__ import annotations

import re
import time

import streamlit as st

from core import scenarios
from core.errors import LabError, NotYourData
from core.limits import KEPT_SECONDS
from core.runs.brought import Kept
from core.spec import RunSpec
from core.words import mark, say, say_many
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.plain import plain
from pages.parts.problem import keep_problem, kept_problem

HOURS = round(KEPT_SECONDS / 3_600)
PHOTOS_TITLE = mark("{photos} photos of {count} classes: {names}")
TEXTS_TITLE = mark("{texts} texts ({praise} praise, {complaints} complaint) from {name}")
"""What sets are called. It is kept in English, and read back to be said."""
STYLE = """<style>
[class*="st-key-lab-kept-"] { border-top: 1px solid rgba(128,128,128,0.25); padding-top: 0.4rem; }
</style>"""
BUILTIN = "builtin"


def whose() -> str:
    """Whose it is that somebody has brought."""
    return say(
        "Yours alone: of all who use this page only this browser (it holds a random token, no name) can train on it, "
        "look at it or delete it. It lies in the data folder of the computer that runs the page, where whoever runs "
        "that can read it, and is deleted {hours} hours after it was brought last, with everything made from it. Runs "
        "keep their curves and weights.",
        hours=HOURS,
    )


def said_title(title: str) -> str:
    """A kept title in the language spoken; any that is not of the two kinds is somebody's own and stays."""
    for template in (PHOTOS_TITLE, TEXTS_TITLE):
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template))
        if found := re.fullmatch(pattern, title):
            return say(template, **found.groupdict())
    return title


def keep(lab: Lab, data: str, kind: str, title: str) -> None:
    """Note that this browser has just brought a set; the day until it goes begins anew.

    Raises:
        LabError: when that cannot be written.
    """
    lab.runner.brought.add(data, lab.owner, kind, title)


def draw_kept(form: Form, lab: Lab) -> None:
    """What this browser has brought of the kind that the scenario trains on, newest first."""
    if problem := kept_problem(form, "kept.problem"):
        st.warning(problem, icon=":material/error:")
    keep_problem(form, "kept.problem", None)
    try:
        kept = [k for k in lab.runner.brought.of(lab.owner) if k.kind == form.scenario.brings]
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return
    if not kept:
        yours = whose()
        what = yours[0].lower() + yours[1:]
        st.caption(say("Nothing brought in this browser yet. What you bring is {what}", what=what))
        return
    st.html(STYLE)
    st.markdown(f"**{say('Brought in this browser')}**")
    for one in kept:
        _row(form, lab, one)
    st.caption(whose())


def say_refused(form: Form, error: NotYourData) -> None:
    """Of data that another browser brought, why they cannot be trained on, and a way on."""
    st.warning(str(error), icon=":material/lock:")
    st.button(say("Take the built-in data"), key=form.key("kept.builtin"), icon=":material/undo:", on_click=_use,
              args=(form, BUILTIN))  # fmt: skip


def say_lost(spec: RunSpec) -> None:
    """Of a run whose data are not here any more, that its curve stays."""
    if scenarios.lost_data(spec):
        lost = say(
            "The data of this run are deleted, or were never on this computer. Its curve stays; to train it again, "
            "bring the same data again."
        )
        st.caption(f":material/delete: {lost}")


def goes_in(seconds: float) -> str:
    """When something is deleted, in words."""
    hours = seconds / 3_600
    if hours >= 1.5:
        return say("in {hours:.0f} hours", hours=hours)
    return say_many("in one minute", "in {n} minutes", max(1, round(seconds / 60)))


def _row(form: Form, lab: Lab, one: Kept) -> None:
    """One set; Delete asks once more."""
    name = one.data.rpartition(":")[2][:12]
    in_hand = form.get("data") == one.data
    with st.container(key=f"lab-kept-{form.scenario.name}-{name}", gap="xsmall"):
        now = f" · :green[{say('in the settings now')}]" if in_hand else ""
        goes = say("deleted {when}", when=goes_in(one.left(time.time())))
        st.markdown(f"{plain(said_title(one.title))}  \n:small[{goes}{now} · `{one.data[:19]}…`]")
        if form.get("kept.asked") == one.data:
            _confirm(form, lab, one)
            return
        with st.container(horizontal=True, gap="small"):
            st.button(say("Use"), key=form.key(f"kept.use.{name}"), icon=":material/check:", disabled=in_hand,
                      on_click=_use, args=(form, one.data), help=say("Train the next run on it."))  # fmt: skip
            st.button(say("Delete"), key=form.key(f"kept.delete.{name}"), icon=":material/delete:",
                      on_click=form.put, args=("kept.asked", one.data))  # fmt: skip


def _confirm(form: Form, lab: Lab, one: Kept) -> None:
    asked = say("Delete this set and everything made from it? It cannot be brought back from here.")
    st.markdown(f":material/warning: {asked}")
    with st.container(horizontal=True, gap="small"):
        st.button(say("Delete for good"), key=form.key("kept.sure"), icon=":material/delete_forever:", type="primary",
                  on_click=_delete, args=(form, lab, one.data))  # fmt: skip
        st.button(say("Keep it"), key=form.key("kept.no"), on_click=form.put, args=("kept.asked", None))


def _use(form: Form, data: str) -> None:
    """As a callback."""
    form.put("data", data)
    form.adapt("data")


def _delete(form: Form, lab: Lab, data: str) -> None:
    """As a callback: what the next run was to be trained on gives way to the built-in data."""
    form.put("kept.asked", None)
    if form.get("data") == data:  # before: what hangs on the set's size gives way with it
        _use(form, BUILTIN)
    try:
        lab.runner.brought.delete(data, lab.owner)
    except LabError as error:
        keep_problem(form, "kept.problem", str(error))
