"""A deep autoencoder on the ten digits, trained under many settings of SGD: its curvature limits the learning rate.

``EXPERIMENT.load()`` gives the table; it needs NumPy only. ``python -m sgdlib.experiments autoencoder`` made it. The
settings are those of ``digits``, so that the two boards can be laid side by side.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np

from sgdlib.data import batch_gradients, shuffled_batches
from sgdlib.descent import descend
from sgdlib.experiments import Experiment
from sgdlib.experiments.digits import CAP, LEARNING_RATES, MOMENTA, SEEDS, Result, Run, capped, digits
from sgdlib.network import Dense, Network
from sgdlib.optimizer import SGD

__all__ = ["DEAD", "EXPERIMENT", "network", "runs", "train"]

UNITS = (48, 24, 12, 6, 12, 24, 48)  # of the layers with tanh; the last layer is linear and has 64
BATCH_SIZE, EPOCHS, POINTS = 128, 100, 20
FINER = ((0.0, 0.05), (0.0, 0.15), (0.0, 0.2), (0.9, 0.02), (0.9, 0.05))  # (μ, η) between the board's rates
OTHER_BATCHES = ((0.0, 0.03), (0.0, 0.1), (0.0, 0.3), (0.9, 0.01), (0.9, 0.03), (0.9, 0.1))

DEAD = 2.372
"""The validation loss of a network that gives the mean training image whatever it is shown.

>>> images, _, unseen, _ = digits()
>>> round(float(0.5 * ((unseen - images.mean(0)) ** 2).sum(1).mean()), 3) == DEAD
True
"""


@cache
def network(unseen: bool = False) -> Network:
    """Return the autoencoder 64-48-24-12-6-12-24-48-64 on the 1437 training images, or on the 360 unseen ones.

    ::

        loss = ½ Σⱼ (aⱼ − xⱼ)², averaged over the images: the target is the image itself, from 6 numbers

    Notes
    -----
    Trained in the tuning workshop. Source: Sutskever et al. (2013), section 3, in small.

    Examples
    --------
    >>> network().d, network(unseen=True).features.shape
    (9406, (360, 64))
    """
    images, _, others, _ = digits()
    chosen = others if unseen else images
    return Network((*(Dense(units, "tanh") for units in UNITS), Dense(64)), chosen, chosen)


def train(run: Run) -> Result:
    """Train the autoencoder in float32; the seed decides its first weights and its batches.

    Returns
    -------
    what came of it, at 20 moments evenly spread over the epochs (or at each epoch, if these are fewer): both losses
    are those of all images at that moment. There is no accuracy: it is empty.

    Notes
    -----
    Read in the tuning workshop.

    Examples
    --------
    >>> result = train(Run(0.1, batch_size=128, epochs=2))
    >>> result.training_loss.shape, bool(result.training_loss[-1] < DEAD)
    ((2,), True)
    """
    rng = np.random.default_rng(run.seed)
    position, state = network().draw(rng).astype("float32"), None
    batches = shuffled_batches(rng, len(network().features), run.batch_size, run.epochs)
    rule = SGD(run.learning_rate, run.momentum, run.nesterov)
    losses = [_losses(position)]
    for part in np.array_split(np.arange(len(batches)), min(POINTS, run.epochs)):
        gradients = batch_gradients(network(), [batches[k] for k in part])
        now = descend(rule, gradients, position, len(part), state=state, path=False)
        position, state = now.positions[-1], tuple(each[-1] for each in now.states)
        losses.append((CAP, CAP) if now.diverged else _losses(position))
        if losses[-1][0] >= CAP:
            break
    losses += [(CAP, CAP)] * (min(POINTS, run.epochs) + 1 - len(losses))
    training_loss, validation_loss = np.transpose(losses)
    diverged = bool(validation_loss[-1] >= DEAD and not (np.diff(validation_loss) < 0).all())
    return Result(run, training_loss[1:], validation_loss[1:], np.empty(0), diverged)


def runs() -> list[Run]:
    """Return the runs of the stored table, sorted: three seeds of every setting, 100 epochs each.

    The board's learning rates, momenta and methods at batch size 128, as in ``digits``; a few rates between them; and
    six of these settings at the batch sizes 16, 512 and 1437.

    Notes
    -----
    Drawn in the tuning workshop.

    Examples
    --------
    >>> len(runs()), runs()[0].batch_size
    (285, 128)
    """
    settings = [
        (eta, mu, nesterov, BATCH_SIZE)
        for eta, mu, nesterov in product(LEARNING_RATES, MOMENTA, (False, True))
        if mu > 0 or not nesterov
    ]
    settings += [(eta, mu, False, BATCH_SIZE) for mu, eta in FINER]
    settings += [(eta, mu, False, size) for (mu, eta), size in product(OTHER_BATCHES, (16, 512, 1437))]
    return sorted(Run(*setting, seed, EPOCHS) for setting, seed in product(settings, SEEDS))


def _losses(position) -> tuple[float, float]:
    """Of the training and of the validation images; no loss is above ``CAP``, and none is NaN."""
    return tuple(capped([network(unseen).value(position) for unseen in (False, True)]).tolist())


def _columns(run: Run) -> list[tuple]:
    """What is stored of a run."""
    points = min(POINTS, run.epochs)
    return [("diverged", bool), ("training_loss", float, (points,)), ("validation_loss", float, (points,))]


def _is_quick(run: Run) -> bool:
    """Far from where the network blows up."""
    return run.batch_size >= 512 and run.learning_rate <= 0.03 * (1 - run.momentum) + 1e-9


EXPERIMENT = Experiment(
    module=__name__,
    setting=Run,
    runs=runs,
    train=train,
    columns=_columns,
    packages=("numpy", "scikit-learn"),
    digest="d1cd920db55c639d",
    quick=_is_quick,
)
"""The runs of the second task, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('autoencoder', 'autoencoder.csv')
"""
