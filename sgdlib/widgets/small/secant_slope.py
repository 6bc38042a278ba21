"""A slope between two neighbors and the slope at a point, of the warm-up."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["SecantSlope"]

ENDS = (-2.6, 3.4)
POINTS = 120


class SecantSlope(SmallFigure):
    """The curve w³, the line through two of its points, and the tangent at the first of them.

    ::

        (f(w + h) − f(w)) / h    →    f′(w) = 3w²    as h → 0

    Parameters
    ----------
    w
        The place.
    h
        The stretch to its neighbor.

    Raises
    ------
    traitlets.TraitError
        For a place that is not from −2 to 2, a stretch that is not from 0.01 to 1.

    Notes
    -----
    Stands in the chapter to warm up with.

    Examples
    --------
    >>> SecantSlope(w=2, h=1).words()
    'Height 19 over distance 1: the slope between the two is 19. At w itself it is 12.'
    """

    w = number(1.0, -2.0, 2.0)
    h = number(1.0, 0.01, 1.0)

    title = "Slope at a point"
    controls: ClassVar = (
        {"setting": "w", "label": "place w", "step": 0.05},
        {"setting": "h", "label": "stretch h", "log": True},
    )
    panels: ClassVar = (
        {
            "x": {"label": "w", "low": -2.5, "high": 3.2},
            "y": {"label": "f(w) = w³", "low": -10, "high": 28},
            "layers": (
                {"kind": "line", "look": "ink"},
                {"kind": "line", "look": "muted", "dash": "5 3"},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "handle", "look": "gradient descent", "name": "the place", "x": "w", "step": 0.05},
                {"kind": "label", "look": "gradient descent", "dx": 6, "dy": 13},
                {"kind": "label", "look": "muted", "dx": 6, "dy": 28},
            ),
        },
    )
    says: ClassVar = {
        "secant": "solid: through w and w + h",
        "tangent": "dashed: the slope at w",
        "words": (
            "Height {height} over distance {h}: the slope between the two is {secant}. At w itself it is {tangent}."
        ),
    }
    known: ClassVar = {"ENDS": ENDS, "POINTS": POINTS}

    def drawn(self) -> Drawn:
        """The curve, the tangent, the line through both points, the neighbor, the place, and names."""
        w, h, ends = self.w, self.h, np.array(ENDS)
        curve = ENDS[0] + (ENDS[1] - ENDS[0]) * np.arange(POINTS + 1) / POINTS
        height = _f(w + h) - _f(w)
        secant, tangent = height / h, 3 * w * w
        layers = [
            (curve, _f(curve)),
            (ends, _f(w) + tangent * (ends - w)),
            (ends, _f(w) + secant * (ends - w)),
            ([w + h], [_f(w + h)]),
            (w, _f(w)),
            *((self.says[name], -2.5, 28) for name in ("secant", "tangent")),
        ]
        said = {"height": height, "h": h, "secant": secant, "tangent": tangent}
        return Drawn(
            layers,
            self.says["words"].format(**{name: number_words(each) for name, each in said.items()}),
        )


def _f(w):
    return w * w * w
