"""What somebody expected of a run: what is taken, kept and drawn, and what is said of it afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.charts.curves import Expected, Ghost, loss_figure
from core.charts.palette import EXPECTED, TRAINING, VALIDATION
from core.errors import LabError, NotYourRun, UnknownRun
from core.history import Epoch, Snapshot
from core.insight.expected import compare
from core.insight.prediction import SHAPES, SKETCH, Prediction, check_prediction, pick, sampled
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store

RUN, OTHER = "0123456789abcdef", "fedcba9876543210"
SKETCHED = Prediction(SKETCH, ((1, 0.7), (3, 0.45), (6, 0.6)))


def curve(losses: Sequence[float | None]) -> list[Epoch]:
    return [Epoch(n, 1 / n, 0.5, loss, 0.5, 0.1) for n, loss in enumerate(losses, 1)]


FELL = curve([1 / n + 0.2 for n in range(1, 21)])
TURNED = curve([0.7, 0.6, 0.52, 0.46, 0.42, 0.4, 0.41, 0.44, 0.48, 0.52, 0.56, 0.6])
LEVEL = curve([0.9, 0.7, 0.5, *[0.4] * 15])
STILL = curve([0.6931] * 12)
JUMPED = curve([0.6, 0.7, 0.55, 0.66, 0.59, 0.71, 0.57, 0.69, 0.6, 0.72, 0.54, 0.65])


@pytest.fixture
def runner(own_home: Path, spec: Callable[..., Any]) -> Iterator[Runner]:
    store = Store()
    for run in (RUN, OTHER):
        store.add(Snapshot(run, spec("iris", epochs=6), "finished", owner="anna"))
    opened = Runner(InlineEngine(), store)
    yield opened
    opened.close()


def test_a_prediction_is_kept_with_its_run_and_anybody_may_read_it(runner: Runner) -> None:
    runner.expect(RUN, "anna", SKETCHED)
    assert runner.expected(RUN) == SKETCHED
    assert runner.expected(OTHER) is None
    again = Store()
    assert again.predictions.find(RUN) == SKETCHED
    again.close()


def test_only_the_owner_predicts_and_only_once(runner: Runner) -> None:
    with pytest.raises(NotYourRun):
        runner.expect(RUN, "ben", SKETCHED)
    assert runner.expected(RUN) is None
    with pytest.raises(UnknownRun):
        runner.expect("0" * 16, "anna", SKETCHED)
    runner.expect(RUN, "anna", SKETCHED)
    with pytest.raises(LabError, match="already"):
        runner.expect(RUN, "anna", pick("flat", 6, 3, 0.7))
    assert runner.expected(RUN) == SKETCHED


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ((), "1 to 60 points"),
        (tuple((n, 0.5) for n in range(1, 62)), "1 to 60 points"),
        (((0, 0.5),), "1 to 2,000"),
        (((2001, 0.5),), "1 to 2,000"),
        (((2, 0.5), (2, 0.4)), "above the one before"),
        (((2, 0.5), (1, 0.4)), "above the one before"),
        (((1.5, 0.5),), "whole numbers"),
        (((True, 0.5),), "whole numbers"),
        (((1, -0.1),), "0 to 1,000"),
        (((1, 1000.5),), "0 to 1,000"),
        (((1, float("nan")),), "0 to 1,000"),
        (((1, float("inf")),), "0 to 1,000"),
        (((1, "0.5"),), "0 to 1,000"),
    ],
)
def test_what_is_no_curve_is_refused_in_words(points: Any, words: str, runner: Runner) -> None:
    with pytest.raises(LabError, match=words):
        runner.expect(RUN, "anna", Prediction(SKETCH, points))
    assert runner.expected(RUN) is None


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(LabError, match="sketch or one of: falls, turns"):
        check_prediction(Prediction("explodes", ((1, 0.5),)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("planned", [3, 4, 40, 60, 61, 2_000])
def test_every_shape_makes_a_prediction_that_may_be_kept(shape: str, planned: int) -> None:
    made = check_prediction(pick(shape, planned, planned // 3, 0.693))
    assert (made.points[0][0], made.points[-1][0]) == (1, planned)
    assert all(0 <= loss <= 1.5 * 0.693 for _, loss in made.points)


def test_the_turn_lies_where_it_was_put_however_many_epochs() -> None:
    for planned, turn in ((40, 12), (2_000, 501)):
        made = pick("turns", planned, turn, 0.7)
        assert min(made.points, key=lambda p: p[1])[0] == turn
    assert sampled(60) == list(range(1, 61)) and len(sampled(2_000)) == 60


def test_silent_before_three_epochs() -> None:
    assert compare(pick("turns", 12, 4, 0.7), TURNED[:2]) == ""
    assert compare(pick("turns", 12, 4, 0.7), TURNED[:3], is_over=False) != ""


def test_a_right_shape_and_both_turns_are_said() -> None:
    words = compare(pick("turns", 12, 9, 0.7), TURNED)
    assert words.startswith("You expected it to turn at epoch 9; it turned at epoch 6. The shape is right.")
    assert "0.400 at epoch 6" in words
    assert "turn at epoch 6, and it did." in compare(pick("turns", 12, 6, 0.7), TURNED)


@pytest.mark.parametrize(
    ("shape", "epochs", "came"),
    [
        ("falls", FELL, "and it did"),
        ("levels", LEVEL, "it fell, then stayed level from about epoch 4"),
        ("flat", STILL, "and it did"),
        ("jumps", JUMPED, "and it did"),
    ],
)
def test_every_shape_is_known_again(shape: str, epochs: list[Epoch], came: str) -> None:
    words = compare(pick(shape, len(epochs), 7, 0.7), epochs)
    assert came in words and "The shape is right." in words


def test_another_shape_is_named_kindly_with_where_the_lowest_was() -> None:
    words = compare(pick("falls", 12, 5, 0.7), TURNED)
    assert words == (
        "You expected it to fall to the end; it turned at epoch 6. Another shape: it is worth asking why. "
        "The lowest: expected at epoch 12, measured at epoch 6 (0.400)."
    )
    assert "The shape is close." in compare(pick("levels", 20, 7, 0.7), FELL)


def test_a_sketch_is_judged_by_its_own_shape_and_heights() -> None:
    sketch = Prediction(SKETCH, ((1, 0.7), (4, 0.44), (12, 0.6)))
    words = compare(sketch, TURNED)
    assert "turn at epoch 4; it turned at epoch 6. The shape is right." in words
    assert "The lowest: sketched 0.440 at epoch 4, measured 0.400 at epoch 6; 0.0" in words


@pytest.mark.parametrize(
    ("losses", "shape"),
    [
        ([0.7, 0.6, 0.5, 0.4, 0.3, 0.2], "fall to the end"),
        ([0.7, 0.3, 0.2, 0.2, 0.21, 0.2], "stay level from about epoch 3"),
        ([0.5, 0.5, 0.51, 0.5, 0.5, 0.49], "stay flat"),
        ([0.7, 0.3, 0.8, 0.2, 0.9, 0.3], "jump about"),
        ([0.5, 0.55, 0.6, 0.7, 0.75, 0.8], "turn at epoch 1"),
        ([0, 0, 0, 0, 0, 0], "stay flat"),
    ],
)
def test_a_hand_drawn_line_is_read_as_a_shape(losses: list[float], shape: str) -> None:
    words = compare(Prediction(SKETCH, tuple(enumerate(losses, 1))), TURNED)
    assert f"You expected it to {shape}" in words


def test_while_it_trains_only_the_lowest_so_far_is_told() -> None:
    words = compare(pick("turns", 40, 9, 0.7), TURNED[:5], is_over=False)
    assert words == "So far the lowest validation loss is 0.420 at epoch 5; expected was epoch 9."


def test_a_diverged_run_is_not_compared() -> None:
    assert "diverged at epoch 4" in compare(pick("turns", 12, 9, 0.7), [*TURNED[:3], *curve([0, 0, 0, None])[3:]])


def test_the_expected_line_is_dotted_named_and_last_with_points_or_without() -> None:
    ghosts = [Ghost("before", TURNED)]
    without, drawn = (
        loss_figure(TURNED, 12, None, ghosts, expected=Expected(points)) for points in ((), SKETCHED.points)
    )
    assert [t["uid"] for t in without["data"]] == [t["uid"] for t in drawn["data"]]
    line = drawn["data"][-1]
    assert (line["name"], line["line"]["dash"], line["x"]) == ("you expected", "dot", [1, 3, 6])
    assert line["line"]["color"] == EXPECTED and EXPECTED not in (TRAINING, VALIDATION)
    assert (line["showlegend"], without["data"][-1]["showlegend"]) == (True, False)
    json.dumps(drawn, allow_nan=False)


def test_an_empty_chart_makes_room_for_the_expected_line() -> None:
    assert loss_figure([], 12, None, expected=Expected(SKETCHED.points))["layout"]["yaxis"]["autorange"] is True
    assert loss_figure([], 12, None)["layout"]["yaxis"]["autorange"] is False
