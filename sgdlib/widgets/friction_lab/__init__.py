"""The friction lab of the chapter on momentum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import CourseWidget, integer, number
from sgdlib.widgets.page.panels import panel_of
from sgdlib.widgets.page.words import number_words

__all__ = ["FrictionLab"]

STEPS, WIDEST = 60, 4.0

# How the regimes of sgdlib.theory are named to the reader.
MOTIONS = {
    "overdamped": "overdamped: it creeps in from one side",
    "critically damped": "critically damped: as fast as it gets without swinging",
    "underdamped": "underdamped: it swings, and the swing fades",
    "zig-zag": "zig-zag: it jumps across at every step",
    "marginal": "marginal: it neither settles nor runs away",
    "diverges": "diverges: every step throws it further",
    "still": "it never moves",
}
SAYS = {
    "setting": "ηλ {learning_rate}, momentum {momentum}: {motion}",
    "verdict": "{setting}. Factor per step {rate}.",
    "words": "{verdict} Step {step}: position {x}, velocity {v}. Top speed on a constant slope: {top}.",
    "top": "{speed} times ηg",
    "no top": "without bound",
}
# What the motion does, where the map has room for the word; and the factors per step that have a line on it.
REGIMES = {
    "creeps": (0.04, 0.06),
    "swings": (0.62, 0.62),
    "zig-zags": (1.5, 0.04),
    "flies off": (2.95, 0.2),
}
RATE_LEVELS = (0.5, 0.7, 0.9)
POSITION = {"label": "position x", "low": -1.5, "high": 1.5}
PANELS = {
    "map": {
        "x": {"label": "ηλ", "low": 0.0, "high": WIDEST},
        "y": {"label": "momentum μ", "low": 0.0, "high": 1.0},
    },
    "phase": {"title": "Phase plane", "x": POSITION, "y": {"label": "velocity v", "low": -1.5, "high": 1.5}},
    "meter": {
        "title": "Speed on a constant slope",
        "x": {"label": "step k", "low": 0, "high": STEPS},
        "y": {"label": "speed / ηg"},
    },
}


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

    told: ClassVar[dict] = {
        "STEPS": STEPS,
        "RATE_LEVELS": RATE_LEVELS,
        "REGIMES": REGIMES,
        "PANELS": PANELS,
        "MOTIONS": MOTIONS,
        "SAYS": SAYS,
    }
    learning_rate = number(0.1, 0.0, WIDEST)
    momentum = number(0.9, 0.0, 1.0)
    step = integer(STEPS, 0, STEPS)

    @property
    def optimizer(self) -> SGD:
        """Momentum with the present η and μ."""
        return SGD(self.learning_rate, self.momentum)

    def trajectory(self) -> Trajectory:
        """The ball's 60 steps from x = 1 at rest, positions of shape (61, 1)."""
        well = Quadratic((1.0,))
        return descend(self.optimizer, well.gradient, [1.0], STEPS, loss=well.value)

    def motion(self) -> str:
        """The kind of motion, as the chapter on momentum names it.

        Examples
        --------
        >>> FrictionLab(learning_rate=0.05, momentum=0.5).motion()
        'overdamped: it creeps in from one side'
        """
        if self.learning_rate == 0:
            return MOTIONS["still"]
        return MOTIONS[theory.regime(self.learning_rate, self.momentum)]

    def verdict(self) -> str:
        """The motion and its factor per step.

        Examples
        --------
        >>> FrictionLab(learning_rate=0.1, momentum=0.9).verdict()
        'ηλ 0.1, momentum 0.9: underdamped: it swings, and the swing fades. Factor per step 0.949.'
        """
        setting = SAYS["setting"].format(
            learning_rate=number_words(self.learning_rate),
            momentum=number_words(self.momentum),
            motion=self.motion(),
        )
        return SAYS["verdict"].format(
            setting=setting, rate=number_words(theory.rate(self.learning_rate, self.momentum))
        )

    def words(self) -> str:
        """The motion, its factor per step, where the ball is, and its top speed, in a few sentences."""
        run, top = self.trajectory(), theory.effective_learning_rate(1.0, self.momentum)
        return SAYS["words"].format(
            verdict=self.verdict(),
            step=self.step,
            x=number_words(run.positions[self.step, 0]),
            v=number_words(run.velocities[self.step, 0]),
            top=SAYS["top"].format(speed=number_words(top)) if np.isfinite(top) else SAYS["no top"],
        )

    def picture(self) -> figures.Picture:
        """The map, the ball against the step, the phase plane and the speedometer, with alt text."""
        run = self.trajectory()
        x, v = run.positions[: self.step + 1, 0], run.velocities[: self.step + 1, 0]
        plane = panel_of({"title": "The map: pick ηλ and μ", **PANELS["map"]})
        figures.rate_map(plane, a=(0.0, WIDEST), levels=RATE_LEVELS)
        for name, (a, mu) in REGIMES.items():
            plane.text(a, mu, name, fontsize=8.5, fontweight="bold", color=figures.INK)
        color = figures.LOOKS["momentum"].color
        plane.plot(self.learning_rate, self.momentum, "o", color=color, markersize=7, clip_on=False)
        steps = PANELS["meter"]["x"]
        ball = panel_of({"title": "The ball, step by step", "x": steps, "y": POSITION})
        figures.curve(ball, x, "momentum")
        phase = panel_of(PANELS["phase"])
        figures.curve(phase, v, "momentum", x=x, linestyle="-")
        meter = panel_of(PANELS["meter"], limits="")
        speeds = theory.speed_on_slope(np.arange(STEPS + 1), 1.0, self.momentum)
        figures.curve(meter, speeds, "momentum")
        if self.momentum < 1:
            top = 1 / (1 - self.momentum)
            meter.axhline(top, color=figures.INK, linewidth=1, linestyle=":")
            meter.set(ylim=(0, 1.15 * top))
        alt = (
            "Four panels: the map of the factor per step over ηλ and μ with a point on it, the position of the ball "
            f"against the step, its path in the phase plane, and its speed on a constant slope. {self.words()}"
        )
        return figures.show(plane, ball, phase, meter, alt=alt)
