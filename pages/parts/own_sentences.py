"""Texts of one's own: a CSV file that is uploaded, what its columns and labels mean where that must be said, and what
was made of it. The file is read here, as text and nothing else, and kept in the data folder by its hash."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.errors import LabError, SourceUnavailable
from core.limits import LEAST_TEXTS, MOST_CSV_ROWS, UPLOADED_CSV_MEGABYTES
from core.runs.brought import TEXTS
from core.sources.own_texts import Brought, bring_texts
from core.sources.text_tables import ColumnsUnknown, LabelsUnknown, read_csv_texts
from core.words import mark, say
from pages.parts.classroom import is_shown
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.own_data import TEXTS_TITLE, draw_kept, keep
from pages.parts.problem import keep_problem, kept_problem

SHOWN = 5


def draw_own_sentences(form: Form, lab: Lab) -> None:
    """The uploader, what it asks back, what it found, and what this browser has brought so far."""
    if not is_shown("own_data"):
        return
    with st.expander(say("Texts of your own (CSV)"), key=form.key("own"), on_change="rerun"):
        st.caption(_wanted())
        file = st.file_uploader(
            say("A CSV file"), ["csv", "tsv", "txt"], key=form.key("own.file"), max_upload_size=UPLOADED_CSV_MEGABYTES
        )
        if file is not None:
            _read(form, lab, file.name, file.getvalue())
        _draw_result(form)
        draw_kept(form, lab)


def _wanted() -> str:
    return say(
        "A table with the columns `text` and `sentiment` (1 praise, 0 complaint): at least {texts} different texts of "
        "each, at most {rows:,} rows and {size} MB. Other names of columns and labels are asked for. A fifth is held "
        "out to validate on.",
        texts=LEAST_TEXTS,
        rows=MOST_CSV_ROWS,
        size=UPLOADED_CSV_MEGABYTES,
    )


def _read(form: Form, lab: Lab, name: str, content: bytes) -> None:
    """Read it with the meaning given so far, and ask for what is missing."""
    if len(content) > UPLOADED_CSV_MEGABYTES * 2**20:  # a browser is not trusted to keep to it
        what = say("A file that is uploaded here may have up to {size} MB. Larger ones: python -m core bring FILE.csv.",
                   size=UPLOADED_CSV_MEGABYTES)  # fmt: skip
        st.warning(what, icon=":material/table:")
        return
    text, label = form.get("own.text"), form.get("own.label")
    praise, complaint = form.get("own.praise"), form.get("own.complaint")
    meaning = {praise: 1, complaint: 0} if praise is not None and complaint not in {None, praise} else None
    try:
        table = read_csv_texts(content, text, label, meaning)
    except ColumnsUnknown as error:
        _ask_columns(form, error)
    except LabelsUnknown as error:
        _ask_labels(form, error)
    except SourceUnavailable as error:
        st.warning(str(error), icon=":material/table:")
    else:
        st.button(
            say("Use these {n:,} texts", n=len(table.texts)),
            key=form.key("own.use"),
            icon=":material/check:",
            type="primary",
            on_click=_use,
            args=(form, lab, name, content, (text, label, meaning)),
        )


def _ask_columns(form: Form, error: ColumnsUnknown) -> None:
    st.info(str(error), icon=":material/view_column:")
    columns = list(error.columns)
    asked = (("own.text", say("Texts are in"), error.text), ("own.label", say("Labels are in"), error.label))
    for name, title, guess in asked:
        at = columns.index(guess) if guess in columns else None
        st.selectbox(title, columns, index=at, key=form.key(f"{name}.asked"), placeholder=say("Choose an option"))
    st.button(say("Read these columns"), key=form.key("own.columns"), on_click=_take,
              args=(form, ("own.text", "own.label")))  # fmt: skip


def _ask_labels(form: Form, error: LabelsUnknown) -> None:
    st.info(str(error), icon=":material/label:")
    values = [value for value, _ in error.found]
    meant = {label: value for value, label in (error.guess or {}).items()}
    for name, title, label in (("own.praise", say("Praise is"), 1), ("own.complaint", say("Complaint is"), 0)):
        at = values.index(meant[label]) if meant.get(label) in values else None
        st.selectbox(title, values, index=at, key=form.key(f"{name}.asked"), placeholder=say("Choose an option"))
    names = ("own.praise", "own.complaint")
    st.button(say("Read these labels"), key=form.key("own.labels"), on_click=_take, args=(form, names))


def _take(form: Form, names: tuple[str, ...]) -> None:
    """As a callback: what was answered becomes what is meant."""
    for name in names:
        form.put(name, form.get(f"{name}.asked"))


def _use(form: Form, lab: Lab, name: str, content: bytes, meaning: tuple[Any, ...]) -> None:
    """As a callback: keep the texts, and make them the data of the next run."""
    try:
        brought = bring_texts(read_csv_texts(content, *meaning))
        keep(lab, brought.data, TEXTS, _title(brought, name))
    except LabError as error:
        keep_problem(form, "own.problem", str(error))
        return
    keep_problem(form, "own.problem", None)
    form.put("own.brought", brought)
    form.put("data", brought.data)
    form.adapt("data")


def _title(brought: Brought, name: str) -> str:
    complaints, praise = (sum(of) for of in zip(brought.training, brought.validation, strict=True))
    counts = {"texts": praise + complaints, "praise": praise, "complaints": complaints}
    return TEXTS_TITLE.format(name=name, **{which: f"{n:,}" for which, n in counts.items()})


def _draw_result(form: Form) -> None:
    if problem := kept_problem(form, "own.problem"):
        st.warning(problem, icon=":material/error:")
    brought: Brought | None = form.get("own.brought")
    if brought is None or form.get("data") != brought.data:
        return
    told = say("The next run trains on {train:,} of your texts and validates on {validation:,}.",
               train=brought.counts.training, validation=brought.counts.validation)  # fmt: skip
    st.success(f"{told} {left_out(brought)}", icon=":material/check:")


def left_out(brought: Brought) -> str:
    """What of a file was not used, in words."""
    dropped = brought.dropped
    found = {
        mark("{n:,} without a text"): dropped.empty,
        mark("{n:,} without a label"): dropped.unlabelled,
        mark("{n:,} with another label"): dropped.other_label,
        mark("{n:,} that stand there both as praise and as complaint"): dropped.contradictory_rows,
        mark("{n:,} of another length than the header"): len(dropped.ragged),
    }
    named = say(", ").join(say(what, n=count) for what, count in found.items() if count)
    lines = say(", ").join(str(ragged.line) for ragged in dropped.ragged[:SHOWN])
    rows = ""
    if named and lines:
        rows = say("Left out are rows: {rows} (first on line {lines}).", rows=named, lines=lines)
    elif named:
        rows = say("Left out are rows: {rows}.", rows=named)
    return " ".join([rows, *map(say, brought.notes)]).strip()
