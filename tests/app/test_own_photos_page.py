"""Photos of one's own on the page without a browser: uploaded, taken, counted, refused in words, and trained on."""

from __future__ import annotations

import io
import shutil
import time
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.history import Snapshot
from core.sources import photo_sets
from core.sources.photo_sets import Brought
from pages.parts import own_photos, own_uploads, photo_basket
from pages.parts.form import Form
from pages.parts.lab import shared_runner
from pages.parts.own_classes import class_names, heat_words
from tests.visits import said, visit

pytestmark = pytest.mark.slow


def open_panel(**query: str) -> AppTest:
    app = visit("cats_dogs", "Notes", **query)  # the other tabs ask a worker
    return app.button(key="cats_dogs.own.show").click().run()


def jpeg(number: int) -> bytes:
    file, noise = io.BytesIO(), np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()


def files(first: int, count: int = 6) -> list[tuple[str, bytes, str]]:
    return [(f"{n}.jpg", jpeg(n), "image/jpeg") for n in range(first, first + count)]


def packed(classes: tuple[str, ...] = ("apples", "pears", "<b>plums"), more: dict[str, bytes] | None = None) -> Any:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for label, name in enumerate(classes):
            for n in range(6):
                archive.writestr(f"fruit/{name}/{n}.jpg", jpeg(100 * label + n))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return ("fruit.zip", file.getvalue(), "application/zip")


def field(app: AppTest, name: str) -> Any:
    return app.session_state[f"cats_dogs.{name}"]


def drawn(app: AppTest) -> str:
    return " ".join(str(e.proto.body) for e in app.get("html"))


def way(app: AppTest, name: str) -> AppTest:
    return app.button_group(key="cats_dogs.own.way").set_value(name).run()


def upload(app: AppTest, label: str, given: Any) -> AppTest:
    return next(u for u in app.file_uploader if u.label == label).set_value(given).run()


def use(app: AppTest) -> AppTest:
    """Press the button, and look again once all is read."""
    app.button(key="cats_dogs.own.use").click().run()
    if intake := field(app, "own.intake"):
        intake.wait(60)
        app.run()
    return app


def test_limits_are_said_before_anything_is_uploaded() -> None:
    app = open_panel()
    assert not app.exception
    for words in ("2 to 10 classes", "at least 6 photos", "20 MB a photo", "200 MB", "5,000 files", "data folder"):
        assert words in said(app)


def test_a_zip_becomes_the_data_of_the_next_run_and_what_was_left_out_is_said() -> None:
    more = {"fruit/pears/letter.jpg": b"Dear pear", "fruit/pears/twin.jpg": jpeg(100)}
    app = use(upload(open_panel(), "A zip of folders", packed(more=more)))
    assert not app.exception
    assert field(app, "data").startswith("sha256:") and field(app, "classes") == 3 and field(app, "examples") == 12
    assert "**3,843** of 414,051 numbers will change" in said(app)
    assert "trains on 12 photos of 3 classes" in said(app) and "validates on 6" in said(app)
    assert "fewer than 5 photos of a class to validate on" in said(app)
    html = drawn(app)
    assert "fruit/pears/letter.jpg: This file is not a picture" in html
    assert "fruit/pears/twin.jpg is the same as fruit/pears/0.jpg" in html or "0.jpg is the same as" in html
    assert "&lt;b&gt;plums" in html and "<b>plums" not in html + said(app)
    own = field(app, "data")
    app.selectbox(key="cats_dogs.data").set_value("builtin").run()
    assert own in app.selectbox(key="cats_dogs.data").proto.options or "Own: <b>plums, apples, pears" in app.selectbox(
        key="cats_dogs.data").options  # fmt: skip
    assert (field(app, "classes"), field(app, "examples")) == (0, 2_000)
    assert "**1,281** of 411,489" in said(app)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("net.keras", packed()[1], "Models are never loaded"), ("a.zip", b"Rar!\x1a\x07\x01\x00", "a RAR archive")],
)
def test_what_is_no_zip_is_refused_at_once_and_the_zip_before_stays(name: str, content: bytes, words: str) -> None:
    app = upload(open_panel(), "A zip of folders", packed())
    upload(app, "A zip of folders", (name, content, "application/zip"))
    assert words in said(app) and not app.exception
    assert field(app, "own.zip")[0] == "fruit.zip"
    assert field(use(app), "classes") == 3


def test_an_error_of_reading_loses_nothing_that_was_uploaded() -> None:
    app = use(upload(open_panel(), "A zip of folders", packed(("apples",))))
    assert "needs 2 to 10 folders" in said(app) and field(app, "data") == "builtin"
    assert field(app, "own.zip") is not None


def test_files_are_gathered_class_by_class_and_kept_when_others_come() -> None:
    app = way(open_panel(), own_uploads.FILES)
    assert app.button(key="cats_dogs.own.use").disabled
    app.text_input(key="cats_dogs.own.name.0").set_value("mugs").run()
    app.text_input(key="cats_dogs.own.name.1").set_value("MUGS").run()
    assert "Two classes are called" in said(app)
    app.text_input(key="cats_dogs.own.name.1").set_value("pens").run()
    upload(app, "Photos of mugs", files(0, 3))
    upload(app, "Photos of mugs", files(3, 3))
    upload(app, "Photos of pens", files(50, 5))
    assert "Still too few: pens" in said(app) and app.button(key="cats_dogs.own.use").disabled
    upload(app, "Photos of pens", [("odd.jpg", b"no picture", "image/jpeg"), *files(60, 2)])
    app.button(key="cats_dogs.own.undo").click().run()
    assert len(field(app, "own.basket")) == 13
    assert next(b for b in app.button if b.key == "cats_dogs.own.use").label == "Use these 13 photos"
    assert use(app).session_state["cats_dogs.own.brought"].classes == ("mugs", "pens")
    assert "odd.jpg" in drawn(app) and len(field(app, "own.basket")) == 13


def test_pictures_of_a_camera_go_to_the_class_that_is_chosen() -> None:
    app = way(open_panel(), own_uploads.CAMERA)
    assert "https" in said(app)
    for label in (0, 1):
        app.button_group(key="cats_dogs.own.next").set_value(label).run()
        for number in range(6):
            app.camera_input[0].set_value(("shot.jpg", jpeg(100 * label + number), "image/jpeg")).run()
    assert said(app).count("6 of at least 6") == 2 and drawn(app).count("data:image/jpeg;base64") == 12
    assert use(app).session_state["cats_dogs.own.brought"].counts["train"] == (4, 4)


def test_a_folder_keeps_its_folders() -> None:
    app = way(open_panel(), own_uploads.FOLDER)
    given = [(f"mine/{kind}/{name}", content, form) for kind, first in (("a", 0), ("b", 50))
             for name, content, form in files(first)]  # fmt: skip
    upload(
        app, "A folder with a folder of photos for each class", [*given, ("../../x/evil.jpg", jpeg(1), "image/jpeg")]
    )
    assert use(app).session_state["cats_dogs.own.brought"].classes == ("a", "b")
    assert "evil.jpg: Its name leads out of the folder." in drawn(app)


def test_reading_can_be_cancelled_and_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    app = upload(open_panel(), "A zip of folders", packed())
    held: list[Any] = []

    def slow(content: Any, name: str, tell: Any) -> Brought:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            tell("reading photos", 3, 12)
            held.append(1)
            time.sleep(0.02)
        raise AssertionError("It was not cancelled.")

    monkeypatch.setattr(own_uploads, "bring_zip", slow)
    app.button(key="cats_dogs.own.use").click().run()
    wait_until(lambda: held)
    app.run()
    assert "Reading photos: 3 of 12" in str([e.proto for e in app.get("progress")])
    intake = field(app, "own.intake")
    app.button(key="own-photos-cancel").click().run()
    assert intake.wait(10).state == "cancelled"
    app.run()
    assert not app.exception and field(app, "data") == "builtin" and field(app, "own.zip") is not None


def test_a_basket_takes_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_basket, "PHOTOS_BYTES", 2_500)
    app = way(open_panel(), own_uploads.FILES)
    upload(app, "Photos of class 1", files(0, 6))
    assert "not all were taken" in said(app) and 0 < len(field(app, "own.basket")) < 6


def test_a_trained_run_answers_with_bars_and_is_read_when_its_photos_are_gone() -> None:
    app = use(upload(open_panel(), "A zip of folders", packed()))
    app.session_state["cats_dogs.epochs"] = 1
    app.session_state["cats_dogs.size"] = 96
    app.run()
    next(b for b in app.button if b.label == "Train").click().run()
    run = str(app.query_params["run"][0] if isinstance(app.query_params["run"], list) else app.query_params["run"])
    shared_runner().wait(run, 120)
    for gone in (False, True):
        if gone:
            shutil.rmtree(photo_sets.SETS.folder(field(app, "data")))
        for tab, words in (("Try it", "a guess would be 0.33"), ("Mistakes", "on this computer" if gone else "right")):
            app.session_state["cats_dogs.tab"] = tab
            app.run()
            for future in app.session_state["asked"].values():
                future.exception(120)
            app.run()
            assert not app.exception and words in said(app), (tab, gone)
            if tab == "Try it":
                assert all(f"{name} <small>" in drawn(app).replace("<b>", "").replace("</b>", "") for name in
                           ("apples", "pears", "&lt;b&gt;plums"))  # fmt: skip
    app.session_state["cats_dogs.tab"] = "Test"
    assert not app.run().exception


def test_names_are_those_the_run_kept_and_numbers_where_nobody_knows() -> None:
    spec = scenarios.parse({"scenario": "cats_dogs"})
    own = spec.model_copy(update={"data": f"sha256:{'a' * 64}", "options": {**spec.options, "classes": 3}})
    assert class_names(spec) == ("cat", "dog")
    assert class_names(own, Snapshot("0" * 16, own, "finished", classes=("x", "y", "z"))) == ("x", "y", "z")
    assert class_names(own) == ("class 1", "class 2", "class 3")
    assert heat_words(("x", "y", "z"), 1) == ("y", "another class") and heat_words(("x", "y"), 1) == ("y", "x")


def test_a_set_brought_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    monkeypatch.setattr(own_photos, "_keep", lambda lab, form, brought: noted.append(brought.data))
    app = use(upload(open_panel(), "A zip of folders", packed()))
    app.run()
    assert noted == [field(app, "data")]
    assert Form(scenarios.get("cats_dogs")).key("data") == "cats_dogs.data"


def test_a_lesson_on_own_photos_stays_with_them() -> None:
    app = use(upload(open_panel(), "A zip of folders", packed()))
    app.session_state["cats_dogs.asking"] = True
    app.session_state["cats_dogs.question"] = "depth"
    app.run()
    assert not app.exception
    assert "examples 12" in next(t.label for t in app.toggle if t.label.startswith("Sized to a lesson"))
    assert not app.button(key="cats_dogs.ask.depth").disabled
