"""GloVe sentences: counts, what stays frozen, one curve with Keras' own `fit`, and settings that do not go together."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core import scenarios
from core.errors import InvalidSettings, SourceUnavailable
from core.models.freezing import counts, freeze
from core.models.weights import weights_of
from core.scenarios import glove, parse
from core.scenarios.glove import ENCODER, FULL, chosen_sentences
from core.sources import own_texts
from core.sources.sentence_ids import ids_of, rows_of, vectors_of, vocabulary_of
from core.sources.sentences import load_sentences
from core.sources.text_tables import read_csv_texts
from core.spec import RunSpec
from core.training import loops
from core.training.control import Control
from core.training.order import epoch_order
from core.training.train import build_model

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "sentences"
EMBEDDING = 1_000_100
LSTM = 2 * 4 * 32 * (100 + 32 + 1)
ARTICLE = 2 * 4 * 150 * (100 + 150 + 1), 2 * 4 * 150 * (300 + 150 + 1)


def sentences(**values: Any) -> RunSpec:
    return parse({"scenario": "glove", "examples": 40, "epochs": 2, "batch_size": 16, **values})


@pytest.fixture(scope="module", autouse=True)
def few_held_out_sentences(module_home: Path) -> Iterator[None]:
    """What is tested holds for three dozen as for a thousand."""
    whole = load_sentences()

    def few(data: str) -> Any:
        if data != "builtin":
            return load_sentences(data)
        kept = slice(0, whole.training + 36)
        return type(whole)(whole.texts[kept], whole.labels[kept], whole.training)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(glove.sentences, "load_sentences", few)
        yield


@pytest.mark.parametrize(
    ("values", "head"),
    [
        ({}, 1_616 + 17),
        ({"network": "lstm"}, LSTM + 65),
        ({"network": "article"}, sum(ARTICLE) + 1_806 + 7),
        ({"network": "article", "length": 100}, 301_200 + 541_200 + 1_806 + 7),
    ],
    ids=str,
)
def test_counts_are_the_articles_and_keras_own(values: dict[str, Any], head: int) -> None:
    frozen, trainable = sentences(**values), sentences(**values, frozen="none")
    model = build_model(frozen)
    freeze(model, frozen.frozen)
    assert scenarios.parameters(frozen) == counts(model) == (EMBEDDING + head, head)
    freeze(model, trainable.frozen)
    assert scenarios.parameters(trainable) == counts(model) == (EMBEDDING + head, EMBEDDING + head)


@pytest.mark.parametrize("network", ["averaged", "lstm", pytest.param("article", marks=pytest.mark.slow)])
def test_frozen_embedding_is_bit_identical_and_all_else_takes_a_step(network: str, train: Callable[..., Any]) -> None:
    result = train(sentences(network=network, epochs=1))
    for name, before in result.before.items():
        assert np.array_equal(before, result.after[name]) == name.startswith("embedding"), name


def test_presets_have_what_the_article_has() -> None:
    (preset,) = scenarios.get("glove").presets
    spec = parse({"scenario": "glove", **preset.values})
    assert spec.options == {"network": "article", "length": 100, "mistake": "none"}
    assert (spec.epochs, spec.patience, spec.early_stopping, spec.frozen) == (600, 10, True, ("embedding",))
    assert scenarios.get("glove").keeps_log(spec) and not scenarios.get("glove").keeps_log(sentences())


@pytest.mark.parametrize(
    "values",
    [{}, {"frozen": "none"}, {"network": "lstm"}, {"network": "lstm", "frozen": "none"}, {"start": "random"}],
    ids=str,
)
def test_fit_gives_the_same_curve_mask_included(values: dict[str, Any], train: Callable[..., Any]) -> None:
    spec = sentences(**values, epochs=3)
    ours, model, data = train(spec), build_model(spec), scenarios.get("glove").load(spec)
    freeze(model, spec.frozen)
    model.compile(keras.optimizers.Adam(spec.learning_rate), "binary_crossentropy")
    theirs = []
    for epoch in range(1, spec.epochs + 1):
        order = epoch_order(spec.examples, spec.seed, epoch)
        model.fit(data.x_train[order], data.y_train[order], spec.batch_size, shuffle=False, verbose=0)
        theirs.append([model.evaluate(x, y, verbose=0) for x, y in ((data.x_train, data.y_train),
                                                                    (data.x_val, data.y_val))])  # fmt: skip
    assert np.allclose([[row[1], row[3]] for row in ours.curve], theirs, atol=1e-5, rtol=0)
    for name, weights in weights_of(model).items():
        assert np.allclose(ours.after[name], weights, atol=1e-4, rtol=0), name


@pytest.mark.parametrize("network", ["averaged", "lstm"])
def test_the_same_spec_gives_the_same_curve_and_another_seed_does_not(network: str, train: Callable[..., Any]) -> None:
    first, again, other = (train(sentences(network=network, frozen="none", seed=s)) for s in (1, 1, 2))
    assert first.curve == again.curve != other.curve
    assert all(np.array_equal(w, again.after[name]) for name, w in first.after.items())


def test_the_directions_of_an_lstm_start_with_weights_of_their_own() -> None:
    layer = build_model(sentences(network="lstm")).get_layer("lstm")
    forwards, backwards = ([np.asarray(w) for w in one.weights] for one in (layer.forward_layer, layer.backward_layer))
    assert not np.array_equal(forwards[0], backwards[0]) and not np.array_equal(forwards[1], backwards[1])


class StopsAt(Control):
    """Breaks the program at the n-th look between batches, just after a pause's checkpoint."""

    def __init__(self, look: int) -> None:
        super().__init__()
        self._left = look

    def hold(self, on_pause: Callable[[], None], on_resume: Callable[[], None]) -> None:
        self._left -= 1
        if self._left == 0:
            on_pause()
            raise KeyboardInterrupt


@pytest.mark.parametrize("network", ["averaged", "lstm"])
def test_taken_up_inside_an_epoch_it_goes_on_as_if_never_broken(
    network: str, tmp_path: Path, train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "CHUNK_SECONDS", 0.0)
    spec = sentences(network=network, frozen="none")
    with pytest.raises(KeyboardInterrupt):
        train(spec, StopsAt(5), tmp_path)  # three batches an epoch: inside the second
    taken_up, unbroken = train(spec, folder=tmp_path), train(spec)
    assert taken_up.curve == unbroken.curve
    assert all(np.array_equal(w, taken_up.after[name]) for name, w in unbroken.after.items())


def test_padding_counts_for_nothing_in_the_average_and_no_text_is_not_a_number() -> None:
    short, long = (build_model(sentences(length=length)) for length in (50, 100))
    texts = ["a fine , quiet film", "...", "", "xyzzy plugh"]
    vocabulary = vocabulary_of("builtin")
    found = [m.predict(ids_of(vocabulary, texts, n), verbose=0) for m, n in ((short, 50), (long, 100))]
    assert np.isfinite(found[0]).all()
    assert np.allclose(found[0], found[1], atol=1e-6)
    table = np.asarray(short.get_layer("embedding").embeddings)
    ids = vocabulary.ids(texts[0])
    mean = keras.Sequential(short.layers[:2])(ids_of(vocabulary, texts[:1], 50))
    assert np.allclose(mean, table[ids].mean(axis=0), atol=1e-6)


def test_the_table_holds_gloves_vectors_and_zeros_for_what_it_does_not_know() -> None:
    table = np.asarray(build_model(sentences()).get_layer("embedding").embeddings)
    vectors, vocabulary = vectors_of("glove-100d"), vocabulary_of("builtin")
    assert not table[:2].any() and len(vocabulary) == 10_000
    for word in ("film", "the", "wonderful"):
        assert np.array_equal(table[vocabulary.id_of[word]], vectors.table[vectors.ids[word]])
    unknown = [n for word, n in vocabulary.id_of.items() if word not in vectors.ids]
    assert unknown and not table[unknown].any()


def test_few_sentences_are_part_of_many_and_rows_are_theirs() -> None:
    sets = {n: chosen_sentences(6_824, n, seed=4) for n in (20, 21, 400, 6_824)}
    assert set(sets[20]) < set(sets[21]) < set(sets[400]) < set(sets[6_824])
    assert set(sets[20]) != set(chosen_sentences(6_824, 20, seed=5))
    spec, kept = sentences(), load_sentences()
    data, rows = scenarios.get("glove").load(spec), chosen_sentences(kept.training, 40, 1)
    assert np.array_equal(data.x_train, rows_of("builtin", 50)[rows])
    assert np.array_equal(data.y_train[:, 0], kept.labels[rows])
    texts = {" ".join(t.split()).lower() for t in kept.texts[: kept.training]}
    assert not texts & {" ".join(t.split()).lower() for t in kept.texts[kept.training :]}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"source": ENCODER, "network": "lstm"}, "no words left for an LSTM.*Set it to averaged"),
        ({"source": ENCODER, "frozen": "none"}, "encoder cannot be trained"),
        ({"source": ENCODER, "start": "random"}, "cannot start from random"),
        ({"data": "rows:1,2"}, "no such sentences"),
        ({"network": "gru"}, "network.*one of: averaged, lstm, article"),
        ({"length": 70}, "length.*one of: 50, 100"),
        ({"examples": 7_000}, "20 to 6,824"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        sentences(**values)


def test_what_is_not_here_is_named() -> None:
    with pytest.raises(SourceUnavailable, match=FULL):
        scenarios.check_present(sentences(source=FULL))
    with pytest.raises(SourceUnavailable, match="sha256:c"):
        scenarios.check_present(sentences(data="sha256:" + 64 * "c"))
    scenarios.check_present(sentences(source=FULL, start="random"))


def test_encoder_brings_its_own_defaults_and_its_rival_reads_the_same_sentences(train: Callable[..., Any]) -> None:
    spec = sentences(source=ENCODER, epochs=1, examples=20)
    assert spec.frozen == ("encoder",) and scenarios.parameters(spec)[1] == 512 * 16 + 16 + 17
    rival = parse(scenarios.get("glove").rival("from scratch", spec) or {})
    assert (rival.source, rival.start, rival.frozen, rival.examples) == ("glove-100d", "random", (), 20)
    assert scenarios.get("glove").rival("from scratch", rival) is None
    assert np.array_equal(scenarios.get("glove").load(spec).y_train, scenarios.get("glove").load(rival).y_train)
    assert len(train(spec).curve) == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sentences beside the project are not here")
def test_a_csv_of_ones_own_trains_on_frozen_glove(own_home: Path, train: Callable[..., Any]) -> None:
    files = sorted(SHARED.glob("*.txt"))
    rows = [line.split("\t") for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    held = io.StringIO()
    csv.writer(held).writerows([["text", "sentiment"], *rows])
    brought = own_texts.bring_texts(read_csv_texts(held.getvalue().encode()))
    spec = parse({"scenario": "glove", "data": brought.data, "epochs": 20})
    assert spec.examples == brought.counts.training and sum(brought.counts) > 1_900
    result = train(spec)
    assert max(row[4] for row in result.curve) >= 0.70
    assert all(row[5] is not None for row in result.curve)
