"""What is said of a sentence and of a run's words, each number against a direct computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LabError, UnreadableText
from core.insight import sentence_answers
from core.models.weights import adopt
from core.scenarios import parse
from core.scenarios.base import Models
from core.scenarios.glove import ENCODER, chosen_sentences
from core.sources.sentence_ids import rows_of, vectors_of, vocabulary_of
from core.sources.sentences import load_sentences
from core.spec import RunSpec
from core.training.train import build_model

TEXT = "A wonderful, quiet film. It's xyzzy!"
TOKENS = ["a", "wonderful", "quiet", "film", "it's", "xyzzy"]


def models_of(spec: RunSpec, train: Callable[..., Any]) -> Models:
    after = build_model(spec)
    adopt(after, train(spec).after)
    return Models(build_model(spec), after)


@pytest.fixture(scope="module", params=["averaged", "lstm"])
def run(request: pytest.FixtureRequest, module_home: Path, train: Callable[..., Any]) -> tuple[RunSpec, Models]:
    spec = parse({"scenario": "glove", "network": request.param, "frozen": "none", "examples": 200, "epochs": 1})
    return spec, models_of(spec, train)


def ask(run: tuple[RunSpec, Models], question: str, **given: Any) -> dict[str, Any]:
    return sentence_answers.answer(question, *run, **given)


def row_of(words: list[str]) -> np.ndarray:
    ids = [vocabulary_of("builtin").id_of.get(word, 1) for word in words][:50]
    return np.array([ids + [0] * (50 - len(ids))], np.int32)


def test_verdict_and_each_words_part_are_keras_own_predictions(run: tuple[RunSpec, Models]) -> None:
    found = ask(run, "examine", text=TEXT)
    predict = lambda model, words: float(model.predict(row_of(words), verbose=0)[0, 0])
    assert [w["word"] for w in found["words"]] == TOKENS and found["count"] == 6 and found["cut"] == 0
    assert found["ids"] == row_of(TOKENS)[0].tolist()
    assert found["probability"] == pytest.approx(predict(run[1].after, TOKENS), abs=1e-6)
    assert found["before"] == pytest.approx(predict(run[1].before, TOKENS), abs=1e-6)
    assert found["before"] != pytest.approx(found["probability"], abs=1e-6)
    for i, word in enumerate(found["words"]):
        without = TOKENS[:i] + TOKENS[i + 1 :]
        assert word["without"] == pytest.approx(predict(run[1].after, without), abs=1e-6)
    glove, ids = vectors_of("glove-100d").ids, vocabulary_of("builtin").id_of
    assert [w["known"] for w in found["words"]] == [token in ids for token in TOKENS]
    assert [w["has_vector"] for w in found["words"]] == [t in ids and t in glove for t in TOKENS]
    assert found["unknown"] == 1


def test_words_that_do_not_fit_are_counted_and_not_judged(run: tuple[RunSpec, Models]) -> None:
    words = ["film"] * 49 + ["good", "bad", "dull"]
    found = ask(run, "examine", text=" ".join(words))
    assert (found["count"], found["cut"], len(found["words"])) == (52, 2, 50)
    assert found["words"][-1]["word"] == "good"
    # Without its last word the sentence goes on with the first that did not fit.
    expected = run[1].after.predict(row_of([*words[:49], "bad"]), verbose=0)[0, 0]
    assert found["words"][-1]["without"] == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("text", ["", "   ", "...!?", "x" * 200_000])
def test_what_is_no_sentence_is_refused_in_words(run: tuple[RunSpec, Models], text: str) -> None:
    with pytest.raises(UnreadableText):
        ask(run, "examine", text=text)


def test_samples_are_the_runs_first_and_coverage_is_counted(run: tuple[RunSpec, Models]) -> None:
    found, kept = ask(run, "samples"), load_sentences()
    rows = chosen_sentences(kept.training, 200, 1)[:6]
    assert [s["text"] for s in found["sentences"]] == [kept.texts[row] for row in rows]
    assert [s["label"] for s in found["sentences"]] == kept.labels[rows].tolist()
    filters = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))
    counted = Counter(w for t in kept.texts[: kept.training] for w in t.lower().translate(filters).split(" ") if w)
    words, glove = vocabulary_of("builtin").words[1:], vectors_of("glove-100d").ids
    assert found["coverage"][0] == pytest.approx(sum(w in glove for w in words) / len(words))
    times = sum(counted[w] for w in words)
    assert found["coverage"][1] == pytest.approx(sum(counted[w] for w in words if w in glove) / times)
    assert found["missing"][0] == max(([w, counted[w]] for w in words if w not in glove), key=lambda pair: pair[1])


def test_before_and_after_are_the_models_own_tables_and_counts_are_those_read(run: tuple[RunSpec, Models]) -> None:
    before, after = sentence_answers.before_and_after(*run)
    words = vocabulary_of("builtin").words
    assert before.words == after.words == words[1:]
    for vectors, model in ((before, run[1].before), (after, run[1].after)):
        table = np.asarray(model.get_layer("embedding").embeddings)
        assert np.array_equal(vectors.table, table[2 : len(words) + 1])
    read = rows_of("builtin", 50)[chosen_sentences(load_sentences().training, 200, 1)]
    times = sentence_answers.times_read(run[0])
    for place in (0, 5, 300):
        assert times[place] == (read == place + 2).sum()
    moved = ask(run, "moved")
    assert not moved["unmoved"] and 0 < moved["changed"] < moved["of"] == len(words) - 1
    assert ask(run, "pair_moved", first="good", second="bad")["before"] == pytest.approx(0.77, abs=0.01)


def test_the_lab_answers_about_the_sources_own_vectors(run: tuple[RunSpec, Models]) -> None:
    assert ask(run, "formula", text="king - man + woman")["answers"][0]["word"] == "queen"
    assert "france" in [n["word"] for n in ask(run, "neighbours", word="paris")["neighbours"]]
    glove = vectors_of("glove-100d")
    assert ask(run, "word", word="film")["numbers"] == glove.table[glove.ids["film"]].tolist()
    assert len(ask(run, "words_map", words=["one", "two", "cat"])["x"]) == 3
    with pytest.raises(LabError, match="no such question"):
        ask(run, "weather")


def test_a_frozen_embedding_moved_no_word(module_home: Path, train: Callable[..., Any]) -> None:
    spec = parse({"scenario": "glove", "examples": 40, "epochs": 1})
    found = sentence_answers.answer("moved", spec, models_of(spec, train))
    assert found["unmoved"] and found["changed"] == 0 and found["moved"] == []


def test_an_encoder_reads_whole_sentences_and_has_no_words_to_move(
    module_home: Path, train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_sentences()
    few = type(whole)(whole.texts[: whole.training + 20], whole.labels[: whole.training + 20], whole.training)
    monkeypatch.setattr("core.scenarios.glove.sentences.load_sentences", lambda data: few)
    spec = parse({"scenario": "glove", "source": ENCODER, "examples": 20, "epochs": 1})
    models = models_of(spec, train)
    found = sentence_answers.answer("examine", spec, models, text="A quiet film.")
    shorter = sentence_answers.answer("examine", spec, models, text="A quiet")
    assert [w["word"] for w in found["words"]] == ["A", "quiet", "film."] and found["ids"] == []
    assert found["words"][2]["without"] == pytest.approx(shorter["probability"], abs=1e-5)
    with pytest.raises(LabError, match="no words whose vectors could move"):
        sentence_answers.answer("moved", spec, models)
    assert sentence_answers.answer("formula", spec, models, text="king - man + woman")["answers"][0]["word"] == "queen"
