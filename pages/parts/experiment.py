"""An experiment on a page: started, watched while its points come in, stopped, taken up, and what it shows."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core import experiments
from core.charts.experiments import (
    MEASURES,
    Point,
    curves_figure,
    depths_figure,
    sizes_figure,
    training_curves_figure,
)
from core.errors import LabError
from core.experiments.base import Result
from core.history import Epoch
from core.runs.experiments import FINISHED, INTERRUPTED, STOPPED, Progress
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.plot import plot
from pages.parts.slip_text import tell_slip

HEIGHT = 380
FIRST_MEASURE = {"race": "accuracy", "seeds": "accuracy", "mistake": "loss"}
"""Experiments drawn by epoch, and what of validation is shown at first."""


def start(lab: Lab, form: Form, values: Mapping[str, Any], pace: float = 0) -> None:
    """Begin an experiment from raw values, as `core.experiments.parse` takes them, and put it in hand."""
    try:
        which = lab.runner.experiments.start(experiments.parse(values), lab.owner, pace)
        put_in_hand(form, lab.runner.experiments.progress(which))
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()


def put_in_hand(form: Form, progress: Progress) -> None:
    """Show an experiment in place of the curves."""
    form.put("experiment", progress.id)
    form.put("question.wanted", progress.experiment.kind)
    form.put("asking", True)


def put_away(form: Form) -> None:
    """The curves take their place again; the experiment is kept."""
    form.put("experiment", None)
    form.put("asking", False)


def in_hand(lab: Lab, form: Form) -> Progress | None:
    """The experiment in hand, where it is of the task in hand."""
    progress = lab.find_experiment(form.get("experiment"))
    if progress is None:
        return None
    options = progress.experiment.setting.options
    return progress if all(options.get(k) == v for k, v in form.variant.items()) else None


def draw_progress(lab: Lab, form: Form, progress: Progress) -> None:
    """Title and progress, the picture, what it shows in words, and its figures as a table."""
    kind = experiments.get(progress.experiment.kind)
    with st.container(border=True, key=f"lab-experiment-{kind.name}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{kind.icon} {kind.title}** · {_standing(progress)}")
            _buttons(lab, form, progress)
            measure = _measure(form, kind.name) if kind.name in FIRST_MEASURE else ""
        if progress.is_live:
            st.progress(progress.done / len(progress.trials))
        conclusion = progress.conclusion
        if conclusion.sentence:
            st.markdown(f":green[:material/insights:] {conclusion.sentence}")
        elif not progress.is_live:
            more = "" if progress.state == FINISHED else " Continue them."
            st.caption(f"No conclusion from a part of the runs.{more}")
        PICTURES[kind.name](lab, form, progress, measure)
        _failures(progress)


def _standing(progress: Progress) -> str:
    done = f"{progress.done} of {len(progress.trials)} runs done"
    if progress.is_live and not progress.has_begun:
        return f"{len(progress.trials)} runs; a worker is getting ready (the first time it takes some seconds)"
    if progress.is_live:
        return f"{done}, about {duration(progress.left)} left"
    return {FINISHED: f"{done}", STOPPED: f"stopped, {done}", INTERRUPTED: f"broken off, {done}"}[progress.state]


def _buttons(lab: Lab, form: Form, progress: Progress) -> None:
    mine = lab.owns(progress.owner)
    if not mine:
        st.caption(":material/visibility: another browser's: you are watching")
    if mine and progress.is_live:
        if st.button("Stop all", key=form.key("experiment.stop"), icon=":material/stop:"):
            _order(lambda: lab.runner.experiments.stop(progress.id, lab.owner))
    elif mine and progress.state != FINISHED:
        about = "Trains only what is missing; what is done stays."
        if st.button("Continue", key=form.key("experiment.more"), icon=":material/play_circle:", help=about):
            _order(lambda: lab.runner.experiments.take_up(progress.id, lab.owner))
    if not progress.is_live or not mine:
        about = "Put it away, and ask anew. It is kept, and stands under Earlier."
        st.button("Close", key=form.key("experiment.close"), icon=":material/close:", help=about,
                  on_click=form.put, args=("experiment", None))  # fmt: skip


def _order(order: Callable[[], None]) -> None:
    try:
        order()
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()


def _failures(progress: Progress) -> None:
    lost = [r for r in progress.results if not r.is_known]
    if lost:
        named = ", ".join(f"{r.trial.arm}{_at(r.trial.x)} ({_why(r)})" for r in lost)
        st.warning(f"Without figures: {named}.", icon=":material/error:")


def _at(x: float | None) -> str:
    return "" if x is None else f" at {x:,.0f}"


def _why(result: Result) -> str:
    return "diverged" if result.diverged else result.state


def _draw_race(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    lines = {name: [epochs] for name, epochs in _curves(lab, progress).items()}
    described = f"Validation {measure} by epoch of {', '.join(lines) or 'no run yet'}. {progress.conclusion.sentence}"
    plot(curves_figure(lines, _planned(progress), measure), f"{form.scenario.name}.experiment.race", HEIGHT, described)
    _draw_rows(progress)


def _draw_mistake(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    tell_slip(progress)
    lines = _curves(lab, progress)
    said = progress.conclusion.sentence
    described = f"Training and validation {measure} by epoch, with and without the mistake. {said}"
    figure = training_curves_figure(lines, _planned(progress), measure)
    plot(figure, f"{form.scenario.name}.experiment.mistake", HEIGHT, described)
    _draw_rows(progress)


def _draw_seeds(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    lines: dict[str, list[Sequence[Epoch]]] = {}
    for trial, run in zip(progress.trials, progress.runs, strict=True):
        snapshot = lab.find(run)
        if snapshot is not None and snapshot.epochs:
            lines.setdefault(trial.arm, []).append(snapshot.epochs)
    described = f"Validation {measure} by epoch over seeds: mean and range. {progress.conclusion.sentence}"
    plot(curves_figure(lines, _planned(progress), measure), f"{form.scenario.name}.experiment.seeds", HEIGHT, described)
    _draw_rows(progress)


def _draw_examples(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    figures = progress.conclusion.figures
    lines = _points(figures["lines"])
    crossings = [c["at"] for c in figures["crossings"]] if progress.state == FINISHED else []
    described = f"Validation accuracy against training-set size. {progress.conclusion.sentence}"
    figure = sizes_figure(lines, progress.experiment.sizes, crossings)
    plot(figure, f"{form.scenario.name}.experiment.examples", HEIGHT, described)
    _draw_points(lines, "examples")


def _draw_depths(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    lines = _points(progress.conclusion.figures["lines"])
    described = f"Validation accuracy against how many layers are transferred. {progress.conclusion.sentence}"
    figure = depths_figure(lines, progress.experiment.depths, "layers")
    plot(figure, f"{form.scenario.name}.experiment.depth", HEIGHT, described)
    _draw_points(lines, "layers")


PICTURES: dict[str, Callable[[Lab, Form, Progress, str], None]] = {
    "race": _draw_race,
    "examples": _draw_examples,
    "depth": _draw_depths,
    "seeds": _draw_seeds,
    "mistake": _draw_mistake,
}


def _measure(form: Form, kind: str) -> str:
    key, first = form.key(f"{kind}.measure"), FIRST_MEASURE[kind]
    st.session_state.setdefault(key, first)
    shown = st.segmented_control(
        "Validation", MEASURES, key=key, required=True, label_visibility="collapsed", persist_state="session"
    )
    return str(shown or first)


def _curves(lab: Lab, progress: Progress) -> dict[str, Sequence[Epoch]]:
    """The epochs of each line's run so far, in the order in which they are planned."""
    found: dict[str, Sequence[Epoch]] = {}
    for trial, run in zip(progress.trials, progress.runs, strict=True):
        snapshot = lab.find(run)
        for place in trial.places:
            found[place.name] = snapshot.epochs if snapshot is not None else ()
    return found


def _planned(progress: Progress) -> int:
    return max(trial.spec.epochs for trial in progress.trials)


def _points(lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Point]]:
    return {name: [Point(**band) for band in line] for name, line in lines.items()}


def _draw_rows(progress: Progress) -> None:
    """One row a run, in the order of the plan, best first within a race that is over."""
    results = list(progress.results)
    if progress.experiment.kind == "race" and not progress.is_live:
        results.sort(key=lambda r: -(r.val_accuracy or 0))
    if not results:
        return
    head = ("", "best val loss", "val accuracy", "at epoch", "seconds", "numbers trained")
    several = len({r.seed for r in results}) > 1
    rows = [
        (
            f"{r.trial.arm}{f', seed {r.seed}' if several else ''}", _number(r.val_loss, "{:.3f}"),
            _number(r.val_accuracy, "{:.1%}"), _number(r.best_epoch, "{} of " + str(r.epochs)), f"{r.seconds:.1f}",
            f"{r.trainable:,} of {r.total:,}",
        )
        for r in results
    ]  # fmt: skip
    st.html(table(head, rows))


def _draw_points(lines: Mapping[str, Sequence[Point]], thing: str) -> None:
    """The picture as a table: one row a line, one column an x."""
    xs = sorted({p.x for line in lines.values() for p in line})
    if not xs:
        st.caption("The first points come in a moment.")
        return
    rows = []
    for name, line in lines.items():
        there = {p.x: p for p in line}
        rows.append((name, *(_cell(there.get(x)) for x in xs)))
    st.html(table((thing, *(f"{x:,.0f}" for x in xs)), rows))


def _cell(point: Point | None) -> str:
    if point is None:
        return "–"
    spread = f" ({point.low:.1%} to {point.high:.1%})" if point.seeds > 1 else ""
    return f"{point.mean:.1%}{spread}"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table as HTML, its first column naming the rows."""
    heads = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )  # fmt: skip
    return f'<div class="lab-figures"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def duration(seconds: float) -> str:
    """In words that claim no more than an estimate knows."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 90:
        return f"{5 * round(seconds / 5)} s"
    return f"{seconds / 60:.0f} min" if seconds >= 600 else f"{round(2 * seconds / 60) / 2:g} min"
