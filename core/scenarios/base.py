"""The contract of a scenario: what it declares as plain data for a page, and what it loads and builds in a worker.

Nothing here imports TensorFlow; a scenario imports it inside `load` and `build` only, so that the web process never
does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting
from core.scenarios.declared import FROM_SCRATCH, Layer, Option, Preset, Rival, Source
from core.spec import RunSpec, Value
from core.words import say

if TYPE_CHECKING:
    import keras
    from scipy.sparse import csr_matrix


SIZES = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
MOST_SIZES = 6
"""Training-set sizes in a lesson's comparison: evenly spread, near enough, on a log axis."""

Tell = Callable[[str, int, int], None]
"""Told what is being prepared, how much of it is done, and of how much."""


def tell_nobody(what: str, done: int, of: int) -> None:
    """Where nobody watches."""


@dataclass(frozen=True)
class Drawn:
    """What training rows were drawn from: they are ``whole[rows]``."""

    whole: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Data:
    """Rows and targets, split. Targets are float32: (n, 1) for a binary loss, one-hot (n, classes) otherwise. Where
    training rows are ``drawn`` from more, what frozen layers make of all is computed once for runs of every size. Of
    ``notes`` a run keeps ``classes``, the names of classes that only the data know."""

    x_train: np.ndarray | csr_matrix
    y_train: np.ndarray
    x_val: np.ndarray | csr_matrix
    y_val: np.ndarray
    notes: Mapping[str, Any] = field(default_factory=dict)
    drawn: Drawn | None = None


@dataclass(frozen=True)
class OldTask:
    """What a base could do before: rows ``x`` of its old task that nothing was trained on, their class numbers
    ``truth`` (n,), and the head that read the base then, kept aside: ``kernel`` (numbers, classes) and ``bias``
    (classes,), on the output of the layer ``reads``. ``title`` follows a "the". ``asset`` is its catalogue entry, where
    it only stands in for what the base really learned."""

    title: str
    x: np.ndarray
    truth: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    reads: str
    asset: str = ""

    @property
    def chance(self) -> float:
        """What guessing gets right, where every class has as many rows."""
        return 1 / len(self.bias)


@dataclass(frozen=True)
class Models:
    """A network as its spec starts it, and as a run left it; without a run the two are one."""

    before: keras.Sequential
    after: keras.Sequential


class Scenario(ABC):
    """What a scenario tells a page (plain data) and does in a worker (`load`, `build`, `ask`).

    Its words are English, marked for translation: whoever draws them says them. What its methods return as a text alone
    is said already.
    """

    name: str
    title: str
    sentence: str
    icon: str
    loss: str
    options: tuple[Option, ...] = ()
    rivals: tuple[Rival, ...] = (FROM_SCRATCH,)
    presets: tuple[Preset, ...] = ()
    brings: str = ""
    """What of one's own it can train on: texts or pictures, empty for neither."""
    quick_rival: str = FROM_SCRATCH.label
    """The rival that experiments of many runs train, unless another is asked for."""
    lessons: Mapping[str, Mapping[str, Value]] = MappingProxyType({})
    """By kind of experiment, settings under which it fits a lesson where the usual ones would not."""

    own_data: str = ""
    """What of one's own can be brought on the page itself, above the bench; empty where nothing can."""

    @abstractmethod
    def defaults(self, options: Mapping[str, Value], given: Mapping[str, Any]) -> dict[str, Any]:
        """A valid value for every common field, given the options and whatever else was given, unchecked: what the
        page opens with."""

    def option_default(self, option: Option, given: Mapping[str, Any]) -> Value:
        """An option's default, given the other values, unchecked."""
        return option.default

    def rival(self, label: str, spec: RunSpec) -> dict[str, Any] | None:
        """The values of the rival of this label, None where a spec has none. The fair one: the same network on the same
        data from random weights, nothing frozen."""
        if spec.start == "random":
            return None
        return {**spec.flat(), "start": "random", "frozen": "none"}

    def extraction(self, spec: RunSpec) -> dict[str, Any] | None:
        """The values of feature extraction on the same data: all of the base transferred and frozen. None where there
        is nothing to transfer."""
        sources = self.sources(spec.options)
        if not sources:
            return None
        start = spec.start if spec.parent else "pretrained"
        return {**spec.flat(), "start": start, "source": spec.source or sources[0].id, "frozen": "base"}

    def tuning(self, spec: RunSpec) -> dict[str, Any] | None:
        """The values of fine-tuning: of a spec of feature extraction, with the base trained too. None where the base
        cannot be trained."""
        if any(layer.fixed for layer in self.layers(spec)):
            return None
        return {**spec.flat(), "frozen": "none"}

    def sizes(self, spec: RunSpec) -> tuple[int, ...]:
        """Training-set sizes worth comparing, ascending, the largest there is last."""
        low, high = self.size_bounds(spec)
        usual = [n for n in SIZES if low <= n < high]
        return (*(usual if len(usual) < MOST_SIZES else _thinned(usual)), high)

    def size_bounds(self, spec: RunSpec) -> tuple[int, int]:
        """Fewest and most training examples at which a spec can be compared."""
        return self.example_bounds(spec.options, spec.data)

    def sized(self, values: Mapping[str, Any], examples: int) -> dict[str, Any]:
        """The same values on so many training examples."""
        return {**values, "examples": examples}

    def depth_names(self, spec: RunSpec) -> tuple[str, ...]:
        """The layers of the base that have numbers, from the input on: as deep as one can freeze."""
        return tuple(layer.name for layer in self.layers(spec) if layer.part == "base" and layer.parameters)

    def deepened(self, spec: RunSpec) -> dict[str, Any]:
        """The values of a spec under which layers that begin at random can stand above transferred ones."""
        return spec.flat()

    def seconds(self, spec: RunSpec) -> float:
        """About how long a run takes on two cores, once its data are prepared: measured once, good to a factor of two.
        Experiments correct it by what their own runs take."""
        return 0.8 + 0.02 * spec.epochs

    @abstractmethod
    def sources(self, options: Mapping[str, Value]) -> tuple[Source, ...]:
        """What knowledge can come from here; empty where there is nothing to transfer."""

    @abstractmethod
    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        """The network's layers from input to output, as the built model has them."""

    def data_choices(self, options: Mapping[str, Value]) -> dict[str, str]:
        """Data to choose from, by what RunSpec calls them, each with a title in the reader's language; empty where
        there is one kind only."""
        return {}

    def offers(self, option: Option, data: str) -> bool:
        """Whether an option means anything on these data; one that does not is not shown."""
        return True

    def own_title(self, data: str) -> str:
        """What data that somebody brought are called, in a few words of the reader's language."""
        return say("Own data {digits}…", digits=data[7:15])

    @abstractmethod
    def example_bounds(self, options: Mapping[str, Value], data: str = "builtin") -> tuple[int, int]:
        """Fewest and most training examples, both allowed."""

    @abstractmethod
    def origins(self, spec: RunSpec) -> tuple[str, ...]:
        """Catalogue entries of all data and weights this spec uses."""

    @abstractmethod
    def load(self, spec: RunSpec, tell: Tell = tell_nobody) -> Data:
        """Training and validation rows. May take seconds the first time; kept afterwards."""

    @abstractmethod
    def build(self, spec: RunSpec) -> keras.Sequential:
        """The stock Keras model with its starting weights: the source's where ``start`` is pretrained, else seeded."""

    @abstractmethod
    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        """Answer a question about data or a trained model as JSON values.

        Raises:
            LabError: when there is no such question, or what was given cannot be read.
        """

    def classes(self, options: Mapping[str, Value]) -> int:
        """How many classes the network tells apart."""
        return 2

    def loss_of(self, spec: RunSpec) -> str:
        """What a run is trained by: a loss of Keras by name, or `core.training.loops.LOGITS`."""
        return self.loss

    def second_phase(self, spec: RunSpec) -> dict[str, Any] | None:
        """What follows a run whose base is frozen, where this is taught in two phases: the base unfrozen at a low rate.
        None where there is no such thing."""
        return None

    def passes(self, spec: RunSpec) -> int | None:
        """How many augmented passes over the training rows are made and cycled through: 0 for none, None for a new one
        each epoch."""
        return 0

    def calm_layers(self, spec: RunSpec) -> frozenset[str]:
        """Layers that run in inference mode even while they are trained: their batch norm keeps to its statistics."""
        return frozenset()

    def keeps_log(self, spec: RunSpec) -> bool:
        """Whether a run writes its epochs for TensorBoard too, as its course has it."""
        return False

    def word_layer(self, spec: RunSpec) -> str:
        """The layer that has a row of numbers for each word; empty where there is none."""
        return ""

    def followed_words(self, spec: RunSpec) -> Mapping[str, int]:
        """Words whose vectors a run keeps epoch by epoch, each with its row in the `word_layer`; none where that has
        none of them. For a worker: it reads a vocabulary."""
        return {}

    def old_task(self, spec: RunSpec) -> OldTask | None:
        """The task the base comes from, to check after each epoch what training makes it forget. None where the base
        comes from none, or its old head is not to be had. For a worker: it reads arrays."""
        return None

    def prepare(self) -> None:  # noqa: B027 - most scenarios have nothing slow to prepare
        """Do what is slow and the same for every run, before anybody presses Train."""

    def problems(self, spec: RunSpec) -> list[InvalidSetting]:
        """What only this scenario can find wrong with a spec."""
        return [] if spec.data == "builtin" else [_no_own_data(spec)]

    def lacking(self, spec: RunSpec) -> tuple[str, ...]:
        """Catalogue entries that a spec needs and that have to be downloaded first. A spec that lacks something is a
        good one all the same: a run that was trained with it can still be looked at."""
        return ()


def _thinned(sizes: Sequence[int]) -> list[int]:
    """One fewer than `MOST_SIZES` of them, the ends kept."""
    last = MOST_SIZES - 2
    return [sizes[round(i * (len(sizes) - 1) / last)] for i in range(last + 1)]


def _no_own_data(spec: RunSpec) -> InvalidSetting:
    what, mend = say("This scenario trains on its built-in data."), say("Leave data at builtin.")
    return InvalidSetting("data", what, spec.data, mend)
