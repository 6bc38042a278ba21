"""What momentum remembers of a constant slope, of the chapter on momentum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["SlopeMemory"]

STEPS = 200


class SlopeMemory(SmallFigure):
    """The speed on a constant slope against the step, and the speed it tends to.

    ::

        |v_k| / (ηg) = (1 − μᵏ) / (1 − μ)   →   1 / (1 − μ)

    Parameters
    ----------
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 0.99.

    Notes
    -----
    Stands in the chapter "Momentum as friction".

    Examples
    --------
    >>> SlopeMemory(momentum=0.5).words()
    'The speed tends to 2 times that of gradient descent; half of it is there at step 1.'
    """

    momentum = number(0.9, 0.0, 0.99)

    title = "Memory of a slope"
    controls: ClassVar = ({"setting": "momentum", "label": "momentum μ", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "speed, in units of ηg", "low": 0.8, "high": 150, "log": True},
            "layers": (
                {"kind": "line", "look": "gradient descent"},
                {"kind": "line", "look": "momentum"},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "label", "anchor": "end", "dx": -4, "dy": -5},
                {"kind": "dots", "look": "momentum", "marker": "s"},
            ),
        },
    )
    says: ClassVar = {
        "limit": "1 / (1 − μ) = {limit}",
        "words": (
            "The speed tends to {limit} times that of gradient descent; half of it is there at step {half}."
        ),
    }
    known: ClassVar = {"STEPS": STEPS}

    def drawn(self) -> Drawn:
        """The two speeds, the limit with its name, and the step with half of it."""
        k = np.arange(STEPS + 1)
        speed = theory.speed_on_slope(k, 1.0, self.momentum)
        limit = theory.effective_learning_rate(1.0, self.momentum)
        half = int(np.argmax(speed >= limit / 2))
        said = {"limit": number_words(limit), "half": half}
        layers = [
            ([0, STEPS], [1.0, 1.0]),
            (k, speed),
            ([0, STEPS], [limit, limit]),
            (self.says["limit"].format(**said), STEPS, limit),
            ([half], [speed[half]]),
        ]
        return Drawn(layers, self.says["words"].format(**said))
