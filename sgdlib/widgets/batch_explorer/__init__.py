"""The batch explorer of the chapter on gradient descent against SGD."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.data import LinearRegression, batch_gradients
from sgdlib.descent import Trajectory, descend
from sgdlib.optimizer import SGD
from sgdlib.widgets.maths.generator import random_batches, shuffled_batches, uniforms
from sgdlib.widgets.page.base import CourseWidget, choice, integer, number

__all__ = ["BatchExplorer"]

SAMPLES, EPOCHS, START = 100, 40, (-2.0, -1.5)


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

    learning_rate = number(0.1, 0.002, 1.0)
    batch_size = integer(2, 1, SAMPLES)
    sampling = choice("shuffled", "with replacement")
    seed = integer(1, 1, 999)
    axis = choice("epochs", "gradient evaluations", "updates")

    @property
    def problem(self) -> LinearRegression:
        """The regression: 100 points around the line 1 + 0.8 x, always the same."""
        drawn = uniforms(1, SAMPLES * 13)
        x = 4 * drawn[:SAMPLES] - 2
        # twelve uniform numbers add up to a nearly normal one, without a logarithm to differ between machines
        noise = drawn[SAMPLES:].reshape(SAMPLES, 12).sum(-1) - 6
        return LinearRegression(np.stack([np.ones(SAMPLES), x], -1), 1 + 0.8 * x + 0.7 * noise)

    @property
    def optimizer(self) -> SGD:
        return SGD(self.learning_rate)

    def batches(self) -> list[NDArray]:
        """The rows of every mini-batch, in order."""
        if self.sampling == "shuffled":
            return shuffled_batches(self.seed, SAMPLES, self.batch_size, EPOCHS)
        updates = EPOCHS * -(-SAMPLES // self.batch_size)
        return list(random_batches(self.seed, SAMPLES, self.batch_size, updates))

    def trajectory(self) -> Trajectory:
        problem, batches = self.problem, self.batches()
        gradients = batch_gradients(problem, batches)
        return descend(self.optimizer, gradients, START, len(batches), loss=problem.value)

    def gradient_descent(self) -> Trajectory:
        """The run of gradient descent: all rows, one update an epoch."""
        return descend(self.optimizer, self.problem.gradient, START, EPOCHS, loss=self.problem.value)

    def excess(self, run: Trajectory) -> NDArray:
        """The loss above the smallest there is, at every step of a run."""
        return np.maximum(run.losses - self.problem.value(self.problem.minimum), 0.0)

    def predicted_floor(self) -> float:
        """The noise floor that the theory promises for sampling with replacement, added up over the two directions."""
        problem = self.problem
        residuals = problem.features @ problem.minimum - problem.targets
        slopes = residuals[:, None] * problem.features
        spread = slopes.T @ slopes / SAMPLES / self.batch_size
        curvatures, directions = np.linalg.eigh(problem.hessian)
        variances = np.einsum("di,de,ei->i", directions, spread, directions)
        return float(np.sum(theory.noise_floor(self.learning_rate, curvatures, gradient_variance=variances)))

    def measured_floor(self) -> float:
        """The mean excess loss of SGD over the second half of its updates."""
        losses = self.excess(self.trajectory())
        return float(losses[len(losses) // 2 :].mean())

    def crossing(self) -> int:
        """The first epoch from whose end on gradient descent is below SGD's mean over the epoch; −1 if none."""
        if self.batch_size == SAMPLES and self.sampling == "shuffled":
            return -1  # SGD is gradient descent then: only rounding parts the two
        exact = self.excess(self.gradient_descent())[1:]
        noisy = self.excess(self.trajectory())[1:].reshape(EPOCHS, -1).mean(-1)
        behind = np.flatnonzero(exact >= noisy)
        first = int(behind[-1]) + 2 if behind.size else 1
        return first if first <= EPOCHS else -1

    def words(self) -> str:
        crossing = self.crossing()
        passes = (
            f"passes SGD for good in epoch {crossing}"
            if crossing > 0
            else f"does not pass SGD for good in {EPOCHS} epochs"
        )
        held = "it diverges" if self.trajectory().diverged else f"{self.measured_floor():.3g}"
        floor = f"{self.predicted_floor():.3g}" if np.isfinite(self.predicted_floor()) else "without bound"
        return (
            f"Batch size {self.batch_size}, learning rate {self.learning_rate:.3g}: SGD makes "
            f"{-(-SAMPLES // self.batch_size)} updates an epoch. Noise floor measured {held}, "
            f"predicted {floor}. Gradient descent {passes}."
        )

    def picture(self) -> figures.Picture:
        problem, noisy, exact = self.problem, self.trajectory(), self.gradient_descent()
        surface = figures.panel("Paths on the loss", xlabel="intercept w₀", ylabel="slope w₁")
        figures.contours(surface, problem, (-3, 3), (-2.5, 2.5))
        figures.path(surface, noisy.positions[:: max(1, len(noisy.positions) // 400)], "SGD")
        figures.path(surface, exact.positions, "gradient descent")
        points = figures.panel("The data and the lines", xlabel="x", ylabel="y")
        x = problem.features[:, 1]
        points.plot(x, problem.targets, "o", color=figures.MUTED, markersize=2.5)
        ends = np.array([-2.0, 2.0])
        for method, run in (("gradient descent", exact), ("SGD", noisy)):
            w = run.positions[-1]
            figures.curve(points, w[0] + w[1] * ends, method, x=ends)
        points.set(xlim=(-2.1, 2.1), ylim=(-3.5, 5))
        loss = figures.panel("Loss above the best", xlabel="epochs", ylabel="excess loss", log=True)
        per_epoch = (len(noisy.positions) - 1) // EPOCHS
        thin = slice(None, None, max(1, len(noisy.positions) // 400))
        epochs = np.arange(len(noisy.positions)) / per_epoch
        drawn = {"linestyle": "-", "linewidth": 0.9}
        figures.curve(loss, self.excess(noisy)[thin], "SGD", x=epochs[thin], **drawn)
        figures.curve(loss, self.excess(exact), "gradient descent")
        loss.axhline(
            min(self.predicted_floor(), figures.MAX_SHOWN), color=figures.INK, linewidth=1, linestyle=":"
        )
        loss.set_ylim(1e-6, 1e2)
        alt = (
            "Three panels: the paths of gradient descent and of SGD on the contour lines of the loss, the data with "
            f"both fitted lines, and the excess loss against the epochs with the predicted floor. {self.words()}"
        )
        return figures.show(surface, points, loss, alt=alt)
