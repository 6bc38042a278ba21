"""Code that runs where it stands: which cells of a page run in a browser, and what the page carries for them.

A code cell on a page has the name `cell-7`, the seventh of the notebook. `_static/run/cells/<chapter>.js` holds the
code of all of them, those that the page does not show, too, with what each needs of those above (cell_needs.py);
chapters/_static/run.js puts the buttons on the page and loads all else at the first press. A cell that needs Keras
has the class `sgd-needs-keras` and no button, unless its metadata has a `twin`: the same rule with sgdlib alone, which
runs beside the stored output (class `sgd-has-twin`). Twins are carried after the cells, each with the place, `at`, of
the cell that it stands beside.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cell_needs
import nbformat
from docutils import nodes
from exercises import calls, dumps, is_exercise, split
from sphinx.errors import ExtensionError

CHAPTERS = Path(__file__).resolve().parent.parent
TOOLS, SOURCES = CHAPTERS / "_tools", CHAPTERS / "_editor"
sys.path.append(str(TOOLS))

from node_packages import install, run  # noqa: E402

SCRIPT = "run.js"
PACKAGES = [
    *(
        f"@codemirror/{part}"
        for part in ("commands", "lang-python", "language", "state")
    ),
    "@codemirror/view",
    "@lezer/highlight",
]
NUMBER = "sgd_cell"
CLASS, WITH_TWIN = "sgd-needs-keras", "sgd-has-twin"
UNSEEN = {"remove-input", "remove-cell"}


def code_cells(notebook) -> list:
    """The code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def read(notebook) -> list[cell_needs.Cell]:
    """What each code cell needs, in their order."""
    cells = code_cells(notebook)
    alone = {place for place, cell in enumerate(cells) if is_exercise(cell)}
    return cell_needs.read([cell.source for cell in cells], alone)


def carried(notebook) -> list[dict]:
    """What the page carries of each code cell, in their order."""
    made = []
    for cell, found in zip(code_cells(notebook), read(notebook), strict=True):
        each = found._asdict()
        needs_keras = each.pop("needs_keras")
        if is_exercise(cell):
            each["starter"], each["source"] = split(cell.source)
            each["exercise"] = calls(cell.source, "check")[0]
            # Its solution may try the answer on Keras; whoever answers it need not.
            needs_keras = cell_needs.read([each["starter"]])[0].needs_keras
        if needs_keras:
            each["keras"] = True
        made.append(each)
    return made


def twins(notebook) -> list[dict]:
    """What the page carries of the twins: each comes after its cell, of which it may need what needs no Keras."""
    cells = code_cells(notebook)
    sources = [cell.source for cell in cells]
    alone = {place for place, cell in enumerate(cells) if is_exercise(cell)}
    made = []
    for at, cell in enumerate(cells):
        if "twin" not in cell.metadata:
            continue
        read = cell_needs.read([*sources[: at + 1], cell.metadata.twin], alone)[-1]
        each = read._asdict()
        if each.pop("needs_keras"):
            raise ExtensionError(f"The twin of cell {at + 1} needs Keras, too.")
        made.append(each | {"at": at})
    return made


def runs_here(app, docname: str) -> bool:
    """Whether a page is made from a notebook."""
    return Path(app.env.doc2path(docname)).suffix == ".ipynb"


# ---------------------------------------------------------------- the build


def number_cells(app, docname: str, source: list[str]) -> None:
    """Write on each cell which one it is, before the other extensions add and split some."""
    if not runs_here(app, docname):
        return
    notebook = nbformat.reads(source[0], as_version=4)
    try:
        found = carried(notebook)
    except (ValueError, SyntaxError, IndexError):
        return  # exercises.py says what is wrong
    for number, (cell, each) in enumerate(
        zip(code_cells(notebook), found, strict=True), 1
    ):
        if not UNSEEN & set(cell.metadata.get("tags", [])):
            classes = {CLASS: "keras" in each, WITH_TWIN: "twin" in cell.metadata}
            cell.metadata[NUMBER] = [
                number,
                [name for name, on in classes.items() if on],
            ]
    source[0] = dumps(notebook)


def name_cells(app, doctree) -> None:
    """Give the cells on a page their names."""
    for node in doctree.findall(nodes.container):
        if NUMBER not in (node.get("cell_metadata") or {}):
            continue
        number, classes = node["cell_metadata"][NUMBER]
        node["ids"].append(f"cell-{number}")
        node["classes"] += classes


def add_script(app, pagename, templatename, context, doctree) -> None:
    """Load the script on the pages that have such cells."""
    if 'id="cell-' in context.get("body", ""):
        # After copy.js, whose one stop of the Tab key it uses; those of the configuration have 800.
        app.add_js_file(SCRIPT, loading_method="defer", priority=900)


def bundle(folder: Path) -> None:
    """Put the editor and what the buttons do together, a script for each."""
    modules = install(TOOLS / "node")
    stopped = run(
        modules / ".bin" / "esbuild",
        SOURCES / "editor.mjs",
        SOURCES / "page.mjs",
        "--bundle",
        "--minify",
        "--format=iife",
        "--charset=utf8",
        "--log-level=warning",
        *(f"--alias:{name}={modules / name}" for name in PACKAGES),
        f"--outdir={folder}",
        folder=SOURCES,
    )
    if stopped:
        raise ExtensionError("esbuild failed; its words stand above.")


def write_files(app, exception) -> None:
    """Write what a page loads at the first press."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static", "run")
    (folder / "cells").mkdir(parents=True, exist_ok=True)
    for docname in app.env.found_docs:
        if not runs_here(app, docname):
            continue
        notebook = nbformat.read(app.env.doc2path(docname), as_version=4)
        cells = [*carried(notebook), *twins(notebook)]
        held = json.dumps({"cells": cells}, ensure_ascii=False)
        path = folder / "cells" / f"{Path(docname).name}.js"
        path.write_text(f"globalThis.sgdCells = {held};\n", encoding="utf-8")
    bundle(folder)


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", number_cells, priority=400)
    app.connect("doctree-read", name_cells)
    app.connect("html-page-context", add_script)
    # After lean.py, which takes the other scripts for those of the theme.
    app.connect("build-finished", write_files, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
