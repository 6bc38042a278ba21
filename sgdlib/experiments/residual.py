"""A residual network without normalization, flat at ln 10 from its first update: what wakes it up, and what does not.

``python -m sgdlib.experiments residual`` made the table.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import settled
from sgdlib.experiments import Experiment
from sgdlib.experiments._keras import keras_on_jax
from sgdlib.experiments.digits import CAP, capped, digits

__all__ = ["EXPERIMENT", "POINTS", "REMEDIES", "SEEDS", "UPDATES", "Remedy", "Setting", "settings", "train"]

BLOCKS, CHANNELS = 8, 8
BATCH_SIZE, UPDATES, POINTS = 32, 450, 45  # ten epochs; a loss is the mean over ten updates
WARM_UP = 100  # updates
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Remedy:
    """The settings of ``keras.optimizers.SGD`` in a run, and how its blocks begin.

    Parameters
    ----------
    learning_rate, momentum
        As Keras names them.
    warm_up
        How many updates the learning rate rises, on a line from 0.
    global_clipnorm
        What the gradient's length is cut to; None for not at all.
    still
        Whether the second convolution of each block begins at 0, so that the block begins by doing nothing.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Remedy().learning_rate, Remedy().momentum
    (0.1, 0.9)
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    warm_up: int = 0
    global_clipnorm: float | None = None
    still: bool = False


REMEDIES = {
    "none": Remedy(),
    "half": Remedy(learning_rate=0.05),
    "no momentum": Remedy(momentum=0.0),
    "warm-up": Remedy(warm_up=WARM_UP),
    "clipping": Remedy(global_clipnorm=1.0),
    "warm-up and clipping": Remedy(warm_up=WARM_UP, global_clipnorm=1.0),
    "a tenth": Remedy(learning_rate=0.01),
    "still blocks": Remedy(still=True),
}
"""What is tried, by its name; "none" is the run as it is.

>>> len(REMEDIES)
8
"""


@dataclass(frozen=True, order=True)
class Setting:
    """One training.

    Parameters
    ----------
    remedy
        A key of ``REMEDIES``.
    seed
        Of the first weights and of the batches.

    Raises
    ------
    ValueError
        For another remedy, or a seed below 0.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Setting("a tenth").seed
    0
    """

    remedy: str = "none"
    seed: int = 0

    def __post_init__(self):
        settled(self, remedy=REMEDIES)


def settings() -> list[Setting]:
    """Return the settings of the stored table: every remedy with three seeds.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> len(settings())
    24
    """
    return [Setting(*each) for each in product(REMEDIES, SEEDS)]


def train(setting: Setting) -> dict[str, NDArray]:
    """Train eight residual blocks of 3 × 3 convolutions on the digits with Keras' SGD, 450 updates.

    ::

        x ← relu(x + conv(relu(conv(x)))),    eight times, and then the mean over the picture and a dense layer

    Returns
    -------
    ``training_loss``, of shape (45,), the mean batch loss of every ten updates, and ``validation_loss`` at the end.

    Raises
    ------
    RuntimeError
        When Keras runs on another backend than JAX: the numbers would not be those of the table.

    Notes
    -----
    Behind the chapter "What is wrong with this run?". Source: He et al. (2016), without their normalization.

    Examples
    --------
    >>> UPDATES, POINTS
    (450, 45)
    """
    keras = keras_on_jax()
    images, labels, *unseen = digits()
    remedy, rng = REMEDIES[setting.remedy], np.random.default_rng(setting.seed)
    rate = remedy.learning_rate
    if remedy.warm_up:
        rate = keras.optimizers.schedules.PolynomialDecay(0.0, remedy.warm_up, remedy.learning_rate)
    model = _network(keras, random.Random(setting.seed), remedy.still)
    model.compile(
        keras.optimizers.SGD(rate, remedy.momentum, global_clipnorm=remedy.global_clipnorm),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    epochs = -(-UPDATES * BATCH_SIZE // len(labels))
    rows = np.concatenate([rng.permutation(len(labels)) for _ in range(epochs)])
    losses = []
    for batch in rows[: UPDATES * BATCH_SIZE].reshape(UPDATES, BATCH_SIZE):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(images[batch], labels[batch])))
    return {
        "training_loss": capped(losses).reshape(POINTS, -1).mean(axis=1),
        "validation_loss": capped([model.evaluate(*unseen, batch_size=360, verbose=0)], CAP)[0],
    }


def _network(keras, draw: random.Random, still: bool):
    """The network, its first weights drawn from seeds of its own."""

    def conv(first=None, **how):
        first = first or keras.initializers.GlorotUniform(draw.randint(1, 10**9))
        return keras.layers.Conv2D(CHANNELS, 3, padding="same", kernel_initializer=first, **how)

    pixels = keras.Input((64,))
    x = conv(activation="relu")(keras.layers.Reshape((8, 8, 1))(pixels))
    for _ in range(BLOCKS):
        x = keras.layers.ReLU()(x + conv("zeros" if still else None)(conv(activation="relu")(x)))
    last = keras.initializers.GlorotUniform(draw.randint(1, 10**9))
    scores = keras.layers.Dense(10, kernel_initializer=last)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(pixels, scores)


EXPERIMENT = Experiment(
    module=__name__,
    setting=Setting,
    runs=settings,
    train=train,
    columns=lambda setting: [("training_loss", float, (POINTS,)), ("validation_loss", float)],
    packages=("keras", "jax", "numpy", "scikit-learn"),
    digest="d587c9e11dd80b90",
    quick=lambda setting: setting.remedy == "a tenth",
)
"""The trainings of the residual network, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('residual', 'residual.csv')
"""
