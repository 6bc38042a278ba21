"""The lookahead microscope of the chapter on Nesterov's lookahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic, valley
from sgdlib.widgets.page.base import CourseWidget, choice, integer, number
from sgdlib.widgets.page.words import number_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LookaheadMicroscope"]

START, SHOWN, COUNTED = (-4.0, 1.5), 40, 1000
CURVATURES = (1.0, 4.0)
TOLERANCE = 1e-6  # of the distance that counts as arrived
ANGLES = {"valley": 0.0, "rotated": np.pi / 6}
NO_OVERSHOOT = 0.005  # of the distance at the start: what rounds to 0 % is none
TITLES = {"momentum": "Momentum: the gradient here", "Nesterov": "Nesterov: the gradient ahead"}
LABELS = {
    "carry": "μv",
    "here": "−ηg(w)",
    "ahead": "−ηg(w + μv)",
    "measured": "measured here",
    "next": "next w",
}
SAYS = {
    "first_step": "Step 0: there is no velocity yet, so both measure the gradient at the start.",
    "measured": "Step {step}: momentum measures the gradient where it is, at {here}; Nesterov ahead of where it is, at "
    "{ahead}.",
    "heard": "Step {step}: momentum measures at {here}, Nesterov at {ahead}.",
    "no_momentum": "there is no momentum to brake",
    "no_brake": "it does not brake",
    "brakes": "it brakes",
    "brakes_to_nothing": "it brakes to nothing",
    "pushes_back": "it is negative, it pushes back",
    "words": "{measured} In the steepest direction ηλ is {a} and Nesterov’s momentum μ(1 − ηλ) is {left_over}: {brake}."
    " {ends}",
    "ends": "Momentum {momentum}; Nesterov {nesterov}.",
    "never_moves": "never moves",
    "diverges": "diverges",
    "has_flown": "diverges and has flown off at step {step}",
    "never_settles": "never settles",
    "converges_in": "converges in {steps} steps, {overshoot}",
    "converges": "converges, {overshoot}",
    "overshoots": "overshooting by {percent}\u00a0%",
    "no_overshoot": "without overshoot",
}


class LookaheadMicroscope(CourseWidget):
    """One step of momentum and of Nesterov, side by side, with the arrows it is made of.

    ::

        momentum   v ← μ v − η g(w)          the gradient here
        Nesterov   v ← μ v − η g(w + μ v)    the gradient ahead;  then  w ← w + v
        on f = ½ (x² + 4 y²), or the same turned by 30°, from (−4, 1.5)
        along a curvature λ Nesterov's μ acts as μ(1 − ηλ)

    Parameters
    ----------
    learning_rate
        η, from 0 to 1; ηλ in the steepest direction is four times that.
    momentum
        μ, from 0 to 1.
    surface
        "valley" or "rotated".
    step
        Which step is under the microscope, from 0 to 40.

    Raises
    ------
    traitlets.TraitError
        For a setting outside its range.

    Notes
    -----
    Stands in the chapter on Nesterov's lookahead. Source: Sutskever et al. (2013), section 2 and theorem 2.1.

    Examples
    --------
    >>> microscope = LookaheadMicroscope(learning_rate=0.2, momentum=0.9)
    >>> runs = microscope.trajectory()
    >>> [runs[method].positions[2].round(3).tolist() for method in runs]
    [[-1.84, -1.02], [-1.984, -0.156]]
    """

    told: ClassVar[dict] = {
        "TOLERANCE": TOLERANCE,
        "START": START,
        "SHOWN": SHOWN,
        "COUNTED": COUNTED,
        "CURVATURES": CURVATURES,
        "ANGLES": ANGLES,
        "NO_OVERSHOOT": NO_OVERSHOOT,
        "TITLES": TITLES,
        "LABELS": LABELS,
        "SAYS": SAYS,
    }

    learning_rate = number(0.2, 0.0, 1.0)
    momentum = number(0.9, 0.0, 1.0)
    surface = choice(*ANGLES)
    step = integer(1, 0, SHOWN)

    @property
    def bowl(self) -> Quadratic:
        """The surface of the present setting, with the curvatures 1 and 4."""
        return valley(CURVATURES[1] / CURVATURES[0], ANGLES[self.surface])

    @property
    def optimizers(self) -> dict[str, SGD]:
        """The two optimizers, by the method's name."""
        eta, mu = self.learning_rate, self.momentum
        return {"momentum": SGD(eta, mu), "Nesterov": SGD(eta, mu, nesterov=True)}

    @property
    def optimizer(self) -> SGD:
        """Nesterov's optimizer; momentum's is the same without ``nesterov``."""
        return self.optimizers["Nesterov"]

    def trajectory(self) -> dict[str, Trajectory]:
        """sgdlib's run of the present setting for "momentum" and for "Nesterov", over 41 steps: positions (42, 2)."""
        return self._runs(SHOWN + 1)

    def words(self) -> str:
        """Where the two measure, how much momentum Nesterov has left, and what becomes of either run."""
        runs = self._runs(COUNTED)
        a = self.learning_rate * CURVATURES[1]
        here, ahead = (_point(self._arrows(method, run)["measured"]) for method, run in runs.items())
        measured = SAYS["measured"].format(step=self.step, here=here, ahead=ahead)
        fates = {method.lower(): self._fate(method, run) for method, run in runs.items()}
        return SAYS["words"].format(
            measured=SAYS["first_step"] if self.step == 0 else measured,
            a=number_words(a),
            left_over=number_words(theory.effective_momentum(a, self.momentum)),
            brake=SAYS[_brake(a, self.momentum)],
            ends=SAYS["ends"].format(**fates),
        )

    def _runs(self, steps: int) -> dict[str, Trajectory]:
        bowl = self.bowl
        return {
            method: descend(optimizer, bowl.gradient, START, steps, loss=bowl.value)
            for method, optimizer in self.optimizers.items()
        }

    def _arrows(self, method: str, run: Trajectory) -> dict[str, NDArray]:
        """The places and arrows of the step shown; of the last one inside for a run that has flown off."""
        k = self.step if not 0 <= run.diverged_at <= self.step else int(run.diverged_at) - 1
        w, carry = run.positions[k], self.momentum * run.velocities[k]
        ahead = w + carry
        push, push_ahead = (-self.learning_rate * self.bowl.gradient(at) for at in (w, ahead))
        lookahead = method == "Nesterov"
        return {
            "past": run.positions[: k + 1],
            "w": w,
            "ahead": ahead,
            "push": push,
            "push_ahead": push_ahead,
            "next": ahead + (push_ahead if lookahead else push),
            "measured": ahead if lookahead else w,
        }

    def _fate(self, method: str, run: Trajectory) -> str:
        if self.learning_rate == 0:
            return SAYS["never_moves"]
        a = self.learning_rate * np.array(CURVATURES)
        kinds = theory.regime(a, self.momentum, method == "Nesterov")
        if "diverges" in kinds:
            flown = 0 <= run.diverged_at <= self.step
            return SAYS["has_flown" if flown else "diverges"].format(step=int(run.diverged_at))
        if "marginal" in kinds:
            return SAYS["never_settles"]
        beyond, arrived = self._overshoot(run), int(steps_to_stay_within(run.positions, TOLERANCE))
        percent = int(np.floor(100 * beyond + 0.5))
        overshoot = SAYS["no_overshoot" if beyond < NO_OVERSHOOT else "overshoots"].format(percent=percent)
        return SAYS["converges_in" if arrived >= 0 else "converges"].format(
            steps=arrived, overshoot=overshoot
        )

    def _overshoot(self, run: Trajectory) -> float:
        """How far the run gets beyond the minimum in the steepest direction, in distances at the start."""
        angle, (x, y) = ANGLES[self.surface], run.positions.T
        across = x * -np.sin(angle) + y * np.cos(angle)
        return max(0.0, float(np.max(-across / across[0])))

    def picture(self) -> figures.Picture:
        """The arrows of the step under the microscope, momentum's beside Nesterov's."""
        panels = [
            self._panel(method, self._arrows(method, run)) for method, run in self._runs(SHOWN + 1).items()
        ]
        alt = (
            f"Two panels with the arrows of one step: the velocity {LABELS['carry']}, the gradient’s push "
            f"{LABELS['here']} here and {LABELS['ahead']} ahead; momentum on the left uses the first, Nesterov on the "
            f"right the second. {self.words()}"
        )
        return figures.show(*panels, alt=alt)

    def _panel(self, method: str, seen: dict[str, NDArray]) -> Axes:
        look, (x, y) = figures.LOOKS[method], _window(seen)
        ax = figures.panel(TITLES[method], xlabel="x", ylabel="y")
        figures.contours(ax, self.bowl, x, y, levels=7)
        # clipped as the coordinates of a picture must be
        past = np.clip(seen["past"], -1e13, 1e13)
        ax.plot(*past.T, look.marker, color=look.color, linestyle=":", markersize=3)
        w, ahead = seen["w"], seen["ahead"]
        here = (w, w + seen["push"], LABELS["here"])
        there = (ahead, ahead + seen["push_ahead"], LABELS["ahead"])
        used, unused = (there, here) if method == "Nesterov" else (here, there)
        for (tail, tip, label), color, width in (
            ((w, ahead, LABELS["carry"]), figures.INK, 1.6),
            (unused, figures.MUTED, 1.0),
            (used, look.color, 2.4),
        ):
            ax.plot(*np.array([tail, tip]).T, color=color, linewidth=width, label=label)
            if np.hypot(*(tip - tail)) > 0.03 * (x[1] - x[0]) / 2:
                arrow = {"arrowstyle": "->", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
                ax.annotate("", tip, tail, arrowprops=arrow)
        ring = {"markerfacecolor": "none", "markeredgecolor": look.color, "markersize": 10}
        ax.plot(*seen["measured"], "o", linestyle="none", label=LABELS["measured"], **ring)
        arrival = {"color": look.color, "markersize": 7, "linestyle": "none"}
        ax.plot(*seen["next"], look.marker, label=LABELS["next"], **arrival)
        ax.set(xlim=x, ylim=y)
        ax.legend(loc="best")
        return ax


def _brake(a: float, momentum: float) -> str:
    """What the factor 1 − ηλ does to Nesterov's momentum: the name of a sentence."""
    if momentum == 0:
        return "no_momentum"
    if a == 0:
        return "no_brake"
    if a == 1:
        return "brakes_to_nothing"
    return "brakes" if a < 1 else "pushes_back"


def _window(seen: dict[str, NDArray]) -> list[tuple[float, float]]:
    """The ranges of x and y that hold the arrows and the minimum, with room around them."""
    w, ahead = seen["w"], seen["ahead"]
    ends = np.array([w, ahead, seen["next"], w + seen["push"], ahead + seen["push_ahead"], (0.0, 0.0)])
    middle = (ends.max(0) + ends.min(0)) / 2
    half = 0.65 * max(float(np.max((ends.max(0) - ends.min(0)) / (1, 0.8))), 1e-9)
    return [(m - half * r, m + half * r) for m, r in zip(middle, (1, 0.8), strict=True)]


def _point(place: NDArray) -> str:
    return f"({number_words(place[0])}, {number_words(place[1])})"
