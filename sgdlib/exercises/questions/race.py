"""The questions and exercises of the chapter that races the methods."""

from __future__ import annotations

import numpy as np

from sgdlib import theory
from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.exercises.steps import as_array
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic, valley

__all__ = ["EXERCISES", "QUIZZES"]

START = (-5.0, 2.0)


def count(optimizer: SGD, surface: Quadratic, start=(1.0, 1.0), most: int = 2000) -> np.ndarray:
    """The steps that runs take, infinite for those that do not arrive."""
    run = descend(optimizer, surface.gradient, start, most)
    steps = steps_to_stay_within(run.positions)
    return np.where((steps < 0) | run.diverged, np.inf, steps)[()]


def steps_at_best(method: str, kappa: float) -> int:
    """The steps from (1, 1) in a bowl with curvatures 1 and κ, each method at its best."""
    best = theory.best_tuning(method, 1.0, kappa)
    if method == "gradient descent":  # thousands of steps, and both directions shrink by the same factor
        return int(np.ceil(theory.steps_to_shrink(best.rate, 1e-6 / np.sqrt(2))))
    return int(count(best.optimizer, Quadratic((1.0, float(kappa))), most=600))


def tune(m, L):
    """The best learning rate and momentum for curvatures from m to L."""
    root = np.sqrt(L / m)
    return 4 / (np.sqrt(L) + np.sqrt(m)) ** 2, ((root - 1) / (root + 1)) ** 2


def tune_without_roots(m, L):
    """Curvatures in place of their roots."""
    return 4 / (L + m) ** 2, ((L - m) / (L + m)) ** 2


def tune_with_kappa(m, L):
    """The momentum from κ in place of its root."""
    return tune(m, L)[0], ((L - m) / (L + m)) ** 2


def tune_root_of_momentum(m, L):
    """The momentum not squared: that is the rate."""
    return tune(m, L)[0], np.sqrt(tune(m, L)[1])


def tune_without_square(m, L):
    """The sum of the roots not squared."""
    return 4 / (np.sqrt(L) + np.sqrt(m)), tune(m, L)[1]


def tune_with_half(m, L):
    """One over the squared sum of the roots."""
    return 1 / (np.sqrt(L) + np.sqrt(m)) ** 2, tune(m, L)[1]


def tune_plain(m, L):
    """Gradient descent's learning rate beside the momentum."""
    return 2 / (L + m), tune(m, L)[1]


def tune_gradient_descent(m, L):
    """Gradient descent's setting."""
    return 2 / (L + m), 0.0


def tune_turned_round(m, L):
    """The momentum first."""
    return tune(m, L)[::-1]


def tune_nesterov(m, L):
    """The best of Nesterov's."""
    best = theory.best_tuning("nesterov", m, L).optimizer
    return best.learning_rate, best.momentum


def tune_textbook(m, L):
    """The textbook's choice for Nesterov."""
    best = theory.best_tuning("nesterov standard", m, L).optimizer
    return best.learning_rate, best.momentum


def tune_by_course(m, L):
    """The course's own."""
    best = theory.best_tuning("momentum", m, L).optimizer
    return np.float32(best.learning_rate), np.float32(best.momentum)


def tune_as_polyak(m, L):
    """Another form of the same."""
    return [4 / (m + L + 2 * np.sqrt(m * L)), (1 - 2 * np.sqrt(m) / (np.sqrt(L) + np.sqrt(m))) ** 2]


def tune_rounded(m, L):
    """Rounded to six places."""
    return tuple(round(float(each), 6) for each in tune(m, L))


def tune_with_whole_numbers(m, L):
    """The condition number cut to a whole one."""
    root = np.sqrt(L // m)
    return tune(m, L)[0], ((root - 1) / (root + 1)) ** 2


def tune_rate_alone(m, L):
    """The momentum not returned."""
    return tune(m, L)[0]


def tune_with_the_mean(m, L):
    """Two over the mean of the roots, squared."""
    return tune(m, L)[0] / 4, tune(m, L)[1] / 4


def plain_break_even(momentum: float) -> float:
    """The condition number from which on a momentum, at its best learning rate, beats tuned gradient descent."""
    root = momentum**0.5
    return (1 + root) / (1 - root)


def reach(momentum: float, rate: float) -> float:
    """The largest condition number at which this momentum still has the rate, at its best learning rate.

    At the gentle end the root of the recursion is z = rate, at the steep end z = −rate; solve for a = ηλ there.
    """
    gentle, steep = (1 + momentum - sign * (rate + momentum / rate) for sign in (1, -1))
    return steep / gentle


def promised(kappa: float, with_momentum: bool) -> np.ndarray:
    """The steps that 2000 searches of ten random settings each promise, shape (2000, 10)."""
    rng = np.random.default_rng(0)
    a = 10 ** rng.uniform(-3, np.log10(4), (2000, 10))
    mu = 1 - 10 ** rng.uniform(-2, 0, (2000, 10)) if with_momentum else 0.0
    return theory.steps_to_shrink(np.maximum(theory.rate(a, mu), theory.rate(a / kappa, mu)))


plain_1000, heavy_1000 = steps_at_best("gradient descent", 1000), steps_at_best("momentum", 1000)
heavy_300 = steps_at_best("momentum", 300) / steps_at_best("momentum", 300 / 9)
searches = {(kappa, heavy): promised(kappa, heavy) for kappa in (4, 100) for heavy in (False, True)}
best_of_ten = {key: np.median(steps.min(axis=1)) for key, steps in searches.items()}
cycle = np.sort(theory.lessard_cycle())


def tuned_plain_wins() -> Proof:
    """The four results of the valley."""
    plain, heavy = (theory.best_tuning(m, 0.2, 4.0).optimizer for m in ("gradient descent", "momentum"))
    slow, ball, tuned, both = (count(s, valley(), START) for s in (SGD(0.05), SGD(0.05, 0.9), plain, heavy))
    assert (slow, ball) == (1535, 295) and 9.5 < slow / tuned < 10
    return {
        "momentum, still far ahead": ball < tuned,
        "gradient descent": tuned < ball,
        "neither": tuned == ball,
    }, (plain.learning_rate, tuned, both)


def too_round_for_momentum() -> Proof:
    """No learning rate gives momentum 0.9 the rate of tuned gradient descent at κ = 20; below 38 none does."""
    etas = np.linspace(0.0025, 1, 400) * theory.stability_limit(0.9) / 4
    rates = np.maximum(theory.rate(0.2 * etas, 0.9), theory.rate(4 * etas, 0.9))
    counts = count(SGD(etas, 0.9), valley(), START, 700)
    tuned, pays = theory.best_tuning("gradient descent", 0.2, 4).rate, plain_break_even(0.9)
    assert rates.min() > tuned and theory.rate(np.geomspace(1e-6, 3.8, 999), 0.9).min() > 0.9**0.5 - 1e-9
    faster = counts < count(theory.best_tuning("gradient descent", 0.2, 4).optimizer, valley(), START)
    return {
        "yes: with the learning rate tuned": faster.any(),
        "yes, if the learning rate is small enough": faster[: len(etas) // 4].any(),
        "no: for this valley 0.9 is too much": not faster.any(),
    }, (0.9**0.5, 20 - 1, 20 + 1, tuned, pays)


def only_at_the_steep_end() -> Proof:
    """Steps on Q100 at the same effective learning rates, small and large."""
    q100, effective = Quadratic((1.0, 100.0)), np.array([0.001, 0.05])
    plain, heavy = (count(SGD(effective * (1 - mu), mu), q100, most=14_000) for mu in (0.0, 0.9))
    farther = theory.stability_limit(0.9) / (1 - 0.9) / theory.stability_limit(0.0)
    alike = np.abs(heavy / plain - 1) < 0.01
    return {
        "they need the same steps at every learning rate": alike.all(),
        "momentum needs fewer steps at every learning rate": (heavy < 0.99 * plain).all(),
        "the same at small learning rates": alike[0] and np.isinf(plain[1]) and heavy[1] < 300,
    }, (effective[1], farther)


QUIZZES = (
    Quiz(
        "who-is-better",
        "In the long valley gradient descent at 0.05 needs 1535 steps, momentum 0.9 at 0.05 needs 295. Now you may "
        "choose gradient descent's learning rate; momentum keeps its setting. Who is first?",
        (
            Choice(
                "momentum, still far ahead: tuning does not give a factor of five",
                "It gives more. At its best learning rate gradient descent is nearly ten times as fast as at 0.05.",
            ),
            Choice(
                "gradient descent: tuned, it beats a momentum that is not",
                "With η = 0.476 it needs 155 steps. That says nothing against momentum, which needs 42 when it is "
                "tuned as well. It says that the settings decide the race.",
                right=True,
            ),
            Choice(
                "neither: both are limited by the narrow valley",
                "The valley limits both, but not alike, and each at its own best setting. Here only one of them "
                "is at its best.",
            ),
        ),
        proof=tuned_plain_wins,
    ),
    Quiz(
        "fixed-momentum",
        "In the same valley, κ = 20, momentum stays at 0.9 and you may choose its learning rate. Can it beat the 155 "
        "steps of tuned gradient descent?",
        (
            Choice(
                "yes: with the learning rate tuned, momentum is always the faster one",
                "With both settings tuned it is. But a momentum of 0.9 keeps a swing alive: no learning rate gets any "
                "direction below a factor of √0.9 per step.",
            ),
            Choice(
                "yes, if the learning rate is small enough to stop the swings",
                "A smaller learning rate only slows the gentle direction down. A swing ends by friction, and the "
                "friction is in μ.",
            ),
            Choice(
                "no: for this valley 0.9 is too much, whatever the learning rate",
                "Its factor per step is √0.9 = 0.949 at best, that of tuned gradient descent 19/21 = 0.905. Momentum "
                "0.9 pays from κ = 38 on.",
                right=True,
            ),
        ),
        proof=too_round_for_momentum,
    ),
    Quiz(
        "only-a-larger-step",
        "Momentum 0.9 and gradient descent run on Q100 at the same effective learning rate η/(1 − μ), so that momentum "
        "has a tenth of the other's η. What do you expect?",
        (
            Choice(
                "they need the same steps at every learning rate: momentum is only a larger step",
                "That is right as long as both creep. But at an effective learning rate of 0.05 gradient descent "
                "diverges, and momentum arrives.",
            ),
            Choice(
                "momentum needs fewer steps at every learning rate: it has a velocity",
                "At small ones the velocity only follows the slope, and the two runs are within one percent of each "
                "other.",
            ),
            Choice(
                "the same at small learning rates; at large ones only momentum arrives",
                "Momentum makes larger steps possible: at 0.9 the effective learning rate may be 19 times the largest "
                "of gradient descent.",
                right=True,
            ),
        ),
        proof=only_at_the_steep_end,
    ),
)

EXERCISES = (
    Exercise(
        "cost-of-a-narrow-valley",
        "read off",
        {
            "gain": Number(
                "gradient descent's steps over momentum's at κ = 1000",
                plain_1000 / heavy_1000,
                "The printed line has both: gradient descent's steps at κ = 1000, divided by momentum's.",
                (
                    Mistake(
                        heavy_1000 / plain_1000, "Upside down: by how many times is the larger number larger?"
                    ),
                    Mistake(plain_1000 - heavy_1000, "That is a difference. Divide."),
                    Mistake(
                        1000**0.5,
                        "That is √κ, the right idea. The printed steps say how many times it really is.",
                    ),
                    Mistake(
                        plain_1000 / steps_at_best("nesterov", 1000),
                        "That is Nesterov's column. Take momentum's.",
                    ),
                ),
                right=(22.1, 22.06, 22.0623),
            ),
            "plain": Number(
                "the factor by which gradient descent's steps fall",
                9.0,
                "On its line, slope 1, the steps go down as κ does.",
                (
                    Mistake(3.0, "That is what a slope of ½ gives. Gradient descent's slope is 1."),
                    Mistake(81.0, "That would take a slope of 2."),
                    Mistake(1 / 9, "Upside down: divided by how much, not multiplied."),
                ),
                why="Nine times better conditioned, nine times as fast.",
                right=(9.0, np.array([9.0]), 9),
            ),
            "heavy": Number(
                "the factor by which momentum's steps fall, by its slope",
                3.0,
                "On a line of slope ½ the steps go with the root of κ.",
                (
                    Mistake(9.0, "That is what a slope of 1 gives. Momentum's is ½."),
                    Mistake(4.5, "Half the slope is not half the factor: on log axes it is the root of it."),
                    Mistake(1 / 3, "Upside down: divided by how much, not multiplied."),
                    Mistake(
                        heavy_300,
                        "That is what two counted runs give: their slope is a little above ½. What does ½ give?",
                    ),
                ),
                why="The root of nine. With momentum you gain less from scaling the features.",
                right=(3.0, np.array([3.0]), 9**0.5),
            ),
        },
    ),
    Exercise(
        "write-the-best-tuning",
        "compute",
        {
            "tune": Function(
                tune,
                ((0.2, 4.0), (1.0, 100.0), (0.5, 18.0), (0.3, 1.0)),
                "η = 4/(√L + √m)², and μ is the square of (√κ − 1)/(√κ + 1). Return them in this order.",
                (
                    Mistake(tune_without_roots, "The roots are missing: it takes √L and √m, not L and m."),
                    Mistake(tune_with_kappa, "The learning rate is right. In the momentum, κ wants a root."),
                    Mistake(
                        tune_root_of_momentum,
                        "The learning rate is right. What you return with it is √μ, the rate. Square it.",
                    ),
                    Mistake(
                        tune_without_square,
                        "The momentum is right. In the learning rate, the sum of the roots is squared.",
                    ),
                    Mistake(tune_with_half, "The momentum is right. The learning rate is four times that."),
                    Mistake(
                        tune_plain,
                        "The momentum is right. The learning rate 2/(L + m) is gradient descent's: too small here.",
                    ),
                    Mistake(
                        tune_gradient_descent,
                        "That is gradient descent's best setting, without momentum.",
                    ),
                    Mistake(tune_turned_round, "The numbers are right. The learning rate comes first."),
                    Mistake(
                        tune_nesterov,
                        "That is Nesterov's best setting. The question is about the heavy ball.",
                    ),
                    Mistake(tune_textbook, "That is the textbook's setting for Nesterov, with η = 1/L."),
                ),
                why="Both ends are now on the border of swinging.",
                right=(tune_by_course, tune_as_polyak, tune_rounded, as_array(tune)),
                wrong=(tune_with_whole_numbers, tune_rate_alone, tune_with_the_mean),
            )
        },
    ),
    Exercise(
        "worth-of-099",
        "compute",
        {
            "over_plain": Number(
                "from which κ on it beats gradient descent",
                plain_break_even(0.99),
                "(1 + √μ)/(1 − √μ), with μ = 0.99.",
                (
                    Mistake(plain_break_even(0.9), "That is for momentum 0.9."),
                    Mistake(
                        (1 + 0.99) / (1 - 0.99),
                        "The roots are missing: the factor per step of a swing is √μ.",
                    ),
                    Mistake(
                        4 / (1 - 0.99), "That is 4/(1 − μ), only nearly the same. Take the roots as they are."
                    ),
                    Mistake(
                        plain_break_even(0.99) ** 2,
                        "That is the κ for which 0.99 is the best momentum of all. It pays long before.",
                    ),
                ),
                why="A tenth of the friction, about ten times the condition number.",
                right=(398.0, 397.997, (1 + 0.99**0.5) ** 2 / (1 - 0.99)),
                wrong=(400,),
            ),
            "over_09": Number(
                "from which κ on it beats momentum 0.9",
                reach(0.9, 0.99**0.5),
                "Put z = ρ and z = −ρ with ρ = √0.99 into z² − (1 + μ − a)z + μ = 0, with μ = 0.9. Solve for a each "
                "time, and divide the larger by the smaller.",
                (
                    Mistake(1 / reach(0.9, 0.99**0.5), "Upside down: the larger a goes on top."),
                    Mistake(
                        plain_break_even(0.99),
                        "That is where 0.99 beats gradient descent. To beat 0.9 takes far more.",
                    ),
                    Mistake(
                        plain_break_even(0.9) ** 2,
                        "That is the κ for which 0.9 is the best momentum of all.",
                    ),
                    Mistake(
                        reach(0.9, 0.99),
                        "You took 0.99 for the factor per step. With momentum 0.99 it is √0.99.",
                    ),
                ),
                why="Below it, momentum 0.99 only swings longer.",
                right=(7940.0, np.array([7940.0]), 7940),
            ),
        },
    ),
    Exercise(
        "caught-in-a-cycle",
        "investigate",
        {
            "lowest": Number(
                "the lowest of the three positions",
                cycle[0],
                "Run it from 3.3 for a few hundred steps, and look at the last three positions.",
                (
                    Mistake(
                        0.0, "At 0 is the minimum. The tuned heavy ball never gets there: check its setting."
                    ),
                    Mistake(cycle[1], "That is the middle one."),
                    Mistake(cycle[2], "That is the highest."),
                ),
                why=f"It is {round(cycle[0] * 1225)}/1225.".replace("-", "−"),
                right=(-1.8, -1.802, -1.80245, -2208 / 1225),
            ),
            "middle": Number(
                "the middle one",
                cycle[1],
                "Run it from 3.3 for a few hundred steps, and look at the last three positions.",
                (
                    Mistake(
                        0.0, "At 0 is the minimum. The tuned heavy ball never gets there: check its setting."
                    ),
                    Mistake(cycle[0], "That is the lowest."),
                    Mistake(cycle[2], "That is the highest."),
                    Mistake(cycle.mean(), "That is their mean. Which position lies between the other two?"),
                ),
                why=f"It is {round(cycle[1] * 1225)}/1225.",
                right=(0.647, 0.6465, 0.646531, 792 / 1225),
            ),
            "highest": Number(
                "the highest",
                cycle[2],
                "Run it from 3.3 for a few hundred steps, and look at the last three positions.",
                (
                    Mistake(3.3, "That is the start. Wait until the run repeats itself."),
                    Mistake(
                        0.0, "At 0 is the minimum. The tuned heavy ball never gets there: check its setting."
                    ),
                    Mistake(cycle[0], "That is the lowest."),
                    Mistake(cycle[1], "That is the middle one."),
                ),
                why=f"It is {round(cycle[2] * 1225)}/1225.",
                right=(2.12, 2.116, 2.11592, 2592 / 1225),
            ),
        },
    ),
    Exercise(
        "price-of-a-second-setting",
        "investigate",
        {
            name: Number(
                label,
                best_of_ten[kappa, heavy],
                "For each setting the larger of the rates at a and at a/κ, then steps_to_shrink, the least of each row "
                "of ten, and the median of those.",
                (
                    Mistake(
                        best_of_ten[kappa, not heavy],
                        "That is without momentum." if heavy else "That is with momentum.",
                    ),
                    Mistake(best_of_ten[other, heavy], "That is at the other condition number."),
                    Mistake(
                        np.median(np.sort(searches[kappa, heavy])[:, 4:6].mean(axis=1)),
                        "Take the least of each row of ten, not its median: a search keeps its best.",
                    ),
                    Mistake(
                        np.median(searches[kappa, heavy].ravel()),
                        "That is the median of all settings. Take the least of each row of ten first.",
                    ),
                ),
                why=why,
                tolerance=0.01,  # whole steps are right, too
                right=(
                    whole,
                    np.median(np.ceil(searches[kappa, heavy]).min(axis=1)),
                    round(float(best_of_ten[kappa, heavy]), 1),
                ),
            )
            for name, label, kappa, other, heavy, why, whole in (
                ("plain_4", "κ = 4, without momentum", 4, 100, False, "", 48.0),
                (
                    "heavy_4",
                    "κ = 4, with momentum",
                    4,
                    100,
                    True,
                    "Here the second setting is a burden.",
                    73.0,
                ),
                ("plain_100", "κ = 100, without momentum", 100, 4, False, "", 1217.5),
                ("heavy_100", "κ = 100, with momentum", 100, 4, True, "Here it is worth its trials.", 291.0),
            )
        },
    ),
)
