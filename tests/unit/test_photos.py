"""Photos are read rightly whatever they are, or refused with a sentence, soon and in little memory."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import SourceUnavailable, UnreadablePhoto
from core.sources import photos
from core.sources.catalogue import asset, faults, installed_file
from core.sources.photos import READY, read_photo, ready_photo, thumbnail

ROOT = Path(__file__).resolve().parents[2]
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(0, 256, (41, 56, 3), dtype=np.uint8)
"""Odd and even sides, and no two places alike."""
WHITE_7000_X_5700 = bytes.fromhex(
    "524946461e000000574542505650384c110000002f57db900507508f2257abff8188e87f0000"
)  # fmt: skip
"""A WebP of one colour: 38 bytes that take 610 MB to decode."""
ORIENTATION = 274
STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}
"""How EXIF's orientations have an upright picture stored."""


def encoded(picture: Image.Image | np.ndarray, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    (Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture).save(file, form, **options)
    return file.getvalue()


def named(value: object) -> str:
    """A case's name: not all the bytes of its file."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


def plain(mode: str, colour: Any, size: tuple[int, int] = (40, 40)) -> Image.Image:
    return Image.new(mode, size, colour)


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def half_clear() -> Image.Image:
    """A palette of black and green, both drawn, to be saved with black clear."""
    picture = plain("P", 1)
    picture.putpalette([0, 0, 0, 0, 255, 0])
    picture.paste(0, (0, 0, 20, 40))
    return picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A black-and-white PNG."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(*tags: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    """A grey TIFF of 100 x 100 with these tags besides; its data begin at byte 400."""
    every = [(256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)]
    every = sorted({tag[0]: tag for tag in (*every, *tags)}.values())
    entries = b"".join(struct.pack("<HHII", *tag) for tag in every)
    return (b"II*\0" + struct.pack("<IH", 8, len(every)) + entries + bytes(4)).ljust(400, b"\0") + data


def with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes so many times more."""
    content = encoded(NOISE, "JPEG", progressive=True)
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + content[last:end] * count + content[end:]


def with_comment_blocks(count: int) -> bytes:
    content = encoded(plain("P", 1), "GIF")
    picture = content.index(b",", 13)
    return content[:picture] + b"!\xfe" + b"\x02ab" * count + b"\0" + content[picture:]


def run_length_bmp() -> bytes:
    content = bytearray(encoded(plain("P", 5), "BMP"))
    content[30] = 1
    start = int.from_bytes(content[10:14], "little")
    return bytes(content[:start]) + b"\x28\x05\0\0" * 40 + b"\0\1"


@pytest.mark.parametrize("edge", [16, 96])
def test_a_photo_is_its_middle_square_shrunk_or_enlarged_as_pillow_does(edge: int) -> None:
    photo = read_photo(encoded(NOISE, "PNG"), edge)
    middle = Image.fromarray(NOISE[:, 7:48]).resize((edge, edge), Image.Resampling.BICUBIC)
    assert photo.dtype == np.uint8
    assert photo.flags.writeable and photo.flags.owndata
    assert np.array_equal(photo, np.asarray(middle))


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("JPEG", {})])
def test_photos_are_turned_upright(form: str, options: dict[str, Any], orientation: int) -> None:
    smooth = np.asarray(Image.fromarray(NOISE[:4, :5]).resize((56, 41), Image.Resampling.BICUBIC))
    stored = np.ascontiguousarray(STORED[orientation](smooth))
    content = encoded(stored, form, exif=exif(orientation), **options)
    upright = read_photo(encoded(smooth, "PNG"), 40).astype(int)
    assert np.abs(read_photo(content, 40) - upright).max() <= (30 if form == "JPEG" else 0)
    assert Image.open(io.BytesIO(thumbnail(content, 40))).size == (40, 29)


@pytest.mark.parametrize(
    "damaged", [b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x09\1\x12", b"Exif\0\0" + bytes(99)]
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_leaves_a_photo_as_it_is(form: str, damaged: bytes) -> None:
    assert np.array_equal(read_photo(encoded(NOISE, form, exif=damaged), 40), read_photo(encoded(NOISE, form), 40))


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (encoded(plain("CMYK", (0, 255, 255, 0)), "JPEG", quality=95), (255, 0, 0)),
        (encoded(plain("CMYK", (0, 255, 255, 0)), "TIFF"), (255, 0, 0)),
        (encoded(plain("YCbCr", (76, 85, 255)), "JPEG", quality=95), (255, 0, 0)),
        (encoded(plain("L", 77), "JPEG"), (77, 77, 77)),
        (encoded(np.full((40, 40), 0x8040, np.uint16), "PNG"), (128, 128, 128)),
        (encoded(np.full((40, 40), 0x8040, ">u2"), "TIFF"), (128, 128, 128)),
        (encoded(plain("1", 1), "PNG"), (255, 255, 255)),
        (encoded(plain("1", 0), "TIFF", compression="group4"), (0, 0, 0)),
        (encoded(plain("LA", (0, 51)), "PNG"), (204, 204, 204)),
        (encoded(plain("RGBA", (255, 0, 0, 51)), "PNG"), (255, 204, 204)),
        (encoded(plain("RGBA", (255, 0, 0, 51)), "WEBP", lossless=True), (255, 204, 204)),
        (encoded(plain("RGBA", (9, 9, 9, 0)), "TIFF"), (255, 255, 255)),
        (encoded(plain("RGB", (5, 6, 7)), "PNG", transparency=(5, 6, 7)), (255, 255, 255)),
        (encoded(plain("RGB", (5, 6, 7)), "BMP"), (5, 6, 7)),
        (encoded(plain("RGB", (5, 6, 7)), "MPO", save_all=True, append_images=[plain("RGB", "white")]), (5, 6, 7)),
    ],
    ids=named,
)  # fmt: skip
def test_every_kind_of_colour_comes_out_as_it_looks(content: bytes, colour: tuple[int, int, int]) -> None:
    photo = read_photo(content, 16).astype(int)
    assert np.abs(photo - colour).max() <= 2


@pytest.mark.parametrize(("form", "clear"), [("PNG", b"\0\xff"), ("PNG", 0), ("GIF", 0)])
def test_what_a_palette_has_clear_is_white(form: str, clear: Any) -> None:
    photo = read_photo(encoded(half_clear(), form, transparency=clear), 40)
    assert (photo[:, :18] == 255).all()
    assert (photo[:, 22:] == (0, 255, 0)).all()


def test_black_and_white_shrinks_to_greys() -> None:
    stripes = Image.fromarray(np.tile(np.array([False, True]), (64, 32)))
    assert np.abs(read_photo(encoded(stripes, "PNG"), 16).astype(int) - 127).max() < 20


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_what_moves_the_first_picture_is_read(form: str) -> None:
    later = [plain("RGB", "white"), plain("RGB", "black")]
    content = encoded(plain("RGB", (0, 0, 255)), form, save_all=True, append_images=later, lossless=True)
    assert np.abs(read_photo(content, 16) - np.array((0, 0, 255))).max() <= 2


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_photo_that_is_cut_off_is_refused(form: str, share: float) -> None:
    content = encoded(NOISE, form)
    assert read_photo(content, 32).shape == (32, 32, 3)
    with pytest.raises(UnreadablePhoto, match=r"damaged or cut off\. Received: .* Save or send it again"):
        read_photo(content[: int(len(content) * share)], 32)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"Just a text", "not a picture.*Just a text"),
        (b"BMWs are cars, and this is a text", "not a picture"),
        (b"<!DOCTYPE html><html></html>", "not a picture.*<!DOCTYPE html>"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "not a picture.*HEIC"),
        (encoded(NOISE, "PPM"), "Take JPEG, PNG, WebP, GIF, BMP or TIFF"),
        (encoded(NOISE, "ICO"), "not a picture"),
        (encoded(NOISE, "AVIF"), "not a picture"),
        (encoded(plain("RGB", 0, (1, 1)), "PNG"), "too small to tell.*1 × 1 pixels"),
        (encoded(plain("RGB", 0, (7, 40)), "JPEG"), "too small to tell"),
        (encoded(plain("RGB", 0, (1, 5_000)), "PNG"), "too small to tell.*1 × 5,000"),
        (encoded(plain("RGB", 0, (8, 81)), "GIF"), "10 times as long as wide.*8 × 81"),
        (encoded(NOISE, "PNG") + bytes(20_000_000), "up to 20 MB.*20.0 MB.*Save it smaller"),
        (png(20_000, 20_000, b""), "up to 40 megapixels.*20,000 × 20,000"),
        (WHITE_7000_X_5700, "up to 16 megapixels.*7,000 × 5,700"),
        (b"\xff\xff\xff\xff".join(encoded(NOISE, "GIF").split(struct.pack("<HH", 56, 41))), "up to 40 megapixels"),
        (b"\xff\xff\xff\xff".join(encoded(NOISE, "GIF").rsplit(struct.pack("<HH", 56, 41), 1)), "up to 40 megapixels"),
        (encoded(plain("F", 0.5), "TIFF"), "numbers are measurements"),
        (encoded(plain("I", 70_000), "TIFF"), "numbers are measurements"),
        (tiff((258, 3, 1, 12), (273, 4, 1, 400), data=bytes(15_000)), "greys have 12 bits"),
        (tiff((258, 3, 1, 16), (262, 3, 1, 0), (273, 4, 1, 400), data=bytes(20_000)), "run from white to black"),
    ],
    ids=named,
)  # fmt: skip
def test_what_cannot_be_a_photo_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(UnreadablePhoto, match=words) as refused:
        read_photo(content, 32)
    assert refused.value.do
    with pytest.raises(UnreadablePhoto, match=words):
        thumbnail(content, 32)


@pytest.mark.parametrize(
    ("harmless", "harmful", "words"),
    [
        (with_scans(9), with_scans(51), "too many pieces"),
        (encoded(NOISE, "JPEG", progressive=True) + b"\0\2" + b"\xff\xda\0\2" * 99, with_scans(99), "too many pieces"),
        (encoded(NOISE, "JPEG", extra=b"\xff\xe5\0\2" * 900),
         encoded(NOISE, "JPEG", extra=b"\xff\xe5\0\2" * 1_000), "too many pieces"),
        (png(40, 40, bytes(240)),
         png(40, 40, bytes(240)).replace(b"\0\0\0\0IEND", chunk(b"prVt", b"") * 50_000 + b"\0\0\0\0IEND"),
         "too many pieces"),
        (with_comment_blocks(500), with_comment_blocks(50_000), "too many pieces"),
        (tiff((273, 4, 100, 400), (278, 3, 1, 1), data=struct.pack("<I", 800) * 100 + bytes(10_000)),
         tiff((273, 4, 20_001, 400), (278, 3, 1, 1), data=struct.pack("<I", 800) * 20_001), "too many pieces"),
        (tiff((273, 4, 1, 400), data=bytes(10_000)),
         tiff((322, 4, 1, 112), (323, 4, 1, 112), (324, 4, 1, 400), (325, 4, 1, 12_544), data=bytes(12_544)),
         "in tiles"),
        (encoded(plain("P", 5), "BMP"), run_length_bmp(), "run-length"),
    ],
    ids=["scans", "scans after the end", "empty pieces", "chunks", "comments", "strips", "tiles", "runs"],
)  # fmt: skip
def test_what_keeps_a_decoder_busy_is_refused(harmless: bytes, harmful: bytes, words: str) -> None:
    """Each harmful one is a whole picture, that Pillow reads."""
    assert read_photo(harmless, 16).shape == (16, 16, 3)
    with Image.open(io.BytesIO(harmful)) as image:
        image.load()
    with pytest.raises(UnreadablePhoto, match=words):
        read_photo(harmful, 16)


def test_bombs_and_large_photos_take_little_memory(tmp_path: Path) -> None:
    """What the process needs at its peak, in one that has never needed much; and it has not loaded TensorFlow."""
    pytest.importorskip("resource")
    tile = tiff((259, 3, 1, 8), (322, 4, 1, 32_768), (323, 4, 1, 32_768), (324, 4, 1, 400), (325, 4, 1, 99))
    bombs = {
        "photo.jpg": encoded(plain("RGB", (200, 30, 90), (7_000, 5_700)), "JPEG"),
        "rows.png": png(20_000, 20_000, bytes(2_501 * 20_000)),
        "canvas.webp": WHITE_7000_X_5700,
        "tile.tif": tile + zlib.compress(bytes(1_000)),
        "pieces.jpg": b"\xff\xd8" + b"\xff\xe5\0\2" * 1_000_000,
    }
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    code = """
import resource, sys
from pathlib import Path
from core.errors import UnreadablePhoto
from core.sources.photos import read_photo
unit = 1 if sys.platform == "darwin" else 1024
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 2**20
before = peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        print(path.name, read_photo(path.read_bytes(), 128).shape[0], end=" ")
    except UnreadablePhoto:
        pass
assert not {"tensorflow", "keras", "streamlit"} & set(sys.modules)
print(peak() - before)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()
    assert ended[:-1] == ["photo.jpg", "128"]
    assert int(ended[-1]) < 60  # MB; 14 here


def test_whatever_is_damaged_comes_out_or_is_refused() -> None:
    chance = random.Random(0)
    forms = [encoded(NOISE, form, **({"exif": exif(6)} if form != "GIF" else {}))
             for form in ("JPEG", "PNG", "WEBP", "GIF", "TIFF")]  # fmt: skip
    outcomes = []
    for _ in range(600):
        content = bytearray(chance.choice(forms))
        for _ in range(chance.choice((1, 3, 20))):
            content[chance.randrange(chance.choice((60, len(content))))] = chance.choice((0, 1, 127, 255))
        try:
            outcomes.append(read_photo(bytes(content), 16).shape)
        except UnreadablePhoto:
            outcomes.append(())
    assert set(outcomes) == {(), (16, 16, 3)}


def test_a_large_jpeg_comes_out_as_if_decoded_in_full() -> None:
    with Image.open(io.BytesIO(ready_photo("china"))) as photo:
        large = photo.resize((1_920, 1_280), Image.Resampling.BICUBIC)
    whole = encoded(large, "JPEG", quality=95)
    difference = np.abs(read_photo(whole, 96).astype(int) - read_photo(encoded(large, "BMP"), 96))
    assert difference.mean() < 0.5
    assert difference.max() < 5


def test_threads_read_what_one_alone_reads() -> None:
    contents = [encoded(NOISE, form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")] * 8
    alone = [read_photo(content, 32) for content in contents]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda content: read_photo(content, 32), contents))
    assert all(map(np.array_equal, alone, together))


def test_a_thumbnail_shows_all_of_a_photo_and_never_enlarges_it() -> None:
    for edge, size in ((28, (28, 21)), (500, (56, 41))):
        content = thumbnail(encoded(plain("RGBA", (0, 0, 0, 0), (56, 41)), "PNG"), edge)
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.size) == ("JPEG", size)
            assert image.convert("L").getextrema() == (255, 255)


@pytest.mark.parametrize("photo", READY, ids=lambda photo: photo.id)
def test_every_ready_photo_can_be_read(photo: Any) -> None:
    assert read_photo(ready_photo(photo.id), 64).std() > 20


@pytest.mark.parametrize("photo", [p for p in READY if p.package], ids=lambda photo: photo.id)
def test_ready_photos_of_packages_are_credited_as_their_package_does(photo: Any) -> None:
    said = installed_file(photo.package, "sklearn/datasets/images/README.txt").read_text()
    part = said[said.index(photo.file.rsplit("/")[-1]) :]
    assert photo.licence == "CC BY 2.0" and "creativecommons.org/licenses/by/2.0/" in part
    assert all(credit in part for credit in photo.credit.split(", "))


def test_the_shipped_photo_is_as_large_as_the_catalogue_says_and_credited_to_its_photographer() -> None:
    photo, entry = READY[0], asset("chelsea")
    assert photo.package is None and entry.files[0]["path"] == photo.file and not faults(entry)
    assert photo.credit in entry.made and entry.licence.startswith(photo.licence)
    with Image.open(io.BytesIO(ready_photo(photo.id))) as image:
        assert (image.format, image.size) == ("PNG", (451, 300))


def test_a_shipped_photo_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "ASSETS", tmp_path)
    with pytest.raises(SourceUnavailable, match="photos/chelsea.png. Install the project again"):
        ready_photo("chelsea")


def test_there_is_no_other_ready_photo() -> None:
    assert len({photo.id for photo in READY}) == len(READY)
    with pytest.raises(SourceUnavailable, match="Received: cat. Known are: chelsea, china, flower"):
        ready_photo("cat")
