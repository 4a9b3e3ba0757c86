"""The word lab without a browser: what each section draws, and what it says to words and formulas it cannot read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.insight.word_lab import formula
from core.sources.sentence_ids import vectors_of
from pages.parts.word_lab import FORMULAS, split_words
from tests.visits import said as said_in_markdown
from tests.visits import train, visit

SHORT = {"examples": "200", "epochs": "2"}
RIGHT = ("queen", "rome", "swimming", "worse", "actress", "tokyo")
WaitUntil = Callable[..., None]
pytestmark = pytest.mark.slow


def open_lab(section: str, typed: dict[str, str] | None = None, **query: str) -> AppTest:
    """The page with the word lab on a section of its own, and something typed there already."""
    app = visit("glove", "Notes", **query)
    app.session_state["glove.tab"] = "Word lab"
    app.session_state["glove.lab"] = section
    for name, text in (typed or {}).items():
        app.session_state[f"glove.{name}"] = text
    return app.run()


def said(app: AppTest) -> str:
    """All text on the page, without the backslashes that keep Markdown out of words."""
    return said_in_markdown(app).replace("\\", "")


def button(app: AppTest, label: str, kind: str = "") -> Any:
    return next(b for b in app.button if b.label == label and kind in str(b.key))


def charts(app: AppTest, uid: str) -> list[dict[str, Any]]:
    """The figures that have this trace."""
    found = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    drawn = [f["figure"] for f in found if "figure" in f]
    return [figure for figure in drawn if any(trace.get("uid") == uid for trace in figure["data"])]


def names(figure: dict[str, Any]) -> list[str]:
    return list(figure["layout"]["yaxis"]["ticktext"])


def settle(app: AppTest, wait_until: WaitUntil, text: str) -> AppTest:
    wait_until(lambda: text in said(app.run()), 60)
    assert not app.exception
    return app


def test_one_word_draws_its_numbers_and_its_neighbours_and_goes_to_one(wait_until: WaitUntil) -> None:
    app = settle(open_lab("One word"), wait_until, "The 100 numbers of paris")
    (near,) = charts(app, "neighbours")
    assert "france" in names(near) and len(names(near)) == 10
    assert "Word 967 of 40,000" in said(app)
    button(app, "france", "near").click().run()
    app = settle(app, wait_until, "The 100 numbers of france")
    assert app.session_state["glove.word"] == "france" and "paris" in names(charts(app, "neighbours")[0])


def test_capitals_are_said_to_be_read_as_a_known_word(wait_until: WaitUntil) -> None:
    app = open_lab("One word", {"word": "Paris"})
    assert "(read as paris)" in said(settle(app, wait_until, "The 100 numbers of Paris"))


def test_unknown_word_offers_spellings_and_a_press_takes_one(wait_until: WaitUntil) -> None:
    app = settle(open_lab("One word", {"word": "wonderfull"}), wait_until, "wonderfull** is not among")
    button(app, "wonderful", "instead").click().run()
    settle(app, wait_until, "The 100 numbers of wonderful")
    assert app.session_state["glove.word"] == "wonderful"


def test_a_word_of_markup_stays_text(wait_until: WaitUntil) -> None:
    app = settle(open_lab("One word", {"word": "<b>*x*&amp;</b>"}), wait_until, "is not among")
    (line,) = [str(m.value) for m in app.markdown if "is not among" in str(m.value)]
    assert r"\<b\>\*x\*\&amp;\</b\>" in line


def test_formula_is_drawn_step_by_step_and_says_what_is_nearest(wait_until: WaitUntil) -> None:
    app = settle(open_lab("Arithmetic"), wait_until, "king − man + woman ≈ queen")
    assert "Cosine 0.78" in said(app) and "with them the nearest would be **king** (0.86)" in said(app)
    (steps,) = charts(app, "step-0")
    assert len(steps["data"]) == 4
    assert names(charts(app, "neighbours")[0])[0] == "queen"


def test_ready_formulas_come_out_as_one_would_hope() -> None:
    vectors = vectors_of("glove-100d")
    assert tuple(formula(vectors, text)["answers"][0]["word"] for text in FORMULAS) == RIGHT


@pytest.mark.parametrize("typed", ["king - ", "king man woman", "+", "a = b = c"])
def test_nonsense_formula_says_so(typed: str, wait_until: WaitUntil) -> None:
    settle(open_lab("Arithmetic", {"formula": typed}), wait_until, "such as king - man + woman")


def test_misspelt_formula_is_mended_wherever_the_word_stands(wait_until: WaitUntil) -> None:
    app = open_lab("Arithmetic", {"formula": "Kingg - man + kingg"})
    app = settle(app, wait_until, "kingg** is not among")
    button(app, "king", "instead").click().run()
    settle(app, wait_until, "≈")
    assert app.session_state["glove.formula"] == "king - man + king"


def test_map_shows_each_word_and_takes_a_ready_group(wait_until: WaitUntil) -> None:
    app = settle(open_lab("Map", {"map": "cat, dog; paris\nrome Zzyzzx zzyzzx"}), wait_until, "of it. The rest")
    (figure,) = charts(app, "words-Animals")
    assert {word for trace in figure["data"] for word in trace["text"]} == {"cat", "dog", "paris", "rome"}
    assert "zzyzzx" in said(app)
    button(app, "Numbers").click().run()
    settle(app, wait_until, "75% of it")


def test_before_a_run_there_is_nothing_to_compare() -> None:
    assert "Train a run with the embedding trainable" in said(open_lab("Before and after"))


def test_after_a_run_that_trained_its_words_those_that_moved_are_named(wait_until: WaitUntil) -> None:
    app = train(open_lab("Before and after", frozen="none", **SHORT))
    app = settle(app, wait_until, "Nearest to good before")
    assert "words moved. Of the" in said(app) and "good** and **bad** " in said(app)
    wait_until(lambda: charts(app.run(), "moves"), 30)
    assert list(app.dataframe[0].value["word"]) and (app.dataframe[0].value["moved by"] > 0).all()
    assert len(charts(app, "neighbours")) == 2


def test_a_run_too_short_to_read_a_word_twenty_times_names_none(wait_until: WaitUntil) -> None:
    app = train(open_lab("Before and after", frozen="none", examples="20", epochs="1"))
    app = settle(app, wait_until, "Nearest to good before")
    assert "words moved" in said(app) and not app.warning


def test_after_a_frozen_run_every_distance_is_exactly_0(wait_until: WaitUntil) -> None:
    app = train(open_lab("Before and after", **SHORT))
    assert "every distance is exactly 0" in said(settle(app, wait_until, "No word moved"))


def test_words_are_parted_at_spaces_commas_semicolons_and_lines() -> None:
    assert split_words(" a, b;c\n\nd  ,") == ["a", "b", "c", "d"]
