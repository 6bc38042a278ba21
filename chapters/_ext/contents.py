"""The list of the chapters, and how many there are, made from _toc.yml.

    ```{chapters}
    ```

makes the numbered list, each chapter with the sentence that stands in its notebook's metadata,

    "course": {"summary": "A hill, a slope, a step."}

and {count}`chapters` their number in words; {count}`claims` is the number of the claims.
"""

from __future__ import annotations

import json
from pathlib import Path

import book
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
        lines = []
        for page in book.chapters(self.env.external_site_map):
            path = Path(self.env.doc2path(page))
            self.env.note_dependency(str(path))
            try:
                lines.append(entry_of(page, path))
            except ValueError as error:
                log.warning(str(error), location=self.get_location(), type="contents")
        made = nodes.Element()
        self.state.nested_parse(StringList(lines), 0, made)
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


def setup(app):
    """Sphinx calls this."""
    app.add_directive("chapters", Chapters)
    app.add_role("count", Count())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
