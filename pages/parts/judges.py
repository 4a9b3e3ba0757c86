"""What ready-made judges say of the same review, beside the learner's own model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core import scenarios
from core.errors import shown
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
        st.markdown("**Ready-made judges** on the same text, trained by others on other texts:")
        for judge in JUDGES:
            _draw(bench, judge, text)


def _draw(bench: Bench, judge: Judge, text: str) -> None:
    if missing := judge.missing():
        st.caption(f"{judge.title}, {judge.kind}: {missing}")
        return
    if judge.id not in AT_ONCE:
        key = bench.form.key(f"judge.{judge.id}")
        label = f"Ask {judge.title} too (loads for some seconds, once)"
        if not st.toggle(label, key=key, persist_state="session"):
            return
    spec = scenarios.parse({"scenario": bench.form.scenario.name, **bench.form.variant}).flat()
    question = {"about": "judge", "spec": spec, "judge": judge.id, "text": text}
    when_answered(bench.lab, question, _said)


def _said(answer: dict[str, Any]) -> None:
    figure = f"score **{answer['score']:+.2f}** of −1 to 1" if answer["probability"] is None else (
        f"probability of praise **{answer['probability']:.3f}**"
    )  # fmt: skip
    verdict = answer["verdict"] if answer["verdict"] == "undecided" else f"it says {answer['verdict']}"
    st.markdown(f"{MARKS[answer['verdict']]} **{answer['judge']}**: **{verdict}** · {figure}".replace("-", "−"))
    st.caption(" · ".join(filter(None, (answer["kind"], _words(answer), _read(answer)))))


def _words(answer: dict[str, Any]) -> str:
    words = [f"“{shown(w['word'], 30)}” {w['rating']:+.1f}".replace("-", "−") for w in answer["words"][:WORDS]]
    return "strongest words: " + ", ".join(map(plain, words)) if words else ""


def _read(answer: dict[str, Any]) -> str:
    read = answer["read"]
    if read["count"] == read["of"]:
        return ""
    return f"it read the first {read['count']:,} of {read['of']:,} {read['unit']}"
