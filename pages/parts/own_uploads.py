"""The four ways in which photos of one's own come onto the page: a zip, a folder, files of each class, the camera. What
came is kept until it is taken away, and one button has it read."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sized
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import SourceUnavailable, shown
from core.limits import (
    CLASS_NAME,
    LEAST_CLASSES,
    MOST_CLASSES,
    PHOTO_FILES,
    PHOTOS_BYTES,
    ZIP_BYTES,
    ZIP_FILES,
    ZIP_UNPACKED_BYTES,
)
from core.runs.intake import Intake
from core.sources.archives import count_files, file_path, leads_out
from core.sources.photo_classes import Found, clean_class, is_clutter
from core.sources.photo_sets import Brought, Tell, bring_found, bring_zip
from core.sources.photos import MOST_BYTES
from core.words import mark, say
from pages.parts.form import Form
from pages.parts.photo import FORMATS
from pages.parts.photo_basket import LEAST, SHOWN, Item, add, basket, clear, of_class, undo
from pages.parts.plain import plain
from pages.parts.problem import keep_problem

ZIP, FOLDER, FILES, CAMERA = mark("A zip"), mark("A folder"), mark("Files, class by class"), mark("The camera")
WAYS = (ZIP, FOLDER, FILES, CAMERA)
TYPES = [*FORMATS, "heic", "heif"]
"""HEIC cannot be read, and is let through so that somebody says so and what to do."""
LEADS_OUT = mark("Its name leads out of the folder.")


def draw_uploads(form: Form) -> None:
    """One of the ways, as it was chosen."""
    way = st.segmented_control(say("How they come"), WAYS, default=ZIP, format_func=say, key=form.key("own.way"),
                               required=True, label_visibility="collapsed", persist_state="session")  # fmt: skip
    {ZIP: _draw_zip, FOLDER: _draw_folder, FILES: _draw_files, CAMERA: _draw_camera}[str(way)](form)


def _zip_limits() -> str:
    return say(
        "Up to {size:.0f} MB, {files:,} files and {unpacked:.0f} MB unpacked. In it a folder for each class, named "
        "after it; or *train* and *validation* with such folders in each, and perhaps *test*.",
        size=ZIP_BYTES / 1e6,
        files=ZIP_FILES,
        unpacked=ZIP_UNPACKED_BYTES / 1e6,
    )


def _file_limits() -> str:
    return say("Up to {photos:,} photos and {size:.0f} MB together.", photos=PHOTO_FILES, size=PHOTOS_BYTES / 1e6)


def _draw_zip(form: Form) -> None:
    limits = _zip_limits()
    st.file_uploader(say("A zip of folders"), max_upload_size=ZIP_BYTES // 10**6, help=limits, key=_key(form, "zip"),
                     on_change=_take_zip, args=(form,))  # fmt: skip
    st.caption(limits)
    if held := form.get("own.zip"):
        name, content, count = held
        said = say("{name}: {files:,} files, {size:,.1f} MB", name=plain(shown(name)), files=count,
                   size=len(content) / 1e6)  # fmt: skip
        st.markdown(f":material/folder_zip: {said}")
        _use_button(form, count, lambda tell: bring_zip(io.BytesIO(content), name, tell))


def _take_zip(form: Form) -> None:
    """As a callback. What is no zip is refused at once, and one that was there stays."""
    for name, content in _uploaded(form, "zip"):
        try:
            count = count_files(io.BytesIO(content), name)
        except SourceUnavailable as error:
            keep_problem(form, "own.problem", str(error))
        else:
            form.put("own.zip", (name, content, count))


def _draw_folder(form: Form) -> None:
    st.file_uploader(say("A folder with a folder of photos for each class"), TYPES, accept_multiple_files="directory",
                     max_upload_size=MOST_BYTES // 10**6, key=_key(form, "folder"), on_change=_take_folder,
                     args=(form,))  # fmt: skip
    which = say("Choose the folder that the classes' folders lie in: their names are the classes.")
    st.caption(f"{_file_limits()} {which}")
    held, lost = form.get("own.folder") or ([], [])
    if held:
        st.markdown(f":material/folder: {say('{n:,} photos uploaded.', n=len(held))}")
        whose = say("your folder")  # here: a thread knows no reader
        _use_button(form, len(held), lambda tell: bring_found(held, whose, tell, lost))


def _take_folder(form: Form) -> None:
    """As a callback: another folder takes the place of the one before."""
    files = _uploaded(form, "folder")
    if sum(len(content) for _, content in files) > PHOTOS_BYTES or len(files) > PHOTO_FILES:
        too_much = say("That is too much. {limits} What was there before stays.", limits=_file_limits())
        keep_problem(form, "own.problem", too_much)
    elif files:
        paths = [(file_path(name), content) for name, content in files]
        kept = [Found(path, partial(bytes, content)) for path, content in paths if not leads_out(path)]
        lost = [(shown("/".join(path)), LEADS_OUT) for path, _ in paths if leads_out(path)]
        form.put("own.folder", (kept, lost))


def _draw_files(form: Form) -> None:
    names = _draw_names(form)
    for label, column in _in_columns(names):
        with column:
            _draw_class(form, label, names[label])
            st.file_uploader(say("Photos of {name}", name=_shown(names[label])), TYPES, accept_multiple_files=True,
                             max_upload_size=MOST_BYTES // 10**6, key=_key(form, f"files.{label}"),
                             on_change=_take_files, args=(form, label))  # fmt: skip
    st.caption(_file_limits())
    _draw_basket(form, names)


def _take_files(form: Form, label: int) -> None:
    _note(form, add(form, label, _uploaded(form, f"files.{label}")))


def _draw_camera(form: Form) -> None:
    names = _draw_names(form)
    camera, beside = st.columns([5, 6], gap="medium")
    with camera:
        labels = list(range(len(names)))
        if form.get("own.next") not in labels:
            form.put("own.next", 0)
        st.segmented_control(say("The next picture shows"), labels, format_func=lambda n: _shown(names[n]),
                             required=True, key=form.key("own.next"), persist_state="session")  # fmt: skip
        st.camera_input(say("Take a picture"), key=_key(form, "shot"), on_change=_take_shot, args=(form,),
                        label_visibility="collapsed")  # fmt: skip
        st.caption(say("Browsers give a page the camera on this computer (localhost) or over https only. Move a little "
                       "between two pictures: the very same one counts once."))  # fmt: skip
    with beside:
        for label, name in enumerate(names):
            _draw_class(form, label, name)
    _draw_basket(form, names)


def _take_shot(form: Form) -> None:
    label, number = int(form.get("own.next") or 0), len(basket(form)) + 1
    name = say("picture {n}.jpg", n=number)
    _note(form, add(form, label, [(name, content) for _, content in _uploaded(form, "shot")]))


def _draw_names(form: Form) -> list[str]:
    """How many classes, and their names."""
    if form.get("own.count") is None:
        form.put("own.count", LEAST_CLASSES)
    count = int(st.number_input(say("Classes"), LEAST_CLASSES, MOST_CLASSES, key=form.key("own.count"), width=140,
                                persist_state="session"))  # fmt: skip
    names = []
    for label, column in _in_columns(range(count)):
        key = f"own.name.{label}"
        if form.get(key) is None:
            form.put(key, say("class {n}", n=label + 1))
        names.append(column.text_input(say("Class {n}", n=label + 1), key=form.key(key), max_chars=CLASS_NAME,
                                       persist_state="session"))  # fmt: skip
    return [clean_class(name or "") for name in names]


def _in_columns(of: Sized) -> list[tuple[int, DeltaGenerator]]:
    """A column for each, up to four side by side."""
    count = len(of)
    columns = [c for row in range(0, count, 4) for c in st.columns(min(4, max(count, 2)), gap="small")]
    return list(enumerate(columns[:count]))


def _draw_class(form: Form, label: int, name: str) -> None:
    """How many photos a class has so far, and its last ones."""
    items = of_class(form, label)
    st.markdown(say("**{name}** · {n} of at least {least}", name=_shown(name), n=len(items), least=LEAST))
    if items:
        st.html(f'<div class="lab-pictures lab-shots">{"".join(map(_thumbnail, items[-SHOWN:]))}</div>')


def _thumbnail(item: Item) -> str:
    if not item.small:
        return f'<figure><span title="{html.escape(say("cannot be shown"))}">⚠</span></figure>'
    return f'<figure><img src="data:image/jpeg;base64,{item.small}" alt="{html.escape(item.name)}"></figure>'


def _draw_basket(form: Form, names: list[str]) -> None:
    """The buttons under all photos so far, and what is still missing."""
    items = [item for item in basket(form) if item.label < len(names)]
    few = [_shown(n) for label, n in enumerate(names) if len(of_class(form, label)) < LEAST]
    problem = _names_problem(names)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        found = [Found((names[i.label], f"{n} {i.name}"), partial(bytes, i.content)) for n, i in enumerate(items, 1)]
        whose = say("your photos")  # here: a thread knows no reader
        _use_button(form, len(items), lambda tell: bring_found(found, whose, tell), bool(few) or bool(problem))
        st.button(say("Undo last"), icon=":material/undo:", key=form.key("own.undo"), disabled=not items, on_click=undo,
                  args=(form,))  # fmt: skip
        st.button(say("Start over"), icon=":material/delete_sweep:", key=form.key("own.clear"), disabled=not items,
                  on_click=clear, args=(form,))  # fmt: skip
    if problem or few:
        st.caption(problem or say("Still too few: {classes}.", classes=say(", ").join(few)))


def _names_problem(names: list[str]) -> str:
    if not all(names) or any(map(is_clutter, names)):
        return say("Give every class a name, and one that begins with no dot.")
    twins = {n for n in names if [m.casefold() for m in names].count(n.casefold()) > 1}
    if not twins:
        return ""
    return say("Two classes are called {name}: call one of them otherwise.", name=_shown(min(twins)))


def _use_button(form: Form, count: int, bring: Callable[[Tell], Brought], disabled: bool = False) -> None:
    st.button(say("Use these {n:,} photos", n=count), key=form.key("own.use"), icon=":material/check:", type="primary",
              disabled=disabled or not count, on_click=_start, args=(form, bring))  # fmt: skip


def _start(form: Form, bring: Callable[[Tell], Brought]) -> None:
    """As a callback: begin to read, in the background."""
    keep_problem(form, "own.problem", None)
    form.put("own.intake", Intake(bring))


def _key(form: Form, which: str) -> str:
    """The key of an uploader, which is another one after each upload: it begins empty again, and what it held is
    kept by this page and not twice."""
    return form.key(f"own.up.{which}.{form.get('own.round') or 0}")


def _uploaded(form: Form, which: str) -> list[tuple[str, bytes]]:
    """As part of a callback: what an uploader holds, by name; it is empty afterwards."""
    held = st.session_state.get(_key(form, which))
    files = held if isinstance(held, list) else [held] if held is not None else []
    content = [(str(file.name), file.getvalue()) for file in files]
    form.put("own.round", (form.get("own.round") or 0) + 1)
    keep_problem(form, "own.problem", None)
    return content


def _note(form: Form, problem: str) -> None:
    if problem:
        keep_problem(form, "own.problem", problem)


def _shown(name: str) -> str:
    """A class's name inside Markdown."""
    return plain(name) or "…"
