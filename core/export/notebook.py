"""A run as a notebook of plain Keras and as the same in one Python file. For a worker: it builds the network."""

from __future__ import annotations

import importlib.metadata
import pprint
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from core import scenarios
from core.export.cells import CODE, Cell, as_script, cells
from core.export.recipes import (
    PICTURES_AT_ONCE,
    ROWS_AT_ONCE,
    Part,
    check_can_be_taken,
    data_part,
    network_part,
)
from core.models.building import layer_seed
from core.models.freezing import freeze
from core.sources.catalogue import asset
from core.spec import RunSpec
from core.training.loops import LOGITS
from core.training.prefix import cut
from core.training.train import build_model
from core.words import say

NOTEBOOK, SCRIPT, REQUIREMENTS = "notebook.ipynb", "notebook.py", "requirements.txt"
ALWAYS = ("tensorflow", "keras", "numpy")
FOR_LOOKING = ("matplotlib>=3.9", "ipykernel>=6")
"""To draw the curve, and to run a notebook at all."""
LOSSES = {LOGITS: "keras.losses.BinaryCrossentropy(from_logits=True)"}
ACCURACIES = {LOGITS: 'keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")'}
STOP = """    stopping.on_epoch_end(epoch - 1, {"val_loss": val_loss})
    if model.stop_training:
        break
stopping.on_train_end()"""


@dataclass(frozen=True)
class Written:
    """A notebook's cells, what stands beside it, and what it takes."""

    cells: list[Cell]
    parts: tuple[Part, ...]
    requirements: tuple[str, ...]


def write_notebook(spec: RunSpec, title: str, folder: Path, epochs: int | None = None) -> None:
    """Write a run's notebook, the same as a script, and all that they need, into an empty folder.

    Args:
        epochs: how many to train where the run was stopped before its last.

    Raises:
        LabError: when the run has no notebook, or its data cannot be had any more.
    """
    written = notebook_of(spec, title, epochs)
    for part in written.parts:
        for name, write in part.files.items():
            write(folder / name)
    (folder / SCRIPT).write_text(as_script(written.cells), encoding="utf-8")
    nbformat.write(_as_notebook(written.cells), folder / NOTEBOOK)
    (folder / REQUIREMENTS).write_text("\n".join(written.requirements) + "\n", encoding="utf-8")


def notebook_of(spec: RunSpec, title: str, epochs: int | None = None) -> Written:
    """A run's notebook, with nothing written yet.

    Raises:
        LabError: as `write_notebook`.
    """
    check_can_be_taken(spec)
    start = build_model(spec)
    parts = (_begin(spec, title, epochs), data_part(spec), network_part(spec, start), _training(spec, start))
    found = [cell for part in parts for cell in cells(part.cells, part.flags, part.values)]
    packages = [*ALWAYS, *dict.fromkeys(package for part in parts for package in part.packages)]
    exact = [f"{package}=={importlib.metadata.version(package)}" for package in packages]
    return Written(found, parts, (*exact, *FOR_LOOKING))


def _begin(spec: RunSpec, title: str, epochs: int | None) -> Part:
    scenario = scenarios.get(spec.scenario)
    shown = {name: value for name, value in spec.flat().items() if name not in {"v", "mistake"}}
    if str(shown["data"]).startswith("rows:"):  # the table stands in the next cell
        shown["data"] = "a table of your own"
    if epochs is not None:
        shown["epochs"] = epochs
    origins = "\n".join(f"- {_origin(name)}" for name in scenario.origins(spec))
    values = {"title": f"# {title}", "about": say(scenario.sentence),
              "origins": origins or f"- {say('Data of your own')}",
              "settings": pprint.pformat(shown, width=110, sort_dicts=False)}  # fmt: skip
    return Part(("begin",), values=values)


def _origin(name: str) -> str:
    entry = asset(name)
    known = {"what": say(entry.title), "licence": say(entry.licence), "citation": entry.citation}
    if entry.stands_in_for is None:
        return say("{what}. Licence: {licence}. {citation}", **known)
    return say("{what}, which stands in for {original}. Licence: {licence}. {citation}",
               original=say(entry.stands_in_for or ""), **known)  # fmt: skip


def _training(spec: RunSpec, start: Any) -> Part:
    scenario = scenarios.get(spec.scenario)
    freeze(start, spec.frozen)
    is_picture = len(start.input_shape) == 4
    calm = scenario.calm_layers(spec)
    computed = cut(start, 1, calm=calm).computed if is_picture else ()
    passes = scenario.passes(spec)
    is_large = bool(start.inputs[0].sparse) or (is_picture and not computed)  # `fit` takes 50 ms before it begins
    flags = {
        "once": bool(computed),
        "calm": bool(calm - {layer.name for layer in computed}),
        "by_fit": is_large,
        "by_batch": not is_large,
        "stopping": spec.early_stopping,
        "augment": passes != 0,
        "augment_below": passes != 0 and bool(computed),
        "augment_whole": passes != 0 and not computed,
    }
    loss = scenario.loss_of(spec)
    values = {
        "once": len(computed),
        "layers": len(start.layers),
        "calm": sorted(calm),
        "loss": LOSSES.get(loss, f'"{loss}"'),
        "accuracy": ACCURACIES.get(loss, '"accuracy"'),
        "min_delta": spec.min_delta,
        "patience": spec.patience,
        "restored": say(", and the weights of the best epoch are put back") if spec.restore_best else "",
        "at_once": PICTURES_AT_ONCE if is_picture else ROWS_AT_ONCE,
        "rows": "rows_of_epoch(epoch)" if passes != 0 else "x_train",
        "stop": STOP if spec.early_stopping else "",
        "passes": say(": {n} are made and cycled through", n=passes) if passes else say(" and in each epoch"),
        "seeds": _augmenting_seeds(spec, passes),
    }
    wanted = frozenset(flag for flag, is_wanted in flags.items() if is_wanted)
    return Part(("freeze", "train", "end"), wanted, values)


def _augmenting_seeds(spec: RunSpec, passes: int | None) -> list[list[int]]:
    count = spec.epochs if passes is None else passes
    return [[layer_seed(spec.seed, f"augment/{n}/{kind}") for kind in ("flip", "turn", "zoom")] for n in range(count)]


def _as_notebook(found: list[Cell]) -> nbformat.NotebookNode:
    """Cell ids are their places: the same run gives the same file."""
    new = nbformat.v4
    made = [
        (new.new_code_cell if cell.kind == CODE else new.new_markdown_cell)(cell.source, id=f"cell-{place}")
        for place, cell in enumerate(found)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new.new_notebook(cells=made, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
