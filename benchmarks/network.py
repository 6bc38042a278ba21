"""Time the tuning board's 240 trainings of a network: sgdlib against JAX and a loop over Keras.

.venv/bin/python benchmarks/network.py            print the table
.venv/bin/python benchmarks/network.py --write    and put it into benchmarks/README.md
"""

# The search path and JAX must be set up before the imports.
from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import argparse
import platform
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from statistics import median

import jax
import jax.numpy as jnp
import keras
import numpy as np
import readme
from joblib import Parallel, delayed

from sgdlib import SGD, descend
from sgdlib.data import batch_gradients, shuffled_batches
from sgdlib.experiments.digits import BATCH_SIZE, LEARNING_RATES, MOMENTA, SEEDS, digits
from sgdlib.network import Dense, Network

EPOCHS, REPEATS = 20, 3
PRECISIONS = ("float32", "float64")
IMAGES, LABELS, _, _ = digits()
NETWORK = Network((Dense(64, "relu"), Dense(10)), IMAGES, LABELS, loss="cross-entropy")
# The board: learning rates × momenta × Nesterov or not; the seed decides the first weights and the batches.
RATES, MOMENTUM, NESTEROV = np.meshgrid(LEARNING_RATES, MOMENTA, (False, True), indexing="ij")
RUNS = RATES.size * len(SEEDS)
STARTS = np.stack([NETWORK.draw(np.random.default_rng(seed)) for seed in SEEDS])


def batches_of(seed: int, epochs: int) -> list[np.ndarray]:
    return shuffled_batches(np.random.default_rng(seed), len(LABELS), BATCH_SIZE, epochs)


def one_call(kind: str, epochs: int = EPOCHS) -> np.ndarray:
    """All runs in one call of descend, the seeds on the last axis: the last weights, (8, 5, 2, 3, d)."""
    rule = SGD(RATES[..., None], MOMENTUM[..., None], NESTEROV[..., None])
    batches = [np.stack(own) for own in zip(*(batches_of(seed, epochs) for seed in SEEDS), strict=True)]
    gradients = batch_gradients(NETWORK, batches)
    return descend(rule, gradients, STARTS.astype(kind), len(batches), path=False).positions[0]


def part_of_the_board(seed: int, nesterov: bool, kind: str, epochs: int) -> np.ndarray:
    """The forty runs of a seed and a method, in one call of descend: few enough to stay in the processor's cache."""
    rule = SGD(RATES[..., 0], MOMENTUM[..., 0], nesterov)
    batches = batches_of(seed, epochs)
    start = STARTS[SEEDS.index(seed)].astype(kind)
    return descend(rule, batch_gradients(NETWORK, batches), start, len(batches), path=False).positions[0]


def six_calls(kind: str, threads: int, epochs: int = EPOCHS) -> np.ndarray:
    """The same as ``one_call``, a call for each seed and method."""
    board = [(seed, nesterov, kind, epochs) for nesterov in (False, True) for seed in SEEDS]
    parts = Parallel(threads, prefer="threads")(delayed(part_of_the_board)(*each) for each in board)
    return np.moveaxis(np.reshape(parts, (2, len(SEEDS), *parts[0].shape)), (0, 1), (2, 3))


def one_run_of_jax(rate, momentum, nesterov, weights, whole, rest):
    """One run as JAX wants it: a scan over the epochs, in each one over its whole batches, and the smaller last one."""
    images, labels = jnp.asarray(IMAGES, weights.dtype), jnp.asarray(LABELS)

    def loss(w, x, y):
        hidden = jax.nn.relu(x @ w[:4096].reshape(64, 64) + w[4096:4160])
        scores = hidden @ w[4160:4800].reshape(64, 10) + w[4800:]
        return -jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], 1).mean()

    def step(carry, rows):
        w, v = carry
        gradient = jax.grad(loss)(w + nesterov * momentum * v, images[rows], labels[rows])
        v = momentum * v - rate * gradient
        return (w + v, v), None

    def epoch(carry, batches):
        carry, _ = jax.lax.scan(step, carry, batches[0])
        return step(carry, batches[1])

    (w, _), _ = jax.lax.scan(epoch, (weights, jnp.zeros_like(weights)), (whole, rest))
    return w


def jax_board(kind: str, epochs: int = EPOCHS) -> Callable[[], np.ndarray]:
    """All runs as one function of JAX, not compiled yet; calling it waits for the result, of the shape of ours."""
    rates, momenta, nesterov = (np.ravel(each).astype(kind) for each in (RATES, MOMENTUM, NESTEROV))
    over_settings = jax.vmap(one_run_of_jax, (0, 0, 0, None, None, None))
    mapped = jax.jit(jax.vmap(over_settings, (None, None, None, 0, 0, 0), out_axes=1))
    own = [batches_of(seed, epochs) for seed in SEEDS]
    whole, rest = (
        np.stack([[rows for rows in each if (len(rows) == BATCH_SIZE) == full] for each in own])
        for full in (True, False)
    )
    whole = whole.reshape(len(SEEDS), epochs, -1, BATCH_SIZE)
    starts = STARTS.astype(kind)
    return lambda: np.asarray(mapped(rates, momenta, nesterov, starts, whole, rest)).reshape(
        *RATES.shape, *STARTS.shape
    )


def one_run_of_keras(rate: float, momentum: float, nesterov: bool) -> None:
    """One run as a reader writes it; without validation, which the others do not do either."""
    layers = [keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    model.compile(
        keras.optimizers.SGD(rate, momentum, nesterov),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(IMAGES, LABELS, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)


def check(epochs: int = 3) -> str:
    """All compute the same: the largest difference in float64, where rounding does not grow, η/(1−μ) up to 0.1."""
    tame = (RATES <= 0.1001 * (1 - MOMENTUM))[..., None, None]
    ours, theirs = one_call("float64", epochs), jax_board("float64", epochs)()
    for other in (six_calls("float64", os.cpu_count(), epochs), theirs):
        np.testing.assert_allclose(np.where(tame, other, 0), np.where(tame, ours, 0), rtol=1e-9, atol=1e-9)
    apart = np.abs(np.where(tame, theirs - ours, 0)).max()
    return f"after {epochs} epochs in float64 at most {apart:.0e} apart, where η/(1−μ) is at most 0.1"


def peak_megabytes(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure() -> dict[str, list[float]]:
    """Time everything in turn, several times: what else the machine does then hits all of them alike."""
    cores = os.cpu_count()
    times: dict[str, list[float]] = {}
    for repeat in range(REPEATS):
        jax.clear_caches()
        boards = {kind: jax_board(kind) for kind in PRECISIONS}
        works = {"Keras": lambda repeat=repeat: one_run_of_keras(0.01, 0.9, bool(repeat % 2))}
        for kind in PRECISIONS:
            works |= {
                f"sgdlib, {kind}, one call": lambda kind=kind: one_call(kind),
                f"sgdlib, {kind}, a call for each seed and method, {cores} threads": (
                    lambda kind=kind: six_calls(kind, cores)
                ),
                f"JAX, {kind}, first call (compiles)": boards[kind],
                f"JAX, {kind}, compiled": boards[kind],
            }
        for name, work in works.items():
            times.setdefault(name, []).append(seconds(work))
    return times


def table(times: dict[str, list[float]], memory: dict[str, float], apart: str) -> str:
    keras_loop = [RUNS * one for one in times["Keras"]]
    rows = {name: taken for name, taken in times.items() if name != "Keras"}
    rows[f"loop over Keras, float32, {REPEATS} runs timed and scaled to {RUNS}"] = keras_loop
    lines = [
        "| | seconds, median | fastest to slowest | Keras' loop takes |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, taken in rows.items():
        span = f"{min(taken):,.1f} to {max(taken):,.1f}"
        lines.append(
            f"| {name} | {median(taken):,.1f} | {span} | {median(keras_loop) / median(taken):,.0f} × |"
        )
    lines += ["", "| sgdlib | peak memory |", "| --- | ---: |"]
    lines += [f"| {what} | {peak:,.0f} MB |" for what, peak in memory.items()]
    versions = ", ".join(f"{p} {version(p)}" for p in ("numpy", "jax", "keras"))
    lines += [
        "",
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}; "
        f"{REPEATS} repeats, all in one process, in turn. Load of the machine meanwhile {os.getloadavg()[1]:.1f}. "
        f"The weights of sgdlib and of JAX are {apart}.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    arguments = parser.parse_args()
    apart = check()
    memory = {
        f"{kind}, one call": peak_megabytes(lambda kind=kind: one_call(kind, epochs=1)) for kind in PRECISIONS
    }
    one_run_of_keras(0.01, 0.9, False)  # starts Keras
    result = table(measure(), memory, apart)
    print(result)
    if arguments.write:
        readme.store("network", result)


if __name__ == "__main__":
    main()
