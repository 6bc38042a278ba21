"""What each cell of a notebook needs of the cells above it, found by reading the code and running none of it.

A cell needs the cell above that gave a name its value, and those that changed it since. What needs Keras, or another
package that the browser's Python has not, is found the same way: a statement that imports it, or uses a name that
such a statement made.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "chapters" / "_run"))

from cell_names import names_of  # noqa: E402

# What the browser's Python can import beside its own library: chapters/_lite/pyodide-lock.json and sgdlib's wheels.
PACKAGES = {"IPython", "anywidget", "ipywidgets", "matplotlib", "numpy", "sgdlib"}
AVAILABLE = PACKAGES | set(sys.stdlib_module_names)
EXPERIMENT = re.compile(r"sgdlib\.experiments\.[a-z_]+")


class Cell(NamedTuple):
    """A cell as the page runs it.

    `source` is what runs of it: all, or where `needs_keras` what is left without Keras. `needs` are the places of the
    cells that it needs itself, theirs come on top; `uses` are the names that it takes from them, `changes` those of
    other cells that it changes in place, and `lacks` those that it would give a value if Keras were there.
    """

    source: str
    needs: list[int]
    uses: list[str]
    defines: list[str]
    changes: list[str]
    lacks: list[str]
    needs_keras: bool


# ---------------------------------------------------------------- what the browser has not


def imported(node: ast.AST) -> Iterator[str]:
    """The modules that an import names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module


def is_absent(module: str) -> bool:
    """Whether the browser's Python cannot import a module.

    >>> is_absent("keras"), is_absent("sgdlib.figures"), is_absent("os.path")
    (True, False, False)
    """
    return module.split(".")[0] not in AVAILABLE


def file_of(module: str) -> Path | None:
    """The source of a module of sgdlib, without importing it."""
    path = ROOT.joinpath(*module.split("."))
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in found if each.is_file()), None)


@cache
def absent_names(module: str) -> frozenset[str]:
    """The functions and classes of a module of sgdlib that import, or call what imports, what the browser has not.

    >>> "train" in absent_names("sgdlib.experiments.digits"), absent_names("sgdlib.figures")
    (True, frozenset())
    """
    path = file_of(module)
    # The experiments alone train with Keras; the package itself and what it is made of name each other.
    if path is None or not EXPERIMENT.fullmatch(module):
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wrong: set[str] = set()
    for node in tree.body:
        wrong |= absent_from(node)
    while True:
        found = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and needs_absent(node, wrong)
        }
        if found <= wrong:
            return frozenset(wrong)
        wrong |= found


def absent_from(node: ast.AST) -> set[str]:
    """The names that an import gives to what needs something absent."""
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        module = node.module
        if is_absent(module):
            return {alias.asname or alias.name for alias in node.names}
        if module.split(".")[0] == "sgdlib":
            absent = absent_names(module)
            return {
                alias.asname or alias.name
                for alias in node.names
                if alias.name in absent
            }
    if isinstance(node, ast.Import):
        return {
            (alias.asname or alias.name).split(".")[0]
            for alias in node.names
            if is_absent(alias.name)
        }
    return set()


def needs_absent(node: ast.AST, wrong: set[str]) -> bool:
    """Whether a part of a module imports what is absent, or uses one of these names."""
    return any(
        any(map(is_absent, imported(part)))
        or (isinstance(part, ast.Name) and part.id in wrong)
        or (isinstance(part, ast.ImportFrom) and bool(absent_from(part)))
        for part in ast.walk(node)
    )


def asks_a_module(statement: ast.stmt, modules: dict[str, str]) -> bool:
    """Whether a statement uses what is absent by way of a module: `convnet.train(...)`."""
    return any(
        isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.attr in absent_names(modules.get(part.value.id, "sgdlib"))
        for part in ast.walk(statement)
    )


def modules_from(node: ast.stmt) -> dict[str, str]:
    """The names that stand for a module of sgdlib: {"convnet": "sgdlib.experiments.convnet"}."""
    if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
        "sgdlib"
    ):
        return {}
    found = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for alias in node.names
    }
    return {name: module for name, module in found.items() if file_of(module)}


# ---------------------------------------------------------------- a notebook


def read(sources: list[str], alone: set[int] = frozenset()) -> list[Cell]:
    """Read the code cells of a notebook, in their order.

    No cell needs those of `alone`, the exercises.

    >>> [cell.needs for cell in read(["x = 1", "y = 2", "print(x)"])]
    [[], [], [0]]
    >>> [(cell.source, cell.needs_keras) for cell in read(["import keras\\nx = 1", "keras.Model", "print(x)"])]
    [('x = 1', True), ('', True), ('print(x)', False)]
    """
    made: list[Cell] = []
    homes: dict[
        str, list[int]
    ] = {}  # of each name: the cell that gave it a value, and those that changed it
    absent: set[str] = set()
    modules: dict[str, str] = {}
    for place, source in enumerate(sources):
        kept, without = [], False
        needs, uses, bound, changed, lacks = set(), set(), set(), set(), set()
        for statement in ast.parse(source).body:
            names = names_of(statement)
            modules |= modules_from(statement)
            wrong = absent_from(statement)
            if isinstance(statement, ast.Import | ast.ImportFrom):
                bad, kept_names = bool(wrong), names.bound - wrong
                if (
                    bad and kept_names
                ):  # from sgdlib.experiments.digits import digits, load
                    statement.names = [
                        alias
                        for alias in statement.names
                        if (alias.asname or alias.name).split(".")[0] in kept_names
                    ]
                    kept.append(ast.unparse(statement))
                without |= bad
                lacks |= wrong
                absent = (absent - kept_names) | wrong
                if not bad:
                    kept.append(ast.get_source_segment(source, statement))
                bound |= kept_names
                continue
            bad = (
                bool(names.used & absent)
                or needs_absent(statement, set())
                or asks_a_module(statement, modules)
            )
            without |= bad
            absent = (
                absent | names.bound | names.changed if bad else absent - names.bound
            )
            if bad:
                lacks |= names.bound
                continue
            kept.append(ast.get_source_segment(source, statement))
            for name in (names.used - bound) & homes.keys():
                uses.add(name)
                needs.update(homes[name])
            bound |= names.bound
            changed |= names.changed
        if place not in alone:
            homes |= {name: [place] for name in bound}
            for name in changed - bound:
                homes[name] = [*homes.get(name, []), place]
        source = "\n".join(kept) if without else source
        lists = map(sorted, (needs, uses, bound, changed - bound, lacks - bound))
        made.append(Cell(source, *lists, without))
    return made
