"""The word lab: one word and its neighbours, sums of words, a map, and what a run did to its words. What it draws are a
worker's answers; all words in them are strangers' text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.charts.words import analogy_figure, neighbours_figure, word_figure, words_map_figure
from core.insight.word_lab import GROUPS
from core.scenarios.glove import ENCODER
from pages.parts.bench import Bench
from pages.parts.plain import plain
from pages.parts.plot import plot
from pages.parts.word_moves import draw_before_and_after
from pages.parts.words import Answer, ask_source, draw_field, draw_goto, draw_spellings, once, spec_of

SECTIONS = ("One word", "Arithmetic", "Map", "Before and after")
WORDS = ("paris", "good", "seven", "film", "cat")
FORMULAS = (
    "king - man + woman",
    "paris - france + italy",
    "walking - walk + swim",
    "better - good + bad",
    "actor - man + woman",
    "berlin - germany + japan",
)
"""Ready to press; all come out as one would hope."""
NUMBERS_HEIGHT, NEAR_HEIGHT, STEP_HEIGHT, MAP_HEIGHT = 210, 330, 90, 460
LONGEST_MAP = 1_500


def draw_word_lab(bench: Bench) -> None:
    """The open section of the lab."""
    form = bench.form
    if form.get("lab") is None:
        form.put("lab", SECTIONS[0])
    section = st.segmented_control(
        "Word lab", SECTIONS, key=form.key("lab"), required=True, label_visibility="collapsed", persist_state="session"
    )
    if spec_of(bench).source == ENCODER:
        st.caption("The sentence encoder has no vectors of single words: these are GloVe's.")
    sections = (_one_word, _arithmetic, _map, draw_before_and_after)
    sections[SECTIONS.index(str(section))](bench)


def _one_word(bench: Bench) -> None:
    """A word's numbers and its nearest words; each of them can be gone to."""
    given = draw_field(bench, "word", "A word", WORDS[0], WORDS, 60)
    if given:
        ask_source(bench, {"about": "neighbours", "word": given}, lambda near: _near(bench, given, near))


def _near(bench: Bench, given: str, answer: Answer) -> None:
    if not answer["known"]:
        draw_spellings(bench, "word", answer)
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        ask_source(bench, {"about": "word", "word": given}, _numbers)
    with right:
        word = answer["word"]
        if answer.get("blank"):
            st.info(f"The numbers of {plain(word)} are all 0: it points nowhere, and nothing is near it.")
            return
        st.markdown(f"**Nearest to {plain(word)}**")
        plot(neighbours_figure(answer["neighbours"]), "glove.near", NEAR_HEIGHT, f"The words nearest to {word}.")
        with st.container(horizontal=True, gap="xsmall"):
            for near in answer["neighbours"]:
                draw_goto(bench, "word", near["word"])


def _numbers(answer: Answer) -> None:
    read = f" (read as {plain(answer['word'])})" if answer["changed"] else ""
    st.markdown(f"**The {len(answer['numbers'])} numbers of {plain(answer['given'])}**{read}")
    plot(word_figure([(answer["word"], answer["numbers"])]), "glove.numbers", NUMBERS_HEIGHT, "The numbers of a word.")
    st.caption(
        f"Word {answer['rank']:,} of {answer['of']:,} by how common it is. Its length: {answer['length']:.2f}. "
        "No single number means anything: only the direction does, and near means a small angle (a high cosine)."
    )


def _arithmetic(bench: Bench) -> None:
    """A sum of words, step by step, and the words nearest to it."""
    given = draw_field(bench, "formula", "A formula", FORMULAS[0], FORMULAS, 400)
    if given:
        ask_source(bench, {"about": "formula", "text": given}, lambda answer: _sum(bench, answer))


def _sum(bench: Bench, answer: Answer) -> None:
    if not answer["known"]:
        for term in once(term for term in answer["terms"] if not term["known"]):
            draw_spellings(bench, "formula", term, whole=str(bench.form.get("formula")))
        return
    if answer["blank"]:
        st.info(f"{plain(answer['formula'])} adds up to nothing: no word is near it.")
        return
    st.markdown(sum_sentence(answer))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        height = STEP_HEIGHT * (len(answer["steps"]) + 1)
        plot(analogy_figure(answer), "glove.sum", height, f"{answer['formula']}, step by step.")
    with right:
        st.markdown("**Nearest to the sum**")
        plot(neighbours_figure(answer["answers"]), "glove.answers", NEAR_HEIGHT, "The words nearest to the sum.")
        st.caption("Numbers are added one by one, as they are. Near is by cosine, the words of the formula left out.")


def sum_sentence(answer: Mapping[str, Any]) -> str:
    """What a sum of words comes to, as markdown."""
    best, closest = answer["answers"][0], answer["closest"]
    sentence = f"### {plain(answer['formula'])} ≈ {plain(best['word'])}\n\nCosine {best['cosine']:.2f}."
    if closest and closest["word"] != best["word"]:
        sentence += (
            f" The words of the formula are left out, as is usual: with them the nearest would be "
            f"**{plain(closest['word'])}** ({closest['cosine']:.2f})."
        )
    return sentence


def _map(bench: Bench) -> None:
    """Chosen words on a plane."""
    form = bench.form
    if form.get("map") is None:
        form.put("map", " ".join(GROUPS["Countries and capitals"]))
    _group_buttons(bench, "map")
    text = st.text_area(
        "Words on the map", key=form.key("map"), height=80, max_chars=LONGEST_MAP, persist_state="session"
    )
    words = split_words(text)
    if words:
        ask_source(bench, {"about": "words_map", "words": words}, lambda answer: _mapped(bench, answer))


def _mapped(bench: Bench, answer: Answer) -> None:
    for missing in once(answer["unknown"]):
        if missing["spellings"]:
            draw_spellings(bench, "map", missing, whole=str(bench.form.get("map")))
        else:
            st.caption(f"{plain(missing['word'])} has no vector here.")
    if answer["words"]:
        plot(words_map_figure(answer, _groups(answer["words"])), "glove.words_map", MAP_HEIGHT, "Words on a plane.")
        st.caption(
            f"The plane that keeps most of these words' spread (principal components): {answer['share']:.0%} of it. "
            "The rest is not seen here, so words that look near may be far apart."
        )


def split_words(text: str) -> list[str]:
    """The words of a text area: between spaces, commas, semicolons or line breaks."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _group_buttons(bench: Bench, name: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for title, words in GROUPS.items():
            key = bench.form.key(f"group.{title}")
            st.button(title, key=key, on_click=bench.form.put, args=(name, " ".join(words)))


def _groups(words: Sequence[str]) -> dict[str, str] | None:
    """The ready group of each word, where the words are of several."""
    of = {word: next((title for title, group in GROUPS.items() if word in group), "") for word in words}
    return of if len(set(of.values())) > 1 else None
