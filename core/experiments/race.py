"""The three-way race: from scratch, feature extraction and fine-tuning on the same rows, split and seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import scenarios
from core.errors import InvalidSetting
from core.experiments.base import Conclusion, Experiment, Kind, Result, Trial
from core.experiments.chance import margin
from core.spec import RunSpec
from core.words import mark, say

EXTRACTION, TUNING, SCRATCH = mark("feature extraction"), mark("fine-tuning"), mark("from scratch")
ARMS = (EXTRACTION, TUNING, SCRATCH)
NOTHING = mark("There is nothing to transfer here, so there is nothing to race")


class Race(Kind):
    """One run of each way; the figures are those of each one's best epoch."""

    name = "race"
    short = mark("Race")
    title = mark("Race")
    question = mark("From scratch, feature extraction or fine-tuning: which comes out ahead?")
    icon = ":material/flag:"

    def problem(self, setting: RunSpec) -> str:
        return "" if scenarios.get(setting.scenario).extraction(setting) else say(NOTHING)

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
    mend = say("Choose one of: {known}.", known=", ".join(labels))
    return [InvalidSetting("rival", say("There is no such rival (rival)."), experiment.rival, mend)]


def _sentence(results: Sequence[Result]) -> str:
    ranked = sorted(results, key=lambda r: -(r.val_accuracy or 0))
    first, second, last = ranked[0], ranked[1], ranked[-1]
    gap = (first.val_accuracy or 0) - (second.val_accuracy or 0)
    chance = margin(first.val_accuracy or 0, first.validated)
    figures = say(", ").join(map(_figures, ranked))
    if gap > chance:
        parts = [say("{arm} is ahead at the best epochs: {figures}.", arm=_capital(first), figures=figures)]
    else:
        parts = [say("Too close to call at the top: {figures}.", figures=figures), _luck(first, second, chance)]
        far = (first.val_accuracy or 0) - (last.val_accuracy or 0)
        if last is not second and far > chance:
            parts.append(say("{arm} is behind by {gap:.1f} points.", arm=_capital(last), gap=100 * far))
    parts.append(_effort(results))
    return " ".join(part for part in parts if part)


def _figures(result: Result) -> str:
    return say(
        "{arm} {accuracy:.1%} (epoch {epoch})",
        arm=say(result.trial.arm), accuracy=result.val_accuracy, epoch=result.best_epoch,
    )  # fmt: skip


def _luck(first: Result, second: Result, chance: float) -> str:
    return say(
        "On {rows:,} validation rows {first} and {second} may differ by {points:.1f} points by chance alone.",
        rows=first.validated, first=say(first.trial.arm), second=say(second.trial.arm), points=100 * chance,
    )  # fmt: skip


def _effort(results: Sequence[Result]) -> str:
    """What the cheapest way trained, against the dearest."""
    cheap, dear = min(results, key=lambda r: r.trainable), max(results, key=lambda r: r.trainable)
    if cheap.trainable == dear.trainable:
        return ""
    return say(
        "{cheap} trained {few:,} numbers in {short:.1f} s, {dear} {many:,} in {long:.1f} s. One seed each: *Luck or "
        "effect?* tells how much of it is luck.",
        cheap=_capital(cheap), few=cheap.trainable, short=cheap.seconds,
        dear=say(dear.trial.arm), many=dear.trainable, long=dear.seconds,
    )  # fmt: skip


def _capital(result: Result) -> str:
    """The name of a result's line at the beginning of a sentence."""
    name = say(result.trial.arm)
    return name[0].upper() + name[1:]
