"""Where words went while a network learned: a map with a slider for the epoch. Below the tab What moved."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.maps import directions
from core.charts.trail import trail_figure
from core.history import Snapshot
from core.insight.trail import Wandering, wandering
from core.words import mark, say
from pages.parts.plain import plain
from pages.parts.plot import plot

if TYPE_CHECKING:
    from pages.parts.bench import Bench

HEIGHT = 540
MOST_LISTED = 10
NO_TRAIL = mark(
    "This run kept no trail of its words: it was made by an earlier version, or broke off before its first checkpoint. "
    "Train again to see where they go."
)
LATER = mark(":material/hourglass_top: The map of this run's words is drawn when it pauses or ends.")

APART = mark("By epoch {epoch:,} {first} and {second} have gone apart: cosine {before} before, **{now}** now.")
TOGETHER = mark("By epoch {epoch:,} {first} and {second} have come together: cosine {before} before, **{now}** now.")
AS_BEFORE = mark(
    "By epoch {epoch:,} {first} and {second} are as near as they were: cosine {before} before, **{now}** now."
)


def draw_trail(bench: Bench, run: Snapshot) -> None:
    """The words of a run; nothing where its network has no words."""
    layer = bench.form.scenario.word_layer(run.spec)
    if not layer:
        return
    st.markdown(say("**Where the words went**"))
    if run.is_live and run.state != "paused":
        st.caption(say(LATER))
        return
    found = _read(run.id, run.state, len(run.epochs))
    if found is None:
        st.caption(say(LATER if run.is_live else NO_TRAIL))  # a run that cannot be taken up writes nothing at a pause
    elif found.is_frozen:
        why = say(
            "**No word moves**: *{layer}* is frozen, so every word's numbers are bit for bit what they were. Switch it "
            "to trainable and train again to see words wander.",
            layer=layer,
        )
        st.markdown(f":material/lock: {why}")
        _draw_map(bench, found, 0)
    elif found.epochs == 0:
        st.caption(say("No epoch has ended yet: there is no way to show."))
    else:
        st.fragment(_draw_epoch)(bench, run, found)


@lru_cache(maxsize=8)
def _read(run: str, state: str, epochs: int) -> Wandering | None:
    """Of a run that stands still: its files are the same as long as its state and its epochs are."""
    return wandering(run)


def _draw_epoch(bench: Bench, run: Snapshot, found: Wandering) -> None:
    """The slider and what hangs on it: a fragment, so that nothing else is drawn anew."""
    last = found.epochs
    key = bench.form.key(f"trail.{run.id}.{last}")
    about = say("0 is where the run began.")
    epoch = int(st.slider(say("Epoch"), 0, last, last, key=key, persist_state="session", help=about))
    st.markdown(pair_sentence(found, epoch))
    left, right = st.columns([9, 3], gap="medium")
    with left:
        _draw_map(bench, found, epoch)
    with right:
        _draw_farthest(found, epoch)
    restored = run.outcome.restored_epoch if run.outcome else None
    if restored is not None and restored != last:
        st.caption(say("The finished model carries the weights of epoch {epoch:,}, the best one.", epoch=restored))


def _draw_map(bench: Bench, found: Wandering, epoch: int) -> None:
    figure = trail_figure(found.words, found.kinds, found.places, found.moved, epoch)
    plot(figure, f"{bench.form.scenario.name}.trail", HEIGHT, _described(found, epoch))
    st.caption(say(
        "{n} words on one plane for all epochs, {directions} of where they began and ended: words with similar numbers "
        "are near each other, as far as two directions can say.",
        n=len(found.words), directions=directions(found.share),
    ))  # fmt: skip


def _draw_farthest(found: Wandering, epoch: int) -> None:
    """An HTML table: a screen reader goes through it row by row."""
    heads = (say("word"), say("moved by"))
    farthest = found.farthest(epoch, MOST_LISTED)
    rows = [dict(zip(heads, (plain(word), percent(moved)), strict=True)) for word, moved in farthest]
    if rows:
        by_then = say("Moved most by epoch {epoch:,}", epoch=epoch)
        st.markdown(say("Moved most") if epoch == found.epochs else by_then)
        st.table(rows, border="horizontal", hide_index=True)
    unmoved = found.unmoved(epoch)
    if epoch and unmoved:
        named = say(", ").join(map(plain, unmoved))
        st.caption(say("Not moved by any bit: {words}. What a run never reads, it has no cause to move.", words=named))


def pair_sentence(found: Wandering, epoch: int) -> str:
    """Where two opposites have gone: *good* and *bad*, where the run follows them."""
    pair = found.pair()
    if pair is None:
        return ""
    before, now = (found.cosine(*pair, at) for at in (0, epoch))
    first, second = (f"*{word}*" for word in pair)
    if before is None or now is None:
        return say("{first} and {second} began without numbers.", first=first, second=second)
    if epoch == 0:
        return say("At the beginning {first} and {second} have a cosine of **{cosine}**.",
                   first=first, second=second, cosine=_two(before))  # fmt: skip
    change = round(now, 2) - round(before, 2)
    went = APART if change < 0 else TOGETHER if change > 0 else AS_BEFORE
    return say(went, epoch=epoch, first=first, second=second, before=_two(before), now=_two(now))


def _described(found: Wandering, epoch: int) -> str:
    """For a screen reader, to which points say nothing."""
    farthest = say(", ").join(
        say("{word} by {share}", word=word, share=percent(moved)) for word, moved in found.farthest(epoch, 5)
    )
    count = len(found.words)
    if not farthest:
        return say("Map of {n} words after epoch {epoch}. No word has moved.", n=count, epoch=epoch)
    return say("Map of {n} words after epoch {epoch}. Farthest from where they began: {words}.", n=count, epoch=epoch,
               words=farthest)  # fmt: skip


def percent(share: float) -> str:
    """One decimal, or below one percent two digits; what is too little for that is not called 0."""
    if share >= 0.01:
        return f"{100 * share:,.1f} %"
    return f"{100 * share:.2g} %" if share >= 1e-6 else say("under 0.0001 %")


def _two(value: float) -> str:
    """Two decimals with a true minus sign, and no minus before 0."""
    return f"{value:z.2f}".replace("-", "\u2212")
