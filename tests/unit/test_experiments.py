"""Experiments as values: what each kind plans, what it refuses, and what it concludes from figures."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core import experiments, scenarios
from core.errors import InvalidSettings
from core.experiments import Arm, Experiment, Result, Trial
from core.experiments.chance import margin, paired
from core.experiments.depth import FROZEN, RANDOM, TUNED, spread
from core.experiments.examples import SCRATCH, TRANSFERRED, Band, find_crossings
from core.experiments.seeds import FIRST, SECOND

SCENARIOS: list[dict[str, Any]] = [
    {"scenario": "iris"},
    {"scenario": "iris", "task": "third_species"},
    {"scenario": "imdb"},
    {"scenario": "imdb", "source": "universal-sentence-encoder"},
    {"scenario": "cats_dogs"},
    {"scenario": "glove"},
]


def made(kind: str, values: dict[str, Any], **fields: Any) -> Experiment:
    return experiments.parse({"kind": kind, "setting": experiments.setting_for(kind, values).flat(), **fields})


def result(trial: Trial, accuracy: float, **more: Any) -> Result:
    known = {"val_loss": 1 - accuracy, "val_accuracy": accuracy, "best_epoch": 3, "epochs": 5, "validated": 1_000}
    return Result(trial, "0" * 16, "finished", **{**known, **more})


def results(experiment: Experiment, accuracy: Callable[[Trial], float]) -> list[Result]:
    return [result(trial, accuracy(trial)) for trial in experiments.plan(experiment)]


@pytest.mark.parametrize("values", SCENARIOS, ids=str)
@pytest.mark.parametrize("kind", ["race", "examples", "seeds"])
def test_every_scenario_can_be_asked_and_the_value_survives_json(kind: str, values: dict[str, Any]) -> None:
    experiment = made(kind, values)
    again = experiments.parse(json.loads(json.dumps(experiment.flat())))
    assert again == experiment
    assert [t.spec for t in experiments.plan(again)] == [t.spec for t in experiments.plan(experiment)]
    for trial in experiments.plan(experiment):
        assert scenarios.parse(trial.spec.flat()) == trial.spec


@pytest.mark.parametrize("values", SCENARIOS, ids=str)
def test_race_shares_everything_that_is_not_the_way(values: dict[str, Any]) -> None:
    runs = experiments.plan(made("race", {**values, "seed": 7}))
    ways = {trial.arm: trial.spec for trial in runs}
    assert len(ways) == (2 if values.get("source") else 3)
    for field in ("data", "examples", "epochs", "seed"):
        assert len({getattr(spec, field) for spec in ways.values()}) == 1, field
    assert len({spec.options.get("reviews") for spec in ways.values()}) == 1, "the same validation rows"
    extraction = ways["feature extraction"]
    layers = scenarios.get(extraction.scenario).layers(extraction)
    base = {layer.name for layer in layers if layer.part == "base" and layer.parameters}
    assert base <= set(extraction.frozen) and extraction.start == "pretrained"
    assert ways["from scratch"].start == "random"
    if "fine-tuning" in ways:
        assert base - set(ways["fine-tuning"].frozen) and ways["fine-tuning"].start == "pretrained"


def test_nothing_to_transfer_means_no_race() -> None:
    for values in ({"scenario": "iris", "task": "source"}, {"scenario": "cats_dogs", "backbone": "small_cnn"}):
        with pytest.raises(InvalidSettings, match="nothing to transfer"):
            made("race", values)


def test_sizes_are_planned_small_first_and_the_transferred_half_before_the_other() -> None:
    experiment = made("examples", {"scenario": "cats_dogs"}, sizes="100, 20, 2000", seeds=[4, 5])
    planned = [(t.arm, t.x, t.spec.seed) for t in experiments.plan(experiment)]
    one = [(TRANSFERRED, x, seed) for seed in (4, 5) for x in (20, 100, 2000)]
    assert planned == [*one, *((SCRATCH, x, seed) for _, x, seed in one)]
    assert all(t.spec.examples == t.x for t in experiments.plan(experiment))


def test_flowers_grow_by_species_and_odd_sizes_are_refused() -> None:
    experiment = made("examples", {"scenario": "iris"}, sizes=[4, 40], seeds=[1])
    assert [t.spec.options["per_species"] for t in experiments.plan(experiment)] == [1, 10, 1, 10]
    with pytest.raises(InvalidSettings, match="multiples of 4"):
        made("examples", {"scenario": "iris"}, sizes=[4, 10])


def test_depth_of_nothing_is_one_run_that_stands_on_all_three_lines() -> None:
    experiment = made("depth", {"scenario": "iris"})
    runs = experiments.plan(experiment)
    assert len(runs) == 7 and runs[0].places == (Arm(FROZEN, 0), Arm(RANDOM, 0), Arm(TUNED, 0))
    by_place = {(p.name, p.x): t.spec for t in runs for p in t.places}
    assert len(by_place) == 9
    deep = by_place[FROZEN, 1]
    assert (deep.start, deep.options["transferred"], deep.frozen) == ("pretrained", 1, ("dense_50",))
    assert by_place[TUNED, 2].frozen == () and by_place[RANDOM, 2].frozen == ("dense_50", "dense_25")
    assert by_place[RANDOM, 2].start == "random"


def test_depth_of_pictures_fits_a_lesson_unless_told_otherwise() -> None:
    setting = experiments.setting_for("depth", {"scenario": "cats_dogs", "epochs": "7"})
    assert (setting.examples, setting.epochs, setting.options["size"]) == (500, 7, 96)
    assert spread(19) == (0, 5, 10, 14, 19)
    with pytest.raises(InvalidSettings, match="two layers or more"):
        made("depth", {"scenario": "imdb"})


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("riddle", {}, "no such experiment"),
        ("race", {"rival": "a dog"}, "Choose one of: from scratch"),
        ("race", {"colour": "red"}, "no such setting of an experiment"),
        ("examples", {"sizes": "20,9000"}, "must be 20 to 2,000. Received: 9000"),
        ("examples", {"sizes": "20"}, "two different sizes"),
        ("examples", {"sizes": "many"}, "sizes"),
        ("examples", {"sizes": list(range(20, 40))}, "sizes"),
        ("depth", {"depths": "0,99"}, "from 0 to 19"),
        ("seeds", {"seeds": "1,2"}, "3 to 10 different seeds"),
        ("seeds", {"seeds": "1,2,-3"}, "seeds"),
    ],
)
def test_bad_experiments_are_refused_with_what_was_received(kind: str, fields: dict[str, Any], said: str) -> None:
    setting = scenarios.parse({"scenario": "cats_dogs"}).flat()
    with pytest.raises(InvalidSettings) as caught:
        experiments.parse({"kind": kind, "setting": setting, **fields})
    assert said in str(caught.value)


def test_settings_are_not_compared_with_themselves_nor_with_another_scenario() -> None:
    setting = scenarios.parse({"scenario": "iris"})
    for other in (setting.changed(seed=9), scenarios.parse({"scenario": "imdb"})):
        with pytest.raises(InvalidSettings, match="against"):
            made("seeds", {"scenario": "iris"}, against=other.flat())


def test_race_ends_in_a_sentence_with_its_figures_and_only_when_it_is_over() -> None:
    experiment = made("race", {"scenario": "cats_dogs"})
    scores = {"feature extraction": 0.83, "fine-tuning": 0.81, "from scratch": 0.55}
    found = results(experiment, lambda t: scores[t.arm])
    assert experiments.conclude(experiment, found[:2]).sentence == ""
    close = experiments.conclude(experiment, found).sentence
    assert close.startswith("Too close to call at the top: feature extraction 83.0% (epoch 3)")
    assert "From scratch is behind by 28.0 points." in close
    clear = experiments.conclude(experiment, [replace(r, validated=100_000) for r in found]).sentence
    assert clear.startswith("Feature extraction is ahead")


def test_lines_that_cross_are_found_between_neighbouring_sizes_on_a_log_axis() -> None:
    def line(*means: float) -> list[Band]:
        return [Band(x, m, m, m, 1) for x, m in zip((10, 100, 1_000), means, strict=True)]

    (crossing,) = find_crossings(line(0.7, 0.8, 0.8), line(0.5, 0.7, 0.9))
    assert (crossing.low, crossing.high, crossing.ahead) == (100, 1_000, SCRATCH)
    assert crossing.at == pytest.approx(10**2.5)
    assert find_crossings(line(0.7, 0.8, 0.9), line(0.5, 0.7, 0.9)) == []
    assert len(find_crossings(line(0.7, 0.5, 0.9), line(0.5, 0.7, 0.8))) == 2
    assert find_crossings(line(0.7, 0.8, 0.8), line(0.5, 0.7, 0.9)[:2]) == []


def test_examples_say_where_the_lines_cross_or_that_they_do_not() -> None:
    experiment = made("examples", {"scenario": "cats_dogs"}, sizes=[20, 200, 2000], seeds=[1, 2])

    def falling_behind(trial: Trial) -> float:
        return 0.7 if trial.arm == TRANSFERRED else 0.5 + 0.15 * math.log10((trial.x or 0) / 20)

    crossed = experiments.conclude(experiment, results(experiment, falling_behind))
    assert crossed.sentence.startswith("The lines cross between 200 and 2,000 examples, at about 430.")
    never = experiments.conclude(experiment, results(experiment, lambda t: 0.7 if t.arm == TRANSFERRED else 0.5))
    assert never.sentence.startswith("The lines do not cross: transfer is ahead at every size tried.")
    assert "With 20 transfer is ahead by 20.0 points (70.0% to 50.0%)" in never.sentence
    part = experiments.conclude(experiment, results(experiment, falling_behind)[:7])
    assert part.sentence == "" and len(part.figures["lines"][TRANSFERRED]) == 3


def test_band_holds_every_seed_and_lost_runs_leave_a_gap() -> None:
    experiment = made("examples", {"scenario": "cats_dogs"}, sizes=[20, 200], seeds=[1, 2, 3])
    found = results(experiment, lambda t: 0.6 + t.spec.seed / 100)
    found[0] = replace(found[0], val_loss=None, val_accuracy=None, state="failed")
    line = experiments.conclude(experiment, found).figures["lines"][TRANSFERRED]
    assert [(b["x"], b["seeds"]) for b in line] == [(20, 2), (200, 3)]
    assert (line[1]["low"], line[1]["high"]) == pytest.approx((0.61, 0.63))


def test_seeds_alone_give_a_range_and_a_yardstick() -> None:
    experiment = made("seeds", {"scenario": "iris"}, seeds="1,2,3")
    sentence = experiments.conclude(experiment, results(experiment, lambda t: 0.7 + t.spec.seed / 100)).sentence
    assert "72.0% on average, from 71.0% to 73.0%" in sentence and "below about 2.8 points may well be luck" in sentence


def test_difference_larger_than_seeds_explain_is_an_effect_and_a_small_one_is_not() -> None:
    other = scenarios.parse({"scenario": "iris", "frozen": "none"}).flat()
    experiment = made("seeds", {"scenario": "iris"}, seeds="1,2,3,4", against=other)
    luck = {1: 0.02, 2: -0.01, 3: 0.0, 4: -0.015}

    def ahead(by: float) -> Callable[[Trial], float]:
        return lambda t: 0.7 + luck[t.spec.seed] + (by + luck[5 - t.spec.seed] / 2 if t.arm == SECOND else 0)

    effect = experiments.conclude(experiment, results(experiment, ahead(0.2)))
    assert effect.figures["is_effect"] and effect.sentence.startswith(f"An effect: {SECOND} are ahead")
    nothing = experiments.conclude(experiment, results(experiment, ahead(0.005)))
    assert not nothing.figures["is_effect"] and nothing.sentence.startswith("Cannot be told from luck")
    assert FIRST in nothing.figures


def test_two_settings_that_are_alike_are_called_an_effect_one_time_in_twenty() -> None:
    draw = random.Random(0)
    called = 0
    for _ in range(2_000):
        first, second = ([draw.gauss(0.8, 0.02) for _ in range(5)] for _ in range(2))
        verdict = paired(first, second)
        called += verdict is not None and verdict.is_effect
    assert 0.035 < called / 2_000 < 0.065


def test_margin_is_that_of_two_shares() -> None:
    assert margin(0.5, 1_000) == pytest.approx(1.96 * math.sqrt(0.5 / 1_000))
    assert margin(0.8, 0) == 0
    assert margin(1.0, 40) > 0.05, "40 right of 40 is no proof of never being wrong"
    draw = random.Random(1)
    apart = 0
    for _ in range(2_000):
        a, b = (sum(draw.random() < 0.8 for _ in range(200)) / 200 for _ in range(2))
        apart += abs(a - b) > margin(0.8, 200)
    assert 0.03 < apart / 2_000 < 0.07
