"""A class led by a teacher: two browsers on one server that was started with a pass-phrase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.classroom.gate import VARIABLE
from tests.browsing import CHART, is_unbroken, open_page, press, set_pace, train

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHRASE = "eight stones in a row"
DOTS = f"(document.querySelector('{CHART}')?.data ?? []).flatMap((trace) => trace.y)"
RATE = "[class*=st-key-iris][class*=learning_rate]"


def give(page: Any, phrase: str) -> None:
    page.get_by_label("Pass-phrase", exact=True).fill(phrase)
    press(page, "Enter")


def hide(page: Any, title: str) -> None:
    page.locator("[class*=teach-hidden]").get_by_text(title, exact=True).click()


def test_a_teacher_leads_a_class(
    own_home: Path, launch: Callable[..., Any], new_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PHRASE)
    server = launch(own_home)
    teacher, student = new_page(), new_page()
    open_page(student, server, "iris?task=source&epochs=12")
    set_pace(student, "max")
    teacher.goto(f"{server.address}/teach")

    give(teacher, "eight stones in a heap")
    teacher.get_by_text("This is not the pass-phrase.").wait_for()
    teacher.get_by_text("You can try again now.").wait_for(timeout=10_000)  # counted down without a click
    give(teacher, PHRASE)
    teacher.wait_for_selector(CHART)

    student.locator(RATE).wait_for()
    hide(teacher, "Learning rate")
    student.locator(RATE).wait_for(state="detached", timeout=6_000)  # nobody touched the student's page
    teacher.get_by_text("Pause new runs", exact=True).click()
    student.get_by_text("paused new runs").first.wait_for(timeout=6_000)
    assert student.get_by_role("button", name="Train", exact=True).is_disabled()

    teacher.get_by_text("Pause new runs", exact=True).click()
    student.wait_for_function(
        "[...document.querySelectorAll('button')].some((b) => b.innerText.includes('Train') && !b.disabled)"
    )
    run = train(student)
    teacher.wait_for_function(f"{DOTS}.length === 1", timeout=10_000)
    shown = teacher.content()
    assert run not in shown and server.owner(student) not in shown

    press(teacher, "Clear the dots")
    press(teacher, "Clear")
    teacher.wait_for_function(f"{DOTS}.length === 0", timeout=10_000)
    assert server.epochs(run) == 12
    assert is_unbroken(teacher) and is_unbroken(student)
    assert PHRASE not in (own_home / "server.log").read_text(errors="replace")
