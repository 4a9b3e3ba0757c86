"""A class: its state in the store, a pass-phrase that cannot be guessed fast, runs that wait, dots without names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from core import experiments, scenarios
from core.charts.classroom import dots_figure
from core.classroom import FREE, Room, check_lesson
from core.classroom.dots import BEST, LATEST, Dot, View, dot_of, spots_of, tell
from core.classroom.gate import AMONG_ALL, FLAG, LONGEST, QUIET, REMEMBERED, VARIABLE, Gate, phrase_given
from core.controls import CONTROLS
from core.errors import ClassPaused, LabError, NotTheTeacher, WrongPassPhrase
from core.history import Epoch, Outcome, Snapshot
from core.runs.brought import COMMAND_LINE
from core.runs.classroom import Classroom
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store

TEACHER, ANNA, BEN = "t" * 64, "a" * 64, "b" * 64
PHRASE = "open sesame 1"


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(PHRASE, clock)


@pytest.fixture
def runner(own_home: Path) -> Iterator[Runner]:
    opened = Runner(InlineEngine(), Store(), gate=Gate(PHRASE))
    opened.classroom.enter(TEACHER, PHRASE)
    yield opened
    opened.close()


def iris(**values: Any) -> Any:
    return scenarios.parse({"scenario": "iris", "epochs": 1, **values})


def refused(gate: Gate, who: str, phrase: str = "a wrong one") -> float:
    """Seconds that a browser must wait after this try."""
    with pytest.raises(WrongPassPhrase) as error:
        gate.knock(who, phrase)
    assert phrase not in str(error.value)
    return error.value.seconds


def written(store: Store, number: int, owner: str, accuracies: list[float], over: bool = True, **values: Any) -> str:
    run, spec = f"{number:016x}", scenarios.parse({"scenario": "iris", "epochs": 9, **values})
    total, trainable = scenarios.parameters(spec)
    store.add(Snapshot(run, spec, "queued", owner=owner))
    store.set_facts(run, total, trainable, "")
    for epoch, accuracy in enumerate(accuracies, 1):
        store.add_epoch(run, Epoch(epoch, 0.5, accuracy, 0.5, accuracy, 0.1))
    if over:
        store.finish(run, "finished", Outcome(len(accuracies), None, False, None))
    return run


def test_each_wrong_one_makes_its_browser_wait_twice_as_long_up_to_a_minute(gate: Gate, clock: Clock) -> None:
    waits = []
    for _ in range(8):
        waits.append(refused(gate, ANNA))
        clock.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST, LONGEST]


def test_who_comes_too_early_is_not_heard_even_with_the_right_one(gate: Gate, clock: Clock) -> None:
    refused(gate, ANNA)
    assert refused(gate, ANNA, PHRASE) == 1
    clock.now += 0.9
    assert refused(gate, ANNA, PHRASE) == pytest.approx(0.1)
    clock.now += 0.1
    gate.knock(ANNA, PHRASE)
    assert gate.wait(ANNA) == 0


def test_new_browsers_do_not_help_to_guess(gate: Gate, clock: Clock) -> None:
    for number in range(AMONG_ALL):
        refused(gate, f"browser {number}")
        assert gate.wait(BEN) == 0  # a slip of one makes no other wait
    waits = []
    for number in range(8):
        refused(gate, f"new {number}")
        waits.append(gate.wait(BEN))
        clock.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST, LONGEST]


def test_a_browser_that_was_the_teachers_is_not_locked_out_by_others(gate: Gate) -> None:
    gate.knock(TEACHER, PHRASE)
    for number in range(AMONG_ALL + 1):
        refused(gate, f"browser {number}")
    assert gate.wait(BEN) > 0
    gate.knock(TEACHER, PHRASE)
    assert refused(gate, TEACHER) == 1


def test_what_was_wrong_is_forgotten_after_a_while(gate: Gate, clock: Clock) -> None:
    for _ in range(4):
        clock.now += refused(gate, ANNA)
    clock.now += QUIET
    assert refused(gate, ANNA) == 1


def test_made_up_browsers_fill_no_memory(gate: Gate, clock: Clock) -> None:
    for number in range(REMEMBERED + 50):
        refused(gate, f"browser {number}")
        clock.now += LONGEST
    assert len(gate._wrong) == REMEMBERED


def test_the_gate_holds_no_pass_phrase(gate: Gate) -> None:
    assert PHRASE not in repr(vars(gate)) and PHRASE.encode() not in vars(gate).values()
    assert gate._hash != Gate(PHRASE)._hash


@pytest.mark.parametrize("phrase", ["", "short", " seven7 ", "x" * 201])
def test_a_pass_phrase_of_a_bad_length_is_refused_without_repeating_it(phrase: str) -> None:
    with pytest.raises(LabError, match="8 to 200 characters") as error:
        Gate(phrase)
    assert not phrase.strip() or phrase.strip() not in str(error.value)


@pytest.mark.parametrize(("arguments", "surroundings", "found"), [
    ([], {}, None),
    ([FLAG, "a b c"], {}, "a b c"),
    ([f"{FLAG}=a=b"], {}, "a=b"),
    ([FLAG], {}, ""),
    ([], {VARIABLE: "from outside"}, "from outside"),
    ([], {VARIABLE: ""}, None),
    ([FLAG, "first"], {VARIABLE: "second"}, "first"),
])  # fmt: skip
def test_flag_and_variable(arguments: list[str], surroundings: dict[str, str], found: str | None) -> None:
    assert phrase_given(arguments, surroundings) == found


def test_the_teachers_choices_hold_for_the_class_and_not_for_the_teacher(runner: Runner) -> None:
    classroom = runner.classroom
    before = classroom.room().version
    classroom.hide(TEACHER, ["epochs", "seed"])
    classroom.pause(TEACHER, True)
    room = classroom.room()
    assert room.hidden == {"epochs", "seed"} and room.paused and room.version == before + 2
    assert classroom.room_for(ANNA) == room
    assert classroom.room_for(TEACHER) == Room(version=room.version)
    classroom.leave(TEACHER)
    assert classroom.room_for(TEACHER) == room


def test_nobody_else_leads_the_class(runner: Runner) -> None:
    before = runner.classroom.room()
    for order in (
        lambda: runner.classroom.hide(ANNA, []),
        lambda: runner.classroom.pause(ANNA, True),
        lambda: runner.classroom.clear(ANNA),
        lambda: runner.classroom.choose_lesson(ANNA, ""),
        lambda: runner.classroom.view(ANNA),
    ):
        with pytest.raises(NotTheTeacher):
            order()
    assert runner.classroom.room() == before


def test_what_is_no_control_and_no_lesson_is_refused(runner: Runner) -> None:
    with pytest.raises(LabError, match="no such control"):
        runner.classroom.hide(TEACHER, ["epochs", "everything"])
    with pytest.raises(LabError, match="no such lesson"):
        check_lesson("nowhere")
    assert runner.classroom.room().hidden == frozenset()


def test_a_restart_keeps_the_class_and_a_start_without_the_flag_frees_it(own_home: Path) -> None:
    first = Runner(InlineEngine(), Store(), gate=Gate(PHRASE))
    first.classroom.enter(TEACHER, PHRASE)
    first.classroom.hide(TEACHER, ["epochs"])
    first.classroom.pause(TEACHER, True)
    kept = first.classroom.room()
    first.close()
    second = Runner(InlineEngine(), Store(), gate=Gate("another one"))
    assert second.classroom.room() == kept
    assert not second.classroom.is_teacher(TEACHER)
    second.close()
    third = Runner(InlineEngine(), Store())
    assert third.classroom.room() == FREE and not third.classroom.is_on
    with pytest.raises(LabError, match="without a teacher"):
        third.classroom.enter(TEACHER, PHRASE)
    third.submit(iris(), ANNA)
    third.close()


def test_two_processes_share_one_class_within_a_second(runner: Runner, clock: Clock) -> None:
    other = Classroom(Store().classroom, runner.snapshot, Gate(PHRASE), clock)
    assert not other.room().paused
    runner.classroom.pause(TEACHER, True)
    assert not other.room().paused  # no look at the database in between
    clock.now += 1.0
    assert other.room().paused


def test_what_another_release_hid_is_left_out(runner: Runner) -> None:
    runner.store.classroom.change(hidden='["epochs", "a control of tomorrow", 7]')
    runner.classroom.pause(TEACHER, False)
    assert runner.classroom.room().hidden == {"epochs"}


def test_nobody_but_teacher_and_command_line_begins_a_run_while_paused(runner: Runner) -> None:
    runner.classroom.pause(TEACHER, True)
    race = experiments.parse({"kind": "race", "setting": experiments.setting_for("race", {"scenario": "iris"}).flat()})
    for start in (
        lambda: runner.submit(iris(), ANNA),
        lambda: runner.submit_phases([iris(), iris()], ANNA),
        lambda: runner.experiments.start(race, ANNA),
        lambda: runner.take_up("0" * 16, ANNA),
    ):
        with pytest.raises(ClassPaused, match="paused new runs"):
            start()
    assert not runner.store.book(ANNA)
    for owner in (TEACHER, COMMAND_LINE):
        runner.submit(iris(), owner)
    runner.classroom.pause(TEACHER, False)
    run = runner.submit(iris(), ANNA)
    runner.wait(run, 60)
    assert runner.snapshot(run).state == "finished"


def test_an_experiment_that_has_begun_goes_on_through_a_pause(runner: Runner) -> None:
    setting = experiments.setting_for("seeds", {"scenario": "iris", "epochs": 2})
    which = runner.experiments.start(
        experiments.parse({"kind": "seeds", "setting": setting.flat(), "seeds": [1, 2, 3]}), ANNA
    )
    runner.classroom.pause(TEACHER, True)
    runner.experiments.wait(which, 120)
    assert runner.experiments.progress(which).state == "finished"


def test_one_dot_a_browser_and_scenario_latest_or_best(runner: Runner) -> None:
    written(runner.store, 1, ANNA, [0.4, 0.9, 0.8])
    written(runner.store, 2, ANNA, [0.5, 0.6])
    written(runner.store, 3, ANNA, [0.7], scenario="glove")
    written(runner.store, 4, BEN, [0.3])
    written(runner.store, 5, TEACHER, [1.0])
    written(runner.store, 6, COMMAND_LINE, [1.0])
    latest, best = (runner.classroom.view(TEACHER, which) for which in (LATEST, BEST))
    assert [(d.scenario, d.accuracy) for d in latest.dots] == [("glove", 0.7), ("iris", 0.3), ("iris", 0.6)]
    assert [(d.scenario, d.accuracy) for d in best.dots] == [("glove", 0.7), ("iris", 0.3), ("iris", 0.9)]
    assert (latest.browsers, latest.training) == (2, 0)


def test_clearing_takes_the_dots_and_no_run(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    written(runner.store, 1, ANNA, [0.4])
    assert len(runner.classroom.view(TEACHER).dots) == 1
    runner.classroom.clear(TEACHER)
    assert runner.classroom.view(TEACHER) == View()
    assert [entry.state for entry in runner.store.book(ANNA)] == ["finished"]
    written(runner.store, 2, ANNA, [0.6])
    assert [d.accuracy for d in runner.classroom.view(TEACHER).dots] == [0.6]


def test_runs_that_their_owner_deleted_and_those_of_experiments_have_no_dot(runner: Runner) -> None:
    deleted = written(runner.store, 1, ANNA, [0.4])
    runner.keeping.delete(deleted, ANNA)
    setting = experiments.setting_for("seeds", {"scenario": "iris", "epochs": 1})
    which = runner.experiments.start(
        experiments.parse({"kind": "seeds", "setting": setting.flat(), "seeds": [1, 2, 3]}), BEN
    )
    runner.experiments.wait(which, 60)
    assert runner.classroom.view(TEACHER) == View()


def test_a_run_under_way_is_a_live_dot_and_ends_as_another(runner: Runner, wait_until: Callable[..., None]) -> None:
    run = runner.submit(iris(epochs=2_000, early_stopping=False), ANNA, pace=20)
    wait_until(lambda: runner.classroom.view(TEACHER).dots, 60)
    view = runner.classroom.view(TEACHER)
    assert view.dots[0].is_live and view.training == 1
    runner.stop(run, ANNA)
    runner.wait(run, 60)
    view = runner.classroom.view(TEACHER)
    assert not view.dots[0].is_live and view.training == 0
    epochs = [e.val_accuracy for e in runner.snapshot(run).epochs]
    assert view.dots[0].accuracy == round(max(a for a in epochs if a is not None), 3)


def test_a_dot_counts_frozen_layers_and_numbers() -> None:
    spec = scenarios.parse({"scenario": "iris", "task": "flowers"})
    total, trainable = scenarios.parameters(spec)
    epochs = (Epoch(1, 0.5, 0.5, 0.5, None, 0.1), Epoch(2, 0.5, 0.5, 0.5, 0.75, 0.1))
    snapshot = Snapshot("0" * 16, spec, "finished", epochs, total=total, trainable=trainable, owner=ANNA)
    assert dot_of(snapshot) == Dot("iris", 2, 3, round(1_525 / 1_629, 3), 0.75, False)
    assert dot_of(Snapshot("0" * 16, spec, "running", epochs[:1])) is None


def test_dots_carry_nothing_that_says_whose_they_are(runner: Runner) -> None:
    runs = [written(runner.store, n, owner, [0.5]) for n, owner in enumerate((BEN, ANNA, "c" * 64), 1)]
    view = runner.classroom.view(TEACHER)
    assert {f.name for f in fields(Dot)} == {"scenario", "frozen", "layers", "kept", "accuracy", "is_live"}
    figure = dots_figure(spots_of(view.dots))
    drawn = repr((view, figure, tell(view)))
    assert not [secret for secret in (*runs, ANNA, BEN, "c" * 64) if secret in drawn]
    assert list(view.dots) == sorted(view.dots)
    (trace,) = figure["data"]
    assert trace["text"] == ["×3"] and len(trace["x"]) == 1


def test_scenarios_differ_in_colour_and_marker_and_running_dots_are_hollow() -> None:
    dots = [Dot(name, 1, 2, 0.5, 0.8, is_live) for name in scenarios.SCENARIOS for is_live in (False, True)]
    traces = dots_figure(spots_of(dots))["data"]
    over = [t["marker"] for t in traces if not t["marker"]["symbol"].endswith("-open")]
    live = [t["marker"] for t in traces if t["marker"]["symbol"].endswith("-open")]
    assert len(over) == len(live) == len(scenarios.SCENARIOS)
    assert len({m["color"] for m in over}) == len({m["symbol"] for m in over}) == len(over)
    assert [f"{m['symbol']}-open" for m in over] == [m["symbol"] for m in live]
    named = [t["name"] for t in traces if t["showlegend"]]
    assert named == [scenario.title for scenario in scenarios.SCENARIOS.values()]
    assert len({x for t in traces for x in t["x"]}) == len(scenarios.SCENARIOS)  # none hides another


def test_the_sentences_count_and_name_best_and_median() -> None:
    dots = tuple(Dot("iris", 2, 3, 0.9, accuracy, False) for accuracy in (0.5, 0.6, 0.9))
    assert tell(View(dots, 3, 1)) == [
        "3 browsers have begun a run, 1 is not done yet.",
        "**Iris extension**: 3 dots, best validation accuracy 90.0%, median 60.0%.",
    ]
    assert tell(View()) == ["Nobody has begun a run since the dots were cleared."]


def test_every_control_that_pages_ask_for_can_be_hidden() -> None:

    pages = Path(__file__).resolve().parents[2] / "pages" / "parts"
    text = "".join(file.read_text(encoding="utf-8") for file in pages.glob("*.py"))
    asked = set(re.findall(r'is_shown\("(\w+)"\)', text))
    fields_drawn = set(re.findall(r'_(?:number|toggle|choice)\(\s*form,\s*"(\w+)"', text))
    assert asked <= set(CONTROLS)
    assert set(CONTROLS) == asked | fields_drawn
