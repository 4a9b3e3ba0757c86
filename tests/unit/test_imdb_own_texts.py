"""IMDB on texts of one's own: how many there are to draw from, what is trained on, and what has no meaning there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import scenarios
from core.errors import InvalidSettings, LabError
from core.insight import review_answers
from core.insight.surroundings import surroundings
from core.models.weights import adopt
from core.scenarios import imdb
from core.scenarios.base import Models
from core.sources.embedding import load_embedding
from core.sources.own_copies import remove_set
from core.sources.own_texts import bring_texts, load_texts
from core.sources.text_tables import read_csv_texts
from core.training.train import build_model

GOOD, BAD = ("wonderful", "moving", "superb"), ("dreadful", "boring", "awful")


def bring(texts: int, hint: str = "") -> str:
    rows = "".join(f"{(BAD, GOOD)[n % 2][n % 3]} film number {n} {hint},{n % 2}\n" for n in range(texts))
    return bring_texts(read_csv_texts(f"text,sentiment\n{rows}".encode())).data


@pytest.fixture(scope="module")
def own(module_home: Path) -> str:
    return bring(100)


def parse(data: str, **more: Any) -> Any:
    return scenarios.parse({"scenario": "imdb", "data": data, **more})


def test_defaults_and_bounds_come_from_the_set(own: str) -> None:
    spec, scenario = parse(own), scenarios.get("imdb")
    assert (spec.examples, spec.batch_size) == (80, 32)
    assert scenario.example_bounds(spec.options, own) == (20, 80)
    assert scenario.sizes(spec) == (20, 50, 80)
    with pytest.raises(InvalidSettings, match="must be 20 to 80"):
        parse(own, examples=81)
    assert parse(own, examples=20).examples == 20
    assert parse(own, source=imdb.ENCODER).examples == 80
    assert scenario.origins(spec) == ("news20-stand-in",) and scenario.origins(parse("builtin"))[0] == "imdb-reviews"
    reviews = next(o for o in scenario.options if o.name == "reviews")
    assert scenario.offers(reviews, "builtin") and not scenario.offers(reviews, own)


def test_what_is_not_here_can_be_looked_at_and_not_trained(own_home: Path) -> None:
    lost = "sha256:" + 64 * "0"
    spec = parse(lost, examples=123)
    assert scenarios.lost_data(spec) and not scenarios.lost_data(parse("builtin"))
    with pytest.raises(LabError, match="not on this computer"):
        scenarios.check_present(spec)
    with pytest.raises(InvalidSettings, match="no such texts"):
        parse("rows:1,2")


def test_a_run_sees_its_own_texts_and_never_those_held_out(own: str) -> None:
    spec, kept = parse(own, examples=30, seed=5), load_texts(own)
    data = scenarios.get("imdb").load(spec)
    chosen, held_out = imdb.chosen_reviews(spec)
    assert len(set(chosen)) == 30 and max(chosen) < kept.training and held_out.tolist() == list(range(80, 100))
    expected = load_embedding("news20-stand-in").rows([kept.texts[row] for row in chosen])
    assert (data.x_train != expected).nnz == 0
    assert data.y_train[:, 0].tolist() == kept.labels[chosen].tolist()
    assert data.x_val.shape[0] == 20 and data.y_val[:, 0].tolist() == kept.labels[80:].tolist()
    larger = imdb.chosen_reviews(parse(own, examples=60, seed=5))[0]
    assert set(chosen) <= set(larger)


def test_an_encoder_and_its_rival_share_the_few_that_it_reads(monkeypatch: pytest.MonkeyPatch, own: str) -> None:
    monkeypatch.setattr(imdb, "FEW_TRAINING", 50)
    monkeypatch.setattr(imdb, "FEW_VALIDATION", 10)
    spec = parse(own, source=imdb.ENCODER)
    assert spec.examples == 50 and spec.options["reviews"] == imdb.FEW
    rival = scenarios.parse(scenarios.get("imdb").rival("from scratch", spec) or {})
    assert rival.source == imdb.STAND_IN and rival.data == own
    for mine, its in zip(imdb.chosen_reviews(spec), imdb.chosen_reviews(rival), strict=True):
        assert np.array_equal(mine, its)
    data = scenarios.get("imdb").load(spec)
    assert data.x_train.shape == (50, 512) and data.x_val.shape == (10, 512)


def test_it_learns_and_its_answers_are_about_its_own_texts(
    own: str, train: Callable[..., Any], module_home: Path
) -> None:
    spec = parse(own, epochs=15, learning_rate=0.01)
    run = train(spec)
    assert run.events[-1]["event"] == "finished" or run.curve
    assert run.curve[-1][3] < run.curve[0][3]  # validation loss
    before, after = build_model(spec), build_model(spec)
    adopt(after, run.after)
    models, kept = Models(before, after), load_texts(own)
    samples = review_answers.answer("samples", spec, models)
    assert [r["text"] for r in samples["reviews"]] == list(kept.texts[:3]) and samples["of"] == (80, 20)
    found = review_answers.answer("examine", spec, models, text="a wonderful film")
    assert found["probability"] > 0.5
    assert {r["text"] for r in found["nearest"]} <= set(kept.texts[:80]) and len(found["nearest"]) == 5
    assert len(review_answers.answer("map", spec, models)["texts"]) == 80
    with pytest.raises(LabError, match="no test part"):
        review_answers.answer("test", spec, models)


def test_without_the_texts_a_verdict_stands_and_nothing_is_near(own_home: Path) -> None:
    data = bring(60, "of another kind")
    spec = parse(data)
    models = Models(*(2 * [build_model(spec)]))
    assert surroundings(spec, models.after) is not None
    assert remove_set(data)
    assert surroundings(spec, models.after) is None  # though it was in memory a moment ago
    found = review_answers.answer("examine", spec, models, text="a wonderful film")
    assert found["nearest"] == [] and found["place"] is None and 0 < found["probability"] < 1
    assert review_answers.answer("map", spec, models)["texts"] == []
    with pytest.raises(LabError, match="not on this computer"):
        review_answers.answer("samples", spec, models)
