"""The questions and exercises of the chapter on the edge of stability."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.descent import Trajectory, descend
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.experiments.edge import CHANGE, EVERY, EXPERIMENT, SAMPLES, UPDATES
from sgdlib.optimizer import SGD

__all__ = ["EXERCISES", "QUIZZES"]


@functools.cache
def trainings() -> NDArray:
    """The stored trainings with squares and full batches."""
    table = EXPERIMENT.load()
    return table[(table["loss"] == "squares") & (table["batch_size"] == SAMPLES)]


def share(entries: NDArray) -> NDArray:
    """L over the limit of the present η at every measurement, of shape (runs, measurements)."""
    limits = np.array([EXPERIMENT.run_of(entry).limit for entry in entries])
    changed = np.arange(UPDATES // EVERY + 1) * EVERY > CHANGE
    return entries["sharpness"] / limits[:, None] * np.where(changed, entries["factor"][:, None], 1.0)


def alive(method: str, factor: float) -> int:
    """How many of the four seeds live when η is multiplied by the factor in mid-run."""
    table = trainings()
    return int((table[(table["method"] == method) & (table["factor"] == factor)]["lost_at"] < 0).sum())


def largest_factor(method: str) -> float:
    """The largest factor tried that all four seeds survive, as all do with the smaller ones."""
    factors = sorted(factor for factor in set(trainings()["factor"].tolist()) if factor > 1)
    lived = [factor for factor in factors if alive(method, factor) == 4]
    assert lived == factors[: len(lived)]
    return lived[-1]


def two_variables(
    noise: float, push: float = 0.01, steps: int = 2000, momentum: float = 0.0, share: float = 0.95
) -> Trajectory:
    """f = ½ y x² − ε y at η = 0.1, from x = 0.1."""
    rng = np.random.default_rng(0)

    def slope(w: NDArray) -> NDArray:
        return np.array([w[1] * w[0] + noise * rng.normal(), w[0] ** 2 / 2 - push])

    limit = theory.stability_limit(momentum) / 0.1
    return descend(SGD(0.1, momentum), slope, [0.1, share * limit], steps)


def sharpness(x, y):
    """The larger eigenvalue of ((y, x), (x, 0))."""
    return (y + np.sqrt(y**2 + 4 * x**2)) / 2


def sharpness_along_x(x, y):
    """The curvature along x alone."""
    return y + 0 * x


def smaller_eigenvalue(x, y):
    """The other eigenvalue."""
    return (y - np.sqrt(y**2 + 4 * x**2)) / 2


def twice_the_sharpness(x, y):
    """The half forgotten."""
    return y + np.sqrt(y**2 + 4 * x**2)


def of_the_gradient(x, y):
    """The length of the gradient, with a push of 0.01."""
    return np.hypot(y * x, x**2 / 2 - 0.01)


def trace(x, y):
    """The sum of the diagonal and of the rest."""
    return y + 2 * x


def length_of_a_row(x, y):
    """The length of the first row of the matrix."""
    return np.hypot(x, y)


def by_numpy(x, y):
    """By NumPy, from the matrix."""
    return np.linalg.eigvalsh(np.array([[y, x], [x, 0.0]]))[-1]


def by_trace_and_determinant(x, y):
    """From trace and determinant."""
    return y / 2 + np.sqrt((y / 2) ** 2 + x * x)


def by_the_root(x, y):
    """The largest root of λ² − yλ − x²."""
    return np.roots([1.0, -y, -(x**2)]).max()


def climbs_and_stays() -> Proof:
    """GD at η = 0.08, four seeds, over the last 600 updates."""
    table = trainings()
    runs = table[
        (table["method"] == "gradient descent") & (table["learning_rate"] == 0.08) & (table["factor"] == 1)
    ]
    late = share(runs)[:, -600 // EVERY :]
    return {
        "It climbs to about 25": bool(((late > 0.9) & (late < 1.1)).all()),
        "It falls far below 25": bool((late < 0.5).any()),
        "It rises past 25": bool((runs["lost_at"] >= 0).any()),
    }, ()


def raised() -> Proof:
    """The learning rate times 1.4, at update 1,200."""
    lives = {method: alive(method, 1.4) for method in ("gradient descent", "momentum", "Nesterov")}
    plain, heavy = lives["gradient descent"], lives["momentum"] + lives["Nesterov"]
    return {
        "Gradient descent goes on": plain == 4 and heavy == 0,
        "Momentum goes on": plain == 0 and heavy > 4,
        "All three go on": plain == 4 and heavy == 8,
        "All three are lost": plain + heavy == 0,
    }, ()


def without_noise() -> Proof:
    """Momentum 0.8 at η = 0.1, with noise and without."""
    limit = theory.stability_limit(0.8) / 0.1
    steady, bare = (two_variables(noise, momentum=0.8).positions[:, 1] / limit for noise in (0.1, 0.0))
    assert steady.max() < 1.02 and steady.min() > 0.9
    return {
        "y overshoots": bare.max() > 1.02 and bare.min() < 0.8,
        "y stops at the limit more exactly": bool((abs(bare[-1000:] - 1) < abs(steady[-1000:] - 1)).all()),
        "Nothing changes": bool(np.allclose(bare, steady, atol=0.05)),
    }, ()


QUIZZES = (
    Quiz(
        "sharpness-in-training",
        "Gradient descent trains a network with η = 0.08: it is stable up to L = 2/η = 25. Where does L stand after "
        "2,400 updates?",
        (
            Choice(
                "It climbs to about 25 and stays there.",
                "Training makes the network sharper until its own learning rate stops it.",
                right=True,
            ),
            Choice(
                "It falls far below 25: training finds flat places.",
                "So it is with cross-entropy, later in this chapter. With squares L rises.",
            ),
            Choice(
                "It rises past 25, and the run is lost.",
                "On a bowl a run past the limit is lost. A network has a way back.",
            ),
        ),
        proof=climbs_and_stays,
    ),
    Quiz(
        "rate-raised",
        "Three runs stand at their limits. In mid-run all three learning rates are raised by 40 %. What happens?",
        (
            Choice(
                "Gradient descent goes on, the two with momentum are lost.",
                "The swing of plain descent pushes L down in time. With momentum it grows too fast.",
                right=True,
            ),
            Choice(
                "Momentum goes on, for its limit is higher; gradient descent is lost.",
                "The limit is higher, but L stood at that limit.",
            ),
            Choice("All three go on: L gives way.", "It does so for gradient descent only."),
            Choice(
                "All three are lost: they stood at their limits.",
                "On a bowl they would be. Here L can give way.",
            ),
        ),
        proof=raised,
    ),
    Quiz(
        "walls-without-noise",
        "Without noise x shrinks towards 0 as long as y is below the limit. What does that do to y?",
        (
            Choice(
                "y overshoots, and then falls deep.",
                "x has shrunk to almost nothing. It takes long to grow back, and is then too large.",
                right=True,
            ),
            Choice(
                "y stops at the limit more exactly than with noise.",
                "What should stop it? Only a swing pulls y back, and there is none.",
            ),
            Choice(
                "Nothing changes: the noise is small.",
                "It is small, but it keeps a swing alive that can grow in time.",
            ),
        ),
        proof=without_noise,
    ),
)

LIMITS = [theory.stability_limit(*setting) for setting in ((0.0, False), (0.9, False), (0.9, True))]
PUSH = 0.02
late = two_variables(0.1, PUSH, steps=6000).positions[3000:]
pull, mean_share = float((late[:, 0] ** 2 / 2).mean()), float(late[:, 1].mean() / 20)

EXERCISES = (
    Exercise(
        "momentum-in-mid-run",
        "compute",
        {
            "needle": Number(
                "L over the limit right after the change, heavy ball",
                LIMITS[0] / LIMITS[1],
                "L is what it was. Divide the old limit by the new one.",
                (
                    Mistake(1.0, "L has not changed, but the limit has."),
                    Mistake(LIMITS[1] / LIMITS[0], "Upside down: the new limit is the higher one."),
                    Mistake(
                        0.1,
                        "The effective learning rate is ten times larger, but the limit does not go by it.",
                    ),
                ),
                why="There is room again.",
                right=(0.526, 10 / 19, np.array(0.52632)),
                wrong=(0.5,),
            ),
            "later": Number(
                "the L at which the needle will stand at 1",
                LIMITS[1] / 0.08,
                "At the limit ηL is 2(1 + μ).",
                (
                    Mistake(LIMITS[0] / 0.08, "That is the limit without momentum."),
                    Mistake(LIMITS[2] / 0.08, "That is the limit with Nesterov."),
                    Mistake(LIMITS[1], "That is ηL. Divide by η."),
                ),
                why="Training may sharpen the network almost twofold.",
                right=(47.5, np.float64(47.5), 3.8 / 0.08),
            ),
            "ahead": Number(
                "L over the limit right after the change, with Nesterov",
                LIMITS[0] / LIMITS[2],
                "L is what it was. The limit is now (2 + 2μ)/(1 + 2μ) over η.",
                (
                    Mistake(LIMITS[2] / LIMITS[0], "Upside down: the new limit is the lower one."),
                    Mistake(LIMITS[0] / LIMITS[1], "That is the heavy ball's needle."),
                    Mistake(1.0, "L has not changed, but the limit has."),
                ),
                why="That is above 1: too far for momentum, as the figure on raised learning rates shows.",
                right=(1.474, 28 / 19, 1.47368),
            ),
        },
    ),
    Exercise(
        "how-much-may-it-be-raised",
        "read off",
        {
            name: Number(
                f"the largest factor that all four seeds survive, {method}",
                largest_factor(method),
                "The last point of its curve that is still at 4.",
                tuple(
                    Mistake(factor, message)
                    for factor, message in (
                        (1.0, "That is no raise at all. Look for the last point at 4."),
                        (3.0, "There not all four live."),
                        (0.8, "That is a learning rate that is lowered."),
                    )
                ),
                tolerance=1e-3,
                right=(
                    largest_factor(method),
                    np.float64(largest_factor(method)),
                    np.array(largest_factor(method)),
                ),
            )
            for name, method in (("plain", "gradient descent"), ("heavy", "momentum"), ("ahead", "Nesterov"))
        },
    ),
    Exercise(
        "sharpness-of-two",
        "compute",
        {
            "sharpness": Function(
                sharpness,
                cases=((0.1, 20.0), (1.0, 2.0), (-3.0, 4.0), (0.5, -1.0), (2.0, 0.0)),
                hint="The second derivatives are y, x and 0. The larger eigenvalue λ solves λ² − yλ − x² = 0.",
                mistakes=(
                    Mistake(
                        sharpness_along_x,
                        "That is the curvature along x. The steepest direction is turned a little.",
                    ),
                    Mistake(smaller_eigenvalue, "That is the smaller eigenvalue."),
                    Mistake(twice_the_sharpness, "Twice as much as it is: a half is missing."),
                ),
                right=(by_numpy, by_trace_and_determinant, by_the_root),
                wrong=(of_the_gradient, trace, length_of_a_row),
            )
        },
    ),
    Exercise(
        "push-and-pull",
        "investigate",
        {
            "pull": Number(
                "the mean of ½x²",
                pull,
                "Take the positions of the second half, square x, halve it, and take the mean.",
                (
                    Mistake(2 * pull, "That is the mean of x². The slope in y has half of it."),
                    Mistake(0.0, "That is the mean of x, which changes sides at every step."),
                    Mistake(0.1**2 / 2, "That is the noise alone."),
                ),
                why="It is ε: on average the swing pulls y down by as much as the slope pushes it up.",
                tolerance=0.015,
                right=(PUSH, pull, float(np.float32(pull))),
            ),
            "share": Number(
                "the mean of y over its limit",
                mean_share,
                "The limit is 2/η. Divide the mean of y in the second half by it.",
                (
                    Mistake(20 * mean_share, "That is y. Divide by its limit."),
                    Mistake(1 / mean_share / 2, "The limit is 2/η, not 1/η."),
                    Mistake(0.9, "That is where the run starts."),
                ),
                why="It stands at the limit with every ε that is small enough.",
                tolerance=0.01,
                right=(1.0, mean_share, round(mean_share, 4)),
            ),
        },
    ),
)
