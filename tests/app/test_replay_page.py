"""Predict first and Patience on the page: what is picked is drawn, kept with its run and answered; any patience can be
tried on a curve and taken over."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.insight.prediction import SKETCH, Prediction
from pages.parts.lab import shared_runner
from tests.visits import button, run_of, said, train, visit

pytestmark = pytest.mark.slow
TASK = "iris.source"
DRAWN = {"kind": SKETCH, "points": ((1, 1.0), (3, 0.5), (6, 0.9))}


def open_page(name: str = "iris", **query: str) -> AppTest:
    return visit(name, **query)


def sent(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(c.proto.json) for c in app.get("bidi_component")]


def expected(app: AppTest) -> dict[str, Any]:
    """The expected line on the loss chart, which is the first."""
    figure = next(s["figure"] for s in sent(app) if "figure" in s)
    return dict(next(t for t in figure["data"] if t["uid"] == "expected"))


def test_a_picked_shape_is_drawn_before_during_and_after_its_run_only() -> None:
    app = open_page(task="source", epochs="6")
    assert expected(app)["x"] == [] and expected(app)["showlegend"] is False
    app.session_state[f"{TASK}.predict"] = True  # the button, pressed
    app.run()
    app.pills(key=f"{TASK}.predict.shape.0").set_value("turns").run()
    turn = app.slider(key=f"{TASK}.predict.turn.0.6")
    assert (turn.min, turn.max, turn.value) == (2, 5, 2)
    turn.set_value(4).run()
    line = expected(app)
    assert line["x"] == [1, 2, 3, 4, 5, 6] and min(zip(line["y"], line["x"], strict=True))[1] == 4
    train(app)
    assert not app.exception and expected(app)["y"] == line["y"]
    assert shared_runner().expected(run_of(app)).kind == "turns"
    assert "You expected it to turn at epoch 4" in said(app)
    assert app.session_state[f"{TASK}.prediction"] is None
    button(app, "Clear").click().run()  # nothing is expected of the next run
    assert expected(app)["x"] == [] and "You expected" not in said(app)


def test_what_was_drawn_is_kept_with_its_run_for_everybody() -> None:
    app = open_page(task="source", epochs="5")
    app.session_state[f"{TASK}.prediction"] = DRAWN
    train(app.run())
    run = run_of(app)
    assert shared_runner().expected(run) == Prediction(SKETCH, ((1, 1.0), (3, 0.5)))  # what lies beyond is cut off
    other = open_page(run=run)
    assert (expected(other)["x"], expected(other)["name"]) == ([1, 3], "its owner expected")
    assert "Its owner expected it to" in said(other)


def test_a_prediction_in_hand_can_be_forgotten_and_stays_with_its_task() -> None:
    app = open_page(task="source", epochs="6")
    app.session_state[f"{TASK}.predict"] = True
    app.session_state[f"{TASK}.prediction"] = DRAWN
    assert expected(app.run())["x"] == [1, 3, 6]
    app.segmented_control(key="iris.task").set_value("flowers").run()
    assert expected(app)["x"] == []
    app.segmented_control(key="iris.task").set_value("source").run()
    assert expected(app)["x"] == [1, 3, 6]
    app.session_state[f"{TASK}.predict"] = True
    app.run()
    button(app, "Forget it").click().run()
    assert expected(app)["x"] == [] and button(app, "Forget it").disabled
    app.session_state[f"{TASK}.prediction"] = DRAWN
    app.number_input(key=f"{TASK}.epochs").set_value(2).run()
    assert "With 3 epochs or more" in said(app) and expected(app)["x"] == []


def test_any_patience_is_tried_on_a_finished_run_and_taken_over_for_the_next() -> None:
    app = open_page(task="source", epochs="15", learning_rate="0.1")
    app.session_state["iris.tab"] = "Patience"
    assert "Train a run" in said(app.run())
    train(app)
    rows = next(str(h.value) for h in app.get("html") if "lab-replay" in str(h.value))
    assert rows.count("<tr>") == 7
    app.slider(key=f"{TASK}.replay.patience").set_value(1).run()
    first = said(app)
    assert "With patience 1 it would have stopped at epoch" in first
    app.slider(key=f"{TASK}.replay.patience").set_value(15).run()
    assert "With patience 15 it would not have stopped" in said(app)
    app.select_slider(key=f"{TASK}.replay.min_delta").set_value(0.01).run()
    app.slider(key=f"{TASK}.replay.patience").set_value(2).run()
    button(app, "Use these for the next run").click().run()
    state = app.session_state
    assert [state[f"{TASK}.{f}"] for f in ("early_stopping", "patience", "min_delta")] == [True, 2, 0.01]
    assert not app.exception and app.query_params["patience"] in ("2", ["2"])


def has_paused_after(run: str, epochs: int) -> bool:
    snapshot = shared_runner().snapshot(run)
    return snapshot.state == "paused" and len(snapshot.epochs) >= epochs


def test_a_run_under_way_is_replayed_as_far_as_it_has_come(wait_until: Callable[..., None]) -> None:
    app = open_page(task="source", epochs="9")
    app.session_state["iris.tab"] = "Patience"
    button(app, "Step").click().run()
    run = run_of(app)
    for epochs in (1, 2, 3):
        wait_until(partial(has_paused_after, run, epochs), 60)
        words = said(app.run())
        assert ("After two epochs" in words) == (epochs < 2) and ("So far: With patience" in words) == (epochs >= 2)
        button(app, "Step").click().run()
    button(app, "Stop").click().run()
    shared_runner().wait(run, 60)
    assert "This run ended at epoch" in said(app.run()) and not app.exception
