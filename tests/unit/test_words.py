"""What is said in other languages: all of it is translated, with the same values, and each reader gets their own."""

from __future__ import annotations

import re
import string
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from core import words
from core.words import gather, language, languages, paragraphs, say, say_all, say_many, speaking

OTHERS = [code for code in languages() if code != "en"]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def texts(message: str | tuple[str, ...] | list[str]) -> list[str]:
    return list(message) if isinstance(message, tuple | list) else [message]


@pytest.fixture
def klingon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A language of two sentences, in a folder of its own."""
    catalog = Catalog(locale="ga")
    catalog.add("{n:,} of {m:,} numbers", "{m:,}: {n:,}")
    catalog.add(("{n} epoch", "{n} epochs"), ("a", "b{n}", "c", "d{n}", "e"))
    gather.write(catalog, tmp_path / "ga.po")
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    words.languages.cache_clear()
    words._catalogue.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    words.languages.cache_clear()
    words._catalogue.cache_clear()


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_says_all_there_is_to_say_and_nothing_else(code: str) -> None:
    catalog, wanted = gather.read(words.FOLDER / f"{code}.po"), gather.gather()
    there = {texts(message.id)[0] for message in catalog if message.id}
    assert not set(wanted) - there, f"python -m core words {code}"
    assert not there - set(wanted), f"python -m core words {code}"
    untranslated = [message.id for message in catalog if message.id and not gather.is_translated(message.string)]
    assert not untranslated


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_values_and_the_markup_of_its_sentence(code: str) -> None:
    for message in gather.read(words.FOLDER / f"{code}.po"):
        for found in texts(message.string) if message.id else []:
            wanted = set().union(*(fields(t) for t in texts(message.id)))
            assert fields(found) <= wanted and (fields(found) >= wanted - {"n"}), message.id
            icons = re.findall(r":material/\w+:|<[^>]+>", texts(message.id)[-1])
            assert sorted(re.findall(r":material/\w+:|<[^>]+>", found)) == sorted(icons), message.id


def test_a_sentence_is_said_in_the_language_spoken(klingon: Path) -> None:
    assert say("{n:,} of {m:,} numbers", n=353, m=400373) == "353 of 400,373 numbers"
    with speaking("ga"):
        assert say("{n:,} of {m:,} numbers", n=353, m=400373) == "400,373: 353"
        assert [say_many("{n} epoch", "{n} epochs", n) for n in (1, 2)] == ["a", "b2"]
        assert say("not in the file, with {braces}") == "not in the file, with {braces}"
    assert [say_many("{n} epoch", "{n} epochs", n) for n in (1, 2)] == ["1 epoch", "2 epochs"]


def test_two_threads_speak_each_its_own_language(klingon: Path) -> None:
    heard: list[str] = []
    with speaking("ga"):
        other = threading.Thread(target=lambda: heard.append(language()))
        other.start()
        other.join()
        heard.append(language())
    assert heard == ["en", "ga"]


def test_an_unknown_language_is_english() -> None:
    with speaking("../../etc/passwd"):
        assert language() == "en" and say("Train") == "Train"


def test_a_long_text_is_said_paragraph_by_paragraph(klingon: Path) -> None:
    text = "One that\nwas broken.\n\n- a point\n- another,\n  going on\n\n{n:,} of {m:,} numbers"
    assert paragraphs(text)[:2] == ["One that was broken.", "- a point\n- another, going on"]
    with speaking("ga"):
        assert say_all(text).endswith("\n\n{m:,}: {n:,}")


def test_a_language_file_keeps_what_is_translated_and_loses_what_is_gone(klingon: Path) -> None:
    path, missing = gather.update("ga")
    catalog = gather.read(path)
    assert missing > 5 and catalog.get("{n:,} of {m:,} numbers") is None
    catalog["Home"].string = "Baile"
    gather.write(catalog, path)
    before = path.read_bytes()
    assert gather.update("ga") == (path, missing - 1)
    assert path.read_bytes() == before and gather.read(path)["Home"].string == "Baile"


@pytest.mark.parametrize("code", ["en", "qq", "../zh", "", "zh/../fr"])
def test_what_is_no_language_gets_no_file(klingon: Path, code: str) -> None:
    with pytest.raises(ValueError, match="no code of a language"):
        gather.update(code)
    assert [p.name for p in klingon.iterdir()] == ["ga.po"]
