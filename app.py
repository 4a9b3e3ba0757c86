"""The home page: what this is, and the scenarios to choose from."""

from __future__ import annotations

import streamlit as st

from core.scenarios import SCENARIOS
from pages.parts.classroom import draw_class
from pages.parts.frame import begin
from pages.parts.lab import open_lab

IRIS = (
    "Train a source, clone it, freeze two layers, and teach the rest four new flowers. Every number can be counted by "
    "hand."
)
IMDB = (
    "25,000 real reviews, 20 numbers a word. Freeze the embedding or let it learn, and watch training and validation "
    "loss part ways. Then put a review of your own under the microscope, and try a stronger source of knowledge."
)
CATS_DOGS = (
    "A network that saw a million photos learns two animals from a hundred pictures. Freeze it block by block, "
    "fine-tune the top, or start from nothing. Then give it a photo of your own, and see where it looked."
)
GLOVE = (
    "Words that learned their meaning from six billion others. Add and subtract them in the word lab, then teach a "
    "network praise and complaint from short sentences, and see which words moved."
)
LESSONS = {
    "iris": ("Mechanics first", IRIS),
    "imdb": ("Overfitting, live", IMDB),
    "cats_dogs": ("Knowledge that pays", CATS_DOGS),
    "glove": ("Words as numbers", GLOVE),
}
STEPS = (
    (":material/lock:", "Freeze", "Choose which layers keep what they learned elsewhere. Frozen means bit-identical."),
    (":material/play_arrow:", "Train", "Press Train. It runs in the background; pause it, step it, stop it."),
    (":material/insights:", "Watch", "Two curves grow: training and validation loss. A sentence says what they show."),
    (":material/rate_review:", "Try", "Give the trained model something of your own."),
)

begin("Transfer Lab")
draw_class(open_lab())
st.markdown(
    "See transfer learning happen: **knowledge learned once, kept frozen or trained on, put to a new task.** "
    "Real data, real weights, no network needed."
)
for column, (icon, title, text) in zip(st.columns(4), STEPS, strict=True):
    with column:
        st.markdown(f"{icon} **{title}**")
        st.caption(text)
st.markdown("### Pick a scenario")
for column, (name, (title, text)) in zip(st.columns(len(LESSONS)), LESSONS.items(), strict=True):
    with column, st.container(border=True):
        scenario = SCENARIOS[name]
        st.markdown(f"#### {scenario.icon} {scenario.title}")
        st.markdown(f"**{title}.** {text}")
        if st.button(f"Open {scenario.title}", key=f"home.{name}", type="primary", icon=":material/arrow_forward:"):
            st.switch_page(f"pages/{name}.py")
st.markdown("### What is real here")
st.markdown(
    "The same settings give the same curve, to the last bit. Both losses are measured at the same moment. What stands "
    "in for something that cannot be had without a network says so, next to it and in the library."
)
st.page_link("pages/library.py", label="Open the library", icon=":material/inventory_2:")
