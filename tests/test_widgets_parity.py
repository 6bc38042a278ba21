"""The mathematics of the widgets: JavaScript in a real browser against Python, and the joining of its modules.

Everything is compared to a relative 1e-9. "Relative" is to the size of what is compared as a whole, the largest
coordinate of a state or of a gradient: a coordinate that happens to pass through zero has no digits of its own.
Below FLOOR nothing is compared, because a difference of two numbers near 1 has no digits there.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest

from sgdlib import SGD, descend, steps_to_stay_within, surfaces, theory
from sgdlib.data import LinearRegression, batch_gradients
from sgdlib.widgets.maths import generator
from sgdlib.widgets.page.flatten import flatten

WIDGETS = Path(generator.__file__).parent
RELATIVE = 1e-9
FLOOR = 1e-12
SETTINGS = 1000

SURFACES = {
    "quadratic": surfaces.Quadratic,
    "valley": surfaces.valley,
    "slope": surfaces.Slope,
    "rosenbrock": surfaces.Rosenbrock,
    "beale": surfaces.Beale,
    "himmelblau": surfaces.Himmelblau,
    "saddle": surfaces.Saddle,
    "flat_quartic": surfaces.FlatQuartic,
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


@pytest.fixture(scope="module")
def page(browser):
    """A page that has run the modules, joined into one classic script; their names are global there."""
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.add_script_tag(content=flatten(WIDGETS / "live.mjs", export_default=False) + PACK)
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
    ("slope", [[2.0, -0.5]]),
    ("rosenbrock", []),
    ("rosenbrock", [0.5, 3.0]),
    ("beale", []),
    ("himmelblau", []),
    ("saddle", []),
    ("flat_quartic", []),
    ("flat_quartic", [3]),
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
    assert set(page.evaluate("Object.keys(SURFACES)")) == set(SURFACES) == snake


ASK_SURFACES = """(jobs) => {
  const d = [], minima = [], numbers = [];
  for (const { name, given, points } of jobs) {
    const surface = SURFACES[name](...given);
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
  const numbers = [], counts = [];
  for (const { name, given, steps, tolerance, runs } of jobs) {
    const surface = SURFACES[name](...given);
    for (const { optimizer, start, velocity } of runs) {
      const run = descend(optimizer, surface.gradient, start, steps, { velocity });
      if (run.steps !== steps || run.d !== start.length) throw new Error("steps or d");
      const within = steps_to_stay_within(run, tolerance, surface.minimum);
      const once = step(optimizer, surface.gradient, start, velocity);
      counts.push([run.diverged_at, within]);
      numbers.push(run.positions, run.velocities, ...once);
    }
  }
  return [counts, pack(numbers)];
}"""

RULES = ("gradient descent", "momentum", "nesterov")


def compare_runs(page, rule: str, jobs: list[dict]) -> np.ndarray:
    """Run the jobs in both languages, compare every step of every run, and return diverged_at."""
    nesterov = rule == "nesterov"
    for job in jobs:
        hypers = zip(job["learning_rate"].tolist(), job["momentum"].tolist(), strict=True)
        job["runs"] = [
            {
                "optimizer": {"learning_rate": eta, "momentum": mu, "nesterov": nesterov},
                "start": start,
                "velocity": velocity,
            }
            for (eta, mu), start, velocity in zip(hypers, job["start"], job["velocity"], strict=True)
        ]
    sent = ("name", "given", "steps", "tolerance", "runs")
    counts, numbers = page.evaluate(RUN, plain([{key: job[key] for key in sent} for job in jobs]))
    counts, numbers = iter(counts), unpack(numbers)
    diverged_at = []
    for job in jobs:
        surface = python_surface(job["name"], job["given"])
        optimizer = SGD(job["learning_rate"], job["momentum"], nesterov)
        run = descend(optimizer, surface.gradient, job["start"], job["steps"], state=(job["velocity"],))
        within = steps_to_stay_within(run.positions, job["tolerance"], surface.minimum)
        expected = np.column_stack([run.diverged_at, within])
        many, d = job["start"].shape
        assert [next(counts) for _ in range(many)] == expected.tolist(), job["name"]
        with np.errstate(over="ignore"):
            position, (velocity,) = optimizer.step(surface.gradient, job["start"], (job["velocity"],))
            once = position, velocity

        rows = job["steps"] + 1
        its, numbers = np.split(numbers, [many * 2 * (rows + 1) * d])
        its = its.reshape(many, -1)
        its_run, its_once = its[:, : 2 * rows * d], its[:, 2 * rows * d :]
        assert np.isfinite(its_run).all()
        # (run, position or velocity, step, coordinate)
        states = np.stack([run.positions, run.velocities]).transpose(2, 0, 1, 3)
        size = np.abs(states).max(axis=(1, 3), keepdims=True)
        agree(its_run.reshape(states.shape), states, scale=size)
        step = np.stack(once, axis=1)
        agree(its_once.reshape(step.shape), step, scale=np.abs(step).max(axis=(1, 2), keepdims=True))
        diverged_at.append(run.diverged_at)
    assert numbers.size == 0
    return np.concatenate(diverged_at)


def hypers(rng, rule: str, count: int, largest_rate: float) -> dict[str, np.ndarray]:
    learning_rate = sometimes(rng, largest_rate * rng.uniform(size=count), 0.0)
    if rule == "gradient descent":
        return {"learning_rate": learning_rate, "momentum": np.zeros(count)}
    return {
        "learning_rate": learning_rate,
        "momentum": sometimes(rng, rng.uniform(size=count), 0.0, 0.9, 1.0),
    }


@pytest.mark.parametrize("rule", RULES)
def test_runs_on_quadratics(page, rule):
    rng = np.random.default_rng(21 + RULES.index(rule))
    jobs, each = [], 25
    for k, (name, given) in enumerate(bowls(rng, SETTINGS // each)):
        surface = python_surface(name, given)
        d = dimensions(surface)
        # up to 1.3 times the largest stable rate, 4/λ with μ = 1: on both sides of every limit
        job = hypers(rng, rule, each, 1.3 * 4 / max(surface.curvatures))
        velocity = rng.normal(size=(each, d)) * (rng.uniform(size=(each, 1)) < 0.2)
        job |= {"start": rng.uniform(-5, 5, size=(each, d)), "velocity": velocity}
        job["start"][0] = 0.0
        steps = (0, 1, 300)[k] if k < 3 else int(rng.integers(2, 301))
        jobs.append({"name": name, "given": given, "steps": steps, "tolerance": 1e-3} | job)
    diverged_at = compare_runs(page, rule, jobs)
    # the draw must hold both kinds, or the test says nothing
    assert len(diverged_at) >= SETTINGS
    assert 100 < (diverged_at > 0).sum() < 900


# Rates around those with which one would run each surface, and how many steps at most.
FAIR = {
    "slope": (1.0, 300),
    "rosenbrock": (0.0015, 300),
    "beale": (0.004, 150),
    "himmelblau": (0.01, 150),
    "saddle": (0.3, 150),
    "flat_quartic": (0.05, 300),
    "lessard": (0.08, 150),
}


def steady(rng, name: str, given: list, job: dict, nesterov: bool) -> np.ndarray:
    """Which runs have an answer: those that Python repeats to RELATIVE / 100 with slopes off by up to 1e-15.

    On a surface that is not quadratic some runs are chaotic (momentum near 1, or a rate too large): a difference in
    the last digit doubles every few steps until nothing agrees, between two processors with Python on both too. On
    most surfaces here the operations are the same one by one, and even those runs agree bit by bit; Beale's y³ is a
    power in NumPy and a product in JavaScript.
    """
    surface = python_surface(name, given)
    optimizer = SGD(job["learning_rate"], job["momentum"], nesterov)

    def rounded(position: np.ndarray) -> np.ndarray:
        return surface.gradient(position) * (1 + 1e-15 * rng.uniform(-1, 1, size=position.shape))

    runs = [
        descend(optimizer, gradient, job["start"], job["steps"]) for gradient in (surface.gradient, rounded)
    ]
    one, other = (np.stack([run.positions, run.velocities]) for run in runs)
    size = np.abs(one).max(axis=(0, 3), keepdims=True)
    return (np.abs(one - other) <= (RELATIVE * size + FLOOR) / 100).all(axis=(0, 1, 3))


@pytest.mark.parametrize("rule", RULES)
def test_runs_on_the_other_surfaces(page, rule):
    rng = np.random.default_rng(31 + RULES.index(rule))
    jobs, each = [], 75
    for name, given in OTHERS * 2:
        d = dimensions(python_surface(name, given))
        largest_rate, longest = FAIR[name]
        start = rng.uniform(-2, 2, size=(each, d))
        # a few from far away, where the quartic walls throw a run out at once
        start[:5] *= 50
        job = hypers(rng, rule, each, largest_rate) | {"start": start, "velocity": np.zeros((each, d))}
        job["steps"] = int(rng.integers(longest // 2, longest + 1))
        kept = steady(rng, name, given, job, rule == "nesterov")
        assert kept.mean() > 0.8, (name, kept.mean())
        job |= {key: job[key][kept] for key in ("learning_rate", "momentum", "start", "velocity")}
        jobs.append({"name": name, "given": given, "tolerance": 0.1} | job)
    diverged_at = compare_runs(page, rule, jobs)
    assert len(diverged_at) >= SETTINGS
    assert 20 < (diverged_at > 0).sum() < 900


def test_extreme_runs_stay_finite(page):
    job = {
        "name": "quadratic",
        "given": [[1.0, 100.0], 0.3],
        "steps": 300,
        "tolerance": 1e-6,
        "learning_rate": np.array([1e308, 1e12, 0.0, 1e-320, 0.04]),
        "momentum": np.array([1.0, 0.0, 1.0, 1.0, 1.0]),
        "start": np.array([[1e12, -1e12], [1.0, 1.0], [1e12, 0.0], [1.0, 1.0], [1e-300, 0.0]]),
        "velocity": np.array([[0.0, 0.0], [1e12, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
    }
    sent = {"name": job["name"], "given": job["given"], "steps": 300, "tolerance": 1e-6}
    diverged = {}
    for nesterov in (False, True):
        runs = [
            {
                "optimizer": {"learning_rate": eta, "momentum": mu, "nesterov": nesterov},
                "start": w,
                "velocity": v,
            }
            for eta, mu, w, v in zip(
                *(plain(job[key]) for key in ("learning_rate", "momentum", "start", "velocity")), strict=True
            )
        ]
        counts, _ = page.evaluate(RUN, [sent | {"runs": runs}])
        optimizer = SGD(job["learning_rate"], job["momentum"], nesterov)
        surface = python_surface(job["name"], job["given"])
        run = descend(optimizer, surface.gradient, job["start"], 300, state=(job["velocity"],))
        assert [at for at, _ in counts] == run.diverged_at.tolist()
        diverged[nesterov] = run.diverged_at.tolist()
    assert diverged[False][:3] == [1, 1, 1]


def refusals(page, expressions: list[str]) -> list[str]:
    """What each JavaScript expression throws, as `Name: sentence`."""
    code = "(all) => all.map((each) => { try { eval(each); return 'nothing'; } catch (e) { return String(e); } })"
    return page.evaluate(code, expressions)


def test_descend_refuses_what_python_refuses(page):
    bowl = surfaces.Quadratic((1.0,)).gradient
    pairs = {
        "descend({}, quadratic([1]).gradient, [1], -1)": lambda: descend(SGD(), bowl, [1.0], -1),
        "descend({}, quadratic([1]).gradient, [1], 1.5)": lambda: descend(SGD(), bowl, [1.0], 1.5),
        "descend({}, quadratic([1]).gradient, [2e12], 1)": lambda: descend(SGD(), bowl, [2e12], 1),
        "descend({}, quadratic([1]).gradient, [NaN], 1)": lambda: descend(SGD(), bowl, [np.nan], 1),
        "descend({}, null, [1], 2, { gradients: [quadratic([1]).gradient] })": (
            lambda: descend(SGD(), [bowl], [1.0], 2)
        ),
        "steps_to_stay_within(descend({}, quadratic([1]).gradient, [1], 1), 0)": (
            lambda: steps_to_stay_within(np.ones((2, 1)), 0)
        ),
        "quadratic([])": lambda: surfaces.Quadratic(()),
        "quadratic([Infinity])": lambda: surfaces.Quadratic((np.inf,)),
        "quadratic([1], 0.1)": lambda: surfaces.Quadratic((1.0,), 0.1),
        "quadratic([1], 0, [1, 2])": lambda: surfaces.Quadratic((1.0,), 0.0, (1.0, 2.0)),
        "valley(0.5)": lambda: surfaces.valley(0.5),
        "random(-1)": lambda: generator.uniforms(-1, 1),
        "random(2 ** 32)": lambda: generator.uniforms(2**32, 1),
        "random(0.5)": lambda: generator.uniforms(0.5, 1),
        "shuffled_batches(random(0), 0, 1)": lambda: generator.shuffled_batches(0, 0, 1),
        "shuffled_batches(random(0), 1, 0)": lambda: generator.shuffled_batches(0, 1, 0),
        "shuffled_batches(random(0), 1, 1, 0)": lambda: generator.shuffled_batches(0, 1, 1, 0),
        "linear_regression([1, 2, 3], [1, 2])": lambda: LinearRegression(np.ones((3, 1)), np.ones(2)),
    }
    for thrown, (expression, python) in zip(refusals(page, list(pairs)), pairs.items(), strict=True):
        assert re.fullmatch(r"RangeError: [^\n]+\.", thrown), (expression, thrown)
        with pytest.raises(ValueError):
            python()


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
        "fading": np.clip(rng.uniform(size=count), 1e-6, 1 - 1e-6),
        "small_a": sometimes(rng, 1 - rng.uniform(size=count), 1.0, 1e-12),
        "rate": sometimes(rng, rng.uniform(0, 1.3, size=count), 0.0, 1.0, 1 - 1e-9),
        "factor": 10.0 ** rng.uniform(-12, -0.01, size=count),
        "learning_rate": 10.0 ** rng.uniform(-5, 1, size=count),
        "any_learning_rate": any_learning_rate,
        "curvature": 10.0 ** rng.uniform(-2, 2, size=count),
        "variance": 10.0 ** rng.uniform(-3, 3, size=count),
        "slope": slope,
        "steps": sometimes(rng, rng.integers(0, 3000, size=count).astype(float), 0.0, 1.0),
        "time": sometimes(rng, rng.uniform(0, 50, size=count), 0.0),
        "friction": sometimes(rng, 10.0 ** rng.uniform(-2, 2, size=count), 0.0, 2.0),
        "start": rng.uniform(-5, 5, size=count),
    }


FORMULAS = {
    "stability_limit": ["momentum", "nesterov"],
    "effective_momentum": ["a", "momentum"],
    "rate": ["a", "momentum", "nesterov"],
    "regime": ["a", "momentum", "nesterov"],
    "critical_momentum": ["small_a", "nesterov"],
    "steps_to_shrink": ["rate", "factor"],
    "noise_variance": ["learning_rate", "curvature", "momentum", "nesterov", "variance"],
    "noise_floor": ["learning_rate", "curvature", "momentum", "nesterov", "variance"],
    "effective_learning_rate": ["any_learning_rate", "momentum"],
    "terminal_speed": ["any_learning_rate", "momentum", "slope"],
    "speed_on_slope": ["steps", "any_learning_rate", "momentum", "slope"],
    "half_life": ["fading"],
    "mean_age": ["fading"],
    "variance_window": ["fading"],
    "friction": ["learning_rate", "momentum"],
    "damped_motion": ["time", "curvature", "friction", "start"],
}

ASK_FORMULA = "([name, rows]) => rows.map((row) => globalThis[name](...row))"


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(page, name):
    takes = FORMULAS[name]
    for nesterov in (False, True) if "nesterov" in takes else (False,):
        drawn = columns(np.random.default_rng(41 + nesterov), SETTINGS)
        if name == "damped_motion":
            drawn["friction"][:20] = 2 * np.sqrt(drawn["curvature"][:20])  # critical, as nearly as floats can
        values = [np.full(SETTINGS, nesterov) if key == "nesterov" else drawn[key] for key in takes]
        javascript = page.evaluate(ASK_FORMULA, [name, plain(np.array(values, dtype=object).T)])
        formula = getattr(theory, name)
        python = [formula(*row) for row in zip(*(plain(each) for each in values), strict=True)]
        if name == "regime":
            assert javascript == python
            assert len(set(python)) == 6
        else:
            agree(javascript, python)


METHODS = ("gradient descent", "momentum", "nesterov", "nesterov standard")


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


REFUSED = [
    ("stability_limit", [1.1]),
    ("effective_momentum", [0.1, -0.1]),
    ("rate", [0.1, 1.1]),
    ("rate", [0.1, 1.1, True]),
    ("regime", [0.1, -1.0]),
    ("critical_momentum", [0.0]),
    ("critical_momentum", [1.1, True]),
    ("best_tuning", ["adam", 1.0, 2.0]),
    ("best_tuning", ["momentum", 2.0, 1.0]),
    ("best_tuning", ["momentum", 0.0, 1.0]),
    ("steps_to_shrink", [-0.1]),
    ("steps_to_shrink", [0.5, 1.0]),
    ("noise_variance", [0.0, 1.0]),
    ("noise_floor", [0.1, -1.0]),
    ("noise_variance", [0.1, 1.0, 2.0]),
    ("effective_learning_rate", [0.1, 1.5]),
    ("terminal_speed", [0.1, -0.5]),
    ("speed_on_slope", [3.0, 0.1, 1.5]),
    ("half_life", [0.0]),
    ("mean_age", [1.0]),
    ("variance_window", [1.0]),
    ("friction", [0.0, 0.5]),
    ("friction", [0.1, 1.5]),
    ("damped_motion", [1.0, 0.0, 1.0]),
    ("damped_motion", [1.0, 1.0, -1.0]),
]


@pytest.mark.parametrize(("name", "arguments"), REFUSED, ids=lambda each: str(each))
def test_formula_refuses_what_python_refuses(page, name, arguments):
    listed = ", ".join(f'"{each}"' if isinstance(each, str) else str(each).lower() for each in arguments)
    (thrown,) = refusals(page, [f"{name}({listed})"])
    assert re.fullmatch(r"RangeError: [^\n]+\.", thrown), thrown
    with pytest.raises(ValueError):
        getattr(theory, name)(*arguments)


# --- the generator, the batches, the regression


def test_generator_gives_the_published_numbers():
    # mulberry32 with seed 1, as its JavaScript version prints them
    assert generator.uniforms(1, 3).tolist() == [0.6270739405881613, 0.002735721180215478, 0.5274470399599522]


def test_generator(page):
    rng = np.random.default_rng(61)
    seeds = sometimes(rng, rng.integers(2**32, size=SETTINGS), 0, 1, 2**31 - 1, 2**31, 2**32 - 1)
    code = "(seeds) => pack(seeds.map((s) => { const next = random(s); return Array.from({ length: 20 }, next); }))"
    javascript = unpack(page.evaluate(code, plain(seeds)))
    python = np.concatenate([generator.uniforms(seed, 20) for seed in seeds.tolist()])
    assert (javascript == python).all()
    assert ((python >= 0) & (python < 1)).all()
    assert abs(python.mean() - 0.5) < 0.01


def test_uniforms_refuses_a_count_below_zero():
    assert generator.uniforms(0, 0).shape == (0,)
    with pytest.raises(ValueError, match=r"^count must be a whole number from 0 to 4294967296, not -1\.$"):
        generator.uniforms(0, -1)


def drawn_batches(rng) -> list[int]:
    """seed, samples, batch_size, epochs."""
    return [int(rng.integers(2**32)), *(int(rng.integers(1, high)) for high in (40, 50, 4))]


def test_batches(page):
    rng = np.random.default_rng(62)
    settings = [[0, 1, 1, 1], *(drawn_batches(rng) for _ in range(SETTINGS))]
    code = "(all) => all.map(([seed, ...rest]) => shuffled_batches(random(seed), ...rest))"
    for setting, batches in zip(settings, page.evaluate(code, settings), strict=True):
        _, samples, batch_size, epochs = setting
        assert batches == [rows.tolist() for rows in generator.shuffled_batches(*setting)]
        assert sorted(row for rows in batches for row in rows) == sorted(list(range(samples)) * epochs)
        assert len(batches) == epochs * -(-samples // batch_size)


def test_every_order_is_as_likely():
    seen = [tuple(generator.shuffled_batches(seed, 3, 3)[0].tolist()) for seed in range(6000)]
    counts = np.unique(np.array(seen), axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts - 1000).max() < 150  # five standard deviations of 28.9


REGRESSION = """(jobs) => {
  const numbers = [], counts = [], minima = [];
  for (const { features, targets, points, minimum, batches: [seed, ...rest], optimizer } of jobs) {
    const problem = linear_regression(Float64Array.from(features), Float64Array.from(targets));
    const start = points[0];
    const batches = shuffled_batches(random(seed), ...rest);
    const gradients = batch_gradients(problem, batches);
    const run = descend(optimizer, null, start, batches.length, { gradients });
    const rows = batches[0];
    minima.push(problem.minimum);
    counts.push([problem.d, problem.samples, run.diverged_at]);
    numbers.push(problem.hessian);
    for (const w of points) {
      const middle = Math.ceil(rows.length / 2);
      numbers.push([problem.value(w)], problem.gradient(w), problem.gradient(w, new Float64Array(w.length), rows));
      numbers.push(problem.gradient(w, new Float64Array(w.length), rows, 0, middle));
    }
    numbers.push(run.positions, run.velocities);
    if (linear_regression(features, targets, start).minimum !== start) throw new Error("minimum");
  }
  return [minima, counts, pack(numbers)];
}"""


def test_regression(page):
    rng = np.random.default_rng(71)
    jobs, problems = [], []
    for k in range(SETTINGS):
        seed, samples, batch_size, epochs = drawn_batches(rng)
        samples += 4
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
        if d == 2:
            agree(minimum, problem.minimum)
        else:
            assert minimum is None
        agree(take(d, d), problem.hessian)
        rows = batches[0]
        for w in job["points"]:
            agree(take(1), [problem.value(w)])
            for some in (slice(None), rows, rows[: (len(rows) + 1) // 2]):
                slope = problem.gradient(w, some)
                agree(take(d), slope, scale=np.abs(slope).max())
        states = np.stack([run.positions, run.velocities])
        its = take(*states.shape)
        assert np.isfinite(its).all()
        agree(its, states, scale=np.abs(states).max(axis=(0, 2), keepdims=True))
    assert numbers.size == 0
