"""The GloVe page without a browser: what unfreezing costs, a sentence word by word, the data, the preset."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios
from pages.parts.form import Form
from tests.visits import said, train, visit

pytestmark = pytest.mark.slow


def open_page(tab: str = "Notes", **query: str) -> AppTest:
    return visit("glove", tab, **query)


def drawn(app: AppTest) -> str:
    return " ".join(str(e.proto.body) for e in app.get("html"))


def answered(app: AppTest) -> AppTest:
    """Look again when all it asked is answered, as often as an answer makes it ask more."""
    for _ in range(3):
        for future in list(app.session_state["asked"].values()):
            future.result(60)
        app.run()
    return app


def trained(**query: str) -> AppTest:
    app = train(open_page(examples="60", epochs="2", **query))
    app.session_state["glove.tab"] = "Try it"
    return answered(app.run())


def test_page_opens_frozen_and_says_what_unfreezing_costs() -> None:
    app = open_page()
    assert not app.exception and not app.error
    assert "**1,633** of 1,001,733 numbers will change" in said(app) and "several times as long" not in said(app)
    app.toggle(key="glove.trainable.embedding").set_value(True).run()
    assert "**1,001,733** of 1,001,733" in said(app) and "several times as long" in said(app)
    assert [t.key for t in app.toggle if "average" in str(t.key)] == []  # a layer without numbers has no switch


def test_a_sentence_is_taken_apart_word_by_word() -> None:
    app = trained()
    assert not app.exception
    assert "probability of praise" in said(app) and "Before training it gave praise" in said(app)
    assert ">wonderful</span>" in drawn(app) and "VADER" in said(app)
    app.text_area(key="glove.sentence").set_value("Xyzzy <b>plugh</b> film").run()
    answered(app)
    assert not app.exception and "<b>plugh" not in drawn(app) and "unknown to the embedding" in said(app)
    app.text_area(key="glove.sentence").set_value("...").run()
    assert "no word in this text" in said(answered(app))
    app.text_area(key="glove.sentence").set_value("  ").run()
    assert "Write a sentence" in said(app)


def test_data_tab_counts_what_has_a_vector() -> None:
    app = answered(open_page("Data", examples="60"))
    assert not app.exception
    assert "**6,824** to train on (these settings use **60**), **1,706** to validate on" in said(app)
    assert "have a vector" in said(app) and "`a` (" in said(app)
    assert drawn(app).count("praise (1)") + drawn(app).count("complaint (0)") == 6


def test_the_articles_preset_is_one_press() -> None:
    app = open_page(epochs="3")
    app.button(key="glove.preset.0").click().run()
    values = [app.session_state[f"glove.{f}"] for f in ("network", "length", "epochs", "patience", "early_stopping")]
    assert not app.exception and values == ["article", 100, 600, 10, True]
    assert "**844,213** of 1,844,313" in said(app)


def test_sources_bring_their_own_layers_and_what_is_missing_is_said() -> None:
    app = open_page()
    app.selectbox(key="glove.source").set_value("universal-sentence-encoder").run()
    assert not app.exception and "**8,225** of" in said(app) and "runs outside Keras" in said(app)
    app.selectbox(key="glove.network").set_value("lstm").run()
    assert not app.exception and app.session_state["glove.network"] == "lstm"
    assert app.session_state["glove.source"] == "glove-100d"  # the last choice wins: an encoder leaves no words to read
    app = open_page()
    app.selectbox(key="glove.source").set_value("glove-6b-100d").run()
    assert "not on this computer" in said(app)


def test_spec_survives_the_way_to_the_address_and_back() -> None:
    given = {"scenario": "glove", "network": "lstm", "length": 100, "examples": 50, "frozen": "none", "epochs": 3}
    app = open_page(**Form(scenarios.get("glove")).differences(scenarios.parse(given)))
    assert not app.exception and not app.error
    found: list[Any] = [app.session_state[f"glove.{f}"] for f in ("network", "length", "examples", "epochs")]
    assert found == ["lstm", 100, 50, 3] and app.session_state["glove.trainable.embedding"]


def upload(app: AppTest, content: str) -> AppTest:
    app.session_state["glove.own"] = True
    app.run()
    return app.file_uploader[0].set_value(("mine.csv", content.encode(), "text/csv")).run()


def test_a_csv_of_ones_own_asks_what_it_does_not_know_and_becomes_the_data() -> None:
    app = open_page("Data")
    rows = "\n".join(f"sentence number {n};{'pos' if n % 2 else 'neg'}" for n in range(60))
    app = upload(app, f"Review;Kind\n{rows}\n;pos\n")
    assert not app.exception and "no column text" in said(app)
    app.selectbox(key="glove.own.label.asked").set_value("Kind").run()
    app.button(key="glove.own.columns").click().run()
    assert "pos (" in said(app) and app.selectbox(key="glove.own.praise.asked").value == "pos"
    app.button(key="glove.own.labels").click().run()
    app.button(key="glove.own.use").click().run()
    assert not app.exception and app.session_state["glove.data"].startswith("sha256:")
    assert app.session_state["glove.examples"] == 48
    success = " ".join(str(e.value) for e in app.success)
    assert "trains on 48 of your texts and validates on 12" in success and "1 without a text" in success
    app = upload(open_page("Data"), "text,sentiment\nonly,1\n")
    assert not app.exception and "same label" in said(app)
