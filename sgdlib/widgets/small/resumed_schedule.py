"""A run under a cosine that was stopped and goes on with a part of what it had, of the chapter on the run in Keras."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.widgets.page.base import choice, integer
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["ResumedSchedule"]

STEPS, PEAK, MOMENTUM, START = 500, 0.1, 0.9, 10.0

KEPT = {
    "weights": "the weights only",
    "place": "weights, place in the schedule",
    "velocity": "weights, velocity",
    "everything": "everything",
}


class ResumedSchedule(SmallFigure):
    """The mean loss in a noisy well under a cosine, stopped and taken up again with a part of its state.

    ::

        curvature 1, gradients with noise of variance 1, momentum 0.9, the start 10 away:
        v ← μ v − η (w + ξ),    w ← w + v,    η = 0.1 (1 + cos πk/500) / 2

    A lost velocity is 0; a lost place is k = 0 again.

    Parameters
    ----------
    kept
        "weights", "place" (weights and the place in the schedule), "velocity" (weights and velocity) or "everything".
    stop
        The update at which the run was stopped.

    Raises
    ------
    traitlets.TraitError
        For another name, or an update that is not from 100 to 480.

    Notes
    -----
    Opens the chapter "A run in Keras: stop, change, go on". Source: Loshchilov and Hutter (2017), for the cosine.

    Examples
    --------
    >>> ResumedSchedule(kept="everything", stop=400).words()
    'The learning rate goes on at 0.00955, and the loss as if nothing had been.'
    """

    kept = choice(*KEPT)
    stop = integer(400, 100, 480)

    title = "Stopped and resumed"
    controls: ClassVar = (
        {"setting": "kept", "label": "what was kept", "options": KEPT},
        {"setting": "stop", "label": "stopped at update", "step": 10},
    )
    panels: ClassVar = (
        {
            "x": {"label": "update k", "low": 0, "high": STEPS},
            "y": {"label": "learning rate, mean loss", "low": 1e-4, "high": 100, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.4},
                {"kind": "line", "look": "ink"},
                {"kind": "line", "look": "SGD", "dash": "2 2.4", "width": 2.4},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 14},
                {"kind": "label", "look": "SGD", "anchor": "end", "dx": -4, "dy": 29},
                {"kind": "label", "look": "muted", "anchor": "end", "dx": -4, "dy": 44},
            ),
        },
    )
    says: ClassVar = {
        "rate": "solid: the learning rate",
        "loss": "dotted: the mean loss",
        "on": "dashed: had it never stopped",
        "everything": "The learning rate goes on at {on}, and the loss as if nothing had been.",
        "place": (
            "The learning rate goes on at {on}. Without its velocity the loss is, {after} updates later, "
            "{times} times what it would have been."
        ),
        "lost": (
            "The next learning rate is {peak} instead of {on}. {after} updates later the mean loss is "
            "{times} times what it would have been."
        ),
    }
    known: ClassVar = {"STEPS": STEPS, "PEAK": PEAK, "MOMENTUM": MOMENTUM, "START": START, "AFTER": 20}

    def drawn(self) -> Drawn:
        """The moment of the stop, the loss without it, the rate, the loss, and their names."""
        k = np.arange(STEPS)
        planned = PEAK * (1 + np.cos(np.pi * k / STEPS)) / 2
        keeps_place, keeps_velocity = (self.kept in (each, "everything") for each in ("place", "velocity"))
        rates = planned if keeps_place else np.where(k < self.stop, planned, planned[k - self.stop])
        loss = theory.noisy_losses(rates, MOMENTUM, START, None if keeps_velocity else self.stop)
        on = theory.noisy_losses(planned, MOMENTUM, START)
        later = self.stop + self.known["AFTER"]
        said = {
            "on": number_words(planned[self.stop]),
            "peak": number_words(PEAK),
            "after": self.known["AFTER"],
            "times": number_words(loss[later] / on[later]),
        }
        layers = [
            ([self.stop, self.stop], [1e-9, 1e9]),
            (np.arange(STEPS + 1), on),
            (k, rates),
            (np.arange(STEPS + 1), loss),
            *((self.says[name], STEPS, 100) for name in ("rate", "loss", "on")),
        ]
        case = self.kept if self.kept in ("everything", "place") else "lost"
        return Drawn(layers, self.says[case].format(**said))
