"""What a momentum that stays where it is can win by its learning rate alone, of the chapter on the race."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["FixedMomentum"]

POINTS, HIGHEST = 400, 4.0
NAMED = (40, 239)  # the points at which the names of the lines stand


class FixedMomentum(SmallFigure):
    """The steps that shrink the distance a million times against the learning rate, with momentum and without.

    ::

        k = ln 10⁻⁶ / ln max(ρ(a, μ), ρ(a/κ, μ)),    a = ηL;    no learning rate gets below ln 10⁻⁶ / ln √μ

    Parameters
    ----------
    condition_number
        κ of the bowl.
    momentum
        μ, which stays as it is.

    Raises
    ------
    traitlets.TraitError
        For a condition number that is not from 2 to 400, a momentum that is not from 0.3 to 0.99.

    Notes
    -----
    Stands in the chapter "The valley, raced fairly". Source: Polyak (1964).

    Examples
    --------
    >>> FixedMomentum(condition_number=20, momentum=0.9).words().partition(": ")[2]
    'gradient descent needs 139 steps, momentum 0.9 needs 263. Gradient descent is ahead.'
    """

    condition_number = number(20.0, 2.0, 400.0)
    momentum = number(0.9, 0.3, 0.99)

    title = "Fixed momentum"
    controls: ClassVar = (
        {"setting": "condition_number", "label": "condition number κ", "log": True},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "learning rate, in units of 1/L", "low": 0, "high": HIGHEST},
            "y": {"label": "steps", "low": 5, "high": 10_000, "log": True},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 16},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "line", "look": "momentum"},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "label", "look": "gradient descent", "dx": 4, "dy": -8},
                {"kind": "label", "look": "momentum", "dx": 4, "dy": -8},
            ),
        },
    )
    says: ClassVar = {
        "floor": "a factor of √μ per step",
        "words": (
            "To a millionth of the distance, at the best of 400 learning rates: gradient descent needs {plain} "
            "steps, momentum {momentum} needs {ball}. {end}"
        ),
        "momentum": "Momentum is ahead.",
        "gradient descent": "Gradient descent is ahead.",
        "draw": "They are level.",
        "names": ("gradient descent", "momentum"),
    }
    known: ClassVar = {"POINTS": POINTS, "HIGHEST": HIGHEST, "NAMED": NAMED}

    def drawn(self) -> Drawn:
        """The floor with its name; both lines, their lowest points, their names."""
        a = HIGHEST * np.arange(1, POINTS + 1) / POINTS
        floor = theory.steps_to_shrink(math.sqrt(self.momentum))
        lines, dots, names, best = [], [], [], []
        for name, mu, at in zip(self.says["names"], (0.0, self.momentum), NAMED, strict=True):
            slower = np.maximum(theory.rate(a, mu), theory.rate(a / self.condition_number, mu))
            steps = theory.steps_to_shrink(slower)
            lowest = int(steps.argmin())
            best.append(math.ceil(steps[lowest]))
            # nothing is drawn where it does not settle
            lines.append((a, np.where(steps < np.inf, steps, np.nan)))
            dots.append(([a[lowest]], [steps[lowest]]))
            names.append((name, a[at], steps[at]))
        layers = [
            ([0, HIGHEST], [floor, floor]),
            (self.says["floor"], HIGHEST, floor),
            *lines,
            *dots,
            *names,
        ]
        plain, ball = best
        end = "draw" if plain == ball else "momentum" if ball < plain else "gradient descent"
        said = {"plain": plain, "ball": ball, "momentum": number_words(self.momentum), "end": self.says[end]}
        return Drawn(layers, self.says["words"].format(**said))
