"""Which condition numbers a momentum is good for, of the chapter on momentum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["WhatIsItGoodFor"]

POWERS = (0.1, 6.0)  # of ten: the condition numbers drawn
POINTS = 119
NAMED = 100  # the point at which the name of the best momentum stands


class WhatIsItGoodFor(SmallFigure):
    """Steps to a millionth against the condition number κ: gradient descent, this momentum, the best for each κ.

    ::

        η = 2(1 + μ)/(L + m), the best for μ;    best at κ* = ((1 + √μ)/(1 − √μ))²,    ahead of μ = 0 from √κ* on

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
    Stands in the chapter "Momentum as friction". Source: Lessard, Recht and Packard (2016), proposition 1; Goh (2017).

    Examples
    --------
    >>> WhatIsItGoodFor(momentum=0.25).words()
    'Momentum 0.25 is the best for condition number 9. It beats gradient descent from 3 on; below, it is slower.'
    """

    momentum = number(0.9, 0.0, 0.99)

    title = "What a momentum is good for"
    controls: ClassVar = ({"setting": "momentum", "label": "momentum μ", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "condition number κ", "low": 1, "high": 10 ** POWERS[1], "log": True},
            "y": {"label": "steps to a millionth", "low": 3, "high": 1e7, "log": True},
            "layers": (
                {"kind": "line", "look": "gradient descent"},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.4},
                {"kind": "line", "look": "momentum"},
                {"kind": "label", "look": "gradient descent", "anchor": "end", "dx": -8, "dy": 0},
                {"kind": "label", "look": "ink", "dx": 4, "dy": 12},
                {"kind": "dots", "look": "momentum", "marker": "s"},
            ),
        },
    )
    says: ClassVar = {
        "plain": "gradient descent",
        "best": "the best μ for each κ",
        "zero": "Momentum 0 is gradient descent: the best only for condition number 1, where all curvatures are alike.",
        "words": (
            "Momentum {momentum} is the best for condition number {best}. "
            "It beats gradient descent from {from} on; below, it is slower."
        ),
    }
    known: ClassVar = {"POWERS": POWERS, "POINTS": POINTS, "NAMED": NAMED}

    def drawn(self) -> Drawn:
        """The three counts, two names, and where the momentum is the best."""
        kappa = 10 ** np.linspace(*POWERS, POINTS)

        def steps(condition: float, momentum: float) -> float:
            eta = theory.best_learning_rate(1.0, condition, momentum)
            return theory.steps_to_shrink(theory.rate(eta, momentum))

        promised = [theory.best_tuning("momentum", 1.0, each).rate for each in kappa]
        plain = [steps(each, 0.0) for each in kappa]
        mine = [steps(each, self.momentum) for each in kappa]
        best = theory.best_condition_number(self.momentum)
        said = {
            "momentum": number_words(self.momentum),
            "best": number_words(best) if best < 1e5 else f"{best / 1000:.0f},000",
            "from": number_words(np.sqrt(best)),
        }
        layers = [
            (kappa, plain),
            (kappa, theory.steps_to_shrink(promised)),
            (kappa, mine),
            (self.says["plain"], kappa[NAMED - 20], plain[NAMED - 20]),
            (self.says["best"], kappa[NAMED - 40], theory.steps_to_shrink(promised[NAMED - 40])),
            ([best], [steps(best, self.momentum)]) if self.momentum > 0 else ([], []),
        ]
        return Drawn(layers, self.says["words" if self.momentum > 0 else "zero"].format(**said))
