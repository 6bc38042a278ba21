"""The condition number against the steps of gradient descent, of the chapter on it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["ConditionSteps"]

LOWEST, HIGHEST, POINTS = 2.0, 10_000.0, 41
TOLERANCE = 1e-6


class ConditionSteps(SmallFigure):
    """A bowl with the curvatures 1 and κ, and the steps of gradient descent at its best learning rate in it.

    ::

        steps = ln(ε/√2) / ln(ρ),    ρ = (κ − 1)/(κ + 1),    ε = 10⁻⁶, from (1, 1)

    Parameters
    ----------
    condition_number
        κ.

    Raises
    ------
    traitlets.TraitError
        For a condition number that is not from 2 to 10,000.

    Notes
    -----
    Stands in the chapter "Gradient descent: one number rules". Source: Nesterov (2018), section 2.1.

    Examples
    --------
    >>> ConditionSteps(condition_number=100).words()
    'The valley is 10 times as long as wide. Gradient descent at its best takes 709 steps, 7.1 times κ.'
    """

    condition_number = number(10.0, LOWEST, HIGHEST)

    title = "Condition number against steps"
    controls: ClassVar = ({"setting": "condition_number", "label": "condition number κ", "log": True},)
    panels: ClassVar = (
        {
            "x": {"label": "condition number κ", "low": LOWEST, "high": 12_000.0, "log": True},
            "y": {"label": "steps to 1e−6", "low": 5.0, "high": 2e5, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.4},
                {"kind": "label", "look": "muted", "dx": 4, "dy": 18},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "label", "look": "gradient descent", "anchor": "end", "dx": -9, "dy": -6},
            ),
        },
    )
    says: ClassVar = {
        "kappa": "κ steps",
        "steps": "{steps}",
        "words": (
            "The valley is {long} times as long as wide. "
            "Gradient descent at its best takes {steps} steps, {times} times κ."
        ),
    }
    known: ClassVar = {
        "LOWEST": LOWEST,
        "HIGHEST": HIGHEST,
        "POINTS": POINTS,
        "TOLERANCE": TOLERANCE,
    }

    def drawn(self) -> Drawn:
        """As many steps as κ, with its name; the steps for every κ, and those for the present one."""
        kappas = LOWEST * (HIGHEST / LOWEST) ** (np.arange(POINTS) / (POINTS - 1))
        kappa, steps = self.condition_number, int(np.ceil(_steps(self.condition_number)))
        said = {
            "long": number_words(np.sqrt(kappa)),
            "steps": steps,
            "times": number_words(steps / kappa, 2),
        }
        ends = [LOWEST, HIGHEST]
        layers = [
            (ends, ends),
            (self.says["kappa"], 200.0, 200.0),
            (kappas, [_steps(each) for each in kappas]),
            ([kappa], [steps]),
            (self.says["steps"].format(**said), kappa, steps),
        ]
        return Drawn(layers, self.says["words"].format(**said))


def _steps(kappa: float) -> float:
    """From (1, 1), at a distance of √2."""
    rate = theory.best_tuning("gradient descent", 1.0, kappa).rate
    return theory.steps_to_shrink(rate, TOLERANCE / np.sqrt(2))
