"""Time the widgets on the static page, ipywidgets.interact with Matplotlib beside them, and the chapter pages' loading.

.venv/bin/python benchmarks/widgets.py            print the tables
.venv/bin/python benchmarks/widgets.py --write    and put them into benchmarks/README.md

.venv/bin/python benchmarks/widgets.py --small    only the table of ten small figures on a page

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
import gzip
import json
import os
import re
import tempfile
import time
from itertools import pairwise
from statistics import median
from urllib.parse import quote

import readme
from find_browser import FLAGS, find_browser
from lab import jupyter_lab, run_all, run_cell
from playwright.sync_api import sync_playwright
from served import served

from sgdlib import widgets
from sgdlib.widgets.page.base import small_figures

SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
INPUTS, APART, FRAME = 60, 0.1, 1 / 60
ROUNDS = 3  # visits to each widget, all in turn: a shared machine is slower for minutes at a time
SCREEN = {"width": 1280, "height": 900}
# The heaviest setting that the target names: three runs of 300 steps on screen.
SETTINGS = {"valley-race": {"steps": 300}}
# As few as there can be: what is recorded costs time, too.
CATEGORIES = ["toplevel", "devtools.timeline", "cc", "benchmark"]

# In every new page, before its own scripts: the time stamp of an input that is not answered yet.
INPUT = """
window.began = 0;
for (const kind of ["keydown", "pointermove"]) addEventListener(kind, (e) => (began ||= e.timeStamp), true);
"""
# For each input the time until the picture it changes is painted, from the input's own time stamp. A widget of the
# page draws in an animation frame, so the first task after the change is after the paint; what comes from a kernel
# arrives between frames, and waits for the next one.
PROBE = """
([picture, in_frame]) => {
    window.latencies = [];
    window.began = 0;
    const channel = new MessageChannel();
    const painted = () => { if (began) latencies.push(performance.now() - began); began = 0; };
    channel.port1.onmessage = painted;
    const after_paint = () => channel.port2.postMessage(0);
    const changed = () => (in_frame ? after_paint() : requestAnimationFrame(after_paint));
    new MutationObserver(changed).observe(picture, { subtree: true, childList: true, attributes: true });
}
"""
# The least that a slider with a picture costs in this browser: the peer of the widgets.
PEER = "a bare slider and one line"
BARE = """<!doctype html><title>A bare slider</title>
<div class="sgd-stage"><svg viewBox="0 0 300 200" width="300"><path fill="none" stroke="black"/></svg></div>
<input type="range" aria-label="learning rate" min="0" max="200" value="100" style="width: 300px">
<script>
    const slider = document.querySelector("input"), path = document.querySelector("path");
    const draw = () => path.setAttribute("d", `M0 200Q150 ${slider.value} 300 0`);
    slider.addEventListener("input", () => requestAnimationFrame(draw));
    draw();
</script>"""
# In every new page: from its start to the answer of the first widget to a first input.
ANSWER = """
new MutationObserver((_, observer) => {
    const widget = document.querySelector(".sgd-live-widget");
    if (!widget) return;
    observer.disconnect();
    const stage = widget.querySelector(".sgd-stage"), control = widget.querySelector("input[type=range], select");
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (window.answered ??= performance.now());
    new MutationObserver(() => channel.port2.postMessage(0)).observe(stage, { subtree: true, attributes: true });
    if (control.matches("select")) {
        control.selectedIndex = control.selectedIndex > 0 ? control.selectedIndex - 1 : 1;
        control.dispatchEvent(new Event("change"));
    } else {
        control.value = +control.value > 0 ? +control.value - 1 : 1;
        control.dispatchEvent(new Event("input"));
    }
}).observe(document, { subtree: true, childList: true });
"""


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed."""
    return sorted(values)[max(0, -(-round(share * 100) * len(values) // 100) - 1)]


def homes() -> dict[str, str]:
    """The first page of the site that holds each widget."""
    found = {}
    for page in sorted(SITE.rglob("*.html")):
        for name in re.findall(r'data-widget="([^"]+)"', page.read_text(encoding="utf-8")):
            found.setdefault(name, page.relative_to(SITE).as_posix())
    return found


# ---------------------------------------------------------------- the static page


def slider(page, name: str):
    """The widget's slider for the learning rate."""
    box = page.locator(f'.sgd-widget[data-widget="{name}"]').first
    return box, box.locator(
        'xpath=.//input[@type="range"][@id=//label[contains(., "learning rate")]/@for]'
    ).first


def press_keys(page, handle, read=lambda: 0.0) -> list[float]:
    """INPUTS key presses with quiet between them; what `read` says before the first and after each."""
    handle.press("Home")
    time.sleep(0.5)
    readings = [read()]
    for _ in range(INPUTS):
        start = time.perf_counter()
        page.keyboard.press("ArrowRight")
        time.sleep(max(0.0, APART - (time.perf_counter() - start)))
        readings.append(read())
    return readings


def cost_of_keys(page, handle) -> list[float]:
    """The processor time of the main thread, ms, from each of INPUTS key presses to the next, as Chromium counts it."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        counted = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in counted if each["name"] == "TaskDuration")

    readings = press_keys(page, handle, spent)
    session.detach()
    return [after - before for before, after in pairwise(readings)]


def make_ready(page, handle) -> dict:
    """Put the slider and the mouse to its left end, so that a drag starts from rest; return the slider's box."""
    handle.press("Home")
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    time.sleep(0.5)
    return box


def drag(page, box) -> None:
    """A drag of INPUTS moves, one a frame, once it is made ready."""
    y = box["y"] + box["height"] / 2
    page.mouse.down()
    start = time.perf_counter()
    for k in range(1, INPUTS + 1):
        page.mouse.move(box["x"] + 8 + 0.8 * (box["width"] - 16) * k / INPUTS, y)
        time.sleep(max(0.0, start + k * FRAME - time.perf_counter()))
    page.mouse.up()


def trace_drag(browser, page, slot) -> dict:
    """A drag under Chromium's tracing: what the page's main thread did, and what became of the frames."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    drag(page, slot)
    time.sleep(0.3)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    dispatched = [e for e in events if e["name"] == "EventDispatch" and e.get("ph") == "X"]
    kinds = {e["args"]["data"]["type"]: (e["pid"], e["tid"]) for e in dispatched}
    thread = kinds["mousemove"]
    tasks = [
        (e["ts"] / 1000, e["dur"] / 1000, e.get("tdur", e["dur"]) / 1000)
        for e in events
        if e["name"] == "ThreadControllerImpl::RunTask"
        and e.get("ph") == "X"
        and (e["pid"], e["tid"]) == thread
    ]
    inputs = [
        e["ts"] / 1000
        for e in dispatched
        if (e["pid"], e["tid"]) == thread and e["args"]["data"]["type"] == "mousemove"
    ]
    frames = [
        e["args"]["frame_reporter"]["state"]
        for e in events
        if e["name"] == "PipelineReporter" and e["ph"] == "b" and thread[0] == e["pid"]
    ]
    return {"tasks": tasks, "inputs": sorted(inputs), "frames": frames}


def work_of_each(inputs: list[float], tasks: list[tuple[float, float, float]]) -> list[float]:
    """The main thread's processor time, ms, from the task that brings each input up to the one that brings the next."""
    costs = [0.0] * len(inputs)
    for start, took, busy in tasks:
        # the task of an input starts before the input is dispatched
        before = sum(at <= start + took for at in inputs)
        if before and start < inputs[before - 1] + 1000 * APART:
            costs[before - 1] += busy
    return costs


def visit(browser, root: str, name: str, page_path: str | None) -> dict:
    """Key presses for main-thread time; a drag for frames; key presses for latency. No path: the bare slider."""
    page = browser.new_page(viewport=SCREEN)
    page.add_init_script(INPUT)
    if page_path is None:
        page.goto("data:text/html," + quote(BARE))
        box, handle = page.locator("body"), page.locator("input")
    else:
        query = "&".join(f"{key}={value}" for key, value in SETTINGS.get(name, {}).items())
        page.goto(f"{root}{page_path}#{name}?{query}")
        page.evaluate("() => document.fonts.ready.then(() => true)")
        box, handle = slider(page, name)
    handle.scroll_into_view_if_needed()
    time.sleep(1)
    press_keys(page, handle)  # once for the browser's compiler
    costs = cost_of_keys(page, handle)
    dragged = trace_drag(browser, page, make_ready(page, handle))
    page.evaluate(PROBE, [box.locator(".sgd-stage").first.element_handle(), True])
    press_keys(page, handle)
    latencies = page.evaluate("latencies")[-INPUTS:]
    page.close()
    return {
        "latency": latencies,
        "costs": costs,
        "moved": work_of_each(dragged["inputs"][-INPUTS:], dragged["tasks"]),
        "frames": dragged["frames"],
        "tasks": dragged["tasks"],
    }


def summary(visits: list[dict]) -> dict:
    """The middle of the visits, and all of their frames and tasks."""
    frames = [state for each in visits for state in each["frames"]]
    # A frame with nothing new is none; one shown without what the main thread had to add counts as dropped.
    dropped = [state for state in frames if state in ("STATE_DROPPED", "STATE_PRESENTED_PARTIAL")]
    shown = [state for state in frames if state == "STATE_PRESENTED_ALL"]
    return {
        "latency": median(median(each["latency"]) for each in visits),
        "latency_p95": median(percentile(each["latency"], 0.95) for each in visits),
        "cost": median(median(each["costs"]) for each in visits),
        "cost_p95": median(percentile(each["costs"], 0.95) for each in visits),
        "moved": median(median(each["moved"]) for each in visits),
        "moved_p95": median(percentile(each["moved"], 0.95) for each in visits),
        "dropped": len(dropped),
        "shown": len(shown),
        "longest": max((busy, took) for each in visits for _, took, busy in each["tasks"]),
    }


def measure_widgets(browser, root: str, where: dict[str, str | None]) -> dict[str, dict]:
    """Visit every widget, in turn."""
    rounds = [{name: visit(browser, root, name, path) for name, path in where.items()} for _ in range(ROUNDS)]
    return {name: summary([each[name] for each in rounds]) for name in where}


# ---------------------------------------------------------------- ten small figures on a page

TEN = 10
QUIET = 2.0  # s
# How often the page of a figure changed in the other figures since it was last asked.
OTHERS = """(own) => {
    for (const observer of window.observers ?? []) observer.disconnect();
    [window.others, window.observers] = [0, []];
    for (const each of document.querySelectorAll(".sgd-widget")) {
        if (each === own) continue;
        const observer = new MutationObserver((changes) => { window.others += changes.length; });
        observers.push(observer);
        observer.observe(each, { subtree: true, childList: true, attributes: true, characterData: true });
    }
}"""


def ten_figures() -> tuple[str, list[str]]:
    """A chapter's page with ten small figures in place of its text, and their names: one that plays, and in the order
    of the alphabet those with a slider."""
    figures = [cls() for cls in small_figures().values()]
    figures.sort(key=lambda figure: not figure.plays)
    has_slider = [figure for figure in figures if any("options" not in each for each in figure.controls)][
        :TEN
    ]
    sections = (
        f"<section><h2>{figure.title}</h2><p>What to try.</p>"
        f'<div class="cell"><div class="cell_output"><div class="output">{figure.static_html()}</div></div></div>'
        "</section>"
        for figure in has_slider
    )
    chapter = (SITE / "chapters" / "momentum.html").read_text(encoding="utf-8")
    head, _, rest = chapter.partition("<article")
    tag, _, rest = rest.partition(">")
    page = f"{head}<article{tag}><section><h1>Ten figures</h1>{''.join(sections)}</section></article>"
    return page + rest.partition("</article>")[2], [figure.widget_name() for figure in has_slider]


def spent_in_quiet(page, session) -> float:
    """The processor time of the main thread, ms, in a second in which nobody does anything."""

    def spent() -> float:
        counted = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in counted if each["name"] == "TaskDuration")

    before = spent()
    time.sleep(QUIET)
    return (spent() - before) / QUIET


def visit_ten(browser, root: str) -> dict:
    """The cost of the keys on each of ten figures, what changed in the other nine, and the quiet page's cost."""
    html, names = ten_figures()
    page = browser.new_page(viewport=SCREEN)
    page.route("**/chapters/ten.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{root}chapters/ten.html")
    page.wait_for_function("(n) => document.querySelectorAll('[data-alive]').length === n", arg=len(names))
    # While the first plays, the reader goes on to the last.
    first = page.locator(".sgd-widget").first
    first.get_by_role("button", name="Pause").wait_for()
    page.locator(".sgd-widget").last.scroll_into_view_if_needed()
    time.sleep(0.5)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    quiet = spent_in_quiet(page, session)
    session.detach()
    costs, others = [], 0
    for name in names:
        box = page.locator(f'.sgd-widget[data-widget="{name}"]')
        handle = box.locator("input[type=range]").first
        handle.scroll_into_view_if_needed()
        press_keys(page, handle)
        page.evaluate(OTHERS, box.element_handle())
        costs.append(cost_of_keys(page, handle))
        others += page.evaluate("others")
    page.close()
    return {"costs": costs, "others": others, "quiet": quiet}


def table_of_ten(visits: list[dict], peer: list[dict], chromium: str) -> str:
    """The ten figures and the bare slider of the same run; of the visits the quickest, for what else runs only adds."""

    def least(share: float, visits: list[list[float]]) -> float:
        return min(percentile(each, share) for each in visits)

    figures = list(zip(*(each["costs"] for each in visits), strict=True))
    medians, p95 = ([least(share, each) for each in figures] for share in (0.5, 0.95))
    bare = [least(share, [each["costs"] for each in peer]) for share in (0.5, 0.95)]
    rows = [
        ("the middle one of the ten figures", median(medians), median(p95)),
        ("the slowest of them", max(medians), max(p95)),
        (PEER, *bare),
    ]
    return "\n".join(
        [
            "| on a page with ten small figures | main thread, ms, a key: median | p95 | of the bare slider's |",
            "| --- | ---: | ---: | ---: |",
            *(f"| {name} | {one:.1f} | {two:.1f} | {one / bare[0]:.1f} × |" for name, one, two in rows),
            "",
            f"Changes in the other nine figures during {len(figures) * INPUTS} keys: "
            f"{max(each['others'] for each in visits)}. The page left alone, the first figure left while it "
            f"played: {min(each['quiet'] for each in visits):.1f} ms of each second.",
            "",
            f"{os.cpu_count()} cores, headless Chromium {chromium}, {INPUTS} keys, the least of {len(visits)} visits; "
            f"load of the machine meanwhile {os.getloadavg()[1]:.1f}.",
        ]
    )


def measure_ten(browser, root: str) -> str:
    """The table of ten small figures."""
    visits = [(visit_ten(browser, root), visit(browser, root, PEER, None)) for _ in range(ROUNDS)]
    return table_of_ten(*zip(*visits, strict=True), browser.version)


# ---------------------------------------------------------------- the same picture from a kernel

INTERACT = """
%matplotlib inline
import ipywidgets
from IPython.display import display
from sgdlib import figures, widgets
figures.show = lambda *panels, alt: display(*[panel.figure for panel in panels])
def draw(learning_rate):
    widgets.{cls}(learning_rate=learning_rate, **{setting}).picture()
ipywidgets.interact(draw, learning_rate=ipywidgets.FloatSlider(0.1, min=0.002, max=0.7, step=0.005))
print("ready")
"""


def measure_interact(page, cls) -> dict:
    """The same picture drawn by Matplotlib in a live kernel: key presses, each awaited; then a drag of key presses."""
    source = INTERACT.format(cls=cls.__name__, setting=SETTINGS.get(cls.widget_name(), {})).strip()
    run_cell(page, 0, source)
    handle = page.locator(".jp-OutputArea-output .noUi-handle").last
    page.locator(".jp-OutputArea-output img").first.wait_for()
    page.evaluate(
        PROBE, [page.locator(".widget-output, .jupyter-widgets-output-area").last.element_handle(), False]
    )
    handle.focus()
    for k in range(INPUTS + 3):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(k) => latencies.length > k", arg=k)
        time.sleep(0.15)  # several pictures of one input arrive one after the other
        page.evaluate("(k) => { latencies.length = k + 1; }", k)
    latencies = page.evaluate("latencies.splice(0)")[3:]
    handle.press("Home")
    time.sleep(2)
    page.evaluate(
        """() => {
            window.pictures = new Set();
            const count = () => {
                const images = document.querySelectorAll(".jp-OutputArea-output img");
                if (images.length) pictures.add(images[images.length - 1].src);
            };
            new MutationObserver(count).observe(document.body, { subtree: true, childList: true });
        }"""
    )
    start = time.perf_counter()
    for k in range(1, INPUTS + 1):
        page.keyboard.press("ArrowRight")
        time.sleep(max(0.0, start + k * FRAME - time.perf_counter()))
    pictures = page.evaluate("pictures.size")
    return {"latency": latencies, "pictures": pictures}


# ---------------------------------------------------------------- loading


def measure_page(browser, root: str, path: str) -> dict:
    """A first visit with an empty cache, from this machine's disk."""
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.add_init_script(ANSWER)
    bodies = []
    page.on("requestfinished", lambda request: bodies.append(request))
    page.goto(root + path, wait_until="networkidle")
    page.wait_for_function("window.answered || !document.querySelector('.sgd-widget')")
    contents = [request.response().body() for request in bodies]
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    answered = page.evaluate("window.answered ?? null")
    context.close()
    return {
        "bytes": sum(map(len, contents)),
        "gzip": sum(len(gzip.compress(each, mtime=0)) for each in contents),
        "requests": len(contents),
        "paint": paint,
        "answers": answered,
    }


def median_of(runs: list[dict]) -> dict:
    return {key: None if runs[0][key] is None else median(run[key] for run in runs) for key in runs[0]}


# ---------------------------------------------------------------- tables


def table(live: dict, kernel: dict, pages: dict, chromium: str) -> str:
    lines = [
        "| widget | input to frame, ms: median | p95 | main thread, ms, a key: median | p95 "
        f"| a move of a drag: median | p95 | frames dropped in {ROUNDS} drags "
        "| longest task, ms | `interact`, ms: median | p95 | its pictures for 60 inputs |",
        "| --- |" + " ---: |" * 11,
    ]
    for name, run in live.items():
        theirs = kernel.get(name)
        others = (
            f"{median(theirs['latency']):.0f} | {percentile(theirs['latency'], 0.95):.0f} | {theirs['pictures']} |"
            if theirs
            else "| | |"
        )
        lines.append(
            f"| {name} | {run['latency']:.0f} | {run['latency_p95']:.0f} "
            f"| {run['cost']:.1f} | {run['cost_p95']:.1f} | {run['moved']:.1f} | {run['moved_p95']:.1f} "
            f"| {run['dropped']} of {run['dropped'] + run['shown']} "
            f"| {run['longest'][0]:.0f} ({run['longest'][1]:.0f}) | {others}"
        )
    lines += [
        "",
        "| page | kB | kB gzip | requests | first contentful paint, ms | the first widget answers after, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for path, run in pages.items():
        answers = "" if run["answers"] is None else f"{run['answers']:.0f}"
        lines.append(
            f"| {Path(path).stem} | {run['bytes'] / 1000:,.0f} | {run['gzip'] / 1000:,.0f} | {run['requests']} "
            f"| {run['paint']:.0f} | {answers} |"
        )
    lines += [
        "",
        f"{os.cpu_count()} cores, headless Chromium {chromium}, {INPUTS} inputs, {ROUNDS} visits; "
        "all in one run.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    parser.add_argument("--small", action="store_true", help="measure only ten small figures on a page")
    arguments = parser.parse_args()
    where = homes()
    if not where:
        sys.exit(f"No page in {SITE} holds a widget. Run: make book")
    classes = {cls.widget_name(): cls for cls in (getattr(widgets, name) for name in widgets.__all__)}
    # What has no slider for a learning rate, as the tuning board, is measured by its own test.
    classes = {
        name: cls
        for name, cls in classes.items()
        if cls()._limits.get("learning_rate", {}).get("kind") == "number"
    }
    with served(SITE) as root, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        ten = measure_ten(browser, root)
        print(ten, end="\n\n")
        if arguments.write:
            readme.store("ten", ten)
        if arguments.small:
            return
        live = measure_widgets(
            browser, root, {name: where[name] for name in classes if name in where} | {PEER: None}
        )
        paths = sorted(p.relative_to(SITE).as_posix() for p in (SITE / "chapters").glob("*.html"))
        chapters = [path for path in paths if (ROOT / path).with_suffix(".ipynb").is_file()]
        pages = {path: median_of([measure_page(browser, root, path) for _ in range(3)]) for path in chapters}
        with tempfile.TemporaryDirectory() as folder, jupyter_lab(Path(folder), ["0"]) as address:
            page = browser.new_page(viewport=SCREEN)
            page.add_init_script(INPUT)
            run_all(page, address)
            kernel = {name: measure_interact(page, classes[name]) for name in live if name != PEER}
            page.close()
        chromium = browser.version
        browser.close()
    result = table(live, kernel, pages, chromium)
    print(result)
    if arguments.write:
        readme.store("widgets", result)


if __name__ == "__main__":
    main()
