"""What an argument must be, and the sentence for one that is not: one function for each kind, used by every module.

Each takes the name that the caller knows and what was given, and returns it as the rest of the code may rely on it.
``tests/test_odd_calls.py`` calls every public name of the course with odd arguments, so that none goes without.
"""

from __future__ import annotations

import inspect
import operator
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ANY",
    "BETWEEN",
    "FADING",
    "NOT_NEGATIVE",
    "POSITIVE",
    "SHARE",
    "Span",
    "as_numbers",
    "called",
    "data",
    "finite",
    "flag",
    "flags",
    "function",
    "generator",
    "hyphenated",
    "iterable",
    "kept",
    "mapping",
    "number",
    "numbers",
    "one_of",
    "path",
    "positions",
    "quiet",
    "rows",
    "settled",
    "shown",
    "surface_for_function",
    "takes",
    "text",
    "together",
    "whole",
]

MOST_KEPT = 2**30
MOST_AXES = 32  # NumPy broadcasts no more
LARGEST = 2**63 - 1
LONGEST_SHOWN = 90


def quiet(function: Callable) -> Callable:
    """A decorator: what is too large for a computer becomes inf, and no warning is printed.

    Notes
    -----
    On the surfaces and the formulas of every chapter.

    Examples
    --------
    >>> quiet(lambda x: x * x)(np.array([1e200]))
    array([inf])
    """
    return np.errstate(all="ignore")(function)


@dataclass(frozen=True)
class Span:
    """Which finite numbers an argument may be: from low to high, perhaps without an end.

    Parameters
    ----------
    low, high
        The ends.
    without
        Those that do not belong to it: "", "low", "high" or "both".

    Notes
    -----
    Says what every argument of every chapter may be; the frequent ones have names.

    Examples
    --------
    >>> Span(0, 1, without="high").words, NOT_NEGATIVE.words, BETWEEN.words
    ('a number from 0 to below 1', 'a finite number of at least 0', 'a number between 0 and 1, both excluded')
    """

    low: float = -np.inf
    high: float = np.inf
    without: str = ""

    @property
    def words(self) -> str:
        """What it allows, in words."""
        low, high = f"{self.low:g}", f"{self.high:g}"
        if np.isinf(self.high):
            if np.isinf(self.low):
                return "a finite number"
            return f"a finite number {'above' if self.without else 'of at least'} {low}"
        if self.without == "both":
            return f"a number between {low} and {high}, both excluded"
        if self.without == "low":
            return f"a number above {low} and at most {high}"
        return f"a number from {low} to {'below ' if self.without == 'high' else ''}{high}"

    def holds(self, values: NDArray) -> NDArray:
        """Whether each number is one of them."""
        above = operator.gt if self.without in ("low", "both") else operator.ge
        below = operator.lt if self.without in ("high", "both") else operator.le
        with np.errstate(over="ignore"):  # an end may be too large for single precision
            return np.isfinite(values) & above(values, self.low) & below(values, self.high)


ANY = Span()
"""Any finite number.

>>> bool(ANY.holds(np.inf))
False
"""
NOT_NEGATIVE = Span(0)
"""0 and above: learning rates, times, penalties.

>>> bool(NOT_NEGATIVE.holds(0.0))
True
"""
POSITIVE = Span(0, without="low")
"""Above 0: curvatures, tolerances.

>>> bool(POSITIVE.holds(0.0))
False
"""
SHARE = Span(0, 1)
"""From 0 to 1: momenta.

>>> bool(SHARE.holds(1.0))
True
"""
FADING = Span(0, 1, without="high")
"""From 0 to below 1: what an average keeps.

>>> bool(FADING.holds(1.0))
False
"""
BETWEEN = Span(0, 1, without="both")
"""Between 0 and 1: momenta with a memory that fades.

>>> bool(BETWEEN.holds(0.0))
False
"""


def shown(value: Any) -> str:
    """What was given, as a sentence repeats it: in one line, and not too long.

    Notes
    -----
    Ends the sentences that every chapter's functions answer an odd call with.

    Examples
    --------
    >>> shown(np.float64(1.0000001)), shown(np.float64(2.0)), shown("a\\nb"), len(shown("a" * 1000))
    ('1.0000001', '2', "'a\\\\nb'", 90)
    """
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value[()]
    if isinstance(value, np.floating):
        short = f"{value:g}"
        return short if float(short) == value or value != value else repr(float(value))
    try:
        said = " ".join(repr(value).split())
    except Exception:  # an object's own fault, and no reason to say nothing of ours
        said = f"an object of the class {type(value).__name__}"
    return said if len(said) <= LONGEST_SHOWN else f"{said[: LONGEST_SHOWN - 1]}…"


def as_numbers(value: Any) -> NDArray | None:
    """What was given as an array of real numbers, of floats or of whole numbers; None where it is none.

    A text, a date, a truth value, a complex number, an empty or a ragged list, an array with a masked entry or more
    than 32 axes are none.

    Notes
    -----
    Under the checks of numbers of every chapter.

    Examples
    --------
    >>> as_numbers([1, 2.5]), as_numbers("1"), as_numbers(True), as_numbers(1j), as_numbers([[1], [1, 2]])
    (array([1. , 2.5]), None, None, None, None)
    """
    if type(value) is np.ndarray and value.dtype.kind == "f" and value.ndim <= MOST_AXES:
        return value
    # Whatever an object's own conversion stumbles over, it is no array of numbers.
    with suppress(Exception), np.errstate(all="ignore"):
        if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
            return None
        if isinstance(value, (list, tuple)) and not value:
            return None
        if isinstance(value, (list, tuple)):  # where NumPy would make one kind of what are two
            value = np.array(value, dtype=object)
        found = np.asarray(value)
        if found.dtype.kind == "O":
            kinds = {type(each) for each in found.flat}
            if not all(_real(kind) for kind in kinds):
                return None
            found = _ints(found, kinds)
        if found.dtype.kind in "iuf" and found.ndim <= MOST_AXES:
            return found
    return None


def _real(kind: type) -> bool:
    return issubclass(kind, (Real, Decimal)) and not issubclass(kind, (bool, np.timedelta64))


def _ints(found: NDArray, kinds: set[type]) -> NDArray:
    """An array of objects that are numbers as one of ints, where they are and fit, or else of floats."""
    if all(issubclass(kind, Integral) for kind in kinds):
        with suppress(OverflowError):
            return found.astype(np.int64)
    return found.astype(float)


def finite(name: str, value: ArrayLike, wanted: str, span: Span = ANY) -> NDArray:
    """Return numbers as an array of floats, of single precision where they come so.

    Parameters
    ----------
    name, value
        What the caller calls it, and what was given.
    wanted
        What it must be, in words: "an array of numbers, of shape (..., d)".
    span
        Which numbers are allowed.

    Raises
    ------
    ValueError
        For what holds no numbers, none at all, or one that is not allowed.

    Notes
    -----
    Takes the data and the positions of every chapter.

    Examples
    --------
    >>> finite("features", np.uint8([[200]]), "an array of numbers, of shape (N, d)")
    array([[200.]])
    >>> finite("features", [["a"]], "an array of numbers, of shape (N, d)")
    Traceback (most recent call last):
        ...
    ValueError: features must be an array of numbers, of shape (N, d), not [['a']].
    """
    found = as_numbers(value)
    if found is None or not found.size:
        raise ValueError(f"{name} must be {wanted}, not {shown(value)}.")
    if found.dtype != np.float32:
        with np.errstate(all="ignore"):
            found = found.astype(float, copy=False)
    if not (allowed := span.holds(found)).all():
        raise ValueError(f"{name} must be {wanted}; one of them is {shown(found[~allowed].flat[0])}.")
    return found


def data(name: str, value: ArrayLike, span: Span = ANY) -> NDArray:
    """Return features or targets as floats; whole numbers would wrap in products, and truth values count as 0 and 1.

    Raises
    ------
    ValueError
        For what holds no numbers, none at all, or one that is not allowed.

    Notes
    -----
    Takes the data of the chapter on gradient descent against SGD, and of all after it.

    Examples
    --------
    >>> data("features", np.uint8([[200]])), data("targets", [True, False])
    (array([[200.]]), array([1., 0.]))
    """
    with suppress(Exception):
        if (truths := np.asarray(value)).dtype == bool and not np.ma.is_masked(value):
            value = truths.astype(float)
    return finite(name, value, "an array of finite numbers", span)


def numbers(name: str, value: ArrayLike, span: Span = ANY) -> NDArray:
    """Return a number, or an array of them, as an array of floats.

    Raises
    ------
    ValueError
        For anything else, none at all, or a number that the span does not hold.

    Notes
    -----
    Takes the hyperparameters of every chapter.

    Examples
    --------
    >>> numbers("momentum", [0, 0.9], SHARE)
    array([0. , 0.9])
    >>> numbers("momentum", 1.0000001, SHARE)
    Traceback (most recent call last):
        ...
    ValueError: momentum must be a number from 0 to 1, or an array of such numbers, not 1.0000001.
    """
    found = as_numbers(value)
    wrong = value
    if found is not None and found.size:
        with np.errstate(all="ignore"):
            found = found.astype(float, copy=False)
        allowed = span.holds(found)
        if allowed.all():
            return found
        wrong = found[~allowed].flat[0]
    raise ValueError(f"{name} must be {span.words}, or an array of such numbers, not {shown(wrong)}.")


def number(name: str, value: float, span: Span = ANY) -> float:
    """Return one number as a float.

    Raises
    ------
    ValueError
        For anything else, or a number that the span does not hold.

    Notes
    -----
    Takes the tolerances and the ranges of every chapter.

    Examples
    --------
    >>> number("tolerance", np.float32(0.5), POSITIVE)
    0.5
    >>> number("tolerance", [1e-6, 1e-3], POSITIVE)
    Traceback (most recent call last):
        ...
    ValueError: tolerance must be a finite number above 0, not [1e-06, 0.001].
    """
    if type(value) is not float:
        found = as_numbers(value)
        with np.errstate(all="ignore"):
            value = float(found) if found is not None and found.ndim == 0 else value
    if type(value) is not float or not span.holds(value):
        raise ValueError(f"{name} must be {span.words}, not {shown(value)}.")
    return value


def whole(name: str, value: int, low: int = 1, high: int | None = None) -> int:
    """Return a whole number from low to high as an int: a Python or a NumPy integer, no bool, no float.

    Parameters
    ----------
    name
        What it is called in the sentence.
    value
        What was given.
    low, high
        The ends, both allowed; without high it is what fits into 64 bits.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Checks the sizes and counts of every chapter: samples, batches, epochs, steps, seeds.

    Examples
    --------
    >>> whole("steps", np.int64(3))
    3
    >>> whole("steps", 2.5, low=0)
    Traceback (most recent call last):
        ...
    ValueError: steps must be a whole number of at least 0, not 2.5.
    """
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64))
    if not integer or not low <= value <= (LARGEST if high is None else high):
        allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
        if integer and high is None and value > LARGEST:
            allowed += " that fits into 64 bits"
        raise ValueError(f"{name} must be a whole number {allowed}, not {shown(value)}.")
    return int(value)


def kept(what: str, count: int, remedy: str) -> int:
    """Return how many numbers are to be kept, or say that they are too many for any memory.

    Raises
    ------
    ValueError
        For more than 2³⁰, which take 8 GiB.

    Notes
    -----
    Asked before the runs of every chapter, so that a step too many is no lack of memory.

    Examples
    --------
    >>> kept("the path of 10 steps", 20, "take fewer steps")
    20
    >>> kept("the path of 10**12 steps", 10**12, "take fewer steps")
    Traceback (most recent call last):
        ...
    ValueError: the path of 10**12 steps holds 1.0e+12 numbers, and at most 1.1e+09 fit: take fewer steps.
    """
    if count > MOST_KEPT:
        raise ValueError(
            f"{what} holds {float(min(count, 10**300)):.1e} numbers, and at most {MOST_KEPT:.1e} fit: {remedy}."
        )
    return count


def flag(name: str, value: bool) -> bool:
    """Return a flag as a bool: True or False, of Python or of NumPy, and nothing that only counts as true.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Takes what is on or off in every chapter.

    Examples
    --------
    >>> flag("path", "no")
    Traceback (most recent call last):
        ...
    ValueError: path must be True or False, not 'no'.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, not {shown(value)}.")
    return bool(value)


def flags(name: str, value: ArrayLike) -> bool | NDArray:
    """Return a flag as a bool, or an array of flags as one of bools.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Takes ``nesterov`` in every chapter: one method, or one for each run.

    Examples
    --------
    >>> flags("nesterov", [True, False]), flags("nesterov", np.True_)
    (array([ True, False]), True)
    """
    if isinstance(value, bool):
        return value
    with suppress(Exception):
        masked = isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value)
        found = np.asarray(value, dtype=object)
        if found.size and not masked and all(isinstance(each, (bool, np.bool_)) for each in found.flat):
            return found.astype(bool) if found.ndim else bool(found)
    raise ValueError(f"{name} must be True or False, or an array of these, not {shown(value)}.")


def together(**arrays: Any) -> tuple:
    """Return what was given, in its order, or say that the shapes do not broadcast.

    Raises
    ------
    ValueError
        When they do not; it names them as they are named here.

    Notes
    -----
    Holds the arguments of the formulas of every chapter together.

    Examples
    --------
    >>> together(a=np.ones(2), momentum=np.ones(3))
    Traceback (most recent call last):
        ...
    ValueError: the shapes must broadcast: a (2,) and momentum (3,).
    """
    shapes = {name: np.shape(array) for name, array in arrays.items()}
    try:
        size = int(np.prod(np.broadcast_shapes(*shapes.values()), dtype=object))
    except ValueError:
        listed = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"the shapes must broadcast: {listed}.") from None
    kept("the result", size, "give fewer at a time")
    return tuple(arrays.values())


def positions(who: str, value: ArrayLike, d: int) -> NDArray:
    """Return positions of so many dimensions, as floats of the precision they come in; they may be inf or NaN.

    Raises
    ------
    ValueError
        For what holds no numbers, or positions of another number of dimensions.

    Notes
    -----
    The value, gradient and Hessian of every surface of every chapter begin with it.

    Examples
    --------
    >>> positions("on this surface", [1, 2], 2)
    array([1., 2.])
    >>> positions("on this surface", [1.0, 2.0, 3.0], 2)
    Traceback (most recent call last):
        ...
    ValueError: positions on this surface have shape (..., 2), not (3,).
    """
    points = as_numbers(value)
    if points is None:
        raise ValueError(f"positions {who} are numbers, of shape (..., {d}), not {shown(value)}.")
    if points.dtype != np.float64 and points.dtype != np.float32:
        with np.errstate(all="ignore"):
            points = points.astype(float)
    if points.ndim == 0 or points.shape[-1] != d:
        raise ValueError(f"positions {who} have shape (..., {d}), not {points.shape}.")
    return points


def rows(value: Any, count: int) -> NDArray | slice:
    """Return the rows of a batch: whole numbers from 0 to below count, of shape (..., B); or a slice of all.

    Raises
    ------
    ValueError
        For an empty batch, a row that is not there, or what are no rows.

    Notes
    -----
    The batches of the chapter on gradient descent against SGD, and of all after it.

    Examples
    --------
    >>> rows([0, 2], 3)
    array([0, 2])
    >>> rows([], 3)
    Traceback (most recent call last):
        ...
    ValueError: rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not [].
    """
    if isinstance(value, slice):
        with suppress(TypeError, ValueError):
            if len(range(*value.indices(count))):
                return value
    else:
        found = as_numbers(value)
        if found is not None and found.dtype.kind in "iu" and found.ndim and found.size:
            lowest, highest = np.minimum.reduce(found, axis=None), np.maximum.reduce(found, axis=None)
            if 0 <= lowest and highest < count:
                return found
    raise ValueError(
        f"rows must be at least one whole number from 0 to {count - 1}, in an array of shape (..., B), "
        f"not {shown(value)}."
    )


def generator(name: str, value: np.random.Generator, draws: str = "") -> np.random.Generator:
    """Return NumPy's generator of random numbers, or what has the one method that is needed.

    Parameters
    ----------
    name, value
        What the caller calls it, and what was given.
    draws
        The method that is enough, such as "uniform"; "" for none.

    Raises
    ------
    TypeError
        For anything else; a seed is told how to become one.

    Notes
    -----
    Draws the data and the batches of every chapter.

    Examples
    --------
    >>> generator("rng", 0)
    Traceback (most recent call last):
        ...
    TypeError: rng must be a generator of random numbers, not 0; write np.random.default_rng(0).
    """
    if not isinstance(value, np.random.Generator) and not (draws and callable(getattr(value, draws, None))):
        seed = shown(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
        raise TypeError(
            f"{name} must be a generator of random numbers, not {shown(value)}; write np.random.default_rng({seed})."
        )
    return value


def function(name: str, value: Callable, of: str) -> Callable:
    """Return what can be called.

    Parameters
    ----------
    name, value
        What the caller calls it, and what was given.
    of
        What it is a function of: "the positions".

    Raises
    ------
    TypeError
        For anything else; a surface is told which part of it is meant.

    Notes
    -----
    Takes the gradients and the losses of every chapter.

    Examples
    --------
    >>> from sgdlib.surfaces import valley
    >>> function("gradient", valley(), "the positions")
    Traceback (most recent call last):
        ...
    TypeError: gradient must be a function of the positions, not a Quadratic; write its .gradient.
    """
    if callable(value):
        return value
    raise TypeError(f"{name} must be a function of {of}, not {surface_for_function(value) or shown(value)}.")


def surface_for_function(value: Any) -> str:
    """What to say of a surface where a function is wanted; "" for all else.

    Notes
    -----
    Answers what beginners do most in the chapter on gradient descent.

    Examples
    --------
    >>> surface_for_function(3)
    ''
    """
    is_surface = callable(getattr(value, "gradient", None)) and not callable(value)
    return f"a {type(value).__name__}; write its .gradient" if is_surface else ""


def called(name: str, function: Callable, position: NDArray) -> Any:
    """Return what a function gives for positions, which it may look at and not change.

    Raises
    ------
    TypeError
        When it writes into them: a run would be rewritten behind the reader's back.

    Notes
    -----
    Every gradient and every loss of every chapter is called so.

    Examples
    --------
    >>> called("the gradient", lambda x: x.__iadd__(1), np.ones(2))
    Traceback (most recent call last):
        ...
    TypeError: the gradient must leave the positions as they are: write x = x + ..., not x += ....
    """
    seen = position.view()
    seen.flags.writeable = False
    try:
        return function(seen)
    except ValueError as error:
        if "read-only" in str(error):
            raise TypeError(
                f"{name} must leave the positions as they are: write x = x + ..., not x += ...."
            ) from error
        raise


def takes(value: Any, count: int) -> bool:
    """Whether it can be called with so many arguments in a row; what does not say which it takes, can.

    Notes
    -----
    Tells a loss over data from a surface in the chapter on gradient descent against SGD.

    Examples
    --------
    >>> takes(lambda position: 0.0, 1), takes(lambda position: 0.0, 2), takes(3, 1)
    (True, False, False)
    """
    if not callable(value):
        return False
    try:
        inspect.signature(value).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        pass
    return True


def iterable(value: Any) -> bool:
    """Whether one can be taken after the other; a text and an array without axes say so, and are not meant.

    Notes
    -----
    Looks at the gradients and the batches of the chapter on gradient descent against SGD, and at layers.

    Examples
    --------
    >>> iterable([1]), iterable(np.ones(1)), iterable(np.array(1.0)), iterable(1)
    (True, True, False, False)
    """
    no_series = isinstance(value, (str, bytes)) or (isinstance(value, np.ndarray) and not value.ndim)
    return isinstance(value, Iterable) and not no_series


def text(name: str, value: str, wanted: str = "a text", empty: bool = False) -> str:
    """Return a text with something in it; or without, where it may be empty.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Takes labels, hints and sentences of every chapter.

    Examples
    --------
    >>> text("hint", None)
    Traceback (most recent call last):
        ...
    ValueError: hint must be a text, not None.
    """
    if not isinstance(value, str) or not (value.strip() or (empty and value == "")):
        raise ValueError(f"{name} must be {wanted}, not {shown(value)}.")
    return value


def hyphenated(name: str, value: str) -> str:
    """Return a name of small words with hyphens between them.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Names the exercises and the questions of every chapter.

    Examples
    --------
    >>> hyphenated("name", "half-terminal-speed")
    'half-terminal-speed'
    """
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise ValueError(f"{name} must be small words with hyphens between them, not {shown(value)}.")
    return value


def one_of(name: str, value: Any, allowed: Iterable) -> Any:
    """Return one of a few values.

    Raises
    ------
    ValueError
        For another.

    Notes
    -----
    Takes the names of methods, losses and experiments of every chapter.

    Examples
    --------
    >>> one_of("loss", "sqares", ["squares", "cross-entropy"])
    Traceback (most recent call last):
        ...
    ValueError: loss must be "squares" or "cross-entropy", not 'sqares'.
    """
    known = list(allowed)
    for each in known:
        if type(value) is type(each) and value == each:
            return each
    *some, last = (f'"{each}"' if isinstance(each, str) else str(each) for each in known)
    listed = f"{', '.join(some)} or {last}" if some else last
    raise ValueError(f"{name} must be {listed}, not {shown(value)}.")


def mapping(name: str, value: Any, of: type, wanted: str, empty: bool = False) -> dict:
    """Return names with what belongs to them, as a dict.

    Raises
    ------
    ValueError
        For anything else, a value of another class, or an empty one unless it may be.

    Notes
    -----
    Takes the answers of the exercises of every chapter.

    Examples
    --------
    >>> mapping("answers", {"x": 3}, str, "a dict of texts")
    Traceback (most recent call last):
        ...
    ValueError: answers must be a dict of texts, not {'x': 3}.
    """
    if isinstance(value, Mapping) and (empty or value):
        found = dict(value)
        if all(isinstance(k, str) and isinstance(each, of) for k, each in found.items()):
            return found
    raise ValueError(f"{name} must be {wanted}, not {shown(value)}.")


def path(name: str, value: str | os.PathLike) -> Path:
    """Return the path of a file.

    Raises
    ------
    ValueError
        For what is no path, or the path of a folder.

    Notes
    -----
    Takes the tables and the stores of the tuning workshop.

    Examples
    --------
    >>> path("store", None)
    Traceback (most recent call last):
        ...
    ValueError: store must be the path of a file, not None.
    """
    if isinstance(value, (str, os.PathLike)) and str(value) and "\0" not in str(value):
        found = Path(value)
        if not found.is_dir():
            return found
        raise ValueError(f"{name} must be the path of a file; {found} is a folder.")
    raise ValueError(f"{name} must be the path of a file, not {shown(value)}.")


def settled(setting: Any, **spans: Any) -> None:
    """Hold each field of a frozen dataclass to the kind it is declared with, and to what it may be.

    Parameters
    ----------
    setting
        The object, in its ``__post_init__``; NumPy's numbers become Python's.
    spans
        By the name of a field: a ``Span`` for a float, (low, high) for an int, the names allowed for a str.

    Raises
    ------
    ValueError
        For a field that is none of its kind.

    Notes
    -----
    The settings of every measured run go through here, those of the tuning workshop first.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Roll:
    ...     sides: int
    ...     def __post_init__(self):
    ...         settled(self, sides=(2, None))
    >>> Roll(np.int64(6)), Roll(6).sides
    (Roll(sides=6), 6)
    >>> Roll("6")
    Traceback (most recent call last):
        ...
    ValueError: sides must be a whole number of at least 2, not '6'.
    """
    kinds = get_type_hints(type(setting))
    for field in fields(setting):
        name, kind, value = field.name, kinds[field.name], getattr(setting, field.name)
        allowed = spans.get(name)
        if kind is bool:
            value = flag(name, value)
        elif kind is int:
            ends = (0, 2**32 - 1) if name == "seed" else (0, None)  # what NumPy and Keras take as a seed
            value = whole(name, value, *(allowed or ends))
        elif kind is float:
            value = number(name, value, allowed or ANY)
        elif kind is str:
            value = one_of(name, value, allowed) if allowed else text(name, value)
        object.__setattr__(setting, name, value)
