"""Reading a table of texts and labels that somebody brings as CSV. Whatever is in a cell is text: nothing is evaluated.
Keeping what was read is `core.sources.own_texts`."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.errors import SourceUnavailable, shown
from core.limits import LEAST_TEXTS as LEAST
from core.limits import MOST_CSV_BYTES as MOST_BYTES
from core.limits import MOST_CSV_ROWS as MOST_ROWS
from core.sources.text_parts import same_text
from core.words import mark, say

MOST_RAGGED = 10
"""Where one row in so many has another number of cells than the header, the file is read in a wrong way."""
TEXT, LABEL = "text", "sentiment"
TEXT_NAMES = (TEXT, "review", "comment", "sentence", "content", "message", "tweet", "body")
LABEL_NAMES = (LABEL, "label", "target", "class", "polarity", "rating", "stars", "score", "category")
"""How the two columns may be called, the likeliest first; only the first of each is taken unasked."""
SEPARATORS = {",": mark("comma"), ";": mark("semicolon"), "\t": mark("tab")}
ONES, ZEROS = ("1", "1.0"), ("0", "0.0")
PAIRS = (
    ("positive", "negative"), ("pos", "neg"), ("praise", "complaint"), ("good", "bad"), ("true", "false"),
    ("yes", "no"), ("1", "-1"), ("2", "1"), ("5", "1"), ("4", "0"),
)  # fmt: skip
"""Two values as labels are often written, praise first."""
ENCODINGS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BINARIES = {
    b"PK\x03\x04": mark("an Excel workbook or another ZIP archive"),
    b"\xd0\xcf\x11\xe0": mark("an old Excel workbook"),
    b"%PDF": mark("a PDF"),
    b"\x1f\x8b": mark("a gzip archive"),
    b"\x89PNG": mark("a picture"),
    b"\xff\xd8\xff": mark("a picture"),
    b"SQLite format 3": mark("a database"),
}
SHOWN = 8
"""Columns or values named in one sentence."""
SAVE_AS = mark("Save the table as CSV (UTF-8), with a header line.")
NOT_UTF8 = mark("The file is not UTF-8; it was read as Windows-1252 (Western European).")


class ColumnsUnknown(SourceUnavailable):
    """Which columns hold texts and labels must be said: ``columns`` are there; ``text`` and ``label`` are guesses."""

    def __init__(self, what: str, columns: Sequence[str], do: str = "") -> None:
        self.columns = tuple(columns)
        self.text, self.label = _guess(self.columns, TEXT_NAMES), _guess(self.columns, LABEL_NAMES)
        mend = do or say("Say which columns hold the texts and labels.")
        if self.text and self.label:
            mend += " " + say("Perhaps {text} and {label}.", text=self.text, label=self.label)
        super().__init__(what, _listed(self.columns), mend)


class LabelsUnknown(SourceUnavailable):
    """What the labels mean must be said: ``found`` are the commonest values, each with how often it occurs, ``values``
    is how many there are; ``guess`` maps two of them to 1 and 0, where they look like a usual pair."""

    def __init__(self, found: Counter[str]) -> None:
        self.found, self.values, self.guess = tuple(found.most_common(SHOWN)), len(found), guess_labels(found)
        received = ", ".join(f"{value} ({count:,})" for value, count in self.found)
        if len(found) > 2:
            if len(found) > SHOWN:
                received = say("{values}, {count:,} values in all", values=received, count=len(found))
            super().__init__(
                say("Labels should be 0 and 1, and here are more than two values."), received,
                say("Say which of them mean praise and which complaint; rows with others are left out."),
            )  # fmt: skip
            return
        praise = next((value for value, label in (self.guess or {}).items() if label), None)
        mend = say("Say which of the two means praise.")
        if praise:
            mend += " " + say("Perhaps {value} is praise.", value=praise)
        super().__init__(say("Labels should be 0 and 1."), received, mend)


class Ragged(NamedTuple):
    """A row with another number of cells than the header, and the line of the file that it begins on."""

    line: int
    cells: int


@dataclass(frozen=True)
class Dropped:
    """What was left out: rows without a text, without a label, with a label that was not asked for; texts that stand
    there both as praise and as complaint (with how many rows they were); rows of another length."""

    empty: int = 0
    unlabelled: int = 0
    other_label: int = 0
    contradictory: tuple[str, ...] = ()
    contradictory_rows: int = 0
    ragged: tuple[Ragged, ...] = ()

    @property
    def rows(self) -> int:
        return self.empty + self.unlabelled + self.other_label + self.contradictory_rows + len(self.ragged)


@dataclass(frozen=True)
class TextTable:
    """Texts, stripped of white space around them, and their ``labels``, 1 for praise and 0 for complaint, in the
    file's order; ``notes`` are sentences, to be said, on how the file was understood."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    dropped: Dropped
    columns: tuple[str, ...]
    text_column: str
    label_column: str
    separator: str
    encoding: str
    notes: tuple[str, ...] = ()


@dataclass
class _Rows:
    """What is gathered while a file is read: texts with their labels as written."""

    texts: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    ragged: list[Ragged] = field(default_factory=list)
    empty: int = 0
    unlabelled: int = 0


def read_csv_texts(
    content: bytes,
    text_column: str | None = None,
    label_column: str | None = None,
    labels: Mapping[str, int] | None = None,
) -> TextTable:
    """A table from the bytes of a CSV file: UTF-8, UTF-16 with its mark, or else Windows-1252; parted by comma,
    semicolon or tab. ``labels`` says what the values of the label column mean, in any case; without it they are 0, 1.

    Raises:
        ColumnsUnknown: when the columns are not called text and sentiment and none, or others, were named.
        LabelsUnknown: when the labels are not 0 and 1 and nothing says what they mean.
        SourceUnavailable: when it is too large, no text, no table, or too few texts of a kind.
    """
    encoding = _encoding(content)
    separator, columns = _header(content, encoding, (text_column or TEXT, label_column or LABEL))
    text, label = _columns(columns, text_column, label_column)
    rows = _read(content, encoding, separator, (len(columns), columns.index(text), columns.index(label)))
    meaning = _meaning(Counter(value.casefold() for value in rows.values), rows, labels)
    texts, kept, dropped = _labelled(rows, meaning)
    _check_enough(texts, kept)
    notes = () if encoding != "cp1252" else (NOT_UTF8,)
    return TextTable(tuple(texts), tuple(kept), dropped, columns, text, label, separator, encoding, notes)


def guess_labels(found: Mapping[str, int]) -> dict[str, int] | None:
    """What two values mean where they are a usual pair, in the spelling found."""
    spelled = {value.casefold(): value for value in found}
    for praise, complaint in PAIRS:
        if set(spelled) == {praise, complaint}:
            return {spelled[praise]: 1, spelled[complaint]: 0}
    return None


def _encoding(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        most = say("A file of texts may have up to {most} MB.", most=MOST_BYTES // 10**6)
        raise SourceUnavailable(most, f"{len(content) / 1e6:,.1f} MB", say("Bring a part of it."))
    kind = next((kind for begins, kind in BINARIES.items() if content.startswith(begins)), None)
    if kind:
        raise SourceUnavailable(say("This is no CSV file but {kind}.", kind=say(kind)), content[:8], say(SAVE_AS))
    encoding = next((name for begins, name in ENCODINGS.items() if content.startswith(begins)), None) or (
        "utf-8" if _decodes(content, "utf-8") else "cp1252"
    )
    if not _decodes(content, encoding):
        what = say("This file is no text in UTF-8, UTF-16 or Windows-1252.")
        raise SourceUnavailable(what, content[:20], say(SAVE_AS))
    return encoding


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        for _ in _wrapped(content, encoding):
            pass
    except UnicodeError:
        return False
    return True


def _wrapped(content: bytes, encoding: str) -> Iterator[str]:
    """The lines of a file, decoded as they are asked for. (A file without line breaks comes in pieces.)"""
    file = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    while line := file.readline(csv.field_size_limit()):
        yield line


def _lines(content: bytes, encoding: str) -> Iterator[str]:
    for number, line in enumerate(_wrapped(content, encoding), 1):
        if any(c < " " and c not in "\t\n\r\f\v\x1a" for c in line[:2_000]) or "\0" in line:
            what = say(
                "Line {number:,} holds bytes that are no text: this is a damaged or a binary file.", number=number
            )
            raise SourceUnavailable(what, line[:20], say(SAVE_AS))
        yield line


def _header(content: bytes, encoding: str, wanted: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    """The separator that gives the wanted columns, or most columns, and the names of the columns."""
    found = {}
    for separator in SEPARATORS:
        rows = (row for row in _records(content, encoding, separator) if any(cell.strip() for cell in row[1]))
        _, row = next(rows, (0, []))
        found[separator] = tuple(cell.strip() for cell in row)
    best = max(SEPARATORS, key=lambda s: (len(set(map(str.casefold, found[s])) & set(wanted)), len(found[s])))
    if not found[best]:
        raise SourceUnavailable(say("This file is empty."), say("{count} bytes", count=len(content)), say(SAVE_AS))
    return best, found[best]


def _records(content: bytes, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row and the line it begins on. `csv` reads a cell whatever it begins with as text."""
    reader, line = csv.reader(_lines(content, encoding), delimiter=separator, strict=True), 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        what = say(
            "The row that begins on line {line:,} cannot be read ({error}); perhaps a quote is not closed.",
            line=line,
            error=error,
        )
        raise SourceUnavailable(what, None, say(SAVE_AS)) from error


def _columns(columns: tuple[str, ...], text: str | None, label: str | None) -> tuple[str, str]:
    """The names of the two columns as the file spells them."""
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        mend = say("Give each column a name of its own.")
        raise SourceUnavailable(say("Two columns have the same name."), twice, mend)
    spelled = {name.casefold(): name for name in reversed(columns)} | {name: name for name in columns}
    found = [spelled.get(name) or spelled.get(name.casefold()) for name in (text or TEXT, label or LABEL)]
    if found[0] is None or found[1] is None:
        missing = [name for name, column in zip((text or TEXT, label or LABEL), found, strict=True) if column is None]
        raise _missing(missing, columns)
    if found[0] == found[1]:
        raise ColumnsUnknown(say("Texts and labels cannot be the same column."), columns)
    return found[0], found[1]


def _missing(missing: Sequence[str], columns: Sequence[str]) -> ColumnsUnknown:
    what = say("There is no column {column}.", column=missing[0])
    if len(missing) > 1:
        what = say("There is no column {column} and no column {other}.", column=missing[0], other=missing[1])
    do = ""
    if columns[-1] in {*ONES, *ZEROS}:
        do = say("The first line looks like data: put the line {line} above it.", line=f"{TEXT},{LABEL}")
    return ColumnsUnknown(what, columns, do)


def _read(content: bytes, encoding: str, separator: str, places: tuple[int, int, int]) -> _Rows:
    """All rows but the header; ``places`` are how many columns there are and which hold text and label."""
    width, text, label = places
    rows, count = _Rows(), 0
    records = (record for record in _records(content, encoding, separator) if any(cell.strip() for cell in record[1]))
    next(records)
    for count, (line, row) in enumerate(records, 1):
        if count > MOST_ROWS:
            most = say("A file of texts may have up to {most:,} rows.", most=MOST_ROWS)
            raise SourceUnavailable(most, say("more"), say("Bring a part."))
        if len(row) != width:
            rows.ragged.append(Ragged(line, len(row)))
        else:
            _take(rows, row[text].strip(), row[label].strip())
    if not count:
        raise SourceUnavailable(say("There is a header and no row below it."), None, say("Add rows."))
    if len(rows.ragged) * MOST_RAGGED > count:
        raise _ragged(rows.ragged, count, width, separator)
    return rows


def _ragged(found: Sequence[Ragged], of: int, width: int, separator: str) -> SourceUnavailable:
    what = say(
        "{count:,} of {of:,} rows do not have the {width} cells of the header, the first on line {line:,}.",
        count=len(found), of=of, width=width, line=found[0].line,
    )  # fmt: skip
    do = say(
        "Put texts that hold a {separator} in quotes, or save the table as CSV again.",
        separator=say(SEPARATORS[separator]),
    )
    return SourceUnavailable(what, say("{count} cells", count=found[0].cells), do)


def _take(rows: _Rows, text: str, value: str) -> None:
    if not text:
        rows.empty += 1
    elif not value:
        rows.unlabelled += 1
    else:
        rows.texts.append(text)
        rows.values.append(value)


def _meaning(found: Counter[str], rows: _Rows, labels: Mapping[str, int] | None) -> dict[str, int]:
    """What the values of the label column mean, in small letters."""
    if labels is not None:
        meaning = {value.strip().casefold(): label for value, label in labels.items()}
        if set(meaning.values()) != {0, 1}:
            do = say("Say which values mean praise (1) and which complaint (0).")
            raise SourceUnavailable(say("Labels must be given a meaning of 0 and of 1."), dict(labels), do)
        return meaning
    meaning = {**dict.fromkeys(ONES, 1), **dict.fromkeys(ZEROS, 0)}
    if len(found) > 1 and not set(found) <= set(meaning):
        spelled = {value.casefold(): value for value in reversed(rows.values)}
        raise LabelsUnknown(Counter({spelled[value]: count for value, count in found.items()}))
    if len({meaning.get(value, value) for value in found}) == 1:
        what = say("All rows have the same label: there is nothing to tell apart.")
        do = say("Bring at least {least} texts of praise and {least} of complaint.", least=LEAST)
        raise SourceUnavailable(what, rows.values[0], do)
    return meaning


def _labelled(rows: _Rows, meaning: Mapping[str, int]) -> tuple[list[str], list[int], Dropped]:
    """Texts and labels without what has no label of use or has both."""
    labels = [meaning.get(value.casefold(), -1) for value in rows.values]
    keys = [same_text(text) for text in rows.texts]
    seen: tuple[set[bytes], set[bytes]] = (set(), set())
    for key, label in zip(keys, labels, strict=True):
        if label >= 0:
            seen[label].add(key)
    both = seen[0] & seen[1]
    kept = [row for row, key in enumerate(keys) if labels[row] >= 0 and key not in both]
    contrary = {key: shown(text, 200) for key, text in zip(keys, rows.texts, strict=True) if key in both}
    dropped = Dropped(
        rows.empty, rows.unlabelled, labels.count(-1), tuple(contrary.values()),
        sum(key in both and label >= 0 for key, label in zip(keys, labels, strict=True)), tuple(rows.ragged),
    )  # fmt: skip
    return [rows.texts[row] for row in kept], [labels[row] for row in kept], dropped


def _check_enough(texts: Sequence[str], labels: Sequence[int]) -> None:
    found = [
        len({same_text(text) for text, kind in zip(texts, labels, strict=True) if kind == label}) for label in (0, 1)
    ]
    if min(found) < LEAST:
        what = say("There must be at least {least} different texts of praise and {least} of complaint.", least=LEAST)
        received = say("{praise} of praise, {complaint} of complaint", praise=found[1], complaint=found[0])
        raise SourceUnavailable(what, received, say("Add more texts."))


def _guess(columns: Sequence[str], names: Sequence[str]) -> str | None:
    spelled = {column.casefold(): column for column in columns}
    return next((spelled[name] for name in names if name in spelled), None)


def _listed(values: Sequence[str]) -> str:
    listed = ", ".join(shown(value, 30) for value in values[:SHOWN])
    more = len(values) - SHOWN
    return say("{names} and {count:,} more", names=listed, count=more) if more > 0 else listed
