"""The friction lab: a ball with momentum in the well ½ x²."""

from __future__ import annotations

import numpy as np
from widget_settings import same

from sgdlib import SGD, descend, theory
from sgdlib.widgets import FrictionLab


def test_runs_momentum():
    widget = FrictionLab(learning_rate=0.3, momentum=0.8)
    same(widget.trajectory(), descend(SGD(0.3, 0.8), lambda w: w, [1.0], 60, loss=lambda w: np.sum(w)))


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    eta, mu, run = widget.learning_rate, widget.momentum, widget.trajectory()
    return {
        "the motion": str(theory.regime(eta, mu)) if eta > 0 else "it never moves",
        "rate": [theory.rate(eta, mu)],
        "stability limit": [2 * (1 + mu)],
        "top speed": [1 / (1 - mu)] if mu < 1 else "without bound",
        "where": [widget.step, run.positions[widget.step, 0], run.velocities[widget.step, 0]],
    }
