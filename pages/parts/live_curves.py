"""The curves of the run in hand with faint ones beside it, and a sentence that says what they show."""

from __future__ import annotations

import streamlit as st

from core.charts.curves import Expected, Ghost, accuracy_figure, loss_figure
from core.history import Snapshot
from core.words import mark, say
from pages.parts.address import Shown
from pages.parts.lab import Lab
from pages.parts.plot import plot
from pages.parts.story import Story

LOSS_HEIGHT, ACCURACY_HEIGHT = 330, 230
TONES = {
    "quiet": ("gray", ":material/hourglass_empty:"),
    "good": ("green", ":material/check_circle:"),
    "warning": ("orange", ":material/insights:"),
    "bad": ("red", ":material/warning:"),
}
FEW = mark("Too few epochs to say anything yet.")
WAITING = {
    "queued": mark("Waiting for a worker: all are taken. A paused run keeps its own."),
    "starting": mark(
        "A worker is warming up: the first run waits some seconds for TensorFlow, later ones start at once."
    ),
}
MOST_NAMED = 4
"""Layers that are named one by one."""


def draw_curves(
    lab: Lab, shown: Shown, run: Snapshot | None, story: Story, key: str, expected: Expected | None = None
) -> None:
    """Loss and accuracy. The x axis is fixed to the planned epochs, those of parent runs included."""
    patience = run.spec.patience if run and run.spec.early_stopping else None
    told = (story.epochs, story.axis, story.outcome, _ghosts(lab, shown), story.dividers, patience)
    sentence = f"{story.reading.headline} {story.reading.evidence}".strip()
    about = say("Training and validation loss by epoch. {sentence}", sentence=sentence)
    plot(loss_figure(*told, expected=expected), f"{key}.loss", LOSS_HEIGHT, about)
    about = say("Training and validation accuracy by epoch. {sentence}", sentence=sentence)
    plot(accuracy_figure(*told), f"{key}.accuracy", ACCURACY_HEIGHT, about)


def draw_reading(run: Snapshot | None, story: Story) -> None:
    """What the curve shows now, in words. It stands where its length moves nothing else."""
    reading = story.reading
    colour, icon = TONES[reading.tone]
    if reading.headline:
        st.markdown(f":{colour}[{icon} **{reading.headline}**] {reading.evidence}")
    elif run is None:
        st.markdown(f":gray[:material/play_arrow: {say('Press **Train**: the curves grow, epoch by epoch.')}]")
    else:
        st.markdown(f":gray[:material/hourglass_empty: {say(WAITING.get(run.state, FEW))}]")
    if run is not None and run.cached:
        kept = _in_short(run.cached)
        st.caption(say("Frozen, so computed once and kept: {layers}. Training goes on from there.", layers=kept))


def _in_short(layers: str) -> str:
    """Many layers by the first and the last of them."""
    names = layers.split(", ")
    if len(names) <= MOST_NAMED:
        return layers
    return say("{first} to {last} ({n} layers)", first=names[0], last=names[-1], n=len(names))


def _ghosts(lab: Lab, shown: Shown) -> list[Ghost]:
    found = [(label, lab.find(run)) for run, label in shown.beside]
    return [Ghost(say(label), s.epochs, s.number, s.name) for label, s in found if s is not None]
