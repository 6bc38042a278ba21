"""Where the learning rate grows with the batch, and where that ends, of the tuning workshop."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.widgets.page.base import integer, number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["BatchAndRate"]

CURVATURES = (1.0, 0.05)
STARTS = (1.0, 4.0)
SAMPLES, EPOCHS = 1024, 20
USUAL = 32  # Keras' batch size
POINTS = 120


class BatchAndRate(SmallFigure):
    """The mean loss of plain SGD after 20 epochs against the batch size: the learning rate kept, and scaled with B.

    ::

        N/B updates an epoch, gradients with noise of variance 1/B, curvatures 1 and 0.05:
        Σ ½λ (w₀² r²ᵏ + V (1 − r²ᵏ)),    r from rate, V from noise_variance, k = 20N/B updates
        scaled: η B / 32, until it meets the limit 2/L

    Parameters
    ----------
    batch_size
        The batch whose two losses are marked.
    learning_rate
        η for batches of 32, Keras' default.

    Raises
    ------
    traitlets.TraitError
        For a batch size that is not from 1 to 1024, a learning rate that is not from 0.01 to 1.

    Notes
    -----
    Stands in the chapter "Tuning workshop". Source: Goyal et al. (2017), for the rule; Shallue et al. (2019).

    Examples
    --------
    >>> BatchAndRate(batch_size=1024, learning_rate=0.1).words()
    'Batches of 1024 ask for η = 3.2, and the limit is 2: the rule has ended. With η = 0.1 kept the loss is 0.335.'
    """

    batch_size = integer(256, 1, SAMPLES)
    learning_rate = number(0.1, 0.01, 1.0)

    title = "Batch size and learning rate"
    controls: ClassVar = (
        {"setting": "batch_size", "label": "batch size B", "log": True},
        {"setting": "learning_rate", "label": "learning rate for B = 32", "log": True},
    )
    panels: ClassVar = (
        {
            "x": {"label": "batch size B", "low": 1, "high": SAMPLES, "log": True},
            "y": {"label": "mean loss after 20 epochs", "low": 1e-3, "high": 1, "log": True},
            "layers": (
                {"kind": "line", "look": "muted", "dash": "5 3", "width": 1.2},
                {"kind": "line", "look": "ink", "dash": "2 3", "width": 1.2},
                {"kind": "line", "look": "SGD"},
                {"kind": "dots", "look": "muted", "marker": "o"},
                {"kind": "dots", "look": "SGD", "marker": "D"},
                {"kind": "label", "look": "muted", "dx": 6, "dy": 12},
                {"kind": "label", "look": "SGD", "dx": 6, "dy": 27},
                {"kind": "label", "look": "ink", "anchor": "end", "dx": -4, "dy": -6},
            ),
        },
    )
    says: ClassVar = {
        "kept": "dashed: η = {eta} kept",
        "scaled": "thick: η = {eta} · B/32",
        "limit": "here η is 2/L",
        "same": "Both curves meet at batches of {usual}, with η = {eta}: the loss is {kept}. Move the batch size.",
        "holds": (
            "Batches of {batch}: with η = {eta} kept the loss is {kept}, with η = {scaled} it is {along}; "
            "with batches of {usual} it was {usually}."
        ),
        "ended": (
            "Batches of {batch} ask for η = {scaled}, and the limit is 2: the rule has ended. "
            "With η = {eta} kept the loss is {kept}."
        ),
    }
    known: ClassVar = {
        "CURVATURES": CURVATURES,
        "STARTS": STARTS,
        "SAMPLES": SAMPLES,
        "EPOCHS": EPOCHS,
        "USUAL": USUAL,
        "POINTS": POINTS,
    }

    def drawn(self) -> Drawn:
        """The loss at the rate kept, the limit, the loss at the rate scaled, both at the batch, and names."""
        eta, batch = self.learning_rate, float(self.batch_size)
        sizes = SAMPLES ** (np.arange(POINTS + 1) / POINTS)
        limit = USUAL * theory.stability_limit() / max(CURVATURES) / eta
        kept, along = float(_loss(batch, eta)), float(_loss(batch, eta * batch / USUAL))
        said = {
            "batch": self.batch_size,
            "usual": USUAL,
            "eta": number_words(eta),
            "scaled": number_words(eta * batch / USUAL),
            "kept": number_words(kept),
            "along": number_words(along),
            "usually": number_words(float(_loss(USUAL, eta))),
        }
        case = "ended" if batch >= limit else "same" if self.batch_size == USUAL else "holds"
        layers = [
            (sizes, _loss(sizes, eta)),
            ([limit, limit], [1e-3, 1]),
            (sizes, _loss(sizes, eta * sizes / USUAL)),
            ([batch], [kept]),
            ([batch], [along]),
            (self.says["kept"].format(**said), 1, 1),
            (self.says["scaled"].format(**said), 1, 1),
            (self.says["limit"] if limit < SAMPLES else "", min(limit, SAMPLES), 1e-3),
        ]
        return Drawn(layers, self.says[case].format(**said))


def _loss(batch: NDArray | float, eta: NDArray | float) -> NDArray:
    """The mean loss after the epochs; NaN where the learning rate is past the limit."""
    updates, loss = EPOCHS * SAMPLES / np.asarray(batch), 0.0
    for curvature, start in zip(CURVATURES, STARTS, strict=True):
        left = theory.rate(np.asarray(eta) * curvature) ** (2 * updates)
        variance = theory.noise_variance(eta, curvature, gradient_variance=1 / np.asarray(batch))
        own = np.where(np.isfinite(variance), variance, np.nan)
        loss = loss + 0.5 * curvature * (start**2 * left + own * (1 - left))
    return loss
