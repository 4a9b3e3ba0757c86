"""What every test stands on: no network, a data folder of its own, and a way to wait."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

OFFLINE = Path(__file__).parent / "offline"
SHARED_HOME = Path(tempfile.mkdtemp(prefix="transfer-lab-tests-"))
"""The data folder of all tests that need none of their own: the reviews are prepared in it once."""

# Before anything imports TensorFlow, and for every process the tests start: quiet, one thread, no graphics card, no
# network.
os.environ.update(
    TRANSFER_LAB_HOME=str(SHARED_HOME),
    TF_CPP_MIN_LOG_LEVEL="3",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
    CUDA_VISIBLE_DEVICES="-1",
    PYTHONPATH=os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH", "")])),
)


def _block_network() -> None:
    place = importlib.util.spec_from_file_location("offline_here", OFFLINE / "sitecustomize.py")
    assert place is not None and place.loader is not None
    place.loader.exec_module(importlib.util.module_from_spec(place))


_block_network()


def pytest_unconfigure() -> None:
    shutil.rmtree(SHARED_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, seconds)`: go on as soon as the condition holds, or fail."""

    def wait(condition: Callable[[], Any], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"It did not come true in {seconds} s."
            time.sleep(0.01)

    return wait


@pytest.fixture
def own_home(tmp_path: Path) -> Iterator[Path]:
    """A data folder for this test alone; only the prepared reviews are shared."""
    with fresh_home(tmp_path / "home") as folder:
        yield folder


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for the tests of one module."""
    with fresh_home(tmp_path_factory.mktemp("module") / "home") as folder:
        yield folder


@pytest.fixture(scope="session")
def new_home() -> Callable[[Path], Path]:
    """`new_home(folder)`: a new data folder for a server, with the prepared reviews in it."""
    return make_home


def make_home(folder: Path) -> Path:
    prepared = SHARED_HOME / "prepared"
    prepared.mkdir(exist_ok=True)
    folder.mkdir()
    (folder / "prepared").symlink_to(prepared)
    return folder


class fresh_home:
    """Point TRANSFER_LAB_HOME at a new folder for a while."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._patch = folder, pytest.MonkeyPatch()

    def __enter__(self) -> Path:
        make_home(self._folder)
        self._patch.setenv("TRANSFER_LAB_HOME", str(self._folder))
        return self._folder

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
