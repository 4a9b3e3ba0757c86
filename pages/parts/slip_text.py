"""A mistake in words: what it is, what to look at, why it happens and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import scenarios
from core.experiments.slips import SLIPS, Slip
from core.runs.experiments import Progress
from core.spec import RunSpec
from core.words import mark, say

SAID = {
    "learning_rate": mark("learning rate"),
    "batch_norm": mark("batch norm"),
    "batch_size": mark("batch size"),
    "frozen": mark("frozen"),
    "mistake": mark("mistake"),
}
MODES = {"inference": mark("inference"), "training": mark("training")}
"""Of batch norm."""


def tell_slip(progress: Progress) -> None:
    """Of the experiment in hand: the one setting that differs, what to look at, why and the mend."""
    slip = SLIPS.get(progress.experiment.mistake)
    if slip is None:
        return
    good, bad = (trial.spec for trial in progress.trials[:2])
    st.markdown(say("**{title}.** {what} Only this differs: {difference}.", title=say(slip.title), what=say(slip.what),
                    difference=difference(good, bad)))  # fmt: skip
    st.caption(words(slip))


def words(slip: Slip) -> str:
    """What to look at, why and the mend, as Markdown."""
    return say("**Look at** {look} **Why?** {why} **The mend:** {mend}", look=_lower(say(slip.look)), why=say(slip.why),
               mend=_lower(say(slip.mend)))  # fmt: skip


def difference(good: RunSpec, bad: RunSpec) -> str:
    """The settings in which two runs differ, as *name value → value*."""
    one, other = good.flat(), bad.flat()
    changed = [name for name in other if one.get(name) != other[name]]
    return say(", ").join(
        say("{setting} {before} → {now}", setting=say(SAID.get(name, name)), before=_written(one, name),
            now=_written(other, name))
        for name in changed
    )  # fmt: skip


def _written(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if name == "mistake":
        option = next(o for o in scenarios.get(values["scenario"]).options if o.name == name)
        return f"*{say(option.labels[option.choices.index(value)])}*"
    if name == "frozen":
        return say("{n} layers", n=len(value)) if value else say("none")
    if isinstance(value, float):
        return f"{value:g}"
    return say(MODES[value]) if value in MODES else str(value).replace("_", " ")


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
