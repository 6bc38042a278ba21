"""Weigh the chapters' pages, and time until their first words stand: on this machine, and on a slow phone's line.

.venv/bin/python benchmarks/pages.py [BEFORE]            print the table; BEFORE is another build to put beside it
.venv/bin/python benchmarks/pages.py --write [BEFORE]    and put it into benchmarks/README.md

Build the book first (make book); $SITE names another build.
"""

# The search path must be set up before the imports.
# ruff: noqa: E402
from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

import argparse
import functools
import gzip
import http.server
import os
import threading
from html import escape
from statistics import median
from urllib.parse import urlsplit

import readme
from find_browser import FLAGS, find_browser
from playwright.sync_api import sync_playwright

SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
PAGES = ("momentum", "warm-up")  # the heaviest chapter and the lightest
ROUNDS = 3
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
SLOW_PROCESSOR = 4  # times slower
# In every new page, before its own scripts: the tasks that held the reader up for more than 50 ms.
WATCH = """
window.blocked = 0;
new PerformanceObserver((list) => { for (const task of list.getEntries()) window.blocked += task.duration - 50; })
    .observe({ type: "longtask", buffered: true });
"""
# What is far below is not laid out, and has no text until it is.
TEXT = """() => {
    document.head.insertAdjacentHTML("beforeend", "<style>* { content-visibility: visible !important; }</style>");
    return document.querySelector("article")?.innerText ?? "";
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


class Handler(http.server.SimpleHTTPRequestHandler):
    """A server of files that compresses texts if it is told to, and knows one bare page."""

    compresses, bare = False, b""

    def log_message(self, *args):
        """Say nothing."""

    def do_GET(self):
        path = Path(self.translate_path(urlsplit(self.path).path))
        body = self.bare if path.name == "bare.html" else path.read_bytes() if path.is_file() else None
        if body is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if self.compresses and path.suffix in {".html", ".css", ".js", ".svg"}:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None


def visit(browser, address: str, slow: bool) -> dict[str, float]:
    """A first visit, with an empty cache: what was asked for, and when the first words stood."""
    context = browser.new_context(viewport={"width": 390, "height": 844} if slow else None)
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    if slow:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_LINE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PROCESSOR})
    loaded = {}
    page.on("response", lambda answer: loaded.setdefault(answer.url, answer))
    page.goto(address, wait_until="load", timeout=120_000)
    page.wait_for_function(f"{PAINTED} > 0")
    page.wait_for_load_state("networkidle")
    found = {
        "first words": page.evaluate(PAINTED),
        "blocked": page.evaluate("blocked"),
        "requests": len(loaded),
        "elements": page.evaluate("document.querySelectorAll('*').length"),
        "gzip": sum(len(gzip.compress(answer.body())) for answer in list(loaded.values())),
        "text": page.evaluate(TEXT),
    }
    context.close()
    return found


def measure(browser, site: Path) -> list[list[str]]:
    """A row of the table for each page, as texts."""
    handler = functools.partial(Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root, rows = f"http://127.0.0.1:{server.server_port}", []
    for name in PAGES:
        address = f"{root}/chapters/{name}.html"
        Handler.compresses = True
        here = [visit(browser, address, slow=False) for _ in range(ROUNDS)]
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in here[0]["text"].splitlines())
        Handler.bare = f"<!DOCTYPE html><title>bare</title>{paragraphs}".encode()
        bare = [visit(browser, f"{root}/bare.html", slow=False) for _ in range(ROUNDS)]
        small = [visit(browser, address, slow=True) for _ in range(ROUNDS)]
        Handler.compresses = False
        large = [visit(browser, address, slow=True) for _ in range(ROUNDS)]
        first, ground, squeezed, plain = (
            median(each["first words"] for each in visits) for visits in (here, bare, small, large)
        )
        rows.append(
            [
                name,
                f"{here[0]['gzip'] / 1000:.0f} kB",
                f"{here[0]['requests']}",
                f"{here[0]['elements']:,}",
                f"{first:.0f} ms = {first / ground:.1f} ×",
                f"{median(each['blocked'] for each in here):.0f} ms",
                f"{squeezed / 1000:.1f} s",
                f"{plain / 1000:.1f} s",
            ]
        )
    server.shutdown()
    server.server_close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", nargs="?", type=Path, help="another build of the site")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    options = parser.parse_args()
    head = "| page | gzip | requests | elements | first words, of a bare page's | blocked | slow, gzip | slow, plain |"
    lines = [head, "| --- " + "| ---: " * 7 + "|"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        sites = [(f"{options.before}", options.before)] if options.before else []
        for build, site in [*sites, ("this build", SITE)]:
            kind = "before: " if build != "this build" else ""
            lines += [f"| {kind}{row[0]} | {' | '.join(row[1:])} |" for row in measure(browser, site)]
        browser.close()
    table = "\n".join(lines)
    print(table)
    if options.write:
        readme.store("pages", table)


if __name__ == "__main__":
    main()
