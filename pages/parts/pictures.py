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
from core.words import mark, say
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
HOW_FOUND = {"occlusion": mark("Found by covering one place after the other and asking again.")}
NAMERS = {SHIPPED_NAMER: "MobileNetV2", CLASSIFIER: "ResNet50"}
IN_HAND = -1
"""Stands for the photo in hand, among the samples' numbers."""
CELLS = (
    (mark("cats called dog"), 0, 1),
    (mark("dogs called cat"), 1, 0),
    (mark("cats called cat"), 0, 0),
    (mark("dogs called dog"), 1, 1),
)
PLACES = (
    (mark("top left"), mark("top"), mark("top right")),
    (mark("left"), mark("the middle"), mark("right")),
    (mark("bottom left"), mark("bottom"), mark("bottom right")),
)


def draw_try_it(bench: Bench) -> None:
    """A photo, what the network makes of it, and where it looked."""
    left, right = st.columns([3, 9], gap="medium")
    with left:
        photo = choose_photo(bench.form, _shown_data(bench), _names_of(bench))
    with right:
        if bench.trained is None:
            st.caption(say("No run has finished yet, so there is no verdict: only what the source itself knows."))
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
        what = say("**CIFAR-10's cats and dogs**, blurred: their 32 × 32 points are enlarged here to {size} × {size}.",
                   size=size)  # fmt: skip
    else:
        large = spec.data == LARGE
        of = Counts(cats_vs_dogs.TRAIN, cats_vs_dogs.VALIDATION, cats_vs_dogs.TEST) if large else counts(spec.data)
        whose = say("TensorFlow Datasets' cats and dogs") if large else say("Photos that somebody brought")
        whose = f"**{whose}**"
        if classes_of(spec):
            whose = say("{whose} of {names}", whose=whose, names=_listed(class_names(spec)))
        what = say("{whose}: the middle square of each, at {size} × {size}.", whose=whose, size=size)
    return f"{what} {_parts(of, spec.examples)}"


def _parts(of: Counts, examples: int) -> str:
    if not of.test:
        return say(
            "**{train:,}** to train on (these settings use **{used:,}**), **{validation:,}** to validate on; there is "
            "no test part.",
            train=of.train,
            used=examples,
            validation=of.validation,
        )
    return say(
        "**{train:,}** to train on (these settings use **{used:,}**), **{validation:,}** to validate on; **{test:,}** "
        "more stay sealed for a test.",
        train=of.train,
        used=examples,
        validation=of.validation,
        test=of.test,
    )


def _listed(names: Sequence[str]) -> str:
    return say("{names} and {last}", names=say(", ").join(map(plain, names[:-1])), last=plain(names[-1]))


def draw_mistakes(bench: Bench) -> None:
    """How often each kind is taken for the other, and the pictures it happened to."""
    if bench.trained is None:
        st.info(say("Train a run: its mistakes on the validation pictures stand here."), icon=":material/rule:")
        return
    _whose_model(bench)
    own = partial(draw_class_mistakes, bench.form, _names_of(bench), _grid)
    draw = own if classes_of(bench.trained.spec) else partial(_mistakes, bench)
    when_answered(bench.lab, {**_of(bench), "about": "mistakes"}, draw)


def draw_maps(bench: Bench) -> None:
    """What some of each block's channels make of the photo in hand."""
    photo = photo_in_hand(bench.form, _shown_data(bench), _names_of(bench))
    st.caption(say(
        "Each picture is one channel of what a block makes of the photo under *Try it*: light where it answers most. "
        "Early blocks see edges, late ones parts of things."
    ))  # fmt: skip
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


def _kinds() -> tuple[str, str]:
    """What the heat speaks for: for the first where it is above 0."""
    return say(KINDS[1]), say(KINDS[0])


def heat_sentence(heat: Sequence[Sequence[float]], kinds: Sequence[str] | None = None) -> str:
    """Where the heat speaks most for either kind, in words: for the first where it is above 0. Without kinds these are
    dog and cat."""
    first, second = kinds or _kinds()
    grid = np.nan_to_num(np.asarray(heat, np.float32))
    found = [
        (kind, _place(int(at), grid.shape))
        for kind, at, there in ((first, grid.argmax(), grid.max() > 0), (second, grid.argmin(), grid.min() < 0))
        if there
    ]
    if not found:
        return say("No place speaks for either.")
    (kind, place), *others = found
    if not others:
        return say("Most for {kind}: {place}.", kind=kind, place=place)
    other, elsewhere = others[0]
    return say("Most for {kind}: {place}, most for {other}: {elsewhere}.", kind=kind, place=place, other=other,
               elsewhere=elsewhere)  # fmt: skip


def _place(cell: int, shape: tuple[int, ...]) -> str:
    row, column = divmod(cell, shape[1])
    height, width = (_third(at / max(1, of - 1)) for at, of in ((row, shape[0]), (column, shape[1])))
    return say(PLACES[height][width])


def _third(share: float) -> int:
    return 0 if share < 1 / 3 else 2 if share > 2 / 3 else 1


def _judged(bench: Bench, photo: Photo, answer: Mapping[str, Any]) -> None:
    is_own = "probabilities" in answer
    if bench.trained is not None and is_own:
        draw_verdict(answer, _names_of(bench))
    elif bench.trained is not None:
        st.markdown(verdict(answer["probability"]))
        st.caption(say("Logit {logit:+.2f}, above 0 is dog. Before training it said {verdict}.",
                       logit=answer["logit"], verdict=_in_words(answer["before"])))  # fmt: skip
    picture, names = st.columns([7, 4], gap="medium")
    with picture:
        _beside(photo, answer, heat_words(_names_of(bench), int(answer["called"])) if is_own else _kinds())
    with names:
        _named(bench, photo, answer["names"])


def verdict(probability: float) -> str:
    """The verdict from the probability of dog, as markdown."""
    kind = KINDS[probability > 0.5]
    share = max(probability, 1 - probability)
    return f"### :material/pets: {say('{kind} · probability {share:.2f}', kind=say(kind), share=share)}"


def _in_words(probability: float) -> str:
    kind = say(KINDS[probability > 0.5])
    return say("{kind}, {share:.2f}", kind=kind, share=max(probability, 1 - probability))


def _beside(photo: Photo, answer: Mapping[str, Any], kinds: Sequence[str]) -> None:
    """The photo, and the same under its heat, which speaks for the first of two kinds where it is above 0."""
    heat = answer.get("heat")
    if not heat:
        st.html(_pictures([(photo.png, photo.title)], "lab-large"))
        return
    laid = write_png(heat_over(photo.image, heat))
    looked = say("Where it looked. {sentence}", sentence=heat_sentence(heat, kinds))
    st.html(_pictures([(photo.png, photo.title), (laid, looked)], "lab-large"))
    st.html(f'<div class="lab-key"><small>{_heat_key(kinds)} {say(HOW_FOUND.get(str(answer.get("heat_kind")), ""))}'
            "</small></div>")  # fmt: skip


def _heat_key(kinds: Sequence[str]) -> str:
    """What the two looks of the heat mean, as HTML."""
    first, second = map(html.escape, kinds)
    above = f'<b style="color:{POSITIVE}">■</b> {say("plain: speaks for {kind}", kind=first)}'
    below = f'<b style="color:{NEGATIVE}">▨</b> {say("striped: speaks for {kind}.", kind=second)}'
    return f"{above} · {below} {say('The stronger the colour, the more that place counts.')}"


def _named(bench: Bench, photo: Photo, shipped: Iterable[Sequence[Any]]) -> None:
    """What a network of a thousand names calls the photo: the shipped one, or one that somebody downloaded."""
    st.markdown(f"**{say('What ImageNet calls it')}**")
    namer = st.segmented_control(
        say("Named by"),
        list(NAMERS),
        default=SHIPPED_NAMER,
        format_func=NAMERS.__getitem__,
        key=bench.form.key("namer"),
        required=True,
        persist_state="session",
    )
    if namer is None or namer == SHIPPED_NAMER:
        _names(shipped, say("the shipped MobileNetV2"))
    elif location(namer) is None:
        st.caption(say("{network} is not on this computer. With a network, the library page fetches it.",
                       network=NAMERS[namer]))  # fmt: skip
        st.page_link("pages/library.py", label=say("Open the library"), icon=":material/inventory_2:")
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
    st.caption(say("The three likeliest of 1,000 names, by {network} with its old head: what ImageNet alone teaches.",
                   network=namer))  # fmt: skip


def _mistakes(bench: Bench, answer: Mapping[str, Any]) -> None:
    table, pictures = st.columns([4, 8], gap="medium")
    with table:
        chosen = _table(bench.form, answer["confusion"])
    label, is_dog = chosen
    here = [p for p in answer["worst"] if p["label"] == label and (p["probability"] > 0.5) == bool(is_dog)]
    with pictures:
        if here:
            _grid((p["image"], _called(KINDS[int(p["label"])], p["probability"])) for p in here)
        else:
            st.caption(say("No pictures of this cell."))


def _called(kind: str, probability: float) -> str:
    called, share = say(KINDS[probability > 0.5]), max(probability, 1 - probability)
    return say("{kind}, called {called}, {share:.2f}", kind=say(kind), called=called, share=share)


def _table(form: Form, counts: Sequence[Sequence[int]]) -> tuple[int, int]:
    """The two by two counts, and which of them the pictures are wanted of."""
    rows = "".join(
        f"<tr><th>{(say('is a cat'), say('is a dog'))[i]}</th>"
        + "".join(f"<td{'' if i == j else ' class=lab-wrong'}>{counts[i][j]:,}</td>" for j in (0, 1))
        + "</tr>"
        for i in (0, 1)
    )
    head = f"<tr><th></th><th>{say('called cat')}</th><th>{say('called dog')}</th></tr>"
    st.html(f'<table class="lab-table">{head}{rows}</table>')
    right, all_of = counts[0][0] + counts[1][1], sum(map(sum, counts))
    st.caption(say("{right:,} of {all:,} validation pictures right: {share:.1%}.", right=right, all=all_of,
                   share=right / max(1, all_of)))  # fmt: skip
    titles = [title for title, _, _ in CELLS]
    title = st.radio(say("Show"), titles, format_func=say, key=form.key("cell"), persist_state="session")
    return next((i, j) for name, i, j in CELLS if name == title)


def _maps(photo: Photo, answer: Mapping[str, Any]) -> None:
    st.html(_pictures([(photo.png, photo.title)], "lab-small"))
    for block in answer["blocks"]:
        name, edge = str(block["name"]).replace("_", " "), block["edge"]
        st.markdown(say("**{name}** · {edge} × {edge} points, the {n} channels that differ most", name=name, edge=edge,
                        n=len(block["maps"])))  # fmt: skip
        st.html(_pictures([(image, "") for image in block["maps"]], "lab-maps"))


def _samples(bench: Bench, spec: RunSpec, pictures: Sequence[Mapping[str, Any]]) -> None:
    names = class_names(spec)
    _grid((picture["image"], names[int(picture["label"])]) for picture in pictures)
    st.markdown(f"**{say('Twelve augmented versions of one picture')}**")
    st.caption(augmentation_sentence(spec))
    chosen = st.selectbox(
        say("Which picture"),
        [*range(len(pictures)), IN_HAND],
        format_func=partial(_title, pictures, names, bool(classes_of(spec))),
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


def _title(pictures: Sequence[Mapping[str, Any]], names: Sequence[str], is_own: bool, number: int) -> str:
    if number == IN_HAND:
        return say("The photo under Try it")
    name = names[int(pictures[number]["label"])]
    if is_own:
        return say("Picture {n}: {name}", n=number + 1, name=name)
    return say("Picture {n}: a {kind}", n=number + 1, kind=name)


def augmentation_sentence(spec: RunSpec) -> str:
    """What augmented versions are for, and which of them a run of this spec sees."""
    passes = scenarios.get(spec.scenario).passes(spec)
    if passes == 0:
        seen = say("off in these settings: every epoch sees the original")
    elif passes is None:
        seen = say("in these settings every epoch sees the next one")
    else:
        seen = say("these settings make the first {n}, and the epochs take turns with them", n=passes)
    return say(
        "Flipped, turned and zoomed a little, one picture serves as many, so that the network learns what is on it and "
        "not its points by heart ({seen}).",
        seen=seen,
    )


def _versions(answer: Mapping[str, Any]) -> None:
    versions = [(image, say("pass {n}", n=number)) for number, image in enumerate(answer["versions"], 1)]
    st.html(_pictures([(answer["original"], say("original")), *versions], "lab-versions"))


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
        st.caption(say("Answered by the last run that finished."))


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
