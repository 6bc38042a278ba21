"""What the theory predicts on a quadratic: limits, rates, damping, best settings, noise, memory, the flow in time.

On a quadratic every direction runs alone, and all that matters of it is a = ηλ, the learning rate times the
curvature. Every formula takes numbers or arrays, which broadcast. One observation carries half of the module:
Nesterov's momentum μ at a is the heavy ball with the smaller momentum μ(1 − a). On any other surface ``sharpness``
measures the λ that counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlib.checks import (
    BETWEEN,
    FADING,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    Span,
    as_numbers,
    called,
    finite,
    flags,
    function,
    kept,
    number,
    numbers,
    one_of,
    quiet,
    shown,
    together,
    whole,
)
from sgdlib.optimizer import SGD

__all__ = [
    "Sharpest",
    "Tuning",
    "best_condition_number",
    "best_learning_rate",
    "best_tuning",
    "critical_momentum",
    "damped_motion",
    "effective_learning_rate",
    "effective_momentum",
    "friction",
    "half_life",
    "lessard_cycle",
    "mean_age",
    "nesterov_bound",
    "nesterov_flow",
    "noise_floor",
    "noise_variance",
    "noisy_losses",
    "rate",
    "regime",
    "sharpest",
    "sharpness",
    "shuffled_share",
    "speed_after_change",
    "speed_on_slope",
    "stability_limit",
    "steps_to_shrink",
    "terminal_speed",
    "variance_window",
    "with_mass",
]

METHODS = ("gradient descent", "momentum", "nesterov", "nesterov standard")
# From where on J₁ is taken from its expansion.
FAR = 2000.0
# Of the products of a Hessian: their squares are finite.
OF_PRODUCTS = Span(-1e150, 1e150)


@quiet
def stability_limit(momentum: ArrayLike = 0.0, nesterov: bool | NDArray = False) -> NDArray | float:
    """The a = ηλ at which a run stops converging; below it, and above 0, every run does (for μ < 1).

    ::

        gradient descent 2,    momentum 2(1 + μ),    Nesterov (2 + 2μ) / (1 + 2μ)

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapters on gradient descent, momentum and Nesterov. Source: Polyak (1964); Lessard, Recht and
    Packard (2016), section 4; the Jury criterion applied to the characteristic polynomial.

    Examples
    --------
    >>> stability_limit(), stability_limit(0.9), round(stability_limit(0.9, nesterov=True), 4)
    (2.0, 3.8, 1.3571)
    """
    mu, ahead = together(momentum=_momentum(momentum), nesterov=flags("nesterov", nesterov))
    return _plain(np.where(ahead, (2 + 2 * mu) / (1 + 2 * mu), 2 * (1 + mu)))


class Sharpest(NamedTuple):
    """The largest curvature at a position, of shape (...), and its direction, of length 1 and shape (..., d).

    Notes
    -----
    Given by ``sharpest``, for the meter in the chapter on the edge of stability.

    Examples
    --------
    >>> sharpest(lambda u: 25 * u, np.array([2.0])).curvature
    25.0
    """

    curvature: NDArray | float
    direction: NDArray


@quiet
def sharpness(
    hessian_vector_product: Callable[[NDArray], NDArray],
    shape: tuple[int, ...],
    tolerance: float = 1e-6,
    most: int = 200,
) -> NDArray | float:
    """The largest curvature L at a position, from products of the Hessian with vectors.

    A method stands at its limit where η L is ``stability_limit``. This is ``sharpest`` from a random start.

    Parameters
    ----------
    hessian_vector_product
        u ↦ H u for vectors of the shape given, such as ``lambda u: network.hessian_vector_product(position, u)``.
    shape
        That of the position, (..., d); every run has a Hessian of its own.
    tolerance, most
        As for ``sharpest``.

    Returns
    -------
    L, of shape (...).

    Raises
    ------
    ValueError
        For a shape without d, a tolerance that is not above 0, products of another shape or not finite.
    RuntimeError
        When it has not converged after so many products; it says what was reached.

    Notes
    -----
    L is what the chapter on gradient descent derives the limit 2/L from. Source: Cohen et al. (2021), section 2, who
    call it the sharpness.

    Examples
    --------
    >>> curvatures = np.array([1.0, 25.0, -30.0])
    >>> round(sharpness(lambda u: curvatures * u, (3,)), 6)
    25.0
    """
    if not isinstance(shape, tuple) or not shape:
        raise ValueError(f"shape must be that of a position, a tuple such as (10,), not {shown(shape)}.")
    shape = tuple(whole("shape", each) for each in shape)
    kept("a position", math.prod(shape), "take fewer runs")
    start = np.broadcast_to(np.random.default_rng(0).normal(size=shape[-1]), shape)
    return sharpest(hessian_vector_product, start, tolerance, most).curvature


@quiet
def sharpest(
    hessian_vector_product: Callable[[NDArray], NDArray],
    start: NDArray,
    tolerance: float = 1e-6,
    most: int = 200,
) -> Sharpest:
    """The largest curvature L at a position and its direction, by Lanczos' iteration from a start.

    ::

        q₁ along the start,    βₖ qₖ₊₁ = H qₖ − αₖ qₖ − βₖ₋₁ qₖ₋₁,    αₖ = qₖ·H qₖ,    all q of length 1
        L = the largest eigenvalue of T, with α on its diagonal and β beside it; s its eigenvector; u = Σ sₖ qₖ
        the error is at most βₖ |sₖ|, and the iteration ends when this is tolerance times the largest |eigenvalue| of T

    Parameters
    ----------
    hessian_vector_product
        u ↦ H u for vectors of the start's shape.
    start
        Of shape (..., d), with some part along the sharpest direction: a random one, or near the one of a moment ago.
    tolerance
        Above 0.
    most
        How many products may be taken, at least 1; never more than about d are.

    Raises
    ------
    ValueError
        For a tolerance that is not above 0, products of another shape or not finite.
    RuntimeError
        When it has not converged after so many products; it says what was reached.

    Notes
    -----
    Moves the meter of the trainer in the chapter on the edge of stability. Source: Lanczos (1950).

    Examples
    --------
    >>> curvatures = np.array([1.0, 25.0, -30.0])
    >>> np.abs(sharpest(lambda u: curvatures * u, np.array([1.0, 1.0, 1.0])).direction).round(6)
    array([0., 1., 0.])
    """
    function("hessian_vector_product", hessian_vector_product, "vectors")
    tolerance, most = number("tolerance", tolerance, POSITIVE), whole("most", most)
    q = finite("start", start, "an array of numbers, of shape (..., d)").astype(float, copy=False)
    if not q.ndim:
        raise ValueError(f"start must have shape (..., d); write [{shown(start)}] for one dimension.")
    *runs, d = q.shape
    kept("the iteration", min(most, d) * q.size, "take a smaller most= or fewer runs")
    most = min(most, d + 2)  # more are not needed: d span the whole space
    basis = np.empty((*runs, 0, d))
    T = np.zeros((*runs, most + 1, most + 1))
    largest, directions, settled = np.zeros(runs), np.zeros(q.shape), np.zeros(runs, dtype=bool)
    beta = np.linalg.norm(q, axis=-1)
    for k in range(most):
        q = q / np.where(beta > 0, beta, 1.0)[..., None]
        basis = np.concatenate([basis, q[..., None, :]], axis=-2)
        q = _finite_product(hessian_vector_product, basis[..., -1, :])
        T[..., k, k] = (basis[..., -1, :] * q).sum(-1)
        for _ in range(2):  # against all q before, and twice: rounding would let them back in
            q = q - ((basis @ q[..., None]).swapaxes(-1, -2) @ basis)[..., 0, :]
        beta = T[..., k, k + 1] = T[..., k + 1, k] = np.linalg.norm(q, axis=-1)
        values, vectors = np.linalg.eigh(T[..., : k + 1, : k + 1])
        error = beta * np.abs(vectors[..., -1, -1])
        largest = np.where(settled, largest, values[..., -1])
        along = (vectors[..., None, :, -1] @ basis)[..., 0, :]
        directions = np.where(settled[..., None], directions, along)
        settled |= error <= tolerance * np.abs(values).max(-1)
        if settled.all():
            return Sharpest(_plain(largest), directions)
    worst = np.where(settled, 0.0, error).argmax()
    raise RuntimeError(
        f"sharpness has not converged after {most} products: {largest.flat[worst]:.6g} may be off by "
        f"{error.flat[worst]:.1g}; allow more with most=, or a larger tolerance=."
    )


@quiet
def effective_momentum(a: ArrayLike, momentum: ArrayLike) -> NDArray | float:
    """The heavy-ball momentum that Nesterov's method amounts to along a direction with a = ηλ.

    ::

        NAG(μ) on λ  =  HB(μ(1 − ηλ)) on λ

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapter on Nesterov's lookahead. Source: Sutskever et al. (2013), theorem 2.1.

    Examples
    --------
    >>> round(effective_momentum(0.1, 0.9), 2)
    0.81
    """
    a, mu = together(a=numbers("a", a), momentum=_momentum(momentum))
    return _plain(mu * (1 - a))


@quiet
def rate(a: ArrayLike, momentum: ArrayLike = 0.0, nesterov: bool | NDArray = False) -> NDArray | float:
    """The factor by which the distance to the minimum shrinks a step, in the long run; above 1 it grows.

    ::

        largest |z| with  z² − (1 + μ − a) z + μ = 0        momentum; |1 − a| for μ = 0
        √μ                                                  while the roots are complex: it swings
        ½ (|1 + μ − a| + √((1 + μ − a)² − 4μ))              otherwise

    and for Nesterov the same with μ(1 − a) in place of μ.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapters on gradient descent, momentum and Nesterov. Source: Polyak (1964); O'Donoghue and Candès
    (2015), section 4.

    Examples
    --------
    >>> round(rate(0.5), 4), round(rate(0.1, 0.9), 4), round(rate(0.1, 0.9, nesterov=True), 4)
    (0.5, 0.9487, 0.9)
    """
    a, mu, ahead = _direction(a, momentum, nesterov)
    mu = np.where(ahead, mu * (1 - a), mu)
    middle = 1 + mu - a
    under_root = middle**2 - 4 * mu
    # where the square is too large for a computer, 4μ is nothing beside it
    root = np.where(np.isinf(under_root), np.abs(middle), np.sqrt(np.maximum(under_root, 0.0)))
    real = 0.5 * np.abs(middle) + 0.5 * root
    return _plain(np.where(under_root < 0, np.sqrt(np.maximum(mu, 0.0)), real))


@quiet
def regime(a: ArrayLike, momentum: ArrayLike = 0.0, nesterov: bool | NDArray = False) -> NDArray | str:
    """The kind of motion along a direction with a = ηλ, in a word.

    ::

        "diverges"            the rate is above 1; or 1 by a double root, where it grows by the same length every step
        "marginal"            the rate is 1 otherwise: it neither settles nor runs away
        "underdamped"         complex roots: it swings, and the swing fades
        "critically damped"   a double root, not negative: the border between the two
        "overdamped"          real roots, the larger one positive: it creeps in from one side
        "zig-zag"             real roots, the larger one negative: it jumps across at every step

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Named in the chapter on momentum. Source: Qian (1999), section 3; O'Donoghue and Candès (2015), section 4.

    Examples
    --------
    >>> regime([0.05, 1.0, 2.95, 3.1], momentum=0.5).tolist()
    ['overdamped', 'underdamped', 'zig-zag', 'diverges']
    >>> regime([1.0, 4.0], momentum=1.0).tolist()
    ['marginal', 'diverges']
    """
    a, mu, ahead = _direction(a, momentum, nesterov)
    shrink = rate(a, mu, ahead)
    mu = np.where(ahead, mu * (1 - a), mu)
    middle = 1 + mu - a
    under_root = middle**2 - 4 * mu
    word = np.where(middle < 0, "zig-zag", "overdamped")
    double = np.abs(under_root) <= 1e-12
    word = np.where((under_root < 0) & ~double, "underdamped", word)
    word = np.where(double & (middle >= 0), "critically damped", word)
    word = np.where(shrink > 1, "diverges", word)
    return _plain(np.where(np.abs(shrink - 1) <= 1e-12, np.where(double, "diverges", "marginal"), word))


@quiet
def critical_momentum(a: ArrayLike, nesterov: bool | NDArray = False) -> NDArray | float:
    """The momentum of critical damping: the fastest one that does not swing, for 0 < a ≤ 1.

    ::

        momentum μ = (1 − √a)²,    Nesterov μ = (1 − √a) / (1 + √a);    both reach the rate 1 − √a

    Raises
    ------
    ValueError
        For an a outside (0, 1].

    Notes
    -----
    Derived in the chapters on momentum and Nesterov. Source: Qian (1999), section 3; O'Donoghue and Candès (2015),
    section 4.

    Examples
    --------
    >>> round(critical_momentum(0.01), 4), round(critical_momentum(0.01, nesterov=True), 4)
    (0.81, 0.8182)
    """
    a, ahead = together(a=numbers("a", a, POSITIVE), nesterov=flags("nesterov", nesterov))
    if (a > 1).any():
        raise ValueError(
            "critical damping needs 0 < a <= 1, "
            f"not {shown(a[a > 1].flat[0])}: with a larger a = ηλ, momentum cannot brake in time."
        )
    root = np.sqrt(a)
    return _plain(np.where(ahead, (1 - root) / (1 + root), (1 - root) ** 2))


class Tuning(NamedTuple):
    """The best setting of a method for curvatures between m and L, and the rate it promises.

    Notes
    -----
    Given by ``best_tuning``; derived in the chapters on gradient descent, momentum and Nesterov. Source: there.

    Examples
    --------
    >>> round(best_tuning("momentum", 1, 100).rate, 4)
    0.8182
    """

    optimizer: SGD
    rate: float


@quiet
def best_tuning(method: str, smallest: float, largest: float) -> Tuning:
    """The learning rate and momentum that make the worst direction as fast as can be, for m ≤ λ ≤ L and κ = L/m.

    ::

        "gradient descent"   η = 2/(L + m)                             rate (κ − 1)/(κ + 1)
        "momentum"           η = 4/(√L + √m)², μ = ((√κ − 1)/(√κ + 1))²   rate (√κ − 1)/(√κ + 1)
        "nesterov"           η = 4/(3L + m), μ = (√(3κ+1) − 2)/(√(3κ+1) + 2)   rate 1 − 2/√(3κ + 1)
        "nesterov standard"  η = 1/L, μ = (√κ − 1)/(√κ + 1)            rate 1 − 1/√κ

    Raises
    ------
    ValueError
        For another method's name, or unless 0 < m ≤ L.

    Notes
    -----
    Derived in the chapters on gradient descent, momentum and Nesterov. Source: Lessard, Recht and Packard (2016),
    proposition 1.

    Examples
    --------
    >>> best_tuning("gradient descent", 1, 99)
    Tuning(optimizer=SGD(learning_rate=0.02, momentum=0.0, nesterov=False), rate=0.98)
    """
    one_of("method", method, METHODS)
    m, L = number("smallest", smallest, POSITIVE), number("largest", largest, POSITIVE)
    _ordered(m, L)
    kappa = L / m
    root = np.sqrt(kappa)
    wide = np.sqrt(3 * kappa + 1)
    if method == "gradient descent":
        return Tuning(SGD(2 / (L + m)), (kappa - 1) / (kappa + 1))
    if method == "momentum":
        shrink = float((root - 1) / (root + 1))
        return Tuning(SGD(4 / (np.sqrt(L) + np.sqrt(m)) ** 2, shrink**2), shrink)
    if method == "nesterov":
        return Tuning(SGD(4 / (3 * L + m), (wide - 2) / (wide + 2), nesterov=True), float(1 - 2 / wide))
    return Tuning(SGD(1 / L, (root - 1) / (root + 1), nesterov=True), float(1 - 1 / root))


@quiet
def best_learning_rate(smallest: ArrayLike, largest: ArrayLike, momentum: ArrayLike = 0.0) -> NDArray | float:
    """The learning rate that makes the worst direction as fast as can be with this momentum, for m ≤ λ ≤ L.

    ::

        η = 2(1 + μ) / (L + m)

    The rate depends on how far a is from 1 + μ and grows with it: the best bar, from ηm to ηL, has 1 + μ in its middle.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1], or unless 0 < m ≤ L.

    Notes
    -----
    Draws what a momentum is good for in the chapter on momentum. Source: Lessard, Recht and Packard (2016),
    proposition 1, of which it is both first cases.

    Examples
    --------
    >>> best_learning_rate(1, 99), round(best_learning_rate(1, 99, 0.9), 4)
    (0.02, 0.038)
    """
    m, L, mu = together(
        smallest=numbers("smallest", smallest, POSITIVE),
        largest=numbers("largest", largest, POSITIVE),
        momentum=_momentum(momentum),
    )
    _ordered(m, L)
    return _plain(2 * (1 + mu) / (L + m))


@quiet
def best_condition_number(momentum: ArrayLike) -> NDArray | float:
    """The condition number for which a momentum is the best one, with the learning rate that goes with it.

    ::

        κ* = ((1 + √μ) / (1 − √μ))²,    the inverse of the μ of ``best_tuning``

    With its best learning rate the same momentum is faster than gradient descent with its own where κ > √κ*.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1).

    Notes
    -----
    Draws what a momentum is good for in the chapter on momentum. Source: as ``best_tuning``.

    Examples
    --------
    >>> [round(best_condition_number(mu)) for mu in (0.0, 0.25, 0.9)]
    [1, 9, 1442]
    """
    mu = numbers("momentum", momentum, FADING)  # without friction no condition number is the best
    root = np.sqrt(mu)
    return _plain(((1 + root) / (1 - root)) ** 2)


@quiet
def steps_to_shrink(rate: ArrayLike, factor: float = 1e-6) -> NDArray | float:
    """How many steps of a rate below 1 shrink a distance by a factor: the slope of the line on a log plot.

    ::

        k = ln(factor) / ln(rate)

    A rate of 0 needs 0 steps by this formula, in truth one; a rate of 1 or more gives infinity.

    Raises
    ------
    ValueError
        For a factor outside (0, 1) or a negative rate.

    Notes
    -----
    Used from the chapter on gradient descent onwards. Source: Nesterov (2018), section 1.2.

    Examples
    --------
    >>> round(steps_to_shrink(0.5, 1e-6), 2)
    19.93
    """
    r = as_numbers(rate)
    if r is None or not r.size or not (r >= 0).all():
        raise ValueError(
            f"rate must be a number of at least 0, or an array of such numbers, not {shown(rate)}."
        )
    r, factor = together(rate=r.astype(float), factor=numbers("factor", factor, BETWEEN))
    return _plain(np.where(r < 1, np.log(factor) / np.log(np.where(r < 1, r, 0.5)), np.inf))


@quiet
def noise_variance(
    learning_rate: ArrayLike,
    curvature: ArrayLike,
    momentum: ArrayLike = 0.0,
    nesterov: bool | NDArray = False,
    gradient_variance: ArrayLike = 1.0,
) -> NDArray | float:
    """The variance of the position around the minimum once only gradient noise is left, with s = σ²/B.

    ::

        SGD        ηs / (λ (2 − a))
        momentum   ηs (1 + μ) / (λ (1 − μ) (2(1 + μ) − a))
        Nesterov   the same with μ(1 − a) in place of μ
        the noise is drawn anew every step (sampling with replacement)

    Infinite where the run does not converge.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1], or a learning rate, curvature or variance that is not above 0.

    Notes
    -----
    Derived in the chapters on gradient descent against SGD and on momentum. Source: Mandt, Hoffman and Blei (2017),
    sections 3 and 4, for the small-step limit; the exact form is the stationary solution of the linear recursion.

    Examples
    --------
    >>> round(noise_variance(0.1, 1.0), 4), round(noise_variance(0.1, 1.0, 0.9), 4)
    (0.0526, 0.5135)
    >>> round(noise_variance(0.1, 1.0, 0.9, nesterov=True), 4)
    0.2706
    """
    eta, lam, s, mu, ahead = together(
        learning_rate=numbers("learning_rate", learning_rate, POSITIVE),
        curvature=numbers("curvature", curvature, POSITIVE),
        gradient_variance=numbers("gradient_variance", gradient_variance, POSITIVE),
        momentum=_momentum(momentum),
        nesterov=flags("nesterov", nesterov),
    )
    a = eta * lam
    limit = stability_limit(mu, ahead)
    mu = np.where(ahead, mu * (1 - a), mu)
    settles = (a < limit) & (mu < 1)
    below = np.where(settles, (1 - mu) * (2 * (1 + mu) - a), 1.0)
    return _plain(np.where(settles, eta * s * (1 + mu) / below / lam, np.inf))


@quiet
def noise_floor(
    learning_rate: ArrayLike,
    curvature: ArrayLike,
    momentum: ArrayLike = 0.0,
    nesterov: bool | NDArray = False,
    gradient_variance: ArrayLike = 1.0,
) -> NDArray | float:
    """The mean excess loss at which mini-batch noise holds a run, along one direction; add up over directions.

    ::

        ½ λ Var,    Var from noise_variance

    Raises
    ------
    ValueError
        As ``noise_variance``.

    Notes
    -----
    Derived in the chapter on gradient descent against SGD. Source: as ``noise_variance``.

    Examples
    --------
    >>> round(noise_floor(0.1, 1.0), 4)
    0.0263
    """
    variance = noise_variance(learning_rate, curvature, momentum, nesterov, gradient_variance)
    return _plain(numbers("curvature", curvature, POSITIVE) * (0.5 * variance))


@quiet
def noisy_losses(
    learning_rates: ArrayLike, momentum: float = 0.0, start: float = 1.0, at_rest: int | None = None
) -> NDArray:
    """The mean loss of SGD with momentum in a well of curvature 1 with noise of variance 1 on every gradient.

    ::

        v ← μv − η(w + ξ),    w ← w + v;    ½ (E[w]² + Var w), by the recursions of both moments

    Parameters
    ----------
    learning_rates
        η of each update, shape (k,).
    momentum
        μ.
    start
        Where the run begins, at rest.
    at_rest
        Before which update the velocity is set to 0 again; None for never.

    Returns
    -------
    an array of shape (k + 1,): before each update, and after the last.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Drawn in the chapters "Tuning workshop" and "A run in Keras: stop, change, go on". Source: Mandt, Hoffman and Blei
    (2017), for the noise.

    Examples
    --------
    >>> losses = noisy_losses([0.1] * 300, start=10.0)
    >>> float(losses[0]), bool(np.isclose(losses[-1], noise_floor(0.1, 1.0)))
    (50.0, True)
    """
    mu, start = number("momentum", momentum, SHARE), number("start", start, Span(-1e12, 1e12))
    rates = numbers("learning_rates", learning_rates, NOT_NEGATIVE)
    if rates.ndim != 1:
        raise ValueError(f"learning_rates must have shape (k,), one for each update, not {rates.shape}.")
    if at_rest is not None:
        at_rest = whole("at_rest", at_rest, 0)
    (w, v), (ww, wv, vv) = (start, 0.0), (0.0, 0.0, 0.0)  # the means; the variances and the covariance
    losses = [0.5 * w * w]
    for k, eta in enumerate(rates.tolist()):
        if k == at_rest:
            v, wv, vv = 0.0, 0.0, 0.0
        v = mu * v - eta * w
        w = w + v
        vv = mu * mu * vv - 2 * mu * eta * wv + eta * eta * (ww + 1)
        wv = mu * wv - eta * ww
        ww, wv = ww + 2 * wv + vv, wv + vv
        losses.append(0.5 * (w * w + ww))
    return np.nan_to_num(losses, nan=np.inf, posinf=np.inf)  # NaN is what comes after inf


@quiet
def shuffled_share(step: ArrayLike, a: ArrayLike, updates: ArrayLike) -> NDArray | float:
    """What shuffling leaves of the noise floor some steps into an epoch: 1 is the floor of drawing with replacement.

    ::

        R_k = q²ᵏ R₀ + 1 − q²ᵏ − (1 + q)(1 − qᵏ)² / (na),    q = 1 − a
        R₀  = 1 − (1 + q)(1 − qⁿ) / (na (1 + qⁿ))            after a whole epoch
        the noise is the same everywhere; the errors of an epoch add up to 0, those of two batches have the
        covariance −s/n

    Parameters
    ----------
    step
        k, how many updates into the epoch, from 0 to n.
    a
        ηλ, above 0 and below 2.
    updates
        n, how many batches an epoch has, all of the same size.

    Raises
    ------
    ValueError
        For an a that is not between 0 and 2, or fewer than 1 update.

    Notes
    -----
    Stands in the chapter on gradient descent against SGD. Source: the linear recursion of ``noise_variance``, with the
    covariance of sampling without replacement; Cochran (1977), section 2.

    Examples
    --------
    >>> round(shuffled_share(32, 0.05, 32), 3), round(shuffled_share(16, 0.05, 32), 3), shuffled_share(1, 0.5, 1)
    (0.177, 0.459, 0.0)
    """
    k, a, n = together(
        step=numbers("step", step, NOT_NEGATIVE),
        a=numbers("a", a, Span(0, 2, without="both")),
        updates=numbers("updates", updates, Span(1)),
    )
    if (k > n).any():
        raise ValueError(
            f"step must be a number from 0 to updates, not {shown(np.max(k))} of {shown(np.min(n))}."
        )
    q = 1 - a
    whole_epoch = 1 - (1 + q) * (1 - q**n) / (n * a * (1 + q**n))
    forgotten = q ** (2 * k)
    return _plain(forgotten * whole_epoch + 1 - forgotten - (1 + q) * (1 - q**k) ** 2 / (n * a))


@quiet
def effective_learning_rate(learning_rate: ArrayLike, momentum: ArrayLike) -> NDArray | float:
    """How far one gradient moves the position in the end, all its echoes counted, in units of the gradient.

    ::

        η (1 + μ + μ² + …) = η / (1 − μ);    infinite at μ = 1

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapter on momentum. Source: Goodfellow, Bengio and Courville (2016), section 8.3.2.

    Examples
    --------
    >>> round(effective_learning_rate(0.01, 0.9), 6)
    0.1
    """
    eta, mu = together(
        learning_rate=numbers("learning_rate", learning_rate, NOT_NEGATIVE), momentum=_momentum(momentum)
    )
    return _plain(np.where(mu < 1, eta / np.where(mu < 1, 1 - mu, 1.0), np.where(eta > 0, np.inf, 0.0)))


@quiet
def terminal_speed(learning_rate: ArrayLike, momentum: ArrayLike, slope: ArrayLike = 1.0) -> NDArray | float:
    """The speed a run approaches on a constant slope, in position units a step.

    ::

        ηg / (1 − μ)

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapter on momentum. Source: Goodfellow, Bengio and Courville (2016), section 8.3.2.

    Examples
    --------
    >>> round(terminal_speed(0.1, 0.9, slope=2.0), 6)
    2.0
    """
    eta, mu, g = together(
        learning_rate=numbers("learning_rate", learning_rate, NOT_NEGATIVE),
        momentum=_momentum(momentum),
        slope=np.abs(numbers("slope", slope)),
    )
    push = eta * g
    return _plain(np.where(mu < 1, push / np.where(mu < 1, 1 - mu, 1.0), np.where(push > 0, np.inf, 0.0)))


@quiet
def speed_on_slope(
    steps: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike, slope: ArrayLike = 1.0
) -> NDArray | float:
    """The speed after some steps on a constant slope, from rest.

    ::

        ηg (1 − μᵏ) / (1 − μ);    ηgk at μ = 1

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapter on momentum. Source: Sutskever et al. (2013), section 2, unrolled.

    Examples
    --------
    >>> [round(speed_on_slope(k, 1.0, 0.9), 3) for k in (1, 2, 7, 22, 44)]
    [1.0, 1.9, 5.217, 9.015, 9.903]
    """
    k, eta, mu, g = together(
        steps=numbers("steps", steps, NOT_NEGATIVE),
        learning_rate=numbers("learning_rate", learning_rate, NOT_NEGATIVE),
        momentum=_momentum(momentum),
        slope=np.abs(numbers("slope", slope)),
    )
    gain = np.where(mu < 1, (1 - mu**k) / np.where(mu < 1, 1 - mu, 1.0), k)
    return _plain(np.where(gain > 0, eta * g * gain, 0.0))


@quiet
def speed_after_change(steps: ArrayLike, factor: ArrayLike, momentum: ArrayLike) -> NDArray | float:
    """The speed on a constant slope some steps after the learning rate was multiplied by a factor, from full speed.

    ::

        μᵏ + f (1 − μᵏ)    of the old speed: what is left of it, and what the new learning rate has built up

    Parameters
    ----------
    steps
        k; 0 is the last step before the change.
    factor
        f, the new learning rate over the old one.
    momentum
        μ.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].

    Notes
    -----
    Derived in the chapter on Keras' SGD. Source: Goyal et al. (2017), section 3, on momentum correction.

    Examples
    --------
    >>> [round(speed_after_change(k, 0.1, 0.9), 3) for k in (0, 1, 44)]
    [1.0, 0.91, 0.109]
    """
    k, factor, mu = together(
        steps=numbers("steps", steps, NOT_NEGATIVE),
        factor=numbers("factor", factor, NOT_NEGATIVE),
        momentum=_momentum(momentum),
    )
    left = mu**k
    return _plain(left + factor * (1 - left))


@quiet
def half_life(momentum: ArrayLike) -> NDArray | float:
    """After how many steps a push on the velocity has lost half its strength, for 0 < μ < 1.

    ::

        ln ½ / ln μ

    Raises
    ------
    ValueError
        For a momentum outside (0, 1).

    Notes
    -----
    Derived in the chapter on momentum. Source: the geometric series of Sutskever et al. (2013), section 2.

    Examples
    --------
    >>> [round(half_life(mu), 2) for mu in (0.5, 0.9, 0.99)]
    [1.0, 6.58, 68.97]
    """
    return _plain(np.log(0.5) / np.log(numbers("momentum", momentum, BETWEEN)))


@quiet
def mean_age(momentum: ArrayLike) -> NDArray | float:
    """The mean age, in steps, of the gradients in the velocity; the newest has age 0.

    ::

        (1 − μ) Σ j μʲ = μ / (1 − μ)

    Raises
    ------
    ValueError
        For a momentum outside (0, 1).

    Notes
    -----
    Derived in the chapter on momentum. Source: the geometric series of Sutskever et al. (2013), section 2.

    Examples
    --------
    >>> round(mean_age(0.9), 4)
    9.0
    """
    mu = numbers("momentum", momentum, BETWEEN)
    return _plain(mu / (1 - mu))


@quiet
def variance_window(momentum: ArrayLike) -> NDArray | float:
    """How many equally weighted gradients would average noise as well as the velocity does.

    ::

        (Σ μʲ)² / Σ μ²ʲ = (1 + μ) / (1 − μ)

    Raises
    ------
    ValueError
        For a momentum outside (0, 1).

    Notes
    -----
    Derived in the chapter on momentum. Source: Brown (1963), on exponential smoothing.

    Examples
    --------
    >>> round(variance_window(0.9), 4)
    19.0
    """
    mu = numbers("momentum", momentum, BETWEEN)
    return _plain((1 + mu) / (1 - mu))


@quiet
def friction(learning_rate: ArrayLike, momentum: ArrayLike) -> NDArray | float:
    """The friction c of the rolling ball ẍ + c ẋ + ∇f(x) = 0 that momentum follows, with one step lasting √η.

    ::

        c = (1 − μ) / √η;    critical at c = 2√λ

    Raises
    ------
    ValueError
        For a momentum outside [0, 1] or a learning rate that is not above 0.

    Notes
    -----
    Derived in the chapter on momentum. Source: Qian (1999), section 2; Su, Boyd and Candès (2016), section 2.

    Examples
    --------
    >>> round(friction(0.01, 0.9), 6)
    1.0
    """
    eta, mu = together(
        learning_rate=numbers("learning_rate", learning_rate, POSITIVE), momentum=_momentum(momentum)
    )
    return _plain((1 - mu) / np.sqrt(eta))


@quiet
def with_mass(mass: ArrayLike, damping: ArrayLike, time_step: ArrayLike) -> SGD:
    """The optimizer that moves a ball of a mass through a medium, in time steps Δt.

    ::

        m ẍ + b ẋ + ∇f = 0  discretised:    μ = m / (m + bΔt),    η = Δt² / (m + bΔt)

    Raises
    ------
    ValueError
        For a mass or a damping that is negative, both zero, or a time step that is not above 0.

    Notes
    -----
    Derived in the chapter on momentum. Source: Qian (1999), section 2.

    Examples
    --------
    >>> with_mass(mass=1.5, damping=1.0, time_step=0.5)
    SGD(learning_rate=0.125, momentum=0.75, nesterov=False)
    """
    mass, damping, time_step = together(
        mass=numbers("mass", mass, Span(0, 1e100)),
        damping=numbers("damping", damping, Span(0, 1e100)),
        time_step=numbers("time_step", time_step, Span(0, 1e100, without="low")),
    )
    all_of_it = mass + damping * time_step
    if not (all_of_it > 0).all():
        raise ValueError("mass and damping must not both be 0.")
    return SGD(learning_rate=time_step**2 / all_of_it, momentum=mass / all_of_it)


@quiet
def damped_motion(
    time: ArrayLike, curvature: ArrayLike, friction: ArrayLike, start: ArrayLike = 1.0
) -> NDArray | float:
    """Where a ball let go at rest is at a time, in a quadratic well with friction: the limit of small steps.

    ::

        ẍ + c ẋ + λ x = 0,  x(0) = x₀,  ẋ(0) = 0,  ω² = λ − c²/4
        x₀ e^(−ct/2) (cos ωt + c/(2ω) sin ωt);    with cosh and sinh if ω² < 0, 1 + ct/2 if ω = 0

    Momentum after k steps is close to it at t = k√η.

    Raises
    ------
    ValueError
        For a curvature that is not above 0 or a negative friction.

    Notes
    -----
    Derived in the chapter on momentum. Source: Qian (1999), section 3.

    Examples
    --------
    >>> round(damped_motion(1.0, curvature=1.0, friction=2.0), 4)
    0.7358
    """
    t, lam, c, x0 = together(
        time=numbers("time", time, Span(0, 1e100)),
        curvature=numbers("curvature", curvature, Span(0, 1e100, without="low")),
        friction=numbers("friction", friction, Span(0, 1e100)),
        start=numbers("start", start),
    )
    half = c / 2
    omega = np.sqrt((half**2 - lam).astype(complex))
    # z = 2iωt; e^(z/2) is taken out of cos and sin, so that strong friction cannot overflow.
    z = 2 * omega * t
    still = np.abs(z) < 1e-100
    swing = (1 + np.exp(-z)) / 2 + half * t * np.where(still, 1, -np.expm1(-z) / np.where(still, 1, z))
    # ω − c/2, the slow end, is the difference of two large numbers where friction is strong.
    slow = np.where(half**2 > 1e4 * lam, -lam * t / (half + omega), z / 2 - half * t)
    return _plain((x0 * np.exp(slow) * swing).real)


@quiet
def nesterov_flow(time: ArrayLike, curvature: ArrayLike = 1.0, start: ArrayLike = 1.0) -> NDArray | float:
    """Where Nesterov's method with the growing momentum (k − 1)/(k + 2) is, in the limit of small steps.

    ::

        ẍ + (3/t) ẋ + λx = 0:    x(t) = 2 x₀ J₁(√λ t) / (√λ t),    J₁ the Bessel function

    Raises
    ------
    ValueError
        For a curvature that is not above 0.

    Notes
    -----
    Told in the chapter on Nesterov's lookahead. Source: Su, Boyd and Candès (2016), section 3.2.

    Examples
    --------
    >>> round(nesterov_flow(3.8317), 4), float(nesterov_flow(0.0))
    (0.0, 1.0)
    """
    t, lam, x0 = together(
        time=numbers("time", time, Span(0, 1e100)),
        curvature=numbers("curvature", curvature, Span(0, 1e100, without="low")),
        start=numbers("start", start),
    )
    s = np.sqrt(lam) * t
    far = s > FAR
    bessel = np.where(far, _bessel_far_out(np.where(far, s, FAR)), _bessel(np.where(far, 0.0, s)))
    near = s < 1e-6
    return _plain(np.where(near, x0, 2 * x0 * bessel / np.where(near, 1.0, s)))


def _bessel(s: NDArray) -> NDArray:
    """J₁(s) up to FAR, a few thousand at a time."""
    flat = np.ravel(s)
    points = 64 + 2 * int(np.max(flat, initial=0.0))
    # The mean of cos(φ − s sin φ) over [0, π]; the midpoint rule is exact to rounding once it resolves s.
    phi = (np.arange(points) + 0.5) * np.pi / points
    parts = [
        np.cos(phi - flat[first : first + 4096, None] * np.sin(phi)).mean(-1)
        for first in range(0, flat.size, 4096)
    ]
    return np.concatenate([np.empty(0), *parts]).reshape(np.shape(s))


def _bessel_far_out(s: NDArray) -> NDArray:
    """J₁(s) beyond FAR: the first terms of Hankel's expansion, of which the next is below 10⁻¹²."""
    turned, x = s - 0.75 * np.pi, 8 * s
    return np.sqrt(2 / (np.pi * s)) * (
        np.cos(turned) * (1 + 7.5 / x**2) - np.sin(turned) * (3 / x - 52.5 / x**3)
    )


@quiet
def nesterov_bound(step: ArrayLike, learning_rate: ArrayLike, distance: ArrayLike) -> NDArray | float:
    """What Nesterov's method with momentum (k − 1)/(k + 2) promises on any convex loss of curvature at most 1/s.

    ::

        f(x_k) − f* ≤ 2 ‖x₀ − x*‖² / (s (k + 1)²)

    Raises
    ------
    ValueError
        For a learning rate that is not above 0.

    Notes
    -----
    Told in the chapter on Nesterov's lookahead. Source: Su, Boyd and Candès (2016), section 1; Nesterov (1983).

    Examples
    --------
    >>> round(nesterov_bound(9, learning_rate=0.1, distance=1.0), 6)
    0.2
    """
    k, s, far = together(
        step=numbers("step", step, NOT_NEGATIVE),
        learning_rate=numbers("learning_rate", learning_rate, POSITIVE),
        distance=numbers("distance", distance, NOT_NEGATIVE),
    )
    return _plain(2 * (far / (k + 1)) ** 2 / s)


def lessard_cycle() -> NDArray:
    """The three positions between which the heavy ball runs for ever on ``surfaces.Lessard``.

    ::

        792/1225,  −2208/1225,  2592/1225    at η = 1/9, μ = 4/9, from starts in [3.07, 3.46]

    Notes
    -----
    Told in the chapter on Nesterov's lookahead. Source: Lessard, Recht and Packard (2016), section 4.6.

    Examples
    --------
    >>> lessard_cycle().round(3)
    array([ 0.647, -1.802,  2.116])
    """
    return np.array([792.0, -2208.0, 2592.0]) / 1225.0


def _plain(values: NDArray) -> NDArray | float:
    """A single number as Python's own, anything larger as the array it is."""
    values = np.asarray(values)
    return values if values.ndim else values.item()


def _finite_product(hessian_vector_product: Callable[[NDArray], NDArray], vector: NDArray) -> NDArray:
    product = as_numbers(called("the product", hessian_vector_product, vector))
    if product is None:
        raise ValueError(
            f"the products must be arrays of numbers, of the shape of the vectors, {vector.shape}."
        )
    if product.shape != vector.shape:
        raise ValueError(
            f"the products must have the shape of the vectors, {vector.shape}, not {product.shape}."
        )
    product = product.astype(float, copy=False)
    if not OF_PRODUCTS.holds(product).all():
        raise ValueError(
            "the products must be finite numbers, at most 1e150 in size; take them where the run has not diverged."
        )
    return product


def _direction(a: ArrayLike, momentum: ArrayLike, nesterov: ArrayLike) -> tuple:
    return together(a=numbers("a", a), momentum=_momentum(momentum), nesterov=flags("nesterov", nesterov))


def _ordered(smallest: NDArray | float, largest: NDArray | float) -> None:
    if np.any(np.greater(smallest, largest)):
        raise ValueError(
            f"the curvatures must satisfy 0 < smallest <= largest, not {shown(smallest)} and {shown(largest)}."
        )


def _momentum(momentum: ArrayLike) -> NDArray:
    return numbers("momentum", momentum, SHARE)
