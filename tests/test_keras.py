"""The pinned Keras behaves as the chapter "Keras' SGD, line by line" says; an upgrade that changes it is noticed here.

That ``sgdlib`` takes the same steps as Keras, optax and PyTorch stands in ``test_optimizer.py``.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlib import SGD, descend
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.small import CoupledDecay, FourConventions, RateDrop, StoredLookahead

ETA = 0.001
# Keras hands NumPy its variables in a way that NumPy 2 calls old; neither is ours.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")


@pytest.fixture
def hill(keras):
    """Build a model of one weight whose gradient is the slope, wherever the weight stands."""

    def build(optimizer, slope=1.0, start=0.0, regularizer=None):
        layer = keras.layers.Dense(
            1,
            use_bias=False,
            kernel_initializer=keras.initializers.Constant(start),
            kernel_regularizer=regularizer,
        )
        model = keras.Sequential([keras.Input((1,)), layer])
        model.compile(optimizer, loss=lambda target, prediction: slope * prediction)
        return model

    return build


@pytest.fixture
def fit(keras):
    """Train in a compiled fit of one update a sample; the steps, in units of ETA times a gradient of 1."""

    class Watch(keras.callbacks.Callback):
        def __init__(self, before):
            super().__init__()
            self.before, self.weights = before, []

        def on_train_batch_begin(self, batch, logs=None):
            self.before.get(batch, lambda optimizer: None)(self.model.optimizer)
            self.weights.append(weight_of(self.model))

        def on_train_end(self, logs=None):
            self.weights.append(weight_of(self.model))

    def train(model, steps, before=None):
        watch, ones = Watch(before or {}), np.ones((steps, 1))
        model.fit(ones, ones, batch_size=1, verbose=0, callbacks=[watch])
        return -np.diff(watch.weights) / ETA

    return train


def weight_of(model) -> float:
    return model.get_weights()[0].item()


def run(keras, optimizer, steps, gradient=lambda w: np.ones_like(w), start=(0.0,)):
    """The variable after each step of the optimizer alone, outside a fit."""
    weights = keras.Variable(np.array(start, dtype=float))
    optimizer.build([weights])
    path = [weights.numpy()]
    for _ in range(steps):
        optimizer.apply([gradient(path[-1])], [weights])
        path.append(weights.numpy())
    return np.array(path)


# ---------- what you get if you ask for nothing ----------


def test_compile_defaults_to_rmsprop_not_sgd(keras):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    assert type(model.optimizer) is keras.optimizers.RMSprop
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)


def test_sgd_by_name_has_no_momentum(keras):
    config = keras.optimizers.get("sgd").get_config()
    assert config["learning_rate"] == pytest.approx(0.01)
    assert (config["momentum"], config["nesterov"], config["weight_decay"]) == (0.0, False, None)


# ---------- what Keras refuses, and what it accepts without a word ----------


def test_lr_is_an_error_that_names_it(keras):
    with pytest.raises(ValueError, match=r"^Argument\(s\) not recognized: \{'lr': 0\.001\}$"):
        keras.optimizers.SGD(lr=0.001, momentum=0.9)


@pytest.mark.parametrize("wrong", [0, 1, np.float32(0.9), 1.5, -0.1])
def test_momentum_must_be_a_float(keras, wrong):
    with pytest.raises(ValueError, match=r"^`momentum` must be a float between \[0, 1\]\.$"):
        keras.optimizers.SGD(momentum=wrong)


@pytest.mark.parametrize("wrong", [1, 0, np.float32(0.1)])
def test_learning_rate_must_be_a_float(keras, wrong):
    with pytest.raises(ValueError, match=r"^Argument `learning_rate` should be float"):
        keras.optimizers.SGD(learning_rate=wrong)


@pytest.mark.parametrize(
    "hypers", [{"momentum": 1.0}, {"learning_rate": np.float64(0.1)}, {"nesterov": True}]
)
def test_accepted_without_a_word(keras, hypers):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        keras.optimizers.SGD(**hypers)
    assert [w for w in caught if w.category is UserWarning] == []


def test_decay_warns_and_does_nothing(keras):
    with pytest.warns(UserWarning, match=r"^Argument `decay` is no longer supported and will be ignored\.$"):
        optimizer = keras.optimizers.SGD(ETA, decay=0.5)
    np.testing.assert_array_equal(run(keras, optimizer, 20), run(keras, keras.optimizers.SGD(ETA), 20))


def test_the_old_decay_is_a_schedule(keras):
    rate = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.01)
    np.testing.assert_allclose(
        [float(rate(k)) for k in range(60)], 0.1 / (1 + 0.01 * np.arange(60)), rtol=1e-12
    )


def test_nesterov_without_momentum_is_plain_sgd(keras):
    hypers = {"gradient": np.sin, "start": (1.0, 2.0), "steps": 60}
    ahead = run(keras, keras.optimizers.SGD(0.1, nesterov=True), **hypers)
    np.testing.assert_array_equal(ahead, run(keras, keras.optimizers.SGD(0.1), **hypers))


# ---------- the compiled step ----------


def test_a_compiled_fit_takes_the_steps_of_sgdlib(keras, hill, fit):
    for hypers in ({}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}):
        ours = descend(SGD(ETA, **hypers), lambda w: np.ones_like(w), [0.0], 60)
        stored = ours.positions + hypers.get("momentum", 0.0) * ours.velocities * ("nesterov" in hypers)
        speed = fit(hill(keras.optimizers.SGD(ETA, **hypers)), 60)
        np.testing.assert_allclose(speed, -np.diff(stored[:, 0]) / ETA, rtol=1e-12)


def test_first_step_with_nesterov_is_longer(keras):
    first = {n: -run(keras, keras.optimizers.SGD(ETA, 0.9, n), 1)[1, 0] / ETA for n in (False, True)}
    assert first == {False: pytest.approx(1.0), True: pytest.approx(1.9)}


def test_momentum_set_during_fit_is_ignored(keras, hill, fit):
    def lower(optimizer):
        optimizer.momentum = 0.5

    model, untouched = hill(keras.optimizers.SGD(ETA, 0.9)), hill(keras.optimizers.SGD(ETA, 0.9))
    np.testing.assert_array_equal(fit(model, 60, {30: lower}), fit(untouched, 60))
    assert model.optimizer.momentum == 0.5
    # also in the next call of fit
    np.testing.assert_array_equal(fit(model, 10), fit(untouched, 10))


def test_momentum_set_and_compiled_again_is_obeyed_and_the_velocity_kept(keras, hill, fit):
    model = hill(keras.optimizers.SGD(ETA, 0.9))
    last = fit(model, 60)[-1]
    model.optimizer.momentum = 0.5
    model.compile(model.optimizer, loss=model.loss)
    assert fit(model, 1) == pytest.approx([0.5 * last + 1])


def test_a_batch_of_another_size_is_compiled_with_the_momentum_of_the_moment(keras, hill, fit):
    model = hill(keras.optimizers.SGD(ETA, 0.9))
    last = fit(model, 44)[-1]
    model.optimizer.momentum = 0.0
    before, ten = weight_of(model), np.ones((10, 1))
    model.fit(ten, ten, batch_size=10, verbose=0)
    assert (before - weight_of(model)) / ETA == pytest.approx(1.0)
    # a batch of the first size still runs with 0.9
    assert fit(model, 1) == pytest.approx([0.9 * last + 1])


def test_momentum_set_outside_fit_works(keras):
    optimizer, weights = keras.optimizers.SGD(ETA, 0.9), keras.Variable([0.0])
    optimizer.build([weights])
    optimizer.apply([np.ones(1)], [weights])
    optimizer.momentum = 0.5
    optimizer.apply([np.ones(1)], [weights])
    assert -weights.numpy().item() / ETA == pytest.approx(1.0 + 1.5)


def test_a_learning_rate_drop_keeps_the_old_velocity(keras, hill, fit):
    def drop(optimizer):
        optimizer.learning_rate = 0.1 * ETA

    speed = fit(hill(keras.optimizers.SGD(ETA, 0.9)), 140, {100: drop}) / 10
    assert speed[99] == pytest.approx(1.0, abs=1e-3)
    assert speed[100] == pytest.approx(0.910, abs=1e-3)
    np.testing.assert_allclose(speed[100:], 0.1 + 0.9 * 0.9 ** np.arange(1, 41), atol=1e-4)


def test_a_rescaled_velocity_drops_at_once_as_optax_does(keras, hill, fit):
    import optax

    def drop(optimizer):
        optimizer.learning_rate = 0.1 * ETA
        for m in optimizer.momentums:
            m.assign(m * 0.1)

    ours = fit(hill(keras.optimizers.SGD(ETA, 0.9)), 120, {100: drop})
    optimizer = optax.sgd(optax.piecewise_constant_schedule(ETA, {100: 0.1}), momentum=0.9)
    state, theirs = optimizer.init(np.zeros(1)), []
    for _ in range(120):
        update, state = optimizer.update(np.ones(1), state)
        theirs.append(-float(update[0]) / ETA)
    assert ours[100] / 10 == pytest.approx(0.100, abs=1e-3)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_velocity_survives_a_second_fit_and_not_a_new_optimizer(keras, hill, fit):
    model = hill(keras.optimizers.SGD(ETA, 0.9))
    last = fit(model, 30)[-1]
    assert fit(model, 1) == pytest.approx([0.9 * last + 1])
    model.compile(keras.optimizers.SGD(ETA, 0.9), loss=model.loss)
    assert fit(model, 1) == pytest.approx([1.0])


# ---------- weight decay and memory ----------


def test_weight_decay_is_decoupled_and_an_l2_penalty_is_not(keras, hill, fit):
    def left(optimizer, regularizer=None):
        model = hill(optimizer, slope=0.0, start=1.0, regularizer=regularizer)
        fit(model, 200)
        return weight_of(model)

    decoupled = left(keras.optimizers.SGD(0.1, 0.9, weight_decay=0.01))
    assert decoupled == pytest.approx((1 - 0.1 * 0.01) ** 200, rel=1e-12)
    coupled = left(keras.optimizers.SGD(0.1, 0.9), keras.regularizers.L2(0.01 / 2))
    ours = descend(SGD(0.1, 0.9), lambda w: 0.01 * w, [1.0], 200).positions[-1, 0]
    assert coupled == pytest.approx(ours, rel=1e-12)
    assert (round(decoupled, 4), round(coupled, 4)) == (0.8186, 0.1204)


@pytest.mark.parametrize(
    ("name", "hypers", "copies"),
    [
        ("SGD", {}, 0),
        ("SGD", {"momentum": 0.9}, 1),
        ("SGD", {"momentum": 0.9, "nesterov": True}, 1),
        ("RMSprop", {}, 1),
        ("Adam", {}, 2),
    ],
)
def test_state_a_weight_costs(keras, name, hypers, copies):
    optimizer = getattr(keras.optimizers, name)(**hypers)
    optimizer.build([keras.Variable(np.zeros((50, 4)))])
    single = {"iteration", "learning_rate"}
    assert {v.name for v in optimizer.variables if v.shape == ()} == single
    assert [tuple(v.shape) for v in optimizer.variables if v.name not in single] == [(50, 4)] * copies


# ---------- the conventions ----------


@given(learning_rate=st.floats(1e-4, 0.15), momentum=st.floats(0.01, 0.99), nesterov=st.booleans())
@settings(max_examples=10)
def test_what_keras_calls_momentum_is_the_velocity(keras, learning_rate, momentum, nesterov):
    """θ = w − μm after 200 steps, m = v: the state that recovers the position is in ``optimizer.momentums``."""

    def gradient(w):
        return np.array([0.5, 8.0]) * w

    optimizer, weights = keras.optimizers.SGD(learning_rate, momentum, nesterov), keras.Variable([1.0, -2.0])
    optimizer.build([weights])
    for _ in range(200):
        optimizer.apply([gradient(weights.numpy())], [weights])
    m = optimizer.momentums[0].numpy()
    ours = descend(SGD(learning_rate, momentum, nesterov), gradient, [1.0, -2.0], 200, path=False)
    scale = 1e-12 * max(1.0, np.abs(weights.numpy()).max(), np.abs(m).max())
    np.testing.assert_allclose(m, ours.velocities[-1], rtol=1e-12, atol=scale)
    theta = weights.numpy() - (momentum * m if nesterov else 0.0)
    np.testing.assert_allclose(theta, ours.positions[-1], rtol=1e-12, atol=scale)


def test_the_averaging_form_needs_the_effective_learning_rate(keras):
    def gradient(w):
        return np.array([1.0, 10.0]) * w

    classical = run(keras, keras.optimizers.SGD(0.05, 0.9), 60, gradient, (1.0, 1.0))
    for learning_rate, same in ((0.05, False), (0.05 / (1 - 0.9), True)):
        w, m, path = np.ones(2), np.zeros(2), [np.ones(2)]
        for _ in range(60):
            m = 0.9 * m + (1 - 0.9) * gradient(w)
            w = w - learning_rate * m
            path.append(w)
        assert (np.abs(path - classical).max() < 1e-12) == same


# ---------- the small figures of the chapter ----------


@pytest.mark.parametrize(("factor", "momentum"), [(0.1, 0.9), (0.01, 0.5), (1.5, 0.8), (0.5, 0.0)])
def test_the_figure_of_the_drop_shows_keras_and_optax(keras, factor, momentum):
    """Both at full speed after 400 steps; then the learning rate is multiplied by the factor."""
    optax = pytest.importorskip("optax")
    warm, after = 400, 60
    optimizer, weights = keras.optimizers.SGD(ETA, momentum), keras.Variable(np.zeros(1))
    optimizer.build([weights])
    schedule = optax.piecewise_constant_schedule(ETA, {warm: factor})
    rule = optax.sgd(schedule, momentum=momentum)
    theirs, state = np.zeros(1), rule.init(np.zeros(1))
    ours, others = [], []
    for k in range(warm + after):
        if k == warm:
            optimizer.learning_rate = factor * ETA
        before = weights.numpy()
        optimizer.apply([np.ones(1)], [weights])
        ours.append((before - weights.numpy()).item())
        update, state = rule.update(np.ones(1), state, theirs)
        others.append(-np.asarray(update).item())
    full = ours[warm - 1]
    _, torch, drawn, *_ = RateDrop(factor=factor, momentum=momentum).drawn().layers
    np.testing.assert_allclose(drawn[1][-after:], np.array(ours[warm:]) / full, rtol=1e-5)
    np.testing.assert_allclose(torch[1][-after:], np.array(others[warm:]) / full, rtol=1e-5)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.9, True), (0.5, True), (0.9, False), (0.0, True)])
def test_the_figure_of_the_lookahead_shows_the_variable_of_keras(keras, momentum, nesterov):
    figure = StoredLookahead(momentum=momentum, nesterov=nesterov)
    bowl = Quadratic((1.0, 10.0), angle=np.pi / 6)
    theirs = run(keras, keras.optimizers.SGD(0.05, momentum, nesterov), 16, bowl.gradient, (-2.5, 1.04))
    *_, dots, _ = figure.drawn().layers
    np.testing.assert_allclose(dots.T, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("forgotten", "rate"), [("nothing", 0.05), ("averaging", 0.05), ("Keras", 0.05 / (1 - 0.9))]
)
def test_the_figure_of_the_conventions_shows_keras(keras, forgotten, rate):
    """Keras' path is the real one; the others are the path at 0.05 but for the one that was forgotten."""
    _, ours, averaging, *_ = FourConventions(momentum=0.9, forgotten=forgotten).drawn().layers
    theirs = run(keras, keras.optimizers.SGD(rate, 0.9), 60, lambda w: w, (-1.0,))[:, 0]
    np.testing.assert_allclose(ours[1], theirs, rtol=0, atol=1e-12)
    translated = run(keras, keras.optimizers.SGD(0.05, 0.9), 60, lambda w: w, (-1.0,))[:, 0]
    same = np.allclose(averaging[1], translated, rtol=0, atol=1e-12)
    assert same == (forgotten != "averaging")


@pytest.mark.parametrize(("weight_decay", "momentum"), [(0.01, 0.9), (0.1, 0.98), (0.03, 0.0)])
def test_the_figure_of_weight_decay_shows_keras_and_its_penalty(keras, weight_decay, momentum):
    _, decoupled, coupled, *_ = CoupledDecay(weight_decay=weight_decay, momentum=momentum).drawn().layers
    beside = keras.optimizers.SGD(0.1, momentum, weight_decay=weight_decay)
    theirs = run(keras, beside, 200, np.zeros_like, (1.0,))[:, 0]
    np.testing.assert_allclose(decoupled[1], theirs, rtol=0, atol=1e-12)
    through = run(keras, keras.optimizers.SGD(0.1, momentum), 200, lambda w: weight_decay * w, (1.0,))[:, 0]
    np.testing.assert_allclose(coupled[1], through, rtol=0, atol=1e-12)
