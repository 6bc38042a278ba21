"""The pages of the built site, and a browser tab that writes down what goes wrong on them."""

from __future__ import annotations

import os
from pathlib import Path

import axe_playwright_python
import book
from patience import COUNT_TIMERS, NO_TIMER, PATIENCE, SETTLED
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
# What the site must hold is what the table of contents names.
CONTENTS = list(book.pages(parse_toc_yaml(ROOT / "_toc.yml")))
NOTEBOOKS = sorted(Path(name).name for name in CONTENTS if (ROOT / f"{name}.ipynb").is_file())
SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# Sphinx writes these around the book.
MACHINE_MADE = {"index.html", "search.html", "genindex.html", "py-modindex.html"}


def pages() -> list[str]:
    """Every page of the site; when it is not built, one name, whose test fails and says so."""
    found = [p.relative_to(SITE) for p in SITE.rglob("*.html")]
    return sorted(
        p.as_posix() for p in found if p.parts[0] not in ("_static", "_sources", "lite", "embed")
    ) or ["index.html"]


PAGES = pages()
BOOK = [page for page in PAGES if page not in MACHINE_MADE]
# Opens what is folded on a page: a figure in a closed box is neither drawn nor reached by a key.
FOLDS = "details:is(.sgd-why, .sgd-claim-evidence)"
OPEN_FOLDS = f"() => {{ for (const box of document.querySelectorAll('{FOLDS}')) box.open = true; }}"


class Visitor:
    """One browser tab that writes down everything that goes wrong in it."""

    def __init__(self, page, root: str):
        self.page, self.root, self.trouble = page, root, []
        page.set_default_timeout(PATIENCE)
        page.add_init_script(COUNT_TIMERS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on(
            "requestfailed", lambda request: self.trouble.append(f"failed: {request.url} {request.failure}")
        )
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.trouble.append(f"console {message.type}: {message.text}")

    def _request(self, request):
        if not request.url.startswith((self.root, "data:", "blob:")):
            self.trouble.append(f"third party: {request.url}")

    def _response(self, response):
        if response.status >= 400:
            self.trouble.append(f"{response.status}: {response.url}")

    def open(self, path: str, size=WIDE, theme="light", motion="no-preference"):
        """Open a page of the site on a screen and wait until it is as it will stay."""
        # a tab behind another one draws no frames
        self.page.bring_to_front()
        self.page.set_viewport_size(size)
        self.page.emulate_media(media="screen", color_scheme=theme, reduced_motion=motion)
        self.trouble.clear()
        self.page.goto(self.root + path)
        if path == "index.html":
            self.page.wait_for_url("**/chapters/index.html")
        self.page.evaluate(SETTLED)
        # Timers of the theme run after load; their errors count too.
        self.page.wait_for_function(NO_TIMER)
        return self.page


def axe_of(page, *places: str) -> list:
    """What axe finds in some parts of a page, in both themes; the page has axe by then."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
        found += page.evaluate(
            """(include) => axe.run({ include }, { preload: false })
                .then((found) => found.violations.map((rule) => [rule.id, rule.nodes[0].html]))""",
            [[place] for place in places],
        )
    return found
