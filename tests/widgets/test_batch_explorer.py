"""The batch explorer: a line fitted by gradient descent and by SGD."""

from __future__ import annotations

import math

import numpy as np
from widget_settings import same

from sgdlib import SGD, descend
from sgdlib.widgets import BatchExplorer


def test_runs_its_batches():
    widget = BatchExplorer(learning_rate=0.2, batch_size=30, seed=5)
    batches, problem = widget.batches(), widget.problem
    assert [len(rows) for rows in batches[:4]] == [30, 30, 30, 10]
    assert sorted(np.concatenate(batches[:4])) == list(range(100))
    gradients = [lambda w, rows=rows: problem.gradient(w, rows) for rows in batches]
    same(widget.trajectory(), descend(SGD(0.2), gradients, (-2.0, -1.5), 160, loss=problem.value))
    exact = descend(SGD(0.2), problem.gradient, (-2.0, -1.5), 40, loss=problem.value)
    same(widget.gradient_descent(), exact)


def test_excess_is_the_loss_above_the_smallest():
    widget = BatchExplorer(learning_rate=0.05, batch_size=10)
    run = widget.trajectory()
    lowest = widget.problem.value(widget.problem.minimum)
    np.testing.assert_allclose(widget.excess(run), run.losses - lowest, rtol=1e-9, atol=1e-15)


def test_a_floor_of_rounding_alone_is_zero():
    """With all rows in every batch and the best learning rate, nothing is left but the last digits."""
    widget = BatchExplorer(learning_rate=0.86, batch_size=100)
    assert 0 < widget.excess(widget.trajectory())[-1] < 1e-16
    assert widget.measured_floor() == 0
    assert "Noise floor measured 0, predicted 0.00" in widget.words()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    crossing, floor = widget.crossing(), widget.predicted_floor()
    return {
        "updates an epoch": [math.ceil(100 / widget.batch_size)],
        "noise floor, measured": "it diverges" if widget.trajectory().diverged else [widget.measured_floor()],
        "noise floor, predicted": [floor] if math.isfinite(floor) else "without bound",
        "gradient descent passes": [crossing] if crossing > 0 else "not in 40 epochs",
    }
