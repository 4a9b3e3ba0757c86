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
from core.words import mark, say
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.judges import draw_judges
from pages.parts.microscope import draw_words
from pages.parts.own_sentences import draw_own_sentences
from pages.parts.reviews import draw_verdict

EXAMPLES = {
    mark("Praise"): "A quiet, beautiful film with two wonderful performances.",
    mark("Complaint"): "A dull, lifeless mess that wastes everybody's time.",
    mark("Not"): "It is not good, and it is not funny either.",
    mark("Unknown"): "Zxqvish, flumptious and utterly brillig.",
}
SHOWN = 300
MISSING = 12


def draw_try_it(bench: Bench) -> None:
    """A sentence, the verdict, each word's part in it, and the numbers the network reads."""
    form = bench.form
    if form.get("sentence") is None:
        form.put("sentence", EXAMPLES["Praise"])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(say("Examples:"), width="content")
        for label, text in EXAMPLES.items():
            st.button(say(label), key=form.key(f"example.{label}"), on_click=form.put, args=("sentence", text))
    text = st.text_area(say("A sentence"), key=form.key("sentence"), height=80, max_chars=LONGEST,
                        persist_state="session")  # fmt: skip
    if bench.trained is None:
        st.caption(say("No run has finished yet: there are words and ids, and no verdict."))
    elif bench.run is not None and bench.trained.id != bench.run.id:
        st.caption(say("Answered by the last run that finished."))
    if not text.strip():
        st.info(say("Write a sentence, or press one of the examples."), icon=":material/edit:")
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
        st.caption(say("Before training it gave praise a probability of {share:.3f}.", share=answer["before"]))
    draw_words(answer, bench.trained is not None)
    if answer["cut"]:
        st.caption(say("{n:,} more words did not fit: these settings read the first {read}.", n=answer["cut"],
                       read=len(answer["words"])))  # fmt: skip
    draw_judges(bench, text)
    if answer["ids"]:
        with st.expander(say("What the network reads: tokens, ids, the padded row")):
            _tokens(answer)


def _tokens(answer: dict[str, Any]) -> None:
    rows = [
        {"word": shown(w["word"], 40), "id": w["id"], "vector": _about(w), "without it": w["without"]}
        for w in answer["words"]
    ]
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "word": say("word"),
            "id": say("id"),
            "vector": say("vector"),
            "without it": st.column_config.NumberColumn(say("praise without it"), format="%.3f"),
        },
    )
    st.code(" ".join(map(str, answer["ids"])), language=None, wrap_lines=True)
    st.caption(say("0 is padding, 1 (<OOV>) every word without an id of its own. Both begin with a vector of zeros."))


def _about(word: dict[str, Any]) -> str:
    if not word["known"]:
        return say("unknown word")
    return say("its own") if word["has_vector"] else say("zeros: not in GloVe")


def _samples(spec: RunSpec, answer: dict[str, Any]) -> None:
    own, builtin = say("Your own texts"), say("Real sentences from film reviews (Pang and Lee 2005)")
    st.markdown(say(
        "**{what}**: **{training:,}** to train on (these settings use **{examples:,}**), **{validation:,}** to "
        "validate on, always the same split, none on both sides. **{longer:,}** are longer than the {length} words "
        "that are read.",
        what=builtin if spec.data == "builtin" else own, training=answer["training"], examples=spec.examples,
        validation=answer["of"] - answer["training"], longer=answer["longer"], length=spec.options["length"],
    ))  # fmt: skip
    words, occurrences = answer["coverage"]
    st.markdown(say(
        "Of the vocabulary's **{vocabulary:,}** words **{words:.1%}** have a vector, of all the words in the training "
        "sentences that are in it **{occurrences:.1%}**. The commonest without one: {missing}.",
        vocabulary=answer["vocabulary"], words=words, occurrences=occurrences, missing=_missing(answer),
    ))  # fmt: skip
    for sentence in answer["sentences"]:
        label = say("praise (1)") if sentence["label"] else say("complaint (0)")
        with st.container(border=True):
            text = html.escape(shown(sentence["text"], SHOWN))
            st.html(f'<div class="lab-layer"><b>{label}</b><br><small class="lab-data">{text}</small></div>')


def _missing(answer: dict[str, Any]) -> str:
    named = [f"`{word.replace('`', '')}` ({count:,}×)" for word, count in answer["missing"][:MISSING]]
    return say(", ").join(named) or say("none")


def _of(bench: Bench) -> dict[str, Any]:
    if bench.trained is not None:
        return {"spec": bench.trained.spec.flat(), "run": bench.trained.id}
    return {"spec": start_of(bench.spec or _default()).flat()}


def _default() -> RunSpec:
    return scenarios.parse({"scenario": "glove"})
