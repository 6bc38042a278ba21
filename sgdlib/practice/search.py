"""The recipe itself, without a network: which setting to try next, given what came of those tried.

A setting is a place in a square: the effective learning rate η/(1−μ) and the weight decay, each on a log scale. The
schedule (a warm-up and a cosine to 0) and Nesterov's momentum of 0.9 belong to every setting. ``suggest`` is a pure
function of what was tried, so a search goes on wherever it was stopped, and can be raced without Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import shown, whole

__all__ = ["BOXES", "Box", "Candidate", "Plan", "Trial", "plan", "ranking", "suggest"]

TOP = 3  # so many settings are repeated with new seeds
STEP = 2.0  # nearer than this factor below a lost rate, a setting is not taken
LOWEST = (0.0, 0.5)  # the place to ask when every rate so far was lost
APART = 0.02  # of the square's side: nearer to one tried, nothing is tried
# The spread-out places: multiples of these, modulo 1 (Roberts' R2 sequence, from the root of x³ = x + 1).
ROOT = 1.324717957244746
# What the model of the losses may be: how far a place resembles its neighbours, along both sides; how much is noise.
LENGTHS = tuple((rate, decay) for rate in (0.08, 0.15, 0.3) for decay in (0.3, 0.9))
NOISES = (0.005, 0.05)
GRID = np.stack(np.meshgrid(np.linspace(0, 1, 31), np.linspace(0, 1, 16), indexing="ij"), -1).reshape(-1, 2)


@dataclass(frozen=True)
class Box:
    """Where an optimizer's settings are looked for; both ranges are of powers of ten, from (low) to (high).

    Parameters
    ----------
    optimizer
        Its name in ``keras.optimizers``.
    rate
        The ends of η/(1−μ), for Adam of η.
    weight_decay
        The ends of Keras' ``weight_decay``.
    momentum, nesterov
        As SGD has them; momentum 0 for Adam, whose ``beta_1`` stays as it is.

    Notes
    -----
    Used on the page "One recipe", which ends what the tuning workshop begins.

    Examples
    --------
    >>> BOXES["SGD"].setting((0.5, 0.5))
    {'learning_rate': 0.0316, 'weight_decay': 0.00949, 'momentum': 0.9, 'nesterov': True}
    """

    optimizer: str
    rate: tuple[float, float]
    weight_decay: tuple[float, float]
    momentum: float = 0.0
    nesterov: bool = False

    def setting(self, place: Sequence[float]) -> dict[str, float | bool]:
        """The arguments of the optimizer at a place of the square, to three digits; the rate is the schedule's peak."""
        low, high = np.log(np.array([self.rate, self.weight_decay])).T
        rate, decay = np.exp(low + np.asarray(place) * (high - low)).tolist()
        found = {
            "learning_rate": float(f"{rate * (1 - self.momentum):.3g}"),
            "weight_decay": float(f"{decay:.3g}"),
        }
        if self.optimizer == "SGD":
            found |= {"momentum": self.momentum, "nesterov": self.nesterov}
        return found


BOXES = {
    "SGD": Box("SGD", (0.01, 10.0), (3e-4, 0.3), momentum=0.9, nesterov=True),
    "Adam": Box("Adam", (1e-4, 0.1), (1e-3, 1.0)),
}
"""The boxes of the recipe, by the optimizer's name in Keras.

>>> list(BOXES)
['SGD', 'Adam']
"""


@dataclass(frozen=True)
class Candidate:
    """A run to make.

    Parameters
    ----------
    place
        In the square: (rate, weight decay), each from 0 to 1.
    seed
        0 while searching; 1, 2 ... for its repeats.
    why
        "spread" over the square, a "step" where the model of the losses hopes for most, or a "repeat".

    Notes
    -----
    Used on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> Candidate((0.5, 0.5)).why
    'spread'
    """

    place: tuple[float, float]
    seed: int = 0
    why: str = "spread"


@dataclass(frozen=True)
class Trial:
    """A run and what came of it.

    Parameters
    ----------
    candidate
        The run.
    value
        What is to be small at its end, inf for a lost run; None while it is being trained.

    Notes
    -----
    Used on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> Trial(Candidate((0.5, 0.5)), 0.25).lost
    False
    """

    candidate: Candidate
    value: float | None

    @property
    def lost(self) -> bool:
        """Whether the run ended at no number, or at infinity."""
        return self.value is not None and not np.isfinite(self.value)


@dataclass(frozen=True)
class Plan:
    """How a budget is spent.

    Parameters
    ----------
    spread, steps, repeats
        Runs spread over the square; runs that each follow from all before; runs that repeat the best with new seeds.

    Notes
    -----
    Used on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> Plan(9, 15, 6).budget
    30
    """

    spread: int
    steps: int
    repeats: int

    @property
    def budget(self) -> int:
        """The runs in all."""
        return self.spread + self.steps + self.repeats


def plan(budget: int) -> Plan:
    """Return how many runs of a budget are for what.

    Raises
    ------
    ValueError
        For a budget that is no whole number of at least 1.

    Notes
    -----
    The table of the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> [plan(budget) for budget in (1, 10, 30, 100)]
    [Plan(spread=1, steps=0, repeats=0), Plan(spread=3, steps=5, repeats=2), Plan(spread=9, steps=15, repeats=6),
     Plan(spread=20, steps=68, repeats=12)]
    """
    whole("budget", budget)
    repeats = 0 if budget < 6 else min(12, 2 * (budget // 10) or 1)
    spread = min(max(3, round(0.3 * budget)), 20, budget - repeats)
    return Plan(spread, budget - spread - repeats, repeats)


def suggest(history: Sequence[Trial], budget: int, seed: int = 0) -> Candidate | None:
    """Return the run to make next, or None when the budget is spent.

    The first runs are spread evenly over the square. Each further one stands where it is expected to gain most over
    the best so far, in a Gaussian process through the logs of all losses. The last ones repeat the best three with new
    seeds. Where all were lost, the next has the lowest rate of the square.

    Parameters
    ----------
    history
        What was tried, in order; runs that are still being trained, with the value None, count as middling.
    budget
        The number of runs in all.
    seed
        Of the places that are spread over the square.

    Raises
    ------
    ValueError
        For a budget that is no whole number of at least 1, a seed below 0, or a history that is not of trials.

    Notes
    -----
    Raced on the page "One recipe", after the tuning workshop. Source: Jones et al. (1998), expected improvement;
    Roberts (2018), the R2 sequence.

    Examples
    --------
    >>> history = []
    >>> while (candidate := suggest(history, budget=30)) is not None:
    ...     far = sum((u - best) ** 2 for u, best in zip(candidate.place, (0.7, 0.2)))
    ...     history.append(Trial(candidate, 0.1 + far))
    >>> len(history), [round(u, 1) for u in ranking(history)[0]]
    (30, [0.7, 0.2])
    """
    shares, seed = plan(budget), whole("seed", seed, 0)
    done = len(_tried(history))
    if done >= budget:
        return None
    if done >= shares.spread + shares.steps and (again := _repeat(history)):
        return again
    if done < shares.spread:
        return Candidate(_spread_out(done, seed))
    if all(trial.lost for trial in history if trial.value is not None):
        tried = {trial.candidate.place for trial in history}
        return Candidate(LOWEST if LOWEST not in tried else _spread_out(done, seed))
    places, losses = _known(history)
    mean, spread = _expected(places, losses, GRID)
    best = _expected(places, losses, places)[0].min()
    gain = _improvement(best - mean, spread)
    near = (np.abs(GRID[:, None] - places).max(-1) < APART).any(1)
    u, v = GRID[np.where(near, -np.inf, gain).argmax()].tolist()
    return Candidate((round(u, 6), round(v, 6)), why="step")


def ranking(history: Sequence[Trial]) -> list[tuple[float, float]]:
    """Return the places that were tried, the best first.

    What counts is half the loss itself, the mean over its seeds, and half what the model of all losses expects there:
    a single run may have been lucky. A place that lost a run, or whose rate is less than a factor of 2 below one that
    did, comes after all others.

    Raises
    ------
    ValueError
        For a history that is not of trials.

    Notes
    -----
    Used on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> tried = {(0.4, 0.5): 0.3, (0.6, 0.5): 0.2, (0.8, 0.5): 0.1, (0.85, 0.5): float("inf")}
    >>> ranking([Trial(Candidate(place), value) for place, value in tried.items()])[0]
    (0.6, 0.5)
    """
    told = [trial for trial in _tried(history) if trial.value is not None]
    if not told:
        return []
    found = list(dict.fromkeys(trial.candidate.place for trial in told))
    own = [np.mean([t.value for t in told if t.candidate.place == place]) for place in found]
    score = _standard(_logs(own)) + _standard(_expected(*_known(told), np.array(found))[0])
    lost = [trial.candidate.place[0] for trial in told if trial.lost]
    cliff = min(lost, default=np.inf) - np.log10(STEP) / 3 + 1e-9  # the box has three powers of ten
    below = np.array([place[0] <= cliff and np.isfinite(o) for place, o in zip(found, own, strict=True)])
    if not below.any():  # as it is with one run that was lost
        below = np.isfinite(own)
    return [found[k] for k in np.lexsort((score, ~below))]


def _tried(history: Sequence[Trial]) -> Sequence[Trial]:
    if not isinstance(history, (list, tuple)) or not all(isinstance(trial, Trial) for trial in history):
        raise ValueError(f"history must be a list of what was tried, each a Trial, not {shown(history)}.")
    return history


def _spread_out(number: int, seed: int) -> tuple[float, float]:
    """The place of a number: the middle of the square first."""
    if number == 0:
        return 0.5, 0.5
    start = np.random.default_rng(seed).random(2)
    u, v = (start + (number + 1) / ROOT ** np.arange(1, 3)) % 1
    return round(float(u), 6), round(float(v), 6)


def _repeat(history: Sequence[Trial]) -> Candidate | None:
    """The one of the best that has the fewest seeds, with a new one; None when all are lost."""
    places = [trial.candidate.place for trial in history]
    lost = {trial.candidate.place for trial in history if trial.lost}
    best = [place for place in ranking(history) if place not in lost][:TOP]
    if not best:
        return None
    place = min(best, key=places.count)
    return Candidate(place, seed=places.count(place), why="repeat")


def _known(history: Sequence[Trial]) -> tuple[NDArray, NDArray]:
    """The places and the logs of their losses; a run under way counts as middling."""
    places = np.array([trial.candidate.place for trial in history])
    told = np.array([trial.value is not None for trial in history])
    logs = np.zeros(len(told))
    logs[told] = _logs([trial.value for trial in history if trial.value is not None])
    logs[~told] = np.median(logs[told]) if told.any() else 0.0
    return places, logs


def _logs(values: Sequence[float]) -> NDArray:
    """Logs of losses; one lost, or far above the middle, stands as far above it as the best stands below."""
    values = np.asarray(values, dtype=float)
    kept = np.isfinite(values)
    if not kept.any():
        return np.zeros(len(values))
    logs = np.where(kept, values, 1.0)
    if (logs >= 0).all():  # a loss may be negative, such as that of a density
        logs = np.log(np.maximum(logs, 1e-12))
    best, middle = logs[kept].min(), np.median(logs[kept])
    top = middle + max(middle - best, 1e-3)
    return np.where(kept, np.minimum(logs, top), top)


def _standard(values: NDArray) -> NDArray:
    return (values - values.min()) / (values.std() + 1e-9)


def _expected(places: NDArray, values: NDArray, asked: NDArray) -> tuple[NDArray, NDArray]:
    """Mean and spread of a Gaussian process at the places asked for: of the likeliest of a few."""
    middle, scale = values.mean(), values.std() + 1e-9
    target = (values - middle) / scale
    found = max((_fitted(places, target, *each) for each in _kinds()), key=lambda fit: fit[0])
    _, lengths, root, weights = found
    alike = _alike(asked, places, lengths)
    seen = np.linalg.solve(root, alike.T)
    return middle + scale * (alike @ weights), scale * np.sqrt(np.maximum(1 - (seen**2).sum(0), 1e-12))


def _kinds():
    return ((np.array(lengths), noise) for lengths in LENGTHS for noise in NOISES)


def _alike(one: NDArray, other: NDArray, lengths: NDArray) -> NDArray:
    return np.exp(-0.5 * (((one[:, None] - other) / lengths) ** 2).sum(-1))


def _fitted(places: NDArray, target: NDArray, lengths: NDArray, noise: float) -> tuple:
    """How likely the losses are under it, and what predicts."""
    root = np.linalg.cholesky(_alike(places, places, lengths) + noise * np.eye(len(places)))
    weights = np.linalg.solve(root.T, np.linalg.solve(root, target))
    return -0.5 * target @ weights - np.log(np.diag(root)).sum(), lengths, root, weights


def _improvement(gain: NDArray, spread: NDArray) -> NDArray:
    """The mean of max(0, gain) for a normal gain."""
    z = gain / spread
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return gain * _below(z) + spread * density


def _below(z: NDArray) -> NDArray:
    """The share of a normal distribution below z."""
    from math import erf

    return 0.5 * (1 + np.array([erf(each) for each in z / np.sqrt(2)]))
