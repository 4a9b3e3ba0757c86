"""A pack to hand in: one zip with a report, the curves, the settings, and the notebook with all it needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from core.export.files import HISTORY, NOTEBOOK, STORED
from core.export.report import FILE as REPORT
from core.export.report import Report, run_name, write_report
from core.export.settings import FILE as SETTINGS
from core.export.settings import write_settings
from core.export.svg import curves_svg

PACK, CURVES, FOLDER = "hand-in.zip", "curves.svg", "notebook"


def write_pack(report: Report, files: Mapping[str, Path]) -> bytes:
    """The zip.

    Args:
        files: a run's files by name, as `core.export.files.make_files` made them.
    """
    run, packed = report.run, io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(REPORT, write_report(report))
        archive.writestr(SETTINGS, write_settings(run.spec))
        archive.writestr(CURVES, curves_svg(run.epochs, run_name(run)))
        archive.write(files[HISTORY], HISTORY)
        if NOTEBOOK in files:
            _unpack_into(archive, files[NOTEBOOK])
    return packed.getvalue()


def _unpack_into(archive: zipfile.ZipFile, notebook: Path) -> None:
    """The notebook's files in a folder: nobody wants a zip in a zip."""
    with zipfile.ZipFile(notebook) as inner:
        for name in inner.namelist():
            is_packed = Path(name).suffix in STORED
            method = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(f"{FOLDER}/{name}", inner.read(name), method)
