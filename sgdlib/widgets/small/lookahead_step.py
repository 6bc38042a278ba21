"""One step of momentum and of Nesterov across a valley, of the chapter on Nesterov's lookahead."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["LookaheadStep"]

CURVATURES = (0.2, 2.0)
POSITION = (-3.0, 1.0)
VELOCITY = (2.0, -1.8)
LEVELS = (0.25, 0.9, 2.0, 3.6)
CORNERS = 72
SMALL = 0.005  # what is said to be 0
ALIKE = 0.01  # landing points nearer to each other than this look like one


class LookaheadStep(SmallFigure):
    """A ball that crosses a valley: the known part of its step, and the slope measured here or ahead.

    ::

        w + μv − η∇f(w)    momentum,        w + μv − η∇f(w + μv)    Nesterov,        f(x, y) = 0.1 x² + y²

    Parameters
    ----------
    momentum
        μ, the share of the velocity (2, −1.8) that is kept.
    learning_rate
        η.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 1, or a learning rate that is not from 0 to 1.

    Notes
    -----
    Stands in the chapter "Nesterov's lookahead". Source: Sutskever et al. (2013), figure 1.

    Examples
    --------
    >>> LookaheadStep(momentum=0).words()
    'With μ = 0 the point ahead is the point here, and the two steps are one.'
    """

    momentum = number(0.9, 0.0, 1.0)
    learning_rate = number(0.4, 0.0, 1.0)

    title = "One step, two places to measure"
    controls: ClassVar = (
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
        {"setting": "learning_rate", "label": "learning rate η", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "x, along the valley", "low": -4.0, "high": 0.8},
            "y": {"label": "y, across", "low": -2.9, "high": 1.5},
            "height": 262,
            "layers": (
                *({"kind": "line", "look": "muted", "width": 1} for _ in LEVELS),
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.2},
                {"kind": "arrow", "look": "ink", "width": 1.6},
                {"kind": "arrow", "look": "momentum"},
                {"kind": "arrow", "look": "Nesterov"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "dots", "look": "Nesterov", "marker": "^"},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -8, "dy": 4},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -8, "dy": 12},
                {"kind": "label", "look": "momentum", "dx": 8, "dy": 8},
                {"kind": "label", "look": "Nesterov", "dx": 8, "dy": -4},
            ),
        },
    )
    says: ClassVar = {
        "here": "w",
        "known": "μv",
        "heavy": "momentum",
        "ahead": "Nesterov",
        "both": "both",
        "same": "With μ = 0 the point ahead is the point here, and the two steps are one.",
        "none": "With η = 0 no slope counts: both land at w + μv.",
        "words": (
            "From w, at y = 1, momentum lands at y = {heavy}. "
            "Nesterov measures at w + μv and lands at {ahead}, {which}."
        ),
        "nearer": "nearer to the floor of the valley",
        "farther": "farther from the floor of the valley",
        "alike": "which is nearly the same",
    }
    known: ClassVar = {
        "CURVATURES": CURVATURES,
        "POSITION": POSITION,
        "VELOCITY": VELOCITY,
        "LEVELS": LEVELS,
        "CORNERS": CORNERS,
        "SMALL": SMALL,
        "ALIKE": ALIKE,
    }

    def drawn(self) -> Drawn:
        """Ellipses, the floor, the known part, the two measured parts, where they were measured, and four names."""
        valley = Quadratic(CURVATURES)
        w, v = np.array(POSITION), np.array(VELOCITY)
        turn = 2 * np.pi * np.arange(CORNERS + 1) / CORNERS
        layers = []
        for level in LEVELS:
            a, b = (np.sqrt(2 * level / each) for each in CURVATURES)
            layers.append((a * np.cos(turn), b * np.sin(turn)))
        known = w + self.momentum * v
        heavy, ahead = (
            SGD(self.learning_rate, self.momentum, nesterov).step(valley.gradient, w, (v,))[0]
            for nesterov in (False, True)
        )
        one = np.hypot(*(heavy - ahead)) < ALIKE
        layers += [
            ([-6.0, 6.0], [0.0, 0.0]),
            (*w, *known),
            (*known, *heavy),
            (*known, *ahead),
            ([w[0]], [w[1]]),
            ([known[0]], [known[1]]),
            (self.says["here"], *w),
            (self.says["known"] if self.momentum > 0.15 else "", *((w + known) / 2)),
            (self.says["both" if one else "heavy"], *heavy),
            ("" if one else self.says["ahead"], *ahead),
        ]
        if self.momentum == 0:
            return Drawn(layers, self.says["same"])
        if self.learning_rate == 0:
            return Drawn(layers, self.says["none"])
        nearer = abs(heavy[1]) - abs(ahead[1])
        which = "alike" if abs(nearer) < ALIKE else "nearer" if nearer > 0 else "farther"
        at = [0.0 if abs(each[1]) < SMALL else each[1] for each in (heavy, ahead)]
        said = {
            "heavy": number_words(at[0], 2),
            "ahead": number_words(at[1], 2),
            "which": self.says[which],
        }
        return Drawn(layers, self.says["words"].format(**said))
