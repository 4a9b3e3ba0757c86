"""What an iris model makes of a flower, and the check that a clone is a clone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from core import scenarios
from core.errors import LabError
from core.scenarios.base import Models
from core.scenarios.iris import CLASSES
from core.spec import RunSpec
from core.words import say


def answer(question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
    """``samples``, ``predict`` with ``row`` (four lengths in cm), or ``clone``; see the functions below."""
    if question == "samples":
        return samples(spec)
    if question == "predict":
        return predict(spec, models, given["row"])
    if question == "clone":
        return clone_check(spec, models.after)
    raise LabError(say("There is no such question about flowers."), question, say("Ask samples, predict or clone."))


def samples(spec: RunSpec) -> dict[str, Any]:
    """All training and validation rows with their classes."""
    data = scenarios.get(spec.scenario).load(spec)
    names = CLASSES[str(spec.options["task"])]
    parts = {"training": (np.asarray(data.x_train), data.y_train), "validation": (np.asarray(data.x_val), data.y_val)}
    return {p: [{"row": r, "species": names[c]} for r, c in zip(x.round(2).tolist(), y.argmax(1), strict=True)]
            for p, (x, y) in parts.items()}  # fmt: skip


def predict(spec: RunSpec, models: Models, row: list[float]) -> dict[str, Any]:
    """The probability of each class for one flower, before and after training.

    Raises:
        LabError: when the row is not four finite numbers.
    """
    flower = np.array([row], np.float32)
    if flower.shape != (1, 4) or not np.isfinite(flower).all():
        raise LabError(say("A flower is four lengths in centimetres."), row, say("Give four numbers."))
    names = CLASSES[str(spec.options["task"])]
    before, after = (np.asarray(m(flower))[0].tolist() for m in (models.before, models.after))
    return {"classes": list(names), "before": before, "after": after}


def clone_check(spec: RunSpec, model: keras.Sequential) -> dict[str, Any]:
    """Clone a model layer by layer, as the lesson does, and compare: parameters, accuracy on the validation rows, and
    whether freezing the clone leaves the original alone (it would not, had the layers been shared)."""
    clone = keras.Sequential([keras.Input((4,)), *(type(la).from_config(la.get_config()) for la in model.layers)])
    clone.set_weights(model.get_weights())
    data = scenarios.get(spec.scenario).load(spec)
    right = [np.asarray(m(data.x_val)).argmax(1) == data.y_val.argmax(1) for m in (model, clone)]
    trainable = [la.trainable for la in model.layers]
    for layer in clone.layers:
        layer.trainable = False
    return {
        "parameters": [model.count_params(), clone.count_params()],
        "accuracy": [float(r.mean()) for r in right],
        "same_outputs": bool(np.array_equal(np.asarray(model(data.x_val)), np.asarray(clone(data.x_val)))),
        "original_untouched": [la.trainable for la in model.layers] == trainable,
    }
