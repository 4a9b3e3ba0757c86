"""GloVe's text files: a word and its numbers a line, plain, gzipped or zipped. They are read once into a table like the
shipped one, which loads at once; and what Stanford's own file must look like when it was downloaded."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from core.errors import SourceUnavailable
from core.home import home
from core.sources.fetch import LATER, Remote
from core.sources.prepared import prepared
from core.words import mark, say

NAME = "glove-6b-100d"
ARCHIVE = Remote(
    "https://downloads.cs.stanford.edu/nlp/data/glove.6B.zip",
    "glove.6B.zip",
    862_182_613,
    b"PK\x03\x04",
    "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
)
"""Holds the same words with 50, 100, 200 and 300 numbers."""
WORDS, NUMBERS = 400_000, 100
FIRST = "the"
FIRST_NUMBERS = (-0.038194, -0.24487, 0.72812, -0.39961, 0.083172)
HALF_STEP = 2.0**-11
"""The most that rounding to float16 moves a number, as a part of it."""
MOST_WORDS, MOST_LINE = 1_500_000, 10_000
"""The largest of GloVe's tables with 100 numbers has 1.3 million words; a line of it about 1,000 bytes."""
LINES = 4_096
"""Lines whose numbers are read at a time: one by one takes three times as long."""
VECTORS_FILE, WORDS_FILE = "vectors.npy", "words.txt"
VERSION = 1
"""Raise it when reading changes: prepared files of another version are left alone."""
GET_WHOLE = mark("Get the file again: it should be a whole text file of GloVe with 100 numbers a word.")


class Table(NamedTuple):
    """``words`` in the file's order, each once; ``vectors`` is (words, 100) float32, read-only."""

    words: tuple[str, ...]
    vectors: np.ndarray


class Summary(NamedTuple):
    """What was read: words kept, and lines left out since their word stood above already."""

    words: int
    duplicates: int


@dataclass
class _Gathered:
    """What is read so far: words in their order, numbers as float16 blocks, the lines not yet turned to numbers."""

    words: dict[str, None] = field(default_factory=dict)
    blocks: list[np.ndarray] = field(default_factory=list)
    waiting: list[tuple[int, bytes]] = field(default_factory=list)
    duplicates: int = 0


def read_glove_file(path: Path, folder: Path) -> Summary:
    """Read a file of GloVe's form, plain, gzipped or zipped, into ``vectors.npy`` (float16) and ``words.txt`` in a
    folder that is there. Of a word that occurs twice the first is kept. The text is never in memory as a whole.

    Raises:
        SourceUnavailable: when it is none, is cut short, or has another number of numbers a word, naming the line.
        OSError: when the folder cannot be written.
    """
    gathered, promised = _Gathered(), None
    with _opened(path) as file:
        for number, line in _lines(file, path.name):
            if number == 1 and (promised := _promised(line)) is not None:
                continue
            _add(gathered, number, line)
    _turn_to_numbers(gathered)
    _check_count(len(gathered.words) + gathered.duplicates, promised, path.name)
    _save(gathered, folder)
    return Summary(len(gathered.words), gathered.duplicates)


def prepared_glove(path: Path) -> Path:
    """The folder with what `read_glove_file` makes of a file, made once for each content.

    Raises:
        SourceUnavailable: when the file cannot be read, or is no such file.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error
    return prepared(f"vectors-{VERSION}-{digest}", lambda part: _made(path, part))


def load_table(folder: Path) -> Table:
    """What was made of a file (400,000 words: 0.4 s).

    Raises:
        SourceUnavailable: when a file is missing, damaged or of another form.
    """
    do = say("Download it again on the library page, or read the file again.")
    try:
        vectors = np.load(folder / VECTORS_FILE, allow_pickle=False)
        words = tuple((folder / WORDS_FILE).read_text(encoding="utf-8").removesuffix("\n").split("\n"))
    except (OSError, EOFError, ValueError) as error:
        raise SourceUnavailable(say("These word vectors cannot be read."), folder.name, do) from error
    if vectors.dtype != np.float16 or vectors.shape != (len(words), NUMBERS) or len(set(words)) != len(words):
        shape, kind = str(vectors.shape), vectors.dtype
        received = say("{shape} of {kind} for {words:,} words", shape=shape, kind=kind, words=len(words))
        raise SourceUnavailable(say("These word vectors are not of the expected form."), received, do)
    vectors = vectors.astype(np.float32)
    vectors.setflags(write=False)  # everyone in the process gets this same array
    return Table(words, vectors)


@lru_cache(maxsize=1)
def load_downloaded() -> Table:
    """Stanford's whole table, where it was downloaded.

    Raises:
        SourceUnavailable: when it is not on this computer, or is damaged.
    """
    folder = next((place for place in places() if is_there(place)), None)
    if folder is None:
        raise SourceUnavailable(
            say("GloVe's 400,000 words are not on this computer."), NAME,
            say("Download them on the library page, or choose the 40,000 words that ship."),
        )  # fmt: skip
    return load_table(folder)


def places() -> list[Path]:
    """Where the downloaded table lies."""
    return [home() / "downloads" / NAME]


def is_whole(folder: Path) -> bool:
    """By names and sizes only.

    Raises:
        OSError: when a file is missing.
    """
    least = WORDS * NUMBERS * np.dtype(np.float16).itemsize
    return (folder / VECTORS_FILE).stat().st_size > least and (folder / WORDS_FILE).stat().st_size > WORDS


def is_there(folder: Path) -> bool:
    """Whether a folder holds the table, by names and sizes only."""
    try:
        return is_whole(folder)
    except OSError:
        return False


def build(fetched: Path) -> Path:
    """The folder with the table of 100 numbers a word that is in the archive in ``fetched``.

    Raises:
        SourceUnavailable: when the archive is damaged or holds no such table.
    """
    folder = fetched / "table"
    folder.mkdir()
    read_glove_file(fetched / ARCHIVE.name, folder)
    return folder


def prove(folder: Path) -> None:
    """Read a table and compare it with what is known of Stanford's.

    Raises:
        SourceUnavailable: when it is another, or damaged.
    """
    table = load_table(folder)
    if len(table.words) != WORDS:
        what = say("GloVe should have {count:,} words.", count=WORDS)
        raise SourceUnavailable(what, f"{len(table.words):,}", say(LATER))
    found = table.vectors[0, : len(FIRST_NUMBERS)]
    if table.words[0] != FIRST or not np.allclose(found, FIRST_NUMBERS, rtol=HALF_STEP, atol=0):
        received = f"{table.words[0]} {' '.join(f'{number:.5g}' for number in found)}"
        what = say("GloVe's first word should be {word}, with its own numbers.", word=FIRST)
        raise SourceUnavailable(what, received, say(LATER))


def _made(path: Path, part: Path) -> None:
    read_glove_file(path, part)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The text in a file, unpacked as it is read."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
            file.seek(0)
            if begins.startswith(b"PK"):
                with zipfile.ZipFile(file) as archive, archive.open(_member(archive)) as inner:
                    yield inner
            elif begins.startswith(b"\x1f\x8b"):
                with gzip.open(file) as unpacked:
                    yield unpacked  # type: ignore[misc]
            else:
                yield file
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise _broken(say("This archive is cut short or damaged."), path.name) from error
    except (RuntimeError, NotImplementedError) as error:  # with a password, or packed in an unusual way
        raise _broken(say("This archive cannot be unpacked ({error}).", error=error), path.name) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> SourceUnavailable:
    what = say("This file cannot be read ({error}).", error=error.strerror or error)
    return SourceUnavailable(what, str(path), say("Give a text file of GloVe, plain, gzipped or zipped."))


def _broken(what: str, received: object) -> SourceUnavailable:
    return SourceUnavailable(what, received, say(GET_WHOLE))


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The file with 100 numbers a word, or the only text there is."""
    texts = [info for info in archive.infolist() if not info.is_dir() and info.filename.lower().endswith(".txt")]
    texts = [info for info in texts if not info.filename.startswith("__MACOSX/")]
    chosen = [info for info in texts if f"{NUMBERS}d." in info.filename.lower()] or texts
    if len(chosen) != 1:
        names = ", ".join(archive.namelist()[:5]) or say("nothing")
        raise _broken(say("There is no single file with {count} numbers a word in it.", count=NUMBERS), names)
    return chosen[0]


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """Lines with their number from 1, without their ends."""
    number = 0
    while line := file.readline(MOST_LINE):
        number += 1
        if number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise _broken(say("This file is in UTF-16; GloVe's are in UTF-8."), name)
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.endswith(b"\n"):
            if len(line) >= MOST_LINE:
                raise _broken(say("Line {number:,} is far too long for one of GloVe's.", number=number), line[:20])
            what = say("Line {number:,} has no end, so the file may be cut off in it.", number=number)
            do = f"{say(GET_WHOLE)} {say('If it is whole, add a line break at its end.')}"
            raise SourceUnavailable(what, line[-20:], do)
        yield number, line.rstrip(b"\r\n ")
    if not number:
        raise _broken(say("This file is empty."), name)


def _promised(line: bytes) -> int | None:
    """How many words a first line in word2vec's form promises; None for any other line.

    Raises:
        SourceUnavailable: when it promises vectors of another length.
    """
    cells = line.split(b" ")
    if len(cells) != 2 or not all(cell.isdigit() for cell in cells):
        return None
    if int(cells[1]) != NUMBERS:
        raise _other_length(1, int(cells[1]))
    return int(cells[0])


def _add(gathered: _Gathered, number: int, line: bytes) -> None:
    word, _, numbers = line.partition(b" ")
    count = numbers.count(b" ") + 1 if numbers else 0
    if count != NUMBERS:
        raise _other_length(number, count, is_first=not gathered.words)
    try:
        text = word.decode()
    except UnicodeDecodeError as error:
        raise _broken(say("The word on line {number:,} is not in UTF-8.", number=number), word[:20]) from error
    if not text:
        raise _broken(say("There is no word on line {number:,}.", number=number), line[:20])
    if text in gathered.words:
        gathered.duplicates += 1
        return
    if len(gathered.words) == MOST_WORDS:
        what = say("At most {most:,} words are read.", most=MOST_WORDS)
        raise SourceUnavailable(what, say("more"), say("Bring the first of them."))
    gathered.words[text] = None
    gathered.waiting.append((number, numbers))
    if len(gathered.waiting) == LINES:
        _turn_to_numbers(gathered)


def _other_length(number: int, count: int, is_first: bool = True) -> SourceUnavailable:
    what = mark("The word on line {number:,} has another length than {length} numbers.")
    if is_first:
        what = mark("Words in this file have another length than {length} numbers.")
    return _broken(say(what, number=number, length=NUMBERS), say("{count} numbers", count=count))


def _turn_to_numbers(gathered: _Gathered) -> None:
    if not gathered.waiting:
        return
    block = _numbers(b" ".join(numbers for _, numbers in gathered.waiting), len(gathered.waiting))
    if block is None:
        number, numbers = next(w for w in gathered.waiting if _numbers(w[1], 1) is None)
        wrong = next((cell for cell in numbers.split(b" ") if not _is_number(cell)), numbers[:20])
        what = say("There is something on line {number:,} that is no number, or too large a one.", number=number)
        raise _broken(what, wrong.decode("utf-8", "replace"))
    gathered.blocks.append(block)
    gathered.waiting.clear()


def _numbers(text: bytes, rows: int) -> np.ndarray | None:
    """Lines of numbers as float16, (rows, 100); None when there is one among them that is none."""
    try:
        with np.errstate(over="ignore"):
            block = np.array(text.split(b" "), dtype=np.float32).astype(np.float16)
    except ValueError:
        return None
    return block.reshape(rows, NUMBERS) if block.size == rows * NUMBERS and np.isfinite(block).all() else None


def _is_number(cell: bytes) -> bool:
    try:
        return bool(abs(float(cell)) <= float(np.finfo(np.float16).max))
    except ValueError:
        return False


def _check_count(found: int, promised: int | None, name: str) -> None:
    if not found:
        raise _broken(say("There are no words in this file."), name)
    if promised is not None and found != promised:
        what = say(
            "The first line promises {promised:,} words, and line {line:,} is the last.",
            promised=promised,
            line=found + 1,
        )
        raise _broken(what, say("{count:,} words", count=found))


def _save(gathered: _Gathered, folder: Path) -> None:
    """Block by block: all in one array would need the memory twice."""
    shape = (len(gathered.words), NUMBERS)
    vectors = np.lib.format.open_memmap(folder / VECTORS_FILE, mode="w+", dtype=np.float16, shape=shape)
    start = 0
    for block in gathered.blocks:
        vectors[start : start + len(block)] = block
        start += len(block)
    vectors.flush()
    with (folder / WORDS_FILE).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{word}\n" for word in gathered.words)
