"""The word lab as a person uses it: one word, a neighbour of it, and king - man + woman."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import CHART, READY, is_unbroken, open_page, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEAREST = f"""word => [...document.querySelectorAll('{CHART}')].some((chart) =>
  chart.data?.[0]?.uid === 'neighbours' && chart.layout.yaxis.ticktext.includes(word))"""


def type_into(page: Any, label: str, text: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Enter")


def test_a_learner_asks_for_a_word_goes_to_a_neighbour_and_adds_words_up(
    server: Any, new_page: Callable[..., Any]
) -> None:
    page = new_page(height=1600)
    open_page(page, server, "glove")
    page.get_by_role("tab", name="Word lab", exact=True).click()
    page.get_by_text("The 100 numbers of paris", exact=True).wait_for(timeout=READY)
    page.wait_for_function(NEAREST, arg="france")
    press(page, "france")
    page.get_by_text("The 100 numbers of france", exact=True).wait_for()
    page.wait_for_function(NEAREST, arg="paris")
    type_into(page, "A word", "<img src=x onerror='window.hacked = 1'>")
    page.get_by_text("is not among the words that have a vector here").wait_for()
    page.get_by_role("radio", name="Arithmetic").click()
    type_into(page, "A formula", "paris - france + italy")
    page.get_by_role("heading", name="paris − france + italy ≈ rome").wait_for()
    type_into(page, "A formula", "king - man + woman")
    page.get_by_role("heading", name="king − man + woman ≈ queen").wait_for()
    page.wait_for_function(NEAREST, arg="queen")
    assert page.evaluate("window.hacked") is None
    assert is_unbroken(page)
