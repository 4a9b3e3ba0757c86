"""What this browser has brought: whose it is, where it lies and when it goes, to use again and to delete."""

from __future__ import annotations

import time

import streamlit as st

from core import scenarios
from core.errors import LabError, NotYourData
from core.limits import KEPT_SECONDS
from core.runs.brought import Kept
from core.spec import RunSpec
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.plain import plain

HOURS = round(KEPT_SECONDS / 3_600)
WHOSE = (
    "Yours alone: of all who use this page only this browser (it holds a random token, no name) can train on it, look "
    "at it or delete it. It lies in the data folder of the computer that runs the page, where whoever runs that can "
    f"read it, and is deleted {HOURS} hours after it was brought last, with everything made from it. Runs keep their "
    "curves and weights."
)
STYLE = """<style>
[class*="st-key-lab-kept-"] { border-top: 1px solid rgba(128,128,128,0.25); padding-top: 0.4rem; }
</style>"""
BUILTIN = "builtin"


def keep(lab: Lab, data: str, kind: str, title: str) -> None:
    """Note that this browser has just brought a set; the day until it goes begins anew.

    Raises:
        LabError: when that cannot be written.
    """
    lab.runner.brought.add(data, lab.owner, kind, title)


def draw_kept(form: Form, lab: Lab) -> None:
    """What this browser has brought of the kind that the scenario trains on, newest first."""
    if problem := form.get("kept.problem"):
        st.warning(problem, icon=":material/error:")
        form.put("kept.problem", None)
    try:
        kept = [k for k in lab.runner.brought.of(lab.owner) if k.kind == form.scenario.brings]
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return
    if not kept:
        st.caption(f"Nothing brought in this browser yet. What you bring is {WHOSE[0].lower()}{WHOSE[1:]}")
        return
    st.html(STYLE)
    st.markdown("**Brought in this browser**")
    for one in kept:
        _row(form, lab, one)
    st.caption(WHOSE)


def say_refused(form: Form, error: NotYourData) -> None:
    """Of data that another browser brought, why they cannot be trained on, and a way on."""
    st.warning(str(error), icon=":material/lock:")
    st.button("Take the built-in data", key=form.key("kept.builtin"), icon=":material/undo:", on_click=_use,
              args=(form, BUILTIN))  # fmt: skip


def say_lost(spec: RunSpec) -> None:
    """Of a run whose data are not here any more, that its curve stays."""
    if scenarios.lost_data(spec):
        st.caption(
            ":material/delete: The data of this run are deleted, or were never on this computer. Its curve stays; to "
            "train it again, bring the same data again."
        )


def goes_in(seconds: float) -> str:
    """When something is deleted, in words."""
    hours = seconds / 3_600
    if hours >= 1.5:
        return f"in {hours:.0f} hours"
    minutes = max(1, round(seconds / 60))
    return "in one minute" if minutes == 1 else f"in {minutes} minutes"


def _row(form: Form, lab: Lab, one: Kept) -> None:
    """One set; Delete asks once more."""
    name = one.data.rpartition(":")[2][:12]
    in_hand = form.get("data") == one.data
    with st.container(key=f"lab-kept-{form.scenario.name}-{name}", gap="xsmall"):
        mark = " · :green[in the settings now]" if in_hand else ""
        goes = goes_in(one.left(time.time()))
        st.markdown(f"{plain(one.title)}  \n:small[deleted {goes}{mark} · `{one.data[:19]}…`]")
        if form.get("kept.asked") == one.data:
            _confirm(form, lab, one)
            return
        with st.container(horizontal=True, gap="small"):
            st.button("Use", key=form.key(f"kept.use.{name}"), icon=":material/check:", disabled=in_hand,
                      on_click=_use, args=(form, one.data), help="Train the next run on it.")  # fmt: skip
            st.button("Delete", key=form.key(f"kept.delete.{name}"), icon=":material/delete:",
                      on_click=form.put, args=("kept.asked", one.data))  # fmt: skip


def _confirm(form: Form, lab: Lab, one: Kept) -> None:
    st.markdown(":material/warning: Delete this set and everything made from it? It cannot be brought back from here.")
    with st.container(horizontal=True, gap="small"):
        st.button("Delete for good", key=form.key("kept.sure"), icon=":material/delete_forever:", type="primary",
                  on_click=_delete, args=(form, lab, one.data))  # fmt: skip
        st.button("Keep it", key=form.key("kept.no"), on_click=form.put, args=("kept.asked", None))


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
        form.put("kept.problem", str(error))
