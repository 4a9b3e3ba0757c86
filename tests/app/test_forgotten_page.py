"""What was forgotten, below the tab What moved: a chart and a sentence where there is an old task, else nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.visits import said, train, visit

pytestmark = pytest.mark.slow


def trained(**query: str) -> AppTest:
    """The iris page with a run of these settings that has finished, the tab What moved open."""
    app = train(visit("iris", "What moved", **query))
    assert not app.exception
    return app


def old_line(app: AppTest) -> list[Any]:
    drawn = [json.loads(c.proto.json).get("figure") for c in app.get("bidi_component")]
    return [t["y"] for figure in drawn if figure for t in figure["data"] if t.get("uid") == "old"]


def test_a_fine_tuned_run_says_what_it_cost_and_draws_it() -> None:
    app = trained(frozen="none", epochs="12")
    assert "The three real irises: 96.7 % before" in said(app)
    assert "fine-tuning has cost" in said(app)
    [line] = old_line(app)
    assert len(line) == 13 and line[-1] < line[0]


def test_a_frozen_base_is_said_to_be_exactly_what_it_was() -> None:
    app = trained(epochs="4")
    assert "Exactly what it was: the base is frozen." in said(app)
    [line] = old_line(app)
    assert len(set(line)) == 1


def test_where_there_was_no_task_before_nothing_is_said() -> None:
    app = trained(task="source", epochs="4")
    assert "After epoch 4: relative distance" in said(app)
    assert "What was forgotten" not in said(app)
    assert old_line(app) == []
