"""sgdlib.theory: every formula against a simulation, and the best settings against their neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgdlib import SGD, descend, steps_to_stay_within, theory
from sgdlib.data import make_classification, noisy_gradient
from sgdlib.network import ACTIVATIONS, LOSSES, Dense, Network
from sgdlib.surfaces import Lessard, Quadratic, Slope

METHODS = {
    "gradient descent": {},
    "momentum .5": {"momentum": 0.5},
    "momentum .9": {"momentum": 0.9},
    "momentum .99": {"momentum": 0.99},
    "nesterov .5": {"momentum": 0.5, "nesterov": True},
    "nesterov .9": {"momentum": 0.9, "nesterov": True},
    "nesterov .99": {"momentum": 0.99, "nesterov": True},
}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
both = pytest.mark.parametrize("nesterov", [False, True], ids=["momentum", "nesterov"])


def one_direction(optimizer, steps, curvature=1.0, start=1.0, **options):
    return descend(optimizer, lambda x: curvature * x, [start], steps, **options)


def characteristic_roots(a, momentum, nesterov):
    if nesterov:
        momentum = momentum * (1 - a)
    return np.roots([1.0, -(1 + momentum - a), momentum])


# ---------- stability ----------


@pytest.mark.parametrize("curvature", [0.1, 1.0, 100.0])
@each_method
def test_runs_settle_below_the_limit_and_explode_above(method, curvature):
    limit = theory.stability_limit(**method) / curvature
    run = one_direction(SGD(np.array([0.98, 1.02]) * limit, **method), 5000, curvature, path=False)
    assert run.diverged.tolist() == [False, True]
    assert abs(run.positions[0, 0].item()) < 1e-6


@each_method
def test_below_the_limit_all_of_it_is_stable(method):
    a = np.linspace(1e-3, 0.999, 200) * theory.stability_limit(**method)
    assert (theory.rate(a, **method) < 1).all()


@pytest.mark.parametrize(
    ("method", "limit"),
    [({}, 2.0), ({"momentum": 0.9}, 3.8), ({"momentum": 0.9, "nesterov": True}, 1.357)],
)
def test_limits_as_the_course_prints_them(method, limit):
    assert theory.stability_limit(**method) == pytest.approx(limit, abs=5e-4)


def test_without_friction_momentum_never_settles_but_nesterov_does():
    never = one_direction(SGD(0.1, 1.0), 20_000).positions[-200:]
    assert 1.0 < np.abs(never).max() < 1.1
    assert np.abs(one_direction(SGD(0.1, 1.0, nesterov=True), 20_000, path=False).positions) < 1e-12


# ---------- sharpness ----------


def products(matrices):
    return lambda u: (matrices @ u[..., None])[..., 0]


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.sampled_from([*ACTIVATIONS]),
    st.sampled_from(LOSSES),
    st.integers(0, 99),
)
def test_sharpness_is_the_largest_eigenvalue_of_a_networks_hessian(widths, activation, loss, seed):
    """Of six networks at once, some of them where the largest curvature is below the size of the lowest."""
    rng = np.random.default_rng(seed)
    targets = rng.normal(size=(9, widths[-1])) if loss == "squares" else rng.integers(widths[-1], size=9)
    layers = tuple(Dense(units, activation) for units in widths)
    network = Network(layers, rng.normal(size=(9, 3)), targets, loss)
    w = rng.normal(size=(2, 3, network.d))
    eigenvalues = np.linalg.eigvalsh(network.hessian(w))
    measured = theory.sharpness(lambda u: network.hessian_vector_product(w, u), w.shape)
    assert measured.shape == (2, 3)
    size = np.abs(eigenvalues).max(-1)
    np.testing.assert_array_less(np.abs(measured - eigenvalues[..., -1]), 1e-6 * size + 1e-15)
    one = theory.sharpness(lambda u: network.hessian_vector_product(w[1, 2], u), w.shape[-1:])
    assert type(one) is float and one == pytest.approx(measured[1, 2], abs=1e-6 * size[1, 2] + 1e-15)


@pytest.mark.parametrize(
    "curvatures",
    [[0, 0, 0], [2, 2, 2], [-2, -2, -2], [-1, -50, -2], [5, 5, 1], [3], [1e-9, 2e-9], [1e9, -3e9]],
    ids=str,
)
def test_sharpness_of_bowls_that_end_the_iteration_early(curvatures):
    measured = theory.sharpness(lambda u: np.array(curvatures) * u, (len(curvatures),))
    assert measured == pytest.approx(max(curvatures), rel=1e-6, abs=1e-6 * max(map(abs, curvatures)))


def test_sharpness_of_many_bowls_some_done_long_before_others():
    rng = np.random.default_rng(0)
    spread = np.where(np.arange(4)[:, None] % 2, 1.0, rng.uniform(1, 100, (4, 60))) * [[1], [1], [-1], [-1]]
    measured = theory.sharpness(lambda u: spread * u, spread.shape)
    np.testing.assert_allclose(measured, spread.max(-1), rtol=1e-5)


def test_sharpness_says_when_it_has_not_converged():
    curvatures = np.linspace(1, 100, 150)
    calls = []

    def product(u):
        calls.append(u)
        return curvatures * u

    sentence = (
        r"^sharpness has not converged after 10 products: 9\d\.\d+ may be off by [\de-]+; "
        r"allow more with most=, or a larger tolerance=\.$"
    )
    with pytest.raises(RuntimeError, match=sentence):
        theory.sharpness(product, (150,), most=10)
    assert len(calls) == 10
    assert theory.sharpness(product, (150,), tolerance=0.1, most=10) == pytest.approx(100, rel=0.1)
    assert theory.sharpness(product, (150,)) == pytest.approx(100, rel=1e-6)
    with pytest.raises(RuntimeError, match=r"products: 9\d\.\d+ may be off by"):  # not of the one that has
        theory.sharpness(lambda u: np.stack([np.ones(150), curvatures]) * u, (2, 150), most=10)


@each_method
def test_a_run_settles_where_its_rate_times_the_sharpness_is_below_the_limit(method):
    bowl = Quadratic((1.0, 30.0, 7.0))
    sharpness = theory.sharpness(products(bowl.matrix), (3,))
    rates = np.array([0.98, 1.02]) * theory.stability_limit(**method) / sharpness
    run = descend(SGD(rates, **method), bowl.gradient, np.ones(3), 20_000, path=False)
    assert run.diverged.tolist() == [False, True]
    assert np.abs(run.positions[0, 0]).max() < 1e-6


# ---------- rates and damping ----------


@given(st.floats(-0.5, 5.0), st.floats(0, 1), st.booleans())
def test_rate_is_the_largest_root(a, momentum, nesterov):
    largest = np.abs(characteristic_roots(a, momentum, nesterov)).max()
    assert theory.rate(a, momentum, nesterov) == pytest.approx(largest, abs=1e-7)


@pytest.mark.parametrize(
    ("a", "method", "rate"),
    [
        (0.5, {}, 0.5),
        (1.5, {}, 0.5),
        (1.5, {"momentum": 0.9}, 0.949),
        (1.5, {"momentum": 0.9, "nesterov": True}, 1.297),
        (1.0, {"momentum": 0.9, "nesterov": True}, 0.0),
    ],
)
def test_rates_as_the_course_prints_them(a, method, rate):
    assert theory.rate(a, **method) == pytest.approx(rate, abs=5e-4)


@given(st.floats(0.05, 1.9), st.floats(0.0, 0.95), st.booleans())
def test_regime_says_what_the_run_does(a, momentum, nesterov):
    roots = characteristic_roots(a, momentum, nesterov)
    word = theory.regime(a, momentum, nesterov)
    swings, size, slow = roots.imag.any(), np.abs(roots).max(), roots.real[np.abs(roots).argmax()]
    near_a_border = min(abs(size - 1), abs(roots[0] - roots[1])) < 1e-5
    expected = (
        "diverges" if size > 1 else "underdamped" if swings else "overdamped" if slow > 0 else "zig-zag"
    )
    assert near_a_border or word == expected


@pytest.mark.parametrize(
    ("a", "momentum", "nesterov", "word"),
    [
        (2.0, 0.0, False, "marginal"),
        (0.0, 0.5, False, "marginal"),
        (0.25, 0.25, False, "critically damped"),
        (0.25, 1 / 3, True, "critically damped"),
        (-0.1, 0.0, False, "diverges"),
        (1.0, 0.0, False, "critically damped"),
        (2.25, 0.25, False, "zig-zag"),  # both roots are −½
        (3.9, 1.0, False, "marginal"),
        (4.0, 1.0, False, "diverges"),  # |x| = 2k + 1
    ],
)
def test_regime_on_the_borders(a, momentum, nesterov, word):
    assert theory.regime(a, momentum, nesterov) == word


@both
@pytest.mark.parametrize(
    ("a", "plain", "lookahead"), [(0.01, 0.81, 0.8182), (0.25, 0.25, 0.3333), (1.0, 0.0, 0.0)]
)
def test_critical_momentum_is_the_fastest_and_the_last_that_does_not_swing(a, plain, lookahead, nesterov):
    critical = theory.critical_momentum(a, nesterov)
    assert critical == pytest.approx(lookahead if nesterov else plain, abs=5e-5)
    best = theory.rate(a, critical, nesterov)
    assert best == pytest.approx(1 - np.sqrt(a), abs=1e-7)
    assert (theory.rate(a, np.linspace(0, 1, 101), nesterov) >= best - 1e-7).all()
    if a < 1:
        run = one_direction(SGD(a, [critical - 0.01, critical, critical + 0.02], nesterov), 400)
        assert (run.positions.min(axis=0).ravel() < 0).tolist() == [False, False, True]


@given(st.floats(0.01, 1.0), st.floats(0, 1))
def test_effective_momentum_turns_nesterov_into_momentum(a, momentum):
    lookahead = one_direction(SGD(a, momentum, nesterov=True), 50)
    plain = one_direction(SGD(a, theory.effective_momentum(a, momentum)), 50)
    np.testing.assert_allclose(lookahead.positions, plain.positions, atol=1e-12)


# ---------- the best settings ----------

TUNED = {"gradient descent": (0.9802, 709), "momentum": (0.8182, 95), "nesterov": (0.8847, 136)}
NESTEROV_STANDARD = {"nesterov standard": (0.9, 158)}


@pytest.mark.parametrize(
    ("name", "promise"), (TUNED | NESTEROV_STANDARD).items(), ids=TUNED | NESTEROV_STANDARD
)
def test_tuned_runs_keep_their_promise(name, promise):
    optimizer, rate = theory.best_tuning(name, 1.0, 100.0)
    assert rate == pytest.approx(promise[0], abs=5e-5)
    worst = theory.rate(
        optimizer.learning_rate * np.linspace(1, 100, 500), optimizer.momentum, optimizer.nesterov
    )
    assert worst.max() == pytest.approx(rate, abs=1e-6)
    run = descend(optimizer, Quadratic((1.0, 100.0)).gradient, [1.0, 1.0], 1500)
    assert steps_to_stay_within(run.positions) == promise[1]


@pytest.mark.parametrize("name", TUNED)
@pytest.mark.parametrize(("smallest", "largest"), [(1.0, 100.0), (0.2, 4.0), (3.0, 3.5)])
def test_no_neighbour_is_faster(name, smallest, largest):
    optimizer, rate = theory.best_tuning(name, smallest, largest)
    learning_rates = optimizer.learning_rate * np.linspace(0.5, 1.5, 101)[:, None]
    momenta = [0.0] if name == "gradient descent" else np.linspace(0, 1, 201)
    rates = [theory.rate(learning_rates * end, momenta, optimizer.nesterov) for end in (smallest, largest)]
    assert np.max(rates, axis=0).min() >= rate - 1e-6


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("smallest", "largest"), [(1.0, 100.0), (1.0, 5000.0), (3.0, 3.5)])
def test_no_other_learning_rate_is_faster_with_a_momentum(momentum, smallest, largest):
    best = theory.best_learning_rate(smallest, largest, momentum)
    tried = np.append(best, np.linspace(0.01, 4.1, 4000) / largest)
    worst = np.max([theory.rate(tried * end, momentum) for end in (smallest, largest)], axis=0)
    assert worst[0] <= worst.min() + 1e-12


@pytest.mark.parametrize("momentum", [0.01, 0.5, 0.9, 0.99])
def test_a_momentum_is_the_best_for_its_condition_number_and_beats_none_from_the_root_of_it(momentum):
    kappa = theory.best_condition_number(momentum)
    assert theory.best_tuning("momentum", 1.0, kappa).optimizer.momentum == pytest.approx(momentum, rel=1e-9)
    for condition, ahead in ((0.99 * np.sqrt(kappa), False), (1.01 * np.sqrt(kappa), True), (kappa, True)):
        mine, plain = (
            theory.rate(theory.best_learning_rate(1.0, condition, mu), mu) for mu in (momentum, 0.0)
        )
        assert (mine < plain) is ahead


def test_standard_nesterov_has_the_best_momentum_for_its_learning_rate():
    optimizer, rate = theory.best_tuning("nesterov standard", 1.0, 100.0)
    momenta = np.linspace(0, 1, 1001)
    rates = [theory.rate(optimizer.learning_rate * end, momenta, nesterov=True) for end in (1.0, 100.0)]
    assert np.max(rates, axis=0).min() >= rate - 1e-6


@given(st.floats(0.1, 0.95))
def test_steps_to_shrink_counts_the_steps(rate):
    run = one_direction(SGD(1 - rate), 400)
    assert abs(steps_to_stay_within(run.positions, 1e-6) - theory.steps_to_shrink(rate, 1e-6)) <= 1


def test_a_rate_of_1_or_more_never_gets_there():
    assert theory.steps_to_shrink([1.0, 1.5, 0.0]).tolist() == [np.inf, np.inf, 0.0]


# ---------- noise ----------


@pytest.mark.parametrize("curvature", [1.0, 4.0])
@pytest.mark.parametrize(
    ("method", "printed"),
    [({}, 0.0526), ({"momentum": 0.9}, 0.514), ({"momentum": 0.9, "nesterov": True}, 0.271)],
)
def test_noise_holds_runs_at_the_predicted_variance(method, printed, curvature):
    learning_rate, sigma, batch_size = 0.1, 2.0, 4
    s = sigma**2 / batch_size
    assert theory.noise_variance(0.1, 1.0, **method) == pytest.approx(printed, rel=2e-3)

    noisy = noisy_gradient(lambda x: curvature * x, np.random.default_rng(0), sigma, batch_size)
    run = descend(SGD(learning_rate, **method), noisy, np.zeros((20_000, 1)), 250, path=False)
    predicted = theory.noise_variance(learning_rate, curvature, **method, gradient_variance=s)
    assert run.positions.var() == pytest.approx(predicted, rel=0.04)
    loss = 0.5 * curvature * run.positions**2
    assert loss.mean() == pytest.approx(
        theory.noise_floor(learning_rate, curvature, **method, gradient_variance=s), rel=0.04
    )


@each_method
def test_noise_is_without_bound_where_runs_do_not_settle(method):
    limit = theory.stability_limit(**method)
    variances = theory.noise_variance(np.array([0.999, 1.0, 1.1]) * limit, 1.0, **method)
    assert np.isfinite(variances).tolist() == [True, False, False]


@pytest.mark.parametrize(("a", "updates"), [(0.02, 32), (0.3, 10), (1.4, 7)])
def test_errors_that_add_up_to_nothing_leave_the_predicted_share(a, updates):
    """Fresh noise every epoch, less its mean over the epoch, as shuffling has it, from a start at rest."""
    rng, runs = np.random.default_rng(5), 20_000
    w, epochs = np.zeros(runs), 2 + int(4 / (a * updates))
    for _ in range(epochs):
        errors = rng.normal(size=(updates, runs))
        errors -= errors.mean(0)
        shares = []
        for error in errors:
            w = w - a * (w + error)
            shares.append(w.var() / theory.noise_variance(a, 1.0))
    np.testing.assert_allclose(
        shares, theory.shuffled_share(np.arange(1, updates + 1), a, updates), rtol=0.06
    )


def test_momentum_multiplies_noise_by_1_over_its_friction_at_the_same_rate_not_at_the_same_effective_one():
    momentum = theory.noise_variance(0.01, 1.0, 0.9)
    assert momentum / theory.noise_variance(0.01, 1.0) == pytest.approx(9.98, abs=0.01)
    assert theory.noise_variance(0.1, 1.0) / momentum == pytest.approx(1.05, abs=0.001)


# ---------- memory ----------


def echoes(momentum, steps=4000):
    """What one push at the first step is worth in the velocity, step after step."""
    push, coast = np.ones_like, np.zeros_like
    run = descend(SGD(1.0, momentum), [push] + [coast] * (steps - 1), [0.0], steps)
    return -run.velocities[1:, 0], -run.positions[-1, 0]


@pytest.mark.parametrize(
    ("momentum", "half_life", "window"), [(0.5, 1.0, 3.0), (0.9, 6.58, 19.0), (0.99, 68.97, 199.0)]
)
def test_memory_of_one_push(momentum, half_life, window):
    weights, distance = echoes(momentum)
    age = np.arange(len(weights))
    assert theory.half_life(momentum) == pytest.approx(half_life, abs=5e-3)
    k = int(theory.half_life(momentum))
    assert weights[k] >= 0.5 * (1 - 1e-12) and weights[k + 1] < 0.5
    assert theory.mean_age(momentum) == pytest.approx((age * weights).sum() / weights.sum())
    assert theory.variance_window(momentum) == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert theory.variance_window(momentum) == pytest.approx(window)
    assert theory.effective_learning_rate(1.0, momentum) == pytest.approx(distance)


def test_a_velocity_averages_noise_like_its_window():
    noise = np.random.default_rng(0).normal(size=(400, 20_000, 1))
    run = descend(SGD(0.1, 0.9), [lambda x, g=g: g for g in noise], np.zeros((20_000, 1)), 400, path=False)
    averaged = run.velocities / theory.effective_learning_rate(0.1, 0.9)
    assert 1 / averaged.var() == pytest.approx(theory.variance_window(0.9), rel=0.04)


@both
@given(st.floats(0, 1), st.floats(0.001, 2.0), st.floats(-5, 5))
def test_speed_on_a_slope(nesterov, momentum, learning_rate, steepness):
    run = descend(SGD(learning_rate, momentum, nesterov), Slope((steepness,)).gradient, [0.0], 45)
    predicted = theory.speed_on_slope(np.arange(46), learning_rate, momentum, steepness)
    np.testing.assert_allclose(np.abs(run.velocities[:, 0]), predicted, rtol=1e-10, atol=1e-12)
    assert (predicted <= theory.terminal_speed(learning_rate, momentum, steepness) * (1 + 1e-12)).all()


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
def test_terminal_speed_is_reached(momentum):
    run = descend(SGD(0.1, momentum), Slope((-2.0,)).gradient, [0.0], 5000, path=False)
    assert run.velocities.item() == pytest.approx(theory.terminal_speed(0.1, momentum, -2.0))


def test_without_friction_there_is_no_terminal_speed_unless_it_is_flat():
    assert theory.terminal_speed(0.1, 1.0, [2.0, 0.0]).tolist() == [np.inf, 0.0]


# ---------- the ball in time ----------


def second_differences(motion, t, h=1e-3):
    before, now, after = motion(t - h), motion(t), motion(t + h)
    return now, (after - before) / (2 * h), (after - 2 * now + before) / h**2


@given(st.floats(0.1, 5.0), st.floats(0.0, 6.0), st.floats(-2, 2))
def test_damped_motion_solves_its_equation(curvature, friction, start):
    t = np.linspace(0.01, 10, 40)
    x, speed, acceleration = second_differences(
        lambda t: theory.damped_motion(t, curvature, friction, start), t
    )
    np.testing.assert_allclose(acceleration + friction * speed + curvature * x, 0.0, atol=1e-4)
    x, speed, _ = second_differences(
        lambda t: theory.damped_motion(t, curvature, friction, start), 1e-5, h=1e-5
    )
    assert x == pytest.approx(start)
    assert speed == pytest.approx(0.0, abs=1e-3)


def test_damped_motion_with_strong_friction_creeps():
    # x ≈ e^(−λt/c): the fast root has died out, and e^(ct/2) would not fit into a float
    assert theory.damped_motion(100.0, curvature=1.0, friction=100.0) == pytest.approx(np.exp(-1), rel=1e-3)


def test_critical_friction_is_the_least_that_does_not_swing():
    t = np.linspace(0, 60, 6001)
    lowest = [theory.damped_motion(t, 4.0, c).min() for c in (3.6, 4.0, 4.4)]
    assert [low < 0 for low in lowest] == [True, False, False]


@pytest.mark.parametrize(("learning_rate", "error"), [(1e-2, 0.0414), (1e-3, 0.0130), (1e-4, 0.0041)])
def test_momentum_follows_the_ball_with_an_error_like_the_root_of_the_rate(learning_rate, error):
    step, curvature, c = np.sqrt(learning_rate), 1.0, 1.0
    run = one_direction(SGD(learning_rate, 1 - c * step), round(10 / step), curvature)
    ball = theory.damped_motion(step * np.arange(len(run.positions)), curvature, c)
    assert np.abs(run.positions[:, 0] - ball).max() == pytest.approx(error, rel=0.02)
    assert theory.friction(learning_rate, 1 - c * step) == pytest.approx(c)


@given(st.floats(0.01, 5.0), st.floats(0.0, 5.0), st.floats(0.01, 0.3))
def test_with_mass_moves_the_ball_by_newtons_law(mass, damping, time_step):
    x = one_direction(theory.with_mass(mass, damping, time_step), 10).positions[:, 0]
    acceleration = (x[2:] - 2 * x[1:-1] + x[:-2]) / time_step**2
    speed = (x[2:] - x[1:-1]) / time_step
    scale = np.abs(x).max() / time_step**2
    np.testing.assert_allclose(mass * acceleration + damping * speed + x[1:-1], 0.0, atol=1e-11 * scale)


def test_with_mass_keeps_tiny_learning_rates():
    assert theory.with_mass(1.0, 1.0, 1e-8).learning_rate == pytest.approx(1e-16)


# ---------- Nesterov's flow ----------

J1 = {0.5: 0.2422684577, 1.0: 0.4400505857, 2.0: 0.5767248078, 5.0: -0.3275791376, 20.0: 0.0668331242}


@pytest.mark.parametrize(("s", "bessel"), J1.items())
@pytest.mark.parametrize("curvature", [1.0, 9.0])
def test_nesterov_flow_is_bessels_function(s, bessel, curvature):
    x = theory.nesterov_flow(s / np.sqrt(curvature), curvature, start=3.0)
    assert x == pytest.approx(3.0 * 2 * bessel / s, abs=1e-9)


def test_nesterov_flow_is_the_same_for_one_time_and_for_many():
    times = np.linspace(0, 300, 7)
    one_by_one = [theory.nesterov_flow(t) for t in times]
    np.testing.assert_allclose(theory.nesterov_flow(times), one_by_one, atol=1e-14)


@given(st.floats(0.2, 5.0), st.floats(-2, 2))
def test_nesterov_flow_solves_its_equation(curvature, start):
    t = np.linspace(0.1, 15, 40)
    x, speed, acceleration = second_differences(lambda t: theory.nesterov_flow(t, curvature, start), t)
    np.testing.assert_allclose(acceleration + 3 / t * speed + curvature * x, 0.0, atol=1e-4)
    assert theory.nesterov_flow(0.0, curvature, start) == start


def growing_momentum(gradient, start, learning_rate, steps):
    """Nesterov's method with μ = (k − 1)/(k + 2) after k steps, by single steps."""
    position, state = np.array(start, dtype=float), (np.zeros(len(start)),)
    path = [position]
    for k in range(steps):
        optimizer = SGD(learning_rate, max(k - 1, 0) / (k + 2), nesterov=True)
        position, state = optimizer.step(gradient, position, state)
        path.append(position)
    return np.stack(path)


def test_growing_momentum_follows_the_flow_ever_closer():
    errors = []
    for learning_rate in (1e-2, 1e-3, 1e-4):
        step = np.sqrt(learning_rate)
        path = growing_momentum(lambda x: 4.0 * x, [1.0], learning_rate, round(8 / step))[:, 0]
        errors.append(np.abs(path - theory.nesterov_flow(step * np.arange(len(path)), 4.0)).max())
    assert errors[2] < 0.02
    assert np.array(errors[1:]) / errors[:-1] == pytest.approx(np.sqrt(0.1), abs=0.1)


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_growing_momentum_keeps_nesterovs_promise(share):
    problem = make_classification(np.random.default_rng(0), samples=200, d=2, penalty=0.0)
    largest = np.linalg.eigvalsh(problem.features.T @ problem.features / 200).max() / 4
    best = growing_momentum(problem.gradient, [0.0, 0.0], 1 / largest, 5000)[-1]
    learning_rate = share / largest
    path = growing_momentum(problem.gradient, [-3.0, 4.0], learning_rate, 300)
    excess = problem.value(path) - problem.value(best)
    distance = np.linalg.norm(path[0] - best)
    assert (excess[1:] <= theory.nesterov_bound(np.arange(1, 301), learning_rate, distance)).all()


def test_nesterov_bound_is_nearly_reached_on_a_gentle_bowl():
    # f = ½λx² with a tiny λ is the hard case: the bound must not be generous by orders of magnitude.
    steps, learning_rate = np.arange(1, 2001), 1.0
    worst = max(
        (
            0.5
            * lam
            * growing_momentum(lambda x, lam=lam: lam * x, [1.0], 1.0, 2000)[1:, 0] ** 2
            / theory.nesterov_bound(steps, learning_rate, 1.0)
        ).max()
        for lam in (1e-1, 1e-3, 1e-5)
    )
    assert 0.2 < worst <= 1


# ---------- where momentum fails ----------


def test_momentum_runs_in_lessards_circle():
    optimizer, _ = theory.best_tuning("momentum", 1.0, 25.0)
    assert (optimizer.learning_rate, optimizer.momentum) == pytest.approx((1 / 9, 4 / 9))
    run = descend(SGD(1 / 9, 4 / 9), Lessard().gradient, np.linspace(3.07, 3.46, 40)[:, None], 3000)
    np.testing.assert_allclose(
        np.sort(run.positions[-3:, :, 0], axis=0).T,
        np.tile(np.sort(theory.lessard_cycle()), (40, 1)),
        atol=1e-9,
    )


def test_lessards_circle_closes():
    x = theory.lessard_cycle()
    for k in range(3):
        before, now, after = x[k - 2], x[k - 1], x[k]
        moved = now - Lessard().gradient(now[None]).item() / 9 + 4 / 9 * (now - before)
        assert moved == pytest.approx(after)


@pytest.mark.parametrize("optimizer", [SGD(1 / 25), SGD(1 / 25, 2 / 3, nesterov=True)])
def test_gradient_descent_and_nesterov_get_out_of_it(optimizer):
    run = descend(optimizer, Lessard().gradient, np.linspace(3.07, 3.46, 40)[:, None], 3000, path=False)
    assert np.abs(run.positions).max() < 1e-9


# ---------- arguments ----------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: theory.stability_limit(1.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.rate(0.1, -0.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.rate(0.1, np.nan), "momentum must be a number from 0 to 1"),
        (
            lambda: theory.sharpness(lambda u: u, (3,), tolerance=0.0),
            "tolerance must be a finite number above 0, not 0",
        ),
        (lambda: theory.sharpness(lambda u: u, (3,), most=0), "most must be a whole number of at least 1"),
        (
            lambda: theory.sharpness(lambda u: u[:2], (3,)),
            r"the products must have the shape of the vectors, \(3,\), not \(2,\)",
        ),
        (lambda: theory.sharpness(lambda u: u * np.inf, (3,)), "the products must be finite numbers"),
        (lambda: theory.sharpness(lambda u: u, ()), "shape must be that of a position"),
        (lambda: theory.sharpness(lambda u: u, 3), "shape must be that of a position"),
        (lambda: theory.effective_momentum(0.1, 2), "momentum must be a number from 0 to 1"),
        (lambda: theory.regime(0.1, 2), "momentum must be a number from 0 to 1"),
        (lambda: theory.critical_momentum(0.0), "a must be a finite number above 0"),
        (lambda: theory.critical_momentum(1.1), "critical damping needs 0 < a <= 1"),
        (
            lambda: theory.best_tuning("Adam", 1, 2),
            'method must be "gradient descent", "momentum", "nesterov"',
        ),
        (lambda: theory.best_tuning("momentum", 2, 1), "the curvatures must satisfy 0 < smallest <= largest"),
        (lambda: theory.best_tuning("momentum", 0, 1), "smallest must be a finite number above 0"),
        (lambda: theory.best_learning_rate(2, 1), "the curvatures must satisfy 0 < smallest <= largest"),
        (lambda: theory.best_learning_rate(1, 2, 1.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.best_condition_number(1.0), "momentum must be a number from 0 to below 1"),
        (lambda: theory.steps_to_shrink(0.5, 1.0), "factor must be a number between 0 and 1, both excluded"),
        (lambda: theory.steps_to_shrink(-0.5), "rate must be a number of at least 0"),
        (
            lambda: theory.noise_variance(0.0, 1.0),
            "learning_rate must be a finite number above 0",
        ),
        (
            lambda: theory.noise_floor(0.1, -1.0),
            "curvature must be a finite number above 0",
        ),
        (
            lambda: theory.shuffled_share(0, 2.0, 3),
            "a must be a number between 0 and 2, both excluded",
        ),
        (
            lambda: theory.shuffled_share(0, 0.1, 0),
            "updates must be a finite number of at least 1",
        ),
        (lambda: theory.effective_learning_rate(0.1, 1.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.terminal_speed(0.1, 1.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.speed_on_slope(3, 0.1, -0.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.speed_after_change(3, 0.1, 1.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.noisy_losses([0.1], -0.1), "momentum must be a number from 0 to 1"),
        (lambda: theory.half_life(0.0), "momentum must be a number between 0 and 1, both excluded"),
        (lambda: theory.mean_age(1.0), "momentum must be a number between 0 and 1, both excluded"),
        (lambda: theory.variance_window(1.0), "momentum must be a number between 0 and 1, both excluded"),
        (lambda: theory.friction(0.0, 0.9), "learning_rate must be a finite number above 0"),
        (lambda: theory.friction(0.1, 1.9), "momentum must be a number from 0 to 1"),
        (lambda: theory.with_mass(0.0, 0.0, 0.1), "mass and damping must not both be 0"),
        (lambda: theory.with_mass(1.0, 1.0, 0.0), "time_step must be a number above 0"),
        (lambda: theory.damped_motion(1.0, 0.0, 1.0), "curvature must be a number above 0"),
        (lambda: theory.nesterov_flow(1.0, 0.0), "curvature must be a number above 0"),
        (lambda: theory.nesterov_bound(1, 0.0, 1.0), "learning_rate must be a finite number above 0"),
    ],
)
def test_impossible_arguments_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=rf"^{sentence}[^.]*(\.\d[^.]*)*\.$"):
        call()


def test_a_changed_learning_rate_is_that_of_the_rule():
    """Full speed on a slope of 1, and then another learning rate, in one run of the rule itself."""
    for mu, factor in [(0.0, 0.1), (0.5, 3.0), (0.9, 0.1), (0.99, 0.0)]:
        full = theory.terminal_speed(1.0, mu)
        run = descend(SGD(factor, mu), np.ones_like, [0.0], 60, state=(np.array([-full]),))
        predicted = theory.speed_after_change(np.arange(61), factor, mu)
        assert np.allclose(-run.velocities[:, 0] / full, predicted, rtol=1e-12, atol=1e-12)


def test_noisy_losses_are_the_means_of_many_runs():
    """20,000 runs at once, with a cosine, with momentum, and with a velocity that is lost on the way."""
    rng = np.random.default_rng(0)
    rates = 0.15 * (1 + np.cos(np.pi * np.arange(80) / 80))
    for mu, at_rest in [(0.0, None), (0.9, None), (0.9, 40)]:
        w, v = np.full(20_000, 3.0), np.zeros(20_000)
        seen = [0.5 * np.mean(w**2)]
        for k, eta in enumerate(rates):
            v = mu * (0 if k == at_rest else v) - eta * (w + rng.normal(size=w.size))
            w = w + v
            seen.append(0.5 * np.mean(w**2))
        assert np.allclose(seen, theory.noisy_losses(rates, mu, 3.0, at_rest), rtol=0.08)


def test_numbers_give_numbers_and_arrays_broadcast():
    assert type(theory.rate(0.1, 0.9)) is float
    assert type(theory.regime(0.1, 0.9)) is str
    a, momentum = np.linspace(0.1, 1, 3)[:, None], np.linspace(0, 1, 4)
    for formula in (theory.rate, theory.regime, theory.effective_momentum):
        table = formula(a, momentum)
        assert table.shape == (3, 4)
        assert table[1, 2] == formula(a[1, 0], momentum[2])
