"""The site served with its Content-Security-Policy: every kind of page is alive, and nothing is held back."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator

import policy
import pytest
from patience import SETTLED
from served import Quiet, served

WATCH = """addEventListener("securitypolicyviolation", (event) => {
  (globalThis.held ??= []).push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
});"""


@pytest.fixture(scope="module")
def guarded(site) -> Iterator[str]:
    """The site with the headers that its own file names."""
    found = policy.policies(site)

    class Guarded(Quiet):
        def end_headers(self):
            path = self.path.partition("?")[0].lstrip("/")
            part = next((part for part in found if part and path.startswith(part)), "")
            self.send_header("Content-Security-Policy", found[part])
            super().end_headers()

    handler = functools.partial(Guarded, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def tab(browser):
    """A tab that keeps what was held back or went wrong."""
    context = browser.new_context()
    page = context.new_page()
    page.trouble = []
    page.add_init_script(WATCH)
    page.on("console", lambda said: said.type == "error" and page.trouble.append(said.text))
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    yield page
    context.close()


def held(page) -> list[str]:
    """All that was held back or went wrong."""
    return page.trouble + page.evaluate("globalThis.held ?? []")


@pytest.mark.parametrize("name", ["index", "momentum", "warm-up", "tuning", "translator", "embeds"])
def test_a_page_is_alive_under_the_policy(name, guarded, tab):
    tab.goto(f"{guarded}chapters/{name}.html")
    tab.evaluate(SETTLED)
    mode = tab.evaluate("document.documentElement.dataset.mode")
    tab.locator("button.theme-switch-button:visible, .theme-switch-button").first.click()
    assert tab.evaluate("document.documentElement.dataset.mode") != mode
    tab.keyboard.press("Control+k")
    tab.locator("input[type=search]:visible").first.fill("momentum")
    if slider := tab.locator("[data-widget] input[type=range]:visible").all()[:1]:
        slider[0].focus()
        tab.keyboard.press("ArrowRight")
    assert held(tab) == []


def test_an_embed_stands_in_the_page_of_another(site, guarded, tab, tmp_path):
    name = next(part for part in policy.policies(site) if part.startswith("embed/valley"))
    frames = f"<iframe src='{guarded}{name}'></iframe><iframe src='{guarded}chapters/index.html'></iframe>"
    (tmp_path / "other.html").write_text(frames)
    with served(tmp_path) as other:  # another port, another origin
        tab.goto(f"{other}other.html")
        assert tab.frames[1].locator("input[type=range]").first.is_visible()
        assert not tab.frames[2].url.startswith(guarded)  # whole pages only where the site itself shows them


@pytest.mark.foreign
def test_python_runs_under_the_policy(site, guarded, tab):
    if not (site / "lite/pyodide/pyodide.asm.wasm").is_file():
        pytest.skip("the site has no Python of its own: make book PYODIDE=DIR")
    tab.goto(f"{guarded}chapters/momentum.html")
    tab.locator("div.cell .sgd-run button:visible").first.click()
    tab.locator(".sgd-run-said", has_text="Done").first.wait_for(timeout=120_000)
    assert held(tab) == []
    tab.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    tab.goto(f"{guarded}lite/notebooks/index.html?path=warm-up.ipynb")
    tab.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=120_000)
    assert held(tab) == []
