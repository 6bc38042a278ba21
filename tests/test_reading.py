"""What a page is without its scripts, to a search engine, and how long its lines are."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from html import unescape
from itertools import pairwise
from types import SimpleNamespace

import preview
import pytest
from docutils.core import publish_doctree
from patience import PATIENCE, SETTLED
from site_pages import BOOK, NOTEBOOKS, OPEN_FOLDS, PAGES, PHONE, SITE, WIDE
from sphinx.errors import ExtensionError

PRESSED = "button, [onclick], .btn-rocket, input[type=range], input[type=number], select, dialog"


@pytest.fixture(scope="module")
def scriptless(browser):
    """A tab of a reader who has switched JavaScript off."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def facts(path: str) -> dict[str, str]:
    """The descriptions in the head of a page, by name."""
    html = (SITE / path).read_text(encoding="utf-8")
    found = re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', html)
    return {name: unescape(content) for name, content in found}


# ---------------------------------------------------------------- without scripts


@pytest.mark.parametrize("path", BOOK)
def test_without_scripts_nothing_is_dead_or_lost(scriptless, roots, path):
    page = scriptless
    page.goto(roots["file"] + path)
    pressed = page.locator(PRESSED)
    assert [
        pressed.nth(k).get_attribute("class") for k in range(pressed.count()) if pressed.nth(k).is_visible()
    ] == []
    ground = page.locator(".bd-header-article").evaluate("(head) => getComputedStyle(head).backgroundColor")
    assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", ground), "the text would scroll through the header"
    for words in ("Contents", "Search"):
        link = page.locator(f".bd-header-article a:text-is('{words}')")
        assert link.is_visible()
        edge = link.bounding_box()["x"] + link.bounding_box()["width"]
        assert page.locator(".dropdown-download-buttons a").bounding_box()["x"] >= edge, (
            "one stands on the other"
        )
        where = link.get_attribute("href")
        assert where == "#" or (SITE / path).parent.joinpath(where).is_file()
    page.evaluate(OPEN_FOLDS)
    for still in page.locator(".sgd-widget").all():
        assert still.locator("svg").first.is_visible() and still.locator(".sgd-widget-words").is_visible()
        assert "stands still" in still.locator(".sgd-still").text_content()
    for choice in page.locator(".sgd-choice > summary").all():
        assert choice.is_visible()
    exercises = page.locator(".sgd-exercise").count()
    assert page.locator(".sgd-exercise + .tag_exercise > details > summary").count() == exercises
    assert page.locator(".sgd-exercise form:visible").count() == 0


def test_without_scripts_boxes_open(scriptless, roots):
    page = scriptless
    page.goto(roots["file"] + "chapters/momentum.html")
    for box in (".sgd-choice", ".tag_exercise > details", "details.hide"):
        page.locator(f"{box} > summary").first.click()
        assert page.locator(f"{box}[open] > :not(summary)").first.is_visible()


def test_with_scripts_their_substitutes_are_gone(tab, roots):
    tab.goto(roots["file"] + "chapters/momentum.html")
    tab.evaluate(SETTLED)
    assert tab.locator(".sgd-still:visible, .bd-header-article a:text-is('Contents'):visible").count() == 0


def test_text_downloads_from_disk_under_a_name_that_says_what_it_is(tab, roots):
    """A browser ignores `download` there, and would leave the page for the raw text."""
    tab.goto(roots["file"] + "chapters/glossary.html")
    tab.evaluate(SETTLED)
    tab.locator(".dropdown-download-buttons > button").click()
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="Text (.md)").click()
    assert saved.value.suggested_filename == "glossary.md"
    assert saved.value.path().read_text(encoding="utf-8").startswith("# Glossary")
    assert tab.url.endswith("glossary.html")


# ---------------------------------------------------------------- to a search engine


@pytest.mark.parametrize("path", BOOK)
def test_headings_are_in_order(path):
    html = (SITE / path).read_text(encoding="utf-8")
    main = html[html.index("<main") :]
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", main)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_page_describes_itself():
    said = {path: facts(path) for path in PAGES}
    for path, fact in said.items():
        assert fact["description"] == fact["og:description"] and fact["og:title"], path
        assert 15 <= len(fact["description"]) <= 250 and fact["description"][-1] in ".?!", path
    # The front door says what the page says that it opens.
    shared = Counter(fact["description"] for path, fact in said.items() if path != "index.html")
    assert max(shared.values()) == 1


def test_without_an_address_no_page_names_one():
    for path in PAGES:
        assert not {"og:url", "og:image"} & set(facts(path)), path
        assert 'rel="canonical"' not in (SITE / path).read_text(encoding="utf-8")
    assert not (SITE / "sitemap.xml").exists()


def test_with_an_address_pages_have_a_picture_and_a_place():
    site = preview.address("https://example.org/course")
    made = preview.tags("Momentum", 'What "momentum" is.', "The course", "chapters/momentum.html", site)
    assert '"og:url" content="https://example.org/course/chapters/momentum.html"' in made
    assert '"og:image" content="https://example.org/course/_static/preview.png"' in made
    assert "What &quot;momentum&quot; is." in made
    assert (SITE / preview.IMAGE).is_file()
    listed = preview.sitemap(site, ["chapters/index.html", "chapters/momentum.html"])
    assert re.findall(r"<loc>(.*)</loc>", listed) == [
        "https://example.org/course/chapters/index.html",
        "https://example.org/course/chapters/momentum.html",
    ]


def test_make_hands_the_address_on(root):
    command = ["make", "-n", "book", "SITE=https://example.org/course/"]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert "COURSE_SITE='https://example.org/course/'" in said
    command[-1] = "REPO=https://github.com/owner/name"
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert "COURSE_REPO='https://github.com/owner/name'" in said


@pytest.mark.parametrize("given", ["example.org", "_build/html", "ftp://example.org"])
def test_what_is_no_address_stops_the_build(given):
    with pytest.raises(ExtensionError, match=r"such as https://example\.org"):
        preview.address(given)


def test_a_description_is_whole_sentences():
    def read(text):
        return publish_doctree(f"Title\n=====\n\n{text}", settings_overrides={"doctitle_xform": False})

    short = read("One is short. Two asks? Three goes on with:\n\nPart\n----\n\nFour is further down.\n")
    assert preview.sentences(short) == ["One is short.", "Two asks?"]
    formula = read("One is short. With :math:`x` two is not one.\n")
    assert preview.sentences(formula) == ["One is short."]
    long = read(f"First {'a ' * 90}end. Second {'b ' * 20}end.\n")
    assert re.fullmatch(r"First [a ]*end\.", preview.description(long))


# ---------------------------------------------------------------- lines

# In the page: how many characters each full line of the paragraphs has that hold no formula.
LINES = """() => {
    const lengths = [], range = document.createRange();
    for (const paragraph of document.querySelectorAll("article section > p")) {
        if (paragraph.querySelector(".katex")) continue;
        const lines = new Map(), texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            for (let at = 0; at < texts.currentNode.length; at++) {
                range.setStart(texts.currentNode, at);
                range.setEnd(texts.currentNode, at + 1);
                const box = range.getBoundingClientRect();
                const line = Math.round(box.bottom / 14);
                if (box.width) lines.set(line, (lines.get(line) ?? 0) + 1);
            }
        }
        lengths.push(...[...lines.values()].slice(0, -1));
    }
    return lengths.sort((a, b) => a - b);
}"""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_lines_are_neither_long_nor_cut(tab, roots, name):
    """Most lines have 60 to 75 characters in any of the fonts that a system may have; no code leaves its box."""
    tab.set_viewport_size(WIDE)
    tab.goto(roots["file"] + f"chapters/{name}.html")
    tab.evaluate(SETTLED)
    lengths = tab.evaluate(LINES)
    assert 60 <= lengths[len(lengths) // 2] <= 75 and lengths[len(lengths) * 9 // 10] <= 80
    tab.evaluate("document.querySelectorAll('article details').forEach((box) => (box.open = true))")
    cut = "[...document.querySelectorAll('article pre')].filter((box) => box.scrollWidth > box.clientWidth).length"
    assert tab.evaluate(cut) == 0


def test_no_punctuation_begins_a_line(tab, roots):
    """On a phone, after the formulas of the cheat sheet, where every line is full of them."""
    tab.set_viewport_size(PHONE)
    for path in ("cheat-sheet", "momentum"):
        tab.goto(roots["file"] + f"chapters/{path}.html")
        tab.evaluate(SETTLED)
        alone = tab.evaluate(
            """() => [...document.querySelectorAll("article .sgd-together")].filter((kept) => {
                const mark = document.createRange(), bases = kept.querySelectorAll(".katex-html .base");
                mark.selectNodeContents(kept.lastChild);
                return mark.getBoundingClientRect().left < bases[bases.length - 1].getBoundingClientRect().left;
            }).map((kept) => kept.textContent)"""
        )
        assert alone == []
        assert tab.locator("article .sgd-together").count() > 10


@pytest.mark.parametrize(
    ("site", "robots"), [("https://example.org/", True), ("https://example.org/course/", False)]
)
def test_robots_are_led_to_the_list_where_they_look_for_it(tmp_path, site, robots):
    builder = SimpleNamespace(name="html", get_target_uri=lambda page: f"{page}.html")
    config, env = SimpleNamespace(html_baseurl=site), SimpleNamespace(found_docs={"chapters/momentum"})
    preview.write_sitemap(SimpleNamespace(builder=builder, config=config, env=env, outdir=tmp_path), None)
    assert f"<loc>{site}chapters/momentum.html</loc>" in (tmp_path / "sitemap.xml").read_text()
    said = tmp_path / "robots.txt"
    assert said.read_text() == f"Sitemap: {site}sitemap.xml\n" if robots else not said.exists()
