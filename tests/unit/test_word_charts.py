"""Figures of words: each number where it belongs, colour never alone, strangers' text no markup, JSON without NaN."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from core.charts import words as charts
from core.insight import moved_words, near_words, word_lab
from core.sources.word_vectors import WordVectors, shipped_vectors

GLOVE = shipped_vectors()
CAPITALS = word_lab.GROUPS["Countries and capitals"]
QUEEN = word_lab.formula(GLOVE, "king - man + woman")
NEAR = near_words.neighbours(GLOVE, "paris")["neighbours"]
BEFORE = WordVectors(("<b>", "good", "bad", "still"), np.eye(4, dtype=np.float32))
AFTER = WordVectors(BEFORE.words, np.float32([[0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 3, 1], [0, 0, 0, 1]]))
MOVES = moved_words.moves_map(BEFORE, AFTER, BEFORE.words)
FIGURES = {
    "word": charts.word_figure([("<b>", GLOVE.table[0].tolist())]),
    "sum": charts.analogy_figure(QUEEN),
    "no sum": charts.analogy_figure(word_lab.formula(GLOVE, "king - king")),
    "neighbours": charts.neighbours_figure(NEAR),
    "no neighbours": charts.neighbours_figure([]),
    "map": charts.words_map_figure(word_lab.word_map(GLOVE, CAPITALS)),
    "no map": charts.words_map_figure(word_lab.word_map(GLOVE, ["qqqqqq", "wwwwww", "xxxxxx"])),
    "moves": charts.moves_figure(MOVES),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_plain_json_with_finite_numbers(name: str) -> None:
    written = json.dumps(FIGURES[name], allow_nan=False)
    assert "<b><" not in written
    assert {t["type"] for t in FIGURES[name]["data"]} <= {"bar", "scatter"}  # the shipped plotly.js draws no other


def test_a_sum_has_a_row_for_each_step_and_one_for_the_nearest_word() -> None:
    figure = FIGURES["sum"]
    assert [row["y"] for row in figure["data"]] == [
        pytest.approx(numbers, rel=1e-5) for numbers in (*(s["numbers"] for s in QUEEN["steps"]), QUEEN["numbers"])
    ]
    labels = [a["text"] for a in figure["layout"]["annotations"]]
    assert labels[1].startswith("<b>king − man</b>, near ")
    assert labels[3].startswith("<b>queen</b>, the nearest word: cosine 0.")
    assert [row["yaxis"] for row in figure["data"]] == ["y", "y2", "y3", "y4"]


def test_rows_of_a_sum_share_one_scale_and_do_not_overlap() -> None:
    layout = FIGURES["sum"]["layout"]
    axes = [layout[name] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert [axis.get("matches") for axis in axes] == [None, "y", "y", "y"]
    assert all(above["domain"][0] >= below["domain"][1] for above, below in pairwise(axes))


def test_neighbours_are_bars_from_the_nearest_down_with_their_words_and_cosines() -> None:
    bar, layout = FIGURES["neighbours"]["data"][0], FIGURES["neighbours"]["layout"]
    assert bar["x"] == [n["cosine"] for n in NEAR]
    assert layout["yaxis"]["ticktext"] == [n["word"] for n in NEAR]
    assert layout["yaxis"]["range"] == [9.5, -0.5]
    assert bar["text"] == [f"{n['cosine']:.2f}" for n in NEAR]


def test_a_new_neighbour_stands_out_by_more_than_colour() -> None:
    word = NEAR[2]["word"]
    bar = charts.neighbours_figure(NEAR, new=[word])["data"][0]
    for marks in (bar["marker"]["color"], bar["marker"]["pattern"]["shape"], [t[4:] for t in bar["text"]]):
        assert [mark != marks[0] for mark in marks] == [n == 2 for n in range(10)]


def test_a_cosine_below_0_has_room() -> None:
    figure = charts.neighbours_figure([{"word": "a", "cosine": 0.5}, {"word": "b", "cosine": -0.25}])
    assert figure["layout"]["xaxis"]["range"] == [-0.25, 1]
    assert figure["data"][0]["text"] == ["0.50", "−0.25"]


def test_each_word_of_a_map_stands_at_its_place() -> None:
    answer = word_lab.word_map(GLOVE, CAPITALS)
    groups = {w: "country" if n % 2 == 0 else "capital" for n, w in enumerate(CAPITALS)}
    figure = charts.words_map_figure(answer, groups)
    drawn = {w: (x, y) for t in figure["data"] for w, x, y in zip(t["text"], t["x"], t["y"], strict=True)}
    places = {w: (x, y) for w, x, y in zip(answer["words"], answer["x"], answer["y"], strict=True)}
    assert drawn == {w: pytest.approx(p, rel=1e-3) for w, p in places.items()}
    assert [t["name"] for t in figure["data"]] == ["country", "capital"]
    assert len({t["marker"]["symbol"] for t in figure["data"]}) == len({t["marker"]["color"] for t in figure["data"]})
    assert figure["layout"]["showlegend"] is True


def test_labels_of_near_words_stand_on_different_sides() -> None:
    answer: dict[str, Any] = {"words": ["near", "also", "far"], "x": [0.0, 0.0, 1.0], "y": [0.0, 0.0, 1.0]}
    sides = charts.words_map_figure(answer)["data"][0]["textposition"]
    assert sides[0] != sides[1]


def test_a_move_is_a_line_from_a_ring_to_an_arrow_that_points_along_it() -> None:
    answer = {"words": ["up", "right", "down", "still"], "before": [[0, 0]] * 4,
              "after": [[0, 1], [1, 0], [0, -1], [0, 0]]}  # fmt: skip
    lines, rings, heads = charts.moves_figure(answer)["data"]
    assert (lines["x"][3:6], lines["y"][3:6]) == ([0, 1, None], [0, 0, None])
    assert (rings["name"], heads["name"]) == ("before", "after")
    assert heads["marker"]["angle"][:3] == [0, 90, 180]
    assert heads["marker"]["symbol"] == ["triangle-up"] * 3 + ["circle"]
    assert rings["marker"]["symbol"] == "circle-open"


def test_words_that_look_like_markup_are_shown_as_they_are() -> None:
    heads = FIGURES["moves"]["data"][2]
    assert heads["text"][0] == "&lt;b&gt;"
    bar = charts.neighbours_figure([{"word": "<i>", "cosine": 0.5}])
    assert bar["layout"]["yaxis"]["ticktext"] == ["&lt;i&gt;"]
