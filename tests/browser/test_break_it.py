"""Break it as a person uses it: one press on a card, two curves, what it cost, why and the mend; a run that says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import READY, is_unbroken, open_page, press, train, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_card_shows_a_mistake_beside_the_good_run(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1400)
    open_page(page, server, "iris?epochs=20")
    press(page, "Ask")
    page.get_by_role("radio", name="Break it").click()
    page.get_by_text("There is no batch norm in this network").wait_for()
    assert page.locator(".st-key-lab-slip-batch_norm button").first.is_disabled()
    page.get_by_role("button", name="Wrong preprocessing").click()
    stage = page.locator(".st-key-lab-experiment-mistake")
    stage.get_by_text(re.compile("The mistake costs .* points of validation accuracy")).wait_for(timeout=READY)
    stage.get_by_text(re.compile("none → lengths in metres")).wait_for()
    stage.get_by_text(re.compile("Use the preprocessing|use the preprocessing")).wait_for()
    names = page.evaluate(
        "document.querySelector('.st-key-lab-experiment-mistake .js-plotly-plot').data.map(d => d.name)"
    )
    assert {"as it should be: validation", "with the mistake: validation"} <= set(names)
    runs = [server.spec(run) for run in server.runs(page)]
    assert sorted(spec["mistake"] for spec in runs) == ["none", "wrong_input"]


def test_a_run_made_with_a_mistake_says_so_and_lets_go_of_it(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    page.goto(f"{server.address}/iris?epochs=3&mistake=shuffled_labels")
    page.get_by_text("the next run: made with a mistake: shuffled labels").wait_for()
    train(page)
    badges = page.get_by_text(re.compile("made with a mistake: shuffled labels"))
    badges.nth(1).wait_for()
    page.get_by_role("button", name="Take the mistake out").click()
    page.get_by_text("the next run:").wait_for(state="detached")
    wait_count(badges, 1)  # the run keeps its own
    assert is_unbroken(page)
