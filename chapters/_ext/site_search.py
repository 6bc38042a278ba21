"""The course's search in place of Sphinx': a page for it, and one script with all that can be found.

The script is search-index.js: MiniSearch, a stemmer, chapters/_search and the entries of search_entries.py, put
together by esbuild. A page loads it when the reader opens the search; chapters/_static/search.js does that.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import book
from docutils import nodes
from search_entries import entries
from sphinx.errors import ExtensionError

CHAPTERS = Path(__file__).resolve().parent.parent
TOOLS, SOURCES = CHAPTERS / "_tools", CHAPTERS / "_search"
sys.path.append(str(TOOLS))

from node_packages import install, run  # noqa: E402

PAGE, SCRIPT = "course-search.html", "search-index.js"


def name_questions(app, doctree) -> None:
    """Give a paragraph that begins with a question in bold a name, so that a hit can lead to it."""
    for paragraph in doctree.findall(nodes.paragraph):
        question = next((part for part in paragraph if part.astext()), None)
        if not isinstance(question, nodes.strong):
            continue
        words = question.astext()
        name = nodes.make_id(words)
        if words.endswith("?") and name not in doctree.ids:
            doctree.ids[name] = paragraph
            paragraph["ids"].append(name)
            paragraph["classes"].append("sgd-asked")


def add_page(app, config) -> None:
    """The page of the search is ours."""
    config.templates_path.append(str(SOURCES))
    config.html_additional_pages["search"] = PAGE


def leave_out_sphinx(app) -> None:
    """No index of Sphinx' own, and no page."""
    app.builder.search = False


def bundle(found: list, script: Path) -> None:
    """Write the script that finds these entries."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder, "entries.json")
        held.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        modules = install(TOOLS / "node")
        stopped = run(
            modules / ".bin" / "esbuild",
            SOURCES / "search.mjs",
            "--bundle",
            "--minify",
            "--format=iife",
            "--charset=utf8",
            "--log-level=warning",
            f"--alias:entries={held}",
            *(f"--alias:{name}={modules / name}" for name in ("minisearch", "porter2")),
            f"--outfile={script}",
            folder=SOURCES,
        )
    if stopped:
        raise ExtensionError("esbuild failed; its words stand above.")


def write_script(app, exception) -> None:
    """Read the entries off the pages of the book."""
    if exception is not None or app.builder.name != "html":
        return
    found = []
    for page in book.pages(app.env.external_site_map):
        if Path(page).name == "answers":
            continue  # cells without words of their own: the questions are found, and lead there
        address = app.builder.get_target_uri(page)
        html = Path(app.outdir, address).read_text(encoding="utf-8")
        found.append([address, *entries(html, Path(page).name)])
    bundle(found, Path(app.outdir, "_static", SCRIPT))


def setup(app):
    """Sphinx calls this."""
    app.connect("config-inited", add_page)
    app.connect("doctree-read", name_questions)
    app.connect("builder-inited", leave_out_sphinx)
    app.connect("build-finished", write_script, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
