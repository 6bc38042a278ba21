"""The smallest edge of stability, of the chapter on the edge of stability."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend
from sgdlib.optimizer import SGD, Gradient
from sgdlib.widgets.maths.generator import uniforms
from sgdlib.widgets.page.base import CourseWidget, flag, number
from sgdlib.widgets.page.panels import panel_of
from sgdlib.widgets.page.words import number_words

__all__ = ["SmallestEdge"]

STEPS, PUSH, NOISE, SEED = 2000, 0.01, 0.1, 0
START = {"x": 0.1, "share": 0.95}  # of the limit
SPREAD = NOISE * float(
    np.sqrt(12.0)
)  # numbers spread evenly over this width have NOISE for standard deviation
# A swing changes sides at every step: an odd distance keeps both sides in the picture.
EVERY = 3
HALVES = {"fades": "the swing fades", "grows": "the swing grows"}
SAYS = {
    "setting": "{method} with learning rate {learning_rate}{momentum}: the limit of y is {limit}.",
    "momentum": " and momentum {momentum}",
    "reached": "{setting} y gets there at step {arrived}; from then on it is {mean} of the limit on average, "
    "{lowest} at the lowest and {highest} at the highest.",
    "climbs": "{setting} In {steps} steps y has not got there; at the end it is {last} of it.",
    "lost": "{setting} The run is lost at step {lost}: the swing has grown faster than it could pull y back.",
    "never": "not within {steps} steps",
    "flown": "lost at step {lost}",
    "not yet": "not there yet",
}
SHARE = {"label": "y / limit", "low": 0.7, "high": 1.15}
PANELS = {
    "plane": {
        "title": "The valley from above",
        "x": {"label": "x", "low": -1.0, "high": 1.0},
        "y": SHARE,
    },
    "climb": {
        "title": "How steep its walls are",
        "x": {"label": "step k", "low": 0, "high": STEPS},
        "y": SHARE,
    },
}


class SmallestEdge(CourseWidget):
    """Two variables that climb to the edge of stability and stay there: the curvature in x is y.

    ::

        f(x, y) = ½ y x² − ε y,    slope (y x + noise, ½ x² − ε),    ε = 0.01, noise of standard deviation 0.1
        the limit of y is a / η,   a = 2, 2(1 + μ) or (2 + 2μ)/(1 + 2μ)
        from x = 0.1 and y = 0.95 of the limit, 2000 steps

    Parameters
    ----------
    learning_rate
        η, from 0.01 to 1.
    momentum
        μ, from 0 to 0.95.
    nesterov
        Whether the slope is measured ahead.
    noise
        Whether the slope in x has noise.

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapter on the edge of stability. Source: Damian, Nichani and Lee (2023), section 4.1, for plain
    gradient descent.

    Examples
    --------
    >>> widget = SmallestEdge(learning_rate=0.1, momentum=0.9)
    >>> round(widget.limit(), 6), widget.trajectory().positions[0].round(6)
    (38.0, array([ 0.1, 36.1]))
    """

    told: ClassVar[dict] = {
        "STEPS": STEPS,
        "PUSH": PUSH,
        "SPREAD": SPREAD,
        "SEED": SEED,
        "START": START,
        "EVERY": EVERY,
        "HALVES": HALVES,
        "PANELS": PANELS,
        "SAYS": SAYS,
    }
    learning_rate = number(0.1, 0.01, 1.0)
    momentum = number(0.9, 0.0, 0.95)
    nesterov = flag(False)
    noise = flag(True)

    @property
    def optimizer(self) -> SGD:
        """The rule of the present setting."""
        return SGD(self.learning_rate, self.momentum, nesterov=self.nesterov)

    @property
    def method(self) -> str:
        """The method, as the course's pictures name it."""
        if self.momentum == 0:
            return "gradient descent"
        return "Nesterov" if self.nesterov else "momentum"

    def limit(self) -> float:
        """The curvature y at which the method stops being stable.

        Examples
        --------
        >>> SmallestEdge(learning_rate=0.1, momentum=0).limit()
        20.0
        """
        return theory.stability_limit(self.momentum, self.nesterov) / self.learning_rate

    def trajectory(self) -> Trajectory:
        """The 2000 steps, positions (x, y) of shape (2001, 2)."""
        return _run(self.learning_rate, self.momentum, self.nesterov, self.noise)

    def words(self) -> str:
        """The limit, and whether y has got there, stays there or is lost."""
        seen = self._outcome()
        name = self.method[0].upper() + self.method[1:]
        momentum = SAYS["momentum"].format(momentum=number_words(self.momentum)) if self.momentum else ""
        setting = SAYS["setting"].format(
            method=name,
            learning_rate=number_words(self.learning_rate),
            momentum=momentum,
            limit=number_words(self.limit()),
        )
        if seen.lost >= 0:
            return SAYS["lost"].format(setting=setting, lost=seen.lost)
        if seen.arrived < 0:
            return SAYS["climbs"].format(setting=setting, steps=STEPS, last=number_words(seen.share[-1]))
        there = seen.share[seen.arrived :]
        return SAYS["reached"].format(
            setting=setting,
            arrived=seen.arrived,
            mean=number_words(there.mean()),
            lowest=number_words(there.min()),
            highest=number_words(there.max()),
        )

    def _outcome(self) -> _Outcome:
        run = self.trajectory()
        share = run.positions[:, 1] / self.limit()
        there = np.flatnonzero(share >= 1)
        return _Outcome(share, int(there[0]) if there.size else -1, int(run.diverged_at))

    def picture(self) -> figures.Picture:
        """The path over (x, y), and y against the step, both in units of the limit, with alt text."""
        run, seen = self.trajectory(), self._outcome()
        last = seen.lost if seen.lost >= 0 else STEPS + 1
        shown = np.arange(0, last, EVERY)
        x, share = run.positions[shown, 0], seen.share[shown]
        plane, climb = (panel_of(PANELS[name]) for name in ("plane", "climb"))
        figures.curve(plane, share, self.method, x=x.clip(-1e6, 1e6), linestyle="-", linewidth=0.7)
        figures.curve(climb, share, self.method, x=shown, linestyle="-")
        for ax in (plane, climb):
            ax.axhline(1, color=figures.INK, linewidth=1.2)
        plane.text(-0.95, 1.1, HALVES["grows"], color=figures.INK)
        plane.text(-0.95, 0.73, HALVES["fades"], color=figures.INK)
        alt = (
            "Left the path over x and y, with a line where y is at the limit: above it the swing in x grows, below it "
            f"fades. Right y divided by its limit, against the step. {self.words()}"
        )
        return figures.show(plane, climb, alt=alt)


class _Outcome(NamedTuple):
    """y / limit at every step, the first step at which it is 1, and the step at which the run is lost; −1 for none."""

    share: NDArray
    arrived: int
    lost: int


@functools.cache
def _run(learning_rate: float, momentum: float, nesterov: bool, noise: bool) -> Trajectory:
    rule = SGD(learning_rate, momentum, nesterov=nesterov)
    limit = theory.stability_limit(momentum, nesterov) / learning_rate
    kicks = (uniforms(SEED, STEPS) - 0.5) * SPREAD if noise else np.zeros(STEPS)
    return descend(rule, _slopes(kicks.tolist()), [START["x"], START["share"] * limit], STEPS)


def _slopes(kicks: list[float]) -> Iterator[Gradient]:
    """The slope of ½ y x² − ε y at each step, with its kick in x."""
    for kick in kicks:

        def slope(position: NDArray, kick: float = kick) -> NDArray:
            x, y = position.tolist()
            return np.array((y * x + kick, 0.5 * x * x - PUSH))

        yield slope
