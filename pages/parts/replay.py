"""The tab Patience: what other early stopping would have made of the run in hand, at no cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.replay import replay_figure
from core.history import Epoch, Snapshot
from core.insight.reading import number
from core.insight.replay import Replay, replay, say_replay
from core.words import mark, mark_all, say, say_all
from pages.parts.controls import DELTAS
from pages.parts.form import Form
from pages.parts.plot import plot

if TYPE_CHECKING:
    from pages.parts.bench import Bench

TICK = 1.0
"""Seconds between two looks while the run goes on."""
MOST_PATIENCE, HEIGHT = 100, 300
USUAL = (1, 2, 3, 5, 10, 20)
"""Values of patience side by side in the table."""
HEADS = (mark("patience"), mark("stops"), mark("restores"), mark("loss"), mark("accuracy"))
ABOUT = mark_all("""
Early stopping only ends a run; it changes nothing before. So a run that went on shows exactly where it would have
stopped with another patience, and which epoch's weights it would have kept.
""")


def draw_replay(bench: Bench) -> None:
    """Sliders, chart and table over the run in hand, anybody's; while it goes on, over what there is so far."""
    is_live = bench.run is not None and bench.run.is_live
    st.fragment(_draw, run_every=TICK if is_live else None)(bench)


def _draw(bench: Bench) -> None:
    run = bench.lab.find(bench.run.id) if bench.run is not None else None
    if run is None or len(run.epochs) < 2:
        _say_what_is_missing(run)
        return
    told = _sliders(bench.form, run)
    words = say_replay(told, run.spec.epochs, run.is_live)
    so_far = say("So far: {words}", words=words)
    st.markdown(f":material/hourglass_empty: {so_far}" if run.is_live else f":material/timer: {words}")
    chart, beside = st.columns([13, 7], gap="medium")
    with chart:
        _chart(bench.form, run, told, words)
    with beside:
        st.html(_table(run.epochs, told.min_delta))
        _adopt(bench.form, told)
    _footnotes(run)


def _say_what_is_missing(run: Snapshot | None) -> None:
    if run is None:
        st.caption(
            say("Train a run, with early stopping off to see the most: then try any patience on it here, at no cost.")
        )
    elif run.is_live:
        st.caption(say("After two epochs you can try another patience here; the run itself goes on untouched."))
    else:
        st.caption(say("This run has fewer than two epochs: nothing can be replayed on it. Train one with more."))


def _sliders(form: Form, run: Snapshot) -> Replay:
    """Patience and min delta, at first those of the run; what was chosen stays for the next run too."""
    most = min(MOST_PATIENCE, run.spec.epochs)
    if form.get("replay.patience") is None:
        form.put("replay.patience", run.spec.patience)
        form.put("replay.min_delta", run.spec.min_delta)
    form.put("replay.patience", min(most, form.get("replay.patience")))
    deltas = sorted({*DELTAS, run.spec.min_delta, form.get("replay.min_delta")})
    left, right = st.columns(2, gap="medium")
    with left:
        about = say("Epochs without improvement before early stopping would have ended the run.")
        patience = st.slider(say("Patience, tried on this run"), 1, most, key=form.key("replay.patience"), help=about,
                             persist_state="session")  # fmt: skip
    with right:
        min_delta = st.select_slider(
            say("Min delta, tried on this run"),
            deltas,
            format_func=lambda d: f"{d:g}",
            key=form.key("replay.min_delta"),
            help=say("Smaller improvements do not count."),
            persist_state="session",
        )
    return replay(run.epochs, int(patience), float(min_delta))


def _chart(form: Form, run: Snapshot, told: Replay, words: str) -> None:
    restored, best = (at.epoch if at is not None else None for at in (told.restored, told.best))
    figure = replay_figure(run.epochs, run.spec.epochs, told.stopped_at, restored, best)
    described = say("Loss by epoch, with where it would have stopped. {words}", words=words)
    plot(figure, f"{form.scenario.name}.replay", HEIGHT, described)


def _table(epochs: Sequence[Epoch], min_delta: float) -> str:
    """What each usual patience would have made of the run."""
    rows = "".join(_row(replay(epochs, patience, min_delta)) for patience in USUAL)
    heads = "".join(f"<th>{say(head)}</th>" for head in HEADS)
    return f'<table class="lab-table lab-replay"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _row(told: Replay) -> str:
    at = told.restored
    cells = [
        "–" if told.stopped_at is None else f"{told.stopped_at:,}",
        "–" if at is None else f"{at.epoch:,}",
        "–" if at is None or at.val_loss is None else number(at.val_loss),
        "–" if at is None or at.val_accuracy is None else f"{at.val_accuracy:.1%}",
    ]
    return f"<tr><th>{told.patience}</th>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"


def _adopt(form: Form, told: Replay) -> None:
    about = say("Switch early stopping on with this patience and min delta, best weights restored, for the next Train.")
    if st.button(
        say("Use these for the next run"),
        key=form.key("replay.use"),
        icon=":material/tune:",
        help=about,
        on_click=use_for_next_run,
        args=(form, told.patience, told.min_delta),
        width="stretch",
    ):
        st.rerun()  # the controls stand outside this fragment


def use_for_next_run(form: Form, patience: int, min_delta: float) -> None:
    """Set the form's early stopping. As a widget's callback."""
    for field, value in {
        "early_stopping": True,
        "patience": patience,
        "min_delta": min_delta,
        "restore_best": True,
    }.items():
        form.put(field, value)


def _footnotes(run: Snapshot) -> None:
    notes = [say_all(ABOUT)]
    if run.parent:
        notes.append(say("Epochs count from where this run itself began: early stopping begins anew with each run."))
    if not run.is_live and len(run.epochs) < run.spec.epochs:
        notes.append(say("This run ended at epoch {n:,}: only what lies before can be replayed.", n=len(run.epochs)))
    st.caption(" ".join(notes))
