"""The review microscope in a real browser: every number on the page beside one computed from the run's files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from core.scenarios import parse
from core.scenarios.imdb import ENCODER, SOURCES, STAND_IN, WHY_FIXED, chosen_reviews
from core.sources import encoder
from core.sources.embedding import load_embedding
from core.sources.reviews import load_texts
from core.sources.words import count_rows, split_words
from tests.browsing import CHART, READY, open_page, press, run_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLES = {source.id: source.title for source in SOURCES}
SETTINGS = "imdb?examples=500&epochs=3&learning_rate=0.005&batch_size=32"
"""Three epochs that move the numbers so far that three decimals show it."""
REVIEW = (
    "A wonderful family film!<br /><br />We didn't regret it, zzyzx. <script>window.hacked = 1</script> Beautiful "
    "<b>pictures</b>, a moving story, but the music is terrible. <img src=x onerror='window.hacked = 1'>"
)
"""Its nearest reviews are of both kinds."""
SENTENCES = ("The <b>doctor</b> told him to rest.", "A physician told the patient to stay in bed.", "Oil prices fell.")
CALM = """() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && !document.body.innerText.includes('Asking the worker')"""
SEEN = """() => ({
  words: [...document.querySelectorAll('.lab-weighed .lab-word')].map((word) => ({
    word: word.textContent,
    side: word.classList.contains('lab-up') - word.classList.contains('lab-down'),
    without: Number(word.dataset.without),
  })),
  text: document.querySelector('[data-testid=stMain]').innerText.replaceAll('−', '-'),
  charts: [...document.querySelectorAll('.js-plotly-plot')].map((chart) => chart.data),
})"""
NEAR = re.compile(r"(praise|complaint)\s+· cosine (-?\d\.\d\d) · review ([\d,]+)")
ALIKE = re.compile(r"Nearest pair: (\d) and (\d) \(cosine (-?\d\.\d\d)\); farthest: (\d) and (\d) \((-?\d\.\d\d)\)")

Seen = dict[str, Any]


class Network:
    """A run read from its files and computed by matrix product alone."""

    def __init__(self, server: Any, run: str) -> None:
        self.spec = parse(server.spec(run))
        with np.load(server.home / "runs" / run / "weights.npz") as kept:
            self.weights = dict(kept)
        texts, (self.rows, _) = load_texts(), chosen_reviews(self.spec)
        self.labels, self.reviews = texts.labels[self.rows], self.numbers(texts.at(self.rows))

    def numbers(self, texts: Sequence[str]) -> np.ndarray:
        return by_table(self.spec.source, texts, self.weights["embedding/0"])

    def praise(self, texts: Sequence[str]) -> np.ndarray:
        hidden = np.maximum(self.numbers(texts) @ self.weights["hidden/0"] + self.weights["hidden/1"], 0)
        return np.asarray(1 / (1 + np.exp(-(hidden @ self.weights["output/0"] + self.weights["output/1"])[:, 0])))


def by_table(source: str, texts: Sequence[str], table: np.ndarray) -> np.ndarray:
    """Texts as a table of word vectors has them, under a source's rule."""
    embedding = load_embedding(source)
    rows = count_rows(texts, embedding.vocabulary, embedding.rule, embedding.combine)
    return np.asarray(rows.toarray() @ table)


def pretrained(source: str, texts: Sequence[str]) -> np.ndarray:
    if source == ENCODER:
        return np.stack([encoder.encode_one(text) for text in texts])
    return by_table(source, texts, load_embedding(source).table)


def cosines(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    units = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in (rows, others)]
    return np.asarray(units[0] @ units[1].T)


def type_into(page: Any, label: str, text: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Control+Enter")


def wait_for_words(page: Any, words: Sequence[str]) -> None:
    page.wait_for_function(f"document.querySelector('.lab-words')?.textContent === {json.dumps(' '.join(words))}")


def look(page: Any) -> Seen:
    """What stands on the page when all questions have been answered."""
    page.wait_for_function(CALM, timeout=READY)
    return dict(page.evaluate(SEEN))


def chart(seen: Seen, trace: str) -> dict[str, Any]:
    """The traces, by ``uid``, of the one chart that has this one."""
    (found,) = [traces for traces in seen["charts"] if any(t.get("uid") == trace for t in traces)]
    return {t["uid"]: t for t in found}


def check_words(seen: Seen, network: Network, words: Sequence[str]) -> None:
    """The probability of praise, and without each word; a bar on the side it pushes to."""
    whole = float(network.praise([REVIEW])[0])
    without = network.praise([" ".join([*words[:i], *words[i + 1 :]]) for i in range(len(words))])
    assert np.ptp(without) > 0.02  # or three decimals would tell nothing
    (said,) = re.findall(r"probability of praise (0\.\d{3})", seen["text"])
    assert float(said) == pytest.approx(whole, abs=6e-4)
    assert [w["word"] for w in seen["words"]] == words
    assert [w["without"] for w in seen["words"]] == pytest.approx(without.tolist(), abs=6e-4)
    for word, push in zip(seen["words"], whole - without, strict=True):
        assert word["side"] == np.sign(push) * (abs(push) >= 0.0005) or abs(push) == pytest.approx(0.0005, abs=1e-5)


def check_nearest(seen: Seen, network: Network) -> None:
    """Of all it trained on, the five with the largest cosines: which they are, their labels, the cosines."""
    found = cosines(network.reviews, network.numbers([REVIEW]))[:, 0]
    best = np.argsort(-found)[:5]
    assert 0 < network.labels[best].sum() < 5
    near = NEAR.findall(seen["text"])
    assert [int(number.replace(",", "")) - 1 for _, _, number in near] == network.rows[best].tolist()
    assert [label == "praise" for label, _, _ in near] == (network.labels[best] == 1).tolist()
    assert [float(cosine) for _, cosine, _ in near] == pytest.approx(found[best].tolist(), abs=0.0051)


def check_map(seen: Seen, network: Network) -> None:
    """Star and dots on the first two principal components of the training reviews."""
    traces, centre = chart(seen, "asked"), network.reviews.mean(axis=0, dtype=np.float64)
    _, sizes, directions = np.linalg.svd(network.reviews - centre, full_matrices=False)
    for axis, name in enumerate(("x", "y")):
        dots = (network.reviews - centre) @ directions[axis]
        dots = np.concatenate([dots[network.labels == 1], dots[network.labels == 0]])
        shown = np.array([*traces["praise"][name], *traces["complaint"][name]])
        sign = np.sign(dots @ shown)  # a principal component's sign is arbitrary
        star = (network.numbers([REVIEW])[0] - centre) @ directions[axis]
        assert np.allclose(shown, sign * dots, rtol=1e-3, atol=1e-3)
        assert traces["asked"][name] == pytest.approx([sign * star], rel=1e-3, abs=1e-3)
    (said,) = re.findall(r"keep (\d+)\s% of the spread", seen["text"])
    assert int(said) == pytest.approx(100 * (sizes[:2] ** 2).sum() / (sizes**2).sum(), abs=0.51)


def check_numbers(seen: Seen, network: Network) -> None:
    """The review's numbers as bars, before training and after."""
    bars = chart(seen, "series-1")
    before, after = pretrained(network.spec.source, [REVIEW])[0], network.numbers([REVIEW])[0]
    assert np.abs(after - before).max() > 0.05
    for uid, expected in (("series-0", before), ("series-1", after)):
        assert bars[uid]["y"] == pytest.approx(expected.tolist(), abs=1e-4)


def check_vader(seen: Seen) -> None:
    score = SentimentIntensityAnalyzer().polarity_scores(REVIEW.replace("<br />", " "))["compound"]
    assert score > 0.05 and f"VADER: it says praise · score {score:+.2f} of -1 to 1" in seen["text"]


def check_alike(text: str, trace: dict[str, Any], found: np.ndarray) -> None:
    """The pairs a source calls nearest and farthest, and its map: three points always fit a plane, so the distances
    there are those of all numbers."""
    pairs = sorted(((found[i, j], i + 1, j + 1) for i in range(3) for j in range(i + 1, 3)), reverse=True)
    said = [float(figure) for figure in ALIKE.search(text).groups()]  # type: ignore[union-attr]
    expected = [float(figure) for value, i, j in (pairs[0], pairs[-1]) for figure in (i, j, value)]
    assert said == pytest.approx(expected, abs=0.0051)
    places = np.stack([trace["x"], trace["y"]], axis=1)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert np.allclose(apart, np.sqrt(np.maximum(2 - 2 * found, 0)), atol=2e-3)


def test_microscope_shows_the_numbers_of_the_run_on_disk(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, SETTINGS)
    press(page, "Train")
    load_embedding(STAND_IN)  # takes as many seconds as the workers do meanwhile
    page.wait_for_function("/state\\s+finished/.test(document.querySelector('.lab-readout').innerText)", timeout=READY)
    network = Network(server, run_in(page))
    words = split_words(REVIEW, "plain")
    type_into(page, "A review", REVIEW)
    wait_for_words(page, words)
    seen = look(page)
    check_words(seen, network, words)
    check_nearest(seen, network)
    check_map(seen, network)
    check_numbers(seen, network)
    check_vader(seen)
    assert page.evaluate("window.hacked") is None


def test_alike_maps_sentences_by_each_source_that_is_here(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, "imdb")
    page.get_by_role("tab", name="Alike?", exact=True).click()
    type_into(page, "3 to 8 sentences, each on a line of its own", "\n".join(SENTENCES))
    here = (STAND_IN, "glove-100d", ENCODER)
    found = [cosines(*[pretrained(source, SENTENCES)] * 2) for source in here]
    maps = f"[...document.querySelectorAll('{CHART}')].filter((c) => c.data?.[0]?.uid === 'sentences')"
    page.wait_for_function(
        f"(maps => maps.length === {len(here)} && maps.every((c) => c.data[0].x.length === 3))({maps})"
    )
    seen = look(page)
    drawn = [traces[0] for traces in seen["charts"] if traces[0].get("uid") == "sentences"]
    for source, trace, expected in zip(here, drawn, found, strict=True):
        check_alike(seen["text"].split(TITLES[source])[1], trace, expected)
    assert "not on this computer" in seen["text"].split(TITLES["gnews-swivel-20dim"])[1]
    assert all("&lt;b&gt;doctor&lt;/b&gt;" in trace["customdata"][0] for trace in drawn)


def test_sentence_encoder_is_locked_and_says_why(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, "imdb")
    page.get_by_role("combobox", name="Source of knowledge").click()
    page.get_by_role("option", name=TITLES[ENCODER], exact=True).click()
    card = page.locator(".st-key-lab-card-encoder")
    card.get_by_text(WHY_FIXED).wait_for()
    assert card.get_by_label("frozen", exact=True).is_disabled()
    page.get_by_text(re.compile("8,225 of 68,935,493 numbers will change")).wait_for()
    examples = page.get_by_test_id("stSlider").filter(has_text="Training examples")
    assert examples.get_by_test_id("stSliderTickBar").inner_text().split() == ["50", "2,000"]
    assert examples.get_by_test_id("stSliderThumbValue").inner_text() == "200"
    assert page.get_by_role("button", name="Train", exact=True).is_enabled()
    type_into(page, "A review", REVIEW)
    wait_for_words(page, REVIEW.split())  # it takes markup for words, and the page shows it as text
    assert chart(look(page), "series-0")["series-0"]["y"] == pytest.approx(pretrained(ENCODER, [REVIEW])[0], abs=1e-4)
    assert page.evaluate("window.hacked") is None
