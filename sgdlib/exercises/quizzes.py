"""Predict first: a question with choices before the figure that gives it away."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from sgdlib.checks import flag, function, hyphenated, shown, text

__all__ = ["Choice", "Proof", "Quiz"]

Proof = tuple[dict[str, bool], tuple]
"""What a proof returns: whether each choice holds, by the beginning of its text, and the numbers of the reasons."""

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


def _reads(token: str, number: float) -> bool:
    """Whether a number, rounded as a text has it, is what the text says.

    >>> _reads("4.31", 4.3081), _reads("4.31", 4.3)
    (True, False)
    """
    places = len(token.partition(".")[2])
    return abs(abs(number) - float(token)) <= 0.5 * 10.0**-places * (1 + 1e-6)


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and why it is right, or tempting and wrong.

    Parameters
    ----------
    text
        The answer.
    why
        What the reader who chose it should know.
    right
        Whether it is the right one.

    Raises
    ------
    ValueError
        Without an explanation.

    Notes
    -----
    Used by the questions of every chapter.

    Examples
    --------
    >>> Choice("ten times", "")
    Traceback (most recent call last):
        ...
    ValueError: why must be the explanation of the choice 'ten times', not ''.
    """

    text: str
    why: str
    right: bool = False

    def __post_init__(self) -> None:
        text("text", self.text)
        text("why", self.why, f"the explanation of the choice {shown(self.text)}")
        flag("right", self.right)


@dataclass(frozen=True)
class Quiz:
    """A question to answer before the chapter does.

    Each choice is a ``<details>``: it opens by mouse, touch and keyboard, on the page, in a notebook and in a viewer
    that runs no script. The page's script adds that the first choice is the prediction, and is kept over a reload.

    Parameters
    ----------
    name
        How ``predict`` finds it; small words and hyphens.
    question
        In plain words.
    choices
        Two or more, one of them right.
    proof
        A function that computes which choice is right. It returns, for the beginning of each choice's text, whether
        that choice holds; then the numbers that the reasons state. A reason without a number is an assert in it.

    Raises
    ------
    ValueError
        For another kind of name, with fewer than two choices, or not exactly one that is right.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> two, eleven = Choice("2", "One more than one.", right=True), Choice("11", "As text, not as a number.")
    >>> Quiz("sum", "1 + 1?", (two, eleven), proof=lambda: ({"2": 1 + 1 == 2, "11": 1 + 1 == 11}, ()))
    1 + 1?
      ( ) 2
      ( ) 11
    """

    name: str
    question: str
    choices: tuple[Choice, ...]
    proof: Callable[[], Proof]

    def __post_init__(self) -> None:
        hyphenated("name", self.name)
        text("question", self.question)
        function("proof", self.proof, "no argument, which computes what is right")
        if not isinstance(self.choices, tuple) or not all(isinstance(each, Choice) for each in self.choices):
            raise ValueError(f"choices must be a tuple of Choice, not {shown(self.choices)}.")
        if len(self.choices) < 2 or sum(choice.right for choice in self.choices) != 1:
            raise ValueError(
                f"the question {shown(self.name)} needs two choices or more, exactly one of them right."
            )

    def unproved(self) -> list[str]:
        """What the proof does not bear out: another choice marked as right, another text, a number in a reason.

        Raises
        ------
        AssertionError
            If a reason does not hold.

        Examples
        --------
        >>> two, eleven = Choice("2", "One more than one.", right=True), Choice("11", "As text, 12 at most.")
        >>> Quiz("sum", "1 + 1?", (two, eleven), proof=lambda: ({"2": False, "11": True}, ())).unproved()
        ["the proof says False of '2'", "the proof says True of '11'", "no computed number is '12'"]
        """
        holds, numbers = self.proof()
        if len(holds) != len(self.choices):
            return [f"the proof knows {len(holds)} choices of {len(self.choices)}"]
        said = []
        for choice, (start, held) in zip(self.choices, holds.items(), strict=True):
            if not choice.text.startswith(start):
                said.append(f"the proof has {start!r} where the choice says {choice.text!r}")
            if bool(held) != choice.right:
                said.append(f"the proof says {bool(held)} of {start!r}")
        given = NUMBER.findall(" ".join([self.question, *(choice.text for choice in self.choices)]))
        for token in NUMBER.findall(" ".join(choice.why for choice in self.choices)):
            if len(token) > 1 and token not in given and not any(_reads(token, number) for number in numbers):
                said.append(f"no computed number is {token!r}")
        return said

    def __repr__(self) -> str:
        return "\n".join([self.question, *(f"  ( ) {choice.text}" for choice in self.choices)])

    def _repr_html_(self) -> str:
        def escaped(words: str) -> str:
            return html.escape(words, quote=False)

        question = f"sgd-question-{self.name}"
        lines = [
            f'<div class="sgd-quiz" role="group" aria-labelledby="{question}" data-quiz="{self.name}" '
            'style="border-left:4px solid;padding:.4rem 1rem;margin:1rem 0">',
            f'<p class="sgd-question" id="{question}"><strong>Predict first.</strong> {escaped(self.question)}</p>',
        ]
        for choice in self.choices:
            verdict = "Right." if choice.right else "Not so."
            lines += [
                f'<details class="sgd-choice" data-right="{str(choice.right).lower()}">'
                f"<summary>{escaped(choice.text)}</summary>",
                f"<p><strong>{verdict}</strong> {escaped(choice.why)}</p></details>",
            ]
        return "\n".join([*lines, "</div>"])
