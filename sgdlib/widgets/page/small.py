"""What every small figure shares: one idea, one or two controls, drawn alike in Python and on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sgdlib import figures
from sgdlib.figures import Picture
from sgdlib.widgets.page.base import SMALL, CourseWidget

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Drawn", "SmallFigure"]


class Drawn(NamedTuple):
    """What a small figure draws for a setting: the numbers of each layer, in the order of ``panels``, and its words.

    Notes
    -----
    A line or dots: two rows of numbers, x and y, where NaN breaks a line. A label: (text, x, y). An arrow: (x0, y0, x1,
    y1). A handle: (x, y). Given by the small figures of every chapter.

    Examples
    --------
    >>> Drawn([([0, 1], [0.0, 2.0])], "It rises.").words
    'It rises.'
    """

    layers: list
    words: str


class SmallFigure(CourseWidget):
    """The base of the small figures: a plot, one or two controls, and a verdict in words beside it.

    A subclass stands in a file of its own in ``sgdlib/widgets/small``, named as the file in capitals, with the ES
    module of the file's name beside it, which exports ``drawn``, the twin of the method, and ``render``. The subclass
    declares its settings as any widget does, and what the page is told once:

    - ``title``: a name, for a screen reader and for links;
    - ``controls``: for each setting that has one, what ``inputs.mjs`` takes: {"setting", "label", "step" or "log"};
    - ``panels``: for each plot a {"x", "y", "layers"}, an axis a {"label", "low", "high"} with "log" if it is
      logarithmic; "title" or "legend" (methods) if it needs one, "equal" if a step along both axes is to look the same;
    - a layer is a {"kind": "line", "dots", "label", "arrow" or "handle", "look": a name of ``figures.LOOKS``, "ink" or
      "muted"}, with "width", "dash" (as in SVG; the method's own if left out), "marker" (dots), "anchor", "dx", "dy"
      (labels) or "name", "x", "y", "step", the settings that a handle moves;
    - ``plays``: whether a button plays the setting ``step``, which the page also does once when it comes into view;
    - ``says``: the sentences; ``known``: further constants.

    Raises
    ------
    TypeError, traitlets.TraitError
        As any widget.

    Notes
    -----
    Stands under the small figures of every chapter.

    Examples
    --------
    >>> from sgdlib.widgets.small import SlopeMemory
    >>> len(SlopeMemory(momentum=0.5).drawn().layers)
    5
    """

    title: ClassVar[str] = ""
    controls: ClassVar[tuple[dict, ...]] = ()
    panels: ClassVar[tuple[dict, ...]] = ()
    plays: ClassVar[bool] = False
    says: ClassVar[dict[str, str]] = {}
    known: ClassVar[dict] = {}

    def __init_subclass__(cls, **kwargs):
        cls.told = {
            "TITLE": cls.title,
            "CONTROLS": cls.controls,
            "PANELS": cls.panels,
            "PLAYS": cls.plays,
            "SAYS": cls.says,
            "KNOWN": cls.known,
        }
        super().__init_subclass__(**kwargs)

    @classmethod
    def module(cls) -> Path:
        """Where the ES module stands."""
        return SMALL / f"{cls.folder()}.mjs"

    def drawn(self) -> Drawn:
        """What sgdlib makes of the present setting."""
        raise NotImplementedError

    def words(self) -> str:
        """The verdict on the present setting."""
        return self.drawn().words

    def picture(self) -> Picture:
        """The panels, with the verdict in the alt text."""
        layers, words = self.drawn()
        left, axes = iter(layers), []
        for spec in self.panels:
            axes.append(_panel(spec))
            for layer in spec["layers"]:
                _draw(axes[-1], layer, next(left))
        return figures.show(*axes, alt=f"{self.title}. {words}")


def _panel(spec: dict) -> Axes:
    x, y = spec["x"], spec["y"]
    ax = figures.panel(
        spec.get("title", ""),
        xlabel=x["label"],
        ylabel=y["label"],
        log=y.get("log", False),
        equal=spec.get("equal", False),
    )
    if x.get("log"):
        ax.set_xscale("log")
    ax.set(xlim=(x["low"], x["high"]), ylim=(y["low"], y["high"]))
    return ax


def _color(look: str) -> str:
    return {"ink": figures.INK, "muted": figures.MUTED}.get(look) or figures.LOOKS[look].color


def _draw(ax: Axes, layer: dict, data: ArrayLike) -> None:
    color, width = _color(layer.get("look", "ink")), layer.get("width", 2) * 0.8
    if layer["kind"] == "label":
        text, x, y = data
        where = {
            "xytext": (0.75 * layer.get("dx", 0), -0.75 * layer.get("dy", 0)),
            "textcoords": "offset points",
        }
        side = {"start": "left", "middle": "center", "end": "right"}[layer.get("anchor", "start")]
        if text and np.isfinite([x, y]).all():
            ax.annotate(text, (x, y), ha=side, color=color, annotation_clip=True, **where)
    elif layer["kind"] == "arrow":
        x0, y0, x1, y1 = data
        if np.isfinite(data).all() and (x0, y0) != (x1, y1):
            arrow = {"arrowstyle": "-|>", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
    elif layer["kind"] == "line":
        look = figures.LOOKS.get(layer.get("look"))
        dash = layer.get("dash") or (look.svg_dash if look else "none")
        style = "-" if dash == "none" else (0, tuple(0.6 * float(each) for each in dash.split()))
        ax.plot(*_within(ax, data), color=color, linewidth=width, linestyle=style)
    else:
        marker, size = layer.get("marker", "o"), 7 if layer["kind"] == "handle" else 4.5
        ax.plot(
            *_within(ax, np.reshape(data, (2, -1))), color=color, marker=marker, markersize=size, ls="none"
        )


def _within(ax: Axes, data: ArrayLike) -> np.ndarray:
    """Numbers that a picture can hold: what has no place on a logarithmic axis breaks the line."""
    x, y = np.clip(np.asarray(data, dtype=float), -1e9, 1e9)
    if ax.get_yscale() == "log":
        y = np.where(y > 0, y, np.nan)
    return np.stack([x, y])
