"""Texts of one's own as CSV: read properly or refused with a sentence, kept whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.commands import main
from core.errors import SourceUnavailable
from core.home import home
from core.sources import own_texts, text_tables
from core.sources.own_texts import bring_texts, counts, is_here, load_texts
from core.sources.text_tables import ColumnsUnknown, LabelsUnknown, read_csv_texts

Rows = list[list[str]]


def rows_of(count: int = 60, values: Sequence[str] = ("0", "1")) -> Rows:
    return [[f"sentence number {n}", values[n % len(values)]] for n in range(count)]


def as_csv(rows: Iterable[Sequence[str]], header: Sequence[str] = ("text", "sentiment"), separator: str = ",") -> bytes:
    held = io.StringIO()
    csv.writer(held, delimiter=separator).writerows([header, *rows])
    return held.getvalue().encode()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separators_and_encodings_are_found(separator: str, encoding: str) -> None:
    rows = [*rows_of(), ["Très bon, déjà vu; a\ttab", "1"]]
    table = read_csv_texts(as_csv(rows, separator=separator).decode().encode(encoding))
    assert list(table.texts) == [row[0] for row in rows]
    assert list(table.labels) == [int(row[1]) for row in rows] and table.separator == separator
    assert bool(table.notes) == (encoding == "cp1252")


def test_quotes_line_breaks_and_formulas_are_only_text() -> None:
    odd = ['He said "no"', "two\nlines", "=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "a,b;c"]
    rows = [*rows_of(), *([text, "1"] for text in odd)]
    assert list(read_csv_texts(as_csv(rows)).texts[-len(odd) :]) == odd


def test_other_columns_are_offered_and_taken_when_named() -> None:
    content = as_csv(rows_of(), ("Review", "Stars"))
    with pytest.raises(ColumnsUnknown, match="no column text and no column sentiment.*Review, Stars") as caught:
        read_csv_texts(content)
    assert (caught.value.columns, caught.value.text, caught.value.label) == (("Review", "Stars"), "Review", "Stars")
    assert len(read_csv_texts(content, "review", "Stars").texts) == 60
    assert len(read_csv_texts(as_csv(rows_of(), ("TEXT", "Sentiment"))).texts) == 60
    with pytest.raises(ColumnsUnknown, match="cannot be the same column"):
        read_csv_texts(content, "Review", "Review")


@pytest.mark.parametrize(
    ("values", "guess"),
    [(("neg", "pos"), {"pos": 1, "neg": 0}), (("Negative", "POSITIVE"), {"POSITIVE": 1, "Negative": 0}),
     (("1", "5"), {"5": 1, "1": 0}), (("x", "y"), None)],
)  # fmt: skip
def test_other_labels_are_offered_a_meaning(values: tuple[str, str], guess: dict[str, int] | None) -> None:
    content = as_csv(rows_of(values=values))
    with pytest.raises(LabelsUnknown) as caught:
        read_csv_texts(content)
    assert caught.value.guess == guess and {value for value, _ in caught.value.found} == set(values)
    assert read_csv_texts(content, labels={values[0]: 0, values[1]: 1}).labels[:2] == (0, 1)


def test_more_than_two_labels_are_listed_and_two_of_them_can_be_taken() -> None:
    content = as_csv(rows_of(100, ("1", "2", "3", "4", "5")))
    with pytest.raises(LabelsUnknown, match="more than two values.*1 .20."):
        read_csv_texts(content)
    table = read_csv_texts(content, labels={"1": 0, "5": 1})
    assert len(table.texts) == 40 and table.dropped.other_label == 60


def test_what_cannot_be_used_is_left_out_and_counted() -> None:
    rows = [*rows_of(), ["", "1"], ["  ", "0"], ["no label", ""], ["both", "1"], ["Both ", "0"]]
    content = as_csv(rows) + b"only one cell\r\nthree,cells,here\r\n"
    dropped = read_csv_texts(content).dropped
    assert (dropped.empty, dropped.unlabelled, dropped.contradictory_rows) == (2, 1, 2)
    assert [(r.line, r.cells) for r in dropped.ragged] == [(67, 1), (68, 3)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"text,sentiment\n", "no row below"),
        (as_csv([["only", "1"]]), "same label|at least 20"),
        (as_csv(rows_of(values=("1",))), "same label"),
        (as_csv(rows_of(20)), "at least 20 different"),
        (as_csv([["same text", str(n % 2)] for n in range(80)]), "at least 20 different"),
        (b"PK\x03\x04" + 100 * b"x", "Excel workbook"),
        (b"\x89PNG" + 100 * b"x", "a picture"),
        (as_csv(rows_of()) + b"nul\0byte,1\n", "no text: this is a damaged or a binary file"),
        (b'text,sentiment\n"never closed,1\n' + 50 * b"more,1\n", "begins on line 2 cannot be read.*not closed"),
        (as_csv(rows_of()) + b'"never closed,1\n' + 60 * b"more,1\n", "begins on line 62 cannot be read.*not closed"),
        (as_csv([["a, b", "1"]] * 3).replace(b'"', b"") + 50 * b"x,y,z,1\n", "do not have the 2 cells"),
        (b"text,text,sentiment\n" + 50 * b"a,b,1\n", "same name"),
        (b"\xff\xfe" + b"x", "no text in UTF-8|empty|no column"),
    ],
    ids=lambda v: str(v)[:24],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(SourceUnavailable, match=words):
        read_csv_texts(content)


def test_too_large_a_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(text_tables, "MOST_ROWS", 50)
    with pytest.raises(SourceUnavailable, match="up to 50 rows"):
        read_csv_texts(as_csv(rows_of()))
    monkeypatch.setattr(own_texts, "MOST_BYTES", 100)
    (tmp_path / "big.csv").write_bytes(as_csv(rows_of()))
    with pytest.raises(SourceUnavailable, match="may have up to"):
        own_texts.file_bytes(tmp_path / "big.csv")
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        own_texts.file_bytes(tmp_path / "none.csv")


def test_the_same_texts_are_the_same_set_and_a_fifth_is_held_out(own_home: Path) -> None:
    first = bring_texts(read_csv_texts(as_csv(rows_of())))
    again = bring_texts(read_csv_texts(as_csv(rows_of()[::-1], ("text", "sentiment"), ";").decode().encode("utf-16")))
    other = bring_texts(read_csv_texts(as_csv(rows_of(62))))
    assert first.data == again.data != other.data
    assert (first.counts, first.training, first.validation) == ((48, 12), (24, 24), (6, 6))
    kept = load_texts(first.data)
    assert is_here(first.data) and counts(first.data) == first.counts == (kept.training, len(kept) - kept.training)
    assert sorted(zip(kept.texts, kept.labels.astype(int).astype(str), strict=True)) == sorted(map(tuple, rows_of()))
    assert not [p for p in (home() / "data").rglob("part-*")]


def test_a_set_that_was_changed_or_removed_is_not_taken_for_whole(own_home: Path) -> None:
    data = bring_texts(read_csv_texts(as_csv(rows_of()))).data
    (file,) = (home() / "data").rglob(own_texts.FILE)
    content = file.read_text(encoding="utf-8")
    file.write_text(content.replace("number 7", "number 8"), encoding="utf-8")
    with pytest.raises(SourceUnavailable, match="have been changed"):
        load_texts(data)
    file.unlink()
    assert not is_here(data)
    with pytest.raises(SourceUnavailable, match="not on this computer.*core bring"):
        load_texts(data)
    assert bring_texts(read_csv_texts(as_csv(rows_of()))).data == data and is_here(data)


def test_bring_on_the_command_line(own_home: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "mine.csv").write_bytes(as_csv([*rows_of(values=("neg", "pos")), ["", "pos"]], ("Review", "Kind")))
    given = ["bring", str(tmp_path / "mine.csv"), "--text", "Review", "--label", "Kind"]
    assert main(given) == 2 and "neg" in capsys.readouterr().err
    assert main([*given, "--positive", "pos"]) == 2 and "both be said" in capsys.readouterr().err
    assert main([*given, "--positive", "pos", "--negative", "neg", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["counts"]["training"] == {"complaint": 24, "praise": 24} and row["dropped"]["empty"] == 1
    assert main([*given, "--positive", "pos", "--negative", "neg"]) == 0
    said = capsys.readouterr().out
    assert f"--set data={row['data']}" in said and "1 rows (empty)" in said


def test_labels_may_be_written_as_decimals_and_are_floats() -> None:
    table = read_csv_texts(as_csv(rows_of(values=("0.0", "1.0"))))
    assert set(table.labels) == {0, 1} and np.mean(table.labels) == 0.5
