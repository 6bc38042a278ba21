"""The panels of a still picture, from the same description as the chart of the live one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sgdlib import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["panel_of"]


def panel_of(spec: Mapping, limits: str = "xy") -> Axes:
    """A panel as a widget's ``told`` describes it; ``chart`` of the page takes the same description.

    Parameters
    ----------
    spec
        {"title", "x", "y"}, each axis a {"label", "low", "high"}, y with "log" if it is logarithmic.
    limits
        The axes that keep to low and high here, too: "xy", "x", "y", or "" where the curves decide.

    Raises
    ------
    KeyError
        For a description without a title, or an axis without a label.

    Notes
    -----
    Stands under the widgets' pictures in every chapter.

    Examples
    --------
    >>> axis = {"label": "step k", "low": 0, "high": 40}
    >>> panel = panel_of({"title": "Loss", "x": axis, "y": {"label": "loss"}}, limits="x")
    >>> panel.get_xlim() == (0, 40), panel.get_ylabel()
    (True, 'loss')
    """
    log = spec["y"].get("log", False)
    ax = figures.panel(spec["title"], xlabel=spec["x"]["label"], ylabel=spec["y"]["label"], log=log)
    for axis in limits:
        ax.set(**{f"{axis}lim": (spec[axis]["low"], spec[axis]["high"])})
    return ax
