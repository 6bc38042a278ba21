"""The page of code to take away: cells that are meant to be pasted, collected from all notebooks.

A code cell with the tag `paste` and, in its metadata, `"paste": "A title"` runs alone in a new Python, imports
included. On a page,

    ```{paste-code}
    ```

becomes a section for each of them, with the title, the chapter it stands in, and the code. Pieces without a chapter
are fenced Python below headings of that page. What is wrong with a piece is a warning, and make book takes a warning
for an error.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import book
import nbformat
from sphinx.util import logging

log = logging.getLogger(__name__)

TAG = "paste"
DIRECTIVE = "```{paste-code}\n```\n"
FENCED = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```python\n(.*?)^```$", re.M | re.S)


class Piece(NamedTuple):
    """Code to be pasted: its title, itself, and the page it comes from."""

    title: str
    code: str
    page: str


def pieces_of(page: str, notebook) -> list[Piece]:
    """The pieces in a notebook, in its order.

    Raises
    ------
    ValueError
        For a piece without a title, or one that is not plain Python.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or TAG not in cell.metadata.get("tags", []):
            continue
        title = cell.metadata.get(TAG, "").strip()
        if not title:
            raise ValueError(
                f'the cell {cell.id} of {page} is to be pasted: give it a title, "paste": "..." in its metadata.'
            )
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise ValueError(
                f"the piece {title!r} of {page} is not Python: {error.msg}."
            ) from error
        found.append(Piece(title, cell.source.strip(), page))
    return found


def fenced(page: str, source: str) -> list[Piece]:
    """The pieces that stand in the source of a page, one below each heading."""
    return [Piece(title, code.strip(), page) for title, code in FENCED.findall(source)]


def twice(pieces: Iterable[Piece]) -> list[str]:
    """The titles that more than one piece has."""
    titles = [piece.title for piece in pieces]
    return sorted({title for title in titles if titles.count(title) > 1})


def markdown(pieces: Iterable[Piece]) -> str:
    """The sections that take the place of the directive.

    >>> print(markdown([Piece("Two", "1 + 1", "chapters/momentum")]))
    ## Two
    <BLANKLINE>
    From the chapter [](/chapters/momentum.ipynb).
    <BLANKLINE>
    ```python
    1 + 1
    ```
    <BLANKLINE>
    """
    return "\n".join(
        f"## {title}\n\nFrom the chapter [](/{page}.ipynb).\n\n```python\n{code}\n```\n"
        for title, code, page in pieces
    )


def collect(pages: Iterable[str], root: Path) -> list[Piece]:
    """The pieces of all notebooks of the book, in the order of reading."""
    found = []
    for page in pages:
        path = root / f"{page}.ipynb"
        if path.is_file():
            found += pieces_of(page, nbformat.read(path, as_version=4))
    return found


def read_source(app, docname: str, source: list[str]) -> None:
    """Hand MyST the page with the pieces in place of the directive."""
    if DIRECTIVE not in source[0]:
        return
    root, pages = Path(app.srcdir), list(book.pages(app.env.external_site_map))
    for page in pages:
        if (path := root / f"{page}.ipynb").is_file():
            app.env.note_dependency(str(path))
    try:
        found = collect(pages, root)
    except ValueError as error:
        log.warning(str(error), location=docname, type="paste")
        return
    for title in twice([*found, *fenced(docname, source[0])]):
        log.warning(f"two pieces are called {title!r}.", location=docname, type="paste")
    source[0] = source[0].replace(DIRECTIVE, markdown(found))


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", read_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
