"""What the word lab's sections share: a line to type in with something ready to press, spellings of an unknown word,
and whom to ask. All words are strangers' text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from core import scenarios
from core.spec import RunSpec
from core.words import say
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.plain import plain

Answer = dict[str, Any]


def ask_source(bench: Bench, question: Answer, draw: Callable[[Answer], None]) -> None:
    """About the words of the source alone: other settings, and runs, ask nothing anew."""
    spec = spec_of(bench)
    words = scenarios.parse({name: spec.flat()[name] for name in ("scenario", "source", "data")})
    when_answered(bench.lab, {**question, "spec": words.flat()}, draw)


def spec_of(bench: Bench) -> RunSpec:
    """The trained run's, else the next one's."""
    if bench.trained is not None:
        return bench.trained.spec
    return bench.spec or scenarios.parse({"scenario": "glove"})


def draw_field(bench: Bench, name: str, label: str, first: str, ready: Sequence[str], longest: int) -> str:
    """A line to type in, with something ready to press."""
    form = bench.form
    if form.get(name) is None:
        form.put(name, first)
    left, right = st.columns([4, 8], gap="small", vertical_alignment="bottom")
    with left:
        given = st.text_input(label, key=form.key(name), max_chars=longest, persist_state="session")
    with right, st.container(horizontal=True, gap="xsmall"):
        for text in ready:
            draw_goto(bench, name, text, "ready")
    return (given or "").strip()


def draw_goto(bench: Bench, name: str, text: str, kind: str = "near", whole: str | None = None) -> None:
    """A button that puts a word, or a whole text with it, into a field."""
    key = bench.form.key(f"{name}.{kind}.{text}")
    st.button(plain(text), key=key, on_click=bench.form.put, args=(name, whole or text))


def once(unknown: Iterable[Answer]) -> list[Answer]:
    """Each unknown word once, however often and in whatever case it was typed: its buttons bear its name."""
    return list({each["word"]: each for each in unknown}.values())


def draw_spellings(bench: Bench, name: str, answer: Mapping[str, Any], whole: str | None = None) -> None:
    """An unknown word, and what it may have been meant to be; a press puts that in its place."""
    why = say("**{word}** is not among the words that have a vector here.", word=plain(answer["word"]))
    st.markdown(f":material/help: {why}")
    if answer["spellings"]:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.caption(say("Did you mean"), width="content")
            for word in answer["spellings"]:
                instead = None if whole is None else _replaced(whole, str(answer["given"]), word)
                draw_goto(bench, name, word, f"instead.{answer['word']}", instead)


def _replaced(whole: str, given: str, word: str) -> str:
    """A text with a word put in another's place, where that stands by itself."""
    return re.sub(rf"(?<!\w){re.escape(given)}(?!\w)", lambda _: word, whole, flags=re.IGNORECASE)
