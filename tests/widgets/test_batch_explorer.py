"""The batch explorer: a line fitted by gradient descent and by SGD."""

from __future__ import annotations

import math

import numpy as np
import pytest
from widget_settings import same

from sgdlib import SGD, descend
from sgdlib.widgets import BatchExplorer
from sgdlib.widgets.page.words import number_words

SETTINGS = 12  # 40 epochs in Python take a quarter of a second


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
    assert widget.words().endswith("SGD is gradient descent, and there is no noise floor.")
    assert "dotted" not in widget.picture().alt
    assert "Noise floor: measured" in BatchExplorer(batch_size=100, sampling="with replacement").words()


@pytest.mark.parametrize("sampling", ["shuffled", "with replacement"])
def test_no_floor_is_measured_on_the_way(sampling):
    """Batches of 10 at a learning rate of 0.01 are still coming down after 40 epochs, batches of 1 are not."""
    slow = BatchExplorer(learning_rate=0.01, batch_size=10, sampling=sampling)
    assert slow.measured() == "not there yet"
    losses = slow.excess(slow.trajectory())
    assert losses[-1] < 0.5 * losses[len(losses) // 2]
    there = BatchExplorer(learning_rate=0.01, batch_size=1, sampling=sampling)
    losses = there.excess(there.trajectory())
    half = losses[len(losses) // 2 :]
    assert there.measured() == number_words(half.mean())
    assert 0.5 < half[: len(half) // 2].mean() / half[len(half) // 2 :].mean() < 2


def test_no_finite_floor_is_promised_where_there_is_none():
    """Beyond SGD's own limit, about 0.7 for single rows, the prediction is without bound."""
    assert "replacement, without bound" in BatchExplorer(learning_rate=0.8, batch_size=1).words()
    assert math.isfinite(BatchExplorer(learning_rate=0.6, batch_size=1).predicted_floor())


@pytest.mark.parametrize(("learning_rate", "batch_size"), [(0.05, 1), (0.3, 2), (0.5, 8)])
def test_the_promised_floor_is_the_measured_one(learning_rate, batch_size):
    """The mean of 20 seeds, drawn with replacement, is the prediction within its scatter."""
    means = []
    for seed in range(1, 21):
        widget = BatchExplorer(
            learning_rate=learning_rate, batch_size=batch_size, sampling="with replacement", seed=seed
        )
        means.append(widget.measured_floor())
    scatter = np.std(means) / math.sqrt(len(means))
    assert abs(np.mean(means) - widget.predicted_floor()) < 4 * scatter < 0.2 * widget.predicted_floor()


def verdict(widget) -> str:
    """The sentence under the picture: the floors, and who passes whom."""
    return widget.verdict()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    crossing, floor = widget.crossing(), widget.predicted_floor()
    measured = widget.measured()
    if widget.noiseless():
        one = {"noise floor, measured": "none", "noise floor, predicted": "none"}
        return one | {"updates an epoch": [1], "gradient descent passes": "the two are one run"}
    return {
        "updates an epoch": [math.ceil(100 / widget.batch_size)],
        "noise floor, measured": measured if not measured[0].isdigit() else [widget.measured_floor()],
        "noise floor, predicted": [floor] if math.isfinite(floor) else "without bound",
        "gradient descent passes": [crossing] if crossing > 0 else "not in 40 epochs",
    }
