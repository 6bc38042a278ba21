"""Exercises that check themselves: what is asked, what is right, and what each known mistake is told.

One description serves the notebook (``check``) and the static page: ``Exercise.page_data`` holds every sentence that
the page's script may say, word for word.
"""

from __future__ import annotations

import copy
import html
import math
import numbers
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

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

UNANSWERED = "Not answered yet. Put your answer in place of the three dots."
NOT_FINITE = "Not yet. Your answer is not a finite number. Look where it is divided by zero or overflows."
SIGN = "Not yet. The size is right, the sign is not."
PERCENT = "Not yet. Give the share itself, not the percentage: 5 % is 0.05."
DIGITS = "Not yet. Close. Give it to three significant digits at least."
WHOLE = "Not yet. The answer is a whole number."


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
        if not self.message.strip():
            raise ValueError("a mistake needs a message that helps.")


@dataclass(frozen=True)
class Number:
    """A number to find. A float counts as right within half a percent, an integer only exactly.

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
    """

    label: str
    answer: float
    hint: str
    mistakes: tuple[Mistake, ...] = ()
    why: str = ""

    def __post_init__(self) -> None:
        if not self.label.strip() or not self.hint.strip():
            raise ValueError(f"{self.label or self.answer!r} needs a label and a hint.")
        seen = [self.answer]
        for mistake in self.mistakes:
            if any(self._same(mistake.answer, other) for other in seen):
                raise ValueError(
                    f"{self.label}: the mistake {mistake.answer!r} cannot be told from another answer."
                )
            seen.append(mistake.answer)

    @property
    def whole(self) -> bool:
        """Whether the answer is an integer, to be met exactly."""
        return isinstance(self.answer, numbers.Integral)

    def _slack(self, wanted: float) -> float:
        """How far from the wanted number a given one may be."""
        exact = self.whole and isinstance(wanted, numbers.Integral)
        return 1e-9 if exact else max(TOLERANCE * abs(float(wanted)), 1e-9)

    def _same(self, given: float, wanted: float) -> bool:
        return abs(given - wanted) <= self._slack(wanted)

    def _sentences(self) -> dict[str, str]:
        """What may be said of a number that is no known mistake."""
        return {
            "right": f"Right. {self.why}".strip(),
            "sign": SIGN,
            "percent": PERCENT,
            "whole": f"{WHOLE} Hint: {self.hint}",
            "close": DIGITS,
            "hint": f"Not yet. Hint: {self.hint}",
        }

    def _kind(self, number: float) -> str:
        """The key among ``_sentences`` of what is to say of a number that is no known mistake."""
        wanted = float(self.answer)
        if self._same(number, self.answer):
            return "right"
        if wanted and self._same(-number, self.answer):
            return "sign"
        if not self.whole and 0 < abs(wanted) <= 1 and self._same(number / 100, self.answer):
            return "percent"
        if self.whole and number != round(number):
            return "whole"
        if not self.whole and abs(number - wanted) <= CLOSE * abs(wanted):
            return "close"
        return "hint"

    def grade(self, given: Any) -> tuple[bool, str]:
        """Return whether the number is right, and what to say."""
        if given is ...:
            return False, UNANSWERED
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

    def page_data(self) -> dict:
        """What the page's script needs to say the same."""
        return {
            "answer": float(self.answer),
            "slack": self._slack(self.answer),
            "whole": self.whole,
            "close": CLOSE * abs(float(self.answer)),
            "mistakes": [
                [float(mistake.answer), self._slack(mistake.answer), f"Not yet. {mistake.message}"]
                for mistake in self.mistakes
            ],
            "said": self._sentences(),
        }


def _as_float(given: Any) -> float | None:
    """A number of any kind, or an array that holds just one; None for all else."""
    if isinstance(given, bool | str | bytes):
        return None
    try:
        if isinstance(given, numbers.Real):
            return float(given)
        if hasattr(given, "__array__"):
            value = np.asarray(given)
            return float(value.reshape(())) if value.size == 1 and value.dtype.kind in "iuf" else None
    except OverflowError:
        return math.inf
    return None


@dataclass(frozen=True)
class Function:
    """A function to write; it is tried on cases and compared with the right one, to nine digits.

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

    def __post_init__(self) -> None:
        if not self.cases or not self.hint.strip():
            raise ValueError("a function needs a case to try it on, and a hint.")
        seen = [self._results(self.answer)]
        for mistake in self.mistakes:
            results = self._results(mistake.answer)
            if any(_same_values(results, other) for other in seen):
                raise ValueError(f"the mistake {mistake.message!r} cannot be told from another answer.")
            seen.append(results)

    def _results(self, function: Callable) -> tuple:
        return tuple(function(*_fresh(case)) for case in self.cases)

    def grade(self, given: Any) -> tuple[bool, str]:
        """Return whether the function is right, and what to say."""
        if given is ...:
            return False, UNANSWERED
        if not callable(given):
            kind = type(given).__name__
            return False, f"Not yet. Your answer must be a function; it is of the type {kind}."
        try:
            results = self._results(given)
        except Exception as error:
            said = f"{type(error).__name__}: {error}".rstrip(".: ")
            return False, f"Not yet. Your function stops with {said}. Look at that first."
        if any(value is ... for value in results):
            return False, UNANSWERED
        if any(value is None for value in results):
            return False, "Not yet. Your function returns nothing. End it with a return."
        if _same_values(results, self._results(self.answer)):
            return True, f"Right. {self.why}".strip()
        for mistake in self.mistakes:
            if _same_values(results, self._results(mistake.answer)):
                return False, f"Not yet. {mistake.message}"
        return False, f"Not yet. Hint: {self.hint}"


def _fresh(case: tuple) -> tuple:
    """Copies of the arguments, so that a function that changes them harms no other case."""
    return tuple(copy.deepcopy(argument) if not callable(argument) else argument for argument in case)


def _same_values(one: Any, other: Any) -> bool:
    """Whether two results, numbers, arrays or tuples of them, are the same to nine digits."""
    if isinstance(other, tuple):
        pairs = isinstance(one, tuple | list) and len(one) == len(other)
        return pairs and all(_same_values(a, b) for a, b in zip(one, other, strict=True))
    try:
        one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    except (TypeError, ValueError):
        return False
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-9, atol=1e-12)


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
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"{self.name!r} must be small words with hyphens between them.")
        if self.grade not in GRADES:
            raise ValueError(
                f"the grade of {self.name} must be one of {', '.join(GRADES)}, not {self.grade!r}."
            )
        if not self.answers:
            raise ValueError(f"{self.name} asks for nothing: give it an answer to check.")

    def check(self, given: Mapping[str, Any]) -> Verdict:
        """Grade the given answers, by name.

        Raises
        ------
        TypeError
            When a name is missing or unknown.
        """
        if set(given) != set(self.answers):
            raise TypeError(
                f"check({self.name!r}) wants {', '.join(f'{name}=...' for name in self.answers)}; "
                f"it was given {', '.join(given) or 'nothing'}."
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
        Tuples (name, right, message).

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
