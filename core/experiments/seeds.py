"""Luck or effect? The same settings with other seeds, and whether two settings differ by more than seeds do."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from core import scenarios
from core.errors import InvalidSetting
from core.experiments.base import Conclusion, Experiment, Kind, Result, Trial, on_arm
from core.experiments.chance import paired
from core.spec import RunSpec

FIRST, SECOND = "these settings", "the other settings"
FEWEST, MOST, USUAL = 3, 10, 5


class Seeds(Kind):
    """A seed decides starting weights, the order of examples and, where there are fewer than all, which are seen. With
    ``against`` both settings get the same seeds, and are compared pair by pair."""

    name = "seeds"
    short = "Luck"
    title = "Luck or effect?"
    question = "How much of a difference is luck? The same settings with other seeds tell."
    icon = ":material/casino:"

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        return {"seeds": tuple(range(setting.seed, setting.seed + USUAL))}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        found = []
        if not FEWEST <= len(set(experiment.seeds)) <= MOST:
            what = f"There must be {FEWEST} to {MOST} different seeds (seeds)."
            found.append(InvalidSetting("seeds", what, ", ".join(map(str, experiment.seeds)), "As in 1,2,3,4,5."))
        other = experiment.against
        if other is not None and other.scenario != experiment.setting.scenario:
            what = "Both settings must be of one scenario (against)."
            found.append(InvalidSetting("against", what, other.scenario, "Choose a run of this scenario."))
        if other is not None and other.changed(seed=0) == experiment.setting.changed(seed=0):
            what = "The settings to compare with are the same ones (against)."
            found.append(InvalidSetting("against", what, None, "Change something first, or compare with nothing."))
        return found

    def plan(self, experiment: Experiment) -> Sequence[Trial]:
        sides = [(FIRST, experiment.setting), (SECOND, experiment.against)]
        return [Trial.at(name, scenarios.parse({**spec.flat(), "seed": seed}))
                for seed in dict.fromkeys(experiment.seeds) for name, spec in sides if spec]  # fmt: skip

    def conclude(self, experiment: Experiment, results: Sequence[Result]) -> Conclusion:
        by_arm = {name: {r.seed: r for r, _ in on_arm(results, name)} for name in (FIRST, SECOND)}
        figures: dict[str, Any] = {
            name: {"accuracies": {s: r.val_accuracy for s, r in sorted(found.items())},
                   "losses": {s: r.val_loss for s, r in sorted(found.items())}}
            for name, found in by_arm.items() if found
        }  # fmt: skip
        if not self.is_over(experiment, results) or len(by_arm[FIRST]) < FEWEST:
            return Conclusion("", figures)
        both = sorted(by_arm[FIRST].keys() & by_arm[SECOND].keys())
        if experiment.against is None:
            return Conclusion(_alone([r.val_accuracy or 0 for r in by_arm[FIRST].values()]), figures)
        pairs = [[by_arm[name][s].val_accuracy or 0 for s in both] for name in (FIRST, SECOND)]
        verdict = paired(*pairs)
        if verdict is None:
            return Conclusion("", figures)
        figures |= {"difference": verdict.mean, "half": verdict.half, "pairs": verdict.pairs,
                    "is_effect": verdict.is_effect}  # fmt: skip
        return Conclusion(_compared(*pairs), figures)


def _alone(values: Sequence[float]) -> str:
    mean, deviation = statistics.mean(values), statistics.stdev(values)
    luck = 2 * math.sqrt(2) * deviation  # two standard deviations of the difference of two runs
    return (
        f"Over {len(values)} seeds validation accuracy at the best epoch is {mean:.1%} on average, from "
        f"{min(values):.1%} to {max(values):.1%} (standard deviation {100 * deviation:.1f} points). A difference "
        f"between two single runs below about {100 * luck:.1f} points may well be luck."
    )


def _compared(first: Sequence[float], second: Sequence[float]) -> str:
    verdict = paired(first, second)
    assert verdict is not None
    means = f"{statistics.mean(first):.1%} and {statistics.mean(second):.1%}"
    who = FIRST if verdict.mean > 0 else SECOND
    interval = f"{100 * abs(verdict.mean):.1f} points, give or take {100 * verdict.half:.1f}"
    if verdict.is_effect:
        return (
            f"An effect: {who} are ahead by more than seeds explain. Over {verdict.pairs} shared seeds {means}, a "
            f"difference of {interval} (95 % interval of the paired differences)."
        )
    return (
        f"Cannot be told from luck: over {verdict.pairs} shared seeds {means}, a difference of {interval} (95 % "
        "interval of the paired differences), which includes none at all. More seeds would narrow it."
    )
