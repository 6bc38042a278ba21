"""The questions and exercises of the tuning workshop."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from sgdlib import theory
from sgdlib.adam import Adam
from sgdlib.descent import descend
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.surfaces import Quadratic

__all__ = ["EXERCISES", "QUIZZES"]


SAMPLES, BATCH_SIZE, EPOCHS = 1437, 32, 20


# ---------------------------------------------------------------- what the table and the valleys say


def final_loss(**setting) -> float:
    """The mean validation loss after the last epoch, over the seeds of a setting of the course's table."""
    from sgdlib.experiments.digits import load

    table = load()
    here = np.ones(len(table), dtype=bool)
    for name, value in ({"momentum": 0.0, "nesterov": False, "batch_size": 32} | setting).items():
        here &= table[name] == value
    return float(table["validation_loss"][here, -1].mean())


def best_rate_falls_hundredfold() -> Proof:
    """The board's best learning rate: 1 without momentum and 0.01 with 0.99."""
    from sgdlib.experiments.digits import load, loss_map

    rates, momenta, losses = loss_map(load())
    best = dict(zip(momenta.tolist(), rates[np.nanargmin(losses, axis=1)].tolist(), strict=True))
    assert best[0.0] == 1.0 and best[0.9] == 0.1
    choices = {"at 1, too": 1.0, "about 0.01": 0.01, "about 0.1": 0.1, "about 100": 100.0}
    limits = theory.stability_limit(np.array([0.0, 0.99]))
    return {choice: best[0.99] == rate for choice, rate in choices.items()}, (*limits, 0.9, 1 / (1 - 0.9))


def larger_batches_want_larger_rates() -> Proof:
    """Which factor keeps η/B, and that it pays here: B = 128 needs more than the 0.1 that is good for B = 32."""
    from sgdlib.experiments.digits import DEAD

    before = final_loss(learning_rate=0.1)
    kept, scaled, lower = (final_loss(learning_rate=rate, batch_size=128) for rate in (0.1, 0.3, 0.03))
    assert lower > kept > scaled and abs(scaled - before) < 0.25 * before
    assert final_loss(learning_rate=3.0) > DEAD
    keeps = [np.isclose(0.1 * factor / 128, 0.1 / 32) for factor in (1, 4, 2, 1 / 4)]
    choices = ("leave it", "multiply it by 4", "multiply it by 2, the root of 4", "divide it by 4")
    return dict(zip(choices, keeps, strict=True)), (0.1, 0.3, before, kept, scaled)


def only_adam_minds_the_angle() -> Proof:
    """Momentum runs alike in both valleys; Adam needs under 300 steps in one, over 4000 in the other."""
    ball = theory.best_tuning("momentum", 1.0, 1e4).optimizer
    tried = Adam(np.geomspace(0.01, 10, 41))
    distance, arrives = [], []
    for angle, steps in ((0.0, 300), (np.pi / 4, 4000)):
        valley = Quadratic((1.0, 1e4), angle=angle)
        start = np.sqrt(2) * np.array([np.cos(angle + np.pi / 4), np.sin(angle + np.pi / 4)])
        distance.append(np.linalg.norm(descend(ball, valley.gradient, start, 1200).positions, axis=1))
        run = np.linalg.norm(descend(tried, valley.gradient, start, steps).positions, axis=-1)
        arrives.append(bool((run[-20:] < 1e-6).all(axis=0).any()))
    assert (distance[0][-100:] < 1e-6).all()
    heavy = not np.allclose(*distance, rtol=1e-6, atol=1e-9)
    adam = arrives == [True, False]
    return {
        "both": heavy and adam,
        "Adam, and not momentum": adam and not heavy,
        "momentum, and not Adam": heavy and not adam,
        "neither": not heavy and not adam,
    }, ()


QUIZZES = (
    Quiz(
        "best-rate-with-more-momentum",
        "Without momentum, the network on the digits does best at a learning rate of 1. "
        "With momentum 0.99, where is its best learning rate?",
        (
            Choice(
                "at 1, too: the learning rate is tuned",
                "It was tuned at another momentum. At 1 and 0.99 a gradient moves the weights a hundred times as far.",
            ),
            Choice(
                "about 0.01",
                "1/(1 − μ) goes from 1 to 100, so the learning rate goes down by 100. "
                "No hyperparameter is tuned alone.",
                right=True,
            ),
            Choice(
                "about 0.1",
                "That is the best for momentum 0.9, where 1/(1 − μ) is 10. At 0.99 it is 100.",
            ),
            Choice(
                "about 100: more momentum allows a larger rate",
                "In a bowl without noise the limit of ηλ does rise, from 2 to 3.98. The best rate of this network "
                "falls.",
            ),
        ),
        proof=best_rate_falls_hundredfold,
    ),
    Quiz(
        "batch-times-four",
        "Without momentum, you go from batches of 32 and a learning rate of 0.1 to batches of 128, for the same "
        "number of epochs. What do you do with the learning rate?",
        (
            Choice(
                "leave it: it has nothing to do with the batch",
                "There are a quarter of the updates now. At 0.1 the digits end at a loss of 0.272 and not 0.104.",
            ),
            Choice(
                "multiply it by 4, and check",
                "A quarter of the updates, each four times as long. On the digits, 0.3, about three times the rate, "
                "ends at 0.122. Check, because large rates have a limit: at 3 this network learns nothing.",
                right=True,
            ),
            Choice(
                "multiply it by 2, the root of 4",
                "The noise of one gradient does fall by the root. But over an epoch, the distance covered and the "
                "noise accumulated both depend on η/B.",
            ),
            Choice(
                "divide it by 4: larger batches are more exact",
                "A more exact direction allows longer steps, not shorter ones. And there are fewer of them.",
            ),
        ),
        proof=larger_batches_want_larger_rates,
    ),
    Quiz(
        "turn-the-valley",
        "Adam is about to win a race in a narrow valley that lies along the axes. Then the valley is turned "
        "by 45°, and the race is run again. Who needs more steps than before?",
        (
            Choice(
                "both: a valley at an angle is harder",
                "For momentum it is the same valley, seen from elsewhere. Its rule has no axes in it.",
            ),
            Choice(
                "Adam, and not momentum",
                "Adam gives each coordinate a pace of its own. In the turned valley each coordinate has a share of "
                "both directions.",
                right=True,
            ),
            Choice(
                "momentum, and not Adam: Adam adapts",
                "It adapts coordinate by coordinate, and that is what the angle spoils.",
            ),
            Choice(
                "neither: it is the same valley",
                "It is for an optimizer that does not know the axes. One of the two does.",
            ),
        ),
        proof=only_adam_minds_the_angle,
    ),
)


# ---------------------------------------------------------------- exercises


def carry(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The learning rate that keeps η/((1 − μ)B)."""
    return learning_rate * (1 - new_momentum) / (1 - momentum) * new_batch_size / batch_size


def carry_momentum_wrong(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The factor 1 − μ upside down."""
    return learning_rate * (1 - momentum) / (1 - new_momentum) * new_batch_size / batch_size


def carry_batch_wrong(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The batch upside down."""
    return learning_rate * (1 - new_momentum) / (1 - momentum) * batch_size / new_batch_size


def carry_by_the_root(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The root of the batch."""
    return learning_rate * (1 - new_momentum) / (1 - momentum) * np.sqrt(new_batch_size / batch_size)


def carry_the_friction(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The friction (1 − μ)/√η kept."""
    return learning_rate * ((1 - new_momentum) / (1 - momentum)) ** 2 * new_batch_size / batch_size


def carry_by_the_effective(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """By way of the effective rate of one sample."""
    of_one = theory.effective_learning_rate(learning_rate, momentum) / batch_size
    return of_one * new_batch_size - of_one * new_batch_size * new_momentum


def carry_in_a_list(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """An array of one element."""
    return np.array([[carry(learning_rate, momentum, batch_size, new_momentum, new_batch_size)]])


def carry_in_single_precision(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """In 32 bits."""
    return np.float32(carry(learning_rate, momentum, batch_size, new_momentum, new_batch_size))


def carry_with_whole_batches(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The ratio of the batches cut to a whole number."""
    return learning_rate * (1 - new_momentum) / (1 - momentum) * (new_batch_size // batch_size)


def carry_by_the_momenta(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The ratio of the momenta."""
    return learning_rate * momentum / new_momentum * new_batch_size / batch_size


def carry_nothing(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The learning rate as it is."""
    return learning_rate


def carry_the_effective(learning_rate, momentum, batch_size, new_momentum, new_batch_size):
    """The effective rate in place of the learning rate."""
    return learning_rate / (1 - momentum) * new_batch_size / batch_size


UPDATES = ceil(SAMPLES / BATCH_SIZE)
FACTOR = (30 / 0.001) ** (1 / 89)
GAIN = float(1 / (1 - 0.9 / FACTOR))

EXERCISES = (
    Exercise(
        "same-effective-rate",
        "read off",
        {
            "mine": Number(
                "the learning rate with momentum 0.99",
                float(theory.effective_learning_rate(0.03, 0.9) * (1 - 0.99)),
                "What is η/(1 − μ) in the paper? Which η gives the same with your momentum?",
                (
                    Mistake(
                        0.03 / 100,
                        "Divided by 100, the friction stays and the shape of the path in a bowl. "
                        "The network wants η/(1 − μ) to stay.",
                    ),
                    Mistake(0.03 * 10, "The wrong way: more momentum makes every gradient count for more."),
                    Mistake(
                        0.03,
                        "With the same learning rate each gradient moves the weights ten times as far as in the paper.",
                    ),
                ),
                why="The factor 1/(1 − μ) grows tenfold, so the learning rate falls tenfold.",
                right=(0.003, np.array([0.003]), np.float32(0.003)),
            ),
            "theirs": Number(
                "the learning rate without momentum",
                float(theory.effective_learning_rate(0.03, 0.9)),
                "Without momentum the effective learning rate is the learning rate itself.",
                (
                    Mistake(
                        0.03 * (1 - 0.9),
                        "The wrong way: without momentum a gradient counts once, not ten times.",
                    ),
                    Mistake(0.03, "Then the effective rate falls tenfold, and so does the pace."),
                    Mistake(0.03 / 0.9, "Divide by 1 − μ, the share that is lost, not by μ."),
                ),
                why="Without momentum it is the effective learning rate itself.",
                right=(0.3, np.array([0.3]), Fraction(3, 10)),
            ),
        },
    ),
    Exercise(
        "updates-for-a-schedule",
        "compute",
        {
            "updates": Number(
                "updates in an epoch",
                UPDATES,
                "How many batches of 32 does it take until every one of the 1437 samples has been seen?",
                (
                    Mistake(
                        SAMPLES // BATCH_SIZE,
                        "You rounded down. The samples that are left over make one more, smaller batch.",
                    ),
                    Mistake(SAMPLES, "That would be batches of one sample."),
                ),
                why="Round up: the last batch is smaller, and Keras does not drop it.",
                right=(45, 45.0, np.array([45])),
                wrong=(44.9,),
            ),
            "decay_steps": Number(
                "decay_steps for a cosine over 20 epochs",
                EPOCHS * UPDATES,
                "A schedule counts updates. Every epoch has the same number of them.",
                (
                    Mistake(
                        EPOCHS * (SAMPLES // BATCH_SIZE),
                        "You rounded each epoch down: 20 updates are missing.",
                    ),
                    Mistake(
                        ceil(EPOCHS * SAMPLES / BATCH_SIZE),
                        "Round in every epoch, not once at the end: each epoch ends with a smaller batch.",
                    ),
                    Mistake(
                        EPOCHS * SAMPLES // BATCH_SIZE,
                        "Round in every epoch, not once at the end: each epoch ends with a smaller batch.",
                    ),
                    Mistake(EPOCHS, "Those are epochs. Keras' schedules count updates."),
                ),
                why="Too small a number lets the cosine end early, and the rest of the run stands still.",
                right=(900, 900.0, np.array([900])),
            ),
            "with_64": Number(
                "decay_steps for the same with batches of 64",
                EPOCHS * ceil(SAMPLES / 64),
                "Count the updates of one epoch again: 1437 samples in batches of 64, rounded up.",
                (
                    Mistake(
                        EPOCHS * UPDATES // 2,
                        "Not quite half: here, too, the rest of an epoch makes an update.",
                    ),
                    Mistake(EPOCHS * (SAMPLES // 64), "You rounded each epoch down: 20 updates are missing."),
                    Mistake(EPOCHS * UPDATES * 2, "Larger batches make fewer updates, not more."),
                ),
                why="A schedule knows nothing of epochs: a new batch size wants a new number.",
                right=(460, 460.0, np.array([460])),
            ),
        },
    ),
    Exercise(
        "a-larger-machine",
        "compute",
        {
            "rate": Number(
                "the learning rate for batches of 128 and momentum 0.95",
                carry(0.01, 0.9, 32, 0.95, 128),
                "η/((1 − μ)B) stays. Four times the batch; and what happens to 1 − μ?",
                (
                    Mistake(0.01 * 4, "That is for the batch. The momentum has changed, too."),
                    Mistake(0.01 / 2, "That is for the momentum. The batch has changed, too."),
                    Mistake(
                        0.01 * 8,
                        "The batch is right. But 1 − μ is halved: the momentum asks for less.",
                    ),
                    Mistake(0.01 / 8, "The momentum is right. But a larger batch asks for a larger rate."),
                    Mistake(
                        0.01,
                        "That is the old one. If you took the root of 4 for the batch: the rule is linear in it.",
                    ),
                ),
                why="Four times for the batch, half for the momentum.",
                right=(0.02, np.array([0.02]), np.float32(0.02)),
            ),
            "carry": Function(
                carry,
                ((0.01, 0.9, 32, 0.95, 128), (0.3, 0.0, 64, 0.8, 16), (0.1, 0.5, 32, 0.99, 512)),
                "η/((1 − μ)B) before is η/((1 − μ)B) after. Solve for the new η.",
                (
                    Mistake(
                        carry_momentum_wrong, "1 − μ stands upside down: more momentum wants a smaller rate."
                    ),
                    Mistake(
                        carry_batch_wrong, "The batch stands upside down: a larger batch wants a larger rate."
                    ),
                    Mistake(carry_by_the_root, "The rule is linear in the batch: no root."),
                    Mistake(carry_the_friction, "You keep the friction (1 − μ)/√η. Keep η/(1 − μ)."),
                    Mistake(
                        carry_the_effective, "That is an effective rate. Take the new momentum off it again."
                    ),
                ),
                why="One line carries a recipe over; where the limit is near, it goes too far.",
                right=(carry_by_the_effective, carry_in_a_list, carry_in_single_precision),
                wrong=(carry_with_whole_batches, carry_by_the_momenta, carry_nothing),
            ),
        },
    ),
    Exercise(
        "learning-rate-finder",
        "investigate",
        {
            "factor": Number(
                "the factor from one batch to the next, to four digits",
                FACTOR,
                "90 rates have 89 gaps, and the factor to the power of 89 is 30/0.001.",
                (
                    Mistake(
                        (30 / 0.001) ** (1 / 90),
                        "That is for 90 gaps. Between 90 rates there is one gap fewer.",
                    ),
                    Mistake(
                        (30 - 0.001) / 89, "That is a constant difference. A finder needs a constant factor."
                    ),
                    Mistake(30 / 0.001 / 89, "The product of 89 factors is 30,000, not their sum."),
                    Mistake(10 ** (1 / 89), "From 0.001 to 30 it is more than one power of ten."),
                ),
                why="It grows threefold about every ten batches.",
                tolerance=5e-4,
                right=(1.1228, 1.12281, 1.122806, np.exp(np.log(30_000) / 89), 1.123),
            ),
            "gain": Number(
                "speed in units of the present ηg",
                GAIN,
                "Write out the velocity: the push of j steps ago was smaller by the factor to the power j.",
                (
                    Mistake(
                        float(1 / (1 - 0.9 / (30 / 0.001) ** (1 / 90))),
                        "Your way is right. The factor is not: 90 rates have 89 gaps.",
                    ),
                    Mistake(
                        float(theory.terminal_speed(1.0, 0.9)),
                        "That is the gain at a constant rate. Here the older pushes were made at smaller rates.",
                    ),
                    Mistake(
                        float(theory.terminal_speed(1.0, 0.9)) / FACTOR,
                        "Each step back costs one more factor, not one for all.",
                    ),
                    Mistake(
                        0.9 / FACTOR,
                        "That is the share that a push keeps from step to step. Sum them up.",
                    ),
                ),
                why="1/(1 − μ/r): the velocity is made of steps at rates that were smaller.",
                tolerance=4e-3,  # what follows from an accepted factor,
                right=(5.04, 5.039, 5.03939, 1 / (1 - 0.9 / 1.123)),
            ),
        },
    ),
)
