"""The questions and exercises of the chapter on Keras' SGD."""

from __future__ import annotations

import os
import warnings
from fractions import Fraction
from math import ceil, log

import numpy as np

from sgdlib import theory
from sgdlib.exercises.grading import Exercise, Function, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz

__all__ = ["EXERCISES", "QUIZZES"]


# ---------------------------------------------------------------- what the real Keras says


def real_keras():
    """Keras on JAX and the CPU; imported only when a proof asks for it."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    return keras


def hill(keras, optimizer):
    """A model of one weight whose gradient is 1 wherever the weight stands."""
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(optimizer, loss=lambda target, prediction: prediction)
    return model


def compile_chooses_rmsprop() -> Proof:
    """What compile() takes if it is told nothing: RMSprop at 0.001."""
    keras = real_keras()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    kind = type(model.optimizer)
    return {
        "SGD": kind is keras.optimizers.SGD,
        "RMSprop": kind is keras.optimizers.RMSprop,
        "Adam": kind is keras.optimizers.Adam,
        "nothing": model.optimizer is None,
    }, (float(model.optimizer.learning_rate),)


def sgd_has_no_momentum() -> Proof:
    """The settings of "sgd": a learning rate of 0.01, momentum 0.0 and no lookahead."""
    settings = real_keras().optimizers.get("sgd").get_config()
    momentum, rate = settings["momentum"], float(settings["learning_rate"])
    assert not settings["nesterov"] and np.isclose(rate, 0.01)
    return {"0.9": momentum == 0.9, "0.0": momentum == 0.0, "0.01": momentum == 0.01}, (rate,)


def only_nesterov_is_accepted() -> Proof:
    """Of the four settings of the question, Keras takes the last alone, and takes it for plain SGD."""
    keras, accepted = real_keras(), {}
    four = {
        "SGD(lr=0.001)": {"lr": 0.001},
        "SGD(momentum=1)": {"momentum": 1},
        "SGD(learning_rate=1)": {"learning_rate": 1},
        "SGD(nesterov=True)": {"nesterov": True},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for choice, arguments in four.items():
            try:
                optimizer = keras.optimizers.SGD(**arguments)
                accepted[choice] = True
            except ValueError:
                accepted[choice] = False
        keras.optimizers.SGD(momentum=1.0)
        keras.optimizers.SGD(learning_rate=1.0)
    w = keras.Variable(np.ones(1))
    optimizer.build([w])
    for _ in range(2):
        before = float(np.asarray(w)[0])
        optimizer.apply([np.ones(1)], [w])
        assert np.isclose(before - float(np.asarray(w)[0]), 0.01, rtol=1e-3)
    return accepted, (float(optimizer.learning_rate), optimizer.momentum, 1.0)


def first_nesterov_step_is_ahead() -> Proof:
    """The real first step is 1.9 ηg, and 1.0 ηg once μm is taken off again; later ones are not 1.9 times as long."""
    keras = real_keras()
    path = {}
    for nesterov in (False, True):
        optimizer = keras.optimizers.SGD(0.5, momentum=0.9, nesterov=nesterov)
        w = keras.Variable(np.zeros(1))
        optimizer.build([w])
        path[nesterov] = [0.0]
        for k in range(60):
            optimizer.apply([np.ones(1)], [w])
            path[nesterov].append(float(np.asarray(w)[0]))
            if k == 0 and nesterov:
                ball = float((np.asarray(w) - 0.9 * np.asarray(optimizer.momentums[0]))[0])
    steps = {nesterov: np.diff(path[nesterov]) / -0.5 for nesterov in path}
    assert np.allclose([steps[False][0], steps[True][0]], [1.0, 1.9])
    ratio = steps[True] / steps[False]
    return {
        "a bug": not np.isclose(ball, path[False][1]),
        "the variable holds the point ahead": np.isclose(ball, path[False][1]),
        "Nesterov is nearly twice as fast": ratio[-1] > 1.1,
        "Keras raises the learning rate": np.isclose(ratio[1], 1.9),
    }, ()


def velocity_survives_fit() -> Proof:
    """The step after thirty steps and a new call of fit is 9.62 ηg, and 1 with a new optimizer."""
    keras, first = real_keras(), []
    model, ones = hill(keras, keras.optimizers.SGD(0.001, momentum=0.9)), np.ones((30, 1))
    model.fit(ones, ones, batch_size=1, verbose=0)
    for renewed in (False, True):
        if renewed:
            model.compile(keras.optimizers.SGD(0.001, momentum=0.9), loss=model.loss)
        before = float(model.get_weights()[0].item())
        model.fit(ones[:1], ones[:1], batch_size=1, verbose=0)
        first.append((before - float(model.get_weights()[0].item())) / 0.001)
    promised = theory.speed_on_slope(np.array([30, 31]), 1.0, 0.9)
    assert np.isclose(first[1], 1.0, rtol=1e-3) and np.allclose(promised, [9.58, 9.62], atol=5e-3)
    assert np.isclose(theory.terminal_speed(1.0, 0.9), 10) and round(100 * 0.9**31) == 4
    return {
        "1 ηg": np.isclose(first[0], 1.0, rtol=1e-3),
        "a little longer": np.isclose(first[0], promised[1], rtol=1e-3),
        "10 ηg": np.isclose(first[0], 10, rtol=1e-3),
    }, (31, *promised)


QUIZZES = (
    Quiz(
        "default-optimizer",
        'You write model.compile(loss="mse") and name no optimizer. What trains your model?',
        (
            Choice(
                "SGD: it is the default optimizer",
                "Many texts say so. SGD must be asked for. Without a word from you, Keras takes RMSprop.",
            ),
            Choice(
                "RMSprop",
                "With a learning rate of 0.001. It is an older relative of Adam.",
                right=True,
            ),
            Choice(
                "Adam: everybody uses it",
                "Everybody asks for it by name. The default of compile() is older: RMSprop.",
            ),
            Choice(
                "nothing: Keras refuses to compile",
                "It would be the safer design. Keras picks one for you, and it is not SGD.",
            ),
        ),
        proof=compile_chooses_rmsprop,
    ),
    Quiz(
        "default-momentum",
        'Now you write optimizer="sgd". How much momentum do you get?',
        (
            Choice(
                "0.9, the usual value",
                "It is what most people set. They set it because the default is something else.",
            ),
            Choice(
                "0.0, none",
                "And a learning rate of 0.01. Momentum has to be switched on by hand.",
                right=True,
            ),
            Choice(
                "0.01",
                "That is the other default, the learning rate.",
            ),
        ),
        proof=sgd_has_no_momentum,
    ),
    Quiz(
        "nesterov-twice",
        "With momentum 0.9, Keras' first step is 1.0 ηg without Nesterov and 1.9 ηg with it. Why?",
        (
            Choice(
                "a bug: the momentum is applied twice",
                "The momentum does stand twice in the code. But take μm off the variable again, and the "
                "first step is 1.0 ηg, as in the papers.",
            ),
            Choice(
                "the variable holds the point ahead: one step, and the look ahead",
                "The step is 1.0 ηg, and the look ahead adds 0.9 of it. Keras stores w + μv where the papers store w.",
                right=True,
            ),
            Choice(
                "Nesterov is nearly twice as fast",
                "In the first step it looks so, and only there. On a constant slope both end at the same speed.",
            ),
            Choice(
                "Keras raises the learning rate by the factor 1 + μ",
                "For the first step it comes to the same. From the second on it does not: only the newest "
                "gradient is counted 1 + μ times.",
            ),
        ),
        proof=first_nesterov_step_is_ahead,
    ),
    Quiz(
        "accepted-without-a-word",
        "Keras 3 refuses three of these four with an error. Which one does it accept without a word?",
        (
            Choice(
                "SGD(lr=0.001)",
                "Keras 3 refuses the old name. (The old Keras of TensorFlow only logs a line, and trains at 0.01.)",
            ),
            Choice(
                "SGD(momentum=1)",
                "The whole number 1 is refused, for its type. SGD(momentum=1.0), which never comes to rest in a "
                "bowl, is accepted.",
            ),
            Choice(
                "SGD(learning_rate=1)",
                "A whole number again. Write 1.0.",
            ),
            Choice(
                "SGD(nesterov=True)",
                "And it does nothing. Momentum is 0.0, so the point ahead is the point here.",
                right=True,
            ),
        ),
        proof=only_nesterov_is_accepted,
    ),
    Quiz(
        "velocity-after-fit",
        "On a hill of constant slope, with momentum 0.9, you call fit() for 30 steps and then fit() again. "
        "How long is the first step of the second call?",
        (
            Choice(
                "1 ηg: every fit() starts from rest",
                "That is what a new optimizer would do. The old one still has its velocity.",
            ),
            Choice(
                "a little longer than the last step of the first call",
                "9.58 ηg was the last one, and now it is 9.62 ηg. The velocity belongs to the optimizer object, and "
                "fit() does not reset it.",
                right=True,
            ),
            Choice(
                "10 ηg: by then it has its terminal speed",
                "Not yet. 10 is where it leads; after 31 steps 0.9³¹, or 4 %, is still missing.",
            ),
        ),
        proof=velocity_survives_fit,
    ),
)


# ---------------------------------------------------------------- exercises


def glide(drop: float, momentum: float = 0.9) -> int:
    """The steps after a drop of the learning rate to this share until the speed is within twice its new length."""
    return ceil(log(drop / (1 - drop)) / log(momentum))


def averaging_step(w, m, g, learning_rate, momentum):
    """Keras' step, written in the averaging form."""
    m = momentum * m + (1 - momentum) * g
    return w - learning_rate / (1 - momentum) * m, m


def averaging_at_the_same_rate(w, m, g, learning_rate, momentum):
    """The averaging form with the learning rate as it is."""
    m = momentum * m + (1 - momentum) * g
    return w - learning_rate * m, m


def averaging_the_wrong_way(w, m, g, learning_rate, momentum):
    """The averaging form with the factor the wrong way round."""
    m = momentum * m + (1 - momentum) * g
    return w - learning_rate * (1 - momentum) * m, m


def summing(w, m, g, learning_rate, momentum):
    """PyTorch's step."""
    m = momentum * m + g
    return w - learning_rate * m, m


def keras_velocity(w, m, g, learning_rate, momentum):
    """Keras' step."""
    m = momentum * m - learning_rate * g
    return w + m, m


def averaging_uphill(w, m, g, learning_rate, momentum):
    """The averaging form with the sign turned round."""
    m = momentum * m + (1 - momentum) * g
    return w + learning_rate / (1 - momentum) * m, m


def corrected_step(w, v, g, learning_rate, last_learning_rate, momentum):
    """Keras' step with momentum correction: PyTorch's path when the learning rate changes."""
    v = momentum * v * (learning_rate / last_learning_rate) - learning_rate * g
    return w + v, v


def uncorrected_step(w, v, g, learning_rate, last_learning_rate, momentum):
    """Keras' step."""
    v = momentum * v - learning_rate * g
    return w + v, v


def correction_turned_round(w, v, g, learning_rate, last_learning_rate, momentum):
    """The factor upside down."""
    v = momentum * v * (last_learning_rate / learning_rate) - learning_rate * g
    return w + v, v


def correction_of_all(w, v, g, learning_rate, last_learning_rate, momentum):
    """The new push corrected, too."""
    v = (momentum * v - learning_rate * g) * (learning_rate / last_learning_rate)
    return w + v, v


def pytorch_velocity(w, v, g, learning_rate, last_learning_rate, momentum):
    """PyTorch's own rule."""
    v = momentum * v + g
    return w - learning_rate * v, v


def correction_too_late(w, v, g, learning_rate, last_learning_rate, momentum):
    """The velocity corrected after the step."""
    v = momentum * v - learning_rate * g
    return w + v, v * (learning_rate / last_learning_rate)


def averaging_through_keras(w, m, g, learning_rate, momentum):
    """By way of Keras' velocity."""
    scale = -learning_rate / (1 - momentum)
    w, v = keras_velocity(w, scale * m, g, learning_rate, momentum)
    return w, v / scale


def averaging_in_a_list(w, m, g, learning_rate, momentum):
    """A list of two."""
    return [*averaging_step(w, m, g, learning_rate, momentum)]


def averaging_by_difference(w, m, g, learning_rate, momentum):
    """The average drawn towards the gradient; both in one array."""
    m = m + (1 - momentum) * (g - m)
    return np.array([w - learning_rate * m / (1 - momentum), m])


def averaging_in_place(w, m, g, learning_rate, momentum):
    """The arguments overwritten."""
    m *= momentum
    m += (1 - momentum) * g
    w -= learning_rate / (1 - momentum) * m
    return w, m


def averaging_alone(w, m, g, learning_rate, momentum):
    """The average not returned."""
    return averaging_step(w, m, g, learning_rate, momentum)[0]


def averaging_first(w, m, g, learning_rate, momentum):
    """The two results the other way round."""
    return averaging_step(w, m, g, learning_rate, momentum)[::-1]


def corrected_through_b(w, v, g, learning_rate, last_learning_rate, momentum):
    """By way of PyTorch's velocity."""
    b = momentum * (v / -last_learning_rate) + g
    return w - learning_rate * b, -learning_rate * b


def corrected_in_one_line(w, v, g, learning_rate, last_learning_rate, momentum):
    """One bracket; both in one array."""
    v = learning_rate * (momentum * v / last_learning_rate - g)
    return np.array([w + v, v])


def corrected_in_a_list(w, v, g, learning_rate, last_learning_rate, momentum):
    """A list of two."""
    return [*corrected_step(w, v, g, learning_rate, last_learning_rate, momentum)]


def corrected_in_place(w, v, g, learning_rate, last_learning_rate, momentum):
    """The arguments overwritten."""
    v *= momentum * learning_rate / last_learning_rate
    v -= learning_rate * g
    w += v
    return w, v


def corrected_alone(w, v, g, learning_rate, last_learning_rate, momentum):
    """The velocity not returned."""
    return corrected_step(w, v, g, learning_rate, last_learning_rate, momentum)[0]


def corrected_first(w, v, g, learning_rate, last_learning_rate, momentum):
    """The two results the other way round."""
    return corrected_step(w, v, g, learning_rate, last_learning_rate, momentum)[::-1]


AFTER_30 = float(theory.speed_on_slope(30, 1.0, 0.9))
AFTER_31 = float(theory.speed_on_slope(31, 1.0, 0.9))
ROWS = np.array([1.5, -2.0]), np.array([0.3, 0.4]), np.array([2.0, -1.0])

EXERCISES = (
    Exercise(
        "glide-after-a-drop",
        "read off",
        {
            "tenth": Number(
                "steps until twice the new length, after a drop to a tenth",
                glide(0.1),
                "In the picture, find the first step after 100 at which the dashed line is at 0.2 or below.",
                (
                    Mistake(
                        glide(0.1) - 1, "After that step it is still a little above twice the new length."
                    ),
                    Mistake(
                        ceil(log(0.2) / log(0.9)),
                        "You let the speed fall to zero. It falls to the new length, and only what is above it fades.",
                    ),
                    Mistake(100 + glide(0.1), "Count the steps from the drop, not from the start."),
                ),
                why="Friction takes a tenth of what is above the new length at every step.",
                right=(21.0, np.array([21]), np.argmax(0.1 + 0.9 * 0.9 ** np.arange(100) <= 0.2)),
            ),
            "hundredth": Number(
                "the same after a drop to a hundredth",
                glide(0.01),
                "After j steps the speed is s + (1 − s)·0.9ʲ with s = 0.01. When is it down to 2s?",
                (
                    Mistake(
                        glide(0.01) - 1, "After that step it is still a little above twice the new length."
                    ),
                    Mistake(
                        glide(0.1),
                        "That is the answer for a tenth. The new length is lower now, so there is more to lose.",
                    ),
                    Mistake(
                        10 * glide(0.1),
                        "Ten times lower is not ten times longer: friction takes a share, not an amount.",
                    ),
                ),
                why="Friction takes the same share at every step; a lower target needs more of them.",
                right=(44.0, np.array([44]), np.argmax(0.01 + 0.99 * 0.9 ** np.arange(100) <= 0.02)),
            ),
        },
    ),
    Exercise(
        "averaging-form",
        "compute",
        {
            "rate": Number(
                "the learning rate for Keras",
                0.3 * (1 - 0.9),
                "The two take the same steps if η′ = η/(1 − μ). Which of the two do you have, and which do you want?",
                (
                    Mistake(
                        0.3 / (1 - 0.9),
                        "The factor 1/(1 − μ) leads from Keras to the averaging form. You go the other way.",
                    ),
                    Mistake(
                        0.3,
                        "The same number makes Keras' steps ten times too long: it sums where the paper averages.",
                    ),
                    Mistake(
                        0.3 * 0.9, "Not μ itself: what the averaging form puts before the gradient is 1 − μ."
                    ),
                ),
                why="η = η′(1 − μ). Keras' velocity adds the gradients up, so it needs the smaller rate.",
                right=(0.03, np.array([0.03]), Fraction(3, 100)),
            ),
            "step": Function(
                averaging_step,
                ((*ROWS, 0.05, 0.9), (1.0, 0.2, -3.0, 0.3, 0.5)),
                "First m, an average: the share μ of the old one and 1 − μ of the gradient. Then a step with η′.",
                (
                    Mistake(
                        averaging_at_the_same_rate,
                        "With η in place of η′ every step is too short: the factor 1/(1 − μ) is missing.",
                    ),
                    Mistake(
                        averaging_the_wrong_way, "Divide the learning rate by 1 − μ, do not multiply by it."
                    ),
                    Mistake(
                        summing, "That is PyTorch's rule: it takes the same steps, but its memory is a sum."
                    ),
                    Mistake(
                        keras_velocity,
                        "That is Keras' own velocity. Here m is to be an average of gradients.",
                    ),
                    Mistake(averaging_uphill, "It climbs: m points uphill, as the gradient does."),
                ),
                why="The path is Keras' to rounding; only what is remembered is another quantity.",
                right=(averaging_through_keras, averaging_in_a_list, averaging_by_difference),
                wrong=(averaging_in_place, averaging_alone, averaging_first),
            ),
        },
    ),
    Exercise(
        "carry-a-recipe-over",
        "compute",
        {
            "rate": Number(
                "learning_rate in Keras",
                0.1,
                "Compare the first steps of the two rules. Does the learning rate mean the same?",
                (
                    Mistake(
                        0.1 * (1 - 0.9),
                        "You took PyTorch's velocity for an average. It is a sum, as Keras' is.",
                    ),
                    Mistake(
                        0.1 / (1 - 0.9), "That is the effective learning rate. Both libraries want η itself."
                    ),
                ),
                why="PyTorch and Keras share one learning rate.",
                right=(0.1, np.array([0.1]), np.float32(0.1)),
                wrong=(
                    0.09,
                    0.05,
                ),
            ),
            "l2": Number(
                "the number in keras.regularizers.L2",
                5e-4 / 2,
                "The gradient of L2(c) is 2c·w. PyTorch adds wd·w to the gradient.",
                (
                    Mistake(5e-4, "Keras' penalty is c·w², without a factor ½: its gradient is 2c·w."),
                    Mistake(2 * 5e-4, "The wrong way: the gradient of c·w² has the factor 2 already."),
                    Mistake(
                        5e-4 / 2 / (1 - 0.9),
                        "No 1/(1 − μ): the penalty goes through the velocity in both libraries.",
                    ),
                ),
                why="It goes through the velocity, as PyTorch's decay does. Biases need one, too: PyTorch decays them.",
                right=(0.00025, np.array([0.00025]), np.float32(0.00025)),
            ),
            "weight_decay": Number(
                "weight_decay in Keras for nearly the same",
                5e-4 / (1 - 0.9),
                "PyTorch's decay goes through the velocity, Keras' stands beside it. By what does a velocity "
                "magnify a constant push?",
                (
                    Mistake(
                        5e-4,
                        "The same number decays ten times less in Keras: it does not go through the velocity.",
                    ),
                    Mistake(
                        5e-4 * (1 - 0.9),
                        "The wrong way: Keras' decay is not magnified, so it must be given the larger number.",
                    ),
                    Mistake(
                        5e-4 / 2, "The half belongs to the L2 penalty. weight_decay has no square in it."
                    ),
                ),
                why="While it is small, momentum magnifies the coupled decay by about 1/(1 − μ), "
                "and leaves the decoupled one alone.",
                right=(0.005, np.array([0.005]), 5e-4 * 10),
            ),
        },
    ),
    Exercise(
        "momentum-correction",
        "compute",
        {
            "step": Function(
                corrected_step,
                ((*ROWS, 0.01, 0.1, 0.9), (*ROWS, 0.3, 0.1, 0.5), (1.0, -0.4, 2.0, 0.2, 0.2, 0.8)),
                "v = −ηb. PyTorch keeps b when η changes, so the old v must be multiplied by new rate over old rate.",
                (
                    Mistake(
                        uncorrected_step,
                        "That is Keras' step as it is: the old velocity keeps the learning rate of its time.",
                    ),
                    Mistake(
                        correction_turned_round, "The factor is upside down: after a drop v must shrink."
                    ),
                    Mistake(
                        correction_of_all,
                        "Only the old velocity is corrected. The new gradient has the new rate already.",
                    ),
                    Mistake(
                        pytorch_velocity,
                        "That is PyTorch's rule in PyTorch's velocity. Here v is Keras', with −η in it.",
                    ),
                    Mistake(correction_too_late, "Correct the velocity before the step, not after it."),
                ),
                why="Goyal and others call the factor momentum correction.",
                right=(corrected_through_b, corrected_in_one_line, corrected_in_a_list),
                wrong=(corrected_in_place, corrected_alone, corrected_first),
            )
        },
    ),
    Exercise(
        "momentum-you-can-change",
        "investigate",
        {
            "after": Number(
                "length of step 31, in units of ηg",
                0.5 * AFTER_30 + 1,
                "The velocity of step 30 stays; the new momentum keeps its share of it, and the push comes on top.",
                (
                    Mistake(
                        AFTER_31,
                        "That is the step with the old momentum: yours did not reach the compiled step.",
                    ),
                    Mistake(0.5 * AFTER_30, "The push of the slope, 1 ηg, is missing."),
                    Mistake(
                        float(theory.speed_on_slope(31, 1.0, 0.5)),
                        "The velocity of the first 30 steps is not forgotten when the momentum changes.",
                    ),
                    Mistake(0.9 * AFTER_30 * 0.5 + 1, "Multiply by the new momentum only, not by both."),
                ),
                why="μv + ηg with the new μ and the old v.",
                right=(5.79, 5.788, 5.78804, 0.5 * (1 - 0.9**30) / 0.1 + 1),
            ),
            "end": Number(
                "length of step 60, in units of ηg",
                float(theory.terminal_speed(1.0, 0.5)),
                "Thirty steps are many half-lives at momentum 0.5. What is the terminal speed?",
                (
                    Mistake(
                        float(theory.terminal_speed(1.0, 0.9)),
                        "That is the terminal speed of the old momentum.",
                    ),
                    Mistake(0.5, "That is the momentum. The terminal speed is 1/(1 − μ) times ηg."),
                    Mistake(1.0, "One ηg would be without any momentum."),
                ),
                why="1/(1 − μ) with the new momentum.",
                right=(2.0, np.array([2.0]), 2),
            ),
        },
    ),
)
