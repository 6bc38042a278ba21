"""A velocity that is late when the learning rate changes, of the tuning workshop."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import SGD, descend
from sgdlib.widgets.page.base import choice, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["LateVelocity"]

STEPS = 200
DROP, TOP = 100, 60  # the last step before the drop; the end of the warm-up
FIRST = 0.1  # what the warm-up starts from, of the highest rate
KINDS = {"drop": "a drop to a tenth", "warm-up": "warm-up, then a cosine"}


class LateVelocity(SmallFigure):
    """The speed on a constant slope while the learning rate changes, in units of that which the highest rate reaches.

    ::

        vₖ = μvₖ₋₁ − ηₖg;    shown: ηₖ and |vₖ| (1 − μ) / g, both over the highest η

    Parameters
    ----------
    schedule
        "drop", to a tenth after step 100, or "warm-up", from a tenth in 60 steps, with a cosine behind it.
    momentum
        μ.

    Raises
    ------
    traitlets.TraitError
        For another schedule, or a momentum that is not from 0 to 0.98.

    Notes
    -----
    Stands in the chapter "Tuning workshop". Source: the rule of Keras' ``SGD``.

    Examples
    --------
    >>> LateVelocity(schedule="warm-up", momentum=0.9).words()
    'The learning rate is highest at step 60, the speed at step 77.'
    """

    schedule = choice(*KINDS)
    momentum = number(0.9, 0.0, 0.98)

    title = "Late velocity"
    controls: ClassVar = (
        {"setting": "schedule", "label": "schedule", "options": KINDS},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "share of the highest", "low": 0, "high": 1.4},
            "layers": (
                {"kind": "line", "look": "ink", "width": 1.4},
                {"kind": "line", "look": "momentum"},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 13},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": -4, "dy": 28},
            ),
        },
    )
    says: ClassVar = {
        "rate": "solid: the learning rate",
        "speed": "dashed: the speed",
        "soon": (
            "The first step after the drop is {next} of the one before it; "
            "with step {late} the speed is within a tenth of its new pace."
        ),
        "late": (
            "The first step after the drop is {next} of the one before it; "
            "{late} steps later the speed is not yet within a tenth of its new pace."
        ),
        "warm-up": "The learning rate is highest at step {top}, the speed at step {peak}.",
    }
    known: ClassVar = {"STEPS": STEPS, "DROP": DROP, "TOP": TOP, "FIRST": FIRST}

    def drawn(self) -> Drawn:
        """The plan, the speed, and names."""
        k, rates = np.arange(STEPS + 1), rates_of(self.schedule)
        pushes = [lambda w, rate=rate: np.full_like(w, rate) for rate in rates]
        run = descend(SGD(1.0, self.momentum), pushes, [0.0], STEPS + 1)
        speed = -run.velocities[1:, 0] * (1 - self.momentum)
        after = (speed[DROP + 1 :] <= 0.11).tolist()
        said = {
            "next": number_words(speed[DROP + 1] / speed[DROP]),
            "late": after.index(True) + 1 if True in after else STEPS - DROP,
            "top": TOP,
            "peak": int(speed.argmax()),
        }
        case = ("soon" if True in after else "late") if self.schedule == "drop" else "warm-up"
        labels = [(self.says[name], STEPS, 1.4) for name in ("rate", "speed")]
        return Drawn([(k, rates), (k, speed), *labels], self.says[case].format(**said))


def rates_of(schedule: str) -> NDArray:
    """The learning rate of steps 0 to 200 over the highest one.

    Parameters
    ----------
    schedule
        "drop" or "warm-up".

    Notes
    -----
    Held to Keras' ``CosineDecay`` in the chapter "Tuning workshop".

    Examples
    --------
    >>> rates_of("drop")[[100, 101]], rates_of("warm-up")[[30, 60, 200]]
    (array([1. , 0.1]), array([0.55, 1.  , 0.  ]))
    """
    k = np.arange(STEPS + 1)
    if schedule == "drop":
        return np.where(k <= DROP, 1.0, 0.1)
    return np.where(
        k < TOP, FIRST + (1 - FIRST) * k / TOP, (1 + np.cos(np.pi * (k - TOP) / (STEPS - TOP))) / 2
    )
