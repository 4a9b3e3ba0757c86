"""The transport bar: Train, Pause, Step, Stop, Clear, pace, and how the run stands in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from core import experiments, scenarios
from core.errors import InvalidSettings, LabError
from core.history import Snapshot
from core.insight.reading import number
from core.spec import RunSpec
from core.words import mark, say
from pages.parts.address import show_run, shown_runs
from pages.parts.called import called
from pages.parts.classroom import is_shown, why_paused
from pages.parts.experiment import in_hand, put_away, start
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.predict import attach_prediction, draw_predict
from pages.parts.story import Story

PACES = {"2": 2.0, "10": 10.0, "20": 20.0, mark("max"): 0.0}
FIRST_PACE = "10"
HOLD_WIDTH = 106
SHOWN = {"running": mark("training")}
"""States that are called otherwise here."""


def draw_transport(lab: Lab, form: Form, spec: RunSpec | None, run: Snapshot | None, story: Story) -> None:
    """Buttons and figures. Without a valid spec nothing can be started; another browser's run can only be watched."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        _buttons(lab, form, spec, run)
        st.html(_readout(story, run, _rivals(lab, form)), width="content")


def pace_of(form: Form) -> float:
    return PACES.get(str(form.get("pace")), PACES[FIRST_PACE])


def _buttons(lab: Lab, form: Form, spec: RunSpec | None, run: Snapshot | None) -> None:
    steered = [r for r in (run, *_rivals(lab, form).values()) if r is not None and r.is_live and lab.owns(r.owner)]
    live = bool(steered)  # another browser's run is only watched
    paused_by_teacher = why_paused()
    can_start = spec is not None and not live and not paused_by_teacher
    about = paused_by_teacher or say("Train the next run with these settings.")
    if _press(form, mark("Train"), ":material/play_arrow:", about, can_start, type="primary") and spec:
        start_run(lab, form, spec, run)
    _ask(lab, form, spec if can_start else None)
    _hold(lab, form, live, paused=live and all(r.state == "paused" for r in steered))
    about = say("Train one epoch, then pause.")
    if _press(form, mark("Step"), ":material/skip_next:", about, live or can_start) and spec:
        _order(lab, form, "step") if live else start_run(lab, form, spec, run, steps=1)
    if _press(form, mark("Stop"), ":material/stop:", say("End the run and keep it."), live):
        _order(lab, form, "stop")
    about = say("Empty the chart. The run itself is kept.")
    if _press(form, mark("Clear"), ":material/delete_sweep:", about, run is not None and not live):
        show_run(form, None)
        st.rerun()
    _pace(lab, form, run if live else None)
    if is_shown("predict"):
        draw_predict(form, enabled=not live)


def _ask(lab: Lab, form: Form, spec: RunSpec | None) -> None:
    """One press trains the three ways; another shows all experiments. Both stand in place of the curves."""
    if not is_shown("ask"):
        return
    experiment = in_hand(lab, form)
    under_way = experiment is not None and experiment.is_live
    problem = experiments.get("race").problem(spec) if spec else ""
    usual = say("Train from scratch, feature extraction and fine-tuning side by side, on the same rows and seed.")
    about = why_paused() or problem or usual
    if _press(form, mark("Race"), ":material/flag:", about, bool(spec) and not problem and not under_way) and spec:
        start(lab, form, {"kind": "race", "setting": spec.flat()}, pace_of(form))
    about = say("Experiments: how many examples, how deep to freeze, luck or effect, break it.")
    if form.get("asking"):
        st.button(say("Curves"), key=form.key("ask"), icon=":material/show_chart:", help=say("Back to the curves."),
                  on_click=put_away, args=(form,))  # fmt: skip
    else:
        st.button(say("Ask"), key=form.key("ask"), icon=":material/science:", help=about,
                  on_click=form.put, args=("asking", True))  # fmt: skip


def _press(form: Form, name: str, icon: str, about: str, enabled: bool, **look: Any) -> bool:
    return bool(st.button(say(name), key=form.key(name.lower()), icon=icon, help=about, disabled=not enabled, **look))


def _hold(lab: Lab, form: Form, live: bool, paused: bool) -> None:
    """Pause and Resume are one button of one width, so that no other moves under the pointer; a press does what the
    button said when it was pressed."""
    name, about = (mark("Pause"), say("Hold after the batch in hand."))
    if paused:
        name, about = (mark("Resume"), say("Go on."))
    icon = f":material/{name.lower()}:"
    pressed = st.button(say(name), key=form.key("hold"), icon=icon, help=about, disabled=not live, width=HOLD_WIDTH)
    said = form.get("hold.said")
    form.put("hold.said", name)
    if pressed:
        _order(lab, form, str(said or name).lower())


def _pace(lab: Lab, form: Form, run: Snapshot | None) -> None:
    if form.get("pace") is None:
        form.put("pace", FIRST_PACE)
    about = say("Pace: epochs a second, for watching. It changes no result.")
    with st.popover("", icon=":material/speed:", help=about, key=form.key("pace.choice")):
        st.segmented_control(say("Epochs a second"), list(PACES), format_func=say, key=form.key("pace"), required=True,
                             persist_state="session")  # fmt: skip
    if run is not None and form.get("pace_sent") != (run.id, form.get("pace")):
        form.put("pace_sent", (run.id, form.get("pace")))
        _order(lab, form, "set_pace", pace_of(form))


def start_run(lab: Lab, form: Form, spec: RunSpec, run: Snapshot | None, steps: int | None = None) -> None:
    """Queue the run, and the rivals that were asked for; the run on the chart becomes a faint line."""
    beside: list[tuple[str, str]] = [(run.id, mark("last run"))] if run is not None and run.epochs else []
    try:
        new = _queue(lab, form, spec, steps)
        for number, (label, rival) in enumerate(_wanted_rivals(form, spec)):
            beside.insert(number, (lab.runner.submit(rival, lab.owner, pace_of(form)), label))
    except LabError as error:
        st.error(str(error))
        return
    attach_prediction(lab, form, new)
    form.put("pace_sent", (new, form.get("pace")))
    put_away(form)
    show_run(form, new, tuple(beside))
    st.rerun()


def _queue(lab: Lab, form: Form, spec: RunSpec, steps: int | None) -> str:
    """The run, and where two phases were asked for the one that unfreezes the base after it."""
    second = scenarios.get(spec.scenario).second_phase(spec) if form.get("two_phases") and steps is None else None
    if second is None:
        return lab.runner.submit(spec, lab.owner, pace_of(form), steps)
    return lab.runner.submit_phases([spec, scenarios.parse(second)], lab.owner, pace_of(form))[0]


def _wanted_rivals(form: Form, spec: RunSpec) -> Iterator[tuple[str, RunSpec]]:
    """What is to be trained beside a run, by label."""
    for rival in form.scenario.rivals:
        values = form.scenario.rival(rival.label, spec) if form.get(f"rival.{rival.label}") else None
        if values is not None:
            yield rival.label, scenarios.parse(values)


def go_on(lab: Lab, form: Form, run: Snapshot) -> None:
    """Train a finished run for as many epochs again, as a child run."""
    try:
        spec = scenarios.parse({**run.spec.flat(), "start": f"run:{run.id}"})
        show_run(form, lab.runner.submit(spec, lab.owner, pace_of(form)), shown_runs(form).beside)
    except (InvalidSettings, LabError) as error:
        st.error(str(error))
        return
    st.rerun()


def _order(lab: Lab, form: Form, name: str, *arguments: float) -> None:
    """Give an order to the run in hand and to its rivals."""
    shown = shown_runs(form)
    rivals = [run for rival in form.scenario.rivals for run in shown.labelled(rival.label)]
    for run in filter(None, (shown.run, *rivals)):
        try:
            getattr(lab.runner, name)(run, lab.owner, *arguments)
        except LabError as error:
            st.error(str(error))


def _rivals(lab: Lab, form: Form) -> dict[str, Snapshot]:
    """The rivals beside the run in hand, by label."""
    labels = [rival.label for rival in form.scenario.rivals]
    found = {label: lab.find(run) for label in labels for run in shown_runs(form).labelled(label)}
    return {label: run for label, run in found.items() if run is not None}


def _readout(story: Story, run: Snapshot | None, rivals: Mapping[str, Snapshot]) -> str:
    last, best = story.epochs[-1] if story.epochs else None, story.best
    cells = {
        **({say("run"): called(run.number, run.name)} if run and run.number else {}),
        say("epoch"): say("{n} of {total:,}", n=last.epoch if last else 0, total=story.planned),
        say("training loss"): _figure(last.loss) if last else "–",
        say("validation loss"): _figure(last.val_loss) if last else "–",
        say("best epoch"): f"{best.epoch} · {_figure(best.val_loss)}" if best else "–",
        say("state"): _state(run),
    }
    cells |= {say(label): _state(rival) for label, rival in rivals.items() if rival.is_live}
    return (
        '<div class="lab-readout">'
        + "".join(f"<div><span>{k}</span><b>{v}</b></div>" for k, v in cells.items())
        + "</div>"
    )


def _figure(value: float | None) -> str:
    return say("diverged") if value is None else number(value)


def _state(run: Snapshot | None) -> str:
    if run is None:
        return say("ready")
    if run.state == "queued":
        return say("queued, {place}. in line", place=run.ahead + 1)
    return run.preparing or say(SHOWN.get(run.state, run.state))
