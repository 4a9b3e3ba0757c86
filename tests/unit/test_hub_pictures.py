"""TF Hub's image network: 1,280 numbers a picture through the module itself, in inference mode, or a sentence."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from core.errors import SourceUnavailable
from core.sources import hub_pictures
from core.sources.architectures import architecture
from core.sources.catalogue import asset
from core.sources.downloads import install, location
from core.sources.hub_pictures import EDGE, HANDLE, MODULE, NUMBERS, SOURCE, encode, encode_kept

SHA1 = hashlib.sha1(HANDLE.encode(), usedforsecurity=False).hexdigest()
IMAGES = [None, EDGE, EDGE, 3]


def save_module(folder: Path, numbers: int = NUMBERS, seed: int = 0, has_modes: bool = True) -> Path:
    """A module of the original's form: takes colours from 0 to 1, has a mode for training in which it says something
    else, and an argument that nobody has to give. Or one without modes, as a module that is never fine-tuned."""
    import tensorflow as tf

    class Small(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kernel = tf.Variable(np.random.default_rng(seed).standard_normal((3, numbers)).astype(np.float32))
            self.variables_by_hand = [self.kernel]

        def numbers(self, inputs: Any) -> Any:
            tf.debugging.assert_less_equal(inputs, 1.0)
            return tf.reduce_mean(inputs, (1, 2)) @ self.kernel

    class WithModes(Small):
        @tf.function
        def __call__(self, inputs: Any, training: bool = False, batch_norm_momentum: float = 0.99) -> Any:
            return 100 * batch_norm_momentum * self.numbers(inputs) if training else self.numbers(inputs)

    class WithoutModes(Small):
        @tf.function(input_signature=[tf.TensorSpec(IMAGES, tf.float32)])
        def __call__(self, images: Any) -> Any:
            return self.numbers(images)

    module = WithModes() if has_modes else WithoutModes()
    if has_modes:
        momentum = tf.TensorSpec([], tf.float32)
        for training in (True, False):
            module.__call__.get_concrete_function(tf.TensorSpec(IMAGES, tf.float32), training, momentum)
            module.__call__.get_concrete_function(tf.TensorSpec(IMAGES, tf.float32), training)
    tf.saved_model.save(module, str(folder))
    return folder


def expected(pictures: np.ndarray, seed: int = 0) -> np.ndarray:
    kernel = np.random.default_rng(seed).standard_normal((3, NUMBERS)).astype(np.float32)
    return (pictures.astype(np.float32) / 255).mean((1, 2)) @ kernel


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("modules")
    return {
        "good": save_module(folder / "good"),
        "other": save_module(folder / "other", seed=1),
        "without modes": save_module(folder / "plain", has_modes=False),
        "of another shape": save_module(folder / "narrow", numbers=1_001),
    }


@pytest.fixture(autouse=True)
def forget_module() -> None:
    hub_pictures.load.cache_clear()


@pytest.fixture
def seed(mirror: Path, own_home: Path, modules: dict[str, Path]) -> Callable[[str], Path]:
    """`seed(which)`: the module in TF Hub's cache in the data folder."""

    def put(which: str) -> Path:
        folder = own_home / "tfhub" / SHA1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(modules[which], folder)
        return folder

    return put


def photos(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, EDGE, EDGE, 3), dtype=np.uint8)


def packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(folder, ".")
    return buffer.getvalue()


@pytest.mark.parametrize("which", ["good", "without modes"])
def test_pictures_become_numbers_in_inference_mode(which: str, seed: Callable[[str], Path]) -> None:
    seed(which)
    told: list[tuple[int, int]] = []
    pictures = photos(70)
    numbers = encode(pictures, lambda done, of: told.append((done, of)))
    assert numbers.shape == (70, NUMBERS) and numbers.dtype == np.float32
    np.testing.assert_allclose(numbers, expected(pictures), rtol=1e-3, atol=1e-4)
    assert told == [(0, 70), (32, 70), (64, 70), (70, 70)]


def test_no_pictures_are_no_numbers(seed: Callable[[str], Path]) -> None:
    seed("good")
    assert encode(photos(0)).shape == (0, NUMBERS)


def test_what_was_encoded_is_read_back(seed: Callable[[str], Path], request: pytest.FixtureRequest) -> None:
    seed("good")
    told: list[int] = []
    pictures, name = photos(3), f"test-{id(request)}"
    first = encode_kept(name, pictures, lambda done, _: told.append(done))
    assert told == [0, 3]
    again = encode_kept(name, np.zeros_like(pictures), lambda done, _: told.append(done))
    assert np.array_equal(first, again) and told == [0, 3]
    np.testing.assert_allclose(first, expected(pictures), rtol=1e-3, atol=1e-4)
    other = photos(3, seed=1)
    np.testing.assert_allclose(encode_kept(f"{name}-b", other), expected(other), rtol=1e-3, atol=1e-4)
    assert encode_kept(name, photos(2)).shape == (2, NUMBERS)


def test_another_module_encodes_anew(seed: Callable[[str], Path], request: pytest.FixtureRequest) -> None:
    pictures, name = photos(2), f"modules-{id(request)}"
    for which, number in (("good", 0), ("other", 1)):
        seed(which)
        np.testing.assert_allclose(encode_kept(name, pictures), expected(pictures, number), rtol=1e-3, atol=1e-4)


def test_what_broke_off_is_not_kept(seed: Callable[[str], Path], request: pytest.FixtureRequest) -> None:
    seed("good")
    pictures, name = photos(33), f"broken-{id(request)}"

    def stop(done: int, of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_kept(name, pictures, stop)
    np.testing.assert_allclose(encode_kept(name, pictures), expected(pictures), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b", "a b"])
def test_name_that_is_no_name_of_a_folder_is_refused(name: str, seed: Callable[[str], Path]) -> None:
    seed("good")
    with pytest.raises(ValueError, match="name of pictures"):
        encode_kept(name, photos(1))


def test_module_that_is_not_here_is_said_to_be_missing(mirror: Path) -> None:
    for act in (lambda: encode(photos(1)), lambda: encode_kept("x", photos(1))):
        with pytest.raises(SourceUnavailable, match=f"not on this computer.*{SOURCE}.*library page"):
            act()


GRAPH, INDEX, DATA = "saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"


@pytest.mark.parametrize("file", [GRAPH, INDEX, DATA])
def test_module_that_lacks_a_file_is_not_here(file: str, seed: Callable[[str], Path]) -> None:
    (seed("good") / file).unlink()
    assert location(SOURCE) is None
    with pytest.raises(SourceUnavailable, match="not on this computer.*library page"):
        encode(photos(1))


@pytest.mark.parametrize(
    ("file", "damage"),
    [(GRAPH, "other bytes"), (INDEX, "other bytes"), (DATA, "other bytes"), (INDEX, "one bit"), (DATA, "one bit")],
)
def test_damaged_module_is_a_sentence(file: str, damage: str, seed: Callable[[str], Path]) -> None:
    path = seed("good") / file
    whole = path.read_bytes()
    changed = whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]
    path.write_bytes(changed if damage == "one bit" else b"\xff" * len(whole))
    with pytest.raises(SourceUnavailable, match="cannot be read.*library page"):
        encode(photos(1))


def test_module_of_another_shape_is_refused(seed: Callable[[str], Path]) -> None:
    seed("of another shape")
    with pytest.raises(SourceUnavailable, match="should give 1,280 numbers a picture.*2 x 1001"):
        encode(photos(1))


def test_module_is_fetched_proved_and_used(mirror: Path, own_home: Path, modules: dict[str, Path]) -> None:
    path = mirror / urlsplit(MODULE.archive.url).path.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(modules["of another shape"]))
    with pytest.raises(SourceUnavailable, match="should give 1,280"):
        install(SOURCE, lambda *_: None)
    assert location(SOURCE) is None and not list((own_home / "tfhub").iterdir())
    path.write_bytes(packed(modules["good"]))
    told: list[str] = []
    install(SOURCE, lambda phase, *_: told.append(phase))
    assert list(dict.fromkeys(told)) == ["fetching", "unpacking", "checking"]
    assert location(SOURCE) == own_home / "tfhub" / SHA1
    assert encode(photos(1)).shape == (1, NUMBERS)


def test_archive_with_something_else_is_refused(mirror: Path, own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "readme.txt").write_text("?")
    path = mirror / urlsplit(MODULE.archive.url).path.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(tmp_path / "else"))
    with pytest.raises(SourceUnavailable, match="holds no image network"):
        install(SOURCE, lambda *_: None)


def test_module_in_tf_hubs_own_cache_counts(
    seed: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = seed("good")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    folder.rename(tmp_path / "cache" / SHA1)
    assert location(SOURCE) == tmp_path / "cache" / SHA1
    assert encode(photos(1)).shape == (1, NUMBERS)


def test_what_a_page_shows_is_known_without_tensorflow() -> None:
    blocks = architecture("mobilenet_v2_1.0").blocks
    assert hub_pictures.PARAMETERS == sum(block.trainable + block.statistics for block in blocks)
    assert hub_pictures.STATISTICS == sum(block.statistics for block in blocks)
    assert hub_pictures.NUMBERS == blocks[-1].channels
    assert asset(SOURCE).handle == HANDLE
    code = "import sys, core.sources.hub_pictures; assert not {'tensorflow', 'tensorflow_hub'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
