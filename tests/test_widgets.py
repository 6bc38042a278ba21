"""The widgets on the Python side: settings, runs, still pictures and what Jupyter gets; no browser."""

from __future__ import annotations

import functools
import json
import re
import warnings
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest
import traitlets
from widget_settings import ends, limits, other, particular, somewhere

from sgdlib import widgets
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.base import WIDGETS, CourseWidget, all_widgets, class_name, site_script

CLASSES = list(all_widgets().values())
every_widget = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
SETTINGS = [(cls, name, limit) for cls in CLASSES for name, limit in limits(cls).items()]
every_setting = pytest.mark.parametrize(
    ("cls", "name", "limit"), SETTINGS, ids=[f"{cls.__name__}.{name}" for cls, name, _ in SETTINGS]
)


def extremes(cls, count: int) -> list[dict]:
    """All settings at one end, all at the other; then random ones, edges among them."""
    rng, quick = np.random.default_rng(1), getattr(particular(cls.folder()), "QUICK", {})
    both = [{name: ends(limit)[k] for name, limit in limits(cls).items()} for k in (0, -1)]
    drawn = [{name: somewhere(limit, rng) for name, limit in limits(cls).items()} for _ in range(count)]
    return [{**setting, **quick} for setting in both + drawn]


MADE: dict[str, CourseWidget] = {}


def made(cls, setting: dict) -> CourseWidget:
    """A widget that is only read: what it has computed for one test it need not compute for the next."""
    name = f"{cls.__name__}({setting})"
    if name not in MADE:
        MADE[name] = cls(**setting)
    return MADE[name]


@functools.cache
def first_html(cls) -> str:
    """The still picture of a widget's first setting, drawn once for all tests."""
    return cls().static_html()


# ---------------------------------------------------------------- settings


def test_every_widget_is_found_by_its_name():
    assert CLASSES
    assert sorted(widgets.__all__) == sorted(class_name(folder) for folder in all_widgets())
    assert [getattr(widgets, class_name(folder)) for folder in all_widgets()] == CLASSES


@every_setting
def test_what_is_not_allowed_raises(cls, name, limit):
    wrong = [None, {}, object()]
    if limit["kind"] in ("number", "integer"):
        wrong += [[]]
        wrong += ["a", "0.1", float("nan"), float("inf"), -float("inf"), limit["min"] - 1, limit["max"] + 1]
        wrong += [limit["max"] * 1.0001] if limit["kind"] == "number" else [limit["min"] + 0.5]
    elif limit["kind"] == "rows":
        row = [low for low, _ in limit["columns"]]
        other_rows = (
            [row[1:]],
            [[each - 1 for each in row]],
            [["a"] * len(row)],
            [[float("nan")] * len(row)],
        )
        wrong += [*other_rows, [row] * (limit["most"] + 1), [row[0]], "<img src=x>", 7, ""]
        wrong += [[[high for _, high in limit["columns"]], row]]
    else:
        wrong += ["<img src=x>", 7, "", []]
    widget = cls()
    before = widget.setting()
    for value in wrong:
        with pytest.raises(traitlets.TraitError):
            setattr(widget, name, value)
        with pytest.raises(traitlets.TraitError):
            cls(**{name: value})
    assert widget.setting() == before


@every_setting
def test_both_ends_are_allowed_and_observed(cls, name, limit):
    widget = cls()
    heard = []
    widget.observe(lambda change: heard.append(change.new), name)
    for value in [*ends(limit), ends(limit)[0]]:
        before, heard[:] = getattr(widget, name), []
        setattr(widget, name, value)
        assert getattr(widget, name) == widget.setting()[name] == value
        assert heard == ([] if before == value else [value])


@every_setting
def test_settings_sync_with_the_page(cls, name, limit):
    assert cls.class_traits()[name].metadata["sync"] is True
    assert name in cls().keys


@every_widget
def test_unknown_setting_is_named(cls):
    known = ", ".join(limits(cls))
    with pytest.raises(TypeError, match=rf"^{cls.__name__} has no setting lr=; it has {known}\.$"):
        cls(lr=0.1)


@every_widget
def test_repr_says_the_setting_and_nothing_else(cls):
    widget = cls(**other(cls))
    assert repr(widget) == repr(cls(**other(cls)))
    assert "0x" not in repr(widget)
    again = eval(repr(widget), {cls.__name__: cls})
    assert again.setting() == widget.setting()
    assert other(cls).items() <= again.setting().items()


# ---------------------------------------------------------------- the page without a kernel


class Elements(HTMLParser):
    """The elements of a piece of HTML: (tag, attributes, text until the next tag)."""

    def __init__(self, text: str):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append([tag, dict(attributes), ""])

    def handle_data(self, data):
        if self.found:
            self.found[-1][2] += data

    def all(self, tag: str) -> list:
        return [each for each in self.found if each[0] == tag]


@every_widget
def test_page_gets_a_complete_picture(cls):
    widget = cls()
    data, _ = widget._repr_mimebundle_()
    assert data["text/plain"] == repr(widget)
    assert "application/vnd.jupyter.widget-view+json" in data
    html = data["text/html"]
    elements = Elements(html)
    assert elements.found[0][1] == {"class": "sgd-widget", "data-widget": cls.widget_name()}
    ((_, _, state),) = elements.all("script")
    data = {"_data": widget.data()} if widget.data() else {}
    assert json.loads(state) == {**widget.setting(), "_limits": limits(cls), **data}
    pictures = [attributes for _, attributes, _ in elements.all("svg")]
    assert [each["role"] for each in pictures if "role" in each] == ["img"]
    assert " ".join(widget.words().split()) in pictures[0]["aria-label"]
    assert widget.words() in [text.strip() for tag, _, text in elements.found if tag == "p"]
    assert all(len(each) > 0 for each in re.findall(r'<path d="([^"]*)"', html))


# One with a small run, one that trains; the others: `make foreign`.
@pytest.mark.parametrize(
    "cls",
    [
        pytest.param(cls, marks=() if cls.__name__ in ("FrictionLab", "Trainer") else pytest.mark.foreign)
        for cls in CLASSES
    ],
    ids=lambda cls: cls.__name__,
)
def test_same_setting_same_bytes(cls):
    assert first_html(cls) == cls().static_html() != cls(**other(cls)).static_html()


@every_widget
def test_state_stays_in_its_script_element(cls, monkeypatch):
    """No setting can hold markup today; should one ever, it still cannot end the element."""
    bad = "</script><!--<img src=x onerror=alert(1)>"
    monkeypatch.setattr(cls, "setting", lambda self: {"anything": bad})
    html = cls().static_html()
    elements = Elements(html)
    assert not elements.all("img")
    assert html.lower().count("</script") == 1
    assert json.loads(elements.all("script")[0][2])["anything"] == bad


@every_widget
def test_extreme_settings_draw_something_true(cls):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for setting in extremes(cls, count=0):
            html = made(cls, setting).static_html()
            for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
                ElementTree.fromstring(svg)
            assert not re.search(r"\b(nan|inf|infinity)\b", html, re.IGNORECASE), setting


@every_widget
def test_words_never_say_nan(cls):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for setting in extremes(cls, count=4):
            words = made(cls, setting).words()
            assert len(words) > 20
            assert not re.search(r"\b(nan|inf|infinity|None)\b", words), (setting, words)


@every_widget
def test_every_pair_of_ends_has_an_optimizer(cls):
    names = [name for name, limit in limits(cls).items() if limit["kind"] != "choice"][:3]
    for values in product(*(ends(limits(cls)[name]) for name in names)):
        quick = getattr(particular(cls.folder()), "QUICK", {})
        widget = cls(**quick | dict(zip(names, values, strict=True)))
        assert isinstance(widget.optimizer, SGD)


# ---------------------------------------------------------------- the front end


@every_widget
def test_front_end_is_one_module(cls):
    module = str(cls._esm)
    assert not re.search(r"^\s*import\b|\bimport\s*\(|\bfrom\s+[\"']", module, re.MULTILINE)
    addresses = set(re.findall(r"https?://[^\s\"'`]+", module + str(cls._css)))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert module.endswith(f"export default {{ render: ${cls.folder()}.render }};\n")
    own = module.split(f"const ${cls.folder()} = ")[1]
    assert {"render", "words"} <= set(re.search(r"^return \{ (.*) \};$", own, re.MULTILINE)[1].split(", "))


@every_widget
def test_site_script_knows_the_widget(cls):
    script = site_script()
    assert f'"{cls.widget_name()}": ${cls.folder()}.render' in script
    assert not re.search(r"^\s*(?:import|export)\b", script, re.MULTILINE)


def test_every_module_belongs_to_a_widget():
    """A front end that no widget uses would be dead code."""
    script = site_script().replace("\\n", "\n")  # a worker's modules are told as a text
    unused = [path.name for path in sorted(WIDGETS.rglob("*.mjs")) if f"// {path.name}\n" not in script]
    assert unused == ["embed.mjs"]  # of the files for other people's pages: tests/test_embeds.py


def test_a_widget_must_say_what_it_shows():
    class Bare(CourseWidget):
        _esm = "export default { render() {} };"

    for part in ("trajectory", "picture", "words"):
        with pytest.raises(NotImplementedError):
            getattr(Bare(), part)()
    with pytest.raises(NotImplementedError):
        _ = Bare().optimizer
