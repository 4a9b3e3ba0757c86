"""What a process that works for the server does first: its standard output becomes the protocol, and it makes way."""

from __future__ import annotations

import os
from typing import IO


def claim_stdout() -> IO[str]:
    """The real standard output, for the protocol alone; everyone else's goes to standard error from now on."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return pipe


def make_way(niceness: int) -> None:
    """Run below the web server, with one thread, and keep TensorFlow quiet: before it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # One thread a worker: best when all cores have one, and the same sums in the same order whatever else runs.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if hasattr(os, "nice"):
        os.nice(niceness)
