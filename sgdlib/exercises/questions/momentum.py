"""The questions and exercises of the chapter on momentum."""

from __future__ import annotations

import numpy as np

from sgdlib import theory
from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.exercises.steps import STEP_CASES, as_array, momentum_step
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic, Slope, valley

__all__ = ["EXERCISES", "QUIZZES"]

START = (-5.0, 2.0)
HALF_LIFE = 50
ETA, FLAT, STEEP = 0.05, 0.2, 4.0  # of the long valley: the learning rate, the curvatures along and across


def first_step_with(share: float, momentum: float) -> int:
    """The first step at which the speed on a constant slope has this share of its final value."""
    steps = np.arange(1000)
    reached = theory.speed_on_slope(steps, 1.0, momentum) / theory.terminal_speed(1.0, momentum)
    return int(np.argmax(reached >= share))


def pytorch_step(gradient, w, v, learning_rate, momentum):
    """The same step in PyTorch's variables."""
    v = momentum * v + gradient(w)
    return w - learning_rate * v, v


def averaged_step(gradient, w, v, learning_rate, momentum):
    """The averaging form at the same learning rate."""
    v = momentum * v - (1 - momentum) * learning_rate * gradient(w)
    return w + v, v


def uphill_step(gradient, w, v, learning_rate, momentum):
    """The sign turned round."""
    v = momentum * v + learning_rate * gradient(w)
    return w + v, v


def late_step(gradient, w, v, learning_rate, momentum):
    """The position moved by the old velocity."""
    return w + v, momentum * v - learning_rate * gradient(w)


def lossy_step(gradient, w, v, learning_rate, momentum):
    """The share that is lost kept, and the share that is kept lost."""
    v = (1 - momentum) * v - learning_rate * gradient(w)
    return w + v, v


def keeps_running(gradient, w, v, learning_rate, momentum):
    """No friction at all."""
    v = v - learning_rate * gradient(w)
    return w + v, v


def nesterov_step(gradient, w, v, learning_rate, momentum):
    """The gradient measured ahead."""
    return momentum_step(lambda _: gradient(w + momentum * v), w, v, learning_rate, momentum)


def by_the_course(gradient, w, v, learning_rate, momentum):
    """The course's own rule."""
    position, (velocity,) = SGD(learning_rate, momentum).step(gradient, w, (v,))
    return position, velocity


def polyak_step(gradient, w, v, learning_rate, momentum):
    """The heavy ball of Polyak, with two positions."""
    before = w - v
    after = w - learning_rate * gradient(w) + momentum * (w - before)
    return after, after - w


def step_in_place(gradient, w, v, learning_rate, momentum):
    """The arguments overwritten."""
    v *= momentum
    v -= learning_rate * gradient(w)
    w += v
    return w, v


def position_alone(gradient, w, v, learning_rate, momentum):
    """The velocity not returned."""
    return momentum_step(gradient, w, v, learning_rate, momentum)[0]


def velocity_first(gradient, w, v, learning_rate, momentum):
    """The two results the other way round."""
    return momentum_step(gradient, w, v, learning_rate, momentum)[::-1]


def scaled_twice(gradient, w, v, learning_rate, momentum):
    """The learning rate before the whole velocity, and before the gradient."""
    v = momentum * v - learning_rate * gradient(w)
    return w + learning_rate * v, v


def lost_share(half_life: float) -> float:
    """The share of the velocity to lose at each step, so that half of it is left after this many."""
    return 1 - 0.5 ** (1 / half_life)


def in_the_well(learning_rate: float, momentum: float, steps: int) -> np.ndarray:
    """A run from 1 in the well of curvature 1."""
    return descend(SGD(learning_rate, momentum), Quadratic((1.0,)).gradient, [1.0], steps).positions[:, 0]


def crossings_until(positions: np.ndarray, near: float) -> int:
    """How often a run passes 0 before it stays this near."""
    before = positions[: steps_to_stay_within(positions[:, None], near) + 1]
    return int((np.diff(np.sign(before)) != 0).sum())


def fewest_steps(optimizer: SGD, most: int = 60) -> int:
    """The fewest steps to a millionth that a run in the long valley takes, of all its settings."""
    steps = steps_to_stay_within(descend(optimizer, valley().gradient, START, most).positions)
    return int(steps[steps >= 0].min())


formula = theory.best_tuning("momentum", FLAT, STEEP).optimizer
by_formula = fewest_steps(formula)
searched = fewest_steps(SGD(np.linspace(0.01, 0.9, 90)[:, None], np.linspace(0.0, 0.95, 96)))
swinging = in_the_well(0.001, 0.99, 1000)
overshoot = -swinging.min()
back = swinging[np.argmin(swinging) :].max()
gentle = theory.critical_momentum(ETA * FLAT)
steep = theory.critical_momentum(ETA * STEEP)


def nothing_is_kept_at_zero() -> Proof:
    """On level ground a velocity of 1 is gone after a step with momentum 0, and stays with momentum 1."""
    level = lambda w: 0.0 * w  # noqa: E731
    left = [SGD(0.1, mu).step(level, np.zeros(1), (np.ones(1),))[1][0][0] for mu in (1.0, 0.0, 0.9)]
    assert np.allclose(left, [1.0, 0.0, 0.9]) and np.abs(in_the_well(0.1, 1.0, 5000)[-100:]).max() > 0.99
    return {
        choice: each == min(left) for choice, each in zip(("at 1: ", "at 0: ", "at 0.9: "), left, strict=True)
    }, ()


def ten_times_as_fast() -> Proof:
    """The speed on a constant slope, by runs long enough to reach it."""
    mu = np.array([0.9, 0.99])
    runs = descend(SGD(1.0, mu), Slope((1.0,)).gradient, [0.0], 3000, path=False)
    speeds = -runs.velocities[0, :, 0]
    steps = [first_step_with(0.5, each) for each in mu]
    assert np.allclose(speeds, 1 / (1 - mu)) and 9 < steps[1] / steps[0] < 11
    ratio = speeds[1] / speeds[0]
    return {
        "a tenth faster: 0.99 is 10 % more": np.isclose(ratio, 1.1),
        "ten times as fast": np.isclose(ratio, 10),
        "a hundred times as fast": np.isclose(ratio, 100),
        "no faster": np.isclose(ratio, 1),
    }, (*(1 - mu), *speeds)


def fastest_halfway() -> Proof:
    """Where the speed along the valley peaks, and what the push and the friction do there."""
    run = descend(SGD(ETA, 0.9), valley().gradient, START, 100)
    x, speed = run.positions[:, 0], np.abs(run.velocities[:, 0])
    peak, cross = speed.argmax(), np.argmax(x > 0)
    plain = descend(SGD(ETA), valley().gradient, START, 100).velocities[:, 0]
    assert np.abs(plain).argmax() == 1 and speed[1] < 0.2 * speed[peak]
    assert (np.diff(speed[:peak]) > 0).all() and (np.diff(speed[peak:cross]) < 0).all()
    slower = 0.6  # than this share of its top speed, at the bottom
    assert slower - 0.1 < speed[cross] / speed[peak] < slower
    other = descend(SGD(0.5, 0.95), valley().gradient, START, 100)  # gains speed all the way
    assert (np.diff(np.abs(other.velocities[: np.argmax(other.positions[:, 0] > 0), 0])) > 0).all()
    left = x[peak] / START[0]
    return {
        "at the start": left > 0.9,
        "about halfway": abs(left - 0.5) < 0.05,
        "at the bottom": abs(left) < 0.05,
        "beyond the bottom": left < -0.05,
    }, (100 * slower,)


def points_there_half_the_time() -> Proof:
    """The share of steps after which the velocity points towards the minimum of the well."""
    w = in_the_well(0.1, 0.9, 2000)
    steps = steps_to_stay_within(w[:, None])
    w, v = w[1 : steps + 1], np.diff(w[: steps + 1])
    share = (v * -w > 0).mean()
    return {
        "after nearly all": share > 0.9,
        "after about half": abs(share - 0.5) < 0.02,
        "after hardly any": share < 0.1,
    }, ()


def scatters_ten_times_as_much() -> Proof:
    """The variances around the minimum, at the same learning rate and at the same effective one."""
    plain, heavy, smaller = (
        theory.noise_variance(*each) for each in ((0.01, 1.0), (0.01, 1.0, 0.9), (0.001, 1.0, 0.9))
    )
    assert round(theory.variance_window(0.9)) == 19 and 0.99 < smaller / plain < 1
    return {
        "it shrinks": heavy / plain < 0.9,
        "it stays": abs(heavy / plain - 1) < 0.1,
        "it grows to about ten times": abs(heavy / plain - 10) < 0.05,
    }, ()


QUIZZES = (
    Quiz(
        "most-friction",
        "Momentum is often explained as a ball that rolls with friction. The setting goes from 0 to 1. Where is the "
        "friction greatest?",
        (
            Choice(
                "at 1: the more of it, the more friction",
                "A setting named after friction would go that way, but this one is named after the opposite. At 1 "
                "nothing is lost, and a ball in a bowl swings forever.",
            ),
            Choice(
                "at 0: nothing of the velocity survives a step",
                "Momentum is the share of the velocity that is kept. At 0 all of it is lost at every step, and what is "
                "left is gradient descent. A step loses the share 1 − μ.",
                right=True,
            ),
            Choice(
                "at 0.9: that is why it is the usual value",
                "At 0.9 only a tenth of the velocity is lost at each step. It is a popular value because it brakes "
                "little, not because it brakes much.",
            ),
        ),
        proof=nothing_is_kept_at_zero,
    ),
    Quiz(
        "faster-on-a-slope",
        "On a constant slope, momentum goes from 0.9 to 0.99. How much faster does the ball get in the end?",
        (
            Choice(
                "a tenth faster: 0.99 is 10 % more than 0.9",
                "The momentum itself is not the speed. What counts is what is lost at each step, 1 − μ.",
            ),
            Choice(
                "ten times as fast",
                "The share lost at each step falls from 0.1 to 0.01. The final speed is ηg/(1 − μ): 10 against 100. "
                "It takes ten times as many steps, too.",
                right=True,
            ),
            Choice(
                "a hundred times as fast",
                "A hundred is the final speed at 0.99 in units of ηg, compared with a run without momentum. "
                "At 0.9 it is ten already.",
            ),
            Choice(
                "no faster: friction stops it at the same speed",
                "Friction does stop the gain, but where it does depends on μ: less friction, a higher final speed.",
            ),
        ),
        proof=ten_times_as_fast,
    ),
    Quiz(
        "faster-to-the-bottom",
        "A ball with momentum 0.9 and learning rate 0.05 starts at x = −5 and rolls along a valley of curvature 0.2 to "
        "the bottom at x = 0. Where is it fastest along the way?",
        (
            Choice(
                "at the start: the slope is steepest there",
                "That is gradient descent, whose step is the slope. A ball starts from rest and needs a few steps to "
                "gather speed.",
            ),
            Choice(
                "about halfway",
                "The slope flattens on the way, so the push fades, while the friction has grown with the speed. Here "
                "the two are equal about halfway, and from there the ball slows down.",
                right=True,
            ),
            Choice(
                "at the bottom: it gains speed all the way",
                "With a larger learning rate and less friction it may. This one loses a tenth of its velocity at every "
                "step, and crosses the bottom at less than 60 % of its top speed.",
            ),
            Choice(
                "beyond the bottom: it has the run of the whole valley behind it",
                "Beyond the bottom the slope pushes back, so from there on push and friction both brake.",
            ),
        ),
        proof=fastest_halfway,
    ),
    Quiz(
        "points-to-the-optimum",
        "A ball swings to rest in a well of one dimension, with ηλ = 0.1 and momentum 0.9. After how many of its steps "
        "does the velocity point towards the minimum?",
        (
            Choice(
                "after nearly all: the velocity collects the way down",
                "It collects the gradients of the past. Once the ball is past the minimum, they point the wrong way, "
                "and the ball runs on until it has been turned round.",
            ),
            Choice(
                "after about half of them",
                "In a swing, every way in is followed by a way out. The velocity remembers; it does not aim.",
                right=True,
            ),
            Choice(
                "after hardly any: it always overshoots",
                "It does overshoot, again and again. But before it can swing out, it must come in.",
            ),
        ),
        proof=points_there_half_the_time,
    ),
    Quiz(
        "momentum-and-noise",
        "In a bowl of curvature 1 a run has arrived, and only the noise of the gradients, fresh at every step, moves "
        "it about. The learning rate stays at 0.01, and momentum goes from 0 to 0.9. What becomes of the variance "
        "around the minimum?",
        (
            Choice(
                "it shrinks: the velocity averages many gradients",
                "The average is there, and it is less noisy. But the steps it feeds are ten times as long: at a fixed "
                "learning rate momentum makes the steps longer, not only smoother.",
            ),
            Choice(
                "it stays: averaging and longer steps cancel",
                "They do not at a fixed learning rate. They nearly do if the learning rate is divided by ten as well, "
                "so that η/(1 − μ) stays the same.",
            ),
            Choice(
                "it grows to about ten times as much",
                "Each noisy gradient moves the position 1/(1 − μ), or ten, times as far in the end. At so small a "
                "learning rate, the variance grows by that factor.",
                right=True,
            ),
        ),
        proof=scatters_ten_times_as_much,
    ),
)

EXERCISES = (
    Exercise(
        "half-terminal-speed",
        "read off",
        {
            "half": Number(
                "the first step with half the terminal speed",
                first_step_with(0.5, 0.9),
                "The share of the terminal speed after k steps is 1 − 0.9ᵏ. When does it pass 0.5?",
                (
                    Mistake(
                        first_step_with(0.5, 0.9) - 1, "After that step it is still a little below half."
                    ),
                    Mistake(
                        5, "Half of the ten in 1/(1 − μ) is no number of steps. Speed grows ever more slowly."
                    ),
                ),
                why="The share 1 − 0.9ᵏ passes one half just after the half-life, 6.58 steps.",
                right=(7.0, np.array([7]), np.ceil(np.log(0.5) / np.log(0.9))),
                wrong=(6.58,),
            ),
            "most": Number(
                "the first step with 90 % of it",
                first_step_with(0.9, 0.9),
                "The share of the terminal speed after k steps is 1 − 0.9ᵏ. When is 0.9ᵏ down to a tenth?",
                (
                    Mistake(
                        first_step_with(0.9, 0.9) - 1, "After that step it is still a little below 90 %."
                    ),
                    Mistake(9, "Nine of ten is the speed, in units of ηg. The question is at which step."),
                ),
                why="Each half-life takes half of what is missing; a tenth is left after 3.32 of them.",
                right=(22.0, np.array([22]), np.ceil(np.log(0.1) / np.log(0.9))),
                wrong=(21.85,),
            ),
        },
    ),
    Exercise(
        "write-the-momentum-step",
        "compute",
        {
            "step": Function(
                momentum_step,
                STEP_CASES,
                "First the velocity: the share μ of the old one, minus η times the gradient. Then move by the new "
                "velocity.",
                (
                    Mistake(
                        pytorch_step, "That is PyTorch's rule. Its velocity is not yet multiplied by −η."
                    ),
                    Mistake(
                        averaged_step,
                        "You average: the factor 1 − μ before the gradient makes each step smaller.",
                    ),
                    Mistake(uphill_step, "It climbs: check the sign before the gradient."),
                    Mistake(late_step, "Move by the new velocity, not by the old one."),
                    Mistake(
                        lossy_step, "μ is the share of the velocity that is kept; you keep the share 1 − μ."
                    ),
                    Mistake(
                        keeps_running, "There is no friction in it: the old velocity is not multiplied by μ."
                    ),
                    Mistake(
                        nesterov_step,
                        "That is Nesterov's step, of the next chapter: it measures the gradient ahead. Measure at w.",
                    ),
                    Mistake(
                        scaled_twice,
                        "You multiply by η twice. It stands before the gradient, and not before v again.",
                    ),
                ),
                why="Two lines, and this is all there is to momentum.",
                right=(by_the_course, polyak_step, as_array(momentum_step)),
                wrong=(step_in_place, position_alone, velocity_first),
            )
        },
    ),
    Exercise(
        "memory-and-friction",
        "compute",
        {
            "speed": Number(
                "the speed after 7 steps, in units of ηg",
                theory.speed_on_slope(7, 1.0, 0.9),
                "(1 − μᵏ)/(1 − μ), with μ = 0.9 and k = 7.",
                (
                    Mistake(
                        7.0, "That is without friction: the sum of seven whole pushes. Let each one fade."
                    ),
                    Mistake(
                        theory.speed_on_slope(7, 1.0, 0.9) / theory.terminal_speed(1.0, 0.9),
                        "That is the share of the terminal speed. Divide by 1 − μ.",
                    ),
                    Mistake(
                        theory.terminal_speed(1.0, 0.9),
                        "That is the terminal speed, which it is still far from.",
                    ),
                    Mistake(theory.speed_on_slope(6, 1.0, 0.9), "That is after 6 steps, one too few."),
                    Mistake(theory.speed_on_slope(8, 1.0, 0.9), "That is after 8 steps, one too many."),
                ),
                why="A little more than half of the 10 it will reach.",
                right=(5.22, 5.217, 5.21703, sum(0.9**k for k in range(7))),
            ),
            "lost": Number(
                "the share lost a step for a half-life of 50",
                lost_share(HALF_LIFE),
                "After 50 steps the share μ⁵⁰ of a push is left. Solve μ⁵⁰ = ½ for μ, and take it from 1.",
                (
                    Mistake(
                        1 - lost_share(HALF_LIFE),
                        "That is the momentum, the share that is kept. And the lost one?",
                    ),
                    Mistake(
                        1 / HALF_LIFE,
                        "A memory of 1/(1 − μ) steps is not its half-life: by then less than half is left.",
                    ),
                    Mistake(
                        0.5 / HALF_LIFE,
                        "That is a straight line to one half. The push fades by a factor a step.",
                    ),
                    Mistake(
                        np.log(2) / HALF_LIFE,
                        "That is ln 2 over the half-life, right for ever shorter steps. Solve μ⁵⁰ = ½ itself.",
                    ),
                    Mistake(
                        1 - np.exp(-1 / HALF_LIFE), "After 50 steps with it, 1/e of the push is left, not ½."
                    ),
                ),
                why=f"The momentum is one minus that, {1 - lost_share(HALF_LIFE):.5f}.",
                share=True,
                right=(0.0138, 0.01377, 0.0137673, 1 - np.exp(-np.log(2) / 50)),
                wrong=(0.0139,),
            ),
            "along": Number(
                "the critical momentum along the valley",
                gentle,
                "First a = ηλ and its root, then (1 − √a)².",
                (
                    Mistake(np.sqrt(gentle), "That is 1 − √a, the factor per step. Square it."),
                    Mistake((1 - ETA * FLAT) ** 2, "The root of a is missing."),
                    Mistake(
                        theory.critical_momentum(ETA), "You took √η. Multiply by the curvature first: a = ηλ."
                    ),
                    Mistake(
                        theory.critical_momentum(ETA * FLAT, nesterov=True),
                        "That is Nesterov's, of the next chapter. For momentum it is (1 − √a)².",
                    ),
                    Mistake(steep, "That is across the valley. Along it, λ is 0.2."),
                ),
                why="Look near it in the first widget.",
                right=(0.81, np.array([0.81]), np.float32(0.81)),
            ),
            "across": Number(
                "the critical momentum across it",
                steep,
                "The same formula with the other curvature: a = ηλ with λ = 4.",
                (
                    Mistake(np.sqrt(steep), "That is 1 − √a, the factor per step. Square it."),
                    Mistake((1 - ETA * STEEP) ** 2, "The root of a is missing."),
                    Mistake(
                        theory.critical_momentum(ETA * STEEP, nesterov=True),
                        "That is Nesterov's, of the next chapter. For momentum it is (1 − √a)².",
                    ),
                    Mistake(gentle, "That is along the valley. Across it, λ is 4."),
                ),
                why="One learning rate, two curvatures, two critical momenta: no single μ suits both.",
                right=(0.306, 0.3056, 0.305573, 1 - 2 * 0.2**0.5 + 0.2),
            ),
            "friction": Number(
                "the friction of the critical momentum along",
                theory.friction(ETA, gentle),
                "(1 − μ)/√η, with the momentum that you found for the direction along the valley.",
                (
                    Mistake(
                        2 * np.sqrt(FLAT),
                        "That is the ball's critical friction, 2√λ. A run with steps of this size needs a little less.",
                    ),
                    Mistake(
                        1 - gentle,
                        "That is the share lost a step. Divide it by √η, the time that a step lasts.",
                    ),
                    Mistake((1 - gentle) / ETA, "A step lasts √η, not η."),
                    Mistake(gentle / np.sqrt(ETA), "What is lost is 1 − μ; μ is what is kept."),
                    Mistake(theory.friction(ETA, steep), "That belongs to the momentum across the valley."),
                ),
                why="Just below the ball's 2√λ, which is the limit for small steps.",
                right=(0.85, 0.8497, 0.849706, (1 - 0.81) / 0.05**0.5),
            ),
        },
    ),
    Exercise(
        "swing-to-rest",
        "investigate",
        {
            "overshoot": Number(
                "how far past the minimum the first swing goes",
                overshoot,
                "Run it from 1 with SGD(0.001, 0.99) and take the lowest position. Give enough steps: a hundred at "
                "least.",
                (
                    Mistake(
                        -in_the_well(0.01, 0.9, 100).min(),
                        "That is the run before the change, at η = 0.01 and μ = 0.9.",
                    ),
                    Mistake(
                        -in_the_well(0.0001, 0.99, 500).min(),
                        "That is η divided by 100, which keeps the friction. Here η is divided by 10.",
                    ),
                    Mistake(
                        -in_the_well(0.01, 0.99, 100).min(),
                        "There only the momentum was changed. Divide the learning rate by 10 as well.",
                    ),
                    Mistake(0.0, "It does swing past. Run it for more steps."),
                ),
                why="The terminal speed is as before, the friction about a third of what it was.",
                right=(0.604, 0.603978, np.array([0.604])),
            ),
            "back": Number(
                "how far it swings back after that",
                back,
                "After the lowest position, take the highest of those that follow.",
                (
                    Mistake(1.0, "That is the start. Look at the positions after the first overshoot only."),
                    Mistake(
                        overshoot, "That is the first swing. How high does it come on its own side again?"
                    ),
                    Mistake(
                        1 - overshoot,
                        "Not what is left of 1, but the next turning point on the side it started.",
                    ),
                    Mistake(
                        overshoot**3,
                        "That is one swing further. The question is about the second turning point.",
                    ),
                ),
                why="The square of the first: each swing is the same share of the one before.",
                right=(0.365, 0.3647, 0.364742, overshoot**2, 0.604**2),
            ),
            "crossings": Number(
                "how often it crosses before it stays within 0.01",
                crossings_until(swinging, 0.01),
                "Each swing is the same share of the one before. Which power of that share is first below 0.01? The "
                "swing before it still counts.",
                (
                    Mistake(
                        crossings_until(swinging, 0.01) + 1,
                        "One too many: after the last crossing that counts it is outside once more, then it stays.",
                    ),
                    Mistake(crossings_until(swinging, 0.01) - 1, "One too few: it still gets out once more."),
                    Mistake(
                        int(steps_to_stay_within(swinging[:, None], 0.01)),
                        "That is the number of steps. Count how often the sign changes until then.",
                    ),
                    Mistake(crossings_until(swinging, 0.1), "That is for 0.1. The question asks for 0.01."),
                ),
                right=(9.0, np.array([9]), np.floor(np.log(0.01) / np.log(0.604))),
            ),
        },
    ),
    Exercise(
        "best-setting-by-search",
        "investigate",
        {
            "fewest": Number(
                "the fewest steps on the grid",
                searched,
                "Runs of shape (90, 96) from one descend with 150 steps, steps_to_stay_within of their positions, and "
                "the least of these that is not −1.",
                (
                    Mistake(-1, "−1 stands for a run that never stays within. Leave those out."),
                    Mistake(
                        searched - 1,
                        "One too few: the position after 0 steps is the start.",
                    ),
                    Mistake(
                        by_formula,
                        "That is what the formula takes. The grid has something quicker.",
                    ),
                ),
                why="Two pairs share the first place.",
                right=(36, 36.0, np.array([36])),
            ),
            "by_formula": Number(
                "the steps of the formula's setting",
                by_formula,
                "Give the optimizer of best_tuning to descend, with the same start and the same count.",
                (
                    Mistake(
                        int(np.ceil(theory.steps_to_shrink(formula.momentum**0.5, 1e-6))),
                        "That is what the factor per step predicts for a start at the distance 1. Run it and count.",
                    ),
                    Mistake(
                        int(np.ceil(theory.steps_to_shrink(formula.momentum**0.5, 1e-6 / 29**0.5))),
                        "The factor per step predicts that for this start. The double root costs more steps: run it.",
                    ),
                    Mistake(
                        fewest_steps(SGD(ETA, 0.9), most=400),
                        "That is the careless setting, η = 0.05 and μ = 0.9.",
                    ),
                ),
                why="Best in the long run, not in each short race.",
                right=(42, 42.0, np.array([42])),
            ),
        },
    ),
)
