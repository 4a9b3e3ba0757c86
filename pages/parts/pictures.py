"""The tabs of a scenario of pictures: a photo of one's own, the data, the mistakes, and what the blocks see. What they
draw are a worker's answers."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from core import scenarios
from core.charts.palette import NEGATIVE, NEUTRAL, POSITIVE
from core.sources.cats_dogs import NAMES as KINDS
from core.spec import RunSpec
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.form import Form
from pages.parts.photo import Photo, choose_photo, photo_in_hand, write_png

STRONGEST = 0.72
"""How much of the photo the strongest heat covers."""
STRIPE = 6
"""Points of a stripe of heat for cat: told from dog's by more than its colour."""
HOW_FOUND = {"occlusion": "Found by covering one place after the other and asking again."}
CELLS = (
    ("cats called dog", 0, 1),
    ("dogs called cat", 1, 0),
    ("cats called cat", 0, 0),
    ("dogs called dog", 1, 1),
)


def draw_try_it(bench: Bench) -> None:
    """A photo, what the network makes of it, and where it looked."""
    left, right = st.columns([3, 9], gap="medium")
    with left:
        photo = choose_photo(bench.form)
    with right:
        if bench.trained is None:
            st.caption("No run has finished yet, so there is no verdict: only what the source itself knows.")
        _whose_model(bench)
        question = {**_of(bench), "about": "photo", "photo": photo.png}
        when_answered(bench.lab, question, lambda answer: _judged(bench, photo, answer))


def draw_samples(bench: Bench) -> None:
    """The first of the pictures a run trains on."""
    spec = bench.spec or _default(bench)
    size = spec.options["size"]
    st.markdown(
        "**CIFAR-10's cats and dogs**: photos of 32 × 32 points, enlarged here to "
        f"{size} × {size}, so they are blurred. **2,000** to train on (these settings use **{spec.examples:,}**), "
        "**1,000** to validate on, as many cats as dogs; **500** more stay sealed for a test."
    )
    when_answered(
        bench.lab, {"about": "samples", "spec": _start_of(spec).flat()}, lambda a: _grid(map(_sample, a["pictures"]))
    )


def draw_mistakes(bench: Bench) -> None:
    """How often each kind is taken for the other, and the pictures it happened to."""
    if bench.trained is None:
        st.info("Train a run: its mistakes on the validation pictures stand here.", icon=":material/rule:")
        return
    _whose_model(bench)
    when_answered(bench.lab, {**_of(bench), "about": "mistakes"}, lambda answer: _mistakes(bench, answer))


def draw_maps(bench: Bench) -> None:
    """What some of each block's channels make of the photo in hand."""
    photo = photo_in_hand(bench.form)
    st.caption(
        "Each picture is one channel of what a block makes of the photo under *Try it*: light where it answers most. "
        "Early blocks see edges, late ones parts of things."
    )
    question = {**_of(bench), "about": "feature_maps", "photo": photo.png}
    when_answered(bench.lab, question, lambda answer: _maps(photo, answer))


def heat_over(photo: Image.Image, heat: Sequence[Sequence[float]]) -> Image.Image:
    """The photo with the heat laid over it: plain where it speaks for dog (above 0), striped where for cat.

    Args:
        photo: RGB.
        heat: a grid from the top left, of any size and scale.
    """
    grid = np.nan_to_num(np.asarray(heat, np.float32))
    share = grid / (np.abs(grid).max() or 1.0)
    smooth = np.asarray(Image.fromarray(share).resize(photo.size, Image.Resampling.BICUBIC)).clip(-1, 1)
    rows, columns = np.indices(smooth.shape)
    stripes = np.where((smooth < 0) & ((rows + columns) // STRIPE % 2 == 1), 0.45, 1.0)
    cover = (STRONGEST * np.abs(smooth) * stripes)[..., None]
    colour = np.where((smooth > 0)[..., None], _rgb(POSITIVE), _rgb(NEGATIVE))
    mixed = np.asarray(photo, np.float32) * (1 - cover) + colour * cover
    return Image.fromarray(mixed.round().astype(np.uint8))


def heat_sentence(heat: Sequence[Sequence[float]]) -> str:
    """Where the heat speaks most for either kind, in words."""
    grid = np.nan_to_num(np.asarray(heat, np.float32))
    dog, cat = grid.argmax(), grid.argmin()
    found = [
        f"most for {kind}: {_place(int(at), grid.shape)}"
        for kind, at, there in (("dog", dog, grid.max() > 0), ("cat", cat, grid.min() < 0))
        if there
    ]
    return (", ".join(found)[:1].upper() + ", ".join(found)[1:] + ".") if found else "No place speaks for either."


def _place(cell: int, shape: tuple[int, ...]) -> str:
    row, column = divmod(cell, shape[1])
    height, width = (at / max(1, of - 1) for at, of in ((row, shape[0]), (column, shape[1])))
    vertical = "top" if height < 1 / 3 else "bottom" if height > 2 / 3 else ""
    horizontal = "left" if width < 1 / 3 else "right" if width > 2 / 3 else ""
    return " ".join(filter(None, (vertical, horizontal))) or "the middle"


def _judged(bench: Bench, photo: Photo, answer: Mapping[str, Any]) -> None:
    if bench.trained is not None:
        st.markdown(verdict(answer["probability"]))
        st.caption(
            f"Logit {answer['logit']:+.2f}, above 0 is dog. Before training it said {_in_words(answer['before'])}."
        )
    picture, names = st.columns([7, 4], gap="medium")
    with picture:
        _beside(photo, answer)
    with names:
        _names(answer["names"])


def verdict(probability: float) -> str:
    """The verdict from the probability of dog, as markdown."""
    kind = KINDS[probability > 0.5]
    share = max(probability, 1 - probability)
    return f"### :material/pets: {kind} · probability {share:.2f}"


def _in_words(probability: float) -> str:
    return f"{KINDS[probability > 0.5]}, {max(probability, 1 - probability):.2f}"


def _beside(photo: Photo, answer: Mapping[str, Any]) -> None:
    """The photo, and the same under its heat."""
    heat = answer.get("heat")
    if not heat:
        st.html(_pictures([(photo.png, photo.title)], "lab-large"))
        return
    laid = write_png(heat_over(photo.image, heat))
    st.html(_pictures([(photo.png, photo.title), (laid, f"Where it looked. {heat_sentence(heat)}")], "lab-large"))
    how = HOW_FOUND.get(str(answer.get("heat_kind")), "")
    st.html(f'<div class="lab-key"><small>{_KEY} {how}</small></div>')


_KEY = (
    f'<b style="color:{POSITIVE}">■</b> plain: speaks for dog · <b style="color:{NEGATIVE}">▨</b> striped: speaks for '
    "cat. The stronger the colour, the more that place counts."
)


def _names(names: Iterable[Sequence[Any]]) -> None:
    st.markdown("**What ImageNet calls it**")
    rows = "".join(
        f'<div class="lab-layer">{html.escape(str(name))} <small>{p:.0%}</small>'
        f'<div class="lab-share"><i style="width:{100 * p:.1f}%;background:{NEUTRAL}"></i></div></div>'
        for name, p in names
    )
    st.html(f'<div class="lab-names">{rows}</div>')
    st.caption("The three likeliest of 1,000 names, by the full network with its old head: the source's own knowledge.")


def _mistakes(bench: Bench, answer: Mapping[str, Any]) -> None:
    table, pictures = st.columns([4, 8], gap="medium")
    with table:
        chosen = _table(bench.form, answer["confusion"])
    label, is_dog = chosen
    here = [p for p in answer["worst"] if p["label"] == label and (p["probability"] > 0.5) == bool(is_dog)]
    with pictures:
        if here:
            _grid((p["image"], f"{KINDS[int(p['label'])]}, called {_in_words(p['probability'])}") for p in here)
        else:
            st.caption("No pictures of this cell.")


def _table(form: Form, counts: Sequence[Sequence[int]]) -> tuple[int, int]:
    """The two by two counts, and which of them the pictures are wanted of."""
    rows = "".join(
        f"<tr><th>is a {KINDS[i]}</th>"
        + "".join(f"<td{'' if i == j else ' class=lab-wrong'}>{counts[i][j]:,}</td>" for j in (0, 1))
        + "</tr>"
        for i in (0, 1)
    )
    head = "<tr><th></th><th>called cat</th><th>called dog</th></tr>"
    st.html(f'<table class="lab-table">{head}{rows}</table>')
    right, all_of = counts[0][0] + counts[1][1], sum(map(sum, counts))
    st.caption(f"{right:,} of {all_of:,} validation pictures right: {right / max(1, all_of):.1%}.")
    titles = [title for title, _, _ in CELLS]
    title = st.radio("Show", titles, key=form.key("cell"), persist_state="session")
    return next((i, j) for name, i, j in CELLS if name == title)


def _maps(photo: Photo, answer: Mapping[str, Any]) -> None:
    st.html(_pictures([(photo.png, photo.title)], "lab-small"))
    for block in answer["blocks"]:
        name, edge = str(block["name"]).replace("_", " "), block["edge"]
        st.markdown(f"**{name}** · {edge} × {edge} points, the {len(block['maps'])} channels that differ most")
        st.html(_pictures([(image, "") for image in block["maps"]], "lab-maps"))


def _grid(pictures: Iterable[tuple[str, str]]) -> None:
    st.html(_pictures(list(pictures), "lab-small"))


def _sample(picture: Mapping[str, Any]) -> tuple[str, str]:
    return picture["image"], KINDS[int(picture["label"])]


def _pictures(pictures: Iterable[tuple[str, str]], size: str) -> str:
    """Base64 pictures with what stands under each, as escaped HTML."""
    figures = "".join(
        f'<figure><img src="data:image/png;base64,{html.escape(image)}" alt="{html.escape(text)}">'
        f"<figcaption>{html.escape(text)}</figcaption></figure>"
        for image, text in pictures
    )
    return f'<div class="lab-pictures {size}">{figures}</div>'


def _whose_model(bench: Bench) -> None:
    """Said where it is not the run on the chart."""
    if bench.trained is not None and bench.run is not None and bench.trained.id != bench.run.id:
        st.caption("Answered by the last run that finished.")


def _of(bench: Bench) -> dict[str, Any]:
    """Whom to ask: the trained run, or what the next run starts from."""
    if bench.trained is not None:
        return {"spec": bench.trained.spec.flat(), "run": bench.trained.id}
    return {"spec": _start_of(bench.spec or _default(bench)).flat()}


def _start_of(spec: RunSpec) -> RunSpec:
    """The part of a spec that the starting weights and the pictures hang on: other changes ask nothing anew."""
    names = ("scenario", "start", "source", "seed", "examples", *spec.options)
    return scenarios.parse({name: spec.flat()[name] for name in names})


def _default(bench: Bench) -> RunSpec:
    return scenarios.parse({"scenario": bench.form.scenario.name})


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
