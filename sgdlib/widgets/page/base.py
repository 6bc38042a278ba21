"""What every widget shares on the Python side: bounded settings, the page without a kernel, the module it runs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import anywidget
import traitlets

from sgdlib import figures
from sgdlib.checks import Span, as_numbers, shown, whole
from sgdlib.checks import flag as flag_of
from sgdlib.checks import number as number_of
from sgdlib.checks import one_of as one_of_these
from sgdlib.descent import DIVERGED, Trajectory
from sgdlib.figures import Picture
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.flatten import flatten, scope

__all__ = [
    "CourseWidget",
    "all_widgets",
    "choice",
    "flag",
    "folders",
    "integer",
    "number",
    "one_of",
    "rows",
    "site_script",
    "site_style",
    "small_figures",
]

HERE = Path(__file__).parent
WIDGETS = HERE.parent
SMALL = WIDGETS / "small"
STYLE = HERE / "style.css"
# Of no weight, so that a page with a palette of its own keeps it.
JUPYTER_PALETTE = figures.palette_css(
    light=":where(:root, :host)", dark='body[data-jp-theme-light="false"] .sgd-live-widget'
)


def folders() -> list[str]:
    """The names of the widgets' folders, sorted: those that hold an ES module of the folder's own name.

    Notes
    -----
    Finds the widgets of every chapter.

    Examples
    --------
    >>> "friction_lab" in folders(), "page" in folders()
    (True, False)
    """
    return sorted(path.stem for path in WIDGETS.glob("*/*.mjs") if path.stem == path.parent.name)


def all_widgets() -> dict[str, type[CourseWidget]]:
    """The class of every widget, by the name of its folder.

    Notes
    -----
    The site's one script holds them, for the widgets of every chapter.

    Examples
    --------
    >>> all_widgets()["friction_lab"].__name__
    'FrictionLab'
    """
    return {name: widget_class(name) for name in folders()}


def small_figures() -> dict[str, type[CourseWidget]]:
    """The class of every small figure, by the name of its file.

    Notes
    -----
    The site's one script holds them, for the small figures of every chapter.

    Examples
    --------
    >>> small_figures()["slope_memory"].__name__
    'SlopeMemory'
    """
    names = sorted(path.stem for path in SMALL.glob("*.mjs"))
    return {name: getattr(import_module(f"sgdlib.widgets.small.{name}"), class_name(name)) for name in names}


def widget_class(folder: str) -> type[CourseWidget]:
    """The class of the widget in a folder.

    Raises
    ------
    ModuleNotFoundError
        When there is no such folder.

    Notes
    -----
    Gives a widget to the chapter that imports it from ``sgdlib.widgets``, and so to every chapter.

    Examples
    --------
    >>> widget_class("friction_lab").__name__
    'FrictionLab'
    """
    return getattr(import_module(f"sgdlib.widgets.{folder}"), class_name(folder))


def class_name(folder: str) -> str:
    """The name of the class in a folder: the folder's words, each with a capital.

    Notes
    -----
    The names that every chapter imports from ``sgdlib.widgets``.

    Examples
    --------
    >>> class_name("friction_lab")
    'FrictionLab'
    """
    return "".join(word.capitalize() for word in folder.split("_"))


def page_told() -> dict:
    """What every widget's page is told beside its own constants.

    Returns
    -------
    LOOKS, the name in a style sheet, the colour, dash in pixels and marker of each method; MUTED, what stands back;
    DIVERGED, the coordinate beyond which a run has diverged.

    Notes
    -----
    Told to the widgets of every chapter.

    Examples
    --------
    >>> page_told()["LOOKS"]["momentum"]["marker"], page_told()["DIVERGED"]
    ('s', 1000000000000.0)
    """
    return {
        "LOOKS": {
            method: {"name": look.name, "color": look.css, "dash": look.svg_dash, "marker": look.marker}
            for method, look in figures.LOOKS.items()
        },
        "MUTED": figures.CSS_COLORS[figures.MUTED],
        "DIVERGED": DIVERGED,
    }


def number(default: float, low: float, high: float) -> traitlets.Float:
    """A setting that is a number from low to high; anything else raises a TraitError.

    Parameters
    ----------
    default
        The value when none is given.
    low, high
        The ends, both allowed, in the units of the setting.

    Raises
    ------
    ValueError
        For a default that is not among the values.

    Notes
    -----
    The sliders of every chapter; ``limit`` tells the page their ends.

    Examples
    --------
    >>> number(0.1, 0.0, 1.0).default_value
    0.1
    """
    _range(default, low, high)
    return _Bounded(default, min=low, max=high).tag(
        sync=True, limit={"kind": "number", "min": low, "max": high}
    )


def integer(default: int, low: int, high: int) -> traitlets.Int:
    """A setting that is a whole number from low to high; anything else raises a TraitError.

    Parameters
    ----------
    default
        The value when none is given.
    low, high
        The ends, both allowed.

    Raises
    ------
    ValueError
        For a default that is not among the values.

    Notes
    -----
    The counts of steps and of epochs in the widgets of every chapter.

    Examples
    --------
    >>> integer(30, 1, 300).default_value
    30
    """
    limit = {"kind": "integer", "min": low, "max": high}
    _range(whole("default", default, low, high), low, high)
    return _Whole(default, min=low, max=high).tag(sync=True, limit=limit)


def choice(default, *others) -> traitlets.Enum:
    """A setting that is one of a few values; anything else raises a TraitError.

    Parameters
    ----------
    default, others
        The values; the first when none is given.

    Notes
    -----
    The race of every chapter that has one offers its tracks so: those on momentum and Nesterov's lookahead.

    Examples
    --------
    >>> choice("valley", "saddle").values
    ['valley', 'saddle']
    """
    values = [default, *others]
    return _Choice(values, default).tag(sync=True, limit={"kind": "choice", "values": values})


def one_of(numbers: tuple[float, ...], default: float) -> traitlets.Enum:
    """A setting that is one of a few numbers, in their order; anything else raises a TraitError.

    Parameters
    ----------
    numbers
        The values, in their order.
    default
        The value when none is given.

    Raises
    ------
    ValueError
        For a default that is not among the values.

    Notes
    -----
    The settings of the board in the tuning workshop, which was measured at these values only.

    Examples
    --------
    >>> one_of((0.001, 0.01, 0.1), 0.01).default_value
    0.01
    """
    if default not in numbers:
        raise ValueError(f"the default must be one of the numbers {shown(numbers)}, not {shown(default)}.")
    limit = {"kind": "choice", "values": list(numbers)}
    return _OneOf(list(numbers), default).tag(sync=True, limit=limit)


def flag(default: bool) -> traitlets.Bool:
    """A setting that is on or off.

    Parameters
    ----------
    default
        The value when none is given.

    Notes
    -----
    Nesterov or not, in the widgets of every chapter that has the choice.

    Examples
    --------
    >>> flag(True).default_value
    True
    """
    return _Flag(flag_of("default", default)).tag(sync=True, limit={"kind": "flag"})


def rows(
    default: list[list[float]], columns: tuple[tuple[float, float], ...], least: int, most: int
) -> traitlets.List:
    """A setting that is a short list of rows of numbers, the first column ascending; else a TraitError.

    Parameters
    ----------
    default
        The rows when none are given.
    columns
        (low, high) of each column, both allowed.
    least, most
        How many rows there may be.

    Notes
    -----
    The points of a schedule, and the changes in mid-run, of the trainer in the chapter on the edge of stability.

    Examples
    --------
    >>> rows([[0, 1], [1, 0.1]], columns=((0, 1), (0, 1)), least=1, most=6).default_args[0]
    [[0, 1], [1, 0.1]]
    """
    limit = {"kind": "rows", "columns": [list(each) for each in columns], "least": least, "most": most}
    return _Rows(default).tag(sync=True, limit=limit)


def _range(default: float, low: float, high: float) -> None:
    if not low <= default <= high:
        raise ValueError(f"the default must be from {shown(low)} to {shown(high)}, not {shown(default)}.")


@contextmanager
def _as_trait_error() -> Iterator[None]:
    """What the checks say, as the error that traitlets' users know."""
    try:
        yield
    except ValueError as error:
        raise traitlets.TraitError(str(error)) from None


class _Bounded(traitlets.Float):
    """A float in its range, of any kind of number; a truth value is none."""

    def validate(self, obj, value):
        with _as_trait_error():
            return number_of(self.name, value, Span(self.min, self.max))


class _Whole(traitlets.Int):
    """A whole number in its range."""

    def validate(self, obj, value):
        with _as_trait_error():
            return whole(self.name, value, self.min, self.max)


class _Flag(traitlets.Bool):
    """On or off."""

    def validate(self, obj, value):
        with _as_trait_error():
            return flag_of(self.name, value)


class _Choice(traitlets.Enum):
    """One of a few values, of their own kind."""

    def validate(self, obj, value):
        with _as_trait_error():
            return one_of_these(self.name, value, self.values)


class _OneOf(traitlets.Enum):
    """One of a few floats; a 1 from the page, which knows one kind of number only, becomes their 1.0."""

    def validate(self, obj, value):
        found = as_numbers(value)
        with _as_trait_error():
            known = found is not None and not found.ndim and found in self.values
            return (
                self.values[self.values.index(found)]
                if known
                else one_of_these(self.name, value, self.values)
            )


class _Rows(traitlets.List):
    """Rows of finite numbers within the limits of their columns; what a page sends back is compared by value."""

    def validate(self, obj, value):
        limit = self.metadata["limit"]
        given = [list(row) for row in value] if _is_rows(value) else None
        if given is None or not _within(given, limit):
            columns = " and ".join(f"{low} to {high}" for low, high in limit["columns"])
            raise traitlets.TraitError(
                f"{self.name} must be {limit['least']} to {limit['most']} rows of numbers, {columns}, "
                f"the first one ascending, not {shown(value)}."
            )
        return given


def _is_rows(value) -> bool:
    lists = isinstance(value, (list, tuple)) and all(isinstance(row, (list, tuple)) for row in value)
    return lists and all(
        isinstance(each, (int, float)) and not isinstance(each, bool) and math.isfinite(each)
        for row in value
        for each in row
    )


def _within(given: list[list[float]], limit: dict) -> bool:
    columns = limit["columns"]
    return (
        limit["least"] <= len(given) <= limit["most"]
        and all(len(row) == len(columns) for row in given)
        and all(low <= each <= high for row in given for each, (low, high) in zip(row, columns, strict=True))
        and all(first[0] <= second[0] for first, second in pairwise(given))
    )


class CourseWidget(anywidget.AnyWidget):
    """The base of the course's widgets: an anywidget that is complete on a page without a kernel, too.

    A subclass stands in a folder beside ``page``, named as the folder in capitals, with the ES module of the folder's
    name, whose ``render`` draws it, and with a style of that name if it needs one. It declares its settings with
    ``number``, ``integer``, ``one_of``, ``choice``, ``flag`` and ``rows``; says in ``optimizer``, ``trajectory``,
    ``picture`` and ``words`` what sgdlib makes of them; and in ``told`` what else its module must know: constants, and
    the sentences that both say. In Jupyter every setting syncs with the page; on the static page the picture stands
    until the script brings the widget to life, and in print and without JavaScript for good.

    Raises
    ------
    TypeError
        For a setting that the widget does not have.
    traitlets.TraitError
        For a value that a setting does not take.

    Notes
    -----
    Stands under the widgets of every chapter.

    Examples
    --------
    >>> from sgdlib.widgets import LearningRateExplorer
    >>> LearningRateExplorer(learning_rate=0.5).setting()["learning_rate"]
    0.5
    """

    told: ClassVar[dict] = {}
    _limits = traitlets.Dict().tag(sync=True)
    _initial = traitlets.Dict().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        # anywidget makes a subclass of its own, in which _esm is a trait already
        if "_esm" not in vars(cls) and cls.module().is_file():
            told = {"page": page_told(), cls.folder(): cls.told}
            cls._esm = f"{flatten(cls.module(), told=told)}export default {{ render: {scope(cls.module())}.render }};\n"
            cls._css = JUPYTER_PALETTE + _style([cls.folder()])
        super().__init_subclass__(**kwargs)

    @classmethod
    def module(cls) -> Path:
        """Where the widget's ES module stands."""
        return WIDGETS / cls.folder() / f"{cls.folder()}.mjs"

    @classmethod
    def folder(cls) -> str:
        """The name of the widget's folder; that of its class's module."""
        return cls.__module__.rpartition(".")[2]

    def __init__(self, *unnamed, **settings):
        if unnamed:
            raise TypeError(
                f"{type(self).__name__} takes its settings by name: {next(iter(self._limit_of()))}=...."
            )
        if unknown := set(settings) - set(self._limit_of()):
            raise TypeError(
                f"{type(self).__name__} has no setting {sorted(unknown)[0]}=; "
                f"it has {', '.join(self._limit_of())}."
            )
        super().__init__(**settings)
        self._limits = self._limit_of()
        self._initial = self.setting()

    @traitlets.default("_data")
    def _data_for_jupyter(self) -> dict:
        return self.data()

    @classmethod
    def _limit_of(cls) -> dict:
        return {
            name: trait.metadata["limit"]
            for name, trait in cls.class_traits().items()
            if "limit" in trait.metadata
        }

    def setting(self) -> dict:
        """The present value of every setting, by name."""
        return {name: getattr(self, name) for name in self._limit_of()}

    def data(self) -> dict:
        """What the page must know beside the setting, and never changes: measurements; nothing for most widgets."""
        return {}

    @property
    def optimizer(self) -> SGD:
        """sgdlib's optimizer for the present setting."""
        raise NotImplementedError

    def trajectory(self) -> Trajectory:
        """sgdlib's run of the present setting: what the picture shows, as numbers."""
        raise NotImplementedError

    def picture(self) -> Picture:
        """The present setting as a still picture with alt text."""
        raise NotImplementedError

    def words(self) -> str:
        """The readouts of the present setting in a sentence or two."""
        raise NotImplementedError

    def static_html(self) -> str:
        """What the page shows without a kernel: the picture, the readouts, and the setting for the script."""
        return self._html(f"{self.picture().html}\n")

    def _repr_live_html_(self) -> str:
        """The same where the script is there (chapters/_run): it draws before Matplotlib would be imported."""
        return self._html("")

    def _html(self, picture: str) -> str:
        data = self.data()
        state = {**self.setting(), "_limits": self._limits} | ({"_data": data} if data else {})
        # "<" cannot end the script element, nor open a comment, once it is written as an escape
        written = json.dumps(state, sort_keys=True).replace("<", "\\u003c")
        return (
            f'<div class="sgd-widget" data-widget="{self.widget_name()}">\n'
            f'<script type="application/json">{written}</script>\n'
            f"{picture}"
            f'<p class="sgd-widget-words">{self.words()}</p>\n'
            "</div>"
        )

    @classmethod
    def widget_name(cls) -> str:
        """The widget's name in links and in the page: its folder's, with hyphens."""
        return cls.folder().replace("_", "-")

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self), "text/html": self.static_html()}, metadata

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.setting().items())
        return f"{type(self).__name__}({words})"


def _style(names: list[str]) -> str:
    """The style that all widgets share, and those of these widgets."""
    own = (WIDGETS / name / f"{name}.css" for name in names)
    return "".join(path.read_text(encoding="utf-8") for path in (STYLE, *own) if path.is_file())


def site_script() -> str:
    """The one script of the static site: every widget's module in a row, and what brings those of a page to life.

    Notes
    -----
    Loaded by every chapter that has a widget.

    Examples
    --------
    >>> site_script().startswith('"use strict";')
    True
    """
    classes = all_widgets() | small_figures()
    told = {"page": page_told()} | {name: cls.told for name, cls in classes.items()}
    renders = ", ".join(f'"{cls.widget_name()}": {scope(cls.module())}.render' for cls in classes.values())
    modules = [cls.module() for cls in classes.values()]
    joined = flatten(*modules, HERE / "live.mjs", told=told)
    return f'"use strict";\n(() => {{\n{joined}\n$live.bring_alive({{ {renders} }});\n}})();\n'


def site_style() -> str:
    """The one style sheet of the static site's widgets.

    Notes
    -----
    Loaded by every chapter that has a widget.

    Examples
    --------
    >>> ".sgd-live-widget" in site_style()
    True
    """
    return _style(folders())
