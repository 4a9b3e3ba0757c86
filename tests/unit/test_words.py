"""The two word rules, the rows made from them, and the shipped SavedModel saying the same in its graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.sources.words import Rule, count_rows, split_words, word_ids

STAND_IN = Path(__file__).resolve().parents[2] / "core" / "assets" / "news20_stand_in"
SMALL = {"good": 0, "film": 1, "not": 2, "Good": 3, "film.": 4}
UNKNOWN_ID, WIDTH = 5, 6
NASTY = [
    "",
    " ",
    "\t\n\r\v\f",
    "'",
    "'s",
    "<br />",
    "One film.<br /><br />Another<br>one<BR/>here <br  /> and<br",
    "DON'T, don't, can't've couldn't've 'don't' isn't' n't",
    "it's John's they're we've I'll he'd I'm o'clock ma'am 'tis 's's rock'n'roll x'd've",
    "It's\tlines\nand\r\ntabs's\n",
    "two  spaces   three ",
    "😀 a😀b don't😀 😀's",
    "这部电影很好。不错! 电影's",
    "caf\u00e9 na\u00efve \u00c9T\u00c9 don\u2019t wide\u00a0space ideographic\u3000space next\u0085line \u2028line",
    "\x00nul \x7fdel \ufffd \u00ff",
    "snake_case well-made 10/10 $9.99 U.S. [x] ^y^ {z} \\ | ~ `",
    "a half emoji \ud83d ends here",
    "good film! " * 1_200,
    "x" * 100_000,
]


@pytest.fixture(scope="module")
def stand_in() -> Any:
    hub = pytest.importorskip("tensorflow_hub")
    return hub.load(str(STAND_IN))


@pytest.fixture(scope="module")
def tokens() -> dict[str, int]:
    lines = (STAND_IN / "assets" / "tokens.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return {word: number for number, word in enumerate(lines)}


def _tensor(texts: list[str]) -> Any:
    import tensorflow as tf

    return tf.constant([text.encode("utf-8", errors="replace") for text in texts])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's GOOD, isn't it?", ["it", "good", "is", "not", "it"]),
        ("one<br /><br />two<BR>three", ["one", "two", "three"]),
        ("We'll say they're John's: I'm sure I'd've", ["we", "say", "they", "john", "i", "sure", "i", "d"]),
        ("couldn't've", ["could", "not"]),
        ("'tis the well-made 10/10", ["tis", "the", "well", "made", "10", "10"]),
        ("Caf\u00e9 \u7535\u5f71\u3002good", ["caf\u00e9", "\u7535\u5f71\u3002good"]),
        ("\u00c9T\u00c9", ["\u00c9t\u00c9"]),
        (" \t\n", []),
        ("", []),
    ],
)
def test_plain_rule(text: str, expected: list[str]) -> None:
    assert split_words(text, "plain") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's GOOD, isn't it?", ["It's", "GOOD,", "isn't", "it?"]),
        ("one<br />two\tthree\nfour five", ["one<br", "/>two\tthree\nfour", "five"]),
        (" a  b ", ["", "a", "", "b", ""]),
        ("", []),
    ],
)
def test_spaces_rule_splits_at_spaces_and_changes_nothing(text: str, expected: list[str]) -> None:
    assert split_words(text, "spaces") == expected


def test_spaces_rule_is_tensorflows_split_at_a_space() -> None:
    tf = pytest.importorskip("tensorflow")
    texts = [text for text in NASTY if text]
    split = tf.strings.split(_tensor(texts), sep=" ").to_list()
    assert [[word.decode() for word in row] for row in split] == [split_words(text, "spaces") for text in texts]


def test_unknown_words_share_one_bucket() -> None:
    assert word_ids("Good film, zzz qqq", SMALL, "plain").tolist() == [0, 1, UNKNOWN_ID, UNKNOWN_ID]
    assert word_ids("Good film. zzz", SMALL, "spaces").tolist() == [3, 4, UNKNOWN_ID]
    assert word_ids("zzz qqq", SMALL, "plain").dtype == np.int32


def test_row_is_count_over_root_of_length() -> None:
    row = count_rows(["good good film zzz"], SMALL, "plain").toarray()[0]
    assert row[[0, 1, UNKNOWN_ID]].tolist() == [1.0, 0.5, 0.5]
    assert row.sum() == 2.0


def test_mean_is_count_over_length() -> None:
    row = count_rows(["good good film zzz"], SMALL, "plain", "mean").toarray()[0]
    assert row[[0, 1, UNKNOWN_ID]].tolist() == [0.5, 0.25, 0.25]
    assert row.sum() == 1.0


@pytest.mark.parametrize("rule", ["spaces", "plain"])
def test_rows_hold_the_ids_of_each_text(rule: Rule) -> None:
    texts = ["", *NASTY, "", *(f"good {n} film." for n in range(2_500)), ""]  # more than one chunk
    rows = count_rows(texts, SMALL, rule)
    assert rows.shape == (len(texts), WIDTH)
    for place in [*range(len(NASTY) + 2), 999, 1_000, 1_001, 2_000, len(texts) - 2, len(texts) - 1]:
        ids = word_ids(texts[place], SMALL, rule)
        expected = np.bincount(ids, minlength=WIDTH) / np.sqrt(max(len(ids), 1))
        np.testing.assert_allclose(rows[place].toarray()[0], expected, rtol=1e-6)


def test_rows_are_canonical_float32() -> None:
    rows = count_rows(["film good film zzz good"] * 3, SMALL, "plain")
    assert rows.dtype == np.float32
    assert rows.indices.tolist() == [0, 1, UNKNOWN_ID] * 3
    assert rows.has_canonical_format


@pytest.mark.parametrize("texts", [[], [""], ["", " ", "<br />"]])
def test_texts_without_words_are_rows_of_zeros(texts: list[str]) -> None:
    rows = count_rows(texts, SMALL, "plain")
    assert rows.shape == (len(texts), WIDTH)
    assert rows.nnz == 0


def test_stand_in_has_the_form_of_the_module_it_stands_in_for(stand_in: Any, tokens: dict[str, int]) -> None:
    (embeddings,) = stand_in.variables
    assert (embeddings.name, tuple(embeddings.shape)) == ("embeddings:0", (20_001, 20))
    assert len(stand_in.trainable_variables) == 1
    assert list(stand_in.regularization_losses) == []
    assert "serving_default" in stand_in.signatures
    assert len(tokens) == 20_000
    assert not embeddings.numpy()[-1].any()


def test_every_token_can_come_out_of_the_plain_rule(tokens: dict[str, int]) -> None:
    assert [word for word in tokens if split_words(word, "plain") != [word]] == []


def test_rows_times_table_is_what_the_stand_in_answers(stand_in: Any, tokens: dict[str, int]) -> None:
    texts = NASTY + ["This was an absolutely terrible movie. Don't be lured in by Christopher Walken!"]
    table = stand_in.variables[0].numpy()
    answer = stand_in(_tensor(texts)).numpy()
    assert answer.dtype == np.float32
    np.testing.assert_allclose(count_rows(texts, tokens, "plain") @ table, answer, rtol=1e-5, atol=1e-5)
    assert not answer[:3].any()
    assert np.abs(answer[-1]).max() > 0.1


def test_shipped_graph_splits_words_as_the_plain_rule_does(stand_in: Any) -> None:
    words, lengths = stand_in.split(_tensor(NASTY))
    expected = [split_words(text, "plain") for text in NASTY]
    assert lengths.numpy().tolist() == [len(row) for row in expected]
    assert [word.decode() for word in words.numpy()] == [word for row in expected for word in row]
