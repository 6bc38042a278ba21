"""A small emblem for each chapter: the path of a run, drawn by the chapter's own method when the book is built.

It stands beside the chapter's title and beside its line in the list of chapters; a screen reader passes over it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import book
import numpy as np
from numpy.typing import NDArray

from sgdlib import SGD, Adam, descend, figures, theory
from sgdlib.data import noisy_gradient
from sgdlib.surfaces import Quadratic, valley

WIDTH, HEIGHT, EDGE = 56, 32, 3
START = (-5.0, 2.0)
Runs = list[tuple[str, NDArray]]


def down(method: str, optimizer, steps: int = 40) -> Runs:
    """A run in the course's valley."""
    return [(method, descend(optimizer, valley().gradient, START, steps).positions)]


def noisy() -> Runs:
    """A run whose every gradient is off by a little."""
    gradients = noisy_gradient(valley().gradient, np.random.default_rng(3), 1.5)
    return [("SGD", descend(SGD(0.1), gradients, START, 40).positions)]


def standing() -> Runs:
    """The position step by step a little below the limit: it swings, and settles slowly."""
    run = descend(SGD(1.9), Quadratic((1.0,)).gradient, [1.0], 22).positions
    return [("gradient descent", np.stack([np.arange(len(run)), run[:, 0]], axis=-1))]


def costs() -> Runs:
    """The rate over the learning rate: slow, best, lost."""
    rate = np.linspace(0.05, 2.2, 60)
    return [("gradient descent", np.stack([rate, theory.rate(rate)], axis=-1))]


def stored() -> Runs:
    """What Keras stores as the weights: the point ahead, w + μv."""
    run = descend(SGD(0.05, 0.9, nesterov=True), valley().gradient, START, 60)
    return [("Nesterov", run.positions + 0.9 * run.velocities)]


def clipped() -> Runs:
    """Momentum with gradients clipped to a length of 2: straight at first, and none too far."""
    gradient = valley().gradient

    def bounded(position: NDArray) -> NDArray:
        slope = gradient(position)
        return slope * min(1.0, 2.0 / np.linalg.norm(slope))

    return [("momentum", descend(SGD(0.05, 0.9), bounded, START, 60).positions)]


def resumed() -> Runs:
    """The learning rate under a cosine that is stopped, and starts again at its peak."""
    k = np.arange(51)
    rate = (1 + np.cos(np.pi * np.where(k < 30, k, k - 30) / 50)) / 2
    return [("momentum", np.stack([k, rate], axis=-1))]


RUNS: dict[str, Callable[[], Runs]] = {
    "gradient-descent": lambda: down("gradient descent", SGD(0.45)),
    "sgd": noisy,
    "momentum": lambda: down("momentum", SGD(0.05, 0.9), 60),
    "nesterov": lambda: down("Nesterov", SGD(0.05, 0.9, nesterov=True), 60),
    "race": lambda: (
        down("gradient descent", SGD(0.4))
        + down("momentum", SGD(0.05, 0.8), 60)
        + down("Nesterov", SGD(0.05, 0.9, nesterov=True), 60)
    ),
    "edge": standing,
    "keras": stored,
    "tuning": costs,
    "updates": clipped,
    "runs": resumed,
    "what-next": lambda: down("Adam", Adam(0.5), 60),
}


def emblem(runs: Runs) -> str:
    """The runs as a small picture: one path for each, and a dot where it starts."""
    points = np.concatenate([positions for _, positions in runs])
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    box = np.array([WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE])
    drawn = []
    for method, positions in runs:
        x, y = (EDGE + (positions - low) / size * box).T
        places = [f"{a:.1f} {HEIGHT - b:.1f}" for a, b in zip(x, y, strict=True)]
        color = figures.LOOKS[method].css
        drawn.append(
            f'<path d="M{"L".join(places)}" style="stroke:{color}"/>'
            f'<path d="M{places[0]}h0" style="stroke:{color};stroke-width:5"/>'
        )
    return (
        f'<svg class="sgd-emblem" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f"{''.join(drawn)}</svg>"
    )


def add_emblems(app, pagename, templatename, context, doctree) -> None:
    """Put a chapter's emblem into its title, and those of all chapters into the list of them."""
    name, body = pagename.rpartition("/")[2], context.get("body", "")
    if pagename in book.chapters(app.env.external_site_map) and name in RUNS:
        context["body"] = body.replace("<h1>", f"<h1>{emblem(RUNS[name]())}", 1)
    elif pagename == app.config.root_doc:
        for chapter, runs in RUNS.items():
            link = rf'<li><p><a [^>]*href="{chapter}\.html".*?</a>'
            body = re.sub(
                link, rf"\g<0>{emblem(runs())}", body, count=1, flags=re.DOTALL
            )
        context["body"] = body


def setup(app):
    """Sphinx calls this."""
    app.connect("html-page-context", add_emblems, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
