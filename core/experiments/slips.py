"""The mistakes of "Break it": what each is, why it does what it does, what mends it, and the two runs that show it.

The runs are made from the settings in hand, but small: both are over within a minute or so. Nothing here trains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import scenarios
from core.errors import InvalidSettings
from core.experiments import lessons
from core.scenarios.mistakes import NO_RECOMPILE, RECOMPILED, SHUFFLED, TRAINING, WRONG_INPUT
from core.spec import RunSpec
from core.words import mark, say

Values = dict[str, Any]
Pair = tuple[Values, Values]
"""Settings as they should be, and with the mistake."""
FACTOR = 100
FINE_RATE, SMALL_BATCH = 1e-4, 8


class DoesNotApply(Exception):
    """Why a mistake cannot be shown, or does no harm, in a scenario."""


@dataclass(frozen=True)
class Slip:
    """One mistake. ``make`` gives its two settings, or raises `DoesNotApply`. Its texts are yet to be said."""

    id: str
    title: str
    icon: str
    what: str
    why: str
    mend: str
    look: str
    make: Callable[[RunSpec], Pair]

    def settings(self, setting: RunSpec) -> Pair | None:
        """Good and bad values, as `core.scenarios.parse` takes them; None where `reason` says why there are none."""
        try:
            return self.make(setting)
        except DoesNotApply:
            return None

    def reason(self, setting: RunSpec) -> str:
        """Why it cannot be shown from this setting; empty where it can."""
        try:
            for values in self.make(setting):
                scenarios.parse(values)
        except DoesNotApply as reason:
            return str(reason)
        except InvalidSettings as error:
            return str(error)
        return ""


def gallery(setting: RunSpec) -> list[tuple[Slip, bool, str]]:
    """Every mistake, whether it can be shown from this setting, and why not where it cannot."""
    reasons = [(slip, slip.reason(setting)) for slip in SLIPS.values()]
    return [(slip, not reason, reason) for slip, reason in reasons]


def _rate(setting: RunSpec) -> Pair:
    good = lessons.learning(setting)
    return good, {**good, "learning_rate": FACTOR * float(good["learning_rate"])}


def _unfrozen(setting: RunSpec) -> Pair:
    if setting.scenario != "cats_dogs":
        raise DoesNotApply(say(lessons.HARMLESS[setting.scenario]))
    good = {**lessons.extracting(setting), "epochs": 5}
    return good, {**good, "frozen": "none"}


def _batch_norm(setting: RunSpec) -> Pair:
    if setting.scenario != "cats_dogs":
        raise DoesNotApply(say("There is no batch norm in this network. See it on cats and dogs."))
    good = {**lessons.extracting(setting), "frozen": "none", "learning_rate": FINE_RATE, "batch_size": SMALL_BATCH,
            "epochs": 5}  # fmt: skip
    return good, {**good, "batch_norm": "training"}


def _input(setting: RunSpec) -> Pair:
    if not scenarios.get(setting.scenario).sources(setting.options) and setting.scenario != "cats_dogs":
        raise DoesNotApply(say("Nothing is transferred in this task, so no particular input is expected."))
    good = lessons.extracting(setting)
    return good, {**good, "mistake": WRONG_INPUT}


def _labels(setting: RunSpec) -> Pair:
    good = lessons.memorising(setting)
    return good, {**good, "mistake": SHUFFLED}


def _recompile(setting: RunSpec) -> Pair:
    if setting.scenario == "cats_dogs":
        raise DoesNotApply(say("Keras' own fit would take minutes on pictures. See it on one of the other pages."))
    if not scenarios.get(setting.scenario).sources(setting.options):
        raise DoesNotApply(say("Nothing is transferred in this task, so there is no base to unfreeze."))
    good = {**lessons.learning(setting), "start": "pretrained", "mistake": RECOMPILED}
    good["epochs"] = lessons.REFIT_EPOCHS[setting.scenario]
    return good, {**good, "mistake": NO_RECOMPILE}


def _validation(setting: RunSpec) -> Pair:
    good = lessons.memorising(setting)
    return good, {**good, "mistake": TRAINING}


SLIPS: dict[str, Slip] = {
    slip.id: slip
    for slip in (
        Slip(
            "rate",
            mark("Learning rate × 100"),
            ":material/speed:",
            mark("The same network, each step a hundred times as long."),
            mark(
                "A step follows the slope where it begins. One that is too long leaps over the valley and lands "
                "higher up; weights grow, units die or saturate, and from there the way back is long or closed."
            ),
            mark(
                "Try rates a factor of 3 or 10 apart and take the largest at which validation loss still falls "
                "smoothly."
            ),
            mark("Validation loss: a leap at the start, a zigzag, a climb, or a flat line at chance."),
            _rate,
        ),
        Slip(
            "unfrozen",
            mark("Unfrozen before the head is trained"),
            ":material/lock_open:",
            mark("All layers trainable from the first step, at the rate of the head."),
            mark(
                "The new head begins at random, so the first errors are large and wrong; at the head's rate they are "
                "passed down and rewrite what the base took a million photos to learn."
            ),
            mark("Head first, with the base frozen. Then unfreeze, at a hundredth of the rate."),
            mark("Validation accuracy from the first epoch on, and how little the weights of the base had to move."),
            _unfrozen,
        ),
        Slip(
            "batch_norm",
            mark("Batch norm left in training mode"),
            ":material/equalizer:",
            mark("A pretrained base is fine-tuned with its batch norm learning new averages, from batches of eight."),
            mark(
                "Each batch is scaled by its own mean and spread, a rough guess from eight pictures, and the averages"
                " that came with the weights are overwritten. Weights and averages no longer belong together."
            ),
            mark("Call the base with training=False: batch norm keeps its averages even where its layers are trained."),
            mark("Training goes as well as ever; validation, which uses the averages, falls behind."),
            _batch_norm,
        ),
        Slip(
            "input",
            mark("Wrong preprocessing"),
            ":material/transform:",
            mark(
                "The base is fed something else than it learned from: pictures that are not scaled to −1…1, words "
                "that read the row before their own, lengths in metres where it knows centimetres."
            ),
            mark(
                "No error is raised: shapes and types are right. But each number means something else to the frozen "
                "layers, so what comes out of them says little."
            ),
            mark(
                "Use the preprocessing, the vocabulary and the units that came with the weights; look at one example "
                "as the network gets it."
            ),
            mark("Both losses: training stays higher too, unlike with overfitting."),
            _input,
        ),
        Slip(
            "labels",
            mark("Shuffled labels"),
            ":material/shuffle:",
            mark("Every training example keeps its input and gets the label of another. Validation is left alone."),
            mark(
                "A network with more numbers than examples can learn any labels by heart (Zhang et al. 2017). So a "
                "falling training loss proves nothing; only examples it has not seen can."
            ),
            mark(
                "Look at twenty examples with their labels before training, and be wary where validation stays at "
                "chance."
            ),
            mark("Training loss falls all the same. Validation accuracy stays at chance, and validation loss climbs."),
            _labels,
        ),
        Slip(
            "recompile",
            mark("Unfrozen, but not compiled again"),
            ":material/sync_disabled:",
            mark(
                "Half-way, layer.trainable = True for the base; then fit goes on without model.compile. This one is "
                "trained by Keras' own fit."
            ),
            mark(
                "Keras collects the trainable weights when it compiles and builds its training step at the first fit."
                " A later change of trainable is not seen: no error, no warning, nothing moves. (A batch of a new "
                "shape would make it build the step anew, and then raise “Unknown variable”: here all epochs have the"
                " same batches.)"
            ),
            mark("Call compile after every change of trainable, and compare weights before and after."),
            mark(
                "The second half: with compile the curve bends where the base begins to learn; without, it goes on as"
                " before. What moved is exactly 0."
            ),
            _recompile,
        ),
        Slip(
            "validation",
            mark("Validating on training data"),
            ":material/content_copy:",
            mark("The very rows it trains on are measured again and called validation."),
            mark(
                "Learning by heart looks like understanding when the exam asks what the homework asked. Both networks"
                " here are the same to the last bit; only the rows they are measured on differ."
            ),
            mark(
                "Split first, before anything is chosen or scaled, and see that no row is in both parts, not even a "
                "copy."
            ),
            mark("The two validation curves: the honest one turns, the other follows training loss down."),
            _validation,
        ),
    )
}
