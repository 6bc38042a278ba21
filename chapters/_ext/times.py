"""How long a chapter takes, measured while the book is built: under its title, in the list of chapters, and where
{time}`warm-up` or {time}`chapters` stands in a page.

200 words a minute; two minutes for each figure, moving or not; three for each exercise. Words are those of running
text: no code, nothing that a cell printed, nothing in a picture, and a formula is one word. The short track is without
what is folded (chapters/_ext/tracks.py) and without the exercises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import book
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from tracks import why

from sgdlib.exercises import places

log = logging.getLogger(__name__)
WORDS_A_MINUTE, FIGURE, EXERCISE = 200, 2, 3
STEP = 5  # minutes that a time is rounded to
# What is not read word by word; a heading is.
SKIPPED = (
    nodes.literal_block,
    nodes.math_block,
    nodes.comment,
    nodes.target,
    nodes.Invisible,
)
# Pictures and what widgets and forms hold are not running text; questions and claims are.
UNREAD = re.compile(
    r"<(svg|script|style|noscript|form|figure|pre)\b.*?</\1>", re.DOTALL
)
EVIDENCE = re.compile(r'<details class="sgd-claim-evidence">.*?</details>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Amount:
    """What there is to read, to look at and to do."""

    words: int = 0
    figures: int = 0
    exercises: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.words + other.words,
            self.figures + other.figures,
            self.exercises + other.exercises,
        )

    def minutes(self) -> int:
        """The minutes it takes, in steps of five, and at least that.

        >>> Amount(words=2000, figures=3, exercises=1).minutes()
        20
        """
        exact = (
            self.words / WORDS_A_MINUTE
            + self.figures * FIGURE
            + self.exercises * EXERCISE
        )
        return max(STEP, STEP * round(exact / STEP))


def of_html(html: str, short: bool = False) -> Amount:
    """What is in an output or a block of HTML; on the short track, without what a claim box folds."""
    html = EVIDENCE.sub(" ", html) if short else html
    # A widget is a figure, with or without a still one in it.
    figures = max(html.count("<figure"), html.count('class="sgd-widget"'))
    exercises = html.count('class="sgd-exercise"')
    is_text = 'class="sgd-quiz"' in html or 'class="sgd-claim"' in html
    text = TAG.sub(" ", UNREAD.sub(" ", html)) if is_text else ""
    return Amount(len(text.split()), figures, exercises)


def is_exercises(node: nodes.Node) -> bool:
    """Whether it is a section of exercises, or one exercise."""
    return isinstance(node, nodes.section) and any(
        each.startswith("exercise") for each in node["ids"]
    )


def amount(node: nodes.Node, short: bool = False) -> Amount:
    """What is in a part of a page; on the short track, without what is folded and without exercises."""
    if short and (isinstance(node, why) or is_exercises(node)):
        return Amount()
    if isinstance(node, nodes.raw):
        return (
            of_html(node.astext(), short) if node.get("format") == "html" else Amount()
        )
    if isinstance(node, nodes.image):
        return Amount(figures=1)
    if isinstance(node, SKIPPED) or "cell_input" in node.get("classes", []):
        return Amount()
    if isinstance(node, nodes.math):
        return Amount(words=1)
    total = Amount()
    for child in node.children:
        is_text = isinstance(child, nodes.Text)
        total += Amount(len(child.split())) if is_text else amount(child, short)
    return total


def minutes(node: nodes.Node) -> tuple[int, int]:
    """The minutes of the short track, and of all there is."""
    return amount(node, short=True).minutes(), amount(node).minutes()


def said(short: int, everything: int) -> str:
    """The times of a chapter, in words.

    >>> said(20, 65), said(10, 10)
    ('20 minutes on the short track, 65 with everything', '10 minutes')
    """
    if short == everything:
        return f"{short} minutes"
    return f"{short} minutes on the short track, {everything} with everything"


def in_short(short: int, everything: int) -> str:
    """The times of a chapter, in a list of chapters.

    >>> in_short(20, 65), in_short(10, 10)
    ('20 minutes, 65 with everything', '10 minutes')
    """
    return said(short, everything).replace(" on the short track", "")


def span(numbers: list[int]) -> str:
    """From the smallest to the largest.

    >>> span([20, 15, 30]), span([20, 20])
    ('15 to 30', '20')
    """
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"


# ---------------------------------------------------------------- the build


class time(nodes.Inline, nodes.TextElement):
    """Where a time is to stand, once every page has been read."""


class Time(SphinxRole):
    """The role `time`: what a page takes, or the chapters."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        node = time("", of=self.text)
        self.set_source_info(node)
        return [node], []


def is_timed(env, page: str) -> bool:
    """Whether a page says how long it takes: the chapters, and what has exercises as they have."""
    return (
        page in book.chapters(env.external_site_map)
        or page.rpartition("/")[2] in places.chapters()
    )


def measure(app, doctree: nodes.document) -> None:
    """Keep what a page takes."""
    page = app.env.docname
    if is_timed(app.env, page):
        app.env.metadata[page]["sgd_minutes"] = minutes(doctree)


def times(env) -> dict[str, tuple[int, int]]:
    """The minutes of every page that says them."""
    return {
        page: facts["sgd_minutes"]
        for page, facts in env.metadata.items()
        if "sgd_minutes" in facts
    }


def words_for(name: str, known: dict[str, tuple[int, int]], chapters: list[str]) -> str:
    """What the role says of a page, or of all chapters.

    Raises
    ------
    KeyError
        If there is no such page.
    """
    if name == "chapters":
        short, everything = zip(*(known[page] for page in chapters), strict=True)
        return f"{span(short)} minutes on the short track, {span(everything)} with everything"
    return said(*known[next(page for page in known if page.endswith(f"/{name}"))])


def insert(app, doctree: nodes.document, docname: str) -> None:
    """Put the times where they belong on a page."""
    known, chapters = times(app.env), book.chapters(app.env.external_site_map)
    for node in list(doctree.findall(time)):
        try:
            words = words_for(node["of"], known, chapters)
        except (KeyError, StopIteration):
            log.warning(
                f"time knows chapters and the pages with exercises, not {node['of']}.",
                location=node,
                type="times",
            )
            words = ""
        node.replace_self(nodes.Text(words))
    for item in doctree.findall(nodes.list_item):
        if item.get("sgd_page") in known:
            words = f" {in_short(*known[item['sgd_page']])}."
            item[0].append(nodes.inline("", words, classes=["sgd-time"]))
    if docname in known:
        title = next(iter(doctree.findall(nodes.title)))
        line = nodes.paragraph("", f"{said(*known[docname])}.", classes=["sgd-times"])
        # In a box of its own: the first paragraph of a page describes it (chapters/_ext/preview.py).
        title.parent.insert(1, nodes.container("", line, classes=["sgd-head"]))


def first_page(app, env) -> list[str]:
    """Have the first page written again, whichever chapter has changed."""
    return [app.config.root_doc]


def setup(app):
    """Sphinx calls this."""
    app.add_role("time", Time())
    app.connect("env-updated", first_page)
    # After chapters/_ext/tracks.py has folded the page.
    app.connect("doctree-read", measure, priority=900)
    app.connect("doctree-resolved", insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
