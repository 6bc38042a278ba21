"""The update rule of ``optimizer="sgd"``: gradient descent, momentum and Nesterov's lookahead in three lines.

A rule, here and elsewhere, is an object with two pure functions; ``descend`` asks nothing else of it::

    init(position) -> state
    step(gradient, position, state) -> (position, state)

The state is a plain tuple of arrays, as many as the rule needs: of shape (..., k) if each run has its own, 0-d if all
runs share it. ``Hyperparameters``, ``remembered``, ``zeros`` and ``slope`` are what ``SGD`` and ``Adam`` have in
common.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlib.checks import (
    NOT_NEGATIVE,
    SHARE,
    Span,
    as_numbers,
    called,
    flags,
    function,
    numbers,
    quiet,
    shown,
)

__all__ = [
    "SGD",
    "Gradient",
    "Hyperparameters",
    "State",
    "hyperparameter",
    "precision",
    "remembered",
    "slope",
    "zeros",
]

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


class Hyperparameters:
    """What rules have in common: hyperparameters that are looked at whenever one of them is set.

    A subclass says in ``allowed`` which it has, and what each may be: a ``Span``, or ``bool`` for a flag.

    Raises
    ------
    AttributeError
        For a hyperparameter that the rule does not have.
    ValueError
        For a value that it does not take.

    Notes
    -----
    Under the rules of every chapter.

    Examples
    --------
    >>> optimizer = SGD(0.1)
    >>> optimizer.learning_rate = -5
    Traceback (most recent call last):
        ...
    ValueError: learning_rate must be a finite number of at least 0, or an array of such numbers, not -5.
    """

    allowed: ClassVar[dict[str, Span | type[bool]]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.allowed:
            raise AttributeError(f"{type(self).__name__} has no {name}; it has {', '.join(self.allowed)}.")
        span = self.allowed[name]
        object.__setattr__(
            self, name, flags(name, value) if span is bool else hyperparameter(name, value, span)
        )

    def _refuse(self, unknown: dict[str, Any]) -> None:
        """Say of an argument that the rule does not have what to write instead."""
        for name in unknown:
            rule = type(self).__name__
            if name == "lr":
                raise TypeError(f"{rule} has no argument lr=; write learning_rate= instead, as Keras 3 does.")
            *some, last = (f"{each}=" for each in self.allowed)
            raise TypeError(f"{rule} has no argument {name}=; it takes {', '.join(some)} and {last}.")


class SGD(Hyperparameters):
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

    allowed: ClassVar = {"learning_rate": NOT_NEGATIVE, "momentum": SHARE, "nesterov": bool}

    def __init__(
        self,
        learning_rate: ArrayLike = 0.01,
        momentum: ArrayLike = 0.0,
        nesterov: bool | NDArray = False,
        **unknown,
    ):
        self._refuse(unknown)
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.nesterov = nesterov

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

    @quiet
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
        TypeError
            When the gradient is no function, or changes the positions.
        ValueError
            When it does not have the shape of the positions it was given, or position and state do not fit.

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
        position, (velocity,) = remembered(position, state, "(velocity,)", *vars(self).values())
        kind = position.dtype
        learning_rate, momentum = (
            np.asarray(h, kind)[..., None] for h in (self.learning_rate, self.momentum)
        )
        seen_from = position
        if self.nesterov is not False:
            seen_from = position + momentum * np.asarray(self.nesterov)[..., None] * velocity
        velocity = momentum * velocity - learning_rate * slope(gradient, seen_from)
        return position + velocity, (velocity,)


def hyperparameter(name: str, value: ArrayLike, span: Span) -> float | NDArray:
    """Return a hyperparameter as a float, or for many runs as an array of its own that nobody can write into.

    Parameters
    ----------
    name
        What the caller calls it.
    value
        A number, or an array of shape (...).
    span
        Which numbers it may be.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Every chapter's hyperparameters come through here.

    Examples
    --------
    >>> hyperparameter("momentum", 2, SHARE)
    Traceback (most recent call last):
        ...
    ValueError: momentum must be a number from 0 to 1, or an array of such numbers, not 2.
    """
    found = numbers(name, value, span)
    if not found.ndim:
        return float(found)
    own = found.copy()
    own.flags.writeable = False
    return own


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


def remembered(position: NDArray, state: State, like: str, *hypers: ArrayLike) -> tuple[NDArray, State]:
    """Return position and state of a step as arrays, or say that they do not fit each other or the rule.

    Parameters
    ----------
    position
        θ, of shape (..., d).
    state
        A tuple of arrays, of shape (..., d) or 0-d.
    like
        What the rule calls them: "(velocity,)".
    hypers
        The rule's hyperparameters, each of shape (...).

    Raises
    ------
    TypeError
        For a state that is no tuple of so many arrays.
    ValueError
        For a position that is a bare number, what holds no numbers, or shapes that do not broadcast.

    Notes
    -----
    Every step of every rule of every chapter begins with it.

    Examples
    --------
    >>> remembered([1.0], np.zeros(1), "(velocity,)")
    Traceback (most recent call last):
        ...
    TypeError: state must be a tuple (velocity,), as init gives it, not array([0.]).
    """
    count = like.count(",") + (not like.endswith(",)"))
    if not isinstance(state, tuple) or len(state) != count:
        raise TypeError(f"state must be a tuple {like}, as init gives it, not {shown(state)}.")
    if _fits(position, state) and all(type(hyper) in (float, bool) for hyper in hypers):
        return position, state  # quickly, for a run alone
    theta, arrays = _floats(position), tuple([_floats(each) for each in state])
    if theta is None or any(each is None for each in arrays):
        raise ValueError(f"position and state must hold numbers, not {shown(position)} and {shown(state)}.")
    if not theta.ndim:
        raise ValueError(f"position must have shape (..., d); write [{shown(position)}] for one dimension.")
    shapes = [array.shape for array in arrays if array.ndim]
    try:
        runs = np.broadcast_shapes(theta.shape[:-1], *[s[:-1] for s in shapes], *map(np.shape, hypers))
    except ValueError:
        runs = None
    if runs is None or any(shape[-1] != theta.shape[-1] for shape in shapes):
        listed = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(
            f"position {theta.shape} and state {like} {listed} must fit each other and the rule's hyperparameters."
        )
    return theta, arrays


def _fits(position: NDArray, state: State) -> bool:
    """Whether all are arrays of floats of one shape already, or 0-d where they belong to the state."""
    if type(position) is not np.ndarray or not position.ndim or position.dtype not in (float, np.float32):
        return False
    for each in state:
        if type(each) is not np.ndarray or each.dtype is not position.dtype:
            return False
        if each.shape != position.shape and each.ndim:
            return False
    return True


def _floats(value: ArrayLike) -> NDArray | None:
    found = as_numbers(value)
    return None if found is None else found.astype(precision(found), copy=False)


def zeros(position: NDArray, **hypers: ArrayLike) -> NDArray:
    """Return zeros for each run: of the shape that positions (..., d) and hyperparameters (...) broadcast to.

    Raises
    ------
    ValueError
        When they do not broadcast; it names the hyperparameters as they are named here. For a position that is a bare
        number, or none.

    Notes
    -----
    What momentum's velocity and Adam's averages start from, in the chapters on momentum and "What next".

    Examples
    --------
    >>> zeros(np.array([1.0, 1.0]), learning_rate=[0.1, 0.2, 0.3]).shape
    (3, 2)
    """
    theta = _floats(position)
    if theta is None or theta.shape[-1:] in ((), (0,)):
        raise ValueError(f"position must be an array of numbers, of shape (..., d), not {shown(position)}.")
    *runs, d = theta.shape
    shapes = {name: np.shape(hyper) for name, hyper in hypers.items()}
    try:
        return np.zeros((*np.broadcast_shapes(tuple(runs), *shapes.values()), d), theta.dtype)
    except ValueError:
        against = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(
            f"the positions {theta.shape}, of shape (..., d), must broadcast with {against}, each (...)."
        ) from None


def slope(gradient: Gradient, position: NDArray) -> NDArray:
    """Return the gradient at the positions, after a look at it: numbers, of their shape (..., d).

    Raises
    ------
    TypeError
        When it is no function, or changes the positions.
    ValueError
        When it has another shape, or holds no numbers.

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
    if not callable(gradient):
        function("gradient", gradient, "the positions")
    there = called("the gradient", gradient, position)
    if type(there) is not np.ndarray or there.dtype != position.dtype:
        found = as_numbers(there)
        if found is None:
            missing = "; is there a return?" if there is None else "."
            raise ValueError(f"the gradient must be an array of numbers, not {shown(there)}{missing}")
        there = found
    if there.shape != position.shape:
        raise ValueError(
            f"the gradient must have the shape of the positions, {position.shape}, not {there.shape}."
        )
    return there
