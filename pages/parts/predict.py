"""Predict first: before a run the learner picks or sketches the validation curve expected; then both are drawn."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from core.charts.curves import Expected
from core.errors import LabError
from core.history import Snapshot
from core.insight.expected import compare
from core.insight.prediction import SHAPES, SKETCH, TURNING, Prediction, check_prediction, pick, sampled
from core.words import mark, say
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.problem import keep_problem, kept_problem
from pages.parts.sketch import draw_sketch, stroke_of
from pages.parts.story import Story

FEWEST = 3
"""Planned epochs from which on a curve has a shape."""
ABOUT = mark(
    "What will validation loss do? Say so before you train: pick a shape, or draw it. Afterwards you see both."
)


def draw_predict(form: Form, enabled: bool) -> None:
    """The button, and behind it the shapes and the field to draw on. They are made only while it is open.

    The button never changes its look: a changed one would be another element, and what is open would close.
    """
    popover = st.popover(
        say("Predict"),
        icon=":material/draw:",
        help=say("Say what you expect of the next run, before you train."),
        disabled=not enabled,
        key=form.key("predict"),
        on_change="rerun",
    )
    if enabled and popover.open:
        with popover:
            _draw_choices(form)


def prediction_in_hand(form: Form) -> Prediction | None:
    """What is expected of the next run, as a curve over the epochs it is to have."""
    choice, planned = form.get("prediction"), int(form.get("epochs"))
    if choice is None or planned < FEWEST:
        return None
    if choice["kind"] == SKETCH:
        drawn = Prediction(SKETCH, choice["points"]).until(planned)
        return drawn if len(drawn.points) > 1 else None
    return pick(choice["kind"], planned, choice["turn"], _guess(form))


def attach_prediction(lab: Lab, form: Form, run: str) -> None:
    """Give the prediction in hand to the run just started; the next run needs a new one."""
    prediction = prediction_in_hand(form)
    if prediction is None:
        return
    _take(form, None)
    try:
        lab.runner.expect(run, lab.owner, prediction)
    except LabError as error:
        st.toast(
            str(error), icon=":material/error:"
        )  # the page is about to be drawn again: an error box would not last


def expected_line(lab: Lab, form: Form, run: Snapshot | None) -> Expected:
    """What was expected of the run in hand and of those it went on from, in the numbers of the whole story; on an empty
    chart, what is expected of the next run."""
    if run is None:
        pending = prediction_in_hand(form)
        return Expected(pending.points if pending else ())
    points: list[tuple[int, float | None]] = []
    before = 0
    for one in [*lab.runner.lineage(run.id)[:-1], run]:
        if (prediction := lab.runner.expected(one.id)) is not None:
            points += [*([(before, None)] if points else []), *prediction.shifted(before).points]
        before += len(one.epochs)
    return Expected(points, mark("you expected") if lab.owns(run.owner) else mark("its owner expected"))


def draw_verdict(lab: Lab, run: Snapshot | None, story: Story) -> None:
    """What was expected of the run in hand beside what came, in words; nothing where nothing was."""
    prediction = lab.runner.expected(run.id) if run is not None else None
    if run is None or prediction is None:
        return
    before = len(story.epochs) - len(run.epochs)
    who = mark("You") if lab.owns(run.owner) else mark("Its owner")
    words = compare(prediction.shifted(before), story.epochs[before:], not run.is_live, who)
    if words:
        st.markdown(f":material/draw: {words}")


def _draw_choices(form: Form) -> None:
    planned = int(form.get("epochs"))
    if planned < FEWEST:
        st.caption(say("With {n} epochs or more there is a curve to predict: raise Epochs in the sidebar.", n=FEWEST))
        return
    prediction = prediction_in_hand(form)
    st.caption(say(ABOUT))
    _shapes(form)
    key = form.key("predict.sketch")
    points = prediction.points if prediction else ()
    draw_sketch(key, sampled(planned), _guess(form), points, lambda: _keep_stroke(form, key))
    if problem := kept_problem(form, "predict.problem"):
        st.warning(problem, icon=":material/edit:")
    _turns(form, planned)
    st.button(
        say("Forget it"),
        key=form.key("predict.forget"),
        icon=":material/ink_eraser:",
        on_click=lambda: _take(form, None),
        disabled=prediction is None,
    )


def _take(form: Form, choice: dict[str, Any] | None) -> None:
    """Hold another prediction than what was picked. The widgets begin anew: a browser goes on sending the value of one
    that the server has emptied, and that would count as picked again."""
    form.put("prediction", choice)
    keep_problem(form, "predict.problem", None)
    form.put("predict.round", _round(form) + 1)


def _round(form: Form) -> int:
    return int(form.get("predict.round") or 0)


def _shapes(form: Form) -> None:
    name = f"predict.shape.{_round(form)}"
    st.pills(
        say("Pick a shape"),
        list(SHAPES),
        format_func=lambda shape: say(SHAPES[shape]),
        key=form.key(name),
        on_change=lambda: _keep_shape(form, form.get(name)),
        persist_state="session",
    )


def _turns(form: Form, planned: int) -> None:
    """Where there is one, the epoch at which a picked shape turns or becomes level."""
    choice = form.get("prediction")
    if choice is None or choice["kind"] not in TURNING or planned <= FEWEST:
        return
    name = f"predict.turn.{_round(form)}.{planned}"
    if form.get(name) is None:
        form.put(name, max(2, min(planned - 1, choice["turn"])))
    st.slider(
        say("It turns at epoch") if choice["kind"] == "turns" else say("Level from epoch"),
        2,
        planned - 1,
        key=form.key(name),
        on_change=lambda: form.put("prediction", {**choice, "turn": form.get(name) or choice["turn"]}),
        persist_state="session",
    )


def _keep_shape(form: Form, shape: str | None) -> None:
    """Keep what was picked; where it turns stays, at first a third of the way."""
    before = form.get("prediction") or {}
    turn = before.get("turn") or max(2, int(form.get("epochs")) // 3)
    form.put("prediction", {"kind": shape, "turn": turn} if shape in SHAPES else None)
    keep_problem(form, "predict.problem", None)


def _keep_stroke(form: Form, key: str) -> None:
    raw = stroke_of(key)
    if raw is None:
        return
    try:
        drawn = check_prediction(Prediction(SKETCH, _points(raw)))
    except LabError as error:
        keep_problem(form, "predict.problem", str(error))
        return
    _take(form, {"kind": SKETCH, "points": drawn.points})


def _points(raw: object) -> tuple[tuple[int, float], ...]:
    """Points as a browser sent them.

    Raises:
        LabError: when it is not a list of pairs.
    """
    if not isinstance(raw, list) or not all(isinstance(p, list | tuple) and len(p) == 2 for p in raw):
        raise LabError(say("A sketch is a list of epochs with their losses."), raw, say("Draw it again."))
    return tuple((epoch, loss) for epoch, loss in raw)


def _guess(form: Form) -> float:
    """The loss of one who guesses."""
    return math.log(form.scenario.classes(form.options()))
