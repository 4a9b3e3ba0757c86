"""Readings of recorded trainings whose kind their recipe makes certain: how often they are right, and that noise about
a level is never called a trend."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import __main__ as command
from benchmarks.readings import Curve, load_curves, measure
from benchmarks.recipes import ACCEPTED, RECIPES, halves
from core.insight.trend import patience_used

CURVES = load_curves()
REPORT = [curve for curve in CURVES if curve.half == "report"]
FLAT = [curve for curve in CURVES if curve.kind == "flat"]


def test_recorded_are_all_recipes_in_the_halves_fixed_by_rule() -> None:
    dealt = {f"{name}/{seed}": half for (name, seed), half in halves().items()}
    assert {curve.name: curve.half for curve in CURVES} == dealt
    kinds = {recipe.name: recipe.kind for recipe in RECIPES}
    assert all(kinds[curve.name.split("/")[0]] == curve.kind for curve in CURVES)


def test_halves_are_balanced_and_each_kind_is_in_both() -> None:
    counts = Counter((curve.kind, curve.half) for curve in CURVES)
    assert len(CURVES) >= 60 and len(FLAT) >= 12
    assert all(0 <= counts[kind, "tune"] - counts[kind, "report"] <= 1 and counts[kind, "report"] for kind in ACCEPTED)


def test_nine_of_ten_readings_are_right_on_curves_no_rule_was_set_on() -> None:
    wrong = [(curve.name, curve.kind, curve.final.kind) for curve in REPORT if not curve.is_right]
    assert len(wrong) <= 0.1 * len(REPORT), wrong


@pytest.mark.parametrize("curve", FLAT, ids=lambda curve: str(curve.name))
def test_noise_about_a_level_is_never_called_a_trend(curve: Curve) -> None:
    assert len(curve.epochs) >= 30
    assert curve.false_trends == []
    assert curve.final.kind in ACCEPTED["flat"]


@pytest.mark.parametrize("curve", [c for c in CURVES if c.kind in {"learning", "right"}], ids=lambda c: str(c.name))
def test_curves_that_only_fall_or_rest_are_at_no_epoch_called_overfitting(curve: Curve) -> None:
    assert not {"overfitting", "worse"} & {reading.kind for reading in curve.live}


@pytest.mark.parametrize("curve", [c for c in CURVES if c.disagree is not None], ids=lambda curve: str(curve.name))
def test_loss_and_accuracy_disagree_where_the_recipe_says_so(curve: Curve) -> None:
    assert curve.final.disagree == curve.disagree


@pytest.mark.parametrize("curve", [c for c in CURVES if c.spec.early_stopping], ids=lambda curve: str(curve.name))
def test_patience_is_used_up_where_training_stopped_early(curve: Curve) -> None:
    assert curve.outcome is not None and curve.outcome.stopped_early
    assert patience_used(curve.epochs, curve.spec.min_delta) == curve.spec.patience
    before = curve.live[-2].evidence
    assert before.endswith(f"Patience: {curve.spec.patience - 1} of {curve.spec.patience} used.")


def test_benchmark_names_what_is_right() -> None:
    facts = measure(1).facts
    right = sum(curve.is_right for curve in REPORT)
    assert facts["report_right"] == f"{right} of {len(REPORT)} ({right / len(REPORT):.1%})"
    assert facts["flat_with_a_trend_claimed"] == f"0 of {len(FLAT)}"


def test_only_readings_are_recorded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "iris", "--record"])
    with pytest.raises(SystemExit):
        command.main()
    assert "--record is for readings. Received it with iris." in capsys.readouterr().err
