"""What a base forgets of its old task, seen beside what it learns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import READY, open_page, train

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def see_what_moved(page: Any, server: Any, address: str) -> None:
    open_page(page, server, address)
    train(page)
    page.get_by_role("tab", name="What moved").click()


def test_fine_tuning_costs_the_old_task_and_freezing_does_not(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1300)
    see_what_moved(page, server, "iris?epochs=20&frozen=none")
    page.get_by_text(re.compile(r"three real irises.*has cost [\d.]+ points")).first.wait_for(timeout=READY)
    old = "[...document.querySelectorAll('.js-plotly-plot')].flatMap(c => c.data).find(t => t.name?.includes('irises'))"
    page.wait_for_function(f"({old})?.y?.length >= 20")
    falling = page.evaluate(f"({old}).y")
    assert min(falling) < falling[0] - 0.05
    see_what_moved(page, server, "iris?epochs=20")
    page.get_by_text(re.compile("[Ee]xactly what it was")).first.wait_for(timeout=READY)
    page.wait_for_function(f"new Set(({old})?.y ?? [0, 1]).size === 1")
