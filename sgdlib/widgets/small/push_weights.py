"""How much every past gradient still counts, of the chapter on momentum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["PushWeights"]

AGES = 60


class PushWeights(SmallFigure):
    """What is left of a push, against its age, with the half-life.

    ::

        v = −η Σ μʲ g_{k−1−j};    half-life ln ½ / ln μ,    mean age μ/(1 − μ),    window (1 + μ)/(1 − μ)

    Parameters
    ----------
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0.05 to 0.99.

    Notes
    -----
    Stands in the chapter "Momentum as friction". Source: Sutskever et al. (2013), section 2, unrolled.

    Examples
    --------
    >>> PushWeights(momentum=0.5).words()
    'In steps: half-life 1, mean age 1. It averages noise as 3 gradients of equal weight would.'
    """

    momentum = number(0.9, 0.05, 0.99)

    title = "What is left of a push"
    controls: ClassVar = ({"setting": "momentum", "label": "momentum μ", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "age of the gradient, in steps", "low": -1, "high": AGES},
            "y": {"label": "how much it counts", "low": 0, "high": 1.08},
            "height": 220,
            "layers": (
                {"kind": "line", "look": "momentum", "width": 1.4},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "label", "look": "ink", "dx": 6, "dy": -6},
            ),
        },
    )
    says: ClassVar = {
        "half": "half-life {half}",
        "words": (
            "In steps: half-life {half}, mean age {age}. "
            "It averages noise as {window} gradients of equal weight would."
        ),
    }
    known: ClassVar = {"AGES": AGES}

    def drawn(self) -> Drawn:
        """A stem for each age, its end, and the half-life with its name."""
        ages = np.arange(AGES + 1)
        left = self.momentum**ages
        stems = np.stack([np.repeat(ages, 3), np.repeat(left, 3)]).astype(float)
        stems[1, ::3] = 0.0
        stems[1, 2::3] = np.nan
        half = theory.half_life(self.momentum)
        said = {
            "half": number_words(half),
            "age": number_words(theory.mean_age(self.momentum)),
            "window": number_words(theory.variance_window(self.momentum)),
        }
        layers = [
            stems,
            (ages, left),
            ([-1.0, half, half], [0.5, 0.5, 0.0]),
            (self.says["half"].format(**said), min(half, 0.6 * AGES), 0.5),
        ]
        return Drawn(layers, self.says["words"].format(**said))
