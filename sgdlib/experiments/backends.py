"""What Keras' SGD does on JAX, TensorFlow and PyTorch when something is changed in mid-run, compiled or not.

``EXPERIMENT.load()`` gives the table; it needs NumPy only. ``python -m sgdlib.experiments backends`` made it, in an
environment that has all three. Every run is a process of its own, for Keras has one backend in a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product

import numpy as np

from sgdlib.checks import settled
from sgdlib.experiments import Experiment

__all__ = [
    "BACKENDS",
    "EXPERIMENT",
    "FINDINGS",
    "WAYS",
    "Case",
    "measured",
    "missing_package",
    "runs",
    "train",
]

BACKENDS = {"jax": "jax", "tensorflow": "tensorflow-cpu", "torch": "torch"}
"""Keras' name of each backend, and the package that brings it.

>>> list(BACKENDS)
['jax', 'tensorflow', 'torch']
"""

WAYS = {"default": {}, "jit_compile=False": {"jit_compile": False}, "run_eagerly": {"run_eagerly": True}}
"""The ways to compile a model, as arguments of ``compile``.

>>> WAYS["run_eagerly"]
{'run_eagerly': True}
"""

SECONDS = 300  # that a run may take on a busy machine


@dataclass(frozen=True, order=True)
class Case:
    """One question to one backend.

    Parameters
    ----------
    finding
        A name of ``FINDINGS``.
    backend
        A name of ``BACKENDS``.
    way
        A name of ``WAYS``.

    Raises
    ------
    ValueError
        For a name that is not there.

    Notes
    -----
    Asked in the chapter "A run in Keras: stop, change, go on".

    Examples
    --------
    >>> Case("momentum assigned", "jax")
    Case(finding='momentum assigned', backend='jax', way='default')
    """

    finding: str
    backend: str
    way: str = "default"

    def __post_init__(self):
        settled(self, finding=FINDINGS, backend=BACKENDS, way=WAYS)


# ---------------------------------------------------------------- inside the process


def _slope(keras, way: str, optimizer, layers: int = 1):
    """A model of so many weights of 1 in a row, without biases; its loss is what it says, so its gradient is 1."""
    model = keras.Sequential([keras.Input((1,))])
    for _ in range(layers):
        model.add(keras.layers.Dense(1, use_bias=False, kernel_initializer="ones"))
    model.compile(optimizer, lambda target, prediction: prediction, **WAYS[way])
    return model


def _fit(keras, model, steps: int, before=None) -> list[float]:
    """Train one update a sample; the length of each step in units of ηg, where η is 0.001."""

    def first(model) -> float:
        return keras.ops.convert_to_numpy(model.weights[0].value).item()

    class Watch(keras.callbacks.Callback):
        # self.model and not model: on JAX that brings the variables up to date.
        def on_train_batch_begin(self, batch, logs=None):
            if before and batch in before:
                before[batch](self.model.optimizer)
            weights.append(first(self.model))

    weights, ones = [], np.ones((steps, 1), dtype="float32")
    model.fit(ones, ones, batch_size=1, verbose=0, shuffle=False, callbacks=[Watch()])
    weights.append(first(model))
    return (-np.diff(weights) / 0.001).tolist()


def _lower(optimizer) -> None:
    optimizer.momentum = 0.5


def _momentum_assigned(keras, way: str) -> float:
    return _fit(keras, _slope(keras, way, keras.optimizers.SGD(0.001, 0.9)), 40, {30: _lower})[30]


def _momentum_variable(keras, way: str) -> float:
    class MomentumSGD(keras.optimizers.SGD):
        def __init__(self, learning_rate=0.01, momentum=0.9, **others):
            super().__init__(learning_rate, momentum, **others)
            self.mu = self.add_variable((), keras.initializers.Constant(momentum), name="mu")

        def update_step(self, gradient, variable, learning_rate):
            m = self.momentums[self._get_variable_index(variable)]
            self.assign(m, self.mu * m - learning_rate * gradient)
            self.assign_add(variable, m)

    model = _slope(keras, way, MomentumSGD(0.001, 0.9))
    return _fit(keras, model, 40, {30: lambda optimizer: optimizer.mu.assign(0.5)})[30]


def _compiled_again(keras, way: str) -> float:
    model = _slope(keras, way, keras.optimizers.SGD(0.001, 0.9))
    _fit(keras, model, 30)
    _lower(model.optimizer)
    model.compile(model.optimizer, model.loss, **WAYS[way])
    return _fit(keras, model, 1)[0]


def _rate_assigned(keras, way: str) -> float:
    def drop(optimizer):
        optimizer.learning_rate = 0.0005

    return _fit(keras, _slope(keras, way, keras.optimizers.SGD(0.001)), 4, {2: drop})[2]


def _raises(error: type, work) -> float:
    """1 if it raises this error, 0 if it runs through."""
    try:
        work()
    except error:
        return 1.0
    return 0.0


def _thawed(keras, way: str) -> float:
    model = _slope(keras, way, keras.optimizers.SGD(0.001, 0.9), layers=2)
    model.layers[0].trainable = False
    model.compile(model.optimizer, model.loss, **WAYS[way])
    _fit(keras, model, 3)
    model.layers[0].trainable = True
    model.compile(model.optimizer, model.loss, **WAYS[way])
    return _raises(ValueError, lambda: _fit(keras, model, 1))


def _plateau_on_schedule(keras, way: str) -> float:
    schedule = keras.optimizers.schedules.CosineDecay(0.001, 100)
    model, begun = _slope(keras, way, keras.optimizers.SGD(schedule)), []
    ones = np.ones((2, 1), dtype="float32")
    callbacks = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: begun.append(epoch + 1),
            on_epoch_end=lambda epoch, logs: logs.update(flat=1.0),
        ),
        keras.callbacks.ReduceLROnPlateau("flat", patience=3, mode="min"),
    ]
    failed = _raises(TypeError, lambda: model.fit(ones, ones, epochs=9, verbose=0, callbacks=callbacks))
    return failed * begun[-1]


def _weights_into_unbuilt(keras, way: str) -> float:
    from tempfile import TemporaryDirectory

    model = _slope(keras, way, keras.optimizers.SGD(0.001, 0.9))
    _fit(keras, model, 30)
    with TemporaryDirectory() as folder:
        model.save_weights(f"{folder}/a.weights.h5")
        other = _slope(keras, way, keras.optimizers.SGD(0.001, 0.9))
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            other.load_weights(f"{folder}/a.weights.h5")
    return float(keras.ops.convert_to_numpy(other.optimizer.iterations))


FINDINGS = {
    "momentum assigned": _momentum_assigned,
    "momentum in a variable": _momentum_variable,
    "momentum and compile again": _compiled_again,
    "rate assigned": _rate_assigned,
    "thawed with the same optimizer": _thawed,
    "ReduceLROnPlateau on a schedule": _plateau_on_schedule,
    "load_weights before the build": _weights_into_unbuilt,
}
"""What is asked: a function of keras and a way that returns a number.

Step 31 in units of ηg, for a momentum lowered from 0.9 to 0.5 after step 30, where 9.62 is ignored and 5.79 obeyed;
step 3 for a rate halved after step 2; 1 for an error and 0 for none; the epoch of an error; ``iterations`` after
loading.

:meta hide-value:

>>> "momentum assigned" in FINDINGS
True
"""


def measured(finding: str, way: str) -> float:
    """Ask this process' Keras, whatever its backend is; JAX if none is named.

    Notes
    -----
    Behind the table of the chapter "A run in Keras: stop, change, go on".

    Examples
    --------
    >>> round(measured("rate assigned", "run_eagerly"), 3)
    0.5
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    return FINDINGS[finding](keras, way)


# ---------------------------------------------------------------- outside


def missing_package(backend: str) -> str:
    """The reason why a backend cannot be asked here; empty if it can.

    Notes
    -----
    Said by the tests of the chapter "A run in Keras: stop, change, go on" where a backend is absent.

    Examples
    --------
    >>> missing_package("jax")
    ''
    """
    if find_spec(backend):
        return ""
    return f"{backend} is not installed here: pip install {BACKENDS[backend]}, in an environment of your own"


def train(case: Case) -> dict[str, float]:
    """Ask a backend, in a process of its own.

    Raises
    ------
    RuntimeError
        When the backend is not installed, or the process fails.

    Notes
    -----
    Asked in the chapter "A run in Keras: stop, change, go on".

    Examples
    --------
    >>> round(train(Case("momentum assigned", "jax"))["value"], 2)
    9.62
    """
    if reason := missing_package(case.backend):
        raise RuntimeError(f"{reason}.")
    code = (
        f"from sgdlib.experiments.backends import measured; print(measured({case.finding!r}, {case.way!r}))"
    )
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **quiet, "KERAS_BACKEND": case.backend},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{case} failed: {done.stderr.strip().splitlines()[-1:]}")
    return {"value": json.loads(done.stdout.splitlines()[-1])}


def runs() -> list[Case]:
    """Return the cases of the stored table: what is assigned in every way, the rest in the default one.

    Notes
    -----
    Printed in the chapter "A run in Keras: stop, change, go on".

    Examples
    --------
    >>> len(runs())
    45
    """
    in_each_way = (
        "momentum assigned",
        "momentum in a variable",
        "momentum and compile again",
        "rate assigned",
    )
    return [
        Case(finding, backend, way)
        for finding, backend, way in product(FINDINGS, BACKENDS, WAYS)
        if way == "default" or finding in in_each_way
    ]


EXPERIMENT = Experiment(
    module=__name__,
    setting=Case,
    runs=runs,
    train=train,
    columns=lambda case: [("value", float)],
    packages=("keras", "jax", "tensorflow-cpu", "torch"),
    elsewhere=("tensorflow-cpu", "torch"),
    digest="d806431849895db4",
    quick=lambda case: case.backend == "jax",
)
"""The cases, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name
'backends'
"""
