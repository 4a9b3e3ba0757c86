"""The cats-and-dogs page without a browser: many blocks, ready recipes, one slider, and photos that cannot be read."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.insight import photo_answers
from core.scenarios.cats_dogs import base_names
from core.sources.photo_sets import Counts
from pages.parts import pictures, test_score
from pages.parts.blocks import frozen_depth
from pages.parts.form import Form
from pages.parts.lab import shared_runner
from pages.parts.layer_stack import change_sentence
from pages.parts.pictures import augmentation_sentence, data_sentence, heat_over, heat_sentence, verdict
from tests.visits import said, train, visit

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = base_names()
TOLD = {
    "Try it": "Before training it said",
    "What it sees": "**block 2**",
    "Data": "these settings use **20**",
    "Mistakes": "validation pictures right",
}
"""What a tab says when it is answered; each shows pictures, too."""
pytestmark = pytest.mark.slow


def open_page(**query: str) -> AppTest:
    return visit("cats_dogs", "Notes", **query)  # the other tabs ask a worker


def drawn(app: AppTest) -> str:
    """All HTML of the page."""
    return " ".join(str(e.proto.body) for e in app.get("html"))


def answered(app: AppTest, tab: str) -> AppTest:
    """Open a tab, and look again when all it asked is answered. (Looking all the while would slow the answers.)"""
    app.session_state["cats_dogs.tab"] = tab
    app.run()
    for future in app.session_state["asked"].values():
        future.result(120)
    return app.run()


def can_train(app: AppTest) -> bool:
    return next(b for b in app.button if b.label == "Train").disabled is False


def field(app: AppTest, name: str) -> Any:
    return app.session_state[f"cats_dogs.{name}"]


def trainable(app: AppTest) -> list[str]:
    return [name for name in BLOCKS if field(app, f"trainable.{name}")]


def follow(app: AppTest, recipe: str) -> AppTest:
    app.button_group(key="cats_dogs.recipe").set_value(recipe).run()
    return app


def switch(app: AppTest, block: str, to: bool) -> AppTest:
    """One block's own switch, in the expander."""
    app.session_state["cats_dogs.each"] = True
    app.run()
    app.toggle(key=f"cats_dogs.trainable.{block}").set_value(to).run()
    return app


def test_page_opens_with_a_frozen_base_and_trains_at_once() -> None:
    app = open_page()
    assert not app.exception and not app.error and can_train(app)
    assert "**1,281** of 411,489 numbers will change. 410,208 stay" in said(app)
    assert app.select_slider(key="cats_dogs.frozen_to").value == len(BLOCKS) == 19
    assert field(app, "recipe") == "Feature extraction"


@pytest.mark.parametrize(
    ("recipe", "learning", "rate", "start", "batch_norm"),
    [
        ("Fine-tune the last third", BLOCKS[13:], 1e-4, "pretrained", "inference"),
        ("Fine-tune all", BLOCKS, 1e-5, "pretrained", "inference"),
        ("From scratch", BLOCKS, 1e-3, "random", "training"),
    ],
)
def test_recipe_sets_switches_rate_start_and_batch_norm_and_goes_back(
    recipe: str, learning: list[str], rate: float, start: str, batch_norm: str
) -> None:
    app = follow(open_page(), recipe)
    assert not app.exception and can_train(app)
    assert trainable(app) == learning and field(app, "trainable.output")
    assert [field(app, f) for f in ("learning_rate", "start", "batch_norm")] == [rate, start, batch_norm]
    assert app.select_slider(key="cats_dogs.learning_rate").value == rate
    assert f"Learning rate {rate:g}." in said(app) and field(app, "recipe") == recipe
    app = follow(app, "Feature extraction")
    assert trainable(app) == []
    assert [field(app, f) for f in ("learning_rate", "start", "batch_norm")] == [1e-3, "pretrained", "inference"]


def test_slider_sets_the_switches_and_the_count_follows() -> None:
    app = open_page()
    app.select_slider(key="cats_dogs.frozen_to").set_value(17).run()
    assert trainable(app) == ["block_16", "last_convolution"]
    assert f"**{1_281 + 61_040 + 145_920:,}** of 411,489" in said(app)  # and not the 4,128 averages of these two
    assert field(app, "recipe") is None


def test_switches_move_the_slider_and_a_gap_is_named() -> None:
    app = switch(open_page(), "last_convolution", True)
    assert app.select_slider(key="cats_dogs.frozen_to").value == 18 and "Mixed" not in said(app)
    app = switch(app, "block_2", True)
    assert app.select_slider(key="cats_dogs.frozen_to").value == 3
    assert "Mixed: block 3, block 4, block 5 and 11 more are frozen" in said(app)
    app.select_slider(key="cats_dogs.frozen_to").set_value(5).run()
    assert trainable(app) == BLOCKS[5:] and "Mixed" not in said(app)
    assert app.toggle(key="cats_dogs.trainable.block_2").value is False


def test_only_layers_with_numbers_have_a_switch() -> None:
    app = open_page()
    app.session_state["cats_dogs.each"] = True
    switches = [t.key.split(".")[-1] for t in app.run().toggle if ".trainable." in str(t.key)]
    assert switches == ["output", *reversed(BLOCKS)]  # the input at the bottom


def test_choosing_random_in_the_sidebar_makes_a_run_that_can_start() -> None:
    app = open_page()
    app.button_group(key="cats_dogs.start").set_value("random").run()
    assert can_train(app) and field(app, "batch_norm") == "training" and field(app, "recipe") == "From scratch"
    app.button_group(key="cats_dogs.start").set_value("pretrained").run()
    assert can_train(app) and field(app, "recipe") == "Feature extraction"


def test_averages_that_follow_the_pictures_are_counted_apart() -> None:
    layers = scenarios.get("cats_dogs").layers(scenarios.parse({"scenario": "cats_dogs"}))
    assert change_sentence(layers, (), follows=True) == (
        "**397,409** of 411,489 numbers will change. 14,080 averages of batch norm follow the pictures."
    )
    assert "14,080 stay exactly" in change_sentence(layers, ())
    assert frozen_depth(BLOCKS, {"stem", "block_1"}) == 1


def test_spec_survives_the_way_to_the_address_and_back() -> None:
    given = {"scenario": "cats_dogs", "size": 96, "examples": 20, "frozen": "stem,block_0", "batch_norm": "training"}
    spec = scenarios.parse(given)
    app = open_page(**Form(scenarios.get("cats_dogs")).differences(spec))
    assert not app.exception and not app.error
    assert [field(app, f) for f in ("size", "examples", "batch_norm")] == [96, 20, "training"]
    assert tuple(n for n in BLOCKS if n not in trainable(app)) == spec.frozen
    assert 20 in [int(o.replace(",", "")) for o in app.select_slider(key="cats_dogs.examples").options]


def test_a_photo_of_ones_own_is_taken_and_what_is_none_is_refused_in_words() -> None:
    app = open_page()
    app.session_state["cats_dogs.tab"] = "Try it"
    app.run()
    assert field(app, "photo").title.endswith("a dog")  # something to look at before anybody chose
    before = field(app, "photo").png
    app.file_uploader[0].set_value(("me.png", b"<svg>not a picture</svg>", "image/png")).run()
    assert "not a picture that can be read" in said(app) and field(app, "photo").png == before
    held = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(held, "PNG")
    app.file_uploader[0].set_value(("red.png", held.getvalue(), "image/png")).run()
    photo = Image.open(io.BytesIO(base64.b64decode(field(app, "photo").png)))
    assert photo.size == (224, 224) and photo.getpixel((100, 100)) == (200, 30, 30)
    assert field(app, "photo").title == "Your photo" and "not a picture" not in said(app)
    app.button(key="cats_dogs.ready.cat").click().run()
    assert field(app, "photo").title == "Validation picture 1: a cat"
    app.button(key="cats_dogs.ready.chelsea").click().run()
    assert field(app, "photo").title == "Chelsea, a sharp cat (CC0, Stefan van der Walt)"


def test_trained_network_answers_on_every_tab() -> None:
    app = open_page(examples="20", size="96", epochs="1")
    app.session_state["cats_dogs.tab"] = "Mistakes"
    assert "Train a run" in said(app.run())
    next(b for b in app.button if b.label == "Train").click().run()
    shared_runner().wait(str(app.query_params["run"]), 120)
    for tab, words in TOLD.items():
        answered(app, tab)
        assert not app.exception and words in said(app), tab
        assert '<img src="data:image/png;base64,' in drawn(app), tab
    answered(app, "Mistakes")
    counts = [int(c.replace(",", "")) for c in re.findall(r"<td[^>]*>([\d,]+)</td>", drawn(app))]
    assert len(counts) == 4 and sum(counts) == 1_000 and f"{counts[0] + counts[3]:,} of 1,000" in said(app)


def test_test_score_stays_sealed_until_its_owner_opens_it_and_is_kept() -> None:
    app = open_page(examples="20", size="96", epochs="1")
    app.session_state["cats_dogs.tab"] = "Test"
    assert "Train a run to its end" in said(app.run())
    app = train(app)
    assert "These pictures have neither trained nor chosen anything" in said(app) and "Test accuracy" not in said(app)
    app.button(key="cats_dogs.open_test").click()
    app = answered(app, "Test")
    assert "on 500 pictures" in said(app) and "Validation said" in said(app)
    assert "opened one test score so far" in said(app) and "reviews" not in said(app)
    kept = shared_runner().store.score(str(app.query_params["run"]))
    assert kept is not None and f"Test accuracy **{kept['accuracy']:.3f}**" in said(app)
    app.session_state["asked"].clear()  # nobody is asked again
    assert f"Test accuracy **{kept['accuracy']:.3f}**" in said(app.run()) and not app.session_state["asked"]


def test_another_browser_cannot_open_a_test_score(monkeypatch: pytest.MonkeyPatch) -> None:
    app = train(open_page(examples="20", size="96", epochs="1"))
    app.session_state["cats_dogs.tab"] = "Test"
    monkeypatch.setattr("pages.parts.lab.browser_token", lambda: "another browser's")
    app.run()
    assert "only its owner opens it" in said(app)
    assert "cats_dogs.open_test" not in [b.key for b in app.button]


@pytest.mark.parametrize(("test", "words"), [(0, "These photos have no test part"), (30, "Train a run to its end")])
def test_photos_without_a_test_part_say_that_validation_reports(
    test: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = f"sha256:{'a' * 64}"
    monkeypatch.setattr(test_score, "counts", lambda given: Counts(100, 20, test) if given == data else None)
    page = AppTest.from_function(_test_tab, args=(data,)).run()
    assert not page.exception and words in said(page)
    assert ("Validation both chose and reports" in said(page)) == (test == 0)


def _test_tab(data: str) -> None:
    from core import scenarios
    from pages.parts.bench import Bench
    from pages.parts.test_score import draw_picture_test

    spec = scenarios.parse({"scenario": "cats_dogs"}).model_copy(update={"data": data})
    draw_picture_test(Bench(None, None, spec, None, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("builtin", "enlarged here to 96 × 96. **2,000** to train on (these settings use **20**), **1,000** to"),
        ("builtin:cats_vs_dogs", "at 96 × 96. **9,305** to train on (these settings use **20**), **2,326** to"),
        ("sha256:brought", "somebody brought**: the middle square of each, at 96 × 96. **100** to train on"),
    ],
)
def test_data_are_described_as_what_they_are(data: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "counts", lambda given: Counts(100, 20, 0))
    told = data_sentence(
        scenarios.parse({"scenario": "cats_dogs", "size": 96, "examples": 20}).model_copy(update={"data": data})
    )
    assert words in told and ("there is no test part" in told) == (data == "sha256:brought")


def test_chance_is_two_standard_errors_of_a_share() -> None:
    draws = np.random.default_rng(0).binomial(500, 0.8, 20_000) / 500
    assert f"by {200 * draws.std():.1f} points" in test_score.by_chance(0.8, 500)


def test_a_picture_is_shown_augmented_and_one_sentence_says_what_for() -> None:
    app = answered(open_page(examples="20", size="96"), "Data")
    assert "not its points by heart (off in these settings" in said(app)
    app = answered(app, "Data")  # the samples' answer asked for the versions
    assert [drawn(app).count(f"<figcaption>{t}<") for t in ("original", "pass 1", "pass 12")] == [1, 1, 1]
    first = drawn(app)
    app.selectbox(key="cats_dogs.augmented").set_value(-1).run()
    app = answered(app, "Data")
    assert field(app, "photo").title.startswith("Validation picture") and drawn(app) != first
    assert drawn(app).count("<figcaption>pass") == 12


@pytest.mark.parametrize(
    ("augment", "words"), [("passes", "make the first 4, and the epochs take turns"), ("live", "sees the next one")]
)
def test_augmentation_says_which_versions_a_run_sees(augment: str, words: str) -> None:
    assert words in augmentation_sentence(scenarios.parse({"scenario": "cats_dogs", "augment": augment}))


def test_a_namer_that_is_not_here_is_said_and_its_names_are_not_stood_in_for() -> None:
    app = answered(open_page(examples="20", size="96"), "Try it")
    assert 'class="lab-names"' in drawn(app)
    assert app.button_group(key="cats_dogs.namer").value == "imagenet-mobilenet-v2"
    app.button_group(key="cats_dogs.namer").set_value("resnet50-classifier").run()
    app = answered(app, "Try it")
    assert not app.exception and "ResNet50 is not on this computer" in said(app)
    assert 'class="lab-names"' not in drawn(app) and "1,000 names" not in said(app)


def test_a_namer_that_is_here_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "location", lambda name: ROOT if name == "resnet50-classifier" else None)
    monkeypatch.setattr(photo_answers, "names_of", lambda image, namer: [[f"by {namer}", 0.5]])
    app = answered(open_page(examples="20", size="96"), "Try it")
    assert "by imagenet-mobilenet-v2" in drawn(app)
    app.button_group(key="cats_dogs.namer").set_value("resnet50-classifier").run()
    app = answered(app, "Try it")
    assert "by resnet50-classifier" in drawn(app) and "by imagenet" not in drawn(app)


def test_heat_covers_only_where_it_speaks_and_cat_is_striped() -> None:
    white = Image.new("RGB", (90, 90), "white")
    heat = [[2.0, 0.0, -2.0]] * 3
    laid = np.asarray(heat_over(white, heat)).astype(int)
    dog, nothing, cat = laid[:, 2], laid[:, 45], laid[:, -3]
    assert np.ptp(dog[:, 0]) <= 1 and dog[0, 1] > dog[0, 0]  # plain, and greenish
    assert np.ptp(cat[:, 1]) > 20 and (cat[:, 0] > cat[:, 1]).all()  # striped, and reddish
    assert (nothing > 240).all()
    assert (np.asarray(heat_over(white, [[0.0, 0.0]])) == 255).all()
    assert heat_sentence(heat) == "Most for dog: top left, most for cat: top right."
    assert heat_sentence([[0.0, float("nan")]]) == "No place speaks for either."


def test_verdict_names_the_likelier_kind_with_its_own_probability() -> None:
    assert "dog · probability 0.97" in verdict(0.97) and "cat · probability 0.91" in verdict(0.09)
