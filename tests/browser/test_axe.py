"""No page has a serious fault that a screen reader, a keyboard or a weak eye would meet: axe-core looks for them.

axe-core comes from the folder that TRANSFER_LAB_AXE names, else from npm, which installs it for this session alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import CHART, open_page, press, set_pace, train

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = "axe-core@4.14.1"
GRAVE = ("serious", "critical")
STREAMLITS_OWN: dict[str, tuple[str, ...]] = {}
"""By rule, what the selector of a finding of Streamlit's own holds: nothing outside Streamlit can mend it."""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """axe-core's script."""
    if folder := os.environ.get("TRANSFER_LAB_AXE"):
        script = Path(folder) / "axe.min.js"
        assert script.is_file(), f"TRANSFER_LAB_AXE names a folder without axe.min.js. Received {folder}."
        return script
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core is not there: it needs npm, or TRANSFER_LAB_AXE, the folder its axe.min.js lies in")
    room = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(room), AXE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"npm could not fetch {AXE}: {done.stderr.strip()[-200:]}")
    return room / "node_modules" / "axe-core" / "axe.min.js"


def settle(page: Any) -> None:
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')")
    page.wait_for_timeout(300)


def faults(page: Any, script: Path) -> list[str]:
    """What axe finds grave on the page as it stands, by its light and then by its dark theme, whose colours alone
    differ; Streamlit's own left out."""
    settle(page)
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(script))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme == 'dark'")
    page.wait_for_timeout(200)  # colours fade from one to the other
    found += page.evaluate("axe.run(document, { runOnly: ['color-contrast'] })")["violations"]
    page.emulate_media(color_scheme="light")
    return [
        f"{page.url}: {fault['id']} at {node['target']}: {node['html'][:200]} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
        if not any(own in str(node["target"]) for own in STREAMLITS_OWN.get(fault["id"], ()))
    ]


def test_no_page_has_a_grave_fault(server: Any, new_page: Callable[..., Any], axe: Path) -> None:
    page = new_page()
    found = []
    for path in ("", "library", "compare", "lessons", "teach"):
        page.goto(f"{server.address}/{path}")
        page.wait_for_selector("h1")
        found += faults(page, axe)
    for path in ("imdb", "cats_dogs", "glove", "iris?view=projector", "iris?lesson=iris-mechanics"):
        open_page(page, server, path)
        found += faults(page, axe)
    assert not found, "\n".join(found)


def test_a_finished_run_has_no_grave_fault(server: Any, new_page: Callable[..., Any], axe: Path) -> None:
    page = new_page()
    open_page(page, server, "iris?epochs=30")
    found = faults(page, axe)
    set_pace(page, "max")
    run = train(page)
    for tab in page.get_by_role("tab").all():
        tab.click()
        found += faults(page, axe)
    page.get_by_role("button", name="Figures as a table").first.click()
    press(page, "Predict")
    found += faults(page, axe)
    page.goto(f"{server.address}/compare?run={run}")
    page.wait_for_selector("h1")
    found += faults(page, axe)
    assert not found, "\n".join(found)


def test_a_fault_would_be_found(server: Any, new_page: Callable[..., Any], axe: Path) -> None:
    page = new_page()
    open_page(page, server, "iris")
    page.evaluate(f"document.querySelector('{CHART}').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('.lab-readout').style.color = '#bbb'")
    kinds = {fault.split(": ")[1].split(" at ")[0] for fault in faults(page, axe)}
    assert {"role-img-alt", "color-contrast"} <= kinds
