"""Teacher mode without a browser: who gets in, what is hidden, who may train, and what the teacher sees."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.classroom.gate import FLAG, VARIABLE
from core.controls import CONTROLS
from pages.parts import flag
from pages.parts.lab import shared_runner
from tests.visits import APP, button, said

pytestmark = pytest.mark.slow
PHRASE = "open sesame 1"
TEACHER, STUDENT = "T" * 32, "S" * 32


@pytest.fixture(autouse=True)
def no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flag, "_gate", None)
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server was started with the flag."""
    monkeypatch.setattr("sys.argv", ["app.py", FLAG, PHRASE])


def look(page: str, token: str = STUDENT, **state: Any) -> AppTest:
    """A page as the browser with this token sees it."""
    app = AppTest.from_file(str(APP), default_timeout=90)
    app.session_state["transfer_lab_browser"] = token
    app.run()
    app.switch_page(f"pages/{page}.py")
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def give(app: AppTest, phrase: str) -> AppTest:
    app.text_input(key="teach.phrase").set_value(phrase)
    return button(app, "Enter").click().run()


def as_teacher(page: str = "teach") -> AppTest:
    shared_runner().classroom.enter(owner(TEACHER), PHRASE)
    return look(page, TEACHER)


def owner(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def labels(app: AppTest) -> set[str]:
    kinds = ("button", "toggle", "slider", "select_slider", "number_input", "selectbox", "button_group", "expander")
    return {str(getattr(e, "label", "")) for kind in kinds for e in app.get(kind)}


def figures(app: AppTest) -> list[dict[str, Any]]:
    found = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    return [f["figure"] for f in found if "figure" in f]


def test_without_the_flag_no_link_and_the_page_says_how_to_start() -> None:
    app = look("teach")
    assert not app.exception and "Teach" not in links(app)
    assert FLAG in app.code[0].value and VARIABLE in said(app)
    assert not app.text_input and not figures(app)


def test_a_short_pass_phrase_is_refused_on_every_page_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sesame")
    app = look("iris")
    assert "8 to 200 characters" in app.error[0].value and "6 characters" in app.error[0].value
    assert "sesame" not in said(app) and not app.button
    monkeypatch.delenv(VARIABLE)
    st.cache_resource.clear()
    assert not look("iris").error


def test_the_variable_is_not_handed_on_to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PHRASE)
    app = look("teach")
    assert VARIABLE not in os.environ
    assert "Teach" in links(app) and app.text_input(key="teach.phrase")


@pytest.mark.usefixtures("started")
def test_a_wrong_pass_phrase_waits_and_the_right_one_opens_the_desk() -> None:
    app = give(look("teach", TEACHER), "open sesame 2")
    assert "not the pass-phrase" in said(app) and "looked at in 1 s" in said(app)
    app = give(app, PHRASE)
    assert "Too early" in said(app) and not app.pills
    shared_runner().classroom._gate._clock = lambda: 1e12  # type: ignore[union-attr]
    app = give(app, PHRASE)
    assert not app.exception and app.pills(key="teach.hidden")
    assert not app.text_input
    app = button(app, "Leave").click().run()
    assert app.text_input(key="teach.phrase") and not app.pills


@pytest.mark.usefixtures("started")
def test_what_the_teacher_hides_is_gone_for_the_class_and_keeps_its_value() -> None:
    student = look("iris")
    student.number_input(key="iris.flowers.epochs").set_value(7).run()
    teacher = as_teacher()
    teacher.pills(key="teach.hidden").set_value(["epochs", "learning_rate", "ask", "layers"]).run()
    student.run()
    assert not student.exception
    assert not {"Epochs", "Learning rate", "Race", "Ask"} & labels(student)
    assert all(t.disabled for t in student.toggle if str(t.key).startswith("iris.flowers.trainable"))
    assert "hidden some controls" in said(student)
    button(student, "Train").click().run()
    run = student.query_params["run"]
    assert shared_runner().snapshot(run if isinstance(run, str) else run[0]).spec.epochs == 7
    own = look("iris", TEACHER)
    assert {"Epochs", "Learning rate", "Race", "Ask"} <= labels(own)
    assert "Hidden from the class, not from you: Epochs, Learning rate" in said(own)
    teacher.pills(key="teach.hidden").set_value([]).run()
    student.run()
    assert {"Epochs", "Learning rate", "Race", "Ask"} <= labels(student)
    assert student.number_input(key="iris.flowers.epochs").value == 7


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("page", ["iris", "cats_dogs"])
def test_a_page_with_everything_hidden_still_trains(page: str) -> None:
    as_teacher().pills(key="teach.hidden").set_value(list(CONTROLS)).run()
    app = look(page)
    assert not app.exception
    assert not app.sidebar.slider and not app.sidebar.number_input and not app.sidebar.get("select_slider")
    assert not button(app, "Train").disabled


@pytest.mark.usefixtures("started")
def test_paused_runs_wait_and_go_on() -> None:
    teacher = as_teacher()
    student = look("iris")
    teacher.toggle(key="teach.paused").set_value(True).run()
    train = button(student, "Train").click()  # pressed on a page that has not noticed yet
    train.run()
    assert "paused new runs" in said(student) and not student.query_params.get("run")
    assert button(student, "Train").disabled and button(student, "Race").disabled
    assert button(student, "Step").disabled
    button(student, "Ask").click().run()
    assert button(student, "Start").disabled
    assert not button(look("iris", TEACHER), "Train").disabled
    assert "paused new runs" in said(AppTest.from_file(str(APP), default_timeout=90).run())  # home says it too
    teacher.toggle(key="teach.paused").set_value(False).run()
    student.run()
    assert not button(student, "Train").disabled and "paused" not in said(student)


@pytest.mark.usefixtures("started")
def test_the_class_as_dots_until_the_teacher_clears_them() -> None:
    teacher = as_teacher()
    assert "Nobody has begun a run" in said(teacher)
    runner = shared_runner()
    run = runner.submit(scenarios.parse({"scenario": "iris", "epochs": 2}), owner(STUDENT))
    runner.wait(run, 60)
    teacher.run()
    (figure,) = figures(teacher)
    assert [t["name"] for t in figure["data"]] == ["Iris extension"]
    assert "1 browser has begun a run, all done." in said(teacher)
    everything = repr(teacher.main) + json.dumps(figure)
    assert run not in everything and owner(STUDENT) not in everything
    button(teacher, "Clear the dots").click().run()
    assert figures(teacher)[0]["data"]
    button(teacher, "Clear").click().run()
    assert not figures(teacher)[0]["data"] and "Nobody has begun a run" in said(teacher)
    assert runner.store.book(owner(STUDENT))


@pytest.mark.usefixtures("started")
def test_the_lesson_that_is_chosen_opens_for_the_class_and_may_be_left() -> None:
    teacher, student, elsewhere = as_teacher(), look("iris"), look("imdb", "O" * 32)
    teacher.selectbox(key="teach.lesson").set_value("iris-mechanics").run()
    student.run()
    assert "step 1 of 7" in said(student) and "iris-mechanics" in student.query_params["lesson"]
    assert student.session_state["iris.task"] == "source" and not {"Race", "Ask"} & labels(student)
    elsewhere.run()
    assert "Go to the lesson" in links(elsewhere) and "step 1" not in said(elsewhere)
    button(student, "Leave the lesson").click().run()
    student.run()
    assert "step 1 of 7" not in said(student) and "Race" in labels(student)
    assert "step 1 of 7" not in said(look("iris", TEACHER)), "the teacher's own page stays free"
    teacher.selectbox(key="teach.lesson").set_value("").run()
    assert "Go to the lesson" not in links(elsewhere.run())
