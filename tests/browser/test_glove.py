"""GloVe as a person uses it: unfreeze, train, read a sentence word by word, do sums, and see which words moved."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import READY, is_unbroken, open_page, train, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_student_trains_and_uses_the_word_lab(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1600)
    open_page(page, server, "glove?epochs=3&examples=500")
    page.get_by_text(re.compile("1,633 of 1,001,733 numbers will change")).first.wait_for()
    page.locator(".st-key-lab-card-embedding [data-testid=stCheckbox] label").click()
    page.get_by_text(re.compile("1,001,733 of 1,001,733 numbers will change")).first.wait_for()
    page.get_by_text(re.compile("a million numbers learn")).first.wait_for()
    train(page)
    page.get_by_text(re.compile(r"probability of praise 0\.\d+")).first.wait_for(timeout=READY)
    wait_count(page.locator(".lab-word"), 8)  # the example's words
    page.get_by_role("tab", name="Word lab").click()
    page.get_by_text("Nearest to paris").first.wait_for(timeout=READY)
    page.get_by_role("radio", name="Arithmetic").click()
    page.get_by_text(re.compile("king − man \\+ woman ≈ queen")).first.wait_for(timeout=READY)
    page.get_by_role("radio", name="Before and after").click()
    page.get_by_text(re.compile(r"good and bad went (apart|together)")).first.wait_for(timeout=READY)
    assert is_unbroken(page)
