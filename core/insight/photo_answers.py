"""What a network that tells cats from dogs makes of a photo and of the validation pictures: its verdict, where it
looked, what its blocks see, and its worst mistakes. Answers are JSON values; pictures are PNG in base64."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from scipy.special import expit

from core.errors import LabError, UnreadablePhoto
from core.insight.heat import class_activation, covered, occlusion
from core.insight.picture_parts import HEAD, WORST, as_png, below_head, of_validation, shown_row, through
from core.models.imagenet import SIZE, top_names
from core.scenarios.base import Models
from core.scenarios.picture_networks import classes_of
from core.sources.backbones import HUB
from core.sources.cats_dogs import NAMES
from core.sources.image_weights import CLASSIFIER, load_resnet50_classifier
from core.sources.imagenet import SOURCE as SHIPPED_NAMER
from core.sources.imagenet import class_names, load_classifier
from core.sources.pictures import choose, enlarge, load_pictures, shown_pictures
from core.spec import RunSpec
from core.training import augment
from core.words import say

if TYPE_CHECKING:
    import keras

LARGEST = 512
"""Points on a side of a photo."""
LONGEST = 2_000_000
"""Characters of a photo; the noisiest PNG of 512 points takes 1.1 million."""
SAMPLES, CHANNELS = 12, 6
VERSIONS, LARGEST_VERSION = 12, 128
"""Augmented versions of one picture, and points on a side of what is shown of each."""


def answer(question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
    """``samples``, ``photo``, ``feature_maps``, ``mistakes``, ``augmented``, ``names`` or ``test``; see the functions
    of these names, here and beside."""
    match question:
        case "samples":
            return samples(spec)
        case "photo" | "mistakes" | "test" if classes_of(spec):
            return _of_classes(question, spec, models, given)
        case "photo":
            return photo(spec, models, given["photo"])
        case "feature_maps":
            return feature_maps(spec, models, given["photo"])
        case "mistakes":
            return mistakes(spec, models)
        case "names":
            return names(given["photo"], given["namer"])
        case "augmented":
            return augmented(spec, given.get("photo"), given.get("row"))
        case "test":
            from core.insight import sealed_photos

            return sealed_photos.test_score(spec, partial(_logits, spec, models.after))
    mend = say("Ask photo, mistakes, augmented or test.")
    raise LabError(say("There is no such question about photos."), question, mend)


def _of_classes(question: str, spec: RunSpec, models: Models, given: dict[str, Any]) -> dict[str, Any]:
    """The same questions where a softmax tells apart classes of somebody's own."""
    from core.insight import class_answers, sealed_photos

    if question == "photo":
        return class_answers.photo(spec, models, given["photo"])
    if question == "mistakes":
        return class_answers.mistakes(spec, models.after)
    return sealed_photos.test_score(spec, partial(class_answers.log_probabilities, spec, models.after))


def samples(spec: RunSpec) -> dict[str, Any]:
    """The first twelve pictures that a run of this spec trains on: ``row``, ``label`` (0 cat, 1 dog, or that of a
    class of one's own) and ``image``."""
    train = shown_pictures(int(spec.options["size"]), spec.data).train
    rows = choose(train.labels, spec.examples, spec.seed)
    return {"pictures": [shown_row(train, row) for row in rows[:SAMPLES]]}


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
        **(_seen(spec, models.after, picture) if has_run else _unseen(spec, models.after, picture)),
        "before": _dog(_logits(spec, models.before, picture[None])[0]) if has_run else None,
        "names": names_of(image, SHIPPED_NAMER),
    }


def feature_maps(spec: RunSpec, models: Models, photo: str) -> dict[str, Any]:
    """What some ``blocks`` of the network make of a photo, the first and the last of each further size: six ``maps``
    that differ most from place to place (standard deviation), widest first, each stretched from black to white, with
    the numbers of their ``channels``. Nothing of a module that cannot be looked into."""
    picture = enlarge(decode_photo(photo), int(spec.options["size"]))
    made, blocks = picture[None], []
    layers = [] if spec.options.get("backbone") == HUB else models.after.layers[:-HEAD]
    shown = _steps(layers)
    for layer in layers:
        made = through([layer], made)
        if layer.name in shown:
            blocks.append(_block(layer.name, made[0]))
    return {"blocks": blocks}


def mistakes(spec: RunSpec, models: Models) -> dict[str, Any]:
    """All validation pictures, by the network as the run left it.

    ``confusion`` counts them: a row for true cats and one for true dogs, in it those called cat and those called dog.
    ``worst`` holds up to twelve pictures of each count, those furthest from the truth first (of the right ones, the
    least sure): ``row``, ``label``, ``probability`` of a dog and ``image``.
    """
    return _mistakes(spec.model_dump_json(), models.after)


def names(photo: str, namer: str) -> dict[str, Any]:
    """The three likeliest of a thousand ``names`` of one photo, with probabilities, by one of the two namers: the
    network that ships, or ResNet50 (0.6 s, and three more the first time).

    Raises:
        SourceUnavailable: when the namer's weights are not on this computer.
        UnreadablePhoto: when it is not a square RGB picture of up to 512 points, as PNG in base64.
    """
    return {"names": names_of(decode_photo(photo), namer)}


def augmented(spec: RunSpec, photo: str | None = None, row: int | None = None) -> dict[str, Any]:
    """One picture as augmentation would show it to a network: ``original`` and twelve ``versions``, passes 0 to 11 with
    the seed of the spec (0.5 s at 128 points). They are there too where the spec has augmentation off.

    Of a training picture, by its ``row``, these are the versions of a run: it goes through with those before it, as
    then. (Where others were behind it too, one point in ten thousand may be rounded the other way.) A ``photo`` of no
    run goes through alone.

    Raises:
        LabError: when a run of this spec does not train on that row.
        UnreadablePhoto: when the photo is not a square RGB picture of up to 512 points, as PNG in base64.
    """
    size = int(spec.options["size"])
    together = enlarge(decode_photo(photo), size)[None] if photo is not None else _up_to(spec, row)
    versions = [augment.augmented(together, spec.seed, number)[-1] for number in range(VERSIONS)]
    shown = [as_png(enlarge(image, min(size, LARGEST_VERSION))) for image in versions]
    return {"original": as_png(together[-1]), "versions": shown}


def _up_to(spec: RunSpec, row: int | None) -> np.ndarray:
    """A training picture, last, behind those that are augmented together with it."""
    train = load_pictures(int(spec.options["size"]), spec.data).train
    rows = choose(train.labels, spec.examples, spec.seed)
    if row is None or row not in rows:
        what = say("A run of these settings does not train on this picture.")
        raise LabError(what, row, say("Choose one of its samples."))
    place = int(np.searchsorted(rows, row))
    return train.images[rows[place - place % augment.AT_ONCE : place + 1]]


def decode_photo(photo: str) -> np.ndarray:
    """The picture, (edge, edge, 3) uint8.

    Raises:
        UnreadablePhoto: when it is not a square RGB picture of up to 512 points, as PNG in base64.
    """
    if not isinstance(photo, str) or len(photo) > LONGEST:
        is_text = isinstance(photo, str)
        received = say("{count:,} characters", count=len(photo)) if is_text else type(photo).__name__
        what = say("A photo must be a PNG in base64, not too large.")
        raise UnreadablePhoto(what, received, say("Choose another photo."))
    try:
        with Image.open(io.BytesIO(base64.b64decode(photo, validate=True)), formats=("PNG",)) as image:
            _check_form(image)
            return np.asarray(image)
    except LabError:
        raise
    except Exception as error:  # a damaged PNG makes Pillow raise half a dozen kinds
        what = say("This photo cannot be read as a PNG.")
        raise UnreadablePhoto(what, photo, say("Choose another photo.")) from error


def _check_form(image: Image.Image) -> None:
    width, height = image.size
    if image.mode != "RGB" or width != height or width > LARGEST:
        what = say("A photo must be square, in colour (RGB) and at most {most} points wide.", most=LARGEST)
        raise UnreadablePhoto(what, f"{width} x {height}, {image.mode}", say("Cut it to a square first."))


def _steps(layers: Sequence[keras.Layer]) -> set[str]:
    """The names of the first layer with weights, and of the last of each size that comes after its size."""
    weighted = [layer for layer in layers if layer.weights]
    last = {layer.output.shape[1]: layer.name for layer in weighted}
    return {name for edge, name in last.items() if edge != weighted[0].output.shape[1]} | {
        layer.name for layer in weighted[:1]
    }


def _seen(spec: RunSpec, model: keras.Sequential, picture: np.ndarray) -> dict[str, Any]:
    """The verdict and where it comes from: the picture and its covered copies go through together."""
    maps = below_head(spec, model, np.concatenate([picture[None], covered(picture)]))
    logit, *without = through(model.layers[-HEAD:], maps)[:, 0].tolist()
    kernel, bias = (np.asarray(w) for w in model.layers[-1].weights)
    return {
        "probability": _dog(logit),
        "logit": logit,
        "heat": occlusion(logit, np.array(without)).tolist(),
        "heat_kind": "occlusion",
        "parts": class_activation(maps[0], kernel).tolist() if maps.ndim == 4 else None,
        "bias": float(bias[0]),
    }


def _unseen(spec: RunSpec, model: keras.Sequential, picture: np.ndarray) -> dict[str, Any]:
    logit = float(_logits(spec, model, picture[None])[0])
    return {"probability": _dog(logit), "logit": logit, "heat": None, "heat_kind": None, "parts": None, "bias": None}


def _logits(spec: RunSpec, model: keras.Sequential, pictures: np.ndarray) -> np.ndarray:
    return through(model.layers[-HEAD:], below_head(spec, model, pictures))[:, 0]


def _dog(logit: float) -> float:
    """The probability of a dog."""
    return float(expit(np.float64(logit)))


def names_of(image: np.ndarray, namer: str) -> list[list[Any]]:
    """What a network of a thousand kinds calls a picture: its likeliest names, each with a probability."""
    seen = through([_classifier(namer)], enlarge(image, SIZE)[None].astype(np.float32))[0]
    return [[name, probability] for name, probability in top_names(seen, class_names())]


@lru_cache(maxsize=2)
def _classifier(namer: str) -> keras.Model:
    if namer == SHIPPED_NAMER:
        return load_classifier()
    if namer == CLASSIFIER:
        return load_resnet50_classifier()
    known = say("Known are: {known}.", known=f"{SHIPPED_NAMER}, {CLASSIFIER}")
    raise LabError(say("There is no such network of a thousand names."), namer, known)


def _block(name: str, made: np.ndarray) -> dict[str, Any]:
    """Some channels of what a block makes, (h, w, channels)."""
    widest = np.argsort(-made.std(axis=(0, 1), dtype=np.float64), kind="stable")[:CHANNELS]
    maps = [as_png(_stretched(made[:, :, channel])) for channel in widest]
    return {"name": name, "edge": len(made), "channels": widest.tolist(), "maps": maps}


def _stretched(channel: np.ndarray) -> np.ndarray:
    """From 0 to 255; all 0 where it is the same everywhere."""
    low, span = channel.min(), np.ptp(channel)
    return np.rint(255 * (channel - low) / (span or 1)).astype(np.uint8)


@lru_cache(maxsize=4)
def _mistakes(spec_json: str, model: keras.Sequential) -> dict[str, Any]:
    spec = RunSpec.model_validate_json(spec_json)
    held_out = shown_pictures(int(spec.options["size"]), spec.data).validation
    labels = held_out.labels.astype(int)
    logits = _validation_logits(spec, model)
    called = (logits > 0).astype(int)  # as accuracy is counted in training
    counts = np.zeros((len(NAMES), len(NAMES)), int)
    np.add.at(counts, (labels, called), 1)
    furthest = np.argsort(np.where(labels == 1, logits, -logits), kind="stable")
    rows = [r for cell in np.ndindex(*counts.shape)
            for r in furthest[(labels[furthest] == cell[0]) & (called[furthest] == cell[1])][:WORST]]  # fmt: skip
    return {
        "confusion": counts.tolist(),
        "worst": [{**shown_row(held_out, row), "probability": _dog(logits[row])} for row in rows],
    }


def _validation_logits(spec: RunSpec, model: keras.Sequential) -> np.ndarray:
    return of_validation(spec, model)[:, 0]
