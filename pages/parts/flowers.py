"""Iris's tab Try it: measure a flower, see what the model calls it, and check that a clone is a clone."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.charts.bars import probability_bars
from core.sources.iris_rows import FEATURES
from core.words import mark, say
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.plot import plot

RANGES = {
    mark("sepal length"): (4.0, 8.0, 5.8),
    mark("sepal width"): (2.0, 4.5, 3.0),
    mark("petal length"): (1.0, 7.0, 3.8),
    mark("petal width"): (0.1, 2.6, 1.2),
}


def draw_try_it(bench: Bench) -> None:
    """Four sliders and the probabilities they lead to."""
    if bench.trained is None:
        st.info(
            say("Train a run to its end: then measure a flower here, and see what the model calls it."),
            icon=":material/local_florist:",
        )
        return
    if bench.trained.spec.options["task"] == "source":
        when_answered(bench.lab, _question(bench, "clone"), _clone)
        _use_as_source(bench)
        st.divider()
    left, right = st.columns(2, gap="large")
    with left:
        row = [_measure(bench, feature) for feature in FEATURES]
    with right:
        when_answered(bench.lab, _question(bench, "predict", row=row), _probabilities)


def _measure(bench: Bench, feature: str) -> float:
    low, high, usual = RANGES[feature]
    key = bench.form.key(f"flower.{feature}")
    st.session_state.setdefault(key, usual)
    return float(
        st.slider(say("{feature} (cm)", feature=say(feature)), low, high, step=0.1, key=key, persist_state="session")
    )


def _question(bench: Bench, about: str, **given: Any) -> dict[str, Any]:
    assert bench.trained is not None
    return {"about": about, "spec": bench.trained.spec.flat(), "run": bench.trained.id, **given}


def _probabilities(answer: dict[str, Any]) -> None:
    best = max(range(len(answer["after"])), key=answer["after"].__getitem__)
    st.markdown(say("**{species}** · probability **{share:.3f}**",
                    species=answer["classes"][best], share=answer["after"][best]))  # fmt: skip
    plot(
        probability_bars(answer["classes"], answer["after"]),
        "iris.probabilities",
        220,
        say("Probability of each class: {shares}", shares=say(", ").join(
            f"{c} {p:.2f}" for c, p in zip(answer["classes"], answer["after"], strict=True))),
    )  # fmt: skip


def _clone(answer: dict[str, Any]) -> None:
    source, clone = answer["parameters"]
    same = answer["same_outputs"] and answer["original_untouched"]
    figures = say(
        "**The clone**, layer by layer: {source:,} parameters and {clone:,}; accuracy on the 30 validation flowers "
        "{one:.3f} and {other:.3f}.",
        source=source, clone=clone, one=answer["accuracy"][0], other=answer["accuracy"][1],
    )  # fmt: skip
    if same:
        words = say("Outputs are bit for bit the same, and freezing the clone left the original alone.")
        st.markdown(f"{figures} :green[:material/check: {words}]")
    else:
        st.markdown(f"{figures} :red[:material/close: {say('They differ: this is not a clone.')}]")


def _use_as_source(bench: Bench) -> None:
    def take() -> None:
        assert bench.trained is not None
        st.session_state["iris.task"] = "flowers"
        bench.form.begin()
        bench.form.put("start", f"run:{bench.trained.id}")

    st.button(say("Use this network as the source of step 2"), icon=":material/arrow_forward:", on_click=take,
              key="iris.use")  # fmt: skip
