"""Lessons without a browser: the list, a lesson's steps on its page, what hides, and answers that come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import lessons
from core.runs.lessons import Progress
from pages.parts.lab import shared_runner
from tests.unit.test_lessons import example
from tests.visits import button, run_of, said, visit

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a teacher's own lessons, with the README's in it."""
    (tmp_path / "patience.md").write_text(example(), encoding="utf-8")
    monkeypatch.setenv(lessons.FOLDER, str(tmp_path))
    return tmp_path


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def test_the_list_has_all_lessons_and_says_what_is_wrong_with_a_file(folder: Path) -> None:
    (folder / "broken.md").write_text("---\ntitle: x\nscenario: roses\n---\n", encoding="utf-8")
    app = visit("lessons")
    assert labels(app).count("Start") == 7 and "How much patience?" in said(app)
    assert "broken.md, line 3: There is no such scenario. Received: roses." in said(app)
    assert not app.exception


def test_a_lesson_of_ones_own_goes_from_its_first_step_to_the_pack(folder: Path) -> None:
    app = visit("iris", lesson="patience")
    assert app.session_state["iris.source.epochs"] == 60 and "step 1 of 2: **Say what you expect**" in said(app)
    assert "Skip this step" in labels(app) and "Next" not in labels(app)
    app.radio(key="lesson.patience.guess").set_value("yes").run()
    assert "Skip this step" not in labels(app)
    button(app, "Next").click().run()
    assert app.session_state["iris.source.early_stopping"] is True and app.session_state["iris.source.patience"] == 3
    app.button(key="lesson.train").click().run()
    run = run_of(app)
    shared_runner().wait(run, 60)
    app.run()
    assert "Done: run" in said(app) and "answer the question" in said(app)
    app.number_input(key="lesson.patience.best").set_value(7.0).run()
    app.text_area(key="lesson.patience.why").set_value("Nothing <b>much</b>.").run()
    assert "2 of 3" not in said(app) and "3 of 3 questions are answered" in said(app)
    app.button(key="lesson.pack").click().run()
    assert app.session_state["iris.tab"] == "Take home" and not app.exception
    lesson = lessons.find_lesson("patience")
    assert lesson is not None
    progress = shared_runner().store.lessons.progress(shared_runner().snapshot(run).owner, lesson)
    assert progress == Progress(1, {"guess": "yes", "best": "7", "why": "Nothing <b>much</b>."}, {1: run}, {}, "")


def test_what_a_lesson_does_not_name_is_hidden_until_it_is_left(folder: Path) -> None:
    app = visit("iris", lesson="patience")
    shown = [w.label for w in app.number_input]
    assert "Epochs" in shown and not [w for w in app.select_slider if w.label == "Learning rate"]
    assert (
        all(t.disabled for t in app.toggle if "trainable" in str(t.key))
        and "Race" not in labels(app)
        and "Train" in labels(app)
    )
    button(app, "Leave the lesson").click().run()
    assert [w for w in app.select_slider if w.label == "Learning rate"] and "Race" in labels(app)
    assert "lesson" not in app.query_params


def test_a_lesson_that_is_not_there_or_of_another_page_is_said(folder: Path) -> None:
    for name in ("nosuch", "overfitting", "../../etc"):
        app = visit("iris", lesson=name)
        assert "There is no such lesson on this page." in said(app) and not app.exception
        assert "lesson" not in app.query_params


def again(app: AppTest, **query: str) -> AppTest:
    """The page in a new tab of the same browser."""
    other = AppTest.from_file(str(Path(lessons.__file__).parents[2] / "app.py"), default_timeout=90)
    other.session_state["transfer_lab_browser"] = app.session_state["transfer_lab_browser"]
    other.run()
    other.switch_page("pages/iris.py")
    for name, value in query.items():
        other.query_params[name] = value
    return other.run()


def test_answers_and_step_come_back_after_a_reload(folder: Path) -> None:
    app = visit("iris", lesson="patience")
    app.radio(key="lesson.patience.guess").set_value("no").run()
    button(app, "Next").click().run()
    other = again(app, lesson="patience")
    assert "step 2 of 2" in said(other) and other.session_state["iris.source.patience"] == 3
    button(other, "Back").click().run()
    assert other.radio(key="lesson.patience.guess").value == "no"


def test_a_step_that_sets_nothing_has_what_was_set_last_and_a_reload_keeps_what_was_changed() -> None:
    app = visit("iris", lesson="iris-mechanics")
    for _ in range(3):  # the third step sets the extension, the fourth trains it
        app.button(key="lesson.next").click().run()
    opened = again(app, lesson="iris-mechanics")
    assert "step 4 of 7" in said(opened) and opened.session_state["iris.task"] == "flowers"
    assert opened.session_state["iris.flowers.epochs"] == 200
    reloaded = again(app, lesson="iris-mechanics", task="flowers", epochs="150")
    assert reloaded.session_state["iris.flowers.epochs"] == 150
