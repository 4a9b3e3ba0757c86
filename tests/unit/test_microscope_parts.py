"""What the microscope writes of a review: every word escaped, every bar on its side, every sentence true."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from pages.parts.alike import FEWEST, MOST, SENTENCES, pairs_sentence, read_sentences, sentences_problem
from pages.parts.microscope import moved_sentence, nearest_sentence, quote_html, strongest_words, words_html

NAN = float("nan")


def examined(probability: float, *words: tuple[str, float | None]) -> dict[str, Any]:
    """An answer with these words and the probability without each; a word in capitals is unknown."""
    rows = [{"word": w, "known": not w.isupper(), "without": without} for w, without in words]
    return {"words": rows, "count": len(rows), "probability": probability}


REVIEW = examined(0.943, ("a", 0.943), ("wonderful", 0.812), ("waste", 0.999), ("ZZYZX", 0.953))


class Read(HTMLParser):
    """The tags of some HTML with their attributes, and its text, as a browser would read them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def words(self) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == "span"]

    def bars(self) -> list[tuple[str, float]]:
        """Side and share of each bar."""
        found = [attrs for attrs in self.words() if "style" in attrs]
        return [(str(a["class"]).split()[-1], float(str(a["style"]).removeprefix("--share:"))) for a in found]


def test_word_pushes_up_where_praise_falls_without_it_and_down_where_it_rises() -> None:
    bars = Read(words_html(REVIEW, True)).bars()
    assert [side for side, _ in bars] == ["lab-up", "lab-down", "lab-down"], "the word that changes nothing has no bar"
    assert [share for _, share in bars] == pytest.approx([1, 0.056 / 0.131, 0.010 / 0.131], abs=1e-3)


def test_word_carries_the_prediction_without_it_for_reader_and_for_machine() -> None:
    _, wonderful, waste, unknown = Read(words_html(REVIEW, True)).words()
    assert wonderful["title"] == "without “wonderful”: 0.812 instead of 0.943 (−0.131)"
    assert waste["title"] == "without “waste”: 0.999 instead of 0.943 (+0.056)"
    assert unknown["title"] == "without “ZZYZX”, unknown to the embedding: 0.953 instead of 0.943 (+0.010)"
    assert [w["data-without"] for w in (wonderful, waste, unknown)] == ["0.812", "0.999", "0.953"]


@pytest.mark.parametrize("is_trained", [True, False])
def test_only_unknown_words_are_underlined_and_the_text_stays_readable(is_trained: bool) -> None:
    markup = words_html(REVIEW, is_trained)
    assert re.findall("<u>(.*?)</u>", markup) == ["ZZYZX"]
    assert Read(markup).text == "a wonderful waste ZZYZX"


def test_untrained_model_has_no_bars_and_no_predictions() -> None:
    read = Read(words_html(REVIEW, False))
    assert read.bars() == []
    assert read.words() == []


@pytest.mark.parametrize("is_trained", [True, False])
@pytest.mark.parametrize("word", ['"onmouseover="x', "<script>alert(1)</script>", "'><img/src=x>", "&lt;b&gt;"])
def test_no_word_becomes_markup(word: str, is_trained: bool) -> None:
    read = Read(words_html(examined(0.9, (word, 0.5)), is_trained))
    assert {tag for tag, _ in read.tags} <= {"div", "span", "u"}
    names = {name for _, attrs in read.tags for name in attrs}
    assert names <= {"class", "title", "style", "data-without", "role", "tabindex", "aria-label"}
    assert read.text == word
    if is_trained:
        assert f"without “{word}”" in str(read.words()[0]["title"])
        assert word in str(read.tags[0][1]["aria-label"])


@pytest.mark.parametrize("without", [None, NAN, float("inf")])
def test_word_that_could_not_be_left_out_has_no_bar_and_no_number(without: float | None) -> None:
    answer = examined(0.9, ("alone", without), ("good", 0.5))
    alone, good = Read(words_html(answer, True)).words()
    assert "data-without" not in alone
    assert good["data-without"] == "0.500"
    assert len(Read(words_html(answer, True)).bars()) == 1
    assert "alone" not in strongest_words(answer)


def test_words_that_change_next_to_nothing_get_no_bars_made_large() -> None:
    answer = examined(0.9, ("one", 0.90001), ("two", 0.8996))
    assert Read(words_html(answer, True)).bars() == []
    assert strongest_words(answer) == "No single word moves the probability by 0.001 or more."


def test_cut_review_says_that_it_goes_on() -> None:
    cut = REVIEW | {"count": 401}
    for is_trained in (True, False):
        assert Read(words_html(cut, is_trained)).text.endswith("…")
        assert not Read(words_html(REVIEW, is_trained)).text.endswith("…")


def test_endless_word_is_whole_in_the_text_and_short_in_tooltip_and_sentence() -> None:
    answer = examined(0.9, ("x" * 5000, 0.2))
    read = Read(words_html(answer, True))
    assert read.text == "x" * 5000
    assert len(str(read.words()[0]["title"])) < 120
    assert len(strongest_words(answer)) < 120


def test_strongest_words_are_said_each_way_strongest_first() -> None:
    answer = examined(0.5, ("b", 0.4), ("a", 0.3), ("c", 0.45), ("d", 0.49), ("e", 0.6), ("f", 0.7))
    assert strongest_words(answer) == (
        "Counts most for praise: a (+0.200), b (+0.100), c (+0.050). For complaint: f (−0.200), e (−0.100)."
    )
    assert strongest_words(answer, 1) == "Counts most for praise: a (+0.200). For complaint: f (−0.200)."


def test_equally_strong_words_keep_the_order_of_the_text() -> None:
    answer = examined(0.5, ("second", 0.4), ("first", 0.4), ("third", 0.4))
    assert "second (+0.100), first (+0.100), third (+0.100)" in strongest_words(answer)


def test_word_that_occurs_twice_is_named_once_with_its_largest_difference() -> None:
    answer = examined(0.5, ("good", 0.45), ("bad", 0.6), ("good", 0.4))
    assert strongest_words(answer) == "Counts most for praise: good ×2 (+0.100). For complaint: bad (−0.100)."


def test_one_sided_review_says_that_nothing_speaks_for_the_other_side() -> None:
    assert strongest_words(examined(0.5, ("good", 0.4))).endswith("None counts for complaint.")
    assert strongest_words(examined(0.5, ("bad", 0.6))) == "No word counts for praise. For complaint: bad (−0.100)."


def test_word_with_a_stop_of_its_own_stands_in_quotes() -> None:
    assert "“tears,” (+0.100)" in strongest_words(examined(0.5, ("tears,", 0.4)))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([1, 1, 0, 1, 1], "Of the 5 nearest training reviews, 4 are praise."),
        ([0, 0, 1, 0, 0], "Of the 5 nearest training reviews, 1 is praise."),
        ([0, 0], "Of the 2 nearest training reviews, none are praise."),
        ([0], "The nearest training review is a complaint."),
    ],
)
def test_nearest_reviews_are_counted(labels: list[int], said: str) -> None:
    assert nearest_sentence([{"label": label} for label in labels]) == said


def test_quoted_review_is_escaped_and_its_line_breaks_are_spaces() -> None:
    read = Read(quote_html("Good.<br /><br />I <b>saw</b> it & laughed."))
    assert [tag for tag, _ in read.tags] == ["div"]
    assert read.text == "Good. I <b>saw</b> it & laughed."


@pytest.mark.parametrize("text", ["<i>word</i> " * 100, "<" * 1000])
def test_long_quoted_review_begins_clipped_and_unfolds_whole(text: str) -> None:
    markup = quote_html(text)
    opening, whole = markup.split("</summary>")
    assert {tag for tag, _ in Read(markup).tags} == {"details", "summary", "span", "small", "b"}
    assert len(Read(opening).text) < 340
    assert Read(whole).text == text.strip()


def test_moved_numbers_are_said_with_the_turn_of_the_whole() -> None:
    assert moved_sentence([0.31, 1, 0], [-0.84, 1, 0.001]) == (
        "Moved most: number 1 (0.31 → −0.84); cosine of before and after 0.54."
    )
    assert moved_sentence([1, 2], [1, 2.001]).startswith("No number moved so far that two decimals show it; cosine")
    assert moved_sentence([1, 2], [1, 2]) == "No number moved: before and after they are the same."


def test_lines_with_nothing_in_them_are_no_sentences() -> None:
    assert read_sentences("  one \n\n \t\r\ntwo\n") == ["one", "two"]
    assert read_sentences(" \n") == []


@pytest.mark.parametrize(
    ("count", "now"), [(0, "are none"), (1, "is 1"), (FEWEST - 1, "are 2"), (MOST + 1, "are 9"), (40, "are 40")]
)
def test_too_few_or_too_many_sentences_are_refused_with_what_was_received(count: int, now: str) -> None:
    assert sentences_problem(["one"] * count).endswith(f"There {now} now.")


def test_allowed_numbers_of_sentences_and_the_default_are_no_problem() -> None:
    for count in range(FEWEST, MOST + 1):
        assert sentences_problem(["one"] * count) == ""
    assert len(read_sentences(SENTENCES)) == 5


def test_pairs_are_said_with_a_true_minus_and_no_minus_before_zero() -> None:
    table = [[1, -0.001, 0.873], [-0.001, 1, 0.1], [0.873, 0.1, 1]]
    assert pairs_sentence(table) == "Nearest pair: 1 and 3 (cosine 0.87); farthest: 1 and 2 (0.00)"
    assert "(−0.50)" in pairs_sentence([[1, -0.5], [-0.5, 1]])
    assert pairs_sentence([[1, NAN], [NAN, 1]]) == "No two of these sentences can be compared."
