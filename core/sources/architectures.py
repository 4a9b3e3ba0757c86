"""What is known of an image network without building it: its blocks, their sizes and counts (made from Keras by
core/assets/build_architectures.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.errors import SourceUnavailable
from core.sources.catalogue import ASSETS
from core.words import say


@dataclass(frozen=True)
class Block:
    """One block. ``statistics`` are batch norm's, never trained; ``ends_at`` is the Keras layer of its output;
    ``edges`` is its output's side in points, by the side of the picture."""

    name: str
    kind: str
    stride: int
    channels: int
    trainable: int
    statistics: int
    ends_at: str | int
    edges: dict[str, int]

    @property
    def id(self) -> str:
        """Its name as a layer has it."""
        return self.name.replace(" ", "_")


@dataclass(frozen=True)
class Architecture:
    """A network of `keras.applications`: ``function`` with ``arguments`` builds it; ``input`` is the range it wants."""

    title: str
    function: str
    arguments: dict[str, Any]
    input: str
    blocks: tuple[Block, ...]


@lru_cache(maxsize=8)
def architecture(name: str) -> Architecture:
    """An architecture by the name of its file.

    Raises:
        SourceUnavailable: when the file is missing or damaged.
    """
    path = ASSETS / "architectures" / f"{name}.json"
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        blocks = tuple(Block(**{k: b[k] for k in Block.__dataclass_fields__}) for b in row["blocks"])
        return Architecture(row["title"], row["function"], row["arguments"], row["input"], blocks)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceUnavailable(
            say("A shipped description of a network cannot be read."), path.name, say("Install the project again.")
        ) from error
