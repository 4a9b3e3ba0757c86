"""Streamlit's own words inside its widgets, in the language read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.words import languages, say, speaking

CODE = "zh"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CODE not in languages(), reason="there is no file for this language"),
]


def test_an_uploader_speaks_the_language_read_and_english_again_afterwards(
    server: Any, new_page: Callable[..., Any]
) -> None:
    with speaking(CODE):
        upload, limit = say("Upload"), say("{size} per file", size="1MB")
    page = new_page()
    page.goto(f"{server.address}/iris?lang={CODE}")
    uploader = _uploader(page)
    uploader.get_by_text(upload, exact=True).wait_for()
    uploader.get_by_text(limit).wait_for()
    assert not uploader.get_by_text("per file").count() and not uploader.get_by_text("Upload", exact=True).count()
    page.keyboard.press("Escape")
    page.get_by_text("English", exact=True).click()
    page.get_by_role("heading", name="Iris extension").wait_for()
    uploader = _uploader(page)
    uploader.get_by_text("Upload", exact=True).wait_for()
    uploader.get_by_text("1MB per file").wait_for()
    assert not uploader.get_by_text(upload, exact=True).count()


def _uploader(page: Any) -> Any:
    """The one behind Share, found by its icon: its name is said."""
    page.locator('[data-testid="stPopover"] button', has_text="share").first.click()
    return page.locator('[data-testid="stFileUploader"]').first
