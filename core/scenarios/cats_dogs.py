"""Cats and dogs: a network that learned a thousand kinds of things from a million photos tells two of them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSetting
from core.scenarios.base import Data, Layer, Models, Option, Scenario, Source, Tell, tell_nobody
from core.sources.architectures import Architecture, architecture
from core.sources.cats_dogs import TRAIN
from core.spec import RunSpec, Value

if TYPE_CHECKING:
    import keras

BACKBONE = "mobilenet_v2_0.35"
ASSET = "mobilenet-v2-035"
SIZES = (96, 128, 150, 160, 224)
DROPOUT = 0.2
PASSES = 4
FEWEST = 20


class CatsDogs(Scenario):
    """The guide's recipe: a frozen base in inference mode, global average pooling, Dropout 0.2, Dense 1 as a logit
    (T81-558 part 9.2; the Keras guide on transfer learning)."""

    name = "cats_dogs"
    title = "Cats and dogs"
    sentence = "A network that learned a thousand kinds of things from a million photos tells two of them apart."
    icon = ":material/pets:"
    loss = "binary_crossentropy_of_logits"
    options = (
        Option("size", "Side of a picture (px)", 128, SIZES, help="CIFAR's 32 px enlarged. Larger sees more, slower."),
        Option("augment", "Augmentation", "none", ("none", "passes", "live"), ("none", f"{PASSES} passes", "live"),
               help=f"Flip, turn and zoom a little. {PASSES} passes are made once and cycled through, quick as none; "
                    "live makes a new one each epoch, as the guide has it, and is slow."),
        Option("batch_norm", "Batch norm", "inference", ("inference", "training"), ("keep averages", "learn them"),
               help="In inference mode an unfrozen base keeps the averages it came with, as the guide has it. From "
                    "scratch it has none and must learn them."),
    )  # fmt: skip

    def defaults(self, options: Mapping[str, Value], given: Mapping[str, Any]) -> dict[str, Any]:
        common = {"start": "pretrained", "source": ASSET, "data": "builtin", "frozen": (), "examples": TRAIN,
                  "epochs": 20, "early_stopping": False, "patience": 5, "min_delta": 0.0, "learning_rate": 0.001,
                  "batch_size": 32, "seed": 1}  # fmt: skip
        return common if given.get("start") == "random" else {**common, "frozen": tuple(base_names())}

    def option_default(self, option: Option, given: Mapping[str, Any]) -> Value:
        return "training" if option.name == "batch_norm" and given.get("start") == "random" else option.default

    def from_scratch(self, spec: RunSpec) -> dict[str, Any]:
        return {**super().from_scratch(spec), "batch_norm": "training"}

    def second_phase(self, spec: RunSpec) -> dict[str, Any] | None:
        """The guide's: the whole base unfrozen, a hundredth of the rate, up to 15 epochs with patience 5."""
        if not set(spec.frozen) & set(base_names()):
            return None
        return {**spec.flat(), "frozen": "none", "learning_rate": max(spec.learning_rate / 100, 1e-6), "epochs": 15,
                "early_stopping": True, "patience": 5}  # fmt: skip

    def sources(self, options: Mapping[str, Value]) -> tuple[Source, ...]:
        return (Source(ASSET, "MobileNetV2, a third as wide (ImageNet)", ASSET),)

    def layers(self, spec: RunSpec) -> tuple[Layer, ...]:
        network, size = architecture(BACKBONE), str(spec.options["size"])
        blocks = [
            Layer(b.id, b.kind, f"{b.edges[size]}, {b.edges[size]}, {b.channels}", b.trainable + b.statistics, "base",
                  statistics=b.statistics)
            for b in network.blocks
        ]  # fmt: skip
        channels = network.blocks[-1].channels
        return (
            Layer("scale", "Rescaling", f"{size}, {size}, 3", 0, "base"),
            *blocks,
            Layer("pooling", "GlobalAveragePooling2D", str(channels), 0, "head"),
            Layer("dropout", "Dropout", str(channels), 0, "head"),
            Layer("output", "Dense", "1", channels + 1, "head"),
        )

    def example_bounds(self, options: Mapping[str, Value]) -> tuple[int, int]:
        return FEWEST, TRAIN

    def origins(self, spec: RunSpec) -> tuple[str, ...]:
        return ("cifar-cats-dogs", ASSET) if spec.start == "pretrained" else ("cifar-cats-dogs",)

    def passes(self, spec: RunSpec) -> int | None:
        return {"none": 0, "passes": PASSES, "live": None}[str(spec.options["augment"])]

    def calm_layers(self, spec: RunSpec) -> frozenset[str]:
        learns = spec.options["batch_norm"] == "training"
        return frozenset(name for name in base_names() if name in spec.frozen or not learns)

    def problems(self, spec: RunSpec) -> list[InvalidSetting]:
        found = super().problems(spec)
        if (
            spec.start == "random"
            and spec.options["batch_norm"] == "inference"
            and set(base_names()) - set(spec.frozen)
        ):
            what = "From scratch, batch norm has no averages to keep (batch_norm)."
            found.append(InvalidSetting("batch_norm", what, "inference", "Set it to training."))
        return found

    def prepare(self) -> None:
        from core.sources.pictures import load_pictures

        load_pictures(128)

    def load(self, spec: RunSpec, tell: Tell = tell_nobody) -> Data:
        from core.sources.pictures import load_pictures

        pictures = load_pictures(int(spec.options["size"]))
        chosen = chosen_pictures(spec.examples, spec.seed)
        train, held_out = pictures.train, pictures.validation
        x = train.images if len(chosen) == TRAIN else train.images[chosen]
        return Data(np.asarray(x), train.labels[chosen][:, None], np.asarray(held_out.images), held_out.labels[:, None])

    def build(self, spec: RunSpec) -> keras.Sequential:
        import keras

        from core.models.building import dense, layer_seed

        size, network = int(spec.options["size"]), architecture(BACKBONE)
        model = keras.Sequential(
            [
                keras.Input((size, size, 3), dtype="uint8"),
                keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale"),
                *_base(network, spec, size),
                keras.layers.GlobalAveragePooling2D(name="pooling"),
                keras.layers.Dropout(DROPOUT, seed=layer_seed(spec.seed, "dropout"), name="dropout"),
                dense(1, "output", spec.seed),
            ]
        )
        return model

    def ask(self, question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
        from core.insight import photo_answers

        return photo_answers.answer(question, spec, models, **given)


def base_names() -> list[str]:
    """The blocks of the base, from the picture on."""
    return [block.id for block in architecture(BACKBONE).blocks]


def chosen_pictures(examples: int, seed: int) -> np.ndarray:
    """Which training pictures a run sees: ascending row numbers drawn by its seed, as many cats as dogs (one more cat
    where the number is odd), larger sets holding smaller ones."""
    rng = np.random.default_rng((seed, TRAIN))
    cats, dogs = (2 * rng.permutation(TRAIN // 2) + kind for kind in (0, 1))
    return np.sort(np.concatenate([cats[: -(-examples // 2)], dogs[: examples // 2]]))


def _base(network: Architecture, spec: RunSpec, size: int) -> list[keras.Model]:
    import keras

    from core.models.blocks import blocks_of, learn_averages_quickly, start_anew
    from core.models.weights import adopt
    from core.sources.shipped import shipped_weights

    build = getattr(keras.applications, network.function)
    base = build(input_shape=(size, size, 3), include_top=False, weights=None, **network.arguments)
    if spec.start == "pretrained":
        adopt(base, shipped_weights(ASSET))
    else:
        start_anew(base, spec.seed)
    if spec.options["batch_norm"] == "training":
        learn_averages_quickly(base)
    return blocks_of(base, [(block.id, block.ends_at) for block in network.blocks])
