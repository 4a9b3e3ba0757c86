"""The tab What moved without a browser: layers with their locks, and words that an epoch's slider moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.history import Epoch, Snapshot
from core.models.weights import run_folder
from core.training.trail import FILE
from pages.parts.lab import shared_runner
from pages.parts.moved import MOST_LINES, grouped
from tests.visits import button, run_of, said, visit
from tests.visits import train as train_here

SHORT = {"reviews": "3000", "examples": "100", "epochs": "3", "batch_size": "32", "learning_rate": "0.01"}
pytestmark = pytest.mark.slow


def open_tab(name: str, **query: str) -> AppTest:
    return visit(name, "What moved", **query)


def press_train(app: AppTest) -> str:
    button(app, "Train").click().run()
    return run_of(app)


def train(name: str, **query: str) -> tuple[AppTest, str]:
    app = train_here(open_tab(name, **query))
    assert not app.exception
    return app, run_of(app)


def traces(app: AppTest, uid: str) -> dict[str, Any]:
    """The traces of the figure that has this one, by name; none where it is not drawn."""
    drawn = [json.loads(c.proto.json).get("figure") for c in app.get("bidi_component")]
    found = [{t["uid"]: t for t in figure["data"] if "uid" in t} for figure in drawn if figure]
    return next((figure for figure in found if uid in figure), {})


def table(app: AppTest) -> dict[str, str]:
    """The layers and how far they have moved."""
    rows = app.table[0].value
    return dict(zip(rows["layer"], rows["moved by"], strict=True))


def epoch_slider(app: AppTest) -> Any:
    return next((s for s in app.slider if s.label == "Epoch"), None)


def test_slider_moves_the_words_and_nothing_else_on_the_map() -> None:
    app, _ = train("imdb", **SHORT)
    assert epoch_slider(app).max == 3 and "By epoch 3 *good* and *bad*" in said(app)
    late = traces(app, "began")
    epoch_slider(app).set_value(1).run()
    early = traces(app, "began")
    assert "By epoch 1 *good* and *bad*" in said(app)
    assert early["began"] == late["began"] and early["now-praise"]["x"] != late["now-praise"]["x"]
    epoch_slider(app).set_value(0).run()
    start = traces(app, "began")
    places = [xy for kind in ("praise", "complaint", "neither") for xy in zip(*at(start, kind), strict=True)]
    assert places == list(zip(start["began"]["x"], start["began"]["y"], strict=True))
    assert "At the beginning *good* and *bad* have a cosine of" in said(app)


def at(figure: dict[str, Any], kind: str) -> tuple[list[float], list[float]]:
    return figure[f"now-{kind}"]["x"], figure[f"now-{kind}"]["y"]


def test_frozen_embedding_is_locked_at_0_and_moves_no_word() -> None:
    app, _ = train("imdb", frozen="embedding", **SHORT)
    assert table(app)[":material/lock: embedding (frozen)"] == "exactly 0, bit-identical"
    assert table(app)["hidden"].endswith(" %") and traces(app, "hidden")["embedding"]["name"] == "embedding (frozen)"
    assert ":material/lock: **No word moves**" in said(app)
    assert epoch_slider(app) is None and traces(app, "began")


def test_paused_run_shows_its_words_as_far_as_they_went(wait_until: Callable[..., None]) -> None:
    app = open_tab("imdb", **{**SHORT, "epochs": "500"})
    run, runner = press_train(app), shared_runner()
    wait_until(lambda: len(runner.snapshot(run).epochs) >= 2, 60)
    assert "drawn when it pauses or ends" in said(app.run())
    runner.pause(run, runner.snapshot(run).owner)
    wait_until(lambda: runner.snapshot(run).state == "paused", 30)
    app.run()
    assert not app.exception
    assert epoch_slider(app).max == len(runner.snapshot(run).epochs) < 500 and traces(app, "began")
    runner.stop(run, runner.snapshot(run).owner)
    runner.wait(run, 30)


def test_run_without_a_trail_says_so_and_how_to_get_one() -> None:
    app = open_tab("imdb", **SHORT)
    app.session_state["imdb.tab"] = "Notes"
    run = press_train(app)
    shared_runner().wait(run, 120)
    (run_folder(run) / FILE).unlink()
    app.session_state["imdb.tab"] = "What moved"
    assert "This run kept no trail of its words" in said(app.run()) and not app.exception
    assert traces(app, "hidden") and not traces(app, "began")


def test_words_are_not_spoken_of_where_there_are_none() -> None:
    app, _ = train("iris", epochs="2")
    assert len(table(app)) == 3 and "Where the words went" not in said(app)


def moved(spec: Any, **distances: float) -> Snapshot:
    names = [layer.name for layer in scenarios.get(spec.scenario).layers(spec) if layer.parameters]
    far = {name: 0.0 if name in spec.frozen else 0.25 for name in names} | distances
    return Snapshot("0" * 16, spec, "finished", (Epoch(1, 0.5, 0.5, 0.5, 0.5, 0.1, far),))


def test_of_many_layers_frozen_neighbours_share_a_line() -> None:
    scenario = scenarios.get("cats_dogs")
    frozen, trainable = (grouped(scenario, moved(scenarios.parse({"scenario": "cats_dogs", **v}))) for v in (
        {}, {"frozen": "none"}))  # fmt: skip
    assert [(len(g.layers), g.is_frozen) for g in frozen] == [(19, True), (1, False)]
    assert frozen[0].title == "stem to last_convolution, 19 layers"
    assert len(trainable) == 20 > MOST_LINES and not any(g.is_frozen for g in trainable)


def test_a_frozen_layer_that_moved_is_not_called_still() -> None:
    spec = scenarios.parse({"scenario": "imdb", "frozen": "embedding"})
    distances = {"embedding": 0.01, "hidden": 0.000123, "output": 1e-9}
    groups = grouped(scenarios.get("imdb"), moved(spec, **distances))
    assert [group.distance for group in groups] == ["1.0 %", "0.012 %", "under 0.0001 %"]
