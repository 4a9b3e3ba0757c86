"""Questions about words: answers against a direct computation in float64, and words as people misspell them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from core.errors import LabError, SourceUnavailable, UnreadableText
from core.insight import moved_words as moves
from core.insight import near_words, word_lab
from core.sources.glove import load_glove
from core.sources.word_vectors import WordVectors, of_vocabulary, shipped_vectors

GLOVE = shipped_vectors()
TINY = WordVectors(
    ("east", "north", "nowhere", "eastward", "west", "also-east"),
    np.array([[1, 0], [0, 1], [0, 0], [2, 0.1], [-1, 0], [3, 0]], np.float32),
)


def cosine_table(words: Sequence[str]) -> Callable[[np.ndarray], dict[str, float]]:
    """A direct computation: each word's own cosine with a direction, by its own sum in float64."""
    glove = load_glove()
    numbers = dict(zip(glove.words, glove.vectors.astype(np.float64), strict=True))

    def cosines(direction: np.ndarray) -> dict[str, float]:
        size = math.sqrt(float(np.dot(direction, direction)))
        return {w: float(np.dot(v, direction)) / (size * math.sqrt(float(np.dot(v, v)))) for w, v in numbers.items()
                if w not in words}  # fmt: skip

    return cosines


def vector(word: str) -> np.ndarray:
    return load_glove().vectors[load_glove().words.index(word)].astype(np.float64)


def names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["word"] for row in rows]


def best_directly(direction: np.ndarray, without: Sequence[str], count: int) -> list[tuple[str, float]]:
    return sorted(cosine_table(without)(direction).items(), key=lambda pair: -pair[1])[:count]


def check_against(rows: Sequence[dict[str, Any]], direct: Sequence[tuple[str, float]]) -> None:
    assert names(rows) == [word for word, _ in direct]
    assert [row["cosine"] for row in rows] == pytest.approx([cosine for _, cosine in direct], abs=2e-6)


def test_a_words_numbers_are_its_own() -> None:
    answer = word_lab.word(GLOVE, "king")
    assert answer["numbers"] == vector("king").tolist()
    assert answer["length"] == pytest.approx(math.sqrt(sum(v * v for v in vector("king"))))
    assert (answer["rank"], answer["of"]) == (load_glove().words.index("king") + 1, 40_000)
    assert (answer["known"], answer["changed"]) == (True, False)


@pytest.mark.parametrize("given", [" king ", "KING", "King\n"])
def test_case_and_spaces_are_taken_off_and_that_is_said(given: str) -> None:
    answer = word_lab.word(GLOVE, given)
    assert (answer["word"], answer["given"], answer["changed"], answer["known"]) == ("king", given, True, True)


def test_a_vocabulary_with_capitals_keeps_its_capitals() -> None:
    cased = WordVectors(("Film", "film"), np.eye(2, dtype=np.float32))
    assert [word_lab.word(cased, given)["rank"] for given in ("Film", "film", "FILM")] == [1, 2, 2]


def test_a_letter_of_two_characters_is_read_as_one() -> None:
    accented = WordVectors(("caf\u00e9", "bar"), np.eye(2, dtype=np.float32))
    assert word_lab.word(accented, "cafe\u0301")["known"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("paris", {"france", "london"}),
        ("good", {"better", "really"}),
        ("seven", {"six", "eight", "five"}),
    ],
)
def test_neighbours_are_those_of_a_direct_computation(word: str, expected: set[str]) -> None:
    near = near_words.neighbours(GLOVE, word)["neighbours"]
    assert expected <= set(names(near))
    check_against(near, best_directly(vector(word), [word], 10))


def test_king_minus_man_plus_woman_is_queen() -> None:
    answer = word_lab.analogy(GLOVE, ["king", "woman"], ["man"])
    direction = vector("king") - vector("man") + vector("woman")
    assert answer["answers"][0]["word"] == "queen"
    check_against(answer["answers"], best_directly(direction, ["king", "man", "woman"], 5))
    assert answer["formula"] == "king − man + woman"
    assert answer["numbers"] == vector("queen").tolist()


def test_the_nearest_word_with_none_left_out_is_king_itself() -> None:
    assert word_lab.analogy(GLOVE, ["king", "woman"], ["man"])["closest"]["word"] == "king"


def test_each_step_of_a_sum_is_shown() -> None:
    steps = word_lab.analogy(GLOVE, ["king", "woman"], ["man"])["steps"]
    king, man, woman = map(vector, ("king", "man", "woman"))
    assert [step["label"] for step in steps] == ["king", "king − man", "king − man + woman"]
    for step, direct in zip(steps, (king, king - man, king - man + woman), strict=True):
        np.testing.assert_allclose(step["numbers"], direct, rtol=1e-12, atol=1e-12)
        nearest = best_directly(direct, ["king", "man", "woman"], 1)
        check_against([step["nearest"]], nearest)


@pytest.mark.parametrize(
    "text",
    [
        "king - man + woman",
        "king-man+woman",
        "  King −man+ WOMAN = ?",
        "king – man + woman =",
        "king — man ＋ woman=?",
        "+ king - man + woman",
        "king\u00a0- man\u00a0+ woman",
    ],
)
def test_formulas_are_read_however_they_are_typed(text: str) -> None:
    answer = word_lab.formula(GLOVE, text)
    assert answer["formula"] == "king − man + woman"
    assert answer["answers"][0]["word"] == "queen"


def test_a_formula_keeps_its_order_and_may_begin_with_a_minus() -> None:
    assert word_lab.formula(GLOVE, "- man + king + woman")["formula"] == "− man + king + woman"
    assert word_lab.formula(GLOVE, "-man+king")["formula"] == "− man + king"


def test_a_hyphen_within_a_known_word_is_no_minus() -> None:
    assert word_lab.read_formula(GLOVE, "well-known + actor") == [(1, "well-known"), (1, "actor")]


def test_a_formula_of_one_word_gives_its_neighbours() -> None:
    rows = word_lab.formula(GLOVE, "paris")["answers"]
    assert rows == near_words.neighbours(GLOVE, "paris", 5)["neighbours"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no formula"),
        ("   ", "no formula"),
        ("=", "no formula"),
        ("king -", "no word after"),
        ("+", "no word after"),
        ("king + - man", "no word after"),
        ("king - - man", "no word after"),
        ("king man", "between two words"),
        ("king - man = queen", "between two words"),
        ("x" * 61, "too long"),
        ("king + " * 100, "too long"),
        (" + ".join(["king"] * 9), "1 to 8 words"),
    ],
)
def test_nonsense_is_refused_with_a_way_out(text: str, said: str) -> None:
    with pytest.raises(UnreadableText, match=said) as caught:
        word_lab.formula(GLOVE, text)
    assert caught.value.do


def test_unknown_words_of_a_formula_come_with_spellings() -> None:
    answer = word_lab.formula(GLOVE, "kign - man + womann")
    assert not answer["known"]
    assert "answers" not in answer
    assert [term["known"] for term in answer["terms"]] == [False, True, False]
    assert answer["terms"][0]["spellings"][0] == "king"
    assert answer["terms"][2]["spellings"][0] == "woman"


def test_a_sum_of_nothing_has_no_answers() -> None:
    for text in ("king - king", "king - man - king + man", "king + man - man - king"):
        answer = word_lab.formula(GLOVE, text)
        assert (answer["blank"], answer["answers"], answer["closest"], answer["numbers"]) == (True, [], None, [])


def test_a_vector_of_zeros_has_no_neighbours_and_is_nobodys() -> None:
    answer = near_words.neighbours(TINY, "nowhere")
    assert (answer["neighbours"], answer["blank"]) == ([], True)
    assert word_lab.word(TINY, "nowhere")["length"] == 0
    assert "nowhere" not in names(near_words.neighbours(TINY, "east")["neighbours"])


def test_of_equal_cosines_the_commoner_word_comes_first() -> None:
    near = near_words.neighbours(TINY, "eastward")["neighbours"]
    assert names(near) == ["east", "also-east", "north", "west"]
    rows = np.tile(np.random.default_rng(0).normal(size=100).astype(np.float32), (3_001, 1))
    rows[1:] *= np.random.default_rng(1).uniform(0.1, 9, (3_000, 1))
    same = WordVectors(tuple(f"w{n}" for n in range(3_001)), rows)
    assert names(near_words.neighbours(same, "w0", 7)["neighbours"]) == [f"w{n}" for n in range(1, 8)]


def test_more_neighbours_than_words_are_all_words() -> None:
    assert len(near_words.neighbours(TINY, "east", 100)["neighbours"]) == 4


@pytest.mark.parametrize("count", [0, -1, 101])
def test_a_senseless_count_is_refused(count: int) -> None:
    with pytest.raises(LabError, match="1 to 100"):
        near_words.neighbours(TINY, "east", count)


def slips(a: str, b: str) -> int:
    """Optimal string alignment, letter by letter as it is defined."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            ways = [table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1])]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                ways.append(table[i - 2][j - 2] + 1)
            table[i][j] = min(ways)
    return table[-1][-1]


@pytest.mark.parametrize("given", ["graet", "teh", "moovie", "terible", "Pariss", "accomodation", "wich", "xq"])
def test_spellings_are_those_of_a_direct_search(given: str) -> None:
    some = WordVectors(GLOVE.words[:6_000], GLOVE.table[:6_000])
    reach = min(2, len(given) // 2)
    found = sorted((slips(given.lower(), w), n, w) for n, w in enumerate(some.words) if abs(len(w) - len(given)) <= 2)
    expected = [w for away, _, w in found if away <= reach][:5]
    assert word_lab.word(some, given)["spellings"] == expected


@pytest.mark.parametrize(
    ("given", "meant"), [("graet", "great"), ("thw", "the"), ("beautifull", "beautiful"), ("wierd", "weird")]
)
def test_a_misspelt_word_is_recognised(given: str, meant: str) -> None:
    answer = near_words.neighbours(GLOVE, given)
    assert (answer["known"], answer["spellings"][0]) == (False, meant)


@pytest.mark.parametrize(
    "given", ["😀", "😀😀😀😀", "\ud800", "日本語", "x" * 60, "new york city", "\x00\x00", "<b>", "%{x}"]
)
def test_whatever_is_typed_is_answered(given: str) -> None:
    for ask in (word_lab.word, near_words.neighbours, lambda v, w: word_lab.analogy(v, [w], [])):
        json.dumps(ask(GLOVE, given), allow_nan=False)


@pytest.mark.parametrize(("given", "said"), [("", "no word"), (" \t", "no word"), ("x" * 61, "too long")])
def test_what_is_no_word_is_refused(given: str, said: str) -> None:
    with pytest.raises(UnreadableText, match=said):
        word_lab.word(GLOVE, given)


def test_a_map_keeps_what_a_direct_computation_keeps() -> None:
    words = word_lab.GROUPS["Countries and capitals"]
    answer = word_lab.word_map(GLOVE, words)
    units = np.stack([vector(w) / np.linalg.norm(vector(w)) for w in words])
    centred = units - units.mean(axis=0)
    sizes, directions = np.linalg.eigh(np.cov(centred.T))
    for axis, column in (("x", -1), ("y", -2)):
        direction = directions[:, column]
        direction = direction * np.sign(direction[np.abs(direction).argmax()])
        np.testing.assert_allclose(answer[axis], centred @ direction, atol=2e-6)
    assert answer["share"] == pytest.approx(sizes[-2:].sum() / sizes.sum(), rel=1e-5)
    assert answer["words"] == list(words)


def test_words_on_a_map_are_there_once_and_unknown_ones_are_said() -> None:
    answer = word_lab.word_map(GLOVE, ["Paris", "paris", " rome ", "berlin", "graet", "qqqqqq", ""])
    assert answer["words"] == ["paris", "rome", "berlin"]
    assert [(u["word"], u["spellings"][:1]) for u in answer["unknown"]] == [("graet", ["great"]), ("qqqqqq", [])]
    assert not answer["known"]
    assert word_lab.word_map(GLOVE, ["paris", "rome", "qqqqqq"])["x"] == []


def test_a_map_of_points_in_one_place_is_one_place() -> None:
    same = WordVectors(("a", "b", "c"), np.ones((3, 4), np.float32))
    answer = word_lab.word_map(same, same.words)
    assert (answer["x"], answer["y"], answer["share"]) == ([0, 0, 0], [0, 0, 0], 0)
    line = WordVectors(("a", "b", "c"), np.array([[1.0], [-1], [0]], np.float32))
    assert word_lab.word_map(line, line.words)["y"] == [0, 0, 0]


@pytest.mark.parametrize("words", [[], ["paris"], ["paris", "paris", "rome"], [f"w{n}" for n in range(61)]])
def test_too_few_and_too_many_words_for_a_map_are_refused(words: list[str]) -> None:
    with pytest.raises(UnreadableText, match="3 to 60"):
        word_lab.word_map(GLOVE, words)


@pytest.mark.parametrize("group", word_lab.GROUPS)
def test_each_word_of_a_ready_group_is_known(group: str) -> None:
    words = word_lab.GROUPS[group]
    assert [w for w in words if w not in GLOVE.ids] == []
    assert len(set(words)) == len(words) <= word_lab.MOST_ON_MAP


def trained(seed: int = 0) -> tuple[WordVectors, WordVectors, np.ndarray]:
    """Ten words before and after: w0 does not move, w1 doubles, w2 turns, w3 moves far but is rare, w4 starts at 0."""
    before = np.random.default_rng(seed).normal(size=(10, 6)).astype(np.float32)
    before[4] = 0
    after = before.copy()
    after[1] *= 2
    after[2] = np.roll(before[2], 1)
    after[3] *= -50
    after[4] = 1
    words = tuple(f"w{n}" for n in range(10))
    return WordVectors(words, before), WordVectors(words, after), np.array([90, 80, 70, 2, 50, 40, 30, 20, 10, 5])


def test_the_words_that_moved_most_are_those_read_often_enough() -> None:
    before, after, counts = trained()
    answer = moves.moved_words(before, after, counts)
    a, b = before.table.astype(np.float64), after.table.astype(np.float64)
    expected = {f"w{n}": math.dist(a[n], b[n]) / math.sqrt(sum(a[n] ** 2)) for n in (1, 2)}
    order = sorted(expected, key=lambda w: -expected[w])
    assert names(answer["moved"]) == [*order, "w4"]
    assert {m["word"]: m["distance"] for m in answer["moved"]} == pytest.approx({**expected, "w4": None})
    turned = sum(a[2] * b[2]) / (math.sqrt(sum(a[2] ** 2)) * math.sqrt(sum(b[2] ** 2)))
    assert [(t["word"], t["cosine"]) for t in answer["turned"]] == [("w2", pytest.approx(turned)), ("w1", 1.0)]
    assert (answer["changed"], answer["compared"], answer["unmoved"]) == (4, 7, False)
    assert names(moves.moved_words(before, after, counts, least=1)["moved"])[0] == "w3"


def test_a_frozen_embedding_has_moved_by_exactly_nothing() -> None:
    before, _, counts = trained()
    answer = moves.moved_words(before, WordVectors(before.words, before.table.copy()), counts)
    assert (answer["unmoved"], answer["changed"], answer["moved"], answer["turned"]) == (True, 0, [], [])
    assert "exactly 0" in moves.moved_sentence(answer)
    near = moves.neighbours_moved(before, before, "w1")
    assert (near["distance"], near["cosine"], near["new"], near["gone"]) == (0.0, 1.0, [], [])
    assert near["before"] == near["after"]
    assert moves.neighbours_moved(before, before, "w4")["distance"] == 0.0


def test_the_sentence_says_who_moved_farthest() -> None:
    before, after, counts = trained()
    assert moves.moved_sentence(moves.moved_words(before, after, counts)).startswith("4 of 10 words moved. Farthest")
    assert "none that was seen" in moves.moved_sentence(moves.moved_words(before, after, counts, least=1_000))


def test_neighbours_of_a_word_before_and_after() -> None:
    before, after, _ = trained()
    answer = moves.neighbours_moved(before, after, "W2", 3)
    assert answer["before"] == near_words.neighbours(before, "w2", 3)["neighbours"]
    assert answer["after"] == near_words.neighbours(after, "w2", 3)["neighbours"]
    assert set(answer["new"]) == set(names(answer["after"])) - set(names(answer["before"]))
    assert len(answer["gone"]) == len(answer["new"]) > 0
    assert moves.neighbours_moved(before, after, "w22")["known"] is False


def test_where_a_pair_went() -> None:
    before = WordVectors(("good", "bad"), np.array([[1, 0.1], [1, -0.1]], np.float32))
    after = WordVectors(("good", "bad"), np.array([[0.1, 3], [0.1, -3]], np.float32))
    answer = moves.pair_moved(before, after, "good", "bad")
    assert (answer["before"], answer["after"]) == (pytest.approx(0.99 / 1.01), pytest.approx(-8.99 / 9.01))
    assert moves.pair_moved(before, after, "good", "bda")["unknown"][0]["spellings"] == ["bad"]
    assert moves.pair_moved(before, after, "good", "Good")["after"] == pytest.approx(1)


def test_a_map_of_moves_is_one_plane_for_both() -> None:
    before, after, _ = trained()
    answer = moves.moves_map(before, after, ["w0", "w1", "w2", "zzz"])
    assert answer["words"] == ["w0", "w1", "w2"]
    assert answer["before"][:2] == answer["after"][:2]  # the first stayed, the second only grew longer
    assert answer["before"][2] != answer["after"][2]
    with pytest.raises(LabError, match="3 to 60 known"):
        moves.moves_map(before, after, ["w0", "w1"])


def test_other_words_after_than_before_are_refused() -> None:
    before, _, counts = trained()
    other = WordVectors(tuple("abcdefghij"), before.table)
    with pytest.raises(LabError, match="same words"):
        moves.moved_words(before, other, counts)
    with pytest.raises(LabError, match="count for each word"):
        moves.moved_words(before, before, counts[:3])


def test_a_trained_table_leaves_out_the_row_for_unknown_words() -> None:
    vectors = of_vocabulary({"b": 1, "a": 0}, np.arange(6, dtype=np.float32).reshape(3, 2))
    assert (vectors.words, vectors.table.tolist()) == (("a", "b"), [[0, 1], [2, 3]])


@pytest.mark.parametrize(
    ("words", "table", "said"),
    [
        (("a",), np.zeros((2, 2)), "a row of numbers for each word"),
        (("a",), np.zeros(1), "a row of numbers for each word"),
        ((), np.zeros((0, 2)), "a row of numbers for each word"),
        (("a", "a"), np.zeros((2, 2)), "each word once"),
        (("a", "b"), np.array([[1, np.nan], [0, 0]]), "finite"),
        (("a", "b"), np.array([[1, np.inf], [0, 0]]), "finite"),
    ],
)
def test_vectors_that_are_none_are_refused(words: tuple[str, ...], table: np.ndarray, said: str) -> None:
    with pytest.raises(SourceUnavailable, match=said):
        WordVectors(words, table)
    with pytest.raises(SourceUnavailable, match="row for each word"):
        of_vocabulary({"a": 5}, np.zeros((2, 2)))


def test_large_numbers_keep_their_direction() -> None:
    huge = WordVectors(("a", "b", "c"), np.array([[3e30, 4e30], [3, 4], [-4, 3]], np.float32))
    assert [n["cosine"] for n in near_words.neighbours(huge, "a")["neighbours"]] == pytest.approx([1, 0], abs=1e-5)


def test_what_everyone_shares_cannot_be_changed() -> None:
    for array in (shipped_vectors().table, shipped_vectors().units):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1.0
    assert shipped_vectors() is GLOVE


def test_a_table_that_somebody_else_holds_stays_theirs_to_change() -> None:
    theirs = np.ones((2, 2), np.float32)
    WordVectors(("a", "b"), theirs)
    theirs[0, 0] = 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda: word_lab.word(GLOVE, "king"),
        lambda: word_lab.word(GLOVE, "wonderfuly"),
        lambda: near_words.neighbours(GLOVE, "king"),
        lambda: word_lab.formula(GLOVE, "king - man + woman"),
        lambda: word_lab.word_map(GLOVE, GLOVE.words[100:160]),
        lambda: moves.moved_words(GLOVE, GLOVE, np.full(40_000, 50)),
    ],
    ids=["word", "spellings", "neighbours", "formula", "map", "moved"],
)
def test_an_answer_is_plain_json(ask: Callable[[], dict[str, Any]]) -> None:
    found = ask()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
