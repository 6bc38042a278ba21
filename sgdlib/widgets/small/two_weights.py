"""Where a network of two weights comes to rest, of the chapter on the edge of stability."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.descent import descend
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["TwoWeights"]

STEPS = 60
START = (3.0, 0.0)
NEAR = (1.0, 0.5)  # where the search for the sharpest direction begins


class TwoWeights(SmallFigure):
    """The curvature along a run of gradient descent in the smallest network, one weight after another.

    ::

        f(u, v) = ½ (uv − 1)²,    L the largest curvature at (u, v),    the limit 2/η

    Parameters
    ----------
    learning_rate
        η.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.05 to 0.5.

    Notes
    -----
    Opens the chapter "The edge of stability". Source: Cohen et al. (2021), section 2, on the limit.

    Examples
    --------
    >>> TwoWeights(learning_rate=0.1).words()
    'The limit 2/η is 20. L stays below it, and the run ends where L is 9.13.'
    >>> TwoWeights(learning_rate=0.25).words()
    'The limit 2/η is 8, and L begins above it, at 9.11. The run swings, and ends where L is 5.65.'
    """

    learning_rate = number(0.25, 0.05, 0.5)

    title = "Two weights"
    controls: ClassVar = ({"setting": "learning_rate", "label": "learning rate η", "log": True},)
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "curvature L at the weights", "low": 0, "high": 16},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.4},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": -6},
                {"kind": "line", "look": "gradient descent"},
                {"kind": "dots", "look": "gradient descent"},
            ),
        },
    )
    says: ClassVar = {
        "limit": "the limit 2/η",
        "below": "The limit 2/η is {limit}. L stays below it, and the run ends where L is {end}.",
        "above": (
            "The limit 2/η is {limit}, and L {begins} {first}. The run swings, and ends where L is {end}."
        ),
        "begins": "begins above it, at",
        "climbs": "climbs above it, to",
        "lost": "The limit 2/η is {limit}, L begins at {first}: far too high, and the run flies off.",
    }
    known: ClassVar = {"STEPS": STEPS, "START": START, "NEAR": NEAR}

    def drawn(self) -> Drawn:
        """The limit with its name; L at every step, and at the end."""
        limit = theory.stability_limit() / self.learning_rate
        run = descend(SGD(self.learning_rate), _gradient, START, STEPS)
        u, v = run.positions.T

        def hessian_vector_product(vector: NDArray) -> NDArray:
            x, y = vector.T
            mixed = 2 * u * v - 1
            return np.stack([v * v * x + mixed * y, mixed * x + u * u * y], axis=-1)

        start = np.broadcast_to(NEAR, run.positions.shape)
        curvature = theory.sharpest(hessian_vector_product, start, 1e-12).curvature
        k = np.arange(STEPS + 1)
        shown = np.where((run.diverged_at < 0) | (k < run.diverged_at), curvature, np.nan)
        layers = [
            ([0, STEPS], [limit, limit]),
            (self.says["limit"], STEPS, limit),
            (k, shown),
            ([STEPS], [shown[-1]]),
        ]
        first, end, most = shown[0], shown[-1], shown.max()
        said = {"limit": number_words(limit), "first": number_words(first), "end": number_words(end)}
        if run.diverged:
            return Drawn(layers, self.says["lost"].format(**said))
        if most <= limit:
            return Drawn(layers, self.says["below"].format(**said))
        begins = self.says["begins" if first > limit else "climbs"]
        said["first"] = number_words(first if first > limit else most)
        return Drawn(layers, self.says["above"].format(begins=begins, **said))


def _gradient(weights: NDArray) -> NDArray:
    u, v = weights[..., 0], weights[..., 1]
    wrong = u * v - 1
    return np.stack([wrong * v, wrong * u], axis=-1)
