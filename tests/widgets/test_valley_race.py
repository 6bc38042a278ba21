"""The valley race: several methods from the same start."""

from __future__ import annotations

from widget_settings import same

from sgdlib import SGD, descend
from sgdlib.surfaces import valley
from sgdlib.widgets import ValleyRace

BUTTONS = {"tuned": "Tune each"}


def test_methods_run_side_by_side():
    runs = ValleyRace(learning_rate=0.1, momentum=0.8, steps=30, start_x=1).trajectory()
    optimizers = {
        "gradient descent": SGD(0.1),
        "momentum": SGD(0.1, 0.8),
        "Nesterov": SGD(0.1, 0.8, nesterov=True),
    }
    assert set(optimizers) <= set(runs)
    bowl = valley(20.0)
    for method, optimizer in optimizers.items():
        same(runs[method], descend(optimizer, bowl.gradient, (1, 2), 30, loss=bowl.value))


def verdict(widget) -> str:
    """The sentence under the picture: all that Python says."""
    return widget.words()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    shown, expected = min(widget.step, widget.steps), {}
    lowest = 0.0 if widget.surface != "saddle" else -0.25
    for method, run in widget.trajectory().items():
        optimizer = widget.optimizers[method]
        uses = [optimizer.learning_rate, *([optimizer.momentum] if method != "gradient descent" else [])]
        flown = 0 <= run.diverged_at <= shown
        expected[method] = "flown off" if flown else [*uses, max(0.0, run.losses[shown] - lowest)]
    return expected
