"""The fast inner loop: batches through the trainable part of a network, and figures over all rows.

Plain Keras `fit` on the same model and order gives the same curve; this only leaves out what `fit` does beside the
arithmetic. Two kinds of rows: dense arrays, whose batches are gathered inside the graph, and sparse counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from scipy.sparse import csr_matrix

from core.training.prefix import finish_dense
from core.training.updates import apply_gradients

LOGITS = "binary_crossentropy_of_logits"
THRESHOLDS = {"binary_crossentropy": 0.5, LOGITS: 0.0}
"""What a prediction must exceed to count as class 1."""
STREAMED_BYTES = 256 * 2**20
"""Rows that take more stay where they are, on disk as a rule, and go to the graph batch by batch."""
MEASURED_NUMBERS = 8_000_000
"""Numbers that are measured in one call, at most: pictures go through in several."""
CHUNK_SECONDS = 0.05
"""Work between two looks at the control: orders act within a moment, and calls into the graph cost next to nothing."""


@dataclass(frozen=True)
class Part:
    """The layers that are trained on prepared rows, with what they are trained by."""

    layers: Sequence[keras.Layer]
    optimizer: keras.optimizers.Optimizer
    loss: str
    calm: frozenset[str] = frozenset()
    """Layers that run in inference mode even in training."""

    @property
    def variables(self) -> list[Any]:
        return [v for layer in self.layers for v in layer.trainable_variables]

    @property
    def states(self) -> list[Any]:
        """What changes beside the trainable variables: the random states of dropout, batch norm's statistics."""
        moving = [layer for layer in self.layers if layer.name not in self.calm]
        return [v for layer in moving for v in layer.non_trainable_variables if layer.trainable or not layer.weights]

    def forward(self, rows: Any, training: bool) -> Any:
        for layer in self.layers:
            rows = layer(rows, training=training and layer.name not in self.calm)
        return rows

    def losses(self, truth: Any, predicted: Any) -> Any:
        """One loss a row."""
        if self.loss == LOGITS:
            return keras.losses.binary_crossentropy(truth, predicted, from_logits=True)
        return keras.losses.get(self.loss)(truth, predicted)

    def update(self, rows: Any, truth: Any) -> None:
        """One step of the optimizer on one batch."""
        self.descend(truth, lambda: self.forward(rows, training=True))

    def descend(self, truth: Any, predict: Callable[[], Any]) -> None:
        """One step of the optimizer on whatever predicts."""
        variables = self.variables
        values = [v.value for v in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = tf.reduce_mean(self.losses(truth, predict()))
        apply_gradients(self.optimizer, tape.gradient(loss, values), variables)

    def sums(self, rows: Any, truth: Any) -> tuple[Any, Any]:
        """Summed loss and number of right answers."""
        return self.score(self.forward(rows, training=False), truth)

    def score(self, predicted: Any, truth: Any) -> tuple[Any, Any]:
        """Summed loss and number of right answers of predictions."""
        if self.loss in THRESHOLDS:
            right = tf.equal(predicted > THRESHOLDS[self.loss], truth > 0.5)
        else:
            right = tf.equal(tf.argmax(predicted, -1), tf.argmax(truth, -1))
        return tf.reduce_sum(self.losses(truth, predicted)), tf.reduce_sum(tf.cast(right, tf.float32))


class Loop(Protocol):
    """Trains batches of the current order and measures."""

    batches: int
    can_be_taken_up: bool
    """Whether weights and the optimizer's state are all that it takes to go on where a run was broken off."""

    def begin(self, order: np.ndarray, x: np.ndarray | None = None) -> None:
        """Begin an epoch in this order, with other training rows of the same shape where they are given."""
        ...

    def train(self, batch: int) -> int:
        """Train from this batch on, for about `CHUNK_SECONDS`; returns the next batch."""
        ...

    def measure(self) -> tuple[float, float, float, float]:
        """Loss, accuracy, validation loss and validation accuracy, now."""
        ...


def make_loop(part: Part, x: Any, y: np.ndarray, x_val: Any, y_val: np.ndarray, batch_size: int) -> Loop:
    """The loop that fits the rows."""
    kind = SparseLoop if isinstance(x, csr_matrix) else DenseLoop
    return kind(part, x, y, x_val, y_val, batch_size)


class DenseLoop:
    """Rows in one array: several batches run in one call into the graph."""

    can_be_taken_up = True

    def __init__(
        self, part: Part, x: np.ndarray, y: np.ndarray, x_val: np.ndarray, y_val: np.ndarray, batch_size: int
    ) -> None:
        self.batches = -(-len(x) // batch_size)
        self._is_streamed, self._size = x.nbytes + x_val.nbytes > STREAMED_BYTES, batch_size
        self._rows = [(self._held(x), tf.constant(y)), (self._held(x_val), tf.constant(y_val))]
        self._order = np.arange(len(x))
        self._chunk, self._warm = 1, False
        part.optimizer.build(part.variables)

        @tf.function(reduce_retracing=True)
        def train(x: Any, y: Any, order: Any, first: Any, last: Any) -> None:
            for i in tf.range(first, last):
                chosen = order[i * batch_size : (i + 1) * batch_size]
                part.update(tf.gather(x, chosen), tf.gather(y, chosen))

        @tf.function(reduce_retracing=True)
        def train_batch(x: Any, y: Any) -> None:
            part.update(x, y)

        @tf.function(reduce_retracing=True)
        def measure(x: Any, y: Any, x_val: Any, y_val: Any) -> Any:
            return tf.stack([*part.sums(x, y), *part.sums(x_val, y_val)])

        @tf.function(reduce_retracing=True)
        def measure_part(x: Any, y: Any) -> Any:
            return tf.stack(part.sums(x, y))

        self._train, self._train_batch = train, train_batch
        self._measure, self._measure_part = measure, measure_part

    def begin(self, order: np.ndarray, x: np.ndarray | None = None) -> None:
        self._order = order
        if x is not None:
            self._rows[0] = (self._held(x), self._rows[0][1])

    def train(self, batch: int) -> int:
        last = min(batch + self._chunk, self.batches)
        began = time.perf_counter()
        if self._is_streamed:
            self._stream(batch, last)
        else:
            self._train(*self._rows[0], tf.constant(self._order), tf.constant(batch), tf.constant(last))
        if self._warm:  # the first call also traces the graph
            a_batch = (time.perf_counter() - began) / (last - batch)
            self._chunk = int(min(max(1.0, CHUNK_SECONDS / a_batch), self.batches))
        self._warm = True
        return last

    def _held(self, x: np.ndarray) -> Any:
        return x if self._is_streamed else tf.constant(x)

    def _stream(self, first: int, last: int) -> None:
        x, y = self._rows[0]
        for batch in range(first, last):
            chosen = self._order[batch * self._size : (batch + 1) * self._size]
            self._train_batch(tf.constant(x[chosen]), tf.gather(y, chosen))

    def measure(self) -> tuple[float, float, float, float]:
        (x, y), (x_val, y_val) = self._rows
        if max(np.prod(x.shape), np.prod(x_val.shape)) <= MEASURED_NUMBERS:
            sums = self._measure(x, y, x_val, y_val).numpy()
        else:
            sums = np.concatenate([self._sums(x, y), self._sums(x_val, y_val)])
        return means(sums, len(y), len(y_val))

    def _sums(self, x: Any, y: Any) -> np.ndarray:
        rows = max(1, int(MEASURED_NUMBERS // np.prod(x.shape[1:])) // 4)
        parts = [self._measure_part(x[i : i + rows], y[i : i + rows]).numpy() for i in range(0, len(y), rows)]
        return np.sum(np.array(parts, np.float64), axis=0)


class SparseLoop:
    """Rows of sparse counts under a Dense layer: SciPy orders and cuts them; a batch is one sparse product and its
    gradient.

    Keras looks words up and sums them, with a gradient by word: the same numbers, but 12 ms a batch of 512 reviews
    where this takes 1.
    """

    can_be_taken_up = True

    def __init__(
        self, part: Part, x: csr_matrix, y: np.ndarray, x_val: csr_matrix, y_val: np.ndarray, batch_size: int
    ) -> None:
        self.batches = -(-x.shape[0] // batch_size)
        self._x, self._y, self._size = x, y, batch_size
        self._ordered, self._truth = x, y
        self._first, self._rest = part.layers[0], replace(part, layers=part.layers[1:])
        self._measured = [(_csr_tensor(x), tf.constant(y)), (_csr_tensor(x_val), tf.constant(y_val))]
        part.optimizer.build(part.variables)
        width = x.shape[1]

        def train(indices: Any, values: Any, truth: Any) -> None:
            rows = tf.SparseTensor(indices, values, tf.stack([tf.shape(truth, tf.int64)[0], width]))
            part.descend(truth, lambda: self._predict(tf.sparse.sparse_dense_matmul(rows, self._first.kernel.value)))

        def measure(product: Any, truth: Any) -> Any:
            return tf.stack(self._rest.sums(finish_dense(self._first, product), truth))

        numbers = tf.TensorSpec((None, y.shape[1]), tf.float32)
        # Concrete functions: a call costs 0.1 ms instead of 0.3.
        self._train = tf.function(train, autograph=False).get_concrete_function(
            tf.TensorSpec((None, 2), tf.int64), tf.TensorSpec((None,), tf.float32), numbers
        )
        product = tf.TensorSpec((None, self._first.units), tf.float32)
        self._measure = tf.function(measure, autograph=False).get_concrete_function(product, numbers)

    def begin(self, order: np.ndarray, x: np.ndarray | None = None) -> None:
        assert x is None, "words are not augmented"
        self._ordered, self._truth = self._x[order], self._y[order]

    def train(self, batch: int) -> int:
        began = time.perf_counter()
        while batch < self.batches:
            rows = slice(batch * self._size, (batch + 1) * self._size)
            self._train(*_coordinates(self._ordered, rows), tf.constant(self._truth[rows]))
            batch += 1
            if time.perf_counter() - began > CHUNK_SECONDS:
                break
        return batch

    def measure(self) -> tuple[float, float, float, float]:
        sums = [self._measure(self._product(rows), truth).numpy() for rows, truth in self._measured]
        return means(np.concatenate(sums), *(len(truth) for _, truth in self._measured))

    def _predict(self, product: Any) -> Any:
        return self._rest.forward(finish_dense(self._first, product), training=True)

    def _product(self, rows: Any) -> Any:
        return tf.raw_ops.SparseMatrixMatMul(a=rows, b=self._first.kernel.value)


def _coordinates(rows: csr_matrix, part: slice) -> tuple[Any, Any]:
    """Row and column of each stored value, (n, 2) int64, and the values, of some rows."""
    bounds = rows.indptr[part.start : min(part.stop, rows.shape[0]) + 1]
    inside = slice(bounds[0], bounds[-1])
    indices = np.empty((inside.stop - inside.start, 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    indices[:, 1] = rows.indices[inside]
    return tf.constant(indices), tf.constant(rows.data[inside])


def _csr_tensor(rows: csr_matrix) -> Any:
    """All rows as TensorFlow's own CSR matrix: for measuring, its product takes half the time of a sparse tensor's."""
    indices, values = _coordinates(rows, slice(0, rows.shape[0]))
    return tf.raw_ops.SparseTensorToCSRSparseMatrix(indices=indices, values=values, dense_shape=rows.shape)


def means(sums: np.ndarray, rows: int, rows_val: int) -> tuple[float, float, float, float]:
    """Per row, of sums over all training and all validation rows."""
    loss, right, loss_val, right_val = (float(s) for s in sums)
    return loss / rows, right / rows, loss_val / rows_val, right_val / rows_val
