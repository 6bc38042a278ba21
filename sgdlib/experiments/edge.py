"""A small network on digits: where its sharpness stands while gradient descent, momentum and Nesterov train it.

``python -m sgdlib.experiments edge`` made the table. At the edge of stability rounding grows, so that two processors
agree on where a run stands, but not on every wiggle; hence a stored table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.checks import POSITIVE, settled, whole
from sgdlib.data import batch_gradients, shuffled_batches
from sgdlib.descent import descend
from sgdlib.experiments import Experiment
from sgdlib.experiments.digits import digits
from sgdlib.network import LOSSES, Dense, Network
from sgdlib.optimizer import SGD

__all__ = [
    "CHANGE",
    "EVERY",
    "EXPERIMENT",
    "METHODS",
    "SAMPLES",
    "UPDATES",
    "Setting",
    "network",
    "settings",
    "sharpness",
    "train",
]

SAMPLES, UPDATES, EVERY, CHANGE = 360, 2400, 60, 1200
SEEDS = (0, 1, 2, 3)
LOST = 10.0  # a loss above this is that of a lost run; untrained networks have about 2
METHODS = {"gradient descent": (0.0, False), "momentum": (0.9, False), "Nesterov": (0.9, True)}
"""μ, and whether Nesterov, for each method.

>>> METHODS["Nesterov"]
(0.9, True)
"""
RATES = {
    "gradient descent": (0.07, 0.08, 0.1),
    "momentum": (0.08, 0.09, 0.1),
    "Nesterov": (0.04, 0.045, 0.05),
}
SLOW_TO_SHARPEN = {"gradient descent": (0.3, 0.5), "momentum": (0.2, 0.55), "Nesterov": (0.1, 0.2)}
FACTORS = (0.8, 1.1, 1.2, 1.3, 1.4, 1.6, 2.0, 3.0)


@dataclass(frozen=True, order=True)
class Setting:
    """One training of 2,400 updates.

    Parameters
    ----------
    method
        A key of ``METHODS``.
    learning_rate
        η, above 0.
    seed
        Of the first weights and of the batches.
    factor
        What η is multiplied by after update 1,200.
    loss
        ``"squares"`` or ``"cross-entropy"``.
    batch_size
        B; 360 is the whole training set.

    Raises
    ------
    ValueError
        For another method, or a learning rate or factor that is not above 0.

    Notes
    -----
    Used in the chapter on the edge of stability.

    Examples
    --------
    >>> round(Setting("momentum", 0.1).limit, 6)
    38.0
    """

    method: str
    learning_rate: float
    seed: int = 0
    factor: float = 1.0
    loss: str = "squares"
    batch_size: int = SAMPLES

    def __post_init__(self):
        settled(
            self,
            method=METHODS,
            learning_rate=POSITIVE,
            factor=POSITIVE,
            loss=LOSSES,
            batch_size=(1, SAMPLES),
        )

    @property
    def limit(self) -> float:
        """The sharpness at which the method stops being stable, with the first η."""
        momentum, nesterov = METHODS[self.method]
        return theory.stability_limit(momentum, nesterov) / self.learning_rate


def network(loss: str = "squares", samples: int = SAMPLES) -> Network:
    """The network 64-64-10 with tanh, on the first training digits.

    ::

        ½ Σⱼ (aⱼ − yⱼ)² averaged over the digits, y = 1 at the digit's class and 0 elsewhere;  or cross-entropy

    Raises
    ------
    ValueError
        For another loss, or samples that are not a whole number from 1 to 1437.

    Notes
    -----
    Trained in the chapter on the edge of stability. Source: Cohen et al. (2021), section 3.

    Examples
    --------
    >>> network().d
    4810
    """
    images, labels, _, _ = digits()
    whole("samples", samples, 1, len(images))
    labels = labels[:samples]
    targets = np.eye(10, dtype="float32")[labels] if loss == "squares" else labels
    return Network((Dense(64, "tanh"), Dense(10)), images[:samples], targets, loss)


def settings() -> list[Setting]:
    """Return the settings of the stored table, four seeds of each.

    Three rates for each method; the middle one with η changed in mid-run; two with cross-entropy; one in batches of 32.

    Notes
    -----
    Used in the chapter on the edge of stability.

    Examples
    --------
    >>> len(settings())
    168
    """
    middle = {method: rates[1] for method, rates in RATES.items()}
    few = [(method, rate, 1.0, "squares", SAMPLES) for method, rates in RATES.items() for rate in rates]
    few += [(*setting, factor, "squares", SAMPLES) for setting, factor in product(middle.items(), FACTORS)]
    for method, rates in SLOW_TO_SHARPEN.items():
        few += [(method, rate, 1.0, "cross-entropy", SAMPLES) for rate in rates]
    few += [(*setting, 1.0, "squares", 32) for setting in middle.items()]
    return [Setting(method, rate, seed, *rest) for (method, rate, *rest), seed in product(few, SEEDS)]


def train(setting: Setting) -> dict[str, NDArray]:
    """Run a setting; every 60 updates measure the sharpness and the loss over all 360 digits.

    Returns
    -------
    ``sharpness`` and ``losses``, of shape (41,), to be divided by the limit and plotted; ``lost_at``, the update at
    which the loss was found above 10, −1 for never. What comes after that repeats what was before.

    Notes
    -----
    In float32. Used in the chapter on the edge of stability.

    Examples
    --------
    >>> lost = train(Setting("gradient descent", 1.0))
    >>> int(lost["lost_at"]), lost["sharpness"].shape
    (60, (41,))
    """
    surface, rng = network(setting.loss), np.random.default_rng(setting.seed)
    weights, state = surface.draw(rng).astype("float32"), None
    momentum, nesterov = METHODS[setting.method]
    epochs = -(-UPDATES // -(-SAMPLES // setting.batch_size))
    gradients = batch_gradients(surface, shuffled_batches(rng, SAMPLES, setting.batch_size, epochs))
    if setting.batch_size == SAMPLES:
        gradients = iter([surface.gradient] * UPDATES)
    seen, lost_at = [], -1
    for done in range(0, UPDATES + 1, EVERY):
        if done and lost_at < 0:
            rate = setting.learning_rate * (setting.factor if done > CHANGE else 1.0)
            run = descend(
                SGD(rate, momentum, nesterov=nesterov),
                islice(gradients, EVERY),
                weights,
                EVERY,
                state=state,
                path=False,
            )
            weights, state = run.positions[-1], (run.velocities[-1],)
            lost_at = -1 if surface.value(weights) < LOST else done
        seen.append(seen[-1] if lost_at >= 0 else (sharpness(surface, weights), surface.value(weights)))
    curvatures, losses = np.array(seen).T
    return {"lost_at": lost_at, "sharpness": curvatures, "losses": losses}


def sharpness(surface: Network, weights: NDArray, tolerance: float = 1e-2) -> float:
    """Return the largest curvature of a network at float32 weights of shape (d,), in float32.

    Raises
    ------
    RuntimeError
        When the search does not come to the tolerance.

    Notes
    -----
    Measured in the chapter on the edge of stability.

    Examples
    --------
    >>> surface = network(samples=36)
    >>> weights = surface.draw(np.random.default_rng(0)).astype("float32")
    >>> sharpness(surface, weights) > 10
    True
    """

    def product(vector: NDArray) -> NDArray:
        return surface.hessian_vector_product(weights, vector.astype("float32"))

    return theory.sharpness(product, weights.shape, tolerance=tolerance)


EXPERIMENT = Experiment(
    module=__name__,
    setting=Setting,
    runs=settings,
    train=train,
    columns=lambda setting: [
        ("lost_at", int),
        *((curve, float, (UPDATES // EVERY + 1,)) for curve in ("sharpness", "losses")),
    ],
    packages=("numpy", "scikit-learn"),
    digest="4562510904564413",
    quick=lambda setting: setting.loss == "cross-entropy",
)
"""The trainings behind the chapter, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('edge', 'edge.csv')
"""
