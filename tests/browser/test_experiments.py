"""Experiments as a class sees them: a race beside Train, sweeps that fill in, seeds, and what each shows in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import CHART, READY, open_page, press, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def ask(page: Any, question: str) -> None:
    page.get_by_role("radio", name=question).click()


def ended(page: Any, kind: str) -> Any:
    """The picture of an experiment, once its runs are done."""
    box = page.locator(f".st-key-lab-experiment-{kind}")
    box.get_by_role("button", name="Close", exact=True).wait_for(timeout=READY)
    page.wait_for_function(f"document.querySelector('.st-key-lab-experiment-{kind} {CHART}')?.data?.length > 0")
    return box


def lines(page: Any, kind: str) -> dict[str, int]:
    """The named lines of its chart, each with how many points it has."""
    script = f"""[...document.querySelector('.st-key-lab-experiment-{kind} {CHART}').data]
        .filter(t => t.uid.startsWith('line-')).map(t => [t.name, t.x.length])"""
    return dict(page.evaluate(script))


def test_race_stands_next_to_train_and_a_friend_sees_the_same(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, "iris?epochs=12")
    press(page, "Race")
    box = ended(page, "race")
    assert lines(page, "race") == {"feature extraction": 12, "from scratch": 12, "fine-tuning": 12}
    rows = box.locator("tbody tr")
    wait_count(rows, 3)
    box.get_by_text(re.compile("104 of 1,629")).first.wait_for()
    box.get_by_text(re.compile("is ahead at the best epochs|Too close to call")).wait_for()
    box.get_by_text(re.compile(r"trained 104 numbers in [\d.]+ s")).wait_for()
    figures = sorted(rows.all_inner_texts())
    page.wait_for_url(re.compile("experiment=[0-9a-f]{16}"))
    friend = new_page()
    friend.goto(page.url)
    theirs = ended(friend, "race")
    assert sorted(theirs.locator("tbody tr").all_inner_texts()) == figures
    theirs.get_by_text("you are watching").wait_for()
    press(page, "Curves")
    page.wait_for_selector(".st-key-lab-experiment-race", state="detached")


def test_sweeps_and_seeds_answer_from_the_page(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1200)
    open_page(page, server, "iris?epochs=12")
    press(page, "Ask")
    ask(page, "Examples")
    for size in ("20", "40", "80"):  # three of six sizes will do
        page.get_by_role("button", name=size, exact=True).click()
    page.get_by_text(re.compile("18 runs, about")).wait_for()
    press(page, "Start")
    box = ended(page, "examples")
    assert lines(page, "examples") == {"transferred": 3, "from scratch": 3}
    box.get_by_text(re.compile("The lines (do not )?cross")).wait_for()
    ask(page, "Depth")
    page.get_by_text(re.compile("7 runs, about")).wait_for()
    press(page, "Start")
    box = ended(page, "depth")
    assert lines(page, "depth") == {"transferred, frozen": 3, "transferred, fine-tuned": 3, "random, frozen": 3}
    box.get_by_text(re.compile("With 2 layers frozen")).wait_for()
    ask(page, "Luck")
    page.get_by_role("combobox", name="Compare these settings with").click()
    page.get_by_role("option", name="from scratch").click()
    page.get_by_text(re.compile("10 runs, about")).wait_for()
    press(page, "Start")
    box = ended(page, "seeds")
    assert len(lines(page, "seeds")) == 2
    box.get_by_text(re.compile("An effect:|Cannot be told from luck")).wait_for()
    page.reload()
    ended(page, "seeds")


def test_experiment_is_stopped_as_one_and_continued(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1200)
    open_page(page, server, "iris?epochs=2000")
    press(page, "Ask")
    ask(page, "Luck")
    page.get_by_text(re.compile("5 runs, about")).wait_for()  # its own button, not that of the question before
    press(page, "Start")
    page.get_by_text(re.compile(r"[1-4] of 5 runs done")).first.wait_for(timeout=READY)
    press(page, "Stop all")
    page.get_by_text(re.compile(r"stopped, [1-5] of 5 runs done")).wait_for()
    press(page, "Continue")
    box = ended(page, "seeds")
    box.get_by_text(re.compile("5 of 5 runs done")).wait_for()
    wait_count(box.locator("tbody tr"), 5)
