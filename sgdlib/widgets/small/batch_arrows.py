"""The arrows of batches around that of all samples, of the chapter on gradient descent against SGD."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.widgets.batch_explorer import LINE, SAMPLES, line_problem
from sgdlib.widgets.maths.generator import random_batches
from sgdlib.widgets.page.base import integer, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["BatchArrows"]

BATCHES, SEED, START = 50, 3, (-0.5, -0.3)


class BatchArrows(SmallFigure):
    """Where fifty batches of the batch explorer's hundred points want to go, and where all the points together want to.

    ::

        −g_B(w) and −∇f(w)    at w = w* + r (start − w*);    B samples drawn with replacement, off by σ/√B

    Parameters
    ----------
    batch_size
        B.
    remaining
        r, the share of the way to the minimum that is still to go.

    Raises
    ------
    traitlets.TraitError
        For a batch size that is not from 1 to 100, a share that is not from 0 to 1.

    Notes
    -----
    Stands in the chapter "Gradient descent against SGD". Source: Bottou, Curtis and Nocedal (2018), section 3.

    Examples
    --------
    >>> BatchArrows(batch_size=25, remaining=0).words()
    'At the minimum the exact arrow has no length. Batches of 25 still pull: typically by 0.209.'
    """

    batch_size = integer(1, 1, SAMPLES)
    remaining = number(1.0, 0.0, 1.0)

    title = "Arrows of batches"
    controls: ClassVar = (
        {"setting": "batch_size", "label": "batch size B", "step": 1},
        {"setting": "remaining", "label": "way still to go", "step": 0.05},
    )
    panels: ClassVar = (
        {
            "x": {"label": "change of the intercept", "low": -3.0, "high": 5.0},
            "y": {"label": "change of the slope", "low": -3.0, "high": 8.0},
            "height": 240,
            "layers": (
                {"kind": "line", "look": "SGD", "width": 0.7},
                {"kind": "dots", "look": "SGD", "marker": "D"},
                {"kind": "arrow", "look": "ink", "width": 3.4},
                {"kind": "label", "dx": 10, "dy": 12},
            ),
        },
    )
    says: ClassVar = {
        "all": "all samples",
        "off": (
            "The exact arrow is {size} long. Batches of {batch_size} miss its tip typically by {off}; "
            "{uphill} of {batches} lead uphill."
        ),
        "minimum": (
            "At the minimum the exact arrow has no length. Batches of {batch_size} still pull: "
            "typically by {off}."
        ),
    }
    known: ClassVar = {
        "SAMPLES": SAMPLES,
        "LINE": LINE,
        "START": START,
        "BATCHES": BATCHES,
        "SEED": SEED,
    }

    def drawn(self) -> Drawn:
        """A line from 0 to the tip of each batch, the tips, the exact arrow with its name."""
        problem, B = line_problem(), self.batch_size
        w = problem.minimum + self.remaining * (START - problem.minimum)
        down = -problem.gradient(np.tile(w, (SAMPLES, 1)), np.arange(SAMPLES)[:, None])  # of each sample
        exact = down.mean(0) if self.remaining else np.zeros(2)
        rows = random_batches(
            SEED, SAMPLES, SAMPLES, BATCHES
        )  # a smaller batch is the first part of a larger one
        tips = down[rows[:, :B]].mean(1).T
        rays = np.stack([np.zeros_like(tips), tips, np.full_like(tips, np.nan)], -1).reshape(2, -1)
        size = np.hypot(*exact)
        said = {
            "batch_size": B,
            "batches": BATCHES,
            "size": number_words(size),
            "off": number_words(np.sqrt(((down - down.mean(0)) ** 2).sum(-1).mean() / B)),
            "uphill": int((exact @ tips < 0).sum()),
        }
        name = self.says["all"] if self.remaining else ""
        layers = [rays, tips, (0.0, 0.0, *exact), (name, *exact)]
        return Drawn(layers, self.says["off" if self.remaining else "minimum"].format(**said))
