"""Pages as browser tests use them: opened, trained on, and looked at once they stand still."""

from __future__ import annotations

import re
from typing import Any

CHART = ".js-plotly-plot"
READY = 120_000
"""Milliseconds for what a worker does: on a busy computer its start alone takes twenty seconds."""


def open_page(page: Any, server: Any, path: str) -> None:
    """Go to an address of the app and wait for its first chart."""
    page.goto(f"{server.address}/{path}")
    page.wait_for_selector(CHART)


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def set_pace(page: Any, pace: str) -> None:
    page.locator("[class*=st-key][class*=pace-choice] button").first.click()
    page.get_by_role("radio", name=pace, exact=True).click()
    page.keyboard.press("Escape")


def wait_state(page: Any, word: str) -> None:
    """Until the figures beside the curve give this as the run's state."""
    page.wait_for_function(f"document.querySelector('.lab-readout')?.innerText.includes('{word}')", timeout=READY)


def train(page: Any) -> str:
    """Press Train, wait for the end, and return the run."""
    press(page, "Train")
    wait_state(page, "finished")
    return run_in(page)


def run_in(page: Any) -> str:
    """The run that the address names."""
    page.wait_for_url(re.compile(r"run=[0-9a-f]{16}"))
    return str(re.findall(r"run=([0-9a-f]{16})", page.url)[0])


def wait_shown(page: Any, epochs: int) -> None:
    """Until the curve has so many epochs or more; its figures come a moment before the chart."""
    page.wait_for_function(f"({EPOCHS_SHOWN}) >= {epochs}", timeout=READY)


EPOCHS_SHOWN = f"document.querySelector('{CHART}')?.data?.[0]?.x?.length ?? 0"


def wait_count(found: Any, count: int) -> None:
    """Until so many of these are on the page: what is counted at once may be on its way."""
    from playwright.sync_api import expect  # where it is not installed, no test comes this far

    expect(found).to_have_count(count, timeout=READY)


def is_unbroken(page: Any) -> bool:
    """No exception stands on the page."""
    return bool(page.locator("[data-testid=stException]").count() == 0)
