"""Photos of one's own above the bench: where they are uploaded or taken, how far reading them is, and what was made of
them. They are read in the background, and the next run trains on them."""

from __future__ import annotations

import streamlit as st

from core import scenarios
from core.errors import LabError
from core.limits import LEAST_CLASSES, MOST_CLASSES
from core.runs.brought import PICTURES
from core.runs.intake import Intake, IntakeStatus
from core.sources.photo_sets import Brought
from core.sources.photos import MOST_BYTES
from core.words import say
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.own_data import PHOTOS_TITLE, draw_kept, keep
from pages.parts.own_report import draw_report
from pages.parts.own_uploads import draw_uploads
from pages.parts.photo_basket import LEAST
from pages.parts.plain import plain
from pages.parts.problem import keep_problem, kept_problem

TICK = 0.4
"""Seconds between two looks while photos are read."""


def settle(form: Form) -> None:
    """Before anything is drawn: when photos have been read, the next run trains on them."""
    intake: Intake | None = form.get("own.intake")
    if intake is None or intake.status.state == "reading":
        return
    status = intake.status
    form.put("own.intake", None)
    keep_problem(form, "own.problem", status.reason)
    if status.brought is not None:
        form.put("own.brought", status.brought)
        form.put("own.zip", None)
        form.put("own.more", None)
        form.put("own.fresh", True)
        form.put("data", status.brought.data)
        form.adapt("data")


def draw_own_photos(lab: Lab, form: Form) -> None:
    """The panel, where it was opened."""
    if form.get("own.fresh"):
        form.put("own.fresh", None)
        _keep(lab, form, form.get("own.brought"))
    if not form.get("own.open"):
        return
    with st.container(border=True, key="lab-own-photos"):
        title, close = st.columns([10, 1], vertical_alignment="top")
        title.markdown(f"**{say('Photos of your own')}**")
        title.caption(_limits())
        close.button("", icon=":material/close:", key=form.key("own.close"),
                     help=say("Close; what you uploaded stays."), on_click=form.put,
                     args=("own.open", False))  # fmt: skip
        intake: Intake | None = form.get("own.intake")
        if intake is not None:
            st.fragment(_draw_progress, run_every=TICK)(intake)
            return
        brought: Brought | None = form.get("own.brought")
        if brought is not None and form.get("data") == brought.data and not form.get("own.more"):
            draw_report(brought)
            st.button(say("Others, or more of them"), key=form.key("own.again"),
                      icon=":material/add_photo_alternate:", on_click=form.put, args=("own.more", True))  # fmt: skip
        else:
            draw_uploads(form)
        if problem := kept_problem(form, "own.problem"):
            st.warning(plain(problem), icon=":material/error:")
        draw_kept(form, lab)


def _limits() -> str:
    return say(
        "{least} to {most} classes, at least {photos} photos of each (better 30), up to {size:.0f} MB a photo: JPEG, "
        "PNG, WebP, GIF, BMP or TIFF. A fifth of each class is held out to validate on. They are kept as they came and "
        "resized.",
        least=LEAST_CLASSES,
        most=MOST_CLASSES,
        photos=LEAST,
        size=MOST_BYTES / 1e6,
    )


def _keep(lab: Lab, form: Form, brought: Brought) -> None:
    """Note that they are this browser's."""
    photos = sum(sum(of) for of in brought.counts.values())
    names = ", ".join(brought.classes)
    title = PHOTOS_TITLE.format(photos=f"{photos:,}", count=len(brought.classes), names=names)
    try:
        keep(lab, brought.data, PICTURES, title)
    except LabError as error:
        keep_problem(form, "own.problem", str(error))


def _draw_progress(intake: Intake) -> None:
    status = intake.status
    if status.state != "reading":
        st.rerun(scope="app")
    st.progress(min(1.0, status.done / status.of) if status.of else 0.0, _how_far(status))
    st.button(say("Cancel"), icon=":material/close:", key="own-photos-cancel", on_click=intake.cancel)


def _how_far(status: IntakeStatus) -> str:
    what = say(status.what).capitalize()
    if not status.of:
        return say("{what}…", what=what)
    if status.left is None:
        return say("{what}: {done:,} of {all:,}", what=what, done=status.done, all=status.of)
    return say("{what}: {done:,} of {all:,}, about {left:,} s left", what=what, done=status.done, all=status.of,
               left=max(1, round(status.left)))  # fmt: skip


def form_of_photos() -> Form:
    """The form of the page that photos are brought on."""
    return Form(scenarios.get("cats_dogs"))
