"""Figures of experiments: a few labelled lines over epochs, training-set sizes or depths, with bands over seeds.

One look a line on every page: what is transferred and kept is green and solid, what is trained on purple and dashed,
what begins at random blue and dash-dotted. Lines come by their English names, which tell their looks.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.charts.marks import Mark, mark_layout
from core.charts.palette import BEST, NEUTRAL, POSITIVE, SERIES
from core.history import Epoch, best_epoch
from core.words import mark, say

Figure = dict[str, Any]
MEASURES = (mark("accuracy"), mark("loss"))
MOST_TICKS = 12


@dataclass(frozen=True)
class Look:
    """How a line is told from the others: never by colour alone."""

    color: str
    dash: str
    symbol: str
    wash: str


KEPT = Look(POSITIVE, "solid", "circle", "rgba(0, 158, 115, 0.16)")
TRAINED = Look(SERIES[1], "dash", "square", "rgba(204, 121, 167, 0.18)")
RANDOM = Look(SERIES[0], "dashdot", "triangle-up", "rgba(86, 180, 233, 0.18)")
LOOKS = {
    "feature extraction": KEPT, "fine-tuning": TRAINED, "from scratch": RANDOM,
    "transferred": KEPT, "transferred, frozen": KEPT, "transferred, fine-tuned": TRAINED, "random, frozen": RANDOM,
    "these settings": KEPT, "the other settings": TRAINED,
    "as it should be": KEPT, "with the mistake": TRAINED,
}  # fmt: skip
OTHERS = (KEPT, TRAINED, RANDOM)


@dataclass(frozen=True)
class Point:
    """Several seeds at one x: their mean, the lowest and the highest."""

    x: float
    mean: float
    low: float
    high: float
    seeds: int


def curves_figure(lines: Mapping[str, Sequence[Sequence[Epoch]]], planned: int, measure: str = "accuracy") -> Figure:
    """Validation accuracy or loss by epoch; each line holds one curve, or several of which the mean and a band from the
    lowest to the highest are drawn. A single curve's best epoch (lowest validation loss) has a star."""
    traces: list[Figure] = []
    for number, (name, curves) in enumerate(lines.items()):
        look = look_of(name, number)
        means = _over_seeds(curves, measure)
        traces.append(_band(name, look, [p for p in means if p.seeds > 1]))
        label = say(name)
        if len(curves) > 1:
            label = say("{line}: mean and range of {n} seeds", line=label, n=len(curves))
        traces.append(_line(name, label, look, [(p.x, p.mean) for p in means], "epoch", measure))
        traces.append(_star(name, look, curves, measure))
    return {"data": traces, "layout": _by_epoch(traces, planned, measure)}


def training_curves_figure(lines: Mapping[str, Sequence[Epoch]], planned: int, measure: str = "loss") -> Figure:
    """Training and validation by epoch, one curve of each for every line: validation thick, training thin."""
    traces: list[Figure] = []
    for number, (name, epochs) in enumerate(lines.items()):
        look = look_of(name, number)
        for part, width in ((mark("validation"), 2.5), (mark("training"), 1.2)):
            points = [(e.epoch, _value(e, measure, part)) for e in epochs]
            label = say("{line}: {part}", line=say(name), part=say(part))
            trace = _line(f"{name}-{part}", label, look, points, "epoch", measure)
            trace["line"] = {**trace["line"], "width": width, "dash": look.dash if part == "validation" else "dot"}
            if part == "training":
                trace["mode"] = "lines"
            traces.append(trace)
    layout = _by_epoch(traces, planned, measure)
    layout["yaxis"] |= {"title": {"text": say(measure)}}
    return {"data": traces, "layout": layout}


def sizes_figure(lines: Mapping[str, Sequence[Point]], planned: Sequence[int], crossings: Sequence[float]) -> Figure:
    """Validation accuracy against training-set size on a log axis, with a mark where the lines cross."""
    ends = [min(planned), max(planned)]
    room = 0.08 * math.log10(ends[1] / ends[0]) if ends[0] < ends[1] else 0.1
    axis = {
        "type": "log",
        "title": {"text": say("training examples")},
        "range": [math.log10(ends[0]) - room, math.log10(ends[1]) + room],
        "tickvals": list(planned),
        "ticktext": [f"{n:,}" for n in planned],
    }
    figure = _points_figure(lines, axis, "examples")
    marks = [Mark(math.log10(x), say("cross at about {x:,.0f}", x=x), "dot") for x in crossings]
    middle = sum(math.log10(e) for e in ends)
    figure["layout"] |= mark_layout(marks, middle, "bottom")
    for shape, x in zip(figure["layout"]["shapes"], crossings, strict=True):  # shapes take the number, labels its log
        shape["x0"] = shape["x1"] = x
    return figure


def depths_figure(lines: Mapping[str, Sequence[Point]], planned: Sequence[int], thing: str) -> Figure:
    """Validation accuracy against how many layers, from the input on, are transferred or kept at random; ``thing`` is
    what they are, in English."""
    axis = {
        "title": {"text": say("{things}, from the input on", things=say(thing))},
        "range": [min(planned) - 0.04 * max(planned), max(planned) * 1.04],
        "tickvals": list(planned),
    }
    return _points_figure(lines, axis, thing)


def look_of(name: str, number: int) -> Look:
    return LOOKS.get(name, OTHERS[number % len(OTHERS)])


def _points_figure(lines: Mapping[str, Sequence[Point]], axis: Figure, thing: str) -> Figure:
    traces = []
    for number, (name, points) in enumerate(lines.items()):
        look = look_of(name, number)
        traces.append(_band(name, look, [p for p in points if p.seeds > 1]))
        line = _line(name, say(name), look, [(p.x, p.mean) for p in points], thing, "accuracy")
        line["mode"] = "lines+markers"
        line["customdata"] = [[p.low, p.high, p.seeds] for p in points]
        line["hovertemplate"] = say("%{y:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%}, %{customdata[2]} seeds)")
        traces.append(line)
    return {"data": traces, "layout": _layout(traces, "accuracy") | {"xaxis": axis}}


def _over_seeds(curves: Sequence[Sequence[Epoch]], measure: str) -> list[Point]:
    by_epoch: dict[int, list[float]] = {}
    for curve in curves:
        for e in curve:
            value = _value(e, measure, "validation")
            if value is not None:
                by_epoch.setdefault(e.epoch, []).append(value)
    return [Point(x, statistics.mean(v), min(v), max(v), len(v)) for x, v in sorted(by_epoch.items())]


def _value(epoch: Epoch, measure: str, part: str) -> float | None:
    if part == "training":
        return epoch.accuracy if measure == "accuracy" else epoch.loss
    return epoch.val_accuracy if measure == "accuracy" else epoch.val_loss


def _line(name: str, label: str, look: Look, points: Sequence[tuple[float, float | None]], thing: str,
          measure: str) -> Figure:  # fmt: skip
    return {
        "type": "scatter",
        "name": label,
        "uid": f"line-{name}",
        "mode": "lines+markers" if len(points) <= MOST_TICKS else "lines",
        "x": [x for x, _ in points],
        "y": [None if y is None or not math.isfinite(y) else float(f"{y:.6g}") for _, y in points],
        "line": {"color": look.color, "dash": look.dash, "width": 2.5},
        "marker": {"symbol": look.symbol, "size": 8, "color": look.color},
        "connectgaps": False,
        "hovertemplate": "%{y:.1%}" if measure == "accuracy" else "%{y:.4f}",
    }


def _band(name: str, look: Look, points: Sequence[Point]) -> Figure:
    """From the lowest to the highest seed, as one closed outline; empty where there is one seed only."""
    xs = [p.x for p in points]
    return {
        "type": "scatter",
        "name": say("{line}, range", line=say(name)),
        "uid": f"band-{name}",
        "mode": "lines",
        "x": [*xs, *reversed(xs)],
        "y": [*(p.high for p in points), *(p.low for p in reversed(points))],
        "fill": "toself",
        "fillcolor": look.wash,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "zorder": -1,
    }


def _star(name: str, look: Look, curves: Sequence[Sequence[Epoch]], measure: str) -> Figure:
    best = best_epoch(curves[0]) if len(curves) == 1 else None
    found = [e for e in (curves[0] if curves else ()) if e.epoch == best]
    return {
        "type": "scatter",
        "name": say("{line}, best epoch", line=say(name)),
        "uid": f"star-{name}",
        "mode": "markers",
        "x": [e.epoch for e in found],
        "y": [_value(e, measure, "validation") for e in found],
        "marker": {"symbol": "star", "size": 14, "color": BEST, "line": {"width": 1.5, "color": look.color}},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _by_epoch(traces: Sequence[Figure], planned: int, measure: str) -> Figure:
    axis = {"title": {"text": say("epoch")}, "range": [0, planned * 1.04], "tickformat": ",d"}
    return _layout(traces, measure) | {"xaxis": axis}


def _layout(traces: Sequence[Figure], measure: str) -> Figure:
    is_empty = not any(trace["x"] for trace in traces)
    # Said anew at every update: a range that an empty chart has set would otherwise stay.
    extent: Figure = {"range": [0, 1], "autorange": False} if is_empty else {"autorange": True}
    title = say("validation accuracy") if measure == "accuracy" else say("validation loss")
    accuracy = {"tickformat": ".0%", "autorangeoptions": {"clipmin": -0.02, "clipmax": 1.02}}
    return {
        "uirevision": measure,
        "hovermode": "x unified",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 62, "r": 14, "t": 34, "b": 44},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 13}},
        "yaxis": {"title": {"text": title}, "zerolinecolor": NEUTRAL, **extent,
                  **(accuracy if measure == "accuracy" else {"rangemode": "tozero"})},
    }  # fmt: skip
