"""What is folded under "Why?": by a directive and by tagged cells, opened by links, by the switch and on paper.

A small book is built with the course's own extensions, scripts and styles, for the chapters change.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from patience import DRAWN, PATIENCE
from pypdf import PdfReader
from served import served
from site_pages import AXE, PHONE, WIDE

from sgdlib.claims import claim, tried

ROOT = Path(__file__).resolve().parent.parent
DIRECTIVE = """## A formula

Seen words.

:::{why} Proof: why it is $2/\\lambda$
Derived words, $$x = 1$$

- an item
:::

:::{why}
Bare words.
:::
"""
# The words of each cell, and whether it is tagged; what has no words is a cell of code that shows it.
CELLS = [
    ("# A chapter\n\nFirst words.", False),
    (DIRECTIVE, False),
    ("## In the middle\n\nStill seen.", False),
    (True, True),
    ("After the picture.", True),
    ("**Proof: why *so***\n\nA second box.", True),
    ("Seen again.", False),
    ("## A whole section\n\nFolded words.", True),
    ("### Inside it\n\nDeeper words.", True),
    (True, True),
    ("## The last one\n\nLast words.\n\n### Exercise 1: Add\n\nAdd.", False),
]
# A claim box folds where it was tried.
CLAIM = claim(1, "true", "It is 1.", holds=True, cases=tried([True] * 7, "7 words of evidence"))
PICTURE = '<figure class="sgd-figure" id="a-picture"><svg width="9" height="9"></svg></figure>'
TWO = [("# Two", False), ("**A box**\n\nWords.", True), (CLAIM, False)]


def cell(number: int, words: object, is_folded: bool) -> dict:
    """A cell of a notebook."""
    facts = {"id": f"cell-{number}", "metadata": {"tags": ["why"]} if is_folded else {}}
    if isinstance(words, str):
        return {"cell_type": "markdown", "source": words, **facts}
    html = PICTURE if words is True else words._repr_html_()
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
    return {"cell_type": "code", "source": "draw()", "execution_count": 1, "outputs": [output], **facts}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A book of two chapters, of which the first has everything and the second one box."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'chapters' / '_ext')!r})\n"
        "extensions = ['myst_nb', 'sphinx_external_toc', 'tracks', 'times', 'contents']\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\n"
        "myst_heading_anchors = 3\nexclude_patterns = ['out']\nnb_execution_mode = 'off'\n"
        "html_theme = 'basic'\nlanguage = 'en'\n"
        f"html_static_path = [{str(ROOT / 'chapters' / '_static')!r}]\n"
        "html_css_files = ['course.css', 'reading.css', 'print.css']\n"
        "html_js_files = [('kept.js', {'defer': 'defer', 'priority': 100}), ('course.js', {'defer': 'defer'})]\n"
    )
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nparts:\n  - numbered: true\n    chapters:\n"
        "      - file: one\n      - file: two\n"
    )
    # The theme's article, which the course's styles and scripts look for.
    (folder / "_templates").mkdir()
    (folder / "_templates" / "page.html").write_text(
        '{% extends "!page.html" %}{% block body %}<article class="bd-article">'
        "{{ super() }}</article>{% endblock %}"
    )
    with (folder / "conf.py").open("a") as conf:
        conf.write("templates_path = ['_templates']\n")
    (folder / "index.md").write_text("# Book\n\n[Into a box](one.ipynb#inside-it)\n")
    for name, cells in {"one": CELLS, "two": TWO}.items():
        notebook = {
            "cells": [cell(k, *each) for k, each in enumerate(cells)],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", ".", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder / "out"


def test_what_is_folded(folder):
    article = BeautifulSoup((folder / "one.html").read_text(encoding="utf-8"), "html.parser").article
    for extra in article.select(".headerlink, .sgd-unseen"):
        extra.decompose()
    boxes = [
        (box.summary.get_text().strip(), " ".join(box.get_text().split())[len(box.summary.get_text()) :])
        for box in article.select("details.sgd-why")
    ]
    titles, texts = zip(*boxes, strict=True)
    assert [re.sub(r"\\[()]", "", title) for title in titles] == [
        "Proof: why it is 2/\\lambda",
        "Why?",
        "Why?",
        "Proof: why so",
        "Why?",
    ]
    for text, words in zip(
        texts,
        ["Derived words", "Bare words.", "After the picture.", "A second box.", "Folded words."],
        strict=True,
    ):
        assert words in text
    assert "an item" in texts[0] and "Deeper words." in texts[4] and "After" not in texts[3]
    assert [len(box.select("figure")) for box in article.select("details.sgd-why")] == [0, 0, 1, 0, 1]
    # A folded section keeps its heading in sight, and its number.
    for box in article.select("details.sgd-why"):
        box.decompose()
    seen = " ".join(article.get_text().split())
    for words in (
        "Seen words.",
        "Still seen.",
        "Seen again.",
        "A whole section",
        "The last one",
        "Last words.",
    ):
        assert words in seen
    assert not re.search("Folded words|Deeper words|Derived|Inside it|sgd: ", seen)
    # The contents beside the text name the section inside the box, and no single exercise.
    sidebar = BeautifulSoup((folder / "one.html").read_text(encoding="utf-8"), "html.parser").select_one(
        ".sphinxsidebar"
    )
    entries = [link.get_text() for link in sidebar.select("a[href^='#']")]
    assert any("Inside it" in entry for entry in entries) and not any(
        "Exercise" in entry for entry in entries
    )


@pytest.fixture(scope="module")
def root(folder):
    with served(folder) as address:
        yield address


@pytest.fixture
def page(browser, root):
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.wrong = []
    # Sphinx' own scripts break down where nothing can be kept.
    page.on("pageerror", lambda error: "tracks.js" in error.stack and page.wrong.append(str(error)))
    page.goto(root + "one.html")
    yield page
    assert page.wrong == []
    context.close()


def opened(page) -> list[bool]:
    """Which boxes are open."""
    return page.evaluate("[...document.querySelectorAll('details.sgd-why')].map((box) => box.open)")


NONE, ALL = [False] * 5, [True] * 5


def test_a_link_opens_what_it_leads_into(page, root):
    assert opened(page) == NONE
    page.goto(root + "index.html")
    page.get_by_role("link", name="Into a box").click()
    page.wait_for_function("location.hash")
    assert opened(page) == [False, False, False, False, True]
    assert page.locator("#inside-it").is_visible()
    # Again, after the reader has closed it: the address does not change.
    page.evaluate("document.querySelectorAll('details.sgd-why')[4].open = false")
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('afterbegin', '<a href=\"#inside-it\">there</a>')"
    )
    page.get_by_role("link", name="there").click()
    assert opened(page) == [False, False, False, False, True]
    # A section that is folded whole opens; one that only holds a box does not.
    page.goto(root + "two.html")
    page.goto(root + "one.html#a-whole-section")
    assert opened(page) == [False, False, False, False, True]
    page.goto(root + "one.html#in-the-middle")
    page.reload()
    assert opened(page) == NONE


def test_the_switch_is_kept_from_page_to_page(page, root):
    switch = page.get_by_role("button", name="Open all that is folded")
    assert switch.get_attribute("aria-pressed") == "false"
    switch.focus()
    page.keyboard.press("Enter")
    assert opened(page) == ALL and switch.get_attribute("aria-pressed") == "true"
    other = page.context.new_page()
    other.goto(root + "two.html")
    assert opened(other) == [True]
    other.get_by_role("button", name="Open all that is folded").click()
    page.wait_for_function("!document.querySelector('details.sgd-why[open]')")
    assert switch.get_attribute("aria-pressed") == "false"
    # Whatever stands in its place.
    page.evaluate("localStorage.setItem('sgd-momentum-nesterov:2:open:all', '{\"<img>')")
    page.reload()
    assert opened(page) == NONE


def test_what_a_claim_box_folds(page, root):
    page.goto(root + "two.html")
    evidence = page.get_by_text("7 words of evidence")
    assert not evidence.is_visible()
    assert "7 words of evidence" in PdfReader(io.BytesIO(page.pdf())).pages[0].extract_text()
    page.get_by_text("Where claim 1 was tried: 7 cases").click()
    assert evidence.is_visible()
    page.reload()
    assert not evidence.is_visible()
    # A link to the box opens it, and so does the switch.
    page.goto(root + "one.html")
    page.goto(root + "two.html#claim-1")
    assert evidence.is_visible() and opened(page) == [False]
    switch = page.get_by_role("button", name="Open all that is folded")
    switch.click()
    assert evidence.is_visible()
    switch.click()
    assert not evidence.is_visible()


def test_without_storage_or_scripts(browser, page, root):
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page.reload()
    page.get_by_role("button", name="Open all that is folded").click()
    assert opened(page) == ALL
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(root + "one.html")
    assert plain.locator(".sgd-all-open").count() == 0
    plain.get_by_text("Proof: why it is").click(timeout=PATIENCE)
    assert plain.get_by_text("Derived words").is_visible()
    context.close()


def test_paper_shows_all(page):
    text = " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)
    for words in ("Derived words", "Bare words", "A second box", "Folded words", "Deeper words"):
        assert words in text
    assert "Open all" not in text
    assert opened(page) == NONE


def test_accessible_on_a_phone_too(page):
    page.get_by_role("button", name="Open all that is folded").click()
    page.set_viewport_size(PHONE)
    page.evaluate(DRAWN)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        page.evaluate("document.body.style.cssText = 'background: var(--sgd-surface); color: var(--sgd-ink)'")
        bad = page.evaluate(
            """() => axe
                .run({ include: [[".sgd-head"], ["details.sgd-why"]], exclude: [[".highlight"]] }, { preload: false })
                .then((found) => found.violations.map((rule) => [rule.id, rule.nodes[0].html]))"""
        )
        assert bad == []
    # Each box has a name of its own in a list of all.
    names = page.locator("details.sgd-why > summary").all_text_contents()
    assert len(set(names)) == len(names) == 5
