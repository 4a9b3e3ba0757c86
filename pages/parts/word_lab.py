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
from core.words import mark, say
from pages.parts.bench import Bench
from pages.parts.plain import plain
from pages.parts.plot import plot
from pages.parts.word_moves import draw_before_and_after
from pages.parts.words import Answer, ask_source, draw_field, draw_goto, draw_spellings, once, spec_of

SECTIONS = (mark("One word"), mark("Arithmetic"), mark("Map"), mark("Before and after"))
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
        say("Word lab"), SECTIONS, format_func=say, key=form.key("lab"), required=True, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    if spec_of(bench).source == ENCODER:
        st.caption(say("The sentence encoder has no vectors of single words: these are GloVe's."))
    sections = (_one_word, _arithmetic, _map, draw_before_and_after)
    sections[SECTIONS.index(str(section))](bench)


def _one_word(bench: Bench) -> None:
    """A word's numbers and its nearest words; each of them can be gone to."""
    given = draw_field(bench, "word", say("A word"), WORDS[0], WORDS, 60)
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
            st.info(say("The numbers of {word} are all 0: it points nowhere, and nothing is near it.",
                        word=plain(word)))  # fmt: skip
            return
        st.markdown(say("**Nearest to {word}**", word=plain(word)))
        described = say("The words nearest to {word}.", word=word)
        plot(neighbours_figure(answer["neighbours"]), "glove.near", NEAR_HEIGHT, described)
        with st.container(horizontal=True, gap="xsmall"):
            for near in answer["neighbours"]:
                draw_goto(bench, "word", near["word"])


def _numbers(answer: Answer) -> None:
    names = {"n": len(answer["numbers"]), "given": plain(answer["given"]), "word": plain(answer["word"])}
    st.markdown(
        say("**The {n} numbers of {given}** (read as {word})", **names)
        if answer["changed"]
        else say("**The {n} numbers of {given}**", **names)
    )
    figure = word_figure([(answer["word"], answer["numbers"])])
    plot(figure, "glove.numbers", NUMBERS_HEIGHT, say("The numbers of a word."))
    st.caption(say(
        "Word {rank:,} of {of:,} by how common it is. Its length: {length:.2f}. No single number means anything: only "
        "the direction does, and near means a small angle (a high cosine).",
        rank=answer["rank"], of=answer["of"], length=answer["length"],
    ))  # fmt: skip


def _arithmetic(bench: Bench) -> None:
    """A sum of words, step by step, and the words nearest to it."""
    given = draw_field(bench, "formula", say("A formula"), FORMULAS[0], FORMULAS, 400)
    if given:
        ask_source(bench, {"about": "formula", "text": given}, lambda answer: _sum(bench, answer))


def _sum(bench: Bench, answer: Answer) -> None:
    if not answer["known"]:
        for term in once(term for term in answer["terms"] if not term["known"]):
            draw_spellings(bench, "formula", term, whole=str(bench.form.get("formula")))
        return
    if answer["blank"]:
        st.info(say("{formula} adds up to nothing: no word is near it.", formula=plain(answer["formula"])))
        return
    st.markdown(sum_sentence(answer))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        height = STEP_HEIGHT * (len(answer["steps"]) + 1)
        described = say("{formula}, step by step.", formula=answer["formula"])
        plot(analogy_figure(answer), "glove.sum", height, described)
    with right:
        st.markdown(say("**Nearest to the sum**"))
        described = say("The words nearest to the sum.")
        plot(neighbours_figure(answer["answers"]), "glove.answers", NEAR_HEIGHT, described)
        st.caption(
            say("Numbers are added one by one, as they are. Near is by cosine, the words of the formula left out.")
        )


def sum_sentence(answer: Mapping[str, Any]) -> str:
    """What a sum of words comes to, as markdown."""
    best, closest = answer["answers"][0], answer["closest"]
    heading = f"### {plain(answer['formula'])} ≈ {plain(best['word'])}"
    sentence = say("Cosine {cosine:.2f}.", cosine=best["cosine"])
    if closest and closest["word"] != best["word"]:
        sentence = say(
            "Cosine {cosine:.2f}. The words of the formula are left out, as is usual: with them the nearest would be "
            "**{word}** ({closest:.2f}).",
            cosine=best["cosine"], word=plain(closest["word"]), closest=closest["cosine"],
        )  # fmt: skip
    return f"{heading}\n\n{sentence}"


def _map(bench: Bench) -> None:
    """Chosen words on a plane."""
    form = bench.form
    if form.get("map") is None:
        form.put("map", " ".join(GROUPS["Countries and capitals"]))
    _group_buttons(bench, "map")
    text = st.text_area(
        say("Words on the map"), key=form.key("map"), height=80, max_chars=LONGEST_MAP, persist_state="session"
    )
    words = split_words(text)
    if words:
        ask_source(bench, {"about": "words_map", "words": words}, lambda answer: _mapped(bench, answer))


def _mapped(bench: Bench, answer: Answer) -> None:
    for missing in once(answer["unknown"]):
        if missing["spellings"]:
            draw_spellings(bench, "map", missing, whole=str(bench.form.get("map")))
        else:
            st.caption(say("{word} has no vector here.", word=plain(missing["word"])))
    if answer["words"]:
        figure = words_map_figure(answer, _groups(answer["words"]))
        plot(figure, "glove.words_map", MAP_HEIGHT, say("Words on a plane."))
        st.caption(say(
            "The plane that keeps most of these words' spread (principal components): {share:.0%} of it. The rest is "
            "not seen here, so words that look near may be far apart.", share=answer["share"],
        ))  # fmt: skip


def split_words(text: str) -> list[str]:
    """The words of a text area: between spaces, commas, semicolons or line breaks."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _group_buttons(bench: Bench, name: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for title, words in GROUPS.items():
            key = bench.form.key(f"group.{title}")
            st.button(say(title), key=key, on_click=bench.form.put, args=(name, " ".join(words)))


def _groups(words: Sequence[str]) -> dict[str, str] | None:
    """The ready group of each word, where the words are of several."""
    of = {word: next((say(title) for title, group in GROUPS.items() if word in group), "") for word in words}
    return of if len(set(of.values())) > 1 else None
