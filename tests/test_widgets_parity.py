"""The mathematics of the widgets: each module of widgets/maths held to the Python module of its name, in Node.

`make foreign` does the same in a browser.

A module without a twin, a function without a namesake in it, and a function that no test here holds are found.
Everything is compared to a relative 1e-9. "Relative" is to the size of what is compared as a whole, the largest
coordinate of a state or of a gradient: a coordinate that happens to pass through zero has no digits of its own.
Below FLOOR nothing is compared, because a difference of two numbers near 1 has no digits there.
"""

from __future__ import annotations

import base64
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from in_node import Node

from sgdlib import SGD, descend, network, steps_to_stay_within, surfaces, theory
from sgdlib.adam import Adam
from sgdlib.data import LinearRegression, batch_gradients
from sgdlib.widgets.maths import generator
from sgdlib.widgets.page.base import page_told
from sgdlib.widgets.page.flatten import EXPORT, flatten
from sgdlib.widgets.page.words import number_words

MATHS = Path(generator.__file__).parent
MODULES = sorted(MATHS.glob("*.mjs"))
EXPORTS = {path.stem: EXPORT.findall(path.read_text(encoding="utf-8")) for path in MODULES}
FUNCTIONS = [f"{module}.{name}" for module, names in EXPORTS.items() for name in names if name != "SURFACES"]
RELATIVE = 1e-9
FLOOR = 1e-12
SETTINGS = 1000

SURFACES = {
    "quadratic": surfaces.Quadratic,
    "valley": surfaces.valley,
    "rosenbrock": surfaces.Rosenbrock,
    "beale": surfaces.Beale,
    "himmelblau": surfaces.Himmelblau,
    "saddle": surfaces.Saddle,
    "lessard": surfaces.Lessard,
}

# Many numbers come back as the bytes of one Float64Array: exact, and much shorter than JSON.
PACK = """
function pack(arrays) {
  const all = new Float64Array(arrays.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of arrays) { all.set(each, at); at += each.length; }
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
"""


HELD: set[str] = set()


def holds(*functions: str) -> Callable:
    """Say of a test which functions, `module.function`, it holds to Python with random cases."""
    HELD.update(functions)
    return lambda test: test


@pytest.fixture(scope="module", params=["node", pytest.param("browser", marks=pytest.mark.foreign)])
def page(request):
    """Who has run the modules, joined into one classic script; each is `$` and its name there."""
    words = MATHS.parent / "page" / "words.mjs"
    script = flatten(*MODULES, words, told={"page": page_told()}) + PACK
    if request.param == "node":
        node = Node()
        node.evaluate(script + "; null")
        yield node
        node.close()
        return
    page = request.getfixturevalue("browser").new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.add_script_tag(content=script)
    yield page
    page.close()
    assert wrong == []


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f8")


def agree(javascript, python, scale=None, floor: float = FLOOR) -> None:
    """Fail unless the two agree to RELATIVE of the scale, by default the size of each number itself."""
    javascript, python = np.asarray(javascript, dtype=float), np.asarray(python, dtype=float)
    assert javascript.shape == python.shape
    assert not np.isnan(python).any()
    scale = np.abs(python) if scale is None else np.broadcast_to(scale, python.shape)
    with np.errstate(invalid="ignore"):
        off = np.abs(javascript - python)
        wrong = ~((javascript == python) | (off <= RELATIVE * scale + floor))
    if wrong.any():
        first = tuple(np.argwhere(wrong)[0])
        pytest.fail(
            f"{wrong.sum()} of {wrong.size} differ; at {first} JavaScript has {javascript[first]!r}, "
            f"Python {python[first]!r}"
        )


def plain(value):
    """Arrays, tuples and NumPy numbers as what JSON knows."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def sometimes(rng, values: np.ndarray, *edges: float) -> np.ndarray:
    """The values, with about a tenth of them replaced by edge values, each edge at least once."""
    values = np.array(values)
    chosen = rng.choice(len(values), size=max(len(edges), len(values) // 10), replace=False)
    values[chosen] = np.resize(edges, len(chosen))
    return values


# --- the pairs


def twin(module: str):
    """The Python module of the same name: of sgdlib, or beside the JavaScript one."""
    for place in ("sgdlib", "sgdlib.widgets.maths"):
        if find_spec(f"{place}.{module}"):
            return import_module(f"{place}.{module}")
    pytest.fail(f"{module}.mjs has no Python module of its name.")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_namesake_and_its_cases(function):
    module, name = function.split(".")
    public = {each.replace("_", "").lower() for each in twin(module).__all__}
    assert name.replace("_", "") in public, f"Python's {module} has no {name}"
    assert function in HELD, f"no test here holds {function}: write random cases for it"


def test_nothing_is_held_that_is_not_there():
    assert set(FUNCTIONS) >= HELD


# --- surfaces


def bowls(rng, count: int) -> list[tuple[str, list]]:
    """Random quadratics by name and arguments: one and two dimensions, turned, off center, round, and downhill."""
    found = []
    for k in range(count):
        largest = 10.0 ** rng.uniform(-1, 2)
        kappa = 1.0 if k % 8 == 0 else 10.0 ** rng.uniform(0, 4)
        angle = rng.uniform(-np.pi, np.pi)
        center = rng.uniform(-2, 2, size=2).tolist() if k % 3 == 0 else None
        kind = k % 5
        if kind == 0:
            found.append(("quadratic", [[largest], 0.0, center and center[:1]]))
        elif kind == 1:
            found.append(("quadratic", [[largest / kappa, largest], 0.0, center]))
        elif kind == 2:
            found.append(("quadratic", [[largest / kappa, largest], angle, center]))
        elif kind == 3:
            found.append(("valley", [kappa, angle if k % 2 else 0.0]))
        else:
            # in three dimensions, and with a direction that falls away
            found.append(("quadratic", [[largest, -0.01 * largest, largest / kappa], 0.0]))
    return found


OTHERS = [
    ("rosenbrock", []),
    ("rosenbrock", [0.5, 3.0]),
    ("beale", []),
    ("himmelblau", []),
    ("saddle", []),
    ("lessard", []),
]


def python_surface(name: str, arguments: list):
    return SURFACES[name](*(tuple(each) if isinstance(each, list) else each for each in arguments))


def dimensions(surface) -> int:
    for d in (1, 2, 3):
        try:
            surface.gradient(np.zeros(d))
        except ValueError:
            continue
        return d
    raise AssertionError(surface)


def test_the_same_surfaces_under_the_same_names(page):
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in surfaces.__all__}
    assert set(page.evaluate("Object.keys($surfaces.SURFACES)")) == set(SURFACES) <= snake


ASK_SURFACES = """(jobs) => {
  const d = [], minima = [], numbers = [];
  for (const { name, given, points } of jobs) {
    const surface = $surfaces.SURFACES[name](...given);
    const out = new Float64Array(surface.d);
    d.push(surface.d);
    minima.push(surface.minimum);
    for (const point of points) {
      numbers.push([surface.value(point)]);
      surface.gradient(point, out);
      numbers.push(Array.from(out), surface.gradient(point));
    }
  }
  return [d, minima, pack(numbers)];
}"""


@holds("surfaces.quadratic", "surfaces.valley")
def test_surfaces(page):
    rng = np.random.default_rng(11)
    kinds = [(name, arguments, SETTINGS // 40) for name, arguments in bowls(rng, 80)]
    kinds += [(name, arguments, SETTINGS) for name, arguments in OTHERS]
    jobs, expected = [], []
    for name, arguments, count in kinds:
        surface = python_surface(name, arguments)
        d = dimensions(surface)
        points = rng.uniform(-5, 5, size=(count, d))
        # from the tiny to the edge of what a run may visit
        points *= 10.0 ** sometimes(rng, rng.uniform(-2, 2, size=count), -6, 6, 11.3)[:, None]
        points[0] = 0.0
        if surface.minimum is not None:
            points[1] = surface.minimum
        jobs.append({"name": name, "given": arguments, "points": points})
        expected.append((surface, d, points))
    dims, minima, numbers = page.evaluate(ASK_SURFACES, plain(jobs))
    numbers = unpack(numbers)
    for (surface, d, points), its_d, its_minimum in zip(expected, dims, minima, strict=True):
        assert its_d == d
        assert its_minimum == (None if surface.minimum is None else surface.minimum.tolist())
        its, numbers = np.split(numbers, [len(points) * (1 + 2 * d)])
        its = its.reshape(len(points), 1 + 2 * d)
        assert np.isfinite(its).all()
        agree(its[:, 0], surface.value(points))
        slope = surface.gradient(points)
        for given in (its[:, 1 : 1 + d], its[:, 1 + d :]):
            agree(given, slope, scale=np.abs(slope).max(-1, keepdims=True))
    assert numbers.size == 0


# --- rules and runs

RUN = """(jobs) => {
  const numbers = [], counts = [], makers = { sgd: $optimizer.sgd, adam: $adam.adam };
  for (const { name, given, rule: [maker, settings], starts, states, steps, tolerance } of jobs) {
    const surface = $surfaces.SURFACES[name](...given);
    starts.forEach((start, i) => {
      const { init, step } = makers[maker](settings[i]);
      const state = states.map((array) => Float64Array.from(array[i]));
      const at_rest = state.flatMap((array) => [...array]).every((each) => each === 0);
      // a plain setting is SGD's; from another state, a rule of one's own that starts there
      const rule = at_rest ? (maker === "sgd" ? settings[i] : { init, step }) : { init: () => state, step };
      const run = $descent.descend(rule, surface.gradient, start, steps);
      if (run.steps !== steps || run.d !== start.length) throw new Error("steps or d");
      if (run.velocities !== run.states[0]) throw new Error("velocities");
      const before = JSON.stringify([start, state.map((array) => [...array])]);
      const once = step(surface.gradient, Float64Array.from(start), state);
      const again = step(surface.gradient, Float64Array.from(start), state, [once[0].slice(), init(start)]);
      if (JSON.stringify(once) !== JSON.stringify(again)) throw new Error("a step into given arrays is another");
      if (before !== JSON.stringify([start, state.map((array) => [...array])])) throw new Error("not pure");
      counts.push([run.diverged_at, $descent.steps_to_stay_within(run, tolerance, surface.minimum)]);
      numbers.push(run.positions, ...run.states, once[0], ...once[1]);
    });
  }
  return [counts, pack(numbers)];
}"""

RULES = ("gradient descent", "momentum", "nesterov")


def python_rule(job: dict) -> SGD | Adam:
    maker = {"sgd": SGD, "adam": Adam}[job["maker"]]
    return maker(**job["hypers"])


def sent(job: dict) -> dict:
    """What the page needs of a job: one setting for each run."""
    many = len(job["start"])
    settings = [
        {name: value if np.ndim(value) == 0 else value[i] for name, value in job["hypers"].items()}
        for i in range(many)
    ]
    states = [
        np.broadcast_to(array, (many, *array.shape[-1:])) if array.ndim else np.full((many, 1), array)
        for array in job["state"]
    ]
    kept = {key: job[key] for key in ("name", "given", "steps", "tolerance")}
    return plain(kept | {"rule": [job["maker"], settings], "starts": job["start"], "states": states})


def compare_runs(page, jobs: list[dict]) -> np.ndarray:
    """Run the jobs in both languages, compare every step of every run, and return diverged_at."""
    counts, numbers = page.evaluate(RUN, [sent(job) for job in jobs])
    counts, numbers = iter(counts), unpack(numbers)
    diverged_at = []
    for job in jobs:
        surface, rule = python_surface(job["name"], job["given"]), python_rule(job)
        run = descend(rule, surface.gradient, job["start"], job["steps"], state=job["state"])
        within = steps_to_stay_within(run.positions, job["tolerance"], surface.minimum)
        many, d = job["start"].shape
        expected = np.column_stack([run.diverged_at, within])
        assert [next(counts) for _ in range(many)] == expected.tolist(), job["name"]
        with np.errstate(over="ignore"):
            position, state = rule.step(surface.gradient, job["start"], job["state"])
        rows = job["steps"] + 1
        # for each run: its path, the path of each array of its state, and the position and state after one step
        paths = [per_run(array, many, run.diverged_at) for array in (run.positions, *run.states)]
        once = [per_run(array[None], many, np.full(many, -1)) for array in (position, *state)]
        sizes = [array.shape[1] * array.shape[2] for array in (*paths, *once)]
        its, numbers = np.split(numbers, [many * sum(sizes)])
        its = np.split(its.reshape(many, -1), np.cumsum(sizes)[:-1], axis=1)
        assert all(np.isfinite(each).all() for each in its[: len(paths)])
        assert sizes[0] == rows * d
        compare_states(its[: len(paths)], paths, job["maker"])
        compare_states(its[len(paths) :], once, job["maker"])
        diverged_at.append(run.diverged_at)
    assert numbers.size == 0
    return np.concatenate(diverged_at)


def per_run(array: np.ndarray, many: int, diverged_at: np.ndarray) -> np.ndarray:
    """From (rows, run, k) to (run, rows, k); what all runs share, (rows,), goes on where one run stands still."""
    if array.ndim > 1:
        return array.transpose(1, 0, 2)
    last = np.where(diverged_at < 0, len(array), diverged_at - 1)
    return array[np.minimum(np.arange(len(array)), last[:, None])][..., None]


def compare_states(its: list, python: list, maker: str) -> None:
    """Compare position and state; each has a size of its own for Adam, for SGD both are in units of the position."""
    if maker == "sgd":
        size = np.abs(np.concatenate(python, axis=2)).max(axis=2, keepdims=True)
        sizes = [size, size]
    else:
        position, *state = python
        sizes = [np.abs(position).max(axis=2, keepdims=True)]
        # an average remembers what has been, and cancels
        sizes += [np.maximum.accumulate(np.abs(each).max(axis=2, keepdims=True), axis=1) for each in state]
    for mine, theirs, size in zip(its, python, sizes, strict=True):
        agree(mine.reshape(theirs.shape), theirs, scale=size)


def hypers(rng, rule: str, count: int, largest_rate: float) -> dict:
    learning_rate = sometimes(rng, largest_rate * rng.uniform(size=count), 0.0)
    momentum = sometimes(rng, rng.uniform(size=count), 0.0, 0.9, 1.0)
    if rule == "gradient descent":
        momentum = np.zeros(count)
    return {"learning_rate": learning_rate, "momentum": momentum, "nesterov": rule == "nesterov"}


@pytest.mark.parametrize("rule", RULES)
@holds("descent.descend", "descent.steps_to_stay_within", "optimizer.sgd")
def test_runs_on_quadratics(page, rule):
    rng = np.random.default_rng(21 + RULES.index(rule))
    jobs, each = [], 25
    for k, (name, given) in enumerate(bowls(rng, SETTINGS // each)):
        surface = python_surface(name, given)
        d = dimensions(surface)
        velocity = rng.normal(size=(each, d)) * (rng.uniform(size=(each, 1)) < 0.2)
        start = rng.uniform(-5, 5, size=(each, d))
        start[0] = 0.0
        steps = (0, 1, 300)[k] if k < 3 else int(rng.integers(2, 301))
        job = {"name": name, "given": given, "steps": steps, "tolerance": 1e-3, "start": start}
        # up to 1.3 times the largest stable rate, 4/λ with μ = 1: on both sides of every limit
        chosen = hypers(rng, rule, each, 1.3 * 4 / max(surface.curvatures))
        jobs.append(job | {"maker": "sgd", "hypers": chosen, "state": (velocity,)})
    diverged_at = compare_runs(page, jobs)
    # the draw must hold both kinds, or the test says nothing
    assert len(diverged_at) >= SETTINGS
    assert 100 < (diverged_at > 0).sum() < 900


# Rates around those with which one would run each surface, and how many steps at most.
FAIR = {
    "rosenbrock": (0.0015, 300),
    "beale": (0.004, 150),
    "himmelblau": (0.01, 150),
    "saddle": (0.3, 150),
    "lessard": (0.06, 150),
}


def steady(rng, job: dict) -> np.ndarray:
    """Which runs have an answer: those that Python repeats to RELATIVE / 100 with slopes off by up to 1e-15.

    On a surface that is not quadratic some runs are chaotic (momentum near 1, or a rate too large), and so are some of
    Adam's on any: a difference in the last digit doubles every few steps until nothing agrees, between two processors
    with Python on both too. On most surfaces here the operations are the same one by one, and even those runs agree
    bit by bit; Beale's y³ is a power in NumPy and a product in JavaScript. The powers of Adam's β, taken from 1, may be
    off by 1e-12: so is its learning rate here.
    """
    surface, rule = python_surface(job["name"], job["given"]), python_rule(job)

    def rounded(position: np.ndarray) -> np.ndarray:
        return surface.gradient(position) * (1 + 1e-15 * rng.uniform(-1, 1, size=position.shape))

    def run(rule: SGD | Adam, gradient) -> np.ndarray:
        done = descend(rule, gradient, job["start"], job["steps"])
        return np.stack([array for array in (done.positions, *done.states) if array.ndim == 3])

    off = dict(job["hypers"])
    if job["maker"] == "adam":
        off["learning_rate"] = off["learning_rate"] * (1 + 1e-12)
    one, other = run(rule, surface.gradient), run(python_rule(job | {"hypers": off}), rounded)
    size = np.abs(one).max(axis=3, keepdims=True)
    if job["maker"] == "sgd":
        size = size.max(axis=0, keepdims=True)
    return (np.abs(one - other) <= (RELATIVE * size + FLOOR) / 100).all(axis=(0, 1, 3))


def keep(job: dict, kept: np.ndarray) -> dict:
    """The job with those of its runs alone."""
    few = {name: value[kept] if np.ndim(value) else value for name, value in job["hypers"].items()}
    state = tuple(array[kept] if array.ndim else array for array in job["state"])
    return job | {"hypers": few, "start": job["start"][kept], "state": state}


@pytest.mark.parametrize("rule", RULES)
def test_runs_on_the_other_surfaces(page, rule):
    rng = np.random.default_rng(31 + RULES.index(rule))
    jobs, each = [], 120
    for name, given in OTHERS * 2:
        largest_rate, longest = FAIR[name]
        start = rng.uniform(-2, 2, size=(each, dimensions(python_surface(name, given))))
        # a few from far away, where the quartic walls throw a run out at once
        start[:5] *= 50
        job = {"name": name, "given": given, "tolerance": 0.1, "start": start, "maker": "sgd"}
        job |= {"hypers": hypers(rng, rule, each, largest_rate), "state": (np.zeros_like(start),)}
        job["steps"] = int(rng.integers(longest // 2, longest + 1))
        kept = steady(rng, job)
        assert kept.mean() > 0.8, (name, kept.mean())
        jobs.append(keep(job, kept))
    diverged_at = compare_runs(page, jobs)
    assert len(diverged_at) >= SETTINGS
    assert 20 < (diverged_at > 0).sum() < 900


@holds("adam.adam")
def test_adam(page):
    rng = np.random.default_rng(41)
    jobs, each = [], 25
    for name, given in bowls(rng, 30) + OTHERS * 2:
        d = dimensions(python_surface(name, given))
        start = rng.uniform(-3, 3, size=(each, d))
        start[0] = 0.0
        chosen = {
            "learning_rate": sometimes(rng, 10.0 ** rng.uniform(-4, 0.3, size=each), 0.0, 1e13),
            "beta_1": sometimes(rng, rng.uniform(size=each), 0.0, 0.9),
            "beta_2": sometimes(rng, 1 - 10.0 ** rng.uniform(-4, 0, size=each), 0.0, 0.999),
            "epsilon": 10.0 ** rng.uniform(-10, -1, size=each),
        }
        job = {
            "name": name,
            "given": given,
            "tolerance": 0.1,
            "start": start,
            "maker": "adam",
            "hypers": chosen,
        }
        job["state"] = (np.zeros((each, d)), np.zeros((each, d)), np.zeros(()))
        job["steps"] = int(rng.integers(30, 200))
        jobs.append(keep(job, steady(rng, job)))
    diverged_at = compare_runs(page, jobs)
    assert len(diverged_at) > 500
    assert 20 < (diverged_at > 0).sum() < 400
    # from a state in the middle of a run
    for job in jobs:
        rule = python_rule(job)
        half = descend(rule, python_surface(job["name"], job["given"]).gradient, job["start"], 5)
        job |= {"start": half.positions[-1], "state": tuple(array[-1] for array in half.states), "steps": 1}
    compare_runs(page, jobs)


def test_the_defaults_are_python_s(page):
    both = [page.evaluate(f"JSON.stringify({maker}())") for maker in ("$optimizer.sgd", "$adam.adam")]
    assert [json.loads(each) for each in both] == [vars(SGD()), vars(Adam())]


class Polyak:
    """A rule that remembers the last position, and keeps no arrays of its own to write into."""

    def init(self, position):
        return (position,)

    def step(self, gradient, position, state):
        (last,) = state
        return position - 0.1 * gradient(position) + 0.9 * (position - last), (position,)


POLYAK = """(start) => {
  const slope = (position) => $surfaces.valley(20).gradient(position);
  const rule = {
    init: (position) => [position],
    step: (gradient, position, [last]) =>
      [position.map((x, i) => x - 0.1 * gradient(position)[i] + 0.9 * (x - last[i])), [position]],
  };
  const run = $descent.descend(rule, slope, start, 100);
  return [[...run.positions], run.diverged_at];
}"""


def test_a_rule_of_one_s_own(page):
    run = descend(Polyak(), surfaces.valley(20).gradient, [-5.0, 2.0], 100)
    positions, diverged_at = page.evaluate(POLYAK, [-5, 2])
    agree(np.reshape(positions, (101, 2)), run.positions, scale=np.abs(run.positions).max(1, keepdims=True))
    assert diverged_at == run.diverged_at == -1


def test_extreme_runs_stay_finite(page):
    start = np.array([[1e12, -1e12], [1.0, 1.0], [1e12, 0.0], [1.0, 1.0], [1e-300, 0.0]])
    velocity = np.array([[0.0, 0.0], [1e12, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    learning_rate = np.array([1e308, 1e12, 0.0, 1e-320, 0.04])
    momentum = np.array([1.0, 0.0, 1.0, 1.0, 1.0])
    diverged = {}
    for nesterov in (False, True):
        job = {
            "name": "quadratic",
            "given": [[1.0, 100.0], 0.3],
            "steps": 300,
            "tolerance": 1e-6,
            "start": start,
        }
        chosen = {"learning_rate": learning_rate, "momentum": momentum, "nesterov": nesterov}
        job |= {"maker": "sgd", "hypers": chosen, "state": (velocity,)}
        counts, _ = page.evaluate(RUN, [sent(job)])
        rule, surface = python_rule(job), python_surface(job["name"], job["given"])
        run = descend(rule, surface.gradient, start, 300, state=(velocity,))
        assert [at for at, _ in counts] == run.diverged_at.tolist()
        diverged[nesterov] = run.diverged_at.tolist()
    assert diverged[False][:3] == [1, 1, 1]


# --- closed formulas


def columns(rng, count: int) -> dict[str, np.ndarray]:
    """Random arguments by the names of theory.py, the edges among them."""
    a = sometimes(rng, rng.uniform(0, 4.2, size=count), 0.0, 0.25, 1.0, 2.0, 4.0)
    momentum = sometimes(rng, rng.uniform(size=count), 0.0, 0.25, 0.5, 1.0)
    # on the border of critical damping, of a swing, and on the limits
    momentum[:50] = theory.critical_momentum(np.clip(a[:50], 1e-3, 1.0))
    a[:50] = np.clip(a[:50], 1e-3, 1.0)
    a[50:100] = theory.stability_limit(momentum[50:100])
    any_learning_rate = sometimes(rng, rng.uniform(size=count), 0.0)
    slope = sometimes(rng, rng.normal(size=count), 0.0)
    # an endless push of nothing: no slope, or no rate, without friction
    momentum[100:110], slope[100:105], any_learning_rate[105:110] = 1.0, 0.0, 0.0
    return {
        "a": a,
        "momentum": momentum,
        "small_a": sometimes(rng, 1 - rng.uniform(size=count), 1.0, 1e-12),
        "learning_rate": 10.0 ** rng.uniform(-5, 1, size=count),
        "any_learning_rate": any_learning_rate,
        "curvature": 10.0 ** rng.uniform(-2, 2, size=count),
        "gradient_variance": 10.0 ** rng.uniform(-3, 3, size=count),
        "slope": slope,
        "steps": sometimes(rng, rng.integers(0, 3000, size=count).astype(float), 0.0, 1.0),
        "rate": sometimes(rng, rng.uniform(0, 1.5, size=count), 0.0, 1.0),
        "factor": 10.0 ** -rng.uniform(1e-3, 12, size=count),
        "stable_a": rng.uniform(0.002, 1.999, size=count),
        "few_steps": rng.integers(0, 200, size=count).astype(float),
        "updates": sometimes(rng, rng.integers(1, 300, size=count).astype(float), 1.0),
        "step": rng.integers(0, 3000, size=count).astype(float),
        "inner_momentum": sometimes(rng, 1 - rng.uniform(size=count), 0.25, 0.5, 1e-3, 0.999),
        "smallest": rng.uniform(0, 1, size=count) + 1e-3,
        "largest": sometimes(rng, 10.0 ** rng.uniform(0.1, 6, size=count), 1.001),
        "time": sometimes(rng, 10.0 ** rng.uniform(-3, 2, size=count), 0.0, 1e-9),
        "start": rng.normal(size=count),
        "distance": rng.uniform(0, 5, size=count),
    }


# Every formula of theory.mjs, but for what gives no number; and where one takes less or more.
FORMULAS = [name for name in EXPORTS["theory"] if name not in ("best_tuning", "noisy_losses", "sharpest")]
OTHER_ARGUMENTS = {
    "critical_momentum": {"a": "small_a"},
    "shuffled_share": {"a": "stable_a", "step": "step_of_epoch"},
    "effective_learning_rate": {"learning_rate": "any_learning_rate"},
    "speed_on_slope": {"learning_rate": "any_learning_rate"},
    "best_condition_number": {"momentum": "inner_momentum"},
    "half_life": {"momentum": "inner_momentum"},
    "mean_age": {"momentum": "inner_momentum"},
    "variance_window": {"momentum": "inner_momentum"},
}

ASK_FORMULA = "([name, rows]) => rows.map((row) => $theory[name](...row))"


@pytest.mark.parametrize("name", FORMULAS)
@holds(*(f"theory.{name}" for name in FORMULAS))
def test_formula(page, name):
    formula = getattr(theory, name)
    takes = [OTHER_ARGUMENTS.get(name, {}).get(each, each) for each in inspect.signature(formula).parameters]
    for nesterov in (False, True) if "nesterov" in takes else (False,):
        drawn = columns(np.random.default_rng(41 + nesterov), SETTINGS) | {
            "nesterov": np.full(SETTINGS, nesterov)
        }
        drawn["step_of_epoch"] = np.minimum(drawn["few_steps"], drawn["updates"])
        rows = [list(row) for row in zip(*(plain(drawn[each]) for each in takes), strict=True)]
        javascript = page.evaluate(ASK_FORMULA, [name, rows])
        python = [formula(*row) for row in rows]
        if name == "regime":
            assert javascript == python
            assert len(set(python)) == 6
        else:
            agree(javascript, python)


@holds("theory.noisy_losses")
def test_noisy_losses(page):
    rng = np.random.default_rng(59)
    rows = [
        [
            rng.uniform(0, 1, size=(1, 2, 40, 300)[k % 4]).tolist(),
            float(sometimes(rng, rng.uniform(size=1), 0.0)[0]),
            float(rng.normal()),
            None if k % 3 else int(rng.integers(0, 50)),
        ]
        for k in range(80)
    ]
    for row, its in zip(rows, page.evaluate(ASK_FORMULA, ["noisy_losses", rows]), strict=True):
        agree(its, theory.noisy_losses(*row))


METHODS = ("gradient descent", "momentum", "nesterov", "nesterov standard")


@holds("theory.best_tuning")
def test_best_tuning(page):
    rng = np.random.default_rng(51)
    smallest = 10.0 ** rng.uniform(-3, 3, size=SETTINGS)
    ratio = sometimes(rng, 10.0 ** rng.uniform(0, 8, size=SETTINGS), 1.0)
    rows = [
        [METHODS[k % 4], m, m * r]
        for k, (m, r) in enumerate(zip(smallest.tolist(), ratio.tolist(), strict=True))
    ]
    for (method, m, largest), its in zip(
        rows, page.evaluate(ASK_FORMULA, ["best_tuning", rows]), strict=True
    ):
        tuning = theory.best_tuning(method, m, largest)
        assert its["nesterov"] is tuning.optimizer.nesterov
        agree(
            [its["learning_rate"], its["momentum"], its["rate"]],
            [tuning.optimizer.learning_rate, tuning.optimizer.momentum, tuning.rate],
        )


@holds("theory.sharpest")
def test_sharpest(page):
    """Random symmetric matrices, some of them of one number, of zeros, or below zero; from tight to loose."""
    rng = np.random.default_rng(57)
    jobs = []
    for k in range(60):
        d = int(rng.integers(1, 9))
        half = rng.normal(size=(d, d))
        H = (half + half.T) * 10.0 ** rng.uniform(-3, 3)
        H = -half @ half.T if k % 10 == 1 else np.zeros((d, d)) if k % 10 == 2 else H
        jobs.append({"H": H, "start": rng.normal(size=d), "tolerance": 10.0 ** rng.uniform(-8, -1)})
    code = """(jobs) => jobs.map(({ H, start, tolerance }) => {
      const product = (u, out) => out.map((_, i) => H[i].reduce((sum, h, j) => sum + h * u[j], 0));
      const found = $theory.sharpest(product, start, tolerance);
      return [found.curvature, ...found.direction];
    })"""
    for job, (curvature, *direction) in zip(jobs, page.evaluate(code, plain(jobs)), strict=True):
        H, size = job["H"], np.abs(job["H"]).max()
        found = theory.sharpest(lambda u, H=H: H @ u, job["start"], job["tolerance"])
        agree(curvature, found.curvature, scale=size)
        assert curvature <= np.linalg.eigvalsh(H)[-1] + 1e-9 * size
        if size > 0:  # its sign means nothing
            assert abs(np.dot(direction, found.direction)) == pytest.approx(1, abs=1e-6)


# --- the network


def random_network(rng, k: int) -> tuple[dict, network.Network]:
    """A small network on random samples, as the page and as Python take it."""
    loss = network.LOSSES[k % 2]
    inputs, samples = (int(each) for each in rng.integers(1, 9, size=2))
    names = sorted(network.ACTIVATIONS)
    layers = [
        {"units": int(rng.integers(1, 10)), "activation": names[int(rng.integers(3))]}
        for _ in range(int(rng.integers(1, 4)))
    ]
    units = layers[-1]["units"]
    features, classes = rng.normal(size=(samples, inputs)), rng.integers(units, size=samples)
    job = {"layers": layers, "inputs": inputs, "features": features.ravel(), "classes": classes, "loss": loss}
    targets = np.eye(units)[classes] if loss == "squares" else classes
    return job, network.Network([network.Dense(**each) for each in layers], features, targets, loss)


@holds("network.network")
def test_networks(page):
    """Random architectures, some positions far out, where a softmax must not overflow; batches with a row twice."""
    rng = np.random.default_rng(73)
    drawn = [random_network(rng, k) for k in range(200)]
    jobs = []
    for k, (job, python) in enumerate(drawn):
        w, u = rng.normal(size=(2, python.d)) * (30 if k % 20 == 1 else 1)
        samples = len(job["classes"])
        rows = rng.integers(samples, size=min(3, samples))
        jobs.append({"job": job, "w": w, "u": u, "rows": rows, "seed": k})
    code = """(jobs) => pack(jobs.flatMap(({ job, w, u, rows, seed }) => {
      const network = $network.network({ ...job, features: Float64Array.from(job.features) });
      const [at, along] = [Float64Array.from(w), Float64Array.from(u)];
      const out = () => new Float64Array(network.d);
      const { loss, accuracy } = network.value(at);
      return [[loss, accuracy, network.value(at, rows).loss], network.gradient(at, out()),
        network.gradient(at, out(), rows), network.hessian_vector_product(at, along, out()),
        network.outputs(at), network.draw($generator.uniforms(seed))];
    }))"""
    numbers = unpack(page.evaluate(code, plain(jobs)))
    for (_, python), job in zip(drawn, jobs, strict=True):
        w, rows = job["w"], job["rows"]
        classes = job["job"]["classes"]
        right = (python.outputs(w).argmax(-1) == classes).mean()
        some = replace(python, features=python.features[rows], targets=python.targets[rows])
        products = python.hessian_vector_product(w, job["u"])
        for mine in (
            np.array([python.value(w), right, some.value(w)]),
            python.gradient(w),
            python.gradient(w, rows),
            products,
            python.outputs(w).ravel(),
            first_weights(python, job["seed"]),
        ):
            its, numbers = np.split(numbers, [mine.size])
            agree(its, mine, scale=np.abs(mine).max() + 1e-3 * np.abs(products).max())
    assert numbers.size == 0


def first_weights(python: network.Network, seed: int) -> np.ndarray:
    """Glorot uniform by the widgets' generator, written out: kernels row by row, biases 0."""
    next_ones = iter(generator.uniforms(seed, python.d).tolist())
    weights = []
    for rows, units in python.shapes:
        h = np.sqrt(6 / (rows - 1 + units))
        weights += [h * (2 * next(next_ones) - 1) for _ in range((rows - 1) * units)] + [0.0] * units
    return np.array(weights)


# --- the generator, the batches, the regression


def test_generator_gives_the_published_numbers():
    # mulberry32 with seed 1, as its JavaScript version prints them
    assert generator.uniforms(1, 3).tolist() == [0.6270739405881613, 0.002735721180215478, 0.5274470399599522]


@holds("generator.uniforms")
def test_generator(page):
    rng = np.random.default_rng(61)
    seeds = sometimes(rng, rng.integers(2**32, size=SETTINGS), 0, 1, 2**31 - 1, 2**31, 2**32 - 1)
    code = """(seeds) => pack(seeds.map((seed) => {
      const next = $generator.uniforms(seed);
      return Array.from({ length: 20 }, () => next());
    }))"""
    javascript = unpack(page.evaluate(code, plain(seeds)))
    python = np.concatenate([generator.uniforms(seed, 20) for seed in seeds.tolist()])
    assert (javascript == python).all()
    assert ((python >= 0) & (python < 1)).all()
    assert abs(python.mean() - 0.5) < 0.01


@pytest.mark.parametrize(
    ("function", "arguments", "sentence"),
    [
        (generator.uniforms, (0, -1), "count must be a whole number from 0 to 4294967296, not -1."),
        (generator.uniforms, (-1, 1), "seed must be a whole number from 0 to 4294967295, not -1."),
        (generator.uniforms, (2**32, 1), "seed must be a whole number from 0 to 4294967295, not 4294967296."),
        (generator.uniforms, (0.5, 1), "seed must be a whole number from 0 to 4294967295, not 0.5."),
        (
            generator.shuffled_batches,
            (0, 0, 1),
            "samples must be a whole number from 1 to 4294967296, not 0.",
        ),
        (
            generator.shuffled_batches,
            (0, 1, 0),
            "batch_size must be a whole number from 1 to 4294967296, not 0.",
        ),
        (
            generator.shuffled_batches,
            (0, 1, 1, 0),
            "epochs must be a whole number from 1 to 4294967296, not 0.",
        ),
        (
            generator.random_batches,
            (0, 1, 1, 0),
            "updates must be a whole number from 1 to 4294967296, not 0.",
        ),
    ],
)
def test_generator_refuses(function, arguments, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        function(*arguments)


def test_no_numbers_at_all():
    assert generator.uniforms(0, 0).shape == (0,)


def drawn_batches(rng) -> list[int]:
    """seed, samples, batch_size, epochs."""
    return [int(rng.integers(2**32)), *(int(rng.integers(1, high)) for high in (40, 50, 4))]


@holds("generator.shuffled_batches")
def test_batches(page):
    rng = np.random.default_rng(62)
    settings = [[0, 1, 1, 1], *(drawn_batches(rng) for _ in range(SETTINGS))]
    code = "(all) => all.map(([seed, ...rest]) => $generator.shuffled_batches($generator.uniforms(seed), ...rest))"
    for setting, batches in zip(settings, page.evaluate(code, settings), strict=True):
        _, samples, batch_size, epochs = setting
        assert batches == [rows.tolist() for rows in generator.shuffled_batches(*setting)]
        assert sorted(row for rows in batches for row in rows) == sorted(list(range(samples)) * epochs)
        assert len(batches) == epochs * -(-samples // batch_size)


@holds("generator.random_batches")
def test_random_batches(page):
    rng = np.random.default_rng(63)
    settings = [drawn_batches(rng) for _ in range(SETTINGS)]
    code = (
        "(all) => all.map(([seed, ...rest]) => $generator.random_batches($generator.uniforms(seed), ...rest))"
    )
    for setting, batches in zip(settings, page.evaluate(code, settings), strict=True):
        assert batches == generator.random_batches(*setting).tolist()


def test_every_order_is_as_likely():
    seen = [tuple(generator.shuffled_batches(seed, 3, 3)[0].tolist()) for seed in range(6000)]
    counts = np.unique(np.array(seen), axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts - 1000).max() < 150  # five standard deviations of 28.9


def test_the_exact_noise_floor(page):
    """Both sides of SGD's own limit, for batches of every size; each has both in a good part of the cases."""
    rng, jobs, floors = np.random.default_rng(72), [], []
    for _ in range(SETTINGS):
        d = int(rng.integers(1, 4))
        features = rng.normal(size=(20, d))
        problem = LinearRegression(features, rng.normal(size=20))
        learning_rate, batch_size = float(rng.uniform(0.01, 3 / d)), int(rng.integers(1, 21))
        jobs.append([features.ravel(), problem.targets, learning_rate, batch_size])
        floors.append(problem.noise_floor(learning_rate, batch_size))
    code = """(all) => all.map(([features, targets, ...setting]) =>
        $data.linear_regression(Float64Array.from(features), Float64Array.from(targets)).noise_floor(...setting))"""
    found, floors = np.array(page.evaluate(code, plain(jobs))), np.array(floors)
    finite = np.isfinite(floors)
    assert 0.2 < finite.mean() < 0.8
    assert (np.isfinite(found) == finite).all()
    np.testing.assert_allclose(found[finite], floors[finite], rtol=1e-6)


@holds("generator.scattered_line")
def test_points_around_a_line(page):
    rng = np.random.default_rng(64)
    settings = [
        [int(rng.integers(2**32)), int(rng.integers(1, 200)), *rng.normal(size=4)] for _ in range(SETTINGS)
    ]
    its = page.evaluate("(all) => all.map((each) => $generator.scattered_line(...each))", plain(settings))
    for setting, found in zip(settings, its, strict=True):
        agree(found, generator.scattered_line(*setting), scale=10.0)


REGRESSION = """(jobs) => {
  const numbers = [], counts = [], minima = [];
  for (const { features, targets, points, minimum, batches: [seed, ...rest], optimizer } of jobs) {
    const problem = $data.linear_regression(Float64Array.from(features), Float64Array.from(targets));
    const start = points[0];
    const batches = $generator.shuffled_batches($generator.uniforms(seed), ...rest);
    const gradients = $data.batch_gradients(problem, batches);
    const run = $descent.descend(optimizer, null, start, batches.length, { gradients });
    const rows = batches[0];
    minima.push(problem.minimum);
    counts.push([problem.d, problem.samples, run.diverged_at]);
    numbers.push(problem.hessian);
    for (const w of points) {
      numbers.push([problem.value(w)], problem.gradient(w), problem.gradient(w, new Float64Array(w.length), rows));
    }
    numbers.push(run.positions, run.velocities);
  }
  return [minima, counts, pack(numbers)];
}"""


@holds("data.linear_regression", "data.batch_gradients")
def test_regression(page):
    rng = np.random.default_rng(71)
    jobs, problems = [], []
    for k in range(SETTINGS):
        seed, samples, batch_size, epochs = drawn_batches(rng)
        samples += 12
        d = 2 if k % 2 else int(rng.integers(1, 6))
        features = rng.normal(size=(samples, d))
        problem = LinearRegression(features, features @ rng.normal(size=d) + rng.normal(size=samples))
        # a single row has ‖x‖² of about d: rates on both sides of 2/d
        optimizer = {
            "learning_rate": 0.0 if k % 25 == 0 else float(rng.uniform(0, 1.5 / d)),
            "momentum": (0.0, float(rng.uniform()), 1.0 if k % 10 == 0 else 0.9)[k % 3],
            "nesterov": bool(rng.integers(2)),
        }
        job = {
            "features": features.ravel(),
            "targets": problem.targets,
            "points": rng.normal(size=(2, d)),
            "batches": [seed, samples, batch_size, epochs],
            "optimizer": optimizer,
        }
        jobs.append(job)
        problems.append(problem)
    minima, counts, numbers = page.evaluate(REGRESSION, plain(jobs))
    numbers = unpack(numbers)

    def take(*shape: int) -> np.ndarray:
        nonlocal numbers
        taken, numbers = np.split(numbers, [int(np.prod(shape))])
        return taken.reshape(shape)

    for job, problem, minimum, count in zip(jobs, problems, minima, counts, strict=True):
        samples, d = problem.features.shape
        batches = generator.shuffled_batches(*job["batches"])
        gradients = batch_gradients(problem, batches)
        run = descend(SGD(**job["optimizer"]), gradients, job["points"][0], len(batches))
        assert count == [d, samples, int(run.diverged_at)]
        agree(minimum, problem.minimum, scale=np.abs(problem.minimum).max())
        agree(take(d, d), problem.hessian)
        rows = batches[0]
        for w in job["points"]:
            agree(take(1), [problem.value(w)])
            for some in (slice(None), rows):
                slope = problem.gradient(w, some)
                agree(take(d), slope, scale=np.abs(slope).max())
        states = np.stack([run.positions, run.velocities])
        its = take(*states.shape)
        assert np.isfinite(its).all()
        agree(its, states, scale=np.abs(states).max(axis=(0, 2), keepdims=True))
    assert numbers.size == 0


# --- numbers in words


def numbers_to_say(rng) -> list[float]:
    """Random numbers of every size; ties, powers of ten and what carries into the next one; and what is no number."""
    found = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 5e-324, 1.7976931348623157e308]
    for power in range(-12, 13):
        ten = 10.0**power
        found += [
            ten,
            -ten,
            9.995 * ten,
            9.994999 * ten,
            99.995 * ten,
            0.9995 * ten,
            9.5 * ten,
            1.5 * ten,
            2.5 * ten,
        ]
        # a tie in two to five digits; those with a power of two in them are exact
        found += [
            k * ten for k in (1.25, 12.5, 1.125, 1.0625, 1.03125, 0.375, 40.5, 1234.5, 12344.5, 12345.5)
        ]
        found += [float(np.nextafter(ten, 0)), float(np.nextafter(ten, np.inf))]
    found += [9.995, 99999.5, 99999.4, 0.0009995, 0.00099949, 0.001, 1e5, 99950.0, 99949.9, 9999.5, 999.5]
    found += (10.0 ** rng.uniform(-15, 15, size=SETTINGS) * rng.choice([-1, 1], size=SETTINGS)).tolist()
    found += [float(f"{x:.{k}g}") for k in range(1, 7) for x in 10.0 ** rng.uniform(-6, 8, size=SETTINGS)]
    found += (rng.integers(-400_000, 400_000, size=SETTINGS) / 2).tolist()
    return found


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 5, 6])
def test_numbers_are_said_alike(page, digits):
    numbers = numbers_to_say(np.random.default_rng(80 + digits))
    # exact on the way: the page reads the digits that Python's repr gives
    code = "([texts, digits]) => texts.map((text) => $words.format(Number(text), digits))"
    texts = [repr(each).replace("inf", "Infinity").replace("nan", "NaN") for each in numbers]
    said = page.evaluate(code, [texts, digits])
    different = [
        (number, its, mine)
        for number, its in zip(numbers, said, strict=True)
        if its != (mine := number_words(number, digits))
    ]
    assert not different, (
        f"{len(different)} of {len(numbers)}; the first (number, page, Python): {different[:5]}"
    )


def test_numbers_are_said_with_three_digits_unless_told(page):
    assert page.evaluate("$words.format(Math.PI)") == number_words(np.pi) == "3.14"


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("no name in it", {}),
        ("{a}", {"a": "x"}),
        ("{a} and {b}, {a} again", {"a": "$1 $& {b}", "b": 2}),
        (
            "η {learning_rate}, μ {momentum}: {words_2}.",
            {"learning_rate": 0.5, "momentum": 1, "words_2": "it\u00a0stops"},
        ),
        ("({a}{b}{c})", {"a": "", "b": "−1e−6", "c": 10**15}),
    ],
)
def test_sentences_are_filled_alike(page, sentence, values):
    assert page.evaluate("([sentence, values]) => $words.fill(sentence, values)", [sentence, values]) == (
        sentence.format(**values)
    )
