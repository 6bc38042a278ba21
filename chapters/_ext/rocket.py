"""The rocket in the header of a chapter: a plain link to its notebook, run in the browser (chapters/_tools/lite.py).

The theme has such a button, but wants the whole address of the site, which nobody knows while it is built.
Nothing is loaded before the reader follows the link; a page opened from disk, where no browser lets Python start,
explains itself instead (chapters/_static/course.js). Keras has no build for the browser: a chapter that needs it has no
button.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import nbformat

NAME = "Run this chapter in the browser"
# Itself, or by training a run of an experiment; a stored table needs none.
KERAS = re.compile(
    r"^\s*(?:import|from)\s+keras\b|^\s*from sgdlib\.experiments\.\w+ import .*\btrain\b",
    re.M,
)


def needs_keras(notebook) -> bool:
    """Whether a notebook runs only where Keras is."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return any(map(KERAS.search, code))


def address(root: str, docname: str) -> str:
    """The notebook of a page, seen from a page whose way to the site's root is given.

    >>> address("../", "chapters/momentum")
    '../lite/notebooks/index.html?path=momentum.ipynb'
    """
    return f"{root}lite/notebooks/index.html?path={quote(Path(docname).name)}.ipynb"


def add_rocket(app, pagename, templatename, context, doctree) -> None:
    """Give the pages made from a notebook that runs in the browser their button, before the theme's own."""
    path = Path(app.env.doc2path(pagename))
    if path.suffix != ".ipynb" or needs_keras(nbformat.read(path, as_version=4)):
        return
    root = context["pathto"]("", 1)
    button = {
        "type": "link",
        "url": address(root, pagename),
        "icon": "fas fa-rocket",
        "tooltip": NAME,
        "label": "rocket",
    }
    context["header_buttons"].insert(0, button)


def setup(app):
    """Sphinx calls this."""
    # The theme fills its list at 501.
    app.connect("html-page-context", add_rocket, priority=502)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
