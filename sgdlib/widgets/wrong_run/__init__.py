"""Twelve trainings with something wrong: the reader names the cause, then tries remedies, each of which was run."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures
from sgdlib.experiments.wrong_runs import (
    CASES,
    EXPERIMENT,
    LOST,
    METERS,
    POINTS,
    REMEDIES,
    Recipe,
    recipe_of,
)
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.base import CourseWidget, choice, flag, integer
from sgdlib.widgets.page.panels import panel_of
from sgdlib.widgets.page.words import number_words

__all__ = ["CAUSES", "WrongRun", "ending"]

ENDING = 5  # so many of the last losses are averaged: a noisy run ends somewhere

CAUSES = {
    "overfitting": (
        "it overfits",
        "Then the training loss would go on falling while the validation loss rises.",
    ),
    "dead-units": (
        "its ReLUs are dead",
        "Then the training loss would jump, and stand at 2.30, ln 10, for good.",
    ),
    "large-batch": (
        "its batches have grown, its learning rate has not",
        "Then the loss would fall as smoothly as its predecessor’s, only more slowly.",
    ),
    "unscaled": (
        "its features are not scaled",
        "Then the meter would begin far above 1, and the loss stay high.",
    ),
    "wrong-labels": (
        "its labels are wrong",
        "Then the validation loss would never come below 2.30, that of a guess among ten.",
    ),
    "rate-too-high": (
        "its learning rate is too high",
        "Then the meter would begin above 1, and the loss leap up at once.",
    ),
    "rate-too-low": (
        "its learning rate is too low",
        "Then the loss would creep down without a jump, the meter far below 1, with no better predecessor.",
    ),
    "noise": (
        "its learning rate stays high to the end",
        "Then the loss would fall well at first, and then jump about on a level.",
    ),
    "waves": (
        "its momentum is too high",
        "Then the loss would go up and down in waves, though its batch is everything.",
    ),
    "lookahead": (
        "it looks ahead, beyond Nesterov’s limit",
        "Then a predecessor without Nesterov would have lived at the same learning rate.",
    ),
    "same-effective-rate": (
        "its effective learning rate has not changed",
        "Then it would end where its predecessor ended, at another momentum.",
    ),
    "short-schedule": (
        "its schedule ended too early",
        "Then the size of the updates would fall to 0 early, and the loss stand still from there on.",
    ),
}
"""What may be wrong, in words, and what one would see then.

>>> CAUSES["waves"][0]
'its momentum is too high'
"""

FITS = {
    "rate-too-low": ("large-batch",),
    "dead-units": ("rate-too-high",),
    "same-effective-rate": ("rate-too-low",),
    "wrong-labels": ("overfitting",),
    "lookahead": ("rate-too-high",),
    "unscaled": ("rate-too-high",),
    "large-batch": ("rate-too-low",),
}
"""Other causes whose signs a run shows as well.

>>> FITS["unscaled"]
('rate-too-high',)
"""

TRIED = {
    "lower": ("a tenth of the learning rate", ""),
    "higher": ("ten times the learning rate", ""),
    "momentum": ("momentum 0.9", "it has that already"),
    "heavy-ball": ("nesterov=False", "it does not look ahead"),
    "warm-up": ("a warm-up over the first tenth, then constant", "it has that already"),
    "cosine": ("a cosine down to 0 at the end of the run", "it has that already"),
    "scale": ("features from 0 to 1", "they are so already"),
    "stop-early": ("stop where the validation loss is lowest", ""),
    "more-digits": ("learn from all 360 digits", "it does so already"),
    "labels": ("put the labels right", "they are right already"),
}
SEEN = {
    "rate-too-high": "The meter began at {meter_first}, and the loss has left the picture.",
    "overfitting": "The training loss ends at {end}; the validation loss was {val_low} and ends at {val_end}.",
    "short-schedule": "The last updates have size {size_last}, and the loss stands at {end}.",
    "rate-too-low": "The loss came from {first} to {end} without a jump; the meter ends at {meter_last}.",
    "dead-units": "The loss stands at {end}: {asleep} % of the hidden units give every digit the same.",
    "same-effective-rate": "Its predecessor ended at {before_end}, it ends at {end}.",
    "waves": "The loss rose {rises} times in {points} measurements, though every batch is all digits.",
    "wrong-labels": "The training loss ends at {end}; the validation loss was never below {val_low}.",
    "lookahead": "Its meter began at {meter_first}, that of its predecessor at {before_meter}.",
    "noise": "In the last third the loss was between {late_low} and {late_high}; the updates stay at {size_last}.",
    "unscaled": "The meter began at {meter_first}, and {asleep} % of the hidden units give every digit the same.",
    "large-batch": "Its predecessor ended at {before_end}, it ends at {end}, its meter at {meter_last}.",
}
SAYS = {
    "run": "Run {case}: {trained}.",
    "trained": "a network {layers} with {activation} learns {samples} digits, {batch_size} in a batch, {epochs} epochs",
    "before": "Its predecessor, pale, had {difference}.",
    "had": "its predecessor, with {difference}",
    "itself": "the run without the remedy",
    "nobody": "none",
    "ask": "What is wrong?",
    "right": "Yes, {cause}.",
    "wrong": "No, not that.",
    "fits": "That would look much the same; what tells is this.",
    "cured": "{remedy}: the validation loss ends at {end}, without it at {was}.",
    "saved": "{remedy}: the validation loss ends at {end}, and the run is not lost.",
    "lost": "{remedy}: the run is lost.",
    "first": "No other remedy does better.",
    "one": "One other remedy does better.",
    "better": "{count} other remedies do better.",
    "idle": "{remedy}: nothing changes, {why}.",
    "lines": "solid: training; dashed: validation",
    "limit": "the limit",
    "gone": "lost",
    "none": "none tried",
}
PART = {"label": "part of the run, %", "low": 0, "high": 100}
PANELS = {
    "loss": {"title": "Loss", "x": PART, "y": {"label": "loss", "low": 1e-3, "high": 10.0, "log": True}},
    "size": {
        "title": "Size of an update",
        "x": PART,
        "y": {"label": "‖Δw‖", "low": 1e-4, "high": 10.0, "log": True},
    },
    "meter": {
        "title": "Stability meter",
        "x": PART,
        "y": {"label": "L / limit", "low": 1e-3, "high": 100.0, "log": True},
    },
}


class WrongRun(CourseWidget):
    """A training with something wrong, by its curves alone; the cause is to be named, and remedies to be tried.

    Every curve was measured: see ``sgdlib.experiments.wrong_runs``. The first seed is shown.

    Parameters
    ----------
    case
        Which of the trainings, from 1 to 12.
    cause
        What the reader takes to be wrong, a key of ``CAUSES``; "open" while nothing is said.
    remedy
        What is tried, a key of ``sgdlib.experiments.wrong_runs.REMEDIES``; "none" for nothing.
    meter
        Whether the stability meter is shown, too.

    Raises
    ------
    traitlets.TraitError
        For another case, cause or remedy.

    Notes
    -----
    Stands in the chapter "What is wrong with this run?". Source: the runs themselves.

    Examples
    --------
    >>> WrongRun(case=4, cause="rate-too-low", remedy="higher").words().split(": ")[-1]
    'the validation loss ends at 0.538, without it at 1.99. No other remedy does better.'
    """

    told: ClassVar[dict] = {
        "CAUSES": {name: list(texts) for name, texts in CAUSES.items()},
        "TRIED": {name: label for name, (label, _) in TRIED.items()},
        "SAYS": SAYS,
        "PANELS": PANELS,
        "POINTS": POINTS,
        "METERS": METERS,
        "LOST": LOST,
    }
    case = integer(1, 1, len(CASES))
    cause = choice("open", *CAUSES)
    remedy = choice("none", *REMEDIES)
    meter = flag(False)

    @property
    def name(self) -> str:
        """What is wrong: a key of ``CASES``."""
        return list(CASES)[self.case - 1]

    @property
    def recipe(self) -> Recipe:
        """What is trained, under the remedy if it changes something."""
        return recipe_of(self.name, self.remedy) or recipe_of(self.name)

    @property
    def optimizer(self) -> SGD:
        """The rule of the run, under the remedy."""
        return SGD(self.recipe.learning_rate, self.recipe.momentum, self.recipe.nesterov)

    def trajectory(self) -> NDArray:
        """The entry of the table that is shown: a measured run, so its curves stand here."""
        return _runs(self.name)[self.remedy if self.remedy in _runs(self.name) else "none"]

    def data(self) -> dict:
        """Of every case its name, what is said of it, and the curves under each remedy."""
        return {"cases": [_told(case) for case in CASES]}

    def words(self) -> str:
        """What is trained, whether the cause is the right one, and what the remedy does."""
        told = _told(self.name)
        said = [told["run"], SAYS["ask"]]
        if self.cause == self.name:
            said[1:] = [SAYS["right"].format(cause=CAUSES[self.cause][0]), told["seen"]]
        elif self.cause in FITS.get(self.name, ()):
            said[1:] = [SAYS["fits"], told["seen"]]
        elif self.cause != "open":
            said[1:] = [SAYS["wrong"], CAUSES[self.cause][1], told["seen"]]
        if self.remedy != "none":
            said.append(told["remedies"][self.remedy])
        return " ".join(said)

    def picture(self) -> figures.Picture:
        """The losses, the size of the updates and, if asked for, the meter, with alt text."""
        runs, recipe = _runs(self.name), recipe_of(self.name)
        shown = [runs[name] for name in ("before", "none") if name in runs]
        looks = [None, _look(recipe)][-len(shown) :]
        if self.remedy in REMEDIES and self.remedy in runs:
            shown, looks = [runs["none"], runs[self.remedy]], [None, _look(self.recipe)]
        names = ["loss", "size"] + ["meter"] * self.meter
        panels = [panel_of(PANELS[name]) for name in names]
        parts = {"loss": np.linspace(0, 100, POINTS + 1), "size": np.linspace(0, 100, POINTS + 1)[1:]}
        parts["meter"] = np.arange(METERS) * 100 / METERS
        fields = {"loss": "training_loss", "size": "update_size", "meter": "meter"}
        for ax, name in zip(panels, names, strict=True):
            for run, look in zip(shown, looks, strict=True):
                _draw(ax, parts[name], run[fields[name]], look, "-")
                if name == "loss":
                    _draw(ax, parts[name], run["validation_loss"], look, "--")
        if self.meter:
            panels[-1].axhline(1, color=figures.INK, linewidth=1.2, linestyle=":")
        panels[0].text(98, 6.5, SAYS["lines"], ha="right", va="top")
        alt = f"The losses and the size of an update over the run{', and the meter' * self.meter}. {self.words()}"
        return figures.show(*panels, alt=alt)


def ending(run: NDArray) -> float:
    """Where the validation loss of an entry of the table ends: the mean of the last five measurements.

    Notes
    -----
    By this the chapter "What is wrong with this run?" compares remedies.

    Examples
    --------
    >>> ending(WrongRun(case=2).trajectory())
    100.0
    """
    return float(np.mean(run["validation_loss"][-ENDING:]))


@cache
def _runs(case: str) -> dict[str, NDArray]:
    """The runs of a case with the first seed, by their remedies."""
    table = EXPERIMENT.load()
    return {str(run["remedy"]): run for run in table[(table["case"] == case) & (table["seed"] == 0)]}


@cache
def _told(case: str) -> dict:
    """What the page is told of a case."""
    runs, recipe = _runs(case), recipe_of(case)
    return {
        "name": case,
        "fits": list(FITS.get(case, ())),
        "trained": _trained(recipe),
        "pale": _pale(case),
        "run": _introduced(case, recipe),
        "seen": SEEN[case].format(**_facts(runs)),
        "remedies": {remedy: _verdict(remedy, runs) for remedy in REMEDIES},
        "runs": {remedy: _curves(case, remedy, run) for remedy, run in runs.items()},
    }


def _curves(case: str, remedy: str, run: NDArray) -> dict:
    recipe = recipe_of(case, remedy)
    rule = {"learning_rate": recipe.learning_rate, "momentum": recipe.momentum, "nesterov": recipe.nesterov}
    curves = {"t": "training_loss", "v": "validation_loss", "u": "update_size", "m": "meter"}
    return {
        "rule": rule,
        "look": _look(recipe),
        "end": ending(run),
        **{short: run[field].tolist() for short, field in curves.items()},
    }


def _trained(recipe: Recipe) -> str:
    return SAYS["trained"].format(
        layers="-".join(map(str, (64, *recipe.hidden, 10))),
        activation={"relu": "ReLU"}.get(recipe.activation, recipe.activation),
        samples=recipe.samples,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
    )


def _difference(case: str) -> str:
    """What a predecessor had otherwise, as Keras names it; empty if there is none."""
    recipe, before = CASES[case]
    differs = [name for name in vars(recipe) if before and getattr(before, name) != getattr(recipe, name)]
    return " and ".join(f"{name}={getattr(before, name)}" for name in differs)


def _pale(case: str) -> str:
    """What the pale curve is while no remedy is tried."""
    difference = _difference(case)
    return SAYS["had"].format(difference=difference) if difference else SAYS["nobody"]


def _introduced(case: str, recipe: Recipe) -> str:
    said = SAYS["run"].format(case=1 + list(CASES).index(case), trained=_trained(recipe))
    difference = _difference(case)
    return said + (" " + SAYS["before"].format(difference=difference) if difference else "")


def _facts(runs: dict[str, NDArray]) -> dict[str, str]:
    """The numbers that a sentence about a run may name."""
    run, before = runs["none"], runs.get("before", runs["none"])
    loss, validation = run["training_loss"], run["validation_loss"]
    late = loss[-(len(loss) // 3) :]
    numbers = {
        "first": loss[0],
        "end": loss[-1],
        "late_low": late.min(),
        "late_high": late.max(),
        "rises": (np.diff(loss) > 0).sum(),
        "points": POINTS,
        "val_low": validation.min(),
        "val_end": ending(run),
        "size_last": run["update_size"][-1],
        "meter_first": run["meter"][0],
        "meter_last": run["meter"][-1],
        "asleep": 100 * run["asleep"],
        "before_end": before["training_loss"][-1],
        "before_meter": before["meter"][0],
    }
    return {name: number_words(number) for name, number in numbers.items()}


def _verdict(remedy: str, runs: dict[str, NDArray]) -> str:
    """What a remedy does to a case, in a sentence or two."""
    label, why = TRIED[remedy]
    label = label if "=" in label else label[0].upper() + label[1:]
    if remedy not in runs:
        return SAYS["idle"].format(remedy=label, why=why)
    if (end := ending(runs[remedy])) >= LOST:
        return SAYS["lost"].format(remedy=label)
    better = sum(ending(runs[other]) < end for other in REMEDIES if other in runs)
    place = SAYS[("first", "one")[better] if better < 2 else "better"].format(count=better)
    was = ending(runs["none"])
    cured = SAYS["saved" if was >= LOST else "cured"]
    return f"{cured.format(remedy=label, end=number_words(end), was=number_words(was))} {place}"


def _look(recipe: Recipe) -> str:
    """The method, as the course's pictures name it."""
    if recipe.momentum == 0:
        return "gradient descent" if recipe.batch_size >= recipe.samples else "SGD"
    return "Nesterov" if recipe.nesterov else "momentum"


def _draw(ax, parts: NDArray, values: NDArray, look: str | None, dash: str) -> None:
    """A curve of a method, or of a run that stands back, within the picture's reach."""
    inside = np.clip(values, 1e-6, 1e6)
    if look:
        figures.curve(ax, inside, look, x=parts, linestyle=dash, linewidth=1.6 if dash == "-" else 1)
    else:
        ax.plot(parts, inside, color=figures.MUTED, linestyle=dash, linewidth=1)
