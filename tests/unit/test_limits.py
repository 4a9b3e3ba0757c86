"""The limits on what is brought: one place, told before an upload, and Streamlit's own agrees."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from core import limits

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 2**20


def test_streamlit_takes_the_largest_upload_and_no_more() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    most = max(limits.ZIP_BYTES, limits.PHOTO_BYTES, limits.UPLOADED_CSV_MEGABYTES * MEGABYTE)
    allowed = config["server"]["maxUploadSize"] * MEGABYTE
    assert most <= allowed < most + 10 * MEGABYTE


def test_every_uploader_names_a_limit_of_its_own() -> None:
    found = 0
    for path in (ROOT / "pages").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("file_uploader"):
                found += 1
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert not given["max_upload_size"].isdigit(), f"{path.name}: a number instead of one of core.limits"
    assert found >= 2


def test_what_is_uploaded_is_never_more_than_what_is_read() -> None:
    assert limits.UPLOADED_CSV_MEGABYTES * MEGABYTE <= limits.MOST_CSV_BYTES
    assert limits.TABLE_CHARACTERS < limits.ADDRESS_CHARACTERS
    assert limits.ZIP_BYTES < limits.ZIP_UNPACKED_BYTES
