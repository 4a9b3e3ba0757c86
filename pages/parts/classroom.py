"""What a teacher's choices do to everybody's pages: hidden controls, paused runs, a line that says so, and a page that
notices when they change."""

from __future__ import annotations

import streamlit as st

from core.classroom import Room, lesson_choices
from core.controls import CONTROLS
from core.lessons import find_lesson
from core.words import say
from pages.parts.lab import Lab, known_owner, shared_runner
from pages.parts.lesson_choice import LESSON, lesson_shows, take_lesson

TICK = 2.0
"""Seconds between two looks at whether the teacher has changed something. One compares two numbers in memory."""


def is_shown(control: str) -> bool:
    """Whether neither the lesson in hand nor the teacher hides it from this browser. What is hidden keeps its value."""
    return control not in _room().hidden and lesson_shows(control)


def follow_teacher(lab: Lab) -> None:
    """Go into the lesson that the teacher has just chosen. Whoever leaves it is not taken back."""
    classroom, chosen = lab.runner.classroom, f"{LESSON}.of_teacher"
    room = classroom.room()
    if not classroom.is_on or classroom.is_teacher(lab.owner):
        return
    if st.session_state.get(chosen, "") != room.lesson:
        st.session_state[chosen] = room.lesson
        if room.lesson:
            take_lesson(room.lesson)


def why_paused() -> str:
    """What to say where this browser may begin no run just now; empty where it may."""
    return say("The teacher has paused new runs.") if _room().paused else ""


def draw_class(lab: Lab, scenario: str = "") -> None:
    """The line, where there is something to say, and the look-out. On a server without a teacher nothing."""
    if not lab.runner.classroom.is_on:
        return
    seen = _seen(lab)
    if sentences := _sentences(lab):
        st.info(" ".join(sentences), icon=":material/co_present:")
    lesson = find_lesson(lab.runner.classroom.room().lesson)
    if lesson is not None and lesson.scenario != scenario:
        st.page_link(f"pages/{lesson.scenario}.py", label=say("Go to the lesson"), icon=":material/school:",
                     query_params={LESSON: lesson.id})  # fmt: skip
    st.fragment(_watch, run_every=TICK)(lab, seen)


def _watch(lab: Lab, seen: tuple[int, bool]) -> None:
    if _seen(lab) != seen:
        st.rerun(scope="app")


def _seen(lab: Lab) -> tuple[int, bool]:
    classroom = lab.runner.classroom
    return classroom.room().version, classroom.is_teacher(lab.owner)


def _sentences(lab: Lab) -> list[str]:
    room, classroom = lab.runner.classroom.room(), lab.runner.classroom
    lesson = lesson_choices().get(room.lesson)
    found = [say("Lesson: {title}.", title=say(lesson))] if lesson else []
    if classroom.is_teacher(lab.owner):
        return [*found, *_for_teacher(room)]
    if room.hidden:
        found.append(say("The teacher has hidden some controls; they keep their values."))
    if room.paused:
        found.append(say("The teacher has paused new runs; what has begun goes on."))
    return found


def _for_teacher(room: Room) -> list[str]:
    """The teacher sees everything: it must be said what the others see."""
    found = []
    if room.hidden:
        titles = ", ".join(say(title) for name, title in CONTROLS.items() if name in room.hidden)
        found.append(say("Hidden from the class, not from you: {titles}.", titles=titles))
    if room.paused:
        found.append(say("New runs are paused for the class, not for you."))
    return found


def _room() -> Room:
    return shared_runner().classroom.room_for(known_owner())
