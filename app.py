"""The home page: what this is, and the scenarios to choose from."""

from __future__ import annotations

import streamlit as st

from core.scenarios import SCENARIOS
from core.words import mark, say
from pages.parts.classroom import draw_class
from pages.parts.frame import begin
from pages.parts.lab import open_lab

IRIS = mark(
    "Train a source, clone it, freeze two layers, and teach the rest four new flowers. Every number can be counted by "
    "hand."
)
IMDB = mark(
    "25,000 real reviews, 20 numbers a word. Freeze the embedding or let it learn, and watch training and validation "
    "loss part ways. Then put a review of your own under the microscope, and try a stronger source of knowledge."
)
CATS_DOGS = mark(
    "A network that saw a million photos learns two animals from a hundred pictures. Freeze it block by block, "
    "fine-tune the top, or start from nothing. Then give it a photo of your own, and see where it looked."
)
GLOVE = mark(
    "Words that learned their meaning from six billion others. Add and subtract them in the word lab, then teach a "
    "network praise and complaint from short sentences, and see which words moved."
)
LESSONS = {
    "iris": (mark("Mechanics first"), IRIS),
    "imdb": (mark("Overfitting, live"), IMDB),
    "cats_dogs": (mark("Knowledge that pays"), CATS_DOGS),
    "glove": (mark("Words as numbers"), GLOVE),
}
STEPS = (
    (":material/lock:", mark("Freeze"),
     mark("Choose which layers keep what they learned elsewhere. Frozen means bit-identical.")),
    (":material/play_arrow:", mark("Train"),
     mark("Press Train. It runs in the background; pause it, step it, stop it.")),
    (":material/insights:", mark("Watch"),
     mark("Two curves grow: training and validation loss. A sentence says what they show.")),
    (":material/rate_review:", mark("Try"), mark("Give the trained model something of your own.")),
)  # fmt: skip

begin("Transfer Lab")
draw_class(open_lab())
st.markdown(say(
    "See transfer learning happen: **knowledge learned once, kept frozen or trained on, put to a new task.** "
    "Real data, real weights, no network needed."
))  # fmt: skip
for column, (icon, title, text) in zip(st.columns(4), STEPS, strict=True):
    with column:
        st.markdown(f"{icon} **{say(title)}**")
        st.caption(say(text))
st.markdown(f"## {say('Pick a scenario')}")
for column, (name, (title, text)) in zip(st.columns(len(LESSONS)), LESSONS.items(), strict=True):
    with column, st.container(border=True):
        scenario = SCENARIOS[name]
        st.markdown(f"### {scenario.icon} {say(scenario.title)}")
        st.markdown(say("**{title}.** {text}", title=say(title), text=say(text)))
        if st.button(
            say("Open {scenario}", scenario=say(scenario.title)),
            key=f"home.{name}",
            type="primary",
            icon=":material/arrow_forward:",
        ):
            st.switch_page(f"pages/{name}.py")
st.markdown(f"## {say('What is real here')}")
st.markdown(say(
    "The same settings give the same curve, to the last bit. Both losses are measured at the same moment. What stands "
    "in for something that cannot be had without a network says so, next to it and in the library."
))  # fmt: skip
st.page_link("pages/library.py", label=say("Open the library"), icon=":material/inventory_2:")
