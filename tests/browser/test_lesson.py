"""A lesson as a class does it: from the list through every step to the pack that is handed in."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import READY, is_unbroken, press, set_pace, wait_count

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Panel:
    """The lesson above the bench."""

    def __init__(self, page: Any) -> None:
        self.page, self.box = page, page.locator(".st-key-lab-lesson")

    def at(self, step: int, title: str) -> None:
        self.box.get_by_text(re.compile(rf"step {step} of 7: {title}")).wait_for()

    def press(self, name: str) -> None:
        self.box.get_by_role("button", name=name, exact=True).click()

    def number(self, question: str, value: str) -> None:
        field = self.box.get_by_label(re.compile(question))
        field.fill(value)
        field.press("Enter")

    def choose(self, answer: str) -> None:
        self.box.get_by_text(answer, exact=True).click()

    def train(self) -> None:
        self.press("Train")
        self.box.get_by_text(re.compile(r"Done: run \d+")).wait_for(timeout=READY)

    def next(self) -> None:
        self.press("Next")


def test_a_lesson_leads_from_its_first_step_to_the_pack(
    server: Any, new_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = new_page(height=1400)
    page.goto(f"{server.address}/lessons")
    page.get_by_role("button", name="Start").first.click()
    panel = Panel(page)
    panel.at(1, "The source")
    wait_count(page.get_by_role("button", name="Race", exact=True), 0)  # this lesson hides it
    set_pace(page, "max")
    panel.number("The first layer turns 4 lengths", "250")
    panel.next()
    panel.train()
    panel.next()
    page.get_by_text(re.compile("104 of 1,629 numbers will change")).first.wait_for()
    panel.choose("not at all")
    panel.next()
    panel.train()
    panel.number("How many numbers were trained", "104")
    panel.next()
    page.get_by_text(re.compile("exactly 0, bit-identical")).first.wait_for()  # the tab has been opened
    panel.choose("exactly 0")
    panel.next()
    page.get_by_text(re.compile("1,629 of 1,629 numbers will change")).first.wait_for()
    page.reload()  # nothing is lost
    panel.at(6, "Unfreeze everything")
    panel.train()
    panel.next()
    panel.at(7, "What you saw")
    why = panel.box.get_by_label(re.compile("A class mate says"))
    why.fill("Zero is <b>zero</b>.")
    why.press("Control+Enter")
    panel.box.get_by_text(re.compile("5 of 5 questions are answered")).wait_for()
    panel.press("Open: Take home")
    press(page, "Make the files")
    pack = page.get_by_role("button", name="Hand-in pack (zip)")
    pack.wait_for(timeout=READY)
    with page.expect_download() as began:
        pack.click()
    began.value.save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        report = archive.read("report.html").decode()
    assert "Lesson: The mechanics: clone, freeze, extend" in report and "Zero is &lt;b&gt;zero&lt;/b&gt;." in report
    assert re.search(r"How many numbers were trained.*?<td>104</td>", report)
    assert len(server.runs(page)) == 3 and report.count("run 2") and is_unbroken(page)
    panel.press("Leave the lesson")
    page.get_by_role("button", name="Race", exact=True).wait_for()
