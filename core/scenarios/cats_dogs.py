"""Cats and dogs: a network that learned a thousand kinds of things from a million photos tells two of them apart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting, SourceUnavailable, shown
from core.limits import LEAST_CLASSES, MOST_CLASSES
from core.scenarios.base import (
    FROM_SCRATCH,
    Data,
    Drawn,
    Layer,
    Models,
    OldTask,
    Option,
    Preset,
    Rival,
    Scenario,
    Source,
    Tell,
    tell_nobody,
)
from core.scenarios.mistakes import WRONG_INPUT, mistake_of, mistake_option
from core.scenarios.picture_networks import (
    base_names,
    base_names_of,
    classes_of,
    head,
    network_of,
    small_layers,
    times_the_shipped,
)
from core.scenarios.picture_problems import BUILTIN, FULL, known_classes, picture_problems
from core.sources import cats_vs_dogs, hub_pictures, photo_sets
from core.sources.architectures import architecture
from core.sources.backbones import (
    BACKBONES,
    DEFAULT,
    DROPOUT,
    HUB,
    SMALL_CNN,
    SMALL_DROPOUT,
    SMALL_FILTERS,
    backbone,
)
from core.sources.catalogue import asset
from core.sources.cats_dogs import SOURCE as CIFAR
from core.sources.cats_dogs import TRAIN
from core.sources.downloads import location
from core.sources.own_sets import FORM
from core.spec import RunSpec, Value
from core.words import mark, say

if TYPE_CHECKING:
    import keras

SIZES = (64, 96, 128, 150, 160, 224)
PASSES = 4
"""The words of the option say so too."""
FEWEST = 20
FULL_ASSET = "cats-vs-dogs"
NO_LIMIT = 1_000_000
SMALL_RIVAL = Rival(
    mark("small CNN"),
    mark(
        "Also train a small CNN from scratch on the same pictures at 64 px, as one would without any source: about a "
        "second an epoch."
    ),
)
OWN_CLASSES = tuple(range(LEAST_CLASSES, MOST_CLASSES + 1))
OWN_LABELS = (
    mark("2 of one's own"), mark("3 of one's own"), mark("4 of one's own"), mark("5 of one's own"),
    mark("6 of one's own"), mark("7 of one's own"), mark("8 of one's own"), mark("9 of one's own"),
    mark("10 of one's own"),
)  # fmt: skip
"""What each of these is called: written out, as every text is that is to be translated."""
TITLE = 60
"""Characters of what own photos are called."""
PER_CLASS = 2
"""Fewest training pictures of each class of one's own."""
WHY_FIXED = mark("It is a module of TF Hub and runs outside Keras: it turns each picture into 1,280 numbers once.")


class CatsDogs(Scenario):
    """The guide's recipe: a frozen base in inference mode, global average pooling, Dropout 0.2, Dense 1 as a logit
    (T81-558 part 9.2; the Keras guide on transfer learning)."""

    name = "cats_dogs"
    title = mark("Cats and dogs")
    sentence = mark("A network that learned a thousand kinds of things from a million photos tells two of them apart.")
    icon = ":material/pets:"
    brings = "pictures"
    loss = "binary_crossentropy_of_logits"
    own_data = mark("Photos of your own")
    rivals = (FROM_SCRATCH, SMALL_RIVAL)
    quick_rival = SMALL_RIVAL.label
    # At 32 pictures a batch, five epochs are 80 steps: too few for blocks that begin at random, all stay at one half.
    lessons = MappingProxyType({"depth": {"size": 96, "examples": 500, "epochs": 5, "batch_size": 16}})
    options = (
        Option("backbone", mark("Backbone"), DEFAULT, tuple(BACKBONES), tuple(b.title for b in BACKBONES.values()),
               help=mark("The network below the head. The first ships with ImageNet's weights; the others' are "
                         "downloaded on the library page, or start from random ones."), leads=True),
        Option("size", mark("Side of a picture (px)"), 128, SIZES,
               help=mark("CIFAR's 32 px enlarged. Larger sees more, slower.")),
        Option("augment", mark("Augmentation"), "none", ("none", "passes", "live"),
               (mark("none"), mark("4 passes"), mark("live")),
               help=mark("Flip, turn and zoom a little. 4 passes are made once and cycled through, quick as none; "
                         "live makes a new one each epoch, as the guide has it, and is slow.")),
        Option("transferred", mark("Blocks transferred"), len(architecture(DEFAULT).blocks), low=0, high=200,
               help=mark("How many blocks begin with the source's weights, from the picture on; the rest begin at "
                         "random.")),
        Option("batch_norm", mark("Batch norm"), "inference", ("inference", "training"),
               (mark("keep averages"), mark("learn them")),
               help=mark("In inference mode an unfrozen base keeps the averages it came with, as the guide has it. "
                         "From scratch it has none and must learn them, with momentum 0.9: MobileNetV2's own 0.999 "
                         "would take hundreds of steps.")),
        mistake_option(mark("pictures not scaled")),
        Option("classes", mark("Classes"), 0, (0, *OWN_CLASSES), (mark("cat or dog"), *OWN_LABELS),
               help=mark("How many classes of one's own photos are told apart, each by a unit; 0 is cat or dog by one "
                         "unit."), follows=True),
    )  # fmt: skip
    presets = (
        Preset(mark("The guide's: Xception, 150 px"),
               mark("As the Keras guide has it: Xception at 150 px, augmented, 20 epochs with the base frozen; then "
                    "all of it unfrozen at a rate of 0.00001 with patience 5."),
               {"backbone": "xception", "size": 150, "augment": "passes", "epochs": 20}, two_phases=True),
    )  # fmt: skip

    def defaults(self, options: Mapping[str, Value], given: Mapping[str, Any]) -> dict[str, Any]:
        network = backbone(options["backbone"])
        start = "pretrained" if network.asset else "random"
        common = {"start": start, "source": network.asset, "data": BUILTIN, "frozen": (),
                  "examples": _most_examples(str(given.get("data", BUILTIN))) or TRAIN,
                  "epochs": 20, "early_stopping": False, "patience": 5, "min_delta": 0.0, "learning_rate": 0.001,
                  "batch_size": 32, "seed": 1}  # fmt: skip
        is_random = given.get("start", start) == "random"
        return common if is_random else {**common, "frozen": tuple(base_names(network.id))}

    def option_default(self, option: Option, given: Mapping[str, Any]) -> Value:
        network = backbone(given.get("backbone"))
        if option.name == "size":
            return network.size
        if option.name == "classes":
            return known_classes(str(given.get("data", BUILTIN))) or option.default
        if option.name == "transferred":
            return len(base_names(network.id))
        starts_random = given.get("start", "pretrained" if network.asset else "random") == "random"
        some_random = str(given.get("transferred", len(base_names(network.id)))) != str(len(base_names(network.id)))
        return "training" if option.name == "batch_norm" and (starts_random or some_random) else option.default

    def rival(self, label: str, spec: RunSpec) -> dict[str, Any] | None:
        network = spec.options["backbone"]
        if network == SMALL_CNN or (network == HUB and label == FROM_SCRATCH.label):  # a module cannot start anew
            return None
        if label == SMALL_RIVAL.label:
            kept = ("scenario", "data", "examples", "epochs", "early_stopping", "patience", "min_delta", "restore_best",
                    "seed")  # fmt: skip
            return {**{name: spec.flat()[name] for name in kept}, "backbone": SMALL_CNN, "classes": classes_of(spec)}
        values = super().rival(label, spec)
        return values and {**values, "batch_norm": "training"}

    def extraction(self, spec: RunSpec) -> dict[str, Any] | None:
        """With batch norm as it came: all blocks are transferred."""
        values = super().extraction(spec)
        return values and {**values, "batch_norm": "inference", "transferred": len(base_names_of(spec))}

    def tuning(self, spec: RunSpec) -> dict[str, Any] | None:
        """The last third of the blocks, at a tenth of the rate: all of them take ten times as long, and at the full
        rate they lose what they know."""
        values, names = super().tuning(spec), base_names_of(spec)
        kept = ",".join(names[: -(-2 * len(names) // 3)])
        return values and {**values, "frozen": kept, "learning_rate": max(spec.learning_rate / 10, 1e-6)}

    def depth_names(self, spec: RunSpec) -> tuple[str, ...]:
        return () if network_of(spec).id == HUB else tuple(base_names_of(spec))

    def deepened(self, spec: RunSpec) -> dict[str, Any]:
        """Random blocks have no averages to keep: batch norm learns them, in whatever is trained."""
        return {**spec.flat(), "batch_norm": "training"}

    def seconds(self, spec: RunSpec) -> float:
        """By what runs in every batch and the square of the pictures' side: training examples forwards and back, then
        all of them and those of validation once more. Early blocks are the dear ones: they see the most points."""
        names, pixels = base_names_of(spec), (int(spec.options["size"]) / 96) ** 2
        if network_of(spec).id == HUB:
            return 1.0 + 0.02 * spec.epochs
        if not names:
            return 2.0 + spec.epochs * pixels * (0.0022 * spec.examples + 1.0)
        frozen = next((i for i, name in enumerate(names) if name not in spec.frozen), len(names))
        share = 1 - frozen / len(names)
        if not share:
            return 1.5 + spec.epochs * (0.02 + 6e-6 * spec.examples)
        work = pixels * (0.4 * share + 0.6 * share**3) * times_the_shipped(self.layers(spec))
        return 4.0 + spec.epochs * work * (0.0117 * spec.examples + 3.0)

    def second_phase(self, spec: RunSpec) -> dict[str, Any] | None:
        """The guide's: the whole base unfrozen, a hundredth of the rate, up to 15 epochs with patience 5."""
        names = set() if spec.options.get("backbone") == HUB else set(base_names_of(spec))
        if not set(spec.frozen) & names:
            return None
        return {**spec.flat(), "frozen": "none", "learning_rate": max(spec.learning_rate / 100, 1e-6), "epochs": 15,
                "early_stopping": True, "patience": 5}  # fmt: skip

    def sources(self, options: Mapping[str, Value]) -> tuple[Source, ...]:
        network = backbone(options.get("backbone"))
        if not network.asset:
            return ()
        title = say("{network} (ImageNet)", network=say(network.title))
        return (Source(network.asset, title, network.asset, from_scratch=network.id != HUB),)

    def data_choices(self, options: Mapping[str, Value]) -> dict[str, str]:
        return {BUILTIN: say("CIFAR-10 (shipped)"), FULL: say("Photos of cats_vs_dogs (download)")}

    def own_title(self, data: str) -> str:
        try:
            names = ", ".join(photo_sets.classes(data)) if FORM.fullmatch(data) else ""
        except SourceUnavailable:
            names = ""
        return shown(say("Own: {names}", names=names), TITLE) if names else super().own_title(data)

    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        network, size = network_of(spec), str(spec.options["size"])
        if network.id == HUB:
            total, fixed = hub_pictures.PARAMETERS, hub_pictures.STATISTICS
            base = [Layer("feature_vector", mark("TF Hub module"), str(hub_pictures.NUMBERS), total, "base",
                          fixed=WHY_FIXED, statistics=fixed)]  # fmt: skip
            return (*base, *head(hub_pictures.NUMBERS, classes_of(spec)))
        if network.id == SMALL_CNN:
            return small_layers(int(size), classes_of(spec))
        blocks = architecture(network.id).blocks
        return (
            Layer(_scale_name(spec), "Rescaling", f"{size}, {size}, 3", 0, "base"),
            *(Layer(b.id, b.kind, f"{b.edges.get(size, '?')}, {b.edges.get(size, '?')}, {b.channels}",
                    b.trainable + b.statistics, "base", statistics=b.statistics) for b in blocks),
            Layer("pooling", "GlobalAveragePooling2D", str(blocks[-1].channels), 0, "head"),
            *head(blocks[-1].channels, classes_of(spec)),
        )  # fmt: skip

    def example_bounds(self, options: Mapping[str, Value], data: str = BUILTIN) -> tuple[int, int]:
        own = int(options.get("classes", 0))
        return PER_CLASS * own or FEWEST, _most_examples(data) or NO_LIMIT

    def classes(self, options: Mapping[str, Value]) -> int:
        return int(options.get("classes", 0)) or super().classes(options)

    def loss_of(self, spec: RunSpec) -> str:
        return "categorical_crossentropy" if classes_of(spec) else self.loss

    def origins(self, spec: RunSpec) -> tuple[str, ...]:
        pictures = {BUILTIN: (CIFAR,), FULL: (FULL_ASSET,)}.get(spec.data, ())
        return (*pictures, *((spec.source,) if spec.start == "pretrained" and spec.source else ()))

    def passes(self, spec: RunSpec) -> int | None:
        return {"none": 0, "passes": PASSES, "live": None}[str(spec.options["augment"])]

    def calm_layers(self, spec: RunSpec) -> frozenset[str]:
        learns = spec.options["batch_norm"] == "training"
        return frozenset(name for name in base_names_of(spec) if name in spec.frozen or not learns)

    def problems(self, spec: RunSpec) -> list[InvalidSetting]:
        return picture_problems(spec)

    def lacking(self, spec: RunSpec) -> tuple[str, ...]:
        """Weights that are to be downloaded (of a start from random weights, or from a run, none but TF Hub's module),
        and pictures."""
        network = network_of(spec)
        weights = network.asset if spec.start == "pretrained" or network.id == HUB else ""
        missing = [weights] if weights and asset(weights).origin == "download" and location(weights) is None else []
        if spec.data == FULL and location(FULL_ASSET) is None:
            missing.append(FULL_ASSET)
        if FORM.fullmatch(spec.data) and not photo_sets.is_here(spec.data):
            missing.append(spec.data)
        return tuple(missing)

    def keeps_log(self, spec: RunSpec) -> bool:
        return network_of(spec).id == "xception"

    def prepare(self) -> None:
        from core.sources.pictures import load_pictures

        load_pictures(128)

    def load(self, spec: RunSpec, tell: Tell = tell_nobody) -> Data:
        from core.sources.pictures import choose, load_pictures

        size = int(spec.options["size"])
        pictures = load_pictures(size, spec.data, tell)
        train, held_out = pictures.train, pictures.validation
        chosen = choose(train.labels, min(spec.examples, len(train.labels)), spec.seed)  # a few may be unreadable
        if spec.options["backbone"] == HUB:
            named = [(hub_pictures.encode_kept(f"{spec.data.replace(':', '-')}-{part}", getattr(pictures, part).images,
                                               lambda done, of: tell(mark("reading pictures"), done, of)))
                     for part in ("train", "validation")]  # fmt: skip
            x, x_val, drawn = named[0][chosen], named[1], None
        else:
            is_all = len(chosen) == len(train.labels)
            drawn = None if is_all else Drawn(train.images, chosen)
            x, x_val = train.images if is_all else train.images[chosen], held_out.images
        y, y_val = (_targets(labels, classes_of(spec)) for labels in (train.labels[chosen], held_out.labels))
        names = photo_sets.classes(spec.data) if classes_of(spec) else ()
        return Data(np.asarray(x), y, np.asarray(x_val), y_val, {"classes": names} if names else {}, drawn)

    def build(self, spec: RunSpec) -> keras.Sequential:
        import keras

        from core.models.building import dense, layer_seed

        network = network_of(spec)
        dropout = SMALL_DROPOUT if network.id == SMALL_CNN else DROPOUT
        head = [
            keras.layers.Dropout(dropout, seed=layer_seed(spec.seed, "dropout"), name="dropout"),
            dense(classes_of(spec) or 1, "output", spec.seed, "softmax" if classes_of(spec) else None),
        ]
        if network.id == HUB:
            return keras.Sequential([keras.Input((hub_pictures.NUMBERS,)), *head])
        size = int(spec.options["size"])
        return keras.Sequential([keras.Input((size, size, 3), dtype="uint8"), *_base(spec, size), *head])

    def old_task(self, spec: RunSpec) -> OldTask | None:
        """Eight other kinds of CIFAR-10, as a stand-in for ImageNet's thousand, on the shipped base only."""
        from core.sources import older_task

        head = _old_head(spec)
        if not head:
            return None
        pictures = older_task.load_pictures(int(spec.options["size"]))
        return OldTask(older_task.TITLE, pictures.images, pictures.labels, head["kernel"], head["bias"], "pooling",
                       older_task.SOURCE)  # fmt: skip

    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        from core.insight import photo_answers

        return photo_answers.answer(question, spec, models, **given)


def _base(spec: RunSpec, size: int) -> list[keras.Layer]:
    """All below the dropout."""
    import keras

    from core.models.scaling import wrong_scaling
    from core.models.small_cnn import small_cnn
    from core.sources.image_networks import described_base

    network = network_of(spec)
    if network.id == SMALL_CNN:
        return small_cnn(SMALL_FILTERS, spec.seed)
    learns = spec.options["batch_norm"] == "training"
    transferred = int(spec.options["transferred"]) if spec.start == "pretrained" else 0
    base = described_base(network.id, size, spec.seed, transferred, learns)
    if mistake_of(spec) == WRONG_INPUT:
        base[0] = wrong_scaling(architecture(network.id).input)
    return [*base, keras.layers.GlobalAveragePooling2D(name="pooling")]


def _targets(labels: np.ndarray, classes: int) -> np.ndarray:
    """A column for one unit, one-hot rows for several."""
    return np.eye(classes, dtype=np.float32)[labels.astype(int)] if classes else labels[:, None]


def _old_head(spec: RunSpec) -> dict[str, np.ndarray]:
    """The older task's head as it ships, or as the run to go on from kept it; empty where the base is not the one it
    was fitted to."""
    from core.models.weights import old_head
    from core.sources import older_task

    if network_of(spec).id != DEFAULT:
        return {}
    if spec.parent:
        return old_head(spec.parent)
    is_whole = spec.start == "pretrained" and spec.options["transferred"] == len(base_names_of(spec))
    return older_task.load_head() if is_whole else {}


def _scale_name(spec: RunSpec) -> str:
    return "wrong_scale" if mistake_of(spec) == WRONG_INPUT else "scale"


def _most_examples(data: str) -> int | None:
    """How many pictures there are to train on; None where that is not known on this computer."""
    if data == FULL:
        return cats_vs_dogs.TRAIN
    if not FORM.fullmatch(data):
        return TRAIN
    try:
        return photo_sets.counts(data).train
    except SourceUnavailable:
        return None
