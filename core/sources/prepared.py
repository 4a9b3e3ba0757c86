"""Files made from data once and read back ever after, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.home import subfolder


def prepared(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name, made where it is not there yet by whoever comes first."""
    folder = subfolder("prepared") / name
    if folder.is_dir():
        return folder
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix="part-"))
    try:
        make(part)
        os.replace(part, folder)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if not (isinstance(error, OSError) and folder.is_dir()):  # another worker may have been first: the same result
            raise
    return folder
