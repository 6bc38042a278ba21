"""One well, with too much friction, too little, and the right one, of the chapter on momentum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["Damping"]

LEARNING_RATE = 0.01  # the curvature is 1, so this is a = ηλ
STEPS = 150
MOST = 1000  # steps taken for the words
NEAR = 0.01
SEEN = 0.001  # a swing past the bottom that a picture could show


class Damping(SmallFigure):
    """A run of momentum down one well from 1, beside the run that is damped critically.

    ::

        f(w) = ½ w²,    η = 0.01,    critical: μ = (1 − √η)² = 0.81

    Parameters
    ----------
    momentum
        μ, the share of the velocity that is kept.

    Raises
    ------
    traitlets.TraitError
        For a momentum that is not from 0 to 1.

    Notes
    -----
    Stands in the chapter "Momentum as friction". Source: Qian (1999), section 3.

    Examples
    --------
    >>> Damping(momentum=1).words()
    'The ball swings out to −1 and never comes to rest.'
    """

    momentum = number(0.9, 0.0, 1.0)

    title = "One ball in one well"
    controls: ClassVar = ({"setting": "momentum", "label": "momentum μ", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "position, bottom at 0", "low": -1.1, "high": 1.1},
            "height": 230,
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.4},
                {"kind": "line", "look": "momentum"},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 0},
                {"kind": "dots", "look": "momentum", "marker": "s"},
            ),
        },
    )
    says: ClassVar = {
        "right": "dotted: μ = {critical}",
        "zero": (
            "Momentum 0 is gradient descent: the ball creeps in, and stays within {near} from step {steps}."
        ),
        "over": ("The ball creeps in, and stays within {near} from step {steps}."),
        "critical": (
            "Just right, the fastest way in the long run: the ball stays within {near} from step {steps}."
        ),
        "under": ("The ball swings past the bottom to {past}, and stays within {near} {when}."),
        "unseen": ("The ball swings past the bottom, too little to see, and stays within {near} {when}."),
        "one": ("The ball swings out to {past} and never comes to rest."),
        "from": "from step {steps}",
        "not": "only after step {most}",
    }
    known: ClassVar = {
        "LEARNING_RATE": LEARNING_RATE,
        "STEPS": STEPS,
        "MOST": MOST,
        "NEAR": NEAR,
        "SEEN": SEEN,
    }

    def drawn(self) -> Drawn:
        """The bottom, the critical run with its name, the run, and where it is farthest past the bottom."""
        critical = theory.critical_momentum(LEARNING_RATE)
        well = Quadratic((1.0,))
        runs = descend(SGD(LEARNING_RATE, [critical, self.momentum]), well.gradient, [1.0], MOST).positions
        best, run = runs[:, 0, 0], runs[:, 1, 0]
        k = np.arange(STEPS + 1)
        lowest = int(np.argmin(run))
        swung = run[lowest] < -SEEN and lowest <= STEPS
        steps = int(steps_to_stay_within(run[:, None], NEAR))
        word = theory.regime(LEARNING_RATE, self.momentum)
        when = "not" if steps < 0 else "from"
        said = {
            "critical": number_words(critical),
            "near": number_words(NEAR),
            "past": number_words(run[lowest]),
            "steps": steps,
            "most": MOST,
        }
        said["when"] = self.says[when].format(**said)
        layers = [
            ([0, STEPS], [0.0, 0.0]),
            (k, best[: STEPS + 1]),
            (k, run[: STEPS + 1]),
            (self.says["right"].format(**said), STEPS, 0.85),
            ([lowest], [run[lowest]]) if swung else ([], []),
        ]
        if self.momentum == 0:
            key = "zero"
        elif self.momentum == 1:
            key = "one"
        elif word == "underdamped":
            key = "under" if run[lowest] < -SEEN else "unseen"
        else:
            key = "critical" if word == "critically damped" else "over"
        return Drawn(layers, self.says[key].format(**said))
