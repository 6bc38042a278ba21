"""Every public name, called with odd arguments one at a time: a right answer, or one sentence of ours.

Never NumPy's own words, a warning, an endless loop, or an answer to what has no meaning. What has one is answered as
the same numbers are that come as floats. `test_odd_calls.py` has the calls that were found by hand.
"""

from __future__ import annotations

import ast
import datetime
import importlib
import inspect
import time
import types
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import hypothesis.extra.numpy as hn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sgdlib
from sgdlib import SGD, Adam, checks, claims, descend, steps_to_stay_within, theory
from sgdlib import data as D
from sgdlib import exercises as E
from sgdlib import figures as F
from sgdlib import surfaces as S
from sgdlib.experiments import digits, find
from sgdlib.network import Dense, Network
from sgdlib.practice import recipe, search, translate

HERE = Path(sgdlib.__file__).parent
LONGEST = 2.0  # seconds; an endless loop is longer, and nothing here is

# ---------- what is odd, by its kind


class Frame:
    """What a table of another library is to NumPy."""

    def __array__(self, dtype=None, copy=None):
        return np.asarray([[1.0, 2.0]], dtype)


class Broken:
    """An object whose conversion fails in words of its own."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no conversion")

    def __len__(self):
        raise KeyError("no length")


ODD = {
    "text": [
        "a",
        np.array(["0.5", "1"]),
        "",
        "0.1",
        "nan",
        b"1",
        "１",
        np.str_("a"),
        ["a"],
        "\0",
        "a" * 10**5,
    ],
    "nothing": [None, [None], np.array(None), Ellipsis, NotImplemented],
    "truth": [True, np.zeros(2, bool), False, np.True_, [True, False]],
    "complex": [1j, 1 + 0j, [1j, 2], np.array([1 + 2j]), np.complex64(1)],
    "date": [
        np.datetime64("2020"),
        np.timedelta64(1, "s"),
        np.array(["2020"], "M8[Y]"),
        datetime.date(2020, 1, 1),
    ],
    "not finite": [
        np.nan,
        np.inf,
        -np.inf,
        [1.0, np.nan],
        np.array(np.inf),
        Decimal("NaN"),
        Decimal("Infinity"),
    ],
    "empty": [[], np.empty(0), (), {}, set(), np.empty((2, 0)), [[]], range(0)],
    "no run": [np.empty((0, 2))],
    "ragged": [[[1], [1, 2]], [1, [2]]],
    "masked": [np.ma.masked, np.ma.array([1.0, 2.0], mask=[True, False])],
    "object": [
        Broken(),
        object,
        object(),
        types,
        {"a": 1},
        {1, 2},
        Path("a"),
        slice(None),
        SGD,
        SGD(),
    ],
    "function": [len, lambda: 1, lambda *a: None, lambda *a: "a", lambda *a: np.ones((7, 7)), lambda *a: 1j],
    "iterator": [
        lambda: iter([]),
        lambda: (each for each in [1]),
        lambda: map(int, "12"),
    ],  # made when called
    "generator": [np.random.default_rng(0), np.random.RandomState(0), np.random],
    "surface": [S.valley(), S.Slope()],
    "huge": [1e300, -1e300, 10**400, -(10**400), 2**63, [1e300, 1.0], 1e-320],
    "negative": [-1, -0.5, np.int8(-3), [-1.0, 2.0]],
    "fraction": [2.5, np.float32(0.3), Fraction(1, 3), Decimal("0.25"), np.float16(0.5)],
    "whole": [0, 1, 3, np.uint8(200), np.int64(2), [0, 1], range(3), np.array([200, 100], np.uint8), (0, 0)],
    "one": [np.array(1.0), [0.5], [[0.5]], np.array([0.5, 0.25], np.float32), np.array([[1.0], [2.0]])],
    "many": [np.ones((2, 3, 4)), np.ones((1,) * 40), np.ones(5), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]],
    "frame": [Frame()],
}
NUMBERS = {"huge", "negative", "fraction", "whole", "one", "many", "frame"}
# What an argument of a kind may be; all else has no meaning there, and must be refused.
MEANT = {
    "numbers": NUMBERS,
    "number": NUMBERS,
    "rate": NUMBERS | {"not finite"},  # the rate of a run far beyond its limit
    "row": NUMBERS | {"nothing"},
    "whole": NUMBERS,
    "whole if given": NUMBERS | {"nothing"},
    "positions": NUMBERS | {"not finite", "no run"},
    "data": NUMBERS | {"truth"},
    "rows": NUMBERS | {"object"},  # a slice of all
    "batches": NUMBERS | {"ragged", "iterator", "empty", "no run"},  # of none there is no gradient
    "runs": NUMBERS | {"empty"},
    "drawn": NUMBERS | {"not finite"},
    "drawn if given": NUMBERS | {"not finite", "nothing"},
    "flags": {"truth"},
    "flag": {"truth"},
    "flags if given": {"truth", "nothing"},
    "text": {"text"},
    "text if given": {"text", "nothing"},
    "name": {"text"},
    "function": {"function", "object"},  # a class can be called
    "function if given": {"function", "object", "nothing"},
    "generator": {"generator"},
    "surface": {"surface"},
    "rule": {"object"},
    "ours": set(),  # what another name of ours gives
    "ours if given": {"nothing"},
    "many of ours": {"empty"},
    "anything": set(ODD),
}
COMPARED = {"numbers", "number", "rate", "row", "positions", "data"}
# A drawing takes a hundred times as long as a formula: two values of each kind, of numbers one.
DRAWINGS = {"panel", "curve", "path", "contours", "rate_map", "show", "a surface"}


def odd_values(name: str, kind: str):
    """Each odd value with its kind, and whether it has a meaning where an argument of this kind is wanted."""
    for odd, values in ODD.items():
        for value in values[: 2 - (odd in NUMBERS)] if name in DRAWINGS else values:
            yield odd, value() if odd == "iterator" else value, odd in MEANT[kind]


# ---------- the calls, with a right value and the kind of each argument


def slope(x):
    return x


POINT, POINTS = [1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]]
ROWS = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])


def linear():
    return D.LinearRegression(ROWS, np.array([1.0, 2.0, 3.0]))


def logistic():
    return D.LogisticRegression(ROWS, np.array([0, 1, 1]), 0.1)


def small_network():
    return Network((Dense(2, "tanh"), Dense(1)), ROWS, np.ones((3, 1)))


def axes():
    return F.panel(xlabel="x", ylabel="y")


def rng():
    return np.random.default_rng(0)


def drawn(draw: Callable) -> Callable:
    """A call on a panel of its own."""

    def call(**given):
        return draw(axes(), **given)

    return call


class Returns:
    """A rule that returns what it is told to."""

    def __init__(self, init, position, state):
        self.first, self.next = init, (position, state)

    def init(self, position):
        return self.first

    def step(self, gradient, position, state):
        return self.next


NUMBER = E.Number("label", 3.0, "Count.")
A_QUIZ = (E.Choice("2", "why", True), E.Choice("3", "why"))


def n(value):
    return "numbers", value


CALLS: dict[str, tuple[Callable, dict[str, tuple[str, object]]]] = {
    # optimizer, adam, descent
    "SGD": (SGD, {"learning_rate": n(0.1), "momentum": n(0.9), "nesterov": ("flags", True)}),
    "Adam": (Adam, {"learning_rate": n(0.1), "beta_1": n(0.9), "beta_2": n(0.99), "epsilon": n(1e-7)}),
    "SGD.init": (SGD(0.1, 0.9).init, {"position": ("positions", POINT)}),
    "Adam.init": (Adam().init, {"position": ("positions", POINT)}),
    "SGD.step": (
        SGD(0.1, 0.9).step,
        {
            "gradient": ("function", slope),
            "position": ("positions", POINT),
            "state": ("ours", (np.zeros(2),)),
        },
    ),
    "Adam.step": (
        Adam().step,
        {
            "gradient": ("function", slope),
            "position": ("positions", POINT),
            "state": ("ours", (np.zeros(2), np.zeros(2), np.zeros(()))),
        },
    ),
    "descend": (
        descend,
        {
            "rule": ("rule", SGD(0.1)),
            "gradient": ("function", slope),
            "start": ("positions", POINT),
            "steps": ("whole", 3),
            "state": ("ours if given", None),
            "loss": ("function if given", None),
            "path": ("flag", True),
        },
    ),
    "steps_to_stay_within": (
        steps_to_stay_within,
        {
            "positions": ("positions", [[1.0], [0.0]]),
            "tolerance": ("number", 0.1),
            "target": ("row", [0.0]),
        },
    ),
    # surfaces
    "Quadratic": (
        S.Quadratic,
        {"curvatures": ("row", (1.0, 2.0)), "angle": ("number", 0.5), "center": ("row", (0.0, 1.0))},
    ),
    "valley": (S.valley, {"condition_number": ("number", 20.0), "angle": ("number", 0.1)}),
    "Rosenbrock": (S.Rosenbrock, {"a": ("number", 1.0), "b": ("number", 100.0)}),
    "FlatQuartic": (S.FlatQuartic, {"d": ("whole", 2)}),
    "Slope": (S.Slope, {"steepness": ("row", (1.0, 2.0))}),
    **{
        f"{type(surface).__name__}.{method}": (getattr(surface, method), {"position": ("positions", at)})
        for surface, at in [
            (S.Quadratic(), POINT),
            (S.Rosenbrock(), POINT),
            (S.FlatQuartic(2), POINT),
            (S.Slope((1.0, 2.0)), POINT),
            (S.Beale(), POINT),
            (S.Himmelblau(), POINT),
            (S.Lessard(), [1.0]),
            (S.Saddle(), POINT),
        ]
        for method in ("value", "gradient", "hessian")
    },
    # data
    "LinearRegression": (
        D.LinearRegression,
        {"features": ("data", ROWS), "targets": ("data", np.ones(3))},
    ),
    "LogisticRegression": (
        D.LogisticRegression,
        {"features": ("data", ROWS), "targets": ("data", np.array([0, 1, 1])), "penalty": ("number", 0.1)},
    ),
    **{
        f"{type(problem).__name__}.{method}": (
            getattr(problem, method),
            {"position": ("positions", POINT)} | more,
        )
        for problem in (linear(), logistic())
        for method, more in [("value", {}), ("gradient", {"rows": ("rows", [0, 1])})]
    },
    "LogisticRegression.hessian": (logistic().hessian, {"position": ("positions", POINT)}),
    "LinearRegression.noise_floor": (
        linear().noise_floor,
        {"learning_rate": ("number", 0.1), "batch_size": ("whole", 2)},
    ),
    "batch_gradients": (
        lambda **given: [gradient(np.zeros(2)) for gradient in D.batch_gradients(**given)],
        {"problem": ("ours", linear()), "batches": ("batches", [[0], [1, 2]])},
    ),
    "make_classification": (
        D.make_classification,
        {"rng": ("generator", rng), "samples": ("whole", 20), "d": ("whole", 2), "penalty": ("number", 0.01)},
    ),
    "make_regression": (
        D.make_regression,
        {"rng": ("generator", rng), "samples": ("whole", 20), "d": ("whole", 2), "noise": ("number", 1.0)},
    ),
    "noisy_gradient": (
        lambda **given: D.noisy_gradient(**given)(np.ones(2)),
        {
            "gradient": ("function", slope),
            "rng": ("generator", rng),
            "sigma": ("number", 0.1),
            "batch_size": ("whole", 4),
        },
    ),
    "random_batches": (
        D.random_batches,
        {
            "rng": ("generator", rng),
            "samples": ("whole", 10),
            "batch_size": ("whole", 2),
            "updates": ("whole", 3),
        },
    ),
    "shuffled_batches": (
        D.shuffled_batches,
        {
            "rng": ("generator", rng),
            "samples": ("whole", 10),
            "batch_size": ("whole", 3),
            "epochs": ("whole", 2),
        },
    ),
    # network
    "Dense": (Dense, {"units": ("whole", 2), "activation": ("name", "tanh")}),
    "Network": (
        Network,
        {
            "layers": ("ours", (Dense(2), Dense(1))),
            "features": ("data", ROWS),
            "targets": ("data", np.ones((3, 1))),
            "loss": ("name", "squares"),
        },
    ),
    "Network.draw": (
        lambda **given: small_network().draw(**given),
        {"rng": ("generator", rng), "initializer": ("name", "he_uniform"), "runs": ("runs", (2,))},
    ),
    **{
        f"Network.{method}": (
            getattr(small_network(), method),
            {"position": ("positions", np.arange(9) / 9)} | more,
        )
        for method, more in [
            ("outputs", {}),
            ("value", {}),
            ("gradient", {"rows": ("rows", [0, 1])}),
            ("hessian", {}),
            ("hessian_vector_product", {"vector": ("positions", np.ones(9)), "rows": ("rows", [0, 1])}),
        ]
    },
    # theory
    "best_condition_number": (theory.best_condition_number, {"momentum": n(0.9)}),
    "best_learning_rate": (
        theory.best_learning_rate,
        {"smallest": n(1.0), "largest": n(4.0), "momentum": n(0.5)},
    ),
    "best_tuning": (
        theory.best_tuning,
        {"method": ("name", "momentum"), "smallest": ("number", 1.0), "largest": ("number", 4.0)},
    ),
    "critical_momentum": (theory.critical_momentum, {"a": n(0.5), "nesterov": ("flags", False)}),
    "damped_motion": (
        theory.damped_motion,
        {"time": n(1.0), "curvature": n(2.0), "friction": n(0.5), "start": n(1.0)},
    ),
    "effective_learning_rate": (
        theory.effective_learning_rate,
        {"learning_rate": n(0.1), "momentum": n(0.9)},
    ),
    "effective_momentum": (theory.effective_momentum, {"a": n(0.1), "momentum": n(0.9)}),
    "friction": (theory.friction, {"learning_rate": n(0.1), "momentum": n(0.9)}),
    "half_life": (theory.half_life, {"momentum": n(0.9)}),
    "mean_age": (theory.mean_age, {"momentum": n(0.9)}),
    "nesterov_bound": (theory.nesterov_bound, {"step": n(3), "learning_rate": n(0.1), "distance": n(2.0)}),
    "nesterov_flow": (theory.nesterov_flow, {"time": n(3.0), "curvature": n(2.0), "start": n(1.0)}),
    **{
        name: (
            getattr(theory, name),
            {
                "learning_rate": n(0.1),
                "curvature": n(2.0),
                "momentum": n(0.5),
                "nesterov": ("flags", True),
                "gradient_variance": n(1.0),
            },
        )
        for name in ("noise_floor", "noise_variance")
    },
    "noisy_losses": (
        theory.noisy_losses,
        {
            "learning_rates": n([0.1, 0.2]),
            "momentum": ("number", 0.5),
            "start": ("number", 1.0),
            "at_rest": ("whole if given", None),
        },
    ),
    "rate": (theory.rate, {"a": n(0.5), "momentum": n(0.9), "nesterov": ("flags", False)}),
    "regime": (theory.regime, {"a": n(0.5), "momentum": n(0.9), "nesterov": ("flags", False)}),
    "sharpest": (
        theory.sharpest,
        {
            "hessian_vector_product": ("function", slope),
            "start": ("numbers", [1.0, 1.0]),
            "tolerance": ("number", 0.1),
            "most": ("whole", 3),
        },
    ),
    "sharpness": (
        theory.sharpness,
        {
            "hessian_vector_product": ("function", slope),
            "shape": ("runs", (2,)),
            "tolerance": ("number", 0.1),
            "most": ("whole", 3),
        },
    ),
    "shuffled_share": (theory.shuffled_share, {"step": n(3), "a": n(0.1), "updates": n(10)}),
    "speed_after_change": (theory.speed_after_change, {"steps": n(3), "factor": n(0.1), "momentum": n(0.9)}),
    "speed_on_slope": (
        theory.speed_on_slope,
        {"steps": n(3), "learning_rate": n(0.1), "momentum": n(0.9), "slope": n(2.0)},
    ),
    "stability_limit": (theory.stability_limit, {"momentum": n(0.9), "nesterov": ("flags", False)}),
    "steps_to_shrink": (theory.steps_to_shrink, {"rate": ("rate", 0.5), "factor": n(0.1)}),
    "terminal_speed": (theory.terminal_speed, {"learning_rate": n(0.1), "momentum": n(0.9), "slope": n(2.0)}),
    "variance_window": (theory.variance_window, {"momentum": n(0.9)}),
    "with_mass": (theory.with_mass, {"mass": n(1.0), "damping": n(0.5), "time_step": n(0.1)}),
    # figures
    "panel": (
        F.panel,
        {
            "title": ("text", "t"),
            "xlabel": ("text", "x"),
            "ylabel": ("text", "y"),
            "log": ("flag", False),
            "wide": ("flag", False),
            "equal": ("flag", False),
        },
    ),
    "curve": (
        drawn(F.curve),
        {
            "values": ("drawn", [1.0, 2.0]),
            "method": ("name", "momentum"),
            "label": ("text if given", None),
            "x": ("drawn if given", [1.0, 2.0]),
        },
    ),
    "path": (
        drawn(F.path),
        {
            "positions": ("drawn", POINTS),
            "method": ("name", "momentum"),
            "label": ("text if given", None),
        },
    ),
    "contours": (
        drawn(F.contours),
        {
            "surface": ("surface", S.valley()),
            "x": ("drawn", (0.0, 1.0)),
            "y": ("drawn", (0.0, 1.0)),
            "levels": ("drawn", 5),
        },
    ),
    "rate_map": (
        drawn(F.rate_map),
        {"nesterov": ("flag", False), "a": ("drawn", (0.0, 4.0)), "levels": ("drawn if given", None)},
    ),
    "show": (
        lambda **given: F.show(drawn_panel(), **given),
        {"alt": ("text", "A line rises from the lower left to the upper right.")},
    ),
    "palette_css": (F.palette_css, {"light": ("text", "html"), "dark": ("text", "html")}),
    # claims
    "claim": (
        claims.claim,
        {
            "number": ("whole", 8),
            "verdict": ("name", "true"),
            "finding": ("text", "It holds in 5 of 5."),
            "holds": ("flag", True),
            "cases": ("ours if given", None),
        },
    ),
    "tried": (
        claims.tried,
        {
            "says": ("flags", [True, False]),
            "over": ("text", "all"),
            "where": ("text", "momentum is 0"),
            "inside": ("flags if given", [True, False]),
            "true_if": ("text", ""),
        },
    ),
    # exercises
    "Choice": (E.Choice, {"text": ("text", "a"), "why": ("text", "b"), "right": ("flag", True)}),
    "Mistake": (E.Mistake, {"answer": ("anything", 3.0), "message": ("text", "No.")}),
    "Number": (
        E.Number,
        {
            "label": ("text", "a"),
            "answer": ("number", 3.0),
            "hint": ("text", "h"),
            "mistakes": ("many of ours", ()),
            "why": ("text", ""),
            "tolerance": ("number", 0.1),
            "share": ("flag", False),
        },
    ),
    "Number.grade": (NUMBER.grade, {"given": ("anything", 3.0)}),
    "Function": (
        E.Function,
        {
            "answer": ("function", slope),
            "cases": ("ours", ((3.0,),)),
            "hint": ("text", "h"),
            "mistakes": ("many of ours", ()),
        },
    ),
    "Function.grade": (E.Function(slope, ((3.0,),), "h").grade, {"given": ("anything", slope)}),
    "Exercise": (
        E.Exercise,
        {"name": ("name", "a-b"), "grade": ("name", "compute"), "answers": ("ours", {"x": NUMBER})},
    ),
    "Quiz": (
        E.Quiz,
        {
            "name": ("name", "a-b"),
            "question": ("text", "q?"),
            "choices": ("ours", A_QUIZ),
            "proof": ("function", lambda: ({"2": True, "3": False}, ())),
        },
    ),
    "Verdict": (E.Verdict, {"findings": ("ours", (("x", True, "Right."),))}),
    "Exercise.check": (E.Exercise("a-b", "compute", {"x": NUMBER}).check, {"given": ("ours", {"x": 3})}),
    "check": (
        lambda name: E.check(name, half=7, most=...),
        {"name": ("name", "half-terminal-speed")},
    ),
    "predict": (E.predict, {"name": ("name", "faster-on-a-slope")}),
    "exercises_of": (E.exercises_of, {"chapter": ("name", "warm-up")}),
    "quizzes_of": (E.quizzes_of, {"chapter": ("name", "warm-up")}),
    # measured runs
    "find": (find, {"name": ("name", "digits")}),
    "Run": (
        digits.Run,
        {
            "learning_rate": ("number", 0.1),
            "momentum": ("number", 0.9),
            "nesterov": ("flag", True),
            "batch_size": ("whole", 32),
            "seed": ("whole", 0),
            "epochs": ("whole", 2),
        },
    ),
    "capped": (digits.capped, {"losses": ("positions", [1.0, np.nan]), "cap": ("number", 10.0)}),
    "loss_map": (
        digits.loss_map,
        {"table": ("ours", digits.load()), "nesterov": ("flag", False), "batch_size": ("whole", 32)},
    ),
    # the reader's own Keras
    "schedule": (recipe.schedule, {"peak": ("number", 0.1), "updates": ("whole", 100)}),
    "plan": (search.plan, {"budget": ("whole", 30)}),
    "suggest": (
        search.suggest,
        {"history": ("many of ours", ()), "budget": ("whole", 30), "seed": ("whole", 0)},
    ),
    "translate": (
        translate.translate,
        {
            "source": ("name", "torch"),
            "arguments": ("many of ours", {"lr": 0.1}),
            "target": ("name", "keras3"),
        },
    ),
    "read": (translate.read, {"library": ("name", "torch"), "arguments": ("many of ours", {"lr": 0.1})}),
    "pasted": (translate.pasted, {"text": ("text", "optim.SGD(p, lr=0.1)"), "library": ("name", "torch")}),
    "the arguments of read": (
        lambda **given: translate.read("torch", given),
        {
            "lr": ("anything", 0.1),
            "nesterov": ("anything", False),
            "scheduler": ("anything", "StepLR"),
            "epochs": ("anything", 3),
        },
    ),
    # what a function of the reader's returns
    "a gradient": (
        lambda answer: descend(SGD(), lambda x: answer, POINT, 2),
        {"answer": ("positions", [0.1, 0.2])},
    ),
    "a loss": (
        lambda answer: descend(SGD(), slope, POINT, 2, loss=lambda x: answer).losses,
        {"answer": ("positions", 0.1)},
    ),
    "a product": (
        lambda answer: theory.sharpness(lambda u: answer, (2,)),
        {"answer": ("numbers", [0.1, 0.2])},
    ),
    "a rule": (
        lambda **returns: descend(Returns(**returns), slope, POINT, 2),
        {"init": ("anything", ()), "position": ("anything", np.zeros(2)), "state": ("anything", ())},
    ),
    "a graded function": (
        lambda answer: E.Function(slope, ((3.0,),), "h").grade(lambda x: answer),
        {"answer": ("anything", 3.0)},
    ),
    "a surface": (
        lambda answer: F.contours(
            axes(), types.SimpleNamespace(value=lambda x: answer, minimum=None), (0, 1), (0, 1)
        ),
        {"answer": ("ours", np.arange(121.0**2).reshape(121, 121))},
    ),
}


def drawn_panel():
    ax = axes()
    F.curve(ax, [1.0, 2.0], "momentum")
    return ax


# Public names without an argument of the reader's, or that only hold what another one gives.
HELD = {
    "Trajectory": "what descend gives",
    "Rule": "a protocol",
    "Surface": "a protocol",
    "Tuning": "what best_tuning gives",
    "Sharpest": "what sharpest gives",
    **dict.fromkeys(("Beale", "Himmelblau", "Lessard", "Saddle", "lessard_cycle"), "takes nothing"),
    "chapters": "takes nothing",
    "ClaimBox": "what claim gives",
    "Tried": "what tried gives",
    "Look": "an entry of LOOKS",
    "Picture": "what show gives",
    "Play": "what play gives",
    "play": "tests/test_play.py",
    "Hyperparameters": "under SGD and Adam",
    "hyperparameter": "under SGD and Adam",
    "precision": "under SGD and Adam",
    "remembered": "under SGD and Adam",
    "slope": "under SGD and Adam",
    "zeros": "under SGD and Adam",
}
MODULES = (
    "optimizer",
    "adam",
    "descent",
    "surfaces",
    "data",
    "network",
    "theory",
    "figures",
    "claims",
    "exercises",
)


def test_every_public_name_is_called():
    names = set()
    for name in MODULES:
        module = importlib.import_module(f"sgdlib.{name}")
        for each in module.__all__:
            thing = getattr(module, each)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                names.add(each)
            if inspect.isclass(thing) and each not in HELD:
                inside = {key for key, value in vars(thing).items() if inspect.isfunction(value)}
                names |= {f"{each}.{key}" for key in inside if key[0] != "_" and takes_more(thing, key)}
    assert names <= set(CALLS) | set(HELD), "called by nobody here"
    assert set(HELD) <= names, "no longer public"
    for function, arguments in CALLS.values():
        function(**{key: right(value) for key, (_, value) in arguments.items()})


def takes_more(thing, key) -> bool:
    return len(inspect.signature(getattr(thing, key)).parameters) > 1


def right(value):
    return value() if value is rng else value


# ---------- what is an answer of ours


@cache
def raising(path: str) -> frozenset[int]:
    """The lines of a module that a `raise` of its own covers."""
    lines = set()
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            lines |= set(range(node.lineno, node.end_lineno + 1))
    return frozenset(lines)


# Where a function of the reader's is called: what it raises is its own.
OF_THE_READERS = {("checks.py", "called"), ("grading.py", "_results")}


def fault_of(error: Exception, name: str) -> str:
    """What is wrong with an answer that is an error; "" where it is one sentence of ours."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    path, said = Path(last.tb_frame.f_code.co_filename), str(error)
    if (path.name, last.tb_frame.f_code.co_name) in OF_THE_READERS:
        return ""
    if not (path.is_relative_to(HERE) and last.tb_lineno in raising(str(path))):
        return f"raised by {path.name}:{last.tb_lineno}: {type(error).__name__}: {said[:150]}"
    # An AssertionError of a claim is how a notebook fails.
    if not isinstance(error, (ValueError, TypeError, RuntimeError, *[AssertionError] * (name == "claim"))):
        return f"a {type(error).__name__}: {said[:150]}"
    if not said.endswith((".", "?", ")")) or "\n" in said or len(said) > 600:
        return f"no sentence: {said[:150]!r}"
    return ""


def called(function: Callable, given: dict):
    """What a call answers, or the error; a warning is an error."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return function(**given)
        except Exception as error:
            return error
        finally:
            assert time.process_time() - began < LONGEST


def numbers_in(value) -> list:
    """All numbers of an answer, in order."""
    if isinstance(value, (tuple, list)):
        return [each for part in value for each in numbers_in(part)]
    if hasattr(value, "__dataclass_fields__"):
        return [each for name in value.__dataclass_fields__ for each in numbers_in(getattr(value, name))]
    if isinstance(value, (Decimal, Fraction)):
        value = float(value)
    if isinstance(value, (float, int, np.ndarray, np.number)) and np.asarray(value).dtype.kind in "fiub":
        return np.asarray(value, float).ravel().tolist()
    return []


def as_floats(value):
    """The same numbers as plain floats; None where they are none."""
    found = checks.as_numbers(value)
    return None if found is None else found.astype(float)


def faults(name: str, key: str, value, meant: bool) -> list[str]:
    """What is wrong with the answer of a call with one odd argument."""
    function, arguments = CALLS[name]

    def with_odd(odd):
        return called(function, {k: right(v) for k, (_, v) in arguments.items()} | {key: odd})

    answer = with_odd(value)
    if isinstance(answer, Exception):
        wrong = fault_of(answer, name)
        return [wrong] if wrong else []
    if not meant:
        return [f"answers {str(answer)[:80]!r}"]
    plain = as_floats(value)
    if plain is None or arguments[key][0] not in COMPARED:
        return []
    same = with_odd(plain)
    if isinstance(same, Exception):
        return [f"refused as floats: {same}"]
    # What single or half precision holds is another number by its rounding.
    found = numbers_in(answer)
    np.testing.assert_allclose(found, numbers_in(same), rtol=2e-3, atol=1e-3)
    moderate = name in theory.__all__ or np.abs(plain).max(initial=0) < 1e10
    return ["answers NaN"] if np.isfinite(plain).all() and moderate and np.isnan(found).any() else []


@pytest.mark.parametrize("name", CALLS)
def test_an_odd_argument_is_answered_or_refused_in_a_sentence(name):
    found = []
    for key, (kind, _) in CALLS[name][1].items():
        for odd, value, meant in odd_values(name, kind):
            try:
                wrong = faults(name, key, value, meant)
            except AssertionError as error:
                wrong = [" ".join(str(error).split())[:150]]
            found += [f"{name}({key}={checks.shown(value)}), {odd}: {each}" for each in wrong]
    if found:
        pytest.fail("\n".join([f"{len(found)} faults", *found[:40]]), pytrace=False)


ARRAYS = st.one_of(
    hn.arrays(
        st.one_of(
            hn.boolean_dtypes(),
            hn.integer_dtypes(),
            hn.unsigned_integer_dtypes(),
            hn.floating_dtypes(),
            hn.complex_number_dtypes(),
            hn.unicode_string_dtypes(max_len=3),
            hn.datetime64_dtypes(),
        ),
        hn.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=3)),
        st.lists,
        max_leaves=6,
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_array_is_answered_or_refused_in_a_sentence(drawn_data):
    name = drawn_data.draw(st.sampled_from(sorted(CALLS)))
    key = drawn_data.draw(st.sampled_from(sorted(CALLS[name][1])))
    assert faults(name, key, drawn_data.draw(ARRAYS), True) == []
