"""Runs laid over each other: validation loss or accuracy of each, by epoch or by computing seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from core.charts.looks import Look, label_of, look_of
from core.charts.palette import BEST
from core.history import Epoch, best_epoch
from core.words import say

Figure = dict[str, Any]
MOST_LINES = 8
"""Lines that can still be told apart."""
PLOT_HEIGHT, LABEL_HEIGHT = 260, 14
"""Pixels, near enough to keep numbers off each other."""
MARKERS = 8
"""Of each line: enough to know it by, too few to hide it."""


@dataclass(frozen=True)
class Line:
    """One run by its number, what its owner calls it, and its epochs from the first."""

    number: int
    name: str
    epochs: Sequence[Epoch]


def overlay_figure(lines: Sequence[Line], by_accuracy: bool = False, by_seconds: bool = False) -> Figure:
    """At most `MOST_LINES` of these lines, each in its run's look with its number at the end; a star stands at the
    best epoch, which is that of the lowest validation loss on both measures."""
    drawn = [_Drawn(line, by_accuracy, by_seconds) for line in lines[:MOST_LINES]]
    return {
        "data": [*(d.line() for d in drawn), *(d.star() for d in drawn)],
        "layout": _layout(by_accuracy, by_seconds) | {"annotations": _numbers([d for d in drawn if d.ends])},
    }


class _Drawn:
    """A line's points, and the traces made of them."""

    def __init__(self, line: Line, by_accuracy: bool, by_seconds: bool) -> None:
        self._of, self._look = line, look_of(line.number)
        seconds = list(accumulate(e.seconds for e in line.epochs))
        self.x = [round(s, 4) for s in seconds] if by_seconds else [e.epoch for e in line.epochs]
        self.y = [_short(e.val_accuracy if by_accuracy else e.val_loss) for e in line.epochs]
        self._hover = "%{y:.1%}" if by_accuracy else "%{y:.4f}"
        unit = say("%{x:.2f} s") if by_seconds else say("epoch %{x}")
        self._hover = f"{unit}: {self._hover}"

    @property
    def ends(self) -> bool:
        return any(y is not None for y in self.y)

    def line(self) -> Figure:
        look: Look = self._look
        return {
            "type": "scatter",
            "name": label_of(self._of.number, self._of.name),
            "uid": f"run-{self._of.number}",
            "legendgroup": f"run-{self._of.number}",
            "mode": "lines+markers",
            "x": self.x,
            "y": self.y,
            "line": {"color": look.color, "dash": look.dash, "width": 2.2},
            "marker": {"symbol": look.marker, "size": 8, "maxdisplayed": MARKERS, "color": look.color},
            "connectgaps": False,
            "hovertemplate": self._hover,
        }

    def star(self) -> Figure:
        """A trace of its own for each run: a click in the legend takes both away."""
        number = best_epoch(self._of.epochs)
        places = [i for i, e in enumerate(self._of.epochs) if e.epoch == number and self.y[i] is not None]
        return {
            "type": "scatter",
            "name": say("best of {run}", run=self._of.number),
            "uid": f"best-{self._of.number}",
            "legendgroup": f"run-{self._of.number}",
            "mode": "markers",
            "x": [self.x[i] for i in places],
            "y": [self.y[i] for i in places],
            "marker": {"symbol": "star", "size": 15, "color": BEST, "line": {"color": self._look.color, "width": 2}},
            "showlegend": False,
            "hoverinfo": "skip",
            "zorder": 1,
        }

    @property
    def end(self) -> tuple[float, float]:
        """The last point that has a value."""
        return next((x, y) for x, y in zip(reversed(self.x), reversed(self.y), strict=True) if y is not None)

    @property
    def number(self) -> int:
        return self._of.number


def _numbers(drawn: Sequence[_Drawn]) -> list[Figure]:
    """Each run's number at the end of its line; of lines that end close together the upper ones are moved up."""
    values = [y for d in drawn for y in d.y if y is not None]
    span = max(values, default=1) - min([0, *values]) or 1
    labels, last = [], float("-inf")
    for line in sorted(drawn, key=lambda d: d.end[1]):
        x, y = line.end
        place = y / span * PLOT_HEIGHT
        last = max(place, last + LABEL_HEIGHT)
        labels.append({"text": f"<b>{line.number}</b>", "x": x, "y": y, "xanchor": "left", "xshift": 9,
                       "yshift": round(last - place, 1), "showarrow": False, "bgcolor": "rgba(0,0,0,0)",
                       "font": {"size": 12}})  # fmt: skip
    return labels


def _short(value: float | None) -> float | None:
    """Six significant digits; null where there is none."""
    return float(f"{value:.6g}") if value is not None and abs(value) < float("inf") else None


def _layout(by_accuracy: bool, by_seconds: bool) -> Figure:
    yaxis: Figure = (
        {"tickformat": ".0%", "autorangeoptions": {"clipmin": -0.02, "clipmax": 1.02}}
        if by_accuracy
        else {"rangemode": "tozero"}
    )
    shown = f"{'accuracy' if by_accuracy else 'loss'}, {'seconds' if by_seconds else 'epochs'}"
    title = say("validation accuracy") if by_accuracy else say("validation loss")
    xaxis: Figure = {"ticksuffix": say(" s")} if by_seconds else {"tickformat": ",d"}
    along = say("seconds of computing") if by_seconds else say("epoch")
    return {
        "uirevision": f"validation {shown}",
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 56, "r": 34, "t": 30, "b": 42},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "showlegend": True,
        "xaxis": {"title": {"text": along}, "rangemode": "tozero", **xaxis},
        "yaxis": {"title": {"text": title}, **yaxis},
    }
