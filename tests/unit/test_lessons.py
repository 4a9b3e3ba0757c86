"""Lessons as files: what one says, and each thing that can be wrong with it, named with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core import lessons
from core.errors import LabError
from core.lessons import Lesson, find_lesson, parse_lesson, shelf
from core.lessons.lesson import ANSWER, OPEN, TRAIN
from core.limits import ANSWER_CHARACTERS
from core.runs.lessons import Progress
from core.runs.store import Store

README = Path(__file__).resolve().parents[2] / "README.md"
FRONT = """---
title: A title
about: A sentence.
scenario: iris
settings:
  task: source
  epochs: 9
controls: [epochs]
questions:
  guess:
    ask: "What?"
    choices: [one, two]
---
"""
BODY = "\n## First\n\nSome *words*.\n\n[answer: guess]\n\n## Second\n[set: epochs=12 seed=3]\n\n[train]\n"


def example() -> str:
    """The lesson that the README shows."""
    after = README.read_text(encoding="utf-8").split("<!-- the example lesson -->")[1]
    return re.search(r"```markdown\n(.*?)```", after, re.DOTALL).group(1)  # type: ignore[union-attr]


def read(text: str) -> Lesson:
    return parse_lesson(text, "mine", "mine.md", True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(lessons.FOLDER, str(tmp_path))
    return tmp_path


def test_a_lesson_is_its_settings_questions_and_steps() -> None:
    lesson = read(FRONT + BODY)
    assert (lesson.title, lesson.about, lesson.scenario) == ("A title", "A sentence.", "iris")
    assert [step.title for step in lesson.steps] == ["First", "Second"]
    assert lesson.steps[0].parts[0].text == "Some *words*." and lesson.steps[0].names(ANSWER) == ("guess",)
    assert lesson.questions["guess"].choices == ("one", "two")
    assert (lesson.spec(0).epochs, lesson.spec(1).epochs, lesson.spec(1).seed) == (9, 12, 3)
    assert lesson.steps[1].asks_for(TRAIN) and not lesson.steps[0].asks_for(TRAIN)
    assert lesson.shows("epochs") and not lesson.shows("patience")


def test_the_lesson_in_the_readme_works_as_it_stands_there(folder: Path) -> None:
    (folder / "patience.md").write_text(example(), encoding="utf-8")
    found = shelf()
    assert found.refused == () and found.lessons["patience"].is_own
    lesson = found.lessons["patience"]
    assert len(lesson.steps) == 2 and lesson.steps[1].names(OPEN) == ("Patience",)
    assert lesson.spec(1).early_stopping and lesson.spec(1).patience == 3 and lesson.spec(1).options["task"] == "source"


def test_six_lessons_ship_and_each_opens_on_its_scenario() -> None:
    found = shelf()
    assert len([one for one in found.lessons.values() if not one.is_own]) == 6
    for lesson in found.lessons.values():
        for step in range(len(lesson.steps)):
            assert lesson.spec(step).scenario == lesson.scenario
        assert lesson.steps[-1].asks_for("hand in") and lesson.questions


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("scenario: iris", "scenario: roses"), 4, "no such scenario"),
        (("title: A title\n", ""), 2, "title"),
        (("title: A title", "title: [a, b]"), 2, "title"),
        (("title: A title", "title: <b>A</b> title"), 2, "HTML"),
        (("title: A title", "title: a: b"), 2, "not YAML"),
        (("title: A title", "title: A title\ntitle: Another"), 3, "twice"),
        (("title: A title", "title: A title\ncolour: red"), 3, "no such field"),
        (("title: A title", "title: &a A title\nminutes: *a"), 1, "anchors"),
        (("  epochs: 9", "  epochs: 0"), 7, "Epochs"),
        (("  epochs: 9", "  epoches: 9"), 7, "epoches"),
        (("controls: [epochs]", "controls: [epochs, colour]"), 8, "no such control"),
        (("controls: [epochs]", "controls: epochs"), 8, "list"),
        (("choices: [one, two]", "choices: [one]"), 12, "two or more"),
        (("choices: [one, two]", "choices: [one, two]\n    number: true"), 10, "not both"),
        (("[answer: guess]", "Nothing."), 10, "No step asks"),
        (("[answer: guess]", "[answer: guess, other]"), 19, "other"),
        (("[answer: guess]", "[answer]\n\n[answer: guess]"), 19, "what for"),
        (("[answer: guess]", "[dance: guess]"), 19, "dance"),
        (("[answer: guess]", "[answer: guess]\n\n[open: Attic]"), 21, "Attic"),
        (("epochs=12", "epochs=many"), 22, "Epochs"),
        (("epochs=12", "epochs 12"), 22, "name=value"),
        (("Some *words*.", "Some <script>alert(1)</script>"), 17, "HTML"),
        (("Some *words*.", "Some ![x](https://a.example/x.png)"), 17, "pictures"),
        (("Some *words*.", "Some [link](ftp://a.example/x)"), 17, "link"),
        (("\n## First\n", "\nBefore.\n\n## First\n"), 15, "heading"),
        ((BODY, "\n"), 0, "step"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_and_line(change: tuple[str, str], line: int, words: str) -> None:
    text = FRONT + BODY
    assert change[0] in text
    with pytest.raises(LabError, match=re.escape(words)) as error:
        read(text.replace(*change, 1))
    assert str(error.value).startswith(f"mine.md, line {line}:" if line else "mine.md"), str(error.value)


@pytest.mark.parametrize(
    "front",
    ["", "no front matter", "---\ntitle: x", "---\n---\n", "---\n- a\n---\n", "---\na: !!python/name:os\n---\n"],
)
def test_what_is_no_lesson_is_refused(front: str) -> None:
    with pytest.raises(LabError, match=r"^mine\.md"):
        read(front)


def test_one_broken_file_takes_no_other_with_it_and_a_mended_one_comes_back(folder: Path) -> None:
    (folder / "good.md").write_text(FRONT + BODY, encoding="utf-8")
    (folder / "bad.md").write_text("nothing", encoding="utf-8")
    (folder / "latin.md").write_bytes(FRONT.encode() + "\n## Stra\xdfe\n\nWort\n".encode("latin-1"))
    (folder / "overfitting.md").write_text(FRONT + BODY, encoding="utf-8")
    (folder / "Über.md").write_text(FRONT + BODY, encoding="utf-8")
    found = shelf()
    assert "good" in found.lessons and len(found.refused) == 4
    assert not found.lessons["overfitting"].is_own
    (folder / "bad.md").write_text(FRONT + BODY + "\nMore.\n", encoding="utf-8")
    assert find_lesson("bad") is not None and len(shelf().refused) == 3


def test_an_address_can_name_no_file_elsewhere(folder: Path) -> None:
    assert find_lesson("../../etc/passwd") is None and find_lesson("") is None and find_lesson(None) is None


def test_progress_is_kept_by_browser_and_lesson(own_home: Path) -> None:
    lesson = read(FRONT + BODY)
    store = Store()
    assert store.lessons.progress("a", lesson) is None
    store.lessons.keep("a", lesson, Progress(1, {}, {1: "r"}))
    progress = store.lessons.answer("a", lesson, "guess", " one\x00 ")
    assert progress.answers == {"guess": "one"} and progress.runs == {1: "r"} and progress.lacks(lesson) == []
    assert store.lessons.progress("b", lesson) is None and store.lessons.begun("a") == {"mine": 1}
    with pytest.raises(LabError, match="at most"):
        store.lessons.answer("a", lesson, "guess", "x" * (ANSWER_CHARACTERS + 1))
    store.lessons.start_over("a", lesson)
    assert store.lessons.begun("a") == {}
    store.close()


def test_a_step_lacks_what_it_asks_for() -> None:
    lesson = read(FRONT + BODY)
    assert Progress().lacks(lesson) == ["guess"] and Progress(1).lacks(lesson) == [TRAIN]
    assert Progress(0, {"guess": "one"}).lacks(lesson) == []
