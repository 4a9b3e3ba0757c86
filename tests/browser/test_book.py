"""The run book as a person uses it: two runs told apart, laid over each other, named, deleted and brought back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import CHART, open_page, set_pace, train, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LINES = f"(document.querySelector('{CHART}')?.data ?? []).filter((t) => t.mode !== 'markers')"
ROW = "[class*=st-key-lab-run-]"


def trained(page: Any, server: Any, settings: str) -> str:
    """Train iris' source at full pace; returns the run."""
    open_page(page, server, f"iris?task=source&epochs=12&{settings}")
    set_pace(page, "max")
    return train(page)


def wait_lines(page: Any, condition: str) -> None:
    page.wait_for_function(f"((lines) => {condition})({LINES})")


def test_two_runs_are_told_apart_laid_over_each_other_named_and_deleted(
    server: Any, new_page: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    page = new_page()
    first = trained(page, server, "seed=1")
    second = trained(page, server, "learning_rate=0.01")
    assert "2" in page.locator(".lab-readout").inner_text()
    page.get_by_role("link", name="Run book").click()
    page.get_by_text("rate 1e-3 to 1e-2", exact=True).wait_for()
    wait_count(page.locator(ROW), 2)
    for number, run in enumerate((first, second), 1):
        page.locator(f".st-key-book-pin-{run} label").click()
        wait_lines(page, f"lines.length === {number}")
    wait_lines(page, "lines.map((t) => t.name).join() === '1,2' && lines[0].x[11] === 12")
    page.get_by_role("radio", name="By seconds", exact=True).click()
    wait_lines(page, "lines[0].x[11] < 12 && lines[0].x[11] > lines[0].x[10]")

    page.locator(f".st-key-lab-run-{second} [data-testid=stPopover] button").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("ten times <b>faster</b>")
    name.press("Enter")
    wait_lines(page, "lines[1].name.startsWith('2 · ten times')")
    page.locator(f".st-key-lab-run-{second} .lab-run").get_by_text("2 · ten times <b>faster</b>").wait_for()

    page.get_by_role("button", name="Delete").click()
    wait_lines(page, "lines.length === 1")
    wait_count(page.locator(ROW), 1)
    page.get_by_role("button", name="Undo").click()
    wait_lines(page, "lines.length === 2")
    kept = f"select count(*) from book where deleted is null and run in ('{first}', '{second}')"
    wait_until(lambda: server.rows(kept) == [(2,)])

    page.locator(f".st-key-lab-run-{first}").get_by_role("link", name="Open").click()
    page.wait_for_url(re.compile(f"iris.*run={first}"))
    page.wait_for_function(f"document.querySelector('{CHART}')?.data?.[0]?.x?.length === 12")
