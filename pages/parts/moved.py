"""The tab What moved: how far each layer has gone from where it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.bars import moved_figure
from pages.parts.plot import plot

if TYPE_CHECKING:
    from pages.parts.bench import Bench

MOST_LINES = 8
"""Lines on the chart; of more layers, the frozen ones share one."""


def draw_moved(bench: Bench) -> None:
    """One line a layer; a frozen one lies at exactly 0."""
    run = bench.run
    if run is None or not run.epochs:
        st.caption("Train a run: this shows how far each layer's weights move from where they began.")
        return
    names = [layer.name for layer in bench.form.scenario.layers(run.spec) if layer.parameters]
    written = _written(names, run.epochs[-1].moved)
    still = [name for name in names if name in run.spec.frozen]
    names = [name for name in names if name not in still[1:] or len(names) <= MOST_LINES]  # one line stands for them
    plot(
        moved_figure(run.epochs, names, run.spec.frozen),
        f"{bench.form.scenario.name}.moved",
        300,
        f"Distance of each layer's weights from where they began. At the last epoch: {written}.",
    )
    st.caption(
        f"Relative distance |w − w₀| / |w₀|. Now: {written}. A frozen layer's weights are bit for bit what they were."
    )


def _written(names: Sequence[str], moved: Mapping[str, float | None]) -> str:
    """How far each layer has come; those that did not move together, where they are many."""
    still = [name for name in names if not moved.get(name)]
    away = [f"{name} {100 * (moved[name] or 0):.1f} %" for name in names if name not in still]
    if len(still) > MOST_LINES:
        return ", ".join([*away, f"{len(still)} layers not at all"])
    return ", ".join([*away, *(f"{name} not at all" for name in still)])
