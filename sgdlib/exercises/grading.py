"""Exercises that check themselves: what is asked, what is right, and what each known mistake is told.

One description serves the notebook (``check``) and the static page: ``Exercise.page_data`` holds every sentence that
the page's script may say, word for word.
"""

from __future__ import annotations

import copy
import html
import inspect
import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from sgdlib.checks import (
    Span,
    as_numbers,
    flag,
    function,
    hyphenated,
    mapping,
    number,
    one_of,
    shown,
    text,
)
from sgdlib.exercises import reading

__all__ = ["GRADES", "Exercise", "Function", "Mistake", "Number", "Verdict"]

GRADES = {
    "read off": "a look at a figure or a line of output",
    "compute": "a formula and a calculation, or a function of a few lines",
    "investigate": "an experiment of your own",
}
"""The grades of an exercise, and what each asks for.

>>> list(GRADES)
['read off', 'compute', 'investigate']
"""

TOLERANCE = 5e-3  # relative: three significant digits
CLOSE = 3e-2
NINE_DIGITS, SIX_DIGITS = (
    (1e-9, 1e-12),
    (1e-5, 1e-6),
)  # of a function's results: relative, and of the largest result
WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}

UNANSWERED = "Not answered yet. Put your answer in place of the three dots."
NOT_FINITE = "Not yet. Your answer is not a finite number. Look where it is divided by zero or overflows."
SIGN = "Not yet. The size is right, the sign is not."
PERCENT = "Not yet. Give the share itself, not the percentage: 5 % is 0.05."
DIGITS = "Not yet. Close. Give it to {} significant digits at least, rounded."
NOT_DIGITS = "Not yet. Close, but not a matter of rounding. Hint: "
WHOLE = "Not yet. The answer is a whole number."
IN_PLACE = "Not yet. You change the {} that you are given in place: work on a copy."
LESS_PRECISE = "Right to six digits: you have lost some precision, by single precision or by rounding."


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, and the sentence that helps.

    Parameters
    ----------
    answer
        The wrong number, or for a function a wrong function.
    message
        What went wrong, in a sentence or two, without the right answer.

    Raises
    ------
    ValueError
        Without a message.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> Mistake(0.3, "That is the root of a.").answer
    0.3
    """

    answer: Any
    message: str

    def __post_init__(self) -> None:
        text("message", self.message, "a sentence that helps")


def _mistakes(given: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    if not isinstance(given, tuple) or not all(isinstance(each, Mistake) for each in given):
        raise ValueError(f"mistakes must be a tuple such as (Mistake(3, '...'),), not {shown(given)}.")
    return given


@dataclass(frozen=True)
class Number:
    """A number to find. A float counts as right within its tolerance, an integer only exactly.

    Parameters
    ----------
    label
        What is asked for, as it stands beside the field on the page.
    answer
        The right number; write how it is computed, not its digits.
    hint
        What a wrong answer is told if it is no known mistake.
    mistakes
        The known wrong answers; the first that matches speaks.
    why
        What the right answer is told besides "Right."
    tolerance
        How far off a float may be, relative to the answer: half a percent for three digits. Smaller where more digits
        are asked for, larger where the number follows from another that may be rounded.
    share
        Whether it is a share, so that a percentage is told so.
    right, wrong
        Right answers in other words, and wrong ones besides the known mistakes; tests/test_exercises.py grades them,
        and wants three of each, where known mistakes count as wrong.

    Raises
    ------
    ValueError
        If a mistake cannot be told from the right answer, or two of them from each other; without a label or a hint.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> best = Number("the best learning rate", 2 / 4.2, "Two over the sum.", (Mistake(2 / 4, "That is 2/L."),))
    >>> best.grade(0.4762), best.grade(0.5)
    ((True, 'Right.'), (False, 'Not yet. That is 2/L.'))
    >>> best.grade(0.7)
    (False, 'Not yet. Hint: Two over the sum.')
    >>> best.grade(0.48), best.grade(0.485)  # the one is 0.47619 rounded, the other is not
    ((False, 'Not yet. Close. Give it to three significant digits at least, rounded.'), \
(False, 'Not yet. Close, but not a matter of rounding. Hint: Two over the sum.'))
    """

    label: str
    answer: float
    hint: str
    mistakes: tuple[Mistake, ...] = ()
    why: str = ""
    tolerance: float = TOLERANCE
    share: bool = False
    right: tuple = ()
    wrong: tuple = ()

    def __post_init__(self) -> None:
        for name in ("label", "hint"):
            text(name, getattr(self, name))
        text("why", self.why, empty=True)
        flag("share", self.share)
        number("tolerance", self.tolerance, Span(0, 1, without="both"))
        number("answer", self.answer)  # an infinite one would make all answers right
        _mistakes(self.mistakes)
        seen = [self.answer]
        for mistake in self.mistakes:
            number("the answer of a mistake", mistake.answer)
            if any(self._same(mistake.answer, other) for other in seen):
                raise ValueError(f"the mistake {shown(mistake.answer)} cannot be told from another answer.")
            seen.append(mistake.answer)

    @property
    def whole(self) -> bool:
        """Whether the answer is an integer, to be met exactly."""
        return isinstance(self.answer, numbers.Integral)

    def _slack(self, wanted: float) -> float:
        """How far from the wanted number a given one may be."""
        exact = self.whole and isinstance(wanted, numbers.Integral)
        tolerance = self.tolerance if wanted == self.answer else min(self.tolerance, TOLERANCE)
        return 1e-9 if exact else max(tolerance * abs(float(wanted)), 1e-9)

    def _same(self, given: float, wanted: float) -> bool:
        return abs(float(given) - float(wanted)) <= self._slack(wanted)

    @property
    def digits(self) -> int:
        """The significant digits, rounded, that are enough; three at least."""
        kept = (n for n in range(3, 16) if self._same(self._shortened(n)[0], self.answer))
        return next(kept, 16)

    def _shortened(self, digits: int) -> tuple[float, float]:
        """The answer rounded, and cut, to so many significant digits."""
        answer = float(self.answer)
        rounded = float(f"{answer:.{digits - 1}e}")
        head, _, power = f"{answer:.15e}".partition("e")
        cut = float(f"{head[: digits + 1 + head.startswith('-')]}e{power}")
        return rounded, cut

    @property
    def too_short(self) -> list[float]:
        """The answer rounded or cut to too few digits, as long as that is near it."""
        answer = float(self.answer)
        if self.whole or not answer:
            return []
        short = {each for n in range(1, self.digits + 1) for each in self._shortened(n)}
        return sorted(
            each for each in short if not self._same(each, answer) and abs(each - answer) <= 0.1 * abs(answer)
        )

    def _sentences(self) -> dict[str, str]:
        """What may be said of a number that is no known mistake."""
        return {
            "right": f"Right. {self.why}".strip(),
            "sign": SIGN,
            "percent": PERCENT,
            "whole": f"{WHOLE} Hint: {self.hint}",
            "digits": DIGITS.format(WORDS.get(self.digits, self.digits)),
            "close": f"{NOT_DIGITS}{self.hint}",
            "hint": f"Not yet. Hint: {self.hint}",
        }

    def _kind(self, number: float) -> str:
        """The key among ``_sentences`` of what is to say of a number that is no known mistake."""
        wanted = float(self.answer)
        if self._same(number, self.answer):
            return "right"
        if wanted and self._same(-number, self.answer):
            return "sign"
        if self.share and self._same(number / 100, self.answer):
            return "percent"
        if self.whole and number != round(number):
            return "whole"
        if any(abs(number - short) <= 1e-9 * abs(short) for short in self.too_short):
            return "digits"
        if not self.whole and abs(number - wanted) <= CLOSE * abs(wanted):
            return "close"
        return "hint"

    def grade(self, given: Any) -> tuple[bool, str]:
        """Return whether the number is right, and what to say."""
        if given is ...:
            return False, UNANSWERED
        if isinstance(given, str):
            return self._grade_text(given)
        number = _as_float(given)
        if number is None:
            kind = type(given).__name__
            return False, f"Not yet. Your answer must be one number; it is of the type {kind}."
        if not math.isfinite(number):
            return False, NOT_FINITE
        kind = self._kind(number)
        if kind != "right":
            for mistake in self.mistakes:
                if self._same(number, mistake.answer):
                    return False, f"Not yet. {mistake.message}"
        return kind == "right", self._sentences()[kind]

    def _grade_text(self, text: str) -> tuple[bool, str]:
        """As on the page: right if one of the text's meanings is, asked about if it has two and none is."""
        read = reading.meanings(text)
        if not read.values:
            return False, read.why[:1].upper() + read.why[1:]
        graded = [self.grade(value) for value in read.values]
        if not any(right for right, _ in graded) and reading.is_double(text, read.values):
            return False, reading.which(text, read.values)
        return next((each for each in graded if each[0]), graded[0])

    def page_data(self) -> dict:
        """What the page's script needs to say the same."""
        return {
            "answer": float(self.answer),
            "slack": self._slack(self.answer),
            "whole": self.whole,
            "share": self.share,
            "short": self.too_short,
            "close": CLOSE * abs(float(self.answer)),
            "mistakes": [
                [float(mistake.answer), self._slack(mistake.answer), f"Not yet. {mistake.message}"]
                for mistake in self.mistakes
            ],
            "said": self._sentences(),
        }


def _as_float(given: Any) -> float | None:
    """A number of any kind, or an array that holds just one; None for all else."""
    if isinstance(given, bool | str | bytes | np.timedelta64):
        return None
    try:
        if isinstance(given, numbers.Real | Decimal):
            return float(given)
        if hasattr(given, "__array__"):
            value = as_numbers(given)
            return float(value.reshape(())) if value is not None and value.size == 1 else None
    except OverflowError:
        return math.inf
    return None


@dataclass(frozen=True)
class Function:
    """A function to write; it is tried on cases and compared with the right one, to nine digits.

    Any spelling of the results will do: tuple, list or array, 0-d or of one element, a column for a row. Six digits
    pass with a word about the precision. A function that changes its arguments does not pass.

    Parameters
    ----------
    answer
        The right function.
    cases
        Tuples of arguments to try it on; each call gets copies of its own.
    hint
        What a wrong function is told if it is no known mistake.
    mistakes
        Known wrong functions; the first that gives the same as the reader's in every case speaks.
    why
        What the right function is told besides "Right."
    right, wrong
        Right functions in other words, and wrong ones besides the known mistakes; tests/test_exercises.py grades
        them, and wants three of each.

    Raises
    ------
    ValueError
        If a mistake cannot be told from the right function, or two of them from each other; without a case or a hint.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> double = Function(lambda x: 2 * x, ((3.0,),), "Add it to itself.", (Mistake(lambda x: x * x, "A square."),))
    >>> double.grade(lambda x: x + x), double.grade(lambda x: x * x)
    ((True, 'Right.'), (False, 'Not yet. A square.'))
    >>> double.grade(lambda x: None)
    (False, 'Not yet. Your function returns nothing. End it with a return.')
    """

    answer: Callable
    cases: tuple[tuple, ...]
    hint: str
    mistakes: tuple[Mistake, ...] = ()
    why: str = ""
    right: tuple[Callable, ...] = ()
    wrong: tuple[Callable, ...] = ()

    def __post_init__(self) -> None:
        function("answer", self.answer, "a case")
        if (
            not isinstance(self.cases, tuple)
            or not self.cases
            or not all(isinstance(c, tuple) for c in self.cases)
        ):
            raise ValueError(
                f"cases must be one tuple of arguments or more, in a tuple, not {shown(self.cases)}."
            )
        text("hint", self.hint)
        for mistake in _mistakes(self.mistakes):
            function("the answer of a mistake", mistake.answer, "a case")
        wanted, seen = self._results(self.answer)[0], []
        for mistake in self.mistakes:
            results = self._results(mistake.answer)[0]
            if _same_results(results, wanted, SIX_DIGITS) or any(_same_results(results, s) for s in seen):
                raise ValueError(f"the mistake {shown(mistake.message)} cannot be told from another answer.")
            seen.append(results)

    def _results(self, function: Callable) -> tuple[list, str | None]:
        """What a function returns in each case, and which of its arguments it changes."""
        results, changed = [], None
        for case in self.cases:
            given = _fresh(case)
            results.append(function(*given))
            places = [
                k for k, (one, other) in enumerate(zip(given, case, strict=True)) if _altered(one, other)
            ]
            if places and changed is None:
                changed = [*inspect.signature(self.answer).parameters][places[0]]
        return results, changed

    def grade(self, given: Any) -> tuple[bool, str]:
        """Return whether the function is right, and what to say."""
        if given is ...:
            return False, UNANSWERED
        if not callable(given):
            kind = type(given).__name__
            return False, f"Not yet. Your answer must be a function; it is of the type {kind}."
        try:
            results, changed = self._results(given)
        except (Exception, SystemExit) as error:
            said = f"{type(error).__name__}: {error}".rstrip(".: ")
            return False, f"Not yet. Your function stops with {said}. Look at that first."
        if any(value is ... for value in results):
            return False, UNANSWERED
        if any(value is None for value in results):
            return False, "Not yet. Your function returns nothing. End it with a return."
        wanted = self._results(self.answer)[0]
        exact = _same_results(results, wanted)
        known = (m for m in self.mistakes if _same_results(results, self._results(m.answer)[0]))
        mistake = None if exact else next(known, None)
        if mistake:
            return False, f"Not yet. {mistake.message}"
        if exact or _same_results(results, wanted, SIX_DIGITS):
            if changed:
                return False, IN_PLACE.format(changed)
            return True, f"{'Right.' if exact else LESS_PRECISE} {self.why}".strip()
        return False, f"Not yet. {_order_or_shape(results, wanted) or f'Hint: {self.hint}'}"


def _fresh(case: tuple) -> tuple:
    """Copies of the arguments, so that a function that changes them harms no other case."""
    return tuple(copy.deepcopy(argument) if not callable(argument) else argument for argument in case)


def _altered(given: Any, before: Any) -> bool:
    """Whether an array is another than before the call; one that is put back is not."""
    return isinstance(before, np.ndarray) and not np.allclose(given, before, rtol=1e-9, atol=1e-12)


def _arrays(result: Any, wanted: Any) -> list[np.ndarray] | None:
    """A result as one array for each wanted value, without axes of length 1; None if it is none."""
    values = [result]
    if isinstance(wanted, tuple):
        try:
            values = list(result)
        except TypeError:
            return None
        if isinstance(result, str | bytes | Mapping | set) or len(values) != len(wanted):
            return None
    try:
        found = [as_numbers(value) for value in values]
        return (
            None
            if any(each is None for each in found)
            else [np.squeeze(each.astype(float)) for each in found]
        )
    except (TypeError, ValueError):
        return None


def _same_results(results: list, wanted: list, digits: tuple[float, float] = NINE_DIGITS) -> bool:
    """Whether the results of all cases, numbers, arrays or tuples of them, are the same to so many digits."""
    rtol, atol = digits
    right = [_arrays(value, value) for value in wanted]
    given = [_arrays(value, other) for value, other in zip(results, wanted, strict=True)]
    if None in given or None in right:
        return False
    for ones, others in zip(zip(*given, strict=True), zip(*right, strict=True), strict=True):
        largest = max(float(np.abs(other).max()) for other in others)
        for one, other in zip(ones, others, strict=True):
            if one.shape != other.shape or not np.allclose(one, other, rtol=rtol, atol=atol * (largest or 1)):
                return False
    return True


def _order_or_shape(results: list, wanted: list) -> str:
    """What to say if all numbers are right, and only their order, their shape or one of them is missing."""
    if isinstance(wanted[0], tuple):
        count = len(wanted[0])
        many = WORDS.get(count, count)
        if _same_results([_backwards(each) for each in results], wanted):
            return "The numbers are right, their order is not."
        for k in range(count):
            if _same_results(results, [each[k] for each in wanted]):
                return f"That is one of the {many} values that are wanted. Return {many}, with a comma between them."
        if _same_numbers(results, wanted):
            return (
                f"The numbers are right, their shape is not. Return {many} values, with a comma between them."
            )
    elif _same_numbers(results, wanted):
        given = [np.shape(np.asarray(each)) for each in results]
        other = [np.shape(np.asarray(each)) for each in wanted]
        k = next(k for k in range(len(given)) if given[k] != other[k])
        return f"The numbers are right, their shape is not: it is {given[k]}, and {other[k]} is wanted."
    return ""


def _backwards(result: Any) -> Any:
    several = isinstance(result, tuple | list) or (isinstance(result, np.ndarray) and result.ndim)
    return tuple(result)[::-1] if several else result


def _same_numbers(results: list, wanted: list) -> bool:
    """Whether the numbers are the same, one after the other, whatever their shape."""
    try:
        for one, other in zip(results, wanted, strict=True):
            parts = other if isinstance(other, tuple) else (other,)
            flat = np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in parts])
            values = [as_numbers(value) for value in (one if isinstance(one, tuple | list) else (one,))]
            if any(value is None for value in values):
                return False
            given = np.concatenate([np.ravel(value.astype(float)) for value in values])
            if given.shape != flat.shape or not np.allclose(given, flat, rtol=1e-9, atol=1e-12):
                return False
    except (TypeError, ValueError):
        return False
    return True


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter: a name, a grade of difficulty, and its answers.

    Parameters
    ----------
    name
        How ``check`` finds it; small words and hyphens.
    grade
        A key of ``GRADES``.
    answers
        The name of a variable to what it must be.

    Raises
    ------
    ValueError
        For another kind of name, another grade, or without an answer.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> Exercise("half", "read off", {"half": Number("steps", 7, "Count.")}).check({"half": 6}).right
    False
    """

    name: str
    grade: str
    answers: Mapping[str, Number | Function] = field(default_factory=dict)

    def __post_init__(self) -> None:
        hyphenated("name", self.name)
        one_of("grade", self.grade, GRADES)
        mapping("answers", self.answers, Number | Function, "a Number or a Function for each name")

    def check(self, given: Mapping[str, Any]) -> Verdict:
        """Grade the given answers, by name.

        Raises
        ------
        TypeError
            When a name is missing or unknown.
        """
        if not isinstance(given, Mapping):
            raise TypeError(f"the answers must come by name, as a dict, not {shown(given)}.")
        if set(given) != set(self.answers):
            raise TypeError(
                f"check({self.name!r}) wants {', '.join(f'{name}=...' for name in self.answers)}; "
                f"it was given {', '.join(map(str, given)) or 'nothing'}."
            )
        return Verdict(tuple((name, *wanted.grade(given[name])) for name, wanted in self.answers.items()))

    def page_data(self) -> dict[str, dict]:
        """What the page's script needs to check the numbers; functions are checked in the notebook only."""
        return {
            name: wanted.page_data() for name, wanted in self.answers.items() if isinstance(wanted, Number)
        }


@dataclass(frozen=True)
class Verdict:
    """What ``check`` found: for each answer its name, whether it is right, and a sentence.

    Parameters
    ----------
    findings
        Tuples (name, right, message), one or more.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Shown under the cells of the exercises in every chapter.

    Examples
    --------
    >>> Verdict((("half", True, "Right."), ("most", False, "Not yet. Hint: Count.")))
    half: Right.
    most: Not yet. Hint: Count.
    """

    findings: tuple[tuple[str, bool, str], ...]

    def __post_init__(self) -> None:
        whole_ones = isinstance(self.findings, tuple) and all(
            isinstance(each, tuple) and [type(part) for part in each] == [str, bool, str]
            for each in self.findings
        )
        if not whole_ones or not self.findings:
            raise ValueError(
                f"findings must be tuples (name, right, message), one or more, not {shown(self.findings)}."
            )

    @property
    def right(self) -> bool:
        """Whether every answer is right."""
        return all(right for _, right, _ in self.findings)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {message}" for name, _, message in self.findings)

    def _repr_html_(self) -> str:
        lines = [
            f'<p class="sgd-finding" data-right="{str(right).lower()}" style="margin:.2rem 0">'
            f'<span aria-hidden="true">{"✓" if right else "✗"}</span> <code>{html.escape(name)}</code>: '
            f"{html.escape(message, quote=False)}</p>"
            for name, right, message in self.findings
        ]
        style = "border-left:4px solid;padding:.2rem 1rem;margin:.5rem 0"
        return "\n".join([f'<div class="sgd-check" role="note" style="{style}">', *lines, "</div>"])
