"""The questions and exercises of the chapter on gradient descent against SGD."""

from __future__ import annotations

from math import ceil

import numpy as np

from sgdlib import theory
from sgdlib.data import (
    batch_gradients,
    make_classification,
    make_regression,
    noisy_gradient,
    random_batches,
    shuffled_batches,
)
from sgdlib.descent import descend
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.optimizer import SGD

__all__ = ["EXERCISES", "QUIZZES"]

SAMPLES, BATCH, EPOCHS = 60_000, 128, 20  # of the exercise that counts
UPDATES = ceil(SAMPLES / BATCH)
SEEN = 1 - (1 - 1 / SAMPLES) ** SAMPLES
TIMES = 4  # how much lower the floor is to be, at B = 1 and this learning rate:
RATE = 0.01


def loss_floor(learning_rate, curvature, variance, batch_size):
    """The noise floor along one direction."""
    return theory.noise_floor(learning_rate, curvature, gradient_variance=variance / batch_size)


def floor_without_batch(learning_rate, curvature, variance, batch_size):
    """The batch size forgotten."""
    return loss_floor(learning_rate, curvature, variance, 1)


def floor_with_root(learning_rate, curvature, variance, batch_size):
    """The variance divided by the root of the batch size."""
    return loss_floor(learning_rate, curvature, variance, np.sqrt(batch_size))


def floor_of_small_steps(learning_rate, curvature, variance, batch_size):
    """The formula for small learning rates."""
    return learning_rate * variance / batch_size / 4


def floor_with_rate_alone(learning_rate, curvature, variance, batch_size):
    """2 − η in place of 2 − a."""
    return learning_rate * variance / batch_size / (2 * (2 - learning_rate))


def variance_of_position(learning_rate, curvature, variance, batch_size):
    """The variance of w, not the loss."""
    return theory.noise_variance(learning_rate, curvature, gradient_variance=variance / batch_size)


def half_the_variance(learning_rate, curvature, variance, batch_size):
    """The curvature forgotten on the way from w to the loss."""
    return 0.5 * variance_of_position(learning_rate, curvature, variance, batch_size)


def floor_by_balance(learning_rate, curvature, variance, batch_size):
    """From V = (1 − a)²V + η²s."""
    v = learning_rate**2 * variance / batch_size / (1 - (1 - learning_rate * curvature) ** 2)
    return np.array(curvature * v / 2)


def floor_by_iteration(learning_rate, curvature, variance, batch_size):
    """The same balance, waited for."""
    v = 0.0
    for _ in range(10_000):
        v = (1 - learning_rate * curvature) ** 2 * v + learning_rate**2 * variance / batch_size
    return 0.5 * curvature * v


def floor_in_a_list(learning_rate, curvature, variance, batch_size):
    """An array of one element."""
    return np.array([loss_floor(learning_rate, curvature, variance, batch_size)])


def floor_in_single_precision(learning_rate, curvature, variance, batch_size):
    """In 32 bits."""
    return np.float32(loss_floor(learning_rate, curvature, variance, batch_size))


def floor_for_the_smallest_batch(learning_rate, curvature, variance, batch_size):
    """A whole number of samples lost by //."""
    return loss_floor(learning_rate, curvature, variance // batch_size, 1)


def floor_with_plus(learning_rate, curvature, variance, batch_size):
    """2 + a."""
    a = learning_rate * curvature
    return learning_rate * variance / batch_size / (2 * (2 + a))


def floor_in_percent(learning_rate, curvature, variance, batch_size):
    """A hundredfold."""
    return 100 * loss_floor(learning_rate, curvature, variance, batch_size)


def at_minimum_of_logistic():
    """The loss there, and curvatures and gradient variances along the directions; the minimum by Newton's method."""
    problem = make_classification(np.random.default_rng(2))
    w = np.zeros(2)
    for _ in range(10):
        w = w - np.linalg.solve(problem.hessian(w), problem.gradient(w))
    curvatures, directions = np.linalg.eigh(problem.hessian(w))
    samples = len(problem.targets)
    each = np.arange(samples)[:, None]
    here = ((problem.gradient(np.tile(w, (samples, 1)), each) @ directions) ** 2).mean(0)
    start = problem.gradient(np.zeros((samples, 2)), each)
    at_start = ((start - start.mean(0)) ** 2).sum(1).mean()
    return float(problem.value(w)), curvatures, here, float(at_start), float(problem.value(np.zeros(2)))


lowest, curvatures, variances, variance_at_start, loss_at_start = at_minimum_of_logistic()


def floor_of_logistic(learning_rate: float) -> float:
    """The floor that the formula predicts for single samples."""
    return float(theory.noise_floor(learning_rate, curvatures, gradient_variance=variances).sum())


def updates_of_an_epoch() -> Proof:
    """Two thousand samples in batches of 32."""
    deck = shuffled_batches(np.random.default_rng(0), 2000, 32)
    choices = {"2000 times": 2000, "63 times": 63, "62 times": 2000 // 32, "once": 1}
    return {choice: len(deck) == number for choice, number in choices.items()}, (len(deck[-1]),)


def hundred_times_the_work() -> Proof:
    """The typical error of a batch of 100, against that of one sample."""
    rng = np.random.default_rng(0)
    problem = make_regression(rng, samples=1000, d=5, noise=0.5)
    exact = problem.gradient(np.zeros(5))
    error = {}
    for B in (1, 100):
        off = problem.gradient(np.zeros((5000, 5)), random_batches(rng, 1000, B, 5000)) - exact
        error[B] = np.sqrt((off**2).sum(1).mean())
    choices = {"a hundred times": 100, "ten times": 10, "no smaller": 1}
    return {
        choice: np.isclose(error[1] / error[100], ratio, rtol=0.05) for choice, ratio in choices.items()
    }, ()


def shuffled_floor(learning_rate: float) -> float:
    """The mean excess loss of SGD from the minimum of a regression, in shuffled batches of 40."""
    rng = np.random.default_rng(0)
    problem = make_regression(rng, samples=1000, d=5, noise=0.5)
    rows = shuffled_batches(rng, 1000, 40, epochs=200)
    run = descend(SGD(learning_rate), batch_gradients(problem, rows), problem.minimum, len(rows))
    return float((problem.value(run.positions[len(rows) // 2 :]) - problem.value(problem.minimum)).mean())


def noise_stays() -> Proof:
    """By what each choice changes the height of the loss: simulated, and for the smaller rate by the formula."""

    def settled(learning_rate, steps, sigma=1.0):
        noisy = noisy_gradient(lambda w: w, np.random.default_rng(0), sigma=sigma)
        return descend(SGD(learning_rate), noisy, np.zeros((4000, 1)), steps, path=False).positions.var()

    now, lower = settled(0.1, 100), theory.noise_variance(0.01, 1.0)
    heights = {
        "ten times as many epochs": settled(0.1, 1000) / now,
        "a learning rate ten times smaller": lower / now,
        "a batch ten times smaller": settled(0.1, 100, sigma=np.sqrt(10)) / now,
        "a learning rate ten times larger": settled(1.0, 100) / now,
    }
    stays, tenth, ten, larger = heights.values()
    assert np.isclose(stays, 1, rtol=0.1) and np.isclose(tenth, 0.1, rtol=0.1)
    assert np.isclose(ten, 10, rtol=0.1) and larger > 10
    assert shuffled_floor(0.01) < 0.05 * shuffled_floor(0.1)
    return {choice: height < 0.11 for choice, height in heights.items()}, ()


QUIZZES = (
    Quiz(
        "updates-in-an-epoch",
        "You train a Keras model with SGD on an array of 2000 samples and leave all settings alone. How many times "
        "does an epoch change the weights?",
        (
            Choice(
                "2000 times: SGD takes one sample at a time",
                "So the textbooks draw it. Keras takes a batch of 32 unless you ask for another.",
            ),
            Choice(
                "63 times: the last batch is a smaller one",
                "Keras takes 32 samples to a batch: 62 full batches, and a last one with the 16 samples that are "
                "left.",
                right=True,
            ),
            Choice(
                "62 times: as often as 32 goes into 2000",
                "Nearly. The 16 samples that are left over make a batch, too, a smaller one.",
            ),
            Choice(
                "once: an epoch is one pass through the data",
                "One pass it is, but the weights change after every batch. Once in an epoch is gradient descent over "
                "all samples.",
            ),
        ),
        proof=updates_of_an_epoch,
    ),
    Quiz(
        "a-hundred-times-the-work",
        "A batch of 100 samples, drawn with replacement, costs a hundred times the work of a single sample. How much "
        "smaller is the typical error of its gradient?",
        (
            Choice(
                "a hundred times",
                "The variance is a hundred times smaller. The typical error is its root.",
            ),
            Choice(
                "ten times",
                "Errors partly cancel, so that the error falls with the root of the batch size. The work grows with "
                "the batch size itself: accuracy is expensive.",
                right=True,
            ),
            Choice(
                "no smaller: both are right on average",
                "On average, yes. But one batch is not the average, and a batch of 100 is rarely as far off as a "
                "single sample.",
            ),
        ),
        proof=hundred_times_the_work,
    ),
    Quiz(
        "jitter",
        "The loss of an SGD run fell quickly; now it fluctuates at a constant height above the minimum. What will "
        "make it fall to a tenth of that height, or lower?",
        (
            Choice(
                "ten times as many epochs: the noise averages out",
                "Each step brings fresh noise, and the run forgets the old as fast as it gets new. It stays at this "
                "height.",
            ),
            Choice(
                "a learning rate ten times smaller: then each error moves it less",
                "With samples drawn with replacement, the height is proportional to a small learning rate; with "
                "shuffled ones it falls lower still. The price: the run moves ten times as slowly.",
                right=True,
            ),
            Choice(
                "a batch ten times smaller: then it gets ten times as many updates",
                "It gets them, but each is wrong by more: the variance of its gradient is ten times as large, and so "
                "is the height.",
            ),
            Choice(
                "a learning rate ten times larger: it has got stuck",
                "It is not stuck but kicked about. Longer steps make longer kicks.",
            ),
        ),
        proof=noise_stays,
    ),
)

EXERCISES = (
    Exercise(
        "count-the-updates",
        "read off",
        {
            "updates": Number(
                "the updates in all epochs",
                EPOCHS * UPDATES,
                "An epoch has N/B updates, rounded up.",
                (
                    Mistake(
                        EPOCHS * (SAMPLES // BATCH), "You dropped the last, smaller batch of each epoch."
                    ),
                    Mistake(
                        EPOCHS * SAMPLES // BATCH,
                        "You rounded at the end. Each epoch starts anew: round up in each.",
                    ),
                    Mistake(UPDATES, "That is one epoch."),
                    Mistake(EPOCHS * SAMPLES, "Those are the samples looked at. One batch, one update."),
                ),
                right=(9380, 9380.0, np.array([9380])),
            ),
            "last": Number(
                "the samples in the last batch of an epoch",
                SAMPLES - (UPDATES - 1) * BATCH,
                "Take the full batches away from N. What is left?",
                (
                    Mistake(BATCH, "The full batches do not use up all samples exactly."),
                    Mistake(
                        UPDATES * BATCH - SAMPLES,
                        "That is how many are missing to a full batch. How many are there?",
                    ),
                ),
                right=(96, 96.0, np.array([96])),
                wrong=(
                    97,
                    0,
                ),
            ),
            "seen": Number(
                "the share seen with replacement",
                SEEN,
                "A sample escapes one pick with the chance 1 − 1/N. How often is it at risk?",
                (
                    Mistake(1 - SEEN, "That is the share that is missed."),
                    Mistake(
                        1.0,
                        "So it is when they are shuffled. With replacement some come twice, and others not at all.",
                    ),
                    Mistake(0.5, "It is not a toss-up: there are as many picks as samples."),
                ),
                why="1 − 1/e: more than a third of the samples would be missed.",
                share=True,
                right=(0.632, 0.6321, 0.632124, 1 - np.exp(-1)),
            ),
        },
    ),
    Exercise(
        "variance-around-the-minimum",
        "compute",
        {
            "small": Number(
                "the variance of w at η = 0.01",
                theory.noise_variance(0.01, 1.0),
                "V = ηs/(λ(2 − a)), with s = σ²/B and a = ηλ.",
                (
                    Mistake(0.01, "You forgot to divide by 2 − a."),
                    Mistake(0.01 / 2, "That is η/2, the rule for small steps. Divide by 2 − a, not by 2."),
                    Mistake(0.01**2, "That is what a single update adds. It adds up until V is in balance."),
                    Mistake(
                        theory.noise_floor(0.01, 1.0),
                        "That is the floor of the loss, ½λV. The question is V.",
                    ),
                    Mistake(
                        np.sqrt(theory.noise_variance(0.01, 1.0)),
                        "That is its root, the typical distance from the minimum.",
                    ),
                ),
                why="Nearly η/2: a is so small that it hardly counts.",
                tolerance=1e-3,
                right=(0.005025, 0.0050251, 0.005025126, 1 / 199),
            ),
            "large": Number(
                "the variance of w at η = 0.5",
                theory.noise_variance(0.5, 1.0),
                "V = ηs/(λ(2 − a)), with s = σ²/B and a = ηλ.",
                (
                    Mistake(0.5 / 2, "That is η/2, for small steps. Here a = ηλ is no longer small."),
                    Mistake(
                        theory.noise_floor(0.5, 1.0), "That is the floor of the loss, ½λV. The question is V."
                    ),
                    Mistake(0.5, "You forgot to divide by 2 − a."),
                    Mistake(
                        np.sqrt(theory.noise_variance(0.5, 1.0)),
                        "That is its root, the typical distance from the minimum.",
                    ),
                ),
                why="A third more than the rule for small steps says.",
                right=(0.333, 0.3333, 0.333333, 1 / 3),
            ),
        },
    ),
    Exercise(
        "a-quarter-of-the-floor",
        "compute",
        {
            "batch_size": Number(
                "the batch size at η = 0.01, by the rule for small steps",
                TIMES,
                "The floor is about ησ²/(4B). What must B become?",
                (
                    Mistake(
                        round(np.sqrt(TIMES)),
                        "The typical error goes with the root of B, but the floor goes with its square, the variance.",
                    ),
                    Mistake(TIMES**2, "No root here: the floor is proportional to 1/B."),
                ),
                right=(4, 4.0, np.array([4])),
                wrong=(4.5,),
            ),
            "learning_rate": Number(
                "the learning rate at B = 1, by the rule for small steps",
                RATE / TIMES,
                "The floor is about ησ²/(4B). What must η become?",
                (
                    Mistake(RATE * TIMES, "A larger learning rate makes a higher floor."),
                    Mistake(RATE / 2, "Halving it halves the floor."),
                    Mistake(RATE / TIMES**2, "The floor is proportional to η itself, not to its root."),
                ),
                tolerance=0.015,  # who solves ησ²/(2B(2 − a)) for the page's data, gets 0.0025264,
                right=(0.0025, np.array([0.0025]), 0.0025264),
            ),
            "cost": Number(
                "sample gradients of the larger batch, divided by those of the smaller rate",
                (TIMES / RATE) / (1 / (RATE / TIMES)),
                "How many updates does each need for the same distance, and how many sample gradients does an update "
                "cost?",
                (
                    Mistake(
                        TIMES,
                        "An update costs four times as much. But each also goes four times as far as one at the "
                        "smaller rate.",
                    ),
                    Mistake(
                        TIMES**2,
                        "An update costs four times as much, and goes four times as far: divide, not multiply.",
                    ),
                ),
                why="Drawn with replacement, the two cost the same, unless samples are computed in parallel. Then the "
                "batch is the better deal.",
                tolerance=0.015,  # what follows from the learning rate above,
                right=(1.0, 1.0106, 1),
                wrong=(0.25,),
            ),
        },
    ),
    Exercise(
        "write-the-noise-floor",
        "compute",
        {
            "loss_floor": Function(
                loss_floor,
                ((0.1, 1.0, 1.0, 1), (0.05, 4.0, 2.0, 32), (0.3, 0.5, 1.5, 4), (0.02, 1.0, 3.0, 5)),
                "Three steps: s = σ²/B, then V = ηs/(λ(2 − ηλ)), then ½λV.",
                (
                    Mistake(floor_without_batch, "The batch size is missing: s = σ²/B."),
                    Mistake(
                        floor_with_root,
                        "Divide the variance by B, not by its root. The root belongs to the typical error.",
                    ),
                    Mistake(
                        floor_of_small_steps,
                        "That is the rule for small steps, ησ²/(4B). The factor 2 − a is missing.",
                    ),
                    Mistake(floor_with_rate_alone, "It is 2 − a with a = ηλ, not 2 − η."),
                    Mistake(variance_of_position, "That is the variance of w. The loss is ½λ times that."),
                    Mistake(
                        half_the_variance, "From the variance of w to the loss it is ½λ, not ½: λ is missing."
                    ),
                ),
                why="The sum over all directions is the floor of the whole loss.",
                right=(floor_by_balance, floor_by_iteration, floor_in_a_list, floor_in_single_precision),
                wrong=(floor_for_the_smallest_batch, floor_with_plus, floor_in_percent),
            )
        },
    ),
    Exercise(
        "another-loss",
        "investigate",
        {
            "lowest": Number(
                "the lowest loss",
                lowest,
                "A thousand steps of gradient descent at 1/L from (0, 0), then logistic.value of the last position.",
                (
                    Mistake(
                        loss_at_start, "That is the loss at w = 0, where the model says one half to everyone."
                    ),
                ),
                right=(0.33, 0.3305, 0.330474),
                wrong=(
                    0.34,
                    0.0,
                    0.33 / 2,
                ),
            ),
            "predicted": Number(
                "the floor predicted for η = 0.03",
                floor_of_logistic(0.03),
                "At the minimum: noise_floor with the Hessian's eigenvalues and the variances along its eigenvectors; "
                "add the two up.",
                (
                    Mistake(
                        0.03 * variance_at_start / 4,
                        "You took the variance at the start. At the minimum it is smaller.",
                    ),
                    Mistake(
                        float(theory.noise_variance(0.03, curvatures, gradient_variance=variances).sum()),
                        "That is the variance of w. The floor of the loss is ½λ times that, in each direction.",
                    ),
                    Mistake(floor_of_logistic(0.1), "That is the floor for η = 0.1."),
                    Mistake(
                        floor_of_logistic(0.03) / 2,
                        "Half of it: add up both directions, do not average.",
                    ),
                ),
                why="Near its minimum this loss is a bowl like any other.",
                right=(0.000725, 0.0007253, 0.000725261),
            ),
        },
    ),
)
