"""Loss surfaces with value, gradient and Hessian.

Every surface is a small frozen object with the same four parts. Positions have shape (..., d)::

    surface.value(position)       f(w)     shape (...)
    surface.gradient(position)    ∇f(w)    shape (..., d)
    surface.hessian(position)     ∇²f(w)   shape (..., d, d)
    surface.minimum               w*, a lowest point, of shape (d,); None where there is none

The gradients and Hessians are tested against finite differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import Span, finite, number, positions, quiet, shown, whole

__all__ = [
    "Beale",
    "FlatQuartic",
    "Himmelblau",
    "Lessard",
    "Quadratic",
    "Rosenbrock",
    "Saddle",
    "Slope",
    "Surface",
    "valley",
]


def _fixed(point: list[float]) -> NDArray:
    """A point that all surfaces of a class share, and that nobody can move."""
    fixed = np.array(point)
    fixed.flags.writeable = False
    return fixed


@runtime_checkable
class Surface(Protocol):
    """What every surface has; anything with these four parts can be drawn and run down.

    Notes
    -----
    Used from the chapter on gradient descent onwards.

    Examples
    --------
    >>> isinstance(valley(), Surface)
    True
    """

    @property
    def minimum(self) -> NDArray | None:
        """w*, a lowest point, of shape (d,); None where there is none."""

    def value(self, position: NDArray) -> NDArray:
        """f(w), of shape (...), for positions of shape (..., d).

        Raises
        ------
        ValueError
            For positions of another number of dimensions.
        """

    def gradient(self, position: NDArray) -> NDArray:
        """∇f(w), of shape (..., d), for positions of shape (..., d).

        Raises
        ------
        ValueError
            For positions of another number of dimensions.
        """

    def hessian(self, position: NDArray) -> NDArray:
        """∇²f(w), of shape (..., d, d), for positions of shape (..., d).

        Raises
        ------
        ValueError
            For positions of another number of dimensions.
        """


@dataclass(frozen=True)
class Quadratic(Surface):
    """A quadratic bowl with the given curvatures along its axes, turned by an angle.

    ::

        f(w) = ½ (w − w*)ᵀ H (w − w*),    H = R diag(λ₁ … λ_d) Rᵀ,    ∇f = H (w − w*)

    R turns by ``angle`` counter-clockwise (two dimensions only). The condition number is κ = λ_max / λ_min.

    Parameters
    ----------
    curvatures
        λ₁ … λ_d, any finite numbers; d is how many there are.
    angle
        In radians.
    center
        w*, d numbers; the origin when left out.

    Raises
    ------
    ValueError
        For no curvature or one that is not finite, an angle in other than two dimensions, a center of another length,
        or what is no finite number among them.

    Notes
    -----
    Taught in the chapter on gradient descent. Source: Nesterov (2018), section 2.1; Goh (2017).

    Examples
    --------
    >>> bowl = Quadratic((1.0, 100.0))
    >>> float(bowl.value(np.array([1.0, 1.0]))), bowl.gradient(np.array([1.0, 1.0]))
    (50.5, array([  1., 100.]))
    """

    curvatures: tuple[float, ...] = (1.0, 100.0)
    angle: float = 0.0
    center: tuple[float, ...] | None = None

    def __post_init__(self):
        curvatures = _coordinates("curvatures", self.curvatures)
        d = len(curvatures)
        angle = number("angle", self.angle)
        if angle and d != 2:
            raise ValueError(f"angle turns a bowl of two curvatures; this one has {d}: leave the angle out.")
        center = (0.0,) * d if self.center is None else _coordinates("center", self.center)
        if len(center) != d:
            raise ValueError(f"center must have {d} numbers, one for each curvature, not {len(center)}.")
        for name, value in {"curvatures": curvatures, "angle": angle, "center": center}.items():
            object.__setattr__(self, name, value)

    @property
    def matrix(self) -> NDArray:
        """H, of shape (d, d).

        >>> Quadratic((1.0, 3.0)).matrix
        array([[1., 0.],
               [0., 3.]])
        """
        if not self.angle:
            return np.diag(self.curvatures)
        turn = _rotation(self.angle)
        return turn @ np.diag(self.curvatures) @ turn.T

    @property
    def minimum(self) -> NDArray | None:
        """w*, of shape (d,); None where a curvature is negative."""
        return np.array(self.center) if min(self.curvatures) >= 0 else None

    @quiet
    def value(self, position: NDArray) -> NDArray:
        away = self._away(position)
        return 0.5 * (away * (away @ self.matrix)).sum(-1)

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        away = self._away(position)
        return away @ self.matrix if self.angle else away * self.curvatures

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        shape = _points(position, len(self.curvatures)).shape
        return np.broadcast_to(self.matrix, (*shape, shape[-1]))

    def _away(self, position: NDArray) -> NDArray:
        points = _points(position, len(self.curvatures))
        return points - self.center if any(self.center) else points


def valley(condition_number: float = 20.0, angle: float = 0.0) -> Quadratic:
    """The course's long valley: steep across, with curvature 4, and gentle along, with curvature 4/κ.

    ::

        f(x, y) = ½ (4/κ x² + 4 y²);    κ = 20 gives f = 0.1 x² + 2 y², raced from (−5, 2)

    Raises
    ------
    ValueError
        For a condition number below 1 or not finite.

    Notes
    -----
    Taught in the chapter on gradient descent. Source: Zhang et al. (2023), section 12.6, for the surface.

    Examples
    --------
    >>> valley().curvatures
    (0.2, 4.0)
    """
    number("condition_number", condition_number, Span(1))
    return Quadratic((4.0 / condition_number, 4.0), angle)


@dataclass(frozen=True)
class Slope(Surface):
    """A straight hillside: the gradient is the same everywhere, so there is no minimum.

    ::

        f(w) = g · w,    ∇f = g

    Raises
    ------
    ValueError
        For a steepness that is not one or more finite numbers.

    Notes
    -----
    Taught in the chapter on momentum, where it shows the terminal speed ηg/(1−μ). Source: Qian (1999).

    Examples
    --------
    >>> Slope((2.0,)).gradient(np.array([[5.0], [-1.0]]))
    array([[2.],
           [2.]])
    """

    steepness: tuple[float, ...] = (1.0,)
    minimum = None

    def __post_init__(self):
        object.__setattr__(self, "steepness", _coordinates("steepness", self.steepness))

    @quiet
    def value(self, position: NDArray) -> NDArray:
        return _points(position, len(self.steepness)) @ np.array(self.steepness)

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        slope = np.empty_like(_points(position, len(self.steepness)))
        slope[...] = self.steepness
        return slope

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        shape = _points(position, len(self.steepness)).shape
        return np.zeros((*shape, shape[-1]))


@dataclass(frozen=True)
class Rosenbrock(Surface):
    """Rosenbrock's banana: a curved, flat-bottomed valley.

    ::

        f(x, y) = (a − x)² + b (y − x²)²,    minimum 0 at (a, a²)

    Raises
    ------
    ValueError
        For an a or a b that is no number from -1e100 to 1e100.

    Notes
    -----
    Played with in the chapters on momentum and Nesterov. Source: Rosenbrock (1960).

    Examples
    --------
    >>> Rosenbrock().gradient(np.array([0.0, 1.0]))
    array([ -2., 200.])
    """

    a: float = 1.0
    b: float = 100.0

    def __post_init__(self):
        for name in ("a", "b"):
            object.__setattr__(self, name, number(name, getattr(self, name), Span(-1e100, 1e100)))

    @property
    def minimum(self) -> NDArray:
        return np.array([self.a, self.a**2])

    @quiet
    def value(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return (self.a - x) ** 2 + self.b * (y - x * x) ** 2

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        off = y - x * x
        return _slopes(position, -2 * (self.a - x) - 4 * self.b * x * off, 2 * self.b * off)

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return _symmetric(2 - 4 * self.b * (y - 3 * x * x), -4 * self.b * x, np.full_like(x, 2 * self.b))


@dataclass(frozen=True)
class Beale(Surface):
    """Beale's function: a plateau with steep corners and one minimum.

    ::

        f(x, y) = Σₖ (cₖ − x + x yᵏ)²,    c = 1.5, 2.25, 2.625 for k = 1, 2, 3;    minimum 0 at (3, 0.5)

    Notes
    -----
    Played with in the chapters on momentum and Nesterov. Source: Beale (1958); Moré, Garbow and Hillstrom (1981).

    Examples
    --------
    >>> float(Beale().value(np.array([3.0, 0.5])))
    0.0
    """

    minimum = _fixed([3.0, 0.5])

    @quiet
    def value(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return sum((c - x + x * y**k) ** 2 for k, c in _BEALE)

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        powers = 1.0, y, y * y, y * y * y  # products have the same last digit on the page, powers need not
        off = {k: 2 * (c - x + x * powers[k]) for k, c in _BEALE}
        dx = sum(off[k] * (powers[k] - 1) for k in off)
        dy = sum(off[k] * k * x * powers[k - 1] for k in off)
        return _slopes(position, dx, dy)

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        xx = sum(2 * (y**k - 1) ** 2 for k, c in _BEALE)
        xy = sum(2 * k * y ** (k - 1) * (x * (y**k - 1) + c - x + x * y**k) for k, c in _BEALE)
        yy = sum(
            2 * k * x * (k * x * y ** (2 * k - 2) + (k - 1) * (c - x + x * y**k) * y ** max(k - 2, 0))
            for k, c in _BEALE
        )
        return _symmetric(xx, xy, yy)


_BEALE = ((1, 1.5), (2, 2.25), (3, 2.625))


@dataclass(frozen=True)
class Himmelblau(Surface):
    """Himmelblau's function: four minima of the same depth, so that the start decides.

    ::

        f(x, y) = (x² + y − 11)² + (x + y² − 7)²,    one of its minima is 0 at (3, 2)

    Notes
    -----
    Played with in the chapters on momentum and Nesterov. Source: Himmelblau (1972).

    Examples
    --------
    >>> Himmelblau().gradient(np.array([3.0, 2.0]))
    array([0., 0.])
    """

    minimum = _fixed([3.0, 2.0])

    @quiet
    def value(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        p, q = x * x + y - 11, x + y * y - 7
        return _slopes(position, 4 * x * p + 2 * q, 2 * p + 4 * y * q)

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return _symmetric(12 * x * x + 4 * y - 42, 4 * (x + y), 12 * y * y + 4 * x - 26)


@dataclass(frozen=True)
class Saddle(Surface):
    """A mountain pass: it rises along x and falls along y, so the origin is flat but no minimum.

    ::

        f(x, y) = ½ x² − ½ y² + ¼ y⁴,    minima −¼ at (0, 1) and (0, −1)

    The quartic keeps it bounded below: a run that leaves the pass arrives somewhere.

    Notes
    -----
    Played with in the chapter on momentum. Source: Nocedal and Wright (2006), section 2.1, on saddle points.

    Examples
    --------
    >>> Saddle().gradient(np.array([0.0, 0.0])), Saddle().gradient(np.array([0.0, 1.0]))
    (array([0., 0.]), array([0., 0.]))
    """

    minimum = _fixed([0.0, 1.0])

    @quiet
    def value(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return 0.5 * x * x - 0.5 * y * y + 0.25 * (y * y) ** 2

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return _slopes(position, x, y * y * y - y)

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        x, y = _xy(position)
        return _symmetric(np.ones_like(x), np.zeros_like(x), 3 * y * y - 1)


@dataclass(frozen=True)
class FlatQuartic(Surface):
    """A bowl whose bottom is flat: the curvature fades away on the way in.

    ::

        f(w) = ¼ Σ wᵢ⁴,    ∇f = w³

    Raises
    ------
    ValueError
        For a d that is not a whole number of at least 1.

    Notes
    -----
    The case where gradient descent's steps really shrink; used in the chapter on gradient descent.
    Source: Nesterov (2018), section 1.2, on the rate without strong convexity.

    Examples
    --------
    >>> FlatQuartic().gradient(np.array([0.1]))
    array([0.001])
    """

    d: int = 1

    def __post_init__(self):
        object.__setattr__(self, "d", whole("d", self.d))

    @property
    def minimum(self) -> NDArray:
        return np.zeros(self.d)

    @quiet
    def value(self, position: NDArray) -> NDArray:
        square = _points(position, self.d) ** 2
        return 0.25 * (square * square).sum(-1)

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        w = _points(position, self.d)
        return w * w * w

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        w = _points(position, self.d)
        return 3 * (w * w)[..., None] * np.eye(self.d)


@dataclass(frozen=True)
class Lessard(Surface):
    """The counter-example on which a well-tuned heavy ball runs in circles for ever.

    ::

        ∇f(x) = 25x (x < 1),    x + 24 (1 ≤ x < 2),    25x − 24 (x ≥ 2);    minimum 0 at 0

    One-dimensional and convex, with curvatures 1 and 25. From x₀ = 3.3, η = 1/9 and μ = 4/9 end in a cycle of
    792/1225, −2208/1225 and 2592/1225.

    Notes
    -----
    Used in the chapter on Nesterov's lookahead. Source: Lessard, Recht and Packard (2016), section 4.6.

    Examples
    --------
    >>> Lessard().gradient(np.array([[0.5], [1.5], [2.5]])).ravel()
    array([12.5, 25.5, 38.5])
    """

    minimum = _fixed([0.0])

    @quiet
    def value(self, position: NDArray) -> NDArray:
        x = _points(position, 1)[..., 0]
        middle = 12.5 + 0.5 * (x * x - 1) + 24 * (x - 1)
        steep = 38.0 + 12.5 * (x * x - 4) - 24 * (x - 2)
        return np.where(x < 1, 12.5 * x * x, np.where(x < 2, middle, steep))

    @quiet
    def gradient(self, position: NDArray) -> NDArray:
        x = _points(position, 1)
        return np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24))

    @quiet
    def hessian(self, position: NDArray) -> NDArray:
        x = _points(position, 1)
        return np.where((x < 1) | (x >= 2), 25.0, 1.0)[..., None]


def _coordinates(name: str, value: tuple[float, ...]) -> tuple[float, ...]:
    """One or more finite numbers in a row, as floats."""
    try:
        found = np.atleast_1d(finite(name, value, "one or more finite numbers"))
    except ValueError:
        raise ValueError(f"{name} must be one or more finite numbers, not {shown(value)}.") from None
    if found.ndim > 1:
        raise ValueError(f"{name} must be one or more finite numbers in a row, not {shown(value)}.")
    return tuple(found.tolist())


def _points(position: NDArray, d: int) -> NDArray:
    """Return the positions as floats of shape (..., d), or say what is wanted."""
    return positions("on this surface", position, d).astype(float, copy=False)


def _xy(position: NDArray) -> tuple[NDArray, NDArray]:
    points = _points(position, 2)
    return points[..., 0], points[..., 1]


def _slopes(position: NDArray, dx: NDArray, dy: NDArray) -> NDArray:
    """Put the two slopes into one array that lies in memory as the positions do, for the steps that are to follow."""
    slopes = np.empty_like(position, dtype=float)
    slopes[..., 0], slopes[..., 1] = dx, dy
    return slopes


def _rotation(angle: float) -> NDArray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _symmetric(xx: NDArray, xy: NDArray, yy: NDArray) -> NDArray:
    return np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2)
