"""The layers of the next run, input at the bottom, each with its switch, and what the switches come to."""

from __future__ import annotations

import streamlit as st

from core.charts.palette import NEUTRAL, POSITIVE
from core.scenarios import Layer
from pages.parts.form import Form


def draw_stack(form: Form) -> None:
    """One card a layer, the output on top, and one sentence on what will change."""
    layers, frozen_names = form.layers(), form.frozen()
    total = sum(layer.parameters for layer in layers)
    trainable = sum(layer.parameters for layer in layers if layer.name not in frozen_names)
    with st.container(key="lab-stack"):
        for layer in reversed(layers):
            with st.container(border=True, key=f"lab-card-{layer.name}"):
                _card(form, layer, layer.parameters / total)
        frozen = total - trainable
        kept = f" {frozen:,} stay exactly as they are." if frozen else ""
        icon = ":material/lock:" if frozen else ":material/lock_open:"
        st.info(f"**{trainable:,}** of {total:,} numbers will change.{kept}", icon=icon)


def _card(form: Form, layer: Layer, share: float) -> None:
    is_trainable = not layer.fixed and form.get(f"trainable.{layer.name}") is not False
    about = f"{layer.kind} {layer.output}" + (f", {layer.activation}" if layer.activation else "")
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall"):
        st.html(f'<div class="lab-layer"><b>{layer.name}</b><br><small>{about}</small></div>')
        if layer.fixed:
            st.toggle("frozen", value=False, key=form.key(f"fixed.{layer.name}"), disabled=True, width="content")
        else:
            label = "trainable" if is_trainable else "frozen"
            st.toggle(label, key=form.key(f"trainable.{layer.name}"), persist_state="session", width="content")
    colour = POSITIVE if is_trainable else NEUTRAL
    st.html(
        f'<div class="lab-layer"><small>{layer.parameters:,} numbers · {_percent(share)}</small>'
        f'<div class="lab-share"><i style="width:{100 * share:.2f}%;background:{colour}"></i></div></div>'
    )
    if layer.fixed:
        st.caption(f":material/lock: {layer.fixed}")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.3f} %"
