"""The learning-rate explorer of the chapter on gradient descent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import CourseWidget, choice, number
from sgdlib.widgets.page.panels import panel_of
from sgdlib.widgets.page.words import number_words

__all__ = ["LearningRateExplorer"]

SHOWN, COUNTED, TOLERANCE = 40, 3000, 1e-6
STARTS = {"one": [-4.0], "two": [-4.0, 1.5]}
EDGE = 18.0  # the loss at the edge of the picture, for a curvature of 1: ½ · 6²
POINTS = 121  # of the curve of the loss

MOTIONS = {
    "smooth": "it walks down smoothly",
    "at once": "one step does it",
    "zig-zag": "it zig-zags in",
    "marginal": "it jumps to and fro for ever",
    "diverges": "it explodes",
}
SAYS = {
    "one": "Learning rate {learning_rate}: ηλ is {a}, {motion}. Each step keeps {factor} of the distance",
    "two": "Learning rate {learning_rate}. "
    "Along x ηλ is {a_x}: {motion_x}, each step keeps {factor_x} of the distance; "
    "along y ηλ is {a}: {motion}, each step keeps {factor}",
    "words": "{directions}. To {tolerance}: {steps}.",
    "along": "{x} along x, {y} along y",
    "curvature": "y, where λ is {curvature}",
    "steps": "{steps} steps",
    "never": "never",
    "more": "more than {counted} steps",
    "readouts": {
        "a": f"ηλ, with its limit at {theory.stability_limit():g}",
        "motion": "the motion",
        "factor": "factor of each step, 1 − ηλ",
        "factor_x": "factor of each step along x, 1 − η · 1",
        "factor_y": "factor of each step along y, 1 − η · {curvature}",
        "steps": f"steps until within {number_words(TOLERANCE)}",
    },
}
PANELS = {
    "one": {
        "title": "Steps in the bowl",
        "x": {"label": "position w", "low": -6.0, "high": 6.0},
        "y": {"label": "loss"},  # up to the loss at the edge, which grows with the curvature
    },
    "two": {
        "x": {"label": "x, where λ is 1", "low": -6.0, "high": 6.0},
        # on the page a little less, for the same scale as x
        "y": {"label": SAYS["curvature"], "low": -4.5, "high": 4.5},
    },
    "distance": {
        "title": "Distance to the minimum",
        "x": {"label": "step k", "low": 0, "high": SHOWN},
        "y": {"label": "distance", "low": 1e-7, "high": 1e3, "log": True},
    },
}


class LearningRateExplorer(CourseWidget):
    """Gradient descent in a bowl, the learning rate free to cross 2/L.

    ::

        w ← w − η ∇f(w) on f = ½ λ x² from x = −4, or on f = ½ (m x² + λ y²) from (−4, 1.5), m = 1

    Parameters
    ----------
    learning_rate
        η, from 0.005 to 2.4.
    curvature
        λ, the largest curvature L, from 1 to 20; in two dimensions along y, while along x it is m = 1.
    dimensions
        "one" or "two".

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapter on gradient descent, which derives it. Source: Polyak (1964); Goh (2017).

    Examples
    --------
    >>> widget = LearningRateExplorer(learning_rate=0.5, curvature=1.0)
    >>> widget.trajectory().positions[:3, 0]
    array([-4., -2., -1.])
    """

    told: ClassVar[dict] = {
        "EDGE": EDGE,
        "POINTS": POINTS,
        "SHOWN": SHOWN,
        "COUNTED": COUNTED,
        "TOLERANCE": TOLERANCE,
        "STARTS": STARTS,
        "CONTOUR_LINES": figures.CONTOUR_LINES,
        "PANELS": PANELS,
        "MOTIONS": MOTIONS,
        "SAYS": SAYS,
    }
    learning_rate = number(0.4, 0.005, 2.4)
    curvature = number(2.0, 1.0, 20.0)
    dimensions = choice(*STARTS)

    @property
    def surface(self) -> Quadratic:
        """The bowl of the present setting."""
        return Quadratic((self.curvature,) if self.dimensions == "one" else (1.0, self.curvature))

    @property
    def start(self) -> list[float]:
        """Where every run starts."""
        return STARTS[self.dimensions]

    @property
    def optimizer(self) -> SGD:
        """Gradient descent with the present η."""
        return SGD(self.learning_rate)

    def trajectory(self) -> Trajectory:
        """The 40 steps that are shown, positions of shape (41, d), d = 1 or 2."""
        return descend(self.optimizer, self.surface.gradient, self.start, SHOWN, loss=self.surface.value)

    def steps(self) -> int:
        """The steps until the distance stays below 1e-6 (4 000 000 times less than at the start); −1 if not in 3000.

        Examples
        --------
        >>> LearningRateExplorer(learning_rate=0.5, curvature=1.0).steps()
        22
        """
        return int(steps_to_stay_within(self._long_run().positions, TOLERANCE))

    def _long_run(self) -> Trajectory:
        return descend(self.optimizer, self.surface.gradient, self.start, COUNTED)

    def words(self) -> str:
        """Along each direction the motion and what a step keeps of the distance, then the steps to the minimum."""
        directions = [
            {"a": number_words(a, 4), "motion": _motion(a), "factor": number_words(theory.rate(a), 4)}
            for a in self.learning_rate * np.array(self.surface.curvatures)
        ]
        first, last = directions[0], directions[-1]
        numbers = last | {f"{name}_x": value for name, value in first.items()}
        if (steps := self.steps()) >= 0:
            counted = SAYS["steps"].format(steps=steps)
        else:
            counted = SAYS["never" if self._long_run().diverged else "more"].format(counted=COUNTED)
        said = SAYS[self.dimensions].format(learning_rate=number_words(self.learning_rate, 4), **numbers)
        return SAYS["words"].format(directions=said, tolerance=number_words(TOLERANCE), steps=counted)

    def picture(self) -> figures.Picture:
        """The steps in the bowl and the distance to the minimum, with alt text."""
        run, surface = self.trajectory(), self.surface
        if self.dimensions == "one":
            left = panel_of(PANELS["one"], limits="x")
            x = np.linspace(*left.get_xlim(), POINTS)
            left.plot(x, surface.value(x[:, None]), color=figures.MUTED, linewidth=1)
            figures.curve(left, run.losses, "gradient descent", x=run.positions[:, 0], marker="o")
            left.set_ylim(0, EDGE * self.curvature)
        else:
            left = panel_of({"title": "Path on the loss", **PANELS["two"]})
            left.set_ylabel(SAYS["curvature"].format(curvature=number_words(self.curvature)))
            left.set_aspect("equal")
            figures.contours(left, surface, left.get_xlim(), left.get_ylim())
            figures.path(left, run.positions, "gradient descent")
        right = panel_of(PANELS["distance"], limits="y")
        figures.curve(right, np.linalg.norm(run.positions, axis=-1), "gradient descent")
        alt = (
            f"Gradient descent in {self.dimensions} dimension{'s' * (self.dimensions == 'two')}: the steps on the "
            f"left, the distance to the minimum against the step on the right. {self.words()}"
        )
        return figures.show(left, right, alt=alt)


def _motion(a: float) -> str:
    """The kind of motion along a direction with a = ηλ, by its limit 2."""
    limit = theory.stability_limit()
    if a >= limit:
        return MOTIONS["diverges" if a > limit else "marginal"]
    if a >= 1:
        return MOTIONS["zig-zag" if a > 1 else "at once"]
    return MOTIONS["smooth"]
