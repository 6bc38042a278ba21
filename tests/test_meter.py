"""The meter: its numbers against other ways to them, its words on numbers and on runs, and that it disturbs nothing."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import keras
import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, eigsh

from sgdlib.experiments.backends import missing_package
from sgdlib.practice import meter as meter_module
from sgdlib.practice.meter import KINDS, Meter, Reading, judge, noise, rule_of, sharpness

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")
ROOT = Path(__file__).resolve().parent.parent
L = keras.layers
RNG = np.random.default_rng(5)
X = RNG.normal(size=(96, 5)).astype("float32")
Y = (X[:, :1] * X[:, 1:2] + 0.3 * RNG.normal(size=(96, 1))).astype("float32")


def network(*middle, seed=0, outputs=1):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((5,)), L.Dense(6, activation="tanh"), *middle, L.Dense(outputs)])


def compiled(model, optimizer=None, loss="mse", **named):
    model.compile(optimizer or keras.optimizers.SGD(0.05, momentum=0.9), loss, **named)
    return model


def metered(model, optimizer=None, loss="mse", data=(X, Y), epochs=2, given=(), **named):
    """The meter after a fit: `given` goes to the meter, what is not named to compile."""
    compiled(model, optimizer, loss, **named)
    meter = Meter(*data, **{"every": 2, "verbose": 0, "batch_size": 16, **dict(given)})
    given = dict(zip(("x", "y", "sample_weight"), data, strict=False))
    model.fit(**given, batch_size=16, epochs=epochs, verbose=0, callbacks=[meter])
    return meter


# ---------------------------------------------------------------- the numbers


def loss_of(model, x, y):
    """The mean squared error as a function of the flat weights, without the meter's code."""
    shapes = [tuple(v.shape) for v in model.trainable_variables]
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

    def loss(flat):
        parts = [p.reshape(s) for p, s in zip(jax.numpy.split(flat, ends), shapes, strict=True)]
        given = model.stateless_call(parts, [v.value for v in model.non_trainable_variables], x)[0]
        return ((given - y) ** 2).mean()

    return loss, np.concatenate([np.ravel(v) for v in model.trainable_variables])


def test_sharpness_is_the_dense_hessians():
    model = compiled(network())
    loss, flat = loss_of(model, X, Y)
    dense = np.linalg.eigvalsh(np.asarray(jax.hessian(loss)(flat), dtype=float))
    assert sharpness(model, X, Y) == pytest.approx(dense[-1], rel=0.01)


def test_sharpness_of_a_convnet_is_that_of_arpack():
    keras.utils.set_random_seed(1)
    images = RNG.normal(size=(24, 8, 8, 1)).astype("float32")
    targets = RNG.normal(size=(24, 3)).astype("float32")
    layers = [L.Conv2D(4, 3, activation="tanh"), L.Flatten(), L.Dense(16, activation="tanh"), L.Dense(3)]
    model = compiled(keras.Sequential([keras.Input((8, 8, 1)), *layers]))
    loss, flat = loss_of(model, images, targets)
    product = jax.jit(lambda v: jax.jvp(jax.grad(loss), (flat,), (v,))[1])
    whole = LinearOperator(
        (flat.size,) * 2, matvec=lambda v: np.asarray(product(v.astype("float32")), dtype=float)
    )
    assert sharpness(model, images, targets) == pytest.approx(eigsh(whole, 1, which="LA")[0][0], rel=0.01)


def test_noise_is_the_exact_covariance():
    model = compiled(network())
    slopes = []
    for k in range(len(X)):
        loss, flat = loss_of(model, X[k : k + 1], Y[k : k + 1])
        slopes.append(jax.grad(loss)(flat))
    slopes = np.asarray(slopes, dtype=float)
    found = noise(model, X, Y, batch_size=1, batches=len(X))
    variance = np.trace(np.cov(slopes.T))
    assert found.variance == pytest.approx(variance, rel=1e-3)
    assert found.square == pytest.approx((slopes.mean(0) ** 2).sum() - variance / len(X), rel=1e-3)
    assert found.scale == pytest.approx(found.variance / found.square)


@pytest.mark.parametrize("name", ["SGD", pytest.param("RMSprop", marks=pytest.mark.foreign), "Adam"])
def test_a_reading_is_the_dense_mathematics(name):
    """L, its limit, progress and noise of a reading, from a dense Hessian and the per-batch gradients."""
    make = {
        "SGD": lambda: keras.optimizers.SGD(0.02, momentum=0.8, nesterov=True),
        "RMSprop": lambda: keras.optimizers.RMSprop(0.002, centered=True, momentum=0.5),
        "Adam": lambda: keras.optimizers.Adam(0.003, beta_1=0.8),
    }
    model = network()
    meter = metered(model, make[name](), given={"every": 1, "batches": 6}, epochs=3)
    assert meter.problem is None
    meter._direction = None
    meter._weights()
    reading = meter._reading(rule_of(model.optimizer), 0.0)
    optimizer = model.optimizer
    flat = [
        np.concatenate([np.ravel(v) for v in group])
        for group in (getattr(optimizer, "_velocities", []),)
        if group
    ]
    t = float(np.asarray(optimizer.iterations.value))
    if name == "SGD":
        P, limit, reach = 1.0, (2 + 1.6) / (1 + 1.6) / 0.02, 5.0
    elif name == "RMSprop":
        mean = np.concatenate([np.ravel(v) for v in optimizer._average_gradients])
        P, limit, reach = np.sqrt(flat[0] - mean**2 + 1e-7), 3 / 0.002, 2.0
    else:
        P, limit, reach = (
            (np.sqrt(flat[0] / (1 - 0.999**t)) + 1e-7) * (1 - 0.8**t),
            2 * 1.8 / 0.2 / 0.003,
            1.0,
        )
    order = np.random.default_rng(0).permutation(len(X)).reshape(6, 16)
    slopes, hessians = [], []
    for rows in order:
        loss, at = loss_of(model, X[rows], Y[rows])
        slopes.append(np.asarray(jax.grad(loss)(at), dtype=float))
        hessians.append(np.asarray(jax.hessian(loss)(at), dtype=float))
    root = np.broadcast_to(np.asarray(P, dtype=float), at.shape) ** -0.5
    dense = np.linalg.eigvalsh(root[:, None] * np.mean(hessians, axis=0) * root)[-1]
    assert reading.sharpness == pytest.approx(dense, rel=0.01)
    assert reading.limit == pytest.approx(limit, rel=1e-5)
    scaled = np.array(slopes) * root
    square = (scaled.mean(0) ** 2).sum() - np.trace(np.cov(scaled.T)) / 6
    rate = optimizer.learning_rate.value * reach
    assert reading.gain == pytest.approx(float(rate * square), rel=0.01)
    apart = [(slopes[k] - slopes[k - 1]) / math.sqrt(2) * root**2 for k in (1, 3, 5)]
    bends = [a @ hessians[(k + 1) % 6] @ a for a, k in zip(apart, (1, 3, 5), strict=True)]
    assert reading.cost == pytest.approx(float(0.5 * rate**2 * np.mean(bends)), rel=0.01)


def test_the_bend_has_no_bias():
    """tr(HΣ) where the Hessian is 2 for every row: a line through 0, inputs of 1 and −1."""
    model = compiled(keras.Sequential([keras.Input((1,)), L.Dense(1, use_bias=False)]))
    x = RNG.choice([-1.0, 1.0], size=(600, 1))
    y = RNG.normal(size=(600, 1))
    slopes, parts = meter_module._ready(model, (x, y, None), 1, 600, None)
    seen = meter_module._seen(slopes, parts, bend=True)
    assert seen.bend == pytest.approx(2 * seen.variance, rel=0.15)


# ---------------------------------------------------------------- the words


def readings(count=8, loss=0.5, **values):
    known = {"learning_rate": 0.1, "sharpness": 10.0, "limit": 38.0, "gain": 0.02, "cost": 0.002}
    return [Reading(10 * (k + 1), **({"loss": loss} | known | values)) for k in range(count)]


@pytest.mark.parametrize(
    ("kind", "seen", "word"),
    [
        ("curvature", readings(sharpness=37.0), "0.97"),
        ("noise", readings(cost=0.03), "by noise"),
        ("noise", readings(gain=-0.001, cost=0.03), "by noise"),
        ("slow", readings(sharpness=0.1, cost=1e-5), "266 times"),
        (
            "slow",
            readings(sharpness=0.1, cost=math.nan),
            "266 times the learning rate, but the noise is not known.",
        ),
        ("slow", readings(sharpness=0.1, cost=1e-5, clipped=0.6), "60% of them are clipped"),
        ("nothing", readings(sharpness=37.0, clipped=1.0), "the bound on the gradients limits the step"),
        ("curvature", readings(sharpness=37.0, clipped=0.4), "0.97"),
        ("nothing", readings(), "2.7 times"),
        ("nothing", readings(cost=math.nan), "2.7 times the learning rate, but the noise is not known."),
        ("nothing", readings(cost=0.0096), "a limit is near"),
        ("dead", readings(spread=1e-7), "same output"),
        ("diverging", [*readings(), *readings(3, loss=2.0)], "4 times"),
        ("diverging", [*readings(), Reading(90, math.nan, 0.1)], "no longer a number"),
        ("diverging", [Reading(2, math.nan, 0.1)], "first reading"),
        ("unclear", readings(1), "too few"),
        ("unclear", readings(sharpness=math.nan), "not known"),
        ("unclear", [], "nothing was measured"),
    ],
)
def test_the_verdict_on_numbers(kind, seen, word):
    verdict = judge(seen)
    assert verdict.kind == kind in KINDS
    assert word in verdict.words
    assert verdict.evidence


def test_a_loss_that_falls_does_not_diverge():
    """Late against the lowest before it: a reading from the way down is not late."""

    def kind(*losses):
        known = {"learning_rate": 0.1, "limit": 38.0, "sharpness": 228.0, "gain": 0.02, "cost": 0.002}
        return judge([Reading(10 * k, loss, **known) for k, loss in enumerate(losses, 1)]).kind

    for falling in ((2.3, 2.2, 0.3), (6.7, 1.15, 0.1), (2.3, 2.2, 1.0, 0.9, 0.2), (2.0, 5.0, 4.0, 0.4, 0.5)):
        assert kind(*falling) == "curvature", falling
    for growing in ((1.0, 2.0, 3.0), (2.3, 0.3, 0.9, 0.8), (2.3, 0.3, 0.9, 0.9, 0.5), (0.3, 0.9)):
        assert kind(*growing) == "diverging", growing


def test_the_words_say_which_updates_they_are_about():
    seen = readings(3)
    assert judge(seen).evidence[-1] == "judged at 3 readings, updates 10 to 30"
    assert judge(seen, updates=40).evidence[-1] == "judged at 3 readings, updates 10 to 30 of 40"
    assert judge(seen, updates=40).words == judge(seen).words
    assert judge(seen, updates=342).words.endswith(
        " So it was up to update 30 of 342: later ones were not looked at."
    )


def test_the_evidence_names_no_number_that_is_not_there():
    for seen in (readings(sharpness=math.nan), readings(limit=math.nan), readings(cost=math.nan)):
        told = str(judge(seen))
        assert "not known of" not in told and "nan" not in told and "all rows fit" not in told
    for scale, word in ((6.7e-8, "less than one row"), (219.0, "about 220"), (math.inf, "lost in its noise")):
        assert word in str(judge(readings(noise_scale=scale)))
    assert "no progress was seen" in str(judge(readings(gain=-0.001, cost=0.03)))


def test_a_schedules_end_does_not_count():
    fast = readings(8, sharpness=37.0)
    slow = [
        Reading(100 + k, 0.1, 0.001, sharpness=37.0, limit=3800.0, gain=1e-4, cost=1e-7) for k in range(8)
    ]
    assert judge([*fast, *slow]).kind == "curvature"
    assert judge(slow).kind == "slow"


def test_the_limits():
    optimizers = keras.optimizers
    assert rule_of(optimizers.SGD(0.1)).limit == 2
    assert rule_of(optimizers.SGD(0.1, momentum=0.9)).limit == pytest.approx(3.8)
    assert rule_of(optimizers.SGD(0.1, momentum=0.9, nesterov=True)).limit == pytest.approx(1.3571, rel=1e-3)
    for unknown in (optimizers.Lion(), optimizers.Nadam(), optimizers.SGD(0.1, momentum=1.0)):
        assert rule_of(unknown).limit is None

    class Own(optimizers.SGD):
        pass

    assert rule_of(Own(0.1)).limit is None


# ---------------------------------------------------------------- it disturbs nothing


def test_the_training_is_the_same_bit_for_bit():
    """BatchNorm, dropout, a schedule and shuffling, with and without the meter."""
    after = []
    for with_meter in (False, True):
        model = network(L.BatchNormalization(), L.Dropout(0.3, seed=1), seed=2)
        schedule = keras.optimizers.schedules.CosineDecay(0.1, 12)
        compiled(model, keras.optimizers.Adam(schedule))
        meter = Meter(X, Y, every=2, batch_size=16, verbose=0)
        history = model.fit(X, Y, batch_size=16, epochs=3, verbose=0, callbacks=[meter] * with_meter)
        if with_meter:
            assert len(meter.readings) == 9 and meter.problem is None
            assert meter.readings[0].learning_rate > 3 * meter.readings[-1].learning_rate
        after.append(
            [
                np.random.random(),  # noqa: NPY002
                *[np.array(v) for v in model.variables + model.optimizer.variables],
                history.history["loss"],
            ]
        )
    assert len(after[0]) > 10
    for plain, with_it in zip(*after, strict=True):
        np.testing.assert_array_equal(plain, with_it)


def test_two_outputs_accumulation_weights_frozen_layers_and_a_clip():
    keras.utils.set_random_seed(3)
    start = keras.Input((5,))
    hidden = L.Dense(6, activation="tanh")
    frozen = L.Dense(6, trainable=False)
    middle = hidden(frozen(start))
    model = keras.Model(start, {"a": L.Dense(1, name="a")(middle), "b": L.Dense(2, name="b")(middle)})
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, gradient_accumulation_steps=2, global_clipnorm=1e-6)
    targets, weights = {"a": Y, "b": np.hstack([Y, Y])}, {"a": np.ones(96), "b": np.full(96, 2.0)}
    meter = metered(model, optimizer, {"a": "mse", "b": "mae"}, data=(X, targets, weights))
    assert meter.problem is None and len(meter.readings) >= 3
    assert meter.readings[-1].clipped == 1.0
    assert rule_of(model.optimizer).batches == 2
    assert any("100% of the gradients are clipped" in line for line in meter.verdict().evidence)
    assert all(math.isfinite(reading.share) and reading.step > 0 for reading in meter.readings)


def test_a_loss_that_it_cannot_compute(capsys, monkeypatch):
    """The training goes on, and the sentence says what to give."""

    def broken(*arguments):
        raise NotImplementedError("the loss stands in train_step")

    monkeypatch.setattr(meter_module.Slopes, "_loss", broken)
    meter = metered(network())
    assert (
        "the loss stands in train_step. If the training step is your own, give Meter(loss=)" in meter.problem
    )
    assert capsys.readouterr().out.count("The meter stopped") == 1
    assert meter.verdict().kind == "unclear" and "stopped" in meter.verdict().words


class Stepped(keras.Model):
    """A training step of one's own, whose loss the meter cannot see."""

    def __init__(self):
        super().__init__()
        self.layer = L.Dense(1)

    def build(self, shape):
        self.layer.build(shape)
        self.built = True

    def call(self, x):
        return self.layer(x)

    def train_step(self, state, data):
        trained, rest, optimizer, metrics = state

        def loss(at):
            return keras.ops.mean((self.stateless_call(at, rest, data[0])[0] - data[1]) ** 2)

        value, slopes = jax.value_and_grad(loss)(trained)
        trained, optimizer = self.optimizer.stateless_apply(optimizer, slopes, trained)
        return {"loss": value}, (trained, rest, optimizer, metrics)


def test_a_model_without_a_loss():
    for model in (Stepped(), network()):
        meter = metered(model, loss=None)
        assert "the model has no compiled loss: give that of your training step as loss=" in meter.problem
        assert meter.verdict().kind == "unclear" and not meter.readings
    given = {"loss": lambda model, x, y, weight: keras.ops.mean((model(x) - y) ** 2)}
    assert metered(Stepped(), loss=None, given=given).problem is None
    plain = network()
    plain.compile("sgd")
    for model in (network(), plain):
        for called in (sharpness, noise):
            with pytest.raises(ValueError, match="no compiled loss: give that of your training step"):
                called(model, X, Y)
    assert sharpness(network(), X, Y, loss=given["loss"]) > 0


def test_a_penalty_alone_is_a_loss():
    model = network(L.ActivityRegularization(l2=0.1))
    assert metered(model, loss=None).problem is None


def test_the_batch_size_of_fit_is_seen(capsys):
    """From the rows that Keras counts: also where the meter has some of the rows only, or fit a generator."""

    def fitted(meter, *data, **named):
        compiled(network()).fit(*data, epochs=2, verbose=0, callbacks=[meter], **named)
        assert meter.problem is None
        return meter

    right = metered(network())
    wrong = fitted(Meter(X, Y, every=2, batch_size=96, verbose=1), X, Y, batch_size=16)
    assert capsys.readouterr().out.count("given batch_size=96, but fit takes 16 rows") == 1
    assert wrong.readings == right.readings and "batch_size=96" in wrong.verdict().evidence[-1]

    def stream():
        while True:
            yield X[:8], Y[:8]

    quiet = {"every": 2, "verbose": 0}
    assert fitted(Meter(X, Y, **quiet), stream(), steps_per_epoch=4, shuffle=False).batch_size == 8
    for meter, rows, size in (
        (Meter(X[:40], Y[:40], batch_size=20, **quiet), 96, 20),  # some of the rows
        (Meter(X, Y, batch_size=20, **quiet), 90, 20),  # other rows
        (Meter(X, Y, batch_size=200, **quiet), 96, 200),  # all rows in a batch
    ):
        assert fitted(meter, X[:rows], Y[:rows], batch_size=size).batch_size == size
        assert meter._note is None
    assert capsys.readouterr().out == ""


def test_steps_per_execution_are_counted_as_they_are():
    meter = metered(network(), epochs=4, steps_per_execution=4)  # six batches an epoch: 4 and 2
    assert meter.problem is None and meter._updates == 24
    assert meter.readings[-1].update == 24 and meter.batch_size == 16


def test_a_reading_at_the_end():
    """With a clock of its own: after the first readings none is due, but the last update is looked at."""

    def updates(epochs, every=None, spent=0.0):
        meter = Meter(X, Y, verbose=0, every=every)
        meter.set_params({"epochs": epochs, "steps": 50})
        meter._clock, meter._own, meter._trained = 0.0, 0.0, lambda: float(meter._updates)

        def look(new):
            if meter._before is None:
                meter._before, meter._next = True, meter._updates + 1
                return
            meter._before = None
            meter.readings.append(Reading(meter._updates, 1.0, 0.1))
            meter._plan(12.0 + spent)

        meter._look = look
        for epoch in range(epochs):
            meter.on_epoch_begin(epoch)
            for batch in range(50):
                meter.on_train_batch_end(batch)
        return meter, [reading.update for reading in meter.readings]

    meter, seen = updates(4)
    assert seen == [2, 4, 200] and meter.meter_seconds == 24.0
    assert updates(4, spent=10.0)[1] == [2, 4]  # already more than a tenth
    meter, seen = updates(40)
    assert len(seen) > 10 and meter.meter_seconds <= 0.1 * 2000
    assert 200 not in updates(4, every=30)[1]


def test_messages():
    narrow = Meter(X[:, :3], Y, every=2, batch_size=16, verbose=0)
    compiled(network()).fit(X, Y, batch_size=16, verbose=0, callbacks=[narrow])
    assert "incompatible with the layer" in narrow.problem and "rows like those of fit?" in narrow.problem
    assert "Exception encountered" not in narrow.problem and "Meter(loss=)" not in narrow.problem
    blind = Meter(X, every=2, batch_size=16, verbose=0)
    compiled(network()).fit(X, Y, batch_size=16, verbose=0, callbacks=[blind])
    assert blind.problem.endswith("needs targets: give y as well, as in Meter(x_train, y_train).")
    with pytest.raises(ValueError, match="needs targets"):
        noise(compiled(network()), X)
    for short in ((X, Y[:5]), (X, None, np.ones(5)), ([X, X[:5]], Y), (X, {"a": Y, "b": Y[:5]})):
        with pytest.raises(ValueError, match="must have the same rows: x has 96, "):
            Meter(*short)
    with pytest.raises(ValueError, match="must have the same rows"):
        sharpness(compiled(network()), X, Y[:5])
    with pytest.raises(ValueError, match="at least one row"):
        sharpness(compiled(network()), X[:0], Y[:0])


def test_a_log_that_may_not_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(meter_module.os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="log must name a file that may be written, not"):
        Meter(X, Y, log=tmp_path / "meter.csv")


def test_one_row_in_a_batch_is_no_dead_network():
    model = compiled(network(), keras.optimizers.SGD(0.001))
    meter = Meter(X, Y, batch_size=1, every=8, verbose=0)
    model.fit(X, Y, batch_size=1, verbose=0, callbacks=[meter])
    assert meter.problem is None and meter.verdict().kind != "dead"


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_plot_without_noise():
    meter = Meter(X, Y)
    meter.readings = readings(cost=math.nan)
    assert "smoothed, ends at not known" in repr(meter.plot())


def test_a_loss_of_ones_own():
    model = network()
    given = {"loss": lambda model, x, y, weight: keras.ops.mean((model(x) - y) ** 2), "batches": 6}
    own, usual = metered(model, given=given), metered(network(), given={"batches": 6})
    assert own.readings[-1].sharpness == pytest.approx(usual.readings[-1].sharpness, rel=1e-3)


@pytest.mark.parametrize("kind", ["float16", pytest.param("bfloat16", marks=pytest.mark.foreign)])
def test_mixed_precision(kind):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(f"mixed_{kind}")
    try:
        meter = metered(network())
    finally:
        keras.config.set_dtype_policy(before)
    usual = metered(network())
    assert meter.problem is None
    assert meter.readings[0].sharpness == pytest.approx(usual.readings[0].sharpness, rel=0.05)
    assert rule_of(meter.model.optimizer).limit == pytest.approx(3.8)


def test_nan_no_weights_eager_and_validation_only(tmp_path):
    lost = metered(network(), data=(X * np.float32(np.nan), Y))
    assert lost.verdict().kind == "diverging" and "first reading" in lost.verdict().words
    with pytest.raises(ValueError, match="no reading with a finite loss"):
        lost.plot()

    empty = keras.Sequential([keras.Input((5,)), L.Lambda(lambda x: x[:, :1])])
    assert metered(empty).problem.endswith("the model has no trainable weights: there is nothing to measure.")

    log = tmp_path / "meter.csv"
    eager = metered(network(), run_eagerly=True, given={"log": log}, epochs=1)
    assert eager.problem is None
    with log.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["sharpness"]) for row in rows] == [reading.sharpness for reading in eager.readings]
    assert "L over its limit" in repr(eager.plot())

    only = Meter(X, Y, verbose=0)
    compiled(network()).evaluate(X, Y, verbose=0, callbacks=[only])
    assert only.verdict().evidence == ("no training was seen",)


def test_it_goes_on_after_thawing():
    frozen = L.Dense(6, trainable=False)
    model = network(frozen)
    meter = metered(model)
    count = len(meter.readings)
    frozen.trainable = True
    compiled(model)
    model.fit(X, Y, batch_size=16, verbose=0, callbacks=[meter])
    assert meter.problem is None and len(meter.readings) > count


def test_finite_differences_where_a_backend_has_no_product(monkeypatch):
    usual = metered(network())

    def none(*arguments):
        raise NotImplementedError

    make = meter_module.Slopes.__init__

    def without(self, *arguments):
        make(self, *arguments)
        self._product = none

    monkeypatch.setattr(meter_module.Slopes, "__init__", without)
    meter = metered(network())
    assert meter.readings[0].sharpness == pytest.approx(usual.readings[0].sharpness, rel=0.05)
    assert "differences of gradients" in meter.verdict().evidence[-1]


def test_what_is_no_array():
    rows = [(X[:16], Y[:16])]
    for stream in (iter(rows), (batch for batch in rows), object()):
        with pytest.raises(TypeError, match="take a few batches before fit"):
            Meter(stream)
    for bad in ({"share": 0}, {"every": 0}, {"batch_size": 0}, {"batches": 1.5}):
        with pytest.raises(ValueError, match="must be"):
            Meter(X, Y, **bad)
    with pytest.raises(ValueError, match="two batches"):
        noise(compiled(network()), X, Y, batch_size=64)


def test_the_share_of_the_time():
    """With a clock of its own: a reading takes 3 units, an update 1, so at a share of 0.1 every 30 updates."""
    meter = Meter(X, Y, verbose=0)
    meter._clock, meter._own, meter._trained = 0.0, 0.0, lambda: float(meter._updates)
    meter._look = lambda new: (meter.readings.append(Reading(meter._updates, 1.0, 0.1)), meter._plan(3.0))
    for batch in range(600):
        meter.on_train_batch_end(batch)
    updates = [reading.update for reading in meter.readings]
    assert set(np.diff(updates)[2:]) == {30} and meter.meter_seconds <= 0.1 * 600


def test_the_share_of_the_time_is_kept_by_readings_of_unequal_length():
    """The next reading may be as slow as the slowest: its time must have been earned before it begins."""
    meter, shares = Meter(X, Y, verbose=0), []
    meter._clock, meter._own, meter._trained = 0.0, 0.0, lambda: float(meter._updates)

    def look(new):
        meter.readings.append(Reading(meter._updates, 1.0, 0.1))
        meter._plan((5.0, 2.0, 3.0)[len(meter.readings) % 3])
        shares.append(meter.meter_seconds / meter._trained())

    meter._look = look
    for batch in range(3000):
        meter.on_train_batch_end(batch)
    assert len(shares) > 50 and max(shares[5:]) <= 0.1


# ---------------------------------------------------------------- the other backends

SCRIPT = """
import os, sys
import numpy as np, keras
from sgdlib.practice.meter import Meter, sharpness
L, data = keras.layers, np.load(sys.argv[1])
x, y, flat = data["x"], data["y"], data["flat"]
def network(*middle):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((5,)), L.Dense(6, activation="tanh"), *middle, L.Dense(1)])
model = network()
model.compile("sgd", "mse")
ends = np.cumsum([int(np.prod(v.shape)) for v in model.trainable_variables])
for v, part in zip(model.trainable_variables, np.split(flat, ends[:-1])):
    v.assign(part.reshape(v.shape))
found = [sharpness(model, x, y)]
for eager in (False, True):
    after = []
    for with_meter in (False, True):
        model = network(L.BatchNormalization(), L.Dropout(0.3, seed=1))
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse", run_eagerly=eager)
        meter = Meter(x, y, every=3, batch_size=16, verbose=0)
        model.fit(x, y, batch_size=16, epochs=1, verbose=0, callbacks=[meter] * with_meter)
        after.append([keras.ops.convert_to_numpy(v) for v in model.variables + model.optimizer.variables])
    found += [len(meter.readings), meter._slopes.exact, all((a == b).all() for a, b in zip(*after))]
print("FOUND", *found)
"""


@pytest.mark.foreign
@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_the_other_backends(backend, tmp_path):
    if reason := missing_package(backend):
        pytest.skip(reason)
    model = compiled(network())
    np.savez(tmp_path / "data.npz", x=X, y=Y, flat=loss_of(model, X, Y)[1])
    environment = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-c", SCRIPT, str(tmp_path / "data.npz")]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found = done.stdout.split("FOUND")[1].split()
    assert float(found[0]) == pytest.approx(sharpness(model, X, Y), rel=0.01)
    assert found[1:] == ["2", "True", "True"] * 2
