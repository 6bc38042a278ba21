"""Shuffling against drawing with replacement, of the chapter on gradient descent against SGD."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import integer, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["ShuffleOrDraw"]


class ShuffleOrDraw(SmallFigure):
    """The mean loss of SGD through an epoch of shuffled batches, in units of the floor of drawing with replacement.

    ::

        V_k / V    V_k: the variance of w after k of the n updates of an epoch; V = ηs / (λ(2 − ηλ))

    Along one direction, with noise that is the same everywhere, and batches of equal size.

    Parameters
    ----------
    a
        ηλ, the learning rate times the curvature.
    updates
        n, the batches of an epoch.

    Raises
    ------
    traitlets.TraitError
        For an ηλ that is not from 0.002 to 1, a number of batches that is not from 2 to 200.

    Notes
    -----
    Stands in the chapter "Gradient descent against SGD", where Keras shuffles. Source: as ``theory.shuffled_share``.

    Examples
    --------
    >>> ShuffleOrDraw(a=0.04, updates=32).words()
    'A kick fades over 1/(ηλ) = 25 updates, an epoch has 32. Shuffled, the loss is on average 0.323 of the floor.'
    """

    a = number(0.04, 0.002, 1.0)
    updates = integer(32, 2, 200)

    title = "Shuffle or draw"
    controls: ClassVar = (
        {"setting": "a", "label": "step ηλ", "log": True},
        {"setting": "updates", "label": "batches in an epoch", "step": 1},
    )
    panels: ClassVar = (
        {
            "x": {"label": "share of the epoch", "low": 0.0, "high": 1.0},
            "y": {"label": "mean loss / floor", "low": 0.0, "high": 1.25},
            "layers": (
                {"kind": "line", "look": "ink", "dash": "5 3", "width": 1.4},
                {"kind": "label", "dx": -4, "dy": -6, "anchor": "end"},
                {"kind": "line", "look": "SGD"},
                {"kind": "dots", "look": "SGD", "marker": "D"},
                {"kind": "label", "look": "SGD", "anchor": "middle", "dy": -8},
            ),
        },
    )
    says: ClassVar = {
        "drawn": "drawn with replacement",
        "shuffled": "shuffled",
        "words": (
            "A kick fades over 1/(ηλ) = {memory} updates, an epoch has {updates}. "
            "Shuffled, the loss is on average {share} of the floor."
        ),
    }

    def drawn(self) -> Drawn:
        """The floor of drawing, the loss after every update of an epoch, its ends, and the names of the two."""
        n = self.updates
        k = np.arange(n + 1)
        share = theory.shuffled_share(k, self.a, n)
        layers = [
            ([0, 1], [1, 1]),
            (self.says["drawn"], 1, 1),
            (k / n, share),
            ([0, 1], share[[0, -1]]),
            (self.says["shuffled"], 0.5, share[n // 2]),
        ]
        said = {
            "memory": number_words(1 / self.a),
            "updates": n,
            "share": number_words(share[1:].mean()),
        }
        return Drawn(layers, self.says["words"].format(**said))
