"""Pages without a browser: they open, say what is wrong, and take a spec to the address and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.errors import StoreUnavailable
from core.sources.iris_rows import FEATURES
from core.sources.test_reviews import TestReviews
from pages.parts.flower_table import apply_edits, read_rows, write_rows
from pages.parts.form import Form
from pages.parts.lab import shared_runner
from tests.visits import button, said, train, visit

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("iris", "imdb", "library")
pytestmark = pytest.mark.slow


def figures(app: AppTest) -> list[dict[str, Any]]:
    """Every Plotly figure on the page."""
    found = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    return [f["figure"] for f in found if "figure" in f]


def query(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_in_a_state_that_trains_at_once(name: str) -> None:
    app = visit(name)
    assert not app.exception and not app.error
    if name != "library":
        assert button(app, "Train").disabled is False
        assert len(figures(app)) >= 2


def test_home_links_to_every_scenario() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert "IMDB reviews" in said(app) and "Iris extension" in said(app)


def test_run_trains_to_the_end_and_the_address_finds_it_again() -> None:
    app = train(visit("iris", task="source", epochs="12"))
    run = query(app, "run")
    assert figures(app)[0]["data"][0]["x"] == list(range(1, 13))
    again = visit("iris", run=run)
    assert figures(again)[0]["data"][1]["y"] == figures(app)[0]["data"][1]["y"]
    assert again.session_state["iris.source.epochs"] == 12


def test_more_epochs_continue_the_curve_behind_a_divider() -> None:
    app = train(visit("iris", task="source", epochs="5"))
    first = figures(app)[0]["data"][0]["y"]
    button(app, "5 more epochs").click().run()
    shared_runner().wait(query(app, "run"), 60)
    assert len(figures(app.run())[0]["data"][0]["y"]) == 10
    assert figures(app)[0]["data"][0]["y"][:5] == first
    assert "went on" in json.dumps(figures(app)[0]["layout"])


def test_rival_from_scratch_stands_beside_the_run() -> None:
    app = visit("iris", epochs="6")
    next(t for t in app.toggle if t.label == "Beside it: from scratch").set_value(True).run()
    app = train(app)
    rival = query(app, "beside").split(":")[-1]
    shared_runner().wait(rival, 60)
    assert "from scratch" in json.dumps(figures(app.run())[0]["data"])
    spec = shared_runner().snapshot(rival).spec
    assert spec.start == "random" and spec.frozen == ()


def test_last_run_stays_as_a_faint_line_until_cleared() -> None:
    app = train(visit("iris", task="source", epochs="4"))
    app = train(app)
    assert "last run" in json.dumps(figures(app)[0]["data"])
    button(app, "Clear").click().run()
    assert "last run" not in json.dumps(figures(app)[0]["data"]) and "run" not in app.query_params


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("epochs", "0", "1 to 2,000"),
        ("epochs", "ten", "1 to 2,000"),
        ("patience", "99999", "1 to 1,000"),
        ("learning_rate", "nan", "Learning rate"),
        ("frozen", "nosuch", "no such layer"),
        ("nosuch", "1", "no such setting"),
        ("run", "../../etc/passwd", "no such run"),
        ("data", "rows:1,2,3,4,0", "table"),
        ("start", "run:0123456789abcdef", "not here"),
    ],
)
def test_bad_address_is_explained(field: str, value: str, words: str) -> None:
    app = visit("iris", **{field: value})
    assert not app.exception
    if field == "start":  # only the runner can know that there is no such run
        button(app, "Train").click().run()
        assert words in said(app)
    else:
        assert words in said(app) and words in said(app.run())  # an answer that comes in draws the page again
        app.number_input(
            key=f"iris.{query(app, 'task') if 'task' in app.query_params else 'flowers'}.epochs"
        ).set_value(7).run()
        assert words not in said(app)
    assert "run" not in app.query_params


def test_page_says_when_runs_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        monkeypatch.setenv("TRANSFER_LAB_HOME", str(tmp_path / "file"))
        st.cache_resource.clear()
        shared_runner()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception and "cannot be written" in said(app)
    monkeypatch.undo()


@pytest.mark.parametrize(
    "values",
    [
        {"scenario": "imdb", "epochs": 7, "frozen": "embedding", "hidden": 32, "early_stopping": True},
        {"scenario": "iris", "task": "flowers", "data": "rows:1,2,3,4,0;1,2,3,4,1;1,2,3,4,2;1,2,3,4,3;2,2,2,2,0"},
        {"scenario": "iris", "task": "third_species", "examples": 30, "learning_rate": 0.002},
        {"scenario": "imdb", "source": "universal-sentence-encoder", "examples": 50, "batch_size": 512},
        {"scenario": "imdb", "source": "glove-100d", "reviews": 3_000, "frozen": "none"},
    ],
)
def test_spec_survives_the_way_to_the_address_and_back(values: dict[str, Any]) -> None:
    spec = scenarios.parse(values)
    app = visit(spec.scenario, **Form(scenarios.get(spec.scenario)).differences(spec))
    assert not app.exception and not app.error
    state = app.session_state
    with_task = f"{spec.scenario}.{spec.options['task']}" if "task" in spec.options else spec.scenario
    for name, value in spec.flat().items():
        if name not in {"v", "scenario", "frozen", "task"}:
            assert state[f"{with_task}.{name}"] == value, name
    layers = scenarios.get(spec.scenario).layers(spec)
    frozen = [la.name for la in layers if la.fixed or not state[f"{with_task}.trainable.{la.name}"]]
    assert tuple(frozen) == spec.frozen


def test_choosing_a_source_moves_what_hangs_on_it_and_keeps_the_rest() -> None:
    app = visit("imdb", epochs="12")
    source = app.selectbox(key="imdb.source")
    source.set_value("universal-sentence-encoder").run()
    assert not app.exception and "68,927,268 stay exactly" in said(app)
    state = app.session_state
    assert [state[f"imdb.{f}"] for f in ("reviews", "examples", "batch_size", "epochs")] == [3_000, 200, 32, 12]
    assert app.select_slider(key="imdb.examples").options[-1] == "2,000"
    assert button(app, "Train").disabled is False
    app.select_slider(key="imdb.examples").set_value(50).run()
    app.selectbox(key="imdb.source").set_value("news20-stand-in").run()
    state = app.session_state
    assert [state[f"imdb.{f}"] for f in ("reviews", "examples", "batch_size", "epochs")] == [25_000, 50, 512, 12]
    assert "**400,373** of 400,373" in said(app) and not button(app, "Train").disabled


def test_a_source_that_is_not_here_says_where_it_comes_from() -> None:
    app = visit("imdb", source="gnews-swivel-20dim")
    assert not app.exception and "not on this computer" in said(app)
    assert button(app, "Train").disabled


def test_without_test_reviews_the_page_says_that_validation_chose_and_reports() -> None:
    app = visit("imdb")
    app.session_state["imdb.tab"] = "Test"
    assert "Validation both chose and reports" in said(app.run())


def test_sealed_score_is_opened_by_a_button_counted_and_kept(
    wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = TestReviews(("A wonderful film.", "A terrible film.") * 20, np.array([1, 0] * 20, np.float32))
    monkeypatch.setattr("core.insight.sealed.load_test_reviews", lambda: reviews)
    monkeypatch.setattr("pages.parts.test_score.location", lambda name: ROOT)
    app = train(visit("imdb", epochs="2", examples="500"))
    app.session_state["imdb.tab"] = "Test"
    assert "is sealed" in said(app.run()) and "Test accuracy" not in said(app)
    button(app, "Open the test score").click().run()
    wait_until(lambda: "on 40 reviews" in said(app.run()), 30)
    assert "has opened one test score" in said(app) and "Validation said" in said(app)
    monkeypatch.setattr("core.insight.sealed.load_test_reviews", None)  # whoever asks again fails
    again = visit("imdb", run=query(app, "run"))
    again.session_state["imdb.tab"] = "Test"
    assert "on 40 reviews" in said(again.run())


def test_edits_of_the_table_become_rows() -> None:
    row = {"sepal length": 5.0, "sepal width": 3.0, "petal length": 2.0, "petal width": 0.5, "species": "alba"}
    edits = {"edited_rows": {0: {"sepal length": 6.5}}, "deleted_rows": [1], "added_rows": [{"species": "gigas"}]}
    assert write_rows(apply_edits([row, row], edits)) == "rows:6.5,3,2,0.5,0;,,,,3"


def test_freezing_every_layer_is_refused_in_words_and_the_count_follows() -> None:
    app = visit("iris", task="source")
    for name in ("dense_50", "dense_25", "species"):
        next(t for t in app.toggle if t.key == f"iris.source.trainable.{name}").set_value(False).run()
    assert "All layers are frozen" in said(app) and "**0** of 1,603" in said(app)
    assert button(app, "Train").disabled
    next(t for t in app.toggle if t.key == "iris.source.trainable.species").set_value(True).run()
    assert "All layers are frozen" not in said(app) and not button(app, "Train").disabled


def test_address_beside_a_run_keeps_the_settings_of_the_next_one() -> None:
    app = train(visit("imdb", epochs="1", examples="50"))
    app.number_input(key="imdb.epochs").set_value(40).run()
    app.select_slider(key="imdb.examples").set_value(15_000).run()
    again = visit("imdb", **{name: query(app, name) for name in app.query_params})
    assert again.session_state["imdb.epochs"] == 40 and again.session_state["imdb.examples"] == 15_000


def test_run_is_shown_in_the_task_it_belongs_to() -> None:
    app = train(visit("iris", task="source", epochs="3"))
    other = visit("iris", task="flowers", run=query(app, "run"))
    assert query(other, "task") == "source" and "**1,603** of 1,603" in said(other)


def test_moving_a_slider_leaves_the_edited_table_for_new_flowers() -> None:
    app = visit("iris", data="rows:9,9,9,9,0;8,8,8,8,1;7,7,7,7,2;6,6,6,6,3;5,5,5,5,3")
    app.slider(key="iris.flowers.per_species").set_value(3).run()
    assert app.session_state["iris.flowers.data"] == "builtin"
    assert len(app.session_state["iris.flowers.rows"]) == 12 and "data" not in app.query_params


def test_unfinished_table_is_shown_as_it_stands() -> None:
    rows = read_rows("rows:6.5,3,2,0.5,0;,,,,3;x,1,1,1,")
    assert rows[1] == {**dict.fromkeys(FEATURES), "species": "gigas"}
    assert rows[2]["sepal length"] is None and rows[2]["species"] is None
    assert write_rows(rows[:2]) == "rows:6.5,3,2,0.5,0;,,,,3"


@pytest.mark.parametrize(("seconds", "seed"), [(60.0, 30), (0.0, 1)], ids=["echo", "a way back"])
def test_address_that_was_replaced_a_moment_ago_takes_no_setting_back(
    seconds: float, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser sends the address it knew when it sent a click; the page may have written another since."""
    monkeypatch.setattr("pages.parts.address.ECHO_SECONDS", seconds)
    app = visit("imdb", epochs="7")
    app.number_input(key="imdb.seed").set_value(30).run()
    assert query(app, "seed") == "30"
    del app.query_params["seed"]  # as it was before
    app.run()
    assert app.session_state["imdb.seed"] == seed and app.session_state["imdb.epochs"] == 7
