"""Bad zip archives."""

from __future__ import annotations

import io
import random
import stat
import struct
import warnings
import zipfile
import zlib

from tests.makers.pictures import good

Entry = tuple[str, bytes]
OUT = ("../out.jpg",
       "../../../../out.jpg", "cats/../../out.jpg", "/tmp/transfer-lab-out.jpg", "C:\\out.jpg",
       "\\\\host\\share\\out.jpg", "..\\..\\out.jpg", "cats/./../../out.jpg", "//out.jpg", "cats/\0/../../out.jpg",
       "file:///out.jpg", "~/out.jpg", "cats/" + "../" * 60 + "out.jpg", "CON", "cats/NUL.jpg",
       "cats/a:b.jpg")  # fmt: skip


def photos(rng: random.Random, each: int = 6) -> list[Entry]:
    return [(f"{kind}/{n}.jpg", good(rng, "JPEG")) for kind in ("cats", "dogs") for n in range(each)]


def packed(entries: list[Entry], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file, warn = io.BytesIO(), warnings.catch_warnings()
    with warn, zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of two files of one name
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name) if not name.isascii() else name, content)
    return file.getvalue()


def raw(entries: list[dict[str, object]]) -> bytes:
    """An archive written by hand, so that its fields may lie: each entry has ``name`` and ``body`` (as packed), and may
    have ``method``, ``flags``, ``crc``, ``size``, ``packed``, ``extra``, ``outer`` (attributes) and ``at``."""
    body, directory = b"", b""
    for entry in entries:
        name = entry["name"]
        assert isinstance(name, bytes)
        content = entry.get("body", b"")
        assert isinstance(content, bytes)
        extra = entry.get("extra", b"")
        assert isinstance(extra, bytes)
        method, flags = entry.get("method", 0), entry.get("flags", 0)
        crc, size = entry.get("crc", zlib.crc32(content)), entry.get("size", len(content))
        at, length = entry.get("at", len(body)), entry.get("packed", len(content))
        fields = struct.pack("<HHHHIIIHH", 20, flags, method, 0x21, crc, length, size, len(name), len(extra))[2:]
        body += b"PK\x03\x04\x14\0" + fields[:4] + b"\0\0" + fields[4:] + name + extra + content
        directory += (b"PK\x01\x02\x14\x03\x14\0" + fields[:4] + b"\0\0" + fields[4:]
                      + struct.pack("<HHHII", 0, 0, 0, entry.get("outer", 0), at) + name + extra)  # fmt: skip
    count = min(len(entries), 65_535)
    return body + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)


def _deflated(content: bytes) -> bytes:
    work = zlib.compressobj(9, zlib.DEFLATED, -15)
    return work.compress(content) + work.flush()


def _link(rng: random.Random) -> bytes:
    mode = rng.choice([stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK]) | 0o777
    to = rng.choice([b"/etc/passwd", b"../../..", b"."])
    return raw([{"name": b"cats", "body": to, "outer": mode << 16}, {"name": b"cats/a.jpg", "body": good(rng, "JPEG")}])


def _bomb(rng: random.Random) -> bytes:
    zeros = _deflated(bytes(rng.choice([30_000_000, 150_000_000])))
    size = rng.choice([10, 150_000_000])
    lies = {"body": zeros, "method": 8, "size": size}
    return raw([{"name": f"cats/{n}.jpg".encode(), **lies} for n in range(rng.choice([1, 9]))])


def _overlapping(rng: random.Random) -> bytes:
    body = _deflated(bytes(10_000_000))
    truth = {"method": 8, "crc": zlib.crc32(bytes(10_000_000)), "size": 10_000_000}
    lies = {**truth, "body": b"", "packed": len(body), "at": 0}
    first = {**truth, "name": b"cats/0.jpg", "body": body}
    return raw([first, *({"name": f"cats/{n}.jpg".encode(), **lies} for n in range(1, rng.choice([20, 900])))])


def _nested(rng: random.Random) -> bytes:
    content = packed([("0.jpg", bytes(1_000_000))])
    for _ in range(rng.choice([1, 6])):
        content = packed([(f"{n}.zip", content) for n in range(4)])
    return packed([("cats/0.zip", content), *photos(rng)])


def _zip64(rng: random.Random) -> bytes:
    lie = rng.choice([2**63 - 1, 2**40, 0])
    extra = struct.pack("<HHQQ", 1, 16, lie, rng.choice([lie, 5]))
    entry = {"name": b"cats/0.jpg", "body": good(rng, "JPEG"), "size": 2**32 - 1, "packed": 2**32 - 1, "extra": extra}
    return raw([entry])


def _flags(rng: random.Random) -> bytes:
    flags = rng.choice([0x1, 0x41, 0x2000, 0x8])
    return raw([{"name": name.encode(), "body": content, "flags": flags} for name, content in photos(rng)])


def _names(rng: random.Random) -> bytes:
    names = [b"\xff\xfe\x80.jpg", b"cats/\x00.jpg", b"", b"/", b"cats//", b"." * 300, b"a" * 60_000, 
             "🐈/🐕.jpg".encode(), b"\x1b[2J.jpg", b"cats/a.jpg\n", b" ", b"cats/.jpg"]  # fmt: skip
    flags = rng.choice([0, 0x800])
    return raw([{"name": name, "body": good(rng, "JPEG"), "flags": flags} for name in names])


def _twice(rng: random.Random) -> bytes:
    body = {"body": good(rng, "JPEG")}
    return raw([{"name": name, **body} for name in (b"cats/a.jpg", b"cats/a.jpg", b"CATS/A.JPG", b"cats", b"cats/")])


def _mutated(rng: random.Random) -> bytes:
    content = bytearray(packed(photos(rng)))
    for _ in range(rng.choice([1, 5, 60])):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def _damaged(rng: random.Random) -> bytes:
    return raw([{"name": n.encode(), "body": c, "crc": rng.randrange(2**32)} for n, c in photos(rng)])


def _cut(rng: random.Random) -> bytes:
    content = packed(photos(rng))
    return content[: rng.randrange(len(content))]


def _wrong(rng: random.Random) -> bytes:
    others = [("cats/a.exe", b"MZ\x90"), ("cats/b.jpg", b"<svg/>"), ("model.keras", b"\x80\x04cos\nsystem"),
              ("config.json", b"{}"), ("metadata.json", b"{}"), ("dogs/c.png", b"")]  # fmt: skip
    return packed(rng.sample(others, rng.randint(1, len(others))) + photos(rng, rng.choice([0, 6])))


def _method(rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return packed(photos(rng), rng.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
    return raw([{"name": b"cats/a.jpg", "body": rng.randbytes(200), "method": rng.randrange(100), "size": 10**8}])


def _list(rng: random.Random) -> bytes:
    size, at = rng.choice([2**32 - 1, 9]), rng.choice([0, 2**31])
    return packed(photos(rng))[:-22] + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65_535, 65_535, size, at, 0)


ARCHIVES = {
    "names that lead out": lambda rng: packed([*((name, good(rng, "JPEG")) for name in OUT), *photos(rng)]),
    "links": _link,
    "bomb": _bomb,
    "one over the other": _overlapping,
    "bomb of archives": _nested,
    "too many": lambda rng: packed([(f"cats/{n}.jpg", b"") for n in range(10_000)], zipfile.ZIP_STORED),
    "sizes that lie": _zip64,
    "locked": _flags,
    "names that lie": _names,
    "sums that lie": _damaged,
    "empty": lambda rng: b"",
    "noise": lambda rng: b"PK\x03\x04" + rng.randbytes(rng.randint(0, 100_000)),
    "no archive": lambda rng: rng.choice(
        [b"Rar!\x1a\x07\0", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh9", b"%PDF-1.7"]
    ) + rng.randbytes(300),
    "no files": lambda rng: packed([]),
    "too deep": lambda rng: packed([("a/" * rng.choice([7, 500, 20_000]) + "0.jpg", good(rng, "JPEG")), *photos(rng)]),
    "the same name": _twice,
    "another method": _method,
    "wrong files": _wrong,
    "mutated": _mutated,
    "cut off": _cut,
    "a list that lies": _list,
    "one file too large": lambda rng: packed([("cats/0.jpg", rng.randbytes(1_000) * 30_000), *photos(rng)]),
    "harmless": lambda rng: packed(photos(rng)),
}  # fmt: skip
"""The worst stand first: where few are made, it is these."""
