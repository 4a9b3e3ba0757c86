"""Maps of texts: where the numbers of reviews or sentences lie along two directions; axes have no unit, so no ticks."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from core.charts.palette import NEGATIVE, NEUTRAL, POSITIVE, SERIES
from core.words import mark, say

Figure = dict[str, Any]
Place = Sequence[float]

HOVER, HOVER_LINE = 80, 40
"""Characters of a text that a pointer shows, and how many of them stand on one line."""
REACH = 0.08
"""How far a sentence's number stands from its dot, as a share of the map."""
SIDES = {
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top center": (0, 1),
    "bottom center": (0, -1),
    "top right": (0.8, 0.8),
    "bottom left": (-0.8, -0.8),
    "top left": (-0.8, 0.8),
    "bottom right": (0.8, -0.8),
}
"""As many as there may be sentences, in the order they are tried."""


def map_figure(reviews: Mapping[str, Any], place: Place | None, near: Sequence[Place] = ()) -> Figure:
    """Training reviews as dots, and the review asked about as a star at ``place``.

    ``reviews`` holds ``x``, ``y``, ``labels`` (1 praise, 0 complaint) and ``texts``, all of one length; ``near``
    holds the places of its nearest reviews, drawn as rings. There are four traces whatever is given.
    """
    asked = [place] if place is not None and _is_finite(place) else []
    traces = [
        _reviews(reviews, 1, mark("praise"), {"color": POSITIVE, "symbol": "circle"}),
        _reviews(reviews, 0, mark("complaint"), {"color": NEGATIVE, "symbol": "x"}),
        _rings([p for p in near if _is_finite(p)]),
        _star(asked),
    ]
    return {"data": traces, "layout": _layout() | {"annotations": [_star_label(p) for p in asked]}}


def map_caption(reviews: Mapping[str, Any]) -> str:
    """What the map shows and how much it leaves out, said."""
    count, along = len(reviews["x"]), directions(reviews["share"])
    if _is_part(reviews["share"]):
        return say(
            "{n:,} of the training reviews, seen along {directions}: near dots are reviews with similar numbers; the "
            "rest cannot be seen here.",
            n=count,
            directions=along,
        )
    return say(
        "{n:,} of the training reviews, seen along {directions}: near dots are reviews with similar numbers.",
        n=count,
        directions=along,
    )


def directions(share: float | None) -> str:
    """How much of the numbers' spread a flat map keeps, said: ``share`` is 0 to 1, or unknown."""
    if share is None or not math.isfinite(share):
        return say("two directions")
    # The space before the sign does not break.
    return say("two directions that keep {percent:.0f}\u00a0% of the spread", percent=100 * share)


def sentences_figure(points: Sequence[Place], texts: Sequence[str]) -> Figure:
    """Sentences as dots with their numbers 1..n beside them; the text itself on hover."""
    trace = {
        "type": "scatter",
        "uid": "sentences",
        "mode": "markers+text",
        "x": [_short(p[0]) for p in points],
        "y": [_short(p[1]) for p in points],
        "text": [f" <b>{n}</b> " for n in range(1, len(points) + 1)],
        "textposition": _sides(points),
        "textfont": {"size": 15},
        "cliponaxis": False,
        "customdata": [_hover(t) for t in texts],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"size": 13, "color": SERIES[0], "line": {"color": NEUTRAL, "width": 1}},
    }
    layout = _layout() | {"showlegend": False, "margin": {"l": 4, "r": 4, "t": 4, "b": 4}}
    (x_range, y_range) = (_range([p[axis] for p in points]) for axis in (0, 1))
    layout["xaxis"] = layout["xaxis"] | {"range": x_range}
    layout["yaxis"] = layout["yaxis"] | {"range": y_range}
    return {"data": [trace], "layout": layout}


def _reviews(reviews: Mapping[str, Any], label: int, name: str, look: Figure) -> Figure:
    rows = [n for n, given in enumerate(reviews["labels"]) if given == label]
    return {
        "type": "scatter",
        "name": say(name),
        "uid": name,
        "mode": "markers",
        "x": [_short(reviews["x"][n]) for n in rows],
        "y": [_short(reviews["y"][n]) for n in rows],
        "text": [_hover(reviews["texts"][n]) for n in rows],
        "hovertemplate": f"{say(name)}: %{{text}}<extra></extra>",
        "marker": {**look, "size": 6, "opacity": 0.65},
    }


def _rings(places: Sequence[Place]) -> Figure:
    look = {"symbol": "circle-open", "size": 14, "color": NEUTRAL, "line": {"width": 2.5}}
    return _marks(places, say("nearest"), "nearest", look) | {"showlegend": bool(places)}


def _star(places: Sequence[Place]) -> Figure:
    look = {"symbol": "star", "size": 24, "color": SERIES[0], "line": {"color": "#000000", "width": 1.5}}
    return _marks(places, say("this review"), "asked", look) | {"showlegend": False}


def _marks(places: Sequence[Place], name: str, uid: str, look: Figure) -> Figure:
    return {
        "type": "scatter",
        "name": name,
        "uid": uid,
        "mode": "markers",
        "x": [_short(p[0]) for p in places],
        "y": [_short(p[1]) for p in places],
        "hoverinfo": "skip",
        "marker": look,
    }


def _star_label(place: Place) -> Figure:
    return {
        "text": f"<b>{say('this review')}</b>",
        "x": _short(place[0]),
        "y": _short(place[1]),
        "yanchor": "bottom",
        "yshift": 14,
        "showarrow": False,
        "font": {"size": 13},
    }


def _sides(points: Sequence[Place]) -> list[str]:
    """For each sentence the side its number stands on: the first of SIDES unless a dot or a number is in its way."""
    reach = REACH * max(high - low for low, high in (_range([p[axis] for p in points]) for axis in (0, 1)))
    taken = [tuple(p) for p in points if _is_finite(p)]
    sides = []
    for point in points:
        spots = _spots(point, reach) if _is_finite(point) else {}
        # Its own dot is equally near on every side, and so never decides.
        clear = {side: min([reach, *(math.dist(spot, t) for t in taken)]) for side, spot in spots.items()}
        sides.append(max(clear, key=clear.__getitem__, default="middle right"))
        taken += [spots[sides[-1]]] if spots else []
    return sides


def _spots(point: Place, reach: float) -> dict[str, tuple[float, ...]]:
    return {side: (point[0] + dx * reach, point[1] + dy * reach) for side, (dx, dy) in SIDES.items()}


def _range(values: Sequence[float | None]) -> tuple[float, float]:
    """From the least to the greatest with room for a label at either end; around a single value, one to each side."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    room = 0.18 * (high - low) or 1.0
    return float(f"{low - room:.5g}"), float(f"{high + room:.5g}")


def _hover(text: str) -> str:
    """The beginning of a text on short lines. It is a stranger's: Plotly reads some markup, so it is escaped."""
    plain = " ".join(text.replace("<br />", " ").split())
    clipped = plain if len(plain) <= HOVER else f"{plain[: HOVER - 1]}…"
    return "<br>".join(html.escape(line) for line in textwrap.wrap(clipped, HOVER_LINE))


def _is_part(share: float | None) -> bool:
    return share is not None and share < 0.995


def _is_finite(place: Sequence[float | None]) -> bool:
    return all(v is not None and math.isfinite(v) for v in place)


def _short(value: float | None) -> float | None:
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None


def _layout() -> Figure:
    axis = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "title": {"text": ""}}
    frame = {"showline": True, "mirror": True}
    return {
        "uirevision": "keep",
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"},
        "xaxis": {**axis, **frame},
        "yaxis": {**axis, **frame, "scaleanchor": "x", "scaleratio": 1},
    }
