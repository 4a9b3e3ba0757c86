"""The bench as a person uses it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import CHART, EPOCHS_SHOWN, is_unbroken, open_page, press, run_in, set_pace, wait_shown, wait_state

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def switch(page: Any, layer: str) -> None:
    page.locator(f".st-key-lab-card-{layer} [data-testid=stCheckbox] label").click()


def sentence(page: Any, words: str) -> None:
    page.get_by_text(re.compile(words)).first.wait_for()


def set_number(page: Any, label: str, value: int) -> None:
    box = page.get_by_label(label, exact=True).first
    box.fill(str(value))
    box.press("Enter")
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")


def shown(page: Any) -> int:
    return int(page.evaluate(EPOCHS_SHOWN))


def test_a_student_trains_pauses_steps_and_tries_a_review(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, "imdb")
    sentence(page, r"400,373 of 400,373 numbers will change")
    switch(page, "embedding")
    sentence(page, r"353 of 400,373 numbers will change")
    switch(page, "embedding")
    sentence(page, r"400,373 of 400,373 numbers will change")
    page.get_by_text("Early stopping", exact=True).click()
    set_number(page, "Patience", 30)
    set_number(page, "Epochs", 26)
    set_pace(page, "2")
    press(page, "Train")
    run = run_in(page)
    for k in (1, 2, 3, 4):  # the chart grows while the worker trains
        wait_shown(page, k)
        assert shown(page) <= server.epochs(run) < 26
    press(page, "Pause")
    wait_state(page, "paused")
    held = server.epochs(run)
    page.wait_for_timeout(1200)
    assert server.epochs(run) == held
    press(page, "Step")
    wait_shown(page, held + 1)
    wait_state(page, "paused")
    page.wait_for_timeout(800)
    assert server.epochs(run) == held + 1
    set_pace(page, "max")
    press(page, "Resume")
    wait_state(page, "finished")
    assert server.spec(run)["patience"] == 30 and server.spec(run)["early_stopping"] is True
    page.wait_for_function(f"document.querySelector('{CHART}').innerHTML.includes('best: epoch')")
    sentence(page, "Overfitting|overfitting")
    page.get_by_label("A review", exact=True).fill(
        "Simply <b>wonderful</b>. <script>window.hacked = 1</script> 好电影 🎬"
    )
    page.get_by_label("A review", exact=True).press("Control+Enter")
    bars = "c.data.filter(t => t.type == 'bar' && t.x.length == 20)"
    page.wait_for_function(f"[...document.querySelectorAll('{CHART}')].some(c => {bars}.length == 2)")
    sentence(page, r"probability of praise 0\.\d+")
    sentence(page, r"好电影")
    assert page.evaluate("window.hacked") is None
    curve = page.evaluate(f"document.querySelector('{CHART}').data[1].y")
    page.reload()
    wait_shown(page, 26)
    assert page.evaluate(f"document.querySelector('{CHART}').data[1].y") == curve
    assert run_in(page) == run


def edit_first_cell(page: Any, value: str) -> None:
    """Type into the table's first cell. The grid is a canvas that takes some time to listen: try until it has heard."""
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    for _ in range(10):
        grid.scroll_into_view_if_needed()
        page.wait_for_timeout(1000)
        box = grid.bounding_box()
        page.mouse.dblclick(box["x"] + 120, box["y"] + 52)
        page.wait_for_timeout(500)
        page.keyboard.press("Control+A")
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)
        if "data=rows" in page.url:
            return
    raise AssertionError("The table took no edit.")


def test_iris_trains_on_an_edited_table(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1400)
    open_page(page, server, "iris")
    sentence(page, "104 of 1,629 numbers will change")
    edit_first_cell(page, "6.7")
    set_pace(page, "max")
    press(page, "Train")
    run = run_in(page)
    wait_state(page, "finished")
    assert server.spec(run)["data"].startswith("rows:")
    assert "6.7" in server.spec(run)["data"].split(";")[0]
    assert server.epochs(run) == 200


def test_zoom_and_legend_clicks_survive_new_epochs(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, "iris?task=source&epochs=200")
    press(page, "Train")
    wait_shown(page, 3)
    page.evaluate(f"document.querySelector('{CHART}').mark = 'mine'")
    page.locator(f"{CHART} .legendtoggle").first.click()
    page.wait_for_function(f"document.querySelector('{CHART}').data[0].visible == 'legendonly' || "
                           f"document.querySelector('{CHART}')._fullData[0].visible == 'legendonly'")  # fmt: skip
    node = f"document.querySelector('{CHART}')"
    box = page.locator(f"{CHART} .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 160, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{node}._fullLayout.xaxis.range[1] < 150")
    zoomed = page.evaluate(f"{node}._fullLayout.xaxis.range")
    before = shown(page)
    wait_shown(page, before + 8)
    assert page.evaluate(f"{node}.mark") == "mine"
    assert page.evaluate(f"{node}._fullData[0].visible") == "legendonly"
    assert page.evaluate(f"{node}._fullLayout.xaxis.range") == zoomed
    press(page, "Stop")
    wait_state(page, "stopped")


def test_two_browsers_train_at_once_and_only_the_owner_steers(server: Any, new_page: Callable[..., Any]) -> None:
    one, two = new_page(), new_page()
    open_page(one, server, "iris?task=source&epochs=400")
    set_pace(one, "2")  # it must still be under way when all else has been looked at
    press(one, "Train")
    mine = run_in(one)
    open_page(two, server, "iris?task=source&epochs=60&seed=2")
    press(two, "Train")
    theirs = run_in(two)
    assert mine != theirs
    wait_shown(one, 2)
    wait_shown(two, 2)
    open_page(two, server, f"iris?run={mine}")
    sentence(two, "watching another browser's run")
    assert two.get_by_role("button", name="Stop", exact=True).is_disabled()
    assert two.get_by_role("button", name="Pause", exact=True).is_disabled()
    press(one, "Stop")
    wait_state(one, "stopped")


def test_an_address_full_of_nonsense_is_explained_and_starts_nothing(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    open_page(page, server, "imdb?epochs=1e9&patience=-3&learning_rate=nan&frozen=foo&nosuch=1&run=%3Cscript%3E")
    for words in (r"Epochs \(epochs\).*1 to 2,000.*1e9", r"Patience \(patience\).*-3", r"Learning rate.*nan",
                  r"no such layer.*foo", r"no such setting.*nosuch", r"no such run"):  # fmt: skip
        sentence(page, words)
    assert is_unbroken(page)
    assert server.runs(page) == []
    assert page.get_by_label("Epochs", exact=True).first.input_value() == "40"


@pytest.mark.parametrize("path", ["", "imdb", "iris", "library", "iris?task=third_species"])
def test_every_page_opens_without_exception(server: Any, new_page: Callable[..., Any], path: str) -> None:
    page = new_page(width=390, height=800) if path == "imdb" else new_page()
    page.goto(f"{server.address}/{path}")
    page.wait_for_selector("h1")
    page.wait_for_timeout(1000)
    assert is_unbroken(page)


def test_plotly_is_fetched_once_and_kept_by_the_browser(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    fetched: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    urls: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: urls.__setitem__(e["requestId"], e["response"]["url"]))
    session.on("Network.loadingFinished", lambda e: fetched.append(int(e["encodedDataLength"]))
               if "plotly-basic.min.js" in urls.get(e["requestId"], "") else None)  # fmt: skip
    open_page(page, server, "imdb")
    page.wait_for_timeout(500)
    assert fetched and fetched[0] > 100_000
    fetched.clear()
    page.reload()
    page.wait_for_selector(CHART)
    page.wait_for_timeout(500)
    assert sum(fetched) < 10_000


def test_the_web_process_holds_no_tensorflow(server: Any) -> None:
    maps = Path(f"/proc/{server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("needs /proc")
    assert "tensorflow" not in maps.read_text()
