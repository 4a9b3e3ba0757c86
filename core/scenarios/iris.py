"""The iris extension: learn three species, clone, and keep what was learned for flowers never seen before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting, InvalidSettings
from core.scenarios.base import Data, Layer, Models, OldTask, Option, Scenario, Source, Tell, tell_nobody
from core.scenarios.mistakes import HALF_WAY, WRONG_INPUT, mistake_of, mistake_option
from core.sources import iris_rows
from core.sources.iris_rows import FLOWERS, SPECIES
from core.spec import RunSpec, Value
from core.words import mark, say

if TYPE_CHECKING:
    import keras

CLASSES = {"source": SPECIES, "flowers": FLOWERS, "third_species": SPECIES}
HEADS = {"source": "species", "flowers": "flowers", "third_species": "third"}
BASE = ("dense_50", "dense_25")
METRES = "metres"
"""The layer that spoils the input on purpose: the base learned from centimetres. (Millimetres would hardly be seen: a
factor above one goes through ReLU layers, and the head makes up for it.)"""
OLD_TASKS = {(3,): mark("three real irises"), (2,): mark("two real irises")}
"""By the shape of the old head's bias."""
NO_HEAD = (np.zeros((0, 0), np.float32), np.zeros(0, np.float32))
VALIDATION_PER_FLOWER, MOST_PER_FLOWER = 10, 50


class Iris(Scenario):
    """Three tasks on one small network (T81-558, part 9.1): Dense 50, Dense 25 and a softmax head."""

    name = "iris"
    title = mark("Iris extension")
    sentence = mark(
        "Two layers that learned to tell three real irises apart are kept for flowers they have never seen."
    )
    icon = ":material/local_florist:"
    loss = "categorical_crossentropy"
    options = (
        Option("task", mark("Task"), "flowers", tuple(CLASSES), (mark("1 · Source: three irises"),
               mark("2 · Extension: four new flowers"), mark("3 · Two species known, a third to learn"))),
        Option("per_species", mark("Flowers of each species"), 2, low=1, high=MOST_PER_FLOWER),
        Option("spread", mark("Spread of the flowers (cm)"), iris_rows.SPREAD, low=0.0, high=2.0),
        Option("transferred", mark("Layers transferred"), len(BASE), tuple(range(len(BASE) + 1)),
               help=mark("How many begin with the source's weights, from the input on; the rest begin at random.")),
        mistake_option(mark("lengths in metres"), *HALF_WAY),
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
                return (Source("iris-three-species", mark("Three real irises"), "iris-three-species"),)
            case "third_species":
                return (Source("iris-two-species", mark("Setosa and versicolor only"), "iris-two-species"),)
        return ()

    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        task, n = str(spec.options["task"]), len(CLASSES[str(spec.options["task"])])
        return (
            *([Layer(METRES, "Rescaling", "4", 0, "base")] if mistake_of(spec) == WRONG_INPUT else []),
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

    def sizes(self, spec: RunSpec) -> tuple[int, ...]:
        return {"flowers": (4, 8, 20, 40, 80, 200), "source": (6, 12, 30, 60, 120)}.get(
            str(spec.options["task"]), (6, 9, 15, 30, 60, 120)
        )

    def size_bounds(self, spec: RunSpec) -> tuple[int, int]:
        if spec.options["task"] == "flowers":
            return len(FLOWERS), len(FLOWERS) * MOST_PER_FLOWER
        return super().size_bounds(spec)

    def sized(self, values: Mapping[str, Any], examples: int) -> dict[str, Any]:
        """Of the made-up flowers as many of each species; a table of the learner's own gives way to them."""
        if values["task"] != "flowers":
            return super().sized(values, examples)
        if examples % len(FLOWERS):
            what = say("There are as many flowers of each of the {n} species (sizes).", n=len(FLOWERS))
            mend = say("Choose multiples of {n}.", n=len(FLOWERS))
            raise InvalidSettings([InvalidSetting("sizes", what, examples, mend)])
        return {**values, "data": "builtin", "per_species": examples // len(FLOWERS), "examples": examples}

    def seconds(self, spec: RunSpec) -> float:
        return 0.5 + 0.004 * spec.epochs

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
        what = say("Training examples (examples) must be as many as the table has rows: {n}.", n=len(rows))
        mend = say("Leave it out, or change per_species or the table.")
        return [InvalidSetting("examples", what, spec.examples, mend)]

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
                *([keras.layers.Rescaling(0.01, name=METRES)] if mistake_of(spec) == WRONG_INPUT else []),
                dense(50, "dense_50", spec.seed, "relu"),
                dense(25, "dense_25", spec.seed, "relu"),
                dense(len(CLASSES[task]), HEADS[task], spec.seed, "softmax"),
            ]
        )
        if spec.start == "pretrained":
            kept = BASE[: int(spec.options["transferred"])]
            weights = shipped_weights(spec.source)
            adopt(model, {name: array for name, array in weights.items() if name.partition("/")[0] in kept})
        return model

    def old_task(self, spec: RunSpec) -> OldTask | None:
        """The real irises that the source was not trained on, of the species it knew."""
        kernel, bias = _old_head(spec)
        title = OLD_TASKS.get(bias.shape)
        if title is None or kernel.shape != (25, len(bias)):
            return None
        rows, species = iris_rows.real_rows()
        _, held_out = iris_rows.stratified_split(species)
        held_out = held_out[species[held_out] < len(bias)]
        return OldTask(title, rows[held_out], species[held_out], kernel, bias, BASE[-1])

    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        from core.insight import iris_answers

        return iris_answers.answer(question, spec, models, **given)


def _old_head(spec: RunSpec) -> tuple[np.ndarray, np.ndarray]:
    """The head that read the base before: the source's, or, of a run to go on from, its own where it learned the
    species, else the one it kept aside. Empty where there is none, or the base is not all of the source's."""
    from core.models.weights import old_head, run_weights
    from core.sources.shipped import shipped_weights

    head, place = HEADS["source"], ("kernel", "bias")
    if spec.options["task"] == "source" or spec.start == "random":
        return NO_HEAD
    if spec.parent:
        kept = old_head(spec.parent)
        weights = {f"{head}/{i}": kept[name] for i, name in enumerate(place) if kept} | run_weights(spec.parent)
    else:
        weights = shipped_weights(spec.source) if spec.options["transferred"] == len(BASE) else {}
    return weights.get(f"{head}/0", NO_HEAD[0]), weights.get(f"{head}/1", NO_HEAD[1])


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
