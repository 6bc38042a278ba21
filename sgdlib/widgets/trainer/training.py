"""One run of the trainer, update by update; ``training.mjs`` is the same on the page.

The rule is the one Keras runs: its weights are the lookahead point of Nesterov's method, see the chapter on Keras.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.descent import DIVERGED
from sgdlib.network import Dense, Network
from sgdlib.widgets.maths.generator import shuffled_batches, uniforms

__all__ = ["SAMPLES", "TOLD", "History", "Plan", "digits", "digits_text", "factor", "train"]

SAMPLES = 360  # digits to train on; as many others validate
# how often the losses and the sharpness are measured in a run, beside its start
POINTS, METERS = 200, 25
# how exactly the sharpness is measured, and how much of a random direction its search starts with
TOLERANCE, NOISE = 0.01, 0.1
SHUFFLES, DIRECTIONS = 1000, 2000  # what is added to a seed, so that each use has numbers of its own

TOLD = {
    "SAMPLES": SAMPLES,
    "POINTS": POINTS,
    "METERS": METERS,
    "TOLERANCE": TOLERANCE,
    "SHUFFLES": SHUFFLES,
    "DIRECTIONS": DIRECTIONS,
    "NOISE": NOISE,
    "DIVERGED": DIVERGED,
}
"""What ``training.mjs`` is told."""

Rows = tuple[tuple[float, ...], ...]


def digits_text() -> str:
    """The digits as the page gets them: of each the 64 pixels, a for 0 to q for 16, and the class.

    Notes
    -----
    For the trainer in the chapter on the edge of stability.

    Examples
    --------
    >>> len(digits_text().split()), len(digits_text().split()[0])
    (720, 65)
    """
    return Path(__file__).with_name("digits.txt").read_text(encoding="utf-8")


@cache
def digits() -> tuple[NDArray, NDArray]:
    """Pixels from 0 to 1, of shape (720, 64), and classes, of shape (720,); the first 360 are to train on.

    Notes
    -----
    The first 720 of scikit-learn's 1,797 digits after a shuffle. Source: Alpaydin and Kaynak (1998).

    Examples
    --------
    >>> pixels, classes = digits()
    >>> pixels.shape, classes[:3], pixels.max()
    ((720, 64), array([6, 6, 6]), np.float64(1.0))
    """
    lines = np.array([list(line) for line in digits_text().split()])
    return (lines[:, :64].view(np.int32) - ord("a")) / 16, lines[:, 64].astype(int)


@dataclass(frozen=True)
class Plan:
    """All that decides a run, as the settings of ``Trainer`` name it; rows are tuples.

    Notes
    -----
    What the trainer of the chapter on the edge of stability runs.

    Examples
    --------
    >>> from sgdlib.widgets import Trainer
    >>> plan = Trainer(learning_rate=0.1, earlier=[[400, 0.2, 0.9, 1]]).plan
    >>> plan.setting_at(399), plan.setting_at(400), plan.network.d
    ((0.2, 0.9, True), (0.1, 0.0, False), 4810)
    """

    learning_rate: float
    momentum: float
    nesterov: bool
    loss: str
    batch_size: int
    hidden: str
    activation: str
    updates: int
    seed: int
    schedule: Rows
    momentum_schedule: Rows
    earlier: Rows

    @cached_property
    def network(self) -> Network:
        """The loss over the digits to train on."""
        pixels, classes = (each[:SAMPLES] for each in digits())
        hidden = [Dense(int(units), self.activation) for units in self.hidden.split("-")]
        return Network((*hidden, Dense(10)), pixels, self._targets(classes), self.loss)

    @cached_property
    def validation(self) -> Network:
        """The same over the other digits."""
        pixels, classes = (each[SAMPLES:] for each in digits())
        return replace(self.network, features=pixels, targets=self._targets(classes))

    def _targets(self, classes: NDArray) -> NDArray:
        return np.eye(10)[classes] if self.loss == "squares" else classes

    def first_weights(self) -> NDArray:
        """w at the start, of shape (d,): Glorot uniform, by the numbers of the widgets' generator."""
        return self.network.draw(_Drawn(self.seed))

    def batches(self) -> list[NDArray]:
        """The rows of every update."""
        if self.batch_size >= SAMPLES:
            return [np.arange(SAMPLES)] * self.updates
        epochs = -(-self.updates // -(-SAMPLES // self.batch_size))
        return shuffled_batches(self.seed + SHUFFLES, SAMPLES, self.batch_size, epochs)[: self.updates]

    def setting_at(self, k: int) -> tuple[float, float, bool]:
        """η, μ and whether Nesterov looks ahead at update k, changes in mid-run and schedules included."""
        chosen = (self.learning_rate, self.momentum, self.nesterov)
        for until, *before in self.earlier:
            if k < until:
                chosen = before
                break
        share = k / self.updates
        learning_rate, momentum, nesterov = chosen
        return (
            learning_rate * factor(self.schedule, share),
            momentum * factor(self.momentum_schedule, share),
            bool(nesterov),
        )

    def keras_weights(self) -> list[NDArray]:
        """The first weights as ``model.set_weights`` takes them: of each layer the kernel and the bias."""
        parts = self.network._matrices(self.first_weights())
        return [each for matrix in parts for each in (matrix[:-1], matrix[-1])]

    def tell(self, model, k: int) -> None:
        """Give the optimizer of an eager Keras model the setting of update k.

        Keras makes velocities only for an optimizer that begins with a momentum, so one that did not is replaced.
        """
        learning_rate, momentum, nesterov = self.setting_at(k)
        if momentum > 0 and model.optimizer.momentum == 0:
            fresh = type(model.optimizer)(learning_rate, momentum, nesterov)
            model.compile(fresh, model.loss, run_eagerly=True)
        model.optimizer.learning_rate = learning_rate
        model.optimizer.momentum, model.optimizer.nesterov = momentum, nesterov


class _Drawn:
    """The widgets' generator, as ``Network.draw`` asks for numbers."""

    def __init__(self, seed: int):
        self.seed, self.used = seed, 0

    def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> NDArray:
        count = int(np.prod(shape))
        drawn = uniforms(self.seed, self.used + count)[self.used :]
        self.used += count
        return ((low + high) / 2 + (high - low) / 2 * (2 * drawn - 1)).reshape(shape)


def factor(rows: Rows, share: float) -> float:
    """What a schedule multiplies by at a share of the run: straight lines between its points.

    Notes
    -----
    Draws the schedules of the trainer in the chapter on the edge of stability.

    Examples
    --------
    >>> [factor(((0, 1), (0.5, 1), (0.5, 0.1), (1, 0.1)), share) for share in (0, 0.4, 0.5, 1)]
    [1.0, 1.0, 0.1, 0.1]
    """
    passed = sum(1 for row in rows if row[0] <= share)
    if passed in (0, len(rows)):
        return float(rows[max(0, passed - 1)][1])
    (x, low), (after, high) = rows[passed - 1], rows[passed]
    return float(low + (high - low) * (share - x) / (after - x))


@dataclass(frozen=True)
class History:
    """What a run went through.

    Attributes
    ----------
    points
        Rows of update, training loss, validation loss and the share of unseen digits that are right.
    meter
        Rows of update, sharpness L, and L divided by the limit of the method at its setting of that update.
    diverged_at
        The update that left [−10¹², 10¹²], or −1.
    weights, velocity
        Of shape (d,), where the run ended.

    Notes
    -----
    What the trainer of the chapter on the edge of stability shows.

    Examples
    --------
    >>> from sgdlib.widgets import Trainer
    >>> history = train(Trainer(updates=200, hidden="16", learning_rate=10.0).plan)
    >>> history.diverged_at > 0, history.weights.shape
    (True, (1210,))
    """

    points: NDArray
    meter: NDArray
    diverged_at: int
    weights: NDArray
    velocity: NDArray


@lru_cache(maxsize=32)
def train(plan: Plan) -> History:
    """Run a plan to its end.

    ::

        g = ∇f(θ) over the batch,    v ← μv − ηg,    θ ← θ + v,  with Nesterov  θ ← θ + μv − ηg

    Where μ was 0 until now, the velocity starts from 0, as Keras' does.

    Notes
    -----
    Runs the trainer of the chapter on the edge of stability.

    Examples
    --------
    >>> from sgdlib.widgets import Trainer
    >>> train(Trainer(updates=200, hidden="16").plan).points[-1].round(2)
    array([2.0e+02, 1.9e-01, 2.2e-01, 8.8e-01])
    """
    network, theta, k = plan.network, plan.first_weights(), 0
    velocity, batches = np.zeros_like(theta), plan.batches()
    points, meter, diverged_at, before = [], [], -1, None
    direction = np.zeros_like(theta)
    for k in range(plan.updates + 1):
        learning_rate, momentum, nesterov = plan.setting_at(k)
        if k % (plan.updates // POINTS) == 0:
            points.append((k, *_measured(plan, theta)))
        if k % (plan.updates // METERS) == 0:
            L, direction = _sharpest(plan, theta, direction)
            meter.append((k, L, _share(L, learning_rate, momentum, nesterov)))
        if k == plan.updates:
            break
        rows = batches[k]
        with np.errstate(over="ignore", invalid="ignore"):
            step = learning_rate * network.gradient(theta, rows if len(rows) < SAMPLES else slice(None))
            if before == 0 and momentum != 0:
                velocity = np.zeros_like(velocity)
            velocity = momentum * velocity - step
            moved = theta + (momentum * velocity - step if nesterov else velocity)
        before = momentum
        if not (np.abs(moved) <= DIVERGED).all():
            diverged_at = k + 1
            break
        theta = moved
    return History(np.array(points), np.array(meter), diverged_at, theta, velocity)


def _measured(plan: Plan, theta: NDArray) -> tuple[float, float, float]:
    classes = digits()[1][SAMPLES:]
    right = (plan.validation.outputs(theta).argmax(-1) == classes).mean()
    return float(plan.network.value(theta)), float(plan.validation.value(theta)), float(right)


def _sharpest(plan: Plan, theta: NDArray, direction: NDArray) -> tuple[float, NDArray]:
    """The sharpness and its direction, searched from where it lay a moment ago, with some of everything."""
    random = (2 * uniforms(plan.seed + DIRECTIONS, len(theta)) - 1) * np.sqrt(3 / len(theta))
    found = theory.sharpest(
        lambda u: plan.network.hessian_vector_product(theta, u), NOISE * random + direction, TOLERANCE
    )
    # its sign means nothing; the page's may be the other
    return float(found.curvature), np.sign(found.direction @ random) * found.direction


def _share(L: float, learning_rate: float, momentum: float, nesterov: bool) -> float:
    return L * learning_rate / float(theory.stability_limit(momentum, nesterov))
