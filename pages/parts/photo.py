"""The photo in hand: one's own, or one that is here already. It is read before it goes anywhere, and never kept on
disk."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from PIL import Image

from core.errors import LabError, SourceUnavailable, UnreadablePhoto
from core.limits import PHOTO_BYTES, PHOTO_MEGAPIXELS
from core.sources.cats_dogs import NAMES, load_cats_dogs
from core.sources.own_sets import FORM
from core.sources.photo_sets import classes, one_photo
from core.sources.photos import READY, ReadyPhoto, read_photo, ready_photo
from core.sources.pictures import BUILTIN, enlarge
from core.words import mark, say
from pages.parts.form import Form
from pages.parts.plain import plain
from pages.parts.problem import keep_problem, kept_problem

FORMATS = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"]
YOURS = mark("Your photo")
PICTURE = mark("Validation picture {row}: a {kind}")
PHOTO = mark("Validation photo {number} of {all}: {name}")
READY_TITLE = "{title} ({licence}, {credit})"
EDGE = 224
"""Points on a side of the photo that is shown and sent."""


SAID = ("kind", "title")
"""Values of a title that are words of the program; others are somebody's own."""


@dataclass(frozen=True)
class Photo:
    """A square photo as a base64 PNG, and what it is, unsaid with its values; ``data`` where it is one of those a run
    validates on."""

    png: str
    what: str
    values: Mapping[str, object] = field(default_factory=dict)
    data: str = ""

    @property
    def title(self) -> str:
        """What it is, in the language spoken."""
        return say(self.what, **{name: say(str(v)) if name in SAID else v for name, v in self.values.items()})

    @property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(base64.b64decode(self.png))).convert("RGB")


def choose_photo(form: Form, data: str = BUILTIN, kinds: Sequence[str] = NAMES) -> Photo:
    """The photo in hand: uploaded, taken, or one that is here already, of these data and of these kinds."""
    if st.toggle(say("Use the camera"), key=form.key("camera"), persist_state="session"):
        st.camera_input(say("Take a photo"), key=form.key("shot"), on_change=_take, args=(form, "shot"))
        st.caption(say("Browsers allow it on this computer or over https only."))
    else:
        st.file_uploader(
            say("A photo of your own, up to {size} MB and {points} megapixels", size=PHOTO_BYTES // 10**6,
                points=PHOTO_MEGAPIXELS),
            FORMATS,
            key=form.key("upload"),
            on_change=_take,
            args=(form, "upload"),
            max_upload_size=PHOTO_BYTES // 10**6,
        )  # fmt: skip
    if problem := kept_problem(form, "photo.problem"):
        st.warning(problem, icon=":material/broken_image:")
    _ready_buttons(form, data, kinds)
    return photo_in_hand(form, data, kinds)


def photo_in_hand(form: Form, data: str = BUILTIN, kinds: Sequence[str] = NAMES) -> Photo:
    """Before anybody chose, the first dog of the validation pictures, or of photos of one's own the first of them."""
    photo: Photo | None = form.get("photo")
    if photo is None or photo.data not in {"", _source(data)}:
        if _source(data) == BUILTIN:
            _next_picture(form, 1)
        else:
            _next_own(form, data, kinds, 0)
    found: Photo = form.get("photo")
    return found


def _source(data: str) -> str:
    """Where validation pictures to ask about are taken from: those of cats and dogs are CIFAR's, whatever the run
    validates on."""
    try:
        return data if FORM.fullmatch(data) and classes(data) else BUILTIN
    except SourceUnavailable:
        return BUILTIN


def _ready_buttons(form: Form, data: str, kinds: Sequence[str]) -> None:
    is_own = _source(data) != BUILTIN
    if is_own:
        st.caption(say("Or one that is here: a validation photo of a class, or what may be none of them."))
    else:
        st.caption(say("Or one that is here: a validation picture, a sharp photo of a cat, or neither cat nor dog."))
    with st.container(horizontal=True, gap="small"):
        if is_own:
            for label, kind in enumerate(kinds):
                st.button(plain(kind), key=form.key(f"ready.own.{label}"), on_click=_next_own,
                          args=(form, data, kinds, label))  # fmt: skip
        for label, kind in enumerate(NAMES if not is_own else ()):
            st.button(say("A {kind}", kind=say(kind)), key=form.key(f"ready.{kind}"), on_click=_next_picture,
                      args=(form, label))  # fmt: skip
        for ready in READY:
            about = f"{ready.licence}, {ready.credit}"
            st.button(say(ready.title), key=form.key(f"ready.{ready.id}"), help=about, on_click=_ready,
                      args=(form, ready))  # fmt: skip


def _next_picture(form: Form, label: int) -> None:
    """The next cat or dog of the validation pictures; the test's stay sealed."""
    pictures = load_cats_dogs().validation
    turn = form.get(f"turn.{label}") or 0
    form.put(f"turn.{label}", turn + 1)
    row = int(np.flatnonzero(pictures.labels == label)[turn % (len(pictures.labels) // len(NAMES))])
    photo = Photo(
        write_png(Image.fromarray(enlarge(pictures.images[row], EDGE))),
        PICTURE,
        {"row": row + 1, "kind": NAMES[label]},
        BUILTIN,
    )
    _show(form, photo)


def _next_own(form: Form, data: str, kinds: Sequence[str], label: int) -> None:
    """The next validation photo of a class of one's own."""
    turn = form.get(f"turn.{data}.{label}") or 0
    form.put(f"turn.{data}.{label}", turn + 1)
    try:
        content, number, of = one_photo(data, "validation", label, turn)
        about = {"number": number, "all": of, "name": kinds[label]}
        _show(form, Photo(write_png(Image.fromarray(read_photo(content, EDGE))), PHOTO, about, data))
    except LabError as error:
        if form.get("photo") is None:
            _next_picture(form, 1)
        keep_problem(form, "photo.problem", str(error))


def _ready(form: Form, ready: ReadyPhoto) -> None:
    try:
        about = {"title": ready.title, "licence": ready.licence, "credit": ready.credit}
        _read(form, ready_photo(ready.id), READY_TITLE, about)
    except SourceUnavailable as error:
        keep_problem(form, "photo.problem", str(error))


def _take(form: Form, field: str) -> None:
    """As a callback: read what was uploaded or taken. A photo taken away leaves the last one standing."""
    file = form.get(field)
    if file is not None:
        _read(form, file.getvalue(), YOURS, {})


def _read(form: Form, content: bytes, what: str, about: Mapping[str, object]) -> None:
    try:
        _show(form, Photo(write_png(Image.fromarray(read_photo(content, EDGE))), what, about))
    except UnreadablePhoto as error:
        keep_problem(form, "photo.problem", say("{problem} The photo before it stays.", problem=error))


def _show(form: Form, photo: Photo) -> None:
    form.put("photo", photo)
    keep_problem(form, "photo.problem", None)


def write_png(image: Image.Image) -> str:
    """As base64, the way answers carry pictures."""
    held = io.BytesIO()
    image.save(held, "PNG")
    return base64.b64encode(held.getvalue()).decode()
