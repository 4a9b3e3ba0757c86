"""The sidebar: every setting of the next run but the layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.errors import InvalidSettings
from core.scenarios import Option
from core.spec import bounds
from core.words import mark, say
from pages.parts.classroom import is_shown
from pages.parts.form import Form

RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)
BATCHES = (1, 8, 16, 32, 64, 128, 256, 512, 1024)
DELTAS = (0.0, 0.0001, 0.001, 0.003, 0.01, 0.1)
EXAMPLES = (6, 9, 15, 20, 30, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000)
MOST_LETTERS = 40
"""Of all choices together in English, to stand side by side in the sidebar: it is one control in every language."""
START_LABELS = {"pretrained": mark("Pretrained"), "random": mark("Random")}


def draw_controls(form: Form) -> None:
    """All controls, in the sidebar. They edit the next run, never one under way."""
    with st.sidebar:
        st.divider()
        _offer_mend(form)
        _presets(form)
        for option in form.scenario.options:
            if option.leads and form.scenario.offers(option, str(form.get("data"))):
                _option(form, option)
        _start(form)
        _data(form)
        _examples(form)
        left, right = st.columns(2)
        with left:
            _number(form, "epochs", say("Epochs"), say("Passes over the training examples."))
        with right:
            _number(
                form,
                "patience",
                say("Patience"),
                say("Epochs without improvement before early stopping ends the run."),
                disabled=not form.get("early_stopping"),
            )
        _toggle(form, "early_stopping", say("Early stopping"),
                say("Stop when validation loss has not improved for that long."))  # fmt: skip
        _choice(form, "learning_rate", say("Learning rate"), RATES, lambda r: f"{r:g}")
        _two_phases(form)
        _rivals(form)
        if is_shown("more"):
            with st.expander(say("More"), expanded=False):
                _more(form)


def _two_phases(form: Form) -> None:
    """Head first, then the base too: where the scenario is taught so, and the next run leaves some of it frozen."""
    try:
        second = form.scenario.second_phase(form.spec())
    except InvalidSettings:
        return
    if second is not None:
        about = say(
            "When this run has finished, unfreeze the base and go on at a rate of {rate:g}, up to {epochs} epochs with "
            "patience {patience}: the guide's fine-tuning.",
            rate=second["learning_rate"], epochs=second["epochs"], patience=second["patience"],
        )  # fmt: skip
        _toggle(form, "two_phases", say("Then fine-tune"), about)


def _offer_mend(form: Form) -> None:
    """A mistake is made on purpose only: settings that hold one, from an address or a run, say so and let go of it."""
    option = next((o for o in form.scenario.options if o.name == "mistake"), None)
    chosen = form.get("mistake")
    if option is None or chosen in {None, option.default} or chosen not in option.choices:
        return
    st.warning(say("The next run is made so on purpose: {mistake}.", mistake=_option_label(option, chosen)),
               icon=":material/heart_broken:")  # fmt: skip
    st.button(say("Take the mistake out"), key=form.key("mend"), icon=":material/healing:", on_click=form.put,
              args=("mistake", option.default), width="stretch")  # fmt: skip


def _presets(form: Form) -> None:
    """Recipes of the course, each one press."""
    if not is_shown("presets"):
        return
    for number, preset in enumerate(form.scenario.presets):
        st.button(
            say(preset.title),
            key=form.key(f"preset.{number}"),
            icon=":material/menu_book:",
            help=say(preset.about),
            on_click=form.follow,
            args=(preset,),
            width="stretch",
        )


def _rivals(form: Form) -> None:
    """What can be trained beside the next run."""
    if not is_shown("rivals"):
        return
    for rival in form.scenario.rivals:
        try:
            has_one = form.scenario.rival(rival.label, form.spec()) is not None
        except InvalidSettings:
            has_one = False
        label = say("Beside it: {rival}", rival=say(rival.label))
        _toggle(form, f"rival.{rival.label}", label, say(rival.about), disabled=not has_one)


def draw_task(form: Form) -> None:
    """The tasks of a scenario, where it has some, as steps above the bench."""
    task = next((o for o in form.scenario.options if o.name == "task"), None)
    if task is not None and is_shown("task"):
        st.segmented_control(
            say(task.title),
            task.choices,
            format_func=lambda c: _option_label(task, c),
            key=form.key("task"),
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )


def _start(form: Form) -> None:
    if is_shown("start"):
        _start_from(form)
    if is_shown("source"):
        _source(form)


def _start_from(form: Form) -> None:
    sources, source = form.scenario.sources(form.options()), form.source
    start = str(form.get("start"))
    choices = [
        *(["pretrained"] if sources else []),
        *(["random"] if source is None or source.from_scratch else []),
        *([start] if start.startswith("run:") else []),
    ]
    st.segmented_control(
        say("Start from"),
        choices,
        format_func=_start_label,
        key=form.key("start"),
        required=True,
        persist_state="session",
        on_change=form.adapt,
        args=("start",),
        help=say("Where the base's weights come from. Random is the same network from scratch."),
    )


def _source(form: Form) -> None:
    sources = form.scenario.sources(form.options())
    if len(sources) > 1:
        titles = {s.id: say(s.title) for s in sources}
        st.selectbox(
            say("Source of knowledge"),
            list(titles),
            format_func=titles.__getitem__,
            placeholder=say("Choose an option"),
            key=form.key("source"),
            persist_state="session",
            on_change=form.adapt,
            args=("source",),
            help=say("What turns a text into numbers. It was learned elsewhere, from other texts."),
        )


def _start_label(start: str) -> str:
    return say(START_LABELS[start]) if start in START_LABELS else say("Run {run}…", run=start[4:8])


def _data(form: Form) -> None:
    """What to train on, where there is a choice; data in hand stand among it, should an address have brought them."""
    choices, now = form.scenario.data_choices(form.options()), str(form.get("data"))
    own = dict.fromkeys([*(form.get("own.sets") or ()), now])
    titles = choices | {data: form.scenario.own_title(data) for data in own if data not in choices}
    if not choices or len(titles) < 2 or not is_shown("data"):
        return
    st.selectbox(
        say("Data"),
        list(titles),
        format_func=titles.__getitem__,
        placeholder=say("Choose an option"),
        key=form.key("data"),
        persist_state="session",
        on_change=form.adapt,
        args=("data",),
        help=say("What to train and validate on."),
    )
    if form.scenario.own_data and is_shown("own_data"):
        st.button(say(form.scenario.own_data), key=form.key("own.show"), icon=":material/add_photo_alternate:",
                  width="stretch", on_click=form.put, args=("own.open", True))  # fmt: skip


def _examples(form: Form) -> None:
    if not is_shown("examples"):
        return
    if form.variant.get("task") == "flowers":
        st.slider(
            say("Flowers of each species"),
            1,
            50,
            key=form.key("per_species"),
            persist_state="session",
            on_change=form.put_back_table,
        )
        st.slider(
            say("Spread (cm)"),
            0.0,
            2.0,
            step=0.05,
            key=form.key("spread"),
            persist_state="session",
            help=say("Standard deviation of each measurement within a species."),
            on_change=form.put_back_table,
        )
        return
    low, high = form.scenario.example_bounds(form.options(), str(form.get("data")))
    usual = [e for e in EXAMPLES if low <= e < high] + [high]
    _choice(form, "examples", say("Training examples"), usual, lambda e: f"{e:,}")


def _more(form: Form) -> None:
    _choice(form, "min_delta", say("Min delta"), DELTAS, lambda d: f"{d:g}", say("Smaller improvements do not count."))
    _toggle(form, "restore_best", say("Restore best weights"),
            say("After early stopping, take the weights of the best epoch."))  # fmt: skip
    _choice(form, "batch_size", say("Batch size"), BATCHES, str)
    _number(form, "seed", say("Seed"),
            say("Starting weights and order of examples. The same seed gives the same curve."))  # fmt: skip
    for option in form.scenario.options:
        if option.choices and option.name not in {"task", "mistake"} and not (option.leads or option.follows):
            _option(form, option)


def _option(form: Form, option: Option) -> None:
    """A choice, side by side where there is room for it."""
    if not is_shown("options"):
        return
    look: dict[str, Any] = {
        "format_func": partial(_option_label, option),
        "key": form.key(option.name),
        "help": say(option.help),
        "persist_state": "session",
        "on_change": form.adapt if option.leads else None,
        "args": (option.name,),
    }
    if sum(len(_in_english(option, choice)) for choice in option.choices) > MOST_LETTERS:
        st.selectbox(say(option.title), option.choices, placeholder=say("Choose an option"), **look)
    else:
        st.segmented_control(say(option.title), option.choices, required=True, **look)


def _number(form: Form, field: str, label: str, about: str, disabled: bool = False) -> None:
    if not is_shown(field):
        return
    low, high = bounds(field)
    st.number_input(
        label, int(low), int(high), step=1, key=form.key(field), help=about, disabled=disabled, persist_state="session"
    )


def _toggle(form: Form, field: str, label: str, about: str, disabled: bool = False) -> None:
    if is_shown(field):
        st.toggle(label, key=form.key(field), help=about, disabled=disabled, persist_state="session")


def _choice(form: Form, field: str, label: str, usual: Sequence[Any], written: Any, about: str | None = None) -> None:
    """Usual values on a slider, and the one in hand too, should an address have brought another."""
    if not is_shown(field):
        return
    values = sorted({*usual, form.get(field)})
    st.select_slider(label, values, format_func=written, key=form.key(field), help=about, persist_state="session")


def _option_label(option: Option, choice: Any) -> str:
    return say(_in_english(option, choice))


def _in_english(option: Option, choice: Any) -> str:
    return option.labels[option.choices.index(choice)] if option.labels else str(choice)
