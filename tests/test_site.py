"""The built book in a real browser: over http and from disk, light and dark, wide and narrow, without scripts."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import downloads
import exercises
import nbformat
import pytest
from palette import palette
from patience import DRAWN, PATIENCE
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect
from site_pages import AXE, BOOK, CONTENTS, NOTEBOOKS, OPEN_FOLDS, PAGES, PHONE, SITE, WIDE, Visitor

from sgdlib.figures import LOOKS
from sgdlib.widgets.page.base import all_widgets, small_figures

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def visitors(browser, roots):
    """One tab for each way to open the site."""
    contexts = {scheme: browser.new_context(viewport=WIDE) for scheme in roots}
    yield {scheme: Visitor(contexts[scheme].new_page(), root) for scheme, root in roots.items()}
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="module")
def tab(browser, http_root, path):
    """A tab with a page over http, opened once for its tests: pytest runs all tests of a path together, in order."""
    context = browser.new_context(viewport=WIDE)
    made = Visitor(context.new_page(), http_root)
    made.open(path)
    yield made
    context.close()


@pytest.fixture(scope="module")
def opened(tab):
    """The page in that tab."""
    return tab.page


@pytest.fixture
def visitor(visitors):
    """The tab over http, for what does not depend on the way the site is opened."""
    return visitors["http"]


def open_boxes(page) -> None:
    """Open every box of a page, lay out all of it, and wait for what the page does then."""
    page.add_style_tag(content=".bd-article * { content-visibility: visible !important; }")
    page.evaluate("document.querySelectorAll('details').forEach((box) => (box.open = true))")
    page.evaluate(DRAWN)


# ---------------------------------------------------------------- every page


def test_the_site_is_the_table_of_contents():
    """No page of it is missing, so that no test below has too little to look at, and none is left over."""
    assert BOOK == sorted(f"{name}.html" for name in CONTENTS)


def test_every_widget_stands_on_a_page():
    html = "".join((SITE / path).read_text(encoding="utf-8") for path in BOOK)
    assert set(re.findall(r'data-widget="([^"]*)"', html)) == {
        widget.widget_name() for widget in (all_widgets() | small_figures()).values()
    }


# Over http every page, from disk one of each kind; the others from disk: `make foreign`.
FROM_DISK = (
    "index.html",
    "search.html",
    "chapters/momentum.html",
    "chapters/tuning.html",
    "chapters/glossary.html",
)
LOADED = [pytest.param(path, marks=() if path in FROM_DISK else pytest.mark.foreign) for path in PAGES]


@pytest.mark.parametrize("path", PAGES, scope="module")
def test_page_loads_without_a_complaint(tab, path):
    assert tab.page.locator("h1").count() >= 1
    assert tab.trouble == []


@pytest.mark.parametrize("path", LOADED)
def test_page_loads_from_disk(visitors, path):
    from_disk = visitors["file"]
    assert from_disk.open(path).locator("h1").count() >= 1
    assert from_disk.trouble == []


@pytest.mark.parametrize("path", PAGES)
def test_page_has_language_title_and_icon(path):
    html = (SITE / path).read_text(encoding="utf-8")
    assert re.search(r'<html[^>]* lang="en"', html)
    assert re.search(r"<title>[^<]+</title>", html)
    # Without one the browser asks the server for a favicon.ico that is not there.
    icon = re.search(r'<link rel="icon" href="([^"]+)"', html)[1]
    assert icon.startswith("data:image/svg+xml,%3Csvg") or (SITE / path).parent.joinpath(icon).is_file()


def test_front_door_is_a_link_too():
    """Where a page may not jump by itself, its one link leads to the course."""
    html = (SITE / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"]+)"', html)
    assert links == ["chapters/index.html"] == re.findall(r'content="0; url=([^"]+)"', html)
    assert (SITE / links[0]).is_file()


every_page = pytest.mark.parametrize("path", BOOK, scope="module")


@every_page
def test_maths_is_typeset(opened, path):
    page = opened
    formulas = page.locator("article .math").count()
    assert page.locator("article .math > .katex, article .math > .katex-display > .katex").count() == formulas
    assert page.locator("article .katex math annotation").count() >= formulas
    assert page.locator(".katex-error").count() == 0
    shown = page.evaluate(
        """() => {
            const copy = document.querySelector("article").cloneNode(true);
            copy.querySelectorAll("pre, code, script, style, .katex").forEach((e) => e.remove());
            return copy.textContent;
        }"""
    )
    assert not re.search(r"\$\$|\\\(|\\\[|\\begin\{|\\frac|\{(?:doc|ref|eq|cite|numref)\}", shown)


@every_page
def test_pictures_are_described(opened, path):
    nameless = opened.evaluate(
        """() => [...document.querySelectorAll(
                "article img:not([role=presentation]), article svg[role=img], .sgd-figure > svg:first-of-type")]
            .filter((e) => !(e.getAttribute("alt") || e.getAttribute("aria-label") || "").trim())
            .map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []


# In the page: write down what the contrast of every word depends on: its own looks and what lies behind.
LOOK_OF_WORDS = """() => {
    window.looks ??= new Map();
    const look = (element) => {
        const { color, fontSize, fontWeight, textDecorationLine } = getComputedStyle(element);
        const grounds = [];
        for (let up = element; up; up = up.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(up);
            grounds.push(backgroundColor, backgroundImage, opacity);
        }
        const around = getComputedStyle(element.parentElement).color;
        return [element.localName, element.className, color, around, fontSize, fontWeight, textDecorationLine]
            .concat(grounds.filter((ground) => !["rgba(0, 0, 0, 0)", "none", "1"].includes(ground))).join();
    };
    const words = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT), seen = new Set();
    while (words.nextNode()) {
        const element = words.currentNode.parentElement;
        if (words.currentNode.data.trim() && element.checkVisibility() && !element.closest("svg")) seen.add(element);
    }
    for (const element of seen) looks.set(element, (looks.get(element) ?? "") + look(element));
}"""
# In the page: leave of the article two words of each look, counted over the pages so far, and what they stand in.
ONE_OF_EACH = """(measured) => {
    const seen = new Map(Object.entries(measured)), kept = new Set();
    for (const [element, look] of looks) {
        seen.set(look, (seen.get(look) ?? 0) + 1);
        if (seen.get(look) > 2) continue;
        for (const inside of element.querySelectorAll("*")) kept.add(inside);
        for (let up = element; up; up = up.parentElement) kept.add(up);
    }
    for (const element of document.querySelectorAll("article *")) if (!kept.has(element)) element.remove();
    return Object.fromEntries(seen);
}"""


@pytest.fixture(scope="module")
def measured():
    """The looks of words whose contrast was measured, and how often: the pages have most of them in common."""
    return {}


def switch_to(page, theme: str) -> None:
    """Have the system change its theme, and wait until the page has followed."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)


def violations(page, options: dict) -> list[str]:
    """What axe finds wrong in a page."""
    found = page.evaluate(
        "(options) => axe.run(options)", options | {"preload": False, "resultTypes": ["violations"]}
    )
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("path", [page for page in PAGES if page != "index.html"])
def test_fits_a_phone(visitor, path):
    page = visitor.open(path, size=PHONE)
    open_boxes(page)
    # Clipped is as unreadable as pushed out: what is too wide must stand in a box that scrolls.
    too_wide = """() => [...document.querySelectorAll("html, article *")].filter((element) => {
        if (element.tagName === "HTML") return element.scrollWidth > innerWidth;
        // A formula's words for screen readers, which nobody sees, start where the formula stands; the bar of its
        // root is cut to length.
        if (element.closest(".katex-mathml, .katex svg")) return false;
        // A curve ends where its plot does, wherever its numbers lead.
        if (element.closest("svg [clip-path]")) return false;
        const box = element.getBoundingClientRect();
        if (box.width === 0 || box.right <= innerWidth + 1) return false;
        for (let up = element; up; up = up.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(up).overflowX) && up.tagName !== "HTML") return false;
        return element.checkVisibility() && getComputedStyle(element).position !== "absolute";
    }).map((element) => element.outerHTML.slice(0, 150))"""
    # A busy machine lays out a little later.
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(f"() => ({too_wide})().length === 0", timeout=PATIENCE / 4)
    assert page.evaluate("innerWidth") == PHONE["width"]
    assert page.evaluate(too_wide) == []


@every_page
def test_one_way_to_search(opened, path):
    for size in (PHONE, WIDE):
        opened.set_viewport_size(size)
        opened.evaluate(DRAWN)
        seen = opened.evaluate(
            """() => [...document.querySelectorAll(".search-button__button, form.bd-search, input[type=search]")]
                .filter((element) => element.checkVisibility({ visibilityProperty: true }))
                .map((element) => element.className)"""
        )
        assert len(seen) == 1, (size, seen)


@every_page
def test_nothing_is_cut_on_a_wide_screen(opened, path):
    """Code, formulas and tables show their whole lines; nothing of them must be scrolled for."""
    opened.set_viewport_size(WIDE)
    open_boxes(opened)
    cut = opened.evaluate(
        """() => [...document.querySelectorAll("article :is(pre, .katex-display, .pst-scrollable-table-container)")]
            .filter((box) => box.clientWidth > 1 && box.scrollWidth > box.clientWidth + 1)
            .map((box) => box.textContent.slice(0, 150))"""
    )
    # The page goes on to other tests as a reader finds it.
    opened.evaluate("document.querySelectorAll('details').forEach((box) => (box.open = false))")
    assert cut == []


def luminance(colour: str) -> float:
    """The relative luminance of #rrggbb, as WCAG 2 defines it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_palette_is_legible(theme):
    """Axe does not measure the words in an SVG; they have the colours of the palette."""
    colors, methods = palette(theme), {look.name for look in LOOKS.values()}
    assert methods | {"ink", "muted", "surface", "raised", "verdict-true"} <= set(colors)
    for name in set(colors) - {"surface", "raised", "line", "focus"}:
        # The methods' colours are drawn on the page itself, never on a raised box.
        papers = ("surface",) if name in methods else ("surface", "raised")
        for paper in papers:
            light, dark = sorted((luminance(colors[name]), luminance(colors[paper])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"--sgd-{name} on --sgd-{paper}"


# ---------------------------------------------------------------- what a reader does


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_friction(visitors, scheme):
    tab = visitors[scheme]
    page = tab.open("chapters/index.html")
    page.locator("button.search-button__button:visible").click()
    page.keyboard.type("friction")
    page.wait_for_selector(".sgd-hits a")
    hits = page.eval_on_selector_all(".sgd-hits a", "links => links.map((link) => link.href)")
    assert any("chapters/momentum.html" in hit for hit in hits)
    page.locator(".sgd-hits a[href*='chapters/momentum.html']").first.click()
    page.wait_for_load_state()
    assert "friction" in page.locator("article").inner_text().lower()
    assert tab.trouble == []


def test_theme_switch(visitor):
    page = visitor.open("chapters/momentum.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    blue = "getComputedStyle(document.documentElement).getPropertyValue('--sgd-gd').trim().toLowerCase()"
    look, seen = LOOKS["gradient descent"], {}
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").click()
        seen[page.evaluate("document.documentElement.dataset.theme")] = (
            page.evaluate(paper),
            page.evaluate(blue),
        )
    page.evaluate("localStorage.clear()")
    assert set(seen) == {"light", "dark"}
    assert seen["light"][0] != seen["dark"][0]
    assert (seen["light"][1], seen["dark"][1]) == (look.color, look.dark)


def test_keyboard_shows_where_it_is(visitor):
    page = visitor.open("chapters/momentum.html")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """() => {
                const here = document.activeElement, style = getComputedStyle(here);
                return here === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
            }"""
        )
        assert outline, page.evaluate("document.activeElement.outerHTML")


def test_hidden_code_opens_from_the_keyboard(visitor):
    page = visitor.open("chapters/momentum.html")
    if page.locator("article details").count() == 0:
        pytest.fail("no chapter page hides anything: point this test at one that does")
    page.locator("article details > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('article details').open")


@every_page
def test_print_leaves_nothing_hidden(opened, path):
    """But the answers of questions and exercises, which stay as the reader left them: test_exercises_browser.py."""
    page = opened
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    answers = ".sgd-choice, .tag_exercise details"
    assert page.locator(f"article details:not([open], {answers})").count() == 0
    assert page.locator(f"article details[open]:is({answers})").count() == 0
    assert page.locator("h1:visible").count() == 1
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("getComputedStyle(document.querySelector('.bd-sidebar-primary')).display") == "none"
    page.emulate_media(media="screen")


# The last in a page's tab: much of the page is gone after it.
@pytest.mark.parametrize("path", [page for page in PAGES if page != "index.html"], scope="module")
def test_accessible(tab, measured, path):
    page = tab.page
    page.set_viewport_size(WIDE)
    # Without motion: halfway through a fade, text has the contrast of half a colour.
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    open_boxes(page)
    # A chapter has thousands of coloured words of code in a dozen colours: leave one of each to measure.
    page.evaluate(
        """() => {
            const seen = new Set(), again = [];
            for (const word of document.querySelectorAll("pre span[class]")) {
                const kind = word.className + getComputedStyle(word.closest("pre")).backgroundColor;
                if (seen.has(kind)) again.push(word);
                else seen.add(kind);
            }
            for (const word of again) word.replaceWith(...word.childNodes);
        }"""
    )
    # Nor has a curve, or what a formula looks like, anything to say: they carry no role, no name and no text.
    page.evaluate(
        "document.querySelectorAll('svg :is(path, use, defs, clipPath)').forEach((each) => each.remove())"
    )
    page.evaluate(
        "[...document.querySelectorAll('.katex')].slice(9).forEach((each) => each.replaceWith('x'))"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # In the dark the page is the same but for its colours.
    colours = ["color-contrast", "link-in-text-block"]
    none = {"rules": {name: {"enabled": False} for name in colours}}
    assert violations(page, none) == []
    for theme in ("light", "dark"):
        switch_to(page, theme)
        page.evaluate(LOOK_OF_WORDS)
    measured |= page.evaluate(ONE_OF_EACH, measured)
    for theme in ("dark", "light"):
        switch_to(page, theme)
        assert violations(page, {"runOnly": colours}) == [], theme


@pytest.mark.parametrize("path", BOOK)
def test_reads_without_scripts(browser, roots, path):
    context = browser.new_context(java_script_enabled=False, viewport=WIDE)
    page = context.new_page()
    page.goto(roots["file"] + path)
    # Before its first frame is drawn a page's text is not laid out, and not there for the reader.
    expect(page.locator("article")).to_contain_text(re.compile(r"\w.{100}", re.DOTALL), use_inner_text=True)
    page.evaluate(OPEN_FOLDS)
    figures = page.locator("article figure.sgd-figure > svg")
    sizes = [figures.nth(k).bounding_box() for k in range(figures.count())]
    context.close()
    assert all(size and size["width"] > 100 and size["height"] > 60 for size in sizes)


# ---------------------------------------------------------------- the download button


@pytest.fixture(scope="module")
def download(visitors, tmp_path_factory):
    """A chapter's notebook, as the button saves it, in a folder outside the repository; saved once."""
    folders = {scheme: tmp_path_factory.mktemp(scheme) for scheme in visitors}

    def saved_by_the_button(scheme: str, chapter: str) -> Path:
        path = folders[scheme] / f"{chapter}.ipynb"
        if not path.is_file():
            page = visitors[scheme].open(f"chapters/{chapter}.html")
            page.locator(".dropdown-download-buttons > button").click()
            with page.expect_download() as saved:
                page.locator(".dropdown-menu a[download]:visible").first.click()
            assert saved.value.suggested_filename == path.name
            saved.value.save_as(path)
        return path

    return saved_by_the_button


# Over http every chapter, from disk one; the others from disk: `make foreign`.
SAVED = [("http", chapter) for chapter in NOTEBOOKS]
SAVED += [
    pytest.param("file", chapter, marks=pytest.mark.foreign if k else ())
    for k, chapter in enumerate(NOTEBOOKS)
]


@pytest.mark.parametrize(("scheme", "chapter"), SAVED)
def test_download_is_the_notebook_without_its_solutions(download, chapter, scheme):
    """Cell by cell as it is stored, but each exercise empty, with its solution folded below it."""
    stored = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
    notebook = nbformat.read(download(scheme, chapter), as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].id == downloads.FIRST_CELL  # tests/test_anywhere.py
    cells = iter(notebook.cells[1:])
    for before in stored.cells:
        after = next(cells)
        if not exercises.is_exercise(before):
            assert after == before
            continue
        source, shown = exercises.split(before.source)
        assert (after.source, after.outputs, after.execution_count) == (source, [], None)
        assert after.metadata == {"tags": ["exercise"]} and after.id == before.id
        folded = next(cells)
        assert folded.cell_type == "markdown" and folded.source.startswith("<details><summary>")
        assert f"\n\n```python\n{shown}\n```\n\n</details>" in folded.source
    assert next(cells, None) is None


# One stands for all: but for the exercises a download is the stored notebook, and nbval runs every one of those.
@pytest.mark.parametrize("chapter", ["nesterov"])
def test_download_runs_elsewhere(download, chapter, tmp_path):
    """From the first cell to the last with nothing filled in, and no exercise is solved by that."""
    path = shutil.copy(download("http", chapter), tmp_path)
    before = nbformat.read(path, as_version=4)
    # A process of its own: Playwright's event loop would stand in the notebook client's way.
    command = [sys.executable, str(ROOT / "chapters" / "_tools" / "execute.py"), path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    after = nbformat.read(path, as_version=4)
    solved = [cell for cell in after.cells if exercises.is_exercise(cell)]
    assert solved
    for cell in solved:
        shown = "".join(output.data["text/html"] for output in cell.outputs)
        assert 'data-right="false"' in shown and 'data-right="true"' not in shown
    assert after.cells[0].outputs == []  # sgdlib is here: not a word
    for old, new in zip(before.cells, after.cells, strict=True):
        if old.cell_type == "code" and not exercises.is_exercise(old):
            assert without_counts(new.outputs) == without_counts(old.outputs), old.source


def without_counts(outputs: list) -> list:
    """What a cell shows, without the number of the run."""
    return [{**output, "execution_count": None} for output in outputs]
