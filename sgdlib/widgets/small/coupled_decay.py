"""Weight decay beside the step and through the velocity, of the chapter on Keras."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.descent import descend
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["CoupledDecay"]

STEPS, LEARNING_RATE = 200, 0.1
NAMED = (120, 40)  # the steps at which the names stand


class CoupledDecay(SmallFigure):
    """A weight of 1 on level ground under the two kinds of weight decay, at a learning rate of 0.1.

    ::

        decoupled   w ← w − η wd w                      beside the step: Keras' weight_decay
        coupled     v ← μ v − η wd w,    w ← w + v      through the velocity: an L2 penalty, PyTorch's weight_decay

    On level ground the first is gradient descent in a bowl of curvature wd, the second momentum in it.

    Parameters
    ----------
    weight_decay
        wd.
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a weight decay that is not from 0.001 to 0.1, a momentum that is not from 0 to 0.98.

    Notes
    -----
    Stands in the chapter "Keras' SGD, line by line". Source: Loshchilov and Hutter (2019), section 2.

    Examples
    --------
    >>> CoupledDecay(weight_decay=0.01, momentum=0.9).words()
    "After 200 updates Keras' weight_decay has left 0.819 of the weight, PyTorch's 0.12."
    """

    weight_decay = number(0.01, 0.001, 0.1)
    momentum = number(0.9, 0.0, 0.98)

    title = "Coupled decay"
    controls: ClassVar = (
        {"setting": "weight_decay", "label": "weight_decay", "log": True},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "update", "low": 0, "high": STEPS},
            "y": {"label": "weight", "low": -0.85, "high": 1.25},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.6},
                {"kind": "line", "look": "momentum"},
                {"kind": "label", "look": "ink", "dy": -7},
                {"kind": "label", "look": "momentum", "dx": 8, "dy": -4},
            ),
        },
    )
    says: ClassVar = {
        "same": "Without momentum the two are one: after {steps} updates {kept} of the weight is left.",
        "words": (
            "After {steps} updates Keras' weight_decay has left {kept} of the weight, PyTorch's {coupled}."
        ),
        "names": ("decoupled, Keras", "coupled, PyTorch"),
    }
    known: ClassVar = {"STEPS": STEPS, "LEARNING_RATE": LEARNING_RATE, "NAMED": NAMED}

    def drawn(self) -> Drawn:
        """The zero; the weight under each kind, with their names."""
        k = np.arange(STEPS + 1)
        bowl = Quadratic((self.weight_decay,))
        rule = SGD(LEARNING_RATE, [0.0, self.momentum])
        weights = descend(rule, bowl.gradient, [1.0], STEPS).positions[..., 0].T
        layers = [
            ([0, STEPS], [0.0, 0.0]),
            *((k, each) for each in weights),
            *(
                (name, at, each[at])
                for name, at, each in zip(self.says["names"], NAMED, weights, strict=True)
            ),
        ]
        kept, coupled = (number_words(each[-1]) for each in weights)
        words = self.says["same" if self.momentum == 0 else "words"]
        return Drawn(layers, words.format(steps=STEPS, kept=kept, coupled=coupled))
