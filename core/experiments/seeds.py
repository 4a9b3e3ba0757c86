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
from core.words import mark, say

FIRST, SECOND = mark("these settings"), mark("the other settings")
FEWEST, MOST, USUAL = 3, 10, 5


class Seeds(Kind):
    """A seed decides starting weights, the order of examples and, where there are fewer than all, which are seen. With
    ``against`` both settings get the same seeds, and are compared pair by pair."""

    name = "seeds"
    short = mark("Luck")
    title = mark("Luck or effect?")
    question = mark("How much of a difference is luck? The same settings with other seeds tell.")
    icon = ":material/casino:"

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        return {"seeds": tuple(range(setting.seed, setting.seed + USUAL))}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        found = []
        if not FEWEST <= len(set(experiment.seeds)) <= MOST:
            what = say("There must be {fewest} to {most} different seeds (seeds).", fewest=FEWEST, most=MOST)
            received = ", ".join(map(str, experiment.seeds))
            found.append(InvalidSetting("seeds", what, received, say("As in 1,2,3,4,5.")))
        other = experiment.against
        if other is not None and other.scenario != experiment.setting.scenario:
            what = say("Both settings must be of one scenario (against).")
            found.append(InvalidSetting("against", what, other.scenario, say("Choose a run of this scenario.")))
        if other is not None and other.changed(seed=0) == experiment.setting.changed(seed=0):
            what = say("The settings to compare with are the same ones (against).")
            mend = say("Change something first, or compare with nothing.")
            found.append(InvalidSetting("against", what, None, mend))
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
    return say(
        "Over {count} seeds validation accuracy at the best epoch is {mean:.1%} on average, from {low:.1%} to "
        "{high:.1%} (standard deviation {deviation:.1f} points). A difference between two single runs below about "
        "{luck:.1f} points may well be luck.",
        count=len(values), mean=mean, low=min(values), high=max(values), deviation=100 * deviation, luck=100 * luck,
    )  # fmt: skip


def _compared(first: Sequence[float], second: Sequence[float]) -> str:
    verdict = paired(first, second)
    assert verdict is not None
    figures = {"pairs": verdict.pairs, "first": statistics.mean(first), "second": statistics.mean(second),
               "gap": 100 * abs(verdict.mean), "half": 100 * verdict.half}  # fmt: skip
    if verdict.is_effect:
        return say(
            "An effect: {who} are ahead by more than seeds explain. Over {pairs} shared seeds {first:.1%} and "
            "{second:.1%}, a difference of {gap:.1f} points, give or take {half:.1f} (95 % interval of the paired "
            "differences).", who=say(FIRST if verdict.mean > 0 else SECOND), **figures,
        )  # fmt: skip
    return say(
        "Cannot be told from luck: over {pairs} shared seeds {first:.1%} and {second:.1%}, a difference of {gap:.1f} "
        "points, give or take {half:.1f} (95 % interval of the paired differences), which includes none at all. More "
        "seeds would narrow it.", **figures,
    )  # fmt: skip
