"""What a base forgets of its old task, seen beside what it learns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIMIT = 90_000


def train(page: Any, server: Any, address: str) -> None:
    page.goto(f"{server.address}/{address}")
    page.wait_for_selector(".js-plotly-plot")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("document.querySelector('.lab-readout')?.innerText.includes('finished')", timeout=LIMIT)
    page.get_by_role("tab", name="What moved").click()


def test_fine_tuning_costs_the_old_task_and_freezing_does_not(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1300)
    train(page, server, "iris?epochs=20&frozen=none")
    page.get_by_text(re.compile(r"three real irises.*has cost [\d.]+ points")).first.wait_for(timeout=LIMIT)
    old = "[...document.querySelectorAll('.js-plotly-plot')].flatMap(c => c.data).find(t => t.name?.includes('irises'))"
    page.wait_for_function(f"({old})?.y?.length >= 20")
    falling = page.evaluate(f"({old}).y")
    assert min(falling) < falling[0] - 0.05
    train(page, server, "iris?epochs=20")
    page.get_by_text(re.compile("[Ee]xactly what it was")).first.wait_for(timeout=LIMIT)
    page.wait_for_function(f"new Set(({old})?.y ?? [0, 1]).size === 1")
