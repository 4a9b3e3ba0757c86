"""The bench's page in Debian's chromium: the one place that knows how to find things on it."""

from __future__ import annotations

import importlib.util
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.server import Server, wait_until

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip
LIMIT = 60
"""Seconds after which a wait is given up."""

CONTENT = "[data-testid=stMain] h1"
CHART = ".js-plotly-plot"
EPOCHS_SHOWN = f"(document.querySelector('{CHART}')?.data?.[0]?.x?.length ?? 0)"
READOUT = "document.querySelector('.lab-readout')?.innerText ?? ''"
IS_TRAINING = rf"/\bstate\s+training/.test({READOUT})"
WEIGHED = "document.querySelector('.lab-weighed:has([data-without])')?.textContent"
STACK = "document.querySelector('.st-key-lab-stack')?.innerText ?? ''"
EMBEDDING_SWITCH = ".st-key-lab-card-embedding [data-testid=stCheckbox] label"
ALL, HEAD = "400,373 of 400,373 numbers", "353 of 400,373 numbers"
"""What the page says will change, with the embedding trainable and frozen."""

# The clock starts in the page at the press itself: before it, Playwright scrolls and waits for stillness. It ends in
# the page too, at the first frame where the condition holds. Page and Python read one clock, seconds since 1970.
NOW = "(performance.timeOrigin + performance.now()) / 1000"
NOTE_PRESS = f"""(kind) => {{
  window.benchmarkPress = new Promise((pressed) =>
    document.addEventListener(kind, () => pressed({NOW}), {{ once: true, capture: true }}));
}}"""


def missing() -> str | None:
    """What a browser measurement lacks on this computer, or None."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return None if CHROMIUM.exists() else f"{CHROMIUM} is not there"


@contextmanager
def open_chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class BenchPage:
    """The IMDB page in a fresh browser profile, nothing cached."""

    def __init__(self, browser: Any, server: Server) -> None:
        self._server = server
        self._page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self._page.set_default_timeout(1000 * LIMIT)

    def open(self, query: str) -> dict[str, float]:
        """Seconds from asking for the page to its first content and to its chart."""
        began = time.perf_counter()
        self._page.goto(f"{self._server.address}/imdb?{query}", wait_until="commit")
        self._page.wait_for_selector(CONTENT)
        content = time.perf_counter() - began
        self._page.wait_for_selector(CHART)
        return {"first_content": content, "first_chart": time.perf_counter() - began}

    def train(self) -> float:
        """Press Train; seconds until the first epoch is on the chart."""
        began = self._press(self._button("Train"))
        return self._when(f"{EPOCHS_SHOWN} >= 1") - began

    def freeze(self, frozen: bool) -> float:
        """Turn the embedding's switch; seconds until the page says what that comes to."""
        words = HEAD if frozen else ALL
        began = self._press(self._page.locator(EMBEDDING_SWITCH))
        return self._when(f"({STACK}).includes('{words}')") - began

    def rest(self) -> None:
        """Let the page come to rest, as a person does before the next click: buttons move when their words change."""
        self._page.wait_for_timeout(1000)

    def pause(self) -> dict[str, float]:
        """Seconds until the run is paused in the store, and on the page."""
        run = self._run()
        return self._order("Pause", lambda: self._server.state(run) == "paused", "paused")

    def step(self) -> dict[str, float]:
        """From a pause: seconds until one more epoch is in the store, and on the page."""
        run = self._run()
        after = self._server.epochs(run) + 1
        return self._order("Step", lambda: self._server.epochs(run) >= after, f"{after} of")

    def stop(self) -> dict[str, float]:
        """Seconds until the run is stopped in the store, and on the page."""
        run = self._run()
        return self._order("Stop", lambda: self._server.state(run) == "stopped", "stopped")

    def resume_at_full_pace(self) -> None:
        self.set_full_pace()
        self._button("Resume").click()
        self._when(IS_TRAINING)

    def train_again(self) -> None:
        """Train once more with the same settings; the run before stays on the chart and answers questions."""
        before = self._run()
        self._button("Train").click()
        self._page.wait_for_url(lambda url: f"run={before}" not in url)
        self._when(IS_TRAINING)

    def read(self, text: str) -> float:
        """Paste a text and press Ctrl+Enter; seconds until the words with their bars are those of the text."""
        self._page.get_by_label("A review", exact=True).fill(text)
        self._page.keyboard.down("Control")
        self._page.evaluate(NOTE_PRESS, "keydown")
        self._page.keyboard.press("Enter")
        self._page.keyboard.up("Control")
        return self._when(f"{WEIGHED} === {json.dumps(text)}") - self._pressed()

    def set_full_pace(self) -> None:
        self._page.locator("[data-testid=stPopover] button").first.click()
        self._page.get_by_role("radio", name="max", exact=True).click()
        self._page.keyboard.press("Escape")

    def _order(self, button: str, is_done: Callable[[], bool], words: str) -> dict[str, float]:
        """Seconds from a click until the run has obeyed, and until the page says so."""
        began = self._press(self._button(button))
        wait_until(is_done, LIMIT)
        done = time.time() - began
        name = button.lower()
        return {name: done, f"{name}_shown": self._when(f"({READOUT}).includes('{words}')") - began}

    def _press(self, target: Any) -> float:
        """Click; returns when the button went down."""
        self._page.evaluate(NOTE_PRESS, "pointerdown")
        target.click()
        return self._pressed()

    def _pressed(self) -> float:
        return float(self._page.evaluate("window.benchmarkPress"))

    def _when(self, condition: str) -> float:
        """Wait for a condition on the page; returns when it held."""
        return float(self._page.wait_for_function(f"({condition}) && {NOW}").json_value())

    def _button(self, name: str) -> Any:
        return self._page.get_by_role("button", name=name, exact=True).first

    def _run(self) -> str:
        self._page.wait_for_url(re.compile(r"run=[0-9a-f]{16}"))
        return str(re.findall(r"run=([0-9a-f]{16})", self._page.url)[0])
