"""What is said of a photo: every number, computed once more in another way."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from core import scenarios
from core.errors import LabError, UnreadablePhoto
from core.home import subfolder
from core.insight import heat, photo_answers, picture_parts
from core.models.weights import adopt, run_folder
from core.runs.answers import answer
from core.scenarios.base import Models
from core.scenarios.cats_dogs import base_names
from core.sources.cats_dogs import CatsDogs, Pictures, load_cats_dogs
from core.sources.imagenet import class_names
from core.sources.pictures import choose, load_pictures

SIZE, RUN = 96, "c" * 16
QUESTIONS = ("photo", "feature_maps", "mistakes", "samples")


def coded(image: np.ndarray, kind: str = "PNG") -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def decoded(png: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))


def resized(image: np.ndarray, size: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


def sigmoid(logit: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(logit, np.float64)))


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """A cat of the validation pictures, larger than the network wants it."""
    return resized(load_cats_dogs().validation.images[0], 150)


@pytest.fixture(scope="module")
def photo(image: np.ndarray) -> str:
    return coded(image)


@pytest.fixture(scope="module")
def run(module_home: Path, spec: Callable[..., Any], train: Callable[..., Any]) -> Iterator[Any]:
    """The spec of a run that was trained a little, and its network, built anew for direct computations."""
    chosen = spec("cats_dogs", size=SIZE, examples=40, epochs=8, learning_rate=0.01)
    trained = train(chosen, folder=run_folder(RUN))
    model = scenarios.get("cats_dogs").build(chosen)
    untrained = logits_of(model, resized(load_cats_dogs().validation.images[0], 150))
    adopt(model, trained.after)
    yield chosen, model, untrained, trained
    photo_answers._mistakes.cache_clear()


def ask(run: Any, about: str, **given: Any) -> dict[str, Any]:
    found = answer({"about": about, "spec": run[0].flat(), "run": RUN, **given})
    assert json.loads(json.dumps(found, allow_nan=False)) == found  # JSON values only
    return found


@pytest.fixture(scope="module")
def said(run: Any, photo: str) -> dict[str, Any]:
    return ask(run, "photo", photo=photo)


def logits_of(model: keras.Sequential, *images: np.ndarray) -> np.ndarray:
    return np.asarray(model(np.stack([resized(i, SIZE) for i in images]), training=False))[:, 0]


def blocks_of(model: keras.Sequential, names: tuple[str, ...], image: np.ndarray) -> list[np.ndarray]:
    """What blocks make of a picture, as one graph."""
    made, tensor = {}, keras.Input((SIZE, SIZE, 3))
    beginning = tensor
    for layer in model.layers[: -picture_parts.HEAD]:
        made[layer.name] = tensor = layer(tensor, training=False)
    graph = keras.Model(beginning, [made[name] for name in names])
    return [np.asarray(m)[0] for m in graph(resized(image, SIZE)[None].astype(np.float32))]


def test_the_verdict_is_the_sigmoid_of_the_logit_after_training_and_before(run: Any, image: Any, said: Any) -> None:
    _, model, untrained, _ = run
    direct = logits_of(model, image)[0]
    assert said["logit"] == pytest.approx(direct, abs=1e-4)
    assert said["probability"] == pytest.approx(sigmoid(direct), abs=1e-5)
    assert said["before"] == pytest.approx(sigmoid(untrained[0]), abs=1e-5)
    assert abs(said["before"] - said["probability"]) > 0.01


def test_without_a_run_there_is_nothing_before_and_no_place_it_looks_at(run: Any, photo: str) -> None:
    found = answer({"about": "photo", "spec": run[0].flat(), "photo": photo})
    assert found["probability"] == pytest.approx(sigmoid(run[2][0]), abs=1e-5)
    assert {found[k] for k in ("before", "heat", "heat_kind", "parts", "bias")} == {None}
    assert len(found["names"]) == 3


@pytest.mark.parametrize(
    ("row", "column", "rows", "columns"),
    [(0, 0, (0, 20), (0, 20)), (2, 3, (28, 52), (44, 68)), (5, 1, (76, 96), (12, 36))],
    ids=["corner", "middle", "rim"],
)
def test_heat_is_what_the_logit_loses_when_a_place_is_made_grey(
    run: Any, image: Any, said: Any, row: int, column: int, rows: Any, columns: Any
) -> None:
    grey = resized(image, SIZE).copy()
    grey[slice(*rows), slice(*columns)] = 128
    whole, without = logits_of(run[1], image, grey)
    assert np.shape(said["heat"]) == (6, 6)
    assert said["heat_kind"] == "occlusion"
    assert said["heat"][row][column] == pytest.approx(whole - without, abs=2e-4)
    assert np.ptp(said["heat"]) > 0.05  # places differ, or the picture would teach nothing


@pytest.mark.parametrize("size", [96, 128, 150, 160, 224])
def test_patches_cover_every_point_and_only_one_place_each(size: int) -> None:
    white = np.full((size, size, 3), 255, np.uint8)
    grey = heat.covered(white)[..., 0] == heat.GREY
    assert grey.any(axis=0).all()
    assert grey.mean(axis=(1, 2)).max() == pytest.approx(1 / 16, abs=0.002)
    middles = np.array([np.argwhere(g).mean(axis=0) for g in grey]).reshape(6, 6, 2) / size
    assert np.allclose(middles[2:4, 2:4, 0], np.array([[2.5], [3.5]]) / 6, atol=1.5 / size)
    assert (white == 255).all()


def test_the_parts_of_a_logit_add_up_to_it(run: Any, image: Any, said: Any) -> None:
    _, maps = blocks_of(run[1], ("stem", "last_convolution"), image)
    assert np.shape(said["parts"]) == maps.shape[:2] == (3, 3)
    assert np.sum(said["parts"]) + said["bias"] == pytest.approx(said["logit"], abs=1e-4)
    kernel = run[3].after["output/0"]
    assert said["parts"][1][2] == pytest.approx(float(maps[1, 2] @ kernel[:, 0]) / 9, abs=1e-5)


def test_names_are_the_three_likeliest_of_the_thousand(image: Any, said: Any) -> None:
    given = resized(image, 224)[None].astype(np.float32)
    probabilities = np.asarray(photo_answers._classifier("imagenet-mobilenet-v2")(given, training=False))[0]
    best = np.argsort(probabilities)[:-4:-1]
    found = said["names"]
    assert [name for name, _ in found] == [class_names()[i] for i in best]
    assert np.allclose([p for _, p in found], probabilities[best], atol=1e-5)


def test_samples_are_pictures_the_run_trains_on(run: Any) -> None:
    train, found = load_cats_dogs().train, ask(run, "samples")["pictures"]
    assert [p["row"] for p in found] == choose(train.labels, 40, 1)[:12].tolist()
    for picture in found:
        assert picture["label"] == train.labels[picture["row"]]
        assert (decoded(picture["image"]) == resized(train.images[picture["row"]], 64)).all()


def check_mistakes(found: dict[str, Any], logits: np.ndarray, labels: np.ndarray) -> None:
    called = logits > 0
    cells = {(t, c): np.flatnonzero((labels == t) & (called == bool(c))) for t in (0, 1) for c in (0, 1)}
    assert found["confusion"] == [[len(cells[t, c]) for c in (0, 1)] for t in (0, 1)]
    for (true, as_what), rows in cells.items():
        shown = [p for p in found["worst"] if (p["label"], p["probability"] > 0.5) == (true, bool(as_what))]
        wrong = np.abs(sigmoid(logits) - labels)
        assert len(shown) == min(12, len(rows))
        assert np.allclose([abs(p["probability"] - true) for p in shown], np.sort(wrong[rows])[::-1][:12], atol=1e-4)
        for picture in shown:
            assert picture["probability"] == pytest.approx(sigmoid(logits[picture["row"]]), abs=1e-4)


def test_mistakes_are_of_all_validation_pictures(run: Any) -> None:
    _, model, _, trained = run
    held_out, found = load_cats_dogs().validation, ask(run, "mistakes")
    counts, worst = np.array(found["confusion"]), found["worst"]
    assert counts.sum(axis=1).tolist() == [500, 500]
    assert counts.trace() / 1000 == pytest.approx(trained.events[-2]["val_accuracy"])
    direct = logits_of(model, *(held_out.images[p["row"]] for p in worst))
    assert np.allclose([p["probability"] for p in worst], sigmoid(direct), atol=1e-4)
    assert [p["label"] for p in worst] == held_out.labels[[p["row"] for p in worst]].tolist()
    for picture in worst[::10]:
        assert (decoded(picture["image"]) == resized(held_out.images[picture["row"]], 64)).all()


def test_what_training_kept_of_the_validation_pictures_is_found_again(run: Any) -> None:
    files = sorted(subfolder("features").glob("*.npy"))
    for file in files:
        os.utime(file, (0, 0))
    photo_answers._mistakes.cache_clear()
    ask(run, "mistakes")
    assert sorted(subfolder("features").glob("*.npy")) == files
    read = sorted(file.stat().st_mtime > 0 for file in files)
    assert read == [False, False, True], "those of training and of the old task unread, those of validation read"


def test_mistakes_of_a_fine_tuned_network_are_counted_the_worst_shown_first(
    run: Any, spec: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model, _, trained = run
    few = small(monkeypatch, 100)
    tuned = spec("cats_dogs", size=SIZE, examples=40, frozen=("scale", *base_names()[:-1]))
    try:
        noise = np.random.default_rng(3).normal(1, 0.5, trained.after["last_convolution/0"].shape)
        adopt(model, {**trained.after, **changed(trained.after, "last_convolution", noise)})
        found = photo_answers.answer("mistakes", tuned, Models(model, model))
        check_mistakes(found, logits_of(model, *few.images), few.labels)
    finally:
        adopt(model, trained.after)


def changed(weights: dict[str, np.ndarray], layer: str, factor: np.ndarray) -> dict[str, np.ndarray]:
    own = {name: w for name, w in weights.items() if name.startswith(f"{layer}/")}
    return {**own, f"{layer}/0": own[f"{layer}/0"] * factor}


def small(monkeypatch: pytest.MonkeyPatch, count: int) -> Pictures:
    """Only so many validation pictures, for what is asked directly."""
    whole, all_of = load_pictures(SIZE), load_cats_dogs()
    few = Pictures(np.asarray(whole.validation.images[:count]), whole.validation.labels[:count])
    monkeypatch.setattr(picture_parts, "load_pictures", lambda *_: CatsDogs(whole.train, few, whole.test))
    held_out = Pictures(all_of.validation.images[:count], few.labels)
    monkeypatch.setattr(photo_answers, "shown_pictures", lambda *_: type(all_of)(all_of.train, held_out, all_of.test))
    return few


def test_feature_maps_are_the_channels_of_largest_spread(run: Any, image: Any, photo: str) -> None:
    found = ask(run, "feature_maps", photo=photo)["blocks"]
    names = ("stem", "block_2", "block_5", "block_12", "last_convolution")
    assert [b["name"] for b in found] == list(names)
    assert [b["edge"] for b in found] == [48, 24, 12, 6, 3]
    for block, made in zip(found, blocks_of(run[1], names, image), strict=True):
        spread = made.std(axis=(0, 1))
        assert len(block["maps"]) == len(set(block["channels"])) == 6
        assert np.allclose(spread[block["channels"]], np.sort(spread)[:-7:-1], rtol=1e-3)
        for channel, png in zip(block["channels"], block["maps"], strict=True):
            low, high = made[:, :, channel].min(), made[:, :, channel].max()
            assert np.abs(decoded(png) - 255 * (made[:, :, channel] - low) / (high - low)).max() < 1


def test_a_channel_that_is_the_same_everywhere_is_black() -> None:
    assert not photo_answers._stretched(np.full((4, 4), 0.7, np.float32)).any()


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        ("not base64!", "cannot be read"),
        ("ünlesbar", "cannot be read"),
        ("", "cannot be read"),
        (base64.b64encode(b"\x89PNG\r\n\x1a\nbroken").decode(), "cannot be read"),
        (coded(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))[:8_000], "cannot be read"),
        (coded(np.zeros((64, 64, 3), np.uint8), "JPEG"), "cannot be read"),
        (coded(np.zeros((64, 65, 3), np.uint8)), "square"),
        (coded(np.zeros((513, 513, 3), np.uint8)), "512"),
        (coded(np.zeros((64, 64), np.uint8)), "RGB"),
        (coded(np.zeros((64, 64, 4), np.uint8)), "RGB"),
        ("A" * 2_000_004, "not too large"),
        (7, "base64"),
    ],
    ids=[
        "no base64",
        "umlaut",
        "empty",
        "broken",
        "cut off",
        "JPEG",
        "not square",
        "large",
        "grey",
        "RGBA",
        "long",
        "7",
    ],
)
def test_a_photo_that_cannot_be_read_is_refused_shortly(photo: Any, words: str) -> None:
    with pytest.raises(UnreadablePhoto, match=words) as caught:
        photo_answers.decode_photo(photo)
    assert len(str(caught.value)) < 200


def test_the_largest_and_the_noisiest_photo_is_read() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (512, 512, 3), np.uint8)
    assert (photo_answers.decode_photo(coded(noise)) == noise).all()


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_a_network_that_diverged_says_so(run: Any, photo: str, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, model, _, trained = run
    small(monkeypatch, 10)
    layer = "last_convolution" if question == "feature_maps" else "output"
    monkeypatch.setattr(picture_parts, "kept_features", lambda *_, **__: [np.zeros((10, 1280), np.float32)])
    photo_answers._mistakes.cache_clear()
    try:
        adopt(model, changed(trained.after, layer, np.array(np.nan, np.float32)))
        given = {} if question == "mistakes" else {"photo": photo}
        with pytest.raises(LabError, match="diverged"):
            photo_answers.answer(question, spec, Models(model, model), **given)
    finally:
        adopt(model, trained.after)


def test_another_question_is_refused(run: Any) -> None:
    with pytest.raises(LabError, match="no such question"):
        ask(run, "weather")
