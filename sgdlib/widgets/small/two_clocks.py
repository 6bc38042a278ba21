"""The same two runs against two clocks, of the chapter on gradient descent against SGD."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib.data import batch_gradients
from sgdlib.descent import descend
from sgdlib.optimizer import SGD
from sgdlib.widgets.batch_explorer import LINE, SAMPLES, START, line_problem
from sgdlib.widgets.maths.generator import shuffled_batches
from sgdlib.widgets.page.base import integer
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["TwoClocks"]

LEARNING_RATE, SEED, LONG, SHORT = 0.1, 1, 40, 10
DRAWN = 200  # a curve of more points looks the same
BOTTOM, TOP = 1e-4, 30.0


class TwoClocks(SmallFigure):
    """Gradient descent and SGD with the same learning rate, 0.1, on the batch explorer's hundred points.

    ::

        one epoch: 1 update of gradient descent, ⌈100/B⌉ of SGD;    excess loss ½ ∇f(w)·(w − w*)

    Parameters
    ----------
    batch_size
        B.

    Raises
    ------
    traitlets.TraitError
        For a batch size that is not from 1 to 100.

    Notes
    -----
    Stands in the chapter "Gradient descent against SGD". Source: Bottou, Curtis and Nocedal (2018), section 3.

    Examples
    --------
    >>> TwoClocks(batch_size=100).words()
    'With all samples in the batch, SGD is gradient descent, on either clock.'
    """

    batch_size = integer(5, 1, SAMPLES)

    title = "Two clocks"
    controls: ClassVar = ({"setting": "batch_size", "label": "batch size B", "step": 1},)
    _layers: ClassVar = (
        {"kind": "line", "look": "SGD", "width": 2.2},
        {"kind": "line", "look": "gradient descent"},
        {"kind": "label", "look": "SGD"},
        {"kind": "label", "look": "gradient descent", "anchor": "end"},
    )
    panels: ClassVar = tuple(
        {
            "title": f"Clock: {clock}",
            "x": {"label": clock, "low": 0, "high": LONG},
            "y": {"label": "excess loss", "low": BOTTOM, "high": TOP, "log": True},
            "height": 200,
            "layers": layers,
        }
        for clock, layers in (("updates", _layers), ("epochs", _layers))
    )
    says: ClassVar = {
        "SGD": "SGD",
        "gradient descent": "gradient descent",
        "all": "With all samples in the batch, SGD is gradient descent, on either clock.",
        "words": (
            "After {short} updates SGD is at {sgd_short}, gradient descent at {gd_short}. "
            "After 1 epoch, with {updates} updates against 1, SGD is at {sgd}, gradient descent at {gd}."
        ),
    }
    known: ClassVar = {
        "SAMPLES": SAMPLES,
        "LINE": LINE,
        "START": START,
        "LEARNING_RATE": LEARNING_RATE,
        "SEED": SEED,
        "LONG": LONG,
        "SHORT": SHORT,
        "DRAWN": DRAWN,
        "BOTTOM": BOTTOM,
    }

    def drawn(self) -> Drawn:
        """Both runs against updates, then against epochs, each with its name."""
        updates = -(-SAMPLES // self.batch_size)
        noisy, exact = self._losses(updates)
        k = np.arange(LONG + 1)
        every = max(1, len(noisy) // DRAWN)
        names = [(self.says["SGD"], 1, 2e-4), (self.says["gradient descent"], LONG - 1, 2.0)]
        layers = [
            (k, noisy[: LONG + 1]),
            (k, exact),
            *names,
            (np.arange(len(noisy))[::every] / updates, noisy[::every]),
            (k, exact),
            *names,
        ]
        if self.batch_size == SAMPLES:
            return Drawn(layers, self.says["all"])
        said = {
            "short": SHORT,
            "updates": updates,
            "sgd_short": number_words(noisy[SHORT], 2),
            "gd_short": number_words(exact[SHORT], 2),
            "sgd": number_words(noisy[updates], 2),
            "gd": number_words(exact[1], 2),
        }
        return Drawn(layers, self.says["words"].format(**said))

    def _losses(self, updates: int) -> tuple[NDArray, NDArray]:
        """The excess losses of SGD and of gradient descent over the epochs."""
        problem, rule = line_problem(), SGD(LEARNING_RATE)
        batches = shuffled_batches(SEED, SAMPLES, self.batch_size, LONG)
        runs = (
            descend(rule, batch_gradients(problem, batches), START, LONG * updates),
            descend(rule, problem.gradient, START, LONG),
        )
        return tuple(
            0.5 * (problem.gradient(run.positions) * (run.positions - problem.minimum)).sum(-1)
            for run in runs
        )
