"""Rebuilds `architectures/*.json`: the blocks of the image networks as plain data, for processes without Keras.

    python core/assets/build_architectures.py

A network is cut only where one output carries everything on: after its stem, after each block and at its end.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import keras

FOLDER = Path(__file__).resolve().parent / "architectures"
SIZES = (96, 128, 150, 160, 192, 224)
"""Edges of the input in points for which the blocks' output edges are listed."""


class Piece(NamedTuple):
    """One row of a layer stack, and the layer whose output ends it: its name, or its place where Keras numbers the
    names in the order it happens to build them."""

    name: str
    kind: str
    ends_at: str | int


class Counts(NamedTuple):
    """Numbers that training may change, and those that it may not: batch norm's statistics."""

    trainable: int
    statistics: int


@dataclass(frozen=True)
class Network:
    """A network of keras.applications, and what its input should be."""

    file: str
    title: str
    function: str
    input: str
    pieces: tuple[Piece, ...]
    arguments: Mapping[str, float] = field(default_factory=dict)

    def build(self, size: int) -> keras.Model:
        function = getattr(keras.applications, self.function)
        return function(input_shape=(size, size, 3), include_top=False, weights=None, **self.arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    chosen.out.mkdir(exist_ok=True)
    for network in NETWORKS:
        (chosen.out / f"{network.file}.json").write_text(as_json(describe(network)), encoding="utf-8")


def describe(network: Network) -> dict[str, Any]:
    """What a page shows of a network: counts and strides from the largest size, output edges from every size."""
    edges = {str(size): list(output_edges(network, network.build(size))) for size in SIZES}
    model = network.build(SIZES[-1])
    entries = [SIZES[-1], *edges[str(SIZES[-1])]]
    blocks = [
        {
            "name": piece.name,
            "kind": piece.kind,
            "stride": round(entries[place] / entries[place + 1]),
            "channels": end_of(model, piece).output.shape[-1],
            **counts._asdict(),
            "ends_at": piece.ends_at,
            "edges": {size: found[place] for size, found in edges.items()},
        }
        for place, (piece, counts) in enumerate(zip(network.pieces, block_counts(network, model), strict=True))
    ]
    about = {"title": network.title, "function": network.function, "arguments": dict(network.arguments)}
    return {**about, "input": network.input, **count(model)._asdict(), "blocks": blocks}


def end_of(model: keras.Model, piece: Piece) -> keras.Layer:
    if isinstance(piece.ends_at, int):
        return model.get_layer(index=piece.ends_at)
    return model.get_layer(piece.ends_at)


def output_edges(network: Network, model: keras.Model) -> Iterator[int]:
    for piece in network.pieces:
        yield end_of(model, piece).output.shape[1]


def block_counts(network: Network, model: keras.Model) -> Iterator[Counts]:
    """Of each piece: what the network up to its end has more than up to the end before."""
    before = Counts(0, 0)
    for piece in network.pieces:
        cut = end_of(model, piece).output
        if piece is not network.pieces[-1]:
            keras.Model(cut, model.output)  # Keras refuses this when anything passes by the cut
        so_far = count(keras.Model(model.input, cut))
        yield Counts(so_far.trainable - before.trainable, so_far.statistics - before.statistics)
        before = so_far


def count(model: keras.Model) -> Counts:
    """As Keras counts: `variables` would also count the random states of EfficientNet's dropout layers."""
    trainable, other = model.trainable_weights, model.non_trainable_weights
    return Counts(sum(math.prod(w.shape) for w in trainable), sum(math.prod(w.shape) for w in other))


def as_json(network: Mapping[str, Any]) -> str:
    """With a line for each block."""
    head = json.dumps({name: value for name, value in network.items() if name != "blocks"}, indent=1)
    blocks = ",\n  ".join(json.dumps(block) for block in network["blocks"])
    return head.removesuffix("\n}") + f',\n "blocks": [\n  {blocks}\n ]\n}}\n'


def mobilenet_v2_pieces() -> tuple[Piece, ...]:
    """Numbered as Keras numbers them. Where stride or width changes, a block ends without adding its input."""
    adding = {2, 4, 5, 7, 8, 9, 11, 12, 14, 15}
    ends = ["expanded_conv_project_BN"]
    ends += [f"block_{number}_{'add' if number in adding else 'project_BN'}" for number in range(1, 17)]
    return (
        Piece("stem", "convolution", "Conv1_relu"),
        *(Piece(f"block {number}", "inverted residual", end) for number, end in enumerate(ends)),
        Piece("last convolution", "convolution", "out_relu"),
    )


def xception_pieces() -> tuple[Piece, ...]:
    """The additions that end its blocks have no names of their own."""
    return (
        Piece("stem", "convolution", "block1_conv2_act"),
        *(Piece(f"block {number}", "separable residual", 10 * number - 5) for number in range(2, 14)),
        Piece("block 14", "separable convolution", "block14_sepconv2_act"),
    )


def resnet50_pieces() -> tuple[Piece, ...]:
    blocks = [(stage, number) for stage, count in ((2, 3), (3, 4), (4, 6), (5, 3)) for number in range(1, count + 1)]
    named = (Piece(f"stage {s} block {n}", "bottleneck residual", f"conv{s}_block{n}_out") for s, n in blocks)
    return (Piece("stem", "convolution", "pool1_pool"), *named)


def efficientnet_b0_pieces() -> tuple[Piece, ...]:
    """The first block of each stage adds nothing; the others add their input."""
    blocks = [f"{stage}{letter}" for stage, count in enumerate((1, 2, 2, 3, 3, 4, 1), 1) for letter in "abcd"[:count]]
    ends = [f"block{name}_{'project_bn' if name.endswith('a') else 'add'}" for name in blocks]
    return (
        Piece("stem", "convolution", "stem_activation"),
        *(Piece(f"block {name}", "inverted residual", end) for name, end in zip(blocks, ends, strict=True)),
        Piece("last convolution", "convolution", "top_activation"),
    )


NETWORKS = (
    Network(
        "mobilenet_v2_0.35", "MobileNetV2, a third as wide", "MobileNetV2", "-1 to 1", mobilenet_v2_pieces(),
        {"alpha": 0.35},
    ),
    Network("mobilenet_v2_1.0", "MobileNetV2", "MobileNetV2", "-1 to 1", mobilenet_v2_pieces(), {"alpha": 1.0}),
    Network("xception", "Xception", "Xception", "-1 to 1", xception_pieces()),
    Network("resnet50", "ResNet50", "ResNet50", "BGR, ImageNet's mean taken off", resnet50_pieces()),
    Network("efficientnet_b0", "EfficientNetB0", "EfficientNetB0", "0 to 255", efficientnet_b0_pieces()),
)  # fmt: skip


if __name__ == "__main__":
    main()
