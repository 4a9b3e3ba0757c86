"""What a base still knows of its old task beside what it learns of the new one, by epoch: a plain Plotly dict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.charts.curves import FEW, Divider, epoch_layout
from core.charts.marks import Mark, mark_layout
from core.charts.palette import NEUTRAL, OLD_TASK, VALIDATION
from core.history import Epoch, OldScore
from core.words import say

Figure = dict[str, Any]


def forgotten_figure(
    epochs: Sequence[Epoch], planned: int, old: OldScore, begun: int = 0, dividers: Sequence[Divider] = ()
) -> Figure:
    """Accuracy on the old task and on the new one's validation rows over ``planned`` epochs.

    The old task's line begins before the first step, after epoch ``begun``; that level and a guesser's are marked.
    """
    end = max([planned, *(e.epoch for e in epochs)])
    known = [e for e in epochs if e.epoch > begun]
    marks = mark_layout([Mark(d.x, d.label, "longdash") for d in dividers], end, "top")
    levels = [_level(old.chance, "dot", NEUTRAL)]
    labels = [_label(say("guessing the old task: {share:.1%}", share=old.chance), old.chance, end, "bottom")]
    if old.accuracy is not None:
        levels.append(_level(old.accuracy, "dashdot", OLD_TASK))
        before = say("old task before: {share:.1%}", share=old.accuracy)
        labels.append(_label(before, old.accuracy, end, "top"))
    return {
        "data": [_old(known, old, begun), _new(epochs)],
        "layout": epoch_layout(end)
        | {
            "yaxis": {"title": {"text": say("accuracy")}, "tickformat": ".0%", "range": [0, 1.03]},
            "shapes": [*marks["shapes"], *levels],
            "annotations": [*marks["annotations"], *labels],
        },
    }


def _old(epochs: Sequence[Epoch], old: OldScore, begun: int) -> Figure:
    return _line(
        say("old task: {title}", title=say(old.title)),
        "old",
        [begun, *(e.epoch for e in epochs)],
        [old.accuracy, *(e.source_accuracy for e in epochs)],
        {"color": OLD_TASK, "dash": "solid", "width": 3},
        "square",
    )


def _new(epochs: Sequence[Epoch]) -> Figure:
    return _line(
        say("new task, validation"),
        "new",
        [e.epoch for e in epochs],
        [e.val_accuracy for e in epochs],
        {"color": VALIDATION, "dash": "dash", "width": 2.5},
        "diamond",
    )


def _line(
    name: str, uid: str, x: Sequence[int], y: Sequence[float | None], line: dict[str, Any], symbol: str
) -> Figure:
    return {
        "type": "scatter",
        "name": name,
        "uid": uid,
        "mode": "lines+markers" if len(x) <= FEW + 1 else "lines",
        "x": list(x),
        "y": [float(f"{v:.6g}") if v is not None and math.isfinite(v) else None for v in y],
        "line": line,
        "marker": {"size": 6, "symbol": symbol},
        "connectgaps": False,
        "hovertemplate": "%{y:.1%}",
    }


def _level(share: float, dash: str, color: str) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": share,
        "y1": share,
        "layer": "below",
        "line": {"color": color, "width": 1.2, "dash": dash},
    }


def _label(text: str, share: float, end: int, edge: str) -> Figure:
    """At the right end of a level: ``edge`` says which side of the words lies on it."""
    return {
        "text": text,
        "x": end,
        "xanchor": "right",
        "y": share,
        "yanchor": edge,
        "yshift": 5 if edge == "bottom" else -5,
        "showarrow": False,
        "font": {"size": 12},
    }
