"""The review microscope: every number it shows, computed once more in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LabError, UnreadableText
from core.models.weights import run_folder
from core.runs.answers import answer
from core.scenarios import imdb
from core.scenarios.imdb import ENCODER, chosen_reviews
from core.sources import encoder
from core.sources.embedding import load_embedding
from core.sources.reviews import load_texts
from core.sources.words import count_rows, split_words, word_ids
from core.spec import RunSpec

REVIEW = "Such a wonderful film!<br /><br />They don't regret it, zzyzx. Wonderful, but the plot is terrible."
SENTENCES = ["The doctor told him to rest.", "A physician advised the patient to stay in bed.", "Oil prices fell."]
SOURCES = ("news20-stand-in", "glove-100d", ENCODER)
Weights = dict[str, np.ndarray]


@pytest.fixture(scope="module", params=SOURCES)
def run(request: Any, module_home: Path, spec: Callable[..., Any], train: Callable[..., Any]) -> Iterator[Any]:
    """A trained run of each source: its spec, its id, and its weights before and after."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imdb, "FEW_VALIDATION", 20)
        values = {"frozen": "none"} if request.param != ENCODER else {}
        chosen = spec("imdb", source=request.param, reviews=3_000, examples=60, epochs=4, **values)
        name = f"{SOURCES.index(request.param):016x}"
        yield chosen, name, train(chosen, folder=run_folder(name))


def ask(run: Any, about: str, **given: Any) -> dict[str, Any]:
    spec, name, _ = run
    return answer({"about": about, "spec": spec.flat(), "run": name, **given})


def numbers(spec: RunSpec, weights: Weights, texts: list[str]) -> np.ndarray:
    """Texts as the base makes numbers of them, by matrix product alone."""
    if spec.source == ENCODER:
        return np.stack([encoder.encode_one(text) for text in texts])
    embedding = load_embedding(spec.source)
    rows = count_rows(texts, embedding.vocabulary, embedding.rule, embedding.combine)
    return np.asarray(rows.toarray() @ weights["embedding/0"])


def praise(weights: Weights, given: np.ndarray) -> np.ndarray:
    hidden = np.maximum(given @ weights["hidden/0"] + weights["hidden/1"], 0)
    return np.asarray(1 / (1 + np.exp(-(hidden @ weights["output/0"] + weights["output/1"])[:, 0])))


def words_of(spec: RunSpec, text: str) -> list[str]:
    return text.split() if spec.source == ENCODER else split_words(text, load_embedding(spec.source).rule)


def test_what_the_prediction_would_be_without_each_word(run: Any) -> None:
    spec, _, trained = run
    words = words_of(spec, REVIEW)
    shorter = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    found = ask(run, "examine", text=REVIEW)
    if spec.source == ENCODER:
        assert {w["without"] for w in found["words"]} == {None}
        without = ask(run, "without", text=REVIEW)["without"]
    else:
        without = [w["without"] for w in found["words"]]
    assert [w["word"] for w in found["words"]] == words
    expected = praise(trained.after, numbers(spec, trained.after, shorter))
    assert np.allclose(without, expected, atol=1e-5)
    assert np.ptp(without) > 1e-3  # words differ, or the bars would teach nothing


def test_numbers_before_and_after_and_the_probability(run: Any) -> None:
    spec, _, trained = run
    found = ask(run, "examine", text=REVIEW)
    for when, weights in (("before", trained.before), ("after", trained.after)):
        assert np.allclose(found[when], numbers(spec, weights, [REVIEW])[0], atol=1e-5)
    assert (found["before"] == found["after"]) == (spec.source == ENCODER)
    assert found["probability"] == pytest.approx(praise(trained.after, np.array([found["after"]]))[0], abs=1e-5)


def test_known_words_are_those_of_the_vocabulary(run: Any) -> None:
    spec, _, _ = run
    found = ask(run, "examine", text=REVIEW)
    marked = [w["word"] for w in found["words"] if not w["known"]]
    expected = {"news20-stand-in": ["a", "zzyzx"], "glove-100d": ["a", "zzyzx"], ENCODER: []}
    assert marked == expected[spec.source]
    assert (found["unknown"], found["count"]) == (len(marked), len(found["words"]))


def test_nearest_reviews_have_the_largest_cosines_of_all_the_run_trained_on(run: Any) -> None:
    spec, _, trained = run
    texts, (rows, _) = load_texts(), chosen_reviews(spec)
    ours = numbers(spec, trained.after, [REVIEW])[0]
    theirs = numbers(spec, trained.after, texts.at(rows))
    cosines = theirs @ ours / (np.linalg.norm(theirs, axis=1) * np.linalg.norm(ours))
    best = np.argsort(-cosines)[:5]
    found = ask(run, "examine", text=REVIEW)["nearest"]
    assert [r["number"] for r in found] == rows[best].tolist()
    assert np.allclose([r["similarity"] for r in found], cosines[best], atol=1e-5)
    assert [r["label"] for r in found] == texts.labels[rows[best]].tolist()
    assert all(texts[r["number"]].replace("<br />", " ").startswith(r["text"][:50]) for r in found)


def test_a_training_review_is_its_own_nearest(run: Any) -> None:
    row = int(chosen_reviews(run[0])[0][7])
    found = ask(run, "examine", text=load_texts()[row])
    assert found["nearest"][0]["number"] == row
    assert found["nearest"][0]["similarity"] == pytest.approx(1, abs=1e-5)
    assert found["nearest"][0]["place"] == pytest.approx(found["place"], abs=1e-4)


def test_the_map_holds_the_two_principal_components_of_the_training_reviews(run: Any) -> None:
    spec, _, trained = run
    texts, (rows, _) = load_texts(), chosen_reviews(spec)
    cloud = numbers(spec, trained.after, texts.at(rows)).astype(np.float64)
    _, sizes, directions = np.linalg.svd(cloud - cloud.mean(axis=0), full_matrices=False)
    found, place = ask(run, "map"), ask(run, "examine", text=REVIEW)["place"]
    assert found["share"] == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum(), rel=1e-3)
    assert found["labels"] == texts.labels[rows].tolist()
    mine = numbers(spec, trained.after, [REVIEW])[0] - cloud.mean(axis=0)
    for axis, name in enumerate(("x", "y")):
        column = (cloud - cloud.mean(axis=0)) @ directions[axis]
        sign = np.sign(column @ np.array(found[name]))  # a principal component's sign is arbitrary
        assert np.allclose(found[name], sign * column, atol=2e-4)
        assert place[axis] == pytest.approx(sign * (mine @ directions[axis]), abs=2e-4)


def test_similarities_of_sentences_are_cosines_of_the_pretrained_numbers(run: Any) -> None:
    spec, _, trained = run
    found = ask(run, "alike", texts=SENTENCES, of=spec.source)
    given = numbers(spec, trained.before, SENTENCES)
    units = given / np.linalg.norm(given, axis=1, keepdims=True)
    assert np.allclose(found["similarities"], units @ units.T, atol=1e-5)
    flat = np.array(found["points"])
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1)  # three points always fit a plane
    assert np.allclose(apart, np.linalg.norm(units[:, None] - units[None], axis=-1), atol=1e-4)
    assert found["share"] == pytest.approx(1, abs=1e-5)
    assert found["similarities"][0][1] == max(found["similarities"][i][j] for i in range(3) for j in range(i))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["one", "two"], "3 to 8"),
        (["good " * 20_000] * 20, "3 to 8"),
        (["good " * 20_000] * 8, "too long"),
        (["good", " \n", "bad"], "Sentence 2 is empty"),
        ([], "3 to 8"),
    ],
    ids=["two", "twenty of 100 kB", "eight of 100 kB", "blank", "none"],
)
def test_sentences_that_cannot_be_compared_are_refused_shortly(texts: list[str], words: str) -> None:
    from core.insight.alike import alike

    with pytest.raises(UnreadableText, match=words) as caught:
        alike(texts, "glove-100d")
    assert len(str(caught.value)) < 200


def test_sentences_without_a_known_word_are_named_and_stand_nowhere_near() -> None:
    from core.insight.alike import alike

    found = alike(["zzyzx qqqq", "good film", "bad film"], "glove-100d")
    assert found["blank"] == [0]
    assert found["similarities"][0] == [0, 0, 0]
    assert np.isfinite(found["points"]).all()


def test_sources_that_do_not_exist_or_are_not_here_are_refused() -> None:
    from core.insight.alike import alike

    with pytest.raises(LabError, match="no such source"):
        alike(SENTENCES, "../../etc/passwd")
    with pytest.raises(LabError, match="not on this computer"):
        alike(SENTENCES, "gnews-swivel-20dim")


def test_one_word_alone_leaves_the_prediction_of_no_word(module_home: Path, spec: Callable[..., Any]) -> None:
    chosen = spec("imdb", examples=50)
    found = answer({"about": "examine", "spec": chosen.flat(), "text": "wonderful"})
    nothing = answer({"about": "examine", "spec": chosen.flat(), "text": "zzyzx"})  # unknown words are rows of zeros
    assert found["words"][0]["without"] == pytest.approx(nothing["probability"], abs=1e-6)


def test_a_long_review_is_weighed_in_its_first_words_only(module_home: Path, spec: Callable[..., Any]) -> None:
    found = answer({"about": "examine", "spec": spec("imdb", examples=50).flat(), "text": "good bad " * 5_000})
    assert (len(found["words"]), found["count"]) == (400, 10_000)
    assert len({w["without"] for w in found["words"]}) == 2


def test_word_ids_agree_with_the_words_shown() -> None:
    embedding = load_embedding("news20-stand-in")
    words = split_words(REVIEW, embedding.rule)
    assert len(word_ids(REVIEW, embedding.vocabulary, embedding.rule)) == len(words)
