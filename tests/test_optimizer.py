"""sgdlib.optimizer: the update rule by hand, against the real Keras, optax and PyTorch, and what it refuses."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlib import SGD, descend
from sgdlib.surfaces import Beale, Quadratic, Rosenbrock
from sgdlib.theory import stability_limit

STEPS = 250
RULES = {"plain": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}


def keras_path(keras, gradient, start, steps, **hypers):
    """The variable that ``keras.optimizers.SGD`` stores, after each step."""
    optimizer, weights = keras.optimizers.SGD(**hypers), keras.Variable(start, dtype="float64")
    optimizer.build([weights])
    path = [np.array(start)]
    for _ in range(steps):
        optimizer.apply([gradient(path[-1])], [weights])
        path.append(np.asarray(weights.value))
    return np.stack(path)


def optax_path(optax, gradient, start, steps, **hypers):
    optimizer, weights = optax.sgd(**hypers), np.array(start)
    state, path = optimizer.init(weights), [weights]
    for _ in range(steps):
        update, state = optimizer.update(gradient(path[-1]), state)
        path.append(np.asarray(optax.apply_updates(path[-1], update)))
    return np.stack(path)


def torch_path(torch, gradient, start, steps, *, learning_rate, momentum=0.0, nesterov=False):
    weights = torch.tensor(np.array(start), dtype=torch.float64, requires_grad=True)
    # PyTorch refuses Nesterov without a momentum, where Keras and optax take plain steps.
    optimizer = torch.optim.SGD([weights], learning_rate, momentum, nesterov=nesterov and momentum > 0)
    path = [np.array(start)]
    for _ in range(steps):
        weights.grad = torch.from_numpy(np.array(gradient(path[-1])))
        optimizer.step()
        path.append(weights.detach().numpy().copy())
    return np.stack(path)


@pytest.fixture(scope="module", params=["keras", "optax", "torch"])
def library_path(request, keras):
    """The path that a real library takes; torch is no requirement of the course, and is used if it is there."""
    if request.param == "keras":
        return partial(keras_path, keras)
    if request.param == "optax":
        import optax

        return partial(optax_path, optax)
    reason = "PyTorch is not among the course's requirements; install it to compare with it, too"
    return partial(torch_path, pytest.importorskip("torch", reason=reason))


def stored_by_the_libraries(optimizer, gradient, start, steps):
    """θ, or with Nesterov the lookahead point φ = θ + μv that Keras, optax and PyTorch store in its place."""
    run = descend(optimizer, gradient, start, steps)
    assert not run.diverged.any()
    return run.positions + (optimizer.momentum * run.velocities if optimizer.nesterov else 0.0)


def assert_same_path(ours, theirs):
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.abs(theirs).max())


# ---------- names, defaults, refusals ----------


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_names_defaults_and_order_are_those_of_keras(keras):
    def head(optimizer):
        first = list(inspect.signature(optimizer).parameters.values())[:3]
        return [(p.name, p.default) for p in first]

    assert head(SGD) == head(keras.optimizers.SGD)
    config = keras.optimizers.SGD().get_config()
    assert config["learning_rate"] == pytest.approx(SGD().learning_rate)
    assert {name: getattr(SGD(), name) for name in ("momentum", "nesterov")}.items() <= config.items()


def test_keras_too_refuses_lr(keras):
    with pytest.raises(ValueError, match="lr"):
        keras.optimizers.SGD(lr=0.1)
    with pytest.raises(TypeError, match=r"^SGD has no argument lr=; write learning_rate= instead"):
        SGD(lr=0.1)


def test_unknown_argument_is_named():
    with pytest.raises(TypeError, match=r"^SGD has no argument decay=; it takes learning_rate=, momentum="):
        SGD(decay=0.1)


@pytest.mark.parametrize("wrong", [-0.1, np.inf, np.nan, [0.1, -0.1], "fast", None])
def test_learning_rate_refused_in_one_sentence(wrong):
    with pytest.raises(ValueError, match=r"^learning_rate must be a finite number of at least 0, .*[^.]\.$"):
        SGD(learning_rate=wrong)


@pytest.mark.parametrize("wrong", [-0.1, 1.0001, np.nan, [0.5, 2.0], "much", None])
def test_momentum_refused_in_one_sentence(wrong):
    with pytest.raises(ValueError, match=r"^momentum must be a number from 0 to 1, .*[^.]\.$"):
        SGD(momentum=wrong)


@pytest.mark.parametrize("wrong", [1, "yes", None, [True, 0], [[True], [True, False]], np.array([1.0])])
def test_nesterov_is_true_or_false(wrong):
    with pytest.raises(ValueError, match=r"^nesterov must be True or False"):
        SGD(nesterov=wrong)


@pytest.mark.parametrize("nesterov", [False, True, [[True], [False]]])
def test_a_step_from_float32_is_float32(nesterov):
    optimizer, position = SGD([0.1, 0.2, 0.3], 0.9, nesterov), np.ones(2, dtype="float32")
    position, (velocity,) = optimizer.step(np.sin, position, optimizer.init(position))
    assert position.dtype == velocity.dtype == np.float32


def test_some_runs_look_ahead_and_others_do_not():
    """Each is the run alone; the velocity has the shape of all of them."""
    optimizer = SGD(0.1, [[0.5], [0.9]], nesterov=[False, True, True])
    assert optimizer.init(np.zeros(2))[0].shape == (2, 3, 2)
    run = descend(optimizer, np.sin, [1.0, -2.0], 30)
    for i, momentum in enumerate((0.5, 0.9)):
        for j, nesterov in enumerate((False, True, True)):
            alone = descend(SGD(0.1, momentum, nesterov), np.sin, [1.0, -2.0], 30)
            np.testing.assert_array_equal(run.positions[:, i, j], alone.positions)
    with pytest.raises(ValueError, match=r"momentum \(\) and nesterov \(2,\), each \(\.\.\.\)\.$"):
        SGD(0.1, nesterov=[True, False]).init(np.zeros((3, 1)))


@pytest.mark.parametrize("hypers", [(0, 0), (1, 1), (0.0, 1.0), (1e6, 0.5), ([0.1, 0.2], [0.0, 1.0])])
def test_limits_and_whole_numbers_are_accepted(hypers):
    optimizer = SGD(*hypers)
    np.testing.assert_array_equal(optimizer.learning_rate, hypers[0])
    np.testing.assert_array_equal(optimizer.momentum, hypers[1])


@pytest.mark.parametrize("slope", [lambda x: x[..., :1], lambda x: x.sum(), lambda x: np.stack([x, x])])
def test_gradient_of_another_shape_refused(slope):
    with pytest.raises(
        ValueError, match=r"^the gradient must have the shape of the positions, \(3, 2\), not "
    ):
        SGD().step(slope, np.ones((3, 2)), (np.zeros((3, 2)),))


def test_repr_builds_the_same_optimizer():
    optimizer = SGD(0.1, momentum=0.9, nesterov=True)
    assert vars(eval(repr(optimizer))) == vars(optimizer)


# ---------- the rule ----------


@pytest.mark.parametrize(
    ("hypers", "looks_from", "velocity"),
    [
        ({}, 2.0, -0.1 * 8.0),
        ({"momentum": 0.5}, 2.0, 0.5 * -1.0 - 0.1 * 8.0),
        ({"momentum": 0.5, "nesterov": True}, 1.5, 0.5 * -1.0 - 0.1 * 1.5**3),
    ],
    ids=RULES,
)
def test_one_step_by_hand(hypers, looks_from, velocity):
    seen = []

    def cubic(x):
        seen.append(x.item())
        return x**3

    position, (new,) = SGD(0.1, **hypers).step(cubic, np.array([2.0]), (np.array([-1.0]),))
    assert seen == [looks_from]
    assert new == pytest.approx([velocity])
    assert position == pytest.approx([2.0 + velocity])


@pytest.mark.parametrize(
    ("rates", "momenta", "starts", "runs"),
    [((), (), (), ()), ((3, 1), (4,), (), (3, 4)), ((), (4,), (3, 1), (3, 4)), ((), (), (0,), (0,))],
)
def test_the_first_state_is_at_rest_and_has_the_shape_of_all_runs(rates, momenta, starts, runs):
    (velocity,) = SGD(np.full(rates, 0.1), np.full(momenta, 0.5)).init(np.ones((*starts, 2)))
    assert velocity.shape == (*runs, 2)
    assert not velocity.any()


def test_hyperparameters_that_do_not_fit_the_positions_refused():
    sentence = (
        r"^the positions \(3, 1\), of shape \(\.\.\., d\), must broadcast with "
        r"learning_rate \(2,\) and momentum \(\), each \(\.\.\.\)\.$"
    )
    with pytest.raises(ValueError, match=sentence):
        SGD([0.1, 0.2]).init(np.ones((3, 1)))


def test_step_leaves_its_arguments_alone():
    position, velocity = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    SGD(0.1, 0.9, nesterov=True).step(lambda x: x, position, (velocity,))
    assert (position.tolist(), velocity.tolist()) == ([1.0, 2.0], [3.0, 4.0])


def test_hyperparameters_of_a_map_meet_their_own_runs():
    rates, momenta = np.array([[0.1], [0.2]]), np.array([0.0, 0.5, 0.9])
    position, velocity = np.full((2, 3, 2), 4.0), np.full((2, 3, 2), 1.0)
    _, (new,) = SGD(rates, momenta).step(lambda x: x, position, (velocity,))
    np.testing.assert_allclose(new, np.repeat((momenta - 4 * rates)[..., None], 2, -1))


# ---------- the oracles ----------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", [(1,), (5,), (3, 4), (2, 3, 2)])
def test_equals_the_library_for_weights_of_any_shape(library_path, rule, shape):
    rng = np.random.default_rng(sum(shape))
    curvatures, start = rng.uniform(0.1, 10.0, shape), rng.normal(size=shape)
    hypers = {"learning_rate": 0.05, **RULES[rule]}

    def gradient(w):
        return curvatures * w + np.sin(w)

    ours = stored_by_the_libraries(SGD(**hypers), gradient, start, STEPS)
    assert_same_path(ours, library_path(gradient, start, STEPS, **hypers))


hypers = st.fixed_dictionaries(
    {
        "learning_rate": st.floats(1e-5, 0.1),
        "momentum": st.floats(0.0, 1.0),
        "nesterov": st.booleans(),
    }
)


@given(hypers=hypers, angle=st.floats(0, np.pi), x=st.floats(-3, 3))
@settings(max_examples=15)
def test_equals_the_library_for_any_hyperparameters(library_path, hypers, angle, x):
    gradient = Quadratic((0.5, 10.0), angle=angle, center=(0.3, -0.7)).gradient
    ours = stored_by_the_libraries(SGD(**hypers), gradient, [x, 1.0], STEPS)
    assert_same_path(ours, library_path(gradient, [x, 1.0], STEPS, **hypers))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("surface", "start", "learning_rate"), [(Rosenbrock(), [-1.0, 1.5], 1e-4), (Beale(), [1.0, 1.0], 1e-3)]
)
def test_equals_the_library_on_curved_ground(library_path, rule, surface, start, learning_rate):
    hypers = {"learning_rate": learning_rate, **RULES[rule]}
    ours = stored_by_the_libraries(SGD(**hypers), surface.gradient, start, STEPS)
    assert_same_path(ours, library_path(surface.gradient, start, STEPS, **hypers))


def test_keras_stores_the_lookahead_point_not_the_position(keras):
    gradient, start, mu = Quadratic((1.0, 10.0), angle=0.5).gradient, [3.0, 1.0], 0.9
    theirs = keras_path(keras, gradient, start, 60, learning_rate=0.05, momentum=mu, nesterov=True)
    run = descend(SGD(0.05, mu, nesterov=True), gradient, start, 60)
    assert np.abs(run.positions - theirs).max() > 0.3
    np.testing.assert_allclose(theirs - mu * run.velocities, run.positions, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_real_keras_obeys_the_stability_limit(keras, rule):
    limit = stability_limit(RULES[rule].get("momentum", 0.0), RULES[rule].get("nesterov", False))
    curvatures = np.array([0.98, 1.02]) * limit
    hypers = {"learning_rate": 1.0, **RULES[rule]}
    below, above = np.abs(keras_path(keras, lambda w: curvatures * w, [1.0, 1.0], 500, **hypers)[-1])
    assert below < 1e-3
    assert above > 1e3
