"""Maps and bars of numbers: what must hold whatever the texts are. Strangers' text is no markup, JSON has no NaN."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from core.charts.bars import number_bars
from core.charts.maps import map_caption, map_figure, sentences_figure
from core.insight.similarity import most_moved, nearest_and_farthest

NAN = float("nan")
REVIEWS = {
    "x": [0.0, 1.0, 2.0, NAN],
    "y": [0.5, 1.5, 2.5, 3.5],
    "labels": [1, 0, 1, 0],
    "texts": ["good", "bad<br /><br /><a href='x'>film</a> & %{x}", "word " * 50, ""],
    "share": 0.314,
}


def trace(figure: dict[str, Any], uid: str) -> dict[str, Any]:
    return next(t for t in figure["data"] if t["uid"] == uid)


@pytest.mark.parametrize("place", [None, [1, 2], [NAN, 2], [None, None]])
@pytest.mark.parametrize("reviews", [REVIEWS, {"x": [], "y": [], "labels": [], "texts": [], "share": NAN}])
def test_map_is_json_without_nan_in_four_traces(reviews: dict[str, Any], place: Any) -> None:
    figure = map_figure(reviews, place, [[1, 1], [NAN, 1]])
    json.dumps(figure, allow_nan=False)
    assert [t["type"] for t in figure["data"]] == ["scatter"] * 4, "plotly's basic bundle, and a zoom that lasts"


def test_map_tells_praise_from_complaint_by_colour_and_symbol() -> None:
    figure = map_figure(REVIEWS, None)
    praise, complaint = trace(figure, "praise"), trace(figure, "complaint")
    assert praise["x"] == [0, 2]
    assert complaint["x"] == [1, None]
    assert praise["marker"]["color"] != complaint["marker"]["color"]
    assert praise["marker"]["symbol"] != complaint["marker"]["symbol"]


def test_map_has_a_labelled_star_only_where_the_review_has_a_place() -> None:
    figure = map_figure(REVIEWS, [7, 8])
    assert (trace(figure, "asked")["x"], trace(figure, "asked")["y"]) == ([7], [8])
    (label,) = figure["layout"]["annotations"]
    assert (label["x"], label["y"]) == (7, 8)
    assert "this review" in label["text"]
    for nowhere in (None, [NAN, 1]):
        figure = map_figure(REVIEWS, nowhere)
        assert trace(figure, "asked")["x"] == []
        assert figure["layout"]["annotations"] == []


def test_map_rings_the_nearest_reviews_that_have_a_place() -> None:
    assert trace(map_figure(REVIEWS, None, [[1, 2], [NAN, 3], [4, 5]]), "nearest")["x"] == [1, 4]
    assert trace(map_figure(REVIEWS, None), "nearest")["showlegend"] is False


def test_hover_shows_the_beginning_of_a_text_without_its_markup() -> None:
    figure = map_figure(REVIEWS, None)
    bad, empty = trace(figure, "complaint")["text"]
    assert bad.replace("<br>", " ") == "bad &lt;a href=&#x27;x&#x27;&gt;film&lt;/a&gt; &amp; %{x}"
    assert empty == ""
    long = trace(figure, "praise")["text"][1].replace("<br>", " ")
    assert long.startswith("word word")
    assert long.endswith("…")
    assert len(long) <= 80


def test_axes_of_maps_have_no_ticks_and_one_scale() -> None:
    for figure in (map_figure(REVIEWS, None), sentences_figure([[0, 0], [1, 1], [2, 5]], ["a", "b", "c"])):
        x, y = figure["layout"]["xaxis"], figure["layout"]["yaxis"]
        assert (x["showticklabels"], y["showticklabels"]) == (False, False)
        assert (y["scaleanchor"], y["scaleratio"]) == ("x", 1)


def test_caption_says_how_much_the_map_keeps() -> None:
    said = map_caption(REVIEWS).replace("\u00a0", " ")
    assert said.startswith("4 of the training reviews, seen along two directions that keep 31 % of the spread")
    assert said.endswith("the rest cannot be seen here.")
    assert "rest" not in map_caption(REVIEWS | {"share": 1.0})
    for unknown in (NAN, None):
        assert "%" not in map_caption(REVIEWS | {"share": unknown})


@pytest.mark.parametrize("count", range(3, 9))
@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0, 1e9])
def test_sentences_are_numbered_from_one_and_all_within_the_axes(count: int, spread: float) -> None:
    points = [[spread * math.cos(n), spread * math.sin(n)] for n in range(count)]
    figure = sentences_figure(points, [f"sentence {n}" for n in range(count)])
    json.dumps(figure, allow_nan=False)
    (dots,) = figure["data"]
    assert [t.strip(" <b>/") for t in dots["text"]] == [str(n) for n in range(1, count + 1)]
    for axis in "xy":
        low, high = figure["layout"][f"{axis}axis"]["range"]
        assert all(low < v < high for v in dots[axis])


def test_sentence_without_a_place_leaves_the_others_theirs() -> None:
    figure = sentences_figure([[0, 0], [NAN, NAN], [None, None], [2, 3]], ["a", "b", "c", "d"])
    json.dumps(figure, allow_nan=False)
    assert figure["data"][0]["x"] == [0, None, None, 2]


def test_sentence_text_is_escaped() -> None:
    (dots,) = sentences_figure([[0, 0], [1, 0], [0, 1]], ["<b>one</b>", "two", "three"])["data"]
    assert dots["customdata"][0] == "&lt;b&gt;one&lt;/b&gt;"


def test_numbers_of_sentences_in_one_place_stand_on_different_sides() -> None:
    (dots,) = sentences_figure([[0, 0]] * 8, list("abcdefgh"))["data"]
    assert len(set(dots["textposition"])) == 8
    (dots,) = sentences_figure([[0, 0]] * 7 + [[9, 9]], list("abcdefgh"))["data"]
    assert len(set(dots["textposition"][:7])) == 7


def test_number_of_a_sentence_turns_away_from_a_dot_beside_it() -> None:
    (dots,) = sentences_figure([[0, 0], [0.8, 0], [10, 0]], list("abc"))["data"]
    assert dots["textposition"] == ["middle left", "middle right", "middle right"]


BEFORE, AFTER = [0.1, 0.31, 0.0, 5.0], [0.1, -0.84, 0.5, 4.5]


def test_most_moved_counts_from_one_and_begins_with_the_largest() -> None:
    assert most_moved(BEFORE, AFTER, 2) == [(2, 0.31, -0.84), (3, 0.0, 0.5)]


def test_most_moved_leaves_out_what_stayed_and_what_is_no_number() -> None:
    assert [p for p, _, _ in most_moved(BEFORE, AFTER, 9)] == [2, 3, 4], "of equal differences the earlier is first"
    assert most_moved(BEFORE, BEFORE) == []
    assert [p for p, _, _ in most_moved([0, NAN, 1], [1, 1, float("inf")])] == [1]


def test_nearest_and_farthest_count_each_pair_once_and_never_a_sentence_with_itself() -> None:
    table = [[1, 0.2, 0.9], [0.2, 1, -0.3], [0.9, -0.3, 1]]
    assert nearest_and_farthest(table) == ((1, 3, 0.9), (2, 3, -0.3))
    assert nearest_and_farthest([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]]) == ((1, 2, 0.5), (1, 2, 0.5))
    assert nearest_and_farthest([[1, NAN, None], [NAN, 1, 0.1], [None, 0.1, 1]]) == ((2, 3, 0.1), (2, 3, 0.1))
    assert nearest_and_farthest([[1, NAN], [NAN, 1]]) is None
    assert nearest_and_farthest([]) is None


@pytest.mark.parametrize("count", [0, 1, 20, 30, 31, 100, 512])
@pytest.mark.parametrize("names", [[], ["one"], ["one", "two"], ["one", "two", "three", "four"]])
def test_number_bars_are_json_and_every_series_has_an_axis(count: int, names: list[str]) -> None:
    figure = number_bars([(name, [NAN, 0.5] * (count // 2) + [1.0] * (count % 2)) for name in names], [1, count])
    json.dumps(figure, allow_nan=False)
    for bars in figure["data"]:
        assert bars["yaxis"].replace("y", "yaxis", 1) in figure["layout"]


def test_few_numbers_stand_side_by_side_and_many_in_rows_with_their_labels() -> None:
    few, many = (number_bars([("before", [1.0] * n), ("after", [2.0] * n)]) for n in (20, 100))
    assert {b["yaxis"] for b in few["data"]} == {"y"}
    assert few["layout"]["showlegend"] is True
    assert [b["yaxis"] for b in many["data"]] == ["y", "y2"]
    assert [a["text"] for a in many["layout"]["annotations"]] == ["before", "after"]
    assert many["layout"]["yaxis2"]["matches"] == "y", "one scale, or the rows cannot be compared"
    assert many["layout"]["yaxis2"]["domain"][1] < many["layout"]["yaxis"]["domain"][0]
    assert many["layout"]["xaxis"]["anchor"] == "y2", "the axis is under the last row"


@pytest.mark.parametrize(("count", "marked"), [(20, [7, 12]), (100, [52, 80]), (512, [7, 493])])
def test_marked_numbers_have_a_band_and_a_bold_tick(count: int, marked: list[int]) -> None:
    layout = number_bars([("before", [1.0] * count)], [*marked, count + 1, 0])["layout"]
    bands = [(s["x0"] + s["x1"]) / 2 for s in layout["shapes"]]
    assert bands == marked
    bold = [v for v, t in zip(layout["xaxis"]["tickvals"], layout["xaxis"]["ticktext"], strict=True) if "<b>" in t]
    assert bold == marked


def test_usual_tick_gives_way_to_a_marked_one_beside_it() -> None:
    ticks = number_bars([("before", [1.0] * 100)], [52])["layout"]["xaxis"]["tickvals"]
    assert ticks == [10, 20, 30, 40, 52, 60, 70, 80, 90, 100]
