"""The tab Take home: a run's notebook, model and figures as files, and a pack to hand in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from core.errors import LabError
from core.export.files import HISTORY, LOG, MODEL, NOTEBOOK, TAKE_HOME, WHY_NOT, made_files, progress_of
from core.export.hand_in import CURVES, PACK, write_pack
from core.export.report import Report, full_title, run_name
from core.export.svg import Beside, curves_svg
from core.history import Snapshot
from core.runs.book import NOTE_LENGTH
from core.words import language, mark, say, speaking
from pages.parts.address import shown_runs
from pages.parts.lesson import answers_of, runs_of, title_of
from pages.parts.lesson_choice import lesson_of

if TYPE_CHECKING:
    from pages.parts.bench import Bench

Made = TypeVar("Made")
TICK = 0.5
NAME_LENGTH = 80
ABOUT = {
    NOTEBOOK: (mark("Notebook"), ":material/code:",
               mark("Plain Keras with its data, and the same as one Python file: wherever it runs, it gives this curve "
                    "again."), "application/zip"),
    MODEL: (mark("Trained model"), ":material/deployed_code:",
            mark("Opens with keras.models.load_model, without this project."), "application/octet-stream"),
    HISTORY: (mark("Curve (CSV)"), ":material/table:",
              mark("All figures of every epoch, and how far each layer moved."), "text/csv"),
    LOG: (mark("TensorBoard log"), ":material/monitoring:", mark("Unzip it, then: tensorboard --logdir FOLDER."),
          "application/zip"),
}  # fmt: skip
"""By file: title, icon, what it is, and its kind."""


def draw_take_home(bench: Bench) -> None:
    """Files of the run in hand: made when they are asked for, then each behind a button of its own."""
    run = bench.trained
    if run is None:
        st.caption(
            say("Train a run to its end: its notebook, model, figures and a pack to hand in are to be had here.")
        )
        return
    if not bench.lab.runner.brought.may_use(run.spec.data, bench.lab.owner):
        st.caption(say("This run was trained on another browser's own data: only its owner takes its files."))
        return
    st.markdown(say("**{run}**, {n:,} epochs.", run=run_name(run).capitalize(), n=len(run.epochs)))
    made = made_files(run.id)
    if made:
        _draw_files(bench, run, made)
        _draw_pack(bench, run, made)
    elif bench.form.get("files.wanted") == run.id:
        _wait_for(bench, run)
    else:
        st.caption(say(
            "A notebook of plain Keras that gives this curve again, the trained model, the curve as a table and as a "
            "picture, a TensorBoard log, and a pack to hand in. It takes some seconds."
        ))  # fmt: skip
        st.button(say("Make the files"), key=bench.form.key("files.make"), icon=":material/inventory_2:",
                  type="primary", on_click=_want, args=(bench, run))  # fmt: skip


def _want(bench: Bench, run: Snapshot) -> None:
    """As a callback: have a worker make them."""
    question = {
        "about": TAKE_HOME,
        "spec": run.spec.flat(),
        "run": run.id,
        "title": full_title(run),
        "epochs": [epoch.as_dict() for epoch in run.epochs],
        "stopped": bool(run.outcome and run.outcome.stopped_by_hand),
        "language": language(),
    }
    bench.form.put("files.wanted", run.id)
    bench.form.put("files.asked", (bench.lab.runner.ask(question, bench.lab.owner), time.monotonic()))


def _wait_for(bench: Bench, run: Snapshot) -> None:
    future, began = bench.form.get("files.asked")
    if not future.done():
        st.fragment(_wait, run_every=TICK)(future, began, run.id)
        return
    bench.form.put("files.wanted", None)
    try:
        future.result()
    except LabError as error:
        st.warning(str(error), icon=":material/error:")
        return
    st.rerun()


def _wait(future: Future[dict[str, Any]], began: float, run: str) -> None:
    """What is being done, how far, and about how long still."""
    if future.done():
        st.rerun(scope="app")
    what, done, of = progress_of(run) or (say("waiting for a worker"), 0, 1)
    st.progress(done / of, _standing(what, done, of, time.monotonic() - began))


def _standing(what: str, done: int, of: int, seconds: float) -> str:
    if of <= 1:
        return say("{what}: {seconds:.0f} s so far", what=what, seconds=seconds)
    if not done:
        return say("{what}: step {step} of {of}", what=what, step=done + 1, of=of)
    left = max(1, round(seconds / done * (of - done)))
    return say("{what}: step {step} of {of}, about {left} s still", what=what, step=done + 1, of=of, left=left)


def _draw_files(bench: Bench, run: Snapshot, made: Mapping[str, Path]) -> None:
    if WHY_NOT in made:
        why = made[WHY_NOT].read_text(encoding="utf-8")
        st.info(say("There is no notebook of this run. {why}", why=why), icon=":material/info:")
    with st.container(horizontal=True, gap="small"):
        for name, (label, icon, about, kind) in ABOUT.items():
            if name in made:
                named = say("{file}, {size}", file=say(label), size=_size(made[name].stat().st_size))
                st.download_button(
                    named, made[name].read_bytes, _file_name(bench, run, name), kind, icon=icon,
                    help=say(about), key=bench.form.key(f"take.{name}"), on_click="ignore",
                )  # fmt: skip
        beside = [Beside(run_name(other), other.epochs) for other in _others(bench)]
        curves = _in_this_language(lambda: curves_svg(run.epochs, full_title(run), beside))
        st.download_button(say("Curves (SVG)"), curves, _file_name(bench, run, CURVES), "image/svg+xml",
                           help=say("As a picture that stays sharp, for a report or a slide."),
                           icon=":material/show_chart:", key=bench.form.key("take.svg"),
                           on_click="ignore")  # fmt: skip


def _in_this_language(make: Callable[[], Made]) -> Callable[[], Made]:
    """What is made once it is asked for is made in a thread that knows of no reader."""
    code = language()

    def made() -> Made:
        with speaking(code):
            return make()

    return made


def _draw_pack(bench: Bench, run: Snapshot, made: Mapping[str, Path]) -> None:
    """What somebody hands in: notes and a name are theirs to give."""
    st.markdown(say(
        "**A pack to hand in**: a report that prints well, the curves, your notes, the settings, which open on another "
        "server, and the notebook, in one zip."
    ))  # fmt: skip
    mine = bench.lab.owns(run.owner)
    note, author = bench.form.key(f"pack.note.{run.id}"), bench.form.key("pack.author")
    if note not in st.session_state:
        st.session_state[note] = _entry_note(bench, run) if mine else ""
    st.text_input(say("Your name, for the report"), key=author, max_chars=NAME_LENGTH, persist_state="session",
                  placeholder=say("It is written into the report and kept nowhere else"))  # fmt: skip
    about = say("Kept with this run in the run book.") if mine else say("Written into the report only.")
    st.text_area(say("Notes"), key=note, max_chars=NOTE_LENGTH, height=110, help=about,
                 placeholder=say("What you saw, and what it shows"),
                 on_change=_keep_note if mine else None, args=(bench, run, note))  # fmt: skip
    notes, name = str(st.session_state[note]), str(st.session_state.get(author) or "")
    lesson = lesson_of(bench.form.scenario.name)
    answers = tuple(answers_of(bench.lab, bench.form.scenario.name))
    report = Report(run, _others(bench), notes, name, title_of(lesson) if lesson else "", answers)
    packed = _in_this_language(lambda: write_pack(report, made))
    st.download_button(say("Hand-in pack (zip)"), packed, _file_name(bench, run, PACK), "application/zip",
                       icon=":material/assignment_turned_in:", type="primary",
                       key=bench.form.key("take.pack"), on_click="ignore")  # fmt: skip


def _keep_note(bench: Bench, run: Snapshot, key: str) -> None:
    """As a callback."""
    try:
        bench.lab.runner.keeping.note(run.id, bench.lab.owner, st.session_state[key])
    except LabError as error:
        st.toast(str(error), icon=":material/error:")


def _entry_note(bench: Bench, run: Snapshot) -> str:
    entries = bench.lab.runner.keeping.entries(bench.lab.owner)
    return next((entry.note for entry in entries if entry.run == run.id), "")


def _others(bench: Bench) -> list[Snapshot]:
    """The runs beside the one in hand, and those of the lesson, that have a curve to compare."""
    beside = [other for other, _ in shown_runs(bench.form).beside]
    found = map(bench.lab.find, dict.fromkeys([*beside, *runs_of(bench.lab, bench.form.scenario.name)]))
    return [other for other in found if other is not None and other.epochs and other != bench.trained]


def _file_name(bench: Bench, run: Snapshot, name: str) -> str:
    return f"{bench.form.scenario.name}-run-{run.number or run.id[:6]}-{name}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{max(1, count // 1000)} kB"
