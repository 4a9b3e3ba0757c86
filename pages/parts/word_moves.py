"""What a run did to its words: which moved farthest, where they went, and who their neighbours were and are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.charts.words import moves_figure, neighbours_figure
from core.insight.word_lab import FEWEST_ON_MAP
from core.scenarios.glove import ENCODER
from core.words import mark, say
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.plain import plain
from pages.parts.plot import plot
from pages.parts.words import Answer, draw_field, draw_spellings

PAIRS = (("good", "bad"),)
NEAR_HEIGHT, MAP_HEIGHT = 330, 460
MOST_LISTED = 10
APART = mark("**{first}** and **{second}** went apart: cosine {before:.3f} before, **{after:.3f}** after.")
TOGETHER = mark("**{first}** and **{second}** went together: cosine {before:.3f} before, **{after:.3f}** after.")
AS_BEFORE = mark(
    "**{first}** and **{second}** stayed as near as they were: cosine {before:.3f} before, **{after:.3f}** after."
)


def draw_before_and_after(bench: Bench) -> None:
    """What the last finished run did to its words."""
    run = bench.trained
    if run is None:
        about = say(
            "Train a run with the embedding trainable: then the words that moved stand here, where *good* and *bad* "
            "went, and who their neighbours were and are."
        )
        st.info(about, icon=":material/moving:")
        return
    if run.spec.source == ENCODER:
        st.info(say("The sentence encoder reads whole sentences: there are no words whose vectors could move."))
        return
    _ask(bench, {"about": "moved"}, lambda answer: _moved(bench, answer))


def _moved(bench: Bench, answer: Answer) -> None:
    if answer["unmoved"]:
        why = say(
            "**No word moved**: the embedding was frozen, so every distance is exactly 0. Switch *embedding* to "
            "trainable and train again to see words move."
        )
        st.markdown(f":material/lock: {why}")
        return
    st.markdown(_how_many(answer))
    left, right = st.columns([5, 7], gap="medium")
    with left:
        if answer["moved"]:
            _table(answer["moved"][:MOST_LISTED])
        for first, second in PAIRS:
            _ask(bench, {"about": "pair_moved", "first": first, "second": second}, _pair)
    with right:
        words = [row["word"] for row in answer["moved"][:MOST_LISTED]]
        shown = list(dict.fromkeys([*(w for pair in PAIRS for w in pair), *words]))
        if len(shown) >= FEWEST_ON_MAP:
            _ask(bench, {"about": "moves_map", "words": shown}, _moves)
    st.divider()
    label = say("A word's neighbours before and after")
    given = draw_field(bench, "moved", label, "good", (*PAIRS[0], *words[:3]), 60)
    if given:
        _ask(bench, {"about": "neighbours_moved", "word": given}, lambda found: _both_sides(bench, found))


def _how_many(answer: Answer) -> str:
    counts = {"n": answer["changed"], "of": answer["of"], "least": answer["least"]}
    if not answer["moved"]:
        return say("**{n:,}** of {of:,} words moved, but none that the run has read at least {least} times.", **counts)
    return say(
        "**{n:,}** of {of:,} words moved. Of the {compared:,} that the run has read at least {least} times, these "
        "moved farthest:",
        compared=answer["compared"],
        **counts,
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    shown = [{"word": r["word"], "moved by": r["distance"], "cosine": r["cosine"], "read": r["times"]} for r in rows]
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "word": say("word"),
            "moved by": st.column_config.NumberColumn(
                say("moved by"), format="percent", help=say("Of the length it began with.")
            ),
            "cosine": st.column_config.NumberColumn(
                say("cosine"), format="%.3f", help=say("Between before and after: 1 is no turn.")
            ),
            "read": say("read"),
        },
    )


def _pair(answer: Answer) -> None:
    first, second = (plain(word) for word in answer["words"])
    if not answer["known"] or answer["before"] is None or answer["after"] is None:
        st.caption(say("{first} and {second} are not both among this run's words.", first=first, second=second))
        return
    change = round(answer["after"], 3) - round(answer["before"], 3)
    went = APART if change < 0 else TOGETHER if change > 0 else AS_BEFORE
    st.markdown(say(went, first=first, second=second, before=answer["before"], after=answer["after"]))


def _moves(answer: Answer) -> None:
    plot(moves_figure(answer), "glove.moves", MAP_HEIGHT, say("Words before and after the run."))
    st.caption(say("From rings to arrowheads, on the plane that keeps most of the spread: {share:.0%} of it.",
                   share=answer["share"]))  # fmt: skip


def _both_sides(bench: Bench, answer: Answer) -> None:
    if not answer["known"]:
        draw_spellings(bench, "moved", answer)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(say("**Nearest to {word} before**", word=plain(answer["word"])))
        plot(neighbours_figure(answer["before"]), "glove.was", NEAR_HEIGHT, say("The nearest words before the run."))
    with right:
        st.markdown(say("**and after**"))
        figure = neighbours_figure(answer["after"], answer["new"])
        described = say("The nearest words after the run. New: {words}.", words=say(", ").join(answer["new"]))
        plot(figure, "glove.now", NEAR_HEIGHT, described)
    if answer["gone"]:
        st.caption(say("No longer among them: {words}.", words=say(", ").join(map(plain, answer["gone"]))))


def _ask(bench: Bench, question: Answer, draw: Callable[[Answer], None]) -> None:
    run = bench.trained
    assert run is not None, "there is something to ask about only once a run has finished"
    when_answered(bench.lab, {**question, "spec": run.spec.flat(), "run": run.id}, draw)
