"""The layers of a network of many blocks: ready recipes, one slider for how far the base is frozen, and each block's
own switch behind it. All of them set the same switches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from core.charts.palette import NEUTRAL, POSITIVE
from core.scenarios import Layer
from core.words import mark, say, say_many
from pages.parts.classroom import is_shown
from pages.parts.form import Form

NONE, ALL = mark("nothing"), mark("all of the base")


@dataclass(frozen=True)
class Recipe:
    """A usual way to transfer: how much of the base stays frozen (0 to 1, from the picture up), and its learning
    rate."""

    title: str
    frozen: float
    rate: float
    why: str
    from_scratch: bool = False


RECIPES = (
    Recipe(mark("Feature extraction"), 1.0, 0.001, mark("Only the new head learns, from what the base sees.")),
    Recipe(mark("Fine-tune the last third"), 2 / 3, 1e-4, mark("Small steps, or the base forgets what it knows.")),
    Recipe(mark("Fine-tune all"), 0.0, 1e-5, mark("Tiny steps, best once the head has learned: see Then fine-tune.")),
    Recipe(mark("From scratch"), 0.0, 0.001, mark("Random weights, so batch norm learns its averages too."),
           from_scratch=True),
)  # fmt: skip


def draw_blocks(form: Form, layers: Sequence[Layer], sentence: str) -> None:
    """Recipes, slider, the blocks as a strip, the sentence on what will change, and each block behind a click."""
    base, frozen = base_names(layers), form.frozen()
    if base:
        if is_shown("layers"):
            _recipes(form, base, frozen)
        _slider(form, base, frozen)
    st.html(_strip(layers, frozen))
    st.info(sentence, icon=":material/lock:" if frozen else ":material/lock_open:")
    each = st.expander(say("Each block"), key=form.key("each"), on_change="rerun")
    if each.open:
        with each, st.container(key="lab-blocks"):
            st.html(f'<div class="lab-layer"><small>{say(_ROW)}</small></div>')
            total = sum(layer.parameters for layer in layers)
            for layer in reversed(layers):
                _row(form, layer, layer.parameters / total)


def base_names(layers: Sequence[Layer]) -> list[str]:
    """The transferred layers that can be frozen or not, from the picture up."""
    return [layer.name for layer in layers if layer.part == "base" and layer.parameters and not layer.fixed]


def frozen_depth(base: Sequence[str], frozen: Collection[str]) -> int:
    """How many layers of the base are frozen without a gap, from the picture up."""
    return next((depth for depth, name in enumerate(base) if name not in frozen), len(base))


def share_bar(share: float, is_trainable: bool) -> str:
    """A layer's share of all numbers, as HTML."""
    colour = POSITIVE if is_trainable else NEUTRAL
    return f'<div class="lab-share"><i style="width:{100 * share:.2f}%;background:{colour}"></i></div>'


def percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.3f} %"


def _recipes(form: Form, base: Sequence[str], frozen: Collection[str]) -> None:
    """The recipe in force stands out; a press sets switches, start, batch norm and learning rate."""
    now = _in_force(form, base, frozen)
    form.put("recipe", now.title if now else None)
    st.pills(
        say("Recipe"),
        [recipe.title for recipe in RECIPES],
        format_func=say,
        key=form.key("recipe"),
        on_change=_follow,
        args=(form, base),
        help=say("Sets the switches below, what to start from, and the learning rate."),
    )
    if form.get("recipe.followed"):  # the sidebar stands outside this fragment: only a whole rerun shows it
        form.put("recipe.followed", False)
        st.rerun()
    if now:
        st.caption(_about(now, float(form.get("learning_rate"))))


def _about(recipe: Recipe, rate: float) -> str:
    if rate == recipe.rate:
        return say("Learning rate {rate:g}. {why}", rate=rate, why=say(recipe.why))
    return say("Learning rate {rate:g}; usual here is {usual:g}. {why}",
               rate=rate, usual=recipe.rate, why=say(recipe.why))  # fmt: skip


def _in_force(form: Form, base: Sequence[str], frozen: Collection[str]) -> Recipe | None:
    is_random = form.get("start") == "random"
    for recipe in RECIPES:
        same = set(frozen) == set(base[: _depth(recipe, base)]) and recipe.from_scratch == is_random
        if same and form.get("batch_norm") in {None, _batch_norm(recipe)}:
            return recipe
    return None


def _follow(form: Form, base: Sequence[str]) -> None:
    """As the recipes' callback: a recipe pressed again keeps what it set."""
    recipe = next((r for r in RECIPES if r.title == form.get("recipe")), None)
    if recipe is None:
        return
    for layer in form.layers():
        form.put(f"trainable.{layer.name}", layer.name not in base[: _depth(recipe, base)])
    is_random = form.get("start") == "random"
    if recipe.from_scratch != is_random:  # else stay: a run to go on from is a start as well
        form.put("start", "random" if recipe.from_scratch else "pretrained")
        form.put("start.was", form.get("start"))
    if form.get("batch_norm") is not None:
        form.put("batch_norm", _batch_norm(recipe))
    form.put("learning_rate", recipe.rate)
    form.put("recipe.followed", True)


def _depth(recipe: Recipe, base: Sequence[str]) -> int:
    return round(recipe.frozen * len(base))


def _batch_norm(recipe: Recipe) -> str:
    return "training" if recipe.from_scratch else "inference"


def _slider(form: Form, base: Sequence[str], frozen: Collection[str]) -> None:
    """How far up the base is frozen. The switches are the truth: the slider follows them."""
    depth = frozen_depth(base, frozen)
    form.put("frozen_to", depth)
    st.select_slider(
        say("Frozen up to here"),
        range(len(base) + 1),
        format_func=lambda d: say(NONE) if d == 0 else say(ALL) if d == len(base) else _named(base[d - 1]),
        key=form.key("frozen_to"),
        on_change=_freeze_to,
        args=(form, base),
        disabled=not is_shown("layers"),
        help=say("From the picture up. Early blocks see edges and colours, late ones parts of animals."),
    )
    beyond = [_named(name) for name in base[depth:] if name in frozen]
    if beyond:
        st.caption(say_many("Mixed: {names} is frozen above a trainable block.",
                            "Mixed: {names} are frozen above a trainable block.",
                            len(beyond), names=_listed(beyond)))  # fmt: skip


def _freeze_to(form: Form, base: Sequence[str]) -> None:
    for number, name in enumerate(base):
        form.put(f"trainable.{name}", number >= form.get("frozen_to"))


def _strip(layers: Sequence[Layer], frozen: Collection[str]) -> str:
    """One cell a layer with numbers, the picture's side left as on the slider."""
    shown = [layer for layer in layers if layer.parameters]
    about = say("{frozen} frozen layers, hatched, and {trainable} trainable, from picture to verdict.",
                frozen=len(frozen), trainable=len(shown) - len(frozen))  # fmt: skip
    cells = "".join(_cell(layer, layer.name in frozen) for layer in shown)
    return (
        f'<div class="lab-strip" role="img" aria-label="{about}">{cells}</div>'
        f'<div class="lab-ends"><small>{say("picture")}</small><small>{say("verdict")}</small></div>'
    )


def _cell(layer: Layer, is_frozen: bool) -> str:
    named = {"layer": _named(layer.name), "n": layer.parameters}
    if is_frozen:
        return f'<i class="lab-still" title="{say("{layer}: frozen, {n:,} numbers", **named)}"></i>'
    return f'<i class="lab-learns" title="{say("{layer}: trainable, {n:,} numbers", **named)}"></i>'


_ROW = mark(
    "Output's shape, numbers (+ batch norm's averages, never trained), share of all; the picture is at the bottom."
)


def _row(form: Form, layer: Layer, share: float) -> None:
    """One layer on two short lines; a layer without numbers has one, and no switch."""
    if not layer.parameters:
        words = say("{layer}: {kind} {shape}", layer=_named(layer.name), kind=say(layer.kind), shape=_shape(layer))
        st.html(f'<div class="lab-layer lab-plain"><small>{words}</small></div>')
        return
    is_trainable = not layer.fixed and form.get(f"trainable.{layer.name}") is not False
    apart = f" + {layer.statistics:,}" if layer.statistics else ""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall"):
        st.html(
            f'<div class="lab-layer"><b>{_named(layer.name)}</b> <small>{say(layer.kind)}<br>{_shape(layer)} · '
            f"{layer.trainable:,}{apart} · {percent(share)}</small>{share_bar(share, is_trainable)}</div>"
        )
        name = _named(layer.name)
        st.toggle(
            say("{layer}: trainable", layer=name) if is_trainable else say("{layer}: frozen", layer=name),
            key=form.key(f"trainable.{layer.name}"),
            persist_state="session",
            width="content",
            label_visibility="collapsed",
            disabled=not is_shown("layers"),
        )


def _shape(layer: Layer) -> str:
    return layer.output.replace(", ", "×")


def _named(name: str) -> str:
    return name.replace("_", " ")


def _listed(names: Sequence[str], most: int = 3) -> str:
    listed = say(", ").join(names[:most])
    return say("{names} and {n} more", names=listed, n=len(names) - most) if len(names) > most else listed
