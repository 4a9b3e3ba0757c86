"""The command `take`: a finished run's notebook, model, figures and hand-in pack in a folder."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

from core.errors import LabError
from core.export.files import made_files, make_files
from core.export.hand_in import CURVES, PACK, write_pack
from core.export.report import Report, full_title
from core.export.svg import curves_svg
from core.runs.keeping import AGAIN
from core.runs.store import Store


def take(given: argparse.Namespace) -> int:
    """Make a run's files and copy them into a folder, which is made if need be. Files of the same names are replaced.

    Raises:
        LabError: when there is no such run, it left no model, or the folder cannot be written.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    run = Store().get(given.run)
    if not run.has_weights:
        mend = AGAIN if run.dropped else "Train one to its end."
        raise LabError("This run has no trained model to take.", run.state, mend)
    title = full_title(run)
    stopped = bool(run.outcome and run.outcome.stopped_by_hand)
    made = make_files(run.spec, run.id, title, run.epochs, stopped)
    folder, files = Path(given.to), made_files(run.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in files.items():
            shutil.copyfile(path, folder / name)
        (folder / CURVES).write_text(curves_svg(run.epochs, title), encoding="utf-8")
        (folder / PACK).write_bytes(write_pack(Report(run), files))
    except OSError as error:
        what = f"This folder cannot be written ({error.strerror or error})."
        raise LabError(what, given.to, "Give another one with --to.") from error
    names = sorted([*files, CURVES, PACK])
    row = {"folder": str(folder), "files": names, "problem": made["problem"]}
    print(json.dumps(row) if given.json else "\n".join(filter(None, [*names, made["problem"]])))
    return 0
