"""Each method's colour and stroke, from the figures to the sentences, the readouts and the code."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from patience import PATIENCE
from PIL import Image, ImageColor
from site_pages import BOOK, OPEN_FOLDS, SITE
from strokes import underline

from sgdlib.figures import LOOKS, palette_css

TAGS = re.compile(r"<[^>]*>")
CODE = re.compile(r"\b(momentum)=[\d.]*[1-9]|\b(nesterov)=True|\b(Adam)\(")
NAMES = {"momentum": "momentum", "nesterov": "nesterov", "Adam": "adam"}


def piece(kind: str, text: str) -> str:
    return f'<span class="{kind}">{text}</span>'


def call(name: str, kind: str, value: str) -> str:
    return piece("n", name) + piece("o", "=") + piece(kind, value)


@pytest.mark.parametrize(
    ("code", "stroke"),
    [
        (call("momentum", "mf", "0.9"), "momentum"),
        (call("momentum", "mi", "1"), "momentum"),
        (call("nesterov", "kc", "True"), "nesterov"),
        (piece("n", "Adam") + piece("p", "("), "adam"),
        (piece("s2", "&quot;gradient descent&quot;"), "gd"),
        (piece("s1", "'SGD'"), "sgd"),
        ('<span class="pre">SGD(0.1,</span> <span class="pre">momentum=0.9)</span>', "momentum"),
        (call("momentum", "mf", "0.0"), None),
        (call("momentum", "n", "mu"), None),
        (call("nesterov", "kc", "False"), None),
        (piece("s2", "&quot;momentum, tuned&quot;"), None),
        ('<span class="pre">use_momentum=0.9</span>', None),
        ('<a href="#race?momentum=0.9">momentum=0.9</a>', None),
    ],
)
def test_code_that_asks_for_a_method(code, stroke):
    marked = underline(code)
    assert re.findall("sgd-stroke-([a-z]+)", marked) == ([stroke] if stroke else [])
    assert TAGS.sub("", marked) == TAGS.sub("", code)
    if stroke is None:
        assert marked == code


def test_the_strokes_are_those_of_the_figures():
    """One length of the dash, in the colour of the theme."""
    light, dark, *_ = palette_css().split("}")
    for look in LOOKS.values():
        for theme, color in ((light, look.color), (dark, look.dark)):
            tile = re.search(rf"--sgd-stroke-{look.name}: (.*);", theme)[1]
            width, dash = re.search(r"width='([\d.]+)' .*stroke-dasharray='([^']*)'", tile).groups()
            assert f"stroke='%23{color[1:]}'" in tile
            assert dash == look.svg_dash
            assert dash == "none" or float(width) == pytest.approx(sum(map(float, dash.split())))


def test_all_words_and_code_of_the_book():
    """Whatever names a method, by a link to its curve or in code, is underlined; nothing is said twice."""
    looks, code = 0, 0
    methods = {method.lower().replace(" ", "-"): look.name for method, look in LOOKS.items()}
    for path in BOOK:
        page = BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")
        for words in page.select(".sgd-look"):
            name = methods.get(words["data-what"].removeprefix("curve="))
            assert (f"sgd-stroke-{name}" in words["class"]) == bool(name)
            looks += bool(name)
        for block in page.select("div.highlight-ipython3 pre, div.highlight-python pre"):
            for comment in block.select(".c1, .s1, .s2, .sd, .sa"):
                comment.extract()
            asked = [NAMES[next(filter(None, found))] for found in CODE.findall(block.get_text())]
            marked = [
                mark["class"][-1].removeprefix("sgd-stroke-") for mark in block.select("[class*=sgd-stroke-]")
            ]
            assert marked == asked, path
            code += len(asked)
    assert looks > 20 and code > 60


def test_seen_in_both_themes_in_forced_colours_and_on_paper(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    page.goto((SITE / "chapters" / "momentum.html").as_uri())
    page.evaluate(OPEN_FOLDS)
    look = LOOKS["momentum"]
    for theme, color in (("light", look.color), ("dark", look.dark)):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        page.emulate_media(color_scheme=theme)
        for media in ({}, {"forced_colors": "active"}, {"forced_colors": "none", "media": "print"}):
            page.emulate_media(**media)
            for kind in (".sgd-look", ".highlight .n"):
                words = page.locator(f"{kind}.sgd-stroke-momentum").first
                shown = np.array(Image.open(io.BytesIO(words.screenshot())).convert("RGB"), dtype=int)
                near = (abs(shown - ImageColor.getrgb(color)) < 40).all(axis=-1)
                assert near.any(axis=0).mean() > 0.5, (theme, media, kind)  # a row with gaps
        page.emulate_media(media="screen")
    # The widget's list of methods, once it is alive.
    page.locator(".sgd-live-widget .sgd-readouts").first.scroll_into_view_if_needed()
    names = page.locator(".sgd-readouts dt > [class^=sgd-stroke-]")
    names.first.wait_for()
    assert {"gradient descent", "momentum", "Nesterov"} <= set(names.all_text_contents())
    page.close()
