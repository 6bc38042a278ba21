"""What one learning rate does in one well, of the chapter on gradient descent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.descent import descend
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["OneWell"]

CURVATURE, START, STEPS = 1.0, -3.0, 15
EDGE, POINTS = 5.0, 81  # of the curve of the loss


class OneWell(SmallFigure):
    """Fifteen steps of gradient descent in a well of curvature 1, from w = −3.

    ::

        w ← w − ηw = (1 − η) w    on f(w) = ½w²

    Parameters
    ----------
    learning_rate
        η.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.05 to 2.5.

    Notes
    -----
    Stands in the chapter "Gradient descent: one number rules". Source: Goh (2017).

    Examples
    --------
    >>> OneWell(learning_rate=1.5).words()
    'Every step leaps across the bottom and leaves 0.5 of the distance: it swings, closer each time.'
    """

    learning_rate = number(0.2, 0.05, 2.5)

    title = "One well"
    controls: ClassVar = ({"setting": "learning_rate", "label": "learning rate η", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "weight w", "low": -EDGE, "high": EDGE},
            "y": {"label": "loss", "low": -0.6, "high": 10},
            "height": 230,
            "layers": (
                {"kind": "line", "look": "muted", "width": 2.4},
                {"kind": "line", "look": "gradient descent", "width": 1.2},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "label", "look": "gradient descent", "anchor": "end", "dx": -9, "dy": 4},
            ),
        },
    )
    says: ClassVar = {
        "start": "start",
        "creeps": "Every step leaves {factor} of the distance: it creeps down from one side.",
        "lands": "One step lands at the bottom.",
        "swings": (
            "Every step leaps across the bottom and leaves {factor} of the distance: it swings, closer each time."
        ),
        "to and fro": "Every step leaps across the bottom and ends just as high: it swings for ever.",
        "flies off": "Every step makes the distance {factor} times as large: it swings up and flies off.",
    }
    known: ClassVar = {
        "CURVATURE": CURVATURE,
        "START": START,
        "STEPS": STEPS,
        "EDGE": EDGE,
        "POINTS": POINTS,
    }

    def drawn(self) -> Drawn:
        """The well, the way from step to step, the steps, and the name of the start."""
        well = Quadratic((CURVATURE,))
        line = np.linspace(-EDGE, EDGE, POINTS)
        w = descend(SGD(self.learning_rate), well.gradient, [START], STEPS).positions
        loss = well.value(w)
        path = (w[:, 0], loss)
        layers = [(line, well.value(line[:, None])), path, path, (self.says["start"], START, loss[0])]
        return Drawn(layers, self.says[self._motion()].format(factor=self._factor()))

    def _factor(self) -> str:
        return number_words(theory.rate(self.learning_rate * CURVATURE), 4)

    def _motion(self) -> str:
        # by the factor as it is said: no sentence has a factor of 0 or 1
        if self._factor() == "0":
            return "lands"
        if self._factor() == "1":
            return "to and fro"
        a, limit = self.learning_rate * CURVATURE, theory.stability_limit()
        return "creeps" if a < 1 else "swings" if a < limit else "flies off"
