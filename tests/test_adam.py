"""sgdlib.adam: the rule by hand, against the real Keras and optax, many runs at once, and what it refuses."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlib import Adam, descend
from sgdlib.surfaces import Beale, Quadratic, Rosenbrock

STEPS = 120


def keras_path(keras, gradient, start, steps, **hypers):
    """The weights after each step of ``keras.optimizers.Adam``."""
    optimizer, weights = keras.optimizers.Adam(**hypers), keras.Variable(start, dtype="float64")
    optimizer.build([weights])
    path = [np.array(start)]
    for _ in range(steps):
        optimizer.apply([gradient(path[-1])], [weights])
        path.append(np.asarray(weights.value))
    return np.stack(path)


def optax_path(optax, gradient, start, steps, *, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """The weights after each step of ``optax.scale_by_adam``, told the ε of its own that is Keras' ε in each step.

    optax adds ε to √(s / (1 − β₂ᵏ)), Keras to √s.
    """
    weights = np.array(start)
    state, path = optax.scale_by_adam(beta_1, beta_2).init(weights), [weights]
    for k in range(1, steps + 1):
        rule = optax.scale_by_adam(beta_1, beta_2, eps=epsilon / np.sqrt(1 - beta_2**k))
        direction, state = rule.update(gradient(path[-1]), state)
        path.append(path[-1] - learning_rate * np.asarray(direction))
    return np.stack(path)


@pytest.fixture(scope="module", params=["keras", "optax"])
def library_path(request, keras):
    """The path that a real library takes."""
    if request.param == "keras":
        return lambda *args, **hypers: keras_path(keras, *args, **hypers)
    import optax

    return lambda *args, **hypers: optax_path(optax, *args, **hypers)


def assert_same_path(run, theirs):
    assert not run.diverged.any()
    assert run.positions.shape == theirs.shape
    np.testing.assert_allclose(run.positions, theirs, rtol=1e-11, atol=1e-12 * np.abs(theirs).max())


# ---------- names, defaults, refusals ----------


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_names_defaults_and_order_are_those_of_keras(keras):
    def head(optimizer):
        first = list(inspect.signature(optimizer).parameters.values())[:4]
        return [(p.name, p.default) for p in first]

    assert head(Adam) == head(keras.optimizers.Adam)
    config = keras.optimizers.Adam().get_config()
    for name, value in vars(Adam()).items():
        assert config[name] == pytest.approx(value)


def test_keras_too_refuses_lr(keras):
    with pytest.raises(ValueError, match="lr"):
        keras.optimizers.Adam(lr=0.1)
    with pytest.raises(TypeError, match=r"^Adam has no argument lr=; write learning_rate= instead"):
        Adam(lr=0.1)


def test_unknown_argument_is_named():
    with pytest.raises(TypeError, match=r"^Adam has no argument amsgrad=; it takes learning_rate=, beta_1="):
        Adam(amsgrad=True)


@pytest.mark.parametrize(
    ("name", "wrong", "allowed"),
    [
        ("learning_rate", [-0.1, np.inf, np.nan, [0.1, -0.1], "fast", None], "a finite number of at least 0"),
        ("beta_1", [-0.1, 1.0, np.nan, [0.5, 2.0], "much", None], "a number from 0 to below 1"),
        ("beta_2", [-0.1, 1.0, np.inf, [0.5, 1.0], "much", None], "a number from 0 to below 1"),
        ("epsilon", [0.0, -1e-7, np.inf, [1e-7, 0.0], "tiny", None], "a finite number above 0"),
    ],
)
def test_hyperparameters_refused_in_one_sentence(name, wrong, allowed):
    for value in wrong:
        with pytest.raises(ValueError, match=rf"^{name} must be {allowed}, or an array of such .*[^.]\.$"):
            Adam(**{name: value})


def test_gradient_of_another_shape_refused():
    with pytest.raises(ValueError, match=r"^the gradient must have the shape of the positions, \(2,\), not "):
        Adam().step(lambda x: x[:1], np.ones(2), Adam().init(np.ones(2)))


def test_hyperparameters_that_do_not_fit_the_start_refused():
    with pytest.raises(ValueError, match=r"must broadcast with learning_rate \(2,\) and beta_1 \(\) and "):
        descend(Adam([0.1, 0.2]), lambda x: x, np.ones((3, 1)), 3)


def test_repr_builds_the_same_optimizer():
    adam = Adam(0.1, beta_1=0.8, beta_2=0.99, epsilon=1e-3)
    assert vars(eval(repr(adam))) == vars(adam)


# ---------- the rule ----------


def test_two_steps_by_hand():
    adam, position = Adam(0.1, beta_1=0.5, beta_2=0.75, epsilon=1.0), np.array([2.0])
    position, state = adam.step(lambda x: 4 * x, position, adam.init(position))
    # g = 8: m = 4, s = 16, and both start corrected by √0.25 / 0.5 = 1
    assert [array.item() for array in state] == [4.0, 16.0, 1.0]
    assert position == pytest.approx([2.0 - 0.1 * 4 / (4 + 1)])
    position, (m, s, k) = adam.step(lambda x: np.zeros(1), position, state)
    assert (m.item(), s.item(), k.item()) == (2.0, 12.0, 2.0)
    correction = np.sqrt(1 - 0.75**2) / (1 - 0.5**2)
    assert position == pytest.approx([1.92 - 0.1 * correction * 2 / (np.sqrt(12) + 1)])


def test_step_leaves_its_arguments_alone():
    position, state = np.array([1.0, 2.0]), (np.array([3.0, 4.0]), np.array([5.0, 6.0]), np.array(7.0))
    Adam(0.1).step(lambda x: x, position, state)
    assert [position.tolist(), *(array.tolist() for array in state)] == [[1, 2], [3, 4], [5, 6], 7]


@given(st.floats(1e-3, 1e3), st.floats(1e-4, 1.0), st.integers(1, 40))
def test_a_steady_gradient_of_any_size_gives_steps_of_the_learning_rate(g, learning_rate, steps):
    run = descend(Adam(learning_rate, epsilon=1e-12), lambda x: np.full_like(x, g), [0.0], steps)
    np.testing.assert_allclose(np.diff(run.positions[:, 0]), -learning_rate, rtol=1e-6)


# ---------- the oracles ----------


hypers = st.fixed_dictionaries(
    {
        "learning_rate": st.floats(1e-4, 0.5),
        "beta_1": st.floats(0.0, 0.99),
        "beta_2": st.floats(0.0, 0.9999),
        "epsilon": st.sampled_from([1e-8, 1e-7, 1e-3, 1.0, 1e4]),
    }
)


@given(hypers=hypers, seed=st.integers(0, 99), size=st.sampled_from([1e-6, 1.0, 1e6]))
@settings(max_examples=15)
def test_equals_the_library_for_any_hyperparameters(library_path, hypers, seed, size):
    # The same gradients for both, wherever they are: where β₂ is small Adam takes the sign of the gradient,
    # and near the bottom a last digit decides about it.
    slopes = size * np.random.default_rng(seed).normal(size=(40, 2))
    run = descend(Adam(**hypers), [lambda x, g=g: g for g in slopes], [3.0, 1.0], 40)
    each = iter(slopes)
    assert_same_path(run, library_path(lambda x: next(each), [3.0, 1.0], 40, **hypers))


@pytest.mark.parametrize(
    ("surface", "start", "learning_rate"), [(Rosenbrock(), [-1.0, 1.5], 0.02), (Beale(), [1.0, 1.0], 1e-3)]
)
def test_equals_the_library_on_curved_ground(library_path, surface, start, learning_rate):
    run = descend(Adam(learning_rate), surface.gradient, start, STEPS)
    assert_same_path(run, library_path(surface.gradient, start, STEPS, learning_rate=learning_rate))


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 2)])
def test_equals_keras_for_weights_of_any_shape(keras, shape):
    rng = np.random.default_rng(sum(shape))
    curvatures, start = rng.uniform(0.1, 10.0, shape), rng.normal(size=shape)

    def gradient(w):
        return curvatures * w + np.sin(w)

    run = descend(Adam(0.01), gradient, start, STEPS)
    assert_same_path(run, keras_path(keras, gradient, start, STEPS, learning_rate=0.01))


def test_the_averages_are_those_of_keras(keras):
    gradient, start = Quadratic((1.0, 10.0), angle=0.5).gradient, np.array([3.0, 1.0])
    optimizer, weights = keras.optimizers.Adam(0.05), keras.Variable(start, dtype="float64")
    for _ in range(20):
        optimizer.apply([gradient(np.asarray(weights))], [weights])
    by_name = {variable.name: np.asarray(variable) for variable in optimizer.variables}
    theirs = [
        next(v for name, v in by_name.items() if name.endswith(part)) for part in ("momentum", "velocity")
    ]
    m, s, k = (rows[-1] for rows in descend(Adam(0.05), gradient, start, 20).states)
    np.testing.assert_allclose([m, s], theirs, rtol=1e-12)
    assert k == optimizer.iterations.value == 20


# ---------- many runs ----------


@pytest.mark.parametrize(
    ("rates", "betas_1", "betas_2", "epsilons", "starts", "runs"),
    [
        ((), (), (), (), (), ()),
        ((3,), (), (), (), (), (3,)),
        ((3, 1), (4,), (), (), (), (3, 4)),
        ((), (), (5, 1), (2,), (), (5, 2)),
        ((2, 1), (), (), (), (3,), (2, 3)),
        ((), (), (), (), (0,), (0,)),
    ],
)
def test_a_map_is_its_runs_one_by_one(rates, betas_1, betas_2, epsilons, starts, runs):
    rng, surface = np.random.default_rng(1), Quadratic((1.0, 10.0))
    hypers = [
        rng.uniform(0.01, 0.3, rates),
        rng.uniform(0, 0.99, betas_1),
        rng.uniform(0.9, 0.999, betas_2),
        rng.uniform(1e-8, 1.0, epsilons),
    ]
    start = rng.normal(size=(*starts, 2))
    whole = descend(Adam(*hypers), surface.gradient, start, 30)
    assert whole.positions.shape == whole.states[0].shape == whole.states[1].shape == (31, *runs, 2)
    assert whole.states[2].tolist() == list(range(31))
    hypers, start = [np.broadcast_to(h, runs) for h in hypers], np.broadcast_to(start, (*runs, 2))
    for i in np.ndindex(runs):
        alone = descend(Adam(*(h[i] for h in hypers)), surface.gradient, start[i], 30)
        np.testing.assert_allclose(whole.positions[:, *i], alone.positions, rtol=1e-13, atol=1e-15)


def test_ten_steps_are_four_and_six():
    adam, gradient = Adam(0.1), Quadratic((1.0, 10.0)).gradient
    whole = descend(adam, gradient, [3.0, 1.0], 10)
    first = descend(adam, gradient, [3.0, 1.0], 4)
    state = tuple(rows[-1] for rows in first.states)
    second = descend(adam, gradient, first.positions[-1], 6, state=state)
    np.testing.assert_array_equal(whole.positions, [*first.positions, *second.positions[1:]])
    for rows, before, after in zip(whole.states, first.states, second.states, strict=True):
        np.testing.assert_array_equal(rows, [*before, *after[1:]])


# ---------- divergence ----------


@pytest.mark.parametrize("path", [True, False])
def test_divergence_is_a_quiet_result(path, capfd):
    surface = Quadratic((1.0, 10.0))
    run = descend(
        Adam([0.01, 2e12, 0.05, 1e300]), surface.gradient, [1.0, 1.0], 2000, loss=surface.value, path=path
    )
    assert run.diverged.tolist() == [False, True, False, True]
    assert capfd.readouterr() == ("", "")
    for numbers in (run.positions, *run.states, run.losses):
        assert np.isfinite(numbers).all()


def test_a_diverging_run_does_not_touch_its_neighbours():
    rates, gradient = np.array([1e-3, 2e12, 1e-2]), Rosenbrock().gradient
    run = descend(Adam(rates), gradient, [-1.0, 1.0], 300)
    assert run.diverged.tolist() == [False, True, False]
    for i in (0, 2):
        np.testing.assert_array_equal(
            run.positions[:, i], descend(Adam(rates[i]), gradient, [-1.0, 1.0], 300).positions
        )
