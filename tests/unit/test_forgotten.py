"""What is forgotten of the old task: measured for real, without a trace in the run, and kept with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.charts.forgotten import forgotten_figure
from core.charts.palette import NEUTRAL, OLD_TASK
from core.commands import _line
from core.history import Epoch, OldScore, Snapshot
from core.models.weights import OLD_HEAD, adopt, old_head, read_arrays, run_folder, write_arrays
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store
from core.scenarios import parse
from core.scenarios.base import Scenario
from core.scenarios.iris import Iris
from core.sources import iris_rows
from core.sources.shipped import shipped_weights
from core.training import forgetting, prefix
from core.training import train as train_module
from core.training.forgetting import OldTaskCheck
from pages.parts.forgotten import Check, forgotten_sentence

SOURCE_RUN, CHILD = "00000000000000aa", "00000000000000bb"
FINE = {"task": "flowers", "frozen": "none", "epochs": 6}
CASES: list[dict[str, Any]] = [
    FINE,
    {**FINE, "frozen": "dense_50"},
    {"task": "flowers", "epochs": 6},
    {"task": "third_species", "frozen": "none", "epochs": 4},
]
OLD = OldScore("three real irises", 30, 1 / 3, 0.9)


def old_accuracies(result: Any) -> list[float | None]:
    return [e["source_accuracy"] for e in result.events if e["event"] == "epoch"]


def before(result: Any) -> dict[str, Any]:
    return dict(result.events[0]["old_task"])


def unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Iris, "old_task", Scenario.old_task)


@pytest.mark.parametrize("values", CASES, ids=str)
def test_the_check_does_not_show_in_the_curve_or_the_weights(
    values: dict[str, Any], spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    checked = train(spec("iris", **values))
    with pytest.MonkeyPatch.context() as patch:
        unchecked(patch)
        plain = train(spec("iris", **values))
    assert None not in old_accuracies(checked) and set(old_accuracies(plain)) == {None}
    assert plain.events[0]["old_task"] is None
    assert checked.curve == plain.curve
    assert all(np.array_equal(w, plain.after[name]) for name, w in checked.after.items())


def test_a_frozen_base_forgets_nothing_when_every_epoch_is_measured_for_real(
    spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the shortcut and without features computed once, and the scores themselves, not only who is first."""
    scores: list[np.ndarray] = []
    read = OldTaskCheck._base

    def keep(check: OldTaskCheck) -> np.ndarray:
        scores.append(read(check))
        return scores[-1]

    monkeypatch.setattr(OldTaskCheck, "accuracy", OldTaskCheck.measure)
    monkeypatch.setattr(OldTaskCheck, "_base", keep)
    monkeypatch.setattr(train_module, "cut", lambda model, *_, **__: prefix.Cut((), tuple(model.layers)))
    result = train(spec("iris", task="flowers", epochs=5))
    assert len(scores) == 6 and scores[0].shape == (30, 25)
    assert all(np.array_equal(s, scores[0]) for s in scores)
    assert set(old_accuracies(result)) == {before(result)["accuracy"]}
    assert before(result)["accuracy"] == pytest.approx(29 / 30)


def test_a_frozen_base_is_measured_once(
    spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []
    real = OldTaskCheck.measure
    monkeypatch.setattr(OldTaskCheck, "measure", lambda check: measured.append(check) or real(check))
    result = train(spec("iris", task="flowers", epochs=5))
    assert len(measured) == 1
    assert old_accuracies(result) == [before(result)["accuracy"]] * 5
    train(spec("iris", task="flowers", epochs=5, frozen="dense_50"))
    assert len(measured) == 1 + 1 + 5


def test_a_fine_tuned_base_forgets_and_the_figure_is_that_of_keras(
    spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("iris", **{**FINE, "epochs": 30})
    result = train(chosen)
    assert before(result) == {"title": "three real irises", "rows": 30, "chance": pytest.approx(1 / 3),
                              "accuracy": pytest.approx(29 / 30), "asset": ""}  # fmt: skip
    assert old_accuracies(result)[-1] < 0.8  # 0.47 to 0.73
    source = spec("iris", task="source")
    network = train_module.build_model(source)
    adopt(network, shipped_weights("iris-three-species"))
    adopt(network, {name: w for name, w in result.after.items() if name.startswith("dense")})
    rows, species = iris_rows.real_rows()
    _, held_out = iris_rows.stratified_split(species)
    guesses = network.predict(rows[held_out], verbose=0).argmax(axis=1)
    assert old_accuracies(result)[-1] == pytest.approx((guesses == species[held_out]).mean())


def test_of_two_species_the_old_head_is_checked_on_those_two(
    spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    found = before(train(spec("iris", task="third_species", epochs=1)))
    assert (found["title"], found["rows"], found["chance"]) == ("two real irises", 20, 0.5)


@pytest.mark.parametrize(
    "values",
    [
        {"task": "source"},
        {"task": "flowers", "start": "random"},
        {"task": "flowers", "transferred": 1, "frozen": "none"},
    ],
    ids=str,
)
def test_where_the_base_knew_nothing_before_there_is_nothing_to_check(
    values: dict[str, Any], tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    result = train(spec("iris", epochs=2, **values), folder=tmp_path)
    assert result.events[0]["old_task"] is None
    assert old_accuracies(result) == [None, None]
    assert not (tmp_path / OLD_HEAD).exists()


def test_a_run_that_goes_on_keeps_the_head_of_the_run_its_base_came_from(
    own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    source = train(spec("iris", task="source", epochs=40, seed=7), folder=run_folder(SOURCE_RUN))
    first = train(spec("iris", **FINE, start=f"run:{SOURCE_RUN}"), folder=run_folder(CHILD))
    last = next(e for e in reversed(source.events) if e["event"] == "epoch")
    assert before(first)["accuracy"] == pytest.approx(last["val_accuracy"])  # the same 30 flowers
    assert np.array_equal(old_head(CHILD)["kernel"], source.after["species/0"])
    second = train(spec("iris", **FINE, start=f"run:{CHILD}"))
    assert before(second)["accuracy"] == old_accuracies(first)[-1]


def test_a_run_from_scratch_hands_on_no_old_task(
    own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    train(spec("iris", **FINE, start="random"), folder=run_folder(CHILD))
    assert train(spec("iris", **FINE, start=f"run:{CHILD}")).events[0]["old_task"] is None


def test_a_base_that_diverged_gives_no_number(
    own_home: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    after = train(spec("iris", task="source", epochs=1)).after
    write_arrays(run_folder(SOURCE_RUN) / "weights.npz", {name: np.full_like(w, 1e30) for name, w in after.items()})
    result = train(spec("iris", **FINE, start=f"run:{SOURCE_RUN}"))
    assert before(result)["accuracy"] is None
    assert old_accuracies(result) == [None]
    json.dumps(result.events, allow_nan=False)


def test_its_time_is_not_the_runs(
    spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1_000_000))
    monkeypatch.setattr(train_module.time, "perf_counter", lambda: float(next(clock)))
    real = OldTaskCheck.measure

    def slow(check: OldTaskCheck) -> float | None:
        for _ in range(1_000):
            next(clock)
        return real(check)

    monkeypatch.setattr(OldTaskCheck, "measure", slow)
    monkeypatch.setattr("core.training.loops.CHUNK_SECONDS", 1e9)
    seconds = [e["seconds"] for e in train(spec("iris", **FINE)).events if e["event"] == "epoch"]
    assert max(seconds) < 1_000


def test_the_store_gives_it_back_and_reads_rows_from_before_there_was_such_a_thing(own_home: Path) -> None:
    runner = Runner(InlineEngine(), Store())
    try:
        run = runner.submit(parse({"scenario": "iris", **FINE}), "anna")
        runner.wait(run, 60)
        held = runner.snapshot(run)
        assert held.old_task is not None and held.old_task.title == "three real irises"
        assert runner.store.get(run) == held
        assert [e.source_accuracy for e in held.epochs] != [held.old_task.accuracy] * len(held.epochs)
        assert read_arrays(run_folder(run) / OLD_HEAD)["kernel"].shape == (25, 3)
        for table in ("runs set facts = json_remove(facts, '$.old_task')",
                      "epochs set figures = json_remove(figures, '$.source_accuracy')"):  # fmt: skip
            with runner.store._engine.begin() as connection:
                connection.exec_driver_sql(f"update {table}")
        older = runner.store.get(run)
        assert older.old_task is None and {e.source_accuracy for e in older.epochs} == {None}
        assert [e.loss for e in older.epochs] == [e.loss for e in held.epochs]
    finally:
        runner.close()


def test_a_run_broken_off_and_taken_up_gives_the_same_figures(
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Exception):
        pass

    def watch(event: dict[str, Any]) -> None:
        if event.get("epoch") == 4:
            raise Broken

    monkeypatch.setattr(train_module, "CHECKPOINT_SECONDS", 0.0)
    chosen = spec("iris", **FINE)
    whole = train(chosen)
    with pytest.raises(Broken):
        train(chosen, folder=tmp_path, watch=watch)
    again = train(chosen, folder=tmp_path)
    assert old_accuracies(again) == old_accuracies(whole)
    assert before(again) == before(whole)


def test_the_command_line_says_it_where_there_is_an_old_task() -> None:
    row = {"event": "epoch", **Epoch(3, 0.5, 0.75, 0.5, 0.5, 0.01).as_dict()}
    assert "old task" not in _line(row)
    assert "old task 0.4350" in _line({**row, "source_accuracy": 0.435})


# The figure and the sentence.


def epochs(*shares: float | None, first: int = 1) -> list[Epoch]:
    return [Epoch(n, 0.5, 0.9, 0.5, 0.83, 0.1, {}, share) for n, share in enumerate(shares, first)]


def trace(figure: dict[str, Any], uid: str) -> dict[str, Any]:
    return next(t for t in figure["data"] if t["uid"] == uid)


def test_the_old_line_begins_before_the_first_step_and_gaps_stay_gaps() -> None:
    figure = forgotten_figure(epochs(0.8, None, 0.5), 10, OLD)
    old, new = trace(figure, "old"), trace(figure, "new")
    assert (old["x"], old["y"]) == ([0, 1, 2, 3], [0.9, 0.8, None, 0.5])
    assert (new["x"], new["y"]) == ([1, 2, 3], [0.83] * 3)
    assert old["connectgaps"] is False
    assert figure["layout"]["xaxis"]["range"] == [0, pytest.approx(10.2)]
    json.dumps(forgotten_figure([], 5, OLD, 0), allow_nan=False)


def test_the_two_lines_differ_by_colour_dash_marker_and_label() -> None:
    figure = forgotten_figure(epochs(0.8), 10, OLD)
    looks = [(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"], t["name"]) for t in figure["data"]]
    assert all(len(set(look)) == 2 for look in zip(*looks, strict=True))


def test_the_level_before_and_a_guessers_are_marked() -> None:
    layout = forgotten_figure(epochs(0.8), 10, OLD)["layout"]
    assert [(s["line"]["color"], s["y0"]) for s in layout["shapes"]] == [(NEUTRAL, 1 / 3), (OLD_TASK, 0.9)]
    assert [a["text"] for a in layout["annotations"]] == ["guessing the old task: 33.3%", "old task before: 90.0%"]


def test_after_runs_that_did_not_check_the_old_line_begins_where_checking_did() -> None:
    old = trace(forgotten_figure([*epochs(None, None), *epochs(0.7, first=3)], 10, OLD, begun=2), "old")
    assert (old["x"], old["y"]) == ([2, 3], [0.9, 0.7])


@pytest.mark.parametrize(
    ("now", "is_frozen", "said"),
    [
        (0.9, True, "The three real irises: 90.0 % before, 90.0 % now. Exactly what it was: the base is frozen."),
        (0.625, False, "The three real irises: 90.0 % before, 62.5 % now: fine-tuning has cost 27.5 points."),
        (0.95, False, "The three real irises: 90.0 % before, 95.0 % now: 5.0 points more than before."),
        (0.9, False, "90.0 % now: nothing is lost, although the base was trained."),
        (0.8, True, "90.0 % before, 80.0 % now: fine-tuning has cost 10.0 points."),
        (None, False, "The three real irises: the base gives no numbers any more."),
    ],
)
def test_the_sentence_says_what_it_cost(now: float | None, is_frozen: bool, said: str) -> None:
    sentence = forgotten_sentence(Check(OLD, 0, epochs(now)[0], is_frozen))
    assert said in sentence
    assert sentence.endswith("The new task: 83.0 %.")


def test_a_snapshot_without_an_old_task_is_the_usual_one(spec: Callable[..., Any]) -> None:
    assert Snapshot("0" * 16, spec("iris"), "queued").old_task is None
    assert forgetting.check_old_task(None, None, (), None, lambda *_: None) is None  # type: ignore[arg-type]
