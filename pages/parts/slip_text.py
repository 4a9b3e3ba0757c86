"""A mistake in words: what it is, what to look at, why it happens and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import scenarios
from core.experiments.slips import SLIPS, Slip
from core.runs.experiments import Progress
from core.spec import RunSpec

SAID = {"learning_rate": "learning rate", "batch_norm": "batch norm", "batch_size": "batch size"}


def tell_slip(progress: Progress) -> None:
    """Of the experiment in hand: the one setting that differs, what to look at, why and the mend."""
    slip = SLIPS.get(progress.experiment.mistake)
    if slip is None:
        return
    good, bad = (trial.spec for trial in progress.trials[:2])
    st.markdown(f"**{slip.title}.** {slip.what} Only this differs: {difference(good, bad)}.")
    st.caption(words(slip))


def words(slip: Slip) -> str:
    """What to look at, why and the mend, as Markdown."""
    return f"**Look at** {_lower(slip.look)} **Why?** {slip.why} **The mend:** {_lower(slip.mend)}"


def difference(good: RunSpec, bad: RunSpec) -> str:
    """The settings in which two runs differ, as *name value → value*."""
    one, other = good.flat(), bad.flat()
    changed = [name for name in other if one.get(name) != other[name]]
    return ", ".join(f"{SAID.get(name, name)} {_written(one, name)} → {_written(other, name)}" for name in changed)


def _written(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if name == "mistake":
        option = next(o for o in scenarios.get(values["scenario"]).options if o.name == name)
        return f"*{option.labels[option.choices.index(value)]}*"
    if name == "frozen":
        return f"{len(value)} layers" if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
