"""The popover Share: a link that opens these settings anywhere, its QR code, and settings as a file to save or open."""

from __future__ import annotations

import io
from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from core.errors import LabError
from core.export.report import run_name
from core.export.settings import FILE, link_query, read_settings, write_settings
from core.history import Snapshot
from core.limits import QR_CHARACTERS, SETTINGS_MEGABYTES
from core.sources.own_copies import is_brought
from core.spec import RunSpec, written
from core.words import say
from pages.parts.form import Form
from pages.parts.problem import keep_problem, kept_problem

QR_SIDE = 220
"""Points on a side of the code as it is shown."""
LOCAL = {"localhost", "127.0.0.1", "::1"}


def draw_share(form: Form, spec: RunSpec | None, run: Snapshot | None) -> None:
    """The button, and behind it the link; made only while it is open."""
    about = say("A link and a QR code that open these settings, and settings as a file.")
    popover = st.popover(say("Share"), icon=":material/share:", key=form.key("share"), on_change="rerun", help=about)
    if not popover.open:
        return
    with popover:
        if spec is None:
            st.caption(say("The settings do not make a run yet: mend them first."))
        else:
            _draw_link(form, spec, run)
        _draw_open(form)


def share_link(address: str, spec: RunSpec, run: str | None) -> str:
    """The address of a page with all settings in it, and a run's where one is to be shown."""
    parts = urlsplit(address)
    query = urlencode(link_query(spec, run), safe=",:;")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def qr_code(link: str) -> bytes | None:
    """The link as a picture (PNG), made here; None where it is too long for a phone to read."""
    if len(link) > QR_CHARACTERS:
        return None
    written = io.BytesIO()
    segno.make(link, error="l", micro=False).save(written, kind="png", scale=6, border=3)
    return written.getvalue()


def _draw_link(form: Form, spec: RunSpec, run: Snapshot | None) -> None:
    shown = run if run is not None and run.epochs else None
    link = share_link(st.context.url or "", spec, shown.id if shown else None)
    st.markdown(_what_opens(form, shown))
    st.code(link, language=None, wrap_lines=True)
    if is_brought(spec.data):
        about = say("The data are your own: they stay with this browser, and the link does not open them to others.")
        st.caption(f":material/lock: {about}")
    if (urlsplit(link).hostname or "") in LOCAL:
        about = say("This address is that of your own computer: it opens on no other. On another server use the "
                    "settings as a file.")  # fmt: skip
        st.caption(f":material/computer: {about}")
    code = qr_code(link)
    if code is None:
        st.caption(say("This link is too long for a QR code: a table of your own is in it."))
    else:
        st.image(code, width=QR_SIDE, alt=say("QR code of the link"))
    st.download_button(say("Save the settings"), write_settings(spec), f"{spec.scenario}-{FILE}", "application/json",
                       icon=":material/download:", key=form.key("share.save"), on_click="ignore")  # fmt: skip


def _what_opens(form: Form, run: Snapshot | None) -> str:
    title = say(form.scenario.title)
    if run is None:
        return say("**It opens** *{scenario}* with these settings, in whatever release the other server runs.",
                   scenario=title)  # fmt: skip
    return say(
        "**It opens** *{scenario}* with these settings, in whatever release the other server runs, and on this server "
        "{run} with its curve, to look at only.", scenario=title, run=run_name(run),
    )  # fmt: skip


def _draw_open(form: Form) -> None:
    label = say("Open settings from a file (JSON, up to {size} MB)", size=SETTINGS_MEGABYTES)
    file = st.file_uploader(label, ["json"], key=form.key("share.file"), max_upload_size=SETTINGS_MEGABYTES)
    if problem := kept_problem(form, "share.problem"):
        st.warning(problem, icon=":material/error:")
    if file is not None:
        st.button(say("Use these settings"), key=form.key("share.use"), icon=":material/check:", on_click=_open,
                  args=(form, file.getvalue()))  # fmt: skip
    page = form.get("share.elsewhere")
    if page is not None:
        form.put("share.elsewhere", None)
        st.switch_page(page[0], query_params=page[1])


def _open(form: Form, content: bytes) -> None:
    """As a callback: fill the form, or go to the page that the settings are for."""
    keep_problem(form, "share.problem", None)
    try:
        settings = read_settings(content)
    except LabError as error:
        keep_problem(form, "share.problem", str(error))
        return
    name = settings.pop("scenario")
    if name != form.scenario.name:
        query = {k: written(v) for k, v in settings.items()}
        form.put("share.elsewhere", (f"pages/{name}.py", query))
        return
    form.put("problems", (form.read(settings), form.values()))
