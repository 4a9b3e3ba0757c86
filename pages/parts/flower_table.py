"""Iris's tab Data: the made-up flowers as a table to edit, or a look at the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.sources.iris_rows import FEATURES, FLOWERS, HIGH, made_up_rows, write_table
from core.words import language, say
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.form import Form

Row = dict[str, Any]
HEIGHT = 330


def draw_data(bench: Bench) -> None:
    """What this task trains on."""
    if bench.form.variant["task"] == "flowers":
        _draw_table(bench)
    else:
        _draw_irises(bench)


def _draw_table(bench: Bench) -> None:
    form = bench.form
    rows = _base_rows(form)
    edited = form.get("data") != "builtin"
    st.markdown(say(
        "The flowers that train the new head, in centimetres. **Change a cell, add a row, remove one**; the next run "
        "uses what stands here. Forty validation flowers are drawn from the same species: around the built-in centres "
        "or, once you edit, around the means of your own."
    ))  # fmt: skip
    choices = {"species": st.column_config.SelectboxColumn(say("species"), options=list(FLOWERS), required=True)}
    numbers = {
        f: st.column_config.NumberColumn(say(f), min_value=0.1, max_value=HIGH, step=0.1, required=True)
        for f in FEATURES
    }
    st.data_editor(
        pd.DataFrame(rows, columns=[*FEATURES, "species"]),
        key=_editor_key(form),
        num_rows="dynamic",
        height=HEIGHT,
        column_config={**numbers, **choices},
        on_change=_take_edits,
        args=(form, rows),
        width="stretch",
    )
    if edited:
        st.button(
            say("Back to the flowers of the sliders"),
            icon=":material/undo:",
            on_click=form.put_back_table,
            key="iris.back",
        )


def _base_rows(form: Form) -> list[Row]:
    """What the editor began with. It keeps its own edits while drawn, and begins anew with ours when it was not."""
    if _editor_key(form) not in st.session_state or form.get("rows") is None:
        form.put("rows", _rows_of(form))
    rows: list[Row] = form.get("rows")
    return rows


def _rows_of(form: Form) -> list[Row]:
    if form.get("data") != "builtin":
        return read_rows(form.get("data"))
    return read_rows(write_table(*made_up_rows(int(form.get("per_species")), float(form.get("spread")), seed=0)))


def read_rows(text: str) -> list[Row]:
    """The rows of a setting as they stand, whole or not: a cell that is empty or no number is an empty cell."""
    lines = [line.split(",") for line in text.removeprefix("rows:").split(";") if line.strip()]
    return [{**dict(zip(FEATURES, map(_length, cells), strict=False)), "species": _species(cells)} for cells in lines]


def _length(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _species(cells: list[str]) -> str | None:
    number = cells[-1]
    return FLOWERS[int(number)] if number.isdecimal() and int(number) < len(FLOWERS) else None


def _take_edits(form: Form, rows: list[Row]) -> None:
    """Write the table as it now stands into the form; a row not yet whole makes a setting that says so."""
    form.put("data", write_rows(apply_edits(rows, st.session_state[_editor_key(form)])))


def apply_edits(rows: list[Row], edits: Mapping[str, Any]) -> list[Row]:
    """A table after what `st.data_editor` reports: cells edited, rows added, rows deleted."""
    changed = [{**row, **edits.get("edited_rows", {}).get(i, {})} for i, row in enumerate(rows)]
    kept = [row for i, row in enumerate(changed) if i not in set(edits.get("deleted_rows", []))]
    return [*kept, *edits.get("added_rows", [])]


def write_rows(rows: list[Row]) -> str:
    """Rows as RunSpec holds them; an empty cell stays empty there, for the validator to name."""

    def cell(value: object) -> str:
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    lines = [[*(cell(r.get(f)) for f in FEATURES), str(_number_of(r.get("species")))] for r in rows]
    return "rows:" + ";".join(",".join(line) for line in lines)


def _number_of(species: object) -> int | str:
    return FLOWERS.index(species) if species in FLOWERS else ""  # type: ignore[arg-type]


def _editor_key(form: Form) -> str:
    """The editor forgets its edits when its columns are named anew, so in another language it is another one."""
    return form.key(f"table.{form.get('revision') or 0}.{language()}")


def _draw_irises(bench: Bench) -> None:
    st.markdown(say(
        "Fisher's 150 irises (1936), by way of scikit-learn: 40 of each species to train on, 10 of each to validate "
        "on, always the same split."
    ))  # fmt: skip
    if bench.spec is not None:
        when_answered(bench.lab, {"about": "samples", "spec": bench.spec.flat()}, _draw_samples)


def _draw_samples(answer: dict[str, Any]) -> None:
    for part, column in zip(("training", "validation"), st.columns(2), strict=True):
        table = pd.DataFrame([r["row"] for r in answer[part]], columns=list(FEATURES))
        table["species"] = [r["species"] for r in answer[part]]
        with column:
            st.markdown(
                say("**Training**, {n} flowers", n=len(table))
                if part == "training"
                else say("**Validation**, {n} flowers", n=len(table))
            )
            st.dataframe(table, height=HEIGHT, hide_index=True, column_config={c: say(c) for c in table.columns})
