"""What was made of photos that somebody brought: how many of each class train and validate, and what was left out."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core.sources.photo_sets import Brought
from pages.parts.plain import plain

SHOWN = 6
"""Lines that are shown at once; the rest lies in an expander."""
FEW = 5
"""Validation photos of a class below which an accuracy says little."""


def draw_report(brought: Brought) -> None:
    """Counts, duplicates with their twin, and what could not be read with the reason."""
    train, held_out, test = (sum(brought.counts[part]) for part in ("train", "validation", "test"))
    names = ", ".join(map(plain, brought.classes))
    sealed = f", and {test:,} stay sealed for a test" if test else ""
    st.success(
        f"The next run trains on {train:,} photos of {len(brought.classes)} classes ({names}) and validates on "
        f"{held_out:,}{sealed}. Press Train. Photos are sharp: with 160 or 224 points a side (under *More*) a network "
        "sees more of them.",
        icon=":material/check:",
    )
    if min(brought.counts["validation"]) < FEW:
        st.caption(
            f"With fewer than {FEW} photos of a class to validate on, one more or less that is right moves validation "
            "accuracy a long way: read it with care."
        )
    st.html(_table(brought))
    _draw_lines("cannot be used", [f"{name}: {why}" for name, why in brought.unreadable])
    _draw_lines("the same as another, byte by byte", [f"{name} is the same as {kept}" for name, kept in
                                                      brought.duplicates])  # fmt: skip


def _table(brought: Brought) -> str:
    parts = [part for part in ("train", "validation", "test") if part != "test" or any(brought.counts[part])]
    head = "".join(f"<th>{part}</th>" for part in parts)
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th>"
        + "".join(f"<td>{brought.counts[part][label]:,}</td>" for part in parts)
        + "</tr>"
        for label, name in enumerate(brought.classes)
    )
    return f'<div class="lab-figures lab-own"><table><thead><tr><th></th>{head}</tr></thead>{rows}</table></div>'


def _draw_lines(what: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    st.markdown(f"**{len(lines):,} left out**: {what}")
    st.html(_list(lines[:SHOWN]))
    if len(lines) > SHOWN:
        with st.expander(f"{len(lines) - SHOWN:,} more"):
            st.html(_list(lines[SHOWN:]))


def _list(lines: Sequence[str]) -> str:
    return f'<ul class="lab-left-out">{"".join(f"<li>{html.escape(line)}</li>" for line in lines)}</ul>'
