"""The gradient in a valley that is turned, of the chapter on gradient descent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["TurnedValley"]

CURVATURES = (1.0, 8.0)
LEVELS = (0.5, 2.0, 4.5, 8.0, 12.5)
CORNERS = 72
REACH = 2.5
ARROW = 1.4  # how long the arrow of the step is drawn


class TurnedValley(SmallFigure):
    """Lines of equal loss of a bowl with curvatures 1 and 8, its axes, and the way downhill from a point.

    ::

        f(w) = ½ wᵀ H w,    H = R diag(1, 8) Rᵀ;    the angle between −∇f(w) and the way to the minimum, −w

    Parameters
    ----------
    angle
        By how many degrees the long axis is turned, counter-clockwise.
    x, y
        The point.

    Raises
    ------
    traitlets.TraitError
        For an angle that is not from −90 to 90, a coordinate that is not from −2.5 to 2.5.

    Notes
    -----
    Stands in the chapter "Gradient descent against SGD". Source: the spectral theorem; Goh 2017.

    Examples
    --------
    >>> TurnedValley(angle=0, x=2, y=0).words()
    'On an axis the way downhill leads straight to the minimum.'
    """

    angle = number(30.0, -90.0, 90.0)
    x = number(2.0, -REACH, REACH)
    y = number(0.6, -REACH, REACH)

    title = "Turned valley"
    controls: ClassVar = ({"setting": "angle", "label": "turned by, in degrees", "step": 1},)
    panels: ClassVar = (
        {
            "x": {"label": "x", "low": -3.3, "high": 3.3},
            "y": {"label": "y", "low": -2.3, "high": 2.3},
            "equal": True,
            "height": 262,
            "layers": (
                *({"kind": "line", "look": "muted", "width": 1} for _ in LEVELS),
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.4},
                {"kind": "arrow", "look": "gradient descent"},
                {
                    "kind": "handle",
                    "look": "gradient descent",
                    "name": "the point",
                    "x": "x",
                    "y": "y",
                    "step": 0.1,
                },
            ),
        },
    )
    says: ClassVar = {
        "there": "At the minimum there is no way downhill.",
        "axis": "On an axis the way downhill leads straight to the minimum.",
        "off": "Downhill, the arrow, points {off}° past the minimum: the steep axis pulls {times} times as hard.",
    }
    known: ClassVar = {
        "CURVATURES": CURVATURES,
        "LEVELS": LEVELS,
        "CORNERS": CORNERS,
        "REACH": REACH,
        "ARROW": ARROW,
    }

    def drawn(self) -> Drawn:
        """Ellipses, the two axes, the line to the minimum, the arrow, the point."""
        angle, point = np.radians(self.angle), np.array([self.x, self.y])
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-np.sin(angle), np.cos(angle)])
        turn = 2 * np.pi * np.arange(CORNERS + 1) / CORNERS
        gentle, steep = CURVATURES
        layers = []
        for level in LEVELS:
            a, b = np.sqrt(2 * level / gentle), np.sqrt(2 * level / steep)
            layers.append(np.outer(along, a * np.cos(turn)) + np.outer(across, b * np.sin(turn)))
        layers += [np.outer(axis, [-4.0, 4.0]) for axis in (along, across)]
        layers.append(np.outer(point, [1.0, 0.0]))
        down = -Quadratic(CURVATURES, angle=angle).gradient(point)
        size, away = np.hypot(*down), np.hypot(*point)
        tip = point + ARROW * down / size if size > 1e-9 else point
        layers += [(*point, *tip), tuple(point)]
        if size <= 1e-9:
            return Drawn(layers, self.says["there"])
        cos = -(down @ point) / (size * away)
        off = np.degrees(np.arccos(min(1.0, cos)))
        if off < 0.5:
            return Drawn(layers, self.says["axis"])
        said = {"off": number_words(off, 2), "times": number_words(steep / gentle)}
        return Drawn(layers, self.says["off"].format(**said))
