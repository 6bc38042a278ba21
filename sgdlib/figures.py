"""How every picture of the course is drawn: one style, one palette, the few pictures that recur, and ``show``.

The first panel sets Matplotlib's style. A picture is built from panels and shown once::

    ax = panel("Loss against steps", xlabel="step", ylabel="loss", log=True)
    curve(ax, run.losses, "momentum")
    show(ax, alt="The loss falls along a straight line on a log scale, from 1 to 1e-6 in 95 steps.")

``show`` gives inline SVG: it follows the light and the dark theme of the page, says its alt text to a screen reader,
and is the same to the byte whenever the numbers are, so that the notebooks' tests notice a changed picture.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlib import theory
from sgdlib.checks import as_numbers, flag, function, one_of, shown, text, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "LOOKS",
    "Look",
    "Picture",
    "Play",
    "contours",
    "curve",
    "palette_css",
    "panel",
    "path",
    "play",
    "rate_map",
    "show",
]


@dataclass(frozen=True)
class Look:
    """How a method is drawn everywhere: its colour, and a dash and a marker for those who cannot tell colours apart.

    Attributes
    ----------
    name
        What the method is called in a style sheet: the property is ``--sgd-NAME``.
    color, dark
        The colour on a light page, and on a dark one.
    dash
        As Matplotlib takes it: "-", or (0, lengths in widths of the line).
    marker
        Matplotlib's letter for it.

    Notes
    -----
    Each method looks the same in every chapter.

    Examples
    --------
    >>> LOOKS["momentum"].marker, LOOKS["momentum"].css
    ('s', 'var(--sgd-momentum, #c25100)')
    """

    name: str
    color: str
    dark: str
    dash: object
    marker: str

    @property
    def css(self) -> str:
        """The colour in a style sheet, which follows the theme of the page."""
        return f"var(--sgd-{self.name}, {self.color})"

    @property
    def svg_dash(self) -> str:
        """The dash in an SVG, for a line two units wide."""
        return "none" if self.dash == "-" else " ".join(f"{2 * length:g}" for length in self.dash[1])

    def tile(self, color: str) -> str:
        """One length of the stroke as a picture for a style sheet, to be set in a row under words."""
        wide = 10 if self.dash == "-" else 2 * sum(self.dash[1])
        line = (
            f"<path d='M0 1H{wide:g}' stroke='{color}' stroke-width='2' stroke-dasharray='{self.svg_dash}'/>"
        )
        svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide:g}' height='2'>{line}</svg>"
        return f'url("data:image/svg+xml,{quote(svg, safe=" /:=,")}")'.replace("%27", "'")


LOOKS = {
    "gradient descent": Look("gd", "#0072b2", "#56b4e9", "-", "o"),
    "SGD": Look("sgd", "#a8467f", "#e8a0cc", (0, (1, 1.2)), "D"),
    "momentum": Look("momentum", "#c25100", "#ff8a3d", (0, (5, 1.5)), "s"),
    "Nesterov": Look("nesterov", "#007e5b", "#3dd6a3", (0, (5, 1.5, 1, 1.5)), "^"),
    "Adam": Look("adam", "#7030d8", "#a37aff", (0, (8, 1.2, 1, 1.2, 1, 1.2)), "P"),
}
"""The look of each method, by its name.

>>> list(LOOKS)
['gradient descent', 'SGD', 'momentum', 'Nesterov', 'Adam']
"""

INK, MUTED, MUTED_DARK = "#1b1b1b", "#767676", "#9a9a9a"
CSS_COLORS = {
    **{look.color: look.css for look in LOOKS.values()},
    INK: "currentColor",
    MUTED: f"var(--sgd-muted, {MUTED})",
}
MAX_SHOWN = 1e9
# How many lines of equal loss a surface has, and at which rates the map of a method has a line.
CONTOUR_LINES = 9
RATE_LEVELS = {"momentum": (0.3, 0.5, 0.7, 0.8, 0.9, 0.95), "Nesterov": (0.5, 0.7, 0.9)}


def palette_css(light: str = "html", dark: str = 'html[data-theme="dark"]') -> str:
    """The palette as a style sheet: ``--sgd-NAME`` of each method and ``--sgd-muted``, light and dark.

    Words of the class ``sgd-stroke-NAME`` are underlined with the method's stroke, as its curve is drawn.

    Parameters
    ----------
    light, dark
        The selectors of a light page and of a dark one; those of the course's site when left out.

    Notes
    -----
    Colours every chapter: the site's build writes it into a file, the widgets take it along into Jupyter.

    Examples
    --------
    >>> print(palette_css()[:28])
    html {
      --sgd-gd: #0072b2;
    """
    text("light", light, "the selector of a page"), text("dark", dark, "the selector of a page")
    named = [(look.name, look.color, look.dark) for look in LOOKS.values()] + [("muted", MUTED, MUTED_DARK)]
    strokes = [
        (f"stroke-{look.name}", look.tile(look.color), look.tile(look.dark)) for look in LOOKS.values()
    ]
    rules = {
        light: "".join(f"  --sgd-{name}: {value};\n" for name, value, _ in [*named, *strokes]),
        dark: "".join(f"  --sgd-{name}: {value};\n" for name, _, value in [*named, *strokes]),
        **{f".sgd-{name}": f"  background-image: var(--sgd-{name});\n" for name, *_ in strokes},
        # Where the system sets the colours this stays a picture; a printer would leave it out.
        '[class*="sgd-stroke-"]': (
            "  background-position: 0 100%;\n  background-repeat: repeat-x;\n  padding-bottom: 0.15em;\n"
            "  -webkit-print-color-adjust: exact;\n  print-color-adjust: exact;\n"
            "  -webkit-box-decoration-break: clone;\n  box-decoration-break: clone;\n"
        ),
    }
    return "".join(f"{selector} {{\n{lines}}}\n" for selector, lines in rules.items())


STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "sgdlib",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": MUTED,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.markersize": 3.6,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
}


def panel(
    title: str = "",
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
    wide: bool = False,
    equal: bool = False,
) -> Axes:
    """Start one panel of a picture: Matplotlib axes of the course's size and style, with labelled axes.

    Parameters
    ----------
    title
        What the panel says, in a few words.
    xlabel, ylabel
        What the axes measure.
    log
        Draw the vertical axis on a log scale.
    wide
        A wider panel, for a picture of one panel with a long horizontal axis.
    equal
        The same scale on both axes, for a picture of positions.

    Raises
    ------
    ValueError
        For an empty axis label.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> ax = panel("Loss", xlabel="step", ylabel="loss", log=True)
    >>> ax.get_yscale()
    'log'
    """
    if not all(isinstance(label, str) and label.strip() for label in (xlabel, ylabel)):
        raise ValueError("every axis needs a label: give xlabel= and ylabel=.")
    text("title", title, empty=True)
    log, wide, equal = flag("log", log), flag("wide", wide), flag("equal", equal)
    figure = _drawing_board()(figsize=(4.9 if wide else 3.6, 3.0), layout="constrained")
    ax = figure.add_subplot()
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if log:
        ax.set_yscale("log")
    if equal:
        ax.set_aspect("equal", adjustable="box")
    return ax


@cache
def _drawing_board() -> type[Figure]:
    """Matplotlib, in the course's style. It takes long to import, and where widgets are alive nothing is drawn."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(STYLE)
    return Figure


class Picture:
    """One or more panels as inline SVG with alt text; the last value of a cell shows it.

    Notes
    -----
    Made by ``show``, in every chapter.

    Examples
    --------
    >>> ax = panel(xlabel="x", ylabel="y")
    >>> _ = ax.plot([0, 1], [0, 1], color=LOOKS["momentum"].color)
    >>> show(ax, alt="A straight line rises from the lower left to the upper right corner.")
    <Picture: A straight line rises from the lower left to the upper right corner.>
    """

    def __init__(self, html: str, alt: str):
        self.html, self.alt = html, alt

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"


def show(*panels: Axes, alt: str) -> Picture:
    """Turn panels into a picture: side by side on a wide page, one below the other on a phone.

    Parameters
    ----------
    alt
        What the picture shows, in a sentence or two, for those who do not see it.

    Raises
    ------
    ValueError
        For no panel, a panel in which nothing was drawn, or an alt text of fewer than 40 characters.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> show(panel(xlabel="x", ylabel="y"), alt="An empty panel, which show refuses to show to anybody.")
    Traceback (most recent call last):
        ...
    ValueError: panel 1 is blank: draw something in it, or leave it out.
    """
    if not panels:
        raise ValueError("show needs at least one panel.")
    for ax in panels:
        _axes(ax)
    alt = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(alt) < 40:
        raise ValueError("alt must say what the picture shows, in at least 40 characters.")
    drawings = []
    for number, ax in enumerate(panels, 1):
        artists = [*ax.lines, *ax.collections, *ax.patches, *ax.images]
        if not any(map(_visible, artists)):
            raise ValueError(f"panel {number} is blank: draw something in it, or leave it out.")
        for index, artist in enumerate(artists):
            artist.set_gid(f"data{index}")
        drawings.append(_svg(ax.figure))
    digest = hashlib.sha256("".join([alt, *drawings]).encode()).hexdigest()[:8]
    drawings = [_own_names(svg, f"f{digest}{n}") for n, svg in enumerate(drawings)]
    label = html.escape(alt, quote=True)
    # The first panel carries the text for all of them.
    drawings[0] = drawings[0].replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    for n in range(1, len(drawings)):
        drawings[n] = drawings[n].replace("<svg ", '<svg aria-hidden="true" ', 1)
    style = "display:flex;flex-wrap:wrap;gap:1rem;justify-content:center;margin:1rem 0"
    body = "\n".join(drawings)
    return Picture(f'<figure class="sgd-figure" style="{style}">\n{body}\n</figure>', alt)


def _axes(ax: Axes) -> None:
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(f"a panel comes from panel(...); this is {shown(ax)}.")


def _visible(artist) -> bool:
    """Whether anything of it can be seen: a line has a point that is a number; what else there is, is there."""
    return not hasattr(artist, "get_xydata") or bool(
        np.isfinite(np.asarray(artist.get_xydata(), float)).all(-1).any()
    )


def _pair(name: str, value: tuple[float, float], said: str) -> tuple[float, float]:
    """A range that goes from low to high."""
    found = as_numbers(value)
    if found is None or found.shape != (2,) or not (np.isfinite(found).all() and found[0] < found[1]):
        raise ValueError(f"{name} must {said} (low, high), not {shown(value)}.")
    return tuple(found.tolist())


def _svg(figure: Figure) -> str:
    """The figure as SVG: colours that follow the theme, the page's own font, coordinates of two decimals."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", svg, flags=re.S)
    svg = re.sub(r'<g id="data\d+">', '<g class="data">', svg)
    svg = re.sub(r'<g id="(?:figure|axes|patch|matplotlib|xtick|ytick|text|line2d|legend)[^"]*">', "<g>", svg)
    # in the tags only: a number in a label is the author's
    svg = re.sub(r"<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d+(?:e-?\d+)?", _short, tag[0]), svg)
    # Matplotlib names clips and markers by a hash of unrounded coordinates: count them instead.
    for number, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(\bid="|url\(#|href="#){re.escape(name)}\b', rf"\g<1>{number}", svg)
    for color, css in CSS_COLORS.items():
        svg = svg.replace(color, css)
    svg = svg.replace("#000000", "currentColor")
    # Any family but the page's own would be a guess; keep size and slant only.
    svg = re.sub(
        r"font: (?:(italic|oblique) )?(?:\w+ )??([\d.]+)px [^;\"]+",
        lambda m: f"font-size: {m[2]}px" + ("; font-style: italic" if m[1] else ""),
        svg,
    )
    svg = re.sub(r"; font-family: [^;\"]+", "", svg)
    width, height = (72 * inches for inches in figure.get_size_inches())
    head = (
        f'<svg class="sgd-panel" viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'style="width:100%;max-width:{width * 1.45:.0f}px;height:auto;color:inherit">'
    )
    svg = head + svg[svg.index(">") + 1 :]
    return re.sub(r"\n\s*\n+", "\n", re.sub(r" +\n", "\n", svg)).strip()


def _short(number: re.Match) -> str:
    # The small shift keeps a value that lies between two roundings on the same side on every machine.
    text = f"{float(number[0]) + 1e-7:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _own_names(svg: str, prefix: str) -> str:
    """Make the names of clips and markers this picture's own: a page holds many pictures."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    return re.sub(r'(url\(#|href="#)', rf"\1{prefix}-", svg)


def contours(
    ax: Axes,
    surface,
    x: tuple[float, float],
    y: tuple[float, float],
    levels: ArrayLike | int = CONTOUR_LINES,
) -> None:
    """Draw the lines of equal loss of a surface of two dimensions, and a cross at its minimum.

    Parameters
    ----------
    surface
        One of ``sgdlib.surfaces``, or anything with ``value`` and ``minimum``.
    x, y
        The range of each coordinate.
    levels
        The losses to draw, or how many lines; a number spaces them evenly in the square root of the loss.

    Raises
    ------
    ValueError
        For a range that does not go from low to high.

    Notes
    -----
    Used from the chapter on gradient descent onwards.

    Examples
    --------
    >>> from sgdlib.surfaces import valley
    >>> ax = panel(xlabel="x", ylabel="y")
    >>> contours(ax, valley(), x=(-6, 6), y=(-3, 3))
    """
    _axes(ax)
    try:
        x, y = (_pair("", each, "") for each in (x, y))
    except ValueError:
        raise ValueError(f"x and y must each be a pair (low, high), not {shown(x)} and {shown(y)}.") from None
    value = getattr(surface, "value", None)
    if isinstance(surface, type) or not callable(value) or not hasattr(surface, "minimum"):
        raise TypeError(
            f"a surface has value and minimum, as those of sgdlib.surfaces; this is {shown(surface)}."
        )
    across, up = np.meshgrid(np.linspace(*x, 121), np.linspace(*y, 121))
    losses = as_numbers(value(np.stack([across, up], -1)))
    if losses is None or losses.shape != across.shape:
        raise ValueError("the surface's value must give one number for each position of two dimensions.")
    if not np.isfinite(losses).all() or losses.min() == losses.max():
        raise ValueError(
            "the surface has no lines of equal loss in this range: it is flat there, or not finite."
        )
    if isinstance(levels, (int, np.integer)):
        low, high = losses.min(), losses.max()
        levels = low + (high - low) * np.linspace(0, 1, whole("levels", levels, 1, 1000) + 2)[1:-1] ** 2
    levels = _levels(levels)
    ax.contour(across, up, losses, levels=levels, colors=MUTED, linewidths=0.8, alpha=0.8)
    ax.set(xlim=x, ylim=y)
    ax.grid(False)
    if surface.minimum is not None:
        ax.plot(*surface.minimum, marker="+", color=INK, markersize=9, markeredgewidth=1.6, linestyle="none")


def _levels(levels: ArrayLike) -> NDArray:
    found = as_numbers(levels)
    row = found is not None and found.ndim == 1 and found.size
    if not row or not (np.isfinite(found).all() and (found[1:] > found[:-1]).all()):
        raise ValueError(f"levels must be numbers in a row, each above the one before, not {shown(levels)}.")
    return found.astype(float)


def path(ax: Axes, positions: NDArray, method: str, label: str | None = None, **style) -> None:
    """Draw the path of one run in two dimensions, a marker at every step if they are few.

    Parameters
    ----------
    positions
        Shape (steps + 1, 2); a run that flies off is cut off far outside any picture.
    method
        A name of ``LOOKS``.
    label
        For the legend; the method's name when left out.

    Raises
    ------
    ValueError
        For another method's name or positions of another shape.

    Notes
    -----
    Used from the chapter on gradient descent onwards.

    Examples
    --------
    >>> ax = panel(xlabel="x", ylabel="y")
    >>> path(ax, np.array([[0.0, 0.0], [1.0, 2.0]]), "momentum")
    """
    _axes(ax)
    look = _look(method)
    found = as_numbers(positions)
    if found is None or found.ndim != 2 or found.shape[1] != 2 or not found.size:
        remedy = "; write its .positions" if hasattr(positions, "positions") else ""
        was = shown(positions) if found is None else found.shape
        raise ValueError(f"a path has positions of shape (steps + 1, 2), not {was}{remedy}.")
    positions = np.clip(found, -MAX_SHOWN, MAX_SHOWN)
    few = len(positions) <= 80
    drawn = {"color": look.color, "linewidth": 1.1, "marker": look.marker if few else None, "markersize": 3.2}
    ax.plot(*positions.T, label=_label(label, method), **(drawn | style))


def curve(
    ax: Axes, values: ArrayLike, method: str, label: str | None = None, x: ArrayLike | None = None, **style
) -> None:
    """Draw a quantity against the steps, in the look of its method.

    Parameters
    ----------
    values
        Shape (steps + 1,); on a log axis values of 0 or less are left out.
    method
        A name of ``LOOKS``.
    label
        For the legend; the method's name when left out.
    x
        What stands on the horizontal axis; 0, 1, 2, … when left out.

    Raises
    ------
    ValueError
        For another method's name.

    Notes
    -----
    Used in every chapter.

    Examples
    --------
    >>> ax = panel(xlabel="step", ylabel="loss", log=True)
    >>> curve(ax, [1.0, 0.1, 0.01], "Nesterov")
    """
    _axes(ax)
    look = _look(method)
    found = as_numbers(values)
    if found is None or found.ndim not in (1, 2) or not found.size:
        was = shown(values) if found is None else found.shape
        raise ValueError(f"a curve has values of shape (steps + 1,), not {was}.")
    values = np.clip(found.astype(float), -MAX_SHOWN, MAX_SHOWN)
    if ax.get_yscale() == "log":
        values = np.where(values > 0, values, np.nan)
    across = np.arange(len(values)) if x is None else as_numbers(x)
    if across is None or across.shape not in (values.shape, values.shape[:1]):
        was = shown(x) if across is None else across.shape
        raise ValueError(f"x must have a number for each value, {values.shape[:1]}, not {was}.")
    drawn = {"color": look.color, "linestyle": look.dash}
    ax.plot(across, values, label=_label(label, method), **(drawn | style))


def rate_map(
    ax: Axes,
    nesterov: bool = False,
    a: tuple[float, float] = (0.0, 4.0),
    levels: tuple[float, ...] | None = None,
) -> None:
    """Draw the convergence rate over a = ηλ and μ: lines of equal rate, the line of critical damping, the edge.

    ::

        theory.rate(a, μ) on a grid; shaded where it is 1 or more

    Parameters
    ----------
    ax
        Its horizontal axis becomes a, its vertical one μ.
    nesterov
        Whether the map is that of Nesterov's method.
    a
        The range of a, low and high.
    levels
        The rates that have a line; those of RATE_LEVELS when left out.

    Raises
    ------
    ValueError
        For a range that does not go from low to high.

    Notes
    -----
    Read in the chapters on momentum and Nesterov's lookahead.

    Examples
    --------
    >>> ax = panel(xlabel="ηλ", ylabel="momentum μ")
    >>> rate_map(ax)
    """
    _axes(ax)
    nesterov, a = flag("nesterov", nesterov), _pair("a", a, "be a pair")
    if a[1] > 100 or a[0] < -100 or a[1] <= 0 or a[0] >= 4:
        raise ValueError(f"a must overlap 0 to 4, where runs converge, and stay within -100 to 100, not {a}.")
    across, up = np.meshgrid(np.linspace(*a, 401), np.linspace(0, 1, 201))
    rates = theory.rate(across, up, nesterov)
    ax.contourf(across, up, rates, levels=[1.0, 1e9], colors=[MUTED], alpha=0.3)
    method = "Nesterov" if nesterov else "momentum"
    levels = _levels(RATE_LEVELS[method] if levels is None else levels).tolist()
    lines = ax.contour(across, up, rates, levels=levels, colors=MUTED, linewidths=0.9)
    # a label for each line where it has room: where the rate is √(effective momentum)
    spots = [
        (1 - level**2 / 0.9, 0.9) if nesterov else (0.75 * a[0] + 0.25 * a[1], level**2) for level in levels
    ]
    ax.clabel(lines, fontsize=7.5, colors=INK, fmt="%g", manual=spots)
    mu = np.linspace(0, 1, 201)
    ax.plot(theory.stability_limit(mu, nesterov), mu, color=INK, linewidth=1.6, label="stability limit")
    root = np.linspace(1e-6, 1, 200) ** 2
    look = _look(method)
    damping = theory.critical_momentum(root, nesterov)
    ax.plot(root, damping, color=look.color, linestyle=look.dash, label="critical damping")
    ax.set(xlim=a, ylim=(0, 1))
    ax.grid(False)


class Play(ipywidgets.interactive):
    """Sliders above a picture in live Jupyter; the picture of the first setting on the static page and in print.

    Notes
    -----
    Made by ``play``, in every chapter.

    Examples
    --------
    >>> Play.__mro__[1].__name__
    'interactive'
    """

    def __init__(self, draw: Callable[..., Picture], first: Picture, **sliders):
        self.first = first
        super().__init__(draw, **sliders)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        live = super()._repr_mimebundle_(**kwargs)
        return {**live, "text/html": self.first.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Play: {self.first.alt}>"


def play(draw: Callable[..., Picture], **sliders) -> Play:
    """Put sliders above a picture: ``draw`` is called with their values and gives the picture.

    Parameters
    ----------
    draw
        Takes the sliders' values by name, returns what ``show`` returns.
    sliders
        Ipywidgets controls, such as ``FloatSlider(0.05, min=0, max=0.2, step=0.01)``.

    Raises
    ------
    ValueError
        For no slider, or a control that is not an ipywidget.

    Notes
    -----
    Used in every chapter; on the static page the course's widgets take its place.

    Examples
    --------
    >>> play(lambda: None)
    Traceback (most recent call last):
        ...
    ValueError: play needs sliders by name, such as learning_rate=FloatSlider(0.1, min=0, max=1).
    """
    if not sliders or not all(isinstance(s, ipywidgets.ValueWidget) for s in sliders.values()):
        raise ValueError("play needs sliders by name, such as learning_rate=FloatSlider(0.1, min=0, max=1).")
    function("draw", draw, "the sliders' values")
    first = draw(**{name: slider.value for name, slider in sliders.items()})
    if not isinstance(first, Picture):
        raise TypeError(f"draw must return what show(...) returns, not {shown(first)}; is there a return?")
    return Play(draw, first, **sliders)


def _look(method: str) -> Look:
    return LOOKS[one_of("method", method, LOOKS)]


def _label(label: str | None, method: str) -> str:
    return method if label is None else text("label", label)
