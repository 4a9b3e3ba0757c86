"""Bad pictures."""

from __future__ import annotations

import io
import random
import struct
import zlib

import numpy as np
from PIL import Image

KINDS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
BEGINS = {"JPEG": b"\xff\xd8\xff\xe0", "PNG": b"\x89PNG\r\n\x1a\n", "GIF": b"GIF89a", "BMP": b"BM", "TIFF": b"II*\0",
          "WEBP": b"RIFF\x10\0\0\0WEBPVP8 "}  # fmt: skip


def good(rng: random.Random, kind: str = "", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    noise = np.random.default_rng(rng.randrange(2**31)).integers(0, 256, (6, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size).save(file, kind or rng.choice(KINDS), **options)
    return file.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *more: bytes, depth: int = 8, colours: int = 2, rows: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return BEGINS["PNG"] + _chunk(b"IHDR", head) + b"".join(more) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _png_bomb(rng: random.Random) -> bytes:
    side = rng.choice([6_000, 30_000, 2**31 - 1, 65_535])
    return png(side, side, rows=zlib.compress(bytes(20_000_000), 9))


def _png_text_bomb(rng: random.Random) -> bytes:
    body = zlib.compress(bytes(rng.choice([5_000_000, 60_000_000])), 9)
    name = rng.choice([b"zTXt", b"iCCP", b"iTXt"])
    head = b"key\0\0" if name != b"iTXt" else b"key\0\1\0en\0key\0"
    rows = zlib.compress((b"\0" + bytes(3 * 20)) * 20)
    return png(20, 20, *[_chunk(name, head + body)] * rng.choice([1, 30]), rows=rows)


def _png_frames(rng: random.Random) -> bytes:
    frames = [_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))]
    frames += [_chunk(b"fcTL", struct.pack(">IIIIIHHBB", n, 20, 20, 0, 0, 1, 1, 0, 0)) for n in range(20_000)]
    return png(20, 20, *frames, rows=zlib.compress((b"\0" + bytes(60)) * 20))


def _jpeg_header(rng: random.Random) -> bytes:
    content = bytearray(good(rng, "JPEG"))
    at = content.find(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", rng.choice([65_535, 0, 1, 8_000]), rng.choice([65_535, 0, 60_000]))
    return bytes(content)


def _jpeg_scans(rng: random.Random) -> bytes:
    content = good(rng, "JPEG", progressive=True)
    at = content.rfind(b"\xff\xda")
    return content[:at] + content[at:-2] * rng.choice([60, 5_000]) + b"\xff\xd9"


def _exif(rng: random.Random) -> bytes:
    """A directory that points to itself, or with tags without end."""
    tags = b"".join(struct.pack("<HHII", rng.randrange(2**16), rng.randrange(16), rng.randrange(2**32), 8)
                    for _ in range(rng.choice([1, 400])))  # fmt: skip
    body = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", rng.choice([1, 400, 65_535])) + tags + b"\x08\0\0\0"
    content = good(rng, "JPEG")
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + content[2:]


def _gif(rng: random.Random) -> bytes:
    screen = struct.pack("<HHBBB", rng.choice([65_535, 0, 7]), 65_535, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x4c\x01\0"
    return BEGINS["GIF"] + screen + frame * rng.choice([1, 5_000]) + b";"


def _bmp(rng: random.Random) -> bytes:
    width, height = (rng.choice([2**31 - 1, -1, 0, 40, 65_536]) for _ in range(2))
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, rng.choice([1, 8, 24, 32, 99]), rng.randrange(4), 0, 0, 0,
                       rng.choice([0, 2**32 - 1]), 0)  # fmt: skip
    return b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + head + rng.randbytes(200)


def _tiff(rng: random.Random) -> bytes:
    wanted = {256: 40, 257: 40, 258: 8, 259: rng.choice([1, 5, 7, 8, 32773]), 262: 2, 273: 8, 277: 3, 278: 1,
              279: 2**31, rng.choice([322, 323, 324, 700, 34675]): 2**30}  # fmt: skip
    tags = b"".join(struct.pack("<HHII", tag, rng.choice([3, 4, 16]), rng.choice([1, 1, 2**28]), value)
                    for tag, value in sorted(wanted.items()))  # fmt: skip
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(wanted)) + tags + rng.choice([bytes(4), b"\x08\0\0\0"])


def _webp(rng: random.Random) -> bytes:
    size = rng.choice([2**24 - 1, 16_383, 40])
    body = b"VP8X\x0a\0\0\0\x02\0\0\0" + size.to_bytes(3, "little") * 2 + b"ANMF" + rng.randbytes(60)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _mutated(rng: random.Random) -> bytes:
    content = bytearray(good(rng))
    for _ in range(rng.choice([1, 3, 30])):
        content[rng.randrange(2, len(content))] = rng.randrange(256)
    return bytes(content)


def _cut(rng: random.Random) -> bytes:
    content = good(rng)
    return content[: rng.randrange(len(content))]


def _polyglot(rng: random.Random) -> bytes:
    tails = [b"PK\x05\x06" + bytes(18), b"<script>alert(1)</script>", b"%PDF-1.7", b"<?php system($_GET[0]); ?>"]
    tail = rng.choice(tails)
    return good(rng) + tail * rng.choice([1, 1_000])


OTHERS = (
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    b'<!DOCTYPE a [<!ENTITY b "b">]><svg>&b;</svg>', b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0", b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"\0\0\0\x18ftypheic", b"8BPS\0\1", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
    b"MZ\x90",
    b"P6 99999 99999 255\n", b"\x7fELF", b"#!/bin/sh\n",
)  # fmt: skip

PICTURES = {
    "as many megapixels as may be": lambda rng: good(rng, "PNG", size=(7_900, 5_000)),
    "png bomb": _png_bomb,
    "png text bomb": _png_text_bomb,
    "jpeg scans": _jpeg_scans,
    "jpeg header": _jpeg_header,
    "exif": _exif,
    "gif": _gif,
    "tiff": _tiff,
    "bmp": _bmp,
    "webp": _webp,
    "polyglot": _polyglot,
    "mutated": _mutated,
    "too large": lambda rng: good(rng, "JPEG") + bytes(20_000_001),
    "empty": lambda rng: b"",
    "noise": lambda rng: rng.randbytes(rng.randint(1, 100_000)),
    "noise after a beginning": lambda rng: BEGINS[rng.choice(KINDS)] + rng.randbytes(rng.randint(0, 5_000)),
    "another file": lambda rng: rng.choice(OTHERS) + rng.randbytes(rng.randint(0, 300)),
    "png frames": _png_frames,
    "png depth": lambda rng: png(40, 40, depth=rng.choice([0, 3, 16, 255]), colours=rng.choice([1, 3, 5, 6])),
    "cut off": _cut,
    "one point": lambda rng: good(rng, size=(rng.randint(1, 7), rng.randint(1, 7))),
    "a line": lambda rng: good(rng, "PNG", size=rng.choice([(1, 5_000), (5_000, 9), (200, 19)])),
    "too many megapixels": lambda rng: good(rng, rng.choice(["PNG", "GIF"]), size=(7_000, 6_000)),
    "mode": lambda rng: good(rng, "TIFF")[:8] + rng.randbytes(400),
    "harmless": lambda rng: good(rng),
}  # fmt: skip
"""The worst stand first: where few are made, it is these."""
