"""ImageNet weights from the files Keras downloads: our networks compute what Keras' own do, or say why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import h5py
import keras
import numpy as np
import pytest

from core.errors import SourceUnavailable
from core.models.scaling import KINDS, scaling
from core.models.weights import copies
from core.sources import image_weights
from core.sources.architectures import architecture
from core.sources.downloads import DOWNLOADS, install, location
from core.sources.fetch import Remote
from core.sources.image_weights import CLASSIFIER, EFFICIENTNET, FILES, fill, load_resnet50_classifier
from core.sources.imagenet import class_names

MOBILENET = "mobilenet-v2-100"
SAVING = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
"""Keras, when it saves a model, makes NumPy warn."""
KNOWN = dict(FILES)
"""As they are, whatever a test puts in their place."""
Put = Callable[..., Path]


def randomised(network: keras.Model, seed: int = 0) -> keras.Model:
    """With weights as different from fresh ones as trained ones are: batch norm's averages, too."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        for variable in layer.weights:
            drawn = rng.uniform(0.5, 1.5, variable.shape) if variable.name.endswith(("gamma", "variance")) else None
            if variable.name.endswith(("beta", "mean", "bias")):
                drawn = rng.uniform(-0.3, 0.3, variable.shape)
            if drawn is not None:
                variable.assign(drawn)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.set_weights([np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]) ** 2, np.array(0)])
    return network


def write_h5(network: keras.Model, path: Path) -> None:
    """A file of the form in which Keras offers its weights: by layer, in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in network.layers]
        for layer in network.layers:
            group, names = file.create_group(layer.name), []
            for weight, value in zip(layer.weights, copies(layer.weights), strict=True):
                names.append(f"{layer.name}/{weight.name}:0")
                group[names[-1]] = value
            group.attrs["weight_names"] = [name.encode() for name in names]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`files(name)`: the file of these weights, made once of random numbers."""
    folder = tmp_path_factory.mktemp("files")

    def file(name: str) -> Path:
        path = folder / KNOWN[name].remote.name
        if not path.exists():
            write_h5(randomised(KNOWN[name].network()), path)
        return path

    return file


@pytest.fixture
def put(
    mirror: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, files: Callable[[str], Path]
) -> Callable[..., Path]:
    """`put(name)`: the file of these weights, or this ``content``, where it belongs or in this ``folder``. We believe
    that it is the original, and with ``is_known`` that Keras has its MD5."""

    def put(name: str, folder: Path | None = None, content: bytes | None = None, is_known: bool = True) -> Path:
        content = files(name).read_bytes() if content is None else content
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() if is_known else KNOWN[name].md5
        remote = replace(KNOWN[name].remote, size=len(content))
        believe(monkeypatch, name, remote, md5)
        path = (folder or own_home / "downloads" / name) / remote.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return put


def believe(monkeypatch: pytest.MonkeyPatch, name: str, remote: Remote, md5: str | None) -> None:
    monkeypatch.setitem(FILES, name, replace(KNOWN[name], remote=remote, md5=md5))
    monkeypatch.setitem(DOWNLOADS, name, replace(DOWNLOADS[name], files=(remote,)))


def build(name: str, edge: int = 96, weights: str | None = None) -> keras.Model:
    function = getattr(keras.applications, KNOWN[name].function)
    return function(include_top=False, weights=weights, input_shape=(edge, edge, 3), **KNOWN[name].arguments)


def pictures(edge: int, count: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (count, edge, edge, 3)).astype(np.float32)


def output(network: keras.Model, x: np.ndarray) -> np.ndarray:
    return np.asarray(network(x, training=False))


# --- the same network as Keras' own ---------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Keras asked to be downloaded; it is given the file in our data folder."""
    found: list[dict[str, Any]] = []

    def get_file(fname: str, origin: str, **others: Any) -> str:
        found.append({"name": fname, "url": origin, **others})
        name = next(name for name, file in FILES.items() if file.remote.name == fname)
        folder = image_weights.location(name)
        assert folder is not None
        return str(folder / fname)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "edge"), [(MOBILENET, 224), ("xception", 96), ("resnet50", 96), (EFFICIENTNET, 96)])
def test_filled_network_computes_what_keras_computes_with_its_own_weights(
    name: str, edge: int, put: Put, asked: list[dict[str, Any]]
) -> None:
    put(name)
    ours, x = build(name, edge), pictures(edge)
    unfilled = output(ours, x)
    fill(ours, name)
    theirs = output(build(name, edge, "imagenet"), x)
    assert theirs.std() > 1e-3 and not np.allclose(theirs, unfilled, rtol=0.1)
    if name == EFFICIENTNET:  # one layer instead of two: rounded differently
        np.testing.assert_allclose(output(ours, x), theirs, rtol=1e-4, atol=1e-5 * np.abs(theirs).max())
    else:
        assert np.array_equal(output(ours, x), theirs)
    known = KNOWN[name]
    assert [(a["name"], a["url"], a.get("file_hash"), a["cache_subdir"]) for a in asked] == [
        (known.remote.name, known.remote.url, known.md5, "models")
    ]


def test_filled_efficientnet_has_all_its_layers_and_counts_as_described(put: Put) -> None:
    put(EFFICIENTNET)
    ours = build(EFFICIENTNET)
    layers = [layer.name for layer in ours.layers]
    fill(ours, EFFICIENTNET)
    assert [layer.name for layer in ours.layers] == layers
    described = architecture("efficientnet_b0")
    assert ours.count_params() == sum(block.trainable + block.statistics for block in described.blocks)


@SAVING
def test_filled_efficientnet_is_the_same_after_saving(put: Put, tmp_path: Path) -> None:
    put(EFFICIENTNET)
    ours, x = build(EFFICIENTNET), pictures(96)
    fill(ours, EFFICIENTNET)
    ours.save(tmp_path / "model.keras")
    assert np.array_equal(output(keras.models.load_model(tmp_path / "model.keras"), x), output(ours, x))


@pytest.mark.parametrize("name", [MOBILENET, EFFICIENTNET])
def test_weights_fill_a_network_for_pictures_of_another_size(name: str, put: Put, files: Callable[[str], Path]) -> None:
    put(name)
    ours = build(name, 128)
    fill(ours, name)
    assert output(ours, pictures(128, 1)).shape[:3] == (1, 4, 4)
    with h5py.File(files(name)) as file:
        layer = next(la for la in ours.layers if "conv" in la.name.lower() and la.weights)
        group = file[layer.name]
        assert np.array_equal(group[group.attrs["weight_names"][0]][()], layer.get_weights()[0])


# --- what is not there or not good ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_weights_that_are_not_here_are_said_to_be_missing(name: str, mirror: Path) -> None:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    before = network.get_weights()
    with pytest.raises(SourceUnavailable, match=f"not on this computer.*{name}.*library page"):
        fill(network, name)
    assert all(map(np.array_equal, before, network.get_weights()))


def with_value(content: bytes, folder: Path, value: float) -> bytes:
    """The file with a number in its last array replaced."""
    path = folder / "changed.h5"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        found: list[str] = []
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        file[found[-1]][..., 0] = value
    return path.read_bytes()


def reshaped(content: bytes, folder: Path) -> bytes:
    """The file with its last layer of another shape: all before it fits."""
    path = folder / "changed.h5"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        layer = [name for name in file.attrs["layer_names"] if len(file[name].attrs["weight_names"])][-1]
        weight = file[layer].attrs["weight_names"][-1]
        del file[layer][weight]
        file[layer][weight] = np.ones(3, np.float32)
    return path.read_bytes()


DAMAGE: dict[str, Callable[[bytes, Path], bytes]] = {
    "not HDF5": lambda content, _: bytes(len(content)),
    "cut": lambda content, _: content[: len(content) // 2],
    "last layer of another shape": reshaped,
    "no number": lambda content, folder: with_value(content, folder, np.nan),
}


@pytest.mark.parametrize(
    ("damage", "name"), [*((damage, MOBILENET) for damage in DAMAGE), ("last layer of another shape", EFFICIENTNET)]
)
def test_bad_file_leaves_the_network_as_it_was(
    damage: str, name: str, put: Put, files: Callable[[str], Path], tmp_path: Path
) -> None:
    put(name, content=DAMAGE[damage](files(name).read_bytes(), tmp_path))
    network, x = randomised(build(name), 5), pictures(96, 1)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):  # other means and variances than the file's
            layer.set_weights([np.full(3, 0.1), np.full(3, 2.0), np.array(0)])
            layer.finalize_state()
    before, said = network.get_weights(), output(network, x)
    with pytest.raises(SourceUnavailable, match=f"cannot be read.*{name}.*library page"):
        fill(network, name)
    assert all(map(np.array_equal, before, network.get_weights()))
    assert np.array_equal(output(network, x), said)


def test_changed_number_is_found_by_the_checksum(put: Put, files: Callable[[str], Path], tmp_path: Path) -> None:
    path = put(EFFICIENTNET)
    path.write_bytes(with_value(files(EFFICIENTNET).read_bytes(), tmp_path, 0.123))
    network = build(EFFICIENTNET)
    before = network.get_weights()
    with pytest.raises(SourceUnavailable, match="MD5"):
        fill(network, EFFICIENTNET)
    assert all(map(np.array_equal, before, network.get_weights()))


def test_weights_of_another_width_are_refused(put: Put) -> None:
    """As many layers with the same names: only the shapes differ."""
    put(MOBILENET)
    other = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(96, 96, 3), alpha=0.75)
    before = other.get_weights()
    with pytest.raises(SourceUnavailable, match="another network's"):
        fill(other, MOBILENET)
    assert all(map(np.array_equal, before, other.get_weights()))


# --- downloading ----------------------------------------------------------------------------------------------------


def offer(mirror: Path, remote: Remote, content: bytes) -> None:
    path = mirror / urlsplit(remote.url).path.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("name", [MOBILENET, CLASSIFIER])
def test_weights_are_fetched_proved_and_used(
    name: str, mirror: Path, own_home: Path, put: Put, files: Callable[[str], Path]
) -> None:
    put(name).unlink()
    offer(mirror, FILES[name].remote, files(name).read_bytes())
    assert location(name) is None
    told: list[str] = []
    install(name, lambda phase, *_: told.append(phase))
    assert list(dict.fromkeys(told)) == ["fetching", "putting together", "checking"]
    assert location(name) == own_home / "downloads" / name
    assert [p.name for p in (own_home / "downloads" / name).iterdir()] == [KNOWN[name].remote.name]
    fill(KNOWN[name].network(), name)


@pytest.mark.parametrize("name", [MOBILENET, EFFICIENTNET])
def test_another_networks_file_is_not_put_in_place(
    name: str, mirror: Path, own_home: Path, put: Put, files: Callable[[str], Path]
) -> None:
    wrong = files({MOBILENET: EFFICIENTNET, EFFICIENTNET: MOBILENET}[name]).read_bytes()
    put(name, content=wrong, is_known=name == MOBILENET).unlink()  # where Keras knows an MD5, it is the real one
    offer(mirror, FILES[name].remote, wrong)
    with pytest.raises(SourceUnavailable, match="another network's"):
        install(name, lambda *_: None)
    assert location(name) is None and not list((own_home / "downloads").glob("part-*"))


@pytest.mark.parametrize("where", ["KERAS_HOME", "HOME"])
def test_file_in_keras_own_cache_counts(where: str, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(where, str(tmp_path / "own"))
    folder = tmp_path / "own" / ("models" if where == "KERAS_HOME" else ".keras/models")
    path = put(MOBILENET, folder)
    assert location(MOBILENET) == folder
    fill(build(MOBILENET), MOBILENET)
    path.write_bytes(path.read_bytes()[:1_000])
    assert location(MOBILENET) is None


# --- the classifier and what stands before a network ----------------------------------------------------------------


@SAVING
def test_classifier_computes_what_keras_computes_with_its_own_preprocessing(
    put: Put, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    put(CLASSIFIER)
    x = pictures(224, 2)
    ours = load_resnet50_classifier()
    theirs = keras.applications.ResNet50(weights="imagenet")
    wanted = output(theirs, keras.applications.resnet50.preprocess_input(x.copy()))
    assert wanted.shape == (2, 1_000) and wanted.std() > 1e-5
    assert np.array_equal(output(ours, x), wanted)
    known = KNOWN[CLASSIFIER]
    assert [(a["name"], a["url"], a["file_hash"]) for a in asked] == [(known.remote.name, known.remote.url, known.md5)]
    ours.save(tmp_path / "model.keras")
    assert np.array_equal(output(keras.models.load_model(tmp_path / "model.keras"), x), wanted)


def test_class_names_are_in_keras_order() -> None:
    """Of ImageNet's numbering by WordNet, which Keras and torchvision share: some of each kind, first and last."""
    numbers = {0: "tench", 1: "goldfish", 151: "Chihuahua", 207: "golden retriever", 281: "tabby", 285: "Egyptian cat",
               340: "zebra", 388: "giant panda", 963: "pizza", 999: "toilet tissue"}  # fmt: skip
    names = class_names()
    assert {number: names[number].split(",")[0] for number in numbers} == numbers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [None, 8])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_scaling_is_what_keras_does_before_such_networks(
    kind: str, size: int | None, dtype: str, tmp_path: Path
) -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype(dtype)
    layer = scaling(kind, size)
    model = keras.Sequential([keras.Input((8, 8, 3), dtype=dtype), layer])
    prepare = {
        KINDS[0]: keras.applications.mobilenet_v2.preprocess_input,
        KINDS[1]: keras.applications.efficientnet.preprocess_input,
        KINDS[2]: keras.applications.resnet50.preprocess_input,
    }[kind]
    wanted = prepare(x.astype(np.float32))
    assert layer.name == "scale" and layer.weights == []
    np.testing.assert_allclose(output(model, x), wanted, rtol=0, atol=1e-6)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(output(again, x), wanted, rtol=0, atol=1e-6)


def test_every_architecture_has_a_scaling() -> None:
    for name in ("mobilenet_v2_0.35", "mobilenet_v2_1.0", "xception", "resnet50", "efficientnet_b0"):
        assert scaling(architecture(name).input, 96).name == "scale"
    with pytest.raises(ValueError, match="sideways"):
        scaling("sideways", 96)
