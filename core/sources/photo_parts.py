"""Which photo belongs to which part of a set: each once, cats and dogs in turns, by what is in them alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from core.sources.cats_dogs import NAMES
from core.sources.photo_folders import PARTS

LEAST = {"train": 10, "validation": 4}
"""Fewest photos of each kind."""
HELD_OUT = 5
"""Where the folder is not split, one photo in so many is validated on."""

Index = dict[str, list[tuple[str, int]]]
"""Of each part, the SHA-256 of each photo's content (its file's name) and its label, in their order."""


class Photo(NamedTuple):
    """``part`` is empty where the folder says none; ``digest`` is the SHA-256 of the content."""

    name: str
    part: str
    label: int
    digest: str


def unequivocal(photos: list[Photo]) -> tuple[list[Photo], list[tuple[str, str]]]:
    """Without photos that lie among the cats and, byte by byte the same, among the dogs."""
    of_cats, of_dogs = ({p.digest for p in photos if p.label == label} for label in range(len(NAMES)))
    both = of_cats & of_dogs
    why = "The same photo lies among the cats and among the dogs."
    return [p for p in photos if p.digest not in both], [(p.name, why) for p in photos if p.digest in both]


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
    for label in range(len(NAMES)):
        loose = sorted((p for p in photos if not p.part and p.label == label), key=lambda p: p.digest)
        order = np.random.default_rng((0, label)).permutation(len(loose))
        held_out = max(LEAST["validation"], round(len(loose) / HELD_OUT))
        found += [loose[row]._replace(part="validation") for row in order[:held_out]]
        found += [loose[row]._replace(part="train") for row in order[held_out:]]
    return found


def index_of(photos: list[Photo]) -> Index:
    """Cats and dogs in turns as far as both last."""
    index: Index = {}
    for part in PARTS:
        kinds = (sorted(p.digest for p in photos if (p.part, p.label) == (part, label)) for label in range(len(NAMES)))
        turns = zip_longest(*kinds)
        index[part] = [(digest, label) for turn in turns for label, digest in enumerate(turn) if digest is not None]
    return index


def identity(index: Index) -> str:
    """The same whatever the order and the names."""
    rows = sorted(f"{part} {label} {digest}\n" for part, rows in index.items() for digest, label in rows)
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def of_each(rows: Iterable[tuple[str, int]]) -> tuple[int, int]:
    labels = [label for _, label in rows]
    return labels.count(0), labels.count(1)
