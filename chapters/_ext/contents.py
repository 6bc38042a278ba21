"""The list of the chapters, and how many there are, made from _toc.yml.

    ```{chapters}
    ```

makes the numbered list, each chapter with the sentence that stands in its notebook's metadata,

    "course": {"summary": "A hill, a slope, a step."}

and {count}`chapters` their number in words; {count}`claims` is the number of the claims. The contents beside
a chapter's text list its sections, and of its exercises only that there are some.
"""

from __future__ import annotations

import json
from pathlib import Path

import book
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from sgdlib.claims import CLAIMS

log = logging.getLogger(__name__)
ONES = (
    "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def words(number: int) -> str:
    """A number below a hundred as a sentence says it.

    >>> words(8), words(21), words(40)
    ('eight', 'twenty-one', 'forty')
    """
    if number < 20:
        return ONES[number]
    tens = TENS[number // 10 - 2]
    return f"{tens}-{ONES[number % 10]}" if number % 10 else tens


def entry_of(page: str, path: Path) -> str:
    """The line of a chapter, in Markdown: a link with the page's title, and the sentence.

    A notebook that the list calls by another name than its title says so: "course": {"title": ...}.

    Raises
    ------
    ValueError
        If there is no sentence.
    """
    said = {}
    if path.suffix == ".ipynb":
        notebook = json.loads(path.read_text(encoding="utf-8"))
        said = notebook["metadata"].get("course", {})
    if not said.get("summary", "").strip():
        raise ValueError(
            f"{page} has no sentence for the list of chapters: put "
            '"course": {"summary": "..."} into the metadata of its notebook.'
        )
    return f"1. [{said.get('title', '')}](/{page}{path.suffix}). {said['summary']}"


class Chapters(SphinxDirective):
    """The directive `chapters`."""

    def run(self) -> list[nodes.Node]:
        lines, pages = [], []
        for page in book.chapters(self.env.external_site_map):
            path = Path(self.env.doc2path(page))
            self.env.note_dependency(str(path))
            try:
                lines.append(entry_of(page, path))
                pages.append(page)
            except ValueError as error:
                log.warning(str(error), location=self.get_location(), type="contents")
        made = nodes.Element()
        self.state.nested_parse(StringList(lines), 0, made)
        for chapters in made.children:
            chapters["classes"].append("sgd-chapters")
            for item, page in zip(chapters.children, pages, strict=True):
                item["sgd_page"] = (
                    page  # chapters/_ext/times.py says there how long it takes
                )
        return made.children


class Count(SphinxRole):
    """The role `count`: how many chapters or claims the course has, in words."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        counted = {
            "chapters": len(book.chapters(self.env.external_site_map)),
            "claims": len(CLAIMS),
        }
        if self.text not in counted:
            log.warning(
                f"count knows {' and '.join(counted)}, not {self.text}.",
                location=self.get_location(),
                type="contents",
            )
            return [], []
        return [nodes.Text(words(counted[self.text]))], []


def without_exercises(contents: str) -> str:
    """The contents of a page without an entry for each exercise; their common heading stays.

    >>> without_exercises('<li>Exercises<ul><li><a href="#exercise-1-add">1. Add</a></li></ul></li>')
    '<li>Exercises</li>'
    """
    soup = BeautifulSoup(contents, "html.parser")
    for link in soup.select("a[href^='#exercise-']"):
        entry = link.find_parent("li")
        entries = entry.parent
        entry.decompose()
        if not entries.find("li"):
            entries.decompose()
    return str(soup)


def shorten_contents(app, pagename, templatename, context, doctree) -> None:
    """Write the contents beside a page's text without exercises."""
    if "toc" in context:
        context["toc"] = without_exercises(context["toc"])


def setup(app):
    """Sphinx calls this."""
    app.add_directive("chapters", Chapters)
    app.add_role("count", Count())
    app.connect("html-page-context", shorten_contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
