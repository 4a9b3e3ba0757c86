"""Texts of one's own as people use them: one brings a table and trains on it, another with the same link watches, and
the owner deletes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import is_unbroken, open_page, press, train

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SENTENCES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "sentences" / "imdb_labelled.txt"


def table() -> bytes:
    """A hundred and twenty real sentences with their labels where they are at hand, else some that are made up."""
    if SENTENCES.is_file():
        lines = [line.rsplit("\t", 1) for line in SENTENCES.read_text(encoding="utf-8").splitlines()[:120]]
    else:
        lines = [[f"a {('dull', 'lovely')[n % 2]} film, the {n}th of its kind", str(n % 2)] for n in range(120)]
    rows = "".join('"{}",{}\n'.format(text.strip().replace('"', '""'), label.strip()) for text, label in lines)
    return f"text,sentiment\n{rows},1\n".encode()


def test_texts_belong_to_the_browser_that_brought_them(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1600)
    open_page(page, server, "imdb?epochs=3")
    page.get_by_role("tab", name="Data").click()
    page.get_by_text("Texts of your own (CSV)").click()
    file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": table()}
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(file)
    page.get_by_role("button", name=re.compile(r"Use these \d+ texts")).click()
    page.get_by_text(re.compile(r"1 without a text")).wait_for()
    page.get_by_text(re.compile(r"deleted in 24 hours")).wait_for()
    run = train(page)
    data = server.spec(run)["data"]
    folder = server.home / "data" / "texts" / data[7:]
    assert server.epochs(run) == 3 and folder.is_dir()

    other = new_page(height=1600)
    other.goto(page.url)
    other.get_by_text("You are watching another browser's run").wait_for()
    other.get_by_text(re.compile("brought in another browser and are its own")).first.wait_for()
    other.wait_for_function("(document.querySelector('.js-plotly-plot')?.data?.[0]?.x?.length ?? 0) === 3")
    assert other.get_by_role("button", name="Train", exact=True).is_disabled()
    other.get_by_role("button", name="Take the built-in data").click()
    other.wait_for_function(
        "![...document.querySelectorAll('button')].find(b => b.innerText.includes('Train')).disabled"
    )
    assert server.runs(page) == [run] and server.runs(other) == []

    press(page, "Delete")
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_text(re.compile("Its curve stays")).first.wait_for()
    assert not folder.exists() and server.epochs(run) == 3
    assert server.rows(f"select * from brought where data = '{data}'") == []
    for each in (page, other):
        assert is_unbroken(each)
