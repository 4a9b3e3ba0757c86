"""Texts of one's own on both pages of texts: brought, listed, used, deleted; and what another browser sees of them."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.runs.brought import TEXTS
from core.sources.own_texts import SETS
from pages.parts.lab import shared_runner
from pages.parts.own_data import goes_in
from tests.visits import button, said, visit

pytestmark = pytest.mark.slow
SOMEBODY = "5" * 64


def open_page(scenario: str, tab: str = "Data", **query: str) -> AppTest:
    return visit(scenario, tab, **query)


def press(app: AppTest, label: str) -> AppTest:
    return button(app, label).click().run()


def answered(app: AppTest) -> AppTest:
    for _ in range(3):
        for future in list(app.session_state["asked"].values()) if "asked" in app.session_state else []:
            future.result(60)
        app.run()
    return app


def bring(app: AppTest, scenario: str, texts: int = 60) -> AppTest:
    rows = "".join(f"{'good' if n % 2 else 'bad'} film {n},{n % 2}\n" for n in range(texts))
    app.session_state[f"{scenario}.own"] = True
    app.run()
    content = f"text,sentiment\n{rows},1\n".encode()
    app.file_uploader[0].set_value(("my *films*.csv", content, "text/csv")).run()
    return app.button(key=f"{scenario}.own.use").click().run()


@pytest.mark.parametrize("scenario", ["imdb", "glove"])
def test_texts_are_brought_trained_on_listed_and_deleted(scenario: str) -> None:
    app = open_page(scenario)
    app.session_state[f"{scenario}.own"] = True
    assert "Nothing brought in this browser yet" in said(app.run())
    app = bring(app, scenario)
    data = app.session_state[f"{scenario}.data"]
    assert not app.exception and data.startswith("sha256:") and app.session_state[f"{scenario}.examples"] == 48
    assert "trains on 48 of your texts" in said(app) and "1 without a text" in said(app)
    assert "60 texts \\(30 praise, 30 complaint\\) from my \\*films\\*.csv" in said(app)
    assert "deleted in 24 hours" in said(app) and "in the settings now" in said(app) and "Yours alone" in said(app)
    assert "**48** to train on" in said(answered(app))
    press(app, "Train")
    run = str(app.session_state[f"{scenario}.run"])
    shared_runner().wait(run, 60)
    assert shared_runner().snapshot(run).state == "finished" and shared_runner().snapshot(run).spec.data == data
    name = data[7:19]
    app.run().button(key=f"{scenario}.kept.delete.{name}").click().run()
    assert "cannot be brought back" in said(app) and SETS.folder(data).is_dir()
    press(app, "Keep it").button(key=f"{scenario}.kept.delete.{name}").click().run()
    press(app, "Delete for good")
    assert not app.exception and not SETS.folder(data).exists()
    assert app.session_state[f"{scenario}.data"] == "builtin" and "Nothing brought" in said(app)
    assert app.session_state[f"{scenario}.examples"] == {"imdb": 15_000, "glove": 6_824}[scenario]
    assert "Its curve stays" in said(app) and len(shared_runner().snapshot(run).epochs) > 0
    app.switch_page("pages/compare.py").run()
    drawn = " ".join(str(e.proto.body) for e in app.get("html"))
    assert not app.exception and "its data are deleted" in drawn


def test_a_link_to_another_browsers_texts_is_refused_and_its_curve_is_seen() -> None:
    app = bring(open_page("imdb", epochs="2"), "imdb")
    data, runner = app.session_state["imdb.data"], shared_runner()
    mine = runner.brought.of(app_owner(data))
    runner.brought._write(runner.brought._rows.update().values(owner=SOMEBODY))  # as if it had been another browser
    assert mine and not runner.brought.of(app_owner(data))
    spec = scenarios.parse({"scenario": "imdb", "data": data, "epochs": 3})
    run = runner.submit(spec, SOMEBODY)
    runner.wait(run, 60)
    app = open_page("imdb", "Data", data=data, epochs="3")
    assert not app.exception and "brought in another browser and are its own" in said(app)
    assert next(b for b in app.button if b.label == "Train").disabled
    app.query_params.clear()
    app.query_params["run"] = run
    for tab in ("Try it", "Data", "What moved", "Test"):
        app.session_state["imdb.tab"] = tab
        app.run()
        assert not app.exception and "watching another browser's run" in said(app), tab
        assert said(app).count("brought in another browser") >= 1, tab
    asked = app.session_state["asked"] if "asked" in app.session_state else {}  # noqa: SIM401
    assert not any(data in question for question in asked)
    assert len(runner.snapshot(run).epochs) == 3


def app_owner(data: str) -> str:
    rows: Any = shared_runner().brought._of_set(data)
    return str(rows[0].owner) if rows and rows[0].owner != SOMEBODY else "nobody"


def test_a_set_brought_before_is_one_press_away() -> None:
    app = bring(open_page("imdb"), "imdb")
    data = app.session_state["imdb.data"]
    app.selectbox(key="imdb.data").set_value("builtin").run()
    assert app.session_state["imdb.examples"] == 15_000
    app.button(key=f"imdb.kept.use.{data[7:19]}").click().run()
    assert not app.exception and app.session_state["imdb.data"] == data and app.session_state["imdb.examples"] == 48
    assert not [w for w in app.segmented_control if w.key == "imdb.reviews"]  # means nothing here
    runner = shared_runner()
    runner.brought.add("sha256:" + 64 * "7", app_owner(data), "pictures", "photos")
    assert TEXTS == scenarios.get("imdb").brings and "photos" not in said(app.run())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(86_399, "in 24 hours"), (5_500, "in 2 hours"), (5_000, "in 83 minutes"), (61, "in one minute"),
     (0, "in one minute")],
)  # fmt: skip
def test_when_it_goes_is_said_in_words(seconds: float, words: str) -> None:
    assert goes_in(seconds) == words
