"""The tab What moved as a person uses it: the slider moves words over the map, and a frozen layer has its lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import READY, is_unbroken, open_page, press, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FINISHED = "/state\\s+finished/.test(document.querySelector('.lab-readout')?.innerText)"
TRACE = """uid => [...document.querySelectorAll('.js-plotly-plot')].flatMap((chart) => chart.data ?? [])
  .find((trace) => trace.uid === uid)"""
MOVED = f"""was => {{ const now = ({TRACE})('now-complaint');
  return now && JSON.stringify(now.x) !== JSON.stringify(was.x); }}"""


def press_train(page: Any) -> None:
    press(page, "Train")
    page.wait_for_function(FINISHED, timeout=READY)


def test_slider_moves_words_and_a_frozen_embedding_is_locked(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=2000)
    open_page(page, server, "imdb?reviews=3000&examples=200&epochs=4&batch_size=32&learning_rate=0.01")
    page.get_by_role("tab", name="What moved", exact=True).click()
    press_train(page)
    page.get_by_text("By epoch 4 good and bad").wait_for()
    page.wait_for_function(f"({TRACE})('now-complaint')")
    late, began = (page.evaluate(TRACE, uid) for uid in ("now-complaint", "began"))
    ranges = "[...document.querySelectorAll('.js-plotly-plot')].at(-1).layout.xaxis.range"
    axis = page.evaluate(ranges)
    slider = page.get_by_test_id("stSlider").filter(has_text="Epoch").last.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    page.get_by_text("At the beginning good and bad have a cosine of").wait_for()
    page.wait_for_function(MOVED, arg=late)
    early = page.evaluate(TRACE, "now-complaint")
    assert set(early["x"]) <= set(began["x"]) and early["text"] == late["text"]
    assert page.evaluate(TRACE, "began")["x"] == began["x"] and page.evaluate(ranges) == axis
    page.locator(".st-key-lab-card-embedding [data-testid=stCheckbox] label").click()
    page.get_by_text("353 of 400,373 numbers will change").first.wait_for()
    press_train(page)
    page.get_by_text("No word moves").wait_for()
    row = page.get_by_role("row").filter(has_text="embedding (frozen)")
    assert "exactly 0, bit-identical" in row.inner_text()
    wait_count(row.locator("[data-testid=stIconMaterial], [role=img]"), 1)
    assert is_unbroken(page)
