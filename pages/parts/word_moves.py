"""What a run did to its words: which moved farthest, where they went, and who their neighbours were and are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.charts.words import moves_figure, neighbours_figure
from core.insight.word_lab import FEWEST_ON_MAP
from core.scenarios.glove import ENCODER
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.plain import plain
from pages.parts.plot import plot
from pages.parts.words import Answer, draw_field, draw_spellings

PAIRS = (("good", "bad"),)
NEAR_HEIGHT, MAP_HEIGHT = 330, 460
MOST_LISTED = 10


def draw_before_and_after(bench: Bench) -> None:
    """What the last finished run did to its words."""
    run = bench.trained
    if run is None:
        st.info(
            "Train a run with the embedding trainable: then the words that moved stand here, where *good* and *bad* "
            "went, and who their neighbours were and are.",
            icon=":material/moving:",
        )
        return
    if run.spec.source == ENCODER:
        st.info("The sentence encoder reads whole sentences: there are no words whose vectors could move.")
        return
    _ask(bench, {"about": "moved"}, lambda answer: _moved(bench, answer))


def _moved(bench: Bench, answer: Answer) -> None:
    if answer["unmoved"]:
        st.markdown(
            ":material/lock: **No word moved**: the embedding was frozen, so every distance is exactly 0. Switch "
            "*embedding* to trainable and train again to see words move."
        )
        return
    moved = f"**{answer['changed']:,}** of {answer['of']:,} words moved"
    if answer["moved"]:
        st.markdown(
            f"{moved}. Of the {answer['compared']:,} that the run has read at least {answer['least']} times, these "
            "moved farthest:"
        )
    else:
        st.markdown(f"{moved}, but none that the run has read at least {answer['least']} times.")
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
    given = draw_field(bench, "moved", "A word's neighbours before and after", "good", (*PAIRS[0], *words[:3]), 60)
    if given:
        _ask(bench, {"about": "neighbours_moved", "word": given}, lambda found: _both_sides(bench, found))


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    shown = [{"word": r["word"], "moved by": r["distance"], "cosine": r["cosine"], "read": r["times"]} for r in rows]
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "moved by": st.column_config.NumberColumn(format="percent", help="Of the length it began with."),
            "cosine": st.column_config.NumberColumn(format="%.3f", help="Between before and after: 1 is no turn."),
        },
    )


def _pair(answer: Answer) -> None:
    first, second = (plain(word) for word in answer["words"])
    if not answer["known"] or answer["before"] is None or answer["after"] is None:
        st.caption(f"{first} and {second} are not both among this run's words.")
        return
    change = round(answer["after"], 3) - round(answer["before"], 3)
    went = "went apart" if change < 0 else "went together" if change > 0 else "stayed as near as they were"
    cosines = f"{answer['before']:.3f} before, **{answer['after']:.3f}** after"
    st.markdown(f"**{first}** and **{second}** {went}: cosine {cosines}.")


def _moves(answer: Answer) -> None:
    plot(moves_figure(answer), "glove.moves", MAP_HEIGHT, "Words before and after the run.")
    st.caption(f"From rings to arrowheads, on the plane that keeps most of the spread: {answer['share']:.0%} of it.")


def _both_sides(bench: Bench, answer: Answer) -> None:
    if not answer["known"]:
        draw_spellings(bench, "moved", answer)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Nearest to {plain(answer['word'])} before**")
        plot(neighbours_figure(answer["before"]), "glove.was", NEAR_HEIGHT, "The nearest words before the run.")
    with right:
        st.markdown("**and after**")
        figure = neighbours_figure(answer["after"], answer["new"])
        plot(figure, "glove.now", NEAR_HEIGHT, f"The nearest words after the run. New: {', '.join(answer['new'])}.")
    if answer["gone"]:
        st.caption(f"No longer among them: {', '.join(map(plain, answer['gone']))}.")


def _ask(bench: Bench, question: Answer, draw: Callable[[Answer], None]) -> None:
    run = bench.trained
    assert run is not None, "there is something to ask about only once a run has finished"
    when_answered(bench.lab, {**question, "spec": run.spec.flat(), "run": run.id}, draw)
