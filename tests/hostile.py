"""What somebody might bring to do harm, or by mistake: tables, links, pictures and archives, made from a seed, in any
number. Run as a program it reads such files as the project does and says what came of each, and what memory it took.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VARIABLE, USUAL = "TRANSFER_LAB_HOSTILE", 50
SHARES = {"tables": 0.3, "links": 0.24, "pictures": 0.26, "archives": 0.2}
"""What part of all cases is of each kind."""

Make = Callable[[random.Random], bytes]


@dataclass(frozen=True)
class Case:
    """One thing that is brought; ``name`` says what is wrong with it."""

    name: str
    content: bytes


def how_many(kind: str) -> int:
    """So many of a kind: 50 of all, or what the variable says."""
    return max(1, round(int(os.environ.get(VARIABLE) or USUAL) * SHARES[kind]))


def cases(makers: dict[str, Make], count: int, seed: int) -> Iterator[Case]:
    """As many as asked for: each maker in turn, then again with other numbers."""
    names = list(makers)
    for number in range(count):
        name = names[number % len(names)]
        yield Case(f"{name}-{number}", makers[name](random.Random(f"{seed}:{number}")))


def read_all(kind: str, given: Path, work: Path) -> None:
    """Read each file of a folder as the project does; one JSON line a file: the error (None where it was read), whether
    it is one that a person may see, and the memory that this took at its most."""
    read = {"tables": _read_table, "pictures": _read_picture, "archives": _read_archive}[kind](work)
    for path in sorted(given.iterdir()):
        content = path.read_bytes()
        before = start_watching()
        row: dict[str, Any] = {"name": path.name, "error": None, "is_known": True}
        try:
            read(content)
        except BaseException as error:  # noqa: BLE001 - whatever comes out is what is asked about
            from core.errors import LabError

            row |= {"error": f"{type(error).__name__}: {error}"[:300], "is_known": isinstance(error, LabError)}
        row["kilobytes"] = most_memory() - before
        print(json.dumps(row), flush=True)


STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def start_watching() -> int:
    """The memory in use, in kilobytes; from now on `most_memory` tells the most."""
    if not STATUS.exists():
        return most_memory()
    CLEAR.write_text("5")  # the high-water mark falls to what is in use
    return most_memory()


def most_memory() -> int:
    """In kilobytes. Elsewhere than on Linux the most there ever was, so that little may be seen to grow. (And Linux'
    own ``ru_maxrss`` begins with that of the process that started this one.)"""
    if not STATUS.exists():
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used // 1024 if sys.platform == "darwin" else used
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def _read_table(work: Path) -> Callable[[bytes], object]:
    from core.sources.own_texts import bring_texts
    from core.sources.text_tables import ColumnsUnknown, LabelsUnknown, read_csv_texts

    def read(content: bytes) -> object:
        """As a person who answers what is asked with what is proposed."""
        text = label = labels = None
        for _ in range(2):
            try:
                return bring_texts(read_csv_texts(content, text, label, labels))
            except ColumnsUnknown as error:
                text, label = error.text or error.columns[0], error.label or error.columns[-1]
            except LabelsUnknown as error:
                labels = error.guess or {value: number % 2 for number, (value, _) in enumerate(error.found)}
        return bring_texts(read_csv_texts(content, text, label, labels))

    return read


def _read_picture(work: Path) -> Callable[[bytes], object]:
    from core.sources.photos import read_photo, thumbnail

    def read(content: bytes) -> object:
        picture = read_photo(content, 128)
        assert picture.shape == (128, 128, 3) and picture.dtype == "uint8"
        return thumbnail(content, 64)

    return read


def _read_archive(work: Path) -> Callable[[bytes], object]:
    import io
    import shutil

    from core.limits import ZIP_FILES, ZIP_UNPACKED_BYTES
    from core.sources.archives import unpack

    def read(content: bytes) -> object:
        folder = work / "unpacked"
        folder.mkdir()
        try:
            unpack(io.BytesIO(content), "photos.zip", folder, lambda what, done, of: None)
        finally:
            files = list(folder.rglob("*"))
            assert len(files) <= ZIP_FILES and not any(path.is_symlink() or path.is_dir() for path in files)
            assert sum(path.stat().st_size for path in files) <= ZIP_UNPACKED_BYTES
            shutil.rmtree(folder)
        return None

    return read


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    read_all(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
