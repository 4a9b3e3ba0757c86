"""Which browser this is: a random token in a cookie, made at the first visit. Whose run is whose hangs on it."""

from __future__ import annotations

import re
import secrets

import streamlit as st

from core.words import language

COOKIE = "transfer_lab_browser"
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")

HTML = '<span class="transfer-lab-browser" hidden></span>'

# Hidden with its container: an empty element would still cost the gap between two elements. CSS on one line would be
# taken for a file's path.
CSS = """
[data-testid="stElementContainer"]:has(.transfer-lab-browser) {
  display: none;
}
"""

# The first tab to write wins; a tab that finds another's token takes it over instead of overwriting it.
JS = """
const NAME = "transfer_lab_browser", YEAR = 365 * 24 * 3600;

function kept() {
  const pairs = document.cookie.split("; ").map((pair) => pair.split("="));
  const value = pairs.find(([name]) => name === NAME)?.[1] ?? "";
  return /^[A-Za-z0-9_-]{20,64}$/.test(value) ? value : null;
}

export default function ({ data, setStateValue }) {
  document.documentElement.lang = data.lang; // Streamlit says English whatever is spoken
  const token = kept() ?? data.token;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${NAME}=${token}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
  if (token !== data.token) setStateValue("token", token);
}
"""

_keeper = st.components.v2.component("transfer_lab_browser", html=HTML, css=CSS, js=JS, isolate_styles=False)


def browser_token() -> str:
    """This browser's token, the same after F5 and in every tab; the page draws an invisible element that keeps it.

    A browser that refuses cookies has a new one at each session.
    """
    token = _known_token() or secrets.token_urlsafe(32)
    found = _keeper(
        key=f"{COOKIE}.keeper", data={"token": token, "lang": language().replace("_", "-")}, on_token_change=_ignore
    ).get("token")
    st.session_state[COOKIE] = _valid(found) or token
    return str(st.session_state[COOKIE])


def _known_token() -> str | None:
    """The session's own token first: the cookies of ``st.context`` are those of the moment the session began."""
    return _valid(st.session_state.get(COOKIE)) or _valid(st.context.cookies.get(COOKIE))


def _valid(token: object) -> str | None:
    return token if isinstance(token, str) and TOKEN.fullmatch(token) else None


def _ignore() -> None:
    """Streamlit accepts a state only with a callback; the rerun alone is what is wanted."""
