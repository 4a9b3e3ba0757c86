"""Loss and accuracy by epoch as Plotly figures: plain dicts, from plain values, ready for JSON.

The first traces are always the same in the same order, so that a growing chart keeps its zoom and legend clicks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.charts.looks import label_of, look_of
from core.charts.marks import Mark, mark_layout
from core.charts.palette import BEST, EXPECTED, GHOSTS, NEUTRAL, TRAINING, VALIDATION, VALIDATION_WASH
from core.history import Epoch, Outcome, best_epoch
from core.words import mark, say

Figure = dict[str, Any]

FEW = 30
"""Up to this many epochs each one gets a marker; beyond, markers blur into a thick line."""
PARTS = (mark("training"), mark("validation"))


@dataclass(frozen=True)
class Ghost:
    """An earlier run, drawn faintly behind for comparison; one of a number has that number's look, others are grey.
    Its ``label`` is said already."""

    label: str
    epochs: Sequence[Epoch]
    number: int = 0
    name: str = ""


@dataclass(frozen=True)
class Divider:
    """Where a parent run ended, on the x axis. Its ``label`` is said already."""

    x: float
    label: str


@dataclass(frozen=True)
class Expected:
    """Epochs and validation losses that somebody expected, None for a gap, and what the line is called, in English."""

    points: Sequence[tuple[int, float | None]] = ()
    label: str = mark("you expected")


@dataclass(frozen=True)
class _Measure:
    """Which two numbers of an epoch a figure shows, and how it writes them; ``best`` is said of a run that has ended,
    ``so_far`` of one that goes on. Its words are English."""

    title: str
    training: Callable[[Epoch], float | None]
    validation: Callable[[Epoch], float | None]
    hover: str
    write: Callable[[float], str]
    best: str
    so_far: str
    labels: str
    yaxis: dict[str, Any]


_LOSS = _Measure(
    title=mark("loss"),
    training=lambda e: e.loss,
    validation=lambda e: e.val_loss,
    hover="%{y:.4f}",
    write=lambda y: f"{y:.3f}" if y >= 0.01 else f"{y:.2g}",
    best=mark("best: {place}"),
    so_far=mark("best so far: {place}"),
    labels="top",
    yaxis={"rangemode": "tozero"},
)
_ACCURACY = _Measure(
    title=mark("accuracy"),
    training=lambda e: e.accuracy,
    validation=lambda e: e.val_accuracy,
    hover="%{y:.1%}",
    write=lambda y: f"{y:.1%}",
    best=mark("best by loss: {place}"),
    so_far=mark("best by loss so far: {place}"),
    labels="bottom",
    yaxis={"tickformat": ".0%", "autorangeoptions": {"clipmin": -0.02, "clipmax": 1.02}},
)


def loss_figure(
    epochs: Sequence[Epoch],
    planned: int,
    outcome: Outcome | None,
    ghosts: Sequence[Ghost] = (),
    dividers: Sequence[Divider] = (),
    patience: int | None = None,
    expected: Expected | None = None,
) -> Figure:
    """Training and validation loss over ``planned`` epochs; after the best epoch the gap between them is shaded.

    ``patience`` is what the label of an early stop says; without it the label says only that it stopped early.
    ``expected`` is what somebody expected validation loss to do.
    """
    behind = (_gap(epochs), *_ghosts(_LOSS, ghosts), _expected(expected or Expected()))
    return _figure(_LOSS, epochs, behind, _frame(planned, outcome, dividers, patience))


def accuracy_figure(
    epochs: Sequence[Epoch],
    planned: int,
    outcome: Outcome | None,
    ghosts: Sequence[Ghost] = (),
    dividers: Sequence[Divider] = (),
    patience: int | None = None,
) -> Figure:
    """Training and validation accuracy over ``planned`` epochs; best means lowest validation loss."""
    return _figure(_ACCURACY, epochs, _ghosts(_ACCURACY, ghosts), _frame(planned, outcome, dividers, patience))


@dataclass(frozen=True)
class _Frame:
    planned: int
    outcome: Outcome | None
    dividers: tuple[Divider, ...]
    patience: int | None


def _frame(planned: int, outcome: Outcome | None, dividers: Sequence[Divider], patience: int | None) -> _Frame:
    return _Frame(planned, outcome, tuple(dividers), patience)


def _figure(measure: _Measure, epochs: Sequence[Epoch], behind: Sequence[Figure], frame: _Frame) -> Figure:
    marks = _marks(measure, epochs, frame)
    dividers = [Mark(d.x, d.label, "longdash") for d in frame.dividers]
    end = max([frame.planned, *(e.epoch for e in epochs)])
    lines = [
        _line(PARTS[0], epochs, measure.training, measure.hover, {"color": TRAINING, "dash": "solid", "width": 2.5}),
        _line(PARTS[1], epochs, measure.validation, measure.hover, {"color": VALIDATION, "dash": "dash", "width": 2.5}),
        _points(measure, epochs, marks),
    ]
    return {
        "data": [*lines, *behind],
        "layout": _layout(measure, end, is_empty=not any(trace["x"] for trace in [*lines, *behind]))
        | mark_layout([*dividers, *marks], end, measure.labels),
    }


def _line(
    name: str, epochs: Sequence[Epoch], value: Callable[[Epoch], float | None], hover: str, line: dict[str, Any]
) -> Figure:
    return {
        "type": "scatter",
        "name": say(name),
        "uid": name,
        "mode": "lines+markers" if len(epochs) <= FEW else "lines",
        "x": [e.epoch for e in epochs],
        "y": [_short(value(e)) for e in epochs],
        "line": line,
        "marker": {"size": 6, "symbol": "circle" if name == "training" else "diamond"},
        "connectgaps": False,
        "hovertemplate": hover,
    }


def _short(value: float | None) -> float | None:
    """Six significant digits draw the same picture and halve what travels at every update; null where there is none."""
    return float(f"{value:.6g}") if value is not None and abs(value) < float("inf") else None


def _ghosts(measure: _Measure, ghosts: Sequence[Ghost]) -> list[Figure]:
    drawn = []
    for place, ghost in enumerate(ghosts):
        for part, value in zip(PARTS, (measure.training, measure.validation), strict=True):
            line = _line(part, ghost.epochs, value, measure.hover, _ghost_line(ghost, place, part))
            drawn.append(line | _behind(ghost, place, part))
    return drawn


def _ghost_line(ghost: Ghost, place: int, part: str) -> dict[str, Any]:
    """Of a run with a number both lines have its colour and dash; training's is the thin, pale one."""
    if not ghost.number:
        dash = "solid" if part == "training" else "dash"
        return {"color": GHOSTS[place % len(GHOSTS)], "dash": dash, "width": 1.2}
    look = look_of(ghost.number)
    opacity, width = (0.55, 1) if part == "training" else (1, 1.6)
    return {"color": look.faint(opacity), "dash": look.dash, "width": width}


def _behind(ghost: Ghost, place: int, part: str) -> Figure:
    """What makes a line a ghost: behind the others, and one legend entry for its two lines."""
    label = label_of(ghost.number, ghost.name, ghost.label)
    listed = "validation" if ghost.number else "training"
    return {
        "name": label if part == listed else say("{run}, {part}", run=label, part=say(part)),
        "uid": f"ghost-{place}-{part}",
        "mode": "lines",
        "zorder": -1,
        "legendgroup": f"ghost-{place}",
        "showlegend": part == listed,
        "hoverinfo": "skip",
        "hovertemplate": None,
    }


def _expected(line: Expected) -> Figure:
    """The line somebody expected. It is the last trace, and there with no points too."""
    return {
        "type": "scatter",
        "name": say(line.label),
        "uid": "expected",
        "mode": "lines",
        "x": [epoch for epoch, _ in line.points],
        "y": [_short(loss) for _, loss in line.points],
        "line": {"color": EXPECTED, "dash": "dot", "width": 2.5},
        "connectgaps": False,
        "hovertemplate": "%{y:.3f}",
        "zorder": -1,
        "showlegend": bool(line.points),
    }


def _gap(epochs: Sequence[Epoch]) -> Figure:
    """The area between the curves from the best epoch on, where validation lies above training, as closed outlines."""
    best = best_epoch(epochs)
    x: list[float | None] = []
    y: list[float | None] = []
    for part in _stretches([e for e in epochs if best is not None and e.epoch >= best]):
        numbers = [e.epoch for e in part]
        x += [*numbers, *reversed(numbers), None]
        y += [*(_short(e.val_loss) for e in part), *(_short(e.loss) for e in reversed(part)), None]
    return {
        "type": "scatter",
        "name": say("gap since best"),
        "uid": "gap",
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "fillcolor": VALIDATION_WASH,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "zorder": -2,
        "showlegend": bool(x),
    }


def _stretches(epochs: Sequence[Epoch]) -> list[list[Epoch]]:
    """Unbroken runs of at least two epochs in which validation loss lies above training loss."""
    parts: list[list[Epoch]] = [[]]
    for e in epochs:
        if e.loss is not None and e.val_loss is not None and e.val_loss > e.loss:
            parts[-1].append(e)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if len(part) > 1]


def _marks(measure: _Measure, epochs: Sequence[Epoch], frame: _Frame) -> list[Mark]:
    """The best, the restored and the last epoch, where there is something to say about them."""
    best = best_epoch(epochs)
    if best is None or len(epochs) < 2:
        return []
    words = say(measure.best if frame.outcome else measure.so_far, place=_place(measure, epochs, best))
    marks = [Mark(best, words, "dot", "star", BEST)]
    if (outcome := frame.outcome) is None:
        return marks
    restored = outcome.restored_epoch
    if restored is not None and restored != best:
        words = say("restored: {place}", place=_place(measure, epochs, restored))
        marks.append(Mark(restored, words, "dashdot", "triangle-up"))
    if ending := _ending(outcome, frame.patience):
        marks.append(Mark(epochs[-1].epoch, ending, "solid", "square"))
    return marks


def _place(measure: _Measure, epochs: Sequence[Epoch], epoch: int) -> str:
    value = _validation_at(measure, epochs, epoch)
    if value is None:
        return say("epoch {epoch}", epoch=epoch)
    return say("epoch {epoch}, {value}", epoch=epoch, value=measure.write(value))


def _ending(outcome: Outcome, patience: int | None) -> str:
    if outcome.stopped_early:
        return say("stopped early") if patience is None else say("stopped: patience {patience}", patience=patience)
    if outcome.diverged:
        return say("diverged")
    return say("stopped by hand") if outcome.stopped_by_hand else ""


def _points(measure: _Measure, epochs: Sequence[Epoch], marks: Sequence[Mark]) -> Figure:
    """The marks on the validation curve itself, one trace for all of them so that the number of traces stays."""
    return {
        "type": "scatter",
        "name": say("marks"),
        "uid": "marks",
        "mode": "markers",
        "x": [m.x for m in marks],
        "y": [_short(_validation_at(measure, epochs, m.x)) for m in marks],
        "marker": {
            "symbol": [m.symbol for m in marks],
            "color": [m.color for m in marks],
            "size": 13,
            "line": {"width": 1, "color": NEUTRAL},
        },
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _validation_at(measure: _Measure, epochs: Sequence[Epoch], epoch: float) -> float | None:
    return next((measure.validation(e) for e in epochs if e.epoch == epoch), None)


def _layout(measure: _Measure, end: int, is_empty: bool) -> Figure:
    # Said anew at every update: an axis that an empty chart has set would otherwise stay.
    extent: dict[str, Any] = {"range": [0, 1], "autorange": False} if is_empty else {"autorange": True}
    return epoch_layout(end) | {"yaxis": {"title": {"text": say(measure.title)}, **measure.yaxis, **extent}}


def epoch_layout(end: int) -> Figure:
    """What charts over the epochs up to ``end`` share; the y axis is their own."""
    ticks = {"dtick": 1} if end <= 10 else {"nticks": 10}
    return {
        "uirevision": "keep",
        "hovermode": "x unified",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 56, "r": 12, "t": 30, "b": 42},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": say("epoch")},
            "range": [0, end * 1.02],
            "tickformat": ",d",
            "unifiedhovertitle": {"text": say("epoch %{x}")},
            **ticks,
        },
    }
