"""The scorecard: every claim with its verdict, its number and a link to the cell that proves it.

    ```{scorecard}
    ```

makes the table, and {claim}`7` a link to the cell that proves claim 7. Both are read off the claim boxes in the
outputs of the chapters' notebooks, so they cannot drift from them: no box, no row, and the build says so.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import book
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from sgdlib.claims import CLAIMS, VERDICTS

log = logging.getLogger(__name__)
HIDDEN = {"remove-cell", "remove-output"}


class Box(NamedTuple):
    """A claim box on a page of the book."""

    number: int
    verdict: str
    finding: str
    page: str
    title: str


class ClaimParser(HTMLParser):
    """Collects (number, verdict, finding) of each claim box in a piece of HTML."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[list] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        classes = (attributes.get("class") or "").split()
        if "sgd-claim" in classes:
            number = int((attributes.get("id") or "").removeprefix("claim-") or 0)
            self.found.append([number, attributes.get("data-verdict"), ""])
        self.inside = bool(self.found) and (
            self.inside or "sgd-claim-number" in classes
        )

    def handle_endtag(self, tag):
        if tag == "span":
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1][2] += data


def notebook_boxes(notebook: dict, page: str) -> list[Box]:
    """The claim boxes that the notebook's page shows, from the first to the last."""
    title = page
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            heading = re.search(r"^# (.+)$", "".join(cell["source"]), re.MULTILINE)
            if heading:
                title = heading[1].strip()
                break
    found = []
    for cell in notebook["cells"]:
        if HIDDEN & set(cell["metadata"].get("tags", [])):
            continue
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if "sgd-claim" in html:
                found += [Box(*claim, page, title) for claim in ClaimParser(html).found]
    return found


@functools.cache
def read(path: str, page: str, modified: float) -> tuple[Box, ...]:
    """The boxes of a stored notebook; read again once the file has changed."""
    return tuple(
        notebook_boxes(json.loads(Path(path).read_text(encoding="utf-8")), page)
    )


def complaints(boxes: Iterable[Box]) -> list[str]:
    """What is wrong with the boxes of the book, in sentences."""
    rows = defaultdict(list)
    for box in boxes:
        rows[box.number].append(box)
    wrong = []
    if missing := [number for number in CLAIMS if number not in rows]:
        names = ", ".join(map(str, missing))
        wrong.append(
            f"no cell of the chapters in _toc.yml proves claim{'s' * (len(missing) > 1)} {names}: end "
            f"a cell with claim({missing[0]}, ...) and run make execute."
        )
    for number, found in sorted(rows.items()):
        if number not in CLAIMS:
            wrong.append(
                f"{found[0].page} shows a claim {number}, which the course does not have."
            )
        if len({box.verdict for box in found}) > 1:
            ways = " and ".join(f"{box.verdict} in {box.page}" for box in found)
            wrong.append(f"claim {number} is found {ways}: one claim has one verdict.")
        for page, count in Counter(box.page for box in found).items():
            if count > 1:
                wrong.append(
                    f"{page} shows claim {number} {count} times: a link can lead to one only."
                )
    return wrong


# ---------------------------------------------------------------- the book


def book_boxes(env) -> list[Box]:
    """The claim boxes of all notebooks of the book; the page that asks depends on them from here on."""
    found = []
    for page in book.pages(env.external_site_map):
        path = Path(env.doc2path(page))
        if path.suffix == ".ipynb" and path.is_file():
            env.note_dependency(str(path))
            found += read(str(path), page, path.stat().st_mtime)
    return found


def link(env, box: Box, words: str) -> nodes.reference:
    """A link to the box on its page."""
    page = env.app.builder.get_relative_uri(env.docname, box.page)
    return nodes.reference(
        "", words, internal=True, refuri=f"{page}#claim-{box.number}"
    )


def text_with_code(text: str) -> list[nodes.Node]:
    """Docutils nodes for a sentence in which `code` stands between backticks."""
    parts = text.split("`")
    return [
        nodes.literal("", part) if k % 2 else nodes.Text(part)
        for k, part in enumerate(parts)
    ]


def entry(*children: nodes.Node) -> nodes.entry:
    """A table cell."""
    return nodes.entry("", *children)


def row_of(env, number: int, found: list[Box]) -> nodes.row:
    """A claim, its verdict, and what each cell that proves it says."""
    said = nodes.paragraph("", f"{number}. ", nodes.Text("“"))
    said += [*text_with_code(CLAIMS[number]), nodes.Text("”")]
    proofs = []
    for box in found:
        proof = link(env, box, f"claim {number} in “{box.title}”")
        proofs.append(nodes.paragraph("", box.finding))
        proofs.append(
            nodes.paragraph("", "Proof: ", proof, classes=["sgd-scorecard-proof"])
        )
    verdict = found[0].verdict if found else "not proved"
    chip = nodes.strong("", verdict.capitalize(), classes=["sgd-claim-verdict"])
    row = nodes.row(
        "", entry(said), entry(nodes.paragraph("", "", chip)), entry(*proofs)
    )
    row["classes"].append(f"sgd-verdict-{verdict.split()[-1]}")
    row["ids"].append(f"scorecard-{number}")
    return row


def table_of(env, boxes: Iterable[Box]) -> nodes.table:
    """The scorecard as a table with header cells."""
    rows = defaultdict(list)
    for box in boxes:
        rows[box.number].append(box)
    group = nodes.tgroup("", cols=3)
    for width in (32, 17, 51):
        group += nodes.colspec(colwidth=width)
    group.children[0]["stub"] = 1
    head = ("Claim", "Verdict", "What is true, with the number")
    cells = [entry(nodes.paragraph("", words)) for words in head]
    group += nodes.thead("", nodes.row("", *cells))
    group += nodes.tbody("", *(row_of(env, number, rows[number]) for number in CLAIMS))
    return nodes.table("", group, classes=["sgd-scorecard", "colwidths-given"])


def summary_of(boxes: Iterable[Box]) -> str:
    """How many claims got which verdict, in a sentence."""
    verdicts = Counter({box.number: box.verdict for box in boxes}.values())
    counts = [f"{verdicts[word]} {word}" for word in VERDICTS if verdicts[word]]
    listed = (
        ", ".join(counts[:-1]) + (" and " if counts[1:] else "") + "".join(counts[-1:])
    )
    return f"Of the {len(CLAIMS)} claims the course finds {listed}."


class Scorecard(SphinxDirective):
    """The directive `scorecard`."""

    def run(self) -> list[nodes.Node]:
        boxes = book_boxes(self.env)
        for sentence in complaints(boxes):
            log.warning(sentence, location=self.get_location(), type="scorecard")
        return [nodes.paragraph("", summary_of(boxes)), table_of(self.env, boxes)]


class ClaimRole(SphinxRole):
    """The role `claim`: a link to the first cell of the book that proves the claim of that number."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        for box in book_boxes(self.env):
            if str(box.number) == self.text.strip():
                return [link(self.env, box, f"claim {box.number}")], []
        log.warning(
            f"no cell proves claim {self.text}.",
            location=self.get_location(),
            type="scorecard",
        )
        return [nodes.Text(f"claim {self.text}")], []


def setup(app):
    """Sphinx calls this."""
    app.add_directive("scorecard", Scorecard)
    app.add_role("claim", ClaimRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
