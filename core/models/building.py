"""Dense layers whose starting weights depend on the run's seed and the layer's name alone."""

from __future__ import annotations

import hashlib

import keras


def layer_seed(seed: int, name: str) -> int:
    """A seed for one layer: equal for equal inputs on every machine, unlike for another layer.

    No process-wide seed is ever set: it would change every curve that runs at the same time.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


def dense(units: int, name: str, seed: int, activation: str | None = None, use_bias: bool = True) -> keras.layers.Dense:
    """A stock Dense layer with Glorot-uniform weights from its own seed."""
    return keras.layers.Dense(
        units,
        activation=activation,
        use_bias=use_bias,
        kernel_initializer=keras.initializers.GlorotUniform(seed=layer_seed(seed, name)),
        name=name,
    )


def both_ways(units: int, name: str, seed: int, return_sequences: bool = False) -> keras.layers.Bidirectional:
    """A stock LSTM read forwards and backwards. Each direction has its own seeds: Keras would copy the first one's, and
    both would start with the same weights."""
    forwards, backwards = (
        keras.layers.LSTM(
            units,
            return_sequences=return_sequences,
            go_backwards=is_backwards,
            kernel_initializer=keras.initializers.GlorotUniform(seed=layer_seed(seed, f"{name}/{is_backwards}/kernel")),
            recurrent_initializer=keras.initializers.Orthogonal(seed=layer_seed(seed, f"{name}/{is_backwards}/own")),
            name=f"{name}_{'backwards' if is_backwards else 'forwards'}",
        )
        for is_backwards in (False, True)
    )
    return keras.layers.Bidirectional(forwards, backward_layer=backwards, name=name)
