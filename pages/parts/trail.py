"""Where words went while a network learned: a map with a slider for the epoch. Below the tab What moved."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.maps import directions
from core.charts.trail import trail_figure
from core.history import Snapshot
from core.insight.trail import Wandering, wandering
from pages.parts.plain import plain
from pages.parts.plot import plot

if TYPE_CHECKING:
    from pages.parts.bench import Bench

HEIGHT = 540
MOST_LISTED = 10
NO_TRAIL = (
    "This run kept no trail of its words: it was made by an earlier version, or broke off before its first checkpoint. "
    "Train again to see where they go."
)
LATER = ":material/hourglass_top: The map of this run's words is drawn when it pauses or ends."


def draw_trail(bench: Bench, run: Snapshot) -> None:
    """The words of a run; nothing where its network has no words."""
    layer = bench.form.scenario.word_layer(run.spec)
    if not layer:
        return
    st.markdown("**Where the words went**")
    if run.is_live and run.state != "paused":
        st.caption(LATER)
        return
    found = _read(run.id, run.state, len(run.epochs))
    if found is None:
        st.caption(LATER if run.is_live else NO_TRAIL)  # a run that cannot be taken up writes nothing at a pause
    elif found.is_frozen:
        st.markdown(
            f":material/lock: **No word moves**: *{layer}* is frozen, so every word's numbers are bit for bit what "
            "they were. Switch it to trainable and train again to see words wander."
        )
        _draw_map(bench, found, 0)
    elif found.epochs == 0:
        st.caption("No epoch has ended yet: there is no way to show.")
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
    epoch = int(st.slider("Epoch", 0, last, last, key=key, persist_state="session", help="0 is where the run began."))
    st.markdown(pair_sentence(found, epoch))
    left, right = st.columns([9, 3], gap="medium")
    with left:
        _draw_map(bench, found, epoch)
    with right:
        _draw_farthest(found, epoch)
    restored = run.outcome.restored_epoch if run.outcome else None
    if restored is not None and restored != last:
        st.caption(f"The finished model carries the weights of epoch {restored:,}, the best one.")


def _draw_map(bench: Bench, found: Wandering, epoch: int) -> None:
    figure = trail_figure(found.words, found.kinds, found.places, found.moved, epoch)
    plot(figure, f"{bench.form.scenario.name}.trail", HEIGHT, _described(found, epoch))
    st.caption(
        f"{len(found.words)} words on one plane for all epochs, {directions(found.share)} of where they began and "
        "ended: words with similar numbers are near each other, as far as two directions can say."
    )


def _draw_farthest(found: Wandering, epoch: int) -> None:
    """An HTML table: a screen reader goes through it row by row."""
    rows = [{"word": plain(word), "moved by": percent(moved)} for word, moved in found.farthest(epoch, MOST_LISTED)]
    if rows:
        st.markdown("Moved most" if epoch == found.epochs else f"Moved most by epoch {epoch:,}")
        st.table(rows, border="horizontal", hide_index=True)
    unmoved = found.unmoved(epoch)
    if epoch and unmoved:
        named = ", ".join(map(plain, unmoved))
        st.caption(f"Not moved by any bit: {named}. What a run never reads, it has no cause to move.")


def pair_sentence(found: Wandering, epoch: int) -> str:
    """Where two opposites have gone: *good* and *bad*, where the run follows them."""
    pair = found.pair()
    if pair is None:
        return ""
    before, now = (found.cosine(*pair, at) for at in (0, epoch))
    first, second = (f"*{word}*" for word in pair)
    if before is None or now is None:
        return f"{first} and {second} began without numbers."
    if epoch == 0:
        return f"At the beginning {first} and {second} have a cosine of **{_two(before)}**."
    change = round(now, 2) - round(before, 2)
    went = "have gone apart" if change < 0 else "have come together" if change > 0 else "are as near as they were"
    return f"By epoch {epoch:,} {first} and {second} {went}: cosine {_two(before)} before, **{_two(now)}** now."


def _described(found: Wandering, epoch: int) -> str:
    """For a screen reader, to which points say nothing."""
    farthest = ", ".join(f"{word} by {percent(moved)}" for word, moved in found.farthest(epoch, 5))
    went = f"Farthest from where they began: {farthest}." if farthest else "No word has moved."
    return f"Map of {len(found.words)} words after epoch {epoch}. {went}"


def percent(share: float) -> str:
    """One decimal, or below one percent two digits; what is too little for that is not called 0."""
    if share >= 0.01:
        return f"{100 * share:,.1f} %"
    return f"{100 * share:.2g} %" if share >= 1e-6 else "under 0.0001 %"


def _two(value: float) -> str:
    """Two decimals with a true minus sign, and no minus before 0."""
    return f"{value:z.2f}".replace("-", "\u2212")
