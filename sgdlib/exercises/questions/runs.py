"""The questions and exercises of the chapter on stopping, changing and resuming a run."""

from __future__ import annotations

import os
import tempfile
import warnings

import numpy as np

from sgdlib import theory
from sgdlib.exercises.grading import Exercise, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz

__all__ = ["EXERCISES", "QUIZZES"]


# ---------------------------------------------------------------- what the real Keras says


def real_keras():
    """Keras on JAX and the CPU; imported only when a proof asks for it."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    return keras


def two_layers(keras, optimizer):
    """A body and a head of one weight each."""
    layers = [keras.layers.Dense(1, use_bias=False) for _ in range(2)]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile(optimizer, "mse")
    return model


ONES = np.ones((8, 1))


def weights_into_unbuilt() -> Proof:
    """After load_weights the unbuilt optimizer is at update 0, and says so in a warning."""
    keras = real_keras()
    trained, fresh = (two_layers(keras, keras.optimizers.SGD(0.01, 0.9)) for _ in range(2))
    trained.fit(ONES, ONES, batch_size=1, verbose=0)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained.save_weights(f"{folder}/run.weights.h5")
        fresh.load_weights(f"{folder}/run.weights.h5")
    updates = int(fresh.optimizer.iterations)
    assert int(trained.optimizer.iterations) == 8
    warned = any("Skipping variable loading" in str(each.message) for each in caught)
    return {
        "All of it": updates == 8,
        "The count of updates": updates == 8 and not warned,
        "Nothing, and": updates == 0 and warned,
        "Nothing: it": False,
    }, ()


def plateau_fails_late() -> Proof:
    """With patience 3 and a loss that never falls the error comes in epoch 4."""
    keras, begun = real_keras(), []
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 100)
    model = two_layers(keras, keras.optimizers.SGD(schedule))
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: begun.append(epoch + 1),
        on_epoch_end=lambda epoch, logs: logs.update(flat=1.0),
    )
    lower = keras.callbacks.ReduceLROnPlateau("flat", patience=3, mode="min")
    try:
        model.fit(ONES, ONES, epochs=9, verbose=0, callbacks=[watch, lower])
        failed = False
    except TypeError:
        failed = True
    return {
        "Before the first": failed and not begun,
        "At its first": failed and len(begun) > 1,
        "Never": not failed,
    }, (begun[-1],)


def thawed_is_refused() -> Proof:
    """The optimizer was built for the head, and refuses the body's two variables more."""
    keras = real_keras()
    model = two_layers(keras, keras.optimizers.SGD(0.01, 0.9))
    body = model.layers[0]
    body.trainable = False
    model.compile(model.optimizer, "mse")
    model.fit(ONES, ONES, verbose=0)
    body.trainable = True
    model.compile(model.optimizer, "mse")
    try:
        model.fit(ONES, ONES, verbose=0)
        refused = False
    except ValueError:
        refused = True
    return {"It goes on": not refused, "It trains the head": not refused, "A ValueError": refused}, ()


QUIZZES = (
    Quiz(
        "weights-into-an-unbuilt-optimizer",
        "You build the model anew, compile it, and call load_weights on a file that save_weights made. What does the "
        "optimizer get?",
        (
            Choice(
                "All of it, the file has it", "The file has it. But the optimizer has no place for it yet."
            ),
            Choice(
                "The count of updates, not the velocity",
                "Neither. The two are loaded together, or not at all.",
            ),
            Choice(
                "Nothing, and a warning says so",
                "It has no variables before it is built, so its state is skipped. Call optimizer.build before.",
                right=True,
            ),
            Choice("Nothing: it stops with an error", "It would be the safer design. It warns, and goes on."),
        ),
        proof=weights_into_unbuilt,
    ),
    Quiz(
        "plateau-on-a-schedule",
        "Your optimizer has a CosineDecay, and fit gets a ReduceLROnPlateau with patience 3. When does it fail?",
        (
            Choice(
                "Before the first epoch",
                "LearningRateScheduler does that, for it sets the rate at once. This one waits until it has to.",
            ),
            Choice(
                "At its first reduction",
                "On a loss that never falls that is in epoch 4. A run that never stalls passes.",
                right=True,
            ),
            Choice(
                "Never: it multiplies the schedule",
                "A schedule cannot be set, so there is nothing to multiply.",
            ),
        ),
        proof=plateau_fails_late,
    ),
    Quiz(
        "thaw-with-the-same-optimizer",
        "The body was frozen. You set trainable = True, compile with the same optimizer, as you did for the momentum, "
        "and call fit, on JAX. What comes?",
        (
            Choice("It goes on, the body from rest", "That is what you want. It needs a new optimizer."),
            Choice(
                "It trains the head alone",
                "The body is trainable at once. The optimizer has no velocity for it.",
            ),
            Choice(
                "A ValueError",
                "The optimizer was built for the head's variables, and now there are more.",
                right=True,
            ),
        ),
        proof=thawed_is_refused,
    ),
)


# ---------------------------------------------------------------- the exercises

PATIENCE, COOLDOWN = 3, 2
FIRST = 1 + PATIENCE
THIRD = FIRST + 2 * (PATIENCE + COOLDOWN - 1)
AN_EPOCH = -(-50_000 // 128)


UNTIL = int(
    np.argmax(theory.speed_on_slope(np.arange(100), 1.0, 0.9) >= 0.9 * theory.terminal_speed(1.0, 0.9))
)

EXERCISES = (
    Exercise(
        "when-it-fires",
        "read off",
        {
            "first": Number(
                "the epoch at whose end it fires first",
                FIRST,
                "The first loss is a gain over nothing. Then count the epochs without one.",
                (
                    Mistake(FIRST - 1, "The first epoch is a gain: there was no best loss before it."),
                    Mistake(FIRST + 1, "It fires as soon as the patience is used up, not an epoch later."),
                ),
                right=(float(FIRST), np.int64(FIRST), np.array([FIRST])),
                wrong=(1,),
            ),
            "third": Number(
                "the epoch at whose end it fires for the third time",
                THIRD,
                "In the cooldown no epoch counts; the one in which it ends does.",
                (
                    Mistake(FIRST + 2 * PATIENCE, "That is without a cooldown."),
                    Mistake(
                        FIRST + 2 * (PATIENCE + COOLDOWN),
                        "The counter of the cooldown is lowered before the loss is looked at, so the epoch in which it "
                        "comes to 0 counts.",
                    ),
                ),
                why="From one firing to the next: one epoch of cooldown that does not count, and then the patience.",
                right=(float(THIRD), np.int64(THIRD), np.array([THIRD])),
                wrong=(THIRD + 1,),
            ),
        },
    ),
    Exercise(
        "translate-a-schedule",
        "compute",
        {
            "boundary": Number(
                "the boundary of the first drop",
                30 * AN_EPOCH - 1,
                "Updates are counted from 0. Which is the first of epoch 31?",
                (
                    Mistake(30 * AN_EPOCH, "Keras still has the old rate at the boundary itself."),
                    Mistake(30, "Keras' schedules count updates, not epochs."),
                    Mistake(
                        30 * (50_000 // 128) - 1, "The short batch at the end of an epoch is an update, too."
                    ),
                ),
                right=(float(30 * AN_EPOCH - 1), np.int64(30 * AN_EPOCH - 1), np.array([30 * AN_EPOCH - 1])),
            ),
            "decay_steps": Number(
                "decay_steps of the cosine",
                90 * AN_EPOCH,
                "The updates of an epoch, times the epochs.",
                (
                    Mistake(90, "Then the rate is at 0 after ninety updates, in the first epoch."),
                    Mistake(
                        90 * (50_000 // 128), "The short batch at the end of an epoch is an update, too."
                    ),
                    Mistake(90 * AN_EPOCH - 1, "The one update less is for boundaries."),
                ),
                right=(float(90 * AN_EPOCH), np.int64(90 * AN_EPOCH), np.array([90 * AN_EPOCH])),
            ),
        },
    ),
    Exercise(
        "lost-velocity",
        "investigate",
        {
            "until": Number(
                "the first step with nine tenths of the full speed",
                UNTIL,
                "After k steps the speed is 1 − 0.9ᵏ of the full one.",
                (
                    Mistake(UNTIL - 1, "At that step it is still a little less. Count from 1."),
                    Mistake(10, "The time constant 1/(1 − μ) leads to about two thirds."),
                    Mistake(UNTIL + 1, "One step earlier it is there. Count from 1."),
                ),
                right=(float(UNTIL), np.int64(UNTIL), np.array([UNTIL])),
            ),
            "behind": Number(
                "the steps of full speed that it is behind in the end",
                round(theory.mean_age(0.9)),
                "Add up what is missing from each step, 0.9ᵏ of a full one, from the first step on.",
                (
                    Mistake(10, "The first step is not missing whole: it has its own gradient."),
                    Mistake(90, "That is in units of ηg. A step of full speed is ten of them."),
                    Mistake(UNTIL, "That is how long it takes, not what is lost on the way."),
                ),
                why="μ/(1 − μ), the mean age of the memory.",
                right=(9.0, np.int64(9), np.array([9])),
            ),
        },
    ),
)
