"""Adam and momentum in a valley that is turned, of the chapter on what comes next."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlib import SGD, Adam, descend, steps_to_stay_within
from sgdlib.surfaces import Quadratic
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["AdamTurned"]

REACHES = (1.0, 2.0, 3.0)  # how far the lines of equal loss reach along the valley
CORNERS = 72
START = (2.0, 0.5)  # along the valley and across it
ADAM = 0.1
MOMENTUM = 0.9
STEPS = 1000
CLOSE = 0.02


class AdamTurned(SmallFigure):
    """The paths of Adam and of momentum down one valley, turned by an angle together with its start.

    ::

        f(w) = ½ wᵀ H w,    H = R diag(1, κ) Rᵀ;    Adam at 0.1, momentum 0.9 at η = 1/κ

    Parameters
    ----------
    angle
        By how many degrees the valley is turned, counter-clockwise.
    condition_number
        κ, how many times as steep the valley is across as along.

    Raises
    ------
    traitlets.TraitError
        For an angle that is not from 0 to 90, a condition number that is not from 1 to 300.

    Notes
    -----
    Stands in the chapter "What next". Source: Kingma and Ba (2015).

    Examples
    --------
    >>> AdamTurned(angle=45, condition_number=100).words()
    'Steps until close: Adam 230, and 78 with the valley along the axes; momentum 85 at every angle.'
    """

    angle = number(45.0, 0.0, 90.0)
    condition_number = number(100.0, 1.0, 300.0)

    title = "Adam in a turned valley"
    controls: ClassVar = (
        {"setting": "angle", "label": "turned by, in degrees", "step": 1},
        {"setting": "condition_number", "label": "condition number κ", "log": True},
    )
    panels: ClassVar = (
        {
            "x": {"label": "x", "low": -1.2, "high": 2.7},
            "y": {"label": "y", "low": -0.6, "high": 2.3},
            "equal": True,
            "height": 262,
            "layers": (
                *({"kind": "line", "look": "muted", "width": 1} for _ in REACHES),
                {"kind": "line", "look": "momentum", "width": 1.6},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "line", "look": "Adam", "width": 1.6},
                {"kind": "dots", "look": "Adam", "marker": "P"},
                {"kind": "label", "look": "Adam", "anchor": "end", "dx": -4, "dy": -20},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": -4, "dy": -6},
            ),
        },
    )
    says: ClassVar = {
        "Adam": "crosses: Adam",
        "momentum": "squares: momentum",
        "along": (
            "Steps until close: Adam {adam}, momentum {momentum}. The valley lies along an axis. Now turn it."
        ),
        "turned": (
            "Steps until close: Adam {adam}, and {straight} with the valley along the axes; "
            "momentum {momentum} at every angle."
        ),
    }
    known: ClassVar = {
        "REACHES": REACHES,
        "CORNERS": CORNERS,
        "START": START,
        "ADAM": ADAM,
        "MOMENTUM": MOMENTUM,
        "STEPS": STEPS,
        "CLOSE": CLOSE,
    }

    def drawn(self) -> Drawn:
        """The lines of equal loss, the two paths until they are close, each with every tenth place, and names."""
        angle, kappa = np.radians(self.angle), self.condition_number
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-np.sin(angle), np.cos(angle)])
        turn = 2 * np.pi * np.arange(CORNERS + 1) / CORNERS
        layers = [
            np.outer(along, reach * np.cos(turn)) + np.outer(across, reach / np.sqrt(kappa) * np.sin(turn))
            for reach in REACHES
        ]
        heavy, momentum = _run(SGD(1 / kappa, MOMENTUM), kappa, angle)
        path, adam = _run(Adam(ADAM), kappa, angle)
        layers += [heavy, heavy[:, ::10], path, path[:, ::10]]
        layers += [(self.says[name], 2.7, -0.6) for name in ("Adam", "momentum")]
        _, straight = _run(Adam(ADAM), kappa, 0.0)
        said = {
            "adam": _count(adam),
            "momentum": _count(momentum),
            "straight": _count(straight),
        }
        case = "along" if self.angle in (0, 90) else "turned"
        return Drawn(layers, self.says[case].format(**said))


def _run(rule: SGD | Adam, kappa: float, angle: float) -> tuple[NDArray, int]:
    """A path until it stays close, of shape (2, steps), and the steps that it takes, −1 if they are not enough."""
    cos, sin = np.cos(angle), np.sin(angle)
    start = [cos * START[0] - sin * START[1], sin * START[0] + cos * START[1]]
    run = descend(rule, Quadratic((1.0, kappa), angle=angle).gradient, start, STEPS)
    steps = int(steps_to_stay_within(run.positions, CLOSE))
    return run.positions[: STEPS + 1 if steps < 0 else steps + 1].T, steps


def _count(steps: int) -> str:
    return f"over {STEPS}" if steps < 0 else number_words(steps)
