"""Words followed through a run: what is kept is where they were, and following them changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import scenarios
from core.charts.trail import trail_figure
from core.insight.trail import Wandering, laid_out, wandering
from core.models.weights import read_arrays, weights_of
from core.scenarios.base import Scenario
from core.sources.film_words import KINDS, kind_of, rows_among
from core.training import checkpoint, loops
from core.training import train as train_module
from core.training.control import Control
from core.training.trail import FILE, Trail, read_trail
from core.training.train import Training

IMDB: dict[str, Any] = {"reviews": 3_000, "examples": 200, "batch_size": 64, "epochs": 3, "learning_rate": 0.01}
GLOVE: dict[str, Any] = {"examples": 60, "batch_size": 20, "epochs": 2, "frozen": "none"}
CASES = [
    ("imdb", IMDB),
    ("imdb", {**IMDB, "source": "glove-100d", "frozen": "none", "epochs": 2}),
    ("imdb", {**IMDB, "start": "random"}),
    ("glove", GLOVE),
    ("glove", {**GLOVE, "network": "lstm", "epochs": 1}),
]


class Broken(Exception):
    """The program ends here."""


class BreaksAt(Control):
    """Breaks at the n-th look between batches, with the checkpoint of a pause just written."""

    def __init__(self, look: int) -> None:
        super().__init__()
        self._left = look

    def hold(self, on_pause: Callable[[], None], on_resume: Callable[[], None]) -> None:
        self._left -= 1
        if self._left == 0:
            on_pause()
            raise Broken


@pytest.fixture
def every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "CHUNK_SECONDS", 0.0)  # one batch a look
    monkeypatch.setattr(train_module, "CHECKPOINT_SECONDS", 0.0)


def trail_of(folder: Path) -> Trail:
    found = read_trail(folder)
    assert found is not None
    return found


def wandered(trail: Trail) -> Wandering:
    found = laid_out(trail)
    assert found is not None
    return found


@pytest.mark.parametrize(("scenario", "values"), CASES, ids=str)
def test_trail_is_the_rows_of_the_table_as_it_begins_and_at_each_epochs_end(
    scenario: str, values: dict[str, Any], tmp_path: Path, spec: Callable[..., Any]
) -> None:
    chosen = spec(scenario, **values)
    tables: list[np.ndarray] = []
    training = Training(chosen, lambda event: look() if event["event"] == "epoch" else None, Control(), tmp_path)

    def look() -> None:
        tables.append(weights_of(training.model)["embedding/0"])

    look()
    training.run()
    trail, rows = trail_of(tmp_path), scenarios.get(scenario).followed_words(chosen)
    assert trail.words == tuple(rows) and len(rows) > 35 and not trail.is_frozen
    assert np.array_equal(trail.vectors, np.stack([table[list(rows.values())] for table in tables]))
    assert (trail.vectors[0] != trail.vectors[-1]).any()
    assert np.array_equal(trail.vectors[-1], read_arrays(tmp_path / "weights.npz")["embedding/0"][list(rows.values())])


@pytest.mark.parametrize("look", [1, 6, 9])
@pytest.mark.usefixtures("every_batch")
def test_a_run_taken_up_leaves_the_trail_of_one_never_broken(
    look: int, tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("imdb", **IMDB)
    train(chosen, folder=tmp_path / "whole")
    with pytest.raises(Broken):
        train(chosen, BreaksAt(look), tmp_path / "broken")
    so_far, whole = trail_of(tmp_path / "broken"), trail_of(tmp_path / "whole")
    assert np.array_equal(so_far.vectors, whole.vectors[: 1 + (look - 1) // 4])  # four batches an epoch
    train(chosen, folder=tmp_path / "broken")
    assert (tmp_path / "broken" / FILE).is_file()
    assert np.array_equal(trail_of(tmp_path / "broken").vectors, whole.vectors)


@pytest.mark.usefixtures("every_batch")
def test_taken_up_from_a_checkpoint_without_a_trail_it_leaves_none_rather_than_half(
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec("imdb", **IMDB)
    with pytest.raises(Broken):
        train(chosen, BreaksAt(6), tmp_path)
    state = checkpoint.read_checkpoint(tmp_path, chosen.digest())
    assert state is not None
    del state.groups["trail"]
    checkpoint.write_checkpoint(tmp_path, state)
    train(chosen, folder=tmp_path)
    assert read_trail(tmp_path) is None


@pytest.mark.parametrize(
    ("scenario", "values"), [("imdb", {**IMDB, "frozen": "embedding"}), ("glove", {**GLOVE, "frozen": "embedding"})]
)
@pytest.mark.usefixtures("every_batch")
def test_of_a_frozen_embedding_only_the_beginning_is_kept_taken_up_or_not(
    scenario: str, values: dict[str, Any], tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any]
) -> None:
    chosen = spec(scenario, **values)
    with pytest.raises(Broken):
        train(chosen, BreaksAt(5), tmp_path)
    trained, rows = train(chosen, folder=tmp_path), scenarios.get(scenario).followed_words(chosen)
    trail = trail_of(tmp_path)
    assert trail.is_frozen and trail.vectors.shape[:2] == (1, len(rows))
    assert np.array_equal(trail.vectors[0], trained.before["embedding/0"][list(rows.values())])
    assert wandered(trail).epochs == 0 and wandered(trail).farthest(0, 5) == []


def test_following_words_changes_no_bit_of_a_run(
    tmp_path: Path, spec: Callable[..., Any], train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = spec("imdb", **IMDB)
    followed = train(chosen, folder=tmp_path / "followed")
    monkeypatch.setattr(type(scenarios.get("imdb")), "followed_words", Scenario.followed_words)
    alone = train(chosen, folder=tmp_path / "alone")
    assert read_trail(tmp_path / "alone") is None and read_trail(tmp_path / "followed") is not None
    assert followed.curve == alone.curve
    assert all(np.array_equal(w, alone.after[name]) for name, w in followed.after.items())


def test_an_epochs_words_are_kept_in_far_less_than_a_millisecond(tmp_path: Path, spec: Callable[..., Any]) -> None:
    training = Training(spec("imdb", **IMDB), lambda _: None, Control(), tmp_path)
    assert training._trail is not None
    began = time.perf_counter()
    for _ in range(100):
        training._trail.saw(training._epoch_end)
    assert (time.perf_counter() - began) / 100 < 0.001


@pytest.mark.parametrize(("scenario", "values"), [
    ("iris", {"task": "source", "epochs": 1}),
    ("imdb", {"source": "universal-sentence-encoder"}),
    ("glove", {"source": "universal-sentence-encoder"}),
    ("cats_dogs", {}),
])  # fmt: skip
def test_where_a_network_has_no_words_none_are_followed(
    scenario: str, values: dict[str, Any], spec: Callable[..., Any]
) -> None:
    chosen = spec(scenario, **values)
    assert scenarios.get(scenario).word_layer(chosen) == ""
    assert scenarios.get(scenario).followed_words(chosen) == {}


def test_a_vocabulary_with_too_few_of_the_words_has_none() -> None:
    assert rows_among({"good": 4, "bad": 7, "gut": 1}) == {}
    assert rows_among({"good": 4, "bad": 7, "the": 0}) == {"good": 4, "bad": 7, "the": 0}


def test_each_word_is_of_one_kind() -> None:
    words = [word for kind in KINDS.values() for word in kind]
    assert len(words) == len(set(words)) == 42
    assert [kind_of(word) for word in ("good", "bad", "film", "zzyzx")] == [
        "praise", "complaint", "neither", "neither"]  # fmt: skip


def test_a_damaged_trail_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 and then nothing")
    assert read_trail(tmp_path) is None
    (tmp_path / FILE).unlink()
    (tmp_path / checkpoint.FILE).write_bytes(b"no archive")
    assert read_trail(tmp_path) is None


def test_a_run_without_a_trail_has_no_map(own_home: Path) -> None:
    assert wandering("0123456789abcdef") is None


def made_up(epochs: int = 3) -> Trail:
    """Good and bad begin together and part along the second number; film stays."""
    start = np.array([[1, 0, 0], [1, 0.1, 0], [-1, 0, 0]], np.float32)
    step = np.array([[0, 1, 0], [0, -1, 0], [0, 0, 0]], np.float32)
    return Trail(("good", "bad", "film"), np.stack([start + n * step for n in range(epochs + 1)]), False)


def test_map_keeps_the_distances_of_words_that_lie_in_a_plane() -> None:
    found = wandered(made_up())
    assert found.share == pytest.approx(1)
    for places, vectors in zip(found.places, made_up().vectors, strict=True):
        assert np.linalg.norm(places[0] - places[1]) == pytest.approx(np.linalg.norm(vectors[0] - vectors[1]))
    assert found.moved[:, 0] == pytest.approx([0, 1, 2, 3])


def test_share_is_what_two_directions_keep_of_beginning_and_end() -> None:
    rng = np.random.default_rng(5)
    trail = Trail(tuple("abcdef"), rng.normal(size=(4, 6, 5)).astype(np.float32), False)
    points = np.concatenate([trail.vectors[0], trail.vectors[-1]])
    sizes = np.linalg.eigvalsh(np.cov(points.T))[::-1]
    assert wandered(trail).share == pytest.approx(sizes[:2].sum() / sizes.sum(), rel=1e-5)


def test_words_that_stay_and_those_that_went_farthest_are_told_apart() -> None:
    found = wandered(made_up())
    assert [word for word, _ in found.farthest(2, 5)] == ["good", "bad"]
    assert found.unmoved(2) == ["film"] and len(found.unmoved(0)) == 3
    assert found.cosine("good", "bad", 0) == pytest.approx(1 / np.sqrt(1.01))
    assert found.cosine("good", "bad", 3) < 0


def test_a_word_that_began_at_0_has_no_relative_distance() -> None:
    vectors = made_up().vectors.copy()
    vectors[:, 0] -= vectors[0, 0]
    found = wandered(Trail(("good", "bad", "film"), vectors, False))
    assert np.isnan(found.moved[1, 0]) and found.cosine("good", "bad", 0) is None
    assert found.farthest(1, 5)[0][0] == "bad" and found.unmoved(1) == ["film"]


def test_epochs_from_one_that_diverged_are_left_out() -> None:
    vectors = made_up().vectors.copy()
    vectors[2:, 1, 0] = np.nan
    assert wandered(Trail(("good", "bad", "film"), vectors, False)).epochs == 1
    vectors[:] = np.inf
    assert laid_out(Trail(("good", "bad", "film"), vectors, False)) is None


def test_the_slider_moves_points_and_leaves_axes_and_beginnings() -> None:
    found = wandered(made_up())
    early, late = (trail_figure(found.words, found.kinds, found.places, found.moved, epoch) for epoch in (1, 3))
    assert early["layout"] == late["layout"]
    assert [t["uid"] for t in early["data"]] == [t["uid"] for t in late["data"]]
    by_name = [{t["uid"]: t for t in figure["data"]} for figure in (early, late)]
    assert by_name[0]["began"] == by_name[1]["began"]
    moved = [name for name in by_name[0] if by_name[0][name]["x"] != by_name[1][name]["x"]]
    assert {"way-praise", "way-complaint"} <= set(moved)
    assert by_name[0]["now-praise"]["y"] != by_name[1]["now-praise"]["y"]
    assert by_name[0]["now-neither"]["y"] == by_name[1]["now-neither"]["y"]
    assert by_name[1]["now-praise"]["x"] == pytest.approx([found.places[3, 0, 0]], rel=1e-3)


def test_kinds_of_words_differ_in_colour_and_in_mark() -> None:
    found = wandered(made_up())
    marks = [t["marker"] for t in trail_figure(found.words, found.kinds, found.places, found.moved, 1)["data"][4:]]
    assert len({m["color"] for m in marks}) == len({m["symbol"] for m in marks}) == 3


def test_axes_hold_every_place_of_every_epoch() -> None:
    found = wandered(made_up(9))
    layout = trail_figure(found.words, found.kinds, found.places, found.moved, 0)["layout"]
    for number, axis in enumerate(("xaxis", "yaxis")):
        low, high = layout[axis]["range"]
        assert low < found.places[..., number].min() and found.places[..., number].max() < high


def test_a_long_run_draws_short_ways() -> None:
    found = wandered(made_up(2000))
    figure = trail_figure(found.words, found.kinds, found.places, found.moved, 2000)
    assert max(len(t["x"]) for t in figure["data"]) <= 61
    assert figure["data"][0]["y"][0] == figure["data"][3]["y"][0]
