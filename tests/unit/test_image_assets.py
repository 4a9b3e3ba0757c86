"""What ships for the image scenarios: pictures, two networks' weights, class names, and blocks as plain data."""

from __future__ import annotations

import io
import json
import pickle
import struct
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from core.assets.torch_tensors import MAGIC, VERSION, read_tensors
from core.errors import SourceUnavailable
from core.models.imagenet import top_names
from core.models.weights import adopt
from core.sources import cats_dogs, imagenet
from core.sources.catalogue import ASSETS
from core.sources.cats_dogs import load_cats_dogs
from core.sources.imagenet import class_names, load_classifier
from core.sources.shipped import shipped_weights

ARCHITECTURES = sorted((ASSETS / "architectures").glob("*.json"))
PARAMETERS = {
    "efficientnet_b0": 4_049_571,
    "mobilenet_v2_0.35": 410_208,
    "mobilenet_v2_1.0": 2_257_984,
    "resnet50": 23_587_712,
    "xception": 20_861_480,
}
"""What Keras' documentation and `count_params` give without the top."""


def small_base(edge: int) -> keras.Model:
    return keras.applications.MobileNetV2((edge, edge, 3), alpha=0.35, include_top=False, weights=None)


def photo(name: str, edge: int) -> np.ndarray:
    """The middle of one of scikit-learn's photos: float RGB from 0 to 255."""
    with Image.fromarray(load_sample_image(name)) as image:
        square = image.crop(((image.width - image.height) // 2, 0, (image.width + image.height) // 2, image.height))
        return np.asarray(square.resize((edge, edge), Image.Resampling.BICUBIC), np.float32)


def test_cats_and_dogs_come_in_three_parts_balanced_from_any_even_beginning() -> None:
    data = load_cats_dogs()
    for part, count in ((data.train, 2_000), (data.validation, 1_000), (data.test, 500)):
        assert part.images.shape == (count, 32, 32, 3)
        assert part.images.dtype == np.uint8
        assert part.labels.dtype == np.float32
        assert part.labels.tolist() == [0, 1] * (count // 2)
        assert not part.images.flags.writeable
        assert not part.labels.flags.writeable


def test_no_picture_looks_like_another() -> None:
    """Neither equal nor the same photo cropped or recoloured: the script's own measure, at its own bound."""
    data = load_cats_dogs()
    every = np.concatenate([part.images for part in (data.train, data.validation, data.test)])
    assert len({picture.tobytes() for picture in every}) == len(every)
    points = every.reshape(-1, 16, 2, 16, 2, 3).mean((2, 4), dtype=np.float32).reshape(len(every), -1)
    points -= points.mean(axis=1, keepdims=True)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    alike = points @ points.T
    np.fill_diagonal(alike, 0)
    assert alike.max() <= 0.85


def test_the_pictures_are_cats_and_dogs_and_labelled_so() -> None:
    """A network that knows ImageNet sees the dogs, however small: labels swapped or tiles cut wrongly would show."""
    data = load_cats_dogs()
    first = np.concatenate([part.images[:4] for part in (data.train, data.validation, data.test)])
    enlarged = np.stack([np.asarray(Image.fromarray(p).resize((224, 224)), np.float32) for p in first])
    guesses = np.asarray(load_classifier()(enlarged))
    dogness = guesses[:, 151:269].sum(axis=1) - guesses[:, 281:286].sum(axis=1)
    assert dogness[1::2].mean() > dogness[::2].mean() + 0.3  # .72 and .02


@pytest.mark.parametrize("damage", ["missing", "shorter", "changed"])
def test_damaged_pictures_are_refused(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (ASSETS / "cifar_cats_dogs.webp").read_bytes()
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    if damage != "missing":
        (tmp_path / "cifar_cats_dogs.webp").write_bytes(whole[:-9] if damage == "shorter" else changed)
    monkeypatch.setattr(cats_dogs, "ASSETS", tmp_path)
    load_cats_dogs.cache_clear()
    try:
        with pytest.raises(SourceUnavailable, match="Install the project again"):
            load_cats_dogs()
    finally:
        load_cats_dogs.cache_clear()


@pytest.mark.parametrize("edge", [96, 160])
def test_the_small_base_fills_keras_own_network_at_any_size(edge: int) -> None:
    model = small_base(edge)
    before = [layer.get_weights() for layer in model.layers]
    filled = adopt(model, shipped_weights("mobilenet-v2-035"))
    assert filled == tuple(layer.name for layer in model.layers if layer.weights)
    for layer, old in zip(model.layers, before, strict=True):
        assert all(not np.array_equal(a, b) for a, b in zip(layer.get_weights(), old, strict=True)), layer.name
    photos = np.stack([photo("china.jpg", edge), photo("flower.jpg", edge)]) / 127.5 - 1
    china, flower = np.asarray(model(photos)).mean(axis=(1, 2))
    assert 0.2 < (china > 0).mean() < 0.9
    assert abs(np.corrcoef(china, flower)[0, 1]) < 0.4  # with random weights above 0.9


def test_the_classifier_names_what_is_on_a_photo() -> None:
    probabilities = np.asarray(load_classifier()(photo("china.jpg", 224)[None]))
    assert probabilities.shape == (1, 1_000)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert [name for name, _ in top_names(probabilities[0], class_names())][:2] == ["palace", "monastery"]


def test_the_classifier_scales_and_pads_as_torch_does() -> None:
    """The stem, worked out by hand from the shipped arrays."""
    model, weights = load_classifier(), shipped_weights("imagenet-mobilenet-v2")
    picture = photo("flower.jpg", 224)
    scaled = (picture / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    padded = np.pad(scaled, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))[::2, ::2]
    gamma, beta, mean, variance = (weights[f"bn_Conv1/{i}"].astype(float) for i in range(4))
    summed = np.einsum("hwcij,ijco->hwo", windows, weights["Conv1/0"].astype(float))
    expected = np.clip((summed - mean) / np.sqrt(variance + 1e-5) * gamma + beta, 0, 6)
    stem = keras.Model(model.input, model.get_layer("Conv1_relu").output)
    assert np.abs(np.asarray(stem(picture[None]))[0] - expected).max() < 1e-4
    assert {layer.epsilon for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)} == {1e-5}
    pads = [layer.padding for layer in model.layers if isinstance(layer, keras.layers.ZeroPadding2D)]
    assert pads == [((1, 1), (1, 1))] * 5


def test_top_names_come_best_first() -> None:
    assert top_names(np.array([0.2, 0.5, 0.0, 0.3]), "abcd", 2) == [("b", 0.5), ("d", 0.3)]


def test_the_class_names_are_a_thousand_and_in_imagenets_order() -> None:
    names = class_names()
    assert len(set(names)) == 1_000
    assert [names[i] for i in (0, 1, 134, 281, 285, 517, 999)] == [
        "tench", "goldfish", "crane (bird)", "tabby", "Egyptian cat", "crane (machine)", "toilet tissue",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [None, "[", '{"0": "tench"}', '["tench", "tench"]', "7"])
def test_damaged_class_names_are_refused(content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if content is not None:
        (tmp_path / "imagenet_labels.json").write_text(content)
    monkeypatch.setattr(imagenet, "ASSETS", tmp_path)
    class_names.cache_clear()
    try:
        with pytest.raises(SourceUnavailable, match="Install the project again"):
            class_names()
    finally:
        class_names.cache_clear()


def test_a_classifier_whose_weights_are_not_all_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = {
        name: a for name, a in shipped_weights(imagenet.SOURCE).items() if not name.startswith("block_7_expand/")
    }
    monkeypatch.setattr(imagenet, "shipped_weights", lambda _: weights)
    with pytest.raises(SourceUnavailable, match="fill 105 layers"):
        load_classifier()


@pytest.mark.parametrize("path", ARCHITECTURES, ids=lambda p: p.stem)
def test_blocks_add_up_to_what_keras_counts(path: Path) -> None:
    network = json.loads(path.read_text())
    for kind in ("trainable", "statistics"):
        assert sum(block[kind] for block in network["blocks"]) == network[kind]
    assert network["trainable"] + network["statistics"] == PARAMETERS[path.stem]
    assert len({block["name"] for block in network["blocks"]}) == len(network["blocks"])


def test_every_network_has_its_blocks() -> None:
    assert {path.stem for path in ARCHITECTURES} == set(PARAMETERS)


@pytest.mark.parametrize("edge", [96, 160])
def test_the_small_networks_blocks_are_those_keras_builds(edge: int) -> None:
    network = json.loads((ASSETS / "architectures" / "mobilenet_v2_0.35.json").read_text())
    model, start, before = small_base(edge), 0, edge
    assert model.count_params() == network["trainable"] + network["statistics"]
    for block in network["blocks"]:
        end = model.layers.index(model.get_layer(block["ends_at"])) + 1
        layers, start = model.layers[start:end], end  # its layers stand in the order of its blocks
        counts = [sum(int(np.prod(w.shape)) for layer in layers for w in getattr(layer, f"{kind}_weights"))
                  for kind in ("trainable", "non_trainable")]  # fmt: skip
        size = block["edges"][str(edge)]
        assert counts == [block["trainable"], block["statistics"]], block["name"]
        assert layers[-1].output.shape == (None, size, size, block["channels"]), block["name"]
        assert round(before / size) == block["stride"], block["name"]
        before = size
    assert start == len(model.layers)


def pth(monkeypatch: pytest.MonkeyPatch, entry: Any, numbers: bytes) -> bytes:
    """A file in torch's old form with one entry in its state dict, and one storage "a" of float32."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})
    torch.FloatStorage, utils._rebuild_tensor_v2 = storage, rebuild  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    class Writer(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            return ("storage", storage, "a", "cpu", len(numbers) // 4, None) if value == "the storage" else None

    file = io.BytesIO()
    beginning: tuple[object, ...] = (MAGIC, VERSION, {})
    for value in beginning:
        pickle.dump(value, file, protocol=2)
    Writer(file, protocol=2).dump(OrderedDict(entry=entry))
    pickle.dump(["a"], file, protocol=2)
    return file.getvalue() + struct.pack("<q", len(numbers) // 4) + numbers


def rebuild() -> None:
    """Stands for torch's function: only its name goes into the file."""


rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"


class Tensor:
    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return rebuild, self.arguments


class Call:
    """What a harmful file holds: something to be called on reading."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


def test_tensors_are_read_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.arange(8, dtype="<f4")
    tensor = Tensor("the storage", 2, (2, 3), (3, 1), False, OrderedDict())
    found = read_tensors(pth(monkeypatch, tensor, numbers.tobytes()))
    assert list(found) == ["entry"]
    assert found["entry"].tolist() == [[2, 3, 4], [5, 6, 7]]


def test_a_pth_file_can_call_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"Received: (__builtin__|builtins)\.print"):
        read_tensors(pth(monkeypatch, Call(), b""))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("shape, strides", [((3, 2), (1, 3)), ((3, 3), (3, 1))])
def test_a_tensor_that_lies_otherwise_or_outside_is_refused(
    shape: tuple[int, int], strides: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tensor = Tensor("the storage", 2, shape, strides, False, OrderedDict())
    with pytest.raises((SystemExit, ValueError)):
        read_tensors(pth(monkeypatch, tensor, np.arange(8, dtype="<f4").tobytes()))
