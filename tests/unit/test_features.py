"""Features on disk: found again, thrown away when they are not whole, bounded, and never a reason to fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.scenarios.base import Drawn
from core.training import features
from core.training.features import kept_features

EDGE = 8


def layers(seed: int = 1) -> list[keras.Layer]:
    """A small frozen network for pictures."""
    draw = keras.initializers.GlorotUniform(seed=seed)
    model = keras.Sequential(
        [
            keras.Input((EDGE, EDGE, 3), dtype="uint8"),
            keras.layers.Rescaling(1 / 255, name="scale"),
            keras.layers.Conv2D(4, 3, kernel_initializer=draw, name="convolution"),
            keras.layers.GlobalAveragePooling2D(name="pooling"),
        ]
    )
    return list(model.layers)


def rows(count: int = 70, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, EDGE, EDGE, 3), np.uint8)


def read(pictures: np.ndarray, network: list[keras.Layer] | None = None) -> tuple[np.ndarray, int]:
    """Features, and how often progress was told: never where they came from disk."""
    told: list[tuple[str, int, int]] = []
    [found] = kept_features(network or layers(), [pictures], lambda *row: told.append(row))
    return found, len(told)


def files(home: Path) -> list[Path]:
    return sorted((home / "features").iterdir())


def test_features_are_those_of_the_layers_and_come_from_disk_the_second_time(own_home: Path) -> None:
    pictures = rows()
    first, told = read(pictures)
    again, told_again = read(pictures)
    assert (told > 0, told_again) == (True, 0)
    assert first.dtype == np.float32
    assert np.array_equal(first, again)
    assert np.allclose(first, keras.Sequential(layers()).predict(pictures, verbose=0), atol=1e-6)
    assert [path.suffix for path in files(own_home)] == [".npy"]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 300])
def test_a_picture_gives_the_same_features_whatever_is_read_with_it(count: int, own_home: Path) -> None:
    whole, _ = read(rows(301))
    some, _ = read(rows(301)[-count:])
    assert np.array_equal(some, whole[-count:])


def test_a_draw_is_read_from_what_was_kept_of_all_rows_and_gives_the_same_bits(own_home: Path) -> None:
    whole, held_out = rows(200), rows(40, seed=2)
    few, many = np.arange(3, 200, 20), np.arange(0, 200, 2)

    def drawn(chosen: np.ndarray) -> tuple[list[np.ndarray], int]:
        told: list[Any] = []
        parts = [whole[chosen], held_out]
        return kept_features(layers(), parts, lambda *row: told.append(row), Drawn(whole, chosen)), len(told)

    alone, _ = drawn(few)
    assert len(files(own_home)) == 2, "a few rows of many: only themselves are read"
    half, told = drawn(many)
    assert told and len(files(own_home)) == 3, "a good share of them: all are read, and kept"
    again, told = drawn(few)
    assert not told and len(files(own_home)) == 3
    assert all(np.array_equal(a, b) for a, b in zip(alone, again, strict=True))
    assert np.array_equal(half[0], read(whole)[0][many])


def test_progress_goes_over_all_parts_and_can_break_off(own_home: Path) -> None:
    told: list[tuple[str, int, int]] = []
    parts = [rows(600), rows(100, seed=2)]
    kept_features(layers(), parts, lambda *row: told.append(row))
    done = [row[1] for row in told]
    assert done == sorted(set(done)) and done[0] == 0 and 600 in done and done[-1] < 700
    assert {(row[0], row[2]) for row in told} == {("reading pictures", 700)}

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept_features(layers(), [rows(40, seed=3)], stop)
    assert len(files(own_home)) == 2


@pytest.mark.parametrize("other", ["weights", "rows", "order", "name", "Keras"])
def test_what_differs_is_never_found(other: str, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(rows())
    network, pictures = layers(), rows()
    if other == "weights":
        network = layers(seed=2)
    elif other == "rows":
        pictures[69, 0, 0, 0] ^= 1
    elif other == "order":
        pictures = pictures[::-1]
    elif other == "name":
        network[1].name = "another"
    else:
        monkeypatch.setattr(keras, "__version__", "0")
    _, told = read(pictures, network)
    assert told > 0


def test_a_layer_that_was_changed_is_read_again(own_home: Path) -> None:
    network = layers()
    first, _ = read(rows(), network)
    network[1].set_weights([w + 1 for w in network[1].get_weights()])
    changed, told = read(rows(), network)
    assert told > 0
    assert not np.allclose(first, changed)


def test_rows_that_are_no_pictures_are_not_kept(own_home: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    read(np.ones((5, 4), np.float32), list(model.layers))
    assert not (own_home / "features").exists()


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "archive", "double", "short", "pickle", "huge"])
def test_a_file_that_is_not_whole_is_made_again(damage: str, own_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    good, _ = read(rows())
    [path] = files(own_home)
    whole = path.read_bytes()
    if damage == "archive":
        with path.open("wb") as file:
            np.savez(file, good)
    elif damage in {"double", "short", "pickle"}:
        wrong = {"double": good.astype(float), "short": good[:-1], "pickle": np.array([{}], dtype=object)}[damage]
        np.save(path, wrong, allow_pickle=True)
    elif damage == "huge":
        path.write_bytes(whole.replace(b"(70, 4)", b"(7" + b"0" * 12 + b", 4)", 1))
    else:
        path.write_bytes({"truncated": whole[:-7], "empty": b"", "garbage": b"\x00\xff" * 500}[damage])
    mended, told = read(rows())
    assert told > 0
    assert np.array_equal(good, mended)
    assert "computed anew" in caplog.text
    assert path.read_bytes() == whole


def test_features_of_another_version_are_made_again(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(rows())
    monkeypatch.setattr(features, "VERSION", features.VERSION + 1)
    assert read(rows())[1] > 0


def test_the_files_longest_unused_are_thrown_out(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = [rows(seed=seed) for seed in range(4)]
    paths = []
    for age, pictures in enumerate(sets[:3]):
        read(pictures)
        [path] = set(files(own_home)) - set(paths)
        os.utime(path, (time.time() - 100 + age,) * 2)
        paths.append(path)
    read(sets[0])  # used just now
    monkeypatch.setattr(features, "MOST_BYTES", 3 * paths[0].stat().st_size)
    read(sets[3])
    assert set(files(own_home)) >= {paths[0], paths[2]} and len(files(own_home)) == 3


def test_what_a_killed_process_left_behind_goes_and_what_is_being_written_stays(own_home: Path) -> None:
    folder = own_home / "features"
    folder.mkdir()
    (folder / "new.part").write_bytes(b"half")
    (folder / "old.part").write_bytes(b"half")
    os.utime(folder / "old.part", (time.time() - 2 * features.LEFT_BEHIND_SECONDS,) * 2)
    read(rows())
    assert [path.name for path in files(own_home) if path.suffix == ".part"] == ["new.part"]


def no_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "features").write_text("a file where the folder should be")


def read_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("Permission denied")

    monkeypatch.setattr(features.tempfile, "mkstemp", refuse)


def full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(file: Any, array: np.ndarray) -> None:
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "save", breaks)


@pytest.mark.parametrize("trouble", [no_folder, read_only, full_disk])
def test_where_nothing_can_be_kept_features_are_there_all_the_same(
    trouble: Callable[..., None], own_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trouble(own_home, monkeypatch)
    found, _ = read(rows())
    assert found.shape == (70, 4)
    assert "cannot be kept" in caplog.text
    assert not list((own_home).glob("features/*"))


def test_two_processes_at_once_leave_one_good_file(own_home: Path) -> None:
    place = Path(__file__).resolve()
    program = (
        "import importlib.util, sys; "
        f"place = importlib.util.spec_from_file_location('test_features', {str(place)!r}); "
        "module = importlib.util.module_from_spec(place); place.loader.exec_module(module); "
        "print(module.read(module.rows(500))[0].tobytes().hex())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program], cwd=place.parents[2], stdout=subprocess.PIPE) for _ in "12"
    ]
    printed = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0]
    assert len(printed) == 1
    found, told = read(rows(500))
    assert told == 0
    assert found.tobytes().hex().encode() == printed.pop().strip()
    assert [path.suffix for path in files(own_home)] == [".npy"]
