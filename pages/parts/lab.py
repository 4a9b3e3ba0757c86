"""What every page shares: the one runner of this server, and who is looking."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

import streamlit as st

from core.errors import LabError
from core.history import Snapshot
from core.runs.engines import make_engine
from core.runs.experiments import Progress
from core.runs.runner import Runner
from core.runs.store import Store
from pages.parts.browser import COOKIE, browser_token
from pages.parts.flag import gate
from pages.parts.plot import fetch_plotly_early
from pages.parts.widget_words import translate_widgets

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lab:
    """The runner, and the owner's name that this browser's runs carry: a hash, so that the store holds no token."""

    runner: Runner
    owner: str

    def find(self, run: str | None) -> Snapshot | None:
        """How a run stands, or None: an address may name one that is not here."""
        try:
            return self.runner.snapshot(run) if run is not None else None
        except LabError:
            return None

    def find_experiment(self, which: str | None) -> Progress | None:
        """How an experiment stands, or None where there is none of this id."""
        try:
            return self.runner.experiments.progress(which) if which is not None else None
        except LabError:
            return None

    def owns(self, owner: str) -> bool:
        return owner == self.owner


@st.cache_resource(show_spinner=False)
def shared_runner() -> Runner:
    """One runner for all sessions of this server."""
    let_in = gate()  # first: where it is refused nothing else is begun
    return Runner(make_engine(), Store(), gate=let_in)


def owner_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def known_owner() -> str:
    """Who looks, once the lab is open: for parts that are given no `Lab`."""
    return owner_of(str(st.session_state.get(COOKIE, "")))


def open_lab() -> Lab:
    """The lab for this session; where runs cannot be kept, the page says so and stops."""
    with st.sidebar:
        fetch_plotly_early()
        translate_widgets()
        owner = owner_of(browser_token())
    try:
        return Lab(shared_runner(), owner)
    except LabError as error:
        LOG.exception("the lab cannot open")
        st.error(str(error), icon=":material/error:")
        st.stop()
