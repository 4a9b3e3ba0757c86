"""The tab Take home without a browser: files are made on request, and what cannot be taken is said."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.export.files import MODEL, NOTEBOOK, made_files
from pages.parts.lab import shared_runner
from tests.visits import button, run_of, said, train, visit

pytestmark = pytest.mark.slow


def take(app: AppTest, run: str) -> list[str]:
    """Have the files made; returns what the download buttons say."""
    button(app, "Make the files").click().run()
    end = time.monotonic() + 60
    while not made_files(run) and time.monotonic() < end:
        time.sleep(0.1)
    app.run().run()
    assert not app.exception
    return [button.proto.label for button in app.get("download_button")]


def test_files_are_offered_once_a_run_is_over_and_made_only_when_asked_for() -> None:
    app = visit("iris", "Take home", epochs="3")
    assert "Train a run to its end" in said(app)
    run = run_of(train(app))
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
    app = visit("iris", "Take home", epochs="3", mistake="shuffled_labels")
    run = run_of(train(app))
    labels = take(app, run)
    assert NOTEBOOK not in made_files(run) and MODEL in made_files(run)
    assert not any(label.startswith("Notebook") for label in labels)
    assert "no notebook" in said(app)
