"""What a benchmark hands back: medians and ratios, as a table for people and one JSON line for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """One thing done both ways, in seconds. ``asked`` is the least ratio the project holds itself to."""

    name: str
    ours: Sequence[float]
    notebook: Sequence[float]
    asked: float

    @property
    def ratio(self) -> float:
        """The notebook's median over ours: above 1, ours is faster."""
        return median(self.notebook) / median(self.ours)


@dataclass(frozen=True)
class Figure:
    """One number of ours alone; ``asked`` is the most it should be, in the same unit. ``value`` is None where it could
    not be measured here."""

    name: str
    value: float | None
    unit: str
    asked: float | None = None


@dataclass(frozen=True)
class Report:
    """All that one benchmark measured. ``facts`` join the JSON line as they are; ``notes`` are for both readers."""

    benchmark: str
    comparisons: Sequence[Comparison] = ()
    figures: Sequence[Figure] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """``ratios`` by name, ``seconds`` of both ways or of figures, and ``megabytes`` where there are any."""
        seconds: dict[str, float | None] = {}
        for pair in self.comparisons:
            seconds[f"{pair.name}_ours"] = round(median(pair.ours), 4)
            seconds[f"{pair.name}_notebook"] = round(median(pair.notebook), 4)
        seconds |= self._figures("s")
        megabytes = self._figures("MB")
        return {
            "benchmark": self.benchmark,
            "ratios": {pair.name: round(pair.ratio, 2) for pair in self.comparisons},
            "seconds": seconds,
            **({"megabytes": megabytes} if megabytes else {}),
            **self.facts,
            **({"notes": list(self.notes)} if self.notes else {}),
        }

    def json_line(self) -> str:
        return json.dumps(self.as_dict())

    def table(self) -> str:
        """The same for people, with the spread of the samples."""
        rows = [_comparison_head(), *map(_comparison_row, self.comparisons)] if self.comparisons else []
        if self.figures:
            rows += [f"{'':<24}{'measured':>16}{'at most':>16}", *map(_figure_row, self.figures)]
        return "\n".join([*rows, *(f"{name}: {value}" for name, value in self.facts.items()), *self.notes])

    def _figures(self, unit: str) -> dict[str, float | None]:
        chosen = [figure for figure in self.figures if figure.unit == unit]
        return {f.name: None if f.value is None else round(f.value, 3) for f in chosen}


def _comparison_head() -> str:
    return f"{'seconds: median (spread)':<24}{'ours':>26}{'notebook':>26}{'ratio':>8}{'at least':>10}"


def _comparison_row(pair: Comparison) -> str:
    return f"{pair.name:<24}{_spread(pair.ours):>26}{_spread(pair.notebook):>26}{pair.ratio:>8.1f}{pair.asked:>10g}"


def _figure_row(figure: Figure) -> str:
    measured = "not measured" if figure.value is None else f"{figure.value:.2f} {figure.unit}"
    return f"{figure.name:<24}{measured:>16}{'' if figure.asked is None else f'{figure.asked:g} {figure.unit}':>16}"


def _spread(samples: Sequence[float]) -> str:
    return f"{median(samples):.4f} ({min(samples):.4f}-{max(samples):.4f})"
