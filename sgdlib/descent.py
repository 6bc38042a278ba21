"""Run a rule down a slope and keep what happened."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlib.checks import (
    POSITIVE,
    as_numbers,
    called,
    finite,
    flag,
    function,
    iterable,
    kept,
    number,
    quiet,
    shown,
    surface_for_function,
    together,
    whole,
)
from sgdlib.optimizer import Gradient, State, precision

__all__ = ["DIVERGED", "Rule", "Trajectory", "descend", "steps_to_stay_within"]

MOST_STEPS = 10**9
DIVERGED = 1e12
"""A run diverges when a coordinate leaves [−10¹², 10¹²]; every surface of the course is still finite there.

>>> DIVERGED
1000000000000.0
"""


class Rule(Protocol):
    """What ``descend`` asks of a rule: two pure functions, and nothing else. ``SGD`` and ``Adam`` are rules.

    ::

        s₀ = init(θ₀),    (θₖ₊₁, sₖ₊₁) = step(g, θₖ, sₖ)

    Notes
    -----
    Positions θ have shape (..., d), and the gradient g is a function of them. The state s is a plain tuple of arrays,
    perhaps an empty one, whose number, shapes and kinds of number stay the same. An array of shape (..., k) holds k
    numbers for each run; a 0-d array is shared by all runs. ``init`` gives the shape that hyperparameters broadcast to.
    Written out first, as a loop, in the chapter on gradient descent; the first state is the velocity of the chapter on
    momentum.

    Examples
    --------
    Polyak's momentum remembers no velocity but the last position:

    >>> class Polyak:
    ...     def init(self, position):
    ...         return (position,)
    ...     def step(self, gradient, position, state):
    ...         (last,) = state
    ...         return position - 0.1 * gradient(position) + 0.9 * (position - last), (position,)
    >>> run = descend(Polyak(), lambda x: x, start=[8.0], steps=3)
    >>> run.positions[:, 0]
    array([8.   , 7.2  , 5.76 , 3.888])
    """

    def init(self, position: NDArray) -> State:
        """Return the state before the first step."""

    def step(self, gradient: Gradient, position: NDArray, state: State) -> tuple[NDArray, State]:
        """Take one step and return the new position and the new state; leave the old ones as they are."""


@dataclass(frozen=True)
class Trajectory:
    """What a run (or many runs at once) went through; row k is how it stood after k steps.

    Attributes
    ----------
    positions
        Shape (steps + 1, ..., d); only the last one, (1, ..., d), if the run was told ``path=False``.
    states
        The arrays of the rule's state, as many as it has, each with the same rows: (steps + 1, ..., k).
    losses
        Shape (steps + 1, ...); None if no loss was asked for.
    diverged_at
        Shape (...), integers: the step that left [−10¹², 10¹²]; −1 for a run that never did. Such a run stands still
        from there on at its last position inside, with its state there, so that no position is ever infinite or NaN.

    Notes
    -----
    Used from the chapter on gradient descent onwards.

    Examples
    --------
    >>> from sgdlib import SGD
    >>> run = descend(SGD(0.5, momentum=0.5), lambda x: x, start=[8.0], steps=3)
    >>> run.positions[:, 0], run.velocities[:, 0]
    (array([ 8.,  4.,  0., -2.]), array([ 0., -4., -4., -2.]))
    """

    positions: NDArray
    states: State
    losses: NDArray | None
    diverged_at: NDArray

    @property
    def velocities(self) -> NDArray:
        """The first array of the state, shape (steps + 1, ..., d): for SGD the velocity.

        Raises
        ------
        AttributeError
            For a rule that keeps no state.
        """
        if not self.states:
            raise AttributeError("there are no velocities: this rule keeps no state.")
        return self.states[0]

    @property
    def diverged(self) -> NDArray:
        """Whether each run diverged, shape (...)."""
        return self.diverged_at >= 0


def descend(
    rule: Rule,
    gradient: Gradient | Iterable[Gradient],
    start: ArrayLike,
    steps: int,
    *,
    state: State | None = None,
    loss: Callable[[NDArray], NDArray] | None = None,
    path: bool = True,
) -> Trajectory:
    """Take ``steps`` steps by a rule and return the trajectory.

    ::

        (θₖ₊₁, sₖ₊₁) = rule.step(g, θₖ, sₖ),    θ₀ = start,    s₀ = rule.init(start) unless given

    Hyperparameters (...) and starts (..., d) broadcast: a map of 100 × 100 learning rates and momenta is one call.

    Parameters
    ----------
    rule
        ``SGD``, ``Adam`` or any other object with ``init`` and ``step``: see ``Rule``.
    gradient
        One function for all steps, or an iterable with a function for each step (mini-batches).
    start
        Shape (..., d); finite, and inside [−10¹², 10¹²].
    state
        What to go on from: a tuple of finite arrays such as ``rule.init`` gives, or some that broadcast with them.
    steps
        How many steps to take, at least 0.
    loss
        A function of the positions, giving shape (...); kept for every step.
    path
        False keeps only the last position and state, so that memory does not grow with the steps.

    Raises
    ------
    TypeError
        A rule without ``init`` and ``step``, or one that breaks the promises of ``Rule``; a gradient or a loss that is
        no function, or changes the positions.
    ValueError
        A start that is a bare number or not finite, a state that is not the rule's, shapes that do not broadcast,
        steps that are not a whole number of at least 0, or more than fit, fewer gradients than steps, a loss of another
        shape.

    Notes
    -----
    A run that diverges raises and prints nothing; ``Trajectory.diverged_at`` says when. Written out as a loop in the
    chapter on gradient descent.

    Examples
    --------
    >>> from sgdlib import SGD
    >>> runs = descend(SGD(learning_rate=[0.1, 1.0, 2.1]), lambda x: x, start=[1.0], steps=300, path=False)
    >>> runs.positions.shape, runs.diverged_at
    ((1, 3, 1), array([ -1,  -1, 290]))
    """
    steps, path = whole("steps", steps, low=0), flag("path", path)
    if steps > MOST_STEPS:
        raise ValueError(f"steps must be at most {MOST_STEPS:,}: {shown(steps)} would not end today.")
    if loss is not None:
        function("loss", loss, "the positions")
    gradients = _one_for_each_step(gradient, steps)
    now = _before_the_first_step(rule, start, state)
    _keep_freed_memory(now)
    runs = now[0].shape[:-1]
    rows = steps + 1 if path else 1
    kept(f"the path of {steps} steps", rows * sum(array.size for array in now), "take fewer, or path=False")
    kept(f"the losses of {steps} steps", (steps + 1) * math.prod(runs), "take fewer steps or runs")
    diverged_at, stopped = np.full(runs, -1), None
    records = [np.empty((rows, *array.shape), array.dtype) for array in now]
    losses = None if loss is None else np.empty((steps + 1, *runs))
    with np.errstate(all="ignore"):
        for k in range(steps + 1):
            if k:
                new = _step(rule, next(gradients), now)
                if stopped is not None:
                    new = _put_back(stopped, new, now)
                if (leaving := _leaving(new[0])) is not None:
                    diverged_at[leaving] = k
                    new, stopped = _put_back(leaving, new, now), diverged_at >= 0
                now = new
            if path or k == steps:
                for record, array in zip(records, now, strict=True):
                    record[k if path else 0] = array
            if losses is not None:
                losses[k] = _one_for_each_run(called("the loss", loss, now[0]), runs)
    return Trajectory(records[0], tuple(records[1:]), losses, diverged_at)


@quiet
def steps_to_stay_within(
    positions: NDArray, tolerance: float = 1e-6, target: ArrayLike | None = None
) -> NDArray | int:
    """Count the steps until a run stays within a distance of the target for the rest of the trajectory.

    ::

        min { k : ‖θⱼ − w*‖ < tolerance for all j ≥ k },    −1 if the last position is not within

    Parameters
    ----------
    positions
        Shape (steps + 1, ..., d).
    tolerance
        In the units of the positions, above 0.
    target
        w*, of shape (d,); the origin when left out.

    Raises
    ------
    ValueError
        For a tolerance that is not above 0, positions that are none, or a target of another shape.

    Notes
    -----
    The course's way to count steps, from the chapter on gradient descent onwards.

    Examples
    --------
    >>> from sgdlib import SGD
    >>> run = descend(SGD(0.5), lambda x: x, start=[1.0], steps=50)
    >>> int(steps_to_stay_within(run.positions, 1e-6))
    20
    """
    number("tolerance", tolerance, POSITIVE)
    points = _points(positions)
    if target is not None:
        target = finite("target", target, "a position, of shape (d,)")
        together(positions=points, target=target)
        if target.shape[-1:] != points.shape[-1:]:
            raise ValueError(
                f"target must have shape {points.shape[-1:]}, as the positions, not {target.shape}."
            )
    away = points if target is None else points - target
    outside = ~(np.linalg.norm(away, axis=-1) < tolerance)
    # the last step outside, counted from the end
    last_outside = len(outside) - 1 - np.argmax(outside[::-1], axis=0)
    count = np.where(outside.any(axis=0), last_outside + 1, 0)
    return np.where(outside[-1], -1, count)[()]


def _points(positions: NDArray) -> NDArray:
    wanted = "positions must have shape (steps + 1, ..., d)"
    if isinstance(positions, Trajectory):
        raise ValueError(f"{wanted}, not a Trajectory; write its .positions.")
    points = as_numbers(positions)
    if points is None:
        raise ValueError(f"{wanted}, not {shown(positions)}.")
    if points.ndim < 2 or not points.shape[0]:
        one_column = "; of one column write positions[:, :1]" if points.ndim == 1 else ""
        raise ValueError(f"{wanted}, not {points.shape}{one_column}.")
    return points


def _before_the_first_step(rule: Rule, start: ArrayLike, state: State | None) -> State:
    """Return (θ₀, *s₀), each array that belongs to the runs of shape (*runs, k), or say what is wrong with them."""
    if isinstance(rule, type) or not all(callable(getattr(rule, name, None)) for name in ("init", "step")):
        remedy = f"; write {rule.__name__}()." if isinstance(rule, type) and hasattr(rule, "step") else "."
        raise TypeError(
            f"a rule is an object with init and step, such as SGD(0.1), not {shown(rule)}{remedy}"
        )
    position = as_numbers(start)
    if position is None or position.shape[-1:] == (0,):
        raise ValueError(f"start must be an array of numbers, of shape (..., d), not {shown(start)}.")
    position = position.astype(precision(position))
    if position.ndim == 0:
        raise ValueError(f"start must have shape (..., d); write [{shown(start)}] for one dimension.")
    if not (np.abs(position) <= DIVERGED).all():
        raise ValueError("start must hold finite numbers from -1e12 to 1e12.")
    own = _arrays(rule.init(position), "the rule's init must return", TypeError)
    given = own if state is None else _arrays(state, "state must be", ValueError)
    if [array.shape[-1:] for array in given] != [array.shape[-1:] for array in own]:
        raise ValueError(
            f"state must be like the rule's own, with shapes {_shapes(own)}, not {_shapes(given)}; "
            "only the axes of the runs, all but the last, may differ."
        )
    if not all(_finite(array) for array in own):
        raise TypeError("the rule's init must return finite numbers.")
    if not all(_finite(array) for array in given):
        raise ValueError("state must hold finite numbers.")
    if not all(np.can_cast(a.dtype, b.dtype, "same_kind") for a, b in zip(given, own, strict=True)):
        raise ValueError("state must hold the same kinds of number as the rule's own.")
    try:
        runs = np.broadcast_shapes(*(array.shape[:-1] for array in (position, *own, *given)))
    except ValueError:
        raise ValueError(
            f"start {position.shape} and state {_shapes(given)} must broadcast, all axes but the last, "
            f"with the state of the rule's own, {_shapes(own)}."
        ) from None
    kinds = (position.dtype, *(array.dtype for array in own))
    return tuple(
        _longer_innermost(array, runs, kind) for array, kind in zip((position, *given), kinds, strict=True)
    )


def _arrays(state: State, who: str, error: type[Exception]) -> State:
    if not isinstance(state, tuple):
        raise error(f"{who} a tuple of arrays, as (velocity,) is, not {shown(state)}.")
    try:
        return tuple([np.asarray(array) for array in state])
    except Exception:  # whatever an object's own conversion stumbles over
        raise error(f"{who} a tuple of arrays, as (velocity,) is, not {shown(state)}.") from None


def _finite(array: NDArray) -> bool:
    return array.dtype.kind in "biuf" and bool(np.isfinite(array).all())


def _shapes(arrays: Iterable[NDArray]) -> str:
    return f"({', '.join(str(array.shape) for array in arrays)})"


def _longer_innermost(array: NDArray, runs: tuple[int, ...], kind: np.dtype) -> NDArray:
    """Broadcast to shape (*runs, k), the longer of the two side by side in memory: NumPy is much faster over it."""
    if array.ndim == 0:
        return array.astype(kind)
    k = array.shape[-1]
    many = math.prod(runs) > k
    laid_out = np.moveaxis(np.empty((k, *runs), kind), 0, -1) if many else np.empty((*runs, k), kind)
    laid_out[...] = array
    return laid_out


def _keep_freed_memory(now: State) -> None:
    """Let large arrays that one step frees serve the next: glibc keeps them once something as large has been freed.

    Otherwise it gives them back and asks again, which for hundreds of networks takes as long as the arithmetic.
    """
    if sum(array.nbytes for array in now) > 2**21:
        np.empty(2**25 - 2**16, np.uint8)


def _one_for_each_step(gradient: Gradient | Iterable[Gradient], steps: int) -> Iterator[Gradient]:
    """The gradient of each step; where there is none, it says so when that step comes."""
    if callable(gradient):
        return repeat(gradient, steps)
    if not iterable(gradient):
        given = surface_for_function(gradient) or shown(gradient)
        raise TypeError(f"gradient must be a function of the positions, or one for each step, not {given}.")
    return _in_turn(gradient, steps)


def _in_turn(gradients: Iterable[Gradient], steps: int) -> Iterator[Gradient]:
    given = 0
    for each in islice(gradients, steps):
        if not callable(each):
            given = surface_for_function(each) or shown(each)
            raise TypeError(f"each gradient must be a function of the positions, not {given}.")
        yield each
        given += 1
    used_up = isinstance(gradients, Iterator) and not given
    once = " (an iterator gives them once: make it anew)" if used_up else ""
    raise ValueError(f"there are {given} gradients for {steps} steps{once}; give one for each step.")


def _step(rule: Rule, gradient: Gradient, now: State) -> State:
    """Let the rule take one step from (θ, *s), and hold it to the shapes and the kinds of number that it began with."""
    taken = _taken(rule, gradient, now)
    if not isinstance(taken, tuple) or len(taken) != 2:
        raise TypeError(f"the rule's step must return (position, state), not {shown(taken)}.")
    (position,) = _arrays(taken[:1], "the rule's step must return as its position", TypeError)
    new = (position, *_arrays(taken[1], "the rule's step must return as its state", TypeError))
    if [(array.shape, array.dtype) for array in new] != [(array.shape, array.dtype) for array in now]:
        new = _alike(new, now)
    return new


def _taken(rule: Rule, gradient: Gradient, now: State) -> tuple[NDArray, State]:
    """What the rule's step returns; meanwhile nobody can write into the arrays that it was given."""
    ours = [array for array in now if array.flags.writeable]
    for array in ours:
        array.flags.writeable = False
    try:
        return rule.step(gradient, now[0], now[1:])
    except ValueError as error:
        if "read-only" in str(error):
            raise TypeError(
                "the rule's step and the gradient must return new arrays and leave the old ones as they are: "
                "write position = position - ..., not position -= ...."
            ) from error
        raise
    finally:
        for array in ours:
            array.flags.writeable = True


def _alike(new: State, now: State) -> State:
    """Return the new arrays as the kinds of number of the old, or say that they are not like them."""
    if [array.shape for array in new] != [array.shape for array in now]:
        raise TypeError(
            f"the rule's step must keep all shapes; position and state {_shapes(now)} became {_shapes(new)}."
        )
    for array, before in zip(new, now, strict=True):
        if not np.can_cast(array.dtype, before.dtype, "same_kind"):
            raise TypeError(f"the rule's step must not turn {before.dtype} numbers into {array.dtype}.")
    return tuple(array.astype(before.dtype, copy=False) for array, before in zip(new, now, strict=True))


def _leaving(position: NDArray) -> NDArray | None:
    """Return which runs diverge here, as a mask of shape (...); None, and quickly, where nobody does."""
    lowest = np.minimum.reduce(position, axis=None, initial=0)
    highest = np.maximum.reduce(position, axis=None, initial=0)
    # NaN compares false, so "not within" catches it too.
    return None if -DIVERGED <= lowest <= highest <= DIVERGED else ~(np.abs(position) <= DIVERGED).all(-1)


def _put_back(runs: NDArray, new: State, old: State) -> State:
    """Take the old arrays where this mask of shape (...) is true; what all runs share goes on.

    In place, where the new array is nobody else's: a copy for each step would cost a third of a map's time.
    """
    held = []
    for now, before in zip(new, old, strict=True):
        if now.ndim:
            in_use = any(now is other for other in (*old, *held))
            if in_use or not (now.flags.owndata and now.flags.writeable):
                now = now.copy("K")
            np.copyto(now, before, where=runs[..., None])
        held.append(now)
    return tuple(held)


def _one_for_each_run(loss: NDArray, runs: tuple[int, ...]) -> NDArray:
    found = as_numbers(loss)
    if found is None:
        missing = "; is there a return?" if loss is None else "."
        raise ValueError(
            f"the loss must give numbers, of the shape of the runs, {runs}, not {shown(loss)}{missing}"
        )
    if found.shape != runs:
        raise ValueError(f"the loss must have the shape of the runs, {runs}, not {found.shape}.")
    return found
