"""A convex loss on which the tuned heavy ball never arrives, of the chapter on Nesterov's lookahead."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sgdlib import theory
from sgdlib.descent import descend, steps_to_stay_within
from sgdlib.surfaces import Lessard
from sgdlib.widgets.page.base import number
from sgdlib.widgets.page.small import Drawn, SmallFigure
from sgdlib.widgets.page.words import number_words

__all__ = ["LessardCycle"]

STEPS = 36
MOST = 600  # steps taken for the words
NEAR = 0.01


class LessardCycle(SmallFigure):
    """The best heavy ball and the best Nesterov for curvatures from 1 to 25, on a loss that has both.

    ::

        f′(w) = 25w (w < 1),    w + 24 (1 ≤ w < 2),    25w − 24 (w ≥ 2);    convex, minimum 0 at 0

    Parameters
    ----------
    start
        w₀.

    Raises
    ------
    traitlets.TraitError
        For a start that is not from −4 to 4.

    Notes
    -----
    Stands in the chapter "Nesterov's lookahead". Source: Lessard, Recht and Packard (2016), section 4.6.

    Examples
    --------
    >>> LessardCycle(start=3.3).words()
    'The heavy ball never arrives: it ends in a cycle of 3 positions. Nesterov stays within 0.01 from step 16.'
    """

    start = number(3.3, -4.0, 4.0)

    title = "Arrive or circle"
    controls: ClassVar = ({"setting": "start", "label": "start", "step": 0.01},)
    panels: ClassVar = (
        {
            "x": {"label": "step k", "low": 0, "high": STEPS},
            "y": {"label": "position, minimum at 0", "low": -5, "high": 5},
            "layers": (
                {"kind": "line", "look": "muted", "width": 1},
                {"kind": "line", "look": "momentum", "width": 1.6},
                {"kind": "dots", "look": "momentum", "marker": "s"},
                {"kind": "line", "look": "Nesterov"},
                {"kind": "dots", "look": "Nesterov", "marker": "^"},
                {"kind": "label", "look": "momentum", "anchor": "end", "dx": -2, "dy": 0},
                {"kind": "label", "look": "Nesterov", "anchor": "end", "dx": -2, "dy": 0},
            ),
        },
    )
    says: ClassVar = {
        "heavy": "■ heavy ball",
        "ahead": "▲ Nesterov",
        "circles": (
            "The heavy ball never arrives: it ends in a cycle of 3 positions. "
            "Nesterov stays within {near} from step {ahead}."
        ),
        "arrives": (
            "From here both arrive: the heavy ball stays within {near} from step {heavy}, Nesterov from step {ahead}."
        ),
    }
    known: ClassVar = {"STEPS": STEPS, "MOST": MOST, "NEAR": NEAR}

    def drawn(self) -> Drawn:
        """The minimum, the two runs, and their names."""
        k = np.arange(STEPS + 1)
        runs = {
            method: descend(
                theory.best_tuning(method, 1.0, 25.0).optimizer, Lessard().gradient, [self.start], MOST
            ).positions
            for method in ("momentum", "nesterov")
        }
        heavy, ahead = (runs[method][: STEPS + 1, 0] for method in ("momentum", "nesterov"))
        steps = {method: int(steps_to_stay_within(run, NEAR)) for method, run in runs.items()}
        said = {"near": number_words(NEAR), "heavy": steps["momentum"], "ahead": steps["nesterov"]}
        layers = [
            ([0, STEPS], [0.0, 0.0]),
            (k, heavy),
            (k, heavy),
            (k, ahead),
            (k, ahead),
            (self.says["heavy"], STEPS, 4.2),
            (self.says["ahead"], STEPS, 3.4),
        ]
        return Drawn(layers, self.says["circles" if steps["momentum"] < 0 else "arrives"].format(**said))
