"""Break it: a gallery of mistakes, each one press away from a good setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import scenarios
from core.experiments.slips import Slip, gallery
from core.spec import RunSpec
from core.words import mark, say
from pages.parts.classroom import why_paused
from pages.parts.experiment import start
from pages.parts.slip_text import words

if TYPE_CHECKING:
    from pages.parts.bench import Bench

ACROSS = 2
ABOUT = mark(
    "Each card trains a small good setting, made from yours, and the same with one mistake in it: both curves, what "
    "the mistake cost in figures, why, and what mends it. Your own settings stay as they are."
)


def draw_break_it(bench: Bench) -> None:
    """The cards; the pair of runs in hand takes their place."""
    setting = bench.spec or scenarios.parse({"scenario": bench.form.scenario.name, **bench.form.variant})
    st.caption(say(ABOUT))
    columns = st.columns(ACROSS, gap="small")
    for number, (slip, applies, reason) in enumerate(gallery(setting)):
        with columns[number % ACROSS]:
            _card(bench, setting, slip, "" if applies else reason)


def _card(bench: Bench, setting: RunSpec, slip: Slip, reason: str) -> None:
    form = bench.form
    with st.container(border=True, key=f"lab-slip-{slip.id}", gap="small"):
        paused = why_paused()
        about = paused or reason or say("Train both: as it should be, and with the mistake.")
        pressed = st.button(say(slip.title), key=form.key(f"slip.{slip.id}"), icon=slip.icon, help=about,
                            disabled=bool(reason or paused), width="stretch")  # fmt: skip
        st.markdown(say(slip.what))
        if reason:
            st.caption(f":material/block: {reason}")
        with st.expander(say("Why, and what mends it")):
            st.markdown(words(slip))
        if pressed:
            start(bench.lab, form, {"kind": "mistake", "setting": setting.flat(), "mistake": slip.id})
