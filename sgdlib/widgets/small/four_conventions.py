"""Four ways to write momentum down, and what a forgotten translation does, of the chapter on Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.descent import descend
from sgdlib.optimizer import SGD, Gradient, State
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import choice, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["FourConventions"]

STEPS, LEARNING_RATE = 60, 0.05
EVERY = 6
KEYS = (38.0, (1.28, 1.04, 0.8, 0.56))  # where the names stand


class FourConventions(SmallFigure):
    """One weight in a well of curvature 1, moved by momentum as Keras, Polyak, PyTorch and the averaging form write it.

    ::

        Keras           v ← μ v − η g,             w ← w + v
        Polyak          w⁺ = w − η g + μ (w − w⁻)
        PyTorch, optax  b ← μ b + g,               w ← w − η b
        averaging       m ← μ m + (1 − μ) g,       w ← w − η' m,    η' = η / (1 − μ);    η = 0.05

    Parameters
    ----------
    momentum
        μ.
    forgotten
        Nothing; or who is given the learning rate of the other as it stands: the averaging form η, or Keras η'.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 0.95, or another word.

    Notes
    -----
    Stands in the chapter "Keras' SGD, line by line". Source: Sutskever et al. (2013); Polyak (1964).

    Examples
    --------
    >>> FourConventions(forgotten="nothing").words()
    'Translated, the averaging form has 10 times the learning rate of the others. All four take one path.'
    """

    momentum = number(0.9, 0.0, 0.95)
    forgotten = choice("nothing", "averaging", "Keras")

    title = "Four conventions"
    controls: ClassVar = (
        {
            "setting": "forgotten",
            "label": "not translated",
            "options": {
                "nothing": "nothing is forgotten",
                "averaging": "averaging form, given Keras' η",
                "Keras": "Keras, given the averaging form's η",
            },
        },
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "weight", "low": -1.25, "high": 1.45},
            "layers": (
                {"kind": "line", "look": "muted", "width": 0.8},
                {"kind": "line", "look": "momentum"},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                *({"kind": "dots", "look": "ink", "marker": marker} for marker in ("^", "o", "D")),
                {"kind": "label", "look": "momentum", "dx": 9, "dy": 4},
                *({"kind": "label", "look": "ink", "dx": 9, "dy": 4} for _ in range(3)),
            ),
        },
    )
    says: ClassVar = {
        "bare": "Without momentum there is nothing to translate: all four take one path.",
        "nothing": (
            "Translated, the averaging form has {times} times the learning rate of the others. "
            "All four take one path."
        ),
        "averaging": (
            "The averaging form was given Keras' learning rate as it stands: its pushes are {times} times too weak, "
            "and it is up to {off} away."
        ),
        "Keras": (
            "Keras was given the averaging form's learning rate as it stands: its pushes are {times} times too strong, "
            "and it is up to {off} away."
        ),
        "names": ("Keras", "Polyak", "PyTorch, optax", "averaging form"),
    }
    known: ClassVar = {"STEPS": STEPS, "LEARNING_RATE": LEARNING_RATE, "EVERY": EVERY, "KEYS": KEYS}

    def drawn(self) -> Drawn:
        """The minimum; the lines of Keras and the averaging form; every sixth step of each; the names."""
        mu, eta = self.momentum, LEARNING_RATE
        averaged = theory.effective_learning_rate(eta, mu)
        keras = averaged if self.forgotten == "Keras" else eta
        ema = eta if self.forgotten == "averaging" else averaged
        rules = (
            SGD(keras, mu),
            Written(lambda w, last, g: (w - eta * g + mu * (w - last), w), lambda w: w),
            Written(lambda w, b, g: (w - eta * (mu * b + g), mu * b + g), np.zeros_like),
            Written(
                lambda w, m, g: (w - ema * (mu * m + (1 - mu) * g), mu * m + (1 - mu) * g), np.zeros_like
            ),
        )
        well = Quadratic((1.0,))
        paths = [descend(rule, well.gradient, [-1.0], STEPS).positions[:, 0] for rule in rules]
        k = np.arange(STEPS + 1)
        at, heights = KEYS
        layers = [([0, STEPS], [0.0, 0.0]), (k, paths[0]), (k, paths[3])]
        for i, (path, height) in enumerate(zip(paths, heights, strict=True)):
            # each marks other steps, so that none hides another; the last dot stands before the name
            own = k[3 * i % EVERY + i // 2 :: EVERY]
            layers.append((np.append(own, at), np.append(path[own], height)))
        layers += [(name, at, height) for name, height in zip(self.says["names"], heights, strict=True)]
        if mu == 0:
            return Drawn(layers, self.says["bare"])
        off = max(np.abs(paths[0] - paths[2]).max(), np.abs(paths[3] - paths[2]).max())
        said = {
            "times": number_words(theory.effective_learning_rate(1.0, mu)),
            "off": number_words(off, 2),
        }
        return Drawn(layers, self.says[self.forgotten].format(**said))


class Written:
    """A rule for ``descend`` from one line of arithmetic, (w, memory, g) -> (w, memory).

    Parameters
    ----------
    line
        The arithmetic.
    first
        The memory before the first step, of a position.

    Notes
    -----
    Writes the momentum of others, in the chapter "Keras' SGD, line by line".

    Examples
    --------
    >>> rule = Written(lambda w, b, g: (w - 0.1 * (0.9 * b + g), 0.9 * b + g), np.zeros_like)
    >>> descend(rule, lambda w: w, [1.0], 2).positions[:, 0]
    array([1.  , 0.9 , 0.72])
    """

    def __init__(self, line: Callable, first: Callable[[NDArray], NDArray]):
        self.line, self.first = line, first

    def init(self, position: NDArray) -> State:
        """The memory before the first step."""
        return (self.first(position),)

    def step(self, gradient: Gradient, position: NDArray, state: State) -> tuple[NDArray, State]:
        """One step of the line."""
        position, memory = self.line(position, *state, gradient(position))
        return position, (memory,)
