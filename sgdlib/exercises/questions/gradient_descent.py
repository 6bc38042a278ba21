"""The questions and exercises of the chapter on gradient descent."""

from __future__ import annotations

import numpy as np

from sgdlib import theory
from sgdlib.data import LinearRegression
from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.optimizer import SGD
from sgdlib.surfaces import FlatQuartic, Quadratic, valley

__all__ = ["EXERCISES", "QUIZZES"]

START = np.array([-5.0, 2.0])
CURVATURES = np.array([0.2, 4.0])  # of the long valley
WIDE = np.array([0.8, 4.0])  # of the valley of the second exercise
NEAR = 1e-6


def positions_in_bowl(a: float, steps: int) -> np.ndarray:
    """A run from 1 in the bowl of curvature 1."""
    return descend(SGD(a), Quadratic((1.0,)).gradient, [1.0], steps).positions[:, 0]


def steps_in_valley(curvatures, learning_rate: float, most: int = 1600) -> int:
    """The steps that a run takes in a valley with these curvatures, from the chapter's start."""
    run = descend(SGD(learning_rate), Quadratic(tuple(curvatures)).gradient, START, most)
    return int(steps_to_stay_within(run.positions, NEAR))


def best_of(curvatures) -> theory.Tuning:
    """Gradient descent at its best between the smallest and the largest curvature."""
    return theory.best_tuning("gradient descent", min(curvatures), max(curvatures))


def steps_at_best(curvatures) -> int:
    """How many steps it then takes."""
    return steps_in_valley(curvatures, best_of(curvatures).optimizer.learning_rate, most=200)


def by_the_rate(curvatures, distance: float) -> int:
    """The steps that the rate promises for a start at this distance."""
    return int(np.ceil(theory.steps_to_shrink(best_of(curvatures).rate, NEAR / distance)))


def two_features() -> tuple[np.ndarray, np.ndarray]:
    """The samples of the exercise on scaling."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 2)) * [1.0, 10.0]
    return features, features @ [1.0, 0.1] + rng.normal(size=200)


def fit(features, targets) -> tuple[float, int]:
    """The condition number of a linear model, and its steps at the best learning rate from 0."""
    problem = LinearRegression(features, targets)
    curvatures = np.linalg.eigvalsh(problem.hessian)
    run = descend(best_of(curvatures).optimizer, problem.gradient, [0.0, 0.0], 1000)
    return float(curvatures[-1] / curvatures[0]), int(
        steps_to_stay_within(run.positions, NEAR, problem.minimum)
    )


def count_steps(gradient, w, learning_rate, near, most):
    """The steps until the distance to 0 is below ``near``, or ``most``."""
    for k in range(most):
        if np.linalg.norm(w) < near:
            return k
        w = w - learning_rate * gradient(w)
    return most


def count_uphill(gradient, w, learning_rate, near, most):
    """The sign turned round."""
    return count_steps(lambda w: -gradient(w), w, learning_rate, near, most)


def count_too_many(gradient, w, learning_rate, near, most):
    """One step more."""
    return min(count_steps(gradient, w, learning_rate, near, most) + 1, most)


def count_too_few(gradient, w, learning_rate, near, most):
    """One step fewer."""
    return count_steps(gradient, w, learning_rate, near, most) - 1


def count_by_step_length(gradient, w, learning_rate, near, most):
    """Stops when a step is short."""
    for k in range(most):
        step = learning_rate * gradient(w)
        if np.linalg.norm(step) < near:
            return k
        w = w - step
    return most


def count_by_gradient(gradient, w, learning_rate, near, most):
    """Stops when the gradient is short."""
    for k in range(most):
        if np.linalg.norm(gradient(w)) < near:
            return k
        w = w - learning_rate * gradient(w)
    return most


def count_step_first(gradient, w, learning_rate, near, most):
    """Steps before it looks, so that it never returns 0."""
    for k in range(most):
        w = w - learning_rate * gradient(w)
        if np.linalg.norm(w) < near:
            return k + 1
    return most


def count_by_largest(gradient, w, learning_rate, near, most):
    """The largest coordinate for the distance."""
    for k in range(most):
        if np.abs(w).max() < near:
            return k
        w = w - learning_rate * gradient(w)
    return most


def count_by_first(gradient, w, learning_rate, near, most):
    """The first coordinate for the distance."""
    for k in range(most):
        if abs(w[0]) < near:
            return k
        w = w - learning_rate * gradient(w)
    return most


def count_without_most(gradient, w, learning_rate, near, most):
    """A loop of its own length."""
    return count_steps(gradient, w, learning_rate, near, 100)


def count_while_far(gradient, w, learning_rate, near, most):
    """The same with a while."""
    k = 0
    while k < most and np.sqrt((w * w).sum()) >= near:
        w, k = w - learning_rate * gradient(w), k + 1
    return k


def count_with_descend(gradient, w, learning_rate, near, most):
    """The same by the course's own loop."""
    distance = np.linalg.norm(descend(SGD(learning_rate), gradient, w, most).positions, axis=1)
    return np.argmax(distance < near) if (distance < near).any() else most


def count_as_float(gradient, w, learning_rate, near, most):
    """The same as a float."""
    return np.float32(count_steps(gradient, list(w) * np.ones(1), learning_rate, near, most))


def count_in_place(gradient, w, learning_rate, near, most):
    """The reader's start overwritten."""
    for k in range(most):
        if np.linalg.norm(w) < near:
            return k
        w -= learning_rate * gradient(w)
    return most


def count_until_it_blows_up(gradient, w, learning_rate, near, most):
    """No end but arrival."""
    k = 0
    while near <= np.linalg.norm(w) < 1e12:
        w, k = w - learning_rate * gradient(w), k + 1
    return k if np.linalg.norm(w) < near else most


def count_not_at_all(gradient, w, learning_rate, near, most):
    """Returns the position."""
    return descend(SGD(learning_rate), gradient, w, most).positions[-1]


def count_with_old_gradient(gradient, w, learning_rate, near, most):
    """Measures the gradient at the start only."""
    g = gradient(w)
    return count_steps(lambda w: g, w, learning_rate, near, most)


raw, scaled = (fit(X / width, y) for X, y in [two_features()] for width in (1.0, X.std(axis=0)))
spread = np.sqrt(raw[0])
at_best, wide_at_best = steps_at_best(CURVATURES), steps_at_best(WIDE)
untuned = steps_in_valley(CURVATURES, 0.05)


def it_zig_zags_in() -> Proof:
    """At 1.5 times the learning rate that lands, every second step is on the other side, and half remains."""
    w = positions_in_bowl(1.5, 40)
    steps, at_half = (steps_to_stay_within(positions_in_bowl(a, 40)[:, None], NEAR) for a in (1.5, 0.5))
    assert np.isclose(positions_in_bowl(1.0, 1)[-1], 0) and np.allclose(w[1:] / w[:-1], -0.5)
    assert np.allclose(np.abs(positions_in_bowl(2.0, 40)), 1) and np.abs(positions_in_bowl(2.1, 40))[-1] > 10
    return {
        "the walker flies off": np.abs(w[-1]) > 1,
        "it jumps to and fro": np.isclose(np.abs(w[-1]), 1),
        "it arrives, jumping from side to side": steps > 0 and (w[1:] * w[:-1] < 0).all(),
        "it arrives, but more slowly than at half of the learning rate that lands": steps > at_half,
    }, (steps, at_half)


def every_step_takes_half() -> Proof:
    """On ½w² the share stays; on ¼w⁴ it fades."""
    w = positions_in_bowl(0.5, 100)
    flat = descend(SGD(0.5), FlatQuartic().gradient, [1.0], 100).positions[:, 0]
    taken, of_flat = 1 - w[1:] / w[:-1], 1 - flat[1:] / flat[:-1]
    assert np.allclose(taken, 0.5) and of_flat[-1] < 0.02 * of_flat[0]
    return {
        "next to nothing": taken[99] < 0.1,
        "half of what is left": np.isclose(taken[99], 0.5),
        "more than half": taken[99] > 0.51,
    }, ()


def the_zig_zag_is_first() -> Proof:
    """The steps of the four choices, and what they say of each direction."""
    rates = np.array([0.05, 0.25, 0.476, 0.49])
    steps = np.array([steps_in_valley(CURVATURES, eta) for eta in rates])
    along, across = (theory.rate(rates * curvature) for curvature in CURVATURES)
    assert across[1] == 0 and np.allclose([along[2], across[2]], 0.905, atol=1e-3)
    choices = ("0.05: ", "0.25: ", "0.476: ", "0.49: ")
    shares = 100 * np.array([along[0], along[1], theory.rate(2 / 4.2 * 0.2), across[3]])
    return dict(zip(choices, steps == steps.min(), strict=True)), (*steps, *shares)


QUIZZES = (
    Quiz(
        "past-the-bottom",
        "At one learning rate, a walker in a bowl lands on the bottom in a single step. Now the learning rate is 1.5 "
        "times that, so every step goes past the bottom. What happens?",
        (
            Choice(
                "the walker flies off: a step past the bottom is too long",
                "Past the bottom is no harm as long as the walker lands nearer to it than before. It flies off only "
                "beyond twice that learning rate.",
            ),
            Choice(
                "it jumps to and fro between two points forever",
                "That is what happens at exactly twice that learning rate. At 1.5 times each jump is shorter than the "
                "last.",
            ),
            Choice(
                "it arrives, jumping from side to side",
                "Each step leaves half the distance, on the other side. After 20 of them a millionth is left.",
                right=True,
            ),
            Choice(
                "it arrives, but more slowly than at half of the learning rate that lands",
                "It does arrive. But half of the learning rate that lands leaves half the distance, too, on the same "
                "side: 20 steps either way.",
            ),
        ),
        proof=it_zig_zags_in,
    ),
    Quiz(
        "the-hundredth-step",
        "In the bowl ½w², the first step at η = 0.5 takes away half of the distance to the bottom. Near the bottom "
        "the slope fades, and the steps get tiny. What does the hundredth step take away?",
        (
            Choice(
                "next to nothing: that is why gradient descent is slow",
                "The step is tiny, and so is what is left to go. As a share of it, the step is as good as ever. On a "
                "flatter bottom, such as ¼w⁴, you would be right.",
            ),
            Choice(
                "half of what is left, like the first",
                "The slope is the curvature times the distance: both shrink together. So the share stays the same.",
                right=True,
            ),
            Choice(
                "more than half: it is so close that it can hardly miss",
                "Closeness does not help. The slope knows nothing but the distance, and the share is ηλ at every "
                "distance.",
            ),
        ),
        proof=every_step_takes_half,
    ),
    Quiz(
        "which-arrives-first",
        "The long valley has curvature 4 across and 0.2 along, so the limit is 2/L = 0.5. Four walkers start at (−5, "
        "2). Which learning rate arrives first?",
        (
            Choice(
                "0.05: small steps are safe, and go straight to the goal",
                "Safe, yes. But along the valley each step leaves 99 % of the distance, and it takes 1535 steps.",
            ),
            Choice(
                "0.25: across the valley it lands in one step",
                "Across it does, since 0.25 is 1/L. Then it creeps along, at 95 % a step, and needs 301.",
            ),
            Choice(
                "0.476: it zig-zags, but gets ahead along the valley",
                "Both directions then shrink to 90.5 % a step, one creeping, one zig-zagging, and 155 steps are "
                "enough. A zig-zag that shrinks is no fault.",
                right=True,
            ),
            Choice(
                "0.49: the larger the faster, as long as it stays below 0.5",
                "Larger is faster only until the zig-zag across becomes the slower part. Here each step leaves 96 % "
                "of it, and the run takes 356 steps.",
            ),
        ),
        proof=the_zig_zag_is_first,
    ),
)

EXERCISES = (
    Exercise(
        "read-the-v",
        "read off",
        {
            "lands": Number(
                "the learning rate that lands in one step",
                1 / 4,
                "The V touches the axis at one value of a = ηλ. Divide it by λ.",
                (
                    Mistake(1.0, "That is a = ηλ, the number on the axis. Divide by λ to get η."),
                    Mistake(4.0, "You multiplied by λ. From a = ηλ to η you divide."),
                    Mistake(2 / 4, "That is 2/λ, where the walker jumps to and fro forever."),
                ),
                why="One over the curvature.",
                right=(0.25, np.array([0.25]), np.float32(0.25)),
            ),
            "creeps": Number(
                "the smaller one that halves the distance",
                0.5 / 4,
                "The V is at 0.5 in two places. Take the left arm of the V, and divide that a by λ.",
                (
                    Mistake(0.5, "That is a = ηλ, the number on the axis. Divide by λ to get η."),
                    Mistake(1.5 / 4, "This one zig-zags: it is the larger of the two."),
                    Mistake(2.0, "You multiplied by λ. From a = ηλ to η you divide."),
                ),
                right=(0.125, np.array([0.125]), np.float32(0.125)),
            ),
            "zigzags": Number(
                "the larger one that halves the distance",
                1.5 / 4,
                "The V is at 0.5 in two places. Take the right arm of the V, and divide that a by λ.",
                (
                    Mistake(1.5, "That is a = ηλ, the number on the axis. Divide by λ to get η."),
                    Mistake(0.5 / 4, "This one creeps: it is the smaller of the two."),
                    Mistake(6.0, "You multiplied by λ. From a = ηλ to η you divide."),
                ),
                why="As fast as the smaller one, from side to side.",
                right=(0.375, np.array([0.375]), np.float32(0.375)),
            ),
            "limit": Number(
                "the learning rate from which on it does not converge",
                2 / 4,
                "The run converges while the V is below 1. Where does its right arm get there?",
                (
                    Mistake(2.0, "That is a = ηλ, the number on the axis. Divide by λ to get η."),
                    Mistake(
                        1 / 4, "There the factor is 0, the best. Beyond, it zig-zags and still converges."
                    ),
                    Mistake(8.0, "You multiplied by λ. From a = ηλ to η you divide."),
                ),
                why="Two over the curvature, the limit of stability.",
                right=(0.5, np.array([0.5]), np.float32(0.5)),
            ),
        },
    ),
    Exercise(
        "two-valleys",
        "compute",
        {
            "best": Number(
                "the long valley's best learning rate",
                best_of(CURVATURES).optimizer.learning_rate,
                "At the best learning rate both directions are equally fast: 1 − ηm = ηL − 1.",
                (
                    Mistake(2 / 4.0, "That is 2/L, the limit. The best learning rate lies a little below."),
                    Mistake(
                        1 / 4.0,
                        "That is 1/L: across it lands in one step, but along it creeps longer than need be.",
                    ),
                    Mistake(2 / 3.8, "Add the two curvatures, do not subtract them. This one explodes."),
                    Mistake(1 / 4.2, "Half of it. Two over the sum, not one."),
                ),
                why="In so long a valley it is close to the limit.",
                right=(0.476, 0.4762, 0.47619, 2 / (CURVATURES[0] * (1 + 20))),
                wrong=(0.5,),
            ),
            "steps": Number(
                "the long valley's steps to a millionth",
                at_best,
                "Each step leaves the share ρ = (κ − 1)/(κ + 1) of the distance, which is √29 at the start.",
                (
                    Mistake(
                        at_best - 1,
                        "After that step it is still a little outside. Round up.",
                    ),
                    Mistake(by_the_rate(CURVATURES, 1.0), "You started at the distance 1. Here it is √29."),
                    Mistake(
                        7 * 20,
                        "That is the rule of thumb, 7κ, for a start at the distance 1. Work it out for √29.",
                    ),
                    Mistake(
                        untuned,
                        "That is the run at 0.05, not at the best learning rate.",
                    ),
                ),
                right=(155.0, np.array([155]), np.ceil(np.log(1e-6 / 29**0.5) / np.log(19 / 21))),
            ),
            "wide_rate": Number(
                "the wide valley's factor per step ρ",
                best_of(WIDE).rate,
                "First κ = L/m, then (κ − 1)/(κ + 1).",
                (
                    Mistake(
                        1 / best_of(WIDE).rate, "Upside down: above 1 the distance would grow at every step."
                    ),
                    Mistake(
                        theory.best_tuning("momentum", *WIDE).rate,
                        "That has √κ in place of κ. It takes momentum to get that.",
                    ),
                    Mistake(1 - 0.8 / 4, "That is 1 − m/L, the factor at the learning rate 1/L."),
                    Mistake(0.8 / 4, "That is m/L. Turn it over to get κ, then use (κ − 1)/(κ + 1)."),
                ),
                why="A third of the distance goes at every step.",
                share=True,
                right=(0.667, 0.6667, 0.666667, (5 - 1) / (5 + 1)),
            ),
            "wide_steps": Number(
                "the wide valley's steps to a millionth",
                wide_at_best,
                "Find the first whole k with √29 ρᵏ below a millionth, with the ρ of the wide valley.",
                (
                    Mistake(
                        wide_at_best - 1,
                        "After that step it is still a little outside. Round up.",
                    ),
                    Mistake(by_the_rate(WIDE, 1.0), "You started at the distance 1. Here it is √29."),
                    Mistake(at_best, "That is the long valley."),
                ),
                why="A quarter of the condition number, and about a quarter of the steps.",
                right=(39.0, np.array([39]), np.ceil(np.log(1e-6 / 29**0.5) / np.log(0.667))),
            ),
        },
    ),
    Exercise(
        "write-the-descent",
        "compute",
        {
            "count_steps": Function(
                count_steps,
                (
                    (valley(condition_number=5).gradient, START, 2 / 4.8, NEAR, 60),
                    (valley().gradient, START, 0.6, NEAR, 50),
                    (lambda w: w, np.array([1.0]), 0.1, 0.05, 100),
                    (lambda w: w, np.array([0.5, 0.5]), 0.5, 1.0, 100),
                    (lambda w: w, np.array([1.0, 1.0]), 0.5, 1.2, 100),
                    (lambda w: w, np.array([0.5, 3.0]), 0.5, 0.6, 100),
                    (lambda w: w, np.array([1.0]), 0.5, 1e-6, 10),
                ),
                "Before each step, see whether the distance is below near; if so, return how many steps were taken.",
                (
                    Mistake(count_uphill, "It climbs: check the sign before the gradient."),
                    Mistake(
                        count_too_many, "One too many: look at the distance before a step, not after it."
                    ),
                    Mistake(count_too_few, "One too few: count each step that was taken."),
                    Mistake(
                        count_by_step_length,
                        "You stop when a step is short. The question is how far it still is: a short step may also "
                        "mean a small learning rate.",
                    ),
                    Mistake(
                        count_by_gradient,
                        "You stop when the gradient is short. The question is how far it still is.",
                    ),
                    Mistake(
                        count_step_first,
                        "You step before you look. A start that is near enough takes 0 steps.",
                    ),
                    Mistake(
                        count_by_largest,
                        "That is the largest coordinate. The distance is np.linalg.norm(w).",
                    ),
                    Mistake(
                        count_by_first,
                        "That is the first coordinate alone. The distance is np.linalg.norm(w).",
                    ),
                    Mistake(count_without_most, "Stop after most steps, however many these are."),
                    Mistake(
                        count_with_old_gradient,
                        "The gradient changes on the way. Measure it anew before every step.",
                    ),
                ),
                why="This loop is gradient descent, all of it.",
                right=(count_while_far, count_with_descend, count_as_float),
                wrong=(count_in_place, count_until_it_blows_up, count_not_at_all),
            )
        },
    ),
    Exercise(
        "scale-the-features",
        "investigate",
        {
            "kappa_raw": Number(
                "the condition number as noted",
                raw[0],
                "Divide the largest eigenvalue of problem.hessian by the smallest.",
                (
                    Mistake(
                        spread, "That is the root of it: the curvature grows with the square of the spread."
                    ),
                    Mistake(1 / raw[0], "Upside down: the largest curvature goes on top."),
                ),
                why="Ten times the spread, about a hundred times the curvature.",
                right=(105.0, 105.007, np.linalg.cond(two_features()[0]) ** 2),
                wrong=(
                    105.715,
                    106.025,
                    1.05,
                ),
            ),
            "steps_raw": Number(
                "the steps as noted",
                raw[1],
                "Start at (0, 0), use best_tuning, and count until the distance to problem.minimum stays within a "
                "millionth.",
                (
                    Mistake(raw[1] - 1, "After that step it is still a little outside."),
                    Mistake(raw[1] + 1, "One too many: the count starts at 0, before the first step."),
                    Mistake(round(7 * raw[0]), "That is the rule of thumb, 7κ. Run it and count."),
                    Mistake(-1, "−1 means never: the minimum is not at 0. Pass problem.minimum, too."),
                ),
                right=(724, 724.0, np.array([724])),
            ),
            "steps_scaled": Number(
                "the steps after scaling",
                scaled[1],
                "Divide features by features.std(axis=0), build the problem anew, and find its own best learning "
                "rate.",
                (
                    Mistake(scaled[1] - 1, "After that step it is still a little outside."),
                    Mistake(scaled[1] + 1, "One too many: the count starts at 0, before the first step."),
                    Mistake(
                        1,
                        "One step would do if the features were uncorrelated. These are only nearly so.",
                    ),
                    Mistake(-1, "−1 means never: the minimum is not at 0. Pass problem.minimum, too."),
                ),
                why="The scaling has all but taken the valley away.",
                right=(5, 5.0, np.array([5])),
            ),
        },
    ),
)
