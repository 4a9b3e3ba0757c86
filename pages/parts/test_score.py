"""The tab Test: a score on what neither trained nor chose anything, sealed until somebody opens it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import LabError
from core.history import Snapshot, best_epoch
from core.sources.downloads import TEST_REVIEWS, location
from core.sources.photo_sets import counts
from pages.parts.asking import when_answered

if TYPE_CHECKING:
    from pages.parts.bench import Bench

BROUGHT = "sha256:"
"""How ``data`` begins where somebody brought the photos."""
LOWER = "A lower test score is what choosing on validation costs."


@dataclass(frozen=True)
class Sealed:
    """What a test is made of: what its ``things`` are called, and what is ``said`` of the difference between a test
    accuracy on so many and validation's."""

    things: str
    said: Callable[[float, int], str]


def by_chance(accuracy: float, count: int) -> str:
    """How much of a difference to validation may be chance: two standard errors of a share of so many."""
    points = 200 * math.sqrt(accuracy * (1 - accuracy) / count)
    return (
        f"On {count:,} pictures chance alone moves an accuracy by {points:.1f} points either way. Where the test score "
        "is lower by more than that, it is what choosing on validation costs."
    )


REVIEWS = Sealed("reviews", lambda accuracy, count: LOWER)
PICTURES = Sealed("pictures", by_chance)


def draw_test(bench: Bench) -> None:
    """Where the test reviews are here, a button that opens the score, and how often that was done; else why there is
    none."""
    chosen = bench.trained.spec if bench.trained is not None else bench.spec
    if chosen is not None and chosen.data.startswith(BROUGHT):
        st.info(
            "**Validation both chose and reports here.** Texts of your own have no test part, and IMDB's test reviews "
            "would be a test of something else. The best epoch is chosen on the same texts whose accuracy is shown, so "
            "that accuracy is a little too good.",
            icon=":material/science:",
        )
        return
    if location(TEST_REVIEWS) is None:
        st.info(
            "**Validation both chose and reports here.** The 25,000 test reviews are not on this computer. The best "
            "epoch is chosen on the same validation reviews whose accuracy is shown, so that accuracy is a little too "
            "good. With a network, the library page fetches the test reviews.",
            icon=":material/science:",
        )
        st.page_link("pages/library.py", label="Open the library", icon=":material/inventory_2:")
        return
    _draw_trained(bench, REVIEWS)


def draw_picture_test(bench: Bench) -> None:
    """The same for pictures; photos that somebody brought may have no test part."""
    chosen = bench.trained.spec if bench.trained is not None else bench.spec
    data = chosen.data if chosen is not None else ""
    try:
        has_test = not data.startswith(BROUGHT) or counts(data).test > 0
    except LabError as error:
        st.warning(str(error), icon=":material/error:")
        return
    if has_test:
        _draw_trained(bench, PICTURES)
        return
    st.info(
        "**Validation both chose and reports here.** These photos have no test part. The best epoch is chosen on the "
        "same validation pictures whose accuracy is shown, so that accuracy is a little too good. Bring the photos "
        "again with a folder *test* beside *train* and *validation*, and its score is sealed here.",
        icon=":material/science:",
    )


def _draw_trained(bench: Bench, sealed: Sealed) -> None:
    run = bench.trained
    if run is None:
        st.caption("Train a run to its end: its test score is sealed here until you open it.")
        return
    try:
        _draw_run(bench, run, sealed)
    except LabError as error:
        st.warning(str(error), icon=":material/error:")


def _draw_run(bench: Bench, run: Snapshot, sealed: Sealed) -> None:
    store = bench.lab.runner.store
    if score := store.score(run.id):
        _draw_score(bench, run, sealed, score)
    elif store.is_opened(run.id):
        question = {"about": "test", "spec": run.spec.flat(), "run": run.id}
        when_answered(bench.lab, question, lambda answer: _keep(bench, run, sealed, answer))
    elif not bench.lab.owns(run.owner):
        st.caption("This run's test score is sealed, and another browser's run: only its owner opens it.")
    else:
        _draw_seal(bench, run, sealed)


def _draw_seal(bench: Bench, run: Snapshot, sealed: Sealed) -> None:
    st.markdown(
        f"**The test score of this run is sealed.** These {sealed.things} have neither trained nor chosen anything, "
        "and stay a test only while nobody chooses by them: decide on your settings first, then open it once."
    )
    st.button(
        "Open the test score",
        icon=":material/lock_open:",
        key=bench.form.key("open_test"),
        on_click=bench.lab.runner.store.open_test,
        args=(run.id, bench.lab.owner),
    )
    _count(bench)


def _keep(bench: Bench, run: Snapshot, sealed: Sealed, answer: dict[str, Any]) -> None:
    bench.lab.runner.store.keep_score(run.id, answer)
    _draw_score(bench, run, sealed, answer)


def _draw_score(bench: Bench, run: Snapshot, sealed: Sealed, score: dict[str, Any]) -> None:
    st.markdown(
        f":material/lock_open: Test accuracy **{score['accuracy']:.3f}** · test loss **{score['loss']:.3f}** "
        f"on {score['count']:,} {sealed.things}"
    )
    chosen = run.outcome.restored_epoch if run.outcome and run.outcome.restored_epoch else len(run.epochs)
    epoch = run.epochs[chosen - 1] if run.epochs else None
    if epoch is not None and epoch.val_accuracy is not None:
        st.caption(
            f"Validation said {epoch.val_accuracy:.3f} for the same weights (epoch {chosen}; the lowest validation "
            f"loss was at epoch {best_epoch(run.epochs)}). {sealed.said(score['accuracy'], score['count'])}"
        )
    _count(bench)


def _count(bench: Bench) -> None:
    opened = bench.lab.runner.store.openings(bench.lab.owner)
    if opened:
        times = "one test score" if opened == 1 else f"{opened} test scores"
        more = "" if opened == 1 else " The more of them you compare, the more this is a second validation set."
        st.caption(f"This browser has opened {times} so far.{more}")
