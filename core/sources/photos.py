"""Photos: those that somebody brings, read from bytes that nobody vouches for, and a few that are here already.

Colour profiles are not applied, as nowhere in Keras' own reading of pictures.
"""

from __future__ import annotations

import io
import re
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from core.errors import LabError, SourceUnavailable, UnreadablePhoto
from core.limits import LEAST_EDGE
from core.limits import PHOTO_BYTES as MOST_BYTES
from core.limits import PHOTO_MEGAPIXELS as MOST_MEGAPIXELS
from core.limits import TIMES_AS_LONG as LONGEST
from core.limits import WEBP_MEGAPIXELS as MOST_WEBP_MEGAPIXELS
from core.sources.catalogue import ASSETS, installed_file
from core.words import mark, say

DRAFT = 4
"""A JPEG is decoded at a half, a quarter or an eighth while its sides stay this many times the wanted edge. A phone's
12 megapixels come out 0.1 of 255 otherwise in the mean, and 40 take 3 MB to decode instead of 150."""

# Small files that would keep a decoder busy for hours or fill the memory: what no photo needs is refused.
MOST_READS = 100_000
MOST_JPEG_PIECES, MOST_JPEG_SCANS = 1_000, 50
"""Progressive JPEGs have about ten scans. One of 40 megapixels takes 20 ms and 64 bytes: 20 MB of them, two hours."""
MOST_TIFF_VALUES = 20_000
"""Of one tag; Pillow makes a Python object of each, so that two million took 20 s and 880 MB. Strips are a few rows."""

SAVE_AGAIN = mark("Open it in a picture program and save it as JPEG or PNG.")
_ONE_AT_A_TIME = threading.Lock()  # memory for one photo, however many a class brings at once


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """Its first picture only, where several are in one file."""

    def _read_dpi_from_exif(self) -> None:
        """Not wanted, and Pillow warns of damaged EXIF when it looks there."""


class _File(io.BytesIO):
    """Bytes as a file that can be read from so many times: five million empty pieces took Pillow 6 s and 650 MB."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise OSError(say("too many pieces"))
        return super().read(size)


FORMATS: dict[str, tuple[re.Pattern[bytes], Callable[[io.BytesIO], ImageFile.ImageFile]]] = {
    "JPEG": (re.compile(rb"\xff\xd8\xff"), _Jpeg),
    "PNG": (re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    "WebP": (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    "GIF": (re.compile(rb"GIF8[79]a"), GifImagePlugin.GifImageFile),
    "BMP": (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), BmpImagePlugin.BmpImageFile),
    "TIFF": (re.compile(rb"II\*\0|MM\0\*"), TiffImagePlugin.TiffImageFile),
}
"""How each begins, and what of Pillow opens it. `Image.open` would warn of large pictures before they can be refused,
and open a phone's JPEG as several pictures."""

_JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")  # those with a length after them, and the end
_SCAN, _END = 0xDA, 0xD9

_ORIENTATION, _BITS, _PHOTOMETRIC, _TILES = 274, 258, 262, range(322, 326)
_BMP_RUNS = (1, 2)
_BYTES, _SHORT = (1, 2, 7), 3
"""TIFF's types: those that stay bytes or text in Pillow, and a number of 16 bits."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture of this EXIF orientation upright."""


def read_photo(content: bytes, edge: int) -> np.ndarray:
    """The middle square of a photo, upright: (edge, edge, 3) uint8 RGB, bicubic, on white where it is transparent.

    Of what moves, the first picture. The file's name plays no part.

    Raises:
        UnreadablePhoto: when it is no picture, damaged, too large, too small or too long.
    """
    with _ONE_AT_A_TIME:
        photo = _decode(content, edge)
        side = min(photo.size)
        left, top = (photo.width - side) // 2, (photo.height - side) // 2
        square = photo.crop((left, top, left + side, top + side))
        return np.array(square.resize((edge, edge), Image.Resampling.BICUBIC))


def thumbnail(content: bytes, edge: int) -> bytes:
    """All of a photo, upright, as a JPEG to show: its longer side is at most the edge.

    Raises:
        UnreadablePhoto: as in `read_photo`.
    """
    with _ONE_AT_A_TIME:
        photo, jpeg = _decode(content, edge), io.BytesIO()
        photo.thumbnail((edge, edge), Image.Resampling.BICUBIC)
        photo.save(jpeg, "JPEG", quality=85)
        return jpeg.getvalue()


@dataclass(frozen=True)
class ReadyPhoto:
    """A photo that is on every computer, with what its package says of its rights: shipped, or inside an installed
    ``package``."""

    id: str
    title: str
    licence: str
    credit: str
    package: str | None
    file: str


READY = (
    ReadyPhoto("chelsea", mark("Chelsea, a sharp cat"), "CC0", "Stefan van der Walt", None, "photos/chelsea.png"),
    ReadyPhoto(
        "china", mark("A palace in China"), "CC BY 2.0", "danielbuechele, flickr.com/photos/danielbuechele/6061409035",
        "scikit-learn", "sklearn/datasets/images/china.jpg",
    ),
    ReadyPhoto(
        "flower", mark("A flower"), "CC BY 2.0", "danielbuechele, flickr.com/photos/vultilion/6056698931",
        "scikit-learn", "sklearn/datasets/images/flower.jpg",
    ),
)  # fmt: skip
"""A cat as cameras see one, larger than CIFAR's; and what is neither cat nor dog: what does a network say that knows
nothing else?"""


def ready_photo(name: str) -> bytes:
    """The file of one of the ready photos.

    Raises:
        SourceUnavailable: when there is none of this id, or it is missing from its package or from what is shipped.
    """
    for photo in READY:
        if photo.id == name:
            return _file(photo).read_bytes()
    mend = say("Known are: {names}.", names=", ".join(photo.id for photo in READY))
    raise SourceUnavailable(say("There is no such ready photo."), name, mend)


def _file(photo: ReadyPhoto) -> Path:
    if photo.package is not None:
        return installed_file(photo.package, photo.file)
    path = ASSETS / photo.file
    if not path.is_file():
        raise SourceUnavailable(say("A shipped photo is missing."), photo.file, say("Install the project again."))
    return path


def _decode(content: bytes, edge: int) -> Image.Image:
    """The whole photo, upright, in RGB; a JPEG no larger than the edge needs."""
    kind, opens = _format(content)
    try:
        _check_pieces(kind, content)
        image: Image.Image = opens(_File(content))
        _check_size(kind, image)
        image.draft(None, (DRAFT * edge, DRAFT * edge))
        image.load()
        orientation = _orientation(image.info.get("exif", b""))
        image = _on_white(image)
        return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image
    except LabError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(kind, str(error)) from error
    except Exception as error:  # over a damaged file Pillow raises nearly everything, and its warnings may be errors
        why = str(error) or type(error).__name__
        what = say("This {kind} picture is damaged or cut off.", kind=kind)
        raise UnreadablePhoto(what, why, say("Save or send it again.")) from error


def _format(content: bytes) -> tuple[str, Callable[[io.BytesIO], ImageFile.ImageFile]]:
    if not content:
        raise UnreadablePhoto(say("This file is empty."), say("{count} bytes", count=0), say("Save or send it again."))
    if len(content) > MOST_BYTES:
        most = say("A photo may have up to {most} MB.", most=MOST_BYTES // 10**6)
        raise UnreadablePhoto(most, f"{len(content) / 1e6:,.1f} MB", say("Save it smaller."))
    for kind, (begins, opens) in FORMATS.items():
        if begins.match(content):
            return kind, opens
    raise UnreadablePhoto(
        say("This file is not a picture that can be read."), content[:40].decode("latin-1"),
        say("Take JPEG, PNG, WebP, GIF, BMP or TIFF; phones can save HEIC photos as JPEG."),
    )  # fmt: skip


def _check_pieces(kind: str, content: bytes) -> None:
    """Refuse what would take too long even to open."""
    if kind == "JPEG":
        pieces = list(islice(_jpeg_pieces(content), MOST_JPEG_PIECES + 1))
        is_plain = len(pieces) <= MOST_JPEG_PIECES and pieces.count(_SCAN) <= MOST_JPEG_SCANS
    else:
        is_plain = kind != "TIFF" or _is_plain_tiff(content)
    if not is_plain:
        in_pieces = say("it is in too many pieces") if kind == "JPEG" else say("it is in tiles or too many pieces")
        raise _unusual(kind, in_pieces)


def _jpeg_pieces(content: bytes) -> Iterator[int]:
    """The marker of each piece of a JPEG, up to the end of its first picture."""
    at = 2
    while (found := _JPEG_MARKER.search(content, at)) and found[1][0] != _END:
        yield found[1][0]
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])


def _is_plain_tiff(content: bytes) -> bool:
    """In strips, and not too many. A file of 500 bytes can ask for a tile of 1.5 GB."""
    return not any(
        tag in _TILES or (count > MOST_TIFF_VALUES and kind not in _BYTES) for tag, kind, count, _ in _tags(content)
    )


def _tags(body: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, count and first 16 bits of each entry of a TIFF's first directory, as far as it goes; EXIF is one."""
    order = "<" if body.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", body, 4)
        (entries,) = struct.unpack_from(f"{order}H", body, start)
        for entry in range(entries):
            yield struct.unpack_from(f"{order}HHIH", body, start + 2 + 12 * entry)
    except struct.error:
        return


def _orientation(exif: bytes) -> int:
    """1 is upright, and what is said of EXIF that cannot be read. (Pillow itself turns TIFFs.)"""
    tags = _tags(exif.removeprefix(b"Exif\0\0"))
    return next((value for tag, kind, _, value in tags if (tag, kind) == (_ORIENTATION, _SHORT)), 1)


def _check_size(kind: str, image: Image.Image) -> None:
    """Refuse by what the header says, before anything is decoded."""
    received = say("{width:,} × {height:,} pixels", width=image.width, height=image.height)
    if image.width * image.height > _most_megapixels(kind) * 1_000_000:
        raise _too_large(kind, received)
    if min(image.size) < LEAST_EDGE:
        what = say("This picture is too small to tell anything: it takes {least} pixels a side.", least=LEAST_EDGE)
        raise UnreadablePhoto(what, received, say("Take a larger one."))
    if max(image.size) > LONGEST * min(image.size):
        what = say("This picture is more than {most} times as long as wide, and its middle says little.", most=LONGEST)
        raise UnreadablePhoto(what, received, say("Cut out what should be seen."))
    if kind == "BMP" and image.info["compression"] in _BMP_RUNS:
        raise _unusual(kind, say("it is run-length encoded"))  # Pillow decodes it in Python: 40 megapixels take 5 s


def _too_large(kind: str, received: str) -> UnreadablePhoto:
    what = say("A {kind} picture may have up to {most} megapixels.", kind=kind, most=_most_megapixels(kind))
    return UnreadablePhoto(what, received, say("Save it smaller."))


def _most_megapixels(kind: str) -> int:
    return MOST_WEBP_MEGAPIXELS if kind == "WebP" else MOST_MEGAPIXELS


def _on_white(image: Image.Image) -> Image.Image:
    """In RGB, with white where it is transparent."""
    if image.mode.startswith("I;16"):
        image = _grey(image)
    if image.mode in ("I", "F"):
        why = say("its numbers are measurements, not shades from black to white")
        raise _unusual(str(image.format), why)
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    colours = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=colours)
    return white


def _grey(image: Image.Image) -> Image.Image:
    """8 bits of 16. Pillow's own conversion makes white of all that is lighter than 255 of 65,535."""
    tags = getattr(image, "tag_v2", {})
    if (tags.get(_BITS, (16,)), tags.get(_PHOTOMETRIC, 1)) != ((16,), 1):
        raise _unusual("TIFF", say("its greys have 12 bits or run from white to black"))
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _unusual(kind: str, why: str) -> UnreadablePhoto:
    what = say("This {kind} picture cannot be read: {why}.", kind=kind, why=why)
    return UnreadablePhoto(what, None, say(SAVE_AGAIN))
