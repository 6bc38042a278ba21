"""The questions and exercises of the chapter on Nesterov's lookahead."""

from __future__ import annotations

import numpy as np

from sgdlib import theory
from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.exercises.steps import STEP_CASES, as_array, momentum_step
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic, Slope

__all__ = ["EXERCISES", "QUIZZES"]

MU = 0.9
LESS = 0.5  # the momentum of the question on the limit
ETA = 0.1  # of the exercise on the brake
STEEPEST = 100.0  # the largest curvature of the hard bowl


def ahead_step(gradient, w, v, learning_rate, momentum):
    """One step of Nesterov's method in the variable that Keras stores, the lookahead point."""
    g = gradient(w)
    v = momentum * v - learning_rate * g
    return w + momentum * v - learning_rate * g, v


def twice_ahead_step(gradient, w, v, learning_rate, momentum):
    """The gradient ahead of a point that is ahead already."""
    return ahead_step(lambda w: gradient(w + momentum * v), w, v, learning_rate, momentum)


def textbook_step(gradient, w, v, learning_rate, momentum):
    """The rule for the ball itself, used on the lookahead point."""
    v = momentum * v - learning_rate * gradient(w + momentum * v)
    return w + v, v


def no_gradient_step(gradient, w, v, learning_rate, momentum):
    """The last term of the move left out."""
    v = momentum * v - learning_rate * gradient(w)
    return w + momentum * v, v


def whole_velocity_step(gradient, w, v, learning_rate, momentum):
    """The whole velocity and the gradient once more."""
    g = gradient(w)
    v = momentum * v - learning_rate * g
    return w + v - learning_rate * g, v


def pytorch_step(gradient, w, v, learning_rate, momentum):
    """The same step in PyTorch's variables."""
    g = gradient(w)
    v = momentum * v + g
    return w - learning_rate * (g + momentum * v), v


def uphill_step(gradient, w, v, learning_rate, momentum):
    """The sign turned round."""
    return ahead_step(lambda w: -gradient(w), w, v, learning_rate, momentum)


def through_the_ball(gradient, w, v, learning_rate, momentum):
    """The same by way of the ball, with the course's own rule."""
    ball, (velocity,) = SGD(learning_rate, momentum, nesterov=True).step(gradient, w - momentum * v, (v,))
    return ball + momentum * velocity, velocity


def through_two_points(gradient, w, v, learning_rate, momentum):
    """The same in Nesterov's own x and y."""
    before, x = w - momentum * v, w - learning_rate * gradient(w)
    return [x + momentum * (x - before), x - before]


def ahead_in_place(gradient, w, v, learning_rate, momentum):
    """The arguments overwritten."""
    g = gradient(w)
    v *= momentum
    v -= learning_rate * g
    w += momentum * v - learning_rate * g
    return w, v


def position_alone(gradient, w, v, learning_rate, momentum):
    """The velocity not returned."""
    return ahead_step(gradient, w, v, learning_rate, momentum)[0]


def velocity_first(gradient, w, v, learning_rate, momentum):
    """The two results the other way round."""
    return ahead_step(gradient, w, v, learning_rate, momentum)[::-1]


def search(nesterov: bool) -> tuple[int, float]:
    """The fewest steps in the hard bowl over 400 learning rates, and the largest of those within a tenth of it."""
    rates = np.linspace(0.05, 0.99, 400) * theory.stability_limit(MU, nesterov) / STEEPEST
    runs = descend(SGD(rates, MU, nesterov), Quadratic((1.0, STEEPEST)).gradient, (1.0, 1.0), 400)
    steps = steps_to_stay_within(runs.positions)
    fewest = steps[steps >= 0].min()
    return int(fewest), float(rates[(steps >= 0) & (steps <= 1.1 * fewest)].max())


def limit(nesterov: bool) -> float:
    """The limit in a at momentum 0.9."""
    return float(theory.stability_limit(MU, nesterov))


def brake(curvature: float) -> float:
    """The momentum that Nesterov's amounts to in the exercise."""
    return float(theory.effective_momentum(ETA * curvature, MU))


heavy, heavy_end = search(nesterov=False)
ahead, ahead_end = search(nesterov=True)


def overshoot(a: np.ndarray, nesterov: bool) -> np.ndarray:
    """How far runs from 1 go past the minimum."""
    run = descend(SGD(a, MU, nesterov), Quadratic((1.0,)).gradient, [1.0], 100)
    return -run.positions.min(axis=0)[:, 0]


def crossing() -> float:
    """Where the factors per step of both methods meet, just below Nesterov's limit."""
    return 1 + MU**0.5 / (1 + MU + MU**0.5)


def calmer_below_its_limit() -> Proof:
    """The overshoots and the factors per step of both methods, up to Nesterov's limit and beyond."""
    small, most = np.geomspace(0.01, 1.33, 60), np.linspace(0.01, 3.7, 60)
    below, all_of_it = (
        (overshoot(a, True) < overshoot(a, False)) & (theory.rate(a, MU, True) < theory.rate(a, MU))
        for a in (small, most)
    )
    meet = crossing()
    assert np.isclose(theory.rate(meet, MU), theory.rate(meet, MU, nesterov=True))
    assert theory.rate(1.345, MU) < theory.rate(1.345, MU, nesterov=True) < 1
    assert theory.rate(1.5, MU) < 1 < theory.rate(1.5, MU, nesterov=True)
    return {
        "always the one that looks ahead": all_of_it.all(),
        "the one that looks ahead, as long as": below.all() and not all_of_it.all(),
        "neither": np.allclose(overshoot(small, True), overshoot(small, False)),
    }, (meet, limit(True), 1.5)


def higher_with_less_momentum() -> Proof:
    """The limits at the two momenta, and runs of Nesterov's just below and above the one of less momentum."""
    edge = float(theory.stability_limit(LESS, nesterov=True))
    heavy = float(theory.stability_limit(LESS))
    run = descend(SGD(np.array([0.98, 1.02]) * edge, LESS, True), Quadratic((1.0,)).gradient, [1.0], 5000)
    falls = np.diff(theory.stability_limit(np.linspace(0, 1, 11), nesterov=True)) < 0
    assert falls.all() and np.isclose(theory.stability_limit(0.0, nesterov=True), 2)
    assert abs(run.positions[-1, 0, 0]) < 1e-6 and run.diverged.tolist() == [False, True]
    assert np.isclose(limit(False), 3.8)
    return {
        "It falls": edge < limit(True),
        "It stays": np.isclose(edge, limit(True)),
        "It rises, but stays below": limit(True) < edge < 2,
        "It rises above": edge > 2,
    }, (edge, heavy)


def same_on_a_slope() -> Proof:
    """The balls' paths on a straight slope, the brake in a bowl, and the variable of Keras."""
    runs = [descend(SGD(0.01, MU, n), Slope((1.0,)).gradient, [0.0], 100) for n in (False, True)]
    heavy, ahead = (run.positions[-1, 0] for run in runs)
    hard = Quadratic((1.0, STEEPEST))
    counts = [
        steps_to_stay_within(descend(SGD(0.001, MU, n), hard.gradient, [1.0, 1.0], 2000).positions)
        for n in (False, True)
    ]
    stored = ahead + MU * runs[1].velocities[-1, 0]
    assert 0 < counts[0] < counts[1] and stored < ahead - 8 * 0.01
    return {"Nesterov: ": ahead < heavy, "momentum: ": heavy < ahead, "neither: ": ahead == heavy}, ()


def keras_stores_the_point_ahead() -> Proof:
    """Keras' rule beside the textbook's: the one variable is the other's lookahead point, at small rates and large."""
    bowl, apart = Quadratic((1.0, 10.0), angle=0.5), 0.0
    for rate in (0.001, 0.05, 0.13):
        w, m = np.array([-2.5, 1.0]), np.zeros(2)
        run = descend(SGD(rate, MU, nesterov=True), bowl.gradient, w, 60)
        for k in range(61):
            apart = max(apart, np.abs(w - run.positions[k] - MU * run.velocities[k]).max())
            w, m = ahead_step(bowl.gradient, w, m, rate, MU)
    same = apart < 1e-12
    return {
        "no: the momentum is applied twice": not same,
        "no: the gradient is measured here": not same,
        "yes: what Keras stores is the point ahead": same,
        "nearly": 1e-12 < apart < 0.1,
    }, ()


QUIZZES = (
    Quiz(
        "does-it-calm",
        "Two balls roll in one valley with the same settings and momentum 0.9. One looks ahead, the other does not. "
        "Which of them swings less?",
        (
            Choice(
                "always the one that looks ahead",
                "So it is often told. But with a large learning rate the point ahead lies far up the other wall, and "
                "the slope measured there throws the ball back harder than it came: at ηλ = 1.5 it flies off.",
            ),
            Choice(
                "the one that looks ahead, as long as the learning rate is not too large",
                "Up to ηλ = 1.33 its swings are smaller and die out sooner. That is close to its limit, 1.357. At "
                "ηλ = 1.5 it flies off where plain momentum still arrives.",
                right=True,
            ),
            Choice(
                "neither: looking ahead changes how fast they are, not how they swing",
                "It is the other way round: looking ahead brakes in proportion to the curvature, and a brake acts on "
                "the swing first of all.",
            ),
        ),
        proof=calmer_below_its_limit,
    ),
    Quiz(
        "how-far-can-it-go",
        "In a bowl, gradient descent is stable up to ηλ = 2, momentum 0.9 up to 3.8, and Nesterov with momentum 0.9 up "
        "to 1.357. What becomes of Nesterov's limit if the momentum is lowered to 0.5?",
        (
            Choice(
                "It falls: momentum's own limit falls, too.",
                "Momentum's falls, to 3. Nesterov's goes the other way: with less momentum the point ahead is nearer, "
                "and the answer from there is not so strong.",
            ),
            Choice(
                "It stays: the slope is measured ahead all the same.",
                "It is, but not so far ahead. The momentum that acts is μ(1 − ηλ), and it depends on μ.",
            ),
            Choice(
                "It rises, but stays below gradient descent's.",
                "The limit is (2 + 2μ)/(1 + 2μ), here 1.5. Without momentum it is gradient descent's 2, and from there "
                "it falls as the momentum grows.",
                right=True,
            ),
            Choice(
                "It rises above gradient descent's, towards 3.8.",
                "Looking ahead never allows larger steps than gradient descent: 2 is the limit without momentum, and "
                "all others are lower.",
            ),
        ),
        proof=higher_with_less_momentum,
    ),
    Quiz(
        "who-is-ahead",
        "On a straight slope, the same steepness everywhere, momentum and Nesterov start side by side with the same "
        "settings. Which ball is ahead after a hundred steps?",
        (
            Choice(
                "Nesterov: each of its steps uses the better slope",
                "The slope ahead is better only where it differs from the slope here. On a straight slope it is the "
                "same.",
            ),
            Choice(
                "momentum: looking ahead works as a brake",
                "It does, but in proportion to the curvature, and a straight slope has none.",
            ),
            Choice(
                "neither: they take the same steps",
                "Both measure the same slope, and all else is the same.",
                right=True,
            ),
        ),
        proof=same_on_a_slope,
    ),
    Quiz(
        "momentum-twice",
        "Keras moves by momentum * m − learning_rate * g, where m has been multiplied by the momentum one line "
        "before, and it measures the gradient g at w itself. Is that Nesterov's method?",
        (
            Choice(
                "no: the momentum is applied twice, which is a mistake",
                "It does stand there twice. One of them is the step, and the other is the look ahead that belongs to "
                "the next step.",
            ),
            Choice(
                "no: the gradient is measured here, not ahead",
                "It is measured where the variable is. The question is what Keras keeps in that variable.",
            ),
            Choice(
                "yes: what Keras stores is the point ahead",
                "The variable w is the lookahead point, so the gradient there is the one that Nesterov wants.",
                right=True,
            ),
            Choice(
                "nearly: it is an approximation for small learning rates",
                "It is exact at every learning rate. Both rules give the same run, seen at two points.",
            ),
        ),
        proof=keras_stores_the_point_ahead,
    ),
)

EXERCISES = (
    Exercise(
        "read-the-brake",
        "read off",
        {
            "gentle": Number(
                "the momentum it amounts to at curvature 1",
                brake(1.0),
                "Put a = ηλ into μ(1 − a).",
                (
                    Mistake(1 - ETA, "That is 1 − a. It still wants the factor μ."),
                    Mistake(MU - ETA, "You subtracted a from μ. The brake is a factor: μ(1 − a)."),
                    Mistake(MU * (1 + ETA), "The sign: looking ahead makes the momentum smaller."),
                    Mistake(ETA * MU, "That is what is taken away, μa. Subtract it from μ."),
                ),
                why="In so gentle a direction it keeps nearly all of its 0.9.",
                right=(0.81, np.array([0.81]), np.float32(0.81)),
            ),
            "steep": Number(
                "the same at curvature 5",
                brake(5.0),
                "Here a = 0.1 · 5. Put it into μ(1 − a).",
                (
                    Mistake(1 - 5 * ETA, "That is 1 − a. It still wants the factor μ."),
                    Mistake(MU - 5 * ETA, "You subtracted a from μ. The brake is a factor: μ(1 − a)."),
                    Mistake(MU * (1 - 5), "You put in λ. It takes a = ηλ."),
                    Mistake(brake(1.0), "That is at curvature 1."),
                ),
                why="Half of the momentum is gone.",
                right=(0.45, np.array([0.45]), np.float32(0.45)),
            ),
            "forgets": Number(
                "the curvature at which nothing is remembered",
                1 / ETA,
                "μ(1 − ηλ) is 0. Solve for λ.",
                (
                    Mistake(1.0, "That is a = ηλ. Divide by η to get the curvature."),
                    Mistake(ETA, "You took η for the curvature: at λ = 0.1 there is hardly any brake."),
                    Mistake(
                        1 / (MU * ETA), "μ is a factor of the whole. It does not matter where that is 0."
                    ),
                ),
                why="There a = 1, and one step reaches the minimum.",
                right=(10.0, np.array([10.0]), 10),
            ),
            "kicked": Number(
                "the momentum it amounts to at curvature 12",
                brake(12.0),
                "Here a is above 1. Put it into μ(1 − a), and mind the sign.",
                (
                    Mistake(1 - 12 * ETA, "That is 1 − a. It still wants the factor μ."),
                    Mistake(MU - 12 * ETA, "You subtracted a from μ. The brake is a factor: μ(1 − a)."),
                    Mistake(0.0, "A brake would stop at 0. This one goes on, and turns the velocity round."),
                ),
                why="Below 0, so it jumps from side to side.",
                right=(-0.18, np.array([-0.18]), np.float32(-0.18)),
            ),
        },
    ),
    Exercise(
        "write-the-lookahead",
        "compute",
        {
            "step": Function(
                ahead_step,
                STEP_CASES,
                "Measure g at w, which is already ahead. The new velocity is μv − ηg. The next point ahead is w plus μ "
                "times the new velocity, minus ηg.",
                (
                    Mistake(
                        twice_ahead_step, "You look ahead twice: w is the point ahead already. Measure there."
                    ),
                    Mistake(
                        textbook_step,
                        "That is the rule for the ball itself. Here w is the point ahead: measure at w, and move to "
                        "the next point ahead.",
                    ),
                    Mistake(
                        momentum_step,
                        "That is momentum. The velocity is right; the next point ahead is elsewhere.",
                    ),
                    Mistake(
                        no_gradient_step,
                        "From the point ahead it first goes to the ball's new place, by −ηg. That part is missing.",
                    ),
                    Mistake(
                        whole_velocity_step,
                        "Nearly. It looks ahead by μ times the new velocity, not by all of it.",
                    ),
                    Mistake(
                        pytorch_step,
                        "That is PyTorch's rule, with the same run. Its velocity is not yet multiplied by −η.",
                    ),
                    Mistake(uphill_step, "It climbs: check the sign before the gradient."),
                ),
                why="This is what Keras computes with nesterov=True.",
                right=(through_the_ball, through_two_points, as_array(ahead_step)),
                wrong=(ahead_in_place, position_alone, velocity_first),
            )
        },
    ),
    Exercise(
        "the-largest-learning-rate",
        "compute",
        {
            "edge": Number(
                "Nesterov's limit in ηλ",
                limit(True),
                "(2 + 2μ)/(1 + 2μ), with μ = 0.9.",
                (
                    Mistake(
                        limit(False), "That is momentum's limit, 2 + 2μ. Nesterov's is divided by 1 + 2μ."
                    ),
                    Mistake(
                        (2 + 2 * MU) / (1 + MU),
                        "That is gradient descent's, and (2 + 2μ)/(1 + μ) as well: below the line 2 goes with μ, too.",
                    ),
                    Mistake(4 / 3, "That is at μ = 1. The setting is 0.9."),
                    Mistake(2 + 2 * MU / (1 + 2 * MU), "The whole of 2 + 2μ is divided. Mind the brackets."),
                ),
                why="Well below gradient descent's 2.",
                right=(1.357, 1.3571, 1.357143, 3.8 / 2.8),
                wrong=(1.35,),
            ),
            "heavy_rate": Number(
                "the largest learning rate of momentum",
                limit(False) / STEEPEST,
                "The limits are for a = ηL. Divide 2 + 2μ by L.",
                (
                    Mistake(limit(False), "That is a = ηL. Divide by L to get η."),
                    Mistake(2 / STEEPEST, "That is gradient descent's, 2/L."),
                    Mistake(limit(True) / STEEPEST, "That is Nesterov's."),
                    Mistake(
                        limit(False) / STEEPEST * (1 - MU), "No factor 1 − μ here: the limit is for η itself."
                    ),
                ),
                right=(0.038, np.array([0.038]), np.float32(0.038)),
            ),
            "ahead_rate": Number(
                "the largest learning rate of Nesterov",
                limit(True) / STEEPEST,
                "The limits are for a = ηL. Divide Nesterov's by L.",
                (
                    Mistake(limit(True), "That is a = ηL. Divide by L to get η."),
                    Mistake(2 / STEEPEST, "That is gradient descent's, 2/L."),
                    Mistake(limit(False) / STEEPEST, "That is momentum's."),
                    Mistake(
                        1 / STEEPEST, "That is the textbook's choice, 1/L. It is safe, and not yet the limit."
                    ),
                ),
                why="A learning rate between the two is fine for momentum, and explodes once nesterov=True is set.",
                right=(0.01357, 0.013571, 0.01357143, 1.357 / 100),
            ),
        },
    ),
    Exercise(
        "after-the-switch",
        "investigate",
        {
            "heavy_steps": Number(
                "the fewest steps with momentum",
                heavy,
                "One descend with SGD(rates, 0.9) and 1000 steps, steps_to_stay_within of its positions, and the least "
                "of these that is not −1.",
                (
                    Mistake(-1, "−1 stands for a run that never stays within. Leave those out."),
                    Mistake(ahead, "That is with nesterov=True."),
                    Mistake(heavy - 1, "One too few: the position after 0 steps is the start."),
                    Mistake(
                        round(theory.steps_to_shrink(MU**0.5)),
                        "That is what the factor per step, √0.9, predicts. Run it and count.",
                    ),
                ),
                right=(260, 260.0, np.array([260])),
            ),
            "ahead_steps": Number(
                "the fewest steps with Nesterov",
                ahead,
                "The same with nesterov=True, and with learning rates up to Nesterov's own limit.",
                (
                    Mistake(-1, "−1 stands for a run that never stays within. Leave those out."),
                    Mistake(heavy, "That is without nesterov=True."),
                    Mistake(ahead - 1, "One too few: the position after 0 steps is the start."),
                ),
                why="A seventh fewer in this bowl, at its best.",
                right=(222, 222.0, np.array([222])),
            ),
            "heavy_end": Number(
                "the largest learning rate within 10 %, momentum",
                heavy_end,
                "Among the learning rates whose steps are at most 1.1 times the fewest, take the largest.",
                (
                    Mistake(
                        limit(False) / STEEPEST,
                        "That is the limit itself. Take the largest that still does well.",
                    ),
                    Mistake(
                        0.99 * limit(False) / STEEPEST,
                        "That is the last one tried, and too close to the limit.",
                    ),
                    Mistake(ahead_end, "That is Nesterov's."),
                ),
                why="A wide plateau: once both directions swing, momentum's factor per step is √0.9, whatever η is.",
                right=(0.036, 0.03601, 0.0360086),
            ),
            "ahead_end": Number(
                "the largest learning rate within 10 %, Nesterov",
                ahead_end,
                "Among the learning rates whose steps are at most 1.1 times the fewest, take the largest.",
                (
                    Mistake(
                        limit(True) / STEEPEST,
                        "That is the limit itself. Take the largest that still does well.",
                    ),
                    Mistake(
                        0.99 * limit(True) / STEEPEST,
                        "That is the last one tried, and too close to the limit.",
                    ),
                    Mistake(heavy_end, "That is momentum's. Nesterov explodes there."),
                ),
                why="So a good learning rate of momentum may be far beyond it. Tune again after the switch.",
                right=(0.0133, 0.01331, 0.0133078),
            ),
        },
    ),
)
