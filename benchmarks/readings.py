"""How sure the readings are: recorded curves whose kind their recipe makes certain, read and counted.

One half of the curves (``tune``) was used to set the rules of `core.insight.reading`, the other (``report``) was not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.recipes import ACCEPTED
from benchmarks.report import Report
from core.history import Epoch, Outcome
from core.insight.reading import Reading, read_curve
from core.scenarios import parse
from core.spec import RunSpec

RECORDED = Path(__file__).resolve().parents[1] / "tests" / "unit" / "recorded_curves.json"
TRENDS = frozenset({"learning", "overfitting", "worse"})
"""Readings that say that something moves: each of them is wrong of a flat curve, at whatever epoch."""
HALVES = ("tune", "report")


@dataclass(frozen=True)
class Curve:
    """A recorded training: what its recipe makes certain, and its figures. ``outcome`` is None where the curve is a
    piece of a training or was validated anew each epoch."""

    name: str
    kind: str
    half: str
    disagree: bool | None
    spec: RunSpec
    epochs: tuple[Epoch, ...]
    outcome: Outcome | None

    @property
    def final(self) -> Reading:
        return read_curve(self.epochs, self.spec, self.outcome)

    @property
    def live(self) -> list[Reading]:
        """What a page shows after each epoch while the run goes on."""
        return [read_curve(self.epochs[:n], self.spec, None) for n in range(1, len(self.epochs) + 1)]

    @property
    def is_right(self) -> bool:
        """Whether the last reading is one of those accepted; of a flat curve, also that none before claims a trend."""
        is_accepted = self.final.kind in ACCEPTED[self.kind]
        return is_accepted and (self.kind != "flat" or not self.false_trends)

    @property
    def false_trends(self) -> list[int]:
        """Epochs after which a trend is claimed; every one is false where the curve is flat."""
        return [n for n, reading in enumerate(self.live, 1) if reading.kind in TRENDS]


def load_curves(path: Path = RECORDED) -> list[Curve]:
    return [_curve(row) for row in json.loads(path.read_text(encoding="utf-8"))]


def measure(repeats: int) -> Report:
    """Read all recorded curves; there is nothing to repeat."""
    curves = load_curves()
    facts = {f"{half}_right": _score([c for c in curves if c.half == half]) for half in HALVES}
    facts |= {f"{kind}": _by_half([c for c in curves if c.kind == kind]) for kind in ACCEPTED}
    flat = [c for c in curves if c.kind == "flat"]
    facts["flat_with_a_trend_claimed"] = f"{sum(bool(c.false_trends) for c in flat)} of {len(flat)}"
    told = [c for c in curves if c.disagree is not None]
    facts["disagree"] = f"{sum(c.final.disagree == c.disagree for c in told)} of {len(told)}"
    return Report("readings", facts=facts, notes=[_miss(c) for c in curves if not c.is_right])


def record() -> None:
    """Train all recipes anew and replace the recorded file: about ten minutes of one core."""
    from benchmarks.recorder import record_all

    record_all(RECORDED)


def _score(curves: Sequence[Curve]) -> str:
    right = sum(c.is_right for c in curves)
    return f"{right} of {len(curves)} ({right / len(curves):.1%})"


def _by_half(curves: Sequence[Curve]) -> str:
    parts = [[c for c in curves if c.half == half] for half in HALVES]
    return ", ".join(f"{half} {sum(c.is_right for c in part)} of {len(part)}"
                     for half, part in zip(HALVES, parts, strict=True))  # fmt: skip


def _miss(curve: Curve) -> str:
    early = f", a trend claimed after epochs {curve.false_trends}" if curve.kind == "flat" else ""
    return f"wrong ({curve.half}): {curve.name} is {curve.kind}, read as {curve.final.kind or 'nothing'}{early}"


def _curve(row: Mapping[str, Any]) -> Curve:
    figures = zip(row["loss"], row["accuracy"], row["val_loss"], row["val_accuracy"], strict=True)
    epochs = tuple(Epoch(n, *four, 0.0) for n, four in enumerate(figures, 1))
    outcome = Outcome(epochs=len(epochs), **row["outcome"]) if row["outcome"] else None
    spec = parse({**row["values"], "seed": row["seed"]})
    return Curve(f"{row['recipe']}/{row['seed']}", row["kind"], row["half"], row["disagree"], spec, epochs, outcome)
