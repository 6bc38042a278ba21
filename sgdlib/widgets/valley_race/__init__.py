"""The valley race of the chapters on momentum and Nesterov."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Beale, Himmelblau, Rosenbrock, Saddle, valley
from sgdlib.widgets.page.base import CourseWidget, choice, flag, integer, number

__all__ = ["ValleyRace"]

RACERS = ("gradient descent", "momentum", "Nesterov")
COUNTED = 5000
TOLERANCE = 1e-6


class Track(NamedTuple):
    """What a surface starts with: the view, the start, a rate that it can stand, and all its minima."""

    x: tuple[float, float]
    y: tuple[float, float]
    start: tuple[float, float]
    learning_rate: float
    crowd: int  # how the contour levels crowd towards the lowest
    minima: tuple[tuple[float, float], ...]


# As in valley-race.mjs.
TRACKS = {
    "valley": Track((-6, 6), (-4.5, 4.5), (-5.0, 2.0), 0.05, 2, ((0.0, 0.0),)),
    "rosenbrock": Track((-2, 2), (-1, 2), (-1.2, 1.0), 0.001, 3, ((1.0, 1.0),)),
    "beale": Track((-1, 5), (-2.25, 2.25), (1.0, 1.5), 0.003, 6, ((3.0, 0.5),)),
    "himmelblau": Track(
        (-6, 6),
        (-4.5, 4.5),
        (0.0, 0.0),
        0.003,
        4,
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
    ),
    "saddle": Track((-2.4, 2.4), (-1.8, 1.8), (-2.0, 0.01), 0.05, 2, ((0.0, 1.0), (0.0, -1.0))),
}


class Racer(NamedTuple):
    """One method's race: its run, the minimum it is nearest to in the end, and the steps to get there, or −1."""

    run: Trajectory
    home: tuple[float, float]
    arrived: int


class ValleyRace(CourseWidget):
    """Gradient descent, momentum and Nesterov from one start, step by step.

    ::

        v ← μ v − η ∇f(w)  or, for Nesterov,  v ← μ v − η ∇f(w + μ v);    w ← w + v;    μ = 0 is gradient descent
        the valley: f(x, y) = ½ (4/κ x² + 4 y²)
        tuned: each method with the η and μ of theory.best_tuning on the valley

    Counted are the steps until a run stays within 1e-6 of a minimum, in 5000 steps.

    Parameters
    ----------
    learning_rate, momentum
        η from 0.0001 to 1 and μ from 0 to 1, for all methods. To set either ends the tuning.
    condition_number
        κ of the valley, from 1 to 1000; the other surfaces do not use it.
    surface
        "valley", "rosenbrock", "beale", "himmelblau" or "saddle". A new surface brings its own start and learning
        rate, unless the call that makes the widget gives them.
    start_x, start_y
        Where all three start, each from −6 to 6.
    steps
        How many steps the picture holds, from 1 to 1000.
    step
        The step shown, from 0 to 1000; beyond ``steps`` it is the end of the race.
    tuned
        Each method at its own optimum. Known on the valley; without effect on the other surfaces.

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapters on momentum and on Nesterov's lookahead. Source: Polyak (1964); Sutskever et al. (2013);
    the best tunings from Lessard, Recht and Packard (2016), proposition 1.

    Examples
    --------
    >>> ValleyRace().arrived()
    {'gradient descent': 1535, 'momentum': 295, 'Nesterov': 269}
    >>> ValleyRace(tuned=True).arrived()
    {'gradient descent': 155, 'momentum': 42, 'Nesterov': 62}
    """

    learning_rate = number(0.05, 1e-4, 1.0)
    momentum = number(0.9, 0.0, 1.0)
    condition_number = number(20.0, 1.0, 1000.0)
    surface = choice(*TRACKS)
    start_x = number(-5.0, -6.0, 6.0)
    start_y = number(2.0, -6.0, 6.0)
    steps = integer(150, 1, 1000)
    step = integer(1000, 0, 1000)
    tuned = flag(False)

    def __init__(self, **settings):
        if settings.get("surface") in tuple(TRACKS):  # a list cannot be a key
            settings = self._own(settings["surface"]) | settings
        super().__init__(**settings)
        self.observe(self._follow, ["surface", "learning_rate", "momentum"])

    def set_state(self, sync_data):
        # what comes from the page has followed already, and comes complete
        self.unobserve(self._follow, ["surface", "learning_rate", "momentum"])
        try:
            super().set_state(sync_data)
        finally:
            self.observe(self._follow, ["surface", "learning_rate", "momentum"])

    def _follow(self, change):
        self.tuned = False
        if change.name == "surface":
            for name, value in self._own(change.new).items():
                setattr(self, name, value)

    @staticmethod
    def _own(surface: str) -> dict:
        track = TRACKS[surface]
        return {"start_x": track.start[0], "start_y": track.start[1], "learning_rate": track.learning_rate}

    @property
    def loss(self):
        """The surface of the present setting, with ``value`` and ``gradient``."""
        if self.surface == "valley":
            return valley(self.condition_number)
        return {"rosenbrock": Rosenbrock, "beale": Beale, "himmelblau": Himmelblau, "saddle": Saddle}[
            self.surface
        ]()

    @property
    def optimizers(self) -> dict[str, SGD]:
        """Each method's optimizer, by the method's name."""
        if self.tuned and self.surface == "valley":
            small = 4.0 / self.condition_number
            return {
                method: theory.best_tuning(method.replace("N", "n"), small, 4.0).optimizer
                for method in RACERS
            }
        eta, mu = self.learning_rate, self.momentum
        return dict(zip(RACERS, (SGD(eta), SGD(eta, mu), SGD(eta, mu, nesterov=True)), strict=True))

    @property
    def optimizer(self) -> SGD:
        """The winner's optimizer; momentum's if nobody arrives."""
        return self.optimizers[self._winner(self._race()) or "momentum"]

    def trajectory(self) -> dict[str, Trajectory]:
        """sgdlib's run of the present setting for each method, by the method's name, over ``steps`` steps."""
        return self._runs(self.steps)

    def arrived(self) -> dict[str, int]:
        """The steps after which each method stays within 1e-6 of a minimum; −1 if it is not there after 5000."""
        return {method: racer.arrived for method, racer in self._race().items()}

    def words(self) -> str:
        return self._words(self._race())

    def _runs(self, steps: int) -> dict[str, Trajectory]:
        surface, start = self.loss, [self.start_x, self.start_y]
        runs = {
            method: descend(optimizer, surface.gradient, start, steps)
            for method, optimizer in self.optimizers.items()
        }
        return {method: replace(run, losses=surface.value(run.positions)) for method, run in runs.items()}

    def _race(self) -> dict[str, Racer]:
        racers = {}
        for method, run in self._runs(COUNTED).items():
            home = min(TRACKS[self.surface].minima, key=lambda at: np.hypot(*(run.positions[-1] - at)))
            racers[method] = Racer(run, home, int(steps_to_stay_within(run.positions, TOLERANCE, home)))
        return racers

    @staticmethod
    def _winner(racers: dict[str, Racer]) -> str | None:
        there = [method for method, racer in racers.items() if racer.arrived >= 0]
        return min(there, key=lambda method: racers[method].arrived, default=None)

    def _words(self, racers: dict[str, Racer]) -> str:
        # the same words as in valley-race.mjs
        minimum = "a minimum" if len(TRACKS[self.surface].minima) > 1 else "the minimum"
        winner = self._winner(racers)

        def listed(methods) -> str:
            return "; ".join(f"{method} {_result(racers[method])}" for method in methods)

        if winner is None:
            words = f"nobody is within 1e-6 of {minimum} after {COUNTED} steps: {listed(racers)}."
        else:
            fewest = racers[winner].arrived
            first = [method for method in racers if racers[method].arrived == fewest]
            rest = [method for method in racers if method not in first]
            rest.sort(key=lambda method: (racers[method].arrived < 0, racers[method].arrived))
            steps = f"{fewest} step{'s' * (fewest != 1)}"
            if len(first) == 3:
                words = f"a dead heat: all three are within 1e-6 of {minimum} after {steps}."
            else:
                verb = "wins" if len(first) == 1 else "tie"
                words = (
                    f"{' and '.join(first)} {verb}, within 1e-6 of {minimum} after {steps}; {listed(rest)}."
                )
            if len({racer.home for racer in racers.values() if racer.arrived >= 0}) > 1:
                words += " They end in different minima."
        if self.tuned and self.surface == "valley":
            return f"Each at its best for this valley: {words}"
        how = "Tuning is known for the valley only. " if self.tuned else ""
        return how + words[0].upper() + words[1:]

    def picture(self) -> figures.Picture:
        racers, surface, track = self._race(), self.loss, TRACKS[self.surface]
        shown = min(self.step, self.steps)
        x, y = _with(track.x, self.start_x), _with(track.y, self.start_y)
        lowest = float(surface.value(np.array(track.minima[0])))
        corners = surface.value(np.array([(a, b) for a in x for b in y]))
        levels = lowest + (corners.max() - lowest) * (np.arange(1, 10) / 10) ** track.crowd

        left = figures.panel("Paths on the loss", xlabel="x", ylabel="y")
        figures.contours(left, surface, x, y, levels=levels)
        left.plot(*np.transpose(track.minima), "+", color=figures.INK, markersize=9, markeredgewidth=1.6)
        right = figures.panel("Loss above the minimum", xlabel="step k", ylabel="f(w) − f*", log=True)
        for method, racer in racers.items():
            look = figures.LOOKS[method]
            path = _seen(racer.run.positions[: shown + 1], x, y)
            figures.path(left, path, method, linestyle="-" if shown <= 80 else look.dash)
            figures.curve(right, racer.run.losses[: self.steps + 1] - lowest, method)
            large = {"color": look.color, "marker": look.marker, "markersize": 7}
            left.plot(*path[-1:].T, **large)
            right.plot([shown], np.clip(racer.run.losses[[shown]] - lowest, 1e-99, 1e9), **large)
        left.plot([self.start_x], [self.start_y], "o", color=figures.INK, markersize=5)
        left.set(xlim=x, ylim=y)
        right.axvline(shown, color=figures.INK, linewidth=0.8)
        right.set(xlim=(0, self.steps), ylim=(1e-13, 1e3))
        right.legend(loc="lower left")
        words = self._words(racers)
        alt = (
            f"Left, the paths of gradient descent, momentum and Nesterov from ({self.start_x:.3g}, {self.start_y:.3g}) "
            f"on the surface {self.surface}, up to step {shown}; right, the loss of each against the step, on a log "
            f"scale. {words}"
        )
        return figures.show(left, right, alt=alt)


def _result(racer: Racer) -> str:
    if racer.arrived >= 0:
        return str(racer.arrived)
    if racer.run.diverged:
        return f"flies off at step {int(racer.run.diverged_at)}"
    return f"not in {COUNTED}"


def _with(view: tuple[float, float], at: float) -> tuple[float, float]:
    """The view, widened in whole units so that it holds the start."""
    return min(view[0], float(np.floor(at))), max(view[1], float(np.ceil(at)))


def _seen(positions: NDArray, x: tuple[float, float], y: tuple[float, float]) -> NDArray:
    """The path with what lies far outside the picture pulled to just outside it, which keeps the picture small."""
    low, high = np.array([x[0], y[0]]), np.array([x[1], y[1]])
    return np.clip(positions, low - 9 * (high - low), high + 9 * (high - low))
