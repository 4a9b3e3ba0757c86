"""Bars and small line figures beside the curves: an embedding's numbers, class probabilities, how far layers moved."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.charts.palette import DASHES, NEUTRAL, PATTERNS, POSITIVE, SERIES
from core.history import Epoch
from core.words import say

Figure = dict[str, Any]


GROUPED = 30
"""Up to this many numbers the series stand side by side; of more, each series has a row of its own."""
MOST_IN_A_ROW = 8
"""Names of lines that a legend above a chart has room for."""
MARK = "rgba(128, 128, 128, 0.28)"


def number_bars(series: Sequence[tuple[str, Sequence[float]]], marked: Collection[int] = ()) -> Figure:
    """One to four labelled rows of numbers (an embedding before and after, or of two reviews) as bars 1..n. Labels are
    drawn as they are: said already, or words of the data.

    ``marked`` are positions from 1 that stand out: by a grey band and by a bold number on the axis.
    """
    longest = max((len(values) for _, values in series), default=0)
    marks = sorted(n for n in set(marked) if 1 <= n <= longest)
    in_rows = longest > GROUPED
    bars = [_bars(number, label, values, in_rows) for number, (label, values) in enumerate(series)]
    layout = {
        "barmode": "group",
        "bargap": 0 if in_rows else 0.25,
        "showlegend": len(series) > 1 and not in_rows,
        "shapes": [_band(n, longest) for n in marks],
        "xaxis": {
            "title": {"text": say("number")},
            "range": [0.4, longest + 0.6],
            "anchor": _axis(len(series) - 1 if in_rows else 0),
            **_ticks(longest, marks),
        },
        "yaxis": {"title": {"text": "" if in_rows else say("value")}, "zeroline": True},
    }
    return {"data": bars, "layout": _base() | layout | (_rows([label for label, _ in series]) if in_rows else {})}


def probability_bars(classes: Sequence[str], shares: Sequence[float]) -> Figure:
    """Class probabilities (0 to 1) as horizontal bars in the given order from the top; the likeliest stands out."""
    likeliest = max(shares, default=0.0)
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": [_finite(s) for s in shares],
        "y": list(classes),
        "text": [f"{s:.1%}" for s in shares],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [POSITIVE if s == likeliest else NEUTRAL for s in shares]},
        "hoverinfo": "skip",
    }
    layout = {
        "showlegend": False,
        "margin": {"l": 8, "r": 52, "t": 8, "b": 32},
        "xaxis": {"range": [0, 1], "tickformat": ".0%", "fixedrange": True},
        "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True, "type": "category"},
    }
    return {"data": [bar], "layout": _base() | layout}


def moved_figure(
    epochs: Sequence[Epoch], layers: Sequence[str], frozen: Collection[str], labels: Mapping[str, str] | None = None
) -> Figure:
    """How far each layer's weights have moved from where the run began, by epoch: ``|w - w0| / |w0|``.

    ``labels`` name lines that stand for more than their own layer, said already. Of many lines the names stand at the
    side, one below the other.
    """
    end = max((e.epoch for e in epochs), default=1)
    ticks = {"dtick": 1} if end <= 10 else {"nticks": 10}
    layout = {
        "hovermode": "x unified",
        "xaxis": {"title": {"text": say("epoch")}, "range": [0, end * 1.02], "tickformat": ",d", **ticks},
        "yaxis": {"title": {"text": say("moved by")}, "tickformat": "~%", "rangemode": "tozero"},
    }
    if len(layers) > MOST_IN_A_ROW:
        layout["legend"] = {"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top", "font": {"size": 10}}
    names = labels or {}
    lines = [
        _movement(epochs, number, layer, names.get(layer, layer), layer in frozen)
        for number, layer in enumerate(layers)
    ]
    return {"data": lines, "layout": _base() | layout}


def _bars(number: int, label: str, values: Sequence[float], in_rows: bool) -> Figure:
    color = SERIES[number % len(SERIES)]
    outlined = {
        "line": {"color": NEUTRAL, "width": 1},
        "pattern": {"shape": PATTERNS[number % len(PATTERNS)], "fillmode": "overlay", "fgcolor": "#000000"},
    }
    return {
        "type": "bar",
        "name": label,
        "uid": f"series-{number}",
        "x": list(range(1, len(values) + 1)),
        "y": [_finite(v) for v in values],
        # Outlines and patterns would cover thin bars; there the row says which series it is.
        "marker": {"color": color, "line": {"width": 0}} if in_rows else {"color": color, **outlined},
        "yaxis": _axis(number if in_rows else 0),
        "hovertemplate": say("number %{x}: %{y:.3f}"),
    }


def _ticks(longest: int, marks: Sequence[int]) -> Figure:
    """Every number, or every tenth or fiftieth; a marked one always, in bold, and no other close to it."""
    step = 1 if longest <= GROUPED else 10 if longest <= 150 else 50
    usual = range(step, longest + 1, step)
    ticks = sorted({*marks, *(n for n in usual if all(2 * abs(n - m) > step for m in marks))})
    return {"tickvals": ticks, "ticktext": [f"<b>{n}</b>" if n in marks else str(n) for n in ticks]}


def _band(position: int, longest: int) -> Figure:
    """A grey band behind one number, wide enough to be seen among hundreds."""
    half = max(0.45, longest / 200)
    return {
        "type": "rect",
        "x0": position - half,
        "x1": position + half,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "fillcolor": MARK,
        "line": {"width": 0},
    }


def _rows(labels: Sequence[str]) -> Figure:
    """Axes one above the other on one scale, the first series on top, each with its label."""
    height = 1 / max(len(labels), 1)
    rows: Figure = {"annotations": [_row_label(t, 1 - n * height) for n, t in enumerate(labels)]}
    for number in range(len(labels)):
        top = 1 - number * height
        axis = {"domain": [max(0, top - height), top - 0.2 * height], "zeroline": True, "nticks": 4}
        rows[_axis(number).replace("y", "yaxis")] = axis | ({"matches": "y"} if number else {})
    return rows | {"margin": {"l": 56, "r": 12, "t": 8, "b": 42}}


def _axis(number: int) -> str:
    return f"y{number + 1}" if number > 0 else "y"


def _row_label(text: str, top: float) -> Figure:
    return {
        "text": text,
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "y": top,
        "yanchor": "top",
        "yshift": 4,
        "showarrow": False,
        "font": {"size": 12},
    }


def _movement(epochs: Sequence[Epoch], number: int, layer: str, label: str, is_frozen: bool) -> Figure:
    """Three colours and five dashes cycle side by side, so that fifteen layers are fifteen looks."""
    look = {"color": SERIES[number % 3], "dash": DASHES[number % len(DASHES)], "width": 2}
    return {
        "type": "scatter",
        "name": say("{layer} (frozen)", layer=label) if is_frozen else label,
        "uid": layer,
        "mode": "lines+markers" if len(epochs) <= 30 else "lines",
        "x": [e.epoch for e in epochs],
        "y": [_finite(e.moved.get(layer, 0.0 if is_frozen else None)) for e in epochs],
        "line": {"color": NEUTRAL, "dash": "dot", "width": 3} if is_frozen else look,
        "connectgaps": False,
        "hovertemplate": "%{y:.2%}",
    }


def _finite(value: float | None) -> float | None:
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None


def _base() -> Figure:
    return {
        "uirevision": "keep",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 56, "r": 12, "t": 30, "b": 42},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    }
