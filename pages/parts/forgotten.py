"""What a run forgot: its base's old task, checked after each epoch with the old head. Part of the tab What moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.forgotten import forgotten_figure
from core.history import Epoch, OldScore, Snapshot
from core.sources.catalogue import asset
from core.words import say
from pages.parts.plot import plot
from pages.parts.story import tell_story

if TYPE_CHECKING:
    from core.scenarios import Scenario
    from pages.parts.bench import Bench

HEIGHT = 300


@dataclass(frozen=True)
class Check:
    """An old task, what was right of it before its first epoch (number ``begun`` of the story is the last before it)
    and in the epoch whose weights a run has now; ``is_frozen`` where no base layer was ever trained."""

    old: OldScore
    begun: int
    now: Epoch
    is_frozen: bool


def draw_forgotten(bench: Bench, run: Snapshot | None = None) -> None:
    """The chart and a sentence with figures; nothing where the run has no old task to check, or no epoch yet."""
    run = run or bench.run
    if run is None or not run.epochs or run.old_task is None:
        return
    lineage = [*bench.lab.runner.lineage(run.id)[:-1], run]
    story = tell_story(bench.lab, run, run.spec.epochs)
    restored = story.outcome.restored_epoch if story.outcome else None
    now = story.epochs[restored - 1 if restored else -1]
    found = _check(bench.form.scenario, lineage, now)
    sentence = forgotten_sentence(found)
    st.markdown(f"**{say('What was forgotten')}**")
    st.markdown(sentence)
    plot(
        forgotten_figure(story.epochs, story.axis, found.old, found.begun, story.dividers),
        f"{bench.form.scenario.name}.forgotten",
        HEIGHT,
        say("Accuracy on the old task and on the new one by epoch. {sentence}", sentence=sentence),
    )
    _about(found.old)


def forgotten_sentence(found: Check) -> str:
    """What is known of the old task now, and at what price the new one was learned."""
    first, last = found.old.accuracy, found.now.source_accuracy
    task = say(found.old.title)
    if first is None or last is None:
        old = say("The {task}: the base gives no numbers any more.", task=task)
    else:
        old = _verdict(task, found.is_frozen, first, last)
    if found.now.val_accuracy is None:
        return old
    return f"{old} {say('The new task: {share}.', share=_percent(found.now.val_accuracy))}"


def _verdict(task: str, is_frozen: bool, first: float, last: float) -> str:
    shares = {"task": task, "before": _percent(first), "now": _percent(last)}
    points = 100 * abs(last - first)
    if is_frozen and last == first:
        return say("The {task}: {before} before, {now} now. Exactly what it was: the base is frozen.", **shares)
    if last == first:
        return say("The {task}: {before} before, {now} now: nothing is lost, although the base was trained.", **shares)
    if last > first:
        return say("The {task}: {before} before, {now} now: {points:.1f} points more than before.",
                   points=points, **shares)  # fmt: skip
    return say("The {task}: {before} before, {now} now: fine-tuning has cost {points:.1f} points.",
               points=points, **shares)  # fmt: skip


def _check(scenario: Scenario, lineage: Sequence[Snapshot], now: Epoch) -> Check:
    """From the first run of the story that checked its old task."""
    before = [len(s.epochs) for s in lineage]
    first = next(i for i, s in enumerate(lineage) if s.old_task is not None)
    old = lineage[first].old_task
    assert old is not None
    is_frozen = all(_is_frozen(scenario, s) for s in lineage[first:])
    return Check(old, sum(before[:first]), now, is_frozen)


def _is_frozen(scenario: Scenario, run: Snapshot) -> bool:
    base = [layer.name for layer in scenario.layers(run.spec) if layer.part == "base" and layer.parameters]
    return set(base) <= set(run.spec.frozen)


def _about(old: OldScore) -> None:
    """How it is measured, and that it is a stand-in where it is one."""
    text = say(
        "After each epoch {rows} held-out examples of the old task go through the base as it is then, and through the "
        "old head, kept aside and never trained. Guessing would get {chance}.",
        rows=old.rows, chance=_percent(old.chance),
    )  # fmt: skip
    if old.asset:
        entry = asset(old.asset)
        label = say("{what}: stand-in for {original}", what=say(entry.short), original=say(entry.stands_in_for or ""))
        st.badge(label, icon=":material/swap_horiz:", color="orange")
        text += " " + say("{title}.", title=say(entry.title))
    st.caption(text)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
