"""sgdlib.data: gradients of averages, batches that see every row, and the noise that sampling makes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgdlib import SGD, descend
from sgdlib.data import (
    LinearRegression,
    LogisticRegression,
    batch_gradients,
    make_classification,
    make_regression,
    noisy_gradient,
    random_batches,
    shuffled_batches,
)

PROBLEMS = {
    "linear": make_regression(np.random.default_rng(0), samples=60, d=3),
    "logistic": make_classification(np.random.default_rng(0), samples=60, d=3, penalty=0.1),
}
each_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
POSITIONS = np.random.default_rng(1).normal(size=(2, 4, 3))


# ---------- the problems ----------


def differences(function, position, h=1e-6):
    steps = h * np.eye(position.shape[-1])
    return np.stack([(function(position + e) - function(position - e)) / (2 * h) for e in steps], -1)


@each_problem
def test_gradient_is_the_slope_of_the_value(problem):
    expected = differences(problem.value, POSITIONS)
    np.testing.assert_allclose(problem.gradient(POSITIONS), expected, rtol=1e-6, atol=1e-8)


def test_hessians_are_the_slopes_of_the_gradients():
    for problem, hessian in (
        (PROBLEMS["linear"], PROBLEMS["linear"].hessian),
        (PROBLEMS["logistic"], PROBLEMS["logistic"].hessian(POSITIONS[0, 0])),
    ):
        expected = differences(problem.gradient, POSITIONS[0, 0])
        np.testing.assert_allclose(hessian, expected, rtol=1e-6, atol=1e-8)


@each_problem
def test_many_positions_are_the_positions_one_by_one(problem):
    rows = np.array([3, 1, 3])
    assert problem.value(POSITIONS).shape == (2, 4)
    for i in np.ndindex(2, 4):
        np.testing.assert_allclose(problem.value(POSITIONS)[i], problem.value(POSITIONS[i]))
        np.testing.assert_allclose(problem.gradient(POSITIONS)[i], problem.gradient(POSITIONS[i]))
        np.testing.assert_allclose(
            problem.gradient(POSITIONS, rows)[i], problem.gradient(POSITIONS[i], rows), atol=1e-14
        )


@each_problem
def test_batch_gradient_is_the_mean_over_its_rows(problem):
    position, rows = POSITIONS[0, 0], [5, 0, 7, 7]
    one_by_one = [problem.gradient(position, [row]) for row in rows]
    np.testing.assert_allclose(problem.gradient(position, rows), np.mean(one_by_one, axis=0))
    every_row = [problem.gradient(position, [row]) for row in range(60)]
    np.testing.assert_allclose(problem.gradient(position), np.mean(every_row, axis=0))


@each_problem
def test_every_run_may_have_a_batch_of_its_own(problem):
    batches = random_batches(np.random.default_rng(2), samples=60, batch_size=5, updates=4)
    together = problem.gradient(POSITIONS, batches)
    for i, j in np.ndindex(2, 4):
        np.testing.assert_allclose(together[i, j], problem.gradient(POSITIONS[i, j], batches[j]), atol=1e-14)


def test_linear_minimum_is_flat():
    problem = PROBLEMS["linear"]
    np.testing.assert_allclose(problem.gradient(problem.minimum), 0.0, atol=1e-13)


def test_logistic_loss_and_gradient_survive_huge_scores():
    problem = LogisticRegression(np.array([[1.0], [-1.0]]), np.array([1, 0]))
    assert problem.value(np.array([-1e6])) == pytest.approx(1e6)
    assert problem.value(np.array([1e6])) == 0.0
    assert problem.gradient(np.array([[-1e6], [1e6]])).ravel().tolist() == [-1.0, 0.0]


def test_made_data_follow_their_model():
    linear = make_regression(np.random.default_rng(3), samples=20_000, d=2, noise=0.5)
    assert np.std(linear.targets - linear.features @ linear.minimum) == pytest.approx(0.5, rel=0.02)
    exact = make_regression(np.random.default_rng(3), samples=10, d=2, noise=0.0)
    assert exact.value(exact.minimum) == pytest.approx(0.0, abs=1e-25)

    logistic = make_classification(np.random.default_rng(3), samples=20_000, d=2, penalty=0.0)
    again = np.random.default_rng(3)
    again.normal(size=(20_000, 2))
    # At the true weights the mean slope is zero up to the noise of 20,000 draws.
    np.testing.assert_allclose(logistic.gradient(2.0 * again.normal(size=2)), 0.0, atol=0.01)


@pytest.mark.parametrize("make", [make_regression, make_classification])
def test_made_data_are_seeded(make):
    one, same, other = (make(np.random.default_rng(seed), samples=20, d=2) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.features, same.features)
    np.testing.assert_array_equal(one.targets, same.targets)
    assert not np.array_equal(one.features, other.features)


# ---------- batches ----------


@given(
    samples=st.integers(1, 50),
    batch_size=st.integers(1, 60),
    epochs=st.integers(1, 4),
    seed=st.integers(0, 9),
)
def test_shuffled_batches_see_every_row_once_an_epoch(samples, batch_size, epochs, seed):
    batches = shuffled_batches(np.random.default_rng(seed), samples, batch_size, epochs)
    updates = -(-samples // batch_size)
    assert len(batches) == updates * epochs
    for first in range(0, len(batches), updates):
        epoch = batches[first : first + updates]
        assert [len(rows) for rows in epoch[:-1]] == [batch_size] * (updates - 1)
        assert sorted(np.concatenate(epoch)) == list(range(samples))


def test_every_epoch_is_shuffled_anew():
    first, second = shuffled_batches(np.random.default_rng(0), samples=50, batch_size=50, epochs=2)
    assert first.tolist() != second.tolist()
    assert first.tolist() != list(range(50))


@pytest.mark.parametrize(("batch_size", "updates"), [(32, 32), (1, 1000), (1000, 1)])
def test_updates_an_epoch_as_keras_counts_them(batch_size, updates):
    assert len(shuffled_batches(np.random.default_rng(0), 1000, batch_size)) == updates


def test_with_replacement_an_epoch_sees_632_of_1000_rows():
    rows = random_batches(np.random.default_rng(0), samples=1000, batch_size=1000, updates=200)
    assert rows.shape == (200, 1000)
    seen = np.mean([len(np.unique(draw)) for draw in rows]) / 1000
    assert seen == pytest.approx(1 - (1 - 1 / 1000) ** 1000, abs=0.002)
    assert seen == pytest.approx(0.632, abs=0.002)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: np.concatenate(shuffled_batches(rng, 50, 8)),
        lambda rng: random_batches(rng, 50, 8, 10),
        lambda rng: noisy_gradient(np.sin, rng, sigma=1.0)(np.ones((3, 2))),
    ],
)
def test_same_seed_same_draws(draw):
    one, same, other = (draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@each_problem
def test_batch_gradients_drive_a_run(problem):
    batches = shuffled_batches(np.random.default_rng(0), samples=60, batch_size=8, epochs=2)
    run = descend(SGD(0.1, 0.5), batch_gradients(problem, batches), np.zeros(3), steps=len(batches))
    position, velocity = np.zeros(3), np.zeros(3)
    for k, rows in enumerate(batches, 1):
        velocity = 0.5 * velocity - 0.1 * problem.gradient(position, rows)
        position = position + velocity
        np.testing.assert_allclose(run.positions[k], position, atol=1e-13)


# ---------- noise ----------


def batch_noise(problem, position, batch_size, draws=40_000):
    rows = random_batches(np.random.default_rng(batch_size), len(problem.targets), batch_size, draws)
    return problem.gradient(np.broadcast_to(position, (draws, len(position))), rows) - problem.gradient(
        position
    )


@each_problem
def test_batch_gradient_is_unbiased_and_its_noise_falls_with_the_batch(problem):
    position = POSITIONS[0, 0]
    singles = np.stack([problem.gradient(position, [row]) for row in range(60)])
    sigma2 = ((singles - singles.mean(0)) ** 2).sum(-1).mean()
    for batch_size in (1, 4, 16):
        noise = batch_noise(problem, position, batch_size)
        assert np.linalg.norm(noise.mean(0)) < 5 * np.sqrt(sigma2 / batch_size / len(noise))
        assert (noise**2).sum(-1).mean() * batch_size == pytest.approx(sigma2, rel=0.04)


@pytest.mark.parametrize("batch_size", [1, 25])
def test_noisy_gradient_is_unbiased_with_variance_sigma2_over_batch(batch_size):
    noisy = noisy_gradient(np.cos, np.random.default_rng(0), sigma=2.0, batch_size=batch_size)
    position = np.full((50_000, 2), 0.3)
    draws = noisy(position)
    assert draws.mean() == pytest.approx(np.cos(0.3), abs=0.03)
    assert draws.std() == pytest.approx(2.0 / np.sqrt(batch_size), rel=0.01)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(0.0, abs=0.02)
    assert not np.array_equal(noisy(position), draws)


# ---------- refusals ----------

X, Y = np.ones((3, 2)), np.array([0.0, 1.0, 1.0])
rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: LinearRegression(X, Y[:2]), r"^features must have shape \(N, d\) and targets \(N,\), not "),
        (lambda: LogisticRegression(X[0], Y), r"^features must have shape \(N, d\) and targets \(N,\), not "),
        (lambda: LogisticRegression(X, 2 * Y), r"^targets must be 0 or 1, the two classes\.$"),
        (
            lambda: LogisticRegression(X, Y, penalty=-1.0),
            r"^penalty must be a finite number of at least 0, not -1\.0\.$",
        ),
        (
            lambda: make_classification(rng, penalty=-1.0),
            r"^penalty must be a finite number of at least 0, not -1\.0\.$",
        ),
        (
            lambda: make_regression(rng, noise=-1.0),
            r"^noise must be a finite number of at least 0, not -1\.0\.$",
        ),
        (lambda: make_regression(rng, samples=0), r"^samples must be a whole number of at least 1, not 0\.$"),
        (lambda: make_classification(rng, d=1.5), r"^d must be a whole number of at least 1, not 1\.5\.$"),
        (lambda: shuffled_batches(rng, 9, 0), r"^batch_size must be a whole number of at least 1, not 0\.$"),
        (lambda: shuffled_batches(rng, 9, 3, -1), r"^epochs must be a whole number of at least 1, not -1\.$"),
        (lambda: random_batches(rng, 9, 3, 0), r"^updates must be a whole number of at least 1, not 0\.$"),
        (
            lambda: noisy_gradient(np.sin, rng, -1.0),
            r"^sigma must be a finite number of at least 0, not -1\.0\.$",
        ),
        (
            lambda: noisy_gradient(np.sin, rng, 1.0, 0),
            r"^batch_size must be a whole number of at least 1, not 0",
        ),
    ],
)
def test_impossible_requests_refused_in_one_sentence(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()


@pytest.mark.parametrize(("learning_rate", "batch_size"), [(0.02, 1), (0.1, 2), (0.3, 5), (0.9, 30)])
def test_the_exact_noise_floor_is_that_of_many_runs(learning_rate, batch_size):
    """The second moments followed by hand for 1000 runs at once, from the minimum."""
    problem = make_regression(np.random.default_rng(4), samples=30, d=2, noise=0.7)
    rng, runs = np.random.default_rng(5), 1000
    w, losses = np.tile(problem.minimum, (runs, 1)), []
    for k in range(600):
        rows = rng.integers(0, 30, (runs, batch_size))
        x = problem.features[rows]
        missed = np.einsum("rbd,rd->rb", x, w) - problem.targets[rows]
        w = w - learning_rate * np.einsum("rb,rbd->rd", missed, x) / batch_size
        if k >= 300:
            losses.append(problem.value(w).mean() - problem.value(problem.minimum))
    assert np.mean(losses) == pytest.approx(problem.noise_floor(learning_rate, batch_size), rel=0.05)


def test_the_exact_noise_floor_ends_at_the_own_limit():
    """In one dimension with x = 1 a row's curvature is 1: the limit is 2 for every B, the floor ησ²/(2B(2 − η))."""
    problem = LinearRegression(np.ones((8, 1)), np.arange(8.0))
    for batch_size in (1, 3, 8):
        for eta in (0.1, 1.0, 1.9):
            expected = eta * np.var(problem.targets) / batch_size / 2 / (2 - eta)
            assert problem.noise_floor(eta, batch_size) == pytest.approx(expected)
        assert problem.noise_floor(2.1, batch_size) == np.inf


@pytest.mark.parametrize(
    ("problem", "setting", "says"),
    [
        (
            LinearRegression(np.ones((3, 1)), np.arange(3.0)),
            (0, 1),
            "learning_rate must be a finite number above 0",
        ),
        (LinearRegression(np.ones((3, 1)), np.arange(3.0)), (0.1, 0), "batch_size"),
        (LinearRegression(np.ones((3, 2)), np.arange(3.0)), (0.1, 1), "leave a direction flat"),
    ],
)
def test_the_exact_noise_floor_refuses(problem, setting, says):
    with pytest.raises(ValueError, match=says):
        problem.noise_floor(*setting)


@pytest.mark.parametrize(
    ("what", "ask"),
    [
        ("the features", lambda rng: make_regression(rng, samples=2**20, d=2**11)),
        ("the features", lambda rng: make_classification(rng, samples=2**20, d=2**11)),
        ("the batches", lambda rng: shuffled_batches(rng, samples=2**20, batch_size=2**10, epochs=2**11)),
        ("the batches", lambda rng: random_batches(rng, samples=2**10, batch_size=2**20, updates=2**11)),
    ],
)
def test_more_than_fits_is_refused_before_it_is_made(what, ask):
    """2³¹ numbers, though none of the arguments is large alone."""
    with pytest.raises(
        ValueError, match=rf"^{what} holds 2\.1e\+09 numbers, and at most 1\.1e\+09 fit: take "
    ):
        ask(np.random.default_rng(0))
