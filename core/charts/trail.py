"""A map of words that wander while a network learns: rings where they began, thin trails, each word where it is."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.charts.palette import NEGATIVE, NEUTRAL, POSITIVE
from core.words import mark, say

Figure = dict[str, Any]

LOOKS = {
    mark("praise"): (POSITIVE, "circle"),
    mark("complaint"): (NEGATIVE, "x"),
    mark("neither"): (NEUTRAL, "square"),
}
"""Colour and mark of each kind of word, as on the maps of reviews."""
WIDE, HIGH = 540, 440
"""Pixels between the outermost places, about: how large a label is beside them."""
LETTER, LINE, DOT = 7.2, 15, 10
SIDES = {
    "middle right": (1, 0), "middle left": (-1, 0), "top center": (0, 1), "bottom center": (0, -1),
    "top right": (1, 1), "bottom right": (1, -1), "top left": (-1, 1), "bottom left": (-1, -1),
}  # fmt: skip
WAY_BOXES = 6
"""Places along a word's way that labels keep clear of."""
MOST_STEPS = 60
"""Places along one word's trail, at most: two thousand epochs for forty words would be megabytes."""


def trail_figure(words: Sequence[str], kinds: Sequence[str], places: np.ndarray, moved: np.ndarray,
                 epoch: int) -> Figure:  # fmt: skip
    """Words after ``epoch`` of their epochs. ``places`` is (epochs + 1, words, 2) and ``moved`` (epochs + 1, words) the
    relative distance from the beginning, both finite or not a number; ``kinds`` are praise, complaint or neither.

    Axes are the same for every epoch, and so are the traces, their order and their names: a slider moves points alone.
    """
    sides = _sides(words, places, epoch)
    rows = {kind: [n for n, given in enumerate(kinds) if given == kind] for kind in LOOKS}
    traces = [_trails(kind, rows[kind], places[: epoch + 1]) for kind in LOOKS]
    traces.append(_rings(places[0]))
    traces += [_dots(kind, rows[kind], words, places[epoch], moved[epoch], sides) for kind in LOOKS]
    return {"data": traces, "layout": _layout(words, places)}


def _trails(kind: str, rows: Sequence[int], places: np.ndarray) -> Figure:
    """The ways from the beginning, with a gap after each word's."""
    steps = np.unique(np.linspace(0, len(places) - 1, min(len(places), MOST_STEPS)).round().astype(int))
    ways = [[*(_place(p) for p in places[steps, n]), (None, None)] for n in rows]
    return {
        "type": "scatter",
        "uid": f"way-{kind}",
        "mode": "lines",
        "x": [x for way in ways for x, _ in way],
        "y": [y for way in ways for _, y in way],
        "line": {"color": LOOKS[kind][0], "width": 1.2},
        "opacity": 0.6,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _rings(places: np.ndarray) -> Figure:
    return {
        "type": "scatter",
        "name": say("where it began"),
        "uid": "began",
        "mode": "markers",
        "x": [_place(p)[0] for p in places],
        "y": [_place(p)[1] for p in places],
        "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 6, "color": NEUTRAL, "line": {"width": 1}},
    }


def _dots(kind: str, rows: Sequence[int], words: Sequence[str], places: np.ndarray, moved: np.ndarray,
          sides: Sequence[str]) -> Figure:  # fmt: skip
    color, symbol = LOOKS[kind]
    return {
        "type": "scatter",
        "name": say(kind),
        "uid": f"now-{kind}",
        "mode": "markers+text",
        "x": [_place(places[n])[0] for n in rows],
        "y": [_place(places[n])[1] for n in rows],
        "text": [html.escape(words[n]) for n in rows],
        "textposition": [sides[n] for n in rows],
        "textfont": {"size": 12},
        "cliponaxis": False,
        "customdata": [_moved(moved[n]) for n in rows],
        "hovertemplate": "%{text}: %{customdata}<extra></extra>",
        "marker": {"color": color, "symbol": symbol, "size": 8, "line": {"color": NEUTRAL, "width": 1}},
        "showlegend": bool(rows),
    }


def _moved(share: float) -> str:
    return say("moved by {share:.1%}", share=share) if np.isfinite(share) else say("began at 0")


def _sides(words: Sequence[str], places: np.ndarray, epoch: int) -> list[str]:
    """For each word the side of its dot where its label covers least of the dots, the ways and the labels before it."""
    low, reach = _reach(places)
    steps = np.linspace(0, epoch, WAY_BOXES).round().astype(int)
    spots = (places[steps] - low) / reach * (WIDE, HIGH)
    dots = _boxes(spots.reshape(-1, 2), DOT, DOT)
    taken, sides = np.concatenate([dots, np.zeros((len(words), 4))]), []
    for number, (word, spot) in enumerate(zip(words, spots[-1], strict=True)):
        boxes = _boxes(spot + [_step(word, *towards) for towards in SIDES.values()], LETTER * len(word), LINE)
        best = int(_covered(boxes, taken).argmin())  # the first of equals
        taken[len(dots) + number] = boxes[best]
        sides.append(list(SIDES)[best])
    return sides


def _step(word: str, right: int, up: int) -> tuple[float, float]:
    """From a dot to the middle of its label on one side."""
    return right * (LETTER * len(word) + DOT) / 2, up * (LINE + DOT * (right == 0)) / 2


def _boxes(middles: np.ndarray, wide: float, high: float) -> np.ndarray:
    """Left, bottom, right and top of boxes of one size, (n, 4)."""
    half = np.array([wide, high]) / 2
    return np.concatenate([middles - half, middles + half], axis=1)


def _covered(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """How much of what is taken each box covers, (boxes,)."""
    shared = np.minimum(boxes[:, None, 2:], taken[None, :, 2:]) - np.maximum(boxes[:, None, :2], taken[None, :, :2])
    covered: np.ndarray = shared.clip(0).prod(axis=2).sum(axis=1)
    return covered


def _reach(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least of all places, and how far the others go beyond it along each axis, 1 where they do not."""
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    return low, np.where(high > low, high - low, 1.0)


def _place(place: np.ndarray) -> tuple[float, float]:
    return float(f"{place[0]:.4g}"), float(f"{place[1]:.4g}")


def _layout(words: Sequence[str], places: np.ndarray) -> Figure:
    """Axes without ticks, for directions have no unit, with room for the longest word at either end."""
    low, reach = _reach(places)
    rooms = (min(0.2, (LETTER * max(map(len, words)) + DOT) / WIDE), 1.5 * LINE / HIGH)
    axis = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "showline": True,
            "mirror": True, "title": {"text": ""}}  # fmt: skip
    ranges = [[float(low[n] - room * reach[n]), float(low[n] + (1 + room) * reach[n])] for n, room in enumerate(rooms)]
    return {
        "uirevision": "keep",
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"},
        "xaxis": {**axis, "range": ranges[0]},
        "yaxis": {**axis, "range": ranges[1]},
    }
