"""What a network that tells cats from dogs makes of a photo and of the validation pictures: its verdict, where it
looked, what its blocks see, and its worst mistakes. Answers are JSON values; pictures are PNG in base64."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from scipy.special import expit

from core import scenarios
from core.errors import LabError, UnreadablePhoto
from core.insight.heat import class_activation, covered, occlusion
from core.models.freezing import freeze
from core.models.imagenet import SIZE, top_names
from core.scenarios.base import Models, tell_nobody
from core.scenarios.cats_dogs import chosen_pictures
from core.sources.cats_dogs import NAMES, VALIDATION, Pictures, load_cats_dogs
from core.sources.imagenet import class_names, load_classifier
from core.sources.pictures import enlarge, load_pictures
from core.spec import RunSpec
from core.training.features import kept_features
from core.training.prefix import cut, features

if TYPE_CHECKING:
    import keras

LARGEST = 512
"""Points on a side of a photo."""
LONGEST = 2_000_000
"""Characters of a photo; the noisiest PNG of 512 points takes 1.1 million."""
HEAD = 3
"""Layers of the head: pooling, dropout, output."""
SAMPLES, WORST, CHANNELS = 12, 12, 6
THUMBNAIL = 64
BLOCKS = ("stem", "block_2", "block_5", "block_12", "last_convolution")
"""What is shown of the way from edges to things: about every fourth block."""


def answer(question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
    """``samples``, ``photo``, ``feature_maps`` or ``mistakes``; see the functions of these names."""
    match question:
        case "samples":
            return samples(spec)
        case "photo":
            return photo(spec, models, given["photo"])
        case "feature_maps":
            return feature_maps(spec, models, given["photo"])
        case "mistakes":
            return mistakes(spec, models)
    raise LabError("There is no such question about photos.", question, "Ask samples, photo, feature_maps or mistakes.")


def samples(spec: RunSpec) -> dict[str, Any]:
    """The first twelve pictures that a run of this spec trains on: ``row``, ``label`` (0 cat, 1 dog) and ``image``."""
    train = load_cats_dogs().train
    return {"pictures": [_shown(train, row) for row in chosen_pictures(spec.examples, spec.seed)[:SAMPLES]]}


def photo(spec: RunSpec, models: Models, photo: str) -> dict[str, Any]:
    """One photo, by the network as the run left it (0.3 s at 128 points, 0.6 s at 224, with one thread).

    ``probability`` of a dog and the ``logit`` it comes from; ``before``, the probability the network began with;
    ``names`` with probabilities, what a network of a thousand classes would call it. ``heat`` says what each place adds
    to the logit (positive: dog, negative: cat), in the way of ``heat_kind``; ``parts`` are the logit taken apart by
    place, which add up to it with ``bias``. Without a run, ``before`` and all from ``heat`` on are None: a head that
    has learned nothing looks nowhere.

    Raises:
        UnreadablePhoto: when it is not a square RGB picture of up to 512 points, as PNG in base64.
    """
    image = decode_photo(photo)
    picture = enlarge(image, int(spec.options["size"]))
    has_run = models.before is not models.after
    return {
        **(_seen(models.after, picture) if has_run else _unseen(models.after, picture)),
        "before": _dog(_logits(models.before, picture[None])[0]) if has_run else None,
        "names": _names(image),
    }


def feature_maps(spec: RunSpec, models: Models, photo: str) -> dict[str, Any]:
    """What five ``blocks`` of the network make of a photo: the six ``maps`` that differ most from place to place
    (standard deviation), widest first, each stretched from black to white, with the numbers of their ``channels``."""
    picture = enlarge(decode_photo(photo), int(spec.options["size"]))
    made, blocks = picture[None], []
    for layer in models.after.layers[:-HEAD]:
        made = _through([layer], made)
        if layer.name in BLOCKS:
            blocks.append(_block(layer.name, made[0]))
    return {"blocks": blocks}


def mistakes(spec: RunSpec, models: Models) -> dict[str, Any]:
    """All validation pictures, by the network as the run left it.

    ``confusion`` counts them: a row for true cats and one for true dogs, in it those called cat and those called dog.
    ``worst`` holds up to twelve pictures of each count, those furthest from the truth first (of the right ones, the
    least sure): ``row``, ``label``, ``probability`` of a dog and ``image``.
    """
    return _mistakes(spec.model_dump_json(), models.after)


def decode_photo(photo: str) -> np.ndarray:
    """The picture, (edge, edge, 3) uint8.

    Raises:
        UnreadablePhoto: when it is not a square RGB picture of up to 512 points, as PNG in base64.
    """
    if not isinstance(photo, str) or len(photo) > LONGEST:
        received = f"{len(photo):,} characters" if isinstance(photo, str) else type(photo).__name__
        raise UnreadablePhoto("A photo must be a PNG in base64, not too large.", received, "Choose another photo.")
    try:
        with Image.open(io.BytesIO(base64.b64decode(photo, validate=True)), formats=("PNG",)) as image:
            _check_form(image)
            return np.asarray(image)
    except LabError:
        raise
    except Exception as error:  # a damaged PNG makes Pillow raise half a dozen kinds
        raise UnreadablePhoto("This photo cannot be read as a PNG.", photo, "Choose another photo.") from error


def _check_form(image: Image.Image) -> None:
    width, height = image.size
    if image.mode != "RGB" or width != height or width > LARGEST:
        raise UnreadablePhoto(f"A photo must be square, in colour (RGB) and at most {LARGEST} points wide.",
                              f"{width} x {height}, {image.mode}", "Cut it to a square first.")  # fmt: skip


def _seen(model: keras.Sequential, picture: np.ndarray) -> dict[str, Any]:
    """The verdict and where it comes from: the picture and its covered copies go through together."""
    base, head = model.layers[:-HEAD], model.layers[-HEAD:]
    maps = _through(base, np.concatenate([picture[None], covered(picture)]))
    logit, *without = _through(head, maps)[:, 0].tolist()
    kernel, bias = (np.asarray(w) for w in head[-1].weights)
    return {
        "probability": _dog(logit),
        "logit": logit,
        "heat": occlusion(logit, np.array(without)).tolist(),
        "heat_kind": "occlusion",
        "parts": class_activation(maps[0], kernel).tolist(),
        "bias": float(bias[0]),
    }


def _unseen(model: keras.Sequential, picture: np.ndarray) -> dict[str, Any]:
    logit = float(_logits(model, picture[None])[0])
    return {"probability": _dog(logit), "logit": logit, "heat": None, "heat_kind": None, "parts": None, "bias": None}


def _logits(model: keras.Sequential, pictures: np.ndarray) -> np.ndarray:
    return _through(model.layers, pictures)[:, 0]


def _dog(logit: float) -> float:
    """The probability of a dog."""
    return float(expit(np.float64(logit)))


def _names(image: np.ndarray) -> list[list[Any]]:
    seen = _through([_classifier()], enlarge(image, SIZE)[None].astype(np.float32))[0]
    return [[name, probability] for name, probability in top_names(seen, class_names())]


@lru_cache(maxsize=1)
def _classifier() -> keras.Model:
    return load_classifier()


def _block(name: str, made: np.ndarray) -> dict[str, Any]:
    """Some channels of what a block makes, (h, w, channels)."""
    widest = np.argsort(-made.std(axis=(0, 1), dtype=np.float64), kind="stable")[:CHANNELS]
    maps = [_png(_stretched(made[:, :, channel])) for channel in widest]
    return {"name": name, "edge": len(made), "channels": widest.tolist(), "maps": maps}


def _stretched(channel: np.ndarray) -> np.ndarray:
    """From 0 to 255; all 0 where it is the same everywhere."""
    low, span = channel.min(), np.ptp(channel)
    return np.rint(255 * (channel - low) / (span or 1)).astype(np.uint8)


@lru_cache(maxsize=4)
def _mistakes(spec_json: str, model: keras.Sequential) -> dict[str, Any]:
    held_out = load_cats_dogs().validation
    labels = held_out.labels.astype(int)
    logits = _validation_logits(RunSpec.model_validate_json(spec_json), model)
    called = (logits > 0).astype(int)  # as accuracy is counted in training
    counts = np.zeros((len(NAMES), len(NAMES)), int)
    np.add.at(counts, (labels, called), 1)
    furthest = np.argsort(np.where(labels == 1, logits, -logits), kind="stable")
    rows = [r for cell in np.ndindex(*counts.shape)
            for r in furthest[(labels[furthest] == cell[0]) & (called[furthest] == cell[1])][:WORST]]  # fmt: skip
    return {
        "confusion": counts.tolist(),
        "worst": [{**_shown(held_out, row), "probability": _dog(logits[row])} for row in rows],
    }


def _validation_logits(spec: RunSpec, model: keras.Sequential) -> np.ndarray:
    """Cut where training was, so that what it kept of the validation pictures is found again."""
    pictures = np.asarray(load_pictures(int(spec.options["size"])).validation.images)
    freeze(model, spec.frozen)
    parts = cut(model, spec.examples + VALIDATION, calm=scenarios.get(spec.scenario).calm_layers(spec))
    (made,) = kept_features(parts.computed, (pictures,), tell_nobody)
    return _through(parts.remaining, made)[:, 0]


def _shown(pictures: Pictures, row: int) -> dict[str, Any]:
    return {
        "row": int(row),
        "label": int(pictures.labels[row]),
        "image": _png(enlarge(pictures.images[row], THUMBNAIL)),
    }


def _through(layers: Sequence[keras.Layer], rows: np.ndarray) -> np.ndarray:
    """What layers make of rows.

    Raises:
        LabError: when that is not a number: the run diverged.
    """
    made = np.asarray(features(tuple(layers), rows))
    if not np.isfinite(made).all():
        raise LabError("This network's training diverged: it makes no number of a picture.", None,
                       "Lower the learning rate and train again.")  # fmt: skip
    return made


def _png(image: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")
