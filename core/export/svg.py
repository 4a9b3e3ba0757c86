"""A run's curves as one SVG picture: plain text that prints sharp and needs no script."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from core.charts.palette import BEST, NEUTRAL, TRAINING, VALIDATION
from core.history import Epoch, best_epoch
from core.words import mark, say

WIDTH, HEIGHT = 900, 340
LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP = 60, 34, 360, 250, 80
TICKS = 5
MEASURES = (mark("loss"), mark("accuracy"))
INK, GRID = "#31333F", "#DDDDDD"
SANS = "font-family='Helvetica, Arial, sans-serif'"


class Beside(NamedTuple):
    """Another run's validation curve, drawn thin."""

    label: str
    epochs: Sequence[Epoch]


class _Line(NamedTuple):
    label: str
    values: list[tuple[int, float]]
    colour: str
    dash: str
    width: float


def curves_svg(epochs: Sequence[Epoch], title: str, beside: Iterable[Beside] = ()) -> str:
    """Loss and accuracy by epoch, training solid and validation dashed as on the page, the best epoch marked; other
    runs beside."""
    others = list(beside)
    longest = max([len(epochs), *(len(other.epochs) for other in others), 1])
    best = best_epoch(epochs)
    panels = [
        _panel(_lines(epochs, others, figure), figure, LEFT + place * (PANEL_WIDTH + GAP), longest, best)
        for place, figure in enumerate(MEASURES)
    ]
    head = f"<text x='{LEFT}' y='18' font-size='14' fill='{INK}' {SANS}>{html.escape(title)}</text>"
    body = "\n".join([head, *panels])
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' "
        f"role='img' aria-label='{html.escape(title, quote=True)}'>\n<rect width='100%' height='100%' fill='#fff'/>\n"
        f"{body}\n</svg>\n"
    )


def _lines(epochs: Sequence[Epoch], beside: Sequence[Beside], figure: str) -> list[_Line]:
    lines = [
        _Line(say("{run}, validation", run=other.label), _values(other.epochs, f"val_{figure}"), NEUTRAL,
              f"{2 + place} 3", 1.2)
        for place, other in enumerate(beside)
    ]  # fmt: skip
    lines.append(_Line(say("training"), _values(epochs, figure), TRAINING, "", 2))
    return [*lines, _Line(say("validation"), _values(epochs, f"val_{figure}"), VALIDATION, "6 4", 2)]


def _values(epochs: Sequence[Epoch], name: str) -> list[tuple[int, float]]:
    found = ((epoch.epoch, getattr(epoch, name)) for epoch in epochs)
    return [(number, value) for number, value in found if value is not None and math.isfinite(value)]


def _panel(lines: Sequence[_Line], figure: str, left: float, longest: int, best: int | None) -> str:
    values = [value for line in lines for _, value in line.values] or [0.0, 1.0]
    low, high, step = _scale(min(values), max(values))

    def x(epoch: float) -> float:
        return left + PANEL_WIDTH * (epoch - 1) / max(longest - 1, 1)

    def y(value: float) -> float:
        return TOP + PANEL_HEIGHT * (high - value) / (high - low)

    parts = [*_grid(left, low, high, step, y), *_epochs(longest, x)]
    parts.append(_text(left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 34, say("epoch"), "middle"))
    parts.append(_text(left - 44, TOP - 10, say(figure), "start"))
    for place, line in enumerate(line for line in lines if line.values):
        points = " ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in line.values)
        dash = f" stroke-dasharray='{line.dash}'" if line.dash else ""
        look = f"stroke='{line.colour}' stroke-width='{line.width}'{dash}"
        parts.append(f"<polyline points='{points}' fill='none' {look}/>")
        at = (left + PANEL_WIDTH - 130, TOP + 12 + 15 * place)
        parts.append(f"<line x1='{at[0]}' x2='{at[0] + 24}' y1='{at[1] - 4}' y2='{at[1] - 4}' {look}/>")
        parts.append(_text(at[0] + 30, at[1], line.label, "start"))
    marked = dict(lines[-1].values).get(best or 0)
    if best and marked is not None and figure == "loss":
        parts.append(f"<circle cx='{x(best):.1f}' cy='{y(marked):.1f}' r='5' fill='none' stroke='{BEST}' "
                     "stroke-width='2.5'/>")  # fmt: skip
        anchor = "start" if best < longest / 4 else "end" if best > 3 * longest / 4 else "middle"
        parts.append(_text(x(best), y(marked) + 18, say("best: epoch {epoch}", epoch=best), anchor))
    return "\n".join(parts)


def _grid(left: float, low: float, high: float, step: float, y: Callable[[float], float]) -> Iterator[str]:
    count = round((high - low) / step)
    digits = max(0, -math.floor(math.log10(step)))
    for tick in range(count + 1):
        value = low + tick * step
        at = y(value)
        yield f"<line x1='{left}' x2='{left + PANEL_WIDTH}' y1='{at:.1f}' y2='{at:.1f}' stroke='{GRID}'/>"
        yield _text(left - 6, at + 4, f"{value:.{digits}f}", "end")


def _epochs(longest: int, x: Callable[[float], float]) -> Iterator[str]:
    for epoch in sorted({round(1 + place * (longest - 1) / TICKS) for place in range(TICKS + 1)}):
        yield _text(x(epoch), TOP + PANEL_HEIGHT + 16, f"{epoch:,}", "middle")


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Round ends around the values, and the step between lines."""
    span = max(high - low, 1e-3, 1e-3 * abs(high))
    rough = span / TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return math.floor(low / step) * step, math.ceil(high / step + 1e-9) * step, step


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='11' fill='{INK}' text-anchor='{anchor}' {SANS}>"
            f"{html.escape(text)}</text>")  # fmt: skip
