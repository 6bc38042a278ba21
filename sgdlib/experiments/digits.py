"""A real network trained by the real Keras under many settings, and the table of what came of it.

``load()`` gives the table the course was written from; it needs NumPy only. To make such a table::

    python -m sgdlib.experiments.digits --output mine.csv
    python -m sgdlib.experiments.digits --output mine.csv --cluster tcp://10.0.0.1:8786

The first uses the cores of this machine, the second a running Dask cluster whose workers have the course's
environment. Every finished run is written at once: stop the sweep when you like, the same line goes on with it.
"""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from importlib import metadata
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CAP",
    "DEAD",
    "Result",
    "Run",
    "course_runs",
    "digits",
    "load",
    "loss_map",
    "made_with",
    "sweep",
    "train",
]

LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOMENTA = (0.0, 0.5, 0.9, 0.95, 0.99)
BATCH_SIZE = 32
BATCH_SIZES = (1, 8, 128, 512, 1437)
SEEDS = (0, 1, 2)
TABLE = Path(__file__).with_name("digits.csv")
PACKAGES = ("keras", "jax", "numpy", "scikit-learn")
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
        if not 0 < self.learning_rate < np.inf:
            raise ValueError(f"learning_rate must be a finite number above 0, not {self.learning_rate}.")
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must be from 0 to 1, not {self.momentum}.")
        for name, low in {"batch_size": 1, "seed": 0, "epochs": 1}.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < low:
                raise ValueError(f"{name} must be a whole number of at least {low}, not {value!r}.")


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
        Whether the run ends no better than guessing: with a validation loss of ``DEAD`` = ln 10 or more. A run whose
        loss fell at every epoch is slow, not diverged.

    Notes
    -----
    Made by ``train``.

    Examples
    --------
    >>> Result(Run(3.0, epochs=1), np.array([2.4]), np.array([2.31]), np.array([0.1]), diverged=True).run.learning_rate
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
    >>> result = train(Run(learning_rate=0.3, momentum=0.9, epochs=1))
    >>> result.validation_loss.shape, bool(result.validation_accuracy[-1] > 0.5)
    ((1,), True)
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    if keras.backend.backend() != "jax":
        raise RuntimeError(
            f"Keras runs on {keras.backend.backend()} here; set the environment variable KERAS_BACKEND=jax first."
        )
    images, labels, validation_images, validation_labels = digits()
    keras.utils.set_random_seed(run.seed)
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(run.learning_rate, momentum=run.momentum, nesterov=run.nesterov),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
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
    training_loss, validation_loss = (
        np.minimum(np.nan_to_num(np.array(history[key]), nan=CAP, posinf=CAP), CAP)
        for key in ("loss", "val_loss")
    )
    falling = run.epochs > 1 and (np.diff(validation_loss) < 0).all()
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


def sweep(
    runs: Iterable[Run], path: str | Path, cluster: str | None = None, workers: int | None = None
) -> NDArray:
    """Train all the runs that the table at the path does not hold yet, and return the table as ``load`` does.

    Every finished run is added to the file at once, so that a stopped sweep loses none; at the end the rows are
    sorted, and the file depends on the runs and the versions alone.

    Parameters
    ----------
    runs
        All with the same number of epochs.
    path
        The table; made if it is not there.
    cluster
        The address of a running Dask scheduler, such as "tcp://10.0.0.1:8786"; this machine when left out.
    workers
        How many runs to train at a time; one for each core, or for each thread of the cluster, when left out.

    Raises
    ------
    ValueError
        For runs of different epochs, or a table with other epochs.
    RuntimeError
        When the table, or a worker of the cluster, has other versions of the packages than this machine.

    Notes
    -----
    ``python -m sgdlib.experiments.digits`` is this with ``course_runs()``. Source: joblib's documentation, "Using Dask for
    single-machine parallel computing".

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     table = sweep([], Path(folder, "table.csv"))
    >>> len(table)
    0
    """
    import joblib
    from tqdm import tqdm

    path, runs = Path(path), sorted(set(runs))
    epochs = {run.epochs for run in runs}
    if path.is_file():
        _mend(path)
        if made_with(path) != _versions():
            raise RuntimeError(
                f"{path} was made with {_listed(made_with(path))}, and here is {_listed(_versions())}; "
                "name another file."
            )
        table = load(path)
        epochs |= set(table["epochs"].tolist())
    if len(epochs) > 1:
        raise ValueError(f"the runs of a table must have the same epochs, not {sorted(epochs)}.")
    if not path.is_file():
        header = [field.name for field in fields(Run)] + ["diverged"]
        header += [f"{curve}_{k + 1}" for curve in CURVES for k in range(*epochs or {0})]
        path.write_text(f"# {_listed(_versions())}\n{','.join(header)}\n", encoding="utf-8")
        table = load(path)

    done = {_run_of(entry) for entry in table}
    missing = [run for run in runs if run not in done]
    with _backend(cluster), path.open("a", encoding="utf-8") as file:
        results = joblib.Parallel(n_jobs=workers or -1, return_as="generator_unordered")(
            joblib.delayed(train)(run) for run in missing
        )
        for result in tqdm(results, total=len(runs), initial=len(runs) - len(missing), unit="run"):
            file.write(_row(result))
            file.flush()
            os.fsync(file.fileno())
    _sort(path)
    return load(path)


def load(path: str | Path = TABLE) -> NDArray:
    """Return a table as a structured array, one entry for each run, sorted.

    The fields are those of ``Run``, ``diverged``, and the curves ``training_loss``, ``validation_loss`` and
    ``validation_accuracy`` of shape (epochs,), to 4 significant digits; every number is finite.

    Parameters
    ----------
    path
        The table; the course's own when left out.

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
    with Path(path).open(encoding="utf-8", newline="") as file:
        next(file)
        rows = csv.reader(file)
        settings = [field.name for field in fields(Run)] + ["diverged"]
        epochs = (len(next(rows)) - len(settings)) // len(CURVES)
        kinds = {"learning_rate": float, "momentum": float, "nesterov": bool, "diverged": bool}
        dtype = [(name, kinds.get(name, int)) for name in settings]
        dtype += [(curve, float, (epochs,)) for curve in CURVES]
        entries = []
        for row in rows:
            numbers, at = [float(text) for text in row], len(settings)
            curves = (numbers[at + k * epochs : at + (k + 1) * epochs] for k in range(len(CURVES)))
            entries.append((*numbers[:at], *curves))
    return np.sort(np.array(entries, dtype=dtype), order=settings)


def loss_map(
    table: NDArray, nesterov: bool = False, batch_size: int = BATCH_SIZE
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the final validation loss over learning rate and momentum: the mean over the seeds.

    Momentum 0 stands in the map of Nesterov, too: without momentum there is nothing to look ahead with.

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
    chosen = (table["nesterov"] == nesterov) | (table["momentum"] == 0)
    table = table[chosen & (table["batch_size"] == batch_size)]
    rates, momenta = np.unique(table["learning_rate"]), np.unique(table["momentum"])
    losses = np.full((len(momenta), len(rates)), np.nan)
    for (i, mu), (j, eta) in product(enumerate(momenta), enumerate(rates)):
        cell = table[(table["momentum"] == mu) & (table["learning_rate"] == eta)]
        if len(cell) and not cell["diverged"].any():
            losses[i, j] = cell["validation_loss"][:, -1].mean()
    return rates, momenta, losses


def made_with(path: str | Path = TABLE) -> dict[str, str]:
    """Return the versions of the packages that made a table, by name.

    Examples
    --------
    >>> list(made_with())
    ['keras', 'jax', 'numpy', 'scikit-learn']
    """
    with Path(path).open(encoding="utf-8") as file:
        return dict(each.split() for each in next(file).removeprefix("# ").split(", "))


def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in PACKAGES}


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@contextlib.contextmanager
def _backend(cluster: str | None):
    """Where joblib runs: here, or on the Dask cluster at the address."""
    if cluster is None:
        yield
        return
    import joblib
    from distributed import Client

    with Client(cluster, set_as_default=False) as client:
        for worker, theirs in client.run(_versions).items():
            if theirs != _versions():
                raise RuntimeError(
                    f"the worker {worker} has {_listed(theirs)}, and here is {_listed(_versions())}; "
                    "install the same requirements.txt on both."
                )
        with joblib.parallel_config(backend="dask", client=client):
            yield


def _row(result: Result) -> str:
    numbers = [*astuple(result.run), result.diverged]
    texts = [repr(number) if isinstance(number, float) else str(int(number)) for number in numbers]
    texts += [f"{value:.4g}" for curve in CURVES for value in getattr(result, curve)]
    return ",".join(texts) + "\n"


def _run_of(entry: np.void) -> Run:
    return Run(*(entry[field.name].item() for field in fields(Run)))


def _mend(path: Path) -> None:
    """Drop a last row that a stopped sweep did not finish writing."""
    text = path.read_text(encoding="utf-8")
    if not text.endswith("\n"):
        path.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")


def _sort(path: Path) -> None:
    """Put the rows in order; the file is there, old or new, at every moment."""
    head = path.read_text(encoding="utf-8").splitlines(keepends=True)[:2]
    results = (
        Result(_run_of(entry), *(entry[curve] for curve in CURVES), bool(entry["diverged"]))
        for entry in load(path)
    )
    new = path.with_suffix(".new")
    new.write_text("".join([*head, *map(_row, results)]), encoding="utf-8")
    os.replace(new, path)


def main(arguments: list[str] | None = None) -> int:
    """Run the course's sweep from the command line; return the exit code.

    Examples
    --------
    >>> main(["--help"])
    Traceback (most recent call last):
        ...
    SystemExit: 0
    """
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m sgdlib.experiments.digits",
        description="Train a network on the digits under many settings of Keras' SGD; a stopped sweep goes on.",
    )
    parser.add_argument("--output", type=Path, default=TABLE, help="the table (the course's own)")
    parser.add_argument("--cluster", help="a Dask scheduler, such as tcp://10.0.0.1:8786 (this machine)")
    parser.add_argument("--workers", type=int, help="runs at a time (one for each core)")
    chosen = parser.parse_args(arguments)
    try:
        table = sweep(course_runs(), chosen.output, chosen.cluster, chosen.workers)
    except KeyboardInterrupt:
        print(f"Stopped. The finished runs are in {chosen.output}; the same line goes on with the rest.")
        return 130
    print(f"{len(table)} runs are in {chosen.output}, {int(table['diverged'].sum())} of them diverged.")
    return 0


if __name__ == "__main__":
    # by its name, so that the workers find what they are to run
    from sgdlib.experiments.digits import main as run_from_here

    raise SystemExit(run_from_here())
