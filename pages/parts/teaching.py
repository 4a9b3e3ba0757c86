"""The teacher's page: the pass-phrase, what the class sees, and the class as anonymous dots."""

from __future__ import annotations

import html
import math
from collections.abc import Callable

import streamlit as st

from core.charts.classroom import Spot, dots_figure
from core.classroom import Room, lesson_choices
from core.classroom.dots import BEST, LATEST, spots_of, tell
from core.classroom.gate import FEWEST, FLAG, MOST, VARIABLE
from core.controls import CONTROLS
from core.errors import LabError, NotTheTeacher, WrongPassPhrase
from core.words import mark, say
from pages.parts.lab import Lab
from pages.parts.plot import plot

TICK = 2.0
"""Seconds between two looks at the class."""
HEIGHT = 440
NO_LESSON = mark("no lesson")
STYLE = """<style>
.lab-class { max-height: 22rem; overflow: auto; }
</style>"""


def draw_teaching(lab: Lab) -> None:
    """How to start a class, or the pass-phrase, or the teacher's desk."""
    if not lab.runner.classroom.is_on:
        _draw_how()
    elif not lab.runner.classroom.is_teacher(lab.owner):
        st.fragment(_draw_door)(lab)
    else:
        _draw_desk(lab)


def _draw_how() -> None:
    st.markdown(
        say(
            "A teacher can choose what a class sees, pause new runs, and see the class as anonymous dots. This server "
            "was started without a teacher. Start it with a pass-phrase of {least} characters or more:",
            least=FEWEST,
        )
    )
    st.code(f'streamlit run app.py -- {FLAG} "{say("a pass-phrase of your own")}"', language=None)
    st.caption(
        say(
            "Others who use the same computer can see how a program was started. There, put it into the environment "
            "variable {variable} instead. There are no accounts and no names.",
            variable=VARIABLE,
        )
    )


def _draw_door(lab: Lab) -> None:
    st.markdown(say("Whoever gives the pass-phrase that this server was started with leads the class."))
    with st.form("teach.door", clear_on_submit=True, border=False):
        phrase = st.text_input(say("Pass-phrase"), type="password", key="teach.phrase", max_chars=MOST, width=420,
                               autocomplete="off")  # fmt: skip
        if st.form_submit_button(say("Enter"), icon=":material/login:", type="primary"):
            _enter(lab, phrase)
    if st.session_state.get("teach.refused"):
        waits = lab.runner.classroom.wait(lab.owner) > 0
        st.fragment(_draw_refusal, run_every=1.0 if waits else None)(lab, waits)


def _enter(lab: Lab, phrase: str) -> None:
    try:
        lab.runner.classroom.enter(lab.owner, phrase)
    except WrongPassPhrase as error:
        st.session_state["teach.refused"] = error.what
        return
    st.session_state.pop("teach.refused", None)
    st.rerun(scope="app")


def _draw_refusal(lab: Lab, waited: bool) -> None:
    """Why, and how long yet: counted down by the page, while the server does nothing."""
    left = math.ceil(lab.runner.classroom.wait(lab.owner))
    later = say("The next one is looked at in {seconds} s.", seconds=left) if left else say("You can try again now.")
    st.warning(f"{st.session_state['teach.refused']} {later}", icon=":material/timer:")
    if waited and not left:
        st.rerun(scope="app")  # no need to count any more


def _draw_desk(lab: Lab) -> None:
    room = lab.runner.classroom.room()
    st.html(STYLE)
    desk, sight = st.columns([3, 7], gap="medium")
    with desk:
        _choose_lesson(lab, room)
        _hide(lab, room)
        _pause(lab, room)
        _clear(lab)
        _leave(lab)
    with sight:
        _draw_which()
        st.fragment(_draw_class, run_every=TICK)(lab, room.version)


def _order(order: Callable[[], None]) -> None:
    """As a callback: what goes wrong is said on the page that follows."""
    try:
        order()
    except LabError as error:
        st.error(str(error), icon=":material/error:")


def _choose_lesson(lab: Lab, room: Room) -> None:
    choices = {"": NO_LESSON, **lesson_choices()}
    if len(choices) == 1:
        return
    st.session_state["teach.lesson"] = room.lesson if room.lesson in choices else ""
    st.selectbox(
        say("Lesson"),
        list(choices),
        format_func=lambda lesson: say(choices[lesson]),
        key="teach.lesson",
        on_change=lambda: _order(
            lambda: lab.runner.classroom.choose_lesson(lab.owner, st.session_state["teach.lesson"])
        ),
    )


def _hide(lab: Lab, room: Room) -> None:
    st.session_state["teach.hidden"] = [name for name in CONTROLS if name in room.hidden]
    st.pills(
        say("Hide from the class"),
        list(CONTROLS),
        format_func=lambda name: say(CONTROLS[name]),
        key="teach.hidden",
        selection_mode="multi",
        wrap=True,
        help=say("What is hidden keeps its value in everybody's browser. A link can still set it; your own browser "
                 "shows everything."),
        on_change=lambda: _order(lambda: lab.runner.classroom.hide(lab.owner, st.session_state["teach.hidden"])),
    )  # fmt: skip


def _pause(lab: Lab, room: Room) -> None:
    st.session_state["teach.paused"] = room.paused
    st.toggle(
        say("Pause new runs"),
        key="teach.paused",
        help=say("Nobody but you can begin a run or an experiment. What has begun goes on to its end."),
        on_change=lambda: _order(lambda: lab.runner.classroom.pause(lab.owner, st.session_state["teach.paused"])),
    )


def _clear(lab: Lab) -> None:
    """Asks once more: the dots of before do not come back."""
    if not st.session_state.get("teach.clearing"):
        st.button(say("Clear the dots"), key="teach.clear", icon=":material/delete_sweep:", on_click=_set_clearing,
                  args=(True,), width="stretch")  # fmt: skip
        return
    st.warning(say("The dots of all runs begun until now go for good. The runs stay in everybody's run book."))
    with st.container(horizontal=True, gap="small"):
        st.button(say("Clear"), key="teach.clear.yes", type="primary", on_click=_clear_now, args=(lab,))
        st.button(say("Keep them"), key="teach.clear.no", on_click=_set_clearing, args=(False,))


def _set_clearing(asked: bool) -> None:
    st.session_state["teach.clearing"] = asked


def _clear_now(lab: Lab) -> None:
    _set_clearing(False)
    _order(lambda: lab.runner.classroom.clear(lab.owner))


def _leave(lab: Lab) -> None:
    about = say("This browser is the teacher's no more. What is hidden or paused stays so until it is changed.")
    st.button(say("Leave"), key="teach.leave", icon=":material/logout:", help=about, width="stretch",
              on_click=lab.runner.classroom.leave, args=(lab.owner,))  # fmt: skip


def _draw_which() -> None:
    st.segmented_control(
        say("One dot a browser and scenario"),
        (LATEST, BEST),
        format_func=lambda which: say("Latest run") if which == LATEST else say("Best run"),
        key="teach.which",
        default=LATEST,
        required=True,
        help=say("Each browser's latest run of a scenario, or its best. Experiments and your own runs have no dots."),
    )


def _draw_class(lab: Lab, seen: int) -> None:
    """The dots, what they come to, and the same as a table."""
    classroom = lab.runner.classroom
    if classroom.room().version != seen:  # changed by another teacher, or in another tab
        st.rerun(scope="app")
    try:
        view = classroom.view(lab.owner, str(st.session_state.get("teach.which") or LATEST))
    except NotTheTeacher:  # left in another tab
        st.rerun(scope="app")
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return
    sentences, spots = tell(view), spots_of(view.dots)
    plot(
        dots_figure(spots), "teach.dots", HEIGHT, f"{say('The class as dots.')} {' '.join(sentences)}".replace("*", "")
    )
    st.markdown("  \n".join(sentences))
    if spots:
        st.html(_table(spots))
    st.caption(
        say(
            "Hollow: training now. A number says how many browsers share a spot. Scenarios on one spot stand a little "
            "beside each other. No dot says whose it is."
        )
    )


def _table(spots: list[Spot]) -> str:
    """The dots in figures, as HTML: for those who cannot see them."""
    heads = (say("scenario"), say("frozen layers"), say("numbers that stay"), say("best accuracy"),
             say("browsers"), say("state"))  # fmt: skip
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    return (
        f'<div class="lab-figures lab-class" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(map(_row, spots))}</tbody></table></div>"
    )


def _row(spot: Spot) -> str:
    state = say("training now") if spot.is_live else say("over")
    cells = (
        say("{frozen} of {layers}", frozen=spot.frozen, layers=spot.layers),
        f"{spot.kept:.1%}",
        f"{spot.accuracy:.1%}",
        f"{spot.browsers}",
        html.escape(state),
    )
    return f'<tr><th scope="row">{html.escape(spot.title)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
