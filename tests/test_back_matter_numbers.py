"""Every number and formula of the cheat sheet, the glossary, the questions and the page for teachers is computed."""

from __future__ import annotations

import colorsys
import math
import re
from functools import cache

import numpy as np
import pytest
import times
from answers import answers, is_printed
from told import CHAPTERS, agrees, draws, found, near, text_of, unproved, worth

from sgdlib import SGD, descend, steps_to_stay_within, theory
from sgdlib.adam import Adam
from sgdlib.claims import VERDICTS
from sgdlib.experiments import autoencoder, digits
from sgdlib.figures import LOOKS
from sgdlib.practice import race
from sgdlib.surfaces import Quadratic, valley
from sgdlib.widgets.small import opening_race

UNIT, MU, SMALL = (0.01, 1.0), (0.05, 0.99), (1e-5, 1e-3)
METHODS = {
    "gradient descent": "gradient descent",
    "momentum": "momentum",
    "standard": "nesterov standard",
    "bowls": "nesterov",
}


def told_in(chapter: str) -> str:
    """What stands in a chapter's notebook, for a round number that a rule of thumb shares with it."""
    return (CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8")


@cache
def best_steps(method: str, kappa: float = 100.0) -> int:
    """Counted steps to 1e-6 from (1, 1), curvatures 1 and κ, at the setting that is best in the long run."""
    tuned = theory.best_tuning(method, 1, kappa)
    most = int(3 * theory.steps_to_shrink(tuned.rate)) + 100
    return int(
        steps_to_stay_within(
            descend(tuned.optimizer, Quadratic((1.0, kappa)).gradient, [1.0, 1.0], most).positions
        )
    )


@cache
def steps(rate: float, momentum: float = 0.0, nesterov: bool = False, bowl: str = "Q100") -> int:
    """Counted steps to 1e-6 at a setting; Q100, the valley or the well."""
    surface, start = {
        "Q100": (Quadratic((1.0, 100.0)), [1.0, 1.0]),
        "valley": (valley(), [-5.0, 2.0]),
        "well": (Quadratic((1.0,)), [1.0]),
    }[bowl]
    path = descend(SGD(rate, momentum, nesterov), surface.gradient, start, 3000).positions
    return int(steps_to_stay_within(path, 1e-6, surface.minimum))


def tuned(of: str, setting: str) -> bool:
    """Whether the η or μ of a table's row is that of ``best_tuning``."""
    for m, kappa in [(0.1, 20), (1, 1.5), (1, 100), (2.5, 1e4)]:
        eta, mu = (worth(tex, L=m * kappa, m=m, kappa=kappa) for tex in setting)
        rule = theory.best_tuning(METHODS[of], m, m * kappa).optimizer
        if not np.allclose([eta, mu], [rule.learning_rate, rule.momentum]):
            return False
    return True


def rule_is(momentum: bool, nesterov: bool, velocity: str, move: str) -> bool:
    """Whether a rule as printed makes the steps of sgdlib: η, μ, position and velocity at random."""
    n = draws(eta=UNIT, mu=MU, w=(-3, 3), v=(-2, 2) if momentum else (0, 0))
    names = n | {"g": lambda w: 1.7 * w - 0.3}
    v = worth(velocity, **names) if momentum else 0
    w = worth(move, **names | {"v": v})
    ours = SGD(n["eta"], n["mu"] if momentum else 0.0, nesterov)
    position, (after,) = ours.step(lambda p: 1.7 * p - 0.3, n["w"][:, None], (n["v"][:, None],))
    return np.allclose(position[:, 0], w) and (not momentum or np.allclose(after[:, 0], v))


def fails(rate: str, momentum: str) -> bool:
    """Whether a rate is the first on the board at which the network does not train."""
    table = digits.load()
    plain = table[(table["batch_size"] == 32) & ~table["nesterov"] & (table["momentum"] == float(momentum))]
    rates = np.unique(plain["learning_rate"])
    loss = np.array([plain["validation_loss"][plain["learning_rate"] == r, -1].mean() for r in rates])
    first = rates[~(loss < 1) & (rates > rates[np.nanargmin(loss)])][0]
    return 2 <= first / rates[np.nanargmin(loss)] <= 11 and float(rate) == first


def crossing(mu: float) -> float:
    """Where Nesterov's rate stops being below that of the heavy ball."""
    a = np.linspace(1.0, theory.stability_limit(mu, True), 200_001)
    return a[np.argmax(theory.rate(a, mu, True) >= theory.rate(a, mu))]


def noise(a: float, mu: float, factor: float = 1.0) -> float:
    """How many times SGD's variance momentum has, its rate being a and SGD's a times a factor."""
    return theory.noise_variance(a, 1.0, mu) / theory.noise_variance(a * factor, 1.0)


def after_drop(mu: float, by: float, torch: bool = False) -> float:
    """On a constant slope at terminal speed: the step after a drop of the rate, as a share of the last."""
    return 1 / by if torch else theory.speed_after_change(1, 1 / by, mu)


def decay(torch: bool, eta: float = 0.1, wd: float = 0.01, mu: float = 0.9, updates: int = 200) -> float:
    """A weight without a slope, from 1: decay beside the step, or through the velocity."""
    w, v = 1.0, 0.0
    for _ in range(updates):
        v = mu * v + (wd * w if torch else 0)
        w = w - eta * v if torch else w * (1 - eta * wd)
    return w


def grows(method: str, power: float) -> bool:
    """Whether the best steps grow like a power of κ, within a tenth from κ = 100 to 1000."""
    return abs(best_steps(method, 1e3) / best_steps(method, 1e2) / 10**power - 1) < 0.1


def shares(number: str, quantity, momenta=(0.5, 0.9, 0.99)) -> bool:
    return all(near(n, quantity(mu)) for n, mu in zip(number.split(" | "), momenta, strict=True))


SHEET = {
    r"$\kappa = §$, $a = §$.": lambda kappa, a: (
        agrees(kappa, lambda L, m: L / m, L=(2, 9), m=(0.1, 2))
        and agrees(a, lambda eta, lam: eta * lam, eta=UNIT, lam=(1, 9))
    ),
    "velocity (starts at §)": lambda v: SGD(0.1, 0.9).init(np.ones(2))[0].tolist() == [float(v)] * 2,
    r"| gradient descent, SGD | $w \leftarrow §$ |": lambda move: rule_is(False, False, "", move),
    r"| momentum | $v \leftarrow §,\; w \leftarrow §$ |": lambda v, w: rule_is(True, False, v, w),
    r"| Nesterov | $v \leftarrow §,\; w \leftarrow §$ |": lambda v, w: rule_is(True, True, v, w),
    r"| Method | Converges for $\eta L$ below | At $\mu = §$ |": lambda mu: mu == "0.9",
    "| gradient descent | $§$ | § |\n| momentum | $2": lambda tex, at: (
        float(tex) == float(at) == theory.stability_limit()
    ),
    r"| momentum | $§(1+\mu)$ | § |": lambda two, at: (
        agrees(two + r"(1+\mu)", lambda mu: theory.stability_limit(mu), mu=MU)
        and near(at, theory.stability_limit(0.9))
    ),
    "| Nesterov | $(2§$ | § |": lambda tex, at: (
        agrees("(2" + tex, lambda mu: theory.stability_limit(mu, True), mu=MU)
        and near(at, theory.stability_limit(0.9, True))
    ),
    r"momentum with $§$, calmer up to $a = §$, § at §.": lambda less, upper, at, mu: (
        agrees(less, lambda a, mu: theory.effective_momentum(a, mu), a=(0, 1.9), mu=MU)
        and all(abs(worth(upper, mu=m) - crossing(m)) < 1e-3 for m in (0.1, 0.5, 0.9, 0.99))
        and near(at, crossing(float(mu)))
    ),
    r"network fails (ten times its best loss) at $\eta$ = §, § and § with momentum §, § and §.": lambda *said: (
        all(map(fails, said[:3], said[3:]))
    ),
    "| gradient descent | $2/§$ | § | § |": lambda eta, mu, count: (
        tuned("gradient descent", ("2/" + eta, mu)) and near(count, best_steps("gradient descent"))
    ),
    "| momentum | $4§$ | $§$ | § |": lambda eta, mu, count: (
        tuned("momentum", ("4" + eta, mu)) and near(count, best_steps("momentum"))
    ),
    "| Nesterov, standard | $§$ | $§$ | § |": lambda eta, mu, count: (
        tuned("standard", (eta, mu)) and near(count, best_steps("nesterov standard"))
    ),
    "| Nesterov, for bowls | $§$ | $§$ | § |": lambda eta, mu, count: (
        tuned("bowls", (eta, mu)) and near(count, best_steps("nesterov"))
    ),
    r"Steps from $(§, §)$ to $10^{§}$ for $\kappa = §$: gradient descent's grow like $\kappa$, about $§\kappa$; "
    r"the others' like $§$.": lambda x, y, power, kappa, about, others: (
        (x, y, power, kappa) == ("1", "1", "-6", "100")
        and grows("gradient descent", 1)
        and all(
            abs(best_steps("gradient descent", k) / (float(about) * k) - 1) < 0.03 for k in (10, 100, 1000)
        )
        and agrees(others, lambda kappa: kappa**0.5, kappa=(1, 99))
        and all(grows(method, 0.5) for method in list(METHODS.values())[1:])
    ),
    r"critical damping at $\mu=§$, with Nesterov $§$; both have the factor per step $§$, "
    r"for $a \le §$.": lambda *said: critical(*said),
    r"A swinging run of momentum has the factor per step $§$, whatever $\eta$; "
    r"Nesterov's is $§$.": lambda heavy, ahead: swinging(heavy, False) and swinging(ahead, True),
    r"| Quantity, at | $\mu = §$ | § | § |": lambda *mu: mu == ("0.5", "0.9", "0.99"),
    r"| longest step, in $\eta g$: $§$ | § |": lambda tex, said: agrees(
        tex, lambda mu: theory.terminal_speed(1.0, mu), mu=MU
    ),
    r"in $\eta g$: $1/(1-\mu)$ | § | § | § |": lambda *said: shares(
        " | ".join(said), lambda mu: theory.terminal_speed(1.0, mu)
    ),
    "| half-life, in steps | § | § | § |": lambda *said: shares(" | ".join(said), theory.half_life),
    "| averages noise over $§$ | § | § | § |": lambda tex, *said: (
        agrees(tex, lambda mu: theory.variance_window(mu), mu=MU)
        and shares(" | ".join(said), theory.variance_window)
    ),
    "**effective learning rate** $§$.": lambda tex: agrees(
        tex, lambda eta, mu: theory.effective_learning_rate(eta, mu), eta=UNIT, mu=MU
    ),
    r"- § → §: $§$ keeps the speed, $§$ the damping.": lambda low, high, speed, damping: (
        np.allclose(
            theory.effective_learning_rate(1.0, float(low)),
            theory.effective_learning_rate(worth(speed, eta=1.0), float(high)),
        )
        and np.allclose(
            theory.friction(1.0, float(low)), theory.friction(worth(damping, eta=1.0), float(high))
        )
    ),
    r"batch gradient: $§$, rows drawn independently. Updates an epoch: $§$.": lambda variance, updates: (
        batch_variance(variance)
        and all(
            worth(updates, N=n, B=b) == math.ceil(n / b) for n in (32, 1000, 1437) for b in (1, 32, 64, 1000)
        )
    ),
    r"at small $\eta L$: about $§$;": lambda tex: floor(tex),
    r"multiplies it by about $§$ while $a$ is small (at § by § for $a = §$, by § for §).": lambda tex, mu, x, a, y, b: (
        agrees(tex, lambda mu: noise(1e-4, mu), mu=(0.5, 0.95), rtol=0.01)
        and near(x, noise(float(a), float(mu)))
        and near(y, noise(float(b), float(mu)))
    ),
    r"Batch ×§ with $\eta$ ×§: the same picture, well below SGD's own limit, which "
    "rises with $B$, up to $§$.": lambda b, eta, top: (
        same_picture(float(b), float(eta))
        and agrees(top, lambda L: theory.stability_limit() / L, L=(0.1, 50))
    ),
    r"Averaging form, $§g$: $\eta' = §$.": lambda share, eta: averaging(share, eta),
    "a batch of §.": lambda batch: int(batch) == digits.Run(1.0).batch_size,
    r"Changing $B$ later, keep $§$; changing $\mu$, $§$.": lambda batch, momentum: (
        np.allclose(worth(batch, eta=4.0, B=4.0), worth(batch, eta=1.0, B=1.0))
        and same_picture(4, 4)
        and agrees(momentum, lambda eta, mu: theory.effective_learning_rate(eta, mu), eta=UNIT, mu=MU)
    ),
    r"more momentum, $1-\mu = §$.": lambda tex: all(
        np.isclose(worth(tex, kappa=k), 1 - theory.best_tuning("momentum", 1, k).optimizer.momentum)
        for k in (1.0, 2.0, 16.0, 100.0, 1e6)
    ),
    r"spend § or § runs on $\eta$ and weight decay together, each run with a warm-up and a cosine to §.": (
        lambda few, many, end: (
            [int(few), int(many)] == sorted({*race.load()["budget"].tolist()}) and end == "0"
        )
    ),
    "divide by § to §.\n- A straight": lambda low, high: (
        all(float(low) * 0.99 <= ratio <= float(high) * 1.01 for ratio in below_failure())
        and f"by {low} to {high}" in told_in("gradient-descent")
    ),
    r"milder than PyTorch's, by about $§$.": lambda tex: all(
        np.isclose(
            math.log(decay(False, wd=1e-4, mu=mu, updates=3000))
            / math.log(decay(True, wd=1e-4, mu=mu, updates=3000)),
            worth(tex, mu=mu),
            rtol=0.03,
        )
        for mu in (0.5, 0.9, 0.95)
    ),
    "with momentum § does nothing": lambda mu: np.array_equal(
        *(
            descend(SGD(0.3, float(mu), ahead), valley().gradient, [-5.0, 2.0], 20).positions
            for ahead in (False, True)
        )
    ),
    r"tenfold drop of $\eta$ at $\mu = §$ the next step is § of the last, on a slope; "
    "PyTorch's is §.": lambda mu, k, t: (
        near(k, after_drop(float(mu), 10)) and near(t, after_drop(float(mu), 10, torch=True))
    ),
    r"Keras' weights are $§$.": lambda tex: ahead_is(tex),
}

GLOSSARY = {
    "The $B$ samples behind one gradient. Keras takes § unless told otherwise.": lambda batch: (
        int(batch) == digits.Run(1.0).batch_size
    ),
    "such as $§$. Its curvatures": lambda tex: agrees(
        re.sub(r"\\tfrac(\d)(\d)", r"(\1/\2)", tex),
        lambda x, y: Quadratic((1.0, 100.0)).value(np.stack([x, y], -1)),
        x=(-2, 2),
        y=(-2, 2),
    ),
    r"$\kappa = §$, the largest": lambda tex: agrees(tex, lambda L, m: L / m, L=(2, 9), m=(0.1, 2)),
    r"needs about $§\kappa$ steps": lambda about: all(
        abs(best_steps("gradient descent", k) / (float(about) * k) - 1) < 0.03 for k in (10, 100, 1000)
    ),
    "The distance to the minimum goes to §.": lambda zero: (
        abs(descend(SGD(0.5), Quadratic((1.0,)).gradient, [1.0], 2000).positions[-1, 0] - float(zero))
        < 1e-300
    ),
    r"the best momentum for one $a = \eta\lambda$: $\mu = §$, with Nesterov $\mu = §$. "
    r"Both have the factor per step $§$, for $a \le §$.": (lambda *said: critical(*said)),
    "once a coordinate leaves $[-10^{§}, 10^{§}]$.": lambda low, high: (
        low == high
        and descend(SGD(1.0), lambda w: -w, [0.51 * 10 ** int(high)], 1).diverged.item()
        and not descend(SGD(1.0), lambda w: -w, [0.49 * 10 ** int(high)], 1).diverged.item()
    ),
    "$§$, how far one gradient moves the position in the end. With momentum § it is ten times": lambda tex, mu: (
        agrees(tex, lambda eta, mu: theory.effective_learning_rate(eta, mu), eta=UNIT, mu=MU)
        and np.isclose(theory.effective_learning_rate(1.0, float(mu)), 10)
    ),
    "$N$ samples: $§$ updates.": lambda tex: all(
        worth(tex, N=n, B=32) == math.ceil(n / 32) for n in (32, 1000, 1437)
    ),
    "the share $§$ a step. For the ball that momentum imitates, it is $c = §$.": lambda share, c: (
        agrees(share, lambda mu: 1 - theory.effective_momentum(0.0, mu), mu=MU)
        and agrees(c, lambda eta, mu: theory.friction(eta, mu), eta=UNIT, mu=MU)
    ),
    r"rises most steeply, $g = §$.": lambda tex: tex == r"\nabla f(w)",
    r"$w \leftarrow §$, with the gradient": lambda move: rule_is(False, False, "", move.replace("g", "g(w)")),
    "half its strength, $§$: § steps for momentum §.": lambda tex, at, mu: (
        agrees(tex, lambda mu: theory.half_life(mu), mu=MU) and near(at, theory.half_life(float(mu)))
    ),
    r"How far a step goes for a gradient of §, $\eta$; `learning_rate` in Keras, § by default.": lambda g, default: (
        float(g) == 1 and float(default) == SGD().learning_rate
    ),
    r"The $a = \eta\lambda$ below which a run converges, on a bowl without noise: § for "
    "gradient descent; at momentum §, §, and § with Nesterov.": (
        lambda plain, mu, heavy, ahead: (
            near(plain, theory.stability_limit())
            and near(heavy, theory.stability_limit(float(mu)))
            and near(ahead, theory.stability_limit(float(mu), True))
        )
    ),
    r"$§$, where the velocity alone would land": lambda tex: ahead_is(tex),
    r"$\mu$, from § to §; `momentum` in Keras, § by default. Also the method that "
    r"uses it: $v \leftarrow §$, then $w \leftarrow §$.": (
        lambda low, high, default, v, w: (
            (float(low), float(high)) == (0, 1)
            and float(default) == SGD().momentum
            and rule_is(True, False, v.replace("g", "g(w)"), w)
        )
    ),
    r"In a bowl it is momentum with $§$ in place": lambda tex: agrees(
        tex, lambda mu, eta, lam: theory.effective_momentum(eta * lam, mu), mu=MU, eta=UNIT, lam=(0.1, 1)
    ),
    r"about $§$ for SGD with a small": lambda tex: floor(tex),
    "Small is fast, § stands still, above § it diverges.": lambda still, above: still == above == "1",
    r"steps to $10^{§}$": lambda power: power == "-6",
    r"number of steps until $\lVert w - w^*\rVert$ stays below $10^{§}$ for the rest": lambda power: (
        int(steps_to_stay_within(np.array([[1.0], [1e-7], [10.0 ** (int(power) + 1)], [1e-7]]))) == 3
        and power == "-6"
    ),
    r"push and friction are equal: $§$ on a constant slope.": lambda tex: agrees(
        tex, lambda eta, g, mu: theory.terminal_speed(eta, mu, g), eta=UNIT, g=(0.1, 5), mu=MU
    ),
    "such as $§x^2 + §y^2$.": lambda x, y: np.allclose(
        valley().gradient(np.array([1.0, 1.0])), [2 * float(x), 2 * float(y)]
    ),
    "It starts at §.": lambda v: SGD(0.1, 0.9).init(np.ones(2))[0].tolist() == [float(v)] * 2,
}


def critical(heavy: str, ahead: str, rate: str, upto: str) -> bool:
    """Critical damping by the formulas: no momentum on a fine grid has a better rate, up to a = 1 and not beyond."""
    mu = np.linspace(0, 1, 2001)
    for a in (0.001, 0.01, 0.1, 0.5, float(upto)):
        for tex, nesterov in ((heavy, False), (ahead, True)):
            at = theory.rate(a, worth(tex, a=a), nesterov)
            if (
                not np.isclose(at, worth(rate, a=a), atol=1e-6)
                or (theory.rate(a, mu, nesterov) < at - 1e-3).any()
            ):
                return False
    beyond = float(upto) + 0.1
    return not np.isclose(theory.rate(beyond, worth(heavy, a=beyond)), worth(rate, a=beyond))


def swinging(tex: str, nesterov: bool) -> bool:
    n = draws(2000, a=(0.001, 3.9), mu=MU)
    swings = np.array(theory.regime(n["a"], n["mu"], nesterov)) == "underdamped"
    with np.errstate(invalid="ignore"):
        said = worth(tex, **n) * np.ones(2000)
    return swings.sum() > 300 and np.allclose(
        said[swings], theory.rate(**{"a": n["a"], "momentum": n["mu"]}, nesterov=nesterov)[swings]
    )


def batch_variance(tex: str) -> bool:
    rows = 2.0 * np.random.default_rng(1).standard_normal((20_000, 64))
    return all(
        np.isclose(rows[:, :b].mean(1).var(), worth(tex, sigma=2.0, B=b), rtol=0.05) for b in (1, 4, 16, 64)
    )


def floor(tex: str) -> bool:
    def exact(eta, sigma, B):
        return theory.noise_floor(eta, 1.0, gradient_variance=sigma**2 / B)

    return agrees(tex, exact, rtol=1e-3, eta=SMALL, sigma=(0.1, 9), B=(1, 99))


def same_picture(batch: float, rate: float) -> bool:
    """The floor and the way per sample are the same within 5 % at small rates, and the limit rises with B.

    In one dimension with normal inputs of variance 1 a batch multiplies the mean square of the distance by
    (1 − η)² + 2η²/B, which is 1 at η = 2/(1 + 2/B).
    """
    n = draws(eta=(1e-4, 0.02), s=(0.1, 9))
    floors = [
        theory.noise_floor(n["eta"] * by, 1.0, gradient_variance=n["s"] / of)
        for by, of in ((1, 1), (rate, batch))
    ]
    size = np.array([1.0, 4.0, 16.0, 64.0, 1e9])
    limits = 2 / (1 + 2 / size)
    square = (1 - limits) ** 2 + 2 * limits**2 / size
    return bool(
        np.allclose(*floors, rtol=0.05)
        and rate == batch
        and np.allclose(square, 1)
        and (np.diff(limits) > 0).all()
        and np.isclose(limits[-1], theory.stability_limit())
    )


def averaging(share: str, eta: str) -> bool:
    """The averaging form at its own rate walks momentum's path."""
    rate, mu = 0.05, 0.9
    w, m, gradient = np.array([-5.0, 2.0]), np.zeros(2), valley().gradient
    for _ in range(60):
        m = mu * m + worth(share, mu=mu) * gradient(w)
        w = w - worth(eta, eta=rate, mu=mu) * m
    return np.allclose(w, descend(SGD(rate, mu), gradient, [-5.0, 2.0], 60).positions[-1])


def ahead_is(tex: str) -> bool:
    """Keras' rule, m ← μm − ηg(w), w ← w + μm − ηg, has in w the formula of our w and v."""
    rate, mu, gradient = 0.05, 0.9, valley().gradient
    w, m = np.array([-5.0, 2.0]), np.zeros(2)
    run = descend(SGD(rate, mu, nesterov=True), gradient, [-5.0, 2.0], 60)
    for k in range(61):
        if not np.allclose(w, worth(tex, w=run.positions[k], v=run.velocities[k], mu=mu)):
            return False
        g = gradient(w)
        m = mu * m - rate * g
        w = w + mu * m - rate * g
    return True


def below_failure() -> list[float]:
    """The first rate that fails over the best one, for each momentum of the board."""
    table = digits.load()
    plain = table[(table["batch_size"] == 32) & ~table["nesterov"]]
    ratios = []
    for mu in np.unique(plain["momentum"]):
        cells = plain[plain["momentum"] == mu]
        rates = np.unique(cells["learning_rate"])
        loss = np.array([cells["validation_loss"][cells["learning_rate"] == r, -1].mean() for r in rates])
        best = np.nanargmin(loss)
        ratios.append(rates[(rates > rates[best]) & ~(loss < 0.8)][0] / rates[best])
    return ratios


QUESTIONS = {
    r"the lookahead point $\varphi = §$ where": lambda tex: ahead_is(tex),
    "Over § steps the two agree to $10^{§}$.": lambda count, power: (
        keras_agrees(int(count), 10 ** int(power)) and f"for {count} steps" in told_in("nesterov")
    ),
    r"looks odd, $§\,\eta g$ at $\mu = §$,": lambda size, mu: near(size, -keras_path(1.0, float(mu), 1)[1]),
    r"The averaging form, $m \leftarrow \mu m + §g$ and $w \leftarrow w - \eta' m$, walks the same "
    r"path with $\eta' = §$.": (lambda share, eta: averaging(share, eta)),
    "At § the two learning rates differ by a factor of §,": lambda mu, by: near(
        by, theory.effective_learning_rate(1.0, float(mu))
    ),
    r"$b \leftarrow §$, and multiply by the learning rate when they step, $w \leftarrow §$;": lambda b, w: (
        summing(b, w)
    ),
    r"At a constant learning rate $v = §$ and": lambda tex: (
        tex == r"-\eta b" and summing(r"\mu b + g", r"w - \eta b", tex)
    ),
    "at momentum §, after a tenfold drop on a constant slope, Keras' next step is § of the old one, optax's §.": (
        lambda mu, k, t: near(k, after_drop(float(mu), 10)) and near(t, after_drop(float(mu), 10, torch=True))
    ),
    "at the default of §, ten times": lambda rate: float(rate) == SGD().learning_rate == 10 * 0.001,
    r"the variance is $§$ for independent draws. Keras' default is §, so a thousand samples make § updates an epoch.": (
        lambda tex, batch, updates: (
            batch_variance(tex)
            and int(batch) == digits.Run(1.0).batch_size
            and int(updates) == math.ceil(1000 / int(batch))
        )
    ),
    "leaves the share $§$ of that": lambda tex: all(
        np.isclose(shuffled_variance(b), worth(tex, N=20, B=b), rtol=0.05, atol=1e-9) for b in (1, 5, 10, 20)
    ),
    r"after a tenfold drop at momentum §, the next step is still § of the old one, and "
    "only the §rd": lambda mu, k, late: (
        near(k, after_drop(float(mu), 10))
        and int(late) == next(k for k in range(99) if (10 - 1) * float(mu) ** k <= 0.1)
    ),
    r"by $§$, and the next step is §. In PyTorch": lambda tex, to: (
        tex == r"\eta_\text{new}/\eta_\text{old}" and near(to, after_drop(0.9, 10, torch=True))
    ),
    r"By §, for the same result on a real network: what counts there is the effective learning rate $§$, and "
    "dividing by § "
    "keeps it. By § keeps the friction $§$,": lambda by, rate, again, hundred, friction: (
        by == again == "10"
        and np.isclose(worth(rate, eta=1.0, mu=0.9), worth(rate, eta=1 / float(by), mu=0.99))
        and agrees(rate, lambda eta, mu: theory.effective_learning_rate(eta, mu), eta=UNIT, mu=MU)
        and agrees(friction, lambda eta, mu: theory.friction(eta, mu), eta=UNIT, mu=MU)
        and np.isclose(worth(friction, eta=1.0, mu=0.9), worth(friction, eta=1 / float(hundred), mu=0.99))
    ),
    r"With $\lambda = §$, from $\eta = §$, dividing by § lets the overshoot grow from § to §; "
    "dividing by § leaves it at §,": (
        lambda lam, eta, ten, before, after, hundred, same: (
            near(before, overshoot(float(eta) * float(lam), 0.9))
            and near(after, overshoot(float(eta) * float(lam) / float(ten), 0.99))
            and near(same, overshoot(float(eta) * float(lam) / float(hundred), 0.99))
        )
    ),
    r"At a constant learning rate, $§$ times the largest gradient met so far: § times $\eta g$ for momentum §. It": (
        lambda tex, caps, momenta: (
            agrees(tex, lambda eta, mu: theory.terminal_speed(eta, mu), eta=UNIT, mu=MU)
            and [float(c) for c in re.findall(r"[\d.]+", caps)]
            == [round(theory.terminal_speed(1.0, float(mu)), 9) for mu in re.findall(r"[\d.]+", momenta)]
        )
    ),
    "at § to §% after § steps. See": lambda mu, share, k: (
        theory.speed_on_slope(int(k), 1.0, float(mu)) * (1 - float(mu))
        > float(share) / 100
        > theory.speed_on_slope(int(k) - 1, 1.0, float(mu)) * (1 - float(mu))
    ),
    "The friction of a step is $§$: at § nothing is lost, at § a tenth, at § everything.": lambda tex, *mu: (
        np.allclose([worth(tex, mu=float(m)) for m in mu], [0, 0.1, 1])
    ),
    r"At $\mu = §$ and $\eta\lambda = §$ momentum from § still swings out to § after § steps; Nesterov": (
        lambda mu, a, start, out, count: (
            near(
                out,
                np.abs(
                    well(float(a), float(mu), int(count.replace(",", "")) // 10, float(start))[-100:]
                ).max(),
            )
            and abs(well(float(a), float(mu), 1000, float(start), True)[-1]) < 1e-9
            and f"after {count} steps" in told_in("momentum")
        )
    ),
    "one ends at a speed of § and the next begins at §. A new optimizer object begins at §.": lambda end, begin, new: (
        near(end, theory.speed_on_slope(30, 1.0, 0.9))
        and near(begin, theory.speed_on_slope(31, 1.0, 0.9))
        and near(new, theory.speed_on_slope(1, 1.0, 0.9))
    ),
    "multiplies the distance by more than §,": lambda one: one == "1",
    "in §-bit numbers, the loss is infinite after § steps and the weight `nan` after §.": lambda bits, loss, weight: (
        (bits, int(loss), int(weight)) == ("32", *ends())
    ),
    "the limit is $§$ for gradient descent; at momentum § it is $§/L$, and $§/L$ "
    "with `nesterov": lambda tex, mu, heavy, ahead: (
        agrees(tex, lambda L: theory.stability_limit() / L, L=(0.1, 50))
        and near(heavy, theory.stability_limit(float(mu)))
        and near(ahead, theory.stability_limit(float(mu), True))
    ),
    "first fails at a rate of § without, at § with §. Look": lambda plain, heavy, mu: (
        fails(plain, "0") and fails(heavy, mu)
    ),
    "divide the learning rate by § to §. See": lambda low, high: (
        all(float(low) * 0.99 <= ratio <= float(high) * 1.01 for ratio in below_failure())
        and f"by {low} to {high}" in told_in("gradient-descent")
    ),
    "lowered the learning rate, as $§$;": lambda tex: tex == r"\eta/(1 + \text{decay}\cdot k)",
    "with §, a learning rate of § and momentum §, a weight without any slope is at § after § updates.": (
        lambda wd, eta, mu, left, updates: near(
            left, decay(False, float(eta), float(wd), float(mu), int(updates))
        )
    ),
    "goes through the velocity, leaves §. See": lambda left: near(left, decay(True)),
    "the noise floor is about $§$ for independent draws, and the progress per sample is proportional to $§$, too.": (
        lambda tex, share: floor(tex) and np.isclose(worth(share, eta=4, B=4), worth(share, eta=1, B=1))
    ),
    "up to $§$: in the chapter's example with $B = §$ and § the run diverges.": lambda tex, batch, rate: (
        agrees(tex, lambda L: theory.stability_limit() / L, L=(0.1, 50)) and (batch, rate) == ("64", "0.64")
    ),
    "nearly: with § the effective learning rate $§$ is ten times the learning rate.": lambda mu, tex: (
        np.isclose(worth(tex, eta=1.0, mu=float(mu)), 10)
    ),
    "momentum § may use an effective learning rate up to § times": lambda mu, times: near(
        times,
        theory.effective_learning_rate(theory.stability_limit(float(mu)), float(mu))
        / theory.stability_limit(),
    ),
    r"with § the variance around the minimum is § times as large at $\eta\lambda = §$. It averages some § gradients": (
        lambda mu, times, a, window: (
            near(times, noise(float(a), float(mu))) and near(window, theory.variance_window(float(mu)))
        )
    ),
    r"At the same effective rate, $§$, the two are within §% up to §; at § momentum halves it.": (
        lambda tex, percent, upto, at: (
            tex == r"\eta\lambda/(1-\mu)"
            and all(
                abs(noise(a / 10, 0.9, 10) - 1) < float(percent) / 100
                for a in np.linspace(1e-3, float(upto), 50)
            )
            and abs(noise(float(at) / 10, 0.9, 10) - 0.5) < 0.02
        )
    ),
    "Because the momentum is §, the default.": lambda mu: float(mu) == SGD().momentum,
    "little even so: § steps instead of § in": lambda ahead, heavy: (
        near(ahead, steps(0.001, 0.9, True)) and near(heavy, steps(0.001, 0.9))
    ),
}


def keras_path(rate: float, mu: float, count: int) -> np.ndarray:
    """Keras' rule with nesterov=True on a slope of 1."""
    w, m, path = 0.0, 0.0, [0.0]
    for _ in range(count):
        m = mu * m - rate
        w = w + mu * m - rate
        path.append(w)
    return np.array(path)


def keras_agrees(count: int, tolerance: float) -> bool:
    """Keras' rule in the valley is at w + μv of ours."""
    gradient = valley().gradient
    w, m = np.array([-5.0, 2.0]), np.zeros(2)
    run = descend(SGD(0.05, 0.9, nesterov=True), gradient, w, count)
    for _ in range(count):
        g = gradient(w)
        m = 0.9 * m - 0.05 * g
        w = w + 0.9 * m - 0.05 * g
    return np.abs(w - run.positions[-1] - 0.9 * run.velocities[-1]).max() <= tolerance


def summing(velocity: str, move: str, same: str = r"-\eta b") -> bool:
    """The summing form walks Keras' path, and its b is what ``same`` says of our v."""
    rate, mu, gradient = 0.05, 0.9, valley().gradient
    w, b = np.array([-5.0, 2.0]), np.zeros(2)
    run = descend(SGD(rate, mu), gradient, w, 60)
    for _ in range(60):
        b = worth(velocity, mu=mu, b=b, g=gradient(w))
        w = worth(move, w=w, b=b, eta=rate)
    return np.allclose(w, run.positions[-1]) and np.allclose(worth(same, eta=rate, b=b), run.velocities[-1])


def shuffled_variance(size: int) -> float:
    """The variance of the mean of a batch of 20 rows without replacement, over σ²/B."""
    rng = np.random.default_rng(3)
    rows = rng.standard_normal(20)
    batches = rng.permuted(np.tile(rows, (40_000, 1)), axis=1)[:, :size]
    return batches.mean(1).var() / (rows.var() / size)


def well(a: float, mu: float, count: int, start: float = 1.0, nesterov: bool = False) -> np.ndarray:
    return descend(SGD(a, mu, nesterov), Quadratic((1.0,)).gradient, [start], count).positions[:, 0]


def overshoot(a: float, mu: float) -> float:
    return -well(a, mu, 3000).min()


def ends() -> tuple[int, int]:
    """At twice the limit of plain descent in single precision: when the loss is infinite, when the weight is nan."""
    w, loss = np.float32(2.0), None
    for k in range(200):
        with np.errstate(all="ignore"):
            if loss is None and np.isinf(np.float32(2.0) * w * w):
                loss = k
            if np.isnan(w):
                return loss, k
            w = w - np.float32(4.0) * w
    return 0, 0


TEACHING = {
    r"is lost to plain SGD at $\eta$ = §, and with momentum § as far after § epochs as without after § |": (
        lambda eta, mu, sooner, epochs: (
            (redrawn(float(eta))[:, -1] == digits.CAP).all()
            and int(epochs) == autoencoder.EPOCHS
            and (redrawn(0.05, float(mu))[:, int(sooner) // 5 - 1] < redrawn(0.1)[:, -1]).all()
        )
    ),
    "lands on the bottom in one step; now § times the learning rate.": lambda by: abs(1 - float(by)) < 1,
    "lands in one step, then § times that, then twice, then a little more.": lambda by: (
        abs(1 - float(by)) < 1
    ),
    r"it is always at $\eta\lambda = §$.": lambda limit: float(limit) == theory.stability_limit(),
    r"multiplies the distance by $§$. Let": lambda tex: all(
        np.isclose(worth(tex, eta=a, lam=1.0), well(a, 0.0, 1)[1]) for a in (0.1, 1.0, 1.7, 2.1)
    ),
    r"the table for $\eta\lambda$ = §, §, §, §, §. Compare": lambda *a: (
        [theory.regime(float(x)) for x in a[3:]] == ["marginal", "diverges"]
        and all(theory.rate(float(x)) < 1 for x in a[:3])
    ),
    'Expect §, "small steps are safe": § steps. The winner zig-zags, in §.': lambda rate, slow, best: (
        near(slow, steps(float(rate), bowl="valley")) and near(best, valley_at_best("gradient descent"))
    ),
    "explain what § means, why the speed has a cap": lambda mu: mu == "0.9",
    "momentum goes from § to §; where is the friction greatest? Expect a majority for §.": lambda *said: (
        said == ("0", "1", "1")
        and theory.friction(0.1, 0.0) > theory.friction(0.1, 0.5) > theory.friction(0.1, 1.0)
    ),
    "Momentum to §: the runs are one. To §: it never rests.": lambda none, all_: (
        np.array_equal(well(0.2, float(none), 50), well(0.2, float(none), 50, nesterov=True))
        and np.abs(well(0.2, float(all_), 5000)[-100:]).max() > 0.9
    ),
    "from § to §, how much faster? On the board: $1 + §$": lambda low, high, tex: (
        (low, high, tex) == ("0.9", "0.99", r"\mu + \mu^2 + \dots")
        and np.isclose(sum(0.9**k for k in range(999)), theory.terminal_speed(1.0, 0.9))
    ),
    "each step keeps § of the last and adds one foot. Read off when half the terminal speed is reached: step §.": (
        lambda mu, k: (
            theory.speed_on_slope(int(k), 1.0, float(mu)) >= 5 > theory.speed_on_slope(int(k) - 1, 1.0, 0.9)
        )
    ),
    "the same § is thin air at one learning rate and honey at another. Friction per "
    "unit of time is $§$.": lambda mu, tex: agrees(
        tex, lambda eta, mu: theory.friction(eta, mu), eta=UNIT, mu=MU
    ),
    r"Compare with $\mu = §$. |": lambda tex: all(
        np.isclose(worth(tex, eta=a, lam=1.0), theory.critical_momentum(a)) for a in (0.01, 0.3, 1.0)
    ),
    r"at $\eta = §$, where on its way to the bottom is the ball fastest? Expect "
    '"at the bottom". It is halfway, at step §, and': lambda rate, k: fastest(float(rate), int(k)),
    r"drag $\eta$ to §, to §, to §: at rest at once, hardly better than momentum, lost.": lambda *rates: (
        theory.rate(4 * float(rates[0]), 0.9, True) == 0
        and 0.97 < theory.rate(4 * float(rates[1]), 0.9, True) / theory.rate(4 * float(rates[1]), 0.9) < 1
        and theory.rate(4 * float(rates[2]), 0.9, True) > 1
        and valley().hessian(np.zeros(2)).max() == 4
    ),
    r"Expect yes. At $\eta\lambda = §$ it makes the variance § times larger": lambda a, by: near(
        by, noise(float(a), 0.9)
    ),
    '"§ means ten steps of memory" (the half-life is § steps, the mean age §, '
    "the window §)": lambda mu, half, age, window: (
        near(half, theory.half_life(float(mu)))
        and near(age, theory.mean_age(float(mu)))
        and near(window, theory.variance_window(float(mu)))
    ),
    r"(always while it creeps; at $\eta\lambda = §$ after half of the steps, {claim}`16`)": lambda a: aims(
        float(a)
    ),
    r'"Nesterov is always calmer" (up to $\eta\lambda = §$, just': lambda at: near(at, crossing(0.9)),
    "Tune everyone: momentum § steps, gradient descent §.": lambda heavy, plain: (
        near(heavy, valley_at_best("momentum")) and near(plain, valley_at_best("gradient descent"))
    ),
    "On the board $§$; then": lambda tex: agrees(
        tex, lambda eta, mu: theory.effective_learning_rate(eta, mu), eta=UNIT, mu=MU
    ),
    "best at § without momentum; where with §?": lambda rate, mu: (
        board_best(0.0) == float(rate) and board_best(float(mu)) < 1
    ),
    "on the given data: steps § to § run as they stand, in about half a minute; § and § are theirs.": lambda *said: (
        said == ("1", "3", "4", "5")
    ),
    "At minute § all stand up": lambda minute: 100 < int(minute) < 160,
    '"SGD is the default, with §" (RMSprop; and `"sgd"` has momentum §)': lambda mu, default: (
        mu == "0.9" and float(default) == SGD().momentum
    ),
    '`compile()` takes RMSprop at §; `"sgd"` is SGD at § without momentum': lambda rms, rate: (
        rms == "0.001" and float(rate) == SGD().learning_rate and SGD().momentum == 0
    ),
    "in Keras at §; a thousand samples make § updates an epoch": lambda batch, updates: (
        int(batch) == digits.Run(1.0).batch_size and int(updates) == math.ceil(1000 / int(batch))
    ),
    "in the valley § takes § steps, the best rate § |": lambda rate, slow, best: (
        near(slow, steps(float(rate), bowl="valley")) and near(best, valley_at_best("gradient descent"))
    ),
    "in one well it needs § steps where gradient descent needs §; in a narrow valley § against § |": (
        lambda heavy, plain, best, other: (
            near(heavy, steps(0.5, 0.9, bowl="well"))
            and near(plain, steps(0.5, bowl="well"))
            and near(best, best_steps("momentum"))
            and near(other, best_steps("gradient descent"))
        )
    ),
    "| momentum § is the most friction | the least: the share $§$ is lost": lambda mu, tex: (
        worth(tex, mu=float(mu)) == 0 and worth(tex, mu=0.0) == 1
    ),
    "| {claim}`12` |\n| § makes it ten times faster | in the end, on a constant slope; on a hard bowl § or § times,": (
        lambda mu, slow, fast: (
            np.isclose(theory.terminal_speed(1.0, float(mu)), 10)
            and near(slow, long_steps(0.001, 0.0) / long_steps(0.001, 0.9))
            and near(fast, long_steps(0.01, 0.0) / long_steps(0.01, 0.9))
        )
    ),
    r"| at $\eta = §$ it is fastest halfway; where $\eta\lambda > §$ it speeds up all the way": lambda rate, tex: (
        fastest(float(rate), 12)
        and all(
            speeds_up(worth(tex, mu=mu) * 1.02, mu) and not speeds_up(worth(tex, mu=mu) * 0.5, mu)
            for mu in (0.5, 0.9)
        )
    ),
    r"| always while it creeps; at $\eta\lambda = §$ after half of the steps | {claim}": lambda a: aims(
        float(a)
    ),
    r"| at $\eta\lambda = §$ the variance grows § times |": lambda a, by: near(by, noise(float(a), 0.9)),
    "in a crawl it is a little slower, § steps against § |": lambda ahead, heavy: (
        near(ahead, steps(0.001, 0.9, True)) and near(heavy, steps(0.001, 0.9))
    ),
    r"| calmer up to $\eta\lambda = §$, just below its limit; at § momentum "
    "converges and Nesterov diverges": lambda at, far: (
        near(at, crossing(0.9)) and theory.rate(float(far), 0.9) < 1 < theory.rate(float(far), 0.9, True)
    ),
    "its limit at § is §, below gradient descent's § |": lambda mu, ahead, plain: (
        near(ahead, theory.stability_limit(float(mu), True)) and float(plain) == theory.stability_limit()
    ),
    "the same method, to $10^{§}$": lambda power: keras_agrees(60, 10 ** int(power)),
    "after a drop to a tenth at §, § against § |": lambda mu, torch, ours: (
        near(torch, after_drop(float(mu), 10, torch=True)) and near(ours, after_drop(float(mu), 10))
    ),
    "the velocity survives, § and on to § |": lambda end, begin: (
        near(end, theory.speed_on_slope(30, 1.0, 0.9)) and near(begin, theory.speed_on_slope(31, 1.0, 0.9))
    ),
    "| from § to §, divide by § | by § on a network; by § keeps the friction": lambda low, high, wrong, by, hundred: (
        (wrong, by) == (hundred, "10")
        and np.isclose(theory.friction(1.0, float(low)), theory.friction(1.0 / float(hundred), float(high)))
    ),
    r"on a bowl with $\kappa = §$ it takes § steps at momentum §, with both tuned § |": lambda kappa, one, mu, both: (
        kappa == "100"
        and abs(int(one) - best_rate_steps(float(mu))) <= 1
        and near(both, best_steps("momentum"))
    ),
    r"on a bowl from $\kappa$ of about § along the axes": lambda kappa: (
        adam_wins(2 * float(kappa)) and not adam_wins(float(kappa) / 2)
    ),
    "enlarged with Ctrl and + to § %": lambda percent: percent == "150",
    "made for one sheet of A§;": lambda paper: paper == "4",
}


def valley_at_best(method: str) -> int:
    rule = theory.best_tuning(method, 0.2, 4.0).optimizer
    return steps(rule.learning_rate, rule.momentum, rule.nesterov, "valley")


@cache
def long_steps(rate: float, mu: float) -> int:
    path = descend(SGD(rate, mu), Quadratic((1.0, 100.0)).gradient, [1.0, 1.0], 15_000).positions
    return int(steps_to_stay_within(path))


def fastest(rate: float, step: int) -> bool:
    """Whether momentum 0.9 in the valley is fastest at a step, about halfway, and slower where it crosses."""
    run = descend(SGD(rate, 0.9), valley().gradient, [-5.0, 2.0], 60)
    x, speed = run.positions[:, 0], np.abs(run.velocities[:, 0])
    cross = np.argmax(x > 0)
    return (
        speed[: cross + 1].argmax() == step and abs(x[step] / 5 + 0.5) < 0.05 and speed[cross] < speed[step]
    )


def speeds_up(a: float, mu: float) -> bool:
    """Whether every step up to the one that crosses is longer than the one before."""
    run = descend(SGD(a, mu), Quadratic((1.0,)).gradient, [-1.0], 3000)
    across = np.argmax(run.positions[:, 0] >= 0)
    return bool(across and (np.diff(run.velocities[:across, 0]) > 0).all())


def aims(a: float) -> bool:
    """The velocity points to the optimum after half of the steps at a and μ = 0.9, and always while the run creeps."""
    shares = []
    for at, mu in ((a, 0.9), (0.001, 0.9), (0.01, 0.8), (0.1, 0.4)):
        run = descend(SGD(at, mu), Quadratic((1.0,)).gradient, [1.0], 3000)
        count = int(steps_to_stay_within(run.positions))
        shares.append((run.positions * run.velocities < 0)[1 : count + 1].mean())
    return abs(shares[0] - 0.5) < 0.02 and shares[1:] == [1.0] * 3


def redrawn(eta: float, mu: float = 0.0) -> np.ndarray:
    """The autoencoder's training loss every 5 epochs, a row for each seed."""
    table = autoencoder.EXPERIMENT.load()
    chosen = (table["batch_size"] == 128) & ~table["nesterov"]
    return table["training_loss"][chosen & (table["learning_rate"] == eta) & (table["momentum"] == mu)]


def board_best(mu: float) -> float:
    table = digits.load()
    cells = table[(table["batch_size"] == 32) & ~table["nesterov"] & (table["momentum"] == mu)]
    rates = np.unique(cells["learning_rate"])
    return rates[
        np.nanargmin([cells["validation_loss"][cells["learning_rate"] == rate, -1].mean() for rate in rates])
    ]


@cache
def best_rate_steps(mu: float) -> int:
    """The fewest steps on Q100 over learning rates, the momentum being given."""
    rates = np.linspace(0.1, 0.999, 900) * theory.stability_limit(mu) / 100
    return int(
        steps_to_stay_within(
            descend(SGD(rates, mu), Quadratic((1.0, 100.0)).gradient, [1.0, 1.0], 600).positions
        ).min()
    )


@cache
def adam_wins(kappa: float) -> bool:
    """Whether Adam at the best of 61 rates takes fewer steps than momentum at its best, curvatures 1 and κ."""
    rates = np.geomspace(1e-3, 3.0, 61)
    path = descend(Adam(rates), Quadratic((1.0, kappa)).gradient, [1.0, 1.0], 1200).positions
    count = steps_to_stay_within(path)
    return count[count >= 0].min() < best_steps("momentum", kappa)


def in_w(tex: str) -> str:
    """The notation page writes the gradient as a derivative, and θ for w where the lookahead is discussed."""
    return tex.replace(r"\nabla f", "g").replace(r"\theta", "w")


def other_velocities(summed: str, averaged: str) -> bool:
    """In terms of our v: b of PyTorch and optax sums the gradients, m of the averaging form averages them."""
    eta, mu, gradient = 0.05, 0.9, valley().gradient
    run = descend(SGD(eta, mu), gradient, [-5.0, 2.0], 30)
    b = np.array([worth(summed, v=v, eta=eta) for v in run.velocities])
    m = worth(averaged, b=b, mu=mu)
    g = np.array([gradient(w) for w in run.positions[:-1]])
    return np.allclose(b[1:], mu * b[:-1] + g) and np.allclose(m[1:], mu * m[:-1] + (1 - mu) * g)


INDEX = {
    "at a learning rate of §. Set the momentum": lambda rate: float(rate) == opening_race.LEARNING_RATE,
    "- explain what momentum § remembers": lambda mu: float(mu) == opening_race.OpeningRace().momentum,
    "Times are counted: § words a minute,": lambda words: (
        int(words) == times.WORDS_A_MINUTE
        and (times.FIGURE, times.EXERCISE) == (2, 3)
        and "two minutes for each figure, three for each exercise" in " ".join(text_of("index").split())
    ),
}
NOTATION = {
    "| $g = §$ | **gradient**": lambda tex: tex == r"\nabla f(w)",
    "for a gradient of §; `learning_rate`": lambda g: float(g) == 1,
    "survives a step, from § to §; `momentum`": lambda low, high: (
        (float(low), float(high)) == (0, 1) and [SGD(0.1, mu).momentum for mu in (0, 1)] == [0, 1]
    ),
    "| $§$ | **lookahead point**": lambda tex: ahead_is(tex),
    r"| $\kappa = §$ | **condition number**": lambda tex: agrees(
        tex, lambda L, m: L / m, L=(2, 9), m=(0.1, 2)
    ),
    "| $a = §$ | on a quadratic": lambda tex: agrees(tex, lambda eta, lam: eta * lam, eta=UNIT, lam=(1, 9)),
    "**learning rate of the averaging form**, $§$ |": lambda tex: averaging(r"(1-\mu)", tex),
    "| $§$ | **effective learning rate**": lambda tex: agrees(
        tex, lambda eta, mu: theory.effective_learning_rate(eta, mu), eta=UNIT, mu=MU
    ),
    "**friction** of the rolling ball, $§$; `friction`": lambda tex: agrees(
        tex, lambda eta, mu: theory.friction(eta, mu), eta=UNIT, mu=MU
    ),
    "| $§$ | **gradient variance**": lambda tex: batch_variance(f"{tex}/B"),
    r"a step of length $\eta = §$ would": lambda eta: eta == "1",
    "$v$ starts at §.": lambda v: SGD(0.1, 0.9).init(np.ones(2))[0].tolist() == [float(v)] * 2,
    r"| gradient descent | $w \leftarrow §$, the gradient": lambda move: rule_is(
        False, False, "", in_w(move)
    ),
    r"| momentum | $v \leftarrow §$, then $w \leftarrow §$ |": lambda v, w: rule_is(True, False, in_w(v), w),
    r"| Nesterov | $v \leftarrow §$, then $w \leftarrow §$ |": lambda v, w: rule_is(True, True, in_w(v), w),
    r"$\varphi = §$ for the lookahead point.": lambda tex: ahead_is(in_w(tex)),
    "PyTorch and optax $b = §$, the averaging form $m = §$,": lambda b, m: other_velocities(b, m),
}

PAGES = {
    "cheat-sheet": SHEET,
    "glossary": GLOSSARY,
    "questions": QUESTIONS,
    "teaching": TEACHING,
    "index": INDEX,
    "notation": NOTATION,
}
# How long a reader has is nobody's computation.
PEOPLE = {"index": ["I have 20 minutes"]}


@pytest.mark.parametrize(("page", "words"), [(page, words) for page, rows in PAGES.items() for words in rows])
def test_it_is_as_the_page_says(page, words):
    matches = found(page, words)
    assert len(matches) == 1, f"chapters/{page}.md says {len(matches)} times: {words}"
    assert PAGES[page][words](*matches[0].groups()), f"chapters/{page}.md is wrong: {matches[0][0]}"


@pytest.mark.parametrize("page", PAGES)
def test_no_number_without_its_proof(page):
    # What an answer's own section prints: test_back_matter.
    printed = filter(is_printed, answers().values()) if page == "questions" else PEOPLE.get(page, ())
    assert unproved(page, PAGES[page], printed) == []


# Every word of the glossary, one entry a line of the page: an entry that goes missing is missed.
TERMS = """
Adam
batch
mini-batch
bowl
quadratic
condition number
converge
convergence
convex
critically damped
critical damping
curvature
diverge
divergence
edge of stability
effective learning rate
epoch
excess loss
friction
gradient
gradient descent
half-life
heavy ball
Hessian
ill-conditioned
ill-conditioning
learning rate
learning-rate schedule
schedule
limit of stability
stability limit
lookahead point
loss
minimum
momentum
Nesterov
noise floor
overdamped
overshoot
rate of convergence
sample
SGD
stochastic gradient descent
sharpness
slope
derivative
step
update
steps to $10^{-6}$
terminal speed
unbiased
underdamped
validation
valley
vector
velocity
warm-up
weight
weight decay
"""


def test_no_entry_of_the_glossary_is_missing():
    page = (CHAPTERS / "glossary.md").read_text(encoding="utf-8").partition("```{glossary}\n")[2]
    assert re.findall(r"^[^\s`].*$", page, re.MULTILINE) == TERMS.split("\n")[1:-1]


# ---------------------------------------------------------------- the page of symbols

HUES = {"blue": 201, "purple": 325, "orange": 25, "green": 164}
LINES = {"solid": "-", "dotted": (0, (1, 1.2)), "dashed": (0, (5, 1.5)), "dash-dotted": (0, (5, 1.5, 1, 1.5))}
MARKERS = {"circle": "o", "diamond": "D", "square": "s", "triangle": "^"}


def test_methods_are_drawn_as_the_notation_says():
    rows = re.findall(r"^\| ([\w ]+) \| (\w+) \| ([\w-]+) \| (\w+) \|$", text_of("notation"), re.MULTILINE)
    assert {name for name, *_ in rows if name != "Method"} == {*LOOKS} - {"Adam"}
    for name, color, line, marker in rows:
        if name != "Method":
            look = LOOKS[name]
            red, green, blue = (int(look.color[k : k + 2], 16) / 255 for k in (1, 3, 5))
            hue = 360 * colorsys.rgb_to_hsv(red, green, blue)[0]
            assert min(HUES, key=lambda each, hue=hue: abs(HUES[each] - hue)) == color
            assert (look.dash, look.marker) == (LINES[line], MARKERS[marker])


def test_names_of_the_notation_are_the_packages():
    """What stands in backticks beside a symbol is an argument, an attribute or a function of sgdlib."""
    symbols = text_of("notation").partition("## Symbols")[2].partition("## The rules")[0]
    names = set(re.findall(r"`([a-z_]+)`", symbols))
    package = "\n".join(
        path.read_text(encoding="utf-8") for path in (CHAPTERS.parent / "sgdlib").glob("*.py")
    )
    assert len(names) > 15
    missing = [
        name
        for name in sorted(names)
        if not re.search(rf"(def |self\.|[(,] ?|^ +){name}\b", package, re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("page", ["index", "scorecard"])
def test_the_verdicts_are_those_of_the_claims(page):
    text = text_of(page)
    if page == "index":
        said = re.search(r"The verdicts are: (.*?)\.", text)[1].split(", ")
    else:
        said = [verdict.lower() for verdict in re.findall(r"^- \*\*([\w ]+)\*\*: ", text, re.MULTILINE)]
    assert said == [*VERDICTS]


def test_the_code_of_the_first_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", text_of("index"), re.DOTALL)
    names: dict = {}
    exec(code, names)
    assert names["run"].positions.shape == (101, 2) and not names["run"].diverged
    (call,) = re.findall(r"`keras\.optimizers\.SGD\((.*?)\)`", text_of("index"))
    assert SGD(**eval(f"dict({call})")).nesterov is True
