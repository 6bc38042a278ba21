"""What Keras keeps in its variable, with Nesterov and without, of the chapter on Keras."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.descent import descend
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import flag, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["StoredLookahead"]

STEPS, LEARNING_RATE = 16, 0.05
START = (-2.5, 1.04)
CURVATURES, ANGLE = (1.0, 10.0), np.pi / 6
LEVELS = (0.1, 0.5, 1.2, 2.5, 4.5, 7.0)
CORNERS = 72


class StoredLookahead(SmallFigure):
    """The path of w in a tilted bowl, and the variable that Keras holds after each step.

    ::

        Keras' variable is w without Nesterov, and w + μ v with it;    η = 0.05, curvatures 1 and 10

    Parameters
    ----------
    momentum
        μ, the share of the velocity that is kept.
    nesterov
        Whether the gradient is taken at the point ahead.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 0.98.

    Notes
    -----
    Stands in the chapter "Keras' SGD, line by line". Source: Bengio, Boulanger-Lewandowski and Pascanu (2013).

    Examples
    --------
    >>> StoredLookahead(momentum=0.9, nesterov=False).words()
    "Without Nesterov Keras' variable, the dots, is our w, the line."
    """

    momentum = number(0.9, 0.0, 0.98)
    nesterov = flag(True)

    title = "Stored lookahead"
    controls: ClassVar = (
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
        {"setting": "nesterov", "label": "nesterov"},
    )
    panels: ClassVar = (
        {
            "x": {"label": "x", "low": -3.4, "high": 2.0},
            "y": {"label": "y", "low": -1.8, "high": 2.0},
            "equal": True,
            "height": 262,
            "layers": (
                *({"kind": "line", "look": "muted", "width": 0.8} for _ in LEVELS),
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "momentum"},
                {"kind": "line", "look": "Nesterov"},
                {"kind": "dots", "look": "ink"},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -7, "dy": 5},
            ),
        },
    )
    says: ClassVar = {
        "same": "Without Nesterov Keras' variable, the dots, is our w, the line.",
        "bare": "Without momentum there is no point ahead: Keras' variable, the dots, is our w, the line.",
        "ahead": "With Nesterov Keras' variable, the dots, is w + μv: up to {off} away from our w, the line.",
        "name": "Keras' variable",
    }
    known: ClassVar = {
        "STEPS": STEPS,
        "LEARNING_RATE": LEARNING_RATE,
        "START": START,
        "CURVATURES": CURVATURES,
        "ANGLE": ANGLE,
        "LEVELS": LEVELS,
        "CORNERS": CORNERS,
    }

    def drawn(self) -> Drawn:
        """Ellipses of equal loss; what joins w and the variable; the path of w, the variable, its name."""
        along, across = np.array([[np.cos(ANGLE), np.sin(ANGLE)], [-np.sin(ANGLE), np.cos(ANGLE)]])
        turn = 2 * np.pi * np.arange(CORNERS + 1) / CORNERS
        layers = []
        for level in LEVELS:
            a, b = (np.sqrt(2 * level / curvature) for curvature in CURVATURES)
            layers.append(np.outer(along, a * np.cos(turn)) + np.outer(across, b * np.sin(turn)))
        rule = SGD(LEARNING_RATE, self.momentum, nesterov=self.nesterov)
        run = descend(rule, Quadratic(CURVATURES, angle=ANGLE).gradient, START, STEPS)
        w = run.positions
        held = w + self.momentum * run.velocities if self.nesterov else w
        gaps = np.full_like(w, np.nan)
        layers.append(np.stack([w, held, gaps], axis=1).reshape(-1, 2).T)
        # the path of the other method has no length
        layers += [w[:1].T, w.T] if self.nesterov else [w.T, w[:1].T]
        layers += [held.T, (self.says["name"], *held[1])]
        if self.momentum == 0:
            return Drawn(layers, self.says["bare"])
        if not self.nesterov:
            return Drawn(layers, self.says["same"])
        off = np.linalg.norm(held - w, axis=1).max()
        return Drawn(layers, self.says["ahead"].format(off=number_words(off, 2)))
