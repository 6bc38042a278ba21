"""An average of the weights against a lower learning rate, of the chapter on what happens inside one update."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["AveragedWeights"]

CURVATURES = (1.0, 0.05)
STARTS = (1.0, 4.0)
UPDATES, EVERY = 3000, 15
HALVINGS = 60
NAMED = (900, 1500, 1200)  # the updates at which the names stand: of the run, its average, the lower rate


class AveragedWeights(SmallFigure):
    """The mean loss of SGD in a noisy bowl, of the average of its weights, and of SGD with a lower learning rate.

    ::

        w ← w − η(λw + noise),    w̄ ← m w̄ + (1 − m) w,    noise of variance λ, as in a linear regression
        Σ ½λ E[w²] and Σ ½λ E[w̄²], by the recursion of E[w²], E[w w̄], E[w̄²]; curvatures 1 and 0.05
        the lower learning rate has the floor of the average

    Parameters
    ----------
    learning_rate
        η of the run that is averaged.
    ema_momentum
        m, the share of the average that is kept at each update.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.02 to 1, an ema_momentum that is not from 0.5 to 0.998.

    Notes
    -----
    Stands in the chapter "Inside a real update". Source: Polyak and Juditsky (1992), for the average.

    Examples
    --------
    >>> AveragedWeights(learning_rate=0.1, ema_momentum=0.99).words().partition(". ")[0]
    'The average settles 8.81 times below its run, and is within twice its floor after 617 updates'
    """

    learning_rate = number(0.1, 0.02, 1.0)
    ema_momentum = number(0.99, 0.5, 0.998)

    title = "Averaged weights"
    controls: ClassVar = (
        {"setting": "learning_rate", "label": "learning rate η", "log": True},
        {"setting": "ema_momentum", "label": "ema_momentum", "step": 0.002},
    )
    panels: ClassVar = (
        {
            "x": {"label": "update", "low": 0, "high": UPDATES},
            "y": {"label": "mean loss", "low": 1e-4, "high": 1, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.6},
                {"kind": "line", "look": "SGD", "width": 1.4},
                {"kind": "line", "look": "ink", "width": 2},
                {"kind": "label", "look": "SGD", "dy": -7},
                {"kind": "label", "look": "ink", "dy": 16},
                {"kind": "label", "look": "muted", "dy": -9},
            ),
        },
    )
    says: ClassVar = {
        "run": "η = {eta}",
        "average": "its average",
        "lower": "η = {lower}",
        "words": (
            "The average settles {times} times below its run, and is within twice its floor {soon}. "
            "A learning rate of {lower} has that floor, too, and is within twice of it {late}."
        ),
        "after": "after {count} updates",
        "never": "only after more than {count} updates",
    }
    known: ClassVar = {
        "CURVATURES": CURVATURES,
        "STARTS": STARTS,
        "UPDATES": UPDATES,
        "EVERY": EVERY,
        "HALVINGS": HALVINGS,
        "NAMED": NAMED,
    }

    def drawn(self) -> Drawn:
        """The lower rate, the run, its average, the names."""
        eta, m = self.learning_rate, self.ema_momentum
        floor = _floor(eta, m)
        lower = _rate_with(floor, eta)
        run, average = _losses(eta, m)
        slow, _ = _losses(lower, m)
        k = np.arange(0, UPDATES + 1, EVERY)
        of_run, of_average, of_slow = NAMED
        said = {
            "eta": number_words(eta),
            "lower": number_words(lower),
            "times": number_words(_floor(eta, 0.0) / floor),
            "soon": self._after(average, floor),
            "late": self._after(slow, floor),
        }
        layers = [
            (k, slow[k]),
            (k, run[k]),
            (k, average[k]),
            (self.says["run"].format(**said), of_run, run[of_run]),
            (self.says["average"], of_average, average[of_average]),
            (self.says["lower"].format(**said), of_slow, slow[of_slow]),
        ]
        return Drawn(layers, self.says["words"].format(**said))

    def _after(self, losses: NDArray, floor: float) -> str:
        reached = np.flatnonzero(losses <= 2 * floor)
        if len(reached):
            return self.says["after"].format(count=int(reached[0]))
        return self.says["never"].format(count=UPDATES)


def _losses(eta: float, m: float) -> tuple[NDArray, NDArray]:
    """The mean loss of the weights and of their average, at the start and after each update."""
    run, average = np.zeros(UPDATES + 1), np.zeros(UPDATES + 1)
    for curvature, start in zip(CURVATURES, STARTS, strict=True):
        keep, kick = 1 - eta * curvature, eta * eta * curvature
        ww = wa = aa = start * start
        for k in range(UPDATES + 1):
            run[k] += 0.5 * curvature * ww
            average[k] += 0.5 * curvature * aa
            share = m if k else 0.0  # the first average is the first weight, as in Keras
            ww = keep * keep * ww + kick
            aa = share * share * aa + 2 * share * (1 - share) * keep * wa + (1 - share) ** 2 * ww
            wa = share * keep * wa + (1 - share) * ww
    return run, average


def _floor(eta: float, m: float) -> float:
    """Where the loss of the average settles; with m = 0 that of the weights."""
    floor = 0.0
    for curvature in CURVATURES:
        keep = 1 - eta * curvature
        smoothed = (1 - m) / (1 + m) * (1 + m * keep) / (1 - m * keep)
        floor += 0.5 * curvature * eta / (2 - eta * curvature) * smoothed
    return floor


def _rate_with(floor: float, most: float) -> float:
    """The learning rate that has this floor, without an average."""
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _floor(middle, 0.0) < floor else (low, middle)
    return high
