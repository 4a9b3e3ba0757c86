"""The tab Alike: the learner's own sentences as each source of knowledge sees them, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core import scenarios
from core.charts.maps import directions, sentences_figure
from core.insight.similarity import nearest_and_farthest
from core.scenarios import Source
from core.words import say, say_many
from pages.parts.asking import when_answered
from pages.parts.microscope import number
from pages.parts.plot import plot

if TYPE_CHECKING:
    from pages.parts.bench import Bench

FEWEST, MOST = 3, 8
SENTENCES = """What a wonderful film, I loved every minute.
The doctor told him to stay in bed.
This movie was great and I enjoyed it a lot.
The physician advised his patient to rest.
Oil prices fell sharply on Tuesday."""
"""1 and 3, and 2 and 4, mean nearly the same in other words; 5 is about something else."""
LONGEST = 2_000
"""Characters of all sentences together."""
A_ROW = 3
MAP_HEIGHT = 260


def draw_alike(bench: Bench) -> None:
    """Three to eight sentences, and a map of them for each source."""
    key = bench.form.key("alike")
    st.session_state.setdefault(key, SENTENCES)
    st.markdown(say(
        "A text embedding is useful where **near vectors mean near texts**. Write sentences that mean the same in "
        "different words, and some that do not; judge by reading, then see which source gets it right."
    ))  # fmt: skip
    given = st.text_area(
        say("{fewest} to {most} sentences, each on a line of its own", fewest=FEWEST, most=MOST),
        key=key,
        height=155,
        max_chars=LONGEST,
        persist_state="session",
    )
    texts = read_sentences(given)
    if problem := sentences_problem(texts):
        st.info(problem, icon=":material/edit:")
        return
    _draw_sources(bench, texts)


def read_sentences(text: str) -> list[str]:
    """The lines that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def sentences_problem(texts: Sequence[str]) -> str:
    """What keeps these sentences from being compared; empty where nothing does."""
    count = len(texts)
    if count == 0:
        return say("Write at least {fewest} sentences, each on a line of its own. There are none now.", fewest=FEWEST)
    if count < FEWEST:
        return say_many("Write at least {fewest} sentences, each on a line of its own. There is {n} now.",
                        "Write at least {fewest} sentences, each on a line of its own. There are {n} now.",
                        count, fewest=FEWEST)  # fmt: skip
    if count > MOST:
        return say("Keep at most {most} sentences: more cannot be told apart on a map. There are {n} now.",
                   most=MOST, n=count)  # fmt: skip
    return ""


def sources_here(bench: Bench) -> tuple[Source, ...]:
    """The sources to be compared."""
    return bench.form.scenario.sources(bench.form.options())


def pairs_sentence(similarities: Sequence[Sequence[float | None]]) -> str:
    """The most and the least alike two sentences, by the cosine of all their numbers."""
    found = nearest_and_farthest(similarities)
    if found is None:
        return say("No two of these sentences can be compared.")
    (a, b, most), (c, d, least) = found
    return say("Nearest pair: {a} and {b} (cosine {most}); farthest: {c} and {d} ({least})",
               a=a, b=b, most=number(most), c=c, d=d, least=number(least))  # fmt: skip


def _draw_sources(bench: Bench, texts: Sequence[str]) -> None:
    sources = sources_here(bench)
    a_row = 2 if len(sources) in (1, 2, 4) else A_ROW
    for start in range(0, len(sources), a_row):
        for column, source in zip(st.columns(a_row), sources[start : start + a_row], strict=False):
            with column, st.container(border=True):
                _draw_source(bench, texts, source)
    st.caption(say(
        "The dots show two directions only; the cosines are taken over all numbers, so the two may disagree. "
        "Point at a dot to read its sentence."
    ))  # fmt: skip


def _draw_source(bench: Bench, texts: Sequence[str], source: Source) -> None:
    st.markdown(f"**{say(source.title)}**")
    when_answered(bench.lab, _question(bench, texts, source), lambda answer: _map(bench, texts, answer))


def _question(bench: Bench, texts: Sequence[str], source: Source) -> dict[str, Any]:
    """Asked of the source alone, so that no setting of the next run asks it anew."""
    spec = scenarios.parse({"scenario": bench.form.scenario.name, **bench.form.variant})
    return {"about": "alike", "spec": spec.flat(), "texts": list(texts), "of": source.id}


def _map(bench: Bench, texts: Sequence[str], answer: dict[str, Any]) -> None:
    pairs = pairs_sentence(answer["similarities"])
    plot(
        sentences_figure(answer["points"], texts),
        bench.form.key(f"alike.{answer['source']}"),
        MAP_HEIGHT,
        say("Map of the sentences by {source}. {pairs}.", source=say(answer["title"]), pairs=pairs),
    )
    st.markdown(pairs)
    st.caption(say("{n:,} numbers a sentence; {directions}.", n=answer["numbers"],
                   directions=directions(answer["share"])))  # fmt: skip
