"""How the page is looked at: at a desk, or from the back of a room. Projector mode has large text, thick lines and no
sidebar; the sidebar's switch or `?view=projector` begins it."""

from __future__ import annotations

import streamlit as st

from core.words import say

PARAMETER = "view"
PROJECTOR = "projector"
_CHOSEN = "view.chosen"

# The sentence on the curve goes above the layers, so that it stands on the first screen with the curve.
STYLE = """<style>
html { font-size: 125% !important; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"] { display: none !important; }
[data-testid="stMainBlockContainer"] { padding: 0.5rem 1.2rem 2rem !important; max-width: none; }
[data-testid="stMainBlockContainer"] > div > [data-testid="stVerticalBlock"] { gap: 0.45rem; }
h1 { font-size: 1.5rem !important; padding-right: 14rem !important; }
[data-testid="stLayoutWrapper"]:has(> .st-key-lab-stack) { order: 9; }
.st-key-view-leave { position: fixed; top: 0.5rem; right: 1.2rem; width: auto !important; z-index: 99; }
.lab-readout b { font-size: 1.25rem; }
.lab-readout span { font-size: 0.85rem; }
</style>"""


def begin_view() -> None:
    """Take over the view that the address asks for, and keep it in the address, whatever page it is."""
    asked = st.query_params.get(PARAMETER)
    if asked == PROJECTOR:
        st.session_state[_CHOSEN] = True
    elif asked is not None:
        del st.query_params[PARAMETER]
    if is_projector() and asked != PROJECTOR:
        st.query_params[PARAMETER] = PROJECTOR


def is_projector() -> bool:
    """Whether the page is drawn for a projector."""
    return bool(st.session_state.get(_CHOSEN))


def draw_leave() -> None:
    """In projector mode the way out of it, at the top right; else nothing."""
    if is_projector():
        st.html(STYLE)
        st.button(say("Leave projector mode"), key="view.leave", icon=":material/close_fullscreen:",
                  on_click=_choose, args=(False,))  # fmt: skip


def draw_view() -> None:
    """The switch."""
    st.session_state["view.projector"] = is_projector()
    st.toggle(
        say("Projector"),
        key="view.projector",
        on_change=lambda: _choose(bool(st.session_state["view.projector"])),
        help=say("Large text, thick lines and no sidebar, to be read from the back of a room."),
    )


def _choose(projector: bool) -> None:
    st.session_state[_CHOSEN] = projector
    if projector:
        st.query_params[PARAMETER] = PROJECTOR
    else:
        st.query_params.pop(PARAMETER, None)
