"""Two to ten classes of somebody's own photos: the same network under a softmax, and answers with a share for each."""

from __future__ import annotations

import base64
import io
import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from core import scenarios
from core.errors import InvalidSettings, SourceUnavailable
from core.insight import class_answers, photo_answers
from core.insight.heat import covered
from core.limits import ZIP_BYTES
from core.models.freezing import counts
from core.models.weights import adopt, run_folder
from core.runs.answers import answer
from core.runs.engines.inline import InlineEngine
from core.runs.runner import Runner
from core.runs.store import Store
from core.scenarios import parse
from core.scenarios.cats_dogs import base_names
from core.sources import photo_sets
from core.sources.photo_sets import bring
from core.sources.pictures import enlarge, load_pictures
from core.training.train import build_model

SIZE, RUN = 96, "e" * 16
NAMES = ("blue", "green", "red")
OF_EACH = {"train": 8, "validation": 4, "test": 2}


def photo_of(label: int, number: int) -> Image.Image:
    """Blotches, more of them in the colour of the class."""
    noise = np.random.default_rng(number).integers(0, 90, (6, 6, 3))
    noise[..., 2 - label] += 160
    return Image.fromarray(noise.astype(np.uint8)).resize((90, 80), Image.Resampling.BICUBIC)


def fill(folder: Path, names: tuple[str, ...] = NAMES) -> Path:
    number = 0
    for part, each in OF_EACH.items():
        for label, name in enumerate(names):
            place = folder / part / name
            place.mkdir(parents=True)
            for _ in range(each):
                photo_of(label, number := number + 1).save(place / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def own(module_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return bring(fill(tmp_path_factory.mktemp("photos") / "mine")).data


@pytest.fixture(scope="module")
def chosen(own: str, spec: Callable[..., Any]) -> Any:
    return spec("cats_dogs", data=own, size=SIZE, epochs=12, learning_rate=0.01)


@pytest.fixture(scope="module")
def trained(chosen: Any, train: Callable[..., Any]) -> Any:
    return train(chosen, folder=run_folder(RUN))


@pytest.fixture(scope="module")
def model(chosen: Any, trained: Any) -> Iterator[keras.Sequential]:
    built = build_model(chosen)
    adopt(built, trained.after)
    built.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    yield built
    class_answers._mistakes.cache_clear()


@pytest.fixture(scope="module")
def photo() -> str:
    file = io.BytesIO()
    photo_of(1, 900).resize((80, 80)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def ask(chosen: Any, about: str, **given: Any) -> dict[str, Any]:
    found = answer({"about": about, "spec": chosen.flat(), "run": RUN, **given})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def test_a_set_says_how_many_units_there_are_and_how_many_examples(own: str, chosen: Any) -> None:
    scenario = scenarios.get("cats_dogs")
    assert (chosen.options["classes"], chosen.examples) == (3, 24)
    assert scenario.classes(chosen.options) == 3 and scenario.loss_of(chosen) == "categorical_crossentropy"
    assert scenario.example_bounds(chosen.options, own) == (6, 24)
    plain = parse({"scenario": "cats_dogs"})
    assert plain.options["classes"] == 0 and scenario.loss_of(plain) == scenario.loss
    assert scenario.classes(plain.options) == 2


@pytest.mark.parametrize("backbone", ["mobilenet_v2_0.35", "small_cnn"])
def test_numbers_declared_are_those_built(own: str, backbone: str) -> None:
    made = parse({"scenario": "cats_dogs", "data": own, "backbone": backbone})
    built, declared = scenarios.get("cats_dogs").build(made), scenarios.get("cats_dogs").layers(made)
    assert scenarios.parameters(made) == counts(built) or made.frozen
    assert sum(layer.parameters for layer in declared) == built.count_params()
    assert (declared[-1].output, declared[-1].activation) == ("3", "softmax")
    assert declared[-1].parameters == built.layers[-1].count_params()


@pytest.mark.parametrize(
    "values", [{"classes": 4}, {"classes": 1}, {"data": "builtin", "classes": 3}, {"classes": 0}, {"classes": 11}]
)
def test_a_number_of_classes_that_the_photos_do_not_have_is_refused(values: dict[str, Any], own: str) -> None:
    with pytest.raises(InvalidSettings, match="classes"):
        parse({"scenario": "cats_dogs", "data": own, **values})


def test_targets_are_one_hot_and_names_go_with_them(chosen: Any) -> None:
    data = scenarios.get("cats_dogs").load(chosen)
    assert data.notes["classes"] == NAMES
    for y, each in ((data.y_train, 8), (data.y_val, 4)):
        assert y.dtype == np.float32 and y.sum(axis=0).tolist() == [each] * 3 and (y.sum(axis=1) == 1).all()


def test_it_learns_while_the_frozen_base_keeps_every_number(chosen: Any, trained: Any) -> None:
    assert next(e for e in trained.events if e["event"] == "started")["classes"] == list(NAMES)
    assert trained.curve[-1][2] >= 0.9 and trained.curve[-1][4] >= 0.75  # a guess is right once in three
    for name, before in trained.before.items():
        assert np.array_equal(before, trained.after[name]) == (name.split("/")[0] in base_names()), name


def test_the_same_spec_gives_the_same_curve(chosen: Any, trained: Any, train: Callable[..., Any]) -> None:
    assert train(chosen).curve == trained.curve


def test_the_last_figures_are_what_keras_evaluates(chosen: Any, trained: Any, model: keras.Sequential) -> None:
    data = scenarios.get("cats_dogs").load(chosen)
    loss, accuracy = model.evaluate(data.x_val, data.y_val, verbose=0)
    assert trained.curve[-1][3] == pytest.approx(loss, abs=1e-5)
    assert trained.curve[-1][4] == pytest.approx(accuracy, abs=1e-6)


def test_the_base_can_be_tuned_and_a_phase_follows_with_other_classes(
    own: str, trained: Any, train: Callable[..., Any], tmp_path: Path
) -> None:
    tuned = parse(
        {"scenario": "cats_dogs", "data": own, "size": SIZE, "epochs": 1, "frozen": ",".join(base_names()[:-1])}
    )
    assert len(train(tuned).curve) == 1
    other = bring(fill(tmp_path / "mine", ("a", "b"))).data
    after = build_model(parse({"scenario": "cats_dogs", "data": other, "size": SIZE, "start": f"run:{RUN}"}))
    assert after.layers[-1].kernel.shape == (1_280, 2)


def test_rivals_have_as_many_units(chosen: Any) -> None:
    scenario = scenarios.get("cats_dogs")
    for rival in scenario.rivals:
        values = scenario.rival(rival.label, chosen)
        assert values is not None and parse(values).options["classes"] == 3


def test_a_photo_has_a_probability_for_each_class(chosen: Any, model: keras.Sequential, photo: str) -> None:
    found, picture = ask(chosen, "photo", photo=photo), enlarge(photo_answers.decode_photo(photo), SIZE)
    expected = np.asarray(model(picture[None], training=False))[0]
    assert found["probabilities"] == pytest.approx(expected.tolist(), abs=1e-5)
    assert found["called"] == int(expected.argmax()) and sum(found["before"]) == pytest.approx(1)
    before = np.asarray(build_model(chosen)(picture[None], training=False))[0]
    assert found["before"] == pytest.approx(before.tolist(), abs=1e-5) and len(found["names"]) == 3


def test_heat_is_what_the_log_odds_of_the_class_lose_and_parts_add_up(
    chosen: Any, model: keras.Sequential, photo: str
) -> None:
    found, picture = ask(chosen, "photo", photo=photo), enlarge(photo_answers.decode_photo(photo), SIZE)
    shares = np.asarray(model(np.concatenate([picture[None], covered(picture)]), training=False), np.float64)
    of_class = shares[:, found["called"]]
    odds = np.log(of_class / (1 - of_class))
    assert np.array(found["heat"]).ravel() == pytest.approx(odds[0] - odds[1:], abs=1e-2)
    assert np.sum(found["parts"]) + found["bias"] == pytest.approx(found["logit"], abs=1e-4)


def test_without_a_run_there_is_no_place_it_looks_at(chosen: Any, photo: str) -> None:
    found = answer({"about": "photo", "spec": chosen.flat(), "photo": photo})
    assert found["before"] is None and found["heat"] is None and sum(found["probabilities"]) == pytest.approx(1)


def test_mistakes_are_counted_for_every_pair_of_classes(chosen: Any, trained: Any, model: keras.Sequential) -> None:
    found, held_out = ask(chosen, "mistakes"), load_pictures(SIZE, chosen.data).validation
    called = np.asarray(model(np.asarray(held_out.images), training=False)).argmax(axis=1)
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (held_out.labels.astype(int), called), 1)
    assert found["confusion"] == expected.tolist()
    assert np.trace(expected) / 12 == pytest.approx(trained.curve[-1][4])
    assert {(p["label"], p["called"]) for p in found["worst"]} == {tuple(c) for c in np.argwhere(expected).tolist()}
    for picture in found["worst"]:
        assert picture["called"] == called[picture["row"]] and picture["probability"] >= 1 / 3


def test_a_test_part_of_ones_own_is_scored_as_keras_does(chosen: Any, model: keras.Sequential) -> None:
    test = load_pictures(SIZE, chosen.data).test
    truth = np.eye(3, dtype=np.float32)[test.labels.astype(int)]
    loss, accuracy = model.evaluate(np.asarray(test.images), truth, verbose=0)
    found = ask(chosen, "test")
    assert (found["count"], found["accuracy"]) == (6, pytest.approx(accuracy))
    assert found["loss"] == pytest.approx(loss, abs=1e-5)


def test_a_run_outlives_its_photos(tmp_path: Path, own_home: Path, spec: Callable[..., Any], photo: str) -> None:
    data = bring(fill(tmp_path / "mine")).data
    runner = Runner(InlineEngine(), Store())
    run = runner.submit(spec("cats_dogs", data=data, size=SIZE, epochs=2), "anna")
    runner.wait(run, 60)
    shutil.rmtree(photo_sets.SETS.folder(data))
    runner.close()
    kept = Store().get(run)
    assert (kept.state, kept.classes, len(kept.epochs)) == ("finished", NAMES, 2)
    assert parse(kept.spec.flat()) == kept.spec and kept.spec.options["classes"] == 3
    about = {"spec": kept.spec.flat(), "run": run}
    assert len(answer({"about": "photo", "photo": photo, **about})["probabilities"]) == 3
    with pytest.raises(SourceUnavailable, match="Bring the photos again"):
        answer({"about": "mistakes", **about})
    assert scenarios.get("cats_dogs").lacking(kept.spec) == (data,)


def test_the_server_lets_as_much_in_as_the_page_offers() -> None:
    config = tomllib.loads((Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] * 2**20 >= ZIP_BYTES > 0.9 * config["server"]["maxUploadSize"] * 10**6
