"""Ask the meter about runs that one thing limits, on seeds that it was not tuned on; and time it on three networks.

.venv/bin/python benchmarks/meter.py            print the tables
.venv/bin/python benchmarks/meter.py --write    and put them into benchmarks/README.md
"""

# Keras must be told its backend before it is imported.
from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import keras
import numpy as np
import readme

from sgdlib.experiments.digits import digits
from sgdlib.practice.meter import Meter

SEEDS = (11, 12, 13)  # the thresholds were set on seeds 0 to 3 and 100
IMAGES, LABELS, _, _ = digits()
SGD = keras.optimizers.SGD
ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@dataclass(frozen=True)
class Case:
    """A run that one thing limits, and the same with the remedy that must help (or, at the edge, must not).

    `remedy` is another optimizer for a run from the start; `after`, a rate for as many epochs more.
    """

    kind: str
    name: str
    data: str
    optimizer: Callable
    batch_size: int
    epochs: int
    depth: int = 1
    scale: float = 1.0
    remedy: Callable | None = None
    after: float | None = None


CASES = [
    Case("curvature", "full batch, SGD(0.4)", "squares", lambda: SGD(0.4), 360, 600, remedy=lambda: SGD(1.2)),
    Case(
        "curvature",
        "full batch, SGD(0.5, 0.9)",
        "squares",
        lambda: SGD(0.5, 0.9),
        360,
        600,
        remedy=lambda: SGD(1.5, 0.9),
    ),
    Case(
        "curvature",
        "full batch, SGD(0.225, 0.9, nesterov)",
        "squares",
        lambda: SGD(0.225, 0.9, nesterov=True),
        360,
        600,
        remedy=lambda: SGD(0.675, 0.9, nesterov=True),
    ),
    Case("noise", "batches of 8, SGD(0.1, 0.9)", "digits", lambda: SGD(0.1, 0.9), 8, 10, after=0.01),
    Case("noise", "batches of 4, SGD(0.1)", "regression", lambda: SGD(0.1), 4, 16, after=0.01),
    Case("slow", "batches of 32, SGD(0.001)", "digits", lambda: SGD(0.001), 32, 16, remedy=lambda: SGD(0.01)),
    Case(
        "slow",
        "batches of 32, SGD(0.00003, 0.9)",
        "regression",
        lambda: SGD(3e-5, 0.9),
        32,
        30,
        remedy=lambda: SGD(3e-4, 0.9),
    ),
    Case(
        "lost",
        "6 layers, first weights × 2, SGD(0.1, 0.9)",
        "digits",
        lambda: SGD(0.1, 0.9),
        32,
        10,
        6,
        4.0,
        lambda: SGD(0.01, 0.9),
    ),
    Case(
        "lost",
        "batches of 32, SGD(3, 0.9)",
        "digits",
        lambda: SGD(3.0, 0.9),
        32,
        10,
        remedy=lambda: SGD(0.3, 0.9),
    ),
]


def friedman(n: int = 960) -> tuple[np.ndarray, np.ndarray]:
    """Friedman's function of five of eight inputs, with noise, scaled."""
    rng = np.random.default_rng(7)
    x = rng.random((n, 8))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = y + 2 * rng.normal(size=n)
    return ((x - 0.5) * np.sqrt(12)).astype("float32"), ((y - y.mean()) / y.std()).astype("float32")[:, None]


def data_of(name: str):
    if name == "regression":
        return (*friedman(), "mse", 1, "relu")
    if name == "squares":
        return IMAGES[:360], np.eye(10, dtype="float32")[LABELS[:360]], "mse", 10, "tanh"
    return IMAGES[:720], LABELS[:720], ENTROPY, 10, "relu"


def network(case: Case, seed: int):
    keras.utils.set_random_seed(seed)
    x, _, _, outputs, activation = data_of(case.data)
    first = [
        keras.initializers.VarianceScaling(case.scale, "fan_avg", "uniform", seed=97 * seed + k)
        for k in range(case.depth)
    ]
    hidden = [keras.layers.Dense(64, activation, kernel_initializer=each) for each in first]
    return keras.Sequential([keras.Input(x.shape[1:]), *hidden, keras.layers.Dense(outputs)])


def asked(case: Case, seed: int) -> tuple[str, str, bool]:
    """What the meter said, on what evidence, and whether the remedy shows that the run is what it was made to be."""
    x, y, loss, _, _ = data_of(case.data)
    model = network(case, seed)
    model.compile(case.optimizer(), loss)
    updates = case.epochs * -(-len(x) // case.batch_size)
    meter = Meter(x, y, batch_size=case.batch_size, every=updates // 24, verbose=0)
    known = {"batch_size": case.batch_size, "epochs": case.epochs, "verbose": 0}
    model.fit(x, y, callbacks=[meter], **known)
    end = model.evaluate(x, y, verbose=0)
    verdict = meter.verdict()
    if case.after:
        model.optimizer.learning_rate = case.after
        model.fit(x, y, **known)
        other = model.evaluate(x, y, verbose=0)
    else:
        model = network(case, seed)
        model.compile(case.remedy(), loss)
        model.fit(x, y, **known)
        other = model.evaluate(x, y, verbose=0)
    helped = np.isfinite(other) and not other > 0.8 * end
    return verdict.kind, "; ".join(verdict.evidence[:3]), helped != (case.kind == "curvature")


def is_right(case: Case, kind: str) -> bool:
    return kind in ("diverging", "dead") if case.kind == "lost" else kind == case.kind


def verdicts() -> str:
    lines = ["| made to be limited by | run | right | the remedy agrees |", "| --- | --- | ---: | ---: |"]
    wrong, right, count = [], 0, 0
    for case in CASES:
        found = [(seed, *asked(case, seed)) for seed in SEEDS]
        hits = [is_right(case, kind) for _, kind, _, _ in found]
        right, count = right + sum(hits), count + len(hits)
        agrees = sum(bool(each[3]) for each in found)
        lines.append(
            f"| {case.kind} | {case.data}, {case.name} | {sum(hits)} of {len(hits)} | {agrees} of {len(hits)} |"
        )
        print(lines[-1], flush=True)
        wrong += [
            f"{case.data}, {case.name}, seed {seed}: said {kind} ({evidence})"
            for (seed, kind, evidence, _), hit in zip(found, hits, strict=True)
            if not hit
        ]
    lines += [
        "",
        f"Right: {right} of {count}. " + ("Wrong: " + ". ".join(wrong) + "." if wrong else "None is wrong."),
    ]
    return "\n".join(lines)


def timed() -> str:
    """The meter as it is by default, on three networks."""
    rng = np.random.default_rng(0)
    layers = keras.layers
    pictures, classes = rng.normal(size=(2000, 28, 28, 1)).astype("float32"), rng.integers(0, 10, 2000)
    dense = [layers.Dense(64, "relu"), layers.Dense(10)]
    coder = [layers.Dense(n, "tanh") for n in (128, 32, 8, 32, 128)] + [layers.Dense(64)]
    conv = [
        layers.Conv2D(8, 3, strides=2, activation="relu"),
        layers.BatchNormalization(),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(10),
    ]
    works = {
        "dense, 64-64-10": (dense, IMAGES, LABELS, ENTROPY, 60),
        "autoencoder, 64-128-32-8-32-128-64": (coder, IMAGES, IMAGES, "mse", 60),
        "convnet with BatchNorm, 28 × 28 (noise as pictures)": (conv, pictures, classes, ENTROPY, 40),
    }
    lines = [
        "| network, batches of 32 | weights | updates | readings | share of training time | the first, compiling |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (parts, x, y, loss, epochs) in works.items():
        model = keras.Sequential([keras.Input(x.shape[1:]), *parts])
        model.compile(SGD(0.01, 0.9), loss)
        meter = Meter(x, y, verbose=0)
        model.fit(x, y, epochs=epochs, verbose=0, callbacks=[meter])
        lines.append(
            f"| {name} | {model.count_params():,} | {epochs * -(-len(x) // 32):,} | {len(meter.readings)} "
            f"| {meter.cost:.1%} | {meter.setup_seconds:.1f} s |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    arguments = parser.parse_args()
    versions = ", ".join(f"{p} {version(p)}" for p in ("numpy", "jax", "keras"))
    result = "\n\n".join(
        [
            verdicts(),
            timed(),
            f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}. "
            f"Load of the machine meanwhile {os.getloadavg()[1]:.1f}.",
        ]
    )
    print(result)
    if arguments.write:
        readme.store("meter", result)


if __name__ == "__main__":
    main()
