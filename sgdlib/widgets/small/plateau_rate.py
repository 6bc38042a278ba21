"""Keras' ReduceLROnPlateau on a loss that falls fast, then slowly, then no more, of the chapter on the run in Keras."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib.widgets.page.base import integer, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["PlateauRate", "fired"]

EPOCHS, UPDATES = 40, 10
RATE, FACTOR = 0.5, 0.1
CURVATURES, START = (1.0, 0.02), (10.0, 10.0)


def fired(losses: list[float], patience: int, min_delta: float, cooldown: int = 0) -> list[int]:
    """The epochs, counted from 1, at whose end ``ReduceLROnPlateau(mode="min")`` lowers the rate on these losses.

    ::

        a gain:  loss < best − min_delta;    it fires after ``patience`` epochs in a row without one

    Parameters
    ----------
    losses
        The loss at the end of each epoch.
    patience, min_delta, cooldown
        As in Keras; in the ``cooldown`` epochs after it has fired, none counts.

    Notes
    -----
    Held to Keras in the chapter "A run in Keras: stop, change, go on".

    Examples
    --------
    >>> fired([1.0] * 10, patience=2, min_delta=0.0), fired([1.0] * 10, patience=2, min_delta=0.0, cooldown=2)
    ([3, 5, 7, 9], [3, 6, 9])
    """
    watch, epochs = _watch(patience, min_delta, cooldown), []
    for epoch, loss in enumerate(losses, 1):
        if watch(loss):
            epochs.append(epoch)
    return epochs


def _watch(patience: int, min_delta: float, cooldown: int = 0):
    """A function of the next loss that says whether the rate is lowered."""
    best, waited, resting = np.inf, 0, 0

    def fires(loss: float) -> bool:
        nonlocal best, waited, resting
        if resting > 0:
            resting, waited = resting - 1, 0
        if loss < best - min_delta:
            best, waited = loss, 0
            return False
        if resting > 0:
            return False
        waited += 1
        if waited < patience:
            return False
        resting, waited = cooldown, 0
        return True

    return fires


class PlateauRate(SmallFigure):
    """The mean loss at the end of 40 epochs in a noisy valley, whose rate ``ReduceLROnPlateau`` divides by 10.

    ::

        curvatures 1 and 0.02, gradients with noise of variance 1, 10 updates an epoch, η = 0.5 at first:
        mean ← mean (1 − ηλ),    variance ← variance (1 − ηλ)² + η²,    loss = Σ λ (mean² + variance) / 2

    Parameters
    ----------
    patience
        The epochs in a row without a gain after which the rate is lowered.
    min_delta
        What the loss must fall below the best one for a gain.

    Raises
    ------
    traitlets.TraitError
        For a patience that is not from 1 to 10, a ``min_delta`` that is not from 0.0001 to 0.5.

    Notes
    -----
    Stands in the chapter "A run in Keras: stop, change, go on". Source: Keras 3, ``ReduceLROnPlateau``.

    Examples
    --------
    >>> PlateauRate(patience=3, min_delta=0.2).words().partition(". ")[0]
    'It fires first at the end of epoch 9, while the loss still falls'
    """

    patience = integer(3, 1, 10)
    min_delta = number(0.01, 0.0001, 0.5)

    title = "ReduceLROnPlateau"
    controls: ClassVar = (
        {"setting": "patience", "label": "patience", "step": 1},
        {"setting": "min_delta", "label": "min_delta", "log": True},
    )
    panels: ClassVar = (
        {
            "x": {"label": "epoch", "low": 0, "high": EPOCHS},
            "y": {"label": "learning rate, mean loss", "low": 1e-3, "high": 10, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.4},
                {"kind": "line", "look": "ink"},
                {"kind": "line", "look": "SGD", "dash": "2 2.4", "width": 2.4},
                {"kind": "dots", "look": "SGD"},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": 14},
                {"kind": "label", "look": "SGD", "anchor": "end", "dx": -4, "dy": 29},
                {"kind": "label", "look": "muted", "anchor": "end", "dx": -4, "dy": 44},
                {"kind": "label", "look": "muted", "anchor": "end", "dx": -4, "dy": 59},
            ),
        },
    )
    says: ClassVar = {
        "rate": "solid: the learning rate",
        "loss": "dotted: the loss; dots: it fires",
        "kept": "dashed: had it never fired",
        "gain": "thin: below it is a gain",
        "never": "It never fires in 40 epochs. The loss ends at {end}.",
        "early": (
            "It fires first at the end of epoch {first}, while the loss still falls. "
            "The loss ends at {end}; with the rate kept, at {kept}."
        ),
        "words": (
            "It fires first at the end of epoch {first}. The loss ends at {end}; with the rate kept, at {kept}."
        ),
    }
    known: ClassVar = {
        "EPOCHS": EPOCHS,
        "UPDATES": UPDATES,
        "RATE": RATE,
        "FACTOR": FACTOR,
        "CURVATURES": CURVATURES,
        "START": START,
        "STILL": 0.02,
    }

    def drawn(self) -> Drawn:
        """What counts as a gain, the loss with the rate kept, the rate, the loss, where it fires, and names."""
        rates, losses, fires = _trained(_watch(self.patience, self.min_delta))
        kept = _trained(lambda loss: False)[1]
        said = {"end": number_words(losses[-1]), "kept": number_words(kept[-1])}
        case = "never"
        if fires:
            said["first"] = fires[0]
            falls = losses[fires[0] - 2] - losses[fires[0] - 1]
            case = "early" if falls > self.known["STILL"] * losses[fires[0] - 1] else "words"
        epochs = np.arange(1, EPOCHS + 1)
        gain = np.minimum.accumulate(losses)[:-1] - self.min_delta
        layers = [
            (epochs[1:], np.where(gain > 0, gain, np.nan)),
            (epochs, kept),
            (np.repeat(np.arange(EPOCHS + 1), 2)[1:-1], np.repeat(rates, 2)),
            (epochs, losses),
            (fires, [losses[each - 1] for each in fires]),
            *((self.says[name], EPOCHS, 10) for name in ("rate", "loss", "kept", "gain")),
        ]
        return Drawn(layers, self.says[case].format(**said))


def _trained(fires) -> tuple[list[float], list[float], list[int]]:
    """The rate of each epoch, the loss at its end, and the epochs at which it fires."""
    mean, variance, rate = list(START), [0.0, 0.0], RATE
    rates, losses, epochs = [], [], []
    for epoch in range(1, EPOCHS + 1):
        rates.append(rate)
        for _ in range(UPDATES):
            for i, curvature in enumerate(CURVATURES):
                shrink = 1 - rate * curvature
                mean[i], variance[i] = mean[i] * shrink, variance[i] * shrink * shrink + rate * rate
        losses.append(0.5 * sum(c * (m * m + v) for c, m, v in zip(CURVATURES, mean, variance, strict=True)))
        if fires(losses[-1]):
            epochs.append(epoch)
            rate = rate * FACTOR
    return rates, losses, epochs
