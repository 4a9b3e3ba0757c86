"""Break it: a good setting beside the same setting with one mistake in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core import scenarios
from core.errors import InvalidSetting
from core.experiments.base import Conclusion, Experiment, Kind, Result, Trial
from core.experiments.chance import margin
from core.experiments.slips import SLIPS, Slip, gallery
from core.scenarios.mistakes import half_frozen
from core.spec import RunSpec

GOOD, BAD = "as it should be", "with the mistake"
WORSE = 1.1
"""From this ratio of the last validation losses on, they tell a mistake that accuracies do not."""


class Mistake(Kind):
    """Two runs: as it should be, and with the mistake."""

    name = "mistake"
    short = "Break it"
    title = "Break it"
    question = "What does this mistake look like?"
    icon = ":material/heart_broken:"

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        return {"seeds": (setting.seed,)}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        slip = SLIPS.get(experiment.mistake)
        if slip is None:
            known = ", ".join(slip.id for slip, applies, _ in gallery(experiment.setting) if applies)
            what = "There is no such mistake (mistake)."
            return [InvalidSetting("mistake", what, experiment.mistake, f"Choose one of: {known}.")]
        if reason := slip.reason(experiment.setting):
            return [InvalidSetting("mistake", f"{reason.removesuffix('.')} (mistake).", slip.id, "Choose another.")]
        return []

    def plan(self, experiment: Experiment) -> Sequence[Trial]:
        slip = SLIPS.get(experiment.mistake)
        sides = slip.settings(experiment.setting) if slip else None
        if sides is None:
            return ()
        return [Trial.at(arm, scenarios.parse({**values, "seed": seed}))
                for seed in experiment.seeds for arm, values in zip((GOOD, BAD), sides, strict=True)]  # fmt: skip

    def conclude(self, experiment: Experiment, results: Sequence[Result]) -> Conclusion:
        seed = min((r.seed for r in results), default=None)
        arms = {r.trial.arm: r for r in results if r.seed == seed}
        figures = {"rows": [r.as_dict() for r in results]}
        if not {GOOD, BAD} <= set(arms) or not arms[GOOD].is_known or not arms[GOOD].last:
            return Conclusion("", figures)
        return Conclusion(_sentence(SLIPS[experiment.mistake], arms[GOOD], arms[BAD]), figures)


def _sentence(slip: Slip, good: Result, bad: Result) -> str:
    if bad.diverged or not bad.is_known or bad.last is None:
        return (
            f"With the mistake the loss is no longer a number after epoch {bad.epochs}: it diverged. As it should be, "
            f"validation accuracy is {_accuracy(good)}."
        )
    return SENTENCES.get(slip.id, _plain)(good, bad)


def _plain(good: Result, bad: Result) -> str:
    """What it costs, by accuracy at the best epochs and by the loss after the last."""
    assert good.last is not None and bad.last is not None
    gap = (good.val_accuracy or 0) - (bad.val_accuracy or 0)
    chance = margin(good.val_accuracy or 0, good.validated)
    losses = f"validation loss ends at {_loss(bad.last.val_loss)} instead of {_loss(good.last.val_loss)}"
    accuracies = f"{_accuracy(bad)} instead of {_accuracy(good)}"
    if gap > chance:
        return f"The mistake costs {100 * gap:.1f} points of validation accuracy: {accuracies}; {losses}."
    if (bad.last.val_loss or 0) > WORSE * (good.last.val_loss or 0):
        return f"Loss tells it, accuracy hardly: {losses}; accuracy at the best epochs is {accuracies}."
    return f"Here it did no harm that can be told from chance: {accuracies}; {losses}."


def _unfrozen(good: Result, bad: Result) -> str:
    names = half_frozen(scenarios.get(bad.trial.spec.scenario), bad.trial.spec)
    farthest = max(((bad.moved.get(name) or 0, name) for name in names), default=(0.0, ""))
    return f"{_plain(good, bad)} The weights of the base moved by {100 * farthest[0]:.1f} % at most ({farthest[1]})."


def _batch_norm(good: Result, bad: Result) -> str:
    assert good.last is not None and bad.last is not None
    training = f"{_share(bad.last.accuracy)} with the mistake, {_share(good.last.accuracy)} as it should be"
    return f"{_plain(good, bad)} Training accuracy at the end tells nothing of it: {training}."


def _input(good: Result, bad: Result) -> str:
    assert good.last is not None and bad.last is not None
    losses = f"{_loss(bad.last.loss)} instead of {_loss(good.last.loss)}"
    return f"{_plain(good, bad)} Training loss ends at {losses}."


def _labels(good: Result, bad: Result) -> str:
    assert bad.last is not None and good.last is not None
    guessing = 1 / scenarios.get(bad.trial.spec.scenario).classes(bad.trial.spec.options)
    return (
        f"Training accuracy on labels that mean nothing reaches {_share(bad.last.accuracy)} (training loss "
        f"{_loss(bad.last.loss)}); validation accuracy ends at {_share(bad.last.val_accuracy)}, where guessing gives "
        f"{guessing:.0%}, and with true labels at {_share(good.last.val_accuracy)}."
    )


def _recompile(good: Result, bad: Result) -> str:
    names = half_frozen(scenarios.get(bad.trial.spec.scenario), bad.trial.spec)
    still = [name for name in names if bad.moved.get(name) == 0]
    moved = ", ".join(f"{name} by {100 * (good.moved.get(name) or 0):.1f} %" for name in names)
    listed = " and ".join(names)
    if still != list(names):
        return f"Keras saw the change without compile: {listed} moved. With it {moved}."
    verb = "says that it is" if len(names) == 1 else "say that they are"
    return (
        f"Not compiled again, {listed} {verb} trainable and moved by exactly 0. Compiled again: {moved}. "
        f"Validation accuracy at the best epochs: {_accuracy(bad)} and {_accuracy(good)}."
    )


def _validation(good: Result, bad: Result) -> str:
    assert good.last is not None and bad.last is not None
    gap = 100 * ((bad.last.val_accuracy or 0) - (good.last.val_accuracy or 0))
    same = "The same network, weight for weight" if good.moved == bad.moved else "The same settings"
    return (
        f"This “validation” claims {_share(bad.last.val_accuracy)} at the end (loss {_loss(bad.last.val_loss)}). "
        f"{same}, on rows it has never seen: {_share(good.last.val_accuracy)} (loss {_loss(good.last.val_loss)}), "
        f"{gap:.1f} points less. And it would keep epoch {bad.best_epoch} as the best, where it is {good.best_epoch}."
    )


SENTENCES: dict[str, Callable[[Result, Result], str]] = {
    "unfrozen": _unfrozen,
    "batch_norm": _batch_norm,
    "input": _input,
    "labels": _labels,
    "recompile": _recompile,
    "validation": _validation,
}


def _accuracy(result: Result) -> str:
    return f"{_share(result.val_accuracy)} (epoch {result.best_epoch})"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _loss(value: float | None) -> str:
    return "no number" if value is None else f"{value:.3f}"
