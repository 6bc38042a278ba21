"""The claims of the popular account, and the box a cell shows once it has put one to the test."""

from __future__ import annotations

import html

__all__ = ["CLAIMS", "VERDICTS", "ClaimBox", "claim"]

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

    def __init__(self, number: int, verdict: str, finding: str):
        self.number, self.verdict = number, verdict
        self.finding = finding[:1].upper() + finding[1:].rstrip(".") + "."

    def __repr__(self) -> str:
        return f'Claim {self.number}: "{CLAIMS[self.number]}" {self.verdict.capitalize()}: {self.finding}'

    def _repr_html_(self) -> str:
        said = html.escape(CLAIMS[self.number], quote=False)
        while "`" in said:
            said = said.replace("`", "<code>", 1).replace("`", "</code>", 1)
        found = html.escape(self.finding, quote=False)
        return (
            f'<div class="sgd-claim" id="claim-{self.number}" role="note" aria-label="Claim {self.number}" '
            f'data-verdict="{self.verdict}" style="border-left:4px solid;padding:.4rem 1rem;margin:1rem 0">\n'
            f'<p class="sgd-claim-title">Claim {self.number}: <q>{said}</q></p>\n'
            f'<p class="sgd-claim-finding"><strong class="sgd-claim-verdict">{self.verdict.capitalize()}</strong> '
            f'<span class="sgd-claim-number">{found}</span></p>\n'
            f'<p class="sgd-claim-proof">Proved by the cell above, which fails if it is not so.</p>\n'
            f"</div>"
        )


def claim(number: int, verdict: str, finding: str, holds: bool) -> ClaimBox:
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

    Raises
    ------
    AssertionError
        When the evidence does not hold.
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
    return ClaimBox(number, verdict, finding)
