"""The panel of a lesson, above the bench: what to expect, to run, to look at and to answer, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import LabError
from core.history import Snapshot
from core.lessons import Lesson, Question
from core.lessons.lesson import ANSWER, FINE_TUNE, HAND_IN, OPEN, RACE, TRAIN
from core.limits import ANSWER_CHARACTERS
from core.runs.lessons import Progress
from core.words import say, say_all
from pages.parts.address import show_run, shown_runs
from pages.parts.experiment import in_hand, put_away, start
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.lesson_choice import LESSON, is_fresh, leave, lesson_of, note_controls
from pages.parts.transport import pace_of, start_run

if TYPE_CHECKING:
    from pages.parts.bench import Bench

TAKE_HOME = "Take home"


def begin_lesson(lab: Lab, form: Form) -> Lesson | None:
    """The lesson in hand, where it is of this scenario. Where it has just been opened, the page takes the settings of
    its step; after F5 it keeps those of the address. Before any widget is drawn."""
    lesson = lesson_of(form.scenario.name)
    note_controls(lesson)
    if lesson is None:
        return None
    entered = f"{LESSON}.entered"
    if st.session_state.get(entered) != lesson.id:
        st.session_state[entered] = lesson.id
        progress = lab.runner.store.lessons.progress(lab.owner, lesson)
        if progress is None:
            show_run(form, None)
            _keep_progress(lab, lesson, Progress())
        if is_fresh():
            _set_up(form, lesson, (progress or Progress()).step)
    return lesson


def _set_up(form: Form, lesson: Lesson, step: int) -> None:
    """Have the page take the settings that hold at a step."""
    put_away(form)
    form.fill(lesson.spec(step))
    _wish(form, lesson, step)


def _wish(form: Form, lesson: Lesson, step: int) -> None:
    """Switch on what a step wants trained beside its run, and nothing else, where it trains at all."""
    its = lesson.steps[step]
    if its.asks_for(TRAIN):
        wanted = its.names(TRAIN)
        form.put("two_phases", FINE_TUNE in wanted)
        for rival in form.scenario.rivals:
            form.put(f"rival.{rival.label}", rival.label in wanted)


def draw_lesson(bench: Bench, lesson: Lesson) -> None:
    """The step in hand."""
    progress = _noted(bench, lesson)
    step = lesson.steps[progress.step]
    with st.container(border=True, key="lab-lesson"):
        _draw_head(bench, lesson, progress)
        for part in step.parts:
            if part.deed == ANSWER:
                _draw_questions(bench, lesson, progress, part.names)
            elif part.deed == HAND_IN:
                _draw_answered(lesson, progress)
            elif not part.deed:
                st.markdown(_said(lesson, part.text))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _draw_back(bench, lesson, progress)
            for part in step.parts:
                if part.deed in PRESSED:
                    PRESSED[part.deed](bench, progress, part.names)
            _draw_next(bench, lesson, progress)


def _draw_head(bench: Bench, lesson: Lesson, progress: Progress) -> None:
    step, of = progress.step + 1, len(lesson.steps)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        place = say(
            "{lesson} · step {step} of {of}: **{title}**",
            lesson=_said(lesson, lesson.title),
            step=step,
            of=of,
            title=_said(lesson, lesson.steps[progress.step].title),
        )
        st.markdown(f":material/school: {place}", width="content")
        about = say("Your answers and runs are kept; the page Lessons goes on from here.")
        st.button(say("Leave the lesson"), key="lesson.leave", icon=":material/close:", type="tertiary", help=about,
                  on_click=leave)  # fmt: skip


def _draw_back(bench: Bench, lesson: Lesson, progress: Progress) -> None:
    st.button(say("Back"), key="lesson.back", icon=":material/arrow_back:", disabled=progress.step == 0,
              on_click=_go, args=(bench, lesson, progress, -1))  # fmt: skip


def _draw_next(bench: Bench, lesson: Lesson, progress: Progress) -> None:
    """What a step asks for comes first, but nobody is held: a step may be skipped."""
    lacks = progress.lacks(lesson)
    is_last = progress.step == len(lesson.steps) - 1
    if not is_last:
        label = say("Skip this step") if lacks else say("Next")
        st.button(label, key="lesson.next", icon=":material/arrow_forward:", on_click=_go,
                  type="tertiary" if lacks else "primary", args=(bench, lesson, progress, 1))  # fmt: skip
    if lacks:
        st.caption(_lacking(lacks))
    elif is_last:
        st.caption(f":material/check_circle: {say('This is the last step.')}")


def _lacking(lacks: list[str]) -> str:
    if TRAIN in lacks:
        return say("Still to do: train, and wait for the end of the run.")
    if RACE in lacks:
        return say("Still to do: start the race, and wait for its end.")
    return say("Still to do: answer the question above.")


def _go(bench: Bench, lesson: Lesson, progress: Progress, way: int) -> None:
    """As a callback: to the next step or the one before, and the page takes its settings."""
    step = progress.step + way
    before = shown_runs(bench.form).run or ""
    _keep_progress(bench.lab, lesson, replace(progress, step=step, before=before))
    if lesson.steps[step].settings is not None or step == 0:  # else what the learner has set stays
        _set_up(bench.form, lesson, step)
    else:
        _wish(bench.form, lesson, step)
    for tab in lesson.steps[step].names(OPEN)[:1]:
        _open(bench, tab)


def _noted(bench: Bench, lesson: Lesson) -> Progress:
    """How far it is, with the run or the race that this step has asked for, once that is over."""
    progress = bench.lab.runner.store.lessons.progress(bench.lab.owner, lesson) or Progress()
    step, run, race = lesson.steps[progress.step], bench.run, in_hand(bench.lab, bench.form)
    is_over = run is not None and not run.is_live and bool(run.epochs) and bench.lab.owns(run.owner)
    if (
        step.asks_for(TRAIN)
        and is_over
        and run is not None
        and run.id not in {progress.before, *progress.runs.values()}
    ):
        progress = replace(progress, runs={**progress.runs, progress.step: run.id})
    elif step.asks_for(RACE) and race and not race.is_live and race.done and race.id not in progress.races.values():
        progress = replace(progress, races={**progress.races, progress.step: race.id})
    else:
        return progress
    _keep_progress(bench.lab, lesson, progress)
    return progress


def _keep_progress(lab: Lab, lesson: Lesson, progress: Progress) -> None:
    """Where it cannot be kept, that is said, and the page goes on."""
    try:
        lab.runner.store.lessons.keep(lab.owner, lesson, progress)
    except LabError as error:
        st.toast(str(error), icon=":material/error:")


def _is_over(bench: Bench, run: Snapshot) -> bool:
    return not run.is_live and bool(run.epochs) and bench.lab.owns(run.owner)


def _draw_questions(bench: Bench, lesson: Lesson, progress: Progress, names: tuple[str, ...]) -> None:
    for name in names:
        question = lesson.questions[name]
        key = f"lesson.{lesson.id}.{name}"
        if key not in st.session_state:
            st.session_state[key] = _as_value(question, progress.answers.get(name, ""))
        _field(question, _said(lesson, question.ask), key, lesson, bench)


def _field(question: Question, label: str, key: str, lesson: Lesson, bench: Bench) -> None:
    keep: dict[str, Any] = {"key": key, "on_change": _keep, "args": (bench, lesson, question, key)}
    if question.choices:
        st.radio(label, question.choices, format_func=lambda c: _said(lesson, c), horizontal=True, **keep)
    elif question.is_number:
        st.number_input(label, placeholder=say("A number"), format="%.3f", width=460, **keep)
    else:
        st.text_area(label, max_chars=ANSWER_CHARACTERS, height=80, placeholder=say("In a sentence or two"), **keep)


def _as_value(question: Question, answer: str) -> str | float | None:
    if question.choices:
        return answer if answer in question.choices else None
    if not question.is_number:
        return answer
    return float(answer) if answer else None


def _keep(bench: Bench, lesson: Lesson, question: Question, key: str) -> None:
    """As a callback."""
    value = st.session_state[key]
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    try:
        bench.lab.runner.store.lessons.answer(bench.lab.owner, lesson, question.name, text)
    except LabError as error:
        st.toast(str(error), icon=":material/error:")


def _press_train(bench: Bench, progress: Progress, names: tuple[str, ...]) -> None:
    is_live = bench.run is not None and bench.run.is_live
    is_done, can = progress.step in progress.runs, bench.spec is not None and not is_live
    if st.button(say("Train"), key="lesson.train", icon=":material/play_arrow:", disabled=not can,
                 type="secondary" if is_done else "primary") and bench.spec:  # fmt: skip
        start_run(bench.lab, bench.form, bench.spec, bench.run)
    if is_live:
        st.caption(say("Training: watch the curves below."))
    elif is_done:
        run = bench.lab.find(progress.runs[progress.step])
        _draw_done(say("Done: run {number}.", number=run.number if run is not None else "–"))


def _press_race(bench: Bench, progress: Progress, names: tuple[str, ...]) -> None:
    race = in_hand(bench.lab, bench.form)
    is_live = race is not None and race.is_live
    is_done, can = progress.step in progress.races, bench.spec is not None and not is_live
    if st.button(say("Race"), key="lesson.race", icon=":material/flag:", disabled=not can,
                 type="secondary" if is_done else "primary") and bench.spec:  # fmt: skip
        start(bench.lab, bench.form, {"kind": "race", "setting": bench.spec.flat()}, pace_of(bench.form))
    if is_live:
        st.caption(say("The race is on: watch it below."))
    elif is_done:
        _draw_done(say("Done."))


def _draw_done(words: str) -> None:
    st.markdown(f":green[:material/check_circle: {words}]", width="content")


def _press_open(bench: Bench, progress: Progress, names: tuple[str, ...]) -> None:
    for tab in names:
        st.button(say("Open: {tab}", tab=say(tab)), key=f"lesson.open.{tab}", icon=":material/tab:", on_click=_open,
                  args=(bench, tab))  # fmt: skip


def _press_hand_in(bench: Bench, progress: Progress, names: tuple[str, ...]) -> None:
    st.button(say("Open: {tab}", tab=say(TAKE_HOME)), key="lesson.pack", icon=":material/assignment_turned_in:",
              type="primary", on_click=_open, args=(bench, TAKE_HOME))  # fmt: skip


def _draw_answered(lesson: Lesson, progress: Progress) -> None:
    about = say(
        "{n} of {of} questions are answered. The tab Take home below makes a pack to hand in: your answers, the curves "
        "of this lesson's runs, and the code.",
        n=sum(bool(progress.answers.get(name)) for name in lesson.questions),
        of=len(lesson.questions),
    )
    st.markdown(about)


def _open(bench: Bench, tab: str) -> None:
    """As a callback: have a tab below open."""
    st.session_state[f"{bench.form.scenario.name}.tab"] = say(tab)


Press = Callable[["Bench", Progress, tuple[str, ...]], None]
PRESSED: dict[str, Press] = {TRAIN: _press_train, RACE: _press_race, OPEN: _press_open, HAND_IN: _press_hand_in}
"""What stands as a button in the panel's last row."""


def _said(lesson: Lesson, text: str) -> str:
    """A lesson that comes with the project in the reader's language, a teacher's own as it was written."""
    return text if lesson.is_own else say_all(text)


def title_of(lesson: Lesson) -> str:
    return _said(lesson, lesson.title)


def answers_of(lab: Lab, scenario: str) -> Iterator[tuple[str, str]]:
    """Each question of the lesson in hand, with what was answered."""
    lesson = lesson_of(scenario)
    if lesson is None:
        return
    progress = lab.runner.store.lessons.progress(lab.owner, lesson) or Progress()
    for question in lesson.questions.values():
        answer = progress.answers.get(question.name, "")
        yield _said(lesson, question.ask), _said(lesson, answer) if answer in question.choices else answer


def runs_of(lab: Lab, scenario: str) -> list[str]:
    """The runs made in the lesson in hand, in the order of its steps."""
    lesson = lesson_of(scenario)
    progress = lab.runner.store.lessons.progress(lab.owner, lesson) if lesson is not None else None
    return [run for _, run in sorted(progress.runs.items())] if progress else []
