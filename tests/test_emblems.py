"""The face of the book: an emblem for each chapter, drawn by its own method, and a text face held in the site."""

from __future__ import annotations

import re
from pathlib import Path

import book
import emblems
import pytest
from patience import PATIENCE, SETTLED
from site_pages import ROOT, SITE
from sphinx_external_toc.parsing import parse_toc_yaml

from sgdlib.figures import LOOKS

COURSE = [Path(name).name for name in book.chapters(parse_toc_yaml(ROOT / "_toc.yml"))]
PICTURE = re.compile(r'<svg[^>]*class="sgd-emblem".*?</svg>', re.DOTALL)


def test_every_chapter_has_an_emblem():
    assert sorted(emblems.RUNS) == sorted(COURSE)


@pytest.mark.parametrize("name", COURSE)
def test_an_emblem_is_a_run_and_stands_in_title_and_list(name):
    runs = emblems.RUNS[name]()
    assert all(method in LOOKS and len(positions) > 10 for method, positions in runs)
    drawn = emblems.emblem(runs)
    for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", drawn):
        assert 0 <= float(x) <= emblems.WIDTH and 0 <= float(y) <= emblems.HEIGHT
    path = re.search(r' d="([^"]{20})', drawn)[1]
    page = (SITE / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    title = page[page.index("<h1>") : page.index("</h1>")]
    assert len(PICTURE.findall(title)) == 1 and path in title and 'aria-hidden="true"' in title
    index = (SITE / "chapters" / "index.html").read_text(encoding="utf-8")
    assert path in index[index.index('id="the-chapters"') :]


def test_the_text_has_its_face(browser, roots):
    """Upright, slanted, bold and Greek, from disk, with no request to anywhere else."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(roots["file"] + "chapters/momentum.html")
    page.evaluate(SETTLED)
    assert page.evaluate("getComputedStyle(document.querySelector('.bd-article p')).fontFamily").startswith(
        '"Source Serif 4"'
    )
    for asked_for, words in (
        ("16px", "Downhill"),
        ("italic 16px", "why"),
        ("bold 16px", "Claim"),
        ("16px", "ημ"),
    ):
        held = page.evaluate(
            '([font, words]) => document.fonts.load(`${font} "Source Serif 4"`, words)'
            ".then((faces) => faces.map((face) => face.status))",
            [asked_for, words],
        )
        assert held and set(held) == {"loaded"}, asked_for
    assert all(url.startswith(("file:", "data:")) for url in asked)
    context.close()
