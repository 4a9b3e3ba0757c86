"""Downloads on the library page: a button, how far it has come, a way to cancel it, and what came of it."""

from __future__ import annotations

import streamlit as st

from core.runs.fetching import PROVED, FetchStatus
from core.sources.catalogue import Asset
from core.sources.downloads import DOWNLOADS, FETCHING, TEST_REVIEWS, location
from core.sources.fetch import megabytes
from core.words import mark, say
from pages.parts.lab import Lab

TICK = 0.5
"""Seconds between two looks at a download under way."""


def draw_download_badge(lab: Lab, entry: Asset) -> None:
    """Whether a download is on this computer."""
    state = lab.runner.fetches.status(entry.id).state
    if state == "there":
        st.badge(say("on this computer"), icon=":material/download_done:", color="green")
    elif state == "fetching":
        st.badge(say("under way"), icon=":material/downloading:", color="blue")
    elif location(entry.id) is not None:
        st.badge(say("on this computer, but see below"), icon=":material/error:", color="orange")
    else:
        st.badge(say("not on this computer"), icon=":material/cloud_off:", color="gray")


def download_facts(entry: Asset) -> str:
    """How much is fetched, and from where."""
    recipe = DOWNLOADS[entry.id]
    return say("{size} from {host}", size=megabytes(recipe.size), host=recipe.host)


def draw_download(lab: Lab, entry: Asset) -> None:
    """All that changes about a download. It looks again by itself only while one is under way."""
    is_live = lab.runner.fetches.status(entry.id).state == "fetching"
    st.fragment(_draw, run_every=TICK if is_live else None)(lab, entry, is_live)


def draw_missing_test_reviews() -> None:
    """What follows from having no test reviews, where there are none."""
    if location(TEST_REVIEWS) is None:
        st.info(
            say(
                "There are no test reviews on this computer, so validation both chooses the best epoch and reports how "
                "good it is: a little too good. The test reviews can be downloaded below; nothing is ever chosen by "
                "them."
            ),
            icon=":material/quiz:",
        )


def _draw(lab: Lab, entry: Asset, was_live: bool) -> None:
    status = lab.runner.fetches.status(entry.id)
    if (status.state == "fetching") != was_live:
        st.rerun()
    if status.state == "failed":
        st.error(status.reason, icon=":material/error:")
    if was_live:
        _draw_progress(lab, status)
    else:
        _draw_start(lab, entry, status)


def _draw_progress(lab: Lab, status: FetchStatus) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if status.phase == FETCHING and status.of:
            done, of = megabytes(status.done), megabytes(status.of)
            st.progress(min(status.done / status.of, 1.0), say("Fetching: {done} of {of}", done=done, of=of))
        else:
            st.markdown(f":material/hourglass_top: {say(status.phase).capitalize()}…")
        st.button(
            say("Cancel"),
            icon=":material/close:",
            key=f"library.cancel.{status.asset}",
            on_click=lab.runner.fetches.cancel,
            args=(status.asset,),
        )


def _draw_start(lab: Lab, entry: Asset, status: FetchStatus) -> None:
    name, icon = mark("Download"), "download"
    about = mark("It runs in the background; you can go on working.")
    if location(entry.id) is not None:
        name, icon = mark("Check"), "fact_check"
        about = mark("Prove that it is whole, and download it again if it is not.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say(name),
            icon=f":material/{icon}:",
            key=f"library.{name.lower()}.{entry.id}",
            help=say(about),
            on_click=lab.runner.fetches.start,
            args=(entry.id,),
        )
        st.caption(_word(status), width="content")


def _word(status: FetchStatus) -> str:
    if status.state == "there":
        return f":green[:material/check: {say('whole and proved')}]" if status.phase == PROVED else ""
    return say("Cancelled; nothing of it was kept.") if status.state == "cancelled" else say("Needs a network.")
