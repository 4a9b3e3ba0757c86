"""Projector mode: begun by the address or the sidebar, the same on every page, left by a button."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.visits import button, visit


def charts(app: AppTest) -> list[dict[str, Any]]:
    """What the page gives its charts to draw."""
    return [data for c in app.get("bidi_component") if "figure" in (data := json.loads(c.proto.json))]


def test_the_address_begins_projector_mode_and_a_button_ends_it() -> None:
    desk = charts(visit("iris"))[0]
    app = visit("iris", view="projector")
    shown = charts(app)[0]
    assert shown["larger"]["text"] > 1 and shown["height"] > desk["height"] and desk["larger"] is None
    assert shown["figure"] == desk["figure"]  # the chart is the same: the browser draws it larger
    assert "epochs" not in app.query_params
    app.switch_page("pages/imdb.py").run()
    assert charts(app)[0]["larger"] and app.query_params["view"] in ("projector", ["projector"])
    button(app, "Leave projector mode").click().run()
    assert charts(app)[0]["larger"] is None and "view" not in app.query_params
    assert not [b for b in app.button if b.label == "Leave projector mode"]


def test_the_sidebar_begins_it_and_nonsense_in_the_address_does_not() -> None:
    app = visit("iris", view="<script>")
    assert charts(app)[0]["larger"] is None and "view" not in app.query_params
    assert not app.error
    app.toggle(key="view.projector").set_value(True).run()
    assert charts(app)[0]["larger"] and "view" in app.query_params


def test_every_chart_has_a_sentence_and_words_for_its_table() -> None:
    for chart in charts(visit("iris")):
        assert len(chart["description"]) > 20 and all(chart["words"].values())
        assert {"{shown}", "{total}"} <= set(chart["words"]["thinned"].split())
