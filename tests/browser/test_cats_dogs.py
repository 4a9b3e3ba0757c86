"""Cats and dogs as a person uses it: train in two phases, upload a photo, see the verdict, the heat and three names."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.browsing import CHART, READY, is_unbroken, open_page, press, run_in, wait_state

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def picture() -> bytes:
    """A photo that is on this computer: the fourth validation dog, enlarged and written as a JPEG."""
    from core.sources.cats_dogs import load_cats_dogs

    image = Image.fromarray(np.asarray(load_cats_dogs().validation.images[7])).resize((300, 200))
    content = io.BytesIO()
    image.save(content, "JPEG")
    return content.getvalue()


def test_a_student_trains_two_phases_and_asks_about_a_photo(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1600)
    open_page(page, server, "cats_dogs?size=96&examples=40&epochs=2")
    page.get_by_text(re.compile("1,281 of 411,489 numbers will change")).first.wait_for()
    page.get_by_text("Then fine-tune", exact=True).click()
    press(page, "Train")
    first = run_in(page)
    shown = f"(document.querySelector('{CHART}')?.data?.[0]?.x?.length ?? 0)"
    page.wait_for_function(f"{shown} >= 3", timeout=READY)  # the second phase goes on where the first ended
    press(page, "Stop")
    wait_state(page, "stopped")
    (second,) = set(server.runs(page)) - {first}
    assert server.spec(second)["start"] == f"run:{first}"
    assert server.epochs(first) == 2 and server.epochs(second) >= 1
    upload = page.locator("[data-testid=stFileUploaderDropzoneInput]").first
    upload.set_input_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    page.get_by_text(re.compile(r"(cat|dog) · probability 0\.\d\d|(cat|dog) · probability 1\.00")).first.wait_for(
        timeout=READY
    )
    page.get_by_text("What ImageNet calls it").first.wait_for(timeout=READY)
    page.wait_for_function("document.querySelectorAll('.lab-names .lab-layer').length === 3", timeout=READY)
    named = page.locator(".lab-names .lab-layer").all_inner_texts()
    from core.sources.imagenet import class_names

    assert all(re.sub(r"\s*\d+%$", "", text.strip()) in class_names() for text in named), named
    page.get_by_text(re.compile("Where it looked")).first.wait_for(timeout=READY)
    assert page.locator("[data-testid=stMain] img").count() >= 2
    upload.set_input_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"})
    page.get_by_text(re.compile("not a picture|cannot be read|no picture", re.IGNORECASE)).first.wait_for(timeout=READY)
    assert is_unbroken(page)
