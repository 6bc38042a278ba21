"""The lookahead microscope: one step of momentum and of Nesterov, side by side."""

from __future__ import annotations

import re

import numpy as np
import pytest
from widget_settings import same

from sgdlib import SGD, descend
from sgdlib.surfaces import valley
from sgdlib.widgets import LookaheadMicroscope


def test_methods_run_side_by_side():
    runs = LookaheadMicroscope(learning_rate=0.1, momentum=0.8, surface="rotated").trajectory()
    bowl = valley(4.0, np.pi / 6)
    assert set(runs) == {"momentum", "Nesterov"}
    for method, run in runs.items():
        optimizer = SGD(0.1, 0.8, nesterov=method == "Nesterov")
        same(run, descend(optimizer, bowl.gradient, (-4, 1.5), 41, loss=bowl.value))


@pytest.mark.parametrize("surface", ["valley", "rotated"])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("learning_rate", [0.0, 0.1, 0.25, 0.33, 0.5, 0.9, 1.0])
def test_the_fates_are_those_of_the_runs(learning_rate, momentum, surface):
    """At the ends of the sliders and between: each word against 4000 steps, written out here, along each direction."""
    words = LookaheadMicroscope(learning_rate=learning_rate, momentum=momentum, surface=surface).words()
    fates = re.search(r"Momentum ((?:never|con|div).*); Nesterov (.*)\.$", words).groups()
    for nesterov, fate in zip((False, True), fates, strict=True):
        x, v, far = np.ones(2), np.zeros(2), []
        curvature = np.array([1.0, 4.0])
        for _ in range(4000):
            at = x + momentum * v if nesterov else x
            v = momentum * v - learning_rate * curvature * at
            x = x + v
            far.append(np.abs(x).max())
            if far[-1] > 1e100:
                break
        early, late = max(far[: len(far) // 4]), max(far[3 * len(far) // 4 :])
        if learning_rate == 0:
            assert fate == "never moves"
        elif late > 1.5 * early:
            assert fate.startswith("diverges")
        elif late > 1e-3 * early:
            assert fate == "never settles"
        else:
            assert fate.startswith("converges")


def verdict(widget) -> str:
    """The sentence under the picture: what becomes of both runs."""
    return re.search(r"Momentum (?:never|con|div).*", widget.words())[0]


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    eta, mu = widget.learning_rate, widget.momentum
    fates = re.search(
        r"Momentum ((?:never|con|div).*); Nesterov (.*)\.$", widget.words().replace("\N{NO-BREAK SPACE}", " ")
    )
    overshoot = [re.search(r"overshooting by (\d+)|diverges|without", fate) for fate in fates.groups()]
    said = [
        [int(each[1])]
        if each and each[1]
        else {"diverges": "without bound", "without": "none"}.get(each and each[0], "")
        for each in overshoot
    ]
    return {
        "ηλ in": [4 * eta],
        "Nesterov’s effective": [mu * (1 - 4 * eta)],
        "limit of momentum": [2 + 2 * mu],
        "limit of Nesterov": [(2 + 2 * mu) / (1 + 2 * mu)],
        "overshoot of momentum": said[0],
        "overshoot of Nesterov": said[1],
    }


# In the page: move a slider one step after the other, as an arrow key does; return how often the axes moved meanwhile,
# and the settings at which an arrow left its picture.
STEP_BY_STEP = """async (slider) => {
    const box = slider.closest(".sgd-widget"), inputs = 120;
    const frame = () => new Promise(requestAnimationFrame);
    const ends = (path) => [...path.getAttribute("d").matchAll(/[ML](\\S+?) ([^ML]+)/g)].map(([, x, y]) => [+x, +y]);
    const lost = [];
    let moves = 0, before = null;
    for (let input = 0; input < inputs; input++) {
        slider.value = +slider.value + 1;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await frame();
        await frame();
        for (const panel of box.querySelectorAll(".sgd-panel")) {
            const [left, top, wide, high] = ["x", "y", "width", "height"]
                .map((name) => +panel.querySelector("clipPath rect").getAttribute(name));
            const paths = [...panel.querySelectorAll(".sgd-arrow")].map(ends);
            if (paths.every((path) => path.length === 0)) lost.push(slider.value);
            for (const [x, y] of paths.flat())
                if (!(x >= left && x <= left + wide && y >= top && y <= top + high)) lost.push(slider.value);
        }
        const axes = [...box.querySelectorAll(".sgd-axes")].map((each) => each.innerHTML).join();
        moves += axes !== before;
        before = axes;
    }
    return [moves / inputs, lost];
}"""


def on_page_it_stands_still_and_loses_no_arrow(live):
    """Under a slider the first step's axes move now and then, not at every input, and no arrow leaves its picture."""
    slider = live.slider("learning_rate")
    for surface, step in zip(live.limits["surface"]["values"], (1, 7), strict=True):
        live.put({"step": step, "momentum": 0.9, "surface": surface})
        slider.press("Home")
        before = live.setting()["learning_rate"]
        moved, lost = slider.evaluate(STEP_BY_STEP)
        assert live.setting()["learning_rate"] > before
        assert lost == [], live.setting()
        assert 1 / 120 < moved < (0.3 if step == 1 else 1)
