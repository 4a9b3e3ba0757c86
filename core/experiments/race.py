"""The three-way race: from scratch, feature extraction and fine-tuning on the same rows, split and seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import scenarios
from core.errors import InvalidSetting
from core.experiments.base import Conclusion, Experiment, Kind, Result, Trial
from core.experiments.chance import margin
from core.spec import RunSpec

EXTRACTION, TUNING, SCRATCH = "feature extraction", "fine-tuning", "from scratch"
ARMS = (EXTRACTION, TUNING, SCRATCH)
NOTHING = "There is nothing to transfer here, so there is nothing to race"


class Race(Kind):
    """One run of each way; the figures are those of each one's best epoch."""

    name = "race"
    short = "Race"
    title = "Race"
    question = "From scratch, feature extraction or fine-tuning: which comes out ahead?"
    icon = ":material/flag:"

    def problem(self, setting: RunSpec) -> str:
        return "" if scenarios.get(setting.scenario).extraction(setting) else NOTHING

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        return {"rival": scenarios.get(setting.scenario).quick_rival, "seeds": (setting.seed,)}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        return rival_problems(experiment)

    def plan(self, experiment: Experiment) -> Sequence[Trial]:
        setting = experiment.setting
        scenario = scenarios.get(setting.scenario)
        extraction = scenario.extraction(setting)
        if extraction is None:
            return ()
        base = scenarios.parse(extraction)
        tuning, scratch = scenario.tuning(base), scenario.rival(experiment.rival, base)
        ways = ((EXTRACTION, extraction), (SCRATCH, scratch), (TUNING, tuning))
        return [Trial.at(name, scenarios.parse({**values, "seed": seed}))
                for seed in experiment.seeds for name, values in ways if values]  # fmt: skip

    def conclude(self, experiment: Experiment, results: Sequence[Result]) -> Conclusion:
        known = [r for r in results if r.is_known]
        rows = [r.as_dict() for r in sorted(known, key=lambda r: -(r.val_accuracy or 0))]
        if len(known) < 2 or not self.is_over(experiment, results):
            return Conclusion("", {"rows": rows})
        return Conclusion(_sentence(known), {"rows": rows})


def rival_problems(experiment: Experiment) -> list[InvalidSetting]:
    """A rival must be one that the scenario has."""
    labels = [rival.label for rival in scenarios.get(experiment.setting.scenario).rivals]
    if experiment.rival in labels:
        return []
    mend = f"Choose one of: {', '.join(labels)}."
    return [InvalidSetting("rival", "There is no such rival (rival).", experiment.rival, mend)]


def _sentence(results: Sequence[Result]) -> str:
    ranked = sorted(results, key=lambda r: -(r.val_accuracy or 0))
    first, second, last = ranked[0], ranked[1], ranked[-1]
    gap = (first.val_accuracy or 0) - (second.val_accuracy or 0)
    chance = margin(first.val_accuracy or 0, first.validated)
    figures = ", ".join(f"{r.trial.arm} {r.val_accuracy:.1%} (epoch {r.best_epoch})" for r in ranked)
    if gap > chance:
        parts = [f"{_capital(first.trial.arm)} is ahead at the best epochs: {figures}."]
    else:
        both = f"{first.trial.arm} and {second.trial.arm} may differ by {100 * chance:.1f} points by chance alone."
        parts = [f"Too close to call at the top: {figures}.", f"On {first.validated:,} validation rows {both}"]
        far = (first.val_accuracy or 0) - (last.val_accuracy or 0)
        if last is not second and far > chance:
            parts.append(f"{_capital(last.trial.arm)} is behind by {100 * far:.1f} points.")
    parts.append(_effort(results))
    return " ".join(part for part in parts if part)


def _effort(results: Sequence[Result]) -> str:
    """What the cheapest way trained, against the dearest."""
    cheap, dear = min(results, key=lambda r: r.trainable), max(results, key=lambda r: r.trainable)
    if cheap.trainable == dear.trainable:
        return ""
    return (
        f"{_capital(cheap.trial.arm)} trained {cheap.trainable:,} numbers in {cheap.seconds:.1f} s, "
        f"{dear.trial.arm} {dear.trainable:,} in {dear.seconds:.1f} s. One seed each: *Luck or effect?* tells how much "
        "of it is luck."
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
