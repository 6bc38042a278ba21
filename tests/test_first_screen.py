"""What a reader sees first: the title, a question, and a figure to play with; nothing to import."""

from __future__ import annotations

import json
import re
from pathlib import Path

import book
import pytest
from patience import PATIENCE, SETTLED
from site_pages import NOTEBOOKS, PHONE, ROOT, SITE, WIDE
from sphinx_external_toc.parsing import parse_toc_yaml

COURSE = [Path(name).name for name in book.chapters(parse_toc_yaml(ROOT / "_toc.yml"))]
OPENED = ["index", *COURSE]
LONGEST_CHAPTER, LONGEST_BOOK, INTERACTIVES = (
    2_800,
    27_000,
    1.2,
)  # words; figures to play with for a thousand words

FIGURE = """() => {
    const figure = document.querySelector(".bd-article .sgd-live-widget .sgd-panel").getBoundingClientRect();
    const words = document.querySelector(".bd-article .sgd-live-widget .sgd-verdict").getBoundingClientRect();
    const before = [...document.querySelectorAll(".bd-article :is(p, li)")].filter((each) =>
        each.checkVisibility() && !each.closest(".sgd-widget") && each.getBoundingClientRect().bottom <= figure.top);
    const imports = [...document.querySelectorAll(".bd-article .cell.tag_hide-input, .bd-article .cell_input")]
        .filter((each) => each.textContent.includes("import "))
        .map((each) => each.getBoundingClientRect().top);
    return {
        top: figure.top, bottom: Math.max(figure.bottom, words.bottom), imports: Math.min(9e9, ...imports),
        said: before.map((each) => each.textContent.trim()).join(" "),
    };
}"""


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", OPENED)
def test_the_first_screen_is_a_question_and_its_figure(tab, http_root, name):
    tab.set_viewport_size(WIDE)
    tab.goto(f"{http_root}chapters/{name}.html")
    tab.locator(".bd-article .sgd-live-widget").first.wait_for()
    for size in (WIDE, PHONE):
        tab.set_viewport_size(size)
        tab.evaluate(SETTLED)
        seen = tab.evaluate(FIGURE)
        assert 0 < seen["top"] and seen["bottom"] <= size["height"], size
        assert seen["imports"] >= size["height"], size
        assert 20 <= len(seen["said"]) <= 330, seen["said"]


def test_on_a_touch_screen_too_the_verdict_is_on_the_first_screen(browser, http_root):
    """Controls are taller under a finger."""
    phone = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    phone.set_default_timeout(PATIENCE)
    page = phone.new_page()
    bottoms = {}
    for name in OPENED:
        page.goto(f"{http_root}chapters/{name}.html")
        page.locator(".bd-article .sgd-live-widget").first.wait_for()
        page.evaluate(SETTLED)
        bottoms[name] = page.evaluate(FIGURE)["bottom"]
    phone.close()
    assert {name: at for name, at in bottoms.items() if at > PHONE["height"]} == {}


def test_the_page_for_a_sick_run_opens_with_curves_to_find_it_by(tab, http_root):
    for size in (WIDE, PHONE):
        tab.set_viewport_size(size)
        tab.goto(f"{http_root}chapters/wrong-run.html")
        curves = tab.locator("figure.sgd-figure").first.locator("svg.sgd-panel")
        assert curves.count() == 12
        boxes = [curve.bounding_box() for curve in curves.all()]
        assert max(box["y"] + box["height"] for box in boxes) <= size["height"], size
        assert "import " not in tab.locator(".bd-article").inner_text().split("It is lost")[0]


def cells(name: str) -> list[dict]:
    return json.loads((ROOT / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def words(name: str) -> int:
    """The words of a notebook's Markdown, as they are counted by spaces."""
    return sum(
        len("".join(cell["source"]).split()) for cell in cells(name) if cell["cell_type"] == "markdown"
    )


def interactives(name: str) -> int:
    page = (SITE / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    return len(re.findall(r'class="sgd-widget"', page))


@pytest.mark.parametrize("name", COURSE)
def test_a_chapter_is_short_and_has_its_figures(name):
    assert words(name) <= LONGEST_CHAPTER
    assert interactives(name) >= INTERACTIVES * words(name) / 1000


def test_the_book_is_short():
    assert sum(map(words, NOTEBOOKS)) <= LONGEST_BOOK


def test_the_landing_page_has_three_doors(tab, http_root):
    tab.goto(f"{http_root}chapters/index.html")
    doors = tab.locator(".sd-card")
    assert [door.locator(".sd-card-title").text_content().strip() for door in doors.all()] == [
        "I have 20 minutes",
        "Teach me",
        "My training is misbehaving",
    ]
    assert all(door.locator("a").count() for door in doors.all())
