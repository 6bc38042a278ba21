"""sgdlib.network: gradient and Hessian against JAX, many networks at once, in batches, and Keras step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlib import SGD, Adam, descend
from sgdlib.data import batch_gradients, random_batches, shuffled_batches
from sgdlib.network import ACTIVATIONS, LOSSES, Dense, Network
from sgdlib.surfaces import Surface

# Keras hands NumPy its variables in a way that NumPy 2 calls old; neither is ours.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")
METHODS = {"plain": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
each_loss = pytest.mark.parametrize("loss", LOSSES)


def network(layers, loss, rng, samples=12, inputs=3) -> Network:
    units = layers[-1].units
    squares = loss == "squares"
    targets = rng.normal(size=(samples, units)) if squares else rng.integers(units, size=samples)
    return Network(layers, rng.normal(size=(samples, inputs)), targets, loss)


def small(loss="squares", activation="tanh", seed=0, **options) -> Network:
    return network((Dense(4, activation), Dense(3)), loss, np.random.default_rng(seed), **options)


def positions(net, *runs, seed=1):
    return np.random.default_rng(seed).normal(size=(*runs, net.d))


# ---------- against JAX ----------


@pytest.fixture(scope="module")
def jax():
    """JAX in double precision for this test file."""
    import jax

    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", False)


def by_jax(jax, net):
    """(w, u, rows) -> value, gradient and Hessian times u, compiled; the loss is written from the docstring's words."""
    apply = {"linear": lambda z: z, "relu": jax.nn.relu, "tanh": jax.numpy.tanh}

    def loss(w, x, y):
        a, first = x, 0
        for layer in net.layers:
            kernel = w[first : first + a.shape[1] * layer.units].reshape(a.shape[1], layer.units)
            first += kernel.size + layer.units
            a = apply[layer.activation](a @ kernel + w[first - layer.units : first])
        if net.loss == "squares":
            return (0.5 * ((a - y) ** 2).sum(-1)).mean()
        return -jax.nn.log_softmax(a)[np.arange(len(y)), y].mean()

    @jax.jit
    def all_three(w, u, x, y):
        gradient, product = jax.jvp(lambda w: jax.grad(loss)(w, x, y), (w,), (u,))
        return loss(w, x, y), gradient, product

    return lambda w, u, rows: all_three(w, u, net.features[rows], net.targets[rows])


architectures = st.lists(
    st.builds(Dense, st.integers(1, 6), st.sampled_from([*ACTIVATIONS])), min_size=1, max_size=4
)


@given(architectures, st.sampled_from(LOSSES), st.integers(1, 5), st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=10)
def test_value_gradient_and_hessian_vector_product_are_those_of_jax(jax, layers, loss, inputs, samples, seed):
    rng = np.random.default_rng(seed)
    net = network(tuple(layers), loss, rng, samples, inputs)
    theirs = by_jax(jax, net)
    for rows in (np.arange(samples), *rng.integers(samples, size=(3, samples))):
        w, u = rng.normal(size=(2, net.d))
        value, gradient, product = theirs(w, u, rows)
        close = {"rtol": 1e-9, "atol": 1e-9}
        batch = replace(net, features=net.features[rows], targets=net.targets[rows])
        np.testing.assert_allclose(batch.value(w), value, **close)
        np.testing.assert_allclose(net.gradient(w, rows), gradient, **close)
        np.testing.assert_allclose(net.hessian_vector_product(w, u, rows), product, **close)


def test_the_digits_network_and_the_deep_autoencoder_are_those_of_jax(jax):
    rng = np.random.default_rng(0)
    deep = (*(Dense(units, "tanh") for units in (48, 24, 12, 6, 12, 24, 48)), Dense(64))
    for layers, loss in (((Dense(64, "relu"), Dense(10)), "cross-entropy"), (deep, "squares")):
        net = network(layers, loss, rng, samples=100, inputs=64)
        w, u = net.draw(rng), rng.normal(size=net.d)
        value, gradient, product = by_jax(jax, net)(w, u, np.arange(100))
        assert net.value(w) == pytest.approx(float(value), rel=1e-9)
        np.testing.assert_allclose(net.gradient(w), gradient, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(net.hessian_vector_product(w, u), product, rtol=1e-9, atol=1e-9)


# ---------- a surface like any other ----------


@each_loss
def test_it_is_a_surface(loss):
    net = small(loss)
    w = positions(net)
    assert isinstance(net, Surface)
    hessian = net.hessian(w)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)
    np.testing.assert_allclose(
        hessian @ positions(net, seed=2), net.hessian_vector_product(w, positions(net, seed=2)), atol=1e-12
    )
    assert net.hessian(positions(net, 2, 3)).shape == (2, 3, net.d, net.d)


@each_loss
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_many_networks_are_the_networks_one_by_one(loss, activation):
    net = small(loss, activation)
    w, u = positions(net, 2, 4), positions(net, 2, 4, seed=2)
    own = random_batches(np.random.default_rng(3), samples=12, batch_size=5, updates=4)
    assert net.value(w).shape == (2, 4)
    assert net.outputs(w).shape == (2, 4, 12, 3)
    for i, j in np.ndindex(2, 4):
        for together, alone in (
            (net.value(w), net.value(w[i, j])),
            (net.outputs(w), net.outputs(w[i, j])),
            (net.gradient(w), net.gradient(w[i, j])),
            (net.gradient(w, [3, 1, 3]), net.gradient(w[i, j], [3, 1, 3])),
            (net.gradient(w, own), net.gradient(w[i, j], own[j])),
            (net.hessian_vector_product(w, u), net.hessian_vector_product(w[i, j], u[i, j])),
            (net.hessian_vector_product(w, u, own), net.hessian_vector_product(w[i, j], u[i, j], own[j])),
        ):
            np.testing.assert_allclose(together[i, j], alone, rtol=1e-12, atol=1e-14)


def test_the_order_in_memory_does_not_matter():
    net = small()
    w = positions(net, 5)
    turned = np.asfortranarray(w)
    np.testing.assert_array_equal(net.gradient(turned), net.gradient(w))
    np.testing.assert_array_equal(
        net.hessian_vector_product(turned, turned), net.hessian_vector_product(w, w)
    )


@each_loss
def test_a_batch_gradient_is_the_mean_over_its_rows(loss):
    net = small(loss)
    w, rows = positions(net), [5, 0, 7, 7]
    one_by_one = [net.gradient(w, [row]) for row in rows]
    np.testing.assert_allclose(net.gradient(w, rows), np.mean(one_by_one, axis=0), atol=1e-15)


def test_the_same_network_on_other_data():
    net = small("cross-entropy")
    other = replace(net, features=net.features[:4], targets=net.targets[:4])
    w = positions(net, 2)
    np.testing.assert_allclose(other.outputs(w), net.outputs(w)[:, :4])
    np.testing.assert_allclose(other.gradient(w), net.gradient(w, range(4)), atol=1e-15)


@pytest.mark.parametrize(("initializer", "reach"), [("glorot_uniform", 6 / 100), ("he_uniform", 6 / 60)])
def test_first_weights_are_spread_as_keras_spreads_them(keras, initializer, reach):
    net = network((Dense(40, "relu"), Dense(3)), "squares", np.random.default_rng(0), inputs=60)
    w = net.draw(np.random.default_rng(0), initializer, runs=(20,))
    kernel, bias = w[:, :2400], w[:, 2400:2440]
    assert w.shape == (20, net.d) and not bias.any()
    assert 0.99 * np.sqrt(reach) < np.abs(kernel).max() < np.sqrt(reach)
    theirs = keras.initializers.get(initializer)((60, 40))
    assert 0.98 * np.sqrt(reach) < np.abs(np.asarray(theirs)).max() < np.sqrt(reach)
    assert kernel.std() == pytest.approx(np.sqrt(reach / 3), rel=0.01)
    assert not np.array_equal(kernel[0], kernel[1])


# ---------- trained ----------


@each_loss
@pytest.mark.parametrize("sampling", [shuffled_batches, random_batches])
def test_batches_train_it(loss, sampling):
    """As the loop written out; shuffled batches end an epoch with a smaller one."""
    net, rng = small(loss), np.random.default_rng(0)
    batches = sampling(rng, 12, 5, 8)
    start = net.draw(rng, runs=(3,))
    run = descend(SGD(0.1, 0.5), batch_gradients(net, batches), start, len(batches), loss=net.value)
    w, v = start, 0.0
    for k, rows in enumerate(batches, 1):
        v = 0.5 * v - 0.1 * net.gradient(w, rows)
        w = w + v
        np.testing.assert_allclose(run.positions[k], w, atol=1e-13)
    assert (run.losses[-1] < run.losses[0]).all()


def test_every_seed_with_batches_of_its_own_under_every_setting():
    net, seeds = small("cross-entropy"), (0, 1)
    start = np.stack([net.draw(np.random.default_rng(seed)) for seed in seeds])
    own = [shuffled_batches(np.random.default_rng(seed), 12, 4, epochs=5) for seed in seeds]
    rates, nesterov = np.array([0.05, 0.5])[:, None, None], np.array([False, True])[:, None]
    together = [np.stack(rows) for rows in zip(*own, strict=True)]
    run = descend(SGD(rates, 0.9, nesterov), batch_gradients(net, together), start, 15)
    assert run.positions.shape == (16, 2, 2, 2, net.d)
    for i, j, seed in np.ndindex(2, 2, 2):
        rule = SGD(rates[i, 0, 0], 0.9, nesterov=bool(nesterov[j, 0]))
        alone = descend(rule, batch_gradients(net, own[seed]), start[seed], 15)
        np.testing.assert_allclose(run.positions[:, i, j, seed], alone.positions, atol=1e-12)


@each_loss
@each_method
def test_keras_takes_the_same_steps(keras, jax, loss, method):
    """From the same weights, with the same batches, in double precision, weight by weight after each update."""
    rng = np.random.default_rng(4)
    net = network((Dense(6, "relu"), Dense(5, "tanh"), Dense(3)), loss, rng, samples=20, inputs=4)
    # Keras' own tanh computes in single precision, whatever it is given.
    named = {"tanh": jax.numpy.tanh}
    layers = [
        keras.layers.Dense(layer.units, named.get(layer.activation, layer.activation)) for layer in net.layers
    ]
    losses = {
        "squares": lambda y, a: 0.5 * keras.ops.sum((a - y) ** 2, axis=-1),
        "cross-entropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    }
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(keras.optimizers.SGD(0.05, **method), loss=losses[loss])
    start = np.concatenate([weights.ravel() for weights in model.get_weights()])
    assert len(start) == net.d
    batches = shuffled_batches(rng, 20, 6, epochs=10)
    run = descend(SGD(0.05, **method), batch_gradients(net, batches), start, len(batches))
    lookahead = method.get("momentum", 0.0) * ("nesterov" in method)
    stored = run.positions + lookahead * run.velocities
    for k, rows in enumerate(batches, 1):
        model.train_on_batch(net.features[rows], net.targets[rows])
        theirs = np.concatenate([weights.ravel() for weights in model.get_weights()])
        np.testing.assert_allclose(stored[k], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", [SGD(0.1, 0.9), SGD([[0.1], [0.2]], 0.9, nesterov=True), Adam(0.01)])
def test_float32_stays_float32(rule):
    net = small("cross-entropy")
    start = net.draw(np.random.default_rng(0), runs=(3,))
    exact, short = (descend(rule, net.gradient, w, 50) for w in (start, start.astype("float32")))
    assert {array.dtype for array in (short.positions, *short.states)} == {np.dtype("float32")}
    assert {array.dtype for array in (exact.positions, *exact.states)} == {np.dtype("float64")}
    np.testing.assert_allclose(short.positions, exact.positions, atol=2e-4)
    w = start.astype("float32")
    assert net.outputs(w).dtype == net.hessian_vector_product(w, w).dtype == np.float32
    assert net.value(w).dtype == net.hessian_vector_product(w, start).dtype == np.float64


@each_loss
@each_method
@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_run_that_diverges_ends_in_finite_numbers(loss, method, kind, activation):
    """Without a warning: they are errors here."""
    layers = (Dense(8, activation), Dense(8, activation), Dense(8, activation), Dense(3))
    net = network(layers, loss, np.random.default_rng(0))
    start = net.draw(np.random.default_rng(1), "he_uniform", runs=(4,)).astype(kind)
    rates = np.array([0.01, 10.0, 1e6, 1e12])
    run = descend(SGD(rates, **method), net.gradient, start, 60, loss=net.value)
    assert run.diverged[-1] or loss == "cross-entropy"
    for array in (run.positions, *run.states, run.losses):
        assert np.isfinite(array).all()
    farthest = np.full(net.d, 1e12, dtype=kind)
    assert np.isfinite(net.value(farthest))
    for silent in (net.gradient, net.outputs, lambda w: net.hessian_vector_product(w, w)):
        silent(farthest)


# ---------- refusals ----------

X, Y, CLASSES = np.ones((4, 2)), np.ones((4, 3)), np.array([0, 1, 2, 2])
LAYERS = (Dense(5, "tanh"), Dense(3))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Dense(0), r"^units must be a whole number of at least 1, not 0\.$"),
        (lambda: Dense(2.5), r"^units must be a whole number of at least 1, not 2\.5\.$"),
        (
            lambda: Dense(2, "sigmoid"),
            r"^activation must be \"linear\", \"relu\" or \"tanh\", not 'sigmoid'\.$",
        ),
        (lambda: Dense(2, None), r"^activation must be \"linear\", \"relu\" or \"tanh\", not None\.$"),
        (lambda: Dense(2, ["relu"]), r"^activation must be .* not \['relu'\]\.$"),
        (
            lambda: Network((), X, Y),
            r'^layers must be a tuple such as \(Dense\(64, "relu"\), Dense\(10\)\), not \(\)\.$',
        ),
        (lambda: Network((5, 3), X, Y), r"^layers must be a tuple such as .*, not \(5, 3\)\.$"),
        (lambda: Network(Dense(3), X, Y), r"^layers must be a tuple such as .*, not Dense\(units=3.*\)\.$"),
        (
            lambda: Network(LAYERS, X, Y, "mse"),
            r"^loss must be \"squares\" or \"cross-entropy\", not 'mse'\.$",
        ),
        (
            lambda: Network(LAYERS, X, CLASSES),
            r"^features must have shape \(N, inputs\) and targets \(N, 3\), not \(4, 2\) and \(4,\)\.$",
        ),
        (
            lambda: Network(LAYERS, X, Y, "cross-entropy"),
            r"^features must have shape \(N, inputs\) and targets \(N,\), not \(4, 2\) and \(4, 3\)\.$",
        ),
        (
            lambda: Network(LAYERS, X[0], Y),
            r"^features must have shape \(N, inputs\) and targets \(N, 3\), not",
        ),
        (lambda: Network(LAYERS, X[:0], Y[:0]), r"^features must be an array of finite numbers, not "),
        (lambda: Network(LAYERS, 1.0, Y), r"^features must have shape \(N, inputs\) and"),
        (
            lambda: Network(LAYERS, X * np.nan, Y),
            r"^(features|targets) must be an array of finite numbers; one of them is ",
        ),
        (
            lambda: Network(LAYERS, X, Y.astype(str)),
            r"^targets must be an array of finite numbers, not ",
        ),
        (
            lambda: Network(LAYERS, X, CLASSES + 1, "cross-entropy"),
            r"^targets must be classes from 0 to 2, a unit of the last layer each\.$",
        ),
        (
            lambda: Network(LAYERS, X, CLASSES + 0.5, "cross-entropy"),
            r"^targets must be classes from 0 to 2, a unit of the last layer each\.$",
        ),
        (
            lambda: small().draw(np.random.default_rng(0), "zeros"),
            r"^initializer must be \"glorot_uniform\" or \"he_uniform\", not 'zeros'\.$",
        ),
        (
            lambda: small().gradient(np.ones((2, 7))),
            r"^positions of this network have shape \(\.\.\., 31\), not \(2, 7\)\.$",
        ),
        (
            lambda: small().value(1.0),
            r"^positions of this network have shape \(\.\.\., 31\), not \(\)\.$",
        ),
        (
            lambda: small().hessian_vector_product(np.ones(31), np.ones(30)),
            r"^positions of this network have shape \(\.\.\., 31\), not \(30,\)\.$",
        ),
    ],
)
def test_impossible_requests_refused_in_one_sentence(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()
