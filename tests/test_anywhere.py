"""The first cell of a notebook to download: finds sgdlib or installs it, leaves the rest alone, says what is wrong."""

from __future__ import annotations

import ast
import base64
import hashlib
import importlib.metadata
import io
import json
import lzma
import os
import re
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import anywhere as environments
import downloads
import first_cell
import nbformat
import pytest
from site_pages import NOTEBOOKS

ROOT = Path(__file__).resolve().parent.parent
WHEEL = b"a wheel"
SHA = hashlib.sha256(WHEEL).hexdigest()
CARRIED = base64.b64encode(lzma.compress(WHEEL)).decode()
NEEDS = ["numpy>=2.0", "matplotlib>=3.8"]


class Machine:
    """A computer with these packages, and what was run on it."""

    def __init__(self, monkeypatch, packages, sgdlib=None, note=None, tools=("pip",), fails=""):
        self.packages, self.commands, self.sgdlib, self.fails = packages, [], sgdlib, fails
        monkeypatch.setattr(first_cell, "installed", lambda name: self.packages.get(name))
        monkeypatch.setattr(first_cell.subprocess, "run", self.run)
        monkeypatch.setattr(first_cell.importlib.util, "find_spec", lambda name: name in tools or None)
        monkeypatch.setattr(first_cell.shutil, "which", lambda name: name if name in tools else None)
        for name in [name for name in sys.modules if name.startswith("sgdlib.")]:
            monkeypatch.setitem(sys.modules, name, sys.modules[name])  # given back, whatever the cell does
        module = sgdlib and types.SimpleNamespace(__version__=sgdlib)
        monkeypatch.setitem(sys.modules, "sgdlib", module)  # None: an import raises ImportError
        distribution = types.SimpleNamespace(read_text=lambda name: note)
        monkeypatch.setattr(first_cell.importlib.metadata, "distribution", lambda name: distribution)

    def run(self, command, **more):
        self.commands.append(command)
        files = [Path(each) for each in command if str(each).endswith(".whl")]
        assert all(path.read_bytes() == WHEEL for path in files)
        return types.SimpleNamespace(returncode=bool(self.fails), stderr=self.fails)

    def wanted(self) -> list[str]:
        """What the installer was asked for, without its own settings and folders."""
        asked = [each for command in self.commands for each in command[command.index("--quiet") + 1 :]]
        return [os.path.basename(each) for each in asked]


HERE = {"numpy": "2.1.3", "matplotlib": "3.10.0"}
INSTALL = ["--no-deps", "--force-reinstall", "sgdlib-0.1.0-py3-none-any.whl"]


def bring(**changed):
    first_cell.bring(**{"version": "0.1.0", "sha256": SHA, "needs": NEEDS, "carried": CARRIED} | changed)


@pytest.mark.parametrize("note", [None, "{}", json.dumps({"archive_info": {"hash": f"sha256={SHA}"}})])
def test_what_is_right_is_left_alone_without_a_word(monkeypatch, capsys, note):
    machine = Machine(monkeypatch, HERE, sgdlib="0.1.0", note=note)
    bring(carried="", address="http://127.0.0.1:9/never-asked")
    assert machine.commands == [] and capsys.readouterr().out == ""


OTHER = json.dumps({"archive_info": {"hash": "sha256=0"}})


@pytest.mark.parametrize(
    ("sgdlib", "note"),
    [(None, None), ("0.0.9", None), ("0.1.0", OTHER)],
    ids=["none", "older", "other build"],
)
def test_another_sgdlib_or_none_is_replaced(monkeypatch, capsys, sgdlib, note):
    machine = Machine(monkeypatch, HERE, sgdlib=sgdlib, note=note)
    bring()
    assert machine.wanted() == INSTALL
    assert "sgdlib" not in sys.modules  # the next import takes the new one
    assert capsys.readouterr().out == "Installed the course's package, sgdlib 0.1.0.\n"


def test_what_is_missing_is_installed_and_what_is_here_keeps_its_version(monkeypatch, capsys):
    machine = Machine(monkeypatch, HERE)
    bring(needs=[*NEEDS, "anywidget>=0.9", "keras>=3.9"])
    first = ["anywidget>=0.9", "keras>=3.9", "numpy==2.1.3", "matplotlib==3.10.0"]
    assert machine.wanted() == [*first, *INSTALL]
    assert "reload the page once" in capsys.readouterr().out


def sentence(**changed) -> str:
    with pytest.raises(first_cell.CannotRun) as refused:
        bring(**changed)
    # Jupyter shows what this returns in place of a traceback
    assert refused.value._render_traceback_() == [str(refused.value)]
    return str(refused.value)


def test_an_old_numpy_is_left_and_named(monkeypatch):
    machine = Machine(monkeypatch, HERE | {"numpy": "1.26.4"})
    said = sentence()
    assert said.startswith(
        "This notebook needs numpy 2.0 or later; here is 1.26.4, which it leaves as it is."
    )
    assert 'pip install "numpy>=2.0"' in said and machine.commands == []


@pytest.mark.parametrize(
    ("found", "least", "enough"),
    [("2.0.0", "2.0", True), ("3.10.0", "3.8", True), ("3.7.5", "3.8", False), ("2.0.0rc1", "2.0", True)],
)
def test_versions_are_compared_as_numbers(found, least, enough):
    assert (first_cell.parts(found) >= first_cell.parts(least)) is enough


def test_no_pip_names_the_file_to_install(monkeypatch):
    machine = Machine(monkeypatch, HERE, tools=())
    said = sentence()
    assert "has no pip" in said and machine.commands == []
    (path,) = re.findall(r"\S+\.whl", said)
    assert Path(path.rstrip(".")).read_bytes() == WHEEL


def test_uv_does_as_well_as_pip(monkeypatch):
    machine = Machine(monkeypatch, HERE, tools=("uv",))
    bring()
    assert machine.commands[0][:3] == ["uv", "pip", "install"] and machine.wanted() == INSTALL


def test_another_wheel_is_refused(monkeypatch):
    machine = Machine(monkeypatch, HERE)
    assert sentence(sha256="0" * 64).startswith("The course's package is not the one")
    assert machine.commands == []


def test_no_network_is_a_sentence(monkeypatch):
    machine = Machine(monkeypatch, HERE)
    said = sentence(carried="", address="http://127.0.0.1:9/sgdlib.whl")
    assert said.startswith("The course's package cannot be fetched from http://127.0.0.1:9/sgdlib.whl (")
    assert "internet" in said and machine.commands == []


def test_what_pip_says_is_passed_on(monkeypatch):
    Machine(monkeypatch, {"numpy": "2.1.3"}, fails="WARNING: x\nERROR: No matching distribution found\n\n")
    said = sentence()
    assert said.startswith(
        "pip could not install matplotlib>=3.8 numpy==2.1.3. Is this machine on the internet?"
    )
    assert said.endswith("pip said: ERROR: No matching distribution found")


def test_in_the_browser_nothing_is_asked(monkeypatch):
    machine = Machine(monkeypatch, {})
    monkeypatch.setattr(first_cell.sys, "platform", "emscripten")
    bring()
    assert machine.commands == []


# ---------------------------------------------------------------- the downloads


def call_of(notebook) -> dict:
    """What the first cell of a notebook gives to bring()."""
    cell = notebook.cells[0]
    assert cell.id == downloads.FIRST_CELL and cell.outputs == [] and cell.execution_count is None
    assert cell.source.startswith("#@title ") and cell.metadata["jupyter"] == {"source_hidden": True}
    call = ast.parse(cell.source).body[-1].value
    assert call.func.id == "bring"
    return {word.arg: ast.literal_eval(word.value) for word in call.keywords}


def files_of(wheel: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_download_begins_with_the_cell(site, name):
    path = site / "_sources" / "chapters" / f"{name}.ipynb"
    # not nbformat.read, which checks the whole of it, as tests/test_site.py does
    notebook = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
    notebook.cells[0].source = "".join(notebook.cells[0].source)
    call = call_of(notebook)
    assert call["version"] == importlib.metadata.version("sgdlib")
    if "carried" in call:
        assert len(call["carried"]) < 700_000
        assert first_cell.wheel_of(call["carried"], "", call["sha256"])
    stored = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    assert call["needs"] == downloads.needs(stored)
    with_keras = "import keras" in "".join(cell.source for cell in stored.cells if cell.cell_type == "code")
    named = {need.split(">=")[0] for need in call["needs"]}
    assert ({"keras", "jax"} <= named) is with_keras
    assert ("tqdm" in named) is (name == "recipe")
    assert {"numpy", "matplotlib", "ipywidgets", "anywidget"} <= named


@pytest.fixture(scope="module")
def wheel(site) -> Path:
    """sgdlib's wheel, as it lies in the site."""
    (found,) = (site / "lite" / "pyodide").glob("sgdlib-*.whl")
    return found


def test_cell_and_site_have_the_same_wheel(site, wheel):
    notebook = nbformat.read(ROOT / "chapters" / "momentum.ipynb", as_version=4)
    cell = downloads.first_cell(notebook, "https://example.org/course/")
    notebook.cells.insert(0, cell)
    call = call_of(notebook)
    assert (
        call["address"] == f"https://example.org/course/lite/pyodide/{wheel.name}" and "carried" not in call
    )
    assert call["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert files_of(downloads.unpacked(wheel.read_bytes())) == files_of(wheel.read_bytes())


def test_the_wheel_holds_every_file_of_the_package(wheel):
    tracked = [
        path for path in (ROOT / "sgdlib").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    held = set(files_of(wheel.read_bytes()))
    assert {path.relative_to(ROOT).as_posix() for path in tracked} - held == set()


EVERY_MODULE = """
import importlib, pkgutil, sys
import sgdlib
from sgdlib.widgets.page.base import all_widgets, small_figures
assert sgdlib.__file__.startswith(sys.argv[1]), sgdlib.__file__
names = [each.name for each in pkgutil.walk_packages(sgdlib.__path__, "sgdlib.") if "__main__" not in each.name]
for name in names:
    importlib.import_module(name)
widgets = [*all_widgets().values(), *small_figures().values()]
shown = [widget()._repr_live_html_() for widget in widgets]
assert all("data-widget=" in html for html in shown)
assert "<svg" in widgets[0]().static_html()
print(len(names), len(shown))
"""


def test_the_installed_wheel_imports_and_shows_every_widget(wheel, tmp_path):
    """In a folder of its own, away from this repository."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", f"--target={tmp_path}"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", EVERY_MODULE, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modules, widgets = map(int, done.stdout.split())
    assert modules > 40 and widgets > 20


# ---------------------------------------------------------------- the links


@pytest.mark.parametrize("given", ["owner/name", "https://gitlab.com/owner/name", "https://github.com/owner"])
def test_another_repository_is_one_sentence(given):
    with pytest.raises(
        downloads.ExtensionError, match=r"REPO is the address of a repository on GitHub, such as"
    ):
        downloads.repository(given)


def test_no_repository_no_links():
    assert downloads.repository("") is None


def buttons_of(monkeypatch, repository: str, page: str) -> list[dict]:
    """The header's buttons of a page after add_links, which found a rocket and a download."""
    monkeypatch.setenv(downloads.REPOSITORY, repository)
    environment = types.SimpleNamespace(
        doc2path=lambda name: f"{name}{'.ipynb' if name != 'chapters/code' else '.md'}"
    )
    context = {"header_buttons": [{"label": "rocket"}, {"label": "download-buttons"}]}
    downloads.add_links(types.SimpleNamespace(env=environment), page, "", context, None)
    return context["header_buttons"]


def test_the_header_leads_to_colab_and_binder(monkeypatch):
    rocket, group, download = buttons_of(monkeypatch, "https://github.com/owner/name/", "chapters/keras")
    assert (rocket["label"], download["label"]) == ("rocket", "download-buttons")
    assert group["tooltip"] == "Run this chapter elsewhere"
    assert [(button["text"], button["url"]) for button in group["buttons"]] == [
        (
            "Open in Colab",
            "https://colab.research.google.com/github/owner/name/blob/gh-pages/_sources/chapters/keras.ipynb",
        ),
        (
            "Open in Binder",
            "https://mybinder.org/v2/gh/owner/name/HEAD?urlpath=lab%2Ftree%2Fchapters%2Fkeras.ipynb",
        ),
    ]


@pytest.mark.parametrize(
    ("repository", "page"), [("", "chapters/keras"), ("https://github.com/o/n", "chapters/code")]
)
def test_no_links_without_a_repository_or_a_notebook(monkeypatch, repository, page):
    assert len(buttons_of(monkeypatch, repository, page)) == 2


@pytest.mark.foreign
@pytest.mark.parametrize("name", list(environments.ENVIRONMENTS))
def test_a_download_runs_in_a_fresh_environment(name, site, capsys):
    """One chapter without Keras and one with it; all of them: python tests/support/anywhere.py."""
    assert environments.main([name, f"--site={site}", "--only", "warm-up", "runs"]) == 0, (
        capsys.readouterr().out
    )
