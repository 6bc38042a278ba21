"""The valley race of the chapters on momentum, on Nesterov's lookahead and on what comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.adam import Adam
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Beale, Himmelblau, Rosenbrock, Saddle, valley
from sgdlib.widgets.page.base import CourseWidget, choice, flag, integer, number
from sgdlib.widgets.page.words import number_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ValleyRace"]

RACERS = ("gradient descent", "momentum", "Nesterov", "Adam")
COUNTED = 5000
TOLERANCE = 1e-6
LAST_STEP = 1000  # as `step`: the end of the race, however long
STEPS_WITH_MARKERS = 80
LEVELS = 9
LOSSES = (1e-13, 1e3)  # what the panel of losses shows
PANELS = {
    "paths": {"title": "Paths on the loss", "x": "x", "y": "y"},
    "losses": {"title": "Loss above the minimum", "x": "step k", "y": "f(w) − f*"},
}
SAYS = {
    "the_minimum": "the minimum",
    "a_minimum": "a minimum",
    "result": "{method} {result}",
    "flies_off": "flies off at step {step}",
    "not_there": "not in {counted}",
    "one_step": "1 step",
    "many_steps": "{steps} steps",
    "three": "three",
    "four": "four",
    "nobody": "nobody is within 1e-6 of {minimum} after {counted} steps: {results}.",
    "wins": "{first} wins, within 1e-6 of {minimum} after {steps}; {results}.",
    "tie": "{first} tie, within 1e-6 of {minimum} after {steps}; {results}.",
    "dead_heat": "a dead heat: all {number} are within 1e-6 of {minimum} after {steps}.",
    "different_minima": " They end in different minima.",
    "tuned": "Each at its best for this valley: ",
    "not_tuned": "Tuning is known for the valley only. ",
    "aside": " Adam stands aside: no formula is known for its best setting.",
}


class _Track(NamedTuple):
    """What a surface starts with: the view, the start, a rate that it can stand, and all its minima."""

    x: tuple[float, float]
    y: tuple[float, float]
    start: tuple[float, float]
    learning_rate: float
    crowd: int  # how the contour levels crowd towards the lowest
    minima: tuple[tuple[float, float], ...]


TRACKS = {
    "valley": _Track((-6, 6), (-4.5, 4.5), (-5.0, 2.0), 0.05, 2, ((0.0, 0.0),)),
    "rosenbrock": _Track((-2, 2), (-1, 2), (-1.2, 1.0), 0.001, 3, ((1.0, 1.0),)),
    "beale": _Track((-1, 5), (-2.25, 2.25), (1.0, 1.5), 0.003, 6, ((3.0, 0.5),)),
    "himmelblau": _Track(
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
    "saddle": _Track((-2.4, 2.4), (-1.8, 1.8), (-2.0, 0.01), 0.05, 2, ((0.0, 1.0), (0.0, -1.0))),
}


class _Racer(NamedTuple):
    """One method's race: its run, the minimum it is nearest to in the end, and the steps to get there, or −1."""

    run: Trajectory
    home: tuple[float, float]
    arrived: int


class ValleyRace(CourseWidget):
    """Gradient descent, momentum and Nesterov from one start, step by step; Adam too, if asked.

    ::

        v ← μ v − η ∇f(w)  or, for Nesterov,  v ← μ v − η ∇f(w + μ v);    w ← w + v;    μ = 0 is gradient descent
        the valley: f(x, y) = ½ (4/κ x² + 4 y²)
        tuned: each method with the η and μ of theory.best_tuning on the valley
        Adam: the rule of sgdlib.Adam with the η of all and its own defaults otherwise

    Counted are the steps until a run stays within 1e-6 of a minimum, in 5000 steps.

    Parameters
    ----------
    learning_rate, momentum
        η from 0.0001 to 1 and μ from 0 to 1, for all methods; Adam has no μ. To set either ends the tuning.
    condition_number
        κ of the valley, from 1 to 1000; the other surfaces do not use it.
    surface
        "valley", "rosenbrock", "beale", "himmelblau" or "saddle". A new surface brings its own start and learning
        rate, unless the call that makes the widget gives them.
    start_x, start_y
        Where all start, each from −6 to 6.
    steps
        How many steps the picture holds, from 1 to 1000.
    step
        The step shown, from 0 to 1000; beyond ``steps`` it is the end of the race.
    tuned
        Each method at its own optimum. Known on the valley; without effect on the other surfaces.
    adam
        Whether Adam races, too. On the valley, tuned, it stands aside: no formula is known for its best setting.

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapters on momentum and on Nesterov's lookahead, with Adam in the one on what comes next. Source:
    Polyak (1964); Sutskever et al. (2013); Kingma and Ba (2015); the best tunings from Lessard, Recht and Packard
    (2016), proposition 1.

    Examples
    --------
    >>> ValleyRace().arrived()
    {'gradient descent': 1535, 'momentum': 295, 'Nesterov': 269}
    >>> ValleyRace(tuned=True).arrived()
    {'gradient descent': 155, 'momentum': 42, 'Nesterov': 62}
    """

    told: ClassVar[dict] = {
        "TRACKS": {name: track._asdict() for name, track in TRACKS.items()},
        "RACERS": RACERS,
        "COUNTED": COUNTED,
        "TOLERANCE": TOLERANCE,
        "LAST_STEP": LAST_STEP,
        "STEPS_WITH_MARKERS": STEPS_WITH_MARKERS,
        "LEVELS": LEVELS,
        "LOSSES": LOSSES,
        "PANELS": PANELS,
        "SAYS": SAYS,
    }

    learning_rate = number(0.05, 1e-4, 1.0)
    momentum = number(0.9, 0.0, 1.0)
    condition_number = number(20.0, 1.0, 1000.0)
    surface = choice(*TRACKS)
    start_x = number(-5.0, -6.0, 6.0)
    start_y = number(2.0, -6.0, 6.0)
    steps = integer(150, 1, LAST_STEP)
    step = integer(LAST_STEP, 0, LAST_STEP)
    tuned = flag(False)
    adam = flag(False)

    def __init__(self, **settings):
        if settings.get("surface") in tuple(TRACKS):  # a list cannot be a key
            settings = self._own(settings["surface"]) | settings
        self._raced = None
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
    def _each_at_its_best(self) -> bool:
        return self.tuned and self.surface == "valley"

    @property
    def optimizers(self) -> dict[str, SGD | Adam]:
        """The optimizer of each method that races, by the method's name; Adam's comes last."""
        if self._each_at_its_best:
            small = 4.0 / self.condition_number
            return {
                method: theory.best_tuning(method.replace("N", "n"), small, 4.0).optimizer
                for method in RACERS[:3]
            }
        eta, mu = self.learning_rate, self.momentum
        rules = [SGD(eta), SGD(eta, mu), SGD(eta, mu, nesterov=True), *([Adam(eta)] if self.adam else [])]
        return dict(zip(RACERS, rules, strict=False))

    @property
    def optimizer(self) -> SGD | Adam:
        """The winner's optimizer, which may be Adam's; momentum's if nobody arrives."""
        return self.optimizers[self._winner(self._race()) or "momentum"]

    def trajectory(self) -> dict[str, Trajectory]:
        """sgdlib's run of the present setting for each method that races, by its name: positions (steps + 1, 2)."""
        return self._runs(self.steps)

    def arrived(self) -> dict[str, int]:
        """The steps after which each method that races stays within 1e-6 of a minimum; −1 if not there after 5000."""
        return {method: racer.arrived for method, racer in self._race().items()}

    def words(self) -> str:
        """Who wins, after how many steps, and what becomes of the others."""
        return self._words(self._race())

    def _runs(self, steps: int) -> dict[str, Trajectory]:
        surface, start = self.loss, [self.start_x, self.start_y]
        runs = {
            method: descend(optimizer, surface.gradient, start, steps)
            for method, optimizer in self.optimizers.items()
        }
        return {method: replace(run, losses=surface.value(run.positions)) for method, run in runs.items()}

    def _race(self) -> dict[str, _Racer]:
        """The race of the present setting, run once however many ask: it takes most of a second."""
        setting = {**self.setting(), "steps": None, "step": None}  # only how much of it is shown
        if self._raced is None or self._raced[0] != setting:
            self._raced = setting, self._measured()
        return self._raced[1]

    def _measured(self) -> dict[str, _Racer]:
        racers = {}
        for method, run in self._runs(COUNTED).items():
            home = min(TRACKS[self.surface].minima, key=lambda at: np.hypot(*(run.positions[-1] - at)))
            racers[method] = _Racer(run, home, int(steps_to_stay_within(run.positions, TOLERANCE, home)))
        return racers

    @staticmethod
    def _winner(racers: dict[str, _Racer]) -> str | None:
        there = [method for method, racer in racers.items() if racer.arrived >= 0]
        return min(there, key=lambda method: racers[method].arrived, default=None)

    def _words(self, racers: dict[str, _Racer]) -> str:
        verdict = self._verdict(racers)
        if self._each_at_its_best:
            return SAYS["tuned"] + verdict + (SAYS["aside"] if self.adam else "")
        return (SAYS["not_tuned"] if self.tuned else "") + verdict[0].upper() + verdict[1:]

    def _verdict(self, racers: dict[str, _Racer]) -> str:
        minimum = SAYS["a_minimum" if len(TRACKS[self.surface].minima) > 1 else "the_minimum"]
        winner = self._winner(racers)
        if winner is None:
            return SAYS["nobody"].format(minimum=minimum, counted=COUNTED, results=_results(racers))
        fewest = racers[winner].arrived
        first = [method for method, racer in racers.items() if racer.arrived == fewest]
        rest = [method for method in racers if method not in first]
        rest.sort(key=lambda method: (racers[method].arrived < 0, racers[method].arrived))
        sentence = "wins" if len(first) == 1 else "tie" if rest else "dead_heat"
        homes = {racer.home for racer in racers.values() if racer.arrived >= 0}
        return SAYS[sentence].format(
            first=_listed(first),
            number=_number(racers),
            minimum=minimum,
            steps=SAYS["one_step" if fewest == 1 else "many_steps"].format(steps=fewest),
            results=_results({method: racers[method] for method in rest}),
        ) + (SAYS["different_minima"] if len(homes) > 1 else "")

    def picture(self) -> figures.Picture:
        """The paths up to the step shown over the lines of equal loss, and the loss of each method at every step."""
        racers, shown = self._race(), min(self.step, self.steps)
        alt = (
            f"Left, the paths of {_listed(list(racers))} from ({number_words(self.start_x)}, "
            f"{number_words(self.start_y)}) on the surface {self.surface}, up to step {shown}; right, the loss of each "
            f"against the step, on a log scale. {self._words(racers)}"
        )
        return figures.show(self._paths_panel(racers, shown), self._losses_panel(racers, shown), alt=alt)

    def _paths_panel(self, racers: dict[str, _Racer], shown: int) -> Axes:
        surface, track, names = self.loss, TRACKS[self.surface], PANELS["paths"]
        x, y = _with(track.x, self.start_x), _with(track.y, self.start_y)
        lowest = float(surface.value(np.array(track.minima[0])))
        corners = surface.value(np.array([(a, b) for a in x for b in y]))
        shares = np.arange(1, LEVELS + 1) / (LEVELS + 1)
        ax = figures.panel(names["title"], xlabel=names["x"], ylabel=names["y"])
        figures.contours(ax, surface, x, y, levels=lowest + (corners.max() - lowest) * shares**track.crowd)
        ax.plot(*np.transpose(track.minima), "+", color=figures.INK, markersize=9, markeredgewidth=1.6)
        for method, racer in racers.items():
            look = figures.LOOKS[method]
            path = _seen(racer.run.positions[: shown + 1], x, y)
            few = shown <= STEPS_WITH_MARKERS
            style = {"linestyle": "-" if few else look.dash, "marker": look.marker if few else None}
            figures.path(ax, path, method, **style)
            ax.plot(*path[-1:].T, color=look.color, marker=look.marker, markersize=7)
        ax.plot([self.start_x], [self.start_y], "o", color=figures.INK, markersize=5)
        ax.set(xlim=x, ylim=y)
        return ax

    def _losses_panel(self, racers: dict[str, _Racer], shown: int) -> Axes:
        names = PANELS["losses"]
        lowest = float(self.loss.value(np.array(TRACKS[self.surface].minima[0])))
        ax = figures.panel(names["title"], xlabel=names["x"], ylabel=names["y"], log=True)
        for method, racer in racers.items():
            look, above = figures.LOOKS[method], racer.run.losses[: self.steps + 1] - lowest
            figures.curve(ax, above, method)
            here = np.clip(above[[shown]], 1e-99, 1e9)
            ax.plot([shown], here, color=look.color, marker=look.marker, markersize=7)
        ax.axvline(shown, color=figures.INK, linewidth=0.8)
        ax.set(xlim=(0, self.steps), ylim=LOSSES)
        ax.legend(loc="lower left")
        return ax


def _number(racers: dict[str, _Racer]) -> str:
    """How many race, in a word."""
    return SAYS["four" if len(racers) == 4 else "three"]


def _listed(names: list[str]) -> str:
    """Names as a sentence lists them: a, b and c."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _results(racers: dict[str, _Racer]) -> str:
    return "; ".join(
        SAYS["result"].format(method=method, result=_result(racer)) for method, racer in racers.items()
    )


def _result(racer: _Racer) -> str:
    if racer.arrived >= 0:
        return str(racer.arrived)
    if racer.run.diverged:
        return SAYS["flies_off"].format(step=int(racer.run.diverged_at))
    return SAYS["not_there"].format(counted=COUNTED)


def _with(view: tuple[float, float], at: float) -> tuple[float, float]:
    """The view, widened in whole units so that it holds the start."""
    return min(view[0], float(np.floor(at))), max(view[1], float(np.ceil(at)))


def _seen(positions: NDArray, x: tuple[float, float], y: tuple[float, float]) -> NDArray:
    """The path with what lies far outside the picture pulled to just outside it, which keeps the picture small."""
    low, high = np.array([x[0], y[0]]), np.array([x[1], y[1]])
    return np.clip(positions, low - 9 * (high - low), high + 9 * (high - low))
