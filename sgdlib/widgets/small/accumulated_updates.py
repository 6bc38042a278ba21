"""Which batches make an update, and at which rate, of the chapter on what happens inside one update."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib.widgets.page.base import integer
from sgdlib.widgets.page.small import Drawn, SmallFigure

__all__ = ["AccumulatedUpdates"]

EPOCHS = 3
MOST = 16  # batches in an epoch


class AccumulatedUpdates(SmallFigure):
    """A cosine over three epochs under gradient accumulation: the rate of each update, by what decay_steps counts.

    ::

        every n batches one update, with the mean of their gradients; the rate of batch k is schedule(k − 1)
        schedule(s) = ½ (1 + cos(π min(s / decay_steps, 1)))

    Parameters
    ----------
    accumulation
        n, Keras' ``gradient_accumulation_steps``.
    batches
        Batches in an epoch.

    Raises
    ------
    traitlets.TraitError
        For an accumulation that is not from 1 to 8, or batches that are not from 4 to 16.

    Notes
    -----
    Stands in the chapter "Inside a real update". Source: Keras 3.15, ``keras.optimizers.Optimizer``, whose schedules
    read the count of batches.

    Examples
    --------
    >>> AccumulatedUpdates(accumulation=4, batches=10).words().partition(". ")[0]
    '30 batches make 7 updates; 2 batches of the first epoch wait for the second'
    """

    accumulation = integer(4, 1, 8)
    batches = integer(10, 4, MOST)

    title = "Accumulated updates"
    controls: ClassVar = (
        {"setting": "accumulation", "label": "gradient_accumulation_steps", "step": 1},
        {"setting": "batches", "label": "batches in an epoch", "step": 1},
    )
    panels: ClassVar = (
        {
            "x": {"label": "batch", "low": 0, "high": EPOCHS * MOST},
            "y": {"label": "learning rate", "low": -0.05, "high": 1.15},
            "layers": (
                *({"kind": "line", "look": "muted", "width": 1} for _ in range(EPOCHS)),
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "SGD", "width": 1.2},
                {"kind": "dots", "look": "ink", "marker": "o"},
                {"kind": "dots", "look": "SGD", "marker": "D"},
                {"kind": "label", "look": "muted", "anchor": "end", "dx": -4, "dy": 12},
                {"kind": "label", "look": "SGD", "dx": 10, "dy": -8},
                {"kind": "label", "look": "ink", "dx": 8, "dy": -8},
            ),
        },
    )
    says: ClassVar = {
        "epoch": "epoch ends",
        "right": "decay_steps = batches",
        "wrong": "= updates",
        "one": "Every batch is an update, {batches} in all: decay_steps={batches} counts both.",
        "acts": (
            "{batches} batches make {made}; {rest}. With decay_steps={updates}, updates with a rate of 0: {dead}."
        ),
        "one update": "1 update",
        "updates": "{updates} updates",
        "none": "the last batch of each epoch is one",
        "waits": "1 batch of the first epoch waits for the second",
        "wait": "{count} batches of the first epoch wait for the second",
    }
    known: ClassVar = {"EPOCHS": EPOCHS}

    def drawn(self) -> Drawn:
        """The epochs' ends, both schedules, both rates of each update, the names."""
        n, total = self.accumulation, EPOCHS * self.batches
        at = np.arange(n, total + 1, n)
        k = np.arange(1, total + 1)
        right, wrong = _cosine(k - 1, total), _cosine(k - 1, len(at))
        middle = total // 2
        layers = [
            *(([self.batches * e] * 2, [-0.05, 1.15]) for e in range(1, EPOCHS + 1)),
            (k, wrong),
            (k, right),
            (at, wrong[at - 1]),
            (at, right[at - 1]),
            (self.says["epoch"], self.batches * EPOCHS, 1.15),
            (self.says["right"], middle, right[middle - 1]),
            (self.says["wrong"] if n > 1 else "", middle, wrong[middle - 1]),
        ]
        if n == 1:
            return Drawn(layers, self.says["one"].format(batches=total))
        left = self.batches % n
        rest = self.says["none" if left == 0 else "waits" if left == 1 else "wait"].format(count=left)
        dead = int((at - 1 >= len(at)).sum())
        made = self.says["one update" if len(at) == 1 else "updates"].format(updates=len(at))
        said = {"batches": total, "made": made, "updates": len(at), "dead": dead, "rest": rest}
        return Drawn(layers, self.says["acts"].format(**said))


def _cosine(step: NDArray, decay_steps: int) -> NDArray:
    """Keras' CosineDecay from 1 to 0."""
    return 0.5 * (1 + np.cos(np.pi * np.minimum(step / decay_steps, 1)))
