"""The library: every data set and all weights, where each comes from, and what is a stand-in."""

from __future__ import annotations

import streamlit as st

from core.sources.catalogue import Asset, catalogue, faults
from core.words import say
from pages.parts.downloads import download_facts, draw_download, draw_download_badge, draw_missing_test_reviews
from pages.parts.frame import begin
from pages.parts.lab import Lab, open_lab


def _size(count: int) -> str:
    if not count:
        return ""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def _draw_badge(lab: Lab, entry: Asset) -> None:
    if entry.is_stand_in:
        original = say(entry.stands_in_for or "")
        text = say("stand-in for {original}", original=original)
        st.badge(text, icon=":material/swap_horiz:", color="orange")
    elif entry.origin == "download":
        draw_download_badge(lab, entry)
    else:
        st.badge(say("the real thing"), icon=":material/verified:", color="blue")


def _where(entry: Asset) -> str:
    if entry.origin == "download":
        return download_facts(entry)
    if entry.origin == "installed":
        return say("in the installed package {package}", package=entry.package)
    return say("ships with the project")


def _draw_facts(entry: Asset) -> None:
    licence = say("licence: [{licence}]({address})", licence=say(entry.licence), address=entry.licence_url)
    facts = [say(entry.kind), _where(entry), _size(entry.bytes), licence]
    st.caption(" · ".join(f for f in facts if f))
    st.markdown(say(entry.made))
    if entry.citation:
        st.caption(entry.citation)


def _draw_entry(lab: Lab, entry: Asset) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{say(entry.title)}**", width="content")
            _draw_badge(lab, entry)
        _draw_facts(entry)
        if entry.origin == "download":
            draw_download(lab, entry)
        elif st.session_state.get("library.checked") and entry.files:
            found = faults(entry)
            good = f":green[:material/check: {say('all files intact (SHA-256)')}]"
            st.markdown(f":red[:material/error: {'; '.join(found)}]" if found else good)


begin("Library")
lab = open_lab()
st.caption(
    say(
        "Where everything comes from. What stands in for something else says so, here and on its page. Nothing is "
        "downloaded unless somebody presses a button."
    )
)
draw_missing_test_reviews()
st.markdown(f"## {say('To download, where there is a network')}")
for entry in (e for e in catalogue().values() if e.origin == "download"):
    _draw_entry(lab, entry)
st.markdown(f"## {say('Here already')}")
st.button(
    say("Check all files"),
    icon=":material/fact_check:",
    key="library.check",
    on_click=lambda: st.session_state.update({"library.checked": True}),
)
for entry in (e for e in catalogue().values() if e.origin != "download"):
    _draw_entry(lab, entry)
