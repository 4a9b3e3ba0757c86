"""What ready-made judges say of the same review, beside the learner's own model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core import scenarios
from core.errors import shown
from core.words import say
from pages.parts.asking import when_answered
from pages.parts.plain import plain

if TYPE_CHECKING:
    from core.insight.judges import Judge
    from pages.parts.bench import Bench

MARKS = {"praise": ":material/thumb_up:", "complaint": ":material/thumb_down:", "undecided": ":material/help:"}
AT_ONCE = {"vader"}
"""Judges that answer in a moment; another is asked only where somebody switches it on."""
WORDS = 4


def draw_judges(bench: Bench, text: str) -> None:
    """One line a judge; one that cannot be asked here says why."""
    from core.insight.judges import JUDGES  # here, so that a page without a review never loads them

    with st.container(border=True, gap="xsmall"):
        st.markdown(say("**Ready-made judges** on the same text, trained by others on other texts:"))
        for judge in JUDGES:
            _draw(bench, judge, text)


def _draw(bench: Bench, judge: Judge, text: str) -> None:
    if missing := judge.missing():
        st.caption(say("{judge}, {kind}: {missing}", judge=say(judge.title), kind=say(judge.kind), missing=missing))
        return
    if judge.id not in AT_ONCE:
        key = bench.form.key(f"judge.{judge.id}")
        label = say("Ask {judge} too (loads for some seconds, once)", judge=say(judge.title))
        if not st.toggle(label, key=key, persist_state="session"):
            return
    spec = scenarios.parse({"scenario": bench.form.scenario.name, **bench.form.variant}).flat()
    question = {"about": "judge", "spec": spec, "judge": judge.id, "text": text}
    when_answered(bench.lab, question, _said)


def _said(answer: dict[str, Any]) -> None:
    said = say(
        "**{judge}**: **{verdict}** · {figure}",
        judge=say(answer["judge"]),
        verdict=_verdict(answer["verdict"]),
        figure=_figure(answer),
    )
    st.markdown(f"{MARKS[answer['verdict']]} {said}".replace("-", "−"))
    st.caption(" · ".join(filter(None, (say(answer["kind"]), _words(answer), _read(answer)))))


def _verdict(verdict: str) -> str:
    if verdict == "undecided":
        return say("undecided")
    return say("it says praise") if verdict == "praise" else say("it says complaint")


def _figure(answer: dict[str, Any]) -> str:
    if answer["probability"] is None:
        return say("score **{score:+.2f}** of −1 to 1", score=answer["score"])
    return say("probability of praise **{share:.3f}**", share=answer["probability"])


def _words(answer: dict[str, Any]) -> str:
    words = [f"“{shown(w['word'], 30)}” {w['rating']:+.1f}".replace("-", "−") for w in answer["words"][:WORDS]]
    return say("strongest words: {words}", words=say(", ").join(map(plain, words))) if words else ""


def _read(answer: dict[str, Any]) -> str:
    read = answer["read"]
    if read["count"] == read["of"]:
        return ""
    if read["unit"] == "words":
        return say("it read the first {count:,} of {of:,} words", count=read["count"], of=read["of"])
    return say("it read the first {count:,} of {of:,} tokens", count=read["count"], of=read["of"])
