"""Choosing another network, the guide's own recipe and rivals, without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.scenarios.cats_dogs import base_names
from core.sources.backbones import HUB, SMALL_CNN
from pages.parts.lab import shared_runner
from tests.visits import said, visit

pytestmark = pytest.mark.slow


def open_page(**query: str) -> AppTest:
    return visit("cats_dogs", "Notes", **query)  # the other tabs ask a worker


def field(app: AppTest, name: str) -> Any:
    return app.session_state[f"cats_dogs.{name}"]


def can_train(app: AppTest) -> bool:
    return next(b for b in app.button if b.label == "Train").disabled is False


def choose(app: AppTest, backbone: str) -> AppTest:
    return app.selectbox(key="cats_dogs.backbone").set_value(backbone).run()


def test_another_backbone_brings_its_size_and_blocks_and_says_what_is_missing() -> None:
    app = choose(open_page(), "xception")
    assert not app.exception and not app.error
    assert (field(app, "size"), field(app, "start"), field(app, "source")) == (150, "pretrained", "xception")
    assert "**2,049** of 20,863,529 numbers will change" in said(app)
    assert "not on this computer" in said(app) and not can_train(app)
    app.button_group(key="cats_dogs.start").set_value("random").run()
    assert can_train(app) and field(app, "batch_norm") == "training"
    app = choose(app, "mobilenet_v2_0.35")
    assert (field(app, "size"), field(app, "start")) == (128, "random")  # what the learner chose stays
    app.button_group(key="cats_dogs.start").set_value("pretrained").run()
    assert can_train(app) and "**1,281** of 411,489" in said(app)


def test_settings_of_ones_own_stay_when_the_backbone_changes() -> None:
    app = open_page(epochs="7", seed="5", examples="100")
    app = choose(app, "resnet50")
    assert [field(app, f) for f in ("epochs", "seed", "examples", "size")] == [7, 5, 100, 224]


def test_the_guides_own_recipe_is_one_press() -> None:
    app = open_page(epochs="3", learning_rate="0.1")
    app.button(key="cats_dogs.preset.0").click().run()
    assert not app.exception
    assert [field(app, f) for f in ("backbone", "size", "epochs", "learning_rate", "two_phases")] == [
        "xception", 150, 20, 0.001, True,
    ]  # fmt: skip
    assert not any(field(app, f"trainable.{name}") for name in base_names("xception"))
    assert "go on at a rate of 1e-05" in " ".join(t.help or "" for t in app.toggle)


def test_small_cnn_has_nothing_to_transfer_and_trains_beside_a_run() -> None:
    app = open_page(size="96", examples="20", epochs="1")
    app.toggle(key="cats_dogs.rival.small CNN").set_value(True).run()
    next(b for b in app.button if b.label == "Train").click().run()
    (rival,) = [run for run, label in app.session_state["cats_dogs.beside"] if label == "small CNN"]
    shared_runner().wait(rival, 60)
    spec = shared_runner().snapshot(rival).spec
    assert (spec.options["backbone"], spec.options["size"], spec.examples) == (SMALL_CNN, 64, 20)
    app = choose(open_page(), SMALL_CNN)
    assert not app.exception and can_train(app) and field(app, "start") == "random"
    assert app.toggle(key="cats_dogs.rival.small CNN").disabled
    assert "**27,681** of 27,681 numbers will change" in said(app)


def test_tf_hubs_module_is_always_frozen_and_only_its_head_learns() -> None:
    app = choose(open_page(), HUB)
    assert not app.exception and "**1,281** of 2,259,265" in said(app) and "runs outside Keras" in said(app)
    assert app.toggle(key="cats_dogs.fixed.feature_vector").disabled


def test_a_size_that_a_backbone_cannot_read_is_said_and_not_fatal() -> None:
    app = open_page()
    app.button_group(key="cats_dogs.size").set_value(64).run()
    assert not app.exception and "reads pictures of 96, 128" in said(app) and not can_train(app)


def test_photos_that_are_not_downloaded_are_said() -> None:
    app = open_page()
    app.selectbox(key="cats_dogs.data").set_value("builtin:cats_vs_dogs").run()
    assert not app.exception and "cats-vs-dogs" in said(app) and not can_train(app)
    assert field(app, "examples") == 9_305
