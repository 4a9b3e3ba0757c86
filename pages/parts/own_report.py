"""What was made of photos that somebody brought: how many of each class train and validate, and what was left out."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core.sources.photo_sets import Brought
from core.words import mark, say
from pages.parts.plain import plain

SHOWN = 6
"""Lines that are shown at once; the rest lies in an expander."""
PARTS = (mark("train"), mark("validation"), mark("test"))
FEW = 5
"""Validation photos of a class below which an accuracy says little."""


def draw_report(brought: Brought) -> None:
    """Counts, duplicates with their twin, and what could not be read with the reason."""
    sharp = say("Photos are sharp: with 160 or 224 points a side (under *More*) a network sees more of them.")
    st.success(f"{_next_run(brought)} {say('Press Train.')} {sharp}", icon=":material/check:")
    if min(brought.counts["validation"]) < FEW:
        st.caption(say(
            "With fewer than {n} photos of a class to validate on, one more or less that is right moves validation "
            "accuracy a long way: read it with care.",
            n=FEW,
        ))  # fmt: skip
    st.html(_table(brought))
    unusable, same = brought.unreadable, brought.duplicates
    _draw_lines(say("**{n:,} left out**: cannot be used", n=len(unusable)),
                [say("{name}: {why}", name=name, why=say(why)) for name, why in unusable])  # fmt: skip
    _draw_lines(say("**{n:,} left out**: the same as another, byte by byte", n=len(same)),
                [say("{name} is the same as {other}", name=name, other=other) for name, other in same])  # fmt: skip


def _next_run(brought: Brought) -> str:
    train, held_out, test = (sum(brought.counts[part]) for part in PARTS)
    known: dict[str, object] = {
        "train": train,
        "classes": len(brought.classes),
        "names": say(", ").join(map(plain, brought.classes)),
        "validation": held_out,
    }
    if not test:
        return say(
            "The next run trains on {train:,} photos of {classes} classes ({names}) and validates on {validation:,}.",
            **known,
        )
    return say(
        "The next run trains on {train:,} photos of {classes} classes ({names}) and validates on {validation:,}, and "
        "{test:,} stay sealed for a test.",
        **known,
        test=test,
    )


def _table(brought: Brought) -> str:
    parts = [part for part in PARTS if part != "test" or any(brought.counts[part])]
    head = "".join(f"<th>{say(part)}</th>" for part in parts)
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
    st.markdown(what)
    st.html(_list(lines[:SHOWN]))
    if len(lines) > SHOWN:
        with st.expander(say("{n:,} more", n=len(lines) - SHOWN)):
            st.html(_list(lines[SHOWN:]))


def _list(lines: Sequence[str]) -> str:
    return f'<ul class="lab-left-out">{"".join(f"<li>{html.escape(line)}</li>" for line in lines)}</ul>'
