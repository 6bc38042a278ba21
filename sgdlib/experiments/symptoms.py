"""Curves that send people looking for help, each as it is and cured: small dense networks on the digits, in NumPy.

``python -m sgdlib.experiments symptoms`` made the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import settled
from sgdlib.data import shuffled_batches
from sgdlib.experiments import Experiment
from sgdlib.experiments.digits import capped, digits
from sgdlib.network import Dense, Network
from sgdlib.optimizer import SGD

__all__ = ["EXPERIMENT", "LOST", "POINTS", "RUNS", "SEEDS", "Phase", "Recipe", "Setting", "settings", "train"]

POINTS = 120  # how often the training loss is measured
LOST = 1e6
"""A loss above this, or one that is not a number, is written down as this.

>>> LOST
1000000.0
"""
SEEDS = (0, 1, 2)
BAD_ROW, BAD_FACTOR = 7, 16.0  # a picture that somebody forgot to divide by 16

Rate = Callable[[int], float]


def _constant(rate: float) -> Rate:
    return lambda update: rate


def _rising(rate: float, updates: int) -> Rate:
    """On a line from almost 0, and then constant."""
    return lambda update: rate * min(1.0, (update + 1) / updates)


def _cosine(peak: float, updates: int, begun: int = 0) -> Rate:
    """A cosine to 0 over so many updates, which begins at one of them."""
    return lambda update: 0.5 * peak * (1 + np.cos(np.pi * min(1.0, (update - begun) / updates)))


@dataclass(frozen=True)
class Phase:
    """A part of a run: how many updates, of which batch, at which rate; the rate counts from the run's first update.

    Parameters
    ----------
    updates, batch_size
        At least 1.
    rate
        The learning rate at an update.
    at_rest
        Whether the velocity is lost when the phase begins.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Phase(100, 32, lambda update: 0.1).at_rest
    False
    """

    updates: int
    batch_size: int
    rate: Rate
    at_rest: bool = False


@dataclass(frozen=True)
class Recipe:
    """A network on the digits, and how it is trained.

    Parameters
    ----------
    phases
        One after the other.
    depth, activation, loss
        Hidden layers of 64 units, "tanh" or "relu"; "squares" or "cross-entropy".
    scale
        What Glorot's first weights are multiplied by.
    momentum
        μ.
    clip
        The largest length of a gradient; None for any.
    samples
        How many digits it learns from.
    bad_row
        Whether one of the pictures is 16 times too bright.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> recipe = Recipe((Phase(4, 32, lambda update: 0.1), Phase(2, 32, lambda update: 0.01)))
    >>> recipe.updates
    6
    """

    phases: tuple[Phase, ...]
    depth: int = 1
    activation: str = "relu"
    loss: str = "cross-entropy"
    scale: float = 1.0
    momentum: float = 0.9
    clip: float | None = None
    samples: int = 720
    bad_row: bool = False

    @property
    def updates(self) -> int:
        """Of all phases."""
        return sum(phase.updates for phase in self.phases)

    def network(self) -> Network:
        """The loss over the digits that it learns from."""
        images, labels = (part[: self.samples].copy() for part in digits()[:2])
        if self.bad_row:
            images[BAD_ROW] *= BAD_FACTOR
        targets = np.eye(10, dtype="float32")[labels] if self.loss == "squares" else labels
        return Network((*[Dense(64, self.activation)] * self.depth, Dense(10)), images, targets, self.loss)


def _one(updates: int, batch_size: int, rate: Rate, **others) -> Recipe:
    return Recipe((Phase(updates, batch_size, rate),), **others)


def _deep(rate: Rate, clip: float | None = None) -> Recipe:
    """Six layers of ReLU whose first weights are twice Glorot's: a landscape with cliffs."""
    return _one(480, 32, rate, depth=6, scale=2.0, clip=clip)


def _whole(top: float) -> Recipe:
    """All digits in each batch, and a rate that rises to the end."""
    return _one(600, 360, _rising(top, 600), activation="tanh", loss="squares", samples=360)


def _step(rate: float, after: float) -> Recipe:
    """720 updates, with another rate for the last third."""
    return Recipe((Phase(480, 8, _constant(rate)), Phase(240, 8, _constant(after))))


def _resumed(rate: Rate, at_rest: bool) -> Recipe:
    """A cosine over 600 updates, stopped after 480 and taken up again."""
    return Recipe((Phase(480, 8, _cosine(0.1, 600)), Phase(120, 8, rate, at_rest)))


def _smaller(rate: float) -> Recipe:
    """A batch of 64, and then one of 4."""
    return Recipe((Phase(300, 64, _constant(0.1)), Phase(300, 4, _constant(rate))))


def _waves(rate: float, momentum: float) -> Recipe:
    how = {"activation": "tanh", "loss": "squares", "momentum": momentum, "samples": 360}
    return _one(240, 360, _constant(rate), **how)


_spikes = _one(480, 8, _constant(0.005), loss="squares", samples=360, bad_row=True)
_plateau = _one(480, 32, _constant(0.05), depth=5, activation="tanh", scale=0.3)
RUNS: dict[str, dict[str, Recipe]] = {
    "nan": {
        "none": _deep(_constant(0.1)),
        "warm-up": _deep(_rising(0.1, 100)),
        "clipping": _deep(_constant(0.1), clip=1.0),
        "both": _deep(_rising(0.1, 100), clip=1.0),
        "a tenth": _deep(_constant(0.01)),
    },
    "cliffs": {
        "none": _deep(_constant(0.05)),
        "warm-up": _deep(_rising(0.05, 100)),
        "clipping": _deep(_constant(0.05), clip=1.0),
        "both": _deep(_rising(0.05, 100), clip=1.0),
    },
    "late nan": {"none": _whole(0.4), "a third": _whole(0.05)},
    "plateau": {"none": _plateau, "first weights": replace(_plateau, scale=1.0)},
    "waves": {
        "none": _waves(0.02, 0.99),
        "a quarter": _waves(0.005, 0.99),
        "momentum 0.9": _waves(0.02, 0.9),
    },
    "spikes": {
        "none": _spikes,
        "clipping": replace(_spikes, clip=1.0),
        "repaired": replace(_spikes, bad_row=False),
    },
    "late rise": {"none": _one(960, 32, _rising(0.6, 960)), "a quarter": _one(960, 32, _rising(0.15, 960))},
    "resume": {
        "none": _resumed(_cosine(0.1, 600, begun=480), at_rest=True),
        "schedule kept": _resumed(_cosine(0.1, 600), at_rest=True),
        "all kept": _resumed(_cosine(0.1, 600), at_rest=False),
    },
    "floor": {"none": _step(0.1, 0.1), "a tenth": _step(0.1, 0.01)},
    "step": {"none": _step(0.01, 0.1), "three times": _step(0.01, 0.03), "constant": _step(0.01, 0.01)},
    "batch": {"none": _smaller(0.1), "a sixteenth": _smaller(0.1 / 16)},
}
"""What is run, by symptom and by remedy; "none" is the run as it is.

>>> list(RUNS["spikes"])
['none', 'clipping', 'repaired']
"""


@dataclass(frozen=True, order=True)
class Setting:
    """One training.

    Parameters
    ----------
    symptom, remedy
        Keys of ``RUNS``.
    seed
        Of the first weights and of the batches.

    Raises
    ------
    ValueError
        For a run that is not in ``RUNS``, or a seed below 0.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> Setting("waves", "a quarter").recipe.momentum
    0.99
    """

    symptom: str
    remedy: str = "none"
    seed: int = 0

    def __post_init__(self):
        settled(self, symptom=RUNS)
        if self.remedy not in RUNS[self.symptom]:
            raise ValueError(f"there is no run of {self.symptom!r} with the remedy {self.remedy!r}.")

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        return RUNS[self.symptom][self.remedy]


def settings() -> list[Setting]:
    """Return the settings of the stored table: every run with three seeds.

    Notes
    -----
    Behind the chapter "What is wrong with this run?".

    Examples
    --------
    >>> len(settings()) == 3 * sum(map(len, RUNS.values()))
    True
    """
    return [Setting(name, remedy, seed) for name in RUNS for remedy in RUNS[name] for seed in SEEDS]


@np.errstate(over="ignore", invalid="ignore")
def train(setting: Setting) -> dict[str, NDArray]:
    """Train with classical momentum, in float32, and measure 120 times on the way.

    ::

        g ← g min(1, clip/‖g‖);    v ← μ v − η g;    w ← w + v

    Returns
    -------
    ``training_loss``, of shape (121,), over all the samples: before the first update and after each part of the run;
    ``lost_at``, the first update after which it is not finite, 0 if it always is.

    Notes
    -----
    Behind the chapter "What is wrong with this run?". Source of the clipping: Pascanu, Mikolov and Bengio (2013).

    Examples
    --------
    >>> lost = train(Setting("nan"))
    >>> lost["training_loss"].shape, float(lost["training_loss"][-1])
    ((121,), 1000000.0)
    """
    recipe, rng = setting.recipe, np.random.default_rng(setting.seed)
    surface = recipe.network()
    weights = (recipe.scale * surface.draw(rng)).astype("float32")
    state, update, lost_at = SGD(momentum=recipe.momentum).init(weights), 0, 0
    every, losses = recipe.updates // POINTS, [float(surface.value(weights))]
    for phase in recipe.phases:
        state = SGD(momentum=recipe.momentum).init(weights) if phase.at_rest else state
        epochs = -(-phase.updates * phase.batch_size // recipe.samples) + 1
        batches = shuffled_batches(rng, recipe.samples, phase.batch_size, epochs)
        for rows in batches[: phase.updates]:
            gradient = surface.gradient(weights, rows)
            if recipe.clip:
                gradient *= min(1.0, recipe.clip / float(np.linalg.norm(gradient)))
            rule = SGD(phase.rate(update), recipe.momentum)
            weights, state = rule.step(lambda _, known=gradient: known, weights, state)
            update += 1
            if not lost_at and not np.isfinite(weights).all():
                lost_at = update
            if update % every == 0:
                losses.append(float(surface.value(weights)))
    return {"training_loss": capped(losses, LOST), "lost_at": np.int64(lost_at)}


EXPERIMENT = Experiment(
    module=__name__,
    setting=Setting,
    runs=settings,
    train=train,
    columns=lambda setting: [("training_loss", float, (POINTS + 1,)), ("lost_at", int)],
    packages=("numpy", "scikit-learn"),
    digest="0c12a6f6935ea112",
    quick=lambda setting: setting.symptom == "waves",
)
"""The runs behind the chapter's pictures, as the command knows them.

:meta hide-value:

>>> EXPERIMENT.name, EXPERIMENT.table.name
('symptoms', 'symptoms.csv')
"""
