"""The kernel of a page: what it promises the page, with a Pyodide that is none, in a browser, without the network."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import lite
import pytest
import run_kernel
from patience import PATIENCE
from served import served

FAKE = Path(__file__).resolve().parent / "support" / "fake_pyodide.js"
HEAD = "<!doctype html><meta charset='utf-8'><link rel='icon' href='data:,'><title>A page</title>"
PAGE = f"{HEAD}<script src='_static/run/kernel.js'></script>"
FILES = {"pyodide.asm.js": b"", "pyodide.asm.wasm": b"w" * 5000, "python_stdlib.zip": b"z" * 3000}
WHEELS = {"numpy.whl": b"n" * 7000, "sgdlib.whl": b"s" * 2000}
ISOLATED = {
    "content-type": "text/html",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
}

# In the page: a kernel that writes down what it says, and how to run a cell with it.
MAKE = """() => {
    const said = { states: [], progress: [], seen: [] };
    const kernel = sgdKernel.create({
        root: "./",
        onProgress: (progress) => said.progress.push(progress),
        onState: (...state) => said.states.push(state),
    });
    const run = async (source, cell = "c") => {
        const outputs = [];
        const onOutput = (output) => [outputs, said.seen].map((place) => place.push(output));
        const answer = await kernel.run(source, { cell, onOutput });
        return { ...answer, shown: outputs };
    };
    Object.assign(globalThis, { kernel, run, said });
}"""


def told(folder: Path, source: str) -> dict:
    """What kernel.js is told of the fake's files; `source` is "site" or "cdn"."""
    packages = {
        "numpy": {"name": "numpy", "file_name": "numpy.whl", "depends": []},
        "sgdlib": {"name": "sgdlib", "file_name": "sgdlib.whl", "depends": ["numpy"]},
    }
    files = [
        {"name": name, "what": name, "from": source, "disk": True, **run_kernel.digest(folder / name)}
        for name in (*run_kernel.CORE, *WHEELS)
    ]
    return {
        "folder": run_kernel.FOLDER,
        "cdn": "https://cdn.invalid/",
        "files": files,
        "lock": {"info": {}, "packages": packages},
        "imports": {"numpy": "numpy", "sgdlib": "sgdlib"},
        "worker": (run_kernel.HERE / "worker.js").read_text(encoding="utf-8"),
        "python": {},
    }


@pytest.fixture
def folder(tmp_path) -> Path:
    """A site with a page, the kernel and the fake."""
    wheels = tmp_path / run_kernel.FOLDER
    wheels.mkdir(parents=True)
    shutil.copy(FAKE, wheels / "pyodide.js")
    for name, data in (FILES | WHEELS).items():
        (wheels / name).write_bytes(data)
    write(tmp_path, told(wheels, "site"))
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    return tmp_path


def write(folder: Path, parts: dict) -> None:
    """Put the kernel into a site, with copies for a page opened from disk."""
    target = folder / "_static" / "run"
    (target / "disk").mkdir(parents=True, exist_ok=True)
    (target / "kernel.js").write_text(run_kernel.script(parts), encoding="utf-8")
    for file in [file for file in parts["files"] if file["disk"]]:
        script = run_kernel.disk_script(folder / run_kernel.FOLDER / file["name"])
        (target / "disk" / f"{file['name']}.js").write_text(script, encoding="ascii")


@pytest.fixture
def page(browser):
    """A new reader."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page, folder):
    """A page with a kernel that has loaded nothing yet."""
    with served(folder) as address:
        page.goto(f"{address}page.html")
        page.evaluate(MAKE)
        yield page


def run(page, source: str) -> dict:
    """Run a cell; the answer, and under "shown" its outputs."""
    return page.evaluate("(source) => run(source)", source)


def words(answer: dict) -> str:
    """All that a cell printed."""
    return "".join(output.get("text", "") for output in answer["shown"])


# ---------------------------------------------------------------- what is loaded


def test_a_page_loads_what_it_says_and_the_next_one_nothing(opened):
    asked = []
    opened.on("request", lambda request: asked.append(request.url.split("/")[-1]))
    everything = sum(file["bytes"] for file in parts_of(opened)["files"])
    assert opened.evaluate("kernel.size()") == {"bytes": everything, "from": "site"}
    assert asked == []
    assert run(opened, "import sgdlib\nprint('here')")["shown"] == [
        {"kind": "text", "stream": "stdout", "text": "here"}
    ]
    loaded = [name for name in asked if "." in name]
    assert sorted(loaded) == sorted([*run_kernel.CORE, *WHEELS])
    said = opened.evaluate("said")
    assert [state[0] for state in said["states"]] == ["loading", "ready", "busy", "ready"]
    assert {each["total"] for each in said["progress"]} == {everything}
    assert max(each["loaded"] for each in said["progress"]) <= everything
    opened.wait_for_function("async () => (await kernel.size()).bytes === 0")
    opened.reload()
    opened.evaluate(MAKE)
    assert opened.evaluate("kernel.size()") == {"bytes": 0, "from": "cache"}
    asked.clear()
    assert run(opened, "import sgdlib\nprint(6 * 7)")["ok"]
    assert [name for name in asked if "." in name] == []


def test_python_is_told_whether_the_page_brings_widgets_to_life(opened):
    for live in (False, True):
        opened.evaluate("(live) => { globalThis.sgdWidgets = live && {}; }", live)
        assert words(run(opened, "print(String(live))")) == str(live).lower()


def test_a_full_memory_is_a_new_python(opened):
    """Beyond 2 GB the real one gives empty figures and false errors, and says nothing; an error alone loses nothing."""
    too_much = "return { name: 'MemoryError', sentence: 'Too much.', line: 1, traceback: '' }"
    assert run(opened, "fill(2 ** 30)")["ok"]
    assert words(run(opened, too_much)) == ""
    for source in ("fill(2 ** 31)", f"fill(2 ** 31)\n{too_much}"):
        answer = run(opened, source)
        assert "The memory is full: Python is started again" in words(answer)
        assert answer["ok"] is ("return" not in source)
        assert run(opened, "print('on')")["ok"]
    states = opened.evaluate("said.states")
    assert [state[0] for state in states].count("restarted") == 2
    assert any("The memory that the browser gives Python is full." in str(state) for state in states)


def parts_of(page) -> dict:
    return page.evaluate("sgdKernelParts")


@pytest.mark.parametrize("broken", ["pyodide.js", "pyodide.asm.wasm", "numpy.whl"])
def test_another_file_is_not_run_and_trying_again_works(opened, folder, broken):
    path = folder / run_kernel.FOLDER / broken
    good = path.read_bytes()
    path.write_bytes(b"self.foreign = true;" + good)
    answer = run(opened, "import numpy\nprint(1)")
    assert not answer["ok"] and answer["shown"] == []
    assert answer["error"]["name"] == "CannotLoad"
    assert answer["error"]["sentence"].startswith(f"{broken} from 127.0.0.1")
    path.write_bytes(good)
    assert words(run(opened, "import numpy\nprint(String(self.foreign))")) == "undefined"


@pytest.mark.parametrize("lost", ["pyodide.asm.js", "sgdlib.whl"])
def test_offline_in_mid_load_is_one_sentence_and_trying_again_works(opened, lost):
    opened.route(f"**/{lost}", lambda route: route.abort())
    # what is answered in the meantime is answered once
    answers = opened.evaluate("() => Promise.all([run('import sgdlib'), run('import sgdlib')])")
    for answer in answers:
        assert answer["error"]["sentence"].startswith("Python cannot be loaded, because 127.0.0.1:")
        assert "download the notebook" in answer["error"]["sentence"]
    dead = [state for state in opened.evaluate("said.states") if state[0] == "dead"]
    assert len(dead) == (lost in run_kernel.CORE)
    opened.unroute(f"**/{lost}")
    assert words(run(opened, "import sgdlib\nprint('again')")) == "again"


def test_loading_can_be_stopped_and_goes_on(opened):
    opened.route("**/pyodide.asm.wasm", lambda route: None)
    opened.evaluate("() => { globalThis.first = run('print(1)'); }")
    opened.wait_for_function("() => said.progress.length > 0")
    stopped = opened.evaluate("kernel.interrupt()")
    assert stopped == {"restarted": False, "sentence": opened.evaluate("first")["error"]["sentence"]}
    assert stopped["sentence"].startswith("Loading was stopped")
    opened.unroute("**/pyodide.asm.wasm")
    assert words(run(opened, "print(2)")) == "2"


def test_from_disk_it_runs_where_the_files_are_there_as_scripts(page, folder):
    page.goto((folder / "page.html").as_uri())
    page.evaluate(MAKE)
    assert page.evaluate("kernel.size()") == {"bytes": 0, "from": "site"}
    assert words(run(page, "import sgdlib\nprint('from disk')")) == "from disk"


def test_from_disk_the_rest_comes_from_the_cdn(page, folder):
    """As of a site without its own Python: the course's wheels lie beside it, and Pyodide's files do not."""
    wheels = folder / run_kernel.FOLDER
    parts = told(wheels, "site")
    for file in parts["files"]:
        if file["name"] in run_kernel.CORE:
            file |= {"from": "cdn", "disk": False}
    write(folder, parts)
    headers = {"access-control-allow-origin": "*"}
    page.route(
        "https://cdn.invalid/**",
        lambda route: route.fulfill(path=wheels / route.request.url.split("/")[-1], headers=headers),
    )
    page.goto((folder / "page.html").as_uri())
    page.evaluate(MAKE)
    core = sum((wheels / name).stat().st_size for name in run_kernel.CORE)
    assert page.evaluate("kernel.size()") == {"bytes": core, "from": "cdn"}
    assert words(run(page, "import sgdlib\nprint('both')")) == "both"


def test_from_disk_without_them_it_says_what_to_do(page, folder):
    write(folder, told(folder / run_kernel.FOLDER, "cdn"))
    shutil.rmtree(folder / "_static" / "run" / "disk")
    page.route("https://**", lambda route: route.abort())
    page.goto((folder / "page.html").as_uri())
    page.evaluate(MAKE)
    said = run(page, "print(1)")["error"]["sentence"]
    assert said.startswith("Python cannot be loaded, because cdn.invalid cannot be reached: ")
    assert page.evaluate("said.states").count(["dead", said]) == 1


# ---------------------------------------------------------------- what is run


def test_cells_run_one_after_the_other_and_show_what_they_show(opened):
    first = "print('a'); await wait(30); send('html', '<b>b</b>'); print('c', 'stderr'); send('result', 'd')"
    answers = opened.evaluate(
        "([first, second]) => Promise.all([run(first), run(second)])",
        [
            first,
            "print('e'); send('image', 'data:,'); return { name: 'E', sentence: 'So.', line: 3, traceback: '' };",
        ],
    )
    assert answers[0]["ok"] and answers[0]["outputs"] == 4
    assert answers[0]["shown"] == [
        {"kind": "text", "stream": "stdout", "text": "a"},
        {"kind": "html", "html": "<b>b</b>"},
        {"kind": "text", "stream": "stderr", "text": "c"},
        {"kind": "result", "text": "d"},
    ]
    assert answers[1]["shown"][1] == {"kind": "image", "src": "data:,"}
    assert not answers[1]["ok"] and answers[1]["error"]["line"] == 3
    states = [state[0] for state in opened.evaluate("said.states")]
    assert states == ["loading", "ready", "busy", "ready", "busy", "ready"]


def test_what_no_page_can_hold_is_cut_with_a_sentence(opened):
    lines = run(opened, "for (let k = 0; k < 1e6; k++) print(`${k}\\n`);")
    assert lines["ok"] and lines["outputs"] < 100
    assert words(lines).startswith("0\n1\n2\n") and len(words(lines)) < 150_000
    assert words(lines).endswith("left out.\nThe cell runs to its end all the same, unless it is stopped.\n")
    line = run(opened, "for (let k = 0; k < 1e4; k++) print('x'.repeat(100));")
    assert len(words(line)) < 101_000 and words(line).endswith("unless it is stopped.\n")
    figures = run(opened, "for (let k = 0; k < 500; k++) send('html', '<svg></svg>');")
    assert [output["kind"] for output in figures["shown"]] == ["html"] * 40 + ["text"]
    assert "after 40 outputs" in words(figures)
    huge = run(opened, "send('html', 'x'.repeat(3e6)); print('and on')")
    assert "3,000,000 characters" in words(huge) and words(huge).endswith("and on")
    # and the next cell has its own room; what is no text becomes marks
    assert words(run(opened, "bytes(0xff, 0x41); bytes(0xe2, 0x82); bytes(0xac)")) == "\ufffdA€"


def test_an_endless_loop_is_ended_and_the_rest_goes_on(opened):
    opened.evaluate("""() => {
        globalThis.both = Promise.all([run("print('in\\\\n'); for (;;);"), run("print('never')")]);
    }""")
    # what is printed before it is seen while it runs
    opened.wait_for_function("() => said.seen.some(({ text }) => text === 'in\\n')")
    stopped = opened.evaluate("kernel.interrupt()")
    assert stopped["restarted"] and "variables are gone" in stopped["sentence"]
    first, second = opened.evaluate("both")
    assert first["error"]["sentence"] == stopped["sentence"] and words(first) == "in\n"
    assert second["error"]["name"] == "NotRun" and second["shown"] == []
    assert ["restarted", stopped["sentence"]] in opened.evaluate("said.states")
    assert words(run(opened, "print('on')")) == "on"
    assert opened.evaluate("kernel.interrupt()") == {"restarted": False, "sentence": "Nothing is running."}


def test_where_memory_is_shared_a_cell_is_stopped_and_nothing_is_lost(page, folder):
    with served(folder) as address:
        page.route("**/page.html", lambda route: route.fulfill(body=PAGE, headers=ISOLATED))
        page.goto(f"{address}page.html")
        assert page.evaluate("crossOriginIsolated")
        page.evaluate(MAKE)
        assert run(page, "self.x = 5")["ok"]
        page.evaluate("() => { globalThis.first = run('while (!stopped()) ;'); }")
        page.wait_for_function("() => said.states.at(-1)[0] === 'busy'")
        stopped = page.evaluate("kernel.interrupt()")
        assert stopped == {"restarted": False, "sentence": "The cell was stopped; the variables are kept."}
        assert page.evaluate("first")["ok"]
        assert words(run(page, "print(String(self.x), 'stdout')")) == "5"


@pytest.mark.parametrize("end", ["throw new RangeError('Maximum call stack size exceeded')", "await leave()"])
def test_a_cell_that_breaks_python_leaves_a_new_one(opened, end):
    answer = run(opened, f"print('before\\n'); {end}")
    assert answer["error"]["name"] == "Restarted"
    assert "too much for the browser's Python" in answer["error"]["sentence"]
    assert words(run(opened, "print('after')")) == "after"


def test_put_away_is_put_away(opened):
    assert run(opened, "print(1)")["ok"]
    opened.evaluate("() => { globalThis.last = run('for (;;);'); }")
    opened.evaluate("kernel.dispose()")
    assert opened.evaluate("last")["error"]["name"] == "Disposed"


# ---------------------------------------------------------------- what the build writes


def test_the_site_has_the_kernel_and_no_second_python(site):
    folder = site / "_static" / "run"
    text = (folder / "kernel.js").read_text(encoding="utf-8")
    parts = json.loads(re.match(r"globalThis\.sgdKernelParts = (.*);\n", text)[1])
    packages = parts["lock"]["packages"]
    assert {"numpy", "matplotlib", "sgdlib", "ipywidgets"} <= set(packages)
    assert not run_kernel.WITHOUT & set(packages)
    assert parts["imports"]["sgdlib"] == "sgdlib"
    wheels = site / parts["folder"]
    for file in parts["files"]:
        assert re.fullmatch("[0-9a-f]{64}", file["sha256"]) and file["bytes"] > 0 and file["what"]
        if file["from"] == "site":
            assert run_kernel.digest(wheels / file["name"]).items() <= file.items()
            assert (folder / "disk" / f"{file['name']}.js").is_file()
    assert {file["name"] for file in parts["files"]} >= {p["file_name"] for p in packages.values()}
    assert len(text.encode()) < 70_000


def test_the_pinned_hashes_are_those_of_the_lock_file():
    pins = json.loads(run_kernel.FILES.read_text(encoding="utf-8"))
    packages = json.loads((lite.HERE / lite.LOCK).read_text(encoding="utf-8"))["packages"]
    hashes = {one["file_name"]: one["sha256"] for one in packages.values()}
    assert set(run_kernel.CORE) <= set(pins)
    for name, pin in pins.items():
        assert name in run_kernel.CORE or hashes[name] == pin["sha256"]


def test_no_page_names_the_kernel_before_it_is_asked_for(site):
    for path in sorted((site / "chapters").glob("*.html")):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<script[^>]*run/kernel\.js", page), path.name
