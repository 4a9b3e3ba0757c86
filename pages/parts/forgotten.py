"""What a run forgot: its base's old task, checked after each epoch with the old head. Part of the tab What moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.forgotten import forgotten_figure
from core.history import Epoch, OldScore, Snapshot
from core.sources.catalogue import asset
from pages.parts.plot import plot
from pages.parts.story import tell_story

if TYPE_CHECKING:
    from core.scenarios import Scenario
    from pages.parts.bench import Bench

HEIGHT = 300
FLAT = "Exactly what it was: the base is frozen."


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
    st.markdown("**What was forgotten**")
    st.markdown(sentence)
    plot(
        forgotten_figure(story.epochs, story.axis, found.old, found.begun, story.dividers),
        f"{bench.form.scenario.name}.forgotten",
        HEIGHT,
        f"Accuracy on the old task and on the new one by epoch. {sentence}",
    )
    _about(found.old)


def forgotten_sentence(found: Check) -> str:
    """What is known of the old task now, and at what price the new one was learned."""
    first, last = found.old.accuracy, found.now.source_accuracy
    new = "" if found.now.val_accuracy is None else f" The new task: {_percent(found.now.val_accuracy)}."
    subject = f"The {found.old.title}"
    if first is None or last is None:
        return f"{subject}: the base gives no numbers any more.{new}"
    return f"{subject}: {_percent(first)} before, {_percent(last)} now{_verdict(found, first, last)}{new}"


def _verdict(found: Check, first: float, last: float) -> str:
    points = 100 * abs(last - first)
    if found.is_frozen and last == first:
        return f". {FLAT}"
    if last == first:
        return ": nothing is lost, although the base was trained."
    if last > first:
        return f": {points:.1f} points more than before."
    return f": fine-tuning has cost {points:.1f} points."


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
    text = (
        f"After each epoch {old.rows} held-out examples of the old task go through the base as it is then, and through "
        f"the old head, kept aside and never trained. Guessing would get {_percent(old.chance)}."
    )
    if old.asset:
        entry = asset(old.asset)
        st.badge(f"{entry.short}: stand-in for {entry.stands_in_for}", icon=":material/swap_horiz:", color="orange")
        text += f" {entry.title}."
    st.caption(text)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
