"""Exercises that check themselves, and questions to answer before the figure does: one module for each chapter."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from sgdlib.exercises.grading import GRADES, Exercise, Function, Mistake, Number, Verdict
from sgdlib.exercises.questions import (
    gradient_descent,
    keras,
    momentum,
    nesterov,
    race,
    sgd,
    tuning,
    warm_up,
    what_next,
)
from sgdlib.exercises.quizzes import Choice, Quiz

__all__ = [
    "EXERCISES",
    "GRADES",
    "QUIZZES",
    "Choice",
    "Exercise",
    "Function",
    "Mistake",
    "Number",
    "Quiz",
    "Verdict",
    "check",
    "predict",
]

CHAPTERS = (warm_up, gradient_descent, sgd, momentum, nesterov, race, keras, tuning, what_next)


def _by_name(things: Iterable[Exercise | Quiz]) -> dict:
    found = {}
    for thing in things:
        if thing.name in found:
            raise ValueError(f"two exercises or questions are called {thing.name}.")
        found[thing.name] = thing
    return found


EXERCISES: dict[str, Exercise] = _by_name(each for chapter in CHAPTERS for each in chapter.EXERCISES)
"""Every exercise of the course, by name.

:meta hide-value:

>>> all(exercise.grade in GRADES for exercise in EXERCISES.values())
True
"""

QUIZZES: dict[str, Quiz] = _by_name(each for chapter in CHAPTERS for each in chapter.QUIZZES)
"""Every question of the course, by name.

:meta hide-value:

>>> all(name == quiz.name for name, quiz in QUIZZES.items())
True
"""


def _find(name: str, among: dict, kind: str):
    if name not in among:
        near = difflib.get_close_matches(name, among, n=1)
        raise ValueError(f"there is no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "."))
    return among[name]


def check(name: str, **answers: Any) -> Verdict:
    """Check the answers to an exercise: right, or what is wrong in a sentence.

    Parameters
    ----------
    name
        The exercise, a key of ``EXERCISES``.
    answers
        The variables or functions that it asks for; ``...`` stands for one that is still open.

    Raises
    ------
    TypeError
        If an answer is missing or unknown.
    ValueError
        If there is no such exercise.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> check("half-terminal-speed", half="7", most=...)
    half: Not yet. Your answer must be one number; it is of the type str.
    most: Not answered yet. Put your answer in place of the three dots.
    """
    return _find(name, EXERCISES, "exercise").check(answers)


def predict(name: str) -> Quiz:
    """Show a question with choices.

    Parameters
    ----------
    name
        The question, a key of ``QUIZZES``.

    Raises
    ------
    ValueError
        If there is no such question.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> predict("faster-on-a-slop")
    Traceback (most recent call last):
        ...
    ValueError: there is no question 'faster-on-a-slop'; did you mean 'faster-on-a-slope'?
    """
    return _find(name, QUIZZES, "question")
