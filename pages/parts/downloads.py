"""Downloads on the library page: a button, how far it has come, a way to cancel it, and what came of it."""

from __future__ import annotations

import streamlit as st

from core.runs.fetching import PROVED, FetchStatus
from core.sources.catalogue import Asset
from core.sources.downloads import DOWNLOADS, FETCHING, TEST_REVIEWS, location
from core.sources.fetch import megabytes
from pages.parts.lab import Lab

TICK = 0.5
"""Seconds between two looks at a download under way."""


def draw_download_badge(lab: Lab, entry: Asset) -> None:
    """Whether a download is on this computer."""
    state = lab.runner.fetches.status(entry.id).state
    if state == "there":
        st.badge("on this computer", icon=":material/download_done:", color="green")
    elif state == "fetching":
        st.badge("under way", icon=":material/downloading:", color="blue")
    elif location(entry.id) is not None:
        st.badge("on this computer, but see below", icon=":material/error:", color="orange")
    else:
        st.badge("not on this computer", icon=":material/cloud_off:", color="gray")


def download_facts(entry: Asset) -> str:
    """How much is fetched, and from where."""
    recipe = DOWNLOADS[entry.id]
    return f"{megabytes(recipe.size)} from {recipe.host}"


def draw_download(lab: Lab, entry: Asset) -> None:
    """All that changes about a download. It looks again by itself only while one is under way."""
    is_live = lab.runner.fetches.status(entry.id).state == "fetching"
    st.fragment(_draw, run_every=TICK if is_live else None)(lab, entry, is_live)


def draw_missing_test_reviews() -> None:
    """What follows from having no test reviews, where there are none."""
    if location(TEST_REVIEWS) is None:
        st.info(
            "There are no test reviews on this computer, so validation both chooses the best epoch and reports how "
            "good it is: a little too good. The test reviews can be downloaded below; nothing is ever chosen by them.",
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
            text = f"{megabytes(status.done)} of {megabytes(status.of)}"
            st.progress(min(status.done / status.of, 1.0), f"Fetching: {text}")
        else:
            st.markdown(f":material/hourglass_top: {status.phase.capitalize()}…")
        st.button(
            "Cancel",
            icon=":material/close:",
            key=f"library.cancel.{status.asset}",
            on_click=lab.runner.fetches.cancel,
            args=(status.asset,),
        )


def _draw_start(lab: Lab, entry: Asset, status: FetchStatus) -> None:
    name, icon, about = "Download", "download", "It runs in the background; you can go on working."
    if location(entry.id) is not None:
        name, icon, about = "Check", "fact_check", "Prove that it is whole, and download it again if it is not."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            name,
            icon=f":material/{icon}:",
            key=f"library.{name.lower()}.{entry.id}",
            help=about,
            on_click=lab.runner.fetches.start,
            args=(entry.id,),
        )
        st.caption(_word(status), width="content")


def _word(status: FetchStatus) -> str:
    if status.state == "there":
        return ":green[:material/check: whole and proved]" if status.phase == PROVED else ""
    return "Cancelled; nothing of it was kept." if status.state == "cancelled" else "Needs a network."
