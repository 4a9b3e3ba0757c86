"""IMDB reviews: what turns a text into numbers was learned elsewhere; a small network tells praise from complaint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting, SourceUnavailable
from core.scenarios.base import Data, Layer, Models, Option, Scenario, Source, Tell, tell_nobody
from core.scenarios.mistakes import HALF_WAY, WRONG_INPUT, mistake_of, mistake_option, one_row_off
from core.sources import encoder, own_texts
from core.sources.catalogue import asset
from core.sources.downloads import location
from core.sources.film_words import rows_among
from core.sources.own_sets import FORM
from core.spec import RunSpec, Value
from core.words import mark, say

if TYPE_CHECKING:
    import keras

BUILTIN = "builtin"
TRAINING, VALIDATION = 15_000, 10_000
FEW_TRAINING, FEW_VALIDATION = 2_000, 1_000
ALL, FEW = TRAINING + VALIDATION, FEW_TRAINING + FEW_VALIDATION
"""How many reviews there are to draw from: all, or as many as a sentence encoder reads in a minute. The few are the
first of each part of the split, so that runs with different sources can share them."""
RANDOM_RANGE = 0.05
"""A random embedding starts uniform in ±0.05, as Keras' own Embedding layer does."""
ENCODER = "universal-sentence-encoder"
WHY_FIXED = mark(
    "It is a whole network of 69 million numbers and runs outside Keras: it reads each review once, that is all."
)
STAND_IN = "news20-stand-in"
FEWEST, FEWEST_OWN, NO_LIMIT = 50, 20, 1_000_000


@dataclass(frozen=True)
class Table:
    """A table of word vectors: rows (the last for unknown words) and numbers a word."""

    words: int
    numbers: int


TABLES = {
    STAND_IN: Table(20_001, 20),
    "gnews-swivel-20dim": Table(20_001, 20),
    "glove-100d": Table(40_001, 100),
}
SOURCES = (
    Source(STAND_IN, mark("News, 20 a word (stand-in)"), STAND_IN),
    Source("glove-100d", mark("GloVe, 100 a word"), "glove-100d"),
    Source(ENCODER, mark("Sentence Encoder, 512 a text"), ENCODER, from_scratch=False),
    Source("gnews-swivel-20dim", mark("gnews-swivel, 20 a word"), "gnews-swivel-20dim"),
)


class Imdb(Scenario):
    """TF Hub's text classification (T81-558, part 9.3): embedding, Dense 16, Dense 1."""

    name = "imdb"
    title = mark("IMDB reviews")
    sentence = mark(
        "A text embedding turns each review into numbers; a small network learns to tell praise from complaint."
    )
    icon = ":material/reviews:"
    brings = "texts"
    loss = "binary_crossentropy"
    options = (
        Option("hidden", mark("Hidden units"), 16, (16, 32), help=mark("16 as in the course, 32 as in the book.")),
        Option("reviews", mark("Reviews to draw from"), ALL, (ALL, FEW), ("25,000", "3,000"),
               help=mark("15,000 to train on and 10,000 to validate on; or 2,000 and 1,000, so that every source can "
                         "be compared on the same reviews."), leads=True),
        mistake_option(mark("words one row off"), *HALF_WAY),
    )  # fmt: skip

    lessons = MappingProxyType({"examples": {"reviews": FEW, "batch_size": 32}})

    def defaults(self, options: Mapping[str, Value], given: Mapping[str, Any]) -> dict[str, Any]:
        common = {"start": "pretrained", "source": STAND_IN, "data": BUILTIN, "frozen": (), "examples": TRAINING,
                  "epochs": 40, "early_stopping": False, "patience": 5, "min_delta": 0.001, "learning_rate": 0.001,
                  "batch_size": 512, "seed": 1}  # fmt: skip
        if given.get("source") == ENCODER:
            most = self.example_bounds(options, str(given.get("data", BUILTIN)))[1]
            return {**common, "frozen": ("encoder",), "examples": min(200, most), "learning_rate": 0.003,
                    "batch_size": 32}  # fmt: skip
        if given.get("source") == "glove-100d":
            common |= {"frozen": ("embedding",), "learning_rate": 0.01}
        if is_own(str(given.get("data", BUILTIN))):
            most = self.example_bounds(options, str(given["data"]))[1]
            return {**common, "examples": TRAINING if most == NO_LIMIT else most, "batch_size": 32}
        return {**common, "examples": FEW_TRAINING, "batch_size": 32} if options["reviews"] == FEW else common

    def option_default(self, option: Option, given: Mapping[str, Any]) -> Value:
        return FEW if option.name == "reviews" and given.get("source") == ENCODER else option.default

    def rival(self, label: str, spec: RunSpec) -> dict[str, Any] | None:
        """For an encoder, which has no weights of ours to begin anew, the course's network on the same reviews."""
        source = STAND_IN if spec.source == ENCODER else spec.source
        values = super().rival(label, spec)
        return values and {**values, "source": source}

    def sources(self, options: Mapping[str, Value]) -> tuple[Source, ...]:
        return SOURCES

    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        hidden = int(spec.options["hidden"])
        base = _base(spec.source)
        numbers = int(base.output)
        return (
            base,
            Layer("hidden", "Dense", str(hidden), numbers * hidden + hidden, "head", "relu"),
            Layer("output", "Dense", "1", hidden + 1, "head", "sigmoid"),
        )

    def data_choices(self, options: Mapping[str, Value]) -> dict[str, str]:
        return {BUILTIN: say("IMDB reviews (installed)")}

    def offers(self, option: Option, data: str) -> bool:
        return option.name != "reviews" or not is_own(data)

    def example_bounds(self, options: Mapping[str, Value], data: str = BUILTIN) -> tuple[int, int]:
        if not is_own(data):
            return FEWEST, FEW_TRAINING if options.get("reviews") == FEW else TRAINING
        try:
            most = pool(options, data)[0]
        except SourceUnavailable:  # a run that was trained on them can still be looked at
            most = NO_LIMIT
        return FEWEST_OWN, most

    def seconds(self, spec: RunSpec) -> float:
        """Trained, every batch updates the whole table: it is batches that cost, and rows only a little."""
        if spec.source not in TABLES or "embedding" in spec.frozen:
            return 0.9 + spec.epochs * (0.005 + 4e-7 * spec.examples)
        batches = spec.examples / spec.batch_size
        return 1.2 + spec.epochs * (0.03 + 0.0015 * batches + 2e-6 * spec.examples)

    def origins(self, spec: RunSpec) -> tuple[str, ...]:
        reviews = () if is_own(spec.data) else ("imdb-reviews",)
        return (*reviews, *((spec.source,) if spec.start == "pretrained" else ()))

    def problems(self, spec: RunSpec) -> list[InvalidSetting]:
        found = []
        if spec.data != BUILTIN and not is_own(spec.data):
            mend = say("Leave it at builtin, or give sha256: and the 64 digits that python -m core bring has told.")
            found.append(InvalidSetting("data", say("There are no such texts (data)."), spec.data, mend))
        if spec.source == ENCODER and spec.options["reviews"] != FEW:
            what = say("The sentence encoder reads 3,000 reviews in a minute and all 25,000 in eight (reviews).")
            mend = say("Set it to {value}.", value=FEW)
            found.append(InvalidSetting("reviews", what, spec.options["reviews"], mend))
        return found

    def lacking(self, spec: RunSpec) -> tuple[str, ...]:
        # From scratch too: a source's words are what a random table is made for.
        needs_source = asset(spec.source).origin == "download" and location(spec.source) is None
        lost = is_own(spec.data) and not own_texts.is_here(spec.data)
        return (*([spec.source] if needs_source else []), *([spec.data] if lost else []))

    def word_layer(self, spec: RunSpec) -> str:
        return "embedding" if spec.source in TABLES else ""

    def followed_words(self, spec: RunSpec) -> Mapping[str, int]:
        from core.sources.embedding import vocabulary_of

        return rows_among(vocabulary_of(spec.source)) if self.word_layer(spec) else {}

    def prepare(self) -> None:
        from core.sources.reviews import load_reviews

        load_reviews(STAND_IN)

    def load(self, spec: RunSpec, tell: Tell = tell_nobody) -> Data:
        from core.sources.reviews import load_reviews, load_texts

        chosen, held_out = chosen_reviews(spec)
        labels = load_texts(spec.data).labels[:, None]
        if spec.source == ENCODER:
            rows = encoded_reviews(np.concatenate([chosen, held_out]), tell, spec.data)
            return Data(rows[: len(chosen)], labels[chosen], rows[len(chosen) :], labels[held_out])
        rows = load_reviews(spec.source, spec.data).rows
        is_all = len(chosen) == TRAINING and not is_own(spec.data)
        x = rows[:TRAINING] if is_all else rows[chosen]
        return Data(x, labels[chosen], rows[held_out[0] : held_out[-1] + 1], labels[held_out])

    def build(self, spec: RunSpec) -> keras.Sequential:
        import keras

        from core.models.building import dense

        table = TABLES.get(spec.source)
        below = [keras.Input((encoder.NUMBERS,))] if table is None else [
            keras.Input((table.words,), sparse=True),
            dense(table.numbers, "embedding", spec.seed, use_bias=False),
        ]  # fmt: skip
        hidden = dense(int(spec.options["hidden"]), "hidden", spec.seed, "relu")
        model = keras.Sequential([*below, hidden, dense(1, "output", spec.seed, "sigmoid")])
        if table is not None:
            model.get_layer("embedding").set_weights([_starting_table(spec, table)])
        return model

    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        from core.insight import review_answers

        return review_answers.answer(question, spec, models, **given)


def chosen_reviews(spec: RunSpec) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (as in `core.sources.reviews.Texts`) a run trains on, ascending and drawn by its seed, and those it
    is validated on, always the same."""
    training, validation = pool(spec.options, spec.data)
    first = own_texts.counts(spec.data).training if is_own(spec.data) else TRAINING
    return chosen_examples(spec.examples, spec.seed, training), np.arange(first, first + validation)


def is_own(data: str) -> bool:
    """Whether data are texts that somebody brought."""
    return FORM.fullmatch(data) is not None


def pool(options: Mapping[str, Value], data: str) -> tuple[int, int]:
    """How many texts there are to draw from, and to validate on; of texts of one's own too only as many as a sentence
    encoder reads in a minute, where that is asked for.

    Raises:
        SourceUnavailable: when this computer does not have the texts that somebody brought.
    """
    training, validation = own_texts.counts(data) if is_own(data) else (TRAINING, VALIDATION)
    few = options.get("reviews") == FEW
    return (min(training, FEW_TRAINING), min(validation, FEW_VALIDATION)) if few else (training, validation)


def chosen_examples(examples: int, seed: int, of: int = TRAINING) -> np.ndarray:
    """Which training reviews a run sees: ascending row numbers, drawn by its seed, larger sets holding smaller ones."""
    return np.sort(np.random.default_rng((seed, of)).permutation(of)[:examples])


def encoded_reviews(rows: np.ndarray, tell: Tell = tell_nobody, data: str = BUILTIN) -> np.ndarray:
    """Reviews by row as the sentence encoder has them, (rows, 512)."""
    from core.sources.reviews import load_texts

    return encoder.encode(load_texts(data).at(rows), lambda done, of: tell(mark("encoding reviews"), done, of))


def _base(source: str) -> Layer:
    if source == ENCODER:
        return Layer("encoder", mark("Sentence encoder"), str(encoder.NUMBERS), encoder.PARAMETERS, "base",
                     fixed=WHY_FIXED)  # fmt: skip
    table = TABLES.get(source, TABLES[STAND_IN])
    return Layer("embedding", "Embedding", str(table.numbers), table.words * table.numbers, "base")


def _starting_table(spec: RunSpec, table: Table) -> np.ndarray:
    from core.models.building import layer_seed
    from core.sources.embedding import load_embedding

    if spec.start == "pretrained":
        known = load_embedding(spec.source).table
        return one_row_off(known) if mistake_of(spec) == WRONG_INPUT else known
    rng = np.random.default_rng(layer_seed(spec.seed, "embedding"))
    return rng.uniform(-RANDOM_RANGE, RANDOM_RANGE, (table.words, table.numbers)).astype(np.float32)
