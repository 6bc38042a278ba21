"""Time a chapter in the browser to Python's first answer and first figure: in JupyterLite, and on the page itself.

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
import nbformat
import notebook_page
import pyodide
import readme
from find_browser import FLAGS, find_browser
from playwright.sync_api import sync_playwright
from served import served

SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
CHAPTER = "gradient-descent"
VISITS = 3
STEPS = (
    "notebook or page on the screen",
    "Python's first answer",
    "first figure: a widget, alive",
    "first picture of Matplotlib's",
    "last cell done",
)
# The first cells make widgets, which JupyterLite draws with Matplotlib, too, and the page does not.
PICTURE = """
from sgdlib.figures import curve, panel, show
ax = panel(xlabel="step", ylabel="loss")
curve(ax, [1.0, 0.5, 0.25], "momentum")
show(ax, alt="The loss halves at each of two steps, from 1 to 0.25.")
"""
STAY = 5_000  # milliseconds; a reader does, and what Python has compiled is kept meanwhile
# In the page: a kernel, and cells run with it, their outputs put into the page.
MAKE = """(root) => {
    const place = document.body.appendChild(document.createElement("div"));
    const kernel = sgdKernel.create({ root });
    globalThis.runCells = async (cells) => {
        for (const [id, source] of cells) {
            const onOutput = ({ html }) => {
                const made = place.appendChild(document.createElement("div"));
                made.innerHTML = html ?? "";
                sgdWidgets.alive(made);
            };
            const { ok, error } = await kernel.run(source, { cell: id, onOutput });
            if (!ok) throw new Error(error.traceback || error.sentence);
        }
        place.scrollIntoView();
        return place.querySelectorAll(":is(.sgd-figure, .sgd-live-widget) svg").length;
    };
}"""


def weighed(context, visit) -> tuple[list[float], int, float]:
    """Pay a visit with a new page; return the seconds to each of the steps, the files, and the megabytes."""
    page, sizes = context.new_page(), {}
    page.set_default_timeout(600_000)

    def weigh(response):
        # By address: what passes through the service worker is reported twice.
        sizes[response.url] = int(response.headers.get("content-length", 0))

    context.on("response", weigh)
    start = time.perf_counter()
    seconds = [time.perf_counter() - start for _ in visit(page)]
    page.wait_for_timeout(STAY)
    page.close()
    context.remove_listener("response", weigh)
    return seconds, len(sizes), sum(sizes.values()) / 1e6


def in_lite(page, address: str):
    """Open and run the chapter in JupyterLite; a stop at each of the steps."""
    page.goto(f"{address}lite/notebooks/index.html?path={CHAPTER}.ipynb")
    notebook_page.wait_for_notebook(page)
    yield
    notebook_page.ask(page, "1 + 1")
    yield
    # The stored outputs say which cell draws first; where that is a widget, it counts.
    first = notebook_page.first_drawing(notebook_page.code_cells(page))
    notebook_page.command(page, "clear-all-cell-outputs")
    notebook_page.go_to(page, first)
    notebook_page.command(page, "run-all-above")
    notebook_page.command(page, "run-cell")
    page.locator(".jp-mod-active :is(.sgd-figure, .sgd-live-widget) svg:visible").first.wait_for()
    yield
    if said := notebook_page.ask(page, PICTURE):
        raise RuntimeError(said)
    yield
    notebook_page.command(page, "run-all-below")
    yield


def on_the_page(page, address: str):
    """Open the chapter's page and run its cells there; a stop at each of the steps."""
    path = SITE / "_sources" / "chapters" / f"{CHAPTER}.ipynb"
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    pairs = [[cell["id"], cell["source"]] for cell in cells]
    first = [cell["id"] for cell in cells].index(notebook_page.first_drawing(cells)) + 1
    page.goto(f"{address}chapters/{CHAPTER}.html")
    yield
    page.wait_for_function("globalThis.sgdWidgets")
    page.add_script_tag(url=f"{address}_static/run/kernel.js")
    page.evaluate(MAKE, "../")
    page.evaluate("runCells([['first', '1 + 1']])")
    yield
    if not page.evaluate("(cells) => runCells(cells)", pairs[:first]):
        raise RuntimeError("No figure came.")
    yield
    page.evaluate("(source) => runCells([['picture', source]])", PICTURE)
    yield
    page.evaluate("(cells) => runCells(cells)", pairs[first:])
    yield


def copied(site: Path, folder: Path) -> None:
    """A site that has all of another but the Python, each file by a link."""
    (folder / "_static").mkdir()
    for path in [*site.iterdir(), *(site / "_static").iterdir()]:
        place = folder / path.relative_to(site)
        if path.name not in ("lite", "run", "_static"):
            place.symlink_to(path.resolve())


def measure(visits: int = VISITS) -> str:
    """Build with a local Python, visit both in turn, and return the tables."""
    ways = {"JupyterLite": in_lite, "on the page": on_the_page}
    paid = {(name, again): [] for name in ways for again in (False, True)}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "lite"
        copied(SITE, Path(scratch))
        lite.build(SITE, pyodide.distribution(), folder)
        with served(Path(scratch)) as address:
            chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            for _ in range(visits):
                for name, way in ways.items():
                    context = chromium.new_context(viewport={"width": 1280, "height": 900})
                    for again in (False, True):
                        paid[name, again].append(weighed(context, lambda page, way=way: way(page, address)))
                        print(name, *(f"{step:.1f}" for step in paid[name, again][-1][0]), flush=True)
                    context.close()
            version = chromium.version
            chromium.close()
        python, everything = lite.size(folder / "pyodide"), lite.size(folder)
        disk = lite.size(Path(scratch) / "_static" / "run")
    return table(paid, visits, version, (python, everything, disk))


def table(paid: dict, visits: int, version: str, sizes: tuple[int, int, int]) -> str:
    """The measurements as Markdown."""
    python, everything, disk = sizes
    time_of = {
        key: [median(v[0][k] for v in all_of) for k in range(len(STEPS))] for key, all_of in paid.items()
    }
    lite_first, lite_again = time_of["JupyterLite", False], time_of["JupyterLite", True]
    page_first, page_again = time_of["on the page", False], time_of["on the page", True]
    rows = [
        f"| {step} | {lite_first[k]:.1f} | {lite_again[k]:.1f} | {page_first[k]:.1f} | {page_again[k]:.1f} "
        f"| {page_first[k] / lite_first[k]:.2f} |"
        for k, step in enumerate(STEPS)
    ]

    def weight(name, again):
        files, megabytes = (median(v[part] for v in paid[name, again]) for part in (1, 2))
        return f"{files:.0f} files, {megabytes:.1f} MB"

    names = ("JupyterLite", "on the page")
    here = SITE / "_static" / "run"
    return "\n".join(
        [
            "| seconds from the address to | JupyterLite | second visit | on the page | second visit | ratio, first |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            "| | JupyterLite | on the page |",
            "| --- | ---: | ---: |",
            f"| a first visit loads, not compressed | {' | '.join(weight(name, False) for name in names)} |",
            f"| a second visit asks for | {' | '.join(weight(name, True) for name in names)} |",
            f"| in the site, Python from the CDN | {lite.size(SITE / 'lite') / 1e6:.1f} MB "
            f"| {lite.size(here) / 1e6:.1f} MB beside it |",
            f"| in the site, with Python (`PYODIDE=DIR`) | {everything / 1e6:.1f} MB, of which Python "
            f"{python / 1e6:.1f} | {disk / 1e6:.1f} MB beside it |",
            "",
            f"{os.cpu_count()} cores, headless Chromium {version}, {CHAPTER}, medians of {visits} first "
            f"visits to each, in turn. Load of the machine at the end {os.getloadavg()[0]:.1f}.",
        ]
    )


def main() -> None:
    """Print the tables, and store them with --write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    parser.add_argument("--visits", type=int, default=VISITS, help="how many first visits to each")
    options = parser.parse_args()
    tables = measure(options.visits)
    print(tables)
    if options.write:
        readme.store("lite", tables)


if __name__ == "__main__":
    main()
