"""Bad tables of texts."""

from __future__ import annotations

import codecs
import gzip
import random

HEAD = "text,sentiment\n"
ODD = ["=cmd|'/c calc'!A1", "../../../etc/passwd", "\u202egnp.exe", "<script>alert(1)</script>", "{{7*7}}", "%00",
       "NaN", "𝕌𝕟𝕚", "\ufeff", "a\u0301" * 50, "🙂" * 30, "' OR 1=1 --", "__import__('os')", "\x7f",
       "ﷺ" * 20]  # fmt: skip


def good(rng: random.Random, rows: int = 60) -> str:
    return HEAD + "".join(f"{rng.choice(ODD)} film {n},{n % 2}\n" for n in range(rows))


def _mutated(rng: random.Random) -> bytes:
    content = bytearray(good(rng).encode())
    for _ in range(rng.randint(1, 60)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def _spliced(rng: random.Random) -> bytes:
    content, piece = good(rng).encode(), bytes(rng.randrange(256) for _ in range(rng.randint(1, 400)))
    at = rng.randrange(len(content))
    return content[:at] + piece + content[at + rng.randint(0, 30) :]


def _ragged(rng: random.Random) -> bytes:
    return (HEAD + "".join(",".join(["x"] * rng.randint(0, 9)) + "\n" for _ in range(80))).encode()


def _labels(rng: random.Random) -> bytes:
    values = ["nan", "inf", "1e400", "-0", "", "０", "१", "True", "1" * 400, "\u200b1"]
    return (HEAD + "".join(f"film {n},{rng.choice(values)}\n" for n in range(90))).encode()


def _columns(rng: random.Random) -> bytes:
    names = [rng.choice(ODD).replace(",", "") + str(n) for n in range(rng.choice([2, 50, 5_000]))]
    return (",".join(names) + "\n" + ",".join("1" for _ in names) + "\n").encode("utf-8", "replace")


def _odd_head(rng: random.Random) -> bytes:
    names = rng.choice(
        ["text,text", ",", "text", "sentiment,text,text", '"te\nxt",sentiment', "TEXT;sentiment", "\t\t"]
    )
    return (names + "\n" + "film,1\nbook,0\n" * 40).encode()


TABLES = {
    "as many as may be": lambda rng: (HEAD + "".join(f"{n} {n % 7},{n % 2}\n" for n in range(99_000))).encode(),
    "too many rows": lambda rng: HEAD.encode() + b"a,1\nb,0\n" * 60_000,
    "too large": lambda rng: (HEAD.encode() + b"film,1\n") + bytes([rng.randrange(32, 127)]) * 50_000_001,
    "one line": lambda rng: b"x" * 5_000_000,
    "one cell": lambda rng: HEAD.encode() + b"x" * rng.randint(1, 5_000_000) + b",1\n",
    "nothing but quotes": lambda rng: HEAD.encode() + b'"' * rng.randint(1, 2_000_000),
    "a quote not closed": lambda rng: good(rng).encode() + b'"' + b"more, and more\n" * rng.randint(1, 40_000),
    "nul": lambda rng: good(rng).encode() + b"a\0b,1\n" + bytes(rng.randint(0, 100_000)),
    "packed": lambda rng: gzip.compress(bytes(rng.randint(1, 2_000_000))),
    "columns": _columns,
    "ragged": _ragged,
    "labels": _labels,
    "not utf-8": lambda rng: good(rng).encode() + b"\xed\xa0\x80\xf8\x88\x80\x80\x80,1\n\xc0\xaf,0\n",
    "half a character": lambda rng: codecs.BOM_UTF16_LE + good(rng).encode("utf-16-le")[: -rng.randint(1, 7)],
    "mutated": _mutated,
    "empty": lambda rng: b"",
    "only a mark": lambda rng: rng.choice([codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\xff"]),
    "only a header": lambda rng: HEAD.encode() * rng.randint(1, 3),
    "noise": lambda rng: rng.randbytes(rng.randint(1, 200_000)),
    "noise below a header": lambda rng: HEAD.encode() + rng.randbytes(rng.randint(1, 50_000)),
    "nothing but separators": lambda rng: rng.choice([b",", b";", b"\t", b",;\t"]) * 1_000_000,
    "nothing but line ends": lambda rng: rng.choice([b"\n", b"\r", b"\r\n", b"\n\r"]) * 1_000_000,
    "utf-32": lambda rng: good(rng).encode("utf-32"),
    "utf-7": lambda rng: good(rng).encode("utf-7"),
    "another file": lambda rng: rng.choice(
        [b"PK\x03\x04", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\x7fELF", b"MZ", b"{\\rtf1"]
    ) + rng.randbytes(500),
    "odd header": _odd_head,
    "one text": lambda rng: (HEAD + "the same,1\nthe same,0\n" * 200).encode(),
    "blank": lambda rng: (HEAD + "   ,1\n\u200b,0\n\u00a0,1\n" * 60).encode(),
    "control": lambda rng: (HEAD + f"bell {chr(rng.randrange(1, 32))} film,1\n" * 50).encode(),
    "harmless": lambda rng: good(rng, rng.randint(60, 500)).encode(),
    "spliced": _spliced,
    "cut off": lambda rng: good(rng).encode()[: rng.randrange(1_500)],
}  # fmt: skip
"""The worst stand first: where few are made, it is these."""
