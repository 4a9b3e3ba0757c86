"""What the tabs of cats and dogs say where a run tells apart classes of somebody's own: their names, the probability of
each, and a table of mistakes of any number of them."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.charts.palette import NEUTRAL, POSITIVE
from core.errors import SourceUnavailable
from core.history import Snapshot
from core.scenarios.picture_networks import classes_of
from core.sources.photo_sets import classes
from core.spec import RunSpec
from core.words import say
from pages.parts.form import Form
from pages.parts.plain import plain

Show = Callable[[list[tuple[str, str]]], None]
"""Draws pictures, each with what stands under it."""


def class_names(spec: RunSpec, run: Snapshot | None = None) -> tuple[str, ...]:
    """What a spec's classes are called, by label: as the run kept them, or its photos have them; numbered where neither
    is known. Cat and dog in the language spoken."""
    count = classes_of(spec)
    if not count:
        return say("cat"), say("dog")
    if run is not None and len(run.classes) == count:
        return run.classes
    try:
        found = classes(spec.data)
    except SourceUnavailable:
        found = ()
    return found if len(found) == count else tuple(say("class {n}", n=n) for n in range(1, count + 1))


def draw_verdict(answer: Mapping[str, Any], names: Sequence[str]) -> None:
    """The likeliest class, and the probability of each before and after training."""
    shares, called = answer["probabilities"], int(answer["called"])
    said = say("{kind} · probability {share:.2f}", kind=plain(names[called]), share=shares[called])
    st.markdown(f"### :material/category: {said}")
    st.html(f'<div class="lab-names">{"".join(_bar(n, p, i == called) for i, (n, p) in _ordered(names, shares))}</div>')
    before = answer["before"]
    first = max(range(len(before)), key=before.__getitem__)
    st.caption(say("Before training it said {kind}, {share:.2f}; a guess would be {guess:.2f}.",
                   kind=plain(names[first]), share=before[first], guess=1 / len(names)))  # fmt: skip


def draw_mistakes(form: Form, names: Sequence[str], show: Show, answer: Mapping[str, Any]) -> None:
    """How often each class is taken for each other, and the photos it happened to."""
    counts = answer["confusion"]
    st.html(f'<div class="lab-figures lab-own">{_table(counts, names)}</div>')
    right, all_of = sum(counts[i][i] for i in range(len(names))), sum(map(sum, counts))
    st.caption(say("{right:,} of {all:,} validation photos right: {share:.1%}.", right=right, all=all_of,
                   share=right / max(1, all_of)))  # fmt: skip
    cells = _cells(counts)
    if not cells:
        return
    if form.get("class_cell") not in cells:  # of another run
        form.put("class_cell", cells[0])
    cell = st.selectbox(say("Show"), cells, format_func=lambda at: _cell(at, counts, names), key=form.key("class_cell"),
                        persist_state="session", width=420)  # fmt: skip
    here = [p for p in answer["worst"] if (p["label"], p["called"]) == cell]
    show([(p["image"], _photo(p, names)) for p in here])


def _photo(photo: Mapping[str, Any], names: Sequence[str]) -> str:
    true, called = names[photo["label"]], names[photo["called"]]
    return say("{kind}, called {called}, {share:.2f}", kind=true, called=called, share=photo["probability"])


def heat_words(names: Sequence[str], called: int) -> tuple[str, str]:
    """What the two kinds of heat speak for."""
    return names[called], say("another class") if len(names) > 2 else names[1 - called]


def _ordered(names: Sequence[str], shares: Sequence[float]) -> list[tuple[int, tuple[str, float]]]:
    """In the order of the classes: so a bar stays where it is from one photo to the next."""
    return list(enumerate(zip(names, shares, strict=True)))


def _bar(name: str, share: float, is_called: bool) -> str:
    colour, text = (POSITIVE, f"<b>{html.escape(name)}</b>") if is_called else (NEUTRAL, html.escape(name))
    mark = " ◀" if is_called else ""
    return (
        f'<div class="lab-layer">{text} <small>{share:.1%}{mark}</small><div class="lab-share">'
        f'<i style="width:{100 * share:.1f}%;background:{colour}"></i></div></div>'
    )


def _table(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    rows = "".join(
        f"<tr><th>{html.escape(names[i])}</th>"
        + "".join(f"<td{' class=lab-wrong' if i != j and n else ''}>{n:,}</td>" for j, n in enumerate(row))
        + "</tr>"
        for i, row in enumerate(counts)
    )
    return f'<table class="lab-table"><tr><th>{say("is ↓ called →")}</th>{head}</tr>{rows}</table>'


def _cells(counts: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Those with photos, mistakes first, the most frequent before the others."""
    found = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) if n]
    return sorted(found, key=lambda at: (at[0] == at[1], -counts[at[0]][at[1]], at))


def _cell(at: tuple[int, int], counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    true, called = at
    return say("{kind} called {called} ({n:,})", kind=names[true], called=names[called], n=counts[true][called])
