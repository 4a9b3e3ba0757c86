"""The command line: one JSON object a line, errors on standard error, and exit code 2 with nothing started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.commands import main, read_settings
from core.runs.store import Store
from core.sources import catalogue
from core.sources.photo_sets import counts
from core.spec import COMMON_FIELDS

ROOT = Path(__file__).resolve().parents[2]
FIGURES = {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ},
    )


def test_scenarios_are_listed_with_layers_options_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "--json"]) == 0
    rows = {row["name"]: row for row in lines(capsys)}
    assert set(rows) == {"iris", "imdb", "cats_dogs", "glove"}
    assert rows["imdb"]["layers"][0] == {
        "name": "embedding",
        "kind": "Embedding",
        "output": "20",
        "parameters": 400_020,
    }
    assert {k: v for k, v in rows["imdb"]["options"].items() if k != "mistake"} == {
        "hidden": [16, 32], "reviews": [25_000, 3_000]
    }  # fmt: skip
    assert all("shuffled_labels" in row["options"]["mistake"] for row in rows.values())
    assert "universal-sentence-encoder" in rows["imdb"]["sources"]
    assert rows["iris"]["options"]["task"] == ["source", "flowers", "third_species"]
    assert set(COMMON_FIELDS) <= set(rows["iris"]["defaults"])


def test_scenarios_are_listed_for_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    assert "400,020 numbers" in capsys.readouterr().out


@pytest.mark.slow
def test_train_streams_and_predict_answers(own_home: Path) -> None:
    ended = command("train", "imdb", "--set", "examples=60", "epochs=2", "--set", "frozen=embedding", "--json")
    assert ended.returncode == 0, ended.stderr
    started, *epochs, finished = (json.loads(line) for line in ended.stdout.splitlines())
    assert started["event"] == "started"
    assert started["parameters"] == {"total": 400_373, "trainable": 353}
    assert started["spec"]["examples"] == 60
    assert started["spec"]["frozen"] == ["embedding"]
    assert [e["epoch"] for e in epochs] == [1, 2]
    assert all(e["event"] == "epoch" and e.keys() >= FIGURES for e in epochs)
    assert finished["event"] == "finished"
    assert finished.keys() >= {"epochs", "best_epoch", "stopped_early", "restored_epoch"}
    assert (finished["epochs"], finished["stopped_early"]) == (2, False)
    predicted = command("predict", started["run"], "--text", "A wonderful film", "--json")
    answer = json.loads(predicted.stdout)
    assert 0 <= answer["probability"] <= 1
    assert len(answer["after"]) == 20
    assert command("predict", started["run"], "--text", "").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["imdb", "--set", "epochs=0"], "1 to 2,000"),
        (["imdb", "--set", "epochs=ten", "patience=99999"], "1 to 1,000"),
        (["imdb", "--set", "learning_rate=nan"], "nan"),
        (["imdb", "--set", "learning_rate=inf"], "inf"),
        (["imdb", "--set", "frozen=nose"], "embedding, hidden, output"),
        (["imdb", "--set", "colour=red"], "colour"),
        (["imdb", "--set", "epochs"], "NAME=VALUE"),
        (["imdb", "--set", "=3"], "NAME=VALUE"),
        (["imdb", "--set", "scenario=iris"], "NAME=VALUE"),
        (["nosuch"], "iris, imdb"),
        (["iris", "--set", "start=run:0123456789abcdef", "--json"], "start"),
    ],
    ids=str,
)
def test_bad_settings_exit_with_2_and_start_nothing(
    arguments: list[str], says: str, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments]) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert not printed.out
    assert not Store().latest("command-line", "imdb", ["queued", "starting", "running", "finished", "failed"])
    assert not (own_home / "runs").exists() or not any((own_home / "runs").iterdir())


def test_a_data_folder_that_cannot_be_written_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRANSFER_LAB_HOME", str(tmp_path / "file"))
    assert main(["train", "iris"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_take_copies_a_runs_files_and_its_pack(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "iris", "--set", "epochs=3", "--json"]) == 0
    run = lines(capsys)[0]["run"]
    assert main(["take", run, "--to", str(tmp_path / "mine"), "--json"]) == 0
    (row,) = lines(capsys)
    assert row["problem"] == ""
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == row["files"]
    assert {"notebook.zip", "model.keras", "history.csv", "curves.svg", "hand-in.zip"} <= set(row["files"])
    (tmp_path / "file").write_text("in the way")
    assert main(["take", run, "--to", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["take", "0" * 16]) == 2


@pytest.mark.parametrize("run", ["0" * 16, "nonsense", ""])
def test_predict_of_an_unknown_run_exits_with_2(run: str, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", run, "--text", "a film"]) == 2
    assert "no such run" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["train"], ["train", "imdb", "--fast"]], ids=str)
def test_unknown_words_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_settings_of_all_kinds_are_read_from_words() -> None:
    spec = read_settings("iris", ["task=source", "epochs=7", "early_stopping=true", "min_delta=0", "frozen=dense_50"])
    assert (spec.options["task"], spec.epochs, spec.early_stopping) == ("source", 7, True)
    assert (spec.min_delta, spec.frozen) == (0, ("dense_50",))


def test_assets_are_listed_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assets", "--check", "--json"]) == 0
    rows = lines(capsys)
    assert {r["id"] for r in rows} == set(catalogue.catalogue())
    assert all(r["faults"] == [] for r in rows)


def test_assets_check_finds_a_tampered_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "assets"
    shutil.copytree(catalogue.ASSETS, copy)
    (copy / "iris_three_species.npz").write_bytes(b"tampered with")
    monkeypatch.setattr(catalogue, "ASSETS", copy)
    assert main(["assets", "--check", "--json"]) == 1
    assert [r["id"] for r in lines(capsys) if r["faults"]] == ["iris-three-species"]


def photos_in(folder: Path, cats: int = 14, dogs: int = 14) -> Path:
    for number in range(cats + dogs):
        place = folder / ("cats" if number < cats else "dogs")
        place.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (8 * number, 90, 255 - number)).save(place / f"{number}.png")
    return folder


def test_bring_says_what_was_left_out_and_what_to_train_on(
    tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = photos_in(tmp_path / "mine")
    (folder / "cats" / "letter.jpg").write_text("Dear cat")
    shutil.copy(folder / "dogs" / "20.png", folder / "dogs" / "twin.png")
    assert main(["bring", str(folder), "--json"]) == 0
    (row,) = lines(capsys)
    assert row["counts"] == {
        "train": {"cats": 10, "dogs": 10},
        "validation": {"cats": 4, "dogs": 4},
        "test": {"cats": 0, "dogs": 0},
    }
    assert [(o["file"], "not a picture" in o["why"]) for o in row["left_out"]] == [("cats/letter.jpg", True)]
    assert row["classes"] == ["cats", "dogs"]
    assert row["duplicates"] == [{"file": "dogs/twin.png", "same_as": "dogs/20.png"}]
    assert counts(row["data"]) == (20, 8, 0)
    assert main(["bring", str(folder)]) == 0
    said = capsys.readouterr()
    assert f"--set data={row['data']}" in said.out
    assert (
        "letter.jpg" in said.out
        and "10 cats" in said.out
        and row["classes"] == ["cats", "dogs"]
        and "the same as dogs/20.png" in said.out
    )
    assert not said.err  # progress is for terminals


def test_a_zip_is_brought_as_a_folder_is(tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = photos_in(tmp_path / "mine")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "mine")
    assert main(["bring", str(folder), "--json"]) == main(["bring", packed, "--json"]) == 0
    of_folder, of_zip = lines(capsys)
    assert of_folder == of_zip


@pytest.mark.parametrize("make", [lambda f: photos_in(f, 20, 0), lambda f: f.write_text("a folder"), lambda f: None])
def test_a_folder_that_makes_no_set_exits_with_2(
    make: Any, tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "mine")
    assert main(["bring", str(tmp_path / "mine"), "--json"]) == 2
    said = capsys.readouterr()
    assert "folder" in said.err and not said.out
