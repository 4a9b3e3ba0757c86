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
from core.words import mark, say
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.plot import plot
from pages.parts.slip_text import tell_slip

HEIGHT = 380
FIRST_MEASURE = {"race": mark("accuracy"), "seeds": mark("accuracy"), "mistake": mark("loss")}
"""Experiments drawn by epoch, and what of validation is shown at first."""
HEADS = (mark("best val loss"), mark("val accuracy"), mark("at epoch"), mark("seconds"), mark("numbers trained"))
ENDS = {"finished": mark("finished"), "stopped": mark("stopped"), "failed": mark("failed"),
        "interrupted": mark("interrupted"), "cancelled": mark("cancelled")}  # fmt: skip
"""How a run without figures may have ended."""
STANDING = {FINISHED: mark("{n} of {all} runs done"), STOPPED: mark("stopped, {n} of {all} runs done"),
            INTERRUPTED: mark("broken off, {n} of {all} runs done")}  # fmt: skip


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
            st.markdown(f"**{kind.icon} {say(kind.title)}** · {_standing(progress)}")
            _buttons(lab, form, progress)
            measure = _measure(form, kind.name) if kind.name in FIRST_MEASURE else ""
        if progress.is_live:
            st.progress(progress.done / len(progress.trials))
        conclusion = progress.conclusion
        if conclusion.sentence:
            st.markdown(f":green[:material/insights:] {conclusion.sentence}")
        elif progress.state == FINISHED:
            st.caption(say("No conclusion from a part of the runs."))
        elif not progress.is_live:
            st.caption(say("No conclusion from a part of the runs. Continue them."))
        PICTURES[kind.name](lab, form, progress, measure)
        _failures(progress)


def _standing(progress: Progress) -> str:
    runs = {"n": progress.done, "all": len(progress.trials)}
    if progress.is_live and not progress.has_begun:
        return say("{n} runs; a worker is getting ready (the first time it takes some seconds)", n=runs["all"])
    if progress.is_live:
        return say("{n} of {all} runs done, about {duration} left", duration=duration(progress.left), **runs)
    return say(STANDING[progress.state], **runs)


def _buttons(lab: Lab, form: Form, progress: Progress) -> None:
    mine = lab.owns(progress.owner)
    if not mine:
        whose = say("another browser's: you are watching")
        st.caption(f":material/visibility: {whose}")
    if mine and progress.is_live:
        if st.button(say("Stop all"), key=form.key("experiment.stop"), icon=":material/stop:"):
            _order(lambda: lab.runner.experiments.stop(progress.id, lab.owner))
    elif mine and progress.state != FINISHED:
        about = say("Trains only what is missing; what is done stays.")
        if st.button(say("Continue"), key=form.key("experiment.more"), icon=":material/play_circle:", help=about):
            _order(lambda: lab.runner.experiments.take_up(progress.id, lab.owner))
    if not progress.is_live or not mine:
        about = say("Put it away, and ask anew. It is kept, and stands under Earlier.")
        st.button(say("Close"), key=form.key("experiment.close"), icon=":material/close:", help=about,
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
        named = say(", ").join(map(_failure, lost))
        st.warning(say("Without figures: {runs}.", runs=named), icon=":material/error:")


def _failure(result: Result) -> str:
    line, x = say(result.trial.arm), result.trial.x
    why = say("diverged") if result.diverged else say(ENDS.get(result.state, result.state))
    if x is None:
        return say("{line} ({why})", line=line, why=why)
    return say("{line} at {x:,.0f} ({why})", line=line, x=x, why=why)


def _draw_race(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    lines = {name: [epochs] for name, epochs in _curves(lab, progress).items()}
    described = say(
        "Validation {measure} by epoch of {lines}. {conclusion}", measure=say(measure),
        lines=say(", ").join(map(say, lines)) or say("no run yet"), conclusion=progress.conclusion.sentence,
    )  # fmt: skip
    plot(curves_figure(lines, _planned(progress), measure), f"{form.scenario.name}.experiment.race", HEIGHT, described)
    _draw_rows(progress)


def _draw_mistake(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    tell_slip(progress)
    lines = _curves(lab, progress)
    described = say("Training and validation {measure} by epoch, with and without the mistake. {conclusion}",
                    measure=say(measure), conclusion=progress.conclusion.sentence)  # fmt: skip
    figure = training_curves_figure(lines, _planned(progress), measure)
    plot(figure, f"{form.scenario.name}.experiment.mistake", HEIGHT, described)
    _draw_rows(progress)


def _draw_seeds(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    lines: dict[str, list[Sequence[Epoch]]] = {}
    for trial, run in zip(progress.trials, progress.runs, strict=True):
        snapshot = lab.find(run)
        if snapshot is not None and snapshot.epochs:
            lines.setdefault(trial.arm, []).append(snapshot.epochs)
    described = say("Validation {measure} by epoch over seeds: mean and range. {conclusion}",
                    measure=say(measure), conclusion=progress.conclusion.sentence)  # fmt: skip
    plot(curves_figure(lines, _planned(progress), measure), f"{form.scenario.name}.experiment.seeds", HEIGHT, described)
    _draw_rows(progress)


def _draw_examples(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    figures = progress.conclusion.figures
    lines = _points(figures["lines"])
    crossings = [c["at"] for c in figures["crossings"]] if progress.state == FINISHED else []
    described = say("Validation accuracy against training-set size. {conclusion}",
                    conclusion=progress.conclusion.sentence)  # fmt: skip
    figure = sizes_figure(lines, progress.experiment.sizes, crossings)
    plot(figure, f"{form.scenario.name}.experiment.examples", HEIGHT, described)
    _draw_points(lines, mark("examples"))


def _draw_depths(lab: Lab, form: Form, progress: Progress, measure: str) -> None:
    lines = _points(progress.conclusion.figures["lines"])
    described = say("Validation accuracy against how many layers are transferred. {conclusion}",
                    conclusion=progress.conclusion.sentence)  # fmt: skip
    figure = depths_figure(lines, progress.experiment.depths, "layers")
    plot(figure, f"{form.scenario.name}.experiment.depth", HEIGHT, described)
    _draw_points(lines, mark("layers"))


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
        say("Validation"), MEASURES, format_func=say, key=key, required=True, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
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
    several = len({r.seed for r in results}) > 1
    st.html(table(("", *map(say, HEADS)), [_result_row(r, several) for r in results]))


def _result_row(result: Result, several: bool) -> tuple[str, ...]:
    name, best = say(result.trial.arm), result.best_epoch
    return (
        say("{line}, seed {seed}", line=name, seed=result.seed) if several else name,
        _number(result.val_loss, "{:.3f}"),
        _number(result.val_accuracy, "{:.1%}"),
        "–" if best is None else say("{n:,} of {total:,}", n=best, total=result.epochs),
        f"{result.seconds:.1f}",
        say("{n:,} of {total:,}", n=result.trainable, total=result.total),
    )


def _draw_points(lines: Mapping[str, Sequence[Point]], thing: str) -> None:
    """The picture as a table: one row a line, one column an x."""
    xs = sorted({p.x for line in lines.values() for p in line})
    if not xs:
        st.caption(say("The first points come in a moment."))
        return
    rows = []
    for name, line in lines.items():
        there = {p.x: p for p in line}
        rows.append((say(name), *(_cell(there.get(x)) for x in xs)))
    st.html(table((say(thing), *(f"{x:,.0f}" for x in xs)), rows))


def _cell(point: Point | None) -> str:
    if point is None:
        return "–"
    if point.seeds < 2:
        return f"{point.mean:.1%}"
    return say("{mean:.1%} ({low:.1%} to {high:.1%})", mean=point.mean, low=point.low, high=point.high)


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
        return say("{n} s", n=max(1, round(seconds)))
    if seconds < 90:
        return say("{n} s", n=5 * round(seconds / 5))
    return say("{n:g} min", n=round(seconds / 60) if seconds >= 600 else round(2 * seconds / 60) / 2)
