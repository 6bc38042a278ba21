"""Time a chapter in the browser, from the rocket to Python's first answer and to the first figure, and weigh it.

.venv/bin/python benchmarks/lite.py            print the tables
.venv/bin/python benchmarks/lite.py --write    and put them into benchmarks/README.md

Build the book first (make book); $SITE names another build. Pyodide is a local copy
(tests/support/pyodide.py), served like the rest from this machine: the times are without a network.
"""

# The search path must be set up before the imports.
# ruff: noqa: E402
from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "chapters" / "_tools")]

import argparse
import os
import tempfile
import time
from statistics import median

import lite
import notebook_page
import pyodide
import readme
from find_browser import FLAGS, find_browser
from playwright.sync_api import sync_playwright
from served import served

SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
CHAPTER = "gradient-descent"
VISITS = 3
STEPS = ("notebook on the screen", "kernel's first answer", "first figure", "last cell done")


def visit(context, address: str) -> tuple[list[float], int, float]:
    """Open and run the chapter; return the seconds to each of the steps, the files, and the megabytes."""
    page, sizes = context.new_page(), {}
    page.set_default_timeout(300_000)

    def weigh(response):
        # By address: what passes through the service worker is reported twice.
        sizes[response.url] = int(response.headers.get("content-length", 0))

    context.on("response", weigh)
    start = time.perf_counter()
    page.goto(address)
    notebook_page.wait_for_notebook(page)
    seconds = [time.perf_counter() - start]
    notebook_page.ask(page, "1 + 1")
    seconds.append(time.perf_counter() - start)
    # The stored outputs say which cell draws first; where that is a widget, it counts.
    first = notebook_page.first_drawing(notebook_page.code_cells(page))
    notebook_page.command(page, "clear-all-cell-outputs")
    notebook_page.go_to(page, first)
    notebook_page.command(page, "run-all-above")
    notebook_page.command(page, "run-cell")
    page.locator(".jp-mod-active :is(.sgd-figure, .sgd-live-widget) svg:visible").first.wait_for()
    seconds.append(time.perf_counter() - start)
    notebook_page.command(page, "run-all-below")
    seconds.append(time.perf_counter() - start)
    page.close()
    context.remove_listener("response", weigh)
    return seconds, len(sizes), sum(sizes.values()) / 1e6


def measure() -> str:
    """Build with a local Python, visit, and return the tables."""
    firsts, seconds = [], []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "lite"
        lite.build(SITE, pyodide.distribution(), folder)
        with served(Path(scratch)) as address:
            chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            for _ in range(VISITS):
                context = chromium.new_context(viewport={"width": 1280, "height": 900})
                where = f"{address}lite/notebooks/index.html?path={CHAPTER}.ipynb"
                firsts.append(visit(context, where))
                seconds.append(visit(context, where))
                context.close()
            version = chromium.version
            chromium.close()
        python, everything = lite.size(folder / "pyodide"), lite.size(folder)
    site = lite.size(SITE / "lite")
    rows = [
        f"| {step} | {median(v[0][k] for v in firsts):.1f} | {median(v[0][k] for v in seconds):.1f} |"
        for k, step in enumerate(STEPS)
    ]
    weight = f"{median(v[1] for v in firsts):.0f} files, {median(v[2] for v in firsts):.1f} MB"
    return "\n".join(
        [
            "| seconds from the address to | first visit | second visit |",
            "| --- | ---: | ---: |",
            *rows,
            "",
            "| | |",
            "| --- | ---: |",
            f"| what a first visit loads, not compressed | {weight} |",
            f"| `lite/` in the site, Python from the CDN | {site / 1e6:.1f} MB |",
            f"| `lite/` with Python (`PYODIDE=DIR`) | {everything / 1e6:.1f} MB, of which Python {python / 1e6:.1f} |",
            "",
            f"{os.cpu_count()} cores, headless Chromium {version}, {CHAPTER}, median of {VISITS} visits.",
        ]
    )


def main() -> None:
    """Print the tables, and store them with --write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    options = parser.parse_args()
    tables = measure()
    print(tables)
    if options.write:
        readme.store("lite", tables)


if __name__ == "__main__":
    main()
