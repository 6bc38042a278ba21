"""The steps of the three methods, each at its best, against the condition number; of the chapter on the race."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["ConditionRace"]

LOWEST, HIGHEST, POINTS = 1.5, 1000.0, 61
NAMED = 48  # the point of a line at which its name stands
METHODS = ("gradient descent", "nesterov", "momentum")


class ConditionRace(SmallFigure):
    """How many steps shrink the distance a million times in the long run, each method at its best setting.

    ::

        k = ln 10⁻⁶ / ln ρ,    ρ the rate of theory.best_tuning for curvatures from 1 to κ

    Parameters
    ----------
    condition_number
        κ, the largest curvature over the smallest.

    Raises
    ------
    traitlets.TraitError
        For a condition number that is not from 1.5 to 1000.

    Notes
    -----
    Stands in the chapter "The valley, raced fairly". Source: Lessard, Recht and Packard (2016), proposition 1.

    Examples
    --------
    >>> ConditionRace(condition_number=100).words().partition("momentum 69. ")[2]
    'Momentum is 10 times faster than gradient descent.'
    """

    condition_number = number(20.0, LOWEST, HIGHEST)

    title = "Condition race"
    controls: ClassVar = ({"setting": "condition_number", "label": "condition number κ", "log": True},)
    panels: ClassVar = (
        {
            "x": {"label": "condition number κ", "low": 1, "high": HIGHEST, "log": True},
            "y": {"label": "steps, each at its best", "low": 4, "high": 10_000, "log": True},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "line", "look": "Nesterov"},
                {"kind": "line", "look": "momentum"},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "dots", "look": "Nesterov", "marker": "^"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "label", "look": "gradient descent", "anchor": "end", "dx": -8},
                {"kind": "label", "look": "Nesterov", "anchor": "end", "dx": -4, "dy": -7},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": 30, "dy": 18},
            ),
        },
    )
    says: ClassVar = {
        "words": (
            "A millionth of the distance, in the long run: gradient descent {plain} steps, Nesterov {ahead}, "
            "momentum {ball}. "
            "Momentum is {times} times faster than gradient descent."
        ),
        "names": ("gradient descent", "Nesterov", "momentum"),
    }
    known: ClassVar = {
        "LOWEST": LOWEST,
        "HIGHEST": HIGHEST,
        "POINTS": POINTS,
        "NAMED": NAMED,
        "METHODS": METHODS,
    }

    def drawn(self) -> Drawn:
        """A line at κ; the three lines, the dots on them, the names."""
        kappa = np.geomspace(LOWEST, HIGHEST, POINTS)
        lines = [[_steps(method, each) for each in kappa] for method in METHODS]
        here = [_steps(method, self.condition_number) for method in METHODS]
        layers = [
            ([self.condition_number] * 2, [1, 10_000]),
            *((kappa, line) for line in lines),
            *(([self.condition_number], [each]) for each in here),
            *(
                (name, kappa[NAMED], line[NAMED])
                for name, line in zip(self.says["names"], lines, strict=True)
            ),
        ]
        plain, ahead, ball = map(math.ceil, here)
        times = number_words(here[0] / here[2], 2)
        return Drawn(layers, self.says["words"].format(plain=plain, ahead=ahead, ball=ball, times=times))


def _steps(method: str, kappa: float) -> float:
    return theory.steps_to_shrink(theory.best_tuning(method, 1.0, kappa).rate)
