"""Experiments without a browser: started, shown by address, refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import experiments
from pages.parts.lab import shared_runner
from tests.visits import button, said, visit

pytestmark = pytest.mark.slow
SOMEBODY = "0" * 64


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def figures(app: AppTest) -> list[dict[str, Any]]:
    found = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    return [f["figure"] for f in found if "figure" in f]


def names(app: AppTest) -> set[str]:
    return {str(trace["name"]) for figure in figures(app) for trace in figure["data"]}


def in_hand(app: AppTest) -> str:
    value = app.query_params["experiment"]
    return value if isinstance(value, str) else value[0]


def ask(app: AppTest, question: str) -> AppTest:
    button(app, "Ask").click().run()
    return next(g for g in app.get("button_group") if g.label == "Question").set_value(question).run()


def finished(app: AppTest) -> AppTest:
    shared_runner().experiments.wait(in_hand(app), 120)
    return app.run()


def start(kind: str, **setting: Any) -> str:
    """An experiment of somebody else's."""
    values = {"kind": kind, "setting": experiments.setting_for(kind, setting).flat()}
    return shared_runner().experiments.start(experiments.parse(values), SOMEBODY)


def test_one_press_races_and_train_brings_the_curves_back() -> None:
    app = visit("iris", epochs="5")
    button(app, "Race").click().run()
    app = finished(app)
    assert not app.exception
    assert {"feature extraction", "fine-tuning", "from scratch"} <= names(app)
    assert "at the best epochs" in said(app) or "Too close to call" in said(app)
    button(app, "Train").click().run()
    assert "feature extraction" not in names(app) and "validation" in names(app)
    assert "experiment" not in app.query_params
    button(app, "Ask").click().run()
    assert "Race" in labels(app)
    earlier = button_of_earlier(app)
    earlier.click().run()
    assert "feature extraction" in names(app), "it is kept, and can be shown again"


def button_of_earlier(app: AppTest) -> Any:
    return next(b for b in app.button if b.key and ".earlier." in b.key)


def test_where_nothing_is_transferred_the_race_says_so() -> None:
    app = visit("iris", task="source")
    race = button(app, "Race")
    assert race.disabled and "nothing to transfer" in race.help
    app = ask(app, "examples")
    assert "nothing to transfer" in said(app) and "Start" not in labels(app)


def test_depth_is_sized_to_a_lesson_until_told_otherwise() -> None:
    app = ask(visit("cats_dogs", epochs="9"), "depth")
    assert "13 runs, about" in said(app)
    toggle = next(t for t in app.toggle if t.label.startswith("Sized to a lesson"))
    assert "size 96, examples 500, epochs 5, batch size 16" in toggle.label
    lesson = said(app)
    toggle.set_value(False).run()
    assert "runs, about" in said(app) and said(app) != lesson


def test_fewer_than_two_sizes_are_asked_for_again() -> None:
    app = ask(visit("iris", epochs="5"), "examples")
    pills = next(g for g in app.get("button_group") if g.label == "Training examples")
    pills.set_value([20]).run()
    assert "two different sizes" in said(app) and "Start" not in labels(app)


def test_address_of_an_experiment_shows_it_to_anybody_but_only_its_owner_steers() -> None:
    which = start("seeds", scenario="iris", epochs=4)
    shared_runner().experiments.wait(which, 60)
    app = visit("iris", experiment=which)
    assert not app.exception and "5 of 5 runs done" in said(app)
    assert "you are watching" in said(app) and "Stop all" not in labels(app)
    assert app.session_state["iris.flowers.epochs"] == 4, "the settings are those of the experiment"


@pytest.mark.parametrize("which", ["0123456789abcdef", "../../etc/passwd", "<script>"])
def test_an_address_with_no_such_experiment_says_so(which: str) -> None:
    app = visit("iris", experiment=which)
    assert not app.exception and "no such experiment here" in said(app)


def test_an_experiment_of_another_scenario_is_sent_there() -> None:
    which = start("race", scenario="iris", epochs=2)
    shared_runner().experiments.wait(which, 60)
    assert "belongs to another scenario: iris" in said(visit("cats_dogs", experiment=which))


def test_a_run_on_the_chart_can_be_compared_over_seeds() -> None:
    app = visit("iris", epochs="4")
    button(app, "Train").click().run()
    run = app.query_params["run"]
    shared_runner().wait(run if isinstance(run, str) else run[0], 60)
    app = app.run()
    next(n for n in app.number_input if n.label == "Epochs").set_value(8).run()
    app = ask(app, "seeds")
    box = next(s for s in app.selectbox if s.label == "Compare these settings with")
    mine = next(o for o in box.options if "on the chart" in o)
    box.set_value(mine).run()
    button(app, "Start").click().run()
    app = finished(app)
    assert "An effect" in said(app) or "Cannot be told from luck" in said(app)
    specs = {t.spec.epochs for t in shared_runner().experiments.progress(in_hand(app)).trials}
    assert specs == {4, 8}
