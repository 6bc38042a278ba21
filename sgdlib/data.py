"""Losses that are averages over data, and the mini-batches that sample them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import (
    NOT_NEGATIVE,
    POSITIVE,
    Span,
    data,
    function,
    generator,
    iterable,
    kept,
    number,
    positions,
    quiet,
    rows,
    shown,
    takes,
    whole,
)
from sgdlib.optimizer import Gradient, slope

__all__ = [
    "LinearRegression",
    "LogisticRegression",
    "batch_gradients",
    "make_classification",
    "make_regression",
    "noisy_gradient",
    "random_batches",
    "shuffled_batches",
]

EVERY_ROW = slice(None)
# Of features and targets: their fourth powers are finite.
OF_DATA = Span(-1e50, 1e50)


@dataclass(frozen=True)
class LinearRegression:
    """Least squares on given data: predict the target by a weighted sum of the features.

    ::

        L(w) = 1/(2N) Σᵢ (xᵢ·w − yᵢ)²,    ∇L(w) = 1/N Σᵢ (xᵢ·w − yᵢ) xᵢ,    ∇²L = XᵀX / N

    The mini-batch gradient is the same average over the rows of the batch.

    Parameters
    ----------
    features
        X, of shape (N, d).
    targets
        y, of shape (N,).

    Raises
    ------
    ValueError
        When the shapes do not fit, there is no row, or what is no finite number.

    Notes
    -----
    Taught in the chapter on gradient descent against SGD. Source: Bottou, Curtis and Nocedal (2018), section 3.

    Examples
    --------
    >>> problem = LinearRegression(np.array([[1.0], [2.0]]), np.array([2.0, 4.0]))
    >>> problem.minimum, problem.gradient(np.array([0.0])), problem.gradient(np.array([0.0]), rows=[1])
    (array([2.]), array([-5.]), array([-8.]))
    """

    features: NDArray
    targets: NDArray

    def __post_init__(self):
        _check_data(self)

    @property
    def minimum(self) -> NDArray:
        """w*, of shape (d,)."""
        return np.linalg.lstsq(self.features, self.targets, rcond=None)[0]

    @property
    def hessian(self) -> NDArray:
        """XᵀX / N, of shape (d, d), the same everywhere."""
        return self.features.T @ self.features / len(self.targets)

    @quiet
    def value(self, position: NDArray) -> NDArray:
        """L(w) over all rows, for positions of shape (..., d)."""
        return 0.5 * ((_scores(self.features, position) - self.targets) ** 2).mean(-1)

    @quiet
    def gradient(self, position: NDArray, rows=EVERY_ROW) -> NDArray:
        """∇L(w) averaged over the rows: all of them, or a batch given as indices of shape (B,) or (..., B)."""
        features, targets = _batch(self, rows)
        return _average(_scores(features, position) - targets, features)

    @quiet
    def noise_floor(self, learning_rate: float, batch_size: int) -> float:
        """The mean excess loss in the long run of SGD whose batches are drawn with replacement, exactly.

        ::

            ½ tr(H M),    M = 𝔼[(I − ηH_B) M (I − ηH_B)] + η²S/B    M: the second moments of w − w*
            H_B = XᵀX / B over a batch,    S = 1/N Σᵢ rᵢ² xᵢxᵢᵀ,    rᵢ = xᵢ·w* − yᵢ

        For small η it is ησ²/(4B), where σ² is the trace of S. Infinite from SGD's own limit on, where M grows without
        end.

        Raises
        ------
        ValueError
            For a learning rate that is not positive, a batch size below 1, or features that leave a direction flat.

        Notes
        -----
        Derived in the chapter on gradient descent against SGD. Source: Bottou, Curtis and Nocedal (2018), section 4,
        which bounds it.

        Examples
        --------
        >>> problem = make_regression(np.random.default_rng(0), samples=100, d=2, noise=0.5)
        >>> [round(problem.noise_floor(eta, 1), 4) for eta in (0.02, 0.2, 0.8)]
        [0.0032, 0.0468, inf]
        """
        learning_rate = number("learning_rate", learning_rate, POSITIVE)
        batch_size = whole("batch_size", batch_size)
        x, H, d = self.features, self.hessian, self.features.shape[1]
        if np.linalg.matrix_rank(x) < d:
            raise ValueError(
                "features must not leave a direction flat: drop the columns that others add up to."
            )
        if learning_rate * np.linalg.eigvalsh(H)[-1] >= 2:
            return np.inf  # even gradient descent diverges
        outer = x[:, :, None] * x[:, None, :]
        pairs = np.einsum("nij,nkl->ikjl", outer, outer).reshape(d * d, d * d) / len(x)
        spread = pairs / batch_size + (1 - 1 / batch_size) * np.kron(H, H)
        lost = learning_rate * (np.kron(H, np.eye(d)) + np.kron(np.eye(d), H)) - learning_rate**2 * spread
        residuals = _scores(x, self.minimum) - self.targets
        kicks = learning_rate**2 / batch_size * np.einsum("n,nij->ij", residuals**2, outer) / len(x)
        even, own = np.linalg.solve(lost, np.stack([np.eye(d).ravel(), kicks.ravel()], -1)).T.reshape(2, d, d)
        # There is a solution on either side of the limit; only below it is each one a matrix of second moments.
        return float(0.5 * np.sum(H * own)) if np.linalg.eigvalsh(even)[0] > 0 else np.inf


@dataclass(frozen=True)
class LogisticRegression:
    """Logistic regression on given data: the probability of class 1 is a sigmoid of a weighted sum.

    ::

        L(w) = 1/N Σᵢ [log(1 + exp(xᵢ·w)) − yᵢ xᵢ·w] + ½ ρ ‖w‖²
        ∇L(w) = 1/N Σᵢ (σ(xᵢ·w) − yᵢ) xᵢ + ρ w,    σ(z) = 1 / (1 + e⁻ᶻ)

    Parameters
    ----------
    features
        X, of shape (N, d).
    targets
        y, of shape (N,), each 0 or 1.
    penalty
        ρ, at least 0.

    Raises
    ------
    ValueError
        When the shapes do not fit, there is no row or what is no finite number, a target is neither 0 nor 1, or the
        penalty is negative.

    Notes
    -----
    Used in an exercise of the chapter on gradient descent against SGD. Source: Bottou, Curtis and Nocedal (2018),
    section 2.

    Examples
    --------
    >>> problem = LogisticRegression(np.array([[1.0], [-1.0]]), np.array([1, 0]))
    >>> problem.gradient(np.array([0.0]))
    array([-0.5])
    """

    features: NDArray
    targets: NDArray
    penalty: float = 0.0

    def __post_init__(self):
        _check_data(self)
        if not np.isin(self.targets, (0, 1)).all():
            raise ValueError("targets must be 0 or 1, the two classes.")
        object.__setattr__(self, "targets", self.targets.astype(int))
        object.__setattr__(self, "penalty", number("penalty", self.penalty, NOT_NEGATIVE))

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        """∇²L(w) = 1/N Σᵢ σ(1 − σ) xᵢxᵢᵀ + ρI, of shape (d, d), at one position of shape (d,)."""
        chance = _sigmoid(_scores(self.features, position))
        weighted = self.features * (chance * (1 - chance))[..., None]
        d = self.features.shape[1]
        return self.features.T @ weighted / len(self.targets) + self.penalty * np.eye(d)

    @quiet
    def value(self, position: NDArray) -> NDArray:
        """L(w) over all rows, for positions of shape (..., d)."""
        w = _weights(self.features, position)
        scores = _scores(self.features, w)
        losses = np.logaddexp(0.0, scores) - self.targets * scores
        return losses.mean(-1) + 0.5 * self.penalty * (w**2).sum(-1)

    @quiet
    def gradient(self, position: NDArray, rows=EVERY_ROW) -> NDArray:
        """∇L(w) averaged over the rows: all of them, or a batch given as indices of shape (B,) or (..., B)."""
        features, targets = _batch(self, rows)
        w = _weights(features, position)
        residuals = _sigmoid(_scores(features, w)) - targets
        return _average(residuals, features) + self.penalty * w


def make_regression(
    rng: np.random.Generator, samples: int = 1000, d: int = 5, noise: float = 1.0
) -> LinearRegression:
    """Draw a linear regression: normal features, a random true w, normal noise on the targets.

    ::

        xᵢ ~ N(0, I),    w ~ N(0, I),    yᵢ = xᵢ·w + noise · εᵢ,    εᵢ ~ N(0, 1)

    Parameters
    ----------
    rng
        NumPy's generator: the same seed gives the same draw.
    samples
        N, at least 1.
    d
        How many features, at least 1.
    noise
        The standard deviation of the noise, in the units of the targets, at least 0.

    Returns
    -------
    features (N, d) and targets (N,), as a ``LinearRegression``.

    Raises
    ------
    ValueError
        For fewer than 1 sample or dimension, or a negative noise.

    Notes
    -----
    The data of the chapter on gradient descent against SGD. Source: the standard linear model.

    Examples
    --------
    >>> problem = make_regression(np.random.default_rng(0), samples=100, d=2)
    >>> problem.features.shape, problem.targets.shape
    ((100, 2), (100,))
    """
    rng, samples, d = generator("rng", rng), whole("samples", samples), whole("d", d)
    kept("the features", samples * d, "take fewer samples")
    noise = number("noise", noise, NOT_NEGATIVE)
    features = rng.normal(size=(samples, d))
    targets = features @ rng.normal(size=d) + noise * rng.normal(size=samples)
    return LinearRegression(features, targets)


def make_classification(
    rng: np.random.Generator, samples: int = 500, d: int = 2, penalty: float = 0.01
) -> LogisticRegression:
    """Draw a logistic regression whose true probabilities follow the model.

    ::

        xᵢ ~ N(0, I),    w ~ N(0, 4I),    yᵢ = 1 with probability σ(xᵢ·w), else 0

    Parameters
    ----------
    rng
        NumPy's generator: the same seed gives the same draw.
    samples
        N, at least 1.
    d
        How many features, at least 1.
    penalty
        ρ, at least 0.

    Returns
    -------
    features (N, d) and targets (N,), each 0 or 1, as a ``LogisticRegression``.

    Raises
    ------
    ValueError
        For fewer than 1 sample or dimension, or a negative penalty.

    Notes
    -----
    Used in an exercise of the chapter on gradient descent against SGD. Source: the standard logistic model.

    Examples
    --------
    >>> problem = make_classification(np.random.default_rng(0), samples=100)
    >>> problem.features.shape, sorted(set(problem.targets.tolist()))
    ((100, 2), [0, 1])
    """
    rng, samples, d = generator("rng", rng), whole("samples", samples), whole("d", d)
    kept("the features", samples * d, "take fewer samples")
    features = rng.normal(size=(samples, d))
    chance = _sigmoid(features @ (2.0 * rng.normal(size=d)))
    return LogisticRegression(features, (rng.random(samples) < chance).astype(int), penalty)


def shuffled_batches(
    rng: np.random.Generator, samples: int, batch_size: int, epochs: int = 1
) -> list[NDArray]:
    """Cut the rows into batches as Keras does: shuffled anew every epoch, each row once an epoch.

    ::

        ⌈N / B⌉ batches an epoch, the last one smaller if B does not divide N

    Parameters
    ----------
    rng
        NumPy's generator: the same seed gives the same draw.
    samples
        N, how many rows there are.
    batch_size
        B, rows in a batch.
    epochs
        Passes over all rows.

    Returns
    -------
    the row indices of each batch, each of shape (B,), the last of an epoch perhaps shorter.

    Raises
    ------
    ValueError
        For fewer than 1 sample, row in a batch, or epoch.

    Notes
    -----
    Taught in the chapter on gradient descent against SGD. Source: the documentation of ``keras.Model.fit``.

    Examples
    --------
    >>> batches = shuffled_batches(np.random.default_rng(0), samples=10, batch_size=4)
    >>> [len(rows) for rows in batches], sorted(np.concatenate(batches).tolist())
    ([4, 4, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    rng = generator("rng", rng)
    samples, batch_size = whole("samples", samples), whole("batch_size", batch_size)
    kept("the batches", samples * whole("epochs", epochs), "take fewer samples or epochs")
    batches = []
    for _ in range(epochs):
        order = rng.permutation(samples)
        batches += [order[first : first + batch_size] for first in range(0, samples, batch_size)]
    return batches


def random_batches(rng: np.random.Generator, samples: int, batch_size: int, updates: int) -> NDArray:
    """Draw the rows of every batch at random, with replacement: the sampling of the theory.

    Returns row indices of shape (updates, B). N draws out of N rows see a share of 1 − (1 − 1/N)ᴺ ≈ 0.632 of them.

    Parameters
    ----------
    rng
        NumPy's generator: the same seed gives the same draw.
    samples
        N, how many rows there are.
    batch_size
        B, rows in a batch.
    updates
        How many batches.

    Raises
    ------
    ValueError
        For fewer than 1 sample, row in a batch, or update.

    Notes
    -----
    Taught in the chapter on gradient descent against SGD. Source: Robbins and Monro (1951); Bottou, Curtis and
    Nocedal (2018), section 3.

    Examples
    --------
    >>> rows = random_batches(np.random.default_rng(0), samples=1000, batch_size=1, updates=1000)
    >>> rows.shape, bool(abs(len(set(rows.ravel().tolist())) / 1000 - 0.632) < 0.03)
    ((1000, 1), True)
    """
    rng = generator("rng", rng)
    samples, batch_size = whole("samples", samples), whole("batch_size", batch_size)
    kept("the batches", batch_size * whole("updates", updates), "take fewer updates, or smaller batches")
    return rng.integers(samples, size=(updates, batch_size))


def batch_gradients(
    problem: LinearRegression | LogisticRegression, batches: Iterable[NDArray]
) -> Iterator[Gradient]:
    """Give one gradient function for each batch, in order, for ``descend``.

    ::

        gₖ(w) = 1/B Σ_{i in batch k} ∇ℓᵢ(w),    of the shape of w, (..., d)

    Parameters
    ----------
    problem
        The loss over data.
    batches
        The rows of each batch: indices of shape (B,), or (..., B) for many runs at once.

    Raises
    ------
    TypeError
        For a problem without a gradient over rows, or what are no batches.
    ValueError
        When its turn comes, for a batch of rows that are not there.

    Notes
    -----
    Taught in the chapter on gradient descent against SGD. Source: Robbins and Monro (1951).

    Examples
    --------
    >>> problem = LinearRegression(np.array([[1.0], [2.0]]), np.array([2.0, 4.0]))
    >>> [gradient(np.array([0.0])) for gradient in batch_gradients(problem, [[0], [1]])]
    [array([-2.]), array([-8.])]
    """
    if isinstance(problem, type) or not takes(getattr(problem, "gradient", None), 2):
        raise TypeError(
            f"problem must be a loss over data, such as a LinearRegression, not {shown(problem)}."
        )
    if not iterable(batches):
        raise TypeError(f"batches must hold the rows of each batch, not {shown(batches)}.")
    return (lambda position, rows=rows: problem.gradient(position, rows) for rows in batches)


def noisy_gradient(
    gradient: Gradient, rng: np.random.Generator, sigma: float, batch_size: int = 1
) -> Callable[[NDArray], NDArray]:
    """Add normal noise to a gradient, anew at every call and for every run: the model behind the noise floor.

    ::

        g(w) = ∇f(w) + ε,    ε ~ N(0, σ²/B) in every coordinate

    Parameters
    ----------
    gradient
        ∇f, a function of positions of shape (..., d).
    rng
        NumPy's generator: the same seed gives the same draw.
    sigma
        σ, the spread of one row's gradient, in the gradient's units.
    batch_size
        B, rows averaged in a batch.

    Returns
    -------
    a function of positions of shape (..., d) that gives slopes of the same shape.

    Raises
    ------
    ValueError
        For a sigma that is negative or not finite, or fewer than 1 row in a batch.

    Notes
    -----
    Taught in the chapter on gradient descent against SGD. Source: Mandt, Hoffman and Blei (2017), section 2.

    Examples
    --------
    >>> noisy = noisy_gradient(lambda x: x, np.random.default_rng(0), sigma=1.0, batch_size=100)
    >>> bool(abs(noisy(np.zeros(10_000)).std() - 0.1) < 0.005)
    True
    """
    function("gradient", gradient, "the positions")
    generator("rng", rng)
    spread = number("sigma", sigma, NOT_NEGATIVE) / np.sqrt(whole("batch_size", batch_size))
    return lambda position: slope(gradient, position) + spread * rng.normal(size=np.shape(position))


def _scores(features: NDArray, position: NDArray) -> NDArray:
    """x·w for every row: features (..., N, d) and positions (..., d) give (..., N)."""
    return (features @ _weights(features, position)[..., None])[..., 0]


def _weights(features: NDArray, position: NDArray) -> NDArray:
    return positions("of this problem", position, features.shape[-1])


def _batch(problem, chosen) -> tuple[NDArray, NDArray]:
    """Features and targets of these rows."""
    if chosen is not EVERY_ROW:
        chosen = rows(chosen, len(problem.targets))
    return problem.features[chosen], problem.targets[chosen]


def _average(residuals: NDArray, features: NDArray) -> NDArray:
    """The mean over the rows of residual times features, shape (..., d)."""
    return (residuals[..., None, :] @ features)[..., 0, :] / features.shape[-2]


def _sigmoid(scores: NDArray) -> NDArray:
    # exp of a negative number only, so that it cannot overflow
    small = np.exp(-np.abs(scores))
    return np.where(scores >= 0, 1.0, small) / (1.0 + small)


def _check_data(problem) -> None:
    """Make floats of features and targets: products of whole numbers would wrap. Truth values count as 0 and 1."""
    for name in ("features", "targets"):
        object.__setattr__(problem, name, data(name, getattr(problem, name), OF_DATA))
    if problem.features.ndim != 2 or problem.targets.shape != problem.features.shape[:1]:
        raise ValueError(
            "features must have shape (N, d) and targets (N,), "
            f"not {problem.features.shape} and {problem.targets.shape}."
        )
