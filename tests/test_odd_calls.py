"""Odd calls of the public names: a right answer, or one sentence of ours; never NumPy's words, a warning or nonsense.

Each row was tried by a hostile caller and stands for its kind.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import traitlets

from sgdlib import SGD, checks, descend, steps_to_stay_within
from sgdlib import claims as C
from sgdlib import data as D
from sgdlib import exercises as E
from sgdlib import figures as F
from sgdlib import surfaces as S
from sgdlib import theory as t
from sgdlib.exercises import grading as G
from sgdlib.experiments import find, sweep
from sgdlib.experiments.__main__ import main
from sgdlib.experiments.digits import Run, capped, load, loss_map
from sgdlib.practice import race, recipe, search, translate
from sgdlib.practice.meter import Meter
from sgdlib.widgets import BatchExplorer, LearningRateExplorer
from sgdlib.widgets.page import base


def f(x):
    return x


def known() -> dict:
    """The names of the calls, made anew for each."""
    names = {
        "C": C,
        "E": E,
        "steps_to_stay_within": steps_to_stay_within,
        "capped": capped,
        "recipe": recipe,
        "search": search,
        "translate": translate,
        "r": np.random.default_rng(0),
        "p": D.LinearRegression(np.ones((3, 2)), np.ones(3)),
        "lg": D.LogisticRegression(np.ones((3, 1)), np.array([0, 1, 1])),
        "ax": F.panel(xlabel="x", ylabel="y"),
        "run": descend(SGD(), f, [1.0, 2.0], 3),
        "constant": G.Function(lambda x: 1.0, ((3.0,),), "It is 1."),
    }
    return globals() | names


# A call, and how the sentence begins.
REFUSED = [
    ('G.Number("a", np.inf, "c").grade(3)', "answer must be a finite number, not inf."),
    (
        'E.Quiz("a", "b", (E.Choice("2", "w", True), E.Choice("3", "w")), proof=None)',
        "proof must be a function of no argument, which computes what is right, not None.",
    ),
    ('G.Number("a", "b", "c")', "answer must be a finite number, not 'b'."),
    ("G.Verdict(()).right", "findings must be tuples (name, right, message), one or more, not ()."),
    (
        "SGD(0.1, momentum=1.0000001)",
        "momentum must be a number from 0 to 1, or an array of such numbers, not 1.0000001.",
    ),
    (
        "descend(SGD(0.1), lambda x: x.__iadd__(1), [1.0], 2).positions.ravel()",
        "the gradient must leave the positions as they are: write x = x + ..., not x += ....",
    ),
    (
        "descend(SGD(0.1,0.9,True), lambda x: x.__iadd__(1), [1.0], 2).positions.ravel()",
        "the gradient must leave the positions as they are: write x = x + ..., not x += ....",
    ),
    (
        "D.noisy_gradient(lambda x: x[..., :1], r, 1.0)(np.zeros(2))",
        "the gradient must have the shape of the positions, (2,), not (1,).",
    ),
    ('descend(SGD(), f, [1.0], 2, path="no").positions.shape', "path must be True or False, not 'no'."),
    (
        "descend(SGD(0.1), f, [1.0], 10**20, path=False)",
        "steps must be a whole number of at least 0 that fits into 64 bits, not 100000000000000000000.",
    ),
    (
        "t.damped_motion(np.inf, 1, 1)",
        "time must be a number from 0 to 1e+100, or an array of such numbers, not inf.",
    ),
    ('C.claim(8, "true", "5", np.nan)', "holds must be True or False, not nan."),
    ('C.claim(8, "true", "5", "no")', "holds must be True or False, not 'no'."),
    (
        't.stability_limit([0.9, 0.5], nesterov="no")',
        "nesterov must be True or False, or an array of these, not 'no'.",
    ),
    (
        "descend(SGD(), D.batch_gradients(p, [[]]), [0., 0.], 1).diverged_at",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not [].",
    ),
    (
        "p.gradient(np.zeros(2), rows=[])",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not [].",
    ),
    ("t.regime(np.nan)", "a must be a finite number, or an array of such numbers, not nan."),
    (
        "t.effective_learning_rate(-0.1, 1)",
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not -0.1.",
    ),
    (
        "t.terminal_speed(-0.1, 0.9, 1)",
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not -0.1.",
    ),
    (
        "t.nesterov_bound(-5, 0.1, 1)",
        "step must be a finite number of at least 0, or an array of such numbers, not -5.",
    ),
    (
        "t.nesterov_bound(-1, 0.1, 1)",
        "step must be a finite number of at least 0, or an array of such numbers, not -1.",
    ),
    (
        "t.nesterov_bound(1, 0.1, -1)",
        "distance must be a finite number of at least 0, or an array of such numbers, not -1.",
    ),
    (
        "t.speed_on_slope(-1, 0.1, 0.9)",
        "steps must be a finite number of at least 0, or an array of such numbers, not -1.",
    ),
    (
        "t.speed_on_slope(-1, 0.1, 0)",
        "steps must be a finite number of at least 0, or an array of such numbers, not -1.",
    ),
    (
        "t.damped_motion(-1, 1, 2)",
        "time must be a number from 0 to 1e+100, or an array of such numbers, not -1.",
    ),
    (
        "t.damped_motion(-1e5, 1, 2)",
        "time must be a number from 0 to 1e+100, or an array of such numbers, not -100000.",
    ),
    (
        'SGD(np.datetime64("2020"))',
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not",
    ),
    (
        'SGD("0.1")',
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not '0.1'.",
    ),
    (
        'SGD(b"0.1")',
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not b'0.1'.",
    ),
    (
        "SGD(True)",
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not True.",
    ),
    ("SGD([])", "learning_rate must be a finite number of at least 0, or an array of such numbers, not []."),
    (
        "SGD(0.1, momentum=None)",
        "momentum must be a number from 0 to 1, or an array of such numbers, not None.",
    ),
    (
        "SGD(np.array([1+2j]))",
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not",
    ),
    (
        "t.stability_limit(np.array([.5+1j]))",
        "momentum must be a number from 0 to 1, or an array of such numbers, not array([0.5+1.j]).",
    ),
    (
        "descend(SGD(), f, np.array([1j]), 3)",
        "start must be an array of numbers, of shape (..., d), not array([0.+1.j]).",
    ),
    ("S.Quadratic([1j, 2])", "curvatures must be one or more finite numbers, not [1j, 2]."),
    (
        "S.Quadratic((1,2)).value(np.array([1j, 2]))",
        "positions on this surface are numbers, of shape (..., 2), not array([0.+1.j, 2.+0.j]).",
    ),
    (
        'F.path(ax, 1j*np.ones((3,2)), "momentum")',
        "a path has positions of shape (steps + 1, 2), not array([[0.+1.j, 0.+1.j], [0.+1.j, 0.+1.j],",
    ),
    (
        "descend(SGD(), lambda x: x*1j, [1.], 3).positions",
        "the gradient must be an array of numbers, not array([0.+1.j]).",
    ),
    (
        "SGD().step(lambda x: x*1j, np.array([1.]), (np.array([0.]),))",
        "the gradient must be an array of numbers, not array([0.+1.j]).",
    ),
    (
        "descend(SGD(), f, [1.], 3, loss=lambda x: None).losses",
        "the loss must give numbers, of the shape of the runs, (), not None; is there a return?",
    ),
    (
        "SGD(np.ma.array([.1,.2], mask=[True,False]))",
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not",
    ),
    (
        "descend(SGD(), f, np.ma.array([1.,2.], mask=[1,0]), 1)",
        "start must be an array of numbers, of shape (..., d), not masked_array(data=[--, 2.0], mask=[",
    ),
    (
        "steps_to_stay_within(np.ma.array([[1.],[0.]], mask=[[1],[0]]))",
        "positions must have shape (steps + 1, ..., d), not masked_array( data=[[--], [0.0]], mask=[[",
    ),
    ("S.Quadratic((1,2), angle=np.nan).matrix", "angle must be a finite number, not nan."),
    ("S.Quadratic((1,2), center=(np.nan, 0))", "center must be one or more finite numbers, not (nan, 0)."),
    (
        "S.Quadratic((1,2), center=[[1,2],[3,4]])",
        "center must be one or more finite numbers in a row, not [[1, 2], [3, 4]].",
    ),
    ('S.Quadratic((1,2), center="ab")', "center must be one or more finite numbers, not 'ab'."),
    ('S.Quadratic((1,2), angle="a")', "angle must be a finite number, not 'a'."),
    ("S.Slope((np.nan,))", "steepness must be one or more finite numbers, not (nan,)."),
    ('S.Slope("ab")', "steepness must be one or more finite numbers, not 'ab'."),
    ("S.Slope(())", "steepness must be one or more finite numbers, not ()."),
    ("S.FlatQuartic(0)", "d must be a whole number of at least 1, not 0."),
    ('S.FlatQuartic("a")', "d must be a whole number of at least 1, not 'a'."),
    ('S.Rosenbrock("a")', "a must be a number from -1e+100 to 1e+100, not 'a'."),
    ("S.Rosenbrock(np.nan)", "a must be a number from -1e+100 to 1e+100, not nan."),
    ("D.make_regression(r, 10, noise=np.inf)", "noise must be a finite number of at least 0, not inf."),
    (
        "D.LogisticRegression(np.ones((3, 1)), np.array([0,1,1]), penalty=np.inf)",
        "penalty must be a finite number of at least 0, not inf.",
    ),
    (
        "D.LinearRegression(np.full((3,1),np.nan), np.ones(3))",
        "features must be an array of finite numbers; one of them is nan.",
    ),
    (
        "D.LinearRegression(np.zeros((0,1)), np.ones(0))",
        "features must be an array of finite numbers, not array([], shape=(0, 1), dtype=float64).",
    ),
    (
        "p.gradient(np.zeros(2), rows=None)",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not None.",
    ),
    (
        "p.gradient(np.zeros(2), rows=[-1])",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not [-1].",
    ),
    ('C.claim(8.0, "true", "5", True)', "number must be a whole number from 1 to 21, not 8.0."),
    ('C.claim(True, "true", "5", True)', "number must be a whole number from 1 to 21, not True."),
    ('G.Number("a", np.nan, "h")', "answer must be a finite number, not nan."),
    (
        "steps_to_stay_within([1., .5, 0.])",
        "positions must have shape (steps + 1, ..., d), not (3,); of one column write positions[:, :1].",
    ),
    (
        "steps_to_stay_within(run)",
        "positions must have shape (steps + 1, ..., d), not a Trajectory; write its .positions.",
    ),
    ("steps_to_stay_within(np.zeros((0, 1)))", "positions must have shape (steps + 1, ..., d), not (0, 1)."),
    (
        "descend(SGD(), S.valley(), [1., 2.], 3)",
        "gradient must be a function of the positions, or one for each step, not a Quadratic; write its",
    ),
    (
        "descend(SGD, f, [1.], 3)",
        "a rule is an object with init and step, such as SGD(0.1), not <class 'sgdlib.optimizer.SGD'>;",
    ),
    ('descend("sgd", f, [1.], 3)', "a rule is an object with init and step, such as SGD(0.1), not 'sgd'."),
    (
        "descend(SGD(), None, [1.], 3)",
        "gradient must be a function of the positions, or one for each step, not None.",
    ),
    ("descend(SGD(), [1,2,3], [1.], 3)", "each gradient must be a function of the positions, not 1."),
    ("descend(SGD(), np.array([1.]), [1.], 3)", "each gradient must be a function of the positions, not 1."),
    ('descend(SGD(), f, "a", 3)', "start must be an array of numbers, of shape (..., d), not 'a'."),
    ("descend(SGD(), f, [1j], 3)", "start must be an array of numbers, of shape (..., d), not [1j]."),
    (
        "descend(SGD(), f, [[1.],[1.,2.]], 3)",
        "start must be an array of numbers, of shape (..., d), not [[1.0], [1.0, 2.0]].",
    ),
    ("descend(SGD(), f, None, 3)", "start must be an array of numbers, of shape (..., d), not None."),
    (
        "descend(SGD(), f, [1.], 3, loss=lambda x: x)",
        "the loss must have the shape of the runs, (), not (1,).",
    ),
    (
        "descend(SGD(), f, [1.], 10**12)",
        "steps must be at most 1,000,000,000: 1000000000000 would not end today.",
    ),
    (
        "descend(SGD(), f, [1.], 10**30)",
        "steps must be a whole number of at least 0 that fits into 64 bits, not 1000000000000000000000000000000.",
    ),
    (
        "descend(SGD(), [None, None, None], [1.], 3)",
        "each gradient must be a function of the positions, not None.",
    ),
    (
        "descend(SGD(), iter([]), [1.], 3)",
        "there are 0 gradients for 3 steps (an iterator gives them once: make it anew); give one for each",
    ),
    ("SGD(0.1).step(f, [1.0], [0.0])", "state must be a tuple (velocity,), as init gives it, not [0.0]."),
    ("SGD(0.1).step(f, 1.0, 0.0)", "state must be a tuple (velocity,), as init gives it, not 0.0."),
    (
        "SGD(0.1).step(f, np.ones(1), np.zeros(2))",
        "state must be a tuple (velocity,), as init gives it, not array([0., 0.]).",
    ),
    (
        "SGD([.1,.2,.3]).step(f, np.ones((2,1)), np.zeros((2,1)))",
        "state must be a tuple (velocity,), as init gives it, not array([[0.], [0.]]).",
    ),
    (
        "SGD(0.1).step(f, np.ones(1), (np.zeros(2),))",
        "position (1,) and state (velocity,) (2,) must fit each other and the rule's hyperparameters.",
    ),
    (
        "SGD([.1,.2,.3]).step(f, np.ones((2,1)), (np.zeros((2,1)),))",
        "position (2, 1) and state (velocity,) (2, 1) must fit each other and the rule's hyperparameters.",
    ),
    ("p.value([1.0])", "positions of this problem have shape (..., 2), not (1,)."),
    ("p.value([1., 2., 3.])", "positions of this problem have shape (..., 2), not (3,)."),
    (
        "p.gradient(np.zeros(2), rows=[7])",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not [7].",
    ),
    (
        "p.gradient(np.zeros(2), rows=1)",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not 1.",
    ),
    (
        "p.gradient(np.zeros(2), rows=1.0)",
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not 1.0.",
    ),
    (
        'p.gradient(np.zeros(2), rows="a")',
        "rows must be at least one whole number from 0 to 2, in an array of shape (..., B), not 'a'.",
    ),
    (
        "D.make_regression(0)",
        "rng must be a generator of random numbers, not 0; write np.random.default_rng(0).",
    ),
    (
        "D.shuffled_batches(3, 10, 4)",
        "rng must be a generator of random numbers, not 3; write np.random.default_rng(3).",
    ),
    (
        "D.random_batches(None, 10, 4, 3)",
        "rng must be a generator of random numbers, not None; write np.random.default_rng(0).",
    ),
    (
        "D.noisy_gradient(f, 0, 1)",
        "rng must be a generator of random numbers, not 0; write np.random.default_rng(0).",
    ),
    ('t.rate("x")', "a must be a finite number, or an array of such numbers, not 'x'."),
    (
        't.half_life("a")',
        "momentum must be a number between 0 and 1, both excluded, or an array of such numbers, not 'a'.",
    ),
    (
        't.with_mass("a", 1, 1)',
        "mass must be a number from 0 to 1e+100, or an array of such numbers, not 'a'.",
    ),
    (
        't.noise_variance("a", 1)',
        "learning_rate must be a finite number above 0, or an array of such numbers, not 'a'.",
    ),
    (
        't.terminal_speed("0.1", .9, 3)',
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not '0.1'.",
    ),
    ('t.best_tuning("momentum",[1,2],[3,4])', "smallest must be a finite number above 0, not [1, 2]."),
    ("t.rate([1,2],[.1,.2,.3])", "the shapes must broadcast: a (2,) and momentum (3,) and nesterov ()."),
    (
        "t.noise_variance([.1,.2],[1,2,3])",
        "the shapes must broadcast: learning_rate (2,) and curvature (3,) and gradient_variance () and",
    ),
    ("t.critical_momentum(0)", "a must be a finite number above 0, or an array of such numbers, not 0."),
    (
        "t.critical_momentum(np.nan)",
        "a must be a finite number above 0, or an array of such numbers, not nan.",
    ),
    (
        "t.stability_limit(1.5)",
        "momentum must be a number from 0 to 1, or an array of such numbers, not 1.5.",
    ),
    (
        "t.noise_variance(0, 1)",
        "learning_rate must be a finite number above 0, or an array of such numbers, not 0.",
    ),
    ("D.make_regression(r, 10, 0)", "d must be a whole number of at least 1, not 0."),
    ('S.valley("a")', "condition_number must be a finite number of at least 1, not 'a'."),
    ("S.valley([1,2])", "condition_number must be a finite number of at least 1, not [1, 2]."),
    (
        "S.Quadratic([[1,2],[3,4]])",
        "curvatures must be one or more finite numbers in a row, not [[1, 2], [3, 4]].",
    ),
    ("S.Quadratic((1,2), center=3)", "center must have 2 numbers, one for each curvature, not 1."),
    ("S.Quadratic(None)", "curvatures must be one or more finite numbers, not None."),
    ('F.show([ax], alt="x"*50)', "a panel comes from panel(...); this is [<Axes: xlabel='x', ylabel='y'>]."),
    ('F.show(3, alt="x"*50)', "a panel comes from panel(...); this is 3."),
    ("F.show(ax, alt=None)", "alt must say what the picture shows, in at least 40 characters."),
    ('F.panel(xlabel=None, ylabel="y")', "every axis needs a label: give xlabel= and ylabel=."),
    ('F.curve(ax, 3.0, "momentum")', "a curve has values of shape (steps + 1,), not ()."),
    ('F.curve(ax, [1,2], "momentum", x=[1])', "x must have a number for each value, (2,), not (1,)."),
    ('F.curve(ax, np.ones((2,2,2)), "momentum")', "a curve has values of shape (steps + 1,), not (2, 2, 2)."),
    (
        'F.curve(ax, [1,2], ["momentum"])',
        'method must be "gradient descent", "SGD", "momentum", "Nesterov" or "Adam", not [\'momentum\'].',
    ),
    (
        'F.path(ax, run, "momentum")',
        "a path has positions of shape (steps + 1, 2), not Trajectory(positions=array([[1. , 2. ], [0.99",
    ),
    ('F.path(ax, "a", "momentum")', "a path has positions of shape (steps + 1, 2), not 'a'."),
    (
        "F.contours(ax, S.Slope((0.,0.)), (0,1), (0,1))",
        "the surface has no lines of equal loss in this range: it is flat there, or not finite.",
    ),
    (
        "F.contours(ax, S.valley(), (0,1), (0,1), levels=-5)",
        "levels must be a whole number from 1 to 1000, not -5.",
    ),
    (
        "F.contours(ax, S.valley(), (0,1), (0,1), levels=[3,1,2])",
        "levels must be numbers in a row, each above the one before, not [3, 1, 2].",
    ),
    (
        "F.contours(ax, S.valley(), (0,np.inf), (0,1))",
        "x and y must each be a pair (low, high), not (0, inf) and (0, 1).",
    ),
    ("F.contours(ax, S.valley(), 1, (0,1))", "x and y must each be a pair (low, high), not 1 and (0, 1)."),
    (
        "F.contours(ax, S.Lessard(), (0,1), (0,1))",
        "positions on this surface have shape (..., 1), not (121, 121, 2).",
    ),
    (
        "F.rate_map(ax, a=(-5,-1))",
        "a must overlap 0 to 4, where runs converge, and stay within -100 to 100, not (-5, -1).",
    ),
    (
        "F.rate_map(ax, a=(5,9))",
        "a must overlap 0 to 4, where runs converge, and stay within -100 to 100, not (5, 9).",
    ),
    ("F.rate_map(ax, a=(0, np.inf))", "a must be a pair (low, high), not (0, inf)."),
    ("F.rate_map(ax, a=3)", "a must be a pair (low, high), not 3."),
    ('C.claim(8, "true", 5, True)', "finding must be a sentence with the number that proves it, not 5."),
    (
        'C.claim(8, "true", None, True)',
        "finding must be a sentence with the number that proves it, not None.",
    ),
    ('C.claim([8], "true", "5", True)', "number must be a whole number from 1 to 21, not [8]."),
    (
        'C.claim(8, "true", "5", np.array([True, False]))',
        "holds must be True or False, not array([ True, False]).",
    ),
    ("E.check(None)", "name must be the name of an exercise, not None."),
    ("E.check(3)", "name must be the name of an exercise, not 3."),
    ("E.predict([])", "name must be the name of a question, not []."),
    (
        'G.Number("a", 1, "h", G.Mistake(3, "m"))',
        "mistakes must be a tuple such as (Mistake(3, '...'),), not Mistake(answer=3, message='m').",
    ),
    ("G.Mistake(3, None)", "message must be a sentence that helps, not None."),
    (
        'G.Exercise("a", "compute", {"x": 3})',
        "answers must be a Number or a Function for each name, not {'x': 3}.",
    ),
    (
        "t.nesterov_flow(np.inf)",
        "time must be a number from 0 to 1e+100, or an array of such numbers, not inf.",
    ),
    (
        "t.nesterov_flow(np.nan)",
        "time must be a number from 0 to 1e+100, or an array of such numbers, not nan.",
    ),
    (
        "t.damped_motion(1, 1, 1e200)",
        "friction must be a number from 0 to 1e+100, or an array of such numbers, not 1e+200.",
    ),
    # found by test_fuzzed_calls.py
    (
        "SGD(np.empty(0))",
        "learning_rate must be a finite number of at least 0, or an array of such numbers, not array([],",
    ),
    ("t.rate(np.ones((1,) * 40))", "a must be a finite number, or an array of such numbers, not array([[[[["),
    (
        "SGD().init(np.empty((2, 0)))",
        "position must be an array of numbers, of shape (..., d), not array([], shape=(2, 0),",
    ),
    ("S.FlatQuartic(10**400)", "d must be a whole number of at least 1 that fits into 64 bits, not 10000000"),
    (
        "descend(SGD(), np.array(1.0), [1.], 3)",
        "gradient must be a function of the positions, or one for each step, not 1.",
    ),
    ("D.batch_gradients(p, np.array(1.0))", "batches must hold the rows of each batch, not 1."),
    (
        "D.batch_gradients(S.valley(), [[0]])",
        "problem must be a loss over data, such as a LinearRegression, not Quadratic(",
    ),
    (
        "t.sharpness(lambda u: [1e300, 1.0], (2,))",
        "the products must be finite numbers, at most 1e150 in size; take them where",
    ),
    ('F.panel(np.zeros(2), xlabel="x", ylabel="y")', "title must be a text, not array([0., 0.])."),
    ('F.curve(ax, [1, 2], "momentum", label=[1, 2])', "label must be a text, not [1, 2]."),
    (
        "F.contours(ax, S.valley(), (0, 1), (0, 1), levels=np.uint8([200, 100]))",
        "levels must be numbers in a row, each above the one before, not array([200, 100], dtype=uint8).",
    ),
    ('F.palette_css(light=["html"])', "light must be the selector of a page, not ['html']."),
    ('C.tried([True], "a", where=np.zeros(2))', "where must be a text, not array([0., 0.])."),
    ('E.check("a" * 10**5)', f"there is no exercise '{'a' * 88}…."),
    ('capped("0.1")', "losses must be an array of numbers, not '0.1'."),
    ("search.suggest([1, 2], 30)", "history must be a list of what was tried, each a Trial, not [1, 2]."),
    ('recipe.schedule("0.1", 100)', "peak must be a finite number above 0, not '0.1'."),
    (
        'translate.read(["torch"], {})',
        'library must be "torch", "optax", "keras2", "mlp", "sgdclassifier", "timm"',
    ),
    ('translate.read("torch", {"lr": 10**400})', "lr must be a number above 0, not 10000000"),
    (
        'translate.read("torch", None)',
        "arguments must be a dict of the library's arguments by name, not None.",
    ),
    ("translate.pasted(None)", "text must be lines of code, not None."),
]


@pytest.mark.parametrize(("call", "sentence"), REFUSED)
def test_an_odd_call_is_answered_in_one_sentence(call, sentence):
    with pytest.raises((ValueError, TypeError)) as error:
        eval(call, known())
    said = str(error.value)
    assert said.startswith(sentence)
    assert said.endswith((".", "?")) and "\n" not in said
    assert Path(error.traceback[-1].path).is_relative_to(Path(checks.__file__).parent)


RIGHT = [
    (
        "D.LinearRegression(np.full((4, 2), 200, np.uint8), np.ones(4, np.uint8)).hessian",
        [[4e4, 4e4], [4e4, 4e4]],
    ),
    (
        "D.LinearRegression(np.full((4, 2), 200, np.uint8), np.ones(4, np.uint8)).value(np.uint8([1, 1]))",
        79600.5,
    ),
    ("D.LinearRegression(np.full((2, 1), 100, np.int8), np.ones(2)).hessian", [[1e4]]),
    ("D.LinearRegression([[2**32], [1]], [1, 2]).hessian", [[(2.0**64 + 1) / 2]]),
    ("D.LinearRegression([[1.0], [2.0]], [2.0, 4.0]).minimum", [2.0]),
    ("lg.gradient([0.0])", [-1 / 6]),
    ("lg.value([0.0])", np.log(2)),
    ("[len(rows) for rows in D.shuffled_batches(r, 200, np.uint8(150))]", [150, 50]),
    ("t.stability_limit([0.9, 0.5], nesterov=[True, False])", [3.8 / 2.8, 3.0]),
    ("t.rate([0.1, 0.1], 0.9, nesterov=[True, False])", [0.9, np.sqrt(0.9)]),
    ("t.noise_variance(0.1, 1.0, 0.9, nesterov=[False, True])", [0.51351351, 0.27063397]),
    ("t.rate(1e200, 0.9)", 1e200),
    ("t.noise_variance(1e200, 1e200)", np.inf),
    ("S.Beale().value([1e200, 1e200])", np.inf),
    ("t.steps_to_shrink(0.5, [0.5, 0.25])", [1.0, 2.0]),
    ("t.with_mass([1, 2], 1, 1).momentum", [1 / 2, 2 / 3]),
    ("t.nesterov_bound(1, [0.1, 0.2], 1)", [5.0, 2.5]),
    ("t.damped_motion([1.0, 1e9], 1.0, 1e9)", [1.0, np.exp(-1)]),
    (
        "t.nesterov_flow([1999.9, 2000.1], 1.0, 1e6)",
        [1e6 * t.nesterov_flow(1999.9), 1e6 * t.nesterov_flow(2000.1)],
    ),
    ("t.nesterov_flow(1e9)", 0.0),
    ("np.shape(t.nesterov_flow(np.linspace(0, 1e5, 1000)))", [1000]),
    ("S.Slope(3).value([2.0])", 6.0),
    ("constant.grade(lambda x: '1.0')[0]", False),
    ("constant.grade(lambda x: True)[0]", False),
    ("constant.grade(lambda x: np.complex128(1 + 5j))[0]", False),
    ("constant.grade(lambda x: exit())[0]", False),
    ("G.Number('a', 7, 'Count.').grade(checks.Decimal(7))[0]", True),
    ("G.Number('a', 7, 'Count.').grade(np.ma.array(7, mask=True))[0]", False),
    ("Run(0.1, 0.9, np.False_, np.int64(3)).batch_size", 3),
    ("LearningRateExplorer(learning_rate=np.float32(0.5)).learning_rate", 0.5),
    # found by test_fuzzed_calls.py
    ("D.LogisticRegression(np.eye(2), np.array([0, 1]), 0.1).value(np.uint8([200, 100]))", 100 + 2500),
    ("D.LinearRegression(np.eye(2), np.ones(2)).noise_floor(1e300, 1)", np.inf),
    ("t.noisy_losses([1e300, 1.0])", [0.5, np.inf, np.inf]),
    ("t.damped_motion(1e-320, 2.0, 0.5)", 1.0),
    ("t.speed_on_slope(0, 1e300, 0.9, 1e300)", 0.0),
    ("t.nesterov_bound(1e200, 1.0, 1e200)", 2.0),
    ("S.valley().value(np.empty((0, 2)))", []),
    ("list(D.batch_gradients(p, []))", []),
    ("len(translate.pasted('a' * 10**5)[2])", 1),
]


@pytest.mark.parametrize(("call", "answer"), RIGHT)
def test_an_odd_call_that_means_something_is_answered(call, answer):
    np.testing.assert_allclose(eval(call, known()), answer, rtol=1e-7, atol=1e-9)


def test_single_precision_is_held_to_the_same_ends():
    """A bound of 1e50 does not fit into float32: it must neither warn nor let an infinity through."""
    images = np.ones((3, 2), np.float32)
    assert D.LinearRegression(images, np.ones(3, np.float32)).features.dtype == np.float32
    for odd in (np.inf, -np.inf, np.nan):
        with pytest.raises(
            ValueError, match=r"^features must be an array of finite numbers; one of them is "
        ):
            D.LinearRegression(np.float32(odd) * images, np.ones(3))


def test_the_far_bessel_function_joins_the_near_one():
    """Both sides of the border, from the integral and from the expansion."""
    s = np.linspace(1500.0, 2500.0, 7)
    np.testing.assert_allclose(t._bessel(s), t._bessel_far_out(s), rtol=0, atol=1e-12)


def test_what_belongs_to_a_class_cannot_be_changed():
    for surface in (S.Beale(), S.Himmelblau(), S.Saddle(), S.Lessard()):
        with pytest.raises(ValueError):
            surface.minimum[0] = 7.0
    rates = np.array([0.1, 0.2])
    optimizer = SGD(rates)
    rates[0] = -9
    assert optimizer.learning_rate.tolist() == [0.1, 0.2]
    for name, value in {"learning_rate": -5, "momentum": "a", "nesterov": [1]}.items():
        with pytest.raises(ValueError, match=f"^{name} must be "):
            setattr(optimizer, name, value)
    with pytest.raises(
        AttributeError, match=r"^SGD has no learning_rat; it has learning_rate, momentum, nesterov\.$"
    ):
        optimizer.learning_rat = 0.1


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [-1.0, -2.0]])
def test_a_picture_in_which_nothing_can_be_seen_is_refused(values):
    ax = F.panel(xlabel="x", ylabel="y", log=True)
    ax.plot(range(len(values)), []) if not values else F.curve(ax, values, "momentum")
    with pytest.raises(ValueError, match=r"^panel 1 is blank"):
        F.show(ax, alt="x" * 50)


# ---------- files


def test_no_file_is_lost_that_is_none_of_ours(tmp_path, capsys):
    """Nothing is written before it is known what the file is; --again replaces tables only."""
    path = tmp_path / "notes.txt"
    path.write_text("hello", encoding="utf-8")
    for refused in (lambda: sweep(find("digits"), [], path), lambda: race.write([], path)):
        with pytest.raises(ValueError, match=r"notes\.txt is not the table of a"):
            refused()
    with pytest.raises(ValueError, match=r"notes\.txt holds something else than readings of a Meter"):
        Meter(np.ones((4, 1)), np.ones(4), log=path)
    for more in ([], ["--again"]):
        assert main(["edge", "--output", str(path), *more]) == 2
    assert path.read_text(encoding="utf-8") == "hello"
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda row: ["0.1", "0.9", "7", *row[3:]], "is no setting of the experiment"),
        (lambda row: [*row[:3], "32.9", *row[4:]], "is no setting of the experiment"),
        (lambda row: ["nan", *row[1:]], "is no setting of the experiment"),
        (lambda row: [*row[:7], "nan", *row[8:]], "is not what a run writes"),
        (lambda row: [*row[:7], "much", *row[8:]], "is not what a run writes"),
        (lambda row: [*row[:6], "5", *row[7:]], "is not what a run writes"),
        (lambda row: row[:-1], "is not what a run writes"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path, change, sentence):
    digits = find("digits")
    lines = digits.table.read_text(encoding="utf-8").splitlines()[:4]
    path = tmp_path / "table.csv"
    path.write_text("\n".join([*lines[:3], ",".join(change(lines[3].split(",")))]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"table\.csv .*{sentence}"):
        digits.load(path)
    path.write_text("\n".join([*lines[:3], lines[2]]) + "\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"table\.csv is damaged: its line 4 has a setting that is there already"
    ):
        digits.load(path)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Run("0.1"), "learning_rate must be a finite number above 0"),
        (lambda: Run(True), "learning_rate must be"),
        (lambda: Run(np.array([0.1])), "learning_rate must be"),
        (lambda: Run(0.1, nesterov=3), "nesterov must be True or False"),
        (lambda: Run(0.1, batch_size=True), "batch_size must be a whole number"),
        (lambda: Run(0.1, seed=2**32), "seed must be a whole number from 0 to 4294967295"),
        (lambda: loss_map(load(), nesterov="no"), "nesterov must be True or False"),
        (lambda: loss_map(load(), batch_size=7), "batch_size must be 1, 8, 32, 128, 512 or 1437"),
        (lambda: loss_map(3), "table must be what load"),
        (lambda: sweep(find("digits"), [1, 2], "x.csv"), "runs must each be a Run"),
        (lambda: sweep(find("digits"), [], "x.csv", workers="a"), "workers must be a whole number"),
        (lambda: sweep(find("digits"), [], "/nonexistent/x.csv"), "there is no folder /nonexistent"),
        (lambda: load(3), "path must be the path of a file"),
        (lambda: find([]), "there is no experiment"),
        (lambda: base.number(5.0, 0.0, 1.0), "the default must be from"),
        (lambda: base.number(0.5, 1.0, 0.0), "the default must be from"),
        (lambda: base.one_of((1.0, 2.0), 3.0), "the default must be one of"),
    ],
)
def test_odd_settings_are_refused(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}.*[.]$"):
        call()


@pytest.mark.parametrize("value", [99.0, np.nan, "a", True, None, [0.5], 1j])
def test_a_widget_says_what_a_setting_may_be(value):
    with pytest.raises(
        traitlets.TraitError, match=r"^learning_rate must be a number from 0\.005 to 2\.4, not .*\.$"
    ):
        LearningRateExplorer(learning_rate=value)


def test_a_widget_takes_its_settings_by_name():
    with pytest.raises(TypeError, match=r"^BatchExplorer takes its settings by name: axis=\.\.\.\.$"):
        BatchExplorer(0.5)
    with pytest.raises(traitlets.TraitError, match=r"^batch_size must be .*, not True\.$"):
        BatchExplorer(batch_size=True)
