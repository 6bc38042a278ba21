"""With momentum and without at the same effective learning rate, of the chapter on the race."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["LargerStep"]

SMALLEST, STEEPEST = 1.0, 100.0
FIRST, POINTS = 0.001, 120
TOP, NAMED = 20_000.0, 55.0


class LargerStep(SmallFigure):
    """The steps that shrink the distance a million times in a bowl with curvatures 1 and 100, against η/(1 − μ).

    ::

        k = ln 10⁻⁶ / ln max(ρ(η, μ), ρ(100η, μ));    it settles for η/(1 − μ) below 2(1 + μ) / (100 (1 − μ))

    Parameters
    ----------
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 0.95.

    Notes
    -----
    Stands in the chapter "The valley, raced fairly". Source: Polyak (1964).

    Examples
    --------
    >>> LargerStep(momentum=0.9).words()
    'Gradient descent diverges from an effective learning rate of 0.02, momentum 0.9 at 0.38: 19 times as large.'
    """

    momentum = number(0.9, 0.0, 0.95)

    title = "Larger step"
    controls: ClassVar = ({"setting": "momentum", "label": "momentum μ", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "effective learning rate η/(1 − μ)", "low": FIRST, "high": 1.0, "log": True},
            "y": {"label": "steps", "low": 35, "high": TOP, "log": True},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "line", "look": "momentum"},
                {"kind": "label", "look": "gradient descent", "anchor": "end", "dx": -5},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": -5, "dy": 17},
            ),
        },
    )
    says: ClassVar = {
        "same": "Without momentum the two lines are one, and it diverges from a learning rate of {plain}.",
        "words": (
            "Gradient descent diverges from an effective learning rate of {plain}, momentum {momentum} at {ball}: "
            "{times} times as large."
        ),
        "names": ("gradient descent", "momentum"),
    }
    known: ClassVar = {
        "SMALLEST": SMALLEST,
        "STEEPEST": STEEPEST,
        "FIRST": FIRST,
        "POINTS": POINTS,
        "TOP": TOP,
        "NAMED": NAMED,
    }

    def drawn(self) -> Drawn:
        """Where each diverges; the two lines, with their names below."""
        ends, lines = [], []
        for mu in (0.0, self.momentum):
            end = theory.effective_learning_rate(theory.stability_limit(mu) / STEEPEST, mu)
            effective = np.geomspace(FIRST, 0.999 * end, POINTS)
            eta = effective * (1 - mu)
            slower = np.maximum(theory.rate(SMALLEST * eta, mu), theory.rate(STEEPEST * eta, mu))
            ends.append(end)
            lines.append((effective, theory.steps_to_shrink(slower)))
        layers = [
            *(([end, end], [1.0, TOP]) for end in ends),
            *lines,
            (self.says["names"][0], ends[0], NAMED),
            (self.says["names"][1], ends[1], lines[1][1].min()),
        ]
        plain, ball = (number_words(end) for end in ends)
        if self.momentum == 0:
            return Drawn(layers, self.says["same"].format(plain=plain))
        said = {"plain": plain, "momentum": number_words(self.momentum), "ball": ball}
        return Drawn(layers, self.says["words"].format(times=number_words(ends[1] / ends[0]), **said))
