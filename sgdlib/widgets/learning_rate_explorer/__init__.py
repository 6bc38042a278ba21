"""The learning-rate explorer of the chapter on gradient descent."""

from __future__ import annotations

import numpy as np

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import CourseWidget, choice, number

__all__ = ["LearningRateExplorer"]

SHOWN, COUNTED = 40, 3000


class LearningRateExplorer(CourseWidget):
    """Gradient descent in a bowl, the learning rate free to cross 2/L.

    ::

        w ← w − η ∇f(w) on f = ½ λ x² from x = −4, or on f = ½ (m x² + λ y²) from (−4, 1.5), m = 1

    Parameters
    ----------
    learning_rate
        η, from 0 to 2.4.
    curvature
        λ, the largest curvature L, from 1 to 20.
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

    learning_rate = number(0.4, 0.0, 2.4)
    curvature = number(2.0, 1.0, 20.0)
    dimensions = choice("one", "two")

    @property
    def surface(self) -> Quadratic:
        """The bowl of the present setting."""
        return Quadratic((self.curvature,) if self.dimensions == "one" else (1.0, self.curvature))

    @property
    def start(self) -> list[float]:
        """Where every run starts."""
        return [-4.0] if self.dimensions == "one" else [-4.0, 1.5]

    @property
    def optimizer(self) -> SGD:
        return SGD(self.learning_rate)

    def trajectory(self) -> Trajectory:
        return descend(self.optimizer, self.surface.gradient, self.start, SHOWN, loss=self.surface.value)

    def steps(self) -> int:
        """The steps until the distance stays below 1e-6 (4 000 000 times less than at the start); −1 if not in 3000."""
        run = descend(self.optimizer, self.surface.gradient, self.start, COUNTED)
        return int(steps_to_stay_within(run.positions))

    def words(self) -> str:
        a = self.learning_rate * np.array(self.surface.curvatures)
        factor = float(np.max(np.abs(theory.rate(a))))
        steps = self.steps()
        counted = f"{steps} steps to 1e-6" if steps >= 0 else f"not within 1e-6 after {COUNTED} steps"
        return (
            f"Learning rate {self.learning_rate:.4g}, curvature {self.curvature:.4g}: "
            f"each step keeps {factor:.3g} of the distance; {counted}."
        )

    def picture(self) -> figures.Picture:
        run, surface = self.trajectory(), self.surface
        if self.dimensions == "one":
            left = figures.panel("Steps in the bowl", xlabel="position w", ylabel="loss")
            x = np.linspace(-6, 6, 121)
            left.plot(x, surface.value(x[:, None]), color=figures.MUTED, linewidth=1)
            figures.curve(left, run.losses, "gradient descent", x=run.positions[:, 0], marker="o")
            left.set(xlim=(-6, 6), ylim=(0, 18 * self.curvature))
        else:
            left = figures.panel("Path on the loss", xlabel="x", ylabel="y")
            figures.contours(left, surface, (-6, 6), (-3, 3))
            figures.path(left, run.positions, "gradient descent")
        right = figures.panel("Distance to the minimum", xlabel="step k", ylabel="distance", log=True)
        figures.curve(right, np.linalg.norm(run.positions, axis=-1), "gradient descent")
        right.set_ylim(1e-7, 1e3)
        alt = (
            f"Gradient descent in {self.dimensions} dimension{'s' * (self.dimensions == 'two')}: the steps on the "
            f"left, the distance to the minimum against the step on the right. {self.words()}"
        )
        return figures.show(left, right, alt=alt)
