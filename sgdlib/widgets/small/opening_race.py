"""The race that opens the course."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import figures
from sgdlib.descent import descend
from sgdlib.optimizer import SGD
from sgdlib.surfaces import valley
from sgdlib.widgets.page.base import integer, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["OpeningRace"]

STEPS, LEARNING_RATE = 60, 0.05
START = (-5.0, 2.0)
RACERS = ("gradient descent", "momentum", "Nesterov")
LEVELS = (0.2, 1.0, 2.5, 5.0, 9.0)
CORNERS = 72


class OpeningRace(SmallFigure):
    """Gradient descent, momentum and Nesterov in the course's valley, from one start and at one learning rate, 0.05.

    ::

        v ← μ v − η ∇f(w)  or, for Nesterov,  v ← μ v − η ∇f(w + μ v);    w ← w + v;    f(x, y) = 0.1 x² + 2 y²

    Parameters
    ----------
    momentum
        μ of momentum and of Nesterov, from 0 to 0.98.
    step
        The step shown, from 0 to 60.

    Raises
    ------
    traitlets.TraitError
        For a value out of its range.

    Notes
    -----
    Opens the course, on its first page; every chapter from the one on gradient descent takes a part of it.

    Examples
    --------
    >>> OpeningRace(momentum=0.0).words()
    'With a momentum of 0 all three are gradient descent: 2.74 from the minimum after 60 steps.'
    """

    momentum = number(0.9, 0.0, 0.98)
    step = integer(STEPS, 0, STEPS)

    title = "Opening race"
    plays = True
    controls: ClassVar = ({"setting": "momentum", "label": "momentum μ", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "x", "low": -6, "high": 6},
            "y": {"label": "y", "low": -4.2, "high": 4.2},
            "equal": True,
            "height": 262,
            "legend": RACERS,
            "layers": (
                *({"kind": "line", "look": "muted", "width": 0.8} for _ in LEVELS),
                *({"kind": "line", "look": method, "width": 1.6} for method in RACERS),
                *({"kind": "dots", "look": m, "marker": figures.LOOKS[m].marker} for m in RACERS),
            ),
        },
    )
    says: ClassVar = {
        "same": "With a momentum of 0 all three are gradient descent: {far} from the minimum after {steps}.",
        "race": "Distance from the minimum after {steps}: gradient descent {plain}, momentum {ball}, Nesterov {ahead}.",
        "one": "1 step",
        "many": "{step} steps",
    }
    known: ClassVar = {
        "STEPS": STEPS,
        "LEARNING_RATE": LEARNING_RATE,
        "START": START,
        "LEVELS": LEVELS,
        "CORNERS": CORNERS,
    }

    def drawn(self) -> Drawn:
        """Ellipses of equal loss; the three paths as far as the step, and where each stands."""
        surface = valley()
        turn = 2 * np.pi * np.arange(CORNERS + 1) / CORNERS
        layers = []
        for level in LEVELS:
            a, b = (np.sqrt(2 * level / curvature) for curvature in surface.curvatures)
            layers.append((a * np.cos(turn), b * np.sin(turn)))
        rules = (
            SGD(LEARNING_RATE),
            SGD(LEARNING_RATE, self.momentum),
            SGD(LEARNING_RATE, self.momentum, nesterov=True),
        )
        paths = [descend(rule, surface.gradient, START, STEPS).positions[: self.step + 1] for rule in rules]
        layers += [path.T for path in paths]
        layers += [path[-1:].T for path in paths]
        plain, ball, ahead = (number_words(np.hypot(*path[-1]), 2) for path in paths)
        steps = self.says["one"] if self.step == 1 else self.says["many"].format(step=self.step)
        if self.momentum == 0:
            far = number_words(np.hypot(*paths[0][-1]))
            return Drawn(layers, self.says["same"].format(far=far, steps=steps))
        said = {"steps": steps, "plain": plain, "ball": ball, "ahead": ahead}
        return Drawn(layers, self.says["race"].format(**said))
