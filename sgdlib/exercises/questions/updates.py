"""The questions and exercises of the chapter on what happens inside one update."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from math import ceil

import numpy as np

from sgdlib import theory
from sgdlib.exercises.grading import Exercise, Mistake, Number
from sgdlib.exercises.quizzes import Choice, Proof, Quiz

__all__ = ["EXERCISES", "QUIZZES"]


# ---------------------------------------------------------------- what the real Keras does


def real_keras():
    """Keras on JAX and the CPU; imported only when a proof asks for it."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    return keras


def updates(keras, optimizer, gradients):
    """Where a weight that starts at 0 stands after each gradient."""
    w = keras.Variable(np.zeros(1))
    optimizer.build([w])
    path = []
    for gradient in gradients:
        optimizer.apply([np.array([gradient], dtype="float32")], [w])
        path.append(float(np.asarray(w)[0]))
    return np.array(path)


def each_layer_alone() -> Proof:
    """Two gradients of length 3 and 4, clipped at 1 in both ways."""
    keras, left = real_keras(), {}
    for how in ("clipnorm", "global_clipnorm"):
        two = [keras.Variable(np.zeros(1)) for _ in range(2)]
        optimizer = keras.optimizers.SGD(1.0, **{how: 1.0})
        optimizer.build(two)
        optimizer.apply([np.array([3.0], "float32"), np.array([4.0], "float32")], two)
        left[how] = [-float(np.asarray(w)[0]) for w in two]
    assert np.allclose(left["global_clipnorm"], [0.6, 0.8], rtol=1e-5)
    return {
        "1 and 1": np.allclose(left["clipnorm"], [1, 1], rtol=1e-5),
        "0.6 and 0.8": np.allclose(left["clipnorm"], [0.6, 0.8], rtol=1e-5),
        "0.43 and 0.57": np.allclose(sum(left["clipnorm"]), 1, rtol=1e-5),
    }, ()


def validated_on_the_newest() -> Proof:
    """One weight on a slope: the loss of a validation is the weight itself."""
    keras, ones = real_keras(), np.ones((10, 1))

    def losses(callbacks, **others):
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
        model = keras.Sequential([keras.Input((1,)), layer])
        optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9, **others)
        model.compile(optimizer, loss=lambda target, prediction: prediction)
        given = {"batch_size": 1, "epochs": 2, "verbose": 0, "validation_data": (ones, ones)}
        return model.fit(ones, ones, callbacks=callbacks, **given).history["val_loss"]

    newest, average = np.array([-1.0, -2.0]), []
    for w in -0.1 * np.arange(1, 21):
        average.append(w if not average else 0.9 * average[-1] + 0.1 * w)
    average = np.array(average)[[9, 19]]
    plain = losses([])
    assert np.allclose(losses([keras.callbacks.SwapEMAWeights()]), average, rtol=1e-4)
    assert not np.allclose(losses([], ema_overwrite_frequency=5), newest, rtol=1e-2)
    return {
        "the newest weights": np.allclose(plain, newest, rtol=1e-4),
        "their average": np.allclose(plain, average, rtol=1e-4),
        "the two are the same": np.allclose(average, newest, rtol=1e-2),
    }, ()


def cosine_counts_batches() -> Proof:
    """A hundredth of the question: 40 batches, 10 updates, and a cosine over 10."""
    keras = real_keras()
    cosine = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=10)
    path = updates(keras, keras.optimizers.SGD(cosine, gradient_accumulation_steps=4), np.ones(40))
    moved = np.diff(path, prepend=0.0) != 0
    return {
        "after a quarter": not moved[10:].any() and moved[:10].sum() == 2,
        "at the end": bool(moved[36:].any()),
        "never": len(moved) == moved.sum(),
    }, ()


def exclusion_is_not_saved() -> Proof:
    """A bias of 1 without a gradient, kept from decay, before and after load_model."""
    keras = real_keras()
    layer = keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), layer])
    optimizer = keras.optimizers.SGD(0.1, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, loss="mse")

    def one_update(model):
        before = [np.array(w) for w in model.trainable_variables]
        optimizer = model.optimizer
        if not optimizer.built:
            optimizer.build(model.trainable_variables)
        optimizer.apply([np.zeros(w.shape, "float32") for w in before], model.trainable_variables)
        return [
            not np.allclose(w, b, rtol=1e-4) for w, b in zip(model.trainable_variables, before, strict=True)
        ]

    first = one_update(model)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.keras")
        then = one_update(keras.models.load_model(f"{folder}/model.keras"))
    assert first == [True, False]
    return {
        "kernel and bias": then == [True, True],
        "the kernel alone": then == [True, False],
        "nothing": then == [False, False],
    }, ()


def velocity_of_a_skipped_update() -> Proof:
    """Gradients 1 and 1, then one that is infinite."""
    keras = real_keras()
    inner = keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer = keras.optimizers.LossScaleOptimizer(inner)
    w = keras.Variable(np.zeros(1))
    optimizer.build([w])
    weights, state, seen = [w.value], [v.value for v in optimizer.variables], []
    for gradient in (1.0, 1.0, np.inf):
        scaled = np.array([gradient * 2.0**15], dtype="float32")
        weights, state = optimizer.stateless_apply(state, [scaled], weights)
        now = dict(zip([v.path for v in optimizer.variables], state, strict=True))
        seen.append([float(np.ravel(now[v.path])[0]) for v in (inner.momentums[0], inner.iterations)])
        seen[-1] += [float(weights[0][0]), float(now[optimizer.dynamic_scale.path])]
    _, before, after = seen
    assert after[1:3] == before[1:3] and after[3] == before[3] / 2 and before[1] == 2
    return {
        "it stays": after[0] == before[0],
        "it is infinite": not np.isfinite(after[0]),
        "it fades": np.isclose(after[0], 0.9 * before[0]),
    }, ()


QUIZZES = (
    Quiz(
        "clip-two-layers",
        "The gradients of two layers have the lengths 3 and 4. What does clipnorm=1.0 leave of them?",
        (
            Choice(
                "1 and 1: each layer is clipped alone",
                "And so the direction has turned: the first layer now counts as much as the second.",
                right=True,
            ),
            Choice(
                "0.6 and 0.8: together they have the length 1",
                "That is global_clipnorm, and PyTorch's clip_grad_norm_. It keeps the direction.",
            ),
            Choice(
                "0.43 and 0.57: they add up to 1",
                "Lengths of different layers add as squares, and none of Keras' three bounds adds them so.",
            ),
        ),
        proof=each_layer_alone,
    ),
    Quiz(
        "average-in-validation",
        "You train with use_ema=True and validation_data. Whose loss is val_loss?",
        (
            Choice(
                "the newest weights'",
                "The average enters the model once, at the end of fit. The callback SwapEMAWeights puts it in for "
                "each validation.",
                right=True,
            ),
            Choice(
                "their average's",
                "It would be the useful answer, and needs the callback SwapEMAWeights.",
            ),
            Choice(
                "the two are the same: training goes on from the average",
                "Only every ema_overwrite_frequency updates, and that is unset unless you set it.",
            ),
        ),
        proof=validated_on_the_newest,
    ),
    Quiz(
        "cosine-under-accumulation",
        "1,000 batches with gradient_accumulation_steps=4 make 250 updates. You write CosineDecay(0.1, "
        "decay_steps=250). When does the training come to a stop?",
        (
            Choice(
                "after a quarter of the batches",
                "The schedule reads the count of batches: after 250 of them the rate is 0.",
                right=True,
            ),
            Choice(
                "at the end, with update 250",
                "So it should be. But optimizer.iterations counts updates, and the schedule batches.",
            ),
            Choice(
                "never: every batch makes an update",
                "Three batches of four only add to the sum.",
            ),
        ),
        proof=cosine_counts_batches,
    ),
    Quiz(
        "decay-after-loading",
        "The biases are excluded from weight_decay. You save the model, load it and train on. What decays now?",
        (
            Choice(
                "kernel and bias: the exclusion is not saved",
                "It is not in the optimizer's get_config(). Put it into the constructor of a subclass.",
                right=True,
            ),
            Choice(
                "the kernel alone, as before",
                "load_model restores the number weight_decay, and not what you excluded by a call.",
            ),
            Choice(
                "nothing: weight_decay is not saved",
                "It is saved, as learning_rate and momentum are.",
            ),
        ),
        proof=exclusion_is_not_saved,
    ),
    Quiz(
        "velocity-of-a-skipped-update",
        "In mixed_float16 a gradient overflows to infinity. What happens to the velocity?",
        (
            Choice(
                "it stays as it was",
                "So do the weights and the count of updates. Only the loss scale changes: it is halved.",
                right=True,
            ),
            Choice(
                "it is infinite from then on",
                "Keras looks at the gradients first, and skips the update.",
            ),
            Choice(
                "it fades by the factor μ",
                "That would be an update with a gradient of 0. A skipped update is none.",
            ),
        ),
        proof=velocity_of_a_skipped_update,
    ),
)


# ---------------------------------------------------------------- exercises

LONG, SHORT = (float(theory.speed_on_slope(60, 1.0, 0.95, g)) for g in (1.0, 0.5))

IMAGES, BATCH, ACCUMULATED, EPOCHS = 10_000, 48, 4, 20
BATCHES = ceil(IMAGES / BATCH) * EPOCHS
UPDATES = BATCHES // ACCUMULATED


def smoothed(keep: float, m: float) -> float:
    """The variance of the average of the weights over that of the weights, which keep this share of an update."""
    return (1 - m) / (1 + m) * (1 + m * keep) / (1 - m * keep)


TIMES = 1 / smoothed(1 - 0.2, 0.9)
FLOOR = float(theory.noise_variance(0.2, 1.0)) / TIMES
RATE = 2 * FLOOR / (1 + FLOOR)

EXERCISES = (
    Exercise(
        "clipped-length",
        "read off",
        {
            "long": Number(
                "the 60th update with gradients of 3, in units of η",
                LONG,
                "Set the momentum and the gradient in the figure. Its words name the 60th update.",
                (
                    Mistake(3 * LONG, "That is the update without clipping."),
                    Mistake(1 / (1 - 0.95), "That is where it leads to. The 60th update is not quite there."),
                    Mistake(1.0, "The bound holds for the gradient, not for the update."),
                ),
                why="Nearly 1/(1 − μ) times the bound.",
                right=(19.1, 19.08, (1 - 0.95**60) / 0.05),
            ),
            "short": Number(
                "the 60th update with gradients of 0.5, in units of η",
                SHORT,
                "Is the gradient longer than the bound? If not, what does clipping change?",
                (
                    Mistake(LONG, "A gradient within the bound is not stretched to it."),
                    Mistake(
                        0.5 / (1 - 0.95), "That is where it leads to. The 60th update is not quite there."
                    ),
                    Mistake(0.5, "That is the first update. The velocity adds them up."),
                ),
                why="Clipping leaves short gradients alone.",
                right=(9.54, 9.539, (1 - 0.95**60) / 0.1),
            ),
        },
    ),
    Exercise(
        "accumulated-counts",
        "compute",
        {
            "decay_steps": Number(
                "decay_steps of the schedule",
                BATCHES,
                "The schedule advances with every batch, the short last one of an epoch included.",
                (
                    Mistake(UPDATES, "These are the updates. The schedule does not count them."),
                    Mistake(
                        IMAGES // BATCH * EPOCHS, "The last batch of an epoch is short, but it is a batch."
                    ),
                    Mistake(ceil(IMAGES / BATCH), "That is one epoch."),
                ),
                why="One for each batch.",
                right=(4180.0, np.array([4180]), 209 * 20),
            ),
            "updates": Number(
                "optimizer.iterations at the end",
                UPDATES,
                "An update for every four batches, counted through from the first epoch to the last.",
                (
                    Mistake(BATCHES, "Four batches make one update."),
                    Mistake(
                        ceil(IMAGES / BATCH) // ACCUMULATED * EPOCHS,
                        "The rest of an epoch is not lost: it waits for the next one.",
                    ),
                    Mistake(
                        ceil(IMAGES * EPOCHS / (BATCH * ACCUMULATED)),
                        "Count batches, not samples: a short batch counts as one.",
                    ),
                ),
                why="What is left of an epoch goes on into the next.",
                right=(1045.0, np.int64(1045), 4180 // 4),
            ),
        },
    ),
    Exercise(
        "floor-of-an-average",
        "investigate",
        {
            "times": Number(
                "the variance of the weights over that of their average",
                TIMES,
                "Put ρ = 1 − η and the ema_momentum into the formula of the box. It gives the inverse.",
                (
                    Mistake(
                        1.9 / 0.1,
                        "That would be so for independent weights. Neighbors in a run are much alike.",
                    ),
                    Mistake(1 / TIMES, "The wrong way round: the average has the smaller variance."),
                    Mistake(1 / (1 - 0.9), "That is the length of its memory in updates."),
                ),
                why="The less the smaller η is: then neighbors are more alike.",
                right=(3.09, 3.093, Fraction(3093, 1000)),
            ),
            "rate": Number(
                "the learning rate with that floor",
                RATE,
                "Without an average the variance is η/(2 − η). Solve that for η.",
                (
                    Mistake(0.2 / TIMES, "Close: the variance is not quite proportional to η."),
                    Mistake(0.2 * (1 - 0.9), "Not 1 − m times: the average does not gain that much here."),
                    Mistake(FLOOR, "That is the variance. Which learning rate has it?"),
                ),
                why="Without an average, a small variance costs a small learning rate.",
                right=(0.0694, 0.06935, 2 * FLOOR / (1 + FLOOR)),
            ),
        },
    ),
)
