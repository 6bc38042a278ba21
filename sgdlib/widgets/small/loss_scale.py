"""What the size of the loss does to SGD and to Adam, of the chapter on what comes next."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import SGD, Adam, descend
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["LossScale"]

STEPS = 40
RATE = 0.1
ADAM_SAYS = "That of Adam is {adam} long, at every scale of the loss."


class LossScale(SmallFigure):
    """SGD and Adam at the same learning rate on a bowl whose loss is multiplied by a number.

    ::

        f(w) = c ½ w²,    from w = 1, both at η = 0.1;    first step: SGD ηc, Adam η

    Parameters
    ----------
    scale
        c, what the loss is multiplied by.

    Raises
    ------
    traitlets.TraitError
        For a scale that is not from 0.001 to 1000.

    Notes
    -----
    Stands in the chapter "What next". Source: Kingma and Ba (2015), section 2.1.

    Examples
    --------
    >>> LossScale(scale=100).words()
    'The first step of SGD is 10 long, and it diverges. That of Adam is 0.1 long, at every scale of the loss.'
    """

    scale = number(1.0, 1e-3, 1e3)

    title = "Scale of the loss"
    controls: ClassVar = ({"setting": "scale", "label": "the loss times", "log": True},)
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "position w", "low": -1.25, "high": 1.25},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "SGD"},
                {"kind": "dots", "look": "SGD", "marker": "D"},
                {"kind": "line", "look": "Adam"},
                {"kind": "label", "look": "SGD", "anchor": "end", "dx": -4, "dy": 13},
                {"kind": "label", "look": "Adam", "anchor": "end", "dx": -4, "dy": 28},
            ),
        },
    )
    says: ClassVar = {
        "SGD": "diamonds: SGD, η = 0.1",
        "Adam": "dashes and dots: Adam, η = 0.1",
        "slow": "The first step of SGD is {sgd} long: after {steps} steps it is still at {left}. "
        + ADAM_SAYS,
        "fine": "The first step of SGD is {sgd} long, and it arrives. " + ADAM_SAYS,
        "lost": "The first step of SGD is {sgd} long, and it diverges. " + ADAM_SAYS,
        "edge": "The first step of SGD is {sgd} long: it jumps to and fro for ever. " + ADAM_SAYS,
    }
    known: ClassVar = {"STEPS": STEPS, "RATE": RATE}

    def drawn(self) -> Drawn:
        """The minimum, SGD with its places, Adam, and names."""
        bowl, k = Quadratic((self.scale,)), np.arange(STEPS + 1)
        sgd, adam = (
            descend(rule, bowl.gradient, [1.0], STEPS).positions[:, 0] for rule in (SGD(RATE), Adam(RATE))
        )
        left = abs(sgd[-1])
        said = {
            "sgd": number_words(1 - sgd[1]),
            "adam": number_words(1 - adam[1], 2),
            "left": number_words(sgd[-1]),
            "steps": STEPS,
        }
        growth = abs(1 - RATE * self.scale)
        case = "slow" if left > 0.1 else "fine"
        if growth >= 1:
            case = "lost" if growth > 1 else "edge"
        labels = [(self.says[name], STEPS, 1.25) for name in ("SGD", "Adam")]
        layers = [([0, STEPS], [0.0, 0.0]), (k, sgd), (k, sgd), (k, adam), *labels]
        return Drawn(layers, self.says[case].format(**said))
