"""The questions and exercises of the page on what one needs first: a self-test that says what to reread."""

from __future__ import annotations

import numpy as np

from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz
from sgdlib.surfaces import valley

__all__ = ["EXERCISES", "QUIZZES"]


# The headings of the page, as a wrong answer names them.
VECTORS = "Reread “Vectors are lists of numbers”."
SLOPES = "Reread “A slope is height over distance”."
DIFFERENCES = "Reread “Two neighbors are better than one”."
GRADIENTS = "Reread “The gradient is the list of slopes”."

P, Q = np.array([3.0, 1.0]), np.array([-1.0, 2.0])  # the arrows of the picture
PLACE = np.array([-2.0, 1.0])  # on the surface of the page


def surface():
    """The surface of the page, 0.4x² + 2y²."""
    return valley(condition_number=5)


def forward(f, w, h):
    """The slope from one neighbor."""
    return (f(w + h) - f(w)) / h


def central(f, w, h):
    """The slope from two neighbors."""
    return (f(w + h) - f(w - h)) / (2 * h)


def square(w):
    """The curve of the exercise by hand."""
    return w**2


def cube(w):
    """The curve of the page; its slope is 3w²."""
    return w * w * w


def tilted(w):
    """The surface of the exercise on the gradient, x² + 3xy."""
    return w[0] ** 2 + 3 * w[0] * w[1]


HERE, MOVE = np.array([1.0, 2.0]), np.array([0.01, -0.02])


def numerical_gradient(f, w, h):
    """One central difference for each coordinate."""
    return np.array([(f(w + h * axis) - f(w - h * axis)) / (2 * h) for axis in np.eye(len(w))])


def forward_gradient(f, w, h):
    """Forward differences."""
    return np.array([(f(w + h * axis) - f(w)) / h for axis in np.eye(len(w))])


def five_point_gradient(f, w, h):
    """Differences of four neighbors."""
    return (4 * numerical_gradient(f, w, h) - numerical_gradient(f, w, 2 * h)) / 3


def gradient_in_columns(f, w, h):
    """All neighbors first, then all differences."""
    moves = h * np.eye(len(w))
    heights = np.array([[f(w + move), f(w - move)] for move in moves])
    return (heights[:, 0] - heights[:, 1]) / (2 * h)


def gradient_put_back(f, w, h):
    """Each coordinate is put back before the next one moves."""
    slopes = np.zeros(len(w))
    for i in range(len(w)):
        w[i] += h
        above = f(w)
        w[i] -= 2 * h
        slopes[i] = (above - f(w)) / (2 * h)
        w[i] += h
    return slopes


def gradient_as_column(f, w, h):
    """A column."""
    return numerical_gradient(f, w, h)[:, None]


def gradient_in_a_list(f, w, h):
    """A list of numbers."""
    return numerical_gradient(f, w, h).tolist()


def gradient_summed(f, w, h):
    """The slopes added up."""
    return numerical_gradient(f, w, h).sum()


def gradient_of_whole_steps(f, w, h):
    """Not divided."""
    return 2 * h * numerical_gradient(f, w, h)


def gradient_backwards(f, w, h):
    """The last coordinate first."""
    return numerical_gradient(f, w, h)[::-1]


def twice_the_gradient(f, w, h):
    """Divided by the half of the stretch."""
    return 2 * numerical_gradient(f, w, h)


def uphill_is_downhill(f, w, h):
    """The neighbors mixed up."""
    return -numerical_gradient(f, w, h)


def all_at_once(f, w, h):
    """All coordinates moved together."""
    return np.full(len(w), (f(w + h) - f(w - h)) / (2 * h))


def not_put_back(f, w, h):
    """Each coordinate is left where the last difference was taken."""
    slopes = []
    for i in range(len(w)):
        w[i] += h
        above = f(w)
        w[i] -= 2 * h
        slopes.append((above - f(w)) / (2 * h))
    return np.array(slopes)


def best_power(difference, number: type, most: int) -> int:
    """The k for which h = 10⁻ᵏ makes the smallest error for w³ at 2, in numbers of this type."""
    errors = []
    for k in range(1, most + 1):
        slope = difference(cube, number(2), number(10.0**-k))
        errors.append(abs(float(slope) - 12))
    return int(np.argmin(errors)) + 1


def errors_fall_and_rise() -> Proof:
    """From 0.1 to 1e-15 the errors of both differences fall first, and end far above their smallest."""
    stretches = 10.0 ** -np.arange(1, 16)
    all_the_way, and_rise, and_stay = [], [], []
    for difference in (forward, central):
        errors = np.abs(difference(cube, 2.0, stretches) - 12)
        least = errors.argmin()
        falls = 3 <= least <= 9 and errors[0] > 1e3 * errors[least]
        all_the_way.append((np.diff(errors) < 0).all())
        and_rise.append(falls and errors[-1] > 1e6 * errors[least])
        and_stay.append(falls and errors[-1] < 10 * errors[least])
    return {
        "it shrinks all the way": all(all_the_way),
        "it shrinks at first, then grows": all(and_rise),
        "it shrinks until the 16 digits": all(and_stay),
    }, ()


def against_the_gradient() -> Proof:
    """How much each choice changes the loss for each unit of distance."""
    g = surface().gradient(PLACE)
    ways = np.array([-PLACE, -g, g, [1.0, 0.4]])
    per_unit = ways @ g / np.linalg.norm(ways, axis=1)
    around = np.linspace(0, 2 * np.pi, 3601)
    least = (np.stack([np.cos(around), np.sin(around)], -1) @ g).min()
    assert (
        np.allclose(g, [-1.6, 4.0])
        and np.isclose(per_unit[3], 0)
        and np.isclose(per_unit[1], -np.linalg.norm(g))
    )
    choices = (
        "straight to the minimum, along (2, −1)",
        "against the gradient, along (1.6, −4)",
        "along the gradient, (−1.6, 4)",
        "along (1, 0.4), at right angles",
    )
    return dict(zip(choices, np.isclose(per_unit, least, rtol=1e-6), strict=True)), tuple(per_unit)


QUIZZES = (
    Quiz(
        "smaller-and-smaller",
        "On paper, the slope over a stretch h becomes the derivative as h goes to 0. Now a computer finds the slope of "
        "w³ at w = 2 with h = 0.1, then 0.01, and so on down to 10⁻¹⁵. What does the error do?",
        (
            Choice(
                "it shrinks all the way: that is what a derivative means",
                "On paper it does. But a computer rounds every height to some 16 digits, and two heights so close "
                "together differ only in the last of them.",
            ),
            Choice(
                "it shrinks at first, then grows again",
                "First the stretch is too long, later the rounding too coarse. The best h lies in between.",
                right=True,
            ),
            Choice(
                "it shrinks until the 16 digits are used up, and stays there",
                "It cannot stay: the rounding error is divided by h, and h goes on shrinking.",
            ),
        ),
        proof=errors_fall_and_rise,
    ),
    Quiz(
        "which-way-down",
        "You stand at (−2, 1) on f(x, y) = 0.4x² + 2y², where the gradient is (−1.6, 4). The minimum is at (0, 0). "
        "You may go a tiny step of a given length. In which direction does the loss fall most?",
        (
            Choice(
                "straight to the minimum, along (2, −1)",
                f"It falls that way, by 3.22 for each unit of distance. Another way it falls by 4.31. {GRADIENTS}",
            ),
            Choice(
                "against the gradient, along (1.6, −4)",
                "By 4.31 for each unit of distance, the length of the gradient, and it is not the way to the minimum. "
                "Go on: the first chapter builds on this.",
                right=True,
            ),
            Choice(
                "along the gradient, (−1.6, 4)",
                f"That way the loss rises most. The gradient points uphill. {GRADIENTS}",
            ),
            Choice(
                "along (1, 0.4), at right angles to the gradient",
                f"That way it stays level: the dot product with the gradient is 0. {GRADIENTS}",
            ),
        ),
        proof=against_the_gradient,
    ),
)

EXERCISES = (
    Exercise(
        "read-the-arrows",
        "read off",
        {
            "length": Number(
                "the length of p",
                float(np.linalg.norm(P)),
                f"Square each coordinate, add, take the root. {VECTORS}",
                (
                    Mistake(float(P @ P), f"The root is missing. {VECTORS}"),
                    Mistake(float(P.sum()), f"Add the squares, not the coordinates. {VECTORS}"),
                ),
                right=(3.16, 3.162, 3.16228, 10**0.5),
                wrong=(3.0,),
            ),
            "dot": Number(
                "the dot product p · q",
                float(P @ Q),
                f"First times first, plus second times second. {VECTORS}",
                (
                    Mistake(float(P @ Q[::-1]), f"First times first, not crosswise. {VECTORS}"),
                    Mistake(-float(P @ Q), f"The first coordinate of q is negative. {VECTORS}"),
                    Mistake(
                        float(np.linalg.norm(P) * np.linalg.norm(Q)),
                        f"That is the product of the lengths. They do not point the same way. {VECTORS}",
                    ),
                ),
                why="Negative: they are more than a right angle apart.",
                right=(-1.0, np.array([-1.0]), -1),
            ),
            "length_of_sum": Number(
                "the length of p + q",
                float(np.linalg.norm(P + Q)),
                f"First add the arrows, coordinate by coordinate, then take the length. {VECTORS}",
                (
                    Mistake(
                        float(np.linalg.norm(P) + np.linalg.norm(Q)),
                        f"Lengths do not add up, unless the arrows point the same way. {VECTORS}",
                    ),
                    Mistake(float((P + Q) @ (P + Q)), f"The root is missing. {VECTORS}"),
                    Mistake(float(np.linalg.norm(P - Q)), f"That is the length of p − q. {VECTORS}"),
                ),
                why="You know vectors. Go on.",
                right=(3.61, 3.606, 3.60555, 13**0.5),
            ),
        },
    ),
    Exercise(
        "differences-by-hand",
        "compute",
        {
            "forward": Number(
                "the forward difference",
                forward(square, 3.0, 0.5),
                f"The height at 3.5 minus that at 3, over 0.5. {SLOPES}",
                (
                    Mistake(
                        square(3.5) - square(3.0),
                        f"That is the height gained. Divide by the stretch. {SLOPES}",
                    ),
                    Mistake(forward(square, 3.0, -0.5), f"That looks back, to 2.5. {SLOPES}"),
                    Mistake(
                        2 * 3.0,
                        f"That is the derivative. The slope over a stretch of 0.5 is not quite that. {SLOPES}",
                    ),
                ),
                right=(6.5, np.array([6.5]), np.float32(6.5)),
            ),
            "central": Number(
                "the central difference",
                central(square, 3.0, 0.5),
                f"The height at 3.5 minus that at 2.5, over the distance between them. {DIFFERENCES}",
                (
                    Mistake(
                        2 * central(square, 3.0, 0.5),
                        f"From 2.5 to 3.5 the stretch is 2h, not h. {DIFFERENCES}",
                    ),
                    Mistake(
                        central(square, 3.0, 0.5) / 2,
                        f"You divided by 2. The stretch from 2.5 to 3.5 is 2h, and h is 0.5. {DIFFERENCES}",
                    ),
                    Mistake(forward(square, 3.0, 0.5), f"That is the forward difference. {DIFFERENCES}"),
                ),
                why="Exactly the derivative: on a square, the errors of the two sides cancel. Go on.",
                right=(6.0, np.array([6.0]), 6),
            ),
        },
    ),
    Exercise(
        "slopes-of-a-surface",
        "compute",
        {
            "slope_x": Number(
                "the slope along x",
                2 * HERE[0] + 3 * HERE[1],
                f"Let y stay at 2, so that only x changes, and differentiate. {GRADIENTS}",
                (
                    Mistake(2 * HERE[0], f"The term 3xy changes with x, too. {GRADIENTS}"),
                    Mistake(3 * HERE[0], f"That is the slope along y. {GRADIENTS}"),
                    Mistake(tilted(HERE), f"That is the height. {GRADIENTS}"),
                ),
                right=(8.0, np.array([8.0]), 8),
            ),
            "slope_y": Number(
                "the slope along y",
                3 * HERE[0],
                f"Let x stay at 1, so that only y changes, and differentiate. {GRADIENTS}",
                (
                    Mistake(
                        2 * HERE[0] + 3 * HERE[0], f"The term x² does not change when y does. {GRADIENTS}"
                    ),
                    Mistake(
                        3 * HERE[1],
                        f"Differentiate 3xy by y, with x as a fixed number: y is gone. {GRADIENTS}",
                    ),
                    Mistake(2 * HERE[0] + 3 * HERE[1], f"That is the slope along x. {GRADIENTS}"),
                ),
                right=(3.0, np.array([3.0]), 3),
            ),
            "change": Number(
                "the change that they predict",
                float(np.array([2 * HERE[0] + 3 * HERE[1], 3 * HERE[0]]) @ MOVE),
                f"The dot product of the gradient and the move. {GRADIENTS}",
                (
                    Mistake(
                        tilted(HERE + MOVE) - tilted(HERE),
                        "That is the change itself. Nearly the same, but the question is what the slopes predict. "
                        f"{GRADIENTS}",
                    ),
                    Mistake(
                        float(np.array([2 * HERE[0] + 3 * HERE[1], 3 * HERE[0]]) @ np.abs(MOVE)),
                        f"The second coordinate of the move is negative: you go down in y. {GRADIENTS}",
                    ),
                    Mistake(
                        -float(np.array([2 * HERE[0] + 3 * HERE[1], 3 * HERE[0]]) @ MOVE),
                        f"The sign is wrong: the gain along x is the larger part. {GRADIENTS}",
                    ),
                ),
                why="Slopes times moves, added up. Go on.",
                right=(0.02, np.array([0.02]), np.float32(0.02)),
            ),
        },
    ),
    Exercise(
        "write-the-numerical-gradient",
        "compute",
        {
            "numerical_gradient": Function(
                numerical_gradient,
                (
                    (tilted, HERE, 0.01),
                    (lambda w: w[0] ** 3 + w[0] * w[1] ** 3 * w[2], np.array([1.0, -1.0, 2.0]), 0.1),
                    (surface().value, PLACE, 0.001),
                ),
                f"For each coordinate, move that one alone up by h and down by h, and divide by 2h. {GRADIENTS}",
                (
                    Mistake(
                        five_point_gradient,
                        f"Those are more exact than central differences. Two neighbors are asked for. {DIFFERENCES}",
                    ),
                    Mistake(forward_gradient, f"Those are forward differences. {DIFFERENCES}"),
                    Mistake(twice_the_gradient, f"Divide by 2h, the whole stretch. {DIFFERENCES}"),
                    Mistake(
                        uphill_is_downhill,
                        f"The sign is wrong: the height at w + h comes first. {DIFFERENCES}",
                    ),
                    Mistake(
                        all_at_once,
                        f"You move all coordinates at once. Move one, and hold the others. {GRADIENTS}",
                    ),
                    Mistake(
                        not_put_back,
                        f"Put each coordinate back before you move the next, or work on a copy. {GRADIENTS}",
                    ),
                ),
                why="With this you can check any gradient in the course. Go on.",
                right=(gradient_in_columns, gradient_put_back, gradient_as_column, gradient_in_a_list),
                wrong=(gradient_summed, gradient_of_whole_steps, gradient_backwards),
            )
        },
    ),
    Exercise(
        "stretch-in-32-bits",
        "investigate",
        {
            "forward": Number(
                "the k for the forward difference",
                best_power(forward, np.float32, 7),
                f"Compare the errors for k = 1 to 7; 2 and h must both be np.float32. {DIFFERENCES}",
                (
                    Mistake(
                        best_power(forward, np.float64, 15),
                        f"That is for 64 bits. Is h an np.float32, too? {DIFFERENCES}",
                    ),
                    Mistake(7, f"The smallest stretch is not the best: see the figure. {DIFFERENCES}"),
                    Mistake(1, f"That stretch is too long: one ten times shorter does better. {DIFFERENCES}"),
                ),
                right=(3, 3.0, np.array([3])),
            ),
            "central": Number(
                "the k for the central difference",
                best_power(central, np.float32, 7),
                f"Compare the errors for k = 1 to 7; 2 and h must both be np.float32. {DIFFERENCES}",
                (
                    Mistake(
                        best_power(central, np.float64, 15),
                        f"That is for 64 bits. Is h an np.float32, too? {DIFFERENCES}",
                    ),
                    Mistake(7, f"The smallest stretch is not the best: see the figure. {DIFFERENCES}"),
                    Mistake(
                        best_power(forward, np.float32, 7),
                        f"That is the best for the forward difference. {DIFFERENCES}",
                    ),
                ),
                why="With seven digits in place of sixteen, rounding takes over much earlier. Go on.",
                right=(2, 2.0, np.array([2])),
            ),
        },
    ),
)
