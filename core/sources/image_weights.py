"""ImageNet weights of Keras' own image networks. Not shipped: read from the files that Keras itself downloads, where a
person has downloaded them, and filled into networks that were built without weights."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import SourceUnavailable
from core.home import home
from core.sources.fetch import Remote
from core.words import mark, say

if TYPE_CHECKING:
    import keras

HDF5 = b"\x89HDF"
KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
EFFICIENT = "https://storage.googleapis.com/keras-applications/"
ORDER = "weights_tf_dim_ordering_tf_kernels"
MENDED = mark("Open the library page and press Check or Download there.")
PROVING_EDGE = 96
"""A size of pictures that all networks without top take."""
EFFICIENT_SPREAD = (0.229, 0.224, 0.225)
"""Of red, green and blue, as Keras' EfficientNet has it."""


@dataclass(frozen=True)
class WeightsFile:
    """A file of Keras', its MD5 where Keras knows it, and the function of `keras.applications` that builds its
    network."""

    remote: Remote
    function: str
    md5: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    has_top: bool = False

    def network(self) -> keras.Model:
        """The network it fills, with random weights; one that has a top takes pictures of 224 x 224."""
        import keras

        shape = None if self.has_top else (PROVING_EDGE, PROVING_EDGE, 3)
        build = getattr(keras.applications, self.function)
        return build(include_top=self.has_top, weights=None, input_shape=shape, **self.arguments)


def _remote(folder: str, name: str, size: int) -> Remote:
    return Remote(folder + name, name, size, HDF5)


EFFICIENTNET, CLASSIFIER = "efficientnet-b0", "resnet50-classifier"
FILES: dict[str, WeightsFile] = {
    "mobilenet-v2-100": WeightsFile(
        _remote(f"{KERAS}mobilenet_v2/", f"mobilenet_v2_{ORDER}_1.0_224_no_top.h5", 9_406_464),
        "MobileNetV2", arguments={"alpha": 1.0},
    ),
    "xception": WeightsFile(
        _remote(f"{KERAS}xception/", f"xception_{ORDER}_notop.h5", 83_683_744),
        "Xception", "b0042744bf5b25fce3cb969f33bebb97",
    ),
    "resnet50": WeightsFile(
        _remote(f"{KERAS}resnet/", f"resnet50_{ORDER}_notop.h5", 94_765_736),
        "ResNet50", "4d473c1dd8becc155b73f8504c6f6626",
    ),
    EFFICIENTNET: WeightsFile(
        _remote(EFFICIENT, "efficientnetb0_notop.h5", 16_705_208),
        "EfficientNetB0", "50bc09e76180e00e4465e1a485ddc09d",
    ),
    CLASSIFIER: WeightsFile(
        _remote(f"{KERAS}resnet/", f"resnet50_{ORDER}.h5", 102_967_424),
        "ResNet50", "2cb95161c43110f7111970584f804107", has_top=True,
    ),
}  # fmt: skip
"""By the id of their catalogue entries, as keras.applications of Keras 3.15 names and checks them."""


def fill(base: keras.Model, name: str) -> None:
    """Give a network of `keras.applications`, built without weights (and without top, for any size of pictures), its
    ImageNet weights, all of them or none. It computes then what Keras' own with ``weights="imagenet"`` computes.

    Raises:
        SourceUnavailable: when the weights are not on this computer, are damaged, or are another network's.
    """
    folder = location(name)
    if folder is None:
        raise SourceUnavailable(
            say("These ImageNet weights are not on this computer."), name,
            say("Download them on the library page, or choose another network."),
        )  # fmt: skip
    _fill(base, name, folder)


def load_resnet50_classifier() -> keras.Model:
    """Keras' ResNet50 with its 1,000-class top, of stock layers (built in about a second, so keep it).

    Takes float pictures (n, 224, 224, 3), RGB from 0 to 255, of which it takes ImageNet's mean off by itself; gives
    probabilities (n, 1000) in the order of `core.sources.imagenet.class_names`.

    Raises:
        SourceUnavailable: when the weights are not on this computer, are damaged, or are another network's.
    """
    import keras

    from core.models.scaling import scaling
    from core.sources.architectures import architecture

    network = FILES[CLASSIFIER].network()
    fill(network, CLASSIFIER)
    pictures = keras.Input(network.input_shape[1:])
    scaled = scaling(architecture("resnet50").input, network.input_shape[1])(pictures)
    return keras.Model(pictures, network(scaled), name="resnet50_classifier")


def location(name: str) -> Path | None:
    """The folder on this computer where the file lies, in what seems to be its full length."""
    return next((folder for folder in places(name) if is_whole(name, folder)), None)


def places(name: str) -> list[Path]:
    """Where the file may lie: in the data folder, or where Keras puts it by itself."""
    keras_home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return [home() / "downloads" / name, Path(os.path.expanduser(keras_home), "models")]


def is_whole(name: str, folder: Path) -> bool:
    """Whether a folder holds the file, by its name and length."""
    remote = FILES[name].remote
    try:
        return (folder / remote.name).stat().st_size >= 0.9 * remote.size
    except OSError:
        return False


def prove(name: str, folder: Path) -> None:
    """Fill a network from the file in a folder.

    Raises:
        SourceUnavailable: when it is damaged, or another network's.
    """
    _fill(FILES[name].network(), name, folder)


def _fill(base: keras.Model, name: str, folder: Path) -> None:
    path = folder / FILES[name].remote.name
    before = base.get_weights()
    try:
        _check_md5(path, FILES[name].md5)
        base.load_weights(str(path))
        _check_numbers(base)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        base.set_weights(before)
        _make_known(base)
        what = say("These ImageNet weights cannot be read: they are damaged, or another network's.")
        raise SourceUnavailable(what, f"{name}, {error}", say(MENDED)) from error
    if name == EFFICIENTNET:
        _fold_second_scaling(base)


def _check_md5(path: Path, md5: str | None) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()
    if md5 not in {None, found}:
        raise ValueError(say("its MD5 is {md5}", md5=found[:12]))


def _check_numbers(base: keras.Model) -> None:
    """Not a number is never a weight. (The one file without a checksum is caught here, when a byte of it changes a
    number beyond measure.)"""
    if not all(np.isfinite(np.asarray(weight)).all() for weight in base.weights):
        raise ValueError(say("some of it is no number"))


def _fold_second_scaling(base: keras.Model) -> None:
    """With ``weights="imagenet"`` Keras' EfficientNet divides by the root of each colour's spread once more, in a layer
    that it leaves out of a network without weights. Dividing by the root of a larger variance is the same."""
    layer = _normalization(base)
    mean, variance, *others = layer.get_weights()
    layer.set_weights([mean, variance * np.array(EFFICIENT_SPREAD, np.float32), *others])
    _make_known(base)


def _normalization(base: keras.Model) -> keras.layers.Normalization:
    import keras

    return next(layer for layer in base.layers if isinstance(layer, keras.layers.Normalization))


def _make_known(base: keras.Model) -> None:
    """Have normalization compute with the weights it has now: it keeps its own copy of them."""
    import keras

    for layer in base.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
