"""Adam: momentum on the gradients, divided by the root of a running average of their squares."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlib.checks import FADING, NOT_NEGATIVE, POSITIVE, quiet
from sgdlib.optimizer import Gradient, Hyperparameters, State, remembered, slope, zeros

__all__ = ["Adam"]


class Adam(Hyperparameters):
    """Adam, by the names, the defaults and the ε of ``keras.optimizers.Adam``.

    Step k = 1, 2, … from the position θ with the averages m and s, where g is the gradient of the loss::

        m ← m + (1 − β₁)(g(θ) − m)          the average of the gradients
        s ← s + (1 − β₂)(g(θ)² − s)         and of their squares, number by number
        α = η √(1 − β₂ᵏ) / (1 − β₁ᵏ)        both start from 0: this corrects for it
        θ ← θ − α m / (√s + ε)

    Parameters
    ----------
    learning_rate
        η, at least 0: a number, or an array of shape (...) that broadcasts against the runs. It is in units of the
        positions: a step is about that long, whatever the size of the gradient.
    beta_1, beta_2
        How much of the old average is kept, from 0 to below 1: numbers, or arrays of shape (...).
    epsilon
        ε, above 0, in units of the gradient: a number, or an array of shape (...).

    Raises
    ------
    TypeError
        An argument the optimizer does not have; ``lr=`` is answered with its present name.
    ValueError
        A hyperparameter out of its range.

    Notes
    -----
    Keras adds ε to the root of the bare average s. This is the paper's "ε̂" (the end of its section 2); its Algorithm 1,
    PyTorch and optax add ε to the root of the corrected average, s/(1 − β₂ᵏ). At step k the two are one rule when
    ε̂ = ε √(1 − β₂ᵏ); in the long run that is ε̂ = ε.

    Written out in the chapter "What next". Source: Kingma and Ba (2015).

    Examples
    --------
    >>> Adam(0.1)
    Adam(learning_rate=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-07)
    >>> Adam(lr=0.1)
    Traceback (most recent call last):
        ...
    TypeError: Adam has no argument lr=; write learning_rate= instead, as Keras 3 does.
    """

    allowed: ClassVar = {
        "learning_rate": NOT_NEGATIVE,
        "beta_1": FADING,
        "beta_2": FADING,
        "epsilon": POSITIVE,
    }

    def __init__(
        self,
        learning_rate: ArrayLike = 0.001,
        beta_1: ArrayLike = 0.9,
        beta_2: ArrayLike = 0.999,
        epsilon: ArrayLike = 1e-7,
        **unknown,
    ):
        self._refuse(unknown)
        self.learning_rate = learning_rate
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.epsilon = epsilon

    def __repr__(self) -> str:
        return f"Adam({', '.join(f'{name}={value}' for name, value in vars(self).items())})"

    def init(self, position: NDArray) -> State:
        """Return the state before the first step: ``(m, s, k)``, all 0.

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
        m and s have the full shape of all runs; k, the steps taken, is 0-d: all runs share it. Two numbers a weight,
        as the chapter "What next" counts them. Source: Kingma and Ba (2015), Algorithm 1.

        Examples
        --------
        >>> [array.shape for array in Adam(learning_rate=[0.1, 0.2, 0.3]).init(np.array([1.0, 1.0]))]
        [(3, 2), (3, 2), ()]
        """
        at_zero = zeros(position, **vars(self))
        return at_zero, at_zero.copy(), np.zeros((), at_zero.dtype)

    @quiet
    def step(self, gradient: Gradient, position: NDArray, state: State) -> tuple[NDArray, State]:
        """Take one step and return the new position and the new state.

        The rule is the one in the class docstring.

        Parameters
        ----------
        gradient
            Takes positions of shape (..., d), gives slopes of the same shape.
        position
            θ, of shape (..., d).
        state
            ``(m, s, k)``: the averages, of shape (..., d), and the steps taken so far; ``init`` gives the first.

        Raises
        ------
        TypeError
            When the gradient is no function, or changes the positions.
        ValueError
            When it does not have the shape of the positions, or position and state do not fit.

        Notes
        -----
        Written out in the chapter "What next". Source: Kingma and Ba (2015), section 2.

        Examples
        --------
        The first step is as long as the learning rate, for a large gradient as for a small one:

        >>> adam, start = Adam(0.1), np.array([5.0, 5.0])
        >>> position, (m, s, k) = adam.step(lambda x: np.array([1000.0, 0.001]), start, adam.init(start))
        >>> position.round(3), m, int(k)
        (array([4.9, 4.9]), array([1.e+02, 1.e-04]), 1)
        """
        hypers = vars(self).values()
        position, (m, s, k) = remembered(position, state, "(m, s, k)", *hypers)
        eta, beta_1, beta_2, epsilon = (np.asarray(h, position.dtype)[..., None] for h in hypers)
        g = slope(gradient, position)
        k = k + 1.0
        m = m + (1.0 - beta_1) * (g - m)
        s = s + (1.0 - beta_2) * (g * g - s)
        alpha = eta * np.sqrt(1.0 - beta_2**k) / (1.0 - beta_1**k)
        return position - alpha * m / (np.sqrt(s) + epsilon), (m, s, k)
