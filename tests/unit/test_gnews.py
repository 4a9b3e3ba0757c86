"""The real gnews-swivel-20dim, wherever it is on this computer: what it is known to return, through our own table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from core.sources.downloads import location
from core.sources.embedding import load_embedding
from core.sources.words import count_rows

SOURCE = "gnews-swivel-20dim"
EXPECTED = Path(__file__).resolve().parents[3] / "shared" / "data" / "gnews_swivel_expected_vectors.json"


def test_the_real_module_gives_the_numbers_it_is_known_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    downloaded = Path(platformdirs.user_data_dir("transfer-lab", appauthor=False)) / "tfhub"
    if location(SOURCE) is None and downloaded.is_dir():  # tests have a data folder of their own
        monkeypatch.setenv("TFHUB_CACHE_DIR", str(downloaded))
    if location(SOURCE) is None:
        pytest.skip("gnews-swivel-20dim is not on this computer; the library page fetches it")
    if not EXPECTED.is_file():
        pytest.skip("what the module is known to return is not here")
    rows = json.loads(EXPECTED.read_text(encoding="utf-8"))
    embedding = load_embedding(SOURCE)
    ours = count_rows([row["text"] for row in rows], embedding.vocabulary, embedding.rule) @ embedding.table
    assert np.allclose(ours, [row["vector"] for row in rows], atol=1e-3)
