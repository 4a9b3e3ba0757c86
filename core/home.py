"""Where this computer keeps runs and prepared data."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

from core.errors import StoreUnavailable
from core.words import say

VARIABLE = "TRANSFER_LAB_HOME"


def home() -> Path:
    """The data folder, made if need be and proved to be writable.

    Raises:
        StoreUnavailable: when nothing can be written there.
    """
    path = Path(os.environ.get(VARIABLE) or platformdirs.user_data_dir("transfer-lab", appauthor=False)).expanduser()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise StoreUnavailable(
            say("The data folder cannot be written ({error}).", error=error.strerror or error),
            str(path),
            say("Mend its permissions, or set {variable} to a folder that can be written.", variable=VARIABLE),
        ) from error
    return path


def subfolder(name: str) -> Path:
    """A folder of this name in the data folder, made if need be."""
    path = home() / name
    path.mkdir(exist_ok=True)
    return path
