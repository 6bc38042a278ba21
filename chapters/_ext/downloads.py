"""Notebooks that run anywhere: what the download has in front of its cells, and the links to Colab and Binder.

The sources stay as they are. The notebook to download gets a first cell (chapters/_tools/first_cell.py) that looks
for sgdlib and the packages that the chapter imports, and installs what is missing. sgdlib's wheel comes from the
site, when it was built with its address (`make book SITE=https://...`); else the cell carries it, compressed and as
text: a cell's source is all of a notebook that the kernel can see in Jupyter, Colab, Kaggle and VS Code alike.

`make book REPO=https://github.com/owner/name` adds the links. Colab opens notebooks from GitHub only: those of the
branch that holds the site, which have the first cell. Binder builds the repository itself.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import lzma
import os
import re
import sys
import tempfile
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from urllib.parse import quote, urljoin

import nbformat
from exercises import dumps
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / "chapters" / "_tools"
sys.path.append(str(TOOLS))

from lite import FIRST_CELL, build_sgdlib  # noqa: E402

REPOSITORY = "COURSE_REPO"
PAGES = "gh-pages"
TITLE = "#@title Run this cell first: it finds or installs the course's package"
# The oldest that the chapters were run with (tests/support/anywhere.py).
MODULES = {
    "keras": "keras>=3.9",
    "jax": "jax>=0.5",
    "optax": "optax>=0.2",
    "sklearn": "scikit-learn>=1.5",
    "tqdm": "tqdm>=4.66",
}
# What lies behind a name that a chapter imports from sgdlib.
BEHIND = {"digits": ("sklearn",), "train": ("keras", "sklearn"), "tune": ("tqdm",)}
# Colab shows the title and hides the code, as Jupyter does; VS Code shows a dozen lines and one long one.
METADATA = {
    "cellView": "form",
    "jupyter": {"source_hidden": True},
    "tags": ["hide-input"],
}


# ---------------------------------------------------------------- what a notebook needs


def imported(notebook) -> set[str]:
    """The modules that a notebook's cells import, by their first names, and those behind what it takes from sgdlib."""
    found = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
                if node.module.startswith(("sgdlib.experiments", "sgdlib.practice")):
                    for alias in node.names:
                        found |= set(BEHIND.get(alias.name, ()))
    return found | ({"jax"} if "keras" in found else set())


def project() -> dict:
    """What pyproject.toml says of sgdlib."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]


def needs(notebook) -> list[str]:
    """The packages that a notebook needs, each with the oldest version that will do."""
    own = imported(notebook)
    return [
        *project()["dependencies"],
        *(need for module, need in MODULES.items() if module in own),
    ]


# ---------------------------------------------------------------- the cell


@cache
def wheel() -> tuple[str, bytes]:
    """The name and the bytes of sgdlib's wheel; built once."""
    with tempfile.TemporaryDirectory() as folder:
        path = build_sgdlib(Path(folder))
        return path.name, path.read_bytes()


def unpacked(packed: bytes) -> bytes:
    """The same wheel with nothing in it compressed: xz packs all of it better than one file at a time."""
    stored = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as before,
        zipfile.ZipFile(stored, "w") as after,
    ):
        for entry in before.infolist():
            after.writestr(entry, before.read(entry), compress_type=zipfile.ZIP_STORED)
    return stored.getvalue()


@cache
def carried() -> tuple[str, str]:
    """What a cell that carries the wheel says of it: its hash, and its bytes as text; made once."""
    plain = unpacked(wheel()[1])
    packed = lzma.compress(plain, preset=9 | lzma.PRESET_EXTREME)
    return hashlib.sha256(plain).hexdigest(), base64.b64encode(packed).decode("ascii")


def first_cell(notebook, site: str = ""):
    """The cell in front of a notebook to download; the wheel comes from the site, or else from the cell."""
    name, packed = wheel()
    if site:
        digest = hashlib.sha256(packed).hexdigest()
        source = f"address={urljoin(site, f'lite/pyodide/{name}')!r},"
    else:
        digest, text = carried()
        source = f"carried={text!r},  # sgdlib's wheel, as xz and base64"
    call = [
        "bring(",
        f"    version={project()['version']!r},",
        f"    sha256={digest!r},",
        f"    needs={needs(notebook)!r},",
        f"    {source}",
        ")",
    ]
    code = (TOOLS / "first_cell.py").read_text(encoding="utf-8").rstrip("\n")
    source = "\n".join([TITLE, code, "", "", *call])
    return nbformat.v4.new_code_cell(source, id=FIRST_CELL, metadata=METADATA)


# ---------------------------------------------------------------- the links


def repository(given: str) -> tuple[str, str] | None:
    """The owner/name of a repository on GitHub and the branch that holds the site; None if nothing is given.

    >>> repository("https://github.com/owner/name")
    ('owner/name', 'gh-pages')
    >>> repository("https://github.com/owner/name/tree/site")
    ('owner/name', 'site')
    """
    if not given:
        return None
    found = re.fullmatch(
        r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?(?:/tree/([\w./-]+?))?/?",
        given,
    )
    if not found:
        raise ExtensionError(
            "REPO is the address of a repository on GitHub, such as https://github.com/owner/name, "
            f"and with /tree/BRANCH if the site is not on {PAGES}; not {given!r}."
        )
    return found[1], found[2] or PAGES


def links(repo: str, branch: str, docname: str) -> dict[str, str]:
    """Where a chapter opens elsewhere, by the name of the place.

    >>> links("owner/name", "gh-pages", "chapters/momentum")["Colab"]
    'https://colab.research.google.com/github/owner/name/blob/gh-pages/_sources/chapters/momentum.ipynb'
    """
    colab = f"https://colab.research.google.com/github/{repo}/blob/{quote(branch)}/_sources/{quote(docname)}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{repo}/HEAD?urlpath={quote(f'lab/tree/{docname}.ipynb', safe='')}"
    return {"Colab": colab, "Binder": binder}


def add_links(app, pagename, templatename, context, doctree) -> None:
    """Give the pages made from a notebook their way to Colab and Binder, beside the rocket and the download."""
    repo = repository(os.environ.get(REPOSITORY, "").strip())
    if repo is None or Path(app.env.doc2path(pagename)).suffix != ".ipynb":
        return
    buttons = [
        {"type": "link", "url": url, "text": f"Open in {place}", "icon": "fas fa-cloud"}
        for place, url in links(*repo, pagename).items()
    ]
    group = {
        "type": "group",
        "buttons": buttons,
        "icon": "fas fa-cloud",
        "tooltip": "Run this chapter elsewhere",
        "label": "elsewhere",
    }
    rockets = [b.get("label") == "rocket" for b in context["header_buttons"]]
    context["header_buttons"].insert(sum(rockets), group)


# ---------------------------------------------------------------- the build


def write_downloads(app, exception) -> None:
    """Put the first cell into each notebook to download."""
    if exception is not None or app.builder.name != "html":
        return
    for path in Path(app.outdir, "_sources").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(0, first_cell(notebook, app.config.html_baseurl))
        path.write_text(dumps(notebook), encoding="utf-8")


def setup(app):
    """Sphinx calls this."""
    # After rocket, at 502, and the theme's own.
    app.connect("html-page-context", add_links, priority=503)
    # After exercises, which takes the solutions out, and before course_site, which writes a script beside each.
    app.connect("build-finished", write_downloads, priority=450)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
