r"""Sentences that act on the widgets of their page, written as links in plain Markdown.

::

    [set the momentum to 0](#valley-race?momentum=0)      a button: sets these settings, and no others; pressed again,
                                                          the widget is as it was
    [the orange curve](#valley-race!curve=momentum)       to look at: the part stands out while the words are hovered
                                                          or focused
    [0.9](#friction-lab~momentum)                         a number to drag: the setting, at which the widget begins
    [10](#friction-lab=top-speed)                         a number that follows: a readout, or a setting

- A widget is named as in the page's address. Of several of the name the nearest above is meant, else the first;
  ``valley-race-2`` is the second of the page.
- After ``?`` come settings as in the page's address: ``momentum=0&nesterov=true``.
- A part to look at is ``curve=`` a method (``gradient-descent``, ``sgd``, ``momentum``, ``nesterov``, ``adam``) or a
  ``data-part`` of a picture, ``control=`` a setting, ``readout=`` a label, or ``verdict``.
- A label is written in small letters, with a hyphen for all that is no letter and no digit, as far as it is needed to
  tell it: ``top-speed`` for "top speed on a constant slope, 1/(1 − μ)".
- Where the words are a number, the first number of a readout takes their place; ``=where-the-ball-is:2`` takes the
  second. Other words are replaced by the whole readout.

A link to a widget that is not on the page, to a setting that it does not have, to a value that the setting does not
take, or with a number that is not the widget's, is a warning, which stops the build. What only the script knows, the
labels and what is drawn, the tests look up in the browser. Without JavaScript and on paper the words are plain text; in
Jupyter the link leads nowhere.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from sgdlib.figures import LOOKS

WIDGET = re.compile(
    r'data-widget="([\w-]+)"[^>]*>\s*<script type="application/json">(.*?)</script>',
    re.DOTALL,
)
LINK = re.compile(r"(?P<name>[a-z][a-z0-9-]*)(?P<does>[?!~=])(?P<what>.*)", re.DOTALL)
CLASSES = {"?": "sgd-act", "!": "sgd-look", "~": "sgd-scrub", "=": "sgd-shown"}
NUMBER = re.compile(r"[-−]?\d+(\.\d+)?(e[-−]?\d+)?")


class Sentence(nodes.inline):
    """Words that act: their class says how, `of` which widget, and `what` is the rest of the link."""


class Unfit(ValueError):
    """A link that does not fit its page; the message says why."""


@dataclass(frozen=True)
class Widget:
    """A widget of a page: what kind, what its page calls it, its settings at the beginning and their limits."""

    kind: str
    name: str
    state: dict

    @property
    def limits(self) -> dict:
        """What each setting may be, as in sgdlib.widgets.page.base."""
        return self.state["_limits"]

    def limit(self, setting: str) -> dict:
        """What a setting may be; Unfit if there is no such setting."""
        if setting not in self.limits:
            raise Unfit(
                f"{self.kind} has no setting {setting}; it has {', '.join(self.limits)}"
            )
        return self.limits[setting]


def widgets_in(html: str, count: dict[str, int]) -> Iterator[Widget]:
    """The widgets in an output; `count` says how many of each kind came before on the page."""
    for kind, state in WIDGET.findall(html):
        count[kind] = count.get(kind, 0) + 1
        name = kind if count[kind] == 1 else f"{kind}-{count[kind]}"
        yield Widget(kind, name, json.loads(state))


def meant(name: str, widgets: list[Widget], above: int) -> Widget:
    """The widget that a link means: the nearest of the first `above`, which stand above it, else the first below."""
    if own := [each for each in widgets if each.name == name and name != each.kind]:
        return own[0]
    fit = [k for k, each in enumerate(widgets) if each.kind == name]
    if not fit:
        on_page = ", ".join(each.name for each in widgets) or "none"
        raise Unfit(
            f"there is no widget {name} on the page, whose widgets are: {on_page}"
        )
    return widgets[max((k for k in fit if k < above), default=fit[0])]


def check(widget: Widget, does: str, what: str, words: str) -> None:
    """Raise Unfit if a link asks for something that the widget does not have or take."""
    if does == "?":
        wanted = parse_qsl(what, keep_blank_values=True)
        if not wanted:
            raise Unfit("it sets nothing")
        for setting, text in wanted:
            check_value(setting, widget.limit(setting), text)
    elif does == "!":
        kind, _, name = what.partition("=")
        if kind not in ("curve", "control", "readout", "verdict") or bool(name) == (
            kind == "verdict"
        ):
            raise Unfit(
                f"{what} is no part to look at: that is curve=, control=, readout= or verdict"
            )
        if kind == "control":
            widget.limit(name)
    elif does == "~":
        if not is_number(widget.limit(what)):
            raise Unfit(f"{what} is no number")
        check_written(widget, what, words)
    elif what in widget.limits and is_number(widget.limits[what]):
        check_written(widget, what, words)
    elif not what:
        raise Unfit("it names nothing to show")


def is_number(limit: dict) -> bool:
    """Whether a setting is a number."""
    values = limit.get("values", [""])
    return limit["kind"] in ("number", "integer") or (
        limit["kind"] == "choice"
        and not any(isinstance(value, str) for value in values)
    )


def check_written(widget: Widget, setting: str, words: str) -> None:
    """Raise Unfit if the words are not the number at which the widget begins."""
    begins = widget.state[setting]
    if number_of(words) != begins:
        raise Unfit(
            f'it is written "{words}", but the widget begins at {setting} {begins}'
        )


def number_of(text: str) -> float:
    """The number that a text is; NaN for anything else."""
    return float(text.replace("−", "-")) if NUMBER.fullmatch(text) else math.nan


def check_value(setting: str, limit: dict, text: str) -> None:
    """Raise Unfit if a setting does not take the value that a text means."""
    kind, number = limit["kind"], number_of(text)
    if kind == "flag":
        fits, takes = text in ("true", "false"), "true or false"
    elif kind == "choice":
        fits = text in map(str, limit["values"]) or number in limit["values"]
        takes = f"one of {', '.join(map(str, limit['values']))}"
    elif kind == "rows":
        fits = are_rows(limit, text)
        columns = " and ".join(f"{low} to {high}" for low, high in limit["columns"])
        takes = f"{limit['least']} to {limit['most']} rows of numbers, {columns}, the first one ascending"
    else:
        fits = limit["min"] <= number <= limit["max"]
        takes = f"a number from {limit['min']} to {limit['max']}"
        if kind == "integer":
            fits, takes = (
                fits and number == int(number),
                takes.replace("a ", "a whole "),
            )
    if not fits:
        raise Unfit(f'{setting} must be {takes}, not "{text}"')


def are_rows(limit: dict, text: str) -> bool:
    """Whether a text is rows of numbers, parted by underscores, within their limits."""
    rows = [
        [number_of(each) for each in row.split(",")] for row in text.split("_") if text
    ]
    columns = limit["columns"]
    return (
        limit["least"] <= len(rows) <= limit["most"]
        and all(len(row) == len(columns) for row in rows)
        and all(
            low <= each <= high
            for row in rows
            for each, (low, high) in zip(row, columns, strict=True)
        )
        and rows == sorted(rows, key=lambda row: row[0])
    )


def stroke_of(what: str) -> list[str]:
    """The class of the stroke under words that lead to a method's curve.

    >>> stroke_of("curve=gradient-descent"), stroke_of("curve=floor")
    (['sgd-stroke-gd'], [])
    """
    methods = {method.lower().replace(" ", "-"): look for method, look in LOOKS.items()}
    kind, _, name = what.partition("=")
    look = methods.get(name) if kind == "curve" else None
    return [f"sgd-stroke-{look.name}"] if look else []


def target_of(node: nodes.Node) -> str:
    """The target of a link that leads to this page, as MyST leaves it; else nothing."""
    if isinstance(node, addnodes.pending_xref) and node.get("reftype") == "myst":
        return unquote(node["reftarget"])
    return ""


def act(document: nodes.document, page: str, warn) -> None:
    """Make sentences that act of the links of a page that ask for it.

    Parameters
    ----------
    document
        The page; it is changed.
    page
        Its name, for warnings.
    warn
        Called with a sentence and the link, for each link that does not fit; its words stay.
    """
    widgets: list[Widget] = []
    links: list[tuple[nodes.Element, re.Match, int]] = []
    count: dict[str, int] = {}
    for node in document.findall():
        if isinstance(node, nodes.raw) and "html" in node.get("format", ""):
            widgets += widgets_in(node.astext(), count)
        elif link := LINK.fullmatch(target_of(node)):
            links.append((node, link, len(widgets)))
    for node, link, above in links:
        # MyST wraps the words once more
        words = [child for inner in node.children for child in inner.children]
        try:
            widget = meant(link["name"], widgets, above)
            check(widget, link["does"], link["what"], node.astext())
        except Unfit as unfit:
            warn(f"{page}: the link #{link[0]} does not fit: {unfit}.", node)
            node.replace_self(words)
            continue
        node.replace_self(
            Sentence(
                "",
                "",
                *words,
                classes=[CLASSES[link["does"]], *stroke_of(link["what"])],
                of=widget.name,
                what=link["what"],
            )
        )


class ActingSentences(SphinxPostTransform):
    """Runs when MyST-NB has chosen each cell's output, and before MyST looks for the links' targets."""

    default_priority = 5

    def run(self, **kwargs) -> None:
        def warn(words: str, node: nodes.Node) -> None:
            logging.getLogger(__name__).warning(words, location=node)

        act(self.document, self.env.docname, warn)


def visit_sentence(writer, node: Sentence) -> None:
    """Words that the page's script brings to life."""
    data = {"data-of": node["of"], "data-what": node["what"]}
    if NUMBER.fullmatch(node.astext()) and {"sgd-scrub", "sgd-shown"} & {
        *node["classes"]
    }:
        data["translate"] = "no"
    attributes = " ".join(f'{name}="{escape(text)}"' for name, text in data.items())
    classes = " ".join(node["classes"])
    writer.body.append(f'<span class="{classes}" {attributes}>')


def depart_sentence(writer, node: Sentence) -> None:
    """The end of the words."""
    writer.body.append("</span>")


def setup(app):
    """Sphinx calls this."""
    app.add_node(Sentence, html=(visit_sentence, depart_sentence))
    app.add_post_transform(ActingSentences)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
