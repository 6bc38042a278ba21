"""The claims of the popular account, and the box a cell shows once it has put one to the test."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sgdlib.checks import flag, flags, one_of, shown, text, whole

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
        What was varied, in words.
    where
        The condition that was found, in words; empty if there is none.
    inside, holds_inside
        How many cases meet the condition, all of them if there is none, and in how many of those the claim holds.
    outside, holds_outside
        The same for the cases that do not meet it.
    true_if
        When the claim counts as true in a case, in words; empty if the claim itself says it.

    Notes
    -----
    Stands in the claim boxes of every chapter, folded.

    Examples
    --------
    >>> tried([True, True, False], "3 learning rates", where="η < 1", inside=[True, True, False])
    Tried in 3 cases. Varied: 3 learning rates. With η < 1: true in all 2 cases. Otherwise: true in none of 1 case.
    """

    over: str
    where: str
    inside: int
    holds_inside: int
    outside: int
    holds_outside: int
    true_if: str = ""

    @property
    def total(self) -> int:
        """How many cases there are.

        >>> tried([True, True, False], "3 learning rates").total
        3
        """
        return self.inside + self.outside

    def rows(self) -> list[tuple[str, str]]:
        """What is told of the cases, each with its words in front.

        >>> tried([True, False], "2 learning rates", true_if="it arrives").rows()
        [('Varied:', '2 learning rates'), ('Counts as true if', 'it arrives'), ('Result:', 'true in 1 of 2 cases')]
        """
        told = [("Varied:", self.over)]
        if self.true_if:
            told.append(("Counts as true if", self.true_if))
        if not self.where:
            return [*told, ("Result:", _of(self.holds_inside, self.inside))]
        return [
            *told,
            (f"With {self.where}:", _of(self.holds_inside, self.inside)),
            ("Otherwise:", _of(self.holds_outside, self.outside)),
        ]

    def __repr__(self) -> str:
        return f"Tried in {_cases(self.total)}. " + " ".join(
            f"{words} {said}." for words, said in self.rows()
        )

    def agrees_with(self, verdict: str) -> bool:
        """Whether the verdict follows from the counts."""
        holds = self.holds_inside + self.holds_outside
        conditional = (
            bool(self.where) and self.holds_inside == self.inside > 0 and self.holds_outside < self.outside
        )
        if verdict == "true":
            return holds == self.total
        if verdict == "true with conditions":
            return conditional
        return holds < self.total and not conditional


def tried(
    says: ArrayLike, over: str, where: str = "", inside: ArrayLike | None = None, true_if: str = ""
) -> Tried:
    """Count in how many cases a claim holds as it is said, and on which side of a condition.

    Parameters
    ----------
    says
        For each case whether the claim is true in it: booleans of any shape.
    over
        What was varied, in words: "200 learning rates up to the limit at 12 momenta".
    where, inside
        The condition found, in words, and for each case whether it is met: booleans of the shape of ``says``.
    true_if
        When the claim counts as true in a case, in words, where the claim itself does not say it: "ten steps along
        the valley leave more than one across".

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
    >>> tried(abs(1 - a) < 1, "30 values of ηλ", where="ηλ < 2", inside=a < 2)
    Tried in 30 cases. Varied: 30 values of ηλ. With ηλ < 2: true in all 19 cases. Otherwise: true in none of 11 cases.
    """
    says = np.asarray(flags("says", says))
    text("over", over, "a text that says what was varied")
    text("where", where, empty=True), text("true_if", true_if, empty=True)
    if bool(where) != (inside is not None):
        raise ValueError("a condition has words and cases: give both where= and inside=, or neither.")
    inside = np.ones(says.shape, dtype=bool) if inside is None else np.asarray(flags("inside", inside))
    if inside.shape != says.shape:
        raise ValueError(
            f"says and inside must be of one shape with at least one case, not {says.shape} and {inside.shape}."
        )
    counts = (int(part.sum()) for part in (inside, says & inside, ~inside, says & ~inside))
    return Tried(over, where.strip(), *counts, true_if)


def _cases(number: int) -> str:
    return f"{number:,} case{'s' * (number != 1)}"


def _of(some: int, total: int) -> str:
    how_many = f"all {_cases(total)}" if some == total else f"{some or 'none'} of {_cases(total)}"
    return f"true in {how_many}"


class ClaimBox:
    """The box on the page: the claim, the verdict, the number; folded in it, the cases; the cell above is the proof.

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
        self.finding = finding[:1].upper() + finding[1:].rstrip(".")
        self.finding += "" if self.finding.endswith(("?", "!")) else "."

    def __repr__(self) -> str:
        text = f'Claim {self.number}: "{CLAIMS[self.number]}" {self.verdict.capitalize()}: {self.finding}'
        return f"{text} {self.cases!r}" if self.cases else text

    def _repr_html_(self) -> str:
        said = html.escape(CLAIMS[self.number], quote=False)
        while "`" in said:
            said = said.replace("`", "<code>", 1).replace("`", "</code>", 1)
        found = html.escape(self.finding, quote=False)
        proof = '<p class="sgd-claim-proof">Proved by the cell above, which fails if it is not so.</p>\n'
        return (
            f'<div class="sgd-claim" id="claim-{self.number}" role="note" aria-label="Claim {self.number}" '
            f'data-verdict="{self.verdict}" style="border-left:4px solid;padding:.4rem 1rem;margin:1rem 0">\n'
            f'<p class="sgd-claim-title">Claim {self.number}: <q>{said}</q></p>\n'
            f'<p class="sgd-claim-finding"><strong class="sgd-claim-verdict">{self.verdict.capitalize()}</strong> '
            f'<span class="sgd-claim-number">{found}</span></p>\n'
            f"{self._evidence(proof) if self.cases else proof}"
            f"</div>"
        )

    def _evidence(self, proof: str) -> str:
        # The name says which claim, for a screen reader that lists what can be opened.
        rows = "".join(
            f"<li><strong>{html.escape(words, quote=False)}</strong> {html.escape(said, quote=False)}</li>\n"
            for words, said in self.cases.rows()
        )
        return (
            f'<details class="sgd-claim-evidence"><summary>Where claim {self.number} was tried: '
            f"{_cases(self.cases.total)}</summary>\n<ul>\n{rows}</ul>\n{proof}</details>\n"
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
    number = whole("number", number, 1, len(CLAIMS))
    one_of("verdict", verdict, VERDICTS)
    text("finding", finding, "a sentence with the number that proves it")
    if not any(character.isdigit() for character in finding):
        raise ValueError(f"finding must state the number that proves it, and {shown(finding)} has none.")
    if cases is not None and not isinstance(cases, Tried):
        raise ValueError(f"cases must come from tried(...), not {shown(cases)}.")
    if not flag("holds", holds):
        raise AssertionError(f"claim {number}, found {verdict}: the evidence does not hold.")
    if cases is not None and not cases.agrees_with(verdict):
        raise AssertionError(f"claim {number}, found {verdict}, does not follow: {cases!r}")
    return ClaimBox(number, verdict, finding, cases)
