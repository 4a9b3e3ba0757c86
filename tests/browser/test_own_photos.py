"""Classes of one's own as a person brings them: a zip is uploaded, the frozen base learns it, a photo is told apart."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import is_unbroken, open_page, train

LIMIT = 240_000
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "photos"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason="the photos beside the project are not here"),
]


def packed() -> bytes:
    """Two classes with names of their own, in a folder as a telephone packs them, and a letter among them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in ("train", "validation"):
            for kind, name in (("cats", "Minka"), ("dogs", "Rex & Co")):
                for photo in sorted((REAL / part / kind).iterdir()):
                    archive.writestr(f"pets/{part}/{name}/{photo.name}", photo.read_bytes())
        archive.writestr("pets/train/Minka/letter.jpg", "Dear cat")
        archive.writestr("__MACOSX/pets/train/._Minka", "clutter")
    return file.getvalue()


def test_a_zip_of_two_classes_is_learned_and_a_photo_told_apart(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1600)
    open_page(page, server, "cats_dogs?epochs=12")
    page.get_by_role("button", name="Photos of your own").click()
    page.get_by_text("Up to 200 MB").first.wait_for()
    uploader = page.locator(".st-key-lab-own-photos [data-testid=stFileUploaderDropzoneInput]")
    uploader.set_input_files({"name": "pets.zip", "mimeType": "application/zip", "buffer": packed()})
    page.get_by_role("button", name="Use these 301 photos").click()
    page.get_by_text("The next run trains on 200 photos of 2 classes (Minka, Rex & Co)").wait_for(timeout=LIMIT)
    page.get_by_text("letter.jpg: This file is not a picture").wait_for()
    train(page)
    (run,) = server.runs(page)
    ((facts,),) = server.rows(f"select facts from runs where id = '{run}'")
    assert json.loads(facts)["classes"] == ["Minka", "Rex & Co"] and server.spec(run)["classes"] == 2
    figures = [json.loads(row[0]) for row in server.rows(f"select figures from epochs where run = '{run}'")]
    assert max(row["val_accuracy"] for row in figures) >= 0.9
    page.get_by_text(re.compile(r"(Minka|Rex & Co) · probability [01]\.\d\d")).first.wait_for(timeout=LIMIT)
    for name in ("Minka", "Rex & Co"):
        page.locator(".lab-names").first.get_by_text(re.compile(name)).first.wait_for()
    assert is_unbroken(page)
