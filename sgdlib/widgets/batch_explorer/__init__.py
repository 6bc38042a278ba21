"""The batch explorer of the chapter on gradient descent against SGD."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures
from sgdlib.data import LinearRegression, batch_gradients
from sgdlib.descent import Trajectory, descend
from sgdlib.optimizer import SGD
from sgdlib.widgets.maths.generator import random_batches, scattered_line, shuffled_batches
from sgdlib.widgets.page.base import CourseWidget, choice, integer, number
from sgdlib.widgets.page.panels import panel_of
from sgdlib.widgets.page.words import number_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BatchExplorer", "line_problem"]

SAMPLES, EPOCHS, START = 100, 40, (-2.0, -1.5)
# The data: points with x from −REACH to REACH around a line, drawn with a seed of their own.
LINE = {"intercept": 1.0, "slope": 0.8, "noise": 0.7, "reach": 2, "seed": 1}
LAST_SEED = 999
DRAWN = 400  # a curve of more points looks the same and costs more
ROUNDING = 1e-16  # a loss is not known better than that
ON_THE_WAY = 0.1  # with more of its mean loss left from the start, a run has not arrived

SAYS = {
    "words": "Batch size {batch_size}, learning rate {learning_rate}: SGD makes {updates} updates an epoch. {verdict}",
    "verdict": "Noise floor: measured {measured}; predicted, drawn with replacement, {predicted}. "
    "Gradient descent passes SGD for good: {passes}.",
    "diverges": "it diverges",
    "on the way": "not there yet",
    "no noise": "none",
    "one run": "the two are one run",
    "alike": "Every batch is all of the data: SGD is gradient descent, and there is no noise floor.",
    "floor": {
        "shuffled": "dotted: floor, if drawn with replacement",
        "with replacement": "dotted: predicted noise floor",
    },
    "passes": "in epoch {epoch}",
    "never": "not in {epochs} epochs",
}
PANELS = {
    "surface": {
        "title": "Paths on the loss",
        "x": {"label": "intercept w₀", "low": -3.0, "high": 3.0},
        "y": {"label": "slope w₁", "low": -2.5, "high": 2.5},
    },
    "data": {
        "title": "The data and the lines",
        "x": {"label": "x", "low": -2.1, "high": 2.1},
        "y": {"label": "y", "low": -3.5, "high": 5.0},
    },
    "loss": {
        "title": "Loss above the best",
        "x": {"label": "epochs", "low": 0, "high": EPOCHS},
        "y": {"label": "excess loss", "low": 1e-6, "high": 100.0, "log": True},
    },
}


@cache
def line_problem() -> LinearRegression:
    """The regression, always the same: 100 points around the line 1 + 0.8 x, for an intercept and a slope.

    Notes
    -----
    The data of the figures of the chapter on gradient descent against SGD. Source: as ``scattered_line``.

    Examples
    --------
    >>> line_problem().minimum.round(2)
    array([0.96, 0.79])
    """
    x, targets = scattered_line(samples=SAMPLES, **LINE)
    return LinearRegression(np.stack([np.ones(SAMPLES), x], -1), targets)


class BatchExplorer(CourseWidget):
    """A line fitted to 100 points by gradient descent and by SGD, the batch size and the learning rate free.

    ::

        y ≈ w₀ + w₁ x,    L(w) = 1/(2N) Σ (w₀ + w₁ xᵢ − yᵢ)²,    40 epochs from w = (−2, −1.5)

    Gradient descent makes one update an epoch, SGD ⌈N/B⌉, both with the same learning rate.

    Parameters
    ----------
    learning_rate
        η, from 0.002 to 1.
    batch_size
        B, from 1 to 100.
    sampling
        "shuffled", as Keras does it, or "with replacement", as the theory has it.
    seed
        Of the batches, from 1 to 999.
    axis
        What the loss is drawn against: "epochs", "gradient evaluations" or "updates".

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapter on gradient descent against SGD, which derives the noise floor. Source: Robbins and Monro
    (1951); Bottou, Curtis and Nocedal (2018), section 3.

    Examples
    --------
    >>> widget = BatchExplorer(batch_size=25)
    >>> len(widget.trajectory().positions), len(widget.gradient_descent().positions)
    (161, 41)
    """

    told: ClassVar[dict] = {
        "SAMPLES": SAMPLES,
        "EPOCHS": EPOCHS,
        "START": START,
        "LINE": LINE,
        "LAST_SEED": LAST_SEED,
        "DRAWN": DRAWN,
        "ROUNDING": ROUNDING,
        "ON_THE_WAY": ON_THE_WAY,
        "CONTOUR_LINES": figures.CONTOUR_LINES,
        "PANELS": PANELS,
        "SAYS": SAYS,
    }
    learning_rate = number(0.1, 0.002, 1.0)
    batch_size = integer(2, 1, SAMPLES)
    sampling = choice("shuffled", "with replacement")
    seed = integer(1, 1, LAST_SEED)
    axis = choice("epochs", "gradient evaluations", "updates")

    def __init__(self, *unnamed, **settings):
        self._ran = None
        super().__init__(*unnamed, **settings)

    @property
    def problem(self) -> LinearRegression:
        """The regression: 100 points around the line 1 + 0.8 x, always the same."""
        return line_problem()

    @property
    def optimizer(self) -> SGD:
        """The rule of both methods, with the present η and no momentum."""
        return SGD(self.learning_rate)

    @property
    def updates(self) -> int:
        """How many updates SGD makes an epoch, ⌈N/B⌉."""
        return -(-SAMPLES // self.batch_size)

    def batches(self) -> list[NDArray]:
        """The rows of every mini-batch of the 40 epochs, in order; arrays of up to B row numbers."""
        if self.sampling == "shuffled":
            return shuffled_batches(self.seed, SAMPLES, self.batch_size, EPOCHS)
        return list(random_batches(self.seed, SAMPLES, self.batch_size, EPOCHS * self.updates))

    def trajectory(self) -> Trajectory:
        """The run of SGD: 40 epochs of ⌈N/B⌉ updates, positions of shape (updates + 1, 2)."""
        setting = self.batch_size, self.learning_rate, self.sampling, self.seed
        if self._ran is None or self._ran[0] != setting:  # run once however many ask: it takes half a second
            problem, batches = self.problem, self.batches()
            gradients = batch_gradients(problem, batches)
            run = descend(self.optimizer, gradients, START, len(batches), loss=problem.value)
            for array in (run.positions, run.losses):
                array.flags.writeable = False
            self._ran = setting, run
        return self._ran[1]

    def gradient_descent(self) -> Trajectory:
        """The run of gradient descent: all rows, one update an epoch, positions of shape (41, 2)."""
        return descend(self.optimizer, self.problem.gradient, START, EPOCHS, loss=self.problem.value)

    def excess(self, run: Trajectory) -> NDArray:
        """The loss above the smallest there is, at every step of a run, of shape (steps + 1,).

        ::

            L(w) − L(w*) = ½ (w − w*)ᵀ H (w − w*)
        """
        # by the formula, since the difference of two losses is lost in rounding near the minimum
        problem = self.problem
        away = run.positions - problem.minimum
        return 0.5 * ((away @ problem.hessian) * away).sum(-1)

    def predicted_floor(self) -> float:
        """The noise floor that the theory promises for drawing with replacement; infinite beyond SGD's own limit."""
        return self.problem.noise_floor(self.learning_rate, self.batch_size)

    def measured_floor(self) -> float:
        """The mean excess loss of SGD over the second half of its updates; 0 if rounding alone is left of it."""
        losses = self.excess(self.trajectory())
        mean = float(losses[len(losses) // 2 :].mean())
        return mean if mean >= ROUNDING else 0.0

    def left_over(self) -> float:
        """The part of the loss halfway that is left from the start, and not noise: that of the mean position.

        ::

            ½ eᵀ H e,    e = (I − ηH)ᵏ (w₀ − w*)    after half of the updates, k
        """
        problem, half = self.problem, (EPOCHS * self.updates + 1) // 2
        step = np.eye(2) - self.learning_rate * problem.hessian
        away = np.linalg.matrix_power(step, half) @ (START - problem.minimum)
        return float(0.5 * away @ problem.hessian @ away)

    def noiseless(self) -> bool:
        """Whether SGD is gradient descent: every batch holds all of the data."""
        return self.batch_size == SAMPLES and self.sampling == "shuffled"

    def measured(self) -> str:
        """The measured noise floor in words; what keeps it from being one, where something does."""
        if self.trajectory().diverged:
            return SAYS["diverges"]
        if self.noiseless():
            return SAYS["no noise"]
        floor = self.measured_floor()
        return SAYS["on the way"] if self.left_over() > ON_THE_WAY * floor else number_words(floor)

    def crossing(self) -> int:
        """The first epoch from whose end on gradient descent is below SGD's mean over the epoch; −1 if none."""
        if self.noiseless():
            return -1  # only rounding parts the two
        exact = self.excess(self.gradient_descent())[1:]
        noisy = self.excess(self.trajectory())[1:].reshape(EPOCHS, -1).mean(-1)
        behind = np.flatnonzero(exact >= noisy)
        first = int(behind[-1]) + 2 if behind.size else 1
        return first if first <= EPOCHS else -1

    def verdict(self) -> str:
        """SGD's noise floor, measured and predicted, and when gradient descent passes it."""
        if self.noiseless():
            return SAYS["alike"]
        crossing = self.crossing()
        passes = SAYS["passes"] if crossing > 0 else SAYS["never"]
        return SAYS["verdict"].format(
            measured=self.measured(),
            predicted=number_words(self.predicted_floor()),
            passes=passes.format(epoch=crossing, epochs=EPOCHS),
        )

    def words(self) -> str:
        """SGD's updates, and the verdict."""
        return SAYS["words"].format(
            batch_size=self.batch_size,
            learning_rate=number_words(self.learning_rate),
            updates=self.updates,
            verdict=self.verdict(),
        )

    def picture(self) -> figures.Picture:
        """The paths on the loss, the data with both lines, and the excess loss, with alt text."""
        noisy, exact = self.trajectory(), self.gradient_descent()
        dotted = "" if self.noiseless() else f"; {SAYS['floor'][self.sampling]}"
        alt = (
            "Three panels: the paths of gradient descent and of SGD on the contour lines of the loss, the data with "
            f"both fitted lines, and the excess loss against the epochs{dotted}. {self.words()}"
        )
        panels = self._paths(noisy, exact), self._lines(noisy, exact), self._losses(noisy, exact)
        return figures.show(*panels, alt=alt)

    def _paths(self, noisy: Trajectory, exact: Trajectory) -> Axes:
        surface = panel_of(PANELS["surface"])
        figures.contours(surface, self.problem, surface.get_xlim(), surface.get_ylim())
        figures.path(surface, noisy.positions[_thin(noisy)], "SGD")
        figures.path(surface, exact.positions, "gradient descent")
        return surface

    def _lines(self, noisy: Trajectory, exact: Trajectory) -> Axes:
        points = panel_of(PANELS["data"])
        problem = self.problem
        points.plot(problem.features[:, 1], problem.targets, "o", color=figures.MUTED, markersize=2.5)
        ends = np.array([-1.0, 1.0]) * LINE["reach"]
        for method, run in (("gradient descent", exact), ("SGD", noisy)):
            intercept, slope = run.positions[-1]
            figures.curve(points, intercept + slope * ends, method, x=ends)
        return points

    def _losses(self, noisy: Trajectory, exact: Trajectory) -> Axes:
        loss = panel_of(PANELS["loss"], limits="y")
        thin = _thin(noisy)
        epochs = np.arange(len(noisy.positions)) / self.updates
        drawn = {"linestyle": "-", "linewidth": 0.9}
        figures.curve(loss, self.excess(noisy)[thin], "SGD", x=epochs[thin], **drawn)
        figures.curve(loss, self.excess(exact), "gradient descent")
        if np.isfinite(floor := self.predicted_floor()) and not self.noiseless():
            loss.axhline(floor, color=figures.INK, linewidth=1, linestyle=":")
        return loss


def _thin(run: Trajectory) -> slice:
    """The steps to draw of a long run."""
    return slice(None, None, max(1, len(run.positions) // DRAWN))
