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
from core.words import mark, say, say_many
from pages.parts.asking import when_answered

if TYPE_CHECKING:
    from pages.parts.bench import Bench

BROUGHT = "sha256:"
"""How ``data`` begins where somebody brought the photos."""
LOWER = mark("A lower test score is what choosing on validation costs.")


@dataclass(frozen=True)
class Sealed:
    """What is told of a test: why it is ``sealed``, its ``figures``, and what is ``said`` of the difference between a
    test accuracy on so many and validation's."""

    sealed: str
    figures: str
    said: Callable[[float, int], str]


def by_chance(accuracy: float, count: int) -> str:
    """How much of a difference to validation may be chance: two standard errors of a share of so many."""
    points = 200 * math.sqrt(accuracy * (1 - accuracy) / count)
    return say(
        "On {n:,} pictures chance alone moves an accuracy by {points:.1f} points either way. Where the test score is "
        "lower by more than that, it is what choosing on validation costs.",
        n=count,
        points=points,
    )


REVIEWS = Sealed(
    mark(
        "**The test score of this run is sealed.** These reviews have neither trained nor chosen anything, and stay a "
        "test only while nobody chooses by them: decide on your settings first, then open it once."
    ),
    mark("Test accuracy **{accuracy:.3f}** · test loss **{loss:.3f}** on {n:,} reviews"),
    lambda accuracy, count: say(LOWER),
)
PICTURES = Sealed(
    mark(
        "**The test score of this run is sealed.** These pictures have neither trained nor chosen anything, and stay a "
        "test only while nobody chooses by them: decide on your settings first, then open it once."
    ),
    mark("Test accuracy **{accuracy:.3f}** · test loss **{loss:.3f}** on {n:,} pictures"),
    by_chance,
)


def draw_test(bench: Bench) -> None:
    """Where the test reviews are here, a button that opens the score, and how often that was done; else why there is
    none."""
    chosen = bench.trained.spec if bench.trained is not None else bench.spec
    if chosen is not None and chosen.data.startswith(BROUGHT):
        _say_there_is_none(say(
            "**Validation both chose and reports here.** Texts of your own have no test part, and IMDB's test reviews "
            "would be a test of something else. The best epoch is chosen on the same texts whose accuracy is shown, so "
            "that accuracy is a little too good."
        ))  # fmt: skip
        return
    if location(TEST_REVIEWS) is None:
        _say_there_is_none(say(
            "**Validation both chose and reports here.** The 25,000 test reviews are not on this computer. The best "
            "epoch is chosen on the same validation reviews whose accuracy is shown, so that accuracy is a little too "
            "good. With a network, the library page fetches the test reviews."
        ))  # fmt: skip
        st.page_link("pages/library.py", label=say("Open the library"), icon=":material/inventory_2:")
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
    _say_there_is_none(say(
        "**Validation both chose and reports here.** These photos have no test part. The best epoch is chosen on the "
        "same validation pictures whose accuracy is shown, so that accuracy is a little too good. Bring the photos "
        "again with a folder *test* beside *train* and *validation*, and its score is sealed here."
    ))  # fmt: skip


def _say_there_is_none(why: str) -> None:
    st.info(why, icon=":material/science:")


def _draw_trained(bench: Bench, sealed: Sealed) -> None:
    run = bench.trained
    if run is None:
        st.caption(say("Train a run to its end: its test score is sealed here until you open it."))
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
        st.caption(say("This run's test score is sealed, and another browser's run: only its owner opens it."))
    else:
        _draw_seal(bench, run, sealed)


def _draw_seal(bench: Bench, run: Snapshot, sealed: Sealed) -> None:
    st.markdown(say(sealed.sealed))
    st.button(
        say("Open the test score"),
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
    figures = say(sealed.figures, accuracy=score["accuracy"], loss=score["loss"], n=score["count"])
    st.markdown(f":material/lock_open: {figures}")
    chosen = run.outcome.restored_epoch if run.outcome and run.outcome.restored_epoch else len(run.epochs)
    epoch = run.epochs[chosen - 1] if run.epochs else None
    if epoch is not None and epoch.val_accuracy is not None:
        st.caption(say(
            "Validation said {accuracy:.3f} for the same weights (epoch {epoch}; the lowest validation loss was at "
            "epoch {best}). {difference}",
            accuracy=epoch.val_accuracy, epoch=chosen, best=best_epoch(run.epochs),
            difference=sealed.said(score["accuracy"], score["count"]),
        ))  # fmt: skip
    _count(bench)


def _count(bench: Bench) -> None:
    opened = bench.lab.runner.store.openings(bench.lab.owner)
    if opened:
        times = say_many("This browser has opened one test score so far.",
                         "This browser has opened {n} test scores so far.", opened)  # fmt: skip
        more = say("The more of them you compare, the more this is a second validation set.")
        st.caption(times if opened == 1 else f"{times} {more}")
