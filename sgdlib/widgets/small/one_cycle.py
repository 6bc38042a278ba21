"""One cycle of the learning rate up and down, and of the momentum down and up, of the chapter on the run in Keras."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["OneCycle"]

STEPS, PEAK, FIRST, HIGHEST = 500, 0.1, 0.1, 0.95


class OneCycle(SmallFigure):
    """The learning rate, the momentum and the effective learning rate of a run of one cycle.

    ::

        η: from a tenth of 0.1 up to 0.1, then down to 0;    μ: from 0.95 down to its lowest, then up again

    Parameters
    ----------
    lowest
        The momentum at the peak of the learning rate.
    rise
        The share of the run before the peak.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0.5 to 0.95, a share that is not from 0.1 to 0.9.

    Notes
    -----
    Stands in the chapter "A run in Keras: stop, change, go on". Source: Smith (2018), section 4.

    Examples
    --------
    >>> OneCycle(lowest=0.85, rise=0.3).words()
    'Up to update 150 the learning rate rises 10-fold, the effective learning rate η/(1 − μ) 3.33-fold.'
    """

    lowest = number(0.85, 0.5, HIGHEST)
    rise = number(0.3, 0.1, 0.9)

    title = "One cycle"
    controls: ClassVar = (
        {"setting": "lowest", "label": "lowest momentum", "step": 0.01},
        {"setting": "rise", "label": "share of the run that rises", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "update k", "low": 0, "high": STEPS},
            "y": {"label": "η, μ, η/(1 − μ)", "low": 1e-3, "high": 100, "log": True},
            "layers": (
                {"kind": "line", "look": "momentum", "dash": "10 3"},
                {"kind": "line", "look": "ink"},
                {"kind": "line", "look": "SGD", "dash": "2 2.4", "width": 2.4},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 14},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": -4, "dy": 29},
                {"kind": "label", "look": "SGD", "anchor": "end", "dx": -4, "dy": 44},
            ),
        },
    )
    says: ClassVar = {
        "rate": "solid: the learning rate η",
        "momentum": "dashed: the momentum μ",
        "effective": "dotted: η/(1 − μ)",
        "words": (
            "Up to update {top} the learning rate rises {rate}-fold, "
            "the effective learning rate η/(1 − μ) {effective}-fold."
        ),
    }
    known: ClassVar = {"STEPS": STEPS, "PEAK": PEAK, "FIRST": FIRST, "HIGHEST": HIGHEST}

    def drawn(self) -> Drawn:
        """Momentum, rate, effective rate, and their names."""
        k, top = np.arange(STEPS + 1), self.rise * STEPS
        up, down = k / top, (STEPS - k) / (STEPS - top)
        rates = PEAK * np.where(k < top, FIRST + (1 - FIRST) * up, down)
        momenta = HIGHEST - (HIGHEST - self.lowest) * np.where(k < top, up, down)
        effective = theory.effective_learning_rate(rates, momenta)
        peak = theory.effective_learning_rate(PEAK, self.lowest)
        said = {
            "top": number_words(top),
            "rate": number_words(1 / FIRST),
            "effective": number_words(peak / effective[0]),
        }
        layers = [
            (k, momenta),
            (k, rates),
            (k, effective),
            *((self.says[name], STEPS, 100) for name in ("rate", "momentum", "effective")),
        ]
        return Drawn(layers, self.says["words"].format(**said))
