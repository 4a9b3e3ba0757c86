"""Small pretrained networks that ship as arrays."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.errors import SourceUnavailable
from core.models.weights import read_arrays
from core.sources.catalogue import ASSETS, asset
from core.words import say


@lru_cache(maxsize=8)
def shipped_weights(source: str) -> dict[str, np.ndarray]:
    """Weights by layer of a shipped source.

    Raises:
        SourceUnavailable: when the file is missing.
    """
    path = ASSETS / asset(source).files[0]["path"]
    if not path.is_file():
        raise SourceUnavailable(say("A shipped file is missing."), path.name, say("Install the project again."))
    return read_arrays(path)
