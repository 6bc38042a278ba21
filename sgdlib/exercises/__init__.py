"""Exercises that check themselves, and questions to answer before the figure does: one module for each chapter."""

from __future__ import annotations

from typing import Any

from sgdlib.exercises import places
from sgdlib.exercises.grading import GRADES, Exercise, Function, Mistake, Number, Verdict
from sgdlib.exercises.places import chapters, exercises_of, quizzes_of
from sgdlib.exercises.quizzes import Choice, Quiz

__all__ = [
    "GRADES",
    "Choice",
    "Exercise",
    "Function",
    "Mistake",
    "Number",
    "Quiz",
    "Verdict",
    "chapters",
    "check",
    "exercises_of",
    "predict",
    "quizzes_of",
]


def check(name: str, **answers: Any) -> Verdict:
    """Check the answers to an exercise: right, or what is wrong in a sentence.

    Parameters
    ----------
    name
        The exercise, a key of ``exercises_of`` its chapter.
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
    >>> check("half-terminal-speed", half=[7], most=...)
    half: Not yet. Your answer must be one number; it is of the type list.
    most: Not answered yet. Put your answer in place of the three dots.
    """
    return places.find(Exercise, name).check(answers)


def predict(name: str) -> Quiz:
    """Show a question with choices.

    Parameters
    ----------
    name
        The question, a key of ``quizzes_of`` its chapter.

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
    return places.find(Quiz, name)
