"""The older task of cats and dogs: what ships of it, and that it is checked without a trace on a network of blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import scenarios
from core.errors import SourceUnavailable
from core.models.weights import OLD_HEAD, run_folder, write_arrays
from core.scenarios.base import Scenario
from core.scenarios.cats_dogs import CatsDogs, base_names
from core.sources import older_task
from core.sources.catalogue import ASSETS, asset
from core.sources.pictures import enlarge

PARENT = "00000000000000aa"
SMALL: dict[str, Any] = {"size": 96, "examples": 40, "epochs": 2}
LAST = ",".join(name for name in base_names() if name not in {"block_15", "block_16", "last_convolution"})
"""Frozen, all but the last blocks."""


def old_accuracies(result: Any) -> list[float | None]:
    return [e["source_accuracy"] for e in result.events if e["event"] == "epoch"]


def started(result: Any) -> dict[str, Any]:
    return next(e for e in result.events if e["event"] == "started")


def test_fifty_pictures_of_each_kind_take_turns_and_none_looks_like_another() -> None:
    found = older_task.small_pictures()
    assert found.images.shape == (older_task.HELD_OUT, 32, 32, 3) and found.images.dtype == np.uint8
    assert found.labels.tolist() == list(range(8)) * 50
    assert not found.images.flags.writeable and not found.labels.flags.writeable
    points = found.images.reshape(-1, 16, 2, 16, 2, 3).mean((2, 4)).reshape(len(found.images), -1)
    alike = np.corrcoef(points) - np.eye(len(points))
    assert alike.max() <= 0.85


def test_pictures_are_enlarged_as_those_one_trains_on() -> None:
    large, small = older_task.load_pictures(96), older_task.small_pictures()
    assert large.images.shape == (400, 96, 96, 3)
    assert np.array_equal(large.images[7], enlarge(small.images[7], 96))
    assert np.array_equal(large.labels, small.labels)


def test_the_head_reads_the_bases_numbers() -> None:
    head = older_task.load_head()
    assert head["kernel"].shape == (older_task.NUMBERS, len(older_task.NAMES))
    assert head["bias"].shape == (len(older_task.NAMES),)
    assert all(np.isfinite(array).all() and array.dtype == np.float32 for array in head.values())


def test_it_says_that_it_stands_in_for_imagenet() -> None:
    entry = asset(older_task.SOURCE)
    assert entry.stands_in_for == "ImageNet's thousand kinds"
    assert {file["path"] for file in entry.files} == {"older_task.webp", "older_task_head.npz"}
    assert entry.bytes < 1_200_000


@pytest.mark.parametrize("name", ["older_task.webp", "older_task_head.npz"])
@pytest.mark.parametrize("damage", ["missing", "shorter", "changed"])
def test_damaged_files_are_refused(name: str, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (ASSETS / name).read_bytes()
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    if damage != "missing":
        (tmp_path / name).write_bytes(whole[:-9] if damage == "shorter" else changed)
    monkeypatch.setattr(older_task, "ASSETS", tmp_path)
    load = older_task.small_pictures if name.endswith("webp") else older_task.load_head
    load.cache_clear()
    try:
        with pytest.raises(SourceUnavailable, match="Install the project again"):
            load()
    finally:
        load.cache_clear()


@pytest.mark.parametrize(
    "values",
    [
        {"start": "random"},
        {"backbone": "small_cnn"},
        {"backbone": "xception"},
        {"transferred": 12, "batch_norm": "training"},
    ],
    ids=str,
)
def test_another_base_has_no_old_task_to_check(values: dict[str, Any], spec: Callable[..., Any]) -> None:
    assert scenarios.get("cats_dogs").old_task(spec("cats_dogs", **values)) is None


def test_a_run_that_goes_on_checks_what_its_parent_checked(own_home: Path, spec: Callable[..., Any]) -> None:
    child = spec("cats_dogs", start=f"run:{PARENT}", size=96)
    assert scenarios.get("cats_dogs").old_task(child) is None
    write_arrays(run_folder(PARENT) / OLD_HEAD, older_task.load_head())
    found = scenarios.get("cats_dogs").old_task(child)
    assert found is not None and found.asset == older_task.SOURCE
    assert found.chance == 1 / 8 and found.x.shape == (400, 96, 96, 3)


@pytest.mark.slow
def test_the_untouched_base_reads_the_older_kinds(spec: Callable[..., Any], train: Callable[..., Any]) -> None:
    result = train(spec("cats_dogs", **SMALL))
    assert started(result)["old_task"]["accuracy"] == pytest.approx(0.7625, abs=0.01)
    assert old_accuracies(result) == [started(result)["old_task"]["accuracy"]] * 2


@pytest.mark.slow
def test_fine_tuned_blocks_forget_and_the_check_leaves_no_trace(
    spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("cats_dogs", **SMALL, frozen=LAST)
    checked = train(chosen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CatsDogs, "old_task", Scenario.old_task)
        plain = train(chosen)
    assert old_accuracies(plain) == [None, None]
    assert checked.curve == plain.curve
    assert all(np.array_equal(w, plain.after[name]) for name, w in checked.after.items())
    first, last = started(checked)["old_task"]["accuracy"], old_accuracies(checked)[-1]
    assert last is not None and last < first - 0.05
