"""The sealed test of pictures: those that neither trained nor chose anything, looked at once a run is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.errors import SourceUnavailable
from core.sources.pictures import load_pictures
from core.spec import RunSpec
from core.words import say


def test_score(spec: RunSpec, predicted: Callable[[np.ndarray], np.ndarray]) -> dict[str, Any]:
    """``accuracy`` and cross-entropy ``loss`` on the ``count`` test pictures of a run's data (4 s for CIFAR's
    500 at 128 points, with one thread).

    Args:
        predicted: what the trained network makes of pictures (n, size, size, 3) uint8: logits (n,), above 0 for a dog,
            or the logarithms of probabilities (n, classes).

    Raises:
        SourceUnavailable: when these data have no test part, or are not on this computer.
    """
    pictures = load_pictures(int(spec.options["size"]), spec.data).test
    if not len(pictures.labels):
        what, mend = say("These photos have no test part."), say("Bring them with a folder named test.")
        raise SourceUnavailable(what, spec.data, mend)
    found, labels = predicted(pictures.images[:]).astype(np.float64), pictures.labels.astype(int)
    if found.ndim == 1:
        called = (found > 0).astype(int)
        surprise = np.logaddexp(0, np.where(labels == 1, -found, found))  # -log of a sigmoid, without overflow
    else:
        called, surprise = found.argmax(axis=1), -found[np.arange(len(found)), labels]
    return {
        "accuracy": float(np.mean(called == labels)),
        "loss": float(surprise.mean()),
        "count": len(pictures.labels),
    }
