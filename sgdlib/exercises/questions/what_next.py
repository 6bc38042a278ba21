"""The questions and exercises of the chapter on what comes next."""

from __future__ import annotations

from math import cos, pi, sqrt

import numpy as np

from sgdlib import theory
from sgdlib.adam import Adam
from sgdlib.descent import descend
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz

__all__ = ["EXERCISES", "QUIZZES"]


BETA_1, BETA_2 = 0.9, 0.999


# ---------------------------------------------------------------- schedules


def warm_up_and_cosine(k, steps, warmup, peak):
    """From a tenth of the peak to the peak in a straight line, then to 0 along half a cosine."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (1 + cos(pi * (k - warmup) / (steps - warmup))) / 2


def in_degrees(k, steps, warmup, peak):
    """The angle in degrees."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (1 + cos(180 * (k - warmup) / (steps - warmup))) / 2


def quarter_of_a_cosine(k, steps, warmup, peak):
    """From the top of the cosine to its zero."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * cos(pi / 2 * (k - warmup) / (steps - warmup))


def bare_cosine(k, steps, warmup, peak):
    """Down to minus the peak."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * cos(pi * (k - warmup) / (steps - warmup))


def cosine_from_the_start(k, steps, warmup, peak):
    """The cosine counted from update 0."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (1 + cos(pi * k / steps)) / 2


def cosine_too_long(k, steps, warmup, peak):
    """A cosine of the length of the whole run, begun after the warm-up."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (1 + cos(pi * (k - warmup) / steps)) / 2


def one_update_early(k, steps, warmup, peak):
    """At 0 in the last update, not after it."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (1 + cos(pi * (k - warmup) / (steps - 1 - warmup))) / 2


def warm_up_from_one(k, steps, warmup, peak):
    """The warm-up begun one update further on."""
    if k < warmup:
        return peak * (0.1 + 0.9 * (k + 1) / warmup)
    return peak * (1 + cos(pi * (k - warmup) / (steps - warmup))) / 2


def warm_up_from_zero(k, steps, warmup, peak):
    """The warm-up begun at 0."""
    if k < warmup:
        return peak * k / warmup
    return peak * (1 + cos(pi * (k - warmup) / (steps - warmup))) / 2


def schedule_by_square(k, steps, warmup, peak):
    """(1 + cos x)/2 = cos²(x/2)."""
    if k <= warmup and warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * cos(pi / 2 * (k - warmup) / (steps - warmup)) ** 2


def schedule_in_an_array(k, steps, warmup, peak):
    """Both parts, and a choice of them."""
    falls = peak / 2 * (1 + np.cos(np.pi * (k - warmup) / (steps - warmup)))
    return np.where(k < warmup, peak * (0.1 + 0.9 * k / max(warmup, 1)), falls)


def schedule_in_single_precision(k, steps, warmup, peak):
    """All in 32 bits, as Keras computes it."""
    k, steps, warmup, peak = (np.float32(each) for each in (k, steps, warmup, peak))
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * np.float32(0.5) * (1 + np.cos(np.float32(pi) * (k - warmup) / (steps - warmup)))


def divides_by_warmup(k, steps, warmup, peak):
    """Stops where there is no warm-up."""
    if k <= warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return warm_up_and_cosine(k, steps, warmup, peak)


def least_of_both(k, steps, warmup, peak):
    """The lower of the two parts."""
    falls = peak * (1 + cos(pi * (k - warmup) / (steps - warmup))) / 2
    return min(peak * (0.1 + 0.9 * k / warmup), falls) if warmup else falls


def schedule_in_whole_steps(k, steps, warmup, peak):
    """A share of the way cut to hundredths."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (1 + cos(pi * (100 * (k - warmup) // (steps - warmup)) / 100)) / 2


def no_warm_up(k, steps, warmup, peak):
    """The cosine alone."""
    return peak * (1 + cos(pi * k / steps)) / 2


def down_in_a_line(k, steps, warmup, peak):
    """A straight line down."""
    if k < warmup:
        return peak * (0.1 + 0.9 * k / warmup)
    return peak * (steps - k) / (steps - warmup)


def half_way_down_a_cosine() -> Proof:
    """When a cosine is at half its peak, and how low it is at nine tenths of the run."""
    rates = np.array([warm_up_and_cosine(k, 900, 0, 1.0) for k in range(901)])
    half, late = int(np.abs(rates - 0.5).argmin()), 100 * rates[810]
    assert np.allclose(rates + rates[::-1], 1) and 2 < late < 3
    assert abs(quarter_of_a_cosine(600, 900, 0, 1.0) - 0.5) < 1e-9
    falls = -np.diff(rates)
    assert 445 < falls.argmax() < 455 and max(falls[0], falls[-1]) < 0.01 * falls.max()
    return {"450": half == 450, "600": half == 600, "about 100": abs(half - 100) < 20}, (60,)


# ---------------------------------------------------------------- Adam


def adam_steps(gradients):
    """The steps that Adam takes for these gradients, one after the other."""
    each = [lambda w, g=g: np.full_like(w, g) for g in gradients]
    return np.diff(descend(Adam(), each, [0.0], len(each)).positions[:, 0])


def first_step_is_the_rate() -> Proof:
    """Adam's first step, for a gradient of 1000 and for one of 0.001: ε takes a third of a percent off this."""
    large, small = abs(adam_steps([1000.0])[0]), abs(adam_steps([0.001])[0])
    return {
        "the first is a million times": np.isclose(large / small, 1e6),
        "the first is a thousand times": np.isclose(large / small, 1e3),
        "both are 0.001": np.allclose([large, small], 0.001, rtol=5e-3),
    }, ()


def memory_of(weights: float, numbers: int) -> float:
    """Gigabytes for so many numbers of four bytes a weight."""
    return 4e-9 * weights * numbers


def keras_keeps_as_many() -> Proof:
    """How many numbers for each weight the real Keras keeps, and what that is for 100 million weights."""
    import os

    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    kept = []
    for optimizer in (
        keras.optimizers.SGD(),
        keras.optimizers.SGD(momentum=0.9),
        keras.optimizers.Adam(),
    ):
        optimizer.build([keras.Variable(np.zeros(1000))])
        kept.append(sum(v.shape[0] for v in optimizer.variables if v.shape) // 1000)
    assert kept[:2] == [0, 1]
    adam = memory_of(1e8, kept[2])
    choices = {"next to none": 0.0, "0.4 GB, as momentum": 0.4, "0.8 GB": 0.8, "1.2 GB": 1.2}
    return {choice: np.isclose(adam, size) for choice, size in choices.items()}, ()


QUIZZES = (
    Quiz(
        "half-of-the-cosine",
        "A learning rate falls along half a cosine, from its peak to 0 in 900 updates. "
        "After how many of them is it at half its peak?",
        (
            Choice(
                "450",
                "Half a cosine is symmetric about its midpoint, where it is at half its height. "
                "After nine tenths of the run it is below 3 % of the peak.",
                right=True,
            ),
            Choice(
                "600: the cosine of 60° is one half",
                "That is a quarter of a cosine, from its top to its zero. The schedule goes on to the bottom, and is "
                "lifted by one.",
            ),
            Choice(
                "about 100: it falls fast at first",
                "A cosine is flat at its top. It falls fastest in the middle, and is flat again at the end.",
            ),
        ),
        proof=half_way_down_a_cosine,
    ),
    Quiz(
        "adams-first-step",
        "Adam with a learning rate of 0.001 takes its first step. One weight has a gradient of 1000, another of 0.001. "
        "How do the two steps compare?",
        (
            Choice(
                "the first is a million times as long",
                "So it is in SGD. Adam divides by the size of the gradients, and only the sign is left at first.",
            ),
            Choice(
                "the first is a thousand times as long: the root of it",
                "The root is taken of the average of the squares, so Adam divides by the full size of the gradient.",
            ),
            Choice(
                "both are 0.001",
                "g divided by the root of g² is a sign. Adam's learning rate is a length, and SGD's is not.",
                right=True,
            ),
        ),
        proof=first_step_is_the_rate,
    ),
    Quiz(
        "memory-of-adam",
        "A network has 100 million weights in single precision, 4 bytes each. How much memory does Adam need on top "
        "of the weights and the gradients?",
        (
            Choice(
                "next to none: an optimizer is a formula",
                "Plain SGD is. Momentum and Adam remember something for every weight.",
            ),
            Choice(
                "0.4 GB, as momentum",
                "Momentum keeps one number for each weight. Adam keeps two averages.",
            ),
            Choice(
                "0.8 GB",
                "Two averages for each weight, of the gradients and of their squares.",
                right=True,
            ),
            Choice(
                "1.2 GB",
                "You counted the weights as well. They are there without an optimizer.",
            ),
        ),
        proof=keras_keeps_as_many,
    ),
)


# ---------------------------------------------------------------- exercises

ALTERNATING = (1 - BETA_1) / (1 + BETA_1) * 0.001
UNCORRECTED = (1 - BETA_1) / sqrt(1 - BETA_2) * 0.001
EPSILON = 1e8

EXERCISES = (
    Exercise(
        "what-optimizers-remember",
        "read off",
        {
            "sgd": Number(
                "gigabytes for SGD without momentum",
                memory_of(7e8, 0),
                "What does the rule need to know of the past?",
                (
                    Mistake(
                        memory_of(7e8, 1), "That is the weights, or a velocity. Plain SGD has no velocity."
                    ),
                ),
                why="It remembers nothing.",
                right=(0.0, np.array([0.0]), 0),
                wrong=(
                    5.6,
                    1,
                ),
            ),
            "momentum": Number(
                "gigabytes for SGD with momentum",
                memory_of(7e8, 1),
                "One velocity for each weight, of four bytes.",
                (
                    Mistake(
                        memory_of(7e8, 2),
                        "You counted the weights as well. The question is what comes on top.",
                    ),
                    Mistake(0.7, "Those are the numbers, in billions. Each has four bytes."),
                ),
                why="One number for each weight, with Nesterov or without.",
                right=(2.8, np.array([2.8]), np.float32(2.8)),
                wrong=(0.0,),
            ),
            "adam": Number(
                "gigabytes for Adam",
                memory_of(7e8, 2),
                "Look at the table: how many numbers does it keep for each weight?",
                (
                    Mistake(
                        memory_of(7e8, 3),
                        "You counted the weights as well. The question is what comes on top.",
                    ),
                    Mistake(memory_of(7e8, 1), "That is one average. Adam keeps another, of the squares."),
                    Mistake(1.4, "Those are the numbers, in billions. Each has four bytes."),
                ),
                why="Two numbers for each weight.",
                right=(5.6, np.array([5.6]), 2 * 4 * 0.7),
            ),
        },
    ),
    Exercise(
        "write-the-schedule",
        "compute",
        {
            "rate": Function(
                warm_up_and_cosine,
                (
                    (0, 900, 45, 0.1),
                    (9, 900, 45, 0.1),
                    (44, 900, 45, 0.1),
                    (45, 900, 45, 0.1),
                    (200, 900, 45, 0.1),
                    (899, 900, 45, 0.1),
                    (900, 900, 45, 0.1),
                    (70, 100, 10, 2.0),
                    (0, 100, 0, 0.1),
                    (80, 100, 90, 1.0),
                    (95, 100, 90, 1.0),
                ),
                "Up to warmup a straight line. From there, let t be the share of the way to the end, from 0 to 1: "
                "cos πt leads from 1 to −1.",
                (
                    Mistake(in_degrees, "cos takes radians: half a turn is π, not 180."),
                    Mistake(
                        quarter_of_a_cosine,
                        "That is a quarter of a cosine. Half of one ends at the bottom.",
                    ),
                    Mistake(bare_cosine, "It falls below zero: lift the cosine by one, and halve it."),
                    Mistake(
                        cosine_from_the_start,
                        "There is a jump after the warm-up: the cosine must begin there, at k = warmup.",
                    ),
                    Mistake(
                        cosine_too_long,
                        "It does not reach 0 at the end: the cosine has steps − warmup updates, not steps.",
                    ),
                    Mistake(
                        one_update_early,
                        "Off by one at the end: it is to be 0 at k = steps, and a little above in the update before.",
                    ),
                    Mistake(
                        warm_up_from_zero,
                        "At k = 0 the learning rate is a tenth of the peak. At 0 the first update would move nothing.",
                    ),
                    Mistake(
                        warm_up_from_one,
                        "Off by one at the start: the warm-up is at a tenth of the peak at k = 0.",
                    ),
                    Mistake(no_warm_up, "The warm-up is missing."),
                    Mistake(down_in_a_line, "It falls in a straight line. It is to follow half a cosine."),
                ),
                why="This is Keras' CosineDecay with a warm-up from a tenth of the peak.",
                right=(schedule_by_square, schedule_in_an_array, schedule_in_single_precision),
                wrong=(divides_by_warmup, least_of_both, schedule_in_whole_steps),
            )
        },
    ),
    Exercise(
        "adams-steps",
        "compute",
        {
            "first": Number(
                "length of the first step",
                float(-adam_steps([250.0])[0]),
                "With the hats, m̂ is the gradient itself after one step, and ŝ its square.",
                (
                    Mistake(
                        0.001 * 250, "That is SGD's step. Adam divides by the root of the averaged square."
                    ),
                    Mistake(
                        UNCORRECTED,
                        "You left the hats out: divide m by 1 − β₁ and s by 1 − β₂ in the first step.",
                    ),
                    Mistake(
                        0.001 * (1 - BETA_1),
                        "The hat of m is missing: after one step m is a tenth of the gradient.",
                    ),
                    Mistake(
                        0.001 / sqrt(1 - BETA_2),
                        "You left out the hat of s: after one step s is a thousandth of the square.",
                    ),
                ),
                why="g over the root of g² is 1: the first step is as long as the learning rate.",
                right=(0.001, np.array([0.001]), 0.001),
            ),
            "bare": Number(
                "the same without the hats",
                UNCORRECTED,
                "After one step m is 1 − β₁ of the gradient, and s is 1 − β₂ of its square.",
                (
                    Mistake(0.001 * (1 - BETA_1), "And what is s after one step? Not yet the square."),
                    Mistake(
                        0.001 * (1 - BETA_1) / (1 - BETA_2),
                        "The root is missing: the step is divided by √s, not by s.",
                    ),
                    Mistake(0.001, "That is the length with the hats."),
                ),
                why="Both averages start too small, s the more so: without the hats the first steps are too long.",
                right=(0.00316, 0.003162, 0.00316228, 0.0001 / sqrt(0.001)),
            ),
            "zigzag": Number(
                "step length when the gradient is +1, −1, +1, … for long",
                ALTERNATING,
                "√ŝ is 1. Let m change between +x and −x: x = −β₁x + (1 − β₁).",
                (
                    Mistake(0.001, "That is for a gradient that keeps its sign. Here most of m cancels."),
                    Mistake(
                        0.0,
                        "Most of m cancels, not all: a newer gradient counts for more.",
                    ),
                    Mistake(
                        0.001 * (1 - BETA_1),
                        "That is the newest gradient alone. The older ones take nearly half of it off.",
                    ),
                ),
                why="(1 − β₁)/(1 + β₁) of the learning rate: where the signs disagree, Adam goes slowly.",
                right=(5.26e-05, 5.263e-05, 5.26316e-05, 0.001 / 19),
            ),
        },
    ),
    Exercise(
        "adam-becomes-momentum",
        "investigate",
        {
            "rate": Number(
                "Adam's learning rate",
                EPSILON * float(theory.effective_learning_rate(0.01, 0.9)),
                "Next to such an ε the root vanishes, and the step is η·m̂/ε, with an average m̂. "
                "Which learning rate does the averaging form need?",
                (
                    Mistake(
                        EPSILON * 0.01,
                        "Adam's m is an average, momentum's velocity is a sum: a factor 1/(1 − μ) is missing.",
                    ),
                    Mistake(
                        EPSILON * 0.01 * (1 - 0.9),
                        "The factor 1 − μ is on the wrong side: an average is smaller than a sum.",
                    ),
                    Mistake(
                        float(theory.effective_learning_rate(0.01, 0.9)),
                        "Adam still divides by ε. Its learning rate must be larger by that factor.",
                    ),
                ),
                why="η′ε: the averaging form's learning rate, times the number it is divided by.",
                right=(10000000.0, np.array([10000000.0]), 10000000),
            ),
            "first": Number(
                "Adam's first step in units of momentum's",
                1 / (1 - BETA_1),
                "The hat divides m by 1 − β₁ in the first step. Momentum has no hat.",
                (
                    Mistake(
                        1.0,
                        "Not in the first step: the hat makes up for the start at zero, which momentum does not.",
                    ),
                    Mistake(1 - BETA_1, "The other way round: which of the two is at full speed at once?"),
                    Mistake(
                        1 / (1 - BETA_2),
                        "That is the hat of s. Next to a large ε it does nothing; look at that of m.",
                    ),
                ),
                why="The hat starts Adam at terminal speed, where momentum starts from rest.",
                right=(10.0, np.array([10.0]), 10),
            ),
        },
    ),
)
