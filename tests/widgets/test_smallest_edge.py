"""The smallest edge of stability: two variables, of which one is the curvature of the other."""

from __future__ import annotations

import numpy as np
import pytest

from sgdlib.widgets import SmallestEdge
from sgdlib.widgets.maths.generator import uniforms
from sgdlib.widgets.smallest_edge import NOISE, PUSH, STEPS

KICKS = (uniforms(0, STEPS) - 0.5) * (NOISE * np.sqrt(12.0))
LIMITS = {
    "gradient descent": lambda mu: 2,
    "momentum": lambda mu: 2 * (1 + mu),
    "Nesterov": lambda mu: (2 + 2 * mu) / (1 + 2 * mu),
}


def by_hand(eta: float, mu: float, nesterov: bool, kicks=KICKS) -> np.ndarray:
    """x and y after every step, by the rule and the slopes written out; the run ends where it is lost."""
    method = "Nesterov" if nesterov else "momentum"
    x, y, vx, vy = 0.1, 0.95 * (LIMITS[method](mu) / eta), 0.0, 0.0
    places = [(x, y)]
    for kick in kicks:
        at_x, at_y = (x + mu * vx, y + mu * vy) if nesterov else (x, y)
        vx, vy = mu * vx - eta * (at_y * at_x + kick), mu * vy - eta * (0.5 * at_x * at_x - PUSH)
        x, y = x + vx, y + vy
        if not max(abs(x), abs(y)) <= 1e12:
            break
        places.append((x, y))
    return np.array(places)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("learning_rate", [0.07, 0.1])
def test_y_climbs_to_the_methods_own_limit_and_stays(learning_rate, momentum, nesterov):
    widget = SmallestEdge(learning_rate=learning_rate, momentum=momentum, nesterov=nesterov)
    path, limit = by_hand(learning_rate, momentum, nesterov), widget.limit()
    assert limit == pytest.approx(LIMITS["Nesterov" if nesterov else "momentum"](momentum) / learning_rate)
    # the map is chaotic: the same order of the same sums gives the same numbers, nothing else does
    np.testing.assert_array_equal(widget.trajectory().positions, path)
    share = path[:, 1] / limit
    if (learning_rate, momentum) == (0.07, 0.0):
        assert (
            share.max() < 1
            and f"y has not got there; at the end it is {share[-1]:.3g} of it" in widget.words()
        )
        return
    arrived = int(np.argmax(share >= 1))
    assert 0.95 < share[arrived:].mean() < 1.005
    assert f"y gets there at step {arrived}; from then on it is" in widget.words()
    assert f"it is {share[arrived:].mean():.3g} of the limit on average" in widget.words()


def test_a_run_that_is_lost_is_said_to_be():
    """Nesterov, pushed too fast; and momentum without the noise that keeps the swing alive."""
    for setting, kicks in (
        ({"learning_rate": 0.2, "momentum": 0.95, "nesterov": True}, KICKS),
        ({"learning_rate": 0.15, "momentum": 0.9, "nesterov": False, "noise": False}, np.zeros(STEPS)),
    ):
        lost = len(by_hand(*list(setting.values())[:3], kicks))
        assert 0 < lost <= STEPS
        assert f"The run is lost at step {lost}:" in SmallestEdge(**setting).words()


def test_without_noise_y_overshoots():
    steady, bare = (SmallestEdge(momentum=0.8, noise=noise) for noise in (True, False))
    highest, lowest = (
        [extreme(each.trajectory().positions[:, 1]) / each.limit() for each in (steady, bare)]
        for extreme in (np.max, np.min)
    )
    assert highest[0] < 1.02 < highest[1]
    assert lowest[0] > 0.9 > 0.7 > lowest[1]


@pytest.mark.parametrize(
    ("momentum", "nesterov", "method"),
    [(0.0, True, "gradient descent"), (0.5, True, "Nesterov"), (0.5, False, "momentum")],
)
def test_the_method_has_its_name_and_its_colour(momentum, nesterov, method):
    widget = SmallestEdge(momentum=momentum, nesterov=nesterov)
    assert widget.method == method
    assert widget.words().lower().startswith(method.lower())
    color = {"gradient descent": "gd", "momentum": "momentum", "Nesterov": "nesterov"}[method]
    assert f"--sgd-{color}" in widget.picture().html


def verdict(widget) -> str:
    """The sentence under the picture: all that Python says."""
    return widget.words()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    limit, run = widget.limit(), widget.trajectory()
    share, lost = run.positions[:, 1] / limit, run.diverged_at >= 0
    there = share[np.argmax(share >= 1) :] if share.max() >= 1 else None
    flown = f"lost at step {run.diverged_at}"
    return {
        "limit of y": [limit],
        "y reaches it": "not within 2000 steps" if there is None else [STEPS + 1 - len(there)],
        "y / limit from then on": flown if lost else "not there yet" if there is None else [there.mean()],
        "y / limit at the end": flown if lost else [share[-1]],
    }
