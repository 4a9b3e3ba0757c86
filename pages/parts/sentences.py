"""The tabs about sentences: one of one's own, as a network of word vectors reads it, and the data. What they draw are a
worker's answers; all words in them are strangers' text."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from core import scenarios
from core.errors import shown
from core.limits import SENTENCE_CHARACTERS as LONGEST
from core.spec import RunSpec
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.judges import draw_judges
from pages.parts.microscope import draw_words
from pages.parts.own_sentences import draw_own_sentences
from pages.parts.reviews import draw_verdict

EXAMPLES = {
    "Praise": "A quiet, beautiful film with two wonderful performances.",
    "Complaint": "A dull, lifeless mess that wastes everybody's time.",
    "Not": "It is not good, and it is not funny either.",
    "Unknown": "Zxqvish, flumptious and utterly brillig.",
}
SHOWN = 300
MISSING = 12


def draw_try_it(bench: Bench) -> None:
    """A sentence, the verdict, each word's part in it, and the numbers the network reads."""
    form = bench.form
    if form.get("sentence") is None:
        form.put("sentence", EXAMPLES["Praise"])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("Examples:", width="content")
        for label, text in EXAMPLES.items():
            st.button(label, key=form.key(f"example.{label}"), on_click=form.put, args=("sentence", text))
    text = st.text_area("A sentence", key=form.key("sentence"), height=80, max_chars=LONGEST, persist_state="session")
    if bench.trained is None:
        st.caption("No run has finished yet: there are words and ids, and no verdict.")
    elif bench.run is not None and bench.trained.id != bench.run.id:
        st.caption("Answered by the last run that finished.")
    if not text.strip():
        st.info("Write a sentence, or press one of the examples.", icon=":material/edit:")
        return
    when_answered(bench.lab, {**_of(bench), "about": "examine", "text": text}, lambda a: _examined(bench, text, a))


def draw_samples(bench: Bench) -> None:
    """The first training sentences, how many of their words have a vector, and sentences of one's own."""
    draw_own_sentences(bench.form, bench.lab)
    spec = bench.spec or _default()
    when_answered(bench.lab, {"about": "samples", "spec": start_of(spec).flat()}, lambda a: _samples(spec, a))


def start_of(spec: RunSpec) -> RunSpec:
    """The part of a spec that starting weights and sentences hang on, so that other changes ask nothing anew."""
    names = ("scenario", "start", "source", "data", "seed", "examples", *spec.options)
    return scenarios.parse({name: spec.flat()[name] for name in names})


def _examined(bench: Bench, text: str, answer: dict[str, Any]) -> None:
    draw_verdict(bench, answer)
    if bench.trained is not None:
        st.caption(f"Before training it gave praise a probability of {answer['before']:.3f}.")
    draw_words(answer, bench.trained is not None)
    if answer["cut"]:
        st.caption(f"{answer['cut']:,} more words did not fit: these settings read the first {len(answer['words'])}.")
    draw_judges(bench, text)
    if answer["ids"]:
        with st.expander("What the network reads: tokens, ids, the padded row"):
            _tokens(answer)


def _tokens(answer: dict[str, Any]) -> None:
    rows = [
        {"word": shown(w["word"], 40), "id": w["id"], "vector": _about(w), "without it": w["without"]}
        for w in answer["words"]
    ]
    st.dataframe(
        rows,
        hide_index=True,
        column_config={"without it": st.column_config.NumberColumn("praise without it", format="%.3f")},
    )
    st.code(" ".join(map(str, answer["ids"])), language=None, wrap_lines=True)
    st.caption("0 is padding, 1 (<OOV>) every word without an id of its own. Both begin with a vector of zeros.")


def _about(word: dict[str, Any]) -> str:
    if not word["known"]:
        return "unknown word"
    return "its own" if word["has_vector"] else "zeros: not in GloVe"


def _samples(spec: RunSpec, answer: dict[str, Any]) -> None:
    what = "Real sentences from film reviews (Pang and Lee 2005)" if spec.data == "builtin" else "Your own texts"
    st.markdown(
        f"**{what}**: **{answer['training']:,}** to train on (these settings use **{spec.examples:,}**), "
        f"**{answer['of'] - answer['training']:,}** to validate on, always the same split, none on both sides. "
        f"**{answer['longer']:,}** are longer than the {spec.options['length']} words that are read."
    )
    words, occurrences = answer["coverage"]
    st.markdown(
        f"Of the vocabulary's **{answer['vocabulary']:,}** words **{words:.1%}** have a vector, of all the words in "
        f"the training sentences that are in it **{occurrences:.1%}**. The commonest without one: {_missing(answer)}."
    )
    for sentence in answer["sentences"]:
        label = "praise (1)" if sentence["label"] else "complaint (0)"
        with st.container(border=True):
            text = html.escape(shown(sentence["text"], SHOWN))
            st.html(f'<div class="lab-layer"><b>{label}</b><br><small>{text}</small></div>')


def _missing(answer: dict[str, Any]) -> str:
    return ", ".join(f"`{word.replace('`', '')}` ({count:,}×)" for word, count in answer["missing"][:MISSING]) or "none"


def _of(bench: Bench) -> dict[str, Any]:
    if bench.trained is not None:
        return {"spec": bench.trained.spec.flat(), "run": bench.trained.id}
    return {"spec": start_of(bench.spec or _default()).flat()}


def _default() -> RunSpec:
    return scenarios.parse({"scenario": "glove"})
