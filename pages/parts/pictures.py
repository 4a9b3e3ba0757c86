"""The tabs of a scenario of pictures: a photo of one's own, the data, the mistakes, and what the blocks see. What they
draw are a worker's answers."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from core import scenarios
from core.charts.palette import NEGATIVE, NEUTRAL, POSITIVE
from core.errors import LabError
from core.scenarios.picture_networks import classes_of
from core.sources import cats_vs_dogs
from core.sources.cats_dogs import NAMES as KINDS
from core.sources.cats_dogs import TEST, TRAIN, VALIDATION
from core.sources.downloads import location
from core.sources.image_weights import CLASSIFIER
from core.sources.imagenet import SOURCE as SHIPPED_NAMER
from core.sources.photo_sets import Counts, counts
from core.sources.pictures import BUILTIN, LARGE
from core.spec import RunSpec
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.form import Form
from pages.parts.own_classes import class_names, draw_verdict, heat_words
from pages.parts.own_classes import draw_mistakes as draw_class_mistakes
from pages.parts.photo import Photo, choose_photo, photo_in_hand, write_png
from pages.parts.plain import plain

STRONGEST = 0.72
"""How much of the photo the strongest heat covers."""
STRIPE = 6
"""Points of a stripe of heat for cat: told from dog's by more than its colour."""
HOW_FOUND = {"occlusion": "Found by covering one place after the other and asking again."}
NAMERS = {SHIPPED_NAMER: "MobileNetV2", CLASSIFIER: "ResNet50"}
IN_HAND = -1
"""Stands for the photo in hand, among the samples' numbers."""
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
        photo = choose_photo(bench.form, _shown_data(bench), _names_of(bench))
    with right:
        if bench.trained is None:
            st.caption("No run has finished yet, so there is no verdict: only what the source itself knows.")
        _whose_model(bench)
        question = {**_of(bench), "about": "photo", "photo": photo.png}
        when_answered(bench.lab, question, lambda answer: _judged(bench, photo, answer))


def draw_samples(bench: Bench) -> None:
    """The first of the pictures a run trains on, and one of them augmented."""
    spec = bench.spec or _default(bench)
    try:
        st.markdown(data_sentence(spec))
    except LabError as error:
        st.warning(str(error), icon=":material/error:")
        return
    question = {"about": "samples", "spec": _start_of(spec).flat()}
    when_answered(bench.lab, question, lambda answer: _samples(bench, spec, answer["pictures"]))


def _shown_data(bench: Bench) -> str:
    """The data whose pictures may be shown: of what another browser has brought none are."""
    data = _asked(bench).data
    return data if bench.lab.runner.brought.may_use(data, bench.lab.owner) else BUILTIN


def data_sentence(spec: RunSpec) -> str:
    """What the pictures of a spec are, and how many there are of each part, as markdown.

    Raises:
        SourceUnavailable: when this computer does not have the photos that somebody brought.
    """
    size = spec.options["size"]
    if spec.data == BUILTIN:
        of = Counts(TRAIN, VALIDATION, TEST)
        what = f"**CIFAR-10's cats and dogs**, blurred: their 32 × 32 points are enlarged here to {size} × {size}."
    else:
        large = spec.data == LARGE
        of = Counts(cats_vs_dogs.TRAIN, cats_vs_dogs.VALIDATION, cats_vs_dogs.TEST) if large else counts(spec.data)
        whose = "TensorFlow Datasets' cats and dogs" if large else "Photos that somebody brought"
        of_what = f" of {_listed(class_names(spec))}" if classes_of(spec) else ""
        what = f"**{whose}**{of_what}: the middle square of each, at {size} × {size}."
    test = f"**{of.test:,}** more stay sealed for a test" if of.test else "there is no test part"
    return (
        f"{what} **{of.train:,}** to train on (these settings use **{spec.examples:,}**), **{of.validation:,}** to "
        f"validate on; {test}."
    )


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(map(plain, names[:-1]))} and {plain(names[-1])}"


def draw_mistakes(bench: Bench) -> None:
    """How often each kind is taken for the other, and the pictures it happened to."""
    if bench.trained is None:
        st.info("Train a run: its mistakes on the validation pictures stand here.", icon=":material/rule:")
        return
    _whose_model(bench)
    own = partial(draw_class_mistakes, bench.form, _names_of(bench), _grid)
    draw = own if classes_of(bench.trained.spec) else partial(_mistakes, bench)
    when_answered(bench.lab, {**_of(bench), "about": "mistakes"}, draw)


def draw_maps(bench: Bench) -> None:
    """What some of each block's channels make of the photo in hand."""
    photo = photo_in_hand(bench.form, _shown_data(bench), _names_of(bench))
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


def heat_sentence(heat: Sequence[Sequence[float]], kinds: Sequence[str] = KINDS[::-1]) -> str:
    """Where the heat speaks most for either kind, in words: for the first where it is above 0."""
    grid = np.nan_to_num(np.asarray(heat, np.float32))
    most, least = grid.argmax(), grid.argmin()
    found = [
        f"most for {kind}: {_place(int(at), grid.shape)}"
        for kind, at, there in ((kinds[0], most, grid.max() > 0), (kinds[1], least, grid.min() < 0))
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
    is_own = "probabilities" in answer
    if bench.trained is not None and is_own:
        draw_verdict(answer, _names_of(bench))
    elif bench.trained is not None:
        st.markdown(verdict(answer["probability"]))
        st.caption(
            f"Logit {answer['logit']:+.2f}, above 0 is dog. Before training it said {_in_words(answer['before'])}."
        )
    picture, names = st.columns([7, 4], gap="medium")
    with picture:
        _beside(photo, answer, heat_words(_names_of(bench), int(answer["called"])) if is_own else KINDS[::-1])
    with names:
        _named(bench, photo, answer["names"])


def verdict(probability: float) -> str:
    """The verdict from the probability of dog, as markdown."""
    kind = KINDS[probability > 0.5]
    share = max(probability, 1 - probability)
    return f"### :material/pets: {kind} · probability {share:.2f}"


def _in_words(probability: float) -> str:
    return f"{KINDS[probability > 0.5]}, {max(probability, 1 - probability):.2f}"


def _beside(photo: Photo, answer: Mapping[str, Any], kinds: Sequence[str]) -> None:
    """The photo, and the same under its heat, which speaks for the first of two kinds where it is above 0."""
    heat = answer.get("heat")
    if not heat:
        st.html(_pictures([(photo.png, photo.title)], "lab-large"))
        return
    laid = write_png(heat_over(photo.image, heat))
    st.html(
        _pictures([(photo.png, photo.title), (laid, f"Where it looked. {heat_sentence(heat, kinds)}")], "lab-large")
    )
    how = HOW_FOUND.get(str(answer.get("heat_kind")), "")
    plain_for, striped_for = map(html.escape, kinds)
    st.html(
        f'<div class="lab-key"><small><b style="color:{POSITIVE}">■</b> plain: speaks for {plain_for} · '
        f'<b style="color:{NEGATIVE}">▨</b> striped: speaks for {striped_for}. The stronger the colour, the more that '
        f"place counts. {how}</small></div>"
    )


def _named(bench: Bench, photo: Photo, shipped: Iterable[Sequence[Any]]) -> None:
    """What a network of a thousand names calls the photo: the shipped one, or one that somebody downloaded."""
    st.markdown("**What ImageNet calls it**")
    namer = st.segmented_control(
        "Named by",
        list(NAMERS),
        default=SHIPPED_NAMER,
        format_func=NAMERS.__getitem__,
        key=bench.form.key("namer"),
        required=True,
        persist_state="session",
    )
    if namer is None or namer == SHIPPED_NAMER:
        _names(shipped, "the shipped MobileNetV2")
    elif location(namer) is None:
        st.caption(f"{NAMERS[namer]} is not on this computer. With a network, the library page fetches it.")
        st.page_link("pages/library.py", label="Open the library", icon=":material/inventory_2:")
    else:
        spec = scenarios.parse({"scenario": bench.form.scenario.name})  # no run changes what ImageNet calls it
        question = {"about": "names", "spec": spec.flat(), "photo": photo.png, "namer": namer}
        when_answered(bench.lab, question, lambda answer: _names(answer["names"], NAMERS[namer]))


def _names(names: Iterable[Sequence[Any]], namer: str) -> None:
    rows = "".join(
        f'<div class="lab-layer">{html.escape(str(name))} <small>{p:.0%}</small>'
        f'<div class="lab-share"><i style="width:{100 * p:.1f}%;background:{NEUTRAL}"></i></div></div>'
        for name, p in names
    )
    st.html(f'<div class="lab-names">{rows}</div>')
    st.caption(f"The three likeliest of 1,000 names, by {namer} with its old head: what ImageNet alone teaches.")


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


def _samples(bench: Bench, spec: RunSpec, pictures: Sequence[Mapping[str, Any]]) -> None:
    names = class_names(spec)
    _grid((picture["image"], names[int(picture["label"])]) for picture in pictures)
    st.markdown("**Twelve augmented versions of one picture**")
    st.caption(augmentation_sentence(spec))
    chosen = st.selectbox(
        "Which picture",
        [*range(len(pictures)), IN_HAND],
        format_func=partial(_title, pictures, names),
        key=bench.form.key("augmented"),
        persist_state="session",
        width=280,
    )
    question = {"about": "augmented", "spec": _start_of(spec).flat()}
    if chosen == IN_HAND:
        question["photo"] = photo_in_hand(bench.form, _shown_data(bench), _names_of(bench)).png
    else:
        question["row"] = pictures[chosen]["row"]
    when_answered(bench.lab, question, _versions)


def _title(pictures: Sequence[Mapping[str, Any]], names: Sequence[str], number: int) -> str:
    if number == IN_HAND:
        return "The photo under Try it"
    name = names[int(pictures[number]["label"])]
    return f"Picture {number + 1}: {f'a {name}' if tuple(names) == KINDS else name}"


def augmentation_sentence(spec: RunSpec) -> str:
    """What augmented versions are for, and which of them a run of this spec sees."""
    passes = scenarios.get(spec.scenario).passes(spec)
    if passes == 0:
        seen = "off in these settings: every epoch sees the original"
    elif passes is None:
        seen = "in these settings every epoch sees the next one"
    else:
        seen = f"these settings make the first {passes}, and the epochs take turns with them"
    return (
        "Flipped, turned and zoomed a little, one picture serves as many, so that the network learns what is on it and "
        f"not its points by heart ({seen})."
    )


def _versions(answer: Mapping[str, Any]) -> None:
    versions = [(image, f"pass {number}") for number, image in enumerate(answer["versions"], 1)]
    st.html(_pictures([(answer["original"], "original"), *versions], "lab-versions"))


def _grid(pictures: Iterable[tuple[str, str]]) -> None:
    st.html(_pictures(list(pictures), "lab-small"))


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


def _asked(bench: Bench) -> RunSpec:
    """The settings of whom is asked."""
    return bench.trained.spec if bench.trained is not None else bench.spec or _default(bench)


def _names_of(bench: Bench) -> tuple[str, ...]:
    """What it tells apart, by label."""
    return class_names(_asked(bench), bench.trained)


def _start_of(spec: RunSpec) -> RunSpec:
    """The part of a spec that the starting weights and the pictures hang on: other changes ask nothing anew."""
    names = ("scenario", "start", "source", "data", "seed", "examples", *spec.options)
    return scenarios.parse({name: spec.flat()[name] for name in names})


def _default(bench: Bench) -> RunSpec:
    return scenarios.parse({"scenario": bench.form.scenario.name})


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
