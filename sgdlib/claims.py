"""The claims of the popular account, and the box a cell shows once it has put one to the test."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["CLAIMS", "VERDICTS", "ClaimBox", "Tried", "claim", "tried"]

CLAIMS = {
    1: "SGD is the default optimizer of Keras.",
    2: "SGD computes the gradient from one instance, selected at random.",
    3: "SGD converges faster than gradient descent, with noisier steps.",
    4: "Momentum improves on gradient descent.",
    5: "Momentum starts slowly and picks up speed.",
    6: "With momentum the gradient acts as an acceleration, not as a speed.",
    7: "Gradient descent is slow because its steps shrink near a minimum.",
    8: "Momentum converges quicker there.",
    9: "Gradient descent goes down the steep slope fast and then along the valley slowly.",
    10: "Momentum rolls down the valley faster and faster until it reaches the bottom.",
    11: "`SGD(lr=0.001, momentum=0.9)` is how to write it.",
    12: "Momentum 0 means high friction and momentum 1 means no friction.",
    13: "Friction keeps the momentum from growing too large.",
    14: "0.9 is a typical value, and ten times faster.",
    15: "Nesterov measures the gradient not here but slightly ahead.",
    16: "The momentum vector points towards the optimum.",
    17: "Each of Nesterov's steps is slightly more accurate, and it adds up.",
    18: "Nesterov reduces oscillations.",
    19: "Only one of the hyperparameters needs tuning.",
    20: "Momentum can be much faster.",
    21: "There are better optimizers, such as Adam.",
}
"""What people say, by its number in the course.

>>> CLAIMS[8]
'Momentum converges quicker there.'
"""

VERDICTS = ("true", "true with conditions", "imprecise", "contested", "outdated", "false")
"""What the course may find of a claim.

>>> "imprecise" in VERDICTS
True
"""


@dataclass(frozen=True)
class Tried:
    """In how many cases a claim was put to the test, and where it held: what ``tried`` counts.

    Attributes
    ----------
    over
        What the cases are, in words.
    where
        The condition that was found, in words; empty if there is none.
    inside, holds_inside
        How many cases meet the condition, all of them if there is none, and in how many of those the claim holds.
    outside, holds_outside
        The same for the cases that do not meet it.

    Notes
    -----
    Stands in the claim boxes of every chapter.

    Examples
    --------
    >>> tried([True, True, False], "3 learning rates", where="η < 1", inside=[True, True, False])
    Tried in 3 cases, 3 learning rates: it holds in all 2 with η < 1, and in 0 of the other 1.
    """

    over: str
    where: str
    inside: int
    holds_inside: int
    outside: int
    holds_outside: int

    def __repr__(self) -> str:
        total = self.inside + self.outside
        text = f"Tried in {total:,} cases, {self.over}: it holds in {_of(self.holds_inside, self.inside)}"
        if not self.where:
            return text + "."
        return f"{text} with {self.where}, and in {self.holds_outside:,} of the other {self.outside:,}."

    def agrees_with(self, verdict: str) -> bool:
        """Whether the verdict follows from the counts."""
        total, holds = self.inside + self.outside, self.holds_inside + self.holds_outside
        conditional = (
            bool(self.where) and self.holds_inside == self.inside > 0 and self.holds_outside < self.outside
        )
        if verdict == "true":
            return holds == total
        if verdict == "true with conditions":
            return conditional
        return holds < total and not conditional


def tried(says: ArrayLike, over: str, where: str = "", inside: ArrayLike | None = None) -> Tried:
    """Count in how many cases a claim holds as it is said, and on which side of a condition.

    Parameters
    ----------
    says
        For each case whether the claim is true in it: booleans of any shape.
    over
        What the cases are, in words: "200 learning rates up to the limit at 12 momenta".
    where, inside
        The condition found, in words, and for each case whether it is met: booleans of the shape of ``says``.

    Raises
    ------
    ValueError
        For no case, a condition without its cases or the other way round, or shapes that differ.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> a = np.linspace(0.1, 3.0, 30)
    >>> tried(abs(1 - a) < 1, "30 values of ηλ from 0.1 to 3", where="ηλ < 2", inside=a < 2)
    Tried in 30 cases, 30 values of ηλ from 0.1 to 3: it holds in all 19 with ηλ < 2, and in 0 of the other 11.
    """
    says = np.asarray(says, dtype=bool)
    if bool(where.strip()) != (inside is not None):
        raise ValueError("a condition has words and cases: give both where= and inside=, or neither.")
    inside = np.ones(says.shape, dtype=bool) if inside is None else np.asarray(inside, dtype=bool)
    if says.size == 0 or inside.shape != says.shape:
        raise ValueError(
            f"says and inside must be of one shape with at least one case, not {says.shape} and {inside.shape}."
        )
    counts = (int(part.sum()) for part in (inside, says & inside, ~inside, says & ~inside))
    return Tried(over, where.strip(), *counts)


def _of(some: int, total: int) -> str:
    return f"all {total:,}" if some == total else f"{some:,} of {total:,}"


class ClaimBox:
    """The box on the page: the claim, the verdict, the number; the cell above it is the proof.

    Notes
    -----
    Made by ``claim``; shown in every chapter.

    Examples
    --------
    >>> claim(8, "true with conditions", "20 steps without, 260 with", holds=True)
    Claim 8: "Momentum converges quicker there." True with conditions: 20 steps without, 260 with.
    """

    def __init__(self, number: int, verdict: str, finding: str, cases: Tried | None = None):
        self.number, self.verdict, self.cases = number, verdict, cases
        self.finding = finding[:1].upper() + finding[1:].rstrip(".") + "."

    def __repr__(self) -> str:
        text = f'Claim {self.number}: "{CLAIMS[self.number]}" {self.verdict.capitalize()}: {self.finding}'
        return f"{text} {self.cases!r}" if self.cases else text

    def _repr_html_(self) -> str:
        said = html.escape(CLAIMS[self.number], quote=False)
        while "`" in said:
            said = said.replace("`", "<code>", 1).replace("`", "</code>", 1)
        found = html.escape(self.finding, quote=False)
        cases = (
            f'<p class="sgd-claim-cases">{html.escape(repr(self.cases), quote=False)}</p>\n'
            if self.cases
            else ""
        )
        return (
            f'<div class="sgd-claim" id="claim-{self.number}" role="note" aria-label="Claim {self.number}" '
            f'data-verdict="{self.verdict}" style="border-left:4px solid;padding:.4rem 1rem;margin:1rem 0">\n'
            f'<p class="sgd-claim-title">Claim {self.number}: <q>{said}</q></p>\n'
            f'<p class="sgd-claim-finding"><strong class="sgd-claim-verdict">{self.verdict.capitalize()}</strong> '
            f'<span class="sgd-claim-number">{found}</span></p>\n'
            f"{cases}"
            f'<p class="sgd-claim-proof">Proved by the cell above, which fails if it is not so.</p>\n'
            f"</div>"
        )


def claim(number: int, verdict: str, finding: str, holds: bool, cases: Tried | None = None) -> ClaimBox:
    """Settle a claim: show its box if the evidence holds, fail if it does not.

    Parameters
    ----------
    number
        A key of ``CLAIMS``.
    verdict
        One of ``VERDICTS``.
    finding
        What is true, with the number that the cell computed, in plain words.
    holds
        The evidence: what must be so for the verdict and the finding to stand.
    cases
        Over which cases the claim was tried, from ``tried``; the verdict must follow from them: "true" if it holds in
        all, "true with conditions" if it holds in all that meet the condition and fails in some that do not, another
        verdict if it fails in some and no condition tells them apart.

    Raises
    ------
    AssertionError
        When the evidence does not hold, or the cases do not bear the verdict out.
    ValueError
        For another number or verdict, or a finding without a digit.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> claim(7, "imprecise", "each step keeps 0.500 of the distance", holds=0.5 == 0.6)
    Traceback (most recent call last):
        ...
    AssertionError: claim 7, found imprecise: the evidence does not hold.
    """
    if number not in CLAIMS:
        raise ValueError(f"the course has claims 1 to {len(CLAIMS)}, not {number!r}.")
    if verdict not in VERDICTS:
        raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, not {verdict!r}.")
    if not any(character.isdigit() for character in finding):
        raise ValueError("finding must state the number that proves it.")
    if not holds:
        raise AssertionError(f"claim {number}, found {verdict}: the evidence does not hold.")
    if cases is not None and not cases.agrees_with(verdict):
        raise AssertionError(f"claim {number}, found {verdict}, does not follow: {cases!r}")
    return ClaimBox(number, verdict, finding, cases)
