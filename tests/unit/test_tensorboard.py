"""What TensorBoard finds of a run: its epochs, from step 0, each once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event

from core.history import Epoch
from core.scenarios import parse
from core.spec import RunSpec
from core.training import tensorboard
from core.training.control import Control
from core.training.tensorboard import Log
from core.training.train import Training


def events(folder: Path) -> list[Event]:
    """All of a part's files, oldest first, as TensorFlow reads records."""
    files = sorted(map(str, folder.glob("events.out.tfevents.*")))
    return [Event.FromString(row.numpy()) for row in tf.data.TFRecordDataset(files)] if files else []


def scalars(folder: Path, name: str) -> list[tuple[int, float]]:
    return [(e.step, v.simple_value) for e in events(folder) for v in e.summary.value if v.tag == name]


def article(**values: Any) -> RunSpec:
    return parse({"scenario": "glove", "network": "article", "examples": 20, "epochs": 2, "batch_size": 20, **values})


@pytest.fixture
def quick_article(monkeypatch: pytest.MonkeyPatch) -> None:
    """An article's network of two units: what is logged holds for 150."""
    monkeypatch.setattr("core.scenarios.glove.LARGE_LSTM", 2)


@pytest.mark.usefixtures("quick_article")
def test_a_run_of_the_articles_network_logs_each_epoch_once(tmp_path: Path, train: Callable[..., Any]) -> None:
    curve = train(article(), folder=tmp_path).curve
    for part, places in (("train", (1, 2)), ("validation", (3, 4))):
        for name, place in zip(("epoch_loss", "epoch_accuracy"), places, strict=True):
            found = scalars(tmp_path / tensorboard.FOLDER / part, name)
            assert [step for step, _ in found] == [0, 1]
            assert [value for _, value in found] == pytest.approx([row[place] for row in curve])
        assert events(tmp_path / tensorboard.FOLDER / part)[0].file_version == "brain.Event:2"


@pytest.mark.usefixtures("quick_article")
def test_a_run_taken_up_again_adds_only_what_is_new(tmp_path: Path, train: Callable[..., Any]) -> None:
    class Breaks(Control):
        def epoch_done(self) -> None:
            training._save()
            raise KeyboardInterrupt

    training = Training(article(epochs=3), lambda _: None, Breaks(), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        training.run()
    train(article(epochs=3), folder=tmp_path)
    found = scalars(tmp_path / tensorboard.FOLDER / "train", "epoch_loss")
    assert [step for step, _ in found] == [0, 1, 2]


def test_other_runs_write_no_log(tmp_path: Path, train: Callable[..., Any]) -> None:
    train(parse({"scenario": "glove", "examples": 20, "epochs": 1}), folder=tmp_path)
    assert not (tmp_path / tensorboard.FOLDER).exists()


def test_what_is_not_a_number_is_left_out(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write(Epoch(1, None, 0.5, None, None, 0.1, {}))
    log.close()
    folder = tmp_path / tensorboard.FOLDER
    assert scalars(folder / "train", "epoch_loss") == [] and scalars(folder / "train", "epoch_accuracy") == [(0, 0.5)]
    assert len(events(folder / "validation")) == 1
