"""The tab Take home without a browser: files are made on request, and what cannot be taken is said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.export.files import MODEL, NOTEBOOK, made_files
from pages.parts.lab import shared_runner

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def open_tab(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/iris.py")
    app.session_state["iris.tab"] = "Take home"
    for field, value in query.items():
        app.query_params[field] = value
    return app.run()


def press(app: AppTest, label: str) -> None:
    next(b for b in app.button if b.label == label).click().run()


def train(app: AppTest) -> str:
    press(app, "Train")
    run = app.query_params["run"]
    run = run if isinstance(run, str) else run[0]
    shared_runner().wait(run, 120)
    app.run()
    return run


def take(app: AppTest, run: str) -> list[str]:
    """Have the files made; returns what the download buttons say."""
    press(app, "Make the files")
    end = time.monotonic() + 60
    while not made_files(run) and time.monotonic() < end:
        time.sleep(0.1)
    app.run().run()
    assert not app.exception
    return [button.proto.label for button in app.get("download_button")]


def said(app: AppTest) -> str:
    return " ".join(str(e.value) for kind in ("warning", "info", "markdown", "caption") for e in app.get(kind))


def test_files_are_offered_once_a_run_is_over_and_made_only_when_asked_for() -> None:
    app = open_tab(epochs="3")
    assert "Train a run to its end" in said(app)
    run = train(app)
    assert not made_files(run) and not app.get("download_button")
    labels = take(app, run)
    for title in (
        "Notebook, ",
        "Trained model, ",
        "Curve (CSV), ",
        "TensorBoard log, ",
        "Curves (SVG)",
        "Hand-in pack",
    ):
        assert any(label.startswith(title) for label in labels), title
    app.text_area[0].set_value("What I saw").run()
    entries = shared_runner().keeping.entries(shared_runner().snapshot(run).owner)
    assert [entry.note for entry in entries] == ["What I saw"]


def test_a_run_with_a_mistake_gives_its_model_and_says_why_it_has_no_notebook() -> None:
    app = open_tab(epochs="3", mistake="shuffled_labels")
    run = train(app)
    labels = take(app, run)
    assert NOTEBOOK not in made_files(run) and MODEL in made_files(run)
    assert not any(label.startswith("Notebook") for label in labels)
    assert "no notebook" in said(app)
