"""Every page for eyes that need it otherwise: larger, with more space between letters, more contrast, less motion.

In Chromium, which can pretend all of it. Zoom is a narrower window: 1280 pixels at 200 % are 640, at 400 % 320.
"""

from __future__ import annotations

import pytest
from patience import DRAWN
from sight import CUT_OFF, FAINT, OPEN, ROOTS, TOO_WIDE
from site_pages import PAGES, SITE, WIDE, Visitor

READ = [page for page in PAGES if page != "index.html"]
# A page of each kind; the others: `make foreign`.
QUICK = {
    f"chapters/{name}.html"
    for name in ("index", "momentum", "runs", "tuning", "wrong-run", "cheat-sheet", "glossary", "reference")
}
DRAWINGS = [path for path in READ if "<text" in (SITE / path).read_text(encoding="utf-8")]
ZOOMED = (640, 320)
# WCAG 1.4.12
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }"""
# In the page: what moves by itself.
MOVING = "() => document.getAnimations().map((each) => each.effect.target.outerHTML.slice(0, 150))"

# In the page: the theme that a reader has chosen.
SAVED = "(theme) => Object.assign(document.documentElement.dataset, { theme, mode: theme })"


def quick_first(paths):
    return [pytest.param(path, marks=() if path in QUICK else pytest.mark.foreign) for path in paths]


@pytest.fixture(scope="module")
def tab(browser, http_root):
    """One tab for all tests."""
    context = browser.new_context(viewport=WIDE)
    yield Visitor(context.new_page(), http_root)
    context.close()


# Spaced text needs more room than text as it is: the latter, on every page, with `make foreign`.
SPACINGS = [(True,), pytest.param((False, True), marks=pytest.mark.foreign)]


@pytest.mark.parametrize("spacings", SPACINGS, ids=["spaced", "both"])
@pytest.mark.parametrize("path", quick_first(READ))
def test_larger_and_spaced_text_is_all_there(tab, path, spacings):
    """Nothing is cut off and no page scrolls sideways, at 200 and 400 %, with WCAG's text spacing, and with both."""
    page = tab.open(path, motion="reduce")
    page.evaluate(OPEN)
    widths = (*ZOOMED, WIDE["width"])
    for spaced in spacings:
        if spaced:
            roots = page.evaluate(ROOTS)
            page.add_style_tag(content=SPACED)
            page.evaluate(DRAWN)
            # A root may stand elsewhere, and its words a little apart; the bar stays over them, the sign beside them.
            for before, after in zip(roots, page.evaluate(ROOTS), strict=True):
                assert after == pytest.approx(before, abs=1)
        # there and back: the page is laid out anew as seldom as can be
        for width in reversed(widths) if spaced else widths:
            page.set_viewport_size({"width": width, "height": 450})
            page.evaluate(DRAWN)
            assert page.evaluate(TOO_WIDE) == [], (width, spaced)
            assert page.evaluate(CUT_OFF) == [], (width, spaced)


@pytest.mark.parametrize("path", quick_first(DRAWINGS))
def test_words_in_pictures_stand_out(tab, path):
    """In figures and widgets: in both themes, in the system's colours over either saved theme, with more contrast."""
    page = tab.open(path, motion="reduce")
    page.wait_for_function("!document.querySelector('.sgd-widget:not([data-alive=true])')")
    page.evaluate(OPEN)
    for scheme in ("light", "dark"):
        for forced, contrast in (("none", "no-preference"), ("active", "no-preference"), ("none", "more")):
            page.emulate_media(color_scheme=scheme, forced_colors=forced, contrast=contrast)
            # what was saved is the other theme: where the system sets the colours, it does not count
            saved = scheme if forced == "none" else {"light": "dark", "dark": "light"}[scheme]
            page.evaluate(
                "(saved) => Object.assign(document.documentElement.dataset, { theme: saved, mode: saved })",
                saved,
            )
            page.evaluate(DRAWN)
            assert page.evaluate("document.documentElement.dataset.theme") == scheme
            assert page.evaluate(FAINT) == [], (scheme, forced, contrast)
    page.emulate_media(forced_colors="none", contrast="no-preference")


def test_more_contrast(tab):
    """Whoever asks for more contrast gets no grey words."""
    page = tab.open("chapters/momentum.html")
    colours = """() => ["figure.sgd-figure", ".sgd-grade"].map((kind) =>
        getComputedStyle(document.querySelector(kind)).color)"""
    assert len(set(page.evaluate(colours))) > 1
    page.emulate_media(contrast="more")
    assert len(set(page.evaluate(colours))) == 1
    page.emulate_media(contrast="no-preference")


@pytest.mark.parametrize("path", [*DRAWINGS[:1], "chapters/index.html"])
def test_nothing_moves_by_itself(tab, path):
    """With less motion: not when a box opens, not when the theme changes."""
    page = tab.open(path, motion="reduce")
    page.evaluate(OPEN)
    page.locator("button.theme-switch-button:visible").click()
    page.evaluate(DRAWN)
    assert page.evaluate(MOVING) == []
    page.evaluate("localStorage.clear()")
