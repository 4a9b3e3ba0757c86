"""Pictures at the size a network reads, made once on this computer: CIFAR-10's cats and dogs, enlarged, those of
TensorFlow Datasets, or photos that somebody brought, of any classes. Also which of them a run trains on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from core.errors import InvalidSetting, SourceUnavailable, UnreadablePhoto
from core.sources import photo_sets
from core.sources.cats_dogs import CatsDogs, Pictures, load_cats_dogs
from core.sources.photo_sets import READING, Counts, Tell, tell_nobody
from core.sources.photos import read_photo
from core.sources.prepared import prepared
from core.words import say

LOG = logging.getLogger(__name__)
VERSION = 1
"""Raise this when pictures or enlarging change."""
PARTS = ("train", "validation", "test")
BUILTIN, LARGE = "builtin", "builtin:cats_vs_dogs"
"""What RunSpec's ``data`` may be, besides sha256: and a set's digest."""
TOLD = 50
"""How often progress is told, about."""

Photos = Iterator[tuple[bytes, int]]
"""The files of photos with their labels."""


@dataclass(frozen=True)
class _Source:
    """Where photos come from and how many there are. In a large set that nobody looked through, what cannot be read may
    be left out."""

    counts: Counts
    photos: Callable[[str], Photos]
    may_leave_out: bool


def load_pictures(size: int, data: str = BUILTIN, tell: Tell = tell_nobody) -> CatsDogs:
    """All parts at this size. The pictures stay on disk until they are used.

    The first time CIFAR's are enlarged (2 s at 128, bicubic), and of photos the middle squares are read; then at once.

    Raises:
        SourceUnavailable: when the data are not on this computer, are damaged, or cannot be kept at this size.
    """
    return _enlarged(size) if data == BUILTIN else _open(_read_once(size, data, tell))


def shown_pictures(size: int, data: str) -> CatsDogs:
    """What to show of them: CIFAR's own 32 points, of photos what a network of this size reads."""
    return load_cats_dogs() if data == BUILTIN else load_pictures(size, data)


def choose(labels: np.ndarray, examples: int, seed: int) -> np.ndarray:
    """Which pictures of these labels a run sees: ascending row numbers drawn by its seed, as many of each class while
    they last (one more of the first ones where they cannot be as many), larger sets holding smaller ones.

    Raises:
        InvalidSetting: when there are not so many.
    """
    if examples > len(labels):
        what = say("There are not so many pictures to train on (examples).")
        raise InvalidSetting("examples", what, examples, say("Choose at most {most:,}.", most=len(labels)))
    rng = np.random.default_rng((seed, len(labels)))
    of_each = [np.flatnonzero(labels == kind) for kind in range(int(labels.max()) + 1)]
    drawn = np.concatenate([rows[rng.permutation(len(rows))] for rows in of_each])
    turns = np.concatenate([np.arange(len(rows)) for rows in of_each])  # in turn n each class gives its row n
    return np.sort(drawn[np.argsort(turns, kind="stable")[:examples]])


def enlarge(image: np.ndarray, size: int) -> np.ndarray:
    """One picture (h, w, 3) uint8 as (size, size, 3), bicubic, by Pillow: clipped and rounded, alike on every machine
    and in every batch. Smaller ones too, without jags."""
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


@lru_cache(maxsize=2)
def _enlarged(size: int) -> CatsDogs:
    folder = prepared(f"pictures-{VERSION}-{size}", lambda part: _prepare(part, size))
    small = load_cats_dogs()
    return CatsDogs(
        *(Pictures(np.load(folder / f"{name}.npy", mmap_mode="r"), getattr(small, name).labels) for name in PARTS)
    )


def _prepare(part: Path, size: int) -> None:
    for name in PARTS:
        images = getattr(load_cats_dogs(), name).images
        np.save(part / f"{name}.npy", np.stack([enlarge(image, size) for image in images]))


@lru_cache(maxsize=2)
def _open(folder: Path) -> CatsDogs:
    return CatsDogs(*(_open_part(folder, name) for name in PARTS))


def _open_part(folder: Path, name: str) -> Pictures:
    labels = np.load(folder / f"{name}-labels.npy")
    labels.setflags(write=False)
    return Pictures(np.load(folder / f"{name}.npy", mmap_mode="r")[: len(labels)], labels)


def _read_once(size: int, data: str, tell: Tell) -> Path:
    """The folder of a source's photos at this size. A set whose photos are gone is not read from there either."""
    source = _source(data)
    name = f"photos-{VERSION}-{size}-{data.rpartition(':')[2]}"
    try:
        return prepared(name, lambda part: _read_all(part, size, source, tell))
    except OSError as error:
        why = error.strerror or error
        what = say("The photos cannot be kept at {size} points ({error}).", size=size, error=why)
        mend = say("Make room in the data folder or mend its permissions.")
        raise SourceUnavailable(what, name, mend) from error


def _source(data: str) -> _Source:
    if data != LARGE:
        return _Source(photo_sets.counts(data), partial(photo_sets.photos, data), may_leave_out=False)
    from core.sources import cats_vs_dogs

    most = Counts(cats_vs_dogs.TRAIN, cats_vs_dogs.VALIDATION, cats_vs_dogs.TEST)
    return _Source(most, cats_vs_dogs.photos, may_leave_out=True)


def _read_all(part: Path, size: int, source: _Source, tell: Tell) -> None:
    total, done = sum(source.counts), 0
    tell(READING, 0, total)
    for name, count in zip(PARTS, source.counts, strict=True):
        photos = source.photos(name) if count else iter(())
        _read_part(part / name, count, size, _told(photos, done, total, tell), source.may_leave_out)
        done += count
    tell(READING, total, total)


def _told(photos: Photos, before: int, total: int, tell: Tell) -> Photos:
    step = max(1, total // TOLD)
    for done, photo in enumerate(photos, before):
        if done and done % step == 0:
            tell(READING, done, total)
        yield photo


def _read_part(path: Path, count: int, size: int, photos: Photos, may_leave_out: bool) -> None:
    """Pictures one after the other into ``<path>.npy``, so that memory never holds more than one, and their labels into
    ``<path>-labels.npy``. Where some are left out, as many rows at the end stay black and have no label.

    Written, not mapped: a disk that is full is then an error, and not the end of the process."""
    labels = []
    with path.with_suffix(".npy").open("wb") as file:
        _write_header(file, (count, size, size, 3))
        for content, label in photos:
            try:
                picture = read_photo(content, size)
            except UnreadablePhoto as error:
                if not may_leave_out:
                    raise
                LOG.warning("a photo of %s is left out: %s", path.name, error)
                continue
            file.write(picture.tobytes())
            labels.append(label)
        for _ in range(count - len(labels)):
            file.write(bytes(size * size * 3))
    if len(labels) > count:
        what = say("There should be {count:,} photos to read.", count=count)
        raise SourceUnavailable(what, f"{len(labels):,}", say("Fetch them again."))
    np.save(path.with_name(f"{path.name}-labels.npy"), np.array(labels, np.float32))


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    about = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
