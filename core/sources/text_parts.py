"""Texts with a label each and the two parts they are split into, by what is in them alone; and how that is kept on
disk. Where texts come from is not known here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

HELD_OUT = 5
"""Of so many different texts of a kind one is validated on."""
FILE = "texts.json"


@dataclass(frozen=True, eq=False)
class LabelledTexts:
    """``labels`` is float32, 1 for praise and 0 for complaint; the first ``training`` rows are to be trained on, the
    others to be validated on."""

    texts: tuple[str, ...]
    labels: np.ndarray
    training: int

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, row: int) -> str:
        return self.texts[row]

    def at(self, rows: Iterable[int]) -> list[str]:
        return [self.texts[int(row)] for row in rows]


class Counts(NamedTuple):
    """Texts in each part."""

    training: int
    validation: int


def same_text(text: str) -> bytes:
    """16 bytes that are equal for texts which differ in case and white space only."""
    return blake2b(" ".join(text.split()).casefold().encode("utf-8", "replace"), digest_size=16).digest()


def split_texts(texts: Sequence[str], labels: Sequence[int]) -> LabelledTexts:
    """A fifth of the different texts of each kind held out, always the same whatever order they come in.

    A text that occurs more than once lies in one part only: in training, unless there are too few others to hold out.
    """
    parts: tuple[list[int], list[int]] = ([], [])
    order = sorted(range(len(texts)), key=lambda row: (texts[row], labels[row]))
    for label in (0, 1):
        for part, rows in zip(parts, _parts_of(label, [r for r in order if labels[r] == label], texts), strict=True):
            part += rows
    for number, part in enumerate(parts):
        np.random.default_rng((1, number)).shuffle(part)
    rows = parts[0] + parts[1]
    kept = np.array([labels[row] for row in rows], np.float32)
    return LabelledTexts(tuple(texts[row] for row in rows), kept, len(parts[0]))


def save_texts(folder: Path, split: LabelledTexts) -> None:
    rows = {"training": split.training, "labels": split.labels.astype(int).tolist(), "texts": split.texts}
    (folder / FILE).write_text(json.dumps(rows, ensure_ascii=True), encoding="utf-8")


def read_texts(folder: Path) -> LabelledTexts:
    """What `save_texts` wrote.

    Raises:
        OSError, ValueError, KeyError, TypeError: when it is not there, or something else.
    """
    raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
    texts, labels, training = tuple(map(str, raw["texts"])), np.array(raw["labels"], np.float32), int(raw["training"])
    if labels.shape != (len(texts),) or not 0 < training < len(texts) or not set(np.unique(labels)) <= {0, 1}:
        raise ValueError("labels or parts do not fit the texts")
    labels.setflags(write=False)  # everyone in the process gets this same array
    return LabelledTexts(texts, labels, training)


def _parts_of(label: int, rows: list[int], texts: Sequence[str]) -> tuple[list[int], list[int]]:
    """Rows of one kind to train on and to validate on."""
    groups: dict[bytes, list[int]] = {}
    for row in rows:
        groups.setdefault(same_text(texts[row]), []).append(row)
    twins = list(groups.values())
    shuffled = [twins[place] for place in np.random.default_rng((0, label)).permutation(len(twins))]
    shuffled.sort(key=lambda group: len(group) > 1)
    held_out = round(len(shuffled) / HELD_OUT)
    return list(chain.from_iterable(shuffled[held_out:])), list(chain.from_iterable(shuffled[:held_out]))
