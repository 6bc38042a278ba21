"""The trainer of the chapter on the edge of stability: a network that learns on the page, and its stability meter."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import traitlets

from sgdlib import figures, theory
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.base import CourseWidget, choice, flag, integer, number, one_of, rows
from sgdlib.widgets.page.flatten import flatten
from sgdlib.widgets.page.panels import panel_of
from sgdlib.widgets.page.words import number_words
from sgdlib.widgets.trainer.training import SAMPLES, TOLD, History, Plan, digits_text, train

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Trainer"]

ANSWERS = 12  # unseen digits that are shown with the network's answers
AT_THE_EDGE, ABOVE = (
    0.95,
    1.1,
)  # shares of the limit from which on the sharpness is said to have reached it, to be above
LATE = 0.4  # the part of a run that is said to be its end
CHANGES = 20  # how many changes in mid-run a run keeps

POINTS_AT_MOST = 6  # of a schedule
BATCH_SIZES = (8, 32, 128, SAMPLES)
LENGTHS = (200, 1000, 2000)
# What the list of schedules puts the points at: (share of the run, factor).
SCHEDULES = {
    "constant": [[0, 1], [0.25, 1], [0.5, 1], [0.75, 1], [1, 1]],
    "step": [[0, 1], [0.5, 1], [0.5, 0.1], [0.75, 0.1], [1, 0.1]],
    "cosine": [[0, 1], [0.25, 0.85], [0.5, 0.5], [0.75, 0.15], [1, 0]],
    "warm-up and cosine": [[0, 0], [0.1, 1], [0.4, 0.75], [0.7, 0.25], [1, 0]],
    "one-cycle": [[0, 0.1], [0.3, 1], [0.6, 0.6], [0.85, 0.15], [1, 0.01]],
}
FIRST = {
    "learning_rate": 0.08,
    "momentum": 0.0,
    "nesterov": False,
    "loss": "squares",
    "batch_size": SAMPLES,
    "hidden": "64",
    "activation": "tanh",
    "updates": 1000,
    "seed": 0,
    "schedule": SCHEDULES["constant"],
    "momentum_schedule": SCHEDULES["constant"],
    "earlier": [],
}
PANELS = {
    "loss": {
        "title": "Loss",
        "x": {"label": "update k", "low": 0},
        "y": {"label": "loss", "low": 0.001, "high": 10, "log": True},
    },
    "meter": {
        "title": "Stability meter: sharpness / limit",
        "x": {"label": "update k", "low": 0},
        "y": {"label": "share of the limit", "low": 0, "high": 2},
    },
    "schedule": {
        "x": {"label": "share of the run", "low": 0, "high": 1},
        "y": {"label": "factor", "low": 0, "high": 1.05},
    },
}
LIMITS = {"gradient descent": "2/η", "momentum": "2(1 + μ)/η", "Nesterov": "(2 + 2μ)/((1 + 2μ)η)"}
SAYS = {
    "SGD": "SGD in batches of {batch_size}",
    "gradient descent": "Gradient descent",
    "momentum": "Momentum {momentum}",
    "Nesterov": "Nesterov with momentum {momentum}",
    "setting": "{method}, learning rate {learning_rate}: the limit of the sharpness, {formula}, is {limit}.",
    "diverged": "The run diverges at update {k}.",
    "lost": "After {updates} updates the loss is higher than at the start: the run is lost.",
    "end": "After {updates} updates the loss is {loss}, on unseen digits {validation}, "
    "and {right} % of these are right.",
    "edge": "The sharpness has reached the limit and stays near it: {low} to {high} times it at the end.",
    "below": "The sharpness stays below the limit: {low} to {high} times it at the end.",
    "above": "The sharpness stands above the limit: {low} to {high} times it at the end.",
    "still": "The learning rate is 0 at the end, so there is no limit.",
    "now": "Update {k} of {updates}: loss {loss}, on unseen digits {validation}.",
    "first": "The sharpness is {share} times the limit, as measured before the first update.",
    "rises": "The sharpness rises, to {share} times the limit.",
    "falls": "The sharpness falls, to {share} times the limit.",
    "at": "The sharpness has reached the limit of {method}, {share} times it: the loss goes down in jumps.",
    "far_above": "The sharpness is {share} times the limit: the steps grow, until it gives way or the run is lost.",
    "ready": "The network knows nothing yet. Run trains it.",
    "stale": "Run trains with the new setting.",
    "shown": "Shown is {setting}.",
    "short": "{method}, learning rate {learning_rate}{changed}",
    "changed": ", then changed in mid-run ({count})",
    "stopped": "(stopped at update {k})",
    "which": "of the run: {setting}",
    "name": "name",
    "again": "Show again",
    "copy": "Copy this run as Keras code",
    "copied": "Copied the Keras code that makes this run again.",
    "full": "A run keeps {count} changes; go back to the start for more.",
    "answers": "The network takes {count} unseen digits for {answers}: {right} are right.",
    "lines": "solid: training; dashed: unseen",
    "limit": "limit of the method",
    "new_limit": "limit of the new setting, {limit}",
    "loss_panel": "The training and the validation loss against the update.",
    "meter_panel": "The sharpness divided by the limit of the method against the update; now {share}.",
    "schedule": "{what} over the run",
    "schedule_panel": "What the {what} is multiplied by over the run, at its points {points}.",
    "point": "point {number} of the {what}",
    "factor": "at {share} % of the run {factor} times",
    "drawn": "drawn by hand",
}


class Trainer(CourseWidget):
    """A network that learns ten digits with SGD, momentum or Nesterov, and how near it stands to the method's limit.

    ::

        g = ∇f(θ) over the batch,    v ← μ v − η g,    θ ← θ + v,  with Nesterov  θ ← θ + μ v − η g
        the meter: L / limit,    L the largest curvature of f at θ,    limit = theory.stability_limit(μ, nesterov) / η

    The network has 64 inputs, hidden layers and 10 linear outputs; it learns from 360 digits, and 360 others validate.

    Parameters
    ----------
    learning_rate, momentum, nesterov
        η from 0.001 to 10, μ from 0 to 1, and whether Nesterov looks ahead.
    loss
        "squares", ½ · sum of squares, or "cross-entropy".
    batch_size
        8, 32, 128 or 360, which is all.
    hidden, activation
        Units of the hidden layers, "64", "16" or "32-32"; "tanh" or "relu".
    updates
        The length of the run: 200, 1000 or 2000.
    seed
        Of the first weights and the batches, from 0 to 99.
    schedule, momentum_schedule
        Points (share of the run, factor) of straight lines that η and μ are multiplied by.
    earlier
        Changes in mid-run: rows (until which update, η, μ, 1 for Nesterov) of what was set before.

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapter on the edge of stability. Source: Cohen et al. (2021).

    Examples
    --------
    >>> run = Trainer(hidden="16", updates=200).trajectory()
    >>> run.points.shape, run.meter.shape, run.diverged_at
    ((201, 4), (26, 3), -1)
    """

    told: ClassVar[dict] = {
        "ANSWERS": ANSWERS,
        "AT_THE_EDGE": AT_THE_EDGE,
        "ABOVE": ABOVE,
        "LATE": LATE,
        "CHANGES": CHANGES,
        "SCHEDULES": SCHEDULES,
        "PANELS": PANELS,
        "LIMITS": LIMITS,
        "SAYS": SAYS,
        "DEFAULTS": FIRST,
        "POINTS_AT_MOST": POINTS_AT_MOST,
        "WORKER": flatten(Path(__file__).with_name("worker.mjs"), told={"trainer": TOLD}),
        **TOLD,
    }

    learning_rate = number(FIRST["learning_rate"], 0.001, 10.0)
    momentum = number(FIRST["momentum"], 0.0, 1.0)
    nesterov = flag(FIRST["nesterov"])
    loss = choice("squares", "cross-entropy")
    batch_size = one_of(BATCH_SIZES, FIRST["batch_size"])
    hidden = choice("64", "16", "32-32")
    activation = choice("tanh", "relu")
    updates = one_of(LENGTHS, FIRST["updates"])
    seed = integer(FIRST["seed"], 0, 99)
    schedule = rows(FIRST["schedule"], ((0, 1), (0, 1)), least=1, most=POINTS_AT_MOST)
    momentum_schedule = rows(FIRST["momentum_schedule"], ((0, 1), (0, 1)), least=1, most=POINTS_AT_MOST)
    earlier = rows(FIRST["earlier"], ((0, LENGTHS[-1]), (0.001, 10), (0, 1), (0, 1)), least=0, most=CHANGES)

    def data(self) -> dict:
        """The digits, and the run of this setting, so that the page shows it before it has trained."""
        history = self.trajectory()
        return {
            "digits": digits_text(),
            "run": {
                "points": [
                    [int(k), *(_short(each) for each in rest)] for k, *rest in history.points.tolist()
                ],
                "meter": [[int(k), *(_short(each) for each in rest)] for k, *rest in history.meter.tolist()],
                "diverged_at": history.diverged_at,
                "setting": self.setting(),
                "answers": self._answers(history),
            },
        }

    @traitlets.default("_data")
    def _data_for_jupyter(self) -> dict:
        # no run: a widget is there at once, and its page trains by itself
        return {"digits": digits_text()}

    @property
    def plan(self) -> Plan:
        """The setting as all that decides a run."""
        return Plan(**{field.name: _frozen(getattr(self, field.name)) for field in fields(Plan)})

    @property
    def optimizer(self) -> SGD:
        """sgdlib's optimizer for the present setting; a schedule starts from it."""
        return SGD(self.learning_rate, self.momentum, self.nesterov and self.momentum > 0)

    def trajectory(self) -> History:
        """The run of the present setting, to its end."""
        return train(self.plan)

    def words(self) -> str:
        """The method with its limit, and what comes of the run, in a few sentences."""
        return f"{self._setting_words()} {self._outcome(self.trajectory())}"

    def _method(self) -> str:
        return "gradient descent" if self.momentum == 0 else "Nesterov" if self.nesterov else "momentum"

    def _setting_words(self) -> str:
        method = self._method()
        noisy = method == "gradient descent" and self.batch_size < SAMPLES
        limit = float(theory.stability_limit(self.momentum, self.nesterov)) / self.learning_rate
        return SAYS["setting"].format(
            method=SAYS["SGD" if noisy else method].format(
                momentum=number_words(self.momentum), batch_size=int(self.batch_size)
            ),
            learning_rate=number_words(self.learning_rate),
            formula=LIMITS[method],
            limit=number_words(limit),
        )

    def _outcome(self, history: History) -> str:
        if history.diverged_at >= 0:
            return SAYS["diverged"].format(k=history.diverged_at)
        k, loss, validation, right = history.points[-1]
        if loss > history.points[0, 1]:
            return SAYS["lost"].format(updates=int(k))
        end = SAYS["end"].format(
            updates=int(k),
            loss=number_words(loss),
            validation=number_words(validation),
            right=number_words(100 * right),
        )
        return f"{end} {_standing(history)}"

    def _answers(self, history: History) -> list[int]:
        return self.plan.validation.outputs(history.weights)[:ANSWERS].argmax(-1).tolist()

    def picture(self) -> figures.Picture:
        """The losses, and the sharpness as a share of the method's limit, against the update, with alt text."""
        history = self.trajectory()
        alt = (
            "Left, the training and the validation loss against the update, on a log scale; right, the sharpness "
            f"divided by the limit of the method, with a line at 1. {self.words()}"
        )
        return figures.show(self._loss_panel(history), self._meter_panel(history), alt=alt)

    def _look(self) -> str:
        method = self._method()
        return "SGD" if method == "gradient descent" and self.batch_size < SAMPLES else method

    def _loss_panel(self, history: History) -> Axes:
        ax = panel_of(PANELS["loss"], limits="")
        updates, training, validation, _ = history.points.T
        low, high = PANELS["loss"]["y"]["low"], PANELS["loss"]["y"]["high"]
        figures.curve(ax, np.clip(training, low / 9, 9 * high), self._look(), x=updates, linestyle="-")
        ax.plot(updates, np.clip(validation, low / 9, 9 * high), color=figures.MUTED, linewidth=1.4)
        ax.set(xlim=(0, self.updates), ylim=(low, high))
        return ax

    def _meter_panel(self, history: History) -> Axes:
        ax = panel_of(PANELS["meter"], limits="y")
        updates, _, shares = history.meter.T
        high = PANELS["meter"]["y"]["high"]
        ax.axhline(1, color=figures.INK, linewidth=1, linestyle=":")
        look = figures.LOOKS[self._look()]
        ax.plot(updates, np.clip(shares, -1, 9 * high), color=look.color, marker=look.marker, markersize=4)
        ax.set(xlim=(0, self.updates))
        return ax


def _short(value: float) -> float:
    return float(f"{np.clip(value, -1e99, 1e99):.4g}")


def _frozen(value):
    return tuple(tuple(row) for row in value) if isinstance(value, list) else value


def _standing(history: History) -> str:
    """Where the sharpness stands at the end of a run, in a sentence."""
    late = history.meter[history.meter[:, 0] >= (1 - LATE) * history.meter[-1, 0], 2]
    low, high = late.min(), late.max()
    if late[-1] == 0:
        return SAYS["still"]
    standing = "above" if low > ABOVE else "edge" if high >= AT_THE_EDGE else "below"
    return SAYS[standing].format(low=number_words(low), high=number_words(high))
