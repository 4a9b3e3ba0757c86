"""Augmented versions of one picture are those that a run trains on, and names come from the network that was chosen."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import scenarios
from core.errors import LabError, SourceUnavailable, UnreadablePhoto
from core.insight import photo_answers
from core.sources.photos import read_photo, ready_photo
from core.training.augment import augmented

SIZE = 96


def decoded(png: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png)))).astype(int)


def coded(image: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture(scope="module")
def cat() -> str:
    """A sharp photo of a cat, as a page sends it."""
    return coded(read_photo(ready_photo("chelsea"), 224))


@pytest.mark.parametrize(("examples", "seed"), [(20, 1), (40, 5), (150, 1)])
def test_versions_of_a_training_picture_are_those_a_run_sees(
    examples: int, seed: int, spec: Callable[..., Any]
) -> None:
    chosen = spec("cats_dogs", size=SIZE, examples=examples, seed=seed, augment="live")
    x = scenarios.get("cats_dogs").load(chosen).x_train
    rows = [p["row"] for p in photo_answers.samples(chosen)["pictures"]]
    for place in (0, 11):
        found = photo_answers.augmented(chosen, row=rows[place])
        assert (decoded(found["original"]) == x[place]).all() and len(found["versions"]) == 12
        for number in (0, 1, 11):
            seen = augmented(x, chosen.seed, number)[place].astype(int)
            apart = np.abs(decoded(found["versions"][number]) - seen)
            assert apart.max() <= 1 and (apart > 0).mean() < 0.001


def test_versions_are_all_different_and_alike_when_asked_again(spec: Callable[..., Any], cat: str) -> None:
    chosen = spec("cats_dogs", size=SIZE)  # augmentation is off
    found = photo_answers.augmented(chosen, cat)
    assert len({found["original"], *found["versions"]}) == 13
    assert photo_answers.augmented(chosen, cat) == found
    assert photo_answers.augmented(chosen.changed(seed=2), cat)["versions"] != found["versions"]


def test_a_photo_is_augmented_at_the_size_of_the_run(spec: Callable[..., Any], cat: str) -> None:
    found = photo_answers.augmented(spec("cats_dogs", size=128), cat)
    image = np.asarray(Image.fromarray(decoded(cat).astype(np.uint8)).resize((128, 128), Image.Resampling.BICUBIC))
    assert (decoded(found["original"]) == image).all()
    assert (decoded(found["versions"][3]) == augmented(image[None], 1, 3)[0]).all()
    assert decoded(photo_answers.augmented(spec("cats_dogs", size=224), cat)["versions"][0]).shape == (128, 128, 3)


def test_versions_come_within_a_second(spec: Callable[..., Any], cat: str) -> None:
    chosen, seconds = spec("cats_dogs"), []
    for _ in range(3):
        start = time.process_time()
        photo_answers.augmented(chosen, cat)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1


@pytest.mark.parametrize("row", [-1, 5_000, None, "1"])
def test_a_row_that_no_run_trains_on_is_refused(row: Any, spec: Callable[..., Any]) -> None:
    with pytest.raises(LabError, match="does not train on this picture"):
        photo_answers.augmented(spec("cats_dogs", size=SIZE), row=row)


def test_a_photo_that_cannot_be_read_is_refused(spec: Callable[..., Any]) -> None:
    with pytest.raises(UnreadablePhoto):
        photo_answers.augmented(spec("cats_dogs", size=SIZE), "no photo")


def test_the_shipped_network_calls_the_sharp_cat_a_cat(cat: str) -> None:
    found = photo_answers.names(cat, "imagenet-mobilenet-v2")["names"]
    assert {"tabby", "tiger cat", "Egyptian cat"} >= {found[0][0], found[1][0]} and found[0][1] > 0.3


def test_names_by_a_network_that_is_not_here_are_an_error_and_by_no_other(cat: str) -> None:
    with pytest.raises(SourceUnavailable):
        photo_answers.names(cat, "resnet50-classifier")
    with pytest.raises(LabError, match="no such network"):
        photo_answers.names(cat, "resnet-51")


def test_names_are_those_of_the_network_that_was_chosen(cat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    goldfish = keras.Sequential([
        keras.Input((224, 224, 3)), keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1000, "softmax", kernel_initializer="zeros",
                           bias_initializer=lambda shape, dtype: 9.0 * keras.ops.one_hot(1, shape[0], dtype=dtype)),
    ])  # fmt: skip
    monkeypatch.setattr(photo_answers, "load_resnet50_classifier", lambda: goldfish)
    photo_answers._classifier.cache_clear()
    try:
        assert photo_answers.names(cat, "resnet50-classifier")["names"][0][0] == "goldfish"
        assert photo_answers.names(cat, "imagenet-mobilenet-v2")["names"][0][0] != "goldfish"
    finally:
        photo_answers._classifier.cache_clear()
