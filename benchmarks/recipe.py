"""Race the recipe of sgdlib.practice against random search, Optuna's TPE and itself with Adam, at equal budgets.

.venv/bin/python benchmarks/recipe.py --check    hold the quick trainer to Keras
.venv/bin/python benchmarks/recipe.py            race, or go on with a race that was stopped; print the table
.venv/bin/python benchmarks/recipe.py --write    and put it into benchmarks/README.md and sgdlib/practice/race.csv

Every run is kept in a file (--runs), so that the race goes on where it was stopped. Optuna is no part of
requirements.txt: pip install optuna==5.0.0. Without it TPE is left out, and the table says so.
"""

# The search path and JAX must be set up before the imports.
from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
# many small products: one thread is quickest
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import argparse
import json
import platform
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import readme

from sgdlib.practice import race as stored
from sgdlib.practice.recipe import Frame, Tuned, schedule
from sgdlib.practice.search import BOXES, Candidate, Trial, suggest

REPEATS, BUDGETS, FRESH = 5, (10, 30), (100, 101, 102)  # other data; runs; seeds of the chosen setting
TOGETHER = 32  # runs in one call
OPTUNA = "5.0.0"


@dataclass(frozen=True)
class Task:
    """A problem: rows to train on, to choose by and to judge on; a network; a frame."""

    name: str
    rows: tuple[int, int, int]
    epochs: int
    batch_size: int = 32
    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    classes: bool = True
    convolutions: bool = False


DIGITS = (1077, 360, 360)
TASKS = {
    task.name: task
    for task in (
        Task("digits", DIGITS, 12, hidden=(64,)),
        Task("autoencoder", DIGITS, 25, 128, (48, 24, 12, 6, 12, 24, 48), "tanh", classes=False),
        Task("convnet", DIGITS, 5, hidden=(), convolutions=True),
        Task("useless features", (800, 400, 2000), 15, classes=False),
        Task("seven classes", (1600, 800, 3200), 12),
    )
}


@cache
def data(name: str, repeat: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training, validation and test rows; each repeat draws its own, or splits the digits its own way."""
    from sklearn.datasets import load_digits, make_classification, make_friedman1

    task, rng = TASKS[name], np.random.default_rng([11, repeat])
    samples = sum(task.rows)
    if name == "useless features":  # 25 of 30
        x, y = make_friedman1(samples, 30, noise=1.0, random_state=int(rng.integers(1 << 30)))
        x, y = (x - 0.5) * np.sqrt(12), ((y - y.mean()) / y.std())[:, None]
    elif name == "seven classes":
        sizes = {"n_features": 54, "n_informative": 12, "n_redundant": 10, "n_clusters_per_class": 3}
        given = {"n_classes": 7, "class_sep": 1.6, "flip_y": 0.02, "random_state": int(rng.integers(1 << 30))}
        x, y = make_classification(samples, **sizes, **given)
        x = (x - x.mean(0)) / x.std(0)
    else:
        x, y = load_digits(return_X_y=True)
        x = x / 16
        y = x if name == "autoencoder" else y
    order = rng.permutation(len(x))[:samples]
    x, y = x[order].astype("float32"), y[order].astype("int32" if task.classes else "float32")
    cuts = np.cumsum(task.rows)[:-1]
    return list(zip(np.split(x, cuts), np.split(y, cuts), strict=True))


# ---------------------------------------------------------------- the quick trainer


def shapes(task: Task) -> list[tuple[int, ...]]:
    """Of the weights, as the network's layers have them."""
    x, y = data(task.name, 0)[0]
    outputs = 1 + int(y.max()) if task.classes else y.shape[1]
    if task.convolutions:  # 8 × 8 × 8 → 4 × 4 × 16 → scores
        return [(3, 3, 1, 8), (8,), (3, 3, 8, 16), (16,), (256, outputs), (outputs,)]
    sizes = (x.shape[1], *task.hidden, outputs)
    return [shape for pair in pairwise(sizes) for shape in (pair, pair[1:])]


def first_weights(task: Task, repeat: int, seed: int) -> list[np.ndarray]:
    """Glorot's uniform draws, and zeros."""
    rng, weights = np.random.default_rng([repeat, seed, 5]), []
    for shape in shapes(task):
        fan = np.prod(shape[:-2], dtype=int) * sum(shape[-2:])
        draw = rng.uniform(-1, 1, shape) * np.sqrt(6 / fan) if len(shape) > 1 else np.zeros(shape)
        weights.append(draw.astype("float32"))
    return weights


def batches(task: Task, repeat: int, seed: int) -> np.ndarray:
    """The rows of each update; those that fill no batch are left out of an epoch."""
    rng, each = np.random.default_rng([repeat, seed, 7]), task.rows[0] // task.batch_size
    rows = [rng.permutation(task.rows[0])[: each * task.batch_size] for _ in range(task.epochs)]
    return np.concatenate(rows).reshape(-1, task.batch_size).astype("int32")


def patches(images, stride: int):
    """What a kernel of 3 × 3 sees of each place, a border of zeros around: products are quicker than convolutions."""
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    end = images.shape[1]
    parts = [padded[:, i : i + end : stride, j : j + end : stride] for i in range(3) for j in range(3)]
    return jnp.concatenate(parts, axis=-1)


def scores(task: Task, weights, x):
    """The network."""
    if task.convolutions:
        a = x.reshape(-1, 8, 8, 1)
        for kernel, bias, stride in ((*weights[:2], 1), (*weights[2:4], 2)):
            a = jax.nn.relu(patches(a, stride) @ kernel.reshape(-1, kernel.shape[-1]) + bias)
        return a.reshape(len(x), -1) @ weights[4] + weights[5]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = getattr(jax.nn, task.activation)(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def loss(task: Task, weights, x, y):
    """Cross-entropy, or the sum of the squares, averaged over the rows."""
    given = scores(task, weights, x)
    if task.classes:
        return -jnp.take_along_axis(jax.nn.log_softmax(given), y[:, None], 1).mean()
    return ((given - y) ** 2).sum(1).mean()


def step_of_sgd(weights, state, slopes, rate, k, momentum):
    """Keras' SGD with nesterov=True."""
    state = [momentum * v - rate * g for v, g in zip(state[0], slopes, strict=True)]
    moved = zip(weights, state, slopes, strict=True)
    return [w + momentum * v - rate * g for w, v, g in moved], (state,)


def step_of_adam(weights, state, slopes, rate, k, _):
    """Keras' Adam at its other defaults."""
    first = [m + 0.1 * (g - m) for m, g in zip(state[0], slopes, strict=True)]
    second = [s + 0.001 * (g * g - s) for s, g in zip(state[1], slopes, strict=True)]
    rate = rate * jnp.sqrt(1 - 0.999 ** (k + 1)) / (1 - 0.9 ** (k + 1))
    moved = zip(weights, first, second, strict=True)
    return [w - rate * m / (jnp.sqrt(s) + 1e-7) for w, m, s in moved], (first, second)


def rate_at(k, peak, updates: int):
    """As Keras' CosineDecay has it, with the recipe's warm-up."""
    warm_up = schedule(1.0, updates)["warmup_steps"]
    rising = 0.1 + 0.9 * k / warm_up
    falling = 0.5 * (1 + jnp.cos(jnp.pi * (k - warm_up) / (updates - warm_up)))
    return peak * jnp.where(k < warm_up, rising, falling)


@cache
def compiled(name: str, optimizer: str):
    """Many runs of a task at a time: validation loss and test loss of each."""
    task, momentum = TASKS[name], BOXES[optimizer].momentum
    parts = [
        tuple(jnp.stack(each) for each in zip(*(data(name, r)[part] for r in range(REPEATS)), strict=True))
        for part in range(3)
    ]
    take_step = {"SGD": step_of_sgd, "Adam": step_of_adam}[optimizer]

    def one(repeat, peak, decay, weights, rows):
        x, y = parts[0]

        def update(carry, now):
            weights, state = carry
            k, rows = now
            slopes = jax.grad(partial(loss, task))(weights, x[repeat, rows], y[repeat, rows])
            rate = rate_at(k, peak, len(all_rows))
            weights = [w * (1 - rate * decay) for w in weights]
            return take_step(weights, state, slopes, rate, k, momentum), None

        all_rows, still = rows, [jnp.zeros_like(w) for w in weights]
        state = (still,) if optimizer == "SGD" else (still, still)
        (weights, _), _ = jax.lax.scan(update, (weights, state), (jnp.arange(len(rows)), rows))
        return jnp.stack([loss(task, weights, a[repeat], b[repeat]) for a, b in parts[1:]])

    return jax.jit(jax.vmap(one))


@dataclass(frozen=True)
class Run:
    """A training."""

    task: str
    optimizer: str
    repeat: int
    seed: int
    learning_rate: float
    weight_decay: float


def train(runs: list[Run]) -> Iterator[tuple[Run, list[float]]]:
    """Train runs of one task and optimizer; each with its validation and its test loss."""
    work, task = compiled(runs[0].task, runs[0].optimizer), TASKS[runs[0].task]
    for begin in range(0, len(runs), TOGETHER):
        some = runs[begin : begin + TOGETHER]
        padded = some + some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))  # few sizes to compile
        columns = np.array([(r.repeat, r.learning_rate, r.weight_decay) for r in padded], "float32").T
        weights = zip(*(first_weights(task, r.repeat, r.seed) for r in padded), strict=True)
        rows = np.stack([batches(task, r.repeat, r.seed) for r in padded])
        found = work(columns[0].astype("int32"), *columns[1:], [np.stack(w) for w in weights], rows)
        yield from zip(some, np.asarray(found, dtype=float).tolist(), strict=False)


# ---------------------------------------------------------------- the race


@dataclass(frozen=True)
class Method:
    """How a search asks: from the history, the budget and a seed to the next run."""

    name: str
    optimizer: str
    ask: Callable[[tuple[Trial, ...], int, int], Candidate | None]


def by_chance(history, budget: int, seed: int) -> Candidate | None:
    """The same box, at random."""
    k = len(history)
    place = np.random.default_rng([seed, 99]).random((k + 1, 2))[k].tolist()
    return Candidate(tuple(place)) if k < budget else None


def by_tpe(history, budget: int, seed: int) -> Candidate | None:
    """Optuna's default sampler, told the same: log losses, and a very large one for what is lost."""
    import optuna

    if len(history) >= budget:
        return None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sides = {name: optuna.distributions.FloatDistribution(0, 1) for name in ("rate", "decay")}
    # a sampler of its own for each run: a search is then a function of its history, as the recipe's is
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1000 * seed + len(history)))
    for trial in history:
        params = dict(zip(sides, trial.candidate.place, strict=True))
        value = float(np.log(min(trial.value, 1e6)))
        study.add_trial(optuna.trial.create_trial(params=params, distributions=sides, value=value))
    asked = study.ask(sides)
    return Candidate(tuple(asked.params[name] for name in sides))


def methods() -> list[Method]:
    """Those to race."""
    found = [Method("recipe", "SGD", suggest), Method("random search", "SGD", by_chance)]
    try:
        version("optuna")
        found.append(Method("TPE", "SGD", by_tpe))
    except PackageNotFoundError:
        print(f"Optuna is not installed: no TPE. pip install optuna=={OPTUNA}")
    return [*found, Method("recipe, Adam", "Adam", suggest)]


def chosen(method: Method, history: tuple[Trial, ...], budget: int) -> tuple[float, float]:
    """The place that a search ends at: the best single run, unless the recipe says."""
    if method.ask is suggest:
        return Tuned(Frame(method.optimizer, budget, 1, 1, "val_loss", "min", 0, 2), history).places[0]
    return min(history, key=lambda trial: trial.value).candidate.place


class Runs:
    """Every run that was made, in a file."""

    def __init__(self, path: Path):
        self.path, self.made = path, {}
        if path.is_file():
            for line in path.read_text().splitlines():
                try:
                    run, found = json.loads(line)
                    self.made[Run(*run)] = found
                except ValueError:  # cut while it was written
                    continue

    def __call__(self, runs: list[Run]) -> list[list[float]]:
        """Validation and test loss of each; infinite for what is no number."""
        todo = [run for run in dict.fromkeys(runs) if run not in self.made]
        for optimizer in BOXES:
            if some := [run for run in todo if run.optimizer == optimizer]:
                with self.path.open("a") as file:
                    for run, found in train(some):
                        self.made[run] = [each if np.isfinite(each) else np.inf for each in found]
                        file.write(json.dumps([list(vars(run).values()), self.made[run]]) + "\n")
        return [self.made[run] for run in runs]


def run_of(method: Method, task: str, repeat: int, place, seed: int) -> Run:
    setting = BOXES[method.optimizer].setting(place)
    return Run(task, method.optimizer, repeat, seed, setting["learning_rate"], setting["weight_decay"])


def race(task: str, budget: int, raced: list[Method], runs: Runs) -> list[tuple]:
    """All methods and repeats side by side, so that many runs are trained at a time; a row of the table for each."""
    histories = {(method, repeat): () for method in raced for repeat in range(REPEATS)}
    while True:
        asked = {key: key[0].ask(history, budget, key[1]) for key, history in histories.items()}
        asked = {key: candidate for key, candidate in asked.items() if candidate}
        if not asked:
            break
        todo = [run_of(key[0], task, key[1], each.place, each.seed) for key, each in asked.items()]
        for (key, candidate), (value, _) in zip(asked.items(), runs(todo), strict=True):
            histories[key] = (*histories[key], Trial(candidate, value))
    ends = {key: chosen(key[0], history, budget) for key, history in histories.items()}
    runs([run_of(*key[:1], task, key[1], place, seed) for key, place in ends.items() for seed in FRESH])
    rows = []
    for (method, repeat), place in ends.items():
        judged = runs([run_of(method, task, repeat, place, seed) for seed in FRESH])
        setting = BOXES[method.optimizer].setting(place)
        tests = [min(test, stored.CAP) for _, test in judged]
        rows.append(
            (task, budget, method.name, repeat, setting["learning_rate"], setting["weight_decay"], *tests)
        )
    return rows


def check() -> str:
    """The quick trainer against Keras' own optimizers, schedule and layers, on the same batches."""
    import keras

    apart = {}
    for name, optimizer, peak in (
        ("digits", "SGD", 0.1),
        ("digits", "Adam", 0.003),
        ("convnet", "SGD", 0.05),
    ):
        task, run = TASKS[name], Run(name, optimizer, 0, 0, peak, 0.01)
        (x, y), unseen, _ = data(name, 0)
        how = {"padding": "same", "activation": "relu"}
        layers = [keras.layers.Dense(units, task.activation) for units in task.hidden]
        if task.convolutions:
            layers = [
                keras.layers.Reshape((8, 8, 1)),
                keras.layers.Conv2D(8, 3, **how),
                # Keras' padding of a stride of 2 begins at the other end: ours is written out
                keras.layers.ZeroPadding2D(((1, 0), (1, 0))),
                keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
                keras.layers.Flatten(),
            ]
        model = keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(10)])
        model.set_weights(first_weights(task, 0, 0))
        rows, box = batches(task, 0, 0), BOXES[optimizer]
        falling = keras.optimizers.schedules.CosineDecay(**schedule(peak, len(rows)))
        others = {"momentum": box.momentum, "nesterov": True} if optimizer == "SGD" else {}
        rule = getattr(keras.optimizers, optimizer)(falling, weight_decay=0.01, **others)
        model.compile(rule, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        for batch in rows:
            model.train_on_batch(x[batch], y[batch])
        theirs = float(model.evaluate(*unseen, batch_size=360, verbose=0))
        [(_, (ours, _))] = train([run])
        apart[f"{name} with {optimizer}"] = abs(ours / theirs - 1)
    worst = max(apart.values())
    assert worst < 0.02, apart
    return "validation losses of the quick trainer and of Keras: at most " + f"{worst:.1g} of them apart"


# ---------------------------------------------------------------- the table


def table(rows: list[tuple]) -> str:
    """For each budget and task the mean test loss of each method, over repeats and fresh seeds; below, who is ahead."""
    result = stored.as_table(rows)
    names = [name for name in stored.METHODS if name in result["method"]]
    lines = []
    for budget in BUDGETS:
        lines += [f"| {budget} runs | " + " | ".join(names) + " | the recipe against the best other |"]
        lines += ["| --- |" + " ---: |" * len(names) + " --- |"]
        for task in dict.fromkeys(result["task"].tolist()):
            means = [stored.scores(result, task, budget, name).mean() for name in names]
            lines.append(
                f"| {task} | "
                + " | ".join(f"{mean:.4f}" for mean in means)
                + f" | {stored.verdict(result, task, budget)} |"
            )
        lines += ["", *stored.said(result, budget), ""]
    versions = []
    for package in ("numpy", "jax", "scikit-learn", "optuna"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"no {package}")
    return "\n".join(lines) + (
        f"\n{REPEATS} repeats, {len(FRESH)} fresh seeds each; {platform.machine()}, Python "
        f"{platform.python_version()}, {', '.join(versions)}; float32."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into README.md and race.csv")
    parser.add_argument("--check", action="store_true", help="only hold the quick trainer to Keras")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), help="race on these only")
    default = Path(tempfile.gettempdir(), "sgdlib-recipe-runs.jsonl")
    parser.add_argument("--runs", type=Path, default=default, help=f"where the runs are kept: {default}")
    arguments = parser.parse_args()
    if arguments.check:
        print(check())
        return
    runs, raced, rows = Runs(arguments.runs), methods(), []
    for task in arguments.tasks:
        for budget in BUDGETS:
            rows += race(task, budget, raced, runs)
            print(task, budget, "raced,", len(runs.made), "runs", flush=True)
    if arguments.tasks != list(TASKS):
        return
    print(text := table(rows))
    if arguments.write:
        readme.store("recipe", text)
        stored.write(rows)


if __name__ == "__main__":
    main()
