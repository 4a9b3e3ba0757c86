"""Cats and dogs as a person uses it: train in two phases, upload a photo, see the verdict, the heat and three names."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHART = ".js-plotly-plot"
LIMIT = 120_000


def picture() -> bytes:
    """A photo that is on this computer: the fourth validation dog, enlarged and written as a JPEG."""
    from core.sources.cats_dogs import load_cats_dogs

    image = Image.fromarray(np.asarray(load_cats_dogs().validation.images[7])).resize((300, 200))
    content = io.BytesIO()
    image.save(content, "JPEG")
    return content.getvalue()


def test_a_student_trains_two_phases_and_asks_about_a_photo(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1600)
    page.goto(f"{server.address}/cats_dogs?size=96&examples=40&epochs=2")
    page.wait_for_selector(CHART)
    page.get_by_text(re.compile("1,281 of 411,489 numbers will change")).first.wait_for()
    page.get_by_text("Then fine-tune", exact=True).click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile(r"run=[0-9a-f]{16}"))
    first = str(re.findall(r"run=([0-9a-f]{16})", page.url)[0])
    shown = f"(document.querySelector('{CHART}')?.data?.[0]?.x?.length ?? 0)"
    page.wait_for_function(f"{shown} >= 3", timeout=LIMIT)  # the second phase goes on where the first ended
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_function("document.querySelector('.lab-readout')?.innerText.includes('stopped')", timeout=LIMIT)
    (second,) = set(server.runs(page)) - {first}
    assert server.spec(second)["start"] == f"run:{first}"
    assert server.epochs(first) == 2 and server.epochs(second) >= 1
    upload = page.locator("[data-testid=stFileUploaderDropzoneInput]").first
    upload.set_input_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    page.get_by_text(re.compile(r"(cat|dog) · probability 0\.\d\d|(cat|dog) · probability 1\.00")).first.wait_for(
        timeout=LIMIT
    )
    page.get_by_text("What ImageNet calls it").first.wait_for(timeout=LIMIT)
    page.wait_for_function("document.querySelectorAll('.lab-names .lab-layer').length === 3", timeout=LIMIT)
    named = page.locator(".lab-names .lab-layer").all_inner_texts()
    from core.sources.imagenet import class_names

    assert all(re.sub(r"\s*\d+%$", "", text.strip()) in class_names() for text in named), named
    page.get_by_text(re.compile("Where it looked")).first.wait_for(timeout=LIMIT)
    assert page.locator("[data-testid=stMain] img").count() >= 2
    upload.set_input_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"})
    page.get_by_text(re.compile("not a picture|cannot be read|no picture", re.IGNORECASE)).first.wait_for(timeout=LIMIT)
    assert page.locator("[data-testid=stException]").count() == 0
