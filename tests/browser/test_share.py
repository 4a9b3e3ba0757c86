"""Sharing and taking home as a person does it, in real browsers."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import CHART, is_unbroken, open_page, press, train, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CONTROLS = """
() => [...document.querySelectorAll('[data-testid=stSidebar] input, [data-testid=stSidebar] [role=slider], '
  + '[data-testid=stSidebar] [role=radio], [data-testid=stSidebar] [role=combobox], '
  + '.st-key-lab-stack input[type=checkbox]')]
  .map(e => [e.getAttribute('aria-label') || e.innerText, e.value ?? '', e.checked ?? '',
             ...['aria-checked', 'aria-valuenow', 'aria-valuetext'].map(name => e.getAttribute(name))].join('|'))
"""
"""What every control of the sidebar and every layer's switch says, in their order."""
LINKS = {
    "iris": "iris?task=third_species&epochs=7&early_stopping=true&patience=9&min_delta=0.01&learning_rate=0.003"
    "&seed=5&batch_size=16&frozen=dense_50&examples=12&restore_best=false",
    "imdb": "imdb?reviews=3000&source=glove-100d&epochs=6&frozen=none&hidden=32&examples=500&seed=4&learning_rate=0.01",
}


def controls(page: Any, address: str) -> list[str]:
    page.goto(address)
    page.wait_for_selector(CHART)
    page.get_by_text("More", exact=True).first.click()
    page.wait_for_timeout(1_500)
    return list(page.evaluate(CONTROLS))


def shared_link(page: Any) -> str:
    press(page, "Share")
    code = page.locator("[data-testid=stPopoverBody] code, [data-testid=stPopover] code").first
    code.wait_for()
    page.get_by_alt_text("QR code of the link").wait_for()
    return str(code.inner_text()).strip()


def test_a_link_restores_every_control_in_another_browser(server: Any, new_page: Callable[..., Any]) -> None:
    one, two = new_page(), new_page()
    for name, path in LINKS.items():
        mine = controls(one, f"{server.address}/{path}")
        link = shared_link(one)
        assert link.startswith(f"{server.address}/{name}?v=1&")
        assert controls(two, link) == mine, name
        assert len(mine) > 8 and mine != controls(two, f"{server.address}/{name}"), name
        assert is_unbroken(two)


def test_a_run_is_taken_home_and_its_pack_opens_its_settings(
    server: Any, new_page: Callable[..., Any], wait_until: Callable[..., None], tmp_path: Path
) -> None:
    page = new_page()
    open_page(page, server, "iris?epochs=9&learning_rate=0.02&seed=3")
    run = train(page)
    page.get_by_role("tab", name="Take home").click()
    page.get_by_role("button", name="Make the files").click()
    page.get_by_role("textbox", name="Notes").fill("Nine epochs were <enough>.")
    page.keyboard.press("Tab")
    wait_until(lambda: server.rows(f"select note from book where run = '{run}'") == [("Nine epochs were <enough>.",)])
    page.wait_for_timeout(1_000)  # the button is drawn anew after the note is kept
    with page.expect_download() as began:
        page.get_by_role("button", name="Hand-in pack (zip)").click()
    began.value.save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path)
    settings = json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))["settings"]
    assert (settings["epochs"], settings["learning_rate"], settings["seed"]) == (9, 0.02, 3)
    report = new_page(width=800)
    report.goto((tmp_path / "report.html").as_uri())
    report.get_by_text("Nine epochs were <enough>.").wait_for()
    wait_count(report.locator("polyline"), 4)
    assert (tmp_path / "notebook" / "notebook.ipynb").is_file()

    friend = new_page()
    open_page(friend, server, "imdb")
    press(friend, "Share")
    friend.locator("[data-testid=stFileUploader] input").first.set_input_files(tmp_path / "settings.json")
    friend.get_by_role("button", name="Use these settings").click()
    friend.wait_for_url(re.compile("/iris"))
    friend.wait_for_selector(CHART)
    friend.wait_for_function("document.querySelector('[data-testid=stSidebar] [aria-label=Epochs]')?.value == '9'")

    link = shared_link(page)
    assert f"run={run}" in link
    friend.goto(link)
    friend.get_by_text(re.compile("watching another browser's run")).first.wait_for()
    friend.wait_for_function(f"document.querySelector('{CHART}')?.data?.[0]?.x?.length == 9")
