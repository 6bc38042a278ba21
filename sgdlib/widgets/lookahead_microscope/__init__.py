"""The lookahead microscope of the chapter on Nesterov's lookahead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD
from sgdlib.surfaces import Quadratic, valley
from sgdlib.widgets.page.base import CourseWidget, choice, integer, number

__all__ = ["LookaheadMicroscope"]

# As in lookahead-microscope.mjs.
START, SHOWN, COUNTED = (-4.0, 1.5), 40, 1000
CURVATURES = (1.0, 4.0)
ANGLES = {"valley": 0.0, "rotated": np.pi / 6}


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

    learning_rate = number(0.2, 0.0, 1.0)
    momentum = number(0.9, 0.0, 1.0)
    surface = choice(*ANGLES)
    step = integer(1, 0, SHOWN)

    @property
    def bowl(self) -> Quadratic:
        """The surface of the present setting."""
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
        """sgdlib's run of the present setting for "momentum" and for "Nesterov", over 41 steps."""
        return self._runs(SHOWN + 1)

    def words(self) -> str:
        runs = self._runs(COUNTED)
        a = self.learning_rate * CURVATURES[1]
        left_over = theory.effective_momentum(a, self.momentum)
        places = {method: _point(self._arrows(method, run)["measured"]) for method, run in runs.items()}
        measured = (
            "Step 0: there is no velocity yet, so both measure the gradient at the start."
            if self.step == 0
            else f"Step {self.step}: momentum measures the gradient where it is, at {places['momentum']}; "
            f"Nesterov ahead of where it is, at {places['Nesterov']}."
        )
        brake = (
            "there is no momentum to brake"
            if self.momentum == 0
            else "it does not brake"
            if a == 0
            else "it brakes"
            if a < 1
            else "it brakes to nothing"
            if a == 1
            else "it is negative, it pushes back"
        )
        fates = {method: self._fate(method, run) for method, run in runs.items()}
        return (
            f"{measured} In the steepest direction ηλ is {a:.3g} and Nesterov’s momentum μ(1 − ηλ) is "
            f"{_short(left_over)}: {brake}. Momentum {fates['momentum']}; Nesterov {fates['Nesterov']}."
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
            return "never moves"
        a = self.learning_rate * np.array(CURVATURES)
        shrink = float(np.max(theory.rate(a, self.momentum, method == "Nesterov")))
        if shrink > 1 + 1e-12:
            flown = 0 <= run.diverged_at <= self.step
            return "diverges" + (f" and has flown off at step {int(run.diverged_at)}" if flown else "")
        if not shrink < 1 - 1e-12:
            return "never settles"
        angle = ANGLES[self.surface]
        across = run.positions @ np.array([-np.sin(angle), np.cos(angle)])
        beyond = max(0.0, float(np.max(-across / across[0])))
        arrived = int(steps_to_stay_within(run.positions, 1e-6))
        return (
            "converges"
            + (f" in {arrived} steps, " if arrived >= 0 else ", ")
            + ("without overshoot" if beyond < 0.005 else f"overshooting by {100 * beyond:.0f}\u00a0%")
        )

    def picture(self) -> figures.Picture:
        runs = self._runs(SHOWN + 1)
        panels = []
        for method, title in (
            ("momentum", "Momentum: the gradient here"),
            ("Nesterov", "Nesterov: the gradient ahead"),
        ):
            seen, look = self._arrows(method, runs[method]), figures.LOOKS[method]
            w, ahead = seen["w"], seen["ahead"]
            ends = np.array(
                [w, ahead, seen["next"], w + seen["push"], ahead + seen["push_ahead"], (0.0, 0.0)]
            )
            middle = (ends.max(0) + ends.min(0)) / 2
            half = 0.65 * max(float(np.max((ends.max(0) - ends.min(0)) / (1, 0.8))), 1e-9)
            x, y = ((m - half * r, m + half * r) for m, r in zip(middle, (1, 0.8), strict=True))
            ax = figures.panel(title, xlabel="x", ylabel="y")
            figures.contours(ax, self.bowl, x, y, levels=7)
            # clipped as the coordinates of a picture must be
            ax.plot(
                *np.clip(seen["past"], -1e13, 1e13).T,
                look.marker,
                color=look.color,
                linestyle=":",
                markersize=3,
            )
            here = (w, w + seen["push"], "−ηg(w)")
            there = (ahead, ahead + seen["push_ahead"], "−ηg(w + μv)")
            used, unused = (there, here) if method == "Nesterov" else (here, there)
            for (tail, tip, label), color, width in (
                ((w, ahead, "μv"), figures.INK, 1.6),
                (unused, figures.MUTED, 1.0),
                (used, look.color, 2.4),
            ):
                ax.plot(*np.array([tail, tip]).T, color=color, linewidth=width, label=label)
                if np.hypot(*(tip - tail)) > 0.03 * half:
                    props = {
                        "arrowstyle": "->",
                        "color": color,
                        "linewidth": width,
                        "shrinkA": 0,
                        "shrinkB": 0,
                    }
                    ax.annotate("", tip, tail, arrowprops=props)
            ring = {"markerfacecolor": "none", "markeredgecolor": look.color, "markersize": 10}
            ax.plot(*seen["measured"], "o", linestyle="none", label="measured here", **ring)
            ax.plot(
                *seen["next"], look.marker, color=look.color, markersize=7, linestyle="none", label="next w"
            )
            ax.set(xlim=x, ylim=y)
            ax.legend(loc="best")
            panels.append(ax)
        alt = (
            "Two panels with the arrows of one step: the velocity μv, the gradient’s push −ηg(w) here and −ηg(w + μv) "
            f"ahead; momentum on the left uses the first, Nesterov on the right the second. {self.words()}"
        )
        return figures.show(*panels, alt=alt)


def _point(place: NDArray) -> str:
    return f"({_short(place[0])}, {_short(place[1])})"


def _short(value: float) -> str:
    """Three significant digits, with a true minus and no negative zero."""
    return f"{value + 0.0:.3g}".replace("-", "−")
