"""Mistakes that can be made on purpose, as one setting of a scenario: their names, and when each can be made.

What they do lives where they do it: labels and validation rows in `core.training.mistakes`, a network that is unfrozen
without being compiled again in `core.training.refit`, wrong input in a scenario's `build`.
"""

from __future__ import annotations

import numpy as np

from core.errors import InvalidSetting
from core.scenarios.base import Option, Scenario
from core.spec import RunSpec
from core.words import mark, say

NONE = "none"
SHUFFLED, TRAINING = "shuffled_labels", "training_as_validation"
WRONG_INPUT = "wrong_input"
NO_RECOMPILE, RECOMPILED = "no_recompile", "recompiled"
HALF_WAY = (NO_RECOMPILE, RECOMPILED)
"""Trained by plain `fit`, the base frozen for the first half of the epochs; the second of them is no mistake."""
LABELS = {
    NONE: mark("none"),
    SHUFFLED: mark("shuffled labels"),
    TRAINING: mark("validated on training data"),
    NO_RECOMPILE: mark("unfrozen half-way, not compiled again"),
    RECOMPILED: mark("unfrozen half-way, compiled again"),
}
FEWEST_EPOCHS = 2


def mistake_option(wrong_input: str, *half_way: str) -> Option:
    """The setting, with what wrong input is here, marked."""
    labels = {**LABELS, WRONG_INPUT: wrong_input}
    choices = (NONE, SHUFFLED, TRAINING, WRONG_INPUT, *half_way)
    return Option("mistake", mark("Mistake, made on purpose"), NONE, choices, tuple(labels[c] for c in choices),
                  help=mark("To see what it does to the curves. A run that is made with one says so."))  # fmt: skip


def mistake_of(spec: RunSpec) -> str:
    """The mistake a run is made with, ``none`` where there is none."""
    return str(spec.options.get("mistake", NONE))


def said(scenario: Scenario, spec: RunSpec) -> str:
    """A badge's words about how a run is made, in the reader's language; empty where it is made as usual."""
    chosen = mistake_of(spec)
    if chosen == NONE:
        return ""
    option = next(o for o in scenario.options if o.name == "mistake")
    label = say(option.labels[option.choices.index(chosen)])
    return label if chosen == RECOMPILED else say("made with a mistake: {label}", label=label)


def mistake_problems(scenario: Scenario, spec: RunSpec) -> list[InvalidSetting]:
    """Why a mistake cannot be made with these settings."""
    chosen = mistake_of(spec)
    if chosen == WRONG_INPUT:
        what, mend = _input_problem(scenario, spec)
    elif chosen in HALF_WAY:
        what, mend = _half_way_problem(scenario, spec)
    else:
        return []
    return [InvalidSetting("mistake", what, chosen, mend)] if what else []


def _input_problem(scenario: Scenario, spec: RunSpec) -> tuple[str, str]:
    if spec.start == "random":
        what = say("Random weights expect no particular input, so none is wrong (mistake).")
        return what, say("Start from pretrained.")
    if any(layer.fixed for layer in scenario.layers(spec)):
        return say("This base prepares its input by itself (mistake)."), say("Choose another source.")
    return "", ""


def _half_way_problem(scenario: Scenario, spec: RunSpec) -> tuple[str, str]:
    if spec.epochs < FEWEST_EPOCHS:
        return say("To unfreeze half-way takes two epochs (mistake)."), say("Train more of them.")
    if not half_frozen(scenario, spec):
        what = say("No layer of the base is left to unfreeze half-way (mistake).")
        return what, say("Leave the base trainable.")
    return "", ""


def one_row_off(table: np.ndarray) -> np.ndarray:
    """A table (words, numbers) as it is read by somebody who counts its rows from another number: each word gets the
    vector of the one before it, the first gets zeros."""
    return np.vstack([np.zeros_like(table[:1]), table[:-1]])


def last_frozen_epoch(epochs: int) -> int:
    """After which epoch a network is unfrozen that is unfrozen half-way."""
    return epochs // 2


def half_frozen(scenario: Scenario, spec: RunSpec) -> tuple[str, ...]:
    """The layers that are unfrozen half-way: those of the base that are to be trained."""
    layers = scenario.layers(spec)
    return tuple(la.name for la in layers if la.part == "base" and la.trainable and la.name not in spec.frozen)
