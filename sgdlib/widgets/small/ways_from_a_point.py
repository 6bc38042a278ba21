"""Every way from a point, and the gradient there, of the warm-up."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.surfaces import valley
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["WaysFromAPoint"]

CONDITION_NUMBER = 5
LEVELS = (0.2, 0.8, 1.8, 3.2, 5.0, 7.2)
CORNERS = 72
REACH_X, REACH_Y = 2.5, 1.5
ARROW = 0.25  # how long the gradient's arrow is drawn, for each unit of the gradient


class WaysFromAPoint(SmallFigure):
    """The gradient of a valley at a point, a way from there, and the change of height along it.

    ::

        f(x, y) = 0.4x² + 2y²,    g = (0.8x, 4y);    change of height for each unit of distance: g·u, ‖u‖ = 1

    Parameters
    ----------
    direction
        Of the way u, in degrees from the x axis, counter-clockwise.
    x, y
        The point.

    Raises
    ------
    traitlets.TraitError
        For a direction that is not from 0 to 360, an x not from −2.5 to 2.5, a y not from −1.5 to 1.5.

    Notes
    -----
    Stands in the chapter to warm up with.

    Examples
    --------
    >>> WaysFromAPoint(x=-2, y=1, direction=0).words()
    'The gradient is (−1.6, 4). Along your way the height changes by −1.6 for each unit: down.'
    """

    direction = number(0.0, 0.0, 360.0)
    x = number(-2.0, -REACH_X, REACH_X)
    y = number(1.0, -REACH_Y, REACH_Y)

    title = "Ways from a point"
    controls: ClassVar = ({"setting": "direction", "label": "your way, in degrees", "step": 1},)
    panels: ClassVar = (
        {
            "x": {"label": "x", "low": -3.3, "high": 3.3},
            "y": {"label": "y", "low": -2.3, "high": 2.3},
            "equal": True,
            "height": 262,
            "layers": (
                *({"kind": "line", "look": "muted", "width": 1} for _ in LEVELS),
                {"kind": "arrow", "look": "gradient descent"},
                {"kind": "arrow", "look": "ink", "width": 1.6},
                {"kind": "label", "look": "gradient descent", "dx": 5, "dy": -3},
                {"kind": "label", "look": "ink", "dx": 5, "dy": 4},
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
        "g": "g",
        "u": "your way",
        "there": "At the minimum the gradient is (0, 0): every way is level at first.",
        "words": "The gradient is ({x}, {y}). Along your way the height changes by {change} for each unit: {which}.",
        "up": "up",
        "down": "down",
        "level": "level",
        "steepest up": "up as steeply as can be",
        "steepest down": "down as steeply as can be",
    }
    known: ClassVar = {
        "CONDITION_NUMBER": CONDITION_NUMBER,
        "LEVELS": LEVELS,
        "CORNERS": CORNERS,
        "ARROW": ARROW,
    }

    def drawn(self) -> Drawn:
        """The lines of equal height, the gradient, the way, their names, the point."""
        surface, point = valley(CONDITION_NUMBER), np.array([self.x, self.y])
        turn = 2 * np.pi * np.arange(CORNERS + 1) / CORNERS
        layers = []
        for level in LEVELS:
            a, b = np.sqrt(2 * level / np.array(surface.curvatures))
            layers.append((a * np.cos(turn), b * np.sin(turn)))
        g = surface.gradient(point)
        way = np.array([np.cos(np.radians(self.direction)), np.sin(np.radians(self.direction))])
        tip, there = point + ARROW * g, point + way
        layers += [
            (*point, *tip),
            (*point, *there),
            (self.says["g"], *tip),
            (self.says["u"], *there),
            tuple(point),
        ]
        size, change = np.hypot(*g), float(g @ way)
        if size <= 1e-9:
            return Drawn(layers, self.says["there"])
        share = change / size
        if abs(share) < 0.01:
            which = "level"
        else:
            which = ("steepest " if abs(share) > 0.9998 else "") + ("up" if share > 0 else "down")
        said = {
            "x": number_words(g[0]),
            "y": number_words(g[1]),
            "change": number_words(0.0 if which == "level" else change),
            "which": self.says[which],
        }
        return Drawn(layers, self.says["words"].format(**said))
