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
from core.words import mark, say, say_many

GOOD, BAD = mark("as it should be"), mark("with the mistake")
WORSE = 1.1
"""From this ratio of the last validation losses on, they tell a mistake that accuracies do not."""


class Mistake(Kind):
    """Two runs: as it should be, and with the mistake."""

    name = "mistake"
    short = mark("Break it")
    title = mark("Break it")
    question = mark("What does this mistake look like?")
    icon = ":material/heart_broken:"

    def defaults(self, setting: RunSpec) -> dict[str, Any]:
        return {"seeds": (setting.seed,)}

    def problems(self, experiment: Experiment) -> list[InvalidSetting]:
        slip = SLIPS.get(experiment.mistake)
        if slip is None:
            known = ", ".join(slip.id for slip, applies, _ in gallery(experiment.setting) if applies)
            what, mend = say("There is no such mistake (mistake)."), say("Choose one of: {known}.", known=known)
            return [InvalidSetting("mistake", what, experiment.mistake, mend)]
        if reason := slip.reason(experiment.setting):
            what = say("{reason} (mistake).", reason=reason.removesuffix(".").removesuffix("。"))
            return [InvalidSetting("mistake", what, slip.id, say("Choose another."))]
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
        return say(
            "With the mistake the loss is no longer a number after epoch {epoch}: it diverged. As it should be, "
            "validation accuracy is {accuracy}.", epoch=bad.epochs, accuracy=_accuracy(good),
        )  # fmt: skip
    return SENTENCES.get(slip.id, _plain)(good, bad)


def _plain(good: Result, bad: Result) -> str:
    """What it costs, by accuracy at the best epochs and by the loss after the last."""
    assert good.last is not None and bad.last is not None
    gap = (good.val_accuracy or 0) - (bad.val_accuracy or 0)
    chance = margin(good.val_accuracy or 0, good.validated)
    figures = {"bad": _accuracy(bad), "good": _accuracy(good), "loss": _loss(bad.last.val_loss),
               "well": _loss(good.last.val_loss)}  # fmt: skip
    if gap > chance:
        return say(
            "The mistake costs {gap:.1f} points of validation accuracy: {bad} instead of {good}; validation loss ends "
            "at {loss} instead of {well}.", gap=100 * gap, **figures,
        )  # fmt: skip
    if (bad.last.val_loss or 0) > WORSE * (good.last.val_loss or 0):
        return say(
            "Loss tells it, accuracy hardly: validation loss ends at {loss} instead of {well}; accuracy at the best "
            "epochs is {bad} instead of {good}.", **figures,
        )  # fmt: skip
    return say(
        "Here it did no harm that can be told from chance: {bad} instead of {good}; validation loss ends at {loss} "
        "instead of {well}.", **figures,
    )  # fmt: skip


def _unfrozen(good: Result, bad: Result) -> str:
    names = half_frozen(scenarios.get(bad.trial.spec.scenario), bad.trial.spec)
    farthest = max(((bad.moved.get(name) or 0, name) for name in names), default=(0.0, ""))
    moved = say(
        "The weights of the base moved by {percent:.1f} % at most ({layer}).",
        percent=100 * farthest[0], layer=farthest[1],
    )  # fmt: skip
    return f"{_plain(good, bad)} {moved}"


def _batch_norm(good: Result, bad: Result) -> str:
    assert good.last is not None and bad.last is not None
    training = say(
        "Training accuracy at the end tells nothing of it: {bad} with the mistake, {good} as it should be.",
        bad=_share(bad.last.accuracy), good=_share(good.last.accuracy),
    )  # fmt: skip
    return f"{_plain(good, bad)} {training}"


def _input(good: Result, bad: Result) -> str:
    assert good.last is not None and bad.last is not None
    training = say(
        "Training loss ends at {bad} instead of {good}.", bad=_loss(bad.last.loss), good=_loss(good.last.loss)
    )
    return f"{_plain(good, bad)} {training}"


def _labels(good: Result, bad: Result) -> str:
    assert bad.last is not None and good.last is not None
    guessing = 1 / scenarios.get(bad.trial.spec.scenario).classes(bad.trial.spec.options)
    return say(
        "Training accuracy on labels that mean nothing reaches {accuracy} (training loss {loss}); validation accuracy "
        "ends at {validation}, where guessing gives {guessing:.0%}, and with true labels at {true}.",
        accuracy=_share(bad.last.accuracy), loss=_loss(bad.last.loss), validation=_share(bad.last.val_accuracy),
        guessing=guessing, true=_share(good.last.val_accuracy),
    )  # fmt: skip


def _recompile(good: Result, bad: Result) -> str:
    names = half_frozen(scenarios.get(bad.trial.spec.scenario), bad.trial.spec)
    still = [name for name in names if bad.moved.get(name) == 0]
    moved = say(", ").join(
        say("{layer} by {percent:.1f} %", layer=name, percent=100 * (good.moved.get(name) or 0)) for name in names
    )
    listed = say(" and ").join(names)
    if still != list(names):
        return say("Keras saw the change without compile: {layers} moved. With it {moved}.", layers=listed, moved=moved)
    return say_many(
        "Not compiled again, {layers} says that it is trainable and moved by exactly 0. Compiled again: {moved}. "
        "Validation accuracy at the best epochs: {bad} and {good}.",
        "Not compiled again, {layers} say that they are trainable and moved by exactly 0. Compiled again: {moved}. "
        "Validation accuracy at the best epochs: {bad} and {good}.",
        len(names), layers=listed, moved=moved, bad=_accuracy(bad), good=_accuracy(good),
    )  # fmt: skip


def _validation(good: Result, bad: Result) -> str:
    assert good.last is not None and bad.last is not None
    gap = 100 * ((bad.last.val_accuracy or 0) - (good.last.val_accuracy or 0))
    same = say("The same network, weight for weight") if good.moved == bad.moved else say("The same settings")
    return say(
        "This “validation” claims {claimed} at the end (loss {loss}). {same}, on rows it has never seen: {honest} "
        "(loss {its}), {gap:.1f} points less. And it would keep epoch {kept} as the best, where it is {best}.",
        claimed=_share(bad.last.val_accuracy), loss=_loss(bad.last.val_loss), same=same,
        honest=_share(good.last.val_accuracy), its=_loss(good.last.val_loss), gap=gap,
        kept=bad.best_epoch, best=good.best_epoch,
    )  # fmt: skip


SENTENCES: dict[str, Callable[[Result, Result], str]] = {
    "unfrozen": _unfrozen,
    "batch_norm": _batch_norm,
    "input": _input,
    "labels": _labels,
    "recompile": _recompile,
    "validation": _validation,
}


def _accuracy(result: Result) -> str:
    return say("{accuracy} (epoch {epoch})", accuracy=_share(result.val_accuracy), epoch=result.best_epoch)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _loss(value: float | None) -> str:
    return say("no number") if value is None else f"{value:.3f}"
