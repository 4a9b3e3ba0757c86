"""Questions about data and trained models, answered where TensorFlow is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core import scenarios
from core.export.files import TAKE_HOME, make_files
from core.history import Epoch
from core.models.weights import adopt, run_weights
from core.scenarios.base import Models
from core.words import ENGLISH, speaking

if TYPE_CHECKING:
    import keras


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``{"about": …, "spec": {…}, "run": id or None, "language": code, …}`` with JSON values.

    Sentences in it, and in what is raised, are of that language; it may be left out. The rest goes to the scenario, or
    with `TAKE_HOME` to `core.export.files.make_files`.

    Raises:
        LabError: when the question cannot be answered.
    """
    given = dict(question)
    with speaking(str(given.pop("language", ENGLISH))):
        return _answer(given)


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    about, run = given.pop("about"), given.pop("run", None)
    spec = scenarios.parse(given.pop("spec"))
    if about == TAKE_HOME:
        epochs = [Epoch(**row) for row in given.pop("epochs")]
        return make_files(spec, run, epochs=epochs, **given)
    spec_json = spec.model_dump_json()
    before = _model(spec_json, None)
    return scenarios.get(spec.scenario).ask(
        about, spec, Models(before, _model(spec_json, run) if run else before), **given
    )


@lru_cache(maxsize=6)
def _model(spec_json: str, run: str | None) -> keras.Sequential:
    """A run's model; a finished run never changes, so it may be kept."""
    from core.spec import RunSpec
    from core.training.train import build_model

    model = build_model(RunSpec.model_validate_json(spec_json))
    if run is not None:
        adopt(model, run_weights(run))
    return model
