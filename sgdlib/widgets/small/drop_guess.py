"""A guess at Keras' next step after a drop of the learning rate, of the chapter on Keras."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import flag, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["DropGuess"]

BEFORE, AFTER = 20, 60
FACTOR, MOMENTUM = 0.1, 0.9
NAMED = 8  # the step after the drop at which Keras' name stands


class DropGuess(SmallFigure):
    """The length of the steps on a slope, from full speed, when the learning rate drops to a tenth.

    ::

        Keras     v ← μ v − η g,  w ← w + v:    after j steps f + (1 − f) μʲ of the old length
        PyTorch   b ← μ b + g,    w ← w − η b:  f at once;    f = 0.1, μ = 0.9

    Parameters
    ----------
    guess
        How long Keras' next step is, in the reader's opinion; the old steps have the length 1.
    shown
        Whether Keras' steps after the drop are to be seen.

    Raises
    ------
    traitlets.TraitError
        For a guess that is not from 0 to 1.2.

    Notes
    -----
    Opens the chapter "Keras' SGD, line by line"; ``RateDrop`` is the same with other numbers. Source: Goyal et al.
    (2017), section 3, on momentum correction.

    Examples
    --------
    >>> DropGuess(guess=0.1).words()
    "PyTorch's first step after the drop has 0.1 of the old length. Your guess for Keras: 0.1."
    """

    guess = number(0.5, 0.0, 1.2)
    shown = flag(False)

    title = "Drop guess"
    controls: ClassVar = (
        {"setting": "guess", "label": "your guess for Keras", "step": 0.01},
        {"setting": "shown", "label": "show Keras"},
    )
    panels: ClassVar = (
        {
            "x": {"label": "steps since the drop", "low": -BEFORE, "high": AFTER},
            "y": {"label": "length of the step", "low": 0, "high": 1.4},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.6},
                {"kind": "line", "look": "momentum"},
                {"kind": "dots", "look": "ink"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "dots", "look": "momentum", "marker": "D"},
                {"kind": "label", "look": "momentum", "dx": 6, "dy": -7},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": -6},
                {"kind": "label", "look": "momentum", "dx": 10, "dy": 4},
            ),
        },
    )
    says: ClassVar = {
        "guess": (
            "PyTorch's first step after the drop has {factor} of the old length. Your guess for Keras: {guess}."
        ),
        "shown": (
            "Keras' first step after the drop has {first} of the old length; your guess was {guess}. "
            "Keras is within a tenth of the new length after {steps} steps."
        ),
        "names": ("Keras", "PyTorch", "your guess"),
    }
    known: ClassVar = {
        "BEFORE": BEFORE,
        "AFTER": AFTER,
        "FACTOR": FACTOR,
        "MOMENTUM": MOMENTUM,
        "NAMED": NAMED,
    }

    def drawn(self) -> Drawn:
        """The moment of the drop, the two lengths, the first step after it, the guess, the names."""
        j = np.arange(-BEFORE, AFTER + 1)
        real = theory.speed_after_change(np.maximum(j, 0), FACTOR, MOMENTUM)
        keras = np.where(self.shown | (j <= 0), real, np.nan)
        newest = int(self.shown)  # the last step that is to be seen of Keras' first two
        first = real[BEFORE + newest]
        keras_name, torch_name, guess_name = self.says["names"]
        layers = [
            ([0, 0], [0.0, 2.0]),
            (j, np.where(j > 0, FACTOR, np.nan)),
            (j, keras),
            ([1], [FACTOR]),
            ([newest], [first]),
            ([1], [self.guess]),
            (keras_name if self.shown else "", NAMED, real[BEFORE + NAMED]),
            (torch_name, AFTER, FACTOR),
            ("" if self.shown else guess_name, 1, self.guess),
        ]
        said = {"guess": number_words(self.guess), "factor": number_words(FACTOR)}
        if self.shown:
            steps = math.ceil(theory.steps_to_shrink(MOMENTUM, 0.1 * FACTOR / (1 - FACTOR)))
            said |= {"first": number_words(first), "steps": steps}
        return Drawn(layers, self.says["shown" if self.shown else "guess"].format(**said))
