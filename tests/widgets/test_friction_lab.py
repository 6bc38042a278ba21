"""The friction lab: a ball with momentum in the well ½ x²."""

from __future__ import annotations

import numpy as np
import pytest
from widget_settings import same

from sgdlib import SGD, descend, theory
from sgdlib.widgets import FrictionLab
from sgdlib.widgets.friction_lab import REGIMES


def test_runs_momentum():
    widget = FrictionLab(learning_rate=0.3, momentum=0.8)
    same(widget.trajectory(), descend(SGD(0.3, 0.8), lambda w: w, [1.0], 60, loss=lambda w: np.sum(w)))


@pytest.mark.parametrize("momentum", [0.0, 0.04, 0.25, 0.5, 0.81, 0.96, 1.0])
@pytest.mark.parametrize("learning_rate", [0.0, 0.04, 0.25, 0.5, 1.0, 2.0, 2.25, 3.0, 3.61, 3.9, 4.0])
def test_the_motion_is_what_the_ball_does(learning_rate, momentum):
    """Over the map with its corners and borders, each word against 2000 steps written out here."""
    x, v, places = 1.0, 0.0, [1.0]
    for _ in range(2000):
        v = momentum * v - learning_rate * x
        x += v
        places.append(x)
        if abs(x) > 1e100:
            break
    far = np.abs(places)
    half = len(far) // 2
    early, late = far[:half].max(), far[half:].max()
    moves = np.array(places)[far > 1e-200]
    crossings = np.diff(np.sign(moves)) != 0
    if learning_rate == 0:
        true = "it never moves" if late == early == 1 else None
    elif late > 1.5 * early:
        assert (np.diff(far[:20]) > 0).all()  # every step throws it further
        true = "diverges"
    elif late > 0.5 * early:
        true = "marginal"
    elif not crossings.any():
        true = "overdamped or critically damped"
    else:
        true = "zig-zag" if crossings.all() else "underdamped"
    assert FrictionLab(learning_rate=learning_rate, momentum=momentum).motion().split(":")[0] in true


@pytest.mark.parametrize("name", REGIMES)
def test_the_map_names_each_regime_where_it_is(name):
    """The ball does at the word's place, and where the word ends, what the word says."""
    says = {"creeps": "creeps", "swings": "swings", "zig-zags": "zig-zag", "flies off": "diverges"}
    a, mu = REGIMES[name]
    for across in (a, a + 0.35):
        assert says[name] in FrictionLab(learning_rate=across, momentum=mu).motion()


def on_page_names_the_regimes_and_few_factors(live):
    """On the map as in the still: the four regimes, three lines of equal factor."""
    words = live.box.locator(".sgd-panel").first.locator("text:not(.sgd-axes text)").all_text_contents()
    assert set(REGIMES) <= set(words)
    assert [each for each in words if each.startswith("factor ")] == [
        "factor 0.5",
        "factor 0.7",
        "factor 0.9",
    ]
    still = live.cls().picture().html
    assert all(f">{name}<" in still for name in REGIMES)


def verdict(widget) -> str:
    """The sentence under the picture: the motion and its factor per step."""
    return widget.verdict()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    eta, mu, run = widget.learning_rate, widget.momentum, widget.trajectory()
    return {
        "the motion": str(theory.regime(eta, mu)) if eta > 0 else "it never moves",
        "factor": [theory.rate(eta, mu)],
        "stability limit": [2 * (1 + mu)],
        "top speed": [1 / (1 - mu)] if mu < 1 else "without bound",
        "where": [widget.step, run.positions[widget.step, 0], run.velocities[widget.step, 0]],
    }
