"""Lean pages: what a chapter weighs, formulas without a script, icons without a font of thousands, paper."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path
from urllib.parse import quote

import compress
import lean
import pictures
import pydata_sphinx_theme
import pytest
import text_face
from node_packages import install
from patience import PATIENCE, SETTLED
from pypdf import PdfReader
from site_pages import NOTEBOOKS, SITE
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = [f"chapters/{name}.html" for name in NOTEBOOKS]
WEIGHT, REQUESTS, ELEMENTS = 450_000, 30, 12_000
HEAD = """<html data-theme="auto"><head>
    <script data-cfasync="false">
      document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
    </script>
    <link href="_static/styles/theme.css?digest=1" rel="stylesheet" />
    <link rel="preload" as="script" href="_static/scripts/bootstrap.js?digest=1" />
    <script src="_static/scripts/fontawesome.js?digest=1"></script>
    <script src="_static/doctools.js?v=1"></script>
    <script>DOCUMENTATION_OPTIONS.pagename = 'chapters/momentum';</script>
    <script src="_static/sgd-widgets.js?v=1"></script>
    <script src="_static/course.js?v=1"></script>
</head><body><pre><span class="n">rate</span><span class="o">=</span><span class="mi">1</span></pre></body></html>"""


def test_two_builds_make_the_same_fonts(monkeypatch):
    """Without the time of day in them: a style sheet that has not changed is not fetched again."""
    icons = next(Path(pydata_sphinx_theme.__file__).parent.rglob("fa-solid-900.woff2"))
    files = install(ROOT / "chapters" / "_tools" / "node") / text_face.PACKAGE / "files"
    serif = files / "source-serif-4-latin-wght-normal.woff2"
    made = []
    for now in (3_600_000_000, 3_700_000_000):
        monkeypatch.setattr("fontTools.ttLib.tables._h_e_a_d.timestampNow", lambda now=now: now)
        made.append(
            (lean.subset_font(icons, {0xF002}), text_face.face_of(serif, "normal", set(range(65, 70))))
        )
    assert made[0] == made[1]


@pytest.fixture
def page(browser):
    """A page of its own, with a reader's patience."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_is_light(page, roots, path):
    """Compressed as a server would, by counting all that is asked for."""
    loaded = {}
    page.on("response", lambda answer: loaded.setdefault(answer.url, len(gzip.compress(answer.body()))))
    page.goto(roots["http"] + path)
    page.evaluate(SETTLED)
    assert sum(loaded.values()) <= WEIGHT, loaded
    assert len(loaded) <= REQUESTS
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_formulas_need_no_script(browser, roots, scheme):
    """Set in their own font, with MathML beside them, and no TeX in sight."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(roots[scheme] + "chapters/momentum.html")
    formula = page.locator("article .math .katex-html >> visible=true").first
    assert formula.bounding_box()["width"] > 5
    assert page.locator("article .katex-mathml math").count() >= 100
    assert not re.search(r"\\\(|\\\[|\\frac", page.locator("article").inner_text())
    context.close()


def test_formulas_have_their_fonts(page, roots):
    page.goto(roots["file"] + "chapters/momentum.html")
    page.evaluate(SETTLED)
    assert page.evaluate(
        "document.fonts.check('16px KaTeX_Main', '(1 − 2)') && document.fonts.check('16px KaTeX_Math', 'μ')"
    )
    faces = page.evaluate(
        "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
    )
    assert {"KaTeX_Main", "KaTeX_Math"} <= {face.strip('"') for face in faces}


def test_every_icon_has_its_picture():
    """A class that names an icon has a rule in the one style, and the rule's character is in the font."""
    css = (SITE / "_static" / "site.css").read_text(encoding="utf-8")
    pages = "".join(path.read_text(encoding="utf-8") for path in (SITE / "chapters").glob("*.html"))
    tags = re.findall(r'<(?:i|span) class="([^"]*\bfa[srb]?\b[^"]*|[^"]*\bfa-solid\b[^"]*)"', pages)
    icons = {name for tag in tags for name in tag.split() if name.startswith("fa-")} - {"fa-solid", "fa-lg"}
    assert {"fa-bars", "fa-rocket", "fa-sun"} <= icons
    assert [name for name in icons if not re.search(rf"\.{name}\b", css)] == []


def test_one_style_and_one_script_take_the_place_of_all():
    html = lean.rewrite(HEAD, Path("momentum.html"), "_static/")
    loaded = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert loaded == [
        "_static/site.css",
        "_static/text.css",
        "_static/sgd-widgets.js?v=1",
        "_static/site.js",
        "_static/course.js?v=1",
    ]
    assert html.count("<script defer") == 3 and "pagename" not in html
    assert '<pre>rate<span class="o">=</span><span class="mi">1</span></pre>' in html


@pytest.mark.parametrize(
    "line", ['<script src="_static/new.js"></script>', '<link rel="stylesheet" href="_static/new.css" />']
)
def test_a_file_that_nobody_has_judged_stops_the_build(line):
    with pytest.raises(
        ExtensionError, match=r"momentum\.html loads new\.(js|css), which .*lean\.py does not know"
    ):
        lean.rewrite(HEAD.replace("</head>", f"{line}\n</head>"), Path("momentum.html"), "_static/")


def test_a_theme_that_has_changed_stops_the_build():
    with pytest.raises(ExtensionError, match=r"pydata-sphinx-theme\.js has changed"):
        lean.undo("pydata-sphinx-theme.js", "(() => {})();")
    with pytest.raises(ExtensionError, match=r"momentum\.html does not set its theme"):
        lean.rewrite(HEAD.replace(' data-cfasync="false"', ""), Path("momentum.html"), "_static/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_paint_has_the_theme(page, roots, theme):
    """Before any script but the page's own first line: no page is styled twice, none flashes."""
    page.route("**/*.js*", lambda route: route.abort())
    page.emulate_media(color_scheme=theme)
    page.goto(roots["http"] + "chapters/momentum.html")
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_what_is_far_below_waits_and_is_still_there(page, roots):
    """Most of a chapter is not laid out at first; a link arrives, as does a link to words."""
    page.goto(roots["file"] + "chapters/momentum.html")
    page.evaluate(SETTLED)
    waiting = """() => {
        const parts = [...document.querySelectorAll('.bd-article section > :not(section)')];
        return parts.filter((part) => !part.firstElementChild?.checkVisibility({ contentVisibilityAuto: true })).length
            / parts.length;
    }"""
    assert page.evaluate(waiting) > 0.5
    heads = page.locator(".bd-article h2")
    low = heads.nth(heads.count() * 2 // 3)
    name = low.evaluate("(head) => head.parentElement.id")
    paragraph = page.locator(".bd-article section > p:not(:has(*))").last
    words = paragraph.evaluate("(text) => text.textContent.split(/[-,.]/)[0]")
    page.goto("about:blank")
    page.goto(f"{roots['file']}chapters/momentum.html#:~:text={quote(words)}")
    page.wait_for_function("document.scrollingElement.scrollTop > 1000")
    assert 0 < paragraph.bounding_box()["y"] < 900
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("(name) => { location.hash = name; }", name)
    page.wait_for_function("document.scrollingElement.scrollTop > 1000")
    top = "(head) => head.getBoundingClientRect().top"
    assert 0 <= low.evaluate(top) < 300
    # The page sees to it for some frames that the link has arrived, unless the reader takes over.
    page.evaluate(
        "new Promise((done) => { let n = 0; (function f() { n++ < 30 ? requestAnimationFrame(f) : done(); })(); })"
    )
    for _ in range(8):  # what comes into view above pushes nothing
        page.evaluate("scrollBy(0, -100)")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert 700 <= low.evaluate(top) < 1200


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_a_link_to_a_part_arrives_there(browser, roots, size):
    """However the parts above change their height meanwhile."""
    context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
    page = context.new_page()
    away = """(id) => {
        const { documentElement: root, scrollingElement: all } = document;
        const padding = Number.parseFloat(getComputedStyle(root).scrollPaddingTop);
        const below = all.scrollHeight - innerHeight - scrollY;
        const away = document.getElementById(id).getBoundingClientRect().top - padding;
        return Math.abs(away) < 3 || (below < 3 && away > 0);
    }"""
    for chapter, part in (("momentum", "the-map"), ("sgd", "recap"), ("gradient-descent", "recap")):
        page.goto("about:blank")
        page.goto(f"{roots['file']}chapters/{chapter}.html#{part}")
        page.evaluate(SETTLED)
        page.wait_for_function(away, arg=part)
    page.evaluate("location.hash = 'exercise-1-read-it-off'")
    page.wait_for_function(away, arg="exercise-1-read-it-off")
    context.close()


def test_pictures_are_short_and_say_what_they_said():
    svg = (
        '<svg aria-label="a line" class="sgd-panel" role="img" viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg">'
        '\n <g>\n  <g>\n   <path d="M 0 1\nL 2 3\n" id="own-1" style="stroke: var(--sgd-gd, #072)"/>\n  </g>\n </g>\n'
        '<text transform="rotate(-0 4 5)" x="4" y="5">loss &lt; 1</text></svg>'
    )
    [short] = pictures.shortened([svg])
    for kept in ('aria-label="a line"', 'role="img"', "m0 1", 'id="own-1"', "var(--sgd-gd", "loss &lt; 1"):
        assert kept in short
    assert "<g>" not in short and "rotate" not in short
    with pytest.raises(ExtensionError, match="SVGO cannot read a picture"):
        pictures.shortened(["<svg><path</svg>"])


@pytest.mark.parametrize("path", CHAPTERS)
def test_no_picture_weighs_what_nobody_sees(path):
    """No group without a purpose, no coordinates twice within a picture."""
    html = (SITE / path).read_text(encoding="utf-8")
    for svg in pictures.PICTURE.findall(html):
        assert "<g>" not in svg
        drawn = re.findall(r' d="([^"]*)"', svg)
        assert sum(map(len, drawn)) - sum(map(len, set(drawn))) < 0.05 * len(svg)


def test_a_part_that_breaks_down_takes_no_other_with_it(page, roots):
    """A first part that throws while it loads; the others work on."""
    text = (SITE / "_static" / "site.js").read_text(encoding="utf-8")
    broken = text.replace("const part of [", 'const part of ["throw new Error(1)", ', 1)
    assert broken != text
    page.route("**/site.js", lambda route: route.fulfill(body=broken, content_type="text/javascript"))
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(roots["http"] + "chapters/momentum.html")
    page.evaluate(SETTLED)
    page.locator("button.copybtn").first.wait_for(state="attached")
    assert wrong, "nothing broke down: this test no longer shows anything"
    assert page.evaluate("typeof bootstrap") == "object"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_paper_shows_the_code_that_was_folded(page, roots, theme):
    """Printed for real: emulated print cannot see that a box is still fading in."""
    page.emulate_media(color_scheme=theme)
    page.goto(roots["file"] + "chapters/warm-up.html")
    page.evaluate(SETTLED)
    page.evaluate(
        """() => addEventListener("beforeprint", () => {
            window.inks = [".bd-article p", ".bd-article h1", "pre"].map((each) => {
                return getComputedStyle(document.querySelector(each)).color;
            });
        })"""
    )
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    printed = PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = "\n".join(sheet.extract_text() for sheet in printed.pages)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    folded = page.locator("article details.hide pre").first.inner_text().splitlines()
    squeezed = re.sub(r"\s", "", text)
    assert [line for line in folded if re.sub(r"\s", "", line) not in squeezed] == []
    for ink in page.evaluate("inks"):
        assert max(map(int, re.findall(r"\d+", ink)[:3])) < 100, "the ink must be dark, whatever the theme"


def test_compressed_copies_are_the_texts(tmp_path):
    (tmp_path / "long.html").write_text("<p>momentum</p>" * 200, encoding="utf-8")
    (tmp_path / "short.html").write_text("<p>momentum</p>", encoding="utf-8")
    assert compress.compress(tmp_path) == 1
    assert gzip.decompress((tmp_path / "long.html.gz").read_bytes()) == (tmp_path / "long.html").read_bytes()
    assert (
        compress.brotli.decompress((tmp_path / "long.html.br").read_bytes())
        == (tmp_path / "long.html").read_bytes()
    )
    assert not (tmp_path / "short.html.gz").exists()
