"""The iris extension: learn three species, clone, and keep what was learned for flowers never seen before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting
from core.scenarios.base import Data, Layer, Models, Option, Scenario, Source, Tell, tell_nobody
from core.sources import iris_rows
from core.sources.iris_rows import FLOWERS, SPECIES
from core.spec import RunSpec, Value

if TYPE_CHECKING:
    import keras

CLASSES = {"source": SPECIES, "flowers": FLOWERS, "third_species": SPECIES}
HEADS = {"source": "species", "flowers": "flowers", "third_species": "third"}
BASE = ("dense_50", "dense_25")
VALIDATION_PER_FLOWER = 10


class Iris(Scenario):
    """Three tasks on one small network (T81-558, part 9.1): Dense 50, Dense 25 and a softmax head."""

    name = "iris"
    title = "Iris extension"
    sentence = "Two layers that learned to tell three real irises apart are kept for flowers they have never seen."
    icon = ":material/local_florist:"
    loss = "categorical_crossentropy"
    options = (
        Option("task", "Task", "flowers", tuple(CLASSES), ("1 · Source: three irises",
               "2 · Extension: four new flowers", "3 · Two species known, a third to learn")),
        Option("per_species", "Flowers of each species", 2, low=1, high=50),
        Option("spread", "Spread of the flowers (cm)", iris_rows.SPREAD, low=0.0, high=2.0),
    )  # fmt: skip

    def defaults(self, options: Mapping[str, Value], given: Mapping[str, Any]) -> dict[str, Any]:
        common = {"data": "builtin", "batch_size": 32, "learning_rate": 0.001, "patience": 20, "seed": 1}
        match options["task"]:
            case "source":
                return {**common, "start": "random", "source": "", "frozen": (), "examples": 120, "epochs": 100}
            case "flowers":
                return {**common, "start": "pretrained", "source": "iris-three-species", "frozen": BASE, "epochs": 200,
                        "learning_rate": 0.01, "examples": _table_length(options, given)}  # fmt: skip
        return {**common, "start": "pretrained", "source": "iris-two-species", "frozen": BASE, "epochs": 200,
                "learning_rate": 0.01, "examples": 15}  # fmt: skip

    def sources(self, options: Mapping[str, Value]) -> tuple[Source, ...]:
        match options["task"]:
            case "flowers":
                return (Source("iris-three-species", "Three real irises", "iris-three-species"),)
            case "third_species":
                return (Source("iris-two-species", "Setosa and versicolor only", "iris-two-species"),)
        return ()

    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        task, n = str(spec.options["task"]), len(CLASSES[str(spec.options["task"])])
        return (
            Layer("dense_50", "Dense", "50", 4 * 50 + 50, "base", "relu"),
            Layer("dense_25", "Dense", "25", 50 * 25 + 25, "base", "relu"),
            Layer(HEADS[task], "Dense", str(n), 25 * n + n, "head", "softmax"),
        )

    def classes(self, options: Mapping[str, Value]) -> int:
        return len(CLASSES[str(options["task"])])

    def example_bounds(self, options: Mapping[str, Value], data: str = "builtin") -> tuple[int, int]:
        if options["task"] == "flowers":
            return 4, iris_rows.MOST_ROWS
        return (6, 120)

    def origins(self, spec: RunSpec) -> tuple[str, ...]:
        data = ("made-up-flowers",) if spec.options["task"] == "flowers" else ("iris",)
        return (*data, spec.source) if spec.source and spec.start == "pretrained" else data

    def problems(self, spec: RunSpec) -> list[InvalidSetting]:
        if spec.options["task"] != "flowers":
            return super().problems(spec)
        try:
            rows, _ = training_table(spec)
        except InvalidSetting as problem:
            return [problem]
        if len(rows) == spec.examples:
            return []
        what = f"Training examples (examples) must be as many as the table has rows: {len(rows)}."
        return [InvalidSetting("examples", what, spec.examples, "Leave it out, or change per_species or the table.")]

    def load(self, spec: RunSpec, tell: Tell = tell_nobody) -> Data:
        return _flowers(spec) if spec.options["task"] == "flowers" else _irises(spec)

    def build(self, spec: RunSpec) -> keras.Sequential:
        import keras

        from core.models.building import dense
        from core.models.weights import adopt
        from core.sources.shipped import shipped_weights

        task = str(spec.options["task"])
        model = keras.Sequential(
            [
                keras.Input((4,)),
                dense(50, "dense_50", spec.seed, "relu"),
                dense(25, "dense_25", spec.seed, "relu"),
                dense(len(CLASSES[task]), HEADS[task], spec.seed, "softmax"),
            ]
        )
        if spec.start == "pretrained":
            adopt(model, shipped_weights(spec.source))
        return model

    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        from core.insight import iris_answers

        return iris_answers.answer(question, spec, models, **given)


def training_table(spec: RunSpec) -> tuple[np.ndarray, np.ndarray]:
    """The flowers a spec trains on: the learner's own table, or made up anew from its settings."""
    if spec.data != "builtin":
        return iris_rows.read_table(spec.data)
    return iris_rows.made_up_rows(int(spec.options["per_species"]), float(spec.options["spread"]), seed=0)


def _table_length(options: Mapping[str, Value], given: Mapping[str, Any]) -> int:
    data = str(given.get("data", "builtin"))
    return (
        len([r for r in data.split(";") if r.strip()]) if data.startswith("rows:") else 4 * int(options["per_species"])
    )


def _flowers(spec: RunSpec) -> Data:
    rows, species = training_table(spec)
    centres = iris_rows.CENTRES
    if spec.data != "builtin":  # the learner's own species are where the learner put them
        centres = np.array([rows[species == s].mean(axis=0) for s in range(len(FLOWERS))], np.float32)
    held_out, truth = iris_rows.made_up_rows(VALIDATION_PER_FLOWER, float(spec.options["spread"]), 1, centres)
    return Data(rows, _one_hot(species, 4), held_out, _one_hot(truth, 4))


def _irises(spec: RunSpec) -> Data:
    rows, species = iris_rows.real_rows()
    train, held_out = iris_rows.stratified_split(species)
    if spec.examples < len(train):
        train = _balanced(train, species, spec.examples)
    return Data(rows[train], _one_hot(species[train], 3), rows[held_out], _one_hot(species[held_out], 3))


def _balanced(train: np.ndarray, species: np.ndarray, examples: int) -> np.ndarray:
    """The first ``examples`` rows, taken from the three species in turn."""
    by_species = [train[species[train] == s] for s in range(3)]
    turns = np.stack([g[: min(map(len, by_species))] for g in by_species], axis=1).ravel()
    return turns[:examples]


def _one_hot(species: np.ndarray, classes: int) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[species]
