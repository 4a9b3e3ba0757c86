"""All lessons as cards, and what is wrong with a teacher's files."""

from __future__ import annotations

import streamlit as st

from core import scenarios
from core.lessons import Lesson, own_folder, shelf
from core.words import say, say_all, say_many
from pages.parts.lab import Lab, open_lab
from pages.parts.lesson_choice import take_lesson

COLUMNS = 2


def draw_lessons() -> None:
    lab = open_lab()
    found = shelf()
    st.caption(say("Say what you expect, run it, look, answer. What you answer goes into a pack to hand in."))
    begun = lab.runner.store.lessons.begun(lab.owner)
    lessons = list(found.lessons.values())
    for first in range(0, len(lessons), COLUMNS):
        for column, lesson in zip(st.columns(COLUMNS), lessons[first : first + COLUMNS], strict=False):
            with column, st.container(border=True):
                _draw_card(lab, lesson, begun.get(lesson.id))
    for problem in found.refused:
        st.warning(problem, icon=":material/error:")
    about = say(
        "A lesson of your own is one Markdown file in the folder lessons of this lab's data; the README shows one. "
        "Files there now: {n}.",
        n=len(list(own_folder().glob("*.md"))),
    )
    st.caption(about)


def _draw_card(lab: Lab, lesson: Lesson, step: int | None) -> None:
    title, sentence = (text if lesson.is_own else say_all(text) for text in (lesson.title, lesson.about))
    scenario = scenarios.get(lesson.scenario)
    st.markdown(f"## {title}")
    st.markdown(sentence)
    facts = [f"{scenario.icon} {say(scenario.title)}", say_many("{n} minute", "{n} minutes", lesson.minutes),
             say_many("{n} step", "{n} steps", len(lesson.steps))]  # fmt: skip
    st.caption(" · ".join([*facts, *([say("a teacher's own")] if lesson.is_own else [])]))
    with st.container(horizontal=True, gap="small"):
        label = say("Start") if step is None else say("Go on at step {step}", step=step + 1)
        if st.button(label, key=f"lessons.{lesson.id}", type="primary", icon=":material/school:"):
            take_lesson(lesson.id)
            st.switch_page(f"pages/{lesson.scenario}.py", query_params={"lesson": lesson.id})
        if step is not None:
            about = say("Forgets your answers in it; its runs stay in the run book.")
            st.button(say("Start over"), key=f"lessons.{lesson.id}.over", icon=":material/restart_alt:", help=about,
                      on_click=_over, args=(lab, lesson))  # fmt: skip


def _over(lab: Lab, lesson: Lesson) -> None:
    """As a callback."""
    lab.runner.store.lessons.start_over(lab.owner, lesson)
    for key in [k for k in st.session_state if str(k).startswith(f"lesson.{lesson.id}.")]:
        del st.session_state[key]
