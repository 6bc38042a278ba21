"""The step of momentum as a reader writes it, for the chapters that ask for one."""

from __future__ import annotations

import numpy as np

__all__ = ["STEP_CASES", "as_array", "momentum_step"]

# What a step that the reader writes is tried on: gradient, position, velocity, learning rate, momentum.
STEP_CASES = (
    (lambda w: 3.0 * w, np.array([2.0]), np.array([0.5]), 0.1, 0.9),
    (lambda w: np.array([1.0, 4.0]) * w, np.array([1.0, -2.0]), np.array([0.3, 0.2]), 0.05, 0.8),
)


def momentum_step(gradient, w, v, learning_rate, momentum):
    """One step of classical momentum.

    ::

        v ← μ v − η g(w),    w ← w + v

    Parameters
    ----------
    gradient
        g, a function of w.
    w, v
        Position and velocity: numbers, or arrays of the same shape.
    learning_rate, momentum
        η and μ.

    Notes
    -----
    Asked for in the chapters on momentum and Nesterov's lookahead. Source: Polyak (1964); Sutskever et al. (2013).

    Examples
    --------
    >>> momentum_step(lambda w: 3.0 * w, w=2.0, v=0.5, learning_rate=0.25, momentum=0.5)
    (0.75, -1.25)
    """
    v = momentum * v - learning_rate * gradient(w)
    return w + v, v


def as_array(function):
    """The same function with its results in one array, as some readers give them.

    Notes
    -----
    Used by the questions of the chapters on momentum and Nesterov's lookahead.

    Examples
    --------
    >>> as_array(momentum_step)(lambda w: 3.0 * w, w=2.0, v=0.5, learning_rate=0.25, momentum=0.5)
    array([ 0.75, -1.25])
    """
    return lambda *given, **named: np.array(function(*given, **named))
