"""Gradient descent and momentum at the learning rate of the reader's choice, of the chapter on the race."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import valley
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure

__all__ = ["OwnSetting"]

STEPS, EVERY = 1600, 4
START = (-5.0, 2.0)
FINISH = 1e-6
LAST = 800  # how far to the right a name may stand
NAMED = ((0.05, 50.0), (1e-4, 8.0))  # at which distances, on the way down or up, the two names stand


class OwnSetting(SmallFigure):
    """The distance to the minimum in the course's valley, for both methods at one learning rate.

    ::

        v ← μ v − η ∇f(w),    w ← w + v,    f(x, y) = 0.1 x² + 2 y²;    gradient descent has μ = 0
        it arrives at the first step after which ‖w‖ stays below 10⁻⁶

    Parameters
    ----------
    learning_rate
        η of both.
    momentum
        μ of momentum.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.03 to 1, a momentum that is not from 0 to 0.98.

    Notes
    -----
    Opens the chapter "The valley, raced fairly".

    Examples
    --------
    >>> OwnSetting(learning_rate=0.05, momentum=0.9).words()
    'Gradient descent arrives after 1535 steps, momentum arrives after 295 steps. Momentum wins.'
    """

    learning_rate = number(0.05, 0.03, 1.0)
    momentum = number(0.9, 0.0, 0.98)

    title = "Own setting"
    controls: ClassVar = (
        {"setting": "learning_rate", "label": "learning rate η of both", "log": True},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "distance to the minimum", "low": 1e-7, "high": 100, "log": True},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "line", "look": "momentum"},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "label", "look": "gradient descent", "dx": 6, "dy": -4},
                {"kind": "label", "look": "momentum", "dx": 6, "dy": -4},
            ),
        },
    )
    says: ClassVar = {
        "arrives": "arrives after {steps} steps",
        "not yet": "is not there after {steps} steps",
        "flies off": "flies off",
        "words": "Gradient descent {plain}, momentum {ball}. {end}",
        "momentum": "Momentum wins.",
        "gradient descent": "Gradient descent wins.",
        "draw": "A draw.",
        "nobody": "Nobody wins.",
    }
    known: ClassVar = {
        "STEPS": STEPS,
        "EVERY": EVERY,
        "START": START,
        "FINISH": FINISH,
        "LAST": LAST,
        "NAMED": NAMED,
    }

    def drawn(self) -> Drawn:
        """The finish; both distances, where they arrive, and their names."""
        k = np.arange(0, STEPS + 1, EVERY)
        run = descend(SGD(self.learning_rate, [0.0, self.momentum]), valley().gradient, START, STEPS)
        away = np.linalg.norm(run.positions, axis=-1)
        there = np.asarray(steps_to_stay_within(run.positions, FINISH), dtype=float)
        there[run.diverged | (there < 0)] = np.inf
        lines, dots, names, told = [], [], [], []
        for i, (name, (low, high)) in enumerate(zip(("gradient descent", "momentum"), NAMED, strict=True)):
            lines.append((k, away[::EVERY, i]))
            dots.append(([there[i]], [FINISH if there[i] < np.inf else np.nan]))
            outside = (away[:, i] < low) | (away[:, i] > high)
            at = min(int(outside.argmax()), LAST) if outside.any() else LAST
            names.append((name, at, min(away[at, i], high)))
            kind = "arrives" if there[i] < np.inf else "flies off" if run.diverged[i] else "not yet"
            steps = int(min(there[i], STEPS))
            told.append(self.says[kind].format(steps=steps))
        layers = [([0, STEPS], [FINISH, FINISH]), *lines, *dots, *names]
        plain, ball = there
        end = "draw" if plain == ball else "momentum" if ball < plain else "gradient descent"
        if plain == ball == np.inf:
            end = "nobody"
        words = self.says["words"].format(plain=told[0], ball=told[1], end=self.says[end])
        return Drawn(layers, words)
