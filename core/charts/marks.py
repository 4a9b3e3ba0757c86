"""Vertical lines with a label: the best epoch, where a run stopped, where a parent run ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.charts.palette import NEUTRAL


@dataclass(frozen=True)
class Mark:
    """A vertical line at ``x`` with its label, said already, and the symbol that stands on the curve there."""

    x: float
    label: str
    dash: str
    symbol: str = ""
    color: str = NEUTRAL


def mark_layout(marks: Sequence[Mark], end: float, edge: str) -> dict[str, Any]:
    """Shapes and annotations of a layout, labels stacked at the ``edge`` (top or bottom) so that none hides another."""
    return {"shapes": [_rule(m) for m in marks], "annotations": [_label(m, n, end, edge) for n, m in enumerate(marks)]}


def _rule(mark: Mark) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": mark.x,
        "x1": mark.x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"color": NEUTRAL, "width": 1.5, "dash": mark.dash},
    }


def _label(mark: Mark, row: int, end: float, edge: str) -> dict[str, Any]:
    """On the side of its line that has room."""
    is_right = mark.x > end / 2
    step = -17 if edge == "top" else 17
    return {
        "text": mark.label,
        "x": mark.x,
        "xanchor": "right" if is_right else "left",
        "xshift": -4 if is_right else 4,
        "yref": "paper",
        "y": 1 if edge == "top" else 0,
        "yanchor": edge,
        "yshift": step * row,
        "showarrow": False,
        "font": {"size": 12},
    }
