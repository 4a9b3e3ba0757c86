"""A class as dots: how much is frozen against the best validation accuracy, told apart by colour and by marker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core.charts.palette import NEUTRAL, SERIES
from core.words import say

COLORS = (*SERIES[:3], NEUTRAL)
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross")
SIZE, MORE, LARGEST = 13, 4, 34
"""Points across one dot, and how much many on one spot add."""
BESIDE = 0.026
"""Between two scenarios on the same spot, as a share of the layers: else one would hide the other."""

Figure = dict[str, Any]


@dataclass(frozen=True)
class Spot:
    """So many browsers on one spot: the scenario's place in the list of all and its title, how many of its layers are
    frozen, which share of its numbers stays, the accuracy, both 0 to 1, and whether they train now."""

    scenario: int
    title: str
    frozen: int
    layers: int
    kept: float
    accuracy: float
    is_live: bool
    browsers: int

    @property
    def share(self) -> float:
        return self.frozen / self.layers if self.layers else 0.0


def dots_figure(spots: Sequence[Spot]) -> Figure:
    """One trace a scenario for runs that are over, and a hollow one for those under way; one name for both."""
    ordered = sorted(spots, key=lambda s: (s.scenario, s.is_live))
    places = sorted({s.scenario for s in spots})
    traces: list[Figure] = []
    for (scenario, _), group in groupby(ordered, key=lambda s: (s.scenario, s.is_live)):
        shift = BESIDE * (places.index(scenario) - (len(places) - 1) / 2)
        traces.append(_trace(list(group), shift))
        is_second = len(traces) > 1 and traces[-2]["legendgroup"] == traces[-1]["legendgroup"]
        traces[-1]["showlegend"] = not is_second
    return {"data": traces, "layout": _layout(spots)}


def _trace(spots: Sequence[Spot], shift: float) -> Figure:
    first = spots[0]
    color, symbol = COLORS[first.scenario % len(COLORS)], MARKERS[first.scenario % len(MARKERS)]
    sizes = [min(LARGEST, SIZE + MORE * math.sqrt(s.browsers - 1)) for s in spots]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": first.title,
        "legendgroup": f"class-{first.scenario}",
        "uid": f"class-{first.scenario}-{'live' if first.is_live else 'over'}",
        "x": [round(s.share + shift, 4) for s in spots],
        "y": [s.accuracy for s in spots],
        "text": [f"×{s.browsers}" if s.browsers > 1 else "" for s in spots],
        "textposition": "top center",
        "hovertext": [_about(s) for s in spots],
        "hoverinfo": "text",
        "cliponaxis": False,
        "marker": {
            "symbol": f"{symbol}-open" if first.is_live else symbol,
            "size": [round(size, 1) for size in sizes],
            "color": color,
            "opacity": 1 if first.is_live else 0.8,
            "line": {"color": color, "width": 2},
        },
    }


def _about(spot: Spot) -> str:
    return say(
        "{scenario}: {frozen} of {layers} layers frozen, {kept:.1%} of the numbers stay, accuracy {accuracy:.1%}",
        scenario=spot.title, frozen=spot.frozen, layers=spot.layers, kept=spot.kept, accuracy=spot.accuracy,
    )  # fmt: skip


def _layout(spots: Sequence[Spot]) -> Figure:
    """Both axes are shares. The lower end goes down by quarters, so that the picture seldom jumps."""
    low = math.floor(4 * min((s.accuracy for s in spots), default=0.5) - 0.1) / 4
    return {
        "uirevision": "class",
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 60, "r": 34, "t": 34, "b": 46},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "showlegend": True,
        "xaxis": {"title": {"text": say("share of the layers that are frozen")}, "range": [-0.05, 1.08],
                  "tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        "yaxis": {"title": {"text": say("best validation accuracy")}, "range": [max(0, low) - 0.02, 1.03],
                  "tickformat": ".0%"},
    }  # fmt: skip
