"""Nesterov's growing momentum in a bowl, its guarantee and its flow, of the chapter on Nesterov's lookahead."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["GrowingWave"]

END = 20.0
GRID = 200
CLOSE = 0.05


class GrowingWave(SmallFigure):
    """The run with the growing momentum from 1, a step lasting √η, in the bowl of curvature 1.

    ::

        μ_k = (k − 2)/(k + 1), at least 0;    |w_k| ≤ 2 / (√η (k + 1));    in the limit w = 2J₁(t)/t,  t = k√η

    Parameters
    ----------
    learning_rate
        η, at most 1/λ.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.001 to 1.

    Notes
    -----
    Stands in the chapter "Nesterov's lookahead". Source: Su, Boyd and Candès (2016), sections 1 to 3.

    Examples
    --------
    >>> GrowingWave(learning_rate=0.01).words()
    '200 steps until time 20, all within the guarantee, but up to 0.07 off the smooth wave: smaller steps follow it.'
    """

    learning_rate = number(0.05, 0.001, 1.0)

    title = "Momentum that grows"
    controls: ClassVar = ({"setting": "learning_rate", "label": "learning rate η", "log": True},)
    panels: ClassVar = (
        {
            "x": {"label": "time, k√η", "low": 0, "high": END},
            "y": {"label": "position, bottom at 0", "low": -1.2, "high": 1.2},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.4},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.4},
                {"kind": "line", "look": "ink", "width": 1.2},
                {"kind": "dots", "look": "Nesterov", "marker": "^"},
                {"kind": "label", "look": "ink", "dx": 4, "dy": -12},
            ),
        },
    )
    says: ClassVar = {
        "bound": "dotted: guarantee, line: wave",
        "near": "{steps} steps until time 20, all within the guarantee, and only about {off} off the smooth wave.",
        "far": (
            "{steps} steps until time 20, all within the guarantee, but up to {off} off the smooth wave: "
            "smaller steps follow it."
        ),
    }
    known: ClassVar = {"END": END, "GRID": GRID, "CLOSE": CLOSE}

    def drawn(self) -> Drawn:
        """The bottom, the guarantee on both sides, the flow, the run, and a name."""
        eta = self.learning_rate
        steps = int(np.floor(END / np.sqrt(eta) + 1e-9))
        bowl = Quadratic((1.0,))
        w, v, run = np.ones(1), np.zeros(1), [1.0]
        for k in range(1, steps + 1):
            rule = SGD(eta, max(0.0, (k - 2) / (k + 1)), nesterov=True)
            w, (v,) = rule.step(bowl.gradient, w, (v,))
            run.append(w[0])
        time = np.arange(steps + 1) * np.sqrt(eta)
        off = np.abs(run - theory.nesterov_flow(time)).max()
        grid = np.linspace(0, END, GRID + 1)
        most = np.sqrt(2 * theory.nesterov_bound(grid / np.sqrt(eta), eta, 1.0))
        layers = [
            ([0.0, END], [0.0, 0.0]),
            (grid, most),
            (grid, -most),
            (grid, theory.nesterov_flow(grid)),
            (time, run),
            (self.says["bound"], 5.0, np.sqrt(2 * theory.nesterov_bound(5.0 / np.sqrt(eta), eta, 1.0))),
        ]
        said = {"steps": steps, "off": number_words(off, 1)}
        return Drawn(layers, self.says["near" if off <= CLOSE else "far"].format(**said))
