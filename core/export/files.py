"""A run's files to take home, made in the data folder by a worker: the notebook with what it needs, the trained model,
the curve as a table, and a log for TensorBoard."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LabError, UnknownRun
from core.history import Epoch
from core.home import subfolder
from core.sources.own_copies import is_brought
from core.spec import RUN_ID, RunSpec
from core.words import ENGLISH, language, mark, say

TAKE_HOME = "take home"
"""What a page asks a worker about to have the files made."""
FOLDER = "exports"
NOTEBOOK, MODEL, HISTORY, LOG = "notebook.zip", "model.keras", "history.csv", "tensorboard.zip"
COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "source_accuracy")
WHY_NOT = "no-notebook.txt"
"""Why a run has no notebook, where it has none."""
KEPT_SECONDS = 3_600.0
"""Files are made anew where they are older; a run's own history and weights are what is kept."""
STORED = {".keras", ".h5", ".npz", ".webp"}
"""What is packed already."""


def files_folder(run: str) -> Path:
    """Where a run's files lie once they are made in the language spoken, perhaps with a dash and more in the folder's
    name.

    Raises:
        UnknownRun: when the id is not of a run's form.
    """
    if not RUN_ID.fullmatch(run):
        raise UnknownRun(run)
    return subfolder(FOLDER) / (run if language() == ENGLISH else f"{run}_{language()}")


def progress_of(run: str) -> tuple[str, int, int] | None:
    """What is being made of a run's files, how many steps are done, and of how many; None where none are being made."""
    try:
        found = json.loads(_progress_file(run).read_text(encoding="utf-8"))
        return say(str(found["what"])), int(found["done"]), int(found["of"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def made_files(run: str) -> dict[str, Path]:
    """A run's files in the language spoken, by name; empty where they are not made yet."""
    plain = files_folder(run)
    found = [folder for name in (plain.name, f"{plain.name}-*") for folder in plain.parent.glob(f"{name}/")]
    return {path.name: path for folder in found for path in sorted(folder.iterdir())}


def make_files(spec: RunSpec, run: str, title: str, epochs: Sequence[Epoch], stopped: bool) -> dict[str, Any]:
    """Make all of a run's files in the language spoken, whole or not at all; returns their sizes in bytes by name, and
    why there is no notebook where there is none. For a worker.

    Args:
        title: what the notebook is called.
        epochs: the run's history.
        stopped: by hand, before its last epoch: the notebook then trains as many.

    Raises:
        LabError: when the run left no weights, or its data cannot be had any more.
    """
    above, folder = subfolder(FOLDER), files_folder(run)
    if is_brought(spec.data):  # named like all that is made from what somebody brought: it is deleted with it
        folder = folder.with_name(f"{folder.name}-{spec.data.rpartition(':')[2]}")
    _sweep(above)
    part = Path(tempfile.mkdtemp(dir=above, prefix=f"part-{folder.name}-"))
    try:
        problem = _fill(part, _Steps(run), spec, run, title, epochs, stopped)
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another process was first: the same files
            part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        _progress_file(run).unlink(missing_ok=True)
    return {"sizes": {name: path.stat().st_size for name, path in made_files(run).items()}, "problem": problem}


def history_rows(epochs: Sequence[Epoch]) -> list[list[Any]]:
    """The curve as a table with a header: figures as `core.history.Epoch` has them, then how far each layer moved. What
    is not a number is left empty."""
    layers = list(dict.fromkeys(name for epoch in epochs for name in epoch.moved))
    header = [*COLUMNS, *(f"moved {name}" for name in layers)]
    rows = ([*(getattr(epoch, c) for c in COLUMNS), *(epoch.moved.get(name) for name in layers)] for epoch in epochs)
    return [header, *(["" if x is None else x for x in row] for row in rows)]


def write_history(path: Path, epochs: Sequence[Epoch]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(history_rows(epochs))


def pack(path: Path, files: Mapping[str, Path]) -> None:
    """A zip of files under these names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            archive.write(file, name, zipfile.ZIP_STORED if file.suffix in STORED else None)


class _Steps:
    """Writes down which step is under way, for a page to read."""

    OF = 4

    def __init__(self, run: str) -> None:
        self._path, self._done = _progress_file(run), 0

    def begin(self, what: str) -> None:
        written = self._path.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps({"what": what, "done": self._done, "of": self.OF}), encoding="utf-8")
        written.replace(self._path)
        self._done += 1


def _progress_file(run: str) -> Path:
    return files_folder(run).with_suffix(".json")


def _fill(
    part: Path, steps: _Steps, spec: RunSpec, run: str, title: str, epochs: Sequence[Epoch], stopped: bool
) -> str:
    """All files; returns why there is no notebook, if there is none."""
    steps.begin(mark("saving the trained model"))
    from core.models.weights import adopt, run_weights
    from core.training.train import build_model

    model = build_model(spec)
    adopt(model, run_weights(run))
    model.save(part / MODEL)
    steps.begin(mark("writing the curve"))
    write_history(part / HISTORY, epochs)
    work = part / "work"
    _write_log(work / "log", epochs)
    pack(part / LOG, _below(work / "log"))
    steps.begin(mark("writing the notebook and its data"))
    (work / "notebook").mkdir()
    problem = _write_notebook(work / "notebook", spec, title, len(epochs) if stopped else None)
    if problem:
        (part / WHY_NOT).write_text(problem, encoding="utf-8")
    else:
        steps.begin(mark("packing"))
        beside = {name: part / name for name in (MODEL, HISTORY)}
        pack(part / NOTEBOOK, {**_below(work / "notebook"), **beside})
    shutil.rmtree(work)
    return problem


def _write_notebook(folder: Path, spec: RunSpec, title: str, epochs: int | None) -> str:
    from core.export.notebook import write_notebook

    try:
        write_notebook(spec, title, folder, epochs)
    except LabError as error:
        return str(error)
    return ""


def _write_log(folder: Path, epochs: Sequence[Epoch]) -> None:
    from core.training.tensorboard import Log

    log = Log(folder)
    for epoch in epochs:
        log.write(epoch)
    log.close()


def _below(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _sweep(above: Path) -> None:
    """Take away what is old, and the rests of processes that were killed."""
    for path in above.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
