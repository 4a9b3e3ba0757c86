"""The sealed test of pictures: those that neither trained nor chose anything, looked at once a run is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.errors import SourceUnavailable
from core.sources.pictures import load_pictures
from core.spec import RunSpec


def test_score(spec: RunSpec, logits: Callable[[np.ndarray], np.ndarray]) -> dict[str, Any]:
    """``accuracy`` and binary cross-entropy ``loss`` on the ``count`` test pictures of a run's data (4 s for CIFAR's
    500 at 128 points, with one thread).

    Args:
        logits: what the trained network makes of pictures (n, size, size, 3) uint8: (n,), above 0 for a dog.

    Raises:
        SourceUnavailable: when these data have no test part, or are not on this computer.
    """
    pictures = load_pictures(int(spec.options["size"]), spec.data).test
    if not len(pictures.labels):
        raise SourceUnavailable("These photos have no test part.", spec.data, "Bring them with a folder named test.")
    found, is_dog = logits(pictures.images[:]).astype(np.float64), pictures.labels > 0.5
    surprise = np.logaddexp(0, np.where(is_dog, -found, found))  # -log of a sigmoid, without overflow
    return {
        "accuracy": float(np.mean((found > 0) == is_dog)),
        "loss": float(surprise.mean()),
        "count": len(pictures.labels),
    }
