"""The chapters in the browser: what is in the site, and a reader who presses the rocket and runs every cell."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

import lite
import nbformat
import notebook_page
import pyodide
import pytest
import rocket
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from patience import PATIENCE
from served import served
from site_pages import NOTEBOOKS
from widget_page import labelled

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = [ROOT / "chapters" / f"{name}.ipynb" for name in NOTEBOOKS]


READ = {path.stem: nbformat.read(path, as_version=4) for path in CHAPTERS}
WITH_KERAS = [name for name, notebook in READ.items() if rocket.needs_keras(notebook)]
WITHOUT_KERAS = [name for name in READ if name not in WITH_KERAS]


# ---------------------------------------------------------------- what is in the site


@pytest.fixture(scope="module")
def folder(site) -> Path:
    """The notebooks' half of the built site."""
    if not (site / "lite").is_dir():
        pytest.fail(f"There is no {site / 'lite'}: run make book.", pytrace=False)
    return site / "lite"


@pytest.fixture(scope="module")
def lock(folder) -> dict:
    return json.loads((folder / "pyodide" / lite.LOCK).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def base() -> dict:
    return json.loads((lite.HERE / lite.LOCK).read_text(encoding="utf-8"))


def test_the_notebooks_are_the_downloads(site, folder):
    downloads = {
        path.name: lite.without_first_cell(path.read_text(encoding="utf-8"))
        for path in (site / "_sources/chapters").glob("*.ipynb")
    }
    assert {path.name: path.read_text(encoding="utf-8") for path in (folder / "files").iterdir()} == downloads
    assert sorted(downloads) == [path.name for path in CHAPTERS]


def test_every_wheel_is_there_and_is_itself(folder, lock):
    here = [package for package in lock["packages"].values() if "/" not in package["file_name"]]
    assert {canonicalize_name(name) for name in lite.WHEELS} | {"sgdlib"} <= {p["name"] for p in here}
    for package in here:
        wheel = folder / "pyodide" / package["file_name"]
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == package["sha256"], wheel.name


def test_an_import_of_sgdlib_brings_what_it_needs(lock):
    found = lite.closure(lock["packages"], ["sgdlib"])
    assert {"numpy", "matplotlib", "ipywidgets", "anywidget", "traitlets", "comm"} <= set(found)
    assert "sgdlib" in lock["packages"]["sgdlib"]["imports"]


def test_what_is_loaded_at_the_start_is_in_the_lock_file(lock):
    assert {canonicalize_name(name) for name in lite.PRELOAD} <= set(lock["packages"])


def test_the_stored_lock_file_holds_what_is_needed_and_no_more(base):
    assert lite.trimmed(base) == base


def test_lean(folder):
    assert not list(folder.rglob("*.map"))
    apps = {"consoles", "edit", "lab", "notebooks", "repl", "tree"}
    assert {path.name for path in folder.iterdir()} & apps == {"notebooks"}
    extensions = {
        path.parent.relative_to(folder / "extensions")
        for path in folder.rglob("package.json")
        if path.is_relative_to(folder / "extensions")
    }
    assert {path.as_posix() for path in extensions} == set(lite.EXTENSIONS)
    # its lock file brings sgdlib: no notebook carries it
    assert not any(lite.FIRST_CELL in path.read_text(encoding="utf-8") for path in folder.rglob("*.ipynb"))
    python = lite.size(folder / "pyodide")
    assert lite.size(folder) - python < 25e6
    assert python < (45e6 if (folder / "pyodide" / "pyodide.asm.wasm").exists() else 2e6)


@pytest.mark.parametrize("name", ["numpy", "matplotlib"])
def test_the_stated_range_starts_at_what_the_browser_runs(name, base):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = {Requirement(line).name: Requirement(line).specifier for line in project["dependencies"]}[name]
    browser = Version(base["packages"][name]["version"])
    assert str(stated) == f">={browser.major}.{browser.minor}"
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(rf"^{name}==(\S+)", pins, re.MULTILINE)[1] in stated


def test_the_python_of_the_browser_is_one_that_sgdlib_supports(base):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert base["info"]["python"] in Requirement(f"python{project['requires-python']}").specifier


@pytest.mark.parametrize("name", WITH_KERAS)
def test_a_chapter_with_keras_says_where_it_runs(name):
    cells = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells[:4]
    first = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for word in ("needs Keras", "browser", "your machine", "Binder"):
        assert word in first, f"the beginning of {name} does not say where it runs"


def test_a_site_with_its_own_python_names_nobody_else(local_python, tmp_path):
    """`make book PYODIDE=DIR`: all that is loaded lies in the folder. Whether it works there: `make foreign`."""
    folder = tmp_path / "pyodide"
    lite.write_pyodide(folder, Path(sys.prefix, "share", "sgd-course"), local_python)
    assert set(lite.CORE) <= {path.name for path in folder.iterdir()}
    lock = json.loads((folder / lite.LOCK).read_text(encoding="utf-8"))
    assert {"numpy", "matplotlib", "sgdlib"} <= set(lock["packages"])
    for package in lock["packages"].values():
        assert "/" not in package["file_name"]
        wheel = (folder / package["file_name"]).read_bytes()
        assert hashlib.sha256(wheel).hexdigest() == package["sha256"], package["file_name"]
    # and not the script that passes everything on to the CDN
    assert (folder / "pyodide.js").read_bytes() == (local_python / "pyodide.js").read_bytes()


# ---------------------------------------------------------------- the builder's complaints


def test_no_site_is_one_sentence(tmp_path, capsys):
    assert lite.main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"There is no notebook in {tmp_path}: run make book.\n"


def test_an_empty_distribution_is_one_sentence(tmp_path):
    with pytest.raises(lite.CannotBuild, match=r"is no Pyodide distribution: it has no pyodide\.js\.$"):
        lite.copy_checked(tmp_path, {}, tmp_path / "to")


def test_another_distribution_is_refused(tmp_path):
    for name in (*lite.CORE, "numpy-2.0.2.whl"):
        (tmp_path / name).write_text("not it")
    (tmp_path / "to").mkdir()
    packages = {"numpy": {"file_name": "numpy-2.0.2.whl", "sha256": "0" * 64}}
    with pytest.raises(lite.CannotBuild, match=r"has not the numpy-2\.0\.2\.whl that the course was tested"):
        lite.copy_checked(tmp_path, packages, tmp_path / "to")


def test_a_missing_dependency_is_one_sentence():
    with pytest.raises(lite.CannotBuild, match="no package six"):
        lite.closure({"cycler": {"depends": ["six"]}}, ["cycler"])


# ---------------------------------------------------------------- the reader


@pytest.fixture(scope="module")
def local_python() -> Path:
    """A local Pyodide distribution."""
    try:
        return pyodide.distribution()
    except pyodide.NoPyodide as error:
        pytest.skip(f"no notebook is run in a browser: {error}")


@pytest.fixture
def tab(browser):
    """A new reader, who has never been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(4 * PATIENCE)  # a whole chapter runs in it
    yield context.new_page()
    context.close()


def press_rocket(page, address: str, name: str):
    """Open a chapter, press its rocket, and return the tab that it opens."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}chapters/{name}.html")
    rocket = page.get_by_role("link", name="Run this chapter in the browser")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/lite/" in url or not url.startswith(address)]
    with page.expect_popup() as opened:
        rocket.click()
    notebook_page.wait_for_notebook(opened.value)
    return opened.value


def run_all(page) -> list[dict]:
    """Run the notebook from nothing; every cell must have run, and none complained. Return the cells."""
    notebook_page.command(page, "clear-all-cell-outputs")
    assert page.locator(".sgd-figure svg").count() == 0
    notebook_page.command(page, "run-all-cells")
    cells = notebook_page.code_cells(page)
    assert all(cell["execution_count"] for cell in cells if cell["source"])
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert [o for o in outputs if o["output_type"] == "error"] == []
    said = "".join("".join(o["text"]) for o in outputs if o.get("name") == "stderr")
    assert said == ""
    return cells


@pytest.mark.parametrize("name", WITH_KERAS)
def test_no_button_leads_from_keras_to_a_browser_without_it(site, name):
    """Nor does a sentence of an exercise; what Keras is, is read off the code without the pattern of the build."""
    assert any("keras" in cell.source for cell in READ[name].cells if cell.cell_type == "code")
    page = (site / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    assert "lite/notebooks" not in page
    assert not re.search(r'class="[^"]*(btn|sgd)-rocket', page)


def test_the_pages_with_keras_are_found():
    assert {"keras", "project"} <= set(WITH_KERAS)
    assert {"momentum", "wrong-run"} <= set(WITHOUT_KERAS)


# The browser's Python is five times slower than the machine's: readers run their cells with `make foreign`.
@pytest.mark.foreign
@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_chapter_runs_from_its_rocket(tab, http_root, name, local_python):
    """Everything that is asked of the CDN exists there under this name, and nobody else is asked."""
    refused = notebook_page.pretend_cdn(tab.context, local_python)
    run_all(press_rocket(tab, http_root, name))
    assert refused == []


@pytest.mark.foreign
def test_a_reader_works_with_no_internet(tab, site, local_python, tmp_path):
    """`make book PYODIDE=DIR`: Python, too, comes from the site."""
    shutil.copytree(site, tmp_path / "site", ignore=shutil.ignore_patterns("lite"))
    lite.build(tmp_path / "site", local_python)
    refused = notebook_page.pretend_cdn(tab.context, tmp_path)
    with served(tmp_path / "site") as address:
        page = press_rocket(tab, address, "momentum")
        notebook_page.command(page, "clear-all-cell-outputs")
        notebook_page.go_to(page, "FrictionLab(")
        notebook_page.command(page, "run-all-above")
        notebook_page.command(page, "run-cell")
        notebook_page.go_to(page, notebook_page.first_drawing(notebook_page.code_cells(page)))
        figure = page.locator(".jp-mod-active .sgd-figure svg:visible").first
        figure.scroll_into_view_if_needed()
        assert figure.bounding_box()["height"] > 60
        check_slider(page)
        check_edit_survives(page)
        check_missing_package(page)
    assert refused == []


def check_slider(page) -> None:
    """The page moves the kernel's trait."""
    momentum = "from sgdlib.widgets import FrictionLab\n" + (
        "print([shown.momentum for shown in Out.values() if isinstance(shown, FrictionLab)][-1])"
    )
    before = float(notebook_page.ask(page, momentum))
    notebook_page.go_to(page, "FrictionLab(")
    widget = page.locator(".jp-mod-active .sgd-live-widget")
    slider = labelled(widget, "momentum μ")
    slider.scroll_into_view_if_needed()
    for _ in range(4):
        slider.press("ArrowLeft")
    assert float(notebook_page.ask(page, momentum)) == pytest.approx(before - 0.02)


def check_missing_package(page) -> None:
    """A package that is not there is one clear line, and nobody is asked for it."""
    assert notebook_page.ask(page, "import keras") == "No module named 'keras'"
    assert "PyPI fallback is disabled" in notebook_page.ask(page, "%pip install optax")


def check_edit_survives(page) -> None:
    """What the reader writes is still there after a reload."""
    first = notebook_page.code_cells(page)[0]["source"]
    notebook_page.go_to(page, "import numpy")
    page.locator(".jp-mod-active .cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# my own line\n")
    page.keyboard.press("Control+s")
    page.wait_for_function(f"() => !{notebook_page.CURRENT}.model.dirty")
    page.reload()
    notebook_page.wait_for_notebook(page)
    assert notebook_page.code_cells(page)[0]["source"] == "# my own line\n" + first


def test_at_any_depth_and_without_the_cdn_it_says_so(tab, site, tmp_path):
    """The site in a folder of a folder; the notebook opens from there, and Python, which does not come, is missed."""
    if notebook_page.CDN not in (site / "lite" / "pyodide" / "pyodide.js").read_text(encoding="utf-8"):
        pytest.skip("this site was built with its own Python")
    deep = tmp_path / "courses" / "2026" / "sgd"
    deep.parent.mkdir(parents=True)
    deep.symlink_to(site.resolve())
    refused = notebook_page.pretend_cdn(tab.context, tmp_path)
    missing = []
    tab.context.on("response", lambda response: response.status >= 400 and missing.append(response.url))
    with served(tmp_path) as address:
        asked = []
        tab.context.on("request", lambda request: asked.append(request.url))
        page = press_rocket(tab, f"{address}courses/2026/sgd/", "warm-up")
        said = page.get_by_role("alert").filter(has_text="Python could not be loaded from cdn.jsdelivr.net.")
        said.wait_for()
        assert "download the notebook" in said.inner_text()
        said.get_by_role("button", name="Close").click()
        assert said.count() == 0
    assert set(refused) == {f"{notebook_page.CDN}pyodide.js"}
    here = [url for url in asked if url.startswith(address)]
    assert all(url.startswith(f"{address}courses/2026/sgd/") for url in here) and len(here) > 50
    # JupyterLite asks for settings that a site may have; ours has none
    assert [url for url in missing if not url.endswith((".json", ".svg"))] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_from_disk_the_rocket_explains_itself(browser, site, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto((site / "chapters" / "momentum.html").resolve().as_uri())
    page.get_by_role("link", name="Run this chapter in the browser").click()
    box = page.get_by_role("dialog")
    assert "python -m http.server" in box.inner_text()
    assert box.get_by_role("link").get_attribute("href") == "http://localhost:8000/chapters/momentum.html"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box.get_by_role("button", name="Close").click()
    assert box.count() == 0
    assert len(context.pages) == 1
    context.close()


@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_the_rocket_is_a_plain_link(site, name):
    page = (site / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    href = re.search(r'<a href="\.\./(lite/[^"?]*)\?path=([^"]*)"', page)
    assert (site / href[1]).is_file()
    assert (site / "lite" / "files" / href[2]).is_file()
    assert href[2] == f"{name}.ipynb"
