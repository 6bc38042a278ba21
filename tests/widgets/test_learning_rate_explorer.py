"""The learning-rate explorer: gradient descent in a bowl of one dimension or two."""

from __future__ import annotations

import numpy as np
import pytest
from widget_settings import same

from sgdlib import SGD, descend
from sgdlib.widgets import LearningRateExplorer


@pytest.mark.parametrize(
    ("dimensions", "curvatures", "start"), [("one", [3.0], [-4.0]), ("two", [1.0, 3.0], [-4.0, 1.5])]
)
def test_runs_gradient_descent(dimensions, curvatures, start):
    widget = LearningRateExplorer(learning_rate=0.3, curvature=3.0, dimensions=dimensions)
    same(widget.trajectory(), descend(SGD(0.3), lambda w: np.array(curvatures) * w, start, 40, loss=np.sum))


@pytest.mark.parametrize(
    ("learning_rate", "motion"),
    [
        (0, "it never moves"),
        (0.3, "it walks down smoothly"),
        (0.5, "one step does it"),
        (0.7, "it zig-zags in"),
        (1, "it jumps to and fro for ever"),
        (1.001, "it explodes"),
    ],
)
def test_motion_turns_at_one_and_two(learning_rate, motion):
    widget = LearningRateExplorer(learning_rate=learning_rate, curvature=2.0)
    assert widget.motion() == motion
    assert f": {motion}. " in widget.words()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    factors = [abs(1 - widget.learning_rate * each) for each in widget.surface.curvatures]
    steps = [widget.steps()]
    if widget.steps() < 0:
        long_run = descend(widget.optimizer, widget.surface.gradient, widget.start, 3000, path=False)
        steps = "never" if long_run.diverged else "more than 3000 steps"
    return {"ηλ": [widget.learning_rate * widget.curvature], "kept of": [max(factors)], "steps until": steps}
