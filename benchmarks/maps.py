"""Time a map of 100 × 100 hyperparameters, 500 steps each: sgdlib against optax and a loop over Keras.

.venv/bin/python benchmarks/maps.py            print the table
.venv/bin/python benchmarks/maps.py --write    and put it into benchmarks/README.md
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
import optax
import readme

from sgdlib import SGD, Trajectory, descend
from sgdlib.surfaces import Quadratic

STEPS, SIDE, REPEATS = 500, 100, 7
SURFACE = Quadratic((1.0, 100.0))
START = np.array([1.0, 1.0])
LEARNING_RATES = np.geomspace(1e-4, 0.05, SIDE)[:, None]
MOMENTA = np.linspace(0.0, 0.99, SIDE)


def with_sgdlib(**options) -> Trajectory:
    """All runs in one call."""
    return descend(SGD(LEARNING_RATES, MOMENTA), SURFACE.gradient, START, STEPS, **options)


def one_run_of_optax(learning_rate, momentum):
    """One run as optax and JAX want it: a scan over the steps."""
    curvatures = jnp.array(SURFACE.curvatures)
    optimizer = optax.sgd(learning_rate, momentum)

    def step(carry, _):
        weights, state = carry
        updates, state = optimizer.update(curvatures * weights, state)
        return (optax.apply_updates(weights, updates), state), None

    weights = jnp.array(START)
    (weights, _), _ = jax.lax.scan(step, (weights, optimizer.init(weights)), length=STEPS)
    return weights


def optax_map() -> Callable[[], jax.Array]:
    """All runs as one function of optax, not compiled yet; calling it waits for the result."""
    rates, momenta = np.broadcast_arrays(LEARNING_RATES, MOMENTA)
    mapped = jax.jit(jax.vmap(jax.vmap(one_run_of_optax)))
    return lambda: mapped(rates, momenta).block_until_ready()


def one_run_of_keras(learning_rate: float, momentum: float) -> np.ndarray:
    """One run as a loop over ``keras.optimizers.SGD``."""
    curvatures = jnp.array(SURFACE.curvatures)
    optimizer = keras.optimizers.SGD(learning_rate, momentum)
    weights = keras.Variable(START, dtype="float64")
    optimizer.build([weights])
    for _ in range(STEPS):
        optimizer.apply([curvatures * weights.value], [weights])
    return np.asarray(weights.value)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_megabytes(**options) -> float:
    tracemalloc.start()
    with_sgdlib(**options)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def check() -> int:
    """All three compute the same thing; return how many runs of the map diverge."""
    ours = with_sgdlib(path=False)
    theirs, settled = np.asarray(optax_map()()), ~ours.diverged
    np.testing.assert_allclose(theirs[settled], ours.positions[0][settled], rtol=1e-9, atol=1e-9)
    i, j = SIDE // 2, SIDE - 1
    kerases = one_run_of_keras(LEARNING_RATES[i, 0], MOMENTA[j])
    np.testing.assert_allclose(kerases, ours.positions[0, i, j], rtol=1e-9, atol=1e-9)
    return int(ours.diverged.sum())


def measure() -> dict[str, list[float]]:
    """Time everything in turn, several times: what else the machine does then hits all of them alike."""
    times = {name: [] for name in ("sgdlib", "optax, first call", "optax, compiled", "keras, one run")}
    for repeat in range(REPEATS):
        times["sgdlib"].append(seconds(lambda: with_sgdlib(path=False)))
        jax.clear_caches()
        work = optax_map()
        times["optax, first call"].append(seconds(work))
        times["optax, compiled"].append(median(seconds(work) for _ in range(5)))
        one_run_of_keras(0.01, 0.5)  # JAX compiles the small operations again: not Keras' fault
        momentum = (repeat + 1) / (REPEATS + 1)
        times["keras, one run"].append(seconds(lambda momentum=momentum: one_run_of_keras(0.01, momentum)))
    return times


def table(times: dict[str, list[float]], memory: dict[str, float], diverging: int) -> str:
    runs = SIDE * SIDE
    keras_loop = [runs * one for one in times["keras, one run"]]
    rows = [
        ("sgdlib, one call", times["sgdlib"]),
        ("optax, first call (compiles)", times["optax, first call"]),
        ("optax, compiled", times["optax, compiled"]),
        (f"loop over Keras, {REPEATS} runs timed and scaled to {runs:,}", keras_loop),
    ]
    ours = median(times["sgdlib"])
    lines = ["| | seconds, median | fastest to slowest | against sgdlib |", "| --- | ---: | ---: | ---: |"]
    for name, taken in rows:
        ratio = median(taken) / ours
        against = f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2f} ×"
        span = f"{min(taken):,.4g} to {max(taken):,.4g}"
        lines.append(f"| {name} | {median(taken):,.3g} | {span} | {against} |")
    lines += ["", "| sgdlib keeps | peak memory |", "| --- | ---: |"]
    lines += [f"| {what} | {peak:,.1f} MB |" for what, peak in memory.items()]
    versions = ", ".join(f"{p} {version(p)}" for p in ("numpy", "jax", "optax", "keras"))
    lines += [
        "",
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}; float64; "
        f"{REPEATS} repeats, all in one process, in turn. Of the {runs:,} runs {diverging:,} diverge.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    arguments = parser.parse_args()
    keras.config.set_floatx("float64")
    diverging = check()
    memory = {
        "the last state (`path=False`)": peak_megabytes(path=False),
        "the last state and every loss (`path=False, loss=`)": peak_megabytes(path=False, loss=SURFACE.value),
        "every state (`path=True`)": peak_megabytes(),
    }
    result = table(measure(), memory, diverging)
    print(result)
    if arguments.write:
        readme.store("sgdlib", result)


if __name__ == "__main__":
    main()
