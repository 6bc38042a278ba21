"""A network is a surface like any other: the value, gradient and Hessian of its loss over data.

A position holds all weights, in the order of Keras' ``model.get_weights()``: of each layer the kernel, row by row, and
then the bias. They lie side by side, so they are one matrix W, and the bias is the weight of an input that is always 1.
For the layers k = 1 … K, with the B samples below each other::

    a₀ = x,    zₖ = [aₖ₋₁ 1] Wₖ,    aₖ = φₖ(zₖ)                       forward
    e_K = ∂ℓ/∂a_K / B,    δₖ = φₖ′ eₖ,    eₖ₋₁ = δₖ Wₖᵀ               backward, without the column of the 1
    ∂f/∂Wₖ = [aₖ₋₁ 1]ᵀ δₖ

Positions have shape (..., d): the leading axes are networks that train side by side. An a has shape (..., B, units).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import data, generator, iterable, kept, one_of, positions, shown, together, whole
from sgdlib.checks import rows as rows_of
from sgdlib.data import EVERY_ROW, OF_DATA
from sgdlib.surfaces import Surface

__all__ = ["Dense", "Network"]

# φ(z, out), and φ′ and φ″ as functions of a = φ(z); at its kink ReLU has the slope 0, as in Keras.
ACTIVATIONS = {
    "linear": (np.positive, lambda a: 1.0, lambda a: 0.0),
    "relu": (lambda z, out: np.maximum(z, 0, out=out), lambda a: a > 0, lambda a: 0.0),
    "tanh": (np.tanh, lambda a: 1 - a * a, lambda a: -2 * a * (1 - a * a)),
}
# How far from 0 the first weights of a kernel with so many inputs and units reach.
INITIALIZERS = {
    "glorot_uniform": lambda inputs, units: np.sqrt(6 / (inputs + units)),
    "he_uniform": lambda inputs, units: np.sqrt(6 / inputs),
}
LOSSES = ("squares", "cross-entropy")


@dataclass(frozen=True)
class Dense:
    """A layer, by the names of ``keras.layers.Dense``.

    ::

        a = φ(x W + b);    φ(z) = z,  max(0, z)  or  tanh z

    Parameters
    ----------
    units
        How many numbers it gives, at least 1.
    activation
        φ: ``"linear"``, ``"relu"`` or ``"tanh"``.

    Raises
    ------
    ValueError
        For units that are not a whole number of at least 1, or another activation.

    Notes
    -----
    The network of the tuning workshop has two. Source: Rumelhart, Hinton and Williams (1986).

    Examples
    --------
    >>> Dense(64, "relu"), Dense(10)
    (Dense(units=64, activation='relu'), Dense(units=10, activation='linear'))
    """

    units: int
    activation: str = "linear"

    def __post_init__(self):
        object.__setattr__(self, "units", whole("units", self.units))
        one_of("activation", self.activation, ACTIVATIONS)


@dataclass(frozen=True)
class Network(Surface):
    """The loss of a network on given data, as a surface over its weights w.

    ::

        f(w) = 1/N Σᵢ ℓ(aᵢ, yᵢ),    aᵢ = a_K(xᵢ; w)
        ℓ = ½ Σⱼ (aⱼ − yⱼ)²           ∂ℓ/∂a = a − y             loss="squares"
        ℓ = log Σⱼ exp(aⱼ) − a·y      ∂ℓ/∂a = softmax(a) − y    loss="cross-entropy": y is 1 at the class, else 0

    Parameters
    ----------
    layers
        A ``Dense`` for each layer.
    features
        x, of shape (N, inputs).
    targets
        y: of shape (N, units of the last layer) for squares; the classes 0, 1, … of shape (N,) for cross-entropy.
    loss
        ``"squares"`` or ``"cross-entropy"``, Keras' with ``from_logits=True``.

    Raises
    ------
    ValueError
        For no layer, another loss, features or targets of the wrong shape or not finite.

    Notes
    -----
    Positions in float32 stay float32 and are twice as fast; all others are float64. ``dataclasses.replace(network,
    features=..., targets=...)`` is the same network on other data, to validate it.

    The network of the tuning workshop is one. Source: Rumelhart, Hinton and Williams (1986); Pearlmutter (1994).

    Examples
    --------
    Exclusive or, learned by 20 networks at once, each from its own first weights, in batches of two:

    >>> from sgdlib import SGD, descend
    >>> from sgdlib.data import batch_gradients, shuffled_batches
    >>> rng = np.random.default_rng(0)
    >>> x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> network = Network((Dense(8, "tanh"), Dense(2)), x, y, loss="cross-entropy")
    >>> batches = shuffled_batches(rng, samples=4, batch_size=2, epochs=200)
    >>> start = network.draw(rng, runs=(20,))
    >>> run = descend(SGD(0.1, momentum=0.9), batch_gradients(network, batches), start, len(batches), path=False)
    >>> run.positions.shape, bool((network.value(run.positions[-1]) < 0.1).all())
    ((1, 20, 42), True)
    """

    layers: tuple[Dense, ...]
    features: NDArray
    targets: NDArray
    loss: str = "squares"
    minimum = None

    def __post_init__(self):
        object.__setattr__(self, "layers", _layers(self.layers))
        one_of("loss", self.loss, LOSSES)
        features, targets = _data(self.features, self.targets, self.layers[-1].units, self.loss)
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "targets", targets)
        kept("the network", self.d, "take fewer units")

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(inputs + 1, units) of W₁ … W_K; the last row of each is the bias."""
        widths = [self.features.shape[1], *(layer.units for layer in self.layers)]
        return [(inputs + 1, units) for inputs, units in pairwise(widths)]

    @property
    def d(self) -> int:
        """How many weights there are, biases included."""
        return sum(rows * units for rows, units in self.shapes)

    def draw(
        self, rng: np.random.Generator, initializer: str = "glorot_uniform", runs: tuple[int, ...] = ()
    ) -> NDArray:
        """Draw first weights of shape ``(*runs, d)``: kernels evenly between −h and h, biases 0.

        ::

            "glorot_uniform"    h = √(6 / (inputs + units)),    what Keras does unless told
            "he_uniform"        h = √(6 / inputs),              made for ReLU

        Raises
        ------
        TypeError
            For an rng that is no generator of NumPy.
        ValueError
            For another initializer, or runs that are no tuple of whole numbers.

        Notes
        -----
        Source: Glorot and Bengio (2010), equation 16; He et al. (2015), equation 10, evenly spread.
        """
        generator("rng", rng, draws="uniform")
        one_of("initializer", initializer, INITIALIZERS)
        if not isinstance(runs, tuple):
            raise ValueError(f"runs must be a tuple such as (20,), not {shown(runs)}.")
        runs = tuple(whole("runs", each, 0) for each in runs)
        kept("the draw", math.prod(runs) * self.d, "take fewer runs")
        position = np.zeros((*runs, self.d))
        for matrix, (rows, units) in zip(self._matrices(position), self.shapes, strict=True):
            h = INITIALIZERS[initializer](rows - 1, units)
            matrix[..., :-1, :] = rng.uniform(-h, h, (*runs, rows - 1, units))
        return position

    @np.errstate(over="ignore", invalid="ignore")
    def outputs(self, position: NDArray) -> NDArray:
        """a_K of every sample, of shape (..., N, units), for positions of shape (..., d)."""
        position = self._position(position)
        return _units(self._forward(position, self._samples(EVERY_ROW, position.dtype)[0])[-1])

    @np.errstate(over="ignore", invalid="ignore")
    def value(self, position: NDArray) -> NDArray:
        """f(w), of shape (...), for positions of shape (..., d); in float64, even where these are float32."""
        a, (_, y) = (
            self.outputs(self._position(position).astype(float, copy=False)),
            self._samples(EVERY_ROW, float),
        )
        if self.loss == "squares":
            return 0.5 * ((a - y) ** 2).sum(-1).mean(-1)
        highest = a.max(-1)
        return (highest + np.log(np.exp(a - highest[..., None]).sum(-1)) - (a * y).sum(-1)).mean(-1)

    @np.errstate(over="ignore", invalid="ignore")
    def gradient(self, position: NDArray, rows=EVERY_ROW) -> NDArray:
        """∇f(w), of shape (..., d), over the rows: all, or a batch given as indices of shape (B,) or (..., B)."""
        position = self._position(position)
        x, y = self._samples(rows, position.dtype)
        W, a = self._matrices(position), self._forward(position, x)
        e = self._error(_units(a[-1]), y)
        gradient = np.empty((*e.shape[:-2], self.d), position.dtype)
        slopes = self._matrices(gradient)
        for k in reversed(range(len(self.layers))):
            slope = ACTIVATIONS[self.layers[k].activation][1]
            delta = np.multiply(slope(_units(a[k + 1])), e, out=e)
            np.matmul(_turned(a[k]), delta, out=slopes[k])
            if k:
                e = delta @ _turned(W[k][..., :-1, :])
        return gradient

    @np.errstate(over="ignore", invalid="ignore")
    def hessian_vector_product(self, position: NDArray, vector: NDArray, rows=EVERY_ROW) -> NDArray:
        """∇²f(w) u, exactly, of shape (..., d), for positions and vectors u of this shape; rows as for the gradient.

        It is what the gradient changes by along u. With R for such a change, R(AB) = R(A) B + A R(B), line by line::

            Rzₖ = [Raₖ₋₁ 0] Wₖ + [aₖ₋₁ 1] Uₖ,    Raₖ = φₖ′ Rzₖ                 U = RW, the part of u that moves W
            Rδₖ = φₖ′ Reₖ + φₖ″ Rzₖ eₖ,          Reₖ₋₁ = Rδₖ Wₖᵀ + δₖ Uₖᵀ
            R(∂f/∂Wₖ) = [aₖ₋₁ 1]ᵀ Rδₖ + [Raₖ₋₁ 0]ᵀ δₖ

        Notes
        -----
        Costs about three gradients, however large d is. Source: Pearlmutter (1994), section 4.
        """
        position, vector = self._position(position), self._position(vector)
        kind = np.result_type(position, vector)
        position, vector = position.astype(kind, copy=False), vector.astype(kind, copy=False)
        together(position=position, vector=vector)
        x, y = self._samples(rows, kind)
        W, U, a = self._matrices(position), self._matrices(vector), self._forward(position, x)
        Ra, Rz = [np.zeros_like(x)], []
        for k, layer in enumerate(self.layers):
            slope = ACTIVATIONS[layer.activation][1]
            Rz.append(Ra[k] @ W[k] + a[k] @ U[k])
            moved = slope(_units(a[k + 1])) * Rz[k]
            Ra.append(np.concatenate([moved, np.zeros_like(moved[..., :1])], axis=-1))
        e, Re = self._error(_units(a[-1]), y), self._error_moves(_units(a[-1]), moved)
        products = np.empty((*moved.shape[:-2], self.d), kind)
        R_slopes = self._matrices(products)
        for k in reversed(range(len(self.layers))):
            _, slope, bend = ACTIVATIONS[self.layers[k].activation]
            here = _units(a[k + 1])
            delta, R_delta = slope(here) * e, slope(here) * Re + bend(here) * Rz[k] * e
            R_slopes[k][...] = _turned(a[k]) @ R_delta + _turned(Ra[k]) @ delta
            e, Re = _units(delta @ _turned(W[k])), _units(R_delta @ _turned(W[k]) + delta @ _turned(U[k]))
        return products

    def hessian(self, position: NDArray) -> NDArray:
        """∇²f(w), of shape (..., d, d): a product for each column, so for small networks."""
        position = self._position(position)
        kept("the Hessian", position.size * self.d, "take a smaller network, or sgdlib.theory.sharpness")
        return self.hessian_vector_product(position[..., None, :], np.eye(self.d))

    def _forward(self, position: NDArray, x: NDArray) -> list[NDArray]:
        """[a₀ 1], …, [a_K 1]."""
        seen = [x]
        for layer, W in zip(self.layers, self._matrices(position), strict=True):
            runs = np.broadcast_shapes(x.shape[:-2], W.shape[:-2])
            seen.append(np.empty((*runs, x.shape[-2], layer.units + 1), position.dtype))
            seen[-1][..., -1] = 1
            z = np.matmul(seen[-2], W, out=_units(seen[-1]))
            ACTIVATIONS[layer.activation][0](z, out=z)
        return seen

    def _error(self, a: NDArray, y: NDArray) -> NDArray:
        """∂ℓ/∂a / B."""
        error = (a if self.loss == "squares" else _softmax(a)) - y
        error /= y.shape[-2]
        return error

    def _error_moves(self, a: NDArray, moved: NDArray) -> NDArray:
        """R(∂ℓ/∂a) / B: Ra, or p (Ra − p·Ra) with p = softmax(a)."""
        if self.loss == "cross-entropy":
            p = _softmax(a)
            moved = p * (moved - (p * moved).sum(-1, keepdims=True))
        return moved / a.shape[-2]

    def _matrices(self, position: NDArray) -> list[NDArray]:
        """W₁ … W_K, of shape (..., inputs + 1, units): parts of the position, not copies."""
        ends = np.cumsum([0, *(rows * units for rows, units in self.shapes)])
        return [
            position[..., first:last].reshape(*position.shape[:-1], *shape)
            for (first, last), shape in zip(pairwise(ends), self.shapes, strict=True)
        ]

    def _samples(self, rows, kind) -> tuple[NDArray, NDArray]:
        """[x 1] and y of these rows, of shapes (..., B, inputs + 1) and (..., B, units)."""
        if rows is not EVERY_ROW:
            rows = rows_of(rows, len(self.targets))
        x, y, units = self.features[rows], self.targets[rows], self.layers[-1].units
        with_one = np.ones((*x.shape[:-1], x.shape[-1] + 1), kind)
        with_one[..., :-1] = x
        return with_one, y.astype(kind) if self.loss == "squares" else np.eye(units, dtype=kind)[y]

    def _position(self, position: NDArray) -> NDArray:
        return np.ascontiguousarray(positions("of this network", position, self.d))


def _softmax(a: NDArray) -> NDArray:
    chances = np.exp(a - a.max(-1, keepdims=True))
    chances /= chances.sum(-1, keepdims=True)
    return chances


def _units(a: NDArray) -> NDArray:
    """Of [a 1] the a."""
    return a[..., :-1]


def _turned(matrix: NDArray) -> NDArray:
    return matrix.swapaxes(-1, -2)


def _layers(layers: Iterable[Dense]) -> tuple[Dense, ...]:
    given = tuple(layers) if iterable(layers) else ()
    if not given or not all(isinstance(layer, Dense) for layer in given):
        raise ValueError(
            f'layers must be a tuple such as (Dense(64, "relu"), Dense(10)), not {shown(layers)}.'
        )
    return given


def _data(features: NDArray, targets: NDArray, units: int, loss: str) -> tuple[NDArray, NDArray]:
    features, targets = data("features", features, OF_DATA), data("targets", targets, OF_DATA)
    shape = (*features.shape[:1], units) if loss == "squares" else features.shape[:1]
    if features.ndim != 2 or targets.shape != shape:
        wanted = f"(N, {units})" if loss == "squares" else "(N,)"
        raise ValueError(
            f"features must have shape (N, inputs) and targets {wanted}, not {features.shape} and {targets.shape}."
        )
    if loss == "squares":
        return features, targets
    if not np.isin(targets, np.arange(units)).all():
        raise ValueError(f"targets must be classes from 0 to {units - 1}, a unit of the last layer each.")
    return features, targets.astype(int)
