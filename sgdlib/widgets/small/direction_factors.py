"""The factor of each direction, of the chapter on gradient descent."""

from __future__ import annotations

from typing import ClassVar

from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import valley
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["DirectionFactors"]

CURVATURES = (0.2, 4.0)  # of the course's valley, the smallest and the largest
START, TOLERANCE, COUNTED = (-5.0, 2.0), 1e-6, 4500
RIGHT = 4.6


class DirectionFactors(SmallFigure):
    """What one learning rate multiplies the distance by, along every direction of the valley.

    ::

        factor(λ) = 1 − ηλ,    λ from m = 0.2 to L = 4;    steps from (−5, 2) to within 10⁻⁶ of the minimum

    Parameters
    ----------
    learning_rate
        η.

    Raises
    ------
    traitlets.TraitError
        For a learning rate that is not from 0.02 to 0.58.

    Notes
    -----
    Stands in the chapter "Gradient descent: one number rules". Source: Goh (2017).

    Examples
    --------
    >>> DirectionFactors(learning_rate=0.05).words()
    'The gentlest direction is the slowest: each step leaves 0.99 of its distance. To 1e−6: 1535 steps.'
    """

    learning_rate = number(0.05, 0.02, 0.58)

    title = "The factor of each direction"
    controls: ClassVar = ({"setting": "learning_rate", "label": "learning rate η", "step": 0.002},)
    panels: ClassVar = (
        {
            "x": {"label": "curvature λ of a direction", "low": 0, "high": RIGHT},
            "y": {"label": "factor 1 − ηλ", "low": -1.5, "high": 1.25},
            "layers": (
                *({"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2} for _ in range(2)),
                {"kind": "label", "dx": 6, "dy": 15},
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.2},
                {"kind": "line", "look": "gradient descent", "width": 2.6},
                {"kind": "dots", "look": "gradient descent"},
                {"kind": "label", "look": "gradient descent", "dx": 8, "dy": 14},
                {"kind": "label", "look": "gradient descent", "anchor": "end", "dx": 0, "dy": -9},
            ),
        },
    )
    says: ClassVar = {
        "below": "below −1: explodes",
        "gentle": "gentlest: {factor}",
        "steep": "steepest: {factor}",
        "gentlest": (
            "The gentlest direction is the slowest: each step leaves {factor} of its distance. "
            "To {tolerance}: {steps}."
        ),
        "steepest": (
            "The steepest direction is the slowest: it zig-zags, and each step leaves {factor}. "
            "To {tolerance}: {steps}."
        ),
        "both": (
            "Best: the gentlest and the steepest direction are equally slow, each step leaves {factor}. "
            "To {tolerance}: {steps}."
        ),
        "for ever": "The steepest direction jumps to and fro for ever: its factor is −1.",
        "explodes": "The steepest direction explodes: each step makes its distance {factor} times as large.",
        "steps": "{steps} steps",
        "more": "more than {steps} steps",
    }
    known: ClassVar = {
        "CURVATURES": CURVATURES,
        "START": START,
        "TOLERANCE": TOLERANCE,
        "COUNTED": COUNTED,
        "RIGHT": RIGHT,
    }

    def drawn(self) -> Drawn:
        """The two limits, the line of all curvatures, the part between m and L, and its ends with their names."""
        eta, (m, L) = self.learning_rate, CURVATURES
        gentle, steep = 1 - eta * m, 1 - eta * L
        ends = ([m, L], [gentle, steep])
        layers = [
            ([0, RIGHT], [1, 1]),
            ([0, RIGHT], [-1, -1]),
            (self.says["below"], 0, -1),
            ([0, RIGHT], [1, 1 - eta * RIGHT]),
            ends,
            ends,
            (self.says["gentle"].format(factor=number_words(gentle)), m, gentle),
            (self.says["steep"].format(factor=number_words(steep)), L, steep),
        ]
        return Drawn(layers, self._words(gentle, steep))

    def _words(self, gentle: float, steep: float) -> str:
        slow, fast = number_words(gentle), number_words(-steep)
        said = {"factor": slow, "tolerance": number_words(TOLERANCE), "steps": self._steps()}
        if fast == "1":
            return self.says["for ever"]
        if -steep > 1:
            return self.says["explodes"].format(factor=fast)
        if number_words(gentle, 2) == number_words(-steep, 2):
            return self.says["both"].format(**said)
        if gentle > -steep:
            return self.says["gentlest"].format(**said)
        return self.says["steepest"].format(**said | {"factor": fast})

    def _steps(self) -> str:
        surface = valley(CURVATURES[1] / CURVATURES[0])
        run = descend(SGD(self.learning_rate), surface.gradient, START, COUNTED)
        steps = int(steps_to_stay_within(run.positions, TOLERANCE))
        return self.says["steps" if steps >= 0 else "more"].format(steps=steps if steps >= 0 else COUNTED)
