"""Which lesson this tab is in: chosen on the page Lessons, by `?lesson=`, or by the teacher."""

from __future__ import annotations

import streamlit as st

from core.lessons import Lesson, find_lesson
from pages.parts.language import PARAMETER as LANGUAGE
from pages.parts.view import PARAMETER as VIEW

LESSON = "lesson"
"""The address' parameter; it stands there as long as the lesson is on the page."""
LASTING = frozenset({LANGUAGE, VIEW, LESSON})
"""What an address says about the reader and not about a run."""
_SHOWN, _FRESH = "lesson.shows", "lesson.fresh"


def take_lesson(name: str, fresh: bool = True) -> None:
    """Go into a lesson. Not ``fresh``: the address has the settings that the page had before."""
    st.session_state[LESSON] = name
    st.session_state[f"{LESSON}.entered"] = None
    st.session_state[_FRESH] = fresh


def is_fresh() -> bool:
    """Whether the lesson's own settings are to be taken, now that it is entered."""
    return bool(st.session_state.get(_FRESH, True))


def leave() -> None:
    """Out of the lesson: all controls show again. Answers and runs are kept."""
    st.session_state[LESSON] = None
    st.query_params.pop(LESSON, None)


def lesson_of(scenario: str) -> Lesson | None:
    """The lesson in hand, where it is taught on this scenario's page."""
    lesson = find_lesson(st.session_state.get(LESSON))
    return lesson if lesson is not None and lesson.scenario == scenario else None


def note_controls(lesson: Lesson | None) -> None:
    """For as long as this page is drawn: the lesson that says which controls it shows."""
    st.session_state[_SHOWN] = lesson


def lesson_shows(control: str) -> bool:
    """Whether the lesson in hand, where there is one, leaves this control on the page."""
    lesson: Lesson | None = st.session_state.get(_SHOWN)
    return lesson is None or lesson.shows(control)


def read_lesson_choice(scenario: str) -> str:
    """Take over what the address says; returns what is wrong with it, empty where nothing is."""
    asked = st.query_params.get(LESSON)
    if asked is not None and asked != st.session_state.get(LESSON):
        lesson = find_lesson(asked)
        if lesson is None or lesson.scenario != scenario:
            del st.query_params[LESSON]
            return asked
        take_lesson(asked, fresh=not set(st.query_params) - LASTING)
    found = lesson_of(scenario)
    if found is not None and asked != found.id:
        st.query_params[LESSON] = found.id
    return ""
