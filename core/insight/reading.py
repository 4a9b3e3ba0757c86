"""What a curve shows now, in a sentence with its numbers: fixed rules, and silence where the evidence is thin.

Read against 122 recorded trainings whose kind their recipe makes certain (`python -m benchmarks readings`): of the 59
on which no rule was set, 59 are right at the end, and in 31 trainings of noise about a level none of 1,510 looks, one
after each epoch, finds a trend. Of 2,000 made-up runs of 40 epochs of noise about a level, while training loss falls, a
trend is claimed at some epoch in 0.1 % where the noise is Gaussian, 0.7 % with heavy tails, 0.9 % where it is skewed,
3.5 and 14 % where each epoch resembles the last (correlation 0.3 and 0.5).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.history import Epoch, Outcome
from core.insight.trend import Trend, measure_trend, patience_used
from core.scenarios import get
from core.spec import RunSpec
from core.words import say, say_many

Tone = Literal["quiet", "good", "warning", "bad"]
Kind = Literal["", "learning", "right", "overfitting", "worse", "noise", "unchanged", "guessing", "diverged"]

SUSTAINED = 3
"""Epochs since the best before a rise counts as one."""
SLIGHT = 0.02
"""Effects below this share of the best validation loss are called slight."""
STILL = 0.01
"""A validation loss that has changed by less than this share since the first epoch has hardly changed."""
SETTLED, GUESSED = 5, 0.05
"""So many epochs within this share of one another, at a guesser's loss, are called guessing."""
FLAT = 10
"""Epochs before a curve that neither rises nor falls is called levelled, noisy or unchanged: a short one may go on."""
HARDLY = 0.01
"""A fall of accuracy below this share of the rows is called none: it is one row of a hundred."""
JUMPY = 0.02
"""Wobble from epoch to epoch, as a share of the loss, above which a flat curve is called noisy."""


@dataclass(frozen=True)
class Reading:
    """A headline, the numbers behind it, and how it should look. An empty headline means: nothing to say yet.

    ``kind`` is what it says in one word; ``disagree``, that validation loss rose and accuracy did not fall with it.
    """

    headline: str
    evidence: str
    tone: Tone
    kind: Kind = ""
    disagree: bool = False


QUIET = Reading("", "", "quiet")


def read_curve(epochs: Sequence[Epoch], spec: RunSpec, outcome: Outcome | None) -> Reading:
    """What the curve of ``epochs`` shows now; ``outcome`` is None while the run is going on."""
    lost = next((e for e in epochs if e.diverged), None)
    if lost is not None:
        return _diverged(lost, spec)
    if len(epochs) < SUSTAINED:
        return _with_ending(QUIET, epochs, spec, outcome)
    trend = measure_trend(epochs)
    if _is_guessing(epochs, spec) and not trend.is_falling:
        return _with_ending(_guessing(epochs, spec), epochs, spec, outcome)
    return _with_ending(_shape(trend, epochs, outcome), epochs, spec, outcome)


def _is_guessing(epochs: Sequence[Epoch], spec: RunSpec) -> bool:
    """Whether validation loss has settled at or above that of a guess, ln(classes), and accuracy at its level."""
    late = [e.val_loss or 0.0 for e in epochs[-SETTLED:]]
    classes = get(spec.scenario).classes(spec.options)
    is_settled = len(late) == SETTLED and max(late) - min(late) < GUESSED * max(late)
    accuracy = max(e.val_accuracy or 0.0 for e in epochs[-SETTLED:])
    return is_settled and min(late) > 0.98 * math.log(classes) and accuracy < 1 / classes + 0.05


def _guessing(epochs: Sequence[Epoch], spec: RunSpec) -> Reading:
    classes = get(spec.scenario).classes(spec.options)
    evidence = say(
        "Validation loss is {loss}, that of a guess among {classes} classes {guess}. A lower learning rate may help, "
        "or fewer frozen layers.",
        loss=number(epochs[-1].val_loss or 0.0), classes=classes, guess=number(math.log(classes)),
    )  # fmt: skip
    return Reading(say("No better than guessing."), evidence, "warning", "guessing")


def _shape(trend: Trend, epochs: Sequence[Epoch], outcome: Outcome | None) -> Reading:
    """The first rule that applies, the strongest claim first."""
    if trend.since_best >= SUSTAINED and trend.has_risen:
        return _overfitting(trend, epochs) if trend.training_fell else _both_rising(trend)
    if trend.is_falling:
        return _learning(trend, outcome)
    if len(epochs) < FLAT:
        return QUIET
    if trend.noise > JUMPY * trend.last:
        return _noisy(trend)
    if abs(trend.first - trend.best) < STILL * trend.first:
        return _unchanged(trend)
    return _levelled(trend)


def _overfitting(trend: Trend, epochs: Sequence[Epoch]) -> Reading:
    is_slight = trend.last - trend.best < SLIGHT * trend.best
    low, now = pair(trend.best, trend.last)
    before, after = pair(trend.training_at_best, trend.training_now)
    evidence = say(
        "Validation loss was lowest at epoch {epoch} ({low}) and is now {now}, while training loss fell from {before} "
        "to {after}.",
        epoch=trend.best_epoch, low=low, now=now, before=before, after=after,
    )  # fmt: skip
    if is_slight:
        headline = say("Slight overfitting since epoch {epoch}.", epoch=trend.best_epoch)
    else:
        headline = say("Overfitting since epoch {epoch}.", epoch=trend.best_epoch)
    doubt = _disagreement(trend, epochs)
    return Reading(headline, _sentences(evidence, doubt), "warning", "overfitting", bool(doubt))


def _disagreement(trend: Trend, epochs: Sequence[Epoch]) -> str:
    """Loss punishes being sure and wrong, accuracy only being wrong: the one can worsen without the other."""
    then = _accuracy_around(epochs, trend.best_epoch)
    now = _accuracy_around(epochs, epochs[-1].epoch)
    if then is None or now is None or now <= then - HARDLY:
        return ""
    if now >= then:
        return say(
            "Validation accuracy has not fallen ({then:.1%}, now {now:.1%}): loss and accuracy disagree. The model is "
            "not wrong more often, but surer when it is wrong.", then=then, now=now,
        )  # fmt: skip
    return say(
        "Validation accuracy has hardly fallen ({then:.1%}, now {now:.1%}): loss and accuracy disagree. The model is "
        "hardly wrong more often, but surer when it is wrong.", then=then, now=now,
    )  # fmt: skip


def _accuracy_around(epochs: Sequence[Epoch], epoch: int) -> float | None:
    near = [e.val_accuracy for e in epochs if abs(e.epoch - epoch) <= 1 and e.val_accuracy is not None]
    return statistics.mean(near) if near else None


def _both_rising(trend: Trend) -> Reading:
    low, now = pair(trend.best, trend.last)
    before, after = pair(trend.training_at_best, trend.training_now)
    evidence = say(
        "Validation loss went from {low} at epoch {epoch} to {now}, and training loss no longer falls ({before}, now "
        "{after}). This is not overfitting: a lower learning rate may help.",
        low=low, epoch=trend.best_epoch, now=now, before=before, after=after,
    )  # fmt: skip
    headline = say("Getting worse since epoch {epoch}.", epoch=trend.best_epoch)
    return Reading(headline, evidence, "warning", "worse")


def _learning(trend: Trend, outcome: Outcome | None) -> Reading:
    before, now = pair(trend.before, trend.recent)
    evidence = say(
        "Validation loss fell from {before} to {now} over the last {window} epochs.",
        before=before, now=now, window=trend.window,
    )  # fmt: skip
    if outcome is None:
        return Reading(say("Still learning."), evidence, "good", "learning")
    if outcome.stopped_early:
        mend = _sentences(evidence, say("More patience may help."))
        return Reading(say("Stopped while still learning."), mend, "warning", "learning")
    mend = _sentences(evidence, say("More epochs may help."))
    return Reading(say("Still learning at the end."), mend, "good", "learning")


def _noisy(trend: Trend) -> Reading:
    evidence = say(
        "From one epoch to the next validation loss jumps by about {noise}; over the last {window} epochs it moved by "
        "{moved}. More validation rows or a lower learning rate would calm it.",
        noise=number(trend.noise), window=trend.window, moved=number(abs(trend.before - trend.recent)),
    )  # fmt: skip
    return Reading(say("More noise than trend."), evidence, "warning", "noise")


def _unchanged(trend: Trend) -> Reading:
    first, best = pair(trend.first, trend.best)
    evidence = say(
        "Validation loss began at {first} and its lowest is {best} (epoch {epoch}): less than 1%.",
        first=first, best=best, epoch=trend.best_epoch,
    )  # fmt: skip
    return Reading(say("Hardly any change."), evidence, "warning", "unchanged")


def _levelled(trend: Trend) -> Reading:
    low, now = pair(trend.best, trend.last)
    evidence = say(
        "Validation loss is {now}; its lowest was {low} at epoch {epoch}.", now=now, low=low, epoch=trend.best_epoch
    )
    if trend.training_fell:
        before, after = pair(trend.training_at_best, trend.training_now)
        falls = say(
            "Training loss still falls ({before}, now {after}) without taking it along.", before=before, after=after
        )
        evidence = _sentences(evidence, falls)
    return Reading(say("About right: validation loss has levelled off."), evidence, "good", "right")


def _diverged(lost: Epoch, spec: RunSpec) -> Reading:
    evidence = say(
        "At epoch {epoch} the loss was no longer a number. A learning rate below {rate:g} usually cures it.",
        epoch=lost.epoch, rate=spec.learning_rate,
    )  # fmt: skip
    return Reading(say("Training diverged."), evidence, "bad", "diverged")


def _with_ending(reading: Reading, epochs: Sequence[Epoch], spec: RunSpec, outcome: Outcome | None) -> Reading:
    """The reading, and what early stopping has to add to it."""
    if outcome is None:
        return replace(reading, evidence=_sentences(reading.evidence, _patience(epochs, spec)))
    if not outcome.stopped_early or not epochs:
        return replace(reading, evidence=_sentences(reading.evidence, _restored(outcome)))
    if not reading.headline:
        after = say_many("After {n} epoch without improvement.", "After {n} epochs without improvement.", spec.patience)
        headline = say("Stopped early at epoch {epoch}.", epoch=epochs[-1].epoch)
        return Reading(headline, _sentences(after, _restored(outcome)), "quiet")
    stop = say_many(
        "Stopped early at epoch {epoch}, after {n} epoch without improvement.",
        "Stopped early at epoch {epoch}, after {n} epochs without improvement.",
        spec.patience,
        epoch=epochs[-1].epoch,
    )
    return replace(reading, evidence=_sentences(reading.evidence, stop, _restored(outcome)))


def _patience(epochs: Sequence[Epoch], spec: RunSpec) -> str:
    used = patience_used(epochs, spec.min_delta) if spec.early_stopping and len(epochs) >= SUSTAINED else 0
    return say("Patience: {used} of {patience} used.", used=used, patience=spec.patience) if used else ""


def _restored(outcome: Outcome) -> str:
    if outcome.restored_epoch is None or outcome.restored_epoch == outcome.epochs:
        return ""
    words = say("The model carries the weights of epoch {epoch}.", epoch=outcome.restored_epoch)
    if outcome.best_epoch is None or outcome.restored_epoch == outcome.best_epoch:
        return words
    lower = say("Epoch {epoch} was lower, but by less than min delta.", epoch=outcome.best_epoch)
    return _sentences(words, lower)


def number(value: float) -> str:
    """Three decimals, or two significant digits below 0.01."""
    return f"{value:.3f}" if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"


def pair(before: float, after: float) -> tuple[str, str]:
    """Two numbers written with as many decimals (three to six) as it takes to tell them apart; equal
    ones with three."""
    for decimals in range(3, 7 if before != after else 4):
        texts = f"{before:.{decimals}f}", f"{after:.{decimals}f}"
        if texts[0] != texts[1]:
            break
    return texts


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
