"""A lab of its own for every test of a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from pages.parts.lab import shared_runner


@pytest.fixture(autouse=True)
def fresh_lab(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has its own store, and trains in this process."""
    monkeypatch.setenv("TRANSFER_LAB_ENGINE", "inline")
    st.cache_resource.clear()
    yield
    shared_runner().close()
    st.cache_resource.clear()
