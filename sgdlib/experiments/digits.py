"""A real network, trained by the real Keras under many settings of its SGD: how well it comes to know ten digits.

``load()`` gives the table the course was written from; it needs NumPy only. ``python -m sgdlib.experiments digits``
made it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlib.checks import POSITIVE, SHARE, as_numbers, flag, number, one_of, settled, shown, whole
from sgdlib.experiments import Experiment
from sgdlib.experiments._keras import keras_on_jax

__all__ = [
    "CAP",
    "DEAD",
    "EXPERIMENT",
    "Result",
    "Run",
    "capped",
    "course_runs",
    "digits",
    "load",
    "loss_map",
    "made_with",
    "train",
]

LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOMENTA = (0.0, 0.5, 0.9, 0.95, 0.99)
BATCH_SIZE = 32
BATCH_SIZES = (1, 8, 128, 512, 1437)
SEEDS = (0, 1, 2)
CURVES = ("training_loss", "validation_loss", "validation_accuracy")

DEAD = float(np.log(10.0))
"""The loss of a network that knows nothing of ten digits and gives each a tenth: ln 10.

>>> round(DEAD, 3)
2.303
"""

CAP = 1000.0
"""A loss above this, or one that is not a number, is written down as this.

>>> CAP
1000.0
"""


@dataclass(frozen=True, order=True)
class Run:
    """One setting of ``keras.optimizers.SGD`` with what else decides the outcome: batch size, seed and epochs.

    Parameters
    ----------
    learning_rate
        η, above 0.
    momentum
        μ, from 0 to 1.
    nesterov
        Whether Keras looks ahead.
    batch_size
        B; 1437 is the whole training set.
    seed
        Of the initial weights and of the shuffling, at least 0.
    epochs
        Passes over the training set, at least 1.

    Raises
    ------
    ValueError
        For a value outside its range.

    Notes
    -----
    Used in the tuning workshop.

    Examples
    --------
    >>> Run(0.01, 0.9)
    Run(learning_rate=0.01, momentum=0.9, nesterov=False, batch_size=32, seed=0, epochs=20)
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    batch_size: int = BATCH_SIZE
    seed: int = 0
    epochs: int = 20

    def __post_init__(self):
        settled(
            self,
            learning_rate=POSITIVE,
            momentum=SHARE,
            batch_size=(1, None),
            epochs=(1, None),
        )


@dataclass(frozen=True)
class Result:
    """What came of a run; entry k of a curve is the state after epoch k + 1.

    Attributes
    ----------
    run
        The setting.
    training_loss, validation_loss, validation_accuracy
        Shape (epochs,), as Keras reports them: the training loss is the mean over the epoch's batches, while the
        weights move. No loss is above ``CAP``.
    diverged
        Whether the run ends no better than guessing, with a validation loss of ``DEAD`` = ln 10 or more, and did not
        get there by falling: a run whose validation loss fell at every epoch, the first included, is slow.

    Notes
    -----
    Made by ``train``; read in the tuning workshop.

    Examples
    --------
    >>> Result(Run(3.0, epochs=1), np.array([9.4]), np.array([2.71]), np.array([0.1]), diverged=True).run.learning_rate
    3.0
    """

    run: Run
    training_loss: NDArray
    validation_loss: NDArray
    validation_accuracy: NDArray
    diverged: bool


def digits() -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return scikit-learn's 1797 images of handwritten digits, always split the same way.

    Returns
    -------
    training images (1437, 64), training labels (1437,), validation images (360, 64), validation labels (360,);
    brightness from 0 to 1 in float32.

    Notes
    -----
    The data of the tuning workshop. Source: Alpaydin and Kaynak (1998), UCI Machine Learning Repository.

    Examples
    --------
    >>> images, labels, _, validation_labels = digits()
    >>> images.shape, labels[:3], len(validation_labels)
    ((1437, 64), array([6, 6, 6]), 360)
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    order = np.random.default_rng(0).permutation(len(labels))
    training, validation = order[:1437], order[1437:]
    return images[training], labels[training], images[validation], labels[validation]


def capped(losses: ArrayLike, cap: float = CAP) -> NDArray:
    """Return losses as a table holds them: the cap in place of what is above it or not a number.

    Raises
    ------
    ValueError
        For losses that hold no numbers, or a cap that is not finite.

    Notes
    -----
    Behind the tables of the tuning workshop and of the chapter "What is wrong with this run?".

    Examples
    --------
    >>> capped([0.5, 1e9, float("nan")]).tolist()
    [0.5, 1000.0, 1000.0]
    """
    found, cap = as_numbers(losses), number("cap", cap)
    if found is None or not found.size:
        raise ValueError(f"losses must be an array of numbers, not {shown(losses)}.")
    return np.fmin(found.astype(float), cap)


def train(run: Run) -> Result:
    """Train the network 64-64-10 on the digits with Keras' SGD, by ``model.fit``; the seed decides everything.

    ::

        scores = W₂ max(0, W₁ x + b₁) + b₂,    loss = −log softmax(scores)[label], averaged over the batch

    Raises
    ------
    RuntimeError
        When Keras runs on another backend than JAX: the numbers would not be those of the table.

    Notes
    -----
    Sets the global seeds, as ``keras.utils.set_random_seed`` does. Read in the tuning workshop. Source: Chollet et
    al., Keras 3, ``keras.optimizers.SGD``.

    Examples
    --------
    >>> result = train(Run(learning_rate=0.3, momentum=0.9, batch_size=479))
    >>> result.validation_loss.shape, bool(result.validation_accuracy[-1] > 0.9)
    ((20,), True)
    """
    keras = keras_on_jax()
    images, labels, validation_images, validation_labels = digits()
    keras.utils.set_random_seed(run.seed)
    # Keras' layers would draw these seeds from Python's own generator, which a cluster's worker uses meanwhile, too.
    draw = random.Random(run.seed)
    first, second = (keras.initializers.GlorotUniform(draw.randint(1, 10**9)) for _ in range(2))
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(64, activation="relu", kernel_initializer=first),
            keras.layers.Dense(10, kernel_initializer=second),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    untrained = float(loss(validation_labels, model(validation_images)))
    model.compile(
        optimizer=keras.optimizers.SGD(run.learning_rate, momentum=run.momentum, nesterov=run.nesterov),
        loss=loss,
        metrics=["accuracy"],
    )
    history = model.fit(
        images,
        labels,
        batch_size=run.batch_size,
        epochs=run.epochs,
        validation_data=(validation_images, validation_labels),
        validation_batch_size=len(validation_labels),
        verbose=0,
    ).history
    training_loss, validation_loss = (capped(history[key]) for key in ("loss", "val_loss"))
    falling = (np.diff(validation_loss, prepend=untrained) < 0).all()
    diverged = bool(validation_loss[-1] >= DEAD and not falling)
    return Result(run, training_loss, validation_loss, np.array(history["val_accuracy"]), diverged)


def course_runs() -> list[Run]:
    """Return the runs behind the course's table, sorted: three seeds of every setting.

    The map: 8 learning rates from 0.001 to 3 × momentum 0, 0.5, 0.9, 0.95, 0.99 × Nesterov or not, at batch size 32.
    The batch sizes 1, 8, 128, 512 and 1437 (and 32, from the map): 5 learning rates without momentum, 3 with 0.9.

    Notes
    -----
    Drawn in the tuning workshop.

    Examples
    --------
    >>> len(course_runs()), course_runs()[0]
    (336, Run(learning_rate=0.001, momentum=0.0, nesterov=False, batch_size=32, seed=0, epochs=20))
    """
    settings = [
        (eta, mu, nesterov, BATCH_SIZE)
        for eta, mu, nesterov in product(LEARNING_RATES, MOMENTA, (False, True))
        if mu > 0 or not nesterov
    ]
    for eta, mu in [*product((0.01, 0.03, 0.1, 0.3, 1.0), (0.0,)), *product((0.001, 0.01, 0.1), (0.9,))]:
        settings += [(eta, mu, False, size) for size in BATCH_SIZES]
    return sorted(Run(*setting, seed) for setting, seed in product(settings, SEEDS))


def load(path: str | Path | None = None) -> NDArray:
    """Return a table as a structured array, one entry for each run, sorted.

    The fields are those of ``Run``, ``diverged``, and the curves ``training_loss``, ``validation_loss`` and
    ``validation_accuracy`` of shape (epochs,), to 4 significant digits; every number is finite.

    Parameters
    ----------
    path
        The table; the course's own when left out.

    Raises
    ------
    ValueError
        For a file that is not a table of these runs.

    Notes
    -----
    Drawn in the tuning workshop and its widget.

    Examples
    --------
    >>> table = load()
    >>> table["validation_loss"].shape
    (336, 20)
    >>> best = table[table["validation_loss"][:, -1].argmin()]
    >>> bool(best["validation_accuracy"][-1] > 0.97)
    True
    """
    return EXPERIMENT.load(path)


def loss_map(
    table: NDArray, nesterov: bool = False, batch_size: int = BATCH_SIZE
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the final validation loss over learning rate and momentum: the mean over the seeds.

    Momentum 0 stands in the map of Nesterov, too: without momentum there is nothing to look ahead with.

    Raises
    ------
    ValueError
        For what is no table, a flag that is none, or a batch size that the table does not have.

    Returns
    -------
    learning rates (L,), momenta (M,), losses (M, L); NaN where the table has no run, or where one diverged.

    Notes
    -----
    Drawn in the tuning workshop.

    Examples
    --------
    >>> rates, momenta, losses = loss_map(load())
    >>> losses.shape, round(float(losses[0, 2]), 1)
    ((5, 8), 0.7)
    """
    if not {"nesterov", "validation_loss"} <= set(
        getattr(getattr(table, "dtype", None), "names", None) or ()
    ):
        raise ValueError(f"table must be what load() returns, not {shown(table)}.")
    nesterov = flag("nesterov", nesterov)
    one_of("batch_size", whole("batch_size", batch_size), np.unique(table["batch_size"]).tolist())
    chosen = (table["nesterov"] == nesterov) | (table["momentum"] == 0)
    table = table[chosen & (table["batch_size"] == batch_size)]
    rates, momenta = np.unique(table["learning_rate"]), np.unique(table["momentum"])
    losses = np.full((len(momenta), len(rates)), np.nan)
    for (i, mu), (j, eta) in product(enumerate(momenta), enumerate(rates)):
        cell = table[(table["momentum"] == mu) & (table["learning_rate"] == eta)]
        if len(cell) and not cell["diverged"].any():
            losses[i, j] = cell["validation_loss"][:, -1].mean()
    return rates, momenta, losses


def made_with(path: str | Path | None = None) -> dict[str, str]:
    """Return the versions of the packages that made a table, by name.

    Parameters
    ----------
    path
        The table; the course's own when left out.

    Raises
    ------
    ValueError
        For a file that is not a table.

    Notes
    -----
    Printed in the tuning workshop.

    Examples
    --------
    >>> list(made_with())
    ['keras', 'jax', 'numpy', 'scikit-learn']
    """
    return EXPERIMENT.made_with(path)


def _columns(run: Run) -> list[tuple]:
    """What is stored of a run."""
    curves = ("training_loss", "validation_loss", "validation_accuracy")
    return [("diverged", bool), *((curve, float, (run.epochs,)) for curve in curves)]


def _is_quick(run: Run) -> bool:
    """A few updates an epoch, far from where the network blows up."""
    return run.batch_size >= 128 and run.learning_rate <= 0.1 * (1 - run.momentum) + 1e-9


EXPERIMENT = Experiment(
    module=__name__,
    setting=Run,
    runs=course_runs,
    train=train,
    columns=_columns,
    packages=("keras", "jax", "numpy", "scikit-learn"),
    digest="e7ab5e3510e05550",
    quick=_is_quick,
)
"""The runs behind the tuning workshop, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('digits', 'digits.csv')
"""
