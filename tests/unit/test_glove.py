"""GloVe as it ships: its own numbers and order, and an error with a way out where a file is not what it should be."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.assets import build_glove, glove_package
from core.errors import SourceUnavailable
from core.sources import glove as module
from core.sources.catalogue import ASSETS, asset
from core.sources.glove import load_glove
from core.sources.words import split_words

ROOT = Path(__file__).resolve().parents[2]
THE = (-0.038194, -0.24487, 0.72812, -0.39961, 0.083172)
"""The first numbers of "the" in Stanford's glove.6B.100d.txt."""
HALF_STEP = 2.0**-11
"""The most that rounding to float16 may move a number, as a part of it."""


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped files that a test may damage."""
    shutil.copytree(ASSETS / module.FOLDER, tmp_path / module.FOLDER)
    monkeypatch.setattr(module, "ASSETS", tmp_path)
    load_glove.cache_clear()
    yield tmp_path / module.FOLDER
    load_glove.cache_clear()


def test_the_numbers_are_gloves_own_but_for_the_rounding() -> None:
    vector = load_glove().vectors[load_glove().words.index("the")]
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector[:5], THE, rtol=HALF_STEP)


def test_words_stand_in_gloves_order_of_frequency_each_once() -> None:
    words = load_glove().words
    assert words[:8] == ("the", ",", ".", "of", "to", "and", "in", '"')
    assert words[-1] == "strangest"
    assert len(set(words)) == len(words) == len(load_glove().vectors) == 40_000


def test_each_word_has_its_own_row() -> None:
    words, vectors = load_glove().words, load_glove().vectors
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for word, nearest in (
        ("king", "prince"),
        ("terrible", "horrible"),
        ("kitchen", "bathroom"),
        ("norwegian", "danish"),
    ):
        order = np.argsort(-unit @ unit[words.index(word)])
        assert nearest in [words[place] for place in order[1:6]], [words[place] for place in order[1:6]]


def test_the_words_that_the_catalogue_calls_missing_are_missing() -> None:
    assert "(a, i, 's, n't, 2000)" in asset("glove-100d").made
    assert not {"a", "i", "'s", "n't", "2000"} & set(load_glove().words)


def test_nearly_every_word_can_come_out_of_a_review() -> None:
    assert sum(split_words(word, "plain") == [word] for word in load_glove().words) == 39_606


def test_what_everyone_shares_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_glove().vectors[0, 0] = 1.0


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def repeat_a_word(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("\nof\n", "\nthe\n", 1), encoding="utf-8")


def save_pickled(path: Path) -> None:
    np.save(path, np.array([{"no": "vectors"}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("vectors.npy", Path.unlink, "Received: vectors.npy"),
        ("vectors.npy", truncate, "Received: vectors.npy"),
        ("vectors.npy", lambda path: path.write_bytes(b""), "Received: vectors.npy"),
        ("vectors.npy", save_pickled, "Received: vectors.npy"),
        ("vectors.npy", lambda path: np.save(path, np.zeros((40_000, 50), np.float16)), "(40000, 50) of float16"),
        ("vectors.npy", lambda path: np.save(path, np.zeros((40_000, 100), np.float64)), "of float64"),
        ("words.txt", Path.unlink, "Received: words.txt"),
        ("words.txt", lambda path: path.write_bytes(b"\xff\xfe\n"), "Received: words.txt"),
        ("words.txt", lambda path: path.write_text("the\nof\n"), "2 in 2 lines"),
        ("words.txt", repeat_a_word, "39,999 in 40,000 lines"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    name: str, damage: Callable[[Path], object], said: str, copied: Path
) -> None:
    damage(copied / name)
    with pytest.raises(SourceUnavailable, match="Install the project again") as caught:
        load_glove()
    assert said in str(caught.value)


def test_the_script_makes_what_the_catalogue_lists() -> None:
    listed = {Path(file["path"]).name: file["sha256"] for file in asset("glove-100d").files}
    assert listed == {"words.txt": build_glove.WORDS_SHA256, "vectors.npy": build_glove.VECTORS_SHA256}
    vectors = load_glove().vectors.astype(np.float64)
    glove_package.check("vectors.npy", build_glove.npy_file(build_glove.rounded(vectors)), build_glove.VECTORS_SHA256)


def test_another_package_is_refused_and_nothing_written(tmp_path: Path) -> None:
    script = ROOT / "core" / "assets" / "build_glove.py"
    (tmp_path / "other.tgz").write_bytes(b"not GloVe")
    given = ["--glove", str(tmp_path / "other.tgz"), "--out", str(tmp_path / "out")]
    ended = subprocess.run([sys.executable, str(script), *given], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Nothing was written" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_the_norm_and_the_index_behind_a_vector_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"film": [0.5] * 100 + [5.0, 1], "the": [0.25] * 100 + [2.5, 0]}
    content = json.dumps({"words": ["the", "film"], "vectors": rows}).encode()
    tarball = tmp_path / "small.tgz"
    with tarfile.open(tarball, "w:gz") as archive:
        about = tarfile.TarInfo(glove_package.MEMBER)
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    monkeypatch.setattr(glove_package, "check", lambda *_: None)
    read = glove_package.read_glove(tarball)
    assert read.words == ["the", "film"]
    assert read.vectors.tolist() == [[0.25] * 100, [0.5] * 100]
