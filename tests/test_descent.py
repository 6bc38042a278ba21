"""sgdlib.descent: many runs are the runs one by one, divergence is a result, and the laws every run obeys."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sgdlib import SGD, descend, steps_to_stay_within
from sgdlib.descent import DIVERGED
from sgdlib.surfaces import FlatQuartic, Quadratic, Rosenbrock, valley
from sgdlib.theory import rate, stability_limit

bowl = Quadratic((1.0, 10.0))
METHODS = {"plain": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


# ---------- shapes and broadcasting ----------


@pytest.mark.parametrize(
    ("rates", "momenta", "starts", "velocities", "runs"),
    [
        ((), (), (), None, ()),
        ((3,), (), (), None, (3,)),
        ((), (4,), (), None, (4,)),
        ((3, 1), (4,), (), None, (3, 4)),
        ((3, 1), (4,), (3, 4), None, (3, 4)),
        ((5, 1, 1), (3, 1), (4,), None, (5, 3, 4)),
        ((3, 1), (), (), (4,), (3, 4)),
        ((), (), (0,), None, (0,)),
    ],
)
@pytest.mark.parametrize("nesterov", [False, True])
def test_a_map_is_its_runs_one_by_one(rates, momenta, starts, velocities, runs, nesterov):
    rng = np.random.default_rng(1)
    eta, mu = rng.uniform(0.01, 0.3, rates), rng.uniform(0, 1, momenta)
    start = rng.normal(size=(*starts, 2))
    state = None if velocities is None else (rng.normal(size=(*velocities, 2)),)
    whole = descend(SGD(eta, mu, nesterov), bowl.gradient, start, 30, state=state, loss=bowl.value)
    assert whole.positions.shape == whole.velocities.shape == (31, *runs, 2)
    assert whole.losses.shape == (31, *runs)
    assert whole.diverged_at.shape == whole.diverged.shape == runs

    eta, mu = np.broadcast_to(eta, runs), np.broadcast_to(mu, runs)
    start = np.broadcast_to(start, (*runs, 2))
    velocity = np.zeros_like(start) if state is None else np.broadcast_to(state[0], (*runs, 2))
    for i in np.ndindex(runs):
        alone = descend(
            SGD(eta[i], mu[i], nesterov), bowl.gradient, start[i], 30, state=(velocity[i],), loss=bowl.value
        )
        np.testing.assert_array_equal(whole.positions[:, *i], alone.positions)
        np.testing.assert_array_equal(whole.velocities[:, *i], alone.velocities)
        np.testing.assert_array_equal(whole.losses[:, *i], alone.losses)


@each_method
def test_the_run_is_the_loop(method):
    optimizer, position, state = SGD(0.1, **method), np.array([3.0, -2.0]), (np.zeros(2),)
    run = descend(optimizer, bowl.gradient, position, 20, loss=bowl.value)
    for k in range(21):
        np.testing.assert_array_equal(run.positions[k], position)
        np.testing.assert_array_equal(run.velocities[k], state[0])
        assert run.losses[k] == bowl.value(position)
        position, state = optimizer.step(bowl.gradient, position, state)


@each_method
def test_without_path_the_end_is_the_same(method):
    args = SGD([0.05, 0.1, 0.4], **method), bowl.gradient, [1.0, 1.0], 100
    full, last = descend(*args, loss=bowl.value), descend(*args, loss=bowl.value, path=False)
    assert last.positions.shape == last.velocities.shape == (1, 3, 2)
    np.testing.assert_array_equal(last.positions[0], full.positions[-1])
    np.testing.assert_array_equal(last.velocities[0], full.velocities[-1])
    np.testing.assert_array_equal(last.losses, full.losses)
    np.testing.assert_array_equal(last.diverged_at, full.diverged_at)


def test_losses_only_on_demand():
    assert descend(SGD(), bowl.gradient, [1.0, 1.0], 3).losses is None


@each_method
def test_ten_steps_are_four_and_six(method):
    optimizer = SGD(0.1, **method)
    whole = descend(optimizer, bowl.gradient, [3.0, 1.0], 10)
    first = descend(optimizer, bowl.gradient, [3.0, 1.0], 4)
    second = descend(optimizer, bowl.gradient, first.positions[-1], 6, state=(first.velocities[-1],))
    np.testing.assert_array_equal(whole.positions, [*first.positions, *second.positions[1:]])
    np.testing.assert_array_equal(whole.velocities, [*first.velocities, *second.velocities[1:]])


@pytest.mark.parametrize("path", [True, False])
def test_no_steps_is_the_start(path):
    run = descend(SGD(), bowl.gradient, [1.0, 2.0], 0, state=([3.0, 4.0],), loss=bowl.value, path=path)
    assert run.positions.tolist() == [[1.0, 2.0]]
    assert run.velocities.tolist() == [[3.0, 4.0]]
    assert run.losses.tolist() == [20.5]
    assert not run.diverged


@pytest.mark.parametrize("kind", [list, iter])
def test_one_gradient_for_each_step(kind):
    slopes = [lambda x, k=k: np.full_like(x, k) for k in range(1, 5)]
    run = descend(SGD(1.0), kind(slopes), [0.0], 3)
    assert run.positions[:, 0].tolist() == [0.0, -1.0, -3.0, -6.0]


def test_the_arrays_it_is_given_stay_as_they_are():
    start, velocity = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    run = descend(SGD(0.1, 0.5), bowl.gradient, start, 3, state=(velocity,))
    run.positions[:] = run.velocities[:] = 0
    assert (start.tolist(), velocity.tolist()) == ([1.0, 2.0], [3.0, 4.0])


@each_method
@pytest.mark.parametrize("runs", [(), (3,), (40,), (3, 40)])
def test_a_float32_start_stays_float32(method, runs):
    start = np.random.default_rng(0).normal(size=(*runs, 20))
    short = descend(SGD(0.1, **method), lambda x: x, start.astype("float32"), 30, loss=lambda x: x.sum(-1))
    exact = descend(SGD(0.1, **method), lambda x: x, start, 30)
    assert {array.dtype for array in (short.positions, *short.states)} == {np.dtype("float32")}
    assert short.losses.dtype == exact.positions.dtype == float
    np.testing.assert_allclose(short.positions, exact.positions, rtol=1e-4, atol=1e-5)
    for other in ("float16", "int64"):
        assert descend(SGD(0.1, **method), lambda x: x, start.astype(other), 3).positions.dtype == float


def test_a_rule_that_computes_in_double_precision_ends_in_that_of_the_start():
    class Careless:
        def init(self, position):
            return (position,)

        def step(self, gradient, position, state):
            return position - np.float64(0.1) * gradient(position), state

    seen = []

    def gradient(x):
        seen.append(x.dtype)
        return x.astype(float)

    run = descend(Careless(), gradient, np.ones(3, "float32"), 3)
    assert {run.positions.dtype, *seen} == {np.dtype("float32")}


@pytest.mark.parametrize(("runs", "d"), [((50,), 3), ((3,), 50), ((), 50), ((0,), 3), ((3, 4), 12)])
def test_the_longer_of_runs_and_coordinates_is_side_by_side_in_memory(runs, d):
    """A gradient sees it so, at every step; the numbers are those of any other order."""
    seen = []

    def gradient(x):
        seen.append(x)
        return np.sin(x)

    start = np.random.default_rng(0).normal(size=(*runs, d))
    run = descend(SGD(0.1, 0.9), gradient, start, 3)
    side_by_side = np.prod(runs, dtype=int) > d
    assert all((np.moveaxis(x, -1, 0) if side_by_side else x).flags.c_contiguous for x in seen)
    x, v = start, 0.0
    for _ in range(3):
        v = 0.9 * v - 0.1 * np.sin(x)
        x = x + v
    np.testing.assert_array_equal(run.positions[-1], x)


# ---------- refusals ----------


@pytest.mark.parametrize("steps", [-1, 2.0, "3", None, True])
def test_steps_refused(steps):
    with pytest.raises(ValueError, match=r"^steps must be a whole number of at least 0, not "):
        descend(SGD(), bowl.gradient, [1.0, 1.0], steps)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (1.0, r"must have shape \(\.\.\., d\); write \[1.0\] for one dimension\.$"),
        ([np.nan], r"must hold finite numbers from -1e12 to 1e12\.$"),
        ([np.inf], r"must hold finite numbers from -1e12 to 1e12\.$"),
        ([-1.1 * DIVERGED], r"must hold finite numbers from -1e12 to 1e12\.$"),
        (["here"], r"must be an array of numbers, of shape \(\.\.\., d\), not \['here'\]\.$"),
        ([[1.0], [1.0, 2.0]], r"must be an array of numbers, of shape "),
    ],
)
def test_starts_refused(start, sentence):
    with pytest.raises(ValueError, match=f"^start {sentence}"):
        descend(SGD(), lambda x: x, start, 3)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ([0.0], r"^state must be a tuple of arrays, as \(velocity,\) is, not \[0\.0\]\.$"),
        (np.zeros(1), r"^state must be a tuple of arrays"),
        ((), r"^state must be like the rule's own, with shapes \(\(1,\)\), not \(\); only the axes"),
        ((0.0,), r"^state must be like the rule's own, with shapes \(\(1,\)\), not \(\(\)\); only the axes"),
        (([1.0, 2.0],), r"^state must be like the rule's own, with shapes \(\(1,\)\), not \(\(2,\)\); only"),
        (
            ([0.0], [0.0]),
            r"^state must be like the rule's own, with shapes \(\(1,\)\), not \(\(1,\), \(1,\)\)",
        ),
        (([np.nan],), r"^state must hold finite numbers\.$"),
        (([-np.inf],), r"^state must hold finite numbers\.$"),
        (("fast",), r"^state must be like the rule's own"),
        ((["fast"],), r"^state must hold finite numbers\.$"),
    ],
)
def test_states_refused(state, sentence):
    with pytest.raises(ValueError, match=sentence):
        descend(SGD(), lambda x: x, [1.0], 3, state=state)


def test_shapes_that_do_not_fit_refused():
    with pytest.raises(ValueError, match=r"^the positions \(3, 1\), of shape .* with learning_rate \(2,\)"):
        descend(SGD([0.1, 0.2]), lambda x: x, np.ones((3, 1)), 3)
    sentence = (
        r"^start \(3, 1\) and state \(\(2, 1\)\) must broadcast, all axes but the last, with the state of"
    )
    with pytest.raises(ValueError, match=sentence):
        descend(SGD(0.1), lambda x: x, np.ones((3, 1)), 3, state=(np.ones((2, 1)),))


def test_a_loss_of_another_shape_refused():
    with pytest.raises(
        ValueError, match=r"^the loss must have the shape of the runs, \(3,\), not \(3, 2\)\.$"
    ):
        descend(SGD(), bowl.gradient, np.ones((3, 2)), 3, loss=lambda x: x)


@pytest.mark.parametrize("gradient", [3.0, None])
def test_what_is_no_gradient_refused(gradient):
    with pytest.raises(TypeError, match=r"^gradient must be a function of the positions, or one for each"):
        descend(SGD(), gradient, [1.0], 3)


def test_too_few_gradients_refused():
    with pytest.raises(ValueError, match=r"^there are 2 gradients for 3 steps; give one for each step\.$"):
        descend(SGD(), [np.sin, np.cos], [1.0], 3)


# ---------- rules of other people ----------


def rule(init, step):
    return SimpleNamespace(init=init, step=step)


def plain(gradient, position, state):
    """Gradient descent, which remembers nothing."""
    return position - 0.1 * gradient(position), state


def counting(gradient, position, state):
    """A learning rate that falls with the steps that it has counted."""
    (count,) = state
    return position - 0.5 / (count + 1) * gradient(position), (count + 1,)


def polyak_step(gradient, position, state):
    """Momentum that remembers the last position in place of a velocity."""
    (last,) = state
    return position - 0.3 * gradient(position) + 0.9 * (position - last), (position,)


def swapping(gradient, position, state):
    """Two arrays that change places, neither of them new."""
    one, other = state
    return position - 0.3 * gradient(position), (other, one)


def test_a_rule_that_remembers_nothing():
    run = descend(rule(lambda position: (), plain), bowl.gradient, [[3.0, 1.0]], 20)
    np.testing.assert_array_equal(run.positions, descend(SGD(0.1), bowl.gradient, [[3.0, 1.0]], 20).positions)
    assert run.states == ()
    with pytest.raises(AttributeError, match=r"^there are no velocities: this rule keeps no state\.$"):
        run.velocities  # noqa: B018


@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (2,)])
def test_a_step_counter_of_any_shape(shape, kind):
    run = descend(
        rule(lambda position: (np.zeros(shape, kind),), counting), bowl.gradient, np.ones((3, 2)), 6
    )
    expected = np.cumprod([[1 - 0.5 / (k + 1) * c for c in bowl.curvatures] for k in range(6)], axis=0)
    np.testing.assert_allclose(run.positions[1:, 2], expected)
    (counted,) = run.states
    assert counted.dtype == kind
    assert counted.shape == (7, *((3, *shape[-1:]) if shape else ()))
    assert [set(row.ravel()) for row in counted] == [{k} for k in range(7)]


@pytest.mark.parametrize("shape", [(), (1,)])
def test_what_the_runs_share_goes_on_where_one_diverges(shape):
    grows = rule(lambda position: (np.zeros(shape),), lambda g, w, s: (w * g(w), (s[0] + 1,)))
    run = descend(grows, lambda w: np.array([[10.0], [0.5]]), np.ones((2, 1)), 20)
    assert run.diverged_at.tolist() == [13, -1]
    last = run.states[0][-1]
    assert last.tolist() == ([[12.0], [20.0]] if shape else 20.0)


@pytest.mark.parametrize("step", [polyak_step, swapping])
def test_a_diverging_run_keeps_its_state_and_leaves_the_others_alone(step):
    def init(position):
        return (position,) if step is polyak_step else (position, 2 * position)

    curvatures = np.array([[1.0], [50.0], [2.0]])
    whole = descend(rule(init, step), lambda w: curvatures * w, np.ones((3, 1)), 60)
    assert whole.diverged.tolist() == [False, True, False]
    for i in range(3):
        alone = descend(rule(init, step), lambda w, c=curvatures[i]: c * w, np.ones(1), 60)
        np.testing.assert_array_equal(whole.positions[:, i], alone.positions)
        for together, one in zip(whole.states, alone.states, strict=True):
            np.testing.assert_array_equal(together[:, i], one)


def test_read_only_arrays_of_a_rule_are_no_trouble():
    frozen = rule(lambda w: (np.zeros_like(w),), lambda g, w, s: (w - g(w), (np.broadcast_to(1.0, w.shape),)))
    run = descend(frozen, lambda w: np.array([[10.0], [3.0]]) * w, np.ones((2, 1)), 30)
    assert run.diverged.tolist() == [True, False]


@pytest.mark.parametrize(
    "wrong", [SGD, 3, "sgd", None, SimpleNamespace(init=lambda w: ()), SimpleNamespace(step=plain)]
)
def test_what_is_no_rule_refused(wrong):
    with pytest.raises(
        TypeError, match=r"^a rule is an object with init and step, such as SGD\(0\.1\), not "
    ):
        descend(wrong, lambda x: x, [1.0], 3)


@pytest.mark.parametrize(
    ("init", "step", "sentence"),
    [
        (np.zeros_like, plain, r"^the rule's init must return a tuple of arrays, as \(velocity,\) is, not "),
        (lambda w: (), lambda g, w, s: w, r"^the rule's step must return \(position, state\), not "),
        (lambda w: (), lambda g, w, s: (w, s, s), r"^the rule's step must return \(position, state\), not "),
        (
            lambda w: (),
            lambda g, w, s: (w, w),
            r"^the rule's step must return as its state a tuple of arrays",
        ),
        (
            lambda w: (),
            lambda g, w, s: (w, (w,)),
            r"^the rule's step must keep all shapes; .* \(\(2,\)\) became ",
        ),
        (
            lambda w: (w,),
            lambda g, w, s: (w, ()),
            r"^the rule's step must keep all shapes; .*\(2,\)\) became ",
        ),
        (
            lambda w: (),
            lambda g, w, s: (w[:1], s),
            r"^the rule's step must keep all shapes; .* \(\(1,\)\)\.$",
        ),
        (
            lambda w: (0,),
            lambda g, w, s: (w, (s[0] + 0.5,)),
            r"^the rule's step must not turn int64 .* float64\.$",
        ),
    ],
)
def test_rules_that_break_their_promise_refused(init, step, sentence):
    with pytest.raises(TypeError, match=sentence):
        descend(rule(init, step), lambda x: x, [1.0, 2.0], 3)


# ---------- divergence ----------


@each_method
@pytest.mark.parametrize("path", [True, False])
def test_divergence_is_a_quiet_result(method, path, capfd):
    rates = [0.01, 0.5, 0.05, 1e300]
    run = descend(SGD(rates, **method), bowl.gradient, [1.0, 1.0], 2000, loss=bowl.value, path=path)
    assert run.diverged.tolist() == [False, True, False, True]
    assert capfd.readouterr() == ("", "")
    for numbers in (run.positions, run.velocities, run.losses):
        assert np.isfinite(numbers).all()
    assert np.abs(run.positions).max() <= DIVERGED


@each_method
def test_diverged_at_names_the_step_and_the_run_stands_still_before_it(method):
    optimizer = SGD(0.5, **method)
    run = descend(optimizer, bowl.gradient, [1.0, 1.0], 2000)
    position, state, k = np.array([1.0, 1.0]), (np.zeros(2),), 0
    while np.abs(position).max() <= DIVERGED:
        last, last_state = position, state
        position, state = optimizer.step(bowl.gradient, position, state)
        k += 1
    assert run.diverged_at == k
    assert (run.positions[k:] == last).all()
    assert (run.velocities[k:] == last_state[0]).all()


def rosenbrock_in_fortran_order(position):
    return np.asfortranarray(Rosenbrock().gradient(position))


@each_method
@pytest.mark.parametrize("gradient", [Rosenbrock().gradient, rosenbrock_in_fortran_order])
def test_a_diverging_run_does_not_touch_its_neighbours(method, gradient):
    rates, starts = np.array([[1e-4], [0.1], [1e-3]]), np.array([[-1.0, 1.0], [1.2, 1.2]])
    run = descend(SGD(rates, **method), gradient, starts, 300)
    assert run.diverged.any(axis=1).tolist() == [False, True, False]
    for i, j in ((0, 0), (0, 1), (2, 0), (2, 1)):
        alone = descend(SGD(rates[i, 0], **method), gradient, starts[j], 300)
        np.testing.assert_array_equal(run.positions[:, i, j], alone.positions)


def test_a_gradient_that_is_not_a_number_is_divergence():
    def breaks_below_two(x):
        return np.where(x < 2.0, np.nan, 1.0)

    run = descend(SGD(1.0), breaks_below_two, [[4.0], [40.0]], 6)
    assert run.diverged_at.tolist() == [4, -1]
    assert run.positions[:, 0, 0].tolist() == [4.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0]


# ---------- memory ----------


def peak_memory(steps, **options):
    optimizer, start = SGD(np.full(1000, 0.01), 0.9), [1.0, 1.0]
    tracemalloc.start()
    descend(optimizer, bowl.gradient, start, steps, **options)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_steps_unless_the_path_is_kept():
    one_state, few = 1000 * 2 * 8, 10
    few_peak = peak_memory(few, path=False)
    assert peak_memory(20 * few, path=False) < few_peak + one_state
    losses = 20 * few * 1000 * 8
    assert peak_memory(20 * few, path=False, loss=bowl.value) < few_peak + losses + 4 * one_state
    assert peak_memory(20 * few) > 2 * 20 * few * one_state


# ---------- counting steps ----------


@given(
    arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3), st.just(2)), elements=st.floats(-2, 2)),
    st.floats(0.1, 2.0),
    st.sampled_from([None, [0.5, -0.5]]),
)
def test_steps_to_stay_within_against_a_plain_loop(positions, tolerance, target):
    def count(run):
        away = [np.linalg.norm(p - (0 if target is None else np.array(target))) for p in run]
        return next((k for k in range(len(away)) if all(a < tolerance for a in away[k:])), -1)

    expected = [count(positions[:, run]) for run in range(positions.shape[1])]
    assert steps_to_stay_within(positions, tolerance, target).tolist() == expected
    assert steps_to_stay_within(positions[:, 0], tolerance, target) == expected[0]


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan])
def test_tolerance_refused(tolerance):
    with pytest.raises(ValueError, match=r"^tolerance must be a finite number above 0, not "):
        steps_to_stay_within(np.zeros((3, 1)), tolerance)


@pytest.mark.parametrize(
    ("surface", "start", "optimizer", "tolerance", "steps"),
    [
        (Quadratic((1.0,)), [1.0], SGD(0.5), 1e-6, 20),
        (Quadratic((1.0,)), [1.0], SGD(0.5, 0.9), 1e-6, 260),
        (Quadratic((1.0,)), [1.0], SGD(0.5, 0.9, nesterov=True), 1e-6, 34),
        (FlatQuartic(), [1.0], SGD(0.05), 0.05, 3986),
        (FlatQuartic(), [1.0], SGD(0.05, 0.9), 0.05, 147),
        (FlatQuartic(), [1.0], SGD(0.05, 0.9, nesterov=True), 0.05, 357),
        (valley(), [-5.0, 2.0], SGD(0.05), 1e-6, 1535),
        (valley(), [-5.0, 2.0], SGD(0.05, 0.9), 1e-6, 295),
        (Quadratic((1.0, 100.0)), [1.0, 1.0], SGD(0.01), 1e-6, 1375),
        (Quadratic((1.0, 100.0)), [1.0, 1.0], SGD(0.01, 0.9), 1e-6, 266),
        (Quadratic((1.0, 100.0)), [1.0, 1.0], SGD(0.001, 0.9), 1e-6, 1246),
        (Quadratic((1.0, 100.0)), [1.0, 1.0], SGD(0.001, 0.9, nesterov=True), 1e-6, 1260),
    ],
)
def test_step_counts_computed_independently_for_the_course(surface, start, optimizer, tolerance, steps):
    run = descend(optimizer, surface.gradient, start, 2 * steps)
    assert steps_to_stay_within(run.positions, tolerance) == steps


# ---------- the laws every run obeys ----------

points = arrays(float, 2, elements=st.floats(-3, 3))
optimizers = st.builds(SGD, st.floats(1e-4, 0.12), st.floats(0, 1), st.booleans())


@given(st.floats(0, 0.4), points, st.booleans())
def test_momentum_zero_is_gradient_descent(learning_rate, start, nesterov):
    run = descend(SGD(learning_rate, 0.0, nesterov), bowl.gradient, start, 20)
    position = start
    for k in range(20):
        position = position - learning_rate * bowl.gradient(position)
        np.testing.assert_array_equal(run.positions[k + 1], position)


@given(optimizers, points, points)
def test_shifting_the_surface_shifts_the_path(optimizer, start, shift):
    run = descend(optimizer, bowl.gradient, start, 60)
    moved = descend(optimizer, Quadratic(bowl.curvatures, center=tuple(shift)).gradient, start + shift, 60)
    np.testing.assert_allclose(moved.positions, run.positions + shift, atol=1e-11)


@given(optimizers, points, st.floats(-np.pi, np.pi))
def test_rotating_the_surface_rotates_the_path(optimizer, start, angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    run = descend(optimizer, bowl.gradient, start, 60)
    turned = descend(optimizer, Quadratic(bowl.curvatures, angle=angle).gradient, turn @ start, 60)
    np.testing.assert_allclose(turned.positions, run.positions @ turn.T, atol=1e-11)


def polyak(a, momentum, start, steps):
    """x⁺ = x − a x + μ (x − x⁻) on f = ½x², for any μ, negative ones too."""
    path = [start, start]
    for _ in range(steps):
        path.append(path[-1] - a * path[-1] + momentum * (path[-1] - path[-2]))
    return np.array(path[1:])


@given(st.floats(0.01, 1.9), st.floats(0, 1), st.floats(-3, 3))
def test_momentum_is_polyaks_three_term_form(a, momentum, start):
    run = descend(SGD(a, momentum), lambda x: x, [start], 60)
    np.testing.assert_allclose(run.positions[:, 0], polyak(a, momentum, start, 60), atol=1e-11)


@given(st.floats(0, 1), st.floats(0.01, 0.999), st.floats(0.1, 50.0), st.floats(-3, 3))
def test_nesterov_is_momentum_with_less_of_it_where_it_is_steep(momentum, share, curvature, start):
    a = share * stability_limit(momentum, nesterov=True)
    run = descend(SGD(a / curvature, momentum, nesterov=True), lambda x: curvature * x, [start], 60)
    np.testing.assert_allclose(run.positions[:, 0], polyak(a, momentum * (1 - a), start, 60), atol=1e-10)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_rate_formula_predicts_the_measured_decay(nesterov):
    # 2000 settings at once. The size of each state (x, v) over 4000 steps; brought back to 1 now and then, lest it
    # leave the float range.
    rng = np.random.default_rng(6)
    momentum = np.r_[0.0, 0.5, 1.0, rng.random(1997)]
    a = rng.uniform(0.02, 1.3, 2000) * stability_limit(momentum, nesterov)
    expected = rate(a, momentum, nesterov)
    optimizer, growth = SGD(a, momentum, nesterov), 0.0
    position, velocity = np.full((2000, 1), 1.0), np.full((2000, 1), 0.3)
    for _ in range(400):
        run = descend(optimizer, lambda x: x, position, 10, state=(velocity,), path=False)
        size = np.hypot(run.positions[-1], run.velocities[-1])
        growth += np.log(size[:, 0])
        position, velocity = run.positions[-1] / size, run.velocities[-1] / size
    here = expected > 0.05
    assert here.mean() > 0.9
    np.testing.assert_allclose(np.exp(growth / 4000)[here], expected[here], atol=0.005)


class Careless:
    """A rule that writes into the position it was given."""

    def init(self, position):
        return ()

    def step(self, gradient, position, state):
        position -= 3.0 * gradient(position)
        return position, state


class Starting:
    """A rule whose first state is what it was told."""

    def __init__(self, *state):
        self.state = state

    def init(self, position):
        return self.state

    def step(self, gradient, position, state):
        return position - 0.1 * gradient(position), state


def test_a_rule_that_changes_its_arguments_is_told():
    with pytest.raises(TypeError, match=r"must return new arrays and leave the old ones as they are"):
        descend(Careless(), lambda x: x**3, [5.0], 9)


@pytest.mark.parametrize("state", [np.nan, "a", None])
def test_a_rule_whose_first_state_is_no_numbers_is_told(state):
    with pytest.raises(TypeError, match=r"^the rule's init must return finite numbers\.$"):
        descend(Starting(state), lambda x: x, [1.0], 1)


def test_a_ragged_state_is_told():
    with pytest.raises(ValueError, match=r"^state must be a tuple of arrays"):
        descend(Starting(np.zeros(1)), lambda x: x, [1.0], 1, state=([1, [2]],))


def test_a_state_of_another_kind_of_number_is_not_cut_off():
    with pytest.raises(ValueError, match=r"^state must hold the same kinds of number as the rule's own\.$"):
        descend(Starting(np.zeros((), int)), lambda x: x, [1.0], 1, state=(np.array(1.5),))


@pytest.mark.parametrize("gradient", [[1, 2], "ab"])
def test_what_is_no_gradient_is_told(gradient):
    with pytest.raises(TypeError, match=r"gradient must be a function of the positions, .*not (1|'ab')\.$"):
        descend(Starting(np.zeros(1)), gradient, [1.0], 1)
