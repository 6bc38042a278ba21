"""The noise floor against the learning rate, of the chapter on gradient descent against SGD."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.widgets.batch_explorer import LINE, SAMPLES, line_problem
from sgdlib.widgets.page.base import integer, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["NoiseFloor"]

LOWEST, HIGHEST, POINTS = 0.002, 1.5, 81
TOP, BOTTOM = 1.0, 1e-6


class NoiseFloor(SmallFigure):
    """The noise floor of SGD on the batch explorer's hundred points, drawn with replacement: exact, and by the formula.

    ::

        exact: LinearRegression.noise_floor;    small η: ησ²/(4B)

    Parameters
    ----------
    learning_rate
        η.
    batch_size
        B.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.002 to 1.5, a batch size that is not from 1 to 100.

    Notes
    -----
    Stands in the chapter "Gradient descent against SGD". Source: as ``LinearRegression.noise_floor``.

    Examples
    --------
    >>> NoiseFloor(learning_rate=0.01, batch_size=1).words()
    'The floor lies at 0.00277, 1.01 times ησ²/(4B).'
    """

    learning_rate = number(0.1, LOWEST, HIGHEST)
    batch_size = integer(4, 1, SAMPLES)

    title = "Noise floor"
    controls: ClassVar = (
        {"setting": "learning_rate", "label": "learning rate η", "log": True},
        {"setting": "batch_size", "label": "batch size B", "step": 1},
    )
    panels: ClassVar = (
        {
            "x": {"label": "learning rate η", "low": LOWEST, "high": HIGHEST, "log": True},
            "y": {"label": "excess loss", "low": BOTTOM, "high": TOP, "log": True},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "5 3", "width": 1.2},
                {"kind": "label", "dx": 10, "dy": 12},
                {"kind": "line", "look": "SGD"},
                {"kind": "dots", "marker": "o"},
                {"kind": "label", "look": "SGD", "anchor": "end", "dx": -8, "dy": -6},
            ),
        },
    )
    says: ClassVar = {
        "formula": "ησ²/(4B)",
        "batch": "B = {batch_size}",
        "floor": "The floor lies at {floor}, {times} times ησ²/(4B).",
        "none": "Past SGD's own limit for B = {batch_size}: there is no floor, the mean loss grows without end.",
    }
    known: ClassVar = {
        "SAMPLES": SAMPLES,
        "LINE": LINE,
        "LOWEST": LOWEST,
        "HIGHEST": HIGHEST,
        "POINTS": POINTS,
        "TOP": TOP,
    }

    def drawn(self) -> Drawn:
        """The formula with its name, the exact floor as far as the picture reaches, the present one with its batch."""
        problem, B = line_problem(), self.batch_size
        at_minimum = np.tile(problem.minimum, (SAMPLES, 1))
        pulls = problem.gradient(at_minimum, np.arange(SAMPLES)[:, None])
        slope = (pulls**2).sum(-1).mean() / (4 * B)  # of ησ²/(4B)
        etas = LOWEST * (HIGHEST / LOWEST) ** (np.arange(POINTS) / (POINTS - 1))
        exact = np.array([problem.noise_floor(eta, B) for eta in etas])
        now = problem.noise_floor(self.learning_rate, B)
        shown = now if now <= TOP else np.nan
        ends = np.array([LOWEST, HIGHEST])
        said = {
            "batch_size": B,
            "floor": number_words(now),
            "times": number_words(now / (slope * self.learning_rate)),
        }
        layers = [
            (ends, slope * ends),
            (self.says["formula"], 0.02, slope * 0.02),
            (etas, np.where(exact <= TOP, exact, np.nan)),
            ([self.learning_rate], [shown]),
            (self.says["batch"].format(**said), self.learning_rate, shown),
        ]
        return Drawn(layers, self.says["floor" if np.isfinite(now) else "none"].format(**said))
