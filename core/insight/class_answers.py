"""What a network that tells apart classes of somebody's own makes of a photo and of the validation photos. The same
answers as in `core.insight.photo_answers`, with a probability for each class in place of one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp, softmax

from core.insight import photo_answers
from core.insight.heat import class_activation, covered, occlusion
from core.insight.picture_parts import HEAD, WORST, below_head, of_validation, shown_row, through
from core.scenarios.base import Models
from core.scenarios.picture_networks import classes_of
from core.sources.imagenet import SOURCE as SHIPPED_NAMER
from core.sources.pictures import enlarge, shown_pictures
from core.spec import RunSpec

if TYPE_CHECKING:
    import keras

MOST_SHOWN = 64
"""Photos of all cells of a table of mistakes, about; each cell shows two at the least, `WORST` at most."""


def photo(spec: RunSpec, models: Models, photo: str) -> dict[str, Any]:
    """One photo, by the network as the run left it.

    ``probabilities`` by label, and the label it is ``called``; ``before``, the probabilities the network began with;
    ``names``, what a network of a thousand classes would call it. ``heat`` says what each place adds to the log-odds of
    that class against all others (positive: for it, negative: for another), in the way of ``heat_kind``; ``parts`` are
    its ``logit``, the number before the softmax, taken apart by place, which add up to it with ``bias``. Without a run,
    ``before`` and all from ``heat`` on are None.

    Raises:
        UnreadablePhoto: when it is not a square RGB picture of up to 512 points, as PNG in base64.
    """
    image = photo_answers.decode_photo(photo)
    picture = enlarge(image, int(spec.options["size"]))
    has_run = models.before is not models.after
    unseen = softmax(logits(spec, models.before, picture[None])[0]).tolist()
    return {
        **(_seen(spec, models.after, picture) if has_run else _unseen(unseen)),
        "before": unseen if has_run else None,
        "names": photo_answers.names_of(image, SHIPPED_NAMER),
    }


def mistakes(spec: RunSpec, model: keras.Sequential) -> dict[str, Any]:
    """All validation photos, by the network as the run left it.

    ``confusion`` counts them: a row for each true class, in it a number for each class they were called. ``worst``
    holds a few of each count, the surest first (of the right ones, the least sure): ``row``, ``label``, ``called``, the
    ``probability`` of what it was called, and ``image``.
    """
    return _mistakes(spec.model_dump_json(), model)


def logits(spec: RunSpec, model: keras.Sequential, pictures: np.ndarray) -> np.ndarray:
    """The numbers before the softmax, (n, classes) float64, of pictures (n, size, size, 3) uint8."""
    return _above(model, below_head(spec, model, pictures))


def log_probabilities(spec: RunSpec, model: keras.Sequential, pictures: np.ndarray) -> np.ndarray:
    """The logarithms of the probabilities, (n, classes), of pictures (n, size, size, 3) uint8."""
    found = logits(spec, model, pictures)
    return found - logsumexp(found, axis=1, keepdims=True)


def log_odds(found: np.ndarray, label: int) -> np.ndarray:
    """Of logits (n, classes), the log-odds of one class against all others, (n,)."""
    return np.asarray(found[:, label] - logsumexp(np.delete(found, label, axis=1), axis=1))


def _above(model: keras.Sequential, below: np.ndarray) -> np.ndarray:
    """The logits of what comes from below the head. Out of the softmax they cannot be had back: where it is sure, all
    others are rounded to 0."""
    through(model.layers[-HEAD:], below[:1])  # says so where the run diverged
    rows = through(model.layers[-HEAD:-1], below).astype(np.float64)
    kernel, bias = (np.asarray(w, np.float64) for w in model.layers[-1].weights)
    return np.asarray(rows @ kernel + bias)


def _seen(spec: RunSpec, model: keras.Sequential, picture: np.ndarray) -> dict[str, Any]:
    """The verdict and where it comes from: the picture and its covered copies go through together."""
    maps = below_head(spec, model, np.concatenate([picture[None], covered(picture)]))
    found = _above(model, maps)
    called = int(found[0].argmax())
    odds = log_odds(found, called)
    kernel, bias = (np.asarray(w) for w in model.layers[-1].weights)
    return {
        "probabilities": softmax(found[0]).tolist(),
        "called": called,
        "logit": float(found[0, called]),
        "heat": occlusion(float(odds[0]), odds[1:]).tolist(),
        "heat_kind": "occlusion",
        "parts": class_activation(maps[0], kernel[:, called : called + 1]).tolist() if maps.ndim == 4 else None,
        "bias": float(bias[called]),
    }


def _unseen(probabilities: list[float]) -> dict[str, Any]:
    called = int(np.argmax(probabilities))
    nothing = dict.fromkeys(("logit", "heat", "heat_kind", "parts", "bias"))
    return {"probabilities": probabilities, "called": called, **nothing}


@lru_cache(maxsize=4)
def _mistakes(spec_json: str, model: keras.Sequential) -> dict[str, Any]:
    spec = RunSpec.model_validate_json(spec_json)
    held_out, classes = shown_pictures(int(spec.options["size"]), spec.data).validation, classes_of(spec)
    labels = held_out.labels.astype(int)
    found = of_validation(spec, model)
    called = found.argmax(axis=1)  # as accuracy is counted in training
    sure = found[np.arange(len(found)), called]
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, called), 1)
    worst_first = np.argsort(np.where(labels == called, sure, -sure), kind="stable")
    most = min(WORST, max(2, MOST_SHOWN // classes**2))
    rows = [r for true, said in np.ndindex(*counts.shape)
            for r in worst_first[(labels[worst_first] == true) & (called[worst_first] == said)][:most]]  # fmt: skip
    return {
        "confusion": counts.tolist(),
        "worst": [
            {**shown_row(held_out, row), "called": int(called[row]), "probability": float(sure[row])} for row in rows
        ],
    }
