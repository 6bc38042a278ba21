"""The kernel of a page with the real Pyodide: answers, errors, hostile cells; from the CDN, the site, and disk."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import lite
import notebook_page
import pyodide
import pytest
import run_kernel
from engines import ENGINES, NoEngine, engine
from patience import PATIENCE
from served import served

PAGE = (
    "<!doctype html><meta charset='utf-8'><link rel='icon' href='data:,'><title>A page</title>"
    "<script src='_static/run/kernel.js'></script>"
)
FIGURE = """
from sgdlib import SGD, descend
from sgdlib.figures import curve, panel, show
run = descend(SGD(0.1, 0.9), lambda x: x, [1.0], 50, loss=lambda x: (x**2).sum(-1))
ax = panel(xlabel="step", ylabel="loss")
curve(ax, run.losses, "momentum")
show(ax, alt="The loss falls in waves, from a half to nearly nothing in fifty steps.")
"""
# In the page: start running cells, one after the other; when all are done, `done` holds answers with their outputs.
START = """(cells) => {
    globalThis.kernel ??= sgdKernel.create({ root: "./" });
    globalThis.done = null;
    const run = async (source, place) => {
        const shown = [];
        const answer = await kernel.run(source, { cell: String(place), onOutput: (output) => shown.push(output) });
        return { ...answer, shown };
    };
    Promise.all(cells.map(run)).then((answers) => { globalThis.done = answers; });
    return true;
}"""


@pytest.fixture(scope="module")
def local_python() -> Path:
    """A local Pyodide distribution."""
    try:
        return pyodide.distribution()
    except pyodide.NoPyodide as error:
        pytest.skip(f"no cell is run in a browser's Python: {error}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, local_python) -> Path:
    """A page with its kernel and its own Python, as of a site built with PYODIDE=DIR."""
    site = tmp_path_factory.mktemp("run")
    (site / "lite").mkdir()
    wheels = site / run_kernel.FOLDER
    lite.write_pyodide(wheels, Path(sys.prefix, "share", "sgd-course"), local_python)
    run_kernel.write(site, wheels, "https://cdn.invalid/")
    (site / "page.html").write_text(PAGE, encoding="utf-8")
    return site


@pytest.fixture
def page(browser):
    """A new reader."""
    context = browser.new_context()
    context.set_default_timeout(4 * PATIENCE)
    yield context.new_page()
    context.close()


def run(page, *cells: str) -> list[dict]:
    """Run cells; their answers, each with its outputs under "shown"."""
    page.evaluate(START, list(cells))
    return page.wait_for_function("done").json_value()


def test_a_cell_runs_on_the_built_site_with_the_cdns_python(page, http_root, local_python):
    """What is asked of the CDN is there under this name, with these hashes, and nobody else is asked."""
    refused = notebook_page.pretend_cdn(page.context, local_python)
    page.goto(f"{http_root}chapters/glossary.html")
    page.evaluate("() => { globalThis.sgdRoot = new URL('..', document.baseURI).href; }")
    page.add_script_tag(url=f"{http_root}_static/run/kernel.js")
    page.evaluate("() => { globalThis.kernel = sgdKernel.create({ root: sgdRoot }); }")
    size = page.evaluate("kernel.size()")
    assert size["from"] == "cdn" and 20e6 < size["bytes"] < 30e6
    answers = run(page, "1 + 1", "import numpy as np\nprint('on')\nnp.arange(3)", "x = 1\nx / 0")
    assert refused == []
    assert answers[0]["shown"] == [{"kind": "result", "text": "2"}]
    assert answers[1]["shown"] == [
        {"kind": "text", "stream": "stdout", "text": "on\n"},
        {"kind": "result", "text": "array([0, 1, 2])"},
    ]
    assert answers[2]["error"]["line"] == 2
    assert "division by zero" in answers[2]["error"]["sentence"]


@pytest.mark.foreign
@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("name", ENGINES)
def test_three_engines_run_the_course_from_a_server_and_from_disk(request, folder, name, scheme):
    try:
        with engine(name, lambda: request.getfixturevalue("browser")) as tab, served(folder) as address:
            tab.open({"http": address, "file": folder.as_uri() + "/"}[scheme] + "page.html")
            tab.evaluate(START, ["6 * 7", FIGURE, "from sgdlib.exercises import check\n1 / 0"])
            for attempt in range(5):
                try:
                    answers = tab.wait_for("() => done")
                    break
                except TimeoutError:
                    if attempt == 4:
                        raise
    except NoEngine as missing:
        pytest.skip(str(missing))
    assert answers[0]["shown"] == [{"kind": "result", "text": "42"}]
    assert answers[1]["ok"] and answers[1]["shown"][0]["html"].startswith('<figure class="sgd-figure"')
    assert answers[2]["error"]["line"] == 2


# A cell, and what it says: the beginning of the error's sentence, or None and a part of what is shown.
HOSTILE = [
    ("blocks = [bytearray(10**9) for _ in range(8)]", "Line 1 wants more memory"),
    ("import numpy as np\nnp.ones((10**5, 10**5))", "Line 2 "),
    ("input('name')", "There is nobody to ask here"),
    ("import torch", "PyTorch has no build for the browser"),
    ("import keras", "Keras has no build for the browser"),
    ("import tensorflow", "TensorFlow has no build for the browser"),
    ("import jax", "JAX has no build for the browser"),
    ("for x in range(3)\n    x", "Python cannot read line 1"),
    ("%matplotlib inline", "%matplotlib is a command of Jupyter"),
    ("import sys\nsys.exit()", "That ends a program"),
    ("raise KeyboardInterrupt", "The cell was stopped"),
    ("def f():\n    return f()\nf()", "Line 2 leads to a function that calls itself"),
    ("for k in range(10**6): print(k)", "is left out.\nThe cell runs to its end"),
    ("from IPython.display import HTML\nHTML('x' * 3_000_000)", "An output of 3,000,000 characters"),
    ("import sys\nsys.stdout.buffer.write(b'\\xff\\n');", "\ufffd"),
    ("import time\nprint('a')\ntime.sleep(0.2)\nprint('b')", "a\nb\n"),
    ("import os\nos._exit(3)", "The cell was too much"),
]


@pytest.mark.foreign
def test_hostile_cells_leave_a_sentence_and_a_page_that_goes_on(page, folder):
    with served(folder) as address:
        page.goto(f"{address}page.html")
        for source, said in HOSTILE:
            # one after the other: a cell that ends Python takes those that wait with it
            (answer,) = run(page, source)
            text = "".join(output.get("text", "") for output in answer["shown"])
            assert said in (text if answer["ok"] else answer["error"]["sentence"]), source
            assert len(text) < 150_000
        # drawn once: sixty times would be a long wait on a busy machine
        many = f"picture = {FIGURE.strip().splitlines()[-1]}\nfor _ in range(60): display(picture)"
        many = "\n".join([*FIGURE.strip().splitlines()[:-1], many])
        (answer,) = run(page, many)
        assert [output["kind"] for output in answer["shown"]] == ["html"] * 40 + ["text"]
        page.evaluate(START, ["while True: pass"])
        page.wait_for_timeout(100)
        assert page.evaluate("kernel.interrupt()")["restarted"]
        assert run(page, "2 + 2")[0]["shown"] == [{"kind": "result", "text": "4"}]


@pytest.mark.foreign
def test_a_second_visit_loads_nothing_and_a_page_may_be_closed_in_mid_load(page, folder):
    with served(folder) as address:
        page.goto(f"{address}page.html")
        page.evaluate(START, ["1"])
        page.goto("about:blank")
        page.goto(f"{address}page.html")
        assert run(page, FIGURE)[0]["ok"]
        page.wait_for_function("async () => (await kernel.size()).bytes === 0")
        page.reload()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        assert run(page, FIGURE)[0]["ok"]
        assert [url for url in asked if url.startswith("http")] == []


@pytest.mark.foreign
def test_where_memory_is_shared_an_endless_loop_keeps_the_variables(page, folder):
    isolated = {
        "content-type": "text/html",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
    }
    with served(folder) as address:
        page.route("**/page.html", lambda route: route.fulfill(body=PAGE, headers=isolated))
        page.goto(f"{address}page.html")
        assert run(page, "x = 5")[0]["ok"]
        page.evaluate(START, ["print('in')\nwhile True: pass"])
        page.wait_for_timeout(500)
        stopped = page.evaluate("kernel.interrupt()")
        assert stopped == {"restarted": False, "sentence": "The cell was stopped; the variables are kept."}
        answer = page.wait_for_function("done").json_value()[0]
        assert answer["error"]["name"] == "KeyboardInterrupt" and answer["error"]["line"] == 2
        assert run(page, "x")[0]["shown"] == [{"kind": "result", "text": "5"}]


@pytest.mark.foreign
def test_over_plain_http_the_browser_checks_the_hashes(browser, folder, tmp_path):
    """No secure context, so no crypto.subtle and no cache of ours: what is changed is refused all the same."""
    shutil.copytree(folder, tmp_path / "site")
    with served(tmp_path / "site") as address:
        context = browser.new_context()
        context.set_default_timeout(4 * PATIENCE)
        page = context.new_page()
        # A name of somebody else's that leads here: only this machine's own are safe over plain http.
        host = address.replace("127.0.0.1", "0.0.0.0")
        page.goto(f"{host}page.html")
        assert not page.evaluate("isSecureContext")
        assert run(page, "6 * 7")[0]["shown"] == [{"kind": "result", "text": "42"}]
        script = tmp_path / "site" / run_kernel.FOLDER / "pyodide.js"
        script.write_text("self.foreign = true;" + script.read_text(encoding="utf-8"), encoding="utf-8")
        context.close()
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{host}page.html")
        assert run(page, "1")[0]["error"]["name"] == "CannotLoad"
        context.close()
