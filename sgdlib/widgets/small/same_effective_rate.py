"""Two runs with one effective learning rate, of the tuning workshop."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import SGD, descend, theory
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["SameEffectiveRate"]

CURVATURES = (1.0, 0.1, 0.01)
VARIANCE = 0.01
STEPS = 200
ALIKE = 0.1  # how far apart two losses may be and be called alike


class SameEffectiveRate(SmallFigure):
    """The mean loss of a run with momentum, and of plain SGD at its effective learning rate, on a noisy bowl.

    ::

        plain SGD at E = η/(1 − μ), momentum μ at η = E(1 − μ);    curvatures 1, 0.1 and 0.01, from w = (1, 1, 1)
        mean loss = Σ ½λ (wₖ² + s Σⱼ hⱼ²)    wₖ: the run without noise; hⱼ: what is left of one kick after j steps

    Parameters
    ----------
    momentum
        μ of the one run; the other has none.
    effective
        E, the effective learning rate of both.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 0.99, an effective rate that is not from 0.01 to 4.

    Notes
    -----
    Stands in the chapter "Tuning workshop". Source: Smith and Le (2018), for the effective learning rate.

    Examples
    --------
    >>> SameEffectiveRate(momentum=0.9, effective=0.1).words()
    'η = 0.01 with μ = 0.9, and η = 0.1 without: after 200 steps the losses are 2.9 % apart.'
    """

    momentum = number(0.9, 0.0, 0.99)
    effective = number(0.1, 0.01, 4.0)

    title = "Same effective learning rate"
    controls: ClassVar = (
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
        {"setting": "effective", "label": "η/(1 − μ) of both", "log": True},
    )
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "mean loss", "low": 1e-3, "high": 10, "log": True},
            "layers": (
                {"kind": "line", "look": "SGD"},
                {"kind": "line", "look": "momentum"},
                {"kind": "label", "look": "SGD", "dx": 6, "dy": 12},
                {"kind": "label", "look": "momentum", "dx": 6, "dy": 26},
            ),
        },
    )
    says: ClassVar = {
        "plain": "dotted: μ = 0, η = {plain}",
        "heavy": "dashed: μ = {mu}, η = {eta}",
        "none": "Without momentum the two are one run. Now raise the momentum: η/(1 − μ) stays.",
        "both": (
            "Neither η = {plain} without momentum nor η = {eta} with μ = {mu} is below its limit: both diverge."
        ),
        "plain lost": (
            "η = {plain} is not below the limit 2 of plain SGD: it diverges. "
            "With μ = {mu} it is η = {eta}, and that run goes on."
        ),
        "alike": (
            "η = {eta} with μ = {mu}, and η = {plain} without: after {steps} steps the losses are {apart} % apart."
        ),
        "apart": (
            "η = {eta} with μ = {mu}, and η = {plain} without: after {steps} steps the loss with momentum is "
            "{times} times the other. They part."
        ),
    }
    known: ClassVar = {"CURVATURES": CURVATURES, "VARIANCE": VARIANCE, "STEPS": STEPS, "ALIKE": ALIKE}

    def drawn(self) -> Drawn:
        """The two mean losses with their names."""
        eta = self.effective * (1 - self.momentum)
        plain, heavy = _mean_loss(SGD(self.effective)), _mean_loss(SGD(eta, self.momentum))
        k, times = np.arange(STEPS + 1), heavy[-1] / plain[-1]
        said = {
            "mu": number_words(self.momentum),
            "eta": number_words(eta),
            "plain": number_words(self.effective),
            "steps": STEPS,
            "apart": number_words(100 * abs(times - 1), 2),
            "times": number_words(times),
        }
        steep = max(CURVATURES)
        lost = self.effective * steep >= theory.stability_limit()
        if self.momentum == 0:
            case = "none"
        elif lost:
            case = "both" if eta * steep >= theory.stability_limit(self.momentum) else "plain lost"
        else:
            case = "alike" if abs(times - 1) <= ALIKE else "apart"
        labels = [(self.says[each].format(**said), 0, 10) for each in ("plain", "heavy")]
        return Drawn([(k, plain), (k, heavy), *labels], self.says[case].format(**said))


def _mean_loss(rule: SGD) -> NDArray:
    """The rule is linear here: its mean runs without noise, and the kicks of the noise fade each on their own."""
    bowl, zero = Quadratic(CURVATURES), np.zeros(len(CURVATURES))
    mean = descend(rule, bowl.gradient, zero + 1, STEPS).positions
    kicked = [lambda w: zero + 1, *[bowl.gradient] * (STEPS - 1)]
    left = descend(rule, kicked, zero, STEPS).positions
    variance = VARIANCE * np.cumsum(left**2, axis=0)
    return 0.5 * ((mean**2 + variance) * CURVATURES).sum(-1)
