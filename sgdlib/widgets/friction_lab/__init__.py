"""The friction lab of the chapter on momentum."""

from __future__ import annotations

import numpy as np

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import CourseWidget, integer, number

__all__ = ["FrictionLab"]

STEPS = 60


class FrictionLab(CourseWidget):
    """A ball in the well f = ½ x², its phase plane, its speedometer, and the map of (ηλ, μ) that rules them all.

    ::

        v ← μ v − η x;  x ← x + v;  from x = 1 at rest; λ = 1, so that ηλ is the learning rate

    Parameters
    ----------
    learning_rate
        η = ηλ, from 0 to 4.
    momentum
        μ, from 0 to 1.
    step
        Which of the 60 steps is shown.

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapter on momentum, which derives it. Source: Qian (1999), section 3; Goh (2017).

    Examples
    --------
    >>> FrictionLab(learning_rate=0.1, momentum=0.9).trajectory().positions[:3, 0]
    array([1.  , 0.9 , 0.72])
    """

    learning_rate = number(0.1, 0.0, 4.0)
    momentum = number(0.9, 0.0, 1.0)
    step = integer(STEPS, 0, STEPS)

    @property
    def optimizer(self) -> SGD:
        return SGD(self.learning_rate, self.momentum)

    def trajectory(self) -> Trajectory:
        well = Quadratic((1.0,))
        return descend(self.optimizer, well.gradient, [1.0], STEPS, loss=well.value)

    def words(self) -> str:
        shrink = theory.rate(self.learning_rate, self.momentum)
        top = 1 / (1 - self.momentum) if self.momentum < 1 else np.inf
        fastest = f"{top:.3g} times ηg" if np.isfinite(top) else "without bound"
        return (
            f"ηλ {self.learning_rate:.3g} and momentum {self.momentum:.3g}: "
            f"{theory.regime(self.learning_rate, self.momentum)}, rate {shrink:.3g} a step; "
            f"top speed on a constant slope {fastest}."
        )

    def picture(self) -> figures.Picture:
        run = self.trajectory()
        x, v = run.positions[: self.step + 1, 0], run.velocities[: self.step + 1, 0]
        plane = figures.panel("The map: pick ηλ and μ", xlabel="ηλ", ylabel="momentum μ")
        figures.rate_map(plane)
        color = figures.LOOKS["momentum"].color
        plane.plot(self.learning_rate, self.momentum, "o", color=color, markersize=7, clip_on=False)
        ball = figures.panel("The ball, step by step", xlabel="step k", ylabel="position x")
        figures.curve(ball, x, "momentum")
        ball.set(xlim=(0, STEPS), ylim=(-1.5, 1.5))
        phase = figures.panel("Phase plane", xlabel="position x", ylabel="velocity v")
        figures.curve(phase, v, "momentum", x=x, linestyle="-")
        phase.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
        meter = figures.panel("Speed on a constant slope", xlabel="step k", ylabel="speed / ηg")
        steps = np.arange(STEPS + 1)
        figures.curve(meter, theory.speed_on_slope(steps, 1.0, self.momentum), "momentum")
        if self.momentum < 1:
            top = 1 / (1 - self.momentum)
            meter.axhline(top, color=figures.INK, linewidth=1, linestyle=":")
            meter.set(ylim=(0, 1.15 * top))
        alt = (
            "Four panels: the map of convergence rate over ηλ and μ with a point on it, the position of the ball "
            f"against the step, its path in the phase plane, and its speed on a constant slope. {self.words()}"
        )
        return figures.show(plane, ball, phase, meter, alt=alt)
