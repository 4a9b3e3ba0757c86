"""Photos of one's own above the bench: where they are uploaded or taken, how far reading them is, and what was made of
them. They are read in the background, and the next run trains on them."""

from __future__ import annotations

import streamlit as st

from core import scenarios
from core.errors import LabError
from core.limits import LEAST_CLASSES, MOST_CLASSES
from core.runs.brought import PICTURES
from core.runs.intake import Intake
from core.sources.photo_sets import Brought
from core.sources.photos import MOST_BYTES
from pages.parts.form import Form
from pages.parts.lab import Lab
from pages.parts.own_data import draw_kept, keep
from pages.parts.own_report import draw_report
from pages.parts.own_uploads import draw_uploads
from pages.parts.photo_basket import LEAST
from pages.parts.plain import plain

TICK = 0.4
"""Seconds between two looks while photos are read."""
LIMITS = (
    f"{LEAST_CLASSES} to {MOST_CLASSES} classes, at least {LEAST} photos of each (better 30), up to "
    f"{MOST_BYTES / 1e6:.0f} MB a photo: JPEG, PNG, WebP, GIF, BMP or TIFF. A fifth of each class is held out to "
    "validate on. They are kept as they came and resized."
)


def settle(form: Form) -> None:
    """Before anything is drawn: when photos have been read, the next run trains on them."""
    intake: Intake | None = form.get("own.intake")
    if intake is None or intake.status.state == "reading":
        return
    status = intake.status
    form.put("own.intake", None)
    form.put("own.problem", status.reason or None)
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
        title.markdown("**Photos of your own**")
        title.caption(LIMITS)
        close.button("", icon=":material/close:", key=form.key("own.close"), help="Close; what you uploaded stays.",
                     on_click=form.put, args=("own.open", False))  # fmt: skip
        intake: Intake | None = form.get("own.intake")
        if intake is not None:
            st.fragment(_draw_progress, run_every=TICK)(intake)
            return
        brought: Brought | None = form.get("own.brought")
        if brought is not None and form.get("data") == brought.data and not form.get("own.more"):
            draw_report(brought)
            st.button("Others, or more of them", key=form.key("own.again"), icon=":material/add_photo_alternate:",
                      on_click=form.put, args=("own.more", True))  # fmt: skip
        else:
            draw_uploads(form)
        if form.get("own.problem"):
            st.warning(plain(form.get("own.problem")), icon=":material/error:")
        draw_kept(form, lab)


def _keep(lab: Lab, form: Form, brought: Brought) -> None:
    """Note that they are this browser's."""
    photos = sum(sum(of) for of in brought.counts.values())
    title = f"{photos:,} photos of {len(brought.classes)} classes: {', '.join(brought.classes)}"
    try:
        keep(lab, brought.data, PICTURES, title)
    except LabError as error:
        form.put("own.problem", str(error))


def _draw_progress(intake: Intake) -> None:
    status = intake.status
    if status.state != "reading":
        st.rerun(scope="app")
    left = f", about {max(1, round(status.left)):,} s left" if status.left is not None else ""
    far = f": {status.done:,} of {status.of:,}{left}" if status.of else "…"
    st.progress(min(1.0, status.done / status.of) if status.of else 0.0, f"{status.what.capitalize()}{far}")
    st.button("Cancel", icon=":material/close:", key="own-photos-cancel", on_click=intake.cancel)


def form_of_photos() -> Form:
    """The form of the page that photos are brought on."""
    return Form(scenarios.get("cats_dogs"))
