"""The networks of cats and dogs as plain data: what stands below the head, by name, and how large it is."""

from __future__ import annotations

from collections.abc import Iterable

from core.scenarios.base import Layer
from core.sources.architectures import architecture
from core.sources.backbones import DEFAULT, HUB, SMALL_CNN, SMALL_FILTERS, Backbone, backbone
from core.spec import RunSpec


def network_of(spec: RunSpec) -> Backbone:
    """The network below a run's head."""
    return backbone(spec.options.get("backbone"))


def base_names_of(spec: RunSpec) -> list[str]:
    """The transferred layers of a run's network that have numbers, from the picture on."""
    return base_names(network_of(spec).id)


def base_names(network: str = DEFAULT) -> list[str]:
    """The transferred layers of a backbone that have numbers, from the picture on."""
    if network == HUB:
        return ["feature_vector"]
    return [block.id for block in architecture(network).blocks] if network != SMALL_CNN else []


def classes_of(spec: RunSpec) -> int:
    """How many classes of one's own a run's network tells apart; 0 where it tells cats from dogs with one unit."""
    return int(spec.options.get("classes", 0))


def head(numbers: int, classes: int) -> tuple[Layer, ...]:
    """Dropout above so many numbers, and one unit, or one for each class of one's own."""
    units = classes or 1
    weights = (numbers + 1) * units
    return (
        Layer("dropout", "Dropout", str(numbers), 0, "head"),
        Layer("output", "Dense", str(units), weights, "head", "softmax" if classes else ""),
    )


def small_layers(size: int, classes: int) -> tuple[Layer, ...]:
    """The small CNN's layers, head included, on pictures of this side."""
    layers, edge, channels = [Layer("scale", "Rescaling", f"{size}, {size}, 3", 0, "head")], size, 3
    for number, filters in enumerate(SMALL_FILTERS, 1):
        shape = f"{edge}, {edge}, {filters}"
        weights = 9 * channels * filters + filters
        layers.append(Layer(f"convolution_{number}", "Conv2D", shape, weights, "head", "relu"))
        edge, channels = edge // 2, filters
        layers.append(Layer(f"halving_{number}", "MaxPooling2D", f"{edge}, {edge}, {filters}", 0, "head"))
    flat = edge * edge * channels
    return (*layers, Layer("flat", "Flatten", str(flat), 0, "head"), *head(flat, classes))


def times_the_shipped(layers: Iterable[Layer]) -> float:
    """How much more a larger network takes, guessed from its numbers."""
    return float((sum(layer.parameters for layer in layers) / 411_489) ** 0.7)
