"""The keyboard alone: from the home page to a finished curve and its figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import CHART, run_in, wait_shown, wait_state

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What has the focus, as a person would name it, and whether it can be seen: by an outline, or by the colour of a border
# around a box to type in.
FOCUS = """() => {
  const one = document.activeElement, around = [one];
  while (around.length < 8 && around.at(-1).parentElement) around.push(around.at(-1).parentElement);
  const name = one.getAttribute('aria-label') || one.innerText || one.closest('label')?.innerText || '';
  const drawn = (e) => { const s = getComputedStyle(e);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.borderTopColor === 'rgb(0, 114, 178)'; };
  return { tag: one.tagName, name: name.replace(/\\s+/g, ' ').trim(), isSeen: around.some(drawn),
    html: one.outerHTML.slice(0, 160) };
}"""


def tab_to(page: Any, name: str, most: int = 60) -> int:
    """Press Tab until what has the focus carries this name; how often that was. Wherever it stops, it is seen."""
    for pressed in range(1, most + 1):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        # At the end of the page the browser has it; and a grid draws its own, in its canvas.
        assert focus["tag"] in {"BODY", "CANVAS"} or focus["isSeen"], f"The focus cannot be seen on {focus}."
        if re.fullmatch(rf"([a-z_]+ )?{re.escape(name)}", focus["name"]):  # an icon's name may stand before it
            return pressed
    raise AssertionError(f"{most} presses of Tab did not come to {name}.")


def test_from_home_to_a_finished_curve_by_keyboard_alone(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    page.goto(server.address)
    page.wait_for_selector("[class*=st-key-home-iris] button")
    tab_to(page, "Open Iris extension")
    page.keyboard.press("Enter")
    page.wait_for_selector(CHART)
    tab_to(page, "Epochs")
    page.keyboard.press("Control+A")
    page.keyboard.type("30")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("epochs=30"))
    page.evaluate("document.activeElement.blur()")  # as whoever comes anew: the first Tab is the link past the sidebar
    page.keyboard.press("Escape")
    tab_to(page, "Train")
    page.keyboard.press("Enter")
    run_in(page)
    wait_state(page, "finished")
    wait_shown(page, 30)
    tab_to(page, "Figures as a table")
    page.keyboard.press("Enter")
    page.wait_for_selector(".transfer-lab-table:not([hidden]) tbody tr:nth-child(30)")
    first = page.evaluate(f"document.querySelector('{CHART}').data.slice(0, 2).map(t => t.y[0])")
    cells = page.locator(".transfer-lab-table:not([hidden]) tbody tr").first.locator("td").all_inner_texts()
    assert [float(cell) for cell in cells] == pytest.approx(first, rel=1e-3)
    assert "transfer-lab-table" in page.evaluate("document.activeElement.className")
    page.keyboard.press("Escape")
    page.wait_for_selector(".transfer-lab-table", state="hidden")
    assert page.evaluate(FOCUS)["name"] == "Figures as a table"
