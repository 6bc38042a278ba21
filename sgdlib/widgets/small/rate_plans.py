"""Plans for the learning rate and what comes of them, of the chapters on tuning and on what comes next."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.widgets.page.base import choice, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["RatePlans", "planned"]

STEPS = 400
START = 10.0
WARM = 20  # updates of the warm-up, and those after which 1/t has halved
FIRST = (
    0.1  # what the warm-up starts from, of the peak: at a learning rate of 0 the first update does nothing
)


def planned(schedule: str, peak: float, steps: int = STEPS, warm: int = WARM) -> NDArray:
    """The learning rate of each update, by the sums of ``keras.optimizers.schedules``.

    ::

        "constant"          η₀
        "step"              η₀, from half of the run on η₀/10
        "cosine"            η₀ (1 + cos πs) / 2,    s = k / steps
        "warm-up"           from η₀/10 evenly to η₀, in so many updates; then the cosine over the rest
        "1/t"               η₀ / (1 + k / warm)

    Parameters
    ----------
    schedule
        One of the names above.
    peak
        η₀, the highest learning rate.
    steps
        How many updates the run has.
    warm
        The updates of the warm-up, and those after which 1/t has halved.

    Returns
    -------
    an array of shape (steps,).

    Notes
    -----
    Held to Keras' objects in the chapter "Tuning workshop". Source: Loshchilov and Hutter (2017); Robbins and Monro
    (1951).

    Examples
    --------
    >>> planned("step", 0.5)[[0, 200, 201]]
    array([0.5 , 0.5 , 0.05])
    """
    k = np.arange(steps)
    if schedule == "constant":
        return np.full(steps, float(peak))
    if schedule == "step":
        return np.where(k <= steps / 2, peak, peak / 10)
    if schedule == "1/t":
        return peak / (1 + k / warm)
    first = warm if schedule == "warm-up" else 0
    cosine = peak * (1 + np.cos(np.pi * (k - first) / (steps - first))) / 2
    return np.where(k < first, peak * (FIRST + (1 - FIRST) * k / warm), cosine)


KINDS = {
    "cosine": "cosine",
    "constant": "constant",
    "step": "a step down",
    "warm-up": "warm-up, then a cosine",
    "1/t": "1/t",
}


class RatePlans(SmallFigure):
    """A plan for the learning rate over 400 updates, and the mean loss that comes of it in a noisy well.

    ::

        curvature 1, gradients with noise of variance 1, the start 10 away:
        mean ← mean (1 − η),    variance ← variance (1 − η)² + η²,    mean loss = ½ (mean² + variance)

    Parameters
    ----------
    schedule
        "constant", "step", "cosine", "warm-up" or "1/t".
    peak
        The highest learning rate of the plan.

    Raises
    ------
    traitlets.TraitError
        For another schedule, or a peak that is not from 0.003 to 1.

    Notes
    -----
    Stands in the chapters "Tuning workshop" and "What next". Source: Mandt, Hoffman and Blei (2017), for the noise.

    Examples
    --------
    >>> RatePlans(schedule="cosine", peak=0.1).words()
    'The mean loss ends at 0.0033. With 0.1 kept to the end it would be 0.0263, 7.98 times as much.'
    """

    schedule = choice(*KINDS)
    peak = number(0.5, 0.003, 1.0)

    title = "Schedules"
    controls: ClassVar = (
        {"setting": "schedule", "label": "schedule", "options": KINDS},
        {"setting": "peak", "label": "highest learning rate", "log": True},
    )
    panels: ClassVar = (
        {
            "x": {"label": "update k", "low": 0, "high": STEPS},
            "y": {"label": "learning rate, mean loss", "low": 1e-3, "high": 100, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.2},
                {"kind": "line", "look": "ink"},
                {"kind": "line", "look": "SGD", "width": 2.4},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 14},
                {"kind": "label", "look": "SGD", "anchor": "end", "dx": -4, "dy": 29},
                {"kind": "label", "look": "muted", "anchor": "end", "dx": -4, "dy": 44},
            ),
        },
    )
    says: ClassVar = {
        "rate": "solid: the learning rate",
        "loss": "dotted: the mean loss",
        "floor": "dashed: noise floor of the highest rate",
        "there": "The loss falls to the noise floor of this rate, {floor}, and stays there.",
        "on its way": (
            "After {steps} updates the mean loss is {end}: this rate is too small to reach its noise floor, {floor}."
        ),
        "better": (
            "The mean loss ends at {end}. With {peak} kept to the end it would be {kept}, {times} times as much."
        ),
        "worse": (
            "The mean loss ends at {end}. With {peak} kept to the end it would be less, {kept}: "
            "this plan falls too soon."
        ),
    }
    known: ClassVar = {"STEPS": STEPS, "START": START, "WARM": WARM, "FIRST": FIRST}

    def drawn(self) -> Drawn:
        """The noise floor, the plan, the mean loss, and their names."""
        rates = planned(self.schedule, self.peak)
        loss, kept = (theory.noisy_losses(each, start=START) for each in (rates, np.full(STEPS, self.peak)))
        floor, end = theory.noise_floor(self.peak, 1.0), loss[-1]
        said = {
            "steps": STEPS,
            "peak": number_words(self.peak),
            "floor": number_words(floor),
            "end": number_words(end),
            "kept": number_words(kept[-1]),
            "times": number_words(kept[-1] / end),
        }
        if self.schedule == "constant":
            case = "there" if end < 1.05 * floor else "on its way"
        else:
            case = "better" if end < kept[-1] else "worse"
        layers = [
            ([0, STEPS], [floor, floor]),
            (np.arange(STEPS), rates),
            (np.arange(STEPS + 1), loss),
            *((self.says[name], STEPS, 100) for name in ("rate", "loss", "floor")),
        ]
        return Drawn(layers, self.says[case].format(**said))
