"""The tab What moved: how far each layer has gone from where it began, and each word where words have numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.bars import MOST_IN_A_ROW, moved_figure
from core.history import Snapshot
from core.words import say
from pages.parts.forgotten import draw_forgotten
from pages.parts.plot import plot
from pages.parts.trail import draw_trail, percent

if TYPE_CHECKING:
    from core.scenarios import Scenario
    from pages.parts.bench import Bench

TICK = 1.0
"""Seconds between two looks at a live run: nobody steers by this chart."""
HEIGHT, TALL = 300, 480
"""Of the chart, in pixels; tall where many layers are named at its side."""
MOST_LINES = MOST_IN_A_ROW
"""Layers that have a line and a row each; of more, frozen neighbours share one."""
LOCK = ":material/lock:"


@dataclass(frozen=True)
class Group:
    """One layer, or frozen ones next to each other; ``moved`` is how far it has come, None for not a number."""

    layers: tuple[str, ...]
    is_frozen: bool
    moved: float | None

    @property
    def title(self) -> str:
        first, last, count = self.layers[0], self.layers[-1], len(self.layers)
        return first if count == 1 else say("{first} to {last}, {n} layers", first=first, last=last, n=count)

    @property
    def distance(self) -> str:
        """In words. That a frozen layer moved nowhere is measured too, and said only where it is so."""
        if self.moved is None:
            return say("not a number")
        if self.is_frozen and self.moved == 0:
            return say("exactly 0, bit-identical")
        return say("not at all") if self.moved == 0 else percent(self.moved)


def draw_moved(bench: Bench) -> None:
    """One line a layer, a frozen one at exactly 0; below, the words of an embedding."""
    run = bench.run
    if run is None:
        st.caption(say("Train a run: this shows how far each layer's weights move from where they began."))
        return
    st.fragment(_draw, run_every=TICK if run.is_live else None)(bench, run)


def _draw(bench: Bench, run: Snapshot) -> None:
    """All of a run as it stands now. Reruns by itself while the run is live."""
    run = bench.lab.find(run.id) or run
    _draw_layers(bench, run)
    draw_trail(bench, run)
    draw_forgotten(bench, run)


def _draw_layers(bench: Bench, run: Snapshot) -> None:
    """The chart, with the same in a table."""
    if not run.epochs:
        st.caption(say("No epoch has ended yet: this shows how far each layer's weights move from where they began."))
        return
    groups = grouped(bench.form.scenario, run)
    lines, table = st.columns([8, 4], gap="medium")
    height = TALL if len(groups) > MOST_LINES else HEIGHT
    with lines:
        _lines(f"{bench.form.scenario.name}.moved", run, groups, height)
    with table, st.container(height=height, border=False):
        _table(groups)
    st.caption(say(
        "After epoch {n:,}: relative distance |w − w₀| / |w₀| of a layer's weights w from those it began with, w₀.",
        n=run.epochs[-1].epoch,
    ))  # fmt: skip


def _lines(key: str, run: Snapshot, groups: Sequence[Group], height: int) -> None:
    names = {group.layers[0]: group.title for group in groups}
    written = say("; ").join(say("{layer}: {distance}", layer=group.title, distance=group.distance) for group in groups)
    about = say("Distance of each layer's weights from where they began. At the last epoch: {written}.",
                written=written)  # fmt: skip
    plot(moved_figure(run.epochs, list(names), run.spec.frozen, names), key, height, about)


def _table(groups: Sequence[Group]) -> None:
    """An HTML table: a screen reader goes through it row by row."""
    layer, moved = say("layer"), say("moved by")
    rows = [{layer: _layer(group), moved: group.distance} for group in groups]
    st.table(rows, border="horizontal", hide_index=True)


def _layer(group: Group) -> str:
    return f"{LOCK} {say('{layer} (frozen)', layer=group.title)}" if group.is_frozen else group.title


def grouped(scenario: Scenario, run: Snapshot) -> list[Group]:
    """The layers that have weights, from input to output; where they are many, frozen neighbours as one."""
    layers = [layer.name for layer in scenario.layers(run.spec) if layer.parameters]
    moved = run.epochs[-1].moved
    groups: list[Group] = []
    for name in layers:
        is_frozen = name in run.spec.frozen
        distance = moved.get(name, 0.0 if is_frozen else None)
        before = groups[-1] if groups else None
        if len(layers) > MOST_LINES and is_frozen and before and before.is_frozen and before.moved == distance:
            groups[-1] = Group((*before.layers, name), True, distance)
        else:
            groups.append(Group((name,), is_frozen, distance))
    return groups
