"""What proves or derives, folded in place: the short track of a chapter is what is left.

In one cell of Markdown a directive does it,

    :::{why} Proof: why the limit is $2/\\lambda$
    ...
    :::

and a run of cells, code and outputs included, is folded by the tag `why` on each of them. Where a heading stands in
the run it stays in sight, and what it is over is folded below it. Elsewhere a cell that begins with a paragraph of
nothing but words in bold begins a box of its own, with these words on it. A box without words says "Why?". A note
of the class `dropdown` becomes such a box, too.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import nbformat
from docutils import nodes
from exercises import dumps
from sphinx.util.docutils import SphinxDirective

TAG = "why"
BEGIN, END = "sgd: why", "sgd: no longer why"
WORDS = "Why?"
NAMED = re.compile(r"\s*\*\*[^\n]+\*\*[ \t]*(\n[ \t]*\n|\Z)")
SCRIPT = "tracks.js"
CLASS = "sgd-why"
EVIDENCE = "sgd-claim-evidence"


class why(nodes.General, nodes.Element):
    """A box that opens; its first child is a `why_words`."""


class why_words(nodes.rubric):
    """What stands on a closed box."""


# ---------------------------------------------------------------- the notebook


def is_folded(cell) -> bool:
    """Whether the cell is not on the short track."""
    return TAG in cell.metadata.get("tags", [])


def marked(notebook):
    """The notebook with a comment before and after each run of tagged cells, for `fold`."""
    made = nbformat.from_dict(notebook)
    made.cells = []
    inside = False

    def mark(words: str) -> None:
        made.cells.append(
            nbformat.v4.new_markdown_cell(f"% {words}", id=f"why-{len(made.cells)}")
        )

    for cell in notebook.cells:
        begins = cell.cell_type == "markdown" and NAMED.match(cell.source)
        if is_folded(cell) and (begins or not inside):
            mark(BEGIN)
        elif inside and not is_folded(cell):
            mark(END)
        inside = is_folded(cell)
        made.cells.append(cell)
    if inside:
        mark(END)
    return made


# ---------------------------------------------------------------- the page


def box(content: list[nodes.Node]) -> why:
    """A box with this content, named by a paragraph in bold at its beginning."""
    # MyST puts empty texts around what is in bold.
    parts = [part for part in content[0].children if part.astext()]
    if (
        isinstance(content[0], nodes.paragraph)
        and len(parts) == 1
        and isinstance(parts[0], nodes.strong)
    ):
        words, content = parts[0].children, content[1:]
    else:
        words = [nodes.Text(WORDS)]
    return why("", why_words("", "", *words), *content, classes=[CLASS])


def is_said(node: nodes.Node) -> bool:
    """Whether a reader sees anything of the node."""
    return not isinstance(node, nodes.comment | nodes.target | nodes.Invisible)


def fold(parent: nodes.Element, inside: bool = False) -> bool:
    """Put what stands between the comments of `marked` into boxes; return whether the last run goes on after it.

    A section that begins in a run keeps its heading in sight, and is one box below it if it ends there as well.
    """
    made, run = [], []
    titles = parent.children[:1] if isinstance(parent, nodes.section) else []

    def close() -> None:
        said = any(map(is_said, run))
        made.extend([box(list(run))] if said else run)
        run.clear()

    for child in parent.children:
        text = child.astext() if isinstance(child, nodes.comment) else ""
        if text in (BEGIN, END):
            close()
            inside = text == BEGIN
        elif isinstance(child, nodes.section):
            close()
            if inside and not marks_in(child):
                fold_all(child)
            else:
                inside = fold(child, inside)
            made.append(child)
        else:
            (run if inside and child not in titles else made).append(child)
    close()
    parent.children = []
    parent.extend(made)
    return inside


def marks_in(part: nodes.Element) -> list[nodes.comment]:
    """The comments of `marked` in a part of a page."""
    found = part.findall(nodes.comment)
    return [each for each in found if each.astext() in (BEGIN, END)]


def move_out(mark: nodes.comment) -> None:
    """Put a comment at the end of a section after the section, which begins or ends there as a whole."""
    section = mark.parent
    while isinstance(section, nodes.section) and section[-1] is mark:
        section.remove(mark)
        section.parent.insert(section.parent.index(section) + 1, mark)
        section = section.parent


def fold_all(section: nodes.section) -> None:
    """Fold a section below its heading, with the sections inside it."""
    title, *content = section.children
    if any(map(is_said, content)):
        section.children = [title]
        section.append(box(content))


def fold_notes(doctree: nodes.document) -> None:
    """A note of the class `dropdown` is a box like the others, which needs no script and is open on paper."""
    for note in list(doctree.findall(nodes.admonition)):
        if "dropdown" in note["classes"]:
            title, *content = note.children
            words = why_words("", "", *title.children)
            note.replace_self(why("", words, *content, classes=[CLASS]))


def name_boxes(doctree: nodes.document) -> None:
    """Say to a screen reader, which may list them all, where each box stands that only asks why."""
    seen = Counter()
    for found in list(doctree.findall(why)):
        section = found.parent
        while section is not None and not isinstance(section, nodes.section):
            section = section.parent
        title = section[0].astext() if section is not None else ""
        seen[title] += found[0].astext() == WORDS
        if found[0].astext() == WORDS and title:
            count = f", {seen[title]}" if seen[title] > 1 else ""
            unseen = nodes.inline("", f" ({title}{count})", classes=["sgd-unseen"])
            found[0].append(unseen)


class Why(SphinxDirective):
    """The directive `why`; its argument is the words on the box."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        words, said = self.state.inline_text(
            self.arguments[0] if self.arguments else WORDS, self.lineno
        )
        made = why("", why_words("", "", *words), classes=[CLASS])
        self.state.nested_parse(self.content, self.content_offset, made)
        return [made, *said]


# ---------------------------------------------------------------- the build


def read_source(app, docname: str, source: list[str]) -> None:
    """Hand MyST-NB the notebook with its runs marked."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = nbformat.reads(source[0], as_version=4)
    if any(map(is_folded, notebook.cells)):
        source[0] = dumps(marked(notebook))


def fold_page(app, doctree: nodes.document) -> None:
    """Fold a page that was read."""
    marks = marks_in(doctree)
    for mark in reversed(marks):
        move_out(mark)
    if marks:
        fold(doctree)
    fold_notes(doctree)
    name_boxes(doctree)


def visit_why(self, node) -> None:
    self.body.append(self.starttag(node, "details"))


def depart_why(self, node) -> None:
    self.body.append("</details>\n")


def visit_why_words(self, node) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def depart_why_words(self, node) -> None:
    self.body.append("</summary>\n")


def add_script(app, pagename, templatename, context, doctree) -> None:
    """Load the script on the pages that hold a box, here or in a claim box (`sgdlib.claims`)."""
    body = context.get("body", "")
    if f'class="{CLASS}"' in body or f'class="{EVIDENCE}"' in body:
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app):
    """Sphinx calls this."""
    app.add_directive("why", Why)
    app.add_node(why, html=(visit_why, depart_why))
    app.add_node(why_words, html=(visit_why_words, depart_why_words))
    app.connect("source-read", read_source)
    # After Sphinx has numbered and listed the sections, which it does not look for in boxes.
    app.connect("doctree-read", fold_page, priority=800)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
