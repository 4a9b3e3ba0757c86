"""GloVe's text files: plain, gzipped, zipped, with a header; whatever is no such file is refused with its line; and
the whole table as a download."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.commands import main
from core.errors import SourceUnavailable
from core.scenarios import check_present, parse
from core.sources import glove_file, sentence_ids
from core.sources.downloads import DOWNLOADS, install, location
from core.sources.glove_file import NAME, load_downloaded, load_table, prepared_glove, read_glove_file

WORDS = ("the", "café", "cat", "New", "12", "—")


def numbers(count: int = len(WORDS), size: int = 100) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, size)).astype(np.float16).astype(np.float32)


def lines(size: int = 100) -> bytes:
    rows = (f"{word} {' '.join(map(str, row))}\n" for word, row in zip(WORDS, numbers(size=size), strict=True))
    return "".join(rows).encode()


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return held.getvalue()


def read(content: bytes, folder: Path) -> Any:
    path, target = folder / "vectors.txt", folder / "table"
    path.write_bytes(content)
    target.mkdir(exist_ok=True)
    summary = read_glove_file(path, target)
    return summary, load_table(target)


FORMS = {
    "plain": lines(),
    "header": b"6 100\n" + lines(),
    "mark": b"\xef\xbb\xbf" + lines(),
    "other line ends": lines().replace(b"\n", b"\r\n"),
    "gzip": gzip.compress(lines()),
    "zip": zipped(glove_txt=lines()),
    "zip of several": zipped(**{"glove.6B.50d.txt": lines(50), "glove.6B.100d.txt": lines()}),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_of_the_file_gives_the_same_table(form: str, tmp_path: Path) -> None:
    summary, table = read(FORMS[form], tmp_path)
    assert tuple(summary) == (6, 0) and table.words == WORDS
    assert np.array_equal(table.vectors, numbers()) and table.vectors.dtype == np.float32


def test_of_a_word_that_occurs_twice_the_first_is_kept(tmp_path: Path) -> None:
    summary, table = read(lines() + b"cat " + b"1 " * 99 + b"1\n", tmp_path)
    assert tuple(summary) == (6, 1) and np.array_equal(table.vectors[2], numbers()[2])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (lines(50), "another length than 100.*50 numbers"),
        (b"6 300\n" + lines(), "another length than 100.*300"),
        (lines()[:-40], "Line 6 has no end|line 6 has another length"),
        (lines() + b"dog 1 2 3\n", "The word on line 7 has another length.*3 numbers"),
        (lines() + b"dog " + b"1 " * 99 + b"one\n", "line 7 that is no number.*one"),
        (lines() + b"dog " + b"1 " * 99 + b"nan\n", "line 7 that is no number"),
        (lines() + b"dog " + b"1 " * 99 + b"1e30\n", "line 7 that is no number, or too large"),
        (lines() + b"\xff\xfe " + b"1 " * 99 + b"1\n", "line 7 is not in UTF-8"),
        (b"9 100\n" + lines(), "promises 9 words.*6 words"),
        (lines().decode().encode("utf-16"), "UTF-16"),
        (gzip.compress(lines())[:-20], "cut short or damaged"),
        (zipped(glove_txt=lines())[:-30], "cut short or damaged"),
        (zipped(a_txt=lines(), b_txt=lines()), "no single file"),
        (zipped(readme_md=b"hello"), "no single file"),
        (b"x" * 50_000 + b"\n", "far too long"),
        (b"<html><body>not found</body></html>\n", "another length than 100"),
    ],
    ids=lambda v: v if isinstance(v, str) else "file",  # an archive's bytes hold the time
)
def test_what_is_no_such_file_is_refused_with_its_line(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=words):
        read(content, tmp_path)


def test_a_file_is_read_once_and_another_anew(own_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(lines())
    first = prepared_glove(path)
    assert prepared_glove(path) == first and load_table(first).words == WORDS
    path.write_bytes(FORMS["plain"] + b"dog " + b"1 " * 99 + b"1\n")
    assert prepared_glove(path) != first
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        prepared_glove(tmp_path / "none.txt")


def test_a_damaged_table_is_an_error(tmp_path: Path) -> None:
    read(lines(), tmp_path)
    (tmp_path / "table" / glove_file.WORDS_FILE).write_text("one\ntwo\n")
    with pytest.raises(SourceUnavailable, match="not of the expected form"):
        load_table(tmp_path / "table")
    (tmp_path / "table" / glove_file.VECTORS_FILE).write_bytes(b"nonsense")
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        load_table(tmp_path / "table")


def offer(folder: Path, monkeypatch: pytest.MonkeyPatch, first: str = "the") -> None:
    """The archive in Stanford's form, on the local server: six words, and the first with its own numbers."""
    own = " ".join(map(str, [*glove_file.FIRST_NUMBERS, *([0.5] * 95)]))
    table = f"{first} {own}\n".encode() + lines().split(b"\n", 1)[1]
    content = zipped(**{"glove.6B.50d.txt": lines(50), "glove.6B.100d.txt": table})
    target = folder / "nlp" / "data" / "glove.6B.zip"
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    remote = glove_file.ARCHIVE
    small = type(remote)(remote.url, remote.name, len(content), remote.begins, None)
    recipe = DOWNLOADS[NAME]
    monkeypatch.setattr(glove_file, "WORDS", 6)
    monkeypatch.setitem(DOWNLOADS, NAME, type(recipe)(**{**vars(recipe), "files": (small,)}))
    load_downloaded.cache_clear()
    sentence_ids._downloaded.cache_clear()


def test_the_whole_table_is_downloaded_proved_and_used(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = parse({"scenario": "glove", "source": NAME})
    with pytest.raises(SourceUnavailable, match=NAME):
        check_present(spec)
    offer(mirror, monkeypatch)
    folder = install(NAME, lambda *_: None)
    assert location(NAME) == folder
    assert sorted(p.name for p in folder.iterdir()) == [glove_file.VECTORS_FILE, glove_file.WORDS_FILE]
    check_present(spec)
    vectors = sentence_ids.vectors_of(NAME)
    assert vectors.words == WORDS and vectors.table[0, :2] == pytest.approx([-0.038194, -0.24487], rel=1e-3)
    load_downloaded.cache_clear()
    sentence_ids._downloaded.cache_clear()


def test_a_file_that_somebody_has_takes_the_downloads_place(
    mirror: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    offer(mirror, monkeypatch)
    path = tmp_path / "mine.zip"
    path.write_bytes((mirror / "nlp" / "data" / "glove.6B.zip").read_bytes())
    assert main(["bring", "--glove", str(path)]) == 0 and NAME in capsys.readouterr().out
    assert load_downloaded().words == WORDS and location(NAME) is not None
    path.write_bytes(lines())
    assert main(["bring", "--glove", str(path)]) == 2 and "first word should be" in capsys.readouterr().err
    assert main(["bring", "--glove", str(tmp_path / "none")]) == 2 and "cannot be read" in capsys.readouterr().err
    assert load_table(location(NAME) or tmp_path).words == WORDS  # what was there is still there
    load_downloaded.cache_clear()


def test_another_table_in_its_place_is_refused(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(mirror, monkeypatch, first="a")
    with pytest.raises(SourceUnavailable, match="first word should be the"):
        install(NAME, lambda *_: None)
    assert location(NAME) is None
    with pytest.raises(SourceUnavailable, match="not on this computer"):
        load_downloaded()
