"""Links the first use of each glossary term in each chapter to the glossary, while the pages are written.

A chapter says "condition number" and no more, so it reads in plain Jupyter, too. Headings, code, outputs, formulas and
what is a link already stay as they are. Each link holds the first sentences of its definition, which terms.js shows in
place; without scripts it is a link and no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape

import book
import formulas
import sentences
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

Link = Callable[[str, str], nodes.Node]

# Words in these are not running text.
NOT_PROSE = (
    nodes.title,
    nodes.rubric,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.target,
    nodes.raw,
    nodes.caption,
    nodes.citation,
    nodes.footnote,
    nodes.term,
    nodes.comment,
    nodes.image,
    addnodes.pending_xref,
    sentences.Sentence,
)
# MyST-NB's boxes around a cell's code and around what it printed.
CODE_CLASSES = {"cell_input", "cell_output"}
# A folded box, in which no reader sees a first use.
FOLDED = {"dropdown", "sgd-why"}
SCRIPT = "terms.js"
# What is read at a glance.
LONGEST = 200
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])")
CITED = re.compile(r"([a-z]+)(\d{4})\w?")


def is_prose(text: nodes.Text) -> bool:
    """Whether the text is read as a sentence: no ancestor is a heading, code, a formula or a link."""
    above = text.parent
    while above is not None:
        if isinstance(above, NOT_PROSE):
            return False
        if CODE_CLASSES & set(above.get("classes", [])):
            return False
        above = above.parent
    return True


def is_folded(text: nodes.Text) -> bool:
    """Whether the text stands in a box that is closed when the page opens."""
    above = text.parent
    while above is not None and not FOLDED & set(above.get("classes", [])):
        above = above.parent
    return above is not None


def pattern_of(terms: Iterable[str]) -> re.Pattern:
    """Matches any of the terms as whole words, also in the plural, the longest term first."""
    ways = sorted(terms, key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, term.split())) for term in ways)
    return re.compile(rf"(?<![\w-])({words})(?:s|es|d)?(?![\w-])", re.IGNORECASE)


def join_texts(document: nodes.document) -> None:
    """Make one text of neighbors: a line break in the source cuts "learning rate" in two."""
    for element in list(document.findall(nodes.Element)):
        k = 1
        while k < len(element.children):
            before, after = element.children[k - 1 : k + 1]
            if isinstance(before, nodes.Text) and isinstance(after, nodes.Text):
                element.children[k - 1 : k + 1] = []
                element.insert(k - 1, nodes.Text(str(before) + str(after)))
            else:
                k += 1


def link_first_uses(
    document: nodes.document, entries: dict[str, str], link: Link
) -> list[str]:
    """Link the first use of each entry, one that is seen before one that is folded; return the ids of those found.

    Parameters
    ----------
    document
        The page; it is changed.
    entries
        The id of its entry for each term; synonyms share one.
    link
        Makes the link from the id and the words on the page.
    """
    known = {term.lower(): entry for term, entry in entries.items()}
    if not known:
        return []
    pattern, found = pattern_of(known), []
    join_texts(document)
    texts = [text for text in document.findall(nodes.Text) if is_prose(text)]
    for text in sorted(texts, key=is_folded):
        pieces = list(cut(str(text), pattern, known, found, link))
        if found and pieces != [text]:
            text.parent.replace(text, pieces)
    return found


def cut(
    text: str, pattern: re.Pattern, known: dict[str, str], found: list[str], link: Link
) -> Iterator[nodes.Node]:
    """The text with links at the terms whose entry was not found before."""
    end = 0
    for match in pattern.finditer(text):
        entry = known[" ".join(match[1].lower().split())]
        if entry in found:
            continue
        found.append(entry)
        if match.start() > end:
            yield nodes.Text(text[end : match.start()])
        yield link(entry, match[0])
        end = match.end()
    if end < len(text):
        yield nodes.Text(text[end:])


def entries_of(glossary: nodes.document) -> dict[str, str]:
    """The terms of the page's glossaries, each with the id of its entry."""
    return {
        term.astext(): item.next_node(nodes.term)["ids"][0]
        for box in glossary.findall(addnodes.glossary)
        for item in box.findall(nodes.definition_list_item)
        for term in item.findall(nodes.term)
    }


def meanings_of(
    glossary: nodes.document, in_a_line: Callable[[str], str]
) -> dict[str, str]:
    """The beginning of each definition, as a line of text, by the id of its entry."""
    return {
        item.next_node(nodes.term)["ids"][0]: beginning(
            line_of(item.next_node(nodes.definition), in_a_line)
        )
        for box in glossary.findall(addnodes.glossary)
        for item in box.findall(nodes.definition_list_item)
    }


def line_of(node: nodes.Node, in_a_line: Callable[[str], str]) -> str:
    """A definition as a line of text; `in_a_line` makes text of a formula."""
    if isinstance(node, nodes.math):
        return in_a_line(node.astext())
    if isinstance(node, addnodes.pending_xref):  # a work, named by its key
        return CITED.sub(lambda key: f"{key[1].title()} ({key[2]})", node.astext())
    if isinstance(node, nodes.Text):
        return str(node)
    words = "".join(line_of(child, in_a_line) for child in node.children)
    return " ".join(words.split()) if isinstance(node, nodes.definition) else words


def beginning(text: str) -> str:
    """The first sentences of a text, as many as are read at a glance; of a longer first one as much as fits."""
    first, *others = SENTENCE.split(text)
    if len(first) > LONGEST:
        return first[: first.rindex(" ", 0, LONGEST - 1)].rstrip(" ,;:") + " …"
    for sentence in others:
        if len(first) + 1 + len(sentence) > LONGEST:
            break
        first += f" {sentence}"
    return first


class Term(nodes.reference):
    """A link to an entry of the glossary that holds the beginning of its `meaning`."""


def visit_term(writer, node: Term) -> None:
    """A link as any other, and what terms.js shows."""
    writer.body.append(
        f'<a class="sgd-term reference internal" href="{escape(node["refuri"])}" '
        f'data-meaning="{escape(node["meaning"])}">'
    )


def depart_term(writer, node: Term) -> None:
    """The end of the link."""
    writer.body.append("</a>")


class GlossaryLinks(SphinxPostTransform):
    """Runs for each page, just before Sphinx resolves its references: an author's name is then still one."""

    default_priority = 9

    def run(self, **kwargs) -> None:
        page = self.env.docname
        if page not in book.chapters(self.env.external_site_map):
            return
        objects = self.env.get_domain("std").get_objects()
        for glossary in sorted({item[3] for item in objects if item[2] == "term"}):
            where = self.app.builder.get_relative_uri(page, glossary)
            entries, meanings = self.read(glossary)

            def link(
                entry: str, words: str, where: str = where, meanings: dict = meanings
            ) -> Term:
                return Term(
                    "", words, refuri=f"{where}#{entry}", meaning=meanings[entry]
                )

            link_first_uses(self.document, entries, link)

    def read(self, glossary: str) -> tuple[dict[str, str], dict[str, str]]:
        """The terms of a glossary and what they mean, read once for all pages."""
        known = self.app.__dict__.setdefault("sgd_glossaries", {})
        if glossary not in known:
            document = self.env.get_doctree(glossary)
            known[glossary] = (
                entries_of(document),
                meanings_of(document, formulas.in_a_line),
            )
        return known[glossary]


def add_script(app, pagename, templatename, context, doctree) -> None:
    """Load the script that shows meanings on the pages that hold one."""
    if "data-meaning=" in context.get("body", ""):
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app):
    """Sphinx calls this."""
    app.add_node(Term, html=(visit_term, depart_term))
    app.add_post_transform(GlossaryLinks)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
