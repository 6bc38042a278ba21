"""How long an update gets if the gradient is clipped, of the chapter on what happens inside one update."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["ClippedUpdate"]

UPDATES = 60
LOWEST, HIGHEST = 0.05, 2000.0
NAMED = 35  # the update at which the names stand


class ClippedUpdate(SmallFigure):
    """The length of the updates on a steady gradient that is clipped before it enters the velocity.

    ::

        g ← g min(1, bound / |g|),    v ← μ v − η g,    w ← w + v
        |v| / (η bound) after k updates:    min(|g| / bound, 1) (1 − μᵏ) / (1 − μ)

    Parameters
    ----------
    gradient
        The length of every gradient, in units of the bound.
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a gradient that is not from 0.1 to 30, a momentum that is not from 0 to 0.98.

    Notes
    -----
    Opens the chapter "Inside a real update". Source: Pascanu, Mikolov and Bengio (2013), for the clipping.

    Examples
    --------
    >>> ClippedUpdate(gradient=10.0, momentum=0.9).words()
    'Clipped to a bound of 1, the 60th update is 9.98 η long. Not clipped, it would be 99.8 η.'
    """

    gradient = number(10.0, 0.1, 30.0)
    momentum = number(0.9, 0.0, 0.98)

    title = "Clipped update"
    controls: ClassVar = (
        {"setting": "gradient", "label": "length of each gradient", "log": True},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "update", "low": 1, "high": UPDATES},
            "y": {"label": "its length / η", "low": LOWEST, "high": HIGHEST, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "muted", "width": 1, "dash": "5 3"},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.6},
                {"kind": "line", "look": "momentum"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "label", "look": "muted", "dx": 6, "dy": 14},
                {"kind": "label", "look": "muted", "anchor": "end", "dx": -4, "dy": -6},
                {"kind": "label", "look": "momentum", "dy": 15},
                {"kind": "label", "look": "ink", "dy": -7},
            ),
        },
    )
    says: ClassVar = {
        "bound": "the bound, 1",
        "ceiling": "the bound / (1 − μ)",
        "clipped": "clipped",
        "bare": "not clipped",
        "acts": "Clipped to a bound of 1, the 60th update is {length} η long. Not clipped, it would be {bare} η.",
        "idle": "A gradient of {gradient} is within the bound: nothing is clipped. The 60th update is {length} η long.",
        "plain": "Without momentum the bound holds for the update, too: {length} η long, not {bare} η.",
    }
    known: ClassVar = {"UPDATES": UPDATES, "NAMED": NAMED}

    def drawn(self) -> Drawn:
        """The bound, the bound over 1 − μ, the updates without and with clipping, the last one, the names."""
        g, mu = self.gradient, self.momentum
        k = np.arange(1, UPDATES + 1)
        bare = theory.speed_on_slope(k, 1.0, mu, g)
        clipped = theory.speed_on_slope(k, 1.0, mu, min(g, 1.0))
        ends = [1, UPDATES]
        most = theory.terminal_speed(1.0, mu)
        case = "idle" if g <= 1 else "plain" if mu == 0 else "acts"
        at = NAMED - 1
        layers = [
            (ends, [1.0, 1.0]),
            (ends, [most, most]),
            (k, bare),
            (k, clipped),
            ([UPDATES], [clipped[-1]]),
            (self.says["bound"], 1, 1.0),
            (self.says["ceiling"] if mu > 0 else "", UPDATES, most),
            (self.says["clipped"], NAMED, clipped[at]),
            (self.says["bare"] if g > 1 else "", NAMED, bare[at]),
        ]
        said = {
            "gradient": number_words(g),
            "length": number_words(clipped[-1]),
            "bare": number_words(bare[-1]),
        }
        return Drawn(layers, self.says[case].format(**said))
