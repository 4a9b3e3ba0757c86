"""Photos in a zip archive, which may have been made to do harm. Nothing of it is ever written under a name of its own,
nothing that it says of sizes is believed, and nothing in it is opened but as the bytes of a photo."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from core.errors import LabError, SourceUnavailable, UnreadablePhoto, shown
from core.limits import ZIP_BYTES, ZIP_DIRECTORY_BYTES, ZIP_FILES, ZIP_RATIO, ZIP_UNPACKED_BYTES
from core.sources.photo_classes import LONGEST, Found, is_clutter, refused
from core.sources.photo_folders import photo_bytes
from core.sources.photos import MOST_BYTES
from core.words import mark, say

UNPACKING = mark("unpacking")
AT_ONCE = 64 * 1024
"""Bytes that are unpacked in one go."""
LOCKED = 0x1 | 0x40 | 0x2000
"""Flags of a file, or of the list itself, that takes a password."""
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Those Python unpacks bit by bit; of the others it would make all of a file at once."""
LOCAL_HEADER = 30
"""Bytes before each file of an archive, at the least."""
DO = mark("Make a zip of folders of photos, one for each class.")

ENDINGS = "keras|h5|hdf5|pb|pt|pth|ckpt|onnx|tflite|safetensors|pkl|pickle|joblib|npz|npy"
MODELS = re.compile(rf"\.({ENDINGS})$", re.IGNORECASE)
"""How a model's file is called."""
KERAS = {"metadata.json", "config.json", "model.weights.h5"}
"""What a `.keras` file has in it, which is a zip by itself."""
OTHERS = (
    (b"\x89HDF\r\n\x1a\n", mark("an HDF5 file, as models are kept in")),
    (b"Rar!\x1a\x07", mark("a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", mark("a 7-Zip archive")),
    (b"\x1f\x8b", mark("a gzip file")),
    (b"BZh", mark("a bzip2 file")),
    (b"\xfd7zXZ\0", mark("an xz file")),
    (b"\x28\xb5\x2f\xfd", mark("a Zstandard file")),
    (b"MSCF", mark("a cabinet file")),
    (b"PK\x07\x08", mark("one part of a zip in several")),
    (b"PK\x03\x04", mark("a zip that is damaged or cut off")),
    (b"%PDF", mark("a PDF")),
)
"""How other files begin, and what they are."""
TAR_AT, TAR = 257, b"ustar"
TOO_LONG = "its list of contents is too long"

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Unpacked:
    """The files of an archive, by the folders and the names it gave them, and what was left out, with the reason."""

    found: tuple[Found, ...]
    left_out: tuple[tuple[str, str], ...]


def unpack(content: BinaryIO, name: str, folder: Path, tell: Tell) -> Unpacked:
    """Write the files of a zip as numbered files into a folder, which the caller takes away.

    A file that is too large or damaged, that is no plain file, or whose name leads elsewhere is left out. So is one
    that becomes `ZIP_RATIO` times what it was, after its first megabyte.

    Raises:
        SourceUnavailable: when it is no zip, locked, too large, or made to do harm as a whole.
    """
    _check_size(content, name)
    with _opened(content, name) as archive:
        entries = _entries(archive, name)
        room = _Room(name)
        found: list[Found] = []
        left_out: dict[str, str] = {}
        for number, (path, entry) in enumerate(entries):
            tell(UNPACKING, number, len(entries))
            target = folder / f"{number:06}"
            said = shown("/".join(path), LONGEST)
            try:
                _check_entry(path, entry)
                _write(archive, entry, target, room)
            except UnreadablePhoto as error:
                target.unlink(missing_ok=True)
                left_out[said] = str(error)
            else:
                found.append(Found(path, partial(photo_bytes, target)))
        tell(UNPACKING, len(entries), len(entries))
    return Unpacked(tuple(found), tuple(left_out.items()))


def count_files(content: BinaryIO, name: str) -> int:
    """How many files a zip holds, by its list of contents alone.

    Raises:
        SourceUnavailable: when nothing of it would be unpacked.
    """
    _check_size(content, name)
    with _opened(content, name) as archive:
        return len(_entries(archive, name))


class _Room:
    """How much may still come out of an archive; what is left out in the end has come out all the same."""

    def __init__(self, name: str) -> None:
        self._name, self._left = name, ZIP_UNPACKED_BYTES

    def take(self, size: int) -> None:
        """
        Raises:
            SourceUnavailable: when there is no more room.
        """
        self._left -= size
        if self._left < 0:
            most = say("What is in a zip may be up to {most:,.0f} MB together.", most=ZIP_UNPACKED_BYTES / 1e6)
            raise refused(most, self._name, say("Take fewer photos, or save them smaller."))


class _Directory:
    """An archive's file, of which no long list of contents can be read: `zipfile` reads it in one go and makes an
    object of each entry, before their number can be looked at."""

    def __init__(self, content: BinaryIO) -> None:
        self._content, self.is_open = content, False

    def read(self, size: int = -1) -> bytes:
        if not self.is_open and size > ZIP_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(TOO_LONG)
        return self._content.read(size)

    def seek(self, to: int, whence: int = io.SEEK_SET) -> int:
        return self._content.seek(to, whence)

    def tell(self) -> int:
        return self._content.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """Not ours to close."""


def _check_size(content: BinaryIO, name: str) -> None:
    size = content.seek(0, io.SEEK_END)
    if size > ZIP_BYTES:
        most = say("A zip may have up to {most:,.0f} MB.", most=ZIP_BYTES / 1e6)
        raise refused(most, f"{name}, {size / 1e6:,.1f} MB", say("Take fewer photos, or save them smaller."))


def _opened(content: BinaryIO, name: str) -> zipfile.ZipFile:
    """The archive with its list of contents read.

    Raises:
        SourceUnavailable: when it is no zip.
    """
    content.seek(0)
    begins = content.read(TAR_AT + len(TAR))
    if MODELS.search(name):
        raise _model(name)
    guarded = _Directory(content)
    try:
        archive = zipfile.ZipFile(guarded)  # type: ignore[arg-type] # as much of a file as it takes
    except Exception as error:  # of a damaged list it raises struct's errors and codecs' too
        raise _no_zip(begins, name, error) from error
    guarded.is_open = True
    return archive


def _no_zip(begins: bytes, name: str, error: Exception) -> SourceUnavailable:
    if begins[TAR_AT:] == TAR:
        kind = mark("a tar archive")
    else:
        kind = mark("no archive at all") if begins else mark("empty")
        kind = next((what for start, what in OTHERS if begins.startswith(start)), kind)
    if kind == OTHERS[0][1]:
        return _model(name)
    what = say("Only zip archives are read, and this is {kind}.", kind=say(kind))
    if TOO_LONG in str(error):
        what = say("Only zip archives are read, and this is {kind} (its list of contents is too long).", kind=say(kind))
    return refused(what, name, say(DO))


def _model(name: str) -> SourceUnavailable:
    what = say(
        "This is a model's file. Models are never loaded from outside: what is in them could run on this computer."
    )
    return refused(what, name, say(DO))


def _entries(archive: zipfile.ZipFile, name: str) -> list[tuple[tuple[str, ...], zipfile.ZipInfo]]:
    """The files of an archive by their path, of two of the same path the last one.

    Raises:
        SourceUnavailable: when there are too many, or it is not to be unpacked as a whole.
    """
    entries = archive.infolist()
    if len(entries) > ZIP_FILES:
        most = say("A zip may have up to {most:,} entries.", most=ZIP_FILES)
        raise refused(most, f"{name}, {len(entries):,}", say("Take fewer photos."))
    paths = {file_path(_decoded(entry)): entry for entry in entries if not entry.filename.endswith("/")}
    if {path[-1] for path in paths} >= KERAS:
        raise _model(name)
    if any(entry.flag_bits & LOCKED for entry in entries):
        raise refused(say("This zip is locked with a password."), name, say("Make one without a password."))
    if _overlap(entries):
        what = say("Files lie one over the other in this zip, as in none that is made honestly.")
        raise refused(what, name, say(DO))
    kept = {path: entry for path, entry in paths.items() if not any(map(is_clutter, path))}
    return list(kept.items())


def file_path(name: str) -> tuple[str, ...]:
    """Folders and name of a file somewhere else, by either kind of slash."""
    return tuple(re.split(r"[/\\]", name))


def leads_out(path: tuple[str, ...]) -> bool:
    """Whether a path, as some computer might read it, goes out of the folder that it begins in."""
    return any(part in {"", ".", ".."} for part in path) or bool(re.match(r"[A-Za-z]:", path[0]))


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant. Where nothing says which letters it is in, `zipfile` reads DOS' own; Macs write UTF-8
    all the same."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether one file begins before another has ended: so a small archive becomes any size."""
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            return True
        end = entry.header_offset + LOCAL_HEADER + entry.compress_size
    return False


def _check_entry(path: tuple[str, ...], entry: zipfile.ZipInfo) -> None:
    """
    Raises:
        UnreadablePhoto: why an entry is not even unpacked.
    """
    if leads_out(path):
        raise UnreadablePhoto(say("Its name leads out of the archive."))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind and kind != stat.S_IFREG:
        raise UnreadablePhoto(say("This is a link or a device, not a file."))
    if MODELS.search(path[-1]):
        raise UnreadablePhoto(say("This is a model's file, and models are never loaded from outside."))
    if entry.compress_type not in METHODS:
        what = say("It is packed in a way that is not read here.")
        raise UnreadablePhoto(what, entry.compress_type, say("Make a plain zip."))


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: _Room) -> None:
    """Unpack one file, its bytes counted as they come.

    Raises:
        UnreadablePhoto: when it is damaged or becomes too large.
        SourceUnavailable: when there is no more room for the archive.
        OSError: when it cannot be written.
    """
    most = max(10**6, ZIP_RATIO * entry.compress_size)
    written = 0
    with target.open("wb") as file:
        for piece in _pieces(archive, entry):
            written += len(piece)
            room.take(len(piece))
            if written > MOST_BYTES:
                what = say("A photo may have up to {most} MB.", most=MOST_BYTES // 10**6)
                raise UnreadablePhoto(what, None, say("Save it smaller."))
            if written > most:
                raise _swollen(entry.compress_size, most)
            file.write(piece)


def _swollen(packed: int, most: int) -> UnreadablePhoto:
    received = say("{packed:,} bytes that become more than {most:,}", packed=packed, most=most)
    return UnreadablePhoto(say("It becomes far larger than it is in the archive."), received, say("Save it as JPEG."))


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as packed:
            while piece := packed.read(AT_ONCE):
                yield piece
    except LabError:
        raise
    except Exception as error:  # of damaged files it raises zlib's, struct's and codecs' errors too
        raise UnreadablePhoto(say("It is damaged in the archive."), str(error) or type(error).__name__) from error
