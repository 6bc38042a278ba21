"""What a change of the learning rate does to the velocity of Keras and of PyTorch, of the chapter on Keras."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["RateDrop"]

BEFORE, AFTER = 20, 60
NAMED = 8  # the step after the change at which Keras' name stands


class RateDrop(SmallFigure):
    """The length of the steps on a slope, from full speed, when the learning rate is multiplied by a factor.

    ::

        Keras     v ← μ v − η g,  w ← w + v:    after j steps at the new rate f + (1 − f) μʲ of the old length
        PyTorch   b ← μ b + g,    w ← w − η b:  f at once

    Parameters
    ----------
    factor
        f, the new learning rate over the old one.
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a factor that is not from 0.01 to 1.5, a momentum that is not from 0 to 0.97.

    Notes
    -----
    Stands in the chapter "Keras' SGD, line by line". Source: Goyal et al. (2017), section 3, on momentum correction.

    Examples
    --------
    >>> RateDrop(factor=0.1, momentum=0.9).words().partition(". ")[0]
    'The first step after the change has 0.91 of the old length in Keras, 0.1 in PyTorch'
    """

    factor = number(0.1, 0.01, 1.5)
    momentum = number(0.9, 0.0, 0.97)

    title = "Rate drop"
    controls: ClassVar = (
        {"setting": "factor", "label": "learning rate multiplied by", "log": True},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "steps since the change", "low": -BEFORE, "high": AFTER},
            "y": {"label": "length of the step", "low": 0, "high": 1.6},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.6},
                {"kind": "line", "look": "momentum"},
                {"kind": "dots", "look": "ink"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "label", "look": "momentum", "dx": 6, "dy": -7},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": -6},
            ),
        },
    )
    says: ClassVar = {
        "same": "The learning rate stays as it is, and so do the steps.",
        "bare": "Without momentum there is nothing to remember: both take the new length at once.",
        "words": (
            "The first step after the change has {first} of the old length in Keras, {factor} in PyTorch. "
            "Keras is within a tenth of the new length after {steps}."
        ),
        "one": "1 step",
        "many": "{steps} steps",
        "names": ("Keras", "PyTorch, optax"),
    }
    known: ClassVar = {"BEFORE": BEFORE, "AFTER": AFTER, "NAMED": NAMED}

    def drawn(self) -> Drawn:
        """The moment of the change, the two lengths, the first step after it, the names."""
        f, mu = self.factor, self.momentum
        j = np.arange(-BEFORE, AFTER + 1)
        keras = theory.speed_after_change(np.maximum(j, 0), f, mu)
        torch = np.where(j > 0, f, 1.0)
        first = BEFORE + 1
        layers = [
            ([0, 0], [0.0, 2.0]),
            (j, torch),
            (j, keras),
            ([1], [torch[first]]),
            ([1], [keras[first]]),
            (self.says["names"][0], NAMED, keras[BEFORE + NAMED]),
            (self.says["names"][1], AFTER, f),
        ]
        if f == 1:
            return Drawn(layers, self.says["same"])
        if mu == 0:
            return Drawn(layers, self.says["bare"])
        share = 0.1 * f / abs(1 - f)
        steps = max(1, math.ceil(theory.steps_to_shrink(mu, share))) if share < 1 else 1
        said = {"first": number_words(keras[first]), "factor": number_words(f)}
        many = self.says["one"] if steps == 1 else self.says["many"].format(steps=steps)
        return Drawn(layers, self.says["words"].format(steps=many, **said))
