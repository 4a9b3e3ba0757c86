"""Which photo belongs to which part of a set: each once, the classes in turns, by what is in them alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from core.limits import LEAST_TRAINING, LEAST_VALIDATION
from core.sources.photo_classes import PARTS
from core.words import say

LEAST = {"train": LEAST_TRAINING, "validation": LEAST_VALIDATION}
"""Fewest photos of each class."""
HELD_OUT, USUALLY = 5, 4
"""Where nothing is split, one photo in so many is validated on, but as many as the second where there are three times
as many at least."""

Index = dict[str, list[tuple[str, int]]]
"""Of each part, the SHA-256 of each photo's content (its file's name) and its label, in their order."""


class Photo(NamedTuple):
    """``part`` is empty where the folder says none; ``digest`` is the SHA-256 of the content."""

    name: str
    part: str
    label: int
    digest: str


def unequivocal(photos: list[Photo], classes: Sequence[str]) -> tuple[list[Photo], list[tuple[str, str]]]:
    """Without photos that lie in one class and, byte by byte the same, in another."""
    labels: dict[str, set[int]] = {}
    for photo in photos:
        labels.setdefault(photo.digest, set()).add(photo.label)
    contrary = {digest: sorted(of) for digest, of in labels.items() if len(of) > 1}
    left_out = [(p.name, _why(contrary[p.digest], classes)) for p in photos if p.digest in contrary]
    return [p for p in photos if p.digest not in contrary], left_out


def without_duplicates(photos: list[Photo]) -> tuple[list[Photo], list[tuple[str, str]]]:
    """Each photo once, in training before validation before test, and the names of the others with that of the one."""
    order = {part: place for place, part in enumerate(PARTS)}
    kept: dict[str, Photo] = {}
    others = []
    for photo in sorted(photos, key=lambda p: (order.get(p.part, 0), p.name)):
        first = kept.setdefault(photo.digest, photo)
        if first is not photo:
            others.append((photo.name, first.name))
    return list(kept.values()), others


def split(photos: list[Photo]) -> list[Photo]:
    """With a part for each: where the folder says none, by a fixed seed and by content only."""
    found = [p for p in photos if p.part]
    for label in sorted({p.label for p in photos if not p.part}):
        loose = sorted((p for p in photos if not p.part and p.label == label), key=lambda p: p.digest)
        order = np.random.default_rng((0, label)).permutation(len(loose))
        held_out = max(min(USUALLY, len(loose) // 3), round(len(loose) / HELD_OUT))
        found += [loose[row]._replace(part="validation") for row in order[:held_out]]
        found += [loose[row]._replace(part="train") for row in order[held_out:]]
    return found


def index_of(photos: list[Photo], classes: int) -> Index:
    """The classes in turns as far as they last."""
    index: Index = {}
    for part in PARTS:
        kinds = (sorted(p.digest for p in photos if (p.part, p.label) == (part, label)) for label in range(classes))
        turns = zip_longest(*kinds)
        index[part] = [(digest, label) for turn in turns for label, digest in enumerate(turn) if digest is not None]
    return index


def identity(index: Index, classes: Sequence[str] = ()) -> str:
    """The same whatever the order and the names of files; a class called otherwise is another set. Sets of cats and
    dogs from before classes had names have none."""
    rows = sorted(f"{part} {label} {digest}\n" for part, rows in index.items() for digest, label in rows)
    names = [f"class {label} {name}\n" for label, name in enumerate(classes)]
    return hashlib.sha256("".join(rows + names).encode()).hexdigest()


def of_each(rows: Iterable[tuple[str, int]], classes: int) -> tuple[int, ...]:
    """How many photos there are of each class."""
    labels = [label for _, label in rows]
    return tuple(labels.count(label) for label in range(classes))


def _why(labels: Sequence[int], classes: Sequence[str]) -> str:
    names = f"“{classes[labels[0]]}”"
    for label in labels[1:]:
        names = say("{names} and “{name}”", names=names, name=classes[label])
    return say("The same photo lies in {names}, so it is in neither.", names=names)
