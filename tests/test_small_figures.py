"""The small figures: Python and the page draw the same, and each answers its controls and fits a phone."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from patience import DRAWN, PATIENCE
from site_pages import OPEN_FOLDS, PAGES, PHONE, SITE, WIDE
from widget_settings import ends, limits, somewhere

from sgdlib import figures
from sgdlib.widgets import small
from sgdlib.widgets.page.base import class_name, site_script, small_figures
from sgdlib.widgets.page.small import SmallFigure

FIGURES = small_figures()
every_figure = pytest.mark.parametrize("name", FIGURES)
TALLEST = 300
HOLDERS = {
    page: names
    for page in PAGES
    if (
        names := [
            name
            for name, cls in FIGURES.items()
            if (SITE / page).is_file()
            and f'data-widget="{cls.widget_name()}"' in (SITE / page).read_text(encoding="utf-8")
        ]
    )
}


def settings(cls, count: int, seed: int = 7) -> list[dict]:
    """The first setting, all at each end, and random ones, some of them round."""
    rng = np.random.default_rng(seed)
    found = [cls().setting()]
    found += [{name: ends(limit)[k] for name, limit in limits(cls).items()} for k in (0, -1)]
    found += [{name: somewhere(limit, rng) for name, limit in limits(cls).items()} for _ in range(count)]
    return found


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    twins = ", ".join(f"{name}: ${name}.drawn" for name in FIGURES)
    page.add_script_tag(
        content=site_script().replace(
            "$live.bring_alive(", f"window.twins = {{ {twins} }};\n$live.bring_alive("
        )
    )
    yield page
    page.close()
    assert wrong == []


def test_every_figure_is_found_by_its_name():
    assert FIGURES
    assert sorted(small.__all__) == sorted(class_name(name) for name in FIGURES)
    assert all(
        issubclass(cls, SmallFigure) and getattr(small, cls.__name__) is cls for cls in FIGURES.values()
    )
    with pytest.raises(AttributeError, match="has no Nothing; it has "):
        _ = small.Nothing


@pytest.mark.parametrize(("count", "seed"), [(8, 7), pytest.param(80, 8, marks=pytest.mark.foreign)])
@every_figure
def test_python_and_the_page_draw_the_same(page, name, count, seed):
    """Every number of every layer to 1e-9, every word, over settings from all over; many of them: `make foreign`."""
    cls = FIGURES[name]
    given = settings(cls, count, seed)
    its = page.evaluate(
        f"""(settings) => settings.map((values) => {{
            const {{ layers, words }} = twins.{name}(values);
            const plain = (data) => (typeof data === "object" ? Array.from(data, plain) : data);
            return {{ layers: layers.map(plain), words }};
        }})""",
        given,
    )
    for setting, theirs in zip(given, its, strict=True):
        mine = cls(**setting).drawn()
        assert theirs["words"] == mine.words, setting
        assert len(theirs["layers"]) == len(mine.layers)
        for ours, other in zip(mine.layers, theirs["layers"], strict=True):
            if isinstance(ours[0], str):
                assert (ours[0], len(ours)) == (other[0], 3), setting
                ours, other = ours[1:], other[1:]
            np.testing.assert_allclose(
                np.asarray(other, float), np.asarray(ours, float), rtol=1e-9, atol=1e-9, err_msg=str(setting)
            )


@every_figure
def test_what_is_told_fits_what_is_drawn(name):
    """One entry of numbers for each layer; one or two controls; a verdict of a sentence or two; something in view."""
    cls = FIGURES[name]
    layers = [layer for panel in cls.panels for layer in panel["layers"]]
    assert 1 <= len(cls.controls) <= 2
    assert {control["setting"] for control in cls.controls} <= set(limits(cls))
    moved = {"step"} if cls.plays else set()
    moved |= {layer[axis] for layer in layers if layer["kind"] == "handle" for axis in "xy" if axis in layer}
    assert {control["setting"] for control in cls.controls} | moved == set(limits(cls)), "nothing sets it"
    for setting in settings(cls, 8):
        drawn = cls(**setting).drawn()
        assert len(drawn.layers) == len(layers)
        for layer, data in zip(layers, drawn.layers, strict=True):
            assert layer.get("look", "ink") in {"ink", "muted", *figures.LOOKS}
            assert isinstance(data[0], str) == (layer["kind"] == "label")
        assert 15 < len(drawn.words) <= 220
        assert not re.search(r"\b(nan|inf|None|undefined)\b", drawn.words), setting
    panel, (_, *_) = cls.panels[0], layers
    seen = [
        np.asarray(data, float)
        for layer, data in zip(panel["layers"], cls().drawn().layers, strict=False)
        if layer["kind"] in ("line", "dots")
    ]
    low, high = panel["y"]["low"], panel["y"]["high"]
    assert any(((low <= y) & (y <= high)).any() for _, y in seen)


@pytest.mark.parametrize("end", [2, pytest.param(1, marks=pytest.mark.foreign)])
@every_figure
def test_a_still_picture_of_every_setting(name, end):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # all at one of their ends; the first setting is drawn in its chapter, and compared there
        setting = settings(FIGURES[name], 0)[end]
        html = FIGURES[name](**setting).static_html()
        for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
            ElementTree.fromstring(svg)
        assert not re.search(r"\b(nan|inf)\b", html, re.IGNORECASE), setting


# ---------------------------------------------------------------- on the site


def test_every_figure_stands_in_a_chapter():
    assert sorted({name for names in HOLDERS.values() for name in names}) == sorted(FIGURES)


LOOK = "(box) => [...box.querySelectorAll('svg path, svg text')].map((each) => each.outerHTML).join()"


@pytest.mark.parametrize("path", HOLDERS)
def test_figures_answer_and_fit(context, http_root, path):
    """Each control changes the picture, its verdict stands beside it, and a phone shows all of it at once."""
    page = context.new_page()
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.set_viewport_size(WIDE)
    page.goto(http_root + path)
    page.evaluate(OPEN_FOLDS)
    for name in HOLDERS[path]:
        cls = FIGURES[name]
        box = page.locator(f'.sgd-widget[data-widget="{cls.widget_name()}"]').first
        box.locator(".sgd-small").wait_for()
        box.scroll_into_view_if_needed()
        page.evaluate(DRAWN)
        assert box.locator("svg.sgd-panel").first.bounding_box()["height"] <= TALLEST, name
        first, said = box.evaluate(LOOK), box.locator(".sgd-verdict").text_content()
        controls = box.locator("input[type=range], select, input[type=checkbox], .sgd-handle")
        for i in range(controls.count()):
            control = controls.nth(i)
            kind = control.evaluate("(each) => each.type || 'point'")
            if kind == "checkbox":
                control.click()
            elif kind == "select-one":
                control.select_option(
                    index=control.evaluate("(each) => (each.selectedIndex + 1) % each.options.length")
                )
            else:
                control.focus()
                at_end = kind == "range" and control.evaluate("(each) => each.value === each.max")
                for _ in range(3):
                    page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            page.evaluate(DRAWN)
            assert box.evaluate(LOOK) != first, (name, i)
            box.get_by_role("button", name="Reset").click()
            page.evaluate(DRAWN)
            assert box.evaluate(LOOK) == first, (name, i)
        assert box.locator(".sgd-verdict").text_content() == said
    page.set_viewport_size(PHONE)
    for name in HOLDERS[path]:
        box = page.locator(f'.sgd-widget[data-widget="{FIGURES[name].widget_name()}"] .sgd-small').first
        box.scroll_into_view_if_needed()
        page.evaluate(DRAWN)
        size = box.bounding_box()
        assert size["height"] <= PHONE["height"] - 64, name
        assert size["x"] >= 0 and size["x"] + size["width"] <= PHONE["width"]
    page.close()
    assert trouble == []


def test_what_plays_rests_off_the_screen(browser):
    """Nobody sees it there; the reader who comes back goes on with Play."""
    page = browser.new_page(viewport=WIDE)
    page.goto((SITE / "chapters" / "index.html").as_uri())
    figure = page.locator("[data-widget=opening-race]")
    figure.get_by_role("button", name="Pause").wait_for(timeout=PATIENCE)
    # begun and left at once, however busy the machine is
    page.evaluate(
        """() => {
            const play = document.querySelector("[data-widget=opening-race] .sgd-bar button");
            play.click(); // pauses
            play.click();
            scrollTo(0, document.documentElement.scrollHeight);
        }"""
    )
    play = figure.get_by_role("button", name="Play")
    play.wait_for(timeout=PATIENCE)
    assert "after 60 steps" not in figure.locator(".sgd-verdict").text_content()
    page.close()
