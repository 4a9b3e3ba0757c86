"""Small good settings for "Break it", one for each thing a mistake is to be seen in, made from the settings in hand."""

from __future__ import annotations

from typing import Any

from core import scenarios
from core.scenarios.glove import AVERAGED, SHIPPED
from core.scenarios.imdb import STAND_IN, TABLES
from core.sources.backbones import DEFAULT
from core.spec import RunSpec
from core.words import mark

Values = dict[str, Any]
TEXTS, PICTURES = 1_000, 200
"""Training examples at most."""
REFIT_EPOCHS = {"iris": 40, "imdb": 12, "glove": 10}
"""Even numbers: the base is unfrozen half-way. Keras' own `fit` takes 0.1 to 0.5 s for each."""
HARMLESS = {
    "iris": mark(
        "Here it does no harm: two small layers learn the flowers as fast as the head. See it on cats and dogs."
    ),
    "imdb": mark(
        "Here it does no harm: the table of words is one layer, next to the head, and learning it helps. See it on "
        "cats and dogs."
    ),
    "glove": mark(
        "Here it does no harm at first: the table of words is one layer, next to the head, and only overfits sooner. "
        "See it on cats and dogs."
    ),
}
KEPT = {
    "iris": ("task",),
    "imdb": ("reviews", "hidden"),
    "cats_dogs": ("data",),
    "glove": ("data", "length"),
}
"""What is taken from the settings in hand, beside the seed."""
SMALL: dict[str, Values] = {
    "iris": {"epochs": 100, "learning_rate": 0.01},
    "imdb": {"epochs": 12, "learning_rate": 0.001, "batch_size": 32},
    "cats_dogs": {"backbone": DEFAULT, "size": 96, "epochs": 12, "learning_rate": 0.001},
    "glove": {"network": AVERAGED, "epochs": 10, "learning_rate": 0.001},
}


def extracting(setting: RunSpec) -> Values:
    """All of the base frozen: what it knows decides."""
    rates = {"cats_dogs": {"learning_rate": 0.003}, "glove": {"learning_rate": 0.003}}
    return {**_small(setting), "frozen": "base", **rates.get(setting.scenario, {})}


def learning(setting: RunSpec) -> Values:
    """All of it trained, at a rate that suits it; of pictures the head alone, which is quick."""
    return {**_small(setting), "frozen": "base" if setting.scenario == "cats_dogs" else "none"}


def memorising(setting: RunSpec) -> Values:
    """Few examples, many numbers and enough epochs to learn the examples by heart."""
    more: dict[str, Values] = {
        "iris": {"epochs": 300, "frozen": "none", **_few_flowers(setting)},
        "imdb": {"epochs": 20, "frozen": "none", "learning_rate": 0.003},
        "cats_dogs": {"epochs": 20, "frozen": "base", "learning_rate": 0.003},
        "glove": {"epochs": 12, "frozen": "none", "learning_rate": 0.003},
    }
    return {**_small(setting), **more[setting.scenario]}


def _few_flowers(setting: RunSpec) -> Values:
    """Flowers of overlapping species: what is learned by heart does not help with others."""
    return {"per_species": 5, "spread": 0.8} if setting.options.get("task") == "flowers" else {"examples": 9}


def _small(setting: RunSpec) -> Values:
    kept = {name: setting.flat()[name] for name in KEPT[setting.scenario]}
    return {"scenario": setting.scenario, "seed": setting.seed, **kept, **SMALL[setting.scenario], **_source(setting),
            **_examples(setting)}  # fmt: skip


def _source(setting: RunSpec) -> Values:
    """The source in hand where it is a table of words; an encoder has no layer of ours to train."""
    match setting.scenario:
        case "imdb":
            return {"start": "pretrained", "source": setting.source if setting.source in TABLES else STAND_IN}
        case "glove":
            return {"start": "pretrained", "source": SHIPPED}
        case "cats_dogs":
            return {"start": "pretrained"}
    return {}


def _examples(setting: RunSpec) -> Values:
    if setting.scenario == "iris":
        return {}
    low, high = scenarios.get(setting.scenario).example_bounds(setting.options, setting.data)
    most = PICTURES if setting.scenario == "cats_dogs" else TEXTS
    return {"examples": max(low, min(most, high))}
