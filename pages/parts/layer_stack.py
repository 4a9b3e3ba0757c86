"""The layers of the next run, input at the bottom, each with its switch, and what the switches come to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from core.scenarios import Layer
from core.words import say
from pages.parts.blocks import draw_blocks, percent, share_bar
from pages.parts.classroom import is_shown
from pages.parts.form import Form

MOST_CARDS = 6
"""A network of more layers is drawn as blocks: its cards would be longer than the page."""


def draw_stack(form: Form) -> None:
    """The layers with their switches, the output on top, and one sentence on what will change."""
    layers, frozen = form.layers(), form.frozen()
    change = _change(layers, frozen, follows=form.get("batch_norm") == "training")
    with st.container(key="lab-stack"):
        if len(layers) > MOST_CARDS:
            draw_blocks(form, layers, change.sentence)
        else:
            _draw_cards(form, layers)
            st.info(change.sentence, icon=":material/lock:" if change.kept else ":material/lock_open:")


@dataclass(frozen=True)
class _Change:
    """How many numbers training will change, of how many; how many follow the pictures, and how many stay."""

    trainable: int
    total: int
    moving: int

    @property
    def kept(self) -> int:
        return self.total - self.trainable - self.moving

    @property
    def sentence(self) -> str:
        said = [say("**{n:,}** of {total:,} numbers will change.", n=self.trainable, total=self.total)]
        if self.moving:
            said.append(say("{n:,} averages of batch norm follow the pictures.", n=self.moving))
        if self.kept:
            said.append(say("{n:,} stay exactly as they are.", n=self.kept))
        return " ".join(said)


def change_sentence(layers: Sequence[Layer], frozen: Collection[str], follows: bool = False) -> str:
    """How many numbers training will change. Batch norm's averages are never trained; of trainable layers they follow
    the pictures where batch norm ``follows`` them."""
    return _change(layers, frozen, follows).sentence


def _change(layers: Sequence[Layer], frozen: Collection[str], follows: bool) -> _Change:
    total = sum(layer.parameters for layer in layers)
    trainable = sum(layer.trainable for layer in layers if layer.name not in frozen)
    moving = sum(layer.statistics for layer in layers if layer.name not in frozen) if follows else 0
    return _Change(trainable, total, moving)


def _draw_cards(form: Form, layers: Sequence[Layer]) -> None:
    total = sum(layer.parameters for layer in layers)
    for layer in reversed(layers):
        with st.container(border=True, key=f"lab-card-{layer.name}"):
            _card(form, layer, layer.parameters / total)


def _card(form: Form, layer: Layer, share: float) -> None:
    is_trainable = not layer.fixed and form.get(f"trainable.{layer.name}") is not False
    about = f"{say(layer.kind)} {layer.output}" + (f", {layer.activation}" if layer.activation else "")
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall"):
        st.html(f'<div class="lab-layer"><b>{layer.name}</b><br><small>{about}</small></div>')
        if layer.fixed:
            st.toggle(say("frozen"), value=False, key=form.key(f"fixed.{layer.name}"), disabled=True, width="content")
        elif layer.parameters:
            label = say("trainable") if is_trainable else say("frozen")
            st.toggle(label, key=form.key(f"trainable.{layer.name}"), persist_state="session", width="content",
                      disabled=not is_shown("layers"))  # fmt: skip
    if not layer.parameters:
        return
    numbers = say("{n:,} numbers · {share}", n=layer.parameters, share=percent(share))
    st.html(f'<div class="lab-layer"><small>{numbers}</small>{share_bar(share, is_trainable)}</div>')
    if layer.fixed:
        st.caption(f":material/lock: {say(layer.fixed)}")
    elif layer.cost and is_trainable:
        st.caption(f":material/hourglass_top: {say(layer.cost)}")
