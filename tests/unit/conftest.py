"""Training in the test's own process, and a server of a classroom's own to download from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.history import Epoch, Outcome
from core.scenarios import parse
from core.spec import RunSpec

Figures = tuple[Any, ...]


@dataclass(frozen=True)
class Trained:
    """What one training left: its events, its curve without the seconds, its outcome, its weights before and after."""

    events: list[dict[str, Any]]
    outcome: Outcome
    before: dict[str, np.ndarray]
    after: dict[str, np.ndarray]

    @property
    def curve(self) -> list[Figures]:
        return [figures(e) for e in self.events if e["event"] == "epoch"]


def figures(epoch: Epoch | dict[str, Any]) -> Figures:
    """All of an epoch that the same spec must give again to the last bit: everything but the seconds."""
    row = epoch.as_dict() if isinstance(epoch, Epoch) else epoch
    return (*(row[k] for k in ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")), tuple(row["moved"].items()))


@pytest.fixture(scope="session", autouse=True)
def few_threads() -> None:
    """TensorFlow with one thread an operation, as in a worker: sums in the same order."""
    from core.runs.worker import use_few_threads

    use_few_threads()


@pytest.fixture(scope="session")
def spec() -> Callable[..., RunSpec]:
    """`spec("iris", epochs=3, …)`: a RunSpec from the scenario's defaults."""
    return lambda scenario, **values: parse({"scenario": scenario, **values})


@pytest.fixture(scope="session")
def curve_of() -> Callable[..., list[Figures]]:
    """The curve of a snapshot, without the seconds."""
    return lambda snapshot: [figures(e) for e in snapshot.epochs]


@pytest.fixture(scope="session")
def train() -> Callable[..., Trained]:
    """`train(spec)`: train here and now."""
    from core.models.weights import weights_of
    from core.training.control import Control
    from core.training.train import Training

    def run(
        spec: RunSpec,
        control: Any = None,
        folder: Path | None = None,
        watch: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> Trained:
        events: list[dict[str, Any]] = []

        def emit(event: dict[str, Any]) -> None:
            events.append(event)
            watch(event)

        training = Training(spec, emit, control or Control(), folder)
        before = weights_of(training.model)
        outcome = training.run()
        return Trained(events, outcome, before, weights_of(training.model))

    return run


class Files(SimpleHTTPRequestHandler):
    """A classroom's mirror: a folder."""

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def mirror(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that a local server offers; all downloads come from there, to a data folder of the test's own."""
    (tmp_path / "mirror").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(tmp_path / "mirror")))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("TRANSFER_LAB_MIRROR", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "nobody"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("TFHUB_CACHE_DIR", "TFDS_DATA_DIR", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "mirror"
    server.shutdown()
    server.server_close()
