"""Predict first and Patience as a person uses them: a curve drawn with the mouse, and a slider moved by key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import CHART, open_page, press, set_pace, train

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXPECTED = f"document.querySelector('{CHART}')?.data?.find(t => t.name === 'you expected')"


def draw(page: Any) -> None:
    """From the guesser's line down to a third of it at two thirds of the way, then up again."""
    box = page.locator(".transfer-lab-sketch").bounding_box()
    left, width = box["x"] + 40, box["width"] - 56
    page.mouse.move(left, box["y"] + 70)
    page.mouse.down()
    for step in range(1, 31):
        share = step / 30
        page.mouse.move(left + share * width, box["y"] + 70 + 80 * (1 - (3 * share / 2 - 1) ** 2))
    page.mouse.up()


def test_a_drawn_curve_stands_beside_its_run_and_patience_is_tried_by_key(
    server: Any, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    open_page(page, server, "iris?task=source&epochs=12&learning_rate=0.1")
    press(page, "Predict")
    page.wait_for_selector(".transfer-lab-sketch")
    draw(page)
    page.wait_for_function(f"({EXPECTED})?.x.length === 12")
    drawn = page.evaluate(f"({EXPECTED}).y")
    assert 7 <= drawn.index(min(drawn)) + 1 <= 10 and drawn[0] > 2 * min(drawn) and drawn[-1] > 1.1 * min(drawn)
    page.keyboard.press("Escape")
    set_pace(page, "max")
    train(page)
    page.get_by_text(re.compile("You expected it to turn at epoch")).first.wait_for()
    assert page.evaluate(f"({EXPECTED}).y") == drawn
    assert page.evaluate(f"document.querySelector('{CHART}').data[1].x.length") == 12
    kind, points = server.rows(f"select kind, points from predictions where run = '{server.runs(page)[0]}'")[0]
    assert kind == "sketch" and points.startswith("[[1, ")

    page.get_by_role("tab", name="Patience").click()
    slider = page.get_by_role("slider", name="Patience, tried on this run")
    slider.press("End")
    page.get_by_text(re.compile("With patience 12 it would not have stopped")).first.wait_for()
    slider.press("ArrowLeft")
    page.get_by_text(re.compile("With patience 11 it would")).first.wait_for()
    slider.press("Home")
    page.get_by_text(re.compile("With patience 1 it would have stopped at epoch")).first.wait_for()
    spared = "t => t.name === 'never trained' && t.x.length"
    page.wait_for_function(f"[...document.querySelectorAll('{CHART}')].some(c => c.data.some({spared}))")
