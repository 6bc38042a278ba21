"""What Nesterov leaves of the velocity, by the curvature, of the chapter on Nesterov's lookahead."""

from __future__ import annotations

from typing import ClassVar

from sgdlib import theory
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["BrakeOrKick"]

END = 2.0


class BrakeOrKick(SmallFigure):
    """The share of the velocity that a step keeps, against a = ηλ: momentum's, and Nesterov's.

    ::

        μ    momentum,        μ(1 − a)    Nesterov,        which diverges from a = (2 + 2μ)/(1 + 2μ) on

    Parameters
    ----------
    a
        ηλ, the learning rate times the curvature.
    momentum
        μ.

    Raises
    ------
    traitlets.TraitError
        For an a that is not from 0 to 2, or a momentum that is not from 0 to 1.

    Notes
    -----
    Stands in the chapter "Nesterov's lookahead". Source: Sutskever et al. (2013), theorem 2.1.

    Examples
    --------
    >>> BrakeOrKick(a=0.5, momentum=0.9).words()
    'A brake: of the velocity 0.45 is left after a step, where momentum leaves 0.9.'
    """

    a = number(0.5, 0.0, END)
    momentum = number(0.9, 0.0, 1.0)

    title = "Brake or kick"
    controls: ClassVar = (
        {"setting": "a", "label": "ηλ", "step": 0.01},
        {"setting": "momentum", "label": "momentum μ", "step": 0.01},
    )
    panels: ClassVar = (
        {
            "x": {"label": "ηλ, learning rate times curvature", "low": 0, "high": END},
            "y": {"label": "velocity kept", "low": -1.1, "high": 1.1},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "momentum"},
                {"kind": "line", "look": "Nesterov"},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.4},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": -6, "dy": -6},
                {"kind": "label", "look": "ink", "dx": 5, "dy": 0},
                {"kind": "line", "look": "ink", "width": 1.2},
                {"kind": "dots", "look": "Nesterov", "marker": "^"},
            ),
        },
    )
    says: ClassVar = {
        "heavy": "momentum: μ",
        "limit": "diverges",
        "nothing": "With μ = 0 no velocity is kept: there is nothing to brake, and both are gradient descent.",
        "flat": "No slope, no brake: Nesterov keeps {kept} of the velocity, as momentum does.",
        "brake": "A brake: of the velocity {kept} is left after a step, where momentum leaves {momentum}.",
        "stop": "The brake stops the velocity altogether: at ηλ = 1 one step reaches the bottom of a bowl.",
        "kick": (
            "A kick: {kept} of the velocity is left. It is turned round, and the ball jumps across the bottom, "
            "but in smaller and smaller jumps."
        ),
        "edge": "At the limit, {limit}: the ball jumps across for ever, by the same length.",
        "lost": "The kick throws the ball out: at ηλ = {a} it is beyond the limit, {limit}, and diverges.",
    }
    known: ClassVar = {"END": END}

    def drawn(self) -> Drawn:
        """Zero, the two shares, the limit, two names, and the brake at this setting with its end."""
        kept = theory.effective_momentum(self.a, self.momentum)
        limit = theory.stability_limit(self.momentum, nesterov=True)
        word = theory.regime(self.a, self.momentum, nesterov=True)
        layers = [
            ([0.0, END], [0.0, 0.0]),
            ([0.0, END], [self.momentum, self.momentum]),
            ([0.0, END], [self.momentum, theory.effective_momentum(END, self.momentum)]),
            ([limit, limit], [-1.1, 1.1]),
            (self.says["heavy"], END, self.momentum),
            (self.says["limit"] if limit < 1.6 else "", limit, 0.35),
            ([self.a, self.a], [self.momentum, kept]),
            ([self.a], [kept]),
        ]
        said = {name: number_words(each) for name, each in (("kept", kept), ("limit", limit), ("a", self.a))}
        said["momentum"] = number_words(self.momentum)
        if self.momentum == 0 and self.a < END:
            key = "nothing"
        elif self.a == 0:
            key = "flat"
        elif word in ("marginal", "diverges"):
            key = "edge" if word == "marginal" else "lost"
        elif self.a == 1:
            key = "stop"
        else:
            key = "brake" if self.a < 1 else "kick"
        return Drawn(layers, self.says[key].format(**said))
