"""A server killed in mid-run, seen from the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.browsing import CHART, press, wait_state

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETTINGS = "iris?task=source&epochs=40"


def curve(page: Any) -> list[float]:
    return list(page.evaluate(f"document.querySelector('{CHART}').data[1].y"))


ALL_SHOWN = f"(document.querySelector('{CHART}')?.data?.[0]?.x?.length ?? 0) == 40"


def train(page: Any) -> None:
    page.wait_for_selector(CHART)
    press(page, "Train")


def test_interrupted_run_is_offered_and_continues_to_the_same_curve(
    own_home: Path, launch: Callable[..., Any], new_page: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    page = new_page()
    first = launch(own_home)
    page.goto(f"{first.address}/{SETTINGS}")
    train(page)
    page.wait_for_function(f"(document.querySelector('{CHART}')?.data?.[0]?.x?.length ?? 0) >= 8", timeout=90_000)
    run = str(re.search(r"run=([0-9a-f]{16})", page.url).group(1))  # type: ignore[union-attr]
    workers = psutil.Process(first.process.pid).children(recursive=True)
    first.process.kill()
    wait_until(lambda: not any(w.is_running() and w.status() != psutil.STATUS_ZOMBIE for w in workers), 20)
    kept = first.epochs(run)
    assert kept >= 8

    second = launch(own_home, port=first.port)
    page.goto(f"{second.address}/iris?run={run}")
    page.get_by_text(re.compile(f"Its {kept} finished epochs are kept")).wait_for()
    page.get_by_role("button", name="Continue this run").click()
    wait_state(page, "finished")
    page.wait_for_function(ALL_SHOWN)  # the figures come a moment before the chart
    continued = curve(page)
    press(page, "Train")  # the same settings, never broken
    page.wait_for_function(f"!location.href.includes('run={run}')")
    wait_state(page, "finished")
    page.wait_for_function(ALL_SHOWN)
    assert curve(page) == continued
