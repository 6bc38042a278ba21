"""The learning-rate explorer: gradient descent in a bowl of one dimension or two."""

from __future__ import annotations

import re

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
        (0.3, "it walks down smoothly"),
        (0.5, "one step does it"),
        (0.7, "it zig-zags in"),
        (1, "it jumps to and fro for ever"),
        (1.001, "it explodes"),
    ],
)
def test_motion_turns_at_one_and_two(learning_rate, motion):
    widget = LearningRateExplorer(learning_rate=learning_rate, curvature=2.0)
    assert f", {motion}. " in widget.words()
    two = LearningRateExplorer(learning_rate=learning_rate, curvature=2.0, dimensions="two")
    assert f"along y ηλ is {2 * learning_rate:g}: {motion}, " in two.words()
    assert f"Along x ηλ is {learning_rate:g}: " in two.words()


def test_in_two_dimensions_both_directions_are_told():
    """One step finishes y, where ηλ is 1; x, with a quarter of that curvature, takes 53."""
    widget = LearningRateExplorer(learning_rate=0.25, curvature=4.0, dimensions="two")
    assert widget.words() == (
        "Learning rate 0.25. Along x ηλ is 0.25: it walks down smoothly, each step keeps 0.75 of the distance; "
        "along y ηλ is 1: one step does it, each step keeps 0. To 1e−6: 53 steps."
    )


def test_the_still_names_both_curvatures():
    picture = LearningRateExplorer(curvature=18.0, dimensions="two").picture()
    assert "x, where λ is 1<" in picture.html
    assert "y, where λ is 18<" in picture.html


def on_page_names_both_curvatures(live):
    live.put({"curvature": 18.0, "dimensions": "two"})
    names = live.box.locator(".sgd-panel").first.locator(".sgd-axes text").all_text_contents()
    assert {"x, where λ is 1", "y, where λ is 18"} <= set(names)


def on_page_has_places_for_all_useful_rates(live):
    """At λ = 18 the rates from a tenth of the limit 2/18 up to it fill a fifth of the slider, not ten pixels."""
    places = []
    for rate in (0.2 / 18, 2 / 18):
        live.type("learning_rate", rate)
        places.append(live.slider("learning_rate").evaluate("(slider) => slider.value / slider.max"))
    assert places[1] - places[0] > 0.2


def on_page_draws_both_directions_alike(live):
    """A round bowl has round contour lines: x and y are drawn to the same scale."""
    live.put({"curvature": 1.0, "dimensions": "two"})
    drawn = live.box.locator(".sgd-contour").first.get_attribute("d")
    points = np.array(re.findall(r"([\d.]+)[ ,]([\d.]+)", drawn), dtype=float)
    # the lines lie evenly about the minimum, so that the mean of their points is its place
    radii = np.sort(np.hypot(*(points - points.mean(axis=0)).T))
    lines = np.split(radii, np.flatnonzero(np.diff(radii) > 3) + 1)
    assert len(lines) >= 4
    assert max(np.ptp(line) for line in lines) < 1.5


def verdict(widget) -> str:
    """The sentence under the picture: all that Python says."""
    return widget.words()


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    products = [widget.learning_rate * each for each in widget.surface.curvatures]
    steps = [widget.steps()]
    if widget.steps() < 0:
        long_run = descend(widget.optimizer, widget.surface.gradient, widget.start, 3000, path=False)
        steps = "never" if long_run.diverged else "more than 3000 steps"
    motions = [
        "it explodes"
        if a > 2
        else "it jumps"
        if a == 2
        else "zig-zags"
        if a > 1
        else "one step"
        if a == 1
        else "smoothly"
        for a in products
    ]
    # both curvatures by their numbers, and along each direction the factor with its sign
    two = {
        f"factor of each step along {axis}, 1\u00a0−\u00a0η · {curvature:.3g}": [1 - a]
        for axis, curvature, a in zip("xy", widget.surface.curvatures, products, strict=False)
    }
    factors = two if len(products) == 2 else {"factor of each step, 1\u00a0−\u00a0ηλ": [1 - products[0]]}
    return {
        "ηλ": products,
        "the motion": motions[-1],
        **factors,
        "steps until": steps,
    }
