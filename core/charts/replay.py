"""A loss curve with the part that early stopping would have spared in grey, as a Plotly figure."""

from __future__ import annotations

from collections.abc import Sequence

from core.charts.curves import Figure, Ghost, loss_figure
from core.charts.marks import Mark, mark_layout
from core.charts.palette import BEST, NEUTRAL
from core.history import Epoch
from core.words import mark, say

WASH = "rgba(128, 128, 128, 0.12)"
NEVER = mark("never trained")


def replay_figure(
    epochs: Sequence[Epoch], planned: int, stopped_at: int | None, restored: int | None, best: int | None
) -> Figure:
    """Training and validation loss by epoch over ``planned`` epochs; after ``stopped_at`` both go on in grey.

    The traces are the same in the same order whatever the arguments, so that a moved slider keeps zoom and legend.
    """
    end = epochs[-1].epoch if epochs else 0
    last = end if stopped_at is None else stopped_at
    kept, spared = [e for e in epochs if e.epoch <= last], [e for e in epochs if e.epoch >= last]
    figure = loss_figure(kept, max(planned, end), None, [Ghost(say(NEVER), spared if last < end else [])])
    marks = _marks(stopped_at, restored, best)
    named = mark_layout(marks, max(planned, end), "top")
    band = [_band(last, end)] if last < end else []
    traces = [_on_curve(t, epochs, marks) if t["uid"] == "marks" else t for t in figure["data"] if t["uid"] != "gap"]
    return {"data": traces, "layout": figure["layout"] | named | {"shapes": [*band, *named["shapes"]]}}


def _marks(stopped_at: int | None, restored: int | None, best: int | None) -> list[Mark]:
    marks = []
    if restored is not None:
        marks.append(
            Mark(restored, say("would restore: epoch {epoch}", epoch=restored), "dashdot", "triangle-up", BEST)
        )
    if stopped_at is not None:
        marks.append(Mark(stopped_at, say("would stop: epoch {epoch}", epoch=stopped_at), "solid", "square"))
    if best is not None and best != restored:
        marks.append(Mark(best, say("lowest: epoch {epoch}", epoch=best), "dot", "star"))
    return marks


def _on_curve(trace: Figure, epochs: Sequence[Epoch], marks: Sequence[Mark]) -> Figure:
    """The symbols of the marks on the validation curve."""
    losses = {e.epoch: e.val_loss for e in epochs}
    look = {"symbol": [m.symbol for m in marks], "color": [m.color for m in marks]}
    return trace | {
        "x": [m.x for m in marks],
        "y": [losses.get(int(m.x)) for m in marks],
        "marker": trace["marker"] | look,
    }


def _band(start: int, end: int) -> Figure:
    """The epochs that would not have been trained."""
    return {
        "type": "rect",
        "x0": start,
        "x1": end,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "fillcolor": WASH,
        "line": {"width": 0, "color": NEUTRAL},
    }
