"""GloVe: words that were given numbers by reading six billion of them; a network learns praise from short sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting, SourceUnavailable
from core.scenarios.base import Data, Layer, Models, Option, Preset, Scenario, Source, Tell, tell_nobody
from core.scenarios.mistakes import HALF_WAY, WRONG_INPUT, mistake_of, mistake_option, one_row_off
from core.sources import encoder, sentences
from core.sources.catalogue import asset
from core.sources.downloads import location
from core.sources.film_words import rows_among
from core.sources.own_sets import FORM
from core.sources.own_texts import is_here
from core.spec import RunSpec, Value
from core.words import mark, say

if TYPE_CHECKING:
    import keras

SHIPPED, FULL = "glove-100d", "glove-6b-100d"
ENCODER = "universal-sentence-encoder"
AVERAGED, LSTM, ARTICLE = "averaged", "lstm", "article"
WORDS, NUMBERS = 10_001, 100
HIDDEN, SMALL_LSTM, LARGE_LSTM, ARTICLE_HIDDEN = 16, 32, 150, 6
RANDOM_RANGE = 0.05
"""A random embedding starts uniform in ±0.05, as Keras' own Embedding layer does."""
FEWEST, NO_LIMIT = 20, 1_000_000
WHY_FIXED = mark(
    "It is a whole network of 69 million numbers and runs outside Keras: it reads each sentence once, that is all."
)
COST = mark(
    "Trainable, a million numbers learn from a few thousand sentences: epochs take several times as long, and the "
    "network soon knows the sentences by heart. Watch validation loss."
)


class Glove(Scenario):
    """The guide's recipe (T81-558 part 11; Pennington et al. 2014): 10,000 words, 50 or 100 a sentence, GloVe 6B 100d.
    Averaged vectors with a small head, a bidirectional LSTM, or the article's two."""

    name = "glove"
    title = mark("GloVe sentences")
    sentence = mark(
        "Words bring 100 numbers each, learned by reading six billion words; a network learns praise from them."
    )
    icon = ":material/dictionary:"
    brings = "texts"
    loss = "binary_crossentropy"
    options = (
        Option("network", mark("Network"), AVERAGED, (AVERAGED, LSTM, ARTICLE),
               (mark("Averaged vectors"), "BiLSTM 32", mark("As in the article")), leads=True,
               help=mark("The mean of a sentence's vectors under a small head (fast); a bidirectional LSTM, which "
                         "reads the words in order; or the article's two of 150 units (15 s an epoch and more).")),
        Option("length", mark("Words of a sentence"), 50, (50, 100),
               help=mark("Shorter sentences are padded at their end, longer ones cut there.")),
        mistake_option(mark("words one row off"), *HALF_WAY),
    )  # fmt: skip
    presets = (
        Preset(mark("As in the article"),
               mark("Two bidirectional LSTMs of 150 units on 100 words, Dense 6, up to 600 epochs with patience 10, "
                    "and a TensorBoard log."),
               {"network": ARTICLE, "length": 100, "epochs": 600, "early_stopping": True, "patience": 10}),
    )  # fmt: skip

    def defaults(self, options: Mapping[str, Value], given: Mapping[str, Any]) -> dict[str, Any]:
        averaged = options["network"] == AVERAGED
        common = {"start": "pretrained", "source": SHIPPED, "data": sentences.BUILTIN, "frozen": (),
                  "examples": _most_examples(str(given.get("data", sentences.BUILTIN))) or sentences.COUNTS.training,
                  "epochs": 30 if averaged else 10, "early_stopping": False, "patience": 5, "min_delta": 0.001,
                  "learning_rate": 0.003 if averaged else 0.001, "batch_size": 32, "seed": 1}  # fmt: skip
        if given.get("source") == ENCODER:
            return {**common, "frozen": ("encoder",)}
        return common if given.get("start") == "random" else {**common, "frozen": ("embedding",)}

    def rival(self, label: str, spec: RunSpec) -> dict[str, Any] | None:
        """For an encoder, which has no weights of ours to begin anew, averaged random vectors on the same sentences."""
        values = super().rival(label, spec)
        return values and {**values, "source": SHIPPED if spec.source == ENCODER else spec.source}

    def sources(self, options: Mapping[str, Value]) -> tuple[Source, ...]:
        return (
            Source(SHIPPED, mark("GloVe, 40,000 words"), SHIPPED),
            Source(FULL, mark("GloVe, all 400,000"), FULL),
            Source(ENCODER, mark("Sentence Encoder, 512 a text"), ENCODER, from_scratch=False),
        )

    def data_choices(self, options: Mapping[str, Value]) -> dict[str, str]:
        return {sentences.BUILTIN: say("Rotten Tomatoes (installed)")}

    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        if spec.source == ENCODER:
            base = Layer("encoder", mark("Sentence encoder"), str(encoder.NUMBERS), encoder.PARAMETERS, "base",
                         fixed=WHY_FIXED)  # fmt: skip
            return (base, *_dense_head(encoder.NUMBERS, HIDDEN))
        length, network = int(spec.options["length"]), spec.options["network"]
        base = Layer("embedding", "Embedding", f"{length}, {NUMBERS}", WORDS * NUMBERS, "base", cost=COST)
        if network == AVERAGED:
            pooling = Layer("average", "GlobalAveragePooling1D", str(NUMBERS), 0, "head")
            return (base, pooling, *_dense_head(NUMBERS, HIDDEN))
        if network == LSTM:
            output = Layer("output", "Dense", "1", 2 * SMALL_LSTM + 1, "head", "sigmoid")
            return (base, _lstm_layer("lstm", NUMBERS, SMALL_LSTM), output)
        first = _lstm_layer("lstm_1", NUMBERS, LARGE_LSTM, f"{length}, ")
        second = _lstm_layer("lstm_2", 2 * LARGE_LSTM, LARGE_LSTM)
        return (base, first, second, *_dense_head(2 * LARGE_LSTM, ARTICLE_HIDDEN))

    def example_bounds(self, options: Mapping[str, Value], data: str = sentences.BUILTIN) -> tuple[int, int]:
        return FEWEST, _most_examples(data) or NO_LIMIT

    def seconds(self, spec: RunSpec) -> float:
        """By the network, and whether a million numbers are updated at every batch."""
        batches = -(-spec.examples // spec.batch_size)
        if spec.options["network"] != AVERAGED:
            a_batch = 0.025 if spec.options["network"] == LSTM else 0.14
            return 3 + spec.epochs * (a_batch * batches + a_batch * 1_706 / 100)
        is_frozen = "embedding" in spec.frozen or spec.source == ENCODER
        return 1 + spec.epochs * (0.01 + (0.0002 if is_frozen else 0.004) * batches)

    def origins(self, spec: RunSpec) -> tuple[str, ...]:
        texts = ("rotten-tomatoes",) if spec.data == sentences.BUILTIN else ()
        return (*texts, *((spec.source,) if spec.start == "pretrained" else ()))

    def problems(self, spec: RunSpec) -> list[InvalidSetting]:
        found = []
        if spec.data != sentences.BUILTIN and not FORM.fullmatch(spec.data):
            mend = say("Leave it at builtin, or give sha256: and the 64 digits that python -m core bring has told.")
            found.append(InvalidSetting("data", say("There are no such sentences (data)."), spec.data, mend))
        if spec.source == ENCODER and spec.options["network"] != AVERAGED:
            what = say("The sentence encoder reads whole sentences: there are no words left for an LSTM (network).")
            mend = say("Set it to {value}.", value=AVERAGED)
            found.append(InvalidSetting("network", what, spec.options["network"], mend))
        return found

    def lacking(self, spec: RunSpec) -> tuple[str, ...]:
        needs_source = spec.start == "pretrained" and asset(spec.source).origin == "download"
        missing = [spec.source] if needs_source and location(spec.source) is None else []
        if FORM.fullmatch(spec.data) and not is_here(spec.data):
            missing.append(spec.data)
        return tuple(missing)

    def keeps_log(self, spec: RunSpec) -> bool:
        return spec.options["network"] == ARTICLE

    def prepare(self) -> None:
        from core.sources.sentence_ids import rows_of

        rows_of(sentences.BUILTIN, 50)

    def word_layer(self, spec: RunSpec) -> str:
        return "" if spec.source == ENCODER else "embedding"

    def followed_words(self, spec: RunSpec) -> Mapping[str, int]:
        from core.sources.sentence_ids import vocabulary_of

        return rows_among(vocabulary_of(spec.data).id_of) if self.word_layer(spec) else {}

    def load(self, spec: RunSpec, tell: Tell = tell_nobody) -> Data:
        from core.sources.sentence_ids import rows_of

        kept = sentences.load_sentences(spec.data)
        labels = kept.labels[:, None]
        chosen = chosen_sentences(kept.training, spec.examples, spec.seed)
        held_out = np.arange(kept.training, len(kept))
        if spec.source == ENCODER:
            texts = [kept.texts[row] for row in (*chosen, *held_out)]
            rows = encoder.encode(texts, lambda done, of: tell(mark("encoding sentences"), done, of))
            return Data(rows[: len(chosen)], labels[chosen], rows[len(chosen) :], labels[held_out])
        rows = rows_of(spec.data, int(spec.options["length"]))
        return Data(rows[chosen], labels[chosen], rows[held_out], labels[held_out])

    def build(self, spec: RunSpec) -> keras.Sequential:
        import keras

        from core.models.building import both_ways, dense

        output = dense(1, "output", spec.seed, "sigmoid")
        if spec.source == ENCODER:
            return keras.Sequential([keras.Input((encoder.NUMBERS,)), dense(HIDDEN, "hidden", spec.seed, "relu"),
                                     output])  # fmt: skip
        network = spec.options["network"]
        embedding = keras.layers.Embedding(WORDS, NUMBERS, mask_zero=network == AVERAGED, name="embedding")
        if network == AVERAGED:
            middle = [keras.layers.GlobalAveragePooling1D(name="average"), dense(HIDDEN, "hidden", spec.seed, "relu")]
        elif network == LSTM:
            middle = [both_ways(SMALL_LSTM, "lstm", spec.seed)]
        else:
            middle = [
                both_ways(LARGE_LSTM, "lstm_1", spec.seed, return_sequences=True),
                both_ways(LARGE_LSTM, "lstm_2", spec.seed),
                dense(ARTICLE_HIDDEN, "hidden", spec.seed, "relu"),
            ]
        rows = keras.Input((int(spec.options["length"]),), dtype="int32")
        model = keras.Sequential([rows, embedding, *middle, output])
        embedding.set_weights([starting_table(spec)])
        return model

    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        from core.insight import sentence_answers

        return sentence_answers.answer(question, spec, models, **given)


def chosen_sentences(training: int, examples: int, seed: int) -> np.ndarray:
    """Which training sentences a run sees: ascending rows drawn by its seed, larger sets holding smaller ones."""
    return np.sort(np.random.default_rng((seed, training)).permutation(training)[:examples])


def starting_table(spec: RunSpec) -> np.ndarray:
    """The embedding as a run starts: the source's vectors, or random ones from its seed, (10,001, 100)."""
    from core.models.building import layer_seed
    from core.sources.sentence_ids import table_of, vectors_of, vocabulary_of

    if spec.start == "random":
        rng = np.random.default_rng(layer_seed(spec.seed, "embedding"))
        return rng.uniform(-RANDOM_RANGE, RANDOM_RANGE, (WORDS, NUMBERS)).astype(np.float32)
    known = table_of(vocabulary_of(spec.data), vectors_of(spec.source))
    return one_row_off(known) if mistake_of(spec) == WRONG_INPUT else known


def _most_examples(data: str) -> int | None:
    """How many sentences there are to train on; None where that is not known on this computer."""
    try:
        return sentences.counts(data).training if data == sentences.BUILTIN or FORM.fullmatch(data) else None
    except SourceUnavailable:
        return None


def _dense_head(numbers: int, hidden: int) -> tuple[Layer, Layer]:
    return (
        Layer("hidden", "Dense", str(hidden), numbers * hidden + hidden, "head", "relu"),
        Layer("output", "Dense", "1", hidden + 1, "head", "sigmoid"),
    )


def _lstm_layer(name: str, numbers: int, units: int, steps: str = "") -> Layer:
    """Both directions; each of the four gates sees the input, its own last output and a bias."""
    weights = 2 * 4 * units * (numbers + units + 1)
    return Layer(name, "Bidirectional", f"{steps}{2 * units}", weights, "head")
