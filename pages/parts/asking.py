"""Questions to a worker from a page: asked once, answered in the background, drawn when the answer is there."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any

import streamlit as st

from core.errors import LabError
from core.words import language, say
from pages.parts.lab import Lab

LOG = logging.getLogger(__name__)
PATIENCE = 0.25
"""Seconds to wait for a quick answer before showing that it is under way."""
TICK = 0.3
KEPT = 32
Answer = dict[str, Any]


def when_answered(lab: Lab, question: Answer, draw: Callable[[Answer], None]) -> None:
    """Draw the answer to a question, or what went wrong; until then, say that it is under way."""
    try:
        future = _asked(lab, question)
    except LabError as error:  # the data are another browser's
        st.info(str(error), icon=":material/lock:")
        return
    try:
        answer = future.result(PATIENCE)
    except NotYet:
        st.fragment(_wait, run_every=TICK)(future, time.monotonic())
    except LabError as error:
        _forget(question)
        st.warning(str(error), icon=":material/help:")
    except CancelledError:
        _forget(question)
    else:
        draw(answer)


def _wait(future: Future[Answer], began: float) -> None:
    if future.done():
        st.rerun(scope="app")
    about = say(
        "Asking the worker: {seconds:.0f} s so far. The first answer takes about six seconds, until the worker has "
        "started; later ones less than one.", seconds=time.monotonic() - began,
    )  # fmt: skip
    st.caption(f":material/hourglass_top: {about}")


def _asked(lab: Lab, question: Answer) -> Future[Answer]:
    lab.runner.check_asked(question, lab.owner)  # an answer from before they were deleted is not shown either
    question = {**question, "language": language()}
    asked: dict[str, Future[Answer]] = st.session_state.setdefault("asked", {})
    name = json.dumps(question, sort_keys=True)
    if name not in asked:
        while len(asked) >= KEPT:
            asked.pop(next(iter(asked)))
        asked[name] = lab.runner.ask(question, lab.owner)
    return asked[name]


def _forget(question: Answer) -> None:
    """A question that failed may be asked again."""
    st.session_state.get("asked", {}).pop(json.dumps({**question, "language": language()}, sort_keys=True), None)
