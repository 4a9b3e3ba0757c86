"""Recipes for curves whose kind is known before they are trained, each with the reason why.

What a reading may say of a kind is in `ACCEPTED`; how a recipe is trained and written down is `benchmarks.recorder`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.scenarios.base import Data
from core.sources import iris_rows
from core.spec import Value

Change = Callable[[Data, np.random.Generator], Data]
"""What a recipe does to the rows before training."""

ACCEPTED: Mapping[str, frozenset[str]] = {
    "learning": frozenset({"learning"}),
    "right": frozenset({"right"}),
    "overfitting": frozenset({"overfitting"}),
    "flat": frozenset({"noise", "right", "unchanged", "guessing", ""}),  # none of them says that anything moves
    "unchanged": frozenset({"unchanged", "guessing"}),  # a network that does not move guesses, too
    "guessing": frozenset({"guessing"}),
    "diverged": frozenset({"diverged"}),
    "lost": frozenset({"worse", "noise", "guessing", "diverged"}),  # none of them says that it learns, or is done
}
"""What a reading at the end of a curve may be, by what the recipe makes certain."""


@dataclass(frozen=True)
class Recipe:
    """One way to make a curve of a known kind, trained once for each seed.

    ``burn_in`` epochs are trained first and left out of the curve. ``fresh`` validates each epoch on that many rows,
    drawn anew. ``disagree`` is whether validation loss rises while accuracy stays; None where the recipe does not say.
    """

    name: str
    kind: str
    why: str
    values: Mapping[str, Value]
    seeds: int
    change: Change | None = None
    burn_in: int = 0
    fresh: int = 0
    disagree: bool | None = None


def shuffle_labels(validation: int) -> Change:
    """Labels dealt anew to all rows, of which the first ``validation`` are kept to validate on."""

    def change(data: Data, rng: np.random.Generator) -> Data:
        dealt = rng.permutation(data.y_val)[:validation]
        return replace(data, y_train=rng.permutation(data.y_train), x_val=data.x_val[:validation], y_val=dealt)

    return change


def keep_validation(rows: int) -> Change:
    return lambda data, rng: replace(data, x_val=data.x_val[:rows], y_val=data.y_val[:rows])


def flip_labels(share: float) -> Change:
    """This share of the training labels turned round."""

    def change(data: Data, rng: np.random.Generator) -> Data:
        turned = rng.random(data.y_train.shape) < share
        return replace(data, y_train=np.where(turned, 1 - data.y_train, data.y_train))

    return change


def many_flowers(data: Data, rng: np.random.Generator) -> Data:
    """2,000 flowers to train on and 400 to validate on, of a spread at which the species overlap."""
    drawn = [iris_rows.made_up_rows(n, 1.0, int(rng.integers(2**31))) for n in (500, 100)]
    (x, y), (x_val, y_val) = [(rows, np.eye(4, dtype=np.float32)[species]) for rows, species in drawn]
    return replace(data, x_train=x, y_train=y, x_val=x_val, y_val=y_val)


def spoil(value: float) -> Change:
    """The first number of the first training row replaced."""

    def change(data: Data, rng: np.random.Generator) -> Data:
        rows = np.array(data.x_train)
        rows[0, 0] = value
        return replace(data, x_train=rows)

    return change


def spoil_label(data: Data, rng: np.random.Generator) -> Data:
    """The first training label replaced by not-a-number."""
    labels = np.array(data.y_train)
    labels[0, 0] = np.nan
    return replace(data, y_train=labels)


IMDB: Mapping[str, Value] = {"scenario": "imdb"}
FEW_REVIEWS: Mapping[str, Value] = {"scenario": "imdb", "reviews": 3_000}
GLOVE: Mapping[str, Value] = {"scenario": "glove"}
IRIS: Mapping[str, Value] = {"scenario": "iris"}
PHOTOS: Mapping[str, Value] = {"scenario": "cats_dogs", "size": 96}
ONE_LAYER: Mapping[str, Value] = {"frozen": "embedding,hidden"}
STILL_RATE = 1e-7

LEARNING = (
    Recipe("imdb-slow", "learning", "A tenth of the course's rate and 12 epochs; it takes 27 at the whole rate.",
           {**IMDB, "learning_rate": 1e-4, "epochs": 12}, 3),
    Recipe("imdb-short", "learning", "353 new numbers have made 360 steps of 0.001: a third of the way they need.",
           {**IMDB, "frozen": "base", "epochs": 12}, 3),
    Recipe("imdb-few-slow", "learning", "945 steps of 0.0001 move no weight by a tenth.",
           {**FEW_REVIEWS, "learning_rate": 1e-4, "epochs": 15}, 3),
    Recipe("glove-slow", "learning", "A tenth of the usual rate, a third of the usual epochs.",
           {**GLOVE, "learning_rate": 3e-4, "epochs": 10}, 3),
    Recipe("iris-short", "learning", "The course trains 100 epochs; after 30 its loss is still four times higher.",
           {**IRIS, "task": "source", "epochs": 30}, 3),
    Recipe("iris-slow", "learning", "One step an epoch, 60 steps of 0.001: a new head has hardly left its place.",
           {**IRIS, "learning_rate": 0.001, "epochs": 60}, 3),
    Recipe("photos-slow", "learning", "192 steps of 0.0001 for a new head over good features.",
           {**PHOTOS, "examples": 500, "learning_rate": 1e-4, "epochs": 12}, 3),
)  # fmt: skip

RIGHT = (
    Recipe("imdb-head", "right", "353 numbers cannot know 15,000 reviews by heart; 1,800 steps of 0.003 are enough.",
           {**IMDB, "frozen": "base", "learning_rate": 0.003, "epochs": 60}, 4),
    Recipe("imdb-last", "right", "17 numbers, a convex loss and 1,200 steps of 0.01: at its floor, and bound to stay.",
           {**IMDB, **ONE_LAYER, "learning_rate": 0.01, "epochs": 40}, 4),
    Recipe("imdb-glove-last", "right", "The same over GloVe's vectors, 1,800 steps of 0.1.",
           {**IMDB, **ONE_LAYER, "source": "glove-100d", "learning_rate": 0.1, "epochs": 60}, 3),
    Recipe("glove-last", "right", "17 numbers on 8,500 sentences, a convex loss, 10,600 steps of 0.01.",
           {**GLOVE, **ONE_LAYER, "learning_rate": 0.01, "epochs": 40}, 4),
)  # fmt: skip

OVERFITTING = (
    Recipe("imdb-fast", "overfitting", "400,373 numbers, 15,000 reviews, three times the rate that overfits after 27; "
           "the course's own curve keeps its accuracy.",
           {**IMDB, "learning_rate": 0.003, "epochs": 30}, 3, disagree=True),
    Recipe("imdb-course", "overfitting", "The course's recipe, whose published curve turns and keeps its accuracy.",
           {**IMDB, "epochs": 40}, 3, disagree=True),
    Recipe("imdb-few", "overfitting", "400,373 numbers know 200 reviews by heart long before epoch 60.",
           {**FEW_REVIEWS, "examples": 200, "learning_rate": 0.003, "epochs": 60}, 3),
    Recipe("imdb-flipped", "overfitting", "Three of ten labels are wrong, and are learned by heart: wrong answers to "
           "new reviews too, so that accuracy falls with it.",
           {**IMDB, "learning_rate": 0.003, "epochs": 30}, 3, flip_labels(0.3), disagree=False),
    Recipe("glove-trainable", "overfitting", "A million numbers learn 1,000 sentences by heart.",
           {**GLOVE, "frozen": "none", "examples": 1_000, "epochs": 15}, 3),
    Recipe("iris-eight", "overfitting", "1,629 numbers and eight flowers of species that overlap.",
           {**IRIS, "spread": 1.0, "frozen": "none", "epochs": 120}, 4),
    Recipe("photos-cnn", "overfitting", "A network from scratch and 100 pictures.",
           {"scenario": "cats_dogs", "backbone": "small_cnn", "size": 64, "examples": 100, "learning_rate": 0.003,
            "epochs": 20}, 3),
    Recipe("photos-head", "overfitting", "1,281 numbers on 100 pictures at ten times the rate: known by heart.",
           {**PHOTOS, "examples": 100, "learning_rate": 0.01, "epochs": 40}, 3),
    Recipe("imdb-stopped", "overfitting", "The fast recipe, which early stopping ends five epochs after its lowest.",
           {**IMDB, "learning_rate": 0.003, "epochs": 40, "early_stopping": True}, 3),
    Recipe("glove-stopped", "overfitting", "The trainable recipe, ended five epochs after its lowest.",
           {**GLOVE, "frozen": "none", "examples": 1_000, "epochs": 30, "early_stopping": True}, 2),
)  # fmt: skip

NOTHING_LEARNED = (
    Recipe("imdb-still", "unchanged", "Steps of a ten-millionth.",
           {**IMDB, "frozen": "base", "learning_rate": STILL_RATE, "epochs": 20}, 2),
    Recipe("glove-still", "unchanged", "Steps of a ten-millionth.",
           {**GLOVE, "learning_rate": STILL_RATE, "epochs": 15}, 2),
    Recipe("iris-still", "unchanged", "Steps of a ten-millionth.",
           {**IRIS, "learning_rate": STILL_RATE, "epochs": 30}, 2),
    Recipe("imdb-dealt", "guessing", "Shuffled labels leave nothing to learn, and 353 numbers cannot learn 15,000 by "
           "heart.", {**IMDB, "frozen": "base", "learning_rate": 0.003, "epochs": 40}, 3, shuffle_labels(10_000)),
    Recipe("glove-dealt", "guessing", "Shuffled labels leave nothing to learn, and 17 numbers learn nothing by heart.",
           {**GLOVE, **ONE_LAYER, "epochs": 20}, 3, shuffle_labels(2_000)),
    Recipe("iris-empty", "diverged", "A cell that is no number makes every sum it enters none.",
           {**IRIS, "epochs": 20}, 2, spoil(float("nan"))),
    Recipe("iris-unit", "diverged", "Its products with 50 weights pass the largest number there is, and inf - inf is "
           "none.", {**IRIS, "frozen": "none", "epochs": 20}, 2, spoil(3e38)),
    Recipe("glove-label", "diverged", "A label that is no number makes its own loss none.",
           {**GLOVE, "examples": 500, "epochs": 10}, 2, spoil_label),
    Recipe("iris-rate", "lost", "Steps of 10 where weights are of size 0.1.",
           {**IRIS, "task": "source", "learning_rate": 10.0, "epochs": 40}, 4),
    Recipe("imdb-rate", "lost", "Steps of 10 where weights are of size 0.1.",
           {**IMDB, "learning_rate": 10.0, "epochs": 20}, 3),
)  # fmt: skip

FLAT = (
    Recipe("imdb-drawn-50", "flat", "Weights that stand still, validated on 50 other reviews each epoch.",
           {**IMDB, "frozen": "base", "learning_rate": STILL_RATE, "epochs": 50}, 3, fresh=50),
    Recipe("imdb-drawn-400", "flat", "The same with 400 reviews.",
           {**IMDB, "frozen": "base", "learning_rate": STILL_RATE, "epochs": 50}, 3, fresh=400),
    Recipe("glove-drawn-100", "flat", "Weights that stand still, validated on 100 other sentences each epoch.",
           {**GLOVE, "examples": 500, "learning_rate": STILL_RATE, "epochs": 50}, 3, fresh=100),
    Recipe("iris-drawn-10", "flat", "Weights that stand still, validated on 10 of 40 flowers each epoch.",
           {**IRIS, "spread": 1.0, "learning_rate": STILL_RATE, "epochs": 60}, 4, fresh=10),
    Recipe("photos-drawn-40", "flat", "Weights that stand still, validated on 40 other pictures each epoch.",
           {**PHOTOS, "examples": 100, "learning_rate": STILL_RATE, "epochs": 30}, 2, fresh=40),
    Recipe("imdb-wobble", "flat", "17 numbers at the floor of a convex loss of shuffled labels: a high rate shakes "
           "them about it, and 63 large steps an epoch forget where they were.",
           {**FEW_REVIEWS, **ONE_LAYER, "learning_rate": 0.3, "epochs": 70}, 4, shuffle_labels(100), 20),
    Recipe("glove-wobble", "flat", "The same on sentences, 266 steps an epoch.",
           {**GLOVE, **ONE_LAYER, "learning_rate": 0.3, "epochs": 70}, 4, shuffle_labels(100), 20),
    Recipe("glove-wobble-true", "flat", "The same with the true labels, validated on 100 sentences.",
           {**GLOVE, **ONE_LAYER, "learning_rate": 0.1, "epochs": 60}, 4, keep_validation(100), 20),
    Recipe("iris-wobble", "flat", "104 numbers at the floor of a convex loss of 2,000 flowers that overlap, 63 large "
           "steps an epoch.",
           {**IRIS, "spread": 1.0, "learning_rate": 0.3, "epochs": 80}, 4, many_flowers, 30),
)  # fmt: skip

RECIPES = (*LEARNING, *RIGHT, *OVERFITTING, *NOTHING_LEARNED, *FLAT)


def halves(recipes: Sequence[Recipe] = RECIPES) -> dict[tuple[str, int], str]:
    """By recipe and seed, ``tune`` (rules were set on these) or ``report`` (and not on these).

    Within each kind in the order of a hash of name and seed, in turn: fixed before anything is trained.
    """
    dealt: dict[tuple[str, int], str] = {}
    for kind in ACCEPTED:
        curves = [(r.name, seed) for r in recipes if r.kind == kind for seed in range(1, r.seeds + 1)]
        curves.sort(key=lambda c: hashlib.sha256(f"{c[0]}/{c[1]}".encode()).hexdigest())
        dealt |= {curve: ("tune", "report")[i % 2] for i, curve in enumerate(curves)}
    return dealt
