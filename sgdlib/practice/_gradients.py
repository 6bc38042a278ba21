"""Gradients and Hessian-vector products of a Keras model's loss, on whichever backend Keras runs.

The loss is the one of training: dropout on, BatchNorm with the batch's own statistics. All of it happens in a
``keras.StatelessScope``, which keeps what the model would write (running means, seeds, metrics) out of the model.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Slopes"]


class Slopes:
    """The loss of a model at its present weights, as a function of one flat vector.

    Parameters
    ----------
    model
        A compiled Keras model that has been called.
    loss
        ``loss(model, x, y, sample_weight)``, a scalar tensor; None for the one of ``compile``.
    """

    def __init__(self, model, loss: Callable | None = None):
        import keras

        self.keras, self.model, self.loss = keras, model, loss
        self.variables = list(model.trainable_variables)
        self.others = list(model.non_trainable_variables)
        self.seeds = {k for k, v in enumerate(self.others) if v.dtype == "uint32" and tuple(v.shape) == (2,)}
        self.shapes = [tuple(v.shape) for v in self.variables]
        self.ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        self.exact = True  # until a backend has no product, and a difference of gradients takes its place
        make = {"jax": _on_jax, "tensorflow": _on_tensorflow, "torch": _on_torch}.get(keras.backend.backend())
        if make is None:
            raise RuntimeError(f"Keras' backend {keras.backend.backend()} has no gradients.")
        self._gradient, self._product = make(self._loss, eager=bool(model.run_eagerly))

    @property
    def size(self) -> int:
        """How many weights are trained."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def flat(self, tensors) -> NDArray:
        """One vector of all, in float64."""
        return np.concatenate([_array(each).ravel() for each in tensors]) if self.shapes else np.zeros(0)

    def take(self) -> NDArray:
        """Read the present weights: everything below is at them, until it is called again."""
        keras = self.keras
        self.tensors = [keras.ops.convert_to_tensor(v.value) for v in self.variables]
        self.rest = [keras.ops.convert_to_tensor(v.value) for v in self.others]
        self.at = self.flat(self.tensors)
        return self.at

    def gradient(self, batch: tuple, draw: int = 0) -> tuple[float, float, NDArray]:
        """The loss of a batch, how much its outputs differ from row to row, and its gradient."""
        loss, spread, slopes = self._gradient(self.tensors, self._drawn(draw), batch)
        return float(_array(loss)), float(_array(spread)), self.flat(slopes)

    def product(self, batch: tuple, vector: NDArray, draw: int = 0) -> NDArray:
        """The Hessian of a batch's loss times a vector."""
        if self.exact:
            try:
                return self.flat(self._product(self.tensors, self._drawn(draw), batch, self._parts(vector)))
            except Exception:  # whatever a backend says of an operation without a second derivative
                self.exact = False
        # float32: a step of the square root of its rounding, in units of the weights
        step = 3e-4 * max(1.0, float(np.linalg.norm(self.at))) / max(float(np.linalg.norm(vector)), 1e-30)
        keep, sides = self.tensors, []
        for side in (step, -step):
            self.tensors = self._parts(self.at + side * vector)
            sides.append(self.gradient(batch, draw)[2])
        self.tensors = keep
        return (sides[0] - sides[1]) / (2 * step)

    def _parts(self, vector: NDArray) -> list:
        parts = np.split(vector, self.ends[:-1])
        return [
            self.keras.ops.convert_to_tensor(part.reshape(shape), dtype=v.dtype)
            for part, shape, v in zip(parts, self.shapes, self.variables, strict=True)
        ]

    def _drawn(self, draw: int) -> list:
        """The variables that are not trained, each draw with its own random numbers."""
        if not draw:
            return self.rest
        ahead = np.array([0, 1000 * draw], dtype="uint32")
        return [
            self.keras.ops.convert_to_tensor(_array(each, None) + ahead, dtype="uint32")
            if k in self.seeds
            else each
            for k, each in enumerate(self.rest)
        ]

    def _loss(self, trained, rest, batch):
        keras, model = self.keras, self.model
        ops = keras.ops
        values = [*zip(self.variables, trained, strict=True), *zip(self.others, rest, strict=True)]
        x, y, weight = batch
        with keras.StatelessScope(state_mapping=values, collect_losses=True):
            if self.loss is not None:
                return ops.convert_to_tensor(self.loss(model, x, y, weight)), ops.ones(())
            given = model(x, training=True) if model._call_has_training_arg else model(x)
            loss = model._compute_loss(x=x, y=y, y_pred=given, sample_weight=weight, training=True)
            outputs = [ops.cast(each, "float32") for each in keras.tree.flatten(given)]
            spread = [
                ops.max(ops.std(each, axis=0)) / (ops.sqrt(ops.mean(ops.square(each))) + 1e-30)
                for each in outputs
                if len(each.shape) and each.shape[0] != 1  # one row has nothing to differ from
            ]
            return loss, ops.max(ops.stack(spread)) if spread else ops.ones(())


def _array(tensor, kind: str | None = "float64") -> NDArray:
    """A tensor of any backend as NumPy's."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
        tensor = tensor.float() if tensor.is_floating_point() else tensor  # NumPy has no bfloat16
        tensor = tensor.numpy()
    return np.asarray(tensor) if kind is None else np.asarray(tensor).astype(kind)


def _on_jax(loss, eager):
    import jax

    def gradient(trained, rest, batch):
        (value, spread), slopes = jax.value_and_grad(loss, has_aux=True)(trained, rest, batch)
        return value, spread, slopes

    def product(trained, rest, batch, vector):
        return jax.jvp(lambda w: jax.grad(lambda u: loss(u, rest, batch)[0])(w), (trained,), (vector,))[1]

    return (gradient, product) if eager else (jax.jit(gradient), jax.jit(product))


def _on_tensorflow(loss, eager):
    import tensorflow as tf

    def gradient(trained, rest, batch):
        with tf.GradientTape() as tape:
            tape.watch(trained)
            value, spread = loss(trained, rest, batch)
        slopes = tape.gradient(value, trained, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return value, spread, [tf.convert_to_tensor(each) for each in slopes]

    def product(trained, rest, batch, vector):
        with tf.autodiff.ForwardAccumulator(trained, vector) as forward:
            slopes = gradient(trained, rest, batch)[2]
        return [forward.jvp(each, unconnected_gradients=tf.UnconnectedGradients.ZERO) for each in slopes]

    return (gradient, product) if eager else (tf.function(gradient), tf.function(product))


def _on_torch(loss, eager):
    import torch

    def slopes_of(trained, rest, batch, again=False):
        own = [each.detach().clone().requires_grad_(True) for each in trained]
        with torch.enable_grad(), torch.random.fork_rng(devices=[]):
            value, spread = loss(own, rest, batch)
            slopes = torch.autograd.grad(value, own, create_graph=again, allow_unused=True)
        slopes = [torch.zeros_like(w) if g is None else g for w, g in zip(own, slopes, strict=True)]
        return own, value, spread, slopes

    def gradient(trained, rest, batch):
        return slopes_of(trained, rest, batch)[1:]

    def product(trained, rest, batch, vector):
        own, _, _, slopes = slopes_of(trained, rest, batch, again=True)
        along = sum((g * v).sum() for g, v in zip(slopes, vector, strict=True))
        found = torch.autograd.grad(along, own, allow_unused=True)
        return [torch.zeros_like(w) if h is None else h for w, h in zip(own, found, strict=True)]

    return gradient, product
