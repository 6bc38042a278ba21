"""The update rule of ``optimizer="sgd"``: gradient descent, momentum and Nesterov's lookahead in three lines.

A rule, here and elsewhere, is an object with two pure functions; ``descend`` asks nothing else of it::

    init(position) -> state
    step(gradient, position, state) -> (position, state)

The state is a plain tuple of arrays, as many as the rule needs: of shape (..., k) if each run has its own, 0-d if all
runs share it. ``hyperparameter``, ``zeros`` and ``slope`` are what ``SGD`` and ``Adam`` have in common.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["SGD", "Gradient", "State", "hyperparameter", "precision", "slope", "zeros"]

Gradient = Callable[[NDArray], NDArray]
"""A gradient: takes positions of shape (..., d) and gives the slope of the loss there, of the same shape.

>>> bowl: Gradient = lambda position: 2.0 * position
>>> bowl(np.array([1.0, -3.0]))
array([ 2., -6.])
"""

State = tuple[NDArray, ...]
"""What a rule remembers between two steps: a plain tuple of arrays.

>>> at_rest: State = SGD(0.1, momentum=0.9).init(np.array([1.0, -3.0]))
>>> at_rest
(array([0., 0.]),)
"""


class SGD:
    """Gradient descent with momentum, by the names, the defaults and the sign of ``keras.optimizers.SGD``.

    One step from the position θ with the velocity v, where g is the gradient of the loss::

        v ← μ v − η g(θ)            momentum (heavy ball); μ = 0 is plain gradient descent
        v ← μ v − η g(θ + μ v)      nesterov=True: the gradient is taken at the lookahead point
        θ ← θ + v

    Parameters
    ----------
    learning_rate
        η, at least 0: a number, or an array of shape (...) that broadcasts against the runs.
    momentum
        μ, in [0, 1]: a number, or an array of shape (...).
    nesterov
        Whether the gradient is evaluated at the lookahead point θ + μv: True or False, or an array of shape (...).

    Raises
    ------
    TypeError
        An argument the optimizer does not have; ``lr=`` is answered with its present name.
    ValueError
        A learning rate that is negative or not finite; a momentum outside [0, 1].

    Notes
    -----
    Keras stores φ = θ + μv where this class stores θ; the chapter on Nesterov's lookahead shows that the two
    are the same run. Derived in the chapters on gradient descent, momentum and Nesterov's lookahead.
    Source: Sutskever et al. (2013), section 2, equations 1 to 4; Polyak (1964); Nesterov (1983).

    Examples
    --------
    >>> SGD(learning_rate=0.1, momentum=0.9)
    SGD(learning_rate=0.1, momentum=0.9, nesterov=False)
    >>> SGD(lr=0.1)
    Traceback (most recent call last):
        ...
    TypeError: SGD has no argument lr=; write learning_rate= instead, as Keras 3 does.
    """

    def __init__(
        self,
        learning_rate: ArrayLike = 0.01,
        momentum: ArrayLike = 0.0,
        nesterov: bool | NDArray = False,
        **unknown,
    ):
        for name in unknown:
            if name == "lr":
                raise TypeError("SGD has no argument lr=; write learning_rate= instead, as Keras 3 does.")
            raise TypeError(f"SGD has no argument {name}=; it takes learning_rate=, momentum= and nesterov=.")
        self.learning_rate = hyperparameter(
            "learning_rate", learning_rate, "a finite number of at least 0", lambda eta: eta >= 0
        )
        self.momentum = hyperparameter(
            "momentum", momentum, "a number from 0 to 1", lambda mu: (mu >= 0) & (mu <= 1)
        )
        ahead = np.asarray(nesterov, dtype=object)
        if not all(isinstance(each, (bool, np.bool_)) for each in ahead.flat):
            raise ValueError(f"nesterov must be True or False, or an array of these, not {nesterov!r}.")
        self.nesterov = ahead.astype(bool) if ahead.ndim else bool(ahead)

    def __repr__(self) -> str:
        return f"SGD(learning_rate={self.learning_rate}, momentum={self.momentum}, nesterov={self.nesterov})"

    def init(self, position: NDArray) -> State:
        """Return the state before the first step: ``(v,)``, with v = 0 for each run.

        Parameters
        ----------
        position
            θ, of shape (..., d).

        Raises
        ------
        ValueError
            When the hyperparameters do not broadcast against the positions.

        Notes
        -----
        v has the full shape of all runs, those of the positions and those of the hyperparameters. At rest in the
        chapter on momentum. Source: Sutskever et al. (2013), section 2.

        Examples
        --------
        >>> SGD(learning_rate=[0.1, 0.2, 0.3]).init(np.array([1.0, 1.0]))[0].shape
        (3, 2)
        """
        ahead = {"nesterov": self.nesterov} if np.ndim(self.nesterov) else {}
        return (zeros(position, learning_rate=self.learning_rate, momentum=self.momentum, **ahead),)

    def step(self, gradient: Gradient, position: NDArray, state: State) -> tuple[NDArray, State]:
        """Take one step and return the new position and the new state.

        The rule is the one in the class docstring; ``gradient`` is a function, so that Nesterov can look ahead.

        Parameters
        ----------
        gradient
            Takes positions of shape (..., d), gives slopes of the same shape.
        position
            θ, of shape (..., d).
        state
            ``(v,)``, the velocity of shape (..., d); ``init`` gives the first one.

        Raises
        ------
        ValueError
            When the gradient does not have the shape of the positions it was given.

        Notes
        -----
        Source: Sutskever et al. (2013), equations 1 to 4. Written out in the chapters on momentum and Nesterov.

        Examples
        --------
        >>> position, velocity = np.array([1.0]), np.array([-0.5])
        >>> SGD(0.1, momentum=0.9).step(lambda x: x, position, (velocity,))
        (array([0.45]), (array([-0.55]),))
        >>> SGD(0.1, momentum=0.9, nesterov=True).step(lambda x: x, position, (velocity,))
        (array([0.495]), (array([-0.505]),))
        """
        (velocity,) = state
        kind = precision(position)
        learning_rate, momentum = (
            np.asarray(h, kind)[..., None] for h in (self.learning_rate, self.momentum)
        )
        seen_from = position
        if self.nesterov is not False:
            seen_from = position + momentum * np.asarray(self.nesterov)[..., None] * velocity
        velocity = momentum * velocity - learning_rate * slope(gradient, seen_from)
        return position + velocity, (velocity,)


def hyperparameter(
    name: str, value: ArrayLike, allowed: str, inside: Callable[[NDArray], NDArray]
) -> float | NDArray:
    """Return a hyperparameter as a float, or an array of them for many runs, or say in one sentence what is allowed.

    Parameters
    ----------
    name
        What the caller calls it.
    value
        A number, or an array of shape (...).
    allowed, inside
        Which finite numbers it may be: in words, and as a test of an array.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Every chapter's hyperparameters come through here.

    Examples
    --------
    >>> hyperparameter("momentum", 2, "a number from 0 to 1", lambda mu: (mu >= 0) & (mu <= 1))
    Traceback (most recent call last):
        ...
    ValueError: momentum must be a number from 0 to 1, or an array of such numbers, not 2.
    """
    allowed = f"{name} must be {allowed}, or an array of such numbers"
    try:
        number = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{allowed}, not {value!r}.") from None
    wrong = ~(np.isfinite(number) & inside(number))
    if wrong.any():
        raise ValueError(f"{allowed}, not {number[wrong].flat[0]:g}.")
    return number if number.ndim else float(number)


def precision(position: NDArray) -> np.dtype:
    """Return the kind of number a run keeps: float32 where its positions are, float64 for all others.

    Notes
    -----
    Rules and ``descend`` keep to it; in the tuning workshop Keras' weights are float32.

    Examples
    --------
    >>> precision(np.float32([1.0, 2.0])), precision(np.array([1, 2]))
    (dtype('float32'), dtype('float64'))
    """
    given = np.asarray(position).dtype
    return given if given == np.float32 else np.dtype(float)


def zeros(position: NDArray, **hypers: ArrayLike) -> NDArray:
    """Return zeros for each run: of the shape that positions (..., d) and hyperparameters (...) broadcast to.

    Raises
    ------
    ValueError
        When they do not broadcast; it names the hyperparameters as they are named here.

    Notes
    -----
    What momentum's velocity and Adam's averages start from, in the chapters on momentum and "What next".

    Examples
    --------
    >>> zeros(np.array([1.0, 1.0]), learning_rate=[0.1, 0.2, 0.3]).shape
    (3, 2)
    """
    *runs, d = np.shape(position)
    shapes = {name: np.shape(hyper) for name, hyper in hypers.items()}
    try:
        return np.zeros((*np.broadcast_shapes(tuple(runs), *shapes.values()), d), precision(position))
    except ValueError:
        against = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(
            f"the positions {np.shape(position)}, of shape (..., d), must broadcast with {against}, each (...)."
        ) from None


def slope(gradient: Gradient, position: NDArray) -> NDArray:
    """Return the gradient at the positions, after a look at its shape: it must be theirs, (..., d).

    Raises
    ------
    ValueError
        When it has another.

    Notes
    -----
    A gradient of another shape would broadcast, and the run would be a wrong one without a word. Used by every rule of
    every chapter.

    Examples
    --------
    >>> slope(lambda x: x.sum(), np.ones((3, 2)))
    Traceback (most recent call last):
        ...
    ValueError: the gradient must have the shape of the positions, (3, 2), not ().
    """
    there = np.asarray(gradient(position))
    if there.shape != position.shape:
        raise ValueError(
            f"the gradient must have the shape of the positions, {position.shape}, not {there.shape}."
        )
    return there
