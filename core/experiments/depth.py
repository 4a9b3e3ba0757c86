"""How deep to freeze? Accuracy against the number of transferred layers, the picture of Yosinski et al. 2014 ("How
transferable are features in deep neural networks?", figure 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core import scenarios
from core.errors import InvalidSetting
from core.experiments.base import Conclusion, Experiment, Kind, Result, Trial
from core.experiments.examples import Band, bands
from core.spec import RunSpec
from core.words import mark, say

FROZEN, TUNED, RANDOM = mark("transferred, frozen"), mark("transferred, fine-tuned"), mark("random, frozen")
ARMS = (FROZEN, TUNED, RANDOM)
DEPTHS = 5


class Depth(Kind):
    """The first layers of the base are transferred (frozen, or trained on) or random and frozen; all others begin at
    random and are trained. A point is a run's validation accuracy after its last epoch, as in the paper: in so short a
    run the lowest validation loss is often that of the first epoch, when nothing is known yet."""

    name = "depth"
    short = mark("Depth")
    title = mark("How deep to freeze?")
    question = mark("How many layers are worth taking over, and is it better to freeze them or to train them on?")
    icon = ":material/layers:"

    def problem(self, setting: RunSpec) -> str:
        scenario = scenarios.get(setting.scenario)
        if "transferred" in setting.options and len(scenario.depth_names(setting)) > 1:
            return ""
        return say("Depth needs a base of two layers or more that can begin at random")

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        return {"depths": spread(len(scenarios.get(setting.scenario).depth_names(setting))), "seeds": (setting.seed,)}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        names = scenarios.get(experiment.setting.scenario).depth_names(experiment.setting)
        wrong = [d for d in experiment.depths if d > len(names)]
        if not wrong and len(set(experiment.depths)) > 1:
            return []
        what = say("Depths (depths) must be two numbers or more from 0 to {most}.", most=len(names))
        received = ", ".join(map(str, experiment.depths))
        return [InvalidSetting("depths", what, received, say("That is how many layers the base has."))]

    def plan(self, experiment: Experiment) -> Sequence[Trial]:
        """The frozen lines first: they are the quick ones. All depths of one seed before the next seed."""
        places = [(s, d) for s in experiment.seeds for d in sorted(set(experiment.depths))]
        return [Trial.at(arm, _spec(experiment.setting, arm, depth, seed), depth)
                for arm in (FROZEN, RANDOM, TUNED) for seed, depth in places]  # fmt: skip

    def conclude(self, experiment: Experiment, results: Sequence[Result]) -> Conclusion:
        lines = {name: bands(results, name, at_end) for name in ARMS}
        figures = {"lines": {name: [asdict(b) for b in line] for name, line in lines.items()}}
        return Conclusion(_sentence(lines) if self.is_over(experiment, results) else "", figures)


def at_end(result: Result) -> float | None:
    """Validation accuracy after the last epoch."""
    return result.last.val_accuracy if result.last else None


def spread(layers: int, count: int = DEPTHS) -> tuple[int, ...]:
    """Depths from nothing to all, evenly."""
    return tuple(sorted({round(i * layers / (count - 1)) for i in range(count)}))


def _spec(setting: RunSpec, arm: str, depth: int, seed: int) -> RunSpec:
    scenario = scenarios.get(setting.scenario)
    names = scenario.depth_names(setting)
    start = "random" if arm == RANDOM or depth == 0 else "pretrained"  # of no layer transferred all are one network
    frozen = names[:depth] if arm != TUNED else ()
    transferred = depth if start == "pretrained" else len(names)
    return scenarios.parse({**scenario.deepened(setting), "start": start, "frozen": ",".join(frozen) or "none",
                            "transferred": transferred, "seed": seed})  # fmt: skip


def _sentence(lines: dict[str, list[Band]]) -> str:
    if not all(lines[name] for name in ARMS):
        return ""
    frozen, tuned, random = (max(lines[name], key=lambda b: (b.mean, b.x)) for name in ARMS)
    parts = [_best_depths(frozen, tuned), _knowledge(lines[FROZEN][-1], lines[RANDOM][-1])]
    if random.mean > max(frozen.mean, tuned.mean):
        parts.append(say("Random layers came out best: the source does not help here."))
    return " ".join(parts)


def _best_depths(frozen: Band, tuned: Band) -> str:
    """At which depth each way of transfer is best, of which none may be one."""
    best = {"frozen": frozen.x, "kept": frozen.mean, "trained": tuned.x, "tuned": tuned.mean}
    if frozen.x and tuned.x:
        return say(
            "Transferred and frozen, the first {frozen:.0f} are best ({kept:.1%}); transferred and trained on, the "
            "first {trained:.0f} ({tuned:.1%}).", **best,
        )  # fmt: skip
    if frozen.x:
        return say(
            "Transferred and frozen, the first {frozen:.0f} are best ({kept:.1%}); transferred and trained on, none "
            "({tuned:.1%}).", **best,
        )  # fmt: skip
    if tuned.x:
        return say(
            "Freezing transferred layers helps at no depth: best is none at all ({kept:.1%}); transferred and trained "
            "on, the first {trained:.0f} ({tuned:.1%}).", **best,
        )  # fmt: skip
    return say(
        "Freezing transferred layers helps at no depth: best is none at all ({kept:.1%}); transferred and trained on, "
        "none ({tuned:.1%}).", **best,
    )  # fmt: skip


def _knowledge(transferred: Band, random: Band) -> str:
    """What transferred weights are worth where nothing else may change."""
    gap = 100 * (transferred.mean - random.mean)
    figures = {"count": transferred.x, "transferred": transferred.mean, "random": random.mean}
    if gap > 0:
        return say(
            "With {count:.0f} layers frozen, what they know is worth {gap:.1f} points: {transferred:.1%}, against "
            "{random:.1%} with random ones.", gap=gap, **figures,
        )  # fmt: skip
    if gap < 0:
        return say(
            "With {count:.0f} layers frozen, what they know costs {gap:.1f} points: {transferred:.1%}, against "
            "{random:.1%} with random ones.", gap=-gap, **figures,
        )  # fmt: skip
    return say(
        "With {count:.0f} layers frozen, what they know makes no difference: {transferred:.1%}, against {random:.1%} "
        "with random ones.", **figures,
    )  # fmt: skip
