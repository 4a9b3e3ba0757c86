"""The review microscope's looks: words with what each of them weighs, the nearest training reviews, the map, and which
of the numbers moved. What it draws are a worker's answers; all words and reviews in them are strangers' text."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.charts.maps import map_caption, map_figure
from core.errors import shown
from core.insight.similarity import cosine, most_moved
from core.words import mark, say, say_many
from pages.parts.plot import plot

Answer = Mapping[str, Any]

VISIBLE = 0.0005
"""A probability that moves by less is written as 0.000, and has no bar."""
MANY = 120
"""A longer review is set smaller."""
LONGEST_WORD = 40
CLIPPED = 300
"""Characters of a nearest review that stand open."""
MAP_HEIGHT = 420


@dataclass(frozen=True)
class _Weight:
    """How often a word occurs, and what the probability of praise owes to it."""

    word: str
    times: int
    push: float

    def __str__(self) -> str:
        times = f" ×{self.times}" if self.times > 1 else ""
        return f"{_named(self.word)}{times} ({signed(self.push)})"


def draw_words(answer: Answer, trained: bool) -> None:
    """The words with their bars, what the bars mean, and the words that count most."""
    st.html(words_html(answer, trained))
    if trained:
        st.html(f'<div class="lab-key"><p>{html.escape(strongest_words(answer))}</p><small>{say(_KEY)}</small></div>')
    st.caption(_counted(answer))


def _counted(answer: Answer) -> str:
    """How many words there are, how many of them the embedding does not know, and how many are shown."""
    count, unknown, seen = answer["count"], answer["unknown"], len(answer["words"])
    words = say_many("1 word", "{n:,} words", count)
    if unknown:
        words = say("{words}, {n:,} unknown to the embedding (dotted line)", words=words, n=unknown)
    if count > seen:
        return say("{words}. The first {n:,} are shown.", words=words, n=seen)
    return say("{words}.", words=words)


_KEY = mark(
    'A bar <b class="lab-up">▲</b> above the line: the word pushes towards praise; <b class="lab-down">▼</b> below it: '
    "towards complaint. The longest bar is the strongest word. Point at a word to read the prediction without it."
)


def words_html(answer: Answer, trained: bool) -> str:
    """The review as running text; with a trained model, under each word a bar for what it does to the prediction.

    Escaped HTML for ``st.html``. A weighed word carries ``data-without``, the probability of praise without it.
    """
    words, more = answer["words"], " …" if answer["count"] > len(answer["words"]) else ""
    if not trained:
        return f'<div class="lab-words">{" ".join(_marked(w) for w in words)}{more}</div>'
    probability = answer["probability"]
    strongest = max((abs(_push(w, probability) or 0.0) for w in words), default=0.0)
    weighed = " ".join(_weighed(w, probability, strongest) for w in words)
    size = " lab-many" if len(words) > MANY else ""
    label = html.escape(say("The words of the review. {strongest}", strongest=strongest_words(answer)), quote=True)
    # Long reviews scroll, so the keyboard must get there too.
    return (
        f'<div class="lab-words lab-weighed{size}" role="group" tabindex="0" aria-label="{label}">{weighed}{more}</div>'
    )


def strongest_words(answer: Answer, n: int = 3) -> str:
    """The words that count most each way as plain text, to be escaped where it is shown as markup.

    A word that occurs more than once is named once, with how often, and the most that any one of its places does.
    """
    weights = _weights(answer)
    praise = sorted((w for w in weights if w.push >= VISIBLE), key=lambda w: -w.push)[:n]
    complaint = sorted((w for w in weights if w.push <= -VISIBLE), key=lambda w: w.push)[:n]
    if not praise and not complaint:
        return say("No single word moves the probability by 0.001 or more.")
    if not complaint:
        return say("Counts most for praise: {praise}. None counts for complaint.", praise=_listed(praise))
    if not praise:
        return say("No word counts for praise. For complaint: {complaint}.", complaint=_listed(complaint))
    return say("Counts most for praise: {praise}. For complaint: {complaint}.", praise=_listed(praise),
               complaint=_listed(complaint))  # fmt: skip


def draw_nearest(answer: Answer) -> None:
    """The training reviews whose numbers point most nearly the same way, with their labels and similarities."""
    nearest = answer["nearest"]
    if not nearest:
        st.caption(say("No training review can be called near: this text has no numbers to compare."))
        return
    st.markdown(f"**{nearest_sentence(nearest)}**")
    with st.container(gap="xsmall"):
        for review in nearest:
            _near(review)


def nearest_sentence(nearest: Sequence[Answer]) -> str:
    """How many of the nearest reviews are praise."""
    praise = sum(1 for review in nearest if review["label"])
    if len(nearest) == 1:
        if praise:
            return say("The nearest training review is praise.")
        return say("The nearest training review is a complaint.")
    if not praise:
        return say("Of the {all} nearest training reviews, none are praise.", all=len(nearest))
    return say_many(
        "Of the {all} nearest training reviews, {n} is praise.",
        "Of the {all} nearest training reviews, {n} are praise.",
        praise,
        all=len(nearest),
    )


def quote_html(text: str) -> str:
    """A review as escaped HTML: its beginning, and where it goes on the whole of it to unfold."""
    plain = " ".join(text.replace("<br />", " ").split())
    if len(plain) <= CLIPPED:
        return f'<div class="lab-quote">{html.escape(plain)}</div>'
    start = plain[: CLIPPED - 1].rsplit(" ", 1)[0]
    more = say("all {n:,} characters", n=len(plain))
    opening = f"<summary><span>{html.escape(start)}…</span> <small><b>{more}</b></small></summary>"
    return f'<details class="lab-quote">{opening}{html.escape(plain)}</details>'


def draw_map(reviews: Answer, answer: Answer, key: str) -> None:
    """Where this review lies among the training reviews; ``reviews`` is the answer about the map."""
    near = [r["place"] for r in answer["nearest"] if r.get("place")]
    caption = map_caption(reviews)
    plot(map_figure(reviews, answer["place"], near), key, MAP_HEIGHT, caption)
    st.caption(caption)
    if answer["place"] is None:
        st.caption(say("This review has no place on the map."))


def moved_sentence(before: Sequence[float], after: Sequence[float]) -> str:
    """Which numbers training changed most, and how far the whole has turned."""
    moved = most_moved(before, after)
    if not moved:
        return say("No number moved: before and after they are the same.")
    written = [(at, number(old), number(new)) for at, old, new in moved]
    seen = [say("number {at} ({old} → {new})", at=at, old=old, new=new) for at, old, new in written if old != new]
    alike = number(cosine(before, after))
    if not seen:
        return say("No number moved so far that two decimals show it; cosine of before and after {cosine}.",
                   cosine=alike)  # fmt: skip
    return say("Moved most: {numbers}; cosine of before and after {cosine}.", numbers=say(", ").join(seen),
               cosine=alike)  # fmt: skip


def number(value: float) -> str:
    """Two decimals with a true minus sign, and no minus before 0."""
    return f"{value:z.2f}".replace("-", "\u2212")


def signed(value: float) -> str:
    """Three decimals with a sign."""
    return f"{value:+.3f}".replace("-", "\u2212")


def _near(review: Answer) -> None:
    label = f":material/thumb_up: **{say('praise')}**" if review["label"] else (
        f":material/thumb_down: **{say('complaint')}**"
    )  # fmt: skip
    said = say(
        "{label} · cosine **{cosine}** · :small[review {n:,}]",
        label=label,
        cosine=number(review["similarity"]),
        n=review["number"] + 1,
    )
    with st.container(border=True, gap="xxsmall"):
        st.markdown(said)
        st.html(quote_html(review["text"]))


def _push(word: Answer, probability: float) -> float | None:
    """What the probability of praise owes to a word: above 0 it pushes towards praise. None where it is not known."""
    without = word.get("without")
    push = math.nan if without is None else probability - without
    return push if math.isfinite(push) else None


def _weights(answer: Answer) -> list[_Weight]:
    """Each word once, in the order of the text."""
    pushes: dict[str, list[float]] = {}
    for word in answer["words"]:
        if (push := _push(word, answer["probability"])) is not None:
            pushes.setdefault(word["word"], []).append(push)
    return [_Weight(word, len(given), max(given, key=abs)) for word, given in pushes.items()]


def _named(word: str) -> str:
    """A word within a sentence; in quotes where its own comma or stop would be read as the sentence's."""
    name = shown(word, LONGEST_WORD)
    return name if name.isalnum() else f"“{name}”"


def _listed(weights: Sequence[_Weight]) -> str:
    return say(", ").join(map(str, weights))


def _marked(word: Answer) -> str:
    text = html.escape(word["word"])
    return text if word["known"] else f"<u>{text}</u>"


def _weighed(word: Answer, probability: float, strongest: float) -> str:
    """One word over its bar; the bar's height is a share of the strongest word's."""
    push = _push(word, probability)
    name = shown(word["word"], LONGEST_WORD)
    quoted = say("“{word}”", word=name) if word["known"] else say("“{word}”, unknown to the embedding", word=name)
    if push is None:
        return f'<span class="lab-word" title="{html.escape(quoted)}">{_marked(word)}</span>'
    without = probability - push
    title = say("without {word}: {without:.3f} instead of {probability:.3f} ({change})", word=quoted, without=without,
                probability=probability, change=signed(-push))  # fmt: skip
    # The bar is drawn in style alone: an element between the words would break the text where it is copied.
    side, share = "", ""
    if abs(push) >= VISIBLE:
        side, share = " lab-up" if push > 0 else " lab-down", f' style="--share:{abs(push) / strongest:.3f}"'
    start = f'<span class="lab-word{side}"{share} title="{html.escape(title)}" data-without="{without:.3f}">'
    return f"{start}{_marked(word)}</span>"
