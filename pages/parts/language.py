"""Which language this browser reads: chosen in the sidebar or by `?lang=`; until then the browser's own, where there is
a file for it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.words import ENGLISH, ask_reader, language, languages, say

PARAMETER = "lang"
_CHOSEN, _SPOKEN = "language.chosen", "language.spoken"


def begin_language() -> None:
    """Take over the language that the address asks for, and keep it in the address, whatever page it is."""
    ask_reader(_reader)
    asked = st.query_params.get(PARAMETER)
    if asked in languages():
        st.session_state[_CHOSEN] = asked
    elif asked is not None:
        del st.query_params[PARAMETER]
    chosen = st.session_state.get(_CHOSEN)
    if chosen and asked != chosen:
        st.query_params[PARAMETER] = chosen
    st.session_state[_SPOKEN] = chosen or _of_browser()


def draw_language() -> None:
    """The choice, in each language's own name."""
    names = languages()
    if len(names) < 2:
        return
    st.session_state["language.choice"] = language()
    st.segmented_control(
        say("Language"),
        list(names),
        format_func=names.__getitem__,
        key="language.choice",
        on_change=_choose,
        label_visibility="collapsed",
    )


def _choose() -> None:
    chosen = st.session_state["language.choice"]
    if chosen:  # pressed once more, it is let go of: it stays
        st.session_state[_CHOSEN] = chosen
        st.query_params[PARAMETER] = chosen


def _reader() -> str | None:
    """The language of whoever looks at the page that this thread draws; None in any other thread."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return st.session_state.get(_SPOKEN)


def _of_browser() -> str:
    known = languages()
    whole = (st.context.locale or ENGLISH).replace("-", "_")
    return next((code for code in (whole, whole.partition("_")[0]) if code in known), ENGLISH)
