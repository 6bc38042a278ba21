"""Twelve trainings with something wrong, each as it is and under ten remedies.

``python -m sgdlib.experiments wrong_runs`` made the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sgdlib import theory
from sgdlib.checks import settled
from sgdlib.data import batch_gradients, shuffled_batches
from sgdlib.descent import descend
from sgdlib.experiments import Experiment
from sgdlib.experiments.digits import DEAD, capped, digits
from sgdlib.experiments.edge import sharpness
from sgdlib.network import Dense, Network
from sgdlib.optimizer import SGD

__all__ = [
    "CASES",
    "DEAD",
    "EXPERIMENT",
    "LOST",
    "METERS",
    "MORE_SEEDS",
    "POINTS",
    "REMEDIES",
    "SEEDS",
    "Case",
    "Recipe",
    "Setting",
    "recipe_of",
    "settings",
    "train",
]

POINTS, METERS = 30, 10  # how often the losses and the sharpness are measured
TOLERANCE = 2e-2  # of the sharpness
LOST = 100.0
"""A loss above this, or one that is not a number, is written down as this.

>>> LOST
100.0
"""
SEEDS = (0, 1, 2)
MORE_SEEDS = tuple(range(3, 10))  # of the trainings as they are, and their predecessors
WARM_UP, SHORT = 0.1, 0.15  # parts of a run
ASLEEP = 1e-3  # a unit whose outputs differ by less than this tells no two digits apart


@dataclass(frozen=True)
class Recipe:
    """All that decides a training but its seed, and what a remedy changes.

    Parameters
    ----------
    learning_rate, momentum, nesterov, batch_size, epochs
        As Keras names them.
    hidden, activation, loss
        Of the network: the units of its hidden layers, "tanh" or "relu", "squares" or "cross-entropy".
    samples
        How many digits it learns from, at most 360.
    schedule
        What η does: "constant"; "warm-up", rising over the first tenth of the run; "cosine", falling to 0 at its end;
        "short cosine", falling to 0 after 15 % of it.
    brightest
        The value of a white pixel.
    shuffled
        Whether the labels are dealt out anew.
    keeps_best
        Whether it stops where the validation loss was lowest.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> recipe = Recipe(0.1, schedule="short cosine")
    >>> [round(recipe.factor(share), 2) for share in (0, 0.075, 0.15, 1)]
    [1.0, 0.5, 0.0, 0.0]
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    batch_size: int = 36
    epochs: int = 60
    hidden: tuple[int, ...] = (64,)
    activation: str = "tanh"
    loss: str = "cross-entropy"
    samples: int = 360
    schedule: str = "constant"
    brightest: float = 1.0
    shuffled: bool = False
    keeps_best: bool = False

    def network(self, unseen: bool = False) -> Network:
        """The loss over the digits it learns from, or over 360 others."""
        images, labels, *others = digits()
        images, labels = others if unseen else (images[: self.samples], labels[: self.samples])
        if self.shuffled:
            labels = np.random.default_rng(0).permutation(labels)
        targets = np.eye(10, dtype="float32")[labels] if self.loss == "squares" else labels
        layers = [Dense(units, self.activation) for units in self.hidden]
        return Network((*layers, Dense(10)), self.brightest * images, targets, self.loss)

    def factor(self, share: float) -> float:
        """What η is multiplied by when a share of the run is over."""
        if self.schedule == "warm-up":
            return min(1.0, share / WARM_UP)
        end = {"constant": np.inf, "cosine": 1.0, "short cosine": SHORT}[self.schedule]
        return float(0.5 * (1 + np.cos(np.pi * min(1.0, share / end))))


class Case(NamedTuple):
    """A training with something wrong, and its predecessor if the fault is a change.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Case(Recipe(0.1)).before is None
    True
    """

    recipe: Recipe
    before: Recipe | None = None


_noisy = Recipe(0.03, 0.9, batch_size=4, hidden=(16,), loss="squares")
_deep = Recipe(0.3, 0.9, hidden=(64, 64, 64), activation="relu")
_whole = Recipe(0.09, 0.9, batch_size=360, epochs=600, loss="squares")
CASES: dict[str, Case] = {
    "overfitting": Case(Recipe(0.1, 0.9, batch_size=30, epochs=300, hidden=(256,), samples=60)),
    "rate-too-high": Case(Recipe(0.5, batch_size=360, epochs=600, loss="squares")),
    "short-schedule": Case(replace(_noisy, schedule="short cosine")),
    "rate-too-low": Case(Recipe(0.002)),
    "dead-units": Case(_deep),
    "same-effective-rate": Case(Recipe(0.002, 0.9), before=Recipe(0.02)),
    "waves": Case(Recipe(0.02, 0.99, batch_size=360, epochs=240, loss="squares")),
    "wrong-labels": Case(Recipe(0.1, 0.9, shuffled=True)),
    "lookahead": Case(replace(_whole, nesterov=True), before=_whole),
    "noise": Case(_noisy),
    "unscaled": Case(Recipe(0.1, brightest=255.0)),
    "large-batch": Case(Recipe(0.05, batch_size=360), before=Recipe(0.05, batch_size=45)),
}
"""The trainings in the order of the chapter, by what is wrong with each.

>>> len(CASES), CASES["lookahead"].before.nesterov
(12, False)
"""

REMEDIES: dict[str, Callable[[Recipe], dict]] = {
    "lower": lambda recipe: {"learning_rate": recipe.learning_rate / 10},
    "higher": lambda recipe: {"learning_rate": 10 * recipe.learning_rate},
    "momentum": lambda _: {"momentum": 0.9},
    "heavy-ball": lambda _: {"nesterov": False},
    "warm-up": lambda _: {"schedule": "warm-up"},
    "cosine": lambda _: {"schedule": "cosine"},
    "scale": lambda _: {"brightest": 1.0},
    "stop-early": lambda _: {"keeps_best": True},
    "more-digits": lambda recipe: {"samples": 360, "epochs": recipe.epochs * recipe.samples // 360},
    "labels": lambda _: {"shuffled": False},
}
"""What each remedy changes of a recipe; more digits are as many updates as before, in fewer epochs.

>>> REMEDIES["higher"](Recipe(0.1))
{'learning_rate': 1.0}
"""


@dataclass(frozen=True, order=True)
class Setting:
    """One training.

    Parameters
    ----------
    case
        What is wrong: a key of ``CASES``.
    remedy
        A key of ``REMEDIES``; "none" for the training as it is, "before" for its predecessor.
    seed
        Of the first weights and of the batches.

    Raises
    ------
    ValueError
        For another case, or a remedy that is not one or changes nothing here.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Setting("waves", "momentum").recipe.momentum
    0.9
    """

    case: str
    remedy: str = "none"
    seed: int = 0

    def __post_init__(self):
        settled(self, case=CASES)
        if recipe_of(self.case, self.remedy) is None:
            raise ValueError(f"the remedy {self.remedy!r} changes nothing in the case {self.case!r}.")

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        return recipe_of(self.case, self.remedy)


def recipe_of(case: str, remedy: str = "none") -> Recipe | None:
    """Return the recipe of a case under a remedy, or None where this changes nothing or is no remedy.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> recipe_of("waves", "labels") is None
    True
    """
    recipe, before = CASES[case]
    if remedy in ("none", "before"):
        return recipe if remedy == "none" else before
    cured = replace(recipe, **REMEDIES[remedy](recipe)) if remedy in REMEDIES else recipe
    return None if cured == recipe else cured


def settings() -> list[Setting]:
    """Return the settings of the stored table: every case under all that changes it, three seeds each; as it is, ten.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Setting("lookahead", "heavy-ball") in settings()
    True
    """
    bare = ("none", "before")
    tried = [*product(CASES, (*bare, *REMEDIES), SEEDS), *product(CASES, bare, MORE_SEEDS)]
    return [Setting(*each) for each in tried if recipe_of(*each[:2]) is not None]


def train(setting: Setting) -> dict[str, NDArray]:
    """Run a setting, in float32, and measure 30 times on the way.

    Returns
    -------
    ``training_loss`` and ``validation_loss``, of shape (31,), before the first update and after each thirtieth of the
    run; ``update_size``, ‖Δw‖ of the last update of each; ``meter``, of shape (10,), the sharpness divided by the limit
    of the method at each tenth; ``asleep``, the share of the hidden units that in the end give every digit the same.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> found = train(Setting("rate-too-high"))
    >>> float(found["training_loss"][-1]), found["meter"].shape
    (100.0, (10,))
    """
    recipe, rng = setting.recipe, np.random.default_rng(setting.seed)
    surface, unseen = recipe.network(), recipe.network(unseen=True)
    weights, state = surface.draw(rng).astype("float32"), None
    batches = shuffled_batches(rng, recipe.samples, recipe.batch_size, recipe.epochs)
    limit = theory.stability_limit(recipe.momentum, recipe.nesterov)
    losses, sizes, meter = [_losses(surface, unseen, weights)], [], []
    for k, part in enumerate(np.array_split(np.arange(len(batches)), POINTS)):
        rate = recipe.learning_rate * recipe.factor((k + 0.5) / POINTS)
        if k % (POINTS // METERS) == 0:
            meter.append(sharpness(surface, weights, TOLERANCE) * rate / limit)
        gradients = batch_gradients(surface, [batches[j] for j in part])
        rule = SGD(rate, recipe.momentum, recipe.nesterov)
        run = descend(rule, gradients, weights, len(part), state=state, path=False)
        weights, state = run.positions[-1], tuple(each[-1] for each in run.states)
        sizes.append(float(np.linalg.norm(run.velocities[-1])))
        losses.append((LOST, LOST) if run.diverged else _losses(surface, unseen, weights))
        if losses[-1][0] >= LOST:
            break
    training, validation = np.transpose(losses)
    end = 1 + int(validation[1:].argmin()) if recipe.keeps_best else len(sizes)
    return {
        "training_loss": _held(training[: end + 1], POINTS + 1),
        "validation_loss": _held(validation[: end + 1], POINTS + 1),
        "update_size": _held(sizes[:end], POINTS),
        "meter": _held(meter, METERS),
        "asleep": _asleep(recipe, surface, weights),
    }


def _held(numbers, count: int) -> NDArray:
    """So many numbers: what a run that has ended came to is repeated."""
    return np.array([*numbers, *[numbers[-1]] * (count - len(numbers))])


def _losses(surface: Network, unseen: Network, weights: NDArray) -> tuple[float, float]:
    """Of the training and of the validation digits; no loss is above ``LOST``, and none is NaN."""
    return tuple(capped([each.value(weights) for each in (surface, unseen)], LOST).tolist())


def _asleep(recipe: Recipe, surface: Network, weights: NDArray) -> float:
    """Which share of the hidden units gives every digit the same."""
    seen = surface._forward(weights, surface._samples(slice(None), weights.dtype)[0])[1:-1]
    spread = np.concatenate([np.ptp(each[:, :-1], axis=0) for each in seen])
    return float((~(spread > ASLEEP)).mean())


EXPERIMENT = Experiment(
    module=__name__,
    setting=Setting,
    runs=settings,
    train=train,
    columns=lambda setting: [
        ("training_loss", float, (POINTS + 1,)),
        ("validation_loss", float, (POINTS + 1,)),
        ("update_size", float, (POINTS,)),
        ("meter", float, (METERS,)),
        ("asleep", float),
    ],
    packages=("numpy", "scikit-learn"),
    digest="6783c2c5ce1dbfdc",
    quick=lambda setting: setting.case in ("rate-too-low", "large-batch"),
)
"""The trainings behind the chapter, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('wrong_runs', 'wrong_runs.csv')
"""
