"""Where the exercises and questions stand: a file for each chapter, found by its place, imported when asked for.

To find a name, the files are read and not run: a file computes the answers of its chapter when it is imported.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from pathlib import Path

from sgdlib.checks import shown, text
from sgdlib.exercises.grading import Exercise
from sgdlib.exercises.quizzes import Quiz

__all__ = ["chapters", "exercises_of", "find", "quizzes_of", "source_of", "where"]

QUESTIONS = Path(__file__).with_name("questions")


def chapters() -> list[str]:
    """The chapters that have exercises or questions, in the order of the alphabet.

    Notes
    -----
    Used by the pages of every chapter.

    Examples
    --------
    >>> chapters()[:2]
    ['edge', 'gradient-descent']
    """
    return sorted(path.stem.replace("_", "-") for path in QUESTIONS.glob("*.py") if path.stem != "__init__")


def source_of(chapter: str) -> Path:
    """The file with the exercises and questions of a chapter.

    Raises
    ------
    ValueError
        If the chapter has none.

    Notes
    -----
    Read where the page of every chapter is built.

    Examples
    --------
    >>> source_of("gradient-descent").name
    'gradient_descent.py'
    """
    text("chapter", chapter, "the name of a chapter")
    if chapter not in chapters():
        raise ValueError(f"there are no exercises for a chapter {shown(chapter)}{_near(chapter, chapters())}")
    return QUESTIONS / f"{chapter.replace('-', '_')}.py"


def where(kind: type[Exercise] | type[Quiz]) -> dict[str, str]:
    """The name of every exercise, or of every question, and its chapter; nothing is imported.

    Raises
    ------
    ValueError
        If two have the same name.

    Notes
    -----
    Finds the exercises of every chapter.

    Examples
    --------
    >>> where(Exercise)["half-terminal-speed"]
    'momentum'
    """
    if kind not in (Exercise, Quiz):
        raise ValueError(f"kind must be Exercise or Quiz, not {shown(kind)}.")
    found: dict[str, str] = {}
    for chapter in chapters():
        source = source_of(chapter).read_text(encoding="utf-8")
        for name in re.findall(rf'\b{kind.__name__}\(\s*"([^"]*)"', source):
            if name in found:
                where = " and ".join(dict.fromkeys([found[name], chapter]))
                raise ValueError(f"two of the class {kind.__name__} are called {name!r}: see {where}.")
            found[name] = chapter
    return found


def find(kind: type[Exercise] | type[Quiz], name: str) -> Exercise | Quiz:
    """The exercise or question of this name; of all chapters, only its own is imported.

    Raises
    ------
    ValueError
        If there is none, or more than one.

    Notes
    -----
    Used by ``check`` and ``predict`` in every chapter.

    Examples
    --------
    >>> find(Exercise, "half-terminal-speed").grade
    'read off'
    """
    if kind not in (Exercise, Quiz):
        raise ValueError(f"kind must be Exercise or Quiz, not {shown(kind)}.")
    word, of = ("exercise", exercises_of) if kind is Exercise else ("question", quizzes_of)
    text("name", name, f"the name of {'an exercise' if kind is Exercise else 'a question'}")
    known = where(kind)
    if name not in known:
        raise ValueError(f"there is no {word} {shown(name)}{_near(name, known)}")
    return of(known[name])[name]


def exercises_of(chapter: str) -> dict[str, Exercise]:
    """The exercises of a chapter, by name, in the order of its page.

    Parameters
    ----------
    chapter
        The chapter's notebook, without its ending.

    Raises
    ------
    ValueError
        If the chapter has none.

    Notes
    -----
    Used by the pages of every chapter.

    Examples
    --------
    >>> exercises_of("momentum")["half-terminal-speed"].grade
    'read off'
    """
    return {each.name: each for each in _load(chapter).EXERCISES}


def quizzes_of(chapter: str) -> dict[str, Quiz]:
    """The questions of a chapter, by name, in the order of its page.

    Parameters
    ----------
    chapter
        The chapter's notebook, without its ending.

    Raises
    ------
    ValueError
        If the chapter has none.

    Notes
    -----
    Used by the pages of every chapter.

    Examples
    --------
    >>> len(quizzes_of("momentum")["faster-on-a-slope"].choices)
    4
    """
    return {each.name: each for each in _load(chapter).QUIZZES}


def _load(chapter: str):
    return importlib.import_module(f"sgdlib.exercises.questions.{source_of(chapter).stem}")


def _near(name: str, among: Iterable[str]) -> str:
    """How a sentence about an unknown name ends: with the nearest known one, if one is near.

    >>> _near("momentun", ["momentum", "sgd"])
    "; did you mean 'momentum'?"
    """
    import difflib  # only a wrong name needs it

    found = difflib.get_close_matches(name, list(among), n=1)
    return f"; did you mean {found[0]!r}?" if found else "."
