"""Whose is what was brought: who may train on it and look at it, what a deletion takes with it, and when it goes."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import experiments, scenarios
from core.commands import main
from core.errors import LabError, NotYourData, SourceUnavailable
from core.limits import KEPT_SECONDS
from core.runs.brought import COMMAND_LINE, PICTURES, TEXTS
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store
from core.sources import encoder, photo_sets
from core.sources.own_copies import remove_set, sweep_parts
from core.sources.own_texts import SETS, Brought, bring_texts, load_once
from core.sources.pictures import load_pictures
from core.sources.sentences import load_sentences
from core.sources.text_tables import read_csv_texts

ANNA, BEN, CARL = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def runner(own_home: Path) -> Iterator[Runner]:
    (own_home / "prepared").unlink()  # the shared one: here nothing else may lie in it
    (own_home / "prepared").mkdir()
    opened = Runner(InlineEngine(), Store())
    yield opened
    for run in list(opened._live):
        opened.stop(run, opened.snapshot(run).owner)
        opened.wait(run, 30)
    opened.close()


def bring(first: int = 0) -> Brought:
    rows = "\n".join(f"a {'good' if n % 2 else 'bad'} film number {n},{n % 2}" for n in range(first, first + 60))
    return bring_texts(read_csv_texts(f"text,sentiment\n{rows}\n".encode()))


def owned(runner: Runner, *owners: str) -> str:
    data = bring().data
    for owner in owners:
        runner.brought.add(data, owner, TEXTS, "60 texts")
    return data


def glove(data: str, **more: Any) -> Any:
    return scenarios.parse({"scenario": "glove", "data": data, "epochs": 2, "start": "random", **more})


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_both_who_bring_a_set_own_it_and_nobody_else(runner: Runner) -> None:
    data = owned(runner, ANNA, BEN)
    assert [kept.data for kept in runner.brought.of(ANNA)] == [kept.data for kept in runner.brought.of(BEN)] == [data]
    assert runner.brought.may_use(data, ANNA) and runner.brought.may_use(data, BEN)
    assert not runner.brought.may_use(data, CARL) and runner.brought.of(CARL) == []
    assert runner.brought.may_use(data, COMMAND_LINE)  # whose files they are
    assert runner.brought.may_use("builtin", CARL) and runner.brought.may_use("rows:1", CARL)
    with pytest.raises(NotYourData, match=f"another browser.*Received: {data[:19]}.*bring data of your own"):
        runner.brought.delete(data, CARL)
    assert runner.brought.may_use(data, ANNA)


def test_another_browser_starts_nothing_with_it_and_may_watch(runner: Runner) -> None:
    data = owned(runner, ANNA)
    spec = glove(data)
    run = runner.submit(spec, ANNA)
    runner.wait(run, 60)
    race = experiments.parse({"kind": "race", "setting": spec.flat()})
    for start in (
        lambda: runner.submit(spec, BEN),
        lambda: runner.submit_phases([spec, spec], BEN),
        lambda: runner.experiments.start(race, BEN),
        lambda: runner.ask({"about": "samples", "spec": spec.flat(), "run": run}, BEN),
    ):
        with pytest.raises(NotYourData, match="another browser"):
            start()
    assert len(runner.store.book(BEN)) == 0
    assert len(runner.snapshot(run).epochs) == 2  # for whoever has its address
    assert runner.ask({"about": "samples", "spec": spec.flat(), "run": run}, ANNA).result(60)["training"] == 48


def test_the_last_owner_takes_the_folder_and_all_that_was_made_of_texts(runner: Runner, own_home: Path) -> None:
    data = owned(runner, ANNA, BEN)
    texts = load_sentences(data).texts
    run = runner.submit(glove(data, start="pretrained", source="universal-sentence-encoder"), ANNA)
    runner.wait(run, 120)
    assert len(encoder.known(texts)) == len(texts)
    assert not runner.brought.delete(data, ANNA) and SETS.folder(data).is_dir()
    assert not runner.brought.may_use(data, ANNA) and runner.brought.may_use(data, BEN)
    history = names(own_home / "runs")
    assert runner.brought.delete(data, BEN)
    assert not SETS.folder(data).exists() and encoder.known(texts) == {}
    kept = b"".join(path.read_bytes() for path in (own_home / "prepared").rglob("*") if path.is_file())
    assert encoder._key(texts[0]) not in kept  # nor in a page of the file that is not used any more
    assert names(own_home / "runs") == history and len(runner.snapshot(run).epochs) == 2
    assert runner.store.get(run).has_weights
    with pytest.raises(SourceUnavailable, match="not on this computer"):
        load_sentences(data)  # nor from the memory of who has read them
    with pytest.raises(SourceUnavailable, match="bring it again"):
        runner.submit(glove(data), BEN)
    assert scenarios.lost_data(runner.snapshot(run).spec)


def photos(folder: Path) -> str:
    for number in range(32):
        place = folder / ("train", "validation")[number % 4 == 3] / ("cats", "dogs")[number // 4 % 2]
        place.mkdir(parents=True, exist_ok=True)
        noise, file = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8), io.BytesIO()
        Image.fromarray(noise).resize((80, 60)).save(file, "JPEG")
        (place / f"{number}.jpg").write_bytes(file.getvalue())
    return photo_sets.bring(folder).data


def test_all_that_was_made_of_photos_goes_with_them(runner: Runner, own_home: Path, tmp_path: Path) -> None:
    data = photos(tmp_path / "mine")
    runner.brought.add(data, ANNA, PICTURES, "32 photos")
    spec = scenarios.parse({"scenario": "cats_dogs", "data": data, "size": 96, "epochs": 1, "augment": "passes"})
    run = runner.submit(spec, ANNA)
    runner.wait(run, 120)
    assert runner.snapshot(run).state == "finished", runner.snapshot(run).reason
    runner.ask({"about": "mistakes", "spec": spec.flat(), "run": run}, ANNA).result(60)
    load_pictures(128, data)
    digest, made = data[7:], {*names(own_home / "prepared"), *names(own_home / "features")}
    own = {name for name in made if digest in name}
    assert sum(name.startswith("photos-") for name in own) == 12  # two sizes, three parts, pictures and labels
    features = {name for name in own if name.endswith(".npy") and "/" not in name}
    assert len(features) == 3  # training and validation, and one augmented pass
    (own_home / "prepared" / f"hub-pictures-0123-sha256-{digest}-train-24").mkdir()  # as a module of TF Hub leaves it
    everyones = names(own_home / "features") - features  # of the older task's pictures
    assert runner.brought.delete(data, ANNA)
    left = [path for path in own_home.rglob("*") if digest in path.name]
    assert left == [] and runner.snapshot(run).epochs
    assert everyones and names(own_home / "features") == everyones


def test_a_set_is_not_pulled_away_under_a_run(runner: Runner, wait_until: Callable[..., None]) -> None:
    data = owned(runner, ANNA)
    run = runner.submit(glove(data, epochs=50), ANNA, steps=1)
    wait_until(lambda: runner.snapshot(run).state == "paused")
    waiting = runner.submit(glove(data, epochs=3), ANNA)
    assert not runner.brought.delete(data, ANNA) and SETS.folder(data).is_dir()
    assert runner.brought.of(ANNA) == []
    with pytest.raises(NotYourData):  # it is nobody's now, not everyone's
        runner.submit(glove(data), BEN)
    with pytest.raises(NotYourData):
        runner.submit(glove(data), ANNA)
    with pytest.raises(LabError, match="A run trains on this set"):
        runner.brought.forget(data)
    runner.brought.sweep(time.time() + 10 * KEPT_SECONDS)
    assert SETS.folder(data).is_dir()
    runner.stop(run, ANNA)
    runner.wait(waiting, 60)
    assert [e.epoch for e in runner.snapshot(waiting).epochs] == [1, 2, 3]  # it had been pressed before
    wait_until(lambda: not SETS.folder(data).exists())
    assert runner.store.get(run).epochs


def test_a_cancelled_run_lets_go_too(runner: Runner, wait_until: Callable[..., None], spec: Callable[..., Any]) -> None:
    data = owned(runner, ANNA)
    first = runner.submit(spec("iris", task="source", epochs=500), BEN, steps=0)
    wait_until(lambda: runner.snapshot(first).state == "paused")
    waits = runner.submit(glove(data), ANNA)
    assert not runner.brought.delete(data, ANNA)
    runner.stop(waits, ANNA)
    assert not SETS.folder(data).exists()


def test_a_run_whose_data_are_gone_is_not_taken_up(runner: Runner) -> None:
    data = owned(runner, ANNA)
    run = runner.submit(glove(data), ANNA)
    runner.wait(run, 60)
    runner.store.set_state(run, "interrupted")
    runner._kept.clear()
    runner.brought.delete(data, ANNA)
    with pytest.raises(SourceUnavailable, match="bring it again"):
        runner.take_up(run, ANNA)


def test_bringing_it_again_takes_a_deletion_back_and_starts_the_day_anew(runner: Runner) -> None:
    data = owned(runner, ANNA)
    at = runner.brought.of(ANNA)[0].at
    assert runner.brought.of(ANNA)[0].left(at + 3600) == KEPT_SECONDS - 3600
    time.sleep(0.01)
    runner.brought.add(data, ANNA, TEXTS, "again\n" + 300 * "x")
    [kept] = runner.brought.of(ANNA)
    assert kept.at > at and kept.title.startswith("again ") and len(kept.title) <= 120
    assert runner.brought.sweep(at + KEPT_SECONDS) == [] and SETS.folder(data).is_dir()
    assert runner.brought.sweep(kept.at + KEPT_SECONDS + 1) == [data] and not SETS.folder(data).exists()
    assert runner.brought.of(ANNA) == [] and runner.brought.may_use(data, BEN)  # there is nothing left to keep from him


def test_a_new_runner_sweeps_what_is_a_day_old(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    data, now = owned(runner, ANNA), time.time()
    monkeypatch.setattr("core.runs.brought.time.time", lambda: now + KEPT_SECONDS + 1)
    Runner(InlineEngine(), Store()).close()
    assert not SETS.folder(data).exists()


def test_a_server_that_runs_on_looks_again_every_hour(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    monkeypatch.setattr("core.runs.sweeping.SWEEP_SECONDS", 0.02)
    later = Runner(InlineEngine(), Store())
    data, now = owned(runner, ANNA), time.time()
    monkeypatch.setattr("core.runs.brought.time.time", lambda: now + KEPT_SECONDS + 1)
    wait_until(lambda: not SETS.folder(data).exists())
    later.close()


def test_what_the_command_line_brings_is_everyones_and_stays(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"a film number {n},{n % 2}\n" for n in range(60))
    (tmp_path / "mine.csv").write_text(f"text,sentiment\n{rows}")
    assert main(["bring", str(tmp_path / "mine.csv"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert runner.brought.may_use(data, CARL)
    runner.brought.add(data, ANNA, TEXTS, "the same, in a browser")
    assert runner.brought.may_use(data, CARL)
    assert not runner.brought.delete(data, ANNA) and runner.brought.may_use(data, CARL)
    assert runner.brought.sweep(time.time() + 10 * KEPT_SECONDS) == [] and SETS.folder(data).is_dir()
    assert main(["forget", data]) == 0 and not SETS.folder(data).exists()
    assert "Removed with all that was made from it" in capsys.readouterr().out
    assert main(["forget", data]) == 2 and "no such set" in capsys.readouterr().err
    assert main(["forget", "../../etc"]) == 2 and "64 digits" in capsys.readouterr().err


def test_two_processes_that_sweep_at_once_lose_nothing(runner: Runner) -> None:
    data, other = owned(runner, ANNA), Store()
    runner.brought._write(runner.brought._rows.update().values(is_going=True))
    assert remove_set(data)  # the other process was first
    assert runner.brought.sweep() == [data] and other.brought.sweep() == []
    other.close()


def test_half_made_parts_go_after_an_hour_and_growing_ones_stay(own_home: Path) -> None:
    above = SETS._above()
    old, growing = above / "part-old", above / "part-growing"
    for part in (old, growing):
        part.mkdir()
        (part / "a").write_bytes(b"a")
    (own_home / "features").mkdir()
    (own_home / "features" / "a.part").write_bytes(b"a")
    long_ago = time.time() - 2 * 3600
    for path in (old / "a", old, growing, own_home / "features" / "a.part"):
        os.utime(path, (long_ago, long_ago))
    sweep_parts()
    assert not old.exists() and growing.exists() and not list((own_home / "features").iterdir())


def test_texts_in_memory_are_those_on_disk(own_home: Path) -> None:
    data = bring().data
    assert load_once(data) is load_once(data)
    assert remove_set(data)
    with pytest.raises(SourceUnavailable):
        load_once(data)
