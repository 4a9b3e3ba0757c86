"""A reading says what the curve shows, with its numbers, and nothing where the evidence is thin."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from core.history import Epoch, Outcome
from core.insight.reading import number, pair, read_curve
from core.insight.trend import order, patience_used
from core.spec import RunSpec

SPEC = RunSpec(scenario="imdb", examples=100, epochs=40)
PATIENT = SPEC.model_copy(update={"early_stopping": True, "patience": 5})


def curve(val: Sequence[float], training: Callable[[int], float] = lambda n: 0.6 * 0.95**n) -> list[Epoch]:
    """These validation losses with a falling training loss; validation accuracy falls as the loss rises."""
    return [Epoch(n, training(n), 0.9, v, 1 - v / 2, 0.1) for n, v in enumerate(val, start=1)]


def falling(n: int) -> list[float]:
    return [0.3 + 0.5 * 0.8**i for i in range(n)]


def turning(slope: float, n: int = 20) -> list[float]:
    """A fall that ``slope`` an epoch overtakes: the steeper, the earlier."""
    return [0.3 + 0.5 * 0.7**i + slope * i for i in range(n)]


OVERFIT = curve(turning(0.01))
BEST = 9


@pytest.mark.parametrize("n", [0, 1, 2])
def test_silent_while_evidence_is_thin(n: int) -> None:
    reading = read_curve(OVERFIT[:n], PATIENT, None)
    assert (reading.headline, reading.evidence, reading.tone) == ("", "", "quiet")


def test_falling_validation_loss_is_still_learning() -> None:
    reading = read_curve(curve(falling(8)), SPEC, None)
    assert (reading.headline, reading.tone) == ("Still learning.", "good")
    assert "fell from 0.707 to 0.433 over the last 8 epochs" in reading.evidence


def test_run_that_ended_while_falling_could_go_on() -> None:
    outcome = Outcome(epochs=8, best_epoch=8, stopped_early=False, restored_epoch=None)
    assert "More epochs may help." in read_curve(curve(falling(8)), SPEC, outcome).evidence


def test_flat_validation_loss_has_levelled_off() -> None:
    reading = read_curve(curve(falling(40)), SPEC, None)
    assert "levelled off" in reading.headline
    assert reading.tone == "good"


def test_rising_validation_and_falling_training_is_overfitting_with_numbers() -> None:
    reading = read_curve(OVERFIT, SPEC, None)
    assert (reading.headline, reading.tone) == ("Overfitting since epoch 9.", "warning")
    assert "(0.409)" in reading.evidence
    assert "now 0.491" in reading.evidence
    assert "training loss fell from 0.378 to 0.215" in reading.evidence


@pytest.mark.parametrize("since", [1, 2])
def test_one_or_two_worse_epochs_are_no_overfitting(since: int) -> None:
    assert "verfitting" not in read_curve(OVERFIT[: BEST + since], SPEC, None).headline


def test_small_rise_is_slight_overfitting() -> None:
    assert read_curve(curve(turning(0.001, 24)), SPEC, None).headline == "Slight overfitting since epoch 16."


def test_rise_with_rising_training_loss_is_not_called_overfitting() -> None:
    reading = read_curve(curve([e.val_loss or 0 for e in OVERFIT], lambda n: 0.2 + 0.01 * n), SPEC, None)
    assert reading.headline == "Getting worse since epoch 9."
    assert "not overfitting" in reading.evidence


def test_loss_and_accuracy_may_disagree() -> None:
    same = [replace(e, val_accuracy=0.87) for e in OVERFIT]
    assert "loss and accuracy disagree" in read_curve(same, SPEC, None).evidence
    assert read_curve(same, SPEC, None).disagree
    assert "disagree" not in read_curve(OVERFIT, SPEC, None).evidence
    assert not read_curve(OVERFIT, SPEC, None).disagree


def test_one_row_of_two_hundred_is_no_fall_of_accuracy() -> None:
    less = [replace(e, val_accuracy=0.87 if e.epoch <= BEST + 2 else 0.865) for e in OVERFIT]
    assert "has hardly fallen (87.0%, now 86.5%): loss and accuracy disagree" in read_curve(less, SPEC, None).evidence


@pytest.mark.parametrize("deviation", [0.003, 0.03])
def test_noise_about_a_flat_line_is_hardly_ever_called_a_trend_at_any_epoch(deviation: float) -> None:
    """Of 150 runs of 40 epochs with training loss falling: 3 at most, though a page asks after each epoch."""
    claimed = 0
    for seed in range(150):
        draw = random.Random(seed)
        noise = curve([0.5 + draw.gauss(0, deviation) for _ in range(40)])
        kinds = {read_curve(noise[:n], SPEC, None).kind for n in range(1, 41)}
        claimed += bool(kinds & {"learning", "overfitting", "worse"})
    assert claimed <= 3


@pytest.mark.parametrize("n", [3, 4])
def test_three_or_four_falling_epochs_may_be_luck(n: int) -> None:
    assert read_curve(curve(falling(n)), SPEC, None).kind == ""
    assert read_curve(curve(falling(5)), SPEC, None).kind == "learning"


def test_short_flat_curve_may_still_go_anywhere() -> None:
    flat = [0.5, 0.5004, 0.5001, 0.5003, 0.5002, 0.5, 0.5004, 0.5001, 0.5003]
    assert read_curve(curve(flat), SPEC, None).kind == ""
    assert read_curve(curve([*flat, 0.5002]), SPEC, None).kind == "unchanged"


@pytest.mark.parametrize("seed", [4, 5, 6, 7, 8])
def test_steady_climb_is_overfitting_where_wobble_hides_its_size(seed: int) -> None:
    draw = random.Random(seed)
    lowest, climb = [0.7, 0.65], [0.66 + 0.012 * n + draw.gauss(0, 0.07) for n in range(25)]
    assert read_curve(curve([*lowest, *climb]), SPEC, None).kind == "overfitting"
    draw.shuffle(climb)
    assert read_curve(curve([*lowest, *climb]), SPEC, None).kind == "noise"


def test_order_counts_pairs_that_grow() -> None:
    assert order([1.0]) == 0
    assert order([1, 2, 3, 4, 5, 6, 7, 8, 9]) == -order([9, 8, 7, 6, 5, 4, 3, 2, 1]) == pytest.approx(3.753, abs=0.001)
    assert order([1, 2, 2, 1]) == 0


def test_loss_above_a_guess_that_falls_is_learning() -> None:
    steady = [Epoch(n, 2.7 - 0.02 * n, 0.3, 2.7 - 0.02 * n, 0.25, 0.1) for n in range(1, 20)]
    flowers = RunSpec(scenario="iris", examples=8, epochs=60, options={"task": "flowers"})
    assert read_curve(steady, flowers, None).kind == "learning"


def test_noise_larger_than_the_trend_is_said() -> None:
    draw = random.Random(1)
    reading = read_curve(curve([0.5 + draw.gauss(0, 0.03) for _ in range(30)]), SPEC, None)
    assert (reading.headline, reading.tone) == ("More noise than trend.", "warning")


def test_loss_that_never_moved_is_said() -> None:
    reading = read_curve(curve([0.6931 - 0.00005 * n for n in range(20)]), SPEC, None)
    assert reading.headline == "Hardly any change."
    assert "less than 1%" in reading.evidence


def test_patience_is_counted_past_min_delta() -> None:
    assert "Patience: 3 of 5 used." in read_curve(OVERFIT[: BEST + 3], PATIENT, None).evidence
    assert "Patience" not in read_curve(OVERFIT[: BEST + 3], SPEC, None).evidence


def test_improvement_within_min_delta_uses_up_patience() -> None:
    crawling = curve([0.5, 0.4995, 0.4992, 0.4])
    assert patience_used(crawling[:3], 0.001) == 2
    assert patience_used(crawling[:3], 0) == 0
    assert patience_used(crawling, 0.001) == 0


def test_early_stop_says_which_weights_the_model_carries() -> None:
    outcome = Outcome(epochs=14, best_epoch=9, stopped_early=True, restored_epoch=9)
    reading = read_curve(OVERFIT[: BEST + 5], PATIENT, outcome)
    assert reading.headline == "Overfitting since epoch 9."
    assert "Stopped early at epoch 14, after 5 epochs without improvement." in reading.evidence
    assert reading.evidence.endswith("The model carries the weights of epoch 9.")


def test_restored_epoch_that_is_not_the_best_is_explained() -> None:
    outcome = Outcome(epochs=14, best_epoch=9, stopped_early=True, restored_epoch=8)
    assert read_curve(OVERFIT[: BEST + 5], PATIENT, outcome).evidence.endswith(
        "The model carries the weights of epoch 8. Epoch 9 was lower, but by less than min delta."
    )


def test_early_stop_after_two_epochs_still_says_that_it_stopped() -> None:
    outcome = Outcome(epochs=2, best_epoch=1, stopped_early=True, restored_epoch=1)
    spec = PATIENT.model_copy(update={"patience": 1})
    assert read_curve(OVERFIT[:2], spec, outcome).headline == "Stopped early at epoch 2."


def test_divergence_is_said_at_once_with_a_way_out() -> None:
    reading = read_curve([replace(OVERFIT[0], loss=None, val_loss=None)], SPEC, None)
    assert (reading.headline, reading.tone) == ("Training diverged.", "bad")
    assert "learning rate below 0.001" in reading.evidence


def test_numbers_are_written_so_that_they_can_be_told_apart() -> None:
    assert pair(0.32, 0.41) == ("0.320", "0.410")
    assert pair(0.69312, 0.69308) == ("0.69312", "0.69308")
    assert number(0.00012) == "0.00012"


def test_loss_that_settles_at_a_guess_is_no_praise() -> None:
    flat = [Epoch(n, 0.7, 0.5, 0.697 + 0.001 * (n % 2), 0.5, 0.1) for n in range(1, 9)]
    reading = read_curve(flat, SPEC, None)
    assert (reading.headline, reading.tone) == ("No better than guessing.", "warning")
    assert "0.693" in reading.evidence


def test_early_stop_on_a_falling_curve_is_not_called_finished_learning() -> None:
    outcome = Outcome(epochs=8, best_epoch=8, stopped_early=True, restored_epoch=8)
    reading = read_curve(curve(falling(8)), PATIENT, outcome)
    assert reading.headline == "Stopped while still learning." and reading.tone == "warning"
