"""Figures of words: their numbers, sums of them, neighbours, and maps with every word beside its dot."""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.charts.bars import number_bars
from core.charts.palette import BEST, NEUTRAL, POSITIVE, SERIES, TRAINING
from core.words import mark, say

Figure = dict[str, Any]
Box = tuple[float, float, float, float]

LOOKS = (
    (SERIES[0], "circle"), (SERIES[1], "diamond"), (SERIES[2], "square"), (BEST, "triangle-up"), (NEUTRAL, "cross"),
    (TRAINING, "star"),
)  # fmt: skip
"""Colour and mark of each group of words; they begin anew after six."""
LETTER, LINE = 0.017, 0.055
"""Width of a letter and height of a line of a label, as shares of a map some 600 by 400 pixels large."""
SIDES = {"middle right": (1, 0), "middle left": (-1, 0), "top center": (0, 1), "bottom center": (0, -1)}


def word_figure(words: Sequence[tuple[str, Sequence[float]]]) -> Figure:
    """The numbers of one to four words as bars, a row a word where they are many."""
    return number_bars([(html.escape(word), numbers) for word, numbers in words])


def analogy_figure(answer: Mapping[str, Any]) -> Figure:
    """A sum of words step by step, a row of bars each on one scale, and in the last row the nearest word's own numbers.

    ``answer`` is a known one of `core.insight.word_lab.add_up`.
    """
    rows = [(_step(step), step["numbers"], SERIES[0]) for step in answer["steps"]]
    if answer["answers"]:
        best = answer["answers"][0]
        label = say("<b>{word}</b>, the nearest word: cosine {cosine}", word=html.escape(best["word"]),
                    cosine=_two(best["cosine"]))  # fmt: skip
        rows.append((label, answer["numbers"], POSITIVE))
    height = 1 / len(rows)
    layout = _base() | {
        "showlegend": False,
        "bargap": 0,
        "annotations": [_row_label(label, 1 - n * height) for n, (label, _, _) in enumerate(rows)],
        "xaxis": {
            "title": {"text": say("number")},
            "range": [0.4, len(rows[0][1]) + 0.6],
            "anchor": _axis(len(rows) - 1),
        },
        "margin": {"l": 48, "r": 12, "t": 12, "b": 42},
    }
    for number in range(len(rows)):
        domain = [max(0.0, 1 - (number + 1) * height), 1 - (number + 0.22) * height]
        shared = {"matches": "y"} if number else {}
        layout[_axis(number).replace("y", "yaxis")] = {"domain": domain, "zeroline": True, "nticks": 4, **shared}
    return {"data": [_row(n, *row) for n, row in enumerate(rows)], "layout": layout}


def neighbours_figure(near: Sequence[Mapping[str, Any]], new: Collection[str] = ()) -> Figure:
    """Neighbours (``word``, ``cosine``) as horizontal bars, the nearest on top; ``new`` ones stand out by colour, a
    pattern and the word itself."""
    cosines = [_finite(n["cosine"]) or 0.0 for n in near]
    is_new = [n["word"] in new for n in near]
    bar = {
        "type": "bar",
        "uid": "neighbours",
        "orientation": "h",
        "x": cosines,
        # Numbers stand for the words: a word that is a number or a date would be read as one.
        "y": list(range(len(near))),
        "text": [
            say("{cosine} new", cosine=_two(c)) if fresh else _two(c) for c, fresh in zip(cosines, is_new, strict=True)
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
        "marker": {
            "color": [BEST if fresh else SERIES[0] for fresh in is_new],
            "pattern": {"shape": ["/" if fresh else "" for fresh in is_new], "fillmode": "overlay"},
        },
    }
    names = [html.escape(n["word"]) for n in near]
    layout = {
        "showlegend": False,
        "margin": {"l": 8, "r": 64, "t": 8, "b": 36},
        "xaxis": {"title": {"text": say("cosine")}, "range": [min([0.0, *cosines]), 1], "fixedrange": True},
        "yaxis": {"tickvals": list(range(len(near))), "ticktext": names, "range": [len(near) - 0.5, -0.5],
                  "automargin": True, "fixedrange": True},
    }  # fmt: skip
    return {"data": [bar], "layout": _base() | layout}


def words_map_figure(answer: Mapping[str, Any], groups: Mapping[str, str] | None = None) -> Figure:
    """Words as dots with the word beside each. ``answer`` holds ``words``, ``x`` and ``y`` of one length; ``groups``
    names the group of a word in English, told by colour, mark and legend; without any all words look the same."""
    places = list(zip(map(_place, answer["x"]), map(_place, answer["y"]), strict=True))
    sides, belongs = _sides(answer["words"], places), groups or {}
    names = list(dict.fromkeys(belongs.get(w, "") for w in answer["words"]))
    traces = []
    for number, name in enumerate(names):
        rows = [n for n, w in enumerate(answer["words"]) if belongs.get(w, "") == name]
        traces.append(_dots(name, rows, answer["words"], places, sides) | {"marker": _look(number)})
    return {"data": traces, "layout": _map_layout(places, answer["words"]) | {"showlegend": len(names) > 1}}


def moves_figure(answer: Mapping[str, Any]) -> Figure:
    """Words from where they were (rings) to where they are (arrowheads), the word beside where it is. ``answer`` is one
    of `core.insight.moved_words.moves_map`."""
    was, now = ([(_place(x), _place(y)) for x, y in answer[when]] for when in ("before", "after"))
    lines = {
        "type": "scatter",
        "uid": "moves",
        "mode": "lines",
        "x": [v for (x0, _), (x1, _) in zip(was, now, strict=True) for v in (x0, x1, None)],
        "y": [v for (_, y0), (_, y1) in zip(was, now, strict=True) for v in (y0, y1, None)],
        "line": {"color": NEUTRAL, "width": 1.5},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    rows, sides = list(range(len(now))), _sides(answer["words"], now, was)
    rings = _dots(mark("before"), rows, answer["words"], was, sides) | {"mode": "markers"}
    rings["marker"] = {"symbol": "circle-open", "size": 9, "color": NEUTRAL, "line": {"width": 2}}
    heads = _dots(mark("after"), rows, answer["words"], now, sides)
    # Arrows point up unless turned, clockwise in degrees; a word that stayed is a dot.
    turns = [math.degrees(math.atan2(x1 - x0, y1 - y0)) for (x0, y0), (x1, y1) in zip(was, now, strict=True)]
    symbols = ["circle" if a == b else "triangle-up" for a, b in zip(was, now, strict=True)]
    heads["marker"] = {"symbol": symbols, "size": 11, "color": TRAINING, "angle": [round(t, 1) for t in turns]}
    layout = _map_layout([*was, *now], answer["words"])
    return {"data": [lines, rings, heads], "layout": layout | {"showlegend": True}}


def _step(step: Mapping[str, Any]) -> str:
    label = f"<b>{html.escape(step['label'])}</b>"
    near = step["nearest"]
    if not near:
        return label
    return say("{sum}, near {word} ({cosine})", sum=label, word=html.escape(near["word"]), cosine=_two(near["cosine"]))


def _row(number: int, label: str, numbers: Sequence[float], color: str) -> Figure:
    return {
        "type": "bar",
        "name": label,
        "uid": f"step-{number}",
        "x": list(range(1, len(numbers) + 1)),
        "y": [_finite(v) for v in numbers],
        "yaxis": _axis(number),
        "marker": {"color": color, "line": {"width": 0}},
        "hovertemplate": f"{say('number %{x}: %{y:.3f}')}<extra></extra>",
    }


def _row_label(text: str, top: float) -> Figure:
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": top, "yanchor": "top", "yshift": 6}
    return {"text": text, **place, "showarrow": False, "font": {"size": 12}}


def _axis(number: int) -> str:
    return f"y{number + 1}" if number else "y"


def _dots(name: str, rows: Sequence[int], words: Sequence[str], places: Sequence[Any], sides: Sequence[str]) -> Figure:
    return {
        "type": "scatter",
        "name": html.escape(say(name)),
        "uid": f"words-{name}",
        "mode": "markers+text",
        "x": [places[n][0] for n in rows],
        "y": [places[n][1] for n in rows],
        "text": [html.escape(words[n]) for n in rows],
        "textposition": [sides[n] for n in rows],
        "textfont": {"size": 12},
        "cliponaxis": False,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _look(number: int) -> Figure:
    color, symbol = LOOKS[number % len(LOOKS)]
    return {"color": color, "symbol": symbol, "size": 9, "line": {"color": NEUTRAL, "width": 1}}


def _sides(
    words: Sequence[str], places: Sequence[tuple[float, float]], also: Sequence[tuple[float, float]] = ()
) -> list[str]:
    """For each word the side of its dot where its label covers least of the dots and labels before it."""
    (low_x, wide), (low_y, high) = (_reach([p[axis] for p in [*places, *also]]) for axis in (0, 1))
    spots = [((x - low_x) / wide, (y - low_y) / high) for x, y in places]
    others = [((x - low_x) / wide, (y - low_y) / high) for x, y in also]
    taken: list[Box] = [(x - LETTER / 2, y - LINE / 4, x + LETTER / 2, y + LINE / 4) for x, y in [*spots, *others]]
    sides = []
    for word, spot in zip(words, spots, strict=True):
        boxes = {side: _box(word, spot, *towards) for side, towards in SIDES.items()}
        covered = {side: sum(_overlap(box, t) for t in taken) for side, box in boxes.items()}
        sides.append(min(covered, key=covered.__getitem__))  # the first of equals
        taken.append(boxes[sides[-1]])
    return sides


def _box(word: str, spot: tuple[float, float], right: int, up: int) -> Box:
    width = LETTER * len(word)
    x, y = spot[0] + right * (width / 2 + LETTER), spot[1] + up * LINE * 0.8
    return x - width / 2, y - LINE / 2, x + width / 2, y + LINE / 2


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _reach(values: Sequence[float]) -> tuple[float, float]:
    """The least value and how far the others go beyond it, 1 where they do not."""
    low = min(values, default=0.0)
    return low, (max(values, default=0.0) - low) or 1.0


def _map_layout(places: Sequence[tuple[float, float]], words: Sequence[str]) -> Figure:
    """Axes without ticks, for directions have no unit, with room for the longest word at either end."""
    axis = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "showline": True}
    longest = min(0.3, LETTER * max((len(w) for w in words), default=0) + 0.03)
    ranges = []
    for number, room in ((0, longest), (1, 0.08)):
        low, wide = _reach([p[number] for p in places])
        ranges.append([low - room * wide, low + (1 + room) * wide])
    frame = [{**axis, "mirror": True, "title": {"text": ""}, "range": r} for r in ranges]
    return _base() | {"hovermode": "closest", "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
                      "xaxis": frame[0], "yaxis": frame[1]}  # fmt: skip


def _place(value: float) -> float:
    """A coordinate in few digits. Maps are made of finite vectors only."""
    return float(f"{value:.4g}")


def _finite(value: float | None) -> float | None:
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None


def _two(value: float) -> str:
    """Two decimals with a true minus sign, and no minus before 0."""
    return f"{value:z.2f}".replace("-", "\u2212")


def _base() -> Figure:
    return {
        "uirevision": "keep",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"},
    }
