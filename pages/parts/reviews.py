"""IMDB's tabs: paste a review and see what the model makes of it; the first three training reviews."""

from __future__ import annotations

import html
from itertools import zip_longest
from typing import Any

import streamlit as st

from core import scenarios
from core.charts.bars import number_bars
from core.errors import shown
from core.insight.similarity import cosine, distance, most_moved
from core.limits import TEXT_CHARACTERS as LONGEST
from core.scenarios.imdb import BUILTIN, FEW
from core.spec import RunSpec
from core.words import mark, say
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.judges import draw_judges
from pages.parts.microscope import draw_map, draw_nearest, draw_words, moved_sentence
from pages.parts.own_sentences import draw_own_sentences
from pages.parts.plot import plot

PRAISE = (
    "A quiet, beautiful film. The two leads are wonderful together, the story moved me to tears, and I walked out "
    "happier than I went in. One of the best of the year."
)
COMPLAINT = (
    "What a waste of two hours. The plot makes no sense, the dialogue is terrible and the acting is worse. I kept "
    "hoping it would get better. It did not. Avoid."
)
MIXED = (
    "Great cast, gorgeous pictures, and not one idea. I wanted to love it, and for twenty minutes I did, but after "
    "that it is only long. Not bad, just not good either."
)
EXAMPLES = {mark("Praise"): PRAISE, mark("Complaint"): COMPLAINT, mark("Mixed"): MIXED}
BARS_HEIGHT = 240
NUMBERS_SHOWN = 100


def draw_try_it(bench: Bench) -> None:
    """One review, or two side by side."""
    form = bench.form
    if form.get("review") is None:
        form.put("review", EXAMPLES["Praise"])
    _example_buttons(bench)
    left, right = st.columns(2)
    with left:
        first = st.text_area(say("A review"), key=form.key("review"), height=130, max_chars=LONGEST,
                             persist_state="session")  # fmt: skip
    with right:
        second = st.text_area(
            say("A second one, to compare (optional)"),
            key=form.key("second"),
            height=130,
            max_chars=LONGEST,
            persist_state="session",
        )
    _whose_model(bench)
    if not first.strip():
        st.info(say("Paste a review on the left, or press one of the examples."), icon=":material/content_paste:")
        return
    if second.strip():
        when_answered(
            bench.lab,
            _question(bench, first),
            lambda a: when_answered(bench.lab, _question(bench, second), lambda b: _pair(bench, a, b)),
        )
    else:
        when_answered(bench.lab, _question(bench, first), lambda a: _single(bench, first, a))


def draw_samples(bench: Bench) -> None:
    """Texts of one's own, and the first three training reviews with their vectors."""
    draw_own_sentences(bench.form, bench.lab)
    spec = bench.spec or _default()
    if spec.data != BUILTIN:
        when_answered(bench.lab, {"about": "samples", "spec": _start_of(spec).flat()}, lambda a: _own(spec, a))
        return
    st.markdown(_about_reviews(spec.options.get("reviews") == FEW))
    when_answered(bench.lab, {"about": "samples", "spec": _start_of(spec).flat()}, _draw_samples)


def _about_reviews(few: bool) -> str:
    if few:
        return say(
            "25,000 real reviews (Maas et al. 2011): **15,000** to train on, **10,000** to validate on, always the "
            "same split; texts that occur twice are on the training side only. These settings draw on the first 2,000 "
            "and 1,000 of them. The first three:"
        )
    return say(
        "25,000 real reviews (Maas et al. 2011): **15,000** to train on, **10,000** to validate on, always the same "
        "split; texts that occur twice are on the training side only. The first three:"
    )


def _own(spec: RunSpec, answer: dict[str, Any]) -> None:
    training, validation = answer["of"]
    st.markdown(say(
        "**Your own texts**: **{training:,}** to train on (these settings use **{examples:,}**), **{validation:,}** to "
        "validate on, always the same split, none on both sides. The first three:",
        training=training, examples=spec.examples, validation=validation,
    ))  # fmt: skip
    _draw_samples(answer)


def _draw_samples(answer: dict[str, Any]) -> None:
    for number, review in enumerate(answer["reviews"], 1):
        label = say("praise (1)") if review["label"] else say("complaint (0)")
        with st.container(border=True):
            st.markdown(say("**Review {number}: {label}**", number=number, label=label))
            text = shown(review["text"].replace("<br />", " "), 600)
            st.html(f'<div class="lab-layer"><small class="lab-data">{html.escape(text)}</small></div>')
            vector = review["vector"]
            st.code(" ".join(f"{x:.2f}" for x in vector[:NUMBERS_SHOWN]), language=None, wrap_lines=True)
            if len(vector) > NUMBERS_SHOWN:
                st.caption(say("The first {n} of {total} numbers.", n=NUMBERS_SHOWN, total=len(vector)))


def _example_buttons(bench: Bench) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(say("Examples:"), width="content")
        for label, text in EXAMPLES.items():
            key = bench.form.key(f"example.{label}")
            st.button(say(label), key=key, on_click=bench.form.put, args=("review", text))


def _question(bench: Bench, text: str | None, about: str = "examine") -> dict[str, Any]:
    """Ask about a text; without a trained run, about the embedding the next run starts from."""
    given = {"about": about} | ({} if text is None else {"text": text})
    if bench.trained is not None:
        return {**given, "spec": bench.trained.spec.flat(), "run": bench.trained.id}
    return {**given, "spec": _start_of(bench.spec or _default()).flat()}


def _start_of(spec: RunSpec) -> RunSpec:
    """The part of a spec that the starting weights and the reviews hang on, so that other changes ask nothing anew."""
    names = ("scenario", "start", "source", "data", "seed", "examples", *spec.options)
    return scenarios.parse({name: spec.flat()[name] for name in names})


def _default() -> RunSpec:
    return scenarios.parse({"scenario": "imdb"})


def _whose_model(bench: Bench) -> None:
    if bench.trained is None:
        st.caption(
            say("No run has finished yet: the numbers are those the next run starts from, and there is no prediction.")
        )
    elif bench.run is not None and bench.trained.id != bench.run.id:
        st.caption(say("Answered by the last run that finished."))


def _single(bench: Bench, text: str, answer: dict[str, Any]) -> None:
    draw_verdict(bench, answer)
    trained = bench.trained is not None
    if trained and answer["words"][0]["without"] is None:  # an encoder reads the text anew for every word
        when_answered(
            bench.lab, _question(bench, text, "without"), lambda found: draw_words(_with(answer, found), trained)
        )
    else:
        draw_words(answer, trained)
    if answer["words"][0]["without"] is None:
        st.caption(say(
            "The encoder reads pieces of words, so it knows them all. Without a word it has to read the whole text "
            "anew: long reviews get bars for their first words only."
        ))  # fmt: skip
    draw_judges(bench, text)
    left, right = st.columns(2, gap="medium")
    with left:
        _numbers(bench, answer)
    if answer["place"] is None:
        right.info(_why_none_near(bench), icon=":material/hourglass_empty:")
        return
    with left:
        draw_nearest(answer)
    with right:
        st.markdown(say("**Among the training reviews**"))
        when_answered(
            bench.lab, _question(bench, None, "map"), lambda found: draw_map(found, answer, bench.form.key("map"))
        )


def _why_none_near(bench: Bench) -> str:
    if bench.trained is not None and scenarios.lost_data(bench.trained.spec):
        return say("The texts that this run was trained on are no longer on this computer: none can be near.")
    return say(
        "The encoder has not read these training reviews yet. Train a run: then the nearest of them stand here, and a "
        "map of them all."
    )


def _with(answer: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """An answer with what was asked apart: the probability without each of the first words."""
    words = [
        {**word, "without": p} for word, p in zip_longest(answer["words"], found["without"][: len(answer["words"])])
    ]
    return {**answer, "words": words}


def _numbers(bench: Bench, answer: dict[str, Any]) -> None:
    """The review's numbers before and after training, and which of them moved."""
    trained = bench.trained
    frozen = trained is not None and trained.spec.frozen[:1] == (bench.form.scenario.layers(trained.spec)[0].name,)
    before, after = answer["before"], answer["after"]
    st.markdown(say("**Its {n} numbers**", n=len(before)))
    was = (say("before training"), before)
    if trained is None or frozen:
        plot(number_bars([was]), "imdb.numbers", BARS_HEIGHT, say("The numbers of this review."))
    else:
        moved = moved_sentence(before, after)
        marked = [position for position, _, _ in most_moved(before, after)]
        figure = number_bars([was, (say("after training"), after)], marked)
        described = say("The numbers of this review, before and after training. {moved}", moved=moved)
        plot(figure, "imdb.numbers", BARS_HEIGHT, described)
        st.caption(moved)
    if frozen:
        st.caption(
            say("What makes them was frozen: before and after training these are the same numbers, bit for bit.")
        )


def _pair(bench: Bench, one: dict[str, Any], two: dict[str, Any]) -> None:
    left, right = st.columns(2)
    with left:
        for which, answer in ((say("First:"), one), (say("Second:"), two)):
            draw_verdict(bench, answer, f"{which} ")
            draw_words(answer, bench.trained is not None and answer["words"][0]["without"] is not None)
    with right:
        which = "after" if bench.trained is not None else "before"
        count = len(one[which])
        st.markdown(
            say("**Their {n} numbers** (after training)", n=count)
            if which == "after"
            else say("**Their {n} numbers** (before training)", n=count)
        )
        figure = number_bars([(say("first"), one[which]), (say("second"), two[which])])
        plot(figure, "imdb.numbers", BARS_HEIGHT, say("The numbers of both reviews."))
        alike, apart = cosine(one[which], two[which]), distance(one[which], two[which])
        st.markdown(say(
            "Cosine similarity **{alike:.3f}** (1 is the same direction, 0 unrelated, −1 opposite) · distance "
            "**{apart:.3f}**", alike=alike, apart=apart,
        ))  # fmt: skip


def draw_verdict(bench: Bench, answer: dict[str, Any], before: str = "") -> None:
    """What the trained run says of a text; nothing before there is one."""
    if bench.trained is None:
        return
    if answer["unknown"] == answer["count"]:
        st.markdown(f"{before}:material/help: {say('**No known word**: there is nothing to judge by.')}")
        return
    p = answer["probability"]
    icon = ":material/thumb_up:" if p > 0.5 else ":material/thumb_down:"
    said = say("**{verdict}** · probability of praise **{share:.3f}**", verdict=_in_words(p), share=p)
    st.markdown(f"{before}{icon} {said}")


def _in_words(p: float) -> str:
    share = max(p, 1 - p)
    if share > 0.9:
        return say("surely praise") if p > 0.5 else say("surely a complaint")
    if share > 0.7:
        return say("probably praise") if p > 0.5 else say("probably a complaint")
    return say("perhaps praise") if p > 0.5 else say("perhaps a complaint")
