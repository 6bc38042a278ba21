"""How the code looks: functions that can be read at a glance, lines that fit, nothing exported that nobody imports."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from lint_javascript import ROOT, TOOLS, main, scripts

from sgdlib.widgets.page.base import folders
from sgdlib.widgets.page.flatten import EXPORT, IMPORT

LONGEST, WIDEST = 80, 120
PLACES = ("benchmarks", "chapters", "sgdlib", "tests")
PYTHON = sorted(
    path for place in PLACES for path in (ROOT / place).rglob("*.py") if "node_modules" not in path.parts
)
SCRIPTS = scripts()
MODULES = [path for path in SCRIPTS if path.suffix == ".mjs"]


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function has without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - (docstring.end_lineno - docstring.lineno + 1)


def long_functions(text: str) -> list[str]:
    """The functions of a Python file that are too long, with their lines."""
    found = [
        each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [f"{each.name}: {lines_of(each)}" for each in found if lines_of(each) > LONGEST]


def test_no_long_function():
    found = {
        str(path.relative_to(ROOT)): long
        for path in PYTHON
        if (long := long_functions(path.read_text(encoding="utf-8")))
    }
    assert not found


def test_a_long_function_is_found():
    body = "    x = 1\n" * (LONGEST - 1)
    assert long_functions(f"def short():\n    '''Say\n    it.'''\n{body}") == []
    inner = "".join(f"    {line}\n" for line in f"def inner():\n{body}    x = 2".splitlines())
    assert long_functions(f"def outer():\n{inner}") == [f"outer: {LONGEST + 2}", f"inner: {LONGEST + 1}"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_long_line(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > WIDEST] == []


# ---------------------------------------------------------------- what a module offers


def entry_points(path: Path) -> set[str]:
    """What is called from Python's side: what draws a widget, what it says, and what brings a page to life."""
    if path.stem in folders() and path.parent.name == path.stem:
        return {"render", "words"}
    if path.parent.name == "small":
        return {"render", "drawn"}
    return {"live.mjs": {"bring_alive"}, "embed.mjs": {"embed"}}.get(path.name, set())


def unused_exports(paths: list[Path]) -> list[str]:
    """The exports of modules that none of them imports."""
    imported = {
        ((path.parent / source).resolve(), re.split(r"\s+as\s+", name.strip())[0])
        for path in paths
        for names, source, _ in IMPORT.findall(path.read_text(encoding="utf-8"))
        for name in names.split(",")
    }
    return [
        f"{path.name}: {name}"
        for path in paths
        for name in EXPORT.findall(path.read_text(encoding="utf-8"))
        if name not in entry_points(path) and (path.resolve(), name) not in imported
    ]


def test_every_export_is_imported():
    assert unused_exports(MODULES) == []


def test_an_export_for_nobody_is_found(tmp_path):
    texts = {
        "one": "export const a = 1;\nexport function b() {}\nexport const c = 3;\n",
        "two": 'import { a, c as d } from "./one.mjs";\nexport const render = a + d;\n',
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.mjs").write_text(text, encoding="utf-8")
    assert unused_exports(sorted(tmp_path.glob("*.mjs"))) == ["one.mjs: b", "two.mjs: render"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_export_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    silent = [found[1] for found in EXPORT.finditer(text) if not text[: found.start()].endswith("*/\n")]
    assert silent == []


# ---------------------------------------------------------------- the linter itself


def test_the_linter_finds_what_is_wrong(tmp_path, monkeypatch, capfd):
    """Its own two tools, on files of ours and on one that is wrong in each way."""
    assert main() == 0
    wrong = tmp_path / "wrong.mjs"
    long = "".join(f"  console.log({i});\n" for i in range(LONGEST + 1))
    wrong.write_text(f"const unused = 1;\nexport function long() {{\n{long}}}\n", encoding="utf-8")
    monkeypatch.setattr("lint_javascript.scripts", lambda: [wrong])
    capfd.readouterr()
    assert main() != 0
    said = "".join(capfd.readouterr())
    assert "noUnusedVariables" in said
    assert "noExcessiveLinesPerFunction" in said


def test_the_types_are_checked(tmp_path, monkeypatch, capfd):
    config = (
        (TOOLS / "tsconfig.json").read_text(encoding="utf-8").replace("../../../sgdlib/**/*.mjs", "*.mjs")
    )
    (tmp_path / "tsconfig.json").write_text(config, encoding="utf-8")
    (tmp_path / "wrong.mjs").write_text("/** @type {number} */\nexport const a = 'one';\n", encoding="utf-8")
    monkeypatch.setattr("lint_javascript.PROJECT", tmp_path)
    assert main() != 0
    assert "TS2322" in "".join(capfd.readouterr())


# ---------------------------------------------------------------- style sheets

STYLES = sorted(
    path for place in PLACES for path in (ROOT / place).rglob("*.css") if "node_modules" not in path.parts
)
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for place in ("chapters", "sgdlib")
    for path in sorted((ROOT / place).rglob("*"))
    if path.suffix in (".py", ".mjs", ".js", ".html", ".ipynb", ".md") and "node_modules" not in path.parts
)
DECLARED = "\n".join(path.read_text(encoding="utf-8") for path in STYLES)


def is_made(name: str) -> bool:
    """Whether some source names a class, whole or as the beginning that a number or a word is put behind."""
    if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", SOURCES):
        return True
    parts = name.split("-")
    beginnings = ("-".join(parts[:k]) + "-" for k in range(2, len(parts)))
    return any(beginning + bracket in SOURCES for beginning in beginnings for bracket in ("{", "${"))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_what_a_style_is_for_is_there(path):
    """Each of our classes is given by some script or page, each of our properties is declared."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    classes = set(re.findall(r"\.(sgd-[\w-]*\w)(?=[^{}]*\{)", text))
    assert [name for name in sorted(classes) if not is_made(name)] == []
    # those of the theme and of Jupyter are theirs
    used = {name for name in re.findall(r"var\((--[\w-]+)", text) if not name.startswith(("--pst-", "--jp-"))}
    assert [name for name in sorted(used) if f"{name}:" not in DECLARED and name not in SOURCES] == []
    assert text.count("{") == text.count("}")


# ---------------------------------------------------------------- what npm installs


LOCKS = [ROOT / "chapters" / "_tools" / "node", TOOLS, TOOLS.parent / "instrumenter"]


@pytest.mark.parametrize("folder", LOCKS, ids=lambda path: path.name)
def test_packages_are_pinned_as_they_are_locked(folder):
    told, lock = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("package.json", "package-lock.json")
    )
    kinds = ("dependencies", "devDependencies")
    pinned = {name: version for kind in kinds for name, version in told.get(kind, {}).items()}
    assert pinned and all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    for name, version in pinned.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
        assert any(lock["packages"][""].get(kind, {}).get(name) == version for kind in kinds)
    for name, locked in lock["packages"].items():
        assert not name or locked.get("integrity", "").startswith("sha512-"), f"{name} has no hash"
